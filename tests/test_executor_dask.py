"""Builds whose files are read by the workers of a real dask cluster, some of them really killed."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from faults import PATIENCE, Fault, Hold
from project import HEAD, Project, raster_bytes
from server import Server

pytest.importorskip("distributed", reason="needs dask: pip install 'itemcat[dask]'")
from clusters import HERE, Cluster, cluster

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals are those of POSIX")
REMOTE = HEAD.replace("assets:", "read: {access: remote}\nassets:")
LOCAL = '  - files: "data/*.tif"\n    href: https://example.org/{name}\n'
NAMES = [f"ice_2019{month:02}{day:02}T000000.tif" for month in (5, 6) for day in range(1, 15)]


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A cluster with two workers, which have a credential that the builds have not."""
    with cluster(tmp_path_factory.mktemp("two"), 2, {"TOKEN": "of the workers"}) as running:
        yield running


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Cluster]:
    """A cluster of the test's own, without workers."""
    (tmp_path / "dask").mkdir()
    with cluster(tmp_path / "dask", 0) as running:
        yield running


@pytest.fixture
def filled(project: Project, server: Server) -> Project:
    """Rasters in a folder and on a server; more than a batch."""
    for seed, name in enumerate(NAMES):
        project.raster(f"data/{name}", seed)
    for seed in range(3):
        server.put(f"web_2019010{seed + 1}T000000.tif", raster_bytes(seed), etag=f'"{seed}"')
    urls = "".join(f"  - {server.url(f'web_2019010{n}T000000.tif')}\n" for n in (1, 2, 3))
    project.spec(LOCAL + urls)
    return project


def anew(project: Project) -> None:
    """As if it had never been built."""
    shutil.rmtree(project.folder / "out")
    (project.folder / "catalog.manifest.json").unlink()
    shutil.rmtree(project.cache)


