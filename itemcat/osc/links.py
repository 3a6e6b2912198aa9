"""Links of documents: found by what they lead to, and changed only where they are wrong.

A link is the dictionary of a STAC Link object; what others have put into one stays in it.
"""

import posixpath
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from itemcat.model import Document
from itemcat.osc.targets import Target

JSON = "application/json"

Link = dict[str, Any]


def link(rel: str, href: str, title: str, media_type: str | None = None) -> Link:
    """A link in the order of keys that the repository has."""
    middle = {"type": media_type} if media_type else {}
    return {"rel": rel, "href": href, **middle, "title": title}


def led_to(file: str, href: object) -> str:
    """The file of the repository that a link of another file leads to; empty: to none."""
    if not isinstance(href, str) or "://" in href:
        return ""
    return posixpath.normpath(posixpath.join(posixpath.dirname(file), href))


def way(file: str, target: str) -> str:
    """A link's address from one file of the repository to another one."""
    href = posixpath.relpath(target, posixpath.dirname(file))
    return href if href.startswith("../") else f"./{href}"


def related(file: str, target: Target, title: str) -> Link:
    """The link of a product or project to what it is related to, whose title that is."""
    return link("related", way(file, target.file), f"{target.kind.word}: {title}", JSON)


def first(links: Iterable[Mapping[str, Any]], rel: str) -> str:
    """The address of the first link of this relation; empty where there is none."""
    return next((str(one.get("href", "")) for one in links if one.get("rel") == rel), "")


def settled(
    links: Sequence[Link], wanted: Link, file: str, after: Link | None = None
) -> list[Link]:
    """The links, with one of this relation to this very target, of this type and title.

    A new one stands behind the one that leads to where `after` does, or else at the end.
    """
    at = _found(links, wanted, file)
    if at is not None:
        return [*links[:at], {**links[at], **wanted, "href": links[at]["href"]}, *links[at + 1 :]]
    place = None if after is None else _found(links, after, file)
    place = len(links) if place is None else place + 1
    return [*links[:place], wanted, *links[place:]]


def with_items(links: Sequence[Link], wanted: Sequence[Link], file: str) -> list[Link]:
    """The links, with all of these to items, of which there may be many; new ones at the end."""
    lacking = {led_to(file, one["href"]): one for one in wanted}
    found = []
    for one in links:
        right = lacking.pop(led_to(file, one.get("href")), {}) if one.get("rel") == "item" else {}
        found.append({**one, **right})
    return [*found, *lacking.values()]


def _found(links: Sequence[Link], wanted: Link, file: str) -> int | None:
    """The number of the first link of the same relation to the same target."""
    target = led_to(file, wanted["href"])
    for index, one in enumerate(links):
        if one.get("rel") == wanted["rel"] and led_to(file, one.get("href")) == target:
            return index
    return None


def listed(document: Document, file: str, target: str, title: str) -> Document:
    """A document with a child link to another file, after its other children."""
    wanted = link("child", way(file, target), title, JSON)
    children = [one for one in document["links"] if one.get("rel") == "child"]
    last = children[-1] if children else None
    return {**document, "links": settled(document["links"], wanted, file, last)}


def unlisted(document: Document, file: str, target: str) -> Document:
    """A document without child links to another file."""
    kept = [
        one
        for one in document["links"]
        if not (one.get("rel") == "child" and led_to(file, one.get("href")) == target)
    ]
    return {**document, "links": kept}
