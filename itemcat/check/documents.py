"""The documents of a catalog as they stand on disk, one at a time, never out of its folder."""

import json
import os
import posixpath
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from stat import S_ISREG
from typing import Any, NoReturn

from itemcat.check import addresses
from itemcat.check.addresses import Kind
from itemcat.check.finding import Finding, Spot
from itemcat.check.kinds import found
from itemcat.check.page import CATALOG, COLLECTION, ITEM, Page, shown, text

MOST_BYTES = 128 << 20  # of a document; a catalog of 500,000 items has fewer
_MOST_UNLINKED = 16 << 20  # bytes of a file that nobody has called a document
_MOST_FILES = 1_000_000  # of a folder that are looked at
_LATEST = 2**32  # seconds of the epoch; disks may claim anything
_LEADS_TO = {"item": (ITEM,), "child": (CATALOG, COLLECTION)}


@dataclass(frozen=True, slots=True)
class Visit:
    """A way to a document: the file and path of the link that leads to it, and that link."""

    file: str
    by: str = ""
    path: str = ""
    rel: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True)
class Visited:
    """A document with the way to it, or None where it cannot be had, and what was found on it."""

    visit: Visit
    page: Page | None
    findings: tuple[Finding, ...] = ()


@dataclass(slots=True)
class Walk:
    """All documents from `root` on, in the order of links; then those that no link leads to.

    `folder` is the root's own. `listers` fills up on the way: the catalogs that list each file, the
    first of which led there.
    """

    folder: Path
    root: str
    home: str = ""
    listers: dict[str, dict[str, None]] = field(default_factory=dict)

    def __iter__(self) -> Iterator[Visited]:
        """Documents with their findings; memory holds one document, and the names of the rest."""
        waiting = [Visit(self.root)]
        self.listers[self.root] = {}
        while waiting:
            visit = waiting.pop()
            page, spots = read(self.folder, visit.file)
            findings = [found(name, visit.file, spot) for name, spot in spots]
            if page is None:
                yield Visited(visit, None, tuple(findings or [self._broken(visit)]))
                continue
            if visit.file == self.root:
                self.home = _home(page)
            findings += _misled(visit, page)
            below, wrong = self._below(page)
            yield Visited(visit, page, (*findings, *wrong))
            waiting += reversed(below)
        yield from self._unlinked()

    def _below(self, page: Page) -> tuple[list[Visit], list[Finding]]:
        """The documents that the links of a page lead to, and what is wrong with these links."""
        visits: list[Visit] = []
        wrong: list[Finding] = []
        for path, link in page.links():
            rel, href = text(link.get("rel")), text(link.get("href"))
            to = addresses.target(href, page.file, self.home)
            if to.kind is Kind.OUTSIDE and rel != "self":
                what = (
                    f"the {shown(rel)} link leads out of the catalog's folder: {shown(href, 200)}"
                )
                wrong.append(found("link-outside", page.file, Spot(path, what)))
            if to.kind is not Kind.FILE or page.kind not in (CATALOG, COLLECTION):
                continue
            if rel not in _LEADS_TO:
                continue
            if to.file in self.listers:
                wrong += self._again(page, path, to.file)
                continue
            self.listers[to.file] = {page.file: None}
            visits.append(Visit(to.file, page.file, path, rel, text(link.get("title"))))
        return visits, wrong

    def _again(self, page: Page, path: str, file: str) -> Iterator[Finding]:
        """A link to what is known already, which another catalog may list as well."""
        above: str | None = page.file
        while above is not None and above != file:
            above = next(iter(self.listers[above]), None)
        if above is not None:
            yield found("link-circle", page.file, Spot(path, f"leads back up to {file}"))
        elif page.file in self.listers[file]:
            yield found("link-twice", page.file, Spot(path, f"{file} is linked already"))
        else:
            self.listers[file][page.file] = None

    def _broken(self, visit: Visit) -> Finding:
        what = f"the {visit.rel} link leads to {visit.file}, and there is no such file"
        if not visit.by:
            what = "is no file of this folder"
        return found("broken-link", visit.by or visit.file, Spot(visit.path, what))

    def _unlinked(self) -> Iterator[Visited]:
        """STAC documents that nothing leads to, but for those of a catalog with another root."""
        for file in _json_files(self.folder):
            if file in self.listers:
                continue
            page, _ = read(self.folder, file, _MOST_UNLINKED)
            if page is None or not page.kind or self._is_elsewhere(page):
                continue
            self.listers[file] = {}
            spot = Spot("", "no link of the catalog leads to this document")
            yield Visited(Visit(file), page, (found("unlinked-document", file, spot),))

    def _is_elsewhere(self, page: Page) -> bool:
        roots = [
            addresses.target(text(link.get("href")), page.file, self.home)
            for _, link in page.links()
            if link.get("rel") == "root"
        ]
        return any(to.file != self.root for to in roots) or (not roots and page.kind != ITEM)


