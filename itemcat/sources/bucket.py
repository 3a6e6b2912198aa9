"""`bucket: s3://name/prefix/`: the objects below a prefix of an object store, or of several."""

import re
from collections import Counter

from itemcat.bucket import Bucket, Stored
from itemcat.errors import SourceError, SpecError
from itemcat.model import Asset, Source
from itemcat.sources.http import Http
from itemcat.sources.listed import Listed, is_file_name, is_wanted, shown

# As the spec's schema has it, where a slash ends it; a person may leave that out.
_NAMED = re.compile(
    r"""(?:(?:s3|gs)://[A-Za-z0-9][A-Za-z0-9._-]{0,221}
        |az://[a-z0-9]{3,24}/[$a-z0-9][a-z0-9-]{0,62})
    (?:/(?!\.{1,2}(?:/|\Z))[^\s\\/?#]+)*/?""",
    re.VERBOSE,
)
_SERVER = re.compile(
    r"https?://(?:\[[0-9A-Fa-f:.]+\]|[^\s\\/?#@:\[\]\x00-\x1f\x7f]+)(?::[0-9]+)?(?:/[A-Za-z0-9._~-]+)*/?"
)
_REGION = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")


def bucket_named(text: str) -> str | None:
    """The address as an entry has it of a bucket that somebody names; None for no bucket."""
    if not text.isprintable() or not _NAMED.fullmatch(text):
        return None
    return f"{text.rstrip('/')}/"


def is_server(text: str) -> bool:
    """Whether a text is the address of a server as an entry has it."""
    return _SERVER.fullmatch(text) is not None


def is_region(text: str) -> bool:
    """Whether a text is the name of a region as an entry has it."""
    return _REGION.fullmatch(text) is not None


def resolve(source: Source, http: Http) -> Listed:
    """The objects whose paths below the prefix `include` and `exclude` leave, by key.

    Objects without a byte, which stand for folders, do not count. Raises SpecError where nothing
    matches, and SourceError for an empty bucket or keys that are no paths.
    """
    where, named = str(source.place), f"`bucket: {source.address}`"
    bucket = source.bucket or Bucket.at(source.address)
    start = len(bucket.prefix)
    stored = {one.key[start:]: one for one in _files(http, bucket, where, named)}
    wanted = sorted(path for path in stored if is_wanted(path, source))
    if not wanted:
        raise SpecError(where, f"{named}: no object has a path that matches", shown([*stored]))
    return Listed(tuple(_asset(path, stored[path], bucket, f"{where}: {named}") for path in wanted))


def _files(http: Http, bucket: Bucket, where: str, named: str) -> list[Stored]:
    """The objects that are files. Raises SourceError where there are none."""
    found = [one for one in http.objects(bucket) if one.size and one.key != bucket.prefix]
    if not found:
        hint = "check the prefix: upper and lower case differ"
        raise SourceError(where, f"{named}: lists no objects", hint)
    key, times = Counter(one.key for one in found).most_common(1)[0]
    if times > 1:
        what = f"{named}: lists {key[:80]!a} twice"
        raise SourceError(where, what, "ask who runs this store")
    return found


def _asset(path: str, stored: Stored, bucket: Bucket, where: str) -> Asset:
    parts = path.split("/")
    if not all(map(is_file_name, parts)):
        what = f"{path[:80]!a} is no path of a file"
        raise SourceError(where, what, "leave it out with `exclude:`, and tell its publisher")
    address = bucket.address(stored.key)
    return Asset(parts[-1], address, address, size=stored.size, etag=stored.etag)
