"""What a build has to do, item by item, and why: pure, from spec, assets and manifest."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from itemcat.bucket import is_same_version
from itemcat.choice import FILE, RASTER, is_of, reader_name
from itemcat.errors import ItemcatError
from itemcat.model import (
    Action,
    Asset,
    Blob,
    Decision,
    KnownAsset,
    KnownItem,
    Manifest,
    Reading,
    Validators,
)
from itemcat.naming import NamedAsset, NamedItem, label
from itemcat.thumbnails import OPTION, SIDE, picture_in, pictured, without_picture


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
    `is_remote` tells that of a file at a URL only the head is read, `thumbnails` that items have
    pictures, and `lost` the digests of those that are nowhere any more, and why.
    """

    readers: Mapping[str, str]
    options: Mapping[str, str]
    refresh: bool = False
    reread: bool = False
    is_remote: bool = False
    thumbnails: bool = False
    lost: Mapping[str, str] = field(default_factory=dict)

    def reader_of(self, member: NamedAsset) -> str:
        """The reader of a file, with its version."""
        return self.readers[_reader(member)]

    def options_of(self, member: NamedAsset, *, is_pictured: bool) -> Mapping[str, str]:
        """The options that change what is read out of a file."""
        options = self.options if _reader(member) == RASTER else {}
        variable = member.source.rules.variable
        options = options if variable is None else {**options, "variable": variable}
        return {**options, OPTION: SIDE} if is_pictured else options

    def reads_remotely(self, member: NamedAsset) -> bool:
        """Whether only the head of a file is read; what lies beside the data comes whole."""
        return self.is_remote and not member.asset.is_local and _reader(member) != FILE


@dataclass(frozen=True, slots=True)
class Task:
    """One file of an item and the work that it needs; `known` is what the last build had of it.

    `options` are those with which it is to be read; `is_remote` tells that only its head is.
    """

    item: NamedItem
    member: NamedAsset
    work: Work
    reason: str
    known: KnownAsset | None = None
    options: Mapping[str, str] = field(default_factory=dict)
    is_remote: bool = False

    def is_met(self, reading: Reading) -> bool:
        """Whether a reading is the one that the file is to have; its reader may be older."""
        return is_of(_reader(self.member), reading.reader) and reading.options == self.options


@dataclass(frozen=True, slots=True)
class Plan:
    """The tasks in the spec's order, and the ids that the manifest has and the spec lacks."""

    tasks: tuple[Task, ...]
    removed: tuple[str, ...]


Gathered = tuple[Task, KnownAsset | ItemcatError]
"""A file whose work is done: what is known of it now, or why that failed."""


def key_of(task: Task) -> tuple[str, str]:
    """What names a file among all: item id and asset key."""
    return task.item.id, task.member.key


def known_now(task: Task, blob: Blob, reading: Reading) -> KnownAsset:
    """The asset of a task as the manifest is to have it."""
    asset = task.member.asset
    if asset.is_local:  # a publisher may have the same bytes, but said nothing of this file
        blob = Blob(blob.sha256, blob.size)
    elif task.is_remote:  # the digest of an earlier download is not what a build from scratch has
        blob = blob.unhashed()
    return KnownAsset(label(asset), asset.href, blob, reading)


def make_plan(items: Sequence[NamedItem], failed: set[str], old: Manifest, wanted: Wanted) -> Plan:
    """The work that a build has to do. `failed` are ids that must not count as removed."""
    memory, restated = _Memory.of(old), _restated(items, old)
    tasks = []
    for item in items:
        shown = pictured(item) if wanted.thumbnails else None
        for member in item.members:
            blank = Task(
                item,
                member,
                Work.NONE,
                "",
                options=wanted.options_of(member, is_pictured=member is shown),
                is_remote=wanted.reads_remotely(member),
            )
            is_restated = restated and label(member.asset) in restated
            tasks.append((_refetched if is_restated else _decided)(blank, memory, wanted))
    present = {item.id for item in items} | failed
    return Plan(tuple(tasks), tuple(sorted(old.items.keys() - present)))


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


@dataclass(frozen=True, slots=True)
class _Memory:
    """The last build's items, and its assets by where they are and by what they are."""

    items: Mapping[str, KnownItem]
    by_location: Mapping[str, KnownAsset]
    by_digest: Mapping[str, KnownAsset]

    @classmethod
    def of(cls, old: Manifest) -> "_Memory":
        assets = [asset for item in old.items.values() for asset in item.assets.values()]
        by_location = {asset.location: asset for asset in assets}
        by_digest = {a.blob.sha256: a for a in by_location.values() if a.blob.sha256}
        return cls(old.items, by_location, by_digest)

    def asset(self, item: NamedItem, member: NamedAsset) -> KnownAsset | None:
        """A file as the last build had it: the item's own one first, for several may share it."""
        location, before = label(member.asset), self.items.get(item.id)
        for asset in before.assets.values() if before else ():
            if asset.location == location:
                return asset
        return self.by_location.get(location)


