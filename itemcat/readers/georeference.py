"""Where on Earth the pixels of a raster are: by its geotransform, its GCPs or its RPCs."""

# mypy: untyped-calls-exclude=rasterio

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pyproj
import rasterio.errors
import rasterio.io
from pyproj.enums import TransformDirection
from rasterio.transform import GCPTransformer, RPCTransformer

Floats = npt.NDArray[np.float64]
Locate = Callable[[Floats, Floats], tuple[Floats, Floats]]

EARTH_RADII = (6.3e6, 6.4e6)  # metres; every ellipsoid and sphere in use for the Earth is between
ROUND_TRIP = 1000.0  # metres: far above what two datums differ, far below the size of the Earth
EXACT_GCPS = 500  # a thin plate through more points takes seconds
NOT_FIXED = "Its ground control points do not fix its place on Earth."

# A grid of datum shifts fetched on the way would make the footprint depend on the network.
pyproj.network.set_network_enabled(active=False)  # type: ignore[attr-defined]  # not in __all__


class UnplacedError(Exception):
    """Nothing says where on Earth the pixels are; the message is a sentence for the user."""


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
    has_transform = not _is_pixel_numbers(dataset)
    if has_transform and dataset.crs:
        yield _by_transform(dataset)
    elif gcps and gcp_crs:
        with _gcp_transformer(dataset, gcps, gcp_crs) as found:
            yield found
    elif dataset.rpcs:
        with _rpc_transformer(dataset) as found:
            yield found
    else:
        raise UnplacedError(_what_is_missing(has_transform, bool(dataset.crs), bool(gcps)))


def _is_pixel_numbers(dataset: rasterio.io.DatasetReader) -> bool:
    """Whether a geotransform only counts pixels, downwards or up, as that of a bare image does.

    GDAL answers the identity when a file has none, and some tools write it or its mirror image. A
    grid of one degree round the world may well start at 0, 0.
    """
    a, b, c, d, e, f = dataset.transform[:6]
    counts = (a, b, c, d) == (1, 0, 0, 0) and (e, f) in ((1, 0), (-1, 0), (-1, dataset.height))
    return counts and not (e == -1 and dataset.width == 360)


def _what_is_missing(has_transform: bool, has_crs: bool, has_gcps: bool) -> str:
    if has_gcps:
        return "It has ground control points, but no CRS says what their coordinates mean."
    if has_transform:
        return "It has a geotransform but no CRS, so its coordinates have no place on Earth."
    if has_crs:
        return "It has a CRS but no geotransform other than its pixel numbers."
    return "It has neither a CRS with a geotransform, nor GCPs, nor RPCs."


# ------------------------------------------------------------------------------ by geotransform


@dataclass(frozen=True, slots=True)
class _Projection:
    """A CRS on Earth, and the way from it to WGS 84. `unit` is in radians or metres."""

    transformer: pyproj.Transformer
    is_geographic: bool
    is_cyclic: bool
    unit: float


@lru_cache(maxsize=256)
def _projection(wkt: str) -> _Projection:
    """Raises UnplacedError for a CRS that is not of this Earth, or that PROJ cannot read."""
    try:
        crs = pyproj.CRS.from_wkt(wkt)
        if crs.ellipsoid is None or not (crs.is_geographic or crs.is_projected):
            raise UnplacedError(f"Its CRS is local ({crs.name}) and has no place on Earth.")
        radius = crs.ellipsoid.semi_major_metre
        if not EARTH_RADII[0] < radius < EARTH_RADII[1]:
            raise UnplacedError(
                f"Its CRS ({crs.name}) is not of the Earth: its radius is {radius / 1000:.0f} km."
            )
        flat = crs.to_2d()  # heights have no part in a footprint, nor have geoids
        transformer = pyproj.Transformer.from_crs(flat, "EPSG:4326", always_xy=True)
    except pyproj.exceptions.ProjError as error:
        raise UnplacedError("PROJ cannot use its CRS, or knows no way to WGS 84.") from error
    bare = flat.source_crs if flat.is_bound and flat.source_crs else flat
    operation = bare.coordinate_operation
    return _Projection(
        transformer,
        is_geographic=bare.is_geographic,
        is_cyclic=_is_cyclic(operation.method_name if operation else ""),
        unit=bare.axis_info[0].unit_conversion_factor,
    )


def _is_cyclic(method: str) -> bool:
    """Whether the map of this projection goes on beyond its edge, as the world goes round.

    True of the cylinders that stand upright, by the method's name in the EPSG dataset.
    """
    upright = not any(word in method for word in ("Transverse", "Oblique"))
    return upright and any(word in method for word in ("Mercator", "Cylindrical", "Carree"))


def _by_transform(dataset: rasterio.io.DatasetReader) -> Georeference:
    projection = _projection(_wkt(dataset.crs))
    a, b, c, d, e, f = dataset.transform[:6]
    if not np.isfinite([a, b, c, d, e, f]).all() or a * e == b * d:
        raise UnplacedError("The pixels of its geotransform have no area.")
    step = max(abs(value) for value in (a, b, d, e))
    if projection.is_geographic:
        cols, rows = np.array([[0, 1, 1, 0], [0, 0, 1, 1]])
        cols, rows = cols * dataset.width, rows * dataset.height
        _refuse_other_units(projection, c + a * cols + b * rows, f + d * cols + e * rows, step)

    def locate(cols: Floats, rows: Floats) -> tuple[Floats, Floats]:
        return _to_wgs84(projection, c + a * cols + b * rows, f + d * cols + e * rows, step)

    return Georeference(dataset.width, dataset.height, locate)


