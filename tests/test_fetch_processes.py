"""Fetching by processes that are killed, held up and measured, and by threads that are stopped."""

import signal
import subprocess
import sys
import threading
from collections.abc import Callable

import pytest
from fetching import IMPATIENT, asset, content
from server import PATIENCE, Fault, Hold, Server

from itemcat import files
from itemcat.cache import Cache
from itemcat.errors import FetchError
from itemcat.fetch import Fetcher

PROGRAM = """
import re, resource, sys
from pathlib import Path
from itemcat.cache import Cache
from itemcat.errors import ItemcatError
from itemcat.fetch import Fetcher
from itemcat.model import Asset
def most_memory():  # in KiB; what getrusage tells is at least what the parent had
    return int(re.search(r"VmHWM:\\s*(\\d+) kB", Path("/proc/self/status").read_text())[1])
root, url, largest_file = sys.argv[1:]
resource.setrlimit(resource.RLIMIT_FSIZE, (int(largest_file), int(largest_file)))
with Fetcher(Cache(Path(root))) as fetcher:
    before = most_memory()
    print("ready", flush=True)
    try:
        blob = fetcher.fetch(Asset("a.tif", url))
    except ItemcatError as error:
        sys.exit(f"{type(error).__name__} {error}")
    print(blob.sha256, most_memory() - before, flush=True)
"""
IN_FLIGHT = 20_000_000  # bytes; more than the kernel's buffers take, so that some were written


def process(cache: Cache, server: Server, largest_file: int = 1 << 30) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", PROGRAM, str(cache.root), server.url("a.tif")]
    pipe = subprocess.PIPE
    return subprocess.Popen([*command, str(largest_file)], stdout=pipe, stderr=pipe, text=True)


def line(running: "subprocess.Popen[str]") -> list[str]:
    """The next line that a process prints, in words."""
    assert running.stdout is not None
    return running.stdout.readline().split()


@pytest.fixture
def put(server: Server) -> Callable[[int], bytes]:
    """Serve so many bytes."""

    def put(size: int) -> bytes:
        data = (bytes(range(1, 252)) * (size // 251 + 1))[:size]
        server.put("a.tif", data, etag='"v1"')
        return data

    return put


def test_a_killed_download_goes_on_where_it_was(
    cache: Cache, server: Server, put: Callable[[int], bytes]
) -> None:
    data = put(IN_FLIGHT + 1_000_000)
    hold = Hold(after=IN_FLIGHT)
    server.fault("a.tif", Fault(hold=hold))
    with process(cache, server) as running:
        assert hold.reached.wait(PATIENCE)
        running.send_signal(signal.SIGKILL)
    hold.go.set()
    kept = cache.part(server.url("a.tif")).stat().st_size
    assert kept > 0
    with Fetcher(cache, patience=IMPATIENT) as fetcher:
        blob = fetcher.fetch(asset(server.url("a.tif")))
    assert content(cache, blob.sha256) == data
    [_, rest] = server.requests
    assert (rest.status, rest.sent) == (206, len(data) - kept)


def test_stop_ends_a_transfer_that_can_be_resumed(
    cache: Cache, server: Server, put: Callable[[int], bytes]
) -> None:
    data = put(IN_FLIGHT + 1_000_000)
    hold = Hold(after=IN_FLIGHT)
    server.fault("a.tif", Fault(hold=hold))
    errors = []
    with Fetcher(cache, patience=IMPATIENT) as fetcher:

        def work() -> None:
            try:
                fetcher.fetch(asset(server.url("a.tif")))
            except FetchError as error:
                errors.append(error.what)

        thread = threading.Thread(target=work)
        thread.start()
        assert hold.reached.wait(PATIENCE)
        fetcher.stop()
        hold.go.set()
        thread.join(PATIENCE)
    assert errors == ["stopped before it was complete"]
    with Fetcher(cache, patience=IMPATIENT) as fetcher:
        blob = fetcher.fetch(asset(server.url("a.tif")))
    assert content(cache, blob.sha256) == data
    assert server.requests[1].status == 206


def test_two_processes_fetch_a_url_once(
    cache: Cache, server: Server, put: Callable[[int], bytes]
) -> None:
    data = put(1_000_000)
    hold = Hold(after=1000)
    server.fault("a.tif", Fault(hold=hold))
    with process(cache, server) as first, process(cache, server) as second:
        assert line(first) == line(second) == ["ready"]
        assert hold.reached.wait(PATIENCE)
        hold.go.set()
        assert line(first)[0] == line(second)[0] == files.sha256(data)
    assert server.sent("a.tif") == len(data)


def test_what_another_thread_fetched_meanwhile_is_not_asked_for(
    cache: Cache, server: Server
) -> None:
    server.put("a.tif", b"without validators")
    hold = Hold(after=5)
    server.fault("a.tif", Fault(hold=hold))
    second_looked = threading.Event()

    class Watched(Cache):
        def lock(self, name, on_wait=None):  # type: ignore[no-untyped-def]
            if threading.current_thread().name == "second":
                second_looked.set()
            return super().lock(name, on_wait)

    blobs = []
    with Fetcher(Watched(cache.root), patience=IMPATIENT) as fetcher:

        def work() -> None:
            blobs.append(fetcher.fetch(asset(server.url("a.tif"))))

        first = threading.Thread(target=work, name="first")
        second = threading.Thread(target=work, name="second")
        first.start()
        assert hold.reached.wait(PATIENCE)
        second.start()
        assert second_looked.wait(PATIENCE)
        hold.go.set()
        first.join(PATIENCE)
        second.join(PATIENCE)
        assert fetcher.blobs_reused == 1
    assert len(set(blobs)) == 1
    assert len(server.requests) == 1


def test_a_disk_that_takes_no_more_is_an_error_of_the_machine(
    cache: Cache, server: Server, put: Callable[[int], bytes]
) -> None:
    put(1_000_000)
    with process(cache, server, largest_file=300_000) as running:
        _, complaint = running.communicate()
    assert running.returncode == 1
    assert complaint.startswith(f"MachineError error: {cache.root}")
    assert "File too large" in complaint
    assert len(server.requests) == 1


def test_memory_stays_small(cache: Cache, server: Server, put: Callable[[int], bytes]) -> None:
    data = put(200_000_000)
    with process(cache, server) as running:
        assert line(running) == ["ready"]
        sha256, growth = line(running)
    assert sha256 == files.sha256(data)
    assert 0 < int(growth) < 32 * 1024  # KiB
