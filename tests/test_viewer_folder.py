"""Nothing outside of the catalog's folder is read, whatever a name or a link says."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itemcat.errors import UsageError
from itemcat.viewer.folder import Folder, follow


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    root = tmp_path / "catalog"
    (root / "a").mkdir(parents=True)
    (root / "catalog.json").write_text("{}")
    (root / "a" / "a.json").write_text("[1]")
    (root / ".hidden").write_text("x")
    (tmp_path / "secret").write_text("x")
    return Folder.of(root / "catalog.json", "build it")


def test_a_file_of_the_folder_is_there(folder: Folder) -> None:
    assert folder.path("a/a.json") == folder.root / "a" / "a.json"
    assert folder.read("a/a.json", 3) == b"[1]"


def test_a_file_that_is_too_large_is_not_read(folder: Folder) -> None:
    assert folder.read("a/a.json", 2) is None


@pytest.mark.parametrize(
    "name",
    [
        *("../secret", "a/../../secret", "..", ".", "", "/", "a//a.json", "./a/a.json", "a/"),
        *("a", "none", ".hidden", "a/a.json/x", "..\\secret", "a\\a.json", "c:/x", "a/a.json\0"),
        *("a/a.json::$DATA", "x" * 5000, "\ud800"),
    ],
)
def test_no_other_name_leads_to_a_file(folder: Folder, name: str) -> None:
    assert folder.path(name) is None
    assert folder.read(name, 9) is None


def test_an_absolute_name_leads_nowhere(folder: Folder) -> None:
    assert folder.path(str(folder.root.parent / "secret")) is None
    assert folder.path("/" + str(folder.root / "catalog.json")) is None


def test_links_of_the_file_system_are_not_followed(folder: Folder, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "x.json").write_text("{}")
    try:
        (folder.root / "file.json").symlink_to(tmp_path / "secret")
        (folder.root / "folder").symlink_to(outside, target_is_directory=True)
        (folder.root / "inner.json").symlink_to(folder.root / "catalog.json")
    except OSError:
        pytest.skip("this account may make no symbolic links")
    for name in ("file.json", "folder/x.json", "inner.json"):
        assert (folder.root / name).is_file()
        assert folder.path(name) is None


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes in folders here")
def test_a_pipe_is_no_file(folder: Folder) -> None:
    os.mkfifo(folder.root / "pipe.json")
    assert folder.read("pipe.json", 9) is None  # and did not wait for somebody to write


def test_a_folder_that_is_reached_by_a_link_may_be_shown(folder: Folder, tmp_path: Path) -> None:
    try:
        (tmp_path / "way").symlink_to(folder.root, target_is_directory=True)
    except OSError:
        pytest.skip("this account may make no symbolic links")
    assert Folder.of(tmp_path / "way" / "catalog.json", "").read("a/a.json", 9) == b"[1]"


def test_a_folder_without_a_catalog_is_an_error_with_a_hint(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        Folder.of(tmp_path / "catalog.json", "build it")
    assert caught.value.hint == "build it"
    assert "there is no such catalog" in str(caught.value)


@pytest.mark.parametrize(
    ("base", "href", "name"),
    [
        ("catalog.json", "./a/a.json", "a/a.json"),
        ("a/b/c.json", "../d.json", "a/d.json"),
        ("a/b.json", "./c.json?x=1#y", "a/c.json"),
        ("catalog.json", "../secret", None),
        ("a/b.json", "../../secret", None),
        ("catalog.json", "/etc/passwd", None),
        ("catalog.json", "https://example.org/a.json", None),
        ("catalog.json", "//example.org/a.json", None),
        ("catalog.json", "javascript:alert(1)", None),
        ("catalog.json", "http://[", None),
        ("catalog.json", "", None),
        ("catalog.json", 7, None),
    ],
)
def test_a_link_leads_to(base: str, href: object, name: str | None) -> None:
    assert follow(base, href) == name


@given(st.lists(st.sampled_from(["..", ".", "", "a", "%2e%2e", "b:c", "\\"]), max_size=8))
def test_no_link_leads_out(parts: list[str]) -> None:
    name = follow("a/b.json", "/".join(parts))
    assert name is None or ".." not in name.split("/")
