"""One HTTP request with our manners: plain bytes, cautious redirects, no borrowed credentials."""

import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
import urllib3

from itemcat import __version__, urls
from itemcat.errors import FetchError
from itemcat.fetch.credentials import Nobody, bare, headers_for, login_for, origin
from itemcat.fetch.hosts import Hosts
from itemcat.fetch.patience import Patience, Setback
from itemcat.model import FetchRules

AGENT = f"itemcat/{__version__} (+https://github.com/itemcat/itemcat)"
MOST_REDIRECTS = 10
_SMALL = 1 << 16  # bytes of an unwanted body that are cheaper to read than a new connection
_UNREACHED = (
    urllib3.exceptions.NewConnectionError,
    urllib3.exceptions.ConnectTimeoutError,
    urllib3.exceptions.ProxyError,
)


class Client:
    """Sends requests for several threads at once, each over connections of its own."""

    def __init__(
        self,
        patience: Patience,
        hosts: Hosts,
        rules: FetchRules | None = None,
        sign: Callable[[str, str], str] = lambda _, url: url,
    ) -> None:
        """`sign` gives the address to ask for, by the method and the address of the file."""
        self._patience = patience
        self._sign = sign
        self._hosts = hosts
        self._rules = rules or FetchRules()
        self._lock = threading.Lock()
        self._own = threading.local()
        self._sessions: list[requests.Session] = []
        self.requests = 0

    def ask(self, method: str, url: str, headers: Mapping[str, str]) -> requests.Response:
        """The answer at the end of all redirects, whatever its status, its body not read yet.

        Raises Setback where another try may help, FetchError where none will; `hosts` may raise
        Stopped or TooLong before the request is sent.
        """
        where, hop = urls.public(url), self._sign(method, url)
        own = headers_for(url, self._rules)
        for _ in range(MOST_REDIRECTS + 1):
            # What goes along with a redirect to another origin is ours alone; the rest stays home.
            is_home = origin(url) == origin(hop)
            login = login_for(url, self._rules, own) if is_home else Nobody()
            sent = _merged(own, headers) if is_home else headers
            response = self._send(method, where, hop, sent, login)
            if not response.is_redirect:
                return response
            discard(response)
            try:
                hop = self._target(hop, response)
            except ValueError as error:
                raise FetchError(where, str(error), "ask its publisher for a new address") from None
        raise FetchError(where, f"more than {MOST_REDIRECTS} redirects", "check the address")

    def begin(self, host: str) -> None:
        """Wait until the host may be asked, and count the request. Raises Stopped or TooLong."""
        self._hosts.wait(host)
        with self._lock:
            self.requests += 1

    def close(self) -> None:
        """Close all connections."""
        with self._lock:
            sessions, self._sessions = self._sessions, []
        for session in sessions:
            session.close()

    def _send(
        self,
        method: str,
        where: str,
        hop: str,
        headers: Mapping[str, str],
        login: requests.auth.AuthBase,
    ) -> requests.Response:
        host = urls.host(hop)
        self.begin(host)
        try:
            response = self._session().request(
                method,
                bare(hop),
                headers=dict(headers),
                auth=login,
                stream=True,
                timeout=(self._patience.connect, self._patience.read),
            )
        except ValueError as error:  # requests' own complaints about an address are ValueErrors
            what = f"cannot be asked for: {urls.redacted(str(error))}"
            raise FetchError(where, what, "check the address") from error
        except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
            raise _setback(error, host, where, self._patience) from error
        self._hosts.answered(host)
        return response

    def _target(self, hop: str, response: requests.Response) -> str:
        """Where a redirect leads. Raises ValueError when it must not be followed."""
        try:
            target = urljoin(bare(hop), self._session().get_redirect_target(response))
            origin(target)
        except ValueError:
            raise ValueError("redirects to an address that cannot be read") from None
        if refusal := redirect_refusal(hop, target):
            raise ValueError(refusal)
        return target

    def _session(self) -> requests.Session:
        session: requests.Session | None = getattr(self._own, "session", None)
        if session is None:
            session = _Session()
            session.headers.update({"User-Agent": AGENT, "Accept": "*/*"})
            session.headers["Accept-Encoding"] = "identity"  # ranges and lengths are of the file
            self._own.session = session
            with self._lock:
                self._sessions.append(session)
        return session


