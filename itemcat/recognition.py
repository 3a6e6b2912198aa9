"""What a set of file names has in common: a ready pattern, or one with dates that fits them all."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from itemcat.missions import READY, match_name
from itemcat.templates import TemplateError

# As ISO 8601 has it, basic or extended. What stands apart from the day is no time of it.
_MOMENT = re.compile(
    r"""(?<!\d)(?:19|20)\d\d(?P<dash>[-_.]?)\d\d(?P=dash)\d\d
    (?P<time>(?P<join>[Tt]?)\d\d(?P<colon>[-_.]?)\d\d(?P=colon)\d\d)?(?!\d)""",
    re.VERBOSE,
)
# How names of data end; of as many of one kind as of another, the first counts.
_DATA = (
    *(".tif", ".tiff", ".jp2", ".img", ".nc", ".zarr.zip", ".h5", ".hdf5", ".hdf"),
    *(".gpkg", ".shp.zip", ".fgb", ".geoparquet", ".parquet", ".geojson"),
)
_SEPARATORS = "_-. "
_VARYING = ("before", "between", "after")  # the fields beside the dates, by their place
_LONGEST = timedelta(days=1)  # from a start to an end; else the second may be that of processing


@dataclass(frozen=True, slots=True)
class Recognised:
    """A pattern that fits every name, and the rule for their times (none for ready patterns)."""

    pattern: str
    times: tuple[str, ...] = ()


def data_end(names: Sequence[str]) -> str:
    """How the names of most data files among these end, as they write it; empty without any."""
    found = Counter(
        name[-len(end) :] for name in names for end in _DATA if name.lower().endswith(end)
    )
    return min(found, key=lambda end: (-found[end], _DATA.index(end.lower()), end), default="")


def recognised(names: Sequence[str]) -> Recognised | None:
    """The pattern by which each name gives a time; None where nothing fits them all."""
    missions = [ready for ready in READY if ready != "dates"]
    for pattern in missions:
        if _fits(pattern, names):
            return Recognised(pattern)
    own = _own_pattern(names) if len(names) > 1 else None
    if own is not None:
        return own
    return Recognised("dates") if _fits("dates", names) else None


def _fits(pattern: str, names: Sequence[str]) -> bool:
    try:
        return bool(names) and all(match_name(pattern, name) is not None for name in names)
    except TemplateError:  # two products or dates in one name
        return False


def _own_pattern(names: Sequence[str]) -> Recognised | None:
    """A pattern with the one date, or the start and the end, that all names have in one form."""
    parts = [_taken_apart(name) for name in names]
    formats = parts[0][1]
    if len(formats) not in (1, 2) or any(found != formats for _, found in parts):
        return None
    fields = ("start", "end")[: len(formats)]
    varying = ("before", "after") if len(formats) == 1 else _VARYING
    texts = [
        _common(texts, field)
        for texts, field in zip(
            zip(*(texts for texts, _ in parts), strict=True), varying, strict=True
        )
    ]
    if None in texts:
        return None
    pattern = str(texts[0])
    for field, form, text in zip(fields, formats, texts[1:], strict=True):
        pattern += f"{{{field}:{form}}}{text}"
    if not _fits(pattern, names) or (len(fields) == 2 and not _are_spans(pattern, names)):
        return None
    return Recognised(pattern, fields)


def _taken_apart(name: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The texts around the dates of a name, and the form of each date as strptime writes it."""
    texts, forms, end = [], [], 0
    for found in _MOMENT.finditer(name):
        texts.append(name[end : found.start()])
        dash, colon = found["dash"], found["colon"]
        time = f"{found['join']}%H{colon}%M{colon}%S" if found["time"] else ""
        forms.append(f"%Y{dash}%m{dash}%d{time}")
        end = found.end()
    return (*texts, name[end:]), tuple(forms)


def _common(texts: Sequence[str], field: str) -> str | None:
    """The texts as a part of a pattern: itself where all are one, else with a field in it.

    None where some have nothing in the place of the field.
    """
    if len(set(texts)) == 1:
        return _literal(texts[0])
    head = _shared(texts)
    head = head[: max(head.rfind(sign) for sign in _SEPARATORS) + 1]
    rest = [text[len(head) :] for text in texts]
    tail = _shared([text[::-1] for text in rest])[::-1]
    starts = [place for sign in _SEPARATORS if (place := tail.find(sign)) >= 0]
    tail = tail[min(starts) :] if starts else ""
    if any(len(text) == len(tail) for text in rest):
        return None
    return f"{_literal(head)}{{{field}}}{_literal(tail)}"


def _shared(texts: Sequence[str]) -> str:
    """The text that all of them begin with."""
    first, last = min(texts), max(texts)
    pairs = enumerate(zip(first, last, strict=False))
    return first[: next((place for place, (one, other) in pairs if one != other), len(first))]


def _literal(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")


def _are_spans(pattern: str, names: Sequence[str]) -> bool:
    """Whether the two times of each name are a start and an end, and not days apart."""
    for name in names:
        fields = match_name(pattern, name) or {}
        start, end = fields.get("start"), fields.get("end")
        if not (isinstance(start, datetime) and isinstance(end, datetime)):
            return False
        if not start <= end <= start + _LONGEST:
            return False
    return True
