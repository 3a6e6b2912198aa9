"""Catalogs of real rasters, and of grids that are hard to outline, have no finding."""

import os
import shutil
import warnings
from pathlib import Path

import pytest
from affine import Affine
from kept import keep_schemas
from project import Project
from stac import schemas
from test_real_rasters import SPEC as DATED

from itemcat.inspection import Inspection, inspect

SPEC = """\
catalog:
  id: real
  title: Real
  description: Real rasters of many makers.
  stac_version: {version}
output: out
items:
  id: "{{path}}"
  datetime: 2020-01-01
read: {{footprint: {footprint}}}
assets:
  - files: "files/*/*"
    href: "https://example.org/{{path}}"
"""

HARD = {
    "west of 180": ("EPSG:32660", Affine(3000, 0, 700000, 0, -3000, 7400000)),
    "east of 180": ("EPSG:32601", Affine(3000, 0, 150000, 0, -3000, 7400000)),
    "south of both": ("EPSG:32760", Affine(3000, 0, 700000, 0, -3000, 4400000)),
    "south pole": ("EPSG:3031", Affine(200000, 0, -3000000, 0, -200000, 2000000)),
    "north pole": ("EPSG:3413", Affine(200000, 0, -3000000, 0, -200000, 2000000)),
    "beside the pole": ("EPSG:3413", Affine(50000, 0, -600000, 0, -80000, -700000)),
    "hemisphere": ("EPSG:6931", Affine(600000, 0, -9000000, 0, -900000, 9000000)),
    "cylinder": ("EPSG:6933", Affine(1156000, 0, -17367530, 0, -700000, 7000000)),
    "world": ("EPSG:4326", Affine(12, 0, -180, 0, -9, 90)),
    "0 to 360": ("EPSG:4326", Affine(12, 0, 0, 0, -9, 90)),
    "160 to 220": ("EPSG:4326", Affine(2, 0, 160, 0, -2, 20)),
    "half a pixel over": ("EPSG:4326", Affine(6.5, 0, -181, 0, -4, 50)),
    "rotated": ("EPSG:32623", Affine(300, 200, 300000, 200, -300, 7400000)),
    "south up": ("EPSG:32623", Affine(300, 0, 300000, 0, 300, 7400000)),
    "Albers": ("EPSG:5070", Affine(150000, 0, -2300000, 0, -130000, 3200000)),
    "sinusoidal": ("ESRI:54008", Affine(37000, 0, -8000000, 0, -50000, 5000000)),
    "Mercator": ("EPSG:3857", Affine(100000, 0, 19000000, 0, -100000, 5400000)),
}


def inspected(project: Project, spec: str) -> Inspection:
    """What check finds in the catalog of a spec; files that cannot be read are left out of it."""
    project.spec(spec)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the libraries, about files that are odd
        project.build(keep_going=True)
    keep_schemas(project.cache)
    return inspect(project.folder, project.cache)


def told(inspection: Inspection) -> list[str]:
    return [f"{one.name}: {one.file}: {one.path}: {one.what}" for one in inspection.findings]


def copy_rasters(project: Project) -> None:
    schemas()
    named = os.environ.get("ITEMCAT_RASTERS")
    if not named:
        pytest.skip("ITEMCAT_RASTERS names no folder of rasters")
    shutil.copytree(Path(named) / "files", project.folder / "files")


def test_grids_that_are_hard_to_outline_have_no_finding(project: Project) -> None:
    schemas()
    for name, (crs, transform) in HARD.items():
        path = f"files/hard/{name.replace(' ', '-')}.tif"
        project.raster(path, crs=crs, transform=transform)
    inspection = inspected(project, SPEC.format(version="1.1.0", footprint="outline"))
    assert told(inspection) == []
    assert inspection.items == len(HARD)


def test_real_scenes_with_their_dates_have_no_finding(project: Project) -> None:
    copy_rasters(project)
    public = '\n    href: "https://example.org/{path}"\n'
    lines = (line + public * line.startswith("  - files:") for line in DATED.splitlines())
    inspection = inspected(project, "\n".join(lines) + "\n")
    assert told(inspection) == []
    assert inspection.items == 20


@pytest.mark.parametrize(
    ("version", "footprint"), [("1.1.0", "outline"), ("1.0.0", "outline"), ("1.1.0", "valid-data")]
)
def test_real_rasters_have_no_finding_but_their_date(
    project: Project, version: str, footprint: str
) -> None:
    """The spec gives all of them one date, and check sees in some names that it is not theirs."""
    copy_rasters(project)
    inspection = inspected(project, SPEC.format(version=version, footprint=footprint))
    assert [line for line in told(inspection) if not line.startswith("time-not-of-name")] == []
    assert 0 < len(inspection.findings) < inspection.items
    assert inspection.items > 50
