"""Waiting: what a host may demand, and that a stop ends it."""

import re
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import format_datetime

import pytest
from fetching import IMPATIENT, Talker, asset
from hypothesis import given
from hypothesis import strategies as st
from server import PATIENCE, Fault, Server

from itemcat.cache import Cache
from itemcat.errors import FetchError
from itemcat.fetch import Fetcher
from itemcat.fetch.hosts import Hosts, Stopped, TooLong
from itemcat.fetch.patience import Patience, demanded_pause

DATA = b"bytes" * 1000
NOON = 1_700_000_000  # an epoch
NOON_DATE = format_datetime(datetime.fromtimestamp(NOON, UTC), usegmt=True)
MINUTE_LATER = format_datetime(datetime.fromtimestamp(NOON + 60, UTC), usegmt=True)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 0),
        ({"Retry-After": "60"}, 60),
        ({"Retry-After": MINUTE_LATER}, 60),
        ({"Retry-After": NOON_DATE}, 0),
        ({"Retry-After": "soon"}, 0),
        ({"Retry-After": "-5"}, 0),
        ({"Retry-After": "9" * 400}, 0),
        ({"Retry-After": "Mon, 99 Foo 2025 10:00:00 GMT"}, 0),
        ({"X-RateLimit-Reset": str(NOON + 60)}, 60),
        ({"X-RateLimit-Reset": f"{NOON + 60}.5"}, 60),
        ({"X-RateLimit-Reset": str(NOON - 60)}, 0),
        ({"X-RateLimit-Reset": "nan"}, 0),
        ({"X-RateLimit-Reset": str(NOON + 60), "Retry-After": "7"}, 60),
        ({"X-RateLimit-Reset": str(NOON + 7), "Retry-After": "60"}, 60),
    ],
)
@pytest.mark.parametrize("clock_error", [-86400, 0, 86400])
def test_demands_are_measured_against_the_servers_clock(
    headers: dict[str, str], seconds: float, clock_error: float
) -> None:
    assert demanded_pause({**headers, "Date": NOON_DATE}, NOON + clock_error) == seconds
    assert demanded_pause(headers, NOON) == seconds


@given(failures=st.integers(1, 10_000), base=st.floats(0, 10), cap=st.floats(0, 100))
def test_the_backoff_doubles_up_to_its_cap(failures: int, base: float, cap: float) -> None:
    wait = Patience(base=base, cap=cap).backoff(failures)
    assert 0 <= wait <= cap
    assert wait <= base * 2.0 ** min(failures - 1, 64)


def test_the_backoff_is_not_always_the_same() -> None:
    assert len({Patience().backoff(3) for _ in range(20)}) > 1


# ---------------------------------------------------------------------------------------- pauses


def now_date(seconds: float) -> str:
    return format_datetime(datetime.fromtimestamp(time.time() + seconds, UTC), usegmt=True)


STYLES: list[Callable[[float], dict[str, str]]] = [
    lambda seconds: {"Retry-After": str(int(seconds))},
    lambda seconds: {"Retry-After": now_date(seconds)},
    lambda seconds: {"X-RateLimit-Reset": str(int(time.time() + seconds))},
]


class Impatient(Talker):
    """Stops its fetcher as soon as that announces a wait, so that no test waits for it."""

    def __init__(self, cache: Cache) -> None:
        super().__init__(cache)
        self.fetcher = Fetcher(cache, say=self._hear, patience=IMPATIENT)

    def _hear(self, notice: str) -> None:
        self.notices.append(notice)
        self.fetcher.stop()


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("style", STYLES)
def test_a_long_pause_is_said_with_the_time_it_ends_and_can_be_stopped(
    cache: Cache, server: Server, style: Callable[[float], dict[str, str]], status: int
) -> None:
    server.put("a.tif", DATA)
    server.fault("a.tif", Fault(status=status, headers=style(300)))
    talker = Impatient(cache)
    with talker.fetcher as fetcher, pytest.raises(FetchError, match="stopped"):
        fetcher.fetch(asset(server.url("a.tif")))
    [notice] = talker.notices
    clock = re.fullmatch(rf"{server.host} asks for a pause: going on at (\d\d:\d\d:\d\d)", notice)
    assert clock
    assert len(server.requests) == 1


