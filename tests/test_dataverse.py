"""Datasets in a Dataverse as sources; the shapes were written by hand from its guides."""

import json
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
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
from itemcat.sources import dataverse
from itemcat.sources.http import Answer

NAMES = [f"a_2019022{day}T203744.tif" for day in (1, 2, 3)]
FILES = {f"extents/{name}": raster_bytes(seed) for seed, name in enumerate(NAMES)}
DOI = "doi:10.70122/FK2/ABCDEF"
API = "api/datasets/:persistentId/"
HEAD = """\
catalog: {id: lakes}
output: out
items:
  pattern: "{place}_{start:%Y%m%dT%H%M%S}.tif"
  datetime: "{start}"
assets:
"""


def field(name: str, value: Any, kind: str = "primitive") -> dict[str, Any]:
    return {
        "typeName": name,
        "multiple": isinstance(value, list),
        "typeClass": kind,
        "value": value,
    }


def compound(**fields: str) -> dict[str, Any]:
    return {name: field(name, value) for name, value in fields.items()}


def entry(number: int, path: str, data: bytes) -> dict[str, Any]:
    folder, _, name = path.rpartition("/")
    return {
        "label": name,
        "restricted": False,
        **({"directoryLabel": folder} if folder else {}),
        "version": 1,
        "datasetVersionId": 7,
        "dataFile": {
            "id": number,
            "persistentId": "",
            "filename": name,
            "contentType": "image/tiff",
            "filesize": len(data),
            "storageIdentifier": f"s3://demo:{number}",
            "rootDataFileId": -1,
            "md5": md5(data).removeprefix("md5:"),
            "checksum": {"type": "MD5", "value": md5(data).removeprefix("md5:")},
            "creationDate": "2023-01-25",
        },
    }


def dataset(files: Mapping[str, bytes], version: int = 1) -> dict[str, Any]:
    citation = [
        field("title", "Lakes on ice"),
        field(
            "author",
            [
                compound(
                    authorName="Doe, Jane",
                    authorIdentifierScheme="ORCID",
                    authorIdentifier="0000-0002-1825-0097",
                ),
                compound(authorName="Roe, Rick", authorAffiliation="Ice Lab"),
            ],
            "compound",
        ),
        field(
            "dsDescription",
            [compound(dsDescriptionValue="<p>Extents of <em>lakes</em>.</p>")],
            "compound",
        ),
        field("keyword", [compound(keywordValue="lakes"), compound(keywordValue="ice")]),
        field("subject", ["Earth and Environmental Sciences"], "controlledVocabulary"),
    ]
    return {
        "status": "OK",
        "data": {
            "id": 1,
            "identifier": "FK2/ABCDEF",
            "persistentUrl": "https://doi.org/10.70122/FK2/ABCDEF",
            "protocol": "doi",
            "authority": "10.70122",
            "publisher": "Ice Dataverse",
            "publicationDate": "2023-01-25",
            "latestVersion": {
                "id": 7,
                "datasetId": 1,
                "datasetPersistentId": DOI,
                "versionNumber": version,
                "versionMinorNumber": 0,
                "versionState": "RELEASED",
                "license": {
                    "name": "CC0 1.0",
                    "uri": "http://creativecommons.org/publicdomain/zero/1.0",
                },
                "fileAccessRequest": False,
                "metadataBlocks": {"citation": {"displayName": "Citation", "fields": citation}},
                "files": [entry(100 + n, path, files[path]) for n, path in enumerate(files)],
                "citation": 'Doe, Jane; Roe, Rick, 2023, "Lakes on ice", Ice Dataverse, V1',
            },
        },
    }


def publish(server: Server, files: Mapping[str, bytes], version: int = 1) -> dict[str, Any]:
    """Serve a dataset and its files. What its API answers comes back."""
    made = dataset(files, version)
    answer(server, made)
    for n, data in enumerate(files.values()):
        server.put(f"api/access/datafile/{100 + n}", data, etag=f'"{md5(data)[4:12]}"')
    return made


def answer(server: Server, value: Any) -> None:
    data = json.dumps(value).encode()
    server.put(API, data, headers={"Content-Type": "application/json"}, etag=f'"{md5(data)}"')


def page(server: Server) -> str:
    return server.url(f"dataset.xhtml?persistentId={DOI}")


def spec(project: Project, server: Server, rest: str = 'include: "extents/*.tif"') -> None:
    project.spec(f"{HEAD}  - dataverse: {page(server)}\n    {rest}\n")


