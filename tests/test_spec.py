"""The spec: what becomes of a sound file, and which file is read."""

import dataclasses
import os
import sys
from pathlib import Path

import pytest
from specs import ASSETS, CATALOG, FULL, SHA256, URL

from itemcat.errors import MachineError, Problems, UsageError
from itemcat.model import (
    AssetRules,
    CatalogFields,
    DatetimeRule,
    FetchRules,
    ItemRules,
    Place,
    Rate,
    ReadRules,
    Source,
    Spec,
)
from itemcat.openscience import Contact, NewProject, OpenScience
from itemcat.spec.load import MAX_BYTES, load_spec
from itemcat.spec.yamltext import MAX_DEPTH


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder of the test."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def load(text: str, folder: Path) -> Spec:
    (folder / "catalog.yaml").write_text(text, encoding="utf-8")
    return load_spec(folder)


def test_a_whole_spec(folder: Path) -> None:
    spec = load(FULL, folder)
    rules = ItemRules(
        pattern="lakes_{platform}_{start:%Y%m%dT%H%M%S}.tif",
        id="item_{n}",
        title="Lakes, {start:%Y-%m-%d}",
        datetime=DatetimeRule(start="{start}", end="2019-12-31"),
        properties={"license": "CC-BY-4.0", "orbit": 12, "note": "no"},
        asset=AssetRules("extent", ("data", "visual")),
    )
    own = dataclasses.replace(
        rules,
        id="12",
        datetime=DatetimeRule(instant="2019-02-24T20:37:44Z"),
        properties={"license": "CC-BY-4.0", "orbit": 13, "note": "no", "when": "2019-02-24"},
        asset=AssetRules("extent", (), "Lake"),
    )
    tagged = dataclasses.replace(rules, datetime=DatetimeRule(tag="TIFFTAG_DATETIME"))
    local = dataclasses.replace(rules, title="1.10")
    href = "https://example.org/data/{name}"
    assert spec == Spec(
        path=folder / "catalog.yaml",
        catalog=CatalogFields(
            "lakes-2025",
            "2025",
            "Lakes, in two lines.\nOf Greenland.\n",
            "https://example.org/lakes/catalog.json",
        ),
        output="stac/lakes",
        read=ReadRules(("proj", "file"), "none"),
        sources=(
            Source("url", f"{URL}?token=s3cret", rules, Place("catalog.yaml", 24, 5)),
            Source(
                "url",
                "https://example.org/b.tif",
                own,
                Place("catalog.yaml", 25, 5),
                sha256=SHA256,
            ),
            Source("urls", "links.txt", tagged, Place("catalog.yaml", 31, 5)),
            Source("files", "data/**/*.tif", local, Place("catalog.yaml", 33, 5), href=href),
        ),
        fetch=FetchRules(
            {"example.org": Rate(30, 60), "localhost:8080": Rate(2000, 3600)},
            {"example.org": {"Authorization": "Bearer ${TOKEN}"}},
            netrc=True,
        ),
        layout="{year}/{month}",
        osc=OpenScience(
            "greenland-lakes",
            "ongoing",
            ("cryosphere",),
            product="lakes-of-greenland",
            missions=("sentinel-1",),
            doi="10.5281/zenodo.7568049",
            new_project=NewProject(
                "greenland-lakes",
                "4711",
                "Maps lakes.",
                "ongoing",
                "https://example.org/project",
                Contact("Ada Ice", "ada@example.org"),
                ("University of Iceland",),
            ),
        ),
    )


def test_the_smallest_spec_has_the_defaults(folder: Path) -> None:
    spec = load(CATALOG + ASSETS, folder)
    assert spec.output == "lakes"
    assert spec.read == ReadRules()
    assert spec.fetch == FetchRules()
    assert spec.sources == (Source("url", URL, ItemRules(), Place("catalog.yaml", 3, 5)),)


def test_entries_do_not_share_what_they_change(folder: Path) -> None:
    entry = f"  - url: {URL}\n    properties: {{a: 2}}\n"
    spec = load(CATALOG + "items: {properties: {a: 1}}\n" + ASSETS + entry, folder)
    assert [source.rules.properties for source in spec.sources] == [{"a": 1}, {"a": 2}]


def test_numbers_are_text_only_where_text_is_asked_for(folder: Path) -> None:
    items = "items: {id: 007, title: 1e3, properties: {a: 1e3, b: [true]}, asset: {roles: [1]}}\n"
    (source,) = load(CATALOG + items + ASSETS, folder).sources
    assert (source.rules.id, source.rules.title) == ("007", "1e3")
    assert source.rules.properties == {"a": 1000.0, "b": [True]}
    assert source.rules.asset.roles == ("1",)


