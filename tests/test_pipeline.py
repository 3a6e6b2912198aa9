"""The invariants of a build, over real rasters and a real server, in this process."""

import json
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from project import Project, raster_bytes
from server import Fault, Hold, Server
from stac import read_catalog

from itemcat.errors import Drift, Problems, UsageError
from itemcat.files import canonical_json, sha256
from itemcat.model import Action
from itemcat.result import Result

MANIFEST = "catalog.manifest.json"
LOCAL = '  - files: "*.tif"\n    href: https://example.org/data/{name}\n'
NAMES = [f"ice_2019010{n}T000000.tif" for n in (1, 2, 3)]
IDS = [name.removesuffix(".tif") for name in NAMES]


def actions(result: Result) -> dict[str, str]:
    return {item_id: str(decision.action) for item_id, decision in result.decisions.items()}


def reasons(result: Result) -> set[str]:
    return {
        decision.reason
        for decision in result.decisions.values()
        if decision.action is not Action.KEEP
    }


def all_of(action: str) -> dict[str, str]:
    return dict.fromkeys(IDS, action)


@pytest.fixture
def local(project: Project) -> Project:
    """A project of three local rasters, built."""
    for seed, name in enumerate(NAMES):
        project.raster(name, seed)
    project.spec(LOCAL)
    assert actions(project.build()) == all_of("add")
    return project


@pytest.fixture
def remote(project: Project, server: Server) -> Project:
    """A project of three rasters on a server, built."""
    for seed, name in enumerate(NAMES):
        server.put(name, raster_bytes(seed), etag=f'"{name}"')
    project.spec("".join(f"  - {server.url(name)}\n" for name in NAMES))
    assert actions(project.build()) == all_of("add")
    return project


def test_the_catalog_is_self_contained_and_read_by_pystac(local: Project) -> None:
    catalog = read_catalog(local.folder / "out" / "catalog.json")
    assert [item.id for item in catalog.get_items()] == IDS
    item = next(iter(catalog.get_items()))
    assert item.assets["data"].href == f"https://example.org/data/{NAMES[0]}"
    assert item.assets["data"].roles == ["data"]
    data = (local.folder / NAMES[0]).read_bytes()
    assert item.assets["data"].extra_fields["file:size"] == len(data)
    assert item.assets["data"].extra_fields["file:checksum"] == "1220" + sha256(data)


def test_every_json_file_is_canonical(local: Project) -> None:
    documents = {path: data for path, data in local.files().items() if path.startswith("out/")}
    assert len(documents) == 4
    for data in documents.values():
        assert data == canonical_json(json.loads(data))


def test_beside_the_spec_nothing_appears_but_manifest_and_output(local: Project) -> None:
    expected = {"catalog.yaml", "catalog.manifest.json", *NAMES, "out/catalog.json"}
    assert local.files().keys() == expected | {f"out/{name}/{name}.json" for name in IDS}


def test_a_second_build_touches_nothing(local: Project) -> None:
    before = local.marks()
    result = local.build()
    assert actions(result) == all_of("keep")
    assert result.is_same
    assert local.marks() == before


def test_without_a_stamp_a_build_of_the_same_touches_nothing_either(local: Project) -> None:
    before = local.marks()
    shutil.rmtree(local.cache)
    assert local.build().is_same
    assert local.marks() == before


def test_a_fresh_clone_makes_no_request_even_without_a_cache(
    remote: Project, server: Server, tmp_path: Path
) -> None:
    clone = Project(tmp_path / "clone", tmp_path / "other cache")
    shutil.copytree(remote.folder, clone.folder)
    before = len(server.requests)
    result = clone.build()
    assert actions(result) == all_of("keep")
    assert len(server.requests) == before
    assert result.totals.requests == 0
    assert clone.files() == remote.files()


def test_a_fresh_clone_renders_an_edit_without_a_request(
    remote: Project, server: Server, tmp_path: Path
) -> None:
    clone = Project(tmp_path / "clone", tmp_path / "other cache")
    shutil.copytree(remote.folder, clone.folder)
    before = len(server.requests)
    edit(clone, "CC-BY-4.0", "CC0-1.0")
    assert actions(clone.build()) == all_of("update")
    edit(clone, "items:", "read: {extensions: [proj]}\nitems:")
    assert actions(clone.build()) == all_of("update")
    assert len(server.requests) == before
    item = item_of(clone, IDS[0])
    assert item["properties"]["license"] == "CC0-1.0"
    assert "file:size" not in item["assets"]["data"]


