"""The page of promises: each names a test, and each test that is named is there."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

TOP = Path(__file__).parent.parent
PAGE = (TOP / "docs" / "guarantees.md").read_text("utf-8")
PROMISES = [
    f"- {promise}"
    for section in PAGE.split("\n## ")[1:]
    for promise in section.strip().split("\n- ")[1:]
]
_NAMED = re.compile(r"`(tests/\w+\.py)::(\w+)`")


@cache
def names(path: str) -> set[str]:
    """What a test module defines: its functions, classes and variables."""
    tree = ast.parse((TOP / path).read_text("utf-8"))
    defined = {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    assigned = (node.targets for node in tree.body if isinstance(node, ast.Assign))
    return defined | {
        target.id for targets in assigned for target in targets if isinstance(target, ast.Name)
    }


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise[2:40])
def test_every_promise_is_held_by_tests_that_exist(promise: str) -> None:
    named = _NAMED.findall(promise)
    assert named
    for path, name in named:
        assert name.lower().startswith("test")
        assert name in names(path), f"{path} has no {name}"


def test_the_page_promises_what_it_should() -> None:
    assert len(PROMISES) > 40
    assert PAGE.count("`tests/") == len(_NAMED.findall(PAGE))
