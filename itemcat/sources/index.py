"""`index: https://host/data/`: the files that a folder's page links to, as web servers write it."""

import html
import re
from urllib.parse import quote, unquote, urljoin, urlsplit

from itemcat.errors import SourceError, SpecError
from itemcat.model import Asset, Source
from itemcat.sources.http import Http
from itemcat.sources.listed import Listed, is_file_name, is_wanted, shown

_LINK = re.compile(
    rb"""<a\s(?:[^<>]*?\s)?href\s*=\s*(?:"([^"<>]*)"|'([^'<>]*)'|([^\s"'<>]+))""", re.IGNORECASE
)


def resolve(source: Source, http: Http) -> Listed:
    """The files just below the address that `include` and `exclude` leave, by name.

    Links that lead elsewhere, or have a query, are no files. Raises SpecError where nothing
    matches, and SourceError where the page cannot be had or links to no file.
    """
    where, named = str(source.place), f"`index: {source.address}`"
    answer = http.get(source.address, "text/html")
    if answer.status != 200:
        what = f"{named} cannot be listed: its host answers {answer.status}"
        raise SourceError(where, what, "open the address in a browser: does it list the files?")
    names = sorted(_names(answer.body, source.address))
    if not names:
        hint = "it has to be a page that links to the files, without a script that draws it"
        raise SourceError(where, f"{named}: links to no file below it", hint)
    wanted = [name for name in names if is_wanted(name, source)]
    if not wanted:
        raise SpecError(where, f"{named}: no file has a name that matches", shown(names))
    return Listed(tuple(_asset(name, source.address) for name in wanted))


def _names(body: bytes, address: str) -> set[str]:
    """The names of the files that a page links to; those that are none are left out."""
    folder = urlsplit(address)
    names = set()
    for found in _LINK.finditer(body):
        link = html.unescape((found[1] or found[2] or found[3] or b"").decode("utf-8", "replace"))
        try:
            target = urlsplit(urljoin(address, link))
        except ValueError:
            continue
        is_below = target[:2] == folder[:2] and target.path.startswith(folder.path)
        name = unquote(target.path[len(folder.path) :])
        if is_below and not target.query and is_file_name(name):
            names.add(name)
    return names


def _asset(name: str, address: str) -> Asset:
    href = f"{address}{quote(name, safe='')}"
    return Asset(name, href, href)
