"""What an item says, fact by fact, and where each comes from. Fetches, reads and writes nothing."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from itemcat.errors import UsageError
from itemcat.messenger import Messenger
from itemcat.model import Document
from itemcat.naming import NamedItem, id_template, label
from itemcat.options import Options
from itemcat.origin import Origins
from itemcat.places import Places
from itemcat.render import render_item
from itemcat.spec.lines import Lines
from itemcat.survey import Survey, survey
from itemcat.thumbnails import picture_in

_WIDEST = 44  # characters of a value on a line
_OF_FILES = ("proj:", "table:", "cube:")  # what describes a file as a whole
_TIMES = ("datetime", "start_datetime", "end_datetime")


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact: its path in the item, its value, and its origin in words."""

    path: str
    value: Any
    origin: str


def explain(item_id: str, spec: Path, cache_dir: Path | None = None) -> list[Fact]:
    """The facts of a built item, as the spec shows them now.

    Raises UsageError for an item that is not there, or has not been built yet.
    """
    places = Places.of(spec, cache_dir)
    with Messenger(places.cache, places.cache.say, offline=True) as messenger:
        found = survey(places, Options(offline=True, dry_run=True, cache_dir=cache_dir), messenger)
    item = _item(found, item_id)
    known = found.old.items.get(item_id)
    if known is None or known.assets.keys() != {member.key for member in item.members}:
        raise UsageError(item_id, "has not been built yet", "run `itemcat build`")
    document = render_item(found.spec, item, known.assets)
    lines, sources = Lines.of(found.spec.path), found.spec.sources
    origins = {
        m.key: Origins(item, m, known.assets[m.key], lines, sources.index(m.source))
        for m in item.members
    }
    return list(_facts(document, origins))


def as_text(item_id: str, facts: list[Fact]) -> Iterator[str]:
    """The facts in aligned columns; long values are cut short."""
    yield item_id
    shown = [(fact.path, _short(fact.value), fact.origin) for fact in facts]
    wide = max(len(path) for path, _, _ in shown)
    wider = max(len(value) for _, value, _ in shown)
    for path, value, origin in shown:
        yield f"  {path:<{wide}}  {value:<{wider}}  {origin}"


def as_json(item_id: str, facts: list[Fact]) -> dict[str, Any]:
    """The facts with their whole values."""
    listed = [{"fact": fact.path, "value": fact.value, "from": fact.origin} for fact in facts]
    return {"item": item_id, "facts": listed}


def _item(found: Survey, item_id: str) -> NamedItem:
    items = {item.id: item for item in found.named if isinstance(item, NamedItem)}
    if item_id in items:
        return items[item_id]
    near = get_close_matches(item_id, items, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]}?" if near else "`itemcat status -v` names every item"
    raise UsageError(item_id, "there is no item of this id", hint)


def _facts(document: Document, every: Mapping[str, Origins]) -> Iterator[Fact]:
    """The facts of the item by its first file, and those of each asset by its own."""
    origins = next(iter(every.values()))
    item, properties = origins.item, document["properties"]
    yield Fact("id", item.id, origins.rule("id", template=id_template(item.source.rules)))
    yield Fact("geometry", document["geometry"], origins.geometry())
    if "bbox" in document:
        yield Fact("bbox", document["bbox"], origins.geometry())
    for name in _TIMES:
        if properties.get(name) is not None:
            yield Fact(f"properties.{name}", properties[name], origins.time(name))
    for name, value in properties.items():
        if name not in _TIMES:
            yield Fact(f"properties.{name}", value, _property(name, value, origins))
    for key, asset in document["assets"].items():
        if key in every:
            yield from _asset_facts(f"assets.{key}", asset, every[key])
        else:  # the thumbnail, which is no file of the spec
            origin = next(own for own in every.values() if picture_in(own.known.reading))
            for name, value in asset.items():
                yield Fact(f"assets.{key}.{name}", value, origin.thumbnail(name))
    for own in every.values():
        for warning in own.record.get("warnings", ()):
            yield Fact("warning", warning, f"the reader, of {label(own.member.asset)}")


def _property(name: str, value: Any, origins: Origins) -> str:
    if name.startswith(_OF_FILES):
        return origins.whole(name)
    if name == "eo:cloud_cover" and "cloud_cover" in origins.record:
        return "the file: its tag CLOUDCOVER"
    return origins.prop(name, value)


def _asset_facts(path: str, asset: Mapping[str, Any], origins: Origins) -> Iterator[Fact]:
    rules = origins.member.source.rules.asset
    of: dict[str, Callable[[], str]] = {
        "href": origins.href,
        "type": lambda: "the reader: what kind of file the bytes are",
        "roles": lambda: origins.rule("asset", "roles"),
        "title": lambda: origins.rule("asset", "title", template=rules.title),
        "description": lambda: origins.rule("asset", "description", template=rules.description),
        "file:size": lambda: origins.file("file:size"),
        "file:checksum": lambda: origins.file("file:checksum"),
    }
    for name, value in asset.items():
        if name in of:
            yield Fact(f"{path}.{name}", value, of[name]())
        elif name.startswith(_OF_FILES):
            yield Fact(f"{path}.{name}", value, origins.whole(name))
    for key in ("bands", "eo:bands", "raster:bands"):
        for number, band in enumerate(asset.get(key, ())):
            for name, value in band.items():
                yield Fact(f"{path}.{key}[{number}].{name}", value, origins.band(name))


def _short(value: Any) -> str:
    if isinstance(value, Mapping) and "coordinates" in value:
        return f"{value['type']} of {_points(value['coordinates'])} points"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _WIDEST else text[: _WIDEST - 1] + "…"


def _points(coordinates: Any) -> int:
    """How many positions there are in the rings of a geometry."""
    if coordinates and isinstance(coordinates[0], int | float):
        return 1
    return sum(_points(inner) for inner in coordinates)
