"""The words of the test server: what it serves, how it fails, what it saw."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field

PATIENCE = 30.0  # seconds after which a test that waits for something has failed


@dataclass
class Request:
    """One request: `path` with its query, names of `headers` in lower case.

    `status` is what was answered (0: nothing), `sent` the bytes of body so far.
    """

    method: str
    path: str
    headers: Mapping[str, str]
    status: int = 0
    sent: int = 0


@dataclass(frozen=True)
class Resource:
    """What a path gives. Without `conditions` or `ranges` the server ignores those headers."""

    data: bytes
    etag: str | None = None
    last_modified: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    conditions: bool = True
    ranges: bool = True
    chunked: bool = False
    head: bool = True


@dataclass(frozen=True)
class Hold:
    """After so many bytes of body, `reached` is set and the server waits for `go`."""

    after: int
    reached: threading.Event = field(default_factory=threading.Event)
    go: threading.Event = field(default_factory=threading.Event)


@dataclass(frozen=True)
class Fault:
    """How one request goes wrong.

    `status` answers with that status and `body` in place of the file (a redirect with a Location
    in `headers`); `headers` are added or replace the server's own; `length` is the Content-Length
    claimed; `cut` closes the connection after so many bytes of body, `reset` does so rudely and
    before any answer; `hold` waits for the test; `ignore_range` answers 200 to a range request.
    """

    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    length: int | None = None
    cut: int | None = None
    reset: bool = False
    hold: Hold | None = None
    ignore_range: bool = False
