"""The axes of a cube: what each dimension means by its coordinate variable (CF section 4)."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import xarray
from xarray.conventions import decode_cf_variable

from itemcat.errors import ReadError
from itemcat.readers.projection import Floats

Variables = Mapping[str, xarray.Variable]
"""The variables of a file by name, with attributes as they stand there; values are not read."""

MOST = 10_000_000  # values of a coordinate: 80 MB
EAST = frozenset(
    {"degrees_east", "degree_east", "degree_E", "degrees_E", "degreeE", "degreesE"},
)
NORTH = frozenset(
    {"degrees_north", "degree_north", "degree_N", "degrees_N", "degreeN", "degreesN"},
)
_X = frozenset(
    {"longitude", "grid_longitude", "projection_x_coordinate"} | {"projection_x_angular_coordinate"}
)
_Y = frozenset(
    {"latitude", "grid_latitude", "projection_y_coordinate"} | {"projection_y_angular_coordinate"}
)
_PRESSURES = frozenset({"Pa", "hPa", "kPa", "mbar", "millibar", "bar", "dbar", "decibar", "atm"})
_SHOWN_VALUES = 100  # of an axis whose steps are irregular, or that are texts
_LONGEST = 1000  # characters of a text
_REGULAR = 1e-3  # of a step, by which each may differ; coordinates are often rounded


@dataclass(frozen=True, slots=True)
class Axis:
    """A dimension: `kind` is x, y, z, time or other; `values` its coordinates, if it has any."""

    name: str
    size: int
    kind: str
    values: Any | None
    attributes: Mapping[str, Any]

    @property
    def numbers(self) -> Floats | None:
        """The coordinates as numbers; None where they are no finite ones."""
        if self.values is None or self.values.dtype.kind not in "iuf":
            return None
        # The shortest text of a 32-bit float is the number that was meant.
        own = self.values.astype(str) if self.values.dtype == np.float32 else self.values
        numbers: Floats = own.astype(np.float64)
        return numbers if np.isfinite(numbers).all() and numbers.size else None


def axis_of(variables: Variables, name: str, size: int, path: Path) -> Axis:
    """A dimension of the file with its coordinates, which are read."""
    variable = variables.get(name)
    if variable is None or variable.dims[:1] != (name,):
        return Axis(name, size, "other", None, {})
    attributes = dict(variable.attrs)
    values = values_of(variables, name, path)
    if values.ndim != 1:
        return Axis(name, size, "other", None, attributes)
    return Axis(name, size, kind_of(attributes), values, attributes)


def kind_of(attributes: Mapping[str, Any]) -> str:
    """What a coordinate is of, by its units, its standard name, or its axis."""
    unit, standard = text_of(attributes.get("units")), text_of(attributes.get("standard_name"))
    axis = text_of(attributes.get("axis")).upper()
    if " since " in unit:
        return "time"
    if unit in EAST or standard in _X or axis == "X":
        return "x"
    if unit in NORTH or standard in _Y or axis == "Y":
        return "y"
    positive = text_of(attributes.get("positive")).lower()
    return "z" if axis == "Z" or positive in ("up", "down") or unit in _PRESSURES else "other"


def values_of(variables: Variables, name: str, path: Path) -> Any:
    """The values of a coordinate, unpacked, as an array. Raises ReadError for too many."""
    variable = variables[name]
    if variable.size > MOST:
        what = f"has {variable.size:,} values in its coordinate {name}; {MOST:,} are the most"
        raise ReadError(path.name, what, "publish it in parts")
    return np.asarray(decode_cf_variable(name, variable, decode_times=False).values)


def step_of(numbers: Floats) -> float | None:
    """The space between coordinates, negative where they fall; None where it is not regular."""
    if len(numbers) < 2:
        return None
    step = float(numbers[-1] - numbers[0]) / (len(numbers) - 1)
    even = np.abs(np.diff(numbers) - step).max() <= _REGULAR * abs(step)
    return float(f"{step:.10g}") if step and even else None


def dimension(axis: Axis, reference: int | str | None = None, scale: float = 1) -> dict[str, Any]:
    """The dimension object of the datacube extension, of any axis but time.

    `scale` takes the coordinates to the units of the reference system.
    """
    numbers = axis.numbers
    described = text_of(axis.attributes.get("long_name"))
    found: dict[str, Any] = {"description": described} if described else {}
    if axis.kind in "xyz" and numbers is not None:
        found |= {"type": "spatial", "axis": axis.kind}
    else:
        found["type"] = "other"
    if reference is not None:
        found["reference_system"] = reference
    if axis.values is not None and axis.values.dtype.kind in "SUO":
        texts = [text_of(value) for value in axis.values[:_SHOWN_VALUES]]
        if len(axis.values) <= _SHOWN_VALUES and all(texts):
            return found | {"values": texts}
    if numbers is None:  # by position, as the file has no better name for them
        return found | {"extent": [0, axis.size - 1], "step": 1}
    numbers = numbers * scale
    found["extent"] = [float(numbers.min()), float(numbers.max())]
    if len(numbers) > 1:
        found["step"] = step_of(numbers)
        if found["step"] is None and axis.kind not in "xy" and len(numbers) <= _SHOWN_VALUES:
            found["values"] = numbers.tolist()
    if axis.kind not in "xy" and (unit := text_of(axis.attributes.get("units"))):
        found["unit"] = unit
    return found


def text_of(value: Any) -> str:
    """An attribute as a text in one line; empty for what is no text."""
    if isinstance(value, bytes):
        value = value.decode(errors="replace")
    if not isinstance(value, str):
        return ""
    return "".join(char if char.isprintable() else " " for char in value).strip()[:_LONGEST]
