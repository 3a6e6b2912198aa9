"""A thumbnail: the pixels of a raster as a small PNG, in the order in which the file has them.

Red, green and blue bands are shown in their colours, and so is a band with a colour table; of
others the first band is shown in grey, complex numbers by their magnitude. What is not valid
(nodata, mask, alpha, NaN) is transparent. Pixels are read one by one, at several times the size,
and then reduced: a mean of what GDAL has averaged already would be that of its outliers.
"""

import io
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from PIL import Image
from rasterio.enums import ColorInterp, MaskFlags

from itemcat.errors import ReadError
from itemcat.readers.limits import check_readable
from itemcat.readers.reduction import (
    Levels,
    Mask,
    averaged,
    classes,
    rarest,
    stretched,
)
from itemcat.readers.summary import Values

_FINE = 4  # times the thumbnail's side: what is read of pixels that are averaged
_FINEST = 4096  # pixels a side that are read of classes, of which none may get lost
_WIDE = 4  # bytes; of larger pixels not so many are read
_DARKEST, _LONE = 64, 160  # levels of the first of several classes, and of one alone
_COLOURS = (ColorInterp.red, ColorInterp.green, ColorInterp.blue)

Colours = Mapping[int, tuple[int, int, int, int]]


def thumbnail(dataset: Any, side: int, file_size: int) -> bytes | str:
    """A PNG of at most `side` pixels a side; or why there is none, in words.

    Raises rasterio's errors where the pixels cannot be read.
    """
    try:
        check_readable(dataset, file_size)
    except ReadError as error:
        return error.what
    return _png(_picture(dataset, side))


def _picture(dataset: Any, side: int) -> Levels:
    """Red, green, blue and alpha, or grey and alpha: the shape (rows, columns, 4 or 2)."""
    bands = _shown(dataset)
    shape = _fitted(dataset, side)
    colours = _colour_table(dataset, bands[0])
    values, valid = _sample(dataset, bands, colours, _FINE * side)
    if len(bands) == len(_COLOURS):
        is_as_seen = values.dtype == np.uint8
        return _mean(values if is_as_seen else stretched(values, valid), valid, shape)
    found = classes(values, valid)
    if found is not None and values[0].shape != dataset.shape:
        most = _FINEST if values.dtype.itemsize <= _WIDE else _FINEST // 2
        values, valid = _sample(dataset, bands, colours, max(most, _FINE * side))
        found = classes(values, valid)
    if found is not None:
        legend = _legend(found, colours)
        nothing = np.zeros((1, legend.shape[1]), np.uint8)  # the last, which is that of -1
        return np.concatenate([legend, nothing])[rarest(values[0], valid[0], found, shape)]
    if colours:
        return _mean(_painted(values[0], valid[0], colours), np.repeat(valid, 3, axis=0), shape)
    return _mean(stretched(values, valid), valid, shape)


def _shown(dataset: Any) -> list[int]:
    """The bands that are red, green and blue, or the first one, by their numbers."""
    meanings = dataset.colorinterp
    if all(colour in meanings for colour in _COLOURS):
        bands = [meanings.index(colour) + 1 for colour in _COLOURS]
        dtypes = {dataset.dtypes[band - 1] for band in bands}
        if len(dtypes) == 1 and "complex" not in dtypes.pop():
            return bands
    plain = [n for n, colour in enumerate(meanings, start=1) if colour is not ColorInterp.alpha]
    return plain[:1] or [1]


def _fitted(dataset: Any, side: int) -> tuple[int, int]:
    """Rows and columns of the raster with at most `side` of each, in its own proportions."""
    rows, columns = dataset.shape
    shrink = max(1.0, max(rows, columns) / side)
    return max(1, round(rows / shrink)), max(1, round(columns / shrink))


def _sample(dataset: Any, bands: Sequence[int], colours: Colours, side: int) -> tuple[Values, Mask]:
    """Pixels of some bands, at most `side` a side, and which of them are valid.

    Both have the shape (bands, rows, columns). Nothing is computed on the way: each is the nearest
    one of the file, or of its overviews. With a colour table those without a colour are not valid.
    """
    shape = _fitted(dataset, side)
    values = dataset.read(bands, out_shape=(len(bands), *shape))
    if np.iscomplexobj(values):
        values = np.abs(values)
    valid = np.isfinite(values) if values.dtype.kind == "f" else np.ones(values.shape, bool)
    for number, band in enumerate(bands):
        if MaskFlags.all_valid not in dataset.mask_flag_enums[band - 1]:
            valid[number] &= dataset.read_masks(band, out_shape=shape) != 0
    if colours:
        valid &= np.isin(values, [value for value, colour in colours.items() if colour[3]])
    return values, valid


def _mean(levels: Levels, valid: Mask, shape: tuple[int, int]) -> Levels:
    """A picture of the means of some bands, transparent where none of them has a valid pixel."""
    bands, seen = averaged(levels, valid, shape)
    return np.stack([*bands, np.any(seen, axis=0) * np.uint8(255)], axis=-1)


def _colour_table(dataset: Any, band: int) -> Colours:
    """The colours of a band's values, empty where it has no table."""
    if dataset.colorinterp[band - 1] is not ColorInterp.palette:
        return {}
    try:
        table: Colours = dataset.colormap(band)
    except ValueError:  # it says that it has one
        return {}
    return table


def _legend(found: Values, colours: Colours) -> Levels:
    """The colours of some classes: those of the table, or greys in the order of their values."""
    if colours:
        return np.array([colours[int(value)] for value in found], np.uint8).reshape(-1, 4)
    greys = np.linspace(_DARKEST, 255, found.size) if found.size > 1 else np.full(1, _LONE)
    grey = np.rint(greys).astype(np.uint8)[np.argsort(np.argsort(found))]
    return np.stack([grey, np.full_like(grey, 255)], axis=-1)


def _painted(values: Values, valid: Mask, colours: Colours) -> Levels:
    """Valid pixels in the colours of a table, as bands of red, green and blue."""
    table = np.zeros((max(colours) + 1, 3), np.uint8)
    table[list(colours)] = [colour[:3] for colour in colours.values()]
    return np.moveaxis(table[np.where(valid, values, 0)], -1, 0)


def _png(picture: Levels) -> bytes:
    """The picture as a PNG, without its alpha where all of it is opaque."""
    shown = picture[..., :-1] if picture[..., -1].all() else picture
    if shown.shape[-1] == 1:
        shown = shown[..., 0]
    file = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(shown)).save(file, "PNG", compress_level=6)
    return file.getvalue()
