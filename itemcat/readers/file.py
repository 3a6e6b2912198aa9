"""The reader of files that are no data of their own: metadata, quality reports, quick looks.

The record's keys: `media_type`, by what the bytes are, where that can be told; `geometry` and
`bbox`, which are null.
"""

import json
from collections.abc import Mapping
from pathlib import Path

from itemcat.model import Record

_HEAD = 4096  # bytes that are looked at
_LARGEST_JSON = 16 << 20  # bytes; a larger file may be JSON or not
_MAGIC = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"%PDF-", "application/pdf"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"PK\x03\x04", "application/zip"),
    (b"\x1f\x8b", "application/gzip"),
)


def read(path: Path, _: Mapping[str, str]) -> Record:
    """What kind of file it is. Nothing in it is believed beyond that."""
    kind = _media_type(path)
    return {**({"media_type": kind} if kind else {}), "geometry": None, "bbox": None}


def _media_type(path: Path) -> str | None:
    with path.open("rb") as file:
        head = file.read(_HEAD)
    for start, kind in _MAGIC:
        if head.startswith(start):
            return kind
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "image/webp"
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text.startswith(b"<?xml"):
        return "application/xml"
    if text.lower().startswith((b"<!doctype html", b"<html")):
        return "text/html"
    if text.startswith((b"{", b"[")) and _is_json(path):
        return "application/json"
    return "text/plain" if _is_text(head) else None


def _is_json(path: Path) -> bool:
    if path.stat().st_size > _LARGEST_JSON:
        return False
    try:
        json.loads(path.read_bytes())
    except (ValueError, RecursionError):
        return False
    return True


def _is_text(head: bytes) -> bool:
    """Whether the beginning is UTF-8 without control signs; a character may be cut at its end."""
    try:
        text = head.decode()
    except UnicodeDecodeError as error:
        if error.start < len(head) - 3:
            return False
        text = head[: error.start].decode()
    return bool(text) and all(sign.isprintable() or sign in "\t\r\n\f" for sign in text)
