"""The raster reader: a file that GDAL opens in, a record out.

The record's keys; what is not known is not there:

- `media_type`
- `shape`: [rows, columns]; `transform`: a, b, c, d, e, f with x = a·column + b·row + c and
  y = d·column + e·row + f, from the upper left corner of the upper left pixel
- `crs`: `{"code": "EPSG:32623"}`, `{"wkt2": …}` (ISO 19162:2019) where no code is exact, or both
  where the code is of another authority, which STAC 1.0.0 has no field for
- `geometry`, `bbox`: see `readers.footprint`; both are null where they cannot be known
- `bands`: see `readers.bands` and `readers.statistics`
- `thumbnail`: `sha256` and `size` in bytes of the PNG that shows it (`readers.thumbnail`), or,
  where there can be none, `missing`: why
- `cloud_cover`: percent; `times`, `tags`: see `readers.tags`
- `warnings`: what is not known, or doubtful, and why
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rasterio._err import CPLE_BaseError  # what GDAL raises is no RasterioError
from rasterio.errors import RasterioError

from itemcat.errors import ReadError
from itemcat.excerpt import Excerpt, Span
from itemcat.files import sha256
from itemcat.model import Record
from itemcat.readers import tags
from itemcat.readers.bands import band_facts
from itemcat.readers.crs import crs_facts
from itemcat.readers.faults import faults
from itemcat.readers.footprint import footprint
from itemcat.readers.limits import check_bands
from itemcat.readers.media_type import media_type
from itemcat.readers.opened import STAND_IN, opened, opened_excerpt
from itemcat.readers.sample import sample_gaps
from itemcat.readers.statistics import band_statistics
from itemcat.readers.valid_data import valid_islands
from itemcat.thumbnails import OPTION

_NO_PIXELS = "set `statistics: none` under `read:`"


def read(path: Path, options: Mapping[str, str]) -> Record:
    """All facts of the raster at `path`. `options["statistics"]` is exact, sampled or none.

    `options["footprint"]` is valid-data, or not there for the outline of all pixels;
    `options["variable"]` the array of a container, or not there; `options["thumbnail"]` the longer
    side in pixels of a thumbnail, or not there for none. Raises ReadError, which names the file,
    for everything that can be wrong with it.
    """
    return read_pictured(path, options)[0]


def read_pictured(path: Path, options: Mapping[str, str]) -> tuple[Record, bytes]:
    """The same, and the bytes of the thumbnail, empty where there is none.

    Raises ImportError where it cannot be made for want of a library.
    """
    path = path.absolute()  # GDAL takes what looks like `scheme:name` for more than a name
    with (
        faults(path, RasterioError, CPLE_BaseError, hint=_NO_PIXELS),
        opened(path, options.get("variable")) as dataset,
    ):
        size = path.stat().st_size
        record = _record(dataset, options, path, size)
        if OPTION not in options:
            return record, b""
        from itemcat.readers.thumbnail import thumbnail  # noqa: PLC0415 (needs an extra)

        made = thumbnail(dataset, int(options[OPTION]), size)
    if isinstance(made, str):
        return {**record, OPTION: {"missing": made}}, b""
    return {**record, OPTION: {"sha256": sha256(made), "size": len(made)}}, made


def read_excerpt(excerpt: Excerpt, options: Mapping[str, str]) -> Record | list[Span]:
    """The same of a TIFF of which some bytes are at hand; what is missing, if any of it is needed.

    Statistics must be none or sampled, and the footprint that of all pixels. The record is that of
    a full read: it counts only if GDAL has asked for nothing that is not at hand.
    """
    gaps: list[Span] = []
    path = Path(excerpt.name)
    try:
        with (
            faults(path, RasterioError, CPLE_BaseError, hint=_NO_PIXELS, alias=STAND_IN),
            opened_excerpt(excerpt, options.get("variable"), gaps) as dataset,
        ):
            record = _record(dataset, options, path, excerpt.size)
    except ReadError:
        if not gaps:
            raise
    if gaps and options["statistics"] == "sampled":
        gaps += sample_gaps(excerpt)
    return gaps or record


def _record(dataset: Any, options: Mapping[str, str], path: Path, size: int) -> dict[str, Any]:
    check_bands(dataset)
    default, imagery = dataset.tags(), tags.imagery(dataset)
    follows_data = options.get("footprint") == "valid-data"
    where = footprint(dataset, valid_islands(dataset, size) if follows_data else None)
    bands = band_facts(dataset)
    statistics = band_statistics(dataset, options["statistics"], size)
    for band, found in zip(bands, statistics, strict=True):
        band.update(found)
    record: dict[str, Any] = {
        "media_type": media_type(dataset, path),
        "shape": list(dataset.shape),
        "transform": None if dataset.transform.is_identity else list(dataset.transform)[:6],
        "crs": crs_facts(dataset.crs.to_wkt()) if dataset.crs else None,
        "bands": bands,
        "cloud_cover": tags.cloud_cover(imagery),
        "times": tags.acquisition(default, imagery),
        "tags": tags.dated(default, imagery) or None,
        "warnings": _warnings(dataset, where.warning) or None,
    }
    record = {key: value for key, value in record.items() if value is not None}
    return record | {"geometry": where.geometry, "bbox": where.bbox}


def _warnings(dataset: Any, doubt: str | None) -> list[str]:
    sentences = [doubt] if doubt else []
    if dataset.driver == "GTiff" and len(dataset.subdatasets) > 1:
        sentences.append(f"holds {len(dataset.subdatasets)} images; only the first is read")
    return sentences
