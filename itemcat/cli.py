"""The command line: arguments in, results to stdout, the rest to stderr, an exit code out."""

import argparse
import gc
import io
import json
import os
import signal
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from types import FrameType

from itemcat.arguments import parser
from itemcat.cache import cache_at
from itemcat.errors import ItemcatError, MachineError, UsageError, told
from itemcat.options import Options
from itemcat.places import Places
from itemcat.progress import Progress
from itemcat.result import AssetFailures, Result
from itemcat.summary import describe


def main(argv: list[str] | None = None) -> int:
    """Run a command, and return its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal may not know every sign of a title
            stream.reconfigure(errors="backslashreplace")
    arguments = parser().parse_args(argv)
    gc.set_threshold(500_000)  # a build makes many objects that stay, and few circles
    signal.signal(signal.SIGTERM, _terminate)
    try:
        run = getattr(arguments, "run", None) or _COMMANDS[arguments.command]
        return int(run(arguments))
    except ItemcatError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt as interrupt:
        code = interrupt.args[0] if interrupt.args else 130
        print("interrupted: what was fetched and read is kept", file=sys.stderr)
        return int(code)
    except BrokenPipeError:  # the reader of a pipe has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        print(MachineError(str(error.filename or "the machine"), _words(error)), file=sys.stderr)
        return MachineError.exit_code


def _build(arguments: argparse.Namespace) -> int:
    options = Options(
        refresh=arguments.refresh,
        offline=arguments.offline,
        dry_run=arguments.dry_run or arguments.check,
        locked=arguments.locked,
        keep_going=arguments.keep_going,
        reread=arguments.reread,
        cache_dir=arguments.cache_dir,
        executor=arguments.executor,
        **({"jobs": arguments.jobs} if arguments.jobs else {}),
    )
    if arguments.report and not os.access(arguments.report.absolute().parent, os.W_OK):
        what = "cannot be written"
        raise UsageError(str(arguments.report), what, "name another file for --report")
    try:
        result = _run(arguments, options)
    except AssetFailures as failures:
        if arguments.report:
            _write_report(arguments.report, Result(arguments.spec, failures.decisions))
        raise
    if arguments.report:
        _write_report(arguments.report, result)
    for line in describe(result, options, verbose=arguments.verbose, quiet=arguments.quiet):
        print(line)
    if arguments.check and not (result.is_same or result.failures):
        return 1
    return MachineError.exit_code if result.failures else 0


def _status(arguments: argparse.Namespace) -> int:
    options = Options(dry_run=True, refresh=arguments.remote, cache_dir=arguments.cache_dir)
    result = _run(arguments, options)
    if arguments.json:
        print(json.dumps(result.report(), indent=2, ensure_ascii=False))
    else:
        for line in describe(result, options, verbose=arguments.verbose, quiet=arguments.quiet):
            print(line)
    return MachineError.exit_code if result.failures else 0


def _check(arguments: argparse.Namespace) -> int:
    from itemcat.check import Severity  # noqa: PLC0415 (imports libraries)
    from itemcat.inspection import inspect  # noqa: PLC0415
    from itemcat.report import as_json, as_text  # noqa: PLC0415

    with Progress(sys.stderr, quiet=False) as progress:
        inspection = inspect(
            arguments.spec, arguments.cache_dir, remote=arguments.remote, listener=progress
        )
    if arguments.json:
        print(json.dumps(as_json(inspection), indent=2, ensure_ascii=False))
    else:
        for line in as_text(inspection):
            print(line)
    worst = inspection.findings if arguments.strict else inspection.count(Severity.ERROR)
    return int(bool(worst))


def _explain(arguments: argparse.Namespace) -> int:
    from itemcat.explain import as_json, as_text, explain  # noqa: PLC0415 (imports libraries)

    facts = explain(arguments.item, arguments.spec, arguments.cache_dir)
    if arguments.json:
        print(json.dumps(as_json(arguments.item, facts), indent=2, ensure_ascii=False))
        return 0
    for line in as_text(arguments.item, facts):
        print(line)
    return 0


def _publish(arguments: argparse.Namespace) -> int:
    from itemcat.announcement import announce, announce_files  # noqa: PLC0415 (imports libraries)
    from itemcat.automation import automate  # noqa: PLC0415
    from itemcat.publishing import publish  # noqa: PLC0415

    dry_run = arguments.dry_run
    if arguments.workflow:
        automation = automate(arguments.spec, arguments.cache_dir, dry_run=dry_run)
        print(*announce_files(automation, dry_run=dry_run), sep="\n")
        return 0
    with Progress(sys.stderr, quiet=False) as progress:
        publication = publish(arguments.spec, arguments.cache_dir, progress, dry_run=dry_run)
    print(*announce(publication, dry_run=dry_run), sep="\n", flush=True)  # before the notes
    for note in publication.notes:
        print(f"note: {note}", file=sys.stderr)
    return 0


def _cache_info(arguments: argparse.Namespace) -> int:
    from itemcat.upkeep import inventory  # noqa: PLC0415 (imports what reads manifests)

    cache = cache_at(arguments.cache_dir)
    print(cache.root, *inventory(cache), *sorted(map("spec: {}".format, cache.states())), sep="\n")
    return 0


def _cache_verify(arguments: argparse.Namespace) -> int:
    from itemcat.upkeep import corrupted  # noqa: PLC0415

    cache = cache_at(arguments.cache_dir)
    found = 0
    for path in corrupted(cache):
        found += 1
        print(f"corrupted: {path}")
        if arguments.repair:
            cache.set_aside(path)
    done = "set aside, to be fetched anew" if arguments.repair else "--repair sets them aside"
    print(f"{found} corrupted: {done}" if found else "all downloads are as they were fetched")
    return int(found > 0 and not arguments.repair)


def _cache_gc(arguments: argparse.Namespace) -> int:
    from itemcat.upkeep import sweep  # noqa: PLC0415

    cache = cache_at(arguments.cache_dir)
    cache.say = lambda text: print(f"note: {text}", file=sys.stderr)
    amounts = sweep(cache, dry_run=arguments.dry_run)
    done = "would be deleted" if arguments.dry_run else "deleted"
    print(*(f"{done}: {amount}" for amount in amounts or ("nothing",)), sep="\n")
    return 0


def _run(arguments: argparse.Namespace, options: Options) -> Result:
    """Build or plan. A finished build is known without importing what builds one."""
    places = Places.of(arguments.spec, options.cache_dir)
    if options.is_plain and (finished := places.finished()):
        return Result.unchanged(*finished)
    is_local = options.executor in (None, "local")
    if is_local and not options.dry_run and not places.manifest.exists():
        from itemcat.pool import prepare  # noqa: PLC0415

        # A first build reads files: the workers load their libraries while we load ours. Where
        # the machine refuses, the build is going to say so, at the right place.
        with suppress(OSError):
            prepare()
    from itemcat.pipeline import build  # noqa: PLC0415 (imports all the libraries)

    with Progress(sys.stderr, quiet=arguments.quiet) as progress:
        result = build(arguments.spec, options, progress)
    for note in () if arguments.quiet else result.notes:
        print(f"note: {note}", file=sys.stderr)
    for line in told(result.failures):
        print(line, file=sys.stderr)
    return result


def _write_report(path: Path, result: Result) -> None:
    text = json.dumps(result.report(), indent=2, ensure_ascii=False) + "\n"
    try:
        path.write_text(text, "utf-8")
    except OSError as error:
        raise UsageError(str(path), _words(error), "name another file for --report") from error


def _words(error: OSError) -> str:
    return error.strerror or str(error)


def _terminate(signum: int, _frame: FrameType | None) -> None:
    """SIGTERM ends a build as Ctrl-C does, with 128 + its number (POSIX shells' convention)."""
    raise KeyboardInterrupt(128 + signum)


_COMMANDS: Mapping[str, Callable[[argparse.Namespace], int]] = {
    "build": _build,
    "status": _status,
    "check": _check,
    "explain": _explain,
    "publish": _publish,
    "cache info": _cache_info,
    "cache verify": _cache_verify,
    "cache gc": _cache_gc,
}
