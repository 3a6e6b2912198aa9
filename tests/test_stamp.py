import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from itemcat.stamp import Sightings, holds


def stamped(base: Path) -> Any:
    """The stamp of a build that read two files and wrote one, as it comes out of the cache."""
    (base / "data").mkdir()
    for name in ("data/a.tif", "data/b.tif", "spec"):
        (base / name).write_text(name)
    sightings = Sightings(base)
    sightings.see("spec")
    for path in sightings.glob("data/*.tif"):
        sightings.digest(path)
    (base / "out").write_text("written")
    return json.loads(json.dumps(sightings.stamp(["out"])))


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


def test_a_stamp_holds_while_nothing_changes(tmp_path: Path) -> None:
    stamp = stamped(tmp_path)
    assert holds(stamp, tmp_path)
    (tmp_path / "elsewhere").write_text("of no interest")
    assert holds(stamp, tmp_path)


@pytest.mark.parametrize("change", CHANGES)
def test_a_stamp_breaks_with_every_change(tmp_path: Path, change: str) -> None:
    stamp = stamped(tmp_path)
    CHANGES[change](tmp_path)
    assert not holds(stamp, tmp_path)


def test_the_stamp_of_another_release_does_not_hold(tmp_path: Path) -> None:
    stamp = stamped(tmp_path)
    stamp["code"][0][1] -= 1
    assert not holds(stamp, tmp_path)


@pytest.mark.parametrize("stamp", [None, {}, {"code": []}])
def test_no_stamp_does_not_hold(tmp_path: Path, stamp: Any) -> None:
    assert not holds(stamp, tmp_path)


def test_an_edit_during_the_build_is_not_missed(tmp_path: Path) -> None:
    (tmp_path / "spec").write_text("before")
    sightings = Sightings(tmp_path)
    sightings.see("spec")  # read here, and then edited
    (tmp_path / "spec").write_text("edited while the build ran")
    assert not sightings.is_untouched("spec")
    assert not holds(json.loads(json.dumps(sightings.stamp([]))), tmp_path)


def test_a_digest_is_remembered_while_the_file_is_untouched(tmp_path: Path) -> None:
    stamp = stamped(tmp_path)
    stamp["digests"]["data/a.tif"] = "remembered"
    again = Sightings(tmp_path, stamp)
    assert again.digest("data/a.tif") == "remembered"
    (tmp_path / "data" / "a.tif").write_text("edited")
    assert Sightings(tmp_path, stamp).digest("data/a.tif") != "remembered"
