"""What is known of each host, shared by all threads: who asked for a pause, who is down."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime

LONG = 30.0  # seconds; a longer wait is said, with the time it ends
TOO_LONG = 15 * 60.0  # seconds; a longer wait is an error that says when to come back


class Stopped(Exception):
    """Somebody called `stop` while this thread waited."""


class TooLong(Exception):
    """A host demands a pause that is not worth waiting for. The text says when it ends."""


class Hosts:
    """Waits that every thread respects, and that `stop` ends at once."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
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

    def wait(self, host: str) -> None:
        """Return when the host may be asked. Raises TooLong, and Stopped after `stop`."""
        while True:
            with self._lock:
                seconds = self._free_at.get(host, 0.0) - time.monotonic()
            if seconds > TOO_LONG:
                raise TooLong(f"{host} asks not to be called before {_clock(seconds)}")
            if seconds <= 0:
                self.check()
                return
            self._sleep(seconds)

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
