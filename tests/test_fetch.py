"""From an asset to a blob: asked for conditionally, verified, kept."""

import gzip
import hashlib
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from fetching import IMPATIENT, Talker, asset, content, leftovers
from server import Fault, Server

from itemcat import files
from itemcat.cache import Cache
from itemcat.errors import FetchError
from itemcat.fetch import Fetcher
from itemcat.model import Blob, Validators

DATA = bytes(range(256)) * 1000
DATE = "Sat, 01 Mar 2025 10:00:00 GMT"
LATER = "Sun, 02 Mar 2025 10:00:00 GMT"


@pytest.fixture
def talker(cache: Cache) -> Iterator[Talker]:
    talker = Talker(cache)
    with talker.fetcher:
        yield talker


@pytest.fixture
def fetcher(talker: Talker) -> Fetcher:
    return talker.fetcher


def test_the_bytes_are_in_the_cache(cache: Cache, server: Server, fetcher: Fetcher) -> None:
    server.put("a.tif", DATA, etag='"v1"', last_modified=DATE)
    blob = fetcher.fetch(asset(server.url("a.tif")))
    assert blob == Blob(files.sha256(DATA), len(DATA), Validators('"v1"', DATE))
    assert content(cache, blob.sha256) == DATA
    assert cache.pointer(server.url("a.tif")) == blob
    assert (fetcher.requests, fetcher.bytes_fetched, fetcher.blobs_reused) == (1, len(DATA), 0)
    assert len(leftovers(cache)) == 2  # the blob and the pointer


@pytest.mark.parametrize(
    "validators", [{"etag": '"v1"'}, {"last_modified": DATE}, {"etag": 'W/"1"'}]
)
def test_an_unchanged_file_costs_no_body(
    server: Server, fetcher: Fetcher, validators: dict[str, Any]
) -> None:
    server.put("a.tif", DATA, **validators)
    first = fetcher.fetch(asset(server.url("a.tif")))
    assert fetcher.fetch(asset(server.url("a.tif"))) == first
    assert [request.status for request in server.requests] == [200, 304]
    assert fetcher.blobs_reused == 1


def test_an_equal_strong_etag_suffices_where_conditions_are_ignored(
    server: Server, fetcher: Fetcher
) -> None:
    server.put("a.tif", DATA, etag='"v1"', conditions=False)
    first = fetcher.fetch(asset(server.url("a.tif")))
    assert fetcher.fetch(asset(server.url("a.tif"))) == first
    assert [request.status for request in server.requests] == [200, 200]
    assert fetcher.bytes_fetched == len(DATA)


def test_an_equal_date_and_length_suffice_where_conditions_are_ignored(
    server: Server, fetcher: Fetcher
) -> None:
    server.put("a.tif", DATA, last_modified=DATE, conditions=False)
    first = fetcher.fetch(asset(server.url("a.tif")))
    assert fetcher.fetch(asset(server.url("a.tif"))) == first
    assert fetcher.bytes_fetched == len(DATA)
    server.put("a.tif", DATA + b"more", last_modified=DATE, conditions=False)
    assert fetcher.fetch(asset(server.url("a.tif"))).size == len(DATA) + 4


@pytest.mark.parametrize("validators", [{}, {"etag": 'W/"v1"'}])
def test_without_strong_evidence_the_bytes_are_fetched_again(
    server: Server, fetcher: Fetcher, validators: dict[str, Any]
) -> None:
    server.put("a.tif", DATA, conditions=False, **validators)
    first = fetcher.fetch(asset(server.url("a.tif")))
    assert fetcher.fetch(asset(server.url("a.tif"))) == first
    assert fetcher.bytes_fetched == 2 * len(DATA)


def test_a_changed_file_is_fetched(cache: Cache, server: Server, fetcher: Fetcher) -> None:
    server.put("a.tif", DATA, etag='"v1"')
    fetcher.fetch(asset(server.url("a.tif")))
    server.put("a.tif", DATA[1:], etag='"v2"')
    blob = fetcher.fetch(asset(server.url("a.tif")))
    assert content(cache, blob.sha256) == DATA[1:]
    assert cache.pointer(server.url("a.tif")) == blob


def test_a_forgotten_url_is_asked_unconditionally(
    cache: Cache, server: Server, fetcher: Fetcher
) -> None:
    server.put("a.tif", DATA, etag='"v1"')
    fetcher.fetch(asset(server.url("a.tif")))
    cache.forget(server.url("a.tif"))
    fetcher.fetch(asset(server.url("a.tif")))
    assert "if-none-match" not in server.requests[1].headers
    assert fetcher.bytes_fetched == 2 * len(DATA)


