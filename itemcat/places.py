"""Where a build's things lie: the spec, its manifest beside it, and the cache. Imports little."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from itemcat.cache import Cache, cache_at
from itemcat.output import is_linked
from itemcat.stamp import Stamp, holds, load

SPEC_FILE = "catalog.yaml"


@dataclass(frozen=True, slots=True)
class Places:
    """`spec` is the absolute path of the YAML file; `base`, its folder, anchors relative paths."""

    spec: Path
    cache: Cache

    @classmethod
    def of(cls, spec: Path, cache_dir: Path | None = None) -> "Places":
        """The places of a spec; a folder means the `catalog.yaml` in it."""
        path = spec / SPEC_FILE if spec.is_dir() else spec
        # Only the folder is resolved: a spec that is a symbolic link keeps its own folder.
        absolute = path.parent.resolve() / path.name
        return cls(absolute, cache_at(cache_dir))

    @property
    def base(self) -> Path:
        """The folder of the spec."""
        return self.spec.parent

    @property
    def manifest(self) -> Path:
        """`<spec's stem>.manifest.json`, beside the spec."""
        return self.spec.with_suffix(".manifest.json")

    def finished(self) -> tuple[Path, list[str]] | None:
        """The root document and the items' ids, if nothing has changed since the last build."""
        found = holds(self.cache.stamp(str(self.spec)), self.base)
        if found is None or is_linked(self.base, found[0]["output"]):
            return None
        says, paths = found
        root = self.base / says["output"] / says["root"]
        return root, [path.rpartition("/")[2].removesuffix(".json") for path in paths]

    def stamp(self) -> Stamp:
        """What the last finished build saw; empty where there was none."""
        return load(self.cache.stamp(str(self.spec)))

    def keep_stamp(self, lines: Iterable[str]) -> None:
        """Remember what this build saw, and that it fetches nothing any more."""
        self.cache.keep_stamp(str(self.spec), lines)
        self.enrol(())

    def enrol(self, wanted: Sequence[str]) -> None:
        """Let the cache know this spec, and the public addresses that it is about to fetch."""
        state = {"wanted": list(wanted)}
        if self.cache.state(str(self.spec)) != state:
            self.cache.keep_state(str(self.spec), state)
