"""What lints may know beside the document: the day, and what is known of the files it names."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from stat import S_ISREG

from itemcat.check.addresses import Kind, target
from itemcat.check.page import Page, text

MediaType = Callable[[Page, str, Path | None], str | None]
"""The true media type of a page's asset by its key, or of its local file.

Empty for a kind of file that has none; None where it is not known.
"""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """`folder` is that of the root document, `home` its public address, if it has one."""

    folder: Path
    now: datetime
    media_type: MediaType
    home: str = ""

    def local(self, page: Page, href: object) -> Path | None:
        """The file that an href of the page means, if it lies below the folder, there or not."""
        to = target(text(href), page.file, self.home)
        if to.kind is not Kind.FILE or to.file == page.file:
            return None
        path = self.folder / to.file
        try:
            return path if path.resolve().is_relative_to(self.folder.resolve()) else None
        except (OSError, ValueError, RuntimeError):  # a name no disk takes, links in a loop
            return None


def size_of(path: Path) -> int | None:
    """The bytes of a file; None where there is none."""
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_size if S_ISREG(stat.st_mode) else None
