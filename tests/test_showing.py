"""The command `itemcat preview`: real processes, what they print, and how they end."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests
from exhibits import PIXEL, box, item, write
from project import Project

TOP = Path(__file__).parent.parent
QUICKSTART = TOP / "examples" / "quickstart"
PAGE = (TOP / "docs" / "preview.md").read_text("utf-8")
LOCAL = '  - files: "*.tif"\n    href: https://example.org/data/{name}\n'
# Where a process may be interrupted as by Ctrl-C on a terminal.
POSIX = pytest.mark.skipif(os.name == "nt", reason="no SIGINT for a process alone here")


@contextmanager
def serving(*arguments: str | Path) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """A running preview, and its first line."""
    command = [sys.executable, "-m", "itemcat", "preview", *map(str, arguments), "--no-browser"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        try:
            yield process, process.stdout.readline()
        finally:
            process.kill()


def address(line: str) -> str:
    found = re.search(r"http://127\.0\.0\.1:\d+/", line)
    assert found, line
    return found[0]


@POSIX
@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 0), (signal.SIGTERM, 143)], ids=["Ctrl-C", "terminated"]
)
def test_it_serves_until_it_is_told_to_end(number: signal.Signals, code: int) -> None:
    with serving(QUICKSTART) as (process, line):
        assert line == f"lakes-catalog is at {address(line)} until Ctrl-C\n"
        served = requests.get(f"{address(line)}catalog.json", timeout=60).content
        assert served == (QUICKSTART / "lakes-catalog" / "catalog.json").read_bytes()
        assert "Quickstart lakes" in requests.get(address(line), timeout=60).text
        process.send_signal(number)
        output, errors = process.communicate(timeout=30)
        assert (process.returncode, output, errors) == (code, "", "")


@POSIX
@pytest.mark.parametrize("command", re.findall(r"^```sh\nitemcat preview (.*)\n```$", PAGE, re.M))
def test_every_server_that_is_shown_serves(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(TOP)
    with serving(*command.split()) as (process, line):
        assert requests.get(address(line), timeout=60).status_code == 200
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) == 0


def test_a_port_in_use_is_told() -> None:
    with serving(QUICKSTART) as (_, line):
        port = address(line).rstrip("/").rpartition(":")[2]
        with serving(QUICKSTART, "--port", port) as (second, printed):
            output, errors = second.communicate(timeout=60)
    assert (printed, output, second.returncode) == ("", "", 2)
    hint = "hint: give another --port, or none for a free one\n"
    assert errors == f"error: port {port}: is in use\n{hint}"


@pytest.mark.parametrize("port", ["-1", "65536", "x", "1e3"])
def test_what_is_no_port_is_a_usage_error(project: Project, port: str) -> None:
    done = project.run("preview", "--port", port)
    assert done.returncode == 2
    assert "is no port: 0 to 65535" in done.stderr


def test_a_catalog_that_is_not_built_is_an_error_with_a_hint(project: Project) -> None:
    project.raster("ice_20190101T000000.tif")
    project.spec(LOCAL)
    done = project.run("preview", "--no-browser")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines()[0].endswith("catalog.json: there is no such catalog")
    assert done.stderr.splitlines()[1] == "hint: build it first: itemcat build catalog.yaml"
    project.build()
    assert project.run("preview", "--write", "p.html").stdout == "1 item shown: p.html\n"


@pytest.mark.parametrize("name", ["catalog.yaml", ".", "out/catalog.json", "out"])
def test_spec_folder_and_catalog_are_the_same(project: Project, name: str) -> None:
    project.raster("ice_20190101T000000.tif")
    project.spec(LOCAL)
    project.build()
    before = project.files()
    assert project.run("preview", name, "--write", "../p.html").returncode == 0
    assert "ice_20190101T000000" in (project.folder.parent / "p.html").read_text("utf-8")
    assert project.files() == before


def test_what_check_finds_is_on_the_page(project: Project) -> None:
    project.raster("ice_20190101T000000.tif")
    project.spec(LOCAL)
    project.build()
    item = project.folder / "out" / "ice_20190101T000000" / "ice_20190101T000000.json"
    item.write_text(item.read_text("utf-8").replace('"2019-01-01', '"1819-01-01'), "utf-8")
    assert project.run("preview", "--write", "../p.html").returncode == 0
    page = (project.folder.parent / "p.html").read_text("utf-8")
    assert "is not as itemcat wrote it (catalog.yaml:" in page
    spec = project.folder / "catalog.yaml"
    with serving(spec) as (_, line):
        told = requests.get(f"{address(line)}.findings.json", timeout=60).json()
        assert list(told) == ["ice_20190101T000000/ice_20190101T000000.json"]
        spec.write_text("catalog: {}", "utf-8")
        told = requests.get(f"{address(line)}.findings.json", timeout=60).json()
        assert told[""][0][0] == "error"


def test_a_collection_is_shown_as_a_catalog_is(project: Project) -> None:
    project.raster("ice_20190101T000000.tif")
    project.spec(LOCAL)
    spec = project.folder / "catalog.yaml"
    text = spec.read_text("utf-8")
    spec.write_text(
        text.replace("  id: lakes\n", "  id: lakes\n  type: Collection\n  license: CC-BY-4.0\n", 1),
        "utf-8",
    )
    project.build()
    for name in ("catalog.yaml", "out/collection.json", "out"):
        assert project.run("preview", name, "--write", "../p.html").returncode == 0
        page = (project.folder.parent / "p.html").read_text("utf-8")
        assert 'href="project/out/collection.json" id="root">collection.json<' in page
        assert "ice_20190101T000000" in page


def test_a_wrong_spec_is_told_as_everywhere(project: Project) -> None:
    project.spec("catalog: 7\n")
    done = project.run("preview")
    assert done.returncode == 2
    assert "error: catalog.yaml:1:10: catalog: " in done.stderr


def test_what_is_not_shown_is_told(project: Project) -> None:
    small = {"href": "./b.png", "roles": ["thumbnail"]}
    document = item("b", box(0, 0, 1, 1))
    document["assets"]["small"] = small
    write(project.folder / "c", [item("a"), document])
    done = project.run("preview", "c/catalog.json", "--write", "p.html")
    assert done.stdout == "2 items shown: p.html\n"
    assert done.stderr.splitlines() == [
        "note: 1 of the items: not on the map, for it has no footprint in degrees",
        "note: 1 of the thumbnails: too large for the file, or no pictures",
    ]
    (project.folder / "c" / "b" / "b.png").write_bytes(PIXEL)
    assert project.run("preview", "c/catalog.json", "--write", "p.html").stderr.count("note") == 1


def test_a_file_that_cannot_be_written_is_told(project: Project) -> None:
    write(project.folder / "c", [])
    done = project.run("preview", "c/catalog.json", "--write", "none/p.html")
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1] == "hint: name another file for --write"


def test_links_of_a_written_page_lead_from_where_it_lies(project: Project) -> None:
    write(project.folder / "my catalog", [item("a")])
    (project.folder / "deep").mkdir()
    project.run("preview", "my catalog/catalog.json", "--write", "deep/p.html")
    text = (project.folder / "deep" / "p.html").read_text("utf-8")
    assert '"json": "../my%20catalog/a/a.json"' in text
    assert 'href="../my%20catalog/catalog.json"' in text


def test_every_option_is_documented() -> None:
    usage = subprocess.run(
        [sys.executable, "-m", "itemcat", "preview", "--help"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    for option in set(re.findall(r"--[a-z-]+", usage)) - {"--help"}:
        assert f"`{option}" in PAGE, option
