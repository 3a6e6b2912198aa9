"""What a Collection says of all its items: where and when they are, and what they have alike."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from itemcat.errors import RuleError
from itemcat.model import Document

Box = Sequence[float]
"""West, south, east, north in degrees; west > east where it crosses 180° (RFC 7946 section 5.2)."""

_HOME = "https://stac-extensions.github.io"
_LISTED = ("constellation", "gsd", "instruments", "mission", "platform", "proj:code", "proj:epsg")
_RANGED = ("eo:cloud_cover",)
_OF_ASSETS = ("description", "roles", "title", "type")


@dataclass(frozen=True, slots=True)
class Brief:
    """What a Collection takes of one item; `bbox` is None where nobody knows the item's place.

    Times are RFC 3339, both the same for an instant; `assets` have what is not of one file alone.
    """

    bbox: Box | None
    start: str
    end: str
    properties: Mapping[str, Any]
    assets: Mapping[str, Mapping[str, Any]]


def brief_of(item: Mapping[str, Any]) -> Brief:
    """What a Collection takes of a STAC Item."""
    properties = item["properties"]
    instant = properties["datetime"]
    names = (*_LISTED, *_RANGED)
    return Brief(
        item.get("bbox"),
        properties.get("start_datetime") or instant,
        properties.get("end_datetime") or instant,
        {name: properties[name] for name in names if properties.get(name) is not None},
        {
            key: {name: asset[name] for name in _OF_ASSETS if name in asset}
            for key, asset in item["assets"].items()
        },
    )


def collection_fields(briefs: Sequence[Brief]) -> Document:
    """`extent`, `summaries` and `item_assets`. Raises RuleError if no item has a place."""
    boxes = [brief.bbox for brief in briefs if brief.bbox is not None]
    if not boxes:
        what = "a Collection needs an extent, and none of its items has a place"
        raise RuleError("catalog.type", what, "give the items a `bbox:`, or make it a Catalog")
    start = min((brief.start for brief in briefs), key=datetime.fromisoformat)
    end = max((brief.end for brief in briefs), key=datetime.fromisoformat)
    fields: Document = {
        "extent": {
            "spatial": {"bbox": [hull(boxes)]},
            "temporal": {"interval": [[start, end]]},
        },
        "summaries": _summaries(briefs),
        "item_assets": _item_assets(briefs),
    }
    return {name: value for name, value in fields.items() if value}


def hull(boxes: Sequence[Box]) -> list[float]:
    """The narrowest box that holds all of them, over 180° if that is the shorter way."""
    south, north = min(box[1] for box in boxes), max(box[3] for box in boxes)
    spans = _merged(boxes)
    # What the box leaves out is the widest gap: that over 180°, or one between two spans.
    west, east = spans[0][0], spans[-1][1]
    widest = west + 360 - east
    for (_, before), (after, _) in pairwise(spans):
        if after - before > widest:
            widest, west, east = after - before, after, before
    return [west, south, east, north] if widest > 0 else [-180.0, south, 180.0, north]


def _merged(boxes: Iterable[Box]) -> list[tuple[float, float]]:
    """The stretches of longitude that boxes take, cut at 180°, in order and apart."""
    pieces: list[tuple[float, float]] = []
    for west, _, east, _ in boxes:
        pieces += [(west, east)] if west <= east else [(west, 180.0), (-180.0, east)]
    merged: list[tuple[float, float]] = []
    for west, east in sorted(pieces):
        if merged and west <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], east))
        else:
            merged.append((west, east))
    return merged


def _summaries(briefs: Iterable[Brief]) -> dict[str, Any]:
    found: dict[str, list[Any]] = {}
    for brief in briefs:
        for name, value in brief.properties.items():
            found.setdefault(name, []).extend(value if isinstance(value, list) else [value])
    return {
        name: {"minimum": min(values), "maximum": max(values)}
        if name in _RANGED
        else sorted(set(values), key=lambda value: (str(type(value)), value))
        for name, values in sorted(found.items())
    }


def _item_assets(briefs: Iterable[Brief]) -> dict[str, Any]:
    """For each key of an asset, the fields that all assets of this key have alike.

    A key of fewer than two is left out, as the Item Asset Definition Object has it.
    """
    alike: dict[str, Mapping[str, Any]] = {}
    for brief in briefs:
        for key, asset in brief.assets.items():
            before = alike.setdefault(key, asset)
            if before != asset:
                alike[key] = {n: v for n, v in before.items() if n in asset and asset[n] == v}
    return {key: dict(fields) for key, fields in sorted(alike.items()) if len(fields) > 1}


def extensions_of(collection: Mapping[str, Any]) -> list[str]:
    """The schemas of the extensions that a Collection's own fields are of."""
    found = [f"{_HOME}/scientific/v1.0.0/schema.json"] if "sci:doi" in collection else []
    if collection["stac_version"] == "1.0.0" and "item_assets" in collection:  # later it is core
        found.append(f"{_HOME}/item-assets/v1.0.0/schema.json")
    return sorted(found)
