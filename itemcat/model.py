"""The words of itemcat, on one page: read this first.

A *spec* lists *sources*; each resolves to *assets*; an asset's bytes are a *blob*; what was read
out of a blob is a *record*; the *manifest* keeps all of that beside the spec, and the catalog is
rendered from spec and manifest alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from itemcat.bucket import Bucket
from itemcat.files import json_line, json_value, sha256
from itemcat.openscience import OpenScience

Record = Mapping[str, Any]
"""What a reader found in one blob, as plain JSON values; `readers` describes its keys."""

Document = dict[str, Any]
"""A STAC document as the dictionary that is written."""

STAC, GEOPARQUET = OUTPUTS = ("stac", "geoparquet")
"""The forms in which items are published, in the order in which they are named."""


# ------------------------------------------------------------------------------------- the spec


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a spec something stands: the file as the user named it, 1-based line and column."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class CatalogFields:
    """The fields of the STAC Catalog itself. `published_url` is where its catalog.json will be.

    Title, description, licence, providers and keywords are empty where the spec leaves them to the
    record that it lists, or has none. `type` is Catalog or Collection.
    `stac_version` is that of all documents: 1.1.0, or 1.0.0 for programs that know no other.
    """

    id: str
    title: str = ""
    description: str = ""
    published_url: str | None = None
    stac_version: str = "1.1.0"
    type: str = "Catalog"
    license: str = ""
    providers: tuple[Mapping[str, Any], ...] = ()
    keywords: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DatetimeRule:
    """Where an item's time comes from: one instant, a start and an end, or a tag of the file.

    The times are RFC 3339 text or templates over the pattern's fields; without an offset, UTC.
    """

    instant: str | None = None
    start: str | None = None
    end: str | None = None
    tag: str | None = None


@dataclass(frozen=True, slots=True)
class AssetRules:
    """How an item's asset is shown: its key, roles and words; all but roles are templates."""

    key: str = "data"
    roles: tuple[str, ...] = ("data",)
    title: str | None = None
    description: str | None = None


@dataclass(frozen=True, slots=True)
class ItemRules:
    """How each item is made. `group`, `id`, `title`, times and properties are templates.

    Files of the same `group` make one item. Without an `id`, it is the group's name, or that of the
    one file without its suffix.

    `geometry` (GeoJSON) and `bbox` (west, south, east, north; degrees), or one of them, say where
    it is. `variable` is the array of a container that is read, or the layer. `reader` is who reads
    the file; None leaves it to the file's name.
    """

    pattern: str | None = None
    group: str | None = None
    id: str | None = None
    title: str | None = None
    datetime: DatetimeRule | None = None
    properties: Mapping[str, Any] = field(default_factory=dict)
    asset: AssetRules = AssetRules()
    geometry: Mapping[str, Any] | None = None
    bbox: tuple[float, ...] | None = None
    variable: str | None = None
    reader: str | None = None


@dataclass(frozen=True, slots=True)
class ReadRules:
    """What is read (`statistics`: exact, sampled, none) and what of it is shown (`extensions`).

    `access` is download, or remote, which reads of a file at a URL only the head. `footprint` is
    that of all pixels (outline) or of the valid ones (valid-data); `timeout` is how many seconds
    reading one file may take.
    """

    extensions: tuple[str, ...] = ("proj", "raster", "eo", "file", "table", "cube")
    statistics: str = "exact"
    footprint: str = "outline"
    timeout: int = 300
    access: str = "download"


@dataclass(frozen=True, slots=True)
class Rate:
    """At most so many requests to a host in any window of so many seconds."""

    requests: int
    seconds: int


@dataclass(frozen=True, slots=True)
class FetchRules:
    """How hosts are asked; the keys are hosts in lower case, with a port where it is not the usual.

    `headers` go to their own host only; a value may hold `${NAME}` for an environment variable.
    `netrc` says whether the user's netrc file may give credentials.
    """

    rate: Mapping[str, Rate] = field(default_factory=dict)
    headers: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    netrc: bool = False


@dataclass(frozen=True, slots=True)
class Source:
    """One entry under `assets:`. `kind` is its key in the registry of sources.

    `address` is the URL, list, glob or record as the spec writes it, and may hold a secret: show
    `urls.public(address)`. `rules` are the spec's own with this entry's on top. `include` and
    `exclude` are globs over the names of a record's files, or the paths in a `bucket`; without
    `include`, all of them. What is only a bucket's, `Bucket` explains.
    """

    kind: str
    address: str
    rules: ItemRules
    place: Place
    href: str | None = None
    sha256: str | None = None
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    endpoint: str | None = None
    region: str | None = None
    anonymous: bool = False

    @property
    def bucket(self) -> Bucket | None:
        """The place in an object store, if it is one."""
        if self.kind != "bucket":
            return None
        return Bucket.at(self.address, self.endpoint, self.region, self.anonymous)


