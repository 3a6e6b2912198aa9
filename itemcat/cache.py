"""The cache: blobs and records by digest on the user's machine, safe for many processes at once.

    sha256/ab/<digest>    the blobs, read-only
    urls/ab/<digest>      which blob a URL gave last time, and the publisher's validators
    parts/                bodies that are still on their way
    records/ab/<digest>   what readers found
    builds/               one document a spec: what its last build looked at
    locks/  tmp/          kernel locks, and files that are about to be renamed

Deleting any of it costs time and nothing else: a file that is missing or garbage counts as absent.
Everything is keyed by public addresses, so that no secret reaches the disk. Builds with nothing to
do import this module, hence nothing heavy at the top.
"""

import json
import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from itemcat import files, urls
from itemcat.disk import guarded
from itemcat.model import Blob, Record, Validators

_DIGEST = re.compile(r"[0-9a-f]{64}")
_LOOK_AGAIN = 0.5  # seconds between two calls of `on_wait`


def default_root() -> Path:
    """The folder in ITEMCAT_CACHE_DIR, or `itemcat` in the platform's cache folder."""
    if named := os.environ.get("ITEMCAT_CACHE_DIR"):
        return Path(named).expanduser().absolute()
    import platformdirs  # noqa: PLC0415 - costs time, and most builds name no default

    return Path(platformdirs.user_cache_dir("itemcat", appauthor=False))


class Cache:
    """One cache folder; it is made when something is first written to it.

    Every method raises MachineError when the disk refuses.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    @property
    def staging(self) -> Path:
        """The folder for temporary files that are renamed into the cache."""
        return self.root / "tmp"

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

    def part(self, url: str) -> Path:
        """Where a body from this URL grows until `adopt`; its neighbour `.json` may describe it."""
        return self.root / "parts" / f"{_name(urls.public(url))}.part"

    def adopt(self, path: Path, sha256: str) -> Path:
        """Make a file of the cache's own disk the blob of that digest, and return its new path.

        An older file of that name is replaced, for it may be damaged.
        """
        target = self._blob_path(sha256)
        with guarded(target):
            target.parent.mkdir(parents=True, exist_ok=True)
            if path.stat().st_size > files.BLOCK:
                _flush(path)
            path.replace(target)
            target.chmod(0o444)
        return target

    def _blob_path(self, sha256: str) -> Path:
        return self.root / "sha256" / sha256[:2] / sha256

    # ---------------------------------------------------------------------------------- pointers

    def pointer(self, url: str) -> Blob | None:
        """What this URL gave last time, as long as the bytes are still here."""
        address = urls.public(url)
        blob = _as_blob(self._load(self._pointer_path(address)), address)
        if blob is None or self.blob(blob.sha256, blob.size) is None:
            return None
        return blob

    def point(self, url: str, blob: Blob) -> None:
        """Remember that this URL gave these bytes."""
        address = urls.public(url)
        document = {
            "url": address,
            "sha256": blob.sha256,
            "size": blob.size,
            "etag": blob.validators.etag,
            "last_modified": blob.validators.last_modified,
        }
        self._save(self._pointer_path(address), document)

    def forget(self, url: str) -> None:
        """Drop what is known of this URL: the next fetch asks for its bytes unconditionally."""
        path = self._pointer_path(urls.public(url))
        with guarded(path):
            path.unlink(missing_ok=True)

    def _pointer_path(self, address: str) -> Path:
        return self._sharded("urls", address)

    # ------------------------------------------------------------------------ records and builds

    def record(self, key: str) -> Record | None:
        """The record kept under this key (digest, reader and options, as the caller joins them)."""
        document = self._load(self._sharded("records", key))
        if not isinstance(document, dict) or document.get("key") != key:
            return None
        record = document.get("record")
        return record if isinstance(record, dict) else None

    def keep_record(self, key: str, record: Record) -> None:
        """Keep a record under this key. Raises ValueError for NaN."""
        self._save(self._sharded("records", key), {"key": key, "record": dict(record)})

    def state(self, name: str) -> Any:
        """The JSON value kept under this name; None when there is none."""
        document = self._load(self._state_path(name))
        return document.get("value") if isinstance(document, dict) else None

    def keep_state(self, name: str, value: Any) -> None:
        """Keep one JSON value under this name. Raises ValueError for NaN."""
        self._save(self._state_path(name), {"name": name, "value": value})

    def _state_path(self, name: str) -> Path:
        return self.root / "builds" / f"{_name(name)}.json"

    # ------------------------------------------------------------------------------------- locks

    @contextmanager
    def lock(self, name: str, on_wait: Callable[[], None] | None = None) -> Iterator[None]:
        """Hold the lock of this name against all other threads and processes.

        The kernel frees it when its holder dies. While somebody else holds it, `on_wait` is called
        now and again, and may raise to give up.
        """
        import filelock  # noqa: PLC0415 - costs time that a build with nothing to do has not

        path = self.root / "locks" / _name(name)
        lock = filelock.FileLock(path)
        with guarded(path):
            path.parent.mkdir(parents=True, exist_ok=True)
        while True:
            with guarded(path), suppress(filelock.Timeout):
                lock.acquire(timeout=_LOOK_AGAIN)
                break
            if on_wait is not None:
                on_wait()
        try:
            yield
        finally:
            lock.release()

    # ---------------------------------------------------------------------------- JSON documents

    def _sharded(self, folder: str, key: str) -> Path:
        name = _name(key)
        return self.root / folder / name[:2] / f"{name}.json"

    def _load(self, path: Path) -> Any:
        with guarded(path):
            try:
                return json.loads(path.read_bytes())
            except (FileNotFoundError, ValueError, RecursionError):
                return None

    def _save(self, path: Path, document: Mapping[str, Any]) -> None:
        data = files.json_line(document).encode()
        with guarded(path):
            files.write_atomically(path, data, self.staging)


def _flush(path: Path) -> None:
    """Let the bytes survive a power cut, as the name promises.

    A file of one block is there or not, which its size shows; a larger one could have holes.
    """
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def _name(key: str) -> str:
    return files.sha256(key.encode("utf-8", "surrogatepass"))


def _as_blob(document: Any, address: str) -> Blob | None:
    """The blob that a pointer's document describes; None for anything that is no such document."""
    if not isinstance(document, dict) or document.get("url") != address:
        return None
    sha256, size = document.get("sha256"), document.get("size")
    etag, last_modified = document.get("etag"), document.get("last_modified")
    if not isinstance(sha256, str) or not isinstance(size, int):
        return None
    if not isinstance(etag, str | None) or not isinstance(last_modified, str | None):
        return None
    return Blob(sha256, size, Validators(etag, last_modified))
