"""The cache behind each machine's own: in a folder, and in a bucket of a real S3 server."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

if not all(map(find_spec, ("moto", "flask", "obstore"))):
    pytest.skip("needs moto's S3 server and obstore", allow_module_level=True)
from moto_server import Moto, Relay, Trouble

from itemcat.bucket import Bucket
from itemcat.cache import Cache, record_document
from itemcat.errors import MachineError
from itemcat.fetch.depot import Depot, blob_key
from itemcat.fetch.stores import Refused
from itemcat.files import sha256
from itemcat.location import Location, bucket, named
from itemcat.model import Blob, Validators
from itemcat.parcel import Token
from itemcat.pointer import to_document
from itemcat.shared import SharedCache
from itemcat.shelf import name_of

URL = "https://example.org/a.tif"
DATA = b"ice" * 1000
DIGEST = sha256(DATA)
BLOB = Blob(DIGEST, len(DATA), Validators('"v1"'))
LINE = '{"bbox": null, "geometry": null}'
TAKEN = """\
import resource, sys
from pathlib import Path
from itemcat.errors import MachineError
from itemcat.fetch.depot import Depot
store, path = map(Path, sys.argv[1:])
depot = Depot(store)
resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
try:
    depot.download("a", path, 10_000)
except MachineError as error:
    print(error)
"""


@pytest.fixture(autouse=True)
def _credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in [*os.environ]:
        if variable.startswith(("AWS_", "GOOGLE_", "AZURE_")):
            monkeypatch.delenv(variable)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "an-id")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "very secret")


@pytest.fixture
def lakes(moto: Moto, tmp_path: Path) -> Iterator[tuple[Relay, Bucket]]:
    """A bucket of the test's own, and the relay before it."""
    name = f"lakes-{sha256(str(tmp_path).encode())[:20]}"
    moto.ask("PUT", f"/{name}")
    with Relay(moto.host) as relay:
        yield relay, bucket(f"s3://{name}/itemcat", relay.url)


@pytest.fixture(params=["folder", "bucket"])
def location(request: pytest.FixtureRequest, tmp_path: Path) -> Location:
    if request.param == "bucket":
        place: Bucket = request.getfixturevalue("lakes")[1]
        return place
    (tmp_path / "store").mkdir()
    return tmp_path / "store"


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Callable[..., SharedCache]]:
    """Makes the cache of one machine more, with the same one behind it; `said` is what it tells."""
    made: list[SharedCache] = []

    def make(location: Location, said: list[str] | None = None) -> SharedCache:
        local = Cache(tmp_path / f"machine {len(made)}", [].append if said is None else said.append)
        made.append(SharedCache(local, Depot(location), Token(location, "tokens/none", "")))
        return made[-1]

    yield make
    for cache in made:
        if not cache._depot._is_stopped.is_set():
            cache.close(is_interrupted=True)


def filled(cache: SharedCache) -> None:
    """Put a blob with its pointer and a record, as fetching and reading do."""
    part = cache.part(URL)
    part.parent.mkdir(parents=True, exist_ok=True)
    part.write_bytes(DATA)
    cache.point(URL, BLOB)
    cache.adopt(part, DIGEST)
    cache.keep_record("key", LINE)
    cache.close(is_interrupted=False)


# --------------------------------------------------------------------------- blobs and documents


def test_what_one_machine_finds_out_another_has(
    location: Location, machine: Callable[..., SharedCache]
) -> None:
    filled(machine(location))
    other = machine(location)
    assert other.pointer(URL) == BLOB
    assert other.record("key") == LINE
    assert other.blob(DIGEST) is None  # the bytes have not travelled
    path = other.sound_blob(DIGEST, len(DATA))
    assert path is not None
    assert path.read_bytes() == DATA
    assert path.is_relative_to(other.root)
    assert not [*other.staging.iterdir()]


