"""The pipeline: from a spec to a published edition, doing only what changed. Read `build` first."""

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from itemcat.edition import Page, make_edition, standing_page
from itemcat.errors import Drift, ItemcatError
from itemcat.files import sha256
from itemcat.gather import gather
from itemcat.glance import finished
from itemcat.hiring import MakeExecutor
from itemcat.landing import enrol, land, stamp
from itemcat.layout import ROOT_FILES, crowded, item_file
from itemcat.listener import Listener
from itemcat.messenger import Messenger
from itemcat.model import Action
from itemcat.naming import NamedItem, Unnamed
from itemcat.options import Options
from itemcat.places import Places
from itemcat.plan import Outcome, older_readings
from itemcat.pool import refuse_import
from itemcat.preview import preview
from itemcat.result import AssetFailures, Result
from itemcat.spool import Spool
from itemcat.survey import Survey, survey
from itemcat.thumbnails import missing_in
from itemcat.workshop import Workshop

_SHOWN = 10  # items that an error names before it only counts


def build(
    spec: str | Path = "catalog.yaml",
    options: Options | None = None,
    listener: Listener | None = None,
    executor: MakeExecutor | None = None,
) -> Result:
    """Bring the catalog of a spec up to date, and say what became of each item.

    `spec` is the YAML file or its folder; `executor` gives who reads, and counts before what
    options and spec say of it. Raises Problems or another ItemcatError, with catalog
    and manifest as they were; with `keep_going` failures are in the result instead.
    """
    refuse_import()
    started = time.monotonic()
    options, listener = options or Options(), listener or Listener()
    if options.is_plain and (standing := finished(Path(spec), options.cache_dir)):
        return Result.unchanged(*standing)
    places = Places.of(Path(spec), options.cache_dir)
    places.cache.tell(listener.note)
    with (
        places.cache.use(str(places.spec), _told_once(listener)),
        Messenger(places.cache, listener.note, offline=options.offline) as messenger,
    ):
        found = survey(places, options, messenger)
        shop = Workshop(found, options, listener, executor, messenger)
        result = _planned(found, shop) if options.dry_run else _built(found, options, shop)
    return replace(result, totals=messenger.totals(time.monotonic() - started))


def _built(found: Survey, options: Options, shop: Workshop) -> Result:
    """Do what the plan says, unless the options forbid it."""
    if options.locked:
        _refuse_drift(found, shop)
    if not options.keep_going:
        _refuse_unnamed(found)
    enrol(found)
    outcome = gather(found.plan.tasks, shop)
    return _published(found, outcome, keep_going=options.keep_going)


def _published(found: Survey, outcome: Outcome, *, keep_going: bool) -> Result:
    """Render, and put the edition in place: items, catalog, and the manifest last."""
    listing = found.listing
    with Spool(found.places.cache.staging) as spool:
        pages, failures = _pages(found, outcome, spool)
        if failures and not keep_going:
            raise _failed(found, failures)
        edition = make_edition(found.spec, listing.kept, pages, listing.records, listing.record)
        decisions = found.decisions(pages, failures)  # while what is on disk is as it was
        landing = land(found, edition)
    if not failures and not found.listing.notes:
        found.places.keep_stamp(stamp(found, edition, landing))
    return Result(
        found.folder / ROOT_FILES[found.spec.catalog.type],
        decisions,
        tuple(failures.values()),
        (
            *found.listing.notes,
            *found.listing.news,
            *_warnings(found, pages),
            *_pictureless(found, pages),
            *_crowds(found, pages),
            *landing.remarks,
        ),
        is_same=not landing.is_change,
    )


def _pages(
    found: Survey, outcome: Outcome, spool: Spool
) -> tuple[dict[str, Page], dict[str, ItemcatError]]:
    """The pages in the spec's order, and what failed; a failed item keeps its last good page."""
    pages: dict[str, Page] = {}
    failures: dict[str, ItemcatError] = {}
    for item in found.named:
        if isinstance(item, Unnamed):  # which may be a file of an item that has others, too
            failures[item.id] = item.error
    for item in found.named:
        try:
            if item.id not in failures:
                pages[item.id] = _page(found, item, outcome, spool)
        except ItemcatError as error:
            failures[item.id] = error
        if item.id in failures and (standing := _standing(found, item)):
            pages[item.id] = standing
    return pages, failures


