"""The answers of hosts that are kept: as JSON in one file, never trusted but offline."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from project import Project, raster_bytes
from repository import Repository
from server import Fault, Server

from itemcat.cache import Cache
from itemcat.errors import FetchError, SourceError
from itemcat.messenger import Messenger
from itemcat.model import FetchRules
from itemcat.sources.answers import FILE
from itemcat.sources.http import Answer, Http

BODY = b'{"id": 1}'
KEPT = {"etag": '"1"'}


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def asking(cache: Cache, said: list[str]) -> Iterator["Asking"]:
    with Asking(cache, said) as running:
        yield running


class Asking:
    """Builds, one after the other, that ask for addresses."""

    def __init__(self, cache: Cache, said: list[str]) -> None:
        self.cache = cache
        self.said = said
        self._running: list[Messenger] = []

    def __enter__(self) -> "Asking":
        return self

    def __exit__(self, *_: object) -> None:
        for one in self._running:
            one.__exit__(None, None, None)

    def http(self, *, offline: bool = False) -> Http:
        """What the sources of another build ask with."""
        messenger = Messenger(self.cache, self.said.append, offline=offline)
        self._running.append(messenger)
        return messenger.http(FetchRules())

    @property
    def file(self) -> Path:
        return self.cache.root / FILE


def test_an_address_is_asked_once_a_build(asking: Asking, server: Server) -> None:
    server.put("r", BODY, **KEPT)
    http = asking.http()
    assert [http.get(server.url("r")) for _ in range(2)] == [Answer(200, BODY)] * 2
    assert len(server.requests) == 1


@pytest.mark.parametrize("validators", [KEPT, {"last_modified": "Tue, 24 Nov 2026 00:00:00 GMT"}])
def test_the_next_build_asks_whether_it_changed(
    asking: Asking, server: Server, validators: dict[str, str]
) -> None:
    server.put("r", BODY, **validators)
    assert asking.http().get(server.url("r")) == Answer(200, BODY)
    assert asking.http().get(server.url("r")) == Answer(200, BODY)
    assert [request.status for request in server.requests] == [200, 304]
    server.put("r", b"{}", etag='"2"')
    assert asking.http().get(server.url("r")) == Answer(200, b"{}")
    assert asking.http(offline=True).get(server.url("r")) == Answer(200, b"{}")


def test_an_answer_without_validators_is_asked_for_whole_and_kept(
    asking: Asking, server: Server
) -> None:
    server.put("r", BODY)
    assert asking.http().get(server.url("r")) == Answer(200, BODY)
    server.put("r", b"{}")
    assert asking.http().get(server.url("r")) == Answer(200, b"{}")
    assert asking.http(offline=True).get(server.url("r")) == Answer(200, b"{}")
    assert asking.said == [f"offline: trusting the kept answer of {server.url('r')}"]


def test_a_refusal_and_an_outage_are_no_old_answer(asking: Asking, server: Server) -> None:
    server.put("r", BODY, **KEPT)
    asking.http().get(server.url("r"))
    server.fault("r", Fault(404, body=b"gone"), Fault(302, {"Location": "ftp://x/r"}))
    assert asking.http().get(server.url("r")) == Answer(404)
    with pytest.raises(FetchError, match="not http"):
        asking.http().get(server.url("r"))
    assert asking.http(offline=True).get(server.url("r")) == Answer(200, BODY)


def test_a_refusal_is_not_kept(asking: Asking, server: Server) -> None:
    assert asking.http().get(server.url("r")) == Answer(404)
    with pytest.raises(SourceError, match="not in the cache"):
        asking.http(offline=True).get(server.url("r"))
    assert len(server.requests) == 1


def test_a_redirect_is_followed_and_its_end_is_kept(asking: Asking, server: Server) -> None:
    server.put("r", BODY, **KEPT)
    server.fault("all", always=Fault(302, {"Location": server.url("r")}))
    assert asking.http().get(server.url("all")) == Answer(200, BODY)
    assert asking.http().get(server.url("all")) == Answer(200, BODY)
    assert [request.status for request in server.requests] == [302, 200, 302, 304]
    assert asking.http(offline=True).get(server.url("all")) == Answer(200, BODY)


def test_a_body_that_is_packed_is_refused(asking: Asking, server: Server) -> None:
    server.put("r", BODY, headers={"Content-Encoding": "gzip"})
    with pytest.raises(FetchError, match="in the encoding gzip"):
        asking.http().get(server.url("r"))


def test_what_is_kept_is_text_that_runs_nothing(asking: Asking, server: Server) -> None:
    server.put("r", BODY, headers={"Set-Cookie": "id=s3cret"}, **KEPT)
    asking.http().get(server.url("r"))
    with closing(sqlite3.connect(asking.file)) as database:
        [(value,)] = database.execute("SELECT value FROM responses").fetchall()
    assert value.startswith("{") and "s3cret" not in value
    assert "sqlite" not in str([request.headers for request in server.requests])


def test_garbage_in_the_place_of_the_file_costs_its_answers(asking: Asking, server: Server) -> None:
    server.put("r", BODY, **KEPT)
    asking.file.parent.mkdir(parents=True)
    asking.file.write_bytes(b"garbage" * 1000)
    assert asking.http().get(server.url("r")) == Answer(200, BODY)
    assert "cannot be used" in asking.said[0]
    asking.http().get(server.url("r"))
    assert asking.http(offline=True).get(server.url("r")) == Answer(200, BODY)


def test_garbage_in_the_file_is_an_answer_that_is_not_kept(
    project: Project, server: Server
) -> None:
    repository = Repository(server)
    repository.publish("abc-1", {"a_20190224T203744.tif": raster_bytes()})
    project.spec(f"  - invenio: {repository.page('abc-1')}\n")
    assert project.run("build").returncode == 0
    with closing(sqlite3.connect(project.cache / FILE)) as database, database:
        database.execute("UPDATE responses SET value = '{\"garbage'")
    asked = project.run("build", "--refresh")
    assert (asked.returncode, asked.stderr) == (0, "")
    assert [request.status for request in server.asked("api/records/abc-1")] == [200, 200]
    with closing(sqlite3.connect(project.cache / FILE)) as database, database:
        database.execute("UPDATE responses SET value = '[]'")
    project.spec(f"  - invenio: {repository.page('abc-1')}\n    include: '*'\n")
    offline = project.run("build", "--offline")
    assert offline.returncode == 3
    assert "what it lists is not in the cache" in offline.stderr
    assert "Traceback" not in offline.stderr


def test_a_file_where_the_folder_should_be_costs_its_answers(
    asking: Asking, server: Server
) -> None:
    server.put("r", BODY, **KEPT)
    asking.cache.root.mkdir(parents=True)
    asking.file.parent.write_bytes(b"")
    assert asking.http().get(server.url("r")) == Answer(200, BODY)
    assert "keeps no answers" in asking.said[0]
    assert asking.file.parent.read_bytes() == b""
