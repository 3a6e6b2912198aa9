"""The catalog, and the sub-catalogs of a layout: which links each of them has."""

from collections.abc import Iterable, Mapping
from typing import Any

from itemcat.layout import CATALOG_FILE, TABLE_FILE, catalog_file, catalog_folders, item_file
from itemcat.model import GEOPARQUET, Document, Publication, Spec
from itemcat.publication import catalog_fields, doi_links
from itemcat.urls import public

JSON = "application/json"
GEOJSON = "application/geo+json"
PARQUET = "application/vnd.apache.parquet"


def link(relation: str, href: str, title: str, media_type: str = JSON) -> dict[str, str]:
    """A STAC Link object."""
    return {"rel": relation, "href": href, "type": media_type, "title": title}


def title_of(spec: Spec, folder: str) -> str:
    """The title of the catalog of a folder, empty for the root."""
    return folder or spec.catalog.title


def upward(spec: Spec, folder: str) -> list[dict[str, str]]:
    """The links to root and parent of a document in a folder just below that of its parent."""
    depth = 1 + (folder.count("/") + 1 if folder else 0)
    return [
        link("root", "../" * depth + CATALOG_FILE, spec.catalog.title),
        link("parent", f"../{CATALOG_FILE}", title_of(spec, folder)),
    ]


def render_catalogs(
    spec: Spec, items: Iterable[tuple[str, str, str]], record: Publication | None = None
) -> dict[str, Document]:
    """All catalogs by their paths, the root last; `items` are ids, folders and titles, in order.

    `record` is the publication that all of it comes from, whose licence and DOI the root has.
    """
    links: dict[str, list[dict[str, str]]] = {}
    for item_id, folder, title in items:
        href = f"./{item_file(item_id)}"
        links.setdefault(folder, []).append(link("item", href, title, GEOJSON))
    folders = sorted(catalog_folders(links), key=lambda folder: (-len(folder), folder))
    children: dict[str, list[str]] = {}
    for folder in sorted(filter(None, folders)):
        children.setdefault(folder.rpartition("/")[0], []).append(folder)
    documents = {
        catalog_file(at): _catalog(spec, at, children.get(at, ()), links.get(at, ()))
        for at in folders
    }
    root = documents[CATALOG_FILE]
    if GEOPARQUET in spec.outputs:
        table = link("items", f"./{TABLE_FILE}", "Items as GeoParquet", PARQUET)
        root["links"].insert(len(_root(spec)), table)
    if record:
        root |= catalog_fields(record)
        root["links"] += doi_links(record)
    return documents


def _catalog(
    spec: Spec, folder: str, children: Iterable[str], items: Iterable[Mapping[str, Any]]
) -> Document:
    """One catalog, with links to its sub-catalogs and its items."""
    below = [
        link("child", f"./{child.rpartition('/')[2]}/{CATALOG_FILE}", title_of(spec, child))
        for child in children
    ]
    document: Document = {
        "type": "Catalog",
        "stac_version": spec.catalog.stac_version,
        "id": spec.catalog.id,
        "title": title_of(spec, folder),
        "description": spec.catalog.description,
        "links": [*_root(spec), *below, *items],
    }
    if folder:
        document["id"] = f"{spec.catalog.id}-{folder.replace('/', '-')}"
        document["description"] = f"{spec.catalog.title}: {folder}"
        document["links"] = [*upward(spec, folder.rpartition("/")[0]), *below, *items]
    return document


def _root(spec: Spec) -> list[dict[str, str]]:
    links = [link("root", f"./{CATALOG_FILE}", spec.catalog.title)]
    if spec.catalog.published_url:
        links.append(link("self", public(spec.catalog.published_url), spec.catalog.title))
    return links
