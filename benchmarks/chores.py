"""What workers are asked in `benchmarks/scale.py`; a module of its own, which they import."""

import os
import signal
import threading
from pathlib import Path

from itemcat import readers


def agree() -> None:
    """Terms that suit everybody."""


def read(name: str, path: Path) -> str:
    """Read a file, unless its number says something else."""
    if name == "700":
        os.kill(os.getpid(), signal.SIGSEGV)
    if name == "800":
        threading.Event().wait()
    return readers.read_line(readers.RASTER, path, {"statistics": "exact"})


def head(path: Path) -> str:
    """Read a file without its pixels."""
    return readers.read_line(readers.RASTER, path, {"statistics": "none"})
