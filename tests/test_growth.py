"""What a build costs, in calls and files and not in seconds: it grows as the catalog does.

Calls are those of Python functions, counted by the interpreter. Where a bound fails that was well
kept before, something runs more often than it has to; `benchmarks/` then says what that costs.
"""

import cProfile
import gc
import os
import pstats
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from project import HEAD, Project, raster_bytes
from server import Server

import itemcat
from itemcat import build, manifest, readers
from itemcat.cache import Cache
from itemcat.edition import Page
from itemcat.files import sha256
from itemcat.layout import MOST_ITEMS
from itemcat.listener import Listener
from itemcat.model import Blob, KnownAsset, KnownItem, Manifest, Reading
from itemcat.options import Options
from itemcat.thumbnails import OPTION, SIDE

PACKAGE = str(Path(itemcat.__file__).parent)
ADDRESS = "https://example.org/data/ice{:06d}_20190101T000000.tif"
OWN = "own_20190101T000000.tif"
HEAVY = {
    "PIL",
    "jsonschema",
    "numpy",
    "orjson",
    "parse",
    "pebble",
    "pystac",
    "rasterio",
    "requests",
}
HEAVY |= {"PIL", "shapely", "pyproj", "rio_stac", "urllib3", "yaml"}


@pytest.fixture(scope="module")
def reading(tmp_path_factory: pytest.TempPathFactory) -> Reading:
    path = tmp_path_factory.mktemp("raster") / OWN
    path.write_bytes(raster_bytes())
    options = {"statistics": "exact"}
    record = readers.read(readers.RASTER, path, options)
    return Reading.of(readers.identity(readers.RASTER), options, record)


@pytest.fixture
def sized(tmp_path: Path, reading: Reading) -> Callable[[int], Project]:
    """Makes a project of so many items that the manifest knows, and one raster of its own."""

    def make(count: int) -> Project:
        project = Project(tmp_path / str(count), tmp_path / f"cache {count}")
        project.folder.mkdir()
        project.raster(OWN)
        urls = [ADDRESS.format(n) for n in range(count - 1)]
        project.spec(HEAD + "".join(f"  - {url}\n" for url in urls) + f'  - files: "{OWN}"\n')
        items = {
            Path(url).stem: KnownItem(
                "0" * 64, {"data": KnownAsset(url, url, Blob(f"{n:064x}", 1), reading)}
            )
            for n, url in enumerate(urls)
        }
        data = manifest.dump(Manifest("out", {}, items))
        (project.folder / "catalog.manifest.json").write_bytes(data)
        return project

    return make


@pytest.fixture
def pictured(sized: Callable[[int], Project], reading: Reading) -> Callable[[int], Project]:
    """Makes a project like that whose items have a thumbnail, the same one in the cache."""
    picture = b"picture"
    made = {"sha256": sha256(picture), "size": len(picture)}
    options = {**reading.options, OPTION: SIDE}
    seen = Reading.of(reading.reader, options, {**reading.record, OPTION: made})

    def make(count: int) -> Project:
        project = sized(count)
        path = project.folder / "catalog.manifest.json"
        known = manifest.parse(path.name, path.read_bytes())
        items = {
            item_id: replace(
                item,
                assets={"data": replace(item.assets["data"], reading=seen)},
                thumbnail=sha256(picture),
            )
            for item_id, item in known.items.items()
        }
        path.write_bytes(manifest.dump(replace(known, items=items)))
        project.spec("thumbnails: true\n" + (project.folder / "catalog.yaml").read_text())
        Cache(project.cache).keep_blob(sha256(picture), picture)
        return project

    return make


@dataclass(frozen=True)
class Calls:
    """The calls of a build: all of them, and those of each function by file and name."""

    total: int
    by_name: dict[tuple[str, str], int]

    def of(self, room: str, name: str) -> int:
        return self.by_name.get((f"{room}.py", name), 0)


def counted(build: Callable[[], Any]) -> Calls:
    profile = cProfile.Profile()
    profile.runcall(build)
    stats: Any = pstats.Stats(profile)
    by_name: dict[tuple[str, str], int] = {}
    for (file, _, name), (calls, *_) in stats.stats.items():
        key = (Path(file).name, name)
        by_name[key] = by_name.get(key, 0) + calls
    return Calls(stats.total_calls, by_name)


def cold(project: Project) -> Calls:
    return counted(project.build)


def idle(project: Project) -> Calls:
    project.build()
    return counted(project.build)


def changed(project: Project) -> Calls:
    project.build()
    project.raster(OWN, seed=1)
    return counted(project.build)


def added(project: Project) -> Calls:
    """An entry goes first, so that every other one counts one further."""
    project.build()
    project.raster(OWN.replace("own", "other"), seed=1)
    spec = project.folder / "catalog.yaml"
    head, assets, entries = spec.read_text().partition("assets:\n")
    spec.write_text(f'{head}{assets}  - files: "{OWN.replace("own", "other")}"\n{entries}')
    return counted(project.build)


@pytest.mark.parametrize(("kind", "most"), [(cold, 680), (changed, 360), (added, 420), (idle, 12)])
def test_an_item_more_costs_the_same_in_a_larger_catalog(
    sized: Callable[[int], Project], kind: Callable[[Project], Calls], most: int
) -> None:
    kind(sized(20))  # so that nobody pays for what is imported once
    small, middle, large = (kind(sized(count)).total for count in (200, 400, 800))
    first, second = (middle - small) / 200, (large - middle) / 400
    assert second < 1.05 * first + 1
    assert second < most


