"""What file names have in common: the pattern has to fit them all, and to give their times."""

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_tutorial import SCENES

from itemcat.missions import match_name
from itemcat.recognition import Recognised, recognised

ONE = ("start",)
TWO = ("start", "end")


@pytest.mark.parametrize(
    ("names", "pattern", "times"),
    [
        ([scene.name for scene in SCENES], "sentinel-1", ()),
        (["T22WEV_20190705T151809_B02_10m.jp2"], "sentinel-2", ()),
        (["LC08_L1TP_007011_20190224_20190309_01_T1_B4.TIF"], "landsat", ()),
        (
            ["a_20190224T203744.tif", "b_20190225T000000.tif"],
            "{before}_{start:%Y%m%dT%H%M%S}.tif",
            ONE,
        ),
        (["ice_2019-02-24_v1.tif", "ice_2019-02-25_v1.tif"], "ice_{start:%Y-%m-%d}_v1.tif", ONE),
        (
            ["20190224_lake_a.tif", "20190225_lake_b.tif"],
            "{start:%Y%m%d}_lake_{after}.tif",
            ONE,
        ),
        (["a{1}_20190224.tif", "a{1}_20190225.tif"], "a{{1}}_{start:%Y%m%d}.tif", ONE),
        (
            ["x_20190224T203744_20190224T203844_1.tif", "y_20190224T203744_20190225T203744_2.tif"],
            "{before}_{start:%Y%m%dT%H%M%S}_{end:%Y%m%dT%H%M%S}_{after}.tif",
            TWO,
        ),
        (["20190224.tif", "a_2019-02-25.tif"], "dates", ()),
        (["a_20190224.tif"], "dates", ()),
        (["20190224.tif", "20190225_b.tif"], "dates", ()),
    ],
)
def test_names_that_are_recognised(names: list[str], pattern: str, times: tuple[str, ...]) -> None:
    assert recognised(names) == Recognised(pattern, times)


@pytest.mark.parametrize(
    "names",
    [
        [],
        ["a.tif", "b.tif"],
        ["a_20190224.tif", "b.tif"],
        ["a_20190231.tif", "a_20190232.tif"],
        ["a_20190224_20190309.tif", "b_20190224_20190310.tif"],  # the second may be of processing
        ["a_20190225T000000_20190224T000000.tif", "b_20190225T000000_20190224T000000.tif"],
        ["a_20190224T000000_20190324T000000.tif", "b_20190224T000000_20190324T000000.tif"],
        ["1_20190224_20190225_20190226.tif", "2_20190224_20190225_20190226.tif"],
    ],
)
def test_names_that_tell_no_time(names: list[str]) -> None:
    assert recognised(names) is None


PARTS = st.text(st.sampled_from("ab_-.{}1 "), max_size=5)
DAYS = st.dates(date(1990, 1, 1), date(2029, 12, 31))


@given(PARTS, st.lists(st.tuples(PARTS, DAYS, PARTS), min_size=1, max_size=4), PARTS)
def test_what_is_recognised_fits_every_name_and_gives_its_day(
    head: str, rows: list[tuple[str, date, str]], tail: str
) -> None:
    names = [f"{head}{one}_{day:%Y%m%d}_{other}{tail}.tif" for one, day, other in rows]
    found = recognised(names)
    if found is None:
        return
    for name, (_, day, _) in zip(names, rows, strict=True):
        start = (match_name(found.pattern, name) or {})["start"]
        assert (start.date() if isinstance(start, datetime) else start) == day
