"""The raster reader on files whose facts are known, on real ones, and on hostile ones."""

import csv
import json
import os
import struct
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
import rasterio.shutil
from affine import Affine
from pyproj import CRS
from rasterio.control import GroundControlPoint
from rasterio.enums import Resampling
from rasterio.errors import NotGeoreferencedWarning
from rio_stac.stac import get_raster_info

from itemcat import readers
from itemcat.errors import ReadError
from itemcat.model import Record

EXACT = {"statistics": "exact"}
UTM = Affine(25, 0, 300000, 0, -25, 7400000)
COG = "image/tiff; application=geotiff; profile=cloud-optimized"
GEOTIFF = "image/tiff; application=geotiff"
RASTERS = os.environ.get("ITEMCAT_RASTERS", "")


def write(path: Path, pixels: np.ndarray | None = None, **profile: Any) -> Path:
    """A small GeoTIFF on a UTM grid; a keyword of None takes something away."""
    pixels = np.arange(12, dtype=np.uint8).reshape(1, 3, 4) if pixels is None else pixels
    count, height, width = pixels.shape
    shape = {"count": count, "height": height, "width": width, "dtype": pixels.dtype.name}
    grid = {"driver": "GTiff", "crs": "EPSG:32623", "transform": UTM}
    profile = {key: value for key, value in (grid | shape | profile).items() if value is not None}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        with rasterio.open(path, "w", **profile) as file:
            file.write(pixels)
    return path


def tagged(path: Path, ns: str = "", **tags: str) -> Path:
    with rasterio.open(path, "r+") as file:
        file.update_tags(ns=ns or None, **tags)
    return path


def record_of(path: Path, statistics: str = "exact") -> Record:
    return readers.read("raster", path, {"statistics": statistics})


def refusal(path: Path) -> ReadError:
    with pytest.raises(ReadError) as caught:
        record_of(path)
    assert caught.value.where == path.name
    assert str(path.parent) not in str(caught.value)
    return caught.value


def plain_tiff(path: Path, *tags: tuple[int, int, int, int], pixels: bytes = b"") -> Path:
    """A TIFF of one directory, its pixels after it; each tag is code, type, count and value."""
    entries = [*tags, (259, 3, 1, 1), (262, 3, 1, 1), (277, 3, 1, 1)]
    start = 8 + 2 + 12 * (len(entries) + 1) + 4
    entries.append((273, 4, 1, start))
    body = b"".join(struct.pack("<HHII", *entry) for entry in sorted(entries))
    head = b"II*\0" + struct.pack("<IH", 8, len(entries))
    path.write_bytes(head + body + bytes(4) + pixels)
    return path


# ----------------------------------------------------------------------------- the whole record


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


# -------------------------------------------------------------------------- what is around a file


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


# ------------------------------------------------------------------------------- grid and place


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


# ----------------------------------------------------------------------------------------- bands


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


# --------------------------------------------------------------------------------- what tags say


def test_the_time_of_processing_is_no_acquisition(tmp_path: Path) -> None:
    path = tagged(write(tmp_path / "a.tif"), TIFFTAG_DATETIME="2022:01:04 08:54:59")
    record = record_of(path)
    assert "times" not in record
    assert record["tags"] == {"TIFFTAG_DATETIME": "2022:01:04 08:54:59"}


