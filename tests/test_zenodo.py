"""Records as sources: what they list, what they say, and what a build makes of it."""

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from project import Project, raster_bytes
from repository import DOI, Repository, md5
from server import Fault, Server
from stac import assert_valid
from standin import StandIn
from test_tutorial import SCENES

from itemcat.errors import ItemcatError, Problems, SourceError, SpecError
from itemcat.fetch.transport import LARGEST
from itemcat.files import sha256
from itemcat.sources.zenodo import address

NAMES = [f"a_2019022{day}T203744.tif" for day in (1, 2, 3)]
FILES = {name: raster_bytes(seed) for seed, name in enumerate(NAMES)}
RECORD = "abc12-34567"
HEAD = """\
catalog: {id: lakes}
output: out
items:
  pattern: "{place}_{start:%Y%m%dT%H%M%S}.tif"
  datetime: "{start}"
assets:
"""


@pytest.fixture
def repository(server: Server) -> Repository:
    return Repository(server)


@pytest.fixture
def lakes(project: Project, repository: Repository) -> Project:
    """A project whose only source is a record with three scenes and a text."""
    repository.publish(RECORD, {**FILES, "read me.txt": b"hello"})
    spec(project, repository.page(RECORD))
    return project


def spec(project: Project, page: str, rest: str = 'include: "*.tif"', head: str = HEAD) -> None:
    project.spec(f"{head}  - invenio: {page}\n    {rest}\n")


def catalog(project: Project) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((project.folder / "out/catalog.json").read_text("utf-8"))
    return found


def failure(project: Project, **options: Any) -> ItemcatError:
    """The one error of a build that changes nothing."""
    before = project.files()
    with pytest.raises(Problems) as raised:
        project.build(**options)
    assert project.files() == before
    [error] = raised.value.errors
    assert raised.value.exit_code == error.exit_code
    return error


# ------------------------------------------------------------------------------ what is published


def test_a_record_costs_one_request_and_gives_names_sizes_and_checksums(
    lakes: Project, repository: Repository, server: Server
) -> None:
    result = lakes.build()
    assert list(result.decisions) == [name.removesuffix(".tif") for name in NAMES]
    assert result.totals.requests == len(server.requests) == 1 + len(FILES)
    assert len(server.asked(f"api/records/{RECORD}")) == 1
    page = repository.page(RECORD)
    for name in NAMES:
        item = json.loads((lakes.folder / f"out/{name[:-4]}/{name[:-4]}.json").read_text("utf-8"))
        assert item["assets"]["data"]["href"] == f"{page}/files/{name}"
        assert item["assets"]["data"]["file:checksum"] == "1220" + sha256(FILES[name])
    [listed] = json.loads((lakes.folder / "catalog.manifest.json").read_text())["sources"].values()
    assert listed == [
        {"location": f"{page}/files/{name}", "size": len(data), "checksum": md5(data)}
        for name, data in FILES.items()
    ]


def test_what_a_record_says_of_itself_is_the_catalogs(lakes: Project) -> None:
    lakes.build()
    made = catalog(lakes)
    assert_valid(made)
    said = {key: value for key, value in made.items() if key not in ("links", "type", "id")}
    assert said == {
        "stac_version": "1.1.0",
        "title": "Lakes on ice",
        "description": "Extents of lakes.\n\nWater & ice.",
        "license": "CC-BY-4.0",
        "keywords": ["lakes", "ice"],
        "providers": [
            {
                "name": "Doe, Jane",
                "roles": ["producer"],
                "url": "https://orcid.org/0000-0002-1825-0097",
            },
            {"name": "Roe, Rick", "roles": ["producer"]},
            {"name": "Ice Archive", "roles": ["host"], "url": made["providers"][2]["url"]},
        ],
        "sci:doi": f"10.1234/{RECORD}",
        "sci:citation": "Doe, Jane; Roe, Rick (2023): Lakes on ice. 1.0. Ice Archive. "
        f"https://doi.org/10.1234/{RECORD}",
    }
    links = [(link["rel"], link["href"]) for link in made["links"]]
    assert ("cite-as", f"https://doi.org/10.1234/{RECORD}") in links
    assert {link["title"] for link in made["links"] if link["rel"] == "root"} == {"Lakes on ice"}


