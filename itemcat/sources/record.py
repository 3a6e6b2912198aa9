"""What records in all repositories have in common: files of which some are chosen, and refusals."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from itemcat.errors import SourceError, SpecError
from itemcat.model import Asset, Source
from itemcat.sources.http import Answer
from itemcat.sources.listed import is_file_name, is_wanted, shown

_REFUSALS = {
    401: ("is restricted", "its page says who may have it: {}"),
    403: ("is restricted", "its page says who may have it: {}"),
    404: ("does not exist, says its host", "check the number: {}"),
    410: ("was removed by its publisher", "its page may say why: {}"),
}


@dataclass(frozen=True, slots=True)
class Offer:
    """A file of a record: its path there, its name and address, and what is declared of it.

    `refusal` says why nobody gets it from there.
    """

    path: str
    name: str
    href: str
    size: int | None = None
    checksum: str | None = None
    refusal: str = ""


def named(source: Source) -> str:
    """How messages call the entry of a record."""
    return f"`{source.kind}: {source.address}`"


def granted(answer: Answer, page: str, source: Source) -> Answer:
    """The answer, if it is one. Raises SourceError that says what its status means."""
    if answer.status == 200:
        return answer
    unknown = f"cannot be listed: its host answers {answer.status}", "see {}"
    what, hint = _REFUSALS.get(answer.status, unknown)
    raise SourceError(str(source.place), f"{named(source)} {what}", hint.format(page))


def chosen(source: Source, offers: Sequence[Offer], page: str, why: str) -> tuple[Asset, ...]:
    """The files that `include` and `exclude` leave, by their paths; `why` there may be none.

    Raises SpecError where nothing matches, and SourceError where there are no files, or one of
    those that are left cannot be had.
    """
    where, entry = str(source.place), named(source)
    if not offers:
        raise SourceError(where, f"{entry}: lists no files: {why}", f"see {page}")
    wanted = sorted(
        (offer for offer in offers if is_wanted(offer.path, source)), key=lambda offer: offer.path
    )
    if not wanted:
        there = shown([offer.path for offer in offers])
        raise SpecError(where, f"{entry}: no file has a name that matches", there)
    for offer in wanted:
        _refuse(offer, where, entry)
    path, times = Counter(offer.path for offer in wanted).most_common(1)[0]
    if times > 1:
        raise SourceError(where, f"{entry}: lists {path!a} twice", f"see {page}")
    return tuple(
        Asset(offer.name, offer.href, offer.href, size=offer.size, checksum=offer.checksum)
        for offer in wanted
    )


def _refuse(offer: Offer, where: str, entry: str) -> None:
    if not is_file_name(offer.name):
        what = f"{entry}: {offer.path[:80]!a} is no file name"
        raise SourceError(where, what, "leave it out with `exclude:`, and tell its publisher")
    if offer.refusal:
        what = f"{entry}: {offer.path[:80]!a} {offer.refusal}"
        raise SourceError(where, what, "leave it out with `exclude:`")
