"""What a host lists: files with names that can be trusted, and which of them a source wants."""

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from itemcat.model import Asset, Publication, Source

_SHOWN = 5  # names that a hint gives as examples


@dataclass(frozen=True, slots=True)
class Listed:
    """The assets by name; of a record, also what it says, and news that its reader should hear."""

    assets: tuple[Asset, ...]
    record: Publication | None = None
    news: str = ""


def is_file_name(name: str) -> bool:
    """Whether a host's word for a file is the name of one, in one folder, that can be seen."""
    return name.isprintable() and name not in ("", ".", "..") and not {"/", "\\"} & set(name)


def is_wanted(name: str, source: Source) -> bool:
    """Whether `include` and `exclude` leave a file; without `include`, all are in."""
    included = not source.include or any(fnmatchcase(name, glob) for glob in source.include)
    return included and not any(fnmatchcase(name, glob) for glob in source.exclude)


def shown(names: Sequence[str]) -> str:
    """A hint that names the first few."""
    first = [f"{name!a}" for name in sorted(names)[:_SHOWN]]
    more = f" and {len(names) - _SHOWN} more" * (len(names) > _SHOWN)
    return f"its files are {', '.join(first)}{more}"
