"""What a commit of the catalog changes, in words: the message that publishes it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from itemcat.layout import CATALOG_FILE, ROOT_FILES, TABLE_FILE
from itemcat.model import Manifest

_SHOWN = 5  # ids of each kind that the message names before it only counts
_LONGEST = 60  # signs of an id or a title


@dataclass(frozen=True, slots=True)
class Changes:
    """The ids of the items that a commit adds, updates and removes, sorted, and of `total` after.

    `is_first`: the last commit has no catalog. `titles` are the catalog's before and after.
    """

    added: tuple[str, ...]
    updated: tuple[str, ...]
    removed: tuple[str, ...]
    total: int
    is_first: bool
    titles: tuple[str, str]

    @classmethod
    def between(
        cls, before: Manifest | None, after: Manifest, titles: tuple[str, str]
    ) -> "Changes":
        """What lies between two manifests; `before` is None where there was none."""
        old = {} if before is None else before.items
        updated = [
            item_id
            for item_id in old.keys() & after.items.keys()
            if old[item_id].file_sha256 != after.items[item_id].file_sha256
        ]
        return cls(
            tuple(sorted(after.items.keys() - old.keys())),
            tuple(sorted(updated)),
            tuple(sorted(old.keys() - after.items.keys())),
            len(after.items),
            before is None,
            titles,
        )

    def message(self, catalog_id: str, kinds: Mapping[str, bool]) -> str:
        """The commit's message. `kinds` says of spec, catalog and manifest whether they change."""
        named = {"added": self.added, "updated": self.updated, "removed": self.removed}
        body = [f"{word.capitalize()}: {_some(ids)}" for word, ids in named.items() if ids]
        before, after = map(_line, self.titles)
        if not self.is_first and before and before != after:
            body.append(f'Title: "{after}", was "{before}"')
        subject = f"{_line(catalog_id)}: {self._sum(named, kinds)}"
        return "\n\n".join([subject, "\n".join(body)] if body else [subject]) + "\n"

    def _sum(self, named: Mapping[str, tuple[str, ...]], kinds: Mapping[str, bool]) -> str:
        if self.is_first:
            return f"first publication, {_items(self.total)}"
        counts = [(len(ids), word) for word, ids in named.items() if ids]
        if counts:
            (first, word), *rest = counts
            return ", ".join([f"{_items(first)} {word}", *(f"{n} {word}" for n, word in rest)])
        before, after = map(_line, self.titles)
        if before != after:
            return "another title"
        return f"{', '.join(kind for kind, differs in kinds.items() if differs)} changed"


def is_catalog_file(path: str) -> bool:
    """Whether a path below the output folder is one that itemcat gives a file.

    Those are the root's, the table of items, `catalog.json` of a catalog in the catalog, and
    `<id>/<id>` with any suffix.
    """
    parts = PurePosixPath(path)
    if any(part.startswith(".") for part in parts.parts):
        return False
    is_catalog = path in (*ROOT_FILES.values(), TABLE_FILE) or parts.name == CATALOG_FILE
    return is_catalog or (parts.suffix != "" and parts.stem == parts.parent.name)


def _some(ids: tuple[str, ...]) -> str:
    shown = ", ".join(map(_line, ids[:_SHOWN]))
    return shown + (f" and {len(ids) - _SHOWN} more" if len(ids) > _SHOWN else "")


def _items(count: int) -> str:
    return f"{count} item" + "s" * (count != 1)


def _line(text: str) -> str:
    """A text of somebody's own as part of a line: short, and of signs that can be seen."""
    plain = " ".join("".join(s if s.isprintable() else " " for s in text).split())
    return plain if len(plain) <= _LONGEST else plain[: _LONGEST - 1] + "…"
