"""Ready patterns, by name: what the file names of well-known missions say, and dates in any name.

A product's name is looked for anywhere in the file's, between characters that are no letters or
digits, so that `extent_S1B_EW_….tif` and `S2A_MSIL2A_…_B02.tif` are known for what they are. Two
different ones in one name are none: which of them counts, only a pattern of one's own can say.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from itemcat.model import DatetimeRule
from itemcat.templates import Fields, TemplateError, Value, check_pattern, fields_of, match

Groups = Mapping[str, str]

_TIME = "%Y%m%dT%H%M%S"
_SENSORS = {
    **{("C", n): ["oli", "tirs"] for n in (8, 9)},
    **{("O", n): ["oli"] for n in (8, 9)},
    **{("T", n): ["tirs"] for n in (8, 9)},
    **{("T", n): ["tm"] for n in (4, 5)},
    **{("M", n): ["mss"] for n in (1, 2, 3, 4, 5)},
    ("E", 7): ["etm+"],
}
"""Landsat's instruments by the letter and the number in a product identifier (USGS)."""


@dataclass(frozen=True, slots=True)
class Ready:
    """A ready pattern: regular expressions for names, and what their groups mean.

    `fields` are those that one variant or another gives. `implied` are the STAC properties that
    follow from them, none of them a guess; `datetime` is the rule for items whose spec has none.
    """

    variants: tuple[re.Pattern[str], ...]
    meaning: Callable[[Groups], Fields]
    fields: tuple[str, ...]
    implied: Callable[[Fields], dict[str, Any]]
    datetime: DatetimeRule


def check(pattern: str) -> None:
    """Raises TemplateError for what is neither a ready pattern nor one that can be used."""
    if pattern in READY:
        return
    check_pattern(pattern)
    if not fields_of(pattern) and "." not in pattern:  # no file's name either
        raise TemplateError(f"there is no such ready pattern; there are {', '.join(READY)}")


def known_fields(pattern: str) -> tuple[str, ...]:
    """The names of the fields that a pattern, ready or not, may give. Raises TemplateError."""
    return READY[pattern].fields if pattern in READY else fields_of(pattern)


def match_name(pattern: str, name: str) -> Fields | None:
    """The fields of a file name by a pattern, ready or not; None where it does not fit.

    Raises TemplateError, also where a name holds two products or two dates.
    """
    return _found_by(READY[pattern], name) if pattern in READY else match(pattern, name)


def implied_by(pattern: str | None, fields: Fields) -> dict[str, Any]:
    """The STAC properties that a ready pattern's fields imply; none for any other pattern."""
    ready = READY.get(pattern or "")
    return ready.implied(fields) if ready else {}


def datetime_rule(pattern: str | None) -> DatetimeRule | None:
    """The rule that a ready pattern brings along; None for any other pattern."""
    ready = READY.get(pattern or "")
    return ready.datetime if ready else None


def _found_by(ready: Ready, name: str) -> Fields | None:
    """The fields in a file name; None where it holds none. Raises TemplateError for two."""
    found: dict[str, Fields] = {}
    for variant in ready.variants:
        for hit in variant.finditer(name):
            try:
                found[hit[0]] = ready.meaning(hit.groupdict(""))
            except (ValueError, KeyError):  # digits that are no date, or a satellite that never was
                continue
    if len({str(fields) for fields in found.values()}) > 1:
        raise TemplateError(
            f"the file name {name!r} holds {' and '.join(found)}; "
            "say with a `pattern:` of its own which is meant"
        )
    return next(iter(found.values()), None)


# ---------------------------------------------------------------------------------- the missions


def _sentinel_1(groups: Groups) -> Fields:
    """ESA, Sentinel-1 Product Specification: the names of products and of measurement files."""
    texts = {name: text.upper() for name, text in groups.items()}
    return {
        **texts,
        "platform": f"sentinel-{groups['platform'][1:].lower()}",
        "start": datetime.strptime(texts["start"], _TIME),
        "end": datetime.strptime(texts["end"], _TIME),
        "orbit": int(groups["orbit"]),
    }


def _sentinel_2(groups: Groups) -> Fields:
    """ESA, Sentinel-2 Products Specification: the time is that at which the datatake starts."""
    fields: dict[str, Value] = {**groups, "start": datetime.strptime(groups["start"], _TIME)}
    if "platform" in groups:
        fields["platform"] = f"sentinel-{groups['platform'][1:].lower()}"
        fields["relative_orbit"] = int(groups["relative_orbit"])
    return fields


def _landsat(groups: Groups) -> Fields:
    """USGS, Landsat Collection 1 and 2 product identifiers, and scene identifiers before them."""
    number = int(groups["platform"])
    if (groups["sensor"], number) not in _SENSORS:
        raise ValueError(groups["sensor"])
    days = {name: _day(groups[name]) for name in ("start", "processed") if name in groups}
    numbers = {"path": int(groups["path"]), "row": int(groups["row"])}
    return {**groups, **numbers, **days, "platform": f"landsat-{number}"}


def _landsat_instruments(fields: Fields) -> list[str]:
    return _SENSORS[str(fields["sensor"]), int(str(fields["platform"])[-1])]


