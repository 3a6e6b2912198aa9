"""Zarr stores in ZIP archives: what netCDF gives, and nothing that a malicious one wants."""

import gzip
import json
import struct
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cubes
import numcodecs
import numpy as np
import pytest
import zarr
from hypothesis import given
from hypothesis import strategies as st
from project import Project
from test_invenio import ANYTHING, paths

from itemcat import readers
from itemcat.errors import MachineError, ReadError
from itemcat.model import Record
from itemcat.readers import zarr_codecs

FORMS = pytest.mark.parametrize("form", [2, 3])


def record_of(path: Path, variable: str | None = None) -> Record:
    return readers.read("cube", path, {} if variable is None else {"variable": variable})


def refusal(path: Path, variable: str | None = None) -> ReadError:
    with pytest.raises(ReadError) as raised:
        record_of(path, variable)
    assert raised.value.where == path.name
    assert str(path.parent) not in str(raised.value)
    return raised.value


def globe(folder: Path, form: int) -> Path:
    return cubes.packed(cubes.store(folder / "a", cubes.globe(), form), folder / "a.zarr.zip")


# ------------------------------------------------------------------------------------ what is read


@FORMS
@pytest.mark.parametrize("cube", [cubes.globe, lambda: cubes.plane({"grid_mapping_name": "x"})])
def test_the_facts_are_those_of_netcdf(
    tmp_path: Path, form: int, cube: Callable[[], dict[str, cubes.Column]]
) -> None:
    expected = dict(record_of(cubes.write(tmp_path / "a.nc", cube())))
    expected["media_type"] = "application/zip"
    found = dict(
        record_of(cubes.packed(cubes.store(tmp_path / "a", cube(), form), tmp_path / "a.zip"))
    )
    if form == 3:  # which has its value for missing chunks, and none for missing numbers
        expected["variables"] = {
            name: {key: value for key, value in one.items() if key != "nodata"}
            for name, one in expected["variables"].items()
        }
    assert found == expected


def test_what_xarray_says_of_missing_numbers_counts(tmp_path: Path) -> None:
    folder = cubes.store(tmp_path / "a", cubes.globe(), 3)
    document = folder / "air/zarr.json"
    said = json.loads(document.read_text())
    said["attributes"]["_FillValue"] = "AAAAAAA4j8A="  # -999.0, as xarray writes it
    document.write_text(json.dumps(said))
    record = record_of(cubes.packed(folder, tmp_path / "a.zip"))
    assert record["variables"]["air"]["nodata"] == -999


@FORMS
def test_data_are_not_needed(tmp_path: Path, form: int) -> None:
    whole = record_of(globe(tmp_path, form))
    folder = tmp_path / "a"
    for file in folder.glob("air/**/*"):
        if file.is_file() and file.name not in (".zarray", ".zattrs", "zarr.json"):
            file.unlink()
    assert record_of(cubes.packed(folder, tmp_path / "b.zip")) == whole


@FORMS
def test_a_folder_that_was_packed_as_such(tmp_path: Path, form: int) -> None:
    whole = record_of(globe(tmp_path, form))
    assert record_of(cubes.packed(tmp_path / "a", tmp_path / "b.zip", "a.zarr/")) == whole


def test_the_command_that_packs_a_store(tmp_path: Path) -> None:
    whole = record_of(globe(tmp_path, 3))
    page = (Path(__file__).parent.parent / "docs" / "formats.md").read_text("utf-8")
    [command] = [line for line in page.splitlines() if line.startswith("python -m zipfile")]
    (tmp_path / "a").rename(tmp_path / "air.zarr")
    subprocess.run([sys.executable, *command.split()[1:]], cwd=tmp_path, check=True)
    assert record_of(tmp_path / "air.zarr.zip") == whole


@FORMS
def test_a_group_is_named(tmp_path: Path, form: int) -> None:
    whole = record_of(globe(tmp_path, form))
    folder = cubes.store(tmp_path / "b", cubes.globe(), form, "deep")
    path = cubes.packed(folder, tmp_path / "b.zip")
    assert record_of(path, "deep") == record_of(path, "/deep/") == whole
    error = refusal(path)
    assert (error.what, error.hint) == (
        "has its variables in groups: deep",
        "choose one in the spec: `variable: deep`",
    )
    assert refusal(path, "other").what == "has no group 'other'; it has deep"


@pytest.mark.parametrize(
    "codec", [None, numcodecs.Zlib(), numcodecs.GZip(), numcodecs.LZ4(), numcodecs.Zstd()]
)
def test_codecs_of_version_2(tmp_path: Path, codec: Any) -> None:
    whole = record_of(globe(tmp_path, 2))
    group = zarr.open_group(tmp_path / "a", mode="r+", zarr_format=2)
    said = dict(group["lat"].attrs)
    array = group.create_array(
        "lat", data=np.linspace(90, -90, 19), compressors=codec, overwrite=True, attributes=said
    )
    assert array.shape == (19,)
    assert record_of(cubes.packed(tmp_path / "a", tmp_path / "b.zip")) == whole


