"""Who reads: processes of this machine, unless the user or the spec name somebody else."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeGuard

from itemcat.options import AS_SPEC, Options
from itemcat.plan import Task
from itemcat.pool import Pool
from itemcat.survey import Survey

MakeExecutor = Callable[[int], Executor]
"""Gives an executor of so many workers; the build shuts it down."""


@dataclass(frozen=True, slots=True)
class Staff:
    """Those who read. `room` is how many files of all hosts may be under way to them.

    `asks` tells that workers ask hosts themselves where they may, `takes` that they take files
    from the shared cache.
    """

    executor: Executor
    room: int = 0
    asks: bool = False
    takes: bool = False


@contextmanager
def hired(
    found: Survey,
    options: Options,
    make: MakeExecutor | None,
    tasks: Sequence[Task],
    say: Callable[[str], None],
) -> Iterator[Staff]:
    """The staff for some tasks: what `make` gives, or else what options or spec name.

    `say` is told of what it waits for. Raises UsageError or MachineError where there is nobody.
    """
    asked = options.executor
    name = found.spec.executor if asked in (None, AS_SPEC) else asked
    if make is None and name != "local":
        from itemcat.agency import lent  # noqa: PLC0415 (few builds need it)
        from itemcat.shared import token_of  # noqa: PLC0415

        takes = token_of(found.places.cache) is not None
        with lent(found, options, tasks, say) as (executor, room):
            yield Staff(executor, room, asks=not options.offline, takes=takes)
        return
    make, jobs = make or Pool, min(options.jobs, len(tasks))  # more would only be started
    yield Staff(make(jobs, found.spec.read.timeout) if _is_pool(make) else make(jobs))


def _is_pool(make: object) -> TypeGuard[type[Pool]]:
    """Whether it is our own, which takes a time limit; others have limits of their own."""
    return isinstance(make, type) and issubclass(make, Pool)
