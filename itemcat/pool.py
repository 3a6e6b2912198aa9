"""Worker processes that read files: one that crashes or hangs costs its own file and no other.

`Pool` is an `Executor` like any other; a build takes whichever it is given.
"""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import forkserver
from multiprocessing.context import BaseContext
from pathlib import Path
from typing import Any, TypeVar

from itemcat.crossing import carrying, crashed, hung
from itemcat.errors import ItemcatError, MachineError, UsageError

T = TypeVar("T")
TIME_LIMIT = 300.0  # seconds for one file; one that takes longer hangs


class Pool(Executor):
    """`workers` processes that have the raster reader loaded before they start.

    Work that takes more than `time_limit` seconds is ended together with its process.
    """

    def __init__(self, workers: int, time_limit: float = TIME_LIMIT) -> None:
        import pebble  # noqa: PLC0415 (most builds need no pool)

        _refuse_lost_proj()
        self._time_limit = time_limit
        self._pool = pebble.ProcessPool(workers, context=prepare(), initializer=_ignore)

    def submit(self, work: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        """Run `work` in a process; its future raises what `explained` puts into words."""
        future: Future[T] = self._pool.schedule(
            carrying, (work, *args), kwargs, timeout=self._time_limit
        )
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End the processes: at once with `cancel_futures`, else when their work is done."""
        if cancel_futures:
            self._pool.stop()
        else:
            self._pool.close()
        if wait:
            self._pool.join()
        else:  # pebble looks ten times a second whether they have gone, and nobody has to
            threading.Thread(target=self._pool.join, daemon=True).start()


def prepare() -> BaseContext:
    """The way in which workers start; where that is a fork server, it loads the reader now.

    The sooner, the better: it takes a while, and others can do something else meanwhile.
    """
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    forkserver.set_forkserver_preload(["itemcat.readers.raster"])
    with _hushed(), _single_threaded():
        forkserver.ensure_running()
    return multiprocessing.get_context("forkserver")


def explained(error: BaseException, where: str) -> ItemcatError:
    """What went wrong in a worker, as an error about the asset `where`. A bug comes back raised."""
    if isinstance(error, ItemcatError):
        return type(error)(where, error.what, error.hint)
    import pebble  # noqa: PLC0415

    if isinstance(error, pebble.ProcessExpired | BrokenProcessPool):
        return crashed(where, _cause(error))
    if isinstance(error, TimeoutError):
        return hung(where, error.args[1] if len(error.args) > 1 else TIME_LIMIT)  # as pebble has it
    raise error


def refuse_import() -> None:
    """Raises UsageError in a worker that runs its parent's script, which lacks a main guard."""
    if getattr(multiprocessing.current_process(), "_inheriting", False):
        raise UsageError(
            "itemcat.build",
            "was called while a worker process loaded your script",
            'put the call under `if __name__ == "__main__":`',
        )


def _refuse_lost_proj() -> None:
    """Raises MachineError where the environment leads PROJ away from its database.

    Other programs (QGIS, PostGIS) leave such variables behind; no reader could even be loaded.
    """
    for name in ("PROJ_DATA", "PROJ_LIB"):
        folders = [Path(folder) for folder in os.environ.get(name, "").split(os.pathsep) if folder]
        if folders and not any((folder / "proj.db").exists() for folder in folders):
            what = f"names {os.environ[name]}, where PROJ's database proj.db is not"
            raise MachineError(f"the environment variable {name}", what, f"unset {name}")


@contextmanager
def _hushed() -> Iterator[None]:
    """What is started here has no stderr.

    A worker's errors come back through its futures. What else it would print is of no use: the
    complaints of C libraries about a damaged file, the end of a process that was interrupted.
    """
    saved = os.dup(2)
    try:
        with open(os.devnull, "wb") as nowhere:  # noqa: PTH123 (a device, not a path)
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)


@contextmanager
def _single_threaded() -> Iterator[None]:
    """What is started here does its linear algebra in one thread, for there is one a core.

    OpenBLAS, on which numpy stands, looks once, and its idle threads would spin.
    """
    name = "OPENBLAS_NUM_THREADS"
    before = os.environ.get(name)
    os.environ.setdefault(name, "1")
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]


def _cause(error: BaseException) -> str:
    code = getattr(error, "exitcode", None)
    if isinstance(code, int) and code < 0:
        return signal.Signals(-code).name
    return ""


def _ignore() -> None:
    """Ctrl-C goes to every process of a terminal; the build ends its workers itself."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
