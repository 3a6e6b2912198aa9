"""Asset -> blob: asked for conditionally, resumed where it was cut, verified, then in the cache."""

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import partial
from types import TracebackType
from typing import Self, TypeVar

from itemcat import urls
from itemcat.bucket import Bucket, Stored
from itemcat.errors import FetchError
from itemcat.excerpt import Excerpt, Span
from itemcat.fetch.client import Client, checked, discard
from itemcat.fetch.download import Download, conditions, evidence_of_change, refused
from itemcat.fetch.hosts import Hosts, Stopped, TooLong
from itemcat.fetch.inventory import Inventory
from itemcat.fetch.part import Part
from itemcat.fetch.patience import Patience, Setback
from itemcat.fetch.promises import check_blob, declared_digest, is_vouched
from itemcat.fetch.ranges import Glimpse, glimpse, span
from itemcat.fetch.store import Store
from itemcat.fetch.stores import Stores
from itemcat.fetch.transport import Reply, Transport, received
from itemcat.model import Asset, Blob, FetchRules

T = TypeVar("T")

_KEPT = "run the same command again; what was fetched is kept"
_UNREACHABLE = "check the address and the network; what was fetched is kept"
_NO_EVIDENCE = "gives neither ETag nor date to ask for changes with"
_NO_HEAD = frozenset({400, 403, 404, 405, 501})  # from servers that know GET only


