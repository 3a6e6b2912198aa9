"""Cubes in netCDF: their dimensions, variables, times and place, out of CF coordinates."""

import os
import sys
from pathlib import Path
from typing import Any

import cubes
import h5py
import netCDF4
import numpy as np
import pyproj
import pytest
from cubes import DAYS, EAST, NORTH
from rasters import write as write_raster

from itemcat import readers
from itemcat.errors import MachineError, ReadError
from itemcat.model import Record

RASTERS = os.environ.get("ITEMCAT_RASTERS", "")
UTM = pyproj.CRS(32623).to_cf()


def record_of(path: Path, variable: str | None = None) -> Record:
    return readers.read("cube", path, {} if variable is None else {"variable": variable})


def refusal(path: Path, variable: str | None = None) -> ReadError:
    with pytest.raises(ReadError) as raised:
        record_of(path, variable)
    assert raised.value.where == path.name
    assert str(path.parent) not in str(raised.value)
    return raised.value


@pytest.mark.parametrize("form", ["NETCDF4", "NETCDF4_CLASSIC", "NETCDF3_CLASSIC", "NETCDF3_64BIT"])
def test_a_cube_of_the_world(tmp_path: Path, form: str) -> None:
    record = record_of(cubes.write(tmp_path / "a.nc", cubes.globe(), form))
    assert record["media_type"] == "application/netcdf"
    assert record["bbox"] == [-180, -90, 180, 90]
    assert record["dimensions"] == {
        "time": {
            "type": "temporal",
            "extent": ["2019-01-01T12:00:00Z", "2019-01-03T12:00:00Z"],
            "step": "P1D",
        },
        "level": {
            "type": "spatial",
            "axis": "z",
            "extent": [500, 1000],
            "step": None,
            "values": [1000, 850, 500],
            "unit": "hPa",
        },
        "lat": {"type": "spatial", "axis": "y", "extent": [-90, 90], "step": -10},
        "lon": {"type": "spatial", "axis": "x", "extent": [0, 350], "step": 10},
    }
    assert record["variables"] == {
        "air": {
            "dimensions": ["time", "level", "lat", "lon"],
            "type": "data",
            "unit": "K",
            "description": "Air temperature",
            "data_type": "float32",
            "nodata": -999,
        }
    }
    # The item's time is that of the cells, whose bounds go beyond their middles.
    start, end = "2019-01-01T00:00:00Z", "2019-01-04T00:00:00Z"
    assert record["times"] == {"start": start, "end": end, "tag": "time"}
    assert record["shape"] == [19, 36]
    assert "crs" not in record
    assert "warnings" not in record


def test_a_record_is_of_the_bytes_and_not_of_the_name(tmp_path: Path) -> None:
    path = cubes.write(tmp_path / "a.nc", cubes.globe())
    record = record_of(path)
    assert record_of(path.rename(tmp_path / "0123abcd")) == record


def region(lons: Any, lats: Any, **kinds: Any) -> dict[str, cubes.Column]:
    values = np.zeros((len(lats), len(lons)), np.int16)
    return {
        "lat": (["lat"], np.asarray(lats, **kinds), NORTH),
        "lon": (["lon"], np.asarray(lons, **kinds), EAST),
        "a": (["lat", "lon"], values, {}),
    }


@pytest.mark.parametrize(
    ("lons", "lats", "bbox"),
    [
        ([10, 11, 12], [50, 51], [9.5, 49.5, 12.5, 51.5]),
        ([12, 11, 10], [51, 50], [9.5, 49.5, 12.5, 51.5]),
        ([350, 351, 352], [50, 51], [-10.5, 49.5, -7.5, 51.5]),
        ([178, 179, 180, 181], [-18, -17], [177.5, -18.5, -178.5, -16.5]),
        ([178, 179, -180, -179], [-18, -17], [177.5, -18.5, -178.5, -16.5]),
        ([358, 359, 0, 1], [-18, -17], [-2.5, -18.5, 1.5, -16.5]),
        ([10, 12, 16], [50, 51], [9, 49.5, 18, 51.5]),
        ([10, 11], [89, 90], [9.5, 88.5, 11.5, 90]),
        ([10], [50], [10, 50, 10, 50]),
    ],
)
def test_a_grid_lies_where_its_cells_lie(
    tmp_path: Path, lons: list[float], lats: list[float], bbox: list[float]
) -> None:
    record = record_of(cubes.write(tmp_path / "a.nc", region(lons, lats, dtype=np.float64)))
    assert record["bbox"] == pytest.approx(bbox, abs=1e-6)


