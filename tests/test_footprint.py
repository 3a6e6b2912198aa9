"""Footprints against truth that is worked out another way: from places on Earth to pixels."""

import json
import math
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyproj
import pytest
import rasterio
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from rasterio.control import GroundControlPoint
from rasterio.io import DatasetReader, MemoryFile
from rasterio.rpc import RPC
from rasterio.transform import Affine
from shapely.geometry import shape

from itemcat.readers.footprint import Footprint, footprint

WORLD_3857 = 20037508.342789244
WORLD_6933 = 17367530.445161372
GEOS = "+proj=geos +h=35785831 +lon_0=0 +sweep=y +ellps=WGS84"
NORTH = "EPSG:3413"
SOUTH = "EPSG:3031"


@dataclass(frozen=True)
class Grid:
    """A raster by its CRS, transform and size; `period` is the way round the world in its units."""

    crs: Any
    transform: Affine
    width: int
    height: int
    period: float = 0.0


def north_up(west: float, north: float, across: float, down: float) -> Affine:
    return Affine(across, 0, west, 0, -down, north)


def turned(
    x: float, y: float, degrees: float, across: float, down: float, *, shear: float = 0
) -> Affine:
    """Rows run down, turned counter-clockwise, and each a bit further along by `shear`."""
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return Affine(
        across * cos, down * (sin + shear * cos), x, across * sin, down * (shear * sin - cos), y
    )


def utm(epsg: int, east: float, north: float, pixel: float, *size: int) -> Grid:
    return Grid(f"EPSG:{epsg}", north_up(east, north, pixel, pixel), *size)


def boxed(crs: Any, bounds: tuple[float, ...], width: int, height: int, period: float = 0) -> Grid:
    west, south, east, north = bounds
    transform = north_up(west, north, (east - west) / width, (north - south) / height)
    return Grid(crs, transform, width, height, period)


def lonlat(west: float, south: float, east: float, north: float, pixel: float) -> Grid:
    width, height = round((east - west) / pixel), round((north - south) / pixel)
    return boxed("EPSG:4326", (west, south, east, north), width, height, 360)