def test_the_word_of_a_store_counts_for_those_who_use_it(
    location: Location, machine: Callable[..., SharedCache]
) -> None:
    first, other = machine(location), machine(location)
    first.keep_glimpse(URL, BLOB.unhashed())
    filled(first)
    assert (other.pointer(URL), other.glimpse(URL)) == (BLOB, BLOB.unhashed())
    assert other.record("key") == LINE
    assert other.sound_blob(DIGEST, len(DATA))
    alone = Cache(other.root)
    assert alone.sound_blob(DIGEST, len(DATA))
    assert (alone.pointer(URL), alone.glimpse(URL), alone.record("key")) == (None, None, None)
    other._depot.stop()
    assert other.record("key") == LINE  # of the same store it is not asked for twice


def test_what_is_here_is_not_asked_for(
    lakes: tuple[Relay, Bucket], machine: Callable[..., SharedCache]
) -> None:
    relay, place = lakes
    cache = machine(place)
    filled(cache)
    asked = len(relay.requests)
    assert cache.pointer(URL) == BLOB
    assert cache.record("key") == LINE
    assert cache.sound_blob(DIGEST, len(DATA))
    assert len(relay.requests) == asked


def test_a_blob_that_is_there_is_not_put_again(
    lakes: tuple[Relay, Bucket], machine: Callable[..., SharedCache]
) -> None:
    relay, place = lakes
    filled(machine(place))
    filled(machine(place))
    puts = [asked.path for asked in relay.requests if asked.method == "PUT"]
    assert sum(DIGEST in path for path in puts) == 1


def test_what_is_nowhere(location: Location, machine: Callable[..., SharedCache]) -> None:
    cache = machine(location)
    found = (cache.pointer(URL), cache.glimpse(URL), cache.record("key"), cache.sound_blob(DIGEST))
    assert found == (None, None, None, None)


@pytest.mark.parametrize("wrong", [b"", b"ICE" + DATA[3:], DATA[:-1], DATA * 2])
def test_a_damaged_blob_is_told_of_and_put_again(
    wrong: bytes, location: Location, machine: Callable[..., SharedCache]
) -> None:
    filled(machine(location))
    depot = Depot(location)
    depot.write(blob_key(DIGEST), wrong)
    said: list[str] = []
    other = machine(location, said)
    assert other.pointer(URL) == BLOB
    assert other.sound_blob(DIGEST, len(DATA)) is None
    assert [note for note in said if "damaged" in note] == said
    assert len(said) == (len(wrong) <= len(DATA))  # one that is too long is not read
    assert other.pointer(URL) is None  # so that the publisher is asked for all bytes
    filled(other)
    found = depot.read(blob_key(DIGEST), len(DATA))
    assert found is not None
    assert found.data == DATA


def test_a_blob_that_its_publisher_replaced_is_no_damage(
    location: Location, machine: Callable[..., SharedCache]
) -> None:
    cache = machine(location)
    cache.lose(DIGEST)
    assert cache.parcel(DIGEST, len(DATA)) is None
    filled(cache)
    assert machine(location).parcel(DIGEST, len(DATA)) is not None


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"{",
        b"null",
        b"[1]",
        b"\xff\xfe",
        b"[" * 100_000,
        record_document("another key", LINE),
        record_document("key", '{"bbox": null}'),
        record_document("key", '{"bbox": null, "geometry": 5}'),
        record_document("key", '{"bbox": null, "geometry": null, "datetime": NaN}'),
        record_document("key", '{"bbox": null, "geometry": null, "title": "\\ud800"}'),
        record_document(
            "key", '{"bbox": null, "geometry": null, "thumbnail": {"sha256": "../x", "size": 1}}'
        ),
        record_document("key", "[]"),
        b" " * (17 << 20),
    ],
)
def test_a_record_that_no_reader_made_counts_as_absent(
    document: bytes, location: Location, machine: Callable[..., SharedCache]
) -> None:
    Depot(location).write(f"records/{name_of('key')}.json", document)
    cache = machine(location)
    assert cache.record("key") is None
    cache.keep_record("key", LINE)
    cache.close(is_interrupted=False)
    assert machine(location).record("key") == LINE


