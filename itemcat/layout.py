"""Where documents lie below the output folder, as PySTAC lays them out; paths have slashes.

Without a layout all items are the root catalog's: `catalog.json`, `<id>/<id>.json`. A layout such
as `{year}/{month}` puts each into a sub-catalog: `2019/02/catalog.json`, `2019/02/<id>/<id>.json`.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from itemcat.errors import RuleError
from itemcat.naming import NamedItem, is_safe_id
from itemcat.templates import fill

CATALOG_FILE = "catalog.json"
TABLE_FILE = "items.parquet"
"""All items as one table, beside the root catalog."""
ROOT_FILES = {"Catalog": CATALOG_FILE, "Collection": "collection.json"}
"""The file of the root by its type; what is below it are catalogs."""

TIMES = ("year", "month", "day")
"""The fields that a layout has beside those of the item: its time's, or its first time's."""

MOST_ITEMS = 5000
"""Items of one catalog: its file has less than a megabyte, which git and browsers bear well."""

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


def item_file(item_id: str, folder: str = "") -> str:
    """The path of an item's document; `folder` is that of its sub-catalog, empty for the root."""
    return f"{folder}/{item_id}/{item_id}.json" if folder else f"{item_id}/{item_id}.json"


def picture_file(item_id: str, folder: str = "") -> str:
    """The path of an item's thumbnail, beside its document."""
    return f"{item_file(item_id, folder).removesuffix('.json')}.png"


def catalog_file(folder: str, root: str = CATALOG_FILE) -> str:
    """The path of the catalog of a folder, empty for that of the root, whose file is `root`."""
    return f"{folder}/{CATALOG_FILE}" if folder else root


def above(folder: str) -> Iterator[str]:
    """A folder and those above it, up to the root, which is empty."""
    while folder:
        yield folder
        folder = folder.rpartition("/")[0]
    yield ""


def catalog_folders(folders: Iterable[str]) -> set[str]:
    """The folders of all catalogs that items in these folders need; the root is always there."""
    return {"", *(part for folder in set(folders) for part in above(folder))}


def crowded(counts: Mapping[str, int], root: str) -> list[tuple[str, int]]:
    """The catalogs with too many items, given how many lie in each folder: files and numbers."""
    return [
        (catalog_file(at, root), counts[at]) for at in sorted(counts) if counts[at] > MOST_ITEMS
    ]


def refuse_twins(folders: Iterable[str]) -> None:
    """Raises RuleError for folders that are one on macOS and Windows."""
    seen: dict[str, str] = {}
    for folder in sorted(catalog_folders(folders)):
        other = seen.setdefault(folder.lower(), folder)
        if other != folder:
            what = f"gives the folders {other} and {folder}, which differ in case only"
            raise RuleError("layout", what, "use another field in `layout:`")


def folder_of(layout: str | None, item: NamedItem, properties: Mapping[str, Any]) -> str:
    """The folder of an item's sub-catalog. `properties` are the item's, with its times.

    Raises TemplateError for an unknown field, RuleError for a place that is none everywhere.
    """
    if layout is None:
        return ""
    moment = str(properties.get("datetime") or properties.get("start_datetime"))
    given = dict(zip(TIMES, moment[:10].split("-"), strict=True))
    folder = fill(layout, {**given, **item.fields}, lambda text: _UNSAFE.sub("_", text))
    if not all(map(is_safe_id, folder.split("/"))):
        what = f"its place by `layout:`, {folder[:80]!r}, is not safe as folders on every system"
        raise RuleError(item.label, what, "use fields whose values are plain names")
    return folder
