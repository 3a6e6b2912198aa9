"""The pipeline: from a spec to a published edition, doing only what changed. Read `build` first."""

import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from itemcat.composition import Composition, compose
from itemcat.edition import Edition, make_edition
from itemcat.errors import Drift, ItemcatError
from itemcat.gather import gather
from itemcat.glance import finished
from itemcat.hiring import MakeExecutor
from itemcat.landing import enrol, land, stamp
from itemcat.layout import ROOT_FILES
from itemcat.listener import Listener
from itemcat.messenger import Messenger
from itemcat.model import Action
from itemcat.naming import Unnamed
from itemcat.options import Options
from itemcat.pages import Pages
from itemcat.places import Places
from itemcat.plan import older_readings
from itemcat.pool import refuse_import
from itemcat.preview import preview
from itemcat.result import AssetFailures, Result
from itemcat.survey import Survey, survey
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
    with Pages(found.places.cache.staging) as pages:
        with closing(gather(found.plan.tasks, shop)) as gathered:
            composed = compose(found, gathered, pages)
        if composed.failures and not options.keep_going:
            raise _failed(found, composed.failures)
        return _published(found, composed, pages)


def _published(found: Survey, composed: Composition, pages: Pages) -> Result:
    """Put the edition in place: items, catalog, and the manifest last."""
    listing = found.listing
    edition = make_edition(
        found.spec, listing.kept, pages.leaves(), listing.records, listing.record
    )
    landing = land(found, edition, pages)
    is_final = not composed.failures and not listing.notes
    found.places.keep_stamp(stamp(found, edition, landing, is_final=is_final))
    return Result(
        found.folder / ROOT_FILES[found.spec.catalog.type],
        composed.decisions,
        tuple(composed.failures.values()),
        (
            *listing.notes,
            *listing.news,
            *composed.remarks,
            *_crowds(edition),
            *landing.remarks,
        ),
        is_same=not landing.is_change,
    )


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


def _crowds(edition: Edition) -> list[str]:
    return [
        f"{path} links to {count} items, which git and browsers are slow with: "
        '`layout: "{year}/{month}"` in the spec puts them into sub-catalogs'
        for path, count in edition.crowded
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
