"""What of a STAC item is shown. Its document may be anybody's, so nothing in it is trusted."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from itemcat.urls import is_url, public
from itemcat.viewer.folder import follow
from itemcat.viewer.rings import Ring, outlines

_IMAGES = (".png", ".webp", ".jpg", ".jpeg")
_PROPERTIES = (  # what is said of an item, by the names of its properties
    ("proj:code", "CRS"),
    ("gsd", "GSD"),
    ("platform", "Platform"),
    ("eo:cloud_cover", "Clouds"),
    ("license", "Licence"),
)
_UNITS = {"gsd": " m", "eo:cloud_cover": " %"}


@dataclass(frozen=True, slots=True)
class Item:
    """An item as the page has it; `name` is its file's, with slashes, below the catalog's folder.

    `start` and `end` are milliseconds since 1970 in UTC, None where they are not known; `when` is
    both in words. `rings` are its outlines in degrees. `facts` are labels with texts. `thumbnail`
    is the name of a picture in the folder, `data` the public address of its first file.
    """

    name: str
    id: str
    title: str
    start: int | None
    end: int | None
    when: str
    rings: tuple[Ring, ...]
    facts: tuple[tuple[str, str], ...]
    thumbnail: str | None
    data: str | None


def item_of(name: str, document: Mapping[str, Any]) -> Item:
    """What is shown of the item document in the file `name`."""
    properties = _mapping(document.get("properties"))
    assets = [one for one in _mapping(document.get("assets")).values() if isinstance(one, dict)]
    data = [one for one in assets if "data" in _list(one.get("roles"))]
    start, end = _times(properties)
    item_id = line(document.get("id")) or name
    return Item(
        name,
        item_id,
        line(properties.get("title")) or item_id,
        _milliseconds(start),
        _milliseconds(end),
        _span(start, end),
        outlines(document.get("geometry"), document.get("bbox")),
        tuple(_facts(properties, data or assets)),
        _thumbnail(name, assets),
        _address(data or assets),
    )


def line(value: object, longest: int = 300) -> str:
    """A text on one line, not too long, without signs that are not shown; empty for no text."""
    text = str(value) if isinstance(value, str | int | float) else ""
    words = " ".join(text[: 2 * longest].split())
    shown = "".join(sign for sign in words if sign.isprintable())
    return shown if len(shown) <= longest else f"{shown[: longest - 1]}…"


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _times(properties: Mapping[str, Any]) -> tuple[datetime | None, datetime | None]:
    instant = _time(properties.get("datetime"))
    start = _time(properties.get("start_datetime")) or instant
    end = _time(properties.get("end_datetime")) or instant
    if start and end and start > end:
        start, end = end, start
    return start or end, end or start


def _time(value: object) -> datetime | None:
    try:
        time = datetime.fromisoformat(value) if isinstance(value, str) else None
        return time and (time if time.tzinfo else time.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _milliseconds(time: datetime | None) -> int | None:
    return None if time is None else round(time.timestamp() * 1000)


def _span(start: datetime | None, end: datetime | None) -> str:
    """Both times in words: the days, or where there is one only, the minutes; empty for none."""
    if start is None or end is None:
        return ""
    if start.date() != end.date():
        return f"{start.date()} – {end.date()}"
    until = "" if f"{start:%H%M}" == f"{end:%H%M}" else f"–{end:%H:%M}"
    return f"{start.date()} {start:%H:%M}{until} UTC"


def _facts(
    properties: Mapping[str, Any], assets: list[dict[str, Any]]
) -> Iterator[tuple[str, str]]:
    asset: Mapping[str, Any] = assets[0] if assets else {}
    shape = properties.get("proj:shape", asset.get("proj:shape"))
    if isinstance(shape, list) and len(shape) == 2 and all(type(n) is int for n in shape):
        yield "Grid", f"{line(shape[1], 20)} × {line(shape[0], 20)} px"
    sizes = [size for one in assets if type(size := one.get("file:size")) is int and size >= 0]
    if sizes:
        yield "Size", _amount(sum(sizes))
    for key, label in _PROPERTIES:
        if text := line(properties.get(key, asset.get(key)), 80):
            yield label, text + _UNITS.get(key, "")
    bands = _list(asset.get("bands")) or _list(asset.get("raster:bands"))
    if bands:
        yield "Bands", str(len(bands))


def _amount(size: float) -> str:
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "B" or size >= 10 else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"


def _thumbnail(name: str, assets: list[dict[str, Any]]) -> str | None:
    for asset in assets:
        if "thumbnail" in _list(asset.get("roles")):
            target = follow(name, asset.get("href"))
            if target and target.lower().endswith(_IMAGES):
                return target
    return None


def _address(assets: list[dict[str, Any]]) -> str | None:
    hrefs = (asset.get("href") for asset in assets)
    return next((public(href) for href in hrefs if isinstance(href, str) and is_url(href)), None)
