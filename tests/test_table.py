"""Items as a table: read back with DuckDB, which shares nothing with what wrote it, and as STAC."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stac_geoparquet.arrow import stac_table_to_items

from itemcat import table
from itemcat.columns import identity
from itemcat.files import canonical_json
from itemcat.seal import sealed

SQUARE = {"type": "Polygon", "coordinates": [[[0, 0], [1.5, 0], [1.5, 1], [0, 1], [0, 0]]]}
# A footprint over 180°, in the two parts that RFC 7946 wants.
CUT = {
    "type": "MultiPolygon",
    "coordinates": [
        [[[179, 0], [180, 0], [180, 1], [179, 1], [179, 0]]],
        [[[-180, 0], [-178, 0], [-178, 1], [-180, 1], [-180, 0]]],
    ],
}
POINT = "0101000000000000000000f03f0000000000000040"  # 1, 2 as WKB, in hex
IDENTITY = identity([("a/a.json", "0" * 64)])


def document(item_id: str, properties: dict[str, Any] | None = None, **fields: Any) -> Any:
    """A STAC Item of one asset."""
    return {
        "type": "Feature",
        "stac_version": "1.1.0",
        "stac_extensions": [],
        "id": item_id,
        "geometry": SQUARE,
        "bbox": [0, 0, 1.5, 1],
        "properties": {"datetime": "2019-02-24T20:37:44Z", **(properties or {})},
        "links": [{"rel": "root", "href": "../catalog.json", "type": "application/json"}],
        "assets": {"data": {"href": f"https://example.org/{item_id}.tif", "roles": ["data"]}},
        **fields,
    }


def pieces(documents: Iterable[Any]) -> list[bytes]:
    files = [(f"{one['id']}/{one['id']}.json", canonical_json(one)) for one in documents]
    return list(table.pieces(lambda: files, IDENTITY))


def written(path: Path, *documents: Any) -> Path:
    path.write_bytes(b"".join(pieces(documents)))
    return path


def rows(path: Path, columns: str) -> list[Any]:
    return duckdb.sql(f"SELECT {columns} FROM '{path}'").fetchall()  # noqa: S608


def items(path: Path) -> list[dict[str, Any]]:
    """The items of a table by the library of the specification."""
    return list(stac_table_to_items(pyarrow.parquet.read_table(path)))


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "items.parquet"


def test_times_are_times_also_where_the_datetime_is_null(place: Path) -> None:
    span = {
        "datetime": None,
        "start_datetime": "2017-11-11T20:53:37Z",
        "end_datetime": "2017-11-11T20:54:38.25Z",
    }
    written(place, document("a"), document("b", span))
    columns = "datetime, start_datetime, end_datetime"
    shown = ", ".join(f"epoch_us({name})" for name in columns.split(", "))
    assert rows(place, shown) == [
        (1551040664000000, None, None),
        (None, 1510433617000000, 1510433678250000),
    ]
    assert items(place)[1]["properties"]["datetime"] is None


def test_geometries_are_geometries_also_over_180_degrees_or_none(place: Path) -> None:
    nowhere = document("c", geometry=None)
    del nowhere["bbox"]
    written(place, document("a"), document("b", geometry=CUT, bbox=[179, 0, -178, 1]), nowhere)
    assert rows(place, "ST_AsText(geometry), bbox.xmin, bbox.ymin, bbox.xmax, bbox.ymax") == [
        ("POLYGON ((0 0, 1.5 0, 1.5 1, 0 1, 0 0))", 0, 0, 1.5, 1),
        (
            "MULTIPOLYGON (((179 0, 180 0, 180 1, 179 1, 179 0)), "
            "((-180 0, -178 0, -178 1, -180 1, -180 0)))",
            *(179, 0, -178, 1),
        ),
        (None, None, None, None, None),
    ]


def geo(path: Path) -> Any:
    return json.loads(pyarrow.parquet.read_metadata(path).metadata[b"geo"])["columns"]["geometry"]


def test_what_geoparquet_says_holds_for_all_rows(place: Path) -> None:
    written(place, document("a"), document("b", geometry={"type": "Point", "coordinates": [9, 9]}))
    assert geo(place) == {
        "encoding": "WKB",
        "geometry_types": ["Point", "Polygon"],
        "bbox": [0, 0, 1.5, 1],
        "covering": {"bbox": {side: ["bbox", side] for side in ("xmin", "ymin", "xmax", "ymax")}},
    }


def test_boxes_over_180_degrees_are_no_covering(place: Path) -> None:
    written(place, document("a"), document("b", geometry=CUT, bbox=[179, 0, -178, 1]))
    assert geo(place)["bbox"] == [-180, 0, 180, 1]
    assert "covering" not in geo(place)


def test_a_table_without_places_or_without_items_is_a_table(place: Path) -> None:
    nowhere = document("a", geometry=None)
    del nowhere["bbox"]
    assert rows(written(place, nowhere), "id, bbox") == [("a", None)]
    assert geo(place) == {"encoding": "WKB", "geometry_types": []}
    assert rows(written(place), "id, geometry, datetime") == []


def test_items_may_have_different_properties_and_assets(place: Path) -> None:
    other = {"thumbnail": {"href": "b.png", "roles": ["thumbnail"], "proj:shape": [2, 3]}}
    written(
        place,
        document("a", {"platform": "S1B"}),
        document("b", {"orbit": 12, "proj:shape": [20, 30]}, assets=other),
    )
    columns = 'platform, orbit, "proj:shape", assets.data.href, assets.thumbnail'
    assert rows(place, columns) == [
        ("S1B", None, None, "https://example.org/a.tif", None),
        (
            *(None, 12, [20, 30], None),
            {"href": "./b/b.png", "proj:shape": [2, 3], "roles": ["thumbnail"]},
        ),
    ]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1, 2.5], [1.0, 2.5]),
        ([1, None], [1, None]),
        ([2**63, 1], [float(2**63), 1.0]),
        ([-(2**63), 1], [-(2**63), 1]),
        ([-9999, "nan"], ["-9999", "nan"]),
        ([True, 1], ["true", "1"]),
        ([[1], "a"], ["[1]", "a"]),
        ([{"b": 1, "a": [None]}, 0], ['{"a": [null], "b": 1}', "0"]),
        ([[1, "x"], [2]], [["1", "x"], ["2"]]),
        ([[], [[]]], [[], [[]]]),
        ([{"a": {}}, {"b": 1}], [{"b": None}, {"b": 1}]),
        ([[{}], None], [[None], None]),
    ],
)
def test_values_that_do_not_agree_are_text(place: Path, values: Any, expected: Any) -> None:
    written(place, *(document(str(n), {"p": value}) for n, value in enumerate(values)))
    assert [found for (found,) in rows(place, "p")] == expected


def test_what_is_too_deep_or_too_wide_is_text(place: Path) -> None:
    deep: Any = "x"
    for _ in range(40):
        deep = {"d": [deep]}
    wide = {f"k{n}": n for n in range(501)}
    written(place, document("a", {"deep": deep, "wide": wide}))
    assert rows(place, "wide") == [(json.dumps(wide, sort_keys=True),)]
    [(found,)] = rows(place, "deep")
    while not isinstance(found, str):
        found = found["d"][0] if isinstance(found, dict) else found[0]
    assert json.loads(found)["d"][0]


def test_grids_of_assets_are_geometries_too(place: Path) -> None:
    asset = {"href": "x", "proj:geometry": {"type": "Point", "coordinates": [1, 2]}}
    written(place, document("a", assets={"b": asset}))
    assert rows(place, 'lower(hex(assets.b."proj:geometry"))') == [(POINT,)]
    assert items(place)[0]["assets"]["b"]["proj:geometry"] == asset["proj:geometry"]


def test_too_many_keys_of_assets_are_text_with_all_that_is_in_them(place: Path) -> None:
    asset = {"href": "x", "proj:geometry": {"type": "Point", "coordinates": [1, 2]}}
    written(place, document("a", assets={f"k{n}": asset for n in range(501)}))
    [(found,)] = rows(place, "assets")
    assert json.loads(found)["k500"] == {"href": "./a/x", "proj:geometry": POINT}


def test_properties_without_any_value_are_no_columns(place: Path) -> None:
    written(place, document("a", {"nothing": None, "empty": {}}))
    assert not {"nothing", "empty"} & set(duckdb.sql(f"FROM '{place}'").columns)


def test_a_text_that_is_no_time_keeps_its_column_text(place: Path) -> None:
    written(place, document("a", {"created": "2020-01-01T00:00:00Z"}), document("b"))
    assert rows(place, "typeof(created)")[0] == ("TIMESTAMP WITH TIME ZONE",)
    written(place, *(document(t, {"created": t}) for t in ("2020-01-01T00:00:00Z", "spring")))
    assert rows(place, "created") == [("2020-01-01T00:00:00Z",), ("spring",)]


def test_the_last_of_thousands_of_rows_may_be_unlike_the_first(place: Path) -> None:
    count = table.GROUP + 1
    alike = [document(f"i{n}", {"v": n}) for n in range(count)]
    last = document("last", {"v": 0.5, "late": ["x"]}, assets={"late": {"href": "x"}})
    written(place, *alike, last)
    found = rows(place, "id, v, late, assets.late.href")
    assert [row[0] for row in found] == [*(f"i{n}" for n in range(count)), "last"]
    assert found[-2:] == [
        (f"i{count - 1}", count - 1, None, None),
        ("last", 0.5, ["x"], "./last/x"),
    ]
    assert pyarrow.parquet.read_metadata(place).num_row_groups == 2


def test_relative_addresses_start_at_the_table(place: Path) -> None:
    links = [{"rel": "root", "href": "../../../catalog.json"}, {"rel": "x", "href": "/y"}]
    hrefs = {"here": "x.tif", "beside": "../../../../data/x.tif", "far": "https://example.org/x"}
    one = document("a", links=links, assets={key: {"href": href} for key, href in hrefs.items()})
    files = [("2019/02/a/a.json", canonical_json(one))]
    place.write_bytes(b"".join(table.pieces(lambda: files, IDENTITY)))
    assert rows(place, "links[1].href, links[2].href") == [("./catalog.json", "/y")]
    assert rows(place, "assets.here.href, assets.beside.href, assets.far.href") == [
        ("./2019/02/a/x.tif", "../data/x.tif", "https://example.org/x")
    ]


def test_pieces_are_no_larger_than_what_is_in_memory_anyway() -> None:
    documents = [document(f"i{n}") for n in range(2 * table.GROUP)]
    sizes = [len(piece) for piece in pieces(documents)]
    assert max(sizes) < sum(sizes) / 4


# ----------------------------------------------------------------------------------- what it says


def test_a_table_says_whose_it_is(place: Path) -> None:
    assert sealed(written(place, document("a"))) == IDENTITY


def test_the_same_items_are_the_same_bytes() -> None:
    documents = [document("a", {"b": 1, "c": "x"}), document("b", {"d": [1.5]}, assets={})]
    assert pieces(documents) == pieces(documents)


def test_tables_are_told_apart_by_their_items_and_the_order_of_these() -> None:
    a, b = ("a/a.json", "0" * 64), ("b/b.json", "1" * 64)
    assert len({identity(rows) for rows in ([], [a], [b], [a, b], [b, a])}) == 5


def test_a_changed_bit_anywhere_breaks_the_seal(place: Path) -> None:
    data = bytearray(written(place, document("a")).read_bytes())
    for at in range(0, len(data), 11):
        data[at] ^= 1
        place.write_bytes(data)
        assert sealed(place) is None, f"byte {at}"
        data[at] ^= 1
    for end in (0, 4, 11, len(data) // 2, len(data) - 1):
        place.write_bytes(data[:end])
        assert sealed(place) is None, f"cut after {end}"


def test_an_item_cannot_make_a_seal(place: Path) -> None:
    forged = f"items {'a' * 64}, file {'b' * 64}"
    assert sealed(written(place, document("a", {"title": forged}))) == IDENTITY


def test_a_table_of_somebody_else_has_no_seal(place: Path) -> None:
    duckdb.sql(f"COPY (SELECT 1 AS id) TO '{place}'")
    assert sealed(place) is None


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**64), 2**64)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=4)
    | st.just("2019-02-24T20:37:44Z"),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=3)
    ),
    max_leaves=8,
)
NAMES = st.sampled_from(["a", "created", "proj:geometry", "x.y", "é", ""])


@settings(deadline=None)
@given(st.lists(st.dictionaries(NAMES, VALUES, max_size=4), min_size=1, max_size=4))
def test_any_properties_make_a_table(found: list[dict[str, Any]]) -> None:
    documents = [document(f"i{n}", properties) for n, properties in enumerate(found)]
    data = pyarrow.BufferReader(b"".join(pieces(documents)))
    read = pyarrow.parquet.read_table(data)
    assert read.column("id").to_pylist() == [one["id"] for one in documents]
    for name in set().union(*found):
        values = [properties.get(name) for properties in found]
        if all(value is None or isinstance(value, bool) for value in values) and any(
            value is not None for value in values
        ):
            assert read.column(name).to_pylist() == values
