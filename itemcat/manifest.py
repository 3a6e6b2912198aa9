"""The manifest on disk: made for diffs and merges, checked like any file that others may write.

Items are sorted by id, every field stands on a line of its own and a record on one, and nothing
in it changes that did not change in the catalog.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from itemcat.errors import UsageError
from itemcat.files import json_line
from itemcat.model import (
    Asset,
    Blob,
    KnownAsset,
    KnownItem,
    Manifest,
    Publication,
    Reading,
    Validators,
)
from itemcat.naming import is_safe_id
from itemcat.urls import file_name, is_url

FORMAT = 1
_CONFLICT = re.compile(r"^(<{7}|\|{7}|={7}|>{7})(?: |$)", re.MULTILINE)
_DIGEST = re.compile(r"[0-9a-f]{64}")
_KINDS = {
    "location": str,
    "href": str,
    "sha256": str,
    "size": int,
    "etag": str,
    "last_modified": str,
    "reader": str,
    "options": dict,
    "record": dict,
}
_OUTPUT = re.compile(r"(?!\.)[^/\\:]+(?:/(?!\.)[^/\\:]+)*")


def parse(name: str, data: bytes) -> Manifest:
    """The manifest in the bytes of the file called `name`. Raises UsageError if it is unusable."""
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise _broken(name, "is not UTF-8") from error
    if _CONFLICT.search(text):
        return _merged(name, text)
    return _parsed(name, text)


def dump(manifest: Manifest) -> bytes:
    """The bytes of the manifest's file."""
    lines = ["{", f'  "itemcat": {FORMAT},', f'  "output": {json_line(manifest.output)},']
    lines += _block(2, "sources", (_listing(*pair) for pair in sorted(manifest.listings.items())))
    lines[-1] += ","
    if manifest.records:
        lines += _block(2, "records", (_said(*pair) for pair in sorted(manifest.records.items())))
        lines[-1] += ","
    lines += _block(2, "items", (_item(*pair) for pair in sorted(manifest.items.items())))
    return "\n".join([*lines, "}", ""]).encode()


def _block(
    indent: int, name: str, children: Iterable[list[str]], brackets: str = "{}"
) -> list[str]:
    """The lines of a named object or array whose children are lines themselves."""
    margin = " " * indent
    inner: list[str] = []
    for child in children:
        if inner:
            inner[-1] += ","
        inner += child
    head = f"{margin}{json_line(name)}: {brackets[0]}"
    return [head, *inner, margin + brackets[1]] if inner else [head + brackets[1]]


def _listing(name: str, assets: tuple[Asset, ...]) -> list[str]:
    return _block(4, name, ([f"      {json_line(_listed(asset))}"] for asset in assets), "[]")


def _listed(asset: Asset) -> str | dict[str, Any]:
    """One file of a listing: its address or path, and what its publisher declared, if anything."""
    declared = {"size": asset.size, "checksum": asset.checksum}
    shown = {key: value for key, value in declared.items() if value is not None}
    return {"location": asset.location, **shown} if shown else asset.location


def _said(name: str, record: Publication) -> list[str]:
    shown = ((key, value) for key, value in asdict(record).items() if value)
    return _block(4, name, ([f'      "{key}": {json_line(value)}'] for key, value in shown))


def _item(item_id: str, item: KnownItem) -> list[str]:
    assets = _block(6, "assets", (_known(*pair) for pair in sorted(item.assets.items())))
    return _block(4, item_id, [[f'      "file": "sha256:{item.file_sha256}"'], assets])


def _known(key: str, asset: KnownAsset) -> list[str]:
    fields = {
        "location": asset.location,
        "href": asset.href,
        "sha256": asset.blob.sha256,
        "size": asset.blob.size,
        "etag": asset.blob.validators.etag,
        "last_modified": asset.blob.validators.last_modified,
        "reader": asset.reading.reader,
        "options": dict(asset.reading.options),
        "record": asset.reading.record,
    }
    if asset.href == asset.location:
        del fields["location"]
    shown = ((name, value) for name, value in fields.items() if value is not None)
    return _block(8, key, ([f'          "{name}": {json_line(value)}'] for name, value in shown))


def _parsed(name: str, text: str) -> Manifest:
    try:
        data = json.loads(text, parse_constant=_no_constant)
        if data["itemcat"] != FORMAT:
            raise ValueError(f"has the format {data['itemcat']!r}; this itemcat knows {FORMAT}")
        if not _OUTPUT.fullmatch(data["output"]):
            raise ValueError(f"names the output {data['output']!r}, which is no folder beside it")
        listings = {key: tuple(map(_to_asset, listed)) for key, listed in data["sources"].items()}
        items = {item_id: _to_item(item_id, item) for item_id, item in data["items"].items()}
        records = {key: _to_record(said) for key, said in data.get("records", {}).items()}
    except KeyError as error:
        raise _broken(name, f"lacks {error}") from error
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise _broken(name, f"cannot be used: {error}") from error
    return Manifest(data["output"], listings, items, records)


