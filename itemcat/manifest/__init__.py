"""The manifest on disk: made for diffs and merges, checked like any file that others may write.

`written` gives it its one form, `lines` reads that form quickly, `checked` any other JSON, and
`conflict` what git leaves of two sides.
"""

from itemcat.form import has_form
from itemcat.manifest import checked, conflict, lines
from itemcat.manifest.written import dump, entry, pieces
from itemcat.model import Manifest

__all__ = ["dump", "entry", "parse", "pieces", "refuse_strange"]


def parse(name: str, data: bytes) -> Manifest:
    """The manifest in the bytes of the file called `name`. Raises UsageError if it is unusable."""
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise checked.unusable(name, "is not UTF-8") from error
    if conflict.is_marked(text):
        return conflict.merged(name, text)
    return lines.read(text) or checked.parsed(name, text)


def refuse_strange(name: str, manifest: Manifest) -> None:
    """Raises UsageError where a record is such as no reader makes, which no rendering would bear.

    It takes several times as long as `parse` does.
    """
    for item in manifest.items.values():
        for asset in item.assets.values():
            if not has_form(asset.reading.record):
                raise checked.unusable(name, f"has a record of {asset.location} that is damaged")
