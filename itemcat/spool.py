"""Documents that wait to be written: in memory while they are few, else in a file of no name."""

import os
import tempfile
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from itemcat.disk import guarded
from itemcat.edition import Data

IN_MEMORY = 64 << 20  # bytes


class Spool:
    """Takes bytes, and gives them back; what it holds goes with it, also when it is killed."""

    def __init__(self, folder: Path, in_memory: int = IN_MEMORY) -> None:
        """`folder` is where the file lies, if there has to be one and the folder can be written."""
        self._place = folder
        place = str(folder) if os.access(folder, os.W_OK) else None
        self._file: IO[bytes] = tempfile.SpooledTemporaryFile(in_memory, dir=place)  # noqa: SIM115
        self._end = 0
        self._has_moved = False  # away from the end

    def put(self, data: bytes) -> Data:
        """Take some bytes; what is returned gives them back. Raises MachineError on a full disk."""
        start, self._end = self._end, self._end + len(data)
        with guarded(self._place):
            if self._has_moved:
                self._file.seek(start)
                self._has_moved = False
            self._file.write(data)
        return partial(self._get, start, len(data))

    def _get(self, start: int, size: int) -> bytes:
        with guarded(self._place):
            self._file.seek(start)
            self._has_moved = True
            return self._file.read(size)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _: object, __: TracebackType | None
    ) -> None:
        self._file.close()
