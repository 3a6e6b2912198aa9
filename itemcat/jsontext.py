"""A JSON text that is changed as little as possible: what stays equal keeps its very signs.

The files of others are indented, escaped and ended as their authors did it. A text and the value
that it should have give a new text, in which only what differs is written anew, in the style of
what stands beside it.
"""

import json
import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise
from typing import Any

_BLANK = re.compile(r"[ \t\r\n]*")
_NAMING = ("rel", "href", "id", "name")  # keys of STAC objects by which they are known
_INDENT = re.compile(r"\n([ \t]+)[^ \t\r\n]")


@dataclass(frozen=True, slots=True)
class _Node:
    """A value in a text, from `start` to `end`; what is in it, by its keys or in its order."""

    start: int
    end: int
    value: Any
    keys: tuple[str, ...] = ()
    starts: tuple[int, ...] = ()
    inner: tuple["_Node", ...] = ()


@dataclass(frozen=True, slots=True)
class _Style:
    """How a text is written: a step of indentation (none: on one line), its line ends, escapes."""

    step: str
    newline: str
    is_ascii: bool

    @classmethod
    def of(cls, text: str) -> "_Style":
        step = _INDENT.search(text)
        newline = "\r\n" if "\r\n" in text else "\n"
        return cls(step[1] if step else "", newline, "\\u" in text and text.isascii())

    def written(self, value: Any, margin: str | None) -> str:
        """A value that follows `margin` on its line; on one line where that is None."""
        if margin is None or not self.step:
            return json.dumps(value, ensure_ascii=self.is_ascii, allow_nan=False)
        text = json.dumps(value, ensure_ascii=self.is_ascii, allow_nan=False, indent=self.step)
        return text.replace("\n", self.newline + margin)


def parsed(text: str) -> Any:
    """The value of a JSON text (RFC 8259). Raises ValueError for what is none, NaN among it.

    Of a key that an object has twice the last one counts.
    """
    return _tree(text).value


def patched(text: str, value: Any) -> str:
    """The text with `value` as its value; the same text where it has it. Raises ValueError."""
    root = _tree(text)
    body = _Patch(text, _Style.of(text)).of(root, value, "")
    return text[: root.start] + body + text[root.end :]


def fresh(value: Any) -> str:
    """A new text in the usual style: two spaces, every sign as itself, a newline at the end."""
    return _Style("  ", "\n", is_ascii=False).written(value, "") + "\n"


# ------------------------------------------------------------------------------------- reading


def _tree(text: str) -> _Node:
    try:
        root = _read(text, _past(text, 1 if text.startswith("\ufeff") else 0))
    except RecursionError:
        raise ValueError("it nests without end") from None
    if _past(text, root.end) != len(text):
        raise ValueError("something stands after its end")
    return root


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


_SCALAR = json.JSONDecoder(parse_constant=_refuse)


def _read(text: str, at: int) -> _Node:
    sign = text[at : at + 1]
    if sign == "{":
        return _object(text, at)
    if sign == "[":
        return _array(text, at)
    value, end = _SCALAR.raw_decode(text, at)
    return _Node(at, end, value)


def _object(text: str, start: int) -> _Node:
    keys: list[str] = []
    starts, inner = [], []
    at = _past(text, start + 1)
    while text[at : at + 1] != "}":
        key = _read(text, at)
        if not isinstance(key.value, str):
            raise ValueError(f"at {at}: this is no key")
        node = _read(text, _past(text, _expect(text, _past(text, key.end), ":")))
        keys.append(key.value)
        starts.append(at)
        inner.append(node)
        at = _next(text, node.end, "}")
    value = {key: node.value for key, node in zip(keys, inner, strict=True)}
    return _Node(start, at + 1, value, tuple(keys), tuple(starts), tuple(inner))


def _array(text: str, start: int) -> _Node:
    inner = []
    at = _past(text, start + 1)
    while text[at : at + 1] != "]":
        inner.append(_read(text, at))
        at = _next(text, inner[-1].end, "]")
    starts = tuple(node.start for node in inner)
    return _Node(start, at + 1, [node.value for node in inner], (), starts, tuple(inner))


