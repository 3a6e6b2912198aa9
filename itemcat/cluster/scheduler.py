"""The connection to a scheduler of dask.distributed, as an `Executor`."""

import logging
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager, suppress
from typing import Any, TypeVar
from uuid import uuid4

from itemcat.errors import MachineError, UsageError

T = TypeVar("T")
Say = Callable[[str], None]
_CONNECT = 5  # seconds to wait for a scheduler
LONGEST = 600.0  # seconds without a worker; queues and clouds take their time to give one
_KEPT = "run the same command again; what was fetched and read is kept"


def connect(address: str, say: Say) -> "Scheduler":
    """The workers of the scheduler at an address such as `tcp://host:8786`.

    `say` is told when there are none. With `tls://` the certificates are those of dask's own
    configuration. Raises MachineError where no scheduler answers, UsageError without the library.
    """
    return Scheduler(_client(address), say)


def local_cluster(workers: int, say: Say) -> "Scheduler":
    """So many workers on this machine, each a process, which end with the executor."""
    library = _library()
    try:
        with _deaf():
            cluster = library.LocalCluster(
                n_workers=workers,
                threads_per_worker=1,
                memory_limit=0,
                dashboard_address=":0",
                silence_logs=logging.CRITICAL,
            )
    except (OSError, RuntimeError) as error:
        raise MachineError("dask:local-cluster", f"cannot be started: {error}") from error
    return Scheduler(_client(cluster.scheduler_address), say, cluster.close)


def adopted(made: object, say: Say) -> object:
    """What somebody has made, or the workers of the dask client that it is or stands for.

    Futures of dask's own executor never end when their result is lost with the connection.
    """
    if "distributed" not in sys.modules:
        return made
    library = _library()
    client = made if isinstance(made, library.Client) else None
    if isinstance(made, library.cfexecutor.ClientExecutor):
        client = made._client
    return Scheduler(client, say) if client else made


class Scheduler(Executor):
    """The workers of a client's scheduler; `close` is called when the client is closed."""

    def __init__(self, client: Any, say: Say, close: Callable[[], object] = lambda: None) -> None:
        self._client = client
        self._say = say
        self._has_said = False
        self._close = close
        self._name = str(client.scheduler.address)

    def submit(self, work: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        """Run `work` on some worker; where one dies, another takes over.

        The future raises MachineError where the scheduler is lost. The worker imports what it runs
        by name when it does, for a message with a function that it has not got would end it.
        """
        code = f"__import__({work.__module__!r}, fromlist=['*']).{work.__name__}(*args, **kwargs)"
        names = {"args": args, "kwargs": kwargs}
        future: Future[T] = Future()
        future.set_running_or_notify_cancel()  # nobody can tell here whether it is
        remote = self._client.submit(eval, code, names, key=f"itemcat-{uuid4().hex}")
        self._client.loop.add_callback(self._settle, future, remote)
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Leave the cluster to itself, and what was not done undone, whatever the flags are."""
        with suppress(Exception):  # it may have gone before
            self._client.close(timeout=_CONNECT)
        with suppress(Exception):
            self._close()

    def watch(self, silence: float) -> None:
        """Look for workers, since nothing has come back for so many seconds.

        Raises MachineError when there have been none for too long, or no word of the scheduler.
        """
        ask = self._client.scheduler.ncores
        try:
            missing = "" if self._client.sync(ask, callback_timeout=_CONNECT) else "has no worker"
        except (OSError, TimeoutError):
            missing = "does not answer"
        if missing and silence > LONGEST:
            what = f"the scheduler {missing}, and has not for {silence / 60:.0f} minutes"
            raise MachineError(self._name, what, f"see to it, and {_KEPT}")
        if missing and not self._has_said:
            self._has_said = True
            self._say(f"{self._name} {missing}: waiting")

    async def _settle(self, future: Future[Any], remote: Any) -> None:
        """Runs in the client's own thread, which ends with it, whatever is still awaited there."""
        try:
            result = await remote.result()
        except Exception as error:  # noqa: BLE001 (that of the work, or of the connection)
            lost = MachineError(self._name, "the scheduler has gone, with all its work", _KEPT)
            future.set_exception(error if remote.status == "error" else lost)
        else:
            future.set_result(result)


@contextmanager
def _deaf() -> Iterator[None]:
    """What is started here does not hear Ctrl-C; the build ends it itself."""
    if threading.current_thread() is not threading.main_thread():  # where signals are not heard
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _client(address: str) -> Any:
    library = _library()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of other versions, which we compare ourselves
            return library.Client(address, timeout=_CONNECT, set_as_default=False)
    except (OSError, ValueError, TypeError) as error:
        hint = "start one with `dask scheduler`, or check the address"
        raise MachineError(address, f"no dask scheduler answers ({error})", hint) from error


def _library() -> Any:
    try:
        import distributed  # noqa: PLC0415 (an extra)
        import distributed.cfexecutor  # noqa: PLC0415
    except ImportError:
        what = "needs the library dask.distributed, which is not installed"
        raise UsageError("dask", what, 'install it with `pip install "itemcat[dask]"`') from None
    # What is wrong comes back as an error; the library would tell it a second time.
    for name in logging.root.manager.loggerDict:
        if name.partition(".")[0] == "distributed":
            logging.getLogger(name).setLevel(logging.CRITICAL)
    return distributed
