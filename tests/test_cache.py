"""The cache: real files, real processes."""

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from itemcat import files
from itemcat.cache import Cache
from itemcat.errors import MachineError
from itemcat.glance import default_root
from itemcat.model import Blob, Validators

URL = "https://example.org/a.tif"


def kept(cache: Cache, data: bytes, url: str = URL) -> Blob:
    """A blob with these bytes, adopted and pointed to."""
    blob = Blob(files.sha256(data), len(data), Validators('"v1"', None))
    part = cache.part(url)
    part.parent.mkdir(parents=True, exist_ok=True)
    part.write_bytes(data)
    cache.adopt(part, blob.sha256)
    cache.point(url, blob)
    return blob


def all_bytes(root: Path) -> bytes:
    """Every name and every byte below a folder."""
    found = [path for path in root.rglob("*") if path.is_file()]
    return b"\n".join(str(path).encode() + b"\n" + path.read_bytes() for path in found)


def test_a_cache_that_is_only_asked_writes_nothing(cache: Cache) -> None:
    assert cache.pointer(URL) is None
    assert cache.blob("0" * 64) is None
    assert cache.record("key") is None
    assert cache.state("name") is None
    cache.forget(URL)
    assert not cache.root.exists()


def test_an_adopted_blob_is_read_only_under_its_digest(cache: Cache) -> None:
    blob = kept(cache, b"bytes")
    path = cache.blob(blob.sha256, 5)
    assert path == cache.root / "sha256" / blob.sha256[:2] / blob.sha256
    assert path.read_bytes() == b"bytes"
    assert path.stat().st_mode & 0o777 == 0o444
    assert not cache.part(URL).exists()


def test_adopting_heals_a_damaged_blob(cache: Cache) -> None:
    blob = kept(cache, b"bytes")
    path = cache.blob(blob.sha256)
    assert path is not None
    path.chmod(0o644)
    path.write_bytes(b"wrong")
    kept(cache, b"bytes")
    assert path.read_bytes() == b"bytes"


@pytest.mark.parametrize("name", ["../../etc/passwd", "", "A" * 64, "0" * 63, "0" * 64 + "\n"])
def test_what_is_no_digest_is_no_blob(cache: Cache, name: str) -> None:
    kept(cache, b"bytes")
    assert cache.blob(name) is None


def test_a_pointer_comes_back_whole(cache: Cache) -> None:
    blob = kept(cache, b"bytes")
    assert Cache(cache.root).pointer(URL) == blob
    assert cache.pointer(URL + "?download=1") is None


def test_a_glimpse_comes_back_beside_a_download(cache: Cache) -> None:
    blob, seen = kept(cache, b"bytes"), Blob(None, 7, Validators('"v2"', None))
    assert cache.glimpse(URL) is None
    cache.keep_glimpse(f"{URL}?token=hunter2", seen)
    assert Cache(cache.root).glimpse(URL) == seen
    assert cache.pointer(URL) == blob
    assert b"hunter2" not in all_bytes(cache.root)
    cache.forget(URL)
    assert cache.glimpse(URL) is None


def test_a_glimpse_that_somebody_changed_is_none(cache: Cache) -> None:
    cache.keep_glimpse(URL, Blob(None, 7, Validators('"v2"', None)))
    [path] = (cache.root / "urls").glob("*.json")
    path.write_bytes(path.read_bytes().replace(b"v2", b"v3"))
    assert cache.glimpse(URL) is None


def test_a_pointer_without_its_blob_is_none(cache: Cache) -> None:
    blob = kept(cache, b"bytes")
    path = cache.blob(blob.sha256)
    assert path is not None
    path.chmod(0o644)
    path.write_bytes(b"byte")
    assert cache.pointer(URL) is None
    path.unlink()
    assert cache.pointer(URL) is None


def test_a_forgotten_url_is_unknown_and_its_blob_stays(cache: Cache) -> None:
    blob = kept(cache, b"bytes")
    cache.forget(URL)
    assert cache.pointer(URL) is None
    assert cache.blob(blob.sha256) is not None


def test_secrets_make_no_difference_and_reach_no_file(cache: Cache) -> None:
    blob = kept(
        cache, b"bytes", "https://me:hunter2@example.org/a.tif?token=hunter2&page=1#hunter2"
    )
    assert cache.pointer("https://example.org/a.tif?page=1") == blob
    assert cache.pointer("https://other:pw@example.org/a.tif?token=later&page=1") == blob
    assert b"hunter2" not in all_bytes(cache.root)