GRIDS = {
    "utm": utm(32623, 272312.5, 7475962.5, 25, 3860, 2393),
    "utm one pixel": utm(32633, 500000, 5000000, 10, 1, 1),
    "utm one row": utm(32633, 300000, 5000000, 10, 40000, 1),
    "utm 1 over 180": utm(32601, 200000, 7600000, 100, 1500, 1200),
    "utm 60 over 180": utm(32660, 600000, 7600000, 100, 2500, 1200),
    "utm 60 south over 180": utm(32760, 700000, 6000000, 250, 800, 1200),
    "utm up to 180": utm(32660, 500000, 20000, 1000, 300, 20),
    "greenland with its top": boxed(NORTH, (-700000, -3400000, 900000, -600000), 320, 560),
    "north without the pole": boxed(NORTH, (300000, -2600000, 900000, -1900000), 600, 700),
    "over 180 in the north": boxed(NORTH, (-2000000, 500000, -500000, 2500000), 300, 400),
    "north with the pole": boxed(NORTH, (-3850000, -5350000, 3750000, 5850000), 304, 448),
    "north, pole out of the middle": boxed(NORTH, (-100000, -50000, 3000000, 900000), 310, 95),
    "south over 180": boxed(SOUTH, (-400000, -1900000, 500000, -900000), 900, 1000),
    "south with the pole": boxed(SOUTH, (-2700000, -2500000, 2800000, 2400000), 550, 490),
    "south, pole on an edge": boxed(SOUTH, (-1000000, 0, 1000000, 1500000), 400, 300),
    "south, pole on the lower edge": boxed(SOUTH, (-1000000, -1500000, 1000000, 0), 400, 300),
    "south, pole on a side": boxed(SOUTH, (0, -900000, 1000000, 1100000), 200, 400),
    "south, pole on a corner": boxed(SOUTH, (0, 0, 1000000, 1500000), 200, 300),
    "south, pole on another corner": boxed(SOUTH, (-1000000, -900000, 0, 0), 200, 180),
    "south, pole just outside": boxed(SOUTH, (-1000000, 10, 1000000, 1500010), 400, 300),
    "south, pole just inside": boxed(SOUTH, (-1000000, -10, 1000000, 1499990), 400, 300),
    "south, odd pole": boxed(SOUTH, (-1000003, -7, 1000000, 1499990), 413, 307),
    "arctic 3995": boxed("EPSG:3995", (-3000000, -3000000, 3000000, 3000000), 600, 600),
    "ease 6931": boxed("EPSG:6931", (-9000000, -9000000, 9000000, 9000000), 720, 720),
    "ease 6932": boxed("EPSG:6932", (-4500000, -4500000, 4500000, 4500000), 360, 360),
    "ease 6933": boxed(
        "EPSG:6933", (-WORLD_6933, -7314540.83, WORLD_6933, 7314540.83), 964, 406, 2 * WORLD_6933
    ),
    "ease 6933 over 180": boxed(
        "EPSG:6933", (16000000, 1000000, 18500000, 3000000), 250, 200, 2 * WORLD_6933
    ),
    "web mercator, world": boxed(
        "EPSG:3857", (-WORLD_3857, -WORLD_3857, WORLD_3857, WORLD_3857), 512, 512, 2 * WORLD_3857
    ),
    "web mercator over 180": boxed(
        "EPSG:3857", (19000000, -3000000, 21000000, -1000000), 500, 500, 2 * WORLD_3857
    ),
    "europe laea": boxed("EPSG:3035", (2500000, 1400000, 7400000, 5500000), 490, 410),
    "conus albers": boxed("ESRI:102039", (-2356095, 276915, 2258235, 3172605), 1538, 965),
    "sinusoidal tile": boxed("ESRI:54008", (-1111950, 4447800, 0, 5559750), 120, 120),
    "sinusoidal tile at the edge": boxed(
        "ESRI:54008", (-16679250, 3335850, -15567300, 4447800), 120, 120
    ),
    "sinusoidal world": boxed("ESRI:54008", (-20015109, -10007554, 20015109, 10007554), 720, 360),
    "sinusoidal north": boxed("ESRI:54008", (-20015109, 0, 20015109, 10007554), 720, 180),
    "mollweide world": boxed("ESRI:54009", (-18041000, -9020000, 18041000, 9020000), 900, 450),
    "mollweide asia": boxed("ESRI:54009", (5000000, 1000000, 15000000, 8000000), 500, 350),
    "robinson world": boxed("ESRI:54030", (-17006000, -8626000, 17006000, 8626000), 850, 431),
    "geostationary": boxed(GEOS, (-5570000, -5570000, 5570000, 5570000), 371, 371),
    "geostationary, europe": boxed(GEOS, (-2000000, 2500000, 3500000, 5570000), 550, 307),
    "geostationary, no limb": boxed(GEOS, (-1500000, -1500000, 1000000, 500000), 500, 400),
    "rotated pole": boxed(
        "+proj=ob_tran +o_proj=longlat +o_lon_p=0 +o_lat_p=39.25 +lon_0=18 +to_meter=0.0174532925",
        (-28.4, -23.4, 18.2, 21.9),
        424,
        412,
    ),
    "polyconic brazil": boxed("EPSG:5880", (2800000, 6200000, 7400000, 10600000), 460, 440),
    "swiss oblique": boxed("EPSG:2056", (2480000, 1070000, 2840000, 1300000), 360, 230),
    "french grads": boxed("EPSG:27572", (0, 1600000, 1200000, 2700000), 600, 550),
    "feet": boxed("EPSG:2263", (900000, 110000, 1080000, 280000), 1800, 1700),
    "nad27": Grid("EPSG:4267", north_up(-110, 45, 0.01, 0.01), 800, 600, 360),
    "0 to 360": lonlat(0, -90, 360, 90, 1),
    "0 to 360, half a pixel off": lonlat(-0.125, -90.125, 359.875, 90.125, 0.25),
    "-180.125 to 179.875": lonlat(-180.125, -90, 179.875, 90, 0.25),
    "±180.5": lonlat(-180.5, -90.5, 180.5, 90.5, 1),
    "±180": lonlat(-180, -90, 180, 90, 0.5),
    "0 to 270": lonlat(0, 0, 270, 90, 0.5),
    "pacific in 0 to 360": lonlat(120, -60, 290, 60, 0.5),
    "east of 180": lonlat(190, -20, 230, 20, 0.5),
    "from 180 on": lonlat(180, -20, 230, 20, 0.5),
    "ocean model": lonlat(-280, -80, 80, 90, 1),
    "a belt": lonlat(-180, -50, 180, 50, 0.5),
    "south-up": Grid("EPSG:32633", Affine(30, 0, 400000, 0, 30, 5000000), 900, 700),
    "south-up world": Grid("EPSG:4326", Affine(0.5, 0, -180, 0, 0.5, -90), 720, 360, 360),
    "mirrored": Grid("EPSG:32633", Affine(-30, 0, 430000, 0, -30, 5000000), 900, 700),
    "rotated": Grid(
        "EPSG:32611",
        turned(500000, 4000000, 33, 30, 30),
        1200,
        900,
    ),
    "sheared": Grid(
        "EPSG:32633",
        turned(500000, 5000000, 5, 50, 40, shear=0.4),
        900,
        700,
    ),
    "rotated degrees": Grid(
        "EPSG:4326",
        turned(170, 60, 30, 0.05, 0.05),
        600,
        400,
        360,
    ),
    "rotated over the pole": Grid(
        SOUTH,
        turned(-500000, 1200000, 40, 5000, 5000),
        300,
        400,
    ),
}


