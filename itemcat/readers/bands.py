"""The facts of each band: its name, type, nodata, scale, unit and wavelength."""

import math
import re
from typing import Any

import rasterio.shutil
from rasterio.io import MemoryFile
from rio_stac.stac import get_eobands_info

from itemcat.readers.summary import Facts
from itemcat.readers.tags import imagery, positive

_COMPLEX = {"complex_int16": "cint16", "complex64": "cfloat32", "complex128": "cfloat64"}
_REAL = re.compile(r"u?int(8|16|32|64)|float(16|32|64)")
_SAMPLINGS = frozenset({"area", "point"})
_LARGEST_EXACT = 1 << 53  # larger 64-bit integers do not survive as the floats rasterio gives


def band_facts(dataset: Any) -> list[Facts]:
    """Each band's facts, in order; what the file does not say is left out.

    `name`, `description`, `data_type`, `nodata`, `unit` (STAC 1.1 bands), `scale`, `offset`,
    `sampling`, `bits_per_sample` (raster extension), `center_wavelength` and
    `full_width_half_max` in micrometres (eo extension). `nodata` is a number or one of "nan",
    "inf", "-inf". Raises rasterio's errors.
    """
    sampling = dataset.tags().get("AREA_OR_POINT", "").lower()
    facts: list[Facts] = get_eobands_info(dataset)
    for band, fact in zip(dataset.indexes, facts, strict=True):
        if fact.get("description") == "undefined":  # a colour interpretation that says nothing
            del fact["description"]
        fact.update(_values(dataset, band))
        if sampling in _SAMPLINGS:
            fact["sampling"] = sampling
        fact.update(_wavelength(dataset, band))
    return facts


def _values(dataset: Any, band: int) -> Facts:
    """What the stored numbers are, and what they mean."""
    dtype = dataset.dtypes[band - 1]
    facts: Facts = {"data_type": _data_type(dataset, band)}
    nodata = dataset.nodatavals[band - 1]
    if nodata is not None:
        facts["nodata"] = _nodata(dataset, band, nodata) if "int" in dtype else _number(nodata)
    for key, numbers in (("scale", dataset.scales), ("offset", dataset.offsets)):
        if math.isfinite(numbers[band - 1]):
            facts[key] = numbers[band - 1]
    if unit := (dataset.units[band - 1] or "").strip():
        facts["unit"] = unit
    bits = dataset.tags(band, ns="IMAGE_STRUCTURE").get("NBITS", "")
    if bits.isdecimal():
        facts["bits_per_sample"] = int(bits)
    return facts


def _data_type(dataset: Any, band: int) -> str:
    """The type in STAC's words."""
    dtype: str = dataset.dtypes[band - 1]
    if _REAL.fullmatch(dtype):
        return dtype
    # rasterio calls GDAL's complex 32-bit integers complex floats, which hold them too.
    if dtype == "complex64" and 'dataType="CInt32"' in _described(dataset, band):
        return "cint32"
    return _COMPLEX.get(dtype, "other")


def _nodata(dataset: Any, band: int, nodata: float) -> int | float | str:
    """The nodata value of a band of integers."""
    if not math.isfinite(nodata) or not nodata.is_integer():
        return _number(nodata)
    if abs(nodata) >= _LARGEST_EXACT:
        exact = re.search(r"<NoDataValue>(-?\d+)</NoDataValue>", _described(dataset, band))
        return int(exact[1]) if exact else int(nodata)
    return int(nodata)


def _number(number: float) -> float | str:
    if math.isnan(number):
        return "nan"
    if math.isinf(number):
        return "inf" if number > 0 else "-inf"
    return number


def _wavelength(dataset: Any, band: int) -> Facts:
    """GDAL's band tags of the IMAGERY domain, which are in micrometres as the eo extension's."""
    tags = imagery(dataset, band)
    facts = {
        "center_wavelength": positive(tags.get("CENTRAL_WAVELENGTH_UM")),
        "full_width_half_max": positive(tags.get("FWHM_UM")),
    }
    return {key: number for key, number in facts.items() if number is not None}


def _described(dataset: Any, band: int) -> str:
    """GDAL's own XML for a band, which says what rasterio's types cannot."""
    with MemoryFile(ext=".vrt") as file:  # type: ignore[no-untyped-call]
        rasterio.shutil.copy(dataset, file.name, driver="VRT")
        text = file.read().decode(errors="replace")
    parts = re.split(r"<VRTRasterBand\b", text)
    return parts[band] if band < len(parts) else ""
