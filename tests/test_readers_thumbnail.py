"""Thumbnails of rasters, pixel by pixel; `test_pictures` has what becomes of them in a build."""

import io
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from numpy.typing import NDArray
from PIL import Image
from rasterio.enums import ColorInterp
from rasters import UTM, write

from itemcat import readers
from itemcat.errors import ReadError
from itemcat.files import json_value, sha256
from itemcat.readers.reduction import classes

SIDE = 384
OPTIONS = {"statistics": "none", "thumbnail": str(SIDE)}


def picture(path: Path, side: int = SIDE) -> NDArray[Any]:
    """The pixels of a thumbnail in red, green, blue and alpha: (rows, columns, 4)."""
    line, data = readers.read_pictured(path, {**OPTIONS, "thumbnail": str(side)})
    assert json_value(line)["thumbnail"] == {"sha256": sha256(data), "size": len(data)}
    image = Image.open(io.BytesIO(data))
    assert image.format == "PNG"
    assert max(image.size) <= side
    return np.array(image.convert("RGBA"))


def noise(shape: tuple[int, int], seed: int = 1) -> NDArray[Any]:
    return np.random.default_rng(seed).normal(300, 40, shape)


def coloured(path: Path, colours: dict[int, tuple[int, ...]]) -> Path:
    """The same file with a colour table."""
    with rasterio.open(path, "r+") as file:
        file.write_colormap(1, colours)
    return path


def interpreted(path: Path, *meanings: str) -> Path:
    """The same file with other meanings of its bands."""
    with rasterio.open(path, "r+") as file:
        file.colorinterp = [ColorInterp[meaning] for meaning in meanings]
    return path


# ---------------------------------------------------------------------------------------- its form


@pytest.mark.parametrize(
    ("rows", "columns", "shape"),
    [
        (3, 4, (3, 4)),  # not enlarged
        (1, 1, (1, 1)),
        (384, 384, (384, 384)),
        (385, 100, (384, 100)),
        (1, 5000, (1, 384)),
        (5000, 1, (384, 1)),
        (1000, 2000, (192, 384)),
        (1999, 1201, (384, 231)),
    ],
)
def test_a_thumbnail_has_the_proportions_of_the_raster(
    tmp_path: Path, rows: int, columns: int, shape: tuple[int, int]
) -> None:
    path = write(tmp_path / "a.tif", noise((1, rows, columns)).astype(np.float32))
    assert picture(path).shape[:2] == shape


