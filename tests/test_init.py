"""`itemcat init`: what it writes can be built at once, and nothing is ever overwritten."""

import json
import shutil
from pathlib import Path

import cubes
import pytest
from project import Project, raster_bytes
from repository import Repository
from server import Fault, Server
from standin import StandIn
from test_tutorial import SCENES

from itemcat.cache import Cache
from itemcat.draft import draft
from itemcat.errors import ItemcatError, UsageError
from itemcat.spec import load_spec

NAMES = [f"a_2019022{day}T203744.tif" for day in (1, 2, 3)]


def written(project: Project, *arguments: str, **environment: str) -> str:
    """The spec that the command writes."""
    done = project.run("init", *arguments, **environment)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "wrote catalog.yaml; next: itemcat build\n"
    return (project.folder / "catalog.yaml").read_text("utf-8")


def items(project: Project, **environment: str) -> list[str]:
    """The ids of the items after a build."""
    built = project.run("build", **environment)
    assert (built.returncode, built.stderr) == (0, "")
    return sorted(path.parent.name for path in project.folder.glob("*/*/*.json"))


def test_a_folder(project: Project) -> None:
    for seed, name in enumerate(NAMES):
        project.raster(f"lakes/{name}", seed)
    (project.folder / "lakes/notes.txt").write_text("words")
    text = written(project, "lakes")
    assert '  pattern: "a_{start:%Y%m%dT%H%M%S}.tif"  # fits all names\n' in text
    assert '  - files: "lakes/*.tif"\n    # href: ' in text
    assert items(project) == [name[:-4] for name in NAMES]
    assert load_spec(project.folder).output == "lakes-catalog"


def test_a_folder_of_folders_whose_names_repeat(project: Project) -> None:
    for seed, name in enumerate(["x/20190224.tif", "y/20190224.tif", "[z]/20190225.tif"]):
        project.raster(f"my data [1]/{name}", seed)
    text = written(project, "my data [1]")
    assert '  - files: "my data [[]1]/**/*.tif"\n' in text
    assert items(project) == ["item_1", "item_2", "item_3"]


def test_this_folder(project: Project) -> None:
    project.raster("lake_20190224.tif")
    assert '  - files: "*.tif"\n' in written(project, ".")
    assert items(project) == ["lake_20190224"]


def test_a_folder_of_cubes(project: Project) -> None:
    (project.folder / "air").mkdir()
    for day in (1, 2):
        cubes.write(project.folder / f"air/air_2019010{day}.nc", cubes.globe())
    (project.folder / "air/map.tif").write_bytes(raster_bytes())
    text = written(project, "air")
    assert '  - files: "air/*.nc"\n    reader: cube  # or raster' in text
    assert items(project) == ["air_20190101", "air_20190102"]
    path = project.folder / "air-catalog/air_20190101/air_20190101.json"
    made = json.loads(path.read_text("utf-8"))["properties"]
    assert made["end_datetime"] == "2019-01-04T00:00:00Z"  # the files' own, not that of the names


def test_a_folder_of_zarr_stores(project: Project) -> None:
    folder = cubes.store(project.folder / "made", cubes.globe(), 3)
    (project.folder / "air").mkdir()
    cubes.packed(folder, project.folder / "air/air.zarr.zip")
    shutil.rmtree(folder)
    assert '  - files: "air/*.zarr.zip"\n    # href' in written(project, "air")
    assert items(project) == ["air.zarr"]


def test_a_folder_of_vector_files(project: Project) -> None:
    (project.folder / "ice").mkdir()
    point = {"type": "Point", "coordinates": [10, 50]}
    for day in (1, 2):
        feature = {"type": "Feature", "properties": {"a": 1}, "geometry": point}
        document = {"type": "FeatureCollection", "features": [feature]}
        (project.folder / f"ice/ice_2019010{day}.geojson").write_text(json.dumps(document))
    text = written(project, "ice")
    assert '  - files: "ice/*.geojson"\n' in text
    assert "reader" not in text
    assert items(project) == ["ice_20190101", "ice_20190102"]


def test_rasters_count_before_as_many_others(project: Project) -> None:
    project.raster("lakes/lake_20190224.tif")
    (project.folder / "lakes/lake_20190224.geojson").write_text("{}")
    assert '  - files: "lakes/*.tif"\n' in written(project, "lakes")


def test_a_list_of_links(project: Project, server: Server) -> None:
    for seed, name in enumerate(NAMES):
        server.put(f"data/{name}", raster_bytes(seed))
    lines = ["# links", *(server.url(f"data/{name}") for name in NAMES)]
    (project.folder / "links.txt").write_text("\n".join(lines))
    assert '  - urls: "links.txt"\n' in written(project, "links.txt")
    assert items(project) == [name[:-4] for name in NAMES]


def test_one_link(project: Project, server: Server) -> None:
    server.put("lake_20190224.tif", raster_bytes())
    assert "  pattern: dates  #" in written(project, server.url("lake_20190224.tif"))
    assert items(project) == ["lake_20190224"]


