"""Documents that wait to be written: in memory while they are few, else in a file of no name."""

import os
import tempfile
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from itemcat.disk import guarded
from itemcat.edition import Data, in_memory

MOST = 64 << 20  # bytes in memory


class Spool:
    """Takes bytes, and gives them back; what it holds goes with it, also when it is killed."""

    def __init__(self, folder: Path, most: int = MOST) -> None:
        """`folder` is where the file lies, if there has to be one and the folder can be written."""
        self._folder = folder
        self._room = most
        self._file: IO[bytes] | None = None
        self._end = 0

    def put(self, data: bytes) -> Data:
        """Take some bytes; what is returned gives them back. Raises MachineError on a full disk."""
        if len(data) <= self._room:
            self._room -= len(data)
            return in_memory(data)
        start, self._end = self._end, self._end + len(data)
        with guarded(self._folder):
            if self._file is None:
                place = str(self._folder) if os.access(self._folder, os.W_OK) else None
                self._file = tempfile.TemporaryFile(dir=place)  # noqa: SIM115
            self._file.seek(start)
            self._file.write(data)
        return partial(self._get, self._file, start, len(data))

    def _get(self, file: IO[bytes], start: int, size: int) -> bytes:
        with guarded(self._folder):
            file.seek(start)
            return file.read(size)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _: object, __: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()