@pytest.fixture
def lakes(project: Project, server: Server) -> Project:
    """A project whose only source is a dataset with three scenes and a text."""
    publish(server, {**FILES, "read me.txt": b"hello"})
    spec(project, server)
    return project


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


def test_one_request_tells_of_all_files(lakes: Project, server: Server) -> None:
    result = lakes.build()
    assert list(result.decisions) == [name[:-4] for name in NAMES]
    assert server.requests[0].path == f"/{API}?persistentId={DOI}"
    assert result.totals.requests == len(server.requests) == 1 + len(FILES)
    data = made(lakes, NAMES[0][:-4])["assets"]["data"]
    assert data["href"] == server.url("api/access/datafile/100")
    assert data["file:checksum"] == "1220" + sha256(FILES[f"extents/{NAMES[0]}"])
    manifest = json.loads((lakes.folder / "catalog.manifest.json").read_text("utf-8"))
    [listed] = manifest["sources"].values()
    assert listed[0] == {
        "location": server.url("api/access/datafile/100"),
        "name": NAMES[0],
        "size": len(FILES[f"extents/{NAMES[0]}"]),
        "checksum": md5(FILES[f"extents/{NAMES[0]}"]),
    }


def test_what_a_dataset_says_of_itself_is_the_catalogs(lakes: Project, server: Server) -> None:
    lakes.build()
    found = made(lakes)
    assert_valid(found)
    host = {
        "name": "Ice Dataverse",
        "roles": ["host"],
        "url": page(server),
    }
    assert {key: found[key] for key in found if key not in ("links", "type", "id")} == {
        "stac_version": "1.1.0",
        "title": "Lakes on ice",
        "description": "Extents of lakes.",
        "license": "CC0-1.0",
        "keywords": ["lakes", "ice"],
        "providers": [
            {
                "name": "Doe, Jane",
                "roles": ["producer"],
                "url": "https://orcid.org/0000-0002-1825-0097",
            },
            {"name": "Roe, Rick", "roles": ["producer"]},
            host,
        ],
        "sci:doi": "10.70122/FK2/ABCDEF",
        "sci:citation": 'Doe, Jane; Roe, Rick, 2023, "Lakes on ice", Ice Dataverse, V1',
    }


def test_of_a_table_the_deposited_file_is_taken(project: Project, server: Server) -> None:
    original = b"a,b\n1,2\n"
    said = dataset({"table.tab": b'"a"\t"b"\n1\t2\n'})
    said["data"]["latestVersion"]["files"][0]["dataFile"] |= {
        "contentType": "text/tab-separated-values",
        "originalFileFormat": "text/csv",
        "originalFormatLabel": "Comma Separated Values",
        "originalFileSize": 7,
        "originalFileName": "table.csv",
        "UNF": "UNF:6:x==",
    }
    answer(server, said)
    server.put("api/access/datafile/100", b"the table as it was rewritten")
    server.put("api/access/datafile/100?format=original", original)
    rules = "reader: file\n    datetime: 2019-02-24\n    bbox: [0, 0, 1, 1]"
    project.spec(f"catalog: {{id: t}}\nassets:\n  - dataverse: {page(server)}\n    {rules}\n")
    project.build()
    item = json.loads((project.folder / "t/table/table.json").read_text("utf-8"))
    assert item["assets"]["data"]["href"].endswith("/api/access/datafile/100?format=original")
    assert item["assets"]["data"]["file:checksum"] == "1220" + sha256(original)


@pytest.mark.parametrize(
    ("checksum", "outcome"),
    [
        ({"type": "SHA-256", "value": sha256(FILES[f"extents/{NAMES[0]}"])}, "held"),
        ({"type": "SHA-1", "value": "0" * 40}, "refused"),
        ({"type": "ROT13", "value": "0" * 40}, "not known"),
    ],
)
def test_checksums_of_other_kinds(
    lakes: Project, server: Server, checksum: dict[str, str], outcome: str
) -> None:
    said = dataset(FILES)
    held = said["data"]["latestVersion"]["files"][0]["dataFile"]
    held["checksum"] = checksum
    del held["md5"]
    answer(server, said)
    spec(lakes, server, f'include: "extents/{NAMES[0]}"')
    if outcome == "refused":
        assert "is declared" in failure(lakes).what
        return
    lakes.build()
    [[listed]] = json.loads((lakes.folder / "catalog.manifest.json").read_text())[
        "sources"
    ].values()
    assert ("checksum" in listed) == (outcome == "held")


# -------------------------------------------------------------------------------- only what changed


