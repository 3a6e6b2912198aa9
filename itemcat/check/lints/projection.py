"""The grid of the projection extension: one with itself, and where the footprint lies."""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import pairwise
from typing import Any

from itemcat.check.finding import Spot
from itemcat.check.geojson import Box, Position, around, box, positions
from itemcat.check.page import ITEM, Page, numbers, text
from itemcat.check.surroundings import Surroundings

_CODE = re.compile(r"([A-Za-z]{2,10}):(\w{1,12})")
_LONGEST_WKT = 100_000  # characters
_STEPS = 16  # positions on each side of a grid: its sides are curves on Earth
_SHARE = 0.02  # of a grid's own size, by which its footprint may lie outside of its box
_PIXEL = 1.0  # by which the numbers of one grid may differ


def grid_disagrees(page: Page, _: Surroundings) -> Iterator[Spot]:
    """Shape and transform, bbox, and geometry that are not those of one grid."""
    for path, fields in _gridded(page):
        said, computed = box(fields.get("proj:bbox")), _of_transform(fields)
        drawn = around(positions(fields.get("proj:geometry")))
        slack = _pixel(fields) * _PIXEL
        for name, other in (("proj:transform and proj:shape", computed), ("proj:geometry", drawn)):
            if said and other and _differ(said, other, slack + 1e-6 * said.size):
                yield Spot(f"{path}.proj:bbox", f"is not the box of {name}")


def footprint_disagrees(page: Page, _: Surroundings) -> Iterator[Spot]:
    """A footprint that reaches out of the grid, or, of one asset among several, misses it."""
    footprint = _flat(positions(page.value.get("geometry")))
    if page.kind != ITEM or footprint is None:
        return
    for path, fields in _gridded(page):
        grid = box(fields.get("proj:bbox")) or _of_transform(fields)
        code = text(fields.get("proj:code")) or _epsg(fields)
        outline = _on_earth(grid, code, text(fields.get("proj:wkt2"))) if grid else None
        if outline is None:
            continue
        slack = 1e-4 + _SHARE * outline.size
        is_whole = path == "properties"
        if is_whole and not _holds(outline, footprint, slack):
            yield Spot("geometry", f"reaches out of the grid of proj:*, which is {_told(outline)}")
        elif not is_whole and not _meets(outline, footprint, slack):
            yield Spot(path, f"its grid, {_told(outline)}, is not where the geometry is")


def _gridded(page: Page) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Item and assets that have a grid; what an asset does not say holds from its item."""
    yield "properties", page.properties
    shared = {
        key: page.properties[key]
        for key in ("proj:code", "proj:epsg", "proj:wkt2")
        if key in page.properties
    }
    for path, _, asset in page.assets():
        if "proj:bbox" in asset or "proj:transform" in asset:
            yield path, {**shared, **asset}


def _of_transform(fields: Mapping[str, Any]) -> Box | None:
    """The box of a transform (six or nine numbers, by rows) over a shape (rows, columns)."""
    transform, shape = numbers(fields.get("proj:transform")), numbers(fields.get("proj:shape"))
    if len(transform) not in (6, 9) or len(shape) != 2:
        return None
    a, b, c, d, e, f = transform[:6]
    rows, columns = shape
    corners = [(0.0, 0.0), (columns, 0.0), (columns, rows), (0.0, rows)]
    return around([(a * x + b * y + c, d * x + e * y + f) for x, y in corners])


def _pixel(fields: Mapping[str, Any]) -> float:
    transform = numbers(fields.get("proj:transform"))
    return max(map(abs, (*transform[:2], *transform[3:5])), default=0.0)


def _differ(one: Box, other: Box, slack: float) -> bool:
    sides = ("west", "south", "east", "north")
    return any(abs(getattr(one, side) - getattr(other, side)) > slack for side in sides)


def _epsg(fields: Mapping[str, Any]) -> str:
    code = fields.get("proj:epsg")
    return f"EPSG:{code}" if isinstance(code, int) and 0 < code < 10**9 else ""


def _on_earth(grid: Box, code: str, wkt: str) -> Box | None:
    """The box around a grid in degrees; None where it cannot be told, as around a pole."""
    transform = _transformer(code, "" if code else wkt[:_LONGEST_WKT])
    if transform is None:
        return None
    xs, ys = zip(*_outline(grid), strict=True)
    longitudes, latitudes = transform.transform(xs, ys)
    return _flat(
        [
            (x, y)
            for x, y in zip(longitudes, latitudes, strict=True)
            if abs(x) <= 360 and abs(y) <= 90  # false for what is not finite
        ]
    )


def _outline(grid: Box) -> list[Position]:
    corners = [
        (grid.west, grid.south),
        (grid.east, grid.south),
        (grid.east, grid.north),
        (grid.west, grid.north),
        (grid.west, grid.south),
    ]
    return [
        (x1 + (x2 - x1) * n / _STEPS, y1 + (y2 - y1) * n / _STEPS)
        for (x1, y1), (x2, y2) in pairwise(corners)
        for n in range(_STEPS)
    ]


@lru_cache(maxsize=64)
def _transformer(code: str, wkt: str) -> Any:
    """From a CRS to longitude and latitude; None for what names no CRS."""
    import pyproj  # noqa: PLC0415 (imports much)

    try:
        if found := _CODE.fullmatch(code):
            crs = pyproj.CRS.from_authority(found[1], found[2])
        elif wkt:
            crs = pyproj.CRS.from_wkt(wkt)
        else:
            return None
        return pyproj.Transformer.from_crs(crs, "EPSG:4326", always_xy=True)
    except pyproj.exceptions.ProjError:
        return None


def _flat(found: list[Position]) -> Box | None:
    """The box around positions that lie well within 180°; None for others, which wrap or circle."""
    outer = around(found)
    if outer is None or outer.east - outer.west > 180 or outer.west < -180 or outer.east > 180:
        return None
    return outer


def _holds(outer: Box, inner: Box, slack: float) -> bool:
    return (
        outer.west - slack <= inner.west
        and inner.east <= outer.east + slack
        and outer.south - slack <= inner.south
        and inner.north <= outer.north + slack
    )


def _meets(one: Box, other: Box, slack: float) -> bool:
    return (
        one.west <= other.east + slack
        and other.west <= one.east + slack
        and one.south <= other.north + slack
        and other.south <= one.north + slack
    )


def _told(found: Box) -> str:
    return (
        f"{found.west:.4g} to {found.east:.4g} east, {found.south:.4g} to {found.north:.4g} north"
    )