@pytest.mark.parametrize("kind", [np.float32, np.float64])
@pytest.mark.parametrize("count", [360, 3600, 1440])
def test_a_grid_round_the_world_has_no_seam(tmp_path: Path, count: int, kind: Any) -> None:
    lons = (np.arange(count) * (360 / count)).astype(np.float32)  # rounded, also as 64 bits
    record = record_of(cubes.write(tmp_path / "a.nc", region(lons, [0, 1], dtype=kind)))
    assert record["geometry"]["type"] == "Polygon"
    assert record["bbox"] == [-180, -0.5, 180, 1.5]
    assert record["dimensions"]["lon"]["step"] == pytest.approx(360 / count, rel=1e-6)


@pytest.mark.parametrize("scale", [1, 1000])
def test_a_grid_in_a_projection(tmp_path: Path, scale: float) -> None:
    record = record_of(cubes.write(tmp_path / "a.nc", cubes.plane(UTM, scale)))
    assert record["crs"] == {"code": "EPSG:32623"}
    assert record["transform"] == [1000, 0, 300000, 0, 1000, 7400000]
    assert record["dimensions"]["x"] == {
        "type": "spatial",
        "axis": "x",
        "extent": [300500, 303500],
        "step": 1000,
        "reference_system": 32623,
    }
    to_wgs84 = pyproj.Transformer.from_crs(32623, 4326, always_xy=True)
    x, y = [300000, 304000, 300000, 304000], [7400000, 7400000, 7403000, 7403000]
    lon, lat = to_wgs84.transform(x, y)
    assert record["bbox"] == pytest.approx([min(lon), min(lat), max(lon), max(lat)], abs=1e-5)


def test_the_same_pixels_have_the_place_that_the_raster_reader_finds(tmp_path: Path) -> None:
    pixels = np.zeros((1, 30, 40), np.uint8)
    source = write_raster(tmp_path / "a.tif", pixels)
    raster = readers.read("raster", source, {"statistics": "none"})
    columns = {
        "x": (["x"], 300000 + 25 * (np.arange(40) + 0.5), cubes.X),
        "y": (["y"], 7400000 - 25 * (np.arange(30) + 0.5), cubes.Y),
        "crs": ([], np.int32(0), UTM),
        "a": (["y", "x"], pixels[0], {"grid_mapping": "crs: x y"}),
    }
    cube = record_of(cubes.write(tmp_path / "a.nc", columns))
    for key in ("crs", "shape", "transform", "bbox", "geometry"):
        assert cube[key] == raster[key], key


def test_a_rotated_pole(tmp_path: Path) -> None:
    mapping = {
        "grid_mapping_name": "rotated_latitude_longitude",
        "grid_north_pole_latitude": 39.25,
        "grid_north_pole_longitude": -162.0,
        "north_pole_grid_longitude": 0.0,
    }
    degrees = {"units": "degrees"}
    columns = {
        "rlat": (["rlat"], np.arange(-10.0, 11), {**degrees, "standard_name": "grid_latitude"}),
        "rlon": (["rlon"], np.arange(-10.0, 11), {**degrees, "standard_name": "grid_longitude"}),
        "pole": ([], np.int32(0), mapping),
        "a": (["rlat", "rlon"], np.zeros((21, 21), np.int8), {"grid_mapping": "pole"}),
    }
    record = record_of(cubes.write(tmp_path / "a.nc", columns))
    west, south, east, north = record["bbox"]
    assert west < 18 < east  # the middle of the grid, by its pole
    assert south < 50.75 < north
    assert record["dimensions"]["rlon"]["reference_system"].startswith("GEOGCRS")


