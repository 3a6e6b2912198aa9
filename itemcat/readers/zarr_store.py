"""A Zarr store, of version 2 or 3, in one ZIP archive: the arrays of a group as variables.

Of the archive, the metadata are read, and the chunks of an array when its values are asked for,
which is for coordinates alone. zarr sees no other byte, and none that was not looked at before.
"""

import base64
import json
import math
import struct
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import xarray
from xarray.backends import BackendArray
from xarray.core.indexing import IndexingSupport, LazilyIndexedArray, explicit_indexing_adapter

from itemcat.errors import MachineError, ReadError
from itemcat.readers.cube_axes import Variables, text_of
from itemcat.readers.faults import faults
from itemcat.readers.zarr_codecs import LARGEST, names, plain, refusal

_MOST_MEMBERS = 1_000_000
_MOST_VARIABLES = 10_000
_MOST_CHUNKS = 10_000  # of a coordinate
_METADATA = 4 << 20  # bytes of a document
_ALL_METADATA = 64 << 20
_DOCUMENTS = (".zarray", ".zattrs", ".zgroup", ".zmetadata", "zarr.json")
_DIMENSIONS = "_ARRAY_DIMENSIONS"  # where version 2 has no place of its own for their names
_LISTED = 10  # names that an error shows


@contextmanager
def opened_store(path: Path, name: str | None) -> Iterator[tuple[Variables, dict[str, str]]]:
    """The variables of the root or of the group called `name`, and the root's attributes.

    Raises ReadError for everything that can be wrong with the archive or with the store in it.
    """
    kinds = (
        zipfile.BadZipFile,
        AttributeError,
        AssertionError,
        RecursionError,
        NotImplementedError,
    )
    with faults(path, *kinds), zipfile.ZipFile(path) as archive:
        store = _Store(path, archive)
        group = store.root + (f"{name.strip('/')}/" if name else "")
        if name and not store.is_group(group):
            raise ReadError(path.name, f"has no group {name!r}; it has {_listed(store.groups())}")
        variables = store.variables(group)
        if not variables and (groups := store.groups()):
            what = f"has its variables in groups: {_listed(groups)}"
            raise ReadError(path.name, what, f"choose one in the spec: `variable: {groups[0]}`")
        attributes = store.attributes(store.root)
        yield variables, {key: text_of(value) for key, value in attributes.items()}


class _Store:
    """The members of an archive, by the paths that Zarr knows them by."""

    def __init__(self, path: Path, archive: zipfile.ZipFile) -> None:
        self.path = path
        self._archive = archive
        self._sizes = {one.filename: one.file_size for one in archive.infolist()}
        self._read: dict[str, Mapping[str, Any]] = {}
        self._metadata = 0  # bytes of those
        if len(self._sizes) > _MOST_MEMBERS:
            what = f"holds {len(self._sizes):,} files; {_MOST_MEMBERS:,} are the most"
            raise ReadError(path.name, what, "publish the store with larger chunks, or in shards")
        tops = {name.partition("/")[0] for name in self._sizes}
        roots = ["", *(f"{top}/" for top in tops if len(tops) == 1)]  # a folder packed as such
        found = [root for root in roots if self.is_group(root)]
        if not found:
            what = "is a ZIP archive without a Zarr group at its top"
            hint = "pack what is in the store's folder, with .zgroup or zarr.json at the top"
            raise ReadError(path.name, what, hint)
        self.root = found[0]

    def is_group(self, prefix: str) -> bool:
        """Whether there is a group at a path, which is empty or ends in a slash."""
        if f"{prefix}.zgroup" in self._sizes:
            return True
        return self._document(f"{prefix}zarr.json").get("node_type") == "group"

    def groups(self) -> list[str]:
        """The groups below the root, by their paths."""
        ends = (".zgroup", "zarr.json")
        paths = (
            name.rpartition("/")[0]
            for name in self._sizes
            if name.endswith(ends) and name.startswith(self.root)
        )
        below = {path.removeprefix(self.root): f"{path}/" for path in paths}
        return sorted(short for short, full in below.items() if short and self.is_group(full))

    def attributes(self, prefix: str) -> Mapping[str, Any]:
        """Those of a group or an array."""
        own = self._document(f"{prefix}zarr.json").get("attributes")
        found = self._document(f"{prefix}.zattrs") if own is None else own
        return found if isinstance(found, Mapping) else {}

    def variables(self, group: str) -> dict[str, xarray.Variable]:
        """The arrays just below a group, their values unread."""
        children = {
            name[len(group) :].rpartition("/")[0]
            for name in self._sizes
            if name.startswith(group) and name.endswith(("/.zarray", "/zarr.json"))
        }
        children = {name for name in children if name and "/" not in name}
        if len(children) > _MOST_VARIABLES:
            what = f"has {len(children):,} variables; {_MOST_VARIABLES:,} are the most"
            raise ReadError(self.path.name, what)
        found = {}
        for name in sorted(children):
            metadata = self._array(f"{group}{name}/")
            variable = self._variable(f"{group}{name}/", name, metadata) if metadata else None
            if variable is not None:
                found[name] = variable
        return found

    def chunks(self, prefix: str) -> dict[str, bytes]:
        """The chunks of an array by their keys, each fit to be unpacked."""
        packing = names(self._array(prefix))
        keys = [
            name
            for name in self._sizes
            if name.startswith(prefix) and not name.endswith(("/", *_DOCUMENTS))
        ]
        size = sum(self._sizes[key] for key in keys)
        if len(keys) > _MOST_CHUNKS or size > LARGEST:
            what = f"has its {prefix[:-1]} in {len(keys):,} chunks of {size:,} bytes together"
            raise ReadError(self.path.name, what, "write coordinates in one chunk each")
        found = {}
        for key in keys:
            found[key] = self._archive.read(key)
            if why := refusal(packing, found[key]):
                hint = "pack coordinates by one codec, such as zstd, blosc or gzip, without shards"
                raise ReadError(self.path.name, f"its chunk {key} {why}", hint)
        return found

    def documents(self, prefix: str) -> dict[str, bytes]:
        """The metadata of an array as they stand there."""
        own = (f"{prefix}{name}" for name in (".zarray", "zarr.json"))
        return {name: self._archive.read(name) for name in own if name in self._sizes}

    def _variable(
        self, prefix: str, name: str, metadata: Mapping[str, Any]
    ) -> xarray.Variable | None:
        """An array as a variable; None for coordinates that are texts, which stay unread."""
        form = ".zarray" if metadata["zarr_format"] == 2 else "zarr.json"
        unpacked = {f"{prefix}{form}": json.dumps(plain(metadata)).encode()}
        array = _opened(unpacked, prefix)
        attributes = dict(self.attributes(prefix))
        named = attributes.pop(_DIMENSIONS, None) or metadata.get("dimension_names")
        dims = tuple(named) if array.shape and isinstance(named, list) else ()
        is_named = len({*map(str, dims)}) == array.ndim and all(
            isinstance(one, str) for one in dims
        )
        if not is_named:
            what = f"does not name the dimensions of its array {name}"
            raise ReadError(self.path.name, what, "write it with xarray's `to_zarr`")
        if array.dtype.kind not in "biufcmMSU" and dims == (name,):
            return None
        fill = _fill(array, attributes.pop("_FillValue", None))
        if fill is not None:
            attributes["_FillValue"] = fill
        data = LazilyIndexedArray(_Values(self, prefix, array))
        return xarray.Variable(dims, data, attributes, fastpath=True)

    def _array(self, prefix: str) -> Mapping[str, Any]:
        """The metadata of an array; empty where there is none."""
        if found := self._document(f"{prefix}.zarray"):
            return {**found, "zarr_format": 2}
        found = self._document(f"{prefix}zarr.json")
        return found if found.get("node_type") == "array" else {}

    def _document(self, name: str) -> Mapping[str, Any]:
        """A JSON object in the archive; empty where there is none."""
        size = self._sizes.get(name)
        if size is None or name in self._read:
            return self._read.get(name, {})
        self._metadata += size
        if size > _METADATA or self._metadata > _ALL_METADATA:
            most, all_of_it = _METADATA >> 20, _ALL_METADATA >> 20
            what = f"has metadata of more than {most} MB, or of {all_of_it} MB together"
            raise ReadError(self.path.name, what, "split the store")
        found = json.loads(self._archive.read(name))
        self._read[name] = found if isinstance(found, Mapping) else {}
        return self._read[name]


