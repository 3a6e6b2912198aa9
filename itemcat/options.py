"""What may be asked of a build, with its defaults."""

import os
from dataclasses import dataclass, field
from pathlib import Path


def _cores() -> int:
    """The cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


AS_SPEC = "spec"
"""The executor or the cache that the spec names, whatever they may do."""


@dataclass(frozen=True, slots=True)
class Options:
    """`refresh` asks the publishers whether files changed; `offline` opens no socket.

    `dry_run` plans and writes nothing; `locked` refuses to change the manifest; `keep_going`
    publishes what can be published beside failures; `reread` reads every file again; `jobs` is
    the number of processes that read files, and `executor` who starts them, in one of the forms
    of `engine`; None leaves that to the spec, as far as it is harmless. `cache` is one that other
    machines have part in, in one of the forms of `location`; None does without.
    """

    refresh: bool = False
    offline: bool = False
    dry_run: bool = False
    locked: bool = False
    keep_going: bool = False
    reread: bool = False
    jobs: int = field(default_factory=_cores)
    cache_dir: Path | None = None
    executor: str | None = None
    cache: str | None = None

    @property
    def is_plain(self) -> bool:
        """Whether nothing is asked for that a finished build has not done already."""
        return not (self.refresh or self.reread)
