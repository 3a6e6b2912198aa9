"""The slow part of a build: the bytes and the facts of every asset that the plan asks for."""

from collections.abc import Generator, Iterable

from itemcat.plan import Gathered, Task, Work, known_now
from itemcat.workshop import Workshop


def gather(tasks: Iterable[Task], shop: Workshop) -> Generator[Gathered, None, None]:
    """Do the work of every task, and give each as it is done. A failure costs its own asset only.

    What the manifest knows already costs nothing, not even the import of what fetches.
    """
    pending = []
    for task in tasks:
        if task.work is Work.NONE and task.known is not None:
            yield task, known_now(task, task.known.blob, task.known.reading)
        else:
            pending.append(task)
    if pending:
        from itemcat.crew import work  # noqa: PLC0415

        yield from work(pending, shop)
