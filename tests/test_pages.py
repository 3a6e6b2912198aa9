import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from itemcat import manifest
from itemcat.collection import Brief
from itemcat.edition import Page
from itemcat.model import Blob, KnownAsset, KnownItem, Manifest, Reading
from itemcat.pages import Pages

IDS = ["c", "a", "d", "b"]
BRIEF = Brief((1.5, 2, 3, 4), "2020-01-01T00:00:00Z", "2020-01-01T00:00:00Z", {"gsd": 10}, {})


def page(item_id: str, brief: Brief | None = None) -> Page:
    """A page of an item; of `d` the document is on disk already."""
    reading = Reading.of("raster 1", {}, {"geometry": None, "name": f"Grönland {item_id}"})
    asset = KnownAsset(f"https://example.org/{item_id}", None, Blob("0" * 64, 7), reading)
    known = KnownItem("1" * 64, {"data": asset}, "2020/01", "2" * 64 if item_id == "a" else None)
    return Page(known, f"Title {item_id}", None if item_id == "d" else item_id.encode(), "k", brief)


@pytest.fixture(params=[1, 1 << 20], ids=["in a file", "in memory"])
def pages(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Pages]:
    """Pages of all items, added in an order that is not the spec's."""
    with Pages(tmp_path, request.param) as held:
        for item_id in sorted(IDS):
            held.add(item_id, page(item_id, BRIEF if item_id == "b" else None))
        yield held


def test_leaves_come_in_the_order_of_the_spec(pages: Pages) -> None:
    pages.arrange([*IDS, "one that failed"])
    expected = [(one, page(one, BRIEF if one == "b" else None).leaf) for one in IDS]
    assert [*pages.leaves()] == expected
    assert [leaf.is_fresh for _, leaf in pages.leaves()] == [True, True, False, True]


def test_entries_are_those_of_the_manifest(pages: Pages) -> None:
    data = b"".join(manifest.pieces(Manifest("out"), pages.entries()))
    known = {item_id: page(item_id).known for item_id in IDS}
    assert data == manifest.dump(Manifest("out", {}, known))
    assert [*json.loads(data)["items"]] == sorted(IDS)


def test_the_last_page_of_an_item_counts(pages: Pages) -> None:
    pages.add("a", page("d"))
    assert not next(leaf for item_id, leaf in pages.leaves() if item_id == "a").is_fresh
    assert pages.document("b") == b"b"