def _to_asset(data: str | Mapping[str, Any]) -> Asset:
    fields = {"location": data} if isinstance(data, str) else dict(data)
    location = fields["location"]
    is_local = not is_url(location)
    href = None if is_local else location
    return Asset(name=file_name(location), href=href, is_local=is_local, **fields)


def _to_record(data: Mapping[str, Any]) -> Publication:
    lists = {key: data.get(key, []) for key in ("providers", "keywords")}
    texts = {key: value for key, value in data.items() if key not in lists}
    kinds = {"providers": dict, "keywords": str}
    is_sound = all(isinstance(text, str) for text in texts.values()) and all(
        isinstance(listed, list) and all(isinstance(one, kinds[key]) for one in listed)
        for key, listed in lists.items()
    )
    if not is_sound:
        raise ValueError("has a record that no repository gave")
    fields: dict[str, Any] = {**texts, **{key: tuple(listed) for key, listed in lists.items()}}
    return Publication(**fields)


def _to_item(item_id: str, data: Mapping[str, Any]) -> KnownItem:
    if not is_safe_id(item_id):
        raise ValueError(f"the item id {item_id!r} is no file name")
    assets = {key: _to_known(asset) for key, asset in data["assets"].items()}
    return KnownItem(_digest(data["file"].removeprefix("sha256:")), assets)


def _to_known(data: Mapping[str, Any]) -> KnownAsset:
    unknown = data.keys() - _KINDS.keys()
    wrong = [key for key, value in data.items() if key in _KINDS and type(value) is not _KINDS[key]]
    if unknown or wrong:
        raise ValueError(f"has an asset with a wrong {', '.join(sorted([*unknown, *wrong]))}")
    if not {"shape", "bands", "geometry"} <= data["record"].keys():
        raise ValueError("has a record that no reader made")
    validators = Validators(data.get("etag"), data.get("last_modified"))
    return KnownAsset(
        location=data["location"] if "location" in data else data["href"],
        href=data.get("href"),
        blob=Blob(_digest(data["sha256"]), data["size"], validators),
        reading=Reading(data["reader"], data["options"], data["record"]),
    )


def _digest(text: str) -> str:
    if not _DIGEST.fullmatch(text):
        raise ValueError(f"{text!r} is no SHA-256")
    return text


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def _merged(name: str, text: str) -> Manifest:
    """What both sides of a merge conflict say, where they agree; what one has alone is kept."""
    try:
        ours, theirs = (_parsed(name, side) for side in _sides(text))
    except UsageError as error:
        raise _conflict(name, "it cannot be taken apart") from error
    same_output = ours.output == theirs.output
    differing = [
        key
        for key in ours.items.keys() & theirs.items.keys()
        if ours.items[key] != theirs.items[key]
    ]
    if differing or not same_output:
        raise _conflict(name, f"both sides changed {', '.join(sorted(differing)[:5]) or 'output'}")
    agreed = {k: v for k, v in ours.listings.items() if theirs.listings.get(k, v) == v}
    missing = {k: v for k, v in theirs.listings.items() if k not in ours.listings}
    said = {k: v for k, v in ours.records.items() if theirs.records.get(k, v) == v}
    others = {k: v for k, v in theirs.records.items() if k not in ours.records}
    items = {**ours.items, **theirs.items}
    return Manifest(ours.output, agreed | missing, items, said | others)


def _sides(text: str) -> tuple[str, str]:
    """The text as either branch had it (git's conflict style `merge` or `diff3`)."""
    sides: tuple[list[str], list[str]] = ([], [])
    now = (True, True)
    for line in text.splitlines():
        found = _CONFLICT.match(line)
        if found is None:
            for wanted, side in zip(now, sides, strict=True):
                if wanted:
                    side.append(line)
            continue
        marks = {"<": (True, False), "|": (False, False), "=": (False, True), ">": (True, True)}
        now = marks[line[0]]
    return "\n".join(sides[0]), "\n".join(sides[1])


def _conflict(name: str, why: str) -> UsageError:
    return UsageError(
        name,
        f"has the marks of a merge conflict, and {why}",
        "take one side (`git checkout --ours` or `--theirs` with this file), then run "
        "`itemcat build`: it does what is missing",
    )


def _broken(name: str, what: str) -> UsageError:
    return UsageError(
        name,
        what,
        "restore it from version control, or move it away together with the output folder "
        "to build from scratch",
    )