@contextmanager
def image(size: tuple[int, int] = (300, 200), **profile: Any) -> Iterator[DatasetReader]:
    """A file with only what `profile` says of its place."""
    with warnings.catch_warnings(), MemoryFile() as memory:
        warnings.simplefilter("ignore", rasterio.errors.NotGeoreferencedWarning)
        options = {"driver": "GTiff", "count": 1, "dtype": "uint8", "sparse_ok": True}
        with memory.open(width=size[0], height=size[1], **options, **profile):
            pass
        with memory.open() as dataset:
            yield dataset


def footprint_of(grid: Grid) -> Footprint:
    size = (grid.width, grid.height)
    with image(size, crs=grid.crs, transform=grid.transform) as dataset:
        return footprint(dataset)


def pixels_of(transform: Affine, x: Any, y: Any) -> tuple[Any, Any]:
    a, b, c, d, e, f = transform[:6]
    return (
        (e * (x - c) - b * (y - f)) / (a * e - b * d),
        (a * (y - f) - d * (x - c)) / (a * e - b * d),
    )


def margins(grid: Grid, lon: Any, lat: Any) -> Any:
    """How many pixels inside the frame (negative: outside) places on Earth are."""
    forward = pyproj.Transformer.from_crs("EPSG:4326", grid.crs, always_xy=True)
    x, y = forward.transform(lon, lat)
    best = np.full(np.shape(lon), -np.inf)
    for turn in (-2, -1, 0, 1, 2) if grid.period else (0,):
        with np.errstate(invalid="ignore"):
            col, row = pixels_of(grid.transform, x + turn * grid.period, y)
            found = np.min([col, row, grid.width - col, grid.height - row], axis=0)
        best = np.fmax(best, np.where(np.isfinite(found), found, -np.inf))
    if "geos" in grid.crs:
        # A pixel inside the limb is what can still be seen a pixel further out.
        away = 1 + grid.transform.a / np.hypot(x, y)
        seen = forward.transform(x * away, y * away, direction="INVERSE")[0]
        best = np.where(np.isfinite(seen), best, np.minimum(best, 0))
    return best


def places_around(geometry: Any, count: int, seed: int) -> tuple[Any, Any]:
    """Random places on the whole Earth, and around each polygon and its vertices."""
    random = np.random.default_rng(seed)
    lon, lat = (
        [random.uniform(-180, 180, count)],
        [np.degrees(np.arcsin(random.uniform(-1, 1, count)))],
    )
    for part in shapely.get_parts(geometry):
        west, south, east, north = part.bounds
        pad_x, pad_y = (east - west) / 10, (north - south) / 10
        lon.append(random.uniform(west - pad_x, east + pad_x, count))
        lat.append(random.uniform(south - pad_y, north + pad_y, count))
        along = shapely.line_interpolate_point(
            part.exterior, random.uniform(0, 1, count), normalized=True
        )
        lon.append(shapely.get_x(along) + random.normal(0, pad_x / 10, count))
        lat.append(shapely.get_y(along) + random.normal(0, pad_y / 10, count))
    return (np.concatenate(lon) + 180) % 360 - 180, np.clip(np.concatenate(lat), -90, 90)


