"""gs:// and az://: listed, fetched, refreshed, refused, by servers that answer as those do."""

import base64
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from clouds import Azure, Cloud, Google
from project import HEAD, Project, raster_bytes
from standin import StandIn
from test_readers_excerpt import FILES

pytest.importorskip("obstore", reason="needs obstore: pip install 'itemcat[buckets]'")

NAMES = [f"a_2019022{day}T203744.tif" for day in (1, 2, 3)]


@pytest.fixture(params=[Google, Azure], ids=["gs", "az"])
def cloud(request: pytest.FixtureRequest) -> Iterator[Cloud]:
    """A bucket with three files and what else lies about."""
    with request.param() as running:
        for seed, name in enumerate(NAMES):
            running.objects[f"data/{'sub/' if seed == 1 else ''}{name}"] = raster_bytes(seed)
        running.objects |= {"data/notes.txt": b"notes", f"database/{NAMES[0]}": raster_bytes()}
        yield running


@pytest.fixture(autouse=True)
def _environment(cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No credentials, and the cloud's own host is the server."""
    for variable in [*os.environ]:
        if variable.startswith(("AWS_", "GOOGLE_", "AZURE_")):
            monkeypatch.delenv(variable)
    with StandIn(cloud.host, cloud.url, tmp_path) as standin:
        for name, text in standin.environment.items():
            monkeypatch.setenv(name, text)
        yield


@pytest.fixture
def lakes(project: Project, cloud: Cloud) -> Project:
    project.spec(f"{HEAD}  - bucket: {cloud.address}\n    include: '*.tif'\n")
    return project


def report(project: Project, *arguments: str, code: int = 0) -> dict[str, Any]:
    """What a build in a process of its own says that it did."""
    path = project.folder.parent / "report.json"
    done = project.run("build", "--report", str(path), *arguments)
    assert (done.returncode, done.stderr) == (code, "")
    found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return found


def refusal(project: Project, *arguments: str, **environment: str) -> str:
    """What is said on a build that changes nothing."""
    before = project.files()
    done = project.run("build", *arguments, **environment)
    assert done.returncode == 3
    assert project.files() == before
    return done.stderr


def test_the_objects_below_a_prefix(lakes: Project, cloud: Cloud) -> None:
    told = report(lakes)
    assert [*told["items"]] == [NAMES[0][:-4], NAMES[2][:-4], NAMES[1][:-4]]
    assert told["totals"]["requests"] == len(cloud.requests) == 1 + 3
    assert not any(map(cloud.is_signed, cloud.requests))
    manifest = json.loads((lakes.folder / "catalog.manifest.json").read_text("utf-8"))
    [listed] = manifest["sources"].values()
    start = f"https://{cloud.host}/lakes/data"
    places = [f"{start}/{NAMES[0]}", f"{start}/{NAMES[2]}", f"{start}/sub/{NAMES[1]}"]
    assert [one["location"] for one in listed] == places
    assert [one["size"] for one in listed] == [len(raster_bytes(seed)) for seed in (0, 2, 1)]
    shutil.rmtree(lakes.cache)  # a fresh clone
    (lakes.folder / "catalog.yaml").touch()
    assert report(lakes)["totals"]["requests"] == 0
    assert len(cloud.requests) == 4


def test_refreshing_costs_the_listing_and_what_changed(lakes: Project, cloud: Cloud) -> None:
    report(lakes)
    cloud.requests.clear()
    assert report(lakes, "--refresh")["totals"]["requests"] == len(cloud.requests) == 1
    cloud.objects[f"data/sub/{NAMES[1]}"] = raster_bytes(7)
    told = report(lakes, "--refresh")
    assert told["items"][NAMES[1][:-4]]["reason"] == "its version in the bucket changed"
    assert cloud.fetched == [f"data/sub/{NAMES[1]}"]
    built = lakes.files()
    shutil.rmtree(lakes.folder / "out")
    (lakes.folder / "catalog.manifest.json").unlink()
    report(lakes)
    assert lakes.files() == built


def test_a_listing_of_several_pages(lakes: Project, cloud: Cloud) -> None:
    cloud.page = 2
    assert len(report(lakes)["items"]) == 3
    listings = [asked for asked in cloud.requests if asked.path in ("/lakes", "/lakes/")]
    assert len(listings) == 2
    assert {asked.query["prefix"] for asked in listings} == {"data/"}


def test_names_with_signs_of_their_own(lakes: Project, cloud: Cloud) -> None:
    key = "data/é #1?&%25_20190221T203744.tif"
    cloud.objects = {key: raster_bytes()}
    head = HEAD.replace("  pattern", '  id: "odd{n}"\n  pattern')
    lakes.spec(f"{head}  - bucket: {cloud.address}\n")
    assert [*report(lakes)["items"]] == ["odd1"]
    assert cloud.fetched == [key]


@pytest.mark.parametrize(("statistics", "requests"), [("none", 1), ("sampled", 2)])
def test_only_what_it_takes_is_read(
    lakes: Project, cloud: Cloud, tmp_path: Path, statistics: str, requests: int
) -> None:
    cog = FILES["cog-mask"](tmp_path / "cog.tif").read_bytes()
    cloud.objects = {f"data/{NAMES[0]}": cog}
    text = (lakes.folder / "catalog.yaml").read_text("utf-8")
    read = f"read: {{access: remote, statistics: {statistics}}}"
    lakes.spec(text.replace("assets:", f"{read}\nassets:"))
    totals = report(lakes)["totals"]
    assert totals["requests"] == 1 + requests == len(cloud.requests)
    assert (1 << 15) * requests <= totals["bytes_fetched"] < len(cog)
    assert report(lakes, "--refresh")["totals"]["requests"] == 1


# --------------------------------------------------------------------------------- what goes wrong


def test_what_lists_nothing_is_no_removal(lakes: Project, cloud: Cloud) -> None:
    report(lakes)
    cloud.objects = {"data/notes.txt": b"notes"}
    assert "no object has a path that matches" in refusal(lakes, "--refresh")
    cloud.objects = {}
    assert "lists no objects" in refusal(lakes, "--refresh")


def test_a_bucket_that_is_not_there(lakes: Project, cloud: Cloud) -> None:
    text = (lakes.folder / "catalog.yaml").read_text("utf-8")
    lakes.spec(text.replace("/lakes/", "/nowhere/"))
    address = cloud.address.replace("/lakes/", "/nowhere/")
    error, hint = refusal(lakes).splitlines()
    assert error == f"error: {address}: cannot be listed: its host answers 404 {cloud.missing}"
    assert hint.startswith("hint: check its name")


def test_a_bucket_without_permission(lakes: Project, cloud: Cloud) -> None:
    cloud.is_closed = True
    error, hint = refusal(lakes).splitlines()
    assert error == (
        f"error: {cloud.address}: may not be listed: its host answers 403 {cloud.denied}"
    )
    assert hint.startswith("hint: is it public? Else put the credentials")


def test_credentials_sign_what_is_asked_and_are_nowhere_written(
    lakes: Project, cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cloud.is_closed = True
    if isinstance(cloud, Google):
        monkeypatch.setenv("GOOGLE_SERVICE_ACCOUNT", str(service_account(tmp_path)))
    else:
        key = base64.b64encode(b"veryhidden").decode()
        monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_KEY", key)
    assert len(report(lakes)["items"]) == 3
    assert all(map(cloud.is_signed, cloud.requests))
    proofs = [
        asked.query.get("sig") or asked.query.get("X-Goog-Signature") for asked in cloud.requests
    ]
    secrets = [b"veryhidden", b"dmVyeWhpZGRlbg", *(one.encode() for one in proofs if one)]
    assert len(secrets) == 2 + 3
    for path in (*lakes.folder.rglob("*"), *lakes.cache.rglob("*")):
        assert not (path.is_file() and any(one in path.read_bytes() for one in secrets)), path


def service_account(folder: Path) -> Path:
    """A key that signs by itself, so that nobody is asked for a token."""
    made = subprocess.run(
        ["openssl", "genrsa", "2048"], capture_output=True, text=True, check=False
    )
    if made.returncode:
        pytest.skip("needs openssl to make a key")
    account = {
        "type": "service_account",
        "client_email": "a@example.org",
        "private_key_id": "1",
        "private_key": made.stdout,
    }
    path = folder / "account.json"
    path.write_text(json.dumps(account), "utf-8")
    return path
