"""CONTRIBUTING tells the truth: its source works as it stands there, and no room is left out."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from project import raster_bytes
from server import Server
from test_layers import LAYERS

TOP = Path(__file__).parent.parent
PAGE = (TOP / "CONTRIBUTING.md").read_text("utf-8")
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SOURCE, READER = (
    next(section for section in PAGE.split("\n## ") if section.startswith(f"Add a {kind} "))
    for kind in ("source", "reader")
)
EDITED = (
    *("sources/__init__.py", "spec/load.py", "readers/__init__.py"),
    "schemas/catalog.schema.json",
)


def block(language: str, section: str = SOURCE) -> str:
    (text,) = [text for found, text in BLOCK.findall(section) if found == language]
    return text


def edit(package: Path, diff: str) -> None:
    """Make the change that a diff block shows, in the one file and place that it fits."""
    lines = diff.splitlines(keepends=True)
    old = "".join(line[1:] for line in lines if line[0] in " -").rstrip("\n")
    new = "".join(line[1:] for line in lines if line[0] in " +").rstrip("\n")
    texts = {package / name: (package / name).read_text("utf-8") for name in EDITED}
    (fitting,) = [path for path, text in texts.items() if old in text]
    assert texts[fitting].count(old) == 1
    fitting.write_text(texts[fitting].replace(old, new), "utf-8")


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A folder for PYTHONPATH with a copy of itemcat that has what CONTRIBUTING adds to it."""
    package = tmp_path / "site" / "itemcat"
    ignore = shutil.ignore_patterns("__pycache__")
    shutil.copytree(TOP / "itemcat", package, ignore=ignore)
    shutil.copytree(TOP / "schemas", package / "schemas", ignore=ignore)
    (package / "sources" / "numbered.py").write_text(block("python"), "utf-8")
    (package / "readers" / "stations.py").write_text(block("python", READER), "utf-8")
    for diff in [text for language, text in BLOCK.findall(PAGE) if language == "diff"]:
        edit(package, diff)
    return package.parent


def run(site: Path, folder: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "itemcat", "build", str(folder)],
        cwd=folder.parent,
        env={
            **os.environ,
            "PYTHONPATH": str(site),
            "ITEMCAT_CACHE_DIR": str(folder.parent / "cache"),
        },
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_source_takes_thirty_lines() -> None:
    assert len(block("python").splitlines()) <= 30


def test_the_source_builds(site: Path, tmp_path: Path, server: Server) -> None:
    for number in (8, 9, 10):
        server.put(f"scene_{number:02}.tif", raster_bytes(number))
    folder = tmp_path / "scenes"
    folder.mkdir()
    spec = folder / "catalog.yaml"
    spec.write_text(block("yaml").replace("https://example.org/", server.url("")), "utf-8")
    assert run(site, folder).stdout.splitlines() == [
        *(f"add    scene_{number}: new in the spec" for number in ("08", "09", "10")),
        "3 added: scenes/scenes/catalog.json",
    ]
    assert run(site, folder).stdout == "nothing to do: 3 items up to date\n"


def test_the_reader_takes_forty_lines() -> None:
    assert len(block("python", READER).splitlines()) <= 40


def test_the_reader_builds(site: Path, tmp_path: Path) -> None:
    folder = tmp_path / "stations"
    folder.mkdir()
    (folder / "catalog.yaml").write_text(block("yaml", READER), "utf-8")
    (folder / "ice.csv").write_text("name,lon,lat\na,-49.5,67\nb,-48,66.5\n", "utf-8")
    assert run(site, folder).stdout.splitlines() == [
        "add    ice: new in the spec",
        "1 added: stations/stations/catalog.json",
    ]
    item = json.loads((folder / "stations" / "ice" / "ice.json").read_text("utf-8"))
    assert item["bbox"] == [-49.5, 66.5, -48, 67]
    assert item["properties"]["table:row_count"] == 2
    (folder / "ice.csv").write_text("name,x\na,1\n", "utf-8")
    done = run(site, folder)
    assert done.returncode == 3
    assert "ice.csv: cannot be read: 'lon'" in done.stderr


def test_what_the_source_refuses_has_its_place(site: Path, tmp_path: Path) -> None:
    folder = tmp_path / "scenes"
    folder.mkdir()
    (folder / "catalog.yaml").write_text(block("yaml").replace("{08..10}", "{10..8}"), "utf-8")
    done = run(site, folder)
    assert done.returncode == 2
    assert "catalog.yaml:8:5: https://example.org/scene_{10..8}.tif counts no files" in done.stderr


@pytest.mark.parametrize("layer", LAYERS)
def test_every_room_has_its_line(layer: str) -> None:
    section = re.search(rf"^\*\*{layer}\*\*.*?(?=^\*\*|^## )", PAGE, re.MULTILINE | re.DOTALL)
    assert section
    lines = re.findall(r"^- .*$", section[0], re.MULTILINE)
    named = {
        name for line in lines for part in line.split(". ") for name in _rooms(part.split(": ")[0])
    }
    assert named == set(LAYERS[layer].split())


def _rooms(text: str) -> list[str]:
    return re.findall(r"`(\w+)`", text)
