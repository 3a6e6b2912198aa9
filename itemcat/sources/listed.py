"""What a record lists: its files, and what its repository says of it."""

from dataclasses import dataclass

from itemcat.model import Asset, Publication


@dataclass(frozen=True, slots=True)
class Listed:
    """The assets by name, the record itself, and news about it that its reader should hear."""

    assets: tuple[Asset, ...]
    record: Publication
    news: str = ""
