"""A first `catalog.yaml`: from a record, a bucket, a folder or links, with what its names tell."""

import glob
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from itemcat.bucket import Bucket
from itemcat.cache import Cache
from itemcat.errors import ItemcatError, UsageError
from itemcat.glance import matches
from itemcat.messenger import Messenger
from itemcat.model import FetchRules, ItemRules, Place, Publication, Source
from itemcat.naming import is_safe_id
from itemcat.recognition import Recognised, data_end, recognised
from itemcat.sources import ask, record_named, resolve
from itemcat.sources.bucket import bucket_named, is_region, is_server
from itemcat.sources.listed import Listed, shown
from itemcat.stamp import Sightings
from itemcat.urls import is_url

_SCHEMA = "https://itemcat.github.io/itemcat/schemas/catalog.schema.json"
_STORES = ("s3://", "gs://", "az://")
_HINT = (
    "name a folder, a text file of links, a record's number, DOI or address, a bucket such as "
    "s3://name/prefix/, or no source"
)
_CUBES = (".nc", ".zarr.zip")
_KEY = re.compile(r"`[a-z]+:")


@dataclass(frozen=True, slots=True)
class Draft:
    """What a spec is made of: the lines of its entry, the names of its files, and words.

    `title` is empty where the record gives one.
    """

    entry: tuple[str, ...]
    names: tuple[str, ...]
    words: str
    title: str = ""


def draft(
    source: str | None,
    spec: Path,
    cache: Cache,
    endpoint: str | None = None,
    region: str | None = None,
) -> str:
    """The text of a first spec that is to lie at `spec`.

    `endpoint` and `region` are of an `s3://` bucket. Raises UsageError for a source that is none,
    and what listing it raises.
    """
    base = spec.absolute().parent
    if (endpoint or region) and not (source or "").startswith("s3://"):
        option = "--endpoint" if endpoint else "--region"
        raise UsageError(option, "is for s3:// buckets only", "name one as the source, or drop it")
    if source is None:
        found = Draft(('files: "data/*.tif"', *_href(), *_other_sources()), (), "data", "Title")
    elif source.startswith(_STORES):
        found = _of_bucket(source, cache, endpoint, region)
    elif Path(source).is_dir():
        found = _of_folder(source, base)
    elif Path(source).is_file():
        found = _of_list(source, base)
    elif record := record_named(source):
        found = _of_record(source, *record, cache)
    elif is_url(source):
        found = _of_url(source)
    else:
        raise UsageError(source, "is no folder, list or record", _HINT)
    return "\n".join(_lines(found, base))


def _of_folder(source: str, base: Path) -> Draft:
    folder = _below(source, base)
    for depth in ("", "**/"):
        prefix = f"{glob.escape(folder)}/{depth}" if folder else depth
        files = [PurePosixPath(path).name for path in matches(f"{prefix}*", base)]
        if suffix := data_end(files):
            names = tuple(name for name in files if name.endswith(suffix))
            entry = (f"files: {_quoted(f'{prefix}*{suffix}')}", *_href())
            words = folder.rpartition("/")[2] or base.name
            return Draft(entry, names, words, _title(words))
    what = "has no files whose names end as those of rasters, vector files or cubes do"
    raise UsageError(source, what, "name the folder that holds the data")


def _of_list(source: str, base: Path) -> Draft:
    path = _below(source, base)
    rules = Source("urls", path, ItemRules(), Place(source, 1, 1))
    names = tuple(asset.name for asset in resolve(rules, Sightings(base)))
    if not names:
        raise UsageError(source, "names no file", "write one URL a line")
    words = PurePosixPath(path).stem
    return Draft((f"urls: {_quoted(path)}",), names, words, _title(words))


def _of_url(source: str) -> Draft:
    rules = Source("url", source, ItemRules(), Place(source, 1, 1))
    [asset] = resolve(rules, Sightings(Path()))
    words = PurePosixPath(asset.name).stem
    return Draft((f"url: {_quoted(source)}",), (asset.name,), words, _title(words))


def _of_record(source: str, kind: str, address: str, cache: Cache) -> Draft:
    listed = _listed(Source(kind, address, ItemRules(), Place(source, 1, 1)), cache)
    record = listed.record or Publication("", "")
    entry, names = _chosen(source, [f"{kind}: {address}"], listed, f"see {record.page}")
    words = record.title or f"record {record.id}"
    has_words = record.title and record.description
    return Draft(entry, names, words, "" if has_words else words)


def _of_bucket(source: str, cache: Cache, endpoint: str | None, region: str | None) -> Draft:
    address = bucket_named(source)
    if address is None:  # not shown, for a key of access may be in it
        hint = "write s3://name/prefix/, gs://name/prefix/ or az://account/container/prefix/"
        raise UsageError(f"{source[:5]}…", "is no address of a bucket", hint)
    if endpoint and not is_server(endpoint):
        hint = "write it as https://s3.example.org, without user name and query"
        raise UsageError("--endpoint", "is no address of a server", hint)
    if region and not is_region(region):
        raise UsageError("--region", "is no name of a region", "write it as eu-central-1")
    place = Place(address, 1, 1)
    asked = Source("bucket", address, ItemRules(), place, endpoint=endpoint, region=region)
    listed = _listed(asked, cache)
    there = shown([asset.name for asset in listed.assets])
    hint = f"name the prefix that holds the data; {there}"
    lines = [f"bucket: {address}"]
    if endpoint:
        lines.append(f"endpoint: {_quoted(endpoint)}")
        if endpoint.startswith("http:"):  # which no catalog should link to, so the spec must say it
            own = Bucket.at(address, endpoint).address(Bucket.at(address).prefix)
            lines.append(f"href: {_quoted(own + '{path}')}  # better the address for everybody")
    if region:
        lines.append(f"region: {_quoted(region)}")
    entry, names = _chosen(address, lines, listed, hint)
    words = address.rstrip("/").rpartition("/")[2]
    return Draft(entry, names, words, _title(words))


