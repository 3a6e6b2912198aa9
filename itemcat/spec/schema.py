"""The JSON Schema of the spec, as shipped: the one truth about what a spec may say."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from jsonschema import Draft202012Validator, FormatChecker, ValidationError
from jsonschema.protocols import Validator
from jsonschema.validators import extend

from itemcat import missions
from itemcat.declared import check_bbox, check_geometry
from itemcat.spec.shape import Schema, resolved_schema
from itemcat.templates import fields_of

_USUAL = re.compile(r"https?://[A-Za-z0-9.-]+/")  # neither port nor anything to be misunderstood


def check_url(text: str) -> None:
    """What a pattern cannot say of a URL: its host and port can be understood."""
    if _USUAL.match(text):
        return
    try:
        port = urlsplit(text).port
    except ValueError:
        raise ValueError("the host or port cannot be understood") from None
    if port == 0:
        raise ValueError("port 0 cannot be reached")


def check_instant(text: str) -> None:
    """What a pattern cannot say of a time: there is such a day, or its template can be used."""
    if "{" in text or "}" in text:
        fields_of(text)
        return
    try:
        datetime.fromisoformat(text)
    except ValueError:
        raise ValueError("there is no such day or time") from None


FORMATS: Mapping[str, Callable[[str], object]] = {
    "url": check_url,
    "instant": check_instant,
    "pattern": missions.check,
    "template": fields_of,
}
"""What a pattern cannot express, by the schema's `format`: raises ValueError with the words."""

SHAPES: Mapping[str, tuple[type[Any], Callable[[Any], object]]] = {
    "bbox": (list, check_bbox),
    "geometry": (dict, check_geometry),
}
"""The same for what is no text, with its type."""


@dataclass(frozen=True, slots=True)
class SpecSchema:
    """The schema with its references resolved, and compiled in parts.

    `document` checks all but the entries under `assets`; `entry` is their schema, and `forms` are
    the compiled ones among which its `oneOf` chooses. Checked by the form that was meant, an entry
    costs little, and its problems are those of that form.
    """

    schema: Schema
    document: Validator
    entry: Schema
    forms: tuple[Validator, ...]


@cache
def spec_schema() -> SpecSchema:
    """The shipped schema, read and compiled once."""
    schema = resolved_schema()
    properties = schema["properties"]
    entry = properties["assets"]["items"]
    assets = {key: value for key, value in properties["assets"].items() if key != "items"}
    document = compiled({**schema, "properties": {**properties, "assets": assets}})
    return SpecSchema(schema, document, entry, tuple(compiled(form) for form in entry["oneOf"]))


def compiled(part: Schema) -> Validator:
    """A part of the resolved schema, ready to check values by."""
    checker = FormatChecker(formats=())
    for name, check in FORMATS.items():
        checker.checks(name, raises=ValueError)(_as_question(check, str))
    for name, (kind, check) in SHAPES.items():
        checker.checks(name, raises=ValueError)(_as_question(check, kind))
    whole = {**part, "$defs": resolved_schema()["$defs"]}
    return _VALIDATOR(whole, format_checker=checker)


def _as_question(check: Callable[[Any], object], kind: type[Any]) -> Callable[[Any], bool]:
    """A check in the form that jsonschema wants, which asks it of values of any type."""

    def holds(value: object) -> bool:
        if isinstance(value, kind):
            check(value)
        return True

    return holds


def _unique_items(
    validator: Any, wanted: bool, value: Any, schema: Schema
) -> Iterator[ValidationError]:
    """`uniqueItems` with the place of each repetition, in a time that grows as the list does."""
    seen = set()
    for index, part in enumerate(value if isinstance(value, list) and wanted else ()):
        written = json.dumps(part, sort_keys=True)
        if written in seen:
            yield ValidationError("not unique", path=(index,), instance=part)
        seen.add(written)


_VALIDATOR: type[Validator] = extend(  # type: ignore[no-untyped-call]
    Draft202012Validator, {"uniqueItems": _unique_items}
)
