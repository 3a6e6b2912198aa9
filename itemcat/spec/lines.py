"""Where in a spec the rules of an item stand: in its own entry, or under `items`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from itemcat.model import Place
from itemcat.spec.yamltext import YamlText, read_yaml


@dataclass(frozen=True, slots=True)
class Lines:
    """The places of a valid spec's keys."""

    text: YamlText

    @classmethod
    def of(cls, path: Path) -> "Lines":
        """The places in a spec that has been loaded; messages call it by its file's name."""
        return cls(read_yaml(path.read_text("utf-8-sig"), path.name))

    def rule(self, index: int, *keys: str) -> str | None:
        """The line and path of a rule of entry `index`, as `catalog.yaml:9 items.title`.

        None where neither the entry nor `items` has the key, so that its default counts.
        """
        for path in (("assets", index), ("items",)):
            if place := self._place((*path, *keys[:-1]), keys[-1]):
                shown = ".".join(("items" if path == ("items",) else f"assets[{index}]", *keys))
                return f"{place.file}:{place.line} {shown}"
        return None

    def key(self, *keys: str) -> str | None:
        """The same of a key that is not an item's, such as `read.statistics`."""
        place = self._place(keys[:-1], keys[-1])
        return f"{place.file}:{place.line} {'.'.join(keys)}" if place else None

    def nearest(self, *path: str | int) -> str:
        """Where the value at a path stands, as `catalog.yaml:9:3`, or as much of it as is there.

        The place of a key's value is that of the key.
        """
        value = self.text.value
        for depth, step in enumerate(path):
            is_there = (
                0 <= step < len(value)
                if isinstance(step, int) and isinstance(value, list)
                else isinstance(value, Mapping) and step in value
            )
            if not is_there:
                path = path[:depth]
                break
            value = value[step]
        if path and isinstance(path[-1], str):
            return str(self.text.place(path[:-1], path[-1]))
        return str(self.text.place(path))

    def _place(self, path: Sequence[str | int], key: str) -> Place | None:
        value = self.text.value
        for step in path:
            if isinstance(step, int):
                value = value[step]
            elif isinstance(value, Mapping):
                value = value.get(step)
        if not isinstance(value, Mapping) or key not in value:
            return None
        return self.text.place(path, key)
