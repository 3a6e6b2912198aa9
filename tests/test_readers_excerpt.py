"""Records of files of which only some bytes are at hand: those of a full read, or none."""

import os
import struct
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine
from hypothesis import given
from hypothesis import strategies as st
from rasterio.control import GroundControlPoint
from rasterio.enums import Resampling
from rasterio.rpc import RPC
from rasters import plain_tiff, tagged, write

from itemcat import readers
from itemcat.errors import ReadError
from itemcat.excerpt import Excerpt

HEAD = 1 << 15
OPTIONS = {"statistics": "none"}
SAMPLED = {"statistics": "sampled"}
RASTERS = Path(os.environ.get("ITEMCAT_RASTERS", ""))
MAGIC = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")


def noise(*shape: int) -> np.ndarray:
    """Pixels that no compression makes small."""
    return np.random.default_rng(7).integers(0, 255, shape, np.uint8)


def with_overviews(path: Path) -> Path:
    with rasterio.open(path, "r+") as file:
        file.build_overviews([2, 4], Resampling.average)
    return path


def with_late_mask(path: Path) -> Path:
    inside = rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True)
    with inside, rasterio.open(path, "r+", IGNORE_COG_LAYOUT_BREAK=True) as file:
        file.write_mask(noise(*file.shape) > 99)
    return path


def with_points(path: Path) -> Path:
    points = [
        GroundControlPoint(r, c, 10 + c / 900, 60 - r / 900) for r in (0, 300) for c in (0, 300)
    ]
    grid = {"transform": None, "crs": "EPSG:4326"}
    return write(path, noise(1, 300, 300), gcps=points, **grid)


def with_rpcs(path: Path) -> Path:
    one, lat, long = [1.0, *[0.0] * 19], [0.0, 0, -1, *[0.0] * 17], [0.0, 1, *[0.0] * 18]
    rpcs = RPC(0, 1, 60, 1, one, lat, 150, 150, 10, 1, one, long, 150, 150)
    return write(path, noise(1, 300, 300), transform=None, crs=None, rpcs=rpcs)


def with_images(path: Path) -> Path:
    """Three images; GDAL names the second and third, and reads the first."""
    write(path, noise(1, 300, 300))
    for _ in range(2):
        write(path, noise(1, 300, 300), APPEND_SUBDATASET="YES")
    return path


def with_late_tags(path: Path) -> Path:
    write(path, noise(2, 300, 300))
    with rasterio.open(path, "r+") as file:
        file.descriptions = ("near", "far")
        file.nodata = 7
        file.scales, file.units = (0.1, 0.2), ("m", "K")
    return tagged(path, TIFFTAG_DATETIME="2020:01:02 03:04:05")


def with_profile(path: Path) -> Path:
    """An ICC profile, which says nothing that we show, of more bytes than a head has."""
    return write(path, noise(3, 300, 300), photometric="RGB", SOURCE_ICC_PROFILE="QUJD" * 20_000)


def alone(path: Path) -> Path:
    """A pixel whose one strip is before its directory."""
    return plain_tiff(path, (256, 4, 1, 1), (257, 4, 1, 1), (258, 3, 1, 8), pixels=b"\x01")


