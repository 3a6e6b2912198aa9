"""How long to wait for a server, and how often to ask again."""

import random
import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http import HTTPStatus

# Statuses that may pass by themselves; 401, 403, 404 and 410 do not.
PASSING = frozenset({408, 429, 500, 502, 503, 504})
# Statuses by which a host asks everybody to slow down, not only this request.
PAUSING = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})


@dataclass(frozen=True, slots=True)
class Patience:
    """Limits in seconds: `connect` and `read` for the network, `base` and `cap` for the back-off.

    `attempts` counts the tries without a new byte; every byte of progress starts the count again.
    """

    attempts: int = 5
    base: float = 1.0
    cap: float = 60.0
    connect: float = 10.0
    read: float = 60.0

    def backoff(self, failures: int) -> float:
        """Seconds to wait after so many failures (1 or more), with full jitter.

        The upper bound doubles with each failure, and the wait is drawn evenly below it, so that
        clients that failed together do not come back together.
        """
        return random.uniform(0, min(self.cap, self.base * 2 ** min(failures - 1, 32)))


class Setback(Exception):
    """A failure that may pass, in words. `pause` is what the host demands, in seconds."""

    def __init__(
        self, cause: str, host: str, *, pauses: bool = False, pause: float = 0.0, down: bool = False
    ) -> None:
        super().__init__(cause)
        self.host = host
        self.pauses = pauses
        self.pause = pause
        self.down = down


def demanded_pause(headers: Mapping[str, str], now: float) -> float:
    """The seconds a 429 or 503 asks its clients to wait; 0 when it names none.

    Retry-After (RFC 9110 section 10.2.3) is seconds or a date, X-RateLimit-Reset an epoch; the
    longer one counts. Dates are measured against the server's own Date, for the clock here may be
    wrong; `now`, an epoch, serves where there is none.
    """
    here = _epoch(headers.get("Date", ""))
    here = now if here is None else here
    demands = [0.0]
    after = headers.get("Retry-After", "").strip()
    if re.fullmatch(r"\d{1,9}", after):
        demands.append(float(after))
    elif (until := _epoch(after)) is not None:
        demands.append(until - here)
    reset = re.fullmatch(r"(\d{1,12})(?:\.\d*)?", headers.get("X-RateLimit-Reset", "").strip())
    if reset:
        demands.append(float(reset[1]) - here)
    return max(demands)


def _epoch(date: str) -> float | None:
    try:
        return parsedate_to_datetime(date).timestamp()
    except (ValueError, OverflowError, OSError):
        return None