@pytest.mark.parametrize("extra", [{}, {"README.md": b"# Lakes", "all.zip": b"zip"}])
def test_a_record(project: Project, server: Server, extra: dict[str, bytes]) -> None:
    repository = Repository(server)
    files = {name: raster_bytes(seed) for seed, name in enumerate(NAMES)}
    repository.publish("abc12-34567", {**files, **extra})
    text = written(project, repository.page("abc12-34567"))
    assert f"  - invenio: {repository.page('abc12-34567')}\n" in text
    assert ('    include: "*.tif"  # 3 of its 5 files\n' in text) == bool(extra)
    assert items(project) == [name[:-4] for name in NAMES]
    made = json.loads((project.folder / "lakes-on-ice/catalog.json").read_text("utf-8"))
    assert made["title"] == "Lakes on ice"
    assert len(server.asked("api/records/abc12-34567")) == 2


@pytest.mark.parametrize("source", ["7568049", "10.5281/zenodo.7568049"])
def test_a_record_on_zenodo(project: Project, server: Server, tmp_path: Path, source: str) -> None:
    files = {scene.name: b"not read" for scene in SCENES}
    repository = Repository(server, "https://zenodo.org")
    repository.publish("7568049", files, form="zenodo")
    with StandIn("zenodo.org", server, tmp_path) as standin:
        text = written(project, source, **standin.environment)
    assert "  pattern: sentinel-1  #" in text
    assert "  - zenodo: 7568049\n" in text
    assert load_spec(project.folder).sources[0].address == "7568049"


def test_names_without_a_date_get_a_hint_that_helps(project: Project) -> None:
    project.raster("lakes/a.tif")
    text = written(project, "lakes")
    assert project.run("build").returncode == 3
    project.spec(text.replace("# datetime: 2019-02-24 ", "datetime: 2019-02-24 "))
    assert items(project) == ["a"]


def test_without_a_source_a_template_that_teaches(project: Project) -> None:
    text = written(project)
    for key in ("zenodo:", "urls:", "files:", "href:", "pattern:", "datetime:"):
        assert key in text
    assert load_spec(project.folder).catalog.id == "data"
    project.raster("data/a.tif")
    assert "did you mean" not in project.run("status").stderr


def test_nothing_is_overwritten(project: Project) -> None:
    project.spec("mine")
    done = project.run("init")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "error: catalog.yaml: is there already\nhint: name another file with -o\n"
    )
    assert (project.folder / "catalog.yaml").read_text("utf-8") == "mine"
    (project.folder / "dangling.yaml").symlink_to("nowhere")
    assert project.run("init", "-o", "dangling.yaml").returncode == 2
    done = project.run("init", "-o", "other.yaml")
    assert done.stdout == "wrote other.yaml; next: itemcat build other.yaml\n"


@pytest.mark.parametrize(
    ("source", "what"),
    [
        ("nothing", "is no folder, list or record"),
        ("10.1234/x", "is no folder, list or record"),
        ("empty", "has no files whose names end as those of rasters, vector files or cubes"),
        ("links.txt", "names no file"),
        ("..", "is not below the folder of the spec"),
    ],
)
def test_a_source_that_gives_no_spec(
    project: Project, cache: Cache, monkeypatch: pytest.MonkeyPatch, source: str, what: str
) -> None:
    monkeypatch.chdir(project.folder)
    (project.folder / "empty").mkdir()
    (project.folder / "empty/a.txt").write_text("x")
    (project.folder / "links.txt").write_text("# none\n")
    with pytest.raises(UsageError, match=what) as raised:
        draft(source, Path("catalog.yaml"), cache)
    assert raised.value.hint


def test_a_record_that_cannot_be_listed_writes_nothing(project: Project, server: Server) -> None:
    server.fault("api/records/abc-1", always=Fault(410))
    done = project.run("init", server.url("records/abc-1"))
    assert done.returncode == 3
    assert "was removed by its publisher" in done.stderr
    assert project.files() == {}


def test_a_record_without_rasters_is_refused(server: Server, cache: Cache, tmp_path: Path) -> None:
    repository = Repository(server)
    repository.publish("abc-1", {"a.pdf": b"pdf"})
    with pytest.raises(ItemcatError, match="has no rasters, vector files or cubes among its files"):
        draft(repository.page("abc-1"), tmp_path / "catalog.yaml", cache)


@pytest.mark.parametrize(
    "title", ["null", "Ünïcode: [a] {b} # c", "---", "\u4e2d\u6587", "x" * 900]
)
def test_a_title_of_any_kind(server: Server, cache: Cache, tmp_path: Path, title: str) -> None:
    repository = Repository(server)
    repository.publish("abc-1", {"a_20190224.tif": b"x"}, title=title, description="")
    spec = tmp_path / "catalog.yaml"
    spec.write_text(draft(repository.page("abc-1"), spec, cache), "utf-8")
    assert load_spec(spec).catalog.title
