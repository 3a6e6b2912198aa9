"""Footprints that follow the valid pixels: each of these is inside, and little else."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyproj
import pytest
import rasterio
import shapely
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st
from project import Project
from rasterio.io import MemoryFile
from rasters import UTM, write
from shapely.geometry import shape

from itemcat import readers
from itemcat.model import Record
from itemcat.readers.footprint import footprint
from itemcat.readers.valid_data import MOST_CELLS, valid_islands

OPTIONS = {"statistics": "none", "footprint": "valid-data"}
GRIDS = {
    "utm": ("EPSG:32623", UTM),
    "over 180": ("EPSG:32601", Affine(25, 0, 152000, 0, -25, 1000000)),
    "degrees": ("EPSG:4326", Affine(0.01, 0, 10, 0, -0.01, 50)),
    "pole": ("EPSG:3031", Affine(5000, 0, -500000, 0, -5000, 400000)),
}


def discs(shape: tuple[int, int], *places: tuple[int, int, int]) -> np.ndarray:
    """A mask that is true in discs (row, column, radius)."""
    rows, cols = np.mgrid[0 : shape[0], 0 : shape[1]]
    return np.any([(rows - y) ** 2 + (cols - x) ** 2 <= r * r for y, x, r in places], axis=0)


def record_of(path: Path) -> Record:
    return readers.read("raster", path, OPTIONS)


def on_earth(crs: str, transform: Affine, mask: np.ndarray) -> tuple[Any, Any]:
    """Longitudes and latitudes of the pixels' centres where the mask is true."""
    rows, cols = np.nonzero(mask)
    x, y = transform @ (cols + 0.5, rows + 0.5)
    return pyproj.Transformer.from_crs(crs, "EPSG:4326", always_xy=True).transform(x, y)


def assert_follows(
    record: Record, crs: str, transform: Affine, valid: np.ndarray, reach: int
) -> Any:
    """Every valid pixel is inside; no pixel is that is more than `reach` from a valid one."""
    geometry = shape(record["geometry"])
    assert geometry.is_valid
    lon, lat = on_earth(crs, transform, valid)
    assert shapely.intersects_xy(geometry, lon, lat).all()
    wide = np.pad(valid, reach)
    far = ~np.lib.stride_tricks.sliding_window_view(wide, (2 * reach + 1,) * 2).any(axis=(2, 3))
    lon, lat = on_earth(crs, transform, far)
    assert not shapely.intersects_xy(geometry, lon, lat).any()
    return geometry


@pytest.mark.parametrize("name", GRIDS)
def test_an_outline_follows_the_valid_pixels(tmp_path: Path, name: str) -> None:
    crs, transform = GRIDS[name]
    valid = discs((160, 200), (60, 70, 40), (100, 110, 35))
    pixels = np.where(valid, 7, 0).astype(np.uint8)[None]
    path = write(tmp_path / "a.tif", pixels, crs=crs, transform=transform, nodata=0)
    record = record_of(path)
    assert "warnings" not in record
    assert_follows(record, crs, transform, valid, reach=4)


def test_nodata_of_each_band_and_a_mask_count(tmp_path: Path) -> None:
    left, right = discs((60, 80), (30, 20, 12)), discs((60, 80), (30, 40, 12))
    pixels = np.stack([np.where(left, 5, 0), np.where(right, 5, 0)]).astype(np.uint8)
    of_nodata = record_of(write(tmp_path / "a.tif", pixels, nodata=0))
    mask = np.where(left | right, 255, 0).astype(np.uint8)
    of_mask = record_of(write(tmp_path / "b.tif", pixels, mask))
    alpha = np.concatenate([pixels[:1], pixels[:1], pixels[:1], mask[None]])
    of_alpha = record_of(write(tmp_path / "c.tif", alpha, photometric="RGB", alpha="YES"))
    assert of_nodata["geometry"] == of_mask["geometry"] == of_alpha["geometry"]
    assert_follows(of_mask, "EPSG:32623", UTM, left | right, reach=4)


def test_holes_are_filled_and_many_islands_joined(tmp_path: Path) -> None:
    random = np.random.default_rng(1)
    valid = random.random((300, 300)) < 0.02
    valid[:, :60] = False
    pixels = np.where(valid, 1, 0).astype(np.uint8)[None]
    record = record_of(write(tmp_path / "a.tif", pixels, nodata=0))
    geometry = assert_follows(record, "EPSG:32623", UTM, valid, reach=40)
    assert len(shapely.get_parts(geometry)) <= 8
    assert not any(part.interiors for part in shapely.get_parts(geometry))


