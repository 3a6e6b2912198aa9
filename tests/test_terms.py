"""What workers that are elsewhere have to agree to."""

from importlib.metadata import version
from pathlib import Path

import pytest

from itemcat.cache import Cache
from itemcat.errors import MachineError
from itemcat.files import sha256_file
from itemcat.readers.libraries import versions
from itemcat.terms import agree, token


def test_this_machine_agrees_with_itself(cache: Cache) -> None:
    with token(cache) as path:
        agree(versions(), {path: sha256_file(path)})


def test_every_library_of_a_reader_counts() -> None:
    found = versions()
    assert {"itemcat", "its readers", "GDAL", "PROJ"} < found.keys()
    assert found["rasterio"] == version("rasterio")
    assert {"pillow", "zarr", "numcodecs"} < found.keys()  # of thumbnails and of Zarr stores


@pytest.mark.parametrize("name", ["itemcat", "its readers", "GDAL", "PROJ", "numpy"])
def test_another_version_is_refused_by_name(name: str) -> None:
    with pytest.raises(MachineError) as caught:
        agree({**versions(), name: "0"}, {})
    assert f"it has {name} {versions()[name]} for 0" in caught.value.what
    assert "same environment" in caught.value.hint


def test_a_library_that_only_one_side_has_matters_to_nobody() -> None:
    few = {name: found for name, found in versions().items() if name != "xarray"}
    agree({**few, "a library of this machine": "1"}, {})


def test_a_cache_that_a_worker_does_not_see_is_refused(cache: Cache, tmp_path: Path) -> None:
    """As on another machine: the path is not there, or leads to another disk."""
    with token(cache) as path:
        digest = sha256_file(path)
        path.write_bytes(b"of another machine")
        for seen in (path, tmp_path / "elsewhere"):
            with pytest.raises(MachineError) as caught:
                agree(versions(), {seen: digest})
            assert f"does not see {seen} of this machine" in caught.value.what
            assert "`--cache-dir`" in caught.value.hint
            assert "`access: remote`" in caught.value.hint


def test_a_token_is_gone_when_it_is_not_needed(cache: Cache) -> None:
    with token(cache) as first, token(cache) as second:
        assert first.read_bytes() != second.read_bytes()
    assert list(cache.staging.iterdir()) == []
