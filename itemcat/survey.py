"""What a build finds before it does anything: nothing is fetched here, and nothing written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from itemcat import manifest, output, readers, table
from itemcat.edition import Keys, Page, page, unchanged_page
from itemcat.errors import SpecError, UsageError
from itemcat.files import sha256
from itemcat.layout import item_file, picture_file
from itemcat.listing import Listing, list_sources
from itemcat.messenger import Messenger
from itemcat.model import (
    GEOPARQUET,
    Action,
    Asset,
    Decision,
    KnownAsset,
    KnownItem,
    Manifest,
    ReadRules,
    Spec,
)
from itemcat.naming import NamedItem, Unnamed, name_items
from itemcat.options import Options
from itemcat.pictures import EDITED, MISSING, Pictures, look
from itemcat.places import Places
from itemcat.plan import Plan, Wanted, decide, make_plan
from itemcat.publication import completed
from itemcat.spec import load_spec
from itemcat.stamp import NONE, Sightings


@dataclass(frozen=True, slots=True)
class Survey:
    """Spec, manifest, assets and disk as they are, and the plan that follows from them.

    `named` is in the spec's order; `manifest_sha256` is None where there is no manifest yet;
    `pictures` are the thumbnails of the last build, and those that this one makes.
    """

    places: Places
    spec: Spec
    old: Manifest
    listing: Listing
    named: Sequence[NamedItem | Unnamed]
    plan: Plan
    wanted: Wanted
    sightings: Sightings
    manifest_sha256: str | None
    keys: Keys
    pictures: Pictures

    @property
    def folder(self) -> Path:
        """The output folder."""
        return self.places.base / self.spec.output

    @property
    def is_first(self) -> bool:
        """Whether there is no manifest yet."""
        return self.manifest_sha256 is None

    @property
    def has_moved(self) -> bool:
        """Whether the spec names another output folder than the last build did."""
        return self.spec.output != self.old.output

    def on_disk(self, path: str) -> str | None:
        """The digest of a file of the output folder; None where it is missing, or a link."""
        return _seen(self.sightings, self.spec.output, path)

    def page(self, item: NamedItem, assets: Mapping[str, KnownAsset]) -> Page:
        """The page of an item: the one that stands on disk, if it would be the same, or a new one.

        Raises RuleError where a rule of the spec does not fit it.
        """
        key, before = self.keys.of(item, assets), self.old.items.get(item.id)
        if before and not self.has_moved and before.assets == assets:
            path = f"{self.spec.output}/{item_file(item.id, before.folder)}"
            seen = self.sightings.untouched(path)
            if seen and (seen.key, seen.digest) == (key, before.file_sha256):
                return unchanged_page(self.spec, item, before, assets, key)
        return page(self.spec, item, assets, key)

    @property
    def removals(self) -> dict[str, Decision]:
        """What becomes of the items that the spec has no longer."""
        return dict.fromkeys(self.plan.removed, Decision(Action.REMOVE, "no longer in the spec"))

    def decision(self, item_id: str, known: KnownItem, reason: str) -> Decision:
        """What becomes of an item, given its new entry and why its files were worked on."""
        moved = f"the output folder is now {self.spec.output}" if self.has_moved else ""
        why = reason or moved or _refiled(known, self.old.items.get(item_id))
        on_disk = self.on_disk(item_file(item_id, known.folder))
        made = decide(item_id, why, known.file_sha256, on_disk, self.old)
        if made.action is Action.KEEP and (flaw := self._flaw(item_id, known)):
            return Decision(Action.UPDATE, flaw)
        return made

    def _flaw(self, item_id: str, known: KnownItem) -> str:
        """What is wrong with an item's thumbnail on disk; empty for nothing."""
        if known.thumbnail is None:
            return ""
        on_disk = self.on_disk(picture_file(item_id, known.folder))
        return "" if on_disk == known.thumbnail else EDITED if on_disk else MISSING


