"""The spec: `catalog.yaml`, read and checked as a whole, as a typed `Spec`."""

import codecs
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import chain, islice
from pathlib import Path
from typing import Any

from itemcat.bucket import Bucket
from itemcat.errors import MachineError, Problems, SpecError, UsageError
from itemcat.files import sha256
from itemcat.location import bucket
from itemcat.model import (
    OUTPUTS,
    STAC,
    AssetRules,
    CatalogFields,
    DatetimeRule,
    FetchRules,
    ItemRules,
    Place,
    Rate,
    ReadRules,
    Source,
    Spec,
)
from itemcat.spec.access import out_of_reach
from itemcat.spec.fields import unknown_fields
from itemcat.spec.openscience import open_science
from itemcat.spec.properties import hidden_properties
from itemcat.spec.shape import as_written, resolved_schema
from itemcat.spec.yamltext import YamlText, read_yaml

MAX_BYTES = 64 << 20
MAX_PROBLEMS = 1000  # so that a broken file of a million lines does not answer with as many
FILE_NAME = "catalog.yaml"
_WORDS = ("pattern", "group", "id", "title", "variable", "reader")  # rules that are a text
_SECONDS = {"min": 60, "h": 3600}
# The kinds of sources, each named by the key of its address.
KINDS = (
    "url",
    "urls",
    "files",
    "zenodo",
    "invenio",
    "figshare",
    "dataverse",
    "index",
    "bucket",
)


def load_spec(path: Path, *, shown: str | None = None, valid: str = "") -> Spec:
    """The spec in a file, or in the `catalog.yaml` of a folder.

    `shown` is how messages name the file; by default its path, from the working folder where it
    lies below that. `valid` is the SHA-256 of a file that this very code has found valid: it is
    read, and not checked again. Raises Problems of SpecError, all that are found, in the order of
    the file; UsageError where there is no such file; MachineError where it cannot be read.
    """
    try:
        path = path / FILE_NAME if path.is_dir() else path
        file = shown if shown is not None else _as_named(path)
        data = _bytes(path, file)
    except OSError as error:
        raise MachineError(shown or str(path), f"it cannot be read ({error.strerror})") from error
    text = read_yaml(_decoded(data, file), file)
    digest = sha256(data)
    if not text.problems and valid == digest:
        return _spec(path, text, as_written(text.value, text.mark, resolved_schema()), digest)
    value = as_written(text.value, text.mark, resolved_schema())
    from itemcat.spec.violations import violations  # noqa: PLC0415 (imports jsonschema)

    problems = list(islice(chain(text.problems, violations(text, value)), MAX_PROBLEMS + 1))
    if not problems:
        spec = _spec(path, text, value, digest)
        found = chain(
            out_of_reach(text, value),
            unknown_fields(text, value, spec),
            hidden_properties(text, value, spec),
        )
        problems = list(islice(found, MAX_PROBLEMS + 1))
        if not problems:
            return spec
    raise Problems(_in_file_order(problems, file))


def _as_named(path: Path) -> str:
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def _bytes(path: Path, file: str) -> bytes:
    if not path.is_file():
        raise UsageError(
            file,
            "there is no such file",
            f"name a spec or its folder, as in 'itemcat build FOLDER', or write a {FILE_NAME}",
        )
    if path.stat().st_size > MAX_BYTES:
        hint = "put the URLs in a list file, and name that: '- urls: links.txt'"
        raise Problems((SpecError(file, "the spec has more than 64 MB", hint),))
    return path.read_bytes()


def _decoded(data: bytes, file: str) -> str:
    data = data.removeprefix(codecs.BOM_UTF8)
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        before = data[: error.start]
        line_start = before.rfind(b"\n") + 1
        place = Place(file, before.count(b"\n") + 1, len(before[line_start:].decode()) + 1)
        what, hint = "this is not UTF-8 text", "save the file as UTF-8"
        raise Problems((SpecError(str(place), what, hint),)) from None


def _in_file_order(problems: list[SpecError], file: str) -> tuple[SpecError, ...]:
    def position(problem: SpecError) -> tuple[int, int]:
        _, line, column = problem.where.rsplit(":", 2)
        return int(line), int(column)

    ordered = sorted(problems[:MAX_PROBLEMS], key=position)
    if len(problems) > MAX_PROBLEMS:
        ordered.append(SpecError(file, f"there are more problems than these {MAX_PROBLEMS}"))
    return tuple(ordered)


