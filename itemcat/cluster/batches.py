"""Calls in batches: an `Executor` that sends to another one many calls at a time."""

import pickle
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future
from dataclasses import dataclass
from functools import partial
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from itemcat.cluster.cell import bundled, packed, perform, unbundled, unpacked
from itemcat.errors import ItemcatError, MachineError, ReadError

T = TypeVar("T")
MOST = 64  # calls of a batch
WINDOW = 32  # batches that are under way
_SILENCE = 5.0  # seconds between two looks at workers of whom nothing is heard
_BYTES = 4 << 20  # of a batch's calls, after which no more are added
_KEPT = "run the same command again; what was fetched and read is kept"


@dataclass(frozen=True, slots=True)
class _Call:
    data: bytes
    future: Future[Any]


class Batches(Executor):
    """Sends calls to the workers of `executor`, which is called `name` in messages.

    A batch is at most `MOST` calls, and the fewer the fewer there are, so that all workers have
    something to do to the end. One that breaks is sent again call by call: the guilty one is
    named, and costs the others nothing. What ends them all, as workers with other terms or a
    scheduler that has gone, is a MachineError of each call. `terms` and `limit` are those of
    `cell.perform`; `watch` is called while nothing comes back, with the seconds of silence, and may
    raise to give up.
    """

    def __init__(
        self,
        executor: Executor,
        name: str,
        terms: bytes,
        limit: float,
        watch: Callable[[float], None] = lambda _: None,
    ) -> None:
        self._executor = executor
        self._watch = watch
        self._heard = time.monotonic()
        self._name = name
        self._terms = terms
        self._limit = limit
        self._waiting: deque[_Call] = deque()
        self._alone: deque[_Call] = deque()
        self._under_way: dict[Future[bytes], list[_Call]] = {}
        self._failure: Exception | None = None
        self._is_open = True
        self._events: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._events.put(partial(self._launch, []))  # so that unfit workers are known at once
        self._thread = threading.Thread(target=self._run, name="itemcat-batches", daemon=True)
        self._thread.start()

    def submit(self, work: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        """Run `work` in a worker, which imports it by its name."""
        call = _Call(packed(work, *args, **kwargs), Future())
        self._waiting.append(call)
        if len(self._under_way) < WINDOW:  # otherwise it is seen when a batch comes back
            self._events.put(_look)
        return call.future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Take no more calls; end the workers when all are done, or with `cancel_futures` now."""
        self._events.put(self._cancel if cancel_futures else self._close)
        if wait:
            self._thread.join()

    # -------------------------------------------------------------- in the thread that sends

    def _run(self) -> None:
        while self._is_open or self._waiting or self._alone or self._under_way:
            try:
                self._step()
            except Exception as error:  # noqa: BLE001 (whoever waits for the calls has to know)
                self._fail(error)
        self._executor.shutdown(wait=False)

    def _step(self) -> None:
        try:
            event = self._events.get(timeout=_SILENCE)
        except Empty:
            event = self._listen
        event()
        self._send()

    def _listen(self) -> None:
        """Nothing has come back for a while, though something is under way, or it would end."""
        if not self._under_way:
            self._heard = time.monotonic()
            return
        self._watch(time.monotonic() - self._heard)

    def _close(self) -> None:
        self._is_open = False

    def _cancel(self) -> None:
        self._is_open = False
        for future in self._under_way:
            future.cancel()
        self._fail(MachineError(self._name, "was told to stop", _KEPT))

    def _send(self) -> None:
        if self._failure:
            self._fail(self._failure)
        while len(self._under_way) < WINDOW and (self._alone or self._waiting):
            self._launch([self._alone.popleft()] if self._alone else self._next())

    def _next(self) -> list[_Call]:
        batch = [self._waiting.popleft()]
        size, most = len(batch[0].data), min(MOST, len(self._waiting) // WINDOW)
        while self._waiting and len(batch) < most and size < _BYTES:
            batch.append(self._waiting.popleft())
            size += len(batch[-1].data)
        return batch

    def _launch(self, batch: list[_Call]) -> None:
        data = bundled([call.data for call in batch])
        try:
            future = self._executor.submit(perform, self._terms, self._limit, data)
        except Exception as error:  # noqa: BLE001 (an executor may be anybody's)
            self._waiting.extend(batch)
            how = "is broken" if isinstance(error, BrokenExecutor) else "takes no work"
            self._fail(MachineError(self._name, f"{how}: {_words(error)}", _KEPT))
            return
        self._under_way[future] = batch
        future.add_done_callback(lambda done: self._events.put(partial(self._done, done)))

    def _done(self, future: Future[bytes]) -> None:
        self._heard = time.monotonic()
        batch = self._under_way.pop(future, None)
        if batch is None:
            return
        try:
            answered = [*zip(batch, unbundled(future.result()), strict=True)]
        except CancelledError:
            self._waiting.extend(batch)
            self._fail(MachineError(self._name, "has gone, with all its work", _KEPT))
        except BrokenExecutor as error:
            self._waiting.extend(batch)
            self._fail(MachineError(self._name, f"is broken: {_words(error)}", _KEPT))
        except ItemcatError as error:
            self._waiting.extend(batch)
            self._fail(error)
        except (ImportError, AttributeError, pickle.UnpicklingError) as error:
            self._waiting.extend(batch)
            what = f"its workers do not understand this itemcat: {_words(error)}"
            hint = "install the same release of itemcat on all workers"
            self._fail(MachineError(self._name, what, hint))
        except Exception as error:  # noqa: BLE001 (that of an executor, about its workers)
            self._broken(batch, error)
        else:
            for call, answer in answered:
                _settle(call, answer)

    def _broken(self, batch: list[_Call], error: Exception) -> None:
        """The workers have died of a batch: send its calls again, each alone."""
        if len(batch) != 1:
            self._alone.extend(batch)
            return
        what = f"its workers died of it, or were killed: {_words(error)}"
        batch[0].future.set_exception(ReadError("a file", what, _KEPT))

    def _fail(self, failure: Exception) -> None:
        """Everything that is not done fails, now and later."""
        self._failure = failure
        under_way = [call for batch in self._under_way.values() for call in batch]
        self._under_way.clear()  # from here on `submit` wakes this thread, which drops its call
        for calls in (deque(under_way), self._alone, self._waiting):
            while calls:
                calls.popleft().future.set_exception(failure)


def _look() -> None:
    """There may be something to send."""


def _settle(call: _Call, answer: bytes) -> None:
    try:
        is_error, value = unpacked(answer)
    except Exception as error:  # noqa: BLE001 (of a library that only the workers have)
        what = f"a worker's answer is not understood here: {_words(error)}"
        is_error, value = True, ReadError("a file", what, "install here what the workers have")
    if is_error:
        call.future.set_exception(value)
    else:
        call.future.set_result(value)


def _words(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"[:300]
