"""Executors of a site's own, as its people would write them."""

import os
import signal
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from typing import Any


def make() -> Executor:
    return ThreadPoolExecutor(2)


def sized(jobs: int) -> Executor:
    assert jobs == 3
    return ProcessPoolExecutor(jobs)


class Counting(ThreadPoolExecutor):
    """One that writes, beside the spec, how much was given to it at most and was not done."""

    def __init__(self) -> None:
        super().__init__(1)
        self._given: list[Future[Any]] = []
        self._most = 0

    def submit(self, work: Any, /, *args: Any, **kwargs: Any) -> Any:
        self._given.append(super().submit(work, *args, **kwargs))
        self._most = max(self._most, sum(not future.done() for future in self._given))
        Path("most").write_text(str(self._most))
        return self._given[-1]


def useless() -> list[str]:
    return []


def broken() -> Executor:
    raise RuntimeError("no nodes left")


class Fragile(ProcessPoolExecutor):
    """One whose worker is killed when it has begun."""

    def submit(self, work: Any, /, *args: Any, **kwargs: Any) -> Any:
        return super().submit(_killed)


def _killed() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
