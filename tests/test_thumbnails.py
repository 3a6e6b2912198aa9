"""Which file of an item is shown in its thumbnail, and what of it is known."""

import pytest

from itemcat.model import (
    Asset,
    AssetRules,
    Blob,
    ItemRules,
    KnownAsset,
    KnownItem,
    Manifest,
    Place,
    Reading,
    Source,
)
from itemcat.naming import NamedAsset, NamedItem
from itemcat.plan import Task, Wanted, Work, make_plan
from itemcat.thumbnails import (
    Picture,
    missing_in,
    picture_in,
    picture_of,
    pictured,
    without_picture,
)

EXACT = {"statistics": "exact"}
SMALL = {**EXACT, "thumbnail": "384"}
DIGEST = "a" * 64
MADE = {"shape": [2, 3], "thumbnail": {"sha256": DIGEST, "size": 12}}
REFUSED = {"shape": [2, 3], "thumbnail": {"missing": "is too large"}}


def member(
    name: str, key: str = "data", reader: str | None = None, role: str = "data"
) -> NamedAsset:
    location = f"https://example.org/{name}"
    rules = ItemRules(reader=reader, asset=AssetRules(roles=(role,)))
    source = Source("url", location, rules, Place("catalog.yaml", 1, 1))
    return NamedAsset(key, source, Asset(name, location, location), {})


def item(*members: NamedAsset) -> NamedItem:
    return NamedItem("a", members, {})


def known(record: dict[str, object], options: dict[str, str] = SMALL) -> KnownAsset:
    address = "https://example.org/a.tif"
    reading = Reading.of("raster/1", options, record)
    return KnownAsset(address, address, Blob("1" * 64, 5), reading)


def task(found: KnownAsset, *, thumbnails: bool, **changes: object) -> Task:
    """The task of an item's only file, of which this was known."""
    old = Manifest("out", {}, {"a": KnownItem("f" * 64, {"data": found}, thumbnail=DIGEST)})
    wanted = Wanted({"raster": "raster/1"}, EXACT, thumbnails=thumbnails, **changes)  # type: ignore[arg-type]
    [found_task] = make_plan([item(member("a.tif"))], set(), old, wanted).tasks
    return found_task


@pytest.mark.parametrize(
    ("members", "shown"),
    [
        ([member("a.tif")], 0),
        ([member("a.tif", "B1"), member("b.tif", "B2")], 0),
        ([member("a.gpkg", "lakes"), member("b.nc", "cube", "cube"), member("c.tif", "B1")], 2),
        ([member("a.xml", "metadata", "file"), member("b.tif")], 1),
        ([member("a.gpkg")], None),
        ([member("a.xml", reader="file")], None),
        ([member("a.tif"), member("small.png", "thumbnail", "file")], None),
        ([member("a.tif"), member("small.png", "quicklook", "file", "thumbnail")], None),
    ],
)
def test_a_thumbnail_shows_the_first_raster_unless_there_is_one_already(
    members: list[NamedAsset], shown: int | None
) -> None:
    assert pictured(item(*members)) is (None if shown is None else members[shown])


def test_a_record_says_which_picture_its_pixels_gave() -> None:
    picture = Picture(DIGEST, 12)
    assert picture_in(known(MADE).reading) == picture
    assert picture_of({"B1": known({}, EXACT), "B2": known(MADE)}) == picture
    for without in (known(REFUSED), known({"shape": [2, 3]}, EXACT), known({})):
        assert picture_in(without.reading) is None
        assert picture_of({"data": without}) is None


def test_a_record_says_why_there_is_none() -> None:
    assert missing_in(known(REFUSED).reading) == "is too large"
    assert missing_in(known(MADE).reading) == missing_in(known({}, EXACT).reading) == ""


def test_a_record_without_its_picture_is_that_of_a_reading_without_one() -> None:
    for record in (MADE, REFUSED):
        assert without_picture(known(record)) == known({"shape": [2, 3]}, EXACT)


def test_turning_thumbnails_on_reads_and_off_does_not() -> None:
    turned_on = task(known({"shape": [2, 3]}, EXACT), thumbnails=True)
    assert (turned_on.work, turned_on.reason) == (Work.READ, "a thumbnail is wanted now")
    turned_off = task(known(MADE), thumbnails=False)
    assert (turned_off.work, turned_off.reason) == (
        Work.NONE,
        "its thumbnail is not wanted any more",
    )
    assert turned_off.known == known({"shape": [2, 3]}, EXACT)
    assert task(known(MADE), thumbnails=True).work is Work.NONE


def test_another_size_is_another_option() -> None:
    found = task(known(MADE, {**EXACT, "thumbnail": "100"}), thumbnails=True)
    assert (found.work, found.reason) == (
        Work.READ,
        "read options changed: thumbnail 100 → 384",
    )


def test_a_picture_that_is_lost_is_made_again() -> None:
    found = task(known(MADE), thumbnails=True, lost={DIGEST: "its thumbnail is missing"})
    assert (found.work, found.reason) == (Work.READ, "its thumbnail is missing")
    assert task(known(MADE), thumbnails=True, lost={"b" * 64: "gone"}).work is Work.NONE
