"""What of a catalog is shown: its items as they stand on disk, in the order of its links."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from itemcat.errors import UsageError
from itemcat.files import json_value
from itemcat.viewer.folder import Folder, follow
from itemcat.viewer.item import Item, item_of, line

_LARGEST = 64 << 20  # bytes of one document


@dataclass(frozen=True, slots=True)
class Collection:
    """A catalog: `name` is its file's, `notes` say in words what of it is not shown."""

    name: str
    title: str
    description: str
    items: tuple[Item, ...]
    notes: tuple[str, ...]


def collect(folder: Folder) -> Collection:
    """Read a catalog, its sub-catalogs and its items. Raises UsageError for a catalog that is none.

    Links out of the folder are not followed, and documents that cannot be read are left out; the
    notes count both.
    """
    walk = _Walk(folder)
    root = walk.document(folder.catalog)
    if root is None or root.get("type") not in ("Catalog", "Collection"):
        what = "is no STAC catalog that can be read"
        raise UsageError(str(folder.root / folder.catalog), what, "build it again: itemcat build")
    items = tuple(walk.items(root))
    unplaced = sum(not item.rings for item in items)
    counts = (
        (walk.elsewhere, "not shown, for it lies outside of the folder"),
        (walk.broken, "not shown, for its document cannot be read"),
        (unplaced, "not on the map, for it has no footprint in degrees"),
    )
    return Collection(
        folder.catalog,
        line(root.get("title")) or line(root.get("id")) or "Catalog",
        line(root.get("description"), 2000),
        items,
        tuple(f"{count} of the items: {why}" for count, why in counts if count),
    )


class _Walk:
    """One way through the links of a catalog, that passes no document twice."""

    def __init__(self, folder: Folder) -> None:
        self.folder = folder
        self.seen = {folder.catalog}
        self.elsewhere = 0
        self.broken = 0

    def items(self, root: dict[str, Any]) -> Iterator[Item]:
        """The items of a catalog and of those below it, each catalog's own ones first."""
        waiting = [(self.folder.catalog, root)]
        while waiting:
            base, catalog = waiting.pop()
            for name in self._linked(base, catalog, "item"):
                document = self.document(name)
                if document is None or document.get("type") != "Feature":
                    self.broken += 1
                else:
                    yield item_of(name, document)
            below = [
                (name, document)
                for name in self._linked(base, catalog, "child")
                if (document := self.document(name)) is not None
            ]
            waiting.extend(reversed(below))

    def document(self, name: str) -> dict[str, Any] | None:
        """A JSON object of the folder; None for what is none, or cannot be read."""
        data = self.folder.read(name, _LARGEST)
        try:
            value = None if data is None else json_value(data)
        except (ValueError, RecursionError):
            return None
        return value if isinstance(value, dict) else None

    def _linked(self, base: str, catalog: dict[str, Any], rel: str) -> Iterator[str]:
        links = catalog.get("links")
        for link in links if isinstance(links, list) else ():
            if not isinstance(link, dict) or link.get("rel") != rel:
                continue
            name = follow(base, link.get("href"))
            if name is None:
                self.elsewhere += rel == "item"
            elif name not in self.seen:
                self.seen.add(name)
                yield name
