"""What every source of a spec lists now, or listed when its data was last there."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from itemcat.errors import ItemcatError, Problems, SpecError
from itemcat.model import Asset, Manifest, Source, Spec
from itemcat.naming import label
from itemcat.sources import listing_key, resolve
from itemcat.stamp import Sightings
from itemcat.urls import public


@dataclass(frozen=True, slots=True)
class Listing:
    """The assets of each source in the spec's order, what of it the manifest keeps, and remarks."""

    assets: tuple[tuple[Source, tuple[Asset, ...]], ...]
    kept: Mapping[str, tuple[Asset, ...]]
    notes: tuple[str, ...]


def list_sources(spec: Spec, old: Manifest, sightings: Sightings, *, refresh: bool) -> Listing:
    """Ask every source. Raises Problems with all that is wrong.

    Local data of which nothing is there keeps what it listed before (a fresh clone seldom has the
    data), unless `refresh` says that what is there counts.
    """
    listed: list[tuple[Source, tuple[Asset, ...]]] = []
    notes: list[str] = []
    errors: list[ItemcatError] = []
    for source in spec.sources:
        try:
            found = resolve(source, sightings)
            before = old.listings.get(listing_key(source) or "", ())
            if before and not refresh and _is_away(source, found, before):
                notes.append(_not_here(source, before))
                found = tuple(sorted({*before, *found}, key=label)) if found else before
            if not found:
                raise _nothing(source)
            listed.append((source, found))
        except Problems as problems:
            errors += problems.errors
        except ItemcatError as error:
            errors.append(error)
    if errors:
        raise Problems(tuple(errors))
    return Listing(tuple(listed), _kept(listed), tuple(notes))


def _is_away(source: Source, found: tuple[Asset, ...], before: tuple[Asset, ...]) -> bool:
    """Whether the local data of a source is not on this machine; a list may be all new."""
    return not found or (source.kind == "files" and not set(found) & set(before))


def _kept(listed: list[tuple[Source, tuple[Asset, ...]]]) -> dict[str, tuple[Asset, ...]]:
    """The listings as the manifest has them: public addresses only."""
    return {
        key: tuple(replace(asset, location=public(asset.location)) for asset in assets)
        for source, assets in listed
        if (key := listing_key(source)) is not None
    }


def _not_here(source: Source, before: tuple[Asset, ...]) -> str:
    return (
        f"{source.kind}: {source.address}: none of the {len(before)} files of the last build is "
        "here; their items stay as they are (--refresh takes only what is here)"
    )


def _nothing(source: Source) -> SpecError:
    if source.kind == "files":
        what = f"`files: {source.address}` matches no file"
        hint = "the pattern is relative to the folder of the spec; ** matches any folders"
    else:
        what = f"`urls: {source.address}` names no file, or is not there"
        hint = "it is a text file beside the spec with one URL a line"
    return SpecError(str(source.place), what, hint)
