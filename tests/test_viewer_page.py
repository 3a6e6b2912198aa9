"""The page holds all it needs, asks nobody for anything, and its texts stay texts."""

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from exhibits import HOSTILE, PIXEL, box, item, write

from itemcat.viewer import Folder, Pictures, collect, policy, render


class Page(HTMLParser):
    """The elements of a page, with their attributes and the text in each."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None], str]] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs), ""))

    def handle_endtag(self, tag: str) -> None:
        self.elements.append((f"/{tag}", {}, ""))

    def handle_data(self, data: str) -> None:
        if self.elements:
            tag, attributes, text = self.elements[-1]
            self.elements[-1] = (tag, attributes, text + data)

    def texts(self, tag: str) -> list[str]:
        return [text for found, _, text in self.elements if found == tag]

    def data(self) -> Any:
        return json.loads(self.texts("script")[0])


def shown(folder: Path, *items: Any, **fields: Any) -> str:
    return render(collect(Folder.of(write(folder, items, **fields), "")))


def test_the_policy_names_what_is_in_the_page_and_nothing_else(tmp_path: Path) -> None:
    text = shown(tmp_path, item("a", box(0, 0, 1, 1)))
    page = Page(text)
    (meta,) = [a for _, a, _ in page.elements if a.get("http-equiv") == "Content-Security-Policy"]
    digests = [
        base64.b64encode(hashlib.sha256(part.encode()).digest()).decode()
        for part in (page.texts("script")[1], page.texts("style")[0])
    ]
    assert meta["content"] == policy()
    assert policy() == (
        f"default-src 'none'; script-src 'sha256-{digests[0]}'; style-src 'sha256-{digests[1]}'; "
        "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'"
    )


def test_nothing_in_the_page_leads_to_another_origin(tmp_path: Path) -> None:
    ours = r"fetch\(data\.findings\)"  # which the policy lets go nowhere but home
    own = rf'"data":"https://example.org/a.tif"|xmlns=\'[^\']*\'|{ours}'
    text = re.sub(own, "", shown(tmp_path))
    assert not re.search(
        r"https?:|src=|@import|url\(|fetch\(|XMLHttp|import\(|eval|innerHTML", text
    )


def test_hostile_texts_make_no_element(tmp_path: Path) -> None:
    plain = Page(shown(tmp_path / "a", item("a"), title="x", description="x"))
    document = item("a", title=HOSTILE, platform=HOSTILE, license="<!--<script>")
    hostile = Page(shown(tmp_path / "b", document, title=HOSTILE, description=HOSTILE))
    assert [tag for tag, _, _ in hostile.elements] == [tag for tag, _, _ in plain.elements]
    assert hostile.texts("title") == hostile.texts("h1") == [HOSTILE]
    assert hostile.data()["items"][0]["title"] == HOSTILE


def test_the_addresses_of_files_are_quoted(tmp_path: Path) -> None:
    document = item('a"<b>&c#d?e %', box(0, 0, 1, 1))
    try:
        page = Page(shown(tmp_path, document))
    except OSError:
        pytest.skip("this file system has no such names")
    assert page.data()["items"] == [] or "json" in page.data()["items"][0]


def test_each_outline_knows_its_item(tmp_path: Path) -> None:
    two = {"type": "MultiPolygon", "coordinates": [box(0, 60, 1, 61)["coordinates"]] * 2}
    data = Page(shown(tmp_path, item("a", two), item("b"), item("c", box(5, 60, 6, 61)))).data()
    assert np.frombuffer(base64.b64decode(data["owners"]), "<u4").tolist() == [0, 0, 2]
    assert data["fitting"] == "arctic"
    assert list(data["maps"]) == sorted(data["order"])
    for one in data["maps"].values():
        starts = np.frombuffer(base64.b64decode(one["footprints"]["starts"]), "<u4")
        points = np.frombuffer(base64.b64decode(one["footprints"]["points"]), "<f4")
        assert starts.tolist() == [0, 5, 10, 15]
        assert len(points) == 2 * starts[-1]


def test_the_same_catalog_gives_the_same_page(tmp_path: Path) -> None:
    items = [item(str(n), box(n, 0, n + 1, 1)) for n in range(20)]
    assert shown(tmp_path / "a", *items) == shown(tmp_path / "b", *items)


def test_thumbnails_are_embedded_if_they_are_pictures_and_there_is_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = Folder.of(write(tmp_path, []), "")
    (tmp_path / "a.png").write_bytes(PIXEL)
    (tmp_path / "b.png").write_bytes(b"<svg onload='alert(1)'/>")
    (tmp_path / "c.png").write_bytes(PIXEL + bytes(1 << 20))
    pictures = Pictures(folder)
    encoded = base64.b64encode(PIXEL).decode()
    assert pictures.embedded("a.png") == f"data:image/png;base64,{encoded}"
    assert [pictures.embedded(name) for name in ("b.png", "c.png", "d.png")] == [None] * 3
    assert pictures.missing == 3
    monkeypatch.setattr("itemcat.viewer.pictures._MOST", len(PIXEL))
    full = Pictures(folder)
    assert full.embedded("a.png")
    assert full.embedded("a.png") is None
