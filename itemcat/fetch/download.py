"""One body, in as many attempts as it takes: what to ask for, and what may count as an answer."""

import re
import time
from collections.abc import Callable, Mapping
from http import HTTPStatus

import requests
import urllib3

from itemcat import urls
from itemcat.errors import FetchError
from itemcat.fetch.client import Client, discard
from itemcat.fetch.pages import check_headers, check_start
from itemcat.fetch.part import HEAD, Part, strong
from itemcat.fetch.patience import PASSING, PAUSING, Setback, demanded_pause
from itemcat.fetch.promises import broken_promise, unkept
from itemcat.model import Asset, Blob, Validators

CHUNK = 1 << 20  # bytes, the most of a body that is in memory
_HINTS = {
    401: "it needs an account: is there a public address?",
    403: "its publisher does not give it to everybody: is there a public address?",
    404: "check the address: was the file renamed, or a new version published?",
    410: "its publisher removed it: remove it from the spec, or find its new address",
}


class Download:
    """The body of one asset, growing in `part`; `known` is what needs no body if it is unchanged.

    `count` is called with the number of bytes of each block that comes, and may raise to stop.
    """

    def __init__(
        self,
        asset: Asset,
        known: Blob | None,
        part: Part,
        client: Client,
        count: Callable[[int], None],
    ) -> None:
        self._asset = asset
        self._known = known
        self._part = part
        self._client = client
        self._count = count
        self.furthest = part.offset

    def attempt(self) -> Blob:
        """Ask once: `known` itself when it is still right, else the blob whose bytes `part` has.

        Raises Setback where the next attempt may get further, FetchError where it will not.
        """
        response = self._client.ask("GET", self._asset.location, self._headers())
        try:
            return self._unchanged(response) or self._received(response)
        finally:
            discard(response)

    def _headers(self) -> Mapping[str, str]:
        part = self._part
        if self._resumes and part.etag:
            # RFC 9110 section 13.1.5: the rest, or the whole file if it is not that version.
            return {"Range": f"bytes={part.offset}-", "If-Range": part.etag}
        return conditions(self._known.validators) if self._known else {}

    @property
    def _resumes(self) -> bool:
        """Whether to ask for the rest; not when it may turn out that no byte is needed."""
        known = self._known
        is_of_known = known is not None and known.validators.etag == self._part.etag
        return self._part.is_resumable and not is_of_known

    def _unchanged(self, response: requests.Response) -> Blob | None:
        """`known` if the answer says so; else None, and `part` is ready for the body."""
        part, known = self._part, self._known
        status = response.status_code
        if status == HTTPStatus.NOT_MODIFIED and not self._resumes and known:
            return known
        if status == HTTPStatus.PARTIAL_CONTENT and self._continues(response):
            return None
        if status in (206, 416):
            part.discard()
            raise Setback("the rest that was sent does not fit what is there", _host(response))
        if status != HTTPStatus.OK:
            raise refused(response, self._asset)
        etag = response.headers.get("ETag")
        if known and evidence_of_change(known, response) is False:
            if part.etag != etag:
                part.discard()  # the rest of that version will never come
            return known  # from a server that ignores conditions
        part.begin(etag, length_of(response))
        return None

    def _continues(self, response: requests.Response) -> bool:
        """Whether a 206 goes on exactly where `part` stops, in the same version."""
        part = self._part
        found = re.fullmatch(
            r"bytes (\d+)-\d+/(\d+)", response.headers.get("Content-Range", "").strip()
        )
        if not part.is_resumable or not found:
            return False
        start, total = int(found[1]), int(found[2])
        is_same = response.headers.get("ETag", part.etag) == part.etag
        return start == part.offset and total == part.total and is_same

    def _received(self, response: requests.Response) -> Blob:
        try:
            self._check_kind(response)
            self._transfer(response)
            return self._verified(response)
        except FetchError:
            self._part.discard()
            raise

    def _check_kind(self, response: requests.Response) -> None:
        """Raise FetchError for a body that cannot be the file, before any of it is read."""
        check_headers(response, self._asset)
        size, total = self._asset.size, self._part.total
        if size is not None and total is not None and size != total:
            raise unkept(self._asset, broken_promise(self._asset, total, lambda _: ""))

    def _transfer(self, response: requests.Response) -> None:
        """Move the body into `part`. Raises Setback when it is cut."""
        part = self._part
        while block := self._block(response):
            self._count(len(block))
            part.write(block)
            self.furthest = max(self.furthest, part.offset)
            if part.offset - len(block) < HEAD <= part.offset:
                check_start(self._part.head, self._asset)
            if self._asset.size is not None and part.offset > self._asset.size:
                what = f"has {part.offset} bytes or more, but {self._asset.size} bytes are declared"
                raise unkept(self._asset, what)
        if part.total is not None and part.offset < part.total:
            raise self._cut(response)
        if part.offset < HEAD:
            check_start(self._part.head, self._asset)

    def _block(self, response: requests.Response) -> bytes:
        try:
            block: bytes = response.raw.read1(CHUNK, decode_content=False)
        except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            raise self._cut(response) from error
        return block

    def _cut(self, response: requests.Response) -> Setback:
        total = "" if self._part.total is None else f" of {self._part.total}"
        what = f"the connection was cut after {self._part.offset}{total} bytes"
        return Setback(what, _host(response))

    def _verified(self, response: requests.Response) -> Blob:
        part = self._part
        if what := broken_promise(self._asset, part.offset, part.digest):
            if part.is_from_earlier:
                part.discard()
                raise Setback(what, _host(response))  # perhaps the older half was damaged
            raise unkept(self._asset, what)
        validators = Validators(
            response.headers.get("ETag", part.etag), response.headers.get("Last-Modified")
        )
        return Blob(part.digest("sha256"), part.offset, validators)