FILES: dict[str, Callable[[Path], Path]] = {
    "cog": lambda p: write(p, noise(3, 1500, 1500), driver="COG", compress="deflate"),
    "cog-jpeg": lambda p: write(p, noise(3, 1500, 1500), driver="COG", compress="jpeg"),
    "cog-webp": lambda p: write(p, noise(3, 1500, 1500), driver="COG", compress="webp"),
    "cog-mask": lambda p: write(
        p, noise(3, 1500, 1500), noise(1500, 1500) > 99, driver="COG", compress="deflate"
    ),
    "cog-nodata": lambda p: write(p, noise(1, 1500, 1500), driver="COG", nodata=7),
    "cog-polar": lambda p: write(
        p, noise(1, 900, 900), driver="COG", crs="EPSG:3031",
        transform=Affine(5000, 0, -2.2e6, 0, -5000, 2.2e6),
    ),
    "striped": lambda p: write(p, noise(1, 700, 700)),
    "tiled": lambda p: write(p, noise(1, 700, 700), tiled=True, blockxsize=64, blockysize=64),
    "many-tiles": lambda p: write(
        p, noise(1, 3000, 3000), tiled=True, blockxsize=16, blockysize=16
    ),
    "bigtiff": lambda p: write(p, noise(2, 700, 700), BIGTIFF="YES"),
    "big-endian": lambda p: write(p, noise(2, 700, 700), ENDIANNESS="BIG"),
    "big-endian-bigtiff": lambda p: write(p, noise(1, 700, 700), ENDIANNESS="BIG", BIGTIFF="YES"),
    "mask": lambda p: write(p, noise(1, 700, 700), noise(700, 700) > 99),
    "late-mask": lambda p: with_late_mask(write(p, noise(1, 700, 700))),
    "late-overviews": lambda p: with_overviews(write(p, noise(1, 1500, 1500), tiled=True)),
    "late-both": lambda p: with_late_mask(with_overviews(write(p, noise(1, 1500, 1500)))),
    "late-in-cog": lambda p: with_late_mask(write(p, noise(1, 1500, 1500), driver="COG")),
    "late-tags": with_late_tags,
    "bands": lambda p: write(p, noise(70, 90, 90), interleave="band"),
    "huge-tags": lambda p: tagged(write(p, noise(1, 300, 300)), NOTE="word " * 40_000),
    "points": with_points,
    "rpcs": with_rpcs,
    "images": with_images,
    "profile": with_profile,
    "palette": lambda p: write(p, noise(1, 700, 700), photometric="palette"),
    "imagery": lambda p: tagged(write(p, noise(1, 700, 700)), "IMAGERY", CLOUDCOVER="12.5"),
    "pixel": lambda p: write(p, noise(1, 1, 1)),
    "alone": alone,
    "sparse": lambda p: write(p, np.zeros((1, 700, 700), np.uint8), SPARSE_OK="TRUE", tiled=True),
}  # fmt: skip


def real() -> list[Path]:
    if not os.environ.get("ITEMCAT_RASTERS"):
        return []
    paths = sorted(path for path in RASTERS.rglob("*") if path.is_file())
    return [path for path in paths if path.read_bytes()[:4] in MAGIC]


def remotely(
    path: Path, head: int = HEAD, most: int = 1 << 10, options: Mapping[str, str] = OPTIONS
) -> tuple[str, int]:
    """The record of a file as it is read over a network, and the number of requests for it."""
    data = path.read_bytes()
    excerpt = Excerpt(path.name, len(data), {0: data[:head]})
    while len(excerpt.parts) < most:
        found = readers.read_excerpt(readers.RASTER, excerpt, options)
        if isinstance(found, str):
            return found, len(excerpt.parts)
        spans = excerpt.missing(found)
        excerpt = excerpt.extended({start: data[start:stop] for start, stop in spans})
    raise AssertionError(f"{path.name} takes more than {most} requests")


