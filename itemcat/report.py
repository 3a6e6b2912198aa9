"""An inspection in words, line by line, and as JSON."""

from collections.abc import Iterator
from dataclasses import asdict
from itertools import zip_longest
from typing import Any

from itemcat.check import Finding, Severity
from itemcat.errors import told
from itemcat.inspection import Inspection
from itemcat.registration import Registration
from itemcat.summary import shown


def as_text(inspection: Inspection) -> Iterator[str]:
    """A line for each finding, by files; a hint that is the same for many is told once; the sum."""
    folder = shown(inspection.root.parent)
    findings = inspection.findings
    for finding, following in zip_longest(findings, findings[1:]):
        where = (folder / finding.file).as_posix() + (f": {finding.path}" if finding.path else "")
        yield _plain(f"{finding.severity}: {where}: {finding.what} [{finding.name}]")
        if following is None or _advice(following) != _advice(finding):
            yield f"hint: {_advice(finding)}"
    items = f"{inspection.items} item" + "s" * (inspection.items != 1)
    counts = [_count(inspection, severity) for severity in Severity]
    yield f"{items} checked: {', '.join(filter(None, counts)) or 'nothing found'}"


def entry_as_text(registration: Registration) -> Iterator[str]:
    """What is wrong with an entry in the Open Science Catalog, and what the audit will say of it.

    Each of its criteria has what would raise it.
    """
    yield from map(_plain, told(registration.objections))
    yield from (f"note: {_plain(note)}" for note in registration.notes)
    criteria = registration.criteria
    score = sum(one.value for one in criteria)
    yield f"expected of the audit: {score:g} of {len(criteria)}, if every address answers"
    for one in criteria:
        advice = f": {one.advice}" if one.advice else ""
        yield _plain(f"{one.value:4.2g} {one.name:<4} {one.what}{advice}")


def as_json(inspection: Inspection, registration: Registration | None = None) -> dict[str, Any]:
    """The findings, and how many there are of each severity; the same of the entry."""
    entry = {} if registration is None else {"osc": _entry_as_json(registration)}
    return {
        "findings": [finding.as_json() for finding in inspection.findings],
        "items": inspection.items,
        "documents": inspection.documents,
        "errors": inspection.count(Severity.ERROR),
        "warnings": inspection.count(Severity.WARNING),
        **entry,
    }


def _entry_as_json(registration: Registration) -> dict[str, Any]:
    objections = [
        {"where": one.where, "what": one.what, "hint": one.hint} for one in registration.objections
    ]
    criteria = [asdict(one) for one in registration.criteria]
    score = sum(one.value for one in registration.criteria)
    return {"objections": objections, "criteria": criteria, "score": score}


def by_file(inspection: Inspection) -> dict[str, list[tuple[str, str]]]:
    """Severity and words of each finding, by its file from the root's folder, a line each."""
    told: dict[str, list[tuple[str, str]]] = {}
    for finding in inspection.findings:
        place = f"{finding.path}: " if finding.path else ""
        words = _plain(f"{place}{finding.what} ({_advice(finding)})")
        told.setdefault(finding.file, []).append((str(finding.severity), words))
    return told


def _advice(finding: Finding) -> str:
    return f"{finding.cure}: {finding.hint}" if finding.cure else finding.hint


def _count(inspection: Inspection, severity: Severity) -> str:
    count = inspection.count(severity)
    return f"{count} {severity}{'s' * (count != 1)}" if count else ""


def _plain(line: str) -> str:
    """A line that is one, and that gives no orders to the terminal, whatever a document says."""
    return "".join(sign if sign.isprintable() else repr(sign)[1:-1] for sign in line)
