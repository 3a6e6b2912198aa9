"""Buckets as sources, against a real S3 server: moto's, in a process of its own."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from importlib.util import find_spec
from itertools import count
from pathlib import Path

import pytest
from project import HEAD, Project, raster_bytes

from itemcat.errors import ItemcatError, Problems

if not all(map(find_spec, ("moto", "flask"))):  # not imported here, which takes long
    pytest.skip("needs moto's S3 server: pip install 'moto[server]'", allow_module_level=True)
pytest.importorskip("obstore", reason="needs obstore: pip install 'itemcat[buckets]'")
from moto_server import PATIENCE, Moto, Relay, Trouble

NAMES = [f"a_2019022{day}T203744.tif" for day in (1, 2, 3)]
TOP = Path(__file__).parent.parent
_numbers = count(1)


@pytest.fixture
def relay(moto: Moto) -> Iterator[Relay]:
    with Relay(moto.host) as running:
        yield running


@pytest.fixture
def name(moto: Moto) -> str:
    """A bucket of the test's own, with three files and what else lies about."""
    bucket = f"lakes-{next(_numbers)}"
    moto.ask("PUT", f"/{bucket}")
    for seed, file in enumerate(NAMES):
        moto.put(bucket, f"data/{'sub/' if seed == 1 else ''}{file}", raster_bytes(seed))
    moto.put(bucket, "data/", b"")
    moto.put(bucket, "data/sub/", b"")
    moto.put(bucket, "data/notes.txt", b"notes")
    moto.put(bucket, f"database/{NAMES[0]}", raster_bytes())
    return bucket


@pytest.fixture(autouse=True)
def _no_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in [*os.environ]:
        if variable.startswith(("AWS_", "GOOGLE_", "AZURE_")):
            monkeypatch.delenv(variable)


def entry(name: str, relay: Relay, *lines: str, include: str = "*.tif") -> str:
    return "\n".join(
        (
            f"  - bucket: s3://{name}/data/",
            f"    endpoint: {relay.url}",
            '    href: "https://bucket.example.org/{path}"',
            f'    include: "{include}"',
            *(f"    {line}" for line in lines),
            "",
        )
    )


@pytest.fixture
def lakes(project: Project, name: str, relay: Relay) -> Project:
    project.spec(entry(name, relay))
    return project


def hrefs(project: Project) -> list[str]:
    return [
        asset["href"]
        for path in sorted(project.folder.glob("out/*/*.json"))
        for asset in json.loads(path.read_text("utf-8"))["assets"].values()
    ]


def failure(project: Project, **options: bool) -> ItemcatError:
    before = project.files()
    with pytest.raises(Problems) as raised:
        project.build(**options)
    assert project.files() == before
    [error] = raised.value.errors
    return error


# ------------------------------------------------------------------------------- what is listed


def test_the_objects_below_a_prefix(lakes: Project, relay: Relay, name: str) -> None:
    result = lakes.build()
    assert [*result.decisions] == [NAMES[0][:-4], NAMES[2][:-4], NAMES[1][:-4]]  # by their keys
    assert result.totals.requests == len(relay.requests) == 1 + 3
    assert result.totals.bytes_fetched == sum(len(raster_bytes(seed)) for seed in range(3))
    paths = [NAMES[0], f"sub/{NAMES[1]}", NAMES[2]]
    assert hrefs(lakes) == [f"https://bucket.example.org/{path}" for path in paths]
    assert not any("s3://" in text.decode() for path, text in lakes.files().items() if "/" in path)
    (lakes.folder / "catalog.yaml").touch()
    assert lakes.build().is_same
    assert len(relay.requests) == 4


def test_a_fresh_clone_asks_nobody(lakes: Project, relay: Relay) -> None:
    lakes.build()
    shutil.rmtree(lakes.cache)
    relay.requests.clear()
    assert lakes.build().is_same
    spec = lakes.folder / "catalog.yaml"
    spec.write_text(spec.read_text("utf-8").replace("title: Lakes", "title: Lakes on ice"), "utf-8")
    assert not lakes.build().is_same
    spec.write_text(spec.read_text("utf-8").replace("bucket.example", "data.example"), "utf-8")
    lakes.build()
    assert all(href.startswith("https://data.example.org/") for href in hrefs(lakes))
    assert not relay.requests


