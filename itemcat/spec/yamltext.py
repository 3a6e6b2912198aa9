"""YAML as a spec may use it: a text to plain values, and the place of each of them.

A closed subset of YAML 1.1, without its surprises. A plain scalar is null (nothing, `null`, `~`),
`true` or `false`, a number as JSON writes it (integers of at most 18 digits, finite floats), or
else text: `2020-01-01`, `no`, `12:30:00`, `0123` and `1_000` stay as they are. What is quoted is
text. Keys are text and stand once in a mapping. Aliases work, in bounds; tags, merge keys and
several documents do not.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import yaml

from itemcat.errors import Problems, SpecError
from itemcat.model import Place
from itemcat.spec.yamlevents import yaml_events
from itemcat.urls import redacted

MAX_DEPTH = 100  # levels of mappings and lists
MAX_ALIASED = 1_000_000  # values that aliases may stand for, all together

_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,17})")
_FLOAT = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_WORDS: Mapping[str, bool | None] = {
    "": None,
    "~": None,
    "null": None,
    "true": True,
    "false": False,
}


class Mark(NamedTuple):
    """Where a value stands (1-based), and for a plain scalar how it is written."""

    line: int
    column: int
    text: str | None = None
    keys: Mapping[str, tuple[int, int]] = {}
    children: Mapping[str, "Mark"] | Sequence["Mark"] = ()


@dataclass(frozen=True, slots=True)
class YamlText:
    """The plain value of a text, the marks of all its parts, and what is wrong with it."""

    file: str
    value: Any
    mark: Mark
    problems: tuple[SpecError, ...]

    def place(self, path: Sequence[str | int], key: str | None = None) -> Place:
        """The place of the value at `path`, or of a key in it."""
        mark = self.mark
        for step in path:
            mark = mark.children[step]  # type: ignore[index]
        line, column = (mark.line, mark.column) if key is None else mark.keys[key]
        return Place(self.file, line, column)


def quoted(text: str) -> str:
    """A text as messages show it: in quotes, without secrets, no longer than a line."""
    text = redacted(text)
    return repr(text if len(text) <= 60 else text[:59] + "…")


def read_yaml(text: str, file: str) -> YamlText:
    """The values and places of a YAML text; `file` is how problems name it.

    What can be read around (a key twice, a tag) is in the result's `problems`. Raises Problems of
    SpecError where the text cannot be read to its end.
    """
    reading = _Reading(file)
    try:
        for event in yaml_events(text, file):
            reading.take(event)
    except SpecError as error:
        raise Problems((*reading.problems, error)) from None
    return YamlText(file, reading.value, reading.mark, tuple(reading.problems))


@dataclass(slots=True)
class _Open:
    """A mapping or list that is being read."""

    value: dict[str, Any] | list[Any]
    mark: Mark
    anchor: str | None
    size_before: int
    is_flow: bool
    key: str | None = None  # of a mapping: the key whose value comes next
    drop: bool = False  # that key is wrong, its value is passed over
    height: int = 1  # levels from here down


@dataclass(frozen=True, slots=True)
class _Anchored:
    """What an alias stands for: a value, its mark, and how many values and levels it is."""

    value: Any
    mark: Mark
    size: int
    height: int


class _Reading:
    """The values read so far. Deliberately not recursive: the depth is the author's choice."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.value: Any = None
        self.mark = Mark(1, 1)
        self.problems: list[SpecError] = []
        self._open: list[_Open] = []
        self._anchors: dict[str, _Anchored | None] = {}  # None: still open
        self._size = 0
        self._aliased = 0
        self._documents = 0
        self._take = {
            yaml.ScalarEvent: self._scalar,
            yaml.MappingStartEvent: self._start,
            yaml.SequenceStartEvent: self._start,
            yaml.MappingEndEvent: self._end,
            yaml.SequenceEndEvent: self._end,
            yaml.AliasEvent: self._alias,
            yaml.DocumentStartEvent: self._document,
        }

    def take(self, event: Any) -> None:
        """Go on by one event of the parser."""
        if step := self._take.get(type(event)):
            step(event)

    def _document(self, event: Any) -> None:
        self._documents += 1
        if self._documents > 1:
            raise self._problem(
                event, "a second document starts here", "a spec is one document: remove the '---'"
            )

    def _scalar(self, event: Any) -> None:
        self._size += 1
        if event.tag is not None:
            self._refuse_tag(event)
        if self._open and self._open[-1].key is None and isinstance(self._open[-1].value, dict):
            self._key(event, self._open[-1])
            return
        start = event.start_mark
        value = _resolved(event.value) if event.implicit[0] else event.value
        written = None if isinstance(value, str) else event.value
        mark = Mark(start.line + 1, start.column + 1, written)
        if event.anchor is not None:
            self._anchors[event.anchor] = _Anchored(value, mark, 1, 0)
        self._add(value, mark, 0)

    def _key(self, event: Any, mapping: _Open) -> None:
        """Take a mapping's next key; after a wrong one its value is passed over."""
        key = mapping.key = event.value
        keys: Any = mapping.mark.keys
        if event.implicit[0] and key == "<<":
            hint = "write the keys out; what all entries share belongs under 'items:'"
            self._pass_over(event, mapping, "merge keys ('<<') are not supported", hint)
        elif event.implicit[0] and key in ("", "~"):
            self._pass_over(event, mapping, "a key is missing before ':'", "put text in quotes")
        elif key in keys:
            what = f"the key {quoted(key)} is here a second time, first in line {keys[key][0]}"
            self._pass_over(event, mapping, what, "keep one of them")
        else:
            keys[key] = (event.start_mark.line + 1, event.start_mark.column + 1)

    def _start(self, event: Any) -> None:
        self._size += 1
        if event.tag is not None:
            self._refuse_tag(event)
        self._bound_depth(event, 1)
        is_mapping = type(event) is yaml.MappingStartEvent
        start = event.start_mark
        place = (start.line + 1, start.column + 1)
        mark = Mark(*place, None, {}, {}) if is_mapping else Mark(*place, None, {}, [])
        if event.anchor is not None:
            self._anchors[event.anchor] = None
        empty: dict[str, Any] | list[Any] = {} if is_mapping else []
        opened = _Open(empty, mark, event.anchor, self._size - 1, bool(event.flow_style))
        self._refuse_as_key(event)
        self._open.append(opened)

    def _end(self, event: Any) -> None:
        closed = self._open.pop()
        value: Any = closed.value
        if closed.is_flow and isinstance(value, dict) and list(value.values()) == [None]:
            value = self._braces(closed, next(iter(value)))
        if closed.anchor is not None:
            size = self._size - closed.size_before
            self._anchors[closed.anchor] = _Anchored(value, closed.mark, size, closed.height)
        self._add(value, closed.mark, closed.height)

    def _braces(self, closed: _Open, key: str) -> Any:
        """A template without quotes, `{stem}`: to YAML a mapping from `stem` to nothing."""
        children: Any = closed.mark.children
        line, column = closed.mark.keys[key]
        if children[key][:3] != (line, column + len(key), ""):  # nothing, and no ':' before it
            return closed.value
        text = "{" + key + "}"
        what = f"{quoted(text)} without its quotes is a mapping, not a text"
        self.problems.append(self._problem_at(closed.mark, what, "put the whole text in quotes"))
        return text

    def _alias(self, event: Any) -> None:
        self._refuse_as_key(event)
        if event.anchor not in self._anchors:
            raise self._problem(
                event,
                f"the alias {quoted('*' + event.anchor)} has no anchor before it",
                "put text that starts with '*' in quotes",
            )
        anchored = self._anchors[event.anchor]
        if anchored is None:
            raise self._problem(event, f"the alias {quoted(event.anchor)} stands inside itself")
        self._bound_depth(event, anchored.height)
        self._size += anchored.size
        self._aliased += anchored.size
        if self._aliased > MAX_ALIASED:
            raise self._problem(event, f"aliases stand for more than {MAX_ALIASED:,} values")
        self._add(anchored.value, anchored.mark, anchored.height)

    def _add(self, value: Any, mark: Mark, height: int) -> None:
        """Put a finished value where it belongs."""
        if not self._open:
            self.value, self.mark = value, mark
            return
        parent = self._open[-1]
        parent.height = max(parent.height, height + 1)
        children: Any = parent.mark.children
        if isinstance(parent.value, list):
            parent.value.append(value)
            children.append(mark)
            return
        if not parent.drop and parent.key is not None:
            parent.value[parent.key] = value
            children[parent.key] = mark
        parent.key, parent.drop = None, False

    def _refuse_tag(self, event: Any) -> None:
        hint = "leave it out; a text that starts with '!' needs quotes"
        self.problems.append(
            self._problem(event, f"the tag {quoted(event.tag)} is not supported", hint)
        )

    def _pass_over(self, event: Any, mapping: _Open, what: str, hint: str) -> None:
        mapping.drop = True
        self.problems.append(self._problem(event, what, hint))

    def _refuse_as_key(self, event: Any) -> None:
        """A mapping, list or alias where a key belongs ends the reading: nothing after it fits."""
        if self._open and self._open[-1].key is None and isinstance(self._open[-1].value, dict):
            raise self._problem(
                event, "a key must be text", "text that starts with '{', '[' or '*' needs quotes"
            )

    def _bound_depth(self, event: Any, levels: int) -> None:
        if len(self._open) + levels > MAX_DEPTH:
            raise self._problem(event, f"more than {MAX_DEPTH} levels of mappings and lists")

    def _problem(self, event: Any, what: str, hint: str = "") -> SpecError:
        start = event.start_mark
        return self._problem_at(Mark(start.line + 1, start.column + 1), what, hint)

    def _problem_at(self, mark: Mark, what: str, hint: str = "") -> SpecError:
        return SpecError(str(Place(self.file, mark.line, mark.column)), what, hint)


def _resolved(text: str) -> Any:
    """What a plain scalar stands for."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in "-0123456789":
        return text
    if _INTEGER.fullmatch(text):
        return int(text)
    if _FLOAT.fullmatch(text) and not text.lstrip("-").isdigit():
        number = float(text)
        return number if math.isfinite(number) else text
    return text
