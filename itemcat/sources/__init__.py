"""The kinds of sources a spec may have: what each entry under `assets:` stands for.

A kind is a module with `resolve(source, sightings) -> assets` and a line in `KINDS`; its key is the
key of the entry in the spec. A kind that has to ask a host, with `resolve(source, http) -> listed`,
stands in `REMOTE`. What a source lists is kept in the manifest, under `listing_key`.
"""

import json
from collections.abc import Callable, Mapping

from itemcat.model import Asset, Source
from itemcat.sources import bucket, dataverse, figshare, files, index, url, urls, zenodo
from itemcat.sources.http import Http
from itemcat.sources.listed import Listed
from itemcat.stamp import Sightings
from itemcat.urls import public

KINDS: Mapping[str, Callable[[Source, Sightings], tuple[Asset, ...]]] = {
    "url": url.resolve,
    "urls": urls.resolve,
    "files": files.resolve,
}
RECORDS = ("zenodo", "invenio", "figshare", "dataverse")
"""The kinds whose sources are records, and say something of themselves."""

REMOTE: Mapping[str, Callable[[Source, Http], Listed]] = {
    "zenodo": zenodo.resolve,
    "invenio": zenodo.resolve,
    "figshare": figshare.resolve,
    "dataverse": dataverse.resolve,
    "index": index.resolve,
    "bucket": bucket.resolve,
}


def resolve(source: Source, sightings: Sightings) -> tuple[Asset, ...]:
    """The assets that a source stands for, now; what it looks at is noted.

    None at all where its local data is not there. Raises SpecError or SourceError.
    """
    return KINDS[source.kind](source, sightings)


def ask(source: Source, http: Http) -> Listed:
    """What a source of a kind in `REMOTE` lists now, at least one asset.

    Raises SpecError, SourceError or FetchError.
    """
    return REMOTE[source.kind](source, http)


def listing_key(source: Source) -> str | None:
    """The name of a source's listing in the manifest; None for what lists only itself."""
    if source.kind == "url":
        return None
    chosen: dict[str, object] = {"include": source.include, "exclude": source.exclude}
    chosen |= {"endpoint": source.endpoint, "region": source.region}
    said = {name: value for name, value in chosen.items() if value}
    rest = f" {json.dumps(said, ensure_ascii=False)}" if said else ""
    return f"{source.kind}: {public(source.address)}{rest}"


def record_named(text: str) -> tuple[str, str] | None:
    """The kind of entry and its address for a record that somebody names; None for no record."""
    if article := figshare.article_named(text):
        return "figshare", article
    if dataset := dataverse.dataset_named(text):
        return "dataverse", dataset
    return zenodo.record_named(text)