def test_refreshing_costs_the_listing_and_what_changed(
    lakes: Project, relay: Relay, moto: Moto, name: str
) -> None:
    lakes.build()
    relay.requests.clear()
    assert lakes.build(refresh=True).is_same
    assert len(relay.requests) == 1
    moto.put(name, f"data/sub/{NAMES[1]}", raster_bytes(7))
    told = lakes.run("status", "--remote")
    assert told.returncode == 0
    assert "its version in the bucket changed" in told.stdout
    assert not relay.objects()
    result = lakes.build(refresh=True)
    assert relay.objects() == [f"/{name}/data/sub/{NAMES[1]}"]
    assert [str(one.action) for one in result.decisions.values()] == ["keep", "keep", "update"]
    assert lakes.build(refresh=True).is_same


def test_another_choice_is_listed_anew_and_fetches_what_is_new(
    lakes: Project, relay: Relay, name: str
) -> None:
    lakes.spec(entry(name, relay, include="sub/*"))
    assert [*lakes.build().decisions] == [NAMES[1][:-4]]
    relay.requests.clear()
    lakes.spec(entry(name, relay, f'exclude: "{NAMES[0]}"', 'id: "{path}"'))
    assert [*lakes.build().decisions] == [NAMES[2], f"sub_{NAMES[1]}", NAMES[1][:-4]]
    assert relay.objects() == [f"/{name}/data/{NAMES[2]}"]


def test_a_listing_of_many_pages(project: Project, relay: Relay, moto: Moto, name: str) -> None:
    for number in range(1001):
        moto.put(name, f"data/{number:04}.txt", b"-")
    project.spec(entry(name, relay))
    assert len(project.build().decisions) == 3
    listed = [asked for asked in relay.requests if "list-type" in asked.query]
    assert len(listed) == 2


def test_what_lists_nothing_is_no_removal(
    lakes: Project, relay: Relay, moto: Moto, name: str
) -> None:
    lakes.build()
    for seed, file in enumerate(NAMES):
        moto.ask("DELETE", f"/{name}/data/{'sub/' if seed == 1 else ''}{file}")
    error = failure(lakes, refresh=True)
    assert (error.exit_code, "no object has a path that matches" in error.what) == (3, True)
    moto.ask("DELETE", f"/{name}/data/notes.txt")
    error = failure(lakes, refresh=True)
    assert (error.exit_code, "lists no objects" in error.what) == (3, True)


def test_what_never_matched_is_a_mistake_in_the_spec(
    project: Project, relay: Relay, name: str
) -> None:
    project.spec(entry(name, relay, include="*.nc"))
    error = failure(project)
    assert error.exit_code == 2
    assert NAMES[0] in error.hint
    project.spec(entry(name, relay).replace("/data/", "/Data/"))
    assert failure(project).exit_code == 3


def test_a_bucket_that_is_not_there(project: Project, relay: Relay) -> None:
    project.spec(entry("nowhere", relay))
    error = failure(project)
    assert error.exit_code == 3
    assert error.line == (
        "error: s3://nowhere/data/: cannot be listed: its host answers 404 NoSuchBucket"
    )
    assert len(relay.requests) == 1


def test_a_bucket_without_permission(
    lakes: Project, moto: Moto, monkeypatch: pytest.MonkeyPatch
) -> None:
    lakes.build()
    moto.ask("POST", "/moto-api/reset-auth", b"0")  # from now on the server wants to know who asks
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAHIDDEN")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "veryhidden")
    try:
        error = failure(lakes, refresh=True)
    finally:
        moto.ask("POST", "/moto-api/reset-auth", b"inf")
    assert error.exit_code == 3
    assert error.what == "may not be listed: its host answers 403 InvalidAccessKeyId"
    assert "in the environment do not suffice" in error.hint


# -------------------------------------------------------------------------------- what is fetched


def large(seed: int, size: int = 2 << 20) -> bytes:
    """A file of so many bytes and some more."""
    return raster_bytes(seed) + bytes(size)


def test_a_cut_transfer_goes_on(lakes: Project, relay: Relay, moto: Moto, name: str) -> None:
    moto.put(name, f"data/{NAMES[0]}", large(0))
    path = f"/{name}/data/{NAMES[0]}"
    relay.faults[path] = [Trouble(cut=1_500_000)]
    lakes.build()
    first, second = [asked for asked in relay.requests if asked.path == path]
    assert "Range" not in first.headers
    assert re.fullmatch(r"bytes=\d+-", second.headers["Range"])
    assert second.headers["If-Range"].startswith('"')


