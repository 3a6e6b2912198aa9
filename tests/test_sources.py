import os
from pathlib import Path

import pytest

from itemcat.errors import Problems, SpecError
from itemcat.model import Asset, ItemRules, Place, Source
from itemcat.sources import KINDS, REMOTE, listing_key, resolve
from itemcat.spec.load import KINDS as KINDS_OF_THE_SPEC
from itemcat.stamp import Sightings


def source(kind: str, address: str, sha256: str | None = None) -> Source:
    place = Place("catalog.yaml", 3, 5)
    return Source(kind, address, ItemRules(), place, sha256=sha256)


def test_the_registry_and_the_spec_know_the_same_kinds() -> None:
    assert KINDS.keys() | REMOTE.keys() == set(KINDS_OF_THE_SPEC)
    assert not KINDS.keys() & REMOTE.keys()


def test_a_url_is_one_asset_with_a_public_address(tmp_path: Path) -> None:
    url = "https://me:pw@example.org/a%20b.tif?token=x&v=1"
    assert resolve(source("url", url, "ab" * 32), Sightings(tmp_path)) == (
        Asset(
            name="a b.tif",
            location=url,
            href="https://example.org/a%20b.tif?v=1",
            checksum="sha256:" + "ab" * 32,
        ),
    )
    assert listing_key(source("url", url)) is None


def test_a_url_that_names_no_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="names no file") as raised:
        resolve(source("url", "https://example.org/?token=s3cret"), Sightings(tmp_path))
    assert raised.value.where == "catalog.yaml:3:5"
    assert "s3cret" not in str(raised.value)


def test_a_list_keeps_its_order(tmp_path: Path) -> None:
    (tmp_path / "l.txt").write_bytes(
        "\ufeff# scenes\r\n\r\n https://x.org/b.tif \nhttps://x.org/a.tif".encode()
    )
    found = resolve(source("urls", "l.txt"), Sightings(tmp_path))
    assert [asset.name for asset in found] == ["b.tif", "a.tif"]


def test_every_bad_line_of_a_list_is_named(tmp_path: Path) -> None:
    (tmp_path / "l.txt").write_text("nonsense\nhttps://x.org/a.tif\nhttps://x.org/\nftp://x/y\n")
    with pytest.raises(Problems) as raised:
        resolve(source("urls", "l.txt"), Sightings(tmp_path))
    assert [error.where for error in raised.value.errors] == ["l.txt:1", "l.txt:3", "l.txt:4"]


def test_a_list_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "l.txt").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SpecError, match="not UTF-8"):
        resolve(source("urls", "l.txt"), Sightings(tmp_path))


def test_a_glob_gives_files_only_and_by_name(tmp_path: Path) -> None:
    for name in ("b.tif", "a.tif", "sub/c.tif", "notes.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "folder.tif").mkdir()
    sightings = Sightings(tmp_path)
    found = resolve(source("files", "**/*.tif"), sightings)
    assert [asset.location for asset in found] == ["a.tif", "b.tif", "sub/c.tif"]
    assert all(asset.is_local and asset.href is None for asset in found)
    assert sightings.globs == {"**/*.tif": ["a.tif", "b.tif", "sub/c.tif"]}


@pytest.mark.skipif(os.name == "nt", reason="file names are text there")
def test_a_file_name_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.tif"))).touch()
    with pytest.raises(SpecError, match="no file name that a catalog can hold"):
        resolve(source("files", "*.tif"), Sightings(tmp_path))


def test_an_absolute_glob_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="absolute path"):
        resolve(source("files", "/data/*.tif"), Sightings(tmp_path))
