"""The form of the manifest: items sorted by id, a field a line, a record on one line.

Nothing in it changes that did not change in the catalog.
"""

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from functools import lru_cache
from json.encoder import encode_basestring
from typing import Any

from itemcat.files import json_line
from itemcat.manifest.checked import FORMAT
from itemcat.model import STAC, Asset, KnownAsset, KnownItem, Manifest, Publication
from itemcat.urls import file_name


def dump(manifest: Manifest) -> bytes:
    """The bytes of the manifest's file."""
    return b"".join(pieces(manifest, (entry(*pair) for pair in sorted(manifest.items.items()))))


def pieces(manifest: Manifest, entries: Iterable[bytes]) -> Iterator[bytes]:
    """The same, an item a piece; the `entries` of all items, sorted by id, stand for its own."""
    lines = ["{", f'  "itemcat": {FORMAT},', f'  "output": {json_line(manifest.output)},']
    if manifest.outputs != (STAC,):
        lines.append(f'  "outputs": {json_line(manifest.outputs)},')
    lines += _block(2, "sources", (_listing(*pair) for pair in sorted(manifest.listings.items())))
    if manifest.records:
        lines[-1] += ","
        lines += _block(2, "records", (_said(*pair) for pair in sorted(manifest.records.items())))
    yield "\n".join([*lines[:-1], f'{lines[-1]},\n  "items": {{']).encode()
    separator, end = b"\n", b"}\n}\n"
    for piece in entries:
        yield separator + piece
        separator, end = b",\n", b"\n  }\n}\n"
    yield end


def entry(item_id: str, item: KnownItem) -> bytes:
    """An item in the manifest, without the comma after it."""
    return "\n".join(_item(item_id, item)).encode()


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
    """One file of a listing: its address or path, and what its publisher declared, if anything.

    Its name is there where the address does not end in it.
    """
    name = asset.name if asset.name != file_name(asset.location) else None
    declared = {"name": name, "size": asset.size, "checksum": asset.checksum, "etag": asset.etag}
    shown = {key: value for key, value in declared.items() if value is not None}
    return {"location": asset.location, **shown} if shown else asset.location


def _said(name: str, record: Publication) -> list[str]:
    shown = ((key, value) for key, value in asdict(record).items() if value)
    return _block(4, name, ([f'      "{key}": {json_line(value)}'] for key, value in shown))


def _item(item_id: str, item: KnownItem) -> list[str]:
    lines = [f"    {encode_basestring(item_id)}: {{", f'      "file": "sha256:{item.file_sha256}",']
    if item.thumbnail:
        lines.append(f'      "thumbnail": "sha256:{item.thumbnail}",')
    if item.folder:
        lines.append(f'      "folder": {json_line(item.folder)},')
    if item.assets:
        lines.append('      "assets": {')
        for key, asset in sorted(item.assets.items()):
            lines += _known(key, asset)
        lines[-1] = "        }"  # no comma after the last one
        lines.append("      }")
    else:
        lines.append('      "assets": {}')
    return [*lines, "    }"]


def _known(key: str, asset: KnownAsset) -> list[str]:
    """The lines of an asset with a comma after it; the record's is there already."""
    blob, reading = asset.blob, asset.reading
    lines = (
        f"        {encode_basestring(key)}: {{",
        _text("location", asset.location if asset.location != asset.href else None),
        _text("href", asset.href),
        _text("sha256", blob.sha256),
        f'          "size": {blob.size},',
        _text("etag", blob.validators.etag),
        _text("last_modified", blob.validators.last_modified),
        _text("reader", reading.reader),
        f'          "options": {_options(tuple(sorted(reading.options.items())))},',
        f'          "record": {reading.line}',
        "        },",
    )
    return [line for line in lines if line]


def _text(name: str, text: str | None) -> str:
    """The line of a text; empty for none."""
    return "" if text is None else f'          "{name}": {encode_basestring(text)},'


@lru_cache(maxsize=64)
def _options(pairs: tuple[tuple[str, str], ...]) -> str:
    """The options of a reading, of which a catalog has one or two, as JSON."""
    return json_line(dict(pairs))
