"""Geometry and bbox of an item: on Earth, and one and the same place (RFC 7946)."""

from collections.abc import Iterator

from itemcat.check.finding import Spot
from itemcat.check.geojson import Box, Position, around, box, doubled_area, positions, rings
from itemcat.check.page import COLLECTION, Page, mapping, sequence, shown
from itemcat.check.surroundings import Surroundings

_SLACK = 1e-6  # degrees, a tenth of a metre: how positions are rounded
_SHARE = 1e-3  # of a box, by which another counts as the same
_GAP = 1.0  # degrees of longitude that a box must not take in for nothing


def off_earth(page: Page, _: Surroundings) -> Iterator[Spot]:
    """A position or a box beyond ±180° or ±90°."""
    for x, y in positions(page.value.get("geometry")):
        if abs(x) > 180 + _SLACK or abs(y) > 90 + _SLACK:
            yield Spot("geometry", f"the position {x:g}, {y:g} is not on Earth")
            break
    for path, value in _boxes(page):
        found = box(value)
        if found and (
            max(abs(found.west), abs(found.east)) > 180 + _SLACK
            or max(abs(found.south), abs(found.north)) > 90 + _SLACK
        ):
            yield Spot(path, f"{shown(value)} is not on Earth")


def bbox_order(page: Page, _: Surroundings) -> Iterator[Spot]:
    """South above north; west may lie east of east, across 180°."""
    for path, value in _boxes(page):
        found = box(value)
        if found and found.south > found.north:
            yield Spot(path, f"its south {found.south:g} lies north of its north {found.north:g}")


def bbox_disagrees(page: Page, _: Surroundings) -> Iterator[Spot]:
    """A box that is not the one around the geometry."""
    said = box(page.value.get("bbox"))
    found = positions(page.value.get("geometry"))
    if said is None or said.south > said.north:
        return
    slack = _SLACK + _SHARE * said.size
    seen = _around(found, said, slack)
    if seen is None:
        return
    sides = ("west", "east", "south", "north")
    if any(abs(getattr(said, side) - getattr(seen, side)) > slack for side in sides):
        text = f"{seen.west:g}, {seen.south:g}, {seen.east:g}, {seen.north:g}"
        yield Spot("bbox", f"is {shown(page.value['bbox'], 90)}, and the geometry's is {text}")
    elif not said.crosses and (gap := _needless(page)) > _GAP:
        what = f"goes around the Earth, and {gap:.0f}° of that are empty: cross 180° instead"
        yield Spot("bbox", f"{what} (west > east)")


def ring_open(page: Page, _: Surroundings) -> Iterator[Spot]:
    """A ring that does not end where it begins."""
    for path, _number, ring in rings(page.value.get("geometry")):
        if ring and ring[0] != ring[-1]:
            yield Spot(path, "does not end where it begins")


def ring_clockwise(page: Page, _: Surroundings) -> Iterator[Spot]:
    """An outline that goes clockwise, or a hole that goes counter-clockwise."""
    for path, number, ring in rings(page.value.get("geometry")):
        area = doubled_area(ring)
        if (area < 0) if number == 0 else (area > 0):
            is_outline = number == 0
            yield Spot(path, "goes clockwise" if is_outline else "is a hole, counter-clockwise")


def _boxes(page: Page) -> Iterator[tuple[str, object]]:
    if "bbox" in page.value:
        yield "bbox", page.value["bbox"]
    if page.kind == COLLECTION:
        spatial = mapping(mapping(page.value.get("extent")).get("spatial"))
        for number, value in enumerate(sequence(spatial.get("bbox"))):
            yield f"extent.spatial.bbox[{number}]", value


def _around(found: list[Position], said: Box, slack: float) -> Box | None:
    """The box around positions; across 180° as `said` is, where none of them lies in its gap."""
    east = [x for x, _ in found if x >= said.west - slack]
    west = [x for x, _ in found if x <= said.east + slack]
    is_split = said.crosses and east and west and len(east) + len(west) == len(found)
    plain = around(found)
    if plain is None or not is_split:
        return plain
    return Box(min(east), plain.south, max(west), plain.north)


def _needless(page: Page) -> float:
    """The widest gap, in degrees, between polygons that touch 180° from both sides; else 0."""
    spans = []
    for _, number, ring in rings(page.value.get("geometry")):
        if number == 0 and ring:
            xs = [x for x, _ in ring]
            spans.append((min(xs), max(xs)))
    spans.sort()
    if len(spans) < 2 or spans[0][0] > -180 + _SLACK or max(e for _, e in spans) < 180 - _SLACK:
        return 0.0
    widest, reached = 0.0, spans[0][1]
    for west, east in spans[1:]:
        widest = max(widest, west - reached)
        reached = max(reached, east)
    return widest
