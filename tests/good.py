"""Good catalogs for tests to break: one that itemcat built, one of another tool's making."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pystac
from project import Project

SPEC = """\
catalog:
  id: lakes
  title: Lakes
  description: Lakes on ice.
output: out
items:
  pattern: "{place}_{start:%Y%m%dT%H%M%S}.tif"
  title: "Lakes of {start:%Y-%m-%d}"
  datetime: "{start}"
  properties: {license: CC-BY-4.0}
  asset: {title: Extents}
assets:
  - files: "*.tif"
    href: https://example.org/lakes/{name}
"""
IDS = tuple(f"ice_2019010{n}T000000" for n in (1, 2, 3))
ITEM, SECOND, _ = (f"{name}/{name}.json" for name in IDS)
Document = dict[str, Any]


def built(project: Project) -> Path:
    """The folder of a catalog of three items, freshly built."""
    project.spec(SPEC)
    for seed, name in enumerate(IDS):
        project.raster(f"{name}.tif", seed, nodata=255)
    project.build()
    return project.folder / "out"


def foreign(folder: Path) -> Path:
    """The folder of a catalog that PySTAC made: a collection in a catalog, items of two assets."""
    catalog = pystac.Catalog("elsewhere", "Made by another tool.", "Elsewhere")
    extent = pystac.Extent(
        pystac.SpatialExtent([[10.0, 50.0, 14.0, 54.0]]),
        pystac.TemporalExtent([[datetime(2020, 1, 1, tzinfo=UTC), None]]),
    )
    collection = pystac.Collection("scenes", "Scenes.", extent, "Scenes", license="CC-BY-4.0")
    catalog.add_child(collection)
    for n in range(3):
        west = 10.0 + n
        ring = [[west, 50], [west + 1, 50], [west + 1, 51], [west, 51], [west, 50]]
        item = pystac.Item(
            f"scene-{n}",
            {"type": "Polygon", "coordinates": [ring]},
            [west, 50, west + 1, 51],
            datetime(2020, 6, 1 + n, tzinfo=UTC),
            {"title": f"Scene {n}"},
        )
        for key in ("red", "nir"):
            href = f"https://example.org/{n}/{key}.tif"
            asset = pystac.Asset(href, key.upper(), None, pystac.MediaType.COG, ["data"])
            item.add_asset(key, asset)
        collection.add_item(item)
    catalog.normalize_and_save(str(folder), pystac.CatalogType.SELF_CONTAINED)
    return folder


def edit(path: Path, change: Callable[[Document], Any]) -> None:
    """Change a document on disk."""
    document = json.loads(path.read_bytes())
    change(document)
    path.write_text(json.dumps(document), "utf-8")
