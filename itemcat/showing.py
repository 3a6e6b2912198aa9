"""`itemcat preview`: where the catalog lies that is to be shown, and how it is shown."""

import argparse
import os
import sys
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from urllib.parse import quote

from itemcat.errors import ItemcatError, UsageError
from itemcat.glance import SPEC_FILE

TYPE_CHECKING = False  # of `typing`, which takes its time
if TYPE_CHECKING:
    from itemcat.viewer import Findings, Folder


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to the others."""
    preview = commands.add_parser(
        "preview",
        help="show the catalog on a page, and serve it to other programs",
        description="Serve the catalog on this machine, with a page that shows it, until Ctrl-C.",
    )
    preview.add_argument(
        "catalog",
        nargs="?",
        default=SPEC_FILE,
        type=Path,
        metavar="SPEC",
        help="the YAML file, a catalog.json, or the folder of one (default: catalog.yaml)",
    )
    preview.add_argument("--port", type=_port, default=0, help="the port (default: a free one)")
    preview.add_argument("--no-browser", action="store_true", help="open no browser")
    preview.add_argument(
        "--write", type=Path, metavar="FILE", help="write the page into a file, serve nothing"
    )
    preview.set_defaults(run=_preview)


def _preview(arguments: argparse.Namespace) -> int:
    from itemcat.viewer import Folder  # noqa: PLC0415 (imports libraries)

    folder = Folder.of(*_catalog(arguments.catalog))
    look = partial(_findings, arguments.catalog)
    if arguments.write:
        return _write(folder, arguments.write, look)
    return _serve(folder, arguments.port, look, opens=not arguments.no_browser)


def _catalog(path: Path) -> tuple[Path, str]:
    """The file of the catalog that is named, or that the named spec stands for, and a hint."""
    from itemcat.layout import ROOT_FILES  # noqa: PLC0415
    from itemcat.spec import load_spec  # noqa: PLC0415

    spec = path / SPEC_FILE if path.is_dir() else path
    if path.is_dir() and not spec.exists():
        roots = [path / name for name in ROOT_FILES.values()]
        path = next(filter(Path.is_file, roots), path)
    if path.suffix.lower() == ".json":
        return path, "name a catalog.json, or the spec that it is built from"
    read = load_spec(spec)
    root = spec.parent / read.output / ROOT_FILES[read.catalog.type]
    return root, f"build it first: itemcat build {path}"


def _findings(what: Path) -> "Findings":
    """What `itemcat check` finds without a network, in a line each."""
    from itemcat.inspection import inspect  # noqa: PLC0415 (imports libraries)
    from itemcat.report import by_file  # noqa: PLC0415

    try:
        return by_file(inspect(what, offline=True))
    except ItemcatError as error:  # the catalog is shown all the same
        return {"": [("error", line) for line in str(error).splitlines()]}


def _serve(folder: "Folder", port: int, look: "Callable[[], Findings]", *, opens: bool) -> int:
    from itemcat.viewer import FINDINGS_PATH, Service, collect, policy, render  # noqa: PLC0415

    def page() -> str:
        return render(collect(folder), findings=FINDINGS_PATH)

    _tell(collect(folder).notes)
    try:
        with Service(folder, page, policy(), port, look) as service:
            print(f"{folder.root.name} is at {service.address} until Ctrl-C", flush=True)
            if opens and _has_screen():
                import webbrowser  # noqa: PLC0415 (no other command needs it)

                webbrowser.open(service.address)
            service.serve_forever()
    except KeyboardInterrupt as interrupt:  # Ctrl-C is how it ends when all went well
        return int(interrupt.args[0]) if interrupt.args else 0
    return 0


def _write(folder: "Folder", target: Path, look: "Callable[[], Findings]") -> int:
    from itemcat.viewer import Pictures, collect, render  # noqa: PLC0415

    collection, pictures = collect(folder), Pictures(folder)
    address = _seen_from(target, folder.root)
    text = render(collection, address, pictures.embedded, look())
    try:
        target.write_text(text, "utf-8", newline="\n")
    except OSError as error:
        what = error.strerror or str(error)
        raise UsageError(str(target), what, "name another file for --write") from error
    missing = f"{pictures.missing} of the thumbnails: too large for the file, or no pictures"
    _tell((*collection.notes, missing) if pictures.missing else collection.notes)
    count = len(collection.items)
    print(f"{count} item{'' if count == 1 else 's'} shown: {target}")
    return 0


def _seen_from(target: Path, root: Path) -> Callable[[str], str]:
    """How a page in the file `target` addresses the files of a folder."""
    try:
        way = quote(Path(os.path.relpath(root, target.resolve().parent)).as_posix())
    except ValueError:  # another drive of Windows
        way = root.as_uri()
    return lambda name: f"{way}/{quote(name)}"


def _has_screen() -> bool:
    """Whether a browser would come up beside the terminal, not in it."""
    is_plain = sys.platform in ("win32", "darwin")
    return is_plain or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _tell(notes: Iterable[str]) -> None:
    for note in notes:
        print(f"note: {note}", file=sys.stderr)


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port: 0 to 65535")
    return int(text)
