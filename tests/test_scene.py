from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itemcat.errors import RuleError
from itemcat.scene import shared, together


def placed(west: float, south: float, east: float, north: float, **more: Any) -> dict[str, Any]:
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    geometry = {"type": "Polygon", "coordinates": [ring]}
    return {"geometry": geometry, "bbox": [west, south, east, north], **more}


def cut(south: float, north: float) -> dict[str, Any]:
    """A footprint from 170° over the antimeridian to -170°, cut there."""
    halves = [placed(170, south, 180, north), placed(-180, south, -170, north)]
    coordinates = [half["geometry"]["coordinates"] for half in halves]
    return {
        "geometry": {"type": "MultiPolygon", "coordinates": coordinates},
        "bbox": [170, south, -170, north],
    }


def test_one_record_is_itself() -> None:
    record = placed(0, 0, 1, 1, warnings=["x"])
    assert together({"a": record}) is record


def test_like_footprints_stay_to_the_letter() -> None:
    one, two = placed(0.1, 0, 1, 1), placed(0.1, 0, 1, 1)
    assert together({"a": one, "b": two})["geometry"] == one["geometry"]


def test_a_scene_is_the_union_of_its_files() -> None:
    found = together({"a": placed(0, 0, 2, 1), "b": placed(1, 0, 3, 1)})
    assert found["bbox"] == [0, 0, 3, 1]
    assert found["geometry"]["type"] == "Polygon"


def test_over_the_antimeridian_the_box_stays_narrow() -> None:
    found = together({"a": cut(60, 61), "b": cut(60.5, 62)})
    assert found["bbox"] == [170, 60, -170, 62]
    assert found["geometry"]["type"] == "MultiPolygon"


def test_files_that_lie_apart_are_no_scene() -> None:
    with pytest.raises(RuleError, match="lies apart") as raised:
        together({"a": placed(0, 0, 2, 1), "b": placed(0, 0, 1, 1), "c": placed(50, 0, 51, 1)})
    assert raised.value.where == "c"


def test_what_one_record_knows_the_scene_knows() -> None:
    nowhere = {"geometry": None, "bbox": None, "cloud_cover": 3.5, "tags": {"A": "1", "B": "2"}}
    found = together({"a": {**placed(0, 0, 1, 1), "tags": {"A": "0"}}, "b": nowhere})
    assert found["bbox"] == [0, 0, 1, 1]
    assert (found["cloud_cover"], found["tags"]) == (3.5, {"A": "0", "B": "2"})
    assert together({"a": nowhere, "b": nowhere})["geometry"] is None


SIDES = st.integers(1, 5)


@given(st.lists(st.tuples(SIDES, SIDES), min_size=2, max_size=5))
def test_a_union_holds_every_file_and_is_counter_clockwise(sides: list[tuple[int, int]]) -> None:
    records = {str(n): placed(0, 0, x, y) for n, (x, y) in enumerate(sides)}
    found = together(records)
    assert found["bbox"] == [0, 0, max(x for x, _ in sides), max(y for _, y in sides)]
    [ring, *holes] = found["geometry"]["coordinates"]
    assert not holes
    area = sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(ring)) / 2
    assert area > 0


def test_what_grids_have_alike() -> None:
    assert shared([{"a": 1, "b": 2}, {}, {"a": 1, "b": 3}]) == {"a": 1}
    assert shared([{}, {"a": 1}]) == {"a": 1}
    assert shared([{}]) == {}
