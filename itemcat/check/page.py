"""One STAC document as it stands on disk, and its parts, whatever somebody has put into them."""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from itemcat.model import Document
from itemcat.urls import public

ITEM, CATALOG, COLLECTION = "item", "catalog", "collection"
_TYPES = {"Feature": ITEM, "Catalog": CATALOG, "Collection": COLLECTION}
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)")


@dataclass(frozen=True, slots=True)
class Page:
    """A document. `file` is relative to the folder of the root, with slashes; `size` in bytes.

    `changed` is when the file was last written.
    """

    file: str
    value: Document
    size: int
    changed: datetime

    @property
    def kind(self) -> str:
        """`item`, `catalog` or `collection`; empty for what is no STAC document."""
        if not isinstance(self.value.get("stac_version"), str):
            return ""
        return _TYPES.get(text(self.value.get("type")), "")

    @property
    def version(self) -> str:
        """The version of STAC that it says it has."""
        return text(self.value.get("stac_version"))

    @property
    def id(self) -> str:
        """Its id; empty where it has none."""
        return text(self.value.get("id"))

    @property
    def title(self) -> str:
        """How others call it: its title, else its id."""
        return text(self.properties.get("title")) or text(self.value.get("title")) or self.id

    @property
    def properties(self) -> Mapping[str, Any]:
        """The properties of an item."""
        return mapping(self.value.get("properties"))

    def links(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Every link, with its path."""
        for number, link in enumerate(sequence(self.value.get("links"))):
            yield f"links[{number}]", mapping(link)

    def assets(self) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
        """Every asset: its path, its key, itself."""
        for key, asset in mapping(self.value.get("assets")).items():
            yield f"assets.{key}", key, mapping(asset)

    def bands(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Every band with raster facts: common ones, and those of the raster extension 1."""
        for path, _, asset in self.assets():
            for name in ("bands", "raster:bands"):
                for number, band in enumerate(sequence(asset.get(name))):
                    yield f"{path}.{name}[{number}]", mapping(band)


def text(value: object) -> str:
    """A text; empty for anything else."""
    return value if isinstance(value, str) else ""


def mapping(value: object) -> Mapping[str, Any]:
    """A JSON object; an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def sequence(value: object) -> Sequence[Any]:
    """A JSON array; an empty one for anything else."""
    return value if isinstance(value, list) else ()


def number(value: object) -> float | None:
    """A finite number; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value) if math.isfinite(value) else None
    except OverflowError:  # an integer beyond all floats
        return None


def numbers(value: object) -> tuple[float, ...]:
    """An array of finite numbers; empty for anything else."""
    found = [number(part) for part in sequence(value)]
    return tuple(part for part in found if part is not None) if None not in found else ()


def moment(value: object) -> datetime | None:
    """A time with an offset as RFC 3339 writes it; None for anything else."""
    if not isinstance(value, str) or not _MOMENT.fullmatch(value):
        return None
    try:
        return datetime.fromisoformat(value.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def shown(value: object, most: int = 60) -> str:
    """A value in a message: on one line, not too long, and an address without its secrets."""
    line = repr(public(value)) if isinstance(value, str) else " ".join(repr(value).split())
    return line if len(line) <= most else f"{line[: most - 1]}…"
