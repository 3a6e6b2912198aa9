"""The page: one HTML text with style, program and data in it, that asks nobody for anything."""

import base64
import hashlib
import html
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import quote

import numpy as np
from numpy.typing import NDArray

from itemcat.files import json_line
from itemcat.viewer import coast
from itemcat.viewer.collection import Collection
from itemcat.viewer.findings import Findings, by_address
from itemcat.viewer.item import Item
from itemcat.viewer.maps import (
    PROJECTIONS,
    Backdrop,
    Drawing,
    Projection,
    backdrop,
    detail,
    draw,
    fitting,
    rim,
)
from itemcat.viewer.rings import Rings

_PROGRAM = ("canvas.js", "chart.js", "timeline.js", "cards.js", "page.js")
_ICON = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E"
    "%3Ccircle cx='8' cy='8' r='8' fill='%230f4c75'/%3E"
    "%3Cpath d='M4 6l7-2 2 6-7 2z' fill='%23ffb703'/%3E%3C/svg%3E"
)


def render(
    collection: Collection,
    address: Callable[[str], str] = quote,
    picture: Callable[[str], str | None] | None = None,
    findings: Findings | str = "",
) -> str:
    """The page of a collection.

    `address` gives the URL of a file by its name in the catalog's folder, `picture` that of a
    thumbnail, or None for one that is not to be shown. By default both are where a Service has
    them. `findings` are those of a check, or where the page has to ask for them.
    """
    has_coast = coast.coast("l") is not None
    notes = [*collection.notes]
    if not has_coast:
        notes.append(f"For coastlines: {coast.HINT}")
    else:
        notes.append("Coastlines: GSHHG")
    data = {
        "notes": notes,
        "items": [_item(item, address, picture or address) for item in collection.items],
        "findings": findings if isinstance(findings, str) else by_address(findings, address),
        **_geography(collection),
    }
    text = json_line(data).replace("<", "\\u003c")  # so that no text can end its element
    style, program = _part("page.css"), "".join(map(_part, _PROGRAM))
    filled = {
        "policy": policy(),
        "icon": _ICON,
        "title": html.escape(collection.title),
        "file": html.escape(collection.name),
        "description": html.escape(collection.description),
        "root": html.escape(address(collection.name)),
        "style": style,
        "program": program,
        "data": text,
    }
    pieces = _part("page.html").split("@@")  # text and names of what goes in, in turns
    return "".join(filled[piece] if n % 2 else piece for n, piece in enumerate(pieces))


@cache
def policy() -> str:
    """The content security policy (https://www.w3.org/TR/CSP3/): nothing comes from elsewhere."""
    style = _digest(_part("page.css"))
    program = _digest("".join(map(_part, _PROGRAM)))
    return (
        f"default-src 'none'; script-src {program}; style-src {style}; img-src 'self' data:; "
        "connect-src 'self'; "
        "base-uri 'none'; form-action 'none'"
    )


@cache
def _part(name: str) -> str:
    return files("itemcat.viewer").joinpath(name).read_text("utf-8")


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _item(
    item: Item, address: Callable[[str], str], picture: Callable[[str], str | None]
) -> dict[str, Any]:
    shown = {
        "id": item.id,
        "title": item.title,
        "start": item.start,
        "end": item.end,
        "when": item.when,
        "facts": item.facts,
        "json": address(item.name),
        "data": item.data,
        "thumbnail": item.thumbnail and picture(item.thumbnail),
    }
    return {key: value for key, value in shown.items() if value is not None}


def _geography(collection: Collection) -> dict[str, Any]:
    """All maps, and to which item each outline belongs."""
    outlines = [(n, ring) for n, item in enumerate(collection.items) for ring in item.rings]
    rings = Rings.of([ring for _, ring in outlines])
    return {
        "owners": _packed(np.array([n for n, _ in outlines], "<u4")),
        "fitting": fitting(rings),
        "order": [projection.key for projection in PROJECTIONS],
        "maps": {projection.key: _map(rings, projection) for projection in PROJECTIONS},
    }


def _map(rings: Rings, projection: Projection) -> dict[str, Any]:
    footprints = draw(rings, projection)
    near = detail(rings, footprints, projection)
    shown = {
        "name": projection.name,
        "crs": projection.crs,
        "rim": _drawing(rim(projection)),
        "whole": _backdrop(backdrop(projection)),
        "footprints": _drawing(footprints),
    }
    if near:
        shown["near"] = {**_backdrop(near[0]), "box": near[1].round().tolist()}
    return shown


def _backdrop(backdrop: Backdrop) -> dict[str, Any]:
    parts = {"land": backdrop.land, "lakes": backdrop.lakes, "grid": backdrop.grid}
    return {key: _drawing(drawing) for key, drawing in parts.items()} | {"labels": backdrop.labels}


def _drawing(drawing: Drawing) -> dict[str, str]:
    return {
        "points": _packed(drawing.points.astype("<f4")),
        "starts": _packed(drawing.starts.astype("<u4")),
        "pen": _packed(drawing.pen.astype("u1")),
        "shown": _packed(drawing.shown.astype("u1")),
    }


def _packed(values: NDArray[Any]) -> str:
    """The bytes of an array in base64: little-endian, row by row."""
    return base64.b64encode(values.tobytes()).decode()