def test_a_number_behind_an_alias_is_each_time_what_is_asked_for(folder: Path) -> None:
    items = "items: {title: &x 1.10, properties: {a: *x}}\n"
    (source,) = load(CATALOG + items + ASSETS, folder).sources
    assert (source.rules.title, source.rules.properties) == ("1.10", {"a": 1.1})


def test_properties_as_deep_as_may_be(folder: Path) -> None:
    deep = "{a: " * (MAX_DEPTH - 3) + "b" + "}" * (MAX_DEPTH - 3)
    (source,) = load(f"{CATALOG}items: {{properties: {{a: {deep}}}}}\n{ASSETS}", folder).sources
    assert str(source.rules.properties).count("a") == MAX_DEPTH - 2


def test_windows_line_ends_and_a_byte_order_mark(folder: Path) -> None:
    data = b"\xef\xbb\xbf" + FULL.replace("\n", "\r\n").encode()
    (folder / "catalog.yaml").write_bytes(data)
    assert load_spec(folder) == load(FULL, folder)


@pytest.mark.parametrize(
    "url",
    [
        *("http://localhost:8000/a.tif", "https://me:pw@example.org/a", "https://[::1]:80/a"),
        *("https://example.org", "https://example.org?a=b", "https://exämple.org/ä…#x"),
        "https://b.s3.eu-1.amazonaws.com/a%20b.tif?X-Amz-Signature=abc",
    ],
)
def test_urls(url: str, folder: Path) -> None:
    assert load(f"{CATALOG}assets: ['{url}', url: '{url}']", folder).sources[1].address == url


@pytest.mark.parametrize(
    "time",
    [
        *("2019-02-24", "2019-02-24T20:37:44Z", "2019-02-24 20:37:44", "2020-02-29"),
        *("2019-02-24T20:37:44.123456789+02:00", "{start}", "{day:%Y}-01-01", "20{yy}"),
    ],
)
def test_times(time: str, folder: Path) -> None:
    items = f"items: {{pattern: '{{start}}_{{day:%Y}}_{{yy}}.tif', datetime: '{time}'}}"
    (source,) = load(f"{CATALOG}{items}\n{ASSETS}", folder).sources
    assert source.rules.datetime == DatetimeRule(instant=time)


def test_the_file_is_shown_as_it_was_named(folder: Path) -> None:
    (folder / "sub").mkdir()
    (folder / "sub" / "catalog.yaml").write_text(CATALOG + ASSETS)
    (folder / "sub" / "other.yaml").write_text(CATALOG + ASSETS)
    shown = str(Path("sub", "catalog.yaml"))
    assert load_spec(Path("sub")).sources[0].place.file == shown
    assert load_spec(folder / "sub").sources[0].place.file == shown
    assert load_spec(Path("sub"), shown="-").sources[0].place.file == "-"
    assert load_spec(Path("sub", "other.yaml")).path == folder / "sub" / "other.yaml"
    os.chdir("sub")
    assert load_spec(Path("..", "sub")).sources[0].place.file == str(Path("..", shown))


@pytest.mark.parametrize("path", ["nowhere/catalog.yaml", "a.yaml", ".", "a\0b"])
def test_no_such_file_is_a_question_of_usage(path: str, folder: Path) -> None:
    with pytest.raises(UsageError) as caught:
        load_spec(Path(path))
    assert caught.value.where == ("catalog.yaml" if path == "." else path)
    assert "itemcat build FOLDER" in caught.value.hint


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="needs a reader's rights")
def test_a_file_that_may_not_be_read_is_the_machines_fault(folder: Path) -> None:
    (folder / "catalog.yaml").write_text(CATALOG + ASSETS)
    (folder / "catalog.yaml").chmod(0)
    with pytest.raises(MachineError, match="cannot be read"):
        load_spec(folder)


def test_a_name_that_is_too_long_is_the_machines_fault(folder: Path) -> None:
    with pytest.raises(MachineError, match="too long"):
        load_spec(Path("a" * 5000))


def test_a_huge_file_is_refused_unread(folder: Path) -> None:
    with (folder / "catalog.yaml").open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    with pytest.raises(Problems) as caught:
        load_spec(folder)
    ((error),) = caught.value.errors
    assert (error.where, error.what) == ("catalog.yaml", "the spec has more than 64 MB")
    assert "urls:" in error.hint


@pytest.mark.parametrize(
    ("data", "where"),
    [(b"a: b\n\xc3\xa9: \xff\n", "2:4"), (b"\xff\xfea\0", "1:1"), (b"a: \xc3", "1:4")],
)
def test_other_encodings_are_refused_where_they_show(data: bytes, where: str, folder: Path) -> None:
    (folder / "catalog.yaml").write_bytes(data)
    with pytest.raises(Problems) as caught:
        load_spec(folder)
    (error,) = caught.value.errors
    assert (error.where, error.what) == (f"catalog.yaml:{where}", "this is not UTF-8 text")
