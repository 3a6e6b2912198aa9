"""STAC documents out of spec and manifest: no disk, no network, no clock, so the same bytes always.

Laid out as PySTAC does it: `catalog.json` and `<id>/<id>.json`, links relative.
"""

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

import pystac

from itemcat.dating import acquired
from itemcat.declared import place
from itemcat.errors import RuleError
from itemcat.extensions import addresses, band_fields, file_fields, projection_fields
from itemcat.missions import datetime_rule, implied_by
from itemcat.model import CatalogFields, Document, KnownAsset, Publication, Record, Spec
from itemcat.naming import NamedItem, label
from itemcat.publication import CITED_AS, catalog_fields
from itemcat.templates import Fields, TemplateError, fill
from itemcat.times import Times, rfc3339
from itemcat.urls import public

CATALOG_FILE = "catalog.json"


def item_file(item_id: str) -> str:
    """The path of an item's document below the output folder, with slashes."""
    return f"{item_id}/{item_id}.json"


def render_item(spec: Spec, item: NamedItem, assets: Mapping[str, KnownAsset]) -> Document:
    """One STAC Item. Raises RuleError where a rule of the spec does not fit it or gives no date."""
    rules = item.source.rules
    asset = assets[rules.asset.key]
    record = asset.reading.record
    try:
        properties = implied_by(rules.pattern, item.fields)
        properties |= _filled(dict(rules.properties), item.fields)
        if rules.title is not None:
            properties["title"] = fill(rules.title, item.fields)
        rule = rules.datetime or datetime_rule(rules.pattern)
        times = acquired(rule, item.fields, record, label(item.asset))
        geometry, bbox = place(rules, record, label(item.asset))
        shown_asset = _asset(spec, item, asset)
    except TemplateError as error:
        raise RuleError(label(item.asset), str(error), f"see {item.source.place}") from error
    version = spec.catalog.stac_version
    properties |= _times(times) | _cloud_cover(spec, record)
    if "proj" in spec.read.extensions:
        properties |= projection_fields(version, record)
    stac_item = pystac.Item(
        id=item.id,
        geometry=geometry,
        bbox=bbox,
        datetime=times.instant,
        properties=properties,
        assets={rules.asset.key: shown_asset},
    )
    for relation in ("root", "parent"):
        stac_item.add_link(_link(relation, f"../{CATALOG_FILE}", spec.catalog.title))
    document = stac_item.to_dict(include_self_link=False, transform_hrefs=False)
    return document | {"stac_version": version, "stac_extensions": addresses(version, document)}


def render_catalog(
    catalog: CatalogFields,
    titles: Iterable[tuple[str, str]],
    record: Publication | None = None,
) -> Document:
    """The STAC Catalog; `titles` are the ids of its items and their titles, in the spec's order.

    `record` is the publication that all of it comes from, whose licence and DOI it has then.
    """
    stac_catalog = pystac.Catalog(
        catalog.id,
        catalog.description,
        catalog.title,
        extra_fields=dict(catalog_fields(record)) if record else None,
    )
    stac_catalog.clear_links()
    stac_catalog.add_link(_link("root", f"./{CATALOG_FILE}", catalog.title))
    if catalog.published_url:
        stac_catalog.add_link(_link("self", public(catalog.published_url), catalog.title))
    if record and record.doi:
        stac_catalog.add_link(pystac.Link(CITED_AS, f"https://doi.org/{quote(record.doi)}"))
    for item_id, title in titles:
        link = pystac.Link("item", f"./{item_file(item_id)}", pystac.MediaType.GEOJSON, title)
        stac_catalog.add_link(link)
    document = stac_catalog.to_dict(include_self_link=True, transform_hrefs=False)
    return document | {"stac_version": catalog.stac_version}


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


def _cloud_cover(spec: Spec, record: Record) -> dict[str, Any]:
    if "eo" in spec.read.extensions and "cloud_cover" in record:
        return {"eo:cloud_cover": record["cloud_cover"]}
    return {}


def _asset(spec: Spec, item: NamedItem, known: KnownAsset) -> pystac.Asset:
    rules = item.source.rules.asset
    shown, record = spec.read.extensions, known.reading.record
    fields = band_fields(spec.catalog.stac_version, shown, record)
    if "file" in shown:
        fields |= file_fields(known)
    return pystac.Asset(
        href=known.href or _local_href(spec.output, known.location),
        title=rules.title and fill(rules.title, item.fields),
        description=rules.description and fill(rules.description, item.fields),
        media_type=record.get("media_type"),
        roles=list(rules.roles),
        extra_fields=fields,
    )


def _local_href(output: str, location: str) -> str:
    """The way from an item's document to a file beside the spec, as a relative reference."""
    return "../" * (output.count("/") + 2) + quote(location)
