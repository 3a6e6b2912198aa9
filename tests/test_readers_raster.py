"""The record of a whole raster: the tutorial's grids, what is around a file, real files."""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import rasterio
import rasterio.shutil
from affine import Affine
from pyproj import CRS
from rasterio.control import GroundControlPoint
from rasters import GEOTIFF, UTM, record_of, write
from rio_stac.stac import get_raster_info

from itemcat import readers
from itemcat.errors import ReadError

RASTERS = os.environ.get("ITEMCAT_RASTERS", "")


@pytest.mark.parametrize(
    ("dtype", "nodata", "grid", "bbox"),
    [
        (
            "int16",
            0,
            (2393, 3860, 272312.5, 7475962.5),
            [-50.295235368856346, 66.77834561360399, -47.9894188361956, 67.37093506267574],
        ),
        (
            "uint16",
            65535,
            (1808, 2152, 347962.5, 7450662.5),
            [-48.50781268741917, 66.72976600161529, -47.23069409514206, 67.15689339235102],
        ),
        (
            "int16",
            -9999,
            (2393, 3862, 272312.5, 7475962.5),
            [-50.295235368856346, 66.77834561360399, -47.98828137353865, 67.37095713080194],
        ),
    ],
)
def test_the_lakes_of_the_tutorial(
    tmp_path: Path, dtype: str, nodata: int, grid: tuple[int, int, float, float], bbox: list[float]
) -> None:
    shape, corner = grid[:2], grid[2:]
    transform = Affine(25, 0, corner[0], 0, -25, corner[1])
    pixels = np.full((1, *shape), nodata, dtype)
    pixels[0, ::50, ::50] = 1
    path = write(tmp_path / "lakes", pixels, transform=transform, nodata=nodata)
    record = dict(record_of(path))
    (band,) = record["bands"]
    count = int((pixels == 1).sum())
    assert band == {
        "name": "b1",
        "description": "gray",
        "data_type": dtype,
        "nodata": nodata,
        "scale": 1.0,
        "offset": 0.0,
        "sampling": "area",
        "statistics": {
            "minimum": 1,
            "maximum": 1,
            "mean": 1.0,
            "stddev": 0.0,
            "valid_percent": float(f"{100 * count / pixels.size:.10g}"),
        },
        "histogram": {
            "count": 10,
            "min": 0.5,
            "max": 1.5,
            "buckets": [0, 0, 0, 0, 0, count, 0, 0, 0, 0],
        },
    }
    assert record["media_type"] == GEOTIFF
    assert record["shape"] == list(shape)
    assert record["transform"] == [25.0, 0.0, corner[0], 0.0, -25.0, corner[1]]
    assert record["crs"] == {"code": "EPSG:32623"}
    assert record["bbox"] == pytest.approx(bbox, abs=1e-6)
    assert record["geometry"]["type"] == "Polygon"
    assert not {"cloud_cover", "times", "tags", "warnings"} & record.keys()


def test_a_sample_is_what_rio_stac_finds(tmp_path: Path) -> None:
    pixels = np.random.default_rng(3).integers(-5, 5, (1, 1300, 2000)).astype(np.int16)
    path = write(tmp_path / "a.tif", pixels, nodata=-5)
    with rasterio.open(path) as file:
        (expected,) = get_raster_info(file)
    (band,) = record_of(path, "sampled")["bands"]
    assert band["statistics"] == pytest.approx(expected["statistics"], rel=1e-9)
    assert band["histogram"]["buckets"] == expected["histogram"]["buckets"]