def test_imagery_tags_tell_acquisition_and_clouds(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tif")
    tagged(path, ns="IMAGERY", ACQUISITIONDATETIME="2019-02-24 20:37:44", CLOUDCOVER="12.5")
    record = record_of(path)
    assert record["times"] == {"datetime": "2019-02-24T20:37:44Z", "tag": "ACQUISITIONDATETIME"}
    assert record["tags"] == {"ACQUISITIONDATETIME": "2019-02-24 20:37:44"}
    assert record["cloud_cover"] == 12.5


@pytest.mark.parametrize("text", ["cloudy", "-1", "101", "nan", "inf", ""])
def test_nonsense_is_no_cloud_cover(tmp_path: Path, text: str) -> None:
    path = tagged(write(tmp_path / "a.tif"), ns="IMAGERY", CLOUDCOVER=text, SATELLITEID="x")
    assert "cloud_cover" not in record_of(path)


def test_climate_and_forecast_coverage_is_a_start_and_an_end(tmp_path: Path) -> None:
    coverage = {
        "NC_GLOBAL#time_coverage_start": "2019-01-21",
        "NC_GLOBAL#time_coverage_end": "2019-01-22T03:00:00+01:00",
    }
    record = record_of(tagged(write(tmp_path / "a.tif"), **coverage))
    assert record["times"] == {
        "start": "2019-01-21T00:00:00Z",
        "end": "2019-01-22T02:00:00Z",
        "tag": "NC_GLOBAL#time_coverage_start",
    }
    assert record["tags"] == coverage


def test_only_dates_are_kept_of_the_tags(tmp_path: Path) -> None:
    dates = {"A": "2020-01-02", "B": "20171111T205337", "C": "2020-01-02T03:04:05.678Z"}
    others = {
        "D": "a scene of 2020-01-02",
        "E": "2020-13-02",
        "F": "20171111",
        "G": "v1.2-3",
        "H": "2020-01-02" + " " * 60,
    }
    assert record_of(tagged(write(tmp_path / "a.tif"), **dates, **others))["tags"] == dates


def test_a_tag_in_another_encoding_is_no_obstacle(tmp_path: Path) -> None:
    path = tagged(write(tmp_path / "a.tif"), TIFFTAG_SOFTWARE="Orefors 1.0", DAY="2020-01-02")
    path.write_bytes(path.read_bytes().replace(b"Orefors", b"\xd6refors"))
    assert record_of(path)["tags"] == {"DAY": "2020-01-02"}


# ------------------------------------------------------------------------------------ media types


def test_cloud_optimized_is_looked_at(tmp_path: Path) -> None:
    pixels = np.random.default_rng(4).integers(0, 9, (1, 700, 700)).astype(np.uint8)
    plain = write(tmp_path / "plain.tif", pixels)
    tiled = write(tmp_path / "tiled.tif", pixels, tiled=True, blockxsize=256, blockysize=256)
    rasterio.shutil.copy(tiled, tmp_path / "cog.tif", driver="COG", blocksize=256)
    with rasterio.open(tiled, "r+") as file:  # overviews at the end are not cloud-optimized
        file.build_overviews([2, 4], Resampling.nearest)
    assert record_of(plain)["media_type"] == GEOTIFF
    assert record_of(tiled)["media_type"] == GEOTIFF
    assert record_of(tmp_path / "cog.tif")["media_type"] == COG
    with rasterio.open(
        tmp_path / "cog.tif", "r+", IGNORE_COG_LAYOUT_BREAK="YES"
    ) as file:  # changed in place: GDAL takes its mark back
        file.update_tags(NOTE="n" * 4000)
    assert record_of(tmp_path / "cog.tif")["media_type"] == GEOTIFF


@pytest.mark.parametrize(
    ("driver", "media_type"),
    [
        ("PNG", "image/png"),
        ("JPEG", "image/jpeg"),
        ("WEBP", "image/webp"),
        ("JP2OpenJPEG", "image/jp2"),
        ("HFA", None),
        ("netCDF", "application/netcdf"),
    ],
)
def test_media_types_of_other_formats(tmp_path: Path, driver: str, media_type: str | None) -> None:
    pixels = np.full((3, 64, 64), 7, np.uint8)
    if driver == "netCDF":
        pixels = pixels[:1]
    source = write(tmp_path / "a.tif", pixels)
    rasterio.shutil.copy(source, tmp_path / "b", driver=driver)
    (tmp_path / "b.aux.xml").unlink(missing_ok=True)
    record = record_of(tmp_path / "b")
    assert record.get("media_type") == media_type
    assert record["shape"] == [64, 64]
    assert record["bands"][0]["statistics"]["valid_percent"] == 100.0


# ---------------------------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "is empty"),
        (b"<!DOCTYPE html><html><body>Log in</body></html>", "an HTML page"),
        (b"\n<html>", "an HTML page"),
        (b'<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>', "an XML document"),
        (b'{"status": 429}', "a JSON document"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "a Git LFS pointer"),
        (b"PK\x03\x04\x14\0\0\0", "a ZIP archive"),
        (b"\x1f\x8b\x08\0\0\0\0\0", "a gzip archive"),
        (b"Too many requests, come back later", "a text file"),
        (bytes(range(256)), "not a raster in a known format"),
        (b"II*\0", "cannot be read"),
        (b"\x89PNG\r\n\x1a\n" + bytes(64), "cannot be read"),
        (b"\xff\xd8\xff\xe0" + bytes(64), "cannot be read"),
        (b"GRIB" + bytes(64), "cannot be read"),
        (b"CDF\x01" + bytes(64), "cannot be read"),
        (b"\x89HDF\r\n\x1a\n" + bytes(64), "cannot be read"),
        (b"EHFA_HEADER_TAG\0" + bytes(64), "cannot be read"),
        (b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(64), "cannot be read"),
        (b"RIFF\x40\0\0\0WEBPVP8 " + bytes(64), "cannot be read"),
    ],
)
def test_what_is_no_raster_is_named(tmp_path: Path, content: bytes, what: str) -> None:
    path = tmp_path / "scene.tif"
    path.write_bytes(content)
    error = refusal(path)
    assert what in error.what
    assert error.hint