def test_a_fresh_clone_without_local_data_keeps_its_items(local: Project, tmp_path: Path) -> None:
    clone = Project(tmp_path / "clone", tmp_path / "other cache")
    shutil.copytree(local.folder, clone.folder, ignore=shutil.ignore_patterns("*.tif"))
    before = clone.files()
    result = clone.build()
    assert actions(result) == all_of("keep")
    assert any("none of the 3 files" in note for note in result.notes)
    assert clone.files() == before
    edit(clone, "CC-BY-4.0", "CC0-1.0")
    assert actions(clone.build()) == all_of("update")
    with pytest.raises(Problems, match="matches no file"):
        clone.build(refresh=True)


def test_new_data_beside_data_that_is_away_is_added(local: Project, tmp_path: Path) -> None:
    clone = Project(tmp_path / "clone", tmp_path / "other cache")
    shutil.copytree(local.folder, clone.folder, ignore=shutil.ignore_patterns("*.tif"))
    clone.raster("ice_20190109T000000.tif", 9)
    assert actions(clone.build()) == {**all_of("keep"), "ice_20190109T000000": "add"}


def test_only_a_changed_file_is_read_and_rewritten(local: Project) -> None:
    before = local.marks()
    local.raster(NAMES[1], seed=7)
    result = local.build()
    assert actions(result) == {**all_of("keep"), IDS[1]: "update"}
    assert reasons(result) == {"the file changed"}
    after = local.marks()
    changed = {path for path in after if after[path] != before.get(path)}
    assert changed == {NAMES[1], f"out/{IDS[1]}/{IDS[1]}.json", "catalog.manifest.json"}


def test_an_edit_with_the_same_size_and_time_is_noticed(local: Project) -> None:
    path = local.folder / NAMES[1]
    status = path.stat()
    other = raster_bytes(seed=7)
    assert len(other) == status.st_size
    path.write_bytes(other)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert actions(local.build())[IDS[1]] == "update"


def test_a_new_url_is_the_only_request(remote: Project, server: Server) -> None:
    server.put("ice_20190109T000000.tif", raster_bytes(9))
    before = len(server.requests)
    append(remote, f"  - {server.url('ice_20190109T000000.tif')}\n")
    result = remote.build()
    assert actions(result) == {**all_of("keep"), "ice_20190109T000000": "add"}
    assert [request.path for request in server.requests[before:]] == ["/ice_20190109T000000.tif"]
    assert result.totals.requests == 1


def test_incremental_and_from_scratch_are_the_same_bytes(local: Project, tmp_path: Path) -> None:
    local.raster("ice_20190109T000000.tif", 9)
    local.build()
    (local.folder / NAMES[0]).unlink()
    edit(local, "Lakes on ice.", "Other lakes.")
    local.build()
    scratch = Project(tmp_path / "scratch", tmp_path / "other cache")
    scratch.folder.mkdir()
    for path in (*local.folder.glob("*.tif"), local.folder / "catalog.yaml"):
        shutil.copy(path, scratch.folder)
    scratch.build()
    assert scratch.files() == local.files()


def test_a_removed_entry_takes_its_item_along(local: Project) -> None:
    (local.folder / NAMES[1]).unlink()
    result = local.build()
    assert actions(result) == {IDS[0]: "keep", IDS[2]: "keep", IDS[1]: "remove"}
    assert not (local.folder / "out" / IDS[1]).exists()
    assert IDS[1] not in (local.folder / "out" / "catalog.json").read_text()


def test_an_edited_item_that_leaves_the_spec_is_kept_with_a_word(local: Project) -> None:
    (local.folder / "out" / IDS[1] / f"{IDS[1]}.json").write_text("mine")
    (local.folder / NAMES[1]).unlink()
    result = local.build()
    assert (local.folder / "out" / IDS[1] / f"{IDS[1]}.json").read_text() == "mine"
    assert any(IDS[1] in note and "was kept" in note for note in result.notes)


@pytest.mark.parametrize("change", ["edit", "delete"])
def test_an_item_that_differs_on_disk_is_named_and_restored(local: Project, change: str) -> None:
    before = local.files()
    path = local.folder / "out" / IDS[1] / f"{IDS[1]}.json"
    if change == "edit":
        path.write_text("{}")
    else:
        path.unlink()
    result = local.build()
    assert actions(result) == {**all_of("keep"), IDS[1]: "update"}
    expected = {"edit": "its file was edited by hand", "delete": "its file is missing"}
    assert reasons(result) == {expected[change]}
    assert local.files() == before


