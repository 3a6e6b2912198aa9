"""Where schemas come from: packages, the cache, the network once; and that their lack is said."""

import json
import sqlite3
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from good import ITEM, built, edit
from kept import NOWHERE
from project import Project
from server import Fault, Server

from itemcat.check.schemas import FILE, Schemas, Unavailable
from itemcat.inspection import inspect

NAME = "ice/v1.0.0/schema.json"
SCHEMA = {
    "$schema": "http://json-schema.org/draft-07/schema#",
    "type": "object",
    "properties": {"properties": {"required": ["ice:depth"]}},
}


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in NOWHERE.items():
        monkeypatch.setenv(name, value)


def put(server: Server, schema: object = SCHEMA, **details: Any) -> str:
    server.put(NAME, json.dumps(schema).encode(), **details)
    return server.url(NAME)


def why(folder: Path, address: str) -> str:
    with pytest.raises(Unavailable) as caught:
        Schemas(folder).get(address)
    return str(caught.value)


def found(project: Project, what: str = "out") -> dict[str, str]:
    inspection = inspect(project.folder / what, project.cache)
    return {
        finding.name: finding.what
        for finding in inspection.findings
        if "stac-extensions.github.io" not in finding.what
    }


def test_the_core_comes_with_pystac(tmp_path: Path) -> None:
    address = "https://schemas.stacspec.org/v1.1.0/item-spec/json-schema/item.json"
    assert Schemas(tmp_path).get(address)["$id"].startswith(address)
    assert not list(tmp_path.iterdir())


def test_a_schema_is_fetched_once_kept_and_used_offline(
    project: Project, server: Server, tmp_path: Path
) -> None:
    address = put(server)
    edit(built(project) / ITEM, lambda document: document["stac_extensions"].append(address))
    for _ in range(2):
        assert found(project) == {"schema": '"ice:depth" is a required property'}
    server.fault(NAME, always=Fault(reset=True))
    assert found(project)["schema"]
    assert len(server.asked(NAME)) == 1


def test_offline_nobody_is_asked(tmp_path: Path, server: Server) -> None:
    address = put(server)
    with pytest.raises(Unavailable, match="is not kept here, and no connection is opened"):
        Schemas(tmp_path, offline=True).get(address)
    assert not server.requests
    assert Schemas(tmp_path).get(address) == SCHEMA
    assert Schemas(tmp_path, offline=True).get(address) == SCHEMA
    assert len(server.requests) == 1


def test_a_schema_that_cannot_be_had_is_said_once(project: Project, server: Server) -> None:
    out = built(project)
    for path in out.glob("*/*.json"):
        edit(path, lambda document: document["stac_extensions"].append(server.url("none.json")))
    inspection = inspect(out, project.cache)
    (told,) = [finding for finding in inspection.findings if "none.json" in finding.what]
    assert told.name == "schema-unavailable"
    assert told.path == "stac_extensions[3]"
    assert "status 404" in told.what
    assert len(server.asked("none.json")) == 1


def test_a_schema_that_refers_to_one_that_cannot_be_had_is_said(
    project: Project, server: Server
) -> None:
    address = put(server, {"$ref": server.url("missing.json")})
    edit(built(project) / ITEM, lambda document: document["stac_extensions"].append(address))
    assert "missing.json': 127.0.0.1" in found(project)["schema-unavailable"]


def test_schemas_that_are_not_looked_at_are_said(project: Project, server: Server) -> None:
    many = [put(server)] * 60
    edit(built(project) / ITEM, lambda document: document["stac_extensions"].extend(many))
    told = found(project)["schema-unavailable"]
    assert told == "of 63 schemas, the first 50 are looked at"


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("file:///etc/passwd", "no address"),
        ("https://example.org/../../secret.json", "no address"),
        ("../schema.json", "no address"),
        ("http://me:secret@127.0.0.1/schema.json", "no address"),
        ("https://example.invalid/a/schema.json", "does not answer"),
    ],
)
def test_what_is_never_fetched(tmp_path: Path, address: str, says: str) -> None:
    assert says in why(tmp_path, address)


@pytest.mark.parametrize("body", [b"[]", b"<html>", b"\xff", b"[" * 100_000])
def test_what_is_no_schema_is_said(tmp_path: Path, server: Server, body: bytes) -> None:
    server.put(NAME, body)
    assert why(tmp_path, server.url(NAME)) == "what is there is no JSON object"


@pytest.mark.parametrize("schema", [{"type": 7}, {"pattern": "("}, {"$ref": "#/nowhere"}])
def test_a_schema_that_makes_no_sense_is_said(
    project: Project, server: Server, schema: object
) -> None:
    address = put(server, schema)
    edit(built(project) / ITEM, lambda document: document["stac_extensions"].append(address))
    assert "it is no JSON Schema" in found(project)["schema-unavailable"]


def test_a_body_without_end_is_cut(tmp_path: Path, server: Server) -> None:
    server.put(NAME, b'{"a": "' + b"x" * (64 << 20) + b'"}', chunked=True)
    assert "does not answer" in why(tmp_path, server.url(NAME))
    assert server.sent(NAME) < 32 << 20


def test_no_credentials_are_sent(
    tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login me password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    assert Schemas(tmp_path).get(put(server)) == SCHEMA
    (request,) = server.asked(NAME)
    assert "authorization" not in request.headers


def test_a_host_that_is_down_is_asked_once(tmp_path: Path, server: Server) -> None:
    server.fault("a.json", always=Fault(reset=True))
    put(server)
    schemas = Schemas(tmp_path)
    for name in ("a.json", "a.json", NAME):
        with pytest.raises(Unavailable):
            schemas.get(server.url(name))
    assert len(server.requests) == 1


@pytest.mark.parametrize("garbage", [b"", b"no database" * 1000])
def test_a_store_that_is_garbage_costs_a_request(
    tmp_path: Path, server: Server, garbage: bytes
) -> None:
    (tmp_path / FILE).write_bytes(garbage)
    assert Schemas(tmp_path).get(put(server)) == SCHEMA


def test_what_is_kept_is_a_database_in_the_cache(tmp_path: Path, server: Server) -> None:
    Schemas(tmp_path).get(put(server))
    assert sqlite3.connect(tmp_path / FILE).execute("select count(*) from responses").fetchone()[0]


@pytest.mark.skipif(find_spec("rashid") is None, reason="rashid is not installed")
def test_the_data_of_rashid_serves_without_a_network(tmp_path: Path) -> None:
    for name, version in (("file", "2.1.0"), ("projection", "2.0.0"), ("raster", "2.0.0")):
        address = f"https://stac-extensions.github.io/{name}/v{version}/schema.json"
        assert Schemas(tmp_path).get(address)["$id"].startswith(address)
    assert not list(tmp_path.iterdir())
