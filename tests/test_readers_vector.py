"""Layers of vector files: their place, columns and rows, out of files sound and hostile."""

import json
import os
import shutil
import sqlite3
import sys
import zipfile
from pathlib import Path
from typing import Any

import layers
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pyproj
import pytest
from server import Server

from itemcat import readers
from itemcat.errors import MachineError, ReadError
from itemcat.model import Record

FORMATS = {
    "a.gpkg": "application/geopackage+sqlite3",
    "a.geojson": "application/geo+json",
    "a.fgb": "application/vnd.flatgeobuf",
    "a.shp.zip": "application/zip",
    "a.parquet": "application/vnd.apache.parquet",
}


def record_of(path: Path, variable: str | None = None) -> Record:
    return readers.read("vector", path, {} if variable is None else {"variable": variable})


def refusal(path: Path, variable: str | None = None) -> ReadError:
    with pytest.raises(ReadError) as raised:
        record_of(path, variable)
    assert raised.value.where == path.name
    assert str(path.parent) not in str(raised.value)
    return raised.value


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_has_the_same_facts(tmp_path: Path, name: str) -> None:
    record = record_of(layers.write(tmp_path / name))
    assert record["media_type"] == FORMATS[name]
    assert record["bbox"] == [10, 50, 12.5, 51]
    assert record["geometry"]["type"] == "Polygon"
    assert len(record["geometry"]["coordinates"][0]) == 5
    assert record["row_count"] == 3
    assert [column["name"] for column in record["columns"]][:2] == ["number", "name"]
    assert [column["type"] for column in record["columns"]][:2] == ["int32", "string"]
    assert record["primary_geometry"] == record["columns"][-1]["name"]
    assert record["crs"]["code"] in ("EPSG:4326", "OGC:CRS84")
    assert "warnings" not in record


@pytest.mark.parametrize("name", FORMATS)
def test_a_record_is_of_the_bytes_and_not_of_the_name(tmp_path: Path, name: str) -> None:
    path = layers.write(tmp_path / name)
    blob = tmp_path / "b" / "0123abcd"
    blob.parent.mkdir()
    shutil.copy(path, blob)
    assert record_of(blob) == record_of(path)
    assert [found.name for found in blob.parent.iterdir()] == [blob.name]


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("odd", ["a}b", "a!b", "a?mode=rw&%41", "a#b", "é ü"])
def test_a_name_is_only_a_name(tmp_path: Path, name: str, odd: str) -> None:
    path = layers.write(tmp_path / name)
    (tmp_path / odd).mkdir()
    assert record_of(path.rename(tmp_path / odd / (odd + name)))["bbox"] == [10, 50, 12.5, 51]


def test_several_layers_are_named_and_chosen_from(tmp_path: Path) -> None:
    path = layers.write(tmp_path / "a.gpkg", layer="lakes")
    layers.write(path, points=[[1, 2], [3, 4]], layer="rivers", append=False)
    error = refusal(path)
    assert error.what == "holds several layers: lakes, rivers"
    assert error.hint == "choose one in the spec: `variable: lakes`"
    assert record_of(path, "rivers")["bbox"] == [1, 2, 3, 4]
    assert refusal(path, "roads").what == "has no layer 'roads'; it has lakes, rivers"


def test_several_shapefiles_are_named_and_chosen_from(tmp_path: Path) -> None:
    path = layers.archive(tmp_path / "a.shp.zip")
    layers.write(tmp_path / "rivers.shp", points=[[1, 2], [3, 4]])
    with zipfile.ZipFile(path, "a") as zipped:
        for part in sorted(tmp_path.glob("rivers.*")):
            zipped.write(part, part.name)
    assert refusal(path).what == "holds several layers: lakes, rivers"
    assert record_of(path, "rivers")["bbox"] == [1, 2, 3, 4]