def test_the_specs_own_words_win(lakes: Project, repository: Repository) -> None:
    head = HEAD.replace("{id: lakes}", "{id: lakes, title: Mine, description: My own.}")
    spec(lakes, repository.page(RECORD), head=head)
    lakes.build()
    made = catalog(lakes)
    assert (made["title"], made["description"]) == ("Mine", "My own.")
    assert made["license"] == "CC-BY-4.0"


def test_a_catalog_of_more_than_one_record_has_the_words_of_none(
    lakes: Project, repository: Repository, server: Server
) -> None:
    repository.publish("other-1", {"b_20190221T203744.tif": FILES[NAMES[0]]})
    other = f'    include: "*.tif"\n  - invenio: {repository.page("other-1")}\n'
    text = f"{HEAD}  - invenio: {repository.page(RECORD)}\n{other}"
    lakes.spec(text)
    with pytest.raises(SpecError, match=r"catalog\.title: is missing, and its entries are of sev"):
        lakes.build()
    lakes.spec(text.replace("{id: lakes}", "{id: lakes, title: Both, description: Two.}"))
    lakes.build()
    assert not {"license", "sci:doi", "providers", "keywords"} & catalog(lakes).keys()


def test_a_title_is_missing_as_ever_where_an_entry_is_no_record(
    lakes: Project, repository: Repository, server: Server
) -> None:
    spec(lakes, repository.page(RECORD), f"id: x\n  - {server.url('a.tif')}")
    with pytest.raises(Problems) as raised:
        lakes.build()
    assert [error.what for error in raised.value.errors] == [
        "catalog.title: is missing",
        "catalog.description: is missing",
    ]


def test_two_entries_of_a_record_ask_once_and_keep_its_words(
    lakes: Project, repository: Repository, server: Server
) -> None:
    page = repository.page(RECORD)
    spec(
        lakes, page, f'include: "*1T*.tif"\n  - invenio: {page}\n    include: ["*2T*", "*3T*.tif"]'
    )
    assert len(lakes.build().decisions) == 3
    assert len(server.asked(f"api/records/{RECORD}")) == 1
    assert catalog(lakes)["title"] == "Lakes on ice"


def test_exclude_takes_away_what_include_lets_in(lakes: Project, repository: Repository) -> None:
    spec(lakes, repository.page(RECORD), f'exclude: ["*.txt", "{NAMES[0]}"]')
    assert list(lakes.build().decisions) == [name[:-4] for name in NAMES[1:]]


def test_files_that_are_listed_apart_are_asked_for_there(
    lakes: Project, repository: Repository, server: Server
) -> None:
    repository.publish("old-1", FILES, form="apart")
    spec(lakes, repository.page("old-1"))
    assert len(lakes.build().decisions) == 3
    assert [request.path for request in server.requests][:2] == [
        "/api/records/old-1",
        "/api/records/old-1/files",
    ]


def test_a_name_with_signs_of_its_own_is_quoted(lakes: Project, repository: Repository) -> None:
    name = "é #1?&b_20190221T203744.tif"
    repository.publish("odd-1", {name: FILES[NAMES[0]]})
    spec(lakes, repository.page("odd-1"))
    lakes.build()
    [item] = lakes.folder.glob("out/*/*.json")
    href = json.loads(item.read_text("utf-8"))["assets"]["data"]["href"]
    assert href == f"{repository.page('odd-1')}/files/%C3%A9%20%231%3F%26b_20190221T203744.tif"
    assert lakes.build().is_same


# -------------------------------------------------------------------------------- only what changed


def test_nothing_to_do_asks_nobody(lakes: Project, server: Server) -> None:
    lakes.build()
    before, marks = len(server.requests), lakes.marks()
    (lakes.folder / "catalog.yaml").touch()  # so that the stamp does not hold
    assert lakes.build().is_same
    assert lakes.build(dry_run=True).is_same
    assert len(server.requests) == before
    assert {**lakes.marks(), "catalog.yaml": None} == {**marks, "catalog.yaml": None}


def test_a_fresh_clone_and_an_edited_title_ask_nobody(lakes: Project, server: Server) -> None:
    lakes.build()
    before = len(server.requests)
    shutil.rmtree(lakes.cache)
    assert lakes.build().is_same
    text = (lakes.folder / "catalog.yaml").read_text("utf-8")
    lakes.spec(text.replace("{id: lakes}", "{id: lakes, title: Mine}"))
    assert not lakes.build().is_same
    assert len(server.requests) == before
    assert catalog(lakes)["title"] == "Mine"
    assert catalog(lakes)["description"] == "Extents of lakes.\n\nWater & ice."