@pytest.mark.parametrize(
    "changes",
    [
        {"url": "https://example.org/b.tif"},
        {"sha256": "../../../etc/passwd"},
        {"sha256": DIGEST.upper()},
        {"sha256": 1},
        {"sha256": None},
        {"size": -1},
        {"size": True},
        {"size": "1"},
        {"etag": '"a"\r\nX-Evil: 1'},
        {"etag": " a"},
        {"etag": "Ω"},
        {"etag": "a" * 10_000},
        {"last_modified": ["Mon"]},
    ],
)
def test_a_pointer_that_nobody_wrote_counts_as_absent(
    changes: dict[str, Any], location: Location, machine: Callable[..., SharedCache]
) -> None:
    document = json.dumps(to_document(URL, BLOB) | changes).encode()
    Depot(location).write(f"urls/{name_of(URL)}.json", document)
    cache = machine(location)
    assert cache.pointer(URL) is None
    cache.point(URL, BLOB)
    cache.close(is_interrupted=False)
    assert machine(location).pointer(URL) == BLOB


def test_what_is_forgotten_is_forgotten_everywhere(
    location: Location, machine: Callable[..., SharedCache]
) -> None:
    cache = machine(location)
    cache.keep_glimpse(URL, BLOB.unhashed())
    filled(cache)
    other = machine(location)
    assert other.glimpse(URL) == BLOB.unhashed()
    other.forget(URL)
    other.close(is_interrupted=False)
    third = machine(location)
    assert (third.pointer(URL), third.glimpse(URL)) == (None, None)


def test_nothing_secret_gets_there(
    lakes: tuple[Relay, Bucket], machine: Callable[..., SharedCache]
) -> None:
    url = "https://me:hidden@example.org/a.tif?token=hidden"
    cache = machine(lakes[1])
    cache.point(url, BLOB)
    cache.keep_glimpse(url, BLOB.unhashed())
    cache.close(is_interrupted=False)
    keys = [one["path"] for page in listed(lakes[1]) for one in page]
    assert len(keys) == 2
    depot = Depot(replace(lakes[1], prefix=""))
    held = b"".join(found.data for key in keys if (found := depot.read(key, 10_000)))
    assert b"example.org" in held
    assert b"hidden" not in held
    assert b"hidden" not in " ".join(keys).encode()
    assert "very secret" not in repr(lakes[0].requests)


def listed(place: Bucket) -> Any:
    from obstore import list as objects

    return objects(Depot(place)._store)


# -------------------------------------------------------------------------------- several writers


def test_a_pointer_is_changed_only_as_it_was_seen(lakes: tuple[Relay, Bucket]) -> None:
    depot = Depot(lakes[1])
    assert depot.swap("urls/a", b"1", None)
    assert not depot.swap("urls/a", b"2", None)
    seen = depot.read("urls/a", 10)
    assert depot.swap("urls/a", b"3", seen)
    assert not depot.swap("urls/a", b"4", seen)
    found = depot.read("urls/a", 10)
    assert found is not None
    assert found.data == b"3"


def test_two_writers_of_one_pointer(
    location: Location, machine: Callable[..., SharedCache]
) -> None:
    """Both begin at once; in the end it is what one of them said, and whole."""
    caches = [machine(location) for _ in range(4)]
    blobs = [Blob(sha256(bytes([n])), n, Validators(f'"{n}"')) for n in range(4)]
    barrier = threading.Barrier(4)

    def write(cache: SharedCache, blob: Blob) -> None:
        barrier.wait()
        cache.point(URL, blob)
        cache.close(is_interrupted=False)

    both = zip(caches, blobs, strict=True)
    threads = [threading.Thread(target=write, args=arguments) for arguments in both]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert machine(location).pointer(URL) in blobs


# ------------------------------------------------------------------------------------ its failures


def test_a_store_that_fails_is_told_of_once_and_then_left_alone(
    lakes: tuple[Relay, Bucket], machine: Callable[..., SharedCache]
) -> None:
    relay, place = lakes
    said: list[str] = []
    cache = machine(place, said)
    filled(cache)
    relay.always = {method: Trouble(status=403) for method in ("GET", "PUT", "HEAD")}
    other = machine(place, said)
    for n in range(20):
        assert other.record(f"key {n}") is None
    [note] = said
    assert "fails (403)" in note
    assert len(relay.requests) < 20
    with pytest.raises(MachineError, match="has gone"):
        other.parcel(DIGEST, len(DATA))


