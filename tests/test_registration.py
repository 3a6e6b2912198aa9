"""`itemcat osc`: what is written into a clone of the metadata repository, and what stays."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from checkout import git, settle
from kept import keep_schemas
from metadata import (
    ENTRY,
    OF_ENTRY,
    PRODUCT,
    SCHEME,
    assert_accepted,
    built,
    changed,
    document,
    edit,
    entry,
    kept,
    link,
    links,
    metadata,
    put,
    registered,
)
from project import Project
from stac import assert_valid

from itemcat.errors import Drift, Problems, SpecError, Unfit, UsageError
from itemcat.registration import Registration, prepare

NEW_PROJECT = """\
  project:
    id: ice-lakes
    title: Ice Lakes
    description: Maps lakes on ice.
    via: https://example.org/project
    technical_officer: {name: Ada Ice, email: ada@example.org}
    consortium: [University of Iceland]
"""


@pytest.fixture(autouse=True)
def _settled(monkeypatch: pytest.MonkeyPatch, project: Project) -> None:
    settle(monkeypatch)
    keep_schemas(project.cache)


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    return metadata(tmp_path / "clone")


@pytest.fixture
def lakes(project: Project) -> Project:
    """A catalog of two items, with a section `osc`."""
    built(project)
    return project


def objections(project: Project, clone: Path | None) -> list[tuple[str, str, str]]:
    found = prepare(project.folder, clone, project.cache).objections
    return [(one.where, one.what, one.hint) for one in found]


# ------------------------------------------------------------------------------- what is written


def test_the_product_with_links_to_all_and_from_all(lakes: Project, clone: Path) -> None:
    registered(lakes, clone)
    assert changed(clone) == OF_ENTRY
    product = document(clone, PRODUCT)
    assert [(one["rel"], one["href"], one.get("title")) for one in product["links"]] == [
        ("root", "../../catalog.json", "Open Science Catalog"),
        ("via", "https://zenodo.org/records/7568049", "Access"),
        ("parent", "../catalog.json", "Products"),
        ("related", "../../projects/greenland/collection.json", "Project: 4D-Greenland"),
        ("related", "../../themes/cryosphere/catalog.json", "Theme: Cryosphere"),
        ("related", "../../variables/lake-area/catalog.json", "Variable: Area of lakes (km²)"),
        ("related", "../../eo-missions/sentinel-1/catalog.json", "EO Mission: Sentinel-1"),
        ("child", "https://lakes.esa.int/out/catalog.json", "Items"),
        ("self", f"https://osc.example.org/metadata/{PRODUCT}", None),
    ]
    assert product["extent"]["temporal"]["interval"] == [
        ["2019-01-01T00:00:00Z", "2019-01-02T00:00:00Z"]
    ]
    [[west, south, east, north]] = product["extent"]["spatial"]["bbox"]
    assert west < east < 0
    assert 60 < south < north < 90
    assert [product[key] for key in ("osc:variables", "osc:missions", "license", "title")] == [
        ["lake-area"],
        ["sentinel-1"],
        "CC-BY-4.0",
        "Lakes",
    ]
    for path in OF_ENTRY:
        if path != PRODUCT:
            way = "./" if path == "products/catalog.json" else "../../products/"
            assert link("child", f"{way}lakes/collection.json", "Lakes") in links(
                clone, path, "child"
            )


def test_only_lines_of_links_are_added_in_the_style_of_each_file(
    lakes: Project, clone: Path
) -> None:
    registered(lakes, clone)
    diff = git(clone, "diff", "--unified=0", "--no-color")
    removed = [line[1:] for line in diff.splitlines() if line.startswith("-") and line[:3] != "---"]
    added = [line[1:] for line in diff.splitlines() if line.startswith("+") and line[:3] != "+++"]
    assert (removed, len(added)) == ([], 5 * 6)
    assert not (clone / "variables/lake-area/catalog.json").read_text().endswith("\n")
    assert "\\u00cele" in (clone / "products/catalog.json").read_text("utf-8")


def test_it_is_what_the_schemas_ask_for(lakes: Project, clone: Path) -> None:
    edit(lakes, "  via:", "  doi: 10.5281/zenodo.7568049\n  parameters: [lake_area]\n  via:")
    registered(lakes, clone)
    assert_accepted(document(clone, PRODUCT), "products/children.json")
    assert_accepted(document(clone, "products/catalog.json") | STAC, "products/parent.json")
    assert_valid(document(clone, PRODUCT))


STAC = {"type": "Catalog", "stac_version": "1.0.0", "title": "All", "description": "All."}


def test_twice_is_once(lakes: Project, clone: Path) -> None:
    registered(lakes, clone)
    before = {path: (clone / path).stat().st_mtime_ns for path in OF_ENTRY}
    done = lakes.run("osc", "--metadata", str(clone))
    assert done.stdout == "nothing to do: the product lakes is up to date\n"
    assert before == {path: (clone / path).stat().st_mtime_ns for path in OF_ENTRY}


@pytest.mark.parametrize(
    ("old", "new", "files"),
    [
        ("status: ongoing", "status: completed", [PRODUCT]),
        ("description: Lakes on ice.", "description: Lakes.", [PRODUCT]),
        ("title: Lakes\n", "title: Ice lakes\n", OF_ENTRY),
        (
            "[lake-area]",
            "[lake-level]",
            [PRODUCT, "variables/lake-area/catalog.json", "variables/lake-level/catalog.json"],
        ),
        ("[cryosphere]", "[cryosphere, oceans]", [PRODUCT, "themes/oceans/catalog.json"]),
        ("  missions: [sentinel-1]\n", "", ["eo-missions/sentinel-1/catalog.json", PRODUCT]),
        ("records/7568049", "records/7", [PRODUCT]),
    ],
)
def test_after_an_edit_only_that_changes(
    lakes: Project, clone: Path, old: str, new: str, files: list[str]
) -> None:
    registered(lakes, clone)
    git(clone, "add", "--all")
    git(clone, "commit", "--quiet", "--message", "Lakes")
    edit(lakes, old, new)
    registered(lakes, clone)
    assert changed(clone) == files
    edit(lakes, new, old) if new else edit(lakes, "  via:", f"{old}  via:")
    registered(lakes, clone)
    assert changed(clone) == []


def test_what_was_added_by_hand_stays(lakes: Project, clone: Path) -> None:
    registered(lakes, clone)
    product = document(clone, PRODUCT)
    notebook = {"rel": "example", "href": "https://example.org/a.ipynb", "title": "Tutorial"}
    hand = link("related", "../../variables/lake-level/catalog.json", "Variable: Lake level")
    product["links"] += [notebook, hand]
    product["links"][1]["description"] = "All of it."
    product |= {"updated": "2025-01-01T00:00:00Z", "keywords": ["ice"], "osc:region": "Arctic"}
    product["themes"][0]["concepts"][0]["title"] = "Cryosphere"
    put(clone, PRODUCT, product, indent=4)
    theme = document(clone, "themes/cryosphere/catalog.json")
    theme["links"].insert(0, link("child", "../../products/x/collection.json", "An old title"))
    put(clone, "themes/cryosphere/catalog.json", theme)
    before = (clone / PRODUCT).read_text("utf-8")
    assert registered(lakes, clone).changed == ()
    edit(lakes, "status: ongoing", "status: completed")
    assert registered(lakes, clone).changed == (PRODUCT,)
    assert (clone / PRODUCT).read_text("utf-8") == before.replace("ongoing", "completed")


def test_an_experiment_that_the_spec_does_not_know_keeps_field_and_link(
    lakes: Project, clone: Path
) -> None:
    theirs = link("related", "../../experiments/mapping/record.json", "Experiment: Mapping")
    there = {"id": "lakes", "osc:project": "greenland", "osc:experiment": "mapping"}
    put(clone, PRODUCT, {**there, "links": [theirs]})
    registered(lakes, clone)
    assert document(clone, PRODUCT)["osc:experiment"] == "mapping"
    assert theirs in links(clone, PRODUCT, "related")


def test_a_product_that_others_have_made_is_brought_up_to_date(lakes: Project, clone: Path) -> None:
    fields = {"osc:project": "greenland", "osc:variables": ["lake-level"], "created": "2020"}
    ours = [link("parent", "../catalog.json", "products"), {"rel": "via", "href": "ftp://x.org"}]
    level = link("related", "../../variables/lake-level/catalog.json", "Lake level")
    put(clone, PRODUCT, {"id": "lakes", "links": [*ours, level], **fields})
    registered(lakes, clone)
    product = document(clone, PRODUCT)
    assert list(product)[:5] == ["id", "links", "osc:project", "osc:variables", "created"]
    assert [one["href"] for one in links(clone, PRODUCT, "via")] == [
        "https://zenodo.org/records/7568049",
        "ftp://x.org",
    ]
    assert "lake-level" not in str(links(clone, PRODUCT, "related"))
    assert [one["title"] for one in links(clone, PRODUCT, "parent")] == ["Products"]
    assert [one["rel"] for one in product["links"]].count("root") == 1


def test_the_section_changes_no_item_and_asks_nobody(lakes: Project) -> None:
    before = lakes.marks()
    edit(lakes, "status: ongoing", "status: completed")
    after = lakes.marks()
    assert {path for path in after if after[path] != before[path]} == {"catalog.yaml"}
    assert lakes.build(locked=True).totals.requests == 0


def test_a_box_over_180_degrees_is_one_of_four_numbers(project: Project, clone: Path) -> None:
    spec = ENTRY.replace("    href", "    bbox: [{0}, 60, {1}, 61]\n    href")
    one, other = spec.split("assets:\n")
    entries = "".join(
        other.replace("*.tif", f"{name}.json").format(west, east, name="{name}")
        for name, west, east in (("a_20190101T000000", 178, 179), ("b_20190102T000000", -179, -178))
    )
    for name in ("a_20190101T000000.json", "b_20190102T000000.json"):
        (project.folder / name).write_text("{}")
    project.spec(f"{one}assets:\n{entries}".replace(".tif", ".json").replace(
        'title: "Lakes', 'reader: file\n  title: "Lakes'))  # fmt: skip
    project.build()
    registered(project, clone)
    assert document(clone, PRODUCT)["extent"]["spatial"]["bbox"] == [[178, 60, -178, 61]]


KILLS = """
import os, signal, subprocess, sys
from pathlib import Path
from dying import die_at
from itemcat.registration import prepare, write

