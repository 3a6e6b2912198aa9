"""Bytes that wait to be used: in memory while they are few, else in a file of no name."""

import os
import tempfile
from array import array
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from itemcat.disk import guarded

MOST = 64 << 20  # bytes in memory


class Spool:
    """A list of byte strings; what it holds goes with it, also when it is killed."""

    def __init__(self, folder: Path, most: int = MOST) -> None:
        """`folder` is where the file lies, if there has to be one and the folder can be written."""
        self._folder = folder
        self._room = most
        self._held: list[bytes] = []
        self._file: IO[bytes] | None = None
        self._is_at_end = False
        self._ends = array("Q", [0])

    def __len__(self) -> int:
        return len(self._held) if self._file is None else len(self._ends) - 1

    def append(self, data: bytes) -> None:
        """Take some bytes. Raises MachineError when the disk is full."""
        if self._file is None and len(data) <= self._room:
            self._room -= len(data)
            self._held.append(data)
            return
        if self._file is None and not os.access(self._folder, os.W_OK):
            self._folder = Path(tempfile.gettempdir())
        with guarded(self._folder):
            file = self._file or self._spilled()
            self._write(file, data)

    def __getitem__(self, number: int) -> bytes:
        if self._file is None:
            return self._held[number]
        start, end = self._ends[number], self._ends[number + 1]
        with guarded(self._folder):
            self._is_at_end = False
            self._file.seek(start)
            return self._file.read(end - start)

    def _spilled(self) -> IO[bytes]:
        """The file, with all that was in memory."""
        self._file = tempfile.TemporaryFile(dir=self._folder)  # noqa: SIM115
        for data in self._held:
            self._write(self._file, data)
        self._held.clear()
        return self._file

    def _write(self, file: IO[bytes], data: bytes) -> None:
        if not self._is_at_end:  # else what is buffered would be flushed each time
            file.seek(self._ends[-1])
            self._is_at_end = True
        file.write(data)
        self._ends.append(self._ends[-1] + len(data))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _: object, __: TracebackType | None
    ) -> None:
        if self._file is not None:
            with suppress(OSError):  # of bytes that a full disk did not take, and nobody wants
                self._file.close()
