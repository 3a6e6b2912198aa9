"""Waits that an interrupt ends, whenever it comes, for the main thread.

A signal that arrives while a thread is about to sleep on a lock does not wake it: CPython runs
handlers between bytecodes, and on Windows no signal wakes it at all. So it sleeps in naps.
"""

import threading
from concurrent.futures import Future, wait
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import TypeVar

T = TypeVar("T")
_NAP = 0.5  # seconds


def first_of(queue: "SimpleQueue[T]") -> T:
    """What comes out of a queue next."""
    while True:
        with suppress(Empty):
            return queue.get(timeout=_NAP)


def result_of(future: Future[T]) -> T:
    """What came of a future; raises its error."""
    while not wait([future], timeout=_NAP).done:
        pass
    return future.result()


def take(semaphore: threading.Semaphore) -> None:
    """Take a place of a semaphore."""
    while not semaphore.acquire(timeout=_NAP):
        pass
