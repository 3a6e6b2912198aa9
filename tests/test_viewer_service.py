"""The server: real requests to a real socket, well-behaved and hostile ones."""

import http.client
import json
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread

import pytest
import rasterio
from exhibits import PIXEL, box, item, write
from project import raster_bytes
from pystac_client import Client
from pystac_client.warnings import FallbackToPystac, NoConformsTo

from itemcat.errors import UsageError
from itemcat.viewer import Folder, Service, collect, policy, render


@dataclass
class Answer:
    """What the server said."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "catalog"
    write(folder, [{**item("a", box(0, 0, 1, 1), "2020-01-01T00:00:00Z"), "bbox": [0, 0, 1, 1]}])
    (folder / "a" / "a.png").write_bytes(PIXEL)
    (folder / "a" / "page.html").write_text("<script>alert(1)</script>")
    (folder / "ten").write_bytes(b"0123456789")
    (folder / "empty").write_bytes(b"")
    (tmp_path / "secret").write_text("secret")
    return folder


@pytest.fixture
def service(root: Path) -> Iterator[Service]:
    folder = Folder.of(root / "catalog.json", "")
    with Service(folder, lambda: render(collect(folder)), policy()) as running:
        thread = Thread(target=running.serve_forever, args=(0.01,))
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def ask(service: Service, path: str, method: str = "GET", **headers: str) -> Answer:
    connection = http.client.HTTPConnection("127.0.0.1", service.server_port, timeout=20)
    try:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, headers=named)
        answer = connection.getresponse()
        return Answer(answer.status, answer.read(), dict(answer.headers))
    finally:
        connection.close()


def raw(service: Service, request: bytes) -> bytes:
    """The answer to bytes that are sent as they are."""
    with socket.create_connection(("127.0.0.1", service.server_port), timeout=20) as connection:
        connection.sendall(request)
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(4096), b""))


def test_the_page_is_at_the_root_and_has_the_policy(service: Service) -> None:
    answer = ask(service, "/")
    assert (answer.status, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert answer.headers["Content-Security-Policy"].startswith(policy())
    assert b"<!doctype html>" in answer.body
    assert ask(service, "/?x=1").status == 200


def test_findings_are_made_when_they_are_asked_for(service: Service) -> None:
    path = "/.findings.json"
    assert json.loads(ask(service, path).body) == {}
    found = {"a b/a.json": [("error", "wrong")], "": [("warning", "odd")]}
    service.findings = lambda: {**found, "\udcff.json": [("warning", "no Unicode")]}
    answer = ask(service, path)
    assert (answer.status, answer.headers["Content-Type"]) == (200, "application/json")
    assert json.loads(answer.body) == {
        "a%20b/a.json": [["error", "wrong"]],
        "": [["warning", "odd"]],
        "%3F.json": [["warning", "no Unicode"]],
    }


def test_the_page_is_that_of_the_catalog_as_it_is_now(service: Service, root: Path) -> None:
    write(root, [item("a"), item("new")], title="A new title")
    assert b"A new title" in ask(service, "/").body


def test_a_catalog_that_is_broken_meanwhile_is_told_on_the_page(
    service: Service, root: Path
) -> None:
    (root / "catalog.json").write_text("{")
    answer = ask(service, "/")
    assert (answer.status, answer.headers["Content-Type"]) == (500, "text/plain; charset=utf-8")
    assert b"is no STAC catalog" in answer.body


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/catalog.json", "application/json"),
        ("/a/a.json", "application/json"),
        ("/a/a.json?x=1", "application/json"),
        ("/a/a.png", "image/png"),
        ("/a/%70age.html", "application/octet-stream"),
        ("/ten", "application/octet-stream"),
    ],
)
def test_files_of_the_catalog_are_served_to_any_origin(
    service: Service, root: Path, path: str, kind: str
) -> None:
    answer = ask(service, path, Origin="https://example.org")
    assert (answer.status, answer.headers["Content-Type"]) == (200, kind)
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    name = path.split("?", maxsplit=1)[0].replace("%70", "p").removeprefix("/")
    assert answer.body == (root / name).read_bytes()
    head = ask(service, path, "HEAD")
    assert (head.status, head.body) == (200, b"")
    assert head.headers["Content-Length"] == str(len(answer.body))


@pytest.mark.parametrize("path", ["/catalog.json", "/", "/none"])
def test_a_preflight_lets_ranges_pass(service: Service, path: str) -> None:
    asked = {"Access_Control_Request_Method": "GET", "Access_Control_Request_Headers": "range"}
    answer = ask(service, path, "OPTIONS", Origin="https://example.org", **asked)
    assert (answer.status, answer.body) == (204, b"")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Access-Control-Allow-Headers"] == "*"
    assert "GET" in answer.headers["Access-Control-Allow-Methods"]


@pytest.mark.parametrize(
    ("asked", "status", "body", "said"),
    [
        ("bytes=2-4", 206, b"234", "bytes 2-4/10"),
        ("bytes=7-", 206, b"789", "bytes 7-9/10"),
        ("bytes=-3", 206, b"789", "bytes 7-9/10"),
        ("bytes=-30", 206, b"0123456789", "bytes 0-9/10"),
        ("bytes=0-99", 206, b"0123456789", "bytes 0-9/10"),
        ("bytes=10-", 416, b"", "bytes */10"),
        ("bytes=-0", 416, b"", "bytes */10"),
        ("bytes=5-2", 416, b"", "bytes */10"),
        ("bytes=-", 200, b"0123456789", None),
        ("bytes=0-1,3-4", 200, b"0123456789", None),
        ("lines=0-1", 200, b"0123456789", None),
        ("bytes=٣-٤".encode().decode("latin-1"), 200, b"0123456789", None),
        (f"bytes={'9' * 5000}-", 200, b"0123456789", None),
    ],
)
def test_parts_of_files(
    service: Service, asked: str, status: int, body: bytes, said: str | None
) -> None:
    answer = ask(service, "/ten", Range=asked)
    assert (answer.status, answer.body) == (status, body)
    assert answer.headers.get("Content-Range") == said


def test_an_empty_file_has_no_parts(service: Service) -> None:
    assert ask(service, "/empty").status == 200
    assert ask(service, "/empty", Range="bytes=0-").status == 416


@pytest.mark.parametrize(
    "path",
    [
        *("/../secret", "/a/../../secret", "/%2e%2e/secret", "/..%2fsecret", "/%2e%2e%2fsecret"),
        *("/..\\secret", "/%5c..%5csecret", "/a", "/a/", "/none", "/ten%00"),
        *("/.itemcat/intent.json", "/a/./a.json", "/%252e%252e/secret", "/a/a.json/"),
    ],
)
def test_nothing_else_is_served(service: Service, root: Path, path: str) -> None:
    (root / ".itemcat").mkdir()
    (root / ".itemcat" / "intent.json").write_text("{}")
    answer = raw(service, f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 404 ")
    assert not answer.endswith(b"secret")


def test_links_out_of_the_folder_are_not_served(service: Service, root: Path) -> None:
    try:
        (root / "way.json").symlink_to(root.parent / "secret")
    except OSError:
        pytest.skip("this account may make no symbolic links")
    assert ask(service, "/way.json").status == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_nothing_can_be_changed(service: Service, root: Path, method: str) -> None:
    assert ask(service, "/catalog.json", method).status == 501
    assert (root / "catalog.json").exists()


@pytest.mark.parametrize(
    "nonsense", [b"", b"x\r\n\r\n", b"GET\r\n\r\n", b"\0" * 9000, b"\xff" * 99]
)
def test_nonsense_leaves_the_server_alive(service: Service, nonsense: bytes) -> None:
    raw(service, nonsense)
    assert ask(service, "/ten").status == 200


def test_only_this_machine_is_served(service: Service) -> None:
    assert service.server_address == ("127.0.0.1", service.server_port)


def test_a_port_in_use_is_an_error_with_a_hint(service: Service) -> None:
    with pytest.raises(UsageError) as caught:
        Service(service.folder, str, "", service.server_port)
    assert str(caught.value) == (
        f"error: port {service.server_port}: is in use\n"
        "hint: give another --port, or none for a free one"
    )


def test_pystac_client_reads_the_catalog(service: Service) -> None:
    with pytest.warns(NoConformsTo):  # it is no API
        catalog = Client.open(f"{service.address}catalog.json")
    with pytest.warns(FallbackToPystac):
        assert [one.id for one in catalog.get_items()] == ["a"]


def test_gdal_reads_a_raster_in_parts(service: Service, root: Path) -> None:
    (root / "a" / "a.tif").write_bytes(raster_bytes(3))
    with (
        rasterio.Env(GDAL_DISABLE_READDIR_ON_OPEN="EMPTY_DIR", GDAL_HTTP_TIMEOUT="20"),
        rasterio.open(f"/vsicurl/{service.address}a/a.tif") as raster,
    ):
        read = raster.read()
    with rasterio.open(root / "a" / "a.tif") as raster:
        assert (read == raster.read()).all()
