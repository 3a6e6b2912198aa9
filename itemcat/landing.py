"""An edition lands on disk: items, then the catalog, and the manifest last.

A kill at any point leaves either the old manifest, from which the next build does the same again,
or the new one with everything that it names.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass

from itemcat import manifest, output
from itemcat.disk import guarded
from itemcat.edition import Edition
from itemcat.errors import MachineError
from itemcat.files import sha256, write_atomically
from itemcat.naming import label
from itemcat.plan import Work
from itemcat.render import CATALOG_FILE, item_file
from itemcat.survey import Survey


@dataclass(frozen=True, slots=True)
class Landing:
    """What was written, from the spec's folder, whether anything was done, and remarks."""

    written: tuple[str, ...] = ()
    is_change: bool = False
    remarks: tuple[str, ...] = ()


def land(found: Survey, edition: Edition) -> Landing:
    """Write what differs, delete what is no longer wanted.

    Remarks are about files that were kept though they are no longer part of the catalog. Raises
    UsageError, with nothing changed, where something is in the way, and MachineError when the
    disk refuses: the next build then finishes what this one began.
    """
    changed = {
        path: data
        for path, data in edition.documents.items()
        if found.on_disk.get(path) != sha256(data)
    }
    bytes_of_manifest = manifest.dump(edition.manifest)
    same_manifest = found.manifest_bytes == bytes_of_manifest
    if not changed and same_manifest and output.is_clean(found.folder):
        return Landing()
    with guarded(found.folder):
        kept = _landed(found, edition, changed, None if same_manifest else bytes_of_manifest)
    written = [f"{found.spec.output}/{path}" for path in changed]
    written += [] if same_manifest else [found.places.manifest.name]
    remarks = [f"{path} was kept: it is not as itemcat wrote it" for path in kept]
    return Landing(tuple(written), is_change=True, remarks=tuple(remarks))


def _landed(
    found: Survey, edition: Edition, changed: Mapping[str, bytes], new_manifest: bytes | None
) -> list[str]:
    """Write and prune; what was kept. `new_manifest` is None if it is as it was."""
    known = _known_paths(found)
    if new_manifest is not None and not os.access(found.places.base, os.W_OK):
        what = "Permission denied: it has to be written"
        raise MachineError(found.places.manifest.name, what, "allow writing in the spec's folder")
    unchanged = edition.documents.keys() - changed.keys()
    leftovers = output.begin(
        found.folder, changed, known | unchanged, is_first=found.is_first or found.has_moved
    )
    output.write(found.folder, changed)
    kept = _prune(found, edition, leftovers)
    if new_manifest is not None:
        staging = found.folder / output.STAGING
        write_atomically(found.places.manifest, new_manifest, staging, durable=True)
    output.end(found.folder)
    return kept


def enrol(found: Survey) -> None:
    """Let the cache know this spec, and the addresses whose bytes it is about to come for.

    A sweep of the cache then spares what this build fetches, also when it is cut off.
    """
    wanted = [
        label(task.item.asset)
        for task in found.plan.tasks
        if task.work is Work.FETCH and not task.item.asset.is_local
    ]
    before = found.places.stamp()
    if not before or before.get("wanted", []) != wanted:
        found.places.keep_stamp({**before, "wanted": wanted})


def stamp(found: Survey, edition: Edition, landing: Landing) -> dict[str, object]:
    """What this build saw and wrote, for the next one to know that nothing has changed."""
    gone = [item_file(item_id) for item_id in found.old.items]
    seen = found.sightings.stamp(landing.written)
    for path in gone:
        if path not in edition.documents:
            seen["stats"].pop(f"{found.spec.output}/{path}", None)
    catalog = sha256(edition.documents[CATALOG_FILE])
    return seen | {
        "items": list(edition.manifest.items),
        "output": found.spec.output,
        "catalog": catalog,
    }


def _known_paths(found: Survey) -> set[str]:
    """What the manifest names in the output folder: its items' files and the catalog."""
    if found.is_first:
        return set()
    before = found.places.base / found.old.output
    files = (before / path for path in (*map(item_file, found.old.items), CATALOG_FILE))
    inside = (path for path in files if path.is_relative_to(found.folder))
    return {path.relative_to(found.folder).as_posix() for path in inside}


def _prune(found: Survey, edition: Edition, leftovers: Mapping[str, str]) -> list[str]:
    """Delete the files of the old edition that the new one lacks; the paths that were kept."""
    recorded = {item_file(item_id): item.file_sha256 for item_id, item in found.old.items.items()}
    if not found.has_moved:
        gone = {path: digest for path, digest in recorded.items() if path not in edition.documents}
        return output.prune(found.folder, {**leftovers, **gone})
    output.prune(found.folder, leftovers)
    before = found.places.base / found.old.output
    if output.is_linked(found.places.base, found.old.output):
        return [found.old.output]
    # The manifest has no digest of the catalog, which changes with every item; the cache has.
    stamp = found.places.stamp()
    if stamp.get("output") == found.old.output:
        recorded[CATALOG_FILE] = stamp["catalog"]
    kept = output.prune(before, recorded)
    if CATALOG_FILE not in recorded and (before / CATALOG_FILE).exists():
        kept.append(CATALOG_FILE)
    output.end(before)
    output.remove_if_empty(before.parent, found.places.base)
    return [f"{found.old.output}/{path}" for path in kept]
