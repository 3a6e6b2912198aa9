"""Where an item lies by the spec's own word."""

import json
from pathlib import Path
from typing import Any

import pytest
from project import Project
from stac import assert_valid

from itemcat.declared import check_bbox, check_geometry, place
from itemcat.errors import Problems, RuleError
from itemcat.model import ItemRules
from itemcat.spec import load_spec

SQUARE = [[[10, 50], [11, 50], [11, 51], [10, 51], [10, 50]]]
POLYGON = {"type": "Polygon", "coordinates": SQUARE}
OVER_180 = {
    "type": "MultiPolygon",
    "coordinates": [
        [[[179, -10], [180, -10], [180, 10], [179, 10], [179, -10]]],
        [[[-180, -10], [-178, -10], [-178, 10], [-180, 10], [-180, -10]]],
    ],
}
HEAD = "catalog: {id: a, title: A, description: D.}\nitems: {datetime: 2020-01-01}\n"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ([1, 2, 3], "four numbers"),
        ([1, 2, 3, "4"], "four numbers"),
        ([1, 2, True, 4], "four numbers"),
        ([10, 50, 200, 51], "[200, 51] is not on Earth"),
        ([50, 100, 51, 101], "is not on Earth; longitude comes first"),
        ([10, 51, 11, 50], "its south, 51, lies north of its north, 50"),
    ],
)
def test_what_is_no_box_on_earth_is_told(value: Any, words: str) -> None:
    with pytest.raises(ValueError) as raised:
        check_bbox(value)
    assert words in str(raised.value)


@pytest.mark.parametrize(
    ("kind", "coordinates", "words"),
    [
        ("Point", [10], "two numbers"),
        ("Point", [10, 91], "not on Earth"),
        ("Polygon", SQUARE[0], "must"),
        ("Polygon", [SQUARE[0][:3]], "at least four positions"),
        ("Polygon", [SQUARE[0][:4]], "must end where it starts, at [10, 50]"),
        ("Polygon", [], "lists of rings"),
        ("MultiPolygon", SQUARE, "must"),
        ("Polygon", [[[179, 0], [-179, 0], [-179, 1], [179, 0]]], "from 179 to -179 it crosses"),
    ],
)
def test_what_is_no_geometry_on_earth_is_told(kind: str, coordinates: Any, words: str) -> None:
    with pytest.raises(ValueError) as raised:
        check_geometry({"type": kind, "coordinates": coordinates})
    assert words in str(raised.value)


def test_a_box_of_all_longitudes_is_a_geometry() -> None:
    world = [[-180, -90], [180, -90], [180, 90], [-180, 90], [-180, -90]]
    check_geometry({"type": "Polygon", "coordinates": [world]})


@pytest.mark.parametrize(
    ("rules", "geometry", "bbox"),
    [
        (ItemRules(bbox=(10, 50, 11, 51)), POLYGON, [10, 50, 11, 51]),
        (ItemRules(geometry=POLYGON), POLYGON, [10, 50, 11, 51]),
        (ItemRules(geometry=OVER_180), OVER_180, [179, -10, -178, 10]),
        (ItemRules(bbox=(179, -10, -178, 10)), OVER_180, [179, -10, -178, 10]),
        (ItemRules(geometry=OVER_180, bbox=(179, -10, -178, 10)), OVER_180, [179, -10, -178, 10]),
        (
            ItemRules(geometry={"type": "Point", "coordinates": [5, 6]}),
            {"type": "Point", "coordinates": [5, 6]},
            [5, 6, 5, 6],
        ),
        (ItemRules(), None, None),
    ],
)
def test_what_is_declared_is_where_the_item_is(
    rules: ItemRules, geometry: Any, bbox: list[float] | None
) -> None:
    assert place(rules, {"geometry": None, "bbox": None}, "a.tif") == (geometry, bbox)


OWN: list[list[float]] = [[10, 50, 12, 52], [9.99, 49.99, 11.01, 51.01], [10.009, 50, 12, 51]]


@pytest.mark.parametrize("own", OWN)
def test_a_part_of_the_files_own_place_agrees(own: list[float]) -> None:
    record = {"geometry": {"type": "Polygon", "coordinates": [[]]}, "bbox": own}
    assert place(ItemRules(bbox=(10, 50, 11, 51)), record, "a.tif")[1] == [10, 50, 11, 51]


