"""Measure the shared cache: `python benchmarks/sharing.py [--runs N]`.

A hundred files over 20 ms of latency, built by a machine without a shared cache, by one that fills
an empty one, and by one that finds all there and has nothing of its own. The shared cache is a
folder, so that itemcat is measured and not a store. Ratios are of runs that took turns.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path

from measure import Ratios, Times, run, seconds
from remote import LATENCY
from speed import server, spec

HERE = Path(__file__).parent
FILES = 100


def built(place: Path, urls: list[str], *shared: str) -> tuple[float, int, int]:
    """A machine's first build: its seconds, its requests to publishers, and the bytes they gave."""
    project, report = spec(place / "project", urls), place / "report.json"
    command = [sys.executable, "-m", "itemcat", "build", "--quiet", "--report", report, *shared]
    took = seconds([*command, project], {"ITEMCAT_CACHE_DIR": str(place / "cache")})
    totals = json.loads(report.read_bytes())["totals"]
    return took, totals["requests"], totals["bytes_fetched"]


def measured(folder: Path, kind: str, runs: int) -> None:
    """Build files of one kind by turns, and say what each machine took."""
    files = folder / kind
    run([sys.executable, HERE / "catalogs.py", "scenes", files, FILES, kind])
    found: dict[str, list[tuple[float, int, int]]] = {"alone": [], "filling": [], "finding": []}
    with server(files, LATENCY) as address:
        urls = [f"{address}/{path.name}" for path in sorted(files.iterdir())]
        for turn in range(runs):
            store = folder / f"{kind} {turn}"
            store.mkdir()
            for machine, turns in found.items():
                shared = () if machine == "alone" else ("--cache", str(store))
                turns.append(built(folder / f"{kind} {turn} {machine}", urls, *shared))
    alone, *others = (Times(tuple(turn[0] for turn in turns)) for turns in found.values())
    print(f"{FILES} {kind}, without a shared cache: {alone}")
    for machine, times in zip(("filling", "finding"), others, strict=True):
        requests, size = found[machine][-1][1:]
        ratio = Ratios.of(times, alone)
        print(f"  {machine} one: {ratio} of that; {requests} requests gave {size} bytes")


def main() -> None:
    """Measure small files and large ones."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    runs = parser.parse_args().runs
    with tempfile.TemporaryDirectory() as name:
        for kind in ("masks", "pictures"):
            measured(Path(name), kind, runs)


if __name__ == "__main__":
    main()
