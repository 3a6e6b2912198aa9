"""The footprint of a raster: where it lies on Earth, as GeoJSON (RFC 7946), checked or absent."""

# mypy: untyped-calls-exclude=shapely

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import rasterio.io
import shapely
from shapely.affinity import translate
from shapely.geometry import MultiPolygon, Polygon, box, mapping
from shapely.geometry.base import BaseGeometry
from shapely.geometry.polygon import orient

from itemcat.readers.georeference import Georeference, georeference
from itemcat.readers.outline import Outline, outline, ring_on_earth
from itemcat.readers.projection import Floats, UnplacedError
from itemcat.readers.valid_data import Island

DECIMALS = 7  # of a degree, about 1 cm: RFC 7946 section 11.2 asks for no more
GRID = 10.0**-DECIMALS
WORLD = box(-180, -90, 180, 90)
MOST_LONGITUDES = 720.0  # degrees from end to end, with 360 for a ring round a pole
MOST_TANGLED = 512  # points of a ring that crosses itself: untangling grows with their square


@dataclass(frozen=True, slots=True)
class Footprint:
    """Where a raster lies on Earth, in degrees of WGS 84, longitude first.

    `geometry` is a GeoJSON Polygon or MultiPolygon, cut at 180° (RFC 7946 section 3.1.9), its
    outer rings counter-clockwise; None when it is not known. `bbox` is west, south, east, north,
    with west > east where it crosses 180° (section 5.2); None if and only if `geometry` is.
    `warning` says why there is no geometry, or what is doubtful about it.
    """

    geometry: dict[str, Any] | None
    bbox: list[float] | None
    warning: str | None


def footprint(
    dataset: rasterio.io.DatasetReader, islands: Sequence[Island] | None = None
) -> Footprint:
    """The outline of all pixels of an open raster, with nodata or without, within half a pixel.

    Or that of `islands` in it (`readers.valid_data`): with none of them, or where they cannot be
    followed, there is a warning. No footprint is given that does not hold the pixels it is made
    for. Raises nothing of its own.
    """
    if islands is not None and not islands:
        return Footprint(None, None, "no footprint: no pixel of it is valid")

    def placed() -> Footprint:
        with georeference(dataset) as reference:
            return _of_all(reference) if islands is None else _of_islands(reference, islands)

    return placed_or_not(placed)


def placed_or_not(place: Callable[[], Footprint]) -> Footprint:
    """What `place` gives; a footprint that says why there is none where it cannot be placed."""
    try:
        return place()
    except UnplacedError as error:
        return Footprint(None, None, f"no footprint: {error}")
    except shapely.GEOSException:  # type: ignore[attr-defined]  # not in __all__
        return Footprint(None, None, "no footprint: GEOS cannot work with its outline on Earth")


def _of_all(reference: Georeference) -> Footprint:
    return _of_grid(reference) if reference.is_lasting else footprint_of(reference)


@lru_cache(maxsize=64)
def _of_grid(reference: Georeference) -> Footprint:
    """That of a grid that is likely to come again, as many scenes are of one tile."""
    return footprint_of(reference)


def footprint_of(reference: Georeference) -> Footprint:
    """The outline of a whole frame. Raises UnplacedError, and what GEOS raises."""
    size = _size_on_earth(reference)
    samples = _sampled_centres(reference, 97 if np.isnan(size) else 9)
    for region in _regions(outline(reference)):
        polygons = _polygons(region)
        if polygons and _holds(polygons, reference, samples, size):
            whole = polygons[0] if len(polygons) == 1 else MultiPolygon(polygons)
            return Footprint(_as_geojson(whole), _bbox(polygons), reference.doubt)
    raise UnplacedError("the one that was computed does not hold its pixels")


def _of_islands(reference: Georeference, islands: Sequence[Island]) -> Footprint:
    size = _size_on_earth(reference)
    pieces: list[Polygon] = []
    for island in islands:
        found = _around(reference, island, size)
        if not found:
            whole = _of_all(reference)
            warning = "the footprint is that of all pixels: the edge of the valid ones is not clear"
            return Footprint(whole.geometry, whole.bbox, whole.warning or warning)
        pieces += found
    whole = shapely.set_precision(shapely.union_all(pieces), GRID)
    polygons = [orient(piece) for piece in shapely.get_parts(whole) if isinstance(piece, Polygon)]
    geometry = polygons[0] if len(polygons) == 1 else MultiPolygon(polygons)
    return Footprint(_as_geojson(geometry), _bbox(polygons), reference.doubt)


def _around(reference: Georeference, island: Island, size: float) -> list[Polygon]:
    """The polygons of one island; none if they cannot be told."""
    try:
        ring = ring_on_earth(reference, island.ring)
        for region in _regions(ring) if ring else ():
            polygons = _polygons(region)
            if polygons and _holds(polygons, reference, island.samples, size):
                return polygons
    except UnplacedError:
        pass
    return []


# ------------------------------------------------------------------------- from ring to polygons


def _regions(ring: Outline) -> Iterator[BaseGeometry]:
    """The sides of a ring, the likeliest first; longitudes go on over 180°.

    Which side the raster is on, its pixels decide: a ring round a pole has the north on one side
    and the south on the other, and a map of nearly all the Earth has the rest on the inside.
    """
    if ring.turns == 0:
        region = Polygon(ring.points)
        yield region
        yield WORLD.difference(shapely.union_all(_polygons(region)))
    else:
        (first, _), (last, _) = ring.points[0], ring.points[-1]
        for pole in (90.0, -90.0):
            yield Polygon([*ring.points.tolist(), (last, pole), (first, pole)])


