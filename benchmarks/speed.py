"""Measure how fast builds are: `python benchmarks/speed.py [--write] [--runs N] [--only ROWS]`.

Prints a row for each thing that is promised, with its median, its spread and what was promised;
ratios are of runs that took turns. `--write` puts all of it into RESULTS.md beside this file. What
is written goes to a RAM disk where there is one, so that it is not the disk that is measured; a row
of its own says what the disk of the temporary folder takes. `--large 0` leaves out what takes long.
"""

import argparse
import os
import platform
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from measure import Ratios, Times, peak, run, seconds

HERE = Path(__file__).parent
PYTHON = sys.executable
LATENCY = 0.02  # seconds
SPEC = """\
catalog: {id: bench, title: Benchmark, description: Files to measure with.}
output: out
items: {datetime: 2020-01-01}
assets:
"""
SMALL, LARGE = 10_000, 100_000
LIBRARIES = (
    "numpy",
    "rasterio",
    "pystac",
    "rio-stac",
    "requests",
    "orjson",
    "pyyaml",
    "pebble",
    "pyarrow",
)


LEFT = """\
## What is left

- The cold build: from the first file to the last both cores are busy. Most of it is GDAL's
  decoding, which `benchmarks/rasters.py` measures apart from the counting; then come the starts of
  Python, the imports of rasterio and requests in either process, and the requests. The bare
  pipeline shows what that comes to on this machine for whoever decodes all pixels. Only less can be
  decoded: `statistics: sampled`.
- Rendering: one core works, and the bare loop shows what the file system takes of it.
- One change: reading the spec and the manifest, and naming the items, which are done for all.
- Statistics of pictures and floats: decoding all pixels, where a sample decodes some of them.
"""


@dataclass(frozen=True)
class Row:
    """What was measured, and whether it is as promised; `is_kept` None where nothing was."""

    what: str
    measured: str
    promised: str = ""
    is_kept: bool | None = None


@dataclass(frozen=True)
class Bench:
    """Where to measure, how often, and the sizes of catalogs."""

    folder: Path
    runs: int
    sizes: tuple[int, ...]

    def build(self, project: Path, cache: str = "cache") -> float:
        """Wall seconds of a build."""
        return seconds(*self.command(project, cache))

    def command(self, project: Path, cache: str = "cache") -> tuple[list[object], dict[str, str]]:
        """The command of a build, and its environment."""
        command: list[object] = [PYTHON, "-m", "itemcat", "build", "-q", project]
        return command, {"ITEMCAT_CACHE_DIR": str(self.folder / cache)}

    def catalog(self, count: int) -> Path:
        """A catalog of so many items, built."""
        project = self.folder / f"catalog {count}"
        if not project.exists():
            run([PYTHON, HERE / "catalogs.py", "make", project, count])
            self.build(project)
        return project


# ------------------------------------------------------------------------------------------- rows


def cold(bench: Bench) -> Iterator[Row]:
    """From nothing, over a distance, against the tutorial's loop."""
    for kind in ("masks", "pictures"):
        files = bench.folder / kind
        run([PYTHON, HERE / "catalogs.py", "scenes", files, 100, kind])
        size = sum(path.stat().st_size for path in files.iterdir()) // 100
        times: dict[str, list[float]] = {"loop": [], "bare": [], "build": []}
        with server(files, LATENCY) as address:
            urls = [f"{address}/{path.name}" for path in sorted(files.iterdir())]
            for turn in range(bench.runs):
                place = bench.folder / f"{kind} {turn}"
                project = spec(place / "build", urls)
                for rival in ("loop", "bare"):
                    (place / rival).mkdir()
                    command = [PYTHON, "-W", "ignore", HERE / "rivals.py", rival, place / rival]
                    times[rival].append(seconds([*command, *urls]))
                times["build"].append(bench.build(project, f"{kind} {turn}/cache"))
                shutil.rmtree(place)
        loop, bare, build = (Times(tuple(runs)) for runs in times.values())
        ratio = Ratios.of(loop, build)
        what = f"cold build of 100 {kind} of 2000×2000 ({size} bytes each) over 20 ms"
        yield Row(what, f"{build}; the tutorial's loop {loop}")
        yield Row("… the loop takes so many times as long", str(ratio), "≥ 6", ratio.median >= 6)
        what = "… and so many times that of `rivals.py bare`, which checks, keeps and names nothing"
        yield Row(what, f"{Ratios.of(loop, bare)}; it takes {bare}")


def idle(bench: Bench) -> Iterator[Row]:
    """Nothing to do."""
    promised = {1000: 0.10, SMALL: 0.25, LARGE: 1.8}
    medians = {}
    for count in (1000, *bench.sizes):
        project = bench.catalog(count)
        times = Times(tuple(bench.build(project) for _ in range(bench.runs + 4)))
        medians[count] = times.median
        limit = promised[count]
        what = f"nothing to do, {count} items"
        yield Row(what, str(times), f"≤ {limit} s", times.median <= limit)
        memory = peak(*bench.command(project))
        yield Row("… memory", f"{memory:.0f} MB", "≤ 50 MB", memory <= 50)
        if shutil.which("ninja") and count <= SMALL:  # it would start 100,000 processes
            yield from beside_ninja(bench, count, project)
    yield from growth("nothing to do", medians)


