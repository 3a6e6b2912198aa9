"""The stamp: what a finished build saw, so that the next one knows that there is nothing to do.

It lies in the cache, one for each spec. Its first line is JSON: the marks of itemcat's own code,
what globs matched, and what the build says of itself. Each further line is a file that the build
read or wrote: its stat (size, times of modification and of change in nanoseconds, inode), its
SHA-256, the key of what it was rendered from, and its path; `-` stands for what there is none of.
All of it unchanged means: nothing to do, which `glance` tells.
"""

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from itemcat import glance
from itemcat.files import sha256_file
from itemcat.glance import FORMAT, code, head_of, matches

NONE = glance.NONE.decode()
_MISSING = "0 0 0 0"

Stat = tuple[int, int, int, int]
"""Size in bytes, times of modification and of change in nanoseconds, inode."""


def stat_of(path: Path | str) -> Stat | None:
    """The marks by which a file that was touched is known; None where there is none."""
    try:
        found = os.stat(path)  # noqa: PTH116 (a Path for each of 100,000 files costs more)
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino


@dataclass(frozen=True, slots=True)
class Seen:
    """A file as a build saw it: its stat as the stamp writes it, its digest, its key."""

    stat: str
    digest: str = NONE
    key: str = NONE


@dataclass(frozen=True, slots=True)
class Stamp:
    """A whole stamp in memory. `says` is what the build said of itself, a JSON object.

    `is_ours` tells that this very release of itemcat made it.
    """

    says: Mapping[str, Any] = field(default_factory=dict)
    files: Mapping[str, Seen] = field(default_factory=dict)
    is_ours: bool = False


def load(path: Path) -> Stamp:
    """The stamp in a file; empty where there is none, or garbage.

    That of another release of itemcat has no keys: it may render the same input differently.
    """
    try:
        with path.open("rb") as lines:
            head = head_of(lines)
            if head is None:
                return Stamp()
            is_ours = head["code"] == code()
            files = {path: Seen(stat, digest, key) for stat, digest, key, path in _lines(lines)}
    except (OSError, ValueError, KeyError, TypeError):
        return Stamp()
    if not is_ours:
        files = {path: Seen(seen.stat, seen.digest) for path, seen in files.items()}
    return Stamp(head["says"], files, is_ours)


@dataclass(slots=True)
class Sightings:
    """What a build has seen: each file's stat is taken before it is read, so no edit is missed.

    `before` is the stamp of the last build. Paths are relative to `base`.
    """

    base: Path
    before: Stamp = Stamp()
    stats: dict[str, Stat | None] = field(default_factory=dict)
    globs: dict[str, list[str]] = field(default_factory=dict)
    digests: dict[str, str] = field(default_factory=dict)

    def see(self, path: str) -> Stat | None:
        """Note a file as it is now; the first look counts."""
        if path not in self.stats:
            self.stats[path] = stat_of(f"{self.base}/{path}")
        return self.stats[path]

    def glob(self, pattern: str) -> list[str]:
        """The files that match now, noted."""
        return self.globs.setdefault(pattern, matches(pattern, self.base))

    def untouched(self, path: str) -> Seen | None:
        """What the last build knew of a file, if that has not been touched since."""
        stat, seen = self.see(path), self.before.files.get(path)
        return seen if seen and stat and seen.stat == _written(stat) else None

    def digest(self, path: str, read: Callable[[Path], str] = sha256_file) -> str:
        """The SHA-256 of a file, from memory where its stat says that it was not touched."""
        if path not in self.digests:
            seen = self.untouched(path)
            known = seen.digest if seen else NONE
            self.digests[path] = read(self.base / path) if known == NONE else known
        return self.digests[path]

    def is_untouched(self, path: str) -> bool:
        """Whether a file is still the one that was seen in this build."""
        return self.stats.get(path) == stat_of(f"{self.base}/{path}")

    def forget(self, path: str) -> None:
        """Leave a file out of the stamp: it is gone, and nobody wants it back."""
        self.stats.pop(path, None)

    def stamp(
        self,
        says: Mapping[str, Any],
        made: Mapping[str, tuple[str, str]],
        written: Iterable[str] = (),
        *,
        is_final: bool = True,
    ) -> Iterator[str]:
        """The lines of this build's stamp; `made` has digest and key of what it rendered.

        A file that was seen and not `written` keeps the marks of the first look: if anybody touched
        it while the build ran, the stamp does not hold, nor if a file is missing now, nor ever if
        it is not final.
        """
        for path in written:
            self.stats[path] = stat_of(f"{self.base}/{path}")
        head = {"format": FORMAT, "code": code(), "globs": self.globs, "says": says}
        yield json.dumps(head) + "\n"
        if not is_final:  # no file is like this
            yield f"{_MISSING}\t{NONE}\t{NONE}\t.\n"
        ours = (path for path in made if path in self.stats)  # in their order, and last
        for path in (*(path for path in self.stats if path not in made), *ours):
            digest, key = made.get(path) or (self.digests.get(path, NONE), NONE)
            stat = self.stats[path]
            marks = _written(stat) if stat else _MISSING
            yield f"{marks}\t{digest}\t{key}\t{path}\n"


def _written(stat: Stat) -> str:
    return f"{stat[0]} {stat[1]} {stat[2]} {stat[3]}"


def _lines(lines: Iterable[bytes]) -> Iterator[tuple[str, str, str, str]]:
    """Stat, digest, key and path of each file. Raises ValueError for garbage."""
    for line in lines:
        if line[-1:] != b"\n":
            raise ValueError("a line that was cut")
        stat, digest, key, path = line[:-1].decode().split("\t", 3)
        yield stat, digest, key, path
