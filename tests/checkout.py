"""Real git repositories for tests: a publisher's own, and the bare one at a host."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
from good import IDS, SPEC
from kept import NOWHERE
from project import Project

WHO = {
    "GIT_AUTHOR_NAME": "Ice",
    "GIT_AUTHOR_EMAIL": "ice@example.org",
    "GIT_COMMITTER_NAME": "Ice",
    "GIT_COMMITTER_EMAIL": "ice@example.org",
    "GIT_CONFIG_NOSYSTEM": "1",
}
MAIN = {
    "GIT_CONFIG_COUNT": "1",
    "GIT_CONFIG_KEY_0": "init.defaultBranch",
    "GIT_CONFIG_VALUE_0": "main",
}


def settle(monkeypatch: pytest.MonkeyPatch) -> None:
    """No configuration of this machine, an author, branches called main, and no network."""
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    for name, value in {**WHO, **MAIN, **NOWHERE}.items():
        monkeypatch.setenv(name, value)


def git(folder: Path, *arguments: str) -> str:
    """What git prints in a folder; it must succeed."""
    done = subprocess.run(
        ["git", *arguments], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@dataclass(frozen=True)
class Repository:
    """A built catalog, the repository it lies in, and the host's bare one, `origin`."""

    project: Project
    top: Path
    host: Path

    def git(self, *arguments: str) -> str:
        return git(self.top, *arguments)

    def log(self, folder: Path | None = None) -> list[str]:
        """The subjects of all commits, the last one first."""
        return git(folder or self.top, "log", "--format=%s", "main").splitlines()

    def state(self) -> tuple[str, ...]:
        """All that a refusal must leave as it is: commits here and there, index, and files."""
        return (
            self.git("for-each-ref"),
            self.git("ls-files", "--stage"),
            self.git("status", "--porcelain", "--ignored"),
            git(self.host, "for-each-ref"),
        )

    def edit(self, old: str, new: str, *, build: bool = True) -> None:
        """Change the spec, and build."""
        path = self.project.folder / "catalog.yaml"
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new), "utf-8")
        if build:
            self.project.build()

    def hook(self, name: str, script: str, folder: Path | None = None) -> None:
        """Let git run a script of ours, here or at the host."""
        path = (folder or self.top / ".git") / "hooks" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!/bin/sh\n{script}\n", "utf-8")
        path.chmod(0o755)


def built(project: Project) -> None:
    """A catalog of three items, whose rasters git is told to leave out."""
    project.spec(SPEC)
    (project.folder / ".gitignore").write_text("*.tif\n", "utf-8")
    for seed, name in enumerate(IDS):
        project.raster(f"{name}.tif", seed, nodata=255)
    project.build()


def founded(project: Project, top: Path, host: Path) -> Repository:
    """A repository at `top` with one commit that the host has too, and the catalog not in it."""
    git(host.parent, "init", "--quiet", "--bare", str(host))
    git(top, "init", "--quiet")
    (top / "README.md").write_text("Ice.\n", "utf-8")
    git(top, "add", "README.md")
    git(top, "commit", "--quiet", "--message", "Begin")
    git(top, "remote", "add", "origin", host.as_uri())
    git(top, "push", "--quiet", "--set-upstream", "origin", "main")
    return Repository(project, top, host)
