from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from itemcat.spool import Spool


@given(st.lists(st.binary(max_size=50)), st.sampled_from([1, 40, 1 << 20]))
def test_what_was_put_comes_back_in_any_order(pieces: list[bytes], most: int) -> None:
    with Spool(Path(), most) as spool:
        kept = [spool.put(piece) for piece in pieces[::2]]
        assert [get() for get in reversed(kept)] == [*reversed(pieces[::2])]
        kept += [spool.put(piece) for piece in pieces[1::2]]
        assert [get() for get in kept] == pieces[::2] + pieces[1::2]


def test_its_file_has_no_name(tmp_path: Path) -> None:
    with Spool(tmp_path, 1) as spool:
        get = spool.put(b"more than a byte")
        assert list(tmp_path.iterdir()) == []
        assert get() == b"more than a byte"


def test_a_folder_that_is_not_there_is_no_hindrance(tmp_path: Path) -> None:
    with Spool(tmp_path / "none", 1) as spool:
        assert spool.put(b"more than a byte")() == b"more than a byte"
