"""A dask scheduler and workers on loopback, each a real process that can really be killed."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from queue import Queue

from server import PATIENCE

HERE = Path(__file__).parent
PATH = os.pathsep.join([str(HERE), str(HERE.parent)])


class Process:
    """A program that tells on stderr, by a line that holds `ready`, that it is at work."""

    def __init__(
        self,
        module: str,
        *arguments: str,
        ready: str,
        before: Sequence[str] = (),
        **environment: str,
    ) -> None:
        self._process = subprocess.Popen(
            [*before, sys.executable, "-P", "-m", f"distributed.cli.{module}", *arguments],
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": PATH, **environment},
        )
        self._told: Queue[str] = Queue()
        threading.Thread(target=self._listen, args=(ready,), daemon=True).start()
        self.line = self._told.get(timeout=PATIENCE)
        assert self.line, "it ended before it was ready"

    def _listen(self, ready: str) -> None:
        """Read all that it tells, so that it can go on telling."""
        assert self._process.stderr
        with self._process.stderr as lines:
            for line in lines:
                if ready in line:
                    self._told.put(line)
        self._told.put("")

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        return self._process.poll() is None

    def kill(self) -> None:
        """End it as a machine that loses its power does."""
        self._process.kill()
        self._process.wait()


class Cluster:
    """A scheduler without workers at first."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = folder / "scheduler.json"
        scheduler = ("--host", "127.0.0.1", "--port", "0", "--no-dashboard")
        told = ("--scheduler-file", str(self.file))
        self.scheduler = Process("dask_scheduler", *scheduler, *told, ready="Scheduler at:")
        self.address = self.scheduler.line.split("Scheduler at:")[1].strip()
        self.workers: list[Process] = []

    def hire(self, *options: str, before: Sequence[str] = (), **environment: str) -> Process:
        """One more worker, of one thread; `before` are words in front of its command."""
        worker = Process(
            "dask_worker",
            *(self.address, "--nthreads", "1", "--no-nanny", "--no-dashboard"),
            *("--host", "127.0.0.1", "--memory-limit", "0"),
            *("--local-directory", str(self.folder), *options),
            ready="Registered to:",
            before=before,
            **environment,
        )
        self.workers.append(worker)
        return worker

    def end(self) -> None:
        """Everything that is still there."""
        for process in (*self.workers, self.scheduler):
            process.kill()


@contextmanager
def cluster(folder: Path, workers: int, environment: Mapping[str, str] = {}) -> Iterator[Cluster]:
    """A scheduler with so many workers."""
    found = Cluster(folder)
    try:
        for _ in range(workers):
            found.hire(**environment)
        yield found
    finally:
        found.end()