def test_an_item_of_a_store(project: Project, tmp_path: Path) -> None:
    globe(tmp_path, 3).rename(project.folder / "air.zarr.zip")
    project.spec("catalog: {id: a, title: A, description: B.}\nassets:\n  - files: '*.zarr.zip'\n")
    project.build()
    item = json.loads((project.folder / "a/air.zarr/air.zarr.json").read_text("utf-8"))
    assert item["properties"]["cube:dimensions"].keys() == {"time", "level", "lat", "lon"}
    assert item["properties"]["start_datetime"] == "2019-01-01T00:00:00Z"
    assert item["assets"]["data"]["type"] == "application/zip"
    assert item["assets"]["data"]["file:checksum"].startswith("1220")
    assert project.build().is_same


@pytest.mark.parametrize("entry", ["files: air.zarr", "url: https://example.org/air.zarr/"])
def test_a_store_that_is_a_folder_is_no_asset(project: Project, entry: str) -> None:
    cubes.store(project.folder / "air.zarr", cubes.globe(), 3)
    project.spec(f"catalog: {{id: a, title: A, description: B.}}\nassets:\n  - {entry}\n")
    done = project.run("build")
    assert done.returncode == 2
    assert "python -m zipfile -c air.zarr.zip air.zarr" in done.stderr


# ----------------------------------------------------------------------------------- bad input


@FORMS
def test_without_coordinates_it_is_no_cube(tmp_path: Path, form: int) -> None:
    folder = cubes.store(tmp_path / "a", {"a": (["y", "x"], np.zeros((3, 4)), {})}, form)
    assert "has no coordinates" in refusal(cubes.packed(folder, tmp_path / "a.zip")).what


def test_dimensions_without_names(tmp_path: Path) -> None:
    group = zarr.create_group(tmp_path / "a", zarr_format=3)
    group.create_array("air", shape=(3, 4), dtype="f4")
    error = refusal(cubes.packed(tmp_path / "a", tmp_path / "a.zip"))
    assert error.what == "does not name the dimensions of its array air"
    assert "to_zarr" in error.hint


