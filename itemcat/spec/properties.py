"""Properties that the table of items cannot have: told before anything is listed."""

from collections.abc import Iterator, Mapping
from typing import Any

from itemcat.columns import RESERVED
from itemcat.errors import SpecError
from itemcat.model import GEOPARQUET, Spec
from itemcat.spec.yamltext import YamlText


def hidden_properties(text: YamlText, value: Mapping[str, Any], spec: Spec) -> Iterator[SpecError]:
    """A problem for each property that is called like a field of the item itself."""
    if GEOPARQUET not in spec.outputs:
        return
    rules: list[tuple[tuple[str | int, ...], Any]] = [(("items",), value.get("items"))]
    rules += [(("assets", index), entry) for index, entry in enumerate(value["assets"])]
    for path, rule in rules:
        properties = rule.get("properties", {}) if isinstance(rule, Mapping) else {}
        for name in sorted(properties.keys() & RESERVED):
            yield SpecError(
                str(text.place((*path, "properties"), name)),
                f"properties: {name!r} cannot be a column of items.parquet, where it is the item's "
                f"own {name}",
                "call it otherwise, or drop geoparquet from `outputs:`",
            )
