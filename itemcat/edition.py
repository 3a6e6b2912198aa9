"""An edition: the manifest and the documents that a build publishes, put together in memory."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from itemcat.catalogs import render_catalogs
from itemcat.collection import Brief, brief_of
from itemcat.columns import identity
from itemcat.files import canonical_json, sha256
from itemcat.layout import TABLE_FILE, folder_of, item_file, picture_file, refuse_twins
from itemcat.model import GEOPARQUET, Asset, KnownAsset, KnownItem, Manifest, Publication, Spec
from itemcat.naming import NamedItem
from itemcat.render import render_item, title_of
from itemcat.thumbnails import picture_of

NO_KEY = "-"

Data = Callable[[], bytes]
"""Gives the bytes of a document."""

Keep = Callable[[bytes], Data]
"""Takes the bytes of a document to give them back later."""


@dataclass(frozen=True, slots=True)
class Page:
    """One item as it is published: the manifest's entry, its title, and the bytes of its file.

    No data stands for that which is on disk already. `key` is that of what it was rendered from;
    `brief` is what a Collection takes of it.
    """

    known: KnownItem
    title: str
    data: Data | None
    key: str
    brief: Brief | None = None


@dataclass(frozen=True, slots=True)
class Edition:
    """All that a build publishes, by paths below the output, catalogs after items, the root last.

    `digests` has every document and thumbnail, and of the table of items its identity; `documents`
    has those that may not be on disk yet. `keys` has the items, in the spec's order, `pictures` the
    thumbnails.
    """

    manifest: Manifest
    digests: Mapping[str, str]
    documents: Mapping[str, Data]
    keys: Mapping[str, str]
    pictures: Mapping[str, str]

    @property
    def doubtful(self) -> list[str]:
        """What may not be on disk yet, in the order of writing: the table is made of the items."""
        items = [path for path in self.documents if path in self.keys]
        tables = [path for path in (TABLE_FILE,) if path in self.digests]
        catalogs = [path for path in self.documents if path not in self.keys]
        return [*self.pictures, *items, *tables, *catalogs]

    @property
    def catalogs(self) -> dict[str, str]:
        """The digests of what is neither an item's document nor its thumbnail."""
        others = self.digests.keys() - self.keys.keys() - self.pictures.keys()
        return {path: self.digests[path] for path in others}

    @property
    def rows(self) -> list[tuple[str, str]]:
        """The items' files with their digests, in the order in which a table has them."""
        return [(path, self.digests[path]) for path in self.keys]


def in_memory(data: bytes) -> Data:
    """The simplest way to keep a document."""
    return lambda: data


class Keys:
    """The keys of items: digests of all of a spec that goes into a document beside its record."""

    def __init__(self, spec: Spec) -> None:
        catalog = spec.catalog
        name = catalog.id if catalog.type == "Collection" else ""
        shown = (catalog.title, catalog.stac_version, name, spec.layout, spec.read.extensions)
        self._spec = repr((shown, spec.output))
        self._rules: dict[int, tuple[str, bool]] = {}

    def of(self, item: NamedItem) -> str:
        """The key of an item: where it is the same, and so is what is known of its assets, its
        document is the same."""
        parts = [item.id]
        for member in item.members:
            rules, asset = member.source.rules, member.asset
            if id(rules) not in self._rules:  # thousands of sources share the spec's own
                text = repr(rules)
                shared = sha256((self._spec + text).encode())
                self._rules[id(rules)] = (shared, "{n" in text)
            shared, is_numbered = self._rules[id(rules)]
            place = asset.location if asset.is_local else ""
            number = item.fields["n"] if is_numbered else ""
            parts += (shared, member.key, asset.name, str(asset.href), place, str(number))
            parts.append(asset.checksum or "")  # shown where the file was read remotely
        return sha256("\0".join(parts).encode())[:16]


def page(
    spec: Spec, item: NamedItem, assets: Mapping[str, KnownAsset], key: str, keep: Keep
) -> Page:
    """The page of an item. Raises RuleError where a rule of the spec does not fit it."""
    document = render_item(spec, item, assets)
    data = canonical_json(document)
    folder = folder_of(spec.layout, item, document["properties"])
    picture = picture_of(assets)
    known = KnownItem(sha256(data), assets, folder, picture.sha256 if picture else None)
    return Page(known, _title(document), keep(data), key, _brief(spec, document))


def unchanged_page(
    spec: Spec, item: NamedItem, before: KnownItem, assets: Mapping[str, KnownAsset], key: str
) -> Page:
    """The page of an item whose document stands on disk as it would be rendered now."""
    is_listed = spec.catalog.type == "Collection"
    brief = brief_of(render_item(spec, item, assets)) if is_listed else None
    return Page(before, title_of(item), None, key, brief)


def _title(document: Mapping[str, Any]) -> str:
    """How links call an item, as `render.title_of` does without its document."""
    return str(document["properties"].get("title") or document["id"])


def _brief(spec: Spec, document: Mapping[str, Any]) -> Brief | None:
    return brief_of(document) if spec.catalog.type == "Collection" else None


def standing_page(spec: Spec, known: KnownItem, data: bytes) -> Page:
    """The page that an item had before, out of the bytes of its file."""
    document = json.loads(data)
    return Page(known, _title(document), None, NO_KEY, _brief(spec, document))


def make_edition(
    spec: Spec,
    listings: Mapping[str, tuple[Asset, ...]],
    pages: Mapping[str, Page],
    records: Mapping[str, Publication],
    record: Publication | None,
) -> Edition:
    """The edition that consists of these pages, by item id in the spec's order.

    `record` is the one of `records` that the whole catalog is of, if there is one.
    """
    refuse_twins({page.known.folder for page in pages.values()})
    paths = {item_id: item_file(item_id, page.known.folder) for item_id, page in pages.items()}
    shown = ((item_id, page.known.folder, page.title) for item_id, page in pages.items())
    briefs = [page.brief for page in pages.values() if page.brief is not None]
    catalogs = {
        path: canonical_json(document)
        for path, document in render_catalogs(spec, shown, briefs, record).items()
    }
    items = {item_id: page.known for item_id, page in pages.items()}
    digests = {paths[item_id]: page.known.file_sha256 for item_id, page in pages.items()}
    pictures = {
        picture_file(item_id, page.known.folder): page.known.thumbnail
        for item_id, page in pages.items()
        if page.known.thumbnail is not None
    }
    fresh = {paths[i]: page.data for i, page in pages.items() if page.data is not None}
    tables = {TABLE_FILE: identity(digests.items())} if GEOPARQUET in spec.outputs else {}
    return Edition(
        Manifest(spec.output, listings, items, records, spec.outputs),
        digests | pictures | tables | {path: sha256(data) for path, data in catalogs.items()},
        fresh | {path: in_memory(data) for path, data in catalogs.items()},
        {paths[item_id]: page.key for item_id, page in pages.items()},
        pictures,
    )