def start(project: Project, *arguments: str, **environment: str) -> "subprocess.Popen[str]":
    """A build that runs meanwhile."""
    return subprocess.Popen(
        [sys.executable, "-m", "itemcat", "build", *arguments],
        cwd=project.folder,
        env={**os.environ, "ITEMCAT_CACHE_DIR": str(project.cache), **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


# ------------------------------------------------------------------------------------- who asks


def test_workers_read_heads_at_the_files_addresses(
    project: Project, server: Server, two: Cluster, tmp_path: Path
) -> None:
    """The build itself asks for nothing; the requests of workers are counted all the same."""
    for seed, name in enumerate(NAMES):
        server.put(name, raster_bytes(seed), etag=f'"{seed}"')
    project.spec(REMOTE + "".join(f"  - {server.url(name)}\n" for name in NAMES))
    report = tmp_path / "report.json"
    executor = ("--executor", f"dask:{two.address}")
    assert project.run("build", *executor, "--report", str(report)).returncode == 0
    totals = json.loads(report.read_text())["totals"]
    assert totals["requests"] == len(server.requests) == len(NAMES)
    assert totals["bytes_fetched"] == sum(request.sent for request in server.requests)
    there = project.files()
    assert project.run("build", "--refresh", *executor).returncode == 0
    assert [request.status for request in server.requests[len(NAMES) :]] == [304] * len(NAMES)
    anew(project)
    assert project.run("build").returncode == 0
    assert project.files() == there


def test_a_file_that_describes_itself_at_its_end(
    project: Project, server: Server, two: Cluster, tmp_path: Path
) -> None:
    from test_readers_excerpt import FILES

    server.put(NAMES[0], FILES["late-both"](tmp_path / NAMES[0]).read_bytes(), etag='"v1"')
    project.spec(f"{REMOTE}  - {server.url(NAMES[0])}\n")
    assert project.run("build", "--executor", f"dask:{two.address}").returncode == 0
    assert 1 < len(server.requests) <= 4
    there = project.files()
    anew(project)
    assert project.run("build").returncode == 0
    assert project.files() == there


def test_secrets_stay_and_workers_have_their_own(
    project: Project, server: Server, two: Cluster
) -> None:
    """What is asked for with a token of its address is asked for here; headers are filled there."""
    for seed, name in enumerate(NAMES[:2]):
        server.put(name, raster_bytes(seed), etag=f'"{seed}"')
    headers = f'fetch: {{headers: {{"{server.host}": {{X-Api-Key: "${{TOKEN}}"}}}}}}\n'
    urls = [server.url(NAMES[0]), server.url(f"{NAMES[1]}?token=mine")]
    project.spec(headers + REMOTE + "".join(f"  - {url}\n" for url in urls))
    theirs = {"TOKEN": "of the build"}
    done = project.run("build", "--executor", f"dask:{two.address}", **theirs)
    assert done.returncode == 0, done.stderr
    keys = {request.path: request.headers["x-api-key"] for request in server.requests}
    assert keys == {f"/{NAMES[0]}": "of the workers", f"/{NAMES[1]}?token=mine": "of the build"}


# --------------------------------------------------------------------------------------- failures


def test_the_guilty_are_named_and_all_others_read(filled: Project, own: Cluster) -> None:
    """A file that crashes its reader, one that hangs, one that raises the unspeakable."""
    own.hire(PYTHONPATH=os.pathsep.join([str(HERE / "hostile"), str(HERE.parent)]))
    for seed, day in enumerate((3, 4, 5)):
        filled.raster(f"data/ice_2019010{day}T000000.tif", seed)
    filled.spec("read: {timeout: 2}\n" + (filled.folder / "catalog.yaml").read_text())
    done = filled.run("build", "--keep-going", "--executor", f"dask:{own.address}")
    assert done.returncode == 3
    assert f"{len(NAMES) + 3} added, 3 failed" in done.stdout
    errors = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert errors == [
        "error: data/ice_20190103T000000.tif: the reader crashed on it (SIGSEGV)",
        "error: data/ice_20190104T000000.tif: reading it took more than 2 seconds",
        "error: data/ice_20190105T000000.tif: the reader failed on it: Stubborn: "
        + errors[2].rpartition("Stubborn: ")[2],
    ]
    assert own.workers[0].is_alive


def held_up(project: Project, server: Server) -> Hold:
    """A spec whose last file comes when the hold lets it: until then it is being built."""
    hold = Hold(after=0)
    for seed, name in enumerate(NAMES[:6]):
        server.put(name, raster_bytes(seed), etag=f'"{seed}"')
    server.fault(NAMES[5], Fault(hold=hold))
    project.spec(REMOTE + "".join(f"  - {server.url(name)}\n" for name in NAMES[:6]))
    return hold


def test_what_a_killed_worker_was_at_others_do(
    project: Project, server: Server, own: Cluster
) -> None:
    first = own.hire()
    hold = held_up(project, server)
    with start(project, "--executor", f"dask:{own.address}") as building:
        assert hold.reached.wait(PATIENCE)
        own.hire()
        first.kill()
        hold.go.set()
        assert building.wait(60) == 0
    assert len(list((project.folder / "out").iterdir())) == 7


def test_a_scheduler_that_goes_away_ends_the_build_and_the_next_goes_on(
    project: Project, server: Server, own: Cluster, two: Cluster
) -> None:
    own.hire()
    hold = held_up(project, server)
    before = project.files()
    with start(project, "--executor", f"dask:{own.address}") as building:
        assert hold.reached.wait(PATIENCE)
        own.scheduler.kill()
        out, err = building.communicate(timeout=60)
        hold.go.set()
    assert (building.returncode, out) == (3, "")
    assert err.splitlines() == [
        f"error: {own.address}: the scheduler has gone, with all its work",
        "hint: run the same command again; what was fetched and read is kept",
    ]
    assert project.files() == before
    assert project.run("build", "--executor", f"dask:{two.address}").returncode == 0


def test_an_interrupt_leaves_the_cluster_and_keeps_what_was_done(
    project: Project, server: Server, two: Cluster
) -> None:
    hold = held_up(project, server)
    with start(project, "--executor", f"dask:{two.address}") as building:
        assert hold.reached.wait(PATIENCE)
        building.send_signal(signal.SIGINT)
        _, err = building.communicate(timeout=60)
        hold.go.set()
    assert (building.returncode, err) == (130, "interrupted: what was fetched and read is kept\n")
    assert project.run("build", "--executor", f"dask:{two.address}").returncode == 0


def test_an_address_where_nothing_listens(filled: Project, tmp_path: Path) -> None:
    before = filled.files()
    file = tmp_path / "gone.json"
    file.write_text('{"address": "tcp://127.0.0.1:9"}')
    done = filled.run("build", "--executor", f"dask:{file}")
    assert done.returncode == 3
    assert done.stderr.startswith("error: tcp://127.0.0.1:9: no dask scheduler answers (")
    assert "\nhint: start one with `dask scheduler`" in done.stderr
    assert filled.files() == before


# As on another machine: the folder in $0 is an empty one there.
BLIND = ("unshare", "--mount", "sh", "-c", 'mount -t tmpfs none "$0" && exec "$@"')


def can_be_blind() -> bool:
    trial = ["unshare", "--mount", "true"]
    is_there = shutil.which(trial[0]) is not None
    return is_there and subprocess.run(trial, capture_output=True, check=False).returncode == 0


@pytest.mark.skipif(not can_be_blind(), reason="needs a namespace of its own, as root has")
def test_a_worker_that_does_not_see_the_cache_reads_nothing(
    project: Project, server: Server, own: Cluster
) -> None:
    """But for what it can ask for itself."""
    server.put(NAMES[0], raster_bytes(), etag='"1"')
    project.spec(f"  - {server.url(NAMES[0])}\n")
    project.cache.mkdir()
    own.hire(before=[*BLIND, str(project.cache)])
    executor = ("--executor", f"dask:{own.address}")
    before = project.files()
    done = project.run("build", *executor)
    assert done.returncode == 3
    assert f"does not see {project.cache}" in done.stderr
    assert "`access: remote` under `read:`" in done.stderr
    assert project.files() == before
    project.spec(f"{REMOTE}  - {server.url(NAMES[0])}\n")
    assert project.run("build", *executor).returncode == 0


def test_a_worker_with_another_release_reads_nothing(
    filled: Project, own: Cluster, tmp_path: Path
) -> None:
    package = tmp_path / "site" / "itemcat"
    shutil.copytree(HERE.parent / "itemcat", package)
    face = package / "__init__.py"
    face.write_text(face.read_text().replace('__version__ = "', '__version__ = "9.'))
    own.hire(PYTHONPATH=str(package.parent))
    done = filled.run("build", "--executor", f"dask:{own.address}")
    assert done.returncode == 3
    assert "would not read as this machine does: it has itemcat 9." in done.stderr
    assert "hint: give the workers the same environment" in done.stderr


def test_a_worker_without_itemcat_is_told_of(filled: Project, own: Cluster, tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "itemcat.py").write_text("raise ModuleNotFoundError('none here')\n")
    own.hire(PYTHONPATH=str(tmp_path / "site"))
    done = filled.run("build", "--executor", f"dask:{own.address}")
    assert done.returncode == 3
    assert (
        "its workers do not understand this itemcat: ModuleNotFoundError: none here" in done.stderr
    )


def test_a_cluster_without_workers_is_said_and_given_up(own: Cluster) -> None:
    from itemcat.cluster.scheduler import LONGEST, connect
    from itemcat.errors import MachineError

    said: list[str] = []
    scheduler = connect(own.address, said.append)
    for _ in range(2):
        scheduler.watch(LONGEST / 2)
    assert said == [f"{own.address} has no worker: waiting"]
    with pytest.raises(MachineError, match="has no worker, and has not for 11 minutes"):
        scheduler.watch(LONGEST + 60)
    os.kill(own.scheduler.pid, signal.SIGSTOP)
    with pytest.raises(MachineError, match="does not answer, and has not for 11 minutes"):
        scheduler.watch(LONGEST + 60)
    os.kill(own.scheduler.pid, signal.SIGCONT)
    scheduler.shutdown()
