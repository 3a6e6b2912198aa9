"""What all threads know of each host: how often it may be asked, its pauses, whether it is down."""

import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from itemcat.fetch.allowance import PUBLISHED, Allowance
from itemcat.model import Rate

LONG = 30.0  # seconds; a longer wait is said, with the time it ends
LONG_BY_RATE = 120.0  # seconds; that rates make one wait is usual, so shorter waits are not said
HOURS = 45 * 60.0  # seconds from which on it is said how long the rates will make it
TOO_LONG = 15 * 60.0  # seconds; a longer wait is an error that says when to come back


class Stopped(Exception):
    """Somebody called `stop` while this thread waited."""


class TooLong(Exception):
    """A host demands a pause that is not worth waiting for. The text says when it ends."""


class Hosts:
    """Waits that every thread respects, and that `stop` ends at once."""

    def __init__(self, say: Callable[[str], None], rates: Mapping[str, Rate] | None = None) -> None:
        """`rates` replace the limits that a host has published."""
        self._say = say
        known = {**PUBLISHED, **{host: (rate,) for host, rate in (rates or {}).items()}}
        self._allowances = {host: Allowance(limits) for host, limits in known.items()}
        self._said_until: dict[str, float] = {}
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._free_at: dict[str, float] = {}  # on the monotonic clock
        self._down: set[str] = set()

    def pause(self, host: str, seconds: float) -> None:
        """Keep all threads from this host for so long; a longer pause is never made shorter."""
        until = time.monotonic() + seconds
        with self._lock:
            is_longer = until > self._free_at.get(host, 0.0)
            if is_longer:
                self._free_at[host] = until
        if is_longer and LONG < seconds <= TOO_LONG:
            self._say(f"{host} asks for a pause: going on at {_clock(seconds)}")

    def expect(self, host: str, count: int) -> None:
        """Say how long so many requests will take, where the host's rates make it hours."""
        allowance, now = self._allowances.get(host), time.monotonic()
        if allowance is None:
            return
        with self._lock:
            seconds = allowance.last_of(count, now)
            rate = allowance.slowest(count, now)
        if seconds >= HOURS:
            said = f"{host} takes {rate}: {count} files will take until about {_clock(seconds)}"
            self._say(f"{said}; stopped and started again, the build goes on where it was")

    def wait(self, host: str) -> None:
        """Return when the host may be asked, which counts as asked.

        Raises TooLong, and Stopped after `stop`.
        """
        while True:
            self.check()
            with self._lock:
                seconds = self._free_at.get(host, 0.0) - time.monotonic()
            if seconds > TOO_LONG:
                raise TooLong(f"{host} asks not to be called before {_clock(seconds)}")
            if seconds <= 0 and (seconds := self._spent(host)) <= 0:
                return
            self._sleep(seconds)

    def _spent(self, host: str) -> float:
        """Spend one request of the host's allowance; else the seconds until there is one."""
        with self._lock:
            allowance, now = self._allowances.get(host), time.monotonic()
            if allowance is None:
                return 0.0
            seconds = allowance.wait(now)
            if seconds <= 0:
                allowance.spend(now)
                return 0.0
            is_news = now + seconds > self._said_until.get(host, 0.0) + 1
            if seconds > LONG_BY_RATE and is_news:
                self._said_until[host] = now + seconds
                said = f"{host} takes {allowance.slowest(1, now)}: going on at {_clock(seconds)}"
            else:
                said = ""
        if said:
            self._say(said)
        return seconds

    def rest(self, host: str, seconds: float) -> None:
        """Wait on one's own account before the next try. Raises Stopped after `stop`."""
        if seconds > LONG:
            self._say(f"{host} does not answer as it should: trying again at {_clock(seconds)}")
        self._sleep(seconds)

    def stop(self) -> None:
        """End all waits, now and later."""
        self._stopped.set()

    def check(self) -> None:
        """Raise Stopped after `stop`."""
        if self._stopped.is_set():
            raise Stopped

    def answered(self, host: str) -> None:
        """The host is there."""
        with self._lock:
            self._down.discard(host)

    def give_up(self, host: str) -> None:
        """The host was tried often enough: until it answers, one try is all it gets."""
        with self._lock:
            self._down.add(host)

    def is_down(self, host: str) -> bool:
        """Whether the host was given up and has not answered since."""
        with self._lock:
            return host in self._down

    def _sleep(self, seconds: float) -> None:
        if self._stopped.wait(seconds):
            raise Stopped


def _clock(seconds: float) -> str:
    """The local time in so many seconds, rounded up to the second, with its date if far away."""
    then = datetime.fromtimestamp(time.time() + seconds + 1, UTC).astimezone()
    return then.strftime("%H:%M:%S" if seconds <= TOO_LONG else "%Y-%m-%d %H:%M %z")
