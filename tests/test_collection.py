"""Collections: extents that are true on a globe, summaries, and builds of them."""

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from project import Project
from stac import assert_valid, read_catalog

from itemcat.collection import brief_of, collection_fields, hull
from itemcat.errors import ItemcatError, RuleError
from itemcat.model import Action

NAMES = ["ice_20190103T000000.tif", "ice_20190101T000000.tif", "snow_20190102T120000.tif"]
HEAD = """\
catalog:
  id: lakes
  title: Lakes
  description: Lakes on ice.
  type: Collection
  license: CC-BY-4.0
  keywords: [lakes, ice]
  providers: [{name: University, roles: [producer], url: https://example.org}]
output: out
items:
  pattern: "{place}_{start:%Y%m%dT%H%M%S}.tif"
  datetime: "{start}"
  properties: {platform: "sat-{place}", instruments: [sar]}
assets:
  - files: "*.tif"
    href: https://example.org/data/{name}
"""


@pytest.mark.parametrize(
    ("boxes", "whole"),
    [
        ([[0, 0, 1, 1]], [0, 0, 1, 1]),
        ([[0, 0, 1, 1], [5, -3, 6, 0]], [0, -3, 6, 1]),
        ([[170, 0, 175, 1], [-175, 0, -170, 1]], [170, 0, -170, 1]),
        ([[175, 0, -175, 1], [178, 2, 179, 3]], [175, 0, -175, 3]),
        ([[170, 0, -170, 1], [-171, 0, 0, 1]], [170, 0, 0, 1]),
        ([[-180, 60, 180, 90], [5, 50, 6, 70]], [-180, 50, 180, 90]),
        ([[-180, 0, 0, 1], [0, 0, 180, 1]], [-180, 0, 180, 1]),
        ([[20, 0, 20, 0]], [20, 0, 20, 0]),
        ([[0, 0, 1, 1], [180, 0, -180, 0]], [0, 0, -180, 1]),
        ([[-120, 0, -110, 1], [0, 0, 10, 1], [125, 0, 130, 1]], [125, 0, 10, 1]),
    ],
)
def test_the_extent_is_the_narrowest_box(boxes: list[list[float]], whole: list[float]) -> None:
    assert hull(boxes) == whole
    assert hull(boxes[::-1]) == whole


LONGITUDES = st.integers(-180, 180)
BOXES = st.tuples(LONGITUDES, st.integers(-90, 0), LONGITUDES, st.integers(0, 90)).filter(
    # No meridian, which has no whole degree; that of 180° has two names.
    lambda box: box[0] != box[2] and (box[0], box[2]) != (180, -180)
)


def degrees(box: Any) -> set[int]:
    """The whole degrees of longitude that a box has between its sides."""
    width = (box[2] - box[0]) % 360 or 360
    return {int(box[0] + n) % 360 for n in range(int(width))}


@given(st.lists(BOXES, min_size=1, max_size=6))
def test_every_box_lies_in_the_extent_and_nothing_narrower_would_do(boxes: list[Any]) -> None:
    whole = hull(boxes)
    covered = set().union(*map(degrees, boxes))
    assert covered <= degrees(whole)
    assert len(degrees(whole)) == 360 - longest_run(sorted({*range(360)} - covered))


def longest_run(free: list[int]) -> int:
    """The most degrees in a row, around the globe, that are free."""
    longest = run = min(len(free), 1)
    for one, other in pairwise([*free, *(degree + 360 for degree in free)]):
        run = run + 1 if other == one + 1 else 1
        longest = max(longest, run)
    return min(longest, len(free))


def document(start: str, end: str | None = None, **properties: Any) -> dict[str, Any]:
    times = {"datetime": start} if end is None else {"start_datetime": start, "end_datetime": end}
    return {
        "bbox": [0, 0, 1, 1],
        "properties": {"datetime": None, **times, **properties},
        "assets": {"data": {"type": "image/tiff", "roles": ["data"], "title": start}},
    }


def test_times_are_compared_as_times() -> None:
    early = document("2019-01-01T00:00:00.5Z")
    whole = document("2019-01-01T00:00:00Z")
    late = document("2018-01-01T00:00:00Z", "2019-01-01T00:00:00.75Z")
    found = collection_fields([brief_of(item) for item in (early, whole, late)])
    [interval] = found["extent"]["temporal"]["interval"]
    assert interval == ["2018-01-01T00:00:00Z", "2019-01-01T00:00:00.75Z"]


