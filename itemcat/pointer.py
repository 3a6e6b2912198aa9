"""Pointers: what an address gave last time, as a JSON document of the cache."""

from typing import Any

from itemcat.model import Blob, Validators


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
    if not isinstance(sha256, str | None) or not isinstance(size, int):
        return None
    if not isinstance(etag, str | None) or not isinstance(last_modified, str | None):
        return None
    blob = Blob(sha256, size, Validators(etag, last_modified))
    return blob if sha256 or document.get("remote") == blob.name(address) else None
