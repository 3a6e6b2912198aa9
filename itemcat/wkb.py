"""Geometries as well-known binary (OGC 06-103r4 section 8.2): little-endian, two dimensions."""

import struct
from collections.abc import Mapping, Sequence
from typing import Any

_CODES = {"Point": 1, "LineString": 2, "Polygon": 3, "MultiPolygon": 6}


def wkb(geometry: Mapping[str, Any]) -> bytes:
    """A GeoJSON Point, LineString, Polygon or MultiPolygon. Raises ValueError for anything else."""
    try:
        return _encoded(geometry["type"], geometry["coordinates"])
    except (KeyError, TypeError, struct.error) as error:
        raise ValueError("no point, line, polygon or polygons in two dimensions") from error


def _encoded(name: str, coordinates: Sequence[Any]) -> bytes:
    head = struct.pack("<BI", 1, _CODES[name])
    if name == "Point":
        return head + struct.pack("<2d", *coordinates)
    if name == "LineString":
        return head + _ring(coordinates)
    if name == "Polygon":
        parts = [_ring(ring) for ring in coordinates]
    else:
        parts = [_encoded("Polygon", polygon) for polygon in coordinates]
    return b"".join([head, struct.pack("<I", len(parts)), *parts])


def _ring(ring: Sequence[Sequence[float]]) -> bytes:
    flat = [number for position in ring for number in position]
    return struct.pack(f"<I{2 * len(ring)}d", len(ring), *flat)
