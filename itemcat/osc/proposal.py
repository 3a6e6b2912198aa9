"""An entry in words: the message of its commit, which is the text of the pull request, too."""

from collections.abc import Iterable, Mapping
from typing import Any

from itemcat.osc.entry import Entry
from itemcat.osc.links import first
from itemcat.osc.targets import targets_of

_LONGEST = 65  # signs of the first line


def proposal(entry: Entry, titles: Mapping[str, str], links: Iterable[Mapping[str, Any]]) -> str:
    """First line, empty line, what the product is: all but the verb, such as Add.

    `links` are those of its document.
    """
    subject = f"product {_line(entry.title)}"
    if len(subject) > _LONGEST:
        subject = subject[: _LONGEST - 1] + "…"
    reach = entry.reach
    facts = {
        "Product": entry.id,
        **_related(entry, titles),
        "Extent": ", ".join(map(_degrees, entry.extent["spatial"]["bbox"])),
        "Time": f"{reach.start} to {reach.end}",
        "Items": f"{reach.items}, {first(links, 'child') or 'in its folder'}",
        "Data": entry.via,
        "Licence": entry.license,
    }
    lines = [f"- {word}: {fact}" for word, fact in facts.items() if fact]
    return "\n".join([subject, "", *lines]) + "\n"


def _related(entry: Entry, titles: Mapping[str, str]) -> dict[str, str]:
    """What it is related to, by kind, with the titles there."""
    found: dict[str, list[str]] = {}
    for target in targets_of(entry.said):
        title = _line(titles.get(target.file, target.id))
        found.setdefault(target.kind.word, []).append(title)
    return {word: ", ".join(names) for word, names in found.items()}


def _degrees(box: list[float]) -> str:
    return ", ".join(f"{side:g}" for side in box)


def _line(text: str) -> str:
    """A text of somebody's own as part of a line, of signs that can be seen."""
    return " ".join("".join(s if s.isprintable() else " " for s in text).split())
