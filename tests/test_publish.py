"""`itemcat publish`: what is committed, what the message says, what arrives at the host."""

import shutil
from pathlib import Path

import pytest
from checkout import Repository, built, founded, git, settle
from good import IDS
from project import Project
from server import Server

from itemcat.announcement import announce
from itemcat.publishing import Publication, publish

FILES = ["catalog.manifest.json", "catalog.yaml", "out/catalog.json"]
FILES += [f"out/{name}/{name}.json" for name in IDS]
PUBLISHED = "  published_url: {url}\n  title: Lakes\n"


@pytest.fixture(autouse=True)
def _settled(monkeypatch: pytest.MonkeyPatch) -> None:
    settle(monkeypatch)


@pytest.fixture
def repository(project: Project, tmp_path: Path) -> Repository:
    """A catalog that is built, in a repository that does not have it yet."""
    built(project)
    return founded(project, project.folder, tmp_path / "host.git")


def published(repository: Repository, *, dry_run: bool = False) -> Publication:
    return publish(repository.project.folder, repository.project.cache, dry_run=dry_run)


def files_of(folder: Path, commit: str = "HEAD") -> list[str]:
    """The files that a commit touches."""
    names = git(folder, "show", "--format=", "--name-only", "--no-renames", "-z", commit)
    return sorted(filter(None, names.split("\0")))


# ------------------------------------------------------------------------------ what is committed


def test_spec_manifest_and_catalog_are_committed_and_nothing_else(repository: Repository) -> None:
    (repository.project.folder / "notes.txt").write_text("mine", "utf-8")
    (repository.project.folder / "README.md").write_text("My ice.\n", "utf-8")
    (repository.project.folder / "out" / "draft.txt").write_text("mine", "utf-8")
    done = repository.project.run("publish")
    assert (done.returncode, repository.log()) == (
        0,
        ["lakes: first publication, 3 items", "Begin"],
    )
    assert files_of(repository.top) == FILES
    assert repository.git("status", "--porcelain").splitlines() == [
        " M README.md",
        "?? .gitignore",
        "?? notes.txt",
        "?? out/draft.txt",
    ]
    assert repository.log(repository.host) == repository.log()
    head = repository.git("rev-parse", "--short", "HEAD").strip()
    assert done.stdout.splitlines() == [
        f"committed {head}: lakes: first publication, 3 items",
        f"pushed to origin/main: {repository.host.as_uri()}",
    ]


def test_thumbnails_are_committed_with_their_items(repository: Repository) -> None:
    repository.edit("catalog:\n", "thumbnails: true\ncatalog:\n")
    published(repository)
    pictures = [f"out/{name}/{name}.png" for name in IDS]
    assert files_of(repository.top) == sorted([*FILES, *pictures])
    clone = repository.host.parent / "clone"
    git(clone.parent, "clone", "--quiet", repository.host.as_uri(), str(clone))
    done = Project(clone, clone.parent / "other-cache").run("build", "--check")
    assert (done.returncode, done.stdout) == (0, "nothing to do: 3 items up to date\n")


def test_a_clone_of_what_is_published_is_a_finished_build(repository: Repository) -> None:
    published(repository)
    clone = repository.host.parent / "clone"
    git(clone.parent, "clone", "--quiet", repository.host.as_uri(), str(clone))
    done = Project(clone, clone.parent / "other-cache").run("build", "--check")
    assert (done.returncode, done.stdout) == (0, "nothing to do: 3 items up to date\n")


def test_items_that_are_gone_are_deleted_in_the_repository(repository: Repository) -> None:
    published(repository)
    repository.edit('"*.tif"', '"*[12]T*.tif"')
    published(repository)
    gone = f"out/{IDS[2]}/{IDS[2]}.json"
    assert gone in files_of(repository.top)
    assert gone not in git(repository.host, "ls-tree", "-r", "--name-only", "main")
    assert repository.git("status", "--porcelain") == "?? .gitignore\n"


