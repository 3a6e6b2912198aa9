"""What each band of a raster says of its numbers."""

import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
import rasterio.shutil
from rasters import plain_tiff, record_of, write


def test_bands_say_what_their_numbers_mean(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tif", np.ones((2, 2, 2), np.int16), nodata=-1)
    with rasterio.open(path, "r+") as file:
        file.scales, file.offsets = (0.01, 1.0), (273.15, 0.0)
        file.units = ("K", "")
        file.descriptions = ("surface temperature", None)
        file.update_tags(AREA_OR_POINT="Point")
        file.update_tags(1, ns="IMAGERY", CENTRAL_WAVELENGTH_UM="10.9", FWHM_UM="0.6")
        file.update_tags(2, ns="IMAGERY", CENTRAL_WAVELENGTH_UM="nan", FWHM_UM="wide")
    first, second = record_of(path, "none")["bands"]
    assert first == {
        "name": "b1",
        "description": "surface temperature",
        "data_type": "int16",
        "nodata": -1,
        "scale": 0.01,
        "offset": 273.15,
        "unit": "K",
        "sampling": "point",
        "center_wavelength": 10.9,
        "full_width_half_max": 0.6,
    }
    assert second == {
        "name": "b2",
        "data_type": "int16",
        "nodata": -1,
        "scale": 1.0,
        "offset": 0.0,
        "sampling": "point",
    }


@pytest.mark.parametrize(
    "dtype", ["int8", "uint8", "int16", "uint32", "int64", "uint64", "float32", "float64"]
)
def test_data_types_are_those_of_stac(tmp_path: Path, dtype: str) -> None:
    (band,) = record_of(write(tmp_path / "a.tif", np.ones((1, 2, 2), dtype)))["bands"]
    assert band["data_type"] == dtype
    assert band["statistics"]["minimum"] == 1


@pytest.mark.parametrize(
    ("bits", "pixel", "name"),
    [(32, "<2h", "cint16"), (64, "<2i", "cint32")],
)
def test_complex_integers_are_no_floats(tmp_path: Path, bits: int, pixel: str, name: str) -> None:
    size = struct.calcsize(pixel)
    tags = [(256, 3, 1, 1), (257, 3, 1, 1), (258, 3, 1, bits), (279, 4, 1, size), (339, 3, 1, 5)]
    path = plain_tiff(tmp_path / "slc", *tags, pixels=struct.pack(pixel, 1, 2))
    (band,) = record_of(path)["bands"]
    assert band["data_type"] == name
    assert "statistics" not in band


def test_bits_are_told_where_a_type_is_not_full(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tif", np.ones((1, 2, 2), np.uint8), nbits=1)
    assert record_of(path)["bands"][0]["bits_per_sample"] == 1
    path = write(tmp_path / "b.tif", np.ones((1, 2, 2), np.uint8))
    assert "bits_per_sample" not in record_of(path)["bands"][0]


@pytest.mark.parametrize(
    ("dtype", "nodata", "said"),
    [
        ("uint8", 255, 255),
        ("float32", -9999.0, -9999.0),
        ("float32", float("inf"), "inf"),
        ("float64", float("-inf"), "-inf"),
        ("int64", -(2**53) - 3, -(2**53) - 3),
    ],
)
def test_nodata_is_a_number_or_a_word(tmp_path: Path, dtype: str, nodata: Any, said: Any) -> None:
    source = write(tmp_path / "a.tif", np.ones((1, 2, 2), dtype))
    vrt = """<VRTDataset rasterXSize="2" rasterYSize="2"><VRTRasterBand dataType="{}" band="1">
        <NoDataValue>{}</NoDataValue><SimpleSource><SourceFilename>{}</SourceFilename>
        </SimpleSource></VRTRasterBand></VRTDataset>"""
    gdal = {"uint8": "Byte"}.get(dtype, dtype.capitalize())
    rasterio.shutil.copy(vrt.format(gdal, nodata, source), tmp_path / "b.tif", driver="GTiff")
    found = record_of(tmp_path / "b.tif")["bands"][0]["nodata"]
    assert found == said
    assert type(found) is type(said)
