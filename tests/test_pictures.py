"""Thumbnails from build to build: made once, beside their items, and nobody's files are lost."""

import io
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow.parquet
import pytest
import rasterio
from PIL import Image
from project import HEAD, Project, raster_bytes
from rasters import UTM
from server import Fault, Server
from stac import assert_valid, read_catalog

from itemcat import manifest
from itemcat.cache import Cache
from itemcat.errors import Drift, Problems, UsageError
from itemcat.files import sha256
from itemcat.model import Action
from itemcat.result import Result
from itemcat.upkeep import sweep

NAMES = ["ice_20190101T000000", "ice_20190102T000000"]
FIRST, SECOND = (f"out/{name}/{name}.png" for name in NAMES)
ON = "thumbnails: true\n"


def remote(server: Server) -> str:
    return HEAD + "".join(f"  - {server.url(f'{name}.tif')}\n" for name in NAMES)


def actions(result: Result) -> dict[str, tuple[str, str]]:
    return {name: (str(one.action), one.reason) for name, one in result.decisions.items()}


def document(project: Project, name: str = NAMES[0]) -> Any:
    return json.loads((project.folder / "out" / name / f"{name}.json").read_bytes())


def is_on_disk(project: Project, path: str) -> bool:
    return (project.folder / path).exists()


@pytest.fixture
def lakes(project: Project, server: Server) -> Project:
    """Two remote rasters, built with thumbnails."""
    for seed, name in enumerate(NAMES):
        server.put(f"{name}.tif", raster_bytes(seed), etag=f'"{seed}"')
    project.spec(ON + remote(server))
    project.build()
    return project


def test_a_thumbnail_lies_beside_its_item(lakes: Project) -> None:
    for name, path in zip(NAMES, (FIRST, SECOND), strict=True):
        data = (lakes.folder / path).read_bytes()
        assert Image.open(io.BytesIO(data)).size == (30, 20)
        item = document(lakes, name)
        assert item["assets"]["thumbnail"] == {
            "href": f"./{name}.png",
            "type": "image/png",
            "title": "Thumbnail",
            "roles": ["thumbnail"],
            "file:size": len(data),
            "file:checksum": f"1220{sha256(data)}",
        }
        assert_valid(item)
    items = list(read_catalog(lakes.folder / "out" / "catalog.json").get_items())
    hrefs = [item.assets["thumbnail"].get_absolute_href() or "" for item in items]
    assert all(Path(href).is_file() for href in hrefs)


def test_the_manifest_has_its_digest(lakes: Project) -> None:
    path = lakes.folder / "catalog.manifest.json"
    known = manifest.parse(path.name, path.read_bytes()).items[NAMES[0]]
    digest = sha256((lakes.folder / FIRST).read_bytes())
    assert known.thumbnail == digest
    assert known.assets["data"].reading.record["thumbnail"]["sha256"] == digest
    plain = json.dumps(json.loads(path.read_bytes())).encode()  # of another form
    assert manifest.parse(path.name, plain).items[NAMES[0]] == known


def test_without_the_file_extension_there_is_no_size(project: Project) -> None:
    project.raster(f"{NAMES[0]}.tif")
    project.spec(f'{ON}read: {{extensions: [proj]}}\n{HEAD}  - files: "*.tif"\n')
    project.build()
    asset = document(project)["assets"]["thumbnail"]
    assert asset.keys() == {"href", "type", "title", "roles"}


def test_any_number_of_workers_makes_the_same(lakes: Project, tmp_path: Path) -> None:
    expected = lakes.files()
    for jobs in ("1", "2"):
        other = Project(tmp_path / jobs, tmp_path / f"cache {jobs}")
        shutil.copytree(lakes.folder, other.folder)
        shutil.rmtree(other.folder / "out")
        (other.folder / "catalog.manifest.json").unlink()
        done = other.run("build", "-j", jobs)
        assert done.returncode == 0, done.stderr
        assert other.files() == expected


