"""A publisher's folder for a test: a spec, rasters, builds in this process and in real ones."""

import os
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from rasterio.transform import from_origin

from itemcat.options import Options
from itemcat.pipeline import build
from itemcat.result import Result

PATTERN = "{place}_{start:%Y%m%dT%H%M%S}.tif"
HEAD = """\
catalog:
  id: lakes
  title: Lakes
  description: Lakes on ice.
output: out
items:
  pattern: "{place}_{start:%Y%m%dT%H%M%S}.tif"
  datetime: "{start}"
  properties: {license: CC-BY-4.0}
assets:
"""


def raster_bytes(seed: int = 0, **profile: Any) -> bytes:
    """A small GeoTIFF in EPSG:32623 whose pixels depend on `seed`."""
    pixels = np.random.default_rng(seed).integers(0, 9, (20, 30), np.uint8)
    settings = {
        "driver": "GTiff",
        "width": 30,
        "height": 20,
        "count": 1,
        "dtype": "uint8",
        "crs": "EPSG:32623",
        "transform": from_origin(300000.0 + 1000 * seed, 7400000.0, 25.0, 25.0),
        **profile,
    }
    buffer = BytesIO()
    with rasterio.open(buffer, "w", **settings) as raster:
        raster.write(pixels, 1)
    return buffer.getvalue()


@dataclass(frozen=True)
class Project:
    """A folder with a `catalog.yaml`, and a cache of its own."""

    folder: Path
    cache: Path

    def spec(self, text: str) -> None:
        """Write the spec; a text that begins with a dash is the entries under a usual head."""
        text = HEAD + text if text.startswith("  -") else text
        (self.folder / "catalog.yaml").write_text(text, "utf-8")

    def raster(self, name: str, seed: int = 0, **profile: Any) -> None:
        """Write a GeoTIFF into the folder."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(raster_bytes(seed, **profile))

    def build(self, **options: Any) -> Result:
        """Build in this process, with a thread for a reader."""
        return build(
            self.folder,
            Options(cache_dir=self.cache, **options),
            executor=lambda _: ThreadPoolExecutor(1),
        )

    def run(self, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        """Run the command line in the folder, as a process of its own."""
        return subprocess.run(
            [sys.executable, "-m", "itemcat", *arguments],
            cwd=self.folder,
            env={**os.environ, "ITEMCAT_CACHE_DIR": str(self.cache), **environment},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def files(self) -> dict[str, bytes]:
        """Every file of the folder, with its bytes."""
        return {
            path.relative_to(self.folder).as_posix(): path.read_bytes()
            for path in sorted(self.folder.rglob("*"))
            if path.is_file()
        }

    def marks(self) -> Mapping[str, tuple[int, int]]:
        """Inode and time of modification of every file of the folder."""
        return {
            path.relative_to(self.folder).as_posix(): (path.stat().st_ino, path.stat().st_mtime_ns)
            for path in sorted(self.folder.rglob("*"))
            if path.is_file()
        }
