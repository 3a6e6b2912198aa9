"""Every fault that is put into a good catalog is found under its name, and nothing else is."""

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from good import IDS, ITEM, SECOND, Document, built, edit, foreign
from kept import NOWHERE, keep_schemas
from project import Project

from itemcat.check.kinds import KINDS
from itemcat.inspection import inspect

CATALOG = "catalog.json"
SCENE = "scenes/scene-0/scene-0.json"
COLLECTION = "scenes/collection.json"
# Found only with a network, or with ITEMCAT_SCHEMAS: its absence is no fault of the catalog.
NOT_HERE = "schema-unavailable"


@dataclass(frozen=True)
class Fault:
    """`change` is told the folder of the catalog, or, where `file` is given, that document."""

    title: str
    finds: str
    change: Callable[[Any], Any]
    file: str = ""
    base: str = "built"
    also: frozenset[str] = field(default_factory=frozenset)
    needs_spec: bool = False
    needs_schemas: bool = False

    def put_into(self, folder: Path) -> None:
        if self.file:
            edit(folder / self.file, self.change)
        else:
            self.change(folder)


def data(document: Document) -> Document:
    asset: Document = document["assets"]["data"]
    return asset


def band(document: Document) -> Document:
    found: Document = data(document)["bands"][0]
    return found


def in_item(title: str, finds: str, change: Callable[[Document], Any], **more: Any) -> Fault:
    return Fault(title, finds, change, file=ITEM, **more)


def in_catalog(title: str, finds: str, change: Callable[[Document], Any], **more: Any) -> Fault:
    return Fault(title, finds, change, file=CATALOG, **more)


def in_scene(title: str, finds: str, change: Callable[[Document], Any], **more: Any) -> Fault:
    return Fault(title, finds, change, file=SCENE, base="foreign", **more)


def in_collection(title: str, finds: str, change: Callable[[Document], Any], **more: Any) -> Fault:
    return Fault(title, finds, change, file=COLLECTION, base="foreign", **more)


def rewritten(file: str, change: Callable[[bytes], bytes]) -> Callable[[Path], Any]:
    return lambda folder: (folder / file).write_bytes(change((folder / file).read_bytes()))


def statistics(**values: Any) -> Callable[[Document], Any]:
    return lambda document: band(document)["statistics"].update(values)


def properties(**values: Any) -> Callable[[Document], Any]:
    return lambda document: document["properties"].update(values)


def asset(**values: Any) -> Callable[[Document], Any]:
    return lambda document: data(document).update(values)


def moved(document: Document, east: float) -> None:
    ring = document["geometry"]["coordinates"][0]
    for position in ring:
        position[0] += east
    document["bbox"][0] += east
    document["bbox"][2] += east


def swapped(document: Document) -> None:
    """Latitude before longitude, as many write it."""
    ring = document["geometry"]["coordinates"][0]
    document["geometry"]["coordinates"][0] = [[y, x] for x, y in reversed(ring)]
    west, south, east, north = document["bbox"]
    document["bbox"] = [south, west, north, east]


def placed(polygons: list[Any], bbox: list[float]) -> Callable[[Document], Any]:
    """A place without a grid that could disagree."""

    def change(document: Document) -> None:
        document["geometry"] = {"type": "MultiPolygon", "coordinates": polygons}
        document["bbox"] = bbox

    return change


def rectangle(west: float, south: float, east: float, north: float) -> list[Any]:
    return [[[west, south], [east, south], [east, north], [west, north], [west, south]]]


def copied(folder: Path, file: str, *, link: bool, source: str = ITEM, **changes: Any) -> None:
    """Another item, of another id and address, in a file of its own."""
    document = json.loads((folder / source).read_bytes())
    document.update({"id": "copy", **changes})
    document["assets"]["data"]["href"] = "https://example.org/lakes/copy.tif"
    up = "../" * file.count("/")
    for one in document["links"]:
        one["href"] = f"{up}catalog.json"
    (folder / file).parent.mkdir(parents=True)
    (folder / file).write_text(json.dumps(document), "utf-8")
    if link:
        new = {"rel": "item", "href": f"./{file}", "type": "application/geo+json"}
        edit(folder / CATALOG, lambda catalog: catalog["links"].append(new))


