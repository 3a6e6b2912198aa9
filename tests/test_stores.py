"""Object stores: the addresses of objects, signatures, and servers that answer badly."""

import json
import os
import subprocess
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itemcat.bucket import Bucket, is_same_version
from itemcat.cache import Cache
from itemcat.errors import FetchError, Problems, SourceError
from itemcat.fetch import Fetcher
from itemcat.fetch.patience import Patience
from itemcat.fetch.stores import Stores, uses_credentials
from itemcat.model import ItemRules, Place, Source
from itemcat.sources.bucket import resolve
from itemcat.spec import load_spec

KEYS = ("AKIAHIDDEN", "veryhidden")


@pytest.fixture(autouse=True)
def _no_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in [*os.environ]:
        if variable.startswith(("AWS_", "GOOGLE_", "AZURE_")):
            monkeypatch.delenv(variable)


# ---------------------------------------------------------------------------------- the addresses


@pytest.mark.parametrize(
    ("bucket", "address"),
    [
        (Bucket.at("s3://lakes/data/"), "https://lakes.s3.amazonaws.com/data/a.tif"),
        (
            Bucket.at("s3://lakes/data/", region="eu-central-1"),
            "https://lakes.s3.eu-central-1.amazonaws.com/data/a.tif",
        ),
        (Bucket.at("s3://ice.lakes/data/"), "https://s3.amazonaws.com/ice.lakes/data/a.tif"),
        (
            Bucket.at("s3://ice.lakes/data/", region="eu-central-1"),
            "https://s3.eu-central-1.amazonaws.com/ice.lakes/data/a.tif",
        ),
        (
            Bucket.at("s3://lakes/data/", endpoint="https://s3.example.org/"),
            "https://s3.example.org/lakes/data/a.tif",
        ),
        (Bucket.at("gs://lakes/data/"), "https://storage.googleapis.com/lakes/data/a.tif"),
        (
            Bucket.at("az://ice/lakes/data/"),
            "https://ice.blob.core.windows.net/lakes/data/a.tif",
        ),
    ],
)
def test_the_address_of_an_object(bucket: Bucket, address: str) -> None:
    assert bucket.address("data/a.tif") == address
    assert bucket.path(address) == "a.tif"
    assert bucket.shown.endswith("lakes/data/")


@given(
    st.text(min_size=1).filter(lambda text: not any("\ud800" <= sign <= "\udfff" for sign in text))
)
def test_an_address_gives_its_key_back(path: str) -> None:
    bucket = Bucket.at("s3://lakes/data/")
    address = bucket.address(f"data/{path}")
    assert address.isascii()
    assert not {"?", "#", " ", "\\", "@"} & set(address)
    assert bucket.path(address) == path


@pytest.mark.parametrize(
    "address",
    [
        "https://lakes.s3.amazonaws.com/database/a.tif",
        "https://example.org/data/a.tif",
        "data/a.tif",
    ],
)
def test_what_lies_elsewhere_is_no_object(address: str) -> None:
    bucket = Bucket.at("s3://lakes/data/")
    assert (bucket.key(address), bucket.path(address)) == (None, "")


def test_etags_are_the_same_with_and_without_quotes() -> None:
    assert is_same_version('"a"', "a")
    assert not is_same_version('"a"', '"b"')
    assert not is_same_version(None, None)


# -------------------------------------------------------------------------------- the credentials


