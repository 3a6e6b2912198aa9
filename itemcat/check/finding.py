"""A finding: what is wrong in a catalog, where, and how it is cured."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """An error makes facts wrong or programs fail; a warning is what one would rather not have."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Spot:
    """What a lint sees: the path in the document, such as `properties.datetime`, and what is so."""

    path: str
    what: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong.

    `file` is relative to the folder of the root document, with slashes; `path` leads into the
    document, and is empty where it is about the whole. `cure` is the line of the spec where it is
    cured, such as `catalog.yaml:9 items.datetime`; empty where there is none.
    """

    name: str
    severity: Severity
    file: str
    path: str
    what: str
    hint: str
    cure: str = ""

    def as_json(self) -> Mapping[str, str]:
        """The finding as `--json` prints it."""
        return {
            "name": self.name,
            "severity": str(self.severity),
            "file": self.file,
            "path": self.path,
            "what": self.what,
            "cure": self.cure,
            "hint": self.hint,
        }