def test_a_renamed_item_is_moved_without_a_fetch(remote: Project, server: Server) -> None:
    before = len(server.requests)
    edit(remote, "items:", 'items:\n  id: "item_{n}"')
    result = remote.build()
    assert actions(result) == {
        "item_1": "add",
        "item_2": "add",
        "item_3": "add",
        **all_of("remove"),
    }
    assert len(server.requests) == before


def test_changed_options_read_the_blob_again_without_a_request(
    remote: Project, server: Server
) -> None:
    before = len(server.requests)
    edit(remote, "items:", "read: {statistics: none}\nitems:")
    result = remote.build()
    assert actions(result) == all_of("update")
    assert reasons(result) == {"read options changed: statistics exact → none"}
    assert len(server.requests) == before
    assert "statistics" not in item_of(remote, IDS[0])["assets"]["data"]["bands"][0]


def test_a_url_that_the_cache_knows_is_revalidated_not_trusted(
    remote: Project, server: Server, tmp_path: Path
) -> None:
    fresh = Project(tmp_path / "fresh", remote.cache)
    fresh.folder.mkdir()
    shutil.copy(remote.folder / "catalog.yaml", fresh.folder)
    before = len(server.requests)
    result = fresh.build()
    assert [request.status for request in server.requests[before:]] == [304, 304, 304]
    assert (result.totals.bytes_fetched, result.totals.blobs_reused) == (0, 3)
    assert fresh.files() == remote.files()


def test_offline_trusts_the_cache_and_opens_no_connection(
    remote: Project, server: Server, tmp_path: Path
) -> None:
    fresh = Project(tmp_path / "fresh", remote.cache)
    fresh.folder.mkdir()
    shutil.copy(remote.folder / "catalog.yaml", fresh.folder)
    before = len(server.requests)
    assert actions(fresh.build(offline=True)) == all_of("add")
    assert len(server.requests) == before
    empty = replace(fresh, cache=tmp_path / "empty")
    append(empty, f"  - {server.url('other_20190101T000000.tif')}\n")
    with pytest.raises(Problems, match="offline"):
        empty.build(offline=True)


def test_refresh_asks_with_conditions_and_gets_no_body(remote: Project, server: Server) -> None:
    before, marks = len(server.requests), remote.marks()
    result = remote.build(refresh=True)
    assert actions(result) == all_of("keep")
    assert [request.status for request in server.requests[before:]] == [304, 304, 304]
    assert result.totals.bytes_fetched == 0
    assert remote.marks() == marks


def test_refresh_takes_what_the_publisher_changed(remote: Project, server: Server) -> None:
    server.put(NAMES[1], raster_bytes(8), etag='"new"')
    assert actions(remote.build()) == all_of("keep")  # nobody asked
    planned = remote.build(refresh=True, dry_run=True)
    assert actions(planned) == {**all_of("keep"), IDS[1]: "update"}
    assert reasons(planned) == {"its publisher has another file now"}
    assert actions(remote.build(refresh=True)) == {**all_of("keep"), IDS[1]: "update"}
    checksum = item_of(remote, IDS[1])["assets"]["data"]["file:checksum"]
    assert checksum == "1220" + sha256(raster_bytes(8))


def test_reread_reads_everything_and_finds_the_same(remote: Project, server: Server) -> None:
    before, marks = len(server.requests), remote.marks()
    assert actions(remote.build(reread=True)) == all_of("keep")
    assert remote.marks() == marks
    assert len(server.requests) == before


def test_a_failure_changes_nothing_and_names_every_asset(remote: Project, server: Server) -> None:
    before = remote.files()
    append(remote, f"  - {server.url('x_20190101T000000.tif')}\n")
    append(remote, f"  - {server.url('y_20190101T000000.tif')}\n")
    spec = (remote.folder / "catalog.yaml").read_bytes()
    with pytest.raises(Problems) as raised:
        remote.build()
    assert raised.value.exit_code == 3
    assert [error.where for error in raised.value.errors] == [
        server.url("x_20190101T000000.tif"),
        server.url("y_20190101T000000.tif"),
    ]
    assert remote.files() == {**before, "catalog.yaml": spec}


