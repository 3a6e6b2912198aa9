"""What the machine's disk refuses, in words a user can act on."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from itemcat.errors import MachineError

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_FORBIDDEN = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})


@contextmanager
def guarded(path: Path) -> Iterator[None]:
    """Turn every OSError of the block into a MachineError that names `path`."""
    try:
        yield
    except OSError as error:
        what = error.strerror or str(error) or type(error).__name__
        raise MachineError(str(path), what, _hint(error.errno)) from error


def is_forbidden(error: MachineError) -> bool:
    """Whether the disk could be written, but not by this user, or not now (mounted read-only)."""
    cause = error.__cause__
    return isinstance(cause, OSError) and cause.errno in _FORBIDDEN


def _hint(code: int | None) -> str:
    if code in _FULL:
        return "make room there (--cache-dir or ITEMCAT_CACHE_DIR moves the cache)"
    if code in _FORBIDDEN:
        return "allow writing there (--cache-dir or ITEMCAT_CACHE_DIR moves the cache)"
    return "is this folder on a disk that is still there?"
