"""The vector reader: one layer of a vector file in, a record out.

The record's keys; what is not known is not there:

- `media_type`
- `crs`: as `readers.raster` has it
- `geometry`, `bbox`: the outline of the layer's extent, see `readers.extent`; both are null where
  it cannot be known
- `columns`: of each column its `name` and `type`, in order, that of the geometry last
- `primary_geometry`: the name of the geometry's column
- `row_count`
- `warnings`: what is not known, and why
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pyogrio._err import CPLE_BaseError  # what GDAL raises is no error of pyogrio's
from rasterio.errors import RasterioError

from itemcat.errors import ReadError
from itemcat.model import Record
from itemcat.readers.crs import crs_facts
from itemcat.readers.extent import extent_footprint
from itemcat.readers.faults import faults
from itemcat.readers.layer import opened
from itemcat.readers.table import Layer

_MOST_COLUMNS = 10_000


def read(path: Path, options: Mapping[str, str]) -> Record:
    """All facts of a layer of the file at `path`: that which `options["variable"]` names.

    Raises ReadError, which names the file, for everything that can be wrong with it.
    """
    path = path.absolute()  # GDAL takes what looks like `scheme:name` for more than a name
    with faults(path, RuntimeError, LookupError, CPLE_BaseError, RasterioError):
        return _record(opened(path, options.get("variable")), path)


def _record(layer: Layer, path: Path) -> dict[str, Any]:
    if len(layer.columns) > _MOST_COLUMNS:
        what = f"has {len(layer.columns):,} columns; {_MOST_COLUMNS:,} are the most"
        raise ReadError(path.name, what)
    columns = [{"name": name, "type": kind} for name, kind in layer.columns]
    record: dict[str, Any] = {"media_type": layer.media_type, "columns": columns}
    record["row_count"] = layer.rows
    if layer.geometry is not None:
        record["primary_geometry"] = layer.geometry
    if layer.wkt is not None:
        record["crs"] = crs_facts(layer.wkt)
    if layer.box is None:
        why = "no feature of it has a place" if layer.geometry else "it is a table without geometry"
        return record | {"geometry": None, "bbox": None, "warnings": [f"no footprint: {why}"]}
    where = extent_footprint(layer.wkt, layer.box)
    if where.warning:
        record["warnings"] = [where.warning]
    return record | {"geometry": where.geometry, "bbox": where.bbox}
