"""All documents of an entry as they should be: the product, its items, its project, return links.

What is there comes from the repository, which is only asked for what the entry has to do with.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from itemcat.model import Document
from itemcat.osc.entry import Entry
from itemcat.osc.items import MOST_INLINE, inlined
from itemcat.osc.links import Link, led_to, listed, unlisted
from itemcat.osc.parts import fields
from itemcat.osc.product import product_document
from itemcat.osc.project import has_products, is_its_own, project_document
from itemcat.osc.rules import Objection, missing_targets, objections
from itemcat.osc.targets import (
    PRODUCTS,
    PROJECTS,
    Target,
    item_file,
    listing_of,
    named_by,
    product_file,
    targets_of,
)


class Repository(Protocol):
    """The metadata repository; paths are from its top. `site` is where it is published."""

    site: str

    def document(self, path: str) -> Document | None:
        """A document; None where there is none."""

    def folders(self, folder: str) -> list[str]:
        """The names of the folders in one."""

    def names(self, folder: str) -> Mapping[str, str]:
        """Ids and titles of all that there is of a kind."""


@dataclass(slots=True)
class Bundle:
    """The documents of an entry by their paths, the product's last; what is wrong, and remarks.

    `titles` are those of what the product is related to, by their files. Without a repository, only
    what needs none is in it.
    """

    entry: Entry
    repository: Repository | None
    made: dict[str, Document] = field(default_factory=dict)
    titles: dict[str, str] = field(default_factory=dict)
    faults: list[Objection] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def file(self) -> str:
        """The product's own file."""
        return product_file(self.entry.id)

    @property
    def site(self) -> str:
        """The address at which the repository is published; empty where it is not known."""
        return self.repository.site if self.repository else ""

    def there(self, path: str) -> Document | None:
        """A document as it is in the repository."""
        return self.repository.document(path) if self.repository else None

    def current(self, path: str) -> Document | None:
        """A document as it is to be, or else as it is."""
        return self.made.get(path) or self.there(path)


def bundle(entry: Entry, repository: Repository | None, items: Sequence[Document] | None) -> Bundle:
    """The entry's documents; `items` (STAC 1.0.0) go into its folder, where they are given."""
    made = Bundle(entry, repository)
    _check(made, None if items is None else [item["id"] for item in items])
    links = [_add_item(made, item) for item in items or ()]
    old = made.there(made.file)
    if repository is not None:
        _add_project(made)
        _add_links(made, old)
    made.made[made.file] = product_document(entry, made.titles, old, made.site, links)
    if items is not None:
        _note_items(made, old, {one["href"] for one in links})
    return made


def _check(made: Bundle, inline: list[str] | None) -> None:
    """Hold the entry against the rules, and learn the titles of what it is related to."""
    entry, repository = made.entry, made.repository
    missing: list[Target] = []
    for target in targets_of(entry.said):
        there = made.there(target.file)
        # Where case does not count in names of files, one of another id may be found.
        if there is not None and there.get("id") == target.id:
            made.titles[target.file] = _title(there)
            if not made.titles[target.file]:
                what, hint = "has no title", "links to it need one: give it one there"
                made.faults.append(Objection((), what, hint, target.file))
        elif target.kind is PROJECTS and entry.said.new_project:
            made.titles[target.file] = entry.said.new_project.title
        else:
            missing.append(target)
    if repository is None:
        made.faults += objections(entry, {}, None, inline)
    else:
        folders = {kind: repository.folders(kind) for kind in (PRODUCTS, PROJECTS.folder)}
        made.faults += objections(entry, folders, made.there(made.file), inline)
        kinds = {target.kind.folder for target in missing}
        names = {folder: repository.names(folder) for folder in kinds}
        made.faults += missing_targets(missing, names)


def _title(document: Mapping[str, Any]) -> str:
    """The title of a catalog or collection, or of a record, which is a Feature."""
    return str(document.get("title") or fields(document.get("properties")).get("title") or "")


def _add_project(made: Bundle) -> None:
    """The project that the spec describes; one that has other products is others', too."""
    entry, new = made.entry, made.entry.said.new_project
    if new is None:
        return
    file = Target(PROJECTS, new.id).file
    old = made.there(file)
    if old is not None and made.there(made.file) is None and not has_products(old):
        what = f"osc.project: there is a project {new.id!r} already"
        made.faults.append(Objection(("osc", "project"), what, f"name it: `project: {new.id}`"))
    if old is not None and not is_its_own(old, entry.id):
        if (old.get("title"), old.get("description")) != (new.title, new.description):
            made.notes.append(f"{file} is left as it is: it has other products, too")
        return
    made.titles[file] = new.title
    made.made[file] = project_document(entry, new, made.titles, old, made.site)
    _list(made, listing_of(PROJECTS.folder), file, new.title)


def _add_links(made: Bundle, old: Document | None) -> None:
    """The return links: from the list of products, and from all that the product is related to."""
    title, targets = made.entry.title, targets_of(made.entry.said)
    _list(made, listing_of(PRODUCTS), made.file, title)
    related = [target.file for target in targets if target.kind.returns]
    for file in related:
        if file in made.titles:
            _list(made, file, made.file, title)
    for target in named_by(old or {}):
        there = made.current(target.file)
        if target.kind.returns and target.file not in related and there is not None:
            made.made[target.file] = unlisted(there, target.file, made.file)


def _list(made: Bundle, file: str, target: str, title: str) -> None:
    """Let a document link to another one as its child."""
    there = made.current(file)
    if there is None:
        made.faults.append(Objection((), "is missing", "is the clone whole?", file))
    else:
        made.made[file] = listed(there, file, target, title)


def _add_item(made: Bundle, item: Document) -> Link:
    """The document of an item in the product's folder; the product's link to it."""
    file = item_file(made.entry.id, item["id"])
    if file.lower() == made.file.lower():
        what = f"items: {item['id']!r} would be in the place of the product's own document"
        made.faults.append(Objection(("items", "id"), what, "give its entry another `id:`"))
    old = made.there(file)
    if old is not None and (old.get("id"), old.get("collection")) != (item["id"], made.entry.id):
        made.faults.append(Objection((), "is there, and is something else", "move it away", file))
        old = None
    strange = fields(old.get("assets")).keys() - item["assets"].keys() if old else ()
    if strange:
        names = ", ".join(sorted(strange))
        what = f"assets that are none of the catalog: {names}; delete them yourself"
        made.notes.append(f"{file} has {what}")
    made.made[file], link = inlined(item, made.entry, old)
    return link


def _note_items(made: Bundle, old: Document | None, hrefs: set[str]) -> None:
    """Say that there are many of them, and which ones of the product are none of the catalog."""
    count = made.entry.reach.items
    if count > MOST_INLINE:
        made.notes.append(
            f"{count} items in the product's folder are many: beyond {MOST_INLINE} a catalog of "
            "their own is asked for, which is what you get without --inline"
        )
    for one in old["links"] if old else ():
        if one.get("rel") == "item" and one.get("href") not in hrefs:
            file = led_to(made.file, one.get("href")) or one.get("href")
            made.notes.append(f"{file} is no item of the catalog: delete it and its link yourself")
