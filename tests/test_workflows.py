"""`itemcat publish --workflow`: valid files, whose commands do what they are for."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from checkout import Repository, built, founded, git, settle
from good import IDS, SPEC
from kept import keep_schemas
from project import Project, raster_bytes
from server import Fault, Server

from itemcat import __version__
from itemcat.hosting import Kind
from itemcat.workflows import EXTRAS, workflows

CHECK, WEEKLY = ".github/workflows/itemcat.yml", ".github/workflows/itemcat-weekly.yml"
# A stand-in for the host's own program: what it is given is written down, and it knows requests.
GH = """\
#!/bin/sh
printf '%s\\n' "$@" >> "$GH_LOG"
if [ "$1 $2" = "pr list" ]; then cat "$GH_OPEN"; fi
if [ "$1 $2" = "pr create" ]; then echo "$4" >> "$GH_OPEN"; cat "$6" >> "$GH_LOG"; fi
"""
CURL = '#!/bin/sh\nprintf "%s\\n" "$@" >> "$GH_LOG"\ncat status.txt >> "$GH_LOG"\n'


@pytest.fixture(autouse=True)
def _settled(monkeypatch: pytest.MonkeyPatch) -> None:
    settle(monkeypatch)


@pytest.fixture
def repository(project: Project, server: Server, tmp_path: Path) -> Repository:
    """A built catalog whose files a server has."""
    project.spec(SPEC.split("assets:")[0] + "assets:\n")
    with (project.folder / "catalog.yaml").open("a", encoding="utf-8") as spec:
        for seed, name in enumerate(IDS):
            server.put(f"{name}.tif", raster_bytes(seed, nodata=255), etag=f'"{seed}"')
            spec.write(f"  - {server.url(name)}.tif\n")
    project.build()
    return founded(project, project.folder, tmp_path / "host.git")


def wrote(repository: Repository, *arguments: str) -> list[str]:
    done = repository.project.run("publish", "--workflow", *arguments)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


def parsed(repository: Repository, path: str) -> Any:
    return yaml.safe_load((repository.top / path).read_text("utf-8"))


def steps(repository: Repository, path: str) -> list[str]:
    """The commands of the one job of a workflow at GitHub, but for the installation."""
    (job,) = parsed(repository, path)["jobs"].values()
    return [step["run"] for step in job["steps"] if "run" in step and "pip " not in step["run"]]


def run(repository: Repository, command: str, tmp_path: Path) -> "subprocess.CompletedProcess[str]":
    """Run a step as a host does: bash that stops at the first failure, our programs first."""
    programs = tmp_path / "programs"
    programs.mkdir(exist_ok=True)
    for name, text in {"gh": GH, "curl": CURL}.items():
        (programs / name).write_text(text, "utf-8")
        (programs / name).chmod(0o755)
    for name in ("open", "log"):
        (tmp_path / name).touch()
    path = [str(programs), str(Path(sys.executable).parent), os.environ["PATH"]]
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", command],
        cwd=repository.top,
        env={
            **os.environ,
            "PATH": os.pathsep.join(path),
            "ITEMCAT_CACHE_DIR": str(tmp_path / "empty"),
            "RUNNER_TEMP": str(tmp_path),
            "GH_OPEN": str(tmp_path / "open"),
            "GH_LOG": str(tmp_path / "log"),
            "GITHUB_RUN_ID": "5",
            "ITEMCAT_TOKEN": "tok3n",
            "CI_API_V4_URL": "https://gitlab.com/api/v4",
            "CI_DEFAULT_BRANCH": "main",
            "CI_PIPELINE_ID": "5",
            "CI_PROJECT_ID": "7",
            "CI_PROJECT_PATH": "ice/lakes",
            "CI_SERVER_HOST": "gitlab.com",
        },
        capture_output=True,
        text=True,
        check=False,
    )


# ------------------------------------------------------------------------------------- the files


def test_two_files_for_github_and_nothing_is_committed(repository: Repository) -> None:
    assert wrote(repository) == [
        f"written: {CHECK}",
        f"written: {WEEKLY}",
        "`git add` and commit them: `itemcat publish` leaves them alone",
    ]
    assert repository.log() == ["Begin"]
    assert wrote(repository) == [f"is there: {CHECK}", f"is there: {WEEKLY}"]


def test_what_the_files_ask_for(repository: Repository) -> None:
    wrote(repository)
    check, weekly = parsed(repository, CHECK), parsed(repository, WEEKLY)
    assert check["on"] == ["push", "pull_request"]
    assert check["permissions"] == {"contents": "read"}
    assert list(weekly["on"]) == ["schedule", "workflow_dispatch"]
    assert weekly["permissions"] == {"contents": "write", "pull-requests": "write"}
    for path, what in ((CHECK, "itemcat"), (WEEKLY, f'"itemcat[{EXTRAS}]')):
        assert f"pip install {what}=={__version__}" in (repository.top / path).read_text("utf-8")


def test_a_dry_run_prints_the_files_and_writes_none(repository: Repository) -> None:
    lines = wrote(repository, "--dry-run")
    first, second = (lines.index(f"{path}:") for path in (CHECK, WEEKLY))
    shown = yaml.safe_load("\n".join(lines[first + 1 : second]))
    assert shown["name"] == "itemcat"
    assert not (repository.top / ".github").exists()


def test_a_file_that_differs_is_never_overwritten(repository: Repository) -> None:
    path = repository.top / WEEKLY
    path.parent.mkdir(parents=True)
    path.write_text("name: mine\n", "utf-8")
    done = repository.project.run("publish", "--workflow")
    assert done.returncode == 2
    assert f"error: {WEEKLY}: is there already, and another one" in done.stderr
    assert "--workflow --dry-run" in done.stderr
    assert path.read_text("utf-8") == "name: mine\n"
    assert not (repository.top / CHECK).exists()


def test_nothing_is_written_through_a_link(repository: Repository, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (repository.top / ".github").symlink_to(tmp_path / "elsewhere")
    done = repository.project.run("publish", "--workflow")
    assert done.returncode == 2
    assert "symbolic link" in done.stderr
    assert not list((tmp_path / "elsewhere").iterdir())


def test_without_a_repository_there_is_nowhere_to_write(project: Project) -> None:
    built(project)
    done = project.run("publish", "--workflow")
    assert done.returncode == 2
    assert "lies in no git repository" in done.stderr


def test_a_remote_at_gitlab_gets_gitlab_s_file(repository: Repository) -> None:
    repository.git("remote", "set-url", "origin", "git@gitlab.com:ice/lakes.git")
    assert wrote(repository)[0] == "written: .gitlab-ci.yml"
    jobs = parsed(repository, ".gitlab-ci.yml")
    assert list(jobs) == ["itemcat", "itemcat weekly"]


def test_each_spec_of_a_repository_has_files_of_its_own() -> None:
    specs = ("catalog.yaml", "a/catalog.yaml", "b.yaml", "weekly.yaml", "b-weekly.yaml")
    names = [set(workflows(None, spec, "1")) for spec in specs]
    assert len(set.union(*names)) == 2 * len(specs)


@pytest.mark.parametrize("kind", [Kind.GITHUB, Kind.GITLAB])
def test_what_builds_anew_has_the_libraries_of_every_reader_and_source(kind: Kind) -> None:
    """But for those of the user's own commands, and of workers elsewhere."""
    project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text("utf-8"))
    extras = project["project"]["optional-dependencies"]
    wanted = {need for name in extras.keys() - {"dask", "osc", "preview"} for need in extras[name]}
    assert {need for name in EXTRAS.split(",") for need in extras[name]} == wanted
    texts = "\n".join(workflows(kind, "catalog.yaml", "1").values())
    assert texts.count(f'pip install "itemcat[{EXTRAS}]==1"') == 1


