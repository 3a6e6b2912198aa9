"""The package as it is installed: its version, its files, its command, its face for programs."""

import json
import shutil
import subprocess
import sys
import tomllib
from importlib.metadata import entry_points, version
from importlib.resources import files
from itertools import chain
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from project import Project

import itemcat
from itemcat import cli, errors

TOP = Path(__file__).parent.parent
PROJECT = tomllib.loads((TOP / "pyproject.toml").read_text("utf-8"))
SCRIPT = """\
import json, sys
from pathlib import Path
import itemcat

def main():
    options = itemcat.Options(cache_dir=Path(sys.argv[1]), jobs=2)
    results = [itemcat.build("catalog.yaml", options), itemcat.build(".", options)]
    print(json.dumps([[result.report()["items"], result.is_same] for result in results]))

if __name__ == "__main__":
    main()
"""


def printed(*command: str | Path) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_there_is_one_version() -> None:
    assert version("itemcat") == itemcat.__version__
    assert "version" in PROJECT["project"]["dynamic"]
    assert f"\n## [{itemcat.__version__}]" in (TOP / "CHANGELOG.md").read_text("utf-8")


def test_the_command_is_installed() -> None:
    (command,) = entry_points(group="console_scripts", name="itemcat")
    assert command.load() is cli.main
    script = shutil.which("itemcat", path=Path(sys.executable).parent)
    assert script
    expected = f"itemcat {itemcat.__version__}\n"
    assert printed(script, "--version") == expected
    assert printed(sys.executable, "-m", "itemcat", "--version") == expected


def test_schemas_and_the_mark_of_types_are_in_the_package() -> None:
    schema = json.loads(files("itemcat.schemas").joinpath("catalog.schema.json").read_bytes())
    Draft202012Validator.check_schema(schema)
    assert files("itemcat").joinpath("py.typed").is_file()


def test_no_folder_of_the_code_is_forgotten_in_the_wheel() -> None:
    folders = {path.parent.relative_to(TOP) for path in (TOP / "itemcat").rglob("__init__.py")}
    packages = PROJECT["tool"]["setuptools"]["packages"]
    assert set(packages) == {".".join(path.parts) for path in folders} | {"itemcat.schemas"}


def test_the_lowest_versions_that_are_tested_are_those_that_are_claimed() -> None:
    lines = (TOP / "tests" / "lowest.txt").read_text("utf-8").splitlines()
    pinned = [line for line in lines if not line.startswith("#")]
    extras = PROJECT["project"]["optional-dependencies"].values()
    claimed = [*PROJECT["project"]["dependencies"], *chain.from_iterable(extras)]
    once = dict.fromkeys(claimed)  # what two extras ask for is pinned once
    assert [text.replace(">=", "==") for text in once] == pinned


def test_all_public_names_are_there() -> None:
    assert {name: getattr(itemcat, name) for name in itemcat.__all__}.keys() == {
        *("ItemcatError", "Options", "Result", "__version__", "build", "load_spec")
    }
    assert itemcat.ItemcatError is errors.ItemcatError
    with pytest.raises(AttributeError, match="has no attribute 'biuld'"):
        _ = itemcat.biuld


def test_a_program_builds_twice(project: Project) -> None:
    for number in (1, 2):
        project.raster(f"ice_2019010{number}T000000.tif", number)
    project.spec('  - files: "*.tif"\n    href: https://example.org/{name}\n')
    script = project.folder.parent / "script.py"
    script.write_text(SCRIPT)
    done = subprocess.run(
        [sys.executable, script, project.cache],
        cwd=project.folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    (first, is_first_same), (second, is_second_same) = json.loads(done.stdout)
    assert [item["action"] for item in first.values()] == ["add", "add"]
    assert [item["action"] for item in second.values()] == ["keep", "keep"]
    assert (is_first_same, is_second_same) == (False, True)


def test_a_program_is_told_what_is_wrong(project: Project) -> None:
    with pytest.raises(itemcat.ItemcatError) as caught:
        itemcat.build(project.folder, itemcat.Options(cache_dir=project.cache))
    assert caught.value.exit_code == 2
    assert "there is no such file" in str(caught.value)


def test_a_program_reads_a_spec(project: Project) -> None:
    project.spec("  - https://example.org/a.tif\n")
    spec = itemcat.load_spec(project.folder)
    assert [source.address for source in spec.sources] == ["https://example.org/a.tif"]
    assert spec.catalog.id == "lakes"
