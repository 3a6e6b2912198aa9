"""Outlines on three maps: the Arctic, the Antarctic and the world, in metres."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from pyproj import Transformer

from itemcat.viewer.coast import coast
from itemcat.viewer.rings import Ring, Rings

_POLAR = 50.0  # degrees of latitude beyond which data are polar
_WIDE = 6e6  # metres: data that spread over more need no detailed coast
_AROUND = 1e6  # metres of detailed coast around the data
_BEYOND = 5e5  # metres further on, from where every so many vertices do
_SPARSE = 16
_MESHES = (0.5, 1.0, 2.0, 5.0, 10.0, 15.0)  # degrees between the lines of a grid


@dataclass(frozen=True, slots=True)
class Projection:
    """A map: its key, its name, the code of its CRS, and the latitudes that it shows."""

    key: str
    name: str
    crs: str
    south: float
    north: float

    @property
    def is_polar(self) -> bool:
        """Whether a pole is in the middle."""
        return self.key != "world"


PROJECTIONS = (
    Projection("arctic", "Arctic", "EPSG:3413", 30.0, 90.0),
    Projection("antarctic", "Antarctic", "EPSG:3031", -90.0, -30.0),
    Projection("world", "World", "EPSG:8857", -90.0, 90.0),
)


@dataclass(frozen=True, slots=True)
class Drawing:
    """Outlines on a map. `points` are metres, east and north; `starts` and `pen` as in Rings.

    `shown` tells of each outline whether any of it lies on the map.
    """

    points: NDArray[np.float32]
    starts: NDArray[np.int64]
    pen: NDArray[np.bool_]
    shown: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Backdrop:
    """What lies under the footprints: land, lakes, and a grid whose lines have a text each."""

    land: Drawing
    lakes: Drawing
    grid: Drawing
    labels: tuple[str, ...]


def fitting(rings: Rings) -> str:
    """The key of the projection that suits the outlines."""
    latitudes = rings.points[:, 1]
    if len(latitudes) and latitudes.min() >= _POLAR:
        return "arctic"
    return "antarctic" if len(latitudes) and latitudes.max() <= -_POLAR else "world"


def draw(rings: Rings, projection: Projection) -> Drawing:
    """Project outlines. What is beyond the latitudes of the map is pushed to its rim."""
    latitudes = np.clip(rings.points[:, 1], projection.south, projection.north)
    outside = latitudes != rings.points[:, 1]
    following = np.append(outside[1:], True)
    shown = np.logical_or.reduceat(~outside, rings.starts[:-1]) if len(outside) else outside
    x, y = _transformer(projection.crs).transform(rings.points[:, 0], latitudes)
    points = np.stack([np.atleast_1d(x), np.atleast_1d(y)], axis=1).astype(np.float32)
    return Drawing(points, rings.starts, rings.pen & ~(outside & following), shown)


@cache
def _transformer(crs: str) -> Transformer:
    return Transformer.from_crs("EPSG:4326", crs, always_xy=True)


@cache
def rim(projection: Projection) -> Drawing:
    """The outline of the map itself."""
    if projection.is_polar:
        edge = projection.south if projection.key == "arctic" else projection.north
        corners = [(-180.0, edge), (180.0, edge)]
    else:
        corners = [(-180.0, -90.0), (180.0, -90.0), (180.0, 90.0), (-180.0, 90.0), (-180.0, -90.0)]
    return draw(Rings.of([np.array(corners)]), projection)


@cache
def backdrop(projection: Projection) -> Backdrop:
    """Coast and grid of the whole map."""
    mesh = (30.0, 10.0) if projection.is_polar else (30.0, 15.0)
    bounds = (-180.0, projection.south, 180.0, projection.north)
    return _backdrop(projection, "l", bounds, mesh)


def detail(rings: Rings, drawing: Drawing, projection: Projection) -> tuple[Backdrop, Ring] | None:
    """Coast and grid of the surroundings of the outlines, and their box (two corners, metres).

    None where the outlines are so far apart that the whole map does as well.
    """
    on_map = np.repeat(drawing.shown, np.diff(drawing.starts))
    if not on_map.any():
        return None
    points = drawing.points[on_map].astype(np.float64)
    box = np.array([points.min(axis=0) - _AROUND, points.max(axis=0) + _AROUND])
    if (box[1] - box[0]).max() > _WIDE:
        return None
    degrees = rings.points[on_map]
    (west, south), (east, north) = degrees.min(axis=0), degrees.max(axis=0)
    height = max(north - south, 2.0)
    width = max(east - west, height)
    bounds = (
        max(-180.0, west - 3 * width),
        max(projection.south, south - 3 * height),
        min(180.0, east + 3 * width),
        min(projection.north, north + 3 * height),
    )
    mesh = (_mesh(width), _mesh(height))
    return _backdrop(projection, "i", bounds, mesh, box), box


def _mesh(span: float) -> float:
    return next((mesh for mesh in _MESHES if mesh >= span / 2), 30.0)


def _backdrop(
    projection: Projection,
    level: str,
    bounds: tuple[float, float, float, float],
    mesh: tuple[float, float],
    box: Ring | None = None,
) -> Backdrop:
    land, lakes = _coastline(projection, level)
    lines, labels = _grid(bounds, mesh)
    return Backdrop(
        _near(land, box),
        _near(lakes, box),
        draw(Rings.of(lines), projection),
        tuple(labels),
    )


@cache
def _coastline(projection: Projection, level: str) -> tuple[Drawing, Drawing]:
    """Land and lakes; empty where there is no coastline."""
    found = coast(level)
    land, lakes = (found.land, found.lakes) if found else ((), ())
    return draw(_uncut(Rings.of(land, 5.0)), projection), draw(Rings.of(lakes, 5.0), projection)


def _uncut(land: Rings) -> Rings:
    """Land without the line along 0° at which the data cut Antarctica into two."""
    longitudes, latitudes = land.points.T
    cut = (longitudes == 0) & (np.append(longitudes[1:], 0) == 0) & (latitudes < -60)
    return Rings(land.points, land.starts, land.pen & ~cut)


def _near(drawing: Drawing, box: Ring | None) -> Drawing:
    """The outlines that are on the map, and whose own boxes touch the given one, sparse outside."""
    if not len(drawing.points):
        return drawing
    kept = drawing.shown.copy()
    if box is not None:
        low = np.minimum.reduceat(drawing.points, drawing.starts[:-1])
        high = np.maximum.reduceat(drawing.points, drawing.starts[:-1])
        kept &= ((high >= box[0]) & (low <= box[1])).all(axis=1)
    vertices = np.repeat(kept, np.diff(drawing.starts))
    if box is not None:
        points, place = drawing.points, np.arange(len(drawing.points))
        near = ((points >= box[0] - _BEYOND) & (points <= box[1] + _BEYOND)).all(axis=1)
        ends = np.zeros(len(points), np.bool_)
        ends[drawing.starts[:-1]] = ends[drawing.starts[1:] - 1] = True
        vertices &= near | ends | (place % _SPARSE == 0)
    before = np.concatenate(([0], np.cumsum(vertices)))[drawing.starts]
    starts = np.append(before[:-1][kept], before[-1])
    return Drawing(drawing.points[vertices], starts, drawing.pen[vertices], kept[kept])


def _grid(
    bounds: tuple[float, float, float, float], mesh: tuple[float, float]
) -> tuple[list[Ring], list[str]]:
    """Meridians and parallels within west, south, east, north, each with its text."""
    west, south, east, north = bounds
    lines, labels = [], []
    for longitude in _steps(west, east, mesh[0]):
        if longitude > -180:
            inside = min(longitude, 179.9999)  # 180° itself is where areas are cut
            lines.append(np.array([(inside, south), (inside, north)]))
            labels.append(_degrees(longitude, "EW"))
    for latitude in _steps(south, north, mesh[1]):
        if abs(latitude) < 90:
            lines.append(np.array([(west, latitude), (east, latitude)]))
            labels.append(_degrees(latitude, "NS"))
    return lines, labels


def _steps(low: float, high: float, step: float) -> Iterable[float]:
    return (step * n for n in range(int(np.ceil(low / step)), int(np.floor(high / step)) + 1))


def _degrees(value: float, letters: str) -> str:
    letter = "" if value in (0, 180) else letters[int(value < 0)]
    return f"{abs(value):g}°{letter}"
