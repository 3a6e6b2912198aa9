"""Sub-catalogs in builds: where items go, what moves with a new layout, and what is left alone."""

import json
import shutil
from pathlib import Path

import pytest
from project import HEAD, Project
from stac import read_catalog

from itemcat.errors import RuleError

LOCAL = '  - files: "*.tif"\n    href: https://example.org/data/{name}\n'
NAMES = ["ice_20181231T000000.tif", "ice_20190102T000000.tif", "snow_20190203T000000.tif"]
IDS = [name.removesuffix(".tif") for name in NAMES]
MONTHS = ["2018/12", "2019/01", "2019/02"]


def lay_out(project: Project, layout: str | None) -> None:
    line = f'layout: "{layout}"\n' if layout else ""
    project.spec(line + HEAD + LOCAL)


@pytest.fixture
def monthly(project: Project) -> Project:
    """A project of three rasters, laid out by month and built."""
    for seed, name in enumerate(NAMES):
        project.raster(name, seed)
    lay_out(project, "{year}/{month}")
    project.build()
    return project


def documents(project: Project) -> set[str]:
    return {path.removeprefix("out/") for path in project.files() if path.startswith("out/")}


def test_items_lie_in_the_folders_of_their_months(monthly: Project) -> None:
    assert documents(monthly) == {
        "catalog.json",
        *("2018/catalog.json", "2019/catalog.json"),
        *(f"{month}/catalog.json" for month in MONTHS),
        *(f"{month}/{name}/{name}.json" for month, name in zip(MONTHS, IDS, strict=True)),
    }


def test_pystac_walks_through_the_sub_catalogs(monthly: Project) -> None:
    catalog = read_catalog(monthly.folder / "out" / "catalog.json")
    assert [child.id for child in catalog.get_children()] == ["lakes-2018", "lakes-2019"]
    assert [item.id for item in catalog.get_items(recursive=True)] == IDS
    for item in catalog.get_items(recursive=True):
        assert item.get_root() is catalog
        parent = item.get_parent()
        assert parent is not None
        assert parent.title in MONTHS


@pytest.mark.parametrize("layout", [None, "{year}", "{place}", "{place}/{year}-{month}"])
def test_another_layout_gives_what_one_from_scratch_gives(
    monthly: Project, tmp_path: Path, layout: str | None
) -> None:
    lay_out(monthly, layout)
    moved = monthly.build()
    assert {str(decision.action) for decision in moved.decisions.values()} == {"update"}
    assert all("its place is now" in d.reason for d in moved.decisions.values())
    assert moved.totals.requests == 0
    scratch = Project(tmp_path / "scratch", tmp_path / "other cache")
    scratch.folder.mkdir()
    for name in (*NAMES, "catalog.yaml"):
        shutil.copy(monthly.folder / name, scratch.folder)
    scratch.build()
    assert monthly.files() == scratch.files()
    assert monthly.build().is_same


def test_a_fresh_clone_of_a_layout_does_nothing(monthly: Project, tmp_path: Path) -> None:
    clone = Project(tmp_path / "clone", tmp_path / "other cache")
    shutil.copytree(monthly.folder, clone.folder)
    assert clone.build().is_same
    assert clone.files() == monthly.files()


def test_the_last_item_of_a_folder_takes_its_catalog_along(monthly: Project) -> None:
    (monthly.folder / NAMES[0]).unlink()
    monthly.build()
    assert not (monthly.folder / "out" / "2018").exists()
    assert [link["title"] for link in links(monthly, "out/catalog.json", "child")] == ["2019"]


def links(project: Project, path: str, relation: str) -> list[dict[str, str]]:
    document = json.loads((project.folder / path).read_bytes())
    return [link for link in document["links"] if link["rel"] == relation]


def test_a_sub_catalog_that_was_edited_is_kept_with_a_word(monthly: Project) -> None:
    edited = monthly.folder / "out" / "2018" / "12" / "catalog.json"
    edited.write_text("mine")
    (monthly.folder / NAMES[0]).unlink()
    result = monthly.build()
    assert edited.read_text() == "mine"
    assert any("2018/12/catalog.json was kept" in note for note in result.notes)


def test_two_items_of_one_folder_that_differ_in_case_are_told(monthly: Project) -> None:
    lay_out(monthly, "{place}")
    monthly.raster("Ice_20190105T000000.tif", 7)
    before = monthly.files()
    with pytest.raises(RuleError, match="folders Ice and ice, which differ in case only"):
        monthly.build()
    assert monthly.files() == before
