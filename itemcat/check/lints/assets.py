"""Assets of an item: what they are called, what they are for, and whether the files agree."""

import re
from collections import Counter
from collections.abc import Iterator

from itemcat.check.finding import Spot
from itemcat.check.page import ITEM, Page, number, sequence, shown, text
from itemcat.check.surroundings import Surroundings, size_of

_KEY = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
_COG = "profile=cloud-optimized"
# Multihash: the code of the hash, and how many bytes its digest has (multiformats.io).
_HASHES = {"11": 20, "12": 32, "13": 64, "20": 48, "14": 64, "15": 48, "16": 32, "17": 28}
_MD5 = "d50110"
_BARE = (32, 40, 64, 96, 128)  # digits of MD5, SHA-1, SHA-256, SHA-384, SHA-512


def none(page: Page, _: Surroundings) -> Iterator[Spot]:
    """An item that leads to no data."""
    if page.kind == ITEM and not any(page.assets()):
        yield Spot("assets", "there are none")


def key(page: Page, _: Surroundings) -> Iterator[Spot]:
    """A key that is no plain name."""
    for path, name, _asset in page.assets():
        if not _KEY.fullmatch(name):
            yield Spot(path, f"{shown(name)} is no plain name")


def roles(page: Page, _: Surroundings) -> Iterator[Spot]:
    """An asset that does not say what it is for."""
    for path, _key, asset in page.assets():
        if not any(text(role).strip() for role in sequence(asset.get("roles"))):
            yield Spot(path, "has no roles")


def media_type(page: Page, surroundings: Surroundings) -> Iterator[Spot]:
    """An asset of an unknown type, though there is one."""
    for path, name, asset in page.assets():
        is_silent = not text(asset.get("type")).strip() and page.kind == ITEM
        if is_silent and surroundings.media_type(page, name, None) != "":
            yield Spot(path, "has no media type")


def titles_equal(page: Page, _: Surroundings) -> Iterator[Spot]:
    """Assets of one item that are called the same."""
    counts = Counter(text(asset.get("title")) for _, _, asset in page.assets())
    for title, count in counts.items():
        if title and count > 1:
            yield Spot("assets", f"{count} of them have the title {shown(title)}")


def cog_untrue(page: Page, surroundings: Surroundings) -> Iterator[Spot]:
    """A file that is no cloud-optimized GeoTIFF, and is said to be one."""
    for path, name, asset in page.assets():
        if _COG not in text(asset.get("type")):
            continue
        local = surroundings.local(page, asset.get("href"))
        true = surroundings.media_type(page, name, local)
        if true is not None and _COG not in true:
            yield Spot(
                f"{path}.type", f"says cloud-optimized, and the file is {true or 'of another kind'}"
            )


def missing(page: Page, surroundings: Surroundings) -> Iterator[Spot]:
    """A file of the catalog's own folder that is not there."""
    for path, _key, asset in page.assets():
        local = surroundings.local(page, asset.get("href"))
        if local is not None and size_of(local) is None:
            yield Spot(f"{path}.href", f"there is no file {shown(asset['href'], 200)}")


def size(page: Page, surroundings: Surroundings) -> Iterator[Spot]:
    """A file of the catalog's own folder of another size than is said."""
    for path, _key, asset in page.assets():
        said = number(asset.get("file:size"))
        local = surroundings.local(page, asset.get("href"))
        true = size_of(local) if said is not None and local is not None else None
        if true is not None and true != said:
            yield Spot(f"{path}.file:size", f"is {said:g}, and the file has {true} bytes")


def checksum_form(page: Page, _: Surroundings) -> Iterator[Spot]:
    """A checksum that is no multihash of its length, or a bare digest."""
    for path, _key, asset in page.assets():
        said = text(asset.get("file:checksum")).lower()
        if said and not _is_multihash(said):
            yield Spot(f"{path}.file:checksum", f"{shown(said, 30)} is no multihash")


def _is_multihash(said: str) -> bool:
    """Whether it may be one; of a hash that is not known here, all but bare digests may."""
    if said.startswith(_MD5):
        return len(said) == len(_MD5) + 32
    size = _HASHES.get(said[:2])
    if size is not None and said[2:4] == f"{size:02x}":
        return len(said) == 4 + 2 * size
    return len(said) not in _BARE
