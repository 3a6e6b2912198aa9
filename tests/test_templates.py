from datetime import UTC, date, datetime

import parse
import pytest

from itemcat.templates import TemplateError, check_pattern, fill, match

LAKES = (
    "extent_{platform}_{mode}_GRDH_1SDH_{start:%Y%m%dT%H%M%S}_{end:%Y%m%dT%H%M%S}"
    "_{orbit}_{datatake}_{unique}.tif"
)
SCENE = "extent_S1B_EW_GRDH_1SDH_20171111T205337_20171111T205438_008239_00E91A_F8D1.tif"


def test_a_pattern_takes_a_file_name_apart() -> None:
    found = match(LAKES, SCENE)
    assert found == {
        "platform": "S1B",
        "mode": "EW",
        "start": datetime(2017, 11, 11, 20, 53, 37),
        "end": datetime(2017, 11, 11, 20, 54, 38),
        "orbit": "008239",
        "datatake": "00E91A",
        "unique": "F8D1",
    }


def test_what_a_pattern_found_puts_the_name_together_again() -> None:
    found = match(LAKES, SCENE)
    assert found is not None
    assert fill(LAKES, found) == SCENE


@pytest.mark.parametrize(
    "name",
    [
        SCENE.replace("20171111T205337", "20171311T205337"),  # a month 13
        SCENE.lower(),
        SCENE + ".bak",
        "x" + SCENE,
    ],
)
def test_a_name_that_does_not_fit_is_no_match(name: str) -> None:
    assert match(LAKES, name) is None


@pytest.mark.parametrize(
    "pattern",
    [
        *("x_{a:%Y%m%dT%H%M%S}_{b}.tif", "x_{a:%Y%m%d}.tif", "x_{a:%y%j}.tif", "{a:%H%M}.tif"),
        *("{a}_{a}.tif", "{a:%Y-%m-%dT%H:%M:%S%z}.tif", "{a:%d%b%Y}.tif", "{a}-{b:d}.tif"),
        "x_{a:%Y%m%dT%H%M%S.%f}.tif",
    ],
)
@pytest.mark.parametrize(
    "name",
    [
        *("x_20190101T000000_b.tif", "x_2019111T0000000_b.tif", "x_2019111T10000_b.tif"),
        *("x_20190101.tif", "x_20191301.tif", "x_2019130.tif", "x_19034.tif", "2360.tif"),
        *("1230.tif", "a_a.tif", "a_b.tif", "2019-01-01T00:00:00+02:00.tif", "04Mar2019.tif"),
        *("a-3.tif", "x_20190101T000000.123.tif"),
    ],
)
def test_a_match_is_what_parse_makes_of_it(pattern: str, name: str) -> None:
    try:
        result = parse.compile(pattern, case_sensitive=True).parse(name)
        wanted = dict(result.named) if result else None
    except ValueError:
        wanted = None
    found = match(pattern, name)
    assert repr(found) == repr(wanted)


def test_a_day_and_its_hour_may_stand_apart() -> None:
    fields = match("ice_{day:%Y%m%d}_{hour:%H%M}.tif", "ice_20190224_2037.tif")
    assert fields is not None
    assert fill("{day:%Y-%m-%d}T{hour:%H:%M}:00Z", fields) == "2019-02-24T20:37:00Z"


def test_a_time_without_a_format_is_rfc_3339() -> None:
    fields = {
        "start": datetime(2019, 2, 3, 4, 5, 6, 780000),
        "day": date(2019, 2, 3),
        "local": datetime(2019, 2, 3, tzinfo=UTC),
    }
    assert fill("{start} {day} {local}", fields) == (
        "2019-02-03T04:05:06.78Z 2019-02-03 2019-02-03T00:00:00Z"
    )


def test_formats_and_cleaning_go_field_by_field() -> None:
    assert fill("a b/{n:03d}-{name}", {"n": 7, "name": "x y"}, lambda text: text[::-1]) == (
        "a b/700-y x"
    )


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("{start.__class__}", "is not a field"),
        ("{start[0]}", "is not a field"),
        ("{}", "is not a field"),
        ("{n!r}", "without !r"),
        ("{n:9999999999}", "cannot be used"),
        ("{n:{n}}", "cannot be used"),
        ("{n", "brace"),
        ("n}", "brace"),
        ("{missing}", r"there is no field \{missing\}"),
        ("{name:%Q}", "does not fit"),
    ],
)
def test_a_template_reaches_nothing_but_its_fields(template: str, words: str) -> None:
    with pytest.raises(TemplateError, match=words):
        fill(template, {"n": 1, "name": "x", "start": date(2019, 1, 1)})


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("{stem}.tif", "given to every asset"),
        ("{a", "brace"),
        ("".join(f"{{f{n}}}" for n in range(41)), "more than 40"),
        ("{a.b}.tif", "is not a field"),
        ("{day:%m%d}.tif", "a day without its year"),
        ("{day:%j}T{time:%H%M}.tif", "a day without its year"),
    ],
)
def test_a_pattern_that_cannot_be_used_is_refused(pattern: str, words: str) -> None:
    with pytest.raises(TemplateError, match=words):
        check_pattern(pattern)
