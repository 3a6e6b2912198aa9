"""How long a process takes, and how much memory it and all its children hold together."""

import os
import statistics
import subprocess
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

_LOOK_AGAIN = 0.02  # seconds between two looks at the memory


@dataclass(frozen=True)
class Times:
    """The same thing measured several times, in seconds."""

    runs: tuple[float, ...]

    @property
    def median(self) -> float:
        """The one in the middle."""
        return statistics.median(self.runs)

    def __str__(self) -> str:
        return f"{self.median:.3f} s ({min(self.runs):.3f} to {max(self.runs):.3f})"


@dataclass(frozen=True)
class Ratios:
    """Two things measured in turn: how many times as long the first one took, pair by pair."""

    pairs: tuple[float, ...]

    @classmethod
    def of(cls, one: Times, other: Times) -> "Ratios":
        """The ratios of the runs that went together."""
        return cls(tuple(a / b for a, b in zip(one.runs, other.runs, strict=True)))

    @property
    def median(self) -> float:
        """The one in the middle."""
        return statistics.median(self.pairs)

    def __str__(self) -> str:
        return f"{self.median:.2f} ({min(self.pairs):.2f} to {max(self.pairs):.2f})"


def seconds(
    command: Iterable[object], environment: Mapping[str, str] | None = None, cwd: Path | None = None
) -> float:
    """Wall seconds of a process."""
    start = time.perf_counter()
    run(command, environment, cwd)
    return time.perf_counter() - start


def run(
    command: Iterable[object], environment: Mapping[str, str] | None = None, cwd: Path | None = None
) -> str:
    """Run a process to its end; what it printed. Raises CalledProcessError when it fails."""
    done = subprocess.run(
        [str(part) for part in command],
        env={**os.environ, **(environment or {})},
        cwd=cwd,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return done.stdout


def peak(command: Iterable[object], environment: Mapping[str, str]) -> float:
    """The most memory, in MB, that a process and its descendants hold together at a time.

    Pages that several of them share count once (Linux's proportional set size). A process that was
    over between two looks counts with its own peak.
    """
    process = subprocess.Popen(
        [str(part) for part in command],
        env={**os.environ, **environment},
        stdout=subprocess.DEVNULL,
    )
    most, is_over = 0, threading.Event()

    def watch() -> None:
        nonlocal most
        while not is_over.wait(_LOOK_AGAIN):
            most = max(most, sum(map(_pss, _family(process.pid))))

    watcher = threading.Thread(target=watch)
    watcher.start()
    _, status, usage = os.wait4(process.pid, 0)
    is_over.set()
    watcher.join()
    assert status == 0, command
    return max(most, usage.ru_maxrss) / 1024


def _family(top: int) -> list[int]:
    """A process and all its descendants."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                stat = (entry / "stat").read_text()
            except OSError:
                continue
            parent = int(stat.rpartition(")")[2].split()[1])
            children.setdefault(parent, []).append(int(entry.name))
    family = [top]
    for member in family:
        family += children.get(member, [])
    return family


def _pss(process: int) -> int:
    """The proportional set size in kB; 0 for one that has ended."""
    try:
        text = Path(f"/proc/{process}/smaps_rollup").read_text()
    except OSError:
        return 0
    lines = (line.split() for line in text.splitlines())
    return next((int(line[1]) for line in lines if line[0] == "Pss:"), 0)
