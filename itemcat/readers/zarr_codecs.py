"""What a Zarr chunk may be packed by, and how much comes out of it: looked at before it does.

Codecs are named by the file, and some run what they unpack; so those that are known to be harmless
are a list. Formats: https://zarr-specs.readthedocs.io and that of each compressor.
"""

import struct
import zlib
from collections.abc import Mapping
from typing import Any

LARGEST = 80_000_000  # bytes of a chunk, unpacked: as many as ten million numbers take
_COMPRESSORS = frozenset({"blosc", "gzip", "lz4", "zlib", "zstd"})
_HARMLESS = frozenset({"bytes", "crc32c", "endian", "shuffle", "transpose"})
_OBJECTS = {"string": "vlen-utf8", "variable_length_bytes": "vlen-bytes", "bytes": "vlen-bytes"}
_ZSTD = b"\x28\xb5\x2f\xfd"
_CHECKSUM = 4  # bytes that crc32c puts after a chunk


def plain(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """The metadata of an array as if nothing was packed: all that tells what the array is."""
    if metadata.get("zarr_format") == 2:
        texts = [{"id": "vlen-utf8"}] if metadata.get("dtype") == "|O" else None
        return {**metadata, "compressor": None, "filters": texts}
    kind = metadata.get("data_type")
    objects = _OBJECTS.get(kind) if isinstance(kind, str) else None
    own = {"name": objects} if objects else {"name": "bytes", "configuration": {"endian": "little"}}
    return {**metadata, "codecs": [own]}


def names(metadata: Mapping[str, Any]) -> list[str]:
    """The codecs of an array in the order in which they pack."""
    if metadata.get("zarr_format") == 2:
        packing = [*(metadata.get("filters") or ()), metadata.get("compressor")]
        return [_name(codec, "id") for codec in packing if codec is not None]
    codecs = metadata.get("codecs")
    return [_name(codec, "name") for codec in (codecs if isinstance(codecs, list) else ())]


def _name(codec: Any, key: str) -> str:
    found = codec.get(key) if isinstance(codec, Mapping) else codec
    return found if isinstance(found, str) and found else "one without a name"


def refusal(packing: list[str], data: bytes) -> str:
    """Why a chunk that was packed so is not unpacked; empty where it may be."""
    for name in packing:
        if name not in _HARMLESS | _COMPRESSORS:
            return f"is packed by {name!a}, which is not unpacked"
    compressors = [name for name in packing if name in _COMPRESSORS]
    if len(compressors) > 1:
        return f"is packed more than once ({', '.join(compressors)})"
    if packing[-1:] == ["crc32c"]:
        data = data[:-_CHECKSUM]
    size = unpacked(compressors[0], data) if compressors else len(data)
    if size is None:
        return f"is no sound {compressors[0]}, or does not say how large it is"
    return f"holds more than {LARGEST:,} bytes" if size > LARGEST else ""


def unpacked(compressor: str, data: bytes) -> int | None:
    """How many bytes a compressed chunk holds, LARGEST + 1 for more; None where nothing tells."""
    try:
        match compressor:
            case "gzip" | "zlib":
                return len(zlib.decompressobj(47).decompress(data, LARGEST + 1))
            case "blosc":
                return int(struct.unpack_from("<I", data, 4)[0])
            case "lz4":
                return int(struct.unpack_from("<I", data)[0])
            case _:
                return _of_zstd(data)
    except (zlib.error, struct.error):
        return None


def _of_zstd(data: bytes) -> int | None:
    """The content size in a frame's header (RFC 8878 section 3.1.1.1)."""
    if not data.startswith(_ZSTD):
        return None
    flags: int = struct.unpack_from("B", data, 4)[0]
    is_single, kind = bool(flags & 0x20), flags >> 6
    at = 5 + (0 if is_single else 1) + (0, 1, 2, 4)[flags & 3]
    if kind == 0:
        return int(struct.unpack_from("B", data, at)[0]) if is_single else None
    size = int(struct.unpack_from(("", "<H", "<I", "<Q")[kind], data, at)[0])
    return size + 256 if kind == 1 else size
