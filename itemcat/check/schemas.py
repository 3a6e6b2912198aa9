"""JSON Schemas by their addresses: out of packages, or kept once they have been fetched.

The core of STAC comes with PySTAC. Extension schemas are taken out of the package `rashid` where
it is installed (its data alone: it is never imported), or else fetched once and kept for good, for
what stands at a versioned address does not change.
"""

import json
import re
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from itemcat.check.session import Session

Schema = dict[str, Any]
FILE = "schemas.sqlite"
_PLAIN = re.compile(r"https?://[\w.:-]+(?:/[\w.~+-]+)+")


class Unavailable(Exception):
    """A schema cannot be had. The text says why."""


class Schemas:
    """Finds schemas; those that are fetched are kept in `folder`. `offline` fetches none."""

    def __init__(self, folder: Path, *, offline: bool = False) -> None:
        self._folder = folder
        self._offline = offline
        self._core: Mapping[str, Schema] | None = None
        self._session: Session | None = None

    def get(self, address: str) -> Schema:
        """The schema at an address. Raises Unavailable."""
        plain = address.partition("#")[0]
        if not _PLAIN.fullmatch(plain) or "/.." in plain:
            raise Unavailable("this is no address of a schema")
        return self._of_core(plain) or _packaged(plain) or self._fetched(plain)

    def _of_core(self, address: str) -> Schema | None:
        if self._core is None:
            from pystac.validation import local_validator  # noqa: PLC0415 (imports much)

            self._core = local_validator.get_local_schema_cache()
        return self._core.get(address)

    def _fetched(self, address: str) -> Schema:
        """As it was kept, or else from the network."""
        from itemcat.check.session import Refused, Session  # noqa: PLC0415 (imports much)

        if self._session is None:
            self._session = Session(self._folder / FILE, offline=self._offline)
        try:
            schema = json.loads(self._session.get(address))
        except Refused as error:
            raise Unavailable(str(error)) from None
        except (ValueError, RecursionError):
            schema = None
        if not isinstance(schema, dict):
            raise Unavailable("what is there is no JSON object")
        return schema


def _packaged(address: str) -> Schema | None:
    """The schema as the package rashid carries it; None where it does not."""
    package = find_spec("rashid")
    for place in package.submodule_search_locations or () if package else ():
        path = Path(place, "_schemas", "extensions", address.partition("://")[2])
        if path.is_file():
            schema: Schema = json.loads(path.read_bytes())
            return schema
    return None
