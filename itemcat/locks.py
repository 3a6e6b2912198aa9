"""Locks among threads and processes: the kernel's own, which it frees when their holder dies."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from errno import ENOLCK, ENOSYS, ENOTSUP, EOPNOTSUPP
from pathlib import Path
from threading import RLock

from itemcat.disk import guarded, is_forbidden
from itemcat.errors import MachineError
from itemcat.files import sha256

SWEEPING = "sweeping"  # the lock of whoever deletes what nobody needs
_LOOK_AGAIN = 0.5  # seconds between two calls of `on_wait`
_UNKNOWN = frozenset({ENOSYS, ENOLCK, EOPNOTSUPP, ENOTSUP})

Free = Callable[[], None]


class Locks:
    """The locks of one folder, by name. Methods raise MachineError when the disk refuses.

    In a folder that may only be read, or whose file system knows no locks, nobody is kept out;
    the latter is said once, with what it costs.
    """

    def __init__(self, folder: Path, say: Callable[[str], None]) -> None:
        self._folder = folder
        self._say = say
        self._one_at_a_time = RLock()
        self._are_real: bool | None = None

    @property
    def are_missing(self) -> bool:
        """Whether it has turned out that there are no locks here."""
        return self._are_real is False

    @contextmanager
    def hold(self, name: str, on_wait: Callable[[], None] | None = None) -> Iterator[None]:
        """Hold the lock of this name against all other threads and processes.

        While somebody else holds it, `on_wait` is called now and again, and may raise to give up.
        """
        while (free := self._take(self._path(name), _LOOK_AGAIN)) is None:
            if on_wait is not None:
                on_wait()
        try:
            yield
        finally:
            free()

    @contextmanager
    def hold_unswept(self, name: str, on_wait: Callable[[], None] | None = None) -> Iterator[None]:
        """Hold the lock of this name while nobody sweeps; others may be taken inside."""
        free = None
        while free is None:
            with self.hold(name, on_wait):
                pass  # now it is our turn, or that of somebody who is faster
            with self.hold(SWEEPING, on_wait):
                free = self._take(self._path(name))
        try:
            yield
        finally:
            free()

    def are_held(self) -> bool:
        """Whether anybody holds one of them but that for sweeping."""
        for path in self.files():
            free = self._take(path)
            if free is None:
                return True
            free()
        return False

    def files(self) -> list[Path]:
        """The files of all locks but that for sweeping."""
        return sorted(set(self._folder.glob("*")) - {self._path(SWEEPING)})

    def _path(self, name: str) -> Path:
        return self._folder / sha256(name.encode("utf-8", "surrogatepass"))

    def _take(self, path: Path, timeout: float = 0.0) -> Free | None:
        """Take a lock, waiting so many seconds at most; None when somebody else holds it."""
        with self._one_at_a_time:
            if self._are_real is None:
                self._are_real = self._look()
        if not self._are_real:
            return lambda: None
        # Only here, for where there are no locks it makes do with files that outlive a kill.
        import filelock  # noqa: PLC0415 - costs time that a build with nothing to do has not

        lock = filelock.FileLock(path)
        with guarded(path), suppress(filelock.Timeout):
            lock.acquire(timeout=timeout)
            return lock.release
        return None

    def _look(self) -> bool:
        """Whether there are locks here."""
        try:
            with guarded(self._folder):
                self._folder.mkdir(parents=True, exist_ok=True)
                if _are_known(self._folder):
                    return True
        except MachineError as error:
            if not is_forbidden(error):
                raise
        else:
            self._say(
                f"the file system of {self._folder.parent} knows no locks: builds at the same time "
                "may fetch a file twice and get in each other's way, and a cut download starts anew"
            )
        return False


def _are_known(folder: Path) -> bool:
    """Whether the file system of a folder knows the kernel's locks; some network folders do not."""
    try:
        import fcntl  # noqa: PLC0415
    except ImportError:  # Windows has other locks, on every file system
        return True
    import tempfile  # noqa: PLC0415

    with tempfile.TemporaryFile(dir=folder) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in _UNKNOWN:
                raise
            return False
    return True