def test_turning_it_on_reads_and_downloads_nothing(project: Project, server: Server) -> None:
    for seed, name in enumerate(NAMES):
        server.put(f"{name}.tif", raster_bytes(seed))
    project.spec(remote(server))
    project.build()
    plain, count = project.files(), len(server.requests)
    project.spec(ON + remote(server))
    assert actions(project.build(dry_run=True)) == dict.fromkeys(
        NAMES, ("update", "a thumbnail is wanted now")
    )
    assert actions(project.build())[NAMES[0]] == ("update", "a thumbnail is wanted now")
    assert is_on_disk(project, FIRST)
    project.spec(remote(server))
    assert actions(project.build())[NAMES[0]] == (
        "update",
        "its thumbnail is not wanted any more",
    )
    assert project.files() == plain
    assert len(server.requests) == count


def test_turning_it_off_needs_no_data_at_all(lakes: Project, server: Server) -> None:
    shutil.rmtree(lakes.cache)
    count = len(server.requests)
    lakes.spec(remote(server))
    lakes.build()
    assert not is_on_disk(lakes, FIRST)
    assert "thumbnail" not in document(lakes)["assets"]
    assert b"thumbnail" not in (lakes.folder / "catalog.manifest.json").read_bytes()
    assert len(server.requests) == count


def test_a_fresh_clone_is_a_finished_build(lakes: Project, server: Server) -> None:
    shutil.rmtree(lakes.cache)
    marks, count = lakes.marks(), len(server.requests)
    assert lakes.build(locked=True).is_same
    assert lakes.build().is_same
    spec = lakes.folder / "catalog.yaml"
    spec.write_text(spec.read_text().replace("CC-BY-4.0", "CC0-1.0"))
    shutil.rmtree(lakes.cache)
    assert actions(lakes.build())[NAMES[0]][0] == "update"
    assert document(lakes)["properties"]["license"] == "CC0-1.0"
    assert len(server.requests) == count
    for path in (FIRST, SECOND):
        assert lakes.marks()[path] == marks[path]


@pytest.mark.parametrize(
    "change",
    [
        ("items:\n", 'items:\n  id: "item_{n}"\n'),
        ("output: out\n", "output: deep/place\n"),
        ("output: out\n", 'output: out\nlayout: "{year}"\n'),
    ],
)
def test_thumbnails_move_with_their_items_and_nothing_is_fetched(
    lakes: Project, server: Server, change: tuple[str, str], tmp_path: Path
) -> None:
    shutil.rmtree(lakes.cache)
    count = len(server.requests)
    pictures = sorted(data for path, data in lakes.files().items() if path.endswith(".png"))
    spec = lakes.folder / "catalog.yaml"
    spec.write_text(spec.read_text().replace(*change))
    lakes.build()
    moved = {path: data for path, data in lakes.files().items() if path.endswith(".png")}
    assert sorted(moved.values()) == pictures
    assert len(server.requests) == count
    assert not is_on_disk(lakes, FIRST)
    for path in moved:
        assert (lakes.folder / path).with_suffix(".json").exists()
    scratch = Project(tmp_path / "scratch", tmp_path / "scratch cache")
    scratch.folder.mkdir()
    scratch.spec(spec.read_text())
    scratch.build()
    assert scratch.files().items() <= lakes.files().items()


def test_in_a_fresh_clone_items_swap_their_thumbnails_and_nothing_is_fetched(
    project: Project, server: Server
) -> None:
    """Each of the files is written over by the other's bytes, which the cache lacks."""
    for seed, name in enumerate(NAMES):
        server.put(f"{name}.tif", raster_bytes(seed))
    head = ON + HEAD.replace("items:\n", 'items:\n  id: "item_{n}"\n')
    entries = [f"  - {server.url(f'{name}.tif')}\n" for name in NAMES]
    project.spec(head + "".join(entries))
    project.build()
    before, count = project.files(), len(server.requests)
    shutil.rmtree(project.cache)
    project.spec(head + "".join(reversed(entries)))
    project.build()
    after = project.files()
    first, second = (f"out/item_{n}/item_{n}.png" for n in (1, 2))
    assert (after[first], after[second]) == (before[second], before[first])
    assert len(server.requests) == count


def test_an_output_folder_that_was_renamed_by_hand_has_its_thumbnails(
    lakes: Project, server: Server
) -> None:
    before, count = lakes.files(), len(server.requests)
    shutil.rmtree(lakes.cache)
    (lakes.folder / "out").rename(lakes.folder / "other")
    spec = lakes.folder / "catalog.yaml"
    spec.write_text(spec.read_text().replace("output: out", "output: other"))
    result = lakes.build()
    assert {one.action for one in result.decisions.values()} == {Action.KEEP}
    assert len(server.requests) == count
    pictures = {path for path in before if path.endswith(".png")}
    assert all(lakes.files()[f"other{path[3:]}"] == before[path] for path in pictures)


