"""The true media type of a raster, by what the file is and not by how it is named."""

import struct
from pathlib import Path
from typing import Any

from itemcat.readers.hdf5 import is_netcdf

_TYPES = {
    "JP2OpenJPEG": "image/jp2",
    "PNG": "image/png",
    "JPEG": "image/jpeg",
    "WEBP": "image/webp",
    "netCDF": "application/netcdf",
}
_HDF5 = "application/x-hdf5"
_HDF5_HEAD = b"\x89HDF"
_TIFF = "image/tiff"
_GEOTIFF = "image/tiff; application=geotiff"
_COG = "image/tiff; application=geotiff; profile=cloud-optimized"
_GRIB_EDITION_2 = "application/wmo-GRIB2"

_PLAIN_SIDE = 512  # pixels: up to here one block is the whole image, and tiles gain nothing
_GHOST = 300  # bytes: GDAL's ghost area, which may stand before the first directory, is shorter


def media_type(dataset: Any, path: Path) -> str | None:
    """The media type of the file at `path` as STAC's best practices list it, None if they do not.

    A TIFF counts as a GeoTIFF only with a CRS (its own or its GCPs'). Raises rasterio's errors.
    """
    if dataset.driver == "GTiff":
        if not dataset.crs and not dataset.gcps[1]:
            return _TIFF
        return _COG if _is_cloud_optimized(dataset) else _GEOTIFF
    if dataset.driver == "GRIB":
        return _GRIB_EDITION_2 if _grib_edition(path) == 2 else None
    if _head(path).startswith(_HDF5_HEAD) and not is_netcdf(path):
        return _HDF5
    return _TYPES.get(dataset.driver)


def _is_cloud_optimized(dataset: Any) -> bool:
    """Whether a TIFF keeps OGC 21-026: tiles, overviews, directories first, details last.

    GDAL's own mark is believed where the blocks agree; it goes when a file is changed in place.
    """
    block_rows, block_columns = dataset.block_shapes[0]
    is_small = max(dataset.shape) <= _PLAIN_SIDE
    if not is_small and (block_columns >= dataset.width or block_rows == 1):
        return False
    if dataset.tags(ns="IMAGE_STRUCTURE").get("LAYOUT") == "COG":
        return True
    return bool(dataset.overviews(1)) and _is_ordered(dataset)


def _is_ordered(dataset: Any) -> bool:
    levels = range(len(dataset.overviews(1)))
    directories = [_offset(dataset, "IFD_OFFSET")]
    directories += [_offset(dataset, "IFD_OFFSET", level) for level in levels]
    blocks = [_offset(dataset, "BLOCK_OFFSET_0_0")]
    blocks += [_offset(dataset, "BLOCK_OFFSET_0_0", level) for level in levels]
    stored = [offset for offset in blocks if offset]  # an empty block is not stored
    return (
        directories[0] <= _GHOST
        and directories == sorted(directories)
        and stored == sorted(stored, reverse=True)
        and (not stored or directories[-1] < stored[-1])
    )


def _offset(dataset: Any, name: str, level: int | None = None) -> int:
    return int(dataset.get_tag_item(name, "TIFF", bidx=1, ovr=level) or 0)


def _grib_edition(path: Path) -> int | None:
    head = _head(path)
    start = head.find(b"GRIB")
    if start < 0 or len(head) < start + 8:
        return None
    edition: int = struct.unpack_from("B", head, start + 7)[0]
    return edition


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(256)
