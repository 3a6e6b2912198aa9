"""Where a cache lies that machines share, as the command line and specs name it."""

import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

from itemcat.bucket import Bucket

Location = Bucket | Path
"""A place in an object store, or a folder of a file system that all machines have."""

FORMS = "s3://bucket/prefix, gs://bucket/prefix, az://account/container/prefix, or a folder"
_BUCKET = re.compile(
    r"(?:(?:s3|gs)://[A-Za-z0-9][A-Za-z0-9._-]{0,221}"
    r"|az://[a-z0-9]{3,24}/[$a-z0-9][a-z0-9-]{0,62})"
    r"(?:/(?!\.{1,2}(?:/|$))[^\s\\/?#\x00-\x1f\x7f]+)*/?"
)


def named(text: str, folder: Path) -> Location:
    """The place of a name in one of the `FORMS`; paths are relative to `folder`.

    Raises ValueError for any other, without showing it, since it may hold a secret.
    """
    if _BUCKET.fullmatch(text):
        return bucket(text)
    if text.startswith("file://"):
        parts = urlsplit(text)
        if parts.netloc not in ("", "localhost") or parts.query or parts.fragment:
            raise ValueError("the folder of another machine has no address: name its path here")
        text = unquote(parts.path)
    if not text or "://" in text or "\0" in text:
        raise ValueError(f"must be {FORMS}")
    try:
        return folder / Path(text).expanduser()
    except RuntimeError:
        raise ValueError("begins with the home of a user whom this machine does not know") from None


def bucket(
    address: str, endpoint: str | None = None, region: str | None = None, anonymous: bool = False
) -> Bucket:
    """The place at an address, with or without a slash at its end."""
    return Bucket.at(f"{address.rstrip('/')}/", endpoint, region, anonymous)


def shown(location: Location) -> str:
    """How it is called in messages."""
    return location.shown if isinstance(location, Bucket) else str(location)
