"""An edition lands on disk: items, then the catalog, and the manifest last.

A kill at any point leaves either the old manifest, from which the next build does the same again,
or the new one with everything that it names.
"""

from collections.abc import Mapping

from itemcat import manifest, output
from itemcat.disk import guarded
from itemcat.edition import Edition
from itemcat.files import sha256, write_atomically
from itemcat.naming import label
from itemcat.plan import Work
from itemcat.render import CATALOG_FILE, item_file
from itemcat.survey import Survey


def land(found: Survey, edition: Edition) -> tuple[bool, list[str]]:
    """Write what differs, delete what is no longer wanted.

    Returns whether anything was written or deleted, and remarks about files that were kept though
    they are no longer part of the catalog. Raises UsageError, with nothing changed, where
    somebody else's files are in the way, and MachineError when the disk refuses: the next build
    then finishes what this one began.
    """
    changed = {
        path: data
        for path, data in edition.documents.items()
        if found.on_disk.get(path) != sha256(data)
    }
    bytes_of_manifest = manifest.dump(edition.manifest)
    same_manifest = found.manifest_bytes == bytes_of_manifest
    if not changed and same_manifest and output.is_clean(found.folder):
        return False, []
    with guarded(found.folder):
        return True, _landed(found, edition, changed, None if same_manifest else bytes_of_manifest)


def _landed(
    found: Survey, edition: Edition, changed: Mapping[str, bytes], new_manifest: bytes | None
) -> list[str]:
    """Write and prune; remarks about what was kept. `new_manifest` is None if it is as it was."""
    known = set() if found.is_first or found.has_moved else _paths(found)
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
    return [f"{path} was kept: it is not as itemcat wrote it" for path in kept]


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


def stamp(found: Survey, edition: Edition) -> dict[str, object]:
    """What this build saw and wrote, for the next one to know that nothing has changed."""
    written = [f"{found.spec.output}/{path}" for path in edition.documents]
    seen = found.sightings.stamp([*written, found.places.manifest.name])
    catalog = sha256(edition.documents[CATALOG_FILE])
    return seen | {
        "items": list(edition.manifest.items),
        "output": found.spec.output,
        "catalog": catalog,
    }


def _paths(found: Survey) -> set[str]:
    """What the manifest names: its items' files and the catalog."""
    return {*map(item_file, found.old.items), CATALOG_FILE}


def _prune(found: Survey, edition: Edition, leftovers: Mapping[str, str]) -> list[str]:
    """Delete the files of the old edition that the new one lacks; the paths that were kept."""
    recorded = {item_file(item_id): item.file_sha256 for item_id, item in found.old.items.items()}
    if not found.has_moved:
        gone = {path: digest for path, digest in recorded.items() if path not in edition.documents}
        return output.prune(found.folder, {**leftovers, **gone})
    output.prune(found.folder, leftovers)
    before = found.places.base / found.old.output
    # The manifest has no digest of the catalog, which changes with every item; the cache has.
    stamp = found.places.stamp()
    if stamp.get("output") == found.old.output:
        recorded[CATALOG_FILE] = stamp["catalog"]
    kept = output.prune(before, recorded)
    output.end(before)
    return [f"{found.old.output}/{path}" for path in kept]
