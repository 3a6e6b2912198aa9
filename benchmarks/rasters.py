"""Hold rio-stac and itemcat side by side against rasters whose truth is known.

    python benchmarks/rasters.py [--write docs/facts.md]

Each case is a small raster made here; what is true of it is worked out from its grid and pixels
with pyproj and numpy. Where ITEMCAT_RASTERS names a folder of real rasters, their faults are
counted too. `--write` puts the tables between the marks of a page.
"""

import argparse
import json
import os
import statistics
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from affine import Affine
from rasterio.control import GroundControlPoint
from rio_stac import create_stac_item
from rio_stac.stac import get_raster_info
from truth import Case, faults, real_case

from itemcat import thumbnails
from itemcat.options import Options
from itemcat.pipeline import build
from itemcat.readers.footprint import footprint
from itemcat.readers.statistics import band_statistics
from itemcat.readers.thumbnail import thumbnail

RUNS, SIDE = 9, 2000
MARKS = ("<!-- rasters: begin -->\n", "<!-- rasters: end -->\n")
# What is published at a URL is one file: nothing beside it counts, for nobody.
ALONE = {
    "GDAL_PAM_ENABLED": "NO",
    "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR",
    "GDAL_GEOREF_SOURCES": "INTERNAL",
}
HEAD = """\
catalog: {id: bench, title: Benchmark, description: Known rasters., stac_version: 1.0.0}
output: out
assets:
"""


def grid(crs: Any, west: float, north: float, step: float, *size: int, **more: Any) -> Any:
    """The profile of a north-up raster, `size` columns and rows."""
    transform = Affine(step, 0, west, 0, -step, north)
    return {"crs": crs, "transform": transform, "width": size[0], "height": size[1], **more}


LAKES = grid("EPSG:32623", 272312.5, 7475962.5, 25, 386, 239)


def cases() -> Iterator[Case]:
    """The corpus."""
    yield from grids()
    yield from doubtful_places()
    yield from contents()


def grids() -> Iterator[Case]:
    """Rasters whose place is sure."""
    lakes = LAKES
    yield Case("UTM", lakes)
    yield Case("one pixel", grid("EPSG:32633", 500000, 5000000, 10, 1, 1))
    yield Case("UTM 1 over 180°", grid("EPSG:32601", 200000, 7600000, 500, 300, 240))
    yield Case("UTM 60 over 180°", grid("EPSG:32660", 600000, 7600000, 500, 500, 240))
    yield Case("Greenland with its top, 3413", grid("EPSG:3413", -7e5, -6e5, 5000, 320, 560))
    yield Case("around the north pole, 3413", grid("EPSG:3413", -3.85e6, 5.85e6, 25000, 304, 448))
    yield Case("over 180°, 3031", grid("EPSG:3031", -4e5, -9e5, 1000, 900, 1000))
    yield Case("around the south pole, 3031", grid("EPSG:3031", -2.7e6, 2.4e6, 10000, 550, 490))
    yield Case("EASE-Grid north, 6931", grid("EPSG:6931", -9e6, 9e6, 25000, 720, 720))
    yield Case(
        "EASE-Grid global, 6933", grid("EPSG:6933", -17367530.45, 7314540.83, 36032.22, 964, 406)
    )
    yield Case(
        "Albers of the United States", grid("ESRI:102039", -2356095, 3172605, 3000, 1538, 965)
    )
    yield Case("0° to 360°", grid("EPSG:4326", 0, 90, 1, 360, 180))
    yield Case("±180.5°", grid("EPSG:4326", -180.5, 90.5, 1, 361, 181))
    turned = Affine.translation(500000, 4000000) @ Affine.rotation(33) @ Affine.scale(30, -30)
    yield Case("rotated", {**lakes, "crs": "EPSG:32611", "transform": turned})
    yield Case("south-up", {**lakes, "transform": Affine(25, 0, 272312.5, 0, 25, 7416212.5)})
    corners = [(0, 0, 10, 51), (0, 386, 12, 51.3), (239, 386, 12.2, 50.2), (239, 0, 10.2, 49.9)]
    gcps = [GroundControlPoint(*corner) for corner in corners]
    size = {"width": 386, "height": 239}
    yield Case("control points", {**size, "gcps": gcps, "crs": "EPSG:4326"})
    yield Case("CRS of its own", {**lakes, "crs": "+proj=laea +lat_0=71.3 +lon_0=-42.7"})


def doubtful_places() -> Iterator[Case]:
    """Rasters that lie nowhere on Earth, as far as their file says."""
    lakes, size = LAKES, {"width": 386, "height": 239}
    yield Case("no CRS", {**lakes, "crs": None}, is_placed=False)
    yield Case("CRS but no geotransform", {**size, "crs": "EPSG:4326"}, is_placed=False)
    local = 'LOCAL_CS["site plan",UNIT["metre",1]]'
    yield Case("local CRS", {**lakes, "crs": local}, is_placed=False)
    mars = grid("+proj=longlat +a=3396190 +b=3376200", 10, 20, 0.01, 100, 80)
    yield Case("Mars", mars, is_placed=False)


