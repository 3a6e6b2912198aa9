"""What fetching asks of a cache."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from itemcat.model import Blob


class Store(Protocol):
    """What is asked of a cache; `Cache` says what each method promises."""

    def blob(self, sha256: str, size: int | None = None) -> Path | None:
        """The file with these bytes."""

    def part(self, url: str) -> Path:
        """Where a body from this URL grows."""

    def adopt(self, path: Path, sha256: str) -> Path:
        """Make a file the blob of that digest."""

    def pointer(self, url: str) -> Blob | None:
        """What this URL gave last time."""

    def point(self, url: str, blob: Blob) -> None:
        """Remember what this URL gave."""

    def lock(
        self, name: str, on_wait: Callable[[], None] | None = None
    ) -> AbstractContextManager[None]:
        """Keep all others from fetching the same."""
