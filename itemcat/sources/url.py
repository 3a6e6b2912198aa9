"""`url: https://…`: one file at one address."""

from itemcat.errors import SpecError
from itemcat.model import Asset, Source
from itemcat.stamp import Sightings
from itemcat.urls import file_name, public

PACKED = "pack it as one file: `python -m zipfile -c air.zarr.zip air.zarr`, and name that"


def resolve(source: Source, _: Sightings) -> tuple[Asset, ...]:
    """The asset itself, without asking anybody."""
    checksum = f"sha256:{source.sha256}" if source.sha256 else None
    return (at(source.address, str(source.place), checksum),)


def at(address: str, where: str, checksum: str | None = None) -> Asset:
    """The asset at an address, named by the last part of its path. Raises SpecError without one."""
    name = file_name(address)
    if name.endswith(".zarr"):
        raise SpecError(where, f"{public(address)} is a Zarr store, which is a folder", PACKED)
    if not name:
        hint = "give the address of one file, such as https://example.org/data/scene.tif"
        raise SpecError(where, f"{public(address)} names no file", hint)
    return Asset(name=name, location=address, href=public(address), checksum=checksum)