def contents() -> Iterator[Case]:
    """Rasters with dates, and with pixels of all kinds."""
    lakes = LAKES
    tag = {"TIFFTAG_DATETIME": "2018:07:16 06:06:23"}
    yield Case("date in a tag", lakes, tags=tag, time=datetime(2018, 7, 16, 6, 6, 23, tzinfo=UTC))
    values = np.arange(386 * 239, dtype=np.uint16).reshape(1, 239, 386) % 997
    yield Case("nodata", {**lakes, "nodata": 0}, values)
    yield Case("nothing valid", {**lakes, "nodata": 0}, values * 0)
    floats = values.astype(np.float32)
    floats[0, :9] = np.nan
    floats[0, 20, 20] = np.inf
    yield Case("NaN and infinity", lakes, floats)
    yield Case("complex numbers", lakes, np.ones((1, 239, 386), np.complex64))
    outlier = np.zeros((1, 2049, 2049), np.uint8)
    outlier[0, 1001, 1001] = 200
    yield Case("an outlier that sampling misses", {**lakes, "width": 2049, "height": 2049}, outlier)
    yield Case("cloud-optimized", {**lakes, "driver": "COG"}, values)


# --------------------------------------------------------------------------------------- the run


def written(case: Case, folder: Path) -> Path:
    """The raster of a case."""
    profile = {"driver": "GTiff", "count": 1, **case.profile}
    pixels = case.pixels
    if pixels is None:
        pixels = np.arange(profile["height"] * profile["width"], dtype=np.uint8)
        pixels = pixels.reshape(1, profile["height"], profile["width"])
    path = folder / f"{case.name.replace(' ', '_').replace(',', '')}.tif"
    with rasterio.open(path, "w", dtype=pixels.dtype.name, **profile) as file:
        file.write(pixels)
        file.update_tags(**case.tags)
    return path


def of_rio_stac(path: Path, case: Case) -> dict[str, Any]:
    """rio-stac's item, with all extensions it knows; a date is given where the file has none."""
    given = None if case.tags else case.time
    item = create_stac_item(
        str(path), input_datetime=given, with_proj=True, with_raster=True, with_eo=True
    )
    return dict(item.to_dict())


def of_itemcat(paths: dict[str, Path], corpus: list[Case], folder: Path) -> dict[str, Any]:
    """itemcat's items by the name of their case, None where it refuses a file."""
    spec = HEAD
    for number, case in enumerate(corpus):
        rule = "{tag: TIFFTAG_DATETIME}" if case.tags else case.time.isoformat()
        shown = json.dumps(paths[case.name].relative_to(folder).as_posix())
        spec += f'  - {{files: {shown}, id: "c{number}", datetime: {rule}}}\n'
    (folder / "catalog.yaml").write_text(spec)
    build(
        folder,
        Options(cache_dir=folder / "cache", keep_going=True),
        executor=lambda _: ThreadPoolExecutor(1),
    )
    items = {case.name: folder / f"out/c{n}/c{n}.json" for n, case in enumerate(corpus)}
    return {
        name: json.loads(path.read_text()) if path.exists() else None
        for name, path in items.items()
    }


def verdict(make: Callable[[], dict[str, Any] | None], path: Path, case: Case) -> str:
    """`right`, the faults, or how it failed."""
    try:
        item = make()
    except Exception as error:  # noqa: BLE001 (whatever it is, it is the result)
        return f"fails: {type(error).__name__}"
    return "refused" if item is None else ", ".join(faults(item, path, case)) or "right"


def corpus_table(folder: Path) -> Iterator[str]:
    """Case by case."""
    corpus = list(cases())
    paths = {case.name: written(case, folder) for case in corpus}
    items = of_itemcat(paths, corpus, folder)
    yield "| case | rio-stac | itemcat |"
    yield "|---|---|---|"
    totals = Counter[str]()
    for case in corpus:
        path = paths[case.name]
        theirs = verdict(lambda: of_rio_stac(path, case), path, case)  # noqa: B023 (called at once)
        ours = verdict(lambda: items[case.name], path, case)  # noqa: B023
        totals += Counter({"theirs": theirs == "right", "ours": ours == "right"})
        yield f"| {case.name} | {theirs} | {ours} |"
    yield f"| **right, of {len(corpus)}** | {totals['theirs']} | {totals['ours']} |"


