"""Git by its own command line, in the repository of one folder. Nothing here knows a catalog.

Nothing is ever forced. Author, hooks, signatures and credentials are the user's own.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from itemcat.errors import GitError, MachineError, UsageError
from itemcat.urls import public, redacted

_NO_REPOSITORY = "not a git repository (or any"  # other words mean that there is a broken one
_MOST_LINES = 12  # of what git says that an error repeats, the last ones
_CONFLICTS = frozenset({"DD", "AU", "UD", "UA", "DU", "AA", "UU"})
_UNDER_WAY = {"MERGE_HEAD": "merge", "CHERRY_PICK_HEAD": "cherry-pick", "REVERT_HEAD": "revert"}


@dataclass(frozen=True, slots=True)
class Change:
    """A file that differs from the last commit; `path` is from the repository's top folder.

    `state` is git's two letters, as in the short format of git-status(1).
    """

    path: str
    state: str

    @property
    def is_new(self) -> bool:
        """Whether git does not know the file yet."""
        return self.state == "??"

    @property
    def is_conflict(self) -> bool:
        """Whether a merge has left it undecided."""
        return self.state in _CONFLICTS

    @property
    def word(self) -> str:
        """What a commit of the file, as it is on disk, does."""
        if "D" in self.state:
            return "delete"
        return "new" if self.is_new or "A" in self.state else "change"


@dataclass(frozen=True, slots=True)
class Target:
    """Where a branch is pushed: a remote, and a branch there. `is_new`: the branch follows none.

    `address` is the remote's URL or path, and may hold a secret: show `urls.public(address)`.
    """

    remote: str
    branch: str
    address: str
    is_new: bool

    def __str__(self) -> str:
        return f"{public(self.remote)}/{self.branch}"


class Git:
    """The repository that a folder lies in, if any. Paths are from that folder, with slashes.

    Methods raise GitError where git refuses, in git's words.
    """

    def __init__(self, folder: Path) -> None:
        program = shutil.which("git")
        if program is None:
            hint = "install it (https://git-scm.com), or commit and upload by other means"
            raise MachineError("git", "is not installed, or not on the PATH", hint)
        self._program = program
        self._folder = folder

    # ------------------------------------------------------------------------------- questions

    def prefix(self) -> str | None:
        """The folder as seen from the repository's top, `data/` or empty; None: no repository."""
        done = self._ask("rev-parse", "--show-prefix")
        if done.returncode == 0:
            return _text(done.stdout).removesuffix("\n")
        if _NO_REPOSITORY in _text(done.stderr):
            return None
        raise _refused("rev-parse", done, "is the repository whole, and yours?")

    def top(self) -> Path:
        """The repository's top folder."""
        return Path(self._answer("rev-parse", "--show-toplevel").removesuffix("\n"))

    def branch(self) -> str:
        """The branch that is checked out, also before its first commit. Raises UsageError."""
        done = self._ask("symbolic-ref", "--quiet", "HEAD")
        if done.returncode:
            what = "no branch is checked out (a detached HEAD), so a commit would be lost"
            raise UsageError("git", what, "`git switch BRANCH`, and publish from there")
        return _text(done.stdout).strip().removeprefix("refs/heads/")

    def has_branch(self, name: str) -> bool:
        """Whether there is a branch of this name here."""
        return self._ask("rev-parse", "--quiet", "--verify", f"refs/heads/{name}").returncode == 0

    def require_quiet(self) -> None:
        """Raises UsageError while something is under way that the next commit would end."""
        for name, word in _UNDER_WAY.items():
            if self._ask("rev-parse", "--quiet", "--verify", name).returncode == 0:
                hint = f"finish it (`git {word} --continue`), or give it up (`git {word} --abort`)"
                raise UsageError("git", f"a {word} is under way", hint)

    def commit_id(self) -> str:
        """The last commit, abbreviated."""
        return self._answer("rev-parse", "--short", "HEAD").strip()

    def staged(self) -> list[str]:
        """The files whose staged content is not that of the last commit, from the top."""
        return _names(self._answer("diff", "--cached", "--name-only", "--no-renames", "-z"))

    def changes(self, paths: Iterable[str]) -> list[Change]:
        """What differs from the last commit at these paths, and in folders below them."""
        options = ("--porcelain=v1", "-z", "--untracked-files=all", "--no-renames")
        literal = (f":(literal){path}" for path in paths)  # whatever signs are in one
        answer = self._answer("status", *options, "--", *literal)
        return [Change(entry[3:], entry[:2]) for entry in _names(answer)]

    def ignored(self, paths: Iterable[str]) -> dict[str, str]:
        """Those of the paths that git is told to leave out, with the rule that says so."""
        listed = (f"./{path}" for path in paths)  # so that none looks like a pattern of git's
        done = self._ask("check-ignore", "--verbose", "-z", "--stdin", given=listed)
        if done.returncode > 1:
            raise _refused("check-ignore", done, "look at .gitignore")
        words = _text(done.stdout).split("\0")
        rules = zip(words[0::4], words[1::4], words[2::4], words[3::4], strict=False)
        return {
            path.removeprefix("./"): f"{file}:{line} ({rule})"
            for file, line, rule, path in rules
            if not rule.startswith("!")
        }

    def at_head(self, path: str) -> bytes | None:
        """A file as the last commit has it; None where it has none."""
        done = self._ask("cat-file", "blob", f"HEAD:./{path}")
        return done.stdout if done.returncode == 0 else None

    def require_author(self) -> None:
        """Raises UsageError where git does not know who commits."""
        for name in ("GIT_AUTHOR_IDENT", "GIT_COMMITTER_IDENT"):
            if self._ask("var", name).returncode:
                hint = "`git config --global user.name NAME`, and user.email in the same way"
                raise UsageError("git", "does not know who you are", hint)

    def target(self, branch: str) -> Target | None:
        """Where the branch is pushed: as its configuration says, or to the only remote there is.

        None without a remote. Raises UsageError where there are several, and none is chosen.
        """
        followed = self._config(f"branch.{branch}.remote")
        merged = self._config(f"branch.{branch}.merge").removeprefix("refs/heads/")
        chosen = self._config(f"branch.{branch}.pushRemote") or self._config("remote.pushDefault")
        if followed in ("", ".") or not merged:  # a branch may follow another local one
            followed, merged = "", branch
        remote = chosen or followed or self._only_remote(branch)
        if not remote:
            return None
        name = merged if remote == followed else branch
        address = self._answer("ls-remote", "--get-url", "--", remote).strip()
        return Target(remote, name, address, is_new=not followed)

    def ahead(self, target: Target) -> int | None:
        """How many commits the remote lacks, by what was last heard of it; None: not known."""
        seen = f"refs/remotes/{target.remote}/{target.branch}"
        done = self._ask("rev-list", "--count", f"{seen}..HEAD", "--")
        return int(done.stdout) if done.returncode == 0 else None

    # --------------------------------------------------------------------------------- actions

    def initialise(self) -> None:
        """Make the folder a repository."""
        done = self._run(("init", "--quiet"))
        if done.returncode:
            raise _refused("init", done, "may this folder be written?")

    def start(self, branch: str) -> None:
        """Make a branch of what is checked out, with the files as they are, and check it out."""
        self._change("switch", "--quiet", "--create", branch)

    def commit(self, message: str, paths: Iterable[str]) -> None:
        """Commit these files as they are on disk, with what is staged.

        Where git or a hook refuses, what is staged is as it was before.
        """
        paths = tuple(paths)
        before = self._entries()
        try:
            # By names alone: ten thousand pathspecs would take a minute.
            self._change("update-index", "--add", "--remove", "-z", "--stdin", given=paths)
            self._change("commit", "--quiet", "--cleanup=whitespace", f"--message={message}")
        except BaseException:
            new = [path for path in paths if path not in before]
            old = [before[path] for path in paths if path in before]
            self._run(("update-index", "--force-remove", "-z", "--stdin"), new)
            self._run(("update-index", "-z", "--index-info"), old)
            raise

    def push(self, branch: str, target: Target) -> None:
        """Push the branch. Raises GitError where it does not arrive; the commits stay."""
        follow = ("--set-upstream",) if target.is_new else ()
        refs = f"refs/heads/{branch}:refs/heads/{target.branch}"
        done = self._run(("push", "--porcelain", *follow, "--", target.remote, refs))
        if done.returncode == 0:
            return
        if "\t[rejected]" in _text(done.stdout):
            what = "has commits that you do not have, and refused the push; your commit stays"
            hint = f"`git pull --rebase {public(target.remote)} {target.branch}`, and publish again"
            raise GitError(str(target), what, hint)
        what = f"could not be pushed to, your commit stays: {_said(done)}"
        raise GitError(str(target), what, "when that is cured, publish again: it pushes the commit")

    def _entries(self) -> dict[str, str]:
        """What is staged for the files below the folder: git's own lines, by the paths from it."""
        prefix = self.prefix() or ""
        lines = _names(self._answer("ls-files", "--stage", "--full-name", "-z"))
        return {line.partition("\t")[2].removeprefix(prefix): line for line in lines}

    def _change(self, command: str, *arguments: str, given: Iterable[str] | None = None) -> None:
        done = self._run((command, *arguments), given)
        if done.returncode:
            raise _refused(command, done, "nothing was committed: cure that, and publish again")

    def _only_remote(self, branch: str) -> str:
        remotes = self._answer("remote").split()
        if len(remotes) > 1:
            what = f"has several remotes ({', '.join(remotes)}), and {branch} follows none of them"
            raise UsageError("git", what, f"`git push --set-upstream REMOTE {branch}`, once")
        return remotes[0] if remotes else ""

    def _config(self, key: str) -> str:
        return _text(self._ask("config", "--get", key).stdout).strip()

    def _answer(self, command: str, *arguments: str) -> str:
        done = self._ask(command, *arguments)
        if done.returncode:
            raise _refused(command, done, "is the repository whole?")
        return _text(done.stdout)

    def _ask(
        self, *arguments: str, given: Iterable[str] | None = None
    ) -> "subprocess.CompletedProcess[bytes]":
        """Ask without any change; the answer is in one language."""
        return self._run(arguments, given, {"LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0"})

    def _run(
        self,
        arguments: Iterable[str],
        given: Iterable[str] | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> "subprocess.CompletedProcess[bytes]":
        """Run git; `given` are lines for its input. It asks the user at a terminal only."""
        is_attended = sys.stdin is not None and sys.stdin.isatty()
        prompt = {} if is_attended else {"GIT_TERMINAL_PROMPT": "0"}
        lines = "" if given is None else "".join(f"{line}\0" for line in given)
        return subprocess.run(  # noqa: S603 - a list, and no shell
            [self._program, *arguments],
            cwd=self._folder,
            env={**os.environ, **prompt, **(environment or {})},
            check=False,
            capture_output=True,
            # With nothing to read and nobody to answer, no hook and no login waits for ever.
            input=None
            if given is None and is_attended
            else lines.encode("utf-8", "surrogateescape"),
        )


def _refused(command: str, done: "subprocess.CompletedProcess[bytes]", hint: str) -> GitError:
    return GitError(f"git {command}", _said(done), hint)


def _said(done: "subprocess.CompletedProcess[bytes]") -> str:
    """What git said: no secrets, nothing that gives orders to a terminal, the last lines of it."""
    text = redacted(_text(done.stderr).strip() or _text(done.stdout).strip())
    lines = [
        "".join(sign if sign.isprintable() else repr(sign)[1:-1] for sign in line)
        for line in text.splitlines()
        if line.strip()
    ]
    return "\n".join(lines[-_MOST_LINES:]) or f"failed with exit code {done.returncode}"


def _names(text: str) -> list[str]:
    return [name for name in text.split("\0") if name]


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")
