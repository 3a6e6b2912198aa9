"""What a build would do: the same plan, with nothing fetched, read or written."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial

from itemcat.edition import Edition, Page, make_edition
from itemcat.errors import ItemcatError
from itemcat.model import Action, Decision
from itemcat.naming import NamedItem, label
from itemcat.plan import Task, Work, known_now, pending
from itemcat.survey import Survey, known_id
from itemcat.urls import host
from itemcat.workshop import Workshop


@dataclass(frozen=True, slots=True)
class Preview:
    """What would become of each item, what would fail, and what would change on disk."""

    decisions: Mapping[str, Decision]
    failures: Mapping[str, ItemcatError]
    changes_manifest: bool
    changes_catalog: bool


def preview(survey: Survey, shop: Workshop) -> Preview:
    """Plan to the end. Publishers are asked only where the plan says so (`refresh`)."""
    answers = _ask(survey.plan.tasks, shop)
    tasks = {task.item.id: task for task in survey.plan.tasks}
    pages: dict[str, Page] = {}
    failures: dict[str, ItemcatError] = {}
    waiting: dict[str, Decision] = {}
    for item in survey.named:
        item_id = known_id(item, survey.old)
        if not isinstance(item, NamedItem):
            failures[item_id] = item.error
            continue
        task = tasks[item_id]
        answer = answers.get(item_id)
        if isinstance(answer, ItemcatError):
            failures[item_id] = answer
        elif task.known is None or answer is True or task.work in (Work.FETCH, Work.READ):
            waiting[item_id] = _waiting(task, survey, answer is True)
        else:
            known = known_now(task, task.known.blob, task.known.reading)
            try:
                pages[item_id] = survey.page(item, known)
            except ItemcatError as error:
                failures[item_id] = error
    decisions = survey.decisions(pages, failures) | waiting
    ordered = {known_id(item, survey.old): None for item in survey.named} | decisions
    listing = survey.listing
    edition = make_edition(survey.spec, listing.kept, pages, listing.records, listing.record)
    return Preview(
        {item_id: decisions[item_id] for item_id in ordered},
        failures,
        bool(waiting or failures) or survey.is_first or edition.manifest != survey.old,
        bool(waiting or failures) or _differs(edition, survey),
    )


def _waiting(task: Task, survey: Survey, has_changed: bool) -> Decision:
    if has_changed:
        return Decision(Action.UPDATE, "its publisher has another file now")
    return pending(task, survey.old)


def _differs(edition: Edition, survey: Survey) -> bool:
    return any(survey.on_disk(path) != edition.digests[path] for path in edition.documents)


def _ask(tasks: Iterable[Task], shop: Workshop) -> dict[str, bool | ItemcatError | None]:
    """Whether each file that is to be asked for again has changed; None where nobody can tell."""
    asking = [task for task in tasks if task.work is Work.REVALIDATE and task.known is not None]
    if not asking:
        return {}
    from itemcat.fetch import Lanes  # noqa: PLC0415 (most builds ask nobody)

    answers: dict[str, bool | ItemcatError | None] = {}
    with Lanes() as lanes:
        asked = {
            task.item.id: lanes.submit(
                host(label(task.item.asset)),
                partial(shop.fetcher.has_changed, task.item.asset, task.known.blob),
            )
            for task in asking
            if task.known is not None
        }
        for item_id, future in asked.items():
            try:
                answers[item_id] = future.result()
            except ItemcatError as error:
                answers[item_id] = error
    return answers