@pytest.mark.parametrize("kind", [Kind.GITHUB, Kind.GITLAB])
@pytest.mark.parametrize("spec", ["a'b \"$(touch x)` #: {*&}.yaml", "-rf.yaml", "é: ü.yaml"])
def test_a_strange_name_stays_one_argument(kind: Kind, spec: str) -> None:
    for text in workflows(kind, spec, "1").values():
        commands = [line for part in scripts(yaml.safe_load(text)) for line in part.splitlines()]
        for line in commands:
            if line.startswith(("itemcat build", "itemcat check")):
                words = line.removeprefix("itemcat ")
                shown = subprocess.run(
                    ["bash", "-c", f"printf '%s\\n' {words}"],
                    capture_output=True,
                    text=True,
                    check=True,
                ).stdout.splitlines()
                assert shown[-1].removeprefix("./") == spec


def scripts(value: Any) -> list[str]:
    """Every text in a document, however deep."""
    if isinstance(value, str):
        return [value]
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for part in parts for text in scripts(part)]


@pytest.mark.parametrize("spec", ["${{ secrets.X }}.yaml", "a\nb.yaml", "a\u2028b.yaml"])
def test_a_name_that_a_workflow_would_run_is_refused(spec: str) -> None:
    with pytest.raises(ValueError, match=r"yaml"):
        workflows(None, spec, "1")


def test_a_name_that_a_workflow_would_run_is_a_clear_error(repository: Repository) -> None:
    folder = repository.project.folder
    (folder / "catalog.yaml").rename(folder / "${{ x }}.yaml")
    done = repository.project.run("publish", "--workflow", "${{ x }}.yaml")
    assert done.returncode == 2
    assert "hint: rename it" in done.stderr