def assert_well_formed(found: Footprint) -> Any:
    """What holds for every footprint; gives its geometry."""
    assert found.geometry is not None, found.warning
    assert found.bbox is not None
    json.dumps(found.geometry, allow_nan=False)
    geometry = shape(found.geometry)
    assert geometry.is_valid, shapely.is_valid_reason(geometry)
    assert geometry.geom_type in ("Polygon", "MultiPolygon")
    coordinates = shapely.get_coordinates(geometry)
    assert np.array_equal(coordinates, coordinates.round(7))
    for part in shapely.get_parts(geometry):
        assert part.exterior.is_ccw
        assert not any(hole.is_ccw for hole in part.interiors)
    west, south, east, north = geometry.bounds
    assert (west, south, east, north) >= (-180, -90, -180, -90)
    assert east <= 180
    assert north <= 90
    assert found.bbox[1::2] == [south, north]
    if found.bbox[0] <= found.bbox[2]:
        assert found.bbox[0::2] == [west, east]
    else:
        assert (west, east) == (-180, 180)
        between = shapely.box(found.bbox[2], -90, found.bbox[0], 90)
        assert geometry.intersection(between).area == 0
        edges = {value for part in shapely.get_parts(geometry) for value in part.bounds[0::2]}
        assert {found.bbox[0], found.bbox[2]} <= edges
    return geometry


def assert_true(grid: Grid, found: Footprint, seed: int = 0, count: int = 2000) -> Any:
    """Places a pixel inside the frame are in the footprint, and places a pixel outside are not."""
    geometry = assert_well_formed(found)
    lon, lat = places_around(geometry, count, seed)
    margin = margins(grid, lon, lat)
    inside = shapely.intersects_xy(geometry, lon, lat)
    wrong = (inside & (margin < -1)) | (~inside & (margin > 1))
    assert not wrong.any(), (lon[wrong][:5], lat[wrong][:5], margin[wrong][:5], wrong.sum())
    return geometry


def test_a_footprint_is_that_of_its_own_grid_however_alike_the_one_before() -> None:
    grid = utm(32623, 272312.5, 7475962.5, 25, 300, 200)
    others = [
        replace(grid, width=301),
        replace(grid, height=201),
        replace(grid, crs="EPSG:32624"),
        replace(grid, transform=north_up(272312.5, 7475962.5, 25, 26)),
    ]
    first = footprint_of(grid)
    for other in others:
        assert_true(other, footprint_of(other))
        assert footprint_of(other) != first
        assert footprint_of(grid) == first


@pytest.mark.parametrize("name", GRIDS)
def test_a_place_is_in_the_footprint_if_it_is_in_the_grid(name: str) -> None:
    found = footprint_of(GRIDS[name])
    assert found.warning is None
    assert_true(GRIDS[name], found)


@pytest.mark.parametrize(
    ("name", "bbox"),
    [
        # As another program printed it for this grid, and as STAC catalogs have it.
        ("utm", [-50.2952353688, 66.7783456136, -47.9894188362, 67.3709350626]),
        ("utm up to 180", [177.0, 0.0, None, None]),
        ("north with the pole", [-180, None, 180, 90]),
        ("south with the pole", [-180, -90, 180, None]),
        ("south, pole on an edge", [-90, -90, 90, None]),
        ("south, pole on the lower edge", [90, -90, -90, None]),
        ("south, pole on a side", [0, -90, 180, None]),
        ("south, pole on a corner", [0, -90, 90, None]),
        ("south, pole on another corner", [-180, -90, -90, None]),
        ("greenland with its top", [None, None, None, 84.4653647]),
        ("ease 6933", [-180, None, 180, None]),
        ("web mercator, world", [-180, -85.0511288, 180, 85.0511288]),
        ("sinusoidal world", [-180, -90, 180, 90]),
        ("sinusoidal north", [-180, 0, 180, 90]),
        ("robinson world", [-180, -90, 180, 90]),
        ("0 to 270", [0, 0, -90, 90]),
        ("pacific in 0 to 360", [120, -60, -70, 60]),
        ("east of 180", [-170, -20, -130, 20]),
        ("from 180 on", [-180, -20, -130, 20]),
    ],
)
def test_the_box_is_the_known_one(name: str, bbox: list[float | None]) -> None:
    found = footprint_of(GRIDS[name]).bbox
    assert found is not None
    for value, expected in zip(found, bbox, strict=True):
        assert expected is None or value == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(
    "name", ["0 to 360", "0 to 360, half a pixel off", "-180.125 to 179.875", "±180.5", "±180"]
)
def test_a_grid_of_all_longitudes_is_one_plain_box(name: str) -> None:
    found = footprint_of(GRIDS[name])
    assert found.bbox == [-180, -90, 180, 90]
    assert found.geometry is not None
    assert found.geometry["type"] == "Polygon"
    assert len(found.geometry["coordinates"][0]) == 5


