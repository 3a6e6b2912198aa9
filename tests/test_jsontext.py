"""A text that is changed as little as possible."""

import json
from difflib import unified_diff
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from metadata import real

from itemcat.jsontext import fresh, parsed, patched

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=4),
    lambda part: (
        st.lists(part, max_size=4) | st.dictionaries(st.text(max_size=3), part, max_size=4)
    ),
    max_leaves=12,
)
INDENTS = st.sampled_from([None, 0, 1, 2, 4, "\t"])


@given(VALUES, VALUES, INDENTS, st.booleans(), st.sampled_from(["\n", "\r\n"]))
def test_any_text_takes_any_value(old: Any, new: Any, indent: Any, plain: bool, end: str) -> None:
    text = json.dumps(old, indent=indent, ensure_ascii=plain).replace("\n", end)
    assert parsed(text) == old
    assert patched(text, old) == text
    assert parsed(patched(text, new)) == json.loads(patched(text, new)) == new


@given(st.dictionaries(st.text(max_size=3), VALUES, min_size=1), VALUES, INDENTS)
def test_what_is_added_leaves_all_else_as_it_stands(old: Any, new: Any, indent: Any) -> None:
    text = json.dumps(old, indent=indent)
    key = max(old) + "x"
    changed = patched(text, {**old, key: new})
    assert changed.startswith(text.rstrip("}\n"))
    assert list(json.loads(changed)) == [*old, key]
    assert patched(changed, old) == text


LINKS = """\
{
    "title": "Sea of \\u00c5land",
    "links": [
        { "rel": "root", "href": "a" },
        { "rel": "child", "href": "b" }
    ], "box": [[1.0,
      2]],
\t"last" : 1
}"""


def test_the_style_is_that_of_what_stands_beside() -> None:
    value = json.loads(LINKS)
    value["links"].insert(1, {"rel": "via", "href": "é"})
    value["links"][2]["title"] = "B"
    value["last"] = True
    value["new"] = {"a": [1]}
    assert patched(LINKS, value) == LINKS.replace(
        '"href": "a" },',
        '"href": "a" },\n        {"rel": "via", "href": "\\u00e9"},',
    ).replace('"b" }', '"b", "title": "B" }').replace(
        '"last" : 1',
        '"last" : true,\n    "new": {\n        "a": [\n            1\n        ]\n    }',
    )


def test_line_ends_byte_order_mark_and_the_lack_of_a_last_newline_stay() -> None:
    text = '\ufeff{\r\n  "a": 1\r\n}'
    assert patched(text, {"a": 1, "b": [2]}) == (
        '\ufeff{\r\n  "a": 1,\r\n  "b": [\r\n    2\r\n  ]\r\n}'
    )


def test_of_a_key_that_is_there_twice_the_last_one_counts() -> None:
    text = '{"a": 1, "b": 2, "a": 3}'
    assert parsed(text) == {"a": 3, "b": 2}
    assert patched(text, {"a": 4, "b": 2}) == '{"a": 1, "b": 2, "a": 4}'
    assert patched(text, {"b": 2}) == '{"b": 2}'


@pytest.mark.parametrize(
    "text",
    [
        *("", "{", "[1,]", '{"a" 1}', '{"a": 1,}', "{1: 2}", "[1 2]", "[] []", "NaN", "[Infinity]"),
        *("[" * 100_000, '"\x01"', "{'a': 1}", "[01]"),
    ],
)
def test_what_is_no_json_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        parsed(text)


def test_a_new_text_has_every_sign_as_itself() -> None:
    assert fresh({"a": "é"}) == '{\n  "a": "é"\n}\n'


def test_a_link_more_is_a_small_change_in_every_real_document() -> None:
    """Whatever its style: no line is touched but the new ones and those that they follow."""
    count = 0
    for path in real().rglob("*.json"):
        text = path.read_bytes().decode()
        value = parsed(text)
        assert value == json.loads(text)
        assert patched(text, value) == text
        if "links" not in value:
            continue
        count += 1
        value["links"].append({"rel": "child", "href": "é", "type": "t", "title": "T"})
        changed = patched(text, value)
        assert json.loads(changed) == value
        before, after = text.splitlines(), changed.splitlines()
        lines = [line[0] for line in unified_diff(before, after, n=0, lineterm="")][2:]
        assert (lines.count("-") <= 1, lines.count("+") <= 7) == (True, True), path
    assert count > 2000
