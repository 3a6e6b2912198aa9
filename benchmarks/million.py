"""Drive a million records through: `python benchmarks/million.py [--records N]`.

Two workers of a dask cluster on this machine make the records, out of that of one small raster,
each in another place. The driver makes an item of each as a build does, and keeps it as a build
does; then it writes the manifest of all, and their table. The scheduler runs in the driver's
process, too. No file is fetched, and no item written.
"""

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import chores

from itemcat import manifest, readers, table
from itemcat.cluster import Batches, scheduler
from itemcat.cluster.batches import MOST, WINDOW
from itemcat.cluster.cell import packed
from itemcat.columns import identity
from itemcat.edition import Keys, page
from itemcat.layout import item_file
from itemcat.model import Asset, Blob, KnownAsset, Manifest, Reading, Validators
from itemcat.naming import NamedItem, name_items
from itemcat.pages import Pages
from itemcat.spec import load_spec

HERE = Path(__file__).parent
ROOM = 2 * MOST * WINDOW  # calls that a build has under way
OPTIONS = {"statistics": "none"}
SPEC = """\
catalog: {id: million, title: Million, description: Files to measure with.}
items: {datetime: 2020-01-01, pattern: "scene_{thousand}{rest:3d}.tif"}
layout: "{thousand}"
read: {access: remote, statistics: none}
assets:
  - https://example.org/scene_0000000.tif
"""


def drive(folder: Path, raster: Path, count: int) -> None:
    """All stages, with what each took."""
    (folder / "catalog.yaml").write_text(SPEC)
    with Pages(folder) as pages:
        report("driven through", count, lambda: compose(folder, raster, count, pages))
        pieces = manifest.pieces(Manifest("million"), pages.entries())
        size = report("in the manifest", count, lambda: written(folder / "m.json", pieces))
        print(f"  {size / 1e6:.0f} MB")
        rows = ((item_file(i, leaf.folder), leaf.digest) for i, leaf in pages.leaves())
        pieces = table.pieces(lambda: documents(pages), identity(rows))
        size = report("in items.parquet", count, lambda: written(folder / "i.parquet", pieces))
        print(f"  {size / 1e6:.0f} MB")


def compose(folder: Path, raster: Path, count: int, pages: Pages) -> int:
    """Make an item of each record that comes back."""
    spec = load_spec(folder / "catalog.yaml")
    keys, reader = Keys(spec), readers.identity(readers.RASTER)
    executor = Batches(scheduler.local_cluster(2, print), "dask", packed(chores.agree), 60)
    under_way = deque(executor.submit(chores.synthetic, raster, n) for n in range(min(ROOM, count)))
    for number in range(count):
        line = under_way.popleft().result()
        if number + ROOM < count:
            under_way.append(executor.submit(chores.synthetic, raster, number + ROOM))
        name = f"scene_{number:07d}.tif"
        address = f"https://example.org/{name}"
        blob = Blob(None, 2100, Validators(f'"{number}"'))
        known = KnownAsset(address, address, blob, Reading(reader, OPTIONS, line))
        (item,) = name_items([(spec.sources[0], [Asset(name, address, address)])])
        assert isinstance(item, NamedItem)
        pages.add(item.id, page(spec, item, {"data": known}, keys.of(item)))
    executor.shutdown()
    return count


def documents(pages: Pages) -> Iterator[tuple[str, bytes]]:
    """The paths and bytes of all items."""
    for item_id, leaf in pages.leaves():
        yield item_file(item_id, leaf.folder), pages.document(item_id)


def written(path: Path, pieces: Iterable[bytes]) -> int:
    """Write a file; its size."""
    with path.open("wb") as file:
        file.writelines(pieces)
    return path.stat().st_size


def report(what: str, count: int, stage: Callable[[], int]) -> int:
    """Say what a stage took, and the most memory that this process has had so far."""
    start, cpu = time.perf_counter(), time.process_time()
    found = stage()
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{count} records {what}: {seconds:.0f} s, {cpu:.0f} s of the driver's CPU; {most:.0f} MB"
    )
    return found


def main() -> None:
    """Drive as many as are asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=1_000_000)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        subprocess.run([sys.executable, HERE / "catalogs.py", "change", name, "0"], check=True)
        (raster,) = Path(name).glob("*.tif")
        drive(Path(name), raster, asked.records)


if __name__ == "__main__":
    main()
