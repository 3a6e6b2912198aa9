"""A local clone of the Open Science Catalog's metadata repository: its documents, read and written.

Paths are from its top, with slashes. No symbolic link is followed, and nothing outside is touched.
"""

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

from itemcat.errors import UsageError
from itemcat.files import write_atomically
from itemcat.jsontext import parsed
from itemcat.model import Document

_MOST_BYTES = 16 << 20  # of a document; the largest there is has a hundredth
_STAGING = ".itemcat"
_ROOT = "catalog.json"


class Clone:
    """The clone in a folder. Raises UsageError where a file is not as it has to be."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self._documents: dict[str, Document | None] = {}
        root = self.document(_ROOT) if self.folder.is_dir() else None
        if root is None or root.get("id") != "osc":
            what = "is no clone of the Open Science Catalog's metadata (no catalog.json of it)"
            hint = "git clone https://github.com/ESA-EarthCODE/open-science-catalog-metadata"
            raise UsageError(str(folder), what, hint)
        self.site = next((_site(one) for one in root["links"] if one.get("rel") == "self"), "")

    def document(self, path: str) -> Document | None:
        """A document with its links; None where there is none."""
        if path not in self._documents:
            text = self.text(path)
            self._documents[path] = None if text is None else self._checked(path, text)
        return self._documents[path]

    def text(self, path: str) -> str | None:
        """The very text of a file; None where there is none."""
        file = self._safe(path)
        if file.is_dir() or file.parent.is_file():
            raise self._unfit(path, "is no file, or its folder is none")
        if not file.is_file():
            return None
        if file.stat().st_size > _MOST_BYTES:
            raise self._unfit(path, f"has more than {_MOST_BYTES >> 20} MB")
        try:
            return file.read_bytes().decode()
        except UnicodeDecodeError:
            raise self._unfit(path, "is not UTF-8 text") from None

    def folders(self, folder: str) -> list[str]:
        """The names of the folders in a folder, sorted."""
        place = self._safe(folder)
        return sorted(one.name for one in place.iterdir() if one.is_dir()) if place.is_dir() else []

    def names(self, folder: str) -> dict[str, str]:
        """What there is of a kind: the ids, each with its title, out of the catalog that lists it.

        One that no link of the catalog leads to has its id for a title.
        """
        listing = self.document(f"{folder}/{_ROOT}") or {"links": []}
        titles = {
            str(one.get("href")).removeprefix("./").partition("/")[0]: str(one.get("title", ""))
            for one in listing["links"]
        }
        return {name: titles.get(name) or name for name in self.folders(folder)}

    def write(self, files: Mapping[str, str]) -> None:
        """Write the files in their order, each whole or not at all."""
        staging = self._safe(_STAGING)
        try:
            for path, text in files.items():
                write_atomically(self._safe(path), text.encode(), staging)
        finally:
            shutil.rmtree(staging, ignore_errors=True)

    def _safe(self, path: str) -> Path:
        """The place of a path, on which no link lies."""
        for place in self._on_the_way(path):
            if place.is_symlink():
                raise self._unfit(path, "lies behind a symbolic link, and none is followed")
        return self.folder / path

    def _on_the_way(self, path: str) -> Iterator[Path]:
        place = self.folder
        for step in path.split("/"):
            if step in ("", ".", ".."):
                raise self._unfit(path, "is no path in the clone")
            place /= step
            yield place

    def _checked(self, path: str, text: str) -> Document:
        try:
            value = parsed(text)
        except ValueError as error:
            raise self._unfit(path, f"is no JSON ({error})") from None
        links = value.get("links") if isinstance(value, dict) else None
        if not isinstance(links, list) or not all(map(_is_link, links)):
            raise self._unfit(path, "is no document with links")
        document: Document = value
        return document

    def _unfit(self, path: str, what: str) -> UsageError:
        hint = "`git checkout` it, or correct it in the clone"
        return UsageError((self.folder / path).as_posix(), what, hint)


def _is_link(value: object) -> bool:
    """Whether a value has what a STAC Link object must have."""
    return isinstance(value, dict) and all(isinstance(value.get(k), str) for k in ("rel", "href"))


def _site(link: Mapping[str, object]) -> str:
    """The address at which a repository is published, by the link of its root to itself."""
    return str(link.get("href", "")).removesuffix(f"/{_ROOT}")
