"""What a spec says against its schema, as sentences with places and hints."""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from jsonschema.protocols import Validator

from itemcat.errors import SpecError
from itemcat.spec.schema import compiled, spec_schema
from itemcat.spec.shape import Schema, forms_meant
from itemcat.spec.yamltext import YamlText, quoted
from itemcat.urls import redacted

Path = tuple[str | int, ...]

_TYPES = {"object": "a mapping of keys", "array": "a list", "string": "text"}
_NOUNS: Mapping[type[Any], str] = {
    **{dict: "a mapping of keys", list: "a list", str: "text"},
    **{int: "a number", float: "a number", bool: "true or false"},
}
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._/-]*")  # text that YAML takes without quotes
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_:.-]{0,60}")
_OF_THE_VALUE = ("type", "enum", "pattern", "format", "minLength")  # one of them says enough


def violations(text: YamlText, value: Any) -> Iterator[SpecError]:
    """Every violation in `value`, which is the text's own but for numbers taken as text.

    Each names its place in the file, its path in the spec, what is wrong in plain words, and what
    to do about it where that can be known.
    """
    schema = spec_schema()
    yield from _found(text, value, (), schema.document)
    entries = value.get("assets") if isinstance(value, dict) else None
    for index, entry in enumerate(entries if isinstance(entries, list) else ()):
        path = ("assets", index)
        meant = forms_meant(entry, schema.entry)
        if len(meant) == 1:
            yield from _found(text, entry, path, schema.forms[meant[0]])
        else:
            yield _no_form(text, entry, path, schema.entry)


def _found(text: YamlText, value: Any, path: Path, validator: Validator) -> Iterator[SpecError]:
    """The violations of one value at `path`, one of a kind for each part of it."""
    seen = set()
    for error in validator.iter_errors(value):
        at = (*path, *error.absolute_path)
        kind = "value" if error.validator in _OF_THE_VALUE else str(error.validator)
        if (at, kind) not in seen:
            seen.add((at, kind))
            sentences = _SENTENCES.get(str(error.validator), _wrong_value)
            yield from sentences(text, error, at)


def _forms(text: YamlText, error: Any, path: Path) -> Iterator[SpecError]:
    """`oneOf`: what is wrong with the form that was meant, if one was."""
    meant = forms_meant(error.instance, error.schema)
    if len(meant) == 1:
        form = compiled(error.schema["oneOf"][meant[0]])
        yield from _found(text, error.instance, path, form)
    else:
        yield _no_form(text, error.instance, path, error.schema)


def _missing_keys(text: YamlText, error: Any, path: Path) -> Iterator[SpecError]:
    properties = error.schema["properties"]
    for key in error.schema["required"]:
        if key not in error.instance:
            what = f"{_label((*path, key))}: is missing"
            yield SpecError(str(text.place(path)), what, _example((*path, key), properties[key]))


def _unknown_keys(text: YamlText, error: Any, path: Path) -> Iterator[SpecError]:
    known = list(error.schema["properties"])
    for key in error.instance:
        if key not in known:
            hint = _did_you_mean(key, known) or f"the keys here are {_listed(known)}"
            what = f"{_label((*path, key))}: unknown key {quoted(key)}"
            yield SpecError(str(text.place(path, key)), what, hint)


def _twice(text: YamlText, error: Any, path: Path) -> Iterator[SpecError]:
    yield _problem(text, path, f"{quoted(str(error.instance))} is there twice", "keep one of them")


def _lacking(text: YamlText, error: Any, path: Path) -> Iterator[SpecError]:
    """A list without the one value that it must have."""
    needed = quoted(str(error.schema["contains"]["const"]))
    yield _problem(text, path, f"must have {needed} in it", _example(path, error.schema))


def _wrong_format(text: YamlText, error: Any, path: Path) -> Iterator[SpecError]:
    shown = _shown(error.instance, error.schema)
    said = redacted(str(error.cause))
    sentence = f"{shown.rstrip()}: {said}" if shown else said
    yield _problem(text, path, sentence, _example(path, error.schema))


def _wrong_value(text: YamlText, error: Any, path: Path) -> Iterator[SpecError]:
    """A wrong type, choice, pattern or length."""
    value, schema = error.instance, error.schema
    yield _problem(text, path, _must_be(value, schema), _hint(value, path, schema))


