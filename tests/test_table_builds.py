"""`outputs: [stac, geoparquet]` in builds: when the table is written, and when it goes away."""

import json
import posixpath
import shutil
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet
import pytest
from project import HEAD, Project
from rasterio.transform import from_origin
from server import Server
from stac import assert_valid, read_catalog
from stac_geoparquet.arrow import stac_table_to_items

from itemcat import table
from itemcat.errors import MachineError, Problems, UsageError
from itemcat.options import Options
from itemcat.pipeline import build
from itemcat.seal import sealed
from itemcat.spec import load_spec

LOCAL = '  - files: "*.tif"\n    href: https://example.org/data/{name}\n'
NAMES = ["ice_20181231T000000.tif", "ice_20190102T000000.tif", "snow_20190203T000000.tif"]
IDS = [name.removesuffix(".tif") for name in NAMES]
BOTH = "outputs: [stac, geoparquet]\n"
TABLE = "out/items.parquet"


@pytest.fixture
def tabled(project: Project) -> Project:
    """A project of three rasters, built with a table."""
    for seed, name in enumerate(NAMES):
        project.raster(name, seed)
    project.spec(BOTH + HEAD + LOCAL)
    project.build()
    return project


def path_of(project: Project) -> Path:
    return project.folder / TABLE


def select(columns: str, path: Path) -> list[Any]:
    """Columns of a table as DuckDB reads them, which shares nothing with what wrote it."""
    return duckdb.sql(f"SELECT {columns} FROM '{path}'").fetchall()  # noqa: S608


def ids(project: Project) -> list[str]:
    return [found for (found,) in select("id", path_of(project))]


def documents(project: Project) -> list[tuple[str, Any]]:
    """The items' documents with their paths below the output, in the catalog's order."""
    root = project.folder / "out"
    paths = [
        Path(item.get_self_href())
        for item in read_catalog(root / "catalog.json").get_items(recursive=True)
    ]
    return [(path.relative_to(root).as_posix(), json.loads(path.read_bytes())) for path in paths]


def as_in_a_table(path: str, document: Any) -> Any:
    """A document whose relative addresses start at the table, with all that JSON leaves open."""
    for linked in (*document["links"], *document["assets"].values()):
        if "://" not in linked["href"]:
            moved = posixpath.normpath(posixpath.join(posixpath.dirname(path), linked["href"]))
            linked["href"] = moved if moved.startswith("../") else f"./{moved}"
    return canonical(document)


def canonical(value: Any, key: str = "") -> Any:
    """Numbers as floats, times in one form, and no nulls but where STAC has a meaning for them."""
    if isinstance(value, dict):
        keep = {"geometry", "datetime"}
        found = {name: canonical(inner, name) for name, inner in value.items()}
        return {name: inner for name, inner in found.items() if inner is not None or name in keep}
    if isinstance(value, list | tuple):
        return [canonical(inner) for inner in value]
    if isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if key.endswith("datetime") and value:
        return datetime.fromisoformat(value)
    return value


# --------------------------------------------------------------------------------- what is in it


@pytest.mark.parametrize("version", ["1.1.0", "1.0.0"])
def test_the_table_holds_the_items_as_their_documents_have_them(
    project: Project, version: str
) -> None:
    project.raster("a_20190101T000000.tif", 1)
    project.raster("b_20190102T000000.tif", 2, count=1, nodata=5)
    grid = {"crs": "EPSG:4326", "transform": from_origin(179.9, 61, 0.01, 0.01)}  # over 180°
    project.raster("c_20190103T000000.tif", 3, **grid)
    project.raster("d_20190104T000000.tif", 4)
    head = BOTH + HEAD.replace("id: lakes", f"stac_version: {version}\n  id: lakes")
    project.spec(
        f'layout: "{{year}}/{{place}}"\n{head}'
        "  - files: '[ab]*.tif'\n    properties: {orbit: 12, note: x}\n"
        "    asset: {key: extent, roles: [data, visual]}\n"
        "  - files: 'c*.tif'\n    properties: {orbit: 13}\n"
        "    datetime: {start: 2019-01-03, end: 2019-01-04T01:02:03.5Z}\n"
        "  - files: 'd*.tif'\n    href: https://example.org/{name}\n"
    )
    project.build()
    read = list(stac_table_to_items(pyarrow.parquet.read_table(path_of(project))))
    expected = [as_in_a_table(path, document) for path, document in documents(project)]
    assert [canonical(item) for item in read] == expected
    assert [item["bbox"][0] > item["bbox"][2] for item in read] == [False, False, True, False]
    assert {item["stac_version"] for item in read} == {version}


def test_an_item_without_a_place_is_a_row_without_one(project: Project) -> None:
    project.raster("a_20190101T000000.tif", 1, crs=None)
    project.raster("b_20190102T000000.tif", 2)
    project.spec(BOTH + HEAD + LOCAL)
    project.build()
    found = select("geometry IS NULL, bbox IS NULL", path_of(project))
    assert found == [(True, True), (False, False)]


