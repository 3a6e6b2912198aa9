"""Rules that need all pixels of files of which only parts are read."""

from collections.abc import Iterator, Mapping
from typing import Any

from itemcat.errors import SpecError
from itemcat.spec.yamltext import YamlText

_POSSIBLE = {"statistics": ("none", "sampled"), "footprint": ("outline",)}


def out_of_reach(text: YamlText, value: Mapping[str, Any]) -> Iterator[SpecError]:
    """A problem for each rule under `read` that `access: remote` cannot follow."""
    read = value.get("read", {})
    if read.get("access") != "remote":
        return
    for key, possible in _POSSIBLE.items():
        chosen = read.get(key, possible[0])
        if chosen not in possible:
            what = f"read.{key}: '{chosen}' needs all pixels, and `access: remote` reads few"
            ways = " or ".join(f"`{key}: {way}`" for way in possible)
            yield SpecError(str(text.place(("read",), key)), what, f"{ways}, or `access: download`")
    if value.get("thumbnails"):
        what = "thumbnails: true needs all pixels, and `access: remote` reads few"
        hint = "leave thumbnails out, or set `access: download`"
        yield SpecError(str(text.place((), "thumbnails")), what, hint)
