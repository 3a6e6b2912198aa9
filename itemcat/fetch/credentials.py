"""Credentials: the address's own user info, headers that the spec names, netrc when it says so.

They are for the origin of the asset's own address and no other, and are never written or shown.
"""

import os
import re
from collections.abc import Mapping
from urllib.parse import unquote, urlsplit, urlunsplit

import requests
from requests.auth import HTTPBasicAuth
from requests.utils import get_netrc_auth

from itemcat import urls
from itemcat.errors import FetchError
from itemcat.model import FetchRules

_VARIABLE = re.compile(r"\$\{(\w+)\}", re.ASCII)
_CARRIED = re.compile(r"[ -~]*")  # what a header takes on every server: printable ASCII


class Nobody(requests.auth.AuthBase):
    """No credentials; with none given, requests would look for some in ~/.netrc."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """The request as it is."""
        return request


def headers_for(url: str, rules: FetchRules) -> dict[str, str]:
    """The headers that the spec gives the host of an address, with their variables filled in.

    Raises FetchError that names a variable which is missing or cannot be sent, never its value.
    """
    named = rules.headers.get(urls.host(url), {})
    return {name: _filled(value, name, url) for name, value in named.items()}


def login_for(url: str, rules: FetchRules, headers: Mapping[str, str]) -> requests.auth.AuthBase:
    """Name and password for an address: its user info, or else netrc's where the spec allows it.

    Nobody's where `headers` has an Authorization.
    """
    if any(name.lower() == "authorization" for name in headers):
        return Nobody()
    user, at, _ = urlsplit(url).netloc.rpartition("@")
    if at:
        name, _, password = user.partition(":")
        return HTTPBasicAuth(unquote(name).encode(), unquote(password).encode())
    if rules.netrc and (login := get_netrc_auth(url)):
        return HTTPBasicAuth(*(part.encode() for part in login))
    return Nobody()


def bare(url: str) -> str:
    """The address without user info and fragment; its query stays whole."""
    parts = urlsplit(url)
    netloc = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, netloc, parts.path, parts.query, ""))


def origin(url: str) -> tuple[str, str, int | None]:
    """Scheme, host and port (RFC 6454 section 4). Raises ValueError for a port that is none."""
    parts = urlsplit(url)
    scheme = parts.scheme.lower()
    return scheme, parts.hostname or "", parts.port or {"http": 80, "https": 443}.get(scheme)


def _filled(value: str, header: str, url: str) -> str:
    return _VARIABLE.sub(lambda found: _variable(found[1], header, url), value)


def _variable(name: str, header: str, url: str) -> str:
    value = os.environ.get(name, "").strip()
    where = f"the header {header} for {urls.host(url)} (`fetch.headers`)"
    if not value:
        what = f"{where} needs the environment variable {name}, which is not set"
        raise FetchError(urls.public(url), what, f"set it before the build: export {name}=…")
    if not _CARRIED.fullmatch(value):
        what = f"the environment variable {name} holds characters that {where} cannot carry"
        raise FetchError(urls.public(url), what, "printable ASCII on one line is possible")
    return value
