"""Who reads changes no byte: each engine builds the same folder from nothing, bad files too."""

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from project import HEAD, Project, raster_bytes
from server import Server
from test_readers_excerpt import FILES

pytest.importorskip("distributed", reason="needs dask: pip install 'itemcat[dask]'")
from clusters import HERE, cluster

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals are those of POSIX")
SITE = {"PYTHONPATH": str(HERE / "site")}
HERE_READ = (
    ["-j1"],
    ["-j2"],
    ["--executor", "mysite:make"],
    ["--executor", "mysite:sized", "-j3"],
    ["--executor", "dask:local-cluster", "-j2"],
)
MOST = 3  # workers of a cluster


@pytest.fixture
def downloaded(project: Project, server: Server) -> Project:
    """Whole files, with thumbnails: many here, some on a server, one broken and one not there."""
    pytest.importorskip("PIL", reason="needs Pillow: pip install 'itemcat[thumbnails]'")
    for seed in range(40):
        project.raster(f"data/ice_2019{1 + seed // 20:02}{1 + seed % 20:02}T000000.tif", seed)
    (project.folder / "data" / "ice_20190301T000000.tif").write_bytes(raster_bytes()[:90])
    for seed in range(3):
        server.put(f"web_2019010{seed + 1}T000000.tif", raster_bytes(seed), etag=f'"{seed}"')
    urls = "".join(f"  - {server.url(f'web_2019010{n}T000000.tif')}\n" for n in (3, 1, 2, 4))
    local = '  - files: "data/*.tif"\n    href: https://example.org/{name}\n'
    project.spec(f"thumbnails: true\n{HEAD}{local}{urls}")
    return project


@pytest.fixture
def glimpsed(project: Project, server: Server, tmp_path: Path) -> Project:
    """Heads and samples: files that are described at their beginning, or their end, or nowhere."""
    (tmp_path / "made").mkdir()
    bodies = [raster_bytes(seed) for seed in range(20)]
    bodies += [FILES[kind](tmp_path / "made" / kind).read_bytes() for kind in FILES]
    bodies.append(b"no raster at all")
    names = [f"ice_2019{1 + n // 20:02}{1 + n % 20:02}T000000.tif" for n in range(len(bodies) + 1)]
    for name, body in zip(names, bodies, strict=False):  # the last one is not there
        server.put(name, body, etag=f'"{name}"')
    head = HEAD.replace("assets:", "read: {access: remote, statistics: sampled}\nassets:")
    secret = f"  - {server.url(names[0])}?token=secret\n"  # which is asked for by the build
    project.spec(head + secret + "".join(f"  - {server.url(name)}\n" for name in names[1:]))
    return project


def built(project: Project, *arguments: str) -> tuple[int, list[str], dict[str, bytes]]:
    """A build from nothing: its exit code, its errors, and all files but the spec."""
    done = project.run("build", "-q", "--keep-going", *arguments, **SITE)
    files = {name: data for name, data in project.files().items() if name != "catalog.yaml"}
    for path in (project.folder / "out", project.cache):
        shutil.rmtree(path)
    (project.folder / "catalog.manifest.json").unlink()
    return done.returncode, sorted(re.findall("^error: .*$", done.stderr, re.MULTILINE)), files


def by_every_engine(project: Project, folder: Path) -> Iterator[tuple[int, list[str], object]]:
    """What each of them builds: here, by executors of a site, by a cluster that grows."""
    for arguments in HERE_READ:
        yield built(project, *arguments)
    with cluster(folder, 0) as growing:
        for _ in range(MOST):
            growing.hire()
            yield built(project, "--executor", f"dask:{growing.file}")
        spec = (project.folder / "catalog.yaml").read_text()
        project.spec(f"executor: {{dask: {growing.address}}}\n{spec}")
        yield built(project)


@pytest.mark.parametrize("kind", ["downloaded", "glimpsed"])
def test_who_reads_changes_no_byte(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    project: Project = request.getfixturevalue(kind)
    (tmp_path / "dask").mkdir()
    first, *others = by_every_engine(project, tmp_path / "dask")
    code, errors, files = first
    assert (code, len(errors)) == (3, 2)
    assert sum(name.startswith("out/") for name in dict(files)) > 40
    assert [other for other in others if other != first] == []
