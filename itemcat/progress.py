"""Progress for a person who waits: on a terminal, and only when a build takes a while."""

import threading
import time
from types import TracebackType
from typing import Self, TextIO

from itemcat.listener import Listener

_PATIENCE = 0.5  # seconds before the first sign
_INTERVAL = 0.1  # seconds between two signs


class Progress(Listener):
    """Shows how many assets are ready on the last line of a terminal; elsewhere prints notices."""

    def __init__(self, stream: TextIO, *, quiet: bool) -> None:
        self._stream = stream
        self._quiet = quiet
        self._is_live = stream.isatty() and not quiet
        self._next = time.monotonic() + _PATIENCE
        self._lock = threading.Lock()
        self._shown = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _: object, __: TracebackType | None
    ) -> None:
        with self._lock:
            self._show("")

    def note(self, text: str) -> None:
        """Print a notice, such as a long wait."""
        if self._quiet:
            return
        with self._lock:
            line = self._shown
            self._show("")
            print(f"note: {text}", file=self._stream, flush=True)
            self._show(line)

    def progress(self, done: int, total: int) -> None:
        """Show the state, at most ten times a second."""
        if not self._is_live or time.monotonic() < self._next:
            return
        with self._lock:
            self._next = time.monotonic() + _INTERVAL
            self._show(f"{done} of {total} assets ready")

    def _show(self, line: str) -> None:
        if self._is_live and line != self._shown:
            self._stream.write("\r" + line.ljust(len(self._shown)) + ("" if line else "\r"))
            self._stream.flush()
            self._shown = line
