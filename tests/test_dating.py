import pytest

from itemcat.dating import acquired
from itemcat.errors import RuleError
from itemcat.model import DatetimeRule
from itemcat.times import instant, interval

RECORD = {
    "times": {"datetime": "2011-05-01T13:00:00Z", "tag": "ACQUISITIONDATETIME"},
    "tags": {"TIFFTAG_DATETIME": "2018:07:16 06:06:23"},
}
PROCESSED = {"tags": {"TIFFTAG_DATETIME": "2018:07:16 06:06:23"}}
FIELDS = {"start": "2019-02-24T20:37:44Z", "end": "2019-02-24T20:38:44Z", "day": "2019-02-24"}


def test_a_rule_of_the_spec_goes_before_a_tag_of_the_file() -> None:
    rule = DatetimeRule(start="{start}", end="{end}")
    expected = interval("2019-02-24T20:37:44Z", "2019-02-24T20:38:44Z")
    assert acquired(rule, FIELDS, RECORD, "a.tif") == expected


def test_an_acquisition_tag_serves_without_a_rule() -> None:
    assert acquired(None, {}, RECORD, "a.tif") == instant("2011-05-01T13:00:00Z")


def test_the_time_of_processing_counts_only_where_the_spec_names_it() -> None:
    rule = DatetimeRule(tag="TIFFTAG_DATETIME")
    assert acquired(rule, {}, PROCESSED, "a.tif") == instant("2018-07-16T06:06:23Z")
    with pytest.raises(RuleError, match="no date") as raised:
        acquired(None, {}, PROCESSED, "a.tif")
    assert raised.value.where == "a.tif"
    assert "TIFFTAG_DATETIME (2018:07:16 06:06:23, though that is often" in raised.value.hint
    assert "pattern:" in raised.value.hint


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (DatetimeRule(tag="DATE"), "no tag DATE"),
        (DatetimeRule(instant="{missing}"), "no field {missing}"),
        (DatetimeRule(instant="yesterday"), "is no time"),
        (DatetimeRule(start="{end}", end="{start}"), "lies before"),
    ],
)
def test_a_rule_that_yields_no_date_is_an_error(rule: DatetimeRule, words: str) -> None:
    with pytest.raises(RuleError) as raised:
        acquired(rule, FIELDS, RECORD, "a.tif")
    assert words in raised.value.what


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("lakes_20190224.tif", "take it from the file name: `pattern: dates`, or `pattern: "),
        (
            "LC08_L1TP_198029_20220331_20220406_02_T1_B2.TIF",
            "take it from the file name: `pattern: landsat`, or",
        ),
    ],
)
def test_the_hint_knows_what_the_name_says(name: str, hint: str) -> None:
    with pytest.raises(RuleError) as raised:
        acquired(None, {"name": name}, {}, name)
    assert raised.value.hint.startswith(hint)


def test_the_hint_says_nothing_of_a_name_without_a_date() -> None:
    with pytest.raises(RuleError) as raised:
        acquired(None, {"name": "lakes.tif"}, {}, "lakes.tif")
    assert raised.value.hint.startswith('take it from the file name: `pattern: "…')


def test_of_a_group_it_is_said_that_its_files_may_differ() -> None:
    rule = DatetimeRule(instant="{start}")
    for fields, is_said in (({"name": "a.tif"}, False), ({"group": "a", "n": 1}, True)):
        with pytest.raises(RuleError, match=r"no field \{start\}") as raised:
            acquired(rule, fields, {}, "a.tif")
        assert ("files of this item may differ" in raised.value.hint) is is_said