def conditions(validators: Validators) -> dict[str, str]:
    """The headers of a conditional request (RFC 9110 section 13.1).

    A date counts only without an ETag, which not every server knows, so it is not sent with one.
    """
    if validators.etag:
        return {"If-None-Match": validators.etag}
    if validators.last_modified:
        return {"If-Modified-Since": validators.last_modified}
    return {}


def refused(response: requests.Response, asset: Asset) -> Setback | FetchError:
    """The error for a status that brings no file."""
    status, host = response.status_code, _host(response)
    try:
        words = f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        words = str(status)
    if status in PASSING:
        pause = demanded_pause(response.headers, time.time()) if status in PAUSING else 0.0
        cause = f"host {host} answers {words}"
        return Setback(cause, host, pauses=status in PAUSING, pause=pause)
    hint = _HINTS.get(status, "check the address in a browser")
    return FetchError(urls.public(asset.location), words, hint)


def evidence_of_change(known: Blob, response: requests.Response) -> bool | None:
    """Whether the headers of a 200 tell that the bytes are other ones; None when they do not say.

    Two equal strong ETags mean equal bytes, and so does an equal date with an equal length; other
    ETags, dates or lengths mean a change.
    """
    old, headers = known.validators, response.headers
    etag = headers.get("ETag")
    if old.etag and etag:
        if old.etag != etag:
            return True
        if strong(etag):
            return False
    length = length_of(response)
    if length is not None and length != known.size and "Content-Encoding" not in headers:
        return True
    date = headers.get("Last-Modified")
    if old.last_modified and date:
        if old.last_modified != date:
            return True
        if length == known.size:
            return False
    return None


def length_of(response: requests.Response) -> int | None:
    """The Content-Length in bytes; None for a body that ends when it ends."""
    length = response.headers.get("Content-Length", "")
    if "Transfer-Encoding" in response.headers or not length.isdecimal():
        return None
    return int(length)


def _host(response: requests.Response) -> str:
    return urls.host(response.url)
