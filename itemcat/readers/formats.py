"""What kind of file some bytes are: the one GDAL driver that may open them, or what else it is."""

import re
from pathlib import Path

from itemcat.errors import ReadError

# A file named .tif can be a VRT, which names any other file or URL: only drivers whose formats
# keep all pixels in the file itself, each chosen by the file's first bytes and never by its name.
_DRIVERS: tuple[tuple[bytes, str], ...] = (
    (rb"II\*\0|MM\0\*|II\+\0|MM\0\+", "GTiff"),
    (rb"\0\0\0\x0cjP  \r\n\x87\n|\xff\x4f\xff\x51", "JP2OpenJPEG"),
    (rb"\x89PNG\r\n\x1a\n", "PNG"),
    (rb"\xff\xd8\xff", "JPEG"),
    (rb"RIFF....WEBP", "WEBP"),
    (rb"EHFA_HEADER_TAG", "HFA"),
    (rb"CDF[\x01\x02\x05]", "netCDF"),
    (rb"\x89HDF\r\n\x1a\n", "HDF5"),
    (rb"GRIB|[\x01\r\n ]*\w{4}.{0,100}GRIB", "GRIB"),  # a WMO bulletin's header may come first
)
_PAGE = "open its address in a browser: the server may ask for a login, or the file has moved"
_CONVERT = "publish it as a GeoTIFF, which holds its own pixels"
_STRANGERS: tuple[tuple[bytes, str, str], ...] = (
    (rb"\s*(<!--.*?-->\s*)*(<!doctype html|<html|<head|<body)", "an HTML page", _PAGE),
    (rb"\s*(<\?xml.*?\?>\s*)?<VRTDataset", "a VRT, which only points at other files", _CONVERT),
    (rb"\s*(<\?xml|<[a-z])", "an XML document", _PAGE),
    (rb"\s*[{\[]", "a JSON document", _PAGE),
    (rb"version https://git-lfs", "a Git LFS pointer", "link to the file that it points at"),
    (rb"PK\x03\x04", "a ZIP archive", "publish the rasters in it one by one"),
    (rb"\x1f\x8b", "a gzip archive", "publish the raster in it uncompressed"),
    (rb"\x0e\x03\x13\x01", "an HDF4 file", _CONVERT),
    (rb"NITF|NSIF", "a NITF file", _CONVERT),
    (rb"%PDF", "a PDF document", "list the data file instead"),
    (rb"[\x09\x0a\x0d\x20-\x7e]{8,}", "a text file", _PAGE),
)
_KNOWN = "GeoTIFF, JPEG 2000, PNG, JPEG, WebP, GRIB, ERDAS Imagine, netCDF and HDF5"
HEAD = 1024  # bytes that tell every format above


def driver_of(path: Path) -> str:
    """The name of the GDAL driver for a file, told by its first bytes.

    Raises ReadError for what is no raster, or one that may draw its pixels from elsewhere.
    """
    return driver_for(head_of(path), path)


def driver_for(head: bytes, path: Path) -> str:
    """The same by the first bytes alone, of which HEAD tell every format."""
    for magic, driver in _DRIVERS:
        if re.match(magic, head, re.DOTALL):
            return driver
    raise stranger(path, head, "raster", _KNOWN)


def head_of(path: Path) -> bytes:
    """The first bytes of a file. Raises ReadError where there are none."""
    try:
        with path.open("rb") as file:
            head = file.read(HEAD)
    except OSError as error:
        raise ReadError(path.name, f"cannot be opened: {error.strerror}") from error
    if not head:
        raise ReadError(path.name, "is empty", "fetch or write it again")
    return head


def stranger(path: Path, head: bytes, wanted: str, known: str) -> ReadError:
    """What to say of a file with this head that is none of the wanted kind, of which some are
    known.
    """
    for magic, kind, hint in _STRANGERS:
        if re.match(magic, head, re.DOTALL | re.IGNORECASE):
            return ReadError(path.name, f"is {kind}, not a {wanted}", hint)
    return ReadError(path.name, f"is not a {wanted} in a known format", f"known are {known}")