@pytest.mark.parametrize("name", ["utm 1 over 180", "utm 60 over 180", "utm 60 south over 180"])
def test_what_crosses_180_is_cut_there(name: str) -> None:
    grid = GRIDS[name]
    cols, rows = np.meshgrid(np.arange(grid.width) + 0.5, np.arange(grid.height) + 0.5)
    a, _, c, _, e, f = grid.transform[:6]
    to_wgs84 = pyproj.Transformer.from_crs(grid.crs, "EPSG:4326", always_xy=True)
    lon, _ = to_wgs84.transform(c + a * cols, f + e * rows)
    found = footprint_of(grid)
    assert found.bbox is not None
    crosses = lon.min() < -170 and lon.max() > 170
    assert (found.bbox[0] > found.bbox[2]) == crosses
    pixel = 2 * a / 111_000 / math.cos(math.radians(found.bbox[3]))
    assert found.bbox[0] == pytest.approx(lon[lon > 0].min(), abs=pixel)
    assert found.bbox[2] == pytest.approx(lon[lon < 0].max() if crosses else lon.max(), abs=pixel)


def test_an_ordinary_grid_has_few_points() -> None:
    found = footprint_of(GRIDS["utm"])
    assert found.geometry is not None
    assert len(found.geometry["coordinates"][0]) < 20


def test_what_is_seen_of_a_disc_ends_at_its_limb() -> None:
    found = footprint_of(GRIDS["geostationary"])
    assert found.bbox is not None
    horizon = math.degrees(math.acos(6378137 / (6378137 + 35785831)))  # at the equator
    assert found.bbox[2] == pytest.approx(horizon, abs=0.3)
    assert found.bbox[0] == pytest.approx(-found.bbox[2], abs=0.01)


# ------------------------------------------------------------------------------- GCPs and RPCs


def control_points(grid: Grid, count: int, crs: str = "EPSG:4326") -> list[GroundControlPoint]:
    """`count` by `count` points over a grid, from corner to corner, longitudes within ±180."""
    to_crs = pyproj.Transformer.from_crs(grid.crs, crs, always_xy=True)
    a, b, c, d, e, f = grid.transform[:6]
    points = []
    for row in np.linspace(0, grid.height, count):
        for col in np.linspace(0, grid.width, count):
            x, y = to_crs.transform(a * col + b * row + c, d * col + e * row + f)
            points.append(GroundControlPoint(row, col, x, y))
    return points


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("utm", 4),
        ("rotated", 3),
        ("utm 60 over 180", 6),
        ("greenland with its top", 12),
        ("north with the pole", 15),
        ("south, pole on an edge", 15),
        ("over 180 in the north", 12),
    ],
)
def test_control_points_place_a_raster(name: str, count: int) -> None:
    grid = GRIDS[name]
    gcps = control_points(grid, count)
    with image((grid.width, grid.height), gcps=gcps, crs="EPSG:4326") as dataset:
        found = footprint(dataset)
    assert found.warning is None
    assert_true(grid, found)


def test_control_points_in_two_rows_place_a_raster() -> None:
    grid = GRIDS["utm"]
    gcps = [point for point in control_points(grid, 5) if point.row in (0, grid.height)]
    with image((grid.width, grid.height), gcps=gcps, crs="EPSG:4326") as dataset:
        found = footprint(dataset)
    assert found.warning is None
    assert_true(grid, found)


def test_control_points_that_do_not_agree_are_doubted() -> None:
    points = control_points(GRIDS["utm"], 25)
    moved = [
        GroundControlPoint(p.row, p.col, p.x + (i == 99) * 0.1, p.y) for i, p in enumerate(points)
    ]
    with image((3860, 2393), gcps=moved, crs="EPSG:4326") as dataset:
        found = footprint(dataset)
    assert_well_formed(found)
    assert found.warning is not None
    assert "misses a ground control point" in found.warning


def test_control_points_that_fold_the_raster_give_no_footprint() -> None:
    # The outline has no inside; its outside, all the Earth, would hold every pixel.
    gcps = [
        GroundControlPoint(row, col, 10 + col * (300 - col) / 20_000, 50 - row / 100)
        for row in (0, 50, 100, 150, 200)
        for col in range(0, 301, 10)
    ]
    with image(gcps=gcps, crs="EPSG:4326") as dataset:
        assert_unplaced(footprint(dataset), "does not hold its pixels")


