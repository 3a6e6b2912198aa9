"""The tutorial's job: the repository's own `catalog.yaml`, built against a stand-in for Zenodo.

The rasters are synthetic, on the grids of the real files; what the tutorial's notebook found on
those grids is the truth here. Its own mistakes are corrected: the dates are those in the names,
not the minute of the run, the roles are not empty, and the file sizes are there.
"""

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
import yaml
from affine import Affine
from project import Project
from server import Server
from stac import assert_valid, read_catalog
from standin import StandIn

from itemcat.files import sha256

TOP = Path(__file__).parent.parent
HOST = "zenodo.org"


@dataclass(frozen=True)
class Scene:
    """A file of the record: its grid, and what the notebook found of it (None: not published)."""

    name: str
    west: float
    north: float
    shape: tuple[int, int]
    dtype: str
    nodata: float
    start: str
    end: str
    bbox: tuple[float, float, float, float] | None = None
    epsg: str = "EPSG:32623"


SCENES = [
    Scene(
        "extent_S1B_EW_GRDH_1SDH_20171111T205337_20171111T205438_008239_00E91A_F8D1.tif",
        272312.5,
        7475962.5,
        (2393, 3860),
        "int16",
        0,
        "2017-11-11T20:53:37Z",
        "2017-11-11T20:54:38Z",
        (-50.295235368856346, 66.77834561360399, -47.9894188361956, 67.37093506267574),
    ),
    Scene(
        "extent_S1B_EW_GRDH_1SDH_20190224T203744_20190224T203844_015093_01C356_B9C1.tif",
        347962.5,
        7450662.5,
        (1808, 2152),
        "uint16",
        65535,
        "2019-02-24T20:37:44Z",
        "2019-02-24T20:38:44Z",
        (-48.50781268741917, 66.72976600161529, -47.23069409514206, 67.15689339235102),
    ),
    Scene(
        "extent_S1B_EW_GRDH_1SDH_20170620T205332_20170620T205433_006139_00AC89_6857.tif",
        272312.5,
        7475962.5,
        (2393, 3862),
        "int16",
        -9999,
        "2017-06-20T20:53:32Z",
        "2017-06-20T20:54:33Z",
        (-50.295235368856346, 66.77834561360399, -47.98828137353865, 67.37095713080194),
    ),
    # The notebook shows no output for these two: they get the grid of a neighbour in the record.
    Scene(
        "extent_S1B_EW_GRDH_1SDH_20180923T202118_20180923T202218_012847_017B82_7DD5.tif",
        350337.5,
        7465212.5,
        (3231, 3565),
        "uint8",
        3,
        "2018-09-23T20:21:18Z",
        "2018-09-23T20:22:18Z",
        (-48.471873995344474, 66.54265118435292, -46.364589840467374, 67.29734023340693),
    ),
    Scene(
        "extent_S1B_EW_GRDH_1SDH_20181108T203747_20181108T203847_013518_01903B_D463.tif",
        350337.5,
        7465212.5,
        (3231, 3565),
        "uint8",
        3,
        "2018-11-08T20:37:47Z",
        "2018-11-08T20:38:47Z",
        (-48.471873995344474, 66.54265118435292, -46.364589840467374, 67.29734023340693),
    ),
]


def pixels(scene: Scene) -> np.ndarray[Any, Any]:
    """A raster of nodata with a block of lakes in it."""
    data = np.full(scene.shape, scene.nodata, scene.dtype)
    data[100:200, 300:500] = 1
    return data


def geotiff(scene: Scene, path: Path) -> bytes:
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        height=scene.shape[0],
        width=scene.shape[1],
        count=1,
        dtype=scene.dtype,
        nodata=scene.nodata,
        crs=scene.epsg,
        transform=Affine(25.0, 0.0, scene.west, 0.0, -25.0, scene.north),
        compress="deflate",
    ) as raster:
        raster.write(pixels(scene), 1)
    return path.read_bytes()


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The files of the record, by name."""
    folder = tmp_path_factory.mktemp("record")
    return {scene.name: geotiff(scene, folder / scene.name) for scene in SCENES}


@pytest.fixture
def zenodo(server: Server, record: dict[str, bytes], tmp_path: Path) -> Iterator[StandIn]:
    for name, data in record.items():
        server.put(f"records/7568049/files/{name}", data, etag=f'"md5:{sha256(data)[:32]}"')
    with StandIn(HOST, server, tmp_path) as standin:
        yield standin


@pytest.fixture
def tutorial(project: Project) -> Project:
    """A folder with the repository's own spec in it, not a character changed."""
    shutil.copy(TOP / "catalog.yaml", project.folder)
    return project


