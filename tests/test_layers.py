"""The house: what each room may import. A module that moves or is new is one edit of the tables."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from graphlib import TopologicalSorter
from itertools import chain
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "itemcat"

# From the ground up; a name stands for a module, or for a package with all that is in it. A room
# imports from its own layer and from those below.
LAYERS = {
    "floor": "model bucket errors files urls disk locks glance stamp seal options listener result "
    "excerpt pointer openscience crossing shelf location naps",
    "core": "times templates missions choice naming dating declared scene layout "
    "thumbnails plan engine "
    "extensions form publication collection catalogs render kinds wkb columns edition recognition "
    "changes hosting workflows jsontext osc",
    "edge": "spec sources fetch cache readers manifest output pool cluster spool table check git "
    "viewer clone",
    "build": "places messenger listing pictures survey pages parcel terms heads agency hiring "
    "shared workshop sharing holding crew gather composition preview landing pipeline origin "
    "explain upkeep draft inspection readiness publishing automation registration submission",
    "shell": "arguments summary report announcement progress init showing commands cli __main__",
}
# The package's face hands names on when they are asked for; everybody may ask it for the version.
FACE = "__init__"

# Each library, by the name it is imported under, and the room that knows it. Three rooms have to do
# with the geometry of footprints, where they are read, put together and shown; `check` holds what
# others have made against the same libraries that the rooms beside it build upon.
LIBRARIES = {
    "PIL": "readers",
    "cftime": "readers",
    "distributed": "cluster",
    "filelock": "locks",
    "h5py": "readers",
    "jsonschema": "spec",
    "jsonschema_rs": "check",
    "mpl_toolkits": "viewer",
    "netCDF4": "readers",
    "numpy": "readers viewer",
    "obstore": "fetch",
    "orjson": "files",
    "packaging": "osc",
    "parse": "templates",
    "pebble": "pool",
    "platformdirs": "glance",
    "pyarrow": "readers table",
    "pyogrio": "readers",
    "pyproj": "readers check viewer",
    "pystac": "check",
    "rasterio": "readers",
    "requests": "fetch check",
    "requests_cache": "sources check",
    "rio_stac": "readers",
    "shapely": "readers scene",
    "urllib3": "fetch check",
    "xarray": "readers",
    "zarr": "readers",
    "yaml": "spec",
}

# The distributions that are not called as they are imported.
DISTRIBUTIONS = {
    "PIL": "pillow",
    "jsonschema_rs": "jsonschema-rs",
    "mpl_toolkits": "basemap-data",
    "requests_cache": "requests-cache",
    "rio_stac": "rio-stac",
    "yaml": "pyyaml",
}

# What the core may take: nothing here reads a disk, a network, a clock or the machine.
PURE = {
    *("itemcat.bucket", "itemcat.errors", "itemcat.model", "itemcat.openscience", "itemcat.urls"),
    *("collections", "collections.abc", "dataclasses", "datetime", "difflib", "enum", "functools"),
    *("itertools", "json", "math", "posixpath", "re", "shlex", "string", "struct", "typing"),
    "urllib.parse",
}
PURE_NAMES = {
    "pathlib": {"PurePath", "PurePosixPath", "PureWindowsPath"},
    "itemcat.files": {"canonical_json", "json_line", "json_value", "sha256", "sha256_of"},
}
# Names and attributes by which pure modules would still touch the world.
IMPURE = {"open", "input", "print", "__import__", "now", "today", "utcnow"}


@dataclass(frozen=True)
class Import:
    """One import: the module that has it, its line, and the module and name that it asks for."""

    importer: str
    line: int
    module: str
    name: str | None

    def __str__(self) -> str:
        asked = f"{self.module}.{self.name}" if self.name else self.module
        return f"{self.importer}:{self.line} imports {asked}"


@cache
def modules() -> dict[str, ast.Module]:
    """Every module of the package, by its path with dots (`readers.raster`), parsed."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        is_face = len(parts) > 1 and parts[-1] == "__init__"
        name = ".".join(parts[:-1] if is_face else parts)
        found[name] = ast.parse(path.read_text("utf-8"))
    return found


@cache
def imports() -> tuple[Import, ...]:
    """Every import of the package, also those in functions; not those for type checkers alone."""
    return tuple(
        asked for name, tree in modules().items() for asked in _asked(name, _without_typing(tree))
    )


def _without_typing(tree: ast.Module) -> Iterator[ast.AST]:
    skipped = {
        id(part)
        for branch in ast.walk(tree)
        if isinstance(branch, ast.If) and ast.unparse(branch.test).endswith("TYPE_CHECKING")
        for statement in branch.body
        for part in ast.walk(statement)
    }
    return (node for node in ast.walk(tree) if id(node) not in skipped)


