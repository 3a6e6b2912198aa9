"""The stamp: what a finished build saw, so that the next one knows that there is nothing to do.

It lies in the cache, one for each spec, and holds the size, times and inode of every file that
the build read or wrote, and what its globs matched. All of it unchanged means: nothing to do.
This is what a build looks at first, so nothing heavy is imported here.
"""

import glob
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from itemcat.files import sha256_file

Stat = tuple[int, int, int, int]
"""Size in bytes, times of modification and of change in nanoseconds, inode."""


def stat_of(path: Path | str) -> Stat | None:
    """The marks by which a file that was touched is known; None where there is none."""
    try:
        found = os.stat(path)  # noqa: PTH116 (a Path for each of 100,000 files costs more)
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino


@dataclass(slots=True)
class Sightings:
    """What a build has seen: each file's stat is taken before it is read, so no edit is missed.

    `known` are the digests of an earlier build, by path and stat. Paths are relative to `base`.
    """

    base: Path
    known: Mapping[str, Any] = field(default_factory=dict)
    stats: dict[str, Stat | None] = field(default_factory=dict)
    globs: dict[str, list[str]] = field(default_factory=dict)
    digests: dict[str, str] = field(default_factory=dict)

    def see(self, path: str) -> Stat | None:
        """Note a file as it is now; the first look counts."""
        if path not in self.stats:
            self.stats[path] = stat_of(self.base / path)
        return self.stats[path]

    def glob(self, pattern: str) -> list[str]:
        """The files that match now, noted."""
        return self.globs.setdefault(pattern, matches(pattern, self.base))

    def digest(self, path: str) -> str:
        """The SHA-256 of a file, from memory where its stat says that it was not touched."""
        stat = self.see(path)
        remembered = self.known.get("digests", {}).get(path)
        is_same = stat is not None and self.known.get("stats", {}).get(path) == list(stat)
        if remembered is None or not is_same:
            remembered = sha256_file(self.base / path)
        self.digests[path] = remembered
        return str(remembered)

    def is_untouched(self, path: str) -> bool:
        """Whether a file is still the one that was seen."""
        return self.stats.get(path) == stat_of(self.base / path)

    def stamp(self, written: Iterable[str]) -> dict[str, Any]:
        """The stamp of this build, which also wrote the files at `written`.

        A file that was seen and not written keeps the marks of the first look: if anybody touched
        it while the build ran, the stamp does not hold, nor if a file is missing now.
        """
        for path in written:
            self.stats[path] = stat_of(self.base / path)
        return {
            "code": _code(),
            "stats": {path: stat and list(stat) for path, stat in self.stats.items()},
            "globs": self.globs,
            "digests": self.digests,
        }


def matches(pattern: str, base: Path) -> list[str]:
    """The paths below `base`, with slashes and sorted, of the files that a glob matches."""
    found = glob.glob(pattern, root_dir=base, recursive=True)  # noqa: PTH207 (Path.glob is slower)
    return sorted(Path(path).as_posix() for path in found if (base / path).is_file())


def holds(stamp: Mapping[str, Any] | None, base: Path) -> bool:
    """Whether everything that a stamp names is as it was."""
    if not stamp or stamp.get("code") != _code():
        return False
    root = f"{base}/"
    return all(
        (found := stat_of(root + path)) is not None and list(found) == stat
        for path, stat in stamp["stats"].items()
    ) and all(matches(pattern, base) == found for pattern, found in stamp["globs"].items())


def _code() -> list[Stat | None]:
    """The marks of itemcat's own files: another release may render the same input differently."""
    here = Path(__file__).parent
    return [list(stat_of(path) or ()) for path in sorted(here.rglob("*.py"))]  # type: ignore[misc]