folder, clone, cache = map(Path, sys.argv[1:])

def state():
    return {p: p.read_bytes() for p in clone.rglob("*") if p.is_file() and ".git" not in p.parts}

def reset():
    subprocess.run(["git", "checkout", "-q", "."], cwd=clone, check=True)
    subprocess.run(["git", "clean", "-fdq"], cwd=clone, check=True)

before = state()
write(prepare(folder, clone, cache))
after = state()
assert after != before
kills = 0
while True:
    reset()
    registration = prepare(folder, clone, cache)
    child = os.fork()
    if child == 0:
        die_at(kills + 1, [str(clone)])
        write(registration)
        os._exit(0)
    if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != -signal.SIGKILL:
        break
    kills += 1
    write(prepare(folder, clone, cache))
    assert state() == after, kills
print(kills)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_killed_at_any_point_the_next_run_ends_as_if_it_were_not(
    lakes: Project, clone: Path
) -> None:
    registered(lakes, clone)
    git(clone, "add", "--all")
    git(clone, "commit", "--quiet", "--message", "Lakes")
    edit(lakes, "[lake-area]", "[lake-level]")
    command = [sys.executable, "-c", KILLS, str(lakes.folder), str(clone), str(lakes.cache)]
    path = os.pathsep.join(sys.path)
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": path}
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 3 * 2  # three files, each made and moved


