"""A stranger's JSON, taken apart: what is not in the right form is not there."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from itemcat.sources.prose import line

MOST = 500  # creators and keywords that a catalog names
_DOI = re.compile(r"10\.[0-9]{4,9}/[!-~]{1,200}")  # https://doi.org/10.1000/182 section 2.2
_ORCID = re.compile(r"(?:\d{4}-){3}\d{3}[\dX]")
_NAME = 300  # characters


def part(value: Any, *keys: str) -> Any:
    """What stands under these keys, one in the other; None where there is no such thing."""
    for key in keys:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def mapping(value: Any) -> Mapping[str, Any]:
    """A mapping; an empty one for anything else."""
    return value if isinstance(value, Mapping) else {}


def several(value: Any) -> list[Any]:
    """The first of a list's parts; none for anything else."""
    return value[:MOST] if isinstance(value, list) else []


def is_size(value: Any) -> bool:
    """Whether this is a number of bytes, or none is given."""
    return value is None or (type(value) is int and 0 <= value < 1 << 63)


def doi(value: Any) -> str:
    """A DOI; empty for what is none."""
    return value if isinstance(value, str) and _DOI.fullmatch(value) else ""


def orcid(*values: Any) -> str:
    """The first ORCID iD among these; empty where there is none."""
    return next((one for one in values if isinstance(one, str) and _ORCID.fullmatch(one)), "")


def words(values: Iterable[Any]) -> tuple[str, ...]:
    """Keywords, each once and on one line."""
    return tuple(dict.fromkeys(text for value in values if (text := line(value, _NAME))))


def providers(
    creators: Iterable[tuple[str, str]], publisher: str, page: str
) -> Iterator[dict[str, Any]]:
    """STAC's providers: who made it, each with an ORCID iD or none, and who hosts it."""
    for name, person in creators:
        link = {"url": f"https://orcid.org/{person}"} if person else {}
        yield {"name": name, "roles": ["producer"], **link}
    if publisher:
        yield {"name": publisher, "roles": ["host"], "url": page}
