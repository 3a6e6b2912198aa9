"""Object stores, through obstore: what a bucket lists, and addresses signed for a while.

Objects are then fetched as any other file on the web is. Credentials are those that the cloud's
variables in the environment give, and are never written or shown.
"""

import os
import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from types import MappingProxyType
from typing import Any
from urllib.parse import unquote

from itemcat.bucket import Bucket, Stored
from itemcat.errors import FetchError, UsageError
from itemcat.fetch.client import AGENT
from itemcat.fetch.patience import Patience

PAGE = 1000  # objects of an answer, as S3 and Cloud Storage give them
_SIGNED_FOR = timedelta(hours=1)  # a transfer that has begun may last longer
# Any of these means credentials; others that obstore knows only go with one of them.
_VARIABLES = {
    "s3": (
        *("AWS_ACCESS_KEY_ID", "AWS_WEB_IDENTITY_TOKEN_FILE"),
        *("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI"),
    ),
    "gs": (
        *("GOOGLE_APPLICATION_CREDENTIALS", "GOOGLE_SERVICE_ACCOUNT"),
        *("GOOGLE_SERVICE_ACCOUNT_PATH", "GOOGLE_SERVICE_ACCOUNT_KEY"),
    ),
    "az": (
        *("AZURE_STORAGE_ACCOUNT_KEY", "AZURE_STORAGE_ACCESS_KEY", "AZURE_STORAGE_MASTER_KEY"),
        *("AZURE_CLIENT_ID", "AZURE_STORAGE_CLIENT_ID"),
    ),
}
NO_RETRIES = MappingProxyType({"max_retries": 0})  # where the patience is ours
_STATUS = re.compile(r"status code: (\d{3})")
_CODE = re.compile(r"<Code>([A-Za-z]{1,60})</Code>")
_OF_THE_DISK = re.compile(r"\(os error (\d+)\)")


class Refused(Exception):
    """What a store answers instead of a page: its status, if there was an answer, and in words."""

    def __init__(self, status: int | None, words: str = "", *, is_bad_key: bool = False) -> None:
        super().__init__(words)
        self.status = status
        self.is_bad_key = is_bad_key


class Stores:
    """Those of a spec, each opened when it is needed first, for several threads at once."""

    def __init__(self, buckets: Sequence[Bucket], patience: Patience) -> None:
        self._buckets = sorted(buckets, key=lambda bucket: len(bucket.prefix), reverse=True)
        self._patience = patience
        self._lock = threading.Lock()
        self._open: dict[Bucket, Any] = {}

    def signed(self, method: str, url: str) -> str:
        """The address with a signature, if it is that of an object that is asked for with one.

        Raises FetchError where the credentials cannot be used, UsageError without the library.
        """
        for bucket in self._buckets:
            key = bucket.key(url)
            if key is not None:
                return self._signed(method, url, bucket, key) if uses_credentials(bucket) else url
        return url

    def pages(self, bucket: Bucket, after: str | None) -> Iterator[list[Stored]]:
        """The objects of a bucket by their keys, a page at a time, from behind the key `after`.

        Raises Refused, FetchError for credentials of no use, UsageError without the library.
        """
        obstore = library(bucket.shown)
        prefix = bucket.prefix or None
        try:
            for page in obstore.list(self._store(bucket), prefix, offset=after, chunk_size=PAGE):
                yield [_stored(one) for one in page]
        except errors(obstore) as error:
            raise refused(error) from None

    def _signed(self, method: str, url: str, bucket: Bucket, key: str) -> str:
        obstore, store = library(bucket.shown), self._store(bucket)
        try:
            signed: str = obstore.sign(store, method, key, _SIGNED_FOR)
        except errors(obstore) as error:
            # Not the library's words: they may be about the credentials.
            raise unusable(url, bucket, error) from None
        path = signed.partition("?")[0]
        is_same = path == url or (bucket.store == "az" and unquote(path) == unquote(url))
        if not is_same:  # Google's are not quoted as they should be
            what = "has a name for which no address can be signed"
            raise FetchError(url, what, "leave it out with `exclude:`, or rename it")
        return signed

    def _store(self, bucket: Bucket) -> Any:
        with self._lock:
            if bucket not in self._open:
                try:
                    self._open[bucket] = opened(bucket, self._patience)
                except errors(library(bucket.shown)) as error:
                    raise unusable(bucket.shown, bucket, error) from None
            return self._open[bucket]