# --------------------------------------------------------------------------------- items inside


def test_items_in_the_products_folder(lakes: Project, clone: Path) -> None:
    edit(lakes, "  published_url: https://lakes.esa.int/out/catalog.json\n", "")
    done = lakes.run("osc", "--inline", "--metadata", str(clone))
    assert (done.returncode, done.stderr) == (0, "")
    names = ("a_20190101T000000", "b_20190102T000000")
    assert changed(clone) == sorted([*OF_ENTRY, *(f"products/lakes/{n}.json" for n in names)])
    assert links(clone, PRODUCT, "child") == []
    assert links(clone, PRODUCT, "item") == [
        link("item", f"./{name}.json", f"Lakes of {name[2:6]}-{name[6:8]}-{name[8:10]}")
        for name in names
    ]
    item = document(clone, f"products/lakes/{names[0]}.json")
    assert item["links"] == [
        link(rel, "./collection.json", "Lakes") for rel in ("collection", "parent")
    ]
    assert (item["stac_version"], item["collection"]) == ("1.0.0", "lakes")
    assert item["properties"]["license"] == "CC-BY-4.0"
    assert item["properties"]["description"]
    assert item["assets"]["data"]["roles"] == ["data"]
    assert_valid(item)
    again = lakes.run("osc", "--metadata", str(clone))  # they stay there without being asked for
    assert again.stdout == "nothing to do: the product lakes is up to date\n"


