"""Builds of several machines that share a cache: a folder, or a bucket of a real S3 server."""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from project import HEAD, Project, raster_bytes
from server import Server
from standin import StandIn

from itemcat.files import sha256

if not all(map(find_spec, ("moto", "flask", "obstore"))):
    pytest.skip("needs moto's S3 server and obstore", allow_module_level=True)
from clouds import Azure, Google
from moto_server import PATIENCE, Moto, Relay, Trouble

KEYS = {"AWS_ACCESS_KEY_ID": "an-id", "AWS_SECRET_ACCESS_KEY": "very secret"}
NAMES = [f"a_2019022{day}T203744.tif" for day in range(1, 7)]


@pytest.fixture(autouse=True)
def _no_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in [*os.environ]:
        if variable.startswith(("AWS_", "GOOGLE_", "AZURE_")):
            monkeypatch.delenv(variable)


@pytest.fixture
def relay(moto: Moto) -> Iterator[Relay]:
    """Before a bucket `lakes` without objects."""
    with Relay(moto.host) as running:
        yield running


@pytest.fixture
def place(moto: Moto, relay: Relay, tmp_path: Path) -> str:
    """A bucket of the test's own, as a spec has it."""
    moto.ask("PUT", f"/{name_for(tmp_path)}")
    return f"{{bucket: s3://{name_for(tmp_path)}/itemcat, endpoint: {relay.url}}}"


def name_for(folder: Path) -> str:
    return f"lakes-{sha256(str(folder).encode())[:20]}"


@pytest.fixture
def machine(tmp_path: Path, server: Server) -> Callable[..., Project]:
    """Makes the folder and the cache of one machine more, for the same spec."""
    for seed, name in enumerate(NAMES):
        server.put(name, raster_bytes(seed), etag=f'"{seed}"')
    counter = iter(range(9))

    def make(cache: str, more: str = "", names: list[str] = NAMES) -> Project:
        n = next(counter)
        folder = tmp_path / f"machine {n}"
        folder.mkdir()
        project = Project(folder, tmp_path / f"cache {n}")
        head = f"cache: {cache}\n{more}" if cache else more
        urls = "".join(f"  - {server.url(name)}\n" for name in names)
        project.spec(head + HEAD + urls)
        return project

    return make


def totals(project: Project, *arguments: str, **environment: str) -> dict[str, Any]:
    """What a build cost that must succeed."""
    report = project.cache.with_suffix(".json")
    told = ("--report", str(report))
    done = project.run("build", "--cache", "spec", *told, *arguments, **{**KEYS, **environment})
    assert (done.returncode, done.stderr) == (0, "")
    cost: dict[str, Any] = json.loads(report.read_text())["totals"]
    return cost


def products(project: Project) -> dict[str, bytes]:
    """Manifest and catalog."""
    return {path: data for path, data in project.files().items() if path != "catalog.yaml"}


def reads(project: Project) -> int:
    """How many blobs the machine has, without which it can have read nothing."""
    return len([*project.cache.glob("sha256/*/*")])


# --------------------------------------------------------------------------- the second machine


def test_a_second_machine_downloads_and_reads_nothing(
    machine: Callable[..., Project], place: str, server: Server
) -> None:
    first, second, alone = machine(place), machine(place), machine("")
    assert totals(first)["bytes_fetched"] > 0
    before = len(server.requests)
    cost = totals(second)
    assert (cost["bytes_fetched"], cost["blobs_reused"]) == (0, len(NAMES))
    assert {request.status for request in server.requests[before:]} == {304}
    assert reads(second) == 0
    assert alone.run("build").returncode == 0
    assert products(first) == products(second) == products(alone)


def test_a_folder_of_a_file_system_that_all_have(
    machine: Callable[..., Project], tmp_path: Path
) -> None:
    (tmp_path / "shared").mkdir()
    first, second = machine("../shared"), machine(f"file://{tmp_path.as_posix()}/shared")
    totals(first)
    assert totals(second)["bytes_fetched"] == 0
    assert reads(second) == 0
    assert products(first) == products(second)
    third = machine("")
    done = third.run("build", "--cache", "../shared")
    assert (done.returncode, reads(third)) == (0, 0)
    assert not [*(tmp_path / "shared").glob("tokens/*")]


