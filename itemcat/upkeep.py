"""The cache as a whole: what is in it, whether it is sound, and what of it nobody needs.

Known are the specs that were ever built with this cache: their manifests name the blobs and the
thumbnails that are needed, and an unfinished build has noted the addresses whose bytes it came for.
"""

import json
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from itemcat import files, manifest
from itemcat.cache import Cache
from itemcat.disk import guarded
from itemcat.errors import MachineError
from itemcat.locks import SWEEPING
from itemcat.places import Places
from itemcat.urls import public

_DAY = 24 * 3600.0
_PART_AGE = 7 * _DAY  # seconds after which nobody is likely to go on with a download
_ANSWER_AGE = 90 * _DAY  # seconds without a new answer after which --offline may do without
_KINDS = {
    "blobs": "sha256/*/*",
    "addresses": "urls/*.json",
    "records": "records/*.json",
    "answers of hosts": "answers/*",
    "unfinished downloads": "parts/*",
    "temporary files": "tmp/*",
    "locks": "locks/*",
}


@dataclass(frozen=True, slots=True)
class Amount:
    """How many files of one kind, and their bytes together."""

    kind: str
    count: int
    size: int

    def __str__(self) -> str:
        return f"{self.kind}: {self.count}, {_shown(self.size)}"


def inventory(cache: Cache) -> list[Amount]:
    """What is in the cache, by kind."""
    return [_amount(kind, _files(cache, kind)) for kind in _KINDS]


def corrupted(cache: Cache) -> Iterator[Path]:
    """The blobs whose bytes are not those of their name. Reads them all."""
    for path in _files(cache, "blobs"):
        with guarded(path):
            if path.suffix != ".corrupt" and files.sha256_file(path) != path.name:
                yield path


def sweep(cache: Cache, *, dry_run: bool) -> list[Amount]:
    """Delete what no known spec needs (`dry_run`: only look); what that was, by kind.

    Raises MachineError while a build uses the cache, and UsageError for a manifest that cannot be
    read, for nobody knows what it needs.
    """
    with cache.lock(SWEEPING):
        old_locks = _older(cache.locks.files(), _DAY)  # before asking who holds them touches them
        if cache.locks.are_held():
            hint = "run the same command again when it is done"
            raise MachineError(str(cache.root), "a build is using this cache", hint)
        dropped = _unneeded(cache) | {"locks": old_locks}
        amounts = [_amount(kind, paths) for kind, paths in dropped.items() if paths]
        if not dry_run:
            for path in (path for paths in dropped.values() for path in paths):
                with guarded(path):
                    path.unlink(missing_ok=True)
            for spec in cache.states():
                if not _is_there(spec, cache):
                    cache.forget_state(spec)
    return amounts


def _unneeded(cache: Cache) -> dict[str, list[Path]]:
    """The files to delete, by kind."""
    needed = _needed(cache)
    return {
        "blobs": [path for path in _files(cache, "blobs") if path.name not in needed],
        "addresses": [
            path
            for path in _files(cache, "addresses")
            if (_field(path, "sha256") or _field(path, "remote")) not in needed
        ],
        "records": [
            path
            for path in _files(cache, "records")
            if _field(path, "key").partition(" ")[0] not in needed
        ],
        "answers of hosts": _older(_files(cache, "answers of hosts"), _ANSWER_AGE),
        "unfinished downloads": _older(_files(cache, "unfinished downloads"), _PART_AGE),
        "temporary files": _older(_files(cache, "temporary files"), _DAY),
    }


def _needed(cache: Cache) -> set[str]:
    """The names of bytes that a known manifest has, or that an unfinished build has come for."""
    digests = set()
    for spec, state in cache.states().items():
        if not _is_there(spec, cache):
            continue
        wanted = state.get("wanted", ()) if isinstance(state, dict) else ()
        for url in wanted:
            pointers = cache.pointer(url), cache.glimpse(url)
            digests |= {blob.name(public(url)) for blob in pointers if blob is not None}
        path = Places(Path(spec), cache).manifest
        with guarded(path):
            data = path.read_bytes() if path.exists() else None
        if data is not None:
            items = manifest.parse(str(path), data).items.values()
            known = (asset for item in items for asset in item.assets.values())
            digests |= {asset.blob.name(asset.location) for asset in known}
            digests |= {item.thumbnail for item in items if item.thumbnail is not None}
    return digests


def _is_there(spec: str, cache: Cache) -> bool:
    places = Places(Path(spec), cache)
    return places.spec.exists() or places.manifest.exists()


def _files(cache: Cache, kind: str) -> list[Path]:
    return sorted(path for path in cache.root.glob(_KINDS[kind]) if path.is_file())


def _older(paths: list[Path], age: float) -> list[Path]:
    before = time.time() - age
    stats = ((path, _stat(path)) for path in paths)
    return [path for path, stat in stats if stat is not None and stat.st_mtime < before]


def _stat(path: Path) -> os.stat_result | None:
    """What the disk says of a file; None where somebody has removed it meanwhile."""
    try:
        return path.stat()
    except FileNotFoundError:
        return None


def _field(path: Path, name: str) -> str:
    """One text of a JSON document of the cache; empty for garbage."""
    with guarded(path):
        try:
            document: Any = json.loads(path.read_bytes())
        except (ValueError, RecursionError):
            return ""
    found = document.get(name) if isinstance(document, dict) else None
    return found if isinstance(found, str) else ""


def _amount(kind: str, paths: list[Path]) -> Amount:
    return Amount(kind, len(paths), sum(stat.st_size for stat in map(_stat, paths) if stat))


def _shown(size: int) -> str:
    """A size for people: in kB, MB or GB of a thousand each."""
    for factor, unit in ((10**9, "GB"), (10**6, "MB"), (10**3, "kB")):
        if size >= factor:
            return f"{size / factor:.1f} {unit}"
    return f"{size} bytes"