def test_far_islands_stay_apart(tmp_path: Path) -> None:
    valid = discs((200, 300), (30, 30, 9), (150, 250, 15), (40, 260, 1))
    pixels = np.where(valid, 1, 0).astype(np.uint8)[None]
    record = record_of(write(tmp_path / "a.tif", pixels, nodata=0))
    geometry = assert_follows(record, "EPSG:32623", UTM, valid, reach=4)
    assert len(shapely.get_parts(geometry)) == 3


def test_one_valid_pixel_of_a_large_raster_is_found(tmp_path: Path) -> None:
    size = 3 * MOST_CELLS
    path = tmp_path / "a.tif"
    grid = {"crs": "EPSG:32623", "transform": UTM, "sparse_ok": True, "tiled": True}
    with rasterio.open(
        path, "w", driver="GTiff", width=size, height=size, count=1, dtype="uint8", nodata=0, **grid
    ) as file:
        one = rasterio.windows.Window(1000, 2000, 1, 1)  # type: ignore[no-untyped-call]
        file.write(np.ones((1, 1, 1), np.uint8), window=one)
    geometry = shape(record_of(path)["geometry"])
    valid = np.zeros((size, size), bool)
    valid[2000, 1000] = True
    lon, lat = on_earth("EPSG:32623", UTM, valid)
    assert shapely.intersects_xy(geometry, lon, lat).all()
    east, north = pyproj.Transformer.from_crs("EPSG:4326", "EPSG:32623", always_xy=True).transform(
        *shapely.get_coordinates(geometry).T
    )
    assert np.ptp(east) <= 25 * 3 * 5  # the cell, and two on either side
    assert np.ptp(north) <= 25 * 3 * 5


def test_where_all_is_valid_it_is_the_outline_of_all_pixels(tmp_path: Path) -> None:
    for name, profile in {"bare": {}, "nodata": {"nodata": 99}}.items():
        path = write(tmp_path / f"{name}.tif", **profile)
        assert (
            record_of(path)["geometry"]
            == readers.read("raster", path, {"statistics": "none"})["geometry"]
        )


def test_where_nothing_is_valid_there_is_no_footprint(tmp_path: Path) -> None:
    record = record_of(write(tmp_path / "a.tif", np.zeros((1, 9, 9), np.uint8), nodata=0))
    assert record["geometry"] is None
    assert record["bbox"] is None
    assert record["warnings"] == ["no footprint: no pixel of it is valid"]


@pytest.mark.parametrize("pattern", ["noise", "chessboard", "stripes"])
def test_a_ragged_mask_costs_little(tmp_path: Path, pattern: str) -> None:
    rows, cols = np.mgrid[0:1000, 0:1000]
    valid = {
        "noise": np.random.default_rng(2).random((1000, 1000)) < 0.3,
        "chessboard": (rows + cols) % 2 == 0,
        "stripes": cols % 100 < 50,
    }[pattern]
    path = write(tmp_path / "a.tif", valid.astype(np.uint8)[None], nodata=0, compress="deflate")
    with rasterio.open(path) as file:
        islands = valid_islands(file, path.stat().st_size)
    assert islands is not None
    assert len(islands) <= 8
    assert sum(len(island.ring) for island in islands) <= 210


DISC = st.tuples(st.integers(0, 89), st.integers(0, 119), st.integers(0, 30))


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(GRIDS)), st.lists(DISC, min_size=1, max_size=12))
def test_any_valid_pixel_is_inside(name: str, places: list[tuple[int, int, int]]) -> None:
    crs, transform = GRIDS[name]
    valid = discs((90, 120), *places)
    profile = {"driver": "GTiff", "width": 120, "height": 90, "count": 1, "dtype": "uint8"}
    with MemoryFile() as memory:
        with memory.open(**profile, crs=crs, transform=transform, nodata=0) as file:
            file.write(valid.astype(np.uint8)[None])
        with memory.open() as file:
            found = footprint(file, valid_islands(file, 10_800))
    lon, lat = on_earth(crs, transform, valid)
    assert shapely.intersects_xy(shape(found.geometry), lon, lat).all()


def test_the_option_reads_again_without_a_fetch(project: Project) -> None:
    project.raster("a_20190101T000000.tif", nodata=0)
    project.spec("  - files: a_*.tif\n")
    project.build()
    before = (project.folder / "out/a_20190101T000000/a_20190101T000000.json").read_text()
    spec = (project.folder / "catalog.yaml").read_text()
    (project.folder / "catalog.yaml").write_text(spec + "read: {footprint: valid-data}\n")
    result = project.build()
    [decision] = result.decisions.values()
    assert decision.reason == "read options changed: footprint unset → valid-data"
    after = (project.folder / "out/a_20190101T000000/a_20190101T000000.json").read_text()
    assert json.loads(after)["geometry"] is not None
    assert before != after or shape(json.loads(after)["geometry"]).is_valid
