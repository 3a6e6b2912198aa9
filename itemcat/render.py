"""STAC documents out of spec and manifest: no disk, no network, no clock, so the same bytes always.

STAC 1.1.0 with projection 2.0, raster 2.0, eo 2.0 and file 2.1; laid out as PySTAC does it:
`catalog.json` and `<id>/<id>.json`, links relative.
"""

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

import pystac

from itemcat.dating import acquired
from itemcat.errors import RuleError
from itemcat.model import CatalogFields, Document, KnownAsset, Record, Spec
from itemcat.naming import NamedItem, label
from itemcat.templates import Fields, TemplateError, fill
from itemcat.times import Times, rfc3339

CATALOG_FILE = "catalog.json"
STAC_VERSION = "1.1.0"
_EXTENSIONS = {
    "proj": "https://stac-extensions.github.io/projection/v2.0.0/schema.json",
    "raster": "https://stac-extensions.github.io/raster/v2.0.0/schema.json",
    "eo": "https://stac-extensions.github.io/eo/v2.0.0/schema.json",
    "file": "https://stac-extensions.github.io/file/v2.1.0/schema.json",
}
# Which extension of the spec shows which fields of a band; the second name is the record's.
_BAND_FIELDS = {
    "eo": {
        "name": "name",
        "description": "description",
        "eo:center_wavelength": "center_wavelength",
        "eo:full_width_half_max": "full_width_half_max",
    },
    "raster": {
        "data_type": "data_type",
        "nodata": "nodata",
        "unit": "unit",
        "statistics": "statistics",
        "raster:sampling": "sampling",
        "raster:bits_per_sample": "bits_per_sample",
        "raster:scale": "scale",
        "raster:offset": "offset",
        "raster:histogram": "histogram",
    },
}


def item_file(item_id: str) -> str:
    """The path of an item's document below the output folder, with slashes."""
    return f"{item_id}/{item_id}.json"


def render_item(spec: Spec, item: NamedItem, assets: Mapping[str, KnownAsset]) -> Document:
    """One STAC Item. Raises RuleError where a rule of the spec does not fit it or gives no date."""
    rules = item.source.rules
    asset = assets[rules.asset.key]
    record = asset.reading.record
    try:
        properties = _filled(dict(rules.properties), item.fields)
        if rules.title is not None:
            properties["title"] = fill(rules.title, item.fields)
        times = acquired(rules.datetime, item.fields, record, label(item.asset))
        shown_asset = _asset(spec, item, asset)
    except TemplateError as error:
        raise RuleError(label(item.asset), str(error), f"see {item.source.place}") from error
    properties |= _times(times) | _projection(spec, record) | _cloud_cover(spec, record)
    stac_item = pystac.Item(
        id=item.id,
        geometry=record.get("geometry"),
        bbox=record.get("bbox"),
        datetime=times.instant,
        properties=properties,
        assets={rules.asset.key: shown_asset},
    )
    for relation in ("root", "parent"):
        stac_item.add_link(_link(relation, f"../{CATALOG_FILE}", spec.catalog.title))
    document = stac_item.to_dict(include_self_link=False, transform_hrefs=False)
    return document | {"stac_version": STAC_VERSION, "stac_extensions": _extensions(document)}


def render_catalog(catalog: CatalogFields, titles: Iterable[tuple[str, str]]) -> Document:
    """The STAC Catalog; `titles` are the ids of its items and their titles, in the spec's order."""
    stac_catalog = pystac.Catalog(catalog.id, catalog.description, catalog.title)
    stac_catalog.clear_links()
    stac_catalog.add_link(_link("root", f"./{CATALOG_FILE}", catalog.title))
    if catalog.published_url:
        stac_catalog.add_link(_link("self", catalog.published_url, catalog.title))
    for item_id, title in titles:
        link = pystac.Link("item", f"./{item_file(item_id)}", pystac.MediaType.GEOJSON, title)
        stac_catalog.add_link(link)
    document = stac_catalog.to_dict(include_self_link=True, transform_hrefs=False)
    return document | {"stac_version": STAC_VERSION}


