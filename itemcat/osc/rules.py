"""What the Open Science Catalog would refuse of an entry, each with the part of the spec to change.

Sources: the schemas and the validation of its metadata repository, and what reviewers of
contributions have asked for.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any
from urllib.parse import urldefrag, urlsplit

from itemcat.naming import is_safe_id
from itemcat.osc.entry import Entry
from itemcat.osc.targets import PRODUCTS, PROJECTS, Target, item_file, listing_of, product_file
from itemcat.urls import public

_FREE = ("proprietary", "various", "various open source")  # licences that are no SPDX identifiers
_VIA_TYPES = ("application/json", "application/pdf", "application/zip", "text/html", "text/plain")
# A path on Windows has 259 signs, of which the folder of a checkout in its CI takes some.
MOST_PATH = 259 - len("D:/a/open-science-catalog-metadata/open-science-catalog-metadata/")
_SHOWN = 3
_URLS = ("via", "documentation", "example", "visualisation")

Names = Mapping[str, Mapping[str, str]]
"""What there is of each kind, by its folder: titles by ids."""


@dataclass(frozen=True, slots=True)
class Objection:
    """What is wrong, and what to do. `path` is the part of the spec, or `file` one of the clone."""

    path: tuple[str | int, ...]
    what: str
    hint: str
    file: str = ""


def objections(
    entry: Entry,
    folders: Mapping[str, Collection[str]],
    old: Mapping[str, Any] | None,
    inline: Collection[str] | None,
) -> Iterator[Objection]:
    """What is wrong with an entry, beside what it is related to.

    `folders` are those of products and projects that are there, `old` is the product's document
    there, if it is, and `inline` are the ids of the items that go into its folder; None where they
    stay outside.
    """
    yield from _of_licence(entry.license)
    yield from _of_id(entry.id, ("osc", "product"), folders.get(PRODUCTS, ()))
    if new := entry.said.new_project:
        yield from _of_id(new.id, ("osc", "project", "id"), folders.get(PROJECTS.folder, ()))
    yield from _of_paths(entry.id, inline or ())
    yield from _of_addresses(entry, is_inline=inline is not None)
    yield from _of_reach(entry)
    if old is not None:
        yield from _of_what_is_there(entry, old)


def missing_targets(missing: Sequence[Target], names: Names) -> Iterator[Objection]:
    """An objection for each target that is not there, with what may have been meant."""
    for target in missing:
        kind = target.kind
        near = _near(target.id, names.get(kind.folder, {}))
        if near:
            hint = f"did you mean {' or '.join(map(repr, near))}?"
        elif kind is PROJECTS:
            hint = "describe it as a mapping under `osc.project`, if it is new"
        else:
            hint = f"{listing_of(kind.folder)} lists them all"
        key = _shown(target.path)
        yield Objection(target.path, f"{key}: there is no {kind.noun} {target.id!r}", hint)


def _shown(path: Iterable[str | int]) -> str:
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)[1:]


def _near(wanted: str, titles: Mapping[str, str]) -> list[str]:
    """The ids that are like it, or whose titles are; those that differ in signs only come alone."""
    bare = _slug(wanted).replace("-", "")
    by_title = {_slug(title): one for one, title in titles.items()}
    by_slug = {**by_title, **{_slug(one): one for one in titles}}
    if exact := [one for slug, one in by_slug.items() if slug.replace("-", "") == bare]:
        return list(dict.fromkeys(exact))[:_SHOWN]
    likely = get_close_matches(_slug(wanted), titles, n=_SHOWN, cutoff=0.7)
    slugs = get_close_matches(_slug(wanted), by_title, n=_SHOWN, cutoff=0.8)
    return list(dict.fromkeys([*likely, *(by_title[slug] for slug in slugs)]))[:_SHOWN]


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def _of_licence(given: str) -> Iterator[Objection]:
    path, all_of_them = ("catalog", "license"), "https://spdx.org/licenses has all of them"
    if not given:
        hint = "write its SPDX identifier, such as CC-BY-4.0"
        yield Objection(path, "catalog.license: is missing", hint)
    elif given == "other":
        hint = "`proprietary` where no licence of SPDX is meant, `various` for several"
        yield Objection(path, "catalog.license: 'other' is rejected", hint)
    elif given not in _FREE and (right := _spdx(given)) != given:
        near = right or _spdx(re.sub(r"\s+", "-", given.strip()))
        hint = f"did you mean {near!r}?" if near else all_of_them
        yield Objection(path, f"catalog.license: {given!r} is no SPDX identifier", hint)


def _spdx(text: str) -> str:
    """The SPDX identifier that a text is, in its own spelling; empty where it is none."""
    from packaging.licenses import (  # noqa: PLC0415 (an extra)
        InvalidLicenseExpression,
        canonicalize_license_expression,
    )

    try:
        found = str(canonicalize_license_expression(text))
    except InvalidLicenseExpression:
        return ""
    return "" if " " in found else found  # an expression of several


def _of_id(name: str, path: tuple[str, ...], others: Iterable[str]) -> Iterator[Objection]:
    """An id that makes no folder everywhere, or one that is another's on some system."""
    key = ".".join(path)
    if not is_safe_id(name):
        what = f"{key}: {name[:60]!r} is no folder on every system"
        yield Objection(path, what, "choose a shorter, plain one")
    twins = [one for one in others if one.lower() == name.lower() and one != name]
    if twins:
        what = f"{key}: {name!r} differs from {twins[0]!r}, which is there, in case only"
        yield Objection(path, what, "write it in the same way")