def test_nothing_to_do_and_a_fresh_clone_ask_nobody(lakes: Project, server: Server) -> None:
    lakes.build()
    before, marks = len(server.requests), lakes.marks()
    (lakes.folder / "catalog.yaml").touch()
    assert lakes.build().is_same
    shutil.rmtree(lakes.cache)
    assert lakes.build(locked=True).is_same
    assert len(server.requests) == before
    assert {**lakes.marks(), "catalog.yaml": None} == {**marks, "catalog.yaml": None}


def test_a_new_version_is_told_and_taken(lakes: Project, server: Server) -> None:
    lakes.build()
    publish(server, {**FILES, "extents/a_20190224T203744.tif": raster_bytes(5)}, 2)
    assert lakes.build().is_same
    told = f"`dataverse: {page(server)}` is {page(server)}&version=2.0 now; it was "
    assert lakes.build(refresh=True, dry_run=True).notes == (f"{told}{page(server)}&version=1.0",)
    assert len(lakes.build(refresh=True).decisions) == 4
    built = lakes.files()
    shutil.rmtree(lakes.folder / "out")
    (lakes.folder / "catalog.manifest.json").unlink()
    lakes.build()
    assert lakes.files() == built


def test_offline_takes_the_answer_that_was_kept(lakes: Project, server: Server) -> None:
    assert failure(lakes, offline=True).what == "what it lists is not in the cache"
    lakes.build()
    before, built = len(server.requests), lakes.files()
    (lakes.folder / "catalog.manifest.json").unlink()
    shutil.rmtree(lakes.folder / "out")
    lakes.build(offline=True)
    assert (lakes.files(), len(server.requests)) == (built, before)


# ------------------------------------------------------------------------------------ bad input


@pytest.mark.parametrize(
    ("status", "what"),
    [(404, "does not exist"), (401, "is restricted"), (418, "cannot be listed")],
)
def test_a_dataset_that_is_refused(lakes: Project, server: Server, status: int, what: str) -> None:
    server.fault(API, always=Fault(status, body=b'{"status":"ERROR","message":"no"}'))
    error = failure(lakes)
    assert error.exit_code == 3
    assert what in error.what
    assert page(server) in error.hint


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"versionState": "DEACCESSIONED"}, "was removed by its publisher"),
        ({"datasetPersistentId": "doi:10.1/OTHER"}, "answers with another dataset"),
        ({"datasetPersistentId": 3}, "answers with another dataset"),
        ({"versionNumber": "1"}, "answers with a dataset that cannot be read"),
        ({"files": None}, "answers with a dataset that cannot be read"),
        ({"files": [{"label": "a.tif"}]}, "lists files that cannot be read"),
        ({"files": []}, "lists no files: it has none"),
    ],
)
def test_a_dataset_that_is_none(
    lakes: Project, server: Server, change: dict[str, Any], what: str
) -> None:
    said = dataset(FILES)
    said["data"]["latestVersion"] |= change
    answer(server, said)
    error = failure(lakes)
    assert error.exit_code == 3
    assert what in str(error)


def test_restricted_files_are_left_out_or_an_error(lakes: Project, server: Server) -> None:
    said = dataset(FILES)
    said["data"]["latestVersion"]["files"][0]["restricted"] = True
    answer(server, said)
    error = failure(lakes)
    assert error.what.endswith(f"'extents/{NAMES[0]}' is restricted")
    assert error.hint == "leave it out with `exclude:`"
    spec(lakes, server, f"exclude: [{NAMES[0]}, extents/{NAMES[0]}]")
    assert len(lakes.build().decisions) == 2


def test_nothing_that_matches_is_a_mistake_at_first_and_an_outage_later(
    lakes: Project, server: Server
) -> None:
    spec(lakes, server, 'include: "*.TIF"')
    error = failure(lakes)
    assert error.exit_code == 2
    assert f"'extents/{NAMES[0]}'" in error.hint
    spec(lakes, server)
    lakes.build()
    for files in ({"b.txt": b"b"}, {}):
        publish(server, files)
        assert failure(lakes, refresh=True).exit_code == 3
    assert lakes.build().is_same


@pytest.mark.parametrize("name", ["../x.tif", "a/b.tif", "a\nb.tif"])
def test_a_name_that_is_no_file_name(lakes: Project, server: Server, name: str) -> None:
    said = dataset(FILES)
    said["data"]["latestVersion"]["files"][0]["label"] = name
    answer(server, said)
    spec(lakes, server, "exclude: none")
    assert "is no file name" in failure(lakes).what


