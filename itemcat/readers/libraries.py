"""What records depend on beside the bytes: the versions of readers and of their libraries."""

from collections.abc import Mapping
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version

import pyproj
import rasterio

from itemcat import __version__
from itemcat.readers import VERSIONS, identity

_DISTRIBUTIONS = (
    *("cftime", "h5py", "netCDF4", "numcodecs", "numpy", "pillow", "pyarrow", "pyogrio", "pyproj"),
    *("rasterio", "rio-stac", "shapely", "xarray", "zarr"),
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
        with suppress(PackageNotFoundError):
            found[name] = version(name)
    with suppress(ImportError):
        from PIL import features  # noqa: PLC0415 (an extra)

        packers = (f"{name} {features.version(name)}" for name in ("zlib", "zlib_ng"))
        found["what packs thumbnails"] = " and ".join(packers)
    return found