# ---------------------------------------------------------------------------------- the commands


def test_the_commands_of_the_check_pass_and_fail_as_they_should(
    repository: Repository, tmp_path: Path
) -> None:
    keep_schemas(tmp_path / "empty")
    wrote(repository)
    commands = steps(repository, CHECK)
    assert [command.split()[:2] for command in commands] == [
        ["itemcat", "build"],
        ["itemcat", "check"],
    ]
    for command in commands:
        assert run(repository, command, tmp_path).returncode == 0, command
    repository.edit("title: Lakes\n", "title: More lakes\n", build=False)
    assert run(repository, commands[0], tmp_path).returncode == 1


def published(repository: Repository, tmp_path: Path) -> str:
    """Publish the catalog, as its author has, and give the name of the last commit."""
    keep_schemas(tmp_path / "empty")
    keep_schemas(repository.project.cache)
    done = repository.project.run("publish")
    assert done.returncode == 0, done.stderr
    return repository.git("rev-parse", "main").strip()


def assert_proposed(repository: Repository, branch: str, before: str) -> None:
    """That the host has one branch more, with one commit, and all else as it was."""
    heads = git(repository.host, "for-each-ref", "--format=%(refname:short)", "refs/heads")
    assert heads.splitlines() == [branch, "main"]
    assert git(repository.host, "rev-parse", "main").strip() == before
    assert git(repository.host, "rev-parse", f"{branch}~").strip() == before
    changed = git(repository.host, "diff", "--name-only", "main", branch).splitlines()
    assert changed == ["catalog.manifest.json", f"out/{IDS[1]}/{IDS[1]}.json"]


def test_the_weekly_command_opens_one_pull_request_when_a_publisher_s_file_changed(
    repository: Repository, server: Server, tmp_path: Path
) -> None:
    before = published(repository, tmp_path)
    wrote(repository)
    (command,) = steps(repository, WEEKLY)
    assert run(repository, command, tmp_path).returncode == 0
    assert (tmp_path / "log").read_text("utf-8") == ""
    server.put(f"{IDS[1]}.tif", raster_bytes(9, nodata=255), etag='"new"')
    for _ in range(2):
        done = run(repository, command, tmp_path)
        assert done.returncode == 0, done.stderr
        repository.git("switch", "--quiet", "main")
    assert (tmp_path / "open").read_text("utf-8") == "A publisher has changed a file\n"
    log = (tmp_path / "log").read_text("utf-8")
    assert log.count("create") == 1
    assert "--head\nitemcat/publishers-5\n" in log
    assert f"update {IDS[1]}: its publisher has another file now" in log
    assert_proposed(repository, "itemcat/publishers-5", before)


def test_the_weekly_command_fails_where_a_publisher_s_file_is_gone(
    repository: Repository, server: Server, tmp_path: Path
) -> None:
    wrote(repository)
    (command,) = steps(repository, WEEKLY)
    server.fault(f"{IDS[1]}.tif", always=Fault(status=410))
    done = run(repository, command, tmp_path)
    assert done.returncode == 3
    assert "410" in done.stderr


def test_the_weekly_command_of_gitlab_opens_one_merge_request(
    repository: Repository, server: Server, tmp_path: Path
) -> None:
    before = published(repository, tmp_path)
    repository.git("remote", "set-url", "origin", "git@gitlab.com:ice/lakes.git")
    wrote(repository)
    *_, command = parsed(repository, ".gitlab-ci.yml")["itemcat weekly"]["script"]
    # The address with the token leads to the bare repository.
    address = "https://itemcat:tok3n@gitlab.com/ice/lakes.git"
    repository.git("config", f"url.{repository.host.as_uri()}.insteadOf", address)
    assert run(repository, command, tmp_path).returncode == 0
    assert (tmp_path / "log").read_text("utf-8") == ""
    server.put(f"{IDS[1]}.tif", raster_bytes(9, nodata=255), etag='"new"')
    for _ in range(2):
        done = run(repository, command, tmp_path)
        assert done.returncode == 0, done.stderr
        assert "tok3n" not in done.stdout + done.stderr
        repository.git("switch", "--quiet", "main")
    log = (tmp_path / "log").read_text("utf-8").splitlines()
    assert log.count("title=A publisher has changed a file") == 1
    assert "source_branch=itemcat/publishers-5" in log
    assert "https://gitlab.com/api/v4/projects/7/merge_requests" in log
    assert f"update {IDS[1]}: its publisher has another file now" in log
    assert_proposed(repository, "itemcat/publishers-5", before)
