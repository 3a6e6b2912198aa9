"""Where a build's things lie: the spec, its manifest beside it, and the cache. Imports little."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from itemcat.cache import Cache, cache_at
from itemcat.output import is_linked
from itemcat.stamp import holds

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

    def stamp(self) -> Mapping[str, Any]:
        """What the last finished build saw; empty where there was none."""
        stamp = self.cache.state(str(self.spec))
        return stamp if isinstance(stamp, dict) else {}

    def keep_stamp(self, stamp: Mapping[str, Any]) -> None:
        """Remember what this build saw."""
        self.cache.keep_state(str(self.spec), dict(stamp))

    def finished(self) -> Mapping[str, Any] | None:
        """The last build's stamp if nothing has changed since, so that there is nothing to do."""
        stamp = self.stamp()
        if not holds(stamp, self.base) or is_linked(self.base, stamp["output"]):
            return None
        return stamp
