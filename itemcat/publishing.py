"""Publishing: the catalog goes into its git repository, and from there to its host.

Everything that can be refused is refused before anything is changed.
"""

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from itemcat import manifest
from itemcat.changes import Changes, is_catalog_file
from itemcat.errors import FetchError, ItemcatError, Settled, UsageError
from itemcat.fetch import Probe
from itemcat.git import Change, Git, Target
from itemcat.hosting import Address, addresses, approval
from itemcat.layout import ROOT_FILES
from itemcat.listener import Listener
from itemcat.model import Manifest, Spec
from itemcat.places import Places
from itemcat.readiness import refuse_drift, refuse_faults, refuse_secrets, some
from itemcat.spec import load_spec
from itemcat.urls import is_url

_FIRST_BRANCH = "main"  # named in a dry run, where git has not made one yet


@dataclass(frozen=True, slots=True)
class Seen:
    """What an address said after the push."""

    address: Address
    what: str


@dataclass(frozen=True, slots=True)
class Publication:
    """What was published, or would be. `files` are from the repository's top.

    `commit` is empty where nothing was committed, `target` None where there is no remote to push
    to; `is_new` says that the repository is made by this publication. `waiting` commits were made
    before and not pushed yet: they go along.
    """

    message: str
    files: tuple[Change, ...]
    is_new: bool
    target: Target | None
    waiting: int = 0
    commit: str = ""
    seen: tuple[Seen, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is to be done in which repository. `prefix` is the spec's folder from its top.

    `outputs` are the output folders, from the spec's: that of now, and that of the last commit.
    """

    git: Git
    prefix: str
    outputs: frozenset[str]
    branch: str
    target: Target | None
    changes: tuple[Change, ...]
    is_new: bool


def publish(
    what: Path,
    cache_dir: Path | None = None,
    listener: Listener | None = None,
    *,
    dry_run: bool = False,
) -> Publication:
    """Commit spec, manifest and catalog, and push them. `what` is the spec or its folder.

    Raises UsageError, Drift, Unfit or another ItemcatError, with nothing changed; a GitError after
    the commit says that it stays. `dry_run` changes nothing.
    """
    if what.suffix.lower() == ".json":
        hint = "name a spec; a catalog of another tool is committed by `git` itself"
        raise UsageError(str(what), "is no spec, and only what a spec makes is published", hint)
    places = Places.of(what, cache_dir)
    git = Git(places.base)
    spec = load_spec(places.spec)
    refuse_secrets(spec)
    refuse_drift(places, cache_dir, listener)
    plan = _planned(git, places, spec)
    refuse_faults(places, cache_dir, listener)
    message = _message(plan, places, spec)
    notes = (*_address_notes(plan, spec), *_list_notes(plan, places, spec))
    waiting = 0 if plan.target is None else git.ahead(plan.target) or 0
    publication = Publication(message, plan.changes, plan.is_new, plan.target, waiting, notes=notes)
    return publication if dry_run else _published(publication, plan, places, spec)


def _published(publication: Publication, plan: _Plan, places: Places, spec: Spec) -> Publication:
    """Commit, push, and ask the public address."""
    git = plan.git
    if plan.is_new:
        git.initialise()
    if plan.changes:
        # Once more, for the checks may have taken a while.
        _refuse_staged(git, plan.prefix, places, plan.outputs)
        paths = [change.path.removeprefix(plan.prefix) for change in plan.changes]
        git.commit(publication.message, paths)
        publication = replace(publication, commit=git.commit_id())
    if plan.target is None:
        return publication
    git.push(plan.branch, plan.target)
    size = (places.base / _root(spec)).stat().st_size
    return replace(publication, seen=tuple(_asked(_addresses(plan, spec), size)))


# ----------------------------------------------------------------------------------- the refusals


def _planned(git: Git, places: Places, spec: Spec) -> _Plan:
    """Look at the repository, and refuse what cannot be published from it."""
    prefix = git.prefix()
    git.require_author()
    files = [places.spec.name, places.manifest.name]
    files += [f"{spec.output}/{path}" for path in _catalog_files(places.base / spec.output)]
    if prefix is None:
        changes = tuple(Change(path, "??") for path in files)
        return _Plan(git, "", frozenset({spec.output}), _FIRST_BRANCH, None, changes, is_new=True)
    branch = git.branch()
    git.require_quiet()
    _refuse_ignored(git, files)
    outputs = frozenset({spec.output, _manifest_at_head(git, places, spec).output})
    _refuse_staged(git, prefix, places, outputs)
    found = git.changes([places.spec.name, places.manifest.name, *sorted(outputs)])
    changes = tuple(one for one in found if _is_ours(one.path, prefix, places, outputs))
    if inner := [one.path for one in found if one.path.endswith("/")]:
        what = "is a git repository of its own, in another one"
        raise UsageError(some(inner), what, "name another folder as `output:`")
    if conflicts := [one.path for one in found if one.is_conflict]:
        hint = "`git add` it, once it is as it should be"
        raise UsageError(some(conflicts), "is left undecided by a merge", hint)
    target = git.target(branch)
    if not changes:
        _refuse_nothing(git, target)
    return _Plan(git, prefix, outputs, branch, target, changes, is_new=False)


def _refuse_ignored(git: Git, files: Iterable[str]) -> None:
    for path, rule in git.ignored(files).items():
        hint = "take the rule away, or make an exception of it with a line that begins with !"
        raise UsageError(path, f"git is told to leave it out, by {rule}", hint)


def _refuse_staged(git: Git, prefix: str, places: Places, outputs: Iterable[str]) -> None:
    strange = [path for path in git.staged() if not _is_ours(path, prefix, places, outputs)]
    if strange:
        what = f"{some(strange)}: staged for a commit, and no part of the catalog"
        raise UsageError("git", what, "commit that first, or `git restore --staged .`")


def _refuse_nothing(git: Git, target: Target | None) -> None:
    """Raises Settled unless there are commits that wait to be pushed."""
    if target is None:
        hint = "`git remote add origin ADDRESS`, and publish again: it pushes what is committed"
        raise Settled("git", "nothing to publish: all is committed, and there is no remote", hint)
    if git.ahead(target) == 0:
        hint = "edit the spec and run `itemcat build` first"
        raise Settled("git", f"nothing to publish: {target} has the catalog as it is", hint)


def _is_ours(path: str, prefix: str, places: Places, outputs: Iterable[str]) -> bool:
    """Whether a path from the repository's top is the spec, the manifest or of the catalog."""
    inner = path.removeprefix(prefix)
    if not path.startswith(prefix):
        return False
    if inner in (places.spec.name, places.manifest.name):
        return True
    below = (inner.removeprefix(f"{one}/") for one in outputs if inner.startswith(f"{one}/"))
    return any(map(is_catalog_file, below))


def _catalog_files(folder: Path) -> list[str]:
    """The catalog's files, from its folder, with slashes."""
    found = [
        Path(parent, name).relative_to(folder).as_posix()
        for parent, _, names in os.walk(folder)
        for name in names
    ]
    return sorted(filter(is_catalog_file, found))


# -------------------------------------------------------------------------------- what is told


def _message(plan: _Plan, places: Places, spec: Spec) -> str:
    """What this commit changes, against the last one; empty where only a push is left to do."""
    if not plan.changes:
        return ""
    before = None if plan.is_new else plan.git.at_head(places.manifest.name)
    old = _manifest_at_head(plan.git, places, spec) if before is not None else None
    now = manifest.parse(places.manifest.name, places.manifest.read_bytes())
    output = old.output if old else spec.output
    roots = (plan.git.at_head(f"{output}/{name}") for name in ROOT_FILES.values() if old)
    was = next(filter(None, roots), b"")
    titles = (_title(was), _title((places.base / _root(spec)).read_bytes()))
    changed = {change.path.removeprefix(plan.prefix) for change in plan.changes}
    kinds = {
        "spec": places.spec.name in changed,
        "catalog": bool(changed - {places.spec.name, places.manifest.name}),
        "manifest": places.manifest.name in changed,
    }
    return Changes.between(old, now, titles).message(spec.catalog.id, kinds)


def _manifest_at_head(git: Git, places: Places, spec: Spec) -> Manifest:
    """The manifest of the last commit; an empty one where there is none that can be read."""
    data = git.at_head(places.manifest.name)
    try:
        return manifest.parse(places.manifest.name, data) if data else Manifest(spec.output)
    except ItemcatError:
        return Manifest(spec.output)


def _title(document: bytes) -> str:
    try:
        return str(json.loads(document)["title"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return ""


def _root(spec: Spec) -> str:
    """The path of the root document, from the spec's folder."""
    return f"{spec.output}/{ROOT_FILES[spec.catalog.type]}"


def public_addresses(places: Places, spec: Spec) -> tuple[Address, ...]:
    """Where the catalog is found once it is published; empty where nothing tells."""
    if spec.catalog.published_url:
        return (Address(spec.catalog.published_url),)
    git = Git(places.base)
    prefix = git.prefix()
    target = None if prefix is None else git.target(git.branch())
    return _shown_at(spec, prefix or "", target)


def _addresses(plan: _Plan, spec: Spec) -> tuple[Address, ...]:
    """Where the catalog will be found: where the spec says, or else where the host shows it."""
    if spec.catalog.published_url:
        return (Address(spec.catalog.published_url),)
    return _shown_at(spec, plan.prefix, plan.target)


def _shown_at(spec: Spec, prefix: str, target: Target | None) -> tuple[Address, ...]:
    return addresses(target.address, target.branch, prefix + _root(spec)) if target else ()


def _asked(told: Iterable[Address], size: int) -> Iterator[Seen]:
    """What each address says now, asked as anybody would: without the spec's credentials."""
    with Probe() as probe:
        for address in told:
            try:
                answer = probe.ask(address.url)
            except FetchError as error:
                yield Seen(address, f"does not answer yet ({error.what})")
                continue
            age = "" if answer.size in (None, size) else ", with an older catalog still"
            cors = "" if answer.is_open else "; pages of other sites may not read it (no CORS)"
            yield Seen(address, f"answers{age}{cors}")


def _address_notes(plan: _Plan, spec: Spec) -> Iterator[str]:
    told = _addresses(plan, spec)
    yield from filter(None, (approval(address.url) for address in told))
    if plan.target is not None and not told:
        yield (
            "the catalog's public address is not known at this host: `catalog.published_url` in "
            "the spec names it"
        )


def _list_notes(plan: _Plan, places: Places, spec: Spec) -> Iterator[str]:
    """Lists that the spec reads, without which nobody else can build."""
    lists = [source.address for source in spec.sources if source.kind == "urls"]
    local = [address for address in lists if not is_url(address)]
    if plan.is_new:
        missing = local
    else:
        top = plan.git.top().resolve()
        inside = [one for one in local if (places.base / one).resolve().is_relative_to(top)]
        missing = [change.path for change in plan.git.changes(inside)] if inside else []
    for path in missing:
        yield f"{path}, which the spec reads, is not committed as it is: `git add` it yourself"
