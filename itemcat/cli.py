"""The command line, from arguments to an exit code. With nothing to do it ends here, at once."""

import argparse
import gc
import io
import os
import signal
import sys
from types import FrameType

from itemcat.arguments import parser
from itemcat.errors import ItemcatError, MachineError
from itemcat.glance import finished, up_to_date


def main(argv: list[str] | None = None) -> int:
    """Run a command, and return its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal may not know every sign of a title
            stream.reconfigure(errors="backslashreplace")
    arguments = parser().parse_args(argv)
    gc.set_threshold(500_000)  # a build makes many objects that stay, and few circles
    signal.signal(signal.SIGTERM, _terminate)
    try:
        return _run(arguments)
    except ItemcatError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt as interrupt:
        for number in (signal.SIGINT, signal.SIGTERM):  # pressed again, while Python tidies up
            signal.signal(number, signal.SIG_DFL)
        code = interrupt.args[0] if interrupt.args else 130
        print("interrupted: what was fetched and read is kept", file=sys.stderr)
        return int(code)
    except BrokenPipeError:  # the reader of a pipe has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        what = error.strerror or str(error)
        print(MachineError(str(error.filename or "the machine"), what), file=sys.stderr)
        return MachineError.exit_code


def _run(arguments: argparse.Namespace) -> int:
    if _may_be_idle(arguments) and (found := finished(arguments.spec, arguments.cache_dir)):
        if not arguments.quiet:
            print(up_to_date(len(found[1])))
        return 0
    if run := getattr(arguments, "run", None):
        return int(run(arguments))
    from itemcat.commands import COMMANDS  # noqa: PLC0415 (imports what has something to do)

    return COMMANDS[arguments.command](arguments)


def _may_be_idle(arguments: argparse.Namespace) -> bool:
    """Whether a line says it all where nothing has changed since the last build."""
    asked = vars(arguments)
    is_plan = asked.get("command") in ("build", "status")
    more = ("refresh", "reread", "remote", "report", "json", "verbose")
    return is_plan and not any(asked.get(name) for name in more)


def _terminate(signum: int, _frame: FrameType | None) -> None:
    """SIGTERM ends a build as Ctrl-C does, with 128 + its number (POSIX shells' convention)."""
    raise KeyboardInterrupt(128 + signum)