def test_a_deletion_that_is_staged_already_is_committed(repository: Repository) -> None:
    published(repository)
    repository.edit('"*.tif"', '"*[12]T*.tif"')
    repository.git("add", "--all", "out")
    published(repository)
    assert f"out/{IDS[2]}/{IDS[2]}.json" in files_of(repository.top)


def test_a_catalog_that_moves_to_another_folder_moves_in_the_repository(
    repository: Repository,
) -> None:
    published(repository)
    repository.edit("output: out", "output: lakes/items")
    published(repository)
    listed = git(repository.host, "ls-tree", "-r", "--name-only", "main").splitlines()
    assert "lakes/items/catalog.json" in listed
    assert not [name for name in listed if name.startswith("out/")]


def test_the_table_of_items_is_committed_too(repository: Repository) -> None:
    pytest.importorskip("pyarrow")
    repository.edit("output: out\n", "output: out\noutputs: [stac, geoparquet]\n")
    published(repository)
    assert files_of(repository.top) == sorted([*FILES, "out/items.parquet"])
    repository.edit("outputs: [stac, geoparquet]\n", "")
    published(repository)
    assert "out/items.parquet" in files_of(repository.top)
    assert repository.git("status", "--porcelain") == "?? .gitignore\n"


def test_a_catalog_that_becomes_a_collection_of_catalogs(repository: Repository) -> None:
    published(repository)
    repository.edit(
        "  title: Lakes\n", "  title: Lakes\n  type: Collection\n  license: CC-BY-4.0\n"
    )
    repository.edit("output: out\n", 'output: out\nlayout: "{year}"\n')
    published(repository)
    listed = git(repository.host, "ls-tree", "-r", "--name-only", "main", "out/").splitlines()
    assert listed == [
        "out/2019/catalog.json",
        *(f"out/2019/{name}/{name}.json" for name in IDS),
        "out/collection.json",
    ]
    assert repository.git("status", "--porcelain") == "?? .gitignore\n"


def test_a_spec_in_a_folder_of_the_repository(project: Project, tmp_path: Path) -> None:
    inner = Project(project.folder / "my data" / ":(glob) *", project.cache)
    inner.folder.mkdir(parents=True)
    built(inner)
    repository = founded(inner, project.folder, tmp_path / "host.git")
    strange = Project(project.folder / "my data" / ":(glob) x", project.cache)
    shutil.copytree(inner.folder, strange.folder)
    published(repository)
    assert files_of(repository.top) == [f"my data/:(glob) */{name}" for name in FILES]


def test_names_with_spaces_and_of_other_alphabets(repository: Repository) -> None:
    (repository.project.folder / f"{IDS[0]}.tif").rename(
        repository.project.folder / "eis über é_20190101T000000.tif"
    )
    repository.project.build()
    published(repository)
    (item,) = [name for name in files_of(repository.top) if "eis" in name]
    assert (repository.top / item).is_file()
    assert repository.git("status", "--porcelain") == "?? .gitignore\n"


def test_a_catalog_of_many_items_needs_no_long_command(repository: Repository) -> None:
    long = "x" * 100
    folder = repository.project.folder
    for n in range(40):
        shutil.copy(folder / f"{IDS[0]}.tif", folder / f"{long}{n:04}_20190101T000000.tif")
    repository.project.build()
    published(repository)
    assert len(files_of(repository.top)) == len(FILES) + 40


@pytest.mark.parametrize("stem", ["*", ":(glob)*", ":!x", "[a-z]*"])
def test_a_name_that_git_would_take_for_a_pattern(repository: Repository, stem: str) -> None:
    folder = repository.project.folder
    for suffix in ("yaml", "manifest.json"):
        (folder / f"other.{suffix}").write_text("mine", "utf-8")
        (folder / f"catalog.{suffix}").rename(folder / f"{stem}.{suffix}")
    publish(folder / f"{stem}.yaml", repository.project.cache)
    assert files_of(repository.top) == sorted([f"{stem}.yaml", f"{stem}.manifest.json", *FILES[2:]])