def uses_credentials(bucket: Bucket) -> bool:
    """Whether the environment has credentials for a bucket that may be asked with them."""
    names = _VARIABLES[bucket.store]
    return not bucket.anonymous and any(os.environ.get(name) for name in names)


def variable(bucket: Bucket) -> str:
    """The first of the variables that give credentials for a bucket."""
    return _VARIABLES[bucket.store][0]


def opened(
    bucket: Bucket,
    patience: Patience,
    retries: Mapping[str, Any] = NO_RETRIES,
    longest: timedelta = timedelta(seconds=30),
) -> Any:
    """What obstore knows a bucket by: nothing but credentials and region is the environment's.

    `longest` is how long one request may take, with all bytes that it brings.
    """
    from obstore import store  # noqa: PLC0415 (an extra)

    common: dict[str, Any] = {
        "retry_config": dict(retries),
        "client_options": {
            "allow_http": bucket.base.startswith("http:"),
            "connect_timeout": timedelta(seconds=patience.connect),
            "read_timeout": timedelta(seconds=patience.read),
            "timeout": longest,
            "user_agent": AGENT,
        },
        "skip_signature": not uses_credentials(bucket),
    }
    if bucket.store == "gs":
        host = "https://storage.googleapis.com"
        return store.GCSStore(bucket.name, base_url=host, **common)
    if bucket.store == "az":
        account, _, container = bucket.name.partition("/")
        host = f"https://{account}.blob.core.windows.net"
        return store.AzureStore(container, account_name=account, endpoint=host, **common)
    host = bucket.base.rstrip("/")  # with the bucket's name in it, whether in front or behind
    region: dict[str, Any] = {"region": bucket.region} if bucket.region else {}
    return store.S3Store(
        bucket.name,
        endpoint=host,
        aws_endpoint_url_s3=host,  # which counts more, and else would come from the environment
        virtual_hosted_style_request=True,
        **region,
        **common,
    )


def library(where: str) -> Any:
    """The library for object stores. Raises UsageError about `where` without it."""
    try:
        import obstore  # noqa: PLC0415 (an extra)
    except ImportError:
        what = "needs the library for object stores, obstore, which is not installed"
        hint = 'install it with `pip install "itemcat[buckets]"`'
        raise UsageError(where, what, hint) from None
    return obstore


def errors(obstore: Any) -> tuple[type[Exception], ...]:
    """What obstore raises."""
    own: type[Exception] = obstore.exceptions.BaseError
    return own, OSError, ValueError


def refused(error: Exception) -> Refused:
    """What an error of obstore says about an answer: its status, and S3's name for it.

    Nothing else of its text is used: it may hold addresses with secrets, and the ids of keys.
    """
    text = str(error)
    status, code, disk = _STATUS.search(text), _CODE.search(text), _OF_THE_DISK.search(text)
    if type(error).__name__ == "InvalidPathError":
        return Refused(None, is_bad_key=True)
    if status:
        return Refused(int(status[1]), " ".join([status[1], *([code[1]] if code else [])]))
    if disk:
        return Refused(None, os.strerror(int(disk[1])))
    return Refused(301, "with a redirect") if "redirect" in text else Refused(None)


def _stored(listed: Any) -> Stored:
    etag = listed["e_tag"]
    is_sound = isinstance(etag, str) and len(etag) <= 200 and etag.isprintable()
    return Stored(listed["path"], listed["size"], etag if is_sound else None)


def unusable(where: str, bucket: Bucket, error: Exception) -> FetchError:
    """The error about `where` for credentials that obstore does not take."""
    what = f"the credentials in the environment cannot be used here ({type(error).__name__})"
    hint = f"check the variables {variable(bucket)} and so on, or say `anonymous: true`"
    return FetchError(where, what, hint)
