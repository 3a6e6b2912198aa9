"""The times of a cube: CF's numbers since a moment, in a calendar (CF section 4.4)."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from cftime import num2date  # type: ignore[attr-defined,unused-ignore]  # not in __all__

from itemcat.readers.cube_axes import Axis, Variables, step_of, text_of, values_of
from itemcat.readers.projection import Floats
from itemcat.times import rfc3339

_REAL = frozenset({"standard", "gregorian", "proleptic_gregorian"})
_REFORM = datetime(1582, 10, 15, tzinfo=UTC)  # before it, `standard` counts Julian days
_SECONDS = {"P{}D": 86400, "PT{}H": 3600, "PT{}M": 60, "PT{}S": 1}


@dataclass(frozen=True, slots=True)
class Span:
    """The dimension object of an axis of time, what an item takes from it, and what is doubtful."""

    dimension: dict[str, Any]
    times: dict[str, str] | None
    warning: str | None


def span(variables: Variables, axis: Axis, path: Path) -> Span:
    """From the first to the last time; for the item, to the ends of their bounds."""
    described = text_of(axis.attributes.get("long_name"))
    found: dict[str, Any] = {"description": described} if described else {}
    found["type"] = "temporal"
    numbers = axis.numbers
    try:
        if numbers is None:
            raise ValueError("some of them are missing")
        start, end = _moment(numbers.min(), axis), _moment(numbers.max(), axis)
        first, last = _bounds(variables, axis, numbers, path)
        outer = _moment(first, axis), _moment(last, axis)
        step = _duration(numbers, axis)
    except (ValueError, OverflowError) as error:
        unknown = found | _in_numbers(axis, numbers)
        return Span(unknown, None, f"the times of {axis.name} are not known: {error}")
    found["extent"] = [start, end]
    if step is not None:
        found["step"] = step
    if outer[0] == outer[1]:
        return Span(found, {"datetime": outer[0], "tag": axis.name}, None)
    return Span(found, {"start": outer[0], "end": outer[1], "tag": axis.name}, None)


def _in_numbers(axis: Axis, numbers: Floats | None) -> dict[str, Any]:
    """Times that are none of ISO 8601, in the numbers and the calendar of their file."""
    if numbers is None:
        return {"extent": [None, None]}
    calendar = text_of(axis.attributes.get("calendar"))
    known = {"unit": text_of(axis.attributes.get("units")), "reference_system": calendar}
    extent = [float(numbers.min()), float(numbers.max())]
    return {"extent": extent, **{key: text for key, text in known.items() if text}}


def _moment(number: float, axis: Axis) -> str:
    """RFC 3339, to the millisecond. Raises ValueError for what is in no calendar of ours."""
    calendar = text_of(axis.attributes.get("calendar")).lower() or "standard"
    if calendar not in _REAL:
        raise ValueError(f"their calendar, {calendar}, is not that of the world")
    unit = text_of(axis.attributes.get("units"))
    found = num2date(number, unit, calendar)
    moment = datetime(
        *(found.year, found.month, found.day, found.hour, found.minute, found.second),
        found.microsecond,
        UTC,
    )
    if calendar != "proleptic_gregorian" and moment < _REFORM:
        raise ValueError(f"they begin in {moment.year}, before the calendar was reformed")
    rounded = moment + timedelta(microseconds=500)
    return rfc3339(rounded.replace(microsecond=rounded.microsecond // 1000 * 1000))


def _bounds(variables: Variables, axis: Axis, numbers: Floats, path: Path) -> tuple[float, float]:
    """The first and the last moment of the cells, which reach beyond their own times."""
    name = text_of(axis.attributes.get("bounds"))
    first, last = float(numbers.min()), float(numbers.max())
    if name not in variables or variables[name].shape != (axis.size, 2):
        return first, last
    cells = values_of(variables, name, path).astype(np.float64)
    if not np.isfinite(cells).all():
        return first, last
    return min(first, float(cells.min())), max(last, float(cells.max()))


def _duration(numbers: Floats, axis: Axis) -> str | None:
    """The step as ISO 8601 has it, if it is regular in whole seconds."""
    step = step_of(numbers)
    if step is None or step < 0:
        return None
    calendar = text_of(axis.attributes.get("calendar")).lower() or "standard"
    unit = text_of(axis.attributes.get("units"))
    ends = num2date([numbers[0], numbers[0] + step], unit, calendar)
    seconds = round((ends[1] - ends[0]).total_seconds())
    fitting = ((form, size) for form, size in _SECONDS.items() if seconds and seconds % size == 0)
    form, size = next(fitting, ("", 1))
    return form.format(seconds // size) or None
