"""The footprint of a box of coordinates: where an extent in some CRS lies on Earth."""

# mypy: untyped-calls-exclude=shapely

import numpy as np
from shapely.geometry import LineString

from itemcat.readers.footprint import DECIMALS, GRID, Footprint, footprint_of, placed_or_not
from itemcat.readers.georeference import by_transform, refuse_other_units
from itemcat.readers.projection import Projection, UnplacedError, projection_of

CELLS = 1024  # a side: the outline is right within half of such a cell of the box
_BENDS = 33  # points of a line, of which those are kept that it needs

Box = tuple[float, float, float, float]
"""x and y of the lower left corner, then of the upper right one."""


def extent_footprint(wkt: str | None, box: Box) -> Footprint:
    """The outline of a box in the CRS of this WKT, with its sides as bent as they are on Earth.

    A box without an area is a point or a line. Without a CRS, and where the box is none, there is
    no footprint but a warning.
    """
    return placed_or_not(lambda: _placed(wkt, box))


def _placed(wkt: str | None, box: Box) -> Footprint:
    if wkt is None:
        raise UnplacedError("nothing says what CRS its coordinates are in")
    west, south, east, north = box
    if not np.isfinite(box).all() or west > east or south > north:
        raise UnplacedError("its extent is no box of coordinates")
    crs = projection_of(wkt)
    if west == east or south == north:
        return _thin(crs, box)
    across, down = (east - west) / CELLS, (north - south) / CELLS
    return footprint_of(by_transform(crs, (across, 0, west, 0, -down, north), CELLS, CELLS))


def _thin(crs: Projection, box: Box) -> Footprint:
    west, south, east, north = box
    share = np.linspace(0, 1, _BENDS)
    x, y = west + share * (east - west), south + share * (north - south)
    if crs.is_geographic:
        refuse_other_units(crs, x, y, 0.0)
    lon, lat = crs.to_wgs84(x, y, 0.0)
    if not np.isfinite(lon).all():
        raise UnplacedError("its extent is a line that is not on Earth")
    lon = (lon + 180) % 360 - 180
    if (np.abs(np.diff(lon)) > 180).any():
        raise UnplacedError("its extent is a line across 180°")
    points = np.stack([lon, lat], axis=1).round(DECIMALS) + 0.0  # no -0.0
    bbox = [*points.min(axis=0).tolist(), *points.max(axis=0).tolist()]
    if (points == points[0]).all():
        return Footprint({"type": "Point", "coordinates": points[0].tolist()}, bbox, None)
    line = LineString(points).simplify(GRID)
    return Footprint({"type": "LineString", "coordinates": [[*p] for p in line.coords]}, bbox, None)
