"""Work that dies of one file, as a reader does that a damaged file breaks."""

import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any


def read_or_die(work: Callable[..., Any], name: str, path: Path, options: dict[str, str]) -> Any:
    """Do the work, unless the file's name holds the third of January."""
    if "20190103" in path.name:
        os.kill(os.getpid(), signal.SIGSEGV)
    return work(name, path, options)


def read_or_hang(work: Callable[..., Any], name: str, path: Path, options: dict[str, str]) -> Any:
    """Do the work, unless the file's name holds the third of January."""
    if "20190103" in path.name:
        threading.Event().wait()
    return work(name, path, options)


class Unspeakable(Exception):
    """What can be raised, and pickled, and not be made again."""

    def __init__(self, first: str, second: str) -> None:
        super().__init__(f"{first} {second}")


def speechless(is_guilty: bool) -> int:
    """Raise it, or give this process's number."""
    if is_guilty:
        raise Unspeakable("no", "words")
    return os.getpid()
