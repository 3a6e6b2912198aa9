"""YAML without its surprises: what stays text, what is refused, and where everything stands."""

import subprocess
import sys
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from itemcat.errors import Problems
from itemcat.spec.yamltext import MAX_ALIASED, MAX_DEPTH, Mark, read_yaml


def problems(text: str) -> list[tuple[str, str, str]]:
    """All problems of a text, those that end its reading and those that do not."""
    try:
        errors: tuple[Any, ...] = read_yaml(text, "f").problems
    except Problems as found:
        errors = found.errors
    return [(error.where, error.what, error.hint) for error in errors]


@pytest.mark.parametrize(
    "text",
    [
        *("2020-01-01", "2019-02-24T20:37:44Z", "12:30:00", "no", "yes", "on", "off", "y", "N"),
        *("True", "TRUE", "False", "Null", "NULL", "0123", "0o17", "0x1F", "0b1", "1_000", "+1"),
        *(".5", "1.", "1e999", ".inf", "-.inf", ".nan", "NaN", "=", "--1", "1 2", "1.2.3"),
        *("9223372036854775807", "9" * 5000, "-a", "½", "१२", "0.1.0", "1,5", "1e", "e1"),
    ],
)
def test_stays_text(text: str) -> None:
    assert read_yaml(f"a: {text}", "f").value == {"a": text}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *(("", None), ("~", None), ("null", None), ("true", True), ("false", False)),
        *(("0", 0), ("-12", -12), ("2025", 2025), ("9" * 18, 10**18 - 1)),
        *(("1.10", 1.1), ("-0.5", -0.5), ("1e3", 1000.0), ("2.5E-3", 0.0025), ("1e+2", 100.0)),
    ],
)
def test_resolves_as_json_does(text: str, value: Any) -> None:
    got = read_yaml(f"a: {text}", "f").value["a"]
    assert (got, type(got)) == (value, type(value))


@pytest.mark.parametrize("word", ["1", "true", "null", "", "~", "1.5", "<<"])
@pytest.mark.parametrize("form", ["'{}'", '"{}"'])
def test_quoted_is_text(word: str, form: str) -> None:
    assert read_yaml(f"a: {form.format(word)}", "f").value == {"a": word}


def test_keys_are_text_as_written() -> None:
    assert read_yaml("2019: a\ntrue: b\n1.10: c\n'<<': d\n", "f").value == {
        "2019": "a",
        "true": "b",
        "1.10": "c",
        "<<": "d",
    }


def test_places_are_those_of_values_and_keys() -> None:
    text = read_yaml("é😀: [a,\n  {b: 1}]\nc:\n  - d:\n      x\n", "f.yaml")
    assert str(text.place(())) == "f.yaml:1:1"
    assert str(text.place(("é😀",))) == "f.yaml:1:5"
    assert str(text.place(("é😀", 1), "b")) == "f.yaml:2:4"
    assert str(text.place(("é😀", 1, "b"))) == "f.yaml:2:7"
    assert str(text.place(("c", 0, "d"))) == "f.yaml:5:7"


def test_an_alias_is_what_it_names_and_stands_there() -> None:
    text = read_yaml("a: &x {k: [1, &y two]}\nb: *x\nc: *y\n", "f")
    assert text.value == {"a": {"k": [1, "two"]}, "b": {"k": [1, "two"]}, "c": "two"}
    assert str(text.place(("b", "k", 0))) == "f:1:12"