def test_another_name_of_the_spec(repository: Repository) -> None:
    folder = repository.project.folder
    for suffix in ("yaml", "manifest.json"):
        (folder / f"catalog.{suffix}").rename(folder / f"ice.{suffix}")
    publish(folder / "ice.yaml", repository.project.cache)
    assert files_of(repository.top) == sorted(["ice.yaml", "ice.manifest.json", *FILES[2:]])


# ------------------------------------------------------------------------------ what is said of it


def test_the_message_counts_and_names_the_items(repository: Repository) -> None:
    folder = repository.project.folder
    published(repository)
    (folder / f"{IDS[2]}.tif").unlink()
    for n in range(4, 11):
        repository.project.raster(f"ice_201901{n:02}T000000.tif", n, nodata=255)
    repository.project.raster(f"{IDS[1]}.tif", 77, nodata=255)
    repository.edit("title: Lakes\n", "title: More lakes\n")
    published(repository)
    subject, _, *body = repository.git("log", "-1", "--format=%B").strip().splitlines()
    assert subject == "lakes: 7 items added, 2 updated, 1 removed"
    added = ", ".join(f"ice_201901{n:02}T000000" for n in range(4, 9))
    assert body == [
        f"Added: {added} and 2 more",
        f"Updated: {IDS[0]}, {IDS[1]}",
        f"Removed: {IDS[2]}",
        'Title: "More lakes", was "Lakes"',
    ]


def test_a_change_of_no_item_is_named_too(repository: Repository) -> None:
    published(repository)
    repository.edit("catalog:", "# The lakes.\ncatalog:")
    published(repository)
    repository.edit("description: Lakes on ice.", "description: Lakes on white ice.")
    published(repository)
    assert repository.log()[:2] == ["lakes: spec, catalog changed", "lakes: spec changed"]


def test_a_dry_run_shows_message_and_files_and_changes_nothing(repository: Repository) -> None:
    before = repository.state()
    done = repository.project.run("publish", "--dry-run")
    assert done.returncode == 0
    assert done.stdout.splitlines() == [
        "would commit, with this message:",
        "  lakes: first publication, 3 items",
        "",
        f"  Added: {', '.join(IDS)}",
        *(f"new    {name}" for name in FILES),
        f"would push to origin/main: {repository.host.as_uri()}",
    ]
    assert repository.state() == before


def test_a_dry_run_names_twenty_files_and_counts_the_others(repository: Repository) -> None:
    for n in range(4, 30):
        repository.project.raster(f"ice_201901{n:02}T000000.tif", n, nodata=255)
    repository.project.build()
    lines = list(announce(published(repository, dry_run=True), dry_run=True))
    assert sum(line.startswith("new ") for line in lines) == 20
    assert "… and 12 more" in lines


# --------------------------------------------------------------------------------- where it goes


def test_without_a_repository_one_is_made_and_what_to_do_is_said(project: Project) -> None:
    built(project)
    dry = project.run("publish", "--dry-run")
    assert dry.stdout.startswith("would make a git repository beside the spec\n")
    assert not (project.folder / ".git").exists()
    done = project.run("publish")
    assert done.returncode == 0
    first, *rest = done.stdout.splitlines()
    assert first.endswith(" to a new git repository: lakes: first publication, 3 items")
    assert rest[1:] == ["  git remote add origin ADDRESS", "  itemcat publish"]
    assert files_of(project.folder) == FILES


def test_what_is_said_to_do_at_the_host_works(project: Project, tmp_path: Path) -> None:
    built(project)
    publish(project.folder, project.cache)
    git(tmp_path, "init", "--quiet", "--bare", "host.git")
    git(project.folder, "remote", "add", "origin", (tmp_path / "host.git").as_uri())
    done = project.run("publish")
    assert done.stdout == f"pushed to origin/main: {(tmp_path / 'host.git').as_uri()}\n"
    assert git(project.folder, "rev-parse", "main@{upstream}") == git(
        tmp_path / "host.git", "rev-parse", "main"
    )