def test_an_item_that_would_be_the_products_own_document(lakes: Project, clone: Path) -> None:
    (lakes.folder / "b_20190102T000000.tif").unlink()
    edit(lakes, "\nitems:\n", "\nitems:\n  id: Collection\n")
    assert objections(lakes, clone) == []
    [found] = prepare(lakes.folder, clone, lakes.cache, inline=True).objections
    assert "'Collection' would be in the place of the product's own document" in str(found)


def test_an_item_s_old_times_go_and_its_old_assets_are_named(lakes: Project, clone: Path) -> None:
    registered(lakes, clone, inline=True)
    file = "products/lakes/a_20190101T000000.json"
    there = document(clone, file)
    there["properties"] |= {"start_datetime": "2018-01-01T00:00:00Z", "note": "by hand"}
    there["assets"]["old"] = {"href": "https://example.org/old.tif"}
    put(clone, file, there)
    found = registered(lakes, clone)
    what = "assets that are none of the catalog: old; delete them yourself"
    assert found.notes == (f"{file} has {what}",)
    assert "start_datetime" not in document(clone, file)["properties"]
    assert document(clone, file)["properties"]["note"] == "by hand"
    assert "old" in document(clone, file)["assets"]


def test_thumbnails_stay_with_the_catalog(lakes: Project, clone: Path) -> None:
    """Beside the items in the product's folder they would not be found."""
    edit(lakes, "catalog:", "thumbnails: true\ncatalog:")
    lakes.build()
    assert len([*lakes.folder.rglob("*.png")]) == 2
    registered(lakes, clone)
    assert changed(clone) == OF_ENTRY
    registered(lakes, clone, inline=True)
    assert list(document(clone, "products/lakes/a_20190101T000000.json")["assets"]) == ["data"]


def test_items_of_others_in_that_folder_are_left_and_named(lakes: Project, clone: Path) -> None:
    registered(lakes, clone, inline=True)
    (lakes.folder / "b_20190102T000000.tif").unlink()
    lakes.build(refresh=True)
    notes = registered(lakes, clone).notes
    assert notes == (
        "products/lakes/b_20190102T000000.json is no item of the catalog: delete it and its link "
        "yourself",
    )
    assert (clone / "products/lakes/b_20190102T000000.json").exists()
    put(clone, "products/lakes/a_20190101T000000.json", {"id": "other", "links": []})
    [[where, what, _]] = objections(lakes, clone)
    assert where.endswith("products/lakes/a_20190101T000000.json")
    assert what == "is there, and is something else"


# --------------------------------------------------------------------------------- a new project


