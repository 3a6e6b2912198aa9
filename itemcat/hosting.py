"""Where a git host shows a file to the public, by the address of the remote.

Sources: GitHub Docs ("Working with non-code files", "GitHub Pages"), GitLab Docs ("Repository
files", "Pages domains"), the Forgejo user guide and Codeberg Docs ("Codeberg Pages").
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import quote

from itemcat.urls import host

_URL = re.compile(r"(https?|ssh|git|git\+ssh)://(?:[^/]*@)?([^/@:]+)(:\d+)?/+(.+)", re.IGNORECASE)
_SCP = re.compile(r"(?:[^/@:]+@)?([^/@:\\]{2,}):(?!/)([^\\]+)")  # one letter is a drive of Windows
_SAME = {  # other names of hosts, for ssh through port 443
    "ssh.github.com": "github.com",
    "www.github.com": "github.com",
    "altssh.gitlab.com": "gitlab.com",
}
_UNAPPROVED = re.compile(r"raw\.githubusercontent\.com|.+\.github\.io")


class Kind(StrEnum):
    """The software of a host, as far as addresses depend on it."""

    GITHUB = "GitHub"
    GITLAB = "GitLab"
    GITEA = "Gitea"


@dataclass(frozen=True, slots=True)
class Address:
    """A public address, and what has to be so for it to answer, in words (empty: nothing)."""

    url: str
    condition: str = ""


@dataclass(frozen=True, slots=True)
class Hosted:
    """A repository at a host that is known: `site` is its origin, `names` lead to it there."""

    kind: Kind
    site: str
    names: tuple[str, ...]


def hosted(remote: str) -> Hosted | None:
    """The repository that a remote's address names; None for a path, and where nothing is known."""
    if found := _URL.fullmatch(remote):
        scheme, name, port, path = found.groups()
        is_web = scheme.lower() in ("http", "https")
    elif found := _SCP.fullmatch(remote):
        (name, path), scheme, port, is_web = found.groups(), "", "", False
    else:
        return None
    name = _SAME.get(name.lower(), name.lower())
    kind = _kind(name)
    names = tuple(part for part in path.rstrip("/").removesuffix(".git").split("/") if part)
    has_repository = len(names) >= 2 if kind is Kind.GITLAB else len(names) == 2
    if kind is None or not has_repository:
        return None
    site = f"{scheme.lower()}://{name}{port or ''}" if is_web else f"https://{name}"
    return Hosted(kind, site, names)


def addresses(remote: str, branch: str, path: str) -> tuple[Address, ...]:
    """Where a file of a branch can be read, as itself and as part of a site; empty: not known.

    `path` is from the repository's top, with slashes.
    """
    found = hosted(remote)
    if found is None:
        return ()
    return (Address(_raw(found, quote(branch), quote(path))), *_pages(found, quote(path)))


def approval(url: str) -> str:
    """What the Open Science Catalog says against a host of metadata; empty: nothing is known."""
    name = host(url)
    if not _UNAPPROVED.fullmatch(name):
        return ""
    return (
        f"{name} is no approved host of metadata for the Open Science Catalog: to be listed there, "
        "put the catalog where it approves (such as a host below esa.int)"
    )


def _kind(name: str) -> Kind | None:
    if name == "github.com":
        return Kind.GITHUB
    if name.startswith("gitlab."):
        return Kind.GITLAB
    if name in ("codeberg.org", "gitea.com") or name.startswith(("gitea.", "forgejo.")):
        return Kind.GITEA
    return None


def _raw(found: Hosted, branch: str, path: str) -> str:
    repository = quote("/".join(found.names))
    match found.kind:
        case Kind.GITHUB:
            return f"https://raw.githubusercontent.com/{repository}/{branch}/{path}"
        case Kind.GITLAB:
            return f"{found.site}/{repository}/-/raw/{branch}/{path}"
        case Kind.GITEA:
            return f"{found.site}/{repository}/raw/branch/{branch}/{path}"


def _pages(found: Hosted, path: str) -> tuple[Address, ...]:
    """The address on the host's pages, for the hosts whose pages have one by rule."""
    owner, *rest = (quote(name) for name in found.names)
    owner = owner.lower()
    if found.site == "https://codeberg.org":
        url = f"https://{owner}.codeberg.page/{rest[0]}/{path}"
        return (Address(url, "where the repository has a branch `pages` with the catalog"),)
    domain = {"https://github.com": "github.io", "https://gitlab.com": "gitlab.io"}.get(found.site)
    if domain is None:
        return ()
    is_root = rest[0].lower() == f"{owner}.{domain}"
    inner = "/".join([*(rest[1:] if is_root else rest), path])
    return (Address(f"https://{owner}.{domain}/{inner}", "where Pages is switched on"),)
