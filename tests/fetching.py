"""What the tests of fetching share: an impatient fetcher that remembers what it said."""

from pathlib import Path
from typing import Any

from itemcat.cache import Cache
from itemcat.fetch import Fetcher
from itemcat.fetch.patience import Patience
from itemcat.model import Asset

IMPATIENT = Patience(attempts=3, base=0.001, cap=0.01, connect=5, read=20)


class Talker:
    """Keeps the notices of a fetcher; the fetcher itself is `fetcher`."""

    def __init__(self, cache: Cache, patience: Patience = IMPATIENT, **details: Any) -> None:
        self.notices: list[str] = []
        self.fetcher = Fetcher(cache, say=self.notices.append, patience=patience, **details)


def asset(url: str, **details: Any) -> Asset:
    """An asset at that URL, named by the end of its path."""
    return Asset(url.partition("?")[0].rpartition("/")[2], url, **details)


def content(cache: Cache, sha256: str) -> bytes:
    """The bytes of a blob in the cache."""
    path = cache.blob(sha256)
    assert path is not None
    return path.read_bytes()


def leftovers(cache: Cache) -> list[Path]:
    """What lies in the cache beside its locks: parts, pointers, blobs, temporary files."""
    found = [path for path in cache.root.rglob("*") if path.is_file()]
    return [path for path in found if path.parent.name != "locks"]
