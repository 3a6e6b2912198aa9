"""A manifest that git could not merge: repaired from both sides where they agree."""

import re

from itemcat.errors import UsageError
from itemcat.manifest.checked import parsed
from itemcat.model import OUTPUTS, Manifest

_MARKS = re.compile(r"^(<{7}|\|{7}|={7}|>{7})(?: |$)", re.MULTILINE)


def is_marked(text: str) -> bool:
    """Whether the text has the marks of a merge conflict."""
    return "<<<<<<<" in text and _MARKS.search(text) is not None


def merged(name: str, text: str) -> Manifest:
    """What both sides of a merge conflict say, where they agree; what one has alone is kept."""
    try:
        ours, theirs = (parsed(name, side) for side in _sides(text))
    except UsageError as error:
        raise _conflict(name, "it cannot be taken apart") from error
    same_output = ours.output == theirs.output
    differing = [
        key
        for key in ours.items.keys() & theirs.items.keys()
        if ours.items[key] != theirs.items[key]
    ]
    if differing or not same_output:
        raise _conflict(name, f"both sides changed {', '.join(sorted(differing)[:5]) or 'output'}")
    agreed = {k: v for k, v in ours.listings.items() if theirs.listings.get(k, v) == v}
    missing = {k: v for k, v in theirs.listings.items() if k not in ours.listings}
    said = {k: v for k, v in ours.records.items() if theirs.records.get(k, v) == v}
    others = {k: v for k, v in theirs.records.items() if k not in ours.records}
    items = {**ours.items, **theirs.items}
    outputs = tuple(name for name in OUTPUTS if name in ours.outputs + theirs.outputs)
    return Manifest(ours.output, agreed | missing, items, said | others, outputs)


def _sides(text: str) -> tuple[str, str]:
    """The text as either branch had it (git's conflict style `merge` or `diff3`)."""
    sides: tuple[list[str], list[str]] = ([], [])
    now = (True, True)
    for line in text.split("\n"):
        found = _MARKS.match(line)
        if found is None:
            for wanted, side in zip(now, sides, strict=True):
                if wanted:
                    side.append(line)
            continue
        marks = {"<": (True, False), "|": (False, False), "=": (False, True), ">": (True, True)}
        now = marks[line[0]]
    return "\n".join(sides[0]), "\n".join(sides[1])


def _conflict(name: str, why: str) -> UsageError:
    return UsageError(
        name,
        f"has the marks of a merge conflict, and {why}",
        "take one side (`git checkout --ours` or `--theirs` with this file), then run "
        "`itemcat build`: it does what is missing",
    )