def beside_ninja(bench: Bench, count: int, project: Path) -> Iterator[Row]:
    """As many targets, each copied from a file of its own, in turn with builds."""
    place = bench.folder / f"ninja {count}"
    (place / "in").mkdir(parents=True)
    rules = ["rule copy", "  command = cp $in $out"]
    for n in range(count):
        (place / "in" / str(n)).touch()
        rules.append(f"build out/{n}: copy in/{n}")
    (place / "build.ninja").write_text("\n".join(rules) + "\n")
    run(["ninja", "-C", place])
    pairs = [(bench.build(project), seconds(["ninja", "-C", place])) for _ in range(bench.runs + 4)]
    ours, theirs = (Times(times) for times in zip(*pairs, strict=True))
    ratio = Ratios.of(ours, theirs)
    is_kept = ratio.median <= 2.5 if count == SMALL else None
    promised = "≤ 2.5" if count == SMALL else ""
    yield Row(f"… of ninja's time, {theirs}", str(ratio), promised, is_kept)
    shutil.rmtree(place)


def changed(bench: Bench) -> Iterator[Row]:
    """One local raster changed, beside a catalog that consists of it alone."""
    promised = {SMALL: 1.5, LARGE: 10.0}
    alone, medians = bench.catalog(1), {}
    for count in bench.sizes:
        project = bench.catalog(count)
        pairs = []
        for turn in range(bench.runs):
            for one in (project, alone):
                run([PYTHON, HERE / "catalogs.py", "change", one, turn + 1 + bench.runs])
            pairs.append((bench.build(project), bench.build(alone)))
        ours, single = (Times(times) for times in zip(*pairs, strict=True))
        beside = Times(tuple(whole - one for whole, one in pairs))
        medians[count] = beside.median
        limit = promised[count]
        yield Row(
            f"one changed among {count} items, beside reading it",
            f"{beside}; whole {ours}, the file alone {single}",
            f"≤ {limit} s",
            beside.median <= limit,
        )
    yield from growth("one changed", medians)


def rendered(bench: Bench) -> Iterator[Row]:
    """All items from the manifest into an empty folder, against PySTAC and the bare disk."""
    medians = {}
    for count in bench.sizes:
        project, ours, theirs, least = bench.catalog(count), [], [], []
        for turn in range(bench.runs):
            copy, saved = bench.folder / f"copy {turn}", bench.folder / f"saved {turn}"
            rivals = [PYTHON, HERE / "rivals.py"]
            if count == SMALL:
                theirs.append(float(run([*rivals, "save", project / "out", saved])))
                least.append(float(run([*rivals, "copy", project / "out", copy])))
            for folder in (project / "out", copy, saved):
                shutil.rmtree(folder, ignore_errors=True)
            ours.append(bench.build(project))
        times = Times(tuple(ours))
        medians[count] = times.median
        yield Row(f"{count} items rendered into an empty folder, the whole command", str(times))
        if theirs:
            saving = Times(tuple(theirs))
            ratio = Ratios.of(saving, times)
            what = f"… PySTAC's normalize_and_save alone ({saving}) takes so many times as long"
            yield Row(what, str(ratio), "≥ 12", ratio.median >= 12)
            yield Row("… the same bytes written by a bare loop", str(Times(tuple(least))))
    yield from growth("rendered", medians)


def table(bench: Bench) -> Iterator[Row]:
    """The table of all items, where there is nothing else to do."""
    project, times = bench.catalog(SMALL), []
    described, written = project / "catalog.yaml", project / "out" / "items.parquet"
    text = described.read_text()
    described.write_text(f"outputs: [stac, geoparquet]\n{text}")
    bench.build(project)
    for _ in range(bench.runs):
        written.unlink()
        times.append(bench.build(project))
    taken = Times(tuple(times))
    what = f"items.parquet of {SMALL} items ({written.stat().st_size} bytes), the whole command"
    yield Row(what, str(taken), "≤ 5 s", taken.median <= 5)
    written.unlink()
    yield Row("… memory", f"{peak(*bench.command(project)):.0f} MB")
    described.write_text(text)
    bench.build(project)


def disk(bench: Bench) -> Iterator[Row]:
    """What the disk of the temporary folder takes for the files of a catalog."""
    project, taken = bench.catalog(SMALL), []
    for _ in range(bench.runs):
        with tempfile.TemporaryDirectory() as name:
            rivals = [PYTHON, HERE / "rivals.py", "copy", project / "out", Path(name, "copy")]
            taken.append(float(run(rivals)))
    what = f"{SMALL} items written by a bare loop to the disk of the temporary folder"
    yield Row(what, str(Times(tuple(taken))))