@pytest.mark.parametrize(
    ("west", "bbox"),
    [
        (-50, [-50, 66, -48, 67]),  # as GDAL has it: a straight fit in degrees
        (179, [179, 66, -179, 67]),
        (-181, [179, 66, -179, 67]),
        (-100.5, [-100.5, 66, -98.5, 67]),
    ],
)
def test_control_points_at_exact_corners_give_the_exact_frame(
    west: float, bbox: list[float]
) -> None:
    corners = [(0, 0, west, 67), (0, 200, west + 2, 67), (100, 200, west + 2, 66)]
    gcps = [
        GroundControlPoint(row, col, (x + 180) % 360 - 180 if west == 179 else x, y)
        for row, col, x, y in [*corners, (100, 0, west, 66)]
    ]
    with image((200, 100), gcps=gcps, crs="EPSG:4326") as dataset:
        found = footprint(dataset)
    assert found.warning is None
    assert_well_formed(found)
    assert found.bbox == pytest.approx(bbox, abs=1e-7)


def test_control_points_that_a_hostile_file_scatters_cost_no_time() -> None:
    random = np.random.default_rng(7)
    shaken = [
        GroundControlPoint(p.row, p.col, p.x + dx, p.y + dy)
        for p, dx, dy in zip(
            control_points(GRIDS["utm"], 14), *random.normal(0, 5, (2, 196)), strict=True
        )
    ]
    with image((3860, 2393), gcps=shaken, crs="EPSG:4326") as dataset:
        assert_unplaced(footprint(dataset), "")


@pytest.mark.parametrize(
    ("bad", "word"),
    [
        ({"y": 129288.4}, "129288"),
        ({"x": 1e300}, "do not fix"),
        ({"x": float("nan")}, "do not fix"),
        ({"row": float("inf")}, "do not fix"),
        ({"col": -1e12}, "do not fix"),
    ],
)
def test_one_absurd_control_point_is_enough_to_refuse_them(
    bad: dict[str, float], word: str
) -> None:
    gcps = control_points(GRIDS["utm"], 5)
    for name, value in bad.items():
        setattr(gcps[7], name, value)
    with image((3860, 2393), gcps=gcps, crs="EPSG:4326") as dataset:
        assert_unplaced(footprint(dataset), word)


def test_control_points_in_metres_place_a_raster() -> None:
    grid = GRIDS["utm"]
    gcps = control_points(grid, 2, crs="EPSG:32624")
    with image((grid.width, grid.height), gcps=gcps, crs="EPSG:32624") as dataset:
        found = footprint(dataset)
    assert_true(grid, found)


@pytest.mark.parametrize(
    "gcps",
    [
        [GroundControlPoint(0, 0, 10, 50), GroundControlPoint(200, 300, 11, 49)],
        [GroundControlPoint(r, r, 10 + r / 100, 50 + r / 100) for r in (0, 50, 100, 200)],
        [GroundControlPoint(r, r, 10 + r / 100, 50) for r in (0, 50, 80, 90, 100, 120, 200)],
        [GroundControlPoint(r, c, 10, 50) for r in (0, 200) for c in (0, 300)],
    ],
    ids=["two", "in a line", "many in a line", "one place"],
)
def test_control_points_that_fix_nothing_give_no_footprint(gcps: list[GroundControlPoint]) -> None:
    with image(gcps=gcps, crs="EPSG:4326") as dataset:
        assert_unplaced(footprint(dataset), "ground control points do not fix")


def rpcs(lon: float, height: float) -> RPC:
    """One degree either way of a place on the 10th parallel, shifted by height other than this."""
    constant = [1.0] + 19 * [0.0]
    east, south, shift = ([0.0] * 20 for _ in range(3))
    east[1], south[2], shift[3] = 1.0, -1.0, 0.5
    return RPC(
        height_off=height,
        height_scale=100,
        lat_off=10,
        lat_scale=1,
        line_den_coeff=constant,
        line_num_coeff=south,
        line_off=99.5,
        line_scale=100,
        long_off=lon,
        long_scale=1,
        samp_den_coeff=constant,
        samp_num_coeff=[one + other for one, other in zip(east, shift, strict=True)],
        samp_off=149.5,
        samp_scale=150,
        err_bias=None,
        err_rand=None,
    )


@pytest.mark.parametrize(
    ("lon", "bbox"), [(20.0, [19, 9, 21, 11]), (179.5, [178.5, 9, -179.5, 11])]
)
def test_rpcs_place_a_raster_at_their_own_height(lon: float, bbox: list[float]) -> None:
    with image(rpcs=rpcs(lon, height=700)) as dataset:
        found = footprint(dataset)
    assert_well_formed(found)
    assert found.bbox == pytest.approx(bbox, abs=1e-6)
    assert found.warning is not None
    assert "700 m" in found.warning


