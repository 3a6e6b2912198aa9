"""A server that costs little: `python benchmarks/server.py FOLDER|FILE*N [--latency SECONDS]`.

Serves the files of a folder, or N files that differ from one in a number at their end, from
memory over kept connections, each answer after the latency; it knows HEAD and ranges. Prints its
address, ends with its standard input, and then prints how many requests came and how many bytes
of body went, as JSON. A process of its own, so that it takes no time of those who are measured
but that of its core.
"""

import argparse
import asyncio
import json
import re
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

Answer = Callable[[str], tuple[str, list[bytes]]]
_RANGE = re.compile(rb"\r\nrange: *bytes=(\d+)-(\d*)", re.IGNORECASE)


def folder(path: Path) -> Answer:
    """Answers with a folder's files, under their names; links to one file share its bytes."""
    files = {file.name: file.resolve() for file in path.iterdir()}
    bodies = {file: file.read_bytes() for file in set(files.values())}
    return lambda name: (name, [bodies[files[name]]])


def copies(path: Path) -> Answer:
    """Answers each name with the file's bytes and the name, so that no two are the same."""
    body = path.read_bytes()
    return lambda name: (name, [body, name.encode()])


class Connection(asyncio.Protocol):
    """One connection, on which requests follow one another."""

    requests = 0
    sent = 0

    def __init__(self, answer: Answer, latency: float) -> None:
        self._answer = answer
        self._latency = latency
        self._asked = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer what was asked, when the latency has passed."""
        self._asked += data
        while b"\r\n\r\n" in self._asked:
            head, _, self._asked = self._asked.partition(b"\r\n\r\n")
            asyncio.get_running_loop().call_later(self._latency, self._send, head)

    def _send(self, asked: bytes) -> None:
        method, target, _ = asked.split(b" ", 2)
        Connection.requests += 1
        try:
            etag, body = self._answer(target.decode().removeprefix("/"))
        except KeyError:
            self._transport.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
            return
        length = sum(map(len, body))
        status, where = "200 OK", "Accept-Ranges: bytes\r\n"
        if found := _RANGE.search(asked):
            start, stop = int(found[1]), min(int(found[2] or length) + 1, length)
            status, where = (
                "206 Partial Content",
                f"Content-Range: bytes {start}-{stop - 1}/{length}\r\n",
            )
            body = [b"".join(body)[start:stop]]
            length = stop - start
        head = f'HTTP/1.1 {status}\r\nContent-Type: image/tiff\r\nETag: "{etag}"\r\n{where}'
        self._transport.write(f"{head}Content-Length: {length}\r\n\r\n".encode())
        if method != b"HEAD":
            Connection.sent += length
            for part in body:
                self._transport.write(part)


async def serve(answer: Answer, latency: float) -> None:
    """Serve until standard input is closed."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(answer, latency), "127.0.0.1", 0)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    with suppress(BrokenPipeError):  # not everybody wants to know
        print(json.dumps({"requests": Connection.requests, "bytes": Connection.sent}), flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", type=Path)
    parser.add_argument("--latency", type=float, default=0.0)
    given = parser.parse_args()
    asyncio.run(serve((folder if given.what.is_dir() else copies)(given.what), given.latency))
