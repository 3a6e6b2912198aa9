from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itemcat.times import Times, instant, interval, rfc3339


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("2019-02-24T20:37:44Z", "2019-02-24T20:37:44Z"),
        ("2019-02-24 20:37:44", "2019-02-24T20:37:44Z"),
        ("2019-02-24T20:37:44.250+02:00", "2019-02-24T18:37:44.25Z"),
        ("20190224T203744", "2019-02-24T20:37:44Z"),
        ("2018:07:16 06:06:23", "2018-07-16T06:06:23Z"),  # as TIFFTAG_DATETIME has it
    ],
)
def test_an_instant_is_shown_in_utc(text: str, shown: str) -> None:
    found = instant(text).instant
    assert found is not None
    assert rfc3339(found) == shown


def test_a_date_alone_is_the_whole_day() -> None:
    assert instant("2019-02-24") == Times(
        start=datetime(2019, 2, 24, tzinfo=UTC), end=datetime(2019, 2, 24, 23, 59, 59, tzinfo=UTC)
    )


def test_an_interval_of_dates_counts_both_days() -> None:
    assert interval("2019-02-24", "2019-02-25") == Times(
        start=datetime(2019, 2, 24, tzinfo=UTC), end=datetime(2019, 2, 25, 23, 59, 59, tzinfo=UTC)
    )


@pytest.mark.parametrize("text", ["", "yesterday", "2019-02-30", "2019", "2019:02:30 00:00:00"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no time"):
        instant(text)


def test_a_time_before_the_first_year_in_utc_is_refused() -> None:
    with pytest.raises(ValueError, match="out of range"):
        instant("0001-01-01T00:00:00+05:00")


def test_an_interval_that_runs_backwards_is_refused() -> None:
    with pytest.raises(ValueError, match="lies before"):
        interval("2019-02-25", "2019-02-24")


@given(
    st.datetimes(
        datetime(1900, 1, 1),
        datetime(2100, 1, 1),
        timezones=st.integers(-23, 23).map(lambda hours: timezone(timedelta(hours=hours))),
    )
)
def test_writing_and_reading_a_time_gives_the_same_instant(moment: datetime) -> None:
    assert instant(rfc3339(moment)).instant == moment
