"""`itemcat explain`, run as its users run it: every fact has an origin, and the right one."""

import json
from typing import Any

import pytest
from project import Project
from rasters import tagged

S1 = "S1B_EW_GRDH_1SDH_20171111T205337_20171111T205438_008239_00E91A_F8D1"
SPEC = """\
catalog: {id: lakes, title: Lakes, description: On ice.}
output: out
items:
  title: "Lake {n}"
  properties: {license: CC-BY-4.0}
assets:
  - files: made_*.tif
    pattern: "made_{day:%Y%m%d}.tif"
    id: "made-{day:%Y}"
    datetime: "{day}"
    href: https://example.org/{name}
    asset: {title: "All of {stem}"}
  - files: S1B*.tif
    pattern: sentinel-1
    id: radar
  - files: tagged.tif
    datetime: {tag: TIFFTAG_DATETIME}
    properties: {"mine:from": "{name}"}
  - files: acquired.tif
"""


@pytest.fixture
def built(project: Project) -> Project:
    for name in ("made_20190224.tif", f"{S1}.tif", "tagged.tif", "acquired.tif"):
        project.raster(name, seed=len(name))
    tagged(project.folder / "tagged.tif", TIFFTAG_DATETIME="2018:07:16 06:06:23")
    tagged(
        project.folder / "acquired.tif",
        ns="IMAGERY",
        ACQUISITIONDATETIME="2011-05-01T13:00:00Z",
        CLOUDCOVER="12.5",
    )
    project.spec(SPEC)
    project.build()
    return project


def origins(project: Project, item_id: str) -> dict[str, tuple[Any, str]]:
    done = project.run("explain", item_id, "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["item"] == item_id
    return {fact["fact"]: (fact["value"], fact["from"]) for fact in told["facts"]}


def test_each_fact_names_the_line_of_its_rule(built: Project) -> None:
    facts = origins(built, "made-2019")
    by = "with the file name by catalog.yaml:8 assets[0].pattern"
    assert facts["id"] == ("made-2019", f"catalog.yaml:9 assets[0].id, {by}")
    assert facts["properties.title"] == (
        "Lake 1",
        "catalog.yaml:4 items.title, with the position in the spec",
    )
    assert facts["properties.license"] == ("CC-BY-4.0", "catalog.yaml:5 items.properties.license")
    assert facts["properties.start_datetime"] == (
        "2019-02-24T00:00:00Z",
        f"catalog.yaml:10 assets[0].datetime, {by}",
    )
    assert facts["assets.data.href"][1] == ("catalog.yaml:11 assets[0].href, with the file name")
    assert facts["assets.data.title"][1] == (
        "catalog.yaml:12 assets[0].asset.title, with the file name"
    )
    assert facts["assets.data.roles"] == (["data"], "the default")


@pytest.mark.parametrize(
    ("item_id", "fact", "origin"),
    [
        ("radar", "properties.end_datetime", "catalog.yaml:14 assets[1].pattern"),
        ("radar", "properties.platform", "ready pattern at catalog.yaml:14 assets[1].pattern"),
        ("radar", "assets.data.href", "catalog.yaml:13: the local file"),
        ("tagged", "properties.datetime", "its tag TIFFTAG_DATETIME, named at catalog.yaml:17"),
        ("tagged", "properties.mine:from", "catalog.yaml:18 assets[2].properties.mine:from"),
        ("tagged", "id", "the default, with the file name"),
        ("acquired", "properties.datetime", "its tag ACQUISITIONDATETIME"),
        ("acquired", "properties.eo:cloud_cover", "its tag CLOUDCOVER"),
        ("acquired", "properties.proj:code", "its CRS"),
        ("acquired", "geometry", "by geotransform and CRS"),
        ("acquired", "assets.data.file:checksum", "the bytes of the file"),
        ("acquired", "assets.data.bands[0].statistics", "over all pixels"),
        ("acquired", "assets.data.bands[0].raster:scale", "the band's scale"),
    ],
)
def test_each_fact_names_the_tag_or_the_reader(
    built: Project, item_id: str, fact: str, origin: str
) -> None:
    assert origin in origins(built, item_id)[fact][1]


def test_every_fact_of_the_document_is_explained(built: Project) -> None:
    facts = origins(built, "acquired")
    document = json.loads((built.folder / "out" / "acquired" / "acquired.json").read_text())
    for name, value in document["properties"].items():
        assert facts[f"properties.{name}"][0] == value
    [asset] = document["assets"].values()
    [band] = asset.pop("bands")
    for name, value in asset.items():
        assert facts[f"assets.data.{name}"][0] == value
    for name, value in band.items():
        assert facts[f"assets.data.bands[0].{name}"][0] == value
    for name in ("id", "geometry", "bbox"):
        assert facts[name][0] == document[name]


def test_the_text_is_aligned_and_no_line_runs_on_with_its_value(built: Project) -> None:
    done = built.run("explain", "radar")
    first, *lines = done.stdout.splitlines()
    assert first == "radar"
    # The origins stand in one column, right of the widest value.
    columns = {line.index(origin) for line in lines for origin in [line.split("  ")[-1].strip()]}
    assert len(columns) == 1
    assert any("Polygon of 5 points" in line for line in lines)


def test_what_has_no_place_says_so(project: Project) -> None:
    project.raster("a.tif", crs=None)
    project.spec(
        "catalog: {id: a, title: A, description: D.}\n"
        "items: {datetime: 2020-01-01}\nassets: [files: a.tif]\n"
    )
    project.build()
    facts = origins(project, "a")
    assert facts["geometry"] == (None, "the reader: not known")
    assert facts["warning"][0].startswith("no footprint: it has a geotransform but no CRS")


def test_an_unknown_item_is_told_with_the_nearest(built: Project) -> None:
    done = built.run("explain", "rader")
    assert done.returncode == 2
    assert done.stderr == "error: rader: there is no item of this id\nhint: did you mean radar?\n"
    assert not done.stdout


def test_an_item_that_was_not_built_is_told(built: Project) -> None:
    built.raster("made_20200224.tif", seed=9)
    done = built.run("explain", "made-2020")
    assert done.returncode == 2
    assert "has not been built yet" in done.stderr


def test_explaining_changes_nothing(built: Project) -> None:
    before = built.files()
    built.run("explain", "radar")
    assert built.files() == before
