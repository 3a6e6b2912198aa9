"""Records from elsewhere: those of readers have the form, and what has it can be rendered."""

import json
from collections.abc import Iterator
from contextlib import suppress
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from project import raster_bytes
from test_render import GRID, item, known, spec

from itemcat import readers
from itemcat.edition import page
from itemcat.errors import ItemcatError
from itemcat.form import has_form
from itemcat.model import DatetimeRule, ItemRules

RING = [[0, 0], [1, 0], [1, 1], [0, 0]]
DEEP: Any = json.loads("[" * 50 + "]" * 50)


@pytest.fixture
def record(tmp_path: Path) -> dict[str, Any]:
    """What the raster reader finds."""
    (tmp_path / "a.tif").write_bytes(raster_bytes())
    return dict(readers.read("raster", tmp_path / "a.tif", {"statistics": "exact"}))


@pytest.mark.parametrize(
    "facts",
    [
        {},
        {"geometry": None, "bbox": None},
        {"geometry": {"type": "Point", "coordinates": [1, 2.5]}},
        {"geometry": {"type": "LineString", "coordinates": RING[:2]}},
        {"geometry": {"type": "MultiPolygon", "coordinates": [[RING], [RING, RING]]}},
        {"crs": {"wkt2": "LOCAL_CS[]"}},
        {"crs": {"code": "ESRI:54009", "wkt2": "PROJCRS[]"}},
        {"times": {"datetime": "2019-02-21T00:00:00Z", "tag": "A"}, "tags": {"A": "2019"}},
        {"times": {"start": "2019-02-21T00:00:00Z", "end": "2019-02-22T00:00:00Z"}},
        {"dimensions": {"x": {"type": "spatial", "extent": [0, 1]}}, "variables": {"a": {}}},
        {"columns": [{"name": "a", "type": "int64"}], "row_count": 0, "primary_geometry": "g"},
        {"warnings": ["no CRS"], "cloud_cover": 5, "media_type": "image/jp2"},
        {"bands": [{"nodata": (1 << 64) - 1, "statistics": {"minimum": -1 << 63}}]},
        {"something": {"else": [True, None, "1", -0.5]}},
    ],
)
def test_what_readers_find_has_the_form(facts: dict[str, Any], record: dict[str, Any]) -> None:
    assert has_form(record | facts)


@pytest.mark.parametrize(
    "facts",
    [
        {"geometry": 5},
        {"geometry": None},
        {"geometry": {"type": ["Point"], "coordinates": [0, 0]}},
        {"geometry": {"type": "GeometryCollection", "geometries": []}},
        {"geometry": {"type": "Point", "coordinates": [0, 10**400]}},
        {"geometry": {"type": "Point", "coordinates": [True, 0]}},
        {"geometry": {"type": "LineString", "coordinates": [[0, 0]]}},
        {"geometry": {"type": "Polygon", "coordinates": "x"}},
        {"geometry": {"type": "Polygon", "coordinates": [RING[:3]]}},
        {"geometry": {"type": "Polygon", "coordinates": []}},
        {"geometry": {"type": "MultiPolygon", "coordinates": [RING]}},
        *({"bbox": bbox} for bbox in ("abcd", [1], None, [0, 0, 0, "1"])),
        *({"shape": shape} for shape in (3, [1], [1, 2.5])),
        *({"transform": transform} for transform in ([1], [None] * 6)),
        *({"crs": crs} for crs in ("x", {"code": 5}, {"code": "EPSG:x"})),
        *({"bands": bands} for bands in (5, [5], [{"statistics": DEEP}])),
        *({"times": times} for times in ({}, {"start": "2019"}, {"datetime": 5})),
        *({"tags": tags} for tags in (5, {"a": 5})),
        *({"warnings": warnings} for warnings in (5, [5])),
        *({"media_type": 5}, {"cloud_cover": "x"}, {"columns": [5]}, {"row_count": 1.5}),
        *({"primary_geometry": []}, {"dimensions": {}}, {"dimensions": {"x": 5}, "variables": {}}),
        *({"something": DEEP}, {"something": 1 << 70}),
    ],
)
def test_what_no_reader_finds_has_it_not(facts: dict[str, Any], record: dict[str, Any]) -> None:
    assert not has_form(record | facts)


@pytest.mark.parametrize("name", ["geometry", "bbox", "shape"])
def test_what_is_needed_has_to_be_there(name: str, record: dict[str, Any]) -> None:
    del record[name]
    assert not has_form(record)


FULL: dict[str, Any] = GRID | {
    "times": {"start": "2019-02-21T00:00:00Z", "end": "2019-02-22T00:00:00Z"},
    "tags": {"A": "2019-02-21"},
    "warnings": ["no CRS"],
    "columns": [{"name": "a", "type": "int64"}],
    "row_count": 5,
    "primary_geometry": "g",
    "dimensions": {"x": {"type": "spatial", "axis": "x", "extent": [0, 1]}},
    "variables": {"a": {"type": "data", "dimensions": ["x"], "nodata": 5}},
}
JUNK: tuple[Any, ...] = (None, True, "", "x", -1, 1e300, 1 << 63, 1 << 70, [], [5], {}, {"x": []})


def damaged(value: Any) -> Iterator[Any]:
    """The value with one thing in it, wherever that is, replaced by junk or missing."""
    yield from JUNK
    if isinstance(value, dict | list):
        for key in list(value) if isinstance(value, dict) else range(len(value)):
            for inner in damaged(value[key]):
                copy = deepcopy(value)
                copy[key] = inner
                yield copy
            less = deepcopy(value)
            del less[key]
            yield less


@pytest.mark.parametrize(
    "when", [DatetimeRule(), DatetimeRule(tag="A"), DatetimeRule(instant="2019-02-24")]
)
def test_what_has_the_form_is_rendered_or_refused_with_a_word(when: DatetimeRule) -> None:
    assert has_form(FULL)
    scene, refused = item(ItemRules(datetime=when)), 0
    for record in damaged(FULL):
        if not (isinstance(record, dict) and has_form(record)):
            refused += 1
            continue
        with suppress(ItemcatError):
            page(spec(), scene, {"data": known(record)}, "")
    assert refused > 100