def _dates(groups: Groups) -> Fields:
    """ISO 8601 in its basic or extended form; what stands apart from the day is no time of it."""
    day = groups["year"] + groups["month"] + groups["day"]
    if not groups["hour"]:
        return {"start": _day(day)}
    digits = day + groups["hour"] + groups["minute"] + groups["second"]
    return {"start": datetime.strptime(digits, "%Y%m%d%H%M%S")}


def _day(digits: str) -> date:
    """A day from `20190224` or, with the day of the year, `2019055`. Raises ValueError."""
    day = datetime.strptime(digits, "%Y%m%d" if len(digits) == 8 else "%Y%j").date()
    if not digits.startswith(f"{day.year:04d}"):  # the 366th day of a common year
        raise ValueError(digits)
    return day


def _name(expression: str) -> re.Pattern[str]:
    """A product's name, which does not go on in letters or digits at either end."""
    return re.compile(rf"(?<![A-Za-z0-9])(?:{expression})(?![A-Za-z0-9])", re.VERBOSE)


_S1_PRODUCT = _name(r"""
    (?P<platform>S1[A-D])_(?P<mode>IW|EW|WV|S[1-6])_(?P<product>RAW|SLC|GRD|OCN)[FHM_]_[012][SA]
    (?P<polarization>[SD][HV]|[HV][HV])_(?P<start>\d{8}T\d{6})_(?P<end>\d{8}T\d{6})
    _(?P<orbit>\d{6})_(?P<datatake>[0-9A-F]{6})_[0-9A-F]{4}""")
_S1_IMAGE = _name(r"""
    (?P<platform>s1[a-d])-(?P<mode>iw|ew|wv|s[1-6])[1-5]?-(?P<product>raw|slc|grd|ocn)
    -(?P<polarization>[hv][hv])-(?P<start>\d{8}t\d{6})-(?P<end>\d{8}t\d{6})
    -(?P<orbit>\d{6})-(?P<datatake>[0-9a-f]{6})-\d{3}""")
_S2_PRODUCT = _name(r"""
    (?P<platform>S2[A-D])_MSI(?P<level>L1B|L1C|L2A)_(?P<start>\d{8}T\d{6})_N(?P<baseline>\d{4})
    _R(?P<relative_orbit>\d{3})_T(?P<tile>\d{2}[A-Z]{3})_\d{8}T\d{6}""")
# After a relative orbit the same form is the end of a product's name, whose time is another.
_S2_IMAGE = _name(r"""
    (?<!_R\d{3}_)T(?P<tile>\d{2}[A-Z]{3})_(?P<start>\d{8}T\d{6})
    _(?P<image>B\d[\dA]|TCI|AOT|SCL|WVP)""")
_LANDSAT_PRODUCT = _name(r"""
    L(?P<sensor>[COTEM])(?P<platform>0[1-9])_(?P<level>L1TP|L1GT|L1GS|L2SP|L2SR)
    _(?P<path>\d{3})(?P<row>\d{3})_(?P<start>\d{8})_(?P<processed>\d{8})
    _(?P<collection>0[12])_(?P<tier>T1|T2|RT)""")
_LANDSAT_SCENE = _name(r"""
    L(?P<sensor>[COTEM])(?P<platform>[1-9])(?P<path>\d{3})(?P<row>\d{3})(?P<start>\d{7})
    [A-Z]{3}\d{2}""")
_DATE = re.compile(
    r"""(?<!\d)(?P<year>(?:19|20)\d\d)(?P<dash>[-_.]?)(?P<month>\d\d)(?P=dash)(?P<day>\d\d)
    (?:[Tt ]?(?P<hour>\d\d)(?P<colon>[-_:.]?)(?P<minute>\d\d)(?P=colon)(?P<second>\d\d))?
    (?!\d)""",
    re.VERBOSE,
)

READY: Mapping[str, Ready] = {
    "sentinel-1": Ready(
        (_S1_PRODUCT, _S1_IMAGE),
        _sentinel_1,
        ("platform", "mode", "product", "polarization", "start", "end", "orbit", "datatake"),
        lambda fields: {
            "platform": fields["platform"],
            "constellation": "sentinel-1",
            "instruments": ["c-sar"],
        },
        DatetimeRule(start="{start}", end="{end}"),
    ),
    "sentinel-2": Ready(
        (_S2_PRODUCT, _S2_IMAGE),
        _sentinel_2,
        ("platform", "level", "start", "baseline", "relative_orbit", "tile", "image"),
        lambda fields: {
            **({"platform": fields["platform"]} if "platform" in fields else {}),
            "constellation": "sentinel-2",
            "instruments": ["msi"],
        },
        DatetimeRule(instant="{start}"),
    ),
    "landsat": Ready(
        (_LANDSAT_PRODUCT, _LANDSAT_SCENE),
        _landsat,
        ("platform", "sensor", "level", "path", "row", "start", "processed", "collection", "tier"),
        lambda fields: {
            "platform": fields["platform"],
            "instruments": _landsat_instruments(fields),
        },
        DatetimeRule(instant="{start}"),
    ),
    "dates": Ready((_DATE,), _dates, ("start",), lambda _: {}, DatetimeRule(instant="{start}")),
}
"""The ready patterns that a spec may name in the place of a pattern of its own."""
