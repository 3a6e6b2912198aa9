"""Names that are file names sooner or later, and titles."""

from collections.abc import Iterator

from itemcat.check.finding import Spot
from itemcat.check.page import ITEM, Page, shown
from itemcat.check.surroundings import Surroundings
from itemcat.naming import is_safe_id

_LONGEST = 200  # characters; what is left of Windows' 260 is for the folders above the catalog


def id_unsafe(page: Page, _: Surroundings) -> Iterator[Spot]:
    """An id that is no file name somewhere."""
    if page.id and not is_safe_id(page.id):
        yield Spot("id", f"{shown(page.id)} is not safe as a file name on every system")


def path_too_long(page: Page, _: Surroundings) -> Iterator[Spot]:
    """A document that Windows may not find."""
    if len(page.file) > _LONGEST:
        yield Spot("", f"its path has {len(page.file)} characters below the catalog's folder")


def title_empty(page: Page, _: Surroundings) -> Iterator[Spot]:
    """A title of nothing but spaces."""
    holders = [("properties", page.properties)] if page.kind == ITEM else [("", page.value)]
    holders += [(path, asset) for path, _, asset in page.assets()]
    for path, holder in holders:
        title = holder.get("title")
        if isinstance(title, str) and not title.strip():
            yield Spot(f"{path}.title".lstrip("."), "is empty")
