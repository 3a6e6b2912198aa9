"""STAC 1.0.0 where the spec asks for it: the words of its time for the same facts."""

import json
from concurrent.futures import Executor
from typing import Any

import numpy as np
import pystac
import pytest
from affine import Affine
from project import Project
from rasters import write
from stac import assert_valid, read_catalog

from itemcat.extensions import band_fields, multihash, projection_fields
from itemcat.options import Options
from itemcat.pipeline import build

OLD = """\
catalog: {id: lakes, title: Lakes, description: On ice., stac_version: 1.0.0}
output: out
items: {datetime: 2019-02-24}
assets: [files: "*.tif"]
"""
HOME = "https://stac-extensions.github.io"


def nobody(_: int) -> Executor:
    raise AssertionError("nothing is to be read")


def item(project: Project, name: str) -> Any:
    return json.loads((project.folder / "out" / name / f"{name}.json").read_text())


def test_a_scene_of_the_tutorial_has_the_fields_that_its_notebook_printed(project: Project) -> None:
    pixels = np.full((1, 1808, 2152), 65535, np.uint16)
    pixels[0, :10, :10] = 2
    transform = Affine(25, 0, 347962.5, 0, -25, 7450662.5)
    write(project.folder / "scene.tif", pixels, transform=transform, nodata=65535)
    project.spec(OLD)
    project.build()
    found = item(project, "scene")
    assert_valid(found)
    assert found["stac_version"] == "1.0.0"
    assert found["stac_extensions"] == [
        f"{HOME}/eo/v1.1.0/schema.json",
        f"{HOME}/file/v2.1.0/schema.json",
        f"{HOME}/projection/v1.1.0/schema.json",
        f"{HOME}/raster/v1.1.0/schema.json",
    ]
    ring = [
        [347962.5, 7405462.5],
        [401762.5, 7405462.5],
        [401762.5, 7450662.5],
        [347962.5, 7450662.5],
        [347962.5, 7405462.5],
    ]
    printed = {
        "proj:epsg": 32623,
        "proj:geometry": {"type": "Polygon", "coordinates": [ring]},
        "proj:bbox": [347962.5, 7405462.5, 401762.5, 7450662.5],
        "proj:shape": [1808, 2152],
        "proj:transform": [25.0, 0.0, 347962.5, 0.0, -25.0, 7450662.5, 0.0, 0.0, 1.0],
    }
    assert {name: found["properties"].get(name) for name in printed} == printed
    asset = found["assets"]["data"]
    assert "bands" not in asset
    assert asset["eo:bands"] == [{"name": "b1", "description": "gray"}]
    [band] = asset["raster:bands"]
    assert set(band) == {
        *("data_type", "scale", "offset", "sampling", "nodata", "statistics", "histogram")
    }
    expected = ("uint16", 1.0, 0.0, "area", 65535.0)
    keys = ("data_type", "scale", "offset", "sampling", "nodata")
    assert tuple(band[key] for key in keys) == expected
    assert set(band["statistics"]) == {"mean", "minimum", "maximum", "stddev", "valid_percent"}
    # The notebook's item had the number of edges here, 11, which the extension does not want.
    assert band["histogram"]["count"] == len(band["histogram"]["buckets"]) == 10


def test_the_version_is_rendering_and_reads_nothing_again(project: Project) -> None:
    project.raster("a.tif")
    project.spec(OLD.replace(", stac_version: 1.0.0", ""))
    project.build()
    assert item(project, "a")["stac_version"] == "1.1.0"
    project.spec(OLD)
    result = build(project.folder, Options(cache_dir=project.cache), executor=nobody)
    [decision] = result.decisions.values()
    assert decision.reason == "the spec renders it differently"
    root = project.folder / "out" / "catalog.json"
    assert json.loads(root.read_text())["stac_version"] == "1.0.0"
    [read] = read_catalog(root).get_items()
    assert pystac.extensions.projection.ProjectionExtension.ext(read).epsg == 32623