@pytest.mark.parametrize("name", ["a.geojson", "a.fgb", "a.parquet"])
def test_a_format_without_layers_has_none_to_choose(tmp_path: Path, name: str) -> None:
    assert refusal(layers.write(tmp_path / name), "a").hint == "drop `variable:`"


def test_the_sides_of_a_box_are_as_bent_as_they_are_on_earth(tmp_path: Path) -> None:
    corners = [[-800_000, -3_400_000], [900_000, -600_000]]
    record = record_of(layers.write(tmp_path / "a.gpkg", corners, "EPSG:3413"))
    assert record["crs"] == {"code": "EPSG:3413"}
    assert len(record["geometry"]["coordinates"][0]) > 8
    to_wgs84 = pyproj.Transformer.from_crs(3413, 4326, always_xy=True)
    x = np.r_[np.linspace(-8e5, 9e5, 99), np.full(99, 9e5), np.full(99, -8e5)]
    y = np.r_[np.full(99, -6e5), *[np.linspace(-34e5, -6e5, 99)] * 2]
    lon, lat = to_wgs84.transform(x, y)
    west, south, east, north = record["bbox"]
    assert north == pytest.approx(max(lat), abs=0.01)  # on the upper side, between its corners
    assert (west, east) == (pytest.approx(min(lon), abs=0.01), pytest.approx(max(lon), abs=0.01))
    assert south < min(lat) + 0.01


def test_a_box_across_180_degrees_is_cut(tmp_path: Path) -> None:
    corners = [[600_000, 7_000_000], [1_200_000, 7_400_000]]
    record = record_of(layers.write(tmp_path / "a.fgb", corners, "EPSG:32601"))
    west, _, east, _ = record["bbox"]
    assert west < east  # 600 km east of the edge of zone 1, which itself lies at 180°
    corners = [[200_000, 7_000_000], [700_000, 7_400_000]]
    record = record_of(layers.write(tmp_path / "b.fgb", corners, "EPSG:32601"))
    west, _, east, _ = record["bbox"]
    assert west > 170 > -170 > east or west > east
    assert record["geometry"]["type"] == "MultiPolygon"


def test_one_point_is_a_point_and_a_line_a_line(tmp_path: Path) -> None:
    record = record_of(layers.write(tmp_path / "a.gpkg", [[10, 50]]))
    assert record["geometry"] == {"type": "Point", "coordinates": [10, 50]}
    assert record["bbox"] == [10, 50, 10, 50]
    record = record_of(layers.write(tmp_path / "b.gpkg", [[10, 50], [10, 52]]))
    assert record["geometry"] == {"type": "LineString", "coordinates": [[10, 50], [10, 52]]}
    record = record_of(layers.write(tmp_path / "c.gpkg", [[179, 50], [181, 50]]))
    assert record["geometry"] is None
    assert record["warnings"] == ["no footprint: its extent is a line across 180°"]


@pytest.mark.parametrize(
    ("crs", "points", "why"),
    [
        (None, layers.POINTS, "nothing says what CRS its coordinates are in"),
        ('LOCAL_CS["site",UNIT["metre",1]]', layers.POINTS, "its CRS is local (site)"),
        ("EPSG:4326", [[3e5, 7e6], [4e5, 7.1e6]], "its CRS is geographic, but its coordinates"),
    ],
)
def test_what_has_no_place_is_not_the_whole_world(
    tmp_path: Path, crs: str | None, points: Any, why: str
) -> None:
    record = record_of(layers.write(tmp_path / "a.gpkg", points, crs))
    assert (record["geometry"], record["bbox"]) == (None, None)
    [warning] = record["warnings"]
    assert warning.startswith(f"no footprint: {why}")


def test_an_empty_layer_has_no_place(tmp_path: Path) -> None:
    path = tmp_path / "a.geojson"
    path.write_text('{"type": "FeatureCollection", "features": []}', "utf-8")
    record = record_of(path)
    assert record["row_count"] == 0
    assert record["geometry"] is None
    assert record["warnings"]