def _spec(path: Path, text: YamlText, value: Mapping[str, Any], digest: str) -> Spec:
    """The typed spec of a valid value."""
    rules = _item_rules(value.get("items", {}), ItemRules())
    catalog = _catalog_fields(value["catalog"])
    return Spec(
        path=path.absolute(),
        catalog=catalog,
        output=value.get("output", catalog.id),
        read=_read_rules(value.get("read", {})),
        sources=tuple(
            _source(entry, rules, text.place(("assets", index)))
            for index, entry in enumerate(value["assets"])
        ),
        fetch=_fetch_rules(value.get("fetch", {})),
        layout=value.get("layout"),
        executor=_executor(value.get("executor", "local")),
        cache=_cache(value["cache"]) if "cache" in value else None,
        outputs=tuple(name for name in OUTPUTS if name in value.get("outputs", (STAC,))),
        osc=open_science(value["osc"]) if "osc" in value else None,
        thumbnails=value.get("thumbnails", False),
        sha256=digest,
    )


def _executor(value: str | Mapping[str, str]) -> str:
    return value if isinstance(value, str) else f"dask:{value['dask']}"


def _cache(value: str | Mapping[str, Any]) -> str | Bucket:
    if isinstance(value, str):
        return value
    details = {key: value[key] for key in ("endpoint", "region", "anonymous") if key in value}
    return bucket(value["bucket"], **details)


def _catalog_fields(values: Mapping[str, Any]) -> CatalogFields:
    lists = {key: tuple(values[key]) for key in ("providers", "keywords") if key in values}
    return CatalogFields(**{**values, **lists})


def _source(entry: str | Mapping[str, Any], rules: ItemRules, place: Place) -> Source:
    if isinstance(entry, str):
        return Source("url", entry, rules, place)
    kind = next(kind for kind in KINDS if kind in entry)
    return Source(
        kind=kind,
        address=entry[kind],
        rules=_item_rules(entry, rules),
        place=place,
        href=entry.get("href"),
        sha256=entry.get("sha256"),
        include=_globs(entry.get("include", ())),
        exclude=_globs(entry.get("exclude", ())),
        endpoint=entry.get("endpoint"),
        region=entry.get("region"),
        anonymous=entry.get("anonymous", False),
    )


def _globs(value: str | Sequence[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def _item_rules(values: Mapping[str, Any], base: ItemRules) -> ItemRules:
    """`base` with the given rules on top; properties and asset are merged key by key."""
    changes: dict[str, Any] = {key: values[key] for key in _WORDS if key in values}
    if "geometry" in values or "bbox" in values:  # one's own place counts, in either form
        changes["geometry"] = values.get("geometry")
        changes["bbox"] = tuple(values["bbox"]) if "bbox" in values else None
    if "datetime" in values:
        changes["datetime"] = _datetime_rule(values["datetime"])
    if "properties" in values:
        changes["properties"] = {**base.properties, **values["properties"]}
    if "asset" in values:
        changes["asset"] = _asset_rules(values["asset"], base.asset)
    return replace(base, **changes) if changes else base


def _datetime_rule(value: str | Mapping[str, str]) -> DatetimeRule:
    return DatetimeRule(instant=value) if isinstance(value, str) else DatetimeRule(**value)


def _asset_rules(values: Mapping[str, Any], base: AssetRules) -> AssetRules:
    changes = dict(values)
    if "roles" in changes:
        changes["roles"] = tuple(changes["roles"])
    return replace(base, **changes)


def _read_rules(values: Mapping[str, Any]) -> ReadRules:
    changes = dict(values)
    if "extensions" in changes:
        changes["extensions"] = tuple(changes["extensions"])
    if changes.get("access") == "remote":
        changes.setdefault("statistics", "none")
    return ReadRules(**changes)


def _fetch_rules(values: Mapping[str, Any]) -> FetchRules:
    changes = dict(values)
    for key in ("rate", "headers"):
        changes[key] = {host.lower(): value for host, value in values.get(key, {}).items()}
    changes["rate"] = {host: _rate(text) for host, text in changes["rate"].items()}
    return FetchRules(**changes)


def _rate(text: str) -> Rate:
    """A rate such as `30/min` or `2000/h`."""
    requests, _, unit = text.partition("/")
    return Rate(int(requests), _SECONDS[unit])
