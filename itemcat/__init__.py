"""itemcat: a declarative, incremental build from one YAML file to a STAC catalog.

`build` and `load_spec` are for programs; they are imported when they are first used, so that the
command line starts fast.
"""

TYPE_CHECKING = False  # of `typing`, which takes its time
if TYPE_CHECKING:
    from itemcat.errors import ItemcatError
    from itemcat.options import Options
    from itemcat.pipeline import build
    from itemcat.result import Result
    from itemcat.spec import load_spec

__version__ = "0.1.0"
__all__ = ["ItemcatError", "Options", "Result", "__version__", "build", "load_spec"]

_HOMES = {
    "ItemcatError": "errors",
    "Options": "options",
    "Result": "result",
    "build": "pipeline",
    "load_spec": "spec",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module  # noqa: PLC0415

    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
