"""Catalogs for the tests of the viewer: written by hand, as anybody's may be."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

HOSTILE = '</script><script>window.hacked = 1</script><img src=x onerror="window.hacked = 2">'
PIXEL = bytes.fromhex(  # a red PNG of one pixel
    "89504e470d0a1a0a0000000d49484452000000010000000108020000009077"
    "53de0000000c4944415408d763f8cfc0000003010100c9fe92ef0000000049454e44ae426082"
)


def box(west: float, south: float, east: float, north: float) -> dict[str, Any]:
    """A polygon with these sides."""
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


def item(item_id: str, geometry: Any = None, when: str | None = None, **more: Any) -> Any:
    """An item document; `more` goes into its properties."""
    return {
        "type": "Feature",
        "stac_version": "1.1.0",
        "id": item_id,
        "geometry": geometry,
        "properties": {"datetime": when, **more},
        "assets": {
            "data": {"href": f"https://example.org/{item_id}.tif", "roles": ["data"]},
        },
        "links": [],
    }


def write(folder: Path, items: Iterable[Any], **fields: Any) -> Path:
    """Write a catalog of these items into a folder, in the layout of itemcat; its catalog.json."""
    links = []
    for document in items:
        name = f"{document['id']}/{document['id']}.json"
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(json.dumps(document), "utf-8")
        links.append({"rel": "item", "href": f"./{name}"})
    root = {
        "type": "Catalog",
        "stac_version": "1.1.0",
        "id": "shown",
        "description": "Shown.",
        "links": links,
        **fields,
    }
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "catalog.json"
    path.write_text(json.dumps(root), "utf-8")
    return path
