"""What a million files take: `python benchmarks/million.py [--only PARTS] [--write docs/scale.md]`.

`drive`: two workers of a dask cluster make a million records, out of that of one small raster, each
in another place. The driver makes an item of each as a build does, and keeps it as a build does;
then it writes the manifest of all, and their table. The scheduler runs in the driver's process. No
file is fetched, and no item written.

`whole`: builds of 20,000 and 100,000 files that workers read by their heads, from nothing to items
in sub-catalogs and their table, and what follows from the difference for a million. `--write` puts
that between the marks of a page.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import astuple, dataclass
from pathlib import Path

import chores
from fleet import Fleet, fleet
from measure import peak
from speed import machine, server

from itemcat import manifest, readers, table
from itemcat.cluster import Batches, scheduler
from itemcat.cluster.batches import MOST, WINDOW
from itemcat.cluster.cell import packed
from itemcat.columns import identity
from itemcat.edition import Keys, page
from itemcat.layout import item_file
from itemcat.model import Asset, Blob, KnownAsset, Manifest, Reading, Validators
from itemcat.naming import NamedItem, name_items
from itemcat.pages import Pages
from itemcat.spec import load_spec

HERE = Path(__file__).parent
MARKS = ("<!-- million: begin -->\n", "<!-- million: end -->\n")
MILLION = 1_000_000
SIZES = 20_000, 100_000  # files of whole builds
FLEETS = 16, 64, 256  # workers
LATENCY = 0.02  # seconds from a worker to a file; nothing waits for it, it is added
GIT_LIMIT = 100  # MB of a file, from where GitHub refuses it
ROOM = 2 * MOST * WINDOW  # calls that a build has under way
OPTIONS = {"statistics": "none"}
SPEC = """\
catalog: {id: million, title: Million, description: Files to measure with.}
items: {datetime: 2020-01-01, pattern: "scene_{thousand}{rest:3d}.tif"}
layout: "{thousand}"
outputs: [stac, geoparquet]
read: {access: remote}
assets:
  - urls: list.txt
"""


# ----------------------------------------------------------------------------------- a million


def drive(folder: Path, raster: Path) -> None:
    """All stages of a million records, with what each took."""
    (folder / "catalog.yaml").write_text(SPEC)
    with Pages(folder) as pages:
        stage("driven through", lambda: compose(folder, raster, pages))
        pieces = manifest.pieces(Manifest("million"), pages.entries())
        stage("in the manifest", lambda: written(folder / "m.json", pieces))
        rows = ((item_file(i, leaf.folder), leaf.digest) for i, leaf in pages.leaves())
        cells = table.pieces(lambda: documents(pages), identity(rows))
        stage("in items.parquet", lambda: written(folder / "i.parquet", cells))


def stage(what: str, work: Callable[[], None]) -> None:
    """Say what a stage took, and the most memory that this process has had so far."""
    start, cpu = time.perf_counter(), time.process_time()
    work()
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{MILLION} records {what}: {seconds:.0f} s, {cpu:.0f} s of CPU; {most:.0f} MB", flush=True
    )


def compose(folder: Path, raster: Path, pages: Pages) -> None:
    """Make an item of each record that comes back."""
    spec = load_spec(folder / "catalog.yaml")
    keys, reader = Keys(spec), readers.identity(readers.RASTER)
    executor = Batches(scheduler.local_cluster(2, print), "dask", packed(chores.agree), 60)
    under_way = deque(executor.submit(chores.synthetic, raster, n) for n in range(ROOM))
    for number in range(MILLION):
        line = under_way.popleft().result()
        if number + ROOM < MILLION:
            under_way.append(executor.submit(chores.synthetic, raster, number + ROOM))
        name = f"scene_{number:07d}.tif"
        address = f"https://example.org/{name}"
        blob = Blob(None, 2100, Validators(f'"{number}"'))
        known = KnownAsset(address, address, blob, Reading(reader, OPTIONS, line))
        (item,) = name_items([(spec.sources[0], [Asset(name, address, address)])])
        assert isinstance(item, NamedItem)
        assets = {"data": known}
        pages.add(item.id, page(spec, item, assets, keys.of(item, assets)))
    executor.shutdown()


def documents(pages: Pages) -> Iterator[tuple[str, bytes]]:
    """The paths and bytes of all items."""
    for item_id, leaf in pages.leaves():
        yield item_file(item_id, leaf.folder), pages.document(item_id)


def written(path: Path, pieces: Iterable[bytes]) -> None:
    """Write a file."""
    with path.open("wb") as file:
        file.writelines(pieces)


# --------------------------------------------------------------------------------- whole builds


@dataclass(frozen=True)
class Cost:
    """What builds take: CPU seconds by who needs them, MB, requests; `seconds` is the wall's."""

    seconds: float
    driver: float
    scheduler: float
    workers: float
    memory: float
    manifest: float
    table: float
    read: float
    requests: float

    def beyond(self, other: "Cost", factor: float) -> "Cost":
        """So many times what it took more than another one."""
        pairs = zip(astuple(self), astuple(other), strict=True)
        return Cost(*(factor * (mine - theirs) for mine, theirs in pairs))

    def __str__(self) -> str:
        return (
            f"{self.seconds:.0f} s; CPU: driver {self.driver:.0f} s, scheduler "
            f"{self.scheduler:.0f} s, workers {self.workers:.0f} s; driver {self.memory:.0f} MB; "
            f"manifest {self.manifest:.1f} MB, items.parquet {self.table:.1f} MB; "
            f"{self.requests:.0f} requests, {self.read:.1f} MB read"
        )


