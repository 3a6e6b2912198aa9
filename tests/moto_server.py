"""A real S3 server on loopback, moto's, as a process of its own, and a relay in front of it.

    with Moto() as moto, Relay(moto) as relay:
        moto.put("lakes", "data/a.tif", data)
        relay.faults["/lakes/data/a.tif"] = [Trouble(cut=1000)]
        ...  # the bucket lakes at the endpoint relay.url
        relay.requests     # what was asked, in order

The server checks no signature, but it refuses an object with a private ACL to who brings none.
"""

import os
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote, urlsplit

PATIENCE = 60.0  # seconds until a test gives up waiting
_HOP = {"transfer-encoding", "connection", "content-length", "server", "date"}


class Moto:
    """The server; `stop` ends it."""

    def __init__(self) -> None:
        environment = {key: text for key, text in os.environ.items() if key != "MOTO_PORT"}
        self._process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "moto.server", "-p", "0"],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=environment,
        )
        self._output = self._process.stdout
        assert self._output is not None
        said = ""
        while "Running on http://" not in said:
            said = self._output.readline()
            assert said, "moto did not start"
        self.host = said.partition("http://")[2].strip()
        self._drain = threading.Thread(target=self._read_on, daemon=True)
        self._drain.start()

    def _read_on(self) -> None:
        for _ in self._output or ():
            pass

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> bytes:
        """Send a request, which must succeed."""
        connection = HTTPConnection(self.host, timeout=PATIENCE)
        named = {name.replace("_", "-"): text for name, text in headers.items()}
        connection.request(method, path, body, named)
        response = connection.getresponse()
        said = response.read()
        connection.close()
        assert response.status < 300, said
        return said

    def put(self, bucket: str, key: str, data: bytes, acl: str = "public-read") -> None:
        self.ask("PUT", f"/{bucket}/{quote(key)}", data, x_amz_acl=acl)

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(PATIENCE)
        self._drain.join(PATIENCE)
        if self._output:
            self._output.close()


@dataclass
class Trouble:
    """What goes wrong with one request: a status instead, a cut after so many bytes, or a hold."""

    status: int | None = None
    body: bytes = b""
    cut: int | None = None
    hold: threading.Event | None = None


@dataclass(frozen=True)
class Asked:
    """A request as it came."""

    method: str
    path: str
    query: str
    headers: dict[str, str] = field(repr=False)


class Relay:
    """Hands requests on to the server and answers back, but for the troubles of a path.

    `always` is the trouble of all requests of a method.
    """

    def __init__(self, host: str) -> None:
        self.requests: list[Asked] = []
        self.faults: dict[str, list[Trouble]] = {}
        self.always: dict[str, Trouble] = {}
        self.held = threading.Event()
        self._server = _Listener(("127.0.0.1", 0), _handler(self, host))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def objects(self) -> list[str]:
        """The paths of the requests for objects."""
        return [asked.path for asked in self.requests if "list-type" not in asked.query]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _: object, __: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Listener(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: Any) -> None:
        """A client that went away is what some tests want."""


def _handler(relay: Relay, host: str) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            relay.requests.append(
                Asked(self.command, parts.path, parts.query, dict(self.headers.items()))
            )
            sent = self._sent()
            left = relay.faults.get(parts.path)
            trouble = left.pop(0) if left else relay.always.get(self.command, Trouble())
            if trouble.status is not None:
                self._answer(trouble.status, {}, trouble.body, Trouble(hold=trouble.hold))
                return
            connection = HTTPConnection(host, timeout=PATIENCE)
            connection.request(self.command, self.path, sent, dict(self.headers.items()))
            response = connection.getresponse()
            body = response.read()
            headers = {
                name: text for name, text in response.getheaders() if name.lower() not in _HOP
            }
            if self.command == "HEAD":
                headers["Content-Length"] = response.getheader("Content-Length", "0")
            connection.close()
            self._answer(response.status, headers, body, trouble)

        do_HEAD = do_PUT = do_POST = do_DELETE = do_GET  # noqa: N815

        def _sent(self) -> bytes:
            """The body of the request, which no client here sends in chunks."""
            assert "chunked" not in self.headers.get("Transfer-Encoding", "")
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))

        def _answer(self, status: int, headers: dict[str, str], body: bytes, how: Trouble) -> None:
            self.send_response(status)
            for name, text in headers.items():
                self.send_header(name, text)
            if status not in (204, 304) and "Content-Length" not in headers:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[: how.cut])
            self.wfile.flush()
            if how.hold:
                relay.held.set()
                how.hold.wait(PATIENCE)
            if how.cut is not None:
                self.close_connection = True

        def log_message(self, *_: Any) -> None:
            pass

    return Handler
