"""Workers of a dask cluster that have no folder in common with the machine that builds."""

from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from project import HEAD, Project, raster_bytes
from server import Server

from itemcat.bucket import Bucket
from itemcat.errors import MachineError
from itemcat.fetch.depot import Depot, blob_key
from itemcat.files import sha256
from itemcat.location import bucket
from itemcat.parcel import Token

if not all(map(find_spec, ("moto", "flask", "obstore", "distributed"))):
    pytest.skip("needs moto's S3 server, obstore and dask", allow_module_level=True)
from clusters import Cluster
from moto_server import Moto, Relay, Trouble

KEYS = {"AWS_ACCESS_KEY_ID": "an-id", "AWS_SECRET_ACCESS_KEY": "very secret"}
NAMES = [f"a_2019022{day}T203744.tif" for day in range(1, 7)]
LOCAL = '  - files: "data/*.tif"\n    href: https://example.org/{name}\n'


@pytest.fixture
def store(moto: Moto, tmp_path: Path) -> Iterator[tuple[Relay, Bucket]]:
    name = f"lakes-{sha256(str(tmp_path).encode())[:20]}"
    moto.ask("PUT", f"/{name}")
    with Relay(moto.host) as relay:
        yield relay, bucket(f"s3://{name}/itemcat", relay.url)


@pytest.fixture
def shared(
    project: Project, server: Server, store: tuple[Relay, Bucket], tmp_path: Path
) -> Callable[..., Project]:
    """Makes a machine whose spec names the store, with a cache of its own."""
    for seed, name in enumerate(NAMES):
        server.put(name, raster_bytes(seed), etag=f'"{seed}"')
    urls = "".join(f"  - {server.url(name)}\n" for name in NAMES)

    def make(name: str, more: str = "") -> Project:
        (tmp_path / name).mkdir()
        made = Project(tmp_path / name, tmp_path / f"cache of {name}")
        place = f"cache: {{bucket: {store[1].shown}, endpoint: {store[0].url}}}\n"
        made.spec(f"{place}{more}{HEAD}{urls}")
        return made

    return make


def workers(own: Cluster, tmp_path: Path, count: int = 2) -> tuple[str, ...]:
    """Hire some, each with credentials and a cache of its own; the options of a build with them."""
    for n in range(count):
        own.hire(**KEYS, ITEMCAT_CACHE_DIR=str(tmp_path / f"cache of worker {n}"))
    return ("--cache", "spec", "--executor", f"dask:{own.address}")


def products(project: Project) -> dict[str, bytes]:
    return {path: data for path, data in project.files().items() if path != "catalog.yaml"}


@pytest.mark.parametrize("more", ["", "thumbnails: true\n"])
def test_workers_take_downloads_from_the_store(
    more: str, shared: Callable[..., Project], own: Cluster, server: Server, tmp_path: Path
) -> None:
    options = workers(own, tmp_path)
    project, alone = shared("one", more), shared("two", more)
    done = project.run("build", "-q", *options, **KEYS)
    assert (done.returncode, done.stderr) == (0, "")
    assert len(server.requests) == len(NAMES)
    taken = [path for path in tmp_path.glob("cache of worker*/**/*") if path.is_file()]
    assert taken == []  # they keep nothing
    assert alone.run("build").returncode == 0
    assert products(project) == products(alone)


def test_what_is_in_the_store_does_not_pass_the_machine_that_builds(
    shared: Callable[..., Project], own: Cluster, server: Server, tmp_path: Path
) -> None:
    options = workers(own, tmp_path, 1)
    assert shared("one").run("build", "--cache", "spec", **KEYS).returncode == 0
    before, other = len(server.requests), shared("two", "read: {statistics: none}\n")
    assert other.run("build", *options, **KEYS).returncode == 0
    assert {request.status for request in server.requests[before:]} == {304}
    assert not [*other.cache.glob("sha256/*/*")]


