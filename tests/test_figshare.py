"""Articles on Figshare as sources; the shapes were written by hand from its documentation."""

import json
import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from project import Project, raster_bytes
from repository import md5
from server import Fault, Server
from stac import assert_valid
from standin import StandIn
from test_invenio import ANYTHING, paths

from itemcat.errors import ItemcatError, Problems, SourceError
from itemcat.files import sha256
from itemcat.model import ItemRules, Place, Source
from itemcat.sources import figshare
from itemcat.sources.http import Answer

NAMES = [f"a_2019022{day}T203744.tif" for day in (1, 2, 3)]
FILES = {name: raster_bytes(seed) for seed, name in enumerate(NAMES)}
NUMBER = 1434614
HEAD = """\
catalog: {id: lakes}
output: out
items:
  pattern: "{place}_{start:%Y%m%dT%H%M%S}.tif"
  datetime: "{start}"
assets:
"""


def listed(files: Mapping[str, bytes]) -> list[dict[str, Any]]:
    """https://docs.figshare.com/#article_version_files"""
    return [
        {
            "id": 3000 + n,
            "name": name,
            "size": len(data),
            "is_link_only": False,
            "download_url": f"https://ndownloader.figshare.com/files/{3000 + n}",
            "supplied_md5": md5(data).removeprefix("md5:"),
            "computed_md5": md5(data).removeprefix("md5:"),
            "mimetype": "image/tiff",
        }
        for n, (name, data) in enumerate(files.items())
    ]


def article(version: int, files: list[dict[str, Any]], **about: Any) -> dict[str, Any]:
    """https://docs.figshare.com/#public_article"""
    return {
        "id": NUMBER,
        "title": "Lakes on ice",
        "doi": f"10.6084/m9.figshare.{NUMBER}.v{version}",
        "url": f"https://api.figshare.com/v2/articles/{NUMBER}",
        "url_public_html": f"https://figshare.com/articles/dataset/Lakes_on_ice/{NUMBER}",
        "published_date": "2023-01-25T10:00:00Z",
        "version": version,
        "files": files[:10],
        "authors": [
            {"id": 1, "full_name": "Jane Doe", "orcid_id": "0000-0002-1825-0097"},
            {"id": 2, "full_name": "Rick Roe", "orcid_id": ""},
        ],
        "description": "<p>Extents of <em>lakes</em>.</p><p>Water &amp; ice.</p>",
        "license": {
            "value": 1,
            "name": "CC BY 4.0",
            "url": "https://creativecommons.org/licenses/by/4.0/",
        },
        "tags": ["lakes", "ice"],
        "citation": "Doe, Jane; Roe, Rick (2023). Lakes on ice. figshare. Dataset.",
        "is_embargoed": False,
        "is_metadata_record": False,
        "status": "public",
        "defined_type_name": "dataset",
        **about,
    }


def publish(
    server: Server, files: Mapping[str, bytes], version: int = 1, **about: Any
) -> list[dict[str, Any]]:
    """Serve a version, from then on the latest, and its files. What it lists comes back."""
    entries = listed(files)
    path = f"v2/articles/{NUMBER}"
    answer(server, path, article(version, entries, **about))
    answer(server, f"{path}/versions/{version}", article(version, entries, **about))
    answer(server, f"{path}/versions/{version}/files", entries)
    for entry, data in zip(entries, files.values(), strict=True):
        server.put(f"files/{entry['id']}", data, etag=f'"{entry["computed_md5"]}"')
    return entries


def answer(server: Server, path: str, value: Any) -> None:
    data = json.dumps(value).encode()
    server.put(path, data, headers={"Content-Type": "application/json"}, etag=f'"{md5(data)}"')


