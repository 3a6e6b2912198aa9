"""The pages of a build, made while its files become known, and what is to be said of each item."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from itemcat.edition import Page, standing_page
from itemcat.errors import ItemcatError, MachineError
from itemcat.files import sha256
from itemcat.layout import item_file
from itemcat.model import Action, Decision, KnownAsset
from itemcat.naming import NamedItem, Unnamed
from itemcat.pages import Pages
from itemcat.plan import Gathered
from itemcat.survey import Survey
from itemcat.thumbnails import missing_in


@dataclass(frozen=True, slots=True)
class Composition:
    """What becomes of each item, what failed, and remarks, all in the spec's order."""

    decisions: Mapping[str, Decision]
    failures: Mapping[str, ItemcatError]
    remarks: tuple[str, ...]


def compose(found: Survey, gathered: Iterable[Gathered], pages: Pages) -> Composition:
    """Make the page of each item when all of its files are known; put all in the spec's order.

    A failed item keeps its last good page.
    """
    failures = {item.id: item.error for item in found.named if isinstance(item, Unnamed)}
    decisions: dict[str, Decision] = {}
    remarks: dict[str, list[str]] = {}
    for item, files in _whole(gathered):
        try:
            if item.id not in failures:  # which another file of the same item may be
                page = found.page(item, _assets(files))
                pages.add(item.id, page)
                reason = next((task.reason for task, _ in files if task.reason), "")
                decisions[item.id] = found.decision(item.id, page.known, reason)
                if said := _remarks(found, item, page):
                    remarks[item.id] = said
        except MachineError:
            raise  # a full disk is no fault of this item
        except ItemcatError as error:
            failures[item.id] = _bare(error)
    for named in found.named:
        if named.id in failures and (standing := _standing(found, named)):
            pages.add(named.id, standing)
    decisions |= {i: Decision(Action.FAIL, error.what) for i, error in failures.items()}
    ids = {item.id: None for item in found.named}
    pages.arrange(ids)
    return Composition(
        {one: decisions[one] for one in ids} | found.removals,
        {one: failures[one] for one in ids if one in failures},
        tuple(text for one in ids for text in remarks.get(one, ())),
    )


def _whole(gathered: Iterable[Gathered]) -> Iterator[tuple[NamedItem, list[Gathered]]]:
    """Items of which all files are done, with these in the item's order."""
    waiting: dict[str, dict[str, Gathered]] = {}
    for task, known in gathered:
        item = task.item
        if len(item.members) == 1:  # as nearly always
            yield item, [(task, known)]
            continue
        files = waiting.setdefault(item.id, {})
        files[task.member.key] = task, known
        if len(files) == len(item.members):
            del waiting[item.id]
            yield item, [files[member.key] for member in item.members]


def _assets(files: Iterable[Gathered]) -> dict[str, KnownAsset]:
    """The assets by their keys. Raises the error of the first one that failed."""
    assets = {}
    for task, known in files:
        if isinstance(known, ItemcatError):
            raise known
        assets[task.member.key] = known
    return assets


def _bare(error: ItemcatError) -> ItemcatError:
    """An error without its frames, which keep documents in memory: thousands of items may fail."""
    error.__cause__ = error.__context__ = None
    return error.with_traceback(None)


def _standing(found: Survey, item: NamedItem | Unnamed) -> Page | None:
    """The last good page: its bytes on disk, or, where they are lost, rendered once more."""
    known = found.old.items.get(item.id)
    if known is None:
        return None
    path = item_file(item.id, known.folder)
    if not found.has_moved and found.on_disk(path) == known.file_sha256:
        data = (found.folder / path).read_bytes()
        if sha256(data) == known.file_sha256:  # nobody has edited it meanwhile
            return standing_page(found.spec, known, data)
    if isinstance(item, Unnamed) or known.assets.keys() != {m.key for m in item.members}:
        return None
    try:
        return found.page(item, known.assets)
    except ItemcatError:
        return None


def _remarks(found: Survey, item: NamedItem, page: Page) -> list[str]:
    """What is doubtful in the files of an item that is new or changed, and the spec leaves so."""
    if page.known == found.old.items.get(item.id):
        return []
    rules, remarks = item.source.rules, []
    is_placed = bool(rules.geometry or rules.bbox)
    for asset in page.known.assets.values():
        warnings = asset.reading.record.get("warnings", ())
        remarks += [
            f"{asset.location}: {warning}"
            for warning in warnings
            if not (is_placed and "footprint" in warning)
        ]
        if why := missing_in(asset.reading):
            remarks.append(f"{asset.location}: has no thumbnail, since it {why}")
    return remarks
