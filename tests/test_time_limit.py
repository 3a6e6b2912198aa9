"""`read.timeout`: a file on which the reader hangs costs that one file, and so many seconds."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from project import Project

from itemcat.errors import Problems
from itemcat.spec import load_spec

CODE = """
from itemcat.options import Options
from itemcat.pipeline import build
from itemcat.pool import Pool
from deadly import read_or_hang
class Hanging(Pool):
    def submit(self, work, *args):
        return super().submit(read_or_hang, work, *args)
if __name__ == "__main__":
    result = build(".", Options(keep_going=True, jobs=2), executor=Hanging)
    print(*sorted(f"{action} {count}" for action, count in result.counts().items()))
    print(*result.failures)
"""


def test_a_reader_that_hangs_is_ended_in_the_specs_time(project: Project) -> None:
    for seed in range(4):
        project.raster(f"ice_2019010{seed + 1}T000000.tif", seed)
    project.spec("  - files: ice_*.tif\nread: {timeout: 2}\n")
    here = Path(__file__).parent
    done = subprocess.run(
        [sys.executable, "-c", CODE],
        cwd=project.folder,
        env={
            **os.environ,
            "ITEMCAT_CACHE_DIR": str(project.cache),
            "PYTHONPATH": os.pathsep.join([str(here), str(here.parent)]),
        },
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    first, second, third = done.stdout.splitlines()
    assert first == "add 3 fail 1"
    assert second == "error: ice_20190103T000000.tif: reading it took more than 2 seconds"
    assert "a longer `read.timeout`" in third


@pytest.mark.parametrize("value", ["0", "1.5", "soon", "-3", "100000"])
def test_a_time_limit_is_a_whole_number_of_seconds(tmp_path: Path, value: str) -> None:
    (tmp_path / "catalog.yaml").write_text(
        "catalog: {id: a, title: A, description: D.}\n"
        f"read: {{timeout: {value}}}\nassets: [https://example.org/a.tif]\n"
    )
    with pytest.raises(Problems, match="must be a whole number of seconds, from 1 to 86400, not "):
        load_spec(tmp_path)
