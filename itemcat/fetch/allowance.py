"""How often a host may be asked: never more than a rate's requests in any window of its length.

A token bucket lets through more than its rate in some windows, unless it is made so small that a
record of fifty files waits; so the times of the last requests are kept, and the rate is exact.
"""

from collections import deque
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from itemcat.model import Rate

# Zenodo's published limits for guests (https://help.zenodo.org, "Rate limits").
PUBLISHED: Mapping[str, Sequence[Rate]] = MappingProxyType(
    {"zenodo.org": (Rate(60, 60), Rate(2000, 3600))}
)
_OVERTAKING = 1.0  # seconds by which one request may arrive before an earlier one
_UNITS = {60: "a minute", 3600: "an hour"}


class Allowance:
    """The last requests to one host, held against its rates. Times are seconds of one clock.

    Not safe for several threads by itself.
    """

    def __init__(self, rates: Sequence[Rate]) -> None:
        self._windows = [_Window(rate) for rate in rates]

    def wait(self, now: float) -> float:
        """Seconds until the next request may be sent."""
        return max((window.free_at(1, now) - now for window in self._windows), default=0.0)

    def spend(self, now: float) -> None:
        """Note a request that is sent now."""
        for window in self._windows:
            window.sent.append(now)

    def last_of(self, count: int, now: float) -> float:
        """Seconds until so many more requests may all have been sent."""
        return max((window.free_at(count, now) - now for window in self._windows), default=0.0)

    def slowest(self, count: int, now: float) -> str:
        """The rate on which so many more requests wait longest, in words."""
        rate = max(self._windows, key=lambda window: window.free_at(count, now)).rate
        return f"{rate.requests} requests {_UNITS.get(rate.seconds, f'in {rate.seconds} s')}"


class _Window:
    """The times of the requests that count against one rate, oldest first."""

    def __init__(self, rate: Rate) -> None:
        self.rate = rate
        self.sent: deque[float] = deque(maxlen=rate.requests)

    def free_at(self, count: int, now: float) -> float:
        """When the last of so many more requests may be sent, the others as soon as may be."""
        length = self.rate.seconds + _OVERTAKING
        rounds, place = divmod(len(self.sent) + count - 1, self.rate.requests)
        base = self.sent[place] if place < len(self.sent) else now
        return max(now, base + rounds * length)
