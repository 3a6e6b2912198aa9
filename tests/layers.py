"""Small vector files for tests to read, and to break."""

import json
import warnings
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio.raw
import shapely

POINTS = [[10, 50], [11, 51], [12.5, 50.5]]
DRIVERS = {"gpkg": "GPKG", "geojson": "GeoJSON", "fgb": "FlatGeobuf", "shp": "ESRI Shapefile"}


def write(
    path: Path,
    points: Any = POINTS,
    crs: str | None = "EPSG:4326",
    layer: str | None = None,
    **options: Any,
) -> Path:
    """A layer of points with three columns, in the format that the file's name ends in."""
    if path.name.endswith(".shp.zip"):
        return archive(path, points, crs)
    if path.suffix == ".parquet":
        return parquet(path, points)
    count = len(points)
    places = np.array(shapely.to_wkb(shapely.points(points)), dtype=object)
    columns = [
        np.arange(count, dtype=np.int32),
        np.array(["é"] * count, dtype=object),
        np.array([True] * count),
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pyogrio.raw.write(
            path,
            places,
            columns,
            ["number", "name", "is_deep"],
            geometry_type="Point",
            crs=crs,
            driver=DRIVERS[path.suffix[1:]],
            layer=layer,
            **options,
        )
    return path


def archive(path: Path, points: Any = POINTS, crs: str | None = "EPSG:4326") -> Path:
    """A Shapefile in a folder of a ZIP archive."""
    folder = path.with_suffix(".d")
    folder.mkdir()
    write(folder / "lakes.shp", points, crs)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as zipped:
        for part in sorted(folder.iterdir()):
            zipped.write(part, f"lakes/{part.name}")
    return path


def parquet(path: Path, points: Any = POINTS, **own: Any) -> Path:
    """A GeoParquet file; `own` are further keys of its geometry's metadata."""
    table = pa.table(
        {
            "number": pa.array(range(len(points)), pa.int32()),
            "name": ["é"] * len(points),
            "geometry": pa.array(shapely.to_wkb(shapely.points(points)).tolist(), pa.binary()),
        }
    )
    west, south = np.min(points, axis=0).tolist()
    east, north = np.max(points, axis=0).tolist()
    column = {"encoding": "WKB", "geometry_types": ["Point"], "bbox": [west, south, east, north]}
    column = {key: value for key, value in {**column, **own}.items() if value is not ...}
    geo = {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": column}}
    pq.write_table(table.replace_schema_metadata({"geo": json.dumps(geo)}), path)
    return path
