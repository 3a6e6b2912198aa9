"""An entry goes into a branch of the clone, ready to be pushed as a pull request.

Nothing is pushed, nothing is forced, and nothing of anybody else's is committed.
"""

from dataclasses import dataclass, replace
from pathlib import Path

from itemcat.clone import Clone
from itemcat.errors import UsageError
from itemcat.files import json_value
from itemcat.git import Git
from itemcat.osc import named_by, product_file
from itemcat.readiness import some
from itemcat.registration import Registration, write


@dataclass(frozen=True, slots=True)
class Submission:
    """What was committed, or would be: `commit` is empty then. `files` are from the clone's top.

    `message` is the text of the pull request, too.
    """

    folder: Path
    branch: str
    message: str
    files: tuple[str, ...]
    commit: str = ""


def submit(registration: Registration, *, dry_run: bool = False) -> Submission | None:
    """Write the entry into the clone, on a branch of its own, once it has not been refused.

    None where it is committed as it is. Raises UsageError with nothing changed, and GitError where
    git or a hook refuses.
    """
    clone = registration.clone
    if clone is None:
        raise UsageError("itemcat publish", "no clone is named", "name one with --metadata DIR")
    git, branch = Git(clone.folder), f"itemcat/{registration.product}"
    prefix = _refuse_unready(git, clone, branch)
    before = git.at_head(product_file(registration.product))
    written = _refuse_strange(git, prefix, registration, before)
    files = tuple(sorted({*registration.changed, *written}))
    if not files:
        return None
    message = f"{'Add' if before is None else 'Update'} {registration.message}"
    submission = Submission(clone.folder, branch, message, files)
    if dry_run:
        return submission
    if git.branch() != branch:
        git.start(branch)
    write(registration)
    git.commit(message, files)
    return replace(submission, commit=git.commit_id())


def _refuse_unready(git: Git, clone: Clone, branch: str) -> str:
    """The clone's folder from its repository's top. Raises UsageError where none can be used."""
    prefix = git.prefix()
    if prefix is None:
        hint = "clone the metadata repository with git, or use `itemcat osc`, which only writes"
        raise UsageError(str(clone.folder), "is no git repository", hint)
    git.require_author()
    git.require_quiet()
    if git.branch() != branch and git.has_branch(branch):
        what = f"has a branch {branch} already, and another one is checked out"
        raise UsageError(str(clone.folder), what, f"`git switch {branch}`, and publish again")
    return prefix


def _refuse_strange(
    git: Git, prefix: str, registration: Registration, before: bytes | None
) -> list[str]:
    """The entry's files that differ from the last commit already; UsageError for any others.

    What the product was related to in that commit, `before`, may have lost its link already.
    """
    related = named_by(json_value(before)) if before else ()
    ours = {*registration.files, *(target.file for target in related)}
    found = {one.path.removeprefix(prefix): one for one in git.changes(["."])}
    strange = sorted(path for path in found if path not in ours or found[path].is_conflict)
    if strange:
        what = f"{some(strange)}: changed, and no part of the entry"
        raise UsageError(f"git in {git.top()}", what, "commit or stash that first")
    return list(found)