def test_a_project_that_is_new(lakes: Project, clone: Path) -> None:
    edit(lakes, "  project: greenland\n", NEW_PROJECT)
    registered(lakes, clone)
    file = "projects/ice-lakes/collection.json"
    project = document(clone, file)
    assert_accepted(project, "projects/children.json")
    assert_valid(project)
    assert project["contacts"] == [
        {
            "name": "Ada Ice",
            "emails": [{"value": "ada@example.org"}],
            "roles": ["technical_officer"],
        },
        {"name": "University of Iceland", "roles": ["consortium_member"]},
    ]
    assert project["themes"] == [{"scheme": SCHEME, "concepts": [{"id": "cryosphere"}]}]
    assert link("child", "./ice-lakes/collection.json", "Ice Lakes") in links(
        clone, "projects/catalog.json", "child"
    )
    assert link(
        "related", "../../projects/ice-lakes/collection.json", "Project: Ice Lakes"
    ) in links(clone, PRODUCT, "related")
    assert registered(lakes, clone).changed == ()
    edit(lakes, "title: Ice Lakes", "title: Lakes of ice")
    assert registered(lakes, clone).changed == (file, "projects/catalog.json", PRODUCT)


def test_a_project_with_other_products_is_others_too(lakes: Project, clone: Path) -> None:
    edit(lakes, "  project: greenland\n", NEW_PROJECT.replace("ice-lakes", "greenland"))
    found = registered(lakes, clone)
    assert document(clone, "projects/greenland/collection.json")["title"] == "4D-Greenland"
    assert found.notes == (
        "projects/greenland/collection.json is left as it is: it has other products, too",
    )


@pytest.mark.parametrize(
    ("old", "new", "where", "what"),
    [
        ("ice-lakes", "Greenland", "14:5", "osc.project.id: 'Greenland' differs from 'greenland'"),
        ("ice-lakes", "bare", "13:3", "osc.project: there is a project 'bare' already"),
        ("example.org/project", "example.org/?token=abc", "17:5", "osc.project.via: has a secret"),
    ],
)
def test_a_project_that_cannot_be_new(
    lakes: Project, clone: Path, old: str, new: str, *, where: str, what: str
) -> None:
    """One that others have entered is not taken for ours because it has no product yet."""
    entry(clone, "projects/bare/collection.json", "Bare")
    edit(lakes, "  project: greenland\n", NEW_PROJECT.replace(old, new))
    [[found, said, _]] = objections(lakes, clone)
    assert (found, said[: len(what)]) == (f"catalog.yaml:{where}", what)


# --------------------------------------------------------------------------------- what is refused


def test_all_that_is_unknown_is_named_at_its_line_and_nothing_is_written(
    lakes: Project, clone: Path
) -> None:
    edit(lakes, "project: greenland", "project: grenland")
    edit(lakes, "[cryosphere]", "[cryosphere, Oceanes]")
    edit(lakes, "[lake-area]", "[Area of lakes (km²), snow]\n  experiment: maping")
    edit(lakes, "[sentinel-1]", "[sentinel1]")
    done = lakes.run("osc", "--metadata", str(clone))
    assert done.stderr.splitlines() == [
        "error: catalog.yaml:13:3: osc.project: there is no project 'grenland'",
        "hint: did you mean 'greenland'?",
        "error: catalog.yaml:15:24: osc.themes[1]: there is no theme 'Oceanes'",
        "hint: did you mean 'oceans'?",
        "error: catalog.yaml:16:15: osc.variables[0]: there is no variable 'Area of lakes (km²)'",
        "hint: did you mean 'lake-area'?",
        "error: catalog.yaml:16:36: osc.variables[1]: there is no variable 'snow'",
        "hint: variables/catalog.json lists them all",
        "error: catalog.yaml:18:14: osc.missions[0]: there is no mission 'sentinel1'",
        "hint: did you mean 'sentinel-1'?",
        "error: catalog.yaml:17:3: osc.experiment: there is no experiment 'maping'",
        "hint: did you mean 'mapping'?",
        "nothing was written",
    ]
    assert (done.returncode, changed(clone)) == (2, [])


