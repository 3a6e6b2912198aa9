import pickle

import pytest

from itemcat import errors
from itemcat.errors import FetchError, ItemcatError, Problems, ReadError, SpecError, told

KINDS = [
    kind
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, ItemcatError) and kind is not Problems
]


@pytest.mark.parametrize("kind", KINDS)
def test_an_error_crosses_process_boundaries_whole(kind: type[ItemcatError]) -> None:
    again = pickle.loads(pickle.dumps(kind("a.tif", "is no raster", "look")))  # noqa: S301
    assert type(again) is kind
    assert str(again) == "error: a.tif: is no raster\nhint: look"


def test_problems_cross_process_boundaries_whole() -> None:
    problems = Problems((ReadError("a", "b"), SpecError("c", "d", "e")), "nothing was changed")
    again = pickle.loads(pickle.dumps(problems))  # noqa: S301
    assert str(again) == str(problems) == "error: a: b\nerror: c: d\nhint: e\nnothing was changed"
    assert again.exit_code == 2


def test_a_hint_that_many_share_is_told_once() -> None:
    same = [FetchError(where, "404", "look") for where in ("a", "b")]
    assert told([*same, FetchError("c", "x", "y")]) == [
        "error: a: 404",
        "error: b: 404",
        "hint: look",
        "error: c: x",
        "hint: y",
    ]


@pytest.mark.parametrize(
    ("kind", "code"),
    [("SpecError", 2), ("UsageError", 2), ("FetchError", 3), ("ReadError", 3), ("Drift", 1)],
)
def test_the_exit_code_follows_from_the_kind(kind: str, code: int) -> None:
    assert getattr(errors, kind)("a", "b").exit_code == code
