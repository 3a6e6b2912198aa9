"""Catalogs of real rasters have no finding, in either version of STAC. Needs ITEMCAT_RASTERS."""

import os
import shutil
import warnings
from pathlib import Path

import pytest
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
    assert [f"{one.file}: {one.path}: {one.what}" for one in inspection.findings] == []
    assert inspection.items > 50
