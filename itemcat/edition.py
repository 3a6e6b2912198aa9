"""An edition: the manifest and the documents that a build publishes, put together in memory."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from itemcat.files import canonical_json, sha256
from itemcat.model import Asset, KnownAsset, KnownItem, Manifest, Publication, Spec
from itemcat.naming import NamedItem
from itemcat.render import CATALOG_FILE, item_file, render_catalog, render_item, title_of


@dataclass(frozen=True, slots=True)
class Page:
    """One item as it is published: the manifest's entry, the bytes of its file, and its title."""

    known: KnownItem
    data: bytes
    title: str


@dataclass(frozen=True, slots=True)
class Edition:
    """All that a build publishes. `documents` are bytes by path below the output, catalog last."""

    manifest: Manifest
    documents: Mapping[str, bytes]


def page(spec: Spec, item: NamedItem, asset: KnownAsset) -> Page:
    """The page of an item. Raises RuleError where a rule of the spec does not fit it."""
    assets = {item.source.rules.asset.key: asset}
    document = render_item(spec, item, assets)
    data = canonical_json(document)
    return Page(KnownItem(sha256(data), assets), data, title_of(document))


def standing_page(known: KnownItem, data: bytes) -> Page:
    """The page that an item had before, out of the bytes of its file."""
    return Page(known, data, title_of(json.loads(data)))


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
    titles = [(item_id, page.title) for item_id, page in pages.items()]
    documents = {item_file(item_id): page.data for item_id, page in pages.items()}
    documents[CATALOG_FILE] = canonical_json(render_catalog(spec.catalog, titles, record))
    items = {item_id: page.known for item_id, page in pages.items()}
    return Edition(Manifest(spec.output, listings, items, records), documents)
