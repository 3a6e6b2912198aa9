"""GeoParquet 1.1: what the footer of a Parquet file says of its columns and of their place.

GDAL has no driver for it in the wheels of pyogrio; pyarrow reads the footer, and no row.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow.lib
import pyarrow.parquet as pq
import pyproj

from itemcat.errors import ReadError
from itemcat.readers.extent import Box
from itemcat.readers.table import Layer

_LONGEST_TYPE = 100  # characters; what is nested deeper goes by its outermost kind
_CORNERS = ("xmin", "ymin", "xmax", "ymax")


def parquet_layer(path: Path, media_type: str) -> Layer:
    """The one table of a file. Raises ReadError, and what pyarrow raises."""
    try:
        with pq.ParquetFile(path) as file:
            metadata, schema = file.metadata, file.schema_arrow
    except pyarrow.lib.ArrowException as error:
        hint = "it may be damaged, or cut short: fetch it again"
        raise ReadError(path.name, f"is no sound Parquet file: {error}", hint) from error
    columns = [(field.name, _type(field.type)) for field in schema]
    geo = _geo(metadata.metadata or {}, path)
    primary = geo.get("primary_column")
    own = geo.get("columns", {}).get(primary) if isinstance(primary, str) else None
    if own is None:
        return Layer(media_type, columns, metadata.num_rows, None, None, None)
    crs = _crs(own)
    wkt = None if crs is None else crs.to_wkt()
    box = _box(own, crs) or _covering(own, metadata)
    return Layer(media_type, columns, metadata.num_rows, primary, wkt, box)


def _geo(metadata: Mapping[bytes, bytes], path: Path) -> dict[str, Any]:
    """The file's metadata by the name `geo`, as the specification has it."""
    try:
        geo = json.loads(metadata.get(b"geo", b"{}"))
        columns = geo.get("columns", {})
        if not all(isinstance(column, dict) for column in columns.values()):
            raise ValueError("a column is no object")
    except (ValueError, AttributeError, RecursionError) as error:
        what = f"has GeoParquet metadata that is none: {error}"
        raise ReadError(path.name, what, "write it anew, as GeoParquet 1.1 has it") from error
    found: dict[str, Any] = geo
    return found


def _crs(own: Mapping[str, Any]) -> pyproj.CRS | None:
    """PROJJSON; longitude and latitude of WGS 84 where the key is absent, unknown where null."""
    if "crs" not in own:
        return pyproj.CRS("OGC:CRS84")
    return None if own["crs"] is None else pyproj.CRS.from_json_dict(own["crs"])


def _box(own: Mapping[str, Any], crs: pyproj.CRS | None) -> Box | None:
    """The declared box; one of degrees may cross 180°, with its west beyond its east."""
    numbers = own.get("bbox")
    if not isinstance(numbers, list) or len(numbers) not in (4, 6):
        return None
    half = len(numbers) // 2
    west, south, east, north = map(float, (*numbers[:2], *numbers[half : half + 2]))
    if west > east and crs is not None and crs.is_geographic:
        east += 360
    return west, south, east, north


def _covering(own: Mapping[str, Any], metadata: Any) -> Box | None:
    """The box that the statistics of the columns with each row's box have, if all are there."""
    paths = own.get("covering", {}).get("bbox", {})
    numbers = []
    for corner in _CORNERS:
        index = _index(metadata, ".".join(paths.get(corner, ())))
        if index is None:
            return None
        found = [_limit(metadata.row_group(n), index, corner) for n in range(_groups(metadata))]
        known = [number for number in found if number is not None]
        if not known or len(known) != len(found):
            return None
        numbers.append(float(min(known) if corner.endswith("min") else max(known)))
    west, south, east, north = numbers
    return west, south, east, north


def _groups(metadata: Any) -> int:
    return int(metadata.num_row_groups)


def _index(metadata: Any, path: str) -> int | None:
    schema = metadata.schema
    names = (schema.column(n).path for n in range(metadata.num_columns))
    return next((n for n, name in enumerate(names) if name == path), None)


def _limit(group: Any, index: int, corner: str) -> Any:
    statistics = group.column(index).statistics
    if statistics is None or not statistics.has_min_max:
        return None
    return statistics.min if corner.endswith("min") else statistics.max


def _type(kind: Any) -> str:
    text = str(kind)
    return text if len(text) <= _LONGEST_TYPE else text.partition("<")[0][:_LONGEST_TYPE]
