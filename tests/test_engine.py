"""Who reads, by name."""

import pytest

from itemcat.engine import Engine


@pytest.mark.parametrize(
    ("text", "kind", "name"),
    [
        ("local", "local", "local"),
        ("dask:tcp://host:8786", "dask", "dask:tcp://host:8786"),
        ("dask: tls://[::1]:8786", "dask", "dask:tls://[::1]:8786"),
        ("dask:local-cluster", "dask", "dask:local-cluster"),
        ("dask:some where/scheduler.json", "dask", "dask:some where/scheduler.json"),
        ("mysite:make", "factory", "mysite:make"),
        ("my.site:make", "factory", "my.site:make"),
    ],
)
def test_the_forms(text: str, kind: str, name: str) -> None:
    found = Engine.named(text)
    assert (found.kind, found.name) == (kind, name)


@pytest.mark.parametrize("text", ["dask", "dask:", "dask: "])
def test_dask_alone_is_nobody(text: str) -> None:
    with pytest.raises(ValueError, match="dask needs a scheduler; the forms are local, dask:ADDR"):
        Engine.named(text)


@pytest.mark.parametrize(
    "text",
    ["", "ray", "a b:c", "mysite:", ":make", "a:b:c", "dask:ftp://h", "dask:tcp://", "local "],
)
def test_anything_else_is_nobody(text: str) -> None:
    with pytest.raises(ValueError, match=r"is none of local, |is no address of a dask scheduler"):
        Engine.named(text)


@pytest.mark.parametrize(
    ("text", "is_here"),
    [
        ("local", True),
        ("dask:local-cluster", True),
        ("dask:tcp://127.0.0.1:8786", True),
        ("dask:tcp://[::1]:8786", True),
        ("dask:tcp://LOCALHOST:8786", True),
        ("dask:tcp://127.0.0.1.example.org:8786", False),
        ("dask:tcp://localhost@example.org:8786", False),
        ("dask:tcp://[::1:8786", False),
        ("dask:tcp://10.0.0.7:8786", False),
        ("dask:scheduler.json", False),
        ("mysite:make", False),
    ],
)
def test_what_is_this_machines_own(text: str, is_here: bool) -> None:
    assert Engine.named(text).is_here is is_here
