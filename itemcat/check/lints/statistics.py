"""Statistics of bands: possible for the type of the pixels, and of valid pixels alone."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from itemcat.check.finding import Spot
from itemcat.check.page import Page, mapping, number, numbers, sequence, shown, text
from itemcat.check.surroundings import Surroundings

_SLACK = 1e-6  # of a range of values: how statistics are rounded
_FEW = 1.0  # percent of valid pixels; with fewer, nodata is probably wrong
_RANGES = {
    f"{sign}int{bits}": (0, 2**bits - 1) if sign else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
    for bits in (8, 16, 32, 64)
    for sign in ("u", "")
}


def impossible(page: Page, _: Surroundings) -> Iterator[Spot]:
    """Numbers that no pixels of this type can have."""
    for path, band in page.bands():
        if fault := _fault(band):
            yield Spot(f"{path}.statistics", fault)


def of_nodata(page: Page, _: Surroundings) -> Iterator[Spot]:
    """Statistics in which nodata was counted as a value."""
    for path, band in page.bands():
        nodata, found = number(band.get("nodata")), mapping(band.get("statistics"))
        if nodata is None or _is_scaled(band):
            continue
        for name in ("minimum", "maximum"):
            if number(found.get(name)) == nodata:
                yield Spot(f"{path}.statistics.{name}", f"is the nodata value, {nodata:g}")


def nodata_impossible(page: Page, _: Surroundings) -> Iterator[Spot]:
    """A nodata value that no pixel of the type can have, so that none is nodata."""
    for path, band in page.bands():
        nodata, limits = number(band.get("nodata")), _RANGES.get(text(band.get("data_type")))
        if nodata is None or limits is None:
            continue
        if not limits[0] <= nodata <= limits[1] or nodata != int(nodata):
            yield Spot(f"{path}.nodata", f"{nodata:g} is no {band['data_type']}")


def nodata_swallows(page: Page, _: Surroundings) -> Iterator[Spot]:
    """Hardly any pixel that counts."""
    for path, band in page.bands():
        valid = number(mapping(band.get("statistics")).get("valid_percent"))
        if valid is not None and valid < _FEW and band.get("nodata") is not None:
            yield Spot(f"{path}.statistics.valid_percent", f"only {valid:.3g} % are not nodata")


def histogram_impossible(page: Page, _: Surroundings) -> Iterator[Spot]:
    """A histogram whose numbers do not fit together."""
    for path, band in page.bands():
        for name in ("histogram", "raster:histogram"):
            found = mapping(band.get(name))
            count, buckets = number(found.get("count")), sequence(found.get("buckets"))
            least, most = number(found.get("min")), number(found.get("max"))
            if count is not None and "buckets" in found and count != len(buckets):
                yield Spot(f"{path}.{name}", f"counts {count:g} buckets, and has {len(buckets)}")
            elif least is not None and most is not None and least > most:
                yield Spot(f"{path}.{name}", f"its min, {least:g}, is above its max, {most:g}")
            elif any(bucket < 0 for bucket in numbers(found.get("buckets"))):
                yield Spot(f"{path}.{name}", "has a negative number of pixels in a bucket")


def band_names_equal(page: Page, _: Surroundings) -> Iterator[Spot]:
    """Bands of one asset that are called the same."""
    for path, _key, asset in page.assets():
        for listed in ("bands", "eo:bands", "raster:bands"):
            names = [text(mapping(band).get("name")) for band in sequence(asset.get(listed))]
            for name, count in Counter(names).items():
                if name and count > 1:
                    yield Spot(f"{path}.{listed}", f"{count} of them are called {shown(name)}")


def _fault(band: Mapping[str, Any]) -> str:
    """What is impossible in the statistics of a band; empty where nothing is."""
    found = mapping(band.get("statistics"))
    least, most = number(found.get("minimum")), number(found.get("maximum"))
    spread, valid = number(found.get("stddev")), number(found.get("valid_percent"))
    if valid is not None and not 0 <= valid <= 100:
        return f"valid_percent is {valid:g}"
    if spread is not None and spread < 0:
        return f"stddev is {spread:g}"
    if least is None or most is None:
        return ""
    return _fault_of_range(band, least, most)


def _fault_of_range(band: Mapping[str, Any], least: float, most: float) -> str:
    found = mapping(band.get("statistics"))
    mean, spread = number(found.get("mean")), number(found.get("stddev"))
    slack = _SLACK * max(abs(least), abs(most), most - least)
    limits = _RANGES.get(text(band.get("data_type")))
    fault = ""
    if least > most:
        fault = f"the minimum, {least:g}, is above the maximum, {most:g}"
    elif mean is not None and not least - slack <= mean <= most + slack:
        fault = f"the mean, {mean:g}, is not between {least:g} and {most:g}"
    elif spread is not None and spread > (most - least) / 2 + slack:
        fault = f"stddev is {spread:g}, and cannot be more than half of the range"
    elif limits and not _is_scaled(band) and (least < limits[0] or most > limits[1]):
        fault = f"{least:g} to {most:g} is out of the range of {band['data_type']}"
    return fault


def _is_scaled(band: Mapping[str, Any]) -> bool:
    """Whether the values may be of another unit than the pixels."""
    scale = [number(band.get(name)) for name in ("scale", "raster:scale")]
    offset = [number(band.get(name)) for name in ("offset", "raster:offset")]
    return any(value not in (None, 1.0) for value in scale) or any(
        value not in (None, 0.0) for value in offset
    )
