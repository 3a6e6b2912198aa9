"""Where a build's things lie: the spec, its manifest beside it, and the cache."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from itemcat.cache import Cache, cache_at
from itemcat.glance import spec_at
from itemcat.stamp import Stamp, load


@dataclass(frozen=True, slots=True)
class Places:
    """`spec` is the absolute path of the YAML file; `base`, its folder, anchors relative paths."""

    spec: Path
    cache: Cache

    @classmethod
    def of(cls, spec: Path, cache_dir: Path | None = None) -> "Places":
        """The places of a spec; a folder means the `catalog.yaml` in it."""
        return cls(spec_at(spec), cache_at(cache_dir))

    @property
    def base(self) -> Path:
        """The folder of the spec."""
        return self.spec.parent

    @property
    def manifest(self) -> Path:
        """`<spec's stem>.manifest.json`, beside the spec."""
        return self.spec.with_suffix(".manifest.json")

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
