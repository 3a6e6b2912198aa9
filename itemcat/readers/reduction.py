"""Many pixels into few: by their mean, or, where they are of few classes, by the rarest of them.

Arrays of pixels have the shape (rows, columns), those of several bands (bands, rows, columns). All
that is summed is whole numbers, so that every machine finds the same.
"""

from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from itemcat.readers.summary import Values

Mask = NDArray[np.bool_]
Levels = NDArray[np.uint8]
Shape = tuple[int, int]
T = TypeVar("T", bound=np.generic)

MOST_CLASSES = 32
_PROBE = 4096  # pixels that are looked at before all are
_INNER = (2, 98)  # percentiles between which pixels are told apart
_ENOUGH = 1 << 18  # pixels that tell their percentiles
_MIDDLE = 128  # the level where all pixels are alike


def stretched(values: Values, valid: Mask) -> Levels:
    """Levels from 0 to 255 between the percentiles 2 and 98 of all valid pixels of all bands.

    Where nearly all are one value, the percentiles of the others count. What is not valid gets 0.
    """
    known = values[valid]
    if not known.size:
        return np.zeros(values.shape, np.uint8)
    low, high = _inner(known)
    if low == high and (others := known[known != low]).size:
        least, most = _inner(others)
        low, high = min(low, least), max(high, most)
    black, white = float(low) / 2, float(high) / 2  # halves, whose difference does not overflow
    if black == white:
        return np.where(valid, _MIDDLE, 0).astype(np.uint8)
    with np.errstate(all="ignore"):
        share = np.clip((values.astype(float) / 2 - black) / (white - black), 0, 1)
    levels: Levels = np.rint(np.where(valid & (share > 0), share, 0) * 255).astype(np.uint8)
    return levels


def _inner(values: Values) -> tuple[Any, Any]:
    """The two percentiles, in the values' own type, of every so many where there are many."""
    some = values[:: values.size // _ENOUGH | 1]  # odd, so as not to go along columns
    low, high = np.percentile(some, _INNER, method="nearest")
    return low, high


def averaged(levels: Levels, valid: Mask, shape: Shape) -> tuple[Levels, Mask]:
    """The mean of the valid pixels of each block, for a picture of `shape`, and where there is one.

    Elsewhere it is 0.
    """
    counts = _united(np.add, valid.astype(np.uint32), shape)
    sums = _united(np.add, np.where(valid, levels, 0).astype(np.uint32), shape)
    means: Levels = ((sums + counts // 2) // np.maximum(counts, 1)).astype(np.uint8)
    return means, counts > 0


def classes(values: Values, valid: Mask) -> Values | None:
    """The values of the valid pixels, the commonest first; None where too many are different."""
    rest = values[valid]
    if np.unique(rest[:: max(1, rest.size // _PROBE)]).size > MOST_CLASSES:
        return None
    found: list[tuple[int, Any]] = []
    while rest.size:
        others = rest[rest != rest[0]]
        found.append((others.size - rest.size, rest[0]))
        if len(found) > MOST_CLASSES:
            return None
        rest = others
    return np.array([value for _, value in sorted(found)], values.dtype)


def rarest(values: Values, valid: Mask, by_count: Values, shape: Shape) -> NDArray[np.int8]:
    """Of each block the class that is the rarest in all of the raster: nothing small gets lost.

    Classes are told by their place in `by_count`, the commonest first; -1 is a block without any
    valid pixel.
    """
    ranks = np.where(valid, np.int8(0), np.int8(-1))
    for rank, value in enumerate(by_count[1:], start=1):
        ranks[(values == value) & valid] = rank
    return _united(np.maximum, ranks, shape)


def _united(unite: np.ufunc, values: NDArray[T], shape: Shape) -> NDArray[T]:
    """The pixels of each block as one, for a picture of `shape`.

    Blocks go from row to row and from column to column of the picture, and may differ in size by
    one. `ufunc.reduceat` does the same in several times the time.
    """
    for few in shape:
        many = values.shape[-2]
        starts = np.arange(few) * many // few
        lengths = np.diff(starts, append=many)
        united = values[..., starts, :]
        for step in range(1, int(lengths.max())):
            longer = lengths > step
            united[..., longer, :] = unite(
                united[..., longer, :], values[..., starts[longer] + step, :]
            )
        values = united.swapaxes(-1, -2)  # rows first, then columns, and back again
    return values
