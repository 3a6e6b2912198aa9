"""The tutorial's dataset as a product of the real Open Science Catalog, as a snapshot has it."""

import posixpath
import shutil
from pathlib import Path
from typing import Any

import pytest
from checkout import git, settle
from kept import keep_schemas
from metadata import (
    assert_accepted,
    changed,
    document,
    links,
    real,
    registered,
    snapshot,
    tutorial,
)
from project import Project
from stac import assert_valid
from test_tutorial import TOP

SECTION = """
osc:
  product: supraglacial-lakes-watson
  project: 4d-greenland
  status: completed
  region: Greenland - Watson basin
  themes: [cryosphere]
  variables: [supraglacial-lakes, glacial-lake-extent]
  missions: [sentinel-1]
  doi: 10.5281/zenodo.7568049
  via: https://zenodo.org/records/7568049
  documentation: https://4dgreenland.eo4cryo.dk/?page_id=48
  experiment: polaris
"""
KEYS = "\n  license: CC-BY-4.0\n  published_url: https://lakes.esa.int/catalog.json"
PRODUCT = "products/supraglacial-lakes-watson/collection.json"
PREFIXES = {
    "projects": "Project: ",
    "themes": "Theme: ",
    "variables": "Variable: ",
    "eo-missions": "EO Mission: ",
    "experiments": "Experiment: ",
}
RETURNS = [
    "eo-missions/sentinel-1/catalog.json",
    "products/catalog.json",
    "projects/4d-greenland/collection.json",
    "themes/cryosphere/catalog.json",
    "variables/glacial-lake-extent/catalog.json",
    "variables/supraglacial-lakes/catalog.json",
]


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the tutorial's spec with a section `osc`, built."""
    real()
    folder = tmp_path_factory.mktemp("tutorial")
    project = Project(folder / "lakes", folder / "cache")
    project.folder.mkdir()
    spec = (TOP / "catalog.yaml").read_text("utf-8")
    project.spec(spec.replace("\ncatalog:", f"\ncatalog:{KEYS}") + SECTION)
    with tutorial(folder) as environment:
        assert project.run("build", **environment).returncode == 0
    return project.folder


@pytest.fixture
def lakes(
    catalog: Path, project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[Project, Path]:
    """A fresh clone of that, which is a finished build, and one of the metadata repository."""
    settle(monkeypatch)
    keep_schemas(project.cache)
    shutil.copytree(catalog, project.folder, dirs_exist_ok=True)
    return project, snapshot(tmp_path / "metadata")


def title_of(found: dict[str, Any]) -> str:
    return str(found.get("title") or found["properties"]["title"])


def check_links(clone: Path, path: str) -> None:
    """Every link into the repository leads to a document, and carries its title."""
    for link in document(clone, path)["links"]:
        if "://" in link["href"]:
            continue
        target = posixpath.normpath(posixpath.join(posixpath.dirname(path), link["href"]))
        title = title_of(document(clone, target))
        prefix = PREFIXES.get(target.split("/")[0], "") if link["rel"] == "related" else ""
        assert link["title"] == prefix + title
        assert link["type"] == "application/json"


def test_the_tutorial_becomes_a_product(lakes: tuple[Project, Path]) -> None:
    project, clone = lakes
    done = project.run("osc", "--metadata", str(clone))
    assert (done.returncode, done.stderr) == (0, "")
    assert changed(clone) == sorted([*RETURNS, PRODUCT])
    product = document(clone, PRODUCT)
    assert_accepted(product, "products/children.json")
    assert_valid(product)
    check_links(clone, PRODUCT)
    assert product["extent"]["temporal"]["interval"] == [
        ["2017-06-20T20:53:32Z", "2019-02-24T20:38:44Z"]
    ]
    [box] = product["extent"]["spatial"]["bbox"]
    assert box == pytest.approx([-50.295235, 66.542651, -46.364589, 67.370957], abs=1e-5)
    assert [one["href"] for one in links(clone, PRODUCT, "child")] == [
        "https://lakes.esa.int/catalog.json"
    ]
    for path in RETURNS:
        folder = path.split("/")[0]
        kind = "parent" if path == "products/catalog.json" else "children"
        assert_accepted(document(clone, path), f"{folder}/{kind}.json")
        way = "./" if kind == "parent" else "../../products/"
        assert links(clone, path, "child").count(
            {
                "rel": "child",
                "href": f"{way}supraglacial-lakes-watson/collection.json",
                "type": "application/json",
                "title": product["title"],
            }
        ) == 1  # fmt: skip
    numbers = git(clone, "diff", "--numstat").splitlines()
    assert [line.split("\t")[:2] for line in numbers] == [["6", "0"]] * len(RETURNS)


def test_twice_is_once_and_inside_they_are_small_files(lakes: tuple[Project, Path]) -> None:
    project, clone = lakes
    registered(project, clone, inline=True)
    own = [f"products/supraglacial-lakes-watson/item_{n}.json" for n in range(1, 6)]
    assert changed(clone) == sorted([*RETURNS, PRODUCT, *own])
    check_links(clone, PRODUCT.replace("collection", "item_1"))
    for path in own:
        assert_valid(document(clone, path))
    assert_accepted(document(clone, PRODUCT), "products/children.json")
    assert registered(project, clone).changed == ()


def test_the_entry_that_somebody_has_made_by_hand(lakes: tuple[Project, Path]) -> None:
    """The very dataset is there: what is ours is brought up to date, and what is not, stays."""
    project, clone = lakes
    path = "products/supraglacial-storage-and-drainage-lake-features-mapped-by-sentinel1"
    spec = project.folder / "catalog.yaml"
    spec.write_text(spec.read_text().replace("supraglacial-lakes-watson", path.split("/")[1]))
    before = document(clone, f"{path}/collection.json")
    registered(project, clone)
    after = document(clone, f"{path}/collection.json")
    stays = ("created", "updated", "cf:parameter", "keywords", "themes", "osc:missions")
    assert {key: after[key] for key in stays} == {key: before[key] for key in stays}
    assert list(after)[: len(before)] == list(before)
    assert [one["rel"] for one in after["links"]][:8] == [one["rel"] for one in before["links"]][:8]
    check_links(clone, f"{path}/collection.json")
    assert_accepted(after, "products/children.json")
