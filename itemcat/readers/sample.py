"""The sample of a raster that `statistics: sampled` looks at, and the blocks that hold its pixels.

GDAL chooses the overview that the sample is read from, of a file at hand and of one that is
elsewhere alike. Here its choice is foreseen, so that all blocks are asked for at once: where that
goes wrong it costs a request, and changes no number.
"""

import math
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from typing import Any

from rasterio._err import CPLE_BaseError  # what GDAL raises is no RasterioError
from rasterio.enums import Interleaving, MaskFlags
from rasterio.errors import RasterioError
from rasterio.windows import Window

from itemcat.errors import ReadError
from itemcat.excerpt import Excerpt, Span
from itemcat.readers.limits import check_readable
from itemcat.readers.opened import opened_excerpt

_SIDE = 1024  # pixels, as rio-stac has it
_MOST_BLOCKS = 1 << 16
_FAULTS = (RasterioError, CPLE_BaseError, ReadError, OSError, ValueError, MemoryError)


def sample_shape(dataset: Any) -> tuple[int, int]:
    """Rows and columns: the whole raster, at most 1024 pixels a side, in its own proportions."""
    rows, columns = dataset.shape
    shrink = max(1.0, max(rows, columns) / _SIDE)
    return math.ceil(rows / shrink), math.ceil(columns / shrink)


def sample_gaps(excerpt: Excerpt) -> list[Span]:
    """What is not at hand of the directories, or, where they are, of the sample's blocks."""
    gaps: list[Span] = []
    with suppress(*_FAULTS):
        with opened_excerpt(excerpt, None, gaps) as dataset:
            level = _level(dataset)
        if gaps:  # of the directories, without which the wrong blocks would be asked for
            return gaps
        with opened_excerpt(excerpt, None, gaps, level) as dataset:
            check_readable(dataset, excerpt.size)
            for band, window, is_mask in islice(_blocks(dataset), _MOST_BLOCKS):
                with suppress(*_FAULTS):
                    (dataset.read_masks if is_mask else dataset.read)(band, window=window)
    return gaps


def _level(dataset: Any) -> int | None:
    """The overview of which a decimated read takes its pixels, from 0; None: the raster itself.

    The smallest one that is at most a fifth coarser than what is asked for, as GDAL's RasterIO
    chooses for the nearest neighbour.
    """
    wanted = min(side / few for side, few in zip(dataset.shape, sample_shape(dataset), strict=True))
    factors = dataset.overviews(1)
    fitting = [factor for factor in factors if factor < 1.2 * wanted + 0.1]
    return factors.index(max(fitting)) if fitting else None


def _blocks(dataset: Any) -> Iterator[tuple[int, Window, bool]]:
    """Every block as it is stored: one of its bands, where it is, and whether it is the mask's."""
    together = dataset.interleaving is Interleaving.pixel
    for band in [1] if together else dataset.indexes:
        for _, window in dataset.block_windows(band):
            yield band, window, False
    if MaskFlags.per_dataset in dataset.mask_flag_enums[0]:
        for _, window in dataset.block_windows(1):
            yield 1, window, True