def outcome(read: Callable[[], str]) -> str:
    """A record, or the reader's error."""
    try:
        return read()
    except ReadError as error:
        return f"{error.what} ({error.hint})"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All files of the table."""
    folder = tmp_path_factory.mktemp("excerpts")
    for name, make in FILES.items():
        make(folder / f"{name}.tif")
    return folder


@pytest.mark.parametrize("name", FILES)
def test_no_fact_differs(name: str, folder: Path) -> None:
    path = folder / f"{name}.tif"
    assert remotely(path, most=16)[0] == readers.read_line(readers.RASTER, path, OPTIONS)


@pytest.mark.parametrize("name", FILES)
def test_no_sampled_number_differs(name: str, folder: Path) -> None:
    path = folder / f"{name}.tif"
    whole = readers.read_line(readers.RASTER, path, SAMPLED)
    assert remotely(path, most=16, options=SAMPLED)[0] == whole


@pytest.mark.parametrize("options", [OPTIONS, SAMPLED], ids=["none", "sampled"])
@pytest.mark.parametrize("path", real(), ids=lambda path: path.name)
def test_no_fact_of_a_real_file_differs(path: Path, options: Mapping[str, str]) -> None:
    whole = outcome(lambda: readers.read_line(readers.RASTER, path, options))
    assert outcome(lambda: remotely(path, most=16, options=options)[0]) == whole


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("side", [1030, 1700, 2200, 2600, 3500, 4300])
def test_the_sample_of_a_cog_takes_a_second_request(
    side: int, masked: bool, tmp_path: Path
) -> None:
    pixels = np.tile(noise(2, 50, 50), (1, side // 50 + 1, side // 50 + 1))[:, :side, : side - 9]
    mask = pixels[0] > 99 if masked else None
    path = write(tmp_path / "a.tif", pixels, mask, driver="COG", compress="none")
    line, requests = remotely(path, options=SAMPLED)
    assert line == readers.read_line(readers.RASTER, path, SAMPLED)
    assert requests == 2


def test_a_sample_is_of_the_smallest_fitting_overview_and_of_no_more_bytes(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tif", noise(1, 4096, 4096), driver="COG")
    data = path.read_bytes()
    excerpt = Excerpt(path.name, len(data), {0: data[:HEAD]})
    gaps = readers.read_excerpt(readers.RASTER, excerpt, SAMPLED)
    assert isinstance(gaps, list)
    asked = sum(stop - start for start, stop in excerpt.missing(gaps))
    assert 1024 * 1024 - HEAD <= asked < 1024 * 1024 * 1.1


@pytest.mark.parametrize("name", [name for name in FILES if name.startswith("cog")])
def test_a_cog_takes_one_request(name: str, folder: Path) -> None:
    assert remotely(folder / f"{name}.tif")[1] == 1


@pytest.mark.parametrize("name", ["late-mask", "late-overviews", "late-in-cog", "late-tags"])
def test_what_was_appended_is_missed(name: str, folder: Path) -> None:
    path = folder / f"{name}.tif"
    data = path.read_bytes()
    excerpt = Excerpt(path.name, len(data), {0: data[:HEAD]})
    gaps = readers.read_excerpt(readers.RASTER, excerpt, OPTIONS)
    assert isinstance(gaps, list)
    assert all(start >= HEAD for start, _ in gaps)


@given(
    name=st.sampled_from(["cog-mask", "late-both", "late-tags", "bands"]),
    head=st.integers(1024, 9000),
)
def test_no_fact_differs_by_what_is_at_hand(name: str, head: int, folder: Path) -> None:
    path = folder / f"{name}.tif"
    assert remotely(path, head)[0] == readers.read_line(readers.RASTER, path, OPTIONS)


def test_only_a_tiff_is_read_by_its_head(tmp_path: Path) -> None:
    path = write(tmp_path / "a.png", driver="PNG", crs=None, transform=None)
    with pytest.raises(ReadError, match="not a TIFF") as caught:
        remotely(path)
    assert "access: download" in caught.value.hint


def test_a_damaged_file_is_named_as_its_publisher_does(tmp_path: Path) -> None:
    path = tmp_path / r"a\1 b.tif"
    path.write_bytes(struct.pack("<4sIH", b"II*\0", 8, 40) + b"\xff" * 480)
    with pytest.raises(ReadError) as caught:
        remotely(path)
    assert caught.value.where == path.name
    assert "vsi" not in caught.value.what


def test_gaps_become_few_requests() -> None:
    excerpt = Excerpt("a.tif", 200_000, {0: b"x" * 1000, 150_000: b"x" * 1000})
    assert excerpt.missing([(1000, 1008), (2000, 2010)]) == [(1000, 18_384)]
    assert excerpt.missing([(149_990, 150_000)]) == [(149_990, 150_000)]
    longer = excerpt.extended({1000: b"x" * 49_000})
    assert longer.missing([(50_000, 50_008)]) == [(50_000, 99_000)]  # as much as there is before
    assert excerpt.missing([(199_990, 200_000)]) == [(199_990, 200_000)]
    assert excerpt.missing([(100_000, 140_000), (1000, 1001)]) == [
        (1000, 17_384),
        (100_000, 140_000),
    ]
