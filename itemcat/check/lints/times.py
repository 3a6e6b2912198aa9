"""Times of an item: in order, of its acquisition, and not of its making."""

from collections.abc import Iterator
from datetime import timedelta

from itemcat.check.finding import Spot
from itemcat.check.page import ITEM, Page, moment
from itemcat.check.surroundings import Surroundings
from itemcat.times import rfc3339

_NEAR = timedelta(seconds=60)
_TOMORROW = timedelta(days=1)


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


def in_future(page: Page, surroundings: Surroundings) -> Iterator[Spot]:
    """A time of acquisition that is still to come."""
    latest = surroundings.now + _TOMORROW
    for name in ("datetime", "start_datetime", "end_datetime"):
        found = moment(page.properties.get(name))
        if found and found > latest:
            yield Spot(f"properties.{name}", f"{rfc3339(found)} is still to come")
            return
