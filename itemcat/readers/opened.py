"""A file as an open dataset whose every fact is in the file's own bytes."""

import io
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import rasterio
from rasterio.errors import RasterioIOError

from itemcat.errors import ReadError
from itemcat.excerpt import Excerpt, Span
from itemcat.readers.formats import HEAD, driver_for, driver_of
from itemcat.readers.hdf5 import check_self_contained

# A record depends on the bytes alone: no sidecar, no world file, no network.
_SETTINGS = {
    "GDAL_PAM_ENABLED": "NO",
    "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR",
    "GDAL_GEOREF_SOURCES": "INTERNAL",
    "CPL_VSIL_CURL_ALLOWED_FILENAME": "none",
    "GDAL_CACHEMAX": 256 << 20,  # bytes; by default a share of the machine's memory
}
_OPTIONS = {"GRIB": {"USE_IDX": "NO"}}
_ARRAYS = {"netCDF": 'NETCDF:"{path}":{variable}', "HDF5Image": 'HDF5:"{path}"://{variable}'}
_DRIVERS = {"netcdf": "netCDF", "hdf5": "HDF5Image"}  # by the first word of an array's name
_LISTED = 10  # arrays that an error names
STAND_IN = "excerpt.tif"  # what GDAL calls an excerpt, whatever its own name may hold


@contextmanager
def opened(path: Path, variable: str | None) -> Iterator[Any]:
    """The file as a rasterio dataset; of a container, its array called `variable`.

    Raises ReadError for what is no raster, holds several, or draws its pixels from other files.
    """
    driver = driver_of(path)
    if driver == "HDF5":
        check_self_contained(path)
    settings = rasterio.Env(**_SETTINGS)  # type: ignore[no-untyped-call]
    with settings, _quiet(), _container(path, driver) as whole:
        if variable is None:
            if not whole.count:
                raise _undecided(whole, path)
            _refuse_strangers(whole, path)
            yield whole
        else:
            name = _array(whole, path, variable)
            with rasterio.open(name, driver=_driver_of_array(name), sharing=False) as dataset:
                _refuse_strangers(dataset, path)
                yield dataset


@contextmanager
def opened_excerpt(
    excerpt: Excerpt, variable: str | None, gaps: list[Span], level: int | None = None
) -> Iterator[Any]:
    """A TIFF of which some bytes are at hand, as a rasterio dataset.

    `level` is that of an overview, from 0; None stands for the raster itself.
    Whatever GDAL asks for and does not get is in `gaps` afterwards: unless that is empty, what was
    found counts for nothing. Raises ReadError for another kind of file.
    """
    driver = driver_for(excerpt.bytes_at(0, HEAD), Path(excerpt.name))
    if driver != "GTiff":
        what = "is not a TIFF, and of no other file is the head enough"
        raise ReadError(excerpt.name, what, "set `access: download` under `read:`")
    if variable is not None:
        what = f"has no array {variable!r}; it is one raster"
        raise ReadError(excerpt.name, what, "drop `variable:`")
    settings = rasterio.Env(**_SETTINGS)  # type: ignore[no-untyped-call]
    kwargs = {} if level is None else {"overview_level": level}

    def opener(_: str, mode: str = "rb") -> _View:
        return _View(excerpt, gaps)

    with (
        settings,
        _quiet(),
        rasterio.open(STAND_IN, driver=driver, sharing=False, opener=opener, **kwargs) as dataset,
    ):
        if not dataset.count:
            raise _undecided(dataset, Path(excerpt.name))
        yield dataset


class _View(io.RawIOBase):
    """An excerpt as GDAL reads it: like the whole file, with notes of what was not there."""

    def __init__(self, excerpt: Excerpt, gaps: list[Span]) -> None:
        self._excerpt = excerpt
        self._gaps = gaps
        self._at = 0

    def read(self, size: int = -1) -> bytes:
        """The bytes from here on, or those before the first missing one."""
        whole = self._excerpt.size
        stop = whole if size < 0 else min(self._at + size, whole)
        found = self._excerpt.bytes_at(self._at, stop)
        self._at += len(found)
        if self._at < stop:
            self._gaps.append((self._at, stop))
        return found

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go there, which may be beyond the end."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._excerpt.size}[whence]
        self._at = base + offset
        return self._at

    def tell(self) -> int:
        """Where the next byte will be read."""
        return self._at

    def seekable(self) -> bool:
        """Yes."""
        return True

    def readable(self) -> bool:
        """Yes."""
        return True


def _container(path: Path, driver: str) -> Any:
    """The whole file; of HDF5 as netCDF-4 if it can be, since that says where its pixels are."""
    kwargs = _OPTIONS.get(driver, {})
    if driver != "HDF5":
        return rasterio.open(path, driver=driver, sharing=False, **kwargs)
    try:
        return rasterio.open(path, driver="netCDF", sharing=False)
    except RasterioIOError:
        return rasterio.open(path, driver="HDF5", sharing=False)


def _refuse_strangers(dataset: Any, path: Path) -> None:
    if strangers := [Path(name).name for name in dataset.files if Path(name) != path]:
        what = f"draws its pixels from other files: {', '.join(strangers)}"
        raise ReadError(path.name, what, "publish it as one GeoTIFF")


def _array(whole: Any, path: Path, variable: str) -> str:
    """GDAL's name for one array of a container."""
    names: dict[str, str] = {_short(name, path): name for name in whole.subdatasets}
    if variable.strip("/") in names:
        return names[variable.strip("/")]
    if not names and whole.driver in _ARRAYS:  # its one array is the file itself to GDAL
        name = _ARRAYS[whole.driver].format(path=path, variable=variable.strip("/"))
        try:
            rasterio.open(name, driver=whole.driver, sharing=False).close()
        except RasterioIOError:
            raise ReadError(path.name, f"has no array {variable!r}", "drop `variable:`") from None
        return name
    if not names:
        what = f"has no array {variable!r}; it is one raster"
        raise ReadError(path.name, what, "drop `variable:`")
    raise ReadError(path.name, f"has no array {variable!r}; it has {_listed(list(names))}")


def _undecided(whole: Any, path: Path) -> ReadError:
    """What to say of a file that is no single raster."""
    names = [_short(name, path) for name in whole.subdatasets]
    if not names:
        return ReadError(path.name, "holds no raster", "publish its data as a GeoTIFF")
    what = f"holds several arrays: {_listed(names)}"
    return ReadError(path.name, what, f"choose one in the spec: `variable: {names[0]}`")


def _short(name: str, path: Path) -> str:
    """The name of an array in its file, out of GDAL's `NETCDF:"/folder/file.nc":/group/array`."""
    return name.rpartition(str(path))[2].strip('":/')


def _driver_of_array(name: str) -> str:
    return _DRIVERS[name.partition(":")[0].lower()]


def _listed(names: list[str]) -> str:
    return ", ".join(names[:_LISTED]) + (", …" if len(names) > _LISTED else "")


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
