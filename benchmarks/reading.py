"""CPU seconds a file, ours and rio-stac's: `python benchmarks/reading.py FOLDER`.

Ours are exact statistics and histograms over all pixels, theirs those of a sample of at most 1024
pixels a side. Both read the same open datasets, in turn.
"""

import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import rasterio
from rio_stac.stac import get_raster_info

from itemcat.readers.statistics import band_statistics

warnings.simplefilter("ignore")


def cpu(path: Path, read: Callable[[Any], object]) -> float:
    """CPU seconds of one look at a file that was opened for it."""
    with rasterio.open(path, sharing=False) as dataset:
        start = time.process_time()
        read(dataset)
        return time.process_time() - start


def main() -> None:
    """Print both, in seconds."""
    paths = sorted(Path(sys.argv[1]).iterdir())
    ours = theirs = 0.0
    for path in [paths[0], *paths]:  # the first one loads what either uses
        size = path.stat().st_size
        if path == paths[0]:
            ours = theirs = 0.0
        ours += cpu(path, lambda dataset, size=size: band_statistics(dataset, "exact", size))
        theirs += cpu(path, lambda dataset: get_raster_info(dataset, max_size=1024))
    print(ours / len(paths), theirs / len(paths))


if __name__ == "__main__":
    main()
