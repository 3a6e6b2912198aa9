"""The cube reader: netCDF, or Zarr in one file, with CF coordinates in, a record out.

No data are read.

The record's keys; what is not known is not there:

- `media_type`, `crs`, `shape`, `transform`, `times`, `tags`: as `readers.raster` has them
- `geometry`, `bbox`: see `readers.cube_place`; both are null where they cannot be known
- `dimensions`: the objects of the datacube extension, by name, see `readers.cube_axes`
- `variables`: of each variable its `dimensions`, `type` (data, auxiliary), `unit`, `description`,
  `data_type` and `nodata`, by name
- `warnings`: what is not known, or doubtful, and why
"""

import math
import re
import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import netCDF4
import xarray
from xarray.backends import NetCDF4DataStore

from itemcat.errors import ReadError
from itemcat.model import Record
from itemcat.readers import tags
from itemcat.readers.crs import crs_facts
from itemcat.readers.cube_axes import (
    Axis,
    Variables,
    axis_of,
    dimension,
    kind_of,
    text_of,
    values_of,
)
from itemcat.readers.cube_place import Place, place
from itemcat.readers.cube_times import Span, span
from itemcat.readers.faults import faults
from itemcat.readers.formats import head_of, stranger
from itemcat.readers.hdf5 import check_self_contained, is_netcdf
from itemcat.readers.zarr_store import opened_store

_HDF5 = b"\x89HDF\r\n\x1a\n"
ZIP = "application/zip"
_CLASSIC = re.compile(rb"CDF[\x01\x02\x05]")
_ZIP = b"PK\x03\x04"
_KNOWN = "netCDF-3, netCDF-4, and a Zarr store in a ZIP archive"
_MOST_VARIABLES = 10_000
_LISTED = 10  # names that an error shows
_REAL = re.compile(r"u?int(8|16|32|64)|float(16|32|64)")
_MAPPINGS = ("grid_mapping_name", "crs_wkt", "spatial_ref")  # attributes of no other variable


def read(path: Path, options: Mapping[str, str]) -> Record:
    """All facts of the cube at `path`, or of its group that `options["variable"]` names.

    Raises ReadError, which names the file, for everything that can be wrong with it.
    """
    path = path.absolute()
    with faults(path, RuntimeError, LookupError, TypeError), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what is wrong is in the record, or an error
        media_type = _media_type(path)
        opened = opened_store if media_type == ZIP else _opened
        with opened(path, options.get("variable")) as (variables, attributes):
            return {"media_type": media_type, **_record(variables, attributes, path)}


def _media_type(path: Path) -> str:
    """That of the file, once it is known that all it holds is in it."""
    head = head_of(path)
    if head.startswith(_ZIP):
        return ZIP
    if _CLASSIC.match(head):
        return "application/netcdf"
    if not head.startswith(_HDF5):
        raise stranger(path, head, "cube", _KNOWN)
    check_self_contained(path)
    return "application/netcdf" if is_netcdf(path) else "application/x-hdf5"


@contextmanager
def _opened(path: Path, name: str | None) -> Iterator[tuple[Variables, dict[str, str]]]:
    """The variables of a group and the file's attributes; values come when they are asked for."""
    with netCDF4.Dataset(path, "r") as file:
        group = file
        for part in name.strip("/").split("/") if name else ():
            if part not in group.groups:
                what = f"has no group {name!r}; it has {_listed(file.groups) or 'none'}"
                raise ReadError(path.name, what)
            group = group.groups[part]
        if len(group.variables) > _MOST_VARIABLES:
            what = f"has {len(group.variables):,} variables; {_MOST_VARIABLES:,} are the most"
            raise ReadError(path.name, what)
        if not group.variables and group.groups:
            what = f"has its variables in groups: {_listed(group.groups)}"
            hint = f"choose one in the spec: `variable: {next(iter(group.groups))}`"
            raise ReadError(path.name, what, hint)
        variables, _ = NetCDF4DataStore(group).load()
        named = {key: text_of(file.getncattr(key)) for key in file.ncattrs()}
        yield dict(variables), named


