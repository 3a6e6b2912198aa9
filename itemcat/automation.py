"""The files for a host's CI go into the repository of the catalog."""

from dataclasses import dataclass
from pathlib import Path

from itemcat import __version__
from itemcat.disk import guarded
from itemcat.errors import UsageError
from itemcat.files import write_atomically
from itemcat.git import Git
from itemcat.hosting import hosted
from itemcat.places import Places
from itemcat.spec import load_spec
from itemcat.workflows import workflows


@dataclass(frozen=True, slots=True)
class Automation:
    """The files by their paths from the repository's top, and which of them were not there yet."""

    files: dict[str, str]
    new: tuple[str, ...]


def automate(what: Path, cache_dir: Path | None = None, *, dry_run: bool = False) -> Automation:
    """Write the files for the host's CI. Nobody's file is overwritten.

    Raises UsageError, with nothing written, where another file is in the way, or no repository.
    """
    places = Places.of(what, cache_dir)
    git = Git(places.base)
    load_spec(places.spec)
    prefix = git.prefix()
    if prefix is None:
        hint = "`itemcat publish` makes one; then come again"
        raise UsageError(places.spec.name, "lies in no git repository", hint)
    target = git.target(git.branch())
    host = hosted(target.address) if target else None
    try:
        files = workflows(host.kind if host else None, prefix + places.spec.name, __version__)
    except ValueError as error:
        what_is_wrong = "has signs in its path that a workflow cannot hold"
        raise UsageError(places.spec.name, what_is_wrong, "rename it, or its folder") from error
    new = _missing(git.top(), files)
    if not dry_run:
        for path in new:
            with guarded(git.top() / path):
                data = files[path].encode()
                write_atomically(git.top() / path, data, (git.top() / path).parent)
    return Automation(files, new)


def _missing(top: Path, files: dict[str, str]) -> tuple[str, ...]:
    """The files that are not there. Raises UsageError where one is another than it should be."""
    missing = []
    for path, text in files.items():
        file = top / path
        above = [parent for parent in file.parents if parent.is_relative_to(top) and parent != top]
        if any(one.is_symlink() for one in (file, *above)):
            raise UsageError(path, "is, or lies behind, a symbolic link", "remove the link")
        if not file.exists():
            missing.append(path)
        elif not file.is_file() or file.read_bytes() != text.encode():
            hint = (
                "`itemcat publish --workflow --dry-run` shows what it would be: put both together"
            )
            raise UsageError(path, "is there already, and another one", hint)
    return tuple(missing)
