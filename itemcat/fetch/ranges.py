"""Parts of a file by range requests (RFC 9110 section 14), held against what is known of it."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus

import requests
import urllib3

from itemcat import urls
from itemcat.errors import FetchError
from itemcat.excerpt import Excerpt, Span
from itemcat.fetch.client import Client, discard
from itemcat.fetch.download import conditions, length_of, refused
from itemcat.fetch.pages import check_headers, check_start
from itemcat.fetch.part import HEAD as PAGE_HEAD
from itemcat.fetch.patience import Setback
from itemcat.fetch.promises import broken_promise, declared_digest, unkept
from itemcat.model import Asset, Blob, Validators

HEAD = 1 << 15  # bytes; the directories of a COG fit in with room to spare
_BLOCK = 1 << 16
_DOWNLOAD = "set `access: download` under `read:`, which needs the whole file"
_RANGE = re.compile(r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18})")


@dataclass(frozen=True, slots=True)
class Glimpse:
    """A file known by its validators, and its head; None where it is as it was known."""

    blob: Blob
    excerpt: Excerpt | None = None


def glimpse(
    asset: Asset, known: Blob | None, client: Client, count: Callable[[int], None]
) -> Glimpse:
    """Ask once for the head of a file, on the condition that it is not `known`.

    A server that sends the whole file is told to stop after the head. `count` is called with the
    number of bytes of each block. Raises Setback where another try may help, else FetchError.
    """
    asked = conditions(known.validators) if known else {}
    response = client.ask("GET", asset.location, {"Range": f"bytes=0-{HEAD - 1}", **asked})
    try:
        if response.status_code == HTTPStatus.NOT_MODIFIED and known:
            return Glimpse(known)
        blob = _described(response, asset)
        data = _body(response, min(HEAD, blob.size), count)
        check_start(data[:PAGE_HEAD], asset)
        return Glimpse(blob, Excerpt(asset.name, blob.size, {0: data}))
    finally:
        _leave(response)


def span(
    asset: Asset, blob: Blob, wanted: Span, client: Client, count: Callable[[int], None]
) -> bytes:
    """Ask once for some bytes of the very file that `blob` describes. Raises as `glimpse` does."""
    start, stop = wanted
    response = client.ask("GET", asset.location, {"Range": f"bytes={start}-{stop - 1}"})
    try:
        if response.status_code == HTTPStatus.OK:
            what = "its server gives no ranges, and the first bytes are not enough"
            raise FetchError(urls.public(asset.location), what, _DOWNLOAD)
        if response.status_code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            raise _changed(asset)
        if response.status_code != HTTPStatus.PARTIAL_CONTENT:
            raise refused(response, asset)
        first, last, size = _range(response)
        if size != blob.size or not _is_same(response, blob.validators):
            raise _changed(asset)
        if (first, last) != (start, stop - 1):
            raise Setback("the range that was sent is not the one asked for", _host(response))
        check_headers(response, asset)
        return _body(response, stop - start, count)
    finally:
        _leave(response)


def _described(response: requests.Response, asset: Asset) -> Blob:
    """What the headers say of the whole file."""
    where = urls.public(asset.location)
    if response.headers.get("Content-Range", "").strip() == "bytes */0":
        raise FetchError(where, "is empty", "ask its publisher")
    if response.status_code not in (HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT):
        raise refused(response, asset)
    check_headers(response, asset)
    size: int | None
    if response.status_code == HTTPStatus.PARTIAL_CONTENT:
        first, last, size = _range(response)
        if (first, last) != (0, min(HEAD, size) - 1):
            raise Setback("the range that was sent is not the one asked for", _host(response))
    else:
        size = length_of(response)
    validators = _validators(response)
    if validators == Validators():
        raise FetchError(where, "has neither ETag nor date, which would tell of changes", _DOWNLOAD)
    if size is None:
        raise FetchError(where, "its server does not say how large it is", _DOWNLOAD)
    blob = Blob(None, size, validators)
    if what := broken_promise(asset, size, lambda algorithm: _told(blob, algorithm, asset)):
        raise unkept(asset, what)
    return blob


def _told(blob: Blob, algorithm: str, asset: Asset) -> str:
    """The digest that an ETag such as Zenodo's `"md5:…"` tells; without one, what is declared."""
    kind, _, digest = (blob.validators.etag or "").strip('"').lower().partition(":")
    return digest if kind == algorithm else (declared_digest(asset) or ("", ""))[1]


def _range(response: requests.Response) -> tuple[int, int, int]:
    """First and last offset, and the size of the whole. Raises Setback for anything else."""
    found = _RANGE.fullmatch(response.headers.get("Content-Range", "").strip())
    if not found:
        raise Setback("a range was asked for, and something else came", _host(response))
    return int(found[1]), int(found[2]), int(found[3])


def _validators(response: requests.Response) -> Validators:
    return Validators(response.headers.get("ETag"), response.headers.get("Last-Modified"))


def _is_same(response: requests.Response, known: Validators) -> bool:
    """Whether a part is of the version that is known; what an answer leaves out says nothing."""
    seen = _validators(response)
    return seen.etag in (None, known.etag) and seen.last_modified in (None, known.last_modified)


def _changed(asset: Asset) -> FetchError:
    return FetchError(urls.public(asset.location), "changed while it was read", "build again")


def _body(response: requests.Response, length: int, count: Callable[[int], None]) -> bytes:
    """The first bytes of a body, and no more of it."""
    body = bytearray()
    try:
        while len(body) < length:
            block: bytes = response.raw.read1(min(_BLOCK, length - len(body)), decode_content=False)
            if not block:
                break
            count(len(block))
            body += block
    except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
        raise _cut(response, body, length) from error
    if len(body) < length:
        raise _cut(response, body, length)
    return bytes(body)


def _cut(response: requests.Response, body: bytearray, length: int) -> Setback:
    return Setback(f"the connection was cut after {len(body)} of {length} bytes", _host(response))


def _leave(response: requests.Response) -> None:
    """Keep the connection after a part that was read to its end; a whole file goes on for long."""
    if response.status_code == HTTPStatus.OK:
        response.close()
    else:
        discard(response)


def _host(response: requests.Response) -> str:
    return urls.host(response.url)
