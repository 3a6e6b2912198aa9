from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from stac import assert_valid

from itemcat.catalogs import render_catalogs
from itemcat.layout import item_file
from itemcat.model import CatalogFields, ReadRules, Spec

ITEMS = [("b", "", "Second"), ("a", "", "a")]
FOLDERS = st.sampled_from(["2019/01", "2019/02", "2020", "2020/02", "x/y/z"])


def spec(published_url: str | None = None) -> Spec:
    fields = CatalogFields("lakes", "Lakes", "Lakes on ice.", published_url)
    return Spec(Path("catalog.yaml"), fields, "out", ReadRules(), ())


def root(items: Iterable[tuple[str, str, str]] = ITEMS, published_url: str | None = None) -> Any:
    return dict(render_catalogs(spec(published_url), items))["catalog.json"]


def test_a_catalog_is_valid_and_its_links_have_titles() -> None:
    document = root()
    assert_valid(document)
    assert document["links"] == [
        {"rel": "root", "href": "./catalog.json", "type": "application/json", "title": "Lakes"},
        {"rel": "item", "href": "./b/b.json", "type": "application/geo+json", "title": "Second"},
        {"rel": "item", "href": "./a/a.json", "type": "application/geo+json", "title": "a"},
    ]


def test_only_a_published_catalog_has_a_self_link() -> None:
    address = "https://example.org/stac/catalog.json"
    links = root((), address)["links"]
    assert root((), f"{address}?token=s3cret")["links"] == links
    assert [link["href"] for link in links if link["rel"] == "self"] == [address]
    assert not any(link["rel"] == "self" for link in root()["links"])


def test_a_sub_catalog_has_an_id_and_a_title_of_its_own() -> None:
    found = dict(render_catalogs(spec(), [("a", "2019/02", "A")]))
    assert list(found) == ["2019/02/catalog.json", "2019/catalog.json", "catalog.json"]
    month = found["2019/02/catalog.json"]
    assert_valid(month)
    assert (month["id"], month["title"]) == ("lakes-2019-02", "2019/02")
    assert month["links"] == [
        {**JSON, "rel": "root", "href": "../../catalog.json", "title": "Lakes"},
        {**JSON, "rel": "parent", "href": "../catalog.json", "title": "2019"},
        {"rel": "item", "href": "./a/a.json", "type": "application/geo+json", "title": "A"},
    ]


JSON = {"type": "application/json"}


@given(st.dictionaries(st.text("abc", min_size=1, max_size=3), FOLDERS, max_size=9))
def test_every_link_leads_to_a_document_and_every_item_is_linked_once(
    items: dict[str, str],
) -> None:
    found = dict(render_catalogs(spec(), [(item_id, at, item_id) for item_id, at in items.items()]))
    files = {item_file(item_id, at) for item_id, at in items.items()}
    linked = []
    for path, document in found.items():
        for link in document["links"]:
            target = resolved(path, link["href"])
            if link["rel"] == "item":
                linked.append(target)
            else:
                assert link["title"] == found[target]["title"]
                assert (link["rel"] == "root") <= (target == "catalog.json")
            if link["rel"] == "child":
                back = [at["href"] for at in found[target]["links"] if at["rel"] == "parent"]
                assert [resolved(target, href) for href in back] == [path]
    assert sorted(linked) == sorted(files)
    assert list(found)[-1] == "catalog.json"


def resolved(path: str, href: str) -> str:
    """The path that a relative reference in the document at `path` leads to."""
    parts: list[str] = []
    for part in (PurePosixPath(path).parent / href).parts:
        if part == "..":
            parts.pop()
        else:
            parts.append(part)
    return "/".join(parts)
