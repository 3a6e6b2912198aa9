"""The picture in docs/preview.md, made of the quickstart in a real browser.

Not collected by pytest: `python tests/picture.py docs/preview.png`.
"""

import os
import sys
from pathlib import Path
from shutil import copytree
from tempfile import TemporaryDirectory

from browser import CHROMIUM, DRIVER, MISSING, opened

from itemcat import cli

QUICKSTART = Path(__file__).parent.parent / "examples" / "quickstart"


def main(target: Path) -> None:
    """Write the picture: the page with one item selected, and thumbnails."""
    if not (CHROMIUM and DRIVER):
        raise SystemExit(f"error: {MISSING}")
    with TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["ITEMCAT_CACHE_DIR"] = str(folder / "cache")
        project, page = copytree(QUICKSTART, folder / "project"), folder / "page.html"
        with (project / "catalog.yaml").open("a", encoding="utf-8") as spec:
            spec.write("\nthumbnails: true\n")
        for command in (["build", "-q", project], ["preview", project, "--write", page]):
            if cli.main([*map(str, command)]):
                raise SystemExit(1)
        with opened(folder / "profile") as browser:
            browser.driver.set_window_size(1200, 800)
            browser.open(page.as_uri())
            browser.run("choose(2)")
            browser.driver.save_screenshot(str(target))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