class _Session(requests.Session):
    """A session that asks the environment for proxies and certificates once an origin.

    requests does it for each request, which takes a third of all its time.
    """

    def __init__(self) -> None:
        super().__init__()
        self._settings: dict[tuple[str, str], dict[str, Any]] = {}

    def merge_environment_settings(self, url: Any, *given: Any) -> Any:
        """What holds for all that is asked of an origin; `given` is the same in each request."""
        scheme, authority, *_ = urlsplit(url)
        if (scheme, authority) not in self._settings:
            merged = super().merge_environment_settings(url, *given)
            self._settings[scheme, authority] = dict(merged)
        return dict(self._settings[scheme, authority])

    # Redirects are left to us: requests would read their bodies whole, even when told not to go.
    def resolve_redirects(self, *_: object, **__: object) -> Iterator[requests.Response]:
        """None."""
        return iter(())


def redirect_refusal(source: str, target: str) -> str:
    """Why a redirect must not be followed; empty when it may."""
    old, new = urlsplit(source).scheme.lower(), urlsplit(target).scheme.lower()
    if new not in ("http", "https"):
        return f"redirects to an address that is not http: {urls.public(target)}"
    if old == "https" and new == "http":
        return f"redirects from https to unprotected http: {urls.public(target)}"
    return ""


def checked(url: str) -> str:
    """The address. Raises FetchError when it is none that can be asked."""
    try:
        parts = urlsplit(url)
        is_usable = parts.scheme.lower() in ("http", "https") and bool(parts.hostname)
        _ = parts.port
    except ValueError:
        is_usable = False
    if not is_usable:
        raise FetchError(urls.public(url), "is not an http address", "check the spec")
    return url


def discard(response: requests.Response) -> None:
    """Be done with an answer whose body is not wanted; the connection is kept where it is cheap."""
    length = response.headers.get("Content-Length", "")
    bodiless = response.request.method == "HEAD" or response.status_code in (204, 304)
    try:
        if bodiless or (length.isdecimal() and int(length) <= _SMALL):
            response.raw.read(_SMALL, decode_content=False)
    except (urllib3.exceptions.HTTPError, OSError):
        pass  # it was not wanted
    finally:
        response.close()


def _merged(own: Mapping[str, str], headers: Mapping[str, str]) -> dict[str, str]:
    """The spec's headers with those of the request itself on top, whatever their case."""
    ours = {name.lower() for name in headers}
    return {**{name: own[name] for name in own if name.lower() not in ours}, **headers}


def _setback(
    error: requests.RequestException | urllib3.exceptions.HTTPError,
    host: str,
    where: str,
    patience: Patience,
) -> Setback | FetchError:
    """What went wrong before there was an answer, in plain words."""
    reason = _root(error)
    if isinstance(error, requests.exceptions.SSLError) and "CERTIFICATE_VERIFY" in str(error):
        hint = "check the address, and this machine's clock and certificates"
        return FetchError(where, f"the certificate of host {host} is not valid: {reason}", hint)
    cause = getattr(error.args[0], "reason", None) if error.args else None
    is_down = isinstance(cause, _UNREACHED)
    match error:
        case requests.exceptions.ConnectTimeout():
            what = f"is not reachable: no connection within {patience.connect:g} seconds"
        case requests.exceptions.Timeout():
            what = f"was silent for {patience.read:g} seconds"
        case requests.exceptions.SSLError():
            what = f"makes no secure connection: {reason}"
        case requests.exceptions.ProxyError():
            what = f"is not reachable through the proxy: {reason}"
        case _ if is_down:
            what = f"is not reachable: {reason}"
        case _:
            what = f"gave no proper answer: {reason}"
    return Setback(f"host {host} {what}", host, down=is_down)


def _root(error: BaseException) -> str:
    """The innermost reason, which is the one that says something: "Connection refused"."""
    inner: BaseException = error
    while (deeper := inner.__cause__ or inner.__context__) is not None:
        inner = deeper
    words = inner.strerror if isinstance(inner, OSError) else None
    return urls.redacted(words or str(inner) or type(inner).__name__)
