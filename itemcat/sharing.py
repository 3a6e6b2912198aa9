"""Which cache is shared with other machines, if one is: chosen, tried, and left again."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from itemcat.cache import Cache
from itemcat.errors import MachineError, UsageError
from itemcat.fetch.depot import Depot
from itemcat.fetch.stores import Refused
from itemcat.files import sha256
from itemcat.location import Location, named, shown
from itemcat.options import AS_SPEC
from itemcat.parcel import Token
from itemcat.shared import SharedCache
from itemcat.workshop import Workshop

_HINTS = {
    301: "it is in another region: name that as `region:`",
    400: "check its name, and the region of the bucket (`region:`)",
    401: "the credentials in the environment do not suffice: reading and writing must be allowed",
    403: "the credentials in the environment do not suffice: reading and writing must be allowed",
    404: "make it, or check its name, and `endpoint:` where it is not one of the cloud's own",
}
_HASTE = 5.0  # seconds to wait for the first answers, three times
_HINT = "check the address, the network and the region"
_HINT_OF_FOLDER = "allow writing there, and see that its disk has room; or name another folder"


@contextmanager
def sharing(shop: Workshop) -> Iterator[Workshop]:
    """The same workshop, with the shared cache that user or spec name behind its own.

    It is left with all that was found out in it. Raises UsageError or MachineError where it cannot
    be used.
    """
    location = _chosen(shop)
    if location is None:
        yield shop
        return
    found, local = shop.found, shop.found.places.cache
    _refuse_own(location, local)
    token = _tried(Depot(location, read=_HASTE), location)
    cache = SharedCache(local, Depot(location), token)
    is_interrupted = False
    _use(shop, cache)
    try:
        places = replace(found.places, cache=cache)
        yield replace(shop, found=replace(found, places=places))
    except BaseException as error:
        is_interrupted = not isinstance(error, Exception)
        raise
    finally:
        _use(shop, local)
        cache.close(is_interrupted=is_interrupted)


def _use(shop: Workshop, cache: Cache) -> None:
    shop.messenger.use(cache)
    shop.found.pictures.cache = cache


def _chosen(shop: Workshop) -> Location | None:
    """What is asked for. A spec, which may come from anywhere, does not choose alone.

    For what is fetched goes there, and what is there is believed.
    """
    asked, spec, say = shop.options.cache, shop.found.spec, shop.listener.note
    if asked is None:
        if spec.cache is not None and not shop.options.offline:
            where = shown(_place(spec.cache, spec.path.parent))
            say(
                f"the spec's cache {where} is not used, for downloads would go there, and records "
                "there be believed: `itemcat build --cache spec` uses it, if you trust the spec"
            )
        return None
    if asked != AS_SPEC:
        location = _place(asked, Path.cwd())
    elif spec.cache is not None:
        location = _place(spec.cache, spec.path.parent)
    else:
        hint = "add `cache:` to the spec, or name a location"
        raise UsageError("--cache", f"{spec.path.name} names no cache", hint)
    if shop.options.offline:
        say(f"offline: doing without the shared cache {shown(location)}")
        return None
    return location


def _place(written: str | Location, folder: Path) -> Location:
    try:
        return named(written, folder) if isinstance(written, str) else written
    except ValueError as error:
        raise UsageError("--cache", str(error)) from None


def _refuse_own(location: Location, cache: Cache) -> None:
    """A folder cannot be the machine's own cache and the one behind it."""
    if not isinstance(location, Path):
        return
    here, there = cache.root.resolve(), location.resolve()
    if here.is_relative_to(there) or there.is_relative_to(here):
        what = f"is this machine's own cache, or one lies in the other ({here})"
        hint = "name another folder, or let `--cache-dir` be one on this machine's own disk"
        raise UsageError(str(location), what, hint)


def _tried(depot: Depot, location: Location) -> Token:
    """Prove that the store takes and gives. Raises MachineError for one that does not."""
    key, data = f"tokens/{os.urandom(16).hex()}", os.urandom(16).hex().encode()
    try:
        depot.write(key, data)
        found = depot.read(key, len(data))
    except Refused as refused:
        words = str(refused) or "its host gives no proper answer"
        what = f"cannot be used as a cache: {words}"
        common = _HINT_OF_FOLDER if isinstance(location, Path) else _HINT
        hint = _HINTS.get(refused.status or 0, common)
        raise MachineError(shown(location), what, hint) from None
    if found is None or found.data != data:
        what = "does not give back what is put there"
        raise MachineError(shown(location), what, "name another place")
    return Token(location, key, sha256(data))
