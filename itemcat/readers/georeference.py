"""Where on Earth the pixels of a raster are: by its geotransform, its GCPs or its RPCs."""

# mypy: untyped-calls-exclude=rasterio

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import rasterio.io
from rasterio._err import CPLE_BaseError  # what GDAL raises is no RasterioError
from rasterio.rpc import RPC
from rasterio.transform import RPCTransformer

from itemcat.readers.control_points import Locate, through_points
from itemcat.readers.projection import Floats, Projection, UnplacedError, projection

UNUSABLE_RPCS = "GDAL cannot use its RPCs"


@dataclass(frozen=True, slots=True, eq=False)
class Georeference:
    """A frame of `width` by `height` pixels, and where its positions are on Earth.

    `locate` takes columns and rows (float arrays of one shape, 0, 0 being the outer corner of the
    first pixel) and gives longitudes and latitudes in degrees, WGS 84. Longitudes may be beyond
    ±180; both are NaN where a position is not on Earth. `may_be_cut` says that what is not on
    Earth may be cut off along one line, as round a disc. `doubt` says what is wrong with it.
    `is_lasting` says that it is the same object for all rasters of one grid, one after the other.
    """

    width: int
    height: int
    locate: Locate
    may_be_cut: bool = False
    doubt: str | None = None
    is_lasting: bool = False


@contextmanager
def georeference(dataset: rasterio.io.DatasetReader) -> Iterator[Georeference]:
    """The georeference of an open raster: its geotransform, else its GCPs, else its RPCs.

    That is the order in which GDAL looks. Raises UnplacedError.
    """
    gcps, gcp_crs = dataset.gcps
    has_transform = not _counts_pixels(dataset)
    if has_transform and dataset.crs:
        grid = tuple(dataset.transform[:6]), dataset.width, dataset.height
        yield by_transform(projection(dataset.crs), *grid)
    elif gcps and gcp_crs:
        with through_points(gcps, projection(gcp_crs)) as (locate, doubt):
            yield Georeference(dataset.width, dataset.height, locate, doubt=doubt)
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


def _what_is_missing(has_transform: bool, has_crs: bool, has_gcps: bool) -> str:
    if has_gcps:
        return "it has ground control points, but no CRS says what their coordinates mean"
    if has_transform:
        return "it has a geotransform but no CRS, so its coordinates have no place on Earth"
    if has_crs:
        return "it has a CRS but no geotransform other than its pixel numbers"
    return "it has neither a CRS with a geotransform, nor GCPs, nor RPCs"


# ------------------------------------------------------------------------------ by geotransform


@lru_cache(maxsize=64)
def by_transform(
    crs: Projection, transform: tuple[float, ...], width: int, height: int
) -> Georeference:
    """The georeference by a, b, c, d, e, f as `readers.raster` has them. Raises UnplacedError."""
    a, b, c, d, e, f = transform
    if not np.isfinite(transform).all() or a * e == b * d:
        raise UnplacedError("the pixels of its geotransform have no area")
    step = max(abs(value) for value in (a, b, d, e))
    if crs.is_geographic:
        cols, rows = np.array([[0, 1, 1, 0], [0, 0, 1, 1]])
        cols, rows = cols * width, rows * height
        refuse_other_units(crs, c + a * cols + b * rows, f + d * cols + e * rows, step)

    def locate(cols: Floats, rows: Floats) -> tuple[Floats, Floats]:
        return crs.to_wgs84(c + a * cols + b * rows, f + d * cols + e * rows, step)

    doubt = None
    if (a, b, c, d, e, f) == (1, 0, 0, 0, -1, height):
        doubt = "its coordinates may be mere pixel numbers: its pixels are 1 by 1, from 0, 0"
    return Georeference(width, height, locate, not crs.is_interrupted, doubt, is_lasting=True)


def refuse_other_units(crs: Projection, x: Floats, y: Floats, step: float) -> None:
    """Raises UnplacedError for coordinates of a geographic CRS that are no degrees.

    Metres under a geographic CRS, or pixel numbers, reach where no degrees do."""
    turn = 2 * np.pi / crs.unit
    # Grids of the world overhang the poles by half a pixel, and may start at any meridian.
    if np.abs(y).max() > turn / 4 + step or np.abs(x).max() > 1.5 * turn + step:
        raise UnplacedError(
            f"its CRS is geographic, but its coordinates run to {np.abs(x).max():.6g}, "
            f"{np.abs(y).max():.6g}, which no longitudes and latitudes do"
        )


# -------------------------------------------------------------------------------------- by RPCs


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
            _through(transformer),
            doubt=f"the footprint follows the RPCs at their own height, {height:g} m; where the "
            "ground is higher or lower it is off",
        )


def _through(transformer: RPCTransformer) -> Locate:
    def locate(cols: Floats, rows: Floats) -> tuple[Floats, Floats]:
        lon, lat = (
            np.reshape(found, cols.shape)
            for found in transformer.xy(rows.ravel(), cols.ravel(), offset="ul")
        )
        good = np.isfinite(lon) & np.isfinite(lat)
        return np.where(good, lon, np.nan), np.where(good, lat, np.nan)

    return locate