def without_link(rel: str) -> Callable[[Document], Any]:
    def change(document: Document) -> None:
        document["links"] = [link for link in document["links"] if link["rel"] != rel]

    return change


def linked(relation: str, **values: Any) -> Callable[[Document], Any]:
    """The first link of that relation with other values."""
    return lambda document: next(
        link for link in document["links"] if link["rel"] == relation
    ).update(values)


def beside(document_asset: Document, folder: Path, size: int) -> None:
    (folder / ITEM).with_name("here.tif").write_bytes(bytes(10))
    edit(folder / ITEM, asset(**document_asset, **{"file:size": size}))


def forgotten(folder: Path) -> None:
    """An item that is neither there nor linked any more."""
    shutil.rmtree(folder / IDS[0])
    edit(folder / CATALOG, lambda catalog: catalog["links"].pop(1))


def sparse(folder: Path) -> None:
    os.truncate(folder / ITEM, 200 << 20)


def minutes_ago(count: float) -> str:
    return (datetime.now(UTC) - timedelta(minutes=count)).strftime("%Y-%m-%dT%H:%M:%SZ")


def add_asset(key: str, **values: Any) -> Callable[[Document], Any]:
    def change(document: Document) -> None:
        new = {**data(document), "href": "https://example.org/lakes/other.tif", "title": "Other"}
        document["assets"][key] = {**new, **values}

    return change


def extent(key: str, value: Any) -> Callable[[Document], Any]:
    inner = "bbox" if key == "spatial" else "interval"
    return lambda document: document["extent"][key].update({inner: value})


TWO = [["2020-01-01T00:00:00Z", None], ["2019-01-01T00:00:00Z", "2020-06-01T00:00:00Z"]]
AROUND = [[rectangle(170, 60, 180, 70)[0]], [rectangle(-180, 60, -170, 70)[0]]]
LONG = "/".join(["a-folder-with-quite-a-long-name"] * 7) + "/copy.json"

