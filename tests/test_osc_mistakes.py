"""What went wrong in real contributions to the Open Science Catalog, and cannot go wrong here."""

from pathlib import Path

import pytest
import rasterio
from checkout import settle
from kept import keep_schemas
from metadata import ENTRY, PRODUCT, built, changed, document, edit, link, links, metadata, put
from metadata import registered as register
from project import Project

from itemcat.errors import ItemcatError, Problems
from itemcat.registration import prepare

WRONG = {  # boxes as they were in real pull requests
    "latitude first": [[66.6, -49.6, 66.7, -49.4]],
    "upside down": [[-49.6, 66.7, -49.4, 66.6]],
    "metres": [[300000.0, 7399500.0, 301000.0, 7400000.0]],
    "six numbers": [[-49.6, 66.6, 0, -49.4, 66.7, 0]],
    "two boxes": [[-49.6, 66.6, -49.4, 66.7], [-49.6, 66.6, -49.4, 66.7]],
}


@pytest.fixture(autouse=True)
def _settled(monkeypatch: pytest.MonkeyPatch, project: Project) -> None:
    settle(monkeypatch)
    keep_schemas(project.cache)


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    return metadata(tmp_path / "clone")


def test_the_time_of_processing_is_not_the_time_of_the_data(project: Project, clone: Path) -> None:
    """Without a rule for it there is no item, and so no product."""
    project.spec(ENTRY.replace('  datetime: "{start}"\n', ""))
    project.raster("a_20190101T000000.tif")
    with rasterio.open(project.folder / "a_20190101T000000.tif", "r+") as raster:
        raster.update_tags(TIFFTAG_DATETIME="2025:04:07 10:01:20")
    done = project.run("build")
    assert done.returncode == 3
    assert "TIFFTAG_DATETIME" in done.stderr
    with pytest.raises(ItemcatError):
        prepare(project.folder, clone, project.cache)


@pytest.mark.parametrize(
    "box", ["[66.6, -249.6, 66.7, 49.4]", "[300000, 7399500, 301000, 7400000]"]
)
def test_a_box_in_the_spec_that_is_no_box_in_degrees(
    project: Project, clone: Path, box: str
) -> None:
    project.spec(ENTRY.replace("    href", f"    bbox: {box}\n    href"))
    project.raster("a_20190101T000000.tif")
    with pytest.raises(
        Problems, match=r"catalog.yaml:21:11: assets\[0\].bbox: .* longitude comes first"
    ):
        prepare(project.folder, clone, project.cache)


def test_latitude_before_longitude_does_not_fit_the_file(project: Project) -> None:
    project.spec(ENTRY.replace("    href", "    bbox: [66.6, -49.6, 66.7, -49.4]\n    href"))
    project.raster("a_20190101T000000.tif")
    done = project.run("build")
    assert done.returncode == 3
    assert "a_20190101T000000.tif" in done.stderr


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_box_that_is_there_is_put_right(project: Project, clone: Path, name: str) -> None:
    built(project)
    extent = {"spatial": {"bbox": WRONG[name]}, "temporal": {"interval": [["2025-04-07", None]]}}
    there = {"id": "lakes", "osc:project": "greenland", "links": [], "extent": extent}
    put(clone, PRODUCT, there)
    register(project, clone)
    found = document(clone, PRODUCT)["extent"]
    [[west, south, east, north]] = found["spatial"]["bbox"]
    assert -50 < west < east < -49
    assert 66 < south < north < 67
    assert found["temporal"]["interval"] == [["2019-01-01T00:00:00Z", "2019-01-02T00:00:00Z"]]


def test_an_item_that_is_edited_by_hand_is_not_taken(project: Project, clone: Path) -> None:
    built(project)
    path = project.folder / "out/a_20190101T000000/a_20190101T000000.json"
    path.write_text(path.read_text().replace("2019-01-01", "2025-04-07"))
    with pytest.raises(ItemcatError, match="the catalog is not what the spec asks for"):
        prepare(project.folder, clone, project.cache)


@pytest.mark.parametrize("key", ["project", "status", "themes"])
def test_what_is_missing_is_missed_with_its_line(project: Project, clone: Path, key: str) -> None:
    built(project)
    lines = [line for line in ENTRY.splitlines() if not line.startswith(f"  {key}:")]
    project.spec("\n".join(lines))
    with pytest.raises(Problems, match=rf"catalog.yaml:\d+:3: osc.{key}: is missing"):
        prepare(project.folder, clone, project.cache)


def test_no_link_is_forgotten(project: Project, clone: Path) -> None:
    """Neither via, nor related, nor any that leads back; those that others forgot are added."""
    built(project)
    there = [link("related", "../../themes/cryosphere/catalog.json", "Cryosphere")]
    put(clone, PRODUCT, {"id": "lakes", "osc:project": "greenland", "links": there})
    register(project, clone)
    assert [one["title"] for one in links(clone, PRODUCT, "related")] == [
        "Theme: Cryosphere",
        "Variable: Area of lakes (km²)",
        "EO Mission: Sentinel-1",
        "Project: 4D-Greenland",
    ]
    assert [one["title"] for one in links(clone, PRODUCT, "via")] == ["Access"]
    for path in changed(clone):
        if path != PRODUCT:
            assert "lakes/collection.json" in str(links(clone, path, "child"))


def test_a_title_that_was_changed_there_is_followed(project: Project, clone: Path) -> None:
    built(project)
    register(project, clone)
    theme = document(clone, "themes/cryosphere/catalog.json")
    put(clone, "themes/cryosphere/catalog.json", {**theme, "title": "Ice and snow"})
    register(project, clone)
    assert "Theme: Ice and snow" in str(links(clone, PRODUCT, "related"))


def test_an_unclear_error_is_a_line_of_the_spec(project: Project, clone: Path) -> None:
    built(project)
    edit(project, "  license: CC-BY-4.0\n", "  license: other\n")
    done = project.run("osc", "--metadata", str(clone))
    assert done.stderr.splitlines() == [
        "error: catalog.yaml:5:3: catalog.license: 'other' is rejected",
        "hint: `proprietary` where no licence of SPDX is meant, `various` for several",
        "nothing was written",
    ]