def test_a_worker_without_credentials(
    shared: Callable[..., Project], own: Cluster, server: Server, store: tuple[Relay, Bucket]
) -> None:
    own.hire()
    project = shared("one")
    options = ("--cache", "spec", "--executor", f"dask:{own.address}")
    done = project.run("build", *options, **KEYS)
    assert done.returncode == 3
    assert done.stderr.startswith("error: a worker on ")
    assert f"cannot use the shared cache {store[1].shown}: there are no credent" in done.stderr
    assert "hint: let its environment have the credentials" in done.stderr
    assert "very secret" not in done.stderr
    assert [*project.files()] == ["catalog.yaml"]


def test_a_worker_that_sees_another_folder(tmp_path: Path) -> None:
    """As where a file system is mounted on one machine and not on the other."""
    (tmp_path / "store").mkdir()
    with pytest.raises(MachineError, match=r"sees another .*store than this machine"):
        Token(tmp_path / "store", "tokens/a", sha256(b"a")).check()
    with pytest.raises(MachineError, match="there is no such folder"):
        Token(tmp_path / "nowhere", "tokens/a", sha256(b"a")).check()


def test_a_damaged_blob_is_put_again_for_workers(
    shared: Callable[..., Project],
    own: Cluster,
    store: tuple[Relay, Bucket],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    options = workers(own, tmp_path, 1)
    assert shared("one").run("build", "--cache", "spec", **KEYS).returncode == 0
    for name, text in KEYS.items():
        monkeypatch.setenv(name, text)
    depot, data = Depot(store[1]), raster_bytes(0)
    depot.write(blob_key(sha256(data)), data[::-1])
    other = shared("two", "read: {statistics: none}\n")
    done = other.run("build", *options, **KEYS)
    assert (done.returncode, done.stderr) == (0, "")
    found = depot.read(blob_key(sha256(data)), len(data))
    assert found is not None
    assert found.data == data


def test_a_store_that_dies_ends_the_build_of_workers(
    shared: Callable[..., Project], own: Cluster, store: tuple[Relay, Bucket], tmp_path: Path
) -> None:
    options = workers(own, tmp_path, 1)
    store[0].always = {"HEAD": Trouble(status=403), "POST": Trouble(status=403)}
    project = shared("one")
    done = project.run("build", *options, **KEYS)
    assert done.returncode == 3
    assert "the shared cache" in done.stderr
    assert [*project.files()] == ["catalog.yaml"]
    store[0].always = {}
    assert project.run("build", *options, **KEYS).returncode == 0


def test_remote_reading_needs_no_credentials_of_workers(
    shared: Callable[..., Project], own: Cluster
) -> None:
    own.hire()
    options = ("--cache", "spec", "--executor", f"dask:{own.address}")
    done = shared("one", "read: {access: remote}\n").run("build", "-q", *options, **KEYS)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(not Path("/proc/self/cwd").exists(), reason="hides a folder by Linux's /proc")
def test_offline_workers_must_see_the_cache(project: Project, server: Server, own: Cluster) -> None:
    """What is read remotely otherwise is then read out of an earlier download, by its path."""
    own.hire()
    for seed, name in enumerate(NAMES[:2]):
        server.put(name, raster_bytes(seed), etag=f'"{seed}"')
    urls = "".join(f"  - {server.url(name)}\n" for name in NAMES[:2])
    project.spec(urls)
    assert project.run("build").returncode == 0
    text = (project.folder / "catalog.yaml").read_text()
    project.spec(text.replace("assets:", "read: {access: remote}\nassets:"))
    hidden = Path("/proc/self/cwd/cache of this process")  # another one for each process
    (project.folder / hidden.name).symlink_to(project.cache)
    options = ("--offline", "--executor", f"dask:{own.address}")
    done = project.run("build", *options, ITEMCAT_CACHE_DIR=str(hidden))
    assert done.returncode == 3
    assert f"does not see {hidden}" in done.stderr
    assert project.run("build", *options).returncode == 0
