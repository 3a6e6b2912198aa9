"""A real browser without a window: Debian's chromium, where it is installed."""

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.support.ui import WebDriverWait

FLAGS = (
    "--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run "
    "--disable-background-networking --disable-component-update --disable-sync "
    "--disable-dev-shm-usage --hide-scrollbars --force-color-profile=srgb "
    "--force-device-scale-factor=1 --window-size=1280,800"
)
CHROMIUM = shutil.which("chromium")
DRIVER = shutil.which("chromedriver")
MISSING = "needs chromium and chromedriver (apt-get install chromium chromium-driver)"
_READY = "return document.documentElement.dataset.ready === 'yes'"
_DRAWN = "requestAnimationFrame(() => requestAnimationFrame(arguments[0]))"


class Browser:
    """One window of the browser, with what tests ask of it."""

    def __init__(self, driver: webdriver.Chrome) -> None:
        self.driver = driver

    def open(self, address: str) -> None:
        """Go to a page of the viewer, and wait until it is drawn. What was logged is forgotten."""
        self.driver.get("about:blank")
        self.severe()
        self.requests()
        self.driver.get(address)
        WebDriverWait(self.driver, 30).until(lambda driver: driver.execute_script(_READY))

    def run(self, script: str, *arguments: Any) -> Any:
        """Run a program in the page, wait until the page is drawn again, and give the result."""
        result = self.driver.execute_script(script, *arguments)
        self.driver.execute_async_script(_DRAWN)
        return result

    def severe(self) -> list[str]:
        """What the console has complained about since the last time."""
        return [
            str(entry["message"])
            for entry in self.driver.get_log("browser")
            if entry["level"] == "SEVERE"
        ]

    def wait_for_complaint(self, *texts: str) -> None:
        """Wait until the console complains in words that have all these texts in them."""
        WebDriverWait(self.driver, 30).until(
            lambda _: any(all(text in one for text in texts) for one in self.severe())
        )

    def requests(self) -> list[str]:
        """The addresses that were asked for since the last time, blocked ones among them."""
        events = [json.loads(e["message"])["message"] for e in self.driver.get_log("performance")]
        return [
            event["params"]["request"]["url"]
            for event in events
            if event["method"] == "Network.requestWillBeSent"
        ]


@contextmanager
def opened(profile: Path) -> Iterator[Browser]:
    """A browser with a profile of its own, in a folder that does not exist yet."""
    options = Options()
    for flag in (*FLAGS.split(), f"--user-data-dir={profile}"):
        options.add_argument(flag)
    options.binary_location = str(CHROMIUM)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    service = Service(str(DRIVER), env={**os.environ, "HOME": str(profile)})
    driver = webdriver.Chrome(options, service)
    try:
        driver.set_script_timeout(30)
        yield Browser(driver)
    finally:
        driver.quit()