def _must_be(value: Any, schema: Schema) -> str:
    """What a value must be, and what it is instead."""
    if value == "":
        return "must not be empty"
    if value == [] and schema.get("type") == "array":
        return "must have at least one entry"
    rule = _rule(schema)
    if value is None:
        return f"has no value: {rule}"
    if schema.get("type") == "integer" and isinstance(value, int | float | str):
        return f"{rule}, not {json.dumps(value, ensure_ascii=False)[:60]}"
    if not isinstance(value, str) or schema.get("type") != "string":
        return f"{rule}, not {_NOUNS[type(value)]}"
    return f"{rule}, not {quoted(value)}" if "enum" in schema else f"{_shown(value, schema)}{rule}"


def _rule(schema: Schema) -> str:
    """The schema's own words, or those that its keywords give."""
    if "enum" in schema:
        return f"must be one of {_listed(schema['enum'])}"
    words: str = schema.get("x-message") or f"must be {_TYPES[schema['type']]}"
    return words


def _no_form(text: YamlText, value: Any, path: Path, schema: Schema) -> SpecError:
    """A value that has none of the forms it may have, or the keys of two."""
    alternatives = [form["required"] for form in schema["oneOf"] if "required" in form]
    if not isinstance(value, dict) or not alternatives:
        return _problem(text, path, _must_be(value, schema), _example(path, schema))
    words = [" and ".join(f"'{key}'" for key in keys) for keys in alternatives]
    meant = [key for keys in alternatives for key in keys if key in value]
    if meant:
        return _problem(text, path, f"must have only one of {', '.join(words)}", key=meant[-1])
    known = [key for keys in alternatives for key in keys]
    guesses = (_did_you_mean(key, known) for key in value)
    hint = next((guess for guess in guesses if guess), _example(path, schema))
    return _problem(text, path, f"must have one of {', '.join(words)}", hint)


def _problem(
    text: YamlText, path: Path, sentence: str, hint: str = "", key: str | None = None
) -> SpecError:
    return SpecError(str(text.place(path, key)), f"{_label(path)}: {sentence}", hint)


def _hint(value: Any, path: Path, schema: Schema) -> str:
    """The nearest choice, quotes where YAML saw no text, or else an example."""
    if isinstance(value, str) and "enum" in schema:
        return _did_you_mean(value, schema["enum"])
    if isinstance(value, dict | list) and schema.get("type") == "string":
        return "a text that starts with '{' or '[' needs quotes"
    return _example(path, schema)


def _example(path: Path, schema: Schema) -> str:
    """The schema's first example, as it would be written."""
    if not path or not schema.get("examples"):
        return ""
    example = schema["examples"][0]
    is_plain = isinstance(example, str) and _PLAIN.fullmatch(example)
    written = example if is_plain else json.dumps(example, ensure_ascii=False)
    return f"for example {'-' if isinstance(path[-1], int) else f'{path[-1]}:'} {written}"


def _did_you_mean(word: str, known: Sequence[str]) -> str:
    near = get_close_matches(word[:60], known, n=1, cutoff=0.6)
    return f"did you mean '{near[0]}'?" if near else ""


def _label(path: Path) -> str:
    """A path as one would say it: `assets[3].datetime`."""
    label = ""
    for step in path:
        if isinstance(step, int):
            label += f"[{step}]"
        elif _NAME.fullmatch(step):
            label += f".{step}" if label else step
        else:
            label += f"[{quoted(step)}]"
    return label or "the spec"


def _shown(value: Any, schema: Schema) -> str:
    """A text before a sentence about it, unless it may hold a secret."""
    if not isinstance(value, str):
        return ""
    return "" if schema.get("x-secret") or "://" in value else f"{quoted(value)} "


def _listed(words: Sequence[str]) -> str:
    return ", ".join(f"'{word}'" for word in words)


_SENTENCES: Mapping[str, Callable[[YamlText, Any, Path], Iterator[SpecError]]] = {
    "oneOf": _forms,
    "required": _missing_keys,
    "additionalProperties": _unknown_keys,
    "uniqueItems": _twice,
    "format": _wrong_format,
    "contains": _lacking,
}
