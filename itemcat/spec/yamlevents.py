"""The events of a YAML text (mapping starts, scalar, …), and its syntax errors in plain words."""

import re
from collections.abc import Iterator
from typing import Any

import yaml

from itemcat.errors import SpecError
from itemcat.model import Place

_CONTROL = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LOADER: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml where there is one

# What the parsers say, and how a person would say it: part of their sentence, ours, and a hint.
_TAB = ("a tab stands where only spaces may", "indent with spaces")
_QUOTE = "put the text in quotes"
_INDENT = "check the indentation; a text with '{', ': ' or '#' in it needs quotes"
_SYNTAX = (
    ("tab", *_TAB),
    ("\\t", *_TAB),
    ("mapping values are not allowed", "a second ': ' in one value", _INDENT),
    ("escape", "an unknown escape in double quotes", "write a backslash twice, or use '…'"),
    ("end of stream", "the quotes opened before are not closed", "close them"),
    ("start any token", "no text can start with this character", _QUOTE),
    ("alphabetic or numeric", "a text cannot start with '*' or '&'", _QUOTE),
    ("sequence entries", "a list begins here that needs a line of its own", _INDENT),
    ("',' or ']'", "a list opened by '[' is not closed", "separate by ',' and close with ']'"),
    ("',' or '}'", "a mapping opened by '{' is not closed", "separate by ',' and close with '}'"),
    ("expected ':'", "a line that is no 'key: value'", "is a ':' missing?"),
    ("'-' indicator", "a line of a list that does not start with '-'", "check the indentation"),
    ("block end", "a line that does not fit in here", _INDENT),
    ("expected key", "a line that does not fit in here", _INDENT),
    ("document start", "a line that does not fit in here", _INDENT),
    ("YAML document", "a YAML version other than 1.1 or 1.2", "remove the '%YAML' line"),
)


def yaml_events(text: str, file: str) -> Iterator[Any]:
    """PyYAML's events, as its parser finds them. Raises SpecError, with the place, at no YAML."""
    if found := _CONTROL.search(text):
        line = text.count("\n", 0, found.start()) + 1
        column = found.start() - text.rfind("\n", 0, found.start())
        what = f"a control character (U+{ord(found.group()):04X})"
        raise SpecError(str(Place(file, line, column)), what, "remove it")
    parser = _LOADER(text)
    try:
        while (event := parser.get_event()) is not None:
            yield event
    except yaml.MarkedYAMLError as error:
        raise _syntax_error(error, text, file) from None
    finally:
        parser.dispose()


def _syntax_error(error: yaml.MarkedYAMLError, text: str, file: str) -> SpecError:
    said = error.problem or error.context or "it cannot be read"
    mark = error.problem_mark or error.context_mark
    if mark is None:
        return SpecError(file, f"this is no YAML: {said}")
    what, hint = next(
        ((what, hint) for part, what, hint in _SYNTAX if part in said),
        (f"this is no YAML: {said}", _INDENT),
    )
    if text[mark.index : mark.index + 1] == "\t":
        what, hint = _TAB
    began = error.context_mark
    if began is not None and began.line < mark.line:
        what += f" (what is read here began in line {began.line + 1})"
    return SpecError(str(Place(file, mark.line + 1, mark.column + 1)), what, hint)