def title_of(document: Mapping[str, Any]) -> str:
    """How links call an item: its title, else its id."""
    return str(document["properties"].get("title") or document["id"])


def _link(relation: str, href: str, title: str) -> pystac.Link:
    return pystac.Link(relation, href, pystac.MediaType.JSON, title)


def _filled(value: Any, fields: Fields) -> Any:
    """The properties of the spec with the templates in their texts filled in."""
    if isinstance(value, str):
        return fill(value, fields)
    if isinstance(value, Mapping):
        return {key: _filled(inner, fields) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_filled(inner, fields) for inner in value]
    return value


def _times(times: Times) -> dict[str, str]:
    """STAC common metadata: with a start and an end, `datetime` is null."""
    bounds = {"start_datetime": times.start, "end_datetime": times.end}
    return {name: rfc3339(moment) for name, moment in bounds.items() if moment is not None}


def _projection(spec: Spec, record: Record) -> dict[str, Any]:
    """The fields of the projection extension; what needs a CRS is left out where there is none."""
    if "proj" not in spec.read.extensions:
        return {}
    fields: dict[str, Any] = {"proj:shape": record["shape"]}
    crs = record.get("crs", {})
    fields |= {f"proj:{name}": crs[name] for name in ("code", "wkt2") if name in crs}
    if crs and "transform" in record:
        ring = _outline(record["transform"], record["shape"])
        xs, ys = zip(*ring, strict=True)
        fields["proj:transform"] = [*record["transform"], 0.0, 0.0, 1.0]
        fields["proj:bbox"] = [min(xs), min(ys), max(xs), max(ys)]
        fields["proj:geometry"] = {"type": "Polygon", "coordinates": [ring]}
    return fields


def _outline(transform: list[float], shape: list[int]) -> list[list[float]]:
    """The closed outline of a grid in its CRS, from the corner of the last row and first column."""
    a, b, c, d, e, f = transform
    rows, columns = shape
    corners = [(0, rows), (columns, rows), (columns, 0), (0, 0), (0, rows)]
    return [[a * col + b * row + c, d * col + e * row + f] for col, row in corners]


def _cloud_cover(spec: Spec, record: Record) -> dict[str, Any]:
    if "eo" in spec.read.extensions and "cloud_cover" in record:
        return {"eo:cloud_cover": record["cloud_cover"]}
    return {}


def _asset(spec: Spec, item: NamedItem, known: KnownAsset) -> pystac.Asset:
    rules = item.source.rules.asset
    fields: dict[str, Any] = {}
    if bands := _bands(spec, known.reading.record):
        fields["bands"] = bands
    if "file" in spec.read.extensions:
        # A multihash: 0x12 is SHA-256, 0x20 its length in bytes (file extension, file:checksum).
        fields |= {"file:size": known.blob.size, "file:checksum": f"1220{known.blob.sha256}"}
    return pystac.Asset(
        href=known.href or _local_href(spec.output, known.location),
        title=rules.title and fill(rules.title, item.fields),
        description=rules.description and fill(rules.description, item.fields),
        media_type=known.reading.record.get("media_type"),
        roles=list(rules.roles),
        extra_fields=fields,
    )


def _bands(spec: Spec, record: Record) -> list[dict[str, Any]]:
    shown = {
        name: key
        for extension, names in _BAND_FIELDS.items()
        if extension in spec.read.extensions
        for name, key in names.items()
    }
    bands = [
        {name: band[key] for name, key in shown.items() if key in band}
        for band in record.get("bands", [])
    ]
    return bands if any(bands) else []


def _local_href(output: str, location: str) -> str:
    """The way from an item's document to a file beside the spec, as a relative reference."""
    return "../" * (output.count("/") + 2) + quote(location)


def _extensions(document: Document) -> list[str]:
    """The extensions whose fields the document has, wherever they stand in it."""
    assets = document["assets"].values()
    bands = [band for asset in assets for band in asset.get("bands", [])]
    used = {
        field.partition(":")[0]
        for part in (document["properties"], *assets, *bands)
        for field in part
    }
    return sorted(url for prefix, url in _EXTENSIONS.items() if prefix in used)
