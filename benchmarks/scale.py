"""Measure engines: `python benchmarks/scale.py [--runs N] [--only ROWS] [--records N]`.

Two processes against one, on the local pool and on dask; three bad files among two thousand; what
100,000 records that come back cost the driver in memory, and what share of the CPU driver and
scheduler take; heads of files, 16 at once against one at a time. Ratios are of runs that took
turns. In the first two rows dask's scheduler runs in the driver's process.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from pathlib import Path

import chores
import psutil
from fleet import fleet
from measure import Ratios, Times, run
from remote import AT_ONCE, LATENCY, cog
from speed import server

from itemcat import readers
from itemcat.cache import Cache
from itemcat.cluster import Batches, scheduler
from itemcat.cluster.batches import MOST, WINDOW
from itemcat.cluster.cell import packed
from itemcat.errors import ReadError
from itemcat.fetch import Fetcher
from itemcat.heads import Order, look
from itemcat.model import Asset, FetchRules
from itemcat.pool import Pool, explained

HERE = Path(__file__).parent
OPTIONS = {"statistics": "exact"}
HEAD_ONLY = {"statistics": "none"}
ROOM = 2 * MOST * WINDOW  # calls that a build has under way
Make = Callable[[int], Executor]
Rate = Callable[[Sequence[str]], float]  # files a second of some addresses


def local(workers: int) -> Executor:
    """Processes of this machine, as a build has them."""
    return Pool(workers, 5)


def dask(workers: int) -> Executor:
    """Workers of a dask cluster on this machine, as a build uses them."""
    return Batches(scheduler.local_cluster(workers, print), "dask", packed(chores.agree), 5)


def connected(file: Path) -> Executor:
    """Workers of the scheduler that has written this file."""
    address = json.loads(file.read_bytes())["address"]
    return Batches(scheduler.connect(address, print), "dask", packed(chores.agree), 60)


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


def driver(folder: Path, _: int, records: int) -> None:
    """What records that come back cost the driver and the scheduler."""
    me = psutil.Process()
    with fleet(folder, 2) as staff, engine(lambda _: connected(staff.file), 2) as executor:
        before = most = me.memory_info().rss
        mine, (its, theirs) = time.process_time(), staff.cpu()
        room = threading.Semaphore(ROOM)
        failed: list[BaseException] = []

        def back(future: Future[str]) -> None:
            failed.extend(filter(None, [future.exception()]))
            room.release()

        for number in range(records):
            room.acquire()
            executor.submit(chores.head, TINY).add_done_callback(back)
            if number % ROOM == 0:
                most = max(most, me.memory_info().rss)
        for _number in range(ROOM):  # until all are back
            room.acquire()
        mine = time.process_time() - mine
        its, theirs = (now - then for now, then in zip(staff.cpu(), (its, theirs), strict=True))
    assert not failed, failed[0]
    print(f"{records} records: the driver grew by {(most - before) / 1e6:.0f} MB")
    print(
        f"CPU: driver {mine:.1f} s and scheduler {its:.1f} s, which is "
        f"{100 * (mine + its) / theirs:.1f} % of the workers' {theirs:.1f} s; "
        f"{1e6 * (mine + its) / records:.0f} µs a record"
    )


def heads(folder: Path, runs: int, _: int) -> None:
    """Reading by heads over 20 ms of latency: 16 at once against one at a time."""
    cog(folder / "cog.tif")
    names = [f"{number}.tif" for number in range(960)]
    (folder / "served").mkdir()
    for name in names:
        (folder / "served" / name).symlink_to(folder / "cog.tif")
    for make in (fetching, looking):
        with (
            server(folder / "served", LATENCY) as address,
            make(folder, 1) as one,
            make(folder, AT_ONCE) as many,
        ):
            urls = [f"{address}/{name}" for name in names]
            found = [(one(urls[:120]), many(urls)) for _ in range(runs + 1)][1:]
        single, several = (Times(tuple(rates)) for rates in zip(*found, strict=True))
        ratio = Ratios.of(several, single)
        print(f"{make.__name__}: {AT_ONCE} heads at once are {ratio} × one at a time")
        print(f"  {several.median:.0f} and {single.median:.0f} files/s")


@contextmanager
def fetching(_: Path, at_once: int) -> Iterator[Rate]:
    """This machine asks in so many threads, and two processes read: as `local` does."""
    with tempfile.TemporaryDirectory() as name, Fetcher(Cache(Path(name))) as fetcher:
        pool = Pool(2)

        def read(url: str) -> None:
            excerpt = fetcher.glimpse(Asset(url, url), None).excerpt
            assert excerpt
            line = pool.submit(readers.read_excerpt, readers.RASTER, excerpt, HEAD_ONLY)
            assert isinstance(line.result(), str)

        with ThreadPoolExecutor(at_once) as threads:
            yield lambda urls: rate(len(urls), threads.map(read, urls))
        pool.shutdown()


@contextmanager
def looking(folder: Path, at_once: int) -> Iterator[Rate]:
    """A worker with so many threads asks and reads, as one of dask does."""
    rules = FetchRules()

    def order(url: str) -> Order:
        return Order(Asset(url, url), readers.RASTER, HEAD_ONLY, None, False, rules, ())

    with fleet(folder / f"{at_once}", 1, at_once) as staff:
        executor = connected(staff.file)
        yield lambda urls: rate(len(urls), executor.map(look, map(order, urls)))
        executor.shutdown()


def rate(count: int, results: Iterable[object]) -> float:
    """So many results a second."""
    start = time.perf_counter()
    deque(results, maxlen=0)
    return count / (time.perf_counter() - start)


ROWS = {row.__name__: row for row in (pairs, guilty, driver, heads)}


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
