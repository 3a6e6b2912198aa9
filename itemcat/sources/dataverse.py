"""`dataverse: https://host/dataset.xhtml?persistentId=doi:…`: a dataset's files in a Dataverse.

Shapes: https://guides.dataverse.org/en/latest/api/native-api.html#get-json-representation-of-a-dataset.
An answer is a stranger's: every part of it may be anything.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from itemcat.errors import SourceError
from itemcat.model import Publication, Source
from itemcat.sources.http import Http, json_of
from itemcat.sources.licenses import spdx_at
from itemcat.sources.listed import Listed
from itemcat.sources.parts import doi, is_size, mapping, orcid, part, providers, several, words
from itemcat.sources.prose import line, plain
from itemcat.sources.record import Offer, chosen, granted, named

HARVARD = "https://dataverse.harvard.edu"
_PAGE = re.compile(
    r"(https?://[^\s/?#@\\]+)/dataset\.xhtml\?persistentId=((?:doi|hdl):[A-Za-z0-9./_-]+)"
)
_HARVARDS = re.compile(
    r"(?:doi:|https?://(?:dx\.)?doi\.org/)?(10\.7910/DVN/[A-Z0-9]+)", re.IGNORECASE
)
_DIGEST = re.compile(r"[0-9a-f]{32,128}")


def resolve(source: Source, http: Http) -> Listed:
    """The files of a dataset's latest version that `include` and `exclude` leave, by path.

    Raises SpecError where nothing matches, and SourceError where the dataset cannot be listed, has
    no files, or has wanted ones that are restricted.
    """
    host, identifier = address(source.address)
    page = f"{host}/dataset.xhtml?persistentId={identifier}"
    where = f"{source.place}: {named(source)}"
    asked = quote(identifier, safe=":/")
    answer = http.get(f"{host}/api/datasets/:persistentId/?persistentId={asked}")
    dataset = mapping(json_of(granted(answer, page, source), where).get("data"))
    version = mapping(dataset.get("latestVersion"))
    answered = version.get("datasetPersistentId", identifier)
    if not isinstance(answered, str) or answered.lower() != identifier.lower():
        raise SourceError(where, "its host answers with another dataset", f"see {page}")
    if version.get("versionState") == "DEACCESSIONED":
        raise SourceError(where, "was removed by its publisher", f"its page may say why: {page}")
    numbers = version.get("versionNumber"), version.get("versionMinorNumber")
    files = version.get("files")
    if not (all(type(one) is int for one in numbers) and isinstance(files, list)):
        what = "its host answers with a dataset that cannot be read"
        raise SourceError(where, what, f"see {page}")
    offers = [_offer(file, host, where, page) for file in files]
    assets = chosen(source, offers, page, "it has none")
    return Listed(assets, _publication(dataset, "{}.{}".format(*numbers), identifier, page))


def address(text: str) -> tuple[str, str]:
    """The host and the persistent identifier in what a spec has; bare DOIs are Harvard's.

    Raises ValueError for anything else, which the schema of a spec does not let through.
    """
    if found := _PAGE.fullmatch(text):
        return found[1], found[2]
    if found := _HARVARDS.fullmatch(text):
        return HARVARD, f"doi:{found[1].upper()}"
    raise ValueError(f"{text} names no dataset")


def dataset_named(text: str) -> str | None:
    """What an entry has for a dataset that somebody names by DOI or address; None for others."""
    if found := _HARVARDS.fullmatch(text):
        return found[1].upper()
    found = _PAGE.match(text)
    return found[0] if found and text[found.end() :].partition("=")[0] in ("", "&version") else None


def _offer(file: Any, host: str, where: str, page: str) -> Offer:
    """A file; of a table that the repository has rewritten, the one that was deposited.

    What is declared of such a table's size and checksum is partly that of one form, partly that of
    the other, so nothing of it is held against the bytes.
    """
    held = mapping(part(file, "dataFile"))
    number, name, size = held.get("id"), part(file, "label") or held.get("filename"), None
    original, href = held.get("originalFileName"), f"{host}/api/access/datafile/{number}"
    checksum = None
    if held.get("originalFileFormat") is not None:
        name, href = original or name, f"{href}?format=original"
    else:
        size, checksum = held.get("filesize"), _checksum(held)
    folder = part(file, "directoryLabel") or ""
    is_sound = type(number) is int and number > 0 and is_size(size)
    if not (is_sound and isinstance(name, str) and isinstance(folder, str)):
        raise SourceError(where, "its host lists files that cannot be read", f"see {page}")
    is_kept = part(file, "restricted") is True or held.get("restricted") is True
    path = f"{folder.strip('/')}/{name}" if folder.strip("/") else name
    return Offer(path, name, href, size, checksum, "is restricted" if is_kept else "")


def _checksum(held: Mapping[str, Any]) -> str | None:
    kind = part(held, "checksum", "type") or "MD5"
    value = part(held, "checksum", "value") or held.get("md5")
    if not (isinstance(kind, str) and isinstance(value, str)):
        return None
    is_known = kind in ("MD5", "SHA-1", "SHA-256", "SHA-512") and _DIGEST.fullmatch(value.lower())
    return f"{kind.replace('-', '').lower()}:{value.lower()}" if is_known else None


def _publication(
    dataset: Mapping[str, Any], version: str, identifier: str, page: str
) -> Publication:
    """What a dataset says of itself, for the catalog's own fields."""
    latest = mapping(dataset.get("latestVersion"))
    said = {
        field["typeName"]: field.get("value")
        for field in several(part(latest, "metadataBlocks", "citation", "fields"))
        if isinstance(part(field, "typeName"), str)
    }
    license = latest.get("license")
    texts = (_value(one, "dsDescriptionValue") for one in several(said.get("dsDescription")))
    host = line(dataset.get("publisher"), 300)
    return Publication(
        id=f"{identifier}@{version}",
        page=f"{page}&version={version}",
        title=line(said.get("title")),
        description="\n\n".join(text for text in map(plain, texts) if text),
        license=spdx_at(license, None)
        if isinstance(license, str)
        else spdx_at(part(license, "name"), part(license, "uri")),
        providers=tuple(providers(_authors(said.get("author")), host, page)),
        keywords=words(_value(one, "keywordValue") for one in several(said.get("keyword"))),
        doi=doi(identifier.removeprefix("doi:")),
        citation=line(latest.get("citation"), 3000),
    )


def _authors(authors: Any) -> Iterator[tuple[str, str]]:
    for author in several(authors):
        if name := line(_value(author, "authorName"), 300):
            yield name, orcid(_value(author, "authorIdentifier"))


def _value(compound: Any, name: str) -> Any:
    return part(compound, name, "value")
