"""Rules that need the pixels of files of which only the heads are read."""

from collections.abc import Iterator, Mapping
from typing import Any

from itemcat.errors import SpecError
from itemcat.spec.yamltext import YamlText

_WITHOUT_PIXELS = {"statistics": "none", "footprint": "outline"}


def out_of_reach(text: YamlText, value: Mapping[str, Any]) -> Iterator[SpecError]:
    """A problem for each rule under `read` that `access: remote` cannot follow."""
    read = value.get("read", {})
    if read.get("access") != "remote":
        return
    for key, possible in _WITHOUT_PIXELS.items():
        chosen = read.get(key, possible)
        if chosen != possible:
            what = f"read.{key}: '{chosen}' needs the pixels, and `access: remote` reads none"
            hint = f"leave {key} out, or set `access: download`"
            yield SpecError(str(text.place(("read",), key)), what, hint)
    if value.get("thumbnails"):
        what = "thumbnails: true needs the pixels, and `read: {access: remote}` reads none"
        hint = "leave thumbnails out, or set `access: download`"
        yield SpecError(str(text.place((), "thumbnails")), what, hint)
