from pathlib import Path

import pytest

from itemcat import output
from itemcat.errors import UsageError
from itemcat.files import sha256

DOCUMENTS = {"a/a.json": b"item\n", "catalog.json": b"catalog\n"}


def files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def digests(documents: dict[str, bytes]) -> dict[str, str]:
    return {path: sha256(data) for path, data in documents.items()}


def write(folder: Path, documents: dict[str, bytes]) -> None:
    output.write(folder, documents, documents.__getitem__)


def put(folder: Path, documents: dict[str, bytes] = DOCUMENTS) -> None:
    output.begin(folder, digests(documents), (), is_first=True)
    write(folder, documents)
    output.end(folder)


def test_documents_are_written_and_nothing_else_stays(tmp_path: Path) -> None:
    put(tmp_path / "out")
    assert files(tmp_path) == {f"out/{path}": data for path, data in DOCUMENTS.items()}


@pytest.mark.parametrize("path", ["catalog.json", "a/a.json", "notes.txt", "b/b.json"])
def test_a_first_build_refuses_a_folder_with_somebody_elses_files(
    tmp_path: Path, path: str
) -> None:
    (tmp_path / path).parent.mkdir(exist_ok=True)
    (tmp_path / path).write_text("mine")
    with pytest.raises(UsageError, match=f"did not make: {path}"):
        output.begin(tmp_path, digests(DOCUMENTS), (), is_first=True)
    assert files(tmp_path) == {path: b"mine"}


def test_a_later_build_refuses_to_write_over_a_file_that_no_manifest_names(tmp_path: Path) -> None:
    put(tmp_path)
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "b.json").write_text("mine")
    with pytest.raises(UsageError, match=r"b/b\.json"):
        output.begin(tmp_path, digests({"b/b.json": b"new"}), DOCUMENTS.keys(), is_first=False)


def test_hidden_files_and_equal_bytes_are_no_hindrance(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "HEAD").write_text("ref")
    (tmp_path / "catalog.json").write_bytes(DOCUMENTS["catalog.json"])
    put(tmp_path)
    assert files(tmp_path) == {".git/HEAD": b"ref", **DOCUMENTS}


def test_what_a_cut_off_build_left_is_known_as_ours(tmp_path: Path) -> None:
    output.begin(tmp_path, digests({"old/old.json": b"old", **DOCUMENTS}), (), is_first=True)
    write(tmp_path, {"old/old.json": b"old"})
    newer = {"catalog.json": b"another"}
    leftovers = output.begin(tmp_path, digests(newer), (), is_first=True)
    write(tmp_path, newer)
    assert leftovers == {"old/old.json": sha256(b"old"), "a/a.json": sha256(b"item\n")}
    assert output.prune(tmp_path, leftovers) == []
    output.end(tmp_path)
    assert files(tmp_path) == newer


def test_pruning_keeps_what_was_edited(tmp_path: Path) -> None:
    put(tmp_path, {**DOCUMENTS, "b/b.json": b"b", "c/c.json": b"c"})
    (tmp_path / "b" / "b.json").write_text("edited")
    (tmp_path / "c" / "notes.txt").write_text("mine")
    (tmp_path / "d").mkdir()  # somebody has deleted what was in it
    recorded = {"a/a.json": b"item\n", "b/b.json": b"b", "c/c.json": b"c", "d/d.json": b"gone"}
    kept = output.prune(tmp_path, {path: sha256(data) for path, data in recorded.items()})
    assert kept == ["b/b.json"]
    assert files(tmp_path) == {
        "catalog.json": b"catalog\n",
        "b/b.json": b"edited",
        "c/notes.txt": b"mine",
    }
    assert not (tmp_path / "a").exists()
    assert not (tmp_path / "d").exists()


def test_no_link_is_followed(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "a.json").write_bytes(b"item\n")
    out = tmp_path / "out"
    out.mkdir()
    (out / "a").symlink_to(elsewhere)
    with pytest.raises(UsageError, match="symbolic link"):
        write(out, DOCUMENTS)
    assert output.prune(out, {"a/a.json": sha256(b"item\n")}) == ["a/a.json"]
    assert output.digest(out, "a/a.json") is None
    assert files(elsewhere) == {"a.json": b"item\n"}


@pytest.mark.parametrize("link", ["out", "out/below"])
def test_an_output_folder_that_is_a_link_is_refused(tmp_path: Path, link: str) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / link).parent.mkdir(exist_ok=True)
    (tmp_path / link).symlink_to(tmp_path / "real")
    with pytest.raises(UsageError, match="symbolic link"):
        output.refuse_links(tmp_path, "out/below")


def test_an_output_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")
    with pytest.raises(UsageError, match="is no folder"):
        output.refuse_links(tmp_path, "out")
