"""What gathering works with, opened when there is something to do, closed when the build ends."""

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, field
from types import TracebackType
from typing import TYPE_CHECKING, Self, TypeGuard

from itemcat.listener import Listener
from itemcat.options import Options
from itemcat.pool import Pool
from itemcat.result import Totals
from itemcat.survey import Survey

if TYPE_CHECKING:
    from itemcat.fetch import Fetcher

MakeExecutor = Callable[[int], Executor]
"""Gives an executor of so many workers; the build shuts it down."""


@dataclass(slots=True)
class Workshop:
    """The tools of one build of what was found."""

    found: Survey
    options: Options
    listener: Listener
    make_executor: MakeExecutor
    _opened: "list[Fetcher]" = field(default_factory=list)

    @property
    def fetcher(self) -> "Fetcher":
        """The one fetcher of this build."""
        if not self._opened:
            from itemcat.fetch import Fetcher  # noqa: PLC0415 (most builds fetch nothing)

            rules, say = self.found.spec.fetch, self.listener.note
            offline, cache = self.options.offline, self.found.places.cache
            self._opened.append(Fetcher(cache, rules=rules, offline=offline, say=say))
        return self._opened[0]

    def executor(self) -> Executor:
        """A new executor; any other than our own has time limits of its own."""
        make, jobs = self.make_executor, self.options.jobs
        return make(jobs, self.found.spec.read.timeout) if _is_pool(make) else make(jobs)

    def totals(self, seconds: float) -> Totals:
        """What it cost so far."""
        if not self._opened:
            return Totals(seconds=seconds)
        fetcher = self.fetcher
        return Totals(fetcher.requests, fetcher.bytes_fetched, fetcher.blobs_reused, seconds)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _: object, __: TracebackType | None
    ) -> None:
        for fetcher in self._opened:
            fetcher.close()


def _is_pool(make: object) -> TypeGuard[type[Pool]]:
    return isinstance(make, type) and issubclass(make, Pool)
