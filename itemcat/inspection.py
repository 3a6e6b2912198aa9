"""The inspection of a catalog: what `check` finds, held against spec and manifest where they are.

Nothing is built, nothing is written but schemas into the cache, and but for `remote` no publisher
is asked.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from itemcat import readers
from itemcat.cache import cache_at
from itemcat.check import Finding, Severity, examine
from itemcat.check.finding import Spot
from itemcat.check.kinds import KINDS, found
from itemcat.check.page import ITEM, Page
from itemcat.check.remote import Question, answered, gone, questions
from itemcat.check.schemas import Schemas
from itemcat.check.surroundings import size_of
from itemcat.choice import reader_name
from itemcat.errors import FetchError, MachineError, ReadError, UsageError
from itemcat.fetch import Lanes, Probe
from itemcat.glance import SPEC_FILE
from itemcat.layout import CATALOG_FILE, ROOT_FILES, item_file, picture_file
from itemcat.listener import Listener
from itemcat.messenger import Messenger
from itemcat.model import FetchRules, ItemRules, Manifest, Source
from itemcat.naming import NamedItem
from itemcat.naps import result_of
from itemcat.options import Options
from itemcat.places import Places
from itemcat.spec.lines import Lines
from itemcat.survey import Survey, survey
from itemcat.thumbnails import KEY
from itemcat.urls import host

_ROOTS = tuple(ROOT_FILES.values())


@dataclass(frozen=True, slots=True)
class Inspection:
    """What was found in the catalog whose root document is `root`, the root's findings first."""

    root: Path
    findings: tuple[Finding, ...]
    items: int
    documents: int

    def count(self, severity: Severity) -> int:
        """How many findings are of this severity."""
        return sum(finding.severity is severity for finding in self.findings)


@dataclass(slots=True)
class _Seen:
    """What came together on the way through the documents."""

    findings: list[Finding] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    files: set[str] = field(default_factory=set)
    items: int = 0
    documents: int = 0


def inspect(
    what: Path,
    cache_dir: Path | None = None,
    *,
    remote: bool = False,
    offline: bool = False,
    listener: Listener | None = None,
) -> Inspection:
    """Look for all that is wrong in a catalog; with `remote`, publishers are asked, too.

    `offline` opens no connection: a schema that is not kept here is told as one that is missing.

    `what` is a spec, the folder of one, a `catalog.json` of any making, or the folder of one.
    Raises UsageError where there is nothing to look at, and Problems for a wrong spec.
    """
    root, listener = _root(what), listener or Listener()
    if root is not None:
        schemas = Schemas(cache_at(cache_dir).root, offline=offline)
        seen = _examined(root, schemas, Manifest(""), remote=remote)
        return _inspection(root, seen, FetchRules(), listener)
    places = Places.of(what, cache_dir)
    with Messenger(places.cache, listener.note, offline=True) as messenger:
        surveyed = survey(places, Options(offline=True, cache_dir=cache_dir), messenger)
    if surveyed.is_first:
        raise UsageError(places.spec.name, "has not been built yet", "run `itemcat build`")
    root = surveyed.folder / _root_file(surveyed)
    schemas = Schemas(places.cache.root, offline=offline)
    seen = _examined(root, schemas, surveyed.old, remote=remote)
    seen.findings += _against_manifest(surveyed, seen.files)
    inspection = _inspection(root, seen, surveyed.spec.fetch, listener)
    if inspection.findings:
        cures = _Cures.of(surveyed)
        return replace(inspection, findings=tuple(map(cures.cured, inspection.findings)))
    return inspection


def _root_file(surveyed: Survey) -> str:
    return ROOT_FILES[surveyed.spec.catalog.type]


def _root(what: Path) -> Path | None:
    """The root document that is named; None where it is a spec that is."""
    if what.is_dir() and not (what / SPEC_FILE).exists():
        roots = [what / name for name in _ROOTS if (what / name).is_file()]
        if not roots:
            hint = f"name a spec, a {CATALOG_FILE}, or the folder of one"
            raise UsageError(str(what), f"has neither {SPEC_FILE} nor {CATALOG_FILE} in it", hint)
        return roots[0].resolve()
    if what.suffix.lower() != ".json":
        return None
    if not what.is_file():
        raise UsageError(str(what), "there is no such file", "name a catalog.json that is there")
    return what.resolve()


