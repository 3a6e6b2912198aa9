"""The columns of a table of STAC items, and its rows, after the specification of stac-geoparquet.

The fields of an item are columns, and so is each of its properties. Geometries are WKB, the box has
named corners, times are times. Relative addresses start at the table, which lies beside the root
catalog, not at the item's own file.
"""

import posixpath
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import chain
from typing import Any

from itemcat.files import sha256_of
from itemcat.kinds import Kind, Word
from itemcat.model import Document
from itemcat.wkb import wkb

FORM = 1
"""Raised when the same items give another table: each catalog's next build then writes it anew."""

OWN = (
    *("type", "stac_version", "stac_extensions", "id", "collection"),
    *("geometry", "bbox", "links", "assets"),
)
"""The columns that are fields of the item itself, in their order."""

RESERVED = frozenset({*OWN, "properties"})
"""What no property can be called."""

CORNERS = ("xmin", "ymin", "xmax", "ymax")
_TEXT = Kind(Word.TEXT)
_ALWAYS = {
    **dict.fromkeys(("type", "stac_version", "id"), _TEXT),
    "stac_extensions": Kind(Word.LIST, _TEXT),
    "geometry": Kind(Word.BYTES),
    "bbox": Kind(Word.OBJECT, None, dict.fromkeys(CORNERS, Kind(Word.REAL))),
    "datetime": Kind(Word.TIME),
}
_TIMES = frozenset(
    {
        *("datetime", "start_datetime", "end_datetime", "created", "updated"),
        *("published", "unpublished", "expires"),
    }
)
_GEOMETRIES = frozenset({"geometry", "proj:geometry"})
_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|/")


def identity(rows: Iterable[tuple[str, str]]) -> str:
    """What tells tables apart: the paths and digests of the items' files, in the table's order."""
    lines = (f"{path} {digest}\n" for path, digest in rows)
    return sha256_of(line.encode() for line in chain([f"table {FORM}\n"], lines))


@dataclass(slots=True)
class Columns:
    """The columns that a table needs; they learn from each document that is to be a row.

    `bounds` is west, south, east, north in degrees, over all longitudes where an item crosses 180°;
    `crosses` tells that one does. `shapes` are the types of the geometries.
    """

    kinds: dict[str, Kind] = field(default_factory=dict)
    bounds: tuple[float, ...] | None = None
    crosses: bool = False
    shapes: set[str] = field(default_factory=set)

    def learn(self, document: Document) -> None:
        """Take a document into account."""
        if document["geometry"] is not None:
            self.shapes.add(document["geometry"]["type"])
        if box := document.get("bbox"):
            self._reach(*box)
        for name, value in _cells(document).items():
            if name in _ALWAYS:
                continue
            if name not in self.kinds:
                self.kinds[name] = Kind()
            self.kinds[name].learn(_native(name, value))

    def settled(self) -> dict[str, Kind]:
        """The kinds of the columns in their order, without those that never have a value.

        Some are always there: a reader of STAC counts on them.
        """
        learned = {name: kind.settled() for name, kind in self.kinds.items()}
        known = _ALWAYS | {name: kind for name, kind in learned.items() if kind != Kind()}
        own = {name: known.pop(name) for name in OWN if name in known}
        return {**own, **dict(sorted(known.items()))}

    def _reach(self, west: float, south: float, east: float, north: float) -> None:
        if west > east:
            self.crosses, west, east = True, -180.0, 180.0
        before = self.bounds or (west, south, east, north)
        least, most = map(min, before[:2], (west, south)), map(max, before[2:], (east, north))
        self.bounds = (*least, *most)


def row(document: Document, kinds: Mapping[str, Kind], path: str) -> dict[str, Any]:
    """A document that was learned as the row of a table; `path` is that of its file."""
    cells = _cells(document)
    cells["links"] = [_moved(link, path) for link in cells["links"]]
    cells["assets"] = {key: _moved(asset, path) for key, asset in cells["assets"].items()}
    return {
        name: kind.fit(_native(name, value) if kind.word in (Word.TIME, Word.BYTES) else value)
        for name, kind in kinds.items()
        for value in (cells.get(name),)
    }


def _cells(document: Document) -> dict[str, Any]:
    """The values of a document by their columns, in JSON but for the box and what assets have."""
    cells = {**document["properties"], **document}
    del cells["properties"]
    cells["assets"] = {
        key: {name: _encoded(name, value) for name, value in asset.items()}
        for key, asset in document["assets"].items()
    }
    if box := document.get("bbox"):
        cells["bbox"] = dict(zip(CORNERS, map(float, box), strict=True))
    return cells


def _native(name: str, value: Any) -> Any:
    """A time or a geometry in the form that its column has it; everything else as it is."""
    if name in _TIMES and isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value)
            return moment.astimezone(UTC) if moment.tzinfo else value
        except (ValueError, OverflowError):
            return value
    return _encoded(name, value)


def _encoded(name: str, value: Any) -> Any:
    """A geometry as WKB; everything else as it is."""
    if name not in _GEOMETRIES or not isinstance(value, dict):
        return value
    try:
        return wkb(value)
    except ValueError:
        return value


def _moved(link: Mapping[str, Any], path: str) -> dict[str, Any]:
    """A link or asset of the item at `path` whose relative address starts at the table."""
    href = link["href"]
    if _ABSOLUTE.match(href):
        return dict(link)
    moved = posixpath.normpath(posixpath.join(posixpath.dirname(path), href))
    return {**link, "href": moved if moved.startswith("../") else f"./{moved}"}