def _next(text: str, end: int, close: str) -> int:
    """Where the next member starts, or the bracket that closes."""
    at = _past(text, end)
    if text[at : at + 1] == close:
        return at
    at = _past(text, _expect(text, at, ","))
    if text[at : at + 1] == close:
        raise ValueError(f"at {at}: nothing follows the comma")
    return at


def _expect(text: str, at: int, sign: str) -> int:
    if text[at : at + 1] != sign:
        raise ValueError(f"at {at}: {sign!r} is missing")
    return at + 1


def _past(text: str, at: int) -> int:
    found = _BLANK.match(text, at)
    return found.end() if found else at


# ------------------------------------------------------------------------------------- writing


@dataclass(frozen=True, slots=True)
class _Patch:
    """Writes the parts of a text anew where they differ."""

    text: str
    style: _Style

    def of(self, node: _Node, value: Any, margin: str | None) -> str:
        """The node's text, with another value; `margin` is the indentation of its line."""
        if _same(node.value, value):
            return self.text[node.start : node.end]
        if isinstance(node.value, dict) and isinstance(value, dict) and node.value and value:
            return self._joined(node, self._members(node, value))
        if isinstance(node.value, list) and isinstance(value, list) and node.value and value:
            return self._joined(node, self._elements(node, value))
        return self.style.written(value, margin)

    def _members(self, node: _Node, value: dict[str, Any]) -> list[tuple[int | None, str]]:
        """The members of an object as they are to be, with the number that each had before."""
        margin = self._margin(node)
        parts: list[tuple[int | None, str]] = []
        last = {key: index for index, key in enumerate(node.keys)}
        for index, (key, inner) in enumerate(zip(node.keys, node.inner, strict=True)):
            if key in value:
                head = self.text[node.starts[index] : inner.start]
                wanted = value[key] if index == last[key] else inner.value
                parts.append((index, head + self.of(inner, wanted, margin)))
        for key in [key for key in value if key not in node.keys]:
            written = self.style.written(value[key], margin)
            parts.append((None, f"{json.dumps(key, ensure_ascii=self.style.is_ascii)}: {written}"))
        return parts

    def _elements(self, node: _Node, value: list[Any]) -> list[tuple[int | None, str]]:
        """The elements of an array as they are to be, with the number that each had before."""
        margin = self._margin(node)
        old, new = (list(map(_mark, side)) for side in (node.value, value))
        parts: list[tuple[int | None, str]] = []
        for _, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
            both = min(b - a, d - c)
            for index in range(both):
                inner = node.inner[a + index]
                parts.append((a + index, self.of(inner, value[c + index], margin)))
            sibling = node.inner[min(a, len(node.inner) - 1)]
            is_flat = not re.search(r"\n", self.text[sibling.start : sibling.end])
            own = None if is_flat and isinstance(sibling.value, dict | list) else margin
            parts += [(None, self.style.written(one, own)) for one in value[c + both : d]]
        return parts

    def _joined(self, node: _Node, parts: list[tuple[int | None, str]]) -> str:
        """Members between the brackets of a node, what separated them before in its place."""
        text, starts = self.text, node.starts
        lead = text[node.start + 1 : starts[0]]
        tail = text[node.inner[-1].end : node.end - 1]
        usual = text[node.inner[0].end : starts[1]] if len(starts) > 1 else f",{lead}"
        pieces = [parts[0][1]]
        for (before, _), (index, part) in pairwise(parts):
            is_pair = before is not None and index == before + 1
            gap = text[node.inner[before].end : starts[index]] if is_pair else usual  # type: ignore[index]
            pieces += (gap, part)
        return text[node.start] + lead + "".join(pieces) + tail + text[node.end - 1]

    def _margin(self, node: _Node) -> str | None:
        """The indentation of a node's members; None where they stand on one line."""
        lead = self.text[node.start + 1 : node.starts[0]]
        return lead.rpartition("\n")[2] if "\n" in lead else None


def _same(one: Any, other: Any) -> bool:
    """Whether two values are the same JSON: 1.0 is 1 and `true` is not; keys have no order."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return bool(one == other) and isinstance(one, bool) == isinstance(other, bool)


def _mark(value: Any) -> str:
    """What tells an element of an array from the others: an object by the keys that name it."""
    if isinstance(value, dict) and (named := {key: value[key] for key in _NAMING if key in value}):
        value = named
    return json.dumps(value, sort_keys=True)
