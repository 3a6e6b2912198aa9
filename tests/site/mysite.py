"""Executors of a site's own, as its people would write them."""

import os
import signal
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from typing import Any


def make() -> Executor:
    return ThreadPoolExecutor(2)


def sized(jobs: int) -> Executor:
    assert jobs == 3
    return ProcessPoolExecutor(jobs)


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
