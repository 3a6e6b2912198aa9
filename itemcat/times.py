"""Times of acquisition: read from text, written as RFC 3339 in UTC, never taken from a clock."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

_TIFF = re.compile(r"(\d{4}):(\d\d):(\d\d)[ T](\d\d:\d\d:\d\d(?:\.\d+)?)")


@dataclass(frozen=True, slots=True)
class Times:
    """When the data of an item was acquired: one `instant`, or a `start` and an `end`, in UTC."""

    instant: datetime | None = None
    start: datetime | None = None
    end: datetime | None = None


def rfc3339(value: date) -> str:
    """A datetime as `2019-02-24T20:37:44Z`, with a fraction only if there is one; a date as a date.

    A datetime without an offset is UTC (RFC 3339 section 5.6; STAC's `datetime` is in UTC).
    """
    if not isinstance(value, datetime):
        return value.isoformat()
    moment = value if value.tzinfo is None else value.astimezone(UTC).replace(tzinfo=None)
    text = moment.isoformat()
    return (text.rstrip("0") if "." in text else text) + "Z"


def instant(text: str) -> Times:
    """The time that a text names; a date alone is that whole day, for its hour is not known.

    Raises ValueError if it is neither RFC 3339 nor `YYYY:MM:DD HH:MM:SS` (TIFF 6.0, DateTime).
    """
    moment = _parsed(text)
    if isinstance(moment, datetime):
        return Times(instant=moment)
    return Times(start=_first(moment), end=_last(moment))


def interval(start: str, end: str) -> Times:
    """The time from `start` to `end`; dates count whole. Raises ValueError, also if end < start."""
    first, last = _first(_parsed(start)), _last(_parsed(end))
    if first > last:
        raise ValueError(f"the end {end} lies before the start {start}")
    return Times(start=first, end=last)


def _parsed(text: str) -> date:
    """A datetime in UTC, or a date if the text names no hour."""
    text = text.strip()
    if found := _TIFF.fullmatch(text):
        text = "{}-{}-{}T{}".format(*found.groups())
    try:
        if len(text) <= 10:
            return date.fromisoformat(text)
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is no time; write it as 2019-02-24T20:37:44Z") from None
    try:
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError:
        raise ValueError(f"{text!r} is out of range") from None


def _first(moment: date) -> datetime:
    return moment if isinstance(moment, datetime) else datetime.combine(moment, time(), UTC)


def _last(moment: date) -> datetime:
    """The last whole second of a day; STAC's intervals include their end."""
    if isinstance(moment, datetime):
        return moment
    return datetime.combine(moment, time(23, 59, 59), UTC)
