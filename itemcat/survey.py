"""What a build finds before it does anything: nothing is fetched here, and nothing written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from itemcat import manifest, output, readers
from itemcat.edition import Page
from itemcat.errors import ItemcatError, SpecError, UsageError
from itemcat.listing import Listing, list_sources
from itemcat.messenger import Messenger
from itemcat.model import Action, Asset, Decision, Manifest, ReadRules, Spec
from itemcat.naming import NamedItem, Unnamed, label, name_items
from itemcat.options import Options
from itemcat.places import Places
from itemcat.plan import Plan, Wanted, decide, make_plan
from itemcat.publication import completed
from itemcat.render import CATALOG_FILE, item_file
from itemcat.spec import load_spec
from itemcat.stamp import Sightings


@dataclass(frozen=True, slots=True)
class Survey:
    """Spec, manifest, assets and disk as they are, and the plan that follows from them.

    `named` is in the spec's order. `on_disk` has the digest of every file that is or was part of
    the catalog, None where it is missing.
    """

    places: Places
    spec: Spec
    old: Manifest
    listing: Listing
    named: Sequence[NamedItem | Unnamed]
    plan: Plan
    wanted: Wanted
    sightings: Sightings
    manifest_bytes: bytes | None
    on_disk: Mapping[str, str | None]

    @property
    def folder(self) -> Path:
        """The output folder."""
        return self.places.base / self.spec.output

    @property
    def is_first(self) -> bool:
        """Whether there is no manifest yet."""
        return self.manifest_bytes is None

    @property
    def has_moved(self) -> bool:
        """Whether the spec names another output folder than the last build did."""
        return self.spec.output != self.old.output

    def decisions(
        self, pages: Mapping[str, Page], failures: Mapping[str, ItemcatError]
    ) -> dict[str, Decision]:
        """What becomes of each item, given the new pages and what failed."""
        moved = f"the output folder is now {self.spec.output}" if self.has_moved else ""
        reasons = {task.item.id: task.reason for task in self.plan.tasks}
        made = {
            item_id: decide(
                item_id,
                reasons.get(item_id) or moved,
                page.known.file_sha256,
                self.on_disk.get(item_file(item_id)),
                self.old,
            )
            for item_id, page in pages.items()
        }
        made |= {item_id: Decision(Action.FAIL, error.what) for item_id, error in failures.items()}
        removed = Decision(Action.REMOVE, "no longer in the spec")
        return made | dict.fromkeys(self.plan.removed, removed)


def survey(places: Places, options: Options, messenger: Messenger) -> Survey:
    """Look at everything. Raises Problems or another ItemcatError where a build makes no sense."""
    sightings = Sightings(places.base, places.stamp())
    sightings.see(places.spec.name)
    sightings.see(places.manifest.name)
    spec = load_spec(places.spec)
    if spec.output.split("/")[0] in (places.spec.name, places.manifest.name):
        what = f"`output: {spec.output}` is the name of the spec or of its manifest"
        raise UsageError(places.spec.name, what, "name another folder as `output:`")
    output.refuse_links(places.base, spec.output)
    manifest_bytes = _bytes_of(places.manifest)
    found = None if manifest_bytes is None else manifest.parse(places.manifest.name, manifest_bytes)
    old = found or Manifest(spec.output)
    http = partial(messenger.http, spec.fetch)
    listing = list_sources(spec, old, sightings, http, refresh=options.refresh)
    spec = _worded(spec, listing)
    named = name_items((source, _digested(listed, sightings)) for source, listed in listing.assets)
    wanted = Wanted(
        readers.identity(readers.RASTER),
        _read_options(spec.read),
        refresh=options.refresh,
        reread=options.reread,
    )
    items = [item for item in named if isinstance(item, NamedItem)]
    ids = {item.id for item in items} | old.items.keys()
    for path in (*map(item_file, ids), CATALOG_FILE):
        sightings.see(f"{spec.output}/{path}")
    on_disk = output.digests(places.base / spec.output, [*map(item_file, ids), CATALOG_FILE])
    unnamed = {known_id(item, old) for item in named if isinstance(item, Unnamed)}
    plan = make_plan(items, unnamed, old, wanted)
    return Survey(
        places, spec, old, listing, named, plan, wanted, sightings, manifest_bytes, on_disk
    )


def _worded(spec: Spec, listing: Listing) -> Spec:
    """The spec with the words of its record where it has none of its own."""
    catalog = completed(spec.catalog, listing.record) if listing.record else spec.catalog
    for key in ("title", "description"):
        if not getattr(catalog, key):
            why = "its record has none" if listing.record else "its entries are of several records"
            what = f"catalog.{key}: is missing, and {why}"
            raise SpecError(spec.path.name, what, f"write one as `catalog.{key}`")
    return replace(spec, catalog=catalog)


def _read_options(read: ReadRules) -> dict[str, str]:
    """What the spec says of reading that changes records; a footprint of all pixels goes unsaid."""
    options = {"statistics": read.statistics}
    return options if read.footprint == "outline" else {**options, "footprint": read.footprint}


def known_id(item: NamedItem | Unnamed, old: Manifest) -> str:
    """The id of an item; of an asset that has none, the id it had, or else its label."""
    if isinstance(item, NamedItem):
        return item.id
    location = label(item.asset)
    for item_id, known in old.items.items():
        if any(asset.location == location for asset in known.assets.values()):
            return item_id
    return location


def _bytes_of(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _digested(assets: Sequence[Asset], sightings: Sightings) -> list[Asset]:
    """Local assets with the digest that they have now; none where the file is not here."""
    return [
        replace(asset, checksum=f"sha256:{sightings.digest(asset.location)}")
        if asset.is_local and sightings.see(asset.location)
        else asset
        for asset in assets
    ]
