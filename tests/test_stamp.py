import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from itemcat.glance import holds
from itemcat.stamp import NONE, Sightings, Stamp, load

DIGEST = "ab" * 32


def stamped(base: Path) -> Path:
    """The stamp of a build that read two files and wrote one, in a file beside `base`."""
    (base / "data").mkdir()
    for name in ("data/a.tif", "data/b.tif", "spec"):
        (base / name).write_text(name)
    sightings = Sightings(base)
    sightings.see("spec")
    for path in sightings.glob("data/*.tif"):
        sightings.digest(path)
    (base / "out").write_text("written")
    return written(base, sightings, {"out": (DIGEST, "key")}, ["out"])


def written(
    base: Path,
    sightings: Sightings,
    made: dict[str, tuple[str, str]] | None = None,
    files: list[str] | None = None,
) -> Path:
    path = base.parent / "stamp"
    path.write_text("".join(sightings.stamp({"output": "out"}, made or {}, files or ())))
    return path


@pytest.fixture
def base(tmp_path: Path) -> Path:
    folder = tmp_path / "base"
    folder.mkdir()
    return folder


def rewrite(base: Path) -> None:
    path = base / "data" / "a.tif"
    times = path.stat()
    path.write_text("DATA/A.TIF")
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


CHANGES: dict[str, Callable[[Path], object]] = {
    "an input edited": lambda base: (base / "spec").write_text("edited"),
    "an output edited": lambda base: (base / "out").write_text("edited"),
    "an output deleted": lambda base: (base / "out").unlink(),
    "a file added": lambda base: (base / "data" / "c.tif").write_text("c"),
    "a file deleted": lambda base: (base / "data" / "b.tif").unlink(),
    "an edit that keeps size and time": rewrite,
}


def test_a_stamp_holds_while_nothing_changes_and_says_what_was_rendered(base: Path) -> None:
    stamp = stamped(base)
    assert holds(stamp, base) == ({"output": "out"}, [b"out"])
    (base / "elsewhere").write_text("of no interest")
    assert holds(stamp, base)


@pytest.mark.parametrize("change", CHANGES)
def test_a_stamp_breaks_with_every_change(base: Path, change: str) -> None:
    stamp = stamped(base)
    CHANGES[change](base)
    assert holds(stamp, base) is None


def older(stamp: Path) -> None:
    """Make it the stamp of another release of itemcat."""
    head, _, rest = stamp.read_text().partition("\n")
    changed = json.loads(head)
    changed["code"] = DIGEST
    stamp.write_text(f"{json.dumps(changed)}\n{rest}")


def test_a_stamp_that_is_not_final_never_holds_and_remembers_all(base: Path) -> None:
    stamped(base)
    sightings = Sightings(base)
    sightings.digest("data/a.tif")
    path = base.parent / "stamp"
    path.write_text("".join(sightings.stamp({"output": "out"}, {}, is_final=False)))
    assert holds(path, base) is None
    before = load(path)
    assert before.is_ours
    assert before.says == {"output": "out"}
    assert Sightings(base, before).untouched("data/a.tif")


def test_the_stamp_of_another_release_does_not_hold_and_has_no_keys(base: Path) -> None:
    stamp = stamped(base)
    assert load(stamp).files["out"].key == "key"
    older(stamp)
    assert holds(stamp, base) is None
    assert load(stamp).files["out"].key == NONE
    assert load(stamp).files["out"].digest == DIGEST


@pytest.mark.parametrize(
    "text", ["", "\n", "{}", "[]", "null\n", '{"format": 3}\n', '{"format": 2, "code": ""}\n']
)
def test_garbage_is_no_stamp(base: Path, text: str) -> None:
    stamp = base / "stamp"
    stamp.write_text(text)
    assert holds(stamp, base) is None
    assert load(stamp) == Stamp()
    assert holds(base / "none", base) is None
    assert load(base / "none") == Stamp()


@pytest.mark.parametrize("lost", [1, 5, 60])
def test_a_stamp_that_was_cut_is_none(base: Path, lost: int) -> None:
    stamp = stamped(base)
    stamp.write_bytes(stamp.read_bytes()[:-lost])
    assert holds(stamp, base) is None
    assert load(stamp) == Stamp()


def test_an_edit_during_the_build_is_not_missed(base: Path) -> None:
    (base / "spec").write_text("before")
    sightings = Sightings(base)
    sightings.see("spec")  # read here, and then edited
    (base / "spec").write_text("edited while the build ran")
    assert not sightings.is_untouched("spec")
    assert holds(written(base, sightings), base) is None


def test_a_file_that_was_missing_and_is_there_now_breaks_the_stamp(base: Path) -> None:
    sightings = Sightings(base)
    assert sightings.see("list") is None
    stamp = written(base, sightings)
    assert holds(stamp, base) is None
    (base / "list").write_text("")
    assert holds(stamp, base) is None


def test_a_digest_is_remembered_while_the_file_is_untouched(base: Path) -> None:
    stamp = stamped(base)
    text = stamp.read_text()
    digest = load(stamp).files["data/a.tif"].digest
    stamp.write_text(text.replace(digest, DIGEST))
    again = Sightings(base, load(stamp))
    assert again.digest("data/a.tif") == DIGEST
    (base / "data" / "a.tif").write_text("edited")
    assert Sightings(base, load(stamp)).digest("data/a.tif") != DIGEST


def test_what_is_known_of_a_file_is_forgotten_with_it(base: Path) -> None:
    stamp = stamped(base)
    again = Sightings(base, load(stamp))
    assert again.untouched("out") is not None
    again.see("data/b.tif")
    again.forget("data/b.tif")
    assert "data/b.tif" not in "".join(again.stamp({}, {}))