def test_a_killed_build_goes_on(lakes: Project, relay: Relay, moto: Moto, name: str) -> None:
    moto.put(name, f"data/{NAMES[0]}", large(0, 24 << 20))
    path = f"/{name}/data/{NAMES[0]}"
    hold = threading.Event()
    relay.faults[path] = [Trouble(cut=20 << 20, hold=hold)]
    process = subprocess.Popen(
        [sys.executable, "-m", "itemcat", "build"],
        cwd=lakes.folder,
        env={**os.environ, "ITEMCAT_CACHE_DIR": str(lakes.cache)},
        stderr=subprocess.DEVNULL,
    )
    assert relay.held.wait(PATIENCE)  # more has gone out than the machine's buffers hold
    process.kill()
    process.wait(PATIENCE)
    hold.set()
    relay.requests.clear()
    result = lakes.build()
    [asked] = [asked for asked in relay.requests if asked.path == path]
    start = int(asked.headers["Range"].removeprefix("bytes=").removesuffix("-"))
    assert start >= 1 << 20
    assert result.totals.bytes_fetched < 24 << 20
    assert len(result.decisions) == 3


def test_an_object_that_changed_meanwhile_comes_whole(
    lakes: Project, relay: Relay, moto: Moto, name: str
) -> None:
    key, path = f"data/{NAMES[0]}", f"/{name}/data/{NAMES[0]}"
    moto.put(name, key, large(0))
    hold = threading.Event()
    relay.faults[path] = [Trouble(cut=1_500_000, hold=hold)]

    def change() -> None:
        assert relay.held.wait(PATIENCE)
        moto.put(name, key, large(5))
        hold.set()

    changing = threading.Thread(target=change)
    changing.start()
    lakes.build()
    changing.join()
    manifest = (lakes.folder / "catalog.manifest.json").read_text("utf-8")
    assert hashlib.sha256(large(5)).hexdigest() in manifest
    asked = [asked for asked in relay.requests if asked.path == path]
    assert ["Range" in one.headers for one in asked] == [False, True, False]


def test_offline(lakes: Project, relay: Relay) -> None:
    error = failure(lakes, offline=True)
    assert (error.exit_code, error.hint) == (3, "run without --offline to fetch it")
    lakes.build()
    relay.requests.clear()
    assert lakes.build(offline=True).is_same
    assert not relay.requests


# ------------------------------------------------------------------------------------ credentials


