"""Sub-catalogs in builds: where items go, what moves with a new layout, and what is left alone."""

import json
import shutil
from pathlib import Path

import pytest
from project import HEAD, Project, raster_bytes
from server import Server
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


def same_from_scratch(project: Project, tmp_path: Path) -> bool:
    scratch = Project(tmp_path / "scratch", tmp_path / "other cache")
    scratch.folder.mkdir()
    for path in (*project.folder.glob("*.tif"), project.folder / "catalog.yaml"):
        shutil.copy(path, scratch.folder)
    scratch.build()
    return project.files() == scratch.files()


@pytest.mark.parametrize("is_deeper", [True, False])
def test_a_layout_may_take_the_place_of_an_output_folder(
    project: Project, tmp_path: Path, is_deeper: bool
) -> None:
    """`cat/2019` becomes `cat` by years, or the other way round, and paths stay as they are."""
    deep = "thumbnails: true\n" + HEAD.replace("output: out", "output: cat/2019")
    flat = 'thumbnails: true\nlayout: "{year}"\n' + HEAD.replace("output: out", "output: cat")
    project.raster(NAMES[1])
    for head in (flat, deep) if is_deeper else (deep, flat):
        project.spec(head + LOCAL)
        result = project.build()
    assert not result.notes
    assert same_from_scratch(project, tmp_path)
    assert project.build().is_same


def test_a_layout_by_number_follows_the_order_of_the_spec(
    project: Project, server: Server, tmp_path: Path
) -> None:
    for seed, name in enumerate(NAMES):
        server.put(name, raster_bytes(seed))
    entries = [f"  - {server.url(name)}\n" for name in NAMES]
    for ordered in (entries, entries[::-1]):
        project.spec('layout: "part_{n}"\n' + HEAD + "".join(ordered))
        project.build()
    assert same_from_scratch(project, tmp_path)


def test_catalogs_of_a_build_with_failures_are_ours(
    project: Project, server: Server, tmp_path: Path
) -> None:
    for seed, name in enumerate(NAMES):
        server.put(name, raster_bytes(seed))
    head, first, *others = HEAD, *(f"  - {server.url(name)}\n" for name in NAMES)
    project.spec('layout: "{year}"\n' + head + first)
    project.build()
    gone = f"  - {server.url('gone_20190101T000000.tif')}\n"
    project.spec('layout: "{year}"\n' + head + first + "".join(others) + gone)
    project.build(keep_going=True)
    assert len(project.build(keep_going=True).failures) == 1  # it is not forgotten
    project.spec(head + first + "".join(others))
    assert not project.build().notes
    assert same_from_scratch(project, tmp_path)


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
