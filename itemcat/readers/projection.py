"""A coordinate reference system (CRS) on Earth, and the way from it to WGS 84."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pyproj
import rasterio.errors
from pyproj.enums import TransformDirection

Floats = npt.NDArray[np.float64]

EARTH_RADII = (6.3e6, 6.4e6)  # metres; every ellipsoid and sphere in use for the Earth is between
_INTERRUPTED = ("Interrupted", "imoll")  # in the names that PROJ has for the methods
ROUND_TRIP = 1000.0  # metres: far above what two datums differ, far below the size of the Earth

# A grid of datum shifts fetched on the way would make the footprint depend on the network.
pyproj.network.set_network_enabled(active=False)  # type: ignore[attr-defined]  # not in __all__


class UnplacedError(Exception):
    """Nothing says where on Earth the pixels are; the message tells the user why."""


@dataclass(frozen=True, slots=True, eq=False)
class Projection:
    """A CRS on Earth. `unit` is that of its axes, in radians if it is geographic, or in metres.

    `is_cyclic` says that its map goes on beyond its edge, as the world goes round;
    `is_interrupted` that it is cut open along some meridians.
    """

    transformer: pyproj.Transformer
    is_geographic: bool
    is_cyclic: bool
    is_interrupted: bool
    unit: float

    def to_wgs84(self, x: Floats, y: Floats, step: float) -> tuple[Floats, Floats]:
        """Longitudes and latitudes, in degrees, of coordinates x (easting, longitude) and y.

        Latitudes beyond a pole are taken as the pole. Both are NaN where a place is not on Earth;
        what comes back by more than `step`, in units of the CRS, and 1 km is none.
        """
        transform = self.transformer.transform
        if self.is_geographic:
            pole = np.pi / 2 / self.unit
            y = np.clip(y, -pole, pole)
        lon, lat = (np.asarray(values, dtype=np.float64) for values in transform(x, y))
        good = np.isfinite(lon) & np.isfinite(lat)
        if not (self.is_geographic or self.is_cyclic):
            # Beyond the edge of its map a projection may answer with a place on the other side.
            back = transform(lon, lat, direction=TransformDirection.INVERSE)
            away = np.hypot(np.asarray(back[0]) - x, np.asarray(back[1]) - y)
            good &= away <= step + ROUND_TRIP / self.unit
        return np.where(good, lon, np.nan), np.where(good, lat, np.nan)


def projection(crs: Any) -> Projection:
    """The projection of a rasterio CRS.

    Raises UnplacedError for one that is not of this Earth, or that PROJ cannot read.
    """
    try:
        return projection_of(crs.to_wkt(version="WKT2_2019"))
    except rasterio.errors.CRSError:
        return projection_of(crs.to_wkt())  # some CRS of old formats have no WKT2


@lru_cache(maxsize=256)
def projection_of(wkt: str) -> Projection:
    """The projection of a CRS in WKT. Raises UnplacedError as `projection` does."""
    try:
        crs = pyproj.CRS.from_wkt(wkt)
        if crs.ellipsoid is None or not (crs.is_geographic or crs.is_projected):
            raise UnplacedError(f"its CRS is local ({crs.name}) and has no place on Earth")
        radius = crs.ellipsoid.semi_major_metre
        if not EARTH_RADII[0] < radius < EARTH_RADII[1]:
            raise UnplacedError(
                f"its CRS ({crs.name}) is not of the Earth: its radius is {radius / 1000:.0f} km"
            )
        flat = crs.to_2d()  # heights have no part in a footprint, nor have geoids
        transformer = pyproj.Transformer.from_crs(flat, "EPSG:4326", always_xy=True)
    except pyproj.exceptions.ProjError as error:
        raise UnplacedError("PROJ cannot use its CRS, or knows no way to WGS 84") from error
    bare = flat.source_crs if flat.is_bound and flat.source_crs else flat
    operation = bare.coordinate_operation
    method = operation.method_name if operation else ""
    return Projection(
        transformer,
        is_geographic=bare.is_geographic,
        is_cyclic=_is_cyclic(method),
        is_interrupted=any(word in method for word in _INTERRUPTED),
        unit=bare.axis_info[0].unit_conversion_factor,
    )


def _is_cyclic(method: str) -> bool:
    """True of the cylinders that stand upright, by the method's name in the EPSG dataset."""
    upright = not any(word in method for word in ("Transverse", "Oblique"))
    return upright and any(word in method for word in ("Mercator", "Cylindrical", "Carree"))
