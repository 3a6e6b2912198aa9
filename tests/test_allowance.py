"""Rates: never more requests than a host allows, in any window of time."""

from itertools import pairwise

import pytest
from fetching import IMPATIENT, asset
from hypothesis import given
from hypothesis import strategies as st
from server import Server

from itemcat.cache import Cache
from itemcat.errors import FetchError
from itemcat.fetch import Fetcher
from itemcat.fetch.allowance import PUBLISHED, Allowance
from itemcat.fetch.hosts import Hosts, Stopped
from itemcat.model import FetchRules, Rate

RATES = st.lists(
    st.builds(Rate, requests=st.integers(1, 9), seconds=st.integers(1, 90)), min_size=1, max_size=3
)


def sent(rates: list[Rate], count: int, idle: list[float]) -> list[float]:
    """When so many requests are sent that wait as they are told, each after an idle time."""
    allowance, now, times = Allowance(rates), 0.0, []
    for number in range(count):
        now += idle[number % len(idle)] if idle else 0.0
        while (seconds := allowance.wait(now)) > 0:
            now += seconds
        allowance.spend(now)
        times.append(now)
    return times


def test_zenodos_published_limits_hold_for_guests() -> None:
    assert PUBLISHED["zenodo.org"] == (Rate(60, 60), Rate(2000, 3600))


@given(rates=RATES, count=st.integers(1, 60), idle=st.lists(st.floats(0, 50), max_size=5))
def test_no_window_of_a_rate_sees_more_than_its_requests(
    rates: list[Rate], count: int, idle: list[float]
) -> None:
    times = sent(rates, count, idle)
    for rate in rates:
        for start in times:
            assert sum(start <= time < start + rate.seconds for time in times) <= rate.requests


@given(rate=RATES.map(lambda rates: rates[:1]), before=st.integers(0, 20), count=st.integers(1, 60))
def test_the_end_of_many_requests_is_foretold(rate: list[Rate], before: int, count: int) -> None:
    allowance = Allowance(rate)
    times = sent(rate, before + count, [])
    for time in times[:before]:
        allowance.spend(time)
    now = times[before - 1] if before else 0.0
    assert allowance.last_of(count, now) == pytest.approx(times[-1] - now, abs=1e-6)


@given(rates=RATES)
def test_without_haste_nobody_waits(rates: list[Rate]) -> None:
    pace = max((rate.seconds + 1) / rate.requests for rate in rates)
    times = sent(rates, 30, [pace + 1])
    gaps = [after - before for before, after in pairwise(times)]
    assert gaps == pytest.approx([pace + 1] * 29)


class Heard:
    """Keeps what hosts say, and stops them as soon as they say anything: no test waits."""

    def __init__(self, rates: dict[str, Rate]) -> None:
        self.notices: list[str] = []
        self.hosts = Hosts(self._hear, rates)

    def _hear(self, notice: str) -> None:
        self.notices.append(notice)
        self.hosts.stop()


def test_a_host_is_not_asked_more_often_than_its_rate_and_no_other_waits() -> None:
    heard = Heard({"a.org": Rate(3, 3600)})
    for host in ["a.org", "b.org"] * 3:
        heard.hosts.wait(host)
    assert heard.notices == []
    with pytest.raises(Stopped):
        heard.hosts.wait("a.org")
    [notice] = heard.notices
    assert notice.startswith("a.org takes 3 requests an hour: going on at ")


@pytest.mark.parametrize(
    ("host", "count", "words"),
    [
        ("zenodo.org", 60, None),
        ("zenodo.org", 1999, None),
        ("zenodo.org", 2001, "zenodo.org takes 2000 requests an hour: 2001 files will take until"),
        ("a.org", 90, None),
        ("a.org", 91, "a.org takes 2 requests a minute: 91 files will take until about "),
        ("b.org", 100_000, None),
    ],
)
def test_that_rates_make_it_hours_is_said_beforehand(
    host: str, count: int, words: str | None
) -> None:
    heard = Heard({"a.org": Rate(2, 60)})
    heard.hosts.expect(host, count)
    assert len(heard.notices) == (words is not None)
    assert all(notice.startswith(str(words)) for notice in heard.notices)


def test_a_fetcher_keeps_the_rate_that_the_spec_gives(cache: Cache, server: Server) -> None:
    rules = FetchRules(rate={server.host: Rate(2, 3600)})
    notices: list[str] = []

    def hear(notice: str) -> None:
        notices.append(notice)
        if "going on at" in notice:
            fetcher.stop()

    with Fetcher(cache, rules=rules, say=hear, patience=IMPATIENT) as fetcher:
        fetcher.expect({server.host: 3})
        for name in ("a.tif", "b.tif"):
            server.put(name, b"bytes")
            fetcher.fetch(asset(server.url(name)))
        with pytest.raises(FetchError, match="stopped"):
            fetcher.fetch(asset(server.url("c.tif")))
    assert len(server.requests) == 2
    assert [notice.split(": ")[0] for notice in notices] == [
        f"{server.host} takes 2 requests an hour",
        f"{server.host} takes 2 requests an hour",
    ]
