"""A glance at what the last build left: is there anything to do?

This is what a build does first, and most often all that it does. So everything that it takes is in
this one module, which imports next to nothing (no dataclass, no `typing`): where the stamp of a
spec lies, how it is written, and whether all that it says still holds. `stamp` has the rest.
"""

import glob
import json
import os
from collections.abc import Iterator, Mapping
from functools import cache
from hashlib import sha256
from io import BufferedReader
from pathlib import Path

TYPE_CHECKING = False  # of `typing`, which takes its time
if TYPE_CHECKING:
    from typing import Any

SPEC_FILE = "catalog.yaml"
FORMAT = 3
NONE = b"-"  # in the place of a digest or a key that there is none of


def finished(spec: Path, cache_dir: Path | None = None) -> tuple[Path, list[bytes]] | None:
    """The root document and the items' files, if nothing has changed since the last build."""
    path = spec_at(spec)
    found = holds(stamp_at(cache_root(cache_dir), str(path)), path.parent)
    if found is None or has_link(path.parent, found[0]["output"]):
        return None
    says, rendered = found
    return path.parent / says["output"] / says["root"], rendered


def up_to_date(count: int) -> str:
    """The line that tells that so many items are as they should be."""
    return f"nothing to do: {count} item{'' if count == 1 else 's'} up to date"


def spec_at(path: Path) -> Path:
    """The absolute path of a spec; a folder means the `catalog.yaml` in it."""
    path = path / SPEC_FILE if path.is_dir() else path
    # Only the folder is resolved: a spec that is a symbolic link keeps its own folder.
    return path.parent.resolve() / path.name


def cache_root(named: Path | None) -> Path:
    """The cache's folder: the one that somebody named, or where it lies by default."""
    return named.expanduser().absolute() if named else default_root()


def default_root() -> Path:
    """The folder in ITEMCAT_CACHE_DIR, or `itemcat` in the platform's cache folder."""
    if named := os.environ.get("ITEMCAT_CACHE_DIR"):
        return Path(named).expanduser().absolute()
    import platformdirs  # noqa: PLC0415 (costs time, and most builds name no default)

    return Path(platformdirs.user_cache_dir("itemcat", appauthor=False))


def stamp_at(root: Path, spec: str) -> Path:
    """Where in the cache the stamp of a spec lies."""
    return root / "builds" / f"{sha256(spec.encode('utf-8', 'surrogatepass')).hexdigest()}.stamp"


def has_link(base: Path, path: str) -> bool:
    """Whether a path, or a folder below `base` on the way to it, is a symbolic link."""
    return any(map(os.path.islink, on_the_way(base, path)))


def on_the_way(base: Path, path: str) -> Iterator[str]:
    """The paths of the folders below `base` on the way to a path, and of that path itself."""
    so_far = str(base)
    for part in path.split("/"):
        so_far = f"{so_far}/{part}"
        yield so_far


def matches(pattern: str, base: Path) -> list[str]:
    """The paths below `base`, with slashes and sorted, of the files that a glob matches."""
    found = glob.glob(pattern, root_dir=base, recursive=True)  # noqa: PTH207 (Path.glob is slower)
    return sorted(Path(path).as_posix() for path in found if (base / path).is_file())


def holds(stamp: Path, base: Path) -> tuple[Mapping[str, str], list[bytes]] | None:
    """What a stamp says and the paths of what its build rendered, if all of it is as it was."""
    root, rendered, line = os.fsencode(f"{base}/"), [], b"\n"
    try:
        with stamp.open("rb") as lines:
            head = head_of(lines)
            if head is None or head["code"] != code():
                return None
            for line in lines:
                marks, _, key, name = line.split(b"\t", 3)
                if marks_of(os.stat(root + name[:-1])) != marks:  # noqa: PTH116 (Path costs more)
                    return None
                if key != NONE:
                    rendered.append(name[:-1])
        is_whole = line[-1:] == b"\n"
        is_same = all(matches(glob, base) == found for glob, found in head["globs"].items())
        return (head["says"], rendered) if is_whole and is_same else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def head_of(lines: BufferedReader) -> "dict[str, Any] | None":
    """The first line of a stamp; None if it is that of another form."""
    head = json.loads(lines.readline() or b"null")
    return head if isinstance(head, dict) and head.get("format") == FORMAT else None


def marks_of(found: os.stat_result) -> bytes:
    """The marks by which a file that was touched is known, as a stamp has them.

    Its size in bytes, the times of its modification and change in nanoseconds, and its inode.
    """
    return b"%d %d %d %d" % (found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino)


@cache
def code() -> str:
    """The marks of itemcat's own files: another release may render the same input differently."""
    found = [
        f"{folder}/{name}"
        for folder, _, names in os.walk(Path(__file__).parent)
        for name in names
        if name.endswith(".py")
    ]
    return sha256(b"\n".join(marks_of(os.stat(path)) for path in sorted(found))).hexdigest()  # noqa: PTH116