def test_rpcs_that_are_no_numbers_give_no_footprint() -> None:
    vrt = """<VRTDataset rasterXSize="30" rasterYSize="20">
      <Metadata domain="RPC"><MDI key="LINE_OFF">unknown</MDI></Metadata>
      <VRTRasterBand dataType="Byte" band="1"/></VRTDataset>"""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", rasterio.errors.NotGeoreferencedWarning)
        with rasterio.open(vrt) as dataset:
            assert_unplaced(footprint(dataset), "cannot use its RPCs")


# -------------------------------------------------------------------------- nothing is invented


def assert_unplaced(found: Footprint, word: str) -> None:
    assert found.geometry is None
    assert found.bbox is None
    assert found.warning is not None
    assert word in found.warning
    assert found.warning.startswith("no footprint: ")


PLACED = north_up(10, 50, 0.1, 0.1)


@pytest.mark.parametrize(
    ("profile", "word"),
    [
        ({}, "neither a CRS"),
        ({"crs": "EPSG:4326"}, "no geotransform"),
        ({"crs": "EPSG:32633"}, "no geotransform"),
        ({"crs": "EPSG:4326", "transform": Affine(1, 0, 0, 0, 1, 0)}, "no geotransform"),
        ({"crs": "EPSG:4326", "transform": Affine(1, 0, 0, 0, -1, 0)}, "no geotransform"),
        ({"transform": PLACED}, "no CRS"),
        ({"crs": 'LOCAL_CS["site plan",UNIT["metre",1]]', "transform": PLACED}, "local"),
        ({"crs": "+proj=longlat +a=3396190 +b=3376200", "transform": PLACED}, "3396 km"),
        ({"crs": "+proj=eqc +R=1560800", "transform": PLACED}, "1561 km"),
        ({"crs": "IAU_2015:30100", "transform": PLACED}, "1737 km"),
        ({"crs": "EPSG:4326", "transform": north_up(500000, 5000000, 10, 10)}, "geographic"),
        ({"crs": "EPSG:4326", "transform": north_up(0, 95, 0.1, 0.1)}, "geographic"),
        ({"crs": "EPSG:32633", "transform": Affine(10, 10, 5e5, 10, 10, 5e6)}, "no area"),
        ({"crs": GEOS, "transform": north_up(5300000, 5500000, 300, 300)}, "none of its pixels"),
    ],
)
def test_what_has_no_place_on_earth_has_no_footprint(profile: dict[str, Any], word: str) -> None:
    with image(**profile) as dataset:
        assert_unplaced(footprint(dataset), word)


IGH_WORLD = boxed("+proj=igh", (-20037508, -8700000, 20037508, 8700000), 900, 450)
# Over the gap between two lobes, turned so that a part of it cuts slivers off the frame's corners.
IGH_TURNED = Grid("+proj=igh", turned(-6500000, 6500000, 20, 10000, 10000), 500, 400)


@pytest.mark.parametrize("grid", [IGH_WORLD, IGH_TURNED], ids=["world", "turned"])
def test_a_map_with_gaps_has_no_footprint(grid: Grid) -> None:
    assert_unplaced(footprint_of(grid), "a part of it is not on Earth")


def test_a_window_of_one_lobe_has_a_footprint() -> None:
    lobe = Grid("+proj=igh", turned(-10000000, 6000000, 20, 10000, 10000), 100, 80)
    assert_true(lobe, footprint_of(lobe))


def test_pixel_numbers_are_doubted() -> None:
    with image(crs="EPSG:4326", transform=Affine(1, 0, 0, 0, -1, 80), size=(100, 80)) as one:
        found = footprint(one)
    assert found.bbox == [0, 0, 100, 80]
    assert found.warning is not None
    assert "pixel numbers" in found.warning


# ------------------------------------------------------------------------------ what always holds


@st.composite
def utm_grids(draw: st.DrawFn) -> Grid:
    """Any raster that somebody could have made in UTM, north-up, turned, sheared or mirrored."""
    epsg = draw(st.sampled_from((32600, 32700))) + draw(st.integers(1, 60))
    pixel = draw(st.sampled_from((0.5, 10.0, 25.0, 100.0, 1000.0)))
    width, height = draw(st.integers(1, 1500)), draw(st.integers(1, 1500))
    transform = turned(
        draw(st.floats(150_000, 850_000)),
        draw(st.floats(500_000, 9_000_000)),
        draw(st.sampled_from((0.0, 180.0)) | st.floats(-180, 180)),
        pixel,
        pixel * draw(st.sampled_from((-1, 1, 1.5))),
        shear=draw(st.just(0.0) | st.floats(-0.7, 0.7)),
    )
    return Grid(f"EPSG:{epsg}", transform, width, height)


