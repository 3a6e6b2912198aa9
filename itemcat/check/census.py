"""What is seen only over many documents: names that occur twice, links and extents that disagree.

Of every document it keeps the id and the hrefs of its assets, of catalogs also titles and extents.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from itemcat.check.addresses import Kind, target
from itemcat.check.documents import Visit
from itemcat.check.extent import Span, covers, intervals
from itemcat.check.finding import Finding, Spot
from itemcat.check.geojson import Box, box
from itemcat.check.kinds import found
from itemcat.check.page import COLLECTION, ITEM, Page, mapping, moment, sequence, shown, text


@dataclass(frozen=True, slots=True)
class _Known:
    """What is remembered of a catalog or collection."""

    id: str
    title: str
    boxes: tuple[Box, ...]
    spans: tuple[Span, ...]


class Census:
    """Sees every document once, those above before those below."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._home = ""
        self._version = ""
        self._is_mixed = False
        self._known: dict[str, _Known] = {}
        self._ids: dict[tuple[str, str], str] = {}
        self._files: dict[str, str] = {}
        self._hrefs: dict[str, str] = {}
        self._claims: list[tuple[str, str, str]] = []  # documents, and the parents that they claim

    def seen(self, page: Page, visit: Visit, home: str) -> Iterator[Finding]:
        """What a document says otherwise than those before it."""
        self._home = home
        if page.kind != ITEM:
            self._known[page.file] = _known(page)
        yield from self._names(page)
        yield from self._link_titles(page, visit)
        yield from self._above(page, visit)
        if page.kind == ITEM:
            yield from self._assets(page)

    def done(self, listers: Mapping[str, Collection[str]]) -> Iterator[Finding]:
        """What shows when all documents were seen: parents that do not know their children."""
        for file, path, parent in self._claims:
            if parent not in listers[file]:
                what = f"the parent link leads to {parent}, which does not list this document"
                yield found("link-parent", file, Spot(path, what))

    def _names(self, page: Page) -> Iterator[Finding]:
        scope = text(page.value.get("collection")) if page.kind == ITEM else page.kind
        other = self._ids.setdefault((scope, page.id), page.file)
        if other != page.file and page.id:
            yield found("id-twice", page.file, Spot("id", f"{shown(page.id)} is that of {other}"))
        other = self._files.setdefault(page.file.lower(), page.file)
        if other != page.file:
            what = f"differs from {other} in nothing but upper and lower case"
            yield found("names-differ-in-case", page.file, Spot("", what))
        self._version = self._version or page.version
        if page.version != self._version and not self._is_mixed:
            self._is_mixed = True
            what = f"is {shown(page.version)}, and the root's is {shown(self._version)}"
            yield found("stac-versions-mixed", page.file, Spot("stac_version", what))

    def _link_titles(self, page: Page, visit: Visit) -> Iterator[Finding]:
        """Titles of links that are not those of the documents they lead to."""
        if visit.title and visit.title != page.title:
            what = f"is {shown(visit.title)}, and {page.file} is called {shown(page.title)}"
            yield found("link-title", visit.by, Spot(f"{visit.path}.title", what))
        for path, link in page.links():
            title = text(link.get("title"))
            known = self._leads_to(page, link.get("href")) if title else None
            is_up = link.get("rel") in ("root", "parent", "collection", "self")
            if known and is_up and title != known.title:
                what = f"is {shown(title)}, and the document is called {shown(known.title)}"
                yield found("link-title", page.file, Spot(f"{path}.title", what))

    def _above(self, page: Page, visit: Visit) -> Iterator[Finding]:
        """Links to root, parent and collection that lead elsewhere."""
        for path, link in page.links():
            to = target(text(link.get("href")), page.file, self._home)
            if to.kind is not Kind.FILE:
                continue
            if link.get("rel") == "root" and to.file != self._root:
                what = f"the root link leads to {to.file}, not to {self._root}"
                yield found("link-root", page.file, Spot(path, what))
            if link.get("rel") == "parent" and visit.by and to.file != visit.by:
                self._claims.append((page.file, path, to.file))
        if page.kind == ITEM:
            yield from self._collection(page)

    def _collection(self, page: Page) -> Iterator[Finding]:
        for path, link in page.links():
            if link.get("rel") != "collection":
                continue
            known = self._leads_to(page, link.get("href"))
            said = text(page.value.get("collection"))
            if known is None:
                continue
            if said and said != known.id:
                what = f"leads to {shown(known.id)}, and `collection` is {shown(said)}"
                yield found("link-collection", page.file, Spot(path, what))
            else:
                yield from _outside(page, known)

    def _assets(self, page: Page) -> Iterator[Finding]:
        for path, _, asset in page.assets():
            href = text(asset.get("href"))
            to = target(href, page.file, self._home)
            key = to.file if to.kind is Kind.FILE else href
            if to.kind is Kind.OUTSIDE or not key:
                continue
            other = self._hrefs.setdefault(key, f"{page.file} {path}")
            if other != f"{page.file} {path}":
                what = f"is also that of {other}"
                yield found("href-twice", page.file, Spot(f"{path}.href", what))

    def _leads_to(self, page: Page, href: object) -> _Known | None:
        return self._known.get(target(text(href), page.file, self._home).file)


def _known(page: Page) -> _Known:
    extent = mapping(page.value.get("extent")) if page.kind == COLLECTION else {}
    values = sequence(mapping(extent.get("spatial")).get("bbox"))
    boxes = tuple(one for value in values if (one := box(value)))
    return _Known(page.id, page.title, boxes[:1], tuple(intervals(page))[:1])


def _outside(page: Page, known: _Known) -> Iterator[Finding]:
    """An item that its collection's extent, the overall one, does not cover."""
    place = box(page.value.get("bbox"))
    if place and known.boxes and not covers(known.boxes[0], place):
        what = f"is not within the extent of its collection {shown(known.id)}"
        yield found("extent-misses-item", page.file, Spot("bbox", what))
    instant = moment(page.properties.get("datetime"))
    start = moment(page.properties.get("start_datetime")) or instant
    end = moment(page.properties.get("end_datetime")) or instant
    if start and end and known.spans and not known.spans[0].covers(Span(start, end)):
        what = f"is not within the interval of its collection {shown(known.id)}"
        yield found("extent-misses-item", page.file, Spot("properties", what))
