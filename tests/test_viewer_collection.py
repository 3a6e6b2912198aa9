"""What of a catalog is shown: its items by their links, and in words what is not."""

import json
from pathlib import Path

import pytest
from exhibits import box, item, write

from itemcat.errors import UsageError
from itemcat.viewer import Folder, collect


def folder(path: Path) -> Folder:
    return Folder.of(path, "")


def test_items_are_those_that_are_linked_in_their_order(tmp_path: Path) -> None:
    path = write(tmp_path, [item("b", box(0, 0, 1, 1)), item("a", box(0, 0, 1, 1))], title="Two")
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "c.json").write_text(json.dumps(item("c")))
    found = collect(folder(path))
    assert (found.title, found.description, found.notes) == ("Two", "Shown.", ())
    assert [one.name for one in found.items] == ["b/b.json", "a/a.json"]


def test_sub_catalogs_are_followed_also_in_a_circle(tmp_path: Path) -> None:
    path = write(tmp_path, [item("a", box(0, 0, 1, 1))])
    for year in ("2019", "2020"):
        write(tmp_path / year, [item(year, box(0, 0, 1, 1))])
    root = json.loads(path.read_text())
    root["links"] += [{"rel": "child", "href": f"./{year}/catalog.json"} for year in (2019, 2020)]
    path.write_text(json.dumps(root))
    below = tmp_path / "2020" / "catalog.json"
    child = json.loads(below.read_text())
    child["links"] += [{"rel": "child", "href": "../catalog.json"}]
    below.write_text(json.dumps(child))
    assert [one.id for one in collect(folder(path)).items] == ["a", "2019", "2020"]


def test_what_is_not_shown_is_counted(tmp_path: Path) -> None:
    path = write(
        tmp_path / "catalog", [item("a", box(0, 0, 1, 1)), item("b"), item("c"), item("d")]
    )
    (tmp_path / "catalog" / "c" / "c.json").write_text("[" * 100_000)
    (tmp_path / "catalog" / "d" / "d.json").write_text('{"type": "Catalog"}')
    (tmp_path / "outside.json").write_text(json.dumps(item("outside", box(0, 0, 1, 1))))
    root = json.loads(path.read_text())
    root["links"] += [
        {"rel": "item", "href": "../outside.json"},
        {"rel": "item", "href": "https://example.org/a.json"},
        {"rel": "item"},
        {"rel": "item", "href": "./none/none.json"},
        "no link",
    ]
    path.write_text(json.dumps(root))
    found = collect(folder(path))
    assert [one.id for one in found.items] == ["a", "b"]
    assert found.notes == (
        "3 of the items: not shown, for it lies outside of the folder",
        "3 of the items: not shown, for its document cannot be read",
        "1 of the items: not on the map, for it has no footprint in degrees",
    )


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"type": "Feature"}', "{", '{"type": NaN}'])
def test_what_is_no_catalog_is_an_error(tmp_path: Path, text: str) -> None:
    (tmp_path / "catalog.json").write_text(text)
    with pytest.raises(UsageError, match="is no STAC catalog"):
        collect(folder(tmp_path / "catalog.json"))


@pytest.mark.parametrize("links", ["null", "7", "{}", '["x", null, {"rel": []}]'])
def test_a_catalog_without_links_is_empty(tmp_path: Path, links: str) -> None:
    (tmp_path / "catalog.json").write_text(f'{{"type": "Catalog", "id": "e", "links": {links}}}')
    found = collect(folder(tmp_path / "catalog.json"))
    assert (found.title, found.items, found.notes) == ("e", (), ())