@pytest.mark.parametrize(
    ("old", "new", "where", "what"),
    [
        ("  license: CC-BY-4.0\n", "", "1:1", "catalog.license: is missing"),
        ("CC-BY-4.0", "other", "5:3", "catalog.license: 'other' is rejected"),
        ("CC-BY-4.0", "CC BY 4.0", "5:3", "catalog.license: 'CC BY 4.0' is no SPDX identifier"),
        ("CC-BY-4.0", "cc-by-4.0", "5:3", "catalog.license: 'cc-by-4.0' is no SPDX identifier"),
        ("CC-BY-4.0", "MIT OR ISC", "5:3", "catalog.license: 'MIT OR ISC' is no SPDX identifier"),
        (
            "  via: https://zenodo.org/records/7568049\n",
            "",
            "12:1",
            "osc.via: is missing, and no DOI or record is known",
        ),
        (
            "records/7568049",
            "records/7?token=abc",
            "18:3",
            "osc.via: has a secret in it, which would be public",
        ),
        (
            "via: https",
            "documentation: https://x.org/#access_token=abc\n  via: https",
            "18:3",
            "osc.documentation: has a secret in it, which would be public",
        ),
        (
            "  published_url: https://lakes.esa.int/out/catalog.json\n",
            "",
            "1:1",
            "catalog.published_url: is missing, and no git remote tells the address",
        ),
        (
            "/out/catalog.json",
            "/out/",
            "6:3",
            "catalog.published_url: does not end in catalog.json",
        ),
        (
            "    href: https://example.org/lakes/{name}\n",
            "",
            "19:1",
            "assets: the files of a_20190101T000000, b_20190102T000000 have no public address",
        ),
        (
            "status: ongoing",
            "product: Ice\n  status: ongoing",
            "14:3",
            "osc.product: 'Ice' differs from 'ice', which is there, in case only",
        ),
        (
            "status: ongoing",
            "product: con\n  status: ongoing",
            "14:3",
            "osc.product: 'con' is no folder on every system",
        ),
    ],
)
def test_what_the_catalog_would_refuse(
    lakes: Project, clone: Path, old: str, new: str, *, where: str, what: str
) -> None:
    edit(lakes, old, new)
    assert [one[:2] for one in objections(lakes, clone)] == [(f"catalog.yaml:{where}", what)]


def test_free_words_for_licences(lakes: Project, clone: Path) -> None:
    for word in ("proprietary", "various"):
        edit(lakes, "license: ", f"license: {word} #")
        assert objections(lakes, clone) == []


def test_the_product_of_another_project_is_not_taken(lakes: Project, clone: Path) -> None:
    put(clone, PRODUCT, {"id": "lakes", "osc:project": "theirs", "links": []})
    [[where, what, hint]] = objections(lakes, clone)
    assert where == "catalog.yaml:12:1"
    assert what == "osc.product: 'lakes' is there, as a product of the project 'theirs'"
    assert hint.startswith("choose another id")
    assert hint.endswith("take away the links from it to the other project and back")


def test_a_strange_type_of_a_link_that_is_there(lakes: Project, clone: Path) -> None:
    via = {"rel": "via", "href": "https://x.org", "type": "image/png"}
    put(clone, PRODUCT, {"id": "lakes", "osc:project": "greenland", "links": [via]})
    [[where, what, _]] = objections(lakes, clone)
    assert (Path(where), what) == (
        clone / PRODUCT,
        "a via link of the type 'image/png' is refused",
    )


def test_paths_that_are_too_long_for_windows(lakes: Project, clone: Path) -> None:
    edit(lakes, "status: ongoing", f"product: {'x' * 90}\n  status: ongoing")
    edit(lakes, 'title: "Lakes of', f'id: "{"y" * 80}_{{stem}}"\n  title: "Lakes of')
    assert objections(lakes, clone) == []
    [error] = prepare(lakes.folder, clone, lakes.cache, inline=True).objections
    assert error.where == "catalog.yaml:15:3"
    assert "has 203 signs, 194 are possible on Windows" in error.what
    assert error.hint == "choose shorter ids"


