"""Measure `itemcat check`: `python benchmarks/check.py [--items 1000 10000] [--runs N]`.

Catalogs are those of `catalogs.py`, built first; nothing is downloaded. By its spec, a catalog is
also held against its manifest. The kinds of findings are shown: with `schema-unavailable` among
them, documents were not held against all their schemas, and the time does not count.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path

from measure import Times, peak, run, seconds

HERE = Path(__file__).parent


def main() -> None:
    """Measure all sizes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, nargs="+", default=[1000, 10_000])
    parser.add_argument("--runs", type=int, default=5)
    arguments = parser.parse_args()
    for count in arguments.items:
        with tempfile.TemporaryDirectory() as name:
            measure(Path(name), count, arguments.runs)


def measure(folder: Path, count: int, runs: int) -> None:
    """Time, memory and findings, by the spec and by the catalog alone."""
    project, environment = folder / "project", {"ITEMCAT_CACHE_DIR": str(folder / "cache")}
    run([sys.executable, HERE / "catalogs.py", "make", project, count])
    run([sys.executable, "-m", "itemcat", "build", "-q", project], environment)
    for what, path in (("spec", project), ("catalog.json", project / "out")):
        command = [sys.executable, "-m", "itemcat", "check", "--json", path]
        told = json.loads(run(command, environment))  # fetches the schemas that are missing, too
        times = Times(tuple(seconds(command, environment) for _ in range(runs)))
        memory = peak(command, environment)
        names = sorted({finding["name"] for finding in told["findings"]})
        print(f"{count} items by their {what}: {times}, {memory:.0f} MB; found: {names}")


if __name__ == "__main__":
    main()
