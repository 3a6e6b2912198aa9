"""Documents held against the JSON Schemas of STAC and of the extensions that they name.

Each schema is compiled once and serves all documents. What is validated is the document as it
stands on disk: reading it into objects would migrate it, and hide what is wrong.
"""

from collections.abc import Iterator
from itertools import islice
from typing import Any

import jsonschema_rs

from itemcat.check.finding import Spot
from itemcat.check.page import Page, sequence, shown
from itemcat.check.schemas import Schema, Schemas, Unavailable
from itemcat.files import json_line

VERSIONS = ("1.0.0", "1.1.0")
_CORE = "https://schemas.stacspec.org/v{version}/{kind}-spec/json-schema/{kind}.json"
_MOST = 5  # violations of one schema that are told for one document
_MOST_NAMED = 50  # extensions that one document names
_WIDEST = 160  # characters of a message


class Validation:
    """Validates documents; says once of every schema that it cannot be had."""

    def __init__(self, schemas: Schemas) -> None:
        self._schemas = schemas
        self._compiled: dict[str, jsonschema_rs.Validator | str] = {}
        self._lost: list[str] = []

    def violations(self, page: Page) -> Iterator[tuple[str, Spot]]:
        """What breaks a schema, and which schemas are not to be had."""
        if page.version in VERSIONS:
            address = _CORE.format(version=page.version, kind=page.kind)
            yield from self._held(page, address, "stac_version")
        else:
            yield "stac-version", Spot("stac_version", f"is {shown(page.version)}")
        named = sequence(page.value.get("stac_extensions"))
        for number, address in enumerate(named[:_MOST_NAMED]):
            if isinstance(address, str):
                yield from self._held(page, address, f"stac_extensions[{number}]")
        if len(named) > _MOST_NAMED:
            what = f"of {len(named)} schemas, the first {_MOST_NAMED} are looked at"
            yield "schema-unavailable", Spot("stac_extensions", what)

    def _held(self, page: Page, address: str, path: str) -> Iterator[tuple[str, Spot]]:
        is_news = address not in self._compiled
        if is_news:
            self._compiled[address] = self._compile(address)
        validator = self._compiled[address]
        if isinstance(validator, str):
            if is_news:
                yield "schema-unavailable", Spot(path, f"{shown(address, 200)}: {validator}")
            return
        try:
            if validator.is_valid(page.value):
                return
            for error in islice(validator.iter_errors(page.value), _MOST):
                yield "schema", _spot(error)
        except ValueError as error:  # nested deeper than the validator goes
            yield "not-json", Spot("", f"cannot be validated: {shown(str(error), 100)}")

    def _compile(self, address: str) -> jsonschema_rs.Validator | str:
        """The validator of a schema, or why there is none."""
        self._lost.clear()
        try:
            schema = self._schemas.get(address)
            return jsonschema_rs.validator_for(
                schema, retriever=self._retrieved, validate_formats=True
            )
        except Unavailable as error:
            return str(error)
        except (ValueError, RecursionError) as error:
            return self._lost[0] if self._lost else f"it is no JSON Schema ({_first_line(error)})"

    def _retrieved(self, address: str) -> Schema:
        """A schema that another one refers to."""
        try:
            return self._schemas.get(address)
        except Unavailable as error:
            self._lost.append(f"it refers to {shown(address, 200)}: {error}")
            raise


def _spot(error: Any) -> Spot:
    """The innermost violation that says what is wrong: of alternatives, the one that was meant."""
    while branches := [list(one) for one in getattr(error.kind, "context", None) or () if one]:
        meant = min(branches, key=_distance)
        error = max(meant, key=lambda one: len(one.instance_path))
    return Spot(_path(error.instance_path), _told(error))


def _told(error: Any) -> str:
    """The words of a violation, without what somebody else should not see, or nobody wants to."""
    message = str(error.message)
    if isinstance(error.instance, str):
        return message.replace(json_line(error.instance), shown(error.instance, _WIDEST))
    end = max(message.rfind("} "), message.rfind("] ")) + 1  # of a whole object or array
    return message[end:].strip()[:_WIDEST]


def _distance(branch: list[Any]) -> tuple[bool, int]:
    """How far an alternative is from being meant: one for documents of another type is far."""
    is_other = any(list(error.instance_path)[-1:] == ["type"] for error in branch)
    return is_other, len(branch)


def _path(steps: list[str | int]) -> str:
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps)
    return text.removeprefix(".")


def _first_line(error: Exception) -> str:
    return shown(str(error).partition("\n")[0], 120)