def _listed(source: Source, cache: Cache) -> Listed:
    """What a host lists. Its errors name the source, and say where the keys in hints belong."""
    with Messenger(cache, cache.say, offline=False) as messenger:
        try:
            return ask(source, messenger.http(FetchRules()))
        except ItemcatError as error:
            what = error.what.removeprefix(f"`{source.kind}: {source.address}`: ")
            hint = re.sub("`(endpoint|region):`", r"`--\1`", error.hint)
            if _KEY.search(hint):
                hint += " (in the spec: `itemcat init` without a source writes one to fill in)"
            raise type(error)(source.place.file, what, hint) from error


def _chosen(
    source: str, lines: Sequence[str], listed: Listed, hint: str
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The lines of the entry that stands for the data of a host, and the names of those files."""
    every = [asset.name for asset in listed.assets]
    suffix = data_end(every)
    if not suffix:
        raise UsageError(source, "has no rasters, vector files or cubes among its files", hint)
    names = tuple(name for name in every if name.endswith(suffix))
    entry = [*lines]
    if len(names) < len(every):
        entry.append(f"include: {_quoted(f'*{suffix}')}  # {len(names)} of its {len(every)} files")
    return tuple(entry), names


def _below(source: str, base: Path) -> str:
    """The path of a source from the folder of the spec, empty for that folder itself."""
    path = Path(source).absolute().resolve()
    if not path.is_relative_to(base.resolve()):
        what = "is not below the folder of the spec, where every machine finds it"
        raise UsageError(source, what, f"write the spec beside it: -o {path.parent}/catalog.yaml")
    found = path.relative_to(base.resolve()).as_posix()
    return "" if found == "." else found


def _lines(found: Draft, base: Path) -> Iterator[str]:
    yield f"# yaml-language-server: $schema={_SCHEMA}"
    yield "#"
    yield "# `itemcat build` makes a STAC catalog of this, and does only what an edit needs."
    yield "catalog:"
    yield f"  id: {_id(found.words, base)}"
    if found.title:
        yield f"  title: {_quoted(found.title)}"
        yield "  description: Say here what the data is."
    else:
        yield "  # Title and description are the record's. To say something else:"
        yield "  # title: Lakes"
        yield "  # description: Lakes on ice."
    yield ""
    yield "items:  # how each item is made; an entry below may have rules of its own"
    yield from (f"  {line}" for line in _rules(found.names))
    yield '  # title: "Lakes, {stem}"'
    yield "  # properties: {license: CC-BY-4.0}"
    yield ""
    yield "assets:"
    entry = [*found.entry]
    if data_end(found.names).lower() == ".nc":
        entry.insert(1, "reader: cube  # or raster, where a file is one grid of pixels")
    marks = ("  - ", *["    "] * len(entry[1:]))
    yield from (f"{mark}{line}" for mark, line in zip(marks, entry, strict=True))
    yield ""


def _rules(names: Sequence[str]) -> Iterator[str]:
    """The rules that the names allow, and a hint for those that they do not."""
    stems = [PurePosixPath(name).stem for name in names]
    are_ids = len({stem.lower() for stem in stems}) == len(stems) and all(map(is_safe_id, stems))
    yield (
        'id: "{stem}"' if are_ids else 'id: "item_{n}"  # by number, for the names do not do as ids'
    )
    if data_end(names).lower() in _CUBES:
        yield "# When it was, the files' time coordinates say. To say it yourself, one for all:"
        yield "# datetime: 2019-02-24"
        return
    found = recognised(names)
    if found is None:
        yield "# The file names tell not when the data was acquired. Say it in one of these ways:"
        yield '# pattern: "{place}_{start:%Y%m%d}.tif"  # what is in the names, here a date'
        yield '# datetime: "{start}"                    # the date in the names'
        yield "# datetime: 2019-02-24                   # one for all"
    else:
        yield from _recognised_rules(found)


def _recognised_rules(found: Recognised) -> Iterator[str]:
    if not found.times:
        yield f"pattern: {found.pattern}  # a ready pattern: it fits all names, and gives the dates"
        return
    yield f"pattern: {_quoted(found.pattern)}  # fits all names"
    if len(found.times) == 1:
        yield 'datetime: "{start}"'
    else:
        yield 'datetime: {start: "{start}", end: "{end}"}  # are the two times in the names that?'


def _href() -> tuple[str, ...]:
    return ("# href: https://example.org/data/{name}  # where the files are published",)


def _other_sources() -> tuple[str, ...]:
    """What else an entry may be, as comments."""
    return (
        "# Other sources, one or many:",
        "# - https://example.org/data/a.tif",
        "# - urls: links.txt                 # one URL a line",
        "# - zenodo: 7568049                 # a record on Zenodo: number, DOI or address",
        '#   include: "*.tif"',
    )


def _id(words: str, base: Path) -> str:
    """An id out of words that is no file beside the spec, for it names the output folder too."""
    slug = re.sub(r"[^a-z0-9]+", "-", words.lower())[:60].strip("-") or "my-catalog"
    names = (slug, f"{slug}-catalog", *(f"{slug}-catalog-{n}" for n in range(2, 1000)))
    free = (name for name in names if name != "null" and not (base / name).exists())
    return next(free, slug)


def _title(words: str) -> str:
    return re.sub(r"[\W_]+", " ", words).strip().capitalize() or "My catalog"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