def test_summaries_and_item_assets_say_what_is_true_of_all() -> None:
    one = document("2019-01-01T00:00:00Z", platform="b", **{"eo:cloud_cover": 3, "proj:epsg": None})
    two = document("2019-01-02T00:00:00Z", platform="a", instruments=["sar"])
    two["properties"]["eo:cloud_cover"] = 1.5
    found = collection_fields([brief_of(one), brief_of(two)])
    assert found["summaries"] == {
        "eo:cloud_cover": {"minimum": 1.5, "maximum": 3},
        "instruments": ["sar"],
        "platform": ["a", "b"],
    }
    assert found["item_assets"] == {"data": {"type": "image/tiff", "roles": ["data"]}}


def test_an_asset_with_little_in_common_is_not_defined() -> None:
    one, two = document("2019-01-01T00:00:00Z"), document("2019-01-02T00:00:00Z")
    one["assets"]["data"]["type"] = "image/jp2"
    assert "item_assets" not in collection_fields([brief_of(one), brief_of(two)])


def test_no_place_is_no_extent() -> None:
    item = {**document("2019-01-01T00:00:00Z"), "bbox": None}
    with pytest.raises(RuleError, match="needs an extent"):
        collection_fields([brief_of(item)])


@pytest.fixture
def collection(project: Project) -> Project:
    for seed, name in enumerate(NAMES):
        project.raster(name, seed)
    project.spec(HEAD)
    project.build()
    return project


def root(project: Project) -> Any:
    return json.loads((project.folder / "out" / "collection.json").read_bytes())


@pytest.mark.parametrize("version", ["1.1.0", "1.0.0"])
@pytest.mark.parametrize("layout", ["", 'layout: "{year}/{place}"\n'])
def test_a_collection_is_valid_and_its_items_are_its_own(
    collection: Project, version: str, layout: str
) -> None:
    collection.spec(layout + HEAD.replace("type: C", f"stac_version: {version}\n  type: C"))
    collection.build()
    assert_valid(root(collection))
    found = read_catalog(collection.folder / "out" / "collection.json")
    items = list(found.get_items(recursive=True))
    assert len(items) == len(NAMES)
    for item in items:
        assert item.get_collection() is found
        assert_valid(json.loads(Path(item.get_self_href() or "").read_bytes()))
    assert root(collection)["summaries"]["platform"] == ["sat-ice", "sat-snow"]
    [interval] = root(collection)["extent"]["temporal"]["interval"]
    assert interval == ["2019-01-01T00:00:00Z", "2019-01-03T00:00:00Z"]
    assert root(collection)["license"] == "CC-BY-4.0"
    assert root(collection)["providers"][0]["name"] == "University"


def test_a_change_of_one_item_keeps_the_extent_of_the_others(collection: Project) -> None:
    before = root(collection)["extent"]
    collection.raster(NAMES[1], 9)
    collection.build()
    after = root(collection)["extent"]
    assert after["temporal"] == before["temporal"]
    assert after["spatial"]["bbox"][0][2] > before["spatial"]["bbox"][0][2]
    assert collection.build().is_same


def test_the_type_may_change_back_and_forth(collection: Project) -> None:
    before = collection.files()
    collection.spec(HEAD.replace("type: Collection", "type: Catalog"))
    collection.build()
    assert "out/collection.json" not in collection.files()
    assert json.loads(collection.files()["out/catalog.json"])["license"] == "CC-BY-4.0"
    collection.spec(HEAD)
    collection.build()
    assert collection.files() == before


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("  license: CC-BY-4.0\n", "", "catalog.license: is missing"),
        ("type: Collection", "type: collection", "did you mean 'Collection'?"),
        ("roles: [producer]", "roles: [author]", "must be one of 'licensor'"),
        ("{name: University, ", "{", "name: is missing"),
    ],
)
def test_what_makes_no_collection_is_told(
    collection: Project, old: str, new: str, what: str
) -> None:
    assert old in HEAD
    collection.spec(HEAD.replace(old, new))
    before = collection.files()
    with pytest.raises(ItemcatError) as raised:
        collection.build()
    assert what in str(raised.value)
    assert collection.files() == before


def test_a_collection_of_items_that_lie_nowhere_is_told(project: Project) -> None:
    project.raster(NAMES[0], crs=None)
    project.spec(HEAD)
    before = project.files()
    with pytest.raises(ItemcatError, match="none of its items has a place"):
        project.build()
    assert project.files() == before


def test_a_plan_needs_no_extent(project: Project) -> None:
    """Before the first build, and where all files are to be read again, no place is known."""
    project.raster(NAMES[0])
    for text, action in ((HEAD, Action.ADD), (f"thumbnails: true\n{HEAD}", Action.UPDATE)):
        project.spec(text)
        assert project.build(dry_run=True).counts() == {action: 1}
        assert project.build().counts() == {action: 1}
