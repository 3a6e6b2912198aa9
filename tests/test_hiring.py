"""Who may read for a build: by the command line, by the spec, and by neither."""

from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path

import pytest
from project import HEAD, Project, raster_bytes
from server import Server

from itemcat.errors import Problems
from itemcat.options import Options
from itemcat.pipeline import build
from itemcat.spec import load_spec

SITE = Path(__file__).parent / "site"
LOCAL = '  - files: "data/*.tif"\n    href: https://example.org/{name}\n'


@pytest.fixture
def filled(project: Project) -> Project:
    for seed in range(3):
        project.raster(f"data/ice_2019010{seed + 1}T000000.tif", seed)
    project.spec(LOCAL)
    return project


def chosen(project: Project, executor: str) -> None:
    project.spec(f"executor: {executor}\n{HEAD}{LOCAL}")


# ---------------------------------------------------------------------------------- what is named


@pytest.mark.parametrize(
    ("executor", "name"),
    [
        ("local", "local"),
        ("{dask: tcp://host:8786}", "dask:tcp://host:8786"),
        ("dask:tcp://host:8786", "dask:tcp://host:8786"),
        ("{dask: scheduler.json}", "dask:scheduler.json"),
        ("{dask: local-cluster}", "dask:local-cluster"),
        ("mysite:make", "mysite:make"),
    ],
)
def test_a_spec_names_who_reads(filled: Project, executor: str, name: str) -> None:
    chosen(filled, executor)
    assert load_spec(filled.folder).executor == name


@pytest.mark.parametrize(
    "executor", ["dask", "{dask: }", "{dask: ''}", "{dask: ftp://host}", "{ray: auto}", "a b", "[]"]
)
def test_what_names_nobody_is_a_problem_of_the_spec(filled: Project, executor: str) -> None:
    chosen(filled, executor)
    with pytest.raises(Problems, match=r"catalog\.yaml:1:.*executor"):
        load_spec(filled.folder)


def test_dask_without_a_scheduler_is_refused(filled: Project) -> None:
    done = filled.run("build", "--executor", "dask")
    assert done.returncode == 2
    assert "dask needs a scheduler; the forms are" in done.stderr
    assert not (filled.folder / "out").exists()


# ------------------------------------------------------------------------------- what is harmless


@pytest.mark.parametrize(
    "executor",
    ["{dask: tcp://10.255.255.1:8786}", "{dask: foreign.json}", "beside:make", "pytest:main"],
)
def test_a_spec_from_elsewhere_lets_nobody_in(filled: Project, executor: str) -> None:
    (filled.folder / "beside.py").write_text("raise SystemExit('it ran')\n")
    (filled.folder / "foreign.json").write_text('{"address": "tcp://10.255.255.1:8786"}')
    chosen(filled, executor)
    before = filled.files()
    done = filled.run("build", PYTHONPATH=str(filled.folder))
    assert done.returncode == 2
    assert done.stderr.startswith("error: catalog.yaml: `executor: ")
    assert (
        "lets others run code on this machine\nhint: `itemcat build --executor spec`" in done.stderr
    )
    assert filled.files() == before


def test_the_users_word_counts(filled: Project) -> None:
    """A module beside the spec serves who trusts the spec, and whom the user names himself."""
    (filled.folder / "beside.py").write_text((SITE / "mysite.py").read_text())
    chosen(filled, "beside:make")
    here = {"PYTHONPATH": str(filled.folder)}
    assert filled.run("build", "--executor", "spec", **here).returncode == 0
    assert filled.run("build", "--reread", "--executor", "beside:make", **here).returncode == 0
    assert filled.run("build", "--reread", "--executor", "local").returncode == 0


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"address": 7}', '{"address": "scheduler.json"}']
)
def test_a_file_that_is_no_schedulers(filled: Project, text: str) -> None:
    (filled.folder / "scheduler.json").write_text(text)
    chosen(filled, "{dask: scheduler.json}")
    done = filled.run("build")
    assert done.returncode == 2
    assert "scheduler.json: " in done.stderr
    assert "hint: `dask scheduler --scheduler-file` writes one" in done.stderr