def test_a_satellites_disc_in_radians(tmp_path: Path) -> None:
    mapping = {
        "grid_mapping_name": "geostationary",
        "perspective_point_height": 35786023.0,
        "longitude_of_projection_origin": -75.0,
        "semi_major_axis": 6378137.0,
        "semi_minor_axis": 6356752.31414,
        "sweep_angle_axis": "x",
    }
    angles = np.linspace(-0.01, 0.01, 21)
    columns = {
        "x": (["x"], angles, {"units": "rad", "axis": "X"}),
        "y": (["y"], angles[::-1], {"units": "rad", "axis": "Y"}),
        "goes": ([], np.int32(0), mapping),
        "a": (["y", "x"], np.zeros((21, 21), np.int8), {"grid_mapping": "goes"}),
    }
    west, south, east, north = record_of(cubes.write(tmp_path / "a.nc", columns))["bbox"]
    assert (west + east) / 2 == pytest.approx(-75, abs=0.1)
    assert (south + north) / 2 == pytest.approx(0, abs=0.1)
    assert 2 < north < 5


def test_longitudes_and_latitudes_of_each_cell(tmp_path: Path) -> None:
    cols, rows = np.meshgrid(np.arange(30.0), np.arange(20.0))
    lon, lat = 170 + cols * 0.9 + rows * 0.1, 60 + rows * 0.5 - cols * 0.05
    columns = {
        "longitude": (["row", "col"], (lon + 180) % 360 - 180, EAST),
        "latitude": (["row", "col"], lat, NORTH),
        "a": (["row", "col"], np.zeros((20, 30), np.int8), {"coordinates": "longitude latitude"}),
    }
    record = record_of(cubes.write(tmp_path / "a.nc", columns))
    west, south, east, north = record["bbox"]
    assert (west, east) == (pytest.approx(169.5, abs=0.2), pytest.approx(-161.6, abs=0.4))
    assert (south, north) == (pytest.approx(58.3, abs=0.2), pytest.approx(69.8, abs=0.2))
    assert record["variables"]["longitude"]["type"] == "auxiliary"
    assert record["dimensions"]["row"] == {"type": "other", "extent": [0, 19], "step": 1}


# ------------------------------------------------------------------------------------------ times


def times(values: Any, **attributes: Any) -> dict[str, cubes.Column]:
    own = {**DAYS, **attributes}
    count = len(values)
    return {"t": (["t"], values, own), "a": (["t"], np.zeros(count, np.int8), {})}


@pytest.mark.parametrize(
    ("values", "attributes", "extent", "step"),
    [
        ([0.0, 1.0], {}, ["2019-01-01T00:00:00Z", "2019-01-02T00:00:00Z"], "P1D"),
        ([6.0, 0.0], {}, ["2019-01-01T00:00:00Z", "2019-01-07T00:00:00Z"], None),
        ([0.0, 0.25], {}, ["2019-01-01T00:00:00Z", "2019-01-01T06:00:00Z"], "PT6H"),
        ([0.0, 31.0, 59.0], {}, ["2019-01-01T00:00:00Z", "2019-03-01T00:00:00Z"], None),
        (
            [0.1],
            {"units": "seconds since 1970-01-01 00:00:00 +02:00"},
            ["1969-12-31T22:00:00.1Z", "1969-12-31T22:00:00.1Z"],
            None,
        ),
        ([1 / 3], {"units": "hours since 2019-01-01"}, ["2019-01-01T00:20:00Z"] * 2, None),
    ],
)
def test_times_of_the_worlds_calendar(
    tmp_path: Path, values: Any, attributes: Any, extent: list[str], step: str | None
) -> None:
    record = record_of(cubes.write(tmp_path / "a.nc", times(values, **attributes)))
    assert record["dimensions"]["t"]["extent"] == extent
    assert record["dimensions"]["t"].get("step") == step
    if len(values) == 1:
        assert record["times"] == {"datetime": extent[0], "tag": "t"}


@pytest.mark.parametrize(
    ("values", "attributes", "why"),
    [
        ([0.0], {"calendar": "noleap"}, "their calendar, noleap, is not that of the world"),
        ([0.0], {"calendar": "360_day"}, "their calendar, 360_day, is not that of the world"),
        ([0.0], {"units": "days since 1-1-1"}, "they begin in 1, before the calendar was reformed"),
        ([np.nan], {}, "some of them are missing"),
        ([0.0], {"units": "fortnights since 2019-01-01"}, ""),
        ([0.0], {"units": "days since yesterday"}, ""),
        ([1e300], {}, ""),
    ],
)
def test_times_of_no_calendar_are_left_out(
    tmp_path: Path, values: Any, attributes: Any, why: str
) -> None:
    record = record_of(cubes.write(tmp_path / "a.nc", times(values, **attributes)))
    extent = [None, None] if np.isnan(values).any() else values * 2
    assert record["dimensions"]["t"]["extent"] == extent
    assert record["dimensions"]["t"]["type"] == "temporal"
    assert "times" not in record
    assert record["warnings"][-1].startswith(f"the times of t are not known: {why}")


