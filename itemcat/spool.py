"""Bytes that wait to be used: in memory while they are few, else in a file of no name."""

import io
import os
import shutil
import tempfile
from array import array
from pathlib import Path
from types import TracebackType
from typing import IO, Self

MOST = 64 << 20  # bytes in memory


class Spool:
    """A list of byte strings; what it holds goes with it, also when it is killed."""

    def __init__(self, folder: Path, most: int = MOST) -> None:
        """`folder` is where the file lies, if there has to be one and the folder can be written."""
        self._folder = folder
        self._most = most
        self._is_in_memory = True
        self._file: IO[bytes] = io.BytesIO()
        self._ends = array("Q", [0])

    def __len__(self) -> int:
        return len(self._ends) - 1

    def append(self, data: bytes) -> None:
        """Take some bytes. Raises OSError when the disk is full."""
        end = self._ends[-1]
        if self._is_in_memory and end + len(data) > self._most:
            self._spill()
        self._file.seek(end)
        self._file.write(data)
        self._ends.append(end + len(data))

    def __getitem__(self, number: int) -> bytes:
        start, end = self._ends[number], self._ends[number + 1]
        self._file.seek(start)
        return self._file.read(end - start)

    def _spill(self) -> None:
        place = str(self._folder) if os.access(self._folder, os.W_OK) else None
        self._file.seek(0)
        held, self._file = self._file, tempfile.TemporaryFile(dir=place)  # noqa: SIM115
        shutil.copyfileobj(held, self._file)
        self._is_in_memory = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _: object, __: TracebackType | None
    ) -> None:
        self._file.close()