def test_another_include_asks_again_and_fetches_only_what_is_new(
    lakes: Project, repository: Repository, server: Server, tmp_path: Path
) -> None:
    spec(lakes, repository.page(RECORD), f"include: {NAMES[0]}")
    lakes.build()
    spec(lakes, repository.page(RECORD))
    before = len(server.requests)
    lakes.build()
    first, *others = [request.path for request in server.requests[before:]]
    assert first == f"/api/records/{RECORD}"
    assert sorted(others) == [f"/records/{RECORD}/files/{name}" for name in NAMES[1:]]
    scratch = Project(tmp_path / "scratch", tmp_path / "other-cache")
    scratch.folder.mkdir()
    spec(scratch, repository.page(RECORD))
    scratch.build()
    assert scratch.files() == lakes.files()


def test_refresh_costs_one_request_where_nothing_changed(lakes: Project, server: Server) -> None:
    lakes.build()
    marks = lakes.marks()
    result = lakes.build(refresh=True)
    assert (result.is_same, result.totals.requests, result.totals.bytes_fetched) == (True, 1, 0)
    assert server.requests[-1].status == 304
    assert lakes.marks() == marks


@pytest.mark.parametrize("etag", [True, False])
def test_a_file_with_another_checksum_is_fetched_anew(
    lakes: Project, repository: Repository, server: Server, etag: bool
) -> None:
    if not etag:
        server.put(f"records/{RECORD}/files/{NAMES[0]}", FILES[NAMES[0]])
    lakes.build()
    changed = {**FILES, NAMES[0]: raster_bytes(7)}
    repository.publish(RECORD, changed)
    if not etag:
        server.put(f"records/{RECORD}/files/{NAMES[0]}", changed[NAMES[0]])
    assert lakes.build().is_same
    planned = lakes.build(refresh=True, dry_run=True).decisions[NAMES[0][:-4]]
    assert planned.reason == "its declared checksum changed"
    done = lakes.build(refresh=True)
    assert [d.action for d in done.decisions.values()] == ["update", "keep", "keep"]
    assert sha256(raster_bytes(7)) in (lakes.folder / "catalog.manifest.json").read_text("utf-8")


def test_a_changed_file_that_failed_is_fetched_by_the_next_build(
    lakes: Project, repository: Repository, server: Server
) -> None:
    lakes.build()
    repository.publish(RECORD, {**FILES, NAMES[0]: raster_bytes(7)})
    server.fault(f"records/{RECORD}/files/{NAMES[0]}", Fault(403))
    failed = lakes.build(refresh=True, keep_going=True)
    assert len(failed.failures) == 1
    done = lakes.build()
    assert [decision.action for decision in done.decisions.values()] == ["update", "keep", "keep"]
    assert lakes.build().is_same


def test_a_file_that_is_not_as_declared_is_refused(
    lakes: Project, repository: Repository, server: Server
) -> None:
    wrong = bytes(reversed(FILES[NAMES[0]]))
    server.put(f"records/{RECORD}/files/{NAMES[0]}", wrong)
    error = failure(lakes)
    assert error.what == f"has the {md5(wrong).replace(':', ' ')}, but " + (
        f"{md5(FILES[NAMES[0]]).removeprefix('md5:')} is declared"
    )


def test_offline_takes_the_answer_that_was_kept(
    lakes: Project, repository: Repository, server: Server
) -> None:
    page = repository.page(RECORD)
    assert failure(lakes, offline=True).what == "what it lists is not in the cache"
    assert failure(lakes, offline=True).hint == "run without --offline to ask for it"
    lakes.build()
    before = len(server.requests)
    spec(lakes, page, f"include: ['*.tif', {NAMES[0]}]")
    assert lakes.build(offline=True).is_same is False
    (lakes.folder / "catalog.manifest.json").unlink()
    shutil.rmtree(lakes.folder / "out")
    lakes.build(offline=True)
    assert len(server.requests) == before
    assert catalog(lakes)["title"] == "Lakes on ice"


# ------------------------------------------------------------------------------------- versions


