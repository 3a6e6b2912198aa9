"""What is said against a spec: every mistake with its place, in plain words, all at once."""

import re
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from specs import ASSETS, CATALOG, FULL, URL

from itemcat.errors import Problems, SpecError
from itemcat.model import Spec
from itemcat.spec.load import MAX_PROBLEMS, load_spec


def problems(text: str, folder: Path) -> list[tuple[str, str, str]]:
    (folder / "catalog.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(Problems) as caught:
        load_spec(folder, shown="catalog.yaml")
    assert all(type(error) is SpecError for error in caught.value.errors)
    assert caught.value.exit_code == 2
    return [(error.where, error.what, error.hint) for error in caught.value.errors]


def entry(text: str) -> str:
    """A spec whose first entry begins in line 3."""
    return f"{CATALOG}assets:\n  - {text}\n"


def field(text: str) -> str:
    """A spec with one more field, in line 2."""
    return f"{CATALOG}{text}\n{ASSETS}"


URL_RULE = "must be an http or https URL with a host and without spaces"
BELOW = "none of them '.' or '..'"
TIME_RULE = "must be a date, a time (RFC 3339) or a template with fields in braces"
FORMS = (
    "must be a URL, or a mapping with 'url', 'urls', 'files', 'zenodo', 'invenio', 'figshare', "
    "'dataverse', 'index' or 'bucket'"
)


@pytest.mark.parametrize(
    ("text", "where", "what", "hint"),
    [
        ("", "1:1", "the spec: has no value: must be a mapping with at least 'catalog' and", ""),
        ("# nothing", "1:1", "the spec: has no value", ""),
        ("- a", "1:1", "the spec: must be a mapping with at least", ""),
        ("a text", "1:1", "the spec: must be a mapping with at least", ""),
        (CATALOG, "1:1", "assets: is missing", f'for example assets: ["{URL[:-5]}data/a.tif"]'),
        (ASSETS, "1:1", "catalog: is missing", 'for example catalog: {"id": "lakes", "title"'),
        (CATALOG + "assets:", "2:8", "assets: has no value: must be a list", "for example assets"),
        (CATALOG + "assets: []", "2:9", "assets: must have at least one entry", "for example"),
        (CATALOG + f"assets: {URL}", "2:9", "assets: must be a list, not text", "for example"),
        (field("item: {}"), "2:1", "item: unknown key 'item'", "did you mean 'items'?"),
        (
            field("xyz: 1"),
            "2:1",
            "unknown key 'xyz'",
            "keys here are 'catalog', 'output', 'layout'",
        ),
        (field("'a b': 1"), "2:1", "['a b']: unknown key 'a b'", "the keys here are"),
        ("catalog:\n  titel: x\n" + ASSETS, "2:3", "catalog.titel: unknown key", "'title'"),
        ("catalog:\n  titel: x\n" + ASSETS, "2:3", "catalog.title: is missing", "for example"),
        ("catalog: []\n" + ASSETS, "1:10", "catalog: must be a mapping of keys, not a list", "id"),
        (CATALOG.replace("lakes", "my id") + ASSETS, "1:15", "catalog.id: 'my id' must be", "id:"),
        (CATALOG.replace("lakes", '".a"') + ASSETS, "1:15", "catalog.id: '.a' must be", ""),
        (CATALOG.replace("lakes", '"a\\n"') + ASSETS, "1:15", "catalog.id: 'a\\n' must be", ""),
        (CATALOG.replace("Lakes", "''") + ASSETS, "1:29", "catalog.title: must not be empty", ""),
        (CATALOG.replace("Lakes", "[a]") + ASSETS, "1:29", "must be text, not a list", "quotes"),
        (field("output: /a"), "2:9", "output: '/a' must be a folder below", "for example output:"),
        *((field(f"output: '{bad}'"), "2:9", BELOW, "") for bad in ["..", "a/../b", "./a", "a//b"]),
        *(
            (field(f"output: '{bad}'"), "2:9", BELOW, "")
            for bad in ["a/", "C:/a", "a\\b", ".", "/"]
        ),
        *((field(f"output: '{bad}'"), "2:9", BELOW, "") for bad in ["a/..", "a:b", "a*", "a/./b"]),
        (field("output: ''"), "2:9", "output: must not be empty", ""),
        (field('output: "a\\n"'), "2:9", "output: 'a\\n' must be", ""),
        (field("items:"), "2:7", "items: has no value: must be a mapping of keys", "for example"),
        (field("items: {id: {stem}}"), "2:13", "'{stem}' without its quotes is a", "in quotes"),
        (field("items: {properties: [a]}"), "2:21", "items.properties: must be a mapping", "CC-BY"),
        (field("items: {asset: {role: a}}"), "2:17", "items.asset.role: unknown", "'roles'"),
        (
            field("items: {asset: {roles: a}}"),
            "2:24",
            "roles: must be a list, not text",
            '["data"]',
        ),
        (
            field("items: {asset: {roles: [a, b, a]}}"),
            "2:31",
            "roles[2]: 'a' is there twice",
            "one",
        ),
        (field("items: {asset: {roles: [{}]}}"), "2:25", "roles[0]: must be text, not", "quotes"),
        (field("items: {datetime: 2019}"), "2:19", f"items.datetime: '2019' {TIME_RULE}", "2019-"),
        (field("items: {datetime: 24.2.2019}"), "2:19", TIME_RULE, "for example datetime:"),
        (field("items: {datetime: 2019-02-30}"), "2:19", "'2019-02-30': there is no such day", ""),
        (field("items: {datetime: 2019-02-03T25:00:00Z}"), "2:19", "no such day or time", ""),
        (
            field("items: {datetime: []}"),
            "2:19",
            "must be a time, or a mapping with",
            "for example",
        ),
        (field("items: {datetime: {}}"), "2:19", "must have one of 'start' and 'end', 'tag'", ""),
        (field("items: {datetime: {star: a}}"), "2:19", "must have one of", "mean 'start'?"),
        (field("items: {datetime: {start: '{a}'}}"), "2:19", "datetime.end: is missing", "{end}"),
        (field("items: {datetime: {tag: a, end: b}}"), "2:20", "must have only one of", ""),
        (field("items: {datetime: {tag: ''}}"), "2:25", "datetime.tag: must not be empty", "TIFF"),
        (field("fetch: {netcr: true}"), "2:9", "fetch.netcr: unknown key", "mean 'netrc'?"),
        (field("fetch: {netrc: yes}"), "2:16", "netrc: must be true or false, not text", "true"),
        (field("fetch: {rate: 30/min}"), "2:15", "must be a mapping of keys, not text", "zenodo"),
        (field("fetch: {rate: {a.org: 30}}"), "2:23", "such as 30/min or 2000/h, not a", "30/min"),
        (field("fetch: {rate: {a.org: 0/min}}"), "2:23", "'0/min' must be requests a min", ""),
        (field("fetch: {rate: {'https://a.org': 1/h}}"), "2:15", "fetch.rate: must be by host", ""),
        (field("fetch: {headers: {a.org: {rAnge: x}}}"), "2:26", "'rAnge' must be the name", ""),
        (field("fetch: {headers: {a.org: {A b: x}}}"), "2:26", "'A b' must be the name of", ""),
        (field("fetch: {headers: {a.org: {A: $B}}}"), "2:30", "no other dollar sign", "${TOKEN}"),
        (field('fetch: {headers: {a.org: {A: "b\\n"}}}'), "2:30", "must be printable ASCII", ""),
        (field("read: {statistics: exac}"), "2:20", "'sampled', 'none', not 'exac'", "'exact'?"),
        (field("read: {statistics: [a]}"), "2:20", "must be one of 'exact', 'sampled'", "quotes"),
        (field("read:\n  statistics:"), "3:14", "has no value: must be one of 'exact'", "example"),
        (field("read: {extensions: [projj]}"), "2:21", "extensions[0]: must be one of", "'proj'?"),
        (field("read: {extensions: [eo, eo]}"), "2:25", "extensions[1]: 'eo' is there twice", ""),
        (entry("data/*.tif"), "3:5", f"assets[0]: {URL_RULE} (local files are written as", URL[:8]),
        (entry("12"), "3:5", f"assets[0]: {URL_RULE}", "for example - "),
        (entry(""), "3:4", f"assets[0]: has no value: {FORMS}", "for example - "),
        (entry("[a]"), "3:5", f"assets[0]: {FORMS}, not a list", "for example - "),
        (entry("{}"), "3:5", "assets[0]: must have one of 'url', 'urls', 'files'", "for example"),
        (entry("ulr: x"), "3:5", "assets[0]: must have one of 'url', 'urls'", "mean 'url'?"),
        (entry("torrent: 1"), "3:5", "assets[0]: must have one of 'url', 'urls', 'files'", ""),
        *(
            (entry(f"zenodo: {bad}"), "3:13", f"assets[0].zenodo: {shown}must be a record on", "")
            for bad, shown in [
                ("abc", "'abc' "),
                ("0", "'0' "),
                ("1.5", "'1.5' "),
                ("true", "'true' "),
                ("10.1234/x.1", "'10.1234/x.1' "),
                ("https://zenodo.org/records/1?token=s3cret", ""),
                ("https://me:s3cret@zenodo.org/records/1", ""),
                ("https://example.org/records/1", ""),
                ("[1]", ""),
                ("{a: 1}", ""),
            ]
        ),
        *(
            (entry(f"index: {bad}"), "3:12", "index: must be the address of a folder", "for e")
            for bad in [
                "https://example.org/data",
                "https://example.org/data/?C=N",
                "https://me:s3cret@example.org/data/",
                "ftp://example.org/data/",
                "data/",
            ]
        ),
        (entry("zenodo:"), "3:12", "zenodo: has no value: must be a record on", "zenodo: 7568049"),
        *(
            (entry(f"invenio: {bad}"), "3:14", "invenio: must be the address of a record", "for e")
            for bad in [
                "https://example.org/records/a?token=s3cret",
                "https://me:s3cret@example.org/records/a",
                "https://example.org/records/../a",
                "https://example.org/records/a/files/b",
                "https://example.org/x",
                "ftp://example.org/records/a",
                "abc-1",
            ]
        ),
        *(
            (entry(f"figshare: {bad}"), "3:15", "must be an article on Figshare", "for e")
            for bad in [
                "0",
                "10.5281/zenodo.1",
                "10.6084/m9.figshare.x",
                "https://figshare.com/articles/dataset/a/1?private_link=s3cret",
                "https://figshare.com.example.org/articles/1",
                "http://figshare.com/articles/1",
            ]
        ),
        *(
            (entry(f"dataverse: {bad}"), "3:16", "dataverse: must be a dataset", "for e")
            for bad in [
                "10.70122/FK2/ABCDEF",
                "https://example.org/dataset.xhtml",
                "https://me:s3cret@example.org/dataset.xhtml?persistentId=doi:10.1/A",
                "https://example.org/dataset.xhtml?persistentId=doi:10.1/A&key=s3cret",
                "https://example.org/dataset.xhtml?persistentId=ark:/1/2",
                "ftp://example.org/dataset.xhtml?persistentId=doi:10.1/A",
            ]
        ),
        (
            entry("invenio: https://a:0/records/1"),
            "3:14",
            "port 0 cannot be reached",
            "for example",
        ),
        *(
            (entry(f"zenodo: 1\n    include: {bad}"), "4:14", "include: must be a pattern of", "")
            for bad in ["{a: b}", "[[a]]", "[1]"]
        ),
        (
            entry("zenodo: 1\n    include: []"),
            "4:14",
            "include: must be a pattern of file names",
            "",
        ),
        (entry("zenodo: 1\n    include: ''"), "4:14", "include: must not be empty", ""),
        (entry("zenodo: 1\n    includes: a"), "4:5", "unknown key 'includes'", "'include'?"),
        (entry("files: a\n    include: a"), "4:5", "unknown key 'include'", ""),
        ("catalog: {id: a}\n" + ASSETS, "1:10", "catalog.title: is missing", "for example title"),
        ("catalog: {}\nassets: [{zenodo: 1}]", "1:10", "catalog.id: is missing", "for example id"),
        (entry("{url: a, files: b}"), "3:14", "assets[0]: must have only one of 'url', 'urls'", ""),
        (entry("url:"), "3:9", f"assets[0].url: has no value: {URL_RULE}", "for example url:"),
        *(
            (entry(f"url: '{bad}'"), "3:10", URL_RULE, "")
            for bad in ["ftp://a/b", "//a", "http://"]
        ),
        *((entry(f"url: '{bad}'"), "3:10", URL_RULE, "") for bad in ["http:///a", "https://a b/"]),
        *(
            (entry(f'url: "{bad}"'), "3:10", URL_RULE, "")
            for bad in [f"{URL}\\n", f"{URL}\\0", "a"]
        ),
        (entry("url: https://a:99999/"), "3:10", "host or port cannot be understood", ""),
        (entry("url: https://a:0/"), "3:10", "port 0 cannot be reached", ""),
        (entry("url: 'https://[1::2::3]/'"), "3:10", "host or port cannot be understood", ""),
        (entry("url: https://a/\n    sha256: ABC"), "4:13", "sha256: 'ABC' must be 64 lower-", ""),
        (
            entry("url: https://a/\n    datetim: 1"),
            "4:5",
            "assets[0].datetim: unknown",
            "'datetime'",
        ),
        (
            entry("url: https://a/\n    href: b"),
            "4:5",
            "assets[0].href: unknown key 'href'",
            "keys",
        ),
        (
            entry("urls: ftp://a/b"),
            "3:11",
            "must be the path of a list file",
            "tif_links",
        ),
        (entry("urls: https://a:x/b"), "3:11", "must be the path of a list file", ""),
        (entry("urls: a\n    sha256: b"), "4:5", "assets[0].sha256: unknown key 'sha256'", ""),
        *((entry(f"files: '{bad}'"), "3:12", BELOW, "") for bad in ["/a", "../a", "./a", "C:/a"]),
        *((entry(f"files: '{bad}'"), "3:12", BELOW, "") for bad in ["a/../b", "a\\b", "a//b", URL]),
        (entry("files: *.tif"), "3:13", "a text cannot start with '*'", "quotes"),
        (
            entry("files: a\n    href: data/{name}"),
            "4:11",
            "href: must be an absolute http",
            "{name}",
        ),
        (entry("url: https://a/\n    properties: 1"), "4:17", "must be a mapping of keys", ""),
        (entry("url: https://a/\n    url: https://b/"), "4:5", "'url' is here a second time", ""),
    ],
)
def test_says(text: str, where: str, what: str, hint: str, tmp_path: Path) -> None:
    found = problems(text, tmp_path)
    assert any(
        found_where == f"catalog.yaml:{where}" and what in found_what and hint in found_hint
        for found_where, found_what, found_hint in found
    ), found


@pytest.mark.parametrize(
    "text",
    [
        field("output: /a"),
        field("read: {statistics: [a]}"),
        field("items: {datetime: {start: '{a}'}}"),
        field("items: {id: {stem}}"),
        entry("url: ''"),
        entry("url: https://a:99999/"),
        entry("ulr: x"),
        entry("{url: https://a/, files: b, href: c}"),
        CATALOG + "assets:",
        "[]",
    ],
)
def test_says_one_thing_of_one_mistake(text: str, tmp_path: Path) -> None:
    assert len(problems(text, tmp_path)) == 1


def test_all_problems_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = f"""\
read: {{statistics: some}}
output: ..
items:
  id: !x a
  id: b
  datetime: {{start: 2019-02-30, end: yesterday}}
catalog: {{id: a b, title: '', description: c, title: d}}
assets:
  - {URL}
  - nonsense
  - url: {URL}
    sha: 1
  - files: /a
"""
    assert [where.removeprefix("catalog.yaml:") for where, _, _ in problems(text, tmp_path)] == [
        *("1:20", "2:9", "4:7", "5:3", "6:21", "6:38", "7:15", "7:27", "7:47"),
        *("10:5", "12:5", "13:12"),
    ]


def test_a_broken_long_file_does_not_answer_without_end(tmp_path: Path) -> None:
    found = problems(CATALOG + "assets:\n" + "  - nonsense\n" * (MAX_PROBLEMS + 5), tmp_path)
    assert len(found) == MAX_PROBLEMS + 1
    assert found[-1][:2] == ("catalog.yaml", "there are more problems than these 1000")


@pytest.mark.parametrize(
    "text",
    [
        entry("url: 'https://me:s3cret@example.org/a b'"),
        entry("'https://example.org/a b?token=s3cret'"),
        entry("'me:s3cret@example.org/a'"),
        entry("url: https://me:s3cret@example.org:99999/"),
        entry("urls: 'ftp://example.org/a?token=s3cret'"),
        entry("files: 'https://example.org/a b?token=s3cret'"),
        entry("files: a\n    href: 'htps://me:s3cret@example.org/{name}'"),
        field("output: 'https://example.org/a?token=s3cret'"),
        field("read: {statistics: 'https://example.org/a?token=s3cret'}"),
        field("'https://example.org/a?token=s3cret': 1"),
        field("fetch: {headers: {example.org: {Authorization: s3cret£}}}"),
        field("fetch: {headers: {'https://me:s3cret@example.org': {}}}"),
    ],
)
def test_no_secret_is_shown(text: str, tmp_path: Path) -> None:
    assert "s3cret" not in str(problems(text, tmp_path))


def outcome(text: str | bytes) -> Spec | None:
    """The spec of a text, or None where it is refused in the way it should be."""
    with TemporaryDirectory() as folder:
        path = Path(folder, "catalog.yaml")
        path.write_bytes(text if isinstance(text, bytes) else text.encode(errors="replace"))
        try:
            return load_spec(path, shown="catalog.yaml")
        except Problems as found:
            errors = found.errors
    for error in errors:
        assert type(error) is SpecError
        assert re.fullmatch(r"catalog\.yaml(:\d+:\d+)?", error.where)
        assert 0 < len(error.what) < 500
        assert "\n" not in error.what + error.hint
    return None


FRAGMENTS = st.sampled_from(
    [
        *"{}[]#|%\0\\'\"\n\té",
        ": ",
        "- ",
        "&a ",
        "*a",
        "!x ",
        "? ",
        "<<",
        "  ",
        "null",
        "2019",
        "{a}",
    ]
)


@settings(deadline=None, max_examples=300)
@given(st.lists(st.tuples(st.integers(0, len(FULL)), st.integers(0, 40), FRAGMENTS), max_size=4))
def test_a_mutilated_spec_is_read_or_refused(cuts: list[tuple[int, int, str]]) -> None:
    text = FULL
    for start, length, instead in cuts:
        text = text[:start] + instead + text[start + length :]
    spec = outcome(text)
    assert spec is None or spec.sources


@settings(deadline=None, max_examples=150)
@given(st.text() | st.binary())
def test_any_text_is_read_or_refused(text: str | bytes) -> None:
    assert outcome(text) is None
