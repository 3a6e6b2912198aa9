"""Where a cube lies: by its longitudes and latitudes, or by coordinates with a grid mapping."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyproj
import xarray

from itemcat.readers.cube_axes import EAST, NORTH, Axis, Variables, step_of, text_of, values_of
from itemcat.readers.extent import extent_footprint
from itemcat.readers.footprint import Footprint, footprint_of, placed_or_not
from itemcat.readers.georeference import Georeference, refuse_other_units
from itemcat.readers.projection import Floats, Projection, UnplacedError, projection_of

_METRES = {"m": 1.0, "metre": 1.0, "meter": 1.0, "metres": 1.0, "meters": 1.0, "": 1.0}
_METRES |= {"km": 1e3, "kilometre": 1e3, "kilometer": 1e3, "kilometres": 1e3, "kilometers": 1e3}
_RADIANS = frozenset({"rad", "radian", "radians"})
_CLOSED = 0.01  # of a step: by so much longitudes round the world may fail to meet


@dataclass(frozen=True, slots=True)
class Grid:
    """Two axes that span a surface, and the variable that lies on them."""

    x: Axis
    y: Axis
    variable: xarray.Variable


@dataclass(frozen=True, slots=True)
class Place:
    """Where a cube lies, and by what; `wkt` is the CRS that the file itself names.

    `scale` takes the coordinates of `grid` to its units. `transform` and `shape` are as
    `readers.raster` has them, of a grid that is regular.
    """

    footprint: Footprint
    grid: Grid | None = None
    wkt: str | None = None
    scale: float = 1
    transform: list[float] | None = None


def place(variables: Variables, data: Variables, axes: Mapping[str, Axis], path: Path) -> Place:
    """The place of the first variable that has one."""
    for variable in data.values():
        by_kind = {axes[str(name)].kind: axes[str(name)] for name in variable.dims}
        if "x" in by_kind and "y" in by_kind:
            return _on_axes(variables, Grid(by_kind["x"], by_kind["y"], variable))
    for variable in data.values():
        if found := _positions(variables, variable):
            lon, lat = (values_of(variables, name, path) for name in found)
            return Place(placed_or_not(lambda: footprint_of(_curvilinear(lon, lat))))  # noqa: B023
    return Place(Footprint(None, None, "no footprint: no variable has coordinates on Earth"))


# ------------------------------------------------------------------------------------- on axes


def _on_axes(variables: Variables, grid: Grid) -> Place:
    try:
        crs = _crs(variables, grid)
        scale = _scale(crs, grid)
        x, y = (_numbers(axis) * scale for axis in (grid.x, grid.y))
    except UnplacedError as error:
        return Place(Footprint(None, None, f"no footprint: {error}"), grid)
    wkt = crs.to_wkt()
    own = wkt if _mapping(variables, grid) else None
    if len(x) == 1 or len(y) == 1:
        box = (float(x.min()), float(y.min()), float(x.max()), float(y.max()))
        return Place(extent_footprint(wkt, box), grid, own, scale)
    found = placed_or_not(lambda: footprint_of(_by_edges(projection_of(wkt), x, y)))
    return Place(found, grid, own, scale, _transform(x, y))


def _crs(variables: Variables, grid: Grid) -> pyproj.CRS:
    """That of the grid mapping; WGS 84 where there is none and the axes are degrees."""
    is_degrees = (
        text_of(grid.x.attributes.get("units")) in EAST
        and text_of(grid.y.attributes.get("units")) in NORTH
    )
    mapping = _mapping(variables, grid)
    if not mapping:
        if is_degrees:
            return pyproj.CRS("EPSG:4326")
        raise UnplacedError("no grid mapping says what CRS its coordinates are in")
    try:
        crs = pyproj.CRS.from_cf(mapping)
    except (pyproj.exceptions.ProjError, KeyError, TypeError, ValueError) as error:
        raise UnplacedError(f"PROJ cannot use its grid mapping: {error}") from error
    geodetic = crs.geodetic_crs
    return geodetic if is_degrees and crs.is_projected and geodetic else crs


def _mapping(variables: Variables, grid: Grid) -> dict[str, Any]:
    """The attributes of a variable's grid mapping; none where it has none."""
    names = text_of(grid.variable.attrs.get("grid_mapping")).partition(":")[0].split()
    if not names or names[0] not in variables:
        return {}
    attributes = variables[names[0]].attrs
    return {
        str(key): value.tolist() if isinstance(value, np.generic | np.ndarray) else value
        for key, value in attributes.items()
    }


def _scale(crs: pyproj.CRS, grid: Grid) -> float:
    """What takes the coordinates to the units of the CRS."""
    unit = text_of(grid.x.attributes.get("units"))
    if crs.is_geographic:
        return 1.0
    own = crs.axis_info[0].unit_conversion_factor if crs.axis_info else 1.0
    if unit in _METRES:
        return (_METRES[unit] / own) if unit else 1.0
    parameters = crs.coordinate_operation.params if crs.coordinate_operation else []
    heights = [one.value for one in parameters if "height" in one.name.lower()]
    if unit in _RADIANS and heights:  # as a geostationary satellite scans
        return float(heights[0])
    raise UnplacedError(f"its coordinates are in {unit!r}, which is no length")