def test_without_a_section_without_a_build_without_a_clone(
    project: Project, clone: Path, tmp_path: Path
) -> None:
    project.spec(ENTRY)
    project.raster("a_20190101T000000.tif")
    with pytest.raises(Drift, match="run `itemcat build`"):
        prepare(project.folder, clone, project.cache)
    project.build()
    with pytest.raises(UsageError, match="is no clone of the Open Science Catalog's metadata"):
        prepare(project.folder, tmp_path, project.cache)
    head, rest = ENTRY.split("osc:\n")
    project.spec(head + rest[rest.index("assets:") :])
    project.build()
    with pytest.raises(UsageError, match="has no section `osc:`"):
        prepare(project.folder, clone, project.cache)


def test_without_the_library_of_licences(lakes: Project, clone: Path) -> None:
    program = "import sys; sys.modules['packaging'] = None; from itemcat.cli import main; "
    command = [sys.executable, "-c", f"{program}sys.exit(main())", "osc", "--metadata", str(clone)]
    environment = {**os.environ, "ITEMCAT_CACHE_DIR": str(lakes.cache)}
    done = subprocess.run(
        command, cwd=lakes.folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert 'install it with `pip install "itemcat[osc]"`' in done.stderr


def test_a_catalog_of_another_making_has_no_section(lakes: Project, clone: Path) -> None:
    with pytest.raises(UsageError, match="is no spec"):
        prepare(lakes.folder / "out" / "catalog.json", clone, lakes.cache)


def test_a_target_without_a_title_cannot_be_linked(lakes: Project, clone: Path) -> None:
    put(clone, "themes/cryosphere/catalog.json", {"id": "cryosphere", "links": []})
    [[where, what, _]] = objections(lakes, clone)
    assert (where.endswith("themes/cryosphere/catalog.json"), what) == (True, "has no title")


def test_a_catalog_with_errors_is_not_entered(lakes: Project, clone: Path) -> None:
    edit(lakes, "items:\n", "items:\n  properties: {gsd: ten}\n")
    with pytest.raises(Unfit, match="errors found by check"):
        registered(lakes, clone)
    assert changed(clone) == []


@pytest.mark.parametrize(
    "path", ["products", "products/lakes", PRODUCT, "themes/cryosphere/catalog.json"]
)
def test_symbolic_links_are_not_followed(
    lakes: Project, clone: Path, tmp_path: Path, path: str
) -> None:
    target = tmp_path / "elsewhere"
    if (clone / path).exists():
        (clone / path).rename(target)
    (clone / path).parent.mkdir(exist_ok=True)
    (clone / path).symlink_to(target)
    with pytest.raises(UsageError, match="lies behind a symbolic link"):
        registered(lakes, clone)


@pytest.mark.parametrize("name", ["..", "."])
def test_no_id_leads_out_of_the_clone(lakes: Project, clone: Path, name: str) -> None:
    edit(lakes, "[cryosphere]", f"['{name}']")
    with pytest.raises(UsageError, match="is no path in the clone"):
        registered(lakes, clone)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("{", "is no JSON"),
        ("[]", "is no document with links"),
        ('{"links": 5}', "is no document with links"),
        ('{"links": [5]}', "is no document with links"),
        ('{"links": [{"rel": "via"}]}', "is no document with links"),
        ("\xff", "is not UTF-8 text"),
    ],
)
def test_a_document_that_is_none(lakes: Project, clone: Path, text: str, what: str) -> None:
    (clone / "themes/cryosphere/catalog.json").write_text(text, "latin-1")
    with pytest.raises(UsageError, match=what):
        registered(lakes, clone)
    assert changed(clone) == ["themes/cryosphere/catalog.json"]


