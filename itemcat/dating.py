"""When an item was acquired: by the rule of the spec, else by a tag of the file, else not known."""

from collections.abc import Mapping

from itemcat.errors import RuleError
from itemcat.missions import READY, match_name
from itemcat.model import DatetimeRule, Record
from itemcat.templates import Fields, TemplateError, fill
from itemcat.times import Times, instant, interval


def acquired(rule: DatetimeRule | None, fields: Fields, record: Record, where: str) -> Times:
    """The time of an item. Raises RuleError, which says what the file offers, if nothing fits."""
    try:
        if rule is not None:
            return _by_rule(rule, fields, record)
        if found := record.get("times"):
            return _by_tag(found)
    except (TemplateError, ValueError) as error:
        raise RuleError(where, f"no date: {error}", _remedies(fields, record)) from error
    what = "no date: the spec has no rule for it, and the file names no time of acquisition"
    raise RuleError(where, what, _remedies(fields, record))


def _by_rule(rule: DatetimeRule, fields: Fields, record: Record) -> Times:
    if rule.tag is not None:
        tags: Mapping[str, str] = record.get("tags", {})
        if rule.tag not in tags:
            raise ValueError(f"the file has no tag {rule.tag} that holds a time")
        return instant(tags[rule.tag])
    if rule.instant is not None:
        return instant(fill(rule.instant, fields))
    return interval(fill(rule.start or "", fields), fill(rule.end or "", fields))


def _by_tag(found: Mapping[str, str]) -> Times:
    if "datetime" in found:
        return instant(found["datetime"])
    return interval(found["start"], found["end"])


def _remedies(fields: Fields, record: Record) -> str:
    own = '`pattern: "…_{start:%Y%m%dT%H%M%S}_….tif"` with `datetime: "{start}"`'
    ready = _ready_for(str(fields.get("name", "")))
    remedies = [
        f"take it from the file name: {f'`pattern: {ready}`, or ' if ready else ''}{own}",
        "or say it: `datetime: 2019-02-24T20:37:44Z`",
    ]
    if "group" in fields:
        remedies.insert(0, "files of this item may differ in a field, which is then not its own")
    tags: Mapping[str, str] = record.get("tags", {})
    for name, text in sorted(tags.items()):
        doubt = ", though that is often the time of processing" if name.startswith("TIFF") else ""
        remedies.append(
            f"or use the file's tag {name} ({text}{doubt}): `datetime: {{tag: {name}}}`"
        )
    return "; ".join(remedies)


def _ready_for(name: str) -> str | None:
    """The first ready pattern that finds a time in a file name."""
    for pattern in READY:
        try:
            if match_name(pattern, name):
                return pattern
        except TemplateError:  # two of them
            continue
    return None
