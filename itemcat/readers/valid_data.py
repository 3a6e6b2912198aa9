"""Where in a raster the valid pixels are: rings that hold them all, as few as make sense.

The mask is looked at pixel by pixel and kept in cells, at most 1024 a side, each of which is
filled if one of its pixels is valid in any band. Cells that belong together get one ring: holes
are filled, and islands are joined over growing gaps until few are left.
"""

# mypy: untyped-calls-exclude="shapely,rasterio"

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from rasterio.enums import ColorInterp, MaskFlags
from rasterio.features import shapes
from rasterio.transform import from_origin
from rasterio.windows import Window
from shapely.geometry import Polygon, box, shape
from shapely.geometry.base import BaseGeometry

from itemcat.readers.limits import check_readable
from itemcat.readers.projection import Floats

MOST_CELLS = 1024  # a side
MOST_ISLANDS = 8
MOST_POINTS = 200  # of all rings together
AT_ONCE = 1 << 22  # pixels of the mask that are in memory at a time
SAMPLES = 400  # pixels that the check of a footprint looks at

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Island:
    """A ring in columns and rows of the pixel frame, shape (n, 2), closed; and pixels inside it.

    `samples` are columns and rows of the first pixels of cells that hold a valid one.
    """

    ring: Floats
    samples: tuple[Floats, Floats]


def valid_islands(dataset: Any, file_size: int) -> list[Island] | None:
    """The islands of valid pixels; None if every pixel is valid, or nothing says which are.

    Their rings hold every valid pixel, and go beyond them by three cells at most; farther only over
    the gaps that join islands, and where an edge is so ragged that it would take too many points.
    Raises ReadError for a file too large to believe, and rasterio's errors.
    """
    bands = _bands_with_masks(dataset)
    if not bands:
        return None
    check_readable(dataset, file_size)
    side = max(1, math.ceil(max(dataset.shape) / MOST_CELLS))
    cells = _cells(dataset, bands, side)
    if cells.all():
        return None
    frame = box(0, 0, dataset.width, dataset.height)
    whole = shapely.union_all(_simple(_joined(cells, side), side)) & frame
    parts = [Polygon(part.exterior) for part in shapely.get_parts(whole)]
    return [_island(part, cells, side) for part in parts]


def _bands_with_masks(dataset: Any) -> list[int]:
    """The bands whose masks tell which pixels are valid; none if a band is valid everywhere."""
    flags = {
        band: set(found)
        for band, found, colour in zip(
            dataset.indexes, dataset.mask_flag_enums, dataset.colorinterp, strict=True
        )
        if colour is not ColorInterp.alpha  # which is the mask of the others, and has none
    }
    if any(MaskFlags.all_valid in found for found in flags.values()):
        return []
    if all(MaskFlags.per_dataset in found for found in flags.values()):
        return list(flags)[:1]
    return list(flags)


def _cells(dataset: Any, bands: list[int], side: int) -> Mask:
    """The cells, rows by columns, that have a pixel which is valid in any of the bands."""
    rows, cols = (math.ceil(length / side) for length in dataset.shape)
    cells = np.zeros((rows, cols), dtype=bool)
    high = max(1, dataset.block_shapes[0][0] // side)
    wide = max(1, AT_ONCE // (high * side) // side)
    for top in range(0, rows, high):
        for left in range(0, cols, wide):
            window = Window(left * side, top * side, wide * side, high * side).intersection(
                Window(0, 0, dataset.width, dataset.height)
            )
            valid = np.zeros((round(window.height), round(window.width)), dtype=bool)
            for band in bands:
                valid |= dataset.read_masks(band, window=window) != 0
            found = _reduced(valid, side)
            cells[top : top + found.shape[0], left : left + found.shape[1]] = found
    return cells


def _reduced(valid: Mask, side: int) -> Mask:
    """Whether any pixel is valid in each square of `side` pixels; the last ones may be cut."""
    by_rows = np.logical_or.reduceat(valid, np.arange(0, valid.shape[0], side), axis=0)
    return np.logical_or.reduceat(by_rows, np.arange(0, valid.shape[1], side), axis=1)


def _joined(cells: Mask, side: int) -> list[Polygon]:
    """The islands without their holes, joined over gaps that grow until few are left."""
    reach = 1
    while True:
        closed = _closed(cells, reach)
        scale = from_origin(0, 0, side, -side)
        found = shapes(closed.astype(np.uint8), mask=closed, connectivity=8, transform=scale)
        islands = [Polygon(shape(island).exterior) for island, _ in found]
        if len(islands) <= MOST_ISLANDS:
            return islands
        reach *= 2


def _closed(cells: Mask, reach: int) -> Mask:
    """The cells with gaps of up to twice `reach` filled (a morphological closing by a square)."""
    wide = np.pad(cells, 2 * reach)
    for axis in (0, 1):
        wide = _counted(wide, reach, axis) > 0
    for axis in (0, 1):
        wide = _counted(wide, reach, axis) == 2 * reach + 1
    return wide


def _counted(cells: Mask, reach: int, axis: int) -> npt.NDArray[np.int32]:
    """How many cells are filled among each one and `reach` neighbours on either side."""
    sums = np.cumsum(cells, axis=axis, dtype=np.int32)
    sums = np.insert(sums, 0, 0, axis=axis)
    length = sums.shape[axis]
    upper = sums.take(range(2 * reach + 1, length), axis=axis)
    return np.asarray(upper - sums.take(range(length - 2 * reach - 1), axis=axis))


def _simple(islands: list[Polygon], side: int) -> list[BaseGeometry]:
    """The islands with fewer points: first grown by as much as is then taken off their corners."""
    reach, points = side, MOST_POINTS + 1
    simple: list[BaseGeometry] = []
    while points > MOST_POINTS:
        grown = shapely.buffer(islands, 1.5 * reach, join_style="mitre", mitre_limit=2)
        # What is left is for the outline on Earth, which is right within half a pixel.
        whole = shapely.get_parts(shapely.union_all(grown))
        simple = list(shapely.simplify(whole, 1.25 * reach))
        points = sum(len(one.exterior.coords) for one in simple)
        reach *= 2
    return simple


def _island(part: Polygon, cells: Mask, side: int) -> Island:
    rows, cols = np.nonzero(cells)
    inside = shapely.contains_xy(part, cols * side + 0.5, rows * side + 0.5)
    rows, cols = rows[inside], cols[inside]
    some = np.linspace(0, len(rows) - 1, min(SAMPLES, len(rows))).round().astype(int)
    corners = (cols[some] * side + 0.5, rows[some] * side + 0.5)
    return Island(np.asarray(shapely.get_coordinates(part.exterior)), corners)
