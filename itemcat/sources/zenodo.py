"""`zenodo: 7568049`, or `invenio: https://host/records/abc-123`: the files of a published record.

One request tells of all its files with sizes and checksums, and of the record itself.
"""

import re
from urllib.parse import quote, urlsplit

from itemcat.errors import SourceError
from itemcat.model import Source
from itemcat.sources.http import Http, json_of
from itemcat.sources.invenio import File, Record
from itemcat.sources.listed import Listed
from itemcat.sources.record import Offer, chosen, granted, named

HOST = "https://zenodo.org"
_RECORD = re.compile(r"(https?://[^/?#]+)/(?:api/)?records?/([A-Za-z0-9-]+)/?")
_NAMED = re.compile(
    r"(?:(?:doi:|https?://(?:dx\.)?doi\.org/)?10\.5281/zenodo\.)?([1-9]\d{0,11})", re.IGNORECASE
)
_NUMBER = re.compile(r"(?:.*/zenodo\.)?(\d+)", re.IGNORECASE)


def resolve(source: Source, http: Http) -> Listed:
    """The files of the record that `include` and `exclude` leave, by name, and what it says.

    The id of all versions stands for the latest. Raises SpecError where nothing matches, and
    SourceError where the record cannot be listed, has no files, or has names that are none.
    """
    host, asked = address(source.address)
    record = _record(host, asked, http, source)
    offers = [_offer(record, file) for file in record.files(_listing(record, http, source))]
    why = "they are restricted" if record.is_restricted else "it has none"
    assets = chosen(source, offers, record.page, why)
    news = _newer(record, source) if record.is_outdated and asked != record.concept else ""
    return Listed(assets, record.publication(), news)


def address(text: str) -> tuple[str, str]:
    """The repository and the record's id that a number, a DOI or an address names.

    Raises ValueError for anything else, which the schema of a spec does not let through.
    """
    if found := _RECORD.fullmatch(text):
        return found[1], found[2]
    if found := _NUMBER.fullmatch(text):
        return HOST, found[1]
    raise ValueError(f"{text} names no record")


def record_named(text: str) -> tuple[str, str] | None:
    """The kind of entry and its address for a record that somebody names; None for no record."""
    if found := _NAMED.fullmatch(text):
        return "zenodo", found[1]
    if found := _RECORD.fullmatch(text):
        of_zenodo = found[1] == HOST and found[2].isdecimal()
        return ("zenodo", found[2]) if of_zenodo else ("invenio", f"{found[1]}/records/{found[2]}")
    return None


def _record(host: str, asked: str, http: Http, source: Source) -> Record:
    page, where = f"{host}/records/{asked}", f"{source.place}: {named(source)}"
    answer = granted(http.get(f"{host}/api/records/{asked}"), page, source)
    record = Record(host, json_of(answer, where), where)
    if asked not in (record.id, record.concept):
        what = f"{named(source)}: its host answers with the record {record.id}, which is another"
        raise SourceError(str(source.place), what, f"see {page}")
    return record


def _listing(record: Record, http: Http, source: Source) -> dict[str, object] | None:
    """The list of files where the record keeps it apart; only its own host is asked."""
    link = record.files_link
    if link is None:
        return None
    if urlsplit(link)[:2] != urlsplit(record.host)[:2]:
        what = f"{named(source)}: its files are listed elsewhere"
        raise SourceError(str(source.place), what, f"see {record.page}")
    return json_of(granted(http.get(link), record.page, source), record.where)


def _offer(record: Record, file: File) -> Offer:
    href = f"{record.page}/files/{quote(file.key, safe='', errors='replace')}"
    return Offer(file.key, file.key, href, file.size, file.checksum)


def _newer(record: Record, source: Source) -> str:
    return f"{named(source)}: there is a newer version of this record, {record.page}/latest"