def test_an_archive_without_a_store(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("read me.txt", "hello")
    error = refusal(path)
    assert error.what == "is a ZIP archive without a Zarr group at its top"


def test_a_damaged_archive(tmp_path: Path) -> None:
    data = globe(tmp_path, 3).read_bytes()
    path = tmp_path / "b.zip"
    path.write_bytes(data[: len(data) // 2])
    assert refusal(path).what.startswith("cannot be read: ")


def document(folder: Path, array: str) -> Path:
    old = folder / array / ".zarray"
    return old if old.exists() else folder / array / "zarr.json"


def changed(tmp_path: Path, form: int, array: str, **changes: Any) -> Path:
    """The globe with other metadata for one array."""
    folder = cubes.store(tmp_path / "a", cubes.globe(), form)
    said = json.loads(document(folder, array).read_text())
    document(folder, array).write_text(json.dumps(said | changes))
    return cubes.packed(folder, tmp_path / "a.zip")


def test_a_codec_that_runs_code_is_not_run(tmp_path: Path) -> None:
    evil = b"cos\nsystem\n(S'touch " + str(tmp_path / "ran").encode() + b"'\ntR."
    folder = cubes.store(tmp_path / "a", cubes.globe(), 2)
    said = json.loads(document(folder, "lat").read_text())
    said |= {"filters": [{"id": "pickle"}], "compressor": None}
    document(folder, "lat").write_text(json.dumps(said))
    (folder / "lat/0").write_bytes(evil)
    error = refusal(cubes.packed(folder, tmp_path / "a.zip"))
    assert error.what == "its chunk lat/0 is packed by 'pickle', which is not unpacked"
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("codec", ["pickle", "json2", "made-up"])
def test_data_may_be_packed_by_anything(tmp_path: Path, codec: str) -> None:
    whole = record_of(globe(tmp_path, 2))
    path = changed(tmp_path / "other", 2, "air", filters=[{"id": codec}])
    assert record_of(path) == whole


BOMB = bytes(zarr_codecs.LARGEST + 1)


@pytest.mark.parametrize(
    ("codec", "data"),
    [
        ("zlib", zlib.compress(BOMB, 1)),
        ("gzip", gzip.compress(BOMB, 1)),
        ("zstd", numcodecs.Zstd().encode(BOMB)),
        ("blosc", numcodecs.Blosc().encode(BOMB)),
        ("lz4", struct.pack("<I", 1 << 31) + b"x"),
    ],
)
def test_a_chunk_that_swells_is_not_unpacked(tmp_path: Path, codec: str, data: bytes) -> None:
    folder = cubes.store(tmp_path / "a", cubes.globe(), 2)
    said = json.loads(document(folder, "lat").read_text())
    document(folder, "lat").write_text(json.dumps(said | {"compressor": {"id": codec}}))
    (folder / "lat/0").write_bytes(data)
    error = refusal(cubes.packed(folder, tmp_path / "a.zip"))
    assert error.what == "its chunk lat/0 holds more than 80,000,000 bytes"


@pytest.mark.parametrize("codec", ["zlib", "gzip", "zstd", "blosc", "lz4"])
@given(data=st.binary(max_size=40))
def test_how_much_a_chunk_holds_is_known_or_not(codec: str, data: bytes) -> None:
    size = zarr_codecs.unpacked(codec, data)
    assert size is None or size >= 0
    encoded = bytes(numcodecs.get_codec({"id": codec}).encode(data + b"x"))
    assert zarr_codecs.unpacked(codec, encoded) == len(data) + 1


@pytest.mark.parametrize("size", [1, 255, 256, 70_000, 1 << 20])
def test_how_much_a_frame_holds(size: int) -> None:
    assert zarr_codecs.unpacked("zstd", numcodecs.Zstd().encode(bytes(size))) == size


def test_members_that_swell(tmp_path: Path) -> None:
    folder = cubes.store(tmp_path / "a", cubes.globe(), 3)
    path = cubes.packed(folder, tmp_path / "a.zip")
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("lat/c/7", BOMB)
    assert "chunks of 80,000," in refusal(path).what
    (folder / "zarr.json").unlink()
    path = cubes.packed(folder, tmp_path / "b.zip")
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zarr.json", b'{"node_type": "group", "x": "' + bytes(5 << 20) + b'"}')
    assert "has metadata of more than 4 MB" in refusal(path).what


@FORMS
@pytest.mark.parametrize("shape", [[10**9], [10**30], [-1], [1.5], "x", None])
def test_a_coordinate_of_a_shape_that_is_none(tmp_path: Path, form: int, shape: Any) -> None:
    refusal(changed(tmp_path, form, "lat", shape=shape))


def test_a_coordinate_whose_chunks_are_too_many_or_too_large(tmp_path: Path) -> None:
    for n, chunks in enumerate(([10**9], [1])):
        path = changed(tmp_path / str(n), 2, "lat", shape=[20_000], chunks=chunks)
        assert "of more values than are read" in refusal(path).what


def test_a_coordinate_in_shards(tmp_path: Path) -> None:
    group = zarr.create_group(tmp_path / "a", zarr_format=3)
    group.create_array(
        "lat", data=np.arange(8.0), chunks=(2,), shards=(4,), dimension_names=("lat",),
        attributes=cubes.NORTH,
    )  # fmt: skip
    group.create_array("air", data=np.zeros(8), dimension_names=("lat",))
    error = refusal(cubes.packed(tmp_path / "a", tmp_path / "a.zip"))
    assert "is packed by 'sharding_indexed', which is not unpacked" in error.what


def test_texts_as_coordinates_stay_unread(tmp_path: Path) -> None:
    folder = cubes.store(tmp_path / "a", cubes.globe(), 2)
    said = {
        "zarr_format": 2, "shape": [3], "chunks": [3], "dtype": "|O", "fill_value": "",
        "order": "C", "compressor": None, "filters": [{"id": "vlen-utf8"}],
    }  # fmt: skip
    document(folder, "level").write_text(json.dumps(said))
    (folder / "level/0").write_bytes(struct.pack("<I", 0xFFFFFFFF))
    record = record_of(cubes.packed(folder, tmp_path / "a.zip"))
    assert record["dimensions"]["level"] == {"type": "other", "extent": [0, 2], "step": 1}


@given(data=st.data())
def test_metadata_with_anything_in_any_place_are_read_or_refused(
    data: st.DataObject, stores: dict[int, Path], tmp_path_factory: pytest.TempPathFactory
) -> None:
    form = data.draw(st.sampled_from([2, 3]))
    with zipfile.ZipFile(stores[form]) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    documents = {name: json.loads(text) for name, text in members.items() if text[:1] == b"{"}
    for _ in range(data.draw(st.integers(1, 3))):
        holder, key = data.draw(st.sampled_from(paths(documents)))
        holder[key] = data.draw(ANYTHING)
    path = tmp_path_factory.mktemp("any") / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            said = json.dumps(documents[name]).encode() if name in documents else content
            archive.writestr(name, said)
    try:
        record_of(path)
    except ReadError as error:
        assert error.where == "a.zip"


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Path]:
    return {form: globe(tmp_path_factory.mktemp(f"v{form}"), form) for form in (2, 3)}


def test_without_the_library_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = globe(tmp_path, 3)
    monkeypatch.setitem(sys.modules, "zarr", None)
    with pytest.raises(MachineError) as raised:
        record_of(path)
    assert 'pip install "itemcat[zarr]"' in raised.value.hint
