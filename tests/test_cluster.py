"""Calls in batches, and the process in which each of them is done."""

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Executor, Future, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from deadly import speechless
from faults import PATIENCE

from itemcat.cluster import Batches, batches
from itemcat.cluster.cell import Cell, bundled, packed, perform, unbundled, unpacked
from itemcat.errors import ItemcatError, MachineError, ReadError

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals are those of POSIX")


def agree() -> None:
    """Terms that suit everybody."""


def refuse() -> None:
    raise MachineError("a worker", "is of another kind")


def one_more(number: int) -> int:
    return number + 1


def own_process() -> int:
    return os.getpid()


def die() -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


def hang() -> None:
    threading.Event().wait()


def chatter() -> str:
    os.write(1, b"a library says something")
    return "done"


def unfit() -> None:
    raise KeyError("a bug")


def answers(cell: Cell, *calls: Callable[[], Any]) -> list[Any]:
    return [unpacked(answer)[1] for answer in cell.perform(2, [packed(call) for call in calls])]


# ---------------------------------------------------------------------------------------- a cell


def test_a_cell_is_one_process_until_a_call_ends_it() -> None:
    first, second, crash, third = answers(
        Cell(packed(agree)), own_process, own_process, die, own_process
    )
    assert first == second != third
    assert os.getpid() not in (first, third)
    assert str(crash) == str(ReadError("a file", "the reader crashed on it (SIGSEGV)", crash.hint))


def test_a_call_that_hangs_is_ended_in_its_time() -> None:
    late, after = answers(Cell(packed(agree)), hang, chatter)
    assert (late.what, after) == ("reading it took more than 2 seconds", "done")


def test_every_error_comes_back() -> None:
    bug, words = answers(Cell(packed(agree)), unfit, partial(speechless, True))
    assert isinstance(bug, KeyError)
    assert "in unfit" in bug.__notes__[0]
    assert words.what == "the reader failed on it: Unspeakable: no words"


def test_a_cell_begins_with_its_terms() -> None:
    cell = Cell(packed(refuse))
    for _ in range(2):
        with pytest.raises(MachineError, match="is of another kind"):
            cell.perform(2, [])


def test_a_cell_that_cannot_begin_is_no_fault_of_a_file() -> None:
    with pytest.raises(MachineError, match=r"while it loaded its libraries \(SIGSEGV\)"):
        Cell(packed(die)).perform(2, [packed(own_process)])


