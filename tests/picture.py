"""The picture in docs/preview.md, made of the quickstart in a real browser.

Not collected by pytest: `python tests/picture.py docs/preview.png`.
"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from browser import CHROMIUM, DRIVER, MISSING, opened

from itemcat.viewer import Folder, collect, render

CATALOG = (
    Path(__file__).parent.parent / "examples" / "quickstart" / "lakes-catalog" / "catalog.json"
)


def main(target: Path) -> None:
    """Write the picture: the page with one item selected."""
    if not (CHROMIUM and DRIVER):
        raise SystemExit(f"error: {MISSING}")
    with TemporaryDirectory() as folder:
        page = Path(folder) / "page.html"
        page.write_text(render(collect(Folder.of(CATALOG, ""))), "utf-8")
        with opened(Path(folder) / "profile") as browser:
            browser.driver.set_window_size(1200, 800)
            browser.open(page.as_uri())
            browser.run("choose(2)")
            browser.driver.save_screenshot(str(target))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
