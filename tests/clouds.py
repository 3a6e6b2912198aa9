"""Google's Cloud Storage and Azure's Blob Storage on loopback, as far as they are asked here.

    with Google() as cloud, StandIn(cloud.host, cloud.url, folder) as standin:
        cloud.objects["data/a.tif"] = data
        ...  # gs://lakes/, with standin.environment
        cloud.requests     # what was asked, in order

Written by hand from the documentation of the two: "List objects", "Get object" and "Put object" of
Cloud Storage's XML API, "List Blobs", "Get Blob" and "Put Blob" of Azure's. Signatures are noted,
not computed.
"""

import hashlib
import re
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

DATE = "Wed, 01 Jan 2020 00:00:00 GMT"


@dataclass(frozen=True)
class Asked:
    """A request as it came; `query` has the last value of each name."""

    path: str
    query: dict[str, str]
    headers: dict[str, str] = field(repr=False)


class Cloud:
    """One bucket called `lakes`; `page` is how many objects an answer lists."""

    host = ""
    address = ""
    missing = ""
    denied = ""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.requests: list[Asked] = []
        self.page = 1000
        self.is_closed = False
        self.writing = threading.Lock()
        handler = type("Handler", (_Handler,), {"cloud": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def fetched(self) -> list[str]:
        """The keys of the objects that were asked for."""
        return [
            unquote(asked.path.removeprefix("/lakes/"))
            for asked in self.requests
            if asked.path.startswith("/lakes/")
        ]

    def tag(self, key: str) -> str:
        """The ETag of an object as its own answer has it."""
        raise NotImplementedError

    def listing(self, query: dict[str, str]) -> str:
        """The answer to a request for the list."""
        raise NotImplementedError

    def is_met(self, key: str, headers: dict[str, str]) -> bool:
        """Whether the conditions of a request to put an object hold."""
        if headers.get("if-none-match") == "*":
            return key not in self.objects
        return "if-match" not in headers or headers["if-match"] == self.tag(key)

    def is_signed(self, asked: Asked) -> bool:
        """Whether a request brings a proof of who asks."""
        raise NotImplementedError

    def keys(self, query: dict[str, str], after: str) -> list[str]:
        """What is listed of the bucket behind a key."""
        prefix = query.get("prefix", "")
        return sorted(key for key in self.objects if key.startswith(prefix) and key > after)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _: object, __: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class Google(Cloud):
    host = "storage.googleapis.com"
    address = "gs://lakes/data/"
    missing = "NoSuchBucket"
    denied = "AccessDenied"

    def tag(self, key: str) -> str:
        return f'"{hashlib.md5(self.objects[key], usedforsecurity=False).hexdigest()}"'

    def listing(self, query: dict[str, str]) -> str:
        assert query["list-type"] == "2"
        after = query.get("continuation-token") or query.get("start-after", "")
        keys = self.keys(query, after)
        found = "".join(
            f"<Contents><Key>{escape(key)}</Key><Generation>1</Generation>"
            f"<MetaGeneration>1</MetaGeneration><LastModified>2020-01-01T00:00:00.000Z"
            f"</LastModified><ETag>{self.tag(key)}</ETag><Size>{len(self.objects[key])}</Size>"
            "</Contents>"
            for key in keys[: self.page]
        )
        more = "<IsTruncated>false</IsTruncated>"
        if len(keys) > self.page:
            token = escape(keys[self.page - 1])
            more = (
                "<IsTruncated>true</IsTruncated>"
                f"<NextContinuationToken>{token}</NextContinuationToken>"
            )
        return (
            "<?xml version='1.0' encoding='UTF-8'?>"
            "<ListBucketResult xmlns='http://doc.s3.amazonaws.com/2006-03-01'><Name>lakes</Name>"
            f"<Prefix>{escape(query.get('prefix', ''))}</Prefix>"
            f"<KeyCount>{min(len(keys), self.page)}</KeyCount>"
            f"{more}{found}</ListBucketResult>"
        )

    def is_met(self, key: str, headers: dict[str, str]) -> bool:
        wanted = headers.get("x-goog-if-generation-match")
        return wanted is None or int(wanted) == self.generation(key)

    def generation(self, key: str) -> int:
        """The number of an object's version; 0 where there is none."""
        return sum(self.objects[key]) + 1 if key in self.objects else 0

    def is_signed(self, asked: Asked) -> bool:
        return "X-Goog-Signature" in asked.query or "authorization" in asked.headers


class Azure(Cloud):
    host = "ice.blob.core.windows.net"
    address = "az://ice/lakes/data/"
    missing = "ContainerNotFound"
    denied = "AuthenticationFailed"

    def tag(self, key: str) -> str:
        return f'"0x8D{hashlib.md5(self.objects[key], usedforsecurity=False).hexdigest()[:13]}"'

    def listing(self, query: dict[str, str]) -> str:
        assert (query["restype"], query["comp"]) == ("container", "list")
        keys = self.keys(query, query.get("marker", ""))
        found = "".join(
            f"<Blob><Name>{escape(key)}</Name><Properties><Creation-Time>{DATE}</Creation-Time>"
            f"<Last-Modified>{DATE}</Last-Modified><Etag>{self.tag(key)[1:-1]}</Etag>"
            f"<Content-Length>{len(self.objects[key])}</Content-Length>"
            "<Content-Type>image/tiff</Content-Type><Content-Encoding /><Content-Language />"
            "<Content-CRC64 /><Content-MD5>AAAAAAAAAAAAAAAAAAAAAA==</Content-MD5>"
            "<Cache-Control /><Content-Disposition /><BlobType>BlockBlob</BlobType>"
            "<AccessTier>Hot</AccessTier><LeaseStatus>unlocked</LeaseStatus>"
            "<LeaseState>available</LeaseState><ServerEncrypted>true</ServerEncrypted>"
            "</Properties><OrMetadata /></Blob>"
            for key in keys[: self.page]
        )
        marker = escape(keys[self.page - 1]) if len(keys) > self.page else ""
        return (
            '<?xml version="1.0" encoding="utf-8"?>'
            '<EnumerationResults ServiceEndpoint="https://ice.blob.core.windows.net/" '
            f'ContainerName="lakes"><Prefix>{escape(query.get("prefix", ""))}</Prefix>'
            f"<Blobs>{found}</Blobs><NextMarker>{marker}</NextMarker></EnumerationResults>"
        )

    def is_signed(self, asked: Asked) -> bool:
        return "sig" in asked.query or "authorization" in asked.headers


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    cloud: Cloud

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = {key: values[-1] for key, values in parse_qs(parts.query).items()}
        headers = {name.lower(): text for name, text in self.headers.items()}
        asked = Asked(parts.path, query, headers)
        self.cloud.requests.append(asked)
        name, _, key = unquote(parts.path).lstrip("/").partition("/")
        if self.cloud.is_closed and not self.cloud.is_signed(asked):
            self._refuse(403, self.cloud.denied)
        elif name != "lakes":
            self._refuse(404, self.cloud.missing)
        elif not key:
            self._answer(200, self.cloud.listing(query).encode(), "application/xml")
        elif key not in self.cloud.objects:
            self._refuse(404, "NoSuchKey")
        else:
            self._object(key, headers)

    do_HEAD = do_GET  # noqa: N815

    def do_PUT(self) -> None:
        key = unquote(self.path).removeprefix("/lakes/")
        headers = {name.lower(): text for name, text in self.headers.items()}
        data = self.rfile.read(int(headers["content-length"]))
        with self.cloud.writing:
            if self.cloud.is_met(key, headers):
                self.cloud.objects[key] = data
                self._answer(201, b"", "text/plain", **self._marks(key))
                return
        self._refuse(412, "ConditionNotMet")

    def _marks(self, key: str) -> dict[str, str]:
        marks = {"ETag": self.cloud.tag(key), "Last-Modified": DATE}
        if isinstance(self.cloud, Google):
            marks["x-goog-generation"] = str(self.cloud.generation(key))
        return marks

    def _object(self, key: str, headers: dict[str, str]) -> None:
        data, tag = self.cloud.objects[key], self.cloud.tag(key)
        more = {**self._marks(key), "Accept-Ranges": "bytes"}
        if headers.get("if-none-match") == tag:
            self._answer(304, b"", "image/tiff", **more)
        elif span := re.fullmatch(r"bytes=(\d+)-(\d+)", headers.get("range", "")):
            first, last = int(span[1]), min(int(span[2]), len(data) - 1)
            more["Content-Range"] = f"bytes {first}-{last}/{len(data)}"
            self._answer(206, data[first : last + 1], "image/tiff", **more)
        else:
            self._answer(200, data, "image/tiff", **more)

    def _refuse(self, status: int, code: str) -> None:
        body = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>No.</Message></Error>"
        self._answer(status, body.encode(), "application/xml")

    def _answer(self, status: int, body: bytes, kind: str, **headers: str) -> None:
        self.send_response(status)
        for name, text in {"Content-Type": kind, **headers}.items():
            self.send_header(name, text)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass
