"""The seal of a table: text in its footer that says which items it holds, and that it is whole.

A Parquet file ends in a footer, the footer's length and `PAR1`. Among the footer's texts is the
seal: the identity of the items, and the SHA-256 of the whole file, taken with zeros in its own
place. Bytes of a table differ between releases of its library; two tables of one identity have the
same items all the same. No library is needed to find it.
"""

import hashlib
import re
from pathlib import Path

from itemcat.files import BLOCK

KEY = "itemcat"
"""The key of the seal among the footer's texts."""

SUFFIX = ".parquet"
"""How files end that have one; documents are JSON."""

_SEAL = re.compile(rb"items ([0-9a-f]{64}), file ([0-9a-f]{64})")
_MAGIC = b"PAR1"
_BLANK = b"0" * 64
_MOST = 256 << 20  # bytes of an end; that of 100,000 items has a hundredth of it


def blank_seal(identity: str) -> str:
    """The seal of these items, whose file is not whole yet; SHA-256 in lower-case hex."""
    return f"items {identity}, file {_BLANK.decode()}"


def seal(end: bytes, digest: "hashlib._Hash") -> bytes:
    """The end of a table with its seal filled in. `digest` is that of all bytes before it."""
    found = _last(end)
    if found is None:
        raise ValueError("there is no blank seal in the end of this table")
    digest.update(end)
    return end[: found.start(2)] + digest.hexdigest().encode() + end[found.end(2) :]


def sealed(path: Path) -> str | None:
    """The identity of the items of a table that is as it was written, else None.

    Raises FileNotFoundError and the like where there is no file.
    """
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - 8))
        tail = file.read(8)
        start = size - 8 - int.from_bytes(tail[:4], "little")
        if tail[4:] != _MAGIC or start < 0 or size - start > _MOST:
            return None
        file.seek(start)
        end = file.read(size - start)
        found = _last(end)
        if found is None:
            return None
        digest = hashlib.sha256()
        file.seek(0)
        while start > 0 and (block := file.read(min(start, BLOCK))):
            digest.update(block)
            start -= len(block)
    digest.update(end[: found.start(2)] + _BLANK + end[found.end(2) :])
    return found[1].decode() if digest.hexdigest().encode() == found[2] else None


def _last(end: bytes) -> re.Match[bytes] | None:
    """The seal; what items say, which may look like one, stands before it."""
    found = None
    for found in _SEAL.finditer(end):  # noqa: B007 (the last one counts)
        pass
    return found
