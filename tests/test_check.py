"""`itemcat check` as it is run: what it takes, what it prints, with which code it ends."""

import json
import os
import shutil
from pathlib import Path

import pystac
import pytest
from good import IDS, ITEM, SECOND, SPEC, built, edit, foreign
from kept import NOWHERE, keep_schemas
from project import Project
from stac import schemas

from itemcat.inspection import inspect

COG = "image/tiff; application=geotiff; profile=cloud-optimized"
QUICKSTART = Path(__file__).parent.parent / "examples" / "quickstart"


def check(project: Project, *arguments: str) -> tuple[int, list[str], str]:
    """Exit code, lines of stdout, stderr; with the schemas of ITEMCAT_SCHEMAS kept."""
    keep_schemas(project.cache)
    done = project.run("check", *arguments, **NOWHERE)
    return done.returncode, done.stdout.splitlines(), done.stderr


def names(what: Path, cache: Path) -> set[str]:
    return {finding.name for finding in inspect(what, cache).findings} - {"schema-unavailable"}


def set_minimum(folder: Path, value: int) -> None:
    def change(document: dict) -> None:  # type: ignore[type-arg]
        document["assets"]["data"]["bands"][0]["statistics"]["minimum"] = value

    edit(folder / ITEM, change)


# -------------------------------------------------------------------------------- what is printed


def test_nothing_found_is_one_line_and_exit_code_0(project: Project) -> None:
    schemas()
    built(project)
    for what in ((), (".",), ("catalog.yaml",), ("out",), ("out/catalog.json",)):
        assert check(project, *what) == (0, ["3 items checked: nothing found"], "")


def test_the_quickstart_has_nothing(project: Project) -> None:
    schemas()
    code, lines, _ = check(project, "--strict", str(QUICKSTART))
    assert (code, lines) == (0, ["5 items checked: nothing found"])


def test_a_catalog_that_says_where_it_is_published_has_nothing(project: Project) -> None:
    schemas()
    built(project)
    url = "  published_url: https://example.org/stac/catalog.json\noutput:"
    project.spec(SPEC.replace("output:", url))
    project.build()
    assert check(project, "--strict") == (0, ["3 items checked: nothing found"], "")


def test_sub_catalogs_and_items_of_several_files_have_nothing(project: Project) -> None:
    schemas()
    built(project)
    for seed, name in enumerate(IDS):
        project.raster(f"{name}.tif", seed)
        project.raster(f"{name.replace('ice', 'sea')}.tif", seed)
    spec = SPEC.replace("items:", 'layout: "{year}/{month}/{day}"\nitems:')
    group = '  group: "{start:%Y%m%d}"\n  title: "Lakes'
    spec = spec.replace('  title: "Lakes', group).replace(
        "{title: Extents}", '{title: "Extents of {place}", key: "{place}"}'
    )
    project.spec(spec)
    project.build()
    assert check(project, "--strict") == (0, ["3 items checked: nothing found"], "")
    (scene,) = (project.folder / "out" / "2019" / "01" / "01").glob("*/*.json")
    assert json.loads(scene.read_bytes())["assets"].keys() == {"ice", "sea"}
    edit(scene, lambda document: document["assets"]["sea"].update(type=COG))
    file = scene.relative_to(project.folder / "out").as_posix()
    found = [f for f in inspect(project.folder, project.cache).findings if f.file == file]
    assert [finding.name for finding in found] == ["cog-untrue", "edited-by-hand"]
    assert all(finding.cure == "catalog.yaml:15 assets[0]" for finding in found)


def test_a_collection_with_sub_catalogs_has_nothing_until_its_extent_is_too_small(
    project: Project,
) -> None:
    schemas()
    out = built(project)
    kind = '  type: Collection\n  license: CC-BY-4.0\nlayout: "{day}"\noutput:'
    project.spec(SPEC.replace("output:", kind))
    project.build()
    assert check(project, "--strict") == (0, ["3 items checked: nothing found"], "")
    extent = {"spatial": {"bbox": [[0, 0, 1, 1]]}, "temporal": {"interval": [[None, None]]}}
    edit(out / "collection.json", lambda document: document.update(extent=extent))
    found = inspect(project.folder, project.cache).findings
    assert [finding.name for finding in found].count("extent-misses-item") == 3


