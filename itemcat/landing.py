"""An edition lands on disk: thumbnails, items, then the catalog, and the manifest last.

A kill at any point leaves either the old manifest, from which the next build does the same again,
or the new one with everything that it names.
"""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from itemcat import manifest, output, table
from itemcat.disk import guarded
from itemcat.edition import Edition
from itemcat.errors import MachineError
from itemcat.files import sha256, sha256_of, write_atomically
from itemcat.glance import has_link
from itemcat.layout import (
    ROOT_FILES,
    TABLE_FILE,
    catalog_file,
    catalog_folders,
    item_file,
    picture_file,
)
from itemcat.model import GEOPARQUET, Manifest
from itemcat.naming import label
from itemcat.pages import Pages
from itemcat.plan import Work
from itemcat.stamp import NONE
from itemcat.survey import Survey


@dataclass(frozen=True, slots=True)
class Landing:
    """What was written, from the spec's folder, whether anything was done, and remarks."""

    written: tuple[str, ...] = ()
    is_change: bool = False
    remarks: tuple[str, ...] = ()


def land(found: Survey, edition: Edition, pages: Pages) -> Landing:
    """Write what differs, delete what is no longer wanted; `pages` are those of the edition.

    Remarks are about files that were kept though they are no longer part of the catalog. Raises
    UsageError, with nothing changed, where something is in the way, and MachineError when the
    disk refuses: the next build then finishes what this one began.
    """
    changed = [
        path
        for path in edition.doubtful
        if found.on_disk(path) != edition.digests[path] and not _is_lost(found, edition, path)
    ]
    same_manifest = found.manifest_sha256 == sha256_of(_manifest(edition, pages))
    if not changed and same_manifest and output.is_clean(found.folder):
        return Landing()
    with guarded(found.folder):
        new_manifest = None if same_manifest else _manifest(edition, pages)
        kept = _landed(found, edition, pages, changed, new_manifest)
    written = [f"{found.spec.output}/{path}" for path in changed]
    written += [] if same_manifest else [found.places.manifest.name]
    remarks = [f"{path} was kept: it is not as itemcat wrote it" for path in kept]
    return Landing(tuple(written), is_change=True, remarks=tuple(remarks))


def _landed(
    found: Survey,
    edition: Edition,
    pages: Pages,
    changed: Sequence[str],
    new_manifest: Iterable[bytes] | None,
) -> list[str]:
    """Write and prune; what was kept. `new_manifest` is None if it is as it was."""
    known = _known_paths(found)
    if new_manifest is not None and not os.access(found.places.base, os.W_OK):
        what = "Permission denied: it has to be written"
        raise MachineError(found.places.manifest.name, what, "allow writing in the spec's folder")
    digests = {path: edition.digests[path] for path in changed}
    unchanged = edition.digests.keys() - digests.keys()
    leftovers = output.begin(
        found.folder, digests, known | unchanged, is_first=found.is_first or found.has_moved
    )
    for digest in {edition.pictures[path] for path in changed if path in edition.pictures}:
        if digest in found.pictures.standing:
            found.pictures.get(digest)  # before its file is written over with that of another item
    output.write(found.folder, changed, partial(_data, found, edition, pages))
    kept = _prune(found, edition, leftovers)
    if new_manifest is not None:
        staging = found.folder / output.STAGING
        write_atomically(found.places.manifest, new_manifest, staging, durable=True)
    output.end(found.folder)
    return kept


def _data(found: Survey, edition: Edition, pages: Pages, path: str) -> bytes | Iterable[bytes]:
    """The bytes of a file of the edition."""
    if path in edition.pictures:
        return found.pictures.get(edition.pictures[path])
    if path in edition.fresh:
        return pages.document(edition.fresh[path])
    return _table(found, edition) if path == TABLE_FILE else edition.catalogs[path]


def _manifest(edition: Edition, pages: Pages) -> Iterator[bytes]:
    """The bytes of the manifest, an item a piece: of a large one there is no copy in memory."""
    return manifest.pieces(edition.manifest, pages.entries())


def _is_lost(found: Survey, edition: Edition, path: str) -> bool:
    """Whether it is a thumbnail that nobody has any more, of an item that failed."""
    return path in edition.pictures and not found.pictures.has(edition.pictures[path])


def _pruned(folder: Path, recorded: Mapping[str, str], unknown: list[str]) -> list[str]:
    """Delete what is as recorded; what was kept, and what is there but nobody can vouch for."""
    return [path for path in unknown if (folder / path).exists()] + output.prune(folder, recorded)


