"""A small metadata repository of the Open Science Catalog for tests, in the styles of its authors.

And the real one, from a snapshot, and the schemas of its validation, where the environment has
them.
"""

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from checkout import git
from jsonschema import Draft7Validator
from project import Project
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT7
from server import Server
from standin import StandIn
from test_tutorial import HOST, SCENES, geotiff

from itemcat.registration import Registration, prepare, refuse, write

JSON = "application/json"
SITE = "https://osc.example.org/metadata"
SCHEME = "https://github.com/stac-extensions/osc#theme"
PRODUCT = "products/lakes/collection.json"
ENTRY = """\
catalog:
  id: lakes
  title: Lakes
  description: Lakes on ice.
  license: CC-BY-4.0
  published_url: https://lakes.esa.int/out/catalog.json
output: out
items:
  pattern: "{place}_{start:%Y%m%dT%H%M%S}.tif"
  title: "Lakes of {start:%Y-%m-%d}"
  datetime: "{start}"
osc:
  project: greenland
  status: ongoing
  themes: [cryosphere]
  variables: [lake-area]
  missions: [sentinel-1]
  via: https://zenodo.org/records/7568049
assets:
  - files: "*.tif"
    href: https://example.org/lakes/{name}
"""
OF_ENTRY = [
    "eo-missions/sentinel-1/catalog.json",
    "products/catalog.json",
    PRODUCT,
    "projects/greenland/collection.json",
    "themes/cryosphere/catalog.json",
    "variables/lake-area/catalog.json",
]


def link(rel: str, href: str, title: str) -> dict[str, str]:
    return {"rel": rel, "href": href, "type": JSON, "title": title}


def put(folder: Path, path: str, document: Any, end: str = "\n", **style: Any) -> None:
    file = folder / path
    file.parent.mkdir(parents=True, exist_ok=True)
    settings = {"indent": 2, "ensure_ascii": False, **style}
    file.write_text(json.dumps(document, **settings) + end, "utf-8", newline="")


def entry(folder: Path, path: str, title: str, **more: Any) -> None:
    """A document of one of the kinds, listed by the catalog above it."""
    kind, name, file = path.split("/")
    style = {"end": "", "indent": 4} if kind == "variables" else {}
    stac = "Collection" if file == "collection.json" else "Catalog"
    links = [link("root", "../../catalog.json", "Open Science Catalog")]
    document = {"type": stac, "id": name, "title": title, "links": links, **more}
    put(folder, path, document, **style)
    listing = folder / kind / "catalog.json"
    known = json.loads(listing.read_bytes()) if listing.exists() else {"id": kind, "links": []}
    known["links"].append(link("child", f"./{name}/{file}", title))
    put(folder, f"{kind}/catalog.json", known, ensure_ascii=True)


def metadata(folder: Path) -> Path:
    """The repository, in version control."""
    own = {"rel": "self", "href": f"{SITE}/catalog.json", "type": JSON}
    root = {"type": "Catalog", "id": "osc", "title": "Open Science Catalog", "links": [own]}
    put(folder, "catalog.json", root)
    other = [link("child", "../../products/ice/collection.json", "Île de glace")]
    entry(folder, "projects/greenland/collection.json", "4D-Greenland", links=other)
    entry(folder, "themes/cryosphere/catalog.json", "Cryosphere")
    entry(folder, "themes/oceans/catalog.json", "Oceans")
    entry(folder, "variables/lake-area/catalog.json", "Area of lakes (km²)")
    entry(folder, "variables/lake-level/catalog.json", "Lake level")
    entry(folder, "eo-missions/sentinel-1/catalog.json", "Sentinel-1")
    entry(folder, "experiments/mapping/record.json", "", properties={"title": "Mapping"})
    entry(folder, "products/ice/collection.json", "Île de glace", **{"osc:project": "greenland"})
    kept(folder)
    return folder


def real() -> Path:
    """The real repository as a snapshot has it; skips the test where there is none."""
    named = os.environ.get("ITEMCAT_OSC_METADATA")
    if not named:
        pytest.skip("ITEMCAT_OSC_METADATA names no metadata of the Open Science Catalog")
    return Path(named)


def snapshot(folder: Path) -> Path:
    """A copy of the real repository, in version control."""
    shutil.copytree(real(), folder, copy_function=shutil.copyfile)
    kept(folder)
    return folder


@contextmanager
def tutorial(folder: Path) -> Iterator[dict[str, str]]:
    """The environment in which Zenodo has the tutorial's files: synthetic ones on their grids."""
    (folder / "rasters").mkdir()
    with Server() as server, StandIn(HOST, server, folder) as standin:
        for scene in SCENES:
            data = geotiff(scene, folder / "rasters" / scene.name)
            server.put(f"records/7568049/files/{scene.name}", data)
        yield standin.environment


def kept(folder: Path) -> None:
    """All of the folder in one commit."""
    git(folder, "init", "--quiet")
    git(folder, "config", "core.autocrlf", "false")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "All")


def changed(clone: Path) -> list[str]:
    """The files that differ from the last commit, new ones among them."""
    names = git(clone, "status", "--porcelain", "--untracked-files=all", "-z").split("\0")
    return sorted(name[3:] for name in names if name)


def document(clone: Path, path: str) -> Any:
    return json.loads((clone / path).read_bytes())


def links(clone: Path, path: str, rel: str) -> list[dict[str, Any]]:
    return [one for one in document(clone, path)["links"] if one["rel"] == rel]


def registered(project: Project, clone: Path, **options: Any) -> Registration:
    """Write the entry, in this process."""
    registration = prepare(project.folder, clone, project.cache, **options)
    refuse(registration)
    write(registration)
    return registration


def built(project: Project, spec: str = ENTRY, names: tuple[str, ...] = ("a", "b")) -> None:
    """A catalog of an item for each name, that is to be a product."""
    project.spec(spec)
    for seed, name in enumerate(names):
        project.raster(f"{name}_2019010{1 + seed}T000000.tif", seed, nodata=255)
    project.build()


def edit(project: Project, old: str, new: str) -> None:
    """Change the spec, and build."""
    path = project.folder / "catalog.yaml"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")
    project.build()


def assert_accepted(document: Any, kind: str) -> None:
    """Raise where a document breaks the schemas of the real repository's own validation."""
    named = os.environ.get("ITEMCAT_SCHEMAS")
    if not named:
        pytest.skip("ITEMCAT_SCHEMAS names no folder of schemas")
    top = Path(named) / "osc-validation"
    registry: Any = Registry()
    for path in top.rglob("*.json"):
        contents = Resource(json.loads(path.read_bytes()), DRAFT7)
        registry = registry.with_resource(f"https://osc/{path.relative_to(top)}", contents)
    validator = Draft7Validator({"$ref": f"https://osc/{kind}"}, registry=registry)
    assert not [error.message for error in validator.iter_errors(document)]
