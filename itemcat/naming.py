"""Which items there are: every asset of the spec with its id, its public address and its fields."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from urllib.parse import quote

from itemcat.errors import ItemcatError, Problems, RuleError, SpecError
from itemcat.missions import match_name
from itemcat.model import Asset, ItemRules, Source
from itemcat.templates import Fields, TemplateError, Value, fill
from itemcat.urls import public

LONGEST_ID = 150  # characters; folder and file of an item then fit the 260 that Windows takes

OF_A_FILE = ("name", "stem", "path")
"""The fields that belong to a file alone, and not to an item of several."""

_MOST_CLASHES = 20  # that an error names
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_SAFE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*")
_DEVICE = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class NamedAsset:
    """One file of an item: its key there, where it comes from, and what its name says."""

    key: str
    source: Source
    asset: Asset
    fields: Fields


@dataclass(frozen=True, slots=True)
class NamedItem:
    """One item to be: its files in the spec's order, and the fields that they have alike.

    The rules of its first file's entry are those of the item.
    """

    id: str
    members: tuple[NamedAsset, ...]
    fields: Fields

    @property
    def source(self) -> Source:
        """The entry whose rules count for the item."""
        return self.members[0].source

    @property
    def label(self) -> str:
        """How the item is called in messages: by its first file."""
        return label(self.members[0].asset)


@dataclass(frozen=True, slots=True)
class Unnamed:
    """An asset that the spec's rules do not fit, and why.

    `id` is that of the item it was part of in the last build, or else the asset's label.
    """

    id: str
    source: Source
    asset: Asset
    error: ItemcatError


_Named = tuple[Source, Asset, Fields]
"""A file with what its name says, before it is part of an item."""


def name_items(listed: Iterable[tuple[Source, Sequence[Asset]]]) -> list[NamedItem | Unnamed]:
    """The items in the spec's order. Raises Problems where two of them have the same id.

    Files whose entries have a `group` make one item with those of the same group, in the place of
    the first of them.
    """
    places: dict[str | int, list[_Named] | Unnamed] = {}
    for source, assets in listed:
        for asset in assets:
            found = _read(source, asset)
            if isinstance(found, Unnamed):
                places[len(places)] = found
                continue
            group = found[2].get("group")
            place = len(places) if group is None else str(group)
            together = places.get(place)
            if isinstance(together, list):
                together.append(found)
            else:
                places[place] = [found]
    named = [
        place if isinstance(place, Unnamed) else _item(place, n)
        for n, place in enumerate(places.values(), start=1)
    ]
    _refuse_clashes([item for item in named if isinstance(item, NamedItem)])
    return named


def id_template(rules: ItemRules) -> str:
    """The template of an item's id, which is by default its group or the stem of its one file."""
    if rules.id is not None:
        return rules.id
    return "{stem}" if rules.group is None else "{group}"


def is_safe_id(text: str) -> bool:
    """Whether an id is a file name, and no surprise, on every system."""
    return bool(
        _SAFE.fullmatch(text)
        and len(text) <= LONGEST_ID
        and not text.endswith(".")
        and not _DEVICE.fullmatch(text)
        and text.lower() not in ("catalog.json", "collection.json", "items.parquet")
    )


def label(asset: Asset) -> str:
    """How an asset is called in messages: its address without secrets, or its local path."""
    return public(asset.location)


def _read(source: Source, asset: Asset) -> _Named | Unnamed:
    """A file with the fields of its name, and of the group it belongs to, if any."""
    try:
        fields = _fields(source, asset)
        if source.rules.group is not None:
            group = _UNSAFE.sub("_", fill(source.rules.group, fields))
            fields = {**fields, "group": group}
    except (TemplateError, RuleError) as error:
        return Unnamed(label(asset), source, asset, _at(source, asset, error))
    return source, asset, fields


def _item(files: Sequence[_Named], n: int) -> NamedItem | Unnamed:
    """The item of these files, or the first of them with the reason why there is none."""
    source, asset, _ = files[0]
    try:
        members = tuple(_member(*file, n) for file in files)
        if len(members) == 1 and source.rules.group is None:
            fields = members[0].fields
        else:
            fields = {**_alike([fields for _, _, fields in files]), "n": n}
            _refuse_same_key(members)
        return NamedItem(_id(source, asset, fields), members, fields)
    except (TemplateError, RuleError) as error:
        return Unnamed(label(asset), source, asset, _at(source, asset, error))


def _member(source: Source, asset: Asset, fields: Fields, n: int) -> NamedAsset:
    fields = {**fields, "n": n}
    href = asset.href if source.href is None else public(fill(source.href, fields, _quoted))
    asset = asset if href == asset.href else replace(asset, href=href)
    key = source.rules.asset.key
    return NamedAsset(fill(key, fields) if "{" in key else key, source, asset, fields)


def _alike(every: Sequence[Fields]) -> Fields:
    """The fields in which the files of an item agree, as far as they have them."""
    found: dict[str, Value] = {}
    differing = set(OF_A_FILE)
    for fields in every:
        for name, value in fields.items():
            if found.setdefault(name, value) != value:
                differing.add(name)
    return {name: value for name, value in found.items() if name not in differing}


def _refuse_same_key(members: Sequence[NamedAsset]) -> None:
    seen: dict[str, NamedAsset] = {}
    for member in members:
        other = seen.setdefault(member.key, member)
        if other is not member:
            raise RuleError(
                label(member.asset),
                f"has the asset key {member.key!r} in its item, and so has {label(other.asset)}",
                'tell them apart, as in `asset: {key: "{band}"}`',
            )


def _at(source: Source, asset: Asset, error: TemplateError | RuleError) -> RuleError:
    if isinstance(error, RuleError):
        return error
    return RuleError(label(asset), str(error), f"see {source.place}")


def _fields(source: Source, asset: Asset) -> dict[str, Value]:
    given: dict[str, Value] = {"name": asset.name, "stem": _stem(asset.name)}
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
    text = fill(id_template(source.rules), fields, lambda value: _UNSAFE.sub("_", value))
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
    addresses: dict[str, NamedAsset] = {}
    clashes = []
    for item in items:
        other = ids.setdefault(item.id.lower(), item)
        if other is not item:
            clashes.append(_clash(other, item))
        for member in item.members:
            twin = addresses.setdefault(label(member.asset), member)
            if twin.asset.location != member.asset.location:
                clashes.append(_twins(twin, member))
    if clashes:
        raise Problems(tuple(clashes[:_MOST_CLASHES]))


def _twins(first: NamedAsset, second: NamedAsset) -> SpecError:
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
        f"two items have the id {second.id!r}: {first.label} ({first.source.place}) "
        f"and {second.label}",
        'give one of them an `id:` of its own, or number all with `items: {id: "item_{n}"}`',
    )
