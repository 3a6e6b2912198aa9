"""Catalogs of any size, made of a manifest: `python benchmarks/catalogs.py make|change FOLDER N`.

All items but one are known to the manifest, with the record of one small raster under as many
addresses, so that nothing is downloaded; the one is a raster beside the spec, which `change` writes
anew with the pixels of another seed. In a process of its own, for what a process holds would count
as memory of those that it starts.
"""

import sys
from pathlib import Path

import numpy as np
import rasterio
from affine import Affine

from itemcat import manifest, readers
from itemcat.model import Blob, KnownAsset, KnownItem, Manifest, Reading, Validators

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
OWN = "scene_local_20200101T000000.tif"


def make(project: Path, count: int) -> None:
    """A spec of so many items, and the manifest that knows all but the local one."""
    project.mkdir(parents=True, exist_ok=True)
    change(project, 0)
    urls = [ADDRESS.format(n) for n in range(count - 1)]
    (project / "catalog.yaml").write_text(SPEC + "".join(f"  - {url}\n" for url in urls))
    options = {"statistics": "exact"}
    record = readers.read(readers.RASTER, project / OWN, options)
    reading = Reading.of(readers.identity(readers.RASTER), options, record)
    items = {
        Path(url).stem: KnownItem(
            "0" * 64,
            {"data": KnownAsset(url, url, Blob(f"{n:064x}", 1, Validators(f'"{n}"')), reading)},
        )
        for n, url in enumerate(urls)
    }
    data = manifest.dump(Manifest("out", {}, items))
    (project / "catalog.manifest.json").write_bytes(data)


def change(project: Path, seed: int) -> None:
    """Write the one raster that is there, with other pixels for another seed."""
    write(project / OWN, np.random.default_rng(seed).integers(0, 9, (64, 64), np.uint8))


def write(path: Path, pixels: "np.ndarray[tuple[int, int], np.dtype[np.uint8]]") -> None:
    """A deflated GeoTIFF of one band, whose nodata is 0, on the grid of the tutorial's scenes."""
    rows, columns = pixels.shape
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        width=columns,
        height=rows,
        count=1,
        dtype="uint8",
        nodata=0,
        crs="EPSG:32623",
        transform=Affine(25, 0, 300000, 0, -25, 7400000),
        compress="deflate",
    ) as target:
        target.write(pixels, 1)


def scene(seed: int, kind: str, side: int) -> "np.ndarray[tuple[int, int], np.dtype[np.uint8]]":
    """The pixels of a mask of lakes, or of smooth areas with a little noise (a picture)."""
    waves = np.add.outer(np.sin(np.arange(side) / 40 + seed), np.cos(np.arange(side) / 55))
    if kind == "masks":
        return (waves > 1.2).astype(np.uint8) + np.uint8(1)
    noise = np.random.default_rng(seed).integers(0, 2, (side, side), np.uint8)
    return ((waves + 2) * 40).astype(np.uint8) + noise


def scenes(folder: Path, count: int, kind: str) -> None:
    """So many files of 2000 by 2000 pixels."""
    folder.mkdir(parents=True)
    for seed in range(count):
        write(folder / f"scene_{seed:03d}.tif", scene(seed, kind, 2000))


if __name__ == "__main__":
    what, folder, *more = sys.argv[1:]
    match what:
        case "make":
            make(Path(folder), int(more[0]))
        case "change":
            change(Path(folder), int(more[0]))
        case "scenes":
            scenes(Path(folder), int(more[0]), more[1])