@dataclass(frozen=True, slots=True)
class Spec:
    """A whole `catalog.yaml`, valid.

    `layout` is the template of the sub-catalogs' folders; `executor` is who reads, in one of the
    forms of `engine`; `cache` is one that machines share, in one of the forms of `location`, or as
    a bucket; `outputs` are the forms in which items are published; `thumbnails` tells whether each
    gets a picture; `osc` is for the Open Science Catalog, and no document of ours
    depends on it; `sha256` is the digest of the text. `buckets` are those that it names, each once.
    """

    path: Path
    catalog: CatalogFields
    output: str
    read: ReadRules
    sources: tuple[Source, ...]
    fetch: FetchRules = FetchRules()
    layout: str | None = None
    executor: str = "local"
    cache: str | Bucket | None = None
    outputs: tuple[str, ...] = (STAC,)
    osc: OpenScience | None = None
    thumbnails: bool = False
    sha256: str = field(default="", compare=False)
    buckets: tuple[Bucket, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Find the buckets once: there may be as many sources as files, and each file asks."""
        found = {bucket: None for source in self.sources if (bucket := source.bucket)}
        object.__setattr__(self, "buckets", tuple(found))


# ------------------------------------------------------------------- what is published, and got


@dataclass(frozen=True, slots=True)
class Asset:
    """One data file. `location` is its URL, or its path below the spec's folder with slashes.

    `location` may hold a secret; `href` is its public address (None: the catalog links to the
    local file). `size` in bytes and `checksum` (`sha256:…`, `md5:…`) are what its publisher
    declares, or, for a local file, what it has; `etag` is that of its version when it was listed.
    """

    name: str
    location: str
    href: str | None = None
    is_local: bool = False
    size: int | None = None
    checksum: str | None = None
    etag: str | None = None


@dataclass(frozen=True, slots=True)
class Validators:
    """What the publisher said of the bytes (RFC 9110 section 8.8), to ask cheaply for changes."""

    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True)
class Blob:
    """The bytes of an asset, named by their SHA-256 in lower-case hex; `size` in bytes.

    Of a file that was read remotely nobody has all bytes: it has no SHA-256, and its validators
    stand for it.
    """

    sha256: str | None
    size: int
    validators: Validators = Validators()

    def name(self, address: str) -> str:
        """What tells these bytes from any others; `address` is their public one."""
        if self.sha256 is not None:
            return self.sha256
        said = [address, self.size, self.validators.etag, self.validators.last_modified]
        return f"remote:{sha256(json_line(said).encode())}"

    def unhashed(self) -> "Blob":
        """The same as a remote reading knows it."""
        return replace(self, sha256=None)


# --------------------------------------------------------------------------------- the manifest


@dataclass(frozen=True, slots=True)
class Reading:
    """A record, and what it depends on beside the bytes: reader with version, and options.

    The record is kept as a line of JSON: of 100,000 records a build looks into few.
    """

    reader: str
    options: Mapping[str, str]
    line: str

    @classmethod
    def of(cls, reader: str, options: Mapping[str, str], record: Record) -> "Reading":
        """The reading that consists of these. Raises ValueError for NaN."""
        return cls(reader, options, json_line(record))

    @property
    def record(self) -> Record:
        """The record, taken from its line anew each time."""
        found: Record = json_value(self.line)
        return found


@dataclass(frozen=True, slots=True)
class KnownAsset:
    """An asset as the last build had it. `location` is public here; `href` None means local."""

    location: str
    href: str | None
    blob: Blob
    reading: Reading


@dataclass(frozen=True, slots=True)
class KnownItem:
    """An item as the last build had it; `file_sha256` is the digest of its STAC document.

    `folder` is that of its sub-catalog below the output, empty where it is the root's.
    `thumbnail` is the digest of its picture, None where it has none.
    """

    file_sha256: str
    assets: Mapping[str, KnownAsset]
    folder: str = ""
    thumbnail: str | None = None


@dataclass(frozen=True, slots=True)
class Publication:
    """What a repository says of a record as a whole, in the version `id` that was listed.

    `page` is its public address. Texts are plain, `license` is an SPDX identifier, and `providers`
    are as STAC has them; what the record does not say is empty.
    """

    id: str
    page: str
    title: str = ""
    description: str = ""
    license: str = ""
    providers: tuple[Mapping[str, Any], ...] = ()
    keywords: tuple[str, ...] = ()
    doi: str = ""
    citation: str = ""


@dataclass(frozen=True, slots=True)
class Manifest:
    """All that is remembered of the last build. `listings` holds what each listed source gave.

    The keys of `listings` name a source with all that its listing depends on, and so do those of
    `records`, which has what a repository says of each record; those of `items` are item ids.
    """

    output: str
    listings: Mapping[str, tuple[Asset, ...]] = field(default_factory=dict)
    items: Mapping[str, KnownItem] = field(default_factory=dict)
    records: Mapping[str, Publication] = field(default_factory=dict)
    outputs: tuple[str, ...] = (STAC,)


# ------------------------------------------------------------------------------------- the plan


class Action(StrEnum):
    """What becomes of an item's document."""

    ADD = "add"
    UPDATE = "update"
    KEEP = "keep"
    REMOVE = "remove"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of one item, and why, in words."""

    action: Action
    reason: str