@pytest.mark.parametrize(
    ("address", "environment", "signature"),
    [
        (
            "s3://lakes/data/",
            {"AWS_ACCESS_KEY_ID": KEYS[0], "AWS_SECRET_ACCESS_KEY": KEYS[1]},
            "X-Amz-Signature",
        ),
        ("az://ice/lakes/data/", {"AZURE_STORAGE_ACCOUNT_KEY": "dmVyeWhpZGRlbg=="}, "sig"),
    ],
)
def test_an_address_is_signed_with_the_environments_credentials(
    address: str, environment: dict[str, str], signature: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("obstore", reason="needs obstore: pip install 'itemcat[buckets]'")
    bucket = Bucket.at(address)
    url = bucket.address("data/b c+é.tif")
    assert not uses_credentials(bucket)
    assert Stores([bucket], Patience()).signed("GET", url) == url
    for name, text in environment.items():
        monkeypatch.setenv(name, text)
    for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AZURE_STORAGE_ENDPOINT"):
        monkeypatch.setenv(name, "http://127.0.0.1:9/evil")
    signed = Stores([bucket], Patience()).signed("GET", url)
    assert unquote(signed.partition("?")[0]) == unquote(url)
    assert signature in parse_qs(urlsplit(signed).query)
    assert (
        Stores([bucket], Patience()).signed("GET", "https://example.org/") == "https://example.org/"
    )
    public = Bucket.at(address, anonymous=True)
    assert Stores([public], Patience()).signed("GET", url) == url


def test_google_signs_with_a_service_account(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("obstore", reason="needs obstore: pip install 'itemcat[buckets]'")
    monkeypatch.setenv("GOOGLE_SERVICE_ACCOUNT", str(tmp_path / "account.json"))
    monkeypatch.setenv("GOOGLE_BASE_URL", "http://127.0.0.1:9/evil")
    bucket = Bucket.at("gs://lakes/data/")
    url = bucket.address("data/a.tif")
    with pytest.raises(FetchError) as raised:  # there is no such file
        Stores([bucket], Patience()).signed("GET", url)
    assert "the credentials in the environment cannot be used here" in raised.value.what
    made = subprocess.run(
        ["openssl", "genrsa", "2048"], capture_output=True, text=True, check=False
    )
    if made.returncode:
        pytest.skip("needs openssl to make a key")
    account = {"client_email": "a@example.org", "private_key_id": "1", "private_key": made.stdout}
    account |= {"type": "service_account"}
    (tmp_path / "account.json").write_text(json.dumps(account), "utf-8")
    signed = Stores([bucket], Patience()).signed("GET", url)
    assert signed.startswith(f"{url}?X-Goog-Algorithm=")
    with pytest.raises(FetchError, match="no address can be signed"):
        Stores([bucket], Patience()).signed("GET", bucket.address("data/a?.tif"))


# ------------------------------------------------------------------ servers that answer badly


class Pages(ThreadingHTTPServer):
    """Answers every listing with the next of `answers`: a status and a body; the last one stays."""

    daemon_threads = True

    def __init__(self, *answers: tuple[int, str]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers = [*answers]
        self.queries: list[dict[str, list[str]]] = []
        Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    def server_close(self) -> None:
        self.shutdown()
        super().server_close()

    @property
    def bucket(self) -> Bucket:
        return Bucket.at("s3://lakes/", endpoint=f"http://127.0.0.1:{self.server_address[1]}")


class _Handler(BaseHTTPRequestHandler):
    server: Pages

    def do_GET(self) -> None:
        self.server.queries.append(parse_qs(urlsplit(self.path).query))
        answers = self.server.answers
        status, body = answers.pop(0) if len(answers) > 1 else answers[0]
        self.send_response(status)
        self.send_header("Content-Length", str(len(body.encode())))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: Any) -> None:
        pass


def page(keys: list[str], token: str = "") -> str:
    """A page as S3 gives it (ListObjectsV2), by hand from its documentation."""
    date = "<LastModified>2019-02-24T20:37:44.000Z</LastModified>"
    found = "".join(
        f'<Contents><Key>{key}</Key>{date}<ETag>"{n}"</ETag><Size>9</Size></Contents>'
        for n, key in enumerate(keys)
    )
    more = f"<NextContinuationToken>{token}</NextContinuationToken>" if token else ""
    truncated = f"<IsTruncated>{'true' if token else 'false'}</IsTruncated>"
    space = "http://s3.amazonaws.com/doc/2006-03-01/"
    head = f'<ListBucketResult xmlns="{space}"><Name>lakes</Name><KeyCount>{len(keys)}</KeyCount>'
    return f'<?xml version="1.0"?>{head}{truncated}{more}{found}</ListBucketResult>'


@pytest.fixture
def fetcher(cache: Cache) -> Iterator[Fetcher]:
    pytest.importorskip("obstore", reason="needs obstore: pip install 'itemcat[buckets]'")
    with Fetcher(cache, patience=Patience(attempts=3, base=0.001)) as running:
        yield running


class Asking:
    """What a source asks with."""

    def __init__(self, fetcher: Fetcher) -> None:
        self.objects = fetcher.objects

    def get(self, url: str, media_type: str = "") -> Any:
        raise NotImplementedError


def test_a_listing_goes_on_where_it_was_interrupted(fetcher: Fetcher) -> None:
    first = [f"{n:04}" for n in range(1000)]
    with Pages(
        (503, ""), (200, page(first, "next")), (500, ""), (200, page(["1000", "1001"]))
    ) as server:
        found = fetcher.objects(server.bucket)
    assert [one.key for one in found] == [*first, "1000", "1001"]
    assert server.queries[-1]["start-after"] == ["0999"]
    assert fetcher.requests == len(server.queries) == 4


@pytest.mark.parametrize("answer", [(503, ""), (200, "<html>"), (200, page(["a"])[:-40])])
def test_a_host_that_gives_no_proper_answer(fetcher: Fetcher, answer: tuple[int, str]) -> None:
    with Pages(answer) as server, pytest.raises(FetchError, match="tried 3 times"):
        fetcher.objects(server.bucket)


def test_a_host_that_is_not_there(fetcher: Fetcher) -> None:
    bucket = Bucket.at("s3://lakes/data/", endpoint="http://127.0.0.1:9")
    with pytest.raises(FetchError) as raised:
        fetcher.objects(bucket)
    assert raised.value.line == (
        "error: s3://lakes/data/: host 127.0.0.1:9 gave no proper answer (tried 3 times)"
    )


@pytest.mark.parametrize(
    ("status", "hint"), [(301, "region"), (400, "region"), (403, "environment"), (404, "name")]
)
def test_what_another_try_does_not_help(fetcher: Fetcher, status: int, hint: str) -> None:
    body = "<Error><Code>No</Code><AWSAccessKeyId>AKIAHIDDEN</AWSAccessKeyId></Error>"
    with Pages((status, body)) as server, pytest.raises(FetchError) as raised:
        fetcher.objects(server.bucket)
    assert len(server.queries) == 1
    assert hint in raised.value.hint
    assert "AKIA" not in str(raised.value)


def test_a_listing_without_an_end(fetcher: Fetcher) -> None:
    numbers = count()

    class Endless(list[tuple[int, str]]):
        def __len__(self) -> int:
            return 2

        def pop(self, _: Any = 0) -> tuple[int, str]:
            start = next(numbers) * 1000
            return 200, page([f"{start + n:09}" for n in range(1000)], "more")

    with Pages((200, "")) as server:
        server.answers = Endless()
        with pytest.raises(FetchError, match="lists more than 200,000 objects"):
            fetcher.objects(server.bucket)
        assert len(server.queries) <= 205


def test_a_name_that_is_listed_twice(fetcher: Fetcher) -> None:
    with Pages((200, page(["a.tif", "a.tif"]))) as server:
        endpoint = server.bucket.endpoint
        source = Source("bucket", "s3://lakes/", ItemRules(), Place("c", 1, 1), endpoint=endpoint)
        with pytest.raises(SourceError, match=r"lists 'a\.tif' twice"):
            resolve(source, Asking(fetcher))


# ------------------------------------------------------------------------------------- the spec

SPEC = "catalog: {id: lakes, title: Lakes, description: Of Greenland.}\nassets:\n  - "


@pytest.mark.parametrize(
    ("entry", "what"),
    [
        ("bucket: s3://lakes", "assets[0].bucket: must be s3://name/prefix/"),
        ("bucket: s3://lakes/a", "assets[0].bucket: must be s3://name/prefix/"),
        ("bucket: s3://lakes/../", "assets[0].bucket: must be s3://name/prefix/"),
        ("bucket: s3://key:word@lakes/", "assets[0].bucket: must be s3://name/prefix/"),
        ("bucket: az://ice/", "assets[0].bucket: must be s3://name/prefix/"),
        ("bucket: ftp://lakes/", "assets[0].bucket: must be s3://name/prefix/"),
        ("{bucket: 's3://a/', endpoint: 'http://x/'}", "assets[0].href: is missing"),
        ("{bucket: 'gs://a/', endpoint: 'https://x/'}", "assets[0].endpoint: is for s3:// only"),
        ("{bucket: 'az://ice/a/', region: x}", "assets[0].region: 'x' is for s3:// only"),
        ("{bucket: 's3://a/', endpoint: 'https://k:w@x/'}", "assets[0].endpoint: must be the addr"),
        ("{bucket: 's3://a/', anonymous: 1}", "assets[0].anonymous: must be true or false"),
        ("{bucket: 's3://a/', href: '{path}'}", "assets[0].href: must be an absolute URL"),
        ("{bucket: 's3://a/', id: '{pth}'}", "assets[0].id: there is no field {pth}"),
    ],
)
def test_what_an_entry_may_not_say(entry: str, what: str, tmp_path: Path) -> None:
    (tmp_path / "catalog.yaml").write_text(SPEC + entry + "\n", "utf-8")
    with pytest.raises(Problems) as raised:
        load_spec(tmp_path)
    [error] = raised.value.errors
    assert error.what.startswith(what)
    assert "word" not in str(error)


def test_what_an_entry_may_say(tmp_path: Path) -> None:
    entries = [
        "bucket: s3://lakes/",
        "{bucket: 's3://lakes/a b/', endpoint: 'https://s3.example.org/x', anonymous: true}",
        "{bucket: 'gs://lakes/a/b/', href: 's3://lakes/{path}'}",
    ]
    text = SPEC + "\n  - ".join(entry for entry in entries if "a b" not in entry) + "\n"
    (tmp_path / "catalog.yaml").write_text(text, "utf-8")
    first, second = load_spec(tmp_path).buckets
    assert first == Bucket("s3", "lakes", "")
    assert second == Bucket("gs", "lakes", "a/b/")
