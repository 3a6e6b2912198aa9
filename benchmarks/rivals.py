"""What itemcat is measured against, each as a program of its own.

`python benchmarks/rivals.py loop FOLDER URL...` is the tutorial's job: requests, rio-stac and
PySTAC, one file after the other. `bare FOLDER URL...` is the least that a build can be: downloads
in six threads, all pixels read in two processes, a JSON file each; nothing is checked, kept, hashed
or named, and a failure ends it. `save ITEMS FOLDER` prints the seconds that PySTAC takes to save
the items of a folder (`normalize_and_save`), `copy ITEMS FOLDER` those that the disk takes for the
same bytes.
"""

import json
import sys
import time
from pathlib import Path

import pystac


def loop(folder: Path, urls: list[str]) -> None:
    """Download and describe each file, then save the catalog."""
    import requests  # noqa: PLC0415 (each rival pays for what it uses)
    from rio_stac import create_stac_item  # noqa: PLC0415

    catalog = pystac.Catalog("bench", "Files to measure with.", title="Benchmark")
    for n, url in enumerate(urls, start=1):
        path = folder / url.rsplit("/", 1)[1]
        path.write_bytes(requests.get(url, timeout=60).content)
        item = create_stac_item(
            str(path),
            id=f"item_{n}",
            asset_name="data",
            asset_href=url,
            with_proj=True,
            with_raster=True,
            with_eo=True,
        )
        catalog.add_item(item)
    catalog.normalize_and_save(f"{folder}/out", pystac.CatalogType.SELF_CONTAINED)


def bare(folder: Path, urls: list[str]) -> None:
    """Download and read all files, and write what was found: the bound of what is possible."""
    from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor  # noqa: PLC0415

    import rasterio  # noqa: F401, PLC0415 (so that the processes have it)
    import requests  # noqa: PLC0415

    with requests.Session() as session, ProcessPoolExecutor(2) as readers:
        readers.submit(int)  # the processes start here, before there are threads

        def fetch(url: str) -> None:
            path = folder / url.rsplit("/", 1)[1]
            path.write_bytes(session.get(url, timeout=60).content)
            path.with_suffix(".json").write_text(readers.submit(facts, path).result())

        with ThreadPoolExecutor(6) as threads:
            list(threads.map(fetch, urls))


def facts(path: Path) -> str:
    """The place of a raster of bytes and the statistics of its pixels that are not nodata."""
    import numpy as np  # noqa: PLC0415
    import rasterio  # noqa: PLC0415
    from rasterio.warp import transform_bounds  # noqa: PLC0415

    with rasterio.open(path) as dataset:
        counts = np.bincount(dataset.read(1).reshape(-1), minlength=256)
        bbox = transform_bounds(dataset.crs, "EPSG:4326", *dataset.bounds)
        counts[int(dataset.nodata)] = 0
    values, total = np.arange(256), counts.sum()
    mean = (counts * values).sum() / total
    stddev = ((counts * (values - mean) ** 2).sum() / total) ** 0.5
    seen = np.flatnonzero(counts)
    return json.dumps([bbox, int(seen[0]), int(seen[-1]), float(mean), float(stddev)])


def save(items: Path, folder: Path) -> float:
    """Seconds that PySTAC takes to lay out and write items that it has in memory."""
    read = [pystac.Item.from_dict(json.loads(path.read_bytes())) for path in items.glob("*/*.json")]
    catalog = pystac.Catalog("scale", "Items to measure with.", title="Scale")
    for item in read:
        item.clear_links()
    catalog.add_items(read)
    start = time.perf_counter()
    catalog.normalize_and_save(str(folder), pystac.CatalogType.SELF_CONTAINED)
    return time.perf_counter() - start


def copy(items: Path, folder: Path) -> float:
    """Seconds for a folder and a file an item, written in place: no less can be done on a disk."""
    bodies = {path.stem: path.read_bytes() for path in items.glob("*/*.json")}
    folder.mkdir(parents=True)
    start = time.perf_counter()
    for name, body in bodies.items():
        (folder / name).mkdir()
        (folder / name / f"{name}.json").write_bytes(body)
    return time.perf_counter() - start


if __name__ == "__main__":
    rival, place, *rest = sys.argv[1:]
    if rival in ("loop", "bare"):
        {"loop": loop, "bare": bare}[rival](Path(place), rest)
    else:
        print({"save": save, "copy": copy}[rival](Path(place), Path(rest[0])))
