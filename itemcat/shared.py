"""The cache of one machine with one behind it that other machines have part in."""

import json
import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from itemcat import files
from itemcat.cache import Cache, record_document, record_in
from itemcat.disk import guarded
from itemcat.errors import MachineError
from itemcat.fetch import Lanes
from itemcat.fetch.depot import Depot, blob_key
from itemcat.fetch.stores import Refused
from itemcat.form import has_form
from itemcat.manifest.checked import check_record
from itemcat.model import Blob
from itemcat.naps import take
from itemcat.parcel import Parcel, Token
from itemcat.pointer import head_of, to_blob, to_document
from itemcat.shelf import name_of
from itemcat.urls import public

T = TypeVar("T")
_THREADS = 16  # that put small objects
_MOST_WAITING = 64  # of those, with the ones that are being put
_MOST_DOCUMENT = 16 << 20  # bytes of a record or a pointer
_MOST_PICTURE = 16 << 20  # bytes of what is asked for without its size
_TRIES = 4  # to change a pointer that others change, too
_SETBACKS = 8  # one after the other, after which the store is left alone
_LAST_SECONDS = 5.0  # for what is under way when the build is interrupted


class SharedCache(Cache):
    """What is here is taken from here; what is not, from the store.

    What is found out is kept in both. What the store says is believed by builds that use it and by
    no others: of that, only its files, whose digests tell that they are right, are kept here under
    the names under which others look. Blobs are put into the store by the thread that has them,
    records and pointers by threads of their own, so that they hold nobody up until there are many.
    What the store does not give or take costs time and nothing else; what it gives is checked like
    any file from elsewhere. Methods that ask it are for the threads of lanes.
    """

    def __init__(self, local: Cache, depot: Depot, token: Token) -> None:
        super().__init__(local.root)
        self._shelf, self.locks, self._sound = local._shelf, local.locks, local._sound
        self._depot = depot
        self.token = token
        self._putting = Lanes(_THREADS, {}, _THREADS)
        self._room = threading.BoundedSemaphore(_MOST_WAITING)
        self._lock = threading.Lock()
        self._lost: set[str] = set()  # digests that the store should have, and has not
        self._setbacks = 0
        self._has_told = False
        self._bug: Exception | None = None
        self._last = threading.local()

    # ------------------------------------------------------------------------------------- blobs

    def sound_blob(self, sha256: str, size: int | None = None) -> Path | None:
        """The file with these bytes, brought here from the store where it is not here yet."""
        return super().sound_blob(sha256, size) or self._brought(sha256, size)

    def adopt(self, path: Path, sha256: str) -> Path:
        """Make a file the blob of that digest, here and in the store."""
        target = super().adopt(path, sha256)
        self._ask(lambda: self._deposit(sha256, target))
        return target

    def keep_blob(self, sha256: str, data: bytes) -> bool:
        """Keep some bytes under their digest; whether they are here now."""
        self._put(lambda: self._depot.write(blob_key(sha256), data))
        self._lost.discard(sha256)
        return super().keep_blob(sha256, data)

    def parcel(self, sha256: str, size: int) -> Parcel | None:
        """These bytes for a worker, who takes them from the store; None where nobody has them.

        Raises MachineError when there is no store any more.
        """
        parcel = Parcel(self.token.location, sha256, size)
        is_there = sha256 not in self._lost and self._ask(
            lambda: self._depot.size(blob_key(sha256)) == size
        )
        if not is_there and (path := super().sound_blob(sha256, size)):
            is_there = self._ask(lambda: self._deposit(sha256, path))
        if self._is_gone:
            what = "the shared cache has gone, and workers take files from there"
            raise MachineError(self.token.shown, what, "run the same command again when it is back")
        return parcel if is_there else None

    def lose(self, sha256: str) -> None:
        """Note that the store has not got these bytes, whatever it says."""
        self._lost.add(sha256)

    def _deposit(self, sha256: str, path: Path) -> bool:
        """Put a blob, unless it is there."""
        key = blob_key(sha256)
        if sha256 in self._lost or self._depot.size(key) != path.stat().st_size:
            self._depot.upload(key, path)
        self._lost.discard(sha256)
        return True

    def _brought(self, sha256: str, size: int | None) -> Path | None:
        path = self.staging / f"{os.urandom(8).hex()}.blob"
        most = _MOST_PICTURE if size is None else size
        with guarded(path):
            path.parent.mkdir(parents=True, exist_ok=True)
        try:
            digest = self._ask(lambda: self._depot.download(blob_key(sha256), path, most))
            if digest == sha256:
                return super().adopt(path, sha256)
        finally:
            with guarded(path):
                path.unlink(missing_ok=True)
        if digest is not None:
            self.say(f"{blob_key(sha256)} in {self.token.shown} is damaged: it counts as absent")
        self.lose(sha256)
        return None

    # ---------------------------------------------------------------------- pointers and records

    def pointer(self, url: str) -> Blob | None:
        """What this URL gave last time, here or elsewhere, as long as the bytes can be had."""
        own, address = super().pointer(url), public(url)
        if own is not None:
            return own
        # Fetching asks twice, before and after it has waited for others of this machine.
        before = getattr(self._last, "asked", None)
        self._last.asked = None
        if before and before[0] == address:
            blob: Blob | None = before[1]
        else:
            blob = self._shared_pointer(address, address)
            self._last.asked = (address, blob)
        if blob is None or blob.sha256 is None or blob.sha256 in self._lost:
            return None
        return blob

    def point(self, url: str, blob: Blob) -> None:
        """Remember that this URL gave these bytes."""
        super().point(url, blob)
        self._share_pointer(public(url), public(url), blob)

    def glimpse(self, url: str) -> Blob | None:
        """What this URL had when it was last read remotely, here or elsewhere."""
        own, address = super().glimpse(url), public(url)
        if own is not None:
            return own
        blob = self._shared_pointer(head_of(address), address)
        return blob if blob is not None and blob.sha256 is None else None

    def keep_glimpse(self, url: str, blob: Blob) -> None:
        """Remember what this URL has, by its validators."""
        if super().glimpse(url) != blob:
            super().keep_glimpse(url, blob)
            self._share_pointer(head_of(public(url)), public(url), blob)

    def forget(self, url: str) -> None:
        """Drop what is known of this URL, here and in the store."""
        super().forget(url)
        for name in (public(url), head_of(public(url))):
            key = _pointer_key(name)
            self._put(lambda key=key: self._depot.write(key, b"{}"))  # type: ignore[misc]

    def record(self, key: str) -> str | None:
        """The record kept under this key, here or elsewhere."""
        return super().record(key) or self._shared_record(key)

    def keep_record(self, key: str, line: str) -> None:
        """Keep a record, a line of JSON, under this key."""
        super().keep_record(key, line)
        document = record_document(key, line)
        self._put(lambda: self._depot.write(_record_key(key), document))

    def _shared_record(self, key: str) -> str | None:
        given = f"{key} as {self.token.location!r} has it"
        if line := super().record(given):
            return line
        try:
            record = record_in(self._document(_record_key(key)), key)
            if record is None or not has_form(record):
                return None
            check_record(record)
            line = files.json_line(record)
            super().keep_record(given, line)
        except (ValueError, RecursionError):
            return None
        return line

    def _shared_pointer(self, name: str, address: str) -> Blob | None:
        return to_blob(self._document(_pointer_key(name)), address)

    def _share_pointer(self, name: str, address: str, blob: Blob) -> None:
        data = files.json_line(to_document(address, blob)).encode()
        self._put(lambda: self._swap(_pointer_key(name), data))

    def _swap(self, key: str, data: bytes) -> None:
        """Let a pointer say this, whoever else is at it. Who changes it last is right for now."""
        seen = None
        for _ in range(_TRIES):
            if self._depot.swap(key, data, seen):
                return
            seen = self._depot.read(key, _MOST_DOCUMENT)
            if seen is not None and seen.data == data:
                return

    def _document(self, key: str) -> Any:
        """The JSON value in an object; None where there is none, or garbage."""
        found = self._ask(lambda: self._depot.read(key, _MOST_DOCUMENT))
        with suppress(ValueError, RecursionError):
            return json.loads(found.data) if found else None
        return None

    # --------------------------------------------------------------------------- with the store

    def close(self, *, is_interrupted: bool) -> None:
        """Put what waits, and leave the store; after an interrupt, in a few seconds."""
        end = time.monotonic() + _LAST_SECONDS

        def take_room() -> bool:
            if is_interrupted:
                return self._room.acquire(timeout=max(0.0, end - time.monotonic()))
            take(self._room)
            return True

        try:
            if take_room():
                self._putting.submit("", lambda: self._perform(self._clear))
            all(take_room() for _ in range(_MOST_WAITING))
        finally:
            self._depot.stop()
            self._putting.shutdown(cancel=True)
        if self._bug and not is_interrupted:
            raise self._bug

    def _clear(self) -> None:
        with suppress(Refused):  # who may not delete leaves it there
            self._depot.remove(self.token.key)

    @property
    def _is_gone(self) -> bool:
        return self._setbacks >= _SETBACKS

    def _put(self, work: Callable[[], None]) -> None:
        """Let a thread do this. Waits while too many wait."""
        take(self._room)
        self._putting.submit("", lambda: self._perform(work))

    def _perform(self, work: Callable[[], None]) -> None:
        try:
            self._ask(work)
        except Exception as error:  # noqa: BLE001 (`close` raises it)
            self._bug = error
        finally:
            self._room.release()

    def _ask(self, work: Callable[[], T]) -> T | None:
        """What the store answers; None where it does not, which is told once."""
        if self._is_gone:
            return None
        try:
            answer = work()
        except Refused as refused:
            self._note(str(refused) or "no proper answer")
            return None
        self._setbacks = 0
        return answer

    def _note(self, words: str) -> None:
        with self._lock:
            self._setbacks += 1
            is_news, self._has_told = not self._has_told, True
        if is_news:
            what = "what it does not give or take costs time and nothing else"
            self.say(f"the shared cache {self.token.shown} fails ({words}): {what}")


def token_of(cache: Cache) -> Token | None:
    """The token of a cache that is shared; None for any other."""
    return cache.token if isinstance(cache, SharedCache) else None


def _pointer_key(name: str) -> str:
    return f"urls/{name_of(name)}.json"


def _record_key(key: str) -> str:
    return f"records/{name_of(key)}.json"
