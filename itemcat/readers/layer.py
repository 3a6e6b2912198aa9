"""A layer of a vector file, whose every fact is in the file's own bytes; features stay unread."""

import math
import os
import re
import sqlite3
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyogrio
import pyproj

from itemcat.errors import ReadError
from itemcat.readers.formats import head_of, stranger
from itemcat.readers.geoparquet import parquet_layer
from itemcat.readers.table import Layer

# No sidecar, no network: the CRS of a GeoJSON may be a link, which GDAL would follow.
_SETTINGS = {
    "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR",
    "CPL_VSIL_CURL_ALLOWED_FILENAME": "none",
    "GDAL_HTTP_PROXY": "127.0.0.1:1",
}
_PAST_THE_PROXY = ("no_proxy", "NO_PROXY")
# Each format by its first bytes, with the one GDAL driver that may have opened it.
_FORMATS: tuple[tuple[bytes, str, str], ...] = (
    (rb"SQLite format 3\0", "GPKG", "application/geopackage+sqlite3"),
    (rb"fgb\x03fgb", "FlatGeobuf", "application/vnd.flatgeobuf"),
    (rb"PK\x03\x04", "ESRI Shapefile", "application/zip"),
    (rb"PAR1", "Parquet", "application/vnd.apache.parquet"),
    (rb"(\xef\xbb\xbf)?\s*\{", "GeoJSON", "application/geo+json"),
)
_KNOWN = "GeoPackage, GeoJSON, GeoParquet, FlatGeobuf, and a Shapefile in a ZIP archive"
_CODE = re.compile(r"\w+:\w+")
_PLAIN = re.compile(r"(?:\w:)?[\w ./~+,-]+")
_WAL = b"\x02\x02"  # bytes 18 and 19 of a SQLite file whose last changes may lie beside it
_TYPES = {
    "OFTInteger": "int32",
    "OFTInteger64": "int64",
    "OFTReal": "float64",
    "OFTString": "string",
    "OFTDate": "date",
    "OFTTime": "time",
    "OFTDateTime": "datetime",
    "OFTBinary": "binary",
    "OFTIntegerList": "list<int32>",
    "OFTInteger64List": "list<int64>",
    "OFTRealList": "list<float64>",
    "OFTStringList": "list<string>",
}
_SUBTYPES = {
    "OFSTBoolean": "boolean",
    "OFSTInt16": "int16",
    "OFSTFloat32": "float32",
    "OFSTJSON": "json",
    "OFSTUUID": "uuid",
}
_LISTED = 10  # layers that an error names
_MOST_MEMBERS = 10_000  # of an archive
_BOMB = 1 << 30  # bytes: an archive that claims more is asked for its ratio
_RATIO = 1000  # what deflate cannot do but for one byte again and again


def opened(path: Path, name: str | None) -> Layer:
    """The layer called `name`, or the only one. Raises ReadError, and what pyogrio raises."""
    head = head_of(path)
    fitting = (kind for magic, *kind in _FORMATS if re.match(magic, head))
    driver, media_type = next(fitting, ("", ""))
    if not driver:
        raise stranger(path, head, "vector file", _KNOWN)
    if driver == "Parquet":
        _only_one(path, name)
        return parquet_layer(path, media_type)
    with _plain(path) as own:
        if driver == "GPKG":
            layer = _chosen(path, _tables(path, head), name)
            return _read(path, str(own), driver, media_type, layer=layer, IMMUTABLE="YES")
        if driver == "ESRI Shapefile":
            members = _shapefiles(path)
            member = members[_chosen(path, list(members), name)]
            return _read(path, f"/vsizip/{{{own}}}/{member}", driver, media_type)
        _only_one(path, name)
        return _read(path, str(own), driver, media_type)


@contextmanager
def _plain(path: Path) -> Iterator[Path]:
    """The file under a name that neither pyogrio nor GDAL takes for more than a name."""
    if _PLAIN.fullmatch(path.as_posix()):
        yield path
        return
    with TemporaryDirectory(prefix="itemcat-") as folder:
        link = Path(folder, "layer")
        link.symlink_to(path)
        yield link