def test_a_record_is_plain_json_and_the_same_again(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tif", np.array([[[np.nan, 1.5]]], np.float32), nodata=np.nan)
    record = record_of(path)
    assert json.loads(json.dumps(record, allow_nan=False)) == record
    assert record_of(path) == record
    assert record["bands"][0]["nodata"] == "nan"


def test_registry_names_readers_with_their_version() -> None:
    assert readers.identity("raster") == f"raster/{readers.VERSIONS['raster']}"
    with pytest.raises(KeyError):
        readers.identity("zarr")


def test_importing_readers_is_cheap() -> None:
    code = "import sys, itemcat.readers; print({'rasterio', 'numpy', 'pyproj'} & set(sys.modules))"
    out = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert out.stdout == "set()\n"


def test_files_beside_a_raster_change_nothing(tmp_path: Path) -> None:
    alone = record_of(write(tmp_path / "a.tif", nodata=0))
    (tmp_path / "a.tif.aux.xml").write_text(
        "<PAMDataset><Metadata><MDI key='DAY'>2020-01-01</MDI></Metadata>"
        "<PAMRasterBand band='1'><NoDataValue>77</NoDataValue></PAMRasterBand></PAMDataset>"
    )
    (tmp_path / "a.tfw").write_text("1\n0\n0\n-1\n500000\n500000\n")
    write(tmp_path / "a.tif.msk", np.zeros((1, 3, 4), np.uint8))
    write(tmp_path / "a.tif.ovr", np.zeros((1, 1, 2), np.uint8))
    assert record_of(tmp_path / "a.tif") == alone

    bare = write(tmp_path / "b.tif", transform=None, crs=None)
    before = record_of(bare)
    (tmp_path / "b.tfw").write_text("1\n0\n0\n-1\n500000\n500000\n")
    (tmp_path / "b.prj").write_text(CRS("EPSG:32623").to_wkt("WKT1_ESRI"))
    assert record_of(bare) == before
    assert "transform" not in before


def test_reading_writes_nothing_beside_the_file(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tif")
    record_of(path)
    assert list(tmp_path.iterdir()) == [path]


def test_the_name_does_not_matter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    record = record_of(write(tmp_path / "a.tif"))
    names = ["0a1b2c", "b.png", "c.vrt", "d e.tif"] + (["GTIFF_RAW:x"] if os.sep == "/" else [])
    monkeypatch.chdir(tmp_path)
    for name in names:
        Path(name).write_bytes((tmp_path / "a.tif").read_bytes())
        assert record_of(Path(name)) == record


def test_without_a_crs_there_is_no_place(tmp_path: Path) -> None:
    record = record_of(write(tmp_path / "a.tif", crs=None))
    assert record["geometry"] is None
    assert record["bbox"] is None
    assert record["warnings"]
    assert record["media_type"] == "image/tiff"
    assert "crs" not in record
    assert record["transform"] == list(UTM)[:6]


def test_a_crs_of_its_own_is_given_as_wkt2(tmp_path: Path) -> None:
    own = "+proj=laea +lat_0=71.3 +lon_0=-42.7 +datum=WGS84 +units=m"
    crs = record_of(write(tmp_path / "a.tif", crs=own))["crs"]
    assert crs.keys() == {"wkt2"}
    assert crs["wkt2"].startswith("PROJCRS[")
    assert CRS(crs["wkt2"]) == CRS(own)


def test_a_code_that_its_definition_belies_is_not_given(tmp_path: Path) -> None:
    wkt = CRS("EPSG:32623").to_wkt("WKT1_GDAL").replace("-45", "-44")
    path = write(tmp_path / "a.img", driver="HFA", crs=wkt)
    crs = record_of(path)["crs"]
    assert crs.keys() == {"wkt2"}
    assert not CRS(crs["wkt2"]).equals(CRS("EPSG:32623"), ignore_axis_order=True)


def test_gcps_have_no_transform(tmp_path: Path) -> None:
    corners = [(0, 0, -50, 67), (0, 4, -49.98, 67), (3, 0, -50, 66.99), (3, 4, -49.98, 66.99)]
    gcps = [GroundControlPoint(row, col, x, y) for row, col, x, y in corners]  # type: ignore[no-untyped-call]
    path = write(tmp_path / "a.tif", transform=None, gcps=gcps, crs="EPSG:4326")
    record = record_of(path)
    assert "transform" not in record
    assert "crs" not in record
    assert record["media_type"] == GEOTIFF
    assert record["bbox"] == pytest.approx([-50, 66.99, -49.98, 67], abs=1e-5)


@pytest.mark.skipif(not RASTERS, reason="ITEMCAT_RASTERS names no folder of real rasters")
def test_real_rasters_give_a_record_or_an_error_of_ours() -> None:
    root = Path(RASTERS)
    with (root / "RIOSTAC.tsv").open(newline="") as file:
        measured = {row["file"]: row for row in csv.DictReader(file, delimiter="\t")}
    with_sidecar_mask = {"RGB2.byte.tif", "201404_13SED190110_201404_0x1500m_CL_1_extmask.tif"}
    read = compared = 0
    for path in sorted((root / "files").glob("*/*")):
        try:
            record = record_of(path)
        except ReadError as error:
            assert error.where == path.name
            continue
        read += 1
        json.dumps(record, allow_nan=False)
        assert len(record["bbox"] or [0] * 4) == 4
        assert (record["bbox"] is None) == (record["geometry"] is None)
        assert record["geometry"] is not None or record["warnings"]
        assert "wkt2" not in record.get("crs", {}) or "CRS[" in record["crs"]["wkt2"]
        exact = measured.get(str(path.relative_to(root)), {}).get("exact_valid_percent_b1")
        if not exact or path.name in with_sidecar_mask:
            continue
        compared += 1
        found = record["bands"][0].get("statistics")
        if exact == "all masked":
            assert found is None
        else:
            assert found["valid_percent"] == pytest.approx(float(exact), abs=1e-6)
    assert read > 30
    assert compared > 20
