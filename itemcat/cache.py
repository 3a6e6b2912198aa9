"""The cache: blobs and records by digest on the user's machine, safe for many processes at once.

    sha256/ab/<digest>    the blobs, read-only; `<digest>.corrupt` is one that was set aside
    urls/<digest>         which blob a URL gave last time, and the publisher's validators
    parts/                bodies that are still on their way
    records/<digest>      what readers found
    answers/              what the APIs of repositories answered (`sources.answers`)
    builds/               a document a spec: what its build is about to fetch; and its stamp
    locks/  tmp/          kernel locks, and files that are about to be renamed

Deleting any of it costs time and nothing else: a file that is missing or garbage counts as absent.
Everything is keyed by public addresses, so that no secret reaches the disk.
"""

import os
import re
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import Any

from itemcat import files, urls
from itemcat.disk import guarded
from itemcat.glance import cache_root, stamp_at
from itemcat.locks import Locks
from itemcat.model import Blob, Record
from itemcat.pointer import head_of, to_blob, to_document
from itemcat.shelf import Shelf, name_of

_DIGEST = re.compile(r"[0-9a-f]{64}")


def cache_at(folder: Path | None) -> "Cache":
    """The cache in a folder that somebody named; without one, where it lies by default."""
    return Cache(cache_root(folder))


