import io
import os
import subprocess
import sys

import pytest
from project import Project, raster_bytes
from server import Fault, Hold, Server

from itemcat.progress import Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_pipe_gets_notes_and_no_progress() -> None:
    stream = io.StringIO()
    with Progress(stream, quiet=False) as progress:
        progress.progress(1, 2)
        progress.note("a long wait")
    assert stream.getvalue() == "note: a long wait\n"


def test_a_quick_build_shows_nothing_on_a_terminal() -> None:
    stream = Terminal()
    with Progress(stream, quiet=False) as progress:
        progress.progress(1, 2)
    assert stream.getvalue() == ""


def test_quiet_is_quiet() -> None:
    stream = Terminal()
    with Progress(stream, quiet=True) as progress:
        progress.note("a long wait")
        progress.progress(1, 2)
    assert stream.getvalue() == ""


@pytest.mark.skipif(os.name == "nt", reason="pseudo-terminals are those of POSIX")
def test_a_slow_build_shows_its_progress_on_a_terminal_and_wipes_it(
    project: Project, server: Server
) -> None:
    """A real terminal; the third file comes when the first two are seen to be counted."""
    import pty

    names = ["ice_20190101T000000.tif", "ice_20190102T000000.tif", "ice_20190103T000000.tif"]
    for seed, name in enumerate(names):
        server.put(name, raster_bytes(seed))
    hold = Hold(after=0)
    server.fault(names[2], Fault(hold=hold))
    project.spec("".join(f"  - {server.url(name)}\n" for name in names))
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "itemcat", "build"],
        cwd=project.folder,
        env={**os.environ, "ITEMCAT_CACHE_DIR": str(project.cache)},
        stdout=subprocess.DEVNULL,
        stderr=theirs,
    )
    os.close(theirs)
    shown = b""
    while b"2 of 3 assets ready" not in shown:  # an error where the build ends without a sign
        shown += os.read(ours, 1024)
    hold.go.set()
    assert process.wait(60) == 0
    rest = b""
    try:
        while block := os.read(ours, 1024):
            rest += block
    except OSError:  # Linux tells the end of a terminal as an error
        pass
    assert rest.endswith(b"\r" + b" " * len(b"2 of 3 assets ready") + b"\r")
    os.close(ours)