def _of_paths(product_id: str, items: Iterable[str]) -> Iterator[Objection]:
    """Paths too long for the validation, which runs on Windows, too."""
    names = [product_file(product_id), *(item_file(product_id, one) for one in items)]
    longest = max(names, key=len)
    if len(longest) > MOST_PATH:
        what = f"{longest[:60]}… has {len(longest)} signs, {MOST_PATH} are possible on Windows"
        yield Objection(("osc", "product"), f"osc.product: {what}", "choose shorter ids")


def _of_addresses(entry: Entry, *, is_inline: bool) -> Iterator[Objection]:
    if not entry.via:
        hint = "write where the data are as `osc.via`, or their DOI as `osc.doi`"
        yield Objection(("osc", "via"), "osc.via: is missing, and no DOI or record is known", hint)
    new = entry.said.new_project
    urls = [(("osc", key), getattr(entry.said, key)) for key in _URLS]
    for path, url in [*urls, (("osc", "project", "via"), new.via if new else "")]:
        if _has_secret(url):
            what = f"{'.'.join(path)}: has a secret in it, which would be public"
            yield Objection(path, what, "take it out")
    published = ("catalog", "published_url")
    if not is_inline and not entry.address:
        what = "catalog.published_url: is missing, and no git remote tells the address"
        hint = "write where the catalog is published, or run `itemcat publish` first"
        yield Objection(published, what, f"{hint}; `--inline` needs none")
    elif not is_inline and not urlsplit(entry.address).path.endswith(".json"):
        hint = "write the whole address, with the name of the file"
        yield Objection(published, "catalog.published_url: does not end in catalog.json", hint)


def _has_secret(url: str) -> bool:
    plain, fragment = urldefrag(url)
    query = f"https://example.org/?{fragment}" if fragment else ""
    return public(plain) != plain or public(query) != query


def _of_reach(entry: Entry) -> Iterator[Objection]:
    reach = entry.reach
    if not reach.items:
        yield Objection(("assets",), "assets: the catalog has no items", "build it first")
        return
    if reach.unplaced:
        what = f"nobody knows where {_some(reach.unplaced)} lies"
        yield Objection(("items", "bbox"), f"items: {what}", "give `bbox:` or `geometry:`")
    if reach.local:
        what = f"the files of {_some(reach.local)} have no public address"
        yield Objection(("assets",), f"assets: {what}", "give their entry an `href:`")
    for box in entry.extent["spatial"]["bbox"]:
        west, south, east, north = box
        if not (-180 <= west <= 180 and -180 <= east <= 180 and -90 <= south <= north <= 90):
            what = f"the items' box {box} is not west, south, east, north in degrees"
            yield Objection(("items", "bbox"), f"items: {what}", "longitude comes first")
    for moment in (reach.start, reach.end):
        if not moment.endswith("Z"):
            what = f"the time {moment} is not in UTC, with a Z at its end"
            yield Objection(("items", "datetime"), f"items.datetime: {what}", "give it in UTC")


def _some(ids: Sequence[str]) -> str:
    more = len(ids) - _SHOWN
    return ", ".join(ids[:_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _of_what_is_there(entry: Entry, old: Mapping[str, Any]) -> Iterator[Objection]:
    """What is wrong with a product that is there already, and would stay."""
    file = product_file(entry.id)
    owner = old.get("osc:project")
    if owner != entry.said.project:
        what = f"osc.product: {entry.id!r} is there, as a product of the project {owner!r}"
        hint = (
            f"choose another id; if it is yours, change osc:project in {file} first, and take away "
            "the links from it to the other project and back"
        )
        yield Objection(("osc", "product"), what, hint)
    for one in old["links"]:
        if one.get("rel") == "via" and one.get("type", _VIA_TYPES[0]) not in _VIA_TYPES:
            what = f"a via link of the type {str(one['type'])[:60]!r} is refused"
            yield Objection((), what, f"possible are {', '.join(_VIA_TYPES)}, or none", file)
