"""A body on its way: written as it comes, hashed as it is written, resumed when it was cut."""

import hashlib
import json
import os
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from itemcat import files
from itemcat.disk import guarded

HEAD = 512  # bytes from which a web page is told from data


def strong(etag: str | None) -> str | None:
    """The ETag if it promises equal bytes (RFC 9110 section 8.8.1), else None."""
    return etag if etag and not etag.startswith(("W/", "w/")) else None


class Part:
    """The file at `path`, and beside it a `.json` that says which version of which URL it is.

    Only a body with a strong ETag and a known length is worth keeping for later: for others
    nobody can say whether the rest still fits. Methods raise MachineError when the disk refuses.
    """

    def __init__(self, path: Path, url: str, checksum: str | None) -> None:
        """`url` is public; `checksum` names the second digest to compute, beside SHA-256."""
        self.path = path
        self._url = url
        self._notes = path.with_suffix(".json")
        self._checksum = checksum
        self._file: IO[bytes] | None = None
        self._is_begun = self._is_noted = False
        self.etag: str | None = None
        self.total: int | None = None
        self._reset()
        with guarded(path):
            self._resume()

    @property
    def is_resumable(self) -> bool:
        """Whether the rest of the body can be asked for."""
        return bool(self.offset and self.etag and self.total)

    def begin(self, etag: str | None, total: int | None) -> None:
        """Start anew with a body of `total` bytes (None: not told) in the version `etag`."""
        self.discard()
        self.etag, self.total = strong(etag), total
        with guarded(self.path):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            # The file must be empty before the notes say what it is: never splice two versions.
            self._file = self.path.open("wb", buffering=0)
            self._is_begun = True
            if self.etag and self.total and self.total > files.BLOCK:
                self._note()  # in time for a kill; smaller ones only when they are cut

    def write(self, block: bytes) -> None:
        """Append the next bytes."""
        with guarded(self.path):
            if self._file is None:
                self._file = self.path.open("ab", buffering=0)
            rest = memoryview(block)
            while rest:
                rest = rest[self._file.write(rest) :]
        self._count(block)

    def digest(self, algorithm: str) -> str:
        """The digest of all bytes so far, in lower-case hex."""
        return self._digests[algorithm].hexdigest()

    def seal(self) -> None:
        """Close the file, for it is whole."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def close(self) -> None:
        """Close the file, and note what it is; one that cannot be resumed is removed."""
        self.seal()
        if not self.is_resumable:
            self.discard()
        elif not self._is_noted:
            with guarded(self.path):
                self._note()

    def discard(self) -> None:
        """Forget all bytes, and a file that was moved away."""
        self.seal()
        with guarded(self.path):
            if self._is_noted:
                self._notes.unlink(missing_ok=True)
            if self._is_begun:
                self.path.unlink(missing_ok=True)
        self._is_begun = self._is_noted = False
        self._reset()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _: object, __: TracebackType | None
    ) -> None:
        self.close()

    def _reset(self) -> None:
        self.etag = self.total = None
        self.offset = 0
        self.head = b""
        self.is_from_earlier = False
        names = {"sha256", self._checksum} if self._checksum else {"sha256"}
        self._digests = {name: hashlib.new(name, usedforsecurity=False) for name in names}

    def _resume(self) -> None:
        """Take over what an earlier run left, hashing it again."""
        notes = self._read_notes()
        if notes is None or not self.path.is_file():
            return
        self._is_begun = True
        self.etag, self.total = notes
        if self.path.stat().st_size >= self.total:
            # Killed in the last moment. Ask for the last byte again: an empty rest has no range.
            os.truncate(self.path, max(self.total - 1, 0))
        with self.path.open("rb") as file:
            while block := file.read(files.BLOCK):
                self._count(block)
        self.is_from_earlier = self.offset > 0

    def _read_notes(self) -> tuple[str, int] | None:
        try:
            text = self._notes.read_bytes()
        except FileNotFoundError:
            return None
        self._is_noted = True
        try:
            notes = json.loads(text)
        except (ValueError, RecursionError):
            return None
        match notes:
            case {"url": self._url, "etag": str(etag), "total": int(total)} if strong(etag):
                return etag, total
        return None

    def _note(self) -> None:
        notes = {"url": self._url, "etag": self.etag, "total": self.total}
        files.write_atomically(self._notes, files.json_line(notes).encode(), self.path.parent)
        self._is_noted = True

    def _count(self, block: bytes) -> None:
        self.offset += len(block)
        if len(self.head) < HEAD:
            self.head += block[: HEAD - len(self.head)]
        for digest in self._digests.values():
            digest.update(block)
