"""Where an item lies by the spec's own word: checked to be on Earth, and against its file.

Longitudes and latitudes in degrees of WGS 84, longitude first, as GeoJSON has it (RFC 7946).
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from itemcat.errors import RuleError
from itemcat.model import ItemRules, Record

Box = Sequence[float]
"""West, south, east, north; west > east where it crosses 180° (RFC 7946 section 5.2)."""

_DEPTHS = {"Point": 0, "Polygon": 2, "MultiPolygon": 3}
"""How many levels of lists a geometry's coordinates are above its positions."""
_SLACK = 0.01  # of the file's own box, at each side: what is declared may be rounded
_LEAST_SLACK = 1e-4  # degrees, about 10 m


def check_bbox(value: Any) -> None:
    """Raises ValueError with the words for what is no box on Earth."""
    if not isinstance(value, list) or len(value) != 4 or not all(map(_is_number, value)):
        raise ValueError("must be four numbers: west, south, east, north, in degrees")
    west, south, east, north = value
    _check_position([west, south])
    _check_position([east, north])
    if south > north:
        raise ValueError(f"its south, {south}, lies north of its north, {north}")


def check_geometry(value: Mapping[str, Any]) -> None:
    """Raises ValueError with the words for what is no GeoJSON geometry on Earth.

    Of a polygon only what RFC 7946 section 3.1.6 demands is asked: rings of four positions or
    more that are closed. One that crosses 180° is cut there (section 3.1.9).
    """
    if value.get("type") not in _DEPTHS or "coordinates" not in value:
        return  # the schema says that
    coordinates, depth = value["coordinates"], _DEPTHS[value["type"]]
    if depth == 0:
        _check_position(coordinates)
        return
    for ring in _rings(coordinates, depth):
        _check_ring(ring)


def place(rules: ItemRules, record: Record, where: str) -> tuple[Any, list[float] | None]:
    """The geometry and the box of an item: what the spec declares, else what its file says.

    Both are None where nobody knows. Raises RuleError where the declared place is none that the
    file's own footprint holds.
    """
    if rules.geometry is None and rules.bbox is None:
        return record.get("geometry"), record.get("bbox")
    geometry = dict(rules.geometry or _around(rules.bbox or ()))
    drawn = bounds_of(geometry)
    box = list(rules.bbox or drawn)
    if not (_holds(box, drawn) and _holds(drawn, box)):
        what = f"its declared bbox is {_shown(box)}, but its declared geometry has {_shown(drawn)}"
        raise RuleError(where, what, "drop `bbox:`; it follows from the geometry")
    own = record.get("bbox")
    if own and not _holds(own, box):
        key = "bbox" if rules.geometry is None else "geometry"
        raise RuleError(
            where,
            f"its declared {key} runs over {_shown(box)}, but the file itself lies in "
            f"{_shown(own)}",
            f"correct or drop `{key}:`; it may only be a part of where the file's pixels are",
        )
    return geometry, box


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _check_position(value: Any) -> None:
    if not isinstance(value, list) or len(value) != 2 or not all(map(_is_number, value)):
        raise ValueError("a position must be two numbers, [longitude, latitude]")
    lon, lat = value
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise ValueError(f"[{lon}, {lat}] is not on Earth; longitude comes first, in degrees")


def _rings(value: Any, depth: int) -> Iterator[Any]:
    if not isinstance(value, list) or not value:
        raise ValueError("its coordinates must be lists of rings, and these of positions")
    if depth == 1:
        yield value
        return
    for inner in value:
        if depth == 2:
            yield inner
        else:
            yield from _rings(inner, depth - 1)


def _check_ring(ring: Any) -> None:
    if not isinstance(ring, list) or len(ring) < 4:
        raise ValueError("a ring must have at least four positions")
    for position in ring:
        _check_position(position)
    if ring[0] != ring[-1]:
        raise ValueError(f"a ring must end where it starts, at {ring[0]}")
    for (lon, _), (other, _) in pairwise(ring):
        if 180 < abs(lon - other) < 360:
            raise ValueError(
                f"from {lon} to {other} it crosses 180°: cut it there, in two polygons; or, if it "
                "goes the long way round, put a position between"
            )


def _around(box: Box) -> Mapping[str, Any]:
    """The polygon of a box, cut at 180°; counter-clockwise."""
    west, south, east, north = box
    if west <= east:
        return {"type": "Polygon", "coordinates": [_ring(west, south, east, north)]}
    halves = [_ring(west, south, 180, north), _ring(-180, south, east, north)]
    return {"type": "MultiPolygon", "coordinates": [[half] for half in halves]}


def _ring(west: float, south: float, east: float, north: float) -> list[list[float]]:
    return [[west, south], [east, south], [east, north], [west, north], [west, south]]


def bounds_of(geometry: Mapping[str, Any]) -> list[float]:
    """The box of a geometry that is cut at 180°: over that meridian if it has parts on both."""
    depth = _DEPTHS[geometry["type"]]
    coordinates = geometry["coordinates"]
    parts = {0: [[[coordinates]]], 2: [coordinates], 3: coordinates}[depth]
    boxes = [_extremes(part[0]) for part in parts]
    south, north = min(box[1] for box in boxes), max(box[3] for box in boxes)
    west, east = min(box[0] for box in boxes), max(box[2] for box in boxes)
    if (west, east) == (-180, 180):
        # The widest stretch of longitudes without a part is what the box leaves out.
        ordered = sorted((box[0], box[2]) for box in boxes)
        gap, reach = 0.0, ordered[0][1]
        for left, right in ordered[1:]:
            if left - reach > gap:
                gap, west, east = left - reach, left, reach
            reach = max(reach, right)
    return [west, south, east, north]


def _extremes(ring: Sequence[Sequence[float]]) -> list[float]:
    lons, lats = zip(*ring, strict=True)
    return [min(lons), min(lats), max(lons), max(lats)]


def _holds(own: Box, box: Box) -> bool:
    """Whether a box lies in the file's own, but for a hundredth of that at each side."""
    west, south, east, north = own
    width = (east - west) % 360 or (360.0 if east != west else 0.0)
    across = max(_SLACK * width, _LEAST_SLACK)
    down = max(_SLACK * (north - south), _LEAST_SLACK)
    start = (box[0] - west + across) % 360
    reach = start + (box[2] - box[0]) % 360
    return south - down <= box[1] <= box[3] <= north + down and (
        width + 2 * across >= 360 or reach <= width + 2 * across
    )


def _shown(box: Box) -> str:
    return f"[{', '.join(f'{value:g}' for value in box)}]"
