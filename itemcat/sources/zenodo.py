"""`zenodo: 7568049`, or `invenio: https://host/records/abc-123`: the files of a published record.

One request tells of all its files with sizes and checksums, and of the record itself.
"""

import re
from collections import Counter
from urllib.parse import quote, urlsplit

from itemcat.errors import SourceError, SpecError
from itemcat.model import Asset, Source
from itemcat.sources.http import Answer, Http, json_of
from itemcat.sources.invenio import File, Record
from itemcat.sources.listed import Listed, is_file_name, is_wanted, shown

HOST = "https://zenodo.org"
_RECORD = re.compile(r"(https?://[^/?#]+)/(?:api/)?records?/([A-Za-z0-9-]+)/?")
_NAMED = re.compile(
    r"(?:(?:doi:|https?://(?:dx\.)?doi\.org/)?10\.5281/zenodo\.)?([1-9]\d{0,11})", re.IGNORECASE
)
_NUMBER = re.compile(r"(?:.*/zenodo\.)?(\d+)", re.IGNORECASE)
_REFUSALS = {
    401: ("is restricted", "its page says who may have it: {}"),
    403: ("is restricted", "its page says who may have it: {}"),
    404: ("does not exist, says its host", "check the number: {}"),
    410: ("was removed by its publisher", "its page may say why: {}"),
}


def resolve(source: Source, http: Http) -> Listed:
    """The files of the record that `include` and `exclude` leave, by name, and what it says.

    The id of all versions stands for the latest. Raises SpecError where nothing matches, and
    SourceError where the record cannot be listed, has no files, or has names that are none.
    """
    host, asked = address(source.address)
    where = str(source.place)
    named = f"`{source.kind}: {source.address}`"
    record = _record(host, asked, http, where, named)
    files = record.files(_listing(record, http, where, named))
    if not files:
        why = "they are restricted" if record.is_restricted else "it has none"
        raise SourceError(where, f"{named}: lists no files: {why}", f"see {record.page}")
    wanted = [file for file in files if is_wanted(file.key, source)]
    if not wanted:
        raise SpecError(
            where, f"{named}: no file has a name that matches", shown([file.key for file in files])
        )
    assets = [_asset(record, file, where, named) for file in wanted]
    name, times = Counter(asset.name for asset in assets).most_common(1)[0]
    if times > 1:
        raise SourceError(where, f"{named}: lists {name!a} twice", f"see {record.page}")
    news = _newer(record, named) if record.is_outdated and asked != record.concept else ""
    return Listed(tuple(sorted(assets, key=_name)), record.publication(), news)


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


def _record(host: str, asked: str, http: Http, where: str, named: str) -> Record:
    url = f"{host}/api/records/{asked}"
    answer = _granted(http.get(url), f"{host}/records/{asked}", where, named)
    record = Record(host, json_of(answer, f"{where}: {named}"), f"{where}: {named}")
    if asked not in (record.id, record.concept):
        what = f"{named}: its host answers with the record {record.id}, which is another"
        raise SourceError(where, what, f"see {host}/records/{asked}")
    return record


def _granted(answer: Answer, page: str, where: str, named: str) -> Answer:
    """The answer, if it is one. Raises SourceError that says what its status means."""
    if answer.status == 200:
        return answer
    unknown = f"cannot be listed: its host answers {answer.status}", "see {}"
    what, hint = _REFUSALS.get(answer.status, unknown)
    raise SourceError(where, f"{named} {what}", hint.format(page))


def _listing(record: Record, http: Http, where: str, named: str) -> dict[str, object] | None:
    """The list of files where the record keeps it apart; only its own host is asked."""
    link = record.files_link
    if link is None:
        return None
    if urlsplit(link)[:2] != urlsplit(record.host)[:2]:
        raise SourceError(where, f"{named}: its files are listed elsewhere", f"see {record.page}")
    return json_of(_granted(http.get(link), record.page, where, named), f"{where}: {named}")


def _asset(record: Record, file: File, where: str, named: str) -> Asset:
    href = f"{record.page}/files/{quote(file.key, safe='', errors='replace')}"
    if not is_file_name(file.key):
        what = f"{named}: {file.key[:80]!a} is no file name"
        raise SourceError(where, what, "leave it out with `exclude:`, and tell its publisher")
    return Asset(file.key, href, href, size=file.size, checksum=file.checksum)


def _newer(record: Record, named: str) -> str:
    return f"{named}: there is a newer version of this record, {record.page}/latest"


def _name(asset: Asset) -> str:
    return asset.name
