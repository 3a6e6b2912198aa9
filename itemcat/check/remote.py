"""What the answers of publishers say of an item's assets."""

from collections.abc import Iterator
from dataclasses import dataclass

from itemcat.check.finding import Finding, Spot
from itemcat.check.kinds import found
from itemcat.check.page import ITEM, Page, number, text
from itemcat.urls import is_url


@dataclass(frozen=True, slots=True)
class Question:
    """An asset whose address is to be asked. `size` in bytes is what the document says, if so."""

    file: str
    path: str
    href: str
    size: float | None


def questions(page: Page) -> Iterator[Question]:
    """The assets of an item that lie on the network."""
    if page.kind == ITEM:
        for path, _, asset in page.assets():
            href = text(asset.get("href"))
            if is_url(href):
                yield Question(page.file, path, href, number(asset.get("file:size")))


def gone(question: Question, why: str) -> Finding:
    """What is found where the address gives no file."""
    return found("remote-gone", question.file, Spot(f"{question.path}.href", why))


def answered(question: Question, size: int | None, *, is_open: bool) -> Iterator[Finding]:
    """What is found where it gives one."""
    if size is not None and question.size is not None and size != question.size:
        what = f"is {question.size:g}, and its publisher has {size} bytes"
        yield found("remote-size", question.file, Spot(f"{question.path}.file:size", what))
    if not is_open:
        what = "its host lets no page of another origin read it (CORS)"
        yield found("remote-no-cors", question.file, Spot(f"{question.path}.href", what))
