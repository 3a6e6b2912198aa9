"""The raster reader: a file that GDAL opens in, a record out.

The record's keys; what is not known is not there:

- `media_type`
- `shape`: [rows, columns]; `transform`: a, b, c, d, e, f with x = a·column + b·row + c and
  y = d·column + e·row + f, from the upper left corner of the upper left pixel
- `crs`: `{"code": "EPSG:32623"}`, or `{"wkt2": …}` (ISO 19162:2019) where no code is exact
- `geometry`, `bbox`: see `readers.footprint`; both are null where they cannot be known
- `bands`: see `readers.bands` and `readers.statistics`
- `cloud_cover`: percent; `times`, `tags`: see `readers.tags`
- `warnings`: sentences on what is doubtful
"""

import re
import sys
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

import rasterio
from rasterio._err import CPLE_BaseError
from rasterio.crs import CRS
from rasterio.errors import CRSError, RasterioError

from itemcat.errors import ReadError
from itemcat.model import Record
from itemcat.readers import tags
from itemcat.readers.bands import band_facts
from itemcat.readers.footprint import footprint
from itemcat.readers.formats import driver_of
from itemcat.readers.limits import check_bands
from itemcat.readers.media_type import media_type
from itemcat.readers.statistics import band_statistics

# A record depends on the bytes alone: no sidecar, no world file, no network.
_SETTINGS = {
    "GDAL_PAM_ENABLED": "NO",
    "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR",
    "GDAL_GEOREF_SOURCES": "INTERNAL",
    "CPL_VSIL_CURL_ALLOWED_FILENAME": "none",
    "GDAL_CACHEMAX": 256 << 20,  # bytes; by default a share of the machine's memory
}
_OPTIONS = {"GRIB": {"USE_IDX": "NO"}}
_AUTHORITY = re.compile(r',\s*ID\["(?P<name>[^"]+)",\s*"?(?P<code>[\w.-]+)"?\]\]$')
_LISTED = 10  # arrays that an error names
_LONGEST = 300  # characters of a message of GDAL's


def read(path: Path, options: Mapping[str, str]) -> Record:
    """All facts of the raster at `path`. `options["statistics"]` is exact, sampled or none.

    Raises ReadError, which names the file, for everything that can be wrong with it.
    """
    path = path.absolute()  # GDAL takes what looks like `scheme:name` for more than a name
    with _faults(path), _opened(path) as dataset:
        return _record(dataset, options["statistics"], path.stat().st_size)


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    """The file as a rasterio dataset whose every fact is in its own bytes."""
    driver = driver_of(path)
    settings = rasterio.Env(**_SETTINGS)  # type: ignore[no-untyped-call]
    with settings, _quiet():
        kwargs = _OPTIONS.get(driver, {})
        with rasterio.open(path, driver=driver, sharing=False, **kwargs) as dataset:
            # Links, external storage and virtual datasets name other files in ways that no
            # function of GDAL tells.
            if driver == "HDF5" or not dataset.count:
                raise _container(dataset, path)
            if strangers := [Path(name).name for name in dataset.files if Path(name) != path]:
                what = f"draws its pixels from other files: {', '.join(strangers)}"
                raise ReadError(path.name, what, "publish it as one GeoTIFF")
            yield dataset


@contextmanager
def _quiet() -> Iterator[None]:
    """No warnings, since the record has its own; no traceback on stderr for what is no bug."""
    hooks = sys.excepthook, sys.unraisablehook
    # rasterio cannot log a message of GDAL's that quotes bytes which are no UTF-8, and says so
    # through both. A real error leaves by way of `finally` and is shown as ever.
    sys.excepthook, sys.unraisablehook = lambda *_: None, lambda _: None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        sys.excepthook, sys.unraisablehook = hooks


def _record(dataset: Any, statistics: str, size: int) -> dict[str, Any]:
    check_bands(dataset)
    default, imagery = dataset.tags(), tags.imagery(dataset)
    where = footprint(dataset)
    bands = band_facts(dataset)
    for band, found in zip(bands, band_statistics(dataset, statistics, size), strict=True):
        band.update(found)
    record: dict[str, Any] = {
        "media_type": media_type(dataset),
        "shape": list(dataset.shape),
        "transform": None if dataset.transform.is_identity else list(dataset.transform)[:6],
        "crs": _crs(dataset.crs) if dataset.crs else None,
        "bands": bands,
        "cloud_cover": tags.cloud_cover(imagery),
        "times": tags.acquisition(default, imagery),
        "tags": tags.dated(default, imagery) or None,
        "warnings": _warnings(dataset, where.warning) or None,
    }
    record = {key: value for key, value in record.items() if value is not None}
    return record | {"geometry": where.geometry, "bbox": where.bbox}


def _warnings(dataset: Any, doubt: str | None) -> list[str]:
    sentences = [doubt] if doubt else []
    if len(dataset.subdatasets) > 1:
        sentences.append(f"Holds {len(dataset.subdatasets)} images; only the first is read.")
    return sentences


def _crs(crs: CRS) -> dict[str, str] | None:
    """The code of a CRS whose definition is that code's to the letter, else its WKT."""
    return _crs_of(crs.to_wkt())


@lru_cache(maxsize=64)
def _crs_of(wkt: str) -> dict[str, str]:
    crs = CRS.from_wkt(wkt)
    wkt2: str = crs.to_wkt(version="WKT2_2019")
    if identified := _AUTHORITY.search(wkt2):
        name, code = identified["name"], identified["code"]
        try:
            if CRS.from_authority(name, code) == crs:
                return {"code": f"{name}:{code}"}
        except CRSError:
            pass  # the file names a code that nobody else knows
    return {"wkt2": wkt2}


def _container(dataset: Any, path: Path) -> ReadError:
    """What to say of a file that is no single raster, or may not hold its own pixels."""
    what = "holds no raster of its own"
    if dataset.driver.startswith("HDF5"):  # HDF5Image, where it holds one array
        what = "is HDF5 (so is netCDF-4), which may draw its pixels from other files"
    names = [re.split(r"[:/]+", name)[-1] for name in dataset.subdatasets]
    if names:
        listed = ", ".join(names[:_LISTED]) + (", …" if len(names) > _LISTED else "")
        what += f"; its arrays are {listed}"
    return ReadError(path.name, what, "publish the array as a GeoTIFF, as gdal_translate makes it")


@contextmanager
def _faults(path: Path) -> Iterator[None]:
    """Whatever a broken file makes the libraries raise, as a ReadError that names it."""
    try:
        yield
    except MemoryError as error:
        what = "needs more memory to read than there is"
        raise ReadError(path.name, what, "set `statistics: none` under `read:`") from error
    # rasterio lets some of GDAL's own errors through, which are none of its own.
    except (RasterioError, CPLE_BaseError, OSError, ValueError, ArithmeticError) as error:
        what = f"cannot be read: {_cause(error, path)}"
        raise ReadError(
            path.name, what, "it may be damaged, or cut short: fetch it again"
        ) from error


def _cause(error: BaseException, path: Path) -> str:
    """The first error of a chain in one line, without the folder that the file is in."""
    while error.__cause__:
        error = error.__cause__
    text = str(error).replace(str(path), path.name)
    return "".join(char if char.isprintable() else " " for char in text)[:_LONGEST]
