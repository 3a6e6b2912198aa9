"""What is shown of an item, and that nothing in a document is trusted."""

from typing import Any

import pytest
from exhibits import HOSTILE, box, item
from hypothesis import given
from hypothesis import strategies as st

from itemcat.viewer.item import Item, item_of, line

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["href", "roles", "type", "file:size", "bands"]), inner)
    ),
    max_leaves=12,
)
KEYS = ["id", "geometry", "bbox", "properties", "assets"]
PROPERTIES = ["datetime", "start_datetime", "end_datetime", "title", "proj:shape", "gsd"]


def shown(**properties: Any) -> Item:
    return item_of("a/a.json", {"id": "a", "properties": properties, "assets": {}})


def test_an_item_with_all_facts() -> None:
    document = item("a", box(0, 0, 1, 1), "2019-02-24T20:37:44Z", title="Lakes", platform="S1")
    document["properties"] |= {"proj:shape": [96, 128], "proj:code": "EPSG:32623", "gsd": 10}
    document["assets"]["data"] |= {"file:size": 1_234_567, "bands": [{}, {}]}
    document["assets"]["small"] = {"href": "./a.png", "roles": ["thumbnail"]}
    found = item_of("a/a.json", document)
    assert (found.id, found.title, found.when) == ("a", "Lakes", "2019-02-24 20:37 UTC")
    assert found.start == found.end == 1_551_040_664_000
    assert found.facts == (
        ("Grid", "128 × 96 px"),
        ("Size", "1.2 MB"),
        ("CRS", "EPSG:32623"),
        ("GSD", "10 m"),
        ("Platform", "S1"),
        ("Bands", "2"),
    )
    assert (found.thumbnail, found.data) == ("a/a.png", "https://example.org/a.tif")
    assert len(found.rings) == 1


@pytest.mark.parametrize(
    ("start", "end", "when"),
    [
        ("2019-02-24T20:37:44Z", "2019-02-24T20:38:44Z", "2019-02-24 20:37–20:38 UTC"),
        ("2019-02-24T20:37:44Z", "2019-02-24T20:37:50Z", "2019-02-24 20:37 UTC"),
        ("2019-02-24T00:30:00+01:00", "2019-03-01T00:00:00Z", "2019-02-23 – 2019-03-01"),
        ("2019-03-01T00:00:00Z", "2019-02-24T00:00:00Z", "2019-02-24 – 2019-03-01"),
        ("0005-03-01T00:00:00Z", None, "0005-03-01 00:00 UTC"),
        ("0001-01-01T00:00:00+23:00", None, ""),
        ("yesterday", None, ""),
        (7, [], ""),
    ],
)
def test_times_are_told(start: Any, end: Any, when: str) -> None:
    found = shown(datetime=None, start_datetime=start, end_datetime=end)
    assert found.when == when
    assert (found.start is None) == (not when)
    if found.start is not None and found.end is not None:
        assert found.start <= found.end


@pytest.mark.parametrize(
    ("href", "thumbnail"),
    [
        ("./b.png", "a/b.png"),
        ("../b.WEBP", "b.WEBP"),
        ("../../b.png", None),
        ("https://example.org/b.png", None),
        ("javascript:alert(1)//.png", None),
        ("data:image/svg+xml,x.png", None),
        ("./b.svg", None),
        ("./b.html", None),
        (3, None),
    ],
)
def test_only_pictures_of_the_folder_are_thumbnails(href: Any, thumbnail: str | None) -> None:
    document = item("a")
    document["assets"]["small"] = {"href": href, "roles": ["thumbnail"]}
    assert item_of("a/a.json", document).thumbnail == thumbnail


@pytest.mark.parametrize(
    ("href", "address"),
    [
        (
            "https://example.org/a.tif?token=secret&download=1",
            "https://example.org/a.tif?download=1",
        ),
        ("https://user:secret@example.org/a.tif", "https://example.org/a.tif"),
        ("javascript:alert(1)", None),
        ("file:///etc/passwd", None),
        ("./a.tif", None),
    ],
)
def test_only_public_web_addresses_are_linked(href: str, address: str | None) -> None:
    document = item("a")
    document["assets"]["data"]["href"] = href
    assert item_of("a/a.json", document).data == address


def test_texts_stay_on_a_line_and_are_not_long() -> None:
    assert line(" a\n\tb\u202e\u0000c ") == "a bc"
    assert len(line("x" * 10**6)) == 300
    assert line(None) == line(["x"]) == line({}) == ""
    assert line(HOSTILE) == HOSTILE  # the page is what makes it harmless


@given(
    st.dictionaries(st.sampled_from(KEYS), JSON)
    | st.fixed_dictionaries(
        {
            "properties": st.dictionaries(st.sampled_from(PROPERTIES), JSON),
            "assets": st.dictionaries(st.text(max_size=3), JSON),
        }
    )
)
def test_any_document_is_shown_somehow(document: Any) -> None:
    found = item_of("a/a.json", document)
    assert found.id
    assert found.title
    assert all(isinstance(text, str) for fact in found.facts for text in fact)
