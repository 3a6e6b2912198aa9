from pathlib import Path

import pytest

from itemcat.errors import Problems
from itemcat.spec import load_spec

HEAD = "catalog: {id: lakes, title: Lakes, description: Of Greenland.}\n"
PATTERN = 'items: {pattern: "{place}_{start:%Y}.tif", title: "Scene {plase}"}\n'


def problems(text: str, folder: Path) -> list[tuple[str, str, str]]:
    path = folder / "catalog.yaml"
    path.write_text(HEAD + text, "utf-8")
    with pytest.raises(Problems) as raised:
        load_spec(path, shown="catalog.yaml")
    return [(error.where, error.what, error.hint) for error in raised.value.errors]


def test_a_field_that_no_asset_has_is_told_once_with_the_nearest(tmp_path: Path) -> None:
    assets = "assets:\n" + "".join(f"  - https://example.org/{n}.tif\n" for n in range(100))
    assert problems(PATTERN + assets, tmp_path) == [
        ("catalog.yaml:2:44", "items.title: there is no field {plase}", "did you mean {place}?")
    ]


@pytest.mark.parametrize(
    ("entry", "where", "what"),
    [
        ('{files: "*.tif", href: "https://x.org/{a}"}', "4:22", "assets[0].href"),
        ('{url: https://x.org/a.tif, id: "{path}"}', "4:32", "assets[0].id"),
        (
            '{url: https://x.org/a.tif, properties: {a: [{b: "{q}"}]}}',
            "4:32",
            "assets[0].properties",
        ),
        (
            '{url: https://x.org/a.tif, datetime: {start: "{q}", end: 2019-01-02}}',
            "4:32",
            "datetime",
        ),
        ('{url: https://x.org/a.tif, asset: {title: "{q}"}}', "4:32", "assets[0].asset"),
    ],
)
def test_every_template_is_looked_at(entry: str, where: str, what: str, tmp_path: Path) -> None:
    [(found, words, _)] = problems(f"assets:\n  # one\n  - {entry}\n", tmp_path)
    assert found == f"catalog.yaml:{where}"
    assert what in words
    assert "there is no field" in words


def test_a_pattern_and_a_template_that_cannot_be_used_are_problems_of_the_spec(
    tmp_path: Path,
) -> None:
    text = 'items: {pattern: "{stem}.tif", title: "{n!r}"}\nassets: [https://example.org/a.tif]\n'
    found = problems(text, tmp_path)
    assert [where for where, _, _ in found] == ["catalog.yaml:2:18", "catalog.yaml:2:39"]
    assert "given to every asset" in found[0][1]
    assert "without !r" in found[1][1]