@settings(max_examples=150, deadline=None)
@given(utm_grids(), st.integers(0, 2**32 - 1))
def test_any_utm_grid_has_its_own_footprint(grid: Grid, seed: int) -> None:
    assert_true(grid, footprint_of(grid), seed, count=200)


@st.composite
def polar_grids(draw: st.DrawFn) -> Grid:
    """Rasters on, at and around a pole, whose place in the frame may be a whole number."""
    pixel = draw(st.sampled_from((1000.0, 12500.0)))
    width, height = draw(st.integers(1, 300)), draw(st.integers(1, 300))
    col = draw(st.integers(-20, 320) | st.floats(-20, 320))
    row = draw(st.integers(-20, 320) | st.floats(-20, 320))
    turn = draw(st.sampled_from((0.0, 90.0)) | st.floats(-180, 180))
    across, down = turned(0, 0, turn, pixel, pixel)[0:5:3], turned(0, 0, turn, pixel, pixel)[1:5:3]
    x, y = (-(a * col + b * row) for a, b in zip(across, down, strict=True))
    crs = draw(st.sampled_from((NORTH, SOUTH, "EPSG:3995", "EPSG:6931", "EPSG:6932")))
    return Grid(crs, turned(x, y, turn, pixel, pixel), width, height)


@settings(max_examples=150, deadline=None)
@given(polar_grids(), st.integers(0, 2**32 - 1))
def test_any_grid_at_a_pole_has_its_own_footprint(grid: Grid, seed: int) -> None:
    assert_true(grid, footprint_of(grid), seed, count=200)


@st.composite
def degree_grids(draw: st.DrawFn) -> Grid:
    """Rasters in degrees that start at any meridian between -360 and 360 and may overhang."""
    pixel = draw(st.sampled_from((0.1, 0.25, 0.5, 2.0)))
    width = draw(st.integers(1, round(360 / pixel)) | st.just(round(360 / pixel)))
    height = draw(st.integers(1, round(180 / pixel)))
    west = draw(st.integers(-360, 180)) + draw(st.sampled_from((0.0, 0.5))) * pixel
    north = draw(st.floats(-90 + height * pixel, 90) | st.just(90 + pixel / 2))
    return Grid("EPSG:4326", north_up(west, north, pixel, pixel), width, height, 360)


@settings(max_examples=150, deadline=None)
@given(degree_grids(), st.integers(0, 2**32 - 1))
def test_any_grid_in_degrees_has_its_own_footprint(grid: Grid, seed: int) -> None:
    assert_true(grid, footprint_of(grid), seed, count=200)


# ------------------------------------------------------------------------------------ real files


def real_rasters() -> list[Path]:
    folder = os.environ.get("ITEMCAT_RASTERS")
    return (
        sorted(path for path in Path(folder, "files").rglob("*") if path.is_file())
        if folder
        else []
    )


@pytest.mark.skipif("ITEMCAT_RASTERS" not in os.environ, reason="ITEMCAT_RASTERS names no folder")
@pytest.mark.parametrize("path", real_rasters(), ids=lambda path: path.name)
def test_a_real_raster_has_its_pixels_in_its_footprint(path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", rasterio.errors.NotGeoreferencedWarning)
        try:
            dataset = rasterio.open(path)
        except rasterio.errors.RasterioIOError:
            return  # a sidecar, or a format this GDAL has not
    with dataset:
        found = footprint(dataset)
        if found.geometry is None:
            assert_unplaced(found, "")
            return
        geometry = assert_well_formed(found)
        if dataset.transform.is_identity or not dataset.crs:
            return  # by GCPs or RPCs
        crs = pyproj.CRS.from_wkt(dataset.crs.to_wkt(version="WKT2_2019")).to_2d()
        cols = np.linspace(0, dataset.width - 1, 40).round() + 0.5
        rows = np.linspace(0, dataset.height - 1, 40).round() + 0.5
        cols, rows = (one.ravel() for one in np.meshgrid(cols, rows))
        a, b, c, d, e, f = dataset.transform[:6]
        to_wgs84 = pyproj.Transformer.from_crs(crs, "EPSG:4326", always_xy=True)
        lon, lat = to_wgs84.transform(a * cols + b * rows + c, d * cols + e * rows + f)
    good = np.isfinite(lon)
    assert good.any()
    assert shapely.intersects_xy(geometry, (lon[good] + 180) % 360 - 180, lat[good]).all()