@pytest.mark.parametrize(
    ("text", "where", "what", "hint"),
    [
        ("a: 1\nb: 2\na: 3", "f:3:1", "the key 'a' is here a second time, first in line 1", "keep"),
        ("a: {b: 1, b: 2}", "f:1:11", "the key 'b' is here a second time", "keep one"),
        ("'1': a\n1: b", "f:2:1", "the key '1' is here a second time", "keep one"),
        ("a: &x {b: 1}\nc:\n  <<: *x", "f:3:3", "merge keys ('<<') are not supported", "'items:'"),
        ("a: !!python/object:os.system x", "f:1:4", "python/object:os.system' is not", "leave it"),
        ("a: !foo [b]", "f:1:4", "the tag '!foo' is not supported", "leave it out"),
        ("a: !!str 1", "f:1:4", "the tag 'tag:yaml.org,2002:str' is not", "leave it out"),
        ("a: ! 1", "f:1:4", "the tag '!' is not supported", "leave it out"),
        ("!x a: 1", "f:1:1", "the tag '!x' is not supported", "leave it out"),
        ("~: x", "f:1:1", "a key is missing before ':'", "quotes"),
        ("id: {stem}", "f:1:5", "'{stem}' without its quotes is a mapping", "in quotes"),
        ("a: [{start:%Y}]", "f:1:5", "'{start:%Y}' without its quotes is a mapping", "in quotes"),
        ("--- a\n--- b", "f:2:1", "a second document starts here", "'---'"),
        ("? [a]\n: b", "f:1:3", "a key must be text", "quotes"),
        ("? {a: b}\n: c", "f:1:3", "a key must be text", "quotes"),
        ("a: &x b\n*x : c", "f:2:1", "a key must be text", "quotes"),
        ("a: *b", "f:1:4", "the alias '*b' has no anchor before it", "quotes"),
        ("a: *.tif", "f:1:5", "a text cannot start with '*'", "quotes"),
        ("a: **/b", "f:1:5", "a text cannot start with '*'", "quotes"),
        ("a: - b", "f:1:4", "a list begins here that needs a line of its own", "indentation"),
        ("a: &x [1, {b: *x}]", "f:1:15", "the alias 'x' stands inside itself", ""),
        ("a: b: c", "f:1:5", "a second ': ' in one value", "quotes"),
        ("a: b\n c: d", "f:2:3", "a second ': ' in one value", "indentation"),
        ("a:\n\tb: 1", "f:2:1", "a tab stands where only spaces may", "indent with spaces"),
        ("a:\n  - b\n\t- c", "f:3:1", "a tab stands where only spaces may", "indent with spaces"),
        ("a: @b", "f:1:4", "no text can start with this character", "quotes"),
        ("a: [b,\n c", "f:3:1", "'[' is not closed (what is read here began in line 1)", "close"),
        ("a: {b: 1,\n c: 2", "f:3:1", "'{' is not closed", "close"),
        ("a: 'b\nc", "f:2:2", "the quotes opened before are not closed", "close"),
        ('a: "C:\\qgis"', "f:1:7", "an unknown escape in double quotes", "backslash twice"),
        ("a:\n  b: 1\n  - c", "f:3:3", "does not fit in here", "indentation"),
        ("a:\n  - b\n  c: 1", "f:3:3", "does not start with '-'", "indentation"),
        ("a: 1\nb\n", "f:3:1", "a line that is no 'key: value'", "':' missing"),
        ("%YAML 7.0\n--- a", "f:1:1", "a YAML version other than", "'%YAML'"),
        ("a: b\x07c", "f:1:5", "a control character (U+0007)", "remove"),
        ("a: é\nb: \x00", "f:2:4", "a control character (U+0000)", "remove"),
        ("a: " + "[" * MAX_DEPTH, f"f:1:{MAX_DEPTH + 3}", "more than 100 levels", ""),
    ],
)
def test_refuses(text: str, where: str, what: str, hint: str) -> None:
    found = problems(text)
    assert any(
        found_where == where and what in found_what and hint in found_hint
        for found_where, found_what, found_hint in found
    ), found


def test_names_all_that_can_be_read_around_and_what_ends_the_reading() -> None:
    text = "a: 1\na: 2\nb: !x {c}\nd: {e}\nf: [\n"
    assert [where for where, _, _ in problems(text)] == [
        "f:2:1",
        "f:3:4",
        "f:3:4",
        "f:4:4",
        "f:6:1",
    ]


def test_what_is_wrong_is_passed_over() -> None:
    assert read_yaml("a: 1\na: {b: 2}\n<<: [3]\nc: 4", "f").value == {"a": 1, "c": 4}