def test_a_file_that_is_there_twice(lakes: Project, server: Server) -> None:
    said = dataset(FILES)
    said["data"]["latestVersion"]["files"] *= 2
    answer(server, said)
    assert f"lists 'extents/{NAMES[0]}' twice" in failure(lakes).what


@given(st.data())
def test_an_answer_with_anything_in_any_place_is_read_or_refused(data: st.DataObject) -> None:
    said = json.loads(json.dumps(dataset(FILES)))
    for _ in range(data.draw(st.integers(1, 3))):
        holder, key = data.draw(st.sampled_from(paths(said)))
        holder[key] = data.draw(ANYTHING)

    class Http:
        def get(self, url: str, media_type: str = "application/json") -> Answer:
            return Answer(200, json.dumps(said).encode())

    address = f"https://example.org/dataset.xhtml?persistentId={DOI}"
    source = Source("dataverse", address, ItemRules(), Place("catalog.yaml", 1, 1))
    try:
        found = dataverse.resolve(source, Http())  # type: ignore[arg-type]
    except SourceError:
        return
    assert found.record
    start = "https://example.org/api/access/datafile/"
    assert all(one.href.startswith(start) for one in found.assets if one.href)


# ------------------------------------------------------------------------------------- its names


@pytest.mark.parametrize(
    ("text", "host", "identifier"),
    [
        ("10.7910/DVN/TJCLKP", dataverse.HARVARD, "doi:10.7910/DVN/TJCLKP"),
        ("doi:10.7910/dvn/tjclkp", dataverse.HARVARD, "doi:10.7910/DVN/TJCLKP"),
        ("https://doi.org/10.7910/DVN/TJCLKP", dataverse.HARVARD, "doi:10.7910/DVN/TJCLKP"),
        (f"https://host:8080/dataset.xhtml?persistentId={DOI}", "https://host:8080", DOI),
        ("http://h/dataset.xhtml?persistentId=hdl:1902.1/21", "http://h", "hdl:1902.1/21"),
    ],
)
def test_the_ways_to_name_a_dataset(text: str, host: str, identifier: str) -> None:
    assert dataverse.address(text) == (host, identifier)


@pytest.mark.parametrize(
    "text",
    [
        f"https://me:s3cret@example.org/dataset.xhtml?persistentId={DOI}",
        f"https://example.org/dataset.xhtml?persistentId={DOI}&key=s3cret",
        "10.70122/FK2/ABCDEF",
        "https://example.org/dataset.xhtml",
    ],
)
def test_what_names_no_dataset(text: str) -> None:
    assert dataverse.dataset_named(text) is None


def test_init_writes_a_spec_that_builds(project: Project, server: Server) -> None:
    publish(server, {**FILES, "read me.txt": b"hello"})
    done = project.run("init", f"{page(server)}&version=1.0")
    assert (done.returncode, done.stderr) == (0, "")
    text = (project.folder / "catalog.yaml").read_text("utf-8")
    assert f"  - dataverse: {page(server)}\n    include: " in text
    built = project.run("build")
    assert (built.returncode, built.stderr) == (0, "")
    status = project.run("status", "--remote")
    assert status.stdout == "nothing to do: 3 items up to date\n"


def test_a_dataset_of_harvards_by_its_doi(project: Project, server: Server, tmp_path: Path) -> None:
    said = publish(server, FILES)
    said["data"]["latestVersion"]["datasetPersistentId"] = "doi:10.7910/DVN/TJCLKP"
    answer(server, said)
    with StandIn("dataverse.harvard.edu", server, tmp_path) as standin:
        done = project.run("init", "doi:10.7910/DVN/TJCLKP", **standin.environment)
        assert (done.returncode, done.stderr) == (0, "")
        assert "  - dataverse: 10.7910/DVN/TJCLKP\n" in (project.folder / "catalog.yaml").read_text(
            "utf-8"
        )
        built = project.run("build", **standin.environment)
    assert (built.returncode, built.stderr) == (0, "")


def test_the_spec_that_the_docs_show(lakes: Project, server: Server) -> None:
    page = (Path(__file__).parent.parent / "docs" / "spec.md").read_text("utf-8")
    section = page.partition("### Figshare and Dataverse")[2].partition("\n### ")[0]
    shown = re.findall(r"^```yaml\n(catalog:.*?)^```$", section, re.MULTILINE | re.DOTALL)
    [text] = [one for one in shown if "dataverse:" in one]
    lakes.spec(text.replace("https://dataverse.example.org/", server.url("")))
    assert len(lakes.build().decisions) == 3