def test_private_objects_come_with_the_environments_credentials(
    lakes: Project, relay: Relay, moto: Moto, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    moto.put(name, f"data/{NAMES[0]}", raster_bytes(0), acl="private")
    with pytest.raises(Problems) as raised:
        lakes.build()
    assert "403" in str(raised.value)
    secrets = {"AWS_ACCESS_KEY_ID": "AKIAHIDDEN", "AWS_SECRET_ACCESS_KEY": "veryhidden"}
    for variable, secret in {**secrets, "AWS_SESSION_TOKEN": "tokenhidden"}.items():
        monkeypatch.setenv(variable, secret)
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:9")  # the spec's counts
    assert len(lakes.build().decisions) == 3
    signed = relay.requests[-1].query
    assert "X-Amz-Signature=" in signed
    kept = [path for folder in (lakes.folder, lakes.cache) for path in folder.rglob("*")]
    texts = [path.read_bytes() for path in kept if path.is_file()]
    assert not any(b"hidden" in text.lower() or b"X-Amz" in text for text in texts)
    lakes.spec(entry(name, relay, "anonymous: true"))
    shutil.rmtree(lakes.cache)
    shutil.rmtree(lakes.folder / "out")
    (lakes.folder / "catalog.manifest.json").unlink()
    assert "403" in lakes.run("build").stderr


def test_private_objects_are_read_by_their_heads(
    project: Project, relay: Relay, moto: Moto, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    large = raster_bytes(0, width=300, height=300)
    moto.put(name, f"data/{NAMES[0]}", large, acl="private")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAHIDDEN")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "veryhidden")
    head = HEAD.replace("assets:", "read: {access: remote}\nassets:")
    project.spec(head + entry(name, relay, include=NAMES[0]))
    totals = project.build().totals
    assert (totals.requests, totals.bytes_fetched) == (2, 1 << 15)
    assert "X-Amz-Signature=" in relay.requests[-1].query
    totals = project.build(refresh=True).totals  # which the listing alone answers
    assert (totals.requests, totals.bytes_fetched) == (1, 0)


def test_a_refusal_tells_no_key(
    lakes: Project, relay: Relay, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAHIDDEN")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "veryhidden")
    said = (
        b"<Error><Code>InvalidAccessKeyId</Code><AWSAccessKeyId>AKIAHIDDEN</AWSAccessKeyId></Error>"
    )
    relay.faults[f"/{name}"] = [Trouble(status=403, body=said)]
    told = lakes.run("build", "-v")
    assert told.returncode == 3
    assert "its host answers 403 InvalidAccessKeyId" in told.stderr
    assert "hint: the credentials in the environment do not suffice" in told.stderr
    assert "hidden" not in (told.stdout + told.stderr).lower()


def test_without_the_library(lakes: Project, tmp_path: Path) -> None:
    (tmp_path / "without").mkdir()
    (tmp_path / "without/obstore.py").write_text("raise ImportError\n", "utf-8")
    told = lakes.run("build", PYTHONPATH=str(tmp_path / "without"))
    assert told.returncode == 2
    assert 'pip install "itemcat[buckets]"' in told.stderr
    lakes.build()
    (lakes.folder / "catalog.yaml").touch()
    shutil.rmtree(lakes.cache)
    assert lakes.run("build", PYTHONPATH=str(tmp_path / "without")).returncode == 0


# ------------------------------------------------------------------------------------- bad names


def test_odd_names_are_quoted(project: Project, relay: Relay, moto: Moto, name: str) -> None:
    odd = "b c+é#?%25&_20190221T000000.tif"
    moto.put(name, f"data/{odd}", raster_bytes(4))
    project.spec(entry(name, relay, 'id: "item_{n}"', include="b*"))
    assert len(project.build().decisions) == 1
    [href] = hrefs(project)
    assert href == "https://bucket.example.org/b%20c%2B%C3%A9%23%3F%2525%26_20190221T000000.tif"


@pytest.mark.parametrize("key", ["x\\y_20190221T000000.tif", "\u202ex_20190221T000000.tif"])
def test_names_that_are_none_are_refused_and_can_be_left_out(
    project: Project, relay: Relay, moto: Moto, name: str, key: str
) -> None:
    moto.put(name, f"data/{key}", b"hostile")
    project.spec(entry(name, relay))
    error = failure(project)
    assert (error.exit_code, "is no path of a file" in error.what) == (3, True)
    assert error.what.isprintable()
    project.spec(entry(name, relay, 'exclude: "*x*"'))
    assert len(project.build().decisions) == 3


@pytest.mark.parametrize("key", ["x//y.tif", "../z.tif", "\x07z.tif"])
def test_keys_that_are_no_paths_are_refused(
    project: Project, relay: Relay, moto: Moto, name: str, key: str
) -> None:
    moto.put(name, f"data/{key}", b"hostile")
    project.spec(entry(name, relay))
    error = failure(project)
    assert (error.exit_code, "whose key is no path" in error.what) == (3, True)


# ------------------------------------------------------------------------------------------ docs


def test_the_spec_that_is_shown_is_built(project: Project, relay: Relay, moto: Moto) -> None:
    page = (TOP / "docs/spec.md").read_text("utf-8")
    [text] = [
        block
        for block in re.findall(r"^```yaml\n(catalog:.*?)^```$", page, re.MULTILINE | re.DOTALL)
        if "- bucket: s3://" in block
    ]
    bucket, prefix = re.findall(r"s3://([^/]+)/(\S*)", text)[0]
    moto.ask("PUT", f"/{bucket}")
    for seed, file in enumerate(NAMES):
        moto.put(bucket, f"{prefix}2019/{file}", raster_bytes(seed))
    assert text.count("https://s3.example.org") == 1
    project.spec(text.replace("https://s3.example.org", relay.url))
    assert len(project.build().decisions) == 3
    [folder] = [path for path in project.folder.iterdir() if path.is_dir()]
    shown = (folder / NAMES[0][:-4] / f"{NAMES[0][:-4]}.json").read_text("utf-8")
    assert f'"href": "https://bucket.example.org/2019/{NAMES[0]}"' in shown
