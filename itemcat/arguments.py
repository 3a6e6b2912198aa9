"""The grammar of the command line: commands, options and what `--help` teaches."""

import argparse
from pathlib import Path

from itemcat import __version__, init, showing

_TOP = """\
itemcat turns one YAML file, catalog.yaml, into a self-contained STAC catalog, and does only the
work that a change asks for. List your files under `assets:`, run `itemcat build`, commit what
comes out.
"""
_EPILOG = """\
exit codes: 0 done, or nothing to do; 1 the catalog is not what the spec asks for (--check,
--locked), or check found something; 2 the command or the spec is wrong; 3 an asset failed, or
the machine did; 130 interrupted (what was done is kept)
"""


def parser() -> argparse.ArgumentParser:
    """The parser of all commands: it names each as `command`, or gives what runs it as `run`."""
    top = argparse.ArgumentParser(
        "itemcat",
        description=_TOP,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="version", version=f"itemcat {__version__}")
    commands = top.add_subparsers(title="commands", required=True, metavar="COMMAND")
    init.add(commands, _add_cache_dir)
    _add_build(commands)
    _add_status(commands)
    _add_check(commands)
    _add_explain(commands)
    _add_publish(commands)
    _add_osc(commands)
    showing.add(commands)
    _add_cache(commands)
    return top


