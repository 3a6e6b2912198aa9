"""What a worker that is elsewhere has to agree to before it reads for this build."""

import os
import platform
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from itemcat.cache import Cache
from itemcat.disk import guarded
from itemcat.errors import MachineError
from itemcat.files import sha256_file

if TYPE_CHECKING:  # few workers need it, and it takes its time
    from itemcat.parcel import Token

_SHARE = (
    "let all machines have it under the same path, the cache too (`--cache-dir`); or let downloads "
    "go through a shared cache (`--cache`); or set `access: remote` under `read:`, so that workers "
    "read at the files' addresses"
)


def agree(
    versions: Mapping[str, str], witnesses: Mapping[Path, str], shared: "Token | None" = None
) -> None:
    """Raises MachineError unless this worker has these versions, and sees these files.

    `witnesses` are paths with the SHA-256 of what is there; `shared` is in the shared cache.
    A record must not depend on which worker made it. A library that only one side has matters to
    nobody.
    """
    from itemcat.readers.libraries import versions as here  # noqa: PLC0415 (heavy)

    where, own = f"a worker on {platform.node()}", here()
    others = [
        f"{name} {own[name]} for {wanted}"
        for name, wanted in versions.items()
        if own.get(name, wanted) != wanted
    ]
    if others:
        what = f"would not read as this machine does: it has {', '.join(others)}"
        raise MachineError(where, what, "give the workers the same environment as this machine")
    for path, digest in witnesses.items():
        try:
            is_same = sha256_file(path) == digest
        except OSError:
            is_same = False
        if not is_same:
            raise MachineError(where, f"does not see {path} of this machine", _SHARE)
    if shared:
        shared.check()


@contextmanager
def token(cache: Cache) -> Iterator[Path]:
    """A file in the cache that nobody else has, for as long as it is needed."""
    path = cache.staging / f"{os.urandom(16).hex()}.token"
    with guarded(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(os.urandom(16))
    try:
        yield path
    finally:
        with guarded(path):
            path.unlink(missing_ok=True)
