"""Every real raster, fact by fact, against truth worked out here with rasterio, pyproj and numpy.

Runs where ITEMCAT_RASTERS names the folder that holds them; a wrong fact of any file fails.
"""

import csv
import os
import warnings
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pyproj
import pytest
import rasterio
from rasterio.crs import CRS
from rasterio.errors import NotGeoreferencedWarning

from itemcat import readers
from itemcat.errors import ReadError
from itemcat.form import has_form
from itemcat.model import Record
from itemcat.times import instant

NAMED = os.environ.get("ITEMCAT_RASTERS", "")
ALONE = {
    "GDAL_PAM_ENABLED": "NO",
    "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR",
    "GDAL_GEOREF_SOURCES": "INTERNAL",
}
KINDS = {
    b"\x89PNG": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"RIFF": "image/webp",
    b"\0\0\0\x0cjP": "image/jp2",
    b"CDF": "application/netcdf",
    b"\x89HDF": "application/netcdf",
    b"GRIB": "application/wmo-GRIB2",
}
TIFF = "image/tiff"
# Its layout was optimised once, and then broken by an edit, as GDAL's own mark in it says.
NO_LONGER_OPTIMISED = {"image_known_incompatible_ghost_headers.tif"}


def rows_of_the_index() -> Iterator[dict[str, str]]:
    if NAMED:
        with (Path(NAMED) / "INDEX.tsv").open(newline="") as file:
            yield from csv.DictReader(file, delimiter="\t")


INDEX = {row["file"]: row for row in rows_of_the_index() if "sidecar" not in row["driver"]}
pytestmark = pytest.mark.skipif(not INDEX, reason="ITEMCAT_RASTERS names no folder of rasters")


@cache
def record(name: str) -> Record | None:
    """What the reader finds, None where it refuses the file with an error that names it."""
    path = Path(NAMED) / name
    try:
        return readers.read("raster", path, {"statistics": "exact"})
    except ReadError as error:
        assert error.where == path.name
        return None


@pytest.fixture(params=INDEX)
def name(request: pytest.FixtureRequest) -> str:
    """A file that has a record."""
    name: str = request.param
    if record(name) is None:
        assert (
            INDEX[name]["driver"] in ("VRT", "(not openable)")
            or INDEX[name]["count"] == "0"
            or (
                "corrupt" in INDEX[name]["notes"]
                or "1073741824" in INDEX[name]["width_x_height"]
                or "HDF5" in INDEX[name]["notes"]
            )
        )
        pytest.skip("is refused")
    return name


@pytest.fixture
def dataset(name: str) -> Iterator[Any]:
    with rasterio.Env(**ALONE), warnings.catch_warnings():  # type: ignore[no-untyped-call]
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        with rasterio.open(Path(NAMED) / name) as file:
            yield file


def test_its_record_has_the_form_of_records(name: str) -> None:
    found = record(name)
    assert found is not None
    assert has_form(found)


def test_grid_and_crs_are_the_files_own(name: str, dataset: Any) -> None:
    found = record(name)
    assert found is not None
    assert found["shape"] == [dataset.height, dataset.width]
    if "transform" in found:
        assert found["transform"] == list(dataset.transform)[:6]
    else:
        assert dataset.transform.is_identity
    crs = found.get("crs", {})
    assert bool(crs) == bool(dataset.crs)
    if "code" in crs:
        own = pyproj.CRS.from_wkt(dataset.crs.to_wkt(version="WKT2_2019"))
        assert pyproj.CRS(crs["code"]).equals(own, ignore_axis_order=True)
    elif crs:
        assert CRS.from_wkt(crs["wkt2"]) == dataset.crs
        assert (
            pyproj.CRS(crs["wkt2"]).to_wkt().startswith(("PROJCRS", "GEOGCRS", "BOUNDCRS", "ENG"))
        )


def edge_on_earth(dataset: Any) -> tuple[Any, Any] | None:
    """Longitudes and latitudes of the raster's edge at every pixel; None where there are none."""
    if not dataset.crs or dataset.transform.is_identity:
        return None
    crs = pyproj.CRS.from_wkt(dataset.crs.to_wkt(version="WKT2_2019")).to_2d()
    cols, rows = np.arange(dataset.width + 1.0), np.arange(dataset.height + 1.0)
    a, b, c, d, e, f = dataset.transform[:6]
    col = np.concatenate([cols, cols, np.zeros_like(rows), np.full_like(rows, dataset.width)])
    row = np.concatenate([np.zeros_like(cols), np.full_like(cols, dataset.height), rows, rows])
    try:
        to_wgs84 = pyproj.Transformer.from_crs(crs, "EPSG:4326", always_xy=True)
    except pyproj.exceptions.ProjError:
        return None
    lon, lat = to_wgs84.transform(a * col + b * row + c, d * col + e * row + f)
    return (lon, lat) if np.isfinite(lon).all() and np.isfinite(lat).all() else None