def test_the_side_is_that_of_the_options(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tif", noise((1, 100, 300)))
    assert picture(path, side=30).shape == (10, 30, 4)


def test_the_same_pixels_give_the_same_bytes(tmp_path: Path) -> None:
    pixels = noise((1, 700, 900)).astype(np.float32)
    one, other = write(tmp_path / "a.tif", pixels), write(tmp_path / "b.tif", pixels, tiled=True)
    made = [readers.read_pictured(path, OPTIONS)[1] for path in (one, other, one)]
    assert made[0] == made[1] == made[2]


def test_pixels_are_in_the_order_of_the_file(tmp_path: Path) -> None:
    """Also where rows go north, or the grid is rotated."""
    pixels = np.add.outer(np.arange(1000) * 10.0, np.arange(1000))[np.newaxis]
    for grid in (rasterio.Affine(25, 0, 3e5, 0, 25, 7e6), rasterio.Affine(9, 5, 3e5, 5, -9, 7e6)):
        shown = picture(write(tmp_path / "a.tif", pixels, transform=grid))[..., 0].astype(int)
        assert np.all(np.diff(shown, axis=0) >= 0)
        assert shown[0, 0] < 10
        assert shown[-1, -1] > 245


def test_the_record_is_otherwise_the_same(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tif", noise((1, 40, 50)))
    options = {"statistics": "exact"}
    plain = readers.read("raster", path, options)
    pictured = dict(readers.read("raster", path, {**options, "thumbnail": str(SIDE)}))
    del pictured["thumbnail"]
    assert pictured == plain


# --------------------------------------------------------------------------------- grey and colour


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int16", "int32", "float32", "float64"])
def test_one_bright_pixel_blackens_nothing(tmp_path: Path, dtype: str) -> None:
    pixels = (noise((1, 1500, 1500)) / 3).astype(dtype)
    pixels[0, 700, 700] = np.finfo(dtype).max if "float" in dtype else np.iinfo(dtype).max
    shown = picture(write(tmp_path / "a.tif", pixels))[..., 0]
    assert 100 < shown.mean() < 156
    assert shown.std() > 10


def test_grey_goes_from_the_second_to_the_last_but_one_percentile(tmp_path: Path) -> None:
    ramp = np.linspace(0, 1000, 301).reshape(1, 1, 301)
    shown = picture(write(tmp_path / "a.tif", ramp))[0, :, 0]
    assert (shown[:7] == 0).all()
    assert (shown[-7:] == 255).all()
    assert abs(int(shown[150]) - 127) <= 1


def test_values_that_are_nearly_all_alike_still_show_the_others(tmp_path: Path) -> None:
    rain = np.zeros((1, 1000, 1000), np.float32)
    rain[0, :100, :100] = noise((100, 100))
    shown = picture(write(tmp_path / "a.tif", rain))[..., 0]
    assert shown[200:].max() == 0
    assert shown[:38, :38].min() > 100


@pytest.mark.parametrize("dtype", [np.int64, np.uint64])
def test_whole_numbers_that_no_float_has_are_told_apart(tmp_path: Path, dtype: Any) -> None:
    pixels = np.full((1, 300, 300), np.iinfo(dtype).max, dtype)
    pixels[0, 0, :100] = np.arange(100)  # so few that both percentiles are one value
    shown = picture(write(tmp_path / "a.tif", pixels))[..., 0]
    assert (shown[0, :100] == 0).all()
    assert (shown[1:] == 255).all()


def test_an_even_raster_is_an_even_grey(tmp_path: Path) -> None:
    for dtype in (np.uint8, np.float64):
        shown = picture(write(tmp_path / "a.tif", np.full((1, 500, 500), 7, dtype)))
        assert np.unique(shown.reshape(-1, 4), axis=0).tolist() == [[160, 160, 160, 255]]


@pytest.mark.parametrize("dtype", ["complex64", "complex128", "complex_int16"])
def test_complex_numbers_are_shown_by_their_magnitude(tmp_path: Path, dtype: str) -> None:
    phase = np.exp(1j * np.random.default_rng(0).uniform(0, 6.28, (1, 60, 80)))
    pixels = (np.arange(80) * 100 * phase).astype(np.complex64)
    if dtype == "complex128":
        pixels = pixels.astype(np.complex128)
    path = write(tmp_path / "a.tif", pixels, dtype=dtype)
    shown = picture(path)[..., 0].mean(axis=0)
    assert np.all(np.diff(shown[5:75]) > 0)


def test_red_green_and_blue_of_eight_bits_stay_as_they_are(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(90, 110, (3, 20, 30), np.uint8)
    path = write(tmp_path / "a.tif", pixels, photometric="RGB")
    assert np.array_equal(picture(path)[..., :3], np.moveaxis(pixels, 0, -1))


def test_bands_are_told_by_their_meaning_and_not_by_their_place(tmp_path: Path) -> None:
    pixels = np.stack([np.full((5, 5), level, np.uint8) for level in (10, 20, 30, 40)])
    path = interpreted(write(tmp_path / "a.tif", pixels), "blue", "green", "gray", "red")
    assert picture(path)[0, 0].tolist() == [40, 20, 10, 255]


def test_sixteen_bits_are_stretched_jointly(tmp_path: Path) -> None:
    """One stretch for all three, so that colours stay what they are."""
    red = np.linspace(1000, 3000, 2500).reshape(50, 50)
    pixels = np.stack([red, red / 2, red / 4]).astype(np.uint16)
    shown = picture(write(tmp_path / "a.tif", pixels, photometric="RGB")).astype(int)
    assert shown[-1, -1, 0] == 255
    assert 100 < shown[-1, -1, 1] < 140
    assert shown[-1, -1, 2] < shown[-1, -1, 1] < shown[-1, -1, 0]
    assert (np.diff(shown[..., 0].ravel()) >= 0).all()


def test_of_other_bands_the_first_is_shown(tmp_path: Path) -> None:
    first = np.tile(np.arange(50, dtype=np.uint16), (40, 1))
    pixels = np.stack([first, first[:, ::-1], first * 0])
    shown = picture(write(tmp_path / "a.tif", pixels, photometric="MINISBLACK"))
    assert (np.diff(shown[0, :, 0].astype(int)) >= 0).all()


# ------------------------------------------------------------------------------------------ classes


@pytest.mark.parametrize("dtype", ["uint8", "int16", "float32"])
@pytest.mark.parametrize("nodata", [None, 0])
def test_small_lakes_do_not_vanish(tmp_path: Path, dtype: str, nodata: int | None) -> None:
    """Lakes of one pixel of millions, on ice or on nothing at all."""
    pixels = np.zeros((1, 2393, 3860), dtype)
    places = [(7, 9), (1200, 2001), (2390, 3855), (600, 3001)]
    for row, column in places:
        pixels[0, row, column] = 1
    pixels[0, 1500:1800, 100:900] = 1
    shown = picture(write(tmp_path / "a.tif", pixels, nodata=nodata)).astype(int)
    ice = shown[0, -1]
    assert ice[3] == (0 if nodata == 0 else 255)
    for row, column in places:
        lake = shown[row * len(shown) // 2393, column * SIDE // 3860]
        assert lake[3] == 255
        assert nodata == 0 or lake[0] > ice[0] + 100


def test_of_several_classes_the_rarest_wins(tmp_path: Path) -> None:
    pixels = np.zeros((1, 800, 800), np.uint8)
    pixels[0, ::4, ::4] = 9
    pixels[0, 401, 401] = 5
    path = write(tmp_path / "a.tif", pixels)
    table = {0: (1, 2, 3, 255), 5: (250, 0, 0, 255), 9: (0, 0, 250, 255)}
    shown = picture(coloured(path, table), side=200)
    assert shown[100, 100].tolist() == [250, 0, 0, 255]
    shown[100, 100] = (0, 0, 250, 255)
    assert (shown == (0, 0, 250, 255)).all()


def test_classes_are_grey_in_the_order_of_their_values(tmp_path: Path) -> None:
    pixels = np.array([[[30, 30, 30, 20, 20, 10]]], np.int32)
    assert picture(write(tmp_path / "a.tif", pixels))[0, :, 0].tolist() == [
        *(255, 255, 255),
        *(160, 160),
        64,
    ]


def test_a_colour_table_gives_the_colours(tmp_path: Path) -> None:
    """Pixels whose colour is transparent are not seen, nor are those of nodata."""
    path = tmp_path / "a.png"
    image = Image.fromarray(np.array([[0, 1, 2]], np.uint8), "P")
    image.putpalette([10, 20, 30, 7, 7, 7, 0, 200, 0])
    image.save(path, transparency=bytes([255, 0, 255]))
    assert picture(path)[0].tolist() == [[10, 20, 30, 255], [0, 0, 0, 0], [0, 200, 0, 255]]
    path = write(tmp_path / "a.tif", np.array([[[1, 2, 3]]], np.uint8), nodata=2)
    shown = picture(coloured(path, {n: (n, n, n, 255) for n in range(5)}))
    assert shown[0].tolist() == [[1, 1, 1, 255], [0, 0, 0, 0], [3, 3, 3, 255]]


def test_a_table_of_many_colours_is_averaged_as_colours(tmp_path: Path) -> None:
    pixels = np.tile(np.arange(256, dtype=np.uint8), (1, 4, 1))
    path = write(tmp_path / "a.tif", pixels)
    shown = picture(coloured(path, {n: (n, 255 - n, 0, 255) for n in range(256)}), side=128)
    assert np.abs(shown[0, :, 0].astype(int) - np.arange(128) * 2).max() <= 1
    assert np.abs(shown[0, :, 1].astype(int) + shown[0, :, 0] - 255).max() <= 1


def test_classes_are_the_commonest_first_and_not_too_many() -> None:
    values = np.array([[3, 1, 1, 2, 2, 2]])
    everywhere = np.ones(values.shape, bool)
    found = classes(values, everywhere)
    assert found is not None
    assert found.tolist() == [2, 1, 3]
    assert classes(np.arange(33), np.ones(33, bool)) is None
    late = np.repeat(np.arange(33), [10**6, *[1] * 32])  # the first look does not see them
    assert classes(late, np.ones(late.shape, bool)) is None


# -------------------------------------------------------------------------------- what is not valid


@pytest.mark.parametrize("dtype", ["uint8", "int16", "float32"])
def test_nodata_is_transparent(tmp_path: Path, dtype: str) -> None:
    pixels = (noise((1, 400, 400)) / 3).astype(dtype)
    pixels[0, :200] = 7
    shown = picture(write(tmp_path / "a.tif", pixels, nodata=7), side=100)
    assert (shown[:50, :, 3] == 0).all()
    assert (shown[50:, :, 3] == 255).all()
    assert shown[50:, :, 0].std() > 10


def test_what_is_not_valid_is_no_part_of_a_mean(tmp_path: Path) -> None:
    pixels = np.tile(np.linspace(100, 200, 400, dtype=np.float32), (1, 400, 1))
    hidden = pixels.copy()
    hidden[0, ::2] = -9999
    shown = [
        picture(write(tmp_path / "a.tif", one, nodata=-9999), side=100) for one in (pixels, hidden)
    ]
    assert np.array_equal(shown[0], shown[1])


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_what_is_no_number_is_transparent(tmp_path: Path, value: float) -> None:
    pixels = noise((1, 300, 300))
    pixels[0, :, :150] = value
    shown = picture(write(tmp_path / "a.tif", pixels), side=100)
    assert (shown[:, :50, 3] == 0).all()
    assert (shown[:, 50:, 3] == 255).all()


def test_masks_and_alpha_are_transparent(tmp_path: Path) -> None:
    mask = np.zeros((300, 300), np.uint8)
    mask[:, 150:] = 255
    pixels = noise((3, 300, 300)).clip(0, 255).astype(np.uint8)
    masked = write(tmp_path / "a.tif", pixels, mask, photometric="RGB")
    alpha = write(tmp_path / "b.tif", np.stack([*pixels, mask]), photometric="RGB", alpha="yes")
    for path in (masked, alpha):
        shown = picture(path, side=100)
        assert (shown[..., 3] == 255 * (np.arange(100) >= 50)).all()


def test_a_colour_is_hidden_where_none_of_its_bands_is_valid(tmp_path: Path) -> None:
    pixels = np.array([[[0, 0, 5]], [[0, 9, 5]], [[0, 9, 5]]], np.uint8)
    path = write(tmp_path / "a.tif", pixels, nodata=0, photometric="RGB")
    assert picture(path)[0].tolist() == [[0, 0, 0, 0], [0, 9, 9, 255], [5, 5, 5, 255]]


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
def test_nothing_but_nodata_is_fully_transparent(tmp_path: Path, count: int, dtype: str) -> None:
    pixels = np.zeros((count, 500, 400), dtype)
    words = {"photometric": "RGB"} if count == 3 else {}
    shown = picture(write(tmp_path / "a.tif", pixels, nodata=0, **words))
    assert shown.shape == (384, 307, 4)
    assert not shown.any()


# -------------------------------------------------------------------------------- what there is not


def test_a_raster_that_nobody_can_read_has_no_thumbnail_and_says_why(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    shape = {"width": 66000, "height": 66000, "count": 1, "dtype": "uint8"}
    with rasterio.open(
        path, "w", driver="GTiff", transform=UTM, **shape, sparse_ok=True, blockysize=66000
    ):
        pass
    line, data = readers.read_pictured(path, OPTIONS)
    assert data == b""
    assert "which is not believed" in json_value(line)["thumbnail"]["missing"]


def test_pixels_that_are_cut_off_are_an_error_that_names_the_file(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tif", noise((1, 600, 600)), compress="deflate")
    path.write_bytes(path.read_bytes()[:-200_000])
    with pytest.raises(ReadError, match=r"a\.tif: cannot be read"):
        readers.read_pictured(path, OPTIONS)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="no /proc to read memory from")
def test_a_large_raster_is_not_read_as_a_whole(tmp_path: Path) -> None:
    """A sparse one of 40,000 pixels a side takes a small part of its size in memory."""
    path = tmp_path / "a.tif"
    grid = {"driver": "GTiff", "width": 40_000, "height": 40_000, "count": 1, "dtype": "uint16"}
    with rasterio.open(
        path,
        "w",
        **grid,
        crs="EPSG:32623",
        transform=rasterio.Affine(1, 0, 3e5, 0, -1, 7e6),
        tiled=True,
        sparse_ok=True,
        compress="deflate",
    ) as file:
        file.write(np.full((1, 256, 256), 9, np.uint16), window=((0, 256), (0, 256)))
    code = (
        "from pathlib import Path\n"
        "from itemcat import readers\n"
        f"line, data = readers.read_pictured(Path({str(path)!r}), {OPTIONS!r})\n"
        "assert data\n"
        # Not getrusage's, which is that of the process that started this one, if it had more.
        "print(Path('/proc/self/status').read_text().partition('VmHWM:')[2].split()[0])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 900_000  # kB; the pixels are 3,200,000


def test_every_real_raster_has_a_thumbnail_or_a_reason() -> None:
    named = os.environ.get("ITEMCAT_RASTERS")
    if not named:
        pytest.skip("ITEMCAT_RASTERS names no folder of real rasters")
    count = 0
    for path in sorted(path for path in Path(named, "files").rglob("*") if path.is_file()):
        try:
            line, data = readers.read_pictured(path, {**OPTIONS, "statistics": "exact"})
        except ReadError:
            continue  # `test_corpus` has these
        record = json_value(line)
        if not data:
            assert record["thumbnail"]["missing"]
            continue
        count += 1
        image = Image.open(io.BytesIO(data))
        assert max(image.size) == min(SIDE, max(record["shape"]))
        is_complex = record["bands"][0]["data_type"].startswith("c")
        if not is_complex and not any("statistics" in band for band in record["bands"]):
            assert image.getchannel("A").getextrema() == (0, 0)
    assert count > 40
