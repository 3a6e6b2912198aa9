"""Measure the fetcher against its promises: `python benchmarks/fetching.py [--runs N]`.

Memory: how much a process grows by a download of 1 GB (promised: less than 32 MB). Unchanged:
`itemcat build --refresh` of 1,000 files that did not change, over loopback (promised: under 3 s,
and no byte of body). Throughput: 32 files of 32 MB, four at a time, fetched, hashed and kept,
against `curl --parallel` with the same limit, in turn (promised: a ratio of 0.8 or more). Medians
of all runs; only the ratios of one run compare. The fetcher sees to it that files survive a power
cut, curl does not: with TMPDIR on a RAM disk the programs compare, without it the disk as well.
"""

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path

import numpy as np
import rasterio
from affine import Affine

MB = 1_000_000
LARGE = 1000 * MB
FILES, SIZE = 32, 32 * MB
AT_ONCE = 4
UNCHANGED = 1000
SPEC = """\
catalog: {id: bench, title: Benchmark, description: Files to measure with.}
output: out
items: {datetime: 2020-01-01}
assets:
"""
FETCH = """\
import json, re, sys, time
from pathlib import Path
from itemcat.cache import Cache
from itemcat.fetch import Fetcher, Lanes
from itemcat.model import Asset
from itemcat.urls import host
def most_memory():  # in bytes; what getrusage tells is at least what the parent had
    return 1024 * int(re.search(r"VmHWM:\\s*(\\d+) kB", Path("/proc/self/status").read_text())[1])
cache, *urls = sys.argv[1:]
before = most_memory()
began = time.perf_counter()
with Fetcher(Cache(Path(cache))) as fetcher, Lanes() as lanes:
    assets = [Asset(url.rpartition("/")[2], url) for url in urls]
    for job in [lanes.submit(host(a.location), lambda a=a: fetcher.fetch(a)) for a in assets]:
        job.result()
seconds = time.perf_counter() - began
print(json.dumps({"seconds": seconds, "growth": most_memory() - before}))
"""


def main() -> None:
    """Run all, and print what came out."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--serve", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve:
        publish(arguments.serve)
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = folder / "files"
        files.mkdir()
        with (files / "large").open("wb") as file:
            for _ in range(LARGE // MB):
                file.write(np.random.default_rng(0).bytes(MB))
        (files / "raster").write_bytes(small_raster())
        command = [sys.executable, __file__, "--serve", str(files)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
            assert server.stdout is not None
            url = server.stdout.readline().strip()
            try:
                memory(folder, url, arguments.runs)
                unchanged(folder, url, arguments.runs)
                throughput(folder, url, arguments.runs)
            finally:
                server.terminate()


def small_raster() -> bytes:
    """A GeoTIFF of 64x64 pixels."""
    buffer = BytesIO()
    with rasterio.open(
        buffer,
        "w",
        driver="GTiff",
        width=64,
        height=64,
        count=1,
        dtype="uint8",
        crs="EPSG:32623",
        transform=Affine(25, 0, 300000, 0, -25, 7400000),
    ) as raster:
        raster.write(np.arange(64 * 64, dtype=np.uint8).reshape(64, 64), 1)
    return buffer.getvalue()


# -------------------------------------------------------------------------------------- publisher


class _Handler(BaseHTTPRequestHandler):
    """`/large/N/x` are the first N bytes of the file `large`; `/sent` tells all bytes of bodies."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    folder: Path
    sent = 0

    def do_GET(self) -> None:
        if self.path == "/sent":
            body = str(_Handler.sent).encode()
            self._head(200, len(body))
            self.wfile.write(body)
        elif self.headers.get("If-None-Match") == self._etag():
            self._head(304, 0)
        else:
            self._send()

    def _send(self) -> None:
        _, name, size, _ = self.path.split("/")
        self._head(200, int(size))
        self.wfile.flush()
        with (self.folder / name).open("rb") as file:
            self.connection.sendfile(file, count=int(size))
        _Handler.sent += int(size)

    def _head(self, status: int, length: int) -> None:
        self.send_response(status)
        self.send_header("ETag", self._etag())
        self.send_header("Content-Length", str(length))
        self.end_headers()

    def _etag(self) -> str:
        return f'"{self.path}"'

    def log_message(self, format: str, *args: object) -> None:
        pass


