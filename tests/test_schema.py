"""The schema: one truth, explained, and the same as the words in `model`."""

import dataclasses
import json
import re
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from specs import FULL, URL

from itemcat.model import (
    AssetRules,
    CatalogFields,
    DatetimeRule,
    FetchRules,
    ItemRules,
    ReadRules,
    Source,
    Spec,
)
from itemcat.openscience import Contact, NewProject, OpenScience
from itemcat.spec.load import KINDS
from itemcat.spec.schema import compiled, spec_schema
from itemcat.spec.shape import as_written
from itemcat.spec.violations import violations
from itemcat.spec.yamltext import read_yaml

SHIPPED = json.loads(files("itemcat.schemas").joinpath("catalog.schema.json").read_text("utf-8"))
SCHEMA: Any = spec_schema().schema  # the same, with its references resolved
ITEMS = SCHEMA["properties"]["items"]["properties"]
ENTRIES = {
    form["required"][0]: form["properties"] for form in SCHEMA["$defs"]["entry"]["oneOf"][1:]
}


def names(words: type[Any]) -> set[str]:
    return {field.name for field in dataclasses.fields(words) if field.init}


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SHIPPED)
    Draft202012Validator.check_schema(SCHEMA)


def test_the_schemas_keys_are_the_words_fields() -> None:
    assert set(SCHEMA["properties"]["catalog"]["properties"]) == names(CatalogFields)
    assert set(SCHEMA["properties"]["read"]["properties"]) == names(ReadRules)
    assert set(SCHEMA["properties"]["fetch"]["properties"]) == names(FetchRules)
    assert set(ITEMS) == names(ItemRules)
    assert set(ITEMS["asset"]["properties"]) == names(AssetRules)
    osc = SCHEMA["properties"]["osc"]["properties"]
    assert {*osc, "new_project"} == names(OpenScience)
    project = osc["project"]["oneOf"][1]["properties"]
    assert set(project) == names(NewProject)
    assert set(project["technical_officer"]["properties"]) == names(Contact)
    text, *forms = ITEMS["datetime"]["oneOf"]
    keys = {key for form in forms for key in form["properties"]}
    assert text["type"] == "string"  # which is the field `instant`
    assert {"instant", *keys} == names(DatetimeRule)
    at_top = set(SCHEMA["properties"]) - {"items", "assets"} | {"path", "sources", "sha256"}
    assert at_top == names(Spec)


def test_an_entrys_keys_are_an_address_its_own_and_all_of_items() -> None:
    assert tuple(ENTRIES) == KINDS
    own = {kind: set(keys) - set(ITEMS) - {kind} for kind, keys in ENTRIES.items()}
    of_records = {"include", "exclude"}
    assert own == {
        "url": {"sha256"},
        "urls": set(),
        "files": {"href"},
        "zenodo": of_records,
        "invenio": of_records,
        "figshare": of_records,
        "dataverse": of_records,
        "index": of_records,
        "bucket": {*of_records, "href", "endpoint", "region", "anonymous"},
    }
    assert set.union(*own.values()) == names(Source) - {"kind", "address", "rules", "place"}
    for keys in ENTRIES.values():
        assert {key: keys[key] for key in ITEMS} == ITEMS


@pytest.mark.parametrize(
    ("words", "properties"),
    [
        (CatalogFields(""), SCHEMA["properties"]["catalog"]["properties"]),
        (ItemRules(), ITEMS),
        (AssetRules(), ITEMS["asset"]["properties"]),
        (ReadRules(), SCHEMA["properties"]["read"]["properties"]),
        (FetchRules(), SCHEMA["properties"]["fetch"]["properties"]),
    ],
)
def test_the_schemas_defaults_are_the_words_defaults(words: Any, properties: Any) -> None:
    for field in dataclasses.fields(words):
        schema = properties[field.name]
        value = getattr(words, field.name)
        if value in (None, "", ()):
            assert "default" not in schema
        elif isinstance(value, AssetRules):
            assert schema["default"] == {}
        else:
            assert schema["default"] == (list(value) if isinstance(value, tuple) else value)


def parts(schema: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every schema of a property, a form or a definition, with its path."""
    for keyword in ("properties", "$defs"):
        for name, part in schema.get(keyword, {}).items():
            yield f"{path}/{name}", part
            yield from parts(part, f"{path}/{name}")
    for index, part in enumerate(schema.get("oneOf", ())):
        yield f"{path}/{index}", part
        yield from parts(part, f"{path}/{index}")


PARTS = dict(parts(SCHEMA))


@pytest.mark.parametrize("path", PARTS)
def test_every_part_is_explained_by_examples_that_hold(path: str) -> None:
    part = PARTS[path]
    assert part["title"]
    assert part["description"].endswith(".")
    assert part["examples"]
    for value in (*part["examples"], *([part["default"]] if "default" in part else [])):
        assert list(compiled(part).iter_errors(value)) == []


@pytest.mark.parametrize("path", ["", *PARTS])
def test_every_part_is_closed_and_says_what_its_patterns_want(path: str) -> None:
    part = PARTS[path] if path else SCHEMA
    if "propertyNames" in part:  # keys that the user chooses
        assert part["propertyNames"]["x-message"].startswith("must be ")
        assert "pattern" in part["additionalProperties"] or path.endswith("/headers")
    elif part.get("type") == "object" and not path.endswith("/properties"):
        assert part["additionalProperties"] is False
    if "pattern" in part:
        assert part["x-message"].startswith("must be ")
        assert re.search(part["pattern"], f"{part['examples'][0]}\n") is None


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.just(URL),
    lambda part: (
        st.lists(part, max_size=3) | st.dictionaries(st.text(max_size=8), part, max_size=3)
    ),
    max_leaves=5,
)
SOUND: Any = read_yaml(FULL, "f").value
KEYS = st.sampled_from(sorted({path.rpartition("/")[2] for path in PARTS if "$" not in path}))


def places_in(value: Any) -> list[tuple[Any, Any]]:
    """Every container of a document with each of its keys."""
    steps: list[tuple[Any, Any]] = []
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    for step, part in pairs:
        steps.append((value, step))
        if isinstance(part, dict | list):
            steps += places_in(part)
    return steps


@st.composite
def documents(draw: st.DrawFn) -> Any:
    """A sound spec with a few parts replaced, taken away, or put in under some known key."""
    document = json.loads(json.dumps(SOUND))
    for _ in range(draw(st.integers(0, 3))):
        if not (places := places_in(document)):
            break
        container, step = draw(st.sampled_from(places))
        match draw(st.sampled_from(["replace", "remove", "add"])):
            case "replace":
                container[step] = draw(VALUES)
            case "remove":
                del container[step]
            case _ if isinstance(container, dict):
                container[draw(KEYS)] = draw(VALUES)
            case _:
                container.append(draw(VALUES))
    return document


@settings(deadline=None, max_examples=300)
@given(documents())
def test_checked_in_parts_is_checked_by_the_whole_schema(document: Any) -> None:
    """The shipped schema is the one truth: choosing forms and parts changes no verdict."""
    text = read_yaml(yaml.safe_dump(document), "f")
    value = as_written(text.value, text.mark, SCHEMA)
    formats: Any = compiled(SCHEMA)
    whole = Draft202012Validator(SHIPPED, format_checker=formats.format_checker)
    assert (not list(violations(text, value))) == whole.is_valid(value)
