"""A result in words, line by line."""

from collections.abc import Iterator
from pathlib import Path

from itemcat.glance import up_to_date
from itemcat.model import Action
from itemcat.options import Options
from itemcat.result import Result

_MOST_LINES = 20
_DONE = {
    Action.ADD: "added",
    Action.UPDATE: "updated",
    Action.REMOVE: "removed",
    Action.FAIL: "failed",
    Action.KEEP: "unchanged",
}
_PLANNED = {
    Action.ADD: "to add",
    Action.UPDATE: "to update",
    Action.REMOVE: "to remove",
    Action.FAIL: "failing",
    Action.KEEP: "unchanged",
}


def describe(result: Result, options: Options, *, verbose: bool, quiet: bool) -> Iterator[str]:
    """What was done, or would be: the items that change, at most 20 of them, and the sum.

    `verbose` names every item; what failed is told as an error elsewhere.
    """
    if quiet:
        return
    if result.is_same and not result.failures and not verbose:
        yield up_to_date(len(result.decisions))
        return
    lines = [
        f"{decision.action:<6} {item_id}: {decision.reason}"
        for item_id, decision in result.decisions.items()
        if verbose or decision.action not in (Action.KEEP, Action.FAIL)
    ]
    yield from lines if verbose else lines[:_MOST_LINES]
    if len(lines) > _MOST_LINES and not verbose:
        yield f"… and {len(lines) - _MOST_LINES} more (-v names all)"
    words = _PLANNED if options.dry_run else _DONE
    counts = result.counts()
    parts = [f"{counts[action]} {word}" for action, word in words.items() if counts[action]]
    yield f"{', '.join(parts) or 'no items'}: {shown(result.catalog)}"


def shown(path: Path) -> Path:
    """A path as the user would type it: from here, if it lies below."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path
