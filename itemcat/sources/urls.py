"""`urls: list.txt`: a text file beside the spec with one URL a line."""

from itemcat.errors import ItemcatError, Problems, SpecError
from itemcat.model import Asset, Source
from itemcat.sources import url
from itemcat.stamp import Sightings
from itemcat.urls import is_url

LARGEST = 64 << 20  # bytes of a list, as of a spec


def resolve(source: Source, sightings: Sightings) -> tuple[Asset, ...]:
    """The files that the list names, in its order; empty lines and `#` comments do not count.

    A list that is not there gives nothing. Raises Problems with every line that is no URL.
    """
    assets: list[Asset] = []
    errors: list[ItemcatError] = []
    for n, line in enumerate(_read(source, sightings).splitlines(), start=1):
        entry = line.strip()
        if not entry or entry.startswith("#"):
            continue
        where = f"{source.address}:{n}"
        try:
            assets.append(url.at(_checked(entry, where), where))
        except SpecError as error:
            errors.append(error)
    if errors:
        raise Problems(tuple(errors))
    return tuple(assets)


def _checked(entry: str, where: str) -> str:
    if is_url(entry):
        return entry
    hint = "write one URL a line; lines that begin with # are comments"
    raise SpecError(where, "this line is no http or https URL", hint)


def _read(source: Source, sightings: Sightings) -> str:
    sightings.see(source.address)
    path = sightings.base / source.address
    try:
        if path.stat().st_size > LARGEST:
            hint = "split it into several lists"
            raise SpecError(str(source.place), f"{source.address} is over {LARGEST} bytes", hint)
        return path.read_text("utf-8-sig")
    except FileNotFoundError:
        return ""
    except UnicodeDecodeError:
        hint = "save it as plain text in UTF-8, with one URL a line"
        raise SpecError(str(source.place), f"{source.address} is not UTF-8 text", hint) from None
