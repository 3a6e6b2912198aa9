"""Where on Earth the pixels of a raster are: by its geotransform, its GCPs or its RPCs."""

# mypy: untyped-calls-exclude=rasterio

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyproj
import rasterio.io
from rasterio._err import CPLE_BaseError  # what GDAL raises is no RasterioError
from rasterio.control import GroundControlPoint
from rasterio.rpc import RPC
from rasterio.transform import GCPTransformer, RPCTransformer

from itemcat.readers.projection import Floats, Projection, UnplacedError, projection

Locate = Callable[[Floats, Floats], tuple[Floats, Floats]]

EXACT_GCPS = 500  # a thin plate through more points takes seconds
NOT_FIXED = "Its ground control points do not fix its place on Earth."
UNUSABLE_RPCS = "GDAL cannot use its RPCs."


@dataclass(frozen=True, slots=True)
class Georeference:
    """A frame of `width` by `height` pixels, and where its positions are on Earth.

    `locate` takes columns and rows (float arrays of one shape, 0, 0 being the outer corner of the
    first pixel) and gives longitudes and latitudes in degrees, WGS 84. Longitudes may be beyond
    ±180; both are NaN where a position is not on Earth. `doubt` is a sentence about the result.
    """

    width: int
    height: int
    locate: Locate
    doubt: str | None = None


@contextmanager
def georeference(dataset: rasterio.io.DatasetReader) -> Iterator[Georeference]:
    """The georeference of an open raster: its geotransform, else its GCPs, else its RPCs.

    That is the order in which GDAL looks. Raises UnplacedError.
    """
    gcps, gcp_crs = dataset.gcps
    has_transform = not _counts_pixels(dataset)
    if has_transform and dataset.crs:
        yield _by_transform(dataset)
    elif gcps and gcp_crs:
        with _gcp_transformer(dataset, gcps, gcp_crs) as found:
            yield found
    elif rpcs := _rpcs(dataset):
        with _rpc_transformer(dataset, rpcs) as found:
            yield found
    else:
        raise UnplacedError(_what_is_missing(has_transform, bool(dataset.crs), bool(gcps)))


def _counts_pixels(dataset: rasterio.io.DatasetReader) -> bool:
    """Whether a geotransform only counts pixels from 0, 0, as that of a bare image does.

    GDAL answers the identity when a file has none, and some tools write it or its mirror image. A
    grid of one degree round the world may well start there.
    """
    a, b, c, d, e, f = dataset.transform[:6]
    counts = (a, b, c, d, f) == (1, 0, 0, 0, 0)
    return counts and (e == 1 or (e == -1 and dataset.width != 360))


def _transform_doubt(dataset: rasterio.io.DatasetReader) -> str | None:
    if dataset.transform[:6] == (1, 0, 0, 0, -1, dataset.height):
        return "Its coordinates may be mere pixel numbers: its pixels are 1 by 1, from 0, 0."
    return None


def _what_is_missing(has_transform: bool, has_crs: bool, has_gcps: bool) -> str:
    if has_gcps:
        return "It has ground control points, but no CRS says what their coordinates mean."
    if has_transform:
        return "It has a geotransform but no CRS, so its coordinates have no place on Earth."
    if has_crs:
        return "It has a CRS but no geotransform other than its pixel numbers."
    return "It has neither a CRS with a geotransform, nor GCPs, nor RPCs."


# ------------------------------------------------------------------------------ by geotransform


def _by_transform(dataset: rasterio.io.DatasetReader) -> Georeference:
    crs = projection(dataset.crs)
    a, b, c, d, e, f = dataset.transform[:6]
    if not np.isfinite([a, b, c, d, e, f]).all() or a * e == b * d:
        raise UnplacedError("The pixels of its geotransform have no area.")
    step = max(abs(value) for value in (a, b, d, e))
    if crs.is_geographic:
        cols, rows = np.array([[0, 1, 1, 0], [0, 0, 1, 1]])
        cols, rows = cols * dataset.width, rows * dataset.height
        _refuse_other_units(crs, c + a * cols + b * rows, f + d * cols + e * rows, step)

    def locate(cols: Floats, rows: Floats) -> tuple[Floats, Floats]:
        return crs.to_wgs84(c + a * cols + b * rows, f + d * cols + e * rows, step)

    return Georeference(dataset.width, dataset.height, locate, _transform_doubt(dataset))


def _refuse_other_units(crs: Projection, x: Floats, y: Floats, step: float) -> None:
    """Metres under a geographic CRS, or pixel numbers, reach where no degrees do."""
    turn = 2 * np.pi / crs.unit
    # Grids of the world overhang the poles by half a pixel, and may start at any meridian.
    if np.abs(y).max() > turn / 4 + step or np.abs(x).max() > 1.5 * turn + step:
        raise UnplacedError(
            f"Its CRS is geographic, but its coordinates run to {np.abs(x).max():.6g}, "
            f"{np.abs(y).max():.6g}, which no longitudes and latitudes do."
        )


# -------------------------------------------------------------------------------- by GCPs, RPCs


