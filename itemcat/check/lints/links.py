"""Links of a document by themselves; where they lead is seen on the way through the catalog."""

from collections.abc import Iterator
from urllib.parse import unquote, urlsplit

from itemcat.check.addresses import Kind, target
from itemcat.check.finding import Spot
from itemcat.check.page import Page, mapping, sequence, shown, text
from itemcat.check.surroundings import Surroundings

_JSON = ("application/json", "application/geo+json")
_DOCUMENTS = {
    "item": _JSON,
    "child": ("application/json",),
    "root": ("application/json",),
    "parent": ("application/json",),
    "collection": ("application/json",),
}
_EXTENSIONS = {
    "proj": "projection",
    "raster": "raster",
    "eo": "eo",
    "file": "file",
    "sci": "scientific",
    "sar": "sar",
    "sat": "sat",
    "view": "view",
}


def root(page: Page, _: Surroundings) -> Iterator[Spot]:
    """A document that does not lead back to the whole."""
    if page.kind and not any(link.get("rel") == "root" for _, link in page.links()):
        yield Spot("links", "there is none to the root")


def to_self(page: Page, _: Surroundings) -> Iterator[Spot]:
    """A self link that is relative, or of another file."""
    for path, link in page.links():
        href = text(link.get("href"))
        if link.get("rel") != "self" or target(href, page.file).kind is Kind.MACHINE:
            continue
        if "://" not in href:
            yield Spot(path, f"{shown(href)} is not absolute")
        elif not _ends_alike(href, page.file):
            yield Spot(path, f"{shown(href, 200)} is not the address of this document")


def media_type(page: Page, _: Surroundings) -> Iterator[Spot]:
    """A link between documents with a type that these do not have."""
    for path, link in page.links():
        types = _DOCUMENTS.get(text(link.get("rel")))
        said = text(link.get("type"))
        if types and said and said.partition(";")[0].strip() not in types:
            yield Spot(f"{path}.type", f"is {shown(said)}")


def extension_undeclared(page: Page, _: Surroundings) -> Iterator[Spot]:
    """Fields of an extension whose schema is not named, so that nobody validates them."""
    named = [text(address) for address in sequence(page.value.get("stac_extensions"))]
    parts = [("properties", page.properties)]
    parts += [(path, asset) for path, _, asset in page.assets()]
    parts += [(path, band) for path, band in page.bands()]
    told = set()
    for path, part in parts:
        for field in mapping(part):
            prefix, colon, _name = field.partition(":")
            extension = _EXTENSIONS.get(prefix)
            if colon and extension and extension not in told:
                if not any(f"/{extension}/" in address for address in named):
                    yield Spot(path, f"has {shown(field)}, of the {extension} extension")
                told.add(extension)


def _ends_alike(href: str, file: str) -> bool:
    """Whether an address ends as the file's name does; servers have names of their own for `/`."""
    try:
        path = unquote(urlsplit(href).path)
    except ValueError:
        return False
    name = file.rpartition("/")[2]
    return path.endswith(f"/{name}") or not path.endswith(".json")
