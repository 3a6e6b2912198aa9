"""Where the bytes of thumbnails are: on disk, as the last build wrote them, or in the cache."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from itemcat.cache import Cache
from itemcat.errors import MachineError
from itemcat.files import sha256

MISSING, EDITED = "its thumbnail is missing", "its thumbnail was edited by hand"

Digest = Callable[[str], str | None]
"""Gives the SHA-256 of a file of the last output by its path there; None where there is none."""


@dataclass(slots=True)
class Pictures:
    """Thumbnails by their SHA-256. `standing` are the files of those that are as they were written.

    A picture is kept in the cache, and in memory where that may only be read.
    """

    cache: Cache
    standing: Mapping[str, Path] = field(default_factory=dict)
    held: dict[str, bytes] = field(default_factory=dict)

    def has(self, digest: str) -> bool:
        """Whether the bytes are anywhere."""
        return digest in self.standing or digest in self.held or self._kept(digest) is not None

    def keep(self, data: bytes) -> None:
        """Take the bytes of a picture that was made."""
        digest = sha256(data)
        is_here = digest in self.standing or digest in self.held
        if not is_here and not self.cache.keep_blob(digest, data):
            self.held[digest] = data

    def get(self, digest: str) -> bytes:
        """The bytes of a picture, which are kept afterwards: their file may be about to go.

        Raises MachineError where somebody has taken them away meanwhile.
        """
        if digest in self.held:
            return self.held[digest]
        path = self._kept(digest) or self.standing.get(digest)
        data = path.read_bytes() if path and path.is_file() else b""
        if sha256(data) != digest:
            what = "a thumbnail was changed by somebody else while the build ran"
            raise MachineError(str(path or self.cache.root), what, "run `itemcat build` again")
        if not self.cache.keep_blob(digest, data):
            self.held[digest] = data
        return data

    def _kept(self, digest: str) -> Path | None:
        return self.cache.sound_blob(digest)


def look(
    cache: Cache, folder: Path, recorded: Mapping[str, str], digest: Digest
) -> tuple[Pictures, dict[str, str]]:
    """The pictures that a manifest names, and which of them are lost, and why, by their digests.

    `recorded` are their digests by their paths in `folder`.
    """
    found = {path: digest(path) for path in recorded}
    standing = {wanted: folder / path for path, wanted in recorded.items() if found[path] == wanted}
    pictures = Pictures(cache, standing)
    lost = {
        wanted: MISSING if found[path] is None else EDITED
        for path, wanted in recorded.items()
        if not pictures.has(wanted)
    }
    return pictures, lost