def whole(folder: Path, raster: Path) -> list[str]:
    """Builds from nothing, and a million by arithmetic: the lines of the page."""
    with server(raster) as address, fleet(folder, 2) as staff:
        costs = [built(folder, address, staff, count) for count in SIZES]
    for count, cost in zip(SIZES, costs, strict=True):
        print(f"{count} files: {cost}", flush=True)
    return [*arithmetic(costs[1].beyond(costs[0], MILLION / (SIZES[1] - SIZES[0])), costs[1])]


def built(folder: Path, address: str, staff: Fleet, count: int) -> Cost:
    """Build a catalog of so many files."""
    project, report = folder / f"whole {count}", folder / f"report {count}"
    project.mkdir()
    (project / "catalog.yaml").write_text(SPEC)
    (project / "list.txt").write_text(
        "".join(f"{address}/scene_{n:07d}.tif\n" for n in range(count))
    )
    command = [sys.executable, "-m", "itemcat", "build", "-q", project, "--report", report]
    command += ["--executor", f"dask:{staff.file}"]
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    planner, workers = staff.cpu()
    memory = peak(command, {"ITEMCAT_CACHE_DIR": str(folder / f"cache {count}")})
    seconds = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    mine = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    theirs = (now - then for now, then in zip(staff.cpu(), (planner, workers), strict=True))
    totals = json.loads(report.read_text())["totals"]
    sizes = [(project / name).stat().st_size / 1e6 for name in FILES]
    asked = totals["bytes_fetched"] / 1e6, totals["requests"]
    return Cost(seconds, mine, *theirs, memory, *sizes, *asked)


FILES = "catalog.manifest.json", "million/items.parquet"


# ----------------------------------------------------------------------------------- arithmetic


def arithmetic(million: Cost, measured: Cost) -> Iterator[str]:
    """What a million files take, as a page says it."""
    count, rest = SIZES[1], million.driver / 60
    yield f"Measured with two workers of one thread on {machine()}"
    yield f"From nothing to items and table, {count:,} files of 2 KB took {measured.seconds:.0f} s."
    yield f"What they take beyond {SIZES[0]:,} gives, for each million:"
    yield ""
    yield "| | |"
    yield "|---|---|"
    yield f"| CPU of the workers | {million.workers / 3600:.2f} hours |"
    yield f"| CPU of the machine that builds | {million.driver / 3600:.2f} hours |"
    yield f"| CPU of the scheduler | {million.scheduler / 3600:.2f} hours |"
    yield f"| memory of the machine that builds | {million.memory / 1000:.1f} GB |"
    yield f"| requests | {million.requests / 1e6:.2f} million |"
    yield f"| bytes read | {million.read / 1000:.1f} GB |"
    yield f"| `catalog.manifest.json` | {million.manifest:.0f} MB |"
    yield ""
    yield "| threads of workers | reading, 20 ms away | the machine that builds | together |"
    yield "|---|---|---|---|"
    for threads in FLEETS:
        reading = (million.workers + MILLION * LATENCY) / threads / 60
        together = f"{max(reading, rest):.0f} to {reading + rest:.0f} min"
        yield f"| {threads} | {reading:.0f} min | {rest:.0f} min | {together} |"
    yield ""
    most = GIT_LIMIT * MILLION / million.manifest
    yield f"The {GIT_LIMIT} MB that GitHub takes of a file hold {most:,.0f} such items."


def main() -> None:
    """Do the parts that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="+", choices=["drive", "whole"], default=["drive", "whole"])
    parser.add_argument("--write", type=Path, metavar="PAGE")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        subprocess.run([sys.executable, HERE / "catalogs.py", "change", name, "0"], check=True)
        (raster,) = Path(name).glob("*.tif")
        if "drive" in asked.only:
            drive(Path(name), raster)
        text = (
            "".join(f"{line}\n" for line in whole(Path(name), raster))
            if "whole" in asked.only
            else ""
        )
    if asked.write is None:
        print(text)
        return
    before, _, rest = asked.write.read_text("utf-8").partition(MARKS[0])
    asked.write.write_text(
        before + MARKS[0] + text + MARKS[1] + rest.partition(MARKS[1])[2], "utf-8"
    )


if __name__ == "__main__":
    main()
