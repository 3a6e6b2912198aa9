"""HDF5 files, and so netCDF-4: whether all that they hold is in the file itself.

An HDF5 file may name others: by external links, by external storage, as a virtual dataset. No
function of GDAL tells, so h5py walks over all links before GDAL opens the file; opening an object
touches nothing outside, only following a link or reading pixels does.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from itemcat.errors import ReadError

_MOST_OBJECTS = 100_000
_CONVENTIONS = b"_NCProperties"  # netCDF-4's own mark, of the root group
_SCALE = b"CLASS"  # of HDF5's dimension scales, which netCDF-4 makes of every coordinate
_HINT = "publish its arrays with their pixels in one file, or as GeoTIFFs"


def check_self_contained(path: Path) -> None:
    """Raises ReadError where a file may draw from others, or where nobody can tell."""
    h5py = _library(path)
    try:
        for name, stored in _objects(h5py, path):
            if elsewhere := _elsewhere(h5py, stored):
                what = f"draws its array {name} from other files ({elsewhere})"
                raise ReadError(path.name, what, _HINT)
    except (KeyError, RuntimeError) as error:  # as h5py has it for what is damaged inside
        hint = "it may be damaged, or cut short: fetch it again"
        raise ReadError(path.name, "cannot be read: its objects are damaged", hint) from error


def is_netcdf(path: Path) -> bool:
    """Whether an HDF5 file that is self-contained follows netCDF-4's data model."""
    h5py = _library(path)
    with h5py.File(path, "r") as file:
        if h5py.h5a.exists(file.id, _CONVENTIONS):
            return True
    return any(
        isinstance(stored, h5py.h5d.DatasetID) and h5py.h5a.exists(stored, _SCALE)
        for _, stored in _objects(h5py, path)
    )


def _library(path: Path) -> Any:
    try:
        import h5py  # type: ignore  # noqa: PLC0415 (an extra that few need)
    except ImportError as error:
        raise ReadError(
            path.name,
            "is HDF5 (so is netCDF-4), which may draw its pixels from other files, and h5py is "
            "not there to tell",
            'install it with `pip install "itemcat[hdf5]"`',
        ) from error
    return h5py


def _objects(h5py: Any, path: Path) -> Iterator[tuple[str, Any]]:
    """Every object of a file once, with its path in it. Raises ReadError for a link that leaves."""
    with h5py.File(path, "r") as file:
        pending = [("", h5py.h5g.open(file.id, b"/"))]
        seen = set()
        while pending:
            inside, group = pending.pop()
            for name in group:
                shown = f"{inside}/{name.decode(errors='replace')}"
                link = group.links.get_info(name).type
                if link == h5py.h5l.TYPE_SOFT:
                    continue  # another name for an object of the file, which is visited anyway
                if link != h5py.h5l.TYPE_HARD:
                    what = f"draws its {shown} from another file (an external link)"
                    raise ReadError(path.name, what, _HINT)
                stored = h5py.h5o.open(group, name)
                address = h5py.h5o.get_info(stored).addr
                if address in seen:
                    continue
                seen.add(address)
                if len(seen) > _MOST_OBJECTS:
                    raise ReadError(path.name, f"holds more than {_MOST_OBJECTS:,} objects", _HINT)
                if isinstance(stored, h5py.h5g.GroupID):
                    pending.append((shown, stored))
                yield shown, stored


def _elsewhere(h5py: Any, stored: Any) -> str:
    """How an object names other files; empty where it does not."""
    if not isinstance(stored, h5py.h5d.DatasetID):
        return ""  # a group, or a named type
    settings = stored.get_create_plist()
    if settings.get_external_count():
        return "external storage"
    return "a virtual dataset" if settings.get_layout() == h5py.h5d.VIRTUAL else ""
