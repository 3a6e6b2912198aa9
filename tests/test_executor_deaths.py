"""Builds on a real cluster whose workers and scheduler are really killed, frozen, or come late."""

import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from faults import PATIENCE, Fault, Hold
from project import HEAD, Project, raster_bytes
from server import Server

from itemcat.errors import MachineError
from itemcat.listener import Listener
from itemcat.options import Options
from itemcat.pipeline import build
from itemcat.result import Result

pytest.importorskip("distributed", reason="needs dask: pip install 'itemcat[dask]'")
from clusters import HERE, Cluster, cluster

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals are those of POSIX")
REMOTE = HEAD.replace("assets:", "read: {access: remote}\nassets:")
NAMES = [f"ice_201905{day:02}T000000.tif" for day in range(1, 7)]


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cluster]:
    """A cluster without workers, which gives up one that is silent for 6 s."""
    monkeypatch.setenv("DASK_DISTRIBUTED__SCHEDULER__WORKER_TTL", "6s")
    (tmp_path / "dask").mkdir()
    with cluster(tmp_path / "dask", 0) as running:
        yield running


class Watch(Listener):
    """Waits until so many files are read, or something is said."""

    def __init__(self, count: int = 0) -> None:
        self._count = count
        self.is_reached = threading.Event()
        self.has_said = threading.Event()
        self.said = ""

    def progress(self, done: int, total: int) -> None:
        if done == self._count:
            self.is_reached.set()

    def note(self, text: str) -> None:
        self.said = text
        self.has_said.set()


@pytest.fixture
def held(project: Project, server: Server) -> Iterator[list[Hold]]:
    """Six files that are read by their heads; the server holds the last two back."""
    holds = [Hold(after=0), Hold(after=0)]
    for seed, name in enumerate(NAMES):
        server.put(name, raster_bytes(seed), etag=f'"{seed}"')
    for name, hold in zip(NAMES[4:], holds, strict=True):
        server.fault(name, Fault(hold=hold))
    project.spec(REMOTE + "".join(f"  - {server.url(name)}\n" for name in NAMES))
    yield holds
    for hold in holds:
        hold.go.set()


def building(project: Project, at: Cluster, listener: Listener) -> Result:
    options = Options(cache_dir=project.cache, executor=f"dask:{at.address}")
    return build(project.folder, options, listener)


def test_when_all_workers_die_at_once_others_do_what_they_were_at(
    project: Project, own: Cluster, held: list[Hold]
) -> None:
    workers = [own.hire(), own.hire()]
    with ThreadPoolExecutor(1) as threads:
        result = threads.submit(building, project, own, Listener())
        assert all(hold.reached.wait(PATIENCE) for hold in held)
        for worker in workers:
            worker.kill()
        for hold in held:
            hold.go.set()
        own.hire()
        assert len(result.result(PATIENCE).decisions) == len(NAMES)


def test_what_a_frozen_worker_was_at_another_does(
    project: Project, own: Cluster, held: list[Hold]
) -> None:
    frozen = own.hire()
    with ThreadPoolExecutor(1) as threads:
        result = threads.submit(building, project, own, Listener())
        assert held[0].reached.wait(2 * PATIENCE)
        os.kill(frozen.pid, signal.SIGSTOP)
        for hold in held:
            hold.go.set()
        own.hire()
        assert len(result.result(2 * PATIENCE).decisions) == len(NAMES)


def test_a_build_waits_for_its_first_worker(
    project: Project, own: Cluster, held: list[Hold]
) -> None:
    watch = Watch()
    for hold in held:
        hold.go.set()
    with ThreadPoolExecutor(1) as threads:
        result = threads.submit(building, project, own, watch)
        assert watch.has_said.wait(PATIENCE)
        own.hire()
        assert len(result.result(PATIENCE).decisions) == len(NAMES)
    assert watch.said == f"{own.address} has no worker: waiting"


def test_after_the_scheduler_has_gone_the_next_build_reads_what_is_left(
    project: Project, server: Server, own: Cluster, held: list[Hold], tmp_path: Path
) -> None:
    own.hire("--nthreads", "3")  # two of which will wait for the server
    watch = Watch(len(NAMES) - 2)
    with ThreadPoolExecutor(1) as threads:
        result = threads.submit(building, project, own, watch)
        assert watch.is_reached.wait(PATIENCE)
        own.scheduler.kill()
        with pytest.raises(MachineError, match="the scheduler has gone, with all its work"):
            result.result(PATIENCE)
    for hold in held:
        hold.go.set()
    before = len(server.requests)
    (tmp_path / "new").mkdir()
    with cluster(tmp_path / "new", 1) as new:
        assert len(building(project, new, Listener()).decisions) == len(NAMES)
    statuses = {request.path: request.status for request in server.requests[before:]}
    assert [statuses[f"/{name}"] for name in NAMES] == [304] * (len(NAMES) - 2) + [206] * 2


def test_a_file_that_kills_its_workers_is_named(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever reads it, at least two of them; the others do the rest."""
    monkeypatch.setenv("DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES", "1")
    for seed, day in enumerate((1, 2, 6)):
        project.raster(f"data/ice_2019010{day}T000000.tif", seed)
    project.spec('  - files: "data/*.tif"\n    href: https://example.org/{name}\n')
    (tmp_path / "dask").mkdir()
    path = os.pathsep.join([str(HERE / "hostile"), str(HERE.parent)])
    with cluster(tmp_path / "dask", 3, {"PYTHONPATH": path}) as three:
        done = project.run("build", "--keep-going", "--executor", f"dask:{three.address}")
        assert sum(worker.is_alive for worker in three.workers) == 1
    assert done.returncode == 3
    assert "2 added, 1 failed" in done.stdout
    assert "error: data/ice_20190106T000000.tif: its workers died of it, or were" in done.stderr
