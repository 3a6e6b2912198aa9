"""Who asks hosts for a build: introduces the sources to what fetches, and both to the cache."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from types import TracebackType
from typing import TYPE_CHECKING, Self

from itemcat.bucket import Bucket, Stored
from itemcat.cache import Cache
from itemcat.model import FetchRules
from itemcat.result import Totals
from itemcat.sources.http import Answer, Http

if TYPE_CHECKING:
    from itemcat.fetch import Fetcher
    from itemcat.sources.answers import Answers


class Messenger:
    """Opens what is needed when it is needed; all requests of a build share one set of manners."""

    def __init__(self, cache: Cache, say: Callable[[str], None], *, offline: bool) -> None:
        self._cache = cache
        self._say = say
        self._offline = offline
        self._open = ExitStack()
        self._fetcher: Fetcher | None = None
        self._answers: Answers | None = None
        self._elsewhere = Totals()

    def fetcher(self, rules: FetchRules, buckets: Sequence[Bucket] = ()) -> "Fetcher":
        """What fetches files, by the rules and out of the buckets of the first call."""
        if self._fetcher is None:
            from itemcat.fetch import Fetcher  # noqa: PLC0415 (most builds fetch nothing)

            self._fetcher = self._open.enter_context(
                Fetcher(
                    self._cache,
                    rules=rules,
                    buckets=buckets,
                    offline=self._offline,
                    say=self._say,
                )
            )
        return self._fetcher

    def use(self, cache: Cache) -> None:
        """From now on, keep what is fetched in this cache."""
        self._cache = cache
        if self._fetcher is not None:
            self._fetcher.cache = cache

    def http(self, rules: FetchRules, buckets: Sequence[Bucket] = ()) -> Http:
        """What sources ask with."""
        return _Asking(lambda: self._asking(rules, buckets), lambda: self.fetcher(rules, buckets))

    def _asking(self, rules: FetchRules, buckets: Sequence[Bucket]) -> "Answers":
        """What asks for documents, and keeps them in the cache."""
        if self._answers is None:
            from itemcat.sources.answers import Answers  # noqa: PLC0415 (few builds need it)

            self._answers = Answers(
                self._cache.root,
                self.fetcher(rules, buckets).transport(),
                offline=self._offline,
                say=self._say,
            )
            self._open.callback(self._answers.close)
        return self._answers

    def totals(self, seconds: float) -> Totals:
        """What it cost so far."""
        requests, size = self._elsewhere.requests, self._elsewhere.bytes_fetched
        fetcher = self._fetcher
        if fetcher is None:
            return Totals(requests, size, seconds=seconds)
        requests, size = requests + fetcher.requests, size + fetcher.bytes_fetched
        return Totals(requests, size, fetcher.blobs_reused, seconds)

    def count(self, requests: int, size: int) -> None:
        """Add what workers have sent that ask hosts themselves, and got, in bytes."""
        before = self._elsewhere
        self._elsewhere = Totals(before.requests + requests, before.bytes_fetched + size)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _: object, __: TracebackType | None
    ) -> None:
        self._open.close()


class _Asking:
    """The two things that sources ask for, each opened when it is asked for first."""

    def __init__(self, answers: Callable[[], "Answers"], fetcher: Callable[[], "Fetcher"]) -> None:
        self._answers = answers
        self._fetcher = fetcher

    def get(self, url: str, media_type: str = "application/json") -> Answer:
        return self._answers().get(url, media_type)

    def objects(self, bucket: Bucket) -> Sequence[Stored]:
        return self._fetcher().objects(bucket)
