"""A real HTTP server on loopback whose faults can be switched on.

    with Server() as server:
        server.put("a.tif", data, etag='"v1"')
        server.fault("a.tif", Fault(status=503), Fault(cut=1000))   # the next two requests for it
        ...  # ask for server.url("a.tif")
        server.requests     # what was asked and answered, in order

It knows ETags, Last-Modified, conditional requests, ranges with If-Range, HEAD and keep-alive.
"""

import re
import socket
import struct
import threading
from collections import deque
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from faults import PATIENCE, Fault, Hold, Request, Resource

__all__ = ["PATIENCE", "Fault", "Hold", "Request", "Resource", "Server"]

_BLOCK = 1 << 16


class Server:
    """Serves what was `put`, on a port of its own, one thread a connection."""

    def __init__(self) -> None:
        self.most_at_once = 0
        self._at_once = 0
        self._held = 0
        self._requests: list[Request] = []
        self._changed = threading.Condition()
        self._resources: dict[str, Resource] = {}
        self._faults: dict[str, deque[Fault]] = {}
        self._always: dict[str, Fault] = {}
        self._listener = _Listener(("127.0.0.1", 0), _handler_of(self))
        self._thread = threading.Thread(
            target=self._listener.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )

    def put(self, path: str, data: bytes, **details: Any) -> None:
        """Serve `data` at `path`; `details` are the other fields of Resource.

        A path with a query is for that one, any other for all queries.
        """
        self._resources[path.lstrip("/")] = Resource(data, **details)

    def fault(self, path: str, *faults: Fault, always: Fault | None = None) -> None:
        """Let the next requests for `path` go wrong, one after the other, and `always` all others.

        Calling it again replaces what was there.
        """
        self._faults[path.lstrip("/")] = deque(faults)
        if always is None:
            self._always.pop(path.lstrip("/"), None)
        else:
            self._always[path.lstrip("/")] = always

    @property
    def requests(self) -> list[Request]:
        """All requests in the order in which they came; waits for those that no Hold holds."""
        with self._changed:
            assert self._changed.wait_for(lambda: self._at_once <= self._held, PATIENCE)
            return list(self._requests)

    @property
    def host(self) -> str:
        """Host and port."""
        return f"127.0.0.1:{self._listener.server_address[1]}"

    def url(self, path: str, user: str = "") -> str:
        """The address of a path; `user` is put before the host."""
        return f"http://{user + '@' if user else ''}{self.host}/{path.lstrip('/')}"

    def asked(self, path: str) -> list[Request]:
        """The requests for one path, its query apart."""
        return [one for one in self.requests if urlsplit(one.path).path == f"/{path.lstrip('/')}"]

    def sent(self, path: str) -> int:
        """All bytes of body that were sent for one path."""
        return sum(request.sent for request in self.asked(path))

    def wait_until_busy(self, count: int) -> None:
        """Return when so many requests are under way at once; AssertionError if that never is."""
        with self._changed:
            assert self._changed.wait_for(lambda: self._at_once >= count, PATIENCE)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _: object, __: TracebackType | None
    ) -> None:
        self._listener.shutdown()
        self._listener.server_close()
        self._thread.join()

    # ------------------------------------------------------------------- for the handler's threads

    def enter(self, request: Request) -> None:
        with self._changed:
            self._requests.append(request)
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
            self._changed.notify_all()

    def leave(self) -> None:
        with self._changed:
            self._at_once -= 1
            self._changed.notify_all()

    def wait_for(self, hold: Hold) -> None:
        with self._changed:
            self._held += 1
            self._changed.notify_all()
        hold.reached.set()
        assert hold.go.wait(PATIENCE)
        with self._changed:
            self._held -= 1

    def resource(self, path: str) -> Resource | None:
        return self._resources.get(path)

    def next_fault(self, path: str) -> Fault:
        with self._changed:
            queue = self._faults.get(path)
            return queue.popleft() if queue else self._always.get(path, Fault())


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is no news."""


def _handler_of(server: Server) -> type["_Handler"]:
    return type("Handler", (_Handler,), {"owner": server})


class _Handler(BaseHTTPRequestHandler):
    owner: Server
    protocol_version = "HTTP/1.1"
    timeout = PATIENCE
    disable_nagle_algorithm = True

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def do_GET(self) -> None:
        self._serve()

    def do_HEAD(self) -> None:
        self._serve()

    def _serve(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.log = Request(self.command, self.path, headers)
        self.owner.enter(self.log)
        try:
            self._answer()
        except OSError:
            self.close_connection = True
        finally:
            self.owner.leave()

    def _answer(self) -> None:
        path = urlsplit(self.path).path.lstrip("/")
        fault = self.owner.next_fault(path)
        resource = self.owner.resource(self.path.lstrip("/")) or self.owner.resource(path)
        if fault.reset:
            self._hang_up()
        elif fault.status is not None:
            self._send(fault.status, {}, memoryview(fault.body), fault)
        elif resource is None:
            self._send(404, {}, memoryview(b"no such file"), fault)
        elif self.command == "HEAD" and not resource.head:
            self._send(501, {}, memoryview(b""), fault)
        else:
            self._serve_resource(resource, fault)

    def _serve_resource(self, resource: Resource, fault: Fault) -> None:
        headers = {"Content-Type": "application/octet-stream", **resource.headers}
        if resource.etag:
            headers["ETag"] = resource.etag
        if resource.last_modified:
            headers["Last-Modified"] = resource.last_modified
        body = memoryview(resource.data)
        if resource.conditions and self._is_unchanged(resource):
            return self._send(304, headers, body[:0], fault)
        span = self._span(resource, fault)
        if span is None:
            return self._send(200, headers, body, fault, resource.chunked)
        start, stop = span[0], min(span[1], len(body))
        if start >= len(body):
            headers["Content-Range"] = f"bytes */{len(body)}"
            return self._send(416, headers, body[:0], fault)
        headers["Content-Range"] = f"bytes {start}-{stop - 1}/{len(body)}"
        return self._send(206, headers, body[start:stop], fault)

    def _is_unchanged(self, resource: Resource) -> bool:
        if tags := self.headers.get("If-None-Match"):
            wanted = [tag.strip().removeprefix("W/") for tag in tags.split(",")]
            return bool(resource.etag) and str(resource.etag).removeprefix("W/") in wanted
        since = self.headers.get("If-Modified-Since")
        if not since or not resource.last_modified:
            return False
        changed = parsedate_to_datetime(resource.last_modified)
        return changed <= parsedate_to_datetime(since)

    def _span(self, resource: Resource, fault: Fault) -> tuple[int, int] | None:
        found = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        if not found or not resource.ranges or fault.ignore_range:
            return None
        condition = self.headers.get("If-Range")
        if condition is not None and condition != resource.etag:
            return None
        return int(found[1]), int(found[2]) + 1 if found[2] else len(resource.data)

    def _send(
        self,
        status: int,
        headers: Mapping[str, str],
        body: memoryview,
        fault: Fault,
        chunked: bool = False,
    ) -> None:
        self.log.status = status
        self.send_response(status)
        length = len(body) if fault.length is None else fault.length
        framing = {"Transfer-Encoding": "chunked"} if chunked else {"Content-Length": str(length)}
        for name, value in {**framing, **headers, **fault.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "HEAD":
            return
        if fault.length is not None and fault.length > len(body):
            self.close_connection = True
        self._send_body(body, fault, chunked)

    def _send_body(self, body: memoryview, fault: Fault, chunked: bool) -> None:
        end = len(body) if fault.cut is None else min(fault.cut, len(body))
        stops = [fault.hold.after] if fault.hold else []
        for stop in [*stops, end]:
            for start in range(self.log.sent, stop, _BLOCK):
                block = body[start : min(start + _BLOCK, stop)]
                self.wfile.write(b"%x\r\n%b\r\n" % (len(block), bytes(block)) if chunked else block)
                self.log.sent += len(block)
            if fault.hold and stop == fault.hold.after:
                self.owner.wait_for(fault.hold)
        if end < len(body):
            self.close_connection = True
        elif chunked:
            self.wfile.write(b"0\r\n\r\n")

    def _hang_up(self) -> None:
        """Close with a TCP reset."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.close()
