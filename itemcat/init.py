"""`itemcat init`: the command that writes a first spec. Imports little until it runs."""

import argparse
from collections.abc import Callable
from pathlib import Path

from itemcat.errors import UsageError
from itemcat.glance import SPEC_FILE


def add(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
    add_cache_dir: Callable[[argparse.ArgumentParser], None],
) -> None:
    """Add the command to the others."""
    init = commands.add_parser(
        "init",
        help="write a first catalog.yaml",
        description="Write a first spec, filled in as far as the source and its names tell.",
    )
    init.add_argument(
        "source",
        nargs="?",
        metavar="SOURCE",
        help="a record's number, DOI or address, a bucket such as s3://name/prefix/, a folder, or "
        "a text file with one URL a line; without it, a template is written",
    )
    init.add_argument(
        "-o",
        "--output",
        type=Path,
        default=Path(SPEC_FILE),
        metavar="FILE",
        help=f"the file to write (default: {SPEC_FILE}); one that is there is left alone",
    )
    init.add_argument(
        "--endpoint",
        metavar="URL",
        help="the server of an s3:// bucket that is not Amazon's, such as https://s3.example.org",
    )
    init.add_argument(
        "--region", metavar="NAME", help="the region of an s3:// bucket, such as eu-central-1"
    )
    add_cache_dir(init)
    init.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    from itemcat.cache import cache_at  # noqa: PLC0415
    from itemcat.draft import draft  # noqa: PLC0415 (imports what lists sources)

    spec: Path = arguments.output
    spec = spec / SPEC_FILE if spec.is_dir() else spec
    if spec.exists() or spec.is_symlink():
        raise _in_the_way(spec)
    cache = cache_at(arguments.cache_dir)
    text = draft(arguments.source, spec, cache, arguments.endpoint, arguments.region)
    try:
        with spec.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError as error:
        raise _in_the_way(spec) from error
    print(f"wrote {spec}; next: itemcat build{'' if spec == Path(SPEC_FILE) else f' {spec}'}")
    return 0


def _in_the_way(spec: Path) -> UsageError:
    return UsageError(str(spec), "is there already", "name another file with -o")
