"""Which engine reads the files, as the command line and specs name it."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

_FACTORY = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*:[^\W\d]\w*")
_SCHEMES = ("tcp", "tls", "ws", "wss", "ucx")
_HERE = frozenset({"localhost", "127.0.0.1", "::1"})
LOCAL_CLUSTER = "local-cluster"
FORMS = (
    "local, dask:ADDRESS (such as dask:tcp://host:8786), dask:SCHEDULER_FILE, dask:local-cluster, "
    "or MODULE:FUNCTION"
)


@dataclass(frozen=True, slots=True)
class Engine:
    """One of: `local`; `dask`, with a scheduler's address, its file or `local-cluster`; `factory`.

    `name` is the whole as it is written, `at` what is behind the colon of `dask:`.
    """

    kind: str
    name: str
    at: str = ""

    @classmethod
    def named(cls, text: str) -> "Engine":
        """The engine of a name in one of the `FORMS`. Raises ValueError for any other."""
        if text == "local":
            return cls("local", text)
        kind, colon, at = text.partition(":")
        if kind == "dask" and colon and (at := at.strip()):
            scheme, has_scheme, host = at.partition("://")
            if has_scheme and (scheme not in _SCHEMES or not host):
                raise ValueError(f"{at} is no address of a dask scheduler")
            return cls("dask", f"dask:{at}", at)
        if kind == "dask":
            raise ValueError(f"{kind} needs a scheduler; the forms are {FORMS}")
        if _FACTORY.fullmatch(text):
            return cls("factory", text)
        raise ValueError(f"{text} is none of {FORMS}")

    @property
    def is_file(self) -> bool:
        """Whether the scheduler's address is in a file."""
        return self.kind == "dask" and "://" not in self.at and self.at != LOCAL_CLUSTER

    @property
    def is_here(self) -> bool:
        """Whether all of it is this machine's own."""
        if self.kind == "dask" and "://" in self.at:
            try:
                return urlsplit(self.at).hostname in _HERE
            except ValueError:
                return False
        return self.kind == "local" or self.at == LOCAL_CLUSTER
