"""`itemcat publish --metadata`: the entry on a branch of the clone, and the text of its request."""

from pathlib import Path

import pytest
from checkout import Repository, founded, git, settle
from kept import keep_schemas
from metadata import OF_ENTRY, PRODUCT, built, changed, document, edit, links, metadata, put
from project import Project

from itemcat.errors import GitError, UsageError
from itemcat.registration import prepare
from itemcat.submission import Submission, submit

BRANCH = "itemcat/lakes"


@pytest.fixture(autouse=True)
def _settled(monkeypatch: pytest.MonkeyPatch, project: Project) -> None:
    settle(monkeypatch)
    keep_schemas(project.cache)


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    return metadata(tmp_path / "clone")


@pytest.fixture
def lakes(project: Project, tmp_path: Path) -> Repository:
    """A catalog that is to be a product, in a repository that does not have it yet."""
    built(project)
    (project.folder / ".gitignore").write_text("*.tif\n", "utf-8")
    return founded(project, project.folder, tmp_path / "host.git")


def submitted(lakes: Repository, clone: Path, *, dry_run: bool = False) -> Submission | None:
    registration = prepare(lakes.project.folder, clone, lakes.project.cache)
    return submit(registration, dry_run=dry_run)


def log(clone: Path) -> list[str]:
    return git(clone, "log", "--format=%s").splitlines()


def test_catalog_and_entry_are_published_by_one_command(lakes: Repository, clone: Path) -> None:
    done = lakes.project.run("publish", "--metadata", str(clone))
    assert (done.returncode, done.stderr) == (0, "")
    assert lakes.log(lakes.host) == ["lakes: first publication, 2 items", "Begin"]
    assert git(clone, "branch", "--show-current").strip() == BRANCH
    assert log(clone) == ["Add product Lakes", "All"]
    assert git(clone, "show", "--format=", "--name-only").split() == sorted(OF_ENTRY)
    assert changed(clone) == []
    message = git(clone, "log", "-1", "--format=%B").rstrip("\n")
    assert message.splitlines()[2:] == [
        "- Product: lakes",
        "- Project: 4D-Greenland",
        "- Theme: Cryosphere",
        "- Variable: Area of lakes (km²)",
        "- EO Mission: Sentinel-1",
        "- Extent: -49.5258, 66.6489, -49.4856, 66.6545",
        "- Time: 2019-01-01T00:00:00Z to 2019-01-02T00:00:00Z",
        "- Items: 2, https://lakes.esa.int/out/catalog.json",
        "- Data: https://zenodo.org/records/7568049",
        "- Licence: CC-BY-4.0",
    ]
    shown = done.stdout.splitlines()
    assert [f"  {line}".rstrip() for line in message.splitlines()] == shown[-12:]
    assert shown[-13].endswith(f"push --set-upstream origin {BRANCH}")


def test_what_is_published_and_committed_is_not_again(lakes: Repository, clone: Path) -> None:
    lakes.project.run("publish", "--metadata", str(clone))
    again = lakes.project.run("publish", "--metadata", str(clone))
    assert (again.returncode, again.stdout) == (1, "")
    assert "nothing to publish: origin/main has the catalog as it is" in again.stderr
    edit(lakes.project, "[lake-area]", "[lake-level]")
    third = lakes.project.run("publish", "--metadata", str(clone))
    assert third.returncode == 0
    assert log(clone) == ["Update product Lakes", "Add product Lakes", "All"]
    assert "lakes" not in str(links(clone, "variables/lake-area/catalog.json", "child"))


def test_a_dry_run_changes_nothing(lakes: Repository, clone: Path) -> None:
    before = lakes.state()
    done = lakes.project.run("publish", "--dry-run", "--metadata", str(clone))
    assert done.returncode == 0
    assert f"would commit on the branch {BRANCH}" in done.stdout
    assert "Add product Lakes" in done.stdout
    assert (lakes.state(), log(clone), changed(clone)) == (before, ["All"], [])
    assert git(clone, "branch", "--format=%(refname:short)").split() == ["main"]


def test_what_osc_wrote_before_is_committed(lakes: Repository, clone: Path) -> None:
    lakes.project.run("osc", "--metadata", str(clone))
    edit(lakes.project, "[lake-area]", "[lake-level]")
    assert changed(clone) == sorted(OF_ENTRY)
    submitted(lakes, clone)
    assert changed(clone) == []
    assert git(clone, "show", "--format=", "--name-only").split() == sorted(
        [name.replace("lake-area", "lake-level") for name in OF_ENTRY]
    )


def test_an_entry_that_cannot_be_is_refused_before_the_catalog_is_published(
    lakes: Repository, clone: Path
) -> None:
    edit(lakes.project, "[cryosphere]", "[ice]")
    before = lakes.state()
    done = lakes.project.run("publish", "--metadata", str(clone))
    assert (done.returncode, lakes.state(), log(clone)) == (2, before, ["All"])
    assert "there is no theme 'ice'" in done.stderr


@pytest.mark.parametrize("is_staged", [True, False])
def test_changes_of_others_are_not_taken_along(
    lakes: Repository, clone: Path, is_staged: bool
) -> None:
    put(clone, "themes/oceans/catalog.json", {"id": "oceans", "title": "Sea", "links": []})
    put(clone, "notes.json", {})
    if is_staged:
        git(clone, "add", "--all")
    before = lakes.state()
    done = lakes.project.run("publish", "--metadata", str(clone))
    assert done.returncode == 2
    assert "notes.json, themes/oceans/catalog.json: changed, and no part of the entry" in (
        done.stderr
    )
    assert (lakes.state(), log(clone)) == (before, ["All"])


def test_a_branch_of_that_name_that_is_not_checked_out(lakes: Repository, clone: Path) -> None:
    git(clone, "branch", BRANCH)
    with pytest.raises(UsageError, match=f"has a branch {BRANCH} already"):
        submitted(lakes, clone)
    git(clone, "switch", "--quiet", BRANCH)
    assert submitted(lakes, clone) is not None
    assert log(clone) == ["Add product Lakes", "All"]


def test_a_clone_that_is_no_repository(lakes: Repository, clone: Path) -> None:
    (clone / ".git").rename(clone.parent / "git")
    with pytest.raises(UsageError, match="is no git repository"):
        submitted(lakes, clone)
    assert not (clone / PRODUCT).exists()


def test_a_merge_under_way(lakes: Repository, clone: Path) -> None:
    head = git(clone, "rev-parse", "HEAD").strip()
    (clone / ".git" / "MERGE_HEAD").write_text(f"{head}\n")
    with pytest.raises(UsageError, match="a merge is under way"):
        submitted(lakes, clone)


def test_a_hook_that_refuses_leaves_what_was_written(lakes: Repository, clone: Path) -> None:
    hook = clone / ".git" / "hooks" / "pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho no >&2\nexit 1\n")
    hook.chmod(0o755)
    with pytest.raises(GitError, match="no"):
        submitted(lakes, clone)
    assert (log(clone), changed(clone)) == (["All"], sorted(OF_ENTRY))
    hook.unlink()
    assert submitted(lakes, clone) is not None
    assert (log(clone), changed(clone)) == (["Add product Lakes", "All"], [])
    assert document(clone, PRODUCT)["title"] == "Lakes"


def test_files_for_ci_are_not_written_in_place_of_an_entry(lakes: Repository, clone: Path) -> None:
    done = lakes.project.run("publish", "--workflow", "--metadata", str(clone))
    assert done.returncode == 2
    assert "not allowed with argument --workflow" in done.stderr
