"""Real files of real missions, built with `--keep-going`, read by the programs that will read them.

Runs where ITEMCAT_RASTERS names the folder that holds them.
"""

import json
import os
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from project import Project
from pystac_client import Client
from stac import assert_valid, read_catalog

SPEC = """\
catalog:
  id: missions
  title: Missions
  description: Real scenes of several missions, and files that are none.
output: stac
items:
  properties: {license: various}
assets:
  - files: files/stactools/S2B_OPER_MSI_*.jp2
    # The hour in this name is that of processing; the day is that of the scene.
    pattern: "S2B_OPER_MSI_L2A_TL_{station}_{day:%Y%m%d}T{hour}_{orbit}_T{tile}_{rest}.jp2"
    datetime: "{day}"
    properties: {platform: sentinel-2b}
  - files: files/rio-stac/S2A_MSIL2A_*.tif
    pattern: "S2A_MSIL2A_{start:%Y%m%dT%H%M%S}_{rest}.tif"
    datetime: "{start}"
    properties: {platform: sentinel-2a}
  - files: files/stactools/LC08_*.TIF
    pattern: "LC08_L1TP_{row}_{day:%Y%m%d}_{processed:%Y%m%d}_{rest}.TIF"
    datetime: "{day}"
    properties: {platform: landsat-8}
  - files: files/stactools/*_3B_AnalyticMS.tif
    pattern: "{start:%Y%m%d_%H%M%S}_{satellite}_3B_AnalyticMS.tif"
    datetime: "{start}"
    properties: {constellation: planetscope}
  - files: files/stactools/SkySat_*.tif
    pattern: "SkySat_{start:%Y%m%dT%H%M%SZ}_RGB.tif"
    datetime: "{start}"
    properties: {constellation: skysat}
  - files: files/rio-stac/dataset_gcps.tif
    id: sentinel-1
    datetime: {tag: TIFFTAG_DATETIME}
  - files: files/rio-stac/dataset_cloud_date_metadata.tif
    id: dated
  - files: files/rasterio/*
    id: "rasterio-{name}"
    datetime: 2020-01-01
"""
MISSIONS = {
    "S2B_OPER_MSI_L2A_TL_2BPS_20220618T135630_A027590_T32TLS_N04.00_R60m_B01": "2022-06-18",
    "S2A_MSIL2A_20220722T105631_N0400_R094_T31TCN_20220722T171159": "2022-07-22T10:56:31Z",
    "LC08_L1TP_198029_20220331_20220406_02_T1_B2": "2022-03-31",
    "20170831_172754_101c_3B_AnalyticMS": "2017-08-31T17:27:54Z",
    "SkySat_20170831T195552Z_RGB": "2017-08-31T19:55:52Z",
    "sentinel-1": "2018-07-16T06:06:23Z",
}
# What is no raster, or none whose facts can be told, and the words of the reason.
LEFT_OUT = {
    "rasterio-RGB.byte.gcp.vrt": "VRT",
    "rasterio-RGB.byte.rpc.vrt": "VRT",
    "rasterio-RGB.byte.tif.aux.xml": "XML",
    "rasterio-RGB.nc": "",
    "rasterio-no_band.h5": "",
    "rasterio-corrupt.tif": "",
    "dated": "no date",  # its date is in a sidecar, and a sidecar is another file
}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, dict[str, Any], str]:
    """The project, its report, and what it printed to stderr."""
    named = os.environ.get("ITEMCAT_RASTERS")
    if not named:
        pytest.skip("ITEMCAT_RASTERS names no folder of real rasters")
    folder = tmp_path_factory.mktemp("missions")
    project = Project(folder / "project", folder / "cache")
    project.folder.mkdir()
    (project.folder / "files").symlink_to(Path(named) / "files")
    project.spec(SPEC)
    done = project.run("build", "--keep-going", "--report", "report.json")
    assert done.returncode == 3, done.stderr
    report: dict[str, Any] = json.loads((project.folder / "report.json").read_text())
    return project, report["items"], done.stderr


Built = tuple[Project, dict[str, Any], str]


def document(project: Project, item_id: str) -> Any:
    return json.loads((project.folder / "stac" / item_id / f"{item_id}.json").read_text())


@pytest.mark.parametrize("item_id", MISSIONS)
def test_every_mission_is_in_the_catalog_with_its_time(built: Built, item_id: str) -> None:
    project, report, _ = built
    assert report[item_id]["action"] == "add"
    item = document(project, item_id)
    assert_valid(item)
    properties = item["properties"]
    assert (properties["datetime"] or properties["start_datetime"]).startswith(MISSIONS[item_id])
    assert item["geometry"] is not None


def test_whatever_is_left_out_is_named_with_its_reason(built: Built) -> None:
    _, report, errors = built
    failed = {item_id for item_id, item in report.items() if item["action"] == "fail"}
    assert failed >= LEFT_OUT.keys()
    for item_id, words in LEFT_OUT.items():
        assert words in report[item_id]["reason"]
    lines = [line for line in errors.splitlines() if line.startswith("error: files/")]
    assert len(lines) == len(failed)


def test_every_item_that_is_published_is_valid(built: Built) -> None:
    project, report, _ = built
    for item_id, item in report.items():
        if item["action"] == "add":
            assert_valid(document(project, item_id))


def test_pystac_and_pystac_client_read_the_catalog(built: Built) -> None:
    project, report, _ = built
    added = {item_id for item_id, item in report.items() if item["action"] == "add"}
    root = project.folder / "stac" / "catalog.json"
    assert {item.id for item in read_catalog(root).get_items()} == added
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a static catalog conforms to no API
        assert {item.id for item in Client.open(str(root)).get_items()} == added


def test_odc_stac_loads_the_very_pixels(built: Built) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the libraries that odc-stac brings along
        from odc.stac import load

        project, _, _ = built
        wanted = "LC08_L1TP_198029_20220331_20220406_02_T1_B2"
        items = read_catalog(project.folder / "stac" / "catalog.json").get_items()
        [item] = [one for one in items if one.id == wanted]
        item.make_asset_hrefs_absolute()
        loaded = load([item])
        with rasterio.open(project.folder / "files" / "stactools" / f"{wanted}.TIF") as raster:
            expected = raster.read(1)
    [band] = loaded.data_vars.values()
    assert np.array_equal(band.isel(time=0).values, expected)
