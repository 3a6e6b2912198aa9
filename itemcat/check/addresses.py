"""Where an href of a document leads: to a file of the catalog, out of its folder, or elsewhere."""

import posixpath
import re
from dataclasses import dataclass
from enum import Enum
from urllib.parse import unquote, urlsplit


class Kind(Enum):
    """What an href is."""

    FILE = "a file below the folder of the root"
    OUTSIDE = "a file that is not"
    MACHINE = "an absolute path of one machine"
    REMOTE = "an address"


@dataclass(frozen=True, slots=True)
class Target:
    """Where an href leads; `file` as a page's, for a FILE only."""

    kind: Kind
    file: str = ""


_DRIVE = re.compile(r"[A-Za-z]:[\\/]")


def target(href: str, file: str, home: str = "") -> Target:
    """Where `href` leads from `file`. `home` is the address of the root's folder, if it has one."""
    if home and href.startswith(home):
        href, file = href.removeprefix(home), ""
    try:
        parts = urlsplit(href)
    except ValueError:
        return Target(Kind.REMOTE)
    if _DRIVE.match(href) or parts.scheme == "file" or href.startswith(("/", "\\")):
        return Target(Kind.REMOTE if href.startswith("//") else Kind.MACHINE)
    if parts.scheme or parts.netloc:
        return Target(Kind.REMOTE)
    path = unquote(parts.path)
    if "\0" in path or "\\" in path:
        return Target(Kind.OUTSIDE)
    joined = posixpath.normpath(posixpath.join(posixpath.dirname(file), path)) if path else file
    is_out = joined == ".." or joined.startswith(("../", "/"))
    return Target(Kind.OUTSIDE) if is_out else Target(Kind.FILE, joined)
