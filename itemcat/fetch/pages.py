"""Answers that are no data file: web pages, documents of errors, and what was compressed."""

import requests

from itemcat import urls
from itemcat.errors import FetchError
from itemcat.model import Asset

_PAGES = ("text/html", "application/xhtml+xml")
_STARTS = (b"<!doctype html", b"<html", b"<?xml")
_NAMES = (".html", ".htm", ".xml")


def check_headers(response: requests.Response, asset: Asset) -> None:
    """Raise FetchError for a body that cannot be the file, before any of it is read."""
    encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding not in ("", "identity"):
        what = f"arrives in the encoding {encoding}, although plain bytes were asked for"
        hint = "ask its publisher for an address that gives the file itself"
        raise FetchError(urls.public(asset.location), what, hint)
    kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if kind in _PAGES:
        _refuse("an HTML page", asset)


def check_start(data: bytes, asset: Asset) -> None:
    """Raise FetchError for a body whose first bytes are those of a page."""
    start = data.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if start.startswith(_STARTS):
        _refuse("an XML document" if start.startswith(b"<?xml") else "an HTML page", asset)


def _refuse(kind: str, asset: Asset) -> None:
    if not asset.name.lower().endswith(_NAMES):
        what = f"is {kind}, not a data file"
        hint = "is this the address of a page about the file, or does it need a login?"
        raise FetchError(urls.public(asset.location), what, hint)
