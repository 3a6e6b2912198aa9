"""How large a raster may claim to be before reading its pixels would harm the machine."""

from pathlib import Path
from typing import Any

import numpy as np

from itemcat.errors import ReadError

_PIXELS = 10**9  # of all bands together: fewer are read whatever the file's size
_PIXELS_PER_BYTE = 10_000  # of the file: a sparse TIFF of 256-pixel tiles reaches 4000
_BLOCK_BYTES = 1 << 28  # that GDAL has to decode in one piece
_BANDS = 10_000
_HINT = "set `statistics: none` under `read:`, which takes the other facts without the pixels"


def check_bands(dataset: Any) -> None:
    """Raise ReadError for a raster with more bands than a catalog could show."""
    if dataset.count > _BANDS:
        raise ReadError(_name(dataset), f"has {dataset.count:,} bands; {_BANDS:,} are the most")


def check_readable(dataset: Any, file_size: int) -> None:
    """Raise ReadError if the pixels are absurdly many for a file of `file_size` bytes."""
    pixels = dataset.count * dataset.width * dataset.height
    if pixels > _PIXELS and pixels > file_size * _PIXELS_PER_BYTE:
        what = f"claims {pixels:,} pixels in {file_size:,} bytes, which is not believed"
        raise ReadError(_name(dataset), what, _HINT)
    if block_bytes(dataset) > _BLOCK_BYTES:
        what = f"is stored in blocks of {block_bytes(dataset):,} bytes, too large to decode"
        raise ReadError(_name(dataset), what, _HINT + "; or rewrite it in tiles")


def block_bytes(dataset: Any) -> int:
    """The bytes that GDAL decodes in one piece, the same block of the other bands with it."""
    if dataset.driver == "GRIB":  # decoded whole, as 64-bit floats
        return int(dataset.width * dataset.height * 8)
    rows, columns = dataset.block_shapes[0]
    is_interleaved = dataset.tags(ns="IMAGE_STRUCTURE").get("INTERLEAVE") == "PIXEL"
    sizes = [_item_bytes(dtype) for dtype in dataset.dtypes]
    return int(rows * columns * (sum(sizes) if is_interleaved else max(sizes)))


def _item_bytes(dtype: str) -> int:
    return 4 if dtype == "complex_int16" else np.dtype(dtype).itemsize


def _name(dataset: Any) -> str:
    return Path(dataset.files[0]).name  # the dataset's own name may be that of an array in it