def test_the_catalog_links_to_its_table(tabled: Project) -> None:
    catalog = json.loads((tabled.folder / "out/catalog.json").read_bytes())
    assert [link for link in catalog["links"] if link["rel"] == "items"] == [
        {
            "rel": "items",
            "href": "./items.parquet",
            "type": "application/vnd.apache.parquet",
            "title": "Items as GeoParquet",
        }
    ]
    assert_valid(catalog)


def test_a_collection_has_its_table_as_an_asset(tabled: Project) -> None:
    tabled.spec(BOTH + HEAD.replace("  id:", "  type: Collection\n  license: other\n  id:") + LOCAL)
    tabled.build()
    collection = json.loads((tabled.folder / "out/collection.json").read_bytes())
    assert collection["assets"] == {
        "items": {
            "href": "./items.parquet",
            "type": "application/vnd.apache.parquet",
            "title": "Items as GeoParquet",
            "roles": ["collection-mirror"],
        }
    }
    assert select("DISTINCT collection", path_of(tabled)) == [("lakes",)]


def test_processes_give_the_same_bytes(tabled: Project) -> None:
    expected = path_of(tabled).read_bytes()
    for seed in ("1", "2"):
        path_of(tabled).unlink()
        done = tabled.run("build", PYTHONHASHSEED=seed, LC_ALL="C", TZ="Asia/Tokyo")
        assert done.returncode == 0, done.stderr
        assert path_of(tabled).read_bytes() == expected


# ------------------------------------------------------------------------------ when it is written


def test_a_second_build_leaves_it_alone_with_and_without_a_cache(tabled: Project) -> None:
    marks = tabled.marks()
    assert tabled.build().is_same
    shutil.rmtree(tabled.cache)
    assert tabled.build().is_same
    assert tabled.marks() == marks


def test_a_build_that_changes_no_item_leaves_it_alone(tabled: Project) -> None:
    before = tabled.marks()
    tabled.spec(BOTH + HEAD.replace("Lakes on ice.", "Other words.") + LOCAL)
    tabled.build()
    changed = {path for path, mark in tabled.marks().items() if before[path] != mark}
    assert changed == {"catalog.yaml", "out/catalog.json"}


def test_a_changed_item_gives_the_table_that_one_from_scratch_has(
    tabled: Project, tmp_path: Path
) -> None:
    before = path_of(tabled).read_bytes()
    tabled.raster(NAMES[1], 9)
    tabled.build()
    assert path_of(tabled).read_bytes() != before
    fresh = Project(tmp_path / "fresh", tmp_path / "other cache")
    fresh.folder.mkdir()
    for path in (*tabled.folder.glob("*.tif"), tabled.folder / "catalog.yaml"):
        shutil.copy(path, fresh.folder)
    fresh.build()
    assert fresh.files() == tabled.files()


def test_the_rows_have_the_order_of_the_spec(tabled: Project) -> None:
    entries = [f"  - files: {name}\n    href: https://example.org/{name}\n" for name in NAMES]
    tabled.spec(BOTH + HEAD + "".join(entries[::-1]))
    tabled.build()
    assert ids(tabled) == IDS[::-1]


