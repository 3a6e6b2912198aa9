"""An edition: all that a build publishes, put together before any of it is written."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from itemcat.catalogs import render_catalogs
from itemcat.collection import Brief, brief_of
from itemcat.columns import identity
from itemcat.files import canonical_json, sha256
from itemcat.layout import (
    ROOT_FILES,
    TABLE_FILE,
    crowded,
    folder_of,
    item_file,
    picture_file,
    refuse_twins,
)
from itemcat.model import GEOPARQUET, Asset, KnownAsset, KnownItem, Manifest, Publication, Spec
from itemcat.naming import NamedItem
from itemcat.render import render_item, title_of
from itemcat.thumbnails import picture_of

NO_KEY = "-"


@dataclass(frozen=True, slots=True)
class Page:
    """One item as it is published: the manifest's entry, its title, and the bytes of its file.

    No data stands for that which is on disk already. `key` is that of what it was rendered from;
    `brief` is what a Collection takes of it.
    """

    known: KnownItem
    title: str
    data: bytes | None
    key: str
    brief: Brief | None = None

    @property
    def leaf(self) -> "Leaf":
        """What an edition takes of it."""
        known, is_fresh = self.known, self.data is not None
        facts = known.file_sha256, known.folder, known.thumbnail
        return Leaf(*facts, self.title, self.key, is_fresh, self.brief)


class Leaf(NamedTuple):
    """A page without what is known of its assets, and without its bytes.

    `digest` is that of its document, which may not be on disk yet if it `is_fresh`; `thumbnail`
    that of its picture, if it has one; `folder` that of its sub-catalog.
    """

    digest: str
    folder: str
    thumbnail: str | None
    title: str
    key: str
    is_fresh: bool
    brief: Brief | None


@dataclass(frozen=True, slots=True)
class Edition:
    """All that a build publishes, by paths below the output, in memory but for the items.

    `manifest` is that of this edition but for its items. `digests` has every document and
    thumbnail, and of the table of items its identity. `keys` has the items, in the spec's order,
    `fresh` the ids of those that may not be on disk yet, `pictures` the thumbnails, `catalogs` the
    documents of the catalogs, the root last; `crowded` are those with too many items, and how many.
    """

    manifest: Manifest
    digests: Mapping[str, str]
    keys: Mapping[str, str]
    fresh: Mapping[str, str]
    pictures: Mapping[str, str]
    catalogs: Mapping[str, bytes]
    crowded: Sequence[tuple[str, int]]

    @property
    def doubtful(self) -> list[str]:
        """What may not be on disk yet, in the order of writing: the table is made of the items."""
        tables = [path for path in (TABLE_FILE,) if path in self.digests]
        return [*self.pictures, *self.fresh, *tables, *self.catalogs]

    @property
    def others(self) -> dict[str, str]:
        """The digests of what is neither an item's document nor its thumbnail."""
        paths = [path for path in (*self.catalogs, TABLE_FILE) if path in self.digests]
        return {path: self.digests[path] for path in paths}

    @property
    def rows(self) -> Iterator[tuple[str, str]]:
        """The items' files with their digests, in the order in which a table has them."""
        return ((path, self.digests[path]) for path in self.keys)


class Keys:
    """The keys of items: digests of all that goes into a document, of spec and manifest."""

    def __init__(self, spec: Spec) -> None:
        catalog = spec.catalog
        name = catalog.id if catalog.type == "Collection" else ""
        shown = (catalog.title, catalog.stac_version, name, spec.layout, spec.read.extensions)
        self._spec = repr((shown, spec.output))
        self._rules: dict[int, tuple[str, bool]] = {}

    def of(self, item: NamedItem, assets: Mapping[str, KnownAsset]) -> str:
        """The key of an item: where it is the same, its document is the same."""
        parts = [item.id]
        for member in item.members:
            rules, asset = member.source.rules, member.asset
            if id(rules) not in self._rules:  # thousands of sources share the spec's own
                text = repr(rules)
                shared = sha256((self._spec + text).encode())
                self._rules[id(rules)] = (shared, "{n" in self._spec + text)
            shared, is_numbered = self._rules[id(rules)]
            place = asset.location if asset.is_local else ""
            number = item.fields["n"] if is_numbered else ""
            parts += (shared, member.key, asset.name, str(asset.href), place, str(number))
            parts.append(asset.checksum or "")  # shown where the file was read remotely
            known = assets[member.key]
            parts += (str(known.blob.sha256), str(known.blob.size), known.reading.line)
        return sha256("\0".join(parts).encode())[:16]


def page(spec: Spec, item: NamedItem, assets: Mapping[str, KnownAsset], key: str) -> Page:
    """The page of an item. Raises RuleError where a rule of the spec does not fit it."""
    document = render_item(spec, item, assets)
    data = canonical_json(document)
    folder = folder_of(spec.layout, item, document["properties"])
    picture = picture_of(assets)
    known = KnownItem(sha256(data), assets, folder, picture.sha256 if picture else None)
    return Page(known, _title(document), data, key, _brief(spec, document))


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
    leaves: Iterable[tuple[str, Leaf]],
    records: Mapping[str, Publication],
    record: Publication | None,
) -> Edition:
    """The edition that consists of these items, by their ids in the spec's order.

    `record` is the one of `records` that the whole catalog is of, if there is one.
    """
    digests: dict[str, str] = {}
    keys: dict[str, str] = {}
    fresh: dict[str, str] = {}
    pictures: dict[str, str] = {}
    shown: list[tuple[str, str, str]] = []
    briefs: list[Brief] = []
    for item_id, leaf in leaves:
        path = item_file(item_id, leaf.folder)
        digests[path], keys[path] = leaf.digest, leaf.key
        if leaf.is_fresh:
            fresh[path] = item_id
        if leaf.thumbnail is not None:
            pictures[picture_file(item_id, leaf.folder)] = leaf.thumbnail
        if leaf.brief is not None:
            briefs.append(leaf.brief)
        shown.append((item_id, leaf.folder, leaf.title))
    counts = Counter(folder for _, folder, _ in shown)
    refuse_twins(counts)
    catalogs = {
        path: canonical_json(document)
        for path, document in render_catalogs(spec, shown, briefs, record)
    }
    if GEOPARQUET in spec.outputs:
        digests |= {TABLE_FILE: identity(digests.items())}
    digests |= pictures | {path: sha256(data) for path, data in catalogs.items()}
    head = Manifest(spec.output, listings, {}, records, spec.outputs)
    full = crowded(counts, ROOT_FILES[spec.catalog.type])
    return Edition(head, digests, keys, fresh, pictures, catalogs, full)
