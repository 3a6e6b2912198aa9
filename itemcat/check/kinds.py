"""Every kind of finding by its name: how severe it is, what to do, and the rule that cures it."""

from collections.abc import Mapping
from dataclasses import dataclass

from itemcat.check.finding import Finding, Severity, Spot
from itemcat.urls import redacted

_LONGEST_PATH, _LONGEST = 200, 1000  # characters
_BUILD = "run `itemcat build`, which puts it right; of another tool's catalog, tell its author"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of finding. `keys` lead to the rule of the spec that such a fact follows from."""

    severity: Severity
    hint: str
    keys: tuple[str, ...] = ()


def _error(hint: str, *keys: str) -> Kind:
    return Kind(Severity.ERROR, hint, keys)


def _warning(hint: str, *keys: str) -> Kind:
    return Kind(Severity.WARNING, hint, keys)


KINDS: Mapping[str, Kind] = {
    # ------------------------------------------------------------------- documents and their links
    "not-json": _error(_BUILD),
    "duplicate-key": _error("keep one of the two: programs differ in which one they take"),
    "document-too-large": _error("split the catalog: no program reads such a document"),
    "not-stac": _error("a child or item link leads to a STAC document"),
    "stac-version": _warning("itemcat checks STAC 1.0.0 and 1.1.0"),
    "stac-versions-mixed": _warning("write all documents in one version", "stac_version"),
    "broken-link": _error(_BUILD),
    "link-outside": _warning("a catalog that is copied loses what lies outside of its folder"),
    "link-circle": _error("a child link leads down, never to a catalog that is above"),
    "link-twice": _error("list every document once"),
    "link-title": _warning(_BUILD, "title"),
    "link-type": _warning("a link's type is application/geo+json to items, else application/json"),
    "link-root": _warning("every document has a link to the root of the catalog"),
    "link-parent": _error("the parent link leads to the catalog that lists the document"),
    "link-self": _warning(
        "a self link is the absolute address of the document itself", "published_url"
    ),
    "link-collection": _error("`collection` is the id of what the collection link leads to"),
    "unlinked-document": _warning("link to it, or move it away"),
    # ------------------------------------------------------------------------------------ schemas
    "schema": _error(f"if the spec says so, correct it there; else {_BUILD}"),
    "schema-unavailable": _warning(
        "run check once with a network, which keeps the schema, or `pip install --no-deps rashid`, "
        "which has many; until then its fields are not validated"
    ),
    "extension-undeclared": _warning("list the extension's schema under `stac_extensions`"),
    # ----------------------------------------------------------------------------------- geometry
    "off-earth": _error("longitudes are -180 to 180, latitudes -90 to 90, in this order", "bbox"),
    "bbox-order": _error("a bbox is west, south, east, north", "bbox"),
    "bbox-disagrees": _error("the bbox is the box around the geometry", "geometry"),
    "ring-open": _error("the last position of a ring is its first (RFC 7946)", "geometry"),
    "ring-clockwise": _warning(
        "outlines go counter-clockwise, holes clockwise (RFC 7946)", "geometry"
    ),
    "footprint-disagrees": _error(
        "the footprint lies where the grid of proj:* does: correct the one or the other", "geometry"
    ),
    "grid-disagrees": _error(
        "proj:shape, proj:transform, proj:bbox and proj:geometry are one grid"
    ),
    # -------------------------------------------------------------------------------------- times
    "time-order": _error("start_datetime <= datetime <= end_datetime", "datetime"),
    "time-of-build": _error("give the time of acquisition, not that of processing", "datetime"),
    "time-not-of-name": _warning(
        "is it the time of acquisition, or that of processing?", "datetime"
    ),
    "time-in-future": _warning("is this the time of acquisition?", "datetime"),
    # ------------------------------------------------------------------------- assets and addresses
    "no-assets": _warning("an item without assets leads to no data"),
    "asset-key": _warning(
        "name assets in letters, digits, '-', '_' and '.': keys become names in programs",
        *("asset", "key"),
    ),
    "asset-roles": _warning("say what an asset is for, as in `roles: [data]`", "asset", "roles"),
    "asset-type": _warning("give the media type, by which programs choose what to open"),
    "asset-titles-equal": _warning("give each asset a title of its own", "asset", "title"),
    "title-empty": _warning("write a title, or leave it out", "title"),
    "cog-untrue": _error("make it one (`gdal_translate -of COG`), or do not say that it is"),
    "asset-missing": _error("put the file there, or correct the href"),
    "asset-size": _error("`file:size` is the file's size in bytes: build again"),
    "checksum-form": _error("`file:checksum` is a multihash: SHA-256 is 1220 and its 64 digits"),
    "href-relative": _warning(
        "give its public address, so that the catalog works without this folder", "href"
    ),
    "href-of-machine": _error("give its public address: nobody else has this path", "href"),
    "href-secret": _error("take the secret out of the address, and withdraw it", "href"),
    "href-unquoted": _warning("write it percent-encoded (RFC 3986)", "href"),
    "href-twice": _warning("is one of them a slip? one file is usually one asset", "href"),
    # ---------------------------------------------------------------------------------- statistics
    "statistics-impossible": _error("compute them again", "statistics"),
    "statistics-of-nodata": _error("leave nodata out of statistics", "statistics"),
    "nodata-impossible": _warning("no pixel of this type can have this nodata value"),
    "nodata-swallows": _warning("is the file empty, or its nodata value that of good pixels?"),
    "histogram-impossible": _error("`count` is the number of buckets, `min` lies below `max`"),
    "band-names-equal": _warning("give each band a name of its own"),
    # --------------------------------------------------------------------------------------- names
    "id-unsafe": _warning(
        "use letters, digits, '-', '_' and '.': ids become file names, also on Windows", "id"
    ),
    "id-twice": _error("give each item an id of its own", "id"),
    "names-differ-in-case": _error(
        "on Windows and macOS these are one file: rename one of them", "id"
    ),
    "path-too-long": _warning("Windows takes 260 characters with all folders above", "id"),
    # ----------------------------------------------------------------------- catalogs, collections
    "catalog-too-large": _warning("put its items into sub-catalogs (`layout:` in the spec)"),
    "catalog-empty": _warning("a catalog without items and children leads nowhere"),
    "extent-two-boxes": _error("give one bbox, or the overall one and then two or more parts"),
    "extent-overall": _warning("the first bbox or interval covers all others"),
    "extent-order": _error("an interval is its start, then its end"),
    "extent-misses-item": _error("widen the collection's extent so that it covers its items"),
    # ------------------------------------------------------------------------------------ manifest
    "edited-by-hand": _error(
        "run `itemcat build`, which restores it; change the spec, not the catalog"
    ),
    "not-written": _error("run `itemcat build`, which writes it"),
    "not-in-manifest": _error("itemcat did not make it: remove its link"),
    # -------------------------------------------------------------------------------------- remote
    "remote-gone": _error("correct the address, or ask its publisher", "href"),
    "remote-size": _error("the file has changed: run `itemcat build --refresh`"),
    "remote-no-cors": _warning(
        "programs in browsers cannot read it: its host has to send Access-Control-Allow-Origin"
    ),
}


def found(name: str, file: str, spot: Spot) -> Finding:
    """A finding of a kind; whatever the document says, it is not long, and shows no secret."""
    kind = KINDS[name]
    path, what = spot.path[:_LONGEST_PATH], redacted(spot.what[:_LONGEST])
    return Finding(name, kind.severity, file, path, what, kind.hint)
