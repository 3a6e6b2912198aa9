"""Items that lie in the product's own folder, as the catalog has them for small sets."""

from collections.abc import Mapping
from typing import Any

from itemcat.model import Document
from itemcat.osc.entry import DATA, Entry
from itemcat.osc.links import JSON, Link, link
from itemcat.osc.parts import fields

MOST_INLINE = 600
"""Items of a product beyond which a catalog of their own is asked for."""

_PARENTS = ("collection", "parent")
_TIMES = ("datetime", "start_datetime", "end_datetime")  # which only count together
_ROOTLESS = ("collection", "parent", "root")  # relations whose links of the item catalog go


def inlined(item: Mapping[str, Any], entry: Entry, old: Document | None) -> tuple[Document, Link]:
    """An item as it lies in the product's folder, and the product's link to it.

    `item` is a STAC Item 1.0.0. What is in `old`, the document that is there, beside what the item
    says, stays.
    """
    before: Document = old or {}
    words = item["properties"]
    properties = {
        "license": entry.license,
        "description": words.get("title") or entry.title,
        **words,
    }
    stays = {k: v for k, v in fields(before.get("properties")).items() if k not in _TIMES}
    links = [link(rel, "./collection.json", entry.title, JSON) for rel in _PARENTS]
    kept = [one for one in before.get("links", ()) if one.get("rel") not in _ROOTLESS]
    document: Document = {
        "type": "Feature",
        "stac_version": item["stac_version"],
        "stac_extensions": item["stac_extensions"],
        "id": item["id"],
        "geometry": item["geometry"],
        "bbox": item.get("bbox"),
        "properties": {**stays, **properties},
        "links": [*links, *kept],
        "assets": {**fields(before.get("assets")), **item["assets"]},
        "collection": entry.id,
    }
    if document["bbox"] is None:
        del document["bbox"]
    title = _data_title(item) or words.get("title") or item["id"]
    return {**before, **document}, link("item", f"./{item['id']}.json", title, JSON)


def _data_title(item: Mapping[str, Any]) -> str:
    """The title of its first data asset; empty where it has none."""
    assets = (asset for asset in item["assets"].values() if asset.get("roles") == DATA)
    return next((str(asset.get("title", "")) for asset in assets), "")
