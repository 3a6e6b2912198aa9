"""Statistics and histograms of a raster's bands, over all pixels or a sample, in bounded memory.

A pixel counts when the band's mask (nodata, mask band, alpha) says so and its value is finite.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

import numpy as np
from rasterio.enums import MaskFlags
from rasterio.windows import Window

from itemcat.readers.limits import block_bytes, check_readable
from itemcat.readers.sample import sample_shape
from itemcat.readers.summary import Buckets, Counts, Facts, Moments, Summary, Values

_AT_ONCE = 1 << 19  # pixels that are in memory at a time
_BANDS_AT_ONCE = 64  # a table of counts for 16 bits takes half a megabyte
_BLOCKS_AT_ONCE = 1 << 27  # bytes: blocks of several bands must fit in GDAL's cache together
_NEARLY = 1e-6  # of a value: far more than what GDAL takes for the same
_COUNTED = frozenset({"uint8", "int8", "uint16", "int16"})

# Freed at once, for glibc, which by default gives large arrays back to the system and takes the
# next ones page by page, for up to a quarter of the time; after this, it keeps up to 62 MB.
np.empty(31 << 20, np.uint8)


@dataclass(frozen=True, slots=True)
class _Band:
    """A band (from 1) and how its valid pixels are told: its own mask, or one for all bands.

    `nodata` is set where leaving out that one value does the same as a mask for less; `masked`
    where the mask is made of pixels that are, or nearly are, that one value.
    """

    index: int
    dtype: str
    has_own_mask: bool = False
    has_shared_mask: bool = False
    nodata: int | None = None
    masked: float | None = None

    @property
    def kind(self) -> tuple[str, bool, bool]:
        """What bands have in common that are read in one call."""
        return self.dtype, self.has_own_mask, self.has_shared_mask

    def needs_mask_within(self, found: Summary) -> bool:
        """Whether the mask may hide a pixel between the extremes of those that it does not."""
        if self.masked is None:
            return self.has_own_mask
        near = 1 + _NEARLY * abs(self.masked)
        return found.minimum - near <= self.masked <= found.maximum + near


@dataclass(frozen=True, slots=True)
class _Piece:
    """One call for pixels: a window, and the shape (rows, columns) that it comes in."""

    window: Window
    shape: tuple[int, int]


def band_statistics(dataset: Any, mode: str, file_size: int) -> list[Facts]:
    """The `statistics` and the `histogram` of every band, in order; `mode` is as the spec has it.

    Statistics are `{minimum, maximum, mean, stddev, valid_percent}` (STAC 1.1), a histogram is
    `{count, min, max, buckets}` (raster extension). A band of complex numbers or without a valid
    pixel has neither. Raises ReadError for a file too large to believe, and rasterio's errors.
    """
    facts: list[Facts] = [{} for _ in dataset.indexes]
    if mode == "none":
        return facts
    check_readable(dataset, file_size)
    for group in _groups(dataset):
        is_sample = mode == "sampled"
        pieces = [_sample(dataset)] if is_sample else list(_windows(dataset, len(group)))
        for band, found in _group_facts(dataset, group, pieces).items():
            facts[band - 1] = found
    return facts


def _groups(dataset: Any) -> Iterator[Sequence[_Band]]:
    """Bands that are read together, since their pixels may lie interleaved."""
    most = min(_BANDS_AT_ONCE, max(1, _BLOCKS_AT_ONCE // block_bytes(dataset)))
    every_flags, dtypes, nodata = dataset.mask_flag_enums, dataset.dtypes, dataset.nodatavals
    bands = [
        _band(index, dtypes[index - 1], set(every_flags[index - 1]), nodata[index - 1])
        for index in dataset.indexes
        if "complex" not in dtypes[index - 1]
    ]
    for _, alike in groupby(bands, key=lambda band: band.kind):
        together = list(alike)
        for start in range(0, len(together), most):
            yield together[start : start + most]


def _band(index: int, dtype: str, flags: set[MaskFlags], nodata: float | None) -> _Band:
    if MaskFlags.all_valid in flags:
        return _Band(index, dtype)
    if MaskFlags.per_dataset in flags:
        return _Band(index, dtype, has_shared_mask=True)
    if dtype in _COUNTED and nodata is not None and float(nodata).is_integer():
        limits = np.iinfo(dtype)
        if limits.min <= nodata <= limits.max:
            return _Band(index, dtype, nodata=int(nodata))
    masked = nodata if MaskFlags.nodata in flags else None
    if masked is not None and math.isnan(masked):
        return _Band(index, dtype)  # which is no finite value, nor one of integers
    return _Band(index, dtype, has_own_mask=True, masked=masked)


def _group_facts(
    dataset: Any, group: Sequence[_Band], pieces: Sequence[_Piece]
) -> dict[int, Facts]:
    """The facts of some bands, by number: one pass for a summary, a second for the histogram."""
    total = sum(math.prod(piece.shape) for piece in pieces)
    is_counted = group[0].dtype in _COUNTED
    summaries = {band.index: Counts(band.dtype) if is_counted else Moments() for band in group}
    for index, values in _valid_values(dataset, group, pieces):
        summaries[index].add(values)
    facts: dict[int, Facts] = {}
    histograms: dict[int, Counts | Buckets] = {}
    again: list[_Band] = []
    for band in group:
        summary = summaries[band.index]
        if isinstance(summary, Counts) and band.nodata is not None:
            summary.drop(band.nodata)
        if not (found := summary.summary()):
            continue
        facts[band.index] = {"statistics": found.facts(total)}
        if isinstance(summary, Counts):
            histograms[band.index] = summary
        else:
            histograms[band.index] = Buckets(found.minimum, found.maximum)
            again.append(replace(band, has_own_mask=band.needs_mask_within(found)))
    for _, alike in groupby(again, key=lambda band: band.kind):
        for index, values in _valid_values(dataset, list(alike), pieces):
            histograms[index].add(values)
    for index, buckets in histograms.items():
        if histogram := buckets.histogram():
            facts[index]["histogram"] = histogram
    return facts


def _valid_values(
    dataset: Any, group: Sequence[_Band], pieces: Sequence[_Piece]
) -> Iterator[tuple[int, Values]]:
    """The valid pixels of each band, piece by piece, as one-dimensional contiguous arrays."""
    if not group:
        return
    indexes = [band.index for band in group]
    for piece in pieces:
        window, shape = piece.window, piece.shape
        values = dataset.read(indexes, window=window, out_shape=(len(group), *shape))
        mask = None
        if group[0].has_shared_mask:
            mask = dataset.read_masks(indexes[0], window=window, out_shape=shape)
        for band, pixels in zip(group, values, strict=True):
            if band.has_own_mask:
                mask = _told_apart(pixels, band.masked)
                if mask is None:
                    mask = dataset.read_masks(band.index, window=window, out_shape=shape)
            is_whole = mask is None or bool(mask.all())
            yield band.index, pixels.ravel() if is_whole else pixels[mask != 0]


def _told_apart(pixels: Values, masked: float | None) -> Values | None:
    """Which pixels are not the one value that is masked, for less than GDAL's mask costs.

    None where that is not clear: where some are nearly that value.
    """
    if masked is None or pixels.dtype.kind != "f":
        return None
    with np.errstate(over="ignore"):
        value, near = pixels.dtype.type(masked), _NEARLY * abs(masked)
        if not np.isfinite(value):
            return None
        is_near = (pixels >= masked - near) & (pixels <= masked + near)
    is_other = pixels != value
    is_clear = pixels.size - np.count_nonzero(is_other) == np.count_nonzero(is_near)
    return is_other if is_clear else None


def _sample(dataset: Any) -> _Piece:
    rows, columns = dataset.shape
    return _Piece(Window(0, 0, columns, rows), sample_shape(dataset))


def _windows(dataset: Any, bands: int) -> Iterator[_Piece]:
    """Windows over all pixels along the blocks as they are stored, each small enough."""
    most = _AT_ONCE // bands
    block_rows, block_columns = dataset.block_shapes[0]
    block_rows = min(block_rows, max(1, most // block_columns))  # GDAL keeps the whole block
    width = _side(most // block_rows, block_columns, dataset.width)
    height = _side(most // width, block_rows, dataset.height)
    for top in range(0, dataset.height, height):
        for left in range(0, dataset.width, width):
            columns = min(width, dataset.width - left)
            rows = min(height, dataset.height - top)
            yield _Piece(Window(left, top, columns, rows), (rows, columns))


def _side(wanted: int, block: int, whole: int) -> int:
    """A side of a window in pixels: whole blocks where one fits, a part of one where none does."""
    if wanted >= whole:
        return whole
    return max(1, wanted - wanted % block if wanted >= block else wanted)
