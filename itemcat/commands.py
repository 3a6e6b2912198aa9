"""What each command does: arguments in, results to stdout, the rest to stderr, an exit code out."""

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from itemcat.cache import cache_at
from itemcat.errors import MachineError, Settled, UsageError, told
from itemcat.glance import finished
from itemcat.options import Options
from itemcat.places import Places
from itemcat.progress import Progress
from itemcat.result import AssetFailures, Result
from itemcat.summary import describe

if TYPE_CHECKING:
    from itemcat.registration import Registration


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
        cache=arguments.cache,
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
    from itemcat.report import as_json, as_text, entry_as_text  # noqa: PLC0415

    with Progress(sys.stderr, quiet=False) as progress:
        inspection = inspect(
            arguments.spec,
            arguments.cache_dir,
            remote=arguments.remote,
            offline=arguments.offline,
            listener=progress,
        )
    if arguments.json:
        registration = _prepared(arguments)
        print(json.dumps(as_json(inspection, registration), indent=2, ensure_ascii=False))
    else:
        print(*as_text(inspection), sep="\n", flush=True)
        registration = _prepared(arguments)
        for line in entry_as_text(registration) if registration else ():
            print(line)
    worst = inspection.findings if arguments.strict else inspection.count(Severity.ERROR)
    return int(bool(worst or (registration and registration.objections)))


def _prepared(arguments: argparse.Namespace) -> "Registration | None":
    """The entry in the Open Science Catalog, if it is asked for."""
    if not (arguments.osc or arguments.metadata):
        return None
    from itemcat.registration import prepare  # noqa: PLC0415 (imports libraries)

    with Progress(sys.stderr, quiet=False) as progress:
        return prepare(arguments.spec, arguments.metadata, arguments.cache_dir, progress)


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
    from itemcat.announcement import announce_files  # noqa: PLC0415 (imports libraries)
    from itemcat.automation import automate  # noqa: PLC0415

    dry_run = arguments.dry_run
    if arguments.workflow:
        automation = automate(arguments.spec, arguments.cache_dir, dry_run=dry_run)
        print(*announce_files(automation, dry_run=dry_run), sep="\n")
        return 0
    if arguments.metadata:
        return _publish_both(arguments)
    _publish_catalog(arguments)
    return 0


def _publish_catalog(arguments: argparse.Namespace) -> tuple[str, ...]:
    """Publish the catalog; the notes that were told."""
    from itemcat.announcement import announce  # noqa: PLC0415 (imports libraries)
    from itemcat.publishing import publish  # noqa: PLC0415

    dry_run = arguments.dry_run
    with Progress(sys.stderr, quiet=False) as progress:
        publication = publish(arguments.spec, arguments.cache_dir, progress, dry_run=dry_run)
    print(*announce(publication, dry_run=dry_run), sep="\n", flush=True)  # before the notes
    _note(publication.notes)
    return publication.notes


def _publish_both(arguments: argparse.Namespace) -> int:
    """The catalog, unless it is published, and then its entry in the Open Science Catalog."""
    from itemcat.announcement import announce_entry  # noqa: PLC0415 (imports libraries)
    from itemcat.registration import prepare, refuse  # noqa: PLC0415
    from itemcat.submission import submit  # noqa: PLC0415

    with Progress(sys.stderr, quiet=False) as progress:
        registration = prepare(arguments.spec, arguments.metadata, arguments.cache_dir, progress)
        refuse(registration, progress)
    planned = submit(registration, dry_run=True)  # possible, before anything is published
    told_before: tuple[str, ...] = ()
    try:
        told_before = _publish_catalog(arguments)
    except Settled:
        if planned is None:
            raise
    if planned is not None:
        submission = planned if arguments.dry_run else submit(registration) or planned
        print(*announce_entry(submission), sep="\n", flush=True)
    _note(note for note in registration.notes if note not in told_before)
    return 0


def _osc(arguments: argparse.Namespace) -> int:
    from itemcat.announcement import announce_written  # noqa: PLC0415 (imports libraries)
    from itemcat.registration import prepare, refuse, write  # noqa: PLC0415

    with Progress(sys.stderr, quiet=False) as progress:
        registration = prepare(
            arguments.spec,
            arguments.metadata,
            arguments.cache_dir,
            progress,
            inline=arguments.inline,
        )
        refuse(registration, progress)
    write(registration)
    print(*announce_written(registration), sep="\n", flush=True)
    _note(registration.notes)
    return 0


def _note(notes: Iterable[str]) -> None:
    for note in notes:
        print(f"note: {note}", file=sys.stderr)


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
    cache.tell(lambda text: print(f"note: {text}", file=sys.stderr))
    amounts = sweep(cache, dry_run=arguments.dry_run)
    done = "would be deleted" if arguments.dry_run else "deleted"
    print(*(f"{done}: {amount}" for amount in amounts or ("nothing",)), sep="\n")
    return 0


def _run(arguments: argparse.Namespace, options: Options) -> Result:
    """Build or plan. A finished build is known without importing what builds one."""
    if options.is_plain and (found := finished(arguments.spec, options.cache_dir)):
        return Result.unchanged(*found)
    is_local = options.executor in (None, "local")
    if is_local and not options.dry_run and not Places.of(arguments.spec).manifest.exists():
        from itemcat.pool import prepare  # noqa: PLC0415

        # A first build reads files: the workers load their libraries while we load ours. Where
        # the machine refuses, the build is going to say so, at the right place.
        with suppress(OSError):
            prepare()
    from itemcat.pipeline import build  # noqa: PLC0415 (imports all the libraries)

    with Progress(sys.stderr, quiet=arguments.quiet) as progress:
        result = build(arguments.spec, options, progress)
    _note(() if arguments.quiet else result.notes)
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


COMMANDS: Mapping[str, Callable[[argparse.Namespace], int]] = {
    "build": _build,
    "status": _status,
    "check": _check,
    "explain": _explain,
    "publish": _publish,
    "osc": _osc,
    "cache info": _cache_info,
    "cache verify": _cache_verify,
    "cache gc": _cache_gc,
}
