import pytest

from itemcat.model import (
    Action,
    Asset,
    Blob,
    Decision,
    ItemRules,
    KnownAsset,
    KnownItem,
    Manifest,
    Place,
    Reading,
    Source,
)
from itemcat.naming import NamedAsset, NamedItem
from itemcat.plan import Wanted, Work, decide, make_plan

EXACT = {"statistics": "exact"}
URL = "https://example.org/a.tif"


def item(item_id: str, location: str = URL, checksum: str | None = None) -> NamedItem:
    is_local = not location.startswith("https:")
    asset = Asset("a.tif", location, None if is_local else location, is_local, checksum=checksum)
    source = Source("url", location, ItemRules(), Place("catalog.yaml", 1, 1))
    return NamedItem(item_id, (NamedAsset("data", source, asset, {}),), {})


def known(location: str = URL, digest: str = "1" * 64) -> KnownItem:
    reading = Reading("raster/1", EXACT, "{}")
    return KnownItem("f" * 64, {"data": KnownAsset(location, None, Blob(digest, 1), reading)})


def wanted(**changes: object) -> Wanted:
    settings: dict[str, object] = {"readers": {"raster": "raster/1"}, "options": EXACT}
    return Wanted(**{**settings, **changes})  # type: ignore[arg-type]


OLD = Manifest("out", {}, {"a": known()})


@pytest.mark.parametrize(
    ("new", "asked", "work", "words"),
    [
        (item("a"), wanted(), Work.NONE, ""),
        (item("b", URL + "x"), wanted(), Work.FETCH, "new in the spec"),
        (item("a", URL + "x"), wanted(), Work.FETCH, f"its address changed; it was {URL}"),
        (item("a", checksum="sha256:" + "1" * 64), wanted(), Work.NONE, ""),
        (
            item("a", checksum="sha256:" + "2" * 64),
            wanted(),
            Work.FETCH,
            "its declared checksum changed",
        ),
        (item("a"), wanted(refresh=True), Work.REVALIDATE, "asked its publisher again (--refresh)"),
        (
            item("a"),
            wanted(options={"statistics": "none"}),
            Work.READ,
            "read options changed: statistics exact → none",
        ),
        (item("a"), wanted(reread=True), Work.READ, "read again (--reread)"),
        (item("a"), wanted(readers={"raster": "raster/2"}), Work.NONE, ""),
        (item("renamed"), wanted(), Work.NONE, ""),
    ],
)
def test_the_work_that_a_change_asks_for(
    new: NamedItem, asked: Wanted, work: Work, words: str
) -> None:
    [task] = make_plan([new], set(), OLD, asked).tasks
    assert (task.work, task.reason) == (work, words)


LOCAL = Manifest("out", {}, {"a": known("data/a.tif")})


@pytest.mark.parametrize(
    ("new", "work", "words"),
    [
        (item("a", "data/a.tif", "sha256:" + "1" * 64), Work.NONE, ""),
        (item("a", "data/a.tif"), Work.NONE, ""),  # the file is not on this machine
        (item("a", "data/a.tif", "sha256:" + "2" * 64), Work.FETCH, "the file changed"),
        (
            item("a", "data/b.tif", "sha256:" + "1" * 64),
            Work.NONE,
            "the same bytes under another name",
        ),
    ],
)
def test_a_local_file_is_judged_by_its_bytes(new: NamedItem, work: Work, words: str) -> None:
    [task] = make_plan([new], set(), LOCAL, wanted()).tasks
    assert (task.work, task.reason) == (work, words)


def test_what_the_spec_lacks_is_removed_but_not_what_failed() -> None:
    old = Manifest("out", {}, {"a": known(), "b": known(), "c": known()})
    assert make_plan([item("a")], {"b"}, old, wanted()).removed == ("c",)


RENDERED, RECORDED, OTHER = "1" * 64, "f" * 64, "0" * 64


@pytest.mark.parametrize(
    ("item_id", "on_disk", "decision"),
    [
        ("new", None, Decision(Action.ADD, "new in the spec")),
        ("a", RENDERED, Decision(Action.KEEP, "nothing changed")),
        ("a", RECORDED, Decision(Action.UPDATE, "the spec renders it differently")),
        ("a", OTHER, Decision(Action.UPDATE, "its file was edited by hand")),
        ("a", None, Decision(Action.UPDATE, "its file is missing")),
    ],
)
def test_the_reason_of_an_update_is_told(
    item_id: str, on_disk: str | None, decision: Decision
) -> None:
    assert decide(item_id, "", RENDERED, on_disk, OLD) == decision