# ---------------------------------------------------------------------------------- GeoParquet


def test_parquet_by_its_own_crs(tmp_path: Path) -> None:
    crs = pyproj.CRS(32623).to_json_dict()
    points = [[3e5, 7e6], [4e5, 7.1e6]]
    record = record_of(layers.parquet(tmp_path / "a.parquet", points, crs=crs))
    assert record["crs"] == {"code": "EPSG:32623"}
    assert -50 < record["bbox"][0] < record["bbox"][2] < -45
    unknown = record_of(layers.parquet(tmp_path / "b.parquet", points, crs=None))
    assert unknown["geometry"] is None
    assert "crs" not in unknown


def test_parquet_across_180_degrees(tmp_path: Path) -> None:
    record = record_of(layers.parquet(tmp_path / "a.parquet", bbox=[177, -20, -178, -15]))
    assert record["bbox"] == [177, -20, -178, -15]
    assert record["geometry"]["type"] == "MultiPolygon"


def test_parquet_by_the_boxes_of_its_rows(tmp_path: Path) -> None:
    corners = ("xmin", "ymin", "xmax", "ymax")
    boxes = [dict(zip(corners, (n, n + 50.0, n + 1, n + 51.0), strict=True)) for n in range(3)]
    table = pa.table({"geometry": [b"", b"", b""], "bbox": boxes})
    column: dict[str, Any] = {
        "encoding": "WKB",
        "covering": {"bbox": {c: ["bbox", c] for c in corners}},
    }
    geo = {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": column}}
    path = tmp_path / "a.parquet"
    metadata = {"geo": json.dumps(geo)}
    pq.write_table(table.replace_schema_metadata(metadata), path, row_group_size=1)
    assert record_of(path)["bbox"] == [0, 50, 3, 53]
    del column["covering"]
    pq.write_table(table.replace_schema_metadata({"geo": json.dumps(geo)}), path)
    assert record_of(path)["warnings"] == ["no footprint: no feature of it has a place"]


@pytest.mark.parametrize(
    "geo", ["{", "[]", '{"columns": []}', '{"columns": {"a": 1}}', "[" * 100_000]
)
def test_parquet_with_metadata_that_is_none(tmp_path: Path, geo: str) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"a": [1]}).replace_schema_metadata({"geo": geo}), path)
    assert refusal(path).what.startswith("has GeoParquet metadata that is none")


def test_a_table_without_geometry_has_no_place(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"a": [1.5], "b": [["x"]]}), path)
    record = record_of(path)
    assert record["columns"] == [
        {"name": "a", "type": "double"},
        {"name": "b", "type": record["columns"][1]["type"]},
    ]
    assert record["warnings"] == ["no footprint: it is a table without geometry"]


# ------------------------------------------------------------------------------------- bad input


@pytest.mark.parametrize("name", FORMATS)
def test_a_file_that_was_cut_short_is_an_error(tmp_path: Path, name: str) -> None:
    path = layers.write(tmp_path / name)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 3])
    refusal(path)


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"", "is empty"),
        (b"<!doctype html><p>log in", "is an HTML page, not a vector file"),
        (b"II*\0" + bytes(99), "is not a vector file in a known format"),
        (b"<OGRVRTDataSource/>" + bytes(9), "is an XML document, not a vector file"),
        (b"SQLite format 3\0" + bytes(99), "is a SQLite file, but no sound GeoPackage"),
        (b"PK\x03\x04" + bytes(99), "is no sound ZIP archive"),
        (b'{"a": 1}', "cannot be read"),
    ],
)
def test_what_is_no_vector_file_is_told(tmp_path: Path, data: bytes, what: str) -> None:
    path = tmp_path / "a"
    path.write_bytes(data)
    assert refusal(path).what.startswith(what)


def test_json_of_any_depth_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "a.geojson"
    path.write_text('{"type": "FeatureCollection", "features": ' + "[" * 1_000_000, "utf-8")
    assert "Too many nested" in refusal(path).what


