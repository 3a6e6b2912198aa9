"""What a build has to do, item by item, and why: pure, from spec, assets and manifest."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from itemcat.bucket import is_same_version
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
    """How assets are to be read now: reader with version, options, and what is to be done again."""

    reader: str
    options: Mapping[str, str]
    refresh: bool = False
    reread: bool = False

    def options_of(self, item: NamedItem) -> Mapping[str, str]:
        """The options that change what is read out of an item's file."""
        variable = item.source.rules.variable
        return self.options if variable is None else {**self.options, "variable": variable}


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
    restated = _restated(items, old)
    tasks = tuple(
        _refetched(item, old, known)
        if label(item.asset) in restated
        else _task(item, old, known, by_digest, wanted)
        for item in items
    )
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


def older_readings(assets: Iterable[KnownAsset], reader: str) -> int:
    """How many records were read by another version of the reader than this one."""
    return sum(asset.reading.reader != reader for asset in assets)


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
    if changes := _option_changes(found.reading.options, wanted.options_of(item)):
        return Task(item, Work.READ, f"read options changed: {changes}", found)
    if wanted.reread:
        return Task(item, Work.READ, "read again (--reread)", found)
    return Task(item, Work.NONE, moved if item.id in old.items else "", found)


def _restated(items: Sequence[NamedItem], old: Manifest) -> set[str]:
    """The addresses of which a publisher has declared another checksum since the last listing."""
    declared = {
        label(item.asset): item.asset.checksum
        for item in items
        if item.asset.checksum and not _sha256(item.asset)
    }
    if not declared:
        return set()
    listed = (asset for assets in old.listings.values() for asset in assets)
    return {
        asset.location
        for asset in listed
        if asset.checksum and declared.get(asset.location, asset.checksum) != asset.checksum
    }


def _refetched(item: NamedItem, old: Manifest, known: Mapping[str, KnownAsset]) -> Task:
    found = _own(item, old) or known.get(label(item.asset))
    return Task(item, Work.FETCH, _why_fetch(item, found, old), found)


def _own(item: NamedItem, old: Manifest) -> KnownAsset | None:
    """The item's own asset of the last build, at the same address; several may share a file."""
    location, before = label(item.asset), old.items.get(item.id)
    assets = before.assets.values() if before else ()
    return next((asset for asset in assets if asset.location == location), None)


def _why_fetch(item: NamedItem, found: KnownAsset | None, old: Manifest) -> str:
    if found is not None and item.asset.is_local:
        return "the file changed"
    if found is not None:
        what = "declared checksum" if item.asset.checksum else "version in the bucket"
        return f"its {what} changed"
    if item.id not in old.items:
        return "new in the spec"
    before = ", ".join(asset.location for asset in old.items[item.id].assets.values())
    return f"its address changed; it was {before}"


def _changed(asset: Asset, blob: Blob) -> bool:
    """Whether the declared (for a local file: the real) SHA-256 is another one.

    Repositories give the checksum that they declare as ETag too, so that others count there; of
    an object the ETag is listed itself.
    """
    if _sha256(asset):
        return _sha256(asset) != blob.sha256
    if asset.etag and blob.validators.etag:
        return not is_same_version(asset.etag, blob.validators.etag)
    algorithm, colon, _ = (asset.checksum or "").partition(":")
    etag = (blob.validators.etag or "").strip('"').lower()
    return bool(colon) and etag.startswith(f"{algorithm}:") and etag != asset.checksum


def _sha256(asset: Asset) -> str:
    algorithm, _, digest = (asset.checksum or "").partition(":")
    return digest if algorithm == "sha256" else ""


def _option_changes(old: Mapping[str, str], new: Mapping[str, str]) -> str:
    return ", ".join(
        f"{name} {old.get(name, 'unset')} → {new.get(name, 'unset')}"
        for name in sorted(old.keys() | new.keys())
        if old.get(name) != new.get(name)
    )
