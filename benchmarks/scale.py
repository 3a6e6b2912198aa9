"""Measure engines: `python benchmarks/scale.py [--runs N] [--only ROWS] [--records N]`.

Two processes against one, on the local pool and on dask; three bad files among two thousand; what
100,000 records that come back cost the driver in memory, and what share of the CPU driver and
scheduler take. Ratios are of runs that took turns. The scheduler runs in the driver's process.
"""

import argparse
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, wait
from contextlib import contextmanager
from pathlib import Path

import chores
import psutil
from measure import Ratios, Times, run

from itemcat import readers
from itemcat.cluster import Batches, scheduler
from itemcat.cluster.batches import MOST, WINDOW
from itemcat.cluster.cell import packed
from itemcat.errors import ReadError
from itemcat.pool import Pool, explained

HERE = Path(__file__).parent
OPTIONS = {"statistics": "exact"}
ROOM = 2 * MOST * WINDOW  # calls that a build has under way
Make = Callable[[int], Executor]


def local(workers: int) -> Executor:
    """Processes of this machine, as a build has them."""
    return Pool(workers, 5)


def dask(workers: int) -> Executor:
    """Workers of a dask cluster on this machine, as a build uses them."""
    return Batches(scheduler.local_cluster(workers, print), "dask", packed(chores.agree), 5)


@contextmanager
def engine(make: Make, workers: int) -> Iterator[Executor]:
    """An engine that has read a file with each worker, so that all libraries are loaded."""
    executor = make(workers)
    wait([executor.submit(readers.read_line, readers.RASTER, TINY, OPTIONS) for _ in range(400)])
    yield executor
    executor.shutdown()


# ------------------------------------------------------------------------------------------ rows


def pairs(folder: Path, runs: int, _: int) -> None:
    """Two workers against one."""
    run([sys.executable, HERE / "catalogs.py", "scenes", folder / "large", 60, "pictures"])
    large = sorted((folder / "large").iterdir())
    for make in (local, dask):
        for what, paths in (("2000×2000", large), ("64×64", [TINY] * 3000)):
            with engine(make, 1) as one, engine(make, 2) as two:
                times = [(timed(one, paths), timed(two, paths)) for _ in range(runs)]
            single, double = (Times(found) for found in zip(*times, strict=True))
            ratio = Ratios.of(single, double)
            rates = [len(paths) / found.median for found in (single, double)]
            print(f"{make.__name__}, {len(paths)} files of {what}: two workers are {ratio} × one")
            print(f"  {rates[0]:.0f} and {rates[1]:.0f} files/s")


def timed(executor: Executor, paths: Sequence[Path]) -> float:
    """Seconds for all files."""
    start = time.perf_counter()
    futures = [executor.submit(readers.read_line, readers.RASTER, p, OPTIONS) for p in paths]
    for future in futures:
        future.result()
    return time.perf_counter() - start


def guilty(_: Path, __: int, ___: int) -> None:
    """A file that crashes its reader, one that hangs and one that is not there, among 2,000."""
    for make in (local, dask):
        with engine(make, 2) as executor:
            start = time.perf_counter()
            futures = {}
            for number in range(2000):
                path = TINY.with_name("missing.tif") if number == 900 else TINY
                futures[number] = executor.submit(chores.read, str(number), path)
            failed = {n: future.exception() for n, future in futures.items() if future.exception()}
            seconds = time.perf_counter() - start
        print(f"{make.__name__}: {2000 - len(failed)} records in {seconds:.1f} s, and")
        for number, error in failed.items():
            shown = explained(error, str(number)) if error else None
            assert isinstance(shown, ReadError)
            print(f"  {shown.line}")


def driver(_: Path, __: int, records: int) -> None:
    """What records that come back cost the driver."""
    me = psutil.Process()
    with engine(dask, 2) as executor:
        before, mine = me.memory_info().rss, own_cpu()
        most, theirs = before, workers_cpu(me)
        room = threading.Semaphore(ROOM)
        for number in range(records):
            room.acquire()
            executor.submit(chores.head, TINY).add_done_callback(lambda _: room.release())
            if number % ROOM == 0:
                most = max(most, me.memory_info().rss)
        for _number in range(ROOM):  # until all are back
            room.acquire()
        mine, theirs = own_cpu() - mine, workers_cpu(me) - theirs
    print(f"{records} records: the driver grew by {(most - before) / 1e6:.0f} MB")
    print(
        f"CPU: driver and scheduler {mine:.1f} s, which is {100 * mine / theirs:.0f} % of the "
        f"workers' {theirs:.1f} s; {1e6 * mine / records:.0f} µs a record"
    )


def own_cpu() -> float:
    """CPU seconds of this process."""
    return time.process_time()


def workers_cpu(me: psutil.Process) -> float:
    """CPU seconds of all processes below this one."""
    return sum(sum(child.cpu_times()[:2]) for child in me.children(recursive=True))


ROWS = {row.__name__: row for row in (pairs, guilty, driver)}


def main() -> None:
    """Run the rows that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--only", nargs="+", choices=ROWS, default=[*ROWS])
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        global TINY
        subprocess.run([sys.executable, HERE / "catalogs.py", "change", name, "0"], check=True)
        (TINY,) = Path(name).glob("*.tif")
        for row in asked.only:
            ROWS[row](Path(name), asked.runs, asked.records)


if __name__ == "__main__":
    main()
