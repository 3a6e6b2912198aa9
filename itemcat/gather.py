"""The slow part of a build: the bytes and the facts of every asset that the plan asks for."""

from collections.abc import Iterable

from itemcat.plan import Outcome, Task, Work, key_of, known_now
from itemcat.workshop import Workshop


def gather(tasks: Iterable[Task], shop: Workshop) -> Outcome:
    """Do the work of every task. A failure costs its own asset only.

    What the manifest knows already costs nothing, not even the import of what fetches.
    """
    outcome: Outcome = {}
    pending = []
    for task in tasks:
        if task.work is Work.NONE and task.known is not None:
            outcome[key_of(task)] = known_now(task, task.known.blob, task.known.reading)
        else:
            pending.append(task)
    if pending:
        from itemcat.crew import work  # noqa: PLC0415

        outcome |= work(pending, shop)
    return outcome
