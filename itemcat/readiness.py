"""Whether a catalog is fit to be published: no secrets, nothing to build, nothing that is wrong."""

from pathlib import Path
from urllib.parse import quote, urldefrag

from itemcat.check import Severity
from itemcat.errors import Drift, Problems, SpecError, Unfit
from itemcat.inspection import inspect
from itemcat.listener import Listener
from itemcat.model import Action, Spec
from itemcat.options import Options
from itemcat.pipeline import build
from itemcat.places import Places
from itemcat.urls import is_url, public

_SHOWN = 5  # names of one kind that an error has before it only counts


def refuse_secrets(spec: Spec) -> None:
    """Raises SpecError where the spec itself would tell everybody what is its owner's alone."""
    hint = "take it out; `fetch: headers:` takes one from the environment, as ${NAME}"
    said = [(str(one.place), text) for one in spec.sources for text in (one.address, one.href)]
    said.append((f"{spec.path.name}: catalog.published_url", spec.catalog.published_url))
    for where, text in said:
        if text and is_url(text) and public(text) != urldefrag(text).url:
            raise SpecError(
                where, f"has a secret in it, which would be public: {public(text)}", hint
            )
    for host, headers in spec.fetch.headers.items():
        for name, value in headers.items():
            if "${" not in value and _is_secret(name):
                what = f"fetch.headers.{host}.{name} holds a secret, which would be public"
                raise SpecError(
                    spec.path.name, what, "write ${NAME}, for the variable of that name"
                )


def _is_secret(header: str) -> bool:
    """Whether a header is known to carry a credential, by the names that addresses have for it."""
    address = f"https://example.org/?{quote(header)}=x"
    return header.lower() == "cookie" or public(address) != address


def refuse_drift(places: Places, cache_dir: Path | None, listener: Listener | None) -> None:
    """Raises Drift where a build would change anything, and Problems where it would fail."""
    result = build(places.spec, Options(dry_run=True, cache_dir=cache_dir), listener)
    if result.failures:
        raise Problems(result.failures, "nothing was published")
    if result.is_same:
        return
    items = [name for name, one in result.decisions.items() if one.action is not Action.KEEP]
    what = f"the catalog is not what the spec asks for: {some(items) or 'its form'} would change"
    raise Drift(places.spec.name, what, "run `itemcat build`, look at it, and try again")


def refuse_faults(places: Places, cache_dir: Path | None, listener: Listener | None) -> None:
    """Raises Unfit where `check` finds errors."""
    inspection = inspect(places.spec, cache_dir, listener=listener)
    errors = [one for one in inspection.findings if one.severity is Severity.ERROR]
    if errors:
        named = some(list(dict.fromkeys(f"{one.file} [{one.name}]" for one in errors)))
        what = f"{len(errors)} error{'s' * (len(errors) != 1)} found by check: {named}"
        raise Unfit(places.spec.name, what, "`itemcat check` says what is wrong, and its cure")


def some(names: list[str]) -> str:
    """The first names of a list, and how many there are beside."""
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
