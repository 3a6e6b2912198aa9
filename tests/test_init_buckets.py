"""`itemcat init s3://…`: what it writes of a bucket can be built at once, or nothing is written."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import test_buckets
from moto_server import Asked, Moto, Relay, Trouble
from project import Project, raster_bytes
from server import Server
from standin import StandIn
from test_buckets import NAMES
from test_init import items, written

from itemcat.cache import Cache
from itemcat.draft import draft
from itemcat.errors import UsageError
from itemcat.sources import bucket
from itemcat.sources.bucket import bucket_named
from itemcat.spec import load_spec

relay, name = test_buckets.relay, test_buckets.name
no_credentials = test_buckets._no_credentials

Cloud = Callable[[str], dict[str, str]]


@pytest.fixture
def cloud(relay: Relay, tmp_path: Path) -> Iterator[Cloud]:
    """What makes the server answer as a host of a cloud: the environment that leads there."""
    with ExitStack() as open_ones:
        yield lambda host: open_ones.enter_context(StandIn(host, relay.url, tmp_path)).environment


def refusal(project: Project, code: int, *arguments: str, **environment: str) -> list[str]:
    """The lines that say why nothing is written."""
    done = project.run("init", *arguments, **environment)
    assert (done.returncode, done.stdout) == (code, "")
    assert project.files() == {}
    return done.stderr.splitlines()


def is_signed(asked: Asked) -> bool:
    return "authorization" in map(str.lower, asked.headers) or "X-Amz-Signature" in asked.query


@pytest.mark.parametrize("slash", ["", "/"])
def test_a_prefix(project: Project, relay: Relay, name: str, cloud: Cloud, slash: str) -> None:
    environment = cloud(f"{name}.s3.amazonaws.com")
    text = written(project, f"s3://{name}/data{slash}", **environment)
    assert f'  - bucket: s3://{name}/data/\n    include: "*.tif"  # 3 of its 4 files\n' in text
    assert '  pattern: "a_{start:%Y%m%dT%H%M%S}.tif"  # fits all names\n' in text
    assert load_spec(project.folder).catalog.title == "Data"
    assert len(relay.requests) == 1
    assert items(project, **environment) == [name[:-4] for name in NAMES]
    assert not any(map(is_signed, relay.requests))


def test_a_whole_bucket_of_data(project: Project, moto: Moto, cloud: Cloud) -> None:
    moto.ask("PUT", "/all-lakes")
    for seed, file in enumerate(["x/20190224.tif", "y/20190224.tif"]):
        moto.put("all-lakes", file, raster_bytes(seed))
    environment = cloud("all-lakes.s3.amazonaws.com")
    text = written(project, "s3://all-lakes", **environment)
    assert text.endswith("assets:\n  - bucket: s3://all-lakes/\n")
    assert '  title: "All lakes"\n' in text
    assert items(project, **environment) == ["item_1", "item_2"]


def test_a_server_of_ones_own(project: Project, relay: Relay, name: str) -> None:
    place = ("--endpoint", relay.url, "--region", "eu-central-1")
    text = written(project, f"s3://{name}/data", *place)
    assert (
        f'  - bucket: s3://{name}/data/\n    endpoint: "{relay.url}"\n'
        f'    href: "{relay.url}/{name}/data/{{path}}"  # better the address for everybody\n'
        '    region: "eu-central-1"\n'
    ) in text
    assert items(project) == [name[:-4] for name in NAMES]


@pytest.mark.parametrize(
    ("source", "option", "value", "what"),
    [
        ("gs://lakes", "--endpoint", "https://s3.example.org", "is for s3:// buckets only"),
        ("7568049", "--region", "eu-central-1", "is for s3:// buckets only"),
        ("s3://lakes", "--endpoint", "https://me:hidden@example.org", "is no address of a server"),
        (
            "s3://lakes",
            "--endpoint",
            "https://example.org/?key=hidden",
            "is no address of a server",
        ),
        ("s3://lakes", "--region", "EU: {hidden}", "is no name of a region"),
    ],
)
def test_options_that_do_not_fit(
    project: Project, source: str, option: str, value: str, what: str
) -> None:
    error, hint = refusal(project, 2, source, option, value)
    assert error == f"error: {option}: {what}"
    assert "hidden" not in error + hint


def test_what_names_a_server_or_a_region_is_what_the_schema_has() -> None:
    own = json.loads((Path(__file__).parent.parent / "schemas/catalog.schema.json").read_text())
    rules = own["$defs"]["bucket_entry"]["properties"]
    said = [bucket._SERVER.pattern, bucket._REGION.pattern]
    for name, pattern in zip(("endpoint", "region"), said, strict=True):
        written = rules[name]["pattern"].replace("\\u00", "\\x")
        assert written == f"^{pattern}$(?!\\n)"


# What the two clouds answer that moto does not stand for, cut down to what is asked of it: Cloud
# Storage's "List objects" of the XML API, and Azure's "List Blobs".
GOOGLE = """<ListBucketResult><Contents><Key>{key}</Key><Size>{size}</Size><ETag>"e"</ETag>
<LastModified>2020-01-01T00:00:00.000Z</LastModified></Contents></ListBucketResult>"""
AZURE = """<EnumerationResults><Blobs><Blob><Name>{key}</Name><Properties><Etag>e</Etag>
<Content-Length>{size}</Content-Length><Content-Type>image/tiff</Content-Type>
<Last-Modified>Wed, 01 Jan 2020 00:00:00 GMT</Last-Modified>
</Properties></Blob></Blobs><NextMarker /></EnumerationResults>"""


@pytest.mark.parametrize(
    ("store", "host", "answer"),
    [
        ("gs://lakes", "storage.googleapis.com", GOOGLE),
        ("az://ice/lakes", "ice.blob.core.windows.net", AZURE),
    ],
)
def test_buckets_of_other_clouds(
    server: Server, tmp_path: Path, store: str, host: str, answer: str
) -> None:
    (tmp_path / "project").mkdir()
    project = Project(tmp_path / "project", tmp_path / "cache")
    data, key = raster_bytes(), f"data/{NAMES[0]}"
    server.put("lakes", answer.format(key=key, size=len(data)).encode())
    server.put(f"lakes/{key}", data)
    with StandIn(host, server, tmp_path) as standin:
        text = written(project, f"{store}/data", **standin.environment)
        assert f"  - bucket: {store}/data/\n" in text
        assert items(project, **standin.environment) == [NAMES[0][:-4]]


def test_the_environments_credentials_serve(
    project: Project, relay: Relay, name: str, cloud: Cloud
) -> None:
    environment = cloud(f"{name}.s3.amazonaws.com")
    keys = {"AWS_ACCESS_KEY_ID": "AKIAHIDDEN", "AWS_SECRET_ACCESS_KEY": "veryhidden"}
    text = written(project, f"s3://{name}/data/", **environment, **keys)
    assert is_signed(relay.requests[0])
    assert "hidden" not in text.lower()


# ------------------------------------------------------------------------------ what gives no spec


def test_a_bucket_that_is_not_there(project: Project, cloud: Cloud) -> None:
    said = refusal(project, 3, "s3://nowhere/data/", **cloud("nowhere.s3.amazonaws.com"))
    assert said == [
        "error: s3://nowhere/data/: cannot be listed: its host answers 404 NoSuchBucket",
        "hint: check its name, and `--endpoint` where it is not one of the cloud's own",
    ]


def test_a_prefix_with_nothing(project: Project, name: str, cloud: Cloud) -> None:
    said = refusal(project, 3, f"s3://{name}/Data/", **cloud(f"{name}.s3.amazonaws.com"))
    assert said == [
        f"error: s3://{name}/Data/: lists no objects",
        "hint: check the prefix: upper and lower case differ",
    ]


def test_a_prefix_without_rasters(project: Project, moto: Moto, name: str, cloud: Cloud) -> None:
    moto.put(name, "words/notes.txt", b"notes")
    said = refusal(project, 2, f"s3://{name}/words/", **cloud(f"{name}.s3.amazonaws.com"))
    assert said == [
        f"error: s3://{name}/words/: has no rasters, vector files or cubes among its files",
        "hint: name the prefix that holds the data; its files are 'notes.txt'",
    ]


def test_what_anybody_may_not_list(project: Project, relay: Relay, name: str, cloud: Cloud) -> None:
    denied = b"<Error><Code>AccessDenied</Code></Error>"
    relay.faults["/"] = [Trouble(status=403, body=denied)]
    said = refusal(project, 3, f"s3://{name}/data/", **cloud(f"{name}.s3.amazonaws.com"))
    assert said == [
        f"error: s3://{name}/data/: may not be listed: its host answers 403 AccessDenied",
        "hint: is it public? Else put the credentials of its cloud into the environment",
    ]


def test_credentials_that_do_not_suffice(
    project: Project, moto: Moto, name: str, cloud: Cloud
) -> None:
    environment = cloud(f"{name}.s3.amazonaws.com")
    environment |= {"AWS_ACCESS_KEY_ID": "AKIAHIDDEN", "AWS_SECRET_ACCESS_KEY": "veryhidden"}
    moto.ask("POST", "/moto-api/reset-auth", b"0")  # from now on the server wants to know who asks
    try:
        error, hint = refusal(project, 3, f"s3://{name}/data/", **environment)
    finally:
        moto.ask("POST", "/moto-api/reset-auth", b"inf")
    assert error.endswith("may not be listed: its host answers 403 InvalidAccessKeyId")
    assert hint.startswith("hint: the credentials in the environment do not suffice")
    assert "hidden" not in (error + hint).lower()


def test_without_the_library(project: Project, tmp_path: Path) -> None:
    (tmp_path / "without").mkdir()
    (tmp_path / "without/obstore.py").write_text("raise ImportError\n", "utf-8")
    said = refusal(project, 2, "s3://lakes/data/", PYTHONPATH=str(tmp_path / "without"))
    assert said == [
        "error: s3://lakes/data/: needs the library for object stores, obstore, which is "
        "not installed",
        'hint: install it with `pip install "itemcat[buckets]"`',
    ]


# ----------------------------------------------------------------------------------- the addresses


@pytest.mark.parametrize(
    "text", ["s3://lakes", "gs://ice.lakes/a", "az://account/box/a:b/'c'/{d}", "s3://lakes/é&*[/"]
)
def test_what_names_a_bucket_is_an_entry_of_the_spec(project: Project, text: str) -> None:
    address = bucket_named(text)
    assert address is not None
    project.spec(f"  - bucket: {address}\n")
    [source] = load_spec(project.folder).sources
    assert (source.kind, source.address) == ("bucket", address)
    assert address == text.rstrip("/") + "/"


@pytest.mark.parametrize(
    "text",
    [
        *("s3://", "s3:///data/", "s3://lakes//", "s3://lakes/../x/", "s3://lakes/a b/"),
        *(
            "az://account/",
            "s3://AKIA:hidden@lakes/",
            "s3://lakes/?token=hidden",
            "s3://lakes/\x85",
        ),
        *("s3://lakes/\udcff/", "s3://lakes/\u202e/", "gs://_lakes/"),
    ],
)
def test_what_names_no_bucket(cache: Cache, tmp_path: Path, text: str) -> None:
    with pytest.raises(UsageError, match="is no address of a bucket") as raised:
        draft(text, tmp_path / "catalog.yaml", cache)
    assert "hidden" not in str(raised.value)
    assert "s3://name/prefix/" in raised.value.hint