def survey(places: Places, options: Options, messenger: Messenger) -> Survey:
    """Look at everything. Raises Problems or another ItemcatError where a build makes no sense."""
    sightings = Sightings(places.base, places.stamp())
    sightings.see(places.spec.name)
    sightings.see(places.manifest.name)
    before = sightings.before
    valid = before.says["spec"] if before.is_ours else ""
    spec = load_spec(places.spec, valid=valid)
    if spec.output.split("/")[0] in (places.spec.name, places.manifest.name):
        what = f"`output: {spec.output}` is the name of the spec or of its manifest"
        raise UsageError(places.spec.name, what, "name another folder as `output:`")
    if GEOPARQUET in spec.outputs and not options.dry_run:
        table.refuse_missing_library(places.spec.name)
    output.refuse_links(places.base, spec.output)
    is_ours = sightings.untouched(places.manifest.name) is not None
    old, digest = _remembered(places.manifest, is_ours=is_ours)
    old = old or Manifest(spec.output)
    http = partial(messenger.http, spec.fetch, spec.buckets)
    listing = list_sources(spec, old, sightings, http, refresh=options.refresh)
    spec = _worded(spec, listing)
    listed = ((source, _digested(assets, sightings)) for source, assets in listing.assets)
    named = _recognised(name_items(listed), old)
    for item_id, known in old.items.items():  # before the long work, so that no edit is missed
        sightings.see(f"{spec.output}/{item_file(item_id, known.folder)}")
    pictures, lost = _pictures(places, spec, old, sightings)
    wanted = Wanted(
        {name: readers.identity(name) for name in readers.VERSIONS},
        _read_options(spec.read),
        refresh=options.refresh,
        reread=options.reread,
        is_remote=spec.read.access == "remote",
        thumbnails=spec.thumbnails,
        lost=lost,
    )
    items = [item for item in named if isinstance(item, NamedItem)]
    unnamed = {item.id for item in named if isinstance(item, Unnamed)}
    plan, keys = make_plan(items, unnamed, old, wanted), Keys(spec)
    return Survey(
        places, spec, old, listing, named, plan, wanted, sightings, digest, keys, pictures
    )


def _pictures(
    places: Places, spec: Spec, old: Manifest, sightings: Sightings
) -> tuple[Pictures, dict[str, str]]:
    """The thumbnails of the last build, and which of them are lost."""
    name = old.output if (places.base / old.output).exists() else spec.output  # renamed by hand
    folder = places.base / name
    recorded = {
        picture_file(item_id, known.folder): known.thumbnail
        for item_id, known in old.items.items()
        if known.thumbnail is not None
    }

    is_apart = name != spec.output  # so that the files are none of the new stamp's
    digest = partial(output.digest, folder) if is_apart else partial(_seen, sightings, name)
    return look(places.cache, folder, recorded, digest)


def _seen(sightings: Sightings, folder: str, path: str) -> str | None:
    """The digest of a file in an output folder; None where it is missing, or a link."""
    name = f"{folder}/{path}"
    if sightings.see(name) is None:
        return None
    base = sightings.base
    digest = sightings.digest(name, lambda _: output.digest(base / folder, path) or NONE)
    return None if digest == NONE else digest


def _refiled(known: KnownItem, before: KnownItem | None) -> str:
    """The reason of an item whose sub-catalog is another one now."""
    if before is None or before.folder == known.folder:
        return ""
    return f"its place is now {known.folder or 'at the top'}"


def _worded(spec: Spec, listing: Listing) -> Spec:
    """The spec with the words of its record where it has none of its own."""
    catalog = completed(spec.catalog, listing.record) if listing.record else spec.catalog
    for key in ("title", "description"):
        if not getattr(catalog, key):
            why = "its record has none" if listing.record else "its entries are of several records"
            what = f"catalog.{key}: is missing, and {why}"
            raise SpecError(spec.path.name, what, f"write one as `catalog.{key}`")
    if catalog.type == "Collection" and not catalog.license:
        hint = "write its SPDX identifier as `catalog.license`, such as CC-BY-4.0"
        raise SpecError(
            spec.path.name, "catalog.license: is missing, and a Collection has one", hint
        )
    return replace(spec, catalog=catalog)


def _read_options(read: ReadRules) -> dict[str, str]:
    """What the spec says of reading that changes records; a footprint of all pixels goes unsaid."""
    options = {"statistics": read.statistics}
    return options if read.footprint == "outline" else {**options, "footprint": read.footprint}


def _recognised(
    named: Sequence[NamedItem | Unnamed], old: Manifest
) -> Sequence[NamedItem | Unnamed]:
    """The same, with the ids that files without one had in the last build."""
    lost = {item.id for item in named if isinstance(item, Unnamed)}
    if not lost:
        return named
    before = {
        asset.location: item_id
        for item_id, known in old.items.items()
        for asset in known.assets.values()
        if asset.location in lost
    }
    return [
        replace(item, id=before.get(item.id, item.id)) if isinstance(item, Unnamed) else item
        for item in named
    ]


def _remembered(path: Path, *, is_ours: bool) -> tuple[Manifest | None, str | None]:
    """The manifest and the digest of its file; None where there is none.

    One that is not as the last build here left it has its records looked into, too.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return None, None
    found = manifest.parse(path.name, data)
    if not is_ours:
        manifest.refuse_strange(path.name, found)
    return found, sha256(data)


def _digested(assets: Sequence[Asset], sightings: Sightings) -> list[Asset]:
    """Local assets with the digest that they have now; none where the file is not here."""
    return [
        replace(asset, checksum=f"sha256:{sightings.digest(asset.location)}")
        if asset.is_local and sightings.see(asset.location)
        else asset
        for asset in assets
    ]
