"""Eight builds at the same time, as a cluster's users or an impatient one start them."""

import os
import subprocess
import sys
from pathlib import Path

from project import Project, raster_bytes
from server import PATIENCE, Fault, Hold, Server

NAMES = [f"ice_2019010{n}T000000.tif" for n in range(1, 6)]
MANY = 8


def start(project: Project, *arguments: str) -> "subprocess.Popen[str]":
    """A build as a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "itemcat", "build", "-j", "1", *arguments],
        cwd=project.folder,
        env={**os.environ, "ITEMCAT_CACHE_DIR": str(project.cache)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(running: "list[subprocess.Popen[str]]") -> list[str]:
    """Wait for all of them, which must end well; what each printed."""
    told = [process.communicate(timeout=120) for process in running]
    assert [process.returncode for process in running] == [0] * len(running), told
    return [output for output, _ in told]


def publish(server: Server) -> None:
    for seed, name in enumerate(NAMES):
        server.put(name, raster_bytes(seed), etag=f'"{seed}"')


def fetched_once(server: Server) -> bool:
    """Whether each file was sent exactly once, and all else was answered without a body."""
    return all(server.sent(name) == len(raster_bytes(seed)) for seed, name in enumerate(NAMES))


def test_eight_projects_on_one_cache_fetch_each_url_once(tmp_path: Path, server: Server) -> None:
    publish(server)
    projects = [Project(tmp_path / str(number), tmp_path / "cache") for number in range(MANY)]
    for project in projects:
        project.folder.mkdir()
        project.spec("".join(f"  - {server.url(name)}\n" for name in NAMES))
    finish([start(project) for project in projects])
    assert fetched_once(server)
    assert all(project.files() == projects[0].files() for project in projects)
    assert len(list(projects[0].cache.glob("sha256/*/*"))) == len(NAMES)
    for folder in ("parts", "tmp"):
        assert list((projects[0].cache / folder).glob("*")) == []


def test_eight_builds_of_one_project_take_turns_and_agree(project: Project, server: Server) -> None:
    publish(server)
    project.spec("".join(f"  - {server.url(name)}\n" for name in NAMES))
    told = finish([start(project) for _ in range(MANY)])
    assert sum(text.endswith(f"{len(NAMES)} added: out/catalog.json\n") for text in told) == 1
    assert sum("nothing to do" in text for text in told) == MANY - 1
    assert fetched_once(server)
    assert len(server.requests) == len(NAMES)
    alone = Project(project.folder.parent / "alone", project.cache.parent / "other cache")
    alone.folder.mkdir()
    alone.spec((project.folder / "catalog.yaml").read_text("utf-8"))
    alone.build()
    assert project.files() == alone.files()


def test_who_waits_for_another_build_says_so(project: Project, server: Server) -> None:
    publish(server)
    project.spec(f"  - {server.url(NAMES[0])}\n")
    hold = Hold(after=100)
    server.fault(NAMES[0], Fault(hold=hold))
    first = start(project)
    assert hold.reached.wait(PATIENCE)
    second = start(project)
    assert second.stderr is not None
    said = second.stderr.readline()
    assert said == "note: another itemcat is at work on this catalog or its cache: waiting for it\n"
    hold.go.set()
    assert finish([first, second])[1] == "nothing to do: 1 item up to date\n"


def test_eight_refreshes_at_once_ask_and_change_nothing(project: Project, server: Server) -> None:
    publish(server)
    project.spec("".join(f"  - {server.url(name)}\n" for name in NAMES))
    project.build()
    marks = project.marks()
    finish([start(project, "--refresh") for _ in range(MANY)])
    assert project.marks() == marks
    assert fetched_once(server)
