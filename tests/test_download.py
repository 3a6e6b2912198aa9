"""Bodies that are cut, resumed, changed on the way or never end."""

import re
from dataclasses import replace
from typing import Any

import pytest
from fetching import IMPATIENT, asset, content, leftovers
from server import Fault, Hold, Server

from itemcat import files
from itemcat.cache import Cache
from itemcat.errors import FetchError
from itemcat.fetch import Fetcher
from itemcat.fetch.patience import Patience
from itemcat.model import Blob

DATA = bytes(range(256)) * 4000
OTHER = DATA[::-1]
ONCE = replace(IMPATIENT, attempts=1)


def fetch(cache: Cache, url: str, patience: Patience = IMPATIENT, **details: Any) -> Blob:
    """One fetch by a fetcher of its own, as a new run would do it."""
    with Fetcher(cache, patience=patience) as fetcher:
        return fetcher.fetch(asset(url, **details))


def ranges(server: Server) -> list[str | None]:
    """The Range header of every request so far."""
    return [request.headers.get("range") for request in server.requests]


def cut_once(cache: Cache, server: Server, after: int = 100_000) -> None:
    """A first run that ends with the connection cut after so many bytes."""
    server.fault("a.tif", Fault(cut=after))
    with pytest.raises(FetchError, match=f"cut after {after} of {len(DATA)} bytes"):
        fetch(cache, server.url("a.tif"), ONCE)
    server.fault("a.tif")


@pytest.mark.parametrize("cut", [1, 511, 100_001, len(DATA) - 1])
def test_a_cut_body_is_resumed_where_it_was_cut(cache: Cache, server: Server, cut: int) -> None:
    server.put("a.tif", DATA, etag='"v1"')
    server.fault("a.tif", Fault(cut=cut))
    blob = fetch(cache, server.url("a.tif"))
    assert content(cache, blob.sha256) == DATA
    assert blob.validators.etag == '"v1"'
    assert ranges(server) == [None, f"bytes={cut}-"]
    assert server.requests[1].headers["if-range"] == '"v1"'
    assert server.sent("a.tif") == len(DATA)
    assert len(leftovers(cache)) == 2


def test_a_later_run_resumes(cache: Cache, server: Server) -> None:
    server.put("a.tif", DATA, etag='"v1"')
    cut_once(cache, server)
    blob = fetch(cache, server.url("a.tif"), checksum=f"sha256:{files.sha256(DATA)}")
    assert content(cache, blob.sha256) == DATA
    assert server.sent("a.tif") == len(DATA)
    assert len(leftovers(cache)) == 2


def test_a_later_run_takes_over_a_body_that_was_complete(cache: Cache, server: Server) -> None:
    server.put("a.tif", DATA, etag='"v1"')
    cut_once(cache, server)
    cache.part(server.url("a.tif")).write_bytes(DATA)
    blob = fetch(cache, server.url("a.tif"))
    assert content(cache, blob.sha256) == DATA
    assert server.sent("a.tif") == 100_000 + 1


def test_a_damaged_beginning_is_fetched_again(cache: Cache, server: Server) -> None:
    server.put("a.tif", DATA, etag='"v1"')
    cut_once(cache, server)
    cache.part(server.url("a.tif")).write_bytes(b"x" * 100_000)
    blob = fetch(cache, server.url("a.tif"), checksum=f"sha256:{files.sha256(DATA)}")
    assert content(cache, blob.sha256) == DATA
    assert ranges(server)[1:] == ["bytes=100000-", None]


@pytest.mark.parametrize("notes", [b"", b"[]", b'{"url": "x", "etag": "\\"v1\\"", "total": 1}'])
def test_notes_that_are_garbage_start_anew(cache: Cache, server: Server, notes: bytes) -> None:
    server.put("a.tif", DATA, etag='"v1"')
    cut_once(cache, server)
    cache.part(server.url("a.tif")).with_suffix(".json").write_bytes(notes)
    blob = fetch(cache, server.url("a.tif"))
    assert content(cache, blob.sha256) == DATA
    assert ranges(server) == [None, None]


@pytest.mark.parametrize("etag", [None, 'W/"v1"'])
def test_without_a_strong_etag_nothing_is_resumed(
    cache: Cache, server: Server, etag: str | None
) -> None:
    server.put("a.tif", DATA, etag=etag, last_modified="Sat, 01 Mar 2025 10:00:00 GMT")
    cut_once(cache, server)
    assert leftovers(cache) == []
    server.fault("a.tif", Fault(cut=1000))
    blob = fetch(cache, server.url("a.tif"))
    assert content(cache, blob.sha256) == DATA
    assert ranges(server) == [None, None, None]


