"""Workers of a dask cluster that read out of a private bucket, with credentials and without."""

from collections.abc import Iterator
from importlib.util import find_spec

import pytest
from project import HEAD, Project, raster_bytes

if not all(map(find_spec, ("moto", "flask", "obstore", "distributed"))):
    pytest.skip("needs moto's S3 server, obstore and dask", allow_module_level=True)
from clusters import Cluster
from moto_server import Moto

KEYS = {"AWS_ACCESS_KEY_ID": "an-id", "AWS_SECRET_ACCESS_KEY": "very secret"}
NAMES = [f"a_2019022{day}T203744.tif" for day in (1, 2, 3)]


@pytest.fixture
def lakes(project: Project) -> Iterator[Project]:
    """A spec of a private bucket, whose files are read by their heads."""
    moto = Moto()
    moto.ask("PUT", "/lakes")
    for seed, name in enumerate(NAMES):
        moto.put("lakes", f"data/{name}", raster_bytes(seed), acl="private")
    head = HEAD.replace("assets:", "read: {access: remote}\nassets:")
    href = '    href: "https://example.org/{path}"\n'
    entry = f"  - bucket: s3://lakes/data/\n    endpoint: http://{moto.host}\n{href}"
    project.spec(head + entry)
    yield project
    moto.stop()


def test_workers_sign_with_what_their_own_environment_has(lakes: Project, own: Cluster) -> None:
    bare = own.hire()
    executor = ("--executor", f"dask:{own.address}")
    done = lakes.run("build", *executor, **KEYS)
    assert done.returncode == 3
    assert done.stderr.count("has no credentials for s3://lakes/data/\n") == len(NAMES)
    assert "hint: set them in the environment of the workers" in done.stderr
    assert not (lakes.folder / "out").exists()
    bare.kill()
    own.hire(**{**KEYS, "AWS_ACCESS_KEY_ID": "an id of the workers"})
    assert lakes.run("build", *executor, **KEYS).returncode == 0
    written = b"".join(lakes.files().values())
    assert not any(secret.encode() in written for secret in KEYS.values())
