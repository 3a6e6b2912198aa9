"""The manifest read line by line, in the form that `written` gives it and in no other.

A fifth of the time and of the memory that `checked` takes, which matters at 100,000 items. Whatever
deviates in the least is left to `checked`, whose word on it counts.
"""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from itemcat.errors import UsageError
from itemcat.files import json_value
from itemcat.manifest.checked import check_folder, check_record, parsed
from itemcat.model import Blob, KnownAsset, KnownItem, Manifest, Reading, Validators
from itemcat.naming import is_safe_id

_ITEMS = '\n  "items": {\n'
_FILE = re.compile(r' {6}"file": "sha256:([0-9a-f]{64})",')
_TEXTS = ("location", "href", "etag", "last_modified")
_FIELDS = frozenset({*_TEXTS, "sha256", "size", "reader", "options", "record"})
_NEEDED = frozenset({"sha256", "size", "reader", "options", "record"})


class _Deviates(Exception):
    """A line is not what `written` would have put there."""


def read(text: str) -> Manifest | None:
    """The manifest in a text of the usual form; None for any other, right or wrong."""
    head, found, body = text.partition(_ITEMS)
    if not found:
        return None
    try:
        manifest = parsed("", f'{head}\n  "items": {{}}\n}}')
        items = dict(_items(iter(body.split("\n"))))
    except (_Deviates, UsageError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return Manifest(manifest.output, manifest.listings, items, manifest.records)


def _items(lines: Iterator[str]) -> Iterator[tuple[str, KnownItem]]:
    while (line := next(lines, "")) != "  }":
        item_id = _key(line, 4)
        digest = _FILE.fullmatch(next(lines, ""))
        folder = ""
        if (line := next(lines, "")).startswith('      "folder": "'):
            folder, line = line[17:-2], next(lines, "")
            check_folder(folder)
        if not digest or not is_safe_id(item_id) or line != '      "assets": {':
            raise _Deviates
        assets = dict(_assets(lines))
        if next(lines, "").rstrip(",") != "    }":
            raise _Deviates
        yield item_id, KnownItem(digest[1], assets, folder)
    if [*lines] != ["}", ""]:
        raise _Deviates


def _assets(lines: Iterator[str]) -> Iterator[tuple[str, KnownAsset]]:
    while (line := next(lines, "")) != "      }":
        key = json_value(_quoted(line, 8))
        fields = {}
        while (line := next(lines, "")).startswith("          "):
            name, _, value = line[11:].partition('": ')
            fields[name] = value.removesuffix(",")
        if line.rstrip(",") != "        }" or not _NEEDED <= fields.keys() <= _FIELDS:
            raise _Deviates
        yield key, _known(fields)


def _known(fields: Mapping[str, str]) -> KnownAsset:
    texts: dict[str, Any] = {name: json_value(fields[name]) for name in _TEXTS if name in fields}
    size = fields["size"]
    if not size.isdecimal() or not all(type(text) is str for text in texts.values()):
        raise _Deviates
    line = fields["record"]
    check_record(json_value(line))
    return KnownAsset(
        location=texts["location"] if "location" in texts else texts["href"],
        href=texts.get("href"),
        blob=Blob(
            _digest(fields["sha256"]),
            int(size),
            Validators(texts.get("etag"), texts.get("last_modified")),
        ),
        reading=Reading(_shared(fields["reader"], str), _shared(fields["options"], dict), line),
    )


def _key(line: str, indent: int) -> str:
    return _quoted(line, indent)[1:-1]


def _quoted(line: str, indent: int) -> str:
    """The key, in its quotes, of an object that begins in this line."""
    if line[:indent].strip() or not line.endswith('": {'):
        raise _Deviates
    return line[indent:-3]


def _digest(quoted: str) -> str:
    if not re.fullmatch(r'"[0-9a-f]{64}"', quoted):
        raise _Deviates
    return quoted[1:-1]


@lru_cache(maxsize=256)
def _shared(text: str, kind: type[Any]) -> Any:
    """A value that many items have alike."""
    value = json_value(text)
    if type(value) is not kind:
        raise _Deviates
    return value
