"""Ground control points (GCPs): from pixels to the Earth through what is known at a few of them."""

# mypy: untyped-calls-exclude=rasterio

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyproj
from rasterio._err import CPLE_BaseError  # what GDAL raises is no RasterioError
from rasterio.control import GroundControlPoint
from rasterio.transform import GCPTransformer

from itemcat.readers.projection import Floats, Projection, UnplacedError

Locate = Callable[[Floats, Floats], tuple[Floats, Floats]]
"""Columns and rows to longitudes and latitudes in degrees; arrays of one shape."""

EXACT_GCPS = 500  # a thin plate through more points takes seconds
FARTHEST = 1e9  # pixels from the first one, or metres on a map: what is farther is no place
HALF_TURN = 180.0  # degrees of longitude: points over more of them lie around a pole, or cross 180°
NEAR = 60.0  # degrees from the middle of a plane: up to there it shows places apart
NOT_FIXED = "its ground control points do not fix its place on Earth"


@dataclass(frozen=True, slots=True)
class _Points:
    """Positions in the raster, the same places on some map, and the way from there to the Earth.

    All arrays have one value a point.
    """

    rows: Floats
    cols: Floats
    x: Floats
    y: Floats
    to_wgs84: Locate

    def gcps(self) -> list[GroundControlPoint]:
        """The points as rasterio has them."""
        values = (self.rows.tolist(), self.cols.tolist(), self.x.tolist(), self.y.tolist())
        return [GroundControlPoint(*point) for point in zip(*values, strict=True)]


@contextmanager
def through_points(
    gcps: Sequence[GroundControlPoint], crs: Projection
) -> Iterator[tuple[Locate, str | None]]:
    """The way from columns and rows to the Earth, and a word where it misses the points.

    A polynomial as GDAL chooses it, in the CRS of the points, as GDAL does; across 180° in
    longitudes that go on, and around a pole on an equal-area plane. Where a polynomial misses by
    more than a pixel, a thin plate spline goes through all points. Raises UnplacedError.
    """
    maps = list(_maps(_points(gcps, crs), crs))
    if not maps:
        raise UnplacedError(NOT_FIXED)
    transformer, points = _fitted(maps)
    with transformer:
        misses = _misses(transformer, points)
        if not np.isfinite(misses):
            raise UnplacedError(NOT_FIXED)

        def locate(cols: Floats, rows: Floats) -> tuple[Floats, Floats]:
            return points.to_wgs84(*_xy(transformer, cols, rows))

        doubt = f"the footprint misses a ground control point by {misses:.0f} pixels"
        yield locate, doubt if misses > 1 else None


def _points(gcps: Sequence[GroundControlPoint], crs: Projection) -> _Points:
    rows, cols, x, y = np.array([(p.row, p.col, p.x, p.y) for p in gcps], dtype=np.float64).T
    if not (np.abs([rows, cols, x, y]) < FARTHEST).all():
        raise UnplacedError(NOT_FIXED)
    if crs.is_geographic:
        turn = 2 * np.pi / crs.unit
        if np.abs(y).max() > turn / 4 or np.abs(x).max() > 1.5 * turn:
            raise UnplacedError(
                "its ground control points are in degrees, but run to "
                f"{np.abs(x).max():.6g}, {np.abs(y).max():.6g}, which no degrees do"
            )
    return _Points(rows, cols, x, y, lambda x, y: crs.to_wgs84(x, y, 0.0))


def _maps(points: _Points, crs: Projection) -> Iterator[_Points]:
    """The maps that may be fitted on, the best first; the points lie apart on each."""
    lon, lat = points.to_wgs84(points.x, points.y)
    if not np.isfinite(lon).all() or not _spans_an_area(points.cols, points.rows):
        return
    on_maps = [points]
    if crs.is_geographic and np.ptp(points.x) * np.degrees(crs.unit) > HALF_TURN:
        turn = 2 * np.pi / crs.unit
        on_maps = [replace(points, x=points.x % turn)]
        if np.ptp(on_maps[0].x) * np.degrees(crs.unit) > HALF_TURN:
            on_maps = []
    plane, distance = _plane_around(lon, lat)
    if distance < NEAR:
        x, y = plane(lon, lat)
        on_maps.append(replace(points, x=x, y=y, to_wgs84=_back_from(plane)))
    yield from (one for one in on_maps if _spans_an_area(one.x, one.y))


def _spans_an_area(x: Floats, y: Floats) -> bool:
    """Whether points are neither one nor in a line."""
    lengths = np.linalg.svd([x - x.mean(), y - y.mean()], compute_uv=False)
    return len(x) > 2 and bool(lengths[1] > 1e-6 * lengths[0])


def _fitted(maps: list[_Points]) -> tuple[GCPTransformer, _Points]:
    """The first polynomial that holds; else a thin plate where a polynomial came nearest."""
    tried = []
    for points in maps:
        try:
            transformer = GCPTransformer(points.gcps())
        except CPLE_BaseError:
            continue  # points in two rows leave a polynomial undecided
        misses = _misses(transformer, points)
        if misses <= 1:
            return transformer, points
        tried.append((misses, transformer, points))
    if tried:
        nearest, points = min(tried, key=lambda one: one[0])[1:]
    else:
        nearest, points = None, maps[-1]
    if nearest is None or len(points.x) <= EXACT_GCPS:
        try:
            return GCPTransformer(points.gcps(), tps=True), points
        except CPLE_BaseError as error:
            raise UnplacedError(NOT_FIXED) from error
    return nearest, points


def _plane_around(lon: Floats, lat: Floats) -> tuple[pyproj.Proj, float]:
    """An equal-area plane about the middle of places, and the farthest of them, in degrees."""
    phi, lam = np.radians(lat), np.radians(lon)
    places = np.stack([np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)])
    x, y, z = middle = places.sum(axis=1)
    lon_0, lat_0 = np.degrees([np.arctan2(y, x), np.arctan2(z, np.hypot(x, y))])
    plane = pyproj.Proj(proj="laea", lon_0=lon_0, lat_0=lat_0, ellps="WGS84")
    with np.errstate(divide="ignore", invalid="ignore"):
        nearness = float((middle / np.linalg.norm(middle) @ places).min())
    return plane, float(np.degrees(np.arccos(np.clip(nearness, -1, 1))))


def _back_from(plane: pyproj.Proj) -> Locate:
    def to_wgs84(x: Floats, y: Floats) -> tuple[Floats, Floats]:
        lon, lat = plane(x, y, inverse=True)
        good = np.isfinite(lon) & np.isfinite(lat)
        return np.where(good, lon, np.nan), np.where(good, lat, np.nan)

    return to_wgs84


def _misses(transformer: GCPTransformer, points: _Points) -> float:
    """By how many pixels the fit misses the points, at most; infinite if it has no pixels."""
    found_x, found_y = _xy(transformer, points.cols, points.rows)
    beside_x, beside_y = _xy(transformer, points.cols + 1, points.rows + 1)
    pixel = np.hypot(beside_x - found_x, beside_y - found_y) / np.sqrt(2)
    with np.errstate(divide="ignore", invalid="ignore"):
        misses = np.hypot(found_x - points.x, found_y - points.y) / pixel
    return float(np.nan_to_num(misses, nan=np.inf).max())


def _xy(transformer: Any, cols: Floats, rows: Floats) -> tuple[Floats, Floats]:
    x, y = transformer.xy(rows.ravel(), cols.ravel(), offset="ul")
    return np.reshape(x, cols.shape), np.reshape(y, cols.shape)
