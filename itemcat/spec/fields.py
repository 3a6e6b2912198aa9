"""Templates that name a field which no asset can have: told once, before anything is listed."""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from itemcat.errors import SpecError
from itemcat.layout import TIMES
from itemcat.missions import known_fields
from itemcat.model import Source, Spec
from itemcat.naming import OF_A_FILE
from itemcat.spec.yamltext import YamlText
from itemcat.templates import GIVEN, fields_of

_OF_FILES = ("href", "group", "asset")  # keys whose templates are filled for each file


def unknown_fields(text: YamlText, value: Mapping[str, Any], spec: Spec) -> Iterator[SpecError]:
    """A problem for each unknown field, at the key that holds the template."""
    seen: set[tuple[object, ...]] = set()
    grouped = _of_groups(spec)
    yield from _unknown_in_layout(text, spec, grouped)
    for index, source in enumerate(spec.sources):
        rules = (id(source.rules), source.kind, source.href)
        if rules in seen:  # thousands of entries share the spec's own rules
            continue
        seen.add(rules)
        for key, template in _templates(source):
            known = _of_files(source, key) if key in _OF_FILES else _of_items(source, grouped)
            for name in fields_of(template):
                own = value["assets"][index]
                is_own = isinstance(own, Mapping) and key in own
                path = ("assets", index) if is_own else ("items",)
                if name in known or (path, key, name) in seen:
                    continue
                seen.add((path, key, name))
                yield _problem(str(text.place(path, key)), _shown(path, key), name, known)


def _unknown_in_layout(text: YamlText, spec: Spec, grouped: set[str]) -> Iterator[SpecError]:
    """A layout's fields must be those of every source."""
    every = [_of_items(source, grouped) for source in spec.sources] if spec.layout else []
    known = {*TIMES}.union(set.intersection(*every)) if every else set()
    for name in fields_of(spec.layout or ""):
        if name not in known:
            yield _problem(str(text.place((), "layout")), "layout", name, known)


def _of_files(source: Source, key: str) -> set[str]:
    """The fields that every file of a source has."""
    pattern = source.rules.pattern
    given = set(GIVEN) - (set() if source.kind in ("files", "bucket") else {"path"})
    if source.rules.group is not None:
        given |= {"group"} - {key}
    return given | set(known_fields(pattern) if pattern else ())


def _of_items(source: Source, grouped: set[str]) -> set[str]:
    """The fields that every item of a source has; items of several files have their own."""
    return _of_files(source, "id") if source.rules.group is None else grouped


def _of_groups(spec: Spec) -> set[str]:
    """The fields that an item of several files may have, from whichever entry they come."""
    every = [_of_files(source, "id") for source in spec.sources if source.rules.group is not None]
    return set().union(*every) - set(OF_A_FILE)


def _templates(source: Source) -> Iterator[tuple[str, str]]:
    """The templates of a source, each with its key in the spec."""
    rules = source.rules
    rule = rules.datetime
    times = (rule.instant, rule.start, rule.end) if rule else ()
    texts = {
        "href": (source.href,),
        "id": (rules.id,),
        "title": (rules.title,),
        "datetime": times,
        "properties": tuple(_texts(rules.properties)),
        "group": (rules.group,),
        "asset": (rules.asset.key, rules.asset.title, rules.asset.description),
    }
    for key, templates in texts.items():
        yield from ((key, template) for template in templates if template is not None)


def _texts(value: Any) -> Iterator[str]:
    """The texts in a value, however deep."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _texts(inner)


def _shown(path: tuple[str | int, ...], key: str) -> str:
    return f"assets[{path[1]}].{key}" if len(path) > 1 else f"{path[0]}.{key}"


def _problem(where: str, shown: str, name: str, known: set[str]) -> SpecError:
    near = get_close_matches(name, known, n=1)
    fields = ", ".join(f"{{{field}}}" for field in sorted(known))
    hint = f"did you mean {{{near[0]}}}?" if near else f"there are {fields}"
    return SpecError(where, f"{shown}: there is no field {{{name}}}", hint)
