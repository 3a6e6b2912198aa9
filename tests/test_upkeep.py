"""Looking after the cache: what is there, whether it is whole, and what nobody needs."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from project import Project, raster_bytes
from server import Fault, Hold, Server

from itemcat.cache import Cache
from itemcat.errors import MachineError, UsageError
from itemcat.files import sha256
from itemcat.upkeep import corrupted, inventory, sweep

NAMES = [f"ice_2019010{n}T000000.tif" for n in (1, 2, 3)]


@pytest.fixture
def remote(project: Project, server: Server) -> Project:
    """A project of three rasters on a server, built."""
    for seed, name in enumerate(NAMES):
        server.put(name, raster_bytes(seed), etag=f'"{seed}"')
    list_assets(project, server, NAMES)
    project.build()
    return project


def list_assets(project: Project, server: Server, names: list[str]) -> None:
    project.spec("".join(f"  - {server.url(name)}\n" for name in names))


def blob_of(project: Project, seed: int) -> Path:
    digest = sha256(raster_bytes(seed))
    return project.cache / "sha256" / digest[:2] / digest


def spoil(blob: Path) -> bytes:
    """Change one byte, as a disk may do; what the file is then."""
    data = bytearray(blob.read_bytes())
    data[-1] ^= 1
    blob.chmod(0o644)
    blob.write_bytes(data)
    return bytes(data)


# ------------------------------------------------------------------------------- corrupted blobs


def test_a_corrupted_blob_is_set_aside_and_fetched_again_before_it_is_read(
    remote: Project, server: Server
) -> None:
    before = remote.files()
    rubbish = spoil(blob_of(remote, 1))
    for path in (remote.cache / "records").rglob("*.json"):
        path.unlink()
    asked = len(server.requests)
    assert remote.build(reread=True).is_same
    assert remote.files() == before
    again = [(request.path, request.status) for request in server.requests[asked:]]
    assert again == [(f"/{NAMES[1]}", 200)]
    assert blob_of(remote, 1).read_bytes() == raster_bytes(1)
    assert (
        blob_of(remote, 1).with_name(f"{blob_of(remote, 1).name}.corrupt").read_bytes() == rubbish
    )


def test_a_corrupted_blob_gives_no_wrong_fact_where_it_cannot_be_had_again(
    remote: Project, server: Server
) -> None:
    before = remote.files()
    spoil(blob_of(remote, 1))
    done = remote.run("build", "--reread", "--offline")
    assert done.returncode == 3
    assert f"error: {server.url(NAMES[1])}: is not in the cache" in done.stderr
    assert "corrupted" in done.stderr
    assert remote.files() == before


def test_verify_finds_what_is_corrupted_and_repair_has_it_fetched_again(
    remote: Project, server: Server
) -> None:
    assert remote.run("cache", "verify").returncode == 0
    spoil(blob_of(remote, 1))
    assert list(corrupted(Cache(remote.cache))) == [blob_of(remote, 1)]
    found = remote.run("cache", "verify")
    assert found.returncode == 1
    assert f"corrupted: {blob_of(remote, 1)}" in found.stdout
    assert blob_of(remote, 1).exists()
    repaired = remote.run("cache", "verify", "--repair")
    assert (repaired.returncode, blob_of(remote, 1).exists()) == (0, False)
    assert remote.run("cache", "verify").returncode == 0
    asked = len(server.requests)
    assert remote.build(reread=True).is_same
    assert [request.path for request in server.requests[asked:]] == [f"/{NAMES[1]}"]


# ------------------------------------------------------------------------------------------ info


def test_info_counts_what_is_there(remote: Project) -> None:
    amounts = {amount.kind: amount for amount in inventory(Cache(remote.cache))}
    sizes = sum(len(raster_bytes(seed)) for seed in range(3))
    assert (amounts["blobs"].count, amounts["blobs"].size) == (3, sizes)
    assert (amounts["addresses"].count, amounts["records"].count) == (3, 3)
    assert amounts["unfinished downloads"].count == 0
    told = remote.run("cache", "info").stdout.splitlines()
    assert told[0] == str(remote.cache)
    assert f"blobs: 3, {sizes / 1000:.1f} kB" in told
    assert told[-1] == f"spec: {remote.folder / 'catalog.yaml'}"


def test_an_empty_cache_is_no_error(project: Project) -> None:
    for work in ("info", "verify", "gc"):
        assert project.run("cache", work).returncode == 0


# -------------------------------------------------------------------------------------------- gc


def test_gc_keeps_what_known_manifests_name_and_drops_the_rest(
    remote: Project, server: Server, tmp_path: Path
) -> None:
    other = Project(tmp_path / "other", remote.cache)
    other.folder.mkdir()
    list_assets(other, server, NAMES[1:])
    other.build()
    list_assets(remote, server, NAMES[:1])
    remote.build()
    list_assets(other, server, NAMES[1:2])
    other.build()
    before = everything(remote.cache)
    planned = remote.run("cache", "gc", "--dry-run")
    size = len(raster_bytes(2))
    assert f"would be deleted: blobs: 1, {size} bytes" in planned.stdout.splitlines()
    assert everything(remote.cache) == before
    done = remote.run("cache", "gc")
    assert done.stdout.splitlines() == [
        line.replace("would be deleted", "deleted") for line in planned.stdout.splitlines()
    ]
    assert [blob_of(remote, seed).exists() for seed in range(3)] == [True, True, False]
    asked = len(server.requests)
    for project in (remote, other):
        assert project.build(reread=True).is_same
    assert len(server.requests) == asked
    assert remote.run("cache", "gc").stdout == "deleted: nothing\n"


def test_gc_drops_what_only_a_project_needed_that_is_gone(remote: Project) -> None:
    for path in (remote.folder / "catalog.yaml", remote.folder / "catalog.manifest.json"):
        path.unlink()
    remote.run("cache", "gc")
    assert not any(blob_of(remote, seed).exists() for seed in range(3))
    assert Cache(remote.cache).states() == {}


def test_gc_keeps_what_an_unfinished_build_has_fetched(project: Project, server: Server) -> None:
    server.put(NAMES[0], raster_bytes(0), etag='"0"')
    list_assets(project, server, NAMES[:2])
    assert project.run("build").returncode == 3
    assert sweep(Cache(project.cache), dry_run=False) == []
    server.put(NAMES[1], raster_bytes(1))
    project.build()
    assert server.sent(NAMES[0]) == len(raster_bytes(0))


def test_gc_drops_leftovers_that_are_old(remote: Project) -> None:
    cache = Cache(remote.cache)
    names = ("tmp/{}", "parts/{}.part", "answers/{}.sqlite")
    old = [*(cache.root / name.format("a") for name in names), *cache.locks.files()]
    young = [cache.root / name.format("b") for name in names]
    for folder in ("parts", "answers"):
        (cache.root / folder).mkdir(exist_ok=True)
    for path in (*old, *young):
        path.touch()
    for path in old:
        os.utime(path, (0, 0))
    sweep(cache, dry_run=False)
    assert not any(path.exists() for path in old)
    assert all(path.exists() for path in young)
    assert remote.build(refresh=True).is_same


def test_gc_leaves_the_cache_alone_while_a_build_uses_it(project: Project, server: Server) -> None:
    data = raster_bytes(0)
    server.put(NAMES[0], data)
    list_assets(project, server, NAMES[:1])
    hold = Hold(after=len(data) // 2)
    server.fault(NAMES[0], Fault(hold=hold))
    with subprocess.Popen(
        [sys.executable, "-m", "itemcat", "build", "-q"],
        cwd=project.folder,
        env={**os.environ, "ITEMCAT_CACHE_DIR": str(project.cache)},
    ) as running:
        assert hold.reached.wait(60)
        with pytest.raises(MachineError, match="a build is using this cache"):
            sweep(Cache(project.cache), dry_run=False)
        hold.go.set()
    assert running.returncode == 0
    assert sweep(Cache(project.cache), dry_run=False) == []


def test_gc_deletes_nothing_when_a_manifest_cannot_be_read(remote: Project) -> None:
    (remote.folder / "catalog.manifest.json").write_text("{")
    before = everything(remote.cache)
    with pytest.raises(UsageError, match=r"catalog\.manifest\.json"):
        sweep(Cache(remote.cache), dry_run=False)
    assert everything(remote.cache) == before


def everything(root: Path) -> set[str]:
    return {str(path) for path in root.rglob("*") if path.is_file()}
