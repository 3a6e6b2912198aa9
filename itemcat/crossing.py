"""What comes back from another process: errors that survive the way, and words for its end."""

import pickle
import traceback
from collections.abc import Callable
from typing import Any, TypeVar

from itemcat.errors import ItemcatError, ReadError

T = TypeVar("T")
_DAMAGED = "the file is likely to be damaged; itemcat reads every other one"
_LONGER = "the file is likely to be damaged; a good one may need a longer `read.timeout`"
_LONGEST = 300  # characters of an error's own text


def carrying(work: Callable[..., T], /, *args: Any, **kwargs: Any) -> T:
    """Do the work; what it raises can be taken to another process."""
    try:
        return work(*args, **kwargs)
    except Exception as error:  # noqa: BLE001 (whoever asked for the work decides)
        raise carried(error) from None


def carried(error: Exception) -> Exception:
    """The error itself, with its traceback as a note, if it can be pickled; else its words."""
    if not isinstance(error, ItemcatError):
        error.add_note("".join(traceback.format_exception(error)))
    try:
        pickle.loads(pickle.dumps(error))  # noqa: S301 (our own)
    except Exception:  # noqa: BLE001 (it may be made in any way)
        what = f"the reader failed on it: {type(error).__name__}: {error}"[:_LONGEST]
        return ReadError("a file", what, "tell the developers; itemcat reads every other one")
    return error


def crashed(where: str, cause: str = "") -> ReadError:
    """The process ended over a file; `cause` is the signal's name, if there was one."""
    said = f" ({cause})" if cause else ""
    return ReadError(where, f"the reader crashed on it{said}", _DAMAGED)


def hung(where: str, limit: float) -> ReadError:
    """The process was ended, for it took longer than so many seconds."""
    return ReadError(where, f"reading it took more than {limit:.0f} seconds", _LONGER)
