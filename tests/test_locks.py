"""Locks: held by one at a time, freed by death, and honest where there are none."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from machines import WITHOUT_LOCKS, as_ordinary_user
from project import Project, raster_bytes
from server import PATIENCE, Fault, Hold, Server

from itemcat.cache import Cache
from itemcat.locks import SWEEPING, Locks

NAMES = ["ice_20190101T000000.tif", "ice_20190102T000000.tif"]
pytestmark = pytest.mark.skipif(os.name == "nt", reason="rights and signals are those of POSIX")


def locks(folder: Path) -> Locks:
    return Locks(folder, pytest.fail)


def test_whoever_sweeps_keeps_new_users_out_and_is_kept_out_by_none(tmp_path: Path) -> None:
    mine, theirs = locks(tmp_path), locks(tmp_path)
    entered = threading.Event()
    waits = threading.Event()

    def use() -> None:
        with theirs.hold_unswept("a build", waits.set):
            entered.set()

    with mine.hold(SWEEPING):
        assert not mine.are_held()
        user = threading.Thread(target=use)
        user.start()
        assert waits.wait(PATIENCE)
        assert not entered.is_set()
    user.join(PATIENCE)
    assert entered.is_set()
    with theirs.hold_unswept("a build"), mine.hold(SWEEPING):
        assert mine.are_held()
    assert not mine.are_held()


def test_users_of_one_name_take_turns(tmp_path: Path) -> None:
    counter = tmp_path / "counter"
    counter.write_text("0")

    def count() -> None:
        for _ in range(20):
            with locks(tmp_path / "locks").hold_unswept("a build"):
                number = int(counter.read_text())
                counter.write_text(str(number + 1))

    threads = [threading.Thread(target=count) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert counter.read_text() == "160"


def test_a_folder_without_locks_is_said_and_the_build_goes_on(
    project: Project, server: Server
) -> None:
    for seed, name in enumerate(NAMES):
        server.put(name, raster_bytes(seed), etag=f'"{seed}"')
    project.spec("".join(f"  - {server.url(name)}\n" for name in NAMES))
    done = without_locks(project)
    assert done.wait(PATIENCE) == 0
    assert done.stderr is not None
    notes = [line for line in done.stderr.read().splitlines() if "knows no locks" in line]
    assert len(notes) == 1
    assert "may fetch a file twice" in notes[0]
    assert str(project.cache) in notes[0]
    done.stderr.close()
    locked = Project(project.folder, project.cache.parent / "other")
    assert locked.build(reread=True).is_same


def test_without_locks_two_builds_do_not_write_into_one_file(
    project: Project, server: Server, tmp_path: Path
) -> None:
    data = raster_bytes(0, width=2000, height=1600)
    server.put(NAMES[0], data, etag='"v1"')
    hold = Hold(after=len(data) // 2)
    server.fault(NAMES[0], Fault(hold=hold), Fault(hold=hold))
    others = Project(tmp_path / "others", project.cache)
    others.folder.mkdir()
    for one in (project, others):
        one.spec(f"  - {server.url(NAMES[0])}\n")
    both = [without_locks(project), without_locks(others)]
    server.wait_until_busy(2)
    hold.go.set()
    for running in both:
        running.communicate(timeout=60)
        assert running.returncode == 0
    assert server.sent(NAMES[0]) == 2 * len(data)
    assert project.files() == others.files()
    blobs = [path for path in project.cache.glob("sha256/*/*") if path.is_file()]
    assert [path.read_bytes() for path in blobs] == [data]


def without_locks(project: Project) -> "subprocess.Popen[str]":
    """A build on a machine whose kernel knows no locks."""
    return subprocess.Popen(
        [sys.executable, "-c", WITHOUT_LOCKS, "build"],
        cwd=project.folder,
        env={**os.environ, "ITEMCAT_CACHE_DIR": str(project.cache)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_a_folder_that_may_only_be_read_keeps_nobody_out(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from itemcat.cache import Cache\n"
        "cache = Cache(Path(sys.argv[1]), print)\n"
        "with cache.use('a build'), cache.lock('a file'): print('held')\n"
    )
    root = Cache(tmp_path).root
    root.chmod(0o555)
    done = subprocess.run(
        [*as_ordinary_user(), sys.executable, "-c", code, str(root)],
        capture_output=True,
        text=True,
        check=True,
    )
    root.chmod(0o755)
    assert done.stdout == "held\n"
