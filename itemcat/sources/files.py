"""`files: data/*.tif`: files beside the spec, published at the address that `href:` gives."""

from pathlib import Path, PurePosixPath

from itemcat.errors import SpecError
from itemcat.model import Asset, Source
from itemcat.stamp import Sightings
from itemcat.urls import file_name


def resolve(source: Source, sightings: Sightings) -> tuple[Asset, ...]:
    """The files that match, by name; none if none does. Raises SpecError for an absolute glob."""
    if PurePosixPath(source.address).is_absolute() or Path(source.address).is_absolute():
        raise SpecError(
            str(source.place),
            f"{source.address} is an absolute path, which no other machine has",
            "write it relative to the spec; a folder elsewhere may be linked beside it (ln -s)",
        )
    found = sightings.glob(source.address)
    for location in found:
        if not location.isprintable():  # bytes that are no text, or signs that nobody sees
            what = f"{location!a} is no file name that a catalog can hold"
            raise SpecError(str(source.place), what, "rename the file")
    return tuple(
        Asset(name=file_name(location), location=location, is_local=True) for location in found
    )
