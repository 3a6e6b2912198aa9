"""Many pixels into few: by their mean, or, where they are of few classes, by the rarest of them.

Arrays of pixels have the shape (rows, columns), those of several bands (bands, rows, columns). All
that is summed is whole numbers, so that every machine finds the same.
"""

import numpy as np
from numpy.typing import NDArray

from itemcat.readers.summary import Values

Mask = NDArray[np.bool_]
Levels = NDArray[np.uint8]
Shape = tuple[int, int]

MOST_CLASSES = 32
_PROBE = 4096  # pixels that are looked at before all are
_INNER = (2, 98)  # percentiles between which pixels are told apart
_MIDDLE = 128  # the level where all pixels are alike


def stretched(values: Values, valid: Mask) -> Levels:
    """Levels from 0 to 255 between the percentiles 2 and 98 of all valid pixels of all bands.

    Where nearly all are one value, the percentiles of the others count. What is not valid gets 0.
    """
    known = values[valid]
    if not known.size:
        return np.zeros(values.shape, np.uint8)
    low, high = _inner(known)
    if low == high and (others := known[known != known.dtype.type(low)]).size:
        least, most = _inner(others)
        low, high = min(low, least), max(high, most)
    if low == high:
        return np.where(valid, _MIDDLE, 0).astype(np.uint8)
    span = high / 2 - low / 2  # of halves, which do not overflow
    with np.errstate(all="ignore"):
        share = np.clip((values.astype(float) / 2 - low / 2) / span, 0, 1)
    levels: Levels = np.rint(np.where(valid & (share > 0), share, 0) * 255).astype(np.uint8)
    return levels


def _inner(values: Values) -> tuple[float, float]:
    low, high = np.percentile(values, _INNER, method="nearest")
    return float(low), float(high)


def averaged(levels: Levels, valid: Mask, shape: Shape) -> Levels:
    """The mean of the valid pixels of each block, for a picture of `shape`; 0 where none is."""
    counts = _summed(valid.astype(np.uint32), shape)
    sums = _summed(np.where(valid, levels, 0).astype(np.uint32), shape)
    means: Levels = ((sums + counts // 2) // np.maximum(counts, 1)).astype(np.uint8)
    return means


def any_of(valid: Mask, shape: Shape) -> Mask:
    """Whether any pixel of each block is valid."""
    rows, columns = _starts(valid.shape, shape)
    by_rows = np.logical_or.reduceat(valid, rows, axis=0)
    return np.logical_or.reduceat(by_rows, columns, axis=1)


def classes(values: Values, valid: Mask) -> Values | None:
    """The values of the valid pixels, the commonest first; None where too many are different."""
    known = values[valid]
    if np.unique(known[:: max(1, known.size // _PROBE)]).size > MOST_CLASSES:
        return None
    found, counts = np.unique(known, return_counts=True)
    if found.size > MOST_CLASSES:
        return None
    return np.asarray(found[np.argsort(-counts, kind="stable")])


def rarest(values: Values, valid: Mask, by_count: Values, shape: Shape) -> NDArray[np.int8]:
    """Of each block the class that is the rarest in all of the raster: nothing small gets lost.

    Classes are told by their place in `by_count`, the commonest first; -1 is a block without any
    valid pixel.
    """
    ranks = np.where(valid, np.int8(0), np.int8(-1))
    for rank, value in enumerate(by_count[1:], start=1):
        ranks[(values == value) & valid] = rank
    rows, columns = _starts(values.shape, shape)
    by_rows = np.maximum.reduceat(ranks, rows, axis=0)
    return np.maximum.reduceat(by_rows, columns, axis=1)


def _summed(values: NDArray[np.uint32], shape: Shape) -> NDArray[np.uint32]:
    rows, columns = _starts(values.shape[-2:], shape)
    return np.add.reduceat(np.add.reduceat(values, rows, axis=-2), columns, axis=-1)


def _starts(large: tuple[int, ...], small: Shape) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Where the blocks of rows and those of columns begin."""
    rows, columns = (np.arange(few) * many // few for many, few in zip(large, small, strict=True))
    return rows, columns
