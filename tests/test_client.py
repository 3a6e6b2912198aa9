"""Our manners on the wire: redirects, credentials, and what is said when nobody answers."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from fetching import IMPATIENT, Talker, asset, leftovers
from server import Fault, Server

from itemcat import __version__
from itemcat.cache import Cache
from itemcat.errors import FetchError
from itemcat.fetch import Fetcher
from itemcat.fetch.client import redirect_refusal

DATA = b"bytes" * 1000
HIDDEN = "hunter2"


@pytest.fixture
def talker(cache: Cache) -> Iterator[Talker]:
    talker = Talker(cache)
    with talker.fetcher:
        yield talker


@pytest.fixture
def fetcher(talker: Talker) -> Fetcher:
    return talker.fetcher


@pytest.fixture
def elsewhere() -> Iterator[Server]:
    """A second origin."""
    with Server() as server:
        yield server


def moved(target: str, status: int = 302) -> Fault:
    return Fault(status=status, headers={"Location": target}, body=b"moved")


def test_we_say_who_we_are(server: Server, fetcher: Fetcher) -> None:
    server.put("a.tif", DATA)
    fetcher.fetch(asset(server.url("a.tif")))
    agent = f"itemcat/{__version__} (+https://github.com/itemcat/itemcat)"
    assert server.requests[0].headers["user-agent"] == agent
    assert "accept-encoding" in server.requests[0].headers


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_followed(
    server: Server, elsewhere: Server, fetcher: Fetcher, status: int
) -> None:
    server.fault("a.tif", always=moved("/b.tif", status))
    server.fault("b.tif", always=moved(elsewhere.url("c.tif"), status))
    elsewhere.put("c.tif", DATA, etag='"v1"')
    for _ in range(2):
        assert fetcher.fetch(asset(server.url("a.tif"))).size == len(DATA)
    assert [request.status for request in elsewhere.requests] == [200, 304]
    assert fetcher.requests == 6


def test_ten_redirects_are_enough(server: Server, fetcher: Fetcher) -> None:
    for number in range(10):
        server.fault(f"{number}.tif", moved(f"/{number + 1}.tif"))
    server.put("10.tif", DATA)
    fetcher.fetch(asset(server.url("0.tif")))
    server.fault("loop.tif", always=moved("/loop.tif"))
    with pytest.raises(FetchError, match="more than 10 redirects"):
        fetcher.fetch(asset(server.url("loop.tif")))
    assert len(server.asked("loop.tif")) == 11


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("ftp://example.org/a.tif", "not http"),
        ("file:///etc/passwd", "not http"),
        ("http://[1/a.tif", "cannot be read"),
        ("http://example.org:port/a.tif", "cannot be read"),
        ("/\xff.tif", "cannot be read"),
    ],
)
def test_redirects_that_lead_astray(
    server: Server, fetcher: Fetcher, target: str, words: str
) -> None:
    server.fault("a.tif", moved(target))
    with pytest.raises(FetchError, match=words):
        fetcher.fetch(asset(server.url("a.tif")))


def test_the_body_of_a_redirect_is_not_read(server: Server, fetcher: Fetcher) -> None:
    server.put("b.tif", DATA)
    endless = Fault(status=302, headers={"Location": "/b.tif"}, body=b"moved", length=1 << 40)
    server.fault("a.tif", endless)
    assert fetcher.fetch(asset(server.url("a.tif"))).size == len(DATA)


def test_a_redirect_without_a_target_is_an_error(server: Server, fetcher: Fetcher) -> None:
    server.fault("a.tif", Fault(status=302))
    with pytest.raises(FetchError, match="302 Found"):
        fetcher.fetch(asset(server.url("a.tif")))


def test_a_redirect_never_gives_up_encryption() -> None:
    assert "https to unprotected http" in redirect_refusal("https://a.org/", "http://a.org/")
    assert HIDDEN not in redirect_refusal("HTTPS://a.org/", f"HTTP://a.org/?token={HIDDEN}")
    assert redirect_refusal("http://a.org/", "https://b.org/") == ""
    assert redirect_refusal("https://a.org/", "https://b.org/") == ""
    assert redirect_refusal("http://a.org/", "http://b.org/") == ""


# ----------------------------------------------------------------------------------- credentials


def test_credentials_are_for_their_own_origin_only(
    server: Server, elsewhere: Server, fetcher: Fetcher
) -> None:
    server.fault("a.tif", moved("/b.tif"))
    server.fault("b.tif", moved(elsewhere.url("c.tif", user=f"thief:{HIDDEN}")))
    elsewhere.put("c.tif", DATA)
    fetcher.fetch(asset(server.url("a.tif", user="me:p%40ss")))
    sent = [request.headers.get("authorization") for request in server.requests]
    assert sent == ["Basic bWU6cEBzcw=="] * 2
    assert "authorization" not in elsewhere.requests[0].headers


def test_netrc_is_not_asked(
    server: Server, fetcher: Fetcher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text(f"machine 127.0.0.1 login me password {HIDDEN}\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    server.put("a.tif", DATA)
    fetcher.fetch(asset(server.url("a.tif")))
    assert "authorization" not in server.requests[0].headers


@pytest.mark.parametrize(
    "fault",
    [
        Fault(),
        Fault(status=404),
        Fault(status=500),
        Fault(cut=10),
        Fault(reset=True),
        Fault(status=429, headers={"Retry-After": "3600"}),
        moved(f"http://me:{HIDDEN}@127.0.0.1:9/?X-Amz-Signature={HIDDEN}"),
        moved(f"ftp://me:{HIDDEN}@127.0.0.1/?token={HIDDEN}"),
    ],
)
def test_no_secret_is_written_or_said(
    cache: Cache, server: Server, talker: Talker, fault: Fault
) -> None:
    server.put("a.tif", DATA, etag='"v1"')
    server.fault("a.tif", always=fault)
    said = ""
    wanted = asset(server.url(f"a.tif?token={HIDDEN}&download=1", user=f"me:{HIDDEN}"))
    try:
        blob = talker.fetcher.fetch(wanted)
        talker.fetcher.revalidate(wanted, blob)
        with Fetcher(cache, offline=True, say=talker.notices.append) as offline:
            offline.fetch(wanted)
    except FetchError as error:
        said = str(error)
        assert server.url("a.tif?download=1") in said
    else:
        assert talker.notices == [
            f"offline: trusting the cache for {server.url('a.tif?download=1')}"
        ]
    assert HIDDEN not in said + "".join(talker.notices)
    for path in leftovers(cache):
        assert HIDDEN not in str(path)
        assert HIDDEN.encode() not in path.read_bytes()


# ------------------------------------------------------------------------------------- no answer


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 418, 501])
def test_what_will_not_pass_is_asked_once(server: Server, fetcher: Fetcher, status: int) -> None:
    server.fault("a.tif", always=Fault(status=status, body=b"<html>no</html>"))
    with pytest.raises(FetchError, match=f"{status} ") as caught:
        fetcher.fetch(asset(server.url("a.tif")))
    assert caught.value.where == server.url("a.tif")
    assert caught.value.hint
    assert len(server.requests) == 1


@pytest.mark.parametrize("status", [204, 299, 799])
def test_a_status_that_brings_no_file_is_an_error(
    server: Server, fetcher: Fetcher, status: int
) -> None:
    server.fault("a.tif", always=Fault(status=status))
    with pytest.raises(FetchError, match=str(status)):
        fetcher.fetch(asset(server.url("a.tif")))


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_what_may_pass_is_asked_again(server: Server, fetcher: Fetcher, status: int) -> None:
    server.put("a.tif", DATA)
    server.fault("a.tif", Fault(status=status, body=b"busy"), Fault(reset=True))
    assert fetcher.fetch(asset(server.url("a.tif"))).size == len(DATA)
    server.fault("b.tif", always=Fault(status=status))
    with pytest.raises(FetchError, match=rf"{status} .*tried {IMPATIENT.attempts} times"):
        fetcher.fetch(asset(server.url("b.tif")))
    assert len(server.asked("b.tif")) == IMPATIENT.attempts


def test_a_host_that_hangs_up_is_named(server: Server, fetcher: Fetcher) -> None:
    server.fault("a.tif", always=Fault(reset=True))
    with pytest.raises(FetchError, match=f"host {server.host} gave no proper answer: Connection"):
        fetcher.fetch(asset(server.url("a.tif")))
    assert len(server.requests) == IMPATIENT.attempts


def unused_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def test_a_host_that_is_not_there_is_tried_less_often_the_second_time(fetcher: Fetcher) -> None:
    host = f"127.0.0.1:{unused_port()}"
    for attempts in (IMPATIENT.attempts, 1):
        before = fetcher.requests
        with pytest.raises(FetchError, match=f"host {host} is not reachable: Connection refused"):
            fetcher.fetch(asset(f"http://{host}/a.tif"))
        assert fetcher.requests - before == attempts


def test_a_host_that_speaks_no_tls_is_named(server: Server, fetcher: Fetcher) -> None:
    with pytest.raises(FetchError, match=f"host {server.host} makes no secure connection"):
        fetcher.fetch(asset(f"https://{server.host}/a.tif"))


@pytest.mark.parametrize(
    "location", ["a.tif", "ftp://a.org/a.tif", "http:///a.tif", "http://[1/", "http://a:b/", ""]
)
def test_what_is_no_http_address_is_an_error(fetcher: Fetcher, location: str) -> None:
    with pytest.raises(FetchError, match="is not an http address"):
        fetcher.fetch(asset(location))


@pytest.mark.parametrize("host", ["..", "a" * 64 + ".org", "*.example.org"])
def test_what_requests_refuses_is_an_error(fetcher: Fetcher, host: str) -> None:
    with pytest.raises(FetchError, match="cannot be asked for"):
        fetcher.fetch(asset(f"http://{host}/a.tif"))


# --------------------------------------------------------------------------------------- offline


def test_offline_asks_nobody(cache: Cache, server: Server) -> None:
    server.put("a.tif", DATA, etag='"v1"')
    wanted = asset(server.url("a.tif"))
    with Fetcher(cache, patience=IMPATIENT) as online:
        blob = online.fetch(wanted)
    talker = Talker(cache, offline=True)
    with talker.fetcher as offline:
        assert offline.fetch(wanted) == blob
        assert offline.has_changed(wanted, blob) is None
        with pytest.raises(FetchError, match="offline"):
            offline.revalidate(wanted, blob)
        with pytest.raises(FetchError, match="is not in the cache"):
            offline.fetch(asset(server.url("b.tif")))
    assert talker.notices == [f"offline: trusting the cache for {wanted.location}"]
    assert (offline.requests, len(server.requests)) == (0, 1)
