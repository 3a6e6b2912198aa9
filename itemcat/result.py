"""What came of a build: per item the decision and its reason, what it cost, what failed."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from itemcat.errors import ItemcatError, Problems
from itemcat.model import Action, Decision


@dataclass(frozen=True, slots=True)
class Totals:
    """What a build cost: requests, bytes of bodies, blobs it had already, seconds of wall time."""

    requests: int = 0
    bytes_fetched: int = 0
    blobs_reused: int = 0
    seconds: float = 0.0


class AssetFailures(Problems):
    """Assets failed, and nothing was published; `decisions` are theirs, by item id."""

    def __init__(self, failures: Mapping[str, ItemcatError], outcome: str) -> None:
        super().__init__(tuple(failures.values()), outcome)
        self.decisions = {
            item_id: Decision(Action.FAIL, error.what) for item_id, error in failures.items()
        }

    def __reduce__(self) -> tuple[type[Problems], tuple[Any, ...]]:
        """As plain Problems: across processes only the words matter."""
        return Problems, self.args


@dataclass(frozen=True, slots=True)
class Result:
    """The outcome of a build or of a plan. Paths that were written are below the spec's folder.

    `catalog` is the root document; `is_same` says that nothing on disk was or would be changed.
    """

    catalog: Path
    decisions: Mapping[str, Decision] = field(default_factory=dict)
    failures: tuple[ItemcatError, ...] = ()
    notes: tuple[str, ...] = ()
    is_same: bool = True
    totals: Totals = Totals()

    @classmethod
    def unchanged(cls, catalog: Path, items: Iterable[bytes]) -> "Result":
        """The outcome of a build that found all as it was, the files of its items among it."""
        ids = (file.decode().rpartition("/")[2].removesuffix(".json") for file in items)
        return cls(catalog, dict.fromkeys(ids, Decision(Action.KEEP, "nothing changed")))

    def counts(self) -> Counter[Action]:
        """How many items each action took."""
        return Counter(decision.action for decision in self.decisions.values())

    def report(self) -> dict[str, Any]:
        """The outcome as JSON, as `--report` and `status --json` write it."""
        items = {
            item_id: {"action": str(decision.action), "reason": decision.reason}
            for item_id, decision in self.decisions.items()
        }
        totals = {
            "requests": self.totals.requests,
            "bytes_fetched": self.totals.bytes_fetched,
            "blobs_reused": self.totals.blobs_reused,
            "seconds": round(self.totals.seconds, 3),
        }
        return {"items": items, "totals": totals}
