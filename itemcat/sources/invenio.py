"""What InvenioRDM's API says of a record, in its own form or in Zenodo's older one.

Shapes: https://inveniordm.docs.cern.ch/reference/rest_api_drafts_records/ and
https://developers.zenodo.org/#records. An answer is a stranger's: every part of it may be anything.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from itemcat.errors import SourceError
from itemcat.model import Publication
from itemcat.sources.licenses import spdx
from itemcat.sources.parts import doi, is_size, mapping, orcid, part, providers, several, words
from itemcat.sources.prose import line, plain

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,63}")
_CHECKSUM = re.compile(r"[a-z0-9]{2,8}:[0-9a-f]{8,128}")


@dataclass(frozen=True, slots=True)
class File:
    """A file of a record: its name as the record has it, its size in bytes, its checksum."""

    key: str
    size: int | None
    checksum: str | None


@dataclass(frozen=True, slots=True)
class Record:
    """An answer about one record; `host` is the repository's address, `where` names it in errors.

    The accessors give what is there in the right form, and nothing for what is not.
    """

    host: str
    answer: Mapping[str, Any]
    where: str

    @property
    def id(self) -> str:
        """The record's own id, of one version. Raises SourceError where there is none."""
        found = part(self.answer, "id")
        text = str(found) if isinstance(found, int | str) else ""
        if not _ID.fullmatch(text):
            raise SourceError(self.where, "its host answers with no record", "check the address")
        return text

    @property
    def concept(self) -> str:
        """The id that stands for all versions, and leads to the latest; empty if not told."""
        found = part(self.answer, "parent", "id") or part(self.answer, "conceptrecid")
        return str(found) if isinstance(found, int | str) else ""

    @property
    def page(self) -> str:
        """The record's page, below which its files have their public addresses."""
        return f"{self.host}/records/{self.id}"

    @property
    def is_outdated(self) -> bool:
        """Whether there is a newer version of it."""
        versions = part(self.answer, "metadata", "relations", "version")
        older = part(versions[0], "is_last") if isinstance(versions, list) and versions else None
        return False in (part(self.answer, "versions", "is_latest"), older)

    @property
    def is_restricted(self) -> bool:
        """Whether its files are not for everybody."""
        right = part(self.answer, "metadata", "access_right")
        files = part(self.answer, "access", "files")
        return files == "restricted" or right in ("restricted", "embargoed", "closed")

    @property
    def files_link(self) -> str | None:
        """Where its files are listed, if the record itself does not list them."""
        files = self.answer.get("files")
        link = part(self.answer, "links", "files")
        is_elsewhere = isinstance(files, Mapping) and "entries" not in files
        return link if is_elsewhere and isinstance(link, str) else None

    def files(self, listing: Mapping[str, Any] | None = None) -> list[File]:
        """Its files, but for hidden ones, as it or a `listing` of their own has them.

        Raises SourceError for what is no list of files.
        """
        found = self.answer.get("files") if listing is None else listing
        entries = found.get("entries") if isinstance(found, Mapping) else found
        if isinstance(entries, Mapping):
            entries = [{"key": key, **mapping(entry)} for key, entry in entries.items()]
        if not isinstance(entries, list | None):
            raise self._no_files()
        return [
            self._file(entry)
            for entry in entries or ()
            if part(entry, "access", "hidden") is not True
        ]

    def publication(self) -> Publication:
        """What it says of itself, for the catalog's own fields."""
        said = mapping(self.answer.get("metadata"))
        names = [name for name, _ in self._creators()]
        title, identifier = line(said.get("title")), self._doi()
        return Publication(
            id=self.id,
            page=self.page,
            title=title,
            description=plain(said.get("description")),
            license=self._license(),
            providers=tuple(providers(self._creators(), self._publisher(), self.page)),
            keywords=words(self._keywords()),
            doi=identifier,
            citation=self._citation(names, title, identifier),
        )

    def _file(self, entry: Any) -> File:
        key, size, checksum = (part(entry, name) for name in ("key", "size", "checksum"))
        is_checksum = checksum is None or (
            isinstance(checksum, str) and _CHECKSUM.fullmatch(checksum.lower())
        )
        if not (isinstance(key, str) and key and is_size(size) and is_checksum):
            raise self._no_files()
        return File(key, size, checksum.lower() if checksum else None)

    def _no_files(self) -> SourceError:
        what = "its host answers with a record whose list of files cannot be read"
        return SourceError(self.where, what, "see what its page shows; does it have that API?")

    def _creators(self) -> Iterator[tuple[str, str]]:
        """Names, each with its ORCID iD or none."""
        for creator in several(part(self.answer, "metadata", "creators")):
            person = mapping(part(creator, "person_or_org")) or mapping(creator)
            listed = [
                part(one, "identifier")
                for one in several(person.get("identifiers"))
                if part(one, "scheme") == "orcid"
            ]
            if name := line(person.get("name"), 300):
                yield name, orcid(person.get("orcid"), *listed)

    def _publisher(self) -> str:
        told = line(part(self.answer, "metadata", "publisher"), 300)
        return told or ("Zenodo" if self.host == "https://zenodo.org" else "")

    def _keywords(self) -> Iterator[Any]:
        for name in ("keywords", "subjects"):
            for one in several(part(self.answer, "metadata", name)):
                yield one if isinstance(one, str) else part(one, "subject")

    def _license(self) -> str:
        """Of several rights none is the whole truth, and none is given."""
        rights = part(self.answer, "metadata", "rights")
        if isinstance(rights, list):
            return spdx(part(rights[0], "id")) if len(rights) == 1 else ""
        return spdx(part(self.answer, "metadata", "license", "id"))

    def _doi(self) -> str:
        return doi(part(self.answer, "pids", "doi", "identifier") or part(self.answer, "doi"))

    def _citation(self, names: list[str], title: str, identifier: str) -> str:
        """As DataCite has it: Creator (PublicationYear): Title. Version. Publisher. Identifier."""
        said = mapping(self.answer.get("metadata"))
        year = re.match(r"\d{4}", line(said.get("publication_date")))
        if not (names and title and identifier and year):
            return ""
        version, publisher = line(said.get("version"), 100), self._publisher()
        parts = (f"{'; '.join(names)} ({year[0]}): {title}", version, publisher)
        return (
            f"{'. '.join(part.rstrip('.') for part in parts if part)}. https://doi.org/{identifier}"
        )
