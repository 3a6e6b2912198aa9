"""Which items there are: every asset of the spec with its id, its public address and its fields."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from urllib.parse import quote

from itemcat.errors import ItemcatError, Problems, RuleError, SpecError
from itemcat.missions import match_name
from itemcat.model import Asset, Source
from itemcat.templates import Fields, TemplateError, Value, fill
from itemcat.urls import public

LONGEST_ID = 150  # characters; folder and file of an item then fit the 260 that Windows takes

_MOST_CLASHES = 20  # that an error names
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_SAFE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*")
_DEVICE = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class NamedItem:
    """One item to be: where it comes from, and what its asset's name says."""

    id: str
    source: Source
    asset: Asset
    fields: Fields


@dataclass(frozen=True, slots=True)
class Unnamed:
    """An asset that the spec's rules do not fit, and why."""

    source: Source
    asset: Asset
    error: ItemcatError


def name_items(listed: Iterable[tuple[Source, Sequence[Asset]]]) -> list[NamedItem | Unnamed]:
    """The items in the spec's order. Raises Problems where two of them have the same id."""
    pairs = [(source, asset) for source, assets in listed for asset in assets]
    named = [_named(source, asset, n) for n, (source, asset) in enumerate(pairs, start=1)]
    _refuse_clashes([item for item in named if isinstance(item, NamedItem)])
    return named


def is_safe_id(text: str) -> bool:
    """Whether an id is a file name, and no surprise, on every system."""
    return bool(
        _SAFE.fullmatch(text)
        and len(text) <= LONGEST_ID
        and not text.endswith(".")
        and not _DEVICE.fullmatch(text)
        and text.lower() != "catalog.json"
    )


def label(asset: Asset) -> str:
    """How an asset is called in messages: its address without secrets, or its local path."""
    return public(asset.location)


def _named(source: Source, asset: Asset, n: int) -> NamedItem | Unnamed:
    try:
        fields = _fields(source, asset, n)
        href = asset.href if source.href is None else public(fill(source.href, fields, _quoted))
        asset = asset if href == asset.href else replace(asset, href=href)
        return NamedItem(_id(source, asset, fields), source, asset, fields)
    except TemplateError as error:
        fault = RuleError(label(asset), str(error), f"see {source.place}")
        return Unnamed(source, asset, fault)
    except RuleError as error:
        return Unnamed(source, asset, error)


def _fields(source: Source, asset: Asset, n: int) -> Fields:
    given: dict[str, Value] = {"name": asset.name, "stem": _stem(asset.name), "n": n}
    if asset.is_local:
        given["path"] = asset.location
    elif bucket := source.bucket:
        given["path"] = bucket.path(asset.location)
    pattern = source.rules.pattern
    if pattern is None:
        return given
    found = match_name(pattern, asset.name)
    if found is None:
        raise RuleError(
            label(asset),
            f"the file name {asset.name!r} does not match the pattern {pattern!r}",
            "correct `pattern:`, or give this asset a `pattern:` of its own; {name} is text, "
            "{name:%Y%m%d} a date, and everything else must stand as it is",
        )
    return {**found, **given}


def _stem(name: str) -> str:
    """The name without its last suffix, as pathlib has it."""
    stem, _, suffix = name.rpartition(".")
    return stem if stem and suffix else name


def _id(source: Source, asset: Asset, fields: Fields) -> str:
    text = fill(source.rules.id, fields, lambda value: _UNSAFE.sub("_", value))
    if is_safe_id(text):
        return text
    raise RuleError(
        label(asset),
        f"the item id {text[:80]!r} is not safe as a file name on every system",
        f"give an `id:` of letters, digits, '-', '_' and '.', at most {LONGEST_ID} characters long",
    )


def _quoted(value: str) -> str:
    """The text of a field as it stands in an address (RFC 3986); the slashes of a path stay."""
    return quote(value, safe="/-._~")


def _refuse_clashes(items: Sequence[NamedItem]) -> None:
    """Ids that differ in case only are one file on macOS and Windows; addresses, once public."""
    ids: dict[str, NamedItem] = {}
    addresses: dict[str, NamedItem] = {}
    clashes = []
    for item in items:
        other = ids.setdefault(item.id.lower(), item)
        if other is not item:
            clashes.append(_clash(other, item))
        other = addresses.setdefault(label(item.asset), item)
        if other.asset.location != item.asset.location:
            clashes.append(_twins(other, item))
    if clashes:
        raise Problems(tuple(clashes[:_MOST_CLASHES]))


def _twins(first: NamedItem, second: NamedItem) -> SpecError:
    return SpecError(
        str(second.source.place),
        f"without what looks like a secret, this address is that of {first.source.place}: "
        f"{label(second.asset)}",
        "a query with names such as key, token or session is never written, so the two would be "
        "one asset; give addresses that differ otherwise, or download them and use `files:`",
    )


def _clash(first: NamedItem, second: NamedItem) -> SpecError:
    return SpecError(
        str(second.source.place),
        f"two items have the id {second.id!r}: {label(first.asset)} ({first.source.place}) "
        f"and {label(second.asset)}",
        'give one of them an `id:` of its own, or number all with `items: {id: "item_{n}"}`',
    )