def _numbers(axis: Axis) -> Floats:
    if axis.numbers is None:
        raise UnplacedError(f"some coordinates of {axis.name} are missing")
    return axis.numbers


def _by_edges(crs: Projection, x: Floats, y: Floats) -> Georeference:
    """A frame of cells whose edges lie between the coordinates, which are their middles."""
    if crs.is_geographic:
        x = np.unwrap(x, period=2 * np.pi / crs.unit)
    across, down = _edges(x), _edges(y)
    if crs.is_geographic:
        across = _closed(across, 2 * np.pi / crs.unit)
    step = float(max(np.abs(np.diff(across)).max(), np.abs(np.diff(down)).max()))
    if crs.is_geographic:
        refuse_other_units(crs, across, down, step)
    cols, rows = np.arange(len(across), dtype=np.float64), np.arange(len(down), dtype=np.float64)

    def locate(col: Floats, row: Floats) -> tuple[Floats, Floats]:
        return crs.to_wgs84(_along(col, cols, across), _along(row, rows, down), step)

    return Georeference(len(x), len(y), locate, not crs.is_interrupted)


def _along(places: Floats, known: Floats, values: Floats) -> Floats:
    """Values between and, in a straight line, beyond those that are known."""
    low = np.clip(np.floor(places), 0, len(known) - 2).astype(int)
    found: Floats = values[low] + (places - low) * (values[low + 1] - values[low])
    return found


def _edges(middles: Floats) -> Floats:
    steps = np.diff(middles)
    if not ((steps > 0).all() or (steps < 0).all()):
        raise UnplacedError("its coordinates neither rise nor fall from one to the next")
    step = step_of(middles)
    if step is not None:
        half = (middles[-1] - middles[0]) / (len(middles) - 1) / 2
        return np.linspace(middles[0] - half, middles[-1] + half, len(middles) + 1)
    ends = [middles[0] - steps[0] / 2], [middles[-1] + steps[-1] / 2]
    return np.concatenate([ends[0], middles[:-1] + steps / 2, ends[1]])


def _closed(edges: Floats, turn: float) -> Floats:
    """Longitudes round the world that meet, where rounding has kept them from it."""
    width, step = edges[-1] - edges[0], abs(edges[1] - edges[0])
    if 0 < abs(abs(width) - turn) < _CLOSED * step:
        return np.array(edges[0] + (edges - edges[0]) * (turn / abs(float(width))))
    return edges


def _transform(x: Floats, y: Floats) -> list[float] | None:
    across, down = step_of(x), step_of(y)
    if across is None or down is None:
        return None
    corner = (float(f"{x[0] - across / 2:.12g}"), float(f"{y[0] - down / 2:.12g}"))
    return [across, 0.0, corner[0], 0.0, down, corner[1]]


# ---------------------------------------------------------------- longitude and latitude of each


def _positions(variables: Variables, variable: xarray.Variable) -> tuple[str, str] | None:
    """The names of longitudes and latitudes that each cell of a variable has of its own."""
    names = text_of(variable.attrs.get("coordinates")).split()
    shaped = [n for n in names if n in variables and variables[n].ndim == 2]
    of_lon = [n for n in shaped if text_of(variables[n].attrs.get("units")) in EAST]
    of_lat = [n for n in shaped if text_of(variables[n].attrs.get("units")) in NORTH]
    if not of_lon or not of_lat or variables[of_lon[0]].dims != variables[of_lat[0]].dims:
        return None
    return of_lon[0], of_lat[0]


def _curvilinear(lon: Floats, lat: Floats) -> Georeference:
    """A frame of cells whose middles are given, in degrees; between them in straight lines."""
    if min(lon.shape) < 2:
        raise UnplacedError("its longitudes and latitudes span no surface")
    if not (np.abs(lat) <= 90).all() or not (np.abs(lon) <= 540).all():
        raise UnplacedError("some of its longitudes and latitudes are missing, or are no degrees")
    phi, lam = np.radians(lat.astype(np.float64)), np.radians(lon.astype(np.float64))
    net = np.stack([np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)])
    height, width = lon.shape

    def locate(cols: Floats, rows: Floats) -> tuple[Floats, Floats]:
        col, row = cols - 0.5, rows - 0.5
        left = np.clip(np.floor(col), 0, width - 2).astype(int)
        top = np.clip(np.floor(row), 0, height - 2).astype(int)
        right, below = col - left, row - top
        upper = net[:, top, left] * (1 - right) + net[:, top, left + 1] * right
        lower = net[:, top + 1, left] * (1 - right) + net[:, top + 1, left + 1] * right
        x, y, z = upper * (1 - below) + lower * below
        return np.degrees(np.arctan2(y, x)), np.degrees(np.arctan2(z, np.hypot(x, y)))

    return Georeference(width, height, locate)
