"""The shipped JSON Schema as data: the shape that a spec has, read without what checks it."""

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from itemcat.spec.yamltext import Mark

Schema = Mapping[str, Any]


@cache
def resolved_schema() -> Schema:
    """The schema of a whole spec, with what its references name in their place."""
    text = _folder().joinpath("catalog.schema.json").read_text(encoding="utf-8")
    root = json.loads(text)
    schema: Schema = _resolved(root, root, ())
    return schema


def _resolved(node: Any, root: Schema, inside: tuple[str, ...]) -> Any:
    """A schema with each `$ref` replaced by what it names, and what stands beside it on top.

    A definition that contains itself keeps its reference.
    """
    if isinstance(node, list):
        return [_resolved(part, root, inside) for part in node]
    if not isinstance(node, dict):
        return node
    reference = node.get("$ref")
    if reference in inside:
        return node
    parts = {key: _resolved(part, root, inside) for key, part in node.items() if key != "$ref"}
    if reference is None:
        return parts
    target: Any = root
    for step in reference.removeprefix("#/").split("/"):
        target = target[step]
    return {**_resolved(target, root, (*inside, reference)), **parts}


def forms_meant(value: Any, schema: Schema) -> list[int]:
    """Which of the forms under `oneOf` a value was meant to have.

    A mapping tells by the keys that a form requires, anything else by its type.
    """
    if isinstance(value, list) or value is None:
        return []
    forms = enumerate(schema["oneOf"])
    if not isinstance(value, dict):  # of a list of URLs, most are
        return [index for index, form in forms if form["type"] == "string"]
    return [index for index, form in forms if not value.keys().isdisjoint(form.get("required", ()))]


def as_written(value: Any, mark: Mark, schema: Schema) -> Any:
    """The value with numbers, `true` and `false` as their text where only text is allowed.

    So that `id: 2025` and `title: 1.10` need no quotes.
    """
    if isinstance(value, str) or value is None:
        return value
    if "oneOf" in schema:
        meant = forms_meant(value, schema)
        schema = schema["oneOf"][meant[0]] if len(meant) == 1 else {}
    children: Any = mark.children
    if isinstance(value, list):
        items = schema.get("items", {})
        return [as_written(part, children[index], items) for index, part in enumerate(value)]
    if not isinstance(value, dict):
        return mark.text if schema.get("type") == "string" else value
    if "properties" not in schema:
        return value
    known = schema["properties"]
    return {key: as_written(part, children[key], known.get(key, {})) for key, part in value.items()}


def _folder() -> Traversable:
    """Where the schemas lie: in the package, or beside it in a checkout that was not installed."""
    try:
        return files("itemcat.schemas")
    except ModuleNotFoundError:
        return Path(__file__).parents[2] / "schemas"