@pytest.mark.parametrize(
    "garbage",
    [
        b"",
        b"\xff\xfe",
        b"{",
        b"[]",
        b"null",
        b"[" * 200_000,
        b'{"url": "https://example.org/a.tif"}',
        b'{"url": "https://example.org/a.tif", "sha256": "../x", "size": 5}',
        b'{"url": "https://example.org/a.tif", "sha256": 7, "size": "5"}',
    ],
)
def test_garbage_counts_as_absent(cache: Cache, garbage: bytes) -> None:
    kept(cache, b"bytes")
    cache.keep_glimpse(URL, Blob(None, 7, Validators('"v2"')))
    cache.keep_record("key", '{"a": 1}')
    cache.keep_state("name", {"a": 1})
    for path in cache.root.rglob("*.json"):
        path.write_bytes(garbage)
    assert cache.pointer(URL) is None
    assert cache.glimpse(URL) is None
    assert cache.record("key") is None
    assert cache.state("name") is None


def test_a_pointer_under_another_urls_name_is_not_believed(cache: Cache) -> None:
    kept(cache, b"bytes")
    [mine] = (cache.root / "urls").rglob("*.json")
    kept(cache, b"other", "https://example.org/b.tif")
    [theirs] = set((cache.root / "urls").rglob("*.json")) - {mine}
    theirs.replace(mine)
    assert cache.pointer(URL) is None


def test_records_and_states_come_back(cache: Cache) -> None:
    record = '{"crs": "EPSG:32623", "name": "Grönland", "shape": [2, 3]}'
    cache.keep_record("digest raster 1", record)
    cache.keep_state("spec", {"files": [["a", 1]]})
    cache.keep_state("other", [1, 2])
    again = Cache(cache.root)
    assert again.record("digest raster 1") == record
    assert again.record("digest raster 2") is None
    assert again.state("spec") == {"files": [["a", 1]]}
    assert again.state("other") == [1, 2]


def test_nothing_is_left_in_the_staging_folder(cache: Cache) -> None:
    kept(cache, b"bytes")
    cache.keep_record("key", "{}")
    assert list(cache.staging.iterdir()) == []


def test_a_cache_that_cannot_be_written_is_an_error_of_the_machine(tmp_path: Path) -> None:
    (tmp_path / "taken").write_bytes(b"a file where a folder should be")
    cache = Cache(tmp_path / "taken")
    with pytest.raises(MachineError) as caught:
        cache.keep_state("name", 1)
    assert str(tmp_path / "taken") in caught.value.where
    assert caught.value.exit_code == 3
    with pytest.raises(MachineError), cache.lock("name"):
        pass


def test_the_default_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ITEMCAT_CACHE_DIR", str(tmp_path / "named"))
    assert default_root() == tmp_path / "named"
    monkeypatch.delenv("ITEMCAT_CACHE_DIR")
    assert default_root().is_relative_to(tmp_path)
    assert "itemcat" in default_root().name.lower()


def test_importing_the_cache_imports_nothing_heavy() -> None:
    code = "import itemcat.cache, sys; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    ).stdout.split()
    assert not {"requests", "filelock", "platformdirs", "asyncio", "yaml"} & set(loaded)


# ------------------------------------------------------------------------------------- the lock

HOLDER = """
import sys
from pathlib import Path
from itemcat.cache import Cache
with Cache(Path(sys.argv[1])).lock("name"):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_lock_keeps_other_processes_out_until_its_holder_is_killed(cache: Cache) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(cache.root)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        waits = []

        def on_wait() -> None:
            waits.append(holder.poll())
            holder.kill()

        with cache.lock("name", on_wait):
            assert waits[0] is None
    assert holder.returncode != 0


def test_a_wait_for_a_lock_can_be_given_up(cache: Cache) -> None:
    def give_up() -> None:
        raise InterruptedError

    outcome = []

    def second() -> None:
        try:
            with cache.lock("name", give_up):
                outcome.append("held")
        except InterruptedError:
            outcome.append("given up")

    with cache.lock("name"), cache.lock("another name"):
        thread = threading.Thread(target=second)
        thread.start()
        thread.join(20)
    assert outcome == ["given up"]