def _polygons(region: BaseGeometry) -> list[Polygon]:
    """The region cut at 180° and wrapped, rounded, valid, counter-clockwise, without slivers."""
    west, _, east, _ = region.bounds
    if not east - west <= MOST_LONGITUDES:
        raise UnplacedError("it goes round the Earth more than once")
    if not region.is_valid:  # a ring may run back along a pole
        if shapely.get_num_coordinates(region) > MOST_TANGLED:
            raise UnplacedError("its outline crosses itself too often to have an inside")
        region = shapely.make_valid(region)
    # On the degrees themselves: what is straight within 1 mm needs no further points.
    region = region.simplify(GRID / 10)
    west, _, east, _ = region.bounds
    if west < -180 or east > 180:
        turns = range(int((west + 180) // 360), int((east + 180) // 360) + 1)
        parts = [translate(region & translate(WORLD, 360 * k), -360 * k) for k in turns]
        region = shapely.union_all(parts, grid_size=GRID).simplify(0)
    rounded = shapely.set_precision(region, GRID)
    pieces = shapely.get_parts(shapely.get_parts(rounded)).tolist()
    return [orient(piece) for piece in pieces if isinstance(piece, Polygon) and piece.area > 0]


def _as_geojson(geometry: Polygon | MultiPolygon) -> dict[str, Any]:
    found = mapping(geometry)
    return {"type": found["type"], "coordinates": _rounded(found["coordinates"])}


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, DECIMALS) + 0.0  # no -0.0
    return [_rounded(one) for one in value]


def _bbox(polygons: list[Polygon]) -> list[float]:
    """West, south, east, north of polygons that are cut at 180° (RFC 7946 section 5.2)."""
    bounds = sorted(polygon.bounds for polygon in polygons)
    south, north = min(b[1] for b in bounds), max(b[3] for b in bounds)
    west, east = bounds[0][0], max(b[2] for b in bounds)
    if (west, east) == (-180, 180):
        # The widest stretch of longitudes without a polygon is what the box leaves out.
        gap, reach = 0.0, bounds[0][2]
        for left, _, right, _ in bounds[1:]:
            if left - reach > gap:
                gap, west, east = left - reach, left, reach
            reach = max(reach, right)
    return _rounded([west, south, east, north])  # type: ignore[no-any-return]


# -------------------------------------------------------------------------------------- the check


def _sampled_centres(reference: Georeference, count: int) -> tuple[Floats, Floats]:
    """Columns and rows of pixel centres: count by count over the raster, and more at its edges."""
    cols, rows = (
        np.unique(
            np.clip(np.r_[np.linspace(0, n - 1, count).round(), 1, 2, n - 3, n - 2], 0, n - 1) + 0.5
        )
        for n in (reference.width, reference.height)
    )
    grid_cols, grid_rows = np.meshgrid(cols, rows)
    return grid_cols.ravel(), grid_rows.ravel()


def _holds(
    polygons: list[Polygon], reference: Georeference, samples: tuple[Floats, Floats], size: float
) -> bool:
    """Whether the polygons have the pixels inside, and are not larger than these.

    Each sample may be off by one pixel; the size by that, and by what its own estimate is.
    """
    cols, rows = samples
    missed = ~_contained(polygons, reference, cols, rows)
    if missed.any():
        east, south = reference.width / 2 - cols[missed], reference.height / 2 - rows[missed]
        cols, rows = cols[missed] + np.clip(east, -1, 1), rows[missed] + np.clip(south, -1, 1)
        if not _contained(polygons, reference, cols, rows).all():
            return False
    return not sum(map(_sphere_area, polygons)) > 1.1 * size


def _contained(
    polygons: list[Polygon], reference: Georeference, cols: Floats, rows: Floats
) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Which positions are inside; one that is not on Earth has nothing to be inside of."""
    lon, lat = reference.locate(cols, rows)
    good = np.isfinite(lon)
    points = shapely.points((lon[good] + 180) % 360 - 180, lat[good])
    inside = ~good
    whole = MultiPolygon(polygons)
    shapely.prepare(whole)
    inside[good] = shapely.dwithin(whole, points, 2 * GRID)
    return inside


def _sphere_area(polygon: Polygon) -> float:
    """In steradians, with sides that are straight in degrees: the integral of sin(lat) d lon."""
    total = 0.0
    for ring in (polygon.exterior, *polygon.interiors):
        lon, lat = np.radians(shapely.get_coordinates(ring)).T
        rise, middle = np.diff(lat), (lat[1:] + lat[:-1]) / 2
        total -= float((np.diff(lon) * np.sin(middle) * np.sinc(rise / 2 / np.pi)).sum())
    return total


def _size_on_earth(reference: Georeference) -> float:
    """The area of the pixels in steradians and a pixel around them; NaN if some are not on Earth.

    From a net of triangles on the sphere (Van Oosterom and Strackee, 1983).
    """
    share = np.linspace(0, 1, 17)
    cols, rows = np.meshgrid(share * reference.width, share * reference.height)
    lam, phi = np.radians(reference.locate(cols, rows))
    net = np.stack([np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)])
    a, b, c, d = net[:, :-1, :-1], net[:, :-1, 1:], net[:, 1:, 1:], net[:, 1:, :-1]
    halves = _triangles(a, b, c) + _triangles(a, c, d)
    return float(halves) * (1 + 1 / reference.width) * (1 + 1 / reference.height)


def _triangles(a: Floats, b: Floats, c: Floats) -> float:
    (x, y, z), (u, v, w) = b, c
    volume = np.abs((a * np.stack([y * w - z * v, z * u - x * w, x * v - y * u])).sum(0))
    ab, bc, ca = (a * b).sum(0), (b * c).sum(0), (c * a).sum(0)
    return float(2 * np.arctan2(volume, 1 + ab + bc + ca).sum())
