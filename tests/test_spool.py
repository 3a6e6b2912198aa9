from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from itemcat.spool import Spool


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
