"""Catalogs and collections by themselves."""

from collections.abc import Iterator

from itemcat.check.extent import covers, intervals
from itemcat.check.finding import Spot
from itemcat.check.geojson import box
from itemcat.check.page import CATALOG, COLLECTION, Page, mapping, sequence
from itemcat.check.surroundings import Surroundings

_MOST_BYTES = 1_000_000
_CONTENT = ("item", "items", "child", "data")


def too_large(page: Page, _: Surroundings) -> Iterator[Spot]:
    """A document that browsers take long to load."""
    if page.size > _MOST_BYTES and page.kind in (CATALOG, COLLECTION):
        yield Spot("", f"has {page.size / 1e6:.1f} MB")


def empty(page: Page, _: Surroundings) -> Iterator[Spot]:
    """A catalog that leads nowhere; a collection may describe data that lies elsewhere."""
    if page.kind == CATALOG and not any(link.get("rel") in _CONTENT for _, link in page.links()):
        yield Spot("links", "there is none to an item or a child")


def two_boxes(page: Page, _: Surroundings) -> Iterator[Spot]:
    """Two boxes: the first is that of all others, and one other says nothing (STAC 1.0.0 on)."""
    if page.kind == COLLECTION and len(_boxes(page)) == 2:
        yield Spot("extent.spatial.bbox", "has two boxes, an overall one and a single part")


def overall(page: Page, _: Surroundings) -> Iterator[Spot]:
    """A first box or interval that leaves others out."""
    boxes = [found for value in _boxes(page) if (found := box(value))]
    if len(boxes) > 1 and not all(covers(boxes[0], other) for other in boxes[1:]):
        yield Spot("extent.spatial.bbox[0]", "does not cover the others")
    spans = intervals(page)
    if len(spans) > 1 and not all(spans[0].covers(other) for other in spans[1:]):
        yield Spot("extent.temporal.interval[0]", "does not cover the others")


def extent_order(page: Page, _: Surroundings) -> Iterator[Spot]:
    """An interval that ends before it starts."""
    for number, span in enumerate(intervals(page)):
        if span.start and span.end and span.start > span.end:
            yield Spot(f"extent.temporal.interval[{number}]", "ends before it starts")


def _boxes(page: Page) -> list[object]:
    extent = mapping(page.value.get("extent"))
    return list(sequence(mapping(extent.get("spatial")).get("bbox")))
