"""Polite concurrency: many hosts at once, but only a few jobs a host."""

import threading
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from types import MappingProxyType, TracebackType
from typing import Any, Self, TypeVar

T = TypeVar("T")

# Zenodo blocks whoever downloads more than two files at a time.
LIMITS: Mapping[str, int] = MappingProxyType({"zenodo.org": 2})
FILES = 6  # of one host at a time, as browsers do
HEADS = 16  # where only parts of files are asked for, of a few kilobytes

_Job = tuple[Future[Any], Callable[[], Any]]


class Lanes:
    """Runs jobs in threads, a bounded number for each host, first come first served in its lane.

    A job of a busy host waits in a queue and holds no thread. The threads do not keep the process
    alive: after an interrupt nobody waits for a slow server.
    """

    def __init__(
        self, threads: int = 24, limits: Mapping[str, int] = LIMITS, default: int = FILES
    ) -> None:
        self._most_threads = threads
        self._limits = limits
        self._default = default
        self._changed = threading.Condition()
        self._waiting: dict[str, deque[_Job]] = {}
        self._running: dict[str, int] = {}
        self._threads: list[threading.Thread] = []
        self._closed = False

    def submit(self, host: str, work: Callable[[], T]) -> Future[T]:
        """Queue a job for that host. Raises RuntimeError after `shutdown`."""
        future: Future[T] = Future()
        with self._changed:
            if self._closed:
                raise RuntimeError("these lanes are closed")
            self._waiting.setdefault(host, deque()).append((future, work))
            self._changed.notify()
            if len(self._threads) < self._most_threads and self._startable() > self._idle():
                thread = threading.Thread(target=self._run, name="itemcat-lane", daemon=True)
                self._threads.append(thread)
                thread.start()
        return future

    def shutdown(self, cancel: bool = False) -> None:
        """Take no more jobs, and wait for the queued ones.

        With `cancel` the queued ones are cancelled, and the running ones are left to themselves.
        """
        with self._changed:
            self._closed = True
            dropped = [job for queue in self._waiting.values() for job in queue] if cancel else []
            if cancel:
                self._waiting.clear()
            self._changed.notify_all()
        for future, _ in dropped:
            future.cancel()
        if not cancel:
            for thread in self._threads:
                thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _: object, __: TracebackType | None
    ) -> None:
        self.shutdown(cancel=kind is not None)

    def _run(self) -> None:
        while (job := self._next()) is not None:
            host, future, work = job
            try:
                _perform(future, work)
            finally:
                del job, future, work  # an idle thread must not keep a result alive
                self._leave(host)

    def _next(self) -> tuple[str, Future[Any], Callable[[], Any]] | None:
        """The next job whose host has a free place; None when there will be no more."""
        with self._changed:
            while True:
                for host, queue in self._waiting.items():
                    if self._free(host) > 0:
                        return (host, *self._enter(host, queue))
                if self._closed and not self._waiting:
                    return None
                self._changed.wait()

    def _startable(self) -> int:
        """How many of the queued jobs may begin now; each of them wants a thread."""
        return sum(min(len(queue), self._free(host)) for host, queue in self._waiting.items())

    def _idle(self) -> int:
        """How many threads have no job, be it that they have just been started."""
        return len(self._threads) - sum(self._running.values())

    def _free(self, host: str) -> int:
        return self._limits.get(host, self._default) - self._running.get(host, 0)

    def _enter(self, host: str, queue: deque[_Job]) -> _Job:
        self._running[host] = self._running.get(host, 0) + 1
        job = queue.popleft()
        del self._waiting[host]
        if queue:
            self._waiting[host] = queue  # at the end: the hosts take turns
        return job

    def _leave(self, host: str) -> None:
        with self._changed:
            self._running[host] -= 1
            if not self._running[host]:
                del self._running[host]
            self._changed.notify_all()


def _perform(future: Future[Any], work: Callable[[], Any]) -> None:
    if not future.set_running_or_notify_cancel():
        return
    try:
        result = work()
    except BaseException as error:  # noqa: BLE001 - whoever waits for the future decides
        future.set_exception(error)
    else:
        future.set_result(result)
