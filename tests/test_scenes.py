"""Scenes whose bands lie in files of their own: one item, several assets, from build to build."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from project import Project, raster_bytes
from rasterio.transform import from_origin
from server import Fault, Server
from stac import assert_valid, read_catalog

from itemcat.errors import ItemcatError
from itemcat.result import Result

HEAD = """\
catalog: {id: scenes, title: Scenes, description: Scenes of ice.}
output: out
items:
  pattern: "{place}_{start:%Y%m%d}_{band}.tif"
  group: "{place}_{start:%Y%m%d}"
  title: "Ice at {place}"
  datetime: "{start}"
  asset: {key: "{band}", title: "Band {band}"}
assets:
"""
LOCAL = '  - files: "*.tif"\n    href: https://example.org/data/{name}\n'
FINE = {"transform": from_origin(300000.0, 7400000.0, 25.0, 25.0)}
COARSE = {"width": 15, "height": 10, "transform": from_origin(300000.0, 7400000.0, 50.0, 50.0)}


def item(project: Project, name: str) -> Any:
    return json.loads((project.folder / "out" / name / f"{name}.json").read_bytes())


def actions(result: Result) -> dict[str, str]:
    return {name: str(decision.action) for name, decision in result.decisions.items()}


@pytest.fixture
def scenes(project: Project) -> Project:
    """Two scenes of two bands each; the second band of the first is coarser."""
    project.raster("north_20190101_B1.tif", 0)
    project.raster("north_20190101_B2.tif", 0, **COARSE)
    project.raster("south_20190102_B1.tif", 3)
    project.raster("south_20190102_B2.tif", 3)
    project.spec(HEAD + LOCAL)
    assert actions(project.build()) == {"north_20190101": "add", "south_20190102": "add"}
    return project


def test_files_of_a_group_are_assets_of_one_item(scenes: Project) -> None:
    found = read_catalog(scenes.folder / "out" / "catalog.json")
    north, south = found.get_items()
    assert (north.id, south.id) == ("north_20190101", "south_20190102")
    assert list(north.assets) == ["B1", "B2"]
    assert south.assets["B2"].href == "https://example.org/data/south_20190102_B2.tif"
    assert south.assets["B2"].title == "Band B2"
    for document in (item(scenes, "north_20190101"), item(scenes, "south_20190102")):
        assert_valid(document)
        assert document["properties"]["title"].startswith("Ice at ")


def test_one_grid_is_the_items_and_grids_that_differ_are_the_assets(scenes: Project) -> None:
    south, north = item(scenes, "south_20190102"), item(scenes, "north_20190101")
    assert south["properties"]["proj:shape"] == [20, 30]
    assert not any(name.startswith("proj:") for name in south["assets"]["B1"])
    assert north["properties"]["proj:code"] == "EPSG:32623"
    assert "proj:shape" not in north["properties"]
    assert [north["assets"][key]["proj:shape"] for key in ("B1", "B2")] == [[20, 30], [10, 15]]
    assert north["assets"]["B2"]["bands"][0]["data_type"] == "uint8"
    assert any("projection" in url for url in north["stac_extensions"])


def test_the_footprint_is_the_union(scenes: Project) -> None:
    wide = {**FINE, "width": 60}
    before = item(scenes, "north_20190101")
    scenes.raster("north_20190101_B2.tif", 0, **wide)
    scenes.build()
    after = item(scenes, "north_20190101")
    assert after["bbox"][0] == pytest.approx(before["bbox"][0])
    east = 2 * (before["bbox"][2] - before["bbox"][0])
    assert after["bbox"][2] - after["bbox"][0] == pytest.approx(east, rel=0.1)
    assert after["geometry"]["type"] == "Polygon"


def test_only_the_changed_band_is_read_again(scenes: Project) -> None:
    other = (scenes.folder / "out" / "south_20190102" / "south_20190102.json").stat().st_mtime_ns
    scenes.raster("north_20190101_B1.tif", 7, **FINE)
    result = scenes.build()
    assert actions(result) == {"north_20190101": "update", "south_20190102": "keep"}
    assert result.decisions["north_20190101"].reason == "the file changed"
    path = scenes.folder / "out" / "south_20190102" / "south_20190102.json"
    assert path.stat().st_mtime_ns == other


def test_a_new_band_and_a_lost_one_are_as_from_scratch(scenes: Project, tmp_path: Path) -> None:
    scenes.raster("north_20190101_B3.tif", 9, **FINE)
    (scenes.folder / "south_20190102_B2.tif").unlink()
    result = scenes.build()
    assert actions(result) == {"north_20190101": "update", "south_20190102": "update"}
    assert result.decisions["north_20190101"].reason == "its asset B3 is new"
    scratch = Project(tmp_path / "scratch", tmp_path / "other cache")
    scratch.folder.mkdir()
    for path in scenes.folder.iterdir():
        if path.suffix in (".tif", ".yaml"):
            shutil.copy(path, scratch.folder)
    scratch.build()
    assert scratch.files() == scenes.files()
    assert scenes.build().is_same


def test_a_fresh_clone_without_data_renders_an_edit(scenes: Project, tmp_path: Path) -> None:
    clone = Project(tmp_path / "clone", tmp_path / "other cache")
    shutil.copytree(scenes.folder, clone.folder, ignore=shutil.ignore_patterns("*.tif"))
    spec = clone.folder / "catalog.yaml"
    spec.write_text(spec.read_text().replace("Ice at", "Snow at"))
    assert set(actions(clone.build()).values()) == {"update"}
    assert item(clone, "north_20190101")["properties"]["title"] == "Snow at north"


def test_files_of_several_entries_join_one_group(project: Project, server: Server) -> None:
    project.raster("north_20190101_B1.tif", 0)
    server.put("north_20190101_B2.tif", raster_bytes(0))
    address = server.url("north_20190101_B2.tif")
    project.spec(f"{HEAD}{LOCAL}  - url: {address}\n    asset: {{roles: [data, visual]}}\n")
    project.build()
    assets = item(project, "north_20190101")["assets"]
    assert [assets[key]["roles"] for key in ("B1", "B2")] == [["data"], ["data", "visual"]]
    assert assets["B2"]["href"] == address


def test_items_are_numbered_not_files(scenes: Project) -> None:
    spec = scenes.folder / "catalog.yaml"
    spec.write_text(spec.read_text().replace("  group:", '  id: "scene_{n}"\n  group:'))
    assert [k for k, v in actions(scenes.build()).items() if v == "add"] == ["scene_1", "scene_2"]


BAD = {
    "two of one key": (
        {"asset: {key": "asset: {roles: [data], title: x}\n  #"},
        "has the asset key 'data' in its item, and so has",
        'asset: {key: "{band}"}',
    ),
    "a title of one file": (
        {'"Ice at {place}"': '"Ice in {stem}"'},
        "there is no field {stem}",
        "there are",
    ),
    "a title that differs among the files": (
        {'"Ice at {place}"': '"Ice in {band}"'},
        "there is no field {band}",
        "in which the files of an item differ",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_what_makes_no_scene_is_told_and_changes_nothing(scenes: Project, case: str) -> None:
    changes, what, hint = BAD[case]
    spec = scenes.folder / "catalog.yaml"
    text = spec.read_text()
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    spec.write_text(text)
    before = scenes.files()
    with pytest.raises(ItemcatError) as raised:
        scenes.build()
    assert what in str(raised.value)
    assert hint in str(raised.value)
    assert scenes.files() == before


def test_grids_on_two_continents_are_no_scene(scenes: Project) -> None:
    scenes.raster("north_20190101_B2.tif", 0, crs="EPSG:32733")
    before = scenes.files()
    with pytest.raises(ItemcatError, match="lies apart from the other files of its item"):
        scenes.build()
    assert scenes.files() == before


def test_a_band_that_fails_keeps_the_last_good_scene(project: Project, server: Server) -> None:
    names = ["north_20190101_B1.tif", "north_20190101_B2.tif"]
    for name in names:
        server.put(name, raster_bytes(0), etag=f'"{name}"')
    project.spec(HEAD + "".join(f"  - {server.url(name)}\n" for name in names))
    project.build()
    before = project.files()
    server.fault(names[1], Fault(status=404))
    result = project.build(refresh=True, keep_going=True)
    assert actions(result) == {"north_20190101": "fail"}
    assert project.files() == before


def test_explain_tells_of_each_file(scenes: Project) -> None:
    done = scenes.run("explain", "north_20190101")
    assert done.returncode == 0, done.stderr
    assert "assets.B2.proj:shape" in done.stdout
    assert "assets.B1.bands[0].statistics" in done.stdout
