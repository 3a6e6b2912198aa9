import pytest
from hypothesis import given
from hypothesis import strategies as st

from itemcat.errors import Problems, RuleError
from itemcat.model import Asset, ItemRules, Place, Source
from itemcat.naming import LONGEST_ID, NamedItem, Unnamed, is_safe_id, name_items


def source(line: int = 1, **rules: object) -> Source:
    rules.setdefault("id", "{stem}")
    return Source("files", "*.tif", ItemRules(**rules), Place("catalog.yaml", line, 3))  # type: ignore[arg-type]


def local(name: str) -> Asset:
    return Asset(name=name, location=f"data/{name}", is_local=True)


def names(*names_: str, **rules: object) -> list[NamedItem | Unnamed]:
    return name_items([(source(**rules), [local(name) for name in names_])])


def error(*names_: str, **rules: object) -> RuleError:
    [unnamed] = names(*names_, **rules)
    assert isinstance(unnamed, Unnamed)
    assert isinstance(unnamed.error, RuleError)
    return unnamed.error


def ids(found: list[NamedItem | Unnamed]) -> list[str]:
    return [item.id for item in found if isinstance(item, NamedItem)]


def test_items_are_called_after_their_files() -> None:
    assert ids(names("a.tif", "b.v2.tif")) == ["a", "b.v2"]


def test_items_are_numbered_in_the_order_of_the_spec() -> None:
    listed = [(source(id="item_{n}"), [local("b.tif")]), (source(id="item_{n}"), [local("a.tif")])]
    assert ids(name_items(listed)) == ["item_1", "item_2"]


def test_what_a_file_name_may_hold_and_an_id_may_not_is_replaced() -> None:
    assert ids(names("lac Léman, 2019.tif")) == ["lac_L_man_2019"]


def test_times_and_paths_in_an_id_are_made_safe() -> None:
    found = names("x_20190203.tif", pattern="x_{day:%Y%m%d}.tif", id="{path}-{day}")
    assert ids(found) == ["data_x_20190203.tif-2019-02-03"]


@pytest.mark.parametrize(
    "text",
    [
        "..",
        ".hidden",
        "a/b",
        "CON",
        "nul.tif",
        "lpt1",
        "x.",
        "items.parquet",
        "a" * (LONGEST_ID + 1),
        "-x",
    ],
)
def test_an_id_that_is_a_path_or_a_device_is_refused(text: str) -> None:
    found = error("a.tif", id=text)
    assert "not safe as a file name" in found.what
    assert "id:" in found.hint


def test_the_catalog_file_is_no_item() -> None:
    assert not is_safe_id("Catalog.JSON")


def test_two_items_of_one_id_are_named_with_both_places() -> None:
    listed = [(source(3), [local("a.tif")]), (source(9), [local("A.tif")])]
    with pytest.raises(Problems) as raised:
        name_items(listed)
    [clash] = raised.value.errors
    assert clash.where == "catalog.yaml:9:3"
    assert "data/a.tif (catalog.yaml:3:3) and data/A.tif" in clash.what
    assert raised.value.exit_code == 2


def test_two_addresses_that_differ_in_a_secret_only_are_refused() -> None:
    def listed(line: int, key: str) -> tuple[Source, list[Asset]]:
        url = f"https://example.org/get?key={key}"
        return source(line, id=f"i{line}"), [Asset("get", url, "https://example.org/get")]

    with pytest.raises(
        Problems, match=r"that of catalog\.yaml:3:3: https://example\.org/get\n"
    ) as raised:
        name_items([listed(3, "s3cret1"), listed(9, "s3cret2")])
    assert "s3cret" not in str(raised.value)
    assert len(name_items([listed(3, "same"), listed(9, "same")])) == 2


def test_a_secret_in_the_template_of_an_address_is_not_published() -> None:
    href = "https://me:s3cret@example.org/{name}?token=s3cret&v=1"
    listed = Source("files", "*.tif", ItemRules(), Place("c", 1, 1), href=href)
    [item] = name_items([(listed, [local("a.tif")])])
    assert item.members[0].asset.href == "https://example.org/a.tif?v=1"


def test_a_name_that_does_not_match_the_pattern_says_both() -> None:
    found = error("b.tif", pattern="a_{n1}.tif")
    assert found.where == "data/b.tif"
    assert "'b.tif'" in found.what
    assert "'a_{n1}.tif'" in found.what


def test_an_unknown_field_in_an_id_names_those_that_there_are() -> None:
    assert "{name}, {stem}, {path}, {n}" in error("a.tif", id="{nam}").what


def test_the_public_address_comes_from_the_template_percent_encoded() -> None:
    place = Place("catalog.yaml", 1, 3)
    href = "https://example.org/{path}?stem={stem}"
    listed = Source("files", "*.tif", ItemRules(), place, href=href)
    [item] = name_items([(listed, [local("a b#1.tif")])])
    assert item.members[0].asset.href == "https://example.org/data/a%20b%231.tif?stem=a%20b%231"


@given(st.text(min_size=1, max_size=300))
def test_every_id_that_is_given_is_safe(name: str) -> None:
    [item] = names(name.replace("/", "") + ".tif")
    assert isinstance(item, Unnamed) or is_safe_id(item.id)
