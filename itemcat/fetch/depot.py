"""Objects by their keys, in an object store or in a folder, to be read and written.

What goes wrong is raised as `Refused`, whose words hold no secret.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from itemcat.bucket import Bucket
from itemcat.disk import guarded
from itemcat.errors import MachineError
from itemcat.fetch.patience import Patience
from itemcat.fetch.stores import (
    Refused,
    errors,
    library,
    opened,
    refused,
    unusable,
    uses_credentials,
    variable,
)
from itemcat.files import BLOCK
from itemcat.location import Location, shown

_CONNECT = 5.0  # seconds
_READ = 60.0  # seconds without an answer, in which a part has to be sent
_RETRIES = {"max_retries": 2, "retry_timeout": timedelta(seconds=30)}
_LONGEST = timedelta(hours=6)  # of one transfer, as long as bytes come
_PART = 5 << 20  # bytes of a large file that are sent at once, and in memory
_MOST_PARTS = 9000  # S3 takes 10,000


@dataclass(frozen=True, slots=True)
class Found:
    """The bytes of an object, and what tells this version of it from others."""

    data: bytes
    version: Any


class Depot:
    """What lies at a location, for several threads at once."""

    def __init__(self, location: Location, read: float = _READ) -> None:
        """`read` is for how many seconds an answer is waited for.

        Raises UsageError without the library, MachineError where it cannot be used at all.
        """
        self._library = library(shown(location))
        self._errors = errors(self._library)
        self._is_folder = isinstance(location, Path)
        if isinstance(location, Bucket):
            self._prefix, self._store = location.prefix, self._bucket(location, read)
        else:
            self._prefix, self._store = "", _folder(location)
        self._is_stopped = threading.Event()

    def _bucket(self, bucket: Bucket, read: float) -> Any:
        if not (bucket.anonymous or uses_credentials(bucket)):
            what = f"there are no credentials for {bucket.shown} in the environment"
            hint = f"set {variable(bucket)} and what belongs to it, or say `anonymous: true`"
            raise MachineError(bucket.shown, what, hint)
        try:
            patience = Patience(connect=_CONNECT, read=read)
            return opened(bucket, patience, retries=_RETRIES, longest=_LONGEST)
        except self._errors as error:
            raise unusable(bucket.shown, bucket, error) from None

    def size(self, key: str) -> int | None:
        """How many bytes an object has; None where there is none."""
        with self._asking():
            try:
                size: int = self._library.head(self._store, self._prefix + key)["size"]
            except FileNotFoundError:
                return None
            return size

    def read(self, key: str, most: int) -> Found | None:
        """An object; None where there is none, or one of more than `most` bytes."""
        with self._asking():
            try:
                answer = self._library.get(self._store, self._prefix + key)
            except FileNotFoundError:
                return None
            meta, data = answer.meta, bytearray()
            for block in answer.stream(min_chunk_size=BLOCK):
                data += block
                if len(data) > most:
                    return None
            marks = {mark: meta[mark] for mark in ("e_tag", "version") if meta[mark]}
            return Found(bytes(data), marks)

    def write(self, key: str, data: bytes) -> None:
        """Put an object, in the place of any other."""
        with self._asking():
            self._library.put(self._store, self._prefix + key, data, use_multipart=False)

    def swap(self, key: str, data: bytes, seen: Found | None) -> bool:
        """Put an object in the place of the one that was seen; False if that is another by now.

        Folders do not know of versions: there, the last one counts.
        """
        if self._is_folder:
            self.write(key, data)
            return True
        mode = "create" if seen is None else seen.version
        known = self._library.exceptions
        with self._asking():
            try:
                name = self._prefix + key
                self._library.put(self._store, name, data, mode=mode, use_multipart=False)
            except (known.AlreadyExistsError, known.PreconditionError, FileNotFoundError):
                return False
            return True

    def remove(self, key: str) -> None:
        """Delete an object."""
        with self._asking():
            self._library.delete(self._store, self._prefix + key)

    def upload(self, key: str, path: Path) -> None:
        """Put the bytes of a file; a part of it at a time is in memory."""
        size = path.stat().st_size
        part = max(_PART, -(-size // _MOST_PARTS))
        with self._asking():
            self._library.put(
                self._store,
                self._prefix + key,
                self._blocks(path),
                use_multipart=size > part,
                chunk_size=part,
                max_concurrency=1,
            )

    def download(self, key: str, path: Path, most: int) -> str | None:
        """Write an object into a new file, and give its SHA-256 in lower-case hex.

        None where there is none, or one of more than `most` bytes.
        """
        digest = sha256()
        with self._asking():
            try:
                answer = self._library.get(self._store, self._prefix + key)
            except FileNotFoundError:
                return None
            if answer.meta["size"] > most:
                return None
            with guarded(path):
                file = path.open("xb")
            try:
                for block in answer.stream(min_chunk_size=BLOCK):
                    self._refuse_stopped()
                    with guarded(path):
                        file.write(block)
                    digest.update(block)
            finally:
                with guarded(path):  # which writes what is in a buffer yet
                    file.close()
        return digest.hexdigest()

    def stop(self) -> None:
        """End transfers that are under way."""
        self._is_stopped.set()

    def _blocks(self, path: Path) -> Iterator[bytes]:
        with path.open("rb") as file:
            while block := file.read(BLOCK):
                self._refuse_stopped()
                yield block

    def _refuse_stopped(self) -> None:
        if self._is_stopped.is_set():
            raise Refused(None, "was told to stop")

    @contextmanager
    def _asking(self) -> Iterator[None]:
        self._refuse_stopped()
        try:
            yield
        except self._errors as error:
            raise refused(error) from None


def blob_key(digest: str) -> str:
    """The key of the bytes with this SHA-256, in lower-case hex."""
    return f"sha256/{digest[:2]}/{digest}"


def _folder(folder: Path) -> Any:
    from obstore.store import LocalStore  # noqa: PLC0415 (an extra)

    if not folder.is_dir():
        what = "there is no such folder"
        raise MachineError(str(folder), what, "make it, or is its file system not mounted?")
    return LocalStore(folder)
