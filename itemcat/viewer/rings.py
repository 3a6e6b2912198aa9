"""Outlines in degrees, many at once: one flat array, densified, with the edges that are drawn."""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ring = NDArray[np.float64]
"""Vertices of one outline, shape (n, 2): longitude, latitude in degrees, closed if an area."""

STEP = 1.0  # degrees that an edge may span: the rest of a curve is then under 100 m away
_MOST = 2000  # vertices of one outline; what has more is thinned evenly
_EDGE = 1e-6  # degrees by which a vertex may miss 180° or 90°
_DEPTH = {"Point": 0, "LineString": 1, "MultiLineString": 2, "Polygon": 2, "MultiPolygon": 3}


@dataclass(frozen=True, slots=True)
class Rings:
    """Outlines one after the other: `points` has all vertices, `starts` where each one begins.

    `starts` ends with the number of vertices. `pen` tells for each vertex whether a line leads to
    the next one: not behind the last of an outline, and not along 180° or through a pole, where
    GeoJSON cuts areas (RFC 7946 section 3.1.9).
    """

    points: NDArray[np.float64]
    starts: NDArray[np.int64]
    pen: NDArray[np.bool_]

    @classmethod
    def of(cls, outlines: Sequence[Ring], step: float = STEP) -> "Rings":
        """The outlines, with vertices put in so that no edge spans more than `step` degrees."""
        if not outlines:
            return cls(np.empty((0, 2)), np.zeros(1, np.int64), np.empty(0, np.bool_))
        lengths = np.array([len(outline) for outline in outlines])
        starts = np.concatenate(([0], np.cumsum(lengths)))
        return cls._densified(np.concatenate(outlines), starts, step)

    @classmethod
    def _densified(cls, points: Ring, starts: NDArray[np.int64], step: float) -> "Rings":
        following = np.append(points[1:], points[-1:], axis=0)
        following[starts[1:] - 1] = points[starts[1:] - 1]  # the last vertex leads nowhere
        span = following - points
        pieces = np.maximum(1, np.ceil(np.abs(span).max(axis=1) / step)).astype(np.int64)
        before = np.concatenate(([0], np.cumsum(pieces)))
        edge = np.repeat(np.arange(len(points)), pieces)
        part = (np.arange(before[-1]) - before[edge]) / pieces[edge]
        dense = points[edge] + span[edge] * part[:, None]
        return cls(dense, before[starts], _pen(points, following, starts)[edge])


def _pen(points: Ring, following: Ring, starts: NDArray[np.int64]) -> NDArray[np.bool_]:
    limits = np.array([180.0, 90.0]) - _EDGE
    beyond = (np.abs(points) >= limits) & (np.abs(following) >= limits)
    cut = (beyond & (np.sign(points) == np.sign(following))).any(axis=1)
    cut[starts[1:] - 1] = True
    return np.asarray(~cut)


def outlines(geometry: object, bbox: object) -> tuple[Ring, ...]:
    """The outlines of a GeoJSON geometry, or else of a bounding box; none for what is no place."""
    try:
        found = tuple(_parts(geometry))
        return found or tuple(map(_ring, _boxes(bbox)))
    except (TypeError, ValueError, KeyError, OverflowError):
        return ()


def _parts(geometry: Any) -> Iterator[Ring]:
    if geometry is None:
        return
    if geometry["type"] == "GeometryCollection":
        for part in geometry["geometries"]:
            if part["type"] != "GeometryCollection":  # RFC 7946 section 3.1.8 says not to nest
                yield from _parts(part)
    elif geometry["type"] == "MultiPoint":
        yield from (_ring([position]) for position in geometry["coordinates"])
    else:
        yield from map(_ring, _flat(geometry["coordinates"], _DEPTH[geometry["type"]]))


def _flat(coordinates: Any, depth: int) -> Iterable[Any]:
    """The lists of positions in the coordinates of a geometry; a point is a list of one."""
    if depth == 0:
        return [[coordinates]]
    if depth == 1:
        return [coordinates]
    return [ring for part in coordinates for ring in _flat(part, depth - 1)]


def _ring(positions: Any) -> Ring:
    ring = np.array([position[:2] for position in positions], np.float64)
    if ring.ndim != 2 or ring.shape[1] != 2 or not len(ring):
        raise ValueError("no positions")
    if not (np.abs(ring) <= (180 + _EDGE, 90 + _EDGE)).all():
        raise ValueError("not on Earth")
    if len(ring) > _MOST:
        ring = ring[np.append(np.arange(0, len(ring) - 1, math.ceil(len(ring) / _MOST)), -1)]
    return ring


def _boxes(bbox: Any) -> list[list[tuple[float, float]]]:
    """The one box of a bounding box, or the two of one that crosses 180°."""
    if not isinstance(bbox, list) or len(bbox) not in (4, 6):
        return []
    west, south, east, north = *bbox[:2], *bbox[len(bbox) // 2 :][:2]
    sides = [(west, east)] if west <= east else [(west, 180.0), (-180.0, east)]
    return [[(w, south), (e, south), (e, north), (w, north), (w, south)] for w, e in sides]