def test_a_vrt_named_tif_reads_no_other_file(tmp_path: Path) -> None:
    source = write(tmp_path / "secret.tif")
    rasterio.shutil.copy(source, tmp_path / "scene.vrt", driver="VRT")
    (tmp_path / "scene.vrt").rename(tmp_path / "scene.tif")
    assert "a VRT" in refusal(tmp_path / "scene.tif").what


def test_an_imagine_file_with_its_pixels_elsewhere_is_refused(tmp_path: Path) -> None:
    source = write(tmp_path / "a.tif", np.ones((1, 64, 64), np.uint8))
    rasterio.shutil.copy(source, tmp_path / "b.img", driver="HFA", USE_SPILL="YES")
    assert (tmp_path / "b.ige").exists()
    assert "b.ige" in refusal(tmp_path / "b.img").what


def test_a_container_names_what_it_holds(tmp_path: Path) -> None:
    source = write(tmp_path / "a.tif", np.ones((3, 8, 8), np.float32))
    rasterio.shutil.copy(source, tmp_path / "b.nc", driver="netCDF")
    error = refusal(tmp_path / "b.nc")
    assert error.what == "holds no raster of its own; its arrays are Band1, Band2, Band3"
    assert "GeoTIFF" in error.hint


def test_hdf5_is_refused_since_its_pixels_may_lie_elsewhere(tmp_path: Path) -> None:
    source = write(tmp_path / "a.tif", np.ones((1, 8, 8), np.float32))
    rasterio.shutil.copy(source, tmp_path / "b.nc", driver="netCDF", FORMAT="NC4")
    assert "is HDF5" in refusal(tmp_path / "b.nc").what


def test_a_cut_or_damaged_file_is_named(tmp_path: Path) -> None:
    pixels = np.random.default_rng(5).integers(0, 255, (1, 300, 300)).astype(np.uint8)
    whole = write(tmp_path / "a.tif", pixels, compress="deflate", tiled=True).read_bytes()
    path = tmp_path / "b.tif"
    for size in (9, 100, len(whole) // 2, len(whole) - 100):
        path.write_bytes(whole[:size])
        assert "cannot be read: " in refusal(path).what
    path.write_bytes(whole[: len(whole) // 2] + b"\xff" * (len(whole) // 2))
    assert "cannot be read: " in refusal(path).what


def test_absurd_tiffs_are_refused_in_little_memory(tmp_path: Path) -> None:
    claims = {"square": (66000, 66000), "long": (2048, 1 << 30)}
    for name, (width, height) in claims.items():
        tags = [(256, 4, 1, width), (257, 4, 1, height), (258, 3, 1, 8), (278, 4, 1, height)]
        plain_tiff(tmp_path / name, *tags, (279, 4, 1, 9))
    code = """
import resource, sys
from pathlib import Path
from itemcat.errors import ReadError
from itemcat.readers import read
for path in sys.argv[1:]:
    for mode in ("exact", "sampled", "none"):
        try:
            read("raster", Path(path), {"statistics": mode})
        except ReadError:
            print("refused", mode)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""
    paths = [str(tmp_path / name) for name in claims]
    out = subprocess.run(
        [sys.executable, "-c", code, *paths], check=True, capture_output=True, text=True
    )
    *refused, peak = out.stdout.splitlines()
    assert refused == ["refused exact", "refused sampled"] * 2
    assert int(peak) < 500_000  # kilobytes
    assert not out.stderr


def test_a_missing_file_is_an_error_of_ours(tmp_path: Path) -> None:
    assert "cannot be opened" in refusal(tmp_path / "gone.tif").what
    assert "cannot be opened" in refusal(tmp_path).what


# ------------------------------------------------------------------------------------- real files


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