def _page(found: Survey, item: NamedItem | Unnamed, outcome: Outcome, spool: Spool) -> Page:
    if isinstance(item, Unnamed):
        raise item.error
    assets = {}
    for member in item.members:
        known = outcome[item.id, member.key]
        if isinstance(known, ItemcatError):
            raise known
        assets[member.key] = known
    return found.page(item, assets, spool.put)


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


def _planned(found: Survey, shop: Workshop) -> Result:
    """What a build would do."""
    plan = preview(found, shop)
    return Result(
        found.folder / ROOT_FILES[found.spec.catalog.type],
        plan.decisions,
        tuple(plan.failures.values()),
        (*found.listing.notes, *found.listing.news, *_older(found), *plan.remarks),
        is_same=not (plan.changes_manifest or plan.changes_catalog),
    )


def _refuse_drift(found: Survey, shop: Workshop) -> None:
    plan = preview(found, shop)
    if not plan.changes_manifest:
        return
    items = [
        f"{item_id} ({decision.action}: {decision.reason})"
        for item_id, decision in plan.decisions.items()
        if decision.action is not Action.KEEP
    ]
    shown = ", ".join(items[:_SHOWN]) + (f" and {len(items) - _SHOWN} more" * (len(items) > _SHOWN))
    raise Drift(
        found.places.manifest.name,
        f"would change: {shown or 'its sources, or its form'}",
        "run `itemcat build` without --locked, and commit what it writes",
    )


def _refuse_unnamed(found: Survey) -> None:
    """A rule that does not fit a name is told before anything is downloaded."""
    unnamed = {item.id: item.error for item in found.named if isinstance(item, Unnamed)}
    if unnamed:
        raise _failed(found, unnamed)


def _failed(found: Survey, failures: Mapping[str, ItemcatError]) -> AssetFailures:
    return AssetFailures(
        failures,
        f"{len(failures)} of {len(found.named)} assets failed: catalog and manifest are as they "
        "were (--keep-going publishes the others)",
    )


def _warnings(found: Survey, pages: Mapping[str, Page]) -> list[str]:
    """What the readers found doubtful in files that are new or changed, and the spec leaves so."""
    placed = {
        item.id
        for item in found.named
        if isinstance(item, NamedItem) and (item.source.rules.geometry or item.source.rules.bbox)
    }
    return [
        f"{asset.location}: {warning}"
        for item_id, page in pages.items()
        if page.known != found.old.items.get(item_id)
        for asset in page.known.assets.values()
        for warning in asset.reading.record.get("warnings", ())
        if not (item_id in placed and "footprint" in warning)
    ]


def _pictureless(found: Survey, pages: Mapping[str, Page]) -> list[str]:
    """Which files that are new or changed have no thumbnail, though it is wanted, and why."""
    return [
        f"{asset.location}: has no thumbnail, since it {why}"
        for item_id, page in pages.items()
        if page.known != found.old.items.get(item_id)
        for asset in page.known.assets.values()
        if (why := missing_in(asset.reading))
    ]


def _crowds(found: Survey, pages: Mapping[str, Page]) -> list[str]:
    folders = [page.known.folder for page in pages.values()]
    return [
        f"{path} links to {count} items, which git and browsers are slow with: "
        '`layout: "{year}/{month}"` in the spec puts them into sub-catalogs'
        for path, count in crowded(folders, ROOT_FILES[found.spec.catalog.type])
    ]


def _told_once(listener: Listener) -> Callable[[], None]:
    """Says, the first time it is called, what is waited for."""
    news = iter(["another itemcat is at work on this catalog or its cache: waiting for it"])

    def tell() -> None:
        for text in news:
            listener.note(text)

    return tell


def _older(found: Survey) -> list[str]:
    """A remark on records that an older reader made."""
    assets = [asset for item in found.old.items.values() for asset in item.assets.values()]
    count = older_readings(assets, found.wanted.readers.values())
    if not count:
        return []
    return [f"{count} items were read by another version of the reader; --reread reads them again"]