class Cache:
    """One cache folder; it is made when something is first written to it.

    Every method raises MachineError when the disk refuses. A folder that may only be read serves
    what it has; `say` is told once what it does not keep.
    """

    def __init__(self, root: Path, say: Callable[[str], None] = lambda _: None) -> None:
        self.root = root
        self._shelf = Shelf(root, say)
        self.locks = Locks(root / "locks", self.say)
        self._sound: set[str] = set()

    @property
    def staging(self) -> Path:
        """The folder for temporary files that are renamed into the cache."""
        return self._shelf.staging

    def say(self, text: str) -> None:
        """Tell a one-line notice to whoever is told."""
        self._shelf.say(text)

    def tell(self, say: Callable[[str], None]) -> None:
        """From now on, notices go to `say`."""
        self._shelf.say = say

    # ------------------------------------------------------------------------------------- blobs

    def blob(self, sha256: str, size: int | None = None) -> Path | None:
        """The file with these bytes; None when it is not there, or not of this size in bytes."""
        if not _DIGEST.fullmatch(sha256):
            return None
        path = self._blob_path(sha256)
        with guarded(path):
            try:
                found = path.stat().st_size
            except FileNotFoundError:
                return None
        return path if size is None or size == found else None

    def sound_blob(self, sha256: str, size: int | None = None) -> Path | None:
        """The file with these bytes, hashed again unless this process has seen that it is sound.

        A corrupted one is set aside under its name with `.corrupt`, and counts as absent.
        """
        path = self.blob(sha256, size)
        if path is None or sha256 in self._sound:
            return path
        with guarded(path):
            seen = path.stat().st_ino
            if files.sha256_file(path) == sha256:
                self._sound.add(sha256)
                return path
            if path.stat().st_ino == seen:  # nobody else has replaced it meanwhile
                self.set_aside(path)
        return None

    def set_aside(self, path: Path) -> None:
        """Take a corrupted blob out of use; its bytes stay for whoever wants to look at them."""
        self.say(f"{path} is corrupted: it is set aside as {path.name}.corrupt")
        with self._shelf.if_writable(path):
            path.replace(path.with_name(f"{path.name}.corrupt"))

    def part(self, url: str) -> Path:
        """Where a body from this URL grows until `adopt`; its neighbour `.json` may describe it.

        Without locks it is another file each time, for two processes must not write into one.
        """
        own = f"-{os.urandom(8).hex()}" if self.locks.are_missing else ""
        return self.root / "parts" / f"{name_of(urls.public(url))}{own}.part"

    def adopt(self, path: Path, sha256: str) -> Path:
        """Make a file of the cache's own disk the blob of that digest, and return its new path.

        Its bytes were hashed on their way in. An older file of that name is replaced, for it may
        be damaged.
        """
        target = self._blob_path(sha256)
        with guarded(target):
            target.parent.mkdir(parents=True, exist_ok=True)
            if path.stat().st_size > files.BLOCK:
                _flush(path)
            path.replace(target)
            with suppress(OSError):  # a courtesy, which not every file system knows
                target.chmod(0o444)
        self._sound.add(sha256)
        return target

    def keep_blob(self, sha256: str, data: bytes) -> bool:
        """Keep some bytes under their digest; whether they are here now."""
        if Cache.sound_blob(self, sha256, len(data)) is None:  # on this very machine
            self._shelf.keep(self._blob_path(sha256), data)
        return self.blob(sha256, len(data)) is not None

    def _blob_path(self, sha256: str) -> Path:
        return self.root / "sha256" / sha256[:2] / sha256

    # ---------------------------------------------------------------------------------- pointers

    def pointer(self, url: str) -> Blob | None:
        """What this URL gave last time, as long as the bytes are still here."""
        address = urls.public(url)
        blob = to_blob(self._shelf.load(self._pointer_path(address)), address)
        if blob is None or blob.sha256 is None or self.blob(blob.sha256, blob.size) is None:
            return None
        return blob

    def point(self, url: str, blob: Blob) -> None:
        """Remember that this URL gave these bytes."""
        address = urls.public(url)
        self._shelf.save(self._pointer_path(address), to_document(address, blob))

    def glimpse(self, url: str) -> Blob | None:
        """What this URL had when it was last read remotely."""
        address = urls.public(url)
        blob = to_blob(self._shelf.load(self._pointer_path(head_of(address))), address)
        return blob if blob is not None and blob.sha256 is None else None

    def keep_glimpse(self, url: str, blob: Blob) -> None:
        """Remember what this URL has, by its validators."""
        address = urls.public(url)
        self._shelf.save(self._pointer_path(head_of(address)), to_document(address, blob))

    def forget(self, url: str) -> None:
        """Drop what is known of this URL: the next fetch asks for its bytes unconditionally."""
        address = urls.public(url)
        for path in (self._pointer_path(address), self._pointer_path(head_of(address))):
            with self._shelf.if_writable(path):
                path.unlink(missing_ok=True)

    def _pointer_path(self, address: str) -> Path:
        return self.root / "urls" / f"{name_of(address)}.json"

    # ------------------------------------------------------------------------ records and builds

    def record(self, key: str) -> str | None:
        """The record kept under this key (digest, reader and options, as the caller joins them).

        It is a line of JSON, as `files.json_line` writes it.
        """
        record = record_in(self._shelf.load(self._record_path(key)), key)
        return files.json_line(record) if record is not None else None

    def keep_record(self, key: str, line: str) -> None:
        """Keep a record, a line of JSON, under this key."""
        self._shelf.keep(self._record_path(key), record_document(key, line))

    def _record_path(self, key: str) -> Path:
        return self.root / "records" / f"{name_of(key)}.json"

    def state(self, name: str) -> Any:
        """The JSON value kept under this name; None when there is none."""
        document = self._shelf.load(self._state_path(name))
        return document.get("value") if isinstance(document, dict) else None

    def keep_state(self, name: str, value: Any) -> None:
        """Keep one JSON value under this name. Raises ValueError for NaN."""
        self._shelf.save(self._state_path(name), {"name": name, "value": value})

    def states(self) -> dict[str, Any]:
        """All values kept by `keep_state`, by their names."""
        found = map(self._shelf.load, sorted(self.root.glob("builds/*.json")))
        return {
            document["name"]: document.get("value")
            for document in found
            if isinstance(document, dict) and isinstance(document.get("name"), str)
        }

    def forget_state(self, name: str) -> None:
        """Drop the value and the stamp kept under this name."""
        for path in (self._state_path(name), self.stamp(name)):
            with guarded(path):
                path.unlink(missing_ok=True)

    def stamp(self, name: str) -> Path:
        """The file with the stamp of the last build of this name, if there was one."""
        return stamp_at(self.root, name)

    def keep_stamp(self, name: str, lines: Iterable[str]) -> None:
        """Keep the stamp of a build."""
        self._shelf.keep(self.stamp(name), "".join(lines).encode())

    def _state_path(self, name: str) -> Path:
        return self.root / "builds" / f"{name_of(name)}.json"

    # ------------------------------------------------------------------------------------- locks

    def use(
        self, name: str, on_wait: Callable[[], None] | None = None
    ) -> AbstractContextManager[None]:
        """Hold the lock of this name, while nobody sweeps the cache. `on_wait` as for `lock`."""
        return self.locks.hold_unswept(name, on_wait)

    def lock(
        self, name: str, on_wait: Callable[[], None] | None = None
    ) -> AbstractContextManager[None]:
        """Hold the lock of this name against all other threads and processes.

        While somebody else holds it, `on_wait` is called now and again, and may raise to give up.
        """
        return self.locks.hold(name, on_wait)


def record_document(key: str, line: str) -> bytes:
    """The document that has a record, a line of JSON, under its key."""
    return f'{{"key": {files.json_line(key)}, "record": {line}}}'.encode()


def record_in(document: Any, key: str) -> Record | None:
    """The record in such a document; None for anything else."""
    if not isinstance(document, dict) or document.get("key") != key:
        return None
    record = document.get("record")
    return record if isinstance(record, dict) else None


def _flush(path: Path) -> None:
    """Let the bytes survive a power cut, as the name promises.

    A file of one block is there or not, which its size shows; a larger one could have holes.
    """
    with path.open("rb+") as file:
        os.fsync(file.fileno())
