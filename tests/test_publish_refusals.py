"""What `itemcat publish` refuses: with a clear error and a hint, and nothing changed."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from checkout import Repository, built, founded, git, settle
from good import IDS, ITEM, edit
from project import Project
from server import Fault, Server

from itemcat.errors import (
    Drift,
    GitError,
    ItemcatError,
    MachineError,
    Settled,
    SpecError,
    Unfit,
    UsageError,
)
from itemcat.publishing import publish


@pytest.fixture(autouse=True)
def _settled(monkeypatch: pytest.MonkeyPatch) -> None:
    settle(monkeypatch)


@pytest.fixture
def repository(project: Project, tmp_path: Path) -> Repository:
    """A catalog that is built, in a repository that does not have it yet."""
    built(project)
    return founded(project, project.folder, tmp_path / "host.git")


def refused(repository: Repository, kind: type[ItemcatError] = UsageError) -> str:
    """The error of a publication that changes nothing, in a dry run as in a real one."""
    said = set()
    for dry_run in (True, False):
        before = repository.state()
        with pytest.raises(kind) as caught:
            publish(repository.project.folder, repository.project.cache, dry_run=dry_run)
        assert type(caught.value) is kind
        assert caught.value.hint
        assert repository.state() == before
        said.add(str(caught.value))
    (text,) = said
    return text


def failed(repository: Repository) -> str:
    """The error of a publication that git or the host stopped on the way."""
    with pytest.raises(GitError) as caught:
        publish(repository.project.folder, repository.project.cache)
    assert caught.value.hint
    return str(caught.value)


def comment(repository: Repository) -> None:
    """An edit of the spec that changes nothing else."""
    with (repository.project.folder / "catalog.yaml").open("a", encoding="utf-8") as spec:
        spec.write("# more\n")
    repository.project.build()


# ------------------------------------------------------------------------------------- the catalog


def test_a_catalog_in_which_check_finds_errors(repository: Repository) -> None:
    edit(
        repository.project.folder / "catalog.manifest.json",
        lambda manifest: manifest["items"][IDS[0]]["assets"]["data"]["record"]["bands"][0][
            "statistics"
        ].update(minimum=9999),
    )
    (repository.project.folder / "out" / ITEM).unlink()  # so that it is rendered once more
    repository.project.build()
    said = refused(repository, Unfit)
    assert f"error: catalog.yaml: 1 error found by check: {ITEM} [statistics-impossible]" in said
    done = repository.project.run("publish")
    assert (done.returncode, done.stdout) == (1, "")


def test_warnings_of_check_are_no_reason(repository: Repository) -> None:
    repository.edit("asset: {title: Extents}", "asset: {title: Extents, roles: []}")
    assert "asset-roles" in repository.project.run("check", "--strict").stdout
    assert repository.project.run("publish").returncode == 0


def test_a_spec_that_is_not_built(repository: Repository) -> None:
    repository.edit("title: Lakes\n", "title: More lakes\n", build=False)
    said = refused(repository, Drift)
    assert f"is not what the spec asks for: {', '.join(IDS)} would change" in said
    assert "hint: run `itemcat build`" in said
    assert repository.project.run("publish").returncode == 1


def test_a_catalog_that_was_never_built(repository: Repository) -> None:
    for name in ("catalog.manifest.json", "out/catalog.json"):
        (repository.project.folder / name).unlink()
    refused(repository, Drift)


def test_an_item_that_was_edited_by_hand(repository: Repository) -> None:
    edit(repository.project.folder / "out" / ITEM, lambda item: item["properties"].update(a=1))
    assert f"{IDS[0]} would change" in refused(repository, Drift)


def test_a_spec_that_is_wrong(repository: Repository) -> None:
    repository.edit("title: Lakes\n", "titel: Lakes\n", build=False)
    done = repository.project.run("publish")
    assert done.returncode == 2
    assert "did you mean 'title'?" in done.stderr


def test_a_catalog_of_another_tool(repository: Repository) -> None:
    catalog = repository.project.folder / "out" / "catalog.json"
    with pytest.raises(UsageError, match="is no spec"):
        publish(catalog, repository.project.cache)


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        (
            'files: "*.tif"',
            "url: https://ice:s3cret@example.org/a_20190101T000000.tif",
            "catalog.yaml:13",
        ),
        (
            'files: "*.tif"',
            "url: https://example.org/a_20190101T000000.tif?token=s3cret",
            "catalog.yaml:13",
        ),
        (
            'files: "*.tif"',
            'files: "*.tif"\n    href: "https://example.org/{name}?sig=s3cret"',
            "catalog.yaml:13",
        ),
        (
            "  title: Lakes\n",
            "  title: Lakes\n  published_url: https://a:s3cret@a.org/catalog.json\n",
            "catalog.published_url",
        ),
        ("catalog:\n", "fetch: {headers: {a.org: {Authorization: s3cret}}}\ncatalog:\n", "header"),
        ("catalog:\n", "fetch: {headers: {a.org: {X-Api-Key: s3cret}}}\ncatalog:\n", "header"),
    ],
)
def test_a_spec_with_a_secret_in_it(repository: Repository, old: str, new: str, what: str) -> None:
    repository.edit("    href: https://example.org/lakes/{name}\n", "", build=False)
    repository.edit(old, new, build=False)
    said = refused(repository, SpecError)
    assert what in said
    assert "would be public" in said
    assert "s3cret" not in said


def test_a_header_that_is_no_secret_or_from_the_environment(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOKEN", "x")
    headers = 'fetch: {headers: {a.org: {X-Team: ice, Authorization: "Bearer ${TOKEN}"}}}\n'
    repository.edit("catalog:\n", f"{headers}catalog:\n")
    publish(repository.project.folder, repository.project.cache)


# ---------------------------------------------------------------------------------- the repository


def test_a_machine_without_git(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "empty").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    with pytest.raises(MachineError, match="git: is not installed"):
        publish(repository.project.folder, repository.project.cache)
    done = repository.project.run("publish")
    assert (done.returncode, done.stdout) == (3, "")


def test_nothing_to_publish(repository: Repository) -> None:
    publish(repository.project.folder, repository.project.cache)
    said = refused(repository, Settled)
    assert said.startswith("error: git: nothing to publish: origin/main has the catalog as it is")
    assert repository.project.run("publish").returncode == 1


def test_nothing_to_publish_and_nowhere_to_push_to(repository: Repository) -> None:
    repository.git("remote", "remove", "origin")
    publish(repository.project.folder, repository.project.cache)
    assert "`git remote add origin ADDRESS`" in refused(repository, Settled)


def test_a_detached_head(repository: Repository) -> None:
    repository.git("switch", "--quiet", "--detach")
    assert "hint: `git switch BRANCH`" in refused(repository)


def test_something_else_that_is_staged(repository: Repository) -> None:
    (repository.top / "a b.txt").write_text("mine", "utf-8")
    (repository.project.folder / "out" / "draft.txt").write_text("mine", "utf-8")
    repository.git("add", "a b.txt", "out")
    said = refused(repository)
    assert "a b.txt, out/draft.txt: staged for a commit, and no part of the catalog" in said


def test_a_file_of_the_catalog_that_is_staged_is_no_reason(repository: Repository) -> None:
    repository.git("add", "catalog.yaml", "out")
    publish(repository.project.folder, repository.project.cache)
    assert repository.log()[0] == "lakes: first publication, 3 items"


@pytest.mark.parametrize("rule", ["out/", "/out/catalog.json", "catalog.manifest.json", "*.json"])
def test_a_catalog_that_git_is_told_to_leave_out(repository: Repository, rule: str) -> None:
    (repository.top / ".gitignore").write_text(f"# ours\n{rule}\n", "utf-8")
    said = refused(repository)
    assert f"git is told to leave it out, by .gitignore:2 ({rule})" in said
    assert "begins with !" in said


def test_the_exception_that_the_hint_names_helps(repository: Repository) -> None:
    (repository.top / ".gitignore").write_text("*.tif\n*.json\n!/out/**\n!/*.json\n", "utf-8")
    publish(repository.project.folder, repository.project.cache)
    assert repository.log()[0] == "lakes: first publication, 3 items"


def test_an_output_that_is_a_repository_of_its_own(repository: Repository) -> None:
    git(repository.project.folder / "out", "init", "--quiet")
    assert "out/: is a git repository of its own" in refused(repository)


def test_several_remotes_and_none_chosen(repository: Repository) -> None:
    repository.git("remote", "add", "other", "https://example.org/x.git")
    repository.git("branch", "--unset-upstream")
    said = refused(repository)
    assert "has several remotes (origin, other), and main follows none of them" in said
    assert "hint: `git push --set-upstream REMOTE main`" in said


def test_a_user_whom_git_does_not_know(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in os.environ if name.startswith(("GIT_AUTHOR", "GIT_COMMITTER"))]:
        monkeypatch.delenv(name)
    repository.git("config", "user.useConfigOnly", "true")
    assert "git: does not know who you are" in refused(repository)


def test_no_repository_is_made_for_a_user_whom_git_does_not_know(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    built(project)
    for name in [name for name in os.environ if name.startswith(("GIT_AUTHOR", "GIT_COMMITTER"))]:
        monkeypatch.delenv(name)
    config = Path(os.environ["HOME"]) / ".gitconfig"
    config.parent.mkdir(parents=True, exist_ok=True)
    config.write_text("[user]\n\tuseConfigOnly = true\n", "utf-8")
    with pytest.raises(UsageError, match="does not know who you are"):
        publish(project.folder, project.cache)
    assert not (project.folder / ".git").exists()


def test_a_broken_repository_is_not_taken_for_none(repository: Repository) -> None:
    (repository.top / ".git").rename(repository.top / "gone")
    (repository.top / ".git").write_text("gitdir: elsewhere\n", "utf-8")
    assert "not a git repository" in failed(repository)
    assert (repository.top / ".git").read_text("utf-8") == "gitdir: elsewhere\n"


@pytest.mark.parametrize("command", ["merge", "cherry-pick", "revert"])
def test_what_is_under_way_is_not_finished_by_us(repository: Repository, command: str) -> None:
    repository.git("switch", "--quiet", "--create", "theirs")
    repository.git("commit", "--quiet", "--allow-empty", "--message", "Theirs")
    repository.git("switch", "--quiet", "main")
    repository.git("commit", "--quiet", "--allow-empty", "--message", "Ours")
    # A pick that is empty stops of itself.
    how = {"merge": ["--no-ff", "--no-commit"], "cherry-pick": [], "revert": ["--no-commit"]}
    started = ["git", command, *how[command], "theirs"]
    subprocess.run(started, cwd=repository.top, capture_output=True, check=False)
    said = refused(repository)
    assert said.startswith(f"error: git: a {command} is under way")
    assert f"`git {command} --abort`" in said


def test_a_spec_that_is_undecided(repository: Repository) -> None:
    publish(repository.project.folder, repository.project.cache)
    comment(repository)
    repository.git("stash")
    with (repository.top / "catalog.yaml").open("a", encoding="utf-8") as spec:
        spec.write("# ours\n")
    repository.git("commit", "--quiet", "--message", "Ours", "catalog.yaml")
    pop = ["git", "stash", "pop"]
    assert subprocess.run(pop, cwd=repository.top, capture_output=True, check=False).returncode
    repository.git("checkout", "--quiet", "--ours", "catalog.yaml")
    repository.project.build()
    assert "catalog.yaml: is left undecided by a merge" in refused(repository)


# -------------------------------------------------------------------------------- on the way


@pytest.mark.parametrize("lock", ["index.lock", "refs/heads/main.lock"])
def test_a_lock_of_another_git(repository: Repository, lock: str) -> None:
    (repository.top / ".git" / lock).write_bytes(b"")
    before = repository.git("ls-files", "--stage"), repository.log()
    said = failed(repository)
    assert "File exists" in said
    assert "nothing was committed" in said
    (repository.top / ".git" / lock).unlink()
    assert (repository.git("ls-files", "--stage"), repository.log()) == before
    assert repository.log(repository.host) == ["Begin"]
    publish(repository.project.folder, repository.project.cache)
    assert repository.log()[0] == "lakes: first publication, 3 items"


@pytest.mark.parametrize("name", ["pre-commit", "commit-msg", "prepare-commit-msg"])
def test_a_hook_that_fails_changes_nothing(repository: Repository, name: str) -> None:
    url = "https://ice:s3cret@example.org/x"
    repository.hook(name, f"printf 'no \\033[31mice: %s\\n' {url} >&2; exit 1")
    before = repository.state()
    said = failed(repository)
    assert r"error: git commit: no \x1b[31mice: https://example.org/x" in said
    assert "hint: nothing was committed" in said
    assert repository.state() == before


def test_what_was_staged_before_a_hook_that_fails_is_staged_as_it_was(
    repository: Repository,
) -> None:
    publish(repository.project.folder, repository.project.cache)
    comment(repository)
    repository.git("add", "catalog.yaml")
    repository.edit('"*.tif"', '"*[12]T*.tif"')
    repository.hook("pre-commit", "exit 1")
    before = repository.state()
    assert "MM catalog.yaml" in before[2]
    assert "failed with exit code 1" in failed(repository)
    assert repository.state() == before


def test_a_hook_before_the_push_that_fails_leaves_the_commit(repository: Repository) -> None:
    repository.hook("pre-push", "echo too late >&2; exit 1")
    said = failed(repository)
    assert "origin/main: could not be pushed to, your commit stays: too late" in said
    assert repository.log()[0] == "lakes: first publication, 3 items"
    (repository.top / ".git" / "hooks" / "pre-push").unlink()
    done = repository.project.run("publish")
    address = repository.host.as_uri()
    assert done.stdout == f"pushed to origin/main, with 1 commit made before: {address}\n"
    assert repository.log(repository.host) == repository.log()


def test_a_hook_of_the_host_that_refuses(repository: Repository) -> None:
    repository.hook("pre-receive", "echo this branch is protected >&2; exit 1", repository.host)
    said = failed(repository)
    assert "this branch is protected" in said
    assert "pull --rebase" not in said
    assert repository.log(repository.host) == ["Begin"]


def test_a_host_that_is_not_there(repository: Repository) -> None:
    repository.host.rename(repository.host.with_name("moved.git"))
    said = failed(repository)
    assert "could not be pushed to, your commit stays: fatal:" in said
    repository.host.with_name("moved.git").rename(repository.host)
    publish(repository.project.folder, repository.project.cache)
    assert repository.log(repository.host) == repository.log()


@pytest.fixture
def colleague(repository: Repository, tmp_path: Path) -> Callable[[str], None]:
    """Somebody else who changes a file in a clone, and pushes."""
    folder = tmp_path / "colleague"

    def push(name: str) -> None:
        if not folder.exists():
            git(tmp_path, "clone", "--quiet", repository.host.as_uri(), str(folder))
        (folder / name).write_text("Theirs.\n", "utf-8")
        git(folder, "add", name)
        git(folder, "commit", "--quiet", "--message", "Theirs")
        git(folder, "push", "--quiet")

    return push


def test_a_clone_that_is_behind(repository: Repository, colleague: Callable[[str], None]) -> None:
    colleague("theirs.txt")
    done = repository.project.run("publish")
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.splitlines() == [
        "error: origin/main: has commits that you do not have, and refused the push; "
        "your commit stays",
        "hint: `git pull --rebase origin main`, and publish again",
    ]
    assert repository.log() == ["lakes: first publication, 3 items", "Begin"]
    assert repository.log(repository.host) == ["Theirs", "Begin"]
    repository.git("pull", "--quiet", "--rebase", "origin", "main")
    assert repository.project.run("publish").returncode == 0
    assert repository.log(repository.host) == repository.log()
    assert repository.log()[1:] == ["Theirs", "Begin"]


def test_nothing_is_forced_where_the_user_s_own_configuration_would(
    repository: Repository, colleague: Callable[[str], None]
) -> None:
    colleague("theirs.txt")
    repository.git("config", "remote.origin.push", "+refs/heads/*:refs/heads/*")
    repository.git("config", "push.default", "matching")
    assert "pull --rebase" in failed(repository)
    assert repository.log(repository.host) == ["Theirs", "Begin"]


def test_a_first_push_to_a_host_that_has_something(
    repository: Repository, tmp_path: Path, colleague: Callable[[str], None]
) -> None:
    colleague("theirs.txt")
    repository.git("branch", "--unset-upstream")
    assert "`git pull --rebase origin main`" in failed(repository)
    assert repository.log(repository.host) == ["Theirs", "Begin"]


def test_a_host_that_asks_for_a_password_is_not_waited_for(
    repository: Repository, server: Server
) -> None:

    asks = Fault(status=401, headers={"WWW-Authenticate": 'Basic realm="ice"'})
    server.fault("lakes.git/info/refs", always=asks)
    repository.git("remote", "set-url", "origin", server.url("lakes.git", user="ice"))
    done = subprocess.run(
        [sys.executable, "-m", "itemcat", "publish"],
        cwd=repository.project.folder,
        env={**os.environ, "ITEMCAT_CACHE_DIR": str(repository.project.cache)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 3
    assert (
        "could not be pushed to, your commit stays: fatal: could not read Password" in done.stderr
    )
    assert "terminal prompts disabled" in done.stderr
