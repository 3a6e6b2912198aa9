"""Files as a build wants them: written whole or not at all, JSON in one form, hashed in blocks."""

import hashlib
import json
import os
import re
from collections.abc import Iterable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

BLOCK = 1 << 20  # bytes that are in memory at a time while a file is hashed

# A number that ends its line, which no text does, with an exponent in Python's form or orjson's.
_EXPONENT = re.compile(rb"(?:0\.0000\d+|\de[-+]\d+),?\n")


def canonical_json(value: Any) -> bytes:
    """The one form in which JSON is written: UTF-8, two spaces, sorted keys, newline at the end.

    These are the bytes of `json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False)`, much
    sooner. Raises ValueError for NaN and infinities, which JSON does not have.
    """
    import orjson  # noqa: PLC0415 - builds with nothing to do write no JSON

    try:
        data: bytes = orjson.dumps(value, option=_form())
    except TypeError:  # such as an integer of more than 64 bits
        return _plainly(value)
    if b"null" in data:  # orjson's word for NaN, too
        json.dumps(value, allow_nan=False)
    # orjson writes 1e-7 where Python has 1e-07, and 0.00001 for its 1e-05.
    # Each search takes its time, but that for a single sign; what is rare is asked for first.
    may_have_one = b"0.0000" in data or b"e-" in data or (b"+" in data and b"e+" in data)
    return _plainly(value) if may_have_one and _EXPONENT.search(data) else data


def json_line(value: Any) -> str:
    """The same value on one line, as the manifest holds records. Raises ValueError for NaN."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, allow_nan=False)


def json_value(text: str | bytes) -> Any:
    """The value of a JSON text. Raises ValueError for what is none, NaN among it."""
    import orjson  # noqa: PLC0415

    return orjson.loads(text)


@cache
def _form() -> int:
    import orjson  # noqa: PLC0415

    return orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE


def _plainly(value: Any) -> bytes:
    text = json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False)
    return f"{text}\n".encode()


def sha256(data: bytes) -> str:
    """The digest of some bytes, in lower-case hex."""
    return hashlib.sha256(data).hexdigest()


def sha256_of(pieces: Iterable[bytes]) -> str:
    """The digest of the bytes that some pieces make one after the other, in lower-case hex."""
    digest = hashlib.sha256()
    for piece in pieces:
        digest.update(piece)
    return digest.hexdigest()


def sha256_file(path: Path) -> str:
    """The digest of a file, in lower-case hex; never more than a block of it is in memory."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
    return digest.hexdigest()


def write_atomically(
    path: Path | str, data: bytes | Iterable[bytes], staging: Path, *, durable: bool = False
) -> None:
    """Put `data` at `path` so that a reader, or a kill, sees the old file or the new one.

    Several pieces are written one after the other. `staging` is a folder on the same file system
    that takes the temporary file, so that what a kill leaves lies in one place. `durable` also
    survives a loss of power.
    """
    temporary = f"{staging}/{os.urandom(8).hex()}"
    try:
        try:
            file = open(temporary, "xb")  # noqa: SIM115, PTH123 (a Path would cost as much again)
        except FileNotFoundError:
            staging.mkdir(parents=True, exist_ok=True)
            file = open(temporary, "xb")  # noqa: SIM115, PTH123
        with file:
            file.writelines((data,) if isinstance(data, bytes) else data)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        try:
            os.replace(temporary, path)  # noqa: PTH105
        except FileNotFoundError:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            os.replace(temporary, path)  # noqa: PTH105
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(temporary)  # noqa: PTH108
        raise
