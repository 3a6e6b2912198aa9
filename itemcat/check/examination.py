"""The examination of a catalog: document by document, schema, lints, and what they are together."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from itemcat.check.census import Census
from itemcat.check.documents import Walk
from itemcat.check.finding import Finding
from itemcat.check.kinds import found
from itemcat.check.lints import lint
from itemcat.check.page import Page
from itemcat.check.schemas import Schemas
from itemcat.check.surroundings import MediaType, Surroundings
from itemcat.check.validation import Validation


@dataclass(frozen=True, slots=True)
class Examined:
    """A document that was looked at, with what was found; `page` is None if it cannot be read."""

    file: str
    page: Page | None
    findings: tuple[Finding, ...]


def examine(
    root: Path, schemas: Schemas, now: datetime, media_type: MediaType = lambda *_: None
) -> Iterator[Examined]:
    """Every document of the catalog whose root document is the file `root`, in turn."""
    walk = Walk(root.parent, root.name)
    validation, census = Validation(schemas), Census(root.name)
    surroundings = Surroundings(root.parent, now, media_type)
    for visited in walk:
        page = visited.page
        if page is None or not page.kind:
            yield Examined(visited.visit.file, page, visited.findings)
            continue
        if page.file == root.name:
            surroundings = replace(surroundings, home=walk.home)
        spots = [*validation.violations(page), *lint(page, surroundings)]
        findings = [found(name, page.file, spot) for name, spot in spots]
        findings += census.seen(page, visited.visit, walk.home)
        yield Examined(page.file, page, (*visited.findings, *findings))
    for finding in census.done(walk.listers):
        yield Examined(finding.file, None, (finding,))