@pytest.mark.parametrize("is_kept", [True, False])
@pytest.mark.parametrize("is_deleted", [True, False])
def test_what_was_done_to_a_thumbnail_by_hand_is_put_right(
    lakes: Project, server: Server, is_kept: bool, is_deleted: bool
) -> None:
    """From the cache; where that is empty, by a download, as of an item that is new."""
    before, count = lakes.files(), len(server.requests)
    path = lakes.folder / FIRST
    if is_deleted:
        path.unlink()
    else:
        path.write_bytes(b"mine")
    if not is_kept:
        shutil.rmtree(lakes.cache)
    reason = "its thumbnail is missing" if is_deleted else "its thumbnail was edited by hand"
    expected = {NAMES[0]: ("update", reason), NAMES[1]: ("keep", "nothing changed")}
    dry = lakes.build(dry_run=True)
    assert actions(dry) == expected
    assert not dry.is_same
    assert actions(lakes.build()) == expected
    assert lakes.files() == before
    assert len(server.requests) - count == (0 if is_kept else 1)
    assert lakes.build().is_same


def test_a_damaged_picture_in_the_cache_is_made_again(lakes: Project, server: Server) -> None:
    before = lakes.files()
    digest = sha256(before[FIRST])
    kept = Cache(lakes.cache).blob(digest)
    assert kept is not None
    kept.write_bytes(b"x" * len(before[FIRST]))
    (lakes.folder / FIRST).unlink()
    lakes.build()
    assert lakes.files() == before


def test_a_file_of_somebody_else_is_in_the_way(project: Project) -> None:
    project.raster(f"{NAMES[0]}.tif")
    entry = f'{HEAD}  - files: "*.tif"\n'
    project.spec(entry)
    project.build()
    (project.folder / FIRST).write_bytes(b"mine")
    before = project.files()
    project.spec(ON + entry)
    with pytest.raises(UsageError, match=r"files that itemcat did not make: .*\.png"):
        project.build()
    assert {**project.files(), "catalog.yaml": before["catalog.yaml"]} == before


def test_a_thumbnail_goes_with_its_item_unless_somebody_edited_it(lakes: Project) -> None:
    (lakes.folder / SECOND).write_bytes(b"mine")
    spec = lakes.folder / "catalog.yaml"
    head = spec.read_text().partition("  - ")[0]
    lakes.raster("own_20190103T000000.tif")
    spec.write_text(f'{head}  - files: "own*.tif"\n')
    result = lakes.build()
    kept = SECOND.removeprefix("out/")
    assert result.notes == (f"{kept} was kept: it is not as itemcat wrote it",)
    assert not is_on_disk(lakes, FIRST)
    assert (lakes.folder / SECOND).read_bytes() == b"mine"


def test_a_changed_raster_has_another_thumbnail(lakes: Project, server: Server) -> None:
    before = lakes.files()
    server.put(f"{NAMES[0]}.tif", raster_bytes(7), etag='"other"')
    lakes.build(refresh=True)
    after = lakes.files()
    assert after[FIRST] != before[FIRST]
    assert after[SECOND] == before[SECOND]


def test_a_glob_that_matches_the_thumbnails_takes_none_for_data(project: Project) -> None:
    project.raster("ice_20190101T000000.png", driver="PNG")
    head = HEAD.replace("}.tif", "}.png")
    files = '  - files: "**/*.png"\n    href: https://example.org/{name}\n'
    project.spec(f"thumbnails: true\n{head}{files}")
    assert [*project.build().decisions] == ["ice_20190101T000000"]
    assert any(path.startswith("out/") for path in project.files() if path.endswith(".png"))
    again = project.build()
    assert {key: one.action for key, one in again.decisions.items()} == {
        "ice_20190101T000000": Action.KEEP
    }


