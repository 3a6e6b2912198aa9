"""What a build would do: the same plan, with nothing fetched, read or written."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from itemcat import manifest, output
from itemcat.edition import Edition, make_edition
from itemcat.errors import ItemcatError
from itemcat.files import sha256_of
from itemcat.layout import TABLE_FILE
from itemcat.model import Action, Decision, KnownAsset
from itemcat.naming import NamedItem, label
from itemcat.pages import Pages
from itemcat.plan import Task, Work, key_of, known_now, pending
from itemcat.survey import Survey
from itemcat.urls import host
from itemcat.workshop import Workshop

Answers = dict[tuple[str, str], bool | ItemcatError | None]
"""Whether files have changed, by item id and asset key; None where nobody can tell."""


@dataclass(frozen=True, slots=True)
class Preview:
    """What would become of each item, what would fail, and what would change on disk.

    `remarks` are on changes that no item explains.
    """

    decisions: Mapping[str, Decision]
    failures: Mapping[str, ItemcatError]
    changes_manifest: bool
    changes_catalog: bool
    remarks: tuple[str, ...] = ()


def preview(survey: Survey, shop: Workshop) -> Preview:
    """Plan to the end. Publishers are asked only where the plan says so (`refresh`)."""
    with Pages(survey.places.cache.staging) as pages:
        return _previewed(survey, _ask(survey.plan.tasks, shop), pages)


def _previewed(survey: Survey, answers: Answers, pages: Pages) -> Preview:
    tasks: dict[str, list[Task]] = {}
    for task in survey.plan.tasks:
        tasks.setdefault(task.item.id, []).append(task)
    decisions: dict[str, Decision] = {}
    failures: dict[str, ItemcatError] = {
        item.id: item.error for item in survey.named if not isinstance(item, NamedItem)
    }
    is_waiting = False
    for item in survey.named:
        if not isinstance(item, NamedItem) or item.id in failures:
            continue
        own = tasks[item.id]
        errors = [answers.get(key_of(task)) for task in own]
        failed = next((error for error in errors if isinstance(error, ItemcatError)), None)
        due = next((task for task in own if _is_due(task, answers)), None)
        if failed:
            failures[item.id] = failed
        elif due:
            is_waiting = True
            decisions[item.id] = _waiting(due, survey, answers.get(key_of(due)) is True)
        else:
            try:
                page = survey.page(item, _as_known(own))
            except ItemcatError as error:
                failures[item.id] = error
            else:
                pages.add(item.id, page)
                reason = next((task.reason for task in own if task.reason), "")
                decisions[item.id] = survey.decision(item.id, page.known, reason)
    decisions |= {one: Decision(Action.FAIL, error.what) for one, error in failures.items()}
    told = {item.id: decisions[item.id] for item in survey.named} | survey.removals
    if is_waiting or failures:  # no edition of some of the items: a Collection could have no extent
        return Preview(told, failures, changes_manifest=True, changes_catalog=True)
    return _compared(survey, told, pages)


def _compared(survey: Survey, told: Mapping[str, Decision], pages: Pages) -> Preview:
    """The plan where all is known: the edition to be, held against what is there."""
    listing = survey.listing
    edition = make_edition(
        survey.spec, listing.kept, pages.leaves(), listing.records, listing.record
    )
    new_manifest = manifest.pieces(edition.manifest, pages.entries())
    return Preview(
        told,
        {},
        survey.manifest_sha256 != sha256_of(new_manifest),
        _differs(edition, survey) or not output.is_clean(survey.folder),
        () if _are_due(told) else tuple(_of_table(edition, survey)),
    )


def _is_due(task: Task, answers: Answers) -> bool:
    """Whether a file has to be fetched or read before its item can be rendered."""
    is_changed = answers.get(key_of(task)) is True
    return task.known is None or is_changed or task.work in (Work.FETCH, Work.READ)


def _as_known(tasks: Iterable[Task]) -> dict[str, KnownAsset]:
    """The assets of an item of which everything is known."""
    return {
        task.member.key: known_now(task, task.known.blob, task.known.reading)
        for task in tasks
        if task.known is not None
    }


def _waiting(task: Task, survey: Survey, has_changed: bool) -> Decision:
    if has_changed:
        return Decision(Action.UPDATE, "its publisher has another file now")
    return pending(task, survey.old)


def _are_due(decisions: Mapping[str, Decision]) -> bool:
    return any(decision.action is not Action.KEEP for decision in decisions.values())


def _of_table(edition: Edition, survey: Survey) -> Iterator[str]:
    """What is wrong with the table of the items."""
    wanted = edition.digests.get(TABLE_FILE)
    if wanted is not None and survey.on_disk(TABLE_FILE) != wanted:
        is_there = (survey.folder / TABLE_FILE).exists()
        yield f"{survey.spec.output}/{TABLE_FILE} {'differs' if is_there else 'is missing'}"


def _differs(edition: Edition, survey: Survey) -> bool:
    return any(survey.on_disk(path) != edition.digests[path] for path in edition.doubtful)


def _ask(tasks: Iterable[Task], shop: Workshop) -> Answers:
    """Whether each file that is to be asked for again has changed; None where nobody can tell."""
    asking = [task for task in tasks if task.work is Work.REVALIDATE and task.known is not None]
    if not asking:
        return {}
    from itemcat.fetch import Lanes  # noqa: PLC0415 (most builds ask nobody)
    from itemcat.naps import result_of  # noqa: PLC0415

    answers: Answers = {}
    with Lanes() as lanes:
        asked = {
            key_of(task): lanes.submit(
                host(label(task.member.asset)),
                partial(shop.fetcher.has_changed, task.member.asset, task.known.blob),
            )
            for task in asking
            if task.known is not None
        }
        for key, future in asked.items():
            try:
                answers[key] = result_of(future)
            except ItemcatError as error:
                answers[key] = error
    return answers
