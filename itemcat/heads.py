"""Files that are read by their heads: how much of them is asked for, and how a worker does it."""

import pickle
import platform
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from itemcat import readers
from itemcat.bucket import Bucket
from itemcat.cache import Cache
from itemcat.errors import FetchError, ReadError
from itemcat.excerpt import Excerpt, Span
from itemcat.fetch import Fetcher
from itemcat.fetch.lanes import LIMITS
from itemcat.fetch.stores import uses_credentials
from itemcat.glance import default_root
from itemcat.model import Asset, Blob, FetchRules
from itemcat.urls import host, public

_MOST_PARTS = 32  # of one file, each of them a request
_MOST_BYTES = 16 << 20  # of all its parts
_HOSTS = 32  # of which a worker keeps its connections


@dataclass(frozen=True, slots=True)
class Order:
    """A file whose head a worker is to ask for, and to read.

    `known` is what it may still be: then nothing is read. `is_listed` as for `Fetcher.glimpse`.
    `rules` and `buckets` are the spec's; `signed` is the bucket that the worker needs credentials
    for, if there is one.
    """

    asset: Asset
    reader: str
    options: Mapping[str, str]
    known: Blob | None
    is_listed: bool
    rules: FetchRules
    buckets: tuple[Bucket, ...]
    signed: Bucket | None = None


@dataclass(frozen=True, slots=True)
class Look:
    """What a file is now, and its record as a line; None where it is as it was known.

    It took so many requests and bytes.
    """

    blob: Blob
    line: str | None
    requests: int
    size: int


def is_sampled(options: Mapping[str, str]) -> bool:
    """Whether a reading takes pixels, too, and not only what a file says of itself."""
    return options["statistics"] != "none"


def spans(excerpt: Excerpt, gaps: list[Span], where: str, *, is_sampled: bool) -> list[Span]:
    """What to ask for next of a file. Raises ReadError for one that takes too much of it."""
    found = excerpt.missing(gaps)
    wanted = excerpt.held + sum(stop - start for start, stop in found)
    if len(excerpt.parts) + len(found) > _MOST_PARTS or wanted > _MOST_BYTES:
        what = f"takes more than {_MOST_PARTS} requests or {_MOST_BYTES >> 20} MB to be read"
        less = ", or `statistics: none`" if is_sampled else ""
        raise ReadError(where, what, f"set `access: download` under `read:`{less}")
    return found


def can_travel(location: str, rules: FetchRules) -> bool:
    """Whether workers may ask for a file themselves, or this machine has to.

    That is where the address or a header holds a secret, for what is secret stays here; and where
    the host takes only so many requests, for workers do not know of each other's.
    """
    name = host(location)
    texts = rules.headers.get(name, {}).values()
    is_plain = location == public(location) and all("${" in text for text in texts)
    return is_plain and name not in LIMITS and name not in rules.rate


def fit_to_travel(order: Order) -> Order | None:
    """The order with the rules and buckets of its own file; None where this machine has to ask."""
    location, rules = order.asset.location, order.rules
    if not can_travel(location, rules):
        return None
    name = host(location)
    headers = rules.headers.get(name)
    own = FetchRules(headers={name: headers} if headers else {}, netrc=rules.netrc)
    places = tuple(bucket for bucket in order.buckets if bucket.key(location) is not None)
    signed = next(filter(uses_credentials, places), None)
    return replace(order, rules=own, buckets=places, signed=signed)


def look(order: Order) -> Look:
    """Ask for the head of a file, and read it.

    Runs in a worker, with the credentials that the worker's environment has.
    """
    from itemcat.cluster.cell import untimed  # noqa: PLC0415 (for workers only)

    asset, where = order.asset, public(order.asset.location)
    if order.signed and not uses_credentials(order.signed):
        what = f"a worker on {platform.node()} has no credentials for {order.signed.shown}"
        raise FetchError(where, what, "set them in the environment of the workers")
    fetcher = _fetcher(pickle.dumps((order.rules, order.buckets)))
    requests, size = fetcher.requests, fetcher.bytes_fetched
    with untimed():
        seen = fetcher.glimpse(asset, order.known, is_listed=order.is_listed)
    excerpt, line = seen.excerpt, None
    while excerpt is not None:
        found = readers.read_excerpt(order.reader, excerpt, order.options)
        if not isinstance(found, list):
            line = found
            break
        with untimed():
            wanted = spans(excerpt, found, where, is_sampled=is_sampled(order.options))
            excerpt = fetcher.extended(asset, seen.blob, excerpt, wanted)
    return Look(seen.blob, line, fetcher.requests - requests, fetcher.bytes_fetched - size)


@lru_cache(maxsize=_HOSTS)
def _fetcher(manners: bytes) -> Fetcher:
    """What asks by these rules, and keeps its connections; it writes nothing."""
    rules, buckets = pickle.loads(manners)  # noqa: S301 (our own)
    return Fetcher(Cache(default_root()), rules=rules, buckets=buckets)