def _decided(task: Task, memory: _Memory, wanted: Wanted) -> Task:
    """The task of a file with the work that it needs."""
    item, member, asset = task.item, task.member, task.member.asset
    found, reason = memory.asset(item, member), ""
    access = _other_access(found.blob, asset, is_remote=task.is_remote) if found else ""
    if found is None or access or _changed(asset, found.blob):
        twin = memory.by_digest.get(_sha256(asset)) if asset.is_local else None
        if twin is None:
            reason = access or _why_fetch(item, member, found, memory)
            return replace(task, work=Work.FETCH, reason=reason, known=found)
        found, reason = twin, "the same bytes under another name"
    if OPTION in found.reading.options and OPTION not in task.options:
        found, reason = without_picture(found), reason or "its thumbnail is not wanted any more"
    if wanted.refresh and not asset.is_local:
        reason = "asked its publisher again (--refresh)"
        return replace(task, work=Work.REVALIDATE, reason=reason, known=found)
    if again := _why_read(task, found.reading, wanted):
        return replace(task, work=Work.READ, reason=again, known=found)
    return replace(task, reason=reason if item.id in memory.items else "", known=found)


def _why_read(task: Task, reading: Reading, wanted: Wanted) -> str:
    """Why a file has to be read again; empty where it has not."""
    if not is_of(_reader(task.member), reading.reader):
        return f"its reader is now {_reader(task.member)}; it was {reading.reader}"
    if changes := _option_changes(reading.options, task.options):
        return changes
    picture = picture_in(reading) if wanted.lost else None
    if picture and picture.sha256 in wanted.lost:
        return wanted.lost[picture.sha256]
    return "read again (--reread)" if wanted.reread else ""


def _other_access(blob: Blob, asset: Asset, *, is_remote: bool) -> str:
    """Why what is known of a file is not enough for the way in which it is read now."""
    if is_remote and blob.validators == Validators():
        return "nothing that is known of it would tell of changes (read.access: remote)"
    if not is_remote and blob.sha256 is None and not asset.is_local:
        return "only its head was read; now all of it is (read.access: download)"
    return ""


def _reader(member: NamedAsset) -> str:
    return reader_name(member.source.rules, member.asset.name)


def _restated(items: Sequence[NamedItem], old: Manifest) -> set[str]:
    """The addresses of which a publisher has declared another checksum since the last listing."""
    declared = {
        label(member.asset): member.asset.checksum
        for item in items
        for member in item.members
        if member.asset.checksum and not _sha256(member.asset)
    }
    if not declared:
        return set()
    listed = (asset for assets in old.listings.values() for asset in assets)
    return {
        asset.location
        for asset in listed
        if asset.checksum and declared.get(asset.location, asset.checksum) != asset.checksum
    }


def _refetched(task: Task, memory: _Memory, _: Wanted) -> Task:
    """The task of a file whose publisher has another one by now."""
    found = memory.asset(task.item, task.member)
    reason = _why_fetch(task.item, task.member, found, memory)
    return replace(task, work=Work.FETCH, reason=reason, known=found)


def _why_fetch(
    item: NamedItem, member: NamedAsset, found: KnownAsset | None, memory: _Memory
) -> str:
    if found is not None and member.asset.is_local:
        return "the file changed"
    if found is not None:
        what = "declared checksum" if member.asset.checksum else "version in the bucket"
        return f"its {what} changed"
    before = memory.items.get(item.id)
    if before is None:
        return "new in the spec"
    if member.key not in before.assets:
        return f"its asset {member.key} is new"
    return f"its address changed; it was {before.assets[member.key].location}"


def _changed(asset: Asset, blob: Blob) -> bool:
    """Whether the declared (for a local file: the real) SHA-256 is another one.

    Repositories give the checksum that they declare as ETag too, so that others count there; of
    an object the ETag is listed itself.
    """
    if _sha256(asset):
        return blob.sha256 is not None and _sha256(asset) != blob.sha256
    if asset.etag and blob.validators.etag:
        return not is_same_version(asset.etag, blob.validators.etag)
    algorithm, colon, _ = (asset.checksum or "").partition(":")
    etag = (blob.validators.etag or "").strip('"').lower()
    return bool(colon) and etag.startswith(f"{algorithm}:") and etag != asset.checksum


def _sha256(asset: Asset) -> str:
    algorithm, _, digest = (asset.checksum or "").partition(":")
    return digest if algorithm == "sha256" else ""


def _option_changes(old: Mapping[str, str], new: Mapping[str, str]) -> str:
    """The options that are others now, as a reason; empty where all are as they were."""
    names = [name for name in sorted(old.keys() | new.keys()) if old.get(name) != new.get(name)]
    if names == [OPTION] and OPTION not in old:
        return "a thumbnail is wanted now"
    changes = (f"{name} {old.get(name, 'unset')} → {new.get(name, 'unset')}" for name in names)
    return f"read options changed: {', '.join(changes)}" if names else ""
