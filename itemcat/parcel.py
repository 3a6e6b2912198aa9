"""What workers take from the cache that they share with the machine that builds."""

import os
import platform
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from itemcat import readers
from itemcat.cache import Cache
from itemcat.disk import guarded
from itemcat.errors import FetchError, ItemcatError, MachineError
from itemcat.fetch.depot import Depot, blob_key
from itemcat.fetch.stores import Refused
from itemcat.files import sha256
from itemcat.glance import default_root
from itemcat.location import Location, shown
from itemcat.thumbnails import OPTION

_HINT = "let its environment have the credentials, and the library, that this machine has"
_DEPOTS = 8  # that a worker keeps open


@dataclass(frozen=True, slots=True)
class Token:
    """An object that nobody else has put there, by which a location is known to be the same."""

    location: Location
    key: str
    sha256: str

    @property
    def shown(self) -> str:
        """What the location is called in messages."""
        return shown(self.location)

    def check(self) -> None:
        """Raises MachineError unless it can be read here. Runs in a worker."""
        from itemcat.cluster.cell import untimed  # noqa: PLC0415 (for workers only)

        where = f"a worker on {platform.node()}"
        try:
            with untimed():
                found = _depot(self.location).read(self.key, 1000)
        except Refused as refused:
            words = str(refused) or "no proper answer"
            what = f"cannot read the shared cache {self.shown}: {words}"
            raise MachineError(where, what, _HINT) from None
        except ItemcatError as error:
            what = f"cannot use the shared cache {self.shown}: {error.what}"
            raise MachineError(where, what, _HINT) from None
        if found is None or sha256(found.data) != self.sha256:
            what = f"sees another {self.shown} than this machine"
            hint = "let all machines have it under the same path or address"
            raise MachineError(where, what, hint)


@dataclass(frozen=True, slots=True)
class Parcel:
    """The bytes with this SHA-256, `size` of them, which lie at a location."""

    location: Location
    sha256: str
    size: int


def read(name: str, parcel: Parcel, options: Mapping[str, str]) -> tuple[str, bytes] | None:
    """What the reader called `name` finds, as a line of JSON, and the thumbnail, empty for none.

    None where the bytes are not there, or damaged. Runs in a worker, which keeps no copy of them.
    """
    with _unpacked(parcel) as path:
        if path is None:
            return None
        if OPTION in options:
            return readers.read_pictured(path, options)
        return readers.read_line(name, path, options), b""


@contextmanager
def _unpacked(parcel: Parcel) -> Iterator[Path | None]:
    """A file with the bytes: that of the worker's own cache, or one that is gone afterwards."""
    from itemcat.cluster.cell import untimed  # noqa: PLC0415 (for workers only)

    cache = Cache(default_root())
    path = cache.staging / f"{os.urandom(8).hex()}.parcel"
    with untimed():
        own = cache.sound_blob(parcel.sha256, parcel.size)
        is_here = own is not None or _is_brought(parcel, path)
    try:
        yield (own or path) if is_here else None
    finally:
        with guarded(path):
            path.unlink(missing_ok=True)


def _is_brought(parcel: Parcel, path: Path) -> bool:
    with guarded(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    depot = _depot(parcel.location)
    try:
        return depot.download(blob_key(parcel.sha256), path, parcel.size) == parcel.sha256
    except Refused as refused:
        where, words = shown(parcel.location), str(refused) or "no proper answer"
        what = f"a worker on {platform.node()} could not take it from {where}: {words}"
        raise FetchError(where, what, "run the same command again; what was read is kept") from None


@lru_cache(maxsize=_DEPOTS)
def _depot(location: Location) -> Depot:
    return Depot(location)
