"""Credentials: where they come from, where they go, and that nobody sees them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fetching import IMPATIENT, Talker, asset, leftovers
from project import Project, raster_bytes
from server import Fault, Server

from itemcat.cache import Cache
from itemcat.errors import FetchError
from itemcat.fetch import Fetcher
from itemcat.model import FetchRules

DATA = b"bytes" * 1000
HIDDEN = "hunter2"
NAME = "ice_20190101T000000.tif"


@pytest.fixture
def elsewhere() -> Iterator[Server]:
    """A second origin."""
    with Server() as server:
        yield server


def fetcher(cache: Cache, server: Server, headers: dict[str, str], netrc: bool = False) -> Fetcher:
    return Fetcher(
        cache, rules=FetchRules(headers={server.host: headers}, netrc=netrc), patience=IMPATIENT
    )


def test_headers_take_their_values_from_the_environment(
    cache: Cache, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("USER_OF_A", "me")
    monkeypatch.setenv("TOKEN_OF_A", f"{HIDDEN}\n")  # as `$(cat token.txt)` may leave it
    server.put("a.tif", DATA)
    headers = {"Authorization": "Bearer ${USER_OF_A}:${TOKEN_OF_A}", "X-Plain": "as it is"}
    with fetcher(cache, server, headers) as client:
        client.fetch(asset(server.url("a.tif")))
    sent = server.requests[0].headers
    assert (sent["authorization"], sent["x-plain"]) == (f"Bearer me:{HIDDEN}", "as it is")


def test_headers_never_leave_their_origin(
    cache: Cache, server: Server, elsewhere: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOKEN_OF_A", HIDDEN)
    server.fault("a.tif", always=Fault(status=302, headers={"Location": "/b.tif"}))
    there = Fault(status=302, headers={"Location": elsewhere.url("c.tif")})
    server.fault("b.tif", always=there)
    elsewhere.put("c.tif", DATA, etag='"v1"')
    headers = dict.fromkeys(("Authorization", "X-Api-Key", "Cookie"), "${TOKEN_OF_A}")
    with fetcher(cache, server, headers) as client:
        for _ in range(2):  # the second time with a condition
            client.fetch(asset(server.url("a.tif")))
    for request in server.requests:
        assert [request.headers[name.lower()] for name in headers] == [HIDDEN] * 3
    allowed = {"host", "user-agent", "accept", "accept-encoding", "connection", "if-none-match"}
    for request in elsewhere.requests:
        assert request.headers.keys() <= allowed
    assert len(elsewhere.requests) == 2


def test_headers_are_for_their_host_only(
    cache: Cache, server: Server, elsewhere: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOKEN_OF_A", HIDDEN)
    elsewhere.put("a.tif", DATA)
    elsewhere.fault("b.tif", Fault(status=302, headers={"Location": server.url("a.tif")}))
    server.put("a.tif", DATA)
    with fetcher(cache, server, {"Authorization": "${TOKEN_OF_A}"}) as client:
        client.fetch(asset(elsewhere.url("a.tif")))
        client.fetch(asset(elsewhere.url("b.tif")))  # nor for whoever is led there by another
    for request in (*server.requests, *elsewhere.requests):
        assert "authorization" not in request.headers


def test_what_belongs_to_the_transfer_is_ours(cache: Cache, server: Server) -> None:
    server.put("a.tif", DATA, etag='"v1"')
    with fetcher(cache, server, {"if-none-match": "*", "User-Agent": "me"}) as client:
        for _ in range(2):
            client.fetch(asset(server.url("a.tif")))
    assert server.requests[1].headers["if-none-match"] == '"v1"'
    assert server.requests[1].headers["user-agent"] == "me"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "needs the environment variable TOKEN_OF_A, which is not set"),
        ("", "needs the environment variable TOKEN_OF_A, which is not set"),
        (f"{HIDDEN}\r\nX-More: 1", "the environment variable TOKEN_OF_A holds characters"),
        (f"{HIDDEN}ü", "the environment variable TOKEN_OF_A holds characters"),
    ],
)
def test_a_variable_that_is_missing_or_unfit_is_named_and_never_shown(
    cache: Cache,
    server: Server,
    monkeypatch: pytest.MonkeyPatch,
    value: str | None,
    words: str,
) -> None:
    if value is None:
        monkeypatch.delenv("TOKEN_OF_A", raising=False)
    else:
        monkeypatch.setenv("TOKEN_OF_A", value)
    with (
        fetcher(cache, server, {"Authorization": "Bearer ${TOKEN_OF_A}"}) as client,
        pytest.raises(FetchError) as caught,
    ):
        client.fetch(asset(server.url("a.tif")))
    assert words in caught.value.what
    assert "Authorization" in caught.value.what
    assert HIDDEN not in str(caught.value)
    assert server.requests == []


@pytest.mark.parametrize("is_asked", [True, False])
def test_netrc_is_asked_only_where_the_spec_says_so(
    cache: Cache, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_asked: bool
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text(f"machine 127.0.0.1 login me password {HIDDEN}\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    server.put("a.tif", DATA)
    with fetcher(cache, server, {}, netrc=is_asked) as client:
        client.fetch(asset(server.url("a.tif")))
    sent = server.requests[0].headers.get("authorization")
    assert sent == ("Basic bWU6aHVudGVyMg==" if is_asked else None)


def test_netrc_gives_nothing_to_the_target_of_a_redirect(
    cache: Cache,
    server: Server,
    elsewhere: Server,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text(f"default login me password {HIDDEN}\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    server.fault("a.tif", Fault(status=307, headers={"Location": elsewhere.url("b.tif")}))
    elsewhere.put("b.tif", DATA)
    with fetcher(cache, server, {}, netrc=True) as client:
        client.fetch(asset(server.url("a.tif")))
    assert "authorization" in server.requests[0].headers
    assert "authorization" not in elsewhere.requests[0].headers


def test_a_header_of_the_spec_goes_before_user_info_and_netrc(
    cache: Cache, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("default login other password other\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    server.put("a.tif", DATA)
    with fetcher(cache, server, {"authorization": "mine"}, netrc=True) as client:
        client.fetch(asset(server.url("a.tif", user="me:word")))
    assert server.requests[0].headers["authorization"] == "mine"


def test_no_header_is_written_or_said(cache: Cache, server: Server) -> None:
    server.fault("a.tif", always=Fault(status=403, body=HIDDEN.encode()))
    rules = FetchRules(headers={server.host: {"Authorization": HIDDEN}})
    talker = Talker(cache, rules=rules)
    with talker.fetcher as client, pytest.raises(FetchError, match="403 Forbidden") as caught:
        client.fetch(asset(server.url("a.tif")))
    assert HIDDEN not in str(caught.value) + "".join(talker.notices)
    assert not [path for path in leftovers(cache) if HIDDEN.encode() in path.read_bytes()]


def test_a_build_needs_the_variable_only_when_it_asks_the_host(
    project: Project, server: Server
) -> None:
    server.put(NAME, raster_bytes(0))
    project.spec(f"  - {server.url(NAME)}\n")
    spec = project.folder / "catalog.yaml"
    headers = f"fetch: {{headers: {{'{server.host}': {{X-Key: '${{TOKEN_OF_A}}'}}}}}}\n"
    spec.write_text(headers + spec.read_text("utf-8"), "utf-8")
    missing = project.run("build")
    assert missing.returncode == 3
    assert "TOKEN_OF_A" in missing.stderr
    assert server.requests == []
    assert project.run("build", TOKEN_OF_A=HIDDEN).returncode == 0
    assert server.requests[0].headers["x-key"] == HIDDEN
    assert project.run("build", "--cache-dir", "../other").returncode == 0
    assert len(server.requests) == 1
    everything = [*project.folder.rglob("*"), *project.cache.rglob("*")]
    assert not [p for p in everything if p.is_file() and HIDDEN.encode() in p.read_bytes()]
