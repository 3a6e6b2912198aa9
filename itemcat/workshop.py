"""What gathering works with, opened when there is something to do."""

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeGuard

from itemcat.listener import Listener
from itemcat.messenger import Messenger
from itemcat.options import Options
from itemcat.pool import Pool
from itemcat.survey import Survey

if TYPE_CHECKING:
    from itemcat.fetch import Fetcher

MakeExecutor = Callable[[int], Executor]
"""Gives an executor of so many workers; the build shuts it down."""


@dataclass(frozen=True, slots=True)
class Workshop:
    """The tools of one build of what was found."""

    found: Survey
    options: Options
    listener: Listener
    make_executor: MakeExecutor
    messenger: Messenger

    @property
    def fetcher(self) -> "Fetcher":
        """The one fetcher of this build."""
        return self.messenger.fetcher(self.found.spec.fetch, self.found.spec.buckets)

    def executor(self) -> Executor:
        """A new executor; any other than our own has time limits of its own."""
        make, jobs = self.make_executor, self.options.jobs
        return make(jobs, self.found.spec.read.timeout) if _is_pool(make) else make(jobs)


def _is_pool(make: object) -> TypeGuard[type[Pool]]:
    return isinstance(make, type) and issubclass(make, Pool)
