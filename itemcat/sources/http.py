"""What a source may ask of a host: one document at an address, or what a bucket holds."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from itemcat.bucket import Bucket, Stored
from itemcat.errors import SourceError


@dataclass(frozen=True, slots=True)
class Answer:
    """What a host answered: a status (RFC 9110 section 15), and the body that came with a 200."""

    status: int
    body: bytes = b""


class Http(Protocol):
    """Asks hosts; each address at most once a build."""

    def get(self, url: str, media_type: str = "application/json") -> Answer:
        """The answer at an address that holds no secret, if there are several, of that type.

        Raises FetchError or SourceError.
        """

    def objects(self, bucket: Bucket) -> Sequence[Stored]:
        """Every object below the prefix of a bucket, of which there may be none.

        Raises FetchError, and UsageError where the library for it is not installed.
        """


def json_of(answer: Answer, where: str) -> dict[str, Any]:
    """The JSON object in an answer. Raises SourceError for anything else."""
    value = _json(answer)
    if not isinstance(value, dict):
        raise _unexpected(answer, where, "no JSON object")
    return value


def list_of(answer: Answer, where: str) -> list[Any]:
    """The JSON array in an answer. Raises SourceError for anything else."""
    value = _json(answer)
    if not isinstance(value, list):
        raise _unexpected(answer, where, "no JSON array")
    return value


def _json(answer: Answer) -> Any:
    try:
        return json.loads(answer.body, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return None


def _unexpected(answer: Answer, where: str, found: str) -> SourceError:
    start = answer.body[:200].lstrip().lower()
    is_page = start.startswith((b"<!doctype", b"<html"))
    kind = "an HTML page" if is_page else found
    hint = "is this the address of a record, and does the host have the API of such repositories?"
    return SourceError(where, f"its host answers with {kind}", hint)


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")