def test_the_upstream_of_the_branch_is_pushed_to(repository: Repository, tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet", "--bare", "other.git")
    repository.git("remote", "add", "other", (tmp_path / "other.git").as_uri())
    repository.git("push", "--quiet", "--set-upstream", "other", "main:web/lakes")
    publication = published(repository)
    assert str(publication.target) == "other/web/lakes"
    pushed = git(tmp_path / "other.git", "log", "-1", "--format=%s", "web/lakes")
    assert pushed == "lakes: first publication, 3 items\n"
    assert repository.log(repository.host) == ["Begin"]


def test_commits_that_wait_to_be_pushed_are_counted(repository: Repository) -> None:
    for name in ("a", "b"):
        repository.git("commit", "--quiet", "--allow-empty", "--message", name)
    lines = list(announce(published(repository, dry_run=True), dry_run=True))
    aim = f"origin/main, with 2 commits made before: {repository.host.as_uri()}"
    assert lines[-1] == f"would push to {aim}"
    assert f"pushed to {aim}" in repository.project.run("publish").stdout


@pytest.mark.parametrize("key", ["branch.main.pushRemote", "remote.pushDefault"])
def test_a_remote_that_is_chosen_for_pushing_is_pushed_to(
    repository: Repository, tmp_path: Path, key: str
) -> None:
    git(tmp_path, "init", "--quiet", "--bare", "fork.git")
    repository.git("remote", "add", "fork", (tmp_path / "fork.git").as_uri())
    repository.git("config", key, "fork")
    assert str(published(repository).target) == "fork/main"
    assert repository.log(tmp_path / "fork.git") == repository.log()
    assert repository.log(repository.host) == ["Begin"]
    assert repository.git("rev-parse", "--abbrev-ref", "main@{upstream}") == "origin/main\n"


def test_a_branch_that_follows_a_local_one_goes_to_the_only_remote(repository: Repository) -> None:
    repository.git("switch", "--quiet", "--track", "--create", "lakes", "main")
    assert str(published(repository).target) == "origin/lakes"
    assert git(repository.host, "log", "-1", "--format=%s", "lakes").startswith("lakes: first")
    assert repository.log(repository.host) == ["Begin"]


def test_the_hooks_are_run_as_git_runs_them(repository: Repository) -> None:
    repository.hook("pre-commit", "git diff --cached --name-only -- 'out/*.json' > seen.txt")
    published(repository)
    assert (repository.top / "seen.txt").read_text("utf-8").splitlines() == FILES[2:]


# --------------------------------------------------------------------------- the public address


def test_the_public_address_is_asked_after_the_push(repository: Repository, server: Server) -> None:
    url = server.url("lakes/catalog.json")
    repository.edit("  title: Lakes\n", PUBLISHED.format(url=url))
    catalog = (repository.project.folder / "out" / "catalog.json").read_bytes()
    cases = {
        f"{url}: answers": {"data": catalog, "headers": {"Access-Control-Allow-Origin": "*"}},
        f"{url}: answers; pages of other sites may not read it (no CORS)": {"data": catalog},
        f"{url}: answers, with an older catalog still; pages of other sites may not read it "
        "(no CORS)": {"data": b"{}"},
    }
    for number, (said, resource) in enumerate(cases.items()):
        server.put("lakes/catalog.json", **resource)
        comment(repository, number)
        done = repository.project.run("publish")
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.splitlines()[-1] == said
    assert {request.headers["origin"] for request in server.requests} == {"https://example.org"}


def comment(repository: Repository, number: int) -> None:
    """An edit of the spec that changes nothing else."""
    with (repository.project.folder / "catalog.yaml").open("a", encoding="utf-8") as spec:
        spec.write(f"# {number}\n")
    repository.project.build()


def test_an_address_that_does_not_answer_yet_is_no_error(
    repository: Repository, server: Server
) -> None:
    url = server.url("lakes/catalog.json")
    repository.edit("  title: Lakes\n", PUBLISHED.format(url=url))
    done = repository.project.run("publish")
    assert done.returncode == 0
    assert "catalog.json: does not answer yet (" in done.stdout
    assert "404" in done.stdout


def test_the_spec_s_credentials_are_not_shown_to_the_public_address(
    repository: Repository, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOKEN", "hidden")
    url = server.url("catalog.json")
    server.put("catalog.json", b"{}")
    repository.edit("  title: Lakes\n", PUBLISHED.format(url=url))
    headers = f'fetch: {{headers: {{"{server.host}": {{Authorization: "Bearer ${{TOKEN}}"}}}}}}\n'
    repository.edit("catalog:\n", headers + "catalog:\n")
    published(repository)
    assert [request for request in server.requests if "authorization" in request.headers] == []
    assert server.requests


def test_a_host_that_nothing_is_known_of_is_a_note(repository: Repository) -> None:
    done = repository.project.run("publish")
    assert done.returncode == 0
    assert done.stderr.startswith("note: the catalog's public address is not known at this host")


def test_a_known_host_gives_its_addresses_and_what_is_said_against_it(
    repository: Repository,
) -> None:
    address = "git@github.com:ice/lakes.git"
    repository.git("config", f"url.{repository.host.as_uri()}.pushInsteadOf", address)
    repository.git("remote", "set-url", "origin", address)
    publication = published(repository)
    assert [seen.address.url for seen in publication.seen] == [
        "https://raw.githubusercontent.com/ice/lakes/main/out/catalog.json",
        "https://ice.github.io/lakes/out/catalog.json",
    ]
    assert all(seen.what.startswith("does not answer yet") for seen in publication.seen)
    assert [note.split(" is no approved host")[0] for note in publication.notes] == [
        "raw.githubusercontent.com",
        "ice.github.io",
    ]
    assert repository.log(repository.host) == repository.log()


def test_a_list_that_is_not_committed_is_a_note(repository: Repository, server: Server) -> None:
    listed = repository.project.folder / "links.txt"
    listed.write_text("", "utf-8")
    for name in IDS:
        server.put(f"{name}.tif", (repository.project.folder / f"{name}.tif").read_bytes())
        with listed.open("a", encoding="utf-8") as file:
            file.write(server.url(f"{name}.tif\n"))
    spec = repository.project.folder / "catalog.yaml"
    head = spec.read_text("utf-8").split("assets:")[0]
    spec.write_text(f"{head}assets:\n  - urls: links.txt\n", "utf-8")
    repository.project.build()
    (note, _) = published(repository, dry_run=True).notes[::-1]
    assert note.startswith("links.txt, which the spec reads, is not committed as it is")
    repository.git("add", "links.txt")
    repository.git("commit", "--quiet", "--message", "Links")
    assert len(published(repository).notes) == 1


def test_secrets_of_the_remote_are_never_printed(repository: Repository) -> None:
    address = "https://ice:tok3n@git.example.org/lakes.git"
    repository.git("config", f"url.{repository.host.as_uri()}.pushInsteadOf", address)
    repository.git("remote", "set-url", "origin", address)
    dry, done = (repository.project.run("publish", *more) for more in (["--dry-run"], []))
    for run in (dry, done):
        assert run.returncode == 0
        assert "https://git.example.org/lakes.git" in run.stdout
        assert "tok3n" not in run.stdout + run.stderr
    repository.git("config", "--unset", f"url.{repository.host.as_uri()}.pushInsteadOf")
    comment(repository, 1)
    refused = repository.project.run("publish")
    assert refused.returncode == 3
    assert "git.example.org" in refused.stderr
    assert "tok3n" not in refused.stdout + refused.stderr
