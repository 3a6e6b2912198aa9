"""Measure reading by heads: `python benchmarks/remote.py [--files N] [--runs N]`.

Cloud-optimized GeoTIFFs behind 20 ms of latency, by four ways, in turn and each in a process of its
own: GDAL's defaults over `/vsicurl` with 16 threads, which only open a file and ask for its grid;
the same, tuned; itemcat's own fetching and reading with 16 threads; what `itemcat build` does, with
two workers; and the same with the statistics of a sample. Prints files a second, and requests and
bytes of body a file as the server counts them. Promised: 1 request and at most 32 KB a file,
and 20 times the files a second of GDAL's defaults.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import rasterio
from affine import Affine

LATENCY = 0.02  # seconds
AT_ONCE = 16
SIDE = 4096
TUNED = {
    "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR",
    "GDAL_PAM_ENABLED": "NO",
    "GDAL_HTTP_MULTIPLEX": "NO",
    "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": ".tif",
}
SPEC = """\
catalog: {id: bench, title: Benchmark, description: Files to measure with.}
output: out
items: {datetime: 2020-01-01}
read: {access: remote}
assets:
"""


def main() -> None:
    """Run all, and print what came out."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=300)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--way", choices=WAYS, help=argparse.SUPPRESS)
    parser.add_argument("--url", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.way:
        urls = [f"{given.url}/{number}.tif" for number in range(given.files)]
        print(WAYS[given.way](urls))
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        cog(folder / "cog.tif")
        files = folder / "files"
        files.mkdir()
        for number in range(given.files):
            (files / f"{number}.tif").symlink_to(folder / "cog.tif")
        rates: dict[str, list[float]] = {way: [] for way in WAYS}
        for _ in range(given.runs):
            for way in WAYS:
                # GDAL's defaults are so slow that fewer files tell as much.
                count = max(given.files // 8, AT_ONCE) if way == "defaults" else given.files
                seconds, asked = measured(way, files, count)
                rates[way].append(count / seconds)
                print(
                    f"{way}: {count / seconds:.1f} files/s, a file {asked['requests'] / count:.2f}"
                    f" requests and {asked['bytes'] / count / 1024:.1f} KiB",
                    flush=True,
                )
    for way in WAYS:
        times = [one / other for one, other in zip(rates[way], rates["defaults"], strict=True)]
        middle = statistics.median(rates[way])
        print(
            f"{way}: {middle:.1f} files/s ({min(rates[way]):.1f} to {max(rates[way]):.1f}), "
            f"{statistics.median(times):.1f} times GDAL's defaults"
        )


def cog(path: Path) -> None:
    """A GeoTIFF of three bands and 4096x4096 pixels with overviews, a mask and tags."""
    pixels = np.random.default_rng(0).integers(0, 255, (3, SIDE, SIDE), np.uint8)
    with rasterio.open(
        path,
        "w",
        driver="COG",
        width=SIDE,
        height=SIDE,
        count=3,
        dtype="uint8",
        crs="EPSG:32623",
        transform=Affine(10, 0, 300000, 0, -10, 7400000),
        compress="deflate",
        level=1,
    ) as raster:
        raster.write(pixels)
        raster.write_mask(pixels[0] > 9)
        raster.update_tags(TIFFTAG_DATETIME="2020:01:01 00:00:00")


def measured(way: str, files: Path, count: int) -> tuple[float, dict[str, int]]:
    """Seconds that one way takes for so many files, and what the server saw of it."""
    server = [sys.executable, str(Path(__file__).parent / "server.py"), str(files)]
    with subprocess.Popen(
        [*server, "--latency", str(LATENCY)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        command = [sys.executable, __file__, "--way", way, "--url", url, "--files", str(count)]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        process.stdin.close()
        return float(done.stdout), json.loads(process.stdout.readline())


# ------------------------------------------------------------- the ways: seconds for some addresses


def defaults(urls: list[str], **settings: str) -> float:
    """GDAL as it comes."""

    def look(url: str) -> object:
        with rasterio.Env(**settings), rasterio.open(url) as raster:
            return raster.shape, raster.crs, raster.transform, raster.overviews(1), raster.tags()

    return in_threads(look, urls)


def tuned(urls: list[str]) -> float:
    """GDAL with the settings that are recommended for such files."""
    return defaults(urls, **TUNED)


def reading(urls: list[str]) -> float:
    """itemcat's fetching and reading, without its limit of requests to one host."""
    from itemcat import readers  # noqa: PLC0415
    from itemcat.cache import Cache  # noqa: PLC0415
    from itemcat.fetch import Fetcher  # noqa: PLC0415
    from itemcat.model import Asset  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as cache, Fetcher(Cache(Path(cache))) as fetcher:

        def look(url: str) -> object:
            seen = fetcher.glimpse(Asset(url.rpartition("/")[2], url), None)
            assert seen.excerpt
            found = readers.read_excerpt(readers.RASTER, seen.excerpt, {"statistics": "none"})
            assert isinstance(found, str)
            return found

        return in_threads(look, urls)


def building(urls: list[str], spec: str = SPEC) -> float:
    """A whole build from nothing, its start included."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        lines = "".join(f"  - {url}\n" for url in urls)
        (folder / "catalog.yaml").write_text(spec + lines, "utf-8")
        command = [sys.executable, "-m", "itemcat", "build", "-q", "-j", "2"]
        start = time.perf_counter()
        subprocess.run(
            [*command, "--cache-dir", str(folder / "cache"), str(folder)],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        return time.perf_counter() - start


def sampling(urls: list[str]) -> float:
    """The same with statistics of a sample: of the overview of 1024x1024 pixels."""
    return building(urls, SPEC.replace("remote", "remote, statistics: sampled"))


def in_threads(look: Callable[[str], object], urls: list[str]) -> float:
    """Seconds for all of them, 16 at once, the libraries loaded and warm."""
    with ThreadPoolExecutor(AT_ONCE) as threads:
        look(urls[0])
        start = time.perf_counter()
        list(threads.map(look, urls))
        return time.perf_counter() - start


WAYS = {
    "defaults": defaults,
    "tuned": tuned,
    "reading": reading,
    "building": building,
    "sampling": sampling,
}

if __name__ == "__main__":
    main()
