from typing import Any

import pytest
from test_render import item

from itemcat.errors import RuleError
from itemcat.layout import MOST_ITEMS, above, catalog_folders, crowded, folder_of
from itemcat.templates import TemplateError

AT = {"datetime": "2019-02-24T20:37:44Z"}
BETWEEN = {"datetime": None, "start_datetime": "2018-12-31T23:00:00Z"}


@pytest.mark.parametrize(
    ("layout", "properties", "folder"),
    [
        (None, AT, ""),
        ("{year}", AT, "2019"),
        ("{year}/{month}/{day}", AT, "2019/02/24"),
        ("{year}-{month}", BETWEEN, "2018-12"),
        ("by name/{stem}", AT, "by name/a"),
    ],
)
def test_an_item_goes_where_its_time_and_name_say(
    layout: str | None, properties: dict[str, Any], folder: str
) -> None:
    if folder.startswith("by name"):
        with pytest.raises(RuleError, match="is not safe as folders"):
            folder_of(layout, item(), properties)
    else:
        assert folder_of(layout, item(), properties) == folder


@pytest.mark.parametrize("layout", ["{stem}/../x", "/{stem}", "{stem}/", "con/{stem}", "a//b"])
def test_no_layout_leaves_the_output(layout: str) -> None:
    with pytest.raises(RuleError, match="is not safe as folders"):
        folder_of(layout, item(), AT)


def test_an_unknown_field_is_told() -> None:
    with pytest.raises(TemplateError, match=r"no field \{platform\}"):
        folder_of("{platform}", item(), AT)


def test_folders_need_catalogs_up_to_the_root() -> None:
    assert list(above("a/b")) == ["a/b", "a", ""]
    assert catalog_folders(["a/b", "c"]) == {"a/b", "a", "c", ""}
    assert catalog_folders([]) == {""}


def test_catalogs_with_too_many_items_are_named() -> None:
    counts = {"a/b": MOST_ITEMS + 1, "c": MOST_ITEMS, "": MOST_ITEMS + 2}
    assert crowded(counts, "collection.json") == [
        ("collection.json", MOST_ITEMS + 2),
        ("a/b/catalog.json", MOST_ITEMS + 1),
    ]