def memory(bench: Bench) -> Iterator[Row]:
    """A cold build of many small files: all processes together."""
    promised = {SMALL: 400, LARGE: 1200}
    run([PYTHON, HERE / "catalogs.py", "change", bench.folder, 0])
    raster = next(bench.folder.glob("*.tif"))
    for count in bench.sizes:
        with server(raster) as address:
            urls = [f"{address}/scene_{n:06d}.tif" for n in range(count)]
            project = spec(bench.folder / f"cold {count}", urls)
            most = peak(*bench.command(project, f"cold {count}/cache"))
        limit = promised[count]
        what = f"memory of a cold build of {count} files, all processes"
        yield Row(what, f"{most:.0f} MB", f"≤ {limit} MB", most <= limit)
        shutil.rmtree(project)


def statistics(bench: Bench) -> Iterator[Row]:
    """CPU of exact statistics against rio-stac's sampled ones; a mask and a picture in turn."""
    for kind in ("masks", "pictures"):
        files = bench.folder / f"statistics of {kind}"
        run([PYTHON, HERE / "catalogs.py", "scenes", files, 10, kind])
        lines = [run([PYTHON, HERE / "reading.py", files]).split() for _ in range(bench.runs)]
        ours, theirs = (Times(tuple(map(float, times))) for times in zip(*lines, strict=True))
        ratio = Ratios.of(ours, theirs)
        what = f"CPU of exact statistics of {kind}, of that of rio-stac's sampled ones"
        yield Row(what, str(ratio), "≤ 0.4", ratio.median <= 0.4)
        yield Row("… a file", f"{ours}; rio-stac {theirs}")


def growth(what: str, medians: dict[int, float]) -> Iterator[Row]:
    """Ten times the items in ten times the time, or less."""
    if SMALL in medians and LARGE in medians:
        factor = medians[LARGE] / medians[SMALL] / (LARGE / SMALL)
        promised = "≤ 1.2"
        measured = f"{factor:.2f} of linear from {SMALL} to {LARGE} items"
        yield Row(f"growth: {what}", measured, promised, factor <= 1.2)


ROWS: dict[str, Callable[[Bench], Iterator[Row]]] = {
    row.__name__: row for row in (cold, idle, changed, rendered, table, disk, memory, statistics)
}


# ------------------------------------------------------------------------------------------ places


@contextmanager
def server(what: Path, latency: float = 0.0) -> Iterator[str]:
    """The address of a server of files, as long as it is needed."""
    command = [PYTHON, str(HERE / "server.py"), str(what), "--latency", str(latency)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as running:
        assert running.stdin is not None
        assert running.stdout is not None
        yield running.stdout.readline().strip()
        running.stdin.close()


def spec(project: Path, urls: list[str]) -> Path:
    """A project that lists these addresses."""
    project.mkdir(parents=True)
    (project / "catalog.yaml").write_text(SPEC + "".join(f"  - {url}\n" for url in urls))
    return project


def machine() -> str:
    """The machine and the versions, in two sentences."""
    cores = len(os.sched_getaffinity(0))
    info = Path("/proc/cpuinfo").read_text().splitlines()
    model = next(line.partition(": ")[2] for line in info if line.startswith("model name"))
    libraries = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    system = f"{platform.system()} {platform.release()}"
    return f"{model}, {cores} cores, {system}. Python {platform.python_version()}, {libraries}."


def page(rows: list[Row], *, is_cut: bool) -> str:
    """The rows as a page; `is_cut` says that the run did not come to its end."""
    command = shlex.join(["python", "benchmarks/speed.py", *sys.argv[1:]])
    words = {True: "yes", False: "**no**", None: ""}
    lines = [f"| {r.what} | {r.measured} | {r.promised} | {words[r.is_kept]} |" for r in rows]
    return "\n".join(
        [
            "# Results",
            "",
            f"Made by `{command}`. Medians, with the least and the most in "
            "brackets; ratios are those of runs that took turns. Whole processes, "
            "Python's start included, on a RAM disk unless a row says otherwise.",
            "",
            machine(),
            "",
            "| what | measured | promised | kept |",
            "|---|---|---|---|",
            *lines,
            *(["", "The run was cut here: the rows that come later were not measured."] * is_cut),
            "",
            LEFT,
        ]
    )


def main() -> None:
    """Measure, print, and perhaps write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--only", nargs="+", choices=ROWS, default=list(ROWS))
    parser.add_argument("--large", type=int, default=1, help="0: catalogs of 10,000 items at most")
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    ram = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108
    rows = []
    with tempfile.TemporaryDirectory(dir=ram) as name:
        bench = Bench(Path(name), given.runs, (SMALL, LARGE) if given.large else (SMALL,))
        for wanted in given.only:
            for row in ROWS[wanted](bench):
                rows.append(row)
                print(f"{row.what}: {row.measured}  {row.promised}", flush=True)
                if given.write:  # row by row, so that a run that is cut leaves what it has
                    (HERE / "RESULTS.md").write_text(page(rows, is_cut=True), "utf-8")
    if given.write:
        (HERE / "RESULTS.md").write_text(page(rows, is_cut=False), "utf-8")


if __name__ == "__main__":
    main()
