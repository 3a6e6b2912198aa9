"""Sidecars: what kind of file they are, and their place in a scene."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from project import Project, raster_bytes
from server import Server
from stac import assert_valid

from itemcat import readers

HEAD = """\
catalog: {id: scenes, title: Scenes, description: Scenes of ice.}
output: out
items:
  pattern: "{scene}_{start:%Y%m%d}_{band}.tif"
  group: "{scene}_{start:%Y%m%d}"
  datetime: "{start}"
  asset: {key: "{band}"}
assets:
  - files: "*_B?.tif"
  - files: "*_meta.xml"
    pattern: "{scene}_{day:%Y%m%d}_{kind}.xml"
    group: "{scene}_{day:%Y%m%d}"
    reader: file
    asset: {key: "{kind}", roles: [metadata]}
"""
META = "north_20190101_meta.xml"
KINDS = {
    b"\x89PNG\r\n\x1a\nrest": "image/png",
    b"\xff\xd8\xff\xe0": "image/jpeg",
    b"GIF89a": "image/gif",
    b"RIFF\x00\x00\x00\x00WEBPVP8": "image/webp",
    b"%PDF-1.7": "application/pdf",
    b"II*\x00": "image/tiff",
    b"PK\x03\x04": "application/zip",
    b"\x1f\x8b\x08": "application/gzip",
    b"\xef\xbb\xbf<?xml version='1.0'?><a/>": "application/xml",
    b"<!DOCTYPE HTML><html>": "text/html",
    b' {"a": [1]}': "application/json",
    b"{not json": "text/plain",
    "Grönland\n".encode(): "text/plain",
    ("ö" * 3000).encode(): "text/plain",
    b"\x00\x01\x02": None,
    b"\xff\xfe\xfd": None,
    b"": None,
}


def kind(path: Path, data: bytes) -> str | None:
    path.write_bytes(data)
    record = readers.read("file", path, {})
    assert (record["geometry"], record["bbox"]) == (None, None)
    found: str | None = record.get("media_type")
    return found


@pytest.mark.parametrize("data", KINDS)
def test_a_file_is_what_its_bytes_are(tmp_path: Path, data: bytes) -> None:
    assert kind(tmp_path / "sidecar.png", data) == KINDS[data]


@given(st.binary(max_size=200))
def test_any_bytes_are_something_or_not_known(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    found = kind(tmp_path_factory.getbasetemp() / "any", data)
    assert found in {*KINDS.values()}


@pytest.fixture
def scene(project: Project) -> Project:
    project.raster("north_20190101_B1.tif", 0)
    (project.folder / "north_20190101_meta.xml").write_text("<?xml version='1.0'?><scene/>")
    project.spec(HEAD)
    project.build()
    return project


def test_a_sidecar_is_an_asset_that_nobody_reads_as_a_raster(scene: Project) -> None:
    path = scene.folder / "out" / "north_20190101" / "north_20190101.json"
    item = json.loads(path.read_bytes())
    assert_valid(item)
    sidecar = item["assets"]["meta"]
    assert (sidecar["type"], sidecar["roles"]) == ("application/xml", ["metadata"])
    assert sidecar["file:size"] == (scene.folder / "north_20190101_meta.xml").stat().st_size
    assert item["properties"]["proj:shape"] == [20, 30]
    assert item["geometry"]["type"] == "Polygon"
    assert not {"bands", "proj:shape"} & sidecar.keys()


def test_a_sidecar_that_changes_updates_its_item(scene: Project) -> None:
    assert scene.build().is_same
    (scene.folder / "north_20190101_meta.xml").write_text("<?xml version='1.0'?><scene new=''/>")
    result = scene.build()
    assert [str(decision.action) for decision in result.decisions.values()] == ["update"]


def test_beside_heads_that_are_read_remotely_it_comes_whole(
    project: Project, server: Server
) -> None:
    server.put("north_20190101_B1.tif", raster_bytes(0), etag='"1"')
    server.put("north_20190101_meta.xml", b"<?xml version='1.0'?><scene/>", etag='"2"')
    head, _, entries = HEAD.partition("assets:\n")
    entries = entries.replace('files: "*_B?.tif"', f"url: {server.url('north_20190101_B1.tif')}")
    entries = entries.replace(
        'files: "*_meta.xml"', f"url: {server.url('north_20190101_meta.xml')}"
    )
    project.spec(f"{head}read: {{access: remote, statistics: none}}\nassets:\n{entries}")
    project.build()
    path = project.folder / "out" / "north_20190101" / "north_20190101.json"
    assets = json.loads(path.read_bytes())["assets"]
    assert "file:checksum" in assets["meta"]
    assert "file:checksum" not in assets["B1"]
    assert assets["B1"]["file:size"] == len(raster_bytes(0))
    assert project.build().totals.requests == 0
