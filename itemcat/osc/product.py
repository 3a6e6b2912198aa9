"""A product's document: a new one, or one that is there, with what is ours brought up to date.

Ours are the fields that spec, record and items say, and the links that follow from them. All else
in a document that is there is somebody's own, and stays.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from itemcat.model import Document
from itemcat.osc.entry import Entry
from itemcat.osc.links import JSON, Link, led_to, link, related, settled, with_items
from itemcat.osc.parts import named, texts
from itemcat.osc.targets import (
    EXPERIMENTS,
    named_by,
    product_file,
    targets_of,
    with_themes,
)

_HOME = "https://stac-extensions.github.io"
OSC = f"{_HOME}/osc/v1.0.0/schema.json"
THEMES = f"{_HOME}/themes/v1.0.0/schema.json"
_CF = f"{_HOME}/cf/v0.2.0/schema.json"
_SCIENTIFIC = f"{_HOME}/scientific/v1.0.0/schema.json"
DOCUMENTATION = "Documentation"  # what the audit looks for, to the letter
_ITEMS = "Items"
_ROOT = link("root", "../../catalog.json", "Open Science Catalog", JSON)
_PARENT = link("parent", "../catalog.json", "Products", JSON)


def product_document(
    entry: Entry,
    titles: Mapping[str, str],
    old: Document | None,
    site: str,
    inline: Sequence[Link] = (),
) -> Document:
    """The product as it should be. `titles` are those of its targets, by their files.

    `old` is the document that is there, `site` the address at which the repository is published
    (empty: not known), and `inline` are the links to items in the product's own folder.
    """
    before: Document = old or {}
    document: Document = {"type": "Collection", "id": entry.id, "stac_version": "1.0.0"}
    document |= before
    fields = _fields(entry, before)
    document |= {key: fields[key] for key in ("type", "id", "description")}
    document["links"] = _links(entry, titles, before, site, inline)
    document["stac_extensions"] = _extensions(before, fields)
    return document | fields


def _fields(entry: Entry, before: Document) -> dict[str, Any]:
    """The fields that are ours, in the order that the repository has."""
    said = entry.said
    fields = {
        "type": "Collection",
        "id": entry.id,
        "description": entry.description,
        "osc:project": said.project,
        "osc:status": said.status,
        "osc:region": said.region,
        "osc:type": "product",
        "osc:experiment": said.experiment,
        "sci:doi": entry.doi,
        "cf:parameter": _parameters(said.parameters, before),
        "themes": with_themes(before, said.themes),
        "osc:variables": list(said.variables),
        "osc:missions": list(said.missions),
        "title": entry.title,
        "extent": entry.extent,
        "license": entry.license,
        "keywords": list(entry.keywords),
    }
    always = ("osc:variables", "osc:missions")  # lists that have to be there, be they empty
    return {key: value for key, value in fields.items() if value or key in always}


def _parameters(names: Sequence[str], before: Document) -> list[dict[str, Any]]:
    """`cf:parameter` with these names; what is there says more of one, such as its unit."""
    old = named(before.get("cf:parameter"), "name")
    return [old.get(name, {"name": name}) for name in names]


def _extensions(before: Document, fields: Mapping[str, Any]) -> list[str]:
    needed = [OSC, THEMES]
    needed += [_CF] if "cf:parameter" in fields else []
    needed += [_SCIENTIFIC] if "sci:doi" in fields else []
    old = texts(before.get("stac_extensions"))
    return [*old, *(one for one in needed if one not in old)]


def _links(
    entry: Entry,
    titles: Mapping[str, str],
    before: Document,
    site: str,
    inline: Sequence[Link],
) -> list[Link]:
    file, said = product_file(entry.id), entry.said
    targets = targets_of(said)
    stays = None if said.experiment else EXPERIMENTS  # as its field does
    gone = {one.file for one in named_by(before) if one.kind is not stays}
    gone -= {one.file for one in targets}
    links = [one for one in before.get("links", ()) if not _is_to(one, file, gone)]
    links = _upward(links, is_new=not before)
    links = _slot(links, "via", "Access", entry.via)
    links = _slot(links, "via", DOCUMENTATION, said.documentation)
    links = links if before else [*links, _PARENT]
    before_it = None
    for target in targets:
        wanted = related(file, target, titles.get(target.file, target.id))
        links, before_it = settled(links, wanted, file, before_it), wanted
    links = _slot(links, "child", _ITEMS, entry.address, JSON)
    links = with_items(links, inline, file)
    links = _slot(links, "cite-as", "DOI", entry.doi and f"https://doi.org/{quote(entry.doi)}")
    links = _slot(links, "example", "Example", said.example)
    links = _slot(links, "visualisation", "Visualisation", said.visualisation)
    if site and not before:
        links.append({"rel": "self", "href": f"{site}/{file}", "type": JSON})
    return links


def _is_to(one: Link, file: str, files: set[str]) -> bool:
    return one.get("rel") == "related" and led_to(file, one.get("href")) in files


def _upward(links: list[Link], *, is_new: bool) -> list[Link]:
    """With the links to root and parent made right; those of a new document are yet to come."""
    right = {"root": _ROOT, "parent": _PARENT}
    fixed = [{**one, **right.get(str(one.get("rel")), {})} for one in links]
    there = {one.get("rel") for one in fixed}
    lacking = [right[rel] for rel in right if rel not in there and not (is_new and rel == "parent")]
    return [*lacking, *fixed]


def _slot(
    links: list[Link], rel: str, title: str, href: str, media_type: str | None = None
) -> list[Link]:
    """The links with one of this relation and title to an address, where there is one.

    One that leads there under another title is left as it is.
    """
    if not href or any((one.get("rel"), one.get("href")) == (rel, href) for one in links):
        return links
    wanted = link(rel, href, title, media_type)
    for index, one in enumerate(links):
        if (one.get("rel"), one.get("title")) == (rel, title):
            return [*links[:index], {**one, **wanted}, *links[index + 1 :]]
    if (rel, title) == ("via", "Access"):  # the audit judges the host of the first one
        at = next((n for n, one in enumerate(links) if one.get("rel") == "via"), len(links))
        return [*links[:at], wanted, *links[at:]]
    return [*links, wanted]
