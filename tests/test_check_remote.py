"""`itemcat check --remote`: whether the files answer, with which size, to whom."""

import pytest
from good import IDS, SPEC
from kept import NOWHERE
from project import Project, raster_bytes
from server import Fault, Server

from itemcat.errors import FetchError
from itemcat.fetch import Probe
from itemcat.fetch.patience import Patience
from itemcat.inspection import Inspection, inspect
from itemcat.model import FetchRules, Rate

NAME = f"lakes/{IDS[0]}.tif"
OPEN = {"Access-Control-Allow-Origin": "*"}
QUICK = Patience(attempts=2, base=0.0, cap=0.0)


@pytest.fixture
def published(project: Project, server: Server, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A catalog of three files that a server has, and lets everybody read."""
    for name, value in NOWHERE.items():
        monkeypatch.setenv(name, value)
    project.spec(SPEC.replace("https://example.org/", server.url("")))
    for seed, name in enumerate(IDS):
        project.raster(f"{name}.tif", seed, nodata=255)
        server.put(f"lakes/{name}.tif", raster_bytes(seed, nodata=255), headers=OPEN)
    project.build()
    return project


def remote(project: Project, what: str = ".") -> Inspection:
    return inspect(project.folder / what, project.cache, remote=True)


def found(project: Project) -> list[tuple[str, str, str]]:
    return [
        (finding.name, finding.file, finding.what)
        for finding in remote(project).findings
        if finding.name != "schema-unavailable"
    ]


def test_files_that_answer_are_no_finding_and_cost_no_body(
    published: Project, server: Server
) -> None:
    assert found(published) == []
    assert [request.method for request in server.requests] == ["HEAD"] * 3
    assert all(request.headers["origin"] == "https://example.org" for request in server.requests)


def test_nothing_is_asked_without_remote(published: Project, server: Server) -> None:
    inspect(published.folder, published.cache)
    assert server.requests == []


def test_a_file_that_is_gone_is_found(published: Project, server: Server) -> None:
    server.fault(NAME, always=Fault(status=410))
    ((name, file, what),) = found(published)
    assert (name, file) == ("remote-gone", f"{IDS[0]}/{IDS[0]}.json")
    assert "410 Gone" in what


def test_another_size_is_found(published: Project, server: Server) -> None:
    size = len(raster_bytes(0, nodata=255))
    server.put(NAME, bytes(size + 1), headers=OPEN)
    ((name, _, what),) = found(published)
    assert name == "remote-size"
    assert what == f"is {size}, and its publisher has {size + 1} bytes"


@pytest.mark.parametrize("headers", [{}, {"Access-Control-Allow-Origin": "https://other.org"}])
def test_a_file_that_pages_may_not_read_is_found(
    published: Project, server: Server, headers: dict[str, str]
) -> None:
    server.put(NAME, raster_bytes(0, nodata=255), headers=headers)
    ((name, _, _),) = found(published)
    assert name == "remote-no-cors"


def test_a_server_that_knows_no_head_is_asked_otherwise(published: Project, server: Server) -> None:
    for name in IDS:
        path = f"lakes/{name}.tif"
        server.put(path, raster_bytes(IDS.index(name), nodata=255), headers=OPEN, head=False)
    assert found(published) == []


def test_an_address_is_asked_once(published: Project, server: Server) -> None:
    for name in IDS[1:]:
        path = published.folder / "out" / name / f"{name}.json"
        text = path.read_text("utf-8").replace(f"lakes/{name}.tif", NAME)
        path.write_text(text, "utf-8")
    remote(published, "out")
    assert len(server.requests) == 1


def test_what_is_no_address_is_not_asked(published: Project, server: Server) -> None:
    for name, href in zip(
        IDS, ("ftp://127.0.0.1/a.tif", "../../a.tif", "/etc/passwd"), strict=True
    ):
        path = published.folder / "out" / name / f"{name}.json"
        text = path.read_text("utf-8").replace(server.url(f"lakes/{name}.tif"), href)
        path.write_text(text, "utf-8")
    remote(published, "out")
    assert server.requests == []


def test_the_headers_of_the_spec_are_sent(published: Project, server: Server) -> None:
    spec = published.folder / "catalog.yaml"
    text = f'fetch: {{headers: {{"{server.host}": {{X-Team: ice}}}}}}\n'
    spec.write_text(text + spec.read_text("utf-8"), "utf-8")
    assert found(published) == []
    assert {request.headers["x-team"] for request in server.requests} == {"ice"}


def test_what_may_pass_is_asked_again(server: Server) -> None:
    server.put("a.tif", b"ice")
    server.fault("a.tif", Fault(status=500), Fault(reset=True))
    with Probe(patience=Patience(attempts=3, base=0.0, cap=0.0)) as probe:
        answer = probe.ask(server.url("a.tif"))
    assert (answer.size, answer.is_open) == (3, False)
    assert len(server.requests) == 3


def test_what_does_not_pass_is_asked_no_more(server: Server) -> None:
    server.fault("a.tif", always=Fault(status=503))
    with Probe(patience=QUICK) as probe, pytest.raises(FetchError, match="503"):
        probe.ask(server.url("a.tif"))
    assert len(server.requests) == 2


def test_a_host_that_is_not_there_is_tried_a_few_times_and_then_once_each(server: Server) -> None:
    with Probe(patience=QUICK) as probe:
        for _ in range(2):
            with pytest.raises(FetchError, match="not reachable"):
                probe.ask("http://127.0.0.1:9/a.tif")


def test_a_closed_probe_asks_nobody(server: Server) -> None:
    probe = Probe()
    probe.close()
    with pytest.raises(FetchError):
        probe.ask(server.url("a.tif"))
    assert server.requests == []


def test_that_rates_make_it_hours_is_said_beforehand() -> None:
    said: list[str] = []
    rules = FetchRules(rate={"example.org": Rate(1, 3600)})
    with Probe(rules, said.append) as probe:
        probe.expect({"example.org": 5, "example.net": 5})
    (text,) = said
    assert "example.org takes " in text
    assert "5 files will take until about" in text