def test_a_file_that_changes_on_the_way_is_never_spliced(cache: Cache, server: Server) -> None:
    server.put("a.tif", DATA, etag='"v1"')
    cut_once(cache, server)
    server.put("a.tif", OTHER, etag='"v2"')
    blob = fetch(cache, server.url("a.tif"))
    assert content(cache, blob.sha256) == OTHER
    assert blob.validators.etag == '"v2"'
    assert [request.status for request in server.requests] == [200, 200]


REST = bytes(DATA[100_000:])
TOTAL = len(DATA)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Content-Range": f"bytes 99999-{TOTAL - 1}/{TOTAL}"},
        {"Content-Range": f"bytes 100000-{TOTAL - 1}/{TOTAL + 1}"},
        {"Content-Range": f"bytes 100000-{TOTAL - 1}/*"},
        {"Content-Range": f"bytes 100000-{TOTAL - 1}/{TOTAL}", "ETag": '"v2"'},
        {"Content-Range": "octets"},
    ],
)
def test_a_rest_that_does_not_fit_is_refused(
    cache: Cache, server: Server, headers: dict[str, str]
) -> None:
    server.put("a.tif", DATA, etag='"v1"')
    cut_once(cache, server)
    server.fault("a.tif", Fault(status=206, body=b"?" * len(REST), headers=headers))
    blob = fetch(cache, server.url("a.tif"))
    assert content(cache, blob.sha256) == DATA
    assert ranges(server) == [None, "bytes=100000-", None]


@pytest.mark.parametrize("answer", [Fault(status=416), Fault(ignore_range=True)])
def test_a_range_that_is_refused_or_ignored(cache: Cache, server: Server, answer: Fault) -> None:
    server.put("a.tif", DATA, etag='"v1"')
    cut_once(cache, server)
    server.fault("a.tif", answer)
    blob = fetch(cache, server.url("a.tif"))
    assert content(cache, blob.sha256) == DATA


def test_a_rest_nobody_asked_for_is_refused(cache: Cache, server: Server) -> None:
    server.put("a.tif", DATA, etag='"v1"')
    headers = {"Content-Range": f"bytes 0-99/{TOTAL}"}
    server.fault("a.tif", Fault(status=206, body=DATA[:100], headers=headers))
    assert content(cache, fetch(cache, server.url("a.tif")).sha256) == DATA


def test_progress_starts_the_count_of_attempts_again(cache: Cache, server: Server) -> None:
    server.put("a.tif", DATA, etag='"v1"')
    server.fault("a.tif", *[Fault(cut=1000)] * 10)
    blob = fetch(cache, server.url("a.tif"), replace(IMPATIENT, attempts=2))
    assert content(cache, blob.sha256) == DATA
    assert len(server.requests) == 11


def test_the_same_cut_over_and_over_is_no_progress(cache: Cache, server: Server) -> None:
    server.put("a.tif", DATA)
    server.fault("a.tif", always=Fault(cut=1000))
    with pytest.raises(FetchError, match=re.escape(f"cut after 1000 of {len(DATA)} bytes")):
        fetch(cache, server.url("a.tif"))
    assert len(server.requests) == IMPATIENT.attempts
    assert leftovers(cache) == []


def test_a_length_that_promises_too_much_is_a_cut(cache: Cache, server: Server) -> None:
    server.put("a.tif", DATA)
    server.fault("a.tif", always=Fault(length=len(DATA) + 10))
    with pytest.raises(FetchError, match=f"cut after {len(DATA)} of {len(DATA) + 10} bytes"):
        fetch(cache, server.url("a.tif"))


def test_a_length_that_promises_too_little_is_found_by_the_declared_size(
    cache: Cache, server: Server
) -> None:
    server.put("a.tif", DATA)
    server.fault("a.tif", always=Fault(length=10))
    with pytest.raises(FetchError, match=f"has 10 bytes, but {len(DATA)} bytes are declared"):
        fetch(cache, server.url("a.tif"), size=len(DATA))


def test_a_body_in_chunks_that_is_cut_starts_anew(cache: Cache, server: Server) -> None:
    server.put("a.tif", DATA, etag='"v1"', chunked=True)
    server.fault("a.tif", Fault(cut=100_000))
    assert content(cache, fetch(cache, server.url("a.tif")).sha256) == DATA
    assert ranges(server) == [None, None]


def test_a_server_that_falls_silent_is_asked_again(cache: Cache, server: Server) -> None:
    server.put("a.tif", DATA, etag='"v1"')
    hold = Hold(after=100_000)
    server.fault("a.tif", Fault(hold=hold))
    blob = fetch(cache, server.url("a.tif"), replace(IMPATIENT, read=0.1))
    hold.go.set()
    assert content(cache, blob.sha256) == DATA
    assert ranges(server) == [None, "bytes=100000-"]
