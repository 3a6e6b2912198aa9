"""No test touches the user's home: every place where a program keeps things is under `tmp_path`."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from project import Project
from server import Server

from itemcat.cache import Cache

if TYPE_CHECKING:
    from clusters import Cluster
    from moto_server import Moto


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HOME", "USERPROFILE", "XDG_CACHE_HOME", "ITEMCAT_CACHE_DIR"):
        monkeypatch.setenv(name, str(tmp_path / "home" / name.lower()))


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    """A cache of the test's own, empty."""
    return Cache(tmp_path / "cache")


@pytest.fixture
def server() -> Iterator[Server]:
    """A real HTTP server on loopback."""
    with Server() as running:
        yield running


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A publisher's folder, empty, with a cache of its own."""
    folder = tmp_path / "project"
    folder.mkdir()
    return Project(folder, tmp_path / "cache")


@pytest.fixture(scope="module")
def moto() -> "Iterator[Moto]":
    """A server that speaks as S3 does; whoever asks for one has seen that it is installed."""
    from moto_server import Moto  # not above, for the others need no moto

    running = Moto()
    yield running
    running.stop()


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> "Iterator[Cluster]":
    """A cluster without workers, where nobody has credentials; dask has been seen, too."""
    from clusters import cluster

    for variable in [*os.environ]:
        if variable.startswith(("AWS_", "GOOGLE_", "AZURE_")):
            monkeypatch.delenv(variable)
    (tmp_path / "dask").mkdir()
    with cluster(tmp_path / "dask", 0) as running:
        yield running
