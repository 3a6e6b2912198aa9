"""What records depend on beside the bytes: the versions of readers and of their libraries."""

from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version

import pyproj
import rasterio

from itemcat import __version__
from itemcat.readers import VERSIONS, identity

_DISTRIBUTIONS = (
    *("cftime", "h5py", "netCDF4", "numpy", "pyarrow", "pyogrio", "pyproj", "rasterio"),
    *("rio-stac", "shapely", "xarray"),
)


def versions() -> Mapping[str, str]:
    """Each by its name; a library that is not installed is not there."""
    found = {
        "itemcat": __version__,
        "its readers": " ".join(map(identity, VERSIONS)),
        "GDAL": rasterio.__gdal_version__,
        "PROJ": f"{rasterio.__proj_version__} and {pyproj.proj_version_str}",
    }
    for name in _DISTRIBUTIONS:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