def test_the_box_is_that_of_a_dense_edge(name: str, dataset: Any) -> None:
    found = record(name)
    assert found is not None
    if found["bbox"] is None:
        assert found["geometry"] is None
        assert found["warnings"][0].startswith("no footprint: ")
        return
    edge = edge_on_earth(dataset)
    west, south, east, north = found["bbox"]
    if edge is None or (west, east) == (-180, 180):
        return  # by GCPs or RPCs, a disc, or the world: held against its pixels elsewhere
    lon, lat = edge
    if west > east:
        lon, east = lon % 360, east % 360
    pixel = np.hypot(np.diff(lon), np.diff(lat)).min() + 1e-7
    assert west == pytest.approx(lon.min(), abs=pixel)
    assert east == pytest.approx(lon.max(), abs=pixel)
    assert south == pytest.approx(max(lat.min(), -90), abs=pixel)
    assert north == pytest.approx(min(lat.max(), 90), abs=pixel)


def test_statistics_are_those_of_numpy_over_all_pixels(name: str, dataset: Any) -> None:
    found = record(name)
    assert found is not None
    if dataset.width * dataset.height > 50_000_000:
        pytest.skip("too large to hold in memory")
    for band, facts in enumerate(found["bands"], start=1):
        if "complex" in dataset.dtypes[band - 1]:
            assert "statistics" not in facts
            continue
        pixels = dataset.read(band)
        valid = pixels[(dataset.read_masks(band) != 0) & np.isfinite(pixels)].astype(np.float64)
        statistics = facts.get("statistics")
        if not valid.size:
            assert statistics is None
            continue
        expected = {
            "minimum": valid.min(),
            "maximum": valid.max(),
            "mean": valid.mean(),
            "stddev": valid.std(),
            "valid_percent": 100 * valid.size / pixels.size,
        }
        for key, value in expected.items():
            assert statistics[key] == pytest.approx(value, rel=1e-9, abs=1e-9), key
        counts, edges = np.histogram(valid, 10, (valid.min(), valid.max()))
        histogram = facts["histogram"]
        assert histogram["count"] == len(histogram["buckets"]) == 10
        assert sum(histogram["buckets"]) == valid.size
        assert histogram["buckets"] == counts.tolist()
        assert (histogram["min"], histogram["max"]) == pytest.approx((edges[0], edges[-1]))


def test_bands_say_what_the_file_says(name: str, dataset: Any) -> None:
    found = record(name)
    assert found is not None
    assert len(found["bands"]) == dataset.count
    for index, facts in enumerate(found["bands"]):
        dtype, nodata = dataset.dtypes[index], dataset.nodatavals[index]
        assert facts["data_type"] == {"complex_int16": "cint16"}.get(dtype, dtype)
        shown = facts.get("nodata")
        assert (shown is None) == (nodata is None)
        if nodata is not None:
            assert float(shown) == pytest.approx(nodata, nan_ok=True)
        assert facts["scale"] == dataset.scales[index]
        assert facts["offset"] == dataset.offsets[index]
        assert facts.get("unit") == (dataset.units[index] or None)


def test_the_media_type_is_what_the_bytes_are(name: str, dataset: Any) -> None:
    found = record(name)
    assert found is not None
    head = (Path(NAMED) / name).read_bytes()[:8]
    media_type = found.get("media_type")
    for magic, kind in KINDS.items():
        if head.startswith(magic):
            assert media_type == kind
            return
    if dataset.driver != "GTiff":
        assert media_type is None  # ERDAS Imagine has none that is registered
        return
    is_geo = bool(dataset.crs or dataset.gcps[1])
    is_cog = "COG" in INDEX[name]["notes"] and Path(name).name not in NO_LONGER_OPTIMISED
    expected = TIFF + "; application=geotiff" * is_geo
    assert media_type == expected + "; profile=cloud-optimized" * (is_geo and is_cog)


def test_no_date_is_made_up_and_none_is_lost(name: str, dataset: Any) -> None:
    found = record(name)
    assert found is not None
    raw = dataset.tags().get("TIFFTAG_DATETIME")
    tags = found.get("tags", {})
    assert tags.get("TIFFTAG_DATETIME") == raw or not raw
    for text in tags.values():
        instant(text)
    if "times" in found:
        assert found["times"]["tag"] in {**dataset.tags(), **dataset.tags(ns="IMAGERY")}