def test_an_error_is_a_line_with_its_place_a_hint_and_exit_code_1(project: Project) -> None:
    schemas()
    set_minimum(built(project), 9999)
    code, lines, errors = check(project)
    assert (code, errors) == (1, "")
    where = f"out/{ITEM}: assets.data.bands[0].statistics"
    assert lines[0].startswith(f"error: {where}: the minimum, 9999, is above the maximum")
    assert lines[0].endswith(" [statistics-impossible]")
    assert lines[1] == "hint: catalog.yaml:13 assets[0]: compute them again"
    assert lines[-1] == "3 items checked: 2 errors"


def test_a_hint_that_is_the_same_is_told_once(project: Project) -> None:
    out = built(project)
    for name in IDS:
        edit(out / name / f"{name}.json", lambda d: d["properties"].update(title=" "))
    _, lines, _ = check(project, "out/catalog.json")
    assert sum("[title-empty]" in line for line in lines) == 3
    assert lines.count("hint: write a title, or leave it out") == 1


def test_the_line_of_the_spec_is_that_of_the_rule(project: Project) -> None:
    out = built(project)
    late = {"datetime": "2999-01-01T00:00:00Z"}
    edit(out / ITEM, lambda document: document["properties"].update(late))
    edit(out / ITEM, lambda document: document["assets"]["data"].update(roles=[]))
    cures = {f.name: f.cure for f in inspect(project.folder, project.cache).findings}
    assert cures["time-in-future"] == "catalog.yaml:9 items.datetime"
    assert cures["asset-roles"] == "catalog.yaml:13 assets[0]"
    cures = {f.name: f.cure for f in inspect(out / "catalog.json", project.cache).findings}
    assert cures["time-in-future"] == ""


def test_warnings_exit_0_and_with_strict_1(project: Project) -> None:
    edit(built(project) / ITEM, lambda document: document["assets"]["data"].update(roles=[]))
    assert check(project, "out/catalog.json")[0] == 0
    assert check(project, "--strict", "out/catalog.json")[0] == 1


def test_json_says_the_same(project: Project) -> None:
    schemas()
    set_minimum(built(project), 9999)
    code, lines, _ = check(project, "--json")
    told = json.loads("\n".join(lines))
    assert code == 1
    assert told["items"] == 3
    assert told["documents"] == 4
    assert (told["errors"], told["warnings"]) == (2, 0)
    assert told["findings"][0] == {
        "name": "statistics-impossible",
        "severity": "error",
        "file": ITEM,
        "path": "assets.data.bands[0].statistics",
        "what": told["findings"][0]["what"],
        "cure": "catalog.yaml:13 assets[0]",
        "hint": "compute them again",
    }


def test_a_document_gives_no_orders_to_the_terminal(project: Project) -> None:
    out = built(project)
    edit(out / ITEM, lambda document: document["assets"].update({"\x1b[2J\nerror": {"href": "\r"}}))
    _, lines, _ = check(project, "out/catalog.json")
    assert all(line.isprintable() for line in lines)
    assert all(line.startswith(("error: ", "warning: ", "hint: ")) for line in lines[:-1])


def test_no_secret_is_shown(project: Project) -> None:
    out = built(project)
    address = "https://me:hush@example.org/a b?X-Amz-Signature=hush"
    edit(out / ITEM, lambda document: document["assets"]["data"].update(href=address))
    edit(out / SECOND, lambda document: document["links"][0].update(rel=address, href=address))
    for arguments in (["out"], ["--json", "out"]):
        _, lines, errors = check(project, *arguments)
        assert "href-secret" in "".join(lines)
        assert "hush" not in "".join(lines) + errors


# --------------------------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("what", "says"),
    [
        ("nothing.yaml", "there is no such file"),
        ("nothing.json", "there is no such file"),
        ("empty", "has neither catalog.yaml nor catalog.json in it"),
        ("catalog.yaml", "has not been built yet"),
    ],
)
def test_what_cannot_be_checked_is_exit_code_2(project: Project, what: str, says: str) -> None:
    project.spec("  - https://example.org/ice_20190101T000000.tif\n")
    (project.folder / "empty").mkdir()
    code, lines, errors = check(project, what)
    assert (code, lines) == (2, [])
    assert says in errors
    assert "hint: " in errors


def test_a_wrong_spec_is_exit_code_2_with_its_problems(project: Project) -> None:
    built(project)
    spec = project.folder / "catalog.yaml"
    spec.write_text(spec.read_text("utf-8").replace("title: Lakes", "titel: Lakes", 1), "utf-8")
    code, _, errors = check(project)
    assert code == 2
    assert "did you mean 'title'?" in errors


