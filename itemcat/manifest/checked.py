"""A manifest in any form of JSON, checked in all its parts."""

import json
import re
from collections.abc import Mapping
from typing import Any

from itemcat.errors import UsageError
from itemcat.model import (
    OUTPUTS,
    STAC,
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
_LISTED = {"location": str, "name": str, "size": int, "checksum": str, "etag": str}
_OUTPUT = re.compile(r"(?!\.)[^/\\:]+(?:/(?!\.)[^/\\:]+)*")


def parsed(name: str, text: str) -> Manifest:
    """The manifest in a text. Raises UsageError if it is unusable."""
    try:
        data = json.loads(text, parse_constant=_no_constant)
        if data["itemcat"] != FORMAT:
            raise ValueError(f"has the format {data['itemcat']!r}; this itemcat knows {FORMAT}")
        if not _OUTPUT.fullmatch(data["output"]):
            raise ValueError(f"names the output {data['output']!r}, which is no folder beside it")
        listings = {key: tuple(map(_to_asset, listed)) for key, listed in data["sources"].items()}
        items = {item_id: _to_item(item_id, item) for item_id, item in data["items"].items()}
        outputs = tuple(name for name in OUTPUTS if name in data.get("outputs", (STAC,)))
        records = {key: _to_record(said) for key, said in data.get("records", {}).items()}
    except KeyError as error:
        raise unusable(name, f"lacks {error}") from error
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise unusable(name, f"cannot be used: {error}") from error
    return Manifest(data["output"], listings, items, records, outputs)


def _to_asset(data: str | Mapping[str, Any]) -> Asset:
    fields = {"location": data} if isinstance(data, str) else dict(data)
    if any(type(value) is not _LISTED.get(key) for key, value in fields.items()):
        raise ValueError("lists a file with what none has")
    location = fields["location"]
    is_local = not is_url(location)
    href = None if is_local else location
    return Asset(**{"name": file_name(location), **fields}, href=href, is_local=is_local)


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
    folder = data.get("folder", "")
    check_folder(folder)
    picture = data.get("thumbnail")
    thumbnail = None if picture is None else _digest(picture.removeprefix("sha256:"))
    return KnownItem(_digest(data["file"].removeprefix("sha256:")), assets, folder, thumbnail)


def _to_known(data: Mapping[str, Any]) -> KnownAsset:
    unknown = data.keys() - _KINDS.keys()
    wrong = [key for key, value in data.items() if key in _KINDS and type(value) is not _KINDS[key]]
    if unknown or wrong:
        raise ValueError(f"has an asset with a wrong {', '.join(sorted([*unknown, *wrong]))}")
    check_record(data["record"])
    validators = Validators(data.get("etag"), data.get("last_modified"))
    if "sha256" not in data and validators == Validators():
        raise ValueError("has an asset with neither digest nor validators")
    return KnownAsset(
        location=data["location"] if "location" in data else data["href"],
        href=data.get("href"),
        blob=Blob(_digest(data["sha256"]) if "sha256" in data else None, data["size"], validators),
        reading=Reading.of(data["reader"], data["options"], data["record"]),
    )


def check_folder(folder: str) -> None:
    """Raises ValueError for what is no folder of a sub-catalog."""
    if folder and not all(map(is_safe_id, folder.split("/"))):
        raise ValueError(f"names the folder {folder!r}, which is none below the output")


def check_record(record: Mapping[str, Any]) -> None:
    """Raises ValueError for what is no record."""
    if "geometry" not in record:  # null where it is not known, but always there
        raise ValueError("has a record that no reader made")
    if "thumbnail" in record and not _is_picture(record["thumbnail"]):
        raise ValueError("has a record with a thumbnail that no reader made")


def _is_picture(value: Any) -> bool:
    """Whether it is what a record says of a thumbnail, made or not."""
    if not isinstance(value, dict) or "sha256" not in value:
        return isinstance(value, dict) and isinstance(value.get("missing"), str)
    digest, size = value["sha256"], value.get("size")
    return isinstance(digest, str) and _DIGEST.fullmatch(digest) is not None and type(size) is int


def _digest(text: str) -> str:
    if not _DIGEST.fullmatch(text):
        raise ValueError(f"{text!r} is no SHA-256")
    return text


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def unusable(name: str, what: str) -> UsageError:
    """The error for a manifest that cannot be used."""
    return UsageError(
        name,
        what,
        "restore it from version control, or move it away together with the output folder "
        "to build from scratch",
    )
