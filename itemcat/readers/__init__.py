"""Readers: a blob in, a record out. Each is a module with `read(path, options)`.

A record is a plain-JSON dict and a pure function of the bytes, the options and the reader's
version. It always has `geometry` and `bbox`, null where they are not known; what else it may hold
is described in the reader's module, and shown by `itemcat.extensions`.
"""

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path

from itemcat.choice import CUBE, FILE, RASTER, VECTOR
from itemcat.errors import MachineError
from itemcat.excerpt import Excerpt, Span
from itemcat.files import json_line, json_value
from itemcat.model import Record

VERSIONS: Mapping[str, int] = {
    RASTER: 1,
    VECTOR: 1,
    CUBE: 1,
    FILE: 1,
}
"""Each reader and its version, which goes up when the same bytes give another record.

A reader is the module of its name. What it needs beside itemcat's own libraries is an extra of
that name.
"""


def identity(name: str) -> str:
    """A reader with its version, such as `raster/1`, as the manifest and the cache note it."""
    return f"{name}/{VERSIONS[name]}"


def name_of(identity: str) -> str:
    """The reader's name out of its identity."""
    return identity.partition("/")[0]


def read(name: str, path: Path, options: Mapping[str, str]) -> Record:
    """What the reader called `name` finds in the file at `path`. Raises ReadError.

    The record has been through JSON, so that it is equal to itself after any number of saves.
    """
    record: Record = json_value(read_line(name, path, options))
    return record


def read_line(name: str, path: Path, options: Mapping[str, str]) -> str:
    """The same record as a line of JSON, its canonical form.

    Runs in worker processes: heavy libraries are imported here and not before. Raises MachineError
    where they are not installed, which is the same for every file of the reader.
    """
    try:
        reader = import_module(f"{__name__}.{name}")
    except ImportError as error:
        if name == RASTER:  # whose libraries are itemcat's own
            raise
        what = f"needs {error.name or 'a library'}, which is not installed"
        hint = f'install it with `pip install "itemcat[{name}]"`'
        raise MachineError(f"the {name} reader", what, hint) from error
    return json_line(reader.read(path, options))


def read_pictured(path: Path, options: Mapping[str, str]) -> tuple[str, bytes]:
    """What the raster reader finds, and the thumbnail that the options ask for, empty for none.

    Raises MachineError where it could not be made for want of a library.
    """
    try:
        record, picture = import_module(f"{__name__}.{RASTER}").read_pictured(path, options)
    except ImportError as error:
        what = f"need {error.name or 'a library'}, which is not installed"
        hint = 'install it with `pip install "itemcat[thumbnails]"`'
        raise MachineError("thumbnails", what, hint) from error
    return json_line(record), picture


def read_excerpt(name: str, excerpt: Excerpt, options: Mapping[str, str]) -> str | list[Span]:
    """The same of a file of which some bytes are at hand; what is missing, if any is needed."""
    found = import_module(f"{__name__}.{name}").read_excerpt(excerpt, options)
    return found if isinstance(found, list) else json_line(found)
