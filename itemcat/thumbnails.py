"""Thumbnails: which file of an item is shown in one, and what is known of it.

Asked for by an option of reading, so that a record says which picture its pixels gave.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from itemcat.choice import RASTER, reader_name
from itemcat.model import KnownAsset, Reading
from itemcat.naming import NamedAsset, NamedItem

OPTION = "thumbnail"
"""The option of a reading that asks for one, and the record's key for what came of it."""

SIDE = "384"
"""The longer side of a thumbnail in pixels, unless the raster has fewer."""

KEY = "thumbnail"
"""The key of the asset, and its role (STAC's best practices for assets)."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A thumbnail by the SHA-256 of its bytes; `size` is how many they are."""

    sha256: str
    size: int


def pictured(item: NamedItem) -> NamedAsset | None:
    """The file that an item's thumbnail shows: its first raster.

    None where there is none, or where one of the files is a thumbnail by its key or its roles.
    """
    if any(KEY in (member.key, *member.source.rules.asset.roles) for member in item.members):
        return None
    rasters = (m for m in item.members if reader_name(m.source.rules, m.asset.name) == RASTER)
    return next(rasters, None)


def picture_in(reading: Reading) -> Picture | None:
    """The picture that was made when a file was read, if one was."""
    found = reading.record.get(OPTION) if OPTION in reading.options else None
    return Picture(found["sha256"], found["size"]) if found and "sha256" in found else None


def missing_in(reading: Reading) -> str:
    """Why none could be made though it was asked for; empty where one was made."""
    found = reading.record.get(OPTION) if OPTION in reading.options else None
    return str(found.get("missing", "")) if found else ""


def picture_of(assets: Mapping[str, KnownAsset]) -> Picture | None:
    """The thumbnail of the item that has these assets."""
    return next((found for one in assets.values() if (found := picture_in(one.reading))), None)


def without_picture(known: KnownAsset) -> KnownAsset:
    """A file as it is known where nobody asks for a thumbnail."""
    options = {name: value for name, value in known.reading.options.items() if name != OPTION}
    record = {name: value for name, value in known.reading.record.items() if name != OPTION}
    return replace(known, reading=Reading.of(known.reading.reader, options, record))
