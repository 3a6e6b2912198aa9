"""Measure builds against what they replace: `python benchmarks/build.py [--files N] [--runs N]`.

Cold: N GeoTIFFs of 2000x2000 pixels, served from this machine with 20 ms before each answer: once
masks of lakes, as the tutorial's scenes are, and once noisy pictures, sixty times as large. The
loop of the tutorial (requests, rio-stac and pystac, one file after the other) against `itemcat
build` with an empty cache, in turn, each in a process of its own. Idle: a second build
of 1,000 items with nothing to do. Medians of all runs; only the ratios of one run compare.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from affine import Affine

LATENCY = 0.02  # seconds
SIDE = 2000
IDLE_ITEMS = 1000
SPEC = """\
catalog: {id: bench, title: Benchmark, description: Files to measure with.}
output: out
items: {datetime: 2020-01-01}
assets:
"""


def main() -> None:
    """Run all, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=100)
    parser.add_argument("--runs", type=int, default=3)
    arguments = parser.parse_args()
    for kind in ("masks", "pictures"):
        with tempfile.TemporaryDirectory() as name:
            cold(Path(name), kind, arguments.files, arguments.runs)
    with tempfile.TemporaryDirectory() as name:
        idle(Path(name), arguments.runs)


def write_raster(path: Path, seed: int, kind: str, side: int = SIDE) -> None:
    """A deflated GeoTIFF: a mask of lakes, or smooth areas with a little noise."""
    rng = np.random.default_rng(seed)
    waves = np.add.outer(np.sin(np.arange(side) / 40 + seed), np.cos(np.arange(side) / 55))
    if kind == "masks":
        pixels = (waves > 1.2).astype(np.uint8) + np.uint8(1)
    else:
        pixels = ((waves + 2) * 40).astype(np.uint8) + rng.integers(0, 2, (side, side), np.uint8)
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        width=side,
        height=side,
        count=1,
        dtype="uint8",
        nodata=0,
        crs="EPSG:32623",
        transform=Affine(25, 0, 300000, 0, -25, 7400000),
        compress="deflate",
    ) as raster:
        raster.write(pixels, 1)


class _Slow(SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # as any real server; else a kept connection waits 40 ms

    def do_GET(self) -> None:
        time.sleep(LATENCY)  # the distance to a server, not a wait for something
        super().do_GET()

    def log_message(self, format: str, *args: Any) -> None:
        pass


def serve(folder: Path) -> tuple[list[str], Callable[[], None]]:
    """The addresses of the folder's files on a server of this machine, and how to stop it."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Slow, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    root = f"http://127.0.0.1:{server.server_address[1]}"
    return [f"{root}/{path.name}" for path in sorted(folder.iterdir())], server.shutdown


LOOP = """
import sys
from pathlib import Path
import pystac, requests
from rio_stac import create_stac_item
folder, *urls = sys.argv[1:]
catalog = pystac.Catalog("bench", "Files to measure with.", title="Benchmark")
for n, url in enumerate(urls, start=1):
    path = Path(folder, url.rsplit("/", 1)[1])
    path.write_bytes(requests.get(url, timeout=60).content)
    item = create_stac_item(str(path), id=f"item_{n}", asset_name="data", asset_href=url,
                            with_proj=True, with_raster=True, with_eo=True)
    catalog.add_item(item)
catalog.normalize_and_save(f"{folder}/out", pystac.CatalogType.SELF_CONTAINED)
"""


def cold(folder: Path, kind: str, count: int, runs: int) -> None:
    """The loop and the build in turn, from nothing."""
    (folder / "files").mkdir()
    for seed in range(count):
        write_raster(folder / "files" / f"scene_{seed:03d}.tif", seed, kind)
    size = sum(path.stat().st_size for path in (folder / "files").iterdir()) // count
    urls, stop = serve(folder / "files")
    times: dict[str, list[float]] = {"loop": [], "build": []}
    for run in range(runs):
        for name, measured in times.items():
            place = folder / f"{name}{run}"
            place.mkdir()
            (place / "catalog.yaml").write_text(SPEC + "".join(f"  - {url}\n" for url in urls))
            command = {
                "loop": [sys.executable, "-W", "ignore", "-c", LOOP, str(place), *urls],
                "build": [sys.executable, "-m", "itemcat", "build", "-q", str(place)],
            }[name]
            measured.append(timed(command, place / "cache")[0])
    stop()
    ratios = [a / b for a, b in zip(times["loop"], times["build"], strict=True)]
    print(f"cold, {count} {kind} of {SIDE}x{SIDE}, {size} bytes each, {LATENCY * 1000:.0f} ms")
    print(f"  tutorial's loop   {spread(times['loop'])} s")
    print(f"  itemcat build     {spread(times['build'])} s")
    print(f"  ratio             {spread(ratios)}")


def idle(folder: Path, runs: int) -> None:
    """A second build of many small files."""
    place = folder / "idle"
    (place / "files").mkdir(parents=True)
    for seed in range(IDLE_ITEMS):
        write_raster(place / "files" / f"scene_{seed:04d}.tif", seed, "masks", side=16)
    (place / "catalog.yaml").write_text(SPEC + '  - files: "files/*.tif"\n')
    command = [sys.executable, "-m", "itemcat", "build", "--report", "report.json", str(place)]
    timed(command, place / "cache", cwd=place)
    measured = [timed(command, place / "cache", cwd=place) for _ in range(max(runs, 5))]
    report = json.loads((place / "report.json").read_text())
    assert all(item["action"] == "keep" for item in report["items"].values())
    print(f"nothing to do, {len(report['items'])} items, {report['totals']['requests']} requests")
    print(f"  wall              {spread([wall for wall, _ in measured])} s")
    print(f"  CPU               {spread([cpu for _, cpu in measured])} s")
    bare = [timed([sys.executable, "-c", "pass"], place / "cache") for _ in measured]
    print(f"  CPU of bare Python {spread([cpu for _, cpu in bare])} s")


def timed(command: list[str], cache: Path, cwd: Path | None = None) -> tuple[float, float]:
    """Wall and CPU seconds of a process and its children."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    subprocess.run(
        command,
        check=True,
        cwd=cwd,
        env={**os.environ, "ITEMCAT_CACHE_DIR": str(cache)},
        stdout=subprocess.DEVNULL,
    )
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def spread(values: list[float]) -> str:
    """Median, minimum and maximum."""
    return f"{statistics.median(values):7.3f}  ({min(values):.3f} to {max(values):.3f})"


if __name__ == "__main__":
    main()