class _Values(BackendArray):
    """The values of an array, unpacked when they are asked for."""

    def __init__(self, store: _Store, prefix: str, array: Any) -> None:
        self.shape, self.dtype = array.shape, np.dtype(array.dtype)
        self._store, self._prefix, self._array = store, prefix, array

    def __getitem__(self, key: Any) -> Any:
        return explicit_indexing_adapter(key, self.shape, IndexingSupport.BASIC, self._read)

    def _read(self, key: tuple[Any, ...]) -> Any:
        chunk, item = math.prod(self._array.chunks), self.dtype.itemsize
        count = math.prod(
            math.ceil(whole / one)
            for whole, one in zip(self.shape, self._array.chunks, strict=True)
        )
        if max(chunk, math.prod(self.shape)) * item > LARGEST or count > _MOST_CHUNKS:
            what = f"has a coordinate, {self._prefix[:-1]}, of more values than are read"
            raise ReadError(self._store.path.name, what, "write coordinates in one chunk each")
        held = self._store.documents(self._prefix) | self._store.chunks(self._prefix)
        return np.asarray(_opened(held, self._prefix)[...])[key]


def _opened(held: Mapping[str, bytes], prefix: str) -> Any:
    """An array of zarr's over these members alone. Raises MachineError without the library."""
    try:
        import zarr  # noqa: PLC0415 (an extra that few need)
        from zarr.core.buffer import default_buffer_prototype  # noqa: PLC0415
        from zarr.storage import MemoryStore  # noqa: PLC0415
    except ImportError as error:
        what, hint = (
            "needs zarr, which is not installed",
            'install it with `pip install "itemcat[zarr]"`',
        )
        raise MachineError("the cube reader", what, hint) from error
    buffer = default_buffer_prototype().buffer
    members = {key: buffer.from_bytes(data) for key, data in held.items()}
    return zarr.open_array(MemoryStore(members), path=prefix[:-1], mode="r")


def _fill(array: Any, said: Any) -> Any:
    """What stands for no value, as xarray writes it: for version 2, the value of missing chunks.

    Zero is that of every array for which nobody chose one, and so says nothing. In version 3 it is
    an attribute, of floats as the base64 of 64 bits.
    """
    if array.dtype.kind not in "iuf":
        return None
    if array.metadata.zarr_format == 2:
        return array.fill_value or None
    if isinstance(said, str) and array.dtype.kind == "f":
        try:
            return array.dtype.type(struct.unpack("<d", base64.b64decode(said))[0])
        except (ValueError, struct.error):
            return None
    return said if isinstance(said, int | float) else None


def _listed(found: list[str]) -> str:
    return ", ".join(found[:_LISTED]) + (", …" if len(found) > _LISTED else "") or "none"
