"""The kinds of sources a spec may have: what each entry under `assets:` stands for.

A kind is a module with `resolve(source, sightings) -> assets` and a line in `KINDS`; its key is the
key of the entry in the spec. What it lists is kept in the manifest, under `listing_key`.
"""

from collections.abc import Callable, Mapping

from itemcat.model import Asset, Source
from itemcat.sources import files, url, urls
from itemcat.stamp import Sightings
from itemcat.urls import public

KINDS: Mapping[str, Callable[[Source, Sightings], tuple[Asset, ...]]] = {
    "url": url.resolve,
    "urls": urls.resolve,
    "files": files.resolve,
}


def resolve(source: Source, sightings: Sightings) -> tuple[Asset, ...]:
    """The assets that a source stands for, now; what it looks at is noted.

    None at all where its local data is not there. Raises SpecError or SourceError.
    """
    return KINDS[source.kind](source, sightings)


def listing_key(source: Source) -> str | None:
    """The name of a source's listing in the manifest; None for what lists only itself."""
    return None if source.kind == "url" else f"{source.kind}: {public(source.address)}"
