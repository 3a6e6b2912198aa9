"""Many hosts at once, few jobs a host."""

import subprocess
import sys
import threading
from concurrent.futures import CancelledError, Future, wait

import pytest
from fetching import IMPATIENT, asset
from server import PATIENCE, Fault, Hold, Server

from itemcat.cache import Cache
from itemcat.fetch import Fetcher
from itemcat.fetch.lanes import LIMITS, Lanes
from itemcat.model import Blob


def test_zenodo_gets_two() -> None:
    assert LIMITS["zenodo.org"] == 2


@pytest.mark.parametrize(("limit", "most"), [(None, 3), (2, 2), (1, 1)])
def test_a_host_never_has_more_than_its_limit(
    cache: Cache, server: Server, limit: int | None, most: int
) -> None:
    limits = {server.host: limit} if limit else {}
    hold = Hold(after=1)
    jobs: list[Future[Blob]] = []
    with (
        Fetcher(cache, patience=IMPATIENT) as fetcher,
        Lanes(threads=8, limits=limits, default=3) as lanes,
    ):
        for number in range(12):
            server.put(f"{number}.tif", b"%d bytes" % number)
            server.fault(f"{number}.tif", Fault(hold=hold))
            wanted = asset(server.url(f"{number}.tif"))
            jobs.append(lanes.submit(server.host, lambda wanted=wanted: fetcher.fetch(wanted)))
        server.wait_until_busy(most)
        hold.go.set()
    assert len({job.result().sha256 for job in jobs}) == 12
    assert server.most_at_once == most


def test_a_busy_host_holds_no_thread() -> None:
    go = threading.Event()
    with Lanes(threads=2, default=1) as lanes:
        blocked = [lanes.submit("slow.org", lambda: go.wait(PATIENCE)) for _ in range(5)]
        free = [lanes.submit("fast.org", lambda number=number: number) for number in range(5)]
        assert [job.result(PATIENCE) for job in free] == [0, 1, 2, 3, 4]
        assert not any(job.done() for job in blocked)
        go.set()
        assert [job.result(PATIENCE) for job in blocked] == [True] * 5


def test_there_are_no_more_threads_than_jobs_may_run() -> None:
    go = threading.Event()
    with Lanes(threads=8, default=2) as lanes:
        jobs = [lanes.submit("a.org", threading.get_ident) for _ in range(50)]
        jobs += [lanes.submit("b.org", lambda: go.wait(PATIENCE) and threading.get_ident())]
        wait(jobs[:50], PATIENCE)
        go.set()
        assert len({job.result(PATIENCE) for job in jobs}) <= 3


def test_hosts_take_turns() -> None:
    order: list[str] = []
    go = threading.Event()
    with Lanes(threads=1) as lanes:
        lanes.submit("first.org", lambda: go.wait(PATIENCE))
        for host in ("a.org", "a.org", "a.org", "b.org"):
            lanes.submit(host, lambda host=host: order.append(host))
        go.set()
    assert order == ["a.org", "b.org", "a.org", "a.org"]


def test_an_error_belongs_to_its_job() -> None:
    with Lanes(threads=1) as lanes:
        broken = lanes.submit("a.org", lambda: 1 // 0)
        assert lanes.submit("a.org", lambda: 7).result(PATIENCE) == 7
    assert isinstance(broken.exception(), ZeroDivisionError)


def test_a_cancelled_job_does_not_run() -> None:
    ran: list[str] = []
    go = threading.Event()
    with Lanes(threads=1) as lanes:
        lanes.submit("a.org", lambda: go.wait(PATIENCE))
        dropped = lanes.submit("a.org", lambda: ran.append("dropped"))
        assert dropped.cancel()
        go.set()
    assert ran == []


def test_an_interrupt_cancels_what_waits() -> None:
    started, go = threading.Event(), threading.Event()

    def work() -> bool:
        started.set()
        return go.wait(PATIENCE)

    jobs: list[Future[bool]] = []
    with pytest.raises(KeyboardInterrupt), Lanes(threads=1) as lanes:
        jobs += [lanes.submit("a.org", work) for _ in range(3)]
        assert started.wait(PATIENCE)
        raise KeyboardInterrupt
    for job in jobs[1:]:
        with pytest.raises(CancelledError):
            job.result(PATIENCE)
    assert not jobs[0].done()
    go.set()
    assert jobs[0].result(PATIENCE) is True
    with pytest.raises(RuntimeError):
        lanes.submit("a.org", work)


def test_ten_thousand_jobs() -> None:
    with Lanes(threads=4) as lanes:
        jobs = [lanes.submit(f"{number % 50}.org", lambda: 1) for number in range(10_000)]
    assert not wait(jobs, 0).not_done


STUCK = """
import threading
from itemcat.fetch.lanes import Lanes
started = threading.Event()
def work():
    started.set()
    threading.Event().wait()
try:
    with Lanes() as lanes:
        lanes.submit("a.org", work)
        started.wait()
        raise KeyboardInterrupt
except KeyboardInterrupt:
    print("bye")
"""


def test_a_stuck_job_does_not_keep_the_process_alive() -> None:
    done = subprocess.run(
        [sys.executable, "-c", STUCK], check=True, capture_output=True, timeout=PATIENCE
    )
    assert done.stdout == b"bye\n"
