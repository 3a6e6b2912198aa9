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

from itemcat.inspection import inspect

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


def test_grids_that_are_hard_to_outline_have_no_finding(project: Project) -> None:
    schemas()
    for name, (crs, transform) in HARD.items():
        path = f"files/hard/{name.replace(' ', '-')}.tif"
        project.raster(path, crs=crs, transform=transform)
    project.spec(SPEC.format(version="1.1.0", footprint="outline"))
    project.build()
    keep_schemas(project.cache)
    inspection = inspect(project.folder, project.cache)
    assert [f"{one.file}: {one.path}: {one.what}" for one in inspection.findings] == []
    assert inspection.items == len(HARD)


@pytest.mark.parametrize(
    ("version", "footprint"), [("1.1.0", "outline"), ("1.0.0", "outline"), ("1.1.0", "valid-data")]
)
def test_catalogs_of_real_rasters_have_no_finding(
    project: Project, version: str, footprint: str
) -> None:
    schemas()
    named = os.environ.get("ITEMCAT_RASTERS")
    if not named:
        pytest.skip("ITEMCAT_RASTERS names no folder of rasters")
    shutil.copytree(Path(named) / "files", project.folder / "files")
    project.spec(SPEC.format(version=version, footprint=footprint))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the libraries, about files that are odd
        project.build(keep_going=True)
    keep_schemas(project.cache)
    inspection = inspect(project.folder, project.cache)
    # The spec gives all of them one date, and check sees in their names that it is none of some.
    others = [one for one in inspection.findings if one.name != "time-not-of-name"]
    assert [f"{one.file}: {one.path}: {one.what}" for one in others] == []
    assert 0 < len(inspection.findings) < inspection.items
    assert inspection.items > 50
