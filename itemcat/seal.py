"""The seal of a table: text in its footer that says which items it holds, and that it is whole.

A Parquet file ends in a footer, the footer's length and `PAR1`. Among the footer's texts is the
seal: the identity of the items, and the SHA-256 of all bytes before the footer. Bytes of a table
differ between releases of its library; two tables of one identity have the same items all the same.
No library is needed to find it.
"""

import hashlib
import re
from pathlib import Path

from itemcat.files import BLOCK

KEY = "itemcat"
"""The key of the seal among the footer's texts."""

SUFFIX = ".parquet"
"""How files end that have one; documents are JSON."""

_SEAL = re.compile(rb"items ([0-9a-f]{64}), bytes ([0-9a-f]{64})")
_MAGIC = b"PAR1"
_MOST = 256 << 20  # bytes of a footer; that of 100,000 items has a hundredth of it


def seal(items: str, body: str) -> str:
    """The seal of a table; both are SHA-256 in lower-case hex."""
    return f"items {items}, bytes {body}"


def sealed(path: Path) -> str | None:
    """The identity of the items of a table that is as it was written, else None.

    Raises FileNotFoundError and the like where there is no file.
    """
    with path.open("rb") as file:
        size = file.seek(0, 2)
        if size < 12:
            return None
        file.seek(-8, 2)
        end = file.read(8)
        length = int.from_bytes(end[:4], "little")
        start = size - 8 - length
        if end[4:] != _MAGIC or start < len(_MAGIC) or length > _MOST:
            return None
        file.seek(start)
        found = _SEAL.findall(file.read(length))
        if not found:
            return None
        items, body = found[-1]  # what items say stands before the file's own texts
        file.seek(0)
        digest = hashlib.sha256()
        while start > 0:
            digest.update(file.read(min(start, BLOCK)))
            start -= BLOCK
    return str(items.decode()) if digest.hexdigest() == body.decode() else None
