"""Builds that kill themselves at the n-th thing they do to a disk: every point of a build in turn.

The program reads one JSON line a build (`folder`, `cache`, `at`, `roots`) and answers with the
line `killed` or `done`. It forks for each build, so that the libraries are loaded once.
"""

import json
import os
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock
from typing import Any

from itemcat.options import Options
from itemcat.pipeline import build
from itemcat.readers import raster, thumbnail

_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_DELETIONS = ("os.remove", "os.rmdir", "shutil.rmtree")
_CHANGES = ("os.rename", "os.mkdir", "os.truncate", "os.chmod", *_DELETIONS)
assert raster and thumbnail  # loaded before the first fork


def die_at(number: int, roots: list[str]) -> None:
    """Let this process die just before its n-th change to a file or folder below `roots`."""
    lock, left = Lock(), number

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal left
        is_write = event == "open" and arguments[2] & _WRITES
        if not (is_write or event in _CHANGES):
            return
        path = str(arguments[0])
        # As rmtree does it: by a name in a folder that is open.
        is_below_open_folder = event in _DELETIONS and not Path(path).is_absolute()
        if not (is_below_open_folder or path.startswith(tuple(roots))):
            return
        with lock:
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)


def main() -> None:
    for line in sys.stdin:
        order = json.loads(line)
        child = os.fork()
        if child == 0:
            die_at(order["at"], order["roots"])
            options = Options(cache_dir=Path(order["cache"]))
            build(order["folder"], options, executor=lambda _: ThreadPoolExecutor(1))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        is_killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
        assert is_killed or status == 0, status
        sys.stdout.write("killed\n" if is_killed else "done\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
