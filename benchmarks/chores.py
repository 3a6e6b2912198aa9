"""What workers are asked in `benchmarks/scale.py`; a module of its own, which they import."""

import json
import os
import signal
import threading
from functools import cache
from pathlib import Path
from typing import Any

from itemcat import readers
from itemcat.files import json_line


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


def synthetic(path: Path, number: int) -> str:
    """The record of a file, as if it were in another place."""
    record = _record(path)
    west, south = number % 3590 / 10 - 179.5, number // 3590 % 1700 / 10 - 85
    ring = [[west, south], [west + 0.1, south], [west + 0.1, south + 0.1], [west, south + 0.1]]
    place = {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}
    return json_line({**record, "geometry": place, "bbox": [*ring[0], *ring[2]]})


@cache
def _record(path: Path) -> Any:
    return json.loads(head(path))
