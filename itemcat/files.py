"""Files as a build wants them: written whole or not at all, JSON in one form, hashed in blocks."""

import hashlib
import json
import os
import secrets
from json.encoder import encode_basestring
from math import isfinite
from pathlib import Path
from typing import Any

BLOCK = 1 << 20  # bytes that are in memory at a time while a file is hashed


def canonical_json(value: Any) -> bytes:
    """The one form in which JSON is written: UTF-8, two spaces, sorted keys, newline at the end.

    These are the bytes of `json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False)`,
    sooner. Raises ValueError for NaN and infinities, which JSON does not have.
    """
    return (_indented(value, "\n") + "\n").encode()


def json_line(value: Any) -> str:
    """The same value on one line, as the manifest holds records. Raises ValueError for NaN."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, allow_nan=False)


def _indented(value: Any, margin: str) -> str:
    """A value as JSON; `margin` is the line break and the spaces of the line it begins on.

    Types are compared, not asked: half of the time of a large catalog is spent here.
    """
    kind = type(value)
    if kind is str:
        return encode_basestring(value)
    if kind is int or (kind is float and isfinite(value)):
        return repr(value)
    inner = margin + "  "
    if kind is dict and value:
        pairs = [
            f"{encode_basestring(key)}: {_indented(value[key], inner)}" for key in sorted(value)
        ]
        return "{" + inner + f",{inner}".join(pairs) + margin + "}"
    if (kind is list or kind is tuple) and value:
        return "[" + inner + f",{inner}".join([_indented(v, inner) for v in value]) + margin + "]"
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def sha256(data: bytes) -> str:
    """The digest of some bytes, in lower-case hex."""
    return hashlib.sha256(data).hexdigest()


def sha256_file(path: Path) -> str:
    """The digest of a file, in lower-case hex; never more than a block of it is in memory."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
    return digest.hexdigest()


def write_atomically(path: Path, data: bytes, staging: Path, *, durable: bool = False) -> None:
    """Put `data` at `path` so that a reader, or a kill, sees the old file or the new one.

    `staging` is a folder on the same file system that takes the temporary file, so that what a
    kill leaves lies in one place. `durable` also survives a loss of power.
    """
    staging.mkdir(parents=True, exist_ok=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = staging / secrets.token_hex(8)
    try:
        with temporary.open("xb") as file:
            file.write(data)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