def test_a_mapping_from_a_key_to_nothing_is_one_where_its_colon_says_so() -> None:
    text = read_yaml("a: {b: }\nc: {d: null}\ne: {f, g}\nh:\n  i:\n", "f")
    assert text.problems == ()
    assert text.value == {"a": {"b": None}, "c": {"d": None}, "e": {"f": None, "g": None}} | {
        "h": {"i": None}
    }


def test_a_secret_in_a_key_is_not_shown() -> None:
    key = "https://me:pw@example.org/a?token=s3cret"
    (_, what, _), *_ = problems(f"'{key}': 1\n'{key}': 2")
    assert "s3cret" not in what
    assert "pw" not in what


def test_aliases_cannot_blow_up() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 30)]
    ((where, what, _),) = problems("\n".join(lines))
    assert where.startswith("f:6:")
    assert what == f"aliases stand for more than {MAX_ALIASED:,} values"


def test_aliases_cannot_nest_deeper_than_what_is_written() -> None:
    lines = ["a0: &a0 x"] + [f"a{n}: &a{n} [*a{n - 1}]" for n in range(1, MAX_DEPTH + 10)]
    ((where, what, _),) = problems("\n".join(lines))
    assert where.startswith(f"f:{MAX_DEPTH + 1}:")
    assert what == "more than 100 levels of mappings and lists"


def test_the_deepest_that_is_allowed_is_read() -> None:
    value = read_yaml("[" * MAX_DEPTH + "]" * MAX_DEPTH, "f").value
    levels = 1
    while value:
        (value,) = value
        levels += 1
    assert levels == MAX_DEPTH


def as_text(value: Any, mark: Mark) -> Any:
    """A value with every scalar as it is written, as PyYAML's BaseLoader has it."""
    if isinstance(value, dict):
        return {key: as_text(value[key], mark.children[key]) for key in value}
    if isinstance(value, list):
        return [as_text(part, mark.children[n]) for n, part in enumerate(value)]  # type: ignore
    return value if mark.text is None else mark.text


ORACLE = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
YAMLISH = st.text(
    st.one_of(st.sampled_from("ab01.-:?,[]{}#&*!|>'\"%@` \n\t~<=_/\\"), st.characters()),
    max_size=60,
)
PARTS = """\
a: b|- a|  - b: c|  c: 'd'|e: [1, {f: g}]|   text|? i|: j|k: &k v|l: *k|# m|---|...|n:
|  - {o: p, q}|"r": "s\\n"|- - t|u: >-
"""
YAMLISH_LINES = st.lists(st.sampled_from(PARTS.split("|")), max_size=8).map("\n".join)


@settings(deadline=None, max_examples=400)
@given(st.one_of(YAMLISH, YAMLISH_LINES))
def test_reads_what_pyyaml_reads_or_says_why_not(text: str) -> None:
    """Whatever the text, either Problems or the structure that another loader finds in it."""
    try:
        ours = read_yaml(text, "f")
    except Problems as found:
        assert all(error.where.startswith("f:") and error.what for error in found.errors)
        return
    if ours.problems:
        return
    theirs = yaml.load(text, ORACLE)  # noqa: S506
    if ours.value is None:
        assert theirs in (None, "", "~", "null")
    else:
        assert as_text(ours.value, ours.mark) == theirs


def test_reads_the_same_without_libyaml() -> None:
    """PyYAML comes without its C parser on some machines; the slow one must serve as well."""
    script = (
        "import sys; sys.modules['yaml._yaml'] = None\n"
        "import yaml; assert not yaml.__with_libyaml__\n"
        "from itemcat.spec.yamltext import read_yaml\n"
        "print(repr(read_yaml(sys.stdin.read(), 'f')))"
    )
    text = "a: &x {b: [1, no, 2020-01-01]}\nc: *x\nd: 'e\n  f'\ng: {stem}\na: 1\nh: !t i\n"
    done = subprocess.run(
        [sys.executable, "-c", script], input=text, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == repr(read_yaml(text, "f"))
