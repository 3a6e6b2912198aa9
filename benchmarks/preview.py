"""The preview of 10,000 items in a real browser: `python benchmarks/preview.py [COUNT]`.

Load is from asking the server for the page, which it makes anew, until all footprints are drawn;
filter from a move of a handle until the map is drawn again. Needs chromium and chromedriver.
"""

import statistics
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
from browser import CHROMIUM, DRIVER, MISSING, Browser, opened
from exhibits import item, write

from itemcat.viewer import Folder, Service, collect, policy, render

ROUNDS = 5
FILTER = """
const [step, done] = arguments, begun = performance.now();
const handle = document.getElementById("first");
handle.value = step;
handle.dispatchEvent(new Event("input"));
requestAnimationFrame(() => requestAnimationFrame(() => {
  document.getElementById("ground").getContext("2d").getImageData(0, 0, 1, 1);
  done(performance.now() - begun);
}));
"""


def main(count: int) -> None:
    """Print the figures of a catalog of so many items."""
    if not (CHROMIUM and DRIVER):
        raise SystemExit(f"error: {MISSING}")
    with TemporaryDirectory() as name:
        folder = Folder.of(write(Path(name) / "catalog", scenes(count)), "")
        made = [seconds(lambda: render(collect(folder))) for _ in range(ROUNDS)]
        size = len(render(collect(folder)).encode())
        print(f"{count} items, {ROUNDS} rounds: median (minimum to maximum)")
        show("page made", made)
        print(f"  {'page':<12} {size / 1e6:.1f} MB")
        with (
            Service(folder, lambda: render(collect(folder)), policy()) as service,
            opened(Path(name) / "profile") as browser,
        ):
            Thread(target=service.serve_forever, daemon=True).start()
            show("load", [seconds(lambda: browser.open(service.address)) for _ in range(ROUNDS)])
            show("filter", [filtering(browser, 100 * n) for n in range(1, ROUNDS + 1)])
            service.shutdown()


def scenes(count: int) -> Iterable[object]:
    """Footprints of 20 to 120 km at random places of the Arctic, of ten years."""
    chance = np.random.default_rng(1)
    for n in range(count):
        west, south = chance.uniform(-180, 176), chance.uniform(60, 84)
        width, height, tilt = chance.uniform(0.5, 3), chance.uniform(0.2, 1), chance.uniform(0, 0.2)
        ring = [
            [west, south],
            [west + width, south + tilt],
            [west + width - tilt, south + height + tilt],
            [west - tilt if west > -179 else west, south + height],
            [west, south],
        ]
        day = np.datetime64("2014-01-01") + int(chance.integers(3650))
        geometry = {"type": "Polygon", "coordinates": [ring]}
        shape = {"proj:shape": [1000, 1000], "proj:code": "EPSG:3413", "license": "CC-BY-4.0"}
        yield item(f"scene_{n:06}", geometry, f"{day}T12:00:00Z", title=f"Scene {n}", **shape)


def filtering(browser: Browser, step: int) -> float:
    """Seconds of one move of a handle, to a step that leaves other items than before."""
    return float(browser.driver.execute_async_script(FILTER, step)) / 1000


def seconds(work: Callable[[], object]) -> float:
    """How long a call takes."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def show(name: str, times: list[float]) -> None:
    """One line of figures."""
    least, most = min(times), max(times)
    print(f"  {name:<12} {statistics.median(times):.2f} s ({least:.2f} to {most:.2f})")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