def test_what_was_fetched_before_a_failure_is_not_fetched_again(
    project: Project, server: Server
) -> None:
    server.put(NAMES[0], raster_bytes(0), etag='"0"')
    project.spec(f"  - {server.url(NAMES[0])}\n  - {server.url(NAMES[1])}\n")
    with pytest.raises(Problems):
        project.build()
    assert project.files().keys() == {"catalog.yaml"}
    server.put(NAMES[1], raster_bytes(1))
    before = len(server.requests)
    project.build()
    assert [(r.path, r.status) for r in sorted(server.requests[before:], key=lambda r: r.path)] == [
        (f"/{NAMES[0]}", 304),
        (f"/{NAMES[1]}", 200),
    ]


def test_keep_going_publishes_the_rest_and_the_last_good_version(
    remote: Project, server: Server
) -> None:
    standing = item_of(remote, IDS[1])
    append(remote, f"  - {server.url('gone_20190101T000000.tif')}\n")
    server.put(NAMES[1], b"<!DOCTYPE html><html>sorry</html>", etag='"page"')
    result = remote.build(refresh=True, keep_going=True)
    assert actions(result) == {
        **all_of("keep"),
        IDS[1]: "fail",
        "gone_20190101T000000": "fail",
    }
    assert len(result.failures) == 2
    assert item_of(remote, IDS[1]) == standing
    assert "gone" not in (remote.folder / "out" / "catalog.json").read_text()
    with pytest.raises(Problems, match="404 Not Found"):  # it is not forgotten
        remote.build()


def test_keep_going_restores_an_edited_item_whose_asset_failed(
    remote: Project, server: Server
) -> None:
    before = remote.files()
    (remote.folder / "out" / IDS[1] / f"{IDS[1]}.json").write_text("mine")
    server.put(NAMES[1], b"<!DOCTYPE html><html>sorry</html>", etag='"page"')
    result = remote.build(refresh=True, keep_going=True)
    assert actions(result) == {**all_of("keep"), IDS[1]: "fail"}
    assert remote.files() == before


def test_keep_going_leaves_out_a_name_that_no_rule_fits(local: Project) -> None:
    local.raster("unnamed.tif", 5)
    with pytest.raises(Problems, match="does not match the pattern"):
        local.build()
    result = local.build(keep_going=True)
    assert actions(result) == {**all_of("keep"), "unnamed.tif": "fail"}


def test_dry_run_writes_nothing_and_tells_the_same_as_the_build(local: Project) -> None:
    local.raster(NAMES[1], seed=7)
    (local.folder / NAMES[2]).unlink()
    local.raster("ice_20190109T000000.tif", 9)
    edit(local, "Lakes on ice.", "Other lakes.")
    before = local.files()
    planned = local.build(dry_run=True)
    assert local.files() == before
    assert not planned.is_same
    assert planned.decisions == local.build().decisions


def test_what_a_kill_has_left_is_drift(local: Project) -> None:
    left = {"gone/gone.json": sha256(b"gone")}
    for path, data in {
        "gone/gone.json": b"gone",
        ".itemcat/intent.json": canonical_json(left),
    }.items():
        (local.folder / "out" / path).parent.mkdir()
        (local.folder / "out" / path).write_bytes(data)
    shutil.rmtree(local.cache / "builds")
    assert not local.build(dry_run=True).is_same
    assert not local.build().is_same
    assert "out/gone/gone.json" not in local.files()
    assert local.build(dry_run=True).is_same


def test_a_plan_lists_items_that_only_rendering_changes(local: Project) -> None:
    edit(local, "CC-BY-4.0", "CC0-1.0")
    planned = local.build(dry_run=True)
    assert actions(planned) == all_of("update")
    assert reasons(planned) == {"the spec renders it differently"}


def test_locked_restores_the_catalog_but_never_changes_the_manifest(local: Project) -> None:
    before = local.files()
    shutil.rmtree(local.folder / "out")
    assert actions(local.build(locked=True)) == all_of("update")
    assert local.files() == before
    edit(local, "CC-BY-4.0", "CC0-1.0")
    spec = (local.folder / "catalog.yaml").read_bytes()
    with pytest.raises(Drift, match="would change"):
        local.build(locked=True)
    assert local.files() == {**before, "catalog.yaml": spec}


def test_another_output_folder_takes_the_catalog_along(local: Project) -> None:
    edit(local, "output: out", "output: other/place")
    result = local.build()
    assert actions(result) == all_of("update")
    assert reasons(result) == {"the output folder is now other/place"}
    paths = local.files().keys()
    assert "other/place/catalog.json" in paths
    assert not any(path.startswith("out/") for path in paths)


