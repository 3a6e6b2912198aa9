"""Extents of collections: boxes that may cross 180°, intervals that may be open."""

from dataclasses import dataclass
from datetime import datetime

from itemcat.check.geojson import Box
from itemcat.check.page import Page, mapping, moment, sequence

_SLACK = 1e-6  # degrees


@dataclass(frozen=True, slots=True)
class Span:
    """A time from `start` to `end`; None is open."""

    start: datetime | None
    end: datetime | None

    def covers(self, other: "Span") -> bool:
        """Whether all of another span lies within."""
        starts = self.start is None or (other.start is not None and self.start <= other.start)
        ends = self.end is None or (other.end is not None and other.end <= self.end)
        return starts and ends


def intervals(page: Page) -> list[Span]:
    """The intervals of a collection's temporal extent."""
    extent = mapping(page.value.get("extent"))
    found = sequence(mapping(extent.get("temporal")).get("interval"))
    pairs = [pair for pair in found if isinstance(pair, list) and len(pair) == 2]
    return [Span(moment(start), moment(end)) for start, end in pairs]


def covers(outer: Box, inner: Box) -> bool:
    """Whether a box lies within another."""
    if inner.south < outer.south - _SLACK or inner.north > outer.north + _SLACK:
        return False
    return all(
        any(west - _SLACK <= w and e <= east + _SLACK for west, east in _spans(outer))
        for w, e in _spans(inner)
    )


def _spans(box: Box) -> list[tuple[float, float]]:
    """The longitudes of a box; in two pieces across 180°."""
    if box.crosses:
        return [(box.west, 180.0), (-180.0, box.east)]
    return [(box.west, box.east)]
