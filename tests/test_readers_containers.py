"""Files that hold several arrays, and those that would draw them from elsewhere."""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
import rasterio.shutil
from project import Project
from rasters import refusal, write

from itemcat import readers
from itemcat.errors import ReadError
from itemcat.model import Record

h5py = pytest.importorskip("h5py")


def array_of(path: Path, variable: str) -> Record:
    return readers.read("raster", path, {"statistics": "exact", "variable": variable})


def netcdf(path: Path, form: str, bands: int = 3) -> Path:
    """A netCDF file on a UTM grid; each band is an array of its own, full of its number."""
    pixels = np.stack([np.full((8, 9), band + 1, np.float32) for band in range(bands)])
    source = write(path.with_suffix(".tif"), pixels)
    rasterio.shutil.copy(source, path, driver="netCDF", FORMAT=form)
    return path


@pytest.mark.parametrize("form", ["NC", "NC4"])
def test_a_container_names_what_it_holds_and_the_spec_chooses(tmp_path: Path, form: str) -> None:
    path = netcdf(tmp_path / "a.nc", form)
    error = refusal(path)
    assert error.what == "holds several arrays: Band1, Band2, Band3"
    assert error.hint == "choose one in the spec: `variable: Band1`"
    record = array_of(path, "Band2")
    assert record["media_type"] == "application/netcdf"
    assert record["shape"] == [8, 9]
    assert record["crs"] == {"code": "EPSG:32623"}
    [band] = record["bands"]
    assert (band["statistics"]["minimum"], band["statistics"]["maximum"]) == (2, 2)
    assert record["bbox"] is not None


@pytest.mark.parametrize("form", ["NC", "NC4"])
def test_one_array_needs_no_choice_but_may_have_it(tmp_path: Path, form: str) -> None:
    path = netcdf(tmp_path / "a.nc", form, bands=1)
    alone = readers.read("raster", path, {"statistics": "exact"})
    assert alone["bands"][0]["statistics"]["maximum"] == 1
    assert array_of(path, "Band1")["bands"] == alone["bands"]
    with pytest.raises(ReadError, match="has no array 'Band2'"):
        array_of(path, "Band2")


def test_groups_are_part_of_the_name(tmp_path: Path) -> None:
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        file["ice/depth"] = np.arange(12.0).reshape(3, 4)
        file["ice/age"] = np.ones((3, 4))
    assert refusal(path).what == "holds several arrays: ice/age, ice/depth"
    record = array_of(path, "ice/depth")
    assert record["media_type"] == "application/x-hdf5"
    assert record["bands"][0]["statistics"]["maximum"] == 11
    assert record["geometry"] is None


@pytest.mark.parametrize("variable", ["Band4", "Band", "../Band1", "Band1:x", '"'])
def test_an_array_that_is_not_there_is_told(tmp_path: Path, variable: str) -> None:
    with pytest.raises(ReadError) as raised:
        array_of(netcdf(tmp_path / "a.nc", "NC"), variable)
    assert raised.value.where == "a.nc"
    assert raised.value.what == f"has no array {variable!r}; it has Band1, Band2, Band3"


def test_a_plain_raster_has_no_arrays(tmp_path: Path) -> None:
    with pytest.raises(ReadError) as raised:
        array_of(write(tmp_path / "a.tif"), "Band1")
    assert raised.value.what == "has no array 'Band1'; it is one raster"
    assert raised.value.hint == "drop `variable:`"


def external_link(file: Any, other: Path) -> None:
    file["leak"] = h5py.ExternalLink(str(other), "/secret")


def deep_external_link(file: Any, other: Path) -> None:
    file.create_group("a/b")["leak"] = h5py.ExternalLink(str(other), "/secret")


def external_storage(file: Any, other: Path) -> None:
    file.create_dataset("leak", (8, 8), "u1", external=[(str(other), 0, 64)])


def virtual(file: Any, other: Path) -> None:
    layout = h5py.VirtualLayout(shape=(8, 8), dtype="u1")
    layout[:] = h5py.VirtualSource(str(other), "secret", shape=(8, 8))
    file.create_virtual_dataset("leak", layout)


@pytest.mark.parametrize("way", [external_link, deep_external_link, external_storage, virtual])
@pytest.mark.parametrize("variable", [None, "leak"])
def test_nothing_outside_a_file_is_touched(tmp_path: Path, way: Any, variable: str | None) -> None:
    other = tmp_path / "other.h5"
    with h5py.File(other, "w") as file:
        file["secret"] = np.full((8, 8), 42, np.uint8)
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        file["honest"] = np.ones((8, 8), np.uint8)
        way(file, other)
    touched: list[str] = []

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open":
            touched.append(str(arguments[0]))

    sys.addaudithook(watch)
    other.unlink()
    other.mkdir()  # whoever opens it would fail in another way than the one expected
    options = {"statistics": "exact"} | ({"variable": variable} if variable else {})
    with pytest.raises(ReadError, match="draws its") as raised:
        readers.read("raster", path, options)
    assert "leak" in raised.value.what
    assert str(other) not in touched


def test_links_within_a_file_are_no_harm_and_loops_end(tmp_path: Path) -> None:
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        file["grid"] = np.ones((8, 8), np.uint8)
        file["again"] = h5py.SoftLink("/grid")
        group = file.create_group("group")
        group["round"] = group
        group["nowhere"] = h5py.SoftLink("/gone")
    record = readers.read("raster", path, {"statistics": "exact", "variable": "grid"})
    assert record["bands"][0]["statistics"]["maximum"] == 1


def test_a_damaged_container_is_told(tmp_path: Path) -> None:
    whole = netcdf(tmp_path / "a.nc", "NC4").read_bytes()
    path = tmp_path / "b.nc"
    for size in (100, len(whole) // 3, len(whole) // 2):
        path.write_bytes(whole[:size])
        assert "cannot be read" in refusal(path).what
        path.write_bytes(whole[:size] + bytes(len(whole) - size))
        assert refusal(path).where == "b.nc"


def test_without_h5py_the_error_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = netcdf(tmp_path / "a.nc", "NC4")
    monkeypatch.setitem(sys.modules, "h5py", None)
    error = refusal(path)
    assert "is HDF5 (so is netCDF-4)" in error.what
    assert error.hint == 'install it with `pip install "itemcat[hdf5]"`'
    assert array_of(netcdf(tmp_path / "b.nc", "NC"), "Band1")["shape"] == [8, 9]


def test_two_items_of_one_file_and_then_nothing_to_do(project: Project) -> None:
    netcdf(project.folder / "a.nc", "NC")
    (project.folder / "a.tif").unlink()
    project.spec(
        "catalog: {id: a, title: A, description: D.}\nitems: {datetime: 2020-01-01}\n"
        "assets:\n  - {files: a.nc, variable: Band1, id: first}\n"
        "  - {files: a.nc, variable: Band3, id: third}\n"
    )
    project.build()
    for name, value in (("first", 1), ("third", 3)):
        item = json.loads((project.folder / "a" / name / f"{name}.json").read_text())
        [band] = item["assets"]["data"]["bands"]
        assert band["statistics"]["maximum"] == value
    again = project.build(reread=False, dry_run=True)
    assert {decision.reason for decision in again.decisions.values()} == {"nothing changed"}
