"""Names as the agencies give them, and what may be known from each."""

import json
from datetime import date, datetime
from typing import Any

import pytest
from project import Project
from stac import assert_valid

from itemcat.missions import READY, check, datetime_rule, implied_by, known_fields, match_name
from itemcat.templates import TemplateError

S1 = "S1B_EW_GRDH_1SDH_20171111T205337_20171111T205438_008239_00E91A_F8D1"
S2 = "S2A_MSIL2A_20220722T105631_N0400_R094_T31TCN_20220722T171159"
L8 = "LC08_L1TP_198029_20220331_20220406_02_T1"


@pytest.mark.parametrize(
    ("pattern", "name", "expected"),
    [
        (
            "sentinel-1",
            f"extent_{S1}.tif",
            {
                "platform": "sentinel-1b",
                "mode": "EW",
                "product": "GRD",
                "polarization": "DH",
                "start": datetime(2017, 11, 11, 20, 53, 37),
                "end": datetime(2017, 11, 11, 20, 54, 38),
                "orbit": 8239,
                "datatake": "00E91A",
            },
        ),
        (
            "sentinel-1",
            "s1a-iw1-slc-vv-20180716t004042-20180716t004107-022812-02792a-004.tiff",
            {
                "platform": "sentinel-1a",
                "mode": "IW",
                "product": "SLC",
                "polarization": "VV",
                "start": datetime(2018, 7, 16, 0, 40, 42),
                "end": datetime(2018, 7, 16, 0, 41, 7),
                "orbit": 22812,
                "datatake": "02792A",
            },
        ),
        (
            "sentinel-2",
            f"{S2}_B02.tif",
            {
                "platform": "sentinel-2a",
                "level": "L2A",
                "start": datetime(2022, 7, 22, 10, 56, 31),
                "baseline": "0400",
                "relative_orbit": 94,
                "tile": "31TCN",
            },
        ),
        (
            "sentinel-2",
            "T31TCN_20220722T105631_B8A_20m.jp2",
            {"tile": "31TCN", "start": datetime(2022, 7, 22, 10, 56, 31), "image": "B8A"},
        ),
        (
            "landsat",
            f"{L8}_B2.TIF",
            {
                "platform": "landsat-8",
                "sensor": "C",
                "level": "L1TP",
                "path": 198,
                "row": 29,
                "start": date(2022, 3, 31),
                "processed": date(2022, 4, 6),
                "collection": "02",
                "tier": "T1",
            },
        ),
        (
            "landsat",
            "LT51980291985059XXX03_B1.TIF",
            {
                "platform": "landsat-5",
                "sensor": "T",
                "path": 198,
                "row": 29,
                "start": date(1985, 2, 28),
            },
        ),
        ("dates", "lakes_20190224.tif", {"start": date(2019, 2, 24)}),
        ("dates", "lakes-2019-02-24-v2.tif", {"start": date(2019, 2, 24)}),
        ("dates", "SkySat_20170831T195552Z_RGB.tif", {"start": datetime(2017, 8, 31, 19, 55, 52)}),
        ("dates", "a2019-02-24T20-37-44.tif", {"start": datetime(2019, 2, 24, 20, 37, 44)}),
        # Digits that stand apart may be a time or an orbit: only the day is sure.
        ("dates", "20170831_172754_101c.tif", {"start": date(2017, 8, 31)}),
        ("dates", "twice_20190224_20190224.tif", {"start": date(2019, 2, 24)}),
    ],
)
def test_a_name_says_what_the_mission_says(
    pattern: str, name: str, expected: dict[str, Any]
) -> None:
    assert match_name(pattern, name) == expected
    assert expected.keys() <= set(known_fields(pattern))


@pytest.mark.parametrize(
    ("pattern", "name"),
    [
        ("sentinel-1", "lakes.tif"),
        ("sentinel-1", S1.replace("20171111", "20171311") + ".tif"),
        ("sentinel-1", f"X{S1}.tif"),
        ("sentinel-1", f"{S1}0.tif"),
        # The old name of a tile holds the time of its making, and no other.
        ("sentinel-2", "S2B_OPER_MSI_L2A_TL_2BPS_20220618T135630_A027590_T32TLS_N04.00_B01.jp2"),
        ("landsat", L8.replace("LC08", "LM08") + "_B2.TIF"),  # there was no such sensor on it
        ("landsat", "LT51980291985366XXX03_B1.TIF"),  # 1985 had 365 days
        ("dates", "dem_2019.tif"),
        ("dates", "orbit_120190224.tif"),
        ("dates", "20190231.tif"),
        ("{a}_{b}.tif", "lakes.tif"),
    ],
)
def test_another_name_says_nothing(pattern: str, name: str) -> None:
    assert match_name(pattern, name) is None


@pytest.mark.parametrize(
    ("pattern", "name", "words"),
    [
        ("dates", "20190224_20190301.tif", "20190224 and 20190301"),
        ("sentinel-2", f"{S2}-{S2.replace('T31TCN', 'T31TCM')}.tif", f"{S2} and S2A"),
    ],
)
def test_two_in_one_name_are_told(pattern: str, name: str, words: str) -> None:
    with pytest.raises(TemplateError, match=words):
        match_name(pattern, name)


@pytest.mark.parametrize(
    ("pattern", "name", "implied"),
    [
        (
            "sentinel-1",
            S1,
            {
                "platform": "sentinel-1b",
                "constellation": "sentinel-1",
                "instruments": ["c-sar"],
            },
        ),
        (
            "sentinel-2",
            "T31TCN_20220722T105631_B8A.jp2",
            {"constellation": "sentinel-2", "instruments": ["msi"]},
        ),
        ("landsat", L8, {"platform": "landsat-8", "instruments": ["oli", "tirs"]}),
        ("dates", "20190224", {}),
    ],
)
def test_a_name_implies_what_is_true_of_the_mission(
    pattern: str, name: str, implied: dict[str, Any]
) -> None:
    fields = match_name(pattern, name)
    assert fields is not None
    assert implied_by(pattern, fields) == implied


def test_a_pattern_of_ones_own_implies_nothing() -> None:
    assert implied_by("{a}.tif", {"a": "S1A"}) == {}
    assert datetime_rule("{a}.tif") is None


def test_a_misspelt_ready_pattern_is_no_pattern() -> None:
    for name in (*READY, "mosaic.tif"):
        check(name)
    with pytest.raises(TemplateError, match="there are sentinel-1, sentinel-2, landsat"):
        check("sentinel1")


def test_a_spec_that_names_a_mission_needs_no_rule_for_dates(project: Project) -> None:
    project.raster(f"{S1}.tif")
    project.spec(
        "catalog: {id: m, title: M, description: D.}\n"
        'items: {pattern: sentinel-1, title: "Orbit {orbit:06d}", properties: {platform: mine}}\n'
        'assets: [files: "*.tif"]\n'
    )
    project.build()
    item = json.loads((project.folder / "m" / S1 / f"{S1}.json").read_text())
    assert_valid(item)
    properties = item["properties"]
    assert properties["start_datetime"] == "2017-11-11T20:53:37Z"
    assert properties["end_datetime"] == "2017-11-11T20:54:38Z"
    assert properties["title"] == "Orbit 008239"
    assert properties["constellation"] == "sentinel-1"
    assert properties["platform"] == "mine"  # the spec's own word counts more
