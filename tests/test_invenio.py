"""An answer about a record may be anything: what is not in the right form is not there."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from repository import Repository
from server import Server

from itemcat import manifest
from itemcat.errors import SourceError
from itemcat.model import Manifest
from itemcat.sources.invenio import File, Record

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=4),
    lambda part: (
        st.lists(part, max_size=3) | st.dictionaries(st.text(max_size=4), part, max_size=3)
    ),
    max_leaves=6,
)


@pytest.fixture(scope="module")
def answers() -> list[dict[str, Any]]:
    with Server() as server:
        repository = Repository(server, "https://example.org")
        return [
            repository.publish("1234", {"a.tif": b"a"}, form=form) for form in ("zenodo", "invenio")
        ]


def record(answer: dict[str, Any]) -> Record:
    return Record("https://example.org", answer, "here")


def test_both_forms_say_the_same(answers: list[dict[str, Any]]) -> None:
    old, new = map(record, answers)
    assert old.files() == new.files() == [File("a.tif", 1, "md5:0cc175b9c0f1b6a831c399e269772661")]
    assert old.publication().title == new.publication().title == "Lakes on ice"
    assert old.publication().providers == new.publication().providers[:-1]
    assert old.publication().license == new.publication().license == "CC-BY-4.0"
    assert (old.concept, new.concept) == ("concept-1", "concept-1")
    assert (old.page, old.is_outdated, new.is_outdated) == (
        "https://example.org/records/1234",
        False,
        False,
    )


def paths(value: Any) -> list[tuple[Any, Any]]:
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    found = []
    for key, part in pairs:
        found.append((value, key))
        if isinstance(part, dict | list):
            found += paths(part)
    return found


@given(st.data())
def test_an_answer_with_anything_in_any_place_is_read_or_refused(
    answers: list[dict[str, Any]], data: st.DataObject
) -> None:
    answer = json.loads(json.dumps(data.draw(st.sampled_from(answers))))
    for _ in range(data.draw(st.integers(1, 3))):
        holder, key = data.draw(st.sampled_from(paths(answer)))
        holder[key] = data.draw(ANYTHING)
    found = record(answer)
    assert found.concept is not None
    assert found.is_outdated in (True, False) and found.is_restricted in (True, False)
    assert found.files_link is None or isinstance(found.files_link, str)
    try:
        found.files()
        said = found.publication()
    except SourceError:
        return
    kept = Manifest("out", {}, {}, {"r": said})
    assert manifest.parse("m", manifest.dump(kept)).records == {"r": said}


@pytest.mark.parametrize(
    ("rights", "license"),
    [
        ([{"id": "cc-by-4.0"}], "CC-BY-4.0"),
        ([{"id": "cc-by-4.0"}, {"id": "mit"}], ""),
        ([{"title": {"en": "My own licence"}}], ""),
        ([], ""),
    ],
)
def test_of_several_licences_none_is_given(
    answers: list[dict[str, Any]], rights: Any, license: str
) -> None:
    answer = json.loads(json.dumps(answers[1]))
    answer["metadata"]["rights"] = rights
    assert record(answer).publication().license == license


@pytest.mark.parametrize("missing", ["title", "creators", "publication_date"])
def test_a_citation_is_whole_or_not_there(answers: list[dict[str, Any]], missing: str) -> None:
    answer = json.loads(json.dumps(answers[1]))
    assert record(answer).publication().citation
    del answer["metadata"][missing]
    assert record(answer).publication().citation == ""