@pytest.mark.parametrize("style", STYLES)
def test_a_pause_that_is_too_long_says_when_to_come_back(
    cache: Cache, server: Server, style: Callable[[float], dict[str, str]]
) -> None:
    server.put("a.tif", DATA)
    server.put("b.tif", DATA)
    server.fault("a.tif", Fault(status=429, headers=style(7200)))
    with Talker(cache).fetcher as fetcher:
        for name in ("a.tif", "b.tif"):
            with pytest.raises(FetchError, match=r"not to be called before \d{4}-\d\d-\d\d \d\d:"):
                fetcher.fetch(asset(server.url(name)))
    assert len(server.requests) == 1  # the second asset knew already


@pytest.mark.parametrize("headers", [{}, {"Retry-After": "0"}, {"Retry-After": "1"}])
def test_after_a_short_pause_it_goes_on(
    cache: Cache, server: Server, headers: dict[str, str]
) -> None:
    server.put("a.tif", DATA)
    server.fault("a.tif", Fault(status=429, headers=headers))
    talker = Talker(cache)
    with talker.fetcher as fetcher:
        assert fetcher.fetch(asset(server.url("a.tif"))).size == len(DATA)
    assert talker.notices == []
    assert [request.status for request in server.requests] == [429, 200]


@pytest.mark.parametrize("status", [200, 404, 500])
def test_demands_count_only_where_they_mean_something(
    cache: Cache, server: Server, status: int
) -> None:
    server.put("a.tif", DATA, headers={"Retry-After": "7200"})
    headers = {"Retry-After": "7200", "X-RateLimit-Reset": str(int(time.time()) + 7200)}
    server.fault("b.tif", always=Fault(status=status, headers=headers, body=b"body"))
    with Talker(cache).fetcher as fetcher:
        if status == 200:
            fetcher.fetch(asset(server.url("b.tif")))
        else:
            with pytest.raises(FetchError, match=f"{status} "):
                fetcher.fetch(asset(server.url("b.tif")))
        fetcher.fetch(asset(server.url("a.tif")))


def test_a_pause_holds_for_every_thread_and_for_no_other_host(cache: Cache, server: Server) -> None:
    server.put("a.tif", DATA)
    paused = threading.Event()
    hosts = Hosts(lambda _: paused.set())
    outcomes = []

    def wait() -> None:
        try:
            hosts.wait("slow.org")
        except Stopped:
            outcomes.append("stopped")

    hosts.pause("slow.org", 600)
    assert paused.is_set()
    threads = [threading.Thread(target=wait) for _ in range(3)]
    for thread in threads:
        thread.start()
    hosts.wait("other.org")
    hosts.pause("slow.org", 0)  # a shorter pause does not end a longer one
    assert outcomes == []
    hosts.stop()
    for thread in threads:
        thread.join(PATIENCE)
    assert outcomes == ["stopped"] * 3
    with pytest.raises(Stopped):
        hosts.wait("other.org")


def test_waits_of_ones_own_are_said_when_long() -> None:
    notices: list[str] = []
    hosts = Hosts(notices.append)
    hosts.rest("a.org", 0)
    hosts.stop()
    with pytest.raises(Stopped):
        hosts.rest("a.org", 60)
    [notice] = notices
    assert notice.startswith("a.org ")


def test_a_day_is_too_long() -> None:
    hosts = Hosts(lambda _: pytest.fail("nobody will wait for this"))
    hosts.pause("a.org", 86400)
    with pytest.raises(TooLong, match=r"a\.org"):
        hosts.wait("a.org")
