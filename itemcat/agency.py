"""Workers of others: which engine is meant, whether a spec may choose it, and its executor."""

import inspect
import json
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

from itemcat.cluster import Batches, scheduler
from itemcat.cluster.batches import MOST, WINDOW
from itemcat.cluster.cell import packed
from itemcat.engine import LOCAL_CLUSTER, Engine
from itemcat.errors import MachineError, UsageError
from itemcat.files import sha256_file
from itemcat.options import AS_SPEC, Options
from itemcat.plan import Task
from itemcat.readers.libraries import versions
from itemcat.shared import token_of
from itemcat.survey import Survey
from itemcat.terms import agree, token

_DISK, _WEB = "disk", "web"


@contextmanager
def lent(
    found: Survey, options: Options, tasks: Iterable[Task], say: Callable[[str], None]
) -> Iterator[tuple[Executor, int]]:
    """The workers that options or spec name, and how many files may be under way to them.

    Raises UsageError or MachineError where there are none.
    """
    engine = _chosen(found, options)
    executor = _opened(engine, options, say)
    shared = token_of(found.places.cache)
    origins = _origins(tasks, is_offline=options.offline)
    with _witnesses(found, origins - {_WEB} if shared else origins) as witnesses:
        proof = shared if _WEB in origins else None
        terms, limit = packed(agree, versions(), witnesses, proof), found.spec.read.timeout
        watch = executor.watch if isinstance(executor, scheduler.Scheduler) else _trust
        batches = Batches(executor, engine.name, terms, limit, watch)
        try:
            yield batches, 2 * MOST * WINDOW
        finally:
            batches.shutdown(cancel_futures=True)


def _trust(_: float) -> None:
    """Nobody knows what an executor is at."""


def _origins(tasks: Iterable[Task], *, is_offline: bool) -> set[str]:
    """Where the files are from that workers read whole: offline, nobody asks for a head."""
    return {
        _DISK if task.member.asset.is_local else _WEB
        for task in tasks
        if is_offline or not task.is_remote
    }


@contextmanager
def _witnesses(found: Survey, origins: set[str]) -> Iterator[dict[Path, str]]:
    """Files that workers must see if they are to read by path, with their digests."""
    spec = found.places.spec
    seen = {spec: sha256_file(spec)} if _DISK in origins else {}
    if _WEB not in origins:
        yield seen
        return
    with token(found.places.cache) as path:
        yield seen | {path: sha256_file(path)}


# ---------------------------------------------------------------------------------- which engine


def _chosen(found: Survey, options: Options) -> Engine:
    """What is asked for. A spec, which may come from anywhere, may choose only what is here.

    For what a scheduler sends is unpickled, and a factory is run.
    """
    asked, spec = options.executor, found.places.spec
    is_specs = asked in (None, AS_SPEC)
    try:
        engine = Engine.named(found.spec.executor if is_specs else str(asked))
    except ValueError as error:
        raise UsageError(spec.name if is_specs else "--executor", str(error)) from None
    if engine.is_file:
        engine = _from_file(engine, spec.parent if is_specs else Path.cwd())
    if asked is None and not engine.is_here:
        what = f"`executor: {engine.name}` lets others run code on this machine"
        hint = "`itemcat build --executor spec` uses it all the same, if you trust the spec"
        raise UsageError(spec.name, what, hint)
    return engine


def _from_file(engine: Engine, folder: Path) -> Engine:
    """The engine at the address that a scheduler has written into its file."""
    path = folder / engine.at
    hint = "`dask scheduler --scheduler-file` writes one, and it must be running"
    try:
        address = json.loads(path.read_bytes())["address"]
        found = Engine.named(f"dask:{address}")
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        what = f"is no scheduler file that can be read ({type(error).__name__})"
        raise UsageError(str(path), what, hint) from None
    if found.is_file or found.at == LOCAL_CLUSTER:
        raise UsageError(str(path), "names no address", hint)
    return found


# ------------------------------------------------------------------------------------ opening it


def _opened(engine: Engine, options: Options, say: Callable[[str], None]) -> Executor:
    if engine.kind == "factory":
        return _made(engine.name, options.jobs, say)
    if engine.at == LOCAL_CLUSTER:
        return scheduler.local_cluster(options.jobs, say)
    return scheduler.connect(engine.at, say)


def _made(name: str, jobs: int, say: Callable[[str], None]) -> Executor:
    """What a factory gives; it is called with the number of jobs, if it takes one."""
    module, _, function = name.partition(":")
    try:
        make = getattr(import_module(module), function)
    except Exception as error:  # noqa: BLE001 (a module runs whatever it likes)
        hint = "it must be importable: installed here, or on PYTHONPATH"
        raise UsageError(name, f"cannot be imported: {error}", hint) from None
    try:
        executor = scheduler.adopted(make(jobs) if _takes_one(make) else make(), say)
    except Exception as error:
        what = f"made no executor: {type(error).__name__}: {error}"
        raise MachineError(name, what) from error
    if not isinstance(executor, Executor):
        what = f"gave a {type(executor).__name__}, which is no concurrent.futures.Executor"
        raise UsageError(name, what, "return one, or a dask client")
    return executor


def _takes_one(make: Callable[..., object]) -> bool:
    try:
        inspect.signature(make).bind(1)
    except (TypeError, ValueError):
        return False
    return True