# ---------------------------------------------------------------------------------- revalidate


def known(data: bytes = DATA, etag: str | None = '"v1"', date: str | None = None) -> Blob:
    return Blob(files.sha256(data), len(data), Validators(etag, date))


def test_revalidation_needs_no_blob(cache: Cache, server: Server, fetcher: Fetcher) -> None:
    server.put("a.tif", DATA, etag='"v1"')
    assert fetcher.revalidate(asset(server.url("a.tif")), known()) == known()
    assert server.sent("a.tif") == 0
    assert leftovers(cache) == []


def test_revalidation_fetches_what_changed(cache: Cache, server: Server, fetcher: Fetcher) -> None:
    server.put("a.tif", DATA[1:], etag='"v2"')
    blob = fetcher.revalidate(asset(server.url("a.tif")), known())
    assert blob == known(DATA[1:], '"v2"')
    assert content(cache, blob.sha256) == DATA[1:]


def test_revalidation_without_validators_compares_and_says_so(
    server: Server, talker: Talker
) -> None:
    server.put("a.tif", DATA)
    blob = talker.fetcher.revalidate(asset(server.url("a.tif")), known(etag=None))
    assert blob == known(etag=None)
    assert server.sent("a.tif") == len(DATA)
    server.put("b.tif", DATA)
    talker.fetcher.revalidate(asset(server.url("b.tif")), known(etag=None))
    assert talker.notices == [  # once a host
        f"{server.host} gives neither ETag nor date to ask for changes with: comparing all bytes"
    ]


def test_revalidation_fetches_no_rest_of_a_file_that_did_not_change(
    cache: Cache, server: Server, fetcher: Fetcher
) -> None:
    server.put("a.tif", DATA, etag='"v1"')
    server.fault("a.tif", Fault(cut=1000), always=Fault(status=500))
    with pytest.raises(FetchError):
        fetcher.fetch(asset(server.url("a.tif")))
    server.fault("a.tif")
    assert fetcher.revalidate(asset(server.url("a.tif")), known()) == known()
    assert server.sent("a.tif") == 1000


@pytest.mark.parametrize(
    ("served", "old", "answer"),
    [
        ({"etag": '"v1"'}, known(), False),
        ({"etag": '"v1"', "conditions": False}, known(), False),
        ({"etag": '"v1"', "head": False}, known(), False),
        ({"last_modified": DATE}, known(etag=None, date=DATE), False),
        ({"etag": '"v2"'}, known(), True),
        ({"etag": '"v2"', "head": False}, known(), True),
        ({"last_modified": LATER}, known(etag=None, date=DATE), True),
        ({}, known(DATA[1:], etag=None), True),
        ({}, known(), None),
        ({}, known(etag=None), None),
        ({"etag": 'W/"v1"', "conditions": False}, known(etag='W/"v1"'), None),
        ({"last_modified": DATE, "conditions": False}, known(etag=None, date=DATE), False),
        ({"last_modified": DATE, "conditions": False}, known(DATA[1:], None, DATE), True),
    ],
)
def test_has_changed(
    server: Server, fetcher: Fetcher, served: dict[str, Any], old: Blob, answer: bool | None
) -> None:
    server.put("a.tif", DATA, **served)
    assert fetcher.has_changed(asset(server.url("a.tif")), old) is answer
    assert fetcher.bytes_fetched == 0


def test_that_nobody_can_tell_is_said_once_a_host(server: Server, talker: Talker) -> None:
    for name in ("a.tif", "b.tif"):
        server.put(name, DATA)
        assert talker.fetcher.has_changed(asset(server.url(name)), known(etag=None)) is None
    [notice] = talker.notices
    assert notice.startswith(f"{server.host} gives neither ETag nor date")


def test_a_checksum_that_its_publisher_still_declares_costs_no_request(
    server: Server, fetcher: Fetcher
) -> None:
    """As Zenodo does it: the API's checksum is the one in the ETag of the file."""
    digest = hashlib.md5(DATA, usedforsecurity=False).hexdigest()
    server.put("a.tif", DATA, etag=f'"md5:{digest}"')
    wanted = asset(server.url("a.tif"), checksum=f"md5:{digest}")
    blob = fetcher.fetch(wanted)
    assert fetcher.revalidate(wanted, blob) == blob
    assert fetcher.has_changed(wanted, blob) is False
    assert len(server.requests) == 1
    other = hashlib.md5(DATA[1:], usedforsecurity=False).hexdigest()
    server.put("a.tif", DATA[1:], etag=f'"md5:{other}"')
    changed = replace(wanted, checksum=f"md5:{other}")
    assert fetcher.has_changed(changed, blob) is True
    assert fetcher.revalidate(changed, blob).sha256 == files.sha256(DATA[1:])


