"""What is true of a raster, worked out from its grid and pixels, and what an item gets wrong."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyproj
import rasterio
import shapely
from shapely.geometry import shape

DAY = datetime(2020, 1, 1, tzinfo=UTC)
TOLERANCE = 1.5  # pixels
MOST_PIXELS = 50_000_000  # that are held in memory


@dataclass(frozen=True)
class Case:
    """One raster: how it is written, and what is known of it that its file does not say."""

    name: str
    profile: dict[str, Any]
    pixels: Any = None
    is_placed: bool = True
    tags: dict[str, str] = field(default_factory=dict)
    time: datetime = DAY


def faults(item: dict[str, Any], path: Path, case: Case) -> list[str]:
    """What is wrong in an item of a raster, in a few words each."""
    found: list[str] = []
    properties, (asset,) = item["properties"], item["assets"].values()
    if (
        properties["datetime"] is None
        or datetime.fromisoformat(properties["datetime"]) != case.time
    ):
        found.append("made-up date")
    with rasterio.open(path) as dataset:
        found += place_faults(item, dataset, case)
        found += projection_faults(properties, dataset)
        for band, facts in enumerate(asset.get("raster:bands", []), start=1):
            found += band_faults(facts, dataset, band)
        is_cog = dataset.tags(ns="IMAGE_STRUCTURE").get("LAYOUT") == "COG"
        if is_cog and "cloud-optimized" not in str(asset.get("type")):
            found.append("media type not that of a COG")
    try:
        json.dumps(item, allow_nan=False)
    except (ValueError, TypeError):
        found.append("is no JSON")
    return list(dict.fromkeys(found))


def real_case(name: str, path: Path) -> Case | None:
    """What is known of a real raster; None where there are no pixels, or too many."""
    try:
        with rasterio.open(path) as dataset:
            if not dataset.count or dataset.width * dataset.height > MOST_PIXELS:
                return None
            return Case(name, {}, is_placed=is_placed(dataset))
    except rasterio.errors.RasterioError:
        return None


def is_placed(dataset: Any) -> bool:
    """Whether a file says where on Earth its pixels are."""
    if dataset.gcps[0] or dataset.rpcs:
        return bool(dataset.gcps[1] or dataset.rpcs)
    if not dataset.crs or dataset.transform.is_identity:
        return False
    crs = pyproj.CRS.from_wkt(dataset.crs.to_wkt())
    is_local = not (crs.is_geographic or crs.is_projected)
    return not is_local and 6.3e6 < crs.ellipsoid.semi_major_metre < 6.4e6


def place_faults(item: dict[str, Any], dataset: Any, case: Case) -> Iterator[str]:
    """Wrong boxes and geometries."""
    if not case.is_placed:
        if item["geometry"] is not None:
            yield "a place that nobody knows"
        return
    if item["geometry"] is None:
        yield "no geometry"
        return
    if dataset.rpcs and not dataset.gcps[0]:
        return  # where that is depends on the ground
    lon, lat, pixel = pixels_on_earth(dataset)
    if not np.isfinite(lon).all():
        return  # a part of it is not on Earth
    west, south, east, north = true_box(lon, lat, pixel, dataset)
    box = item["bbox"]
    wide = (east - west) % 360 or 360
    if abs(((box[2] - box[0]) % 360 or 360) - wide) > TOLERANCE * pixel or (
        wide < 360 and abs((box[0] - west + 180) % 360 - 180) > TOLERANCE * pixel
    ):
        yield "bbox: longitudes"
    if max(abs(box[1] - south), abs(box[3] - north)) > TOLERANCE * pixel:
        yield "bbox: latitudes"
    geometry = shape(item["geometry"])
    if not geometry.is_valid:
        yield "geometry is invalid"
    elif not all(part.exterior.is_ccw for part in shapely.get_parts(geometry)):
        yield "ring runs clockwise"
    points = shapely.points((lon + 180) % 360 - 180, np.clip(lat, -90, 90))
    if not shapely.dwithin(geometry, points, TOLERANCE * pixel).all():
        yield "geometry leaves pixels out"


def pixels_on_earth(dataset: Any) -> tuple[Any, Any, float]:
    """Longitudes and latitudes of a net over the pixels and their edge; and a pixel in degrees."""
    cols = np.linspace(0, dataset.width, 101)
    rows = np.linspace(0, dataset.height, 101)
    col, row = (one.ravel() for one in np.meshgrid(cols, rows))
    if dataset.gcps[0]:
        points = [(p.col, p.row, p.x, p.y) for p in dataset.gcps[0]]
        known = np.array(points).T
        return known[2], known[3], 0.02
    a, b, c, d, e, f = dataset.transform[:6]
    crs = pyproj.CRS.from_wkt(dataset.crs.to_wkt(version="WKT2_2019"))
    to_wgs84 = pyproj.Transformer.from_crs(crs, "EPSG:4326", always_xy=True)
    lon, lat = to_wgs84.transform(a * col + b * row + c, d * col + e * row + f)
    metres = abs(crs.axis_info[0].unit_conversion_factor) * float(np.hypot(a, d))
    return lon, lat, float(np.hypot(a, d)) if crs.is_geographic else metres / 30_000


def true_box(lon: Any, lat: Any, pixel: float, dataset: Any) -> tuple[float, ...]:
    """West, south, east and north of places that lie dense; the gap between them decides."""
    around = np.sort((lon + 180) % 360)
    gaps = np.diff(np.append(around, around[0] + 360))
    widest = int(gaps.argmax())
    south, north = max(lat.min(), -90), min(lat.max(), 90)
    for pole in (90.0, -90.0):
        if holds(dataset, pole):
            south, north = min(south, pole), max(north, pole)
    if gaps[widest] < max(4 * 3.6, 1.1 * pixel):  # no wider than between two places of the net
        return -180, south, 180, north
    east = around[widest] - 180
    west = around[(widest + 1) % len(around)] - 180
    return west, south, east, north


def holds(dataset: Any, pole: float) -> bool:
    """Whether the raster shows a pole."""
    if dataset.gcps[0] or dataset.crs.is_geographic:
        return False
    crs = pyproj.CRS.from_wkt(dataset.crs.to_wkt(version="WKT2_2019"))
    x, y = pyproj.Transformer.from_crs("EPSG:4326", crs, always_xy=True).transform(0, pole)
    col, row = ~dataset.transform @ (x, y) if np.isfinite([x, y]).all() else (-1, -1)
    return 0 <= col <= dataset.width and 0 <= row <= dataset.height


def projection_faults(properties: dict[str, Any], dataset: Any) -> Iterator[str]:
    """Wrong fields of the projection extension."""
    if properties.get("proj:shape") != [dataset.height, dataset.width]:
        yield "proj:shape of another grid"
    box = properties.get("proj:bbox")
    if box and not (box[0] <= box[2] and box[1] <= box[3]):
        yield "proj:bbox upside down"
    wkt = properties.get("proj:wkt2")
    if wkt and not wkt.startswith(("PROJCRS", "GEOGCRS", "BOUNDCRS", "ENGCRS", "GEODCRS")):
        yield "proj:wkt2 is WKT1"


def band_faults(facts: dict[str, Any], dataset: Any, band: int) -> Iterator[str]:
    """Wrong statistics and types of a band."""
    if "complex" in dataset.dtypes[band - 1]:
        if "statistics" in facts or facts.get("data_type") == dataset.dtypes[band - 1]:
            yield "complex numbers as statistics or type"
        return
    pixels = dataset.read(band)
    valid = pixels[(dataset.read_masks(band) != 0) & np.isfinite(pixels)].astype(float)
    found = facts.get("statistics")
    if not valid.size or not found:
        if found or valid.size:
            yield "statistics of nothing" if found else "no statistics"
        return
    share = 100 * valid.size / pixels.size
    if abs(found["valid_percent"] - share) > 0.01:
        yield "valid_percent"
    expected = {"minimum": valid.min(), "maximum": valid.max(), "mean": valid.mean()}
    for key, value in expected.items():
        if not abs(found[key] - value) <= 1e-6 * max(1, abs(value)):
            yield f"{key} of the pixels"
    histogram = facts.get("histogram")
    if histogram and histogram["count"] != len(histogram["buckets"]):
        yield "histogram count"
