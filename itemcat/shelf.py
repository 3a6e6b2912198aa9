"""A folder of small files: each whole or not at all, and none where it may only be read."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from itemcat import files
from itemcat.disk import guarded, is_forbidden
from itemcat.errors import MachineError


def name_of(key: str) -> str:
    """The name of what is kept under a key: its digest, which any folder and bucket takes."""
    return files.sha256(key.encode("utf-8", "surrogatepass"))


class Shelf:
    """The files of one folder; it is made when something is first written to it.

    Every method raises MachineError when the disk refuses. A folder that may only be read serves
    what it has; `say` is told once what it does not keep.
    """

    def __init__(self, root: Path, say: Callable[[str], None]) -> None:
        self.root = root
        self.say = say
        self._is_writable = True

    @property
    def staging(self) -> Path:
        """The folder for temporary files that are renamed."""
        return self.root / "tmp"

    def load(self, path: Path) -> Any:
        """The JSON value in a file; None where there is none, or garbage."""
        with guarded(path):
            try:
                return json.loads(path.read_bytes())
            except (FileNotFoundError, ValueError, RecursionError):
                return None

    def save(self, path: Path, document: Mapping[str, Any]) -> None:
        """Put a JSON document into a file. Raises ValueError for NaN."""
        self.keep(path, files.json_line(document).encode())

    def keep(self, path: Path, data: bytes) -> None:
        """Put some bytes into a file."""
        with self.if_writable(path):
            files.write_atomically(path, data, self.staging)

    @contextmanager
    def if_writable(self, path: Path) -> Iterator[None]:
        """A write that costs time and nothing else if it is left out."""
        try:
            with guarded(path):
                yield
        except MachineError as error:
            if not is_forbidden(error):
                raise
            is_news, self._is_writable = self._is_writable, False
            if is_news:
                self.say(
                    f"the cache {self.root} may only be read ({error.what}): it serves what it has,"
                    " and what this build finds out is not kept there"
                )
