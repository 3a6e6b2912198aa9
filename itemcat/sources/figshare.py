"""`figshare: 1434614`: the files of an article on Figshare, or on a portal that Figshare runs.

Shapes: https://docs.figshare.com/#articles. An answer is a stranger's: every part of it may be
anything. What an article says of its files is ten of them at most; all are listed apart.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from itemcat.errors import SourceError
from itemcat.model import Publication, Source
from itemcat.sources.http import Http, json_of, list_of
from itemcat.sources.licenses import spdx_at
from itemcat.sources.listed import Listed
from itemcat.sources.parts import doi, is_size, mapping, orcid, part, providers, several, words
from itemcat.sources.prose import line, plain
from itemcat.sources.record import Offer, chosen, granted, named

API = "https://api.figshare.com/v2/articles"
FILES = "https://ndownloader.figshare.com/files"
# A number, a DOI with or without a version, or the address of a page.
_NAMED = re.compile(
    r"""(?:(?:doi:|https?://(?:dx\.)?doi\.org/)?10\.6084/m9\.figshare\.(\d{1,12})(?:\.v(\d{1,4}))?
        |https://(?:[a-z0-9-]+\.)*figshare\.com/articles/(?:[^\s/?#]+/){0,2}?(\d{1,12})(?:/(\d{1,4}))?/?)""",
    re.IGNORECASE | re.VERBOSE,
)
_MD5 = re.compile(r"[0-9a-f]{32}")
_AT_ONCE = 1000  # files that one answer lists, at most
_MOST_ANSWERS = 50


def resolve(source: Source, http: Http) -> Listed:
    """The files of the article that `include` and `exclude` leave, by name, and what it says.

    Without a version the latest counts. Raises SpecError where nothing matches, and SourceError
    where the article cannot be listed or has no files.
    """
    number, version = address(source.address)
    page = f"https://figshare.com/articles/{number}"
    asked = f"{API}/{number}"
    article = _article(f"{asked}/versions/{version}" if version else asked, page, http, source)
    if part(article, "id") != int(number):
        what = f"{named(source)}: its host answers with another article"
        raise SourceError(str(source.place), what, f"see {page}")
    current = part(article, "version")
    if type(current) is not int:
        raise _unlisted(source, page)
    offers = [
        _offer(file, source, page)
        for file in _files(f"{asked}/versions/{current}/files", page, http, source)
    ]
    why = "they are embargoed" if part(article, "is_embargoed") is True else "it has none"
    assets = chosen(source, offers, page, why)
    news = ""
    if version:
        latest = part(_article(asked, page, http, source), "version")
        if type(latest) is int and latest > current:
            news = f"{named(source)}: there is a newer version of this article, {page}/{latest}"
    return Listed(assets, _publication(article, f"{page}/{current}"), news)


def address(text: str) -> tuple[str, str]:
    """The number of the article and its version (empty: the latest) in what a spec has.

    Raises ValueError for anything else, which the schema of a spec does not let through.
    """
    if text.isdecimal():
        return str(int(text)), ""
    if found := _NAMED.fullmatch(text):
        return str(int(found[1] or found[3])), found[2] or found[4] or ""
    raise ValueError(f"{text} names no article")


def article_named(text: str) -> str | None:
    """What an entry has for an article that somebody names by DOI or address; None for others."""
    if not _NAMED.fullmatch(text):
        return None
    number, version = address(text)
    return f"10.6084/m9.figshare.{number}.v{version}" if version else number


def _article(url: str, page: str, http: Http, source: Source) -> Mapping[str, Any]:
    return json_of(granted(http.get(url), page, source), f"{source.place}: {named(source)}")


def _files(url: str, page: str, http: Http, source: Source) -> Iterator[Any]:
    for number in range(1, _MOST_ANSWERS + 1):
        answer = http.get(f"{url}?page={number}&page_size={_AT_ONCE}")
        listed = list_of(granted(answer, page, source), f"{source.place}: {named(source)}")
        yield from listed
        if len(listed) < _AT_ONCE:
            return
    what = f"{named(source)}: lists more than {_AT_ONCE * _MOST_ANSWERS} files"
    raise SourceError(str(source.place), what, "list the files that you mean by `urls:`")


def _offer(file: Any, source: Source, page: str) -> Offer:
    number, name, size = (part(file, key) for key in ("id", "name", "size"))
    if not (type(number) is int and number > 0 and isinstance(name, str) and is_size(size)):
        raise _unlisted(source, page)
    md5 = part(file, "computed_md5") or part(file, "supplied_md5")
    is_md5 = isinstance(md5, str) and _MD5.fullmatch(md5.lower())
    return Offer(
        name,
        name,
        f"{FILES}/{number}",
        size,
        f"md5:{md5.lower()}" if is_md5 else None,
        "is a link to another site" if part(file, "is_link_only") is True else "",
    )


def _unlisted(source: Source, page: str) -> SourceError:
    what = f"{named(source)}: its host answers with an article that cannot be read"
    return SourceError(str(source.place), what, f"see {page}")


def _publication(article: Mapping[str, Any], page: str) -> Publication:
    """What an article says of itself, for the catalog's own fields."""
    authors = [
        (line(part(author, "full_name"), 300), orcid(part(author, "orcid_id")))
        for author in several(article.get("authors"))
    ]
    license = mapping(article.get("license"))
    return Publication(
        id=f"{article['id']}.v{article['version']}",
        page=page,
        title=line(article.get("title")),
        description=plain(article.get("description")),
        license=spdx_at(license.get("name"), license.get("url")),
        providers=tuple(providers((one for one in authors if one[0]), "Figshare", page)),
        keywords=words([*several(article.get("tags")), *several(article.get("keywords"))]),
        doi=doi(article.get("doi")),
        citation=line(article.get("citation"), 3000),
    )
