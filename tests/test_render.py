from pathlib import Path
from typing import Any

import pystac
import pytest
from stac import assert_valid

from itemcat.errors import RuleError
from itemcat.model import (
    Asset,
    AssetRules,
    Blob,
    CatalogFields,
    DatetimeRule,
    ItemRules,
    KnownAsset,
    Place,
    Reading,
    ReadRules,
    Source,
    Spec,
)
from itemcat.naming import NamedAsset, NamedItem
from itemcat.render import render_item, title_of

GRID = {
    "media_type": "image/tiff; application=geotiff",
    "shape": [10, 20],
    "transform": [25.0, 0.0, 300000.0, 0.0, -25.0, 7400000.0],
    "crs": {"code": "EPSG:32623"},
    "geometry": {
        "type": "Polygon",
        "coordinates": [[[-49, 66], [-48, 66], [-48, 67], [-49, 67], [-49, 66]]],
    },
    "bbox": [-49, 66, -48, 67],
    "bands": [
        {
            "name": "b1",
            "description": "gray",
            "data_type": "int16",
            "nodata": -9999,
            "scale": 1.0,
            "offset": 0.0,
            "sampling": "area",
            "unit": "m",
            "statistics": {"minimum": 1, "maximum": 2, "mean": 1.5, "stddev": 0.5},
            "histogram": {"count": 3, "min": 1.0, "max": 2.0, "buckets": [1, 0, 1]},
            "center_wavelength": 0.6,
        }
    ],
    "cloud_cover": 12.5,
}
CATALOG = CatalogFields("lakes", "Lakes", "Lakes on ice.")
JSON = {"type": "application/json"}
RULES = ItemRules(datetime=DatetimeRule(instant="2019-02-24T20:37:44Z"))


def spec(output: str = "out", layout: str | None = None, **read: Any) -> Spec:
    return Spec(Path("catalog.yaml"), CATALOG, output, ReadRules(**read), (), layout=layout)


def item(rules: ItemRules = RULES, href: str | None = "https://example.org/a.tif") -> NamedItem:
    source = Source("files", "*.tif", rules, Place("catalog.yaml", 7, 3))
    asset = Asset("a.tif", "data/a.tif", href, is_local=True)
    fields = {"name": "a.tif", "stem": "a", "n": 1}
    return NamedItem("a", (NamedAsset(rules.asset.key, source, asset, fields),), fields)


def known(record: dict[str, Any], href: str | None = "https://example.org/a.tif") -> KnownAsset:
    reading = Reading.of("raster/1", {"statistics": "exact"}, record)
    return KnownAsset("data/a.tif", href, Blob("ab" * 32, 400), reading)


def rendered(record: dict[str, Any] = GRID, rules: ItemRules = RULES, **read: Any) -> Any:
    return render_item(spec(**read), item(rules), {rules.asset.key: known(record)})


def test_an_item_is_valid_and_pystac_writes_it_the_same() -> None:
    document = rendered()
    assert_valid(document)
    again = pystac.Item.from_dict(document).to_dict(transform_hrefs=False)
    assert again == document


def test_the_projection_is_the_grid_of_the_record() -> None:
    properties = rendered()["properties"]
    assert properties["proj:code"] == "EPSG:32623"
    assert properties["proj:shape"] == [10, 20]
    assert properties["proj:transform"] == [25.0, 0.0, 300000.0, 0.0, -25.0, 7400000.0, 0, 0, 1]
    assert properties["proj:bbox"] == [300000.0, 7399750.0, 300500.0, 7400000.0]
    [ring] = properties["proj:geometry"]["coordinates"]
    assert ring[0] == ring[-1] == [300000.0, 7399750.0]


def test_a_south_up_grid_has_its_proj_bbox_the_right_way_up() -> None:
    transform = [25.0, 0.0, 300000.0, 0.0, 25.0, 7400000.0]
    properties = rendered({**GRID, "transform": transform})["properties"]
    assert properties["proj:bbox"] == [300000.0, 7400000.0, 300500.0, 7400250.0]


def test_what_is_not_known_is_left_out() -> None:
    document = rendered({"shape": [10, 20], "geometry": None, "bands": [], "media_type": None})
    assert_valid(document)
    assert document["geometry"] is None
    assert "bbox" not in document
    assert "type" not in document["assets"]["data"]
    assert "bands" not in document["assets"]["data"]
    assert {name for name in document["properties"] if name.startswith("proj:")} == {"proj:shape"}