def read(
    folder: Path, file: str, most: int = MOST_BYTES
) -> tuple[Page | None, list[tuple[str, Spot]]]:
    """The document in a file below `folder`, and what is wrong with its bytes.

    None without a word where there is no such file, or a symbolic link leads away from the folder.
    """
    try:
        path = folder / file
        stat = path.stat()
        if not S_ISREG(stat.st_mode) or not path.resolve().is_relative_to(folder.resolve()):
            return None, []
        data = path.read_bytes() if stat.st_size <= most else None
    except PermissionError:
        return None, [("broken-link", Spot("", "may not be read"))]
    except (OSError, ValueError, RuntimeError):  # not there, a name no disk takes, links in a loop
        return None, []
    if data is None:
        return None, [("document-too-large", Spot("", f"has more than {most >> 20} MB"))]
    value, spots = parse(data)
    if not isinstance(value, dict):
        return None, spots or [("not-json", Spot("", "is no JSON object"))]
    changed = datetime.fromtimestamp(min(max(stat.st_mtime, 0), _LATEST), UTC)
    return Page(file, value, len(data), changed), spots


def parse(data: bytes) -> tuple[Any, list[tuple[str, Spot]]]:
    """The JSON value in some bytes, and what is wrong with them."""
    doubled: list[str] = []

    def as_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(pairs)
        if len(made) != len(pairs) and not doubled:
            doubled.append(Counter(name for name, _ in pairs).most_common(1)[0][0])
        return made

    try:
        value = json.loads(
            data.decode(),
            object_pairs_hook=as_object,
            parse_constant=_no_constant,
            parse_float=_finite,
        )
        if b"\\u" in data:
            json.dumps(value, ensure_ascii=False).encode()  # half of a surrogate pair raises
    except UnicodeDecodeError as error:
        return None, [("not-json", Spot("", f"is not UTF-8, from byte {error.start} on"))]
    except UnicodeEncodeError:
        return None, [("not-json", Spot("", "has half of a surrogate pair in it"))]
    except RecursionError:
        return None, [("not-json", Spot("", "is nested deeper than programs read"))]
    except ValueError as error:
        return None, [("not-json", Spot("", f"is no JSON: {error}"))]
    return value, [
        ("duplicate-key", Spot("", f"an object has the key {shown(name)} twice"))
        for name in doubled
    ]


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number that JSON has")


def _finite(digits: str) -> float:
    value = float(digits)
    if value in (float("inf"), float("-inf")):
        raise ValueError(f"{digits[:20]} is beyond what numbers can hold")
    return value


def _misled(visit: Visit, page: Page) -> Iterator[Finding]:
    if not page.kind:
        what = "is no STAC document: `type` or `stac_version` says nothing that STAC knows"
        yield found("not-stac", page.file, Spot("", what))
    elif visit.rel and page.kind not in _LEADS_TO[visit.rel]:
        what = f"the {visit.rel} link leads to a {page.kind}"
        yield found("not-stac", visit.by, Spot(visit.path, what))


def _home(root: Page) -> str:
    """The address of the root's folder, out of its self link; empty where there is none."""
    for _, link in root.links():
        href = text(link.get("href"))
        name = posixpath.basename(root.file)
        if link.get("rel") == "self" and "://" in href and href.endswith(f"/{name}"):
            return href.removesuffix(name)
    return ""


def _json_files(folder: Path) -> Iterator[str]:
    """Every visible JSON file below the folder in order, links not followed."""
    count = 0
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            count += 1
            if count > _MOST_FILES:
                return
            if name.endswith(".json") and not name.startswith("."):
                yield Path(parent, name).relative_to(folder).as_posix()