@pytest.mark.parametrize("place", [PRODUCT + "/x", "products/lakes"])
def test_what_is_in_the_way_is_told_before_anything_is_written(
    lakes: Project, clone: Path, place: str
) -> None:
    put(clone, place, {})
    before = changed(clone)
    with pytest.raises(UsageError, match=f"{PRODUCT}: is no file, or its folder is none"):
        prepare(lakes.folder, clone, lakes.cache)
    assert changed(clone) == before


def test_an_id_in_other_case_is_none_where_files_are_found_by_it(
    lakes: Project, clone: Path
) -> None:
    there = document(clone, "themes/cryosphere/catalog.json")
    put(clone, "themes/Cryosphere/catalog.json", there)  # as case-insensitive systems find it
    edit(lakes, "[cryosphere]", "[Cryosphere]")
    [[_, what, _]] = objections(lakes, clone)
    assert what == "osc.themes[0]: there is no theme 'Cryosphere'"


def test_a_time_of_processing_is_told(lakes: Project, clone: Path) -> None:
    for path in sorted(lakes.folder.glob("*.tif")):
        import rasterio

        with rasterio.open(path, "r+") as raster:
            raster.update_tags(TIFFTAG_DATETIME="2025:04:07 10:01:20")
    edit(lakes, 'datetime: "{start}"', "datetime: {tag: TIFFTAG_DATETIME}")
    [note] = registered(lakes, clone).notes
    assert "TIFFTAG_DATETIME, which often is when a file was processed" in note


def test_only_what_is_needed_is_read(lakes: Project, clone: Path) -> None:
    (clone / "themes/oceans/catalog.json").write_text("no JSON at all")
    (clone / "products/ice/collection.json").write_text("no JSON at all")
    registered(lakes, clone)


def test_a_remote_that_is_known_tells_the_address(lakes: Project, clone: Path) -> None:
    edit(lakes, "  published_url: https://lakes.esa.int/out/catalog.json\n", "")
    kept(lakes.folder)
    git(lakes.folder, "remote", "add", "origin", "git@github.com:ice/lakes.git")
    found: Registration = registered(lakes, clone)
    address = "https://raw.githubusercontent.com/ice/lakes/main/out/catalog.json"
    assert [one["href"] for one in links(clone, PRODUCT, "child")] == [address]
    assert "no approved host of metadata" in found.notes[0]


# --------------------------------------------------------------------------------- check --osc


def test_check_tells_what_is_wrong_and_what_the_audit_will_say(lakes: Project, clone: Path) -> None:
    done = lakes.run("check", "--osc", "--metadata", str(clone))
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    assert lines[:2] == [
        "2 items checked: nothing found",
        "expected of the audit: 13 of 20, if every address answers",
    ]
    assert "   1 F4.1 an approved host of metadata" in lines
    assert "   0 R1.5 an example of access: give `osc.example`" in lines
    assert changed(clone) == []
    edit(lakes, "[cryosphere]", "[ice]")
    wrong = lakes.run("check", "--osc", "--metadata", str(clone), "--json")
    told: dict[str, Any] = json.loads(wrong.stdout)["osc"]
    assert wrong.returncode == 1
    assert [one["what"] for one in told["objections"]] == ["osc.themes[0]: there is no theme 'ice'"]
    assert (len(told["criteria"]), told["score"]) == (20, 13)
    alone = lakes.run("check", "--osc")  # without a clone, nothing is looked for in one
    assert alone.returncode == 0


def test_what_check_finds_is_told_before_an_entry_that_cannot_be(lakes: Project) -> None:
    path = lakes.folder / "out/a_20190101T000000/a_20190101T000000.json"
    path.write_text(path.read_text("utf-8").replace("2019-01-01", "2025-04-07"), "utf-8")
    done = lakes.run("check", "--osc")
    assert "[edited-by-hand]" in done.stdout
    assert "the catalog is not what the spec asks for" in done.stderr
    assert done.returncode == 1


def test_problems_are_of_the_spec(lakes: Project, clone: Path) -> None:
    edit(lakes, "[cryosphere]", "[ice]")
    with pytest.raises(Problems) as caught:
        registered(lakes, clone)
    assert all(isinstance(one, SpecError) for one in caught.value.errors)
