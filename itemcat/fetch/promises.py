"""What a publisher declares about a file, held against the bytes that came."""

import hashlib
from collections.abc import Callable
from pathlib import Path

from itemcat import files, urls
from itemcat.bucket import is_same_version
from itemcat.errors import FetchError
from itemcat.model import Asset, Blob

_ALGORITHMS = ("md5", "sha1", "sha224", "sha256", "sha384", "sha512")


def declared_digest(asset: Asset) -> tuple[str, str] | None:
    """The algorithm and the hex digest that the publisher declares; None when there are none.

    Raises FetchError for an algorithm that cannot be computed here.
    """
    if asset.checksum is None:
        return None
    algorithm, _, value = asset.checksum.lower().partition(":")
    if algorithm not in _ALGORITHMS:
        what = f"its publisher declares a checksum of an unknown kind, {asset.checksum}"
        raise FetchError(
            urls.public(asset.location), what, f"known kinds are {', '.join(_ALGORITHMS)}"
        )
    return algorithm, value.strip()


def broken_promise(asset: Asset, size: int, digest: Callable[[str], str]) -> str:
    """What is not as declared, with both values; empty when all is.

    `size` is in bytes; `digest` gives the digest of the bytes for an algorithm's name.
    """
    if asset.size is not None and asset.size != size:
        return f"has {size} bytes, but {asset.size} bytes are declared"
    if declared := declared_digest(asset):
        algorithm, value = declared
        if (found := digest(algorithm)) != value:
            return f"has the {algorithm} {found}, but {value} is declared"
    return ""


def is_vouched(asset: Asset, known: Blob) -> bool:
    """Whether what is declared now, ETag or checksum, is the ETag that `known` came with.

    Zenodo's ETags are `"md5:…"`, as its API declares it: one request tells of a whole record. So
    does the listing of a bucket.
    """
    if is_same_version(asset.etag, known.validators.etag):
        return asset.size == known.size
    etag = (known.validators.etag or "").strip('"').lower()
    return asset.checksum is not None and asset.checksum.lower() == etag


def check_blob(asset: Asset, blob: Blob, path: Path | None) -> None:
    """Raise FetchError when a blob is not what is declared.

    Without the bytes (`path` None) only its size and SHA-256 can be compared.
    """

    def digest(algorithm: str) -> str:
        if algorithm == "sha256" and blob.sha256:
            return blob.sha256
        return _digest_of(path, algorithm) if path else declared

    declared = (declared_digest(asset) or ("", ""))[1]
    if what := broken_promise(asset, blob.size, digest):
        raise unkept(asset, what)


def unkept(asset: Asset, what: str) -> FetchError:
    """The error for a promise that was not kept."""
    hint = "the file was changed or damaged; compare with its publisher's page"
    return FetchError(urls.public(asset.location), what, hint)


def _digest_of(path: Path, algorithm: str) -> str:
    digest = hashlib.new(algorithm, usedforsecurity=False)
    with path.open("rb") as file:
        while block := file.read(files.BLOCK):
            digest.update(block)
    return digest.hexdigest()