def _read(path: Path, name: str, driver: str, media_type: str, **options: Any) -> Layer:
    """What pyogrio says of a layer; extent and count are those that the format's index has."""
    with _alone(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what is wrong is in the record, or an error
        found = pyogrio.read_info(
            name, force_feature_count=True, force_total_bounds=True, **options
        )
    if found["driver"] != driver:
        what = f"is {found['driver']} to GDAL, which is none of the vector files that are read"
        raise ReadError(path.name, what, f"publish it as one of these: {_KNOWN}")
    kinds = zip(found["ogr_types"], found["ogr_subtypes"], strict=True)
    types = [_SUBTYPES.get(sub) or _TYPES.get(kind, "other") for kind, sub in kinds]
    columns = list(zip(map(str, found["fields"]), types, strict=True))
    geometry = None
    if found["geometry_type"] is not None:
        geometry = found["geometry_name"] or "geometry"
        columns.append((geometry, found["geometry_type"]))
    box = None
    if geometry and found["total_bounds"] is not None:
        west, south, east, north = map(float, found["total_bounds"])
        box = (west, south, east, north) if math.isfinite(west + east + south + north) else None
    return Layer(media_type, columns, int(found["features"]), geometry, _wkt(found["crs"]), box)


def _wkt(crs: str | None) -> str | None:
    """The CRS in WKT; pyogrio has a code or WKT of it."""
    if crs is None or not _CODE.fullmatch(crs):
        return crs or None
    return pyproj.CRS.from_user_input(crs).to_wkt()


@contextmanager
def _alone() -> Iterator[None]:
    """GDAL without network: what it asks for goes to a proxy that is not there."""
    pyogrio.set_gdal_config_options(_SETTINGS)
    hidden = {key: os.environ.pop(key) for key in _PAST_THE_PROXY if key in os.environ}
    try:
        yield
    finally:
        os.environ.update(hidden)


def _only_one(path: Path, name: str | None) -> None:
    if name is not None:
        what = f"has no layer {name!r}; its format has no names for layers"
        raise ReadError(path.name, what, "drop `variable:`")


def _chosen(path: Path, names: Sequence[str], name: str | None) -> str:
    if not names:
        raise ReadError(path.name, "holds no layer", f"known are {_KNOWN}")
    shown = ", ".join(names[:_LISTED]) + (", …" if len(names) > _LISTED else "")
    if name is None and len(names) > 1:
        hint = f"choose one in the spec: `variable: {names[0]}`"
        raise ReadError(path.name, f"holds several layers: {shown}", hint)
    if name is not None and name not in names:
        raise ReadError(path.name, f"has no layer {name!r}; it has {shown}")
    return names[0] if name is None else name


def _tables(path: Path, head: bytes) -> list[str]:
    """The layers of a GeoPackage (OGC 12-128, table gpkg_contents)."""
    if head[18:20] == _WAL:
        what = "is a SQLite file in WAL mode, whose last changes may lie in another file"
        hint = "run `PRAGMA journal_mode = DELETE` on it, and publish it then"
        raise ReadError(path.name, what, hint)
    query = (
        "SELECT table_name FROM gpkg_contents WHERE data_type IN ('features', 'attributes')"
        " ORDER BY table_name LIMIT 1000"
    )
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?immutable=1", uri=True)) as database:
            database.execute("PRAGMA trusted_schema = OFF")
            return [str(name) for (name,) in database.execute(query)]
    except sqlite3.Error as error:
        what = f"is a SQLite file, but no sound GeoPackage: {error}"
        raise ReadError(path.name, what, f"known are {_KNOWN}") from error


def _shapefiles(path: Path) -> dict[str, str]:
    """The Shapefiles of an archive: the paths of their .shp, by their names without suffix."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except zipfile.BadZipFile as error:
        hint = "it may be damaged, or cut short: fetch it again"
        raise ReadError(path.name, f"is no sound ZIP archive: {error}", hint) from error
    if len(members) > _MOST_MEMBERS:
        what = f"holds {len(members):,} files; {_MOST_MEMBERS:,} are the most"
        raise ReadError(path.name, what, "publish the Shapefile in an archive of its own")
    claimed = sum(member.file_size for member in members)
    if claimed > _BOMB and claimed > _RATIO * path.stat().st_size:
        what = f"claims {claimed:,} bytes in {path.stat().st_size:,}, which is not believed"
        raise ReadError(path.name, what, "pack it anew")
    found = {}
    for name in sorted(member.filename for member in members):
        if name.lower().endswith(".shp") and "__MACOSX/" not in name:
            found[name.rpartition("/")[2][: -len(".shp")]] = name
    if not found:
        what = "is a ZIP archive without a Shapefile"
        raise ReadError(path.name, what, f"known are {_KNOWN}")
    return found
