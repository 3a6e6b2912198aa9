from pathlib import Path

import pytest

from itemcat.errors import ReadError
from itemcat.model import Action, Decision
from itemcat.options import Options
from itemcat.result import Result
from itemcat.summary import describe

CATALOG = Path.cwd() / "out" / "catalog.json"


def result(count: int, **more: object) -> Result:
    decisions = {f"i{n}": Decision(Action.ADD, "new in the spec") for n in range(count)}
    decisions["kept"] = Decision(Action.KEEP, "nothing changed")
    return Result(CATALOG, decisions, is_same=False, **more)  # type: ignore[arg-type]


def lines(
    found: Result, *, verbose: bool = False, quiet: bool = False, **options: bool
) -> list[str]:
    return list(describe(found, Options(**options), verbose=verbose, quiet=quiet))  # type: ignore[arg-type]


def test_the_items_that_change_and_the_sum() -> None:
    assert lines(result(1)) == [
        "add    i0: new in the spec",
        "1 added, 1 unchanged: out/catalog.json",
    ]
    assert lines(result(1), dry_run=True)[-1] == "1 to add, 1 unchanged: out/catalog.json"


def test_a_large_build_names_twenty() -> None:
    shown = lines(result(25))
    assert shown[19:] == [
        "add    i19: new in the spec",
        "… and 5 more (-v names all)",
        "25 added, 1 unchanged: out/catalog.json",
    ]
    assert len(lines(result(25), verbose=True)) == 27


def test_what_failed_is_counted_and_not_told_twice() -> None:
    failed = result(0, failures=(ReadError("a.tif", "is no raster"),))
    failed.decisions["bad"] = Decision(Action.FAIL, "is no raster")  # type: ignore[index]
    assert lines(failed) == ["1 failed, 1 unchanged: out/catalog.json"]


@pytest.mark.parametrize(("count", "words"), [(1, "1 item up"), (2, "2 items up")])
def test_nothing_to_do(count: int, words: str) -> None:
    decisions = {f"i{n}": Decision(Action.KEEP, "nothing changed") for n in range(count)}
    same = Result(CATALOG, decisions)
    assert lines(same) == [f"nothing to do: {words} to date"]
    assert lines(same, quiet=True) == []
    assert len(lines(same, verbose=True)) == count + 1
