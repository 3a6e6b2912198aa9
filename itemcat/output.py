"""The output folder: documents go in where they differ, and nobody else's files are touched.

Paths are relative to the folder, with slashes. While a write is under way the folder has a
`.itemcat` in it: temporary files, and the intent, a list of what is being written, so that what
a kill leaves behind is known as ours by the next build.
"""

import json
import os
import stat
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path

from itemcat.errors import UsageError
from itemcat.files import canonical_json, sha256_file, write_atomically
from itemcat.glance import has_link, on_the_way
from itemcat.seal import SUFFIX, sealed

STAGING = ".itemcat"
_INTENT = "intent.json"
_SHOWN = 5  # paths that an error names before it only counts


def refuse_links(base: Path, output: str) -> None:
    """Raises UsageError if the output folder, or a folder on the way to it, is a symbolic link."""
    if has_link(base, output):
        what = "is a symbolic link, and itemcat never writes through one"
        raise UsageError(output, what, "name a real folder as `output:`")
    if any(one.exists() and not one.is_dir() for one in map(Path, on_the_way(base, output))):
        raise UsageError(output, "is no folder", "name another `output:`, or move the file away")


def digest(folder: Path, path: str) -> str | None:
    """What a file is on disk: its SHA-256, or, of a table, the identity of its items.

    None where there is none, or a symbolic link, or a table that is not as it was written.
    """
    if has_link(folder, path):
        return None
    try:
        return sealed(folder / path) if path.endswith(SUFFIX) else sha256_file(folder / path)
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return None


def begin(
    folder: Path, documents: Mapping[str, str], named: Collection[str], *, is_first: bool
) -> dict[str, str]:
    """Make sure that every document may be written, and note that it is about to be.

    `documents` are digests by path; `named` are the paths that the manifest knows. Returns the
    paths and digests that a build which was cut off has left and nobody wants any more. Raises
    UsageError, with nothing changed, where somebody else's file stands in the way, or, on a first
    build, anywhere in the folder.
    """
    intent = _intent(folder)
    ours = intent.keys() | set(named)
    foreign = {
        path
        for path, expected in documents.items()
        if path not in ours and _is_there(folder, path) and digest(folder, path) != expected
    }
    if is_first:
        foreign |= set(_visible(folder)) - ours - documents.keys()
    if foreign:
        raise _not_ours(folder.name, sorted(foreign))
    for path in documents if _is_there(folder, "") else ():
        _refuse_obstacles(folder, path)
    meant = {**intent, **documents}
    write_atomically(folder / STAGING / _INTENT, canonical_json(meant), folder / STAGING)
    return {path: meant[path] for path in intent.keys() - documents.keys() - set(named)}


def write(
    folder: Path, paths: Iterable[str], data: Callable[[str], bytes | Iterable[bytes]]
) -> None:
    """Write documents in their order, each whole or not at all. The caller began.

    `data` gives the bytes of a path when its turn has come.
    """
    staging = folder / STAGING
    sound = {""}  # folders below that are no links; what is made anew in them has no obstacles
    for path in paths:
        parent = path.rpartition("/")[0]
        above = parent.rpartition("/")[0]
        if not (above in sound and _make(f"{folder}/{parent}")):
            if not _refuse_obstacles(folder, path):
                (folder / path).parent.mkdir(parents=True, exist_ok=True)
            sound.add(above)
        write_atomically(f"{folder}/{path}", data(path), staging)


def prune(folder: Path, recorded: Mapping[str, str]) -> list[str]:
    """Delete the files whose bytes are still the recorded ones; the paths that were kept."""
    kept = []
    for path, expected in sorted(recorded.items()):
        if digest(folder, path) == expected:
            (folder / path).unlink()
        elif _is_there(folder, path):
            kept.append(path)
        if not has_link(folder, path):
            remove_if_empty((folder / path).parent, folder)
    return kept


def end(folder: Path) -> None:
    """Sweep the temporary files, this build's and those that a kill has left."""
    staging = folder / STAGING
    if staging.is_symlink():
        staging.unlink()
    elif staging.exists():
        import shutil  # noqa: PLC0415 (not before there is something to sweep)

        shutil.rmtree(staging)
    if folder.is_dir() and not folder.is_symlink() and not any(folder.iterdir()):
        folder.rmdir()


def is_clean(folder: Path) -> bool:
    """Whether no write was cut off in this folder."""
    return not (folder / STAGING).exists()


def _make(folder: str) -> bool:
    """Make a folder; whether it was not there."""
    try:
        os.mkdir(folder)  # noqa: PTH102 (a Path would cost as much again)
    except OSError:
        return False
    return True


def _refuse_obstacles(folder: Path, path: str) -> bool:
    """Whether the folder of a document is there.

    Raises UsageError where a link, a folder or a file is in the way.
    """
    target = f"{folder}/{path}"
    for one in on_the_way(folder, path):
        try:
            mode = os.lstat(one).st_mode
        except FileNotFoundError:
            return one == target  # else nothing is below
        if stat.S_ISLNK(mode):
            what = "is, or lies behind, a symbolic link, and itemcat never writes through one"
            hint = "remove the link; the build puts a real file there"
            raise UsageError(f"{folder.name}/{path}", what, hint)
        if stat.S_ISDIR(mode) == (one == target):
            what = "cannot be written: a folder is in its place, or a file in that of its folder"
            raise UsageError(f"{folder.name}/{path}", what, "move that away")
    return True


def _is_there(folder: Path, path: str) -> bool:
    return os.path.lexists(f"{folder}/{path}")


def _visible(folder: Path) -> list[str]:
    """Every file below the folder but hidden ones (.git, .gitkeep), links not followed."""
    found = []
    for parent, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        visible = [Path(parent, name) for name in files if not name.startswith(".")]
        found += [path.relative_to(folder).as_posix() for path in visible]
    return sorted(found)


def _intent(folder: Path) -> dict[str, str]:
    """What a build that was cut off meant to write here: paths and digests."""
    try:
        meant = json.loads((folder / STAGING / _INTENT).read_bytes())
    except (OSError, ValueError):
        return {}
    return meant if isinstance(meant, dict) else {}


def remove_if_empty(folder: Path, top: Path) -> None:
    """Remove a folder below `top`, and those above it, as long as nothing is in them."""
    while folder != top and folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent


def _not_ours(output: str, foreign: list[str]) -> UsageError:
    shown = ", ".join(sorted(set(foreign))[:_SHOWN])
    more = len(set(foreign)) - _SHOWN
    return UsageError(
        output,
        f"holds files that itemcat did not make: {shown}"
        + (f" and {more} more" if more > 0 else ""),
        "name another `output:`, or move these files away (if itemcat made them, restore the "
        "manifest that belongs to them)",
    )