def test_a_time_of_all_the_data(tmp_path: Path) -> None:
    columns = region([10.0, 11.0], [50.0, 51.0])
    columns["t"] = ([], 1.5, DAYS)
    columns["a"] = (["lat", "lon"], np.zeros((2, 2), np.int8), {"coordinates": "t"})
    record = record_of(cubes.write(tmp_path / "a.nc", columns))
    assert record["times"] == {"datetime": "2019-01-02T12:00:00Z", "tag": "t"}


def test_the_files_own_word_for_its_times(tmp_path: Path) -> None:
    coverage = {"time_coverage_start": "2019-01-01", "time_coverage_end": "2019-12-31"}
    columns = region([10.0, 11.0], [50.0, 51.0])
    record = record_of(cubes.write(tmp_path / "a.nc", columns, **coverage))
    assert record["times"]["end"] == "2019-12-31T23:59:59Z"
    assert record["tags"] == coverage


# ------------------------------------------------------------------------------------- bad input


def test_without_coordinates_the_error_says_what_is_missing(tmp_path: Path) -> None:
    columns = {"a": (["row", "col"], np.zeros((3, 4)), {})}
    error = refusal(cubes.write(tmp_path / "a.nc", columns))
    assert error.what == "has no coordinates: nothing says what its dimensions are (row, col)"
    assert "degrees_north" in error.hint
    assert "reader: raster" in error.hint


@pytest.mark.parametrize(
    ("columns", "why"),
    [
        (cubes.plane(), "no grid mapping says what CRS its coordinates are in"),
        (cubes.plane({"grid_mapping_name": "none_such"}), "PROJ cannot use its grid mapping"),
        (cubes.plane({"crs_wkt": "PROJCRS["}), "PROJ cannot use its grid mapping"),
        (region([10.0, 11.0, 10.0], [50.0, 51.0]), "its coordinates neither rise nor fall"),
        (region([10.0, np.nan], [50.0, 51.0]), "some coordinates of lon are missing"),
        (region([1e5, 2e5], [5e6, 6e6]), "its CRS is geographic, but its coordinates"),
    ],
)
def test_what_has_no_place_is_not_the_whole_world(tmp_path: Path, columns: Any, why: str) -> None:
    record = record_of(cubes.write(tmp_path / "a.nc", columns))
    assert (record["geometry"], record["bbox"]) == (None, None)
    [warning] = record["warnings"]
    assert warning.startswith(f"no footprint: {why}")


def test_groups_are_named_and_chosen_from(tmp_path: Path) -> None:
    path = tmp_path / "a.nc"
    with netCDF4.Dataset(path, "w") as file:
        group = file.createGroup("ice").createGroup("2019")
        group.createDimension("t", 1)
        made = group.createVariable("t", "f8", ("t",))
        made.units = DAYS["units"]
        made[:] = [0]
        group.createVariable("depth", "f4", ("t",))
    error = refusal(path)
    assert error.what == "has its variables in groups: ice"
    assert error.hint == "choose one in the spec: `variable: ice`"
    assert record_of(path, "ice/2019")["variables"].keys() == {"depth"}
    assert refusal(path, "snow").what == "has no group 'snow'; it has ice"


def test_no_data_are_read_however_many_are_claimed(tmp_path: Path) -> None:
    path = cubes.write(tmp_path / "a.nc", region([10.0, 11.0], [50.0, 51.0]))
    with netCDF4.Dataset(path, "a") as file:
        file.createDimension("n", 10**12)
        file.createVariable("huge", "f8", ("n", "lat", "lon"), chunksizes=(1000, 2, 2))
    assert record_of(path)["dimensions"]["n"] == {
        "type": "other",
        "extent": [0, 10**12 - 1],
        "step": 1,
    }
    with netCDF4.Dataset(path, "a") as file:
        file.createVariable("n", "f8", ("n",), chunksizes=(1000,))
    assert refusal(path).what.startswith("has 1,000,000,000,000 values in its coordinate n")