@pytest.mark.parametrize(
    ("extensions", "prefixes"),
    [
        ((), set()),
        (("proj",), {"proj"}),
        (("raster",), {"raster"}),
        (("eo",), {"eo"}),
        (("file",), {"file"}),
        (("proj", "raster", "eo", "file"), {"proj", "raster", "eo", "file"}),
    ],
)
def test_only_the_extensions_of_the_spec_are_shown(
    extensions: tuple[str, ...], prefixes: set[str]
) -> None:
    document = rendered(extensions=extensions)
    assert_valid(document)
    asset = document["assets"]["data"]
    parts = (document["properties"], asset, *asset.get("bands", []))
    shown = {field.partition(":")[0] for part in parts for field in part if ":" in field}
    assert shown == prefixes
    assert len(document["stac_extensions"]) == len(prefixes)


def test_templates_fill_title_properties_and_asset() -> None:
    rules = ItemRules(
        title="Scene {n:02d}",
        datetime=RULES.datetime,
        properties={"a:b": ["{stem}", {"c": "{name}"}], "n": 3, "none": None},
        asset=AssetRules("image", ("data", "visual"), "File {name}", "of {stem}"),
    )
    document = rendered(rules=rules)
    assert document["properties"]["a:b"] == ["a", {"c": "a.tif"}]
    assert document["properties"]["n"] == 3
    assert title_of(item(rules)) == document["properties"]["title"] == "Scene 01"
    asset = document["assets"]["image"]
    assert (asset["title"], asset["description"]) == ("File a.tif", "of a")
    assert asset["roles"] == ["data", "visual"]


@pytest.mark.parametrize(
    ("rules", "title"),
    [
        (RULES, "a"),
        (ItemRules(title="{stem} {n}", datetime=RULES.datetime), "a 1"),
        (ItemRules(datetime=RULES.datetime, properties={"title": "Of {name}"}), "Of a.tif"),
        (ItemRules(datetime=RULES.datetime, properties={"title": 7}), "7"),
    ],
)
def test_links_call_an_item_by_its_title_else_by_its_id(rules: ItemRules, title: str) -> None:
    document = rendered(rules=rules)
    assert title_of(item(rules)) == title
    assert str(document["properties"].get("title", document["id"])) == title


def test_a_property_never_replaces_a_fact() -> None:
    rules = ItemRules(datetime=RULES.datetime, properties={"proj:code": "EPSG:1", "title": "T"})
    properties = rendered(rules=rules)["properties"]
    assert properties["proj:code"] == "EPSG:32623"
    assert properties["title"] == "T"


def test_a_start_and_an_end_leave_datetime_null() -> None:
    rules = ItemRules(datetime=DatetimeRule(start="2019-02-24", end="2019-02-25T12:00:00Z"))
    properties = rendered(rules=rules)["properties"]
    assert properties["datetime"] is None
    assert properties["start_datetime"] == "2019-02-24T00:00:00Z"
    assert properties["end_datetime"] == "2019-02-25T12:00:00Z"


def test_a_local_asset_is_linked_from_where_the_item_lies() -> None:
    document = render_item(spec("a/b"), item(href=None), {"data": known(GRID, href=None)})
    assert document["assets"]["data"]["href"] == "../../../data/a.tif"


def test_an_item_of_a_sub_catalog_links_upwards() -> None:
    laid_out = spec("a/b", "{year}/{month}")
    document = render_item(laid_out, item(href=None), {"data": known(GRID, href=None)})
    assert_valid(document)
    assert document["links"] == [
        {**JSON, "rel": "root", "href": "../../../catalog.json", "title": "Lakes"},
        {**JSON, "rel": "parent", "href": "../catalog.json", "title": "2019/02"},
    ]
    assert document["assets"]["data"]["href"] == "../../../../../data/a.tif"


def test_a_rule_with_an_unknown_field_names_asset_and_place() -> None:
    rules = ItemRules(title="{platform}", datetime=RULES.datetime)
    with pytest.raises(RuleError, match=r"no field \{platform\}") as raised:
        rendered(rules=rules)
    assert raised.value.where == "data/a.tif"
    assert raised.value.hint == "see catalog.yaml:7:3"