@pytest.fixture
def figshares(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A server that answers in Figshare's name."""
    publish(server, {**FILES, "read me.txt": b"hello"})
    hosts = "api.figshare.com ndownloader.figshare.com"
    with StandIn(hosts, server, tmp_path) as standin:
        for name, value in standin.environment.items():
            monkeypatch.setenv(name, value)
        yield server


@pytest.fixture
def lakes(project: Project, figshares: Server) -> Project:
    spec(project)
    return project


def spec(project: Project, rest: str = 'include: "*.tif"', entry: object = NUMBER) -> None:
    project.spec(f"{HEAD}  - figshare: {entry}\n    {rest}\n")


def made(project: Project, name: str = "catalog") -> dict[str, Any]:
    path = f"out/{'' if name == 'catalog' else f'{name}/'}{name}.json"
    found: dict[str, Any] = json.loads((project.folder / path).read_text("utf-8"))
    return found


def failure(project: Project, **options: Any) -> ItemcatError:
    before = project.files()
    with pytest.raises(Problems) as raised:
        project.build(**options)
    assert project.files() == before
    [error] = raised.value.errors
    return error


# ------------------------------------------------------------------------------ what is published


def test_files_have_the_names_that_their_addresses_do_not_tell(
    lakes: Project, figshares: Server
) -> None:
    result = lakes.build()
    assert list(result.decisions) == [name[:-4] for name in NAMES]
    assert [one.path.partition("?")[0] for one in figshares.requests][:2] == [
        f"/v2/articles/{NUMBER}",
        f"/v2/articles/{NUMBER}/versions/1/files",
    ]
    assert result.totals.requests == len(figshares.requests) == 2 + len(FILES)
    data = made(lakes, NAMES[0][:-4])["assets"]["data"]
    assert data["href"] == "https://ndownloader.figshare.com/files/3000"
    assert data["file:checksum"] == "1220" + sha256(FILES[NAMES[0]])
    manifest = json.loads((lakes.folder / "catalog.manifest.json").read_text("utf-8"))
    assert manifest["sources"][f'figshare: {NUMBER} {{"include": ["*.tif"]}}'][0] == {
        "location": "https://ndownloader.figshare.com/files/3000",
        "name": NAMES[0],
        "size": len(FILES[NAMES[0]]),
        "checksum": md5(FILES[NAMES[0]]),
    }


def test_what_an_article_says_of_itself_is_the_catalogs(lakes: Project) -> None:
    lakes.build()
    found = made(lakes)
    assert_valid(found)
    page = f"https://figshare.com/articles/{NUMBER}/1"
    assert {key: found[key] for key in found if key not in ("links", "type", "id")} == {
        "stac_version": "1.1.0",
        "title": "Lakes on ice",
        "description": "Extents of lakes.\n\nWater & ice.",
        "license": "CC-BY-4.0",
        "keywords": ["lakes", "ice"],
        "providers": [
            {
                "name": "Jane Doe",
                "roles": ["producer"],
                "url": "https://orcid.org/0000-0002-1825-0097",
            },
            {"name": "Rick Roe", "roles": ["producer"]},
            {"name": "Figshare", "roles": ["host"], "url": page},
        ],
        "sci:doi": f"10.6084/m9.figshare.{NUMBER}.v1",
        "sci:citation": "Doe, Jane; Roe, Rick (2023). Lakes on ice. figshare. Dataset.",
    }


def test_more_files_than_one_answer_lists(lakes: Project, figshares: Server) -> None:
    files = {f"x_{n}.txt": b"x" for n in range(1000)}
    publish(figshares, {**files, **FILES}, 2)
    entries = listed({**files, **FILES})
    path = f"v2/articles/{NUMBER}/versions/2/files"
    answer(figshares, f"{path}?page=1&page_size=1000", entries[:1000])
    answer(figshares, f"{path}?page=2&page_size=1000", entries[1000:])
    assert list(lakes.build().decisions) == [name[:-4] for name in NAMES]
    assert len(figshares.asked(path)) == 2


# -------------------------------------------------------------------------------- only what changed


def test_nothing_to_do_and_a_fresh_clone_ask_nobody(lakes: Project, figshares: Server) -> None:
    lakes.build()
    before, marks = len(figshares.requests), lakes.marks()
    (lakes.folder / "catalog.yaml").touch()
    assert lakes.build().is_same
    shutil.rmtree(lakes.cache)
    assert lakes.build(locked=True).is_same
    assert len(figshares.requests) == before
    assert {**lakes.marks(), "catalog.yaml": None} == {**marks, "catalog.yaml": None}


def test_a_new_version_is_told_and_taken(lakes: Project, figshares: Server) -> None:
    lakes.build()
    publish(figshares, {**FILES, "a_20190224T203744.tif": raster_bytes(5)}, 2)
    assert lakes.build().is_same
    page = f"https://figshare.com/articles/{NUMBER}"
    told = (f"`figshare: {NUMBER}` is {page}/2 now; it was {page}/1",)
    assert lakes.build(refresh=True, dry_run=True).notes == told
    assert lakes.build(refresh=True).notes == told
    assert made(lakes)["sci:doi"].endswith(".v2")
    built = lakes.files()
    shutil.rmtree(lakes.folder / "out")
    (lakes.folder / "catalog.manifest.json").unlink()
    lakes.build()
    assert lakes.files() == built


def test_a_version_that_is_named_stays_and_a_newer_one_is_told(
    lakes: Project, figshares: Server
) -> None:
    spec(lakes, entry=f"10.6084/m9.figshare.{NUMBER}.v1")
    assert lakes.build().notes == ()
    publish(figshares, FILES, 2)
    result = lakes.build(refresh=True, dry_run=True)
    assert result.is_same
    [note] = result.notes
    assert note.endswith(
        f"a newer version of this article, https://figshare.com/articles/{NUMBER}/2"
    )


def test_offline_takes_the_answers_that_were_kept(lakes: Project, figshares: Server) -> None:
    assert failure(lakes, offline=True).what == "what it lists is not in the cache"
    lakes.build()
    before = len(figshares.requests)
    built = lakes.files()
    (lakes.folder / "catalog.manifest.json").unlink()
    shutil.rmtree(lakes.folder / "out")
    lakes.build(offline=True)
    assert (lakes.files(), len(figshares.requests)) == (built, before)


# ------------------------------------------------------------------------------------ bad input


@pytest.mark.parametrize(
    ("status", "what"),
    [(404, "does not exist"), (403, "is restricted"), (418, "cannot be listed")],
)
def test_an_article_that_is_refused(
    lakes: Project, figshares: Server, status: int, what: str
) -> None:
    figshares.fault(f"v2/articles/{NUMBER}", always=Fault(status))
    error = failure(lakes)
    assert error.exit_code == 3
    assert what in error.what
    assert f"https://figshare.com/articles/{NUMBER}" in error.hint


def test_nothing_that_matches_is_a_mistake_at_first_and_an_outage_later(
    lakes: Project, figshares: Server
) -> None:
    spec(lakes, 'include: "*.TIF"')
    assert failure(lakes).exit_code == 2
    spec(lakes)
    lakes.build()
    for files in ({"b.txt": b"b"}, {}):
        publish(figshares, files)
        assert failure(lakes, refresh=True).exit_code == 3
    assert lakes.build().is_same


def test_files_that_cannot_be_had(lakes: Project, figshares: Server) -> None:
    publish(figshares, {}, is_embargoed=True)
    assert failure(lakes).what.endswith("lists no files: they are embargoed")
    entries = publish(figshares, FILES)
    entries[0] |= {"is_link_only": True, "download_url": "https://example.org/a.tif"}
    answer(figshares, f"v2/articles/{NUMBER}/versions/1/files", entries)
    error = failure(lakes)
    assert error.what.endswith(f"{NAMES[0]!a} is a link to another site")
    assert error.hint == "leave it out with `exclude:`"
    spec(lakes, f"exclude: {NAMES[0]}")
    assert len(lakes.build().decisions) == 2


def test_a_file_that_is_not_as_declared_is_refused(lakes: Project, figshares: Server) -> None:
    figshares.put("files/3000", bytes(reversed(FILES[NAMES[0]])))
    assert "is declared" in failure(lakes).what


@pytest.mark.parametrize("name", ["../x.tif", "a/b.tif", "a\nb.tif", ""])
def test_a_name_that_is_no_file_name(lakes: Project, figshares: Server, name: str) -> None:
    entries = publish(figshares, FILES)
    entries[0]["name"] = name
    answer(figshares, f"v2/articles/{NUMBER}/versions/1/files", entries)
    spec(lakes, "exclude: none")
    assert f"{name!a} is no file name" in failure(lakes).what


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_answers_with_anything_in_any_place_are_read_or_refused(data: st.DataObject) -> None:
    answers: dict[str, Any] = {
        "": article(1, listed(FILES)),
        "files": listed(FILES),
    }
    answers = json.loads(json.dumps(answers))
    for _ in range(data.draw(st.integers(1, 3))):
        holder, key = data.draw(st.sampled_from(paths(answers)))
        holder[key] = data.draw(ANYTHING)

    class Http:
        def get(self, url: str, media_type: str = "application/json") -> Answer:
            said = answers["files" if "/files?" in url else ""]
            return Answer(200, json.dumps(said).encode())

    source = Source("figshare", str(NUMBER), ItemRules(), Place("catalog.yaml", 1, 1))
    try:
        found = figshare.resolve(source, Http())  # type: ignore[arg-type]
    except SourceError:
        return
    assert found.record
    assert all(one.href.startswith(figshare.FILES) for one in found.assets if one.href)


# ------------------------------------------------------------------------------------- its names


@pytest.mark.parametrize(
    ("text", "number", "version"),
    [
        ("1434614", "1434614", ""),
        ("10.6084/m9.figshare.1434614", "1434614", ""),
        ("doi:10.6084/M9.Figshare.1434614.v2", "1434614", "2"),
        ("https://doi.org/10.6084/m9.figshare.1434614.v12", "1434614", "12"),
        ("https://figshare.com/articles/1434614", "1434614", ""),
        ("https://figshare.com/articles/dataset/Lakes_2019/1434614", "1434614", ""),
        ("https://figshare.com/articles/dataset/Lakes_on_ice/1434614/3", "1434614", "3"),
        ("https://orda.shef.figshare.com/articles/dataset/x/1434614/", "1434614", ""),
    ],
)
def test_the_ways_to_name_an_article(text: str, number: str, version: str) -> None:
    assert figshare.address(text) == (number, version)


def test_init_writes_a_spec_that_builds(project: Project, figshares: Server) -> None:
    source = f"https://doi.org/10.6084/m9.figshare.{NUMBER}"
    done = project.run("init", source)
    assert (done.returncode, done.stderr) == (0, "")
    text = (project.folder / "catalog.yaml").read_text("utf-8")
    assert f"  - figshare: {NUMBER}\n    include: " in text
    built = project.run("build")
    assert (built.returncode, built.stderr) == (0, "")
    status = project.run("status", "--remote")
    assert status.stdout == "nothing to do: 3 items up to date\n"


def test_the_spec_that_the_docs_show(lakes: Project) -> None:
    page = (Path(__file__).parent.parent / "docs" / "spec.md").read_text("utf-8")
    section = page.partition("### Figshare and Dataverse")[2].partition("\n### ")[0]
    shown = re.findall(r"^```yaml\n(catalog:.*?)^```$", section, re.MULTILINE | re.DOTALL)
    [text] = [one for one in shown if "figshare:" in one]
    lakes.spec(text)
    assert len(lakes.build().decisions) == 3
