"""Several files as one scene: where they lie together, and what any of them says of it.

Longitudes and latitudes in degrees of WGS 84, longitude first, as GeoJSON has it (RFC 7946).
"""

from collections.abc import Mapping, Sequence
from typing import Any

from itemcat.declared import bounds_of
from itemcat.errors import RuleError
from itemcat.files import json_line, json_value
from itemcat.model import Record

_DIGITS = 7  # after the point, in degrees, as footprints have them


def together(records: Mapping[str, Record]) -> Record:
    """The `geometry`, `bbox`, `times`, `tags` and `cloud_cover` of a scene.

    `records` are by what their files are called. The geometry is the union of those that are
    known; of what else is known the first record's word counts. Raises RuleError where a file lies
    apart from the others.
    """
    found = [*records.values()]
    if len(found) == 1:
        return found[0]
    scene: dict[str, Any] = {"tags": {}, "geometry": None, "bbox": None}
    for record in found:
        scene["tags"] = {**record.get("tags", {}), **scene["tags"]}
        for name in ("times", "cloud_cover"):
            if name in record:
                scene.setdefault(name, record[name])
    placed = {name: record for name, record in records.items() if record.get("geometry")}
    if placed:
        scene["geometry"], scene["bbox"] = _union(placed)
    return scene


def _union(records: Mapping[str, Record]) -> tuple[Any, list[float]]:
    first, *others = records.values()
    if all(record["geometry"] == first["geometry"] for record in others):
        return first["geometry"], first["bbox"]
    import shapely  # noqa: PLC0415 - only scenes whose files differ need it

    texts = {name: json_line(record["geometry"]) for name, record in records.items()}
    shapes = {name: shapely.from_geojson(text) for name, text in texts.items()}
    _refuse_apart(shapes)
    areas = [shape for shape in shapes.values() if shape.area]
    if not areas:  # points and lines, of vector files, which together have no one form
        return first["geometry"], first["bbox"]
    union = shapely.orient_polygons(shapely.union_all(areas))  # type: ignore[no-untyped-call]
    geometry = json_value(shapely.to_geojson(union))  # type: ignore[no-untyped-call]
    geometry = {"type": geometry["type"], "coordinates": _rounded(geometry["coordinates"])}
    return geometry, bounds_of(geometry)


def _refuse_apart(shapes: Mapping[str, Any]) -> None:
    """Raises RuleError for a file that touches no other one."""
    for name, own in shapes.items():
        if not any(own.intersects(other) for other in shapes.values() if other is not own):
            others = ", ".join(sorted({*shapes} - {name}))
            what = f"lies apart from the other files of its item ({others})"
            hint = "are `group:` and `pattern:` right? Files of one item show one place"
            raise RuleError(name, what, hint)


def _rounded(coordinates: Any) -> Any:
    if isinstance(coordinates, float | int):
        return round(float(coordinates), _DIGITS)
    return [_rounded(part) for part in coordinates]


def shared(projections: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The fields that all grids of a scene have alike; those of one grid alone are all of them."""
    grids = [fields for fields in projections if fields]
    if not grids:
        return {}
    first, *others = grids
    return {
        name: value
        for name, value in first.items()
        if all(name in fields and fields[name] == value for fields in others)
    }