@contextmanager
def _gcp_transformer(
    dataset: rasterio.io.DatasetReader, gcps: list[GroundControlPoint], crs: Any
) -> Iterator[Georeference]:
    """Through a polynomial as GDAL chooses it, or a thin plate where that misses the points.

    The fit is made on an equal-area map around the points, so that neither 180° nor a pole can
    tear it.
    """
    rows, cols, x, y = np.array([(p.row, p.col, p.x, p.y) for p in gcps], dtype=np.float64).T
    lon, lat = projection(crs).to_wgs84(x, y, 0.0)
    if not np.isfinite(lon).all():
        raise UnplacedError(NOT_FIXED)
    plane = _plane_around(lon, lat)
    x, y = plane(lon, lat)
    if not (_spans_an_area(cols, rows) and _spans_an_area(x, y)):
        raise UnplacedError(NOT_FIXED)
    points = [
        GroundControlPoint(*values)
        for values in zip(rows.tolist(), cols.tolist(), x.tolist(), y.tolist(), strict=True)
    ]
    with _fitted(points) as transformer:
        misses = _misses(transformer, points)
        doubt = f"The footprint misses a ground control point by {misses:.0f} pixels."
        yield Georeference(
            dataset.width,
            dataset.height,
            _through(transformer, plane),
            doubt if misses > 1 else None,
        )


def _spans_an_area(x: Floats, y: Floats) -> bool:
    """Whether points are neither one nor in a line."""
    lengths = np.linalg.svd([x - x.mean(), y - y.mean()], compute_uv=False)
    return len(x) > 2 and bool(lengths[1] > 1e-6 * lengths[0])


def _fitted(points: list[GroundControlPoint]) -> GCPTransformer:
    try:
        transformer = GCPTransformer(points)
    except CPLE_BaseError:
        transformer = None  # points in two rows leave a polynomial undecided
    try:
        if not transformer or (_misses(transformer, points) > 1 and len(points) <= EXACT_GCPS):
            transformer = GCPTransformer(points, tps=True)
    except CPLE_BaseError as error:
        raise UnplacedError(NOT_FIXED) from error
    if not np.isfinite(_misses(transformer, points)):
        raise UnplacedError(NOT_FIXED)
    return transformer


def _plane_around(lon: Floats, lat: Floats) -> pyproj.Proj:
    phi, lam = np.radians(lat), np.radians(lon)
    x, y, z = (np.cos(phi) * np.cos(lam)).sum(), (np.cos(phi) * np.sin(lam)).sum(), np.sin(phi)
    lon_0, lat_0 = np.degrees([np.arctan2(y, x), np.arctan2(z.sum(), np.hypot(x, y))])
    return pyproj.Proj(proj="laea", lon_0=lon_0, lat_0=lat_0, ellps="WGS84")


def _misses(transformer: GCPTransformer, points: list[GroundControlPoint]) -> float:
    """By how many pixels the fit misses the points, at most; infinite if it has no pixels."""
    rows, cols, x, y = np.array([(p.row, p.col, p.x, p.y) for p in points], dtype=np.float64).T
    found_x, found_y = _xy(transformer, cols, rows)
    beside_x, beside_y = _xy(transformer, cols + 1, rows + 1)
    pixel = np.hypot(beside_x - found_x, beside_y - found_y) / np.sqrt(2)
    with np.errstate(divide="ignore", invalid="ignore"):
        misses = np.hypot(found_x - x, found_y - y) / pixel
    return float(np.nan_to_num(misses, nan=np.inf).max())


def _rpcs(dataset: rasterio.io.DatasetReader) -> RPC | None:
    try:
        found: RPC | None = dataset.rpcs
    except (KeyError, TypeError, ValueError) as error:  # text that is no number, or none at all
        raise UnplacedError(UNUSABLE_RPCS) from error
    return found


@contextmanager
def _rpc_transformer(dataset: rasterio.io.DatasetReader, rpcs: RPC) -> Iterator[Georeference]:
    height = rpcs.height_off
    try:
        transformer = RPCTransformer(rpcs, RPC_HEIGHT=height)
    except CPLE_BaseError as error:
        raise UnplacedError(UNUSABLE_RPCS) from error
    with transformer:
        yield Georeference(
            dataset.width,
            dataset.height,
            _through(transformer, None),
            f"The footprint follows the RPCs at their own height, {height:g} m; where the ground "
            "is higher or lower it is off.",
        )


def _through(transformer: Any, plane: pyproj.Proj | None) -> Locate:
    def locate(cols: Floats, rows: Floats) -> tuple[Floats, Floats]:
        x, y = _xy(transformer, cols, rows)
        lon, lat = plane(x, y, inverse=True) if plane else (x, y)
        good = np.isfinite(lon) & np.isfinite(lat)
        return np.where(good, lon, np.nan), np.where(good, lat, np.nan)

    return locate


def _xy(transformer: Any, cols: Floats, rows: Floats) -> tuple[Floats, Floats]:
    x, y = transformer.xy(rows.ravel(), cols.ravel(), offset="ul")
    return np.reshape(x, cols.shape), np.reshape(y, cols.shape)
