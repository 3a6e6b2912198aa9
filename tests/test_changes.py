"""The message of a publication, and which files are the catalog's."""

import pytest

from itemcat.changes import Changes, is_catalog_file
from itemcat.model import KnownItem, Manifest

KINDS = {"spec": True, "catalog": True, "manifest": False}


def remembered(**digests: str) -> Manifest:
    return Manifest("out", {}, {name: KnownItem(digest, {}) for name, digest in digests.items()})


def message(before: Manifest | None, now: Manifest, *titles: str, catalog: str = "ice") -> str:
    was, is_now = titles or ("Ice", "Ice")
    return Changes.between(before, now, (was, is_now)).message(catalog, KINDS)


def test_ids_are_sorted_and_counted() -> None:
    before, now = remembered(z="1", y="1", c="1"), remembered(z="2", c="1", b="1", a="1")
    assert message(before, now) == (
        "ice: 2 items added, 1 updated, 1 removed\n\nAdded: a, b\nUpdated: z\nRemoved: y\n"
    )


def test_one_item_is_one_item() -> None:
    assert message(remembered(a="1", b="1"), remembered(a="1")).startswith("ice: 1 item removed\n")


def test_the_first_publication_says_so() -> None:
    assert message(None, remembered(a="1"), "", "Ice") == (
        "ice: first publication, 1 item\n\nAdded: a\n"
    )
    assert message(None, remembered()) == "ice: first publication, 0 items\n"


def test_a_title_and_nothing_else() -> None:
    now = remembered(a="1")
    assert message(now, now, "Ice", "Snow") == 'ice: another title\n\nTitle: "Snow", was "Ice"\n'
    assert message(now, now) == "ice: spec, catalog changed\n"


def test_a_hostile_title_stays_one_short_line() -> None:
    now = remembered(a="1")
    text = message(
        now, now, "Ice", "a\n\nSigned-off-by: x\x1b[31m\u202e" + "b" * 500, catalog="i\nj"
    )
    assert text.isprintable() or set(text) - set("\n") == {s for s in text if s.isprintable()}
    subject, blank, title = text.splitlines()
    assert (subject, blank) == ("i j: another title", "")
    assert len(title) < 100


@pytest.mark.parametrize(
    "path",
    [
        "catalog.json",
        "a/a.json",
        "a.b/a.b.json",
        "2019/catalog.json",
        "collection.json",
        "items.parquet",
        "2019/a/a.json",
        "a/a.webp",
    ],
)
def test_what_itemcat_writes_is_the_catalog_s(path: str) -> None:
    assert is_catalog_file(path)


@pytest.mark.parametrize(
    "path",
    [
        "README.md",
        "a.json",
        "2019/collection.json",
        "a/items.parquet",
        "a/a",
        "a/b.json",
        "a/catalog.json.orig",
        ".git/catalog.json",
        "a/.a/.a.json",
    ],
)
def test_anything_else_is_not(path: str) -> None:
    assert not is_catalog_file(path)
