"""The form of a record: what rendering takes for granted of each fact that readers find.

The keys are those of the readers. A record of our own has this form; what comes from elsewhere is
held against it, so that it is refused before it is rendered.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

_DEEPEST = 8  # levels of lists and objects in a fact
_SIMPLE = frozenset({str, float, bool, type(None)})
_PAIRS = ([float, float], [int, int], [int, float], [float, int])
_CODE = re.compile(r"EPSG:\d{1,9}|(?!EPSG:)\w{1,40}:\S{1,80}")


def has_form(record: Mapping[str, Any]) -> bool:
    """Whether all facts of a record are such as readers find; one of another name may be plain."""
    return (
        {"geometry", "bbox"} <= record.keys()
        and (record["geometry"] is None) == (record["bbox"] is None)
        and all(_FORMS.get(name, _is_plain)(value) for name, value in record.items())
        and ("transform" not in record or "shape" in record)
        and ("dimensions" not in record or "variables" in record)
    )


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_number(value: Any) -> bool:
    return isinstance(value, float) or _is_whole(value)


def _is_whole(value: Any) -> bool:
    return type(value) is int and -(1 << 63) <= value < 1 << 64


def _is_plain(value: Any, depth: int = 0) -> bool:
    """Whether it is JSON of no great depth, with numbers that others can read."""
    if not isinstance(value, list | dict):
        return type(value) in _SIMPLE or _is_whole(value)
    if depth == _DEEPEST:
        return False
    for one in value.values() if isinstance(value, dict) else value:
        # Told here where it can be, for a call takes longer than all else.
        if type(one) not in _SIMPLE and not _is_plain(one, depth + 1):
            return False
    return True


def _many(is_one: Callable[[Any], bool], *lengths: int) -> Callable[[Any], bool]:
    """Checks a list; of one of these lengths, if there are any."""

    def check(value: Any) -> bool:
        is_list = isinstance(value, list) and (not lengths or len(value) in lengths)
        return is_list and all(map(is_one, value))

    return check


def _numbers(length: int) -> Callable[[Any], bool]:
    """Checks a list of so many numbers."""
    usual, slow = [float] * length, _many(_is_number, length)
    return lambda value: (isinstance(value, list) and [*map(type, value)] == usual) or slow(value)


def _named(is_one: Callable[[Any], bool]) -> Callable[[Any], bool]:
    """Checks the values of an object."""
    return lambda value: isinstance(value, dict) and all(map(is_one, value.values()))


def _is_object(value: Any) -> bool:
    return isinstance(value, dict) and _is_plain(value)


def _is_position(value: Any) -> bool:
    return (
        isinstance(value, list)
        and [*map(type, value)] in _PAIRS
        and abs(value[0]) <= 360
        and abs(value[1]) <= 360
    )


def _is_line(value: Any) -> bool:
    return _many(_is_position)(value) and len(value) > 1


def _is_ring(value: Any) -> bool:
    return _is_line(value) and len(value) > 3 and bool(value[0] == value[-1])


def _is_polygon(value: Any) -> bool:
    return _many(_is_ring)(value) and len(value) > 0


def _is_place(value: Any) -> bool:
    """Whether it is a geometry (RFC 7946 section 3.1)."""
    is_drawn = _DRAWN.get(str(value.get("type"))) if isinstance(value, dict) else None
    return is_drawn is not None and is_drawn(value.get("coordinates"))


def _is_crs(value: Any) -> bool:
    return _named(_is_text)(value) and ("code" not in value or bool(_CODE.fullmatch(value["code"])))


def _is_time(value: Any) -> bool:
    return _named(_is_text)(value) and ("datetime" in value or {"start", "end"} <= value.keys())


_DRAWN: Mapping[str, Callable[[Any], bool]] = {
    "Point": _is_position,
    "LineString": _is_line,
    "Polygon": _is_polygon,
    "MultiPolygon": lambda value: _many(_is_polygon)(value) and len(value) > 0,
}
_FORMS: Mapping[str, Callable[[Any], bool]] = {
    "geometry": lambda value: value is None or _is_place(value),
    "bbox": lambda value: value is None or _numbers(4)(value),
    "media_type": _is_text,
    "shape": _many(_is_whole, 2),
    "transform": _numbers(6),
    "crs": _is_crs,
    "bands": _many(_is_object),
    "cloud_cover": _is_number,
    "times": _is_time,
    "tags": _named(_is_text),
    "warnings": _many(_is_text),
    "columns": _many(_is_object),
    "row_count": _is_whole,
    "primary_geometry": _is_text,
    "dimensions": _named(_is_object),
    "variables": _named(_is_object),
}
