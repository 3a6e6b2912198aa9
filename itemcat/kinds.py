"""Kinds of JSON values: what the values at one place of many documents have in common.

A column of a table has one type; JSON may have a number here and a text there. Whole numbers beside
others become floating-point ones, and whatever else does not agree becomes text: texts as they are,
other values as their JSON.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from itemcat.files import json_line

_DEEPEST = 12  # levels of lists and objects that become columns; what is below is text
_WIDEST = 500  # fields of an object that become columns of their own
_WHOLE = 1 << 63  # from here on a whole number is no signed one of 64 bits


class Word(StrEnum):
    """The names of the kinds."""

    NOTHING = "nothing"
    TRUTH = "truth"
    WHOLE = "whole"
    REAL = "real"
    TEXT = "text"
    TIME = "time"
    BYTES = "bytes"
    LIST = "list"
    OBJECT = "object"


_WORDS = {
    bool: Word.TRUTH,
    int: Word.WHOLE,
    float: Word.REAL,
    str: Word.TEXT,
    datetime: Word.TIME,
    bytes: Word.BYTES,
    list: Word.LIST,
    dict: Word.OBJECT,
}
_NUMBERS = {Word.WHOLE, Word.REAL}


@dataclass(slots=True)
class Kind:
    """A kind that learns. `inner` is that of a list's values, `fields` those of an object's."""

    word: Word = Word.NOTHING
    inner: "Kind | None" = None
    fields: dict[str, "Kind"] = field(default_factory=dict)

    def learn(self, value: Any, depth: int = 0) -> None:
        """Widen the kind so that it holds this value, too."""
        if value is None or self.word is Word.TEXT:
            return
        word = _WORDS[type(value)]
        if word is Word.WHOLE and not -_WHOLE <= value < _WHOLE:
            word = Word.REAL
        if self.word is Word.NOTHING:
            self.word = word
        elif word is not self.word:
            self.word = Word.REAL if {word, self.word} == _NUMBERS else Word.TEXT
        if self.word is Word.LIST:
            self._learn_list(value, depth + 1)
        elif self.word is Word.OBJECT:
            self._learn_object(value, depth + 1)

    def _learn_list(self, values: list[Any], depth: int) -> None:
        if depth > _DEEPEST:
            self.word = Word.TEXT
            return
        if self.inner is None:
            self.inner = Kind()
        for value in values:
            self.inner.learn(value, depth)

    def _learn_object(self, values: Mapping[str, Any], depth: int) -> None:
        for name, value in values.items():
            if name not in self.fields:
                self.fields[name] = Kind()
            self.fields[name].learn(value, depth)
        if depth > _DEEPEST or len(self.fields) > _WIDEST:
            self.word = Word.TEXT

    def settled(self) -> "Kind":
        """The kind once all is learned: no fields in which there never is a value."""
        if self.word is Word.LIST:
            return Kind(Word.LIST, self.inner.settled() if self.inner else Kind())
        if self.word is not Word.OBJECT:
            return Kind(self.word)
        known = {name: kind.settled() for name, kind in sorted(self.fields.items())}
        kept = {name: kind for name, kind in known.items() if kind.word is not Word.NOTHING}
        return Kind(Word.OBJECT, None, kept) if kept else Kind()

    def fit(self, value: Any) -> Any:
        """A value that was learned, in the form of this kind; None for what no column holds."""
        word = self.word
        if value is None or word is Word.NOTHING:
            return None
        if word is Word.OBJECT:
            return {name: kind.fit(value.get(name)) for name, kind in self.fields.items()}
        if word is Word.LIST:
            inner = self.inner or Kind()
            return [inner.fit(one) for one in value]
        if word is Word.REAL:
            return float(value)
        if word is Word.TEXT and not isinstance(value, str):
            plain = _plain(value)
            return plain if isinstance(plain, str) else json_line(plain)
        return value


def _plain(value: Any) -> Any:
    """A value as JSON has it, with bytes in hex."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    return value