def test_one_setback_is_no_reason_to_leave(
    lakes: tuple[Relay, Bucket], machine: Callable[..., SharedCache]
) -> None:
    relay, place = lakes
    filled(machine(place))
    path = f"/{place.name}/itemcat/records/{name_of('key')}.json"
    relay.faults[path] = [Trouble(status=400)]
    other = machine(place)
    assert other.record("key") is None
    assert other.record("key") == LINE


def test_a_bug_of_a_thread_is_raised_in_the_end(
    tmp_path: Path, machine: Callable[..., SharedCache]
) -> None:
    cache = machine(tmp_path)
    cache._put([].pop)
    with pytest.raises(IndexError):
        cache.close(is_interrupted=False)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="measured with Linux's /proc")
def test_a_large_file_goes_in_parts(tmp_path: Path) -> None:
    program = """
import sys
from pathlib import Path
from itemcat.fetch.depot import Depot
def peak():
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
folder = Path(sys.argv[1])
with (folder / "large").open("wb") as file:
    file.truncate(200 << 20)
(folder / "store").mkdir()
depot = Depot(folder / "store")
depot.write("small", b"1")
before = peak()
depot.upload("large", folder / "large")
assert depot.download("large", folder / "back", 200 << 20)
print(peak() - before)
"""
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert int(done.stdout) < 60_000  # KB


def test_a_large_file_goes_into_a_bucket_whole(lakes: tuple[Relay, Bucket], tmp_path: Path) -> None:
    data = os.urandom(20 << 20)
    (tmp_path / "large").write_bytes(data)
    depot = Depot(lakes[1])
    depot.upload("large", tmp_path / "large")
    assert depot.size("large") == len(data)
    assert depot.download("large", tmp_path / "back", len(data)) == sha256(data)
    parts = [asked for asked in lakes[0].requests if "partNumber" in asked.query]
    assert len(parts) == 4


@pytest.mark.skipif(os.name == "nt", reason="the limits of POSIX")
def test_a_full_disk_here_is_no_fault_of_the_store(tmp_path: Path) -> None:
    Depot(tmp_path).write("a", DATA)
    command = [sys.executable, "-c", TAKEN, str(tmp_path), str(tmp_path / "taken")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"error: {tmp_path / 'taken'}: File too large\nhint: make room")


def test_what_was_told_to_stop_stops(tmp_path: Path) -> None:
    depot = Depot(tmp_path)
    depot.write("a", b"1")
    depot.stop()
    with pytest.raises(Refused, match="told to stop"):
        depot.read("a", 1)


# ------------------------------------------------------------------------------------- its names


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("s3://lakes", Bucket("s3", "lakes", "")),
        ("s3://lakes/a/b", Bucket("s3", "lakes", "a/b/")),
        ("gs://lakes/a/", Bucket("gs", "lakes", "a/")),
        ("az://ice/lakes/a", Bucket("az", "ice/lakes", "a/")),
        ("/scratch/cache", Path("/scratch/cache")),
        ("file:///scratch/a%20cache", Path("/scratch/a cache")),
        ("../cache", Path("/specs/../cache")),
    ],
)
def test_the_forms_of_a_location(text: str, found: Location) -> None:
    assert named(text, Path("/specs")) == found


@pytest.mark.parametrize(
    "text",
    [
        *("", "s3://", "s3://me:hidden@lakes/a", "s3://lakes/../a", "s3://lakes//a", "az://lakes"),
        *("https://hidden.org/a", "s3://lakes/a?hidden", "file://hidden/a", "~hidden/a"),
    ],
)
def test_what_is_no_location(text: str) -> None:
    with pytest.raises(ValueError, match=r"must be|another machine|home") as raised:
        named(text, Path("/specs"))
    assert "hidden" not in str(raised.value)
