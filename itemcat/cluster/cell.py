"""A process of its own, in which a worker has done what may crash or hang.

So a file that ends its reader is known by name, and costs neither the worker nor the other files
of its batch. A worker has one cell for each of its threads. `main` is what runs in there: it reads
calls from its standard input and writes answers. Workers import this module, hence nothing heavy
at the top.
"""

import faulthandler
import os
import pickle
import platform
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import IO, Any, BinaryIO, cast

from itemcat.crossing import carried, crashed, hung
from itemcat.errors import MachineError

_IDLE = 60.0  # seconds after which a cell that nobody needs is ended
_START = 300.0  # seconds to load its libraries, which shared file systems may take
_GRACE = 1.0  # seconds for a process to end by itself
_ENDED = (OSError, EOFError, pickle.UnpicklingError)  # what talking to one raises that has ended
_HUNG = 1  # the exit code of a process whose time limit has run out (faulthandler)
_own = threading.local()
_limit = 0.0  # seconds for the call that this process, a cell, is at; 0 where it is none


def packed(work: Callable[..., Any], *args: Any, **kwargs: Any) -> bytes:
    """A call as it travels."""
    return pickle.dumps((work, args, kwargs))


def unpacked(answer: bytes) -> tuple[bool, Any]:
    """Whether the answer to a call is an error, and the error or the result."""
    found: tuple[bool, Any] = pickle.loads(answer)  # noqa: S301 (of our own worker)
    return found


def bundled(pieces: list[bytes]) -> bytes:
    """The calls of a batch, or their answers, as one object.

    For dask takes a list apart and sends each of its items on its own.
    """
    return pickle.dumps(pieces)


def unbundled(data: bytes) -> list[bytes]:
    """The calls, or the answers, that are in there."""
    found: list[bytes] = pickle.loads(data)  # noqa: S301 (of our own worker, or its build)
    return found


def perform(terms: bytes, limit: float, calls: bytes) -> bytes:
    """Do the calls of a batch, and give their answers, both bundled. Runs in a worker.

    `terms` is a call that each new cell has to do first; what it raises is raised. A call may take
    `limit` seconds.
    """
    cell: Cell | None = getattr(_own, "cell", None)
    if cell is None or cell.terms != terms:
        if cell:  # of another build, maybe one that takes turns with this one
            cell.end()
        _own.cell = cell = Cell(terms)
    return bundled(cell.perform(limit, unbundled(calls)))


class Cell:
    """The process, started when there is something to do, and started anew when it has ended."""

    def __init__(self, terms: bytes) -> None:
        self.terms = terms
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        self._idle = threading.Timer(_IDLE, self.end)

    def perform(self, limit: float, calls: Sequence[bytes]) -> list[bytes]:
        """The answers to these calls. Raises what the terms raise."""
        with self._lock:
            self._idle.cancel()
            try:
                self._begin()
                return [self._answer(limit, call) for call in calls]
            finally:
                self._idle = threading.Timer(_IDLE, self.end)
                self._idle.daemon = True
                self._idle.start()

    def _begin(self) -> "subprocess.Popen[bytes]":
        """A process that has agreed to the terms. Raises MachineError where none can be had."""
        if self._process and self._process.poll() is None:
            return self._process
        self._stop()
        process = self._process = _started()
        try:
            is_error, value = unpacked(_asked(process, _START, self.terms))
        except _ENDED:
            end = _signal(code := self._stop()) or f"exit code {code}"
            what = f"its process ended while it loaded its libraries ({end})"
            hint = "see whether `python -c 'import rasterio'` works there, and in how much memory"
            raise MachineError(_here(), what, hint) from None
        if is_error:
            self._stop()
            raise value
        return process

    def _answer(self, limit: float, call: bytes) -> bytes:
        try:
            return _asked(self._begin(), limit, call)
        except _ENDED:
            code = self._stop()
        error = hung("a file", limit) if code == _HUNG else crashed("a file", _signal(code))
        return pickle.dumps((True, error))

    def _stop(self) -> int:
        """End the process, if there is one; its exit code."""
        process, self._process = self._process, None
        if process is None:
            return 0
        with suppress(OSError):  # what it was not told any more
            cast(IO[bytes], process.stdin).close()
        try:
            code = process.wait(_GRACE)  # one that is at the end of its life
        except subprocess.TimeoutExpired:
            process.kill()
            code = process.wait()
        cast(IO[bytes], process.stdout).close()
        return code

    def end(self) -> None:
        """Nobody needs the process for now."""
        self._idle.cancel()
        with self._lock:
            self._stop()

    def __del__(self) -> None:
        """The thread whose cell this is has ended."""
        self.end()


def _started() -> "subprocess.Popen[bytes]":
    path = os.pathsep.join(filter(None, sys.path))  # what is importable here is there
    try:
        return subprocess.Popen(
            [sys.executable, "-P", "-c", "from itemcat.cluster.cell import main; main()"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={"OPENBLAS_NUM_THREADS": "1", **os.environ, "PYTHONPATH": path},
        )
    except OSError as error:
        hint = "let the workers have more processes, or fewer threads: each has one of its own"
        raise MachineError(_here(), f"cannot start a process ({error})", hint) from error


def _here() -> str:
    return f"a worker on {platform.node()}"


def _asked(process: "subprocess.Popen[bytes]", limit: float, call: bytes) -> bytes:
    """The answer of a process to a call."""
    calls, answers = cast(IO[bytes], process.stdin), cast(IO[bytes], process.stdout)
    pickle.dump((limit, call), calls)
    calls.flush()
    answer: bytes = pickle.load(answers)  # noqa: S301 (of our own process)
    return answer


def _signal(code: int) -> str:
    return signal.Signals(-code).name if code < 0 else ""


# ----------------------------------------------------------------------------- in the process


@contextmanager
def untimed() -> Iterator[None]:
    """Meanwhile no time limit runs: what is done has its own, as requests do."""
    faulthandler.cancel_dump_traceback_later()
    try:
        yield
    finally:
        if _limit:
            faulthandler.dump_traceback_later(_limit, exit=True)


def main() -> None:
    """Answer calls until there are no more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for whoever waits for the answers
    calls, answers = sys.stdin.buffer, _private(sys.stdout.fileno())
    while True:
        try:
            limit, call = pickle.load(calls)  # noqa: S301 (of our own worker)
        except EOFError:
            return
        pickle.dump(_done(limit, call), answers)
        answers.flush()


def _done(limit: float, call: bytes) -> bytes:
    global _limit  # noqa: PLW0603 (a process has one)
    _limit = limit
    faulthandler.dump_traceback_later(limit, exit=True)
    try:
        work, args, kwargs = pickle.loads(call)  # noqa: S301
        return pickle.dumps((False, work(*args, **kwargs)))
    except Exception as error:  # noqa: BLE001 (whoever asked decides)
        return pickle.dumps((True, carried(error)))
    finally:
        faulthandler.cancel_dump_traceback_later()


def _private(output: int) -> BinaryIO:
    """A copy of the output that no library knows of; what they print goes nowhere."""
    own = os.fdopen(os.dup(output), "wb")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, output)
    os.close(nowhere)
    return own
