"""What a raster's tags say: when it was acquired, how cloudy it was, and every date in them."""

import math
from collections.abc import Mapping
from typing import Any

from itemcat.times import Times, instant, interval, rfc3339

_ACQUIRED = "ACQUISITIONDATETIME"  # GDAL raster data model, IMAGERY domain
_CLOUDS = "CLOUDCOVER"  # the same
_COVERAGE_START = "time_coverage_start"  # Attribute Convention for Data Discovery, global
_COVERAGE_END = "time_coverage_end"
_LONGEST_TEXT = 64  # characters; no time is longer

Tags = Mapping[str, str]


def imagery(dataset: Any, band: int = 0) -> Tags:
    """The IMAGERY domain's tags of a dataset, or of one of its bands (from 1)."""
    tags: Tags = dataset.tags(band, ns="IMAGERY")
    return tags


def positive(text: str | None) -> float | None:
    """A finite number above zero in a tag, or None."""
    number = _number(text)
    return number if number is not None and number > 0 else None


def cloud_cover(imagery: Tags) -> float | None:
    """The share of clouds in percent, 0 to 100, from the tags of the IMAGERY domain."""
    percent = _number(imagery.get(_CLOUDS))
    if percent is None or not 0 <= percent <= 100:
        return None
    return int(percent) if percent.is_integer() else percent


def acquisition(default: Tags, imagery: Tags) -> dict[str, str] | None:
    """When the data was acquired, by the file's own word, and the tag that says so.

    Either `datetime`, or `start` and `end` (RFC 3339, UTC), and `tag`. TIFFTAG_DATETIME is not
    looked at: it is often the time of processing.
    """
    if found := _time(imagery.get(_ACQUIRED, "")):
        return _facts(found, _ACQUIRED)
    for name, start in sorted(default.items()):
        if name.rpartition("#")[2] == _COVERAGE_START:  # netCDF's become NC_GLOBAL#…
            end = default.get(name.removesuffix(_COVERAGE_START) + _COVERAGE_END, "")
            try:
                return _facts(interval(start, end), name)
            except ValueError:
                continue
    return None


def dated(default: Tags, imagery: Tags) -> dict[str, str]:
    """Every tag whose whole value is a date or a time, as it stands in the file."""
    together = {**imagery, **default}
    return {name: text for name, text in together.items() if _time(text)}


def _time(text: str) -> Times | None:
    if len(text) > _LONGEST_TEXT or text.isdecimal():  # 20171111 may as well be a number
        return None
    try:
        return instant(text)
    except ValueError:
        return None


def _facts(found: Times, tag: str) -> dict[str, str]:
    times = {"datetime": found.instant, "start": found.start, "end": found.end}
    return {key: rfc3339(time) for key, time in times.items() if time} | {"tag": tag}


def _number(text: str | None) -> float | None:
    try:
        number = float(text or "")
    except ValueError:
        return None
    return number if math.isfinite(number) else None
