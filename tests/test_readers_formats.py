"""What a file is: its true media type, or why it is no raster."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import rasterio
import rasterio.shutil
from rasterio.enums import Resampling
from rasters import GEOTIFF, plain_tiff, record_of, refusal, write

COG = "image/tiff; application=geotiff; profile=cloud-optimized"


def test_cloud_optimized_is_looked_at(tmp_path: Path) -> None:
    pixels = np.random.default_rng(4).integers(0, 9, (1, 700, 700)).astype(np.uint8)
    plain = write(tmp_path / "plain.tif", pixels)
    tiled = write(tmp_path / "tiled.tif", pixels, tiled=True, blockxsize=256, blockysize=256)
    rasterio.shutil.copy(tiled, tmp_path / "cog.tif", driver="COG", blocksize=256)
    with rasterio.open(tiled, "r+") as file:  # overviews at the end are not cloud-optimized
        file.build_overviews([2, 4], Resampling.nearest)
    assert record_of(plain)["media_type"] == GEOTIFF
    assert record_of(tiled)["media_type"] == GEOTIFF
    assert record_of(tmp_path / "cog.tif")["media_type"] == COG
    with rasterio.open(
        tmp_path / "cog.tif", "r+", IGNORE_COG_LAYOUT_BREAK="YES"
    ) as file:  # changed in place: GDAL takes its mark back
        file.update_tags(NOTE="n" * 4000)
    assert record_of(tmp_path / "cog.tif")["media_type"] == GEOTIFF


@pytest.mark.parametrize(
    ("driver", "media_type"),
    [
        ("PNG", "image/png"),
        ("JPEG", "image/jpeg"),
        ("WEBP", "image/webp"),
        ("JP2OpenJPEG", "image/jp2"),
        ("HFA", None),
        ("netCDF", "application/netcdf"),
    ],
)
def test_media_types_of_other_formats(tmp_path: Path, driver: str, media_type: str | None) -> None:
    pixels = np.full((3, 64, 64), 7, np.uint8)
    if driver == "netCDF":
        pixels = pixels[:1]
    source = write(tmp_path / "a.tif", pixels)
    rasterio.shutil.copy(source, tmp_path / "b", driver=driver)
    (tmp_path / "b.aux.xml").unlink(missing_ok=True)
    record = record_of(tmp_path / "b")
    assert record.get("media_type") == media_type
    assert record["shape"] == [64, 64]
    assert record["bands"][0]["statistics"]["valid_percent"] == 100.0


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "is empty"),
        (b"<!DOCTYPE html><html><body>Log in</body></html>", "an HTML page"),
        (b"\n<html>", "an HTML page"),
        (b'<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>', "an XML document"),
        (b'{"status": 429}', "a JSON document"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "a Git LFS pointer"),
        (b"PK\x03\x04\x14\0\0\0", "a ZIP archive"),
        (b"\x1f\x8b\x08\0\0\0\0\0", "a gzip archive"),
        (b"Too many requests, come back later", "a text file"),
        (bytes(range(256)), "not a raster in a known format"),
        (b"II*\0", "cannot be read"),
        (b"\x89PNG\r\n\x1a\n" + bytes(64), "cannot be read"),
        (b"\xff\xd8\xff\xe0" + bytes(64), "cannot be read"),
        (b"GRIB" + bytes(64), "cannot be read"),
        (b"CDF\x01" + bytes(64), "cannot be read"),
        (b"\x89HDF\r\n\x1a\n" + bytes(64), "cannot be read"),
        (b"EHFA_HEADER_TAG\0" + bytes(64), "cannot be read"),
        (b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(64), "cannot be read"),
        (b"RIFF\x40\0\0\0WEBPVP8 " + bytes(64), "cannot be read"),
    ],
)
def test_what_is_no_raster_is_named(tmp_path: Path, content: bytes, what: str) -> None:
    path = tmp_path / "scene.tif"
    path.write_bytes(content)
    error = refusal(path)
    assert what in error.what
    assert error.hint


def test_a_vrt_named_tif_reads_no_other_file(tmp_path: Path) -> None:
    source = write(tmp_path / "secret.tif")
    rasterio.shutil.copy(source, tmp_path / "scene.vrt", driver="VRT")
    (tmp_path / "scene.vrt").rename(tmp_path / "scene.tif")
    assert "a VRT" in refusal(tmp_path / "scene.tif").what


def test_an_imagine_file_with_its_pixels_elsewhere_is_refused(tmp_path: Path) -> None:
    source = write(tmp_path / "a.tif", np.ones((1, 64, 64), np.uint8))
    rasterio.shutil.copy(source, tmp_path / "b.img", driver="HFA", USE_SPILL="YES")
    assert (tmp_path / "b.ige").exists()
    assert "b.ige" in refusal(tmp_path / "b.img").what


def test_a_cut_or_damaged_file_is_named(tmp_path: Path) -> None:
    pixels = np.random.default_rng(5).integers(0, 255, (1, 300, 300)).astype(np.uint8)
    whole = write(tmp_path / "a.tif", pixels, compress="deflate", tiled=True).read_bytes()
    path = tmp_path / "b.tif"
    for size in (9, 100, len(whole) // 2, len(whole) - 100):
        path.write_bytes(whole[:size])
        assert "cannot be read: " in refusal(path).what
    path.write_bytes(whole[: len(whole) // 2] + b"\xff" * (len(whole) // 2))
    assert "cannot be read: " in refusal(path).what


@pytest.mark.skipif(sys.platform != "linux", reason="the peak is read from /proc")
def test_absurd_tiffs_are_refused_in_little_memory(tmp_path: Path) -> None:
    claims = {"square": (66000, 66000), "long": (2048, 1 << 30)}
    for name, (width, height) in claims.items():
        tags = [(256, 4, 1, width), (257, 4, 1, height), (258, 3, 1, 8), (278, 4, 1, height)]
        plain_tiff(tmp_path / name, *tags, (279, 4, 1, 9))
    code = """
import sys
from pathlib import Path
from itemcat.errors import ReadError
from itemcat.readers import read
for path in sys.argv[1:]:
    for mode in ("exact", "sampled", "none"):
        try:
            read("raster", Path(path), {"statistics": mode})
        except ReadError:
            print("refused", mode)
# Not getrusage: there a process has the peak of the one that started it.
[peak] = [line for line in open("/proc/self/status") if line.startswith("VmHWM")]
print(peak.split()[1])
"""
    paths = [str(tmp_path / name) for name in claims]
    out = subprocess.run(
        [sys.executable, "-c", code, *paths], check=True, capture_output=True, text=True
    )
    *refused, peak = out.stdout.splitlines()
    assert refused == ["refused exact", "refused sampled"] * 2
    assert int(peak) < 500_000  # kilobytes
    assert not out.stderr


def test_a_missing_file_is_an_error_of_ours(tmp_path: Path) -> None:
    assert "cannot be opened" in refusal(tmp_path / "gone.tif").what
    assert "cannot be opened" in refusal(tmp_path).what