def test_a_table_of_another_release_of_its_library_is_no_drift(
    tabled: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = path_of(tabled).read_bytes()
    monkeypatch.setattr(table, "GROUP", 2)  # other bytes, as another release may write them
    monkeypatch.setattr(table, "_BATCH", 1)
    path_of(tabled).unlink()
    tabled.build()
    theirs = path_of(tabled).read_bytes()
    assert theirs != ours
    monkeypatch.undo()
    shutil.rmtree(tabled.cache)
    assert tabled.build(dry_run=True).is_same
    assert tabled.build().is_same
    assert path_of(tabled).read_bytes() == theirs


@pytest.mark.parametrize("has_cache", [True, False])
@pytest.mark.parametrize("damage", ["missing", "cut", "other items", "not ours"])
def test_a_table_that_is_missing_or_differs_is_told_and_made_anew(
    tabled: Project, tmp_path: Path, damage: str, has_cache: bool
) -> None:
    path, expected = path_of(tabled), tabled.files()
    if damage == "missing":
        path.unlink()
    elif damage == "cut":
        path.write_bytes(path.read_bytes()[:-1])
    elif damage == "other items":
        other = Project(tmp_path / "other", tmp_path / "other cache")
        other.raster(NAMES[0], 7)
        other.spec(BOTH + HEAD + LOCAL)
        other.build()
        shutil.copy(path_of(other), path)
    else:
        duckdb.read_parquet(str(path)).write_parquet(f"{tmp_path}/x.parquet")
        shutil.copy(tmp_path / "x.parquet", path)
    if not has_cache:
        shutil.rmtree(tabled.cache)
    remains = tabled.files()
    planned = tabled.build(dry_run=True)
    word = "is missing" if damage == "missing" else "differs"
    assert planned.notes == (f"out/items.parquet {word}",)
    assert not planned.is_same
    assert tabled.files() == remains
    tabled.build()
    assert tabled.files() == expected
    assert tabled.build(dry_run=True).is_same


def test_check_and_status_tell_of_a_missing_table(tabled: Project) -> None:
    path_of(tabled).unlink()
    for command, code in ((["status"], 0), (["build", "--check"], 1), (["build", "--dry-run"], 0)):
        done = tabled.run(*command)
        assert done.returncode == code
        assert "note: out/items.parquet is missing\n" in done.stderr


def test_an_item_that_is_edited_while_the_build_runs_stops_it(tabled: Project) -> None:
    item = tabled.folder / f"out/{IDS[0]}/{IDS[0]}.json"
    path_of(tabled).unlink()

    def meddle(_: int) -> ThreadPoolExecutor:  # called once everything was looked at
        item.write_bytes(item.read_bytes() + b"\n")
        return ThreadPoolExecutor(1)

    tabled.raster(NAMES[1], 9)
    with pytest.raises(MachineError, match="changed by somebody else while the build ran"):
        build(tabled.folder, Options(cache_dir=tabled.cache), executor=meddle)
    assert not path_of(tabled).exists()
    tabled.build()
    assert ids(tabled) == IDS
    assert sealed(path_of(tabled))


# ------------------------------------------------------------------------------ when it goes away


def test_without_geoparquet_the_table_is_taken_away_also_in_a_fresh_clone(tabled: Project) -> None:
    shutil.rmtree(tabled.cache)
    tabled.spec(HEAD + LOCAL)
    assert tabled.build(dry_run=True).is_same is False
    assert not [note for note in tabled.build().notes if "parquet" in note]
    assert not path_of(tabled).exists()
    assert "items.parquet" not in (tabled.folder / "out/catalog.json").read_text("utf-8")
    assert '"outputs"' not in (tabled.folder / "catalog.manifest.json").read_text("utf-8")
    assert tabled.build().is_same


def test_a_table_that_somebody_edited_is_kept_with_a_word(tabled: Project) -> None:
    path_of(tabled).write_bytes(b"mine")
    tabled.spec(HEAD + LOCAL)
    assert "items.parquet was kept: it is not as itemcat wrote it" in tabled.build().notes
    assert path_of(tabled).read_bytes() == b"mine"


def test_another_output_takes_the_table_along(tabled: Project) -> None:
    table_before = path_of(tabled).read_bytes()
    tabled.spec(BOTH + HEAD.replace("output: out", "output: deep/place") + LOCAL)
    tabled.build()
    assert not (tabled.folder / "out").exists()
    assert (tabled.folder / "deep/place/items.parquet").read_bytes() == table_before


def test_a_table_of_somebody_else_is_not_overwritten(tabled: Project) -> None:
    tabled.spec(HEAD + LOCAL)
    tabled.build()
    path_of(tabled).write_bytes(b"mine")
    before = tabled.files()
    tabled.spec(BOTH + HEAD + LOCAL)
    with pytest.raises(UsageError, match=r"files that itemcat did not make: items\.parquet"):
        tabled.build()
    assert {**before, "catalog.yaml": b""} == {**tabled.files(), "catalog.yaml": b""}


# ------------------------------------------------------------------------------- what is refused


def test_without_its_library_nothing_is_done(
    project: Project, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.put(NAMES[0], b"")
    project.spec(f"{BOTH}{HEAD}  - {server.url(NAMES[0])}\n")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(UsageError, match=r'pip install "itemcat\[geoparquet\]"'):
        build(project.folder, Options(cache_dir=project.cache))
    assert not server.requests
    assert set(project.files()) == {"catalog.yaml"}


def test_what_needs_no_table_needs_no_library(
    tabled: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.rmtree(tabled.cache)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    assert tabled.build(dry_run=True).is_same
    tabled.spec(HEAD + LOCAL)
    tabled.build()
    assert not path_of(tabled).exists()


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("outputs: [geoparquet]", "1:10: outputs: must have 'stac' in it"),
        ("outputs: []", "1:10: outputs: must have 'stac' in it"),
        ("outputs: geoparquet", "1:10: outputs: must be a list, not text"),
        ("outputs: [stac, geoparket]", "1:17: outputs[1]: must be one of 'stac', 'geoparquet'"),
        ("outputs: [stac, stac]", "1:17: outputs[1]: 'stac' is there twice"),
    ],
)
def test_outputs_that_cannot_be_are_told(project: Project, line: str, what: str) -> None:
    project.spec(f"{line}\n{HEAD}{LOCAL}")
    with pytest.raises(Problems) as caught:
        load_spec(project.folder)
    assert f"catalog.yaml:{what}" in str(caught.value)


def test_a_property_that_would_hide_a_field_is_told_at_its_place(project: Project) -> None:
    entry = "  - files: '*.tif'\n    properties: {links: 1, fine: 2}\n"
    project.spec(f"{BOTH}{HEAD.replace('license', 'bbox')}{entry}")
    with pytest.raises(Problems) as caught:
        load_spec(project.folder)
    assert [error.where.split(":", 1)[1] for error in caught.value.errors] == ["10:16", "13:18"]
    assert "'bbox' cannot be a column of items.parquet" in str(caught.value)
    project.spec(f"{HEAD.replace('license', 'bbox')}{entry}")
    assert load_spec(project.folder).outputs == ("stac",)
