"""The answers of hosts, kept: asked for anew with the old one's ETag, and all there is offline.

They lie in one SQLite file as JSON, not in the pickles that requests-cache writes by default: who
may write into a shared cache could put a program into those.
"""

import logging
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

from requests_cache import CachedSession

from itemcat.errors import ItemcatError, SourceError
from itemcat.sources.http import Answer

FILE = "answers/answers.sqlite"  # below the cache folder
_USED_UP = timedelta(seconds=-1)  # kept, but never taken for fresh: only --offline trusts it
_NOT_KEPT = 504  # by which requests-cache says that it has no answer (RFC 9111 section 5.2.1.7)

# It would tell of garbage in the file with a traceback; that counts as an answer that is not kept.
logging.getLogger("requests_cache").addHandler(logging.NullHandler())


class Answers:
    """Asks through a session that keeps what comes; `transport` is the adapter that sends.

    Where the file cannot be used, nothing is kept, and `say` is told. Close it in the end.
    """

    def __init__(
        self, root: Path, transport: Any, *, offline: bool, say: Callable[[str], None]
    ) -> None:
        self._offline = offline
        self._say = say
        self._transport = transport
        self._path = root / FILE
        self._known: dict[str, Answer] = {}
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._session = self._opened(str(self._path), "sqlite")
        except (sqlite3.Error, OSError) as error:
            self._forget(error)

    def get(self, url: str, media_type: str = "application/json") -> Answer:
        """What the host says now; offline, what it said last. Raises FetchError or SourceError."""
        if url not in self._known:
            self._known[url] = self._asked(url, media_type)
        return self._known[url]

    def close(self) -> None:
        """Close the file."""
        with suppress(sqlite3.Error):
            self._session.close()  # type: ignore[no-untyped-call]

    def _asked(self, url: str, media_type: str) -> Answer:
        try:
            return self._answer(url, media_type)
        except ItemcatError:
            raise
        except Exception as error:  # noqa: BLE001 (the file may hold anything, or be read-only)
            self.close()
            self._forget(error)
            return self._answer(url, media_type)

    def _answer(self, url: str, media_type: str) -> Answer:
        response = self._session.get(
            url, headers={"Accept": media_type}, only_if_cached=self._offline
        )
        if self._offline:
            if response.status_code == _NOT_KEPT:
                hint = "run without --offline to ask for it"
                raise SourceError(url, "what it lists is not in the cache", hint)
            self._say(f"offline: trusting the kept answer of {url}")
        return Answer(response.status_code, response.content)

    def _forget(self, error: Exception) -> None:
        self._say(f"{self._path} cannot be used ({error}): this build keeps no answers of hosts")
        if not isinstance(error, sqlite3.OperationalError | OSError):  # garbage, no database
            with suppress(OSError):
                self._path.unlink(missing_ok=True)
        self._session = self._opened("answers", "memory")

    def _opened(self, name: str, backend: str) -> "CachedSession":
        session = CachedSession(
            name,
            backend,
            serializer="json",
            expire_after=_USED_UP,
            allowable_methods=("GET",),
            allowable_codes=(200,),
            stale_if_error=self._offline,
        )
        session.trust_env = False  # credentials and proxies are the transport's business
        for scheme in ("https://", "http://"):
            session.mount(scheme, self._transport)
        return session
