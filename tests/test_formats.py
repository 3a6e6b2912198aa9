"""Builds of catalogs whose files are no rasters, or not all of them: who reads what, and when."""

import json
import re
import sqlite3
from pathlib import Path
from typing import Any

import cubes
import layers
import pyarrow.parquet as pq
import pytest
import shapely
from kept import NOWHERE, keep_schemas
from project import Project
from server import Server
from stac import assert_valid, schemas

from itemcat.choice import reader_name
from itemcat.model import ItemRules

TOP = Path(__file__).parent.parent
HEAD = "catalog: {id: lakes, title: Lakes, description: On ice.}\noutput: out\n"
SPEC = f"""{HEAD}items: {{datetime: 2019-02-24}}
assets:
  - files: "*.tif"
  - files: "a.*"
    id: "{{name}}"
  - files: globe.nc
    reader: cube
"""


def item(project: Project, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(
        (project.folder / "out" / name / f"{name}.json").read_text("utf-8")
    )
    return found


def manifest(project: Project) -> dict[str, Any]:
    text = (project.folder / "catalog.manifest.json").read_text("utf-8")
    items: dict[str, Any] = json.loads(text)["items"]
    return {name: one["assets"]["data"] for name, one in items.items()}


@pytest.fixture
def mixed(project: Project) -> Project:
    """A raster, a layer in each format, and a cube."""
    project.raster("lake.tif")
    for name in ("a.gpkg", "a.geojson", "a.fgb", "a.shp.zip", "a.parquet"):
        layers.write(project.folder / name)
    cubes.write(project.folder / "globe.nc", cubes.globe())
    project.spec(SPEC)
    return project


@pytest.mark.parametrize(
    ("name", "own", "reader"),
    [
        ("a.tif", None, "raster"),
        ("a.nc", None, "raster"),
        ("a.zip", None, "raster"),
        ("a.json", None, "raster"),
        ("gpkg", None, "raster"),
        ("A.GPKG", None, "vector"),
        ("a.b.shp.zip", None, "vector"),
        ("a.geoparquet", None, "vector"),
        ("a.gpkg", "raster", "raster"),
        ("a.nc", "cube", "cube"),
    ],
)
def test_the_spec_chooses_a_reader_or_the_name_does(
    name: str, own: str | None, reader: str
) -> None:
    assert reader_name(ItemRules(reader=own), name) == reader


def test_each_file_has_its_reader(mixed: Project) -> None:
    mixed.build()
    readers = {name: asset["reader"] for name, asset in manifest(mixed).items()}
    assert readers == {
        "lake": "raster/1",
        "globe": "cube/1",
        **dict.fromkeys(("a.gpkg", "a.geojson", "a.fgb", "a.shp.zip", "a.parquet"), "vector/1"),
    }
    assert manifest(mixed)["lake"]["options"] == {"statistics": "exact"}
    assert manifest(mixed)["a.gpkg"]["options"] == {}
    before = mixed.marks()
    assert mixed.build().is_same
    assert mixed.marks() == before


def test_items_show_columns_and_dimensions(mixed: Project) -> None:
    mixed.build()
    properties = item(mixed, "a.gpkg")["properties"]
    assert properties["table:row_count"] == 3
    assert properties["table:primary_geometry"] == "geom"
    assert properties["table:columns"][0] == {"name": "number", "type": "int32"}
    assert properties["proj:code"] == "EPSG:4326"
    cube = item(mixed, "globe")
    assert cube["properties"]["cube:dimensions"]["lat"]["axis"] == "y"
    assert cube["properties"]["cube:variables"]["air"]["data_type"] == "float32"
    assert cube["assets"]["data"]["type"] == "application/netcdf"
    raster = item(mixed, "lake")
    assert not [name for name in raster["properties"] if name.startswith(("table:", "cube:"))]


def test_a_cubes_times_are_those_of_its_item(project: Project) -> None:
    cubes.write(project.folder / "globe.nc", cubes.globe())
    project.spec(HEAD + "items: {reader: cube}\nassets:\n  - files: globe.nc\n")
    project.build()
    properties = item(project, "globe")["properties"]
    assert properties["datetime"] is None
    assert properties["start_datetime"] == "2019-01-01T00:00:00Z"
    assert properties["end_datetime"] == "2019-01-04T00:00:00Z"


@pytest.mark.parametrize("version", ["1.1.0", "1.0.0"])
def test_items_are_valid(mixed: Project, version: str) -> None:
    mixed.spec(SPEC.replace("On ice.", f"On ice., stac_version: {version}"))
    mixed.build()
    for name in manifest(mixed):
        document = item(mixed, name)
        named = document["stac_extensions"]
        there = [a for a in named if (schemas() / a.removeprefix("https://")).is_file()]
        missing = {a.split("/")[3] for a in named} - {a.split("/")[3] for a in there}
        assert missing <= {"table", "datacube"}
        assert_valid({**document, "stac_extensions": there})


def test_before_datacube_2_3_a_variable_has_no_type(mixed: Project) -> None:
    mixed.spec(SPEC.replace("On ice.", "On ice., stac_version: 1.0.0"))
    mixed.build()
    cube = item(mixed, "globe")
    assert (
        "https://stac-extensions.github.io/datacube/v2.2.0/schema.json" in cube["stac_extensions"]
    )
    assert cube["properties"]["cube:variables"]["air"].keys() == {
        *("dimensions", "type", "unit", "description")
    }


def test_what_is_shown_is_rendering(mixed: Project) -> None:
    mixed.build()
    mixed.spec(f"{SPEC}read: {{extensions: [proj]}}\n")
    result = mixed.build()
    assert {decision.reason for decision in result.decisions.values()} == {
        "the spec renders it differently"
    }
    properties = item(mixed, "a.gpkg")["properties"]
    assert not [name for name in properties if name.startswith("table:")]


def test_statistics_are_no_matter_of_layers(mixed: Project) -> None:
    mixed.build()
    mixed.spec(f"{SPEC}read: {{statistics: none}}\n")
    changed = [name for name, d in mixed.build().decisions.items() if d.action == "update"]
    assert changed == ["lake"]


def test_another_reader_reads_again_and_fetches_nothing(project: Project, server: Server) -> None:
    path = cubes.write(project.folder / "globe.nc", cubes.plane({"grid_mapping_name": "x"}))
    server.put("globe.nc", path.read_bytes())
    path.unlink()
    text = HEAD + f"assets:\n  - url: {server.url('globe.nc')}\n    datetime: 2019-02-24\n"
    project.spec(text)
    project.build()
    assert "bands" in item(project, "globe")["assets"]["data"]
    asked = len(server.requests)
    project.spec(text + "    reader: cube\n")
    [decision] = project.build().decisions.values()
    assert decision.reason == "its reader is now cube; it was raster/1"
    assert "cube:dimensions" in item(project, "globe")["properties"]
    assert len(server.requests) == asked
    changed = project.files()
    project.spec(text)
    project.build()
    project.spec(text + "    reader: cube\n")
    project.build()
    assert project.files() == changed


def test_several_layers_are_an_error_and_then_an_item_each(project: Project) -> None:
    path = layers.write(project.folder / "a.gpkg", layer="lakes")
    layers.write(path, points=[[1, 2], [3, 4]], layer="rivers", append=False)
    text = HEAD + "items: {datetime: 2019-02-24}\nassets:\n"
    project.spec(text + "  - files: a.gpkg\n")
    done = project.run("build")
    assert done.returncode == 3
    assert "a.gpkg: holds several layers: lakes, rivers" in done.stderr
    assert not (project.folder / "out").exists()
    entry = "  - {files: a.gpkg, id: %s, variable: %s}\n"
    project.spec(text + entry % ("l", "lakes") + entry % ("r", "rivers"))
    assert project.run("build").returncode == 0
    assert item(project, "l")["bbox"] == [10, 50, 12.5, 51]
    assert item(project, "r")["bbox"] == [1, 2, 3, 4]


def test_a_database_without_end_costs_its_own_file_only(project: Project) -> None:
    path = layers.write(project.folder / "endless.gpkg", layer="lakes")
    with sqlite3.connect(path) as database:
        database.execute("DROP TABLE gpkg_contents")
        database.execute(
            "CREATE VIEW gpkg_contents AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1"
            " FROM n) SELECT 'lakes' AS table_name, 'features' AS data_type FROM n"
        )
    database.close()
    layers.write(project.folder / "good.gpkg")
    project.spec(
        HEAD + 'items: {datetime: 2019-02-24}\nread: {timeout: 2}\nassets:\n  - files: "*.gpkg"\n'
    )
    done = project.run("build", "--keep-going")
    assert done.returncode == 3
    assert "endless.gpkg: reading it took more than 2 seconds" in done.stderr
    assert item(project, "good")["properties"]["table:row_count"] == 3


def test_a_missing_extra_is_one_error(mixed: Project, tmp_path: Path) -> None:
    site = tmp_path / "site"
    site.mkdir()
    for name in ("pyogrio", "xarray"):
        text = f"raise ModuleNotFoundError('No module named {name}', name={name!r})\n"
        (site / f"{name}.py").write_text(text, "utf-8")
    done = mixed.run("build", PYTHONPATH=f"{site}:{TOP}")
    assert done.returncode == 3
    assert re.fullmatch(
        r"error: the (vector|cube) reader: needs (pyogrio|xarray), which is not installed\n"
        r'hint: install it with `pip install "itemcat\[(vector|cube)\]"`\n',
        done.stderr,
    )


def test_a_finished_catalog_needs_no_extra(mixed: Project, tmp_path: Path) -> None:
    assert mixed.run("build").returncode == 0
    site = tmp_path / "site"
    site.mkdir()
    for name in ("pyogrio", "xarray"):
        (site / f"{name}.py").write_text("raise ImportError\n", "utf-8")
    mixed.spec(SPEC.replace("On ice.", "On firn."))
    done = mixed.run("build", PYTHONPATH=f"{site}:{TOP}", ITEMCAT_CACHE_DIR=str(tmp_path / "new"))
    assert done.returncode == 0, done.stderr


def test_every_fact_has_its_origin(mixed: Project) -> None:
    assert mixed.run("build").returncode == 0
    shown = mixed.run("explain", "a.gpkg").stdout
    assert "the file: the columns of its layer" in shown
    assert "the reader: the extent of the layer, by its CRS" in shown
    shown = mixed.run("explain", "globe").stdout
    assert "the file: its dimensions and their coordinates (CF)" in shown
    assert "the reader: the outline of the grid, by its coordinates" in shown


def test_a_raster_and_a_layer_make_one_item(project: Project) -> None:
    project.raster("x_ice.tif")
    west, south, east, north = [300000, 7399500, 300750, 7400000]
    layers.write(project.folder / "x_lakes.gpkg", [[west, south], [east, north]], "EPSG:32623")
    project.spec(
        HEAD
        + 'items: {pattern: "{scene}_{kind}.{suffix}", group: "{scene}", datetime: 2019-02-24,\n'
        + '  asset: {key: "{kind}"}}\nassets:\n  - files: "x_*"\n'
    )
    project.build()
    found = item(project, "x")
    assert found["assets"].keys() == {"ice", "lakes"}
    assert found["properties"]["table:row_count"] == 2
    assert found["properties"]["proj:code"] == "EPSG:32623"
    assert found["assets"]["ice"]["proj:shape"] == [20, 30]
    assert found["geometry"]["type"] == "Polygon"


def test_check_finds_no_error_in_them(mixed: Project) -> None:
    if not keep_schemas(mixed.cache):
        pytest.skip("ITEMCAT_SCHEMAS names no folder of STAC schemas")
    assert mixed.run("build").returncode == 0
    done = mixed.run("check", "--json", **NOWHERE)
    findings = json.loads(done.stdout)["findings"]
    assert not [one for one in findings if one["severity"] == "error"]


def test_they_are_rows_of_the_table(mixed: Project) -> None:
    layers.write(mixed.folder / "a.line.gpkg", [[10, 50], [10, 52]])
    mixed.spec(SPEC + "outputs: [stac, geoparquet]\n")
    mixed.build()
    table = pq.read_table(mixed.folder / "out" / "items.parquet")
    rows = {row["id"]: row for row in table.to_pylist()}
    assert rows.keys() == manifest(mixed).keys()
    assert rows["a.gpkg"]["table:columns"][0] == {"name": "number", "type": "int32"}
    assert rows["globe"]["cube:variables"]["air"]["unit"] == "K"
    assert shapely.from_wkb(rows["a.line.gpkg"]["geometry"]).wkt == "LINESTRING (10 50, 10 52)"


def test_the_spec_of_the_page_builds(project: Project) -> None:
    page = (TOP / "docs" / "formats.md").read_text("utf-8")
    [text] = re.findall(r"^```yaml\n(catalog:.*?)^```$", page, re.MULTILINE | re.DOTALL)
    layers.write(project.folder / "outlines.gpkg", layer="glaciers")
    layers.write(project.folder / "outlines.gpkg", layer="lakes", append=False)
    layers.write(project.folder / "stations.geojson")
    cubes.write(project.folder / "air.nc", cubes.globe())
    project.spec(text)
    assert {*project.build().decisions} == {"outlines", "stations", "air"}
