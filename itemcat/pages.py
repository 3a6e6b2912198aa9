"""The pages of a build, kept where they cost no memory: a million of them fit.

Of each there are three pieces in a spool: its leaf, its entry in the manifest, its document.
"""

import pickle
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from itemcat import manifest
from itemcat.edition import Leaf, Page
from itemcat.spool import MOST, Spool


class Pages:
    """Takes pages in any order, and gives them back in that of the spec."""

    def __init__(self, folder: Path, most: int = MOST) -> None:
        """What is more than `most` bytes lies in a file without a name in `folder`."""
        self._spool = Spool(folder, most)
        self._numbers: dict[str, int] = {}

    def add(self, item_id: str, page: Page) -> None:
        """Take the page of an item. Raises MachineError when the disk is full."""
        self._numbers[item_id] = len(self._spool)
        self._spool.append(pickle.dumps(tuple(page.leaf)))
        self._spool.append(manifest.entry(item_id, page.known))
        self._spool.append(page.data or b"")

    def arrange(self, ids: Iterable[str]) -> None:
        """Put them in the order of these ids, which may have others among them."""
        self._numbers = {one: self._numbers[one] for one in ids if one in self._numbers}

    def leaves(self) -> Iterator[tuple[str, Leaf]]:
        """Item ids and leaves, in order."""
        for item_id, number in self._numbers.items():
            yield item_id, Leaf(*pickle.loads(self._spool[number]))  # noqa: S301 (our own)

    def entries(self) -> Iterator[bytes]:
        """The items' entries in the manifest, sorted by their ids."""
        return (self._spool[self._numbers[item_id] + 1] for item_id in sorted(self._numbers))

    def document(self, item_id: str) -> bytes:
        """The bytes of a document that was rendered in this build."""
        return self._spool[self._numbers[item_id] + 2]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._spool.__exit__(kind, error, trace)