FAULTS = (
    # ------------------------------------------------------------------------------ bytes and JSON
    Fault("cut off", "not-json", rewritten(ITEM, lambda text: text[:500])),
    Fault(
        "NaN",
        "not-json",
        rewritten(ITEM, lambda text: text.replace(b"uint8", b'x", "y": NaN, "z": "')),
    ),
    Fault("beyond floats", "not-json", rewritten(ITEM, lambda text: b'{"a": 1e999, ' + text[1:])),
    Fault("Latin-1", "not-json", rewritten(ITEM, lambda text: text.replace(b"Lakes", b"L\xe4kes"))),
    Fault("UTF-16", "not-json", rewritten(ITEM, lambda text: text.decode().encode("utf-16"))),
    Fault("very deep", "not-json", rewritten(ITEM, lambda _: b'{"a":' * 100_000)),
    Fault("a list", "not-json", rewritten(ITEM, lambda text: b"[" + text + b"]")),
    Fault(
        "half a sign",
        "not-json",
        rewritten(ITEM, lambda text: b'{"a": "\\ud800", ' + text.strip()[1:]),
    ),
    Fault(
        "two keys",
        "duplicate-key",
        rewritten(ITEM, lambda text: b'{"id": "other", ' + text.strip()[1:]),
    ),
    Fault("huge", "document-too-large", sparse),
    # --------------------------------------------------------------------------------------- links
    Fault("no STAC", "not-stac", rewritten(ITEM, lambda _: b'{"type": "FeatureCollection"}')),
    in_catalog(
        "an item as a child", "not-stac", linked("item", rel="child", type="application/json")
    ),
    Fault("gone", "broken-link", lambda folder: (folder / ITEM).unlink()),
    Fault(
        "a folder",
        "broken-link",
        lambda folder: ((folder / ITEM).unlink(), (folder / ITEM).mkdir()),
    ),
    in_catalog(
        "out",
        "link-outside",
        lambda d: d["links"].append({"rel": "child", "href": "../../other/catalog.json"}),
    ),
    in_catalog("twice", "link-twice", lambda d: d["links"].append(d["links"][-1])),
    in_collection(
        "back up",
        "link-circle",
        lambda d: d["links"].append({"rel": "child", "href": "../catalog.json"}),
    ),
    in_catalog("another title", "link-title", linked("item", title="Seas")),
    in_item("another title of the root", "link-title", linked("root", title="Seas")),
    in_catalog("a type", "link-type", linked("item", type="text/html")),
    in_item("no root", "link-root", without_link("root")),
    in_item("another root", "link-root", linked("root", href="./other.json")),
    in_item("another parent", "link-parent", linked("parent", href=f"../{SECOND}")),
    in_catalog(
        "a relative self",
        "link-self",
        lambda d: d["links"].append({"rel": "self", "href": "./catalog.json"}),
        also=frozenset({"schema"}),
    ),
    in_catalog(
        "a self elsewhere",
        "link-self",
        lambda d: d["links"].append({"rel": "self", "href": "https://example.org/other.json"}),
    ),
    Fault(
        "unlinked", "unlinked-document", lambda folder: copied(folder, "copy/copy.json", link=False)
    ),
    in_catalog(
        "no links", "catalog-empty", without_link("item"), also=frozenset({"unlinked-document"})
    ),
    # ------------------------------------------------------------------------------------- schemas
    in_item("no time", "schema", lambda d: d["properties"].pop("datetime")),
    in_item("a time in words", "schema", properties(datetime="yesterday")),
    in_item("no href", "schema", lambda d: data(d).pop("href")),
    in_catalog("no description", "schema", lambda d: d.pop("description")),
    in_item(
        "a shape of words", "schema", properties(**{"proj:shape": ["a", "b"]}), needs_schemas=True
    ),
    in_item(
        "a sampling",
        "schema",
        lambda d: band(d).update({"raster:sampling": "x"}),
        needs_schemas=True,
    ),
    in_item(
        "an unknown schema",
        NOT_HERE,
        lambda d: d["stac_extensions"].append("https://127.0.0.1:9/x/v1.0.0/schema.json"),
    ),
    in_item(
        "a schema that is no address",
        NOT_HERE,
        lambda d: d["stac_extensions"].append("file:///etc/passwd"),
    ),
    in_item(
        "a version to come",
        "stac-version",
        lambda d: d.update(stac_version="7.0.0"),
        also=frozenset({"stac-versions-mixed"}),
    ),
    in_item("undeclared", "extension-undeclared", lambda d: d["stac_extensions"].pop(1)),
    # ------------------------------------------------------------------------------------ geometry
    in_item("beyond 180°", "off-earth", lambda d: moved(d, -300)),
    in_item(
        "south first", "bbox-order", lambda d: d.update(bbox=[d["bbox"][n] for n in (0, 3, 2, 1)])
    ),
    in_item("a wide box", "bbox-disagrees", lambda d: d["bbox"].__setitem__(2, d["bbox"][2] + 1)),
    in_scene(
        "around the Earth",
        "bbox-disagrees",
        placed(AROUND, [-180, 60, 180, 70]),
        also=frozenset({"extent-misses-item"}),
    ),
    in_item("open", "ring-open", lambda d: d["geometry"]["coordinates"][0].pop()),
    in_item("clockwise", "ring-clockwise", lambda d: d["geometry"]["coordinates"][0].reverse()),
    in_item("elsewhere", "footprint-disagrees", lambda d: moved(d, 5)),
    in_item("latitude first", "footprint-disagrees", swapped),
    in_item("another CRS", "footprint-disagrees", properties(**{"proj:code": "EPSG:32633"})),
    in_item(
        "another box", "grid-disagrees", lambda d: d["properties"]["proj:bbox"].__setitem__(0, 0)
    ),
    in_item("columns first", "grid-disagrees", lambda d: d["properties"]["proj:shape"].reverse()),
    # --------------------------------------------------------------------------------------- times
    in_item(
        "end first",
        "time-order",
        properties(start_datetime="2019-01-03T00:00:00Z", end_datetime="2018-12-30T00:00:00Z"),
    ),
    in_item(
        "outside",
        "time-order",
        properties(start_datetime="2019-01-02T00:00:00Z", end_datetime="2019-01-03T00:00:00Z"),
    ),
    in_item(
        "now",
        "time-of-build",
        lambda d: d["properties"].update(datetime=minutes_ago(0)),
        also=frozenset({"time-not-of-name"}),
    ),
    in_item("as created", "time-of-build", properties(created="2019-01-01T00:00:20Z")),
    in_scene("to come", "time-in-future", properties(datetime="2999-01-01T00:00:00Z")),
    in_item("another day", "time-not-of-name", properties(datetime="2019-03-01T00:00:00Z")),
    # -------------------------------------------------------------------------------------- assets
    in_scene("none", "no-assets", lambda d: d.update(assets={})),
    in_item("a key", "asset-key", add_asset("other data")),
    in_item("no role", "asset-roles", asset(roles=[])),
    in_item("no type", "asset-type", lambda d: data(d).pop("type")),
    in_item("two titles", "asset-titles-equal", add_asset("other", title="Extents")),
    in_item("a blank title", "title-empty", asset(title=" ")),
    in_item(
        "no COG",
        "cog-untrue",
        asset(type="image/tiff; application=geotiff; profile=cloud-optimized"),
        needs_spec=True,
    ),
    in_item("no file", "asset-missing", asset(href="./gone.tif")),
    Fault("a size", "asset-size", lambda folder: beside({"href": "./here.tif"}, folder, 11)),
    Fault(
        "no COG here",
        "cog-untrue",
        lambda folder: beside(
            {"href": "./here.tif", "type": "image/tiff; profile=cloud-optimized"}, folder, 10
        ),
    ),
    in_item(
        "a short checksum",
        "checksum-form",
        lambda d: data(d).update({"file:checksum": data(d)["file:checksum"][:-2]}),
    ),
    in_item(
        "no multihash",
        "checksum-form",
        lambda d: data(d).update({"file:checksum": data(d)["file:checksum"][4:]}),
    ),
    in_item("relative", "href-relative", asset(href="../../ice.tif")),
    in_item("a path", "href-of-machine", asset(href="/home/me/ice.tif")),
    in_item(
        "a drive", "href-of-machine", asset(href="C:\\data\\ice.tif"), also=frozenset({"schema"})
    ),
    in_item("a file URL", "href-of-machine", asset(href="file:///home/me/ice.tif")),
    in_item(
        "a signature", "href-secret", asset(href="https://example.org/a.tif?X-Amz-Signature=0123")
    ),
    in_item("a password", "href-secret", asset(href="https://me:secret@example.org/a.tif")),
    in_item(
        "a space",
        "href-unquoted",
        asset(href="https://example.org/a b.tif"),
        also=frozenset({"schema"}),
    ),
    in_item("one file twice", "href-twice", asset(href=f"https://example.org/lakes/{IDS[1]}.tif")),
    # ---------------------------------------------------------------------------------- statistics
    in_item("minimum and maximum", "statistics-impossible", statistics(minimum=9, maximum=1)),
    in_item("mean", "statistics-impossible", statistics(mean=200)),
    in_item("stddev", "statistics-impossible", statistics(stddev=50)),
    in_item(
        "percent",
        "statistics-impossible",
        statistics(valid_percent=130),
        also=frozenset({"schema"}),
    ),
    in_item("type", "statistics-impossible", statistics(maximum=300)),
    in_item("nodata counted", "statistics-of-nodata", statistics(maximum=255)),
    in_item("no such nodata", "nodata-impossible", lambda d: band(d).update(nodata=-9999)),
    in_item("nearly all", "nodata-swallows", statistics(valid_percent=0.01)),
    in_item(
        "edges counted",
        "histogram-impossible",
        lambda d: band(d)["raster:histogram"].update(count=11),
    ),
    in_item(
        "two bands", "band-names-equal", lambda d: data(d)["bands"].append(data(d)["bands"][0])
    ),
    # --------------------------------------------------------------------------------------- names
    in_item("a device", "id-unsafe", lambda d: d.update(id="con")),
    in_item("a path", "id-unsafe", lambda d: d.update(id="../ice")),
    in_item("one id twice", "id-twice", lambda d: d.update(id=IDS[1])),
    Fault("a long path", "path-too-long", lambda folder: copied(folder, LONG, link=True)),
    # ----------------------------------------------------------------------- catalogs, collections
    in_catalog("too large", "catalog-too-large", lambda d: d.update(description="x" * 1_100_000)),
    in_collection(
        "two boxes",
        "extent-two-boxes",
        extent("spatial", [[10, 50, 14, 54], [10, 50, 11, 51]]),
        also=frozenset({"schema"}),
    ),
    in_collection(
        "a part outside",
        "extent-overall",
        extent("spatial", [[10, 50, 14, 54], [10, 50, 11, 51], [1, 50, 2, 51]]),
    ),
    in_collection("a time outside", "extent-overall", extent("temporal", TWO)),
    in_collection(
        "ends first",
        "extent-order",
        extent("temporal", [["2021-01-01T00:00:00Z", "2020-01-01T00:00:00Z"]]),
        also=frozenset({"extent-misses-item"}),
    ),
    in_collection("an item outside", "extent-misses-item", extent("spatial", [[10, 50, 11, 54]])),
    in_scene("a time before", "extent-misses-item", properties(datetime="2018-01-01T00:00:00Z")),
    in_scene("another collection", "link-collection", lambda d: d.update(collection="others")),
    # ------------------------------------------------------------------------------------ manifest
    in_item(
        "another title",
        "edited-by-hand",
        lambda d: d["properties"].update(license="MIT"),
        needs_spec=True,
    ),
    Fault("forgotten", "not-written", forgotten, needs_spec=True),
    Fault("no catalog", "not-written", lambda folder: (folder / CATALOG).unlink(), needs_spec=True),
    Fault(
        "a stranger",
        "not-in-manifest",
        lambda folder: copied(folder, "copy/copy.json", link=True),
        needs_spec=True,
    ),
)


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in NOWHERE.items():
        monkeypatch.setenv(name, value)


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with both good catalogs, and the cache `cache` with what schemas there are."""
    folder = tmp_path_factory.mktemp("good")
    project = Project(folder / "project", folder / "cache")
    project.folder.mkdir()
    built(project)
    foreign(folder / "foreign")
    keep_schemas(folder / "cache")
    return folder


@dataclass(frozen=True)
class Copies:
    """Copies of the good catalogs that may be broken."""

    spec: Path
    cache: Path
    folders: dict[str, Path]

    def names(self, what: Path) -> set[str]:
        """The findings, but for schemas that are not here."""
        return {finding.name for finding in inspect(what, self.cache).findings}


@pytest.fixture
def copies(good: Path, tmp_path: Path) -> Copies:
    shutil.copytree(good / "project", tmp_path / "project")
    shutil.copytree(good / "foreign", tmp_path / "foreign")
    folders = {"built": tmp_path / "project" / "out", "foreign": tmp_path / "foreign"}
    return Copies(tmp_path / "project" / "catalog.yaml", good / "cache", folders)


def test_the_good_catalogs_have_no_finding(copies: Copies) -> None:
    for what in (copies.spec, *copies.folders.values()):
        assert copies.names(what) <= {NOT_HERE}
    if os.environ.get("ITEMCAT_SCHEMAS"):
        assert copies.names(copies.spec) == set()


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault.finds}: {fault.title}")
def test_every_fault_is_found_and_nothing_else(fault: Fault, copies: Copies) -> None:
    if fault.needs_schemas and not os.environ.get("ITEMCAT_SCHEMAS"):
        pytest.skip("ITEMCAT_SCHEMAS names no folder of STAC schemas")
    folder = copies.folders[fault.base]
    fault.put_into(folder)
    expected = {fault.finds, *fault.also}
    if not fault.needs_spec:
        assert copies.names(folder / CATALOG) - {NOT_HERE} == expected - {NOT_HERE}
        assert fault.finds in copies.names(folder / CATALOG)
    if fault.base == "built":
        beside = {NOT_HERE, "edited-by-hand", "not-in-manifest"}
        assert copies.names(copies.spec) - beside == expected - beside
        assert fault.finds in copies.names(copies.spec)


def test_every_kind_of_fault_is_tried() -> None:
    tried = {name for fault in FAULTS for name in (fault.finds, *fault.also)}
    elsewhere = {"remote-gone", "remote-size", "remote-no-cors", "names-differ-in-case"}
    assert tried | elsewhere == set(KINDS)
    assert len(FAULTS) >= 40