def real_table(folder: Path, real: Path) -> Iterator[str]:
    """Fault by fault, over all real rasters that GDAL opens with one band or more."""
    (folder / "real").symlink_to(real / "files")
    paths = {str(path.relative_to(real)): path for path in sorted(real.glob("files/*/*"))}
    corpus = [case for name, path in paths.items() if (case := real_case(name, path))]
    linked = {
        name: folder / "real" / path.relative_to(real / "files") for name, path in paths.items()
    }
    items = of_itemcat(linked, corpus, folder)
    counts: dict[str, Counter[str]] = {"theirs": Counter(), "ours": Counter()}
    for case in corpus:
        path = paths[case.name]
        theirs = verdict(lambda: of_rio_stac(path, case), path, case)  # noqa: B023 (called at once)
        ours = verdict(lambda: items[case.name], path, case)  # noqa: B023
        counts["theirs"].update(theirs.split(", "))
        counts["ours"].update(ours.split(", "))
    yield f"| in {len(corpus)} real rasters | rio-stac | itemcat |"
    yield "|---|---|---|"
    for fault, _ in (counts["theirs"] + counts["ours"]).most_common():
        yield f"| {fault} | {counts['theirs'][fault]} | {counts['ours'][fault]} |"


def speed(folder: Path) -> Iterator[str]:
    """CPU of statistics, thumbnails and footprints."""
    names = "rio-stac, sampled | itemcat, exact | ratio | decoded | and a thumbnail"
    yield f"| CPU for 2000 by 2000 pixels | {names} |"
    yield "|---|---|---|---|---|---|"
    for kind in ("masks", "pictures", "uint8", "uint16", "float32"):
        path = large(folder / f"{kind}.tif", kind)
        sampled, sampled_again = cpu(get_raster_info, [path] * RUNS)
        exact, exact_again = cpu(exactly, [path] * RUNS)
        _, small = cpu(pictured, [path] * RUNS)
        ratios = f"{exact / sampled:.2f} | {exact_again / sampled_again:.2f}"
        yield f"| {kind} | {sampled:.1f} ms | {exact:.1f} ms | {ratios} | {small:.1f} ms |"
    paths = []
    for run in range(RUNS):
        lakes = LAKES | {"transform": LAKES["transform"] @ Affine.translation(run, 0)}
        paths.append(written(Case(f"grid {run}", lakes), folder))
    new, known = cpu(footprint, paths)
    yield ""
    yield "Medians, of one machine; `decoded` is the ratio where GDAL has decoded the pixels"
    yield "before, which it has when it comes to the thumbnail of a raster with exact statistics. A"
    yield f"footprint took {new:.1f} ms where its grid was new, and {known:.2f} ms where"
    yield "a raster before had the same one."


def exactly(file: Any) -> object:
    """As `get_raster_info` is called."""
    return band_statistics(file, "exact", SIDE * SIDE)


def pictured(file: Any) -> object:
    """A thumbnail, as a build makes it."""
    return thumbnail(file, int(thumbnails.SIDE), SIDE * SIDE)


def large(path: Path, kind: str) -> Path:
    """A deflated mask of lakes, a picture with a little noise, its squares, or random bytes."""
    rng = np.random.default_rng(1)
    waves = np.add.outer(np.sin(np.arange(SIDE) / 40), np.cos(np.arange(SIDE) / 55))
    picture = ((waves + 2) * 40).astype(np.uint8) + rng.integers(0, 2, waves.shape, np.uint8)
    pixels = {
        "masks": (waves > 1.2).astype(np.uint8) + np.uint8(1),
        "pictures": picture,
        "uint8": rng.integers(0, 255, waves.shape, np.uint8),
    }.get(kind)
    pixels = picture.astype(kind) ** 2 if pixels is None else pixels
    profile = {**LAKES, "width": SIDE, "height": SIDE, "nodata": 0, "compress": "deflate"}
    return written(Case(path.stem, profile, pixels[np.newaxis]), path.parent)


def cpu(work: Callable[[Any], object], paths: list[Path]) -> tuple[float, float]:
    """Milliseconds for a raster that is just opened, and for the same again: the medians."""
    measured: list[tuple[float, float]] = []
    for path in paths:
        with rasterio.open(path) as file:
            times = [time.process_time()]
            for _ in range(2):
                work(file)
                times.append(time.process_time())
            measured.append((times[1] - times[0], times[2] - times[1]))
    first, second = zip(*measured, strict=True)
    return 1000 * statistics.median(first), 1000 * statistics.median(second)


def main() -> None:
    """Print the tables, or put them into a page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", type=Path, metavar="PAGE")
    page = parser.parse_args().write
    os.environ |= ALONE
    with warnings.catch_warnings(), tempfile.TemporaryDirectory() as name:
        warnings.simplefilter("ignore")
        lines = [*corpus_table(Path(name)), ""]
        if real := os.environ.get("ITEMCAT_RASTERS"):
            Path(name, "second").mkdir()
            lines += [*real_table(Path(name, "second"), Path(real)), ""]
        text = "\n".join([*lines, *speed(Path(name)), ""])
    if page is None:
        print(text)
        return
    before, _, rest = page.read_text("utf-8").partition(MARKS[0])
    page.write_text(before + MARKS[0] + text + MARKS[1] + rest.partition(MARKS[1])[2], "utf-8")


if __name__ == "__main__":
    main()