def test_the_id_of_all_versions_is_the_latest_when_it_was_listed(
    lakes: Project, repository: Repository, server: Server
) -> None:
    spec(lakes, repository.page("concept-1"))
    lakes.build()
    manifest = json.loads((lakes.folder / "catalog.manifest.json").read_text("utf-8"))
    [record] = manifest["records"].values()
    assert record["id"] == RECORD
    assert catalog(lakes)["sci:doi"] == f"10.1234/{RECORD}"
    repository.publish("abc12-99999", {**FILES, "a_20190224T203744.tif": raster_bytes(5)})
    assert lakes.build().is_same
    page = repository.page("concept-1")
    moved = f"`invenio: {page}` is {repository.page('abc12-99999')} now; it was "
    for result in (lakes.build(refresh=True, dry_run=True), lakes.build(refresh=True)):
        assert result.notes == (moved + repository.page(RECORD),)
        assert [decision.action for decision in result.decisions.values()] == [
            *["update"] * 3,
            "add",
        ]
    assert catalog(lakes)["sci:doi"] == "10.1234/abc12-99999"
    assert lakes.build().is_same


@pytest.mark.parametrize("form", ["zenodo", "invenio"])
def test_a_newer_version_is_told_and_changes_nothing(
    lakes: Project, repository: Repository, form: str
) -> None:
    repository.publish("1234", FILES, form=form)
    spec(lakes, repository.page("1234"))
    lakes.build()
    repository.publish("1234", FILES, form=form, is_latest=False)
    assert lakes.build(dry_run=True).notes == ()
    for options in ({"dry_run": True}, {}):
        result = lakes.build(refresh=True, **options)
        assert result.is_same
        assert result.notes == (
            f"`invenio: {repository.page('1234')}`: there is a newer version of this record, "
            f"{repository.page('1234')}/latest",
        )


# ------------------------------------------------------------------------------------ bad input


@pytest.mark.parametrize(
    ("status", "what", "hint"),
    [
        (404, "does not exist", "check the number"),
        (403, "is restricted", "its page says who may have it"),
        (401, "is restricted", "its page says who may have it"),
        (410, "was removed by its publisher", "its page may say why"),
        (418, "cannot be listed: its host answers 418", "see http"),
    ],
)
def test_a_record_that_is_refused(
    lakes: Project, server: Server, status: int, what: str, hint: str
) -> None:
    server.fault(f"api/records/{RECORD}", always=Fault(status, body=b'{"message": "no"}'))
    error = failure(lakes)
    assert isinstance(error, SourceError)
    assert (error.exit_code, error.where) == (3, f"{lakes.folder / 'catalog.yaml'}:7:5")
    assert what in error.what
    assert hint in error.hint


def test_a_busy_host_is_asked_again(lakes: Project, server: Server) -> None:
    server.fault(f"api/records/{RECORD}", Fault(429), Fault(cut=100))
    assert len(lakes.build().decisions) == 3
    assert [request.status for request in server.asked(f"api/records/{RECORD}")] == [429, 200, 200]


@pytest.mark.parametrize(
    ("body", "what"),
    [
        (b"<!DOCTYPE html><title>Down</title>", "its host answers with an HTML page"),
        (b"{", "its host answers with no JSON object"),
        (b"[]", "its host answers with no JSON object"),
        (b'{"id": NaN}', "its host answers with no JSON object"),
        (b"[" * 100_000, "its host answers with no JSON object"),
        (b'{"id": ' + b"9" * 5000 + b"}", "its host answers with no JSON object"),
        (b"\xff\xfe", "its host answers with no JSON object"),
        (b'{"hits": []}', "its host answers with no record"),
        (b'{"id": "../x"}', "its host answers with no record"),
        (b'{"id": "other-1"}', "its host answers with the record other-1, which is another"),
        (b'{"id": "abc12-34567", "files": 1}', "whose list of files cannot be read"),
        (b'{"id": "abc12-34567", "files": [1]}', "whose list of files cannot be read"),
        (b'{"id": "abc12-34567", "files": [{"key": "a", "size": -1}]}', "cannot be read"),
        (b'{"id": "abc12-34567", "files": [{"key": "a", "size": true}]}', "cannot be read"),
        (b'{"id": "abc12-34567", "files": [{"key": "a", "checksum": "x"}]}', "cannot be read"),
        (b'{"id": "abc12-34567"}', "lists no files: it has none"),
        (b" " * (LARGEST + 1), f"answers with more than {LARGEST >> 20} MB"),
    ],
    ids=lambda value: str(value[:40]),
)
def test_an_answer_that_is_no_record(
    lakes: Project, repository: Repository, body: bytes, what: str
) -> None:
    repository.answer(RECORD, body)
    error = failure(lakes)
    assert error.exit_code == 3
    assert what in error.what


