"""Times of an item: in order, of its acquisition, and not of its making."""

import re
from collections.abc import Iterator
from datetime import date, timedelta

from itemcat.check.finding import Spot
from itemcat.check.page import ITEM, Page, moment, text
from itemcat.check.surroundings import Surroundings
from itemcat.times import rfc3339

_NEAR = timedelta(seconds=60)
_TOMORROW = timedelta(days=1)
_DAY = re.compile(r"(?<!\d)((?:19|20)\d\d)([-_]?)([01]\d)\2([0-3]\d)(?!\d)")


def order(page: Page, _: Surroundings) -> Iterator[Spot]:
    """A start after the end, or an instant outside of the two."""
    times = page.properties
    start, end = moment(times.get("start_datetime")), moment(times.get("end_datetime"))
    instant = moment(times.get("datetime"))
    if start and end and start > end:
        yield Spot(
            "properties.start_datetime", f"{rfc3339(start)} is after the end, {rfc3339(end)}"
        )
    elif instant and ((start and instant < start) or (end and instant > end)):
        yield Spot("properties.datetime", f"{rfc3339(instant)} is not between start and end")


def of_build(page: Page, _: Surroundings) -> Iterator[Spot]:
    """An instant that is the minute in which the item was made, or its file written."""
    instant = moment(page.properties.get("datetime"))
    if page.kind != ITEM or instant is None:
        return
    made = [moment(page.properties.get(name)) for name in ("created", "updated")]
    for name, other in zip(("created", "updated", ""), (*made, page.changed), strict=True):
        if other and abs(instant - other) <= _NEAR:
            what = (
                f"the minute of `{name}`" if name else "the minute in which this file was written"
            )
            yield Spot("properties.datetime", f"{rfc3339(instant)} is {what}")
            return


def not_of_name(page: Page, _: Surroundings) -> Iterator[Spot]:
    """A time that is none of the days in the names of the files, which mostly name their own."""
    days = [day for _, _, asset in page.assets() for day in _days(text(asset.get("href")))]
    instant = moment(page.properties.get("datetime"))
    start = moment(page.properties.get("start_datetime")) or instant
    end = moment(page.properties.get("end_datetime")) or instant
    if page.kind != ITEM or not days or start is None or end is None or start > end:
        return
    first, last = start.toordinal() - 1, end.toordinal() + 1
    if not any(first <= day.toordinal() <= last for day in days):
        name = "datetime" if instant else "start_datetime"
        yield Spot(f"properties.{name}", f"{rfc3339(start)} is not the day of the file, {days[0]}")


def in_future(page: Page, surroundings: Surroundings) -> Iterator[Spot]:
    """A time of acquisition that is still to come."""
    latest = surroundings.now + _TOMORROW
    for name in ("datetime", "start_datetime", "end_datetime"):
        found = moment(page.properties.get(name))
        if found and found > latest:
            yield Spot(f"properties.{name}", f"{rfc3339(found)} is still to come")
            return


def _days(href: str) -> Iterator[date]:
    """The days that the name of a file has in it, as 20190224 or 2019-02-24."""
    for found in _DAY.finditer(href.partition("?")[0].rpartition("/")[2]):
        try:
            yield date(int(found[1]), int(found[3]), int(found[4]))
        except ValueError:  # the digits are no day
            continue