def test_the_tutorials_catalog_with_every_fact_that_its_notebook_got_right(
    tutorial: Project, zenodo: StandIn, record: dict[str, bytes], server: Server
) -> None:
    built = tutorial.run("build", **zenodo.environment)
    assert (built.returncode, built.stderr) == (0, "")
    out = tutorial.folder / "supraglacial-lakes-item-catalog"
    assert {path.relative_to(out).as_posix() for path in out.rglob("*.json")} == {
        "catalog.json",
        *(f"item_{n}/item_{n}.json" for n in range(1, 6)),
    }
    catalog = json.loads((out / "catalog.json").read_text())
    assert_valid(catalog)
    spec = yaml.safe_load((TOP / "catalog.yaml").read_text())
    assert {key: catalog[key] for key in ("id", "title", "description")} == spec["catalog"]
    assert [link["href"] for link in catalog["links"] if link["rel"] == "item"] == [
        f"./item_{n}/item_{n}.json" for n in range(1, 6)
    ]
    for n, scene in enumerate(SCENES, start=1):
        check_item(json.loads((out / f"item_{n}" / f"item_{n}.json").read_text()), scene, record)
    assert len(server.requests) == 5
    again = tutorial.run("build")  # with no proxy: nothing is asked
    assert again.stdout == "nothing to do: 5 items up to date\n"


def check_item(item: dict[str, Any], scene: Scene, record: dict[str, bytes]) -> None:
    assert_valid(item)
    rows, columns = scene.shape
    east, south = scene.west + 25 * columns, scene.north - 25 * rows
    properties = item["properties"]
    assert (properties["start_datetime"], properties["end_datetime"]) == (scene.start, scene.end)
    assert properties["datetime"] is None
    assert properties["title"] == f"Lake extents, {scene.start[:10]}"
    assert properties["proj:code"] == scene.epsg
    assert properties["proj:shape"] == [rows, columns]
    assert properties["proj:transform"] == [25, 0, scene.west, 0, -25, scene.north, 0, 0, 1]
    assert properties["proj:bbox"] == [scene.west, south, east, scene.north]
    assert properties["proj:geometry"]["coordinates"] == [
        [
            [scene.west, south],
            [east, south],
            [east, scene.north],
            [scene.west, scene.north],
            [scene.west, south],
        ]
    ]
    assert item["bbox"] == pytest.approx(scene.bbox, abs=1e-6)
    assert item["geometry"]["type"] == "Polygon"
    assert {link["rel"]: link["href"] for link in item["links"]} == {
        "root": "../catalog.json",
        "parent": "../catalog.json",
    }
    assert item["assets"].keys() == {"data"}
    asset = item["assets"]["data"]
    assert asset["href"] == f"https://{HOST}/records/7568049/files/{scene.name}"
    assert asset["type"] == "image/tiff; application=geotiff"
    assert asset["roles"] == ["data"]
    assert asset["file:size"] == len(record[scene.name])
    assert asset["file:checksum"] == "1220" + sha256(record[scene.name])
    [band] = asset["bands"]
    assert (band["name"], band["description"]) == ("b1", "gray")
    assert (band["data_type"], band["nodata"]) == (scene.dtype, scene.nodata)
    assert (band["raster:scale"], band["raster:offset"]) == (1, 0)
    assert band["raster:sampling"] == "area"
    assert band["statistics"] == {
        "minimum": 1,
        "maximum": 1,
        "mean": 1.0,
        "stddev": 0.0,
        "valid_percent": pytest.approx(100 * 100 * 200 / (rows * columns), rel=1e-9),
    }


def test_pystac_reads_the_tutorials_catalog(tutorial: Project, zenodo: StandIn) -> None:
    assert tutorial.run("build", **zenodo.environment).returncode == 0
    out = tutorial.folder / "supraglacial-lakes-item-catalog"
    items = list(read_catalog(out / "catalog.json").get_items())
    assert [item.id for item in items] == [f"item_{n}" for n in range(1, 6)]
    assert all(item.get_root() is not None and item.get_parent() is not None for item in items)


def test_what_is_said_when_zenodo_is_not_reachable(tutorial: Project) -> None:
    nowhere = "http://127.0.0.1:9"  # the discard port, where nobody listens
    before = tutorial.files()
    done = tutorial.run("build", HTTPS_PROXY=nowhere, https_proxy=nowhere, NO_PROXY="", no_proxy="")
    assert done.returncode == 3
    assert done.stdout == ""
    errors = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert len(errors) == 5
    for scene, error in zip(SCENES, errors, strict=True):
        assert error.startswith(f"error: https://{HOST}/records/7568049/files/{scene.name}: ")
        assert HOST in error.split(": ", 2)[2]
    assert "5 of 5 assets failed: catalog and manifest are as they were" in done.stderr
    assert tutorial.files() == before
