"""Which reader reads an item's file: the spec's word, else the file's name, else the raster's."""

from itemcat.model import ItemRules

RASTER, VECTOR, CUBE = "raster", "vector", "cube"
FILE = "file"  # that is no data of its own, such as metadata beside it
_SUFFIXES = {
    ".fgb": VECTOR,
    ".geojson": VECTOR,
    ".geoparquet": VECTOR,
    ".gpkg": VECTOR,
    ".parquet": VECTOR,
    ".shp.zip": VECTOR,
    ".zarr.zip": CUBE,
}
"""Ends of names that leave no doubt. A netCDF may be a raster as well as a cube, so it is none."""

_LAST = frozenset(end.rpartition(".")[2] for end in _SUFFIXES)


def reader_name(rules: ItemRules, name: str) -> str:
    """The name of the reader for a file of this name, under these rules."""
    if rules.reader is not None:
        return rules.reader
    lower = name.lower()
    if lower.rpartition(".")[2] not in _LAST:
        return RASTER
    return next((kind for end, kind in _SUFFIXES.items() if lower.endswith(end)), RASTER)


def is_of(reader: str, identity: str) -> bool:
    """Whether a reader of whatever version (`raster/1`) is the one called so (`raster`)."""
    return identity.partition("/")[0] == reader
