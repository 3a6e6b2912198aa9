"""A transport for sessions of `requests`: what they ask goes out with the manners of this room.

For documents that fit into memory, such as an API's answers, and for who keeps them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import requests
import urllib3
from requests.adapters import HTTPAdapter

from itemcat import urls
from itemcat.errors import FetchError
from itemcat.fetch.client import discard
from itemcat.fetch.download import refused
from itemcat.fetch.patience import PASSING, Setback
from itemcat.model import Asset

LARGEST = 32 << 20  # bytes of an answer; a record of 10,000 files takes 5 MB
_BLOCK = 1 << 16
_ASKED = ("accept", "if-none-match", "if-modified-since")  # what a session may add to our headers
_KEPT = ("Content-Type", "ETag", "Last-Modified")  # no cookies, which may be secrets


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole answer: its status, the headers that matter, and its body (empty unless 200)."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Transport(HTTPAdapter):
    """Mounted in a session, it sends by `ask`, which takes an address and headers."""

    def __init__(self, ask: Callable[[str, Mapping[str, str]], Reply]) -> None:
        super().__init__()
        self._ask = ask

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        """The answer at the end of all redirects. Raises FetchError or MachineError."""
        headers = {name: text for name, text in request.headers.items() if name.lower() in _ASKED}
        url = str(request.url)
        reply = self._ask(url, headers)
        raw = urllib3.HTTPResponse(
            body=BytesIO(reply.body),
            headers=dict(reply.headers),
            status=reply.status,
            preload_content=False,
            request_url=url,
        )
        return self.build_response(request, raw)


def received(response: requests.Response, asset: Asset, count: Callable[[int], None]) -> Reply:
    """The whole answer. Raises Setback where another try may help, FetchError where none will.

    `count` is called with the number of bytes of each block, and may raise to stop.
    """
    try:
        status = response.status_code
        if status in PASSING:
            raise refused(response, asset)
        body = _body(response, asset, count) if status == 200 else b""
        kept = {name: response.headers[name] for name in _KEPT if name in response.headers}
        return Reply(status, kept, body)
    finally:
        discard(response)


def _body(response: requests.Response, asset: Asset, count: Callable[[int], None]) -> bytes:
    where = urls.public(asset.location)
    encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding not in ("", "identity"):
        what = f"answers in the encoding {encoding}, although plain bytes were asked for"
        raise FetchError(where, what, "ask the host's operators")
    body = bytearray()
    try:
        while block := response.raw.read(_BLOCK, decode_content=False):
            count(len(block))
            body += block
            if len(body) > LARGEST:
                what = f"answers with more than {LARGEST >> 20} MB, which no listing needs"
                raise FetchError(where, what, "check the address")
    except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
        what = f"the connection was cut after {len(body)} bytes"
        raise Setback(what, urls.host(response.url)) from error
    return bytes(body)