class Fetcher:
    """Fetches for several threads at once; each URL is fetched by one process at a time.

    `say` gets one-line notices, such as a long wait with the time it ends. All errors are
    FetchErrors that name the public address, or MachineErrors. `cache` may be changed while nothing
    is fetched. Close it in the end.
    """

    def __init__(  # noqa: PLR0913 (each is one thing that a test or a build chooses)
        self,
        cache: Store,
        *,
        rules: FetchRules | None = None,
        buckets: Sequence[Bucket] = (),
        offline: bool = False,
        say: Callable[[str], None] = lambda _: None,
        patience: Patience | None = None,
    ) -> None:
        rules = rules or FetchRules()
        self.cache = cache
        self._offline = offline
        self._say = say
        self._patience = patience or Patience()
        self._hosts = Hosts(say, rules.rate)
        self._stores = Stores(buckets, self._patience)
        self._client = Client(self._patience, self._hosts, rules, self._stores.signed)
        self._lock = threading.Lock()
        self._said: set[str] = set()
        self.bytes_fetched = 0
        self.blobs_reused = 0

    @property
    def requests(self) -> int:
        """How many requests were sent, redirects and repetitions included."""
        return self._client.requests

    def expect(self, requests: Mapping[str, int]) -> None:
        """Say for which of these hosts so many requests will take hours, and until when."""
        if not self._offline:
            for host, count in requests.items():
                self._hosts.expect(host, count)

    def fetch(self, asset: Asset) -> Blob:
        """Have the asset's bytes in the cache; those of an earlier fetch are revalidated."""
        url = checked(asset.location)
        if self._offline:
            return self._trusted(asset)
        before = self.cache.pointer(url)
        with self._locked(asset):
            known = self.cache.pointer(url)
            if known is not None and known != before:
                return self._reused(asset, known)  # somebody fetched it while we waited
            return self._obtained(asset, known)

    def revalidate(self, asset: Asset, known: Blob) -> Blob:
        """Ask whether `known` is still right: itself if so, else the new blob, then in the cache.

        An unchanged file costs no body, and need not be in the cache; one whose publisher has
        just declared the same checksum costs no request. Without validators the file is
        downloaded and compared.
        """
        url = checked(asset.location)
        if self._offline:
            raise _needs_network(asset)
        if is_vouched(asset, known):
            return known
        if not conditions(known.validators):
            self._say_once(f"{urls.host(url)} {_NO_EVIDENCE}: comparing all bytes")
        with self._locked(asset):
            return self._obtained(asset, known)

    def has_changed(self, asset: Asset, known: Blob) -> bool | None:
        """Ask whether the file is another one than `known`, without fetching it.

        None when the publisher gives no evidence.
        """
        url = checked(asset.location)
        if self._offline:
            return None
        if is_vouched(asset, known):
            return False
        answer = self._patiently(asset, lambda: self._asked_for_change(asset, known))
        if answer is None:
            self._say_once(f"{urls.host(url)} {_NO_EVIDENCE}: `itemcat build --refresh` compares")
        return answer

    def glimpse(self, asset: Asset, known: Blob | None, *, is_listed: bool = False) -> Glimpse:
        """The head of the asset's file, in one request; no bytes where `known` is still right.

        `is_listed` tells that its publisher has just declared what the asset says, which counts as
        an answer.
        """
        checked(asset.location)
        if known is not None and is_listed and is_vouched(asset, known):
            return Glimpse(known)
        if not self._offline:
            return self._patiently(asset, lambda: glimpse(asset, known, self._client, self._count))
        if known is None:
            raise _needs_network(asset)
        self._say(f"offline: trusting the cache for {_where(asset)}")
        return Glimpse(known)

    def extended(
        self, asset: Asset, blob: Blob, excerpt: Excerpt, spans: Iterable[Span]
    ) -> Excerpt:
        """The excerpt with more of the same file, a request for each span."""
        if self._offline:
            raise _needs_network(asset)
        parts = {}
        for one in spans:
            ask = partial(span, asset, blob, one, self._client, self._count)
            parts[one[0]] = self._patiently(asset, ask)
        return excerpt.extended(parts)

    def transport(self) -> Transport:
        """For sessions of other rooms: what they ask is sent with patience, and counted."""
        return Transport(self._replied)

    def objects(self, bucket: Bucket) -> list[Stored]:
        """What a bucket lists now. Raises UsageError where the library for it is missing."""
        asset = Asset(name="", location=bucket.shown)
        if self._offline:
            raise _needs_network(asset)
        listing = Inventory(bucket, self._stores, self._client)
        return self._patiently(asset, listing.attempt, lambda: len(listing.found))

    def stop(self) -> None:
        """End all waits and transfers; they fail with a FetchError, and can be resumed."""
        self._hosts.stop()

    def close(self) -> None:
        """Stop, and close all connections."""
        self.stop()
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _: object, __: TracebackType | None
    ) -> None:
        self.close()

    def _obtained(self, asset: Asset, known: Blob | None) -> Blob:
        """`known` itself when it is still right, else the new blob, which is then in the cache."""
        declared = declared_digest(asset)
        path = self.cache.part(asset.location)
        with Part(path, _where(asset), declared[0] if declared else None) as part:
            download = Download(asset, known, part, self._client, self._count)
            blob = self._patiently(asset, download.attempt, lambda: download.furthest)
            if blob is known:
                return self._reused(asset, blob)
            part.seal()
            # First the pointer, which counts when the bytes are there: a kill between the two
            # leaves a part that is resumed, not a blob that nobody knows the URL of.
            self.cache.point(asset.location, blob)
            self.cache.adopt(path, part.digest("sha256"))
            part.discard()
            return blob

    def _asked_for_change(self, asset: Asset, known: Blob) -> bool | None:
        """HEAD first; GET, its body unread, for servers whose HEAD fails or tells less."""
        headers = conditions(known.validators)
        for method in ("HEAD", "GET"):
            response = self._client.ask(method, asset.location, headers)
            discard(response)
            if response.status_code == 304 and headers:
                return False
            if method == "HEAD" and response.status_code in _NO_HEAD:
                continue
            if response.status_code != 200:
                raise refused(response, asset)
            evidence = evidence_of_change(known, response)
            if evidence is not None or not headers:
                return evidence
        return None

    def _replied(self, url: str, headers: Mapping[str, str]) -> Reply:
        asset = Asset(name="", location=url)

        def attempt() -> Reply:
            return received(self._client.ask("GET", url, headers), asset, self._count)

        if self._offline:
            raise _needs_network(asset)
        return self._patiently(asset, attempt)

    def _patiently(
        self, asset: Asset, attempt: Callable[[], T], progress: Callable[[], int] = lambda: 0
    ) -> T:
        """Attempt until it works; the count of failures starts again where there is progress."""
        failures, reached = 0, progress()
        try:
            while True:
                try:
                    return attempt()
                except Setback as setback:
                    failures = 1 if progress() > reached else failures + 1
                    reached = max(reached, progress())
                    self._recover(asset, setback, failures)
        except Stopped:
            raise FetchError(_where(asset), "stopped before it was complete", _KEPT) from None
        except TooLong as error:
            hint = "run the same command again after that; what was fetched is kept"
            raise FetchError(_where(asset), str(error), hint) from None

    def _recover(self, asset: Asset, setback: Setback, failures: int) -> None:
        """Wait before the next attempt. Raises FetchError when there have been enough."""
        wait = self._patience.backoff(failures)
        if setback.pauses:
            self._hosts.pause(setback.host, max(wait, setback.pause))
        most = 1 if self._hosts.is_down(setback.host) else self._patience.attempts
        if failures >= most:
            if setback.down:
                self._hosts.give_up(setback.host)
            tries = "once" if failures == 1 else f"{failures} times"
            hint = _UNREACHABLE if setback.down else _KEPT
            raise FetchError(_where(asset), f"{setback} (tried {tries})", hint) from setback
        if not setback.pauses:
            self._hosts.rest(setback.host, wait)

    def _trusted(self, asset: Asset) -> Blob:
        blob = self.cache.pointer(asset.location)
        if blob is None:
            raise _needs_network(asset)
        self._say(f"offline: trusting the cache for {_where(asset)}")
        return self._reused(asset, blob)

    def _reused(self, asset: Asset, blob: Blob) -> Blob:
        """The blob, held against what is declared now, as far as that can be seen here."""
        path = self.cache.blob(blob.sha256, blob.size) if blob.sha256 else None
        check_blob(asset, blob, path)
        with self._lock:
            self.blobs_reused += 1
        return blob

    def _locked(self, asset: Asset) -> AbstractContextManager[None]:
        return self.cache.lock(f"fetch {_where(asset)}", lambda: self._give_way(asset))

    def _give_way(self, asset: Asset) -> None:
        try:
            self._hosts.check()
        except Stopped:
            raise FetchError(_where(asset), "stopped before it was complete", _KEPT) from None

    def _say_once(self, notice: str) -> None:
        """Tell of a host what would be the same for each of its files."""
        with self._lock:
            is_news = notice not in self._said
            self._said.add(notice)
        if is_news:
            self._say(notice)

    def _count(self, size: int) -> None:
        self._hosts.check()
        with self._lock:
            self.bytes_fetched += size


def _where(asset: Asset) -> str:
    return urls.public(asset.location)


def _needs_network(asset: Asset) -> FetchError:
    return FetchError(_where(asset), "is not in the cache", "run without --offline to fetch it")
