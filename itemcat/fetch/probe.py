"""Asking whether an address answers, without its body: HEAD, and GET where HEAD does not serve."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from itemcat import urls
from itemcat.errors import FetchError
from itemcat.fetch.client import Client, discard
from itemcat.fetch.download import refused
from itemcat.fetch.hosts import Hosts, Stopped, TooLong
from itemcat.fetch.patience import Patience, Setback
from itemcat.model import Asset, FetchRules

ORIGIN = "https://example.org"  # as a page in a browser names itself (Fetch standard, 3.2)
_NO_HEAD = frozenset({400, 403, 404, 405, 501})  # from servers that know GET only
_ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class Answer:
    """What an address said: its size in bytes (None: not said), and whether any page may read it.

    `is_open` is whether Access-Control-Allow-Origin lets a page of another origin read the answer.
    """

    size: int | None
    is_open: bool


class Probe:
    """Asks for several threads at once, with the manners of all that we fetch."""

    def __init__(
        self,
        rules: FetchRules | None = None,
        say: Callable[[str], None] = lambda _: None,
        patience: Patience | None = None,
    ) -> None:
        rules = rules or FetchRules()
        self._patience = patience or Patience(attempts=_ATTEMPTS)
        self._hosts = Hosts(say, rules.rate)
        self._client = Client(self._patience, self._hosts, rules)

    def ask(self, url: str) -> Answer:
        """What the address says now. Raises FetchError where it gives no file."""
        asset = Asset(urls.file_name(url), url)
        failures = 0
        while True:
            try:
                return self._asked(asset)
            except Setback as setback:
                failures += 1
                self._recover(asset, setback, failures)
            except (Stopped, TooLong) as error:
                raise FetchError(urls.public(url), str(error) or "was not asked") from None

    def expect(self, requests: Mapping[str, int]) -> None:
        """Say for which of these hosts so many requests will take hours, and until when."""
        for host, count in requests.items():
            self._hosts.expect(host, count)

    def close(self) -> None:
        """End all waits, and close all connections."""
        self._hosts.stop()
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _: object, __: TracebackType | None
    ) -> None:
        self.close()

    def _asked(self, asset: Asset) -> Answer:
        for method in ("HEAD", "GET"):
            response = self._client.ask(method, asset.location, {"Origin": ORIGIN})
            discard(response)
            if method == "HEAD" and response.status_code in _NO_HEAD:
                continue
            if response.status_code != 200:
                break
            length = response.headers.get("Content-Length", "")
            is_plain = "Content-Encoding" not in response.headers and length.isdecimal()
            allowed = response.headers.get("Access-Control-Allow-Origin", "").strip()
            return Answer(int(length) if is_plain else None, allowed in ("*", ORIGIN))
        raise refused(response, asset)

    def _recover(self, asset: Asset, setback: Setback, failures: int) -> None:
        wait = self._patience.backoff(failures)
        most = 1 if self._hosts.is_down(setback.host) else self._patience.attempts
        if failures >= most:
            if setback.down:
                self._hosts.give_up(setback.host)
            raise FetchError(urls.public(asset.location), str(setback)) from setback
        if setback.pauses:
            self._hosts.pause(setback.host, max(wait, setback.pause))
        else:
            self._hosts.rest(setback.host, wait)
