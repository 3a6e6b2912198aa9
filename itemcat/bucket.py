"""A place in an object store, and the addresses that the objects below it have on the web."""

from dataclasses import dataclass
from urllib.parse import quote, unquote


@dataclass(frozen=True, slots=True)
class Bucket:
    """The objects of a bucket whose keys begin with `prefix`, which is empty or ends in a slash.

    `store` is s3, gs or az, and `name` the bucket's, for az `account/container`. `endpoint` is the
    address of an S3-compatible server (None: that of the cloud itself), `region` one of AWS.
    `anonymous` says that credentials are not used even where there are some.
    """

    store: str
    name: str
    prefix: str
    endpoint: str | None = None
    region: str | None = None
    anonymous: bool = False

    @classmethod
    def at(
        cls,
        address: str,
        endpoint: str | None = None,
        region: str | None = None,
        anonymous: bool = False,
    ) -> "Bucket":
        """The place at `s3://name/prefix/`, `gs://name/…` or `az://account/container/…`."""
        store, _, rest = address.partition("://")
        parts = rest.split("/")
        depth = 2 if store == "az" else 1
        name, prefix = "/".join(parts[:depth]), "/".join(parts[depth:])
        return cls(store, name, prefix, endpoint, region, anonymous)

    @property
    def base(self) -> str:
        """The address behind which keys stand, with a slash at its end.

        Sources: the S3 user guide, "Virtual hosting of buckets"; the request endpoints of Cloud
        Storage's XML API; Azure's "Naming and referencing containers, blobs, and metadata".
        """
        if self.store == "gs":
            return f"https://storage.googleapis.com/{self.name}/"
        if self.store == "az":
            account, _, container = self.name.partition("/")
            return f"https://{account}.blob.core.windows.net/{container}/"
        if self.endpoint:
            return f"{self.endpoint.rstrip('/')}/{self.name}/"
        host = f"s3.{self.region}.amazonaws.com" if self.region else "s3.amazonaws.com"
        if "." in self.name:  # AWS's certificates are for names of one part
            return f"https://{host}/{self.name}/"
        return f"https://{self.name}.{host}/"

    @property
    def shown(self) -> str:
        """How it is called in messages."""
        return f"{self.store}://{self.name}/{self.prefix}"

    def address(self, key: str) -> str:
        """The address of an object (RFC 3986); the slashes of its key stay."""
        return self.base + quote(key, safe="/", errors="replace")

    def key(self, address: str) -> str | None:
        """The key of the object at an address; None for what is not below the prefix."""
        key = unquote(address.removeprefix(self.base)) if address.startswith(self.base) else ""
        return key if key.startswith(self.prefix) and key != self.prefix else None

    def path(self, address: str) -> str:
        """The path below the prefix of the object at an address; empty for any other."""
        return (self.key(address) or "").removeprefix(self.prefix)


@dataclass(frozen=True, slots=True)
class Stored:
    """An object as its store lists it: key, size in bytes, ETag (RFC 9110 section 8.8.3)."""

    key: str
    size: int
    etag: str | None


def is_same_version(listed: str | None, told: str | None) -> bool:
    """Whether the ETags of a listing and of an answer are the same; Azure lists it unquoted."""
    return bool(listed and told) and _bare(listed) == _bare(told)


def _bare(etag: str | None) -> str:
    return (etag or "").strip('"')
