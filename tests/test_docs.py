"""Everything that README and docs show is tried: every command is run, every spec is loaded.

A ```console block is a session in a copy of the repository: lines that begin with `$ ` are run
one after the other in one shell, what stands below them is what they print (`…` alone on a line:
whatever comes). Lines that install something are run by the tox environment `package`.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from checkout import MAIN, WHO, settle
from kept import keep_schemas
from metadata import snapshot, tutorial

from itemcat.check.kinds import KINDS
from itemcat.spec import load_spec

TOP = Path(__file__).parent.parent
PAGES = sorted([TOP / "README.md", *(TOP / "docs").glob("*.md")])
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_INSTALLS = re.compile(r"pip install|python -m venv|\btox\b|git clone")


def blocks(language: str) -> list[tuple[str, str]]:
    """The blocks of a language in all pages, each with its page's name."""
    return [
        (page.name, text)
        for page in PAGES
        for found, text in _BLOCK.findall(page.read_text("utf-8"))
        if found == language
    ]


def sessions() -> dict[str, str]:
    """The console blocks of a page as one session: they build on each other."""
    pages: dict[str, str] = {}
    for name, text in blocks("console"):
        pages[name] = pages.get(name, "") + text
    return pages


SPECS = [(page, text) for page, text in blocks("yaml") if text.startswith("catalog:")]


@pytest.mark.parametrize(("page", "text"), SPECS, ids=lambda value: value[:20])
def test_every_spec_that_is_shown_is_valid(page: str, text: str, tmp_path: Path) -> None:
    path = tmp_path / "catalog.yaml"
    path.write_text(text, "utf-8")
    assert load_spec(path).sources


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of the repository's files, under version control of its own."""
    folder = tmp_path / "itemcat"
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=TOP, capture_output=True, text=True, check=True
    ).stdout
    for name in filter(None, listed.split("\0")):
        if (TOP / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(TOP / name, folder / name)
    git = [
        "git",
        "-c",
        "user.name=t",
        "-c",
        "user.email=t@example.org",
        "-c",
        "core.autocrlf=false",
    ]
    for arguments in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "all"]):
        subprocess.run([*git, *arguments], cwd=folder, check=True)
    return folder


def script_of(session: str) -> str:
    """The session as a script; the output of each command goes between marks."""
    lines = []
    for command in commands(session):
        if not _INSTALLS.search(command):
            lines += [f"echo '\x01'\n{command}\n"]
    return "\n".join(lines)


def commands(session: str) -> list[str]:
    """What is typed: lines that begin with `$ `, with the here-document that follows one."""
    typed: list[str] = []
    end = ""
    for line in session.splitlines():
        if end:
            typed[-1] += f"\n{line}"
            end = "" if line == end else end
        elif line.startswith("$ "):
            typed.append(line[2:])
            found = re.search(r"<<'(\w+)'", line)
            end = found[1] if found else ""
    return typed


def expected(session: str) -> list[list[str]]:
    """What each command that is run prints."""
    outputs: list[list[str]] = []
    rest = session
    for command in commands(session):
        rest = rest[rest.index(f"$ {command}") + len(f"$ {command}") :]
        printed = rest.split("\n$ ")[0].strip("\n").splitlines()
        if not _INSTALLS.search(command):
            outputs.append(printed)
    return outputs


def matches(shown: list[str], printed: list[str]) -> bool:
    pattern = "\n".join(r"(?:.*\n)*?.*" if line == "…" else re.escape(line) for line in shown)
    return re.fullmatch(pattern, "\n".join(printed)) is not None


@pytest.mark.skipif(os.name == "nt", reason="the pages show a POSIX shell")
@pytest.mark.parametrize("page", sessions())
def test_every_command_that_is_shown_does_what_is_shown(
    page: str, checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = sessions()[page]
    needs_schemas = re.search(r"itemcat (check|publish|osc)", session) is not None
    if needs_schemas and not keep_schemas(Path(os.environ["ITEMCAT_CACHE_DIR"])):
        pytest.skip("without ITEMCAT_SCHEMAS, this needs a network")
    if "open-science-catalog-metadata" in session:
        settle(monkeypatch)
        snapshot(checkout.parent / "open-science-catalog-metadata")
        with tutorial(checkout.parent) as environment:
            done = run(session, checkout, environment)
    else:
        done = run(session, checkout, {})
    printed = [part.strip("\n").splitlines() for part in done.stdout.split("\x01\n")[1:]]
    ran = [command for command in commands(session) if not _INSTALLS.search(command)]
    assert len(printed) == len(ran), done.stdout
    for command, shown, lines in zip(ran, expected(session), printed, strict=True):
        assert matches(shown, lines), f"$ {command}\n" + "\n".join(lines)


def run(session: str, folder: Path, own: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        ["bash", "-c", script_of(session)],
        cwd=folder,
        env={**os.environ, **WHO, **MAIN, **own, "PATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=300,
    )


@pytest.mark.parametrize(("page", "text"), blocks("python"), ids=lambda value: value[:20])
def test_every_program_that_is_shown_runs(page: str, text: str, checkout: Path) -> None:
    (checkout / "shown.py").write_text(text, "utf-8")
    subprocess.run([sys.executable, "shown.py"], cwd=checkout, check=True, timeout=120)


def test_the_spec_page_names_every_key_of_the_schema() -> None:
    schema = json.loads((TOP / "schemas" / "catalog.schema.json").read_text("utf-8"))
    page = (TOP / "docs" / "spec.md").read_text("utf-8")
    missing = {key for key in keys(schema) if f"`{key}" not in page and f"{key}:" not in page}
    assert not missing


def keys(schema: object) -> set[str]:
    """Every property that a schema describes, however deep."""
    if not isinstance(schema, dict):
        return set()
    named = [*schema.get("properties", {}).values(), *schema.get("$defs", {}).values()]
    parts = [part for key in ("anyOf", "oneOf", "allOf") for part in schema.get(key, ())]
    parts += [schema.get("items"), schema.get("additionalProperties")]
    return set(schema.get("properties", ())).union(*map(keys, (*named, *parts)))


def test_every_option_is_documented() -> None:
    commands = ("init", "build", "status", "check", "explain", "publish", "osc")
    commands += ("cache info", "cache verify", "cache gc")
    for command in commands:
        name = f"{command}.md" if command in ("check", "publish", "osc") else "build.md"
        page = (TOP / "docs" / name).read_text("utf-8")
        assert f"`itemcat {command}" in page
        usage = subprocess.run(
            [sys.executable, "-m", "itemcat", *command.split(), "--help"],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for option in set(re.findall(r"--[a-z-]+", usage)) - {"--help"}:
            assert f"`{option}" in page, f"{command} {option}"


def test_every_finding_is_documented_with_its_severity() -> None:
    page = (TOP / "docs" / "check.md").read_text("utf-8")
    told = re.findall(r"^\| `([a-z-]+)` \| (error|warning) \| \w.+ \|$", page, re.MULTILINE)
    assert dict(told) == {name: str(kind.severity) for name, kind in KINDS.items()}
    assert len(told) == len(KINDS)


def test_every_link_between_pages_leads_somewhere() -> None:
    for page in [*PAGES, TOP / "CONTRIBUTING.md"]:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text("utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