def service_account(folder: Path) -> Path:
    """The file with a key of Google's."""
    made = subprocess.run(
        ["openssl", "genrsa", "2048"], capture_output=True, text=True, check=False
    )
    if made.returncode:
        pytest.skip("needs openssl to make a key")
    account = {"client_email": "a@example.org", "private_key_id": "1", "private_key": made.stdout}
    path = folder / "account.json"
    path.write_text(json.dumps(account | {"type": "service_account"}), "utf-8")
    return path


@pytest.mark.parametrize("kind", [Google, Azure])
def test_a_bucket_of_another_cloud(
    kind: type[Google | Azure], machine: Callable[..., Project], tmp_path: Path
) -> None:
    """Written twice, so that pointers that are there are changed, too."""
    with kind() as cloud, StandIn(cloud.host, cloud.url, tmp_path) as standin:
        there = {**standin.environment, "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}
        there |= {"AZURE_STORAGE_ACCOUNT_KEY": "dmVyeWhpZGRlbg=="}
        if kind is Google:
            there["GOOGLE_SERVICE_ACCOUNT"] = str(service_account(tmp_path))
        place = cloud.address
        first, second = machine(place), machine(place)
        totals(first, **there)
        pointers = [key for key in cloud.objects if "/urls/" in key]
        assert len(cloud.objects) == 3 * len(pointers) + 1 == 3 * len(NAMES) + 1  # the token
        assert totals(second, **there)["bytes_fetched"] == 0
        assert products(first) == products(second)
        for key in pointers:
            cloud.objects[key] = b"{}"
        third = machine(place)
        assert totals(third, **there)["bytes_fetched"] > 0
        assert {cloud.objects[key] for key in pointers} != {b"{}"}


def test_other_options_read_what_another_machine_has_fetched(
    machine: Callable[..., Project], place: str, server: Server
) -> None:
    totals(machine(place))
    second = machine(place, "read: {statistics: none}\n")
    assert totals(second)["bytes_fetched"] == 0
    assert reads(second) == len(NAMES)


def test_remote_reading_shares_records_and_no_file(
    machine: Callable[..., Project], place: str, relay: Relay, server: Server
) -> None:
    first, second = (machine(place, "read: {access: remote}\n") for _ in range(2))
    totals(first)
    before = len(server.requests)
    assert totals(second)["bytes_fetched"] == 0
    assert {request.status for request in server.requests[before:]} == {304}
    assert not [path for path in relay.objects() if "/sha256/" in path]
    assert products(first) == products(second)


def test_thumbnails_travel_with_their_records(machine: Callable[..., Project], place: str) -> None:
    pytest.importorskip("PIL", reason="needs pillow: pip install 'itemcat[thumbnails]'")
    first, second = (machine(place, "thumbnails: true\n") for _ in range(2))
    totals(first)
    assert totals(second)["bytes_fetched"] == 0
    assert reads(second) == len(NAMES)  # the pictures
    assert products(first) == products(second)


def test_a_damaged_blob_is_fetched_again(machine: Callable[..., Project], tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    totals(machine("../shared"))
    for path in shared.glob("sha256/*/*"):
        path.write_bytes(path.read_bytes()[::-1])
    second = machine("../shared", "read: {statistics: none}\n", NAMES[:2])
    done = second.run("build", "--cache", "spec")
    assert done.returncode == 0
    assert done.stderr.count("is damaged: it counts as absent") == 2
    third = machine("../shared", "read: {statistics: sampled}\n", NAMES[:2])
    assert totals(third)["bytes_fetched"] == 0  # they are whole again


def test_a_cache_in_the_spec_changes_no_byte(machine: Callable[..., Project], place: str) -> None:
    project = machine("")
    assert project.run("build").returncode == 0
    before, text = project.marks(), (project.folder / "catalog.yaml").read_text()
    project.spec(f"cache: {place}\n{text}")
    done = project.run("build", "--cache", "spec", **KEYS)
    assert (done.returncode, done.stderr) == (0, "")
    assert {k: v for k, v in project.marks().items() if k != "catalog.yaml"} == {
        k: v for k, v in before.items() if k != "catalog.yaml"
    }


# ------------------------------------------------------------------- who is asked, and when nobody


def test_a_spec_alone_does_not_choose(
    machine: Callable[..., Project], place: str, relay: Relay
) -> None:
    done = machine(place).run("build", **KEYS)
    assert done.returncode == 0
    assert "`itemcat build --cache spec` uses it, if you trust the spec" in done.stderr
    assert relay.requests == []


@pytest.mark.parametrize("access", ["download", "remote"])
def test_a_store_that_lies_harms_only_builds_that_use_it(
    access: str, machine: Callable[..., Project], tmp_path: Path
) -> None:
    (tmp_path / "shared").mkdir()
    read = f"read: {{access: {access}}}\n"
    first, second = machine("../shared", read), machine("../shared", read)
    totals(first)
    for path in (tmp_path / "shared").glob("records/*.json"):
        lie = json.loads(path.read_bytes())
        lie["record"]["geometry"] = {"type": "Point", "coordinates": [0.0, 0.0]}
        path.write_text(json.dumps(lie))
    for path in (tmp_path / "shared").glob("urls/*.json"):
        path.write_text(json.dumps(json.loads(path.read_bytes()) | {"size": 1}))
    totals(second)
    assert products(second) != products(first)
    shutil.rmtree(second.folder / "out")
    (second.folder / "catalog.manifest.json").unlink()
    assert second.run("build").returncode == 0
    assert products(second) == products(first)


@pytest.mark.parametrize("option", ["--dry-run", "--check"])
def test_who_only_plans_asks_nothing(
    option: str, machine: Callable[..., Project], place: str, relay: Relay
) -> None:
    machine(place).run("build", "--cache", "spec", option, **KEYS)
    assert relay.requests == []


def test_nothing_to_do_asks_nothing(
    machine: Callable[..., Project], place: str, relay: Relay
) -> None:
    project = machine(place)
    totals(project)
    before = len(relay.requests)
    totals(project)
    clone = replace(project, cache=project.cache.with_name("empty"))
    totals(clone)
    totals(clone, "--locked")
    assert len(relay.requests) == before


def test_offline_does_without(machine: Callable[..., Project], place: str, relay: Relay) -> None:
    project = machine(place)
    totals(project)
    shutil.rmtree(project.folder / "out")
    (project.folder / "catalog.manifest.json").unlink()
    before = len(relay.requests)
    done = project.run("build", "--cache", "spec", "--offline", **KEYS)
    assert done.returncode == 0
    assert "offline: doing without the shared cache s3://" in done.stderr
    assert len(relay.requests) == before


# ------------------------------------------------------------------------------------ what fails


@pytest.mark.parametrize(
    ("cache", "code", "said"),
    [
        ("{bucket: s3://nosuch/, endpoint: MOTO}", 3, ("404 NoSuchBucket", "make it, or check")),
        ("{bucket: s3://denied/, endpoint: MOTO}", 3, ("as a cache: 403", "must be allowed")),
        ("{bucket: s3://lakes/, endpoint: http://127.0.0.1:9}", 3, ("no proper answer", "network")),
        ("../nowhere", 3, ("there is no such folder", "mounted")),
        ("../full", 3, ("as a cache: Not a directory", "allow writing there")),
        ("CACHE", 2, ("is this machine's own cache", "another folder")),
        ("CACHE/inside", 2, ("is this machine's own cache", "another folder")),
        ("CACHE/..", 2, ("is this machine's own cache", "another folder")),
        ("", 2, ("catalog.yaml names no cache", "add `cache:`")),
    ],
)
def test_a_cache_that_cannot_be_used(
    cache: str,
    code: int,
    said: tuple[str, str],
    machine: Callable[..., Project],
    relay: Relay,
) -> None:
    relay.always = {"PUT": Trouble(status=403)} if "denied" in cache else {}
    project = machine("none")
    text = cache.replace("MOTO", relay.url).replace("CACHE", str(project.cache))
    spec = (project.folder / "catalog.yaml").read_text().removeprefix("cache: none\n")
    project.spec(f"cache: {text}\n{spec}" if text else spec)
    (project.cache / "inside").mkdir(parents=True)
    (project.folder.parent / "full").mkdir()
    (project.folder.parent / "full" / "tokens").write_bytes(b"")  # where a folder should be
    done = project.run("build", "--cache", "spec", **KEYS)
    assert done.returncode == code, done.stderr
    assert all(words in done.stderr for words in said)
    assert [*project.files()] == ["catalog.yaml"]
    assert "very secret" not in done.stderr


def test_without_credentials(machine: Callable[..., Project], place: str, relay: Relay) -> None:
    project = machine(place)
    done = project.run("build", "--cache", "spec")
    assert done.returncode == 3
    assert "there are no credentials for s3://" in done.stderr
    assert "hint: set AWS_ACCESS_KEY_ID" in done.stderr
    assert relay.requests == []
    assert [*project.files()] == ["catalog.yaml"]


def test_without_the_library(machine: Callable[..., Project], place: str, tmp_path: Path) -> None:
    (tmp_path / "path").mkdir()
    (tmp_path / "path" / "obstore.py").write_text("raise ImportError")
    project = machine(place)
    path = f"{tmp_path / 'path'}{os.pathsep}{Path(__file__).parent.parent}"
    done = project.run("build", "--cache", "spec", **KEYS, PYTHONPATH=path)
    assert done.returncode == 2
    assert 'hint: install it with `pip install "itemcat[buckets]"`' in done.stderr


@pytest.mark.parametrize("text", ["s3://me:hidden@lakes/", "https://hidden.org/", "s3://a/../b"])
def test_what_is_no_cache(text: str, machine: Callable[..., Project]) -> None:
    done = machine("").run("build", "--cache", text)
    assert done.returncode == 2
    assert "must be s3://bucket/prefix" in done.stderr
    assert "hidden" not in done.stderr
    done = machine(text).run("build")
    assert done.returncode == 2
    assert "cache" in done.stderr
    assert "hidden" not in done.stderr


def test_a_store_that_dies_during_the_build(
    machine: Callable[..., Project], place: str, relay: Relay, tmp_path: Path
) -> None:
    """It takes the token, and then nothing any more."""
    relay.always = {"HEAD": Trouble(status=503), "POST": Trouble(status=503)}
    project = machine(place)
    relay.faults = Dying(f"/{name_for(tmp_path)}/itemcat/tokens/")
    done = project.run("build", "--cache", "spec", **KEYS)
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("costs time and nothing else") == 1
    alone = machine("")
    assert alone.run("build").returncode == 0
    assert products(project) == products(alone)


class Dying(dict[str, list[Trouble]]):
    """Everything that is asked goes wrong but what is below a path."""

    def __init__(self, but: str) -> None:
        super().__init__()
        self._but = but

    def get(self, path: str, _: Any = None) -> list[Trouble]:
        return [] if path.startswith(self._but) else [Trouble(status=503)]


@pytest.mark.skipif(os.name == "nt", reason="signals are those of POSIX")
def test_an_interrupt_does_not_wait_for_a_store_that_hangs(
    machine: Callable[..., Project], place: str, relay: Relay
) -> None:
    project, hold = machine(place), threading.Event()
    relay.always = {"HEAD": Trouble(cut=0, hold=hold)}
    build = subprocess.Popen(
        [sys.executable, "-m", "itemcat", "build", "--cache", "spec"],
        cwd=project.folder,
        env={**os.environ, "ITEMCAT_CACHE_DIR": str(project.cache), **KEYS},
        stderr=subprocess.PIPE,
        text=True,
    )
    assert relay.held.wait(PATIENCE)
    build.send_signal(signal.SIGINT)
    _, said = build.communicate(timeout=PATIENCE)  # while the store still hangs
    hold.set()
    assert build.returncode == 130
    assert "interrupted" in said
    assert "Traceback" not in said