def enrol(found: Survey) -> None:
    """Let the cache know this spec, and the addresses whose bytes it is about to come for.

    A sweep of the cache then spares what this build fetches, also when it is cut off.
    """
    wanted = [
        label(task.member.asset)
        for task in found.plan.tasks
        if task.work is Work.FETCH and not task.member.asset.is_local
    ]
    found.places.enrol(wanted)


def stamp(found: Survey, edition: Edition, landing: Landing, *, is_final: bool) -> Iterator[str]:
    """What this build saw and wrote, for the next one to know that nothing has changed.

    If it is not final, the next one has work to do all the same.
    """
    output = found.spec.output
    for path in _recorded(found.old):
        if path not in edition.digests:
            found.sightings.forget(f"{output}/{path}")
    written = {*landing.written}
    made = {
        f"{output}/{path}": (digest, edition.keys.get(path, NONE))
        for path, digest in edition.digests.items()
        if f"{output}/{path}" in written or found.on_disk(path) == digest
    }
    root = ROOT_FILES[found.spec.catalog.type]
    says = {"spec": found.spec.sha256, "output": output, "root": root, "catalogs": edition.others}
    return found.sightings.stamp(says, made, landing.written, is_final=is_final)


def _recorded(old: Manifest) -> dict[str, str]:
    """The items' files and thumbnails that a manifest names, with their digests."""
    items = {
        item_file(item_id, item.folder): item.file_sha256 for item_id, item in old.items.items()
    }
    return items | {
        picture_file(item_id, item.folder): item.thumbnail
        for item_id, item in old.items.items()
        if item.thumbnail is not None
    }


def _catalogs(old: Manifest) -> set[str]:
    """The files of the catalogs of a manifest's items."""
    folders = catalog_folders(item.folder for item in old.items.values())
    return {*map(catalog_file, folders), *ROOT_FILES.values()}


def _tables(old: Manifest) -> set[str]:
    """The file of the table of a manifest's items, if it has one."""
    return {TABLE_FILE} if GEOPARQUET in old.outputs else set()


def _table(found: Survey, edition: Edition) -> Iterator[bytes]:
    """The bytes of the table of all items, which are on disk by now."""
    return table.pieces(partial(_files, found.folder, edition), edition.digests[TABLE_FILE])


def _files(folder: Path, edition: Edition) -> Iterator[tuple[str, bytes]]:
    """The items' files by path. Raises MachineError for one that is not as it should be."""
    for path, digest in edition.rows:
        data = (folder / path).read_bytes()
        if sha256(data) != digest:
            what = "was changed by somebody else while the build ran"
            raise MachineError(f"{folder.name}/{path}", what, "run `itemcat build` again")
        yield path, data


def _known_paths(found: Survey) -> set[str]:
    """What the manifest names in the output folder: its items' files and their catalogs."""
    if found.is_first:
        return set()
    paths = _recorded(found.old).keys() | _catalogs(found.old) | _tables(found.old)
    if not found.has_moved:
        return paths
    before = found.places.base / found.old.output
    inside = (before / path for path in paths if (before / path).is_relative_to(found.folder))
    return {path.relative_to(found.folder).as_posix() for path in inside}


def _prune(found: Survey, edition: Edition, leftovers: Mapping[str, str]) -> list[str]:
    """Delete the files of the old edition that the new one lacks; the paths that were kept."""
    wanted = {f"{found.spec.output}/{path}" for path in edition.digests}

    def is_gone(path: str) -> bool:  # an output folder may have moved so that its paths stand
        return f"{found.old.output}/{path}" not in wanted

    recorded, kept = _recorded(found.old), []
    # The manifest has no digests of catalogs, which change with every item; the cache has.
    says = found.sightings.before.says
    known = says["catalogs"] if says.get("output") == found.old.output else {}
    for path in sorted(_catalogs(found.old)):
        if path in known:
            recorded[path] = known[path]
        elif is_gone(path):
            kept.append(path)
    before = found.places.base / found.old.output
    for path in _tables(found.old):
        if is_gone(path):  # a table vouches for itself
            recorded[path] = output.digest(before, path) or NONE
    recorded = {path: digest for path, digest in recorded.items() if is_gone(path)}
    if not found.has_moved:
        return _pruned(before, {**leftovers, **recorded}, kept)
    output.prune(found.folder, leftovers)
    if has_link(found.places.base, found.old.output):
        return [found.old.output]
    kept = _pruned(before, recorded, kept)
    output.end(before)
    output.remove_if_empty(before.parent, found.places.base)
    return [f"{found.old.output}/{path}" for path in kept]
