"""The command line as a user has it: real processes, exit codes, what is printed and where."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from project import HEAD, Project, raster_bytes
from server import Fault, Hold, Server

NAME = "ice_20190101T000000.tif"
ID = "ice_20190101T000000"
LOCAL = '  - files: "*.tif"\n    href: https://example.org/data/{name}\n'


@pytest.fixture
def built(project: Project) -> Project:
    project.raster(NAME)
    project.spec(LOCAL)
    project.build()
    return project


def test_the_first_build_and_the_second(project: Project) -> None:
    project.raster(NAME)
    project.spec(LOCAL)
    first = project.run("build")
    assert (first.returncode, first.stderr) == (0, "")
    assert first.stdout.splitlines() == [
        f"add    {ID}: new in the spec",
        "1 added: out/catalog.json",
    ]
    second = project.run("build")
    assert (second.returncode, second.stdout) == (0, "nothing to do: 1 item up to date\n")


def test_nothing_to_do_imports_nothing_heavy(built: Project) -> None:
    modules = "yaml requests pystac rasterio rio_stac jsonschema numpy shapely pyproj pebble parse"
    code = (
        "import sys; from itemcat.cli import main; code = main(['build'])\n"
        f"print(*[name for name in {modules.split()} if name in sys.modules]); sys.exit(code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=built.folder,
        env={**os.environ, "ITEMCAT_CACHE_DIR": str(built.cache)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "nothing to do: 1 item up to date\n\n"


def test_the_report_is_json_with_reasons_and_totals(built: Project) -> None:
    for reason in ("nothing changed", "the file changed"):
        assert built.run("build", "--report", "../report.json").returncode == 0
        report = json.loads((built.folder.parent / "report.json").read_text())
        action = "keep" if reason == "nothing changed" else "update"
        assert report["items"] == {ID: {"action": action, "reason": reason}}
        assert report["totals"].keys() == {"requests", "bytes_fetched", "blobs_reused", "seconds"}
        built.raster(NAME, seed=5)


def test_the_report_names_what_failed_when_nothing_was_published(
    project: Project, server: Server
) -> None:
    server.put(NAME, raster_bytes(0))
    project.spec(f"  - {server.url(NAME)}\n  - {server.url('gone_20190101T000000.tif')}\n")
    assert project.run("build", "--report", "../report.json").returncode == 3
    report = json.loads((project.folder.parent / "report.json").read_text())
    assert report["items"] == {
        "gone_20190101T000000": {"action": "fail", "reason": "404 Not Found"}
    }


def test_a_report_that_cannot_be_written_is_told_before_anything_is_done(
    project: Project,
) -> None:
    project.raster(NAME)
    project.spec(LOCAL)
    before = project.files()
    done = project.run("build", "--report", "nowhere/report.json")
    assert (done.returncode, done.stdout) == (2, "")
    assert "nowhere/report.json" in done.stderr
    assert project.files() == before


@pytest.mark.parametrize("name", ["PROJ_LIB", "PROJ_DATA"])
def test_an_environment_that_leads_proj_astray_is_told(project: Project, name: str) -> None:
    project.raster(NAME)
    project.spec(LOCAL)
    done = project.run("build", **{name: str(project.folder)})
    assert done.returncode == 3
    assert done.stderr.splitlines() == [
        f"error: the environment variable {name}: names {project.folder}, where PROJ's database "
        "proj.db is not",
        f"hint: unset {name}",
    ]


def test_a_terminal_that_knows_few_signs_is_no_error(built: Project) -> None:
    done = built.run("explain", ID, PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, "")


def test_status_shows_the_plan_and_changes_nothing(built: Project) -> None:
    built.raster(NAME, seed=5)
    built.raster("ice_20190102T000000.tif", seed=6)
    before = built.files()
    status = built.run("status")
    assert status.returncode == 0
    assert status.stdout.splitlines() == [
        f"update {ID}: the file changed",
        "add    ice_20190102T000000: new in the spec",
        "1 to add, 1 to update: out/catalog.json",
    ]
    assert json.loads(built.run("status", "--json").stdout)["items"][ID]["action"] == "update"
    assert built.files() == before


@pytest.mark.parametrize("option", ["--check", "--locked"])
def test_drift_exits_1(built: Project, option: str) -> None:
    assert built.run("build", option).returncode == 0
    built.raster(NAME, seed=5)
    before = built.files()
    drifted = built.run("build", option)
    assert drifted.returncode == 1
    assert "the file changed" in drifted.stdout + drifted.stderr
    assert built.files() == before


def test_a_dry_run_exits_0(built: Project) -> None:
    built.raster(NAME, seed=5)
    done = built.run("build", "--dry-run")
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "1 to update: out/catalog.json")


def test_a_spec_may_be_named_by_file_folder_or_nothing(built: Project) -> None:
    for arguments in ((), (".",), ("catalog.yaml",), (str(built.folder),)):
        assert built.run("build", *arguments).stdout == "nothing to do: 1 item up to date\n"


def test_the_cache_folder_may_be_named(built: Project, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    assert built.run("build", "--cache-dir", str(elsewhere)).returncode == 0
    assert elsewhere.is_dir()


def test_quiet_prints_nothing_and_verbose_every_item(built: Project) -> None:
    assert built.run("build", "-q").stdout == ""
    assert f"keep   {ID}: nothing changed" in built.run("build", "-v").stdout


def test_processes_give_the_same_bytes_whatever_their_number(
    project: Project, tmp_path: Path
) -> None:
    for seed in range(4):
        project.raster(f"ice_2019010{seed + 1}T000000.tif", seed)
    project.spec(LOCAL)
    assert project.run("build", "-j", "1").returncode == 0
    one = project.files()
    for path in (project.folder / "out").rglob("*.json"):
        path.unlink()
    (project.folder / "catalog.manifest.json").unlink()
    done = project.run("build", "-j", "3", "--cache-dir", str(tmp_path / "another"))
    assert done.returncode == 0
    assert project.files() == one


BAD_INPUT = {
    "an unknown key": (
        HEAD.replace("output:", "outputt:") + LOCAL,
        2,
        "catalog.yaml:5:1",
        "'output'",
    ),
    "a wrong type": (HEAD.replace("id: lakes", "id: [lakes]") + LOCAL, 2, "catalog.yaml:2:7", ""),
    "a missing title": (HEAD.replace("  title: Lakes\n", "") + LOCAL, 2, "title", ""),
    "two items of one id": (
        HEAD + LOCAL + LOCAL,
        2,
        f"two items have the id '{ID}'",
        "`id:` of its own",
    ),
    "a URL that is no URL": (HEAD + "  - htp:/example.org/a.tif\n", 2, "catalog.yaml:11:5", "http"),
    "a glob that matches nothing": (
        HEAD + "  - files: none/*.tif\n",
        2,
        "`files: none/*.tif` matches no file",
        "relative to the folder of the spec",
    ),
    "a file that is no raster": (HEAD + "  - files: notes.txt\n    pattern: notes.txt\n"
        "    datetime: 2019-01-01\n", 3, "notes.txt", ""),
    "a pattern that does not match": (
        HEAD + LOCAL + '    pattern: "{place}_{start:%Y%m%d}.tif"\n',
        3,
        f"'{NAME}' does not match the pattern",
        "`pattern:`",
    ),
    "no rule for a date": (
        HEAD.replace('  datetime: "{start}"\n', "") + LOCAL,
        3,
        "no date",
        "datetime: 2019-02-24T20:37:44Z",
    ),
    "an output outside": (HEAD.replace("output: out", "output: ../out") + LOCAL, 2, "output", ""),
    "not YAML": ("catalog: [", 2, "catalog.yaml:", ""),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD_INPUT)
def test_bad_input_gives_one_clear_error_and_changes_nothing(project: Project, case: str) -> None:
    text, code, words, hint = BAD_INPUT[case]
    project.raster(NAME)
    (project.folder / "notes.txt").write_text("not a raster")
    project.spec(text)
    before = project.files()
    done = project.run("build")
    assert done.returncode == code, done.stderr
    assert done.stdout == ""
    lines = done.stderr.splitlines()
    assert lines[0].startswith("error: ")
    assert words in lines[0]
    assert sum(line.startswith("error: ") for line in lines) == 1
    assert hint in "\n".join(lines[1:])
    assert any(line.startswith("hint: ") for line in lines)
    assert project.files() == before


def test_all_problems_of_a_spec_are_told_in_one_run(project: Project) -> None:
    text = HEAD.replace("title: Lakes", "titel: Lakes").replace("output: out", "output: /out")
    project.spec(text + "  - url: 7\n")
    done = project.run("build")
    assert done.returncode == 2
    assert [line.split(" ")[1] for line in done.stderr.splitlines() if "error: " in line] == [
        "catalog.yaml:2:3:",
        "catalog.yaml:3:3:",
        "catalog.yaml:5:9:",
        "catalog.yaml:11:10:",
    ]


def test_an_html_page_instead_of_a_raster(project: Project, server: Server) -> None:
    server.put(NAME, b"<!DOCTYPE html><html>Please log in</html>")
    project.spec(f"  - {server.url(NAME)}\n")
    done = project.run("build")
    assert done.returncode == 3
    assert done.stderr.startswith(f"error: {server.url(NAME)}: ")
    assert "HTML" in done.stderr
    assert project.files().keys() == {"catalog.yaml"}


def test_somebody_elses_files_in_the_output(project: Project) -> None:
    project.raster(NAME)
    project.spec(LOCAL)
    (project.folder / "out").mkdir()
    (project.folder / "out" / "catalog.json").write_text("{}")
    before = project.files()
    done = project.run("build")
    assert done.returncode == 2
    assert done.stderr.startswith("error: out: holds files that itemcat did not make: catalog.json")
    assert project.files() == before


def test_no_spec_at_all(project: Project) -> None:
    done = project.run("build")
    assert done.returncode == 2
    assert "catalog.yaml" in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("bulid",),
        ("build", "--refresh", "--offline"),
        ("build", "-j", "0"),
        ("build", "--check", "--locked"),
    ],
)
def test_a_wrong_command_line_exits_2(project: Project, arguments: tuple[str, ...]) -> None:
    done = project.run(*arguments)
    assert done.returncode == 2
    assert "usage: itemcat" in done.stderr


def test_a_host_that_is_not_there(project: Project) -> None:
    with Server() as gone:
        address = gone.url(NAME)
    project.spec(f"  - {address}\n")
    before = project.files()
    done = project.run("build")
    assert done.returncode == 3
    assert done.stderr.startswith(f"error: {address}: ")
    assert "not reach" in done.stderr
    assert "Traceback" not in done.stderr
    assert project.files() == before


def test_a_reader_that_crashes_costs_its_own_file_only(project: Project) -> None:
    """One of four files kills its reader: the other three are read, the one is named."""
    for seed in range(4):
        project.raster(f"ice_2019010{seed + 1}T000000.tif", seed)
    project.spec(LOCAL)
    code = (
        "import os, sys\n"
        "from itemcat.options import Options\n"
        "from itemcat.pipeline import build\n"
        "from itemcat.pool import Pool\n"
        "from deadly import read_or_die\n"
        "class Deadly(Pool):\n"
        "    def submit(self, work, *args):\n"
        "        return super().submit(read_or_die, work, *args)\n"
        "if __name__ == '__main__':\n"
        "    result = build('.', Options(keep_going=True, jobs=2), executor=Deadly)\n"
        "    print(*sorted(f'{a} {n}' for a, n in result.counts().items()))\n"
        "    print(*result.failures)\n"
    )
    here = Path(__file__).parent
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=project.folder,
        env={
            **os.environ,
            "ITEMCAT_CACHE_DIR": str(project.cache),
            "PYTHONPATH": os.pathsep.join([str(here), str(here.parent)]),
        },
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    first, second, *_ = done.stdout.splitlines()
    assert first == "add 3 fail 1"
    assert second == "error: ice_20190103T000000.tif: the reader crashed on it (SIGSEGV)"


@pytest.mark.skipif(os.name == "nt", reason="signals are those of POSIX")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_build_ends_cleanly_and_goes_on_later(
    project: Project, server: Server, number: signal.Signals, code: int
) -> None:
    data = raster_bytes(0)
    server.put(NAME, data)
    server.put("ice_20190102T000000.tif", raster_bytes(1), etag='"kept"')
    project.spec(f"  - {server.url('ice_20190102T000000.tif')}\n  - {server.url(NAME)}\n")
    hold = Hold(after=len(data) // 2)
    server.fault(NAME, Fault(hold=hold))
    process = subprocess.Popen(
        [sys.executable, "-m", "itemcat", "build"],
        cwd=project.folder,
        env={**os.environ, "ITEMCAT_CACHE_DIR": str(project.cache)},
        stderr=subprocess.PIPE,
        text=True,
    )
    assert hold.reached.wait(60)
    process.send_signal(number)
    _, errors = process.communicate(timeout=60)
    hold.go.set()
    assert (process.returncode, "Traceback" in errors) == (code, False)
    assert "interrupted" in errors
    assert project.files().keys() == {"catalog.yaml"}
    assert project.run("build").returncode == 0


IMPATIENT = """
import atexit, os, runpy, signal
atexit.register(lambda: os.kill(os.getpid(), signal.{again}))
runpy.run_module("itemcat", run_name="__main__")
"""


@pytest.mark.skipif(os.name == "nt", reason="signals are those of POSIX")
@pytest.mark.parametrize("again", [signal.SIGINT, signal.SIGTERM])
def test_whoever_interrupts_again_at_the_very_end_sees_no_traceback(
    project: Project, server: Server, again: signal.Signals
) -> None:
    server.put(NAME, raster_bytes(0))
    project.spec(f"  - {server.url(NAME)}\n")
    hold = Hold(after=100)
    server.fault(NAME, Fault(hold=hold))
    process = subprocess.Popen(
        [sys.executable, "-c", IMPATIENT.format(again=again.name), "build"],
        cwd=project.folder,
        env={**os.environ, "ITEMCAT_CACHE_DIR": str(project.cache)},
        stderr=subprocess.PIPE,
        text=True,
    )
    assert hold.reached.wait(60)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    hold.go.set()
    assert process.returncode == -again
    assert errors == "interrupted: what was fetched and read is kept\n"
