"""STAC documents held against the official schemas, and read as other programs read them."""

import json
import os
from pathlib import Path
from typing import Any

import pystac
import pytest
from pystac.validation.stac_validator import JsonSchemaSTACValidator


def schemas() -> Path:
    """The folder of STAC schemas by host; skips the test where the environment names none."""
    named = os.environ.get("ITEMCAT_SCHEMAS")
    if not named:
        pytest.skip("ITEMCAT_SCHEMAS names no folder of STAC schemas")
    return Path(named)


def assert_valid(document: dict[str, Any]) -> None:
    """Raise where a document breaks the STAC core schema, or that of an extension it names.

    An extension whose schema the folder lacks is passed over.
    """
    validator = JsonSchemaSTACValidator()
    for host in ("schemas.stacspec.org", "stac-extensions.github.io", "geojson.org", "proj.org"):
        for path in (schemas() / host).rglob("*.json"):
            address = f"https://{path.relative_to(schemas()).as_posix()}"
            validator.schema_cache.setdefault(address, json.loads(path.read_text("utf-8")))
    kinds = {
        "Feature": pystac.STACObjectType.ITEM,
        "Catalog": pystac.STACObjectType.CATALOG,
        "Collection": pystac.STACObjectType.COLLECTION,
    }
    named = [url for url in document.get("stac_extensions", []) if url in validator.schema_cache]
    validator.validate(document, kinds[document["type"]], document["stac_version"], named)


def read_catalog(path: Path) -> pystac.Catalog:
    """The catalog as PySTAC reads it from disk, with all its items loaded."""
    is_collection = json.loads(path.read_bytes())["type"] == "Collection"
    catalog = (pystac.Collection if is_collection else pystac.Catalog).from_file(str(path))
    list(catalog.get_items())
    return catalog
