"""The connection to a scheduler of dask.distributed, as an `Executor`."""

import logging
import warnings
from collections.abc import Callable
from concurrent.futures import Executor, Future
from contextlib import suppress
from typing import Any, TypeVar

from itemcat.errors import MachineError, UsageError

T = TypeVar("T")
_CONNECT = 5  # seconds to wait for a scheduler


def connect(address: str) -> Executor:
    """The workers of the scheduler at an address such as `tcp://host:8786`.

    With `tls://` the certificates are those of dask's own configuration. Raises MachineError where
    no scheduler answers, UsageError without the library.
    """
    return Scheduler(address)


def local_cluster(workers: int) -> Executor:
    """So many workers on this machine, each a process, which end with the executor."""
    library = _library()
    try:
        cluster = library.LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            memory_limit=0,
            dashboard_address=None,
            silence_logs=logging.CRITICAL,
        )
    except (OSError, RuntimeError) as error:
        raise MachineError("dask:local-cluster", f"cannot be started: {error}") from error
    return Scheduler(cluster.scheduler_address, cluster.close)


class Scheduler(Executor):
    """A client of a scheduler; `close` is called when the client is gone."""

    def __init__(self, address: str, close: Callable[[], object] = lambda: None) -> None:
        library = _library()
        self._close = close
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of other versions, which we compare ourselves
                self._client = library.Client(address, timeout=_CONNECT, set_as_default=False)
        except (OSError, ValueError, TypeError) as error:
            close()
            hint = "start one with `dask scheduler`, or check the address"
            raise MachineError(address, f"no dask scheduler answers ({error})", hint) from error
        self._executor = self._client.get_executor(pure=False)

    def submit(self, work: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        """Run `work` on some worker; where one dies, another takes over."""
        future: Future[T] = self._executor.submit(work, *args, **kwargs)
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Leave the cluster to itself, and what was not done undone; both flags mean nothing."""
        with suppress(Exception):  # it may have gone before
            self._client.close(timeout=_CONNECT)
        with suppress(Exception):
            self._close()


def _library() -> Any:
    try:
        import distributed  # noqa: PLC0415 (an extra)
    except ImportError:
        what = "needs the library dask.distributed, which is not installed"
        raise UsageError("dask", what, 'install it with `pip install "itemcat[dask]"`') from None
    # What is wrong comes back as an error; the library would tell it a second time.
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    return distributed
