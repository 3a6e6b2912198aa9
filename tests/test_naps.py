"""Waits of the main thread: a signal that does not wake it is noticed all the same."""

import os
import subprocess
import sys

import pytest
from server import PATIENCE

# The signal is another thread's to take, so that none of the main thread's sleeps is disturbed. It
# is handled in the main thread, as all are in Python: as soon as that one runs again.
PROGRAM = """
import os, signal, threading
from concurrent.futures import Future
from queue import SimpleQueue
from itemcat.naps import first_of, result_of, take

signal.signal(signal.SIGINT, signal.default_int_handler)
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
asleep = threading.Lock()
asleep.acquire()

def interrupt():
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT])
    asleep.acquire()
    os.kill(os.getpid(), signal.SIGINT)

threading.Thread(target=interrupt, daemon=True).start()
try:
    asleep.release()
    {wait}
except KeyboardInterrupt:
    print("interrupted")
"""
WAITS = {
    "queue": "first_of(SimpleQueue())",
    "future": "result_of(Future())",
    "semaphore": "take(threading.Semaphore(0))",
}


@pytest.mark.skipif(os.name == "nt", reason="signals are those of POSIX")
@pytest.mark.parametrize("wait", WAITS.values(), ids=WAITS.keys())
def test_a_signal_that_wakes_nobody_is_noticed(wait: str) -> None:
    program = PROGRAM.format(wait=wait)
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=PATIENCE)
    assert (done.stdout, done.stderr) == ("interrupted\n", "")