def test_a_crs_that_is_a_link_is_not_followed(
    tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setenv("no_proxy", "*")
    wkt = 'GEOGCS["x",DATUM["y",SPHEROID["z",6378137,298]],PRIMEM["g",0],UNIT["degree",0.0174]]'
    server.put("crs", wkt.encode())
    crs = {"type": "link", "properties": {"href": server.url("crs"), "type": "ogcwkt"}}
    path = layers.write(tmp_path / "a.geojson")
    collection = {**json.loads(path.read_text("utf-8")), "crs": crs}
    path.write_text(json.dumps(collection), "utf-8")
    assert record_of(path)["crs"] == {"code": "EPSG:4326"}
    assert server.requests == []
    assert os.environ["NO_PROXY"] == "*"


def test_a_database_is_not_run(tmp_path: Path) -> None:
    secret = layers.write(tmp_path / "secret.geojson", [[1, 2], [3, 4]])
    path = layers.write(tmp_path / "a.gpkg", layer="lakes")
    with sqlite3.connect(path) as database:
        database.execute("CREATE TRIGGER t AFTER INSERT ON lakes BEGIN SELECT 1; END")
        database.execute("PRAGMA writable_schema = ON")
        table = f"CREATE VIRTUAL TABLE spy USING VirtualOGR('{secret}')"
        database.execute("INSERT INTO sqlite_master VALUES ('table', 'spy', 'spy', 0, ?)", (table,))
        database.execute(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier)"
            " VALUES ('spy', 'attributes', 'spy')"
        )
    database.close()
    before = path.read_bytes()
    assert refusal(path).what == "holds several layers: lakes, spy"
    assert record_of(path, "lakes")["row_count"] == 3
    assert "no such module" in refusal(path, "spy").what
    assert path.read_bytes() == before


def test_a_database_with_changes_beside_it_is_refused(tmp_path: Path) -> None:
    path = layers.write(tmp_path / "a.gpkg")
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA journal_mode = WAL")
    database.close()
    assert refusal(path).what.startswith("is a SQLite file in WAL mode")


def test_a_database_that_is_no_geopackage_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.gpkg"
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE a (b)")
    database.close()
    assert refusal(path).what == (
        "is a SQLite file, but no sound GeoPackage: no such table: gpkg_contents"
    )


def test_an_archive_that_claims_too_much_is_not_believed(tmp_path: Path) -> None:
    path = layers.archive(tmp_path / "a.shp.zip")
    with zipfile.ZipFile(path, "a") as zipped:
        zipped.writestr("bomb", b"")
        zipped.filelist[-1].file_size = 1 << 31
    assert "which is not believed" in refusal(path).what


def test_an_archive_without_a_shapefile_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as zipped:
        zipped.writestr("readme.txt", "none")
    assert refusal(path).what == "is a ZIP archive without a Shapefile"


def test_nothing_beside_an_archive_is_read(tmp_path: Path) -> None:
    path = layers.archive(tmp_path / "a.shp.zip", crs=None)
    with zipfile.ZipFile(path) as zipped:
        zipped.extractall(tmp_path)
    prj = pyproj.CRS(4326).to_wkt("WKT1_ESRI")
    for place in (tmp_path / "lakes" / "lakes.prj", tmp_path / "a.prj", tmp_path / "a.shp.prj"):
        place.write_text(prj, "utf-8")
    assert "crs" not in record_of(path)


def test_without_pyogrio_the_error_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = layers.write(tmp_path / "a.gpkg")
    for name in ("itemcat.readers.vector", "itemcat.readers.layer"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.setitem(sys.modules, "pyogrio", None)
    with pytest.raises(MachineError) as raised:
        record_of(path)
    assert str(raised.value) == (
        "error: the vector reader: needs pyogrio, which is not installed\n"
        'hint: install it with `pip install "itemcat[vector]"`'
    )
