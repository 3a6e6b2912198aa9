"""Footprints against truth that is worked out another way: from places on Earth to pixels."""

import json
import math
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
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
    x: float, y: float, degrees: float, across: float, down: float, shear: float = 0
) -> Affine:
    """Rows run down, turned counter-clockwise, and each a bit further along by `shear`."""
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return Affine(
        across * cos, down * (sin + shear * cos), x, across * sin, down * (shear * sin - cos), y
    )


def utm(epsg: int, east: float, north: float, pixel: float, width: int, height: int) -> Grid:
    return Grid(f"EPSG:{epsg}", north_up(east, north, pixel, pixel), width, height)


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
    "0 to 270": lonlat(0, 0, 270, 90, 1),
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
def raster(grid: Grid, **tags: Any) -> Iterator[DatasetReader]:
    """A file of that grid, without pixels; `tags` are arguments of the writer."""
    with MemoryFile() as memory:
        with memory.open(
            driver="GTiff",
            width=grid.width,
            height=grid.height,
            count=1,
            dtype="uint8",
            crs=grid.crs,
            transform=grid.transform,
            sparse_ok=True,
            **tags,
        ):
            pass
        with memory.open() as dataset:
            yield dataset


@contextmanager
def unreferenced(**tags: Any) -> Iterator[DatasetReader]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", rasterio.errors.NotGeoreferencedWarning)
        with MemoryFile() as memory:
            with memory.open(driver="GTiff", width=300, height=200, count=1, dtype="uint8", **tags):
                pass
            with memory.open() as dataset:
                yield dataset


def footprint_of(grid: Grid) -> Footprint:
    with raster(grid) as dataset:
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


@pytest.mark.parametrize("name", GRIDS)
def test_a_place_is_in_the_footprint_if_it_is_in_the_grid(name: str) -> None:
    found = footprint_of(GRIDS[name])
    assert found.warning is None
    assert_true(GRIDS[name], found)