def _refuse_other_units(projection: _Projection, x: Floats, y: Floats, step: float) -> None:
    """Metres under a geographic CRS, or pixel numbers, reach where no degrees do."""
    turn = 2 * np.pi / projection.unit
    # Grids of the world overhang the poles by half a pixel, and may start at any meridian.
    if np.abs(y).max() > turn / 4 + step or np.abs(x).max() > 1.5 * turn + step:
        raise UnplacedError(
            f"Its CRS is geographic, but its coordinates run to {np.abs(x).max():.6g}, "
            f"{np.abs(y).max():.6g}, which no longitudes and latitudes do."
        )


def _to_wgs84(projection: _Projection, x: Floats, y: Floats, step: float) -> tuple[Floats, Floats]:
    transform = projection.transformer.transform
    if projection.is_geographic:
        pole = np.pi / 2 / projection.unit
        y = np.clip(y, -pole, pole)
    lon, lat = (np.asarray(values, dtype=np.float64) for values in transform(x, y))
    good = np.isfinite(lon) & np.isfinite(lat)
    if not (projection.is_geographic or projection.is_cyclic):
        # Beyond the edge of its map a projection may answer with a place on the other side.
        back = transform(lon, lat, direction=TransformDirection.INVERSE)
        away = np.hypot(np.asarray(back[0]) - x, np.asarray(back[1]) - y)
        good &= away <= step + ROUND_TRIP / projection.unit
    return np.where(good, lon, np.nan), np.where(good, lat, np.nan)


def _wkt(crs: Any) -> str:
    try:
        return str(crs.to_wkt(version="WKT2_2019"))
    except rasterio.errors.CRSError:
        return str(crs.to_wkt())  # some CRS of old formats have no WKT2


# -------------------------------------------------------------------------------- by GCPs, RPCs


@contextmanager
def _gcp_transformer(
    dataset: rasterio.io.DatasetReader, gcps: list[Any], crs: Any
) -> Iterator[Georeference]:
    """Through a polynomial as GDAL chooses it, or a thin plate where that misses the points.

    The fit is made on an equal-area map around the points, so that neither 180° nor a pole can
    tear it.
    """
    rows, cols, x, y = np.array([(p.row, p.col, p.x, p.y) for p in gcps], dtype=np.float64).T
    lon, lat = _to_wgs84(_projection(_wkt(crs)), x, y, 0.0)
    if len(gcps) < 3 or not np.isfinite(lon).all():
        raise UnplacedError(NOT_FIXED)
    plane = _plane_around(lon, lat)
    x, y = plane(lon, lat)
    points = [
        rasterio.control.GroundControlPoint(*values)
        for values in zip(rows.tolist(), cols.tolist(), x.tolist(), y.tolist(), strict=True)
    ]
    try:
        transformer = GCPTransformer(points)
        if _misses(transformer, rows, cols, x, y) > 1 and len(points) <= EXACT_GCPS:
            transformer.close()
            transformer = GCPTransformer(points, tps=True)
    except (rasterio.errors.RasterioError, ValueError) as error:
        raise UnplacedError(NOT_FIXED) from error
    with transformer:
        yield Georeference(
            dataset.width,
            dataset.height,
            _through(transformer, plane),
            _gcp_doubt(_misses(transformer, rows, cols, x, y)),
        )


def _plane_around(lon: Floats, lat: Floats) -> pyproj.Proj:
    phi, lam = np.radians(lat), np.radians(lon)
    x, y, z = (np.cos(phi) * np.cos(lam)).sum(), (np.cos(phi) * np.sin(lam)).sum(), np.sin(phi)
    lon_0, lat_0 = np.degrees([np.arctan2(y, x), np.arctan2(z.sum(), np.hypot(x, y))])
    return pyproj.Proj(proj="laea", lon_0=lon_0, lat_0=lat_0, ellps="WGS84")


def _misses(transformer: Any, rows: Floats, cols: Floats, x: Floats, y: Floats) -> float:
    """By how many pixels the fit misses the points, at most."""
    found = _xy(transformer, cols, rows)
    beside = _xy(transformer, cols + 1, rows + 1)
    pixel = np.hypot(beside[0] - found[0], beside[1] - found[1]) / np.sqrt(2)
    return float((np.hypot(found[0] - x, found[1] - y) / pixel).max())


def _gcp_doubt(misses: float) -> str | None:
    if misses <= 1:
        return None
    return f"The footprint misses some of the ground control points by up to {misses:.0f} pixels."


@contextmanager
def _rpc_transformer(dataset: rasterio.io.DatasetReader) -> Iterator[Georeference]:
    height = dataset.rpcs.height_off
    with RPCTransformer(dataset.rpcs, RPC_HEIGHT=height) as transformer:
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
