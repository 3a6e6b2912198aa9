"""Measure `itemcat check`: `python benchmarks/check.py [--items 1000 10000] [--runs N]`.

Each catalog is made and built by `benchmarks/scale.py`'s means; nothing is downloaded, and the
schemas that are not in packages are fetched before the clock starts, or, without a network, are
missing (the number of findings shows it). Medians with minimum and maximum, in seconds of wall
time, and the peak memory of the process.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import scale


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
    print(f"{count} items, {runs} runs")
    project = folder / "project"
    project.mkdir()
    scale.run([sys.executable, scale.__file__, "--make", project, count])
    scale.build(project, folder)
    for name, what in (("by its spec", project), ("by its catalog.json", project / "out")):
        findings = check(what, folder)[2]
        measured = [check(what, folder) for _ in range(runs)]
        scale.row(f"check {name}", [(seconds, memory) for seconds, memory, _ in measured])
        print(f"    findings: {', '.join(findings) or 'none'}")


def check(what: Path, folder: Path) -> tuple[float, int, list[str]]:
    """Wall seconds, peak memory in KB, and the names of the findings of one check."""
    start = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "itemcat", "check", "--json", str(what)],
        env={**os.environ, "ITEMCAT_CACHE_DIR": str(folder / "cache")},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    told = json.loads(process.stdout.read())
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    assert os.waitstatus_to_exitcode(status) == 0, told
    names = sorted({finding["name"] for finding in told["findings"]})
    return seconds, usage.ru_maxrss, names


if __name__ == "__main__":
    main()
