"""For workers: a process dies of a file of the third of January, hangs on one of the fourth, raises
what no other process can take on one of the fifth, and kills its worker over one of the sixth."""

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
    if "20190106" in path:
        os.kill(os.getppid(), signal.SIGKILL)
        os.kill(os.getpid(), signal.SIGKILL)


sys.addaudithook(hook)