def _asked(importer: str, nodes: Iterator[ast.AST]) -> Iterator[Import]:
    for node in nodes:
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(importer, node.lineno, alias.name, None)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{importer}:{node.lineno}: write the whole name"
            for alias in node.names:
                yield _resolved(importer, node.lineno, str(node.module), alias.name)


def _resolved(importer: str, line: int, module: str, name: str) -> Import:
    """`from itemcat import files` asks for the module `itemcat.files`."""
    inner = f"{module}.{name}".removeprefix("itemcat.")
    if module.startswith("itemcat") and inner in modules():
        return Import(importer, line, f"itemcat.{inner}", None)
    return Import(importer, line, module, name)


def room(module: str) -> str:
    """The room of a module of the package: the module itself, or the package that it is in."""
    return module.removeprefix("itemcat.").split(".")[0] if module != "itemcat" else FACE


def is_ours(asked: Import) -> bool:
    return asked.module.split(".")[0] == "itemcat"


def inner() -> list[Import]:
    """The imports of the package's own modules, but for those of its face."""
    return [asked for asked in imports() if is_ours(asked) and room(asked.module) != FACE]


LAYER_OF = {name: layer for layer, names in LAYERS.items() for name in names.split()}
HEIGHT = {layer: height for height, layer in enumerate(LAYERS)}


def listed(found: list[Import]) -> str:
    return "\n".join(sorted(str(asked) for asked in found))


def test_every_room_has_its_layer() -> None:
    rooms = {room(name) for name in modules()} - {FACE}
    assert rooms == set(LAYER_OF)


def test_imports_point_down() -> None:
    up = [
        asked
        for asked in inner()
        if HEIGHT[LAYER_OF[room(asked.importer)]] < HEIGHT[LAYER_OF[room(asked.module)]]
    ]
    assert not listed(up)


def test_rooms_at_the_edge_do_not_know_each_other() -> None:
    known = [
        asked
        for asked in inner()
        if {LAYER_OF[room(asked.importer)], LAYER_OF[room(asked.module)]} == {"edge"}
        and room(asked.importer) != room(asked.module)
    ]
    assert not listed(known)


def test_no_module_imports_itself_in_a_circle() -> None:
    graph: dict[str, set[str]] = {}
    for asked in inner():
        # A package's face is made of its modules, and asks for them; what they ask of each other
        # goes past it.
        graph.setdefault(asked.importer, set()).add(asked.module.removeprefix("itemcat."))
    TopologicalSorter(graph).prepare()  # raises CycleError, which names the circle


def test_the_face_asks_for_nothing_on_import() -> None:
    assert not listed([asked for asked in imports() if asked.importer == FACE and is_ours(asked)])


def test_the_core_is_pure() -> None:
    impure = [
        asked
        for asked in imports()
        if LAYER_OF.get(room(asked.importer)) == "core"
        and asked.module not in PURE
        and asked.name not in PURE_NAMES.get(asked.module, ())
        and asked.module.split(".")[0] not in LIBRARIES  # those are held below
        and not (is_ours(asked) and LAYER_OF.get(room(asked.module)) == "core")
    ]
    assert not listed(impure)


@pytest.mark.parametrize("name", LAYERS["core"].split())
def test_the_core_touches_nothing(name: str) -> None:
    trees = [tree for module, tree in modules().items() if room(module) == name]
    touched = {
        f"line {node.lineno}: {called}"
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.Name | ast.Attribute)
        and (called := node.id if isinstance(node, ast.Name) else node.attr) in IMPURE
    }
    assert not touched


def foreign() -> list[Import]:
    """The imports of libraries: neither ours nor the standard library's."""
    return [
        asked
        for asked in imports()
        if not is_ours(asked)
        and asked.module.split(".")[0] not in sys.stdlib_module_names
        and asked.module != "__future__"
    ]


def test_one_library_one_room() -> None:
    strangers = [
        asked
        for asked in foreign()
        if room(asked.importer) not in LIBRARIES.get(asked.module.split(".")[0], "").split()
    ]
    assert not listed(strangers)


def test_what_is_imported_is_what_is_declared() -> None:
    used = {asked.module.split(".")[0] for asked in foreign()}
    project = tomllib.loads((PACKAGE.parent / "pyproject.toml").read_text("utf-8"))["project"]
    extras = chain.from_iterable(project["optional-dependencies"].values())
    declared = {re.split(r"[<>=]", text)[0] for text in (*project["dependencies"], *extras)}
    assert used == set(LIBRARIES)
    assert {DISTRIBUTIONS.get(name, name) for name in used} == declared


def test_the_command_line_starts_without_a_library() -> None:
    loaded = loaded_by("import itemcat.cli") - loaded_by("")  # some are there from the first
    assert "itemcat" in loaded
    assert not loaded & set(LIBRARIES)


def loaded_by(program: str) -> set[str]:
    """The packages that are loaded when a program has run."""
    code = f"{program}\nimport sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return {name.split(".")[0] for name in done.stdout.split()}
