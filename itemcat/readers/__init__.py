"""Readers: a blob in, a record out. Each is a module with `read(path, options)`.

A record is a plain-JSON dict and a pure function of the bytes, the options and the reader's
version. What the raster reader's record holds is described in `readers.raster`.
"""

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path

from itemcat.excerpt import Excerpt, Span
from itemcat.files import json_line, json_value
from itemcat.model import Record

RASTER = "raster"
VERSIONS: Mapping[str, int] = {RASTER: 1}
"""Each reader and its version, which goes up when the same bytes give another record."""


def identity(name: str) -> str:
    """A reader with its version, such as `raster/1`, as the manifest and the cache note it."""
    return f"{name}/{VERSIONS[name]}"


def read(name: str, path: Path, options: Mapping[str, str]) -> Record:
    """What the reader called `name` finds in the file at `path`. Raises ReadError.

    The record has been through JSON, so that it is equal to itself after any number of saves.
    """
    record: Record = json_value(read_line(name, path, options))
    return record


def read_line(name: str, path: Path, options: Mapping[str, str]) -> str:
    """The same record as a line of JSON, its canonical form.

    Runs in worker processes: heavy libraries are imported here and not before.
    """
    return json_line(import_module(f"{__name__}.{name}").read(path, options))


def read_excerpt(name: str, excerpt: Excerpt, options: Mapping[str, str]) -> str | list[Span]:
    """The same of a file of which some bytes are at hand; what is missing, if any is needed."""
    found = import_module(f"{__name__}.{name}").read_excerpt(excerpt, options)
    return found if isinstance(found, list) else json_line(found)
