"""Small cubes with CF coordinates, in netCDF and in Zarr, for tests to read, and to break."""

import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
import zarr

DAYS = {"units": "days since 2019-01-01", "calendar": "standard"}
EAST, NORTH = {"units": "degrees_east"}, {"units": "degrees_north"}
X = {"standard_name": "projection_x_coordinate", "units": "m"}
Y = {"standard_name": "projection_y_coordinate", "units": "m"}

Column = tuple[Sequence[str], Any, Mapping[str, Any]]
"""A variable: its dimensions, values and attributes."""


def write(path: Path, variables: Mapping[str, Column], form: str = "NETCDF4", **own: Any) -> Path:
    """A file with these variables, whose dimensions are as long as the values are."""
    with netCDF4.Dataset(path, "w", format=form) as file:
        file.setncatts(own)
        for name, (dims, values, attributes) in variables.items():
            array = np.asarray(values)
            for dim, size in zip(dims, array.shape, strict=True):
                if dim not in file.dimensions:
                    file.createDimension(dim, size)
            fill = attributes.get("_FillValue")
            made = file.createVariable(name, array.dtype, tuple(dims), fill_value=fill)
            made.setncatts({key: value for key, value in attributes.items() if key != "_FillValue"})
            made.set_auto_maskandscale(False)
            made[:] = array
    return path


def store(
    folder: Path, variables: Mapping[str, Column], form: int, group: str = "", **own: Any
) -> Path:
    """A Zarr store, of version 2 or 3, with these variables at its top or in a group."""
    top = zarr.create_group(folder, zarr_format=form, attributes=own)
    made = top.create_group(group) if group else top
    for name, (dims, values, attributes) in variables.items():
        array = np.asarray(values)
        said = {key: value for key, value in attributes.items() if key != "_FillValue"}
        fill = attributes.get("_FillValue")
        kwargs: dict[str, Any] = {"fill_value": fill} if fill is not None else {}
        if form == 3:
            kwargs["dimension_names"] = tuple(dims)
        else:
            said["_ARRAY_DIMENSIONS"] = [*dims]
        one = made.create_array(
            name, shape=array.shape, dtype=array.dtype, attributes=said, **kwargs
        )
        one[...] = array
    return folder


def packed(folder: Path, path: Path, top: str = "") -> Path:
    """A folder as a ZIP archive, what is in it below `top`."""
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                archive.write(file, top + file.relative_to(folder).as_posix())
    return path


def globe(**changes: Column) -> dict[str, Column]:
    """Air over the world: three days, three levels, 10 degrees from 0 to 360, north first."""
    air = {"units": "K", "long_name": "Air temperature", "_FillValue": np.float32(-999)}
    levels = {"units": "hPa", "positive": "down"}
    return {
        "time": (["time"], [0.5, 1.5, 2.5], {**DAYS, "bounds": "time_bnds"}),
        "time_bnds": (["time", "nv"], [[0.0, 1.0], [1.0, 2.0], [2.0, 3.0]], {}),
        "level": (["level"], [1000.0, 850.0, 500.0], levels),
        "lat": (["lat"], np.linspace(90, -90, 19, dtype=np.float32), NORTH),
        "lon": (["lon"], np.arange(0, 360, 10, dtype=np.float32), EAST),
        "air": (["time", "level", "lat", "lon"], np.ones((3, 3, 19, 36), np.float32), air),
        **changes,
    }


def plane(mapping: Mapping[str, Any] | None = None, scale: float = 1) -> dict[str, Column]:
    """Snow on a grid of 4 by 3 kilometres in Greenland, as UTM zone 23 has it."""
    own = {"grid_mapping": "crs"} if mapping is not None else {}
    unit = "m" if scale == 1 else "km"
    return {
        "x": (["x"], (300500 + 1000 * np.arange(4)) / scale, {**X, "units": unit}),
        "y": (["y"], (7400500 + 1000 * np.arange(3)) / scale, {**Y, "units": unit}),
        "crs": ([], np.int32(0), mapping or {}),
        "snow": (["y", "x"], np.zeros((3, 4), np.int16), {"units": "m", **own}),
    }