def _add_build(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    build = commands.add_parser(
        "build",
        help="bring the catalog up to date",
        description="Fetch and read what is new or changed, and write the catalog.",
    )
    _add_common(build)
    asked = build.add_mutually_exclusive_group()
    asked.add_argument("--refresh", action="store_true", help="ask publishers for changes")
    asked.add_argument("--offline", action="store_true", help="open no connection, use the cache")
    plan = build.add_mutually_exclusive_group()
    plan.add_argument("--dry-run", action="store_true", help="show the plan, write nothing")
    plan.add_argument("--check", action="store_true", help="write nothing, exit 1 on any drift")
    plan.add_argument(
        "--locked", action="store_true", help="exit 1 if the manifest would change; fetch nothing"
    )
    build.add_argument("--keep-going", action="store_true", help="publish the rest when some fail")
    build.add_argument("--reread", action="store_true", help="read all files again")
    build.add_argument("-j", "--jobs", type=_positive, metavar="N", help="processes that read")
    build.add_argument(
        "--executor",
        type=_engine,
        metavar="WHO",
        help="who reads: local, dask:ADDRESS (such as dask:tcp://host:8786), dask:SCHEDULER_FILE, "
        "dask:local-cluster, or MODULE:FUNCTION; or spec, what the spec says although others can "
        "run code by it",
    )
    build.add_argument(
        "--cache",
        type=_location,
        metavar="LOCATION",
        help="a cache that machines share: s3://bucket/prefix (gs://, az://), or a folder; or "
        "spec, the one that the spec names, although downloads go there and records there are "
        "believed",
    )
    build.add_argument("--report", type=Path, metavar="FILE", help="write what was done, as JSON")
    build.set_defaults(command="build")


def _add_status(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    status = commands.add_parser(
        "status",
        help="show what a build would do, and why",
        description="Show what `itemcat build` would do to each item, with the reason.",
    )
    _add_common(status)
    status.add_argument("--remote", action="store_true", help="ask publishers for changes")
    status.add_argument("--json", action="store_true", help="print JSON")
    status.set_defaults(command="status")


def _add_check(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    check = commands.add_parser(
        "check",
        help="find what is wrong in a catalog",
        description="Validate a catalog as it stands on disk, and find what no schema sees.",
    )
    check.add_argument(
        "spec",
        nargs="?",
        default="catalog.yaml",
        type=Path,
        metavar="SPEC",
        help="the YAML file, its folder, or any catalog.json (default: catalog.yaml)",
    )
    asked = check.add_mutually_exclusive_group()
    asked.add_argument("--remote", action="store_true", help="ask whether the files answer")
    asked.add_argument("--offline", action="store_true", help="open no connection, fetch no schema")
    check.add_argument("--strict", action="store_true", help="exit 1 on warnings, too")
    check.add_argument("--json", action="store_true", help="print JSON")
    check.add_argument(
        "--osc", action="store_true", help="check the entry in the Open Science Catalog, too"
    )
    _add_metadata(check, help="for --osc: the clone in which that entry is to be")
    _add_cache_dir(check)
    check.set_defaults(command="check")


def _add_explain(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    explain = commands.add_parser(
        "explain",
        help="show where each fact of an item comes from",
        description="Show each fact of a built item, and the rule, tag or reader it comes from.",
    )
    explain.add_argument("item", metavar="ITEM", help="the item's id")
    _add_places(explain)
    explain.add_argument("--json", action="store_true", help="print JSON, with whole values")
    explain.set_defaults(command="explain")


def _add_publish(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    publish = commands.add_parser(
        "publish",
        help="commit the catalog to its git repository, and push",
        description="Commit spec, manifest and catalog to their git repository, and push it.",
    )
    _add_places(publish)
    publish.add_argument("--dry-run", action="store_true", help="show it, and change nothing")
    more = publish.add_mutually_exclusive_group()
    more.add_argument("--workflow", action="store_true", help="write files for the host's CI")
    _add_metadata(more, help="commit the Open Science Catalog's entry in this clone, too")
    publish.set_defaults(command="publish")


def _add_osc(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    osc = commands.add_parser(
        "osc",
        help="enter the catalog into the Open Science Catalog",
        description="Write the catalog's product, with all links to it and from it, into a local "
        "clone of the Open Science Catalog's metadata repository.",
    )
    _add_places(osc)
    _add_metadata(osc, help="the clone", required=True)
    osc.add_argument(
        "--inline", action="store_true", help="put the items into the product's folder"
    )
    osc.set_defaults(command="osc")


def _add_cache(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    cache = commands.add_parser(
        "cache",
        help="look after the downloads that are kept",
        description="Show, verify or clean the folder where downloads and records are kept.",
    )
    works = cache.add_subparsers(title="what to do", required=True, metavar="WHAT")
    info = works.add_parser("info", help="show what is there")
    verify = works.add_parser("verify", help="exit 1 if downloads are corrupted on this disk")
    verify.add_argument("--repair", action="store_true", help="set them aside, to be fetched anew")
    gc = works.add_parser("gc", help="delete what no spec that was built here needs")
    gc.add_argument("--dry-run", action="store_true", help="show what would be deleted")
    for name, parser in (("info", info), ("verify", verify), ("gc", gc)):
        _add_cache_dir(parser)
        parser.set_defaults(command=f"cache {name}")


def _add_common(parser: argparse.ArgumentParser) -> None:
    _add_places(parser)
    said = parser.add_mutually_exclusive_group()
    said.add_argument("-v", "--verbose", action="store_true", help="name every item")
    said.add_argument("-q", "--quiet", action="store_true", help="print errors only")


def _add_places(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "spec",
        nargs="?",
        default="catalog.yaml",
        type=Path,
        metavar="SPEC",
        help="the YAML file, or its folder (default: catalog.yaml)",
    )
    _add_cache_dir(parser)


def _add_cache_dir(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--cache-dir",
        type=Path,
        metavar="DIR",
        help="where downloads are kept (default: $ITEMCAT_CACHE_DIR, or the user's cache folder)",
    )


def _add_metadata(parser: argparse._ActionsContainer, help: str, *, required: bool = False) -> None:
    parser.add_argument("--metadata", type=Path, metavar="DIR", help=help, required=required)


def _engine(text: str) -> str:
    from itemcat.engine import Engine  # noqa: PLC0415 (most builds name none)
    from itemcat.options import AS_SPEC  # noqa: PLC0415

    try:
        return text if text == AS_SPEC else Engine.named(text).name
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _location(text: str) -> str:
    from itemcat.location import named  # noqa: PLC0415 (most builds name none)

    try:
        named(text, Path())
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    return text


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 1 on")
    return int(text)
