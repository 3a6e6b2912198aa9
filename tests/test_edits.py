"""Whatever is edited in whatever order: an incremental build gives what one from scratch gives."""

import json
import shutil
import tempfile
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import yaml
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule
from project import PATTERN, Project, raster_bytes
from server import Server

NAMES = [f"ice_2019010{n}T000000.tif" for n in range(1, 9)]
REMOTE, LOCAL = NAMES[:5], NAMES[5:]  # the last local one always stays
STYLES = ("strong", "weak", "dated", "silent")
SEEDS = st.integers(0, 5)


@dataclass
class Wishes:
    """What a spec says, without its entries."""

    title: str = "Lakes"
    output: str = "out"
    layout: str | None = None
    items: dict[str, Any] = field(default_factory=dict)
    read: dict[str, Any] = field(default_factory=dict)
    thumbnails: bool = False


class Publisher(RuleBasedStateMachine):
    """Somebody who edits spec and files at will, and builds now and then."""

    def __init__(self) -> None:
        super().__init__()
        self.top = Path(tempfile.mkdtemp())
        self.project = Project(self.top / "project", self.top / "cache")
        self.project.folder.mkdir()
        self.server = Server()
        self.server.__enter__()
        self.wishes = Wishes()
        self.entries: list[str] = ["files"]
        self.versions = dict.fromkeys(REMOTE, 0)
        self.has_remote_news = False

    def teardown(self) -> None:
        self.server.__exit__(None, None, None)
        shutil.rmtree(self.top)

    @initialize()
    def begin(self) -> None:
        for seed, name in enumerate(REMOTE):
            self.publish(name, seed, STYLES[seed % len(STYLES)])
        self.project.raster(f"data/{LOCAL[-1]}", 5)
        self.entries += REMOTE[:2]

    # ----------------------------------------------------------------------------- edits of files

    @rule(name=st.sampled_from(REMOTE), seed=SEEDS, style=st.sampled_from(STYLES))
    def publish(self, name: str, seed: int, style: str) -> None:
        """A publisher puts a file, perhaps the same, in a way that shows a change or does not."""
        self.versions[name] += 1
        version = self.versions[name]
        date = datetime.fromtimestamp(1_700_000_000 + version, UTC)
        validators: dict[str, dict[str, Any]] = {
            "strong": {"etag": f'"{seed} {version}"'},
            "weak": {"etag": f'W/"{version}"', "conditions": False},
            "dated": {"last_modified": format_datetime(date, usegmt=True)},
            "silent": {},
        }
        self.server.put(name, raster_bytes(seed), **validators[style])
        self.has_remote_news = True

    @rule(name=st.sampled_from(LOCAL), seed=SEEDS)
    def save(self, name: str, seed: int) -> None:
        self.project.raster(f"data/{name}", seed)

    @rule(name=st.sampled_from(LOCAL[:-1]))
    def delete(self, name: str) -> None:
        (self.project.folder / "data" / name).unlink(missing_ok=True)

    # ---------------------------------------------------------------------------- edits of the spec

    @rule(name=st.sampled_from(REMOTE), place=st.integers(0, 9))
    def add(self, name: str, place: int) -> None:
        if name not in self.entries:
            self.entries.insert(place, name)

    @precondition(lambda self: len(self.entries) > 1)
    @rule(place=st.integers(0, 9))
    def drop(self, place: int) -> None:
        del self.entries[place % len(self.entries)]

    @rule(place=st.integers(0, 9))
    def add_the_local_ones(self, place: int) -> None:
        if "files" not in self.entries:
            self.entries.insert(place, "files")

    @rule(chance=st.randoms(use_true_random=False))
    def reorder(self, chance: Any) -> None:
        chance.shuffle(self.entries)

    @rule(
        key=st.sampled_from(["title", "output"]),
        value=st.sampled_from(["Lakes", "other", "out", "deep/place"]),
    )
    def say(self, key: str, value: str) -> None:
        setattr(self.wishes, key, value)

    @rule(layout=st.sampled_from([None, "{day}", "{year}/{day}", "{place}/{year}"]))
    def lay_out(self, layout: str | None) -> None:
        self.wishes.layout = layout

    @rule(id=st.sampled_from(["{stem}", "item_{n}", "{place}_{start:%d}"]))
    def rename(self, id: str) -> None:
        self.wishes.items["id"] = id

    @rule(license=st.sampled_from(["CC-BY-4.0", "CC0-1.0"]), key=st.sampled_from(["data", "image"]))
    def describe(self, license: str, key: str) -> None:
        self.wishes.items |= {"properties": {"license": license}, "asset": {"key": key}}

    @rule(
        statistics=st.sampled_from(["exact", "sampled", "none"]),
        extensions=st.sampled_from([["proj"], ["proj", "raster", "eo", "file"]]),
    )
    def read(self, statistics: str, extensions: list[str]) -> None:
        self.wishes.read = {"statistics": statistics, "extensions": extensions}

    @rule(thumbnails=st.booleans())
    def picture(self, thumbnails: bool) -> None:
        self.wishes.thumbnails = thumbnails

    # -------------------------------------------------------------------------------------- builds

    @rule()
    def build(self) -> None:
        self.write_spec()
        self.project.build(refresh=self.has_remote_news)
        self.has_remote_news = False
        scratch = Project(self.top / "scratch", self.top / "scratch cache")
        shutil.copytree(
            self.project.folder,
            scratch.folder,
            ignore=lambda folder, names: (
                {n for n in names if n not in ("catalog.yaml", "data")}
                if Path(folder) == self.project.folder
                else set()
            ),
        )
        scratch.build()
        assert self.project.files() == scratch.files()
        for path in (scratch.folder, scratch.cache):
            shutil.rmtree(path)
        assert len(self.items()) == len(self.expected())
        self.a_second_build_does_nothing()

    @rule(number=st.integers(0, 9), is_deleted=st.booleans(), is_picture=st.booleans())
    def edit_by_hand(self, number: int, is_deleted: bool, is_picture: bool) -> None:
        """What was changed in the output is put right by the next build."""
        self.build()
        before = self.project.files()
        items = self.items()
        path = items[number % len(items)]
        if is_picture and self.wishes.thumbnails:
            path = path.with_suffix(".png")
        if is_deleted:
            path.unlink()
        else:
            path.write_text("mine")
        assert not self.project.build().is_same
        assert self.project.files() == before

    def a_second_build_does_nothing(self) -> None:
        marks, requests = self.project.marks(), len(self.server.requests)
        assert self.project.build().is_same
        shutil.rmtree(self.project.cache / "builds")  # also without memory of this one
        assert self.project.build().is_same
        assert self.project.marks() == marks
        assert len(self.server.requests) == requests

    def items(self) -> list[Path]:
        """The files of the items, by the catalog's links."""
        catalogs = [self.project.folder / self.wishes.output / "catalog.json"]
        paths = []
        for catalog in catalogs:
            for link in json.loads(catalog.read_text("utf-8"))["links"]:
                if link["rel"] in ("child", "item"):
                    (catalogs if link["rel"] == "child" else paths).append(
                        catalog.parent / link["href"]
                    )
        assert all(path.is_file() for path in paths)
        return paths

    def expected(self) -> list[str]:
        """The assets of the spec as it is now."""
        here = [path.name for path in (self.project.folder / "data").glob("*.tif")]
        names = [[name] if name != "files" else here for name in self.entries]
        return [name for group in names for name in group]

    def write_spec(self) -> None:
        local = {"files": "data/*.tif", "href": "https://example.org/data/{name}"}
        spec = {
            "catalog": {"id": "lakes", "title": self.wishes.title, "description": "Lakes on ice."},
            "output": self.wishes.output,
            "items": {"pattern": PATTERN, "datetime": "{start}", **self.wishes.items},
            "read": self.wishes.read,
            "thumbnails": self.wishes.thumbnails,
            **({"layout": self.wishes.layout} if self.wishes.layout else {}),
            "assets": [
                local if name == "files" else self.server.url(name) for name in self.entries
            ],
        }
        self.project.spec(yaml.safe_dump(spec, sort_keys=False))


TestEdits = Publisher.TestCase
TestEdits.settings = settings(
    max_examples=60,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