def test_nothing_is_written_but_schemas(project: Project) -> None:
    built(project)
    keep_schemas(project.cache)
    before, kept = project.marks(), sorted(project.cache.rglob("*"))
    check(project)
    assert project.marks() == before
    assert {path.name for path in set(project.cache.rglob("*")) - set(kept)} <= {"schemas.sqlite"}


# ------------------------------------------------------------------------------- of another making


def test_a_published_catalog_of_absolute_links_is_read_from_its_folder(tmp_path: Path) -> None:
    catalog = pystac.Catalog.from_file(str(foreign(tmp_path / "made") / "catalog.json"))
    list(catalog.get_items(recursive=True))
    catalog.normalize_hrefs("https://example.org/stac")
    for link in catalog.links:
        link.media_type = link.media_type or "application/json"
    catalog.save(pystac.CatalogType.ABSOLUTE_PUBLISHED, str(tmp_path / "public"))
    inspection = inspect(tmp_path / "public" / "catalog.json", tmp_path / "cache")
    assert inspection.items == 3
    assert {finding.name for finding in inspection.findings} <= {"schema-unavailable"}


def test_a_lone_collection_is_checked(tmp_path: Path) -> None:
    folder = foreign(tmp_path / "made") / "scenes"
    inspection = inspect(folder, tmp_path / "cache")
    assert inspection.items == 3
    # its root and its parent lie above the folder, and nobody goes there
    assert {finding.name for finding in inspection.findings} <= {"link-outside"}


@pytest.mark.skipif(os.name == "nt", reason="symbolic links need rights there")
def test_symbolic_links_are_not_followed_out(project: Project, tmp_path: Path) -> None:
    out = built(project)
    away = tmp_path / "away.json"
    shutil.move(out / ITEM, away)
    (out / ITEM).symlink_to(away)
    assert names(out, project.cache) == {"broken-link"}
    (out / ITEM).unlink()
    (out / ITEM).symlink_to(ITEM.rpartition("/")[2])  # itself
    assert names(out, project.cache) == {"broken-link"}


def test_a_document_of_two_catalogs_is_no_fault(tmp_path: Path) -> None:
    folder = foreign(tmp_path / "made")
    link = {"rel": "item", "href": "./scenes/scene-0/scene-0.json", "type": "application/geo+json"}
    edit(folder / "catalog.json", lambda document: document["links"].append(link))
    assert names(folder, tmp_path / "cache") == set()


def test_another_catalog_in_the_folder_is_left_alone(tmp_path: Path) -> None:
    foreign(foreign(tmp_path / "made") / "other")
    assert names(tmp_path / "made", tmp_path / "cache") == set()


@pytest.mark.skipif(os.name == "nt", reason="there these are one file")
def test_names_that_differ_in_case_are_found(tmp_path: Path) -> None:
    folder = foreign(tmp_path / "made")
    shutil.copytree(folder / "scenes" / "scene-0", folder / "scenes" / "Scene-0")
    if (folder / "SCENES").exists():
        pytest.skip("this disk does not tell cases apart")
    copy = folder / "scenes" / "Scene-0" / "scene-0.json"
    edit(copy, lambda document: document.update(id="Scene-0", assets={}))
    link = {"rel": "item", "href": "./Scene-0/scene-0.json", "type": "application/geo+json"}
    edit(folder / "scenes" / "collection.json", lambda document: document["links"].append(link))
    assert names(folder, tmp_path / "cache") == {"names-differ-in-case", "no-assets"}


def test_a_file_that_is_a_cog_may_be_called_one(tmp_path: Path) -> None:
    folder = foreign(tmp_path / "made")
    scene = folder / "scenes" / "scene-0" / "scene-0.json"
    edit(scene, lambda document: document["assets"]["red"].update(href="./red.tif"))
    for layout, expected in (("COG", set()), ("GTiff", {"cog-untrue"})):
        write_raster(scene.with_name("red.tif"), layout)
        assert names(folder, tmp_path / "cache") == expected


def write_raster(path: Path, layout: str) -> None:
    import numpy as np
    import rasterio
    from rasterio.transform import from_origin

    shape = {"driver": layout, "width": 600, "height": 600, "count": 1, "dtype": "uint8"}
    grid = {"crs": "EPSG:4326", "transform": from_origin(10, 51, 1 / 600, 1 / 600)}
    with rasterio.open(path, "w", **shape, **grid) as file:
        file.write(np.ones((1, 600, 600), np.uint8))
