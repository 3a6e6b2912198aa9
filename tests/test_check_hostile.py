"""Documents that somebody made to break check: it ends, and says what it found."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from good import built, foreign
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from kept import NOWHERE
from project import Project

from itemcat.check.documents import parse
from itemcat.check.kinds import KINDS
from itemcat.inspection import inspect
from itemcat.report import as_json, as_text

WORDS = ["item", "child", "root", "self", "Feature", "Catalog", "Collection", "Polygon", "1.1.0"]
KEYS = ["links", "rel", "href", "type", "id", "assets", "bbox", "geometry", "coordinates", "data"]
HREFS = ["./item.json", "../..", "catalog.json", "%00", "http://[", "C:\\x", "//x", "a" * 5000, "#"]
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.just(10**400),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=10),
    st.sampled_from(WORDS + HREFS),
)
ANY = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=5),
        st.dictionaries(st.one_of(st.sampled_from(KEYS), st.text(max_size=5)), inner, max_size=5),
    ),
    max_leaves=20,
)
FOREVER = settings(
    deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150
)


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in NOWHERE.items():
        monkeypatch.setenv(name, value)


@pytest.fixture(scope="module")
def documents(tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    """Good documents of every kind, to be spoilt."""
    folder = tmp_path_factory.mktemp("hostile")
    project = Project(folder / "project", folder / "cache")
    project.folder.mkdir()
    places = (built(project), foreign(folder / "foreign"))
    paths = [path for place in places for path in sorted(place.rglob("*.json"))]
    return [json.loads(path.read_bytes()) for path in paths]


def survives(folder: Path, root: object, item: object) -> None:
    (folder / "catalog.json").write_text(json.dumps(root), "utf-8")
    (folder / "item.json").write_text(json.dumps(item), "utf-8")
    inspection = inspect(folder / "catalog.json", folder / "cache")
    assert {finding.name for finding in inspection.findings} <= set(KINDS)
    assert all(line.isprintable() for line in as_text(inspection))
    json.dumps(as_json(inspection), allow_nan=False).encode()


def places(value: Any) -> list[tuple[Any, Any]]:
    """Every container in a value with a key of it."""
    found: list[tuple[Any, Any]] = []
    waiting = [value]
    while waiting:
        container = waiting.pop()
        pairs = container.items() if isinstance(container, dict) else enumerate(container)
        for key, inner in pairs:
            found.append((container, key))
            if isinstance(inner, dict | list):
                waiting.append(inner)
    return found


@FOREVER
@given(root=ANY, item=ANY)
def test_any_json_is_survived(tmp_path: Path, root: object, item: object) -> None:
    survives(tmp_path, root, item)


@FOREVER
@given(data=st.data(), value=ANY)
def test_any_json_in_the_place_of_a_part_is_survived(
    tmp_path: Path, documents: list[Any], data: st.DataObject, value: object
) -> None:
    document = json.loads(json.dumps(data.draw(st.sampled_from(documents))))
    for _ in range(data.draw(st.integers(1, 3))):
        container, key = data.draw(st.sampled_from(places(document)))
        container[key] = json.loads(json.dumps(value))  # never the same twice: no circle
    root = {"type": "Catalog", "stac_version": "1.1.0", "id": "a", "description": "b"}
    rel = "item" if document.get("type") == "Feature" else "child"
    survives(tmp_path, {**root, "links": [{"rel": rel, "href": "./item.json"}]}, document)


@FOREVER
@given(st.binary(max_size=200))
def test_any_bytes_are_survived(data: bytes) -> None:
    _, spots = parse(data)
    assert {name for name, _ in spots} <= {"not-json", "duplicate-key"}


@pytest.mark.parametrize("text", ['{"a":', "[", '{"bbox":[', '{"geometry":{"coordinates":['])
def test_depth_is_bounded(tmp_path: Path, text: str) -> None:
    closing = "".join({"{": "}", "[": "]"}[sign] for sign in reversed(text) if sign in "{[")
    for depth in (200, 900, 200_000):
        (tmp_path / "catalog.json").write_text(text * depth + "0" + closing * depth, "utf-8")
        inspection = inspect(tmp_path, tmp_path / "cache")
        assert {finding.name for finding in inspection.findings} <= {"not-json", "not-stac"}


def test_catalogs_in_circles_end(tmp_path: Path) -> None:
    document = {"type": "Catalog", "stac_version": "1.1.0", "description": "a"}
    for n in range(50):
        links = [{"rel": "child", "href": f"{(n + step) % 50}.json"} for step in (0, 1, 2, 49)]
        text = json.dumps({**document, "id": str(n), "links": links})
        (tmp_path / f"{n}.json").write_text(text, "utf-8")
    inspection = inspect(tmp_path / "0.json", tmp_path / "cache")
    assert inspection.documents == 50
    assert "link-circle" in {finding.name for finding in inspection.findings}


@pytest.mark.skipif(os.name == "nt", reason="there are no pipes in the file system")
def test_what_is_no_file_is_not_waited_for(tmp_path: Path) -> None:
    folder = foreign(tmp_path / "made")
    scene = folder / "scenes" / "scene-0" / "scene-0.json"
    scene.unlink()
    os.mkfifo(scene)
    inspection = inspect(folder, tmp_path / "cache")
    assert {finding.name for finding in inspection.findings} == {"broken-link"}