def test_nothing_outside_a_file_is_touched(tmp_path: Path) -> None:
    path = cubes.write(tmp_path / "a.nc", region([10.0, 11.0], [50.0, 51.0]))
    with h5py.File(path, "a") as file:
        file["leak"] = h5py.ExternalLink(str(tmp_path / "other.h5"), "/secret")
    assert refusal(path).what == "draws its /leak from another file (an external link)"


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"", "is empty"),
        (b"<!doctype html><p>log in", "is an HTML page, not a cube"),
        (b"II*\0" + bytes(99), "is not a cube in a known format"),
        (b"CDF\x01" + b"\xff" * 99, "cannot be read"),
        (b"\x89HDF\r\n\x1a\n" + bytes(99), "cannot be read"),
        (b"PK\x03\x04" + bytes(99), "cannot be read: File is not a zip file"),
    ],
)
def test_what_is_no_cube_is_told(tmp_path: Path, data: bytes, what: str) -> None:
    path = tmp_path / "a"
    path.write_bytes(data)
    assert refusal(path).what.startswith(what)


@pytest.mark.parametrize("form", ["NETCDF4", "NETCDF3_CLASSIC"])
def test_a_file_that_was_cut_short_is_an_error(tmp_path: Path, form: str) -> None:
    path = cubes.write(tmp_path / "a.nc", cubes.globe(), form)
    path.write_bytes(path.read_bytes()[:600])
    refusal(path)


@pytest.mark.parametrize(
    "attributes",
    [
        {"units": 5, "calendar": 7, "bounds": [1, 2], "long_name": "x" * 9999},
        {"units": "days since 2019-01-01", "bounds": "t"},
        {"coordinates": "t t t", "grid_mapping": ":"},
        {"axis": "X", "scale_factor": "two"},
    ],
)
def test_attributes_of_any_kind_are_no_bug(tmp_path: Path, attributes: Any) -> None:
    columns = cubes.globe()
    columns["lev"] = (["lev"], [1.0, 2.0], attributes)
    columns["b"] = (["lev"], [1.0, 2.0], {"grid_mapping": 3, "coordinates": [1.5]})
    path = cubes.write(tmp_path / "a.nc", columns)
    try:
        assert record_of(path)["bbox"] == [-180, -90, 180, 90]
    except ReadError as error:
        assert error.where == "a.nc"


def test_without_xarray_the_error_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = cubes.write(tmp_path / "a.nc", cubes.globe())
    monkeypatch.delitem(sys.modules, "itemcat.readers.cube", raising=False)
    monkeypatch.delitem(sys.modules, "itemcat.readers.cube_axes", raising=False)
    monkeypatch.setitem(sys.modules, "xarray", None)
    monkeypatch.setitem(sys.modules, "xarray.backends", None)
    with pytest.raises(MachineError) as raised:
        record_of(path)
    assert raised.value.hint == 'install it with `pip install "itemcat[cube]"`'


@pytest.mark.skipif(not RASTERS, reason="ITEMCAT_RASTERS names no folder of real rasters")
@pytest.mark.parametrize("name", ["rioxarray/tmmx_20190121.nc", "rasterio/RGB.nc"])
def test_real_files_lie_where_gdal_finds_them(name: str) -> None:
    path = Path(RASTERS, "files", name)
    options = {"statistics": "none", "variable": "Band1"} if "RGB" in name else {}
    raster = readers.read("raster", path, {"statistics": "none", **options})
    cube = record_of(path)
    assert cube["bbox"] == pytest.approx(raster["bbox"], abs=1e-4)
    assert cube["shape"] == raster["shape"]


@pytest.mark.skipif(not RASTERS, reason="ITEMCAT_RASTERS names no folder of real rasters")
def test_real_files_without_a_grid_mapping_have_no_place() -> None:
    record = record_of(Path(RASTERS, "files", "rioxarray/MODIS_ARRAY.nc"))
    assert record["geometry"] is None
    assert record["dimensions"]["x"]["step"] == pytest.approx(231.6563583)