def test_nothing_to_do_needs_nobody(filled: Project) -> None:
    filled.build()
    done = filled.run("build", "--executor", "dask:tcp://10.255.255.1:8786")
    assert (done.returncode, done.stdout) == (0, "nothing to do: 3 items up to date\n")


@pytest.mark.parametrize(("jobs", "workers"), [(2, 2), (64, 3)])
def test_nobody_is_hired_for_whom_there_is_no_file(
    filled: Project, jobs: int, workers: int
) -> None:
    hired: list[int] = []

    def make(count: int) -> Executor:
        hired.append(count)
        return ThreadPoolExecutor(count)

    build(filled.folder, Options(cache_dir=filled.cache, jobs=jobs), executor=make)
    assert hired == [workers]


# ------------------------------------------------------------------------------------- factories


def test_the_executor_of_a_site_reads(filled: Project) -> None:
    before = filled.files()
    filled.build()
    expected = filled.files()
    chosen(filled, "mysite:make")
    specs = ("--executor", "spec")
    assert filled.run("build", "--reread", *specs, PYTHONPATH=str(SITE)).returncode == 0
    sized = ("--executor", "mysite:sized", "-j3")
    assert filled.run("build", "--reread", *sized, PYTHONPATH=str(SITE)).returncode == 0
    assert before.keys() < expected.keys()
    assert {k: v for k, v in filled.files().items() if k != "catalog.yaml"} == {
        k: v for k, v in expected.items() if k != "catalog.yaml"
    }


def test_few_samples_are_held_here_however_many_workers_there_are(
    project: Project, server: Server
) -> None:
    """This machine has to ask, for the addresses hold a secret: 8 at once, and a first greeting."""
    names = [f"ice_201901{day + 1:02}T000000.tif" for day in range(30)]
    for name in names:
        server.put(name, raster_bytes(1), etag='"1"')
    rules = "read: {access: remote, statistics: sampled}\nassets:"
    urls = "".join(f"  - {server.url(name)}?token=secret\n" for name in names)
    project.spec(HEAD.replace("assets:", rules) + urls)
    done = project.run("build", "--executor", "mysite:Counting", PYTHONPATH=str(SITE))
    assert done.returncode == 0, done.stderr
    assert int((project.folder / "most").read_text()) <= 9


@pytest.mark.parametrize(
    ("name", "code", "words"),
    [
        ("nowhere:make", 2, "nowhere:make: cannot be imported: No module named 'nowhere'"),
        ("mysite:nothing", 2, "mysite:nothing: cannot be imported: module 'mysite' has no"),
        ("unloadable:make", 2, "unloadable:make: cannot be imported: no nodes left"),
        ("mysite:useless", 2, "gave a list, which is no concurrent.futures.Executor"),
        ("mysite:broken", 3, "mysite:broken: made no executor: RuntimeError: no nodes left"),
        ("mysite:Fragile", 3, "mysite:Fragile: is broken: BrokenProcessPool: A "),
    ],
)
def test_a_factory_that_gives_nothing_of_use(
    filled: Project, name: str, code: int, words: str
) -> None:
    done = filled.run("build", "--executor", name, PYTHONPATH=str(SITE))
    assert done.returncode == code, done.stderr
    assert words in done.stderr
    assert not (filled.folder / "out").exists()


def test_without_the_library_it_says_what_to_install(filled: Project, tmp_path: Path) -> None:
    (tmp_path / "distributed.py").write_text("raise ImportError\n")
    done = filled.run("build", "--executor", "dask:local-cluster", PYTHONPATH=str(tmp_path))
    assert done.returncode == 2
    assert 'pip install "itemcat[dask]"' in done.stderr