def test_a_cell_that_cannot_be_started_is_none_either(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(MachineError, match=r"cannot start a process \(.*No such file"):
        Cell(packed(agree)).perform(2, [packed(own_process)])


def test_a_cell_that_was_ended_meanwhile_is_started_anew() -> None:
    cell = Cell(packed(agree))
    (first,) = answers(cell, own_process)
    os.kill(first, signal.SIGKILL)
    os.waitid(os.P_PID, first, os.WEXITED | os.WNOWAIT)
    (second,) = answers(cell, own_process)
    assert second != first


# --------------------------------------------------------------------------------------- batches


class Asked(Executor):
    """Does what it is asked for in a thread, and notes how many calls each batch has.

    `before` is called with each batch and may raise.
    """

    def __init__(self, before: Callable[[int], None] = lambda _: None) -> None:
        self._threads = ThreadPoolExecutor(1)
        self._before = before
        self.sizes: list[int] = []
        self.go = threading.Event()

    def submit(self, work: Callable[..., Any], /, *args: Any, **kwargs: Any) -> "Future[Any]":
        return self._threads.submit(self._work, work, args)

    def _work(self, work: Callable[..., Any], args: tuple[Any, ...]) -> Any:
        assert self.go.wait(PATIENCE)
        self.sizes.append(len(unbundled(args[2])))
        self._before(self.sizes[-1])
        return work(*args)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        self.go.set()
        self._threads.shutdown(wait)


@contextmanager
def sending(executor: Executor, terms: Callable[[], None] = agree) -> Iterator[Batches]:
    sender = Batches(executor, "workers", packed(terms), 2)
    try:
        yield sender
    finally:
        sender.shutdown(cancel_futures=True)


def test_many_calls_are_few_batches() -> None:
    executor = Asked()
    with sending(executor) as sender:
        futures = [sender.submit(one_more, number) for number in range(4000)]
        executor.go.set()
        assert [future.result(PATIENCE) for future in futures] == [*range(1, 4001)]
    assert sum(executor.sizes) == 4000
    assert max(executor.sizes) == batches.MOST
    assert executor.sizes[-1] < 5  # to the end all workers have something to do
    assert len(executor.sizes) < 300


def test_a_batch_that_breaks_is_sent_again_call_by_call() -> None:
    def break_once(size: int) -> None:
        if size > 1:
            raise ChildProcessError("killed")

    executor = Asked(break_once)
    with sending(executor) as sender:
        futures = [sender.submit(one_more, number) for number in range(200)]
        executor.go.set()
        assert [future.result(PATIENCE) for future in futures] == [*range(1, 201)]
    assert max(executor.sizes) > 1


def test_an_answer_that_means_nothing_here_costs_its_own_call() -> None:
    """Such as an error of a library that only the workers have."""

    class Foreign(Asked):
        def _work(self, work: Callable[..., Any], args: tuple[Any, ...]) -> Any:
            found = unbundled(super()._work(work, args))
            return bundled(
                [b"cnowhere\nError\n." if unpacked(one)[1] == 1 else one for one in found]
            )

    executor = Foreign()
    executor.go.set()
    with sending(executor) as sender:
        first, second = (sender.submit(one_more, number) for number in (0, 1))
        with pytest.raises(ReadError, match="No module named 'nowhere'"):
            first.result(PATIENCE)
        assert second.result(PATIENCE) == 2


def test_a_call_that_breaks_its_worker_again_is_guilty() -> None:
    def break_all(size: int) -> None:
        if size:
            raise ChildProcessError("killed")

    executor = Asked(break_all)
    executor.go.set()
    with sending(executor) as sender:
        error = sender.submit(one_more, 1).exception(PATIENCE)
    assert isinstance(error, ReadError)
    assert error.what == "its workers died of it, or were killed: ChildProcessError: killed"


def test_an_answer_too_few_leaves_nobody_waiting() -> None:
    class Forgetful(Asked):
        def _work(self, work: Callable[..., Any], args: tuple[Any, ...]) -> Any:
            return bundled(unbundled(super()._work(work, args))[:-1])

    executor = Forgetful()
    executor.go.set()
    with sending(executor) as sender:
        error = sender.submit(one_more, 1).exception(PATIENCE)
    assert isinstance(error, ReadError)


@pytest.mark.parametrize(
    ("raised", "words"),
    [
        (CancelledError(), "workers: has gone, with all its work"),
        (BrokenProcessPool("a process died"), "workers: is broken: BrokenProcessPool: a process"),
        (MachineError("a worker", "has another release"), "a worker: has another release"),
        (ModuleNotFoundError("no itemcat"), "workers: its workers do not understand this itemcat"),
    ],
)
def test_what_ends_one_batch_for_good_ends_all(raised: Exception, words: str) -> None:
    def end(_: int) -> None:
        raise raised

    executor = Asked(end)
    executor.go.set()
    with sending(executor) as sender:
        futures = [sender.submit(one_more, number) for number in range(100)]
        errors = [future.exception(PATIENCE) for future in futures]
        assert all(isinstance(error, MachineError) and words in str(error) for error in errors)
        assert isinstance(sender.submit(one_more, 1).exception(PATIENCE), MachineError)


def test_unfit_workers_are_known_before_there_is_work() -> None:
    executor = Asked()
    executor.go.set()
    with sending(executor, refuse) as sender:
        error = sender.submit(one_more, 1).exception(PATIENCE)
    assert isinstance(error, ItemcatError)
    assert error.what == "is of another kind"


def test_what_the_watch_finds_wrong_ends_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also when it is the watch itself."""
    monkeypatch.setattr(batches, "_SILENCE", 0.01)
    for error in (MachineError("workers", "are gone"), ZeroDivisionError("a bug")):

        def watch(silence: float, error: Exception = error) -> None:
            assert silence > 0
            raise error

        executor = Asked()
        sender = Batches(executor, "workers", packed(agree), 2, watch)
        assert sender.submit(one_more, 1).exception(PATIENCE) is error
        executor.go.set()
        sender.shutdown(cancel_futures=True)


def test_an_executor_that_takes_nothing() -> None:
    executor = ThreadPoolExecutor(1)
    executor.shutdown()
    with sending(executor) as sender:
        error = sender.submit(one_more, 1).exception(PATIENCE)
    assert "workers: takes no work: RuntimeError: cannot schedule" in str(error)


def test_shutdown_waits_for_what_is_under_way() -> None:
    sender = Batches(ThreadPoolExecutor(2), "workers", packed(agree), 2)
    futures = [sender.submit(one_more, number) for number in range(300)]
    sender.shutdown()
    assert all(future.done() for future in futures)


def test_each_thread_of_a_worker_has_a_cell() -> None:
    with ThreadPoolExecutor(2) as threads:
        barrier = threading.Barrier(2)

        def task() -> int:
            barrier.wait(PATIENCE)
            (answer,) = unbundled(perform(packed(agree), 2, bundled([packed(own_process)])))
            return int(unpacked(answer)[1])

        first, second = (threads.submit(task) for _ in range(2))
        assert first.result(PATIENCE) != second.result(PATIENCE)


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks for processes in /proc")
def test_builds_that_take_turns_leave_no_cells_behind() -> None:
    """Two builds at once on the same workers have terms of their own."""

    def process(terms: Callable[[], None]) -> int:
        (answer,) = unbundled(perform(packed(terms), 2, bundled([packed(own_process)])))
        return int(unpacked(answer)[1])

    with ThreadPoolExecutor(1) as threads:
        found = [threads.submit(process, terms).result(PATIENCE) for terms in (agree, chatter) * 2]
        alive = [one for one in found if Path(f"/proc/{one}").exists()]
    assert alive == found[-1:]
