"""What a build has to do, item by item, and why: pure, from spec, assets and manifest."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from itemcat.choice import RASTER, is_of, reader_name
from itemcat.model import Action, Asset, Blob, Decision, KnownAsset, Manifest, Reading
from itemcat.naming import NamedItem, label


class Work(StrEnum):
    """What an asset needs before its item can be rendered, from nothing to everything."""

    NONE = "none"
    READ = "read"
    REVALIDATE = "revalidate"
    FETCH = "fetch"


@dataclass(frozen=True, slots=True)
class Wanted:
    """How assets are to be read now, and what is to be done again.

    `readers` has each reader with its version, by its name; `options` are those of the raster's.
    """

    readers: Mapping[str, str]
    options: Mapping[str, str]
    refresh: bool = False
    reread: bool = False

    def reader_of(self, item: NamedItem) -> str:
        """The reader of an item's file, with its version."""
        return self.readers[_reader(item)]

    def options_of(self, item: NamedItem) -> Mapping[str, str]:
        """The options that change what is read out of an item's file."""
        options = self.options if _reader(item) == RASTER else {}
        variable = item.source.rules.variable
        return options if variable is None else {**options, "variable": variable}

    def is_met(self, item: NamedItem, reading: Reading) -> bool:
        """Whether a reading is the one that an item is to have; its reader may be older."""
        own = is_of(_reader(item), reading.reader)
        return own and reading.options == self.options_of(item)


@dataclass(frozen=True, slots=True)
class Task:
    """One item and the work that its asset needs; `known` is the last build's, if it has one."""

    item: NamedItem
    work: Work
    reason: str
    known: KnownAsset | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """The tasks in the spec's order, and the ids that the manifest has and the spec lacks."""

    tasks: tuple[Task, ...]
    removed: tuple[str, ...]


def known_now(task: Task, blob: Blob, reading: Reading) -> KnownAsset:
    """The asset of a task as the manifest is to have it."""
    asset = task.item.asset
    if asset.is_local:  # a publisher may have the same bytes, but said nothing of this file
        blob = Blob(blob.sha256, blob.size)
    return KnownAsset(label(asset), asset.href, blob, reading)


def make_plan(items: Sequence[NamedItem], failed: set[str], old: Manifest, wanted: Wanted) -> Plan:
    """The work that a build has to do. `failed` are ids that must not count as removed."""
    known = {asset.location: asset for item in old.items.values() for asset in item.assets.values()}
    by_digest = {asset.blob.sha256: asset for asset in known.values()}
    tasks = tuple(_task(item, old, known, by_digest, wanted) for item in items)
    present = {item.id for item in items} | failed
    return Plan(tasks, tuple(sorted(old.items.keys() - present)))


def decide(item_id: str, reason: str, digest: str, on_disk: str | None, old: Manifest) -> Decision:
    """What becomes of an item whose new document has this digest, and whose file has that one."""
    known = old.items.get(item_id)
    if known is None:
        return Decision(Action.ADD, reason or "new in the spec")
    if on_disk == digest:
        return Decision(Action.KEEP, reason or "nothing changed")
    if on_disk is None:
        return Decision(Action.UPDATE, reason or "its file is missing")
    if on_disk != known.file_sha256:
        return Decision(Action.UPDATE, "its file was edited by hand")
    return Decision(Action.UPDATE, reason or "the spec renders it differently")


def pending(task: Task, old: Manifest) -> Decision:
    """What is going to become of an item that has to be fetched or read first."""
    action = Action.UPDATE if task.item.id in old.items else Action.ADD
    return Decision(action, task.reason)


def older_readings(assets: Iterable[KnownAsset], readers: Iterable[str]) -> int:
    """How many records were read by none of these readers, each with its version."""
    present = set(readers)
    return sum(asset.reading.reader not in present for asset in assets)


def _task(
    item: NamedItem,
    old: Manifest,
    known: Mapping[str, KnownAsset],
    by_digest: Mapping[str, KnownAsset],
    wanted: Wanted,
) -> Task:
    asset = item.asset
    found = _own(item, old) or known.get(label(asset))
    if found is None or _changed(asset, found.blob):
        twin = by_digest.get(_sha256(asset)) if asset.is_local else None
        if twin is None:
            return Task(item, Work.FETCH, _why_fetch(item, found, old), found)
        found, moved = twin, "the same bytes under another name"
    else:
        moved = ""
    if wanted.refresh and not asset.is_local:
        return Task(item, Work.REVALIDATE, "asked its publisher again (--refresh)", found)
    if not is_of(_reader(item), found.reading.reader):
        reason = f"its reader is now {_reader(item)}; it was {found.reading.reader}"
        return Task(item, Work.READ, reason, found)
    if changes := _option_changes(found.reading.options, wanted.options_of(item)):
        return Task(item, Work.READ, f"read options changed: {changes}", found)
    if wanted.reread:
        return Task(item, Work.READ, "read again (--reread)", found)
    return Task(item, Work.NONE, moved if item.id in old.items else "", found)


def _reader(item: NamedItem) -> str:
    return reader_name(item.source.rules, item.asset.name)


def _own(item: NamedItem, old: Manifest) -> KnownAsset | None:
    """The item's own asset of the last build, at the same address; several may share a file."""
    location, before = label(item.asset), old.items.get(item.id)
    assets = before.assets.values() if before else ()
    return next((asset for asset in assets if asset.location == location), None)


def _why_fetch(item: NamedItem, found: KnownAsset | None, old: Manifest) -> str:
    if found is not None:
        return "the file changed" if item.asset.is_local else "its declared checksum changed"
    if item.id not in old.items:
        return "new in the spec"
    before = ", ".join(asset.location for asset in old.items[item.id].assets.values())
    return f"its address changed; it was {before}"


def _changed(asset: Asset, blob: Blob) -> bool:
    """Whether the declared (for a local file: the real) SHA-256 is another one."""
    return bool(_sha256(asset)) and _sha256(asset) != blob.sha256


def _sha256(asset: Asset) -> str:
    algorithm, _, digest = (asset.checksum or "").partition(":")
    return digest if algorithm == "sha256" else ""


def _option_changes(old: Mapping[str, str], new: Mapping[str, str]) -> str:
    return ", ".join(
        f"{name} {old.get(name, 'unset')} → {new.get(name, 'unset')}"
        for name in sorted(old.keys() | new.keys())
        if old.get(name) != new.get(name)
    )
