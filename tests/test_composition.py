from functools import partial
from pathlib import Path

import pytest
from project import Project

from itemcat import pipeline
from itemcat.errors import MachineError
from itemcat.pages import Pages


@pytest.mark.parametrize("keep_going", [False, True])
def test_a_disk_that_takes_no_pages_is_no_fault_of_an_item(
    keep_going: bool, project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for day in (1, 2):
        project.raster(f"ice_2019010{day}T000000.tif", day)
    project.spec("  - files: '*.tif'\n")
    before = project.files()
    (tmp_path / "no folder").write_bytes(b"")
    no_room = partial(Pages, tmp_path / "no folder", most=0)
    monkeypatch.setattr(pipeline, "Pages", lambda _: no_room())
    with pytest.raises(MachineError, match="no folder"):
        project.build(keep_going=keep_going)
    assert project.files() == before


def test_failures_keep_no_documents_in_memory(project: Project) -> None:
    project.raster("ice_20190101T000000.tif")
    project.raster("snow_20190101T000000.tif")
    (project.folder / "snow_20190101T000000.tif").write_bytes(b"no raster")
    head = "catalog: {id: lakes, title: Lakes, description: Lakes on ice.}\noutput: out\n"
    project.spec(f"{head}items: {{datetime: {{tag: NONE}}}}\nassets:\n  - files: '*.tif'\n")
    failures = project.build(keep_going=True).failures
    assert len(failures) == 2
    for error in failures:
        assert (error.__traceback__, error.__cause__, error.__context__) == (None, None, None)