def test_equal_pixels_share_one_picture(project: Project) -> None:
    for name in NAMES:
        project.raster(f"{name}.tif")
    project.spec(f'{ON}{HEAD}  - files: "*.tif"\n')
    project.build()
    files = project.files()
    assert files[FIRST] == files[SECOND]
    (project.folder / FIRST).unlink()
    shutil.rmtree(project.cache)
    for name in NAMES:  # so that nothing can be read
        (project.folder / f"{name}.tif").unlink()
    project.build()
    assert (project.folder / FIRST).read_bytes() == files[FIRST]


def test_what_failed_keeps_its_thumbnail_or_does_without(lakes: Project, server: Server) -> None:
    shutil.rmtree(lakes.cache)
    before = lakes.files()
    for name in NAMES:
        server.put(f"{name}.tif", raster_bytes(9), etag='"new"')
        server.fault(f"{name}.tif", always=Fault(status=404))
    (lakes.folder / FIRST).unlink()
    with pytest.raises(Problems):
        lakes.build()
    result = lakes.build(keep_going=True)
    assert [str(error) for error in result.failures]
    assert lakes.files() == {path: data for path, data in before.items() if path != FIRST}


def test_locked_says_that_a_lost_thumbnail_would_be_made_again(lakes: Project) -> None:
    (lakes.folder / FIRST).unlink()
    lakes.build(locked=True)  # from the cache, with the manifest as it was
    (lakes.folder / FIRST).unlink()
    shutil.rmtree(lakes.cache)
    with pytest.raises(Drift, match="its thumbnail is missing"):
        lakes.build(locked=True)


def test_a_sweep_keeps_the_pictures_that_a_manifest_names(lakes: Project, server: Server) -> None:
    cache = Cache(lakes.cache)
    digest = sha256((lakes.folder / FIRST).read_bytes())
    sweep(cache, dry_run=False)
    assert cache.blob(digest) is not None
    lakes.spec(remote(server))
    lakes.build()
    sweep(cache, dry_run=False)
    assert cache.blob(digest) is None
    count = len(server.requests)
    lakes.spec(ON + remote(server))
    lakes.build()  # the record is kept, and is of no use without its picture
    assert is_on_disk(lakes, FIRST)
    assert len(server.requests) == count


def test_a_table_has_the_way_from_itself_to_a_thumbnail(lakes: Project) -> None:
    spec = lakes.folder / "catalog.yaml"
    spec.write_text("outputs: [stac, geoparquet]\n" + spec.read_text())
    lakes.build()
    table = pyarrow.parquet.read_table(lakes.folder / "out" / "items.parquet")
    hrefs = [assets["thumbnail"]["href"] for assets in table["assets"].to_pylist()]
    assert hrefs == [f"./{name}/{name}.png" for name in NAMES]


def test_a_scene_shows_its_first_raster(project: Project, tmp_path: Path) -> None:
    spec = """\
thumbnails: true
catalog: {id: scenes, title: Scenes, description: Scenes of ice.}
output: out
items:
  pattern: "{place}_{start:%Y%m%d}_{band}.tif"
  group: "{place}_{start:%Y%m%d}"
  datetime: "{start}"
  asset: {key: "{band}"}
assets:
  - files: "*.tif"
"""
    project.raster("ice_20190101_B1.tif", 3)
    project.raster("ice_20190101_B2.tif", 3, dtype="uint16")
    project.spec(spec)
    project.build()
    alone = Project(tmp_path / "alone", tmp_path / "alone cache")
    alone.folder.mkdir()
    alone.raster("ice_20190101_B1.tif", 3)
    alone.spec(spec)
    alone.build()
    name = "out/ice_20190101/ice_20190101.png"
    assert project.files()[name] == alone.files()[name]
    assert list(document(project, "ice_20190101")["assets"]) == ["B1", "B2", "thumbnail"]
    # With the first band gone, the second one is shown, and nothing of the first remains.
    (project.folder / "ice_20190101_B1.tif").unlink()
    project.spec(spec.replace('"*.tif"', '"*_B2.tif"'))
    project.build()
    known = json.loads((project.folder / "catalog.manifest.json").read_bytes())
    assert known["items"]["ice_20190101"]["assets"]["B2"]["options"]["thumbnail"]


