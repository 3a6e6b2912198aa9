"""Pointers: what an address gave last time, as a JSON document of the cache."""

import re
from typing import Any

from itemcat.model import Blob, Validators

_DIGEST = re.compile(r"[0-9a-f]{64}")
_LONGEST = 1000  # characters of a validator


def head_of(address: str) -> str:
    """The name under which a remote reading of an address is kept, beside a download of it."""
    return f"head of {address}"


def to_document(address: str, blob: Blob) -> dict[str, Any]:
    """The document that says that this public address gave these bytes."""
    named = {"sha256": blob.sha256} if blob.sha256 else {"remote": blob.name(address)}
    return {
        "url": address,
        **named,
        "size": blob.size,
        "etag": blob.validators.etag,
        "last_modified": blob.validators.last_modified,
    }


def to_blob(document: Any, address: str) -> Blob | None:
    """The blob that a document describes; None for anything that is no such document."""
    if not isinstance(document, dict) or document.get("url") != address:
        return None
    sha256, size = document.get("sha256"), document.get("size")
    etag, last_modified = document.get("etag"), document.get("last_modified")
    is_digest = isinstance(sha256, str) and _DIGEST.fullmatch(sha256)
    if not (is_digest or sha256 is None) or type(size) is not int or size < 0:
        return None
    if not (_is_validator(etag) and _is_validator(last_modified)):
        return None
    blob = Blob(sha256, size, Validators(etag, last_modified))
    return blob if sha256 or document.get("remote") == blob.name(address) else None


def _is_validator(value: Any) -> bool:
    """Whether it can be sent in a header (RFC 9110 section 5.5), or is none."""
    if not isinstance(value, str):
        return value is None
    is_plain = value.isascii() and value.isprintable() and value == value.strip()
    return is_plain and len(value) <= _LONGEST