def _examined(root: Path, schemas: Schemas, old: Manifest, *, remote: bool) -> _Seen:
    """Go through all documents; `old` is what a build knew of them."""
    seen = _Seen()
    ours = {item_file(item_id, item.folder): item for item_id, item in old.items.items()}

    def media_type(page: Page, key: str, local: Path | None) -> str | None:
        known = ours.get(page.file)
        if known is not None and key in known.assets:
            return str(known.assets[key].reading.record.get("media_type", ""))
        return _media_type(local) if local is not None and size_of(local) else None

    if not root.is_file():
        return seen
    for examined in examine(root, schemas, datetime.now(UTC), media_type):
        seen.findings += examined.findings
        seen.files.add(examined.file)
        page = examined.page
        if page is None:
            continue
        seen.documents += 1
        seen.items += page.kind == ITEM
        if remote:
            seen.questions += questions(page)
        is_strange = page.kind == ITEM and page.file not in ours
        if old.output and is_strange and "unlinked-document" not in _names(examined.findings):
            spot = Spot("", "no item of the manifest has this document")
            seen.findings.append(found("not-in-manifest", page.file, spot))
    return seen


def _names(findings: Iterable[Finding]) -> set[str]:
    return {finding.name for finding in findings}


def _media_type(path: Path) -> str | None:
    """What a file really is; None where its reader is not installed."""
    try:
        record = readers.read(reader_name(ItemRules(), path.name), path, {"statistics": "none"})
    except MachineError:
        return None
    except ReadError as error:
        return f"none that can be read ({error.what})"
    return str(record.get("media_type") or "of another type")


def _against_manifest(surveyed: Survey, seen: set[str]) -> list[Finding]:
    """Documents that are not as the last build wrote them; a link to a missing one is told."""
    findings = []
    for item_id, known in surveyed.old.items.items():
        file = item_file(item_id, known.folder)
        digest = surveyed.on_disk(file)
        if digest is None and file not in seen:
            spot = Spot("", "the manifest has this item, and there is no such file")
            findings.append(found("not-written", file, spot))
        elif digest is not None and digest != known.file_sha256:
            spot = Spot("", "is not as itemcat wrote it")
            findings.append(found("edited-by-hand", file, spot))
        picture = picture_file(item_id, known.folder)
        if known.thumbnail and surveyed.on_disk(picture) not in (None, known.thumbnail):
            spot = Spot(f"assets.{KEY}.href", f"its file {picture} is not as itemcat wrote it")
            findings.append(found("edited-by-hand", file, spot))
    root = _root_file(surveyed)
    if surveyed.on_disk(root) is None:
        findings.append(found("not-written", root, Spot("", "there is no such file")))
    return findings


def _inspection(root: Path, seen: _Seen, rules: FetchRules, listener: Listener) -> Inspection:
    findings = seen.findings + (_asked(seen.questions, rules, listener) if seen.questions else [])
    ordered = sorted(findings, key=lambda finding: (finding.file != root.name, finding.file))
    return Inspection(root, tuple(ordered), seen.items, seen.documents)


def _asked(asked: list[Question], rules: FetchRules, listener: Listener) -> list[Finding]:
    """What the publishers say; each address is asked once."""
    findings: list[Finding] = []
    hrefs = dict.fromkeys(question.href for question in asked)
    with Probe(rules, listener.note) as probe, Lanes() as lanes:
        probe.expect(Counter(map(host, hrefs)))
        answers = {href: lanes.submit(host(href), partial(probe.ask, href)) for href in hrefs}
        for done, question in enumerate(asked, start=1):
            try:
                answer = result_of(answers[question.href])
                findings += answered(question, answer.size, is_open=answer.is_open)
            except FetchError as error:
                findings.append(gone(question, error.what))
            listener.progress(done, len(asked))
    return findings


@dataclass(frozen=True, slots=True)
class _Cures:
    """The lines of the spec that the facts of documents follow from.

    `entries` has, by the file of an item's document, its source and that one's number.
    """

    lines: Lines
    spec: str
    entries: Mapping[str, tuple[int, Source]]

    @classmethod
    def of(cls, surveyed: Survey) -> "_Cures":
        numbers = {id(source): number for number, source in enumerate(surveyed.spec.sources)}
        known = surveyed.old.items
        entries = {
            item_file(item.id, known[item.id].folder): (numbers[id(item.source)], item.source)
            for item in surveyed.named
            if isinstance(item, NamedItem) and item.id in known
        }
        return cls(Lines.of(surveyed.spec.path), surveyed.spec.path.name, entries)

    def cured(self, finding: Finding) -> Finding:
        """With the rule that its kind names; else, of an item, with its entry under `assets`."""
        keys = KINDS[finding.name].keys
        if finding.file in self.entries:
            number, source = self.entries[finding.file]
            rule = self.lines.rule(number, *keys) if keys else None
            cure = rule or f"{self.spec}:{source.place.line} assets[{number}]"
        else:
            cure = (self.lines.key("catalog", *keys) if len(keys) == 1 else None) or ""
        return replace(finding, cure=cure)
