"""A STAC Item out of the spec and what the manifest knows: no disk, no network, no clock.

Written out here rather than through PySTAC, whose model is the tests' oracle: it takes a tenth of
the time.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from itemcat.catalogs import of_collection, upward
from itemcat.dating import acquired
from itemcat.declared import place
from itemcat.errors import RuleError
from itemcat.extensions import (
    addresses,
    band_fields,
    cube_fields,
    file_fields,
    projection_fields,
    size_fields,
    table_fields,
)
from itemcat.layout import folder_of, picture_file
from itemcat.missions import datetime_rule, implied_by
from itemcat.model import Document, KnownAsset, Record, Spec
from itemcat.naming import NamedAsset, NamedItem, label
from itemcat.scene import shared, together
from itemcat.templates import Fields, TemplateError, fill
from itemcat.thumbnails import KEY, Picture, picture_of
from itemcat.times import Times, rfc3339

# The extensions that describe a file as a whole.
_WHOLE = {"proj": projection_fields, "table": table_fields, "cube": cube_fields}


def render_item(spec: Spec, item: NamedItem, assets: Mapping[str, KnownAsset]) -> Document:
    """One STAC Item; `assets` are by their keys, one for each file of the item.

    Raises RuleError where a rule of the spec does not fit it or gives no date.
    """
    rules, version = item.source.rules, spec.catalog.stac_version
    records = [assets[member.key].reading.record for member in item.members]
    scene = together({label(m.asset): r for m, r in zip(item.members, records, strict=True)})
    try:
        properties = _stated(item)
        rule = rules.datetime or datetime_rule(rules.pattern)
        times = acquired(rule, item.fields, scene, item.label)
        geometry, bbox = place(rules, scene, item.label)
        properties |= _times(times) | _cloud_cover(spec, scene)
        folder = folder_of(spec.layout, item, properties)
        shown = {
            member.key: _asset(spec, member, folder, assets[member.key], record)
            for member, record in zip(item.members, records, strict=True)
        }
    except TemplateError as error:
        raise RuleError(item.label, str(error), _remedy(item)) from error
    for extension, fields_of in _WHOLE.items():
        if extension in spec.read.extensions:
            properties |= _spread([fields_of(version, one) for one in records], shown.values())
    if picture := picture_of(assets):
        shown[KEY] = _thumbnail(spec, item, picture)
    document: Document = {
        "type": "Feature",
        "stac_version": version,
        "id": item.id,
        "geometry": geometry,
        "properties": properties,
        "links": [*upward(spec, folder), *of_collection(spec, folder)],
        "assets": shown,
    }
    if spec.catalog.type == "Collection":
        document["collection"] = spec.catalog.id
    if bbox is not None:
        document["bbox"] = bbox
    document["stac_extensions"] = addresses(version, document)
    return document


def _stated(item: NamedItem) -> dict[str, Any]:
    """What pattern and spec say of an item; the spec's own word counts."""
    rules = item.source.rules
    properties = implied_by(rules.pattern, item.fields)
    properties |= _filled(rules.properties, item.fields)
    if rules.title is not None:
        properties["title"] = fill(rules.title, item.fields)
    return properties


def _spread(found: Sequence[dict[str, Any]], assets: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """The fields that all records have alike; others go into their assets."""
    if len(found) == 1:  # as nearly always
        return found[0]
    alike = shared(found)
    for asset, fields in zip(assets, found, strict=True):
        asset |= {name: fields[name] for name in fields.keys() - alike.keys()}
    return alike


def title_of(item: NamedItem) -> str:
    """How links call an item: its title, else its id. Raises RuleError for an unknown field."""
    rules = item.source.rules
    template = rules.properties.get("title") if rules.title is None else rules.title
    try:
        return str(_filled(template, item.fields) or item.id)
    except TemplateError as error:
        raise RuleError(item.label, str(error), _remedy(item)) from error


def _remedy(item: NamedItem) -> str:
    where = f"see {item.source.place}"
    if len(item.members) == 1:
        return where
    return f"{where}; a field in which the files of an item differ is not the item's"


def _filled(value: Any, fields: Fields) -> Any:
    """The properties of the spec with the templates in their texts filled in."""
    if isinstance(value, str):
        return fill(value, fields)
    if isinstance(value, Mapping):
        return {key: _filled(inner, fields) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_filled(inner, fields) for inner in value]
    return value


def _times(times: Times) -> dict[str, str | None]:
    """STAC common metadata: with a start and an end, `datetime` is null."""
    named = {"datetime": times.instant, "start_datetime": times.start, "end_datetime": times.end}
    shown = {name: rfc3339(moment) for name, moment in named.items() if moment is not None}
    return {"datetime": None, **shown}


def _cloud_cover(spec: Spec, record: Record) -> dict[str, Any]:
    if "eo" in spec.read.extensions and "cloud_cover" in record:
        return {"eo:cloud_cover": record["cloud_cover"]}
    return {}


def _asset(
    spec: Spec, member: NamedAsset, folder: str, known: KnownAsset, record: Record
) -> dict[str, Any]:
    rules, shown = member.source.rules.asset, spec.read.extensions
    words = {
        "title": rules.title and fill(rules.title, member.fields),
        "description": rules.description and fill(rules.description, member.fields),
        "type": record.get("media_type"),
    }
    return {
        "href": known.href or _local_href(spec.output, folder, known.location),
        "roles": list(rules.roles),
        **{name: text for name, text in words.items() if text is not None},
        **band_fields(spec.catalog.stac_version, shown, record),
        **(file_fields(known, member.asset.checksum) if "file" in shown else {}),
    }


def _thumbnail(spec: Spec, item: NamedItem, picture: Picture) -> dict[str, Any]:
    """The asset of an item's thumbnail, which lies beside the document."""
    has_size = "file" in spec.read.extensions
    return {
        "href": f"./{picture_file(item.id).rpartition('/')[2]}",
        "roles": [KEY],
        "title": "Thumbnail",
        "type": "image/png",
        **(size_fields(picture.size, f"sha256:{picture.sha256}") if has_size else {}),
    }


def _local_href(output: str, folder: str, location: str) -> str:
    """The way from an item's document to a file beside the spec, as a relative reference."""
    depth = output.count("/") + 2 + (folder.count("/") + 1 if folder else 0)
    return "../" * depth + quote(location)
