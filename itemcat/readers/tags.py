"""What a raster's tags say: when it was acquired, how cloudy it was, and every date in them."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

_ACQUIRED = "ACQUISITIONDATETIME"  # GDAL raster data model, IMAGERY domain
_CLOUDS = "CLOUDCOVER"  # the same
_COVERAGE_START = "time_coverage_start"  # Attribute Convention for Data Discovery, global
_COVERAGE_END = "time_coverage_end"
_LONGEST_TEXT = 64  # characters; a longer text with a date in it is prose

_TIME = re.compile(
    r"""(?P<year>\d{4}) (?P<mark>[-:/]?) (?P<month>\d\d) (?P=mark) (?P<day>\d\d)
        (?:[T ] (?P<hour>\d\d) :? (?P<minute>\d\d) (?: :? (?P<second>\d\d)
            (?: \. (?P<fraction>\d{1,9}) )? )?
            \s? (?P<zone> Z | UTC | [+-]\d\d:?\d\d )? )?""",
    re.ASCII | re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Span:
    """The time that a text names: the same start and end for an instant, a whole day for a date."""

    start: str
    end: str


def cloud_cover(imagery: Mapping[str, str]) -> float | None:
    """The share of clouds in percent, 0 to 100, from the tags of the IMAGERY domain."""
    try:
        percent = float(imagery.get(_CLOUDS, "nan"))
    except ValueError:
        return None
    if not 0 <= percent <= 100:
        return None
    return int(percent) if percent.is_integer() else percent


def times(default: Mapping[str, str], imagery: Mapping[str, str]) -> dict[str, str] | None:
    """When the data was acquired, by the file's own word, and the tag that says so.

    Either `datetime`, or `start` and `end` (RFC 3339, UTC), and `tag`. TIFFTAG_DATETIME is not
    looked at: it is often the time of processing.
    """
    if span := parse(imagery.get(_ACQUIRED, "")):
        return _facts(span, _ACQUIRED)
    for name, text in sorted(default.items()):
        if name.rpartition("#")[2] != _COVERAGE_START:
            continue
        start = parse(text)
        end = parse(default.get(name.removesuffix(_COVERAGE_START) + _COVERAGE_END, ""))
        if start and end and _instant(start.start) <= _instant(end.end):
            return _facts(Span(start.start, end.end), name)
    return None


def dated(default: Mapping[str, str], imagery: Mapping[str, str]) -> dict[str, str]:
    """Every tag whose whole value is a date or a time, as it stands in the file."""
    together = {**imagery, **default}
    return {
        name: text
        for name, text in together.items()
        if len(text) <= _LONGEST_TEXT and not text.isdecimal() and parse(text)
    }


def parse(text: str) -> Span | None:
    """The time in a text of ISO 8601's or TIFF's form; without an offset, UTC. None if no time."""
    match = _TIME.fullmatch(text.strip())
    if not match:
        return None
    part = match.groupdict()
    date = [int(part[name]) for name in ("year", "month", "day")]
    clock = [int(part[name] or 0) for name in ("hour", "minute", "second")]
    try:
        moment = datetime(*date, *clock, tzinfo=UTC) - _offset(part["zone"])  # type: ignore[arg-type, misc]
    except (ValueError, OverflowError):
        return None
    if part["hour"] is None:
        return Span(_rfc3339(moment), _rfc3339(moment.replace(hour=23, minute=59, second=59)))
    instant = _rfc3339(moment, (part["fraction"] or "").rstrip("0"))
    return Span(instant, instant)


def _offset(zone: str | None) -> timedelta:
    if zone in (None, "Z", "UTC"):
        return timedelta()
    digits = zone.replace(":", "")
    minutes = int(digits[1:3]) * 60 + int(digits[3:5])
    return timedelta(minutes=-minutes if digits[0] == "-" else minutes)


def _rfc3339(moment: datetime, fraction: str = "") -> str:
    text = moment.strftime("%m-%dT%H:%M:%S")
    return f"{moment.year:04d}-{text}{'.' if fraction else ''}{fraction}Z"


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _facts(span: Span, tag: str) -> dict[str, str]:
    if span.start == span.end:
        return {"datetime": span.start, "tag": tag}
    return {"start": span.start, "end": span.end, "tag": tag}


def positive(text: str | None) -> float | None:
    """A finite number above zero in a tag, or None."""
    try:
        number = float(text or "nan")
    except ValueError:
        return None
    return number if math.isfinite(number) and number > 0 else None


def imagery(dataset: Any, band: int = 0) -> dict[str, str]:
    """The IMAGERY domain's tags of a dataset, or of one of its bands (from 1)."""
    tags: dict[str, str] = dataset.tags(band, ns="IMAGERY")
    return tags