def _record(variables: Variables, attributes: dict[str, str], path: Path) -> dict[str, Any]:
    roles = _roles(variables)
    data = {name: variables[name] for name, role in roles.items() if role == "data"}
    sizes = {str(dim): size for one in data.values() for dim, size in one.sizes.items()}
    axes = {name: axis_of(variables, name, size, path) for name, size in sizes.items()}
    if all(axis.kind == "other" for axis in axes.values()) and "auxiliary" not in roles.values():
        raise _without_coordinates(path, sizes)
    where = place(variables, data, axes, path)
    clocks = {name: axis for name, axis in axes.items() if axis.kind == "time"}
    clocks = clocks or _moments(variables, roles, path)
    spans = {name: span(variables, axis, path) for name, axis in clocks.items()}
    own = next((found.times for found in spans.values() if found.times), None)
    doubts = [where.footprint.warning, *(found.warning for found in spans.values())]
    record: dict[str, Any] = {
        "crs": crs_facts(where.wkt) if where.wkt else None,
        "shape": [where.grid.y.size, where.grid.x.size] if where.grid else None,
        "transform": where.transform,
        "times": own or tags.acquisition(attributes, {}),
        "tags": tags.dated(attributes, {}) or None,
        "warnings": [doubt for doubt in doubts if doubt] or None,
    }
    record = {key: value for key, value in record.items() if value is not None}
    record["dimensions"] = {name: _dimension(axis, spans, where) for name, axis in axes.items()}
    record["variables"] = {
        name: _variable(variables[name], role)
        for name, role in roles.items()
        if name not in sizes and sizes.keys() >= {*map(str, variables[name].dims)}
    }
    return record | {"geometry": where.footprint.geometry, "bbox": where.footprint.bbox}


def _roles(variables: Variables) -> dict[str, str]:
    """Which variables are data, and which are auxiliary coordinates; the others only serve."""
    named: set[str] = set()
    serving: set[str] = set()
    for name, variable in variables.items():
        attributes = {key: text_of(value) for key, value in variable.attrs.items()}
        named.update(attributes.get("coordinates", "").split())
        serving.update(attributes.get(key, "") for key in ("bounds", "climatology"))
        serving.update(attributes.get("grid_mapping", "").replace(":", " ").split()[:1])
        if variable.dims == (name,) or any(key in attributes for key in _MAPPINGS):
            serving.add(name)
    return {
        name: "auxiliary" if name in named else "data" for name in variables if name not in serving
    }


def _moments(variables: Variables, roles: Mapping[str, str], path: Path) -> dict[str, Axis]:
    """Times that hold for all the data: coordinates without a dimension."""
    found = {}
    for name, role in roles.items():
        attributes = dict(variables[name].attrs)
        if role == "auxiliary" and not variables[name].dims and kind_of(attributes) == "time":
            value = values_of(variables, name, path).reshape(1)
            found[name] = Axis(name, 1, "time", value, attributes)
    return found


def _dimension(axis: Axis, spans: Mapping[str, Span], where: Place) -> dict[str, Any]:
    if axis.name in spans:
        return spans[axis.name].dimension
    if where.grid is None or axis.name not in (where.grid.x.name, where.grid.y.name):
        return dimension(axis)
    reference: int | str | None = None
    if where.wkt:
        crs = crs_facts(where.wkt)
        authority, _, code = crs.get("code", "").partition(":")
        reference = int(code) if authority == "EPSG" else crs["wkt2"]
    return dimension(axis, reference, where.scale)


def _variable(variable: xarray.Variable, role: str) -> dict[str, Any]:
    """A variable object of the datacube extension."""
    attributes = variable.attrs
    described = text_of(attributes.get("long_name")) or text_of(attributes.get("standard_name"))
    kind = variable.dtype.name
    if text_of(attributes.get("_Unsigned")) == "true" and not kind.startswith("u"):
        kind = f"u{kind}"  # classic netCDF has no unsigned types
    found: dict[str, Any] = {
        "dimensions": [str(name) for name in variable.dims],
        "type": role,
        "unit": text_of(attributes.get("units")),
        "description": described,
        "data_type": kind if _REAL.fullmatch(kind) else "",
        "nodata": _nodata(attributes.get("_FillValue", attributes.get("missing_value"))),
    }
    return {key: value for key, value in found.items() if value not in ("", None)}


def _nodata(value: Any) -> int | float | str | None:
    number = value.item() if getattr(value, "size", 0) == 1 else value
    if isinstance(number, float) and not math.isfinite(number):
        return str(number)  # nan, inf and -inf, as STAC has them
    return number if isinstance(number, int | float) and not isinstance(number, bool) else None


def _without_coordinates(path: Path, names: Iterable[str]) -> ReadError:
    what = f"has no coordinates: nothing says what its dimensions are ({_listed(names) or 'none'})"
    hint = (
        "give each a variable of its own name with `units` such as degrees_north, degrees_east "
        "or days since 2000-01-01 (CF section 4); or read it with `read: {reader: raster}`"
    )
    return ReadError(path.name, what, hint)


def _listed(names: Iterable[str]) -> str:
    shown = [*names]
    return ", ".join(shown[:_LISTED]) + (", …" if len(shown) > _LISTED else "")
