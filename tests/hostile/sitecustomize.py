"""For workers: a process dies of a file of the third of January, hangs on one of the fourth, and
raises what no other process can take on one of the fifth."""

import os
import signal
import sys
import threading


class Stubborn(Exception):
    def __init__(self) -> None:
        super().__init__(threading.Lock())


def hook(event: str, arguments: tuple[object, ...]) -> None:
    if event != "open":
        return
    path = str(arguments[0])
    if "20190103" in path:
        os.kill(os.getpid(), signal.SIGSEGV)
    if "20190104" in path:
        threading.Event().wait()
    if "20190105" in path:
        raise Stubborn


sys.addaudithook(hook)
