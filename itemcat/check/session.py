"""The HTTP session that fetches schemas, and keeps them: small bodies, no credentials."""

import logging
import sqlite3
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests
import requests_cache
import urllib3
from requests.adapters import HTTPAdapter

from itemcat import __version__

# It would tell of garbage in the file with a traceback; that counts as a schema that is not kept.
logging.getLogger("requests_cache").addHandler(logging.NullHandler())

MOST_BYTES = 4 << 20  # of a schema; the largest there is has a tenth
_MOST_REDIRECTS = 5
_MOST_ASKED = 100  # addresses that one run may ask
_TIMEOUT = (5, 20)  # seconds: for a connection, and for a silence


class Refused(Exception):
    """No schema came of it. The text says why."""


class Session:
    """Asks for an address once, and never again once there was an answer; `offline`, never."""

    def __init__(self, path: Path, *, offline: bool = False) -> None:
        self._session = _opened(path)
        self._offline = offline
        self._down: set[str] = set()
        self._asked = 0

    def get(self, address: str) -> bytes:
        """The body at an address. Raises Refused."""
        host = urlsplit(address).netloc
        only_kept = self._offline or host in self._down or self._asked >= _MOST_ASKED
        try:
            response = self._session.get(address, timeout=_TIMEOUT, only_if_cached=only_kept)
        except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
            self._down.add(host)
            raise Refused(f"{host} does not answer ({type(error).__name__})") from error
        except (OSError, ValueError, sqlite3.Error) as error:
            raise Refused(f"it cannot be asked for, or kept ({type(error).__name__})") from error
        if not getattr(response, "from_cache", False):
            self._asked += 1
        if response.status_code == 504 and self._offline:
            raise Refused("it is not kept here, and no connection is opened")
        if response.status_code == 504 and only_kept:
            raise Refused(f"{host} does not answer, or was asked too often")
        if response.status_code != 200:
            raise Refused(f"{host} answers with status {response.status_code}")
        return response.content


class _Small(HTTPAdapter):
    """Reads no body that is larger than a schema can be: the cache would read it whole."""

    def send(self, request: requests.PreparedRequest, *_: Any, **settings: Any) -> Any:
        """The answer with its body in memory. Raises InvalidSchema for a large one."""
        response = super().send(request, **{**settings, "stream": True})
        data = response.raw.read(MOST_BYTES + 1, decode_content=True)
        if len(data) > MOST_BYTES:
            response.raw.close()
            raise requests.exceptions.ContentDecodingError("the body is too large for a schema")
        response.raw.release_conn()
        headers = {**response.headers}
        headers.pop("Content-Encoding", None)
        response.raw = urllib3.HTTPResponse(
            BytesIO(data),
            headers,
            response.status_code,
            preload_content=False,
            request_url=request.url,
        )
        return response


def _anonymous(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """No credentials, also none of a netrc file."""
    return request


def _opened(path: Path) -> requests_cache.CachedSession:
    session = _stored(path)
    session.headers["User-Agent"] = f"itemcat/{__version__}"
    session.headers["Accept-Encoding"] = "identity"
    session.max_redirects = _MOST_REDIRECTS
    no_credentials: Callable[[requests.PreparedRequest], requests.PreparedRequest] = _anonymous
    session.auth = no_credentials
    for scheme in ("http://", "https://"):
        session.mount(scheme, _Small())
    return session


def _stored(path: Path) -> requests_cache.CachedSession:
    """A session over the file; over a new one where it is garbage, over none where none may be."""
    never = requests_cache.NEVER_EXPIRE
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab"):
            pass
        try:
            # As JSON: what is kept is data, and never code that runs when it is read.
            return requests_cache.CachedSession(str(path), "sqlite", "json", expire_after=never)
        except sqlite3.DatabaseError:
            path.unlink()
            return requests_cache.CachedSession(str(path), "sqlite", "json", expire_after=never)
    except (OSError, sqlite3.Error):
        return requests_cache.CachedSession(backend="memory", expire_after=never)