@pytest.mark.parametrize(
    "name",
    [
        "../x.tif",
        "a/b.tif",
        "..",
        "a\\b.tif",
        "a\nb.tif",
        "a\u202eb.tif",
        "a\ud800.tif",
        "\x00.tif",
    ],
)
def test_a_name_that_is_no_file_name(lakes: Project, repository: Repository, name: str) -> None:
    answer = repository.publish(RECORD, FILES)
    answer["files"]["entries"]["bad"] = {"key": name, "size": 1}
    repository.answer(RECORD, answer)
    spec(lakes, repository.page(RECORD), "exclude: none")
    error = failure(lakes)
    assert (error.exit_code, error.hint.split(",")[0]) == (3, "leave it out with `exclude:`")
    assert f"{name!a} is no file name" in error.what
    spec(lakes, repository.page(RECORD), 'include: "a_*.tif"')
    assert len(lakes.build().decisions) == 3


def test_a_name_that_is_there_twice(lakes: Project, repository: Repository) -> None:
    answer = repository.publish(RECORD, FILES)
    answer["files"]["entries"]["again"] = {"key": NAMES[0], "size": 1}
    repository.answer(RECORD, answer)
    assert f"lists {NAMES[0]!a} twice" in failure(lakes).what


@pytest.mark.parametrize(
    "change",
    [
        {"access": {"files": "restricted"}},
        {"metadata": {"access_right": "embargoed"}},
    ],
)
def test_files_that_are_for_nobody(
    lakes: Project, repository: Repository, change: dict[str, Any]
) -> None:
    answer = repository.publish(RECORD, FILES)
    repository.answer(RECORD, {**answer, **change, "files": {"enabled": True, "entries": {}}})
    error = failure(lakes)
    assert error.what.endswith("lists no files: they are restricted")
    assert error.hint == f"see {repository.page(RECORD)}"


def test_hidden_files_do_not_count(lakes: Project, repository: Repository) -> None:
    answer = repository.publish(RECORD, FILES)
    answer["files"]["entries"][NAMES[0]]["access"]["hidden"] = True
    repository.answer(RECORD, answer)
    assert len(lakes.build().decisions) == 2


def test_nothing_that_matches_is_a_mistake_in_the_spec_at_first_and_an_outage_later(
    lakes: Project, repository: Repository
) -> None:
    spec(lakes, repository.page(RECORD), 'include: "*.TIF"')
    error = failure(lakes)
    assert (error.exit_code, error.hint) == (
        2,
        f"its files are {', '.join(map(repr, NAMES))}, 'read me.txt'",
    )
    spec(lakes, repository.page(RECORD))
    lakes.build()
    for files in ({"b.txt": b"b"}, {}):
        repository.publish(RECORD, files)
        assert failure(lakes, refresh=True).exit_code == 3
        assert failure(lakes, refresh=True, dry_run=True).exit_code == 3
    assert lakes.build().is_same


def test_files_that_are_listed_at_another_host_are_not_asked_for(
    lakes: Project, repository: Repository
) -> None:
    answer = repository.publish("old-1", FILES, form="apart")
    answer["links"]["files"] = "http://169.254.169.254/latest/meta-data"
    repository.answer("old-1", answer)
    spec(lakes, repository.page("old-1"))
    assert "its files are listed elsewhere" in failure(lakes).what


def test_a_record_without_a_title_is_no_title(lakes: Project, repository: Repository) -> None:
    repository.publish(RECORD, FILES, title="\u200b")
    with pytest.raises(SpecError, match=r"catalog\.title: is missing, and its record has none"):
        lakes.build()