def test_an_old_output_folder_that_became_a_link_is_left_alone(
    local: Project, tmp_path: Path
) -> None:
    shutil.move(local.folder / "out", tmp_path / "elsewhere")
    (local.folder / "out").symlink_to(tmp_path / "elsewhere")
    edit(local, "output: out", "output: other")
    result = local.build()
    assert len(list((tmp_path / "elsewhere").rglob("*.json"))) == 4
    assert "out was kept: it is not as itemcat wrote it" in result.notes


def test_an_output_folder_that_became_a_link_is_refused(local: Project, tmp_path: Path) -> None:
    shutil.move(local.folder / "out", tmp_path / "elsewhere")
    (local.folder / "out").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UsageError, match="symbolic link"):
        local.build()


@pytest.mark.parametrize(("old", "new"), [("out", "out/deep"), ("out/deep", "out")])
def test_an_output_folder_may_move_into_or_out_of_itself(
    local: Project, tmp_path: Path, old: str, new: str
) -> None:
    edit(local, "output: out", f"output: {old}")
    local.build()
    edit(local, f"output: {old}", f"output: {new}")
    local.build()
    scratch = Project(tmp_path / "scratch", tmp_path / "other cache")
    ignored = shutil.ignore_patterns("out", "*.manifest.json")
    shutil.copytree(local.folder, scratch.folder, ignore=ignored)
    scratch.build()
    assert local.files() == scratch.files()
    assert not [
        path for path in local.folder.rglob("*") if path.is_dir() and not any(path.iterdir())
    ]


def test_a_catalog_file_that_nobody_can_vouch_for_is_kept_with_a_word(
    local: Project, tmp_path: Path
) -> None:
    edit(local, "output: out", "output: other")
    elsewhere = replace(local, cache=tmp_path / "empty")
    assert "out/catalog.json was kept: it is not as itemcat wrote it" in elsewhere.build().notes
    assert (local.folder / "out" / "catalog.json").exists()


def test_an_output_that_is_the_manifest_is_refused(local: Project) -> None:
    edit(local, "output: out", "output: catalog.manifest.json")
    with pytest.raises(UsageError, match="name of the spec or of its manifest"):
        local.build()


@pytest.mark.parametrize("obstacle", ["link", "folder", "file"])
def test_an_obstacle_in_the_output_is_found_before_anything_is_written(
    local: Project, tmp_path: Path, obstacle: str
) -> None:
    folder = local.folder / "out" / IDS[2]
    shutil.move(folder, tmp_path / "away")
    if obstacle == "file":
        folder.write_text("mine")
    else:
        folder.mkdir()
        path = folder / f"{IDS[2]}.json"
        path.mkdir() if obstacle == "folder" else path.symlink_to(tmp_path / "away")
    edit(local, "CC-BY-4.0", "CC0-1.0")
    before = local.marks()
    with pytest.raises(UsageError, match=rf"out/{IDS[2]}/{IDS[2]}\.json"):
        local.build()
    assert local.marks() == before


@pytest.mark.parametrize("change", ["edit an item", "delete an item", "delete the manifest"])
def test_what_is_touched_while_a_build_runs_is_noticed_by_the_next(
    remote: Project, server: Server, change: str
) -> None:
    finished = remote.files()
    hold = Hold(after=0)
    server.fault(NAMES[1], Fault(hold=hold))
    server.put(NAMES[1], raster_bytes(1), etag=None, conditions=False)
    with ThreadPoolExecutor(1) as background:
        running = background.submit(remote.build, refresh=True)
        assert hold.reached.wait(60)
        item = remote.folder / "out" / IDS[0] / f"{IDS[0]}.json"
        if change == "edit an item":
            item.write_text("{}")
        elif change == "delete an item":
            item.unlink()
        else:
            (remote.folder / "catalog.manifest.json").unlink()
        hold.go.set()
        running.result(60)
    remote.build()
    assert remote.files().keys() == finished.keys()
    assert item.read_bytes() == finished[f"out/{IDS[0]}/{IDS[0]}.json"]
    assert remote.build().is_same


def test_somebody_elses_folder_is_refused_and_left_alone(project: Project) -> None:
    project.raster(NAMES[0])
    project.spec(LOCAL)
    (project.folder / "out").mkdir()
    (project.folder / "out" / "thesis.txt").write_text("mine")
    before = project.files()
    with pytest.raises(UsageError, match=r"did not make: thesis\.txt") as raised:
        project.build()
    assert raised.value.exit_code == 2
    assert project.files() == before