def test_a_thumbnail_of_the_publisher_wins(project: Project) -> None:
    project.raster("ice_20190101T000000.tif", 3)
    (project.folder / "ice_20190101T000000.png").write_bytes(b"theirs")
    name = "{place}_{start:%Y%m%dT%H%M%S}"
    project.spec(
        ON
        + HEAD.replace(f"{name}.tif", f"{name}.{{end}}").replace(
            "items:\n", f'items:\n  group: "{name}"\n'
        )
        + '  - files: "*.tif"\n'
        + '  - files: "ice*.png"\n    reader: file\n'
        + "    asset: {key: thumbnail, roles: [thumbnail]}\n"
    )
    project.build()
    [item_file] = (project.folder / "out").glob("*/*.json")
    href = json.loads(item_file.read_bytes())["assets"]["thumbnail"]["href"]
    assert href == "../../ice_20190101T000000.png"
    assert not list((project.folder / "out").rglob("*.png"))


def test_what_has_no_thumbnail_is_told_with_its_reason(project: Project) -> None:
    shape = {"width": 66000, "height": 66000, "count": 1, "dtype": "uint8"}
    with rasterio.open(
        project.folder / f"{NAMES[0]}.tif",
        "w",
        driver="GTiff",
        crs="EPSG:32623",
        transform=UTM,
        **shape,
        sparse_ok=True,
        blockysize=66000,
    ):
        pass
    project.spec(f'{ON}read: {{statistics: none}}\n{HEAD}  - files: "*.tif"\n')
    result = project.build()
    [note] = [note for note in result.notes if "thumbnail" in note]
    assert note.startswith(f"{NAMES[0]}.tif: has no thumbnail, since it claims 4,356,000,000 ")
    assert document(project)["assets"].keys() == {"data"}
    assert project.build().is_same


def test_remote_reading_and_thumbnails_exclude_each_other(project: Project) -> None:
    project.spec(f"read: {{access: remote}}\n{ON}{HEAD}  - https://example.org/a.tif\n")
    with pytest.raises(Problems) as caught:
        project.build()
    [problem] = caught.value.errors
    assert problem.where.endswith("catalog.yaml:2:1")
    assert "needs all pixels" in problem.what


def test_without_pillow_the_error_says_what_to_install(project: Project) -> None:
    project.raster(f"{NAMES[0]}.tif")
    project.spec(f'{ON}{HEAD}  - files: "*.tif"\n')
    (project.folder / "hidden").mkdir()
    (project.folder / "hidden" / "PIL.py").write_text("raise ImportError('hidden', name='PIL')")
    done = project.run("build", PYTHONPATH=str(project.folder / "hidden"))
    assert done.returncode == 3
    assert 'pip install "itemcat[thumbnails]"' in done.stderr
    shutil.rmtree(project.folder / "hidden")
    assert project.run("build").returncode == 0
    (project.folder / "hidden").mkdir()
    (project.folder / "hidden" / "PIL.py").write_text("raise ImportError('hidden', name='PIL')")
    shutil.rmtree(project.cache)  # a fresh clone needs none of it
    assert project.run("build", PYTHONPATH=str(project.folder / "hidden")).returncode == 0


def test_nothing_to_do_loads_no_picture_and_no_library(lakes: Project) -> None:
    code = (
        "import sys\n"
        "opened = []\n"
        "sys.addaudithook(lambda event, about: opened.append(str(about[0])) if event == 'open' "
        "else None)\n"
        "from itemcat.cli import main\n"
        "code = main(['build', '-q'])\n"
        "print(code, 'PIL' in sys.modules, 'numpy' in sys.modules)\n"
        "print(any(name.endswith('.png') for name in opened))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=lakes.folder,
        env={**os.environ, "ITEMCAT_CACHE_DIR": str(lakes.cache)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines() == ["0 False False", "False"]


def test_check_finds_what_was_done_to_a_thumbnail(lakes: Project) -> None:
    assert lakes.run("check").returncode == 0
    path = lakes.folder / FIRST
    data = path.read_bytes()
    path.write_bytes(data[:-1] + b"x")  # of the same size, which the item alone cannot tell
    done = lakes.run("check")
    assert done.returncode == 1
    assert "assets.thumbnail.href: its file " in done.stdout
    shown = FIRST.removeprefix("out/")
    assert f"{shown} is not as itemcat wrote it [edited-by-hand]" in done.stdout
    assert "hint: catalog.yaml:" in done.stdout
    path.unlink()
    assert "[asset-missing]" in lakes.run("check").stdout
