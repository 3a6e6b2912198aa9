"""A project that is new to the Open Science Catalog: its document, as long as it is ours alone."""

from collections.abc import Iterable, Mapping
from typing import Any

from itemcat.model import Document
from itemcat.openscience import NewProject
from itemcat.osc.entry import Entry
from itemcat.osc.links import JSON, Link, led_to, link, related, settled
from itemcat.osc.parts import objects, texts
from itemcat.osc.product import OSC, THEMES
from itemcat.osc.targets import (
    PRODUCTS,
    PROJECTS,
    Target,
    product_file,
    targets_of,
    themes_of,
    with_themes,
)
from itemcat.osc.targets import THEMES as THEME

_CONTACTS = "https://stac-extensions.github.io/contacts/v0.1.1/schema.json"
_OFFICER, _MEMBER = "technical_officer", "consortium_member"


def has_products(project: Mapping[str, Any]) -> bool:
    """Whether a project links to any product."""
    return bool(_products(project))


def is_its_own(project: Mapping[str, Any], product_id: str) -> bool:
    """Whether a project has no other product than this one, so that the spec speaks for it."""
    return _products(project) <= {product_file(product_id)}


def _products(project: Mapping[str, Any]) -> set[str]:
    file = Target(PROJECTS, str(project.get("id"))).file
    led = {led_to(file, one.get("href")) for one in project["links"] if one.get("rel") == "child"}
    return {one for one in led if one.startswith(f"{PRODUCTS}/")}


def project_document(
    entry: Entry, new: NewProject, titles: Mapping[str, str], old: Document | None, site: str
) -> Document:
    """The project as the spec describes it; extent and licence are those of its only product.

    What is in `old`, the document that is there, beside that, stays.
    """
    before: Document = old or {}
    mine = [one.id for one in targets_of(entry.said) if one.kind is THEME]
    themes = list(dict.fromkeys((*themes_of(before), *mine)))
    extensions = texts(before.get("stac_extensions"))
    document: Document = {
        "type": "Collection",
        "id": new.id,
        "stac_version": "1.0.0",
        "description": new.description,
        "links": _links(entry, new, titles, before, site),
        "stac_extensions": list(dict.fromkeys((*extensions, OSC, THEMES, _CONTACTS))),
        "osc:status": new.status,
        "themes": with_themes(before, themes),
        "osc:type": "project",
        "contacts": _contacts(new, objects(before.get("contacts"))),
        "title": new.title,
        "extent": entry.extent,
        "license": entry.license,
    }
    return {**before, **document, **_kept(before)}


def _kept(before: Document) -> Document:
    return {key: before[key] for key in ("stac_version",) if key in before}


def _links(
    entry: Entry,
    new: NewProject,
    titles: Mapping[str, str],
    before: Document,
    site: str,
) -> list[Link]:
    file = Target(PROJECTS, new.id).file
    links = before.get("links") or [
        link("root", "../../catalog.json", "Open Science Catalog", JSON),
        link("via", new.via, "Website"),
        link("parent", "../catalog.json", "Projects", JSON),
    ]
    links = [
        {**one, "href": new.via}
        if (one.get("rel"), one.get("title")) == ("via", "Website")
        else one
        for one in links
    ]
    for target in targets_of(entry.said):
        if target.kind is THEME:
            links = settled(links, related(file, target, titles.get(target.file, "")), file)
    if site and not before:
        links.append({"rel": "self", "href": f"{site}/{file}", "type": JSON})
    return links


def _contacts(new: NewProject, there: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The technical officer first, then the consortium, then who was there beside them."""
    officer = new.technical_officer
    emails = [{"value": officer.email}]
    ours: list[dict[str, Any]] = [{"name": officer.name, "emails": emails, "roles": [_OFFICER]}]
    ours += [{"name": name, "roles": [_MEMBER]} for name in new.consortium]
    names = [one["name"] for one in ours]
    others = [
        dict(one)
        for one in there
        if one.get("name") not in names and _OFFICER not in texts(one.get("roles"))
    ]
    return [*ours, *others]