@pytest.mark.parametrize(("kind", "most"), [(changed, 500), (idle, 12)])
def test_so_does_an_item_more_with_a_thumbnail(
    pictured: Callable[[int], Project], kind: Callable[[Project], Calls], most: int
) -> None:
    test_an_item_more_costs_the_same_in_a_larger_catalog(pictured, kind, most)


def test_one_change_makes_one_thumbnail(pictured: Callable[[int], Project]) -> None:
    calls = changed(pictured(40))
    assert calls.of("pictures", "keep") == 1
    assert calls.of("files", "sha256_file") <= 2  # the raster, and the new picture


def test_one_change_renders_and_writes_one_item(sized: Callable[[int], Project]) -> None:
    for kind in (changed, added):
        calls = kind(sized(300 if kind is changed else 310))
        assert calls.of("render", "render_item") == 1
        assert calls.of("files", "sha256_file") <= 1
        assert calls.of("output", "digest") <= 1


def test_one_change_touches_its_item_the_catalog_and_the_manifest(
    sized: Callable[[int], Project],
) -> None:
    project = sized(40)
    project.build()
    before = project.marks()
    project.raster(OWN, seed=1)
    project.build()
    stem = Path(OWN).stem
    touched = {path for path, mark in project.marks().items() if mark != before[path]}
    expected = {OWN, f"out/{stem}/{stem}.json", "catalog.manifest.json"}
    assert touched == expected  # the catalog's links are what they were


def test_a_catalog_of_too_many_items_is_told_of_layouts(sized: Callable[[int], Project]) -> None:
    project = sized(MOST_ITEMS + 1)
    [note] = project.build().notes
    assert note.startswith(f"catalog.json links to {MOST_ITEMS + 1} items")
    assert "`layout: " in note


def test_a_title_renders_all_and_reads_nothing(sized: Callable[[int], Project]) -> None:
    project = sized(50)
    project.build()
    spec = project.folder / "catalog.yaml"
    spec.write_text(spec.read_text().replace("title: Lakes", "title: Other lakes"))
    calls = counted(project.build)
    assert calls.of("render", "render_item") == 50
    assert calls.of("raster", "read") == 0


def test_nothing_to_do_imports_nothing_heavy_and_opens_few_files(
    sized: Callable[[int], Project],
) -> None:
    project = sized(100)
    project.build()
    code = (
        "import sys\n"
        "opened = []\n"
        "sys.addaudithook(lambda event, about: opened.append(str(about[0])) if event == 'open' "
        "else None)\n"
        "from itemcat.cli import main\n"
        "code = main(['build', '-q'])\n"
        "print(code, *sys.modules)\n"
        f"print(sum(name.startswith({str(project.folder)!r}) for name in opened))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=project.folder,
        env={**os.environ, "ITEMCAT_CACHE_DIR": str(project.cache)},
        capture_output=True,
        text=True,
        check=True,
    )
    modules, opened = done.stdout.splitlines()
    assert modules.split()[0] == "0"
    assert not {name.split(".")[0] for name in modules.split()} & HEAVY
    assert not {"itemcat.model", "itemcat.commands"} & {*modules.split()}
    assert opened == "0"


@pytest.mark.parametrize("count", [3, 9])
def test_requests_are_one_a_new_file_and_none_a_known_one(
    project: Project, server: Server, count: int
) -> None:
    for seed in range(count):
        server.put(f"ice_2019010{seed + 1}T000000.tif", raster_bytes(seed))
    names = [f"ice_2019010{seed + 1}T000000.tif" for seed in range(count)]
    project.spec("".join(f"  - {server.url(name)}\n" for name in names[:-1]))
    assert project.build().totals.requests == count - 1
    project.spec("".join(f"  - {server.url(name)}\n" for name in names))
    assert project.build().totals.requests == 1


class Watching(Listener):
    """Counts what is known of files, and the pages made of it, before and when all but one are."""

    def __init__(self) -> None:
        self.held: list[int] = []

    def progress(self, done: int, total: int) -> None:
        if done in (0, total - 1):
            gc.collect()
            self.held.append(sum(type(one) in (KnownAsset, Page) for one in gc.get_objects()))


def test_what_is_read_does_not_pile_up_in_memory(project: Project) -> None:
    for seed in range(60):
        project.raster(f"ice{seed}_20190101T000000.tif", seed)
    project.spec('  - files: "ice*.tif"\n')
    listener = Watching()
    result = build(
        project.folder, Options(cache_dir=project.cache), listener, lambda _: ThreadPoolExecutor(1)
    )
    assert len(result.decisions) == 60
    assert listener.held[-1] - listener.held[0] < 10


def calls_of_ours(run: Callable[[], Any]) -> int:
    """How often functions of the package are called, by any thread."""
    calls = count()

    def profile(frame: FrameType, event: str, _: Any) -> None:
        if event == "call" and frame.f_code.co_filename.startswith(PACKAGE):
            next(calls)

    threading.setprofile(profile)
    sys.setprofile(profile)
    try:
        run()
    finally:
        sys.setprofile(None)
        threading.setprofile(None)
    return next(calls)


def test_a_file_to_fetch_costs_the_same_among_many(project: Project) -> None:
    """Each has an entry and a host of its own; nothing is sent, for the build is offline."""

    def cost(size: int) -> int:
        addresses = (f"https://host{n}.org/ice{n}_20190101T000000.tif" for n in range(size))
        project.spec(HEAD + "".join(f"  - {address}\n" for address in addresses))
        return calls_of_ours(lambda: project.build(offline=True, keep_going=True))

    cost(20)  # so that nobody pays for what is imported once
    small, middle, large = map(cost, (400, 800, 1600))
    assert large - middle < 1.1 * 2 * (middle - small)
