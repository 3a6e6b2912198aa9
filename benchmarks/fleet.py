"""A dask cluster of processes on this machine, to be measured from outside."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Fleet:
    """The scheduler's file, its process, and those of the workers."""

    file: Path
    scheduler: psutil.Process
    workers: tuple[psutil.Process, ...]

    def cpu(self) -> tuple[float, float]:
        """CPU seconds of the scheduler, and of the workers with all that they have started."""
        return seconds(self.scheduler), sum(map(seconds, self.workers))


@contextmanager
def fleet(folder: Path, count: int, threads: int = 1) -> Iterator[Fleet]:
    """So many workers of so many threads, and their scheduler, whose file is in the folder."""
    folder.mkdir(exist_ok=True)
    file, command = folder / "scheduler.json", [sys.executable, "-m", "dask"]
    common = ["--no-dashboard", "--scheduler-file", str(file)]
    place = ["--host", "127.0.0.1", "--port", "0"]
    thread = ["--nthreads", str(threads), "--no-nanny", "--local-directory", str(folder)]
    environment = {**os.environ, "PYTHONPATH": str(HERE)}  # where `chores` is
    with ExitStack() as stack:
        started = []
        for order in (["scheduler", *place], *[["worker", *thread]] * count):
            process = subprocess.Popen(
                [*command, *order, *common], stderr=subprocess.DEVNULL, env=environment
            )
            stack.callback(process.wait)
            stack.callback(process.terminate)
            started.append(psutil.Process(process.pid))
        while not file.exists() or not file.stat().st_size:
            time.sleep(0.1)
        yield Fleet(file, started[0], tuple(started[1:]))


def seconds(process: psutil.Process) -> float:
    """CPU seconds of a process and of all that it has started, also of what has ended."""
    family = [process, *process.children(recursive=True)]
    return sum(sum(one.cpu_times()[:4]) for one in family)
