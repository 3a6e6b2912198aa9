"""The fields of STAC's extensions out of a record, in the words of STAC 1.1.0 or of 1.0.0.

With 1.1.0: projection 2.0, raster 2.0, eo 2.0, datacube 2.3 and the common `bands`; with 1.0.0:
projection 1.1, raster 1.1 (`raster:bands`), eo 1.1 (`eo:bands`) and datacube 2.2. The file
extension is 2.1, the table extension 1.2 in both.
"""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from itemcat.model import Document, KnownAsset, Record

Fields = dict[str, Any]

OLD = "1.0.0"
# The code and the length in bytes of each kind (github.com/multiformats/multicodec), as varints in
# hex, and the length in hex digits.
_MULTIHASHES = {
    "md5": ("d50110", 32),
    "sha1": ("1114", 40),
    "sha256": ("1220", 64),
    "sha384": ("2030", 96),
    "sha512": ("1340", 128),
}
_HOME = "https://stac-extensions.github.io"
_FILE = f"{_HOME}/file/v2.1.0/schema.json"
_TABLE = f"{_HOME}/table/v1.2.0/schema.json"
_ADDRESSES = {
    "1.1.0": {
        "proj": f"{_HOME}/projection/v2.0.0/schema.json",
        "raster": f"{_HOME}/raster/v2.0.0/schema.json",
        "eo": f"{_HOME}/eo/v2.0.0/schema.json",
        "file": _FILE,
        "table": _TABLE,
        "cube": f"{_HOME}/datacube/v2.3.0/schema.json",
    },
    OLD: {
        "proj": f"{_HOME}/projection/v1.1.0/schema.json",
        "raster": f"{_HOME}/raster/v1.1.0/schema.json",
        "eo": f"{_HOME}/eo/v1.1.0/schema.json",
        "file": _FILE,
        "table": _TABLE,
        "cube": f"{_HOME}/datacube/v2.2.0/schema.json",
    },
}
# Which extension of the spec shows which facts of a band, by the record's names for them.
_BANDS = {
    "eo": ("name", "description", "center_wavelength", "full_width_half_max"),
    "raster": (
        *("data_type", "nodata", "unit", "statistics", "sampling", "bits_per_sample"),
        *("scale", "offset", "histogram"),
    ),
}
# In STAC 1.1.0 these facts are common to all bands; others carry their extension's prefix.
_COMMON = frozenset({"name", "description", "data_type", "nodata", "unit", "statistics"})

_SINCE_CUBE_2_3 = frozenset({"data_type", "nodata"})


def addresses(version: str, document: Document) -> list[str]:
    """The schemas of the extensions whose fields an item has, wherever they stand in it."""
    assets = document["assets"].values()
    bands = [band for asset in assets for band in asset.get("bands", ())]
    return [*_addresses(version, frozenset().union(document["properties"], *assets, *bands))]


@lru_cache(maxsize=1024)
def _addresses(version: str, fields: frozenset[str]) -> tuple[str, ...]:
    """The same by the names of all fields, of which a catalog's items have the same few sets."""
    used = {field.partition(":")[0] for field in fields if ":" in field}
    return tuple(sorted(url for prefix, url in _ADDRESSES[version].items() if prefix in used))


def projection_fields(version: str, record: Record) -> Fields:
    """The projection extension's fields; what needs a CRS is left out where there is none.

    Before version 2 it knows codes of EPSG only, and null for every other CRS.
    """
    fields: Fields = {"proj:shape": record["shape"]} if "shape" in record else {}
    crs: Mapping[str, str] = record.get("crs", {})
    if not fields and not crs:
        return {}
    if version != OLD:
        fields |= {f"proj:{name}": crs[name] for name in ("code", "wkt2") if name in crs}
        if "code" in crs:
            fields.pop("proj:wkt2", None)
    else:
        authority, _, code = crs.get("code", "").partition(":")
        fields["proj:epsg"] = int(code) if authority == "EPSG" else None
        if authority != "EPSG" and "wkt2" in crs:
            fields["proj:wkt2"] = crs["wkt2"]
    if crs and "transform" in record:
        ring = _outline(record["transform"], record["shape"])
        xs, ys = zip(*ring, strict=True)
        fields["proj:transform"] = [*record["transform"], 0.0, 0.0, 1.0]
        fields["proj:bbox"] = [min(xs), min(ys), max(xs), max(ys)]
        fields["proj:geometry"] = {"type": "Polygon", "coordinates": [ring]}
    return fields


def band_fields(version: str, shown: Iterable[str], record: Record) -> Fields:
    """An asset's bands as the shown extensions have them; nothing where nothing is known."""
    facts = {extension: _BANDS[extension] for extension in _BANDS if extension in set(shown)}
    bands = record.get("bands", [])
    if version == OLD:
        listed = {
            f"{extension}:bands": [
                {key: band[key] for key in keys if key in band} for band in bands
            ]
            for extension, keys in facts.items()
        }
    else:
        listed = {"bands": [_common_band(facts, band) for band in bands]}
    return {name: found for name, found in listed.items() if any(found)}


def table_fields(_: str, record: Record) -> Fields:
    """The table extension's fields: columns, the one of the geometry, and the number of rows."""
    keys = ("columns", "primary_geometry", "row_count")
    return {f"table:{key}": record[key] for key in keys if key in record}


def cube_fields(version: str, record: Record) -> Fields:
    """The datacube extension's fields. Before 2.3 a variable says nothing of its values' type."""
    if "dimensions" not in record:
        return {}
    variables: Mapping[str, Mapping[str, Any]] = record["variables"]
    if version == OLD:
        variables = {
            name: {key: value for key, value in variable.items() if key not in _SINCE_CUBE_2_3}
            for name, variable in variables.items()
        }
    return {"cube:dimensions": record["dimensions"], "cube:variables": variables}


def file_fields(known: KnownAsset, declared: str | None) -> Fields:
    """The file extension's fields; a checksum is a multihash.

    Of a file that was read remotely it is the `declared` one (`md5:…`), if there is any.
    """
    sha256 = known.blob.sha256
    return size_fields(known.blob.size, declared or "" if sha256 is None else f"sha256:{sha256}")


def size_fields(size: int, checksum: str) -> Fields:
    """The same of a size in bytes and a checksum such as `sha256:…`, empty for none."""
    found = multihash(checksum)
    return {"file:size": size, **({"file:checksum": found} if found else {})}


def multihash(checksum: str) -> str | None:
    """A checksum such as `sha256:…` as a multihash in hex; None for what is none of its kinds."""
    algorithm, _, digest = checksum.lower().partition(":")
    prefix, length = _MULTIHASHES.get(algorithm, ("", 0))
    is_whole = prefix and re.fullmatch(f"[0-9a-f]{{{length}}}", digest.strip())
    return prefix + digest.strip() if is_whole else None


def _common_band(facts: Mapping[str, Iterable[str]], band: Mapping[str, Any]) -> Fields:
    return {
        key if key in _COMMON else f"{extension}:{key}": band[key]
        for extension, keys in facts.items()
        for key in keys
        if key in band
    }


def _outline(transform: list[float], shape: list[int]) -> list[list[float]]:
    """The closed outline of a grid in its CRS, from the corner of the last row and first column."""
    a, b, c, d, e, f = transform
    rows, columns = shape
    corners = [(0, rows), (columns, rows), (columns, 0), (0, 0), (0, rows)]
    return [[a * col + b * row + c, d * col + e * row + f] for col, row in corners]
