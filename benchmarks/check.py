"""Measure `itemcat check`: `python benchmarks/check.py [--items 1000 10000] [--runs N]`.

Each catalog is made by `catalogs.py` and built; nothing is downloaded, and the schemas that are not
in packages are fetched before the clock starts, or, without a network, are missing (the findings
show it). Medians with minimum and maximum, in seconds of wall time, and the peak of memory.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path

from measure import Times, peak, run, seconds

HERE = Path(__file__).parent


def main() -> None:
    """Measure all sizes, by the spec and by the catalog alone."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, nargs="+", default=[1000, 10_000])
    parser.add_argument("--runs", type=int, default=5)
    arguments = parser.parse_args()
    for count in arguments.items:
        with tempfile.TemporaryDirectory() as name:
            measure(Path(name), count, arguments.runs)


def measure(folder: Path, count: int, runs: int) -> None:
    """Both rows for one number of items."""
    project, cache = folder / "project", {"ITEMCAT_CACHE_DIR": str(folder / "cache")}
    run([sys.executable, HERE / "catalogs.py", "make", project, count])
    run([sys.executable, "-m", "itemcat", "build", "-q", project], cache)
    for name, what in (("its spec", project), ("its catalog.json", project / "out")):
        command = [sys.executable, "-m", "itemcat", "check", "--json", what]
        told = json.loads(run(command, cache))
        names = sorted({finding["name"] for finding in told["findings"]})
        times = Times(tuple(seconds(command, cache) for _ in range(runs)))
        print(f"check of {count} items by {name}: {times}, {peak(command, cache):.0f} MB")
        print(f"  findings: {', '.join(names) or 'none'}")


if __name__ == "__main__":
    main()
