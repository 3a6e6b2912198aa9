"""The catalog, and the sub-catalogs of a layout: which links each of them has."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from itemcat.collection import Brief, collection_fields, extensions_of
from itemcat.layout import (
    CATALOG_FILE,
    ROOT_FILES,
    TABLE_FILE,
    catalog_file,
    catalog_folders,
    item_file,
)
from itemcat.model import GEOPARQUET, Document, Publication, Spec
from itemcat.publication import catalog_fields, doi_links
from itemcat.urls import public

JSON = "application/json"
GEOJSON = "application/geo+json"
PARQUET = "application/vnd.apache.parquet"
_TABLE_TITLE = "Items as GeoParquet"


def link(relation: str, href: str, title: str, media_type: str = JSON) -> dict[str, str]:
    """A STAC Link object."""
    return {"rel": relation, "href": href, "type": media_type, "title": title}


def title_of(spec: Spec, folder: str) -> str:
    """The title of the catalog of a folder, empty for the root."""
    return folder or spec.catalog.title


def upward(spec: Spec, folder: str) -> list[dict[str, str]]:
    """The links to root and parent of a document in a folder just below that of its parent."""
    root = ROOT_FILES[spec.catalog.type]
    return [
        link("root", _way_up(folder) + root, spec.catalog.title),
        link("parent", "../" + (CATALOG_FILE if folder else root), title_of(spec, folder)),
    ]


def of_collection(spec: Spec, folder: str) -> list[dict[str, str]]:
    """The link from an item in a folder to its Collection, if it is of one."""
    if spec.catalog.type != "Collection":
        return []
    root = ROOT_FILES[spec.catalog.type]
    return [link("collection", _way_up(folder) + root, spec.catalog.title)]


def _way_up(folder: str) -> str:
    """From a document in a folder of its own, in this folder, up to the output."""
    return "../" * (1 + (folder.count("/") + 1 if folder else 0))


def render_catalogs(
    spec: Spec,
    items: Iterable[tuple[str, str, str]],
    briefs: Sequence[Brief] = (),
    record: Publication | None = None,
) -> Iterator[tuple[str, Document]]:
    """All catalogs with their paths, the root last; `items` are ids, folders and titles, in order.

    `briefs` are what a Collection takes of its items; `record` is the publication that all of it
    comes from, whose licence and DOI the root has.
    """
    listed: dict[str, list[tuple[str, str]]] = {}
    for item_id, folder, title in items:
        listed.setdefault(folder, []).append((item_id, title))
    folders = sorted(catalog_folders(listed), key=lambda folder: (-len(folder), folder))
    children: dict[str, list[str]] = {}
    for folder in sorted(filter(None, folders)):
        children.setdefault(folder.rpartition("/")[0], []).append(folder)
    for folder in folders:
        links = [
            link("item", f"./{item_file(item_id)}", title, GEOJSON)
            for item_id, title in listed.get(folder, ())
        ]
        document = _catalog(spec, folder, children.get(folder, ()), links)
        if not folder:
            _make_root(document, spec, briefs, record)
        yield catalog_file(folder, ROOT_FILES[spec.catalog.type]), document


def _make_root(
    root: Document, spec: Spec, briefs: Sequence[Brief], record: Publication | None
) -> None:
    """Say what only the root says: of the whole catalog, its record, its table of items."""
    root |= catalog_fields(spec.catalog, record)
    root["links"] += doi_links(record) if record else []
    if spec.catalog.type == "Collection":
        root |= {"type": "Collection", **collection_fields(briefs)}
        root |= {"stac_extensions": extensions_of(root)}
    if GEOPARQUET in spec.outputs:
        _add_table(root)


def _add_table(root: Document) -> None:
    """Say where the table of items is: an asset of a Collection, as stac-geoparquet has it.

    A Catalog has no assets, so it links to what its items are in (OGC API - Features, `items`).
    """
    if root["type"] == "Collection":
        asset = {"href": f"./{TABLE_FILE}", "type": PARQUET, "title": _TABLE_TITLE}
        root["assets"] = {"items": {**asset, "roles": ["collection-mirror"]}}
    else:
        root["links"].append(link("items", f"./{TABLE_FILE}", _TABLE_TITLE, PARQUET))


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
    links = [link("root", f"./{ROOT_FILES[spec.catalog.type]}", spec.catalog.title)]
    if spec.catalog.published_url:
        links.append(link("self", public(spec.catalog.published_url), spec.catalog.title))
    return links
