"""Builds that are killed with SIGKILL: what comes after ends in the bytes of an undisturbed one.

ITEMCAT_KILLS sets how many builds are killed at random points (100 without it).
"""

import json
import os
import random
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from project import HEAD, Project, raster_bytes
from server import Server

from itemcat.cache import Cache
from itemcat.fetch.download import CHUNK
from itemcat.files import sha256

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals are those of POSIX")

KILLS = int(os.environ.get("ITEMCAT_KILLS", "100"))
NAMES = [f"ice_2019010{n}T000000.tif" for n in range(1, 6)]
LARGE = raster_bytes(8, width=2000, height=1600)
assert len(LARGE) > 3 * CHUNK
MANIFEST = "catalog.manifest.json"
LOCAL = '  - files: "data/*.tif"\n    href: https://example.org/data/{name}\n'


def remote_entries(server: Server, names: list[str]) -> str:
    return "".join(f"  - {server.url(name)}\n" for name in names)


def serve_large(server: Server) -> None:
    """The first name is a file of several chunks."""
    server.put(NAMES[0], LARGE, etag='"large"')


def kept_of_large(cache: Cache, server: Server) -> int:
    """How many of the bytes of the large file the cache has."""
    if cache.blob(sha256(LARGE), len(LARGE)):
        return len(LARGE)
    part = cache.part(server.url(NAMES[0]))
    is_known = part.exists() and part.with_suffix(".json").exists()
    return part.stat().st_size if is_known else 0


def refetched_of_large(server: Server, before: int, kept: int) -> int:
    """How many bytes of the large file were asked for since then although they were kept."""
    again = 0
    for request in server.requests[before:]:
        if request.path == f"/{NAMES[0]}" and request.status in (200, 206):
            start = re.fullmatch(r"bytes=(\d+)-", request.headers.get("range", "bytes=0-"))
            assert start is not None
            again = max(again, kept - int(start[1]))
    return again


# --------------------------------------------------------------------------------- at every point


@pytest.fixture(scope="module")
def reaper() -> "Iterator[subprocess.Popen[str]]":
    """The program in `dying`, running."""
    here = Path(__file__).parent
    pipe = subprocess.PIPE
    with subprocess.Popen(
        [sys.executable, str(here / "dying.py")],
        stdin=pipe,
        stdout=pipe,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(here), str(here.parent)])},
    ) as running:
        yield running
        assert running.stdin is not None
        running.stdin.close()


def build_and_die(reaper: "subprocess.Popen[str]", project: Project, at: int) -> bool:
    """Build in a process that dies just before its n-th change on disk; whether it came so far."""
    assert reaper.stdin is not None
    assert reaper.stdout is not None
    places = {"folder": str(project.folder), "cache": str(project.cache)}
    order = {**places, "at": at, "roots": list(places.values())}
    print(json.dumps(order), file=reaper.stdin, flush=True)
    answer = reaper.stdout.readline()
    assert answer in ("killed\n", "done\n")
    return answer == "killed\n"


def first_build(project: Project, server: Server) -> None:
    """A spec that was never built, of remote and local files."""
    serve_large(server)
    server.put(NAMES[1], raster_bytes(1), etag='"1"')
    project.raster(f"data/{NAMES[2]}", 2)
    project.spec(remote_entries(server, NAMES[:2]) + LOCAL)


def after_edits(project: Project, server: Server) -> None:
    """A catalog that was built, and then a file changed, one gone, one new, and another title."""
    first_build(project, server)
    project.build()
    edit(project, server)


def thumbnails_turned_on(project: Project, server: Server) -> None:
    """The same edits, and thumbnails for the first time."""
    after_edits(project, server)
    pictures_wanted(project)


def edit(project: Project, server: Server) -> None:
    """Change a file, drop one, add one, and give another title."""
    server.put(NAMES[3], raster_bytes(3), etag='"3"')
    project.raster(f"data/{NAMES[2]}", 7)
    text = (HEAD + remote_entries(server, [NAMES[1], NAMES[3]]) + LOCAL).replace("Lakes on", "On")
    project.spec(text)


def after_a_move(project: Project, server: Server) -> None:
    """A catalog that was built, and then a spec that names another output folder, and other ids."""
    first_build(project, server)
    project.build()
    spec = (project.folder / "catalog.yaml").read_text("utf-8")
    spec = spec.replace("output: out", "output: deep/place").replace(
        "items:", 'items:\n  id: "{n}"'
    )
    project.spec(spec)


def with_thumbnails(project: Project, server: Server) -> None:
    """The same move of a catalog with thumbnails, whose pictures are nowhere but in it."""
    first_build(project, server)
    pictures_wanted(project)
    project.build()
    spec = (project.folder / "catalog.yaml").read_text("utf-8")
    project.spec(spec.replace("items:", 'items:\n  id: "{n}"').replace("Lakes on", "On"))
    for path in (project.cache / "sha256").rglob("*"):
        if path.is_file() and path.read_bytes().startswith(b"\x89PNG"):
            path.unlink()


