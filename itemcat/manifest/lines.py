"""The manifest read by its lines, in the form that `written` gives it and in no other.

A fifth of the time and of the memory that `checked` takes, which matters at 100,000 items. Whatever
deviates in the least is left to `checked`, whose word on it counts.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from typing import Any

from itemcat.errors import UsageError
from itemcat.files import json_value
from itemcat.manifest.checked import check_folder, check_record, parsed
from itemcat.model import Blob, KnownAsset, KnownItem, Manifest, Reading, Validators
from itemcat.naming import is_safe_id

_ITEMS = '\n  "items": {\n'
_ITEM = re.compile(
    r"""[ ]{4}"([A-Za-z0-9._-]+)":[ ]\{\n
    [ ]{6}"file":[ ]"sha256:([0-9a-f]{64})",\n
    (?:[ ]{6}"thumbnail":[ ]"sha256:([0-9a-f]{64})",\n)?
    (?:[ ]{6}"folder":[ ]"([A-Za-z0-9._/-]+)",\n)?
    [ ]{6}"assets":[ ]\{\n""",
    re.VERBOSE,
)
_ASSET = re.compile(
    r"""[ ]{8}("[^"\\\n]+"):[ ]\{\n
    (?:[ ]{10}"location":[ ](".*"),\n)?
    (?:[ ]{10}"href":[ ](".*"),\n)?
    (?:[ ]{10}"sha256":[ ]"([0-9a-f]{64})",\n)?
    [ ]{10}"size":[ ]([0-9]+),\n
    (?:[ ]{10}"etag":[ ](".*"),\n)?
    (?:[ ]{10}"last_modified":[ ](".*"),\n)?
    [ ]{10}"reader":[ ](".*"),\n
    [ ]{10}"options":[ ](\{.*\}),\n
    [ ]{10}"record":[ ](\{.*\})\n
    [ ]{8}\}(,?)\n""",
    re.VERBOSE,
)
_END_OF_ITEM = re.compile(r" {6}\}\n {4}\}(,?)\n")
_END = "  }\n}\n"


class _Deviates(Exception):
    """A line is not what `written` would have put there."""


def read(text: str) -> Manifest | None:
    """The manifest in a text of the usual form; None for any other, right or wrong."""
    start = text.find(_ITEMS)
    if start < 0:
        return None
    try:
        manifest = parsed("", f'{text[:start]}\n  "items": {{}}\n}}')
        items = dict(_items(text, start + len(_ITEMS)))
    except (_Deviates, UsageError, ValueError, TypeError, AttributeError):
        return None
    return replace(manifest, items=items)


def _items(text: str, at: int) -> Iterator[tuple[str, KnownItem]]:
    goes_on = True
    while goes_on:
        head = _ITEM.match(text, at)
        if head is None or not is_safe_id(head[1]):
            raise _Deviates
        folder = head[4] or ""
        check_folder(folder)
        assets, at = _assets(text, head.end())
        end = _END_OF_ITEM.match(text, at)
        if end is None:
            raise _Deviates
        yield head[1], KnownItem(head[2], assets, folder, head[3])
        goes_on, at = bool(end[1]), end.end()
    if text[at:] != _END:
        raise _Deviates


def _assets(text: str, at: int) -> tuple[dict[str, KnownAsset], int]:
    """The assets that begin there, by their keys, and where they end."""
    assets, goes_on = {}, True
    while goes_on:
        found = _ASSET.match(text, at)
        if found is None:
            raise _Deviates
        key, location, href, sha256, size, etag, modified, reader, options, line, comma = (
            found.groups()
        )
        check_record(json_value(line))
        public = _text(href)
        place = public if location is None else _text(location)
        if place is None or not (sha256 or etag or modified):
            raise _Deviates
        assets[_text(key)] = KnownAsset(
            place,
            public,
            Blob(sha256, int(size), Validators(_text(etag), _text(modified))),
            Reading(_shared(reader, str), _shared(options, dict), line),
        )
        goes_on, at = bool(comma), found.end()
    return assets, at


def _text(quoted: str | None) -> Any:
    """The text in its JSON; None for none. Raises ValueError for what is no text alone."""
    return None if quoted is None else json_value(quoted)


@lru_cache(maxsize=256)
def _shared(text: str, kind: type[Any]) -> Any:
    """A value that many items have alike."""
    value = json_value(text)
    if type(value) is not kind:
        raise _Deviates
    return value
