"""A machine that refuses: what is said, what stays whole, and that the next build goes on."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from machines import as_ordinary_user, on_small_disk
from project import HEAD, Project, raster_bytes
from server import Fault, Hold, Server

NAMES = [f"ice_2019010{n}T000000.tif" for n in (1, 2, 3)]
IDS = [name.removesuffix(".tif") for name in NAMES]
pytestmark = pytest.mark.skipif(os.name == "nt", reason="the limits and rights of POSIX")
LIMITED = """\
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]),) * 2)
from itemcat.cli import main
sys.exit(main(["build", "-q"]))
"""


@pytest.fixture
def remote(project: Project, server: Server) -> Project:
    """A project of three rasters on a server, not built yet; the first has two chunks."""
    for seed, name in enumerate(NAMES):
        large = {"width": 1500, "height": 1000} if seed == 0 else {}
        server.put(name, raster_bytes(seed, **large), etag=f'"{seed}"')
    project.spec("".join(f"  - {server.url(name)}\n" for name in NAMES))
    return project


def expected(project: Project) -> dict[str, bytes]:
    """What a build elsewhere, with nothing in its way, makes of the same spec."""
    free = Project(project.folder.parent / "free", project.cache.parent / "free cache")
    free.folder.mkdir()
    shutil.copy(project.folder / "catalog.yaml", free.folder)
    free.build()
    return free.files()


def one_error(text: str) -> str:
    """The error in what was printed, which must be one, with a hint and no traceback."""
    lines = [line for line in text.splitlines() if line.startswith("error: ")]
    assert len(lines) == 1, text
    assert "hint: " in text
    assert "Traceback" not in text
    return lines[0]


# -------------------------------------------------------------------------------------- disk full


def test_a_full_cache_disk_is_one_clear_error_and_with_room_the_build_goes_on(
    remote: Project, server: Server
) -> None:
    script = (
        'cd "$PROJECT"; $ITEMCAT build -q; echo "first: $?"; find . -type f; '
        'mount -o remount,size=50m "$FOLDER"; $ITEMCAT build -q; echo "second: $?"'
    )
    environment = {"PROJECT": str(remote.folder), "ITEMCAT_CACHE_DIR": str(remote.cache)}
    told = on_small_disk(remote.cache, script, "1200k", **environment)
    error = one_error(told)
    assert str(remote.cache) in error
    assert "No space left on device" in error
    before, after = told.split("first: 3\n")
    assert "make room there" in before
    assert after == "./catalog.yaml\nsecond: 0\n"
    assert remote.files() == expected(remote)


def test_a_full_output_disk_leaves_the_old_catalog_or_the_next_build_finishes(
    project: Project,
) -> None:
    project.raster(f"data/{NAMES[0]}")
    script = (
        'cp -r "$PROJECT" "$FOLDER"/p; cd "$FOLDER"/p; $ITEMCAT build -q; echo "first: $?"; '
        "head -c 10M /dev/zero > filler; cp catalog.yaml ../kept.yaml; "
        "printf '    title: Another\\n' >> catalog.yaml; "
        'for i in $(seq 40); do head -c 4k /dev/zero > "fill$i" || break; done; '
        '$ITEMCAT build -q; echo "second: $?"; rm fill*; '
        '$ITEMCAT build -q; echo "third: $?"; $ITEMCAT build --check; rm -rf filler; '
        'cp -r . "$RESULT"'
    )
    project.spec('  - files: "data/*.tif"\n')
    result = project.folder.parent / "result"
    told = on_small_disk(
        project.folder.parent / "disk",
        script,
        "200k",
        PROJECT=str(project.folder),
        RESULT=str(result),
        ITEMCAT_CACHE_DIR=str(project.cache),
    )
    assert "first: 0\n" in told
    assert "No space left on device" in one_error(told)
    assert "second: 3\nthird: 0\nnothing to do: 1 item up to date\n" in told
    assert not list(result.rglob(".itemcat"))


@pytest.mark.parametrize("most", [0, 150, 700, 900, 1_500, 3_000])
def test_whatever_file_is_the_one_too_big_nothing_breaks(
    project: Project, server: Server, most: int
) -> None:
    """A limit in bytes on the size of files: states, pointers, blobs, records, items, manifest."""
    for seed, name in enumerate(NAMES):
        server.put(name, raster_bytes(seed), etag=f'"{seed}"')
    project.spec("".join(f"  - {server.url(name)}\n" for name in NAMES))
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(most)],
        cwd=project.folder,
        env={**os.environ, "ITEMCAT_CACHE_DIR": str(project.cache)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 3
    assert "File too large" in one_error(done.stderr)
    remains = project.files()
    project.build()
    assert project.files() == expected(project)
    assert "catalog.manifest.json" not in remains or remains == project.files()


# ------------------------------------------------------------------------------------ no permission


def run_as_ordinary_user(project: Project, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [*as_ordinary_user(), sys.executable, "-m", "itemcat", *arguments],
        cwd=project.folder,
        env={**os.environ, "ITEMCAT_CACHE_DIR": str(project.cache)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def allow(root: Path, mode: int) -> None:
    """Give all folders below `root` these rights."""
    for path in [*root.rglob("*"), root]:
        if path.is_dir():
            path.chmod(mode)


@pytest.fixture
def read_only(remote: Project) -> Project:
    """A project that was built by somebody, and whose cache may only be read now."""
    remote.build()
    allow(remote.cache, 0o555)
    return remote


def test_a_read_only_cache_serves_what_it_has_and_says_what_it_does_not_keep(
    read_only: Project, server: Server, tmp_path: Path
) -> None:
    fresh = Project(tmp_path / "fresh", read_only.cache)
    fresh.folder.mkdir()
    shutil.copy(read_only.folder / "catalog.yaml", fresh.folder)
    spec = fresh.folder / "catalog.yaml"
    spec.write_text("read: {statistics: sampled}\n" + spec.read_text("utf-8"), "utf-8")
    asked = len(server.requests)
    done = run_as_ordinary_user(fresh, "build", "-v")
    allow(read_only.cache, 0o755)
    assert done.returncode == 0, done.stderr
    assert [request.status for request in server.requests[asked:]] == [304, 304, 304]
    notes = [line for line in done.stderr.splitlines() if "may only be read" in line]
    assert len(notes) == 1
    assert str(read_only.cache) in notes[0]
    assert fresh.files() == expected(fresh)


def test_a_read_only_cache_is_enough_for_thumbnails(project: Project) -> None:
    project.raster(f"{IDS[0]}.tif")
    project.spec('  - files: "*.tif"\n')
    project.build()
    spec = project.folder / "catalog.yaml"
    spec.write_text("thumbnails: true\n" + spec.read_text("utf-8"), "utf-8")
    allow(project.cache, 0o555)
    done = run_as_ordinary_user(project, "build")
    allow(project.cache, 0o755)
    assert done.returncode == 0, done.stderr
    assert (project.folder / "out" / IDS[0] / f"{IDS[0]}.png").exists()


def test_with_a_read_only_cache_items_may_swap_their_thumbnails(project: Project) -> None:
    for seed, name in enumerate(NAMES[:2]):
        project.raster(name, seed)
    head = "thumbnails: true\n" + HEAD.replace("items:\n", 'items:\n  id: "item_{n}"\n')
    entries = [f"  - files: {name}\n" for name in NAMES[:2]]
    project.spec(head + "".join(entries))
    project.build()
    before = project.files()
    shutil.rmtree(project.cache / "sha256")
    allow(project.cache, 0o555)
    project.spec(head + "".join(reversed(entries)))
    done = run_as_ordinary_user(project, "build")
    allow(project.cache, 0o755)
    assert done.returncode == 0, done.stderr
    first, second = (f"out/item_{n}/item_{n}.png" for n in (1, 2))
    after = project.files()
    assert (after[first], after[second]) == (before[second], before[first])


def test_a_read_only_cache_is_enough_for_a_build_with_nothing_to_fetch(read_only: Project) -> None:
    before = read_only.files()
    assert run_as_ordinary_user(read_only, "build").returncode == 0
    (read_only.folder / "out" / IDS[0] / f"{IDS[0]}.json").unlink()
    assert run_as_ordinary_user(read_only, "build").returncode == 0
    allow(read_only.cache, 0o755)
    assert read_only.files() == before


def test_a_read_only_cache_that_lacks_a_file_is_a_clear_error(
    read_only: Project, server: Server
) -> None:
    name = "ice_20190109T000000.tif"
    server.put(name, raster_bytes(9))
    with (read_only.folder / "catalog.yaml").open("a") as spec:
        spec.write(f"  - {server.url(name)}\n")
    before = read_only.files()
    done = run_as_ordinary_user(read_only, "build")
    allow(read_only.cache, 0o755)
    assert done.returncode == 3
    error = one_error(done.stderr)
    assert str(read_only.cache) in error
    assert "Permission denied" in error
    assert read_only.files() == before
    read_only.build()
    assert read_only.files() == expected(read_only)


def test_a_project_that_may_not_be_written_is_a_clear_error(remote: Project) -> None:
    remote.folder.chmod(0o555)
    done = run_as_ordinary_user(remote, "build")
    remote.folder.chmod(0o755)
    assert done.returncode == 3
    assert "Permission denied" in one_error(done.stderr)
    assert remote.files().keys() == {"catalog.yaml"}
    remote.build()
    assert remote.files() == expected(remote)


# ------------------------------------------------------------------------------------------- gone


def test_a_cache_that_vanishes_during_the_build_is_a_clear_error(
    remote: Project, server: Server
) -> None:
    server.put(NAMES[0], raster_bytes(0, width=5000, height=5000), etag='"0"')
    hold = Hold(after=20_000_000)  # more than the kernel's buffers take: some of it was written
    server.fault(NAMES[0], Fault(hold=hold))
    with subprocess.Popen(
        [sys.executable, "-m", "itemcat", "build", "-q"],
        cwd=remote.folder,
        env={**os.environ, "ITEMCAT_CACHE_DIR": str(remote.cache)},
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        assert hold.reached.wait(60)
        shutil.rmtree(remote.cache)
        hold.go.set()
        _, errors = running.communicate(timeout=60)
    assert running.returncode == 3
    assert str(remote.cache) in one_error(errors)
    assert remote.files().keys() == {"catalog.yaml"}
    remote.build()
    assert remote.files() == expected(remote)
