"""Positions, rings and boxes of GeoJSON (RFC 7946), out of values that may be anything."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from itemcat.check.page import mapping, number, sequence

Position = tuple[float, float]
_MOST = 1_000_000  # parts of a geometry that are looked at


@dataclass(frozen=True, slots=True)
class Box:
    """West, south, east, north. East of a box over 180° is less than its west."""

    west: float
    south: float
    east: float
    north: float

    @property
    def crosses(self) -> bool:
        """Whether it lies on both sides of 180°."""
        return self.west > self.east

    @property
    def size(self) -> float:
        """Its longer side."""
        width = self.east - self.west + (360 if self.crosses else 0)
        return max(width, self.north - self.south)


def box(value: object) -> Box | None:
    """A bbox of four or six numbers; None for anything else."""
    found = [number(part) for part in sequence(value)]
    if len(found) == 6:
        found = [found[0], found[1], found[3], found[4]]
    west, south, east, north = found if len(found) == 4 else [None] * 4
    if west is None or south is None or east is None or north is None:
        return None
    return Box(west, south, east, north)


def parts(geometry: object) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The geometry, or those that a collection of them holds, with their paths."""
    waiting = [("geometry", geometry)]
    while waiting:
        path, part = waiting.pop()
        inner = mapping(part)
        if inner.get("type") == "GeometryCollection":
            listed = sequence(inner.get("geometries"))[:_MOST]
            waiting += [(f"{path}.geometries[{n}]", one) for n, one in enumerate(listed)]
        elif inner:
            yield path, inner


def rings(geometry: object) -> Iterator[tuple[str, int, list[Position]]]:
    """Every ring of every polygon: its path, its number in its polygon (0 is the outline)."""
    for path, part in parts(geometry):
        coordinates = sequence(part.get("coordinates"))
        if part.get("type") == "Polygon":
            polygons = [(f"{path}.coordinates", coordinates)]
        elif part.get("type") == "MultiPolygon":
            polygons = [(f"{path}.coordinates[{n}]", one) for n, one in enumerate(coordinates)]
        else:
            continue
        for place, polygon in polygons:
            for n, ring in enumerate(sequence(polygon)):
                yield f"{place}[{n}]", n, list(_positions(ring))


def positions(geometry: object) -> list[Position]:
    """All positions of a geometry, in its order."""
    found: list[Position] = []
    for _, part in parts(geometry):
        waiting = [part.get("coordinates")]
        while waiting and len(found) < _MOST:
            value = waiting.pop()
            if (position := _position(value)) is not None:
                found.append(position)
            else:
                waiting += reversed(sequence(value)[:_MOST])
    return found


def _positions(ring: object) -> Iterator[Position]:
    for value in sequence(ring)[:_MOST]:
        if (position := _position(value)) is not None:
            yield position


def _position(value: object) -> Position | None:
    if not isinstance(value, list) or len(value) < 2:
        return None
    x, y = number(value[0]), number(value[1])
    return (x, y) if x is not None and y is not None else None


def doubled_area(ring: list[Position]) -> float:
    """Twice the area of a ring, closed or not; positive where it goes counter-clockwise."""
    following = ring[1:] + ring[:1]
    return sum((x1 - x2) * (y1 + y2) for (x1, y1), (x2, y2) in zip(ring, following, strict=True))


def around(found: list[Position]) -> Box | None:
    """The box around positions, as the numbers have it; None without any."""
    if not found:
        return None
    xs, ys = [x for x, _ in found], [y for _, y in found]
    return Box(min(xs), min(ys), max(xs), max(ys))