def test_a_token_goes_along_and_is_nowhere_written(
    lakes: Project, repository: Repository, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ICE_TOKEN", "s3cret")
    headers = (
        f'fetch: {{headers: {{"{server.host}": {{Authorization: "Bearer ${{ICE_TOKEN}}"}}}}}}\n'
    )
    spec(lakes, repository.page(RECORD), head=headers + HEAD)
    lakes.build()
    assert {request.headers["authorization"] for request in server.requests} == {"Bearer s3cret"}
    assert all(request.headers["user-agent"].startswith("itemcat/") for request in server.requests)
    for path in (*lakes.folder.rglob("*"), *lakes.cache.rglob("*")):
        assert not (path.is_file() and b"s3cret" in path.read_bytes()), path


# -------------------------------------------------------------------------------------- Zenodo


@pytest.mark.parametrize(
    ("text", "host", "record"),
    [
        ("7568049", "https://zenodo.org", "7568049"),
        ("10.5281/zenodo.7568049", "https://zenodo.org", "7568049"),
        ("doi:10.5281/Zenodo.7568049", "https://zenodo.org", "7568049"),
        ("https://doi.org/10.5281/zenodo.7568049", "https://zenodo.org", "7568049"),
        ("https://zenodo.org/records/7568049", "https://zenodo.org", "7568049"),
        ("https://zenodo.org/record/7568049/", "https://zenodo.org", "7568049"),
        ("https://zenodo.org/api/records/7568049", "https://zenodo.org", "7568049"),
        ("http://host:8080/records/abc12-34567", "http://host:8080", "abc12-34567"),
    ],
)
def test_the_ways_to_name_a_record(text: str, host: str, record: str) -> None:
    assert address(text) == (host, record)


@pytest.fixture
def zenodo(server: Server, tmp_path: Path) -> Iterator[StandIn]:
    Repository(server, "https://zenodo.org").publish(
        "7568049", FILES, form="zenodo", concept="7568048"
    )
    with StandIn("zenodo.org", server, tmp_path) as standin:
        yield standin


def test_the_spec_that_the_docs_show(project: Project, server: Server, tmp_path: Path) -> None:
    page = (Path(__file__).parent.parent / "docs" / "spec.md").read_text("utf-8")
    section = page.partition("### Published records")[2].partition("\n### ")[0]
    [text] = re.findall(r"^```yaml\n(catalog:.*?)^```$", section, re.MULTILINE | re.DOTALL)
    files = {scene.name: raster_bytes(seed) for seed, scene in enumerate(SCENES)}
    repository = Repository(server, "https://zenodo.org")
    repository.publish("7568049", {**files, "README.md": b"# Lakes"}, form="zenodo")
    project.spec(text)
    with StandIn("zenodo.org", server, tmp_path) as standin:
        built = project.run("build", **standin.environment)
    assert (built.returncode, built.stderr) == (0, "")
    made = json.loads((project.folder / "greenland-lakes/catalog.json").read_text("utf-8"))
    hrefs = [link["href"] for link in made["links"] if link["rel"] == "item"]
    stems = sorted(scene.name.removesuffix(".tif") for scene in SCENES)
    assert hrefs == [f"./{stem}/{stem}.json" for stem in stems]


@pytest.mark.parametrize("entry", ["7568049", "10.5281/zenodo.7568049"])
def test_a_record_on_zenodo(project: Project, zenodo: StandIn, server: Server, entry: str) -> None:
    project.spec(f"{HEAD}  - zenodo: {entry}\n")
    built = project.run("build", **zenodo.environment)
    assert (built.returncode, built.stderr) == (0, "")
    assert len(server.requests) == 1 + len(FILES)
    made = catalog(project)
    assert_valid(made)
    assert made["license"] == "CC-BY-4.0"
    assert made["sci:doi"] == DOI.format("7568049")
    assert made["providers"][-1] == {
        "name": "Zenodo",
        "roles": ["host"],
        "url": "https://zenodo.org/records/7568049",
    }
    item = json.loads((project.folder / f"out/{NAMES[0][:-4]}/{NAMES[0][:-4]}.json").read_text())
    href = item["assets"]["data"]["href"]
    assert href == f"https://zenodo.org/records/7568049/files/{NAMES[0]}"
    explained = project.run("explain", NAMES[0][:-4])
    assert "catalog.yaml:7 zenodo" in explained.stdout
    status = project.run("status", "--remote", **zenodo.environment)
    assert status.stdout == "nothing to do: 3 items up to date\n"
    assert len(server.requests) == 2 + len(FILES)
