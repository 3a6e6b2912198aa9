"""Builds that read files by their heads: what they ask for, what they know, what they keep."""

import json
import re
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from faults import PATIENCE, Fault, Hold
from project import HEAD as SPEC_HEAD
from project import Project, raster_bytes
from rasters import write
from repository import Repository, md5
from server import Server
from test_readers_excerpt import FILES, noise

from itemcat.errors import ItemcatError, Problems
from itemcat.explain import explain
from itemcat.model import Action

HEAD = 1 << 15
REMOTE = SPEC_HEAD.replace("assets:", "read: {access: remote}\nassets:")
SAMPLED = SPEC_HEAD.replace("assets:", "read: {access: remote, statistics: sampled}\nassets:")
PLAIN = SPEC_HEAD.replace("assets:", "read: {statistics: none}\nassets:")
EXACT = SPEC_HEAD
NAME = "lake_20200101T000000.tif"
ITEM = "lake_20200101T000000"
DATE = "Wed, 01 Jan 2020 00:00:00 GMT"


@pytest.fixture(scope="module")
def cog(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return FILES["cog-mask"](tmp_path_factory.mktemp("cog") / NAME).read_bytes()


@pytest.fixture(scope="module")
def late(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A file with its mask and its overviews at the end."""
    return FILES["late-both"](tmp_path_factory.mktemp("late") / NAME).read_bytes()


def spec(server: Server, head: str = REMOTE, more: str = "") -> str:
    return f"{head}  - url: {server.url(NAME)}\n{more}"


def item(project: Project) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((project.folder / f"out/{ITEM}/{ITEM}.json").read_bytes())
    return document


def known(project: Project) -> dict[str, Any]:
    manifest = json.loads((project.folder / "catalog.manifest.json").read_bytes())
    asset: dict[str, Any] = manifest["items"][ITEM]["assets"]["data"]
    return asset


def failure(project: Project) -> ItemcatError:
    with pytest.raises(Problems) as caught:
        project.build()
    return caught.value.errors[0]


# ------------------------------------------------------------------------------ what is asked for


def test_a_cog_costs_one_request_of_its_head(project: Project, server: Server, cog: bytes) -> None:
    server.put(NAME, cog, etag='"v1"')
    project.spec(spec(server))
    totals = project.build().totals
    (asked,) = server.requests
    assert asked.headers["range"] == f"bytes=0-{HEAD - 1}"
    assert asked.headers["accept-encoding"] == "identity"
    assert (totals.requests, totals.bytes_fetched, asked.sent) == (1, HEAD, HEAD)
    assert len(cog) > 10 * HEAD
    assert known(project).keys() == {"href", "size", "etag", "reader", "options", "record"}
    data = item(project)["assets"]["data"]
    assert data["file:size"] == len(cog)
    assert "file:checksum" not in data
    assert data["type"].endswith("profile=cloud-optimized")


@pytest.mark.parametrize("statistics", ["none", "sampled"])
@pytest.mark.parametrize("name", ["cog-mask", "late-both", "late-tags", "bands", "points"])
def test_no_fact_differs_from_a_download(
    name: str, statistics: str, project: Project, server: Server, tmp_path: Path
) -> None:
    server.put(NAME, FILES[name](tmp_path / NAME).read_bytes(), etag='"v1"')
    project.spec(spec(server, SAMPLED if statistics == "sampled" else REMOTE))
    project.build()
    remote, mine = item(project), known(project)
    other = Project(tmp_path / "other", tmp_path / "second")
    other.folder.mkdir()
    other.spec(spec(server, PLAIN.replace("none", statistics)))
    other.build()
    full, theirs = item(other), known(other)
    del full["assets"]["data"]["file:checksum"], theirs["sha256"]
    assert (remote, mine) == (full, theirs)


def test_what_lies_at_the_end_costs_what_it_takes(
    project: Project, server: Server, late: bytes
) -> None:
    server.put(NAME, late, etag='"v1"')
    project.spec(spec(server))
    totals = project.build().totals
    assert 1 < totals.requests <= 4
    assert server.sent(NAME) == totals.bytes_fetched < len(late) / 10


def test_a_server_without_ranges_is_left_after_the_head(
    project: Project, server: Server, cog: bytes
) -> None:
    server.put(NAME, cog, etag='"v1"', ranges=False)
    project.spec(spec(server))
    totals = project.build().totals
    assert (totals.requests, totals.bytes_fetched) == (1, HEAD)
    assert item(project)["assets"]["data"]["file:size"] == len(cog)


def test_without_ranges_the_rest_cannot_be_had(
    project: Project, server: Server, late: bytes
) -> None:
    server.put(NAME, late, etag='"v1"', ranges=False)
    project.spec(spec(server))
    error = failure(project)
    assert "gives no ranges" in error.what
    assert "access: download" in error.hint


def test_a_small_file_is_all_head(project: Project, server: Server) -> None:
    data = raster_bytes()
    server.put(NAME, data, last_modified=DATE)
    project.spec(spec(server))
    assert project.build().totals.bytes_fetched == len(data)
    assert known(project)["last_modified"] == DATE


def test_a_redirect_is_followed_and_secrets_stay_out(
    project: Project, server: Server, cog: bytes
) -> None:
    server.put("real.tif", cog, etag='"v1"')
    server.fault(NAME, always=Fault(status=302, headers={"Location": server.url("real.tif")}))
    address = f"{server.url(NAME, 'me:secret')}?token=hidden"
    project.spec(f"{REMOTE}  - {address}\n")
    project.build()
    assert server.asked("real.tif")[0].headers["range"] == f"bytes=0-{HEAD - 1}"
    written = [path for path in project.cache.rglob("*") if path.is_file()]
    written += (project.folder / "out").rglob("*.json")
    texts = b"".join(path.read_bytes() for path in written)
    assert b"secret" not in texts
    assert b"hidden" not in texts


# --------------------------------------------------------------------------------- what goes wrong


def test_what_passes_is_tried_again(project: Project, server: Server, cog: bytes) -> None:
    server.put(NAME, cog, etag='"v1"')
    server.fault(NAME, Fault(cut=1000), Fault(status=503))
    project.spec(spec(server))
    assert project.build().totals.requests == 3


def test_a_missing_file_is_named(project: Project, server: Server) -> None:
    project.spec(spec(server))
    error = failure(project)
    assert (error.where, error.what) == (server.url(NAME), "404 Not Found")


def test_a_page_is_no_file(project: Project, server: Server) -> None:
    server.put(NAME, b"<!DOCTYPE html><p>Please log in.", etag='"v1"')
    project.spec(spec(server))
    assert "is an HTML page" in failure(project).what


def test_an_empty_file_is_named(project: Project, server: Server) -> None:
    server.put(NAME, b"", etag='"v1"')
    project.spec(spec(server))
    assert "is empty" in failure(project).what


def test_without_validators_nothing_would_tell_of_changes(
    project: Project, server: Server, cog: bytes
) -> None:
    server.put(NAME, cog)
    project.spec(spec(server))
    error = failure(project)
    assert "neither ETag nor date" in error.what
    assert "access: download" in error.hint


def test_a_file_that_changes_meanwhile_is_not_put_together(
    project: Project, server: Server, late: bytes
) -> None:
    server.put(NAME, late, etag='"v1"')
    server.fault(NAME, Fault(), always=Fault(headers={"ETag": '"v2"'}))
    project.spec(spec(server))
    assert failure(project).what == "changed while it was read"
    server.fault(NAME)
    assert project.build().totals.requests > 1


def test_another_kind_of_file_needs_a_download(project: Project, server: Server) -> None:
    server.put(NAME, b"\x89PNG\r\n\x1a\n" + bytes(99), etag='"v1"')
    project.spec(spec(server))
    error = failure(project)
    assert "is not a TIFF" in error.what
    assert "access: download" in error.hint


def test_another_reader_needs_a_download(project: Project, server: Server) -> None:
    address = server.url(NAME.replace(".tif", ".geojson"))
    project.spec(f"{REMOTE.replace('.tif', '.geojson')}  - {address}\n")
    error = failure(project)
    assert "vector reader, which needs the whole file" in error.what
    assert "access: download" in error.hint
    assert server.requests == []


def test_a_slow_server_is_waited_for(project: Project, server: Server, cog: bytes) -> None:
    hold = Hold(after=1000)
    server.put(NAME, cog, etag='"v1"')
    server.fault(NAME, Fault(hold=hold))
    project.spec(spec(server))
    with ThreadPoolExecutor(1) as threads:
        built = threads.submit(project.build)
        assert hold.reached.wait(PATIENCE)
        hold.go.set()
        assert built.result().totals.bytes_fetched == HEAD


def test_a_scattered_file_needs_a_download(
    project: Project, server: Server, tmp_path: Path
) -> None:
    pages = FILES["striped"](tmp_path / "pages.tif").read_bytes()
    server.put(NAME, _scattered(pages), etag='"v1"')
    project.spec(spec(server))
    error = failure(project)
    assert error.what == "takes more than 32 requests or 16 MB to be read"
    assert error.hint == "set `access: download` under `read:`"
    assert len(server.requests) <= 32


def test_a_sample_of_too_many_bytes_is_refused_before_they_travel(
    project: Project, server: Server, tmp_path: Path
) -> None:
    path = write(tmp_path / NAME, noise(9, 1500, 1500), driver="COG", compress="none")
    server.put(NAME, path.read_bytes(), etag='"v1"')
    project.spec(spec(server, SAMPLED))
    error = failure(project)
    assert error.what == "takes more than 32 requests or 16 MB to be read"
    assert error.hint == "set `access: download` under `read:`, or `statistics: none`"
    assert server.sent(NAME) == HEAD


def _scattered(data: bytes) -> bytes:
    """The same file, its directory repeated as the next image, over and over, far apart."""
    start = int.from_bytes(data[4:8], "little")
    count = int.from_bytes(data[start : start + 2], "little")
    directory = data[start : start + 2 + 12 * count]
    body = bytearray(data)
    link = start + 2 + 12 * count
    for _ in range(40):
        body += bytes(3 * HEAD)
        body[link : link + 4] = len(body).to_bytes(4, "little")
        link = len(body) + len(directory)
        body += directory + bytes(4)
    return bytes(body)


def test_what_is_declared_must_be_so(project: Project, server: Server, cog: bytes) -> None:
    server.put(NAME, cog, etag=f'"sha256:{"0" * 64}"')
    project.spec(spec(server, more=f"    sha256: {'1' * 64}\n"))
    assert "is declared" in failure(project).what


def test_a_sample_is_drawn_again_where_statistics_are_added(
    project: Project, server: Server, cog: bytes
) -> None:
    server.put(NAME, cog, etag='"v1"')
    project.spec(spec(server))
    project.build()
    project.spec(spec(server, SAMPLED))
    assert project.build().totals.requests == 2
    assert "statistics" in item(project)["assets"]["data"]["bands"][0]
    assert_as_from_scratch(project)


def test_a_file_that_changes_under_its_sample_is_not_put_together(
    project: Project, server: Server, cog: bytes
) -> None:
    server.put(NAME, cog, etag='"v1"')
    server.fault(NAME, Fault(), always=Fault(headers={"ETag": '"v2"'}))
    project.spec(spec(server, SAMPLED))
    assert failure(project).what == "changed while it was read"


@pytest.mark.parametrize("rule", ["statistics: exact", "footprint: valid-data"])
def test_what_needs_all_pixels_is_an_error_of_the_spec(
    rule: str, project: Project, server: Server
) -> None:
    project.spec(spec(server).replace("access: remote", f"access: remote, {rule}"))
    error = failure(project)
    key, value = rule.split(": ")
    assert error.what == f"read.{key}: '{value}' needs all pixels, and `access: remote` reads few"
    assert error.where.endswith("catalog.yaml:10:24")
    assert server.requests == []


# --------------------------------------------------------------------------------- again and again


def test_nothing_to_do_asks_nobody(project: Project, server: Server, cog: bytes) -> None:
    server.put(NAME, cog, etag='"v1"')
    project.spec(spec(server))
    project.build()
    before = project.marks()
    (project.folder / "catalog.yaml").touch()
    assert project.build().decisions[ITEM].action is Action.KEEP
    shutil.rmtree(project.cache)  # a fresh clone
    assert project.build(locked=True).decisions[ITEM].action is Action.KEEP
    assert len(server.requests) == 1
    after = project.marks()
    del before["catalog.yaml"], after["catalog.yaml"]
    assert after == before


def test_a_new_title_asks_nobody(project: Project, server: Server, cog: bytes) -> None:
    server.put(NAME, cog, etag='"v1"')
    project.spec(spec(server))
    project.build()
    shutil.rmtree(project.cache)
    project.spec(spec(server).replace("title: Lakes", "title: Seas"))
    project.build()
    assert len(server.requests) == 1


def test_a_refresh_costs_a_condition(project: Project, server: Server, cog: bytes) -> None:
    server.put(NAME, cog, etag='"v1"')
    project.spec(spec(server))
    project.build()
    totals = project.build(refresh=True).totals
    assert (totals.requests, totals.bytes_fetched) == (1, 0)
    assert server.requests[-1].status == 304


def test_a_server_without_conditions_costs_the_head_again(
    project: Project, server: Server, cog: bytes
) -> None:
    server.put(NAME, cog, etag='"v1"', conditions=False)
    project.spec(spec(server))
    project.build()
    before = project.marks()
    assert project.build(refresh=True).decisions[ITEM].action is Action.KEEP
    assert project.marks() == before


def test_a_refresh_reads_what_changed(
    project: Project, server: Server, cog: bytes, late: bytes
) -> None:
    server.put(NAME, cog, etag='"v1"')
    project.spec(spec(server))
    project.build()
    server.put(NAME, late, etag='"v2"')
    assert project.build(dry_run=True, refresh=True).decisions[ITEM].action is Action.UPDATE
    assert project.build(refresh=True).decisions[ITEM].action is Action.UPDATE
    assert known(project)["etag"] == '"v2"'
    assert_as_from_scratch(project)


def test_what_was_read_is_kept_for_another_manifest(
    project: Project, server: Server, cog: bytes
) -> None:
    server.put(NAME, cog, etag='"v1"')
    project.spec(spec(server))
    project.build()
    (project.folder / "catalog.manifest.json").unlink()
    shutil.rmtree(project.folder / "out")
    totals = project.build().totals
    assert (totals.requests, totals.bytes_fetched) == (1, 0)
    (project.folder / "catalog.manifest.json").unlink()
    shutil.rmtree(project.folder / "out")
    assert project.build(offline=True).totals.requests == 0
    assert project.run("cache", "gc").returncode == 0
    (project.folder / "catalog.manifest.json").unlink()
    shutil.rmtree(project.folder / "out")
    assert project.build(offline=True).totals.requests == 0


def test_a_sweep_drops_what_no_spec_needs(project: Project, server: Server, cog: bytes) -> None:
    server.put(NAME, cog, etag='"v1"')
    project.spec(spec(server))
    project.build()
    shutil.rmtree(project.folder)
    project.folder.mkdir()
    project.run("cache", "gc")
    assert not [*project.cache.glob("urls/*"), *project.cache.glob("records/*")]


def test_offline_needs_what_was_read(project: Project, server: Server) -> None:
    project.spec(spec(server))
    with pytest.raises(Problems, match="not in the cache"):
        project.build(offline=True)


# ------------------------------------------------------------------------------ from one to another


def assert_as_from_scratch(project: Project) -> None:
    """What is there is what a first build with an empty cache makes."""
    built = project.files()
    scratch = Project(project.folder.parent / "scratch", project.folder.parent / "scratch-cache")
    scratch.folder.mkdir()
    shutil.copy(project.folder / "catalog.yaml", scratch.folder)
    scratch.build()
    assert scratch.files() == built


@pytest.mark.parametrize(("before", "requests"), [(PLAIN, 0), (EXACT, 0)])
def test_a_download_serves_a_remote_reading(
    before: str, requests: int, project: Project, server: Server, cog: bytes
) -> None:
    server.put(NAME, cog, etag='"v1"', last_modified=DATE)
    project.spec(spec(server, before))
    project.build()
    project.spec(spec(server))
    assert project.build().totals.requests == requests
    assert_as_from_scratch(project)


def test_a_download_whose_bytes_are_gone_is_read_by_its_head(
    project: Project, server: Server, cog: bytes
) -> None:
    server.put(NAME, cog, etag='"v1"')
    project.spec(spec(server, EXACT))
    project.build()
    shutil.rmtree(project.cache)
    project.spec(spec(server))
    assert project.build().totals.bytes_fetched == HEAD
    assert_as_from_scratch(project)


def test_a_download_without_validators_does_not_serve(
    project: Project, server: Server, cog: bytes
) -> None:
    server.put(NAME, cog)
    project.spec(spec(server, PLAIN))
    project.build()
    project.spec(spec(server))
    assert "neither ETag nor date" in failure(project).what


@pytest.mark.parametrize("after", [PLAIN, EXACT])
def test_a_remote_reading_is_downloaded_when_that_is_asked_for(
    after: str, project: Project, server: Server, cog: bytes
) -> None:
    server.put(NAME, cog, etag='"v1"')
    project.spec(spec(server))
    project.build()
    project.spec(spec(server, after))
    result = project.build()
    assert result.totals.bytes_fetched == len(cog)
    assert "only its head was read" in result.decisions[ITEM].reason
    assert_as_from_scratch(project)


def test_read_again_is_asked_again(project: Project, server: Server, cog: bytes) -> None:
    server.put(NAME, cog, etag='"v1"')
    project.spec(spec(server))
    project.build()
    before = project.marks()
    assert project.build(reread=True).totals.bytes_fetched == HEAD
    assert project.marks() == before


def test_local_files_are_read_as_ever(project: Project, server: Server, cog: bytes) -> None:
    server.put(NAME, cog, etag='"v1"')
    project.raster("sea_20200101T000000.tif")
    project.spec(spec(server, more="  - files: '*.tif'\n"))
    project.build()
    path = project.folder / "out/sea_20200101T000000/sea_20200101T000000.json"
    local = json.loads(path.read_bytes())["assets"]["data"]
    assert local["file:checksum"].startswith("1220")


# --------------------------------------------------------------------------------- what is declared


def test_a_declared_checksum_is_shown(project: Project, server: Server, cog: bytes) -> None:
    server.put(NAME, cog, etag='"v1"')
    project.spec(spec(server, more=f"    sha256: {'1' * 64}\n"))
    project.build()
    assert item(project)["assets"]["data"]["file:checksum"] == f"1220{'1' * 64}"
    project.spec(spec(server, more=f"    sha256: {'2' * 64}\n"))
    project.build()
    assert item(project)["assets"]["data"]["file:checksum"] == f"1220{'2' * 64}"
    assert len(server.requests) == 1
    assert_as_from_scratch(project)


def test_the_checksum_that_a_record_declares_is_shown(
    project: Project, server: Server, cog: bytes
) -> None:
    repository = Repository(server)
    repository.publish("abc12-34567", {NAME: cog})
    project.spec(f"{REMOTE}  - invenio: {repository.page('abc12-34567')}\n")
    assert project.build().totals.requests == 2
    data = item(project)["assets"]["data"]
    assert data["file:checksum"] == "d50110" + md5(cog).removeprefix("md5:")
    totals = project.build(refresh=True).totals  # which the record alone answers
    assert (totals.requests, totals.bytes_fetched) == (1, 0)
    assert_as_from_scratch(project)


def test_a_record_with_another_checksum_is_read_anew(
    project: Project, server: Server, cog: bytes, late: bytes
) -> None:
    repository = Repository(server)
    repository.publish("abc12-34567", {NAME: cog})
    project.spec(f"{REMOTE}  - invenio: {repository.page('abc12-34567')}\n")
    project.build()
    repository.publish("abc12-34567", {NAME: late})
    assert project.build(refresh=True).decisions[ITEM].action is Action.UPDATE
    assert_as_from_scratch(project)


def test_the_spec_of_the_docs_is_built(project: Project, server: Server, cog: bytes) -> None:
    page = (Path(__file__).parent.parent / "docs" / "spec.md").read_text("utf-8")
    shown = re.findall(r"^```yaml\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    [text] = [one for one in shown if "access: remote" in one]
    server.put("scenes/scene_20190224.tif", cog, etag='"v1"')
    project.spec(text.replace("https://example.org/", server.url("")))
    assert project.build().totals.bytes_fetched == HEAD


def test_explain_says_whose_word_it_is(project: Project, server: Server, cog: bytes) -> None:
    server.put(NAME, cog, etag='"v1"')
    project.spec(spec(server, more=f"    sha256: {'1' * 64}\n"))
    project.build()
    facts = {fact.path: fact.origin for fact in explain(ITEM, project.folder, project.cache)}
    assert facts["assets.data.file:checksum"].startswith(
        "its publisher, not verified (catalog.yaml"
    )
    assert "range request" in facts["assets.data.file:size"]


@pytest.mark.parametrize(("head", "most"), [(REMOTE, 16), (EXACT, 6)])
def test_a_host_is_asked_for_more_heads_than_files_at_once(
    project: Project, server: Server, cog: bytes, head: str, most: int
) -> None:
    hold = Hold(after=0)
    names = [f"lake_202001{day:02}T000000.tif" for day in range(1, 21)]
    for name in names:
        server.put(name, cog, etag='"1"')
        server.fault(name, Fault(hold=hold))
    project.spec(head + "".join(f"  - {server.url(name)}\n" for name in names))
    with ThreadPoolExecutor(1) as threads:
        building = threads.submit(project.build)
        server.wait_until_busy(most)
        hold.go.set()
        building.result(PATIENCE)
    assert server.most_at_once == most
