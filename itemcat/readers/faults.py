"""Whatever a broken file makes the libraries raise, as one error that names the file."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from itemcat.errors import ReadError

_LONGEST = 300  # characters of a library's message
_DAMAGED = "it may be damaged, or cut short: fetch it again"


@contextmanager
def faults(
    path: Path, *kinds: type[BaseException], hint: str = _DAMAGED, alias: str = ""
) -> Iterator[None]:
    """Raises ReadError for errors of these kinds, and for those that Python itself has.

    `hint` is what to do where there is not enough memory; `alias` is what a library calls the file
    where it has no path.
    """
    caught: tuple[type[BaseException], ...] = (*kinds, OSError, ValueError, ArithmeticError)
    try:
        yield
    except MemoryError as error:
        raise ReadError(path.name, "needs more memory to read than there is", hint) from error
    except caught as error:
        what = f"cannot be read: {_cause(error, path, alias)}"
        raise ReadError(path.name, what, _DAMAGED) from error


def _cause(error: BaseException, path: Path, alias: str) -> str:
    """The first error of a chain in one line, without the folder that the file is in."""
    while error.__cause__:
        error = error.__cause__
    text = str(error).replace(str(path), path.name)
    if alias:
        text = re.sub(rf"(?:/\w+/+)?{re.escape(alias)}", lambda _: path.name, text)
    return "".join(char if char.isprintable() else " " for char in text)[:_LONGEST]
