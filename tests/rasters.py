"""Small rasters for tests to read, and to break."""

import struct
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from affine import Affine
from rasterio.errors import NotGeoreferencedWarning

from itemcat import readers
from itemcat.errors import ReadError
from itemcat.model import Record

UTM = Affine(25, 0, 300000, 0, -25, 7400000)
GEOTIFF = "image/tiff; application=geotiff"


def write(
    path: Path,
    pixels: np.ndarray | None = None,
    mask: np.ndarray | None = None,
    **profile: Any,
) -> Path:
    """A GeoTIFF on a UTM grid, its pixels of the shape (bands, rows, columns), small by default.

    A profile's keyword of None takes something away. `mask` goes into the file.
    """
    pixels = np.arange(12, dtype=np.uint8).reshape(1, 3, 4) if pixels is None else pixels
    count, height, width = pixels.shape
    shape = {"count": count, "height": height, "width": width, "dtype": pixels.dtype.name}
    grid = {"driver": "GTiff", "crs": "EPSG:32623", "transform": UTM}
    profile = {key: value for key, value in (grid | shape | profile).items() if value is not None}
    inside = rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True)  # type: ignore[no-untyped-call]
    with inside, warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        with rasterio.open(path, "w", **profile) as file:
            file.write(pixels)
            if mask is not None:
                file.write_mask(mask)
    return path


def tagged(path: Path, ns: str = "", **tags: str) -> Path:
    """The same file with tags of one domain added."""
    with rasterio.open(path, "r+") as file:
        file.update_tags(ns=ns or None, **tags)
    return path


def record_of(path: Path, statistics: str = "exact") -> Record:
    """What the raster reader finds."""
    return readers.read("raster", path, {"statistics": statistics})


def refusal(path: Path) -> ReadError:
    """The reader's error, which names the file and not its folder."""
    with pytest.raises(ReadError) as caught:
        record_of(path)
    assert caught.value.where == path.name
    assert str(path.parent) not in str(caught.value)
    return caught.value


def plain_tiff(path: Path, *tags: tuple[int, int, int, int], pixels: bytes = b"") -> Path:
    """A TIFF of one directory, its pixels after it; each tag is code, type, count and value."""
    entries = [*tags, (259, 3, 1, 1), (262, 3, 1, 1), (277, 3, 1, 1)]
    start = 8 + 2 + 12 * (len(entries) + 1) + 4
    entries.append((273, 4, 1, start))
    body = b"".join(struct.pack("<HHII", *entry) for entry in sorted(entries))
    head = b"II*\0" + struct.pack("<IH", 8, len(entries))
    path.write_bytes(head + body + bytes(4) + pixels)
    return path