@pytest.mark.parametrize(
    ("crs", "fields"),
    [
        ({"code": "EPSG:32623"}, {"proj:epsg": 32623}),
        ({"wkt2": "PROJCRS[…]"}, {"proj:epsg": None, "proj:wkt2": "PROJCRS[…]"}),
        (
            {"code": "ESRI:102039", "wkt2": "PROJCRS[…]"},
            {"proj:epsg": None, "proj:wkt2": "PROJCRS[…]"},
        ),
        ({}, {"proj:epsg": None}),
    ],
)
def test_a_crs_without_an_epsg_code_is_null_in_1_0_0(
    crs: dict[str, str], fields: dict[str, Any]
) -> None:
    record = {"shape": [2, 3], **({"crs": crs} if crs else {})}
    assert projection_fields("1.0.0", record) == {"proj:shape": [2, 3], **fields}


def test_a_code_is_enough_in_1_1_0() -> None:
    record = {"shape": [2, 3], "crs": {"code": "ESRI:102039", "wkt2": "PROJCRS[…]"}}
    expected = {"proj:shape": [2, 3], "proj:code": "ESRI:102039"}
    assert projection_fields("1.1.0", record) == expected


@pytest.mark.parametrize("kind", ["no crs", "other authority", "own crs", "wavelengths"])
def test_every_kind_of_record_is_valid_in_1_0_0(project: Project, kind: str) -> None:
    own = "+proj=laea +lat_0=71.3 +lon_0=-42.7 +datum=WGS84 +units=m"
    crs = {"no crs": None, "other authority": "ESRI:102039", "own crs": own}.get(kind, "EPSG:32623")
    path = write(project.folder / "a.tif", crs=crs)
    if kind == "wavelengths":
        import rasterio

        with rasterio.open(path, "r+") as file:
            file.update_tags(1, ns="IMAGERY", CENTRAL_WAVELENGTH_UM="0.66", FWHM_UM="0.03")
            file.update_tags(ns="IMAGERY", CLOUDCOVER="12")
    project.spec(OLD)
    project.build()
    found = item(project, "a")
    assert_valid(found)
    properties, asset = found["properties"], found["assets"]["data"]
    if kind == "wavelengths":
        assert asset["eo:bands"][0]["center_wavelength"] == 0.66
        assert properties["eo:cloud_cover"] == 12
    elif kind != "no crs":
        assert properties["proj:epsg"] is None
        assert properties["proj:wkt2"].startswith("PROJCRS[")


def test_bands_are_only_those_of_the_extensions_shown() -> None:
    record = {"bands": [{"name": "b1", "data_type": "uint8", "scale": 2.0}]}
    assert band_fields("1.0.0", ["eo"], record) == {"eo:bands": [{"name": "b1"}]}
    assert band_fields("1.1.0", ["raster"], record) == {
        "bands": [{"data_type": "uint8", "raster:scale": 2.0}]
    }
    assert band_fields("1.0.0", [], record) == {}


@pytest.mark.parametrize(
    ("checksum", "found"),
    [
        ("md5:" + "0f" * 16, "d50110" + "0f" * 16),
        ("MD5:" + "0F" * 16, "d50110" + "0f" * 16),
        ("sha1:" + "0f" * 20, "1114" + "0f" * 20),
        ("sha256:" + "0f" * 32, "1220" + "0f" * 32),
        ("sha384:" + "0f" * 48, "2030" + "0f" * 48),
        ("sha512:" + "0f" * 64, "1340" + "0f" * 64),
        ("md5:" + "0f" * 15, None),
        ("md5:" + "0g" * 16, None),
        ("crc32:0f0f0f0f", None),
        ("", None),
    ],
)
def test_a_checksum_as_a_multihash(checksum: str, found: str | None) -> None:
    assert multihash(checksum) == found