class _Server(ThreadingHTTPServer):
    request_queue_size = 64

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is no news."""


def publish(folder: Path) -> None:
    """Serve until this process is ended; its address is printed."""
    _Handler.folder = folder
    server = _Server(("127.0.0.1", 0), _Handler)
    print(f"http://127.0.0.1:{server.server_address[1]}", flush=True)
    server.serve_forever()


def sent(url: str) -> int:
    """All bytes of bodies that were sent so far."""
    with urllib.request.urlopen(f"{url}/sent") as answer:  # noqa: S310 (our own loopback)
        return int(answer.read())


# --------------------------------------------------------------------------------------- measures


def fetch(cache: Path, urls: list[str]) -> tuple[float, int]:
    """Fetch into an empty cache in a process of its own: seconds, and bytes that it grew by."""
    shutil.rmtree(cache, ignore_errors=True)
    done = subprocess.run(
        [sys.executable, "-c", FETCH, str(cache), *urls], capture_output=True, check=True
    )
    measured = json.loads(done.stdout)
    return measured["seconds"], measured["growth"]


def memory(folder: Path, url: str, runs: int) -> None:
    """A download of 1 GB."""
    growths = [fetch(folder / "cache", [f"{url}/large/{LARGE}/a"])[1] for _ in range(runs)]
    shown = ", ".join(f"{growth / MB:.1f}" for growth in growths)
    median = statistics.median(growths) / MB
    print(f"memory      a download of 1 GB grew the process by {median:.1f} MB ({shown}); < 32")


def unchanged(folder: Path, url: str, runs: int) -> None:
    """A thousand files that did not change."""
    project = folder / "project"
    project.mkdir()
    size = (folder / "files" / "raster").stat().st_size
    entries = [f"  - {url}/raster/{size}/scene_{n:04d}.tif\n" for n in range(UNCHANGED)]
    (project / "catalog.yaml").write_text(SPEC + "".join(entries))
    itemcat = [sys.executable, "-m", "itemcat", "build", "-q", "--cache-dir", str(folder / "kept")]
    subprocess.run(itemcat, cwd=project, check=True)
    before, seconds = sent(url), []
    for _ in range(runs):
        began = time.perf_counter()
        subprocess.run([*itemcat, "--refresh"], cwd=project, check=True)
        seconds.append(time.perf_counter() - began)
    body = sent(url) - before
    shown = ", ".join(f"{value:.2f}" for value in seconds)
    median = statistics.median(seconds)
    print(f"unchanged   {UNCHANGED} files revalidated in {median:.2f} s ({shown}); < 3")
    print(f"            bytes of body: {body}")


def throughput(folder: Path, url: str, runs: int) -> None:
    """A gigabyte in 32 files, four at a time."""
    if shutil.which("curl") is None:
        print("throughput  skipped: there is no curl here to compare with")
        return
    urls = [f"{url}/large/{SIZE}/{number}.tif" for number in range(FILES)]
    ours, curls = [], []
    for _ in range(runs):
        curls.append(FILES * SIZE / MB / curl(folder / "curl", urls))
        ours.append(FILES * SIZE / MB / fetch(folder / "cache", urls)[0])
    ratios = [mine / theirs for mine, theirs in zip(ours, curls, strict=True)]
    shown = ", ".join(f"{ratio:.2f}" for ratio in ratios)
    mine, theirs, ratio = map(statistics.median, (ours, curls, ratios))
    print(f"throughput  {mine:.0f} MB/s, curl {theirs:.0f} MB/s")
    print(f"            ratio {ratio:.2f} ({shown}); >= 0.8")


def curl(folder: Path, urls: list[str]) -> float:
    """Seconds that curl takes to put the same files in a folder."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    limits = ["--parallel", "--parallel-immediate", "--parallel-max", str(AT_ONCE)]
    began = time.perf_counter()
    command = ["curl", "--no-progress-meter", "--fail", *limits, "--remote-name-all", *urls]
    subprocess.run(command, cwd=folder, check=True)
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
