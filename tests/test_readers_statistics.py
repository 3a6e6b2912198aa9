"""Statistics against numpy's word on the same pixels, however the pixels are stored."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
import rasterio.shutil
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from rasterio.enums import ColorInterp
from rasterio.io import MemoryFile
from rasters import UTM, record_of, write

from itemcat.errors import ReadError
from itemcat.readers import read, statistics


def bands_of(path: Path, mode: str = "exact") -> list[dict[str, Any]]:
    return list(record_of(path, mode)["bands"])


def agrees(band: dict[str, Any], valid: np.ndarray, total: int) -> None:
    """A band's facts are numpy's for its valid pixels."""
    if not valid.size:
        assert "statistics" not in band
        assert "histogram" not in band
        return
    found = band["statistics"]
    numbers = valid.astype(np.float64)
    assert found["minimum"] == valid.min().item()
    assert found["maximum"] == valid.max().item()
    scale = max(1.0, float(np.abs(numbers).max()))
    assert found["mean"] == pytest.approx(numbers.mean(), rel=1e-9, abs=1e-9 * scale)
    assert found["stddev"] == pytest.approx(numbers.std(), rel=1e-6, abs=1e-7 * scale)
    assert found["valid_percent"] == pytest.approx(100 * valid.size / total, rel=1e-9)
    try:
        buckets, edges = np.histogram(numbers, bins=10)
    except ValueError:  # numpy: too many bins for data range
        assert "histogram" not in band
        return
    if "histogram" not in band:
        assert not (np.diff(edges) > 0).all()
        return
    assert band["histogram"]["count"] == len(band["histogram"]["buckets"]) == 10
    assert band["histogram"]["min"] == pytest.approx(edges[0], rel=1e-9)
    assert band["histogram"]["max"] == pytest.approx(edges[-1], rel=1e-9)
    assert band["histogram"]["buckets"] == buckets.tolist()


WHOLE = ["uint8", "int8", "uint16", "int16", "uint32", "int32", "int64", "uint64"]


@st.composite
def rasters(draw: st.DrawFn) -> tuple[np.ndarray, float | None, np.ndarray | None]:
    """Pixels of any type, with a nodata value among them, or a mask, or nothing."""
    dtype = draw(st.sampled_from([*WHOLE, "float32", "float64"]))
    shape = (draw(st.integers(1, 2)), draw(st.integers(1, 9)), draw(st.integers(1, 9)))
    if dtype.startswith("float"):
        special = st.sampled_from([math.nan, math.inf, -math.inf, 0.0, -0.0, -9999.0])
        number = st.integers(-1000, 1000).map(lambda n: n / 8)
        pixels = draw(arrays(dtype, shape, elements=special | number))
    else:
        low = max(-(1 << 40), int(np.iinfo(dtype).min))
        high = min(1 << 40, int(np.iinfo(dtype).max))
        few = st.integers(max(low, -3), min(high, 3))
        pixels = draw(arrays(dtype, shape, elements=few | st.integers(low, high)))
    how = draw(st.sampled_from(["plain", "nodata", "mask"]))
    if how == "nodata":
        return pixels, float(draw(st.sampled_from(pixels.ravel().tolist()))), None
    if how == "mask":
        return pixels, None, draw(arrays("bool", shape[1:]))
    return pixels, None, None


@settings(
    max_examples=120,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(rasters())
def test_statistics_are_those_of_the_valid_pixels(
    tmp_path: Path, raster: tuple[np.ndarray, float | None, np.ndarray | None]
) -> None:
    pixels, nodata, mask = raster
    path = write(tmp_path / "any.tif", pixels, mask, nodata=nodata)
    for band, values in zip(bands_of(path), pixels, strict=True):
        is_valid = np.ones(values.shape, bool) if mask is None else mask
        is_valid = is_valid & np.isfinite(values)
        if nodata is not None and math.isfinite(nodata):
            is_valid &= values.astype(np.float64) != nodata
        agrees(band, values[is_valid], values.size)


def test_one_pixel_that_a_sample_misses_is_found(tmp_path: Path) -> None:
    pixels = np.zeros((1, 2100, 2100), np.uint16)
    pixels[0, 1000, 1000] = 60000
    path = write(tmp_path / "outlier.tif", pixels)
    exact, sampled = bands_of(path)[0], bands_of(path, "sampled")[0]
    assert exact["statistics"]["maximum"] == 60000
    assert exact["histogram"]["buckets"] == [2100 * 2100 - 1, *[0] * 8, 1]
    assert sampled["statistics"]["maximum"] == 0
    assert sum(sampled["histogram"]["buckets"]) == 1024 * 1024


def test_none_leaves_statistics_out(tmp_path: Path) -> None:
    (band,) = bands_of(write(tmp_path / "any.tif", np.ones((1, 4, 4), np.uint8)), "none")
    assert "statistics" not in band
    assert "histogram" not in band
    assert band["data_type"] == "uint8"


@pytest.mark.parametrize("dtype", ["uint8", "int16", "float32"])
@pytest.mark.parametrize(
    "layout",
    [
        {"tiled": True, "blockxsize": 256, "blockysize": 256},
        {"tiled": True, "blockxsize": 1024, "blockysize": 512, "interleave": "pixel"},
        {"blockysize": 1, "compress": "deflate"},
        {"blockysize": 1100, "compress": "deflate", "interleave": "pixel"},
        {"blockysize": 1100, "compress": "deflate", "interleave": "band"},
    ],
)
def test_every_pixel_counts_once_whatever_the_blocks(
    tmp_path: Path, layout: dict[str, Any], dtype: str
) -> None:
    pixels = np.random.default_rng(2).integers(0, 100, (3, 1100, 900)).astype(dtype)
    bands = bands_of(write(tmp_path / "blocks.tif", pixels, nodata=7, **layout))
    for band, values in zip(bands, pixels, strict=True):
        agrees(band, values[values != 7], values.size)


def test_windows_stay_small_and_cover_all() -> None:
    profile = {
        "driver": "GTiff",
        "transform": UTM,
        "width": 70000,
        "height": 400,
        "count": 1,
        "dtype": "uint8",
    }
    with MemoryFile() as memory:  # type: ignore[no-untyped-call]
        with memory.open(**profile, sparse_ok=True, blockysize=400):
            pass
        with memory.open() as dataset:
            pieces = list(statistics._windows(dataset, bands=5))
    assert sum(math.prod(piece.shape) for piece in pieces) == 70000 * 400
    assert max(math.prod(piece.shape) for piece in pieces) <= 1 << 19


def test_alpha_masks_the_colours_and_not_itself(tmp_path: Path) -> None:
    pixels = np.full((4, 2, 2), 9, np.uint8)
    pixels[0] = [[1, 2], [3, 4]]
    pixels[3] = [[255, 0], [1, 0]]
    path = write(tmp_path / "rgba.tif", pixels, photometric="rgb", alpha="yes")
    with rasterio.open(path) as file:
        assert file.colorinterp[3] == ColorInterp.alpha
    bands = bands_of(path)
    agrees(bands[0], np.array([1, 3], np.uint8), 4)
    agrees(bands[3], np.array([255, 0, 1, 0], np.uint8), 4)


def test_nodata_of_each_band_is_its_own(tmp_path: Path) -> None:
    pixels = np.array([[[0, 1], [2, 3]], [[0, 1], [2, 3]]], np.uint8)
    source = write(tmp_path / "source.tif", pixels)
    band = """<VRTRasterBand dataType="Byte" band="{0}"><NoDataValue>{1}</NoDataValue>
        <SimpleSource><SourceFilename>{2}</SourceFilename><SourceBand>{0}</SourceBand>
        </SimpleSource></VRTRasterBand>"""
    vrt = '<VRTDataset rasterXSize="2" rasterYSize="2">{}{}</VRTDataset>'
    vrt = vrt.format(band.format(1, 0, source), band.format(2, 3, source))
    path = tmp_path / "bands.img"
    rasterio.shutil.copy(vrt, path, driver="HFA")  # a GeoTIFF has one nodata for all its bands
    first, second = bands_of(path)
    assert (first["nodata"], second["nodata"]) == (0, 3)
    agrees(first, np.array([1, 2, 3], np.uint8), 4)
    agrees(second, np.array([0, 1, 2], np.uint8), 4)


@pytest.mark.parametrize("dtype", ["float32", "float64", "int32", "uint32"])
def test_nodata_is_left_out_be_it_among_the_values_or_not(tmp_path: Path, dtype: str) -> None:
    pixels = np.random.default_rng(6).integers(10, 30, (2, 40, 50)).astype(dtype)
    pixels[0, 3, 4] = 90  # so that 40 lies among the values of the first band alone
    pixels[:, 5:9] = 40
    for nodata in (40, 10, 29, 0):
        path = write(tmp_path / f"{nodata}.tif", pixels, nodata=nodata)
        for band, values in zip(bands_of(path), pixels, strict=True):
            agrees(band, values[values != nodata], values.size)


def test_nothing_valid_has_no_statistics(tmp_path: Path) -> None:
    for dtype, nodata in (("uint8", 0), ("float32", math.nan), ("int32", -1)):
        pixels = np.full((1, 3, 3), nodata, dtype)
        (band,) = bands_of(write(tmp_path / f"{dtype}.tif", pixels, nodata=nodata))
        agrees(band, pixels[:0], 9)


def test_infinity_is_no_value(tmp_path: Path) -> None:
    pixels = np.array([[[1.0, np.inf], [-np.inf, 2.0]]], np.float32)
    (band,) = bands_of(write(tmp_path / "inf.tif", pixels))
    agrees(band, np.array([1.0, 2.0], np.float32), 4)


def test_complex_numbers_have_no_statistics(tmp_path: Path) -> None:
    for dtype, name in (("complex64", "cfloat32"), ("complex128", "cfloat64")):
        (band,) = bands_of(write(tmp_path / "slc.tif", np.full((1, 2, 2), 1 + 2j, dtype)))
        assert band["data_type"] == name
        assert "statistics" not in band
        assert "histogram" not in band


def test_a_constant_band_gets_a_bucket_a_unit_wide(tmp_path: Path) -> None:
    for dtype in ("int16", "float32"):
        (band,) = bands_of(write(tmp_path / f"{dtype}.tif", np.ones((1, 3, 3), dtype)))
        assert band["histogram"] == {
            "count": 10,
            "min": 0.5,
            "max": 1.5,
            "buckets": [0, 0, 0, 0, 0, 9, 0, 0, 0, 0],
        }


def test_numbers_too_large_to_square_stay_json(tmp_path: Path) -> None:
    pixels = np.array([[[1e308, -1e308], [1.5e308, 0.0]]])
    (band,) = bands_of(write(tmp_path / "huge.tif", pixels))
    assert band["statistics"]["maximum"] == 1.5e308
    assert "stddev" not in band["statistics"]
    json.dumps(band, allow_nan=False)


def test_the_largest_number_stays_json(tmp_path: Path) -> None:
    largest = float(np.finfo("float64").max)
    pixels = np.array([[[largest, 0.0]]])
    (band,) = bands_of(write(tmp_path / "largest.tif", pixels))
    assert band["histogram"]["max"] == band["statistics"]["maximum"] == largest


def test_what_is_nearly_nodata_is_left_out_where_gdal_says_so(tmp_path: Path) -> None:
    nodata = np.float32(-9999.9)
    nearly = np.nextafter(nodata, np.float32(0))
    pixels = np.array([[[nodata, nearly, -9999.0, -9998.0, 4.0, np.nan]]], np.float32)
    path = write(tmp_path / "nearly.tif", pixels, nodata=float(nodata))
    with rasterio.open(path) as file:
        is_valid = file.read_masks(1) != 0
    assert not is_valid[0, :2].any()
    agrees(bands_of(path)[0], np.array([-9999, -9998, 4], np.float32), 6)


def test_absurdly_many_pixels_are_refused_but_for_the_other_facts(tmp_path: Path) -> None:
    path = tmp_path / "absurd.tif"
    shape = {"width": 66000, "height": 66000, "count": 1, "dtype": "uint8"}
    with rasterio.open(
        path, "w", driver="GTiff", transform=UTM, **shape, sparse_ok=True, blockysize=66000
    ):
        pass
    assert path.stat().st_size < 10_000_000
    for mode in ("exact", "sampled"):
        with pytest.raises(ReadError, match="4,356,000,000 pixels") as caught:
            read("raster", path, {"statistics": mode})
        assert "statistics: none" in caught.value.hint
    assert read("raster", path, {"statistics": "none"})["shape"] == [66000, 66000]


def test_a_block_too_large_to_decode_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "block.tif"
    shape = {"width": 20000, "height": 20000, "count": 1, "dtype": "uint8", "compress": "deflate"}
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        transform=UTM,
        **shape,
        sparse_ok=True,
        tiled=True,
        blockxsize=20000,
        blockysize=20000,
    ):
        pass
    with pytest.raises(ReadError, match="blocks of 400,000,000 bytes"):
        read("raster", path, {"statistics": "exact"})