def test_the_rendered_catalog_follows_from_spec_and_manifest_alone(
    local: Project, tmp_path: Path
) -> None:
    bare = Project(tmp_path / "bare", tmp_path / "other cache")
    bare.folder.mkdir()
    for name in ("catalog.yaml", "catalog.manifest.json"):
        shutil.copy(local.folder / name, bare.folder)
    bare.build()
    expected = {path: data for path, data in local.files().items() if not path.endswith(".tif")}
    assert bare.files() == expected


def test_a_record_that_somebody_edited_is_shown_as_it_is_now(local: Project) -> None:
    path = local.folder / MANIFEST
    path.write_text(path.read_text().replace("EPSG:32623", "EPSG:32624"))
    assert reasons(local.build()) == {"the spec renders it differently"}
    shown = local.files()
    assert b"EPSG:32624" in shown[f"out/{IDS[0]}/{IDS[0]}.json"]
    shutil.rmtree(local.cache)
    local.build()
    assert local.files() == shown


@pytest.mark.parametrize("command", ["build", "status", "check", f"explain {IDS[1]}"])
def test_a_damaged_record_is_one_clear_error_and_changes_nothing(
    local: Project, command: str
) -> None:
    path = local.folder / MANIFEST
    text = path.read_text()
    path.write_text(text.replace('"shape": [20, 30]', '"shape": [20]', 1))
    before = local.files()
    done = local.run(*command.split())
    assert done.returncode == 2
    what, hint = done.stderr.splitlines()
    assert what == f"error: {MANIFEST}: has a record of {NAMES[0]} that is damaged"
    assert "version control" in hint
    assert local.files() == before
    path.write_text(text)
    assert actions(local.build()) == all_of("keep")


def test_item_links_follow_the_order_of_the_spec(project: Project, server: Server) -> None:
    for seed, name in enumerate(NAMES):
        server.put(name, raster_bytes(seed))
    project.spec("".join(f"  - {server.url(name)}\n" for name in reversed(NAMES)))
    project.build()
    catalog = json.loads((project.folder / "out" / "catalog.json").read_text())
    links = [link["href"] for link in catalog["links"] if link["rel"] == "item"]
    assert links == [f"./{item_id}/{item_id}.json" for item_id in reversed(IDS)]


def test_a_list_file_names_assets_and_an_edit_of_it_is_noticed(
    project: Project, server: Server
) -> None:
    for seed, name in enumerate(NAMES):
        server.put(name, raster_bytes(seed))
    links = project.folder / "links.txt"
    links.write_text(f"# scenes\n\n{server.url(NAMES[0])}\n{server.url(NAMES[1])}\n")
    project.spec("  - urls: links.txt\n")
    assert actions(project.build()) == {IDS[0]: "add", IDS[1]: "add"}
    assert project.build().is_same
    links.write_text(f"{server.url(NAMES[0])}\n{server.url(NAMES[2])}\n")
    assert actions(project.build()) == {IDS[0]: "keep", IDS[2]: "add", IDS[1]: "remove"}


def test_no_secret_is_written_or_said(project: Project, server: Server) -> None:
    secret = "s3cr3t"  # noqa: S105
    server.put(NAMES[0], raster_bytes(0))
    good = server.url(NAMES[0]) + f"?token={secret}&download=1"
    bad = server.url("missing_20190101T000000.tif") + f"?X-Amz-Signature={secret}"
    project.spec(f"  - {good}\n")
    project.build()
    append(project, f"  - {bad}\n")
    with pytest.raises(Problems) as raised:
        project.build()
    assert secret not in str(raised.value)
    written = [path for path in project.cache.rglob("*") if path.is_file()]
    written += list((project.folder / "out").rglob("*.json"))
    written.append(project.folder / "catalog.manifest.json")
    assert not [path for path in written if secret.encode() in path.read_bytes()]
    assert item_of(project, IDS[0])["assets"]["data"]["href"].endswith("?download=1")


def test_a_changed_file_whose_manifest_was_lost_to_a_crash_is_taken_up_again(
    local: Project,
) -> None:
    """A kill after the items were written and before the manifest was."""
    finished = local.files()
    (local.folder / "catalog.manifest.json").unlink()
    local.build()
    assert local.files() == finished


def item_of(project: Project, item_id: str) -> Any:
    return json.loads((project.folder / "out" / item_id / f"{item_id}.json").read_text())


def edit(project: Project, old: str, new: str) -> None:
    path = project.folder / "catalog.yaml"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def append(project: Project, text: str) -> None:
    with (project.folder / "catalog.yaml").open("a", encoding="utf-8") as file:
        file.write(text)