def pictures_wanted(project: Project) -> None:
    """Have the spec ask for thumbnails."""
    spec = (project.folder / "catalog.yaml").read_text("utf-8")
    project.spec("thumbnails: true\n" + spec)


def with_a_table(project: Project, server: Server) -> None:
    """The same edits, and a table of the items for the first time."""
    after_edits(project, server)
    table_wanted(project)


def without_its_table(project: Project, server: Server) -> None:
    """The same edits, and a table that is not wanted any more."""
    first_build(project, server)
    table_wanted(project)
    project.build()
    edit(project, server)


def table_wanted(project: Project) -> None:
    """Have the spec ask for a table of the items."""
    spec = (project.folder / "catalog.yaml").read_text("utf-8")
    project.spec("outputs: [stac, geoparquet]\n" + spec)


EDITS = [
    *(first_build, after_edits, after_a_move, with_a_table, without_its_table),
    *(thumbnails_turned_on, with_thumbnails),
]


@pytest.mark.parametrize("prepare", EDITS)
def test_a_build_killed_before_any_change_on_disk_is_finished_by_the_next(
    tmp_path: Path,
    server: Server,
    reaper: "subprocess.Popen[str]",
    prepare: Callable[[Project, Server], None],
) -> None:
    project = Project(tmp_path / "work" / "project", tmp_path / "work" / "cache")
    project.folder.mkdir(parents=True)
    prepare(project, server)
    shutil.copytree(tmp_path / "work", tmp_path / "before")
    project.build()
    expected = project.files()
    at, is_killed = 0, True
    while is_killed:
        at += 1
        replaced(tmp_path / "work", tmp_path / "before")
        is_killed = build_and_die(reaper, project, at)
        remains, before = project.files(), len(server.requests)
        if (
            remains.get(MANIFEST) == expected[MANIFEST]
        ):  # the new one names nothing but what is there
            assert expected.items() <= remains.items()
        kept = kept_of_large(Cache(project.cache), server)
        project.build()
        assert refetched_of_large(server, before, kept) <= CHUNK, f"killed before change {at}"
        assert project.files() == expected, f"killed before change {at}"
        marks = project.marks()
        assert project.build().is_same
        assert project.marks() == marks
    assert at > 30  # else the points were not seen


def replaced(folder: Path, original: Path) -> None:
    """Put a copy of `original` in the place of `folder`."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(original, folder)


# ------------------------------------------------------------------------------- at random points


class Victim:
    """A project of its own with a server of its own, built by processes that are killed."""

    def __init__(self, folder: Path, server: Server) -> None:
        self._server = server
        self._place = folder
        self._project = Project(folder / "work" / "project", folder / "work" / "cache")
        self._project.folder.mkdir(parents=True)
        for seed, name in enumerate(NAMES):
            server.put(name, raster_bytes(seed), etag=f'"{seed}"')
        serve_large(server)
        self._project.spec(remote_entries(server, NAMES))
        shutil.copytree(folder / "work", folder / "before")
        began = time.monotonic()
        assert self._project.run("build", "-j", "1").returncode == 0
        self._duration = time.monotonic() - began
        self._expected = self._project.files()

    def suffer(self, chance: random.Random, kills: int) -> int:
        """Start anew, be killed now and again, and be finished; how often it was killed."""
        replaced(self._place / "work", self._place / "before")
        count = sum(self._is_killed(chance.uniform(0, 1.1 * self._duration)) for _ in range(kills))
        cache, before = Cache(self._project.cache), len(self._server.requests)
        kept = kept_of_large(cache, self._server)
        held = [f"/{name}" for name in NAMES if cache.pointer(self._server.url(name))]
        self._project.build()
        assert self._project.files() == self._expected
        assert refetched_of_large(self._server, before, kept) <= CHUNK
        for request in self._server.requests[before:]:
            assert (request.status, request.sent) == (304, 0) or request.path not in held
        assert self._project.build().is_same
        return count

    def _is_killed(self, after: float) -> bool:
        """Build in a process, and kill it after so many seconds; whether it was not done before."""
        with subprocess.Popen(
            [sys.executable, "-m", "itemcat", "build", "-j", "1", "-q"],
            cwd=self._project.folder,
            env={**os.environ, "ITEMCAT_CACHE_DIR": str(self._project.cache)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        ) as process:
            try:
                output, _ = process.communicate(timeout=after)
            except subprocess.TimeoutExpired:
                process.kill()
                # Its workers hold the pipe too: this ends when the last of them has ended.
                output, _ = process.communicate(timeout=60)
                return True
        assert (process.returncode, output) == (0, b"")
        return False


def test_builds_killed_at_random_end_as_if_they_were_not(tmp_path: Path) -> None:
    """Two at a time. Each is killed once or more before it may finish."""

    def sufferings(number: int) -> int:
        chance, count = random.Random(number), 0
        with Server() as server:
            victim = Victim(tmp_path / str(number), server)
            while count < KILLS // 2:
                count += victim.suffer(chance, chance.choice([1, 1, 2, 3]))
        return count

    with ThreadPoolExecutor(2) as pool:
        assert sum(pool.map(sufferings, range(2))) >= KILLS // 2 * 2
