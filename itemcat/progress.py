"""Progress for a person who waits: on a terminal, and only when a build takes a while."""

import threading
from types import TracebackType
from typing import Self, TextIO

from itemcat.listener import Listener

_PATIENCE = 0.5  # seconds before the first sign
_INTERVAL = 0.1  # seconds between two signs


class Progress(Listener):
    """Shows how many assets are ready on the last line of a terminal; prints notes anywhere."""

    def __init__(self, stream: TextIO, *, quiet: bool) -> None:
        self._stream = stream
        self._quiet = quiet
        self._lock = threading.Lock()
        self._state = ""
        self._shown = ""
        self._over = threading.Event()
        self._painter: threading.Thread | None = None
        if stream.isatty() and not quiet:
            self._painter = threading.Thread(target=self._paint, daemon=True)

    def __enter__(self) -> Self:
        if self._painter:
            self._painter.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _: object, __: TracebackType | None
    ) -> None:
        self._over.set()
        if self._painter:
            self._painter.join()

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
        """Take note of the state; the painter shows it."""
        self._state = f"{done} of {total} assets ready"

    def _paint(self) -> None:
        pause = _PATIENCE
        while not self._over.wait(pause):
            pause = _INTERVAL
            with self._lock:
                self._show(self._state)
        with self._lock:
            self._show("")

    def _show(self, line: str) -> None:
        """Put a line in the place of the one that is shown."""
        if line != self._shown:
            self._stream.write(f"\r{' ' * len(self._shown)}\r{line}")
            self._stream.flush()
            self._shown = line
