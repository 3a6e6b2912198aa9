"""What gathering works with, opened when there is something to do."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from itemcat.hiring import MakeExecutor, Staff, hired
from itemcat.listener import Listener
from itemcat.messenger import Messenger
from itemcat.options import Options
from itemcat.plan import Task
from itemcat.survey import Survey

if TYPE_CHECKING:
    from itemcat.fetch import Fetcher


@dataclass(frozen=True, slots=True)
class Workshop:
    """The tools of one build of what was found."""

    found: Survey
    options: Options
    listener: Listener
    make_executor: MakeExecutor | None
    messenger: Messenger

    @property
    def fetcher(self) -> "Fetcher":
        """The one fetcher of this build."""
        return self.messenger.fetcher(self.found.spec.fetch, self.found.spec.buckets)

    def staff(self, tasks: Sequence[Task]) -> AbstractContextManager[Staff]:
        """Those who read for these tasks; raises UsageError or MachineError without any."""
        return hired(self.found, self.options, self.make_executor, tasks, self.listener.note)
