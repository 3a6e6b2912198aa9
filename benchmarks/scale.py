"""Measure large catalogs: `python benchmarks/scale.py [--items 1000 10000 100000] [--runs N]`.

Each catalog is made of a manifest with the records of one small raster under as many addresses as
are asked for, so that nothing is downloaded: rendered into an empty folder, built again with
nothing to do (beside it ninja with as many targets, where it is installed), and built after one
local raster was changed. At 10,000 items PySTAC's `normalize_and_save` saves the same items.
Medians with minimum and maximum, in seconds of wall time, and the peak memory of the process.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SPEC = """\
catalog: {id: scale, title: Scale, description: Items to measure with.}
output: out
items:
  pattern: "scene_{number}_{start:%Y%m%dT%H%M%S}.tif"
  title: "Scene {number}"
  datetime: "{start}"
assets:
  - files: scene_local_20200101T000000.tif
"""
ADDRESS = "https://example.org/data/scene_{:06d}_20200101T000000.tif"
SAVE = """
import json, sys
from pathlib import Path
import pystac
files = Path(sys.argv[1]).glob("*/*.json")
items = [pystac.Item.from_dict(json.loads(path.read_bytes())) for path in files]
catalog = pystac.Catalog("scale", "Items to measure with.", title="Scale")
for item in items:
    item.clear_links()
catalog.add_items(items)
import time
start = time.perf_counter()
catalog.normalize_and_save(sys.argv[2], pystac.CatalogType.SELF_CONTAINED)
print(time.perf_counter() - start)
"""


def main() -> None:
    """Run all sizes, and print a table for each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, nargs="+", default=[1000, 10_000, 100_000])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--make", nargs=2, metavar=("FOLDER", "N"), help="only make a catalog")
    parser.add_argument("--change", nargs=2, metavar=("FOLDER", "SEED"), help="only change it")
    arguments = parser.parse_args()
    if arguments.make:
        make(Path(arguments.make[0]), int(arguments.make[1]))
        return
    if arguments.change:
        write_raster(Path(arguments.change[0]), int(arguments.change[1]))
        return
    for count in arguments.items:
        with tempfile.TemporaryDirectory() as name:
            measure(Path(name), count, arguments.runs)


def measure(folder: Path, count: int, runs: int) -> None:
    """All rows for one number of items."""
    print(f"{count} items, {runs} runs")
    project = folder / "project"
    project.mkdir()
    # In a process of its own: what this one holds would count as the memory of its children.
    run([sys.executable, __file__, "--make", project, count])
    row("rendered into an empty folder", [rendered(project, folder) for _ in range(runs)])
    row("nothing to do", [build(project, folder) for _ in range(max(runs, 5))])
    if shutil.which("ninja"):
        ninja(folder, count, max(runs, 5))
    changed = []
    for seed in range(runs):
        run([sys.executable, __file__, "--change", project, seed + 1])
        changed.append(build(project, folder))
    row("one raster changed", changed)
    if count == 10_000:
        saved = [
            (float(run([sys.executable, "-c", SAVE, project / "out", folder / f"saved{n}"])[1]), 0)
            for n in range(runs)
        ]
        row("normalize_and_save of PySTAC", saved)


def make(project: Path, count: int) -> None:
    """A spec of so many items, and the manifest that knows all but the local one."""
    from itemcat import manifest, readers  # noqa: PLC0415
    from itemcat.model import (  # noqa: PLC0415
        Blob,
        KnownAsset,
        KnownItem,
        Manifest,
        Reading,
        Validators,
    )

    write_raster(project, 0)
    urls = [ADDRESS.format(n) for n in range(count - 1)]
    (project / "catalog.yaml").write_text(SPEC + "".join(f"  - {url}\n" for url in urls))
    record = readers.read(readers.RASTER, raster(project), {"statistics": "exact"})
    reading = Reading.of(readers.identity(readers.RASTER), {"statistics": "exact"}, record)
    items = {
        Path(url).stem: KnownItem(
            "0" * 64,
            {"data": KnownAsset(url, url, Blob(f"{n:064x}", 1, Validators(f'"{n}"')), reading)},
        )
        for n, url in enumerate(urls)
    }
    data = manifest.dump(Manifest("out", {}, items))
    (project / "catalog.manifest.json").write_bytes(data)


def raster(project: Path) -> Path:
    """The one file that is really there."""
    return project / "scene_local_20200101T000000.tif"


def write_raster(project: Path, seed: int) -> None:
    """Write that file, with other pixels for another seed."""
    import numpy as np  # noqa: PLC0415
    import rasterio  # noqa: PLC0415
    from affine import Affine  # noqa: PLC0415

    pixels = np.random.default_rng(seed).integers(0, 9, (64, 64), np.uint8)
    with rasterio.open(
        raster(project),
        "w",
        driver="GTiff",
        width=64,
        height=64,
        count=1,
        dtype="uint8",
        crs="EPSG:32623",
        transform=Affine(25, 0, 300000, 0, -25, 7400000),
    ) as target:
        target.write(pixels, 1)


def rendered(project: Path, folder: Path) -> tuple[float, int]:
    """A build into an empty folder."""
    shutil.rmtree(project / "out", ignore_errors=True)
    return build(project, folder)


def build(project: Path, folder: Path) -> tuple[float, int]:
    """Wall seconds and peak memory in KB of a build."""
    command = [sys.executable, "-m", "itemcat", "build", "-q", str(project)]
    seconds, _, memory = run(command, ITEMCAT_CACHE_DIR=str(folder / "cache"))
    return seconds, memory


def ninja(folder: Path, count: int, runs: int) -> None:
    """A build of as many files, each copied from one of its own, with nothing to do."""
    place = folder / "ninja"
    (place / "in").mkdir(parents=True)
    rules = ["rule copy", "  command = cp $in $out"]
    for n in range(count):
        (place / "in" / str(n)).touch()
        rules.append(f"build out/{n}: copy in/{n}")
    (place / "build.ninja").write_text("\n".join(rules) + "\n")
    subprocess.run(["ninja", "-C", place], check=True, stdout=subprocess.DEVNULL)
    measured = [run(["ninja", "-C", place]) for _ in range(runs)]
    row("ninja with nothing to do", [(seconds, memory) for seconds, _, memory in measured])


def run(command: list[object], **environment: str) -> tuple[float, str, int]:
    """Wall seconds, output, and peak memory in KB of a process."""
    start = time.perf_counter()
    process = subprocess.Popen(
        [str(part) for part in command],
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    assert status == 0, command
    return time.perf_counter() - start, output, usage.ru_maxrss


def row(name: str, measured: list[tuple[float, int]]) -> None:
    """Print what was measured; memory 0 stands for not measured."""
    seconds = [second for second, _ in measured]
    memory = max(peak for _, peak in measured) // 1024
    print(
        f"  {name:32} {statistics.median(seconds):8.3f} "
        f"({min(seconds):.3f} to {max(seconds):.3f}) s {memory:6d} MB",
        flush=True,
    )


if __name__ == "__main__":
    main()
