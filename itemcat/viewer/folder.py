"""The folder of a catalog: nothing outside of it is ever read or served."""

import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urlsplit

from itemcat.errors import UsageError

_FORBIDDEN = frozenset('\\:\0<>|?*"')  # separators, drives and streams of Windows among them


@dataclass(frozen=True, slots=True)
class Folder:
    """`root` is the real path of the folder, `catalog` the name of the catalog's file in it."""

    root: Path
    catalog: str

    @classmethod
    def of(cls, catalog: Path, hint: str) -> "Folder":
        """The folder that a `catalog.json` lies in. Raises UsageError, with this hint, for none."""
        found = cls(catalog.parent.resolve(), catalog.name)
        if found.path(catalog.name) is None:
            raise UsageError(str(catalog), "there is no such catalog", hint)
        return found

    def path(self, name: str) -> Path | None:
        """The plain file of a name with slashes; None for what is none, hidden, outside, a link."""
        parts = name.split("/")
        if any(not part or part[0] == "." or _FORBIDDEN & set(part) for part in parts):
            return None
        path = f"{self.root}{os.sep}{name.replace('/', os.sep)}"
        try:
            mode = os.lstat(path).st_mode
            is_ours = stat.S_ISREG(mode) and os.path.realpath(path) == path
        except (OSError, ValueError):
            return None
        return Path(path) if is_ours else None

    def open(self, name: str) -> BinaryIO | None:
        """The file of a name, opened for reading; None as for `path`, or where it cannot be."""
        path = self.path(name)
        try:
            return None if path is None else path.open("rb")
        except OSError:
            return None

    def read(self, name: str, most: int) -> bytes | None:
        """The bytes of a file; None as for `open`, or where they are more than `most`."""
        file = self.open(name)
        if file is None:
            return None
        with file:
            data = file.read(most + 1)
        return data if len(data) <= most else None


def follow(base: str, href: object) -> str | None:
    """The name that a relative link of the file `base` leads to; None for any other link."""
    if not isinstance(href, str) or not href:
        return None
    try:
        parts = urlsplit(href)
    except ValueError:
        return None
    if parts.scheme or parts.netloc or parts.path.startswith("/"):
        return None
    names = base.split("/")[:-1]
    for name in parts.path.split("/"):
        if name == "..":
            if not names:
                return None
            names.pop()
        elif name not in ("", "."):
            names.append(name)
    return "/".join(names) or None
