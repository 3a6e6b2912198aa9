import json
import math
import os
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itemcat.files import canonical_json, json_line, sha256, sha256_file, write_atomically

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner),
)  # fmt: skip


@given(JSON)
def test_canonical_json_reads_back_and_has_one_form(value: object) -> None:
    data = canonical_json(value)
    assert json.loads(data) == value
    text = json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False)
    assert data == (text + "\n").encode()


@given(JSON)
def test_a_json_line_is_one_line(value: object) -> None:
    line = json_line(value)
    assert "\n" not in line
    assert json.loads(line) == value


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_json_does_not_have_is_refused(value: float) -> None:
    for write in (canonical_json, json_line):
        with pytest.raises(ValueError, match="JSON"):
            write({"a": [value]})


def test_keys_are_sorted_and_text_stays_text() -> None:
    assert canonical_json({"b": 1, "a": "é"}) == '{\n  "a": "é",\n  "b": 1\n}\n'.encode()


def test_a_file_is_hashed_as_its_bytes(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"x" * 3_000_000)
    assert sha256_file(path) == sha256(b"x" * 3_000_000)


def test_writing_replaces_the_file_and_leaves_nothing_behind(tmp_path: Path) -> None:
    path, staging = tmp_path / "sub" / "a", tmp_path / "staging"
    write_atomically(path, b"old", staging)
    before = path.stat().st_ino
    write_atomically(path, b"new", staging, durable=True)
    assert path.read_bytes() == b"new"
    assert path.stat().st_ino != before
    assert list(staging.iterdir()) == []


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    target, staging = tmp_path / "folder", tmp_path / "staging"
    (target / "inside").mkdir(parents=True)
    with pytest.raises(OSError, match="directory"):
        write_atomically(target, b"new", staging)
    assert (target / "inside").is_dir()
    assert list(staging.iterdir()) == []


@pytest.mark.skipif(os.name == "nt", reason="modes are those of POSIX")
def test_others_may_read_what_is_written(tmp_path: Path) -> None:
    write_atomically(tmp_path / "a", b"x", tmp_path / "staging")
    ordinary = tmp_path / "b"
    ordinary.write_bytes(b"x")
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == stat.S_IMODE(ordinary.stat().st_mode)
