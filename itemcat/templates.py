"""Patterns take file names apart, templates put texts together, both as `str.format` writes them.

Both come from a spec, which may be hostile: a field is a plain name, never an attribute or an
index of a value, and a width has two digits at most.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from functools import lru_cache
from string import Formatter

import parse

from itemcat.times import rfc3339

Value = str | int | float | date | datetime | time
Fields = Mapping[str, Value]
"""What a pattern found in a file name (times are datetimes or dates), with `name`, `stem`, `n`."""

GIVEN = ("name", "stem", "n", "path")
"""The fields that every asset has: file name, the same without its suffix, position, path."""

_MOST_FIELDS = 40  # more of them make matching a hostile name take for ever
_FORMAT = re.compile(r"(?:.?[<>^])?0?\d{0,2}(?:\.\d{1,2})?[a-zA-Z]?")
_USUAL = "%Y%m%dT%H%M%S"
_OF_A_DAY = "aAwdbBmyYjUW"  # letters of the formats that say something of a day
_FIELD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class TemplateError(ValueError):
    """A pattern or a template that cannot be used; the message says why, in words."""


def fields_of(template: str) -> tuple[str, ...]:
    """The names of the fields in a pattern or template. Raises TemplateError."""
    return tuple(field for _, field, _ in _parts(template) if field is not None)


def match(pattern: str, name: str) -> Fields | None:
    """The fields of a file name that the pattern describes, or None where it does not fit.

    The whole name must fit, in its case. `{start:%Y%m%dT%H%M%S}` gives a datetime,
    `{day:%Y%m%d}` a date, `{n:d}` a number, anything else text. Raises TemplateError.
    """
    parser, times = _compiled(pattern)
    try:
        if times is None:
            result = parser.parse(name)
            return dict(result.named) if result else None
        # Texts and times only, as nearly always: in a third of the time.
        found: parse.Match | None = parser.parse(name, evaluate_result=False)
        if found is None:
            return None
        fields: dict[str, Value] = found.match.groupdict()
        for field, form in times:
            fields[field] = _moment(str(fields[field]), form)
    except ValueError:  # digits that are no date, such as a month 13
        return None
    return fields


def fill(template: str, fields: Fields, clean: Callable[[str], str] = str) -> str:
    """The template with its fields filled in; a time without a format is RFC 3339.

    `clean` makes the text of each field fit for what the template is of, such as an address.
    Raises TemplateError for a field that is not there or a format that does not fit its value.
    """
    texts = []
    for literal, field, form in _parts(template):
        texts.append(literal)
        if field is not None:
            texts.append(clean(_formatted(field, form, fields)))
    return "".join(texts)


def check_pattern(pattern: str) -> None:
    """Raises TemplateError if the pattern cannot be used at all."""
    _compiled(pattern)


def _moment(text: str, form: str) -> datetime | date | time:
    """The time, or the day, or the hour in a text. Raises ValueError where there is no such."""
    if form == _USUAL and len(text) == 15:
        return datetime.fromisoformat(text)  # the same in a sixth of the time
    moment = datetime.strptime(text, form)
    if not any(f"%{letter}" in form for letter in _OF_A_DAY):
        return moment.timetz()
    return moment if any(f"%{letter}" in form for letter in "HIpMSfz") else moment.date()


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> tuple["parse.Parser", tuple[tuple[str, str], ...] | None]:
    """The parser, and which fields are times in which format; None where there are others, too."""
    names = fields_of(pattern)
    if len(names) > _MOST_FIELDS:
        raise TemplateError(f"more than {_MOST_FIELDS} fields")
    for _, field, form in _parts(pattern):
        if _is_yearless(form):
            what = "is a day without its year, which nobody can know"
            raise TemplateError(f"{{{field}:{form}}} {what}: put %Y into the same field")
    if taken := sorted(set(names) & set(GIVEN)):
        raise TemplateError(f"the field {{{taken[0]}}} is given to every asset; use another name")
    try:
        parser = parse.compile(pattern, case_sensitive=True)
    except (ValueError, NotImplementedError, re.error) as error:
        raise TemplateError(str(error)) from error
    forms = [(field, form) for _, field, form in _parts(pattern) if field is not None and form]
    return parser, tuple(forms) if all("%" in form for _, form in forms) else None


def _is_yearless(form: str) -> bool:
    """Whether a format describes a day of no year, for which `parse` would take this year's."""
    is_day = any(f"%{letter}" in form for letter in _OF_A_DAY)
    return is_day and "%Y" not in form and "%y" not in form


@lru_cache(maxsize=1024)
def _parts(template: str) -> tuple[tuple[str, str | None, str], ...]:
    """Literal text, the field that follows it (None at the end) and its format, checked."""
    try:
        parts = list(Formatter().parse(template))
    except ValueError as error:
        raise TemplateError(f"{error}; write {{{{ or }}}} for a brace that is meant") from error
    for _, field, form, conversion in parts:
        if field is None:
            continue
        if not _FIELD.fullmatch(field):
            raise TemplateError(f"{{{field}}} is not a field; a field is a name, such as {{stem}}")
        if conversion:
            raise TemplateError(f"{{{field}!{conversion}}}: write it without !{conversion}")
        if not ("%" in (form or "") or _FORMAT.fullmatch(form or "")):
            raise TemplateError(f"{{{field}:{form}}}: the format {form!r} cannot be used")
    return tuple((literal, field, form or "") for literal, field, form, _ in parts)


def _formatted(field: str, form: str, fields: Fields) -> str:
    if field not in fields:
        known = ", ".join(f"{{{name}}}" for name in fields)
        raise TemplateError(f"there is no field {{{field}}}; there are {known}")
    value = fields[field]
    if isinstance(value, date) and not form:
        return rfc3339(value)
    try:
        return format(value, form)
    except ValueError as error:
        raise TemplateError(f"{{{field}:{form}}} does not fit the value {value!r}") from error
