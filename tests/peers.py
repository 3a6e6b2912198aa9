"""What check accepts, others accept: PySTAC's validation, stac-check, stac-node-validator.

Run by the tox environment `peers`. Schemas come from ITEMCAT_SCHEMAS, so that no network is needed
but for npm; without it, or without npm, the part that needs it is skipped with a word. Every peer
is also given a catalog that check refuses, so that it is seen to look.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch
from urllib.parse import urlsplit

import pystac
import requests
from good import SPEC, built, edit, foreign
from kept import HOSTS, NOWHERE, keep_schemas
from project import Project
from pystac.validation.stac_validator import JsonSchemaSTACValidator
from stac_check.lint import Linter

from itemcat.check import Severity
from itemcat.inspection import inspect

NODE = "stac-node-validator@2.0.0"
TOP = Path(__file__).parent.parent
Refuses = Callable[[Path], list[str]]
_TYPES = {
    "Feature": pystac.STACObjectType.ITEM,
    "Catalog": pystac.STACObjectType.CATALOG,
    "Collection": pystac.STACObjectType.COLLECTION,
}


def main() -> int:
    """0 where all agree."""
    named = os.environ.get("ITEMCAT_SCHEMAS")
    if not named:
        print("peers: skipped, since ITEMCAT_SCHEMAS names no folder of STAC schemas")
        return 0
    schemas = Path(named)
    os.environ.update(NOWHERE)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        peers: dict[str, Refuses] = {
            "check": lambda place: refused_by_check(place, folder / "cache"),
            "PySTAC": lambda place: refused_by_pystac(place, schemas),
            "stac-check": lambda place: refused_by_stac_check(place, schemas),
        }
        command = node_validator(folder / "node")
        if command:
            peers["stac-node-validator"] = lambda place: refused_by_node(place, schemas, command)
        keep_schemas(folder / "cache")
        return all_agree(peers, catalogs(folder), spoilt(folder))


def all_agree(peers: dict[str, Refuses], good: list[Path], bad: Path) -> int:
    """Print what each peer says of each catalog; 1 where one says otherwise than expected."""
    failures = 0
    for peer, refuses in peers.items():
        for place in good:
            problems = refuses(place)
            failures += bool(problems)
            print(f"{peer}: {place.name}: {problems or 'accepted'}")
        is_seen = bool(refuses(bad))
        failures += not is_seen
        print(f"{peer}: {bad.name}: {'refused, as it should' if is_seen else 'ACCEPTED'}")
    return int(failures > 0)


def catalogs(folder: Path) -> list[Path]:
    """Good catalogs: ours in both versions of STAC, another tool's, and the quickstart's."""
    ours = []
    for version in ("1.1.0", "1.0.0"):
        project = Project(folder / f"built-{version}", folder / "cache")
        project.folder.mkdir()
        built(project)
        project.spec(SPEC.replace("output:", f"  stac_version: {version}\noutput:"))
        project.build()
        ours.append((project.folder / "out").rename(folder / f"stac-{version}"))
    quickstart = TOP / "examples" / "quickstart" / "lakes-catalog"
    return [*ours, foreign(folder / "foreign"), Path(shutil.copytree(quickstart, folder / "quick"))]


def spoilt(folder: Path) -> Path:
    """A catalog whose item breaks the schema of an extension."""
    place = Path(shutil.copytree(folder / "stac-1.1.0", folder / "spoilt"))
    item = min(place.glob("*/*.json"))
    edit(item, lambda document: document["properties"].update({"proj:shape": ["a", "b"]}))
    return place


def documents(place: Path) -> list[Path]:
    """Every document of a catalog."""
    return sorted(place.rglob("*.json"))


def refused_by_check(place: Path, cache: Path) -> list[str]:
    """The errors that check finds; a schema that it did not have would make it no check."""
    return [
        finding.what
        for finding in inspect(place / "catalog.json", cache).findings
        if finding.severity is Severity.ERROR or finding.name == "schema-unavailable"
    ]


def refused_by_pystac(place: Path, schemas: Path) -> list[str]:
    """The documents that PySTAC does not validate, as they stand on disk."""
    validator = JsonSchemaSTACValidator()
    for path in (path for host in HOSTS for path in (schemas / host).rglob("*.json")):
        address = f"https://{path.relative_to(schemas).as_posix()}"
        validator.schema_cache.setdefault(address, json.loads(path.read_text("utf-8")))
    problems = []
    for path in documents(place):
        document = json.loads(path.read_bytes())
        version, named = document["stac_version"], document.get("stac_extensions", [])
        try:
            validator.validate(document, _TYPES[document["type"]], version, named)
        except pystac.STACValidationError as error:
            problems.append(f"{path.name}: {str(error)[:300]}")
    return problems


def refused_by_stac_check(place: Path, schemas: Path) -> list[str]:
    """The documents that stac-check calls invalid; its requests are answered from the folder."""

    def answer(address: str, **_: Any) -> requests.Response:
        parts = urlsplit(address)
        path = schemas / parts.netloc / parts.path.lstrip("/")
        response = requests.Response()
        response.url, response.status_code = address, 200 if path.is_file() else 404
        response.raw = path.open("rb") if path.is_file() else None
        return response

    problems = []
    with patch("requests.get", answer):
        for path in documents(place):
            linter = Linter(str(path))
            if not linter.valid_stac:
                problems.append(f"{path.name}: {linter.error_type}: {linter.error_msg}"[:300])
    return problems


def node_validator(folder: Path) -> list[str]:
    """The command of stac-node-validator, installed into a folder; empty where it cannot be."""
    npm = shutil.which("npm")
    if npm is None:
        print("stac-node-validator: skipped, since there is no npm")
        return []
    folder.mkdir()
    settings = ["--silent", "--no-audit", "--no-fund", "--fetch-retries=0", "--prefix", str(folder)]
    environment = {name: value for name, value in os.environ.items() if name not in NOWHERE}
    try:
        command = [npm, "install", *settings, NODE]
        subprocess.run(command, env=environment, cwd=folder, check=True, timeout=60)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
        print("stac-node-validator: skipped, since npm could not install it")
        return []
    return [str(folder / "node_modules" / ".bin" / "stac-node-validator")]


def refused_by_node(place: Path, schemas: Path, command: list[str]) -> list[str]:
    """What stac-node-validator says of a folder that it does not accept."""
    maps = [f"https://{host}/={schemas / host}/" for host in HOSTS]
    done = subprocess.run(
        [*command, str(place), "--depth", "-1", "--schemaMap", *maps],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return [(done.stdout + done.stderr)[-2000:]] if done.returncode else []


if __name__ == "__main__":
    sys.exit(main())
