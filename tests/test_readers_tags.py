"""Times and clouds in a raster's tags."""

from pathlib import Path

import pytest
from rasters import record_of, tagged, write


def test_the_time_of_processing_is_no_acquisition(tmp_path: Path) -> None:
    path = tagged(write(tmp_path / "a.tif"), TIFFTAG_DATETIME="2022:01:04 08:54:59")
    record = record_of(path)
    assert "times" not in record
    assert record["tags"] == {"TIFFTAG_DATETIME": "2022:01:04 08:54:59"}


def test_imagery_tags_tell_acquisition_and_clouds(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tif")
    tagged(path, ns="IMAGERY", ACQUISITIONDATETIME="2019-02-24 20:37:44", CLOUDCOVER="12.5")
    record = record_of(path)
    assert record["times"] == {"datetime": "2019-02-24T20:37:44Z", "tag": "ACQUISITIONDATETIME"}
    assert record["tags"] == {"ACQUISITIONDATETIME": "2019-02-24 20:37:44"}
    assert record["cloud_cover"] == 12.5


@pytest.mark.parametrize("text", ["cloudy", "-1", "101", "nan", "inf", ""])
def test_nonsense_is_no_cloud_cover(tmp_path: Path, text: str) -> None:
    path = tagged(write(tmp_path / "a.tif"), ns="IMAGERY", CLOUDCOVER=text, SATELLITEID="x")
    assert "cloud_cover" not in record_of(path)


def test_climate_and_forecast_coverage_is_a_start_and_an_end(tmp_path: Path) -> None:
    coverage = {
        "NC_GLOBAL#time_coverage_start": "2019-01-21",
        "NC_GLOBAL#time_coverage_end": "2019-01-22T03:00:00+01:00",
    }
    record = record_of(tagged(write(tmp_path / "a.tif"), **coverage))
    assert record["times"] == {
        "start": "2019-01-21T00:00:00Z",
        "end": "2019-01-22T02:00:00Z",
        "tag": "NC_GLOBAL#time_coverage_start",
    }
    assert record["tags"] == coverage


def test_only_dates_are_kept_of_the_tags(tmp_path: Path) -> None:
    dates = {"A": "2020-01-02", "B": "20171111T205337", "C": "2020-01-02T03:04:05.678Z"}
    others = {
        "D": "a scene of 2020-01-02",
        "E": "2020-13-02",
        "F": "20171111",
        "G": "v1.2-3",
        "H": "2020-01-02" + " " * 60,
    }
    assert record_of(tagged(write(tmp_path / "a.tif"), **dates, **others))["tags"] == dates


def test_a_tag_in_another_encoding_is_no_obstacle(tmp_path: Path) -> None:
    path = tagged(write(tmp_path / "a.tif"), TIFFTAG_SOFTWARE="Orefors 1.0", DAY="2020-01-02")
    path.write_bytes(path.read_bytes().replace(b"Orefors", b"\xd6refors"))
    assert record_of(path)["tags"] == {"DAY": "2020-01-02"}


def test_metadata_that_quotes_no_utf8_is_no_noise(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tagged(write(tmp_path / "a.tif"), DAY="2020-01-02")
    path.write_bytes(path.read_bytes().replace(b"<GDALMetadata", b"<GDALMet\xffdata"))
    assert record_of(path)["bands"]
    assert capfd.readouterr().err == ""
