"""A server on this machine: the page at `/`, and the catalog's folder as other programs read it.

The page asks for the findings of a check when it stands, since they take their time.

Any page of any origin may read the catalog (CORS, https://fetch.spec.whatwg.org/#http-cors-protocol)
as STAC Browser does; parts of files are served as GDAL asks for them (RFC 9110 section 14).
"""

import errno
import os
import re
import sys
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, BinaryIO
from urllib.parse import quote, unquote, urlsplit

from itemcat import __version__
from itemcat.errors import ItemcatError, UsageError
from itemcat.files import json_line
from itemcat.viewer.findings import PATH, Findings, by_address
from itemcat.viewer.folder import Folder

HOST = "127.0.0.1"
_BLOCK = 1 << 18
_TYPES = {  # all else is bytes, so that nothing in the folder is a page of this origin
    "json": "application/json",
    "geojson": "application/geo+json",
    "png": "image/png",
    "webp": "image/webp",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "tif": "image/tiff",
    "tiff": "image/tiff",
    "parquet": "application/vnd.apache.parquet",
}
# One range, which is all that is understood: others are ignored, as RFC 9110 section 14.2 allows.
_RANGE = re.compile(r"bytes=(?=\d|-\d)(\d{0,18})-(\d{0,18})", re.ASCII)
_HEADERS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Accept-Ranges, Content-Length, Content-Range",
    "Cache-Control": "no-cache",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "cross-origin",
}
_PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, HEAD, OPTIONS",
    "Access-Control-Allow-Headers": "*",
    "Access-Control-Allow-Private-Network": "true",
    "Access-Control-Max-Age": "600",
    "Allow": "GET, HEAD, OPTIONS",
}


class Service(ThreadingHTTPServer):
    """Serves a folder, and at `/` the page that `page` makes anew for each request.

    `findings` is called when the page asks for what a check has found; by default that is nothing.
    The port is a free one where 0 is asked for. Raises UsageError for a port that cannot be had.
    """

    daemon_threads = True
    # Windows would let a second server take the same port.
    allow_reuse_address = os.name != "nt"

    def __init__(
        self,
        folder: Folder,
        page: Callable[[], str],
        policy: str,
        port: int = 0,
        findings: Callable[[], Findings] = dict,
    ) -> None:
        self.folder = folder
        self.page = page
        self.findings = findings
        self.policy = policy
        try:
            super().__init__((HOST, port), _Handler)
        except (OSError, OverflowError) as error:
            raise _port_error(port, error) from error

    @property
    def address(self) -> str:
        """The address of the page."""
        return f"http://{HOST}:{self.server_port}/"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away in the middle is no error of the server; all else is a bug."""
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            super().handle_error(request, client_address)


def _port_error(port: int, error: Exception) -> UsageError:
    is_taken = isinstance(error, OSError) and error.errno in (errno.EADDRINUSE, 10048)
    what = "is in use" if is_taken else "cannot be used"
    return UsageError(f"port {port}", what, "give another --port, or none for a free one")


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = f"itemcat/{__version__}"
    sys_version = ""
    timeout = 60  # seconds that a silent client keeps its thread
    server: Service

    def log_message(self, *_: object) -> None:
        """Nothing is logged: the terminal is the person's."""

    def do_OPTIONS(self) -> None:
        self._begin(HTTPStatus.NO_CONTENT, _PREFLIGHT)

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        if path == "/":
            self._send_made("text/html; charset=utf-8", self.server.page)
            return
        if path == PATH:
            self._send_made("application/json", self._findings)
            return
        file = self.server.folder.open(unquote(path.removeprefix("/")))
        if file is None:
            self._send(HTTPStatus.NOT_FOUND, "text/plain; charset=utf-8", b"no such file\n")
            return
        with file:
            self._send_file(file, path.rpartition(".")[2].lower())

    def _findings(self) -> str:
        return json_line(by_address(self.server.findings(), quote))

    def _send_made(self, kind: str, make: Callable[[], str]) -> None:
        """What is made when it is asked for."""
        try:
            text = make()
        except ItemcatError as error:
            plain = f"{error}\n".encode()
            self._send(HTTPStatus.INTERNAL_SERVER_ERROR, "text/plain; charset=utf-8", plain)
            return
        self._send(HTTPStatus.OK, kind, text.encode())

    def _send(self, status: HTTPStatus, kind: str, body: bytes) -> None:
        self._begin(status, {"Content-Type": kind, "Content-Length": str(len(body))})
        if self.command != "HEAD":
            self.wfile.write(body)

    def _send_file(self, file: BinaryIO, suffix: str) -> None:
        size = os.fstat(file.fileno()).st_size
        kind = _TYPES.get(suffix, "application/octet-stream")
        headers = {"Accept-Ranges": "bytes", "Content-Type": kind}
        found = _RANGE.fullmatch(self.headers.get("Range", ""))
        part = _part(found[1], found[2], size) if found else range(size)
        if not part and found:
            headers |= {"Content-Range": f"bytes */{size}", "Content-Length": "0"}
            self._begin(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, headers)
            return
        status = HTTPStatus.OK
        if found:
            status = HTTPStatus.PARTIAL_CONTENT
            headers["Content-Range"] = f"bytes {part.start}-{part.stop - 1}/{size}"
        self._begin(status, {**headers, "Content-Length": str(len(part))})
        if self.command != "HEAD":
            self._pour(file, part)

    def _pour(self, file: BinaryIO, part: range) -> None:
        file.seek(part.start)
        left = len(part)
        while left and (block := file.read(min(left, _BLOCK))):
            self.wfile.write(block)
            left -= len(block)
        if left:  # the file has become shorter: the client shall not take it for whole
            self.close_connection = True

    def _begin(self, status: HTTPStatus, headers: dict[str, str]) -> None:
        self.send_response(status)
        policy = {"Content-Security-Policy": f"{self.server.policy}; frame-ancestors 'none'"}
        for name, value in {**_HEADERS, **policy, **headers}.items():
            self.send_header(name, value)
        self.end_headers()


def _part(first: str, last: str, size: int) -> range:
    """The bytes from the first to the last; without a first, so many as `last` says at the end.

    Empty where the file has none of them.
    """
    if not first:
        return range(max(0, size - int(last)), size)
    return range(int(first), min(int(last) + 1, size) if last else size)
