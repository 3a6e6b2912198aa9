import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itemcat.spool import Spool

FULL = """\
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
from pathlib import Path
from itemcat.errors import MachineError
from itemcat.spool import Spool
try:
    with Spool(Path(sys.argv[1]), 1) as spool:
        for _ in range(1000):
            spool.append(b"ice" * 300)
except MachineError as error:
    print(error)
"""


@given(st.lists(st.binary(max_size=50)), st.sampled_from([1, 40, 1 << 20]))
def test_what_was_put_comes_back_in_any_order(pieces: list[bytes], most: int) -> None:
    with Spool(Path(), most) as spool:
        for number, piece in enumerate(pieces):
            spool.append(piece)
            assert spool[number // 2] == pieces[number // 2]
        assert [spool[n] for n in reversed(range(len(spool)))] == [*reversed(pieces)]


def test_its_file_has_no_name(tmp_path: Path) -> None:
    with Spool(tmp_path, 1) as spool:
        spool.append(b"more than a byte")
        assert list(tmp_path.iterdir()) == []
        assert spool[0] == b"more than a byte"


def test_a_folder_that_is_not_there_is_no_hindrance(tmp_path: Path) -> None:
    with Spool(tmp_path / "none", 1) as spool:
        spool.append(b"more than a byte")
        assert spool[0] == b"more than a byte"


@pytest.mark.skipif(os.name == "nt", reason="the limits of POSIX")
@pytest.mark.parametrize("folder", [".", "none"])
def test_a_full_disk_is_told_of_once_and_named(folder: str, tmp_path: Path) -> None:
    command = [sys.executable, "-c", FULL, str(tmp_path / folder)]
    there = {**os.environ, "TMPDIR": str(tmp_path)}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=there)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"error: {tmp_path}: File too large\nhint: make room there")
