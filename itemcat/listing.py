"""What every source of a spec lists now, or listed when its data was last there."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from itemcat.errors import ItemcatError, Problems, SourceError, SpecError
from itemcat.model import Asset, Manifest, Publication, Source, Spec
from itemcat.naming import label
from itemcat.publication import only_one
from itemcat.sources import RECORDS, REMOTE, ask, listing_key, resolve
from itemcat.sources.http import Http
from itemcat.sources.url import PACKED
from itemcat.stamp import Sightings
from itemcat.urls import public


@dataclass(frozen=True, slots=True)
class Listing:
    """The assets of each source in the spec's order, what of it the manifest keeps, and remarks.

    `records` are what repositories say, by the same keys as `kept`; `record` is the one that all
    sources are of, if there is one. `news` are remarks about what is published elsewhere.
    """

    assets: tuple[tuple[Source, tuple[Asset, ...]], ...]
    kept: Mapping[str, tuple[Asset, ...]]
    notes: tuple[str, ...]
    news: tuple[str, ...] = ()
    records: Mapping[str, Publication] = field(default_factory=dict)
    record: Publication | None = None


def list_sources(
    spec: Spec,
    old: Manifest,
    sightings: Sightings,
    http: Callable[[], Http],
    *,
    refresh: bool,
) -> Listing:
    """Ask every source. Raises Problems with all that is wrong.

    Local data of which nothing is there keeps what it listed before (a fresh clone seldom has the
    data), unless `refresh` says that what is there counts. A host is asked for what the manifest
    does not have, and with `refresh`.
    """
    asked = _Asked(spec.output, old, sightings, http, refresh)
    listed: list[tuple[Source, tuple[Asset, ...]]] = []
    errors: list[ItemcatError] = []
    for source in spec.sources:
        try:
            found = asked.remote(source) if source.kind in REMOTE else asked.local(source)
            listed.append((source, found))
        except Problems as problems:
            errors += problems.errors
        except ItemcatError as error:
            errors.append(error)
    if errors:
        raise Problems(tuple(errors))
    records = {key: asked.records[key] for key in sorted(asked.records)}
    keys = [listing_key(source) or "" for source in spec.sources] if records else []
    record = only_one([records.get(key) for key in keys])
    notes, news = tuple(asked.notes), tuple(dict.fromkeys(asked.news))
    return Listing(tuple(listed), _kept(listed), notes, news, records, record)


class _Asked:
    """One round of questions, and what came beside the assets."""

    def __init__(
        self,
        output: str,
        old: Manifest,
        sightings: Sightings,
        http: Callable[[], Http],
        refresh: bool,
    ) -> None:
        self._output = output
        self._old = old
        self._sightings = sightings
        self._http = http
        self._refresh = refresh
        self.notes: list[str] = []
        self.news: list[str] = []
        self.records: dict[str, Publication] = {}

    def local(self, source: Source) -> tuple[Asset, ...]:
        found = resolve(source, self._sightings)
        if source.kind == "files":  # what a build has written is no data for the next one
            ours = f"{self._output}/"
            found = tuple(asset for asset in found if not asset.location.startswith(ours))
        before = self._old.listings.get(listing_key(source) or "", ())
        if before and not self._refresh and _is_away(source, found, before):
            self.notes.append(_not_here(source, before))
            found = tuple(sorted({*before, *found}, key=label)) if found else before
        if not found:
            raise _nothing(source)
        return found

    def remote(self, source: Source) -> tuple[Asset, ...]:
        key = listing_key(source) or ""
        before, record = self._old.listings.get(key, ()), self._old.records.get(key)
        is_known = bool(before) and (record is not None or source.kind not in RECORDS)
        if is_known and not self._refresh:
            self.records |= {key: record} if record else {}
            return before
        try:
            listed = ask(source, self._http())
        except SpecError as error:
            if before:  # what matched before has gone: that is no mistake in the spec
                raise SourceError(error.where, error.what, error.hint) from error
            raise
        if listed.record:
            self.records[key] = listed.record
            if record and record.id != listed.record.id:
                self.news.append(_moved(source, record, listed.record))
        if listed.news:
            self.news.append(listed.news)
        return listed.assets


def _moved(source: Source, before: Publication, now: Publication) -> str:
    return f"`{source.kind}: {source.address}` is {now.page} now; it was {before.page}"


def _is_away(source: Source, found: tuple[Asset, ...], before: tuple[Asset, ...]) -> bool:
    """Whether the local data of a source is not on this machine; a list may be all new."""
    return not found or (source.kind == "files" and not set(found) & set(before))


def _kept(listed: list[tuple[Source, tuple[Asset, ...]]]) -> dict[str, tuple[Asset, ...]]:
    """The listings as the manifest has them: public addresses only."""
    return {
        key: tuple(map(_public, assets))
        for source, assets in listed
        if (key := listing_key(source)) is not None
    }


def _public(asset: Asset) -> Asset:
    location = public(asset.location)
    return asset if location == asset.location else replace(asset, location=location)


def _not_here(source: Source, before: tuple[Asset, ...]) -> str:
    return (
        f"{source.kind}: {source.address}: none of the {len(before)} files of the last build is "
        "here; their items stay as they are (--refresh takes only what is here)"
    )


def _nothing(source: Source) -> SpecError:
    if source.kind == "files":
        what = f"`files: {source.address}` matches no file"
        if ".zarr" in source.address:
            return SpecError(str(source.place), f"{what}; a Zarr store is a folder", PACKED)
        hint = "the pattern is relative to the folder of the spec; ** matches any folders"
    else:
        what = f"`urls: {source.address}` names no file, or is not there"
        hint = "it is a text file beside the spec with one URL a line"
    return SpecError(str(source.place), what, hint)
