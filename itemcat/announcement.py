"""A publication in words, line by line."""

from collections.abc import Iterator

from itemcat.automation import Automation
from itemcat.git import Target
from itemcat.publishing import Publication
from itemcat.registration import Registration
from itemcat.submission import Submission
from itemcat.summary import shown
from itemcat.urls import public

_MOST_FILES = 20
_AT_THE_HOST = """\
There is no remote yet. Make an empty repository at your host (GitHub, GitLab, Codeberg, …), then:
  git remote add origin ADDRESS
  itemcat publish"""


def announce(publication: Publication, *, dry_run: bool) -> Iterator[str]:
    """What was done, or would be."""
    if dry_run:
        yield from _planned(publication)
    elif publication.commit:
        where = " to a new git repository" if publication.is_new else ""
        yield f"committed {publication.commit}{where}: {publication.message.splitlines()[0]}"
    if publication.target is None:
        yield from _AT_THE_HOST.splitlines()
    elif not dry_run:
        yield f"pushed to {_aim(publication, publication.target)}"
    for seen in publication.seen:
        condition = f", {seen.address.condition}" if seen.address.condition else ""
        yield f"{public(seen.address.url)}{condition}: {seen.what}"


def _planned(publication: Publication) -> Iterator[str]:
    """The message and the files."""
    if publication.is_new:
        yield "would make a git repository beside the spec"
    if publication.files:
        yield "would commit, with this message:"
        yield from (f"  {line}".rstrip() for line in publication.message.splitlines())
    shown = publication.files[:_MOST_FILES]
    yield from (f"{change.word:<6} {_plain(change.path)}" for change in shown)
    if len(publication.files) > _MOST_FILES:
        yield f"… and {len(publication.files) - _MOST_FILES} more"
    if publication.target is not None:
        yield f"would push to {_aim(publication, publication.target)}"


def _aim(publication: Publication, target: Target) -> str:
    """Where it is pushed, and what goes along."""
    count = publication.waiting
    along = f", with {count} commit{'s' * (count != 1)} made before" if count else ""
    return f"{target}{along}: {public(target.address)}"


def _plain(text: str) -> str:
    return "".join(sign if sign.isprintable() else repr(sign)[1:-1] for sign in text)


def announce_files(automation: Automation, *, dry_run: bool) -> Iterator[str]:
    """Which files were written; in a dry run, what is in them."""
    for path, text in automation.files.items():
        if dry_run:
            yield from (f"{path}:", *(f"  {line}".rstrip() for line in text.splitlines()))
        else:
            yield f"{'written' if path in automation.new else 'is there'}: {path}"
    if automation.new and not dry_run:
        yield "`git add` and commit them: `itemcat publish` leaves them alone"


def announce_written(registration: Registration) -> Iterator[str]:
    """Which files of the clone were written."""
    for path in registration.changed:
        yield f"written: {path}"
    if not registration.changed:
        yield f"nothing to do: the product {registration.product} is up to date"


def announce_entry(submission: Submission) -> Iterator[str]:
    """What was committed in the clone, or would be, and what is left to do."""
    folder = shown(submission.folder)
    done = f"committed {submission.commit}" if submission.commit else "would commit"
    yield f"{done} on the branch {submission.branch} of {folder}:"
    yield from (f"  {path}" for path in submission.files)
    yield "Push it, and open a pull request with this text, which is that of the commit:"
    yield f"  git -C {folder} push --set-upstream origin {submission.branch}"
    yield from (f"  {line}".rstrip() for line in submission.message.splitlines())
