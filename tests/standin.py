"""A stand-in for a host of the internet: a proxy on loopback that answers in its name, with TLS.

    with Server() as server, StandIn("zenodo.org", server, tmp_path) as standin:
        subprocess.run([…], env={**os.environ, **standin.environment})

A program that honours `HTTPS_PROXY`, and `REQUESTS_CA_BUNDLE` or `SSL_CERT_FILE`, reaches `server`
(or what listens at an address) under the host's own https addresses, with nothing in it changed.
"""

import socket
import ssl
import threading
from contextlib import closing, suppress
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingTCPServer
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import trustme
from server import Server

_BLOCK = 1 << 16


class StandIn:
    """Listens while it is open; other hosts than its own, several with spaces, are refused."""

    def __init__(self, hosts: str, server: Server | str, folder: Path) -> None:
        authority = trustme.CA()
        bundle = folder / "authority.pem"
        authority.cert_pem.write_to_path(str(bundle))
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(*hosts.split()).configure_cert(tls)
        backend = urlsplit(server if isinstance(server, str) else server.url(""))
        handler = type(
            "Handler", (_Handler,), {"hosts": hosts.split(), "tls": tls, "port": backend.port}
        )
        self._proxy = _Proxy(("127.0.0.1", 0), handler)
        self._thread = threading.Thread(target=self._proxy.serve_forever)
        address = f"http://127.0.0.1:{self._proxy.server_address[1]}"
        self.environment = {
            "HTTPS_PROXY": address,
            "https_proxy": address,
            "NO_PROXY": "",
            "no_proxy": "",
            "REQUESTS_CA_BUNDLE": str(bundle),
            "SSL_CERT_FILE": str(bundle),
        }

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _: object, __: TracebackType | None
    ) -> None:
        self._proxy.shutdown()
        self._proxy.server_close()
        self._thread.join()


class _Proxy(ThreadingTCPServer):
    daemon_threads = True


class _Handler(StreamRequestHandler):
    hosts: list[str]
    port: int
    tls: ssl.SSLContext

    def handle(self) -> None:
        """One CONNECT request (RFC 9110 section 9.3.6), then bytes both ways until a side ends."""
        method, target, _ = self.rfile.readline().decode().split(" ", 2)
        while self.rfile.readline().strip():
            pass
        if method != "CONNECT" or target not in [f"{host}:443" for host in self.hosts]:
            self.wfile.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
            return
        self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        with (
            suppress(OSError),
            self.tls.wrap_socket(self.connection, server_side=True) as client,
            closing(socket.create_connection(("127.0.0.1", self.port))) as backend,
        ):
            answer = threading.Thread(target=_copy, args=(backend, client), daemon=True)
            answer.start()
            _copy(client, backend)
            answer.join()


def _copy(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while block := source.recv(_BLOCK):
            target.sendall(block)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)
