"""The items of a catalog as one table: a GeoParquet file (version 1.1.0), written with PyArrow.

The documents are gone through twice, for a column has to be known before its first value is
written; a few thousand rows are in memory at a time. Nothing in the bytes comes from elsewhere than
the documents and the release of PyArrow.
"""

import hashlib
import io
import json
from collections.abc import Callable, Iterable, Iterator
from importlib.util import find_spec
from itertools import islice
from typing import Any

from itemcat.columns import CORNERS, Columns, row
from itemcat.errors import UsageError
from itemcat.files import json_value
from itemcat.kinds import Kind, Word
from itemcat.seal import KEY, blank_seal, seal

GROUP = 5000  # rows that are written together
_STANDARD = {"version": "1.0.0"}  # of stac-geoparquet
_BATCH = 500  # rows that are Python objects at the same time

Files = Callable[[], Iterable[tuple[str, bytes]]]
"""Gives the paths and the bytes of the items' files, in the order of the rows, anew each time."""


def refuse_missing_library(where: str) -> None:
    """Raises UsageError where a table could not be written."""
    if find_spec("pyarrow") is None:
        raise UsageError(
            where,
            "`outputs:` asks for geoparquet, which PyArrow writes, and it is not installed",
            'install it with `pip install "itemcat[geoparquet]"`',
        )


def pieces(files: Files, identity: str) -> Iterator[bytes]:
    """The bytes of the table of these items, piece by piece; the last one has its seal."""
    import pyarrow  # noqa: PLC0415 (an extra)
    from pyarrow import parquet  # noqa: PLC0415

    columns = Columns()
    for _, data in files():
        columns.learn(json_value(data))
    kinds = columns.settled()
    schema = pyarrow.schema([(name, _type(kind)) for name, kind in kinds.items()])
    sink, digest = _Sink(), hashlib.sha256()
    rows = (row(json_value(data), kinds, path) for path, data in files())
    with parquet.ParquetWriter(
        sink, schema, version="2.6", compression="zstd", store_schema=False
    ) as writer:
        while batches := [
            pyarrow.RecordBatch.from_pylist(batch, schema)
            for _ in range(GROUP // _BATCH)
            if (batch := list(islice(rows, _BATCH)))
        ]:
            writer.write_table(pyarrow.Table.from_batches(batches), row_group_size=GROUP)
            for piece in sink.taken():
                digest.update(piece)
                yield piece
        texts = {
            KEY: blank_seal(identity),
            "stac-geoparquet": json.dumps(_STANDARD),
            "geo": json.dumps(_geo(columns)),
        }
        for key, text in texts.items():  # of several at once, PyArrow promises no order
            writer.add_key_value_metadata({key: text})
    yield seal(b"".join(sink.taken()), digest)


class _Sink(io.RawIOBase):
    """A file to write to, whose bytes are taken away as they come."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._size = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        piece = bytes(data)
        self._pieces.append(piece)
        self._size += len(piece)
        return len(piece)

    def tell(self) -> int:
        return self._size

    def taken(self) -> list[bytes]:
        """What was written since the last time."""
        taken, self._pieces = self._pieces, []
        return taken


def _type(kind: Kind) -> Any:
    import pyarrow  # noqa: PLC0415

    if kind.word is Word.OBJECT:
        fields = [pyarrow.field(name, _type(inner)) for name, inner in kind.fields.items()]
        return pyarrow.struct(fields)
    if kind.word is Word.LIST:
        return pyarrow.list_(_type(kind.inner or Kind()))
    return {
        Word.TRUTH: pyarrow.bool_(),
        Word.WHOLE: pyarrow.int64(),
        Word.REAL: pyarrow.float64(),
        Word.TIME: pyarrow.timestamp("us", "UTC"),
        Word.BYTES: pyarrow.binary(),
    }.get(kind.word, pyarrow.string())


def _geo(columns: Columns) -> dict[str, Any]:
    """What GeoParquet says of a file; without a word on it, coordinates are those of OGC:CRS84.

    Boxes over 180° have their west east of their east, as STAC wants it. Readers that filter by
    boxes would miss them, so then the boxes are not declared as a covering.
    """
    geometry: dict[str, Any] = {"encoding": "WKB", "geometry_types": sorted(columns.shapes)}
    if columns.bounds:
        geometry["bbox"] = list(columns.bounds)
    if columns.bounds and not columns.crosses:
        geometry["covering"] = {"bbox": {corner: ["bbox", corner] for corner in CORNERS}}
    return {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": geometry}}