def test_has_changed_of_a_file_that_is_gone_is_an_error(server: Server, fetcher: Fetcher) -> None:
    with pytest.raises(FetchError, match="404 Not Found"):
        fetcher.has_changed(asset(server.url("a.tif")), known())


# ------------------------------------------------------------------------------------- verified


def test_what_is_as_declared_is_kept(server: Server, fetcher: Fetcher) -> None:
    server.put("a.tif", DATA)
    wanted = asset(server.url("a.tif"), size=len(DATA))
    for checksum in (
        f"md5:{hashlib.md5(DATA, usedforsecurity=False).hexdigest()}",
        f"sha256:{files.sha256(DATA).upper()}",
    ):
        blob = fetcher.fetch(replace(wanted, checksum=checksum))
        assert blob.sha256 == files.sha256(DATA)


@pytest.mark.parametrize(
    ("declared", "values"),
    [
        ({"size": 65536}, ("has ", "but 65536 bytes are declared")),
        ({"size": len(DATA) + 1}, (str(len(DATA) + 1), f"{len(DATA)} bytes")),
        ({"checksum": "sha256:" + "0" * 64}, ("0" * 64, files.sha256(DATA))),
        ({"checksum": "md5:" + "0" * 32}, ("0" * 32, "md5 ")),
        ({"checksum": "crc32:00000000"}, ("crc32", "sha256")),
    ],
)
@pytest.mark.parametrize("chunked", [False, True])
def test_what_is_not_as_declared_is_an_error_and_leaves_nothing(
    cache: Cache, server: Server, declared: dict[str, Any], values: tuple[str, str], chunked: bool
) -> None:
    server.put("a.tif", DATA, etag='"v1"', chunked=chunked)
    with Fetcher(cache, patience=IMPATIENT) as fetcher, pytest.raises(FetchError) as caught:
        fetcher.fetch(asset(server.url("a.tif"), **declared))
    assert caught.value.where == server.url("a.tif")
    for value in values:
        assert value in str(caught.value)
    assert len(server.requests) <= 1
    assert leftovers(cache) == []


@pytest.mark.parametrize("checksum", ["sha256:" + "0" * 64, "md5:" + "0" * 32])
def test_a_reused_blob_is_held_against_what_is_declared_now(
    server: Server, fetcher: Fetcher, checksum: str
) -> None:
    server.put("a.tif", DATA, etag='"v1"')
    fetcher.fetch(asset(server.url("a.tif")))
    with pytest.raises(FetchError, match="is declared"):
        fetcher.fetch(asset(server.url("a.tif"), checksum=checksum))


PAGE = b"<!DOCTYPE html><html><body>Please log in</body></html>"


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (PAGE, "text/html; charset=utf-8"),
        (PAGE, "application/octet-stream"),
        (b"\xef\xbb\xbf\r\n  <HTML>" + b" " * 1000, "image/tiff"),
        (b"<?xml version='1.0'?><Error><Code>NoSuchKey</Code></Error>", "image/tiff"),
        (b"anything", "application/xhtml+xml"),
    ],
)
def test_a_page_is_no_data_file(
    cache: Cache, server: Server, fetcher: Fetcher, body: bytes, kind: str
) -> None:
    server.put("a.tif", body, etag='"v1"', headers={"Content-Type": kind})
    with pytest.raises(FetchError, match="not a data file") as caught:
        fetcher.fetch(asset(server.url("a.tif")))
    assert caught.value.hint
    assert len(server.requests) == 1
    assert leftovers(cache) == []


@pytest.mark.parametrize("name", ["a.html", "a.HTM", "a.xml"])
def test_a_page_may_be_what_was_asked_for(server: Server, fetcher: Fetcher, name: str) -> None:
    server.put(name, PAGE, headers={"Content-Type": "text/html"})
    assert fetcher.fetch(asset(server.url(name))).sha256 == files.sha256(PAGE)


def test_an_encoded_body_is_refused(cache: Cache, server: Server, fetcher: Fetcher) -> None:
    server.put("a.tif", gzip.compress(DATA), headers={"Content-Encoding": "gzip"})
    with pytest.raises(FetchError, match="gzip"):
        fetcher.fetch(asset(server.url("a.tif")))
    assert server.requests[0].headers["accept-encoding"] == "identity"
    assert leftovers(cache) == []