@pytest.mark.parametrize(
    ("declared", "own"),
    [
        ((10, 50, 11, 51), [10.5, 50, 12, 51]),
        ((10, 50, 11, 51), [10, 50, 11, 50.5]),
        ((50, 10, 51, 11), [10, 50, 11, 51]),
        ((-180, -90, 180, 90), [10, 50, 11, 51]),
        ((178, -10, -178, 10), [179, -10, -178, 10]),
    ],
)
def test_a_place_that_the_file_belies_is_an_error_that_names_both(
    declared: tuple[float, ...], own: list[float]
) -> None:
    with pytest.raises(RuleError) as raised:
        place(ItemRules(bbox=declared), {"geometry": {}, "bbox": own}, "a.tif")
    assert raised.value.where == "a.tif"
    for box in (declared, own):
        assert str(list(box)) in raised.value.what


@pytest.mark.parametrize(
    ("declared", "own"),
    [
        ((179.5, -5, -179, 5), [179, -10, -178, 10]),
        ((-179.5, -5, -179, 5), [179, -10, -178, 10]),
        ((-20, -5, 30, 5), [-180, -90, 180, 90]),
        ((170, -5, -170, 5), [-180, -90, 180, 90]),
    ],
)
def test_a_part_over_180_agrees(declared: tuple[float, ...], own: list[float]) -> None:
    place(ItemRules(bbox=declared), {"geometry": {}, "bbox": own}, "a.tif")


def test_a_geometry_and_a_box_that_differ_are_told() -> None:
    rules = ItemRules(geometry=POLYGON, bbox=(10, 50, 12, 51))
    with pytest.raises(RuleError, match="its declared geometry has"):
        place(rules, {}, "a.tif")


def test_an_entrys_place_replaces_that_of_items_in_either_form(tmp_path: Path) -> None:
    (tmp_path / "catalog.yaml").write_text(
        HEAD.replace("2020-01-01", "2020-01-01, bbox: [1, 2, 3, 4]")
        + "assets:\n  - https://example.org/a.tif\n"
        + f"  - {{url: https://example.org/b.tif, geometry: {json.dumps(POLYGON)}}}\n"
    )
    first, second = load_spec(tmp_path).sources
    assert (first.rules.bbox, first.rules.geometry) == ((1, 2, 3, 4), None)
    assert (second.rules.bbox, second.rules.geometry) == (None, POLYGON)


@pytest.mark.parametrize(
    ("field", "what"),
    [
        ("bbox: [1, 2, 3]", "assets[0].bbox: must be four numbers"),
        ("bbox: 1", "assets[0].bbox: must be a list, not a number"),
        ("geometry: {type: Polygon}", "assets[0].geometry.coordinates: is missing"),
        ("geometry: {type: Circle, coordinates: []}", "geometry.type: must be one of 'Point'"),
        ("geometry: {type: Point, coordinates: [1, 99]}", "geometry: [1, 99] is not on Earth"),
    ],
)
def test_a_wrong_place_is_a_problem_of_the_spec(tmp_path: Path, field: str, what: str) -> None:
    path = tmp_path / "catalog.yaml"
    path.write_text(HEAD + f"assets:\n  - {{url: https://example.org/a.tif, {field}}}\n")
    with pytest.raises(Problems) as raised:
        load_spec(path, shown="catalog.yaml")
    [problem] = raised.value.errors
    assert what in problem.what
    assert problem.where.startswith("catalog.yaml:4:")


def test_a_bare_image_gets_the_place_that_the_spec_declares(project: Project) -> None:
    project.raster("a.tif", crs=None)
    project.spec(HEAD + "assets: [files: a.tif]\n")
    assert "a.tif: no footprint: it has a geotransform but no CRS" in project.build().notes[0]
    project.spec(HEAD + "assets: [{files: a.tif, bbox: [10, 50, 11, 51]}]\n")
    assert not project.build().notes
    item = json.loads((project.folder / "a" / "a" / "a.json").read_text())
    assert_valid(item)
    assert item["bbox"] == [10, 50, 11, 51]
    assert item["geometry"] == POLYGON
    told = json.loads(project.run("explain", "a", "--json").stdout)["facts"]
    [origin] = [fact["from"] for fact in told if fact["fact"] == "geometry"]
    assert origin == "catalog.yaml:3 assets[0].bbox"


def test_a_place_elsewhere_stops_the_build(project: Project) -> None:
    project.raster("a.tif")
    project.spec(HEAD + "assets: [{files: a.tif, bbox: [10, 50, 11, 51]}]\n")
    done = project.run("build")
    assert done.returncode == 3
    assert "error: a.tif: its declared bbox runs over [10, 50, 11, 51], but the" in done.stderr
