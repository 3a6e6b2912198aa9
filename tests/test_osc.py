"""The rules and the audit of the Open Science Catalog, over plain values."""

import json
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itemcat.jsontext import patched
from itemcat.openscience import Contact, NewProject, OpenScience
from itemcat.osc import Entry, Reach, audit, bundle
from itemcat.osc.rules import missing_targets, objections
from itemcat.osc.targets import VARIABLES, Target

SAID = OpenScience(project="greenland", status="ongoing", themes=("cryosphere",))
NEW = NewProject(
    "new", "New", "New.", "ongoing", "https://x.org", Contact("Ada", "a@x.org"), ("B",)
)


def item(number: int, box: list[float] | None, start: str, **asset: Any) -> dict[str, Any]:
    data = {"href": "https://example.org/a.tif", "roles": ["data"], "type": "image/tiff", **asset}
    place = {} if box is None else {"bbox": box}
    properties = {"datetime": start}
    return {"id": f"item-{number}", **place, "properties": properties, "assets": {"data": data}}


def reach(*items: dict[str, Any]) -> Reach:
    found = Reach()
    for one in items or (item(1, [1.0, 2.0, 3.0, 4.0], "2020-01-01T00:00:00Z"),):
        found.take(one)
    return found


def entry(found: Reach, **fields: Any) -> Entry:
    made = Entry(
        id="lakes",
        title="Lakes",
        description="Lakes.",
        license="CC-BY-4.0",
        keywords=(),
        doi="",
        via="https://zenodo.org/records/1",
        address="https://lakes.esa.int/catalog.json",
        reach=found,
        extent=found.extent,
        said=SAID,
    )
    return replace(made, **fields)


def whats(made: Entry) -> list[str]:
    return [one.what for one in objections(made, {}, None, None)]


def scores(made: Entry, types: Counter[str] | None = None) -> dict[tuple[str, str], float]:
    document = bundle(made, None, None).made["products/lakes/collection.json"]
    found = audit(document, made.reach.types if types is None else types)
    return {(one.name, one.what): one.value for one in found}


# ---------------------------------------------------------------------------------- the extent


def test_the_extent_is_one_box_and_one_interval_in_utc() -> None:
    found = reach(
        item(1, [170.0, -1.0, 179.0, 0.0], "2020-01-02T00:00:00Z"),
        item(2, [-179.0, -3.0, -170.0, 1.0], "2020-01-01T00:00:00.5Z"),
    )
    assert found.extent == {
        "spatial": {"bbox": [[170.0, -3.0, -170.0, 1.0]]},
        "temporal": {"interval": [["2020-01-01T00:00:00.5Z", "2020-01-02T00:00:00Z"]]},
    }
    assert whats(entry(found)) == []


@pytest.mark.parametrize(
    ("box", "what"),
    [
        ([66.7, -150.0, 67.4, 97.0], "not west, south, east, north in degrees"),  # swapped
        ([1.0, 4.0, 3.0, 2.0], "not west, south, east, north in degrees"),  # upside down
        ([300000.0, 7e6, 400000.0, 7.1e6], "not west, south, east, north in degrees"),  # metres
    ],
)
def test_a_box_that_is_none(box: list[float], what: str) -> None:
    [said] = whats(entry(reach(item(1, box, "2020-01-01T00:00:00Z"))))
    assert what in said


def test_items_without_a_place_and_times_without_a_zone() -> None:
    found = reach(item(1, None, "2020-01-01T00:00:00+00:00"))
    assert whats(entry(found)) == [
        "items: nobody knows where item-1 lies",
        "items.datetime: the time 2020-01-01T00:00:00+00:00 is not in UTC, with a Z at its end",
        "items.datetime: the time 2020-01-01T00:00:00+00:00 is not in UTC, with a Z at its end",
    ]


def test_a_catalog_without_items() -> None:
    found = entry(Reach(), extent=Reach().extent)
    assert whats(found) == ["assets: the catalog has no items"]


@pytest.mark.parametrize("name", ["con", "x" * 151, "lakes."])
def test_ids_that_are_no_folders(name: str) -> None:
    project = replace(SAID, new_project=replace(NEW, id=name))
    found = [one.split(":")[0] for one in whats(entry(reach(), id=name, said=project))]
    assert found == ["osc.product", "osc.project.id"]


# ---------------------------------------------------------------------------------- near misses


@pytest.mark.parametrize(
    ("wanted", "hint"),
    [
        ("Supraglacial Lakes", "did you mean 'supraglacial-lakes'?"),
        ("supraglacial-lake", "did you mean 'supraglacial-lakes'?"),
        ("Extent of lakes", "did you mean 'lake-extent'?"),
        ("extent-of-the-lakes", "did you mean 'lake-extent'?"),
        ("ozone", "variables/catalog.json lists them all"),
    ],
)
def test_what_may_have_been_meant(wanted: str, hint: str) -> None:
    names = {"supraglacial-lakes": "Supraglacial Lakes", "lake-extent": "Extent of lakes"}
    missing = [Target(VARIABLES, wanted, ("osc", "variables", 0))]
    [found] = missing_targets(missing, {"variables": names})
    assert (found.path, found.hint) == (("osc", "variables", 0), hint)


# ------------------------------------------------------------------------------------- the audit


def test_the_audit_has_twenty_criteria_of_which_ten_are_granted() -> None:
    found = scores(entry(Reach(), via="", address="", extent=reach().extent))
    assert (len(found), sum(found.values())) == (20, 10)


@pytest.mark.parametrize(
    ("fields", "name", "value"),
    [
        ({"doi": "10.5281/zenodo.1"}, "F1", 1),
        ({}, "F1", 0),
        ({"address": ""}, "F3.1", 0),
        ({"address": "https://lakes.esa.int/catalog.json"}, "F4.1", 1),
        ({"address": "https://esa.int.example.org/catalog.json"}, "F4.1", 0),
        ({"address": "https://raw.githubusercontent.com/a/b/main/catalog.json"}, "F4.1", 0),
        ({"address": "https://ice.github.io/lakes/catalog.json"}, "F4.1", 0),
        ({"via": "https://doi.org/10.5281/zenodo.1"}, "F4.2", 1),
        ({"via": "https://doi.pangaea.de/10.1594/PANGAEA.1"}, "F4.2", 1),
        ({"via": "https://example.org/data"}, "F4.2", 0),
        ({"said": replace(SAID, experiment="mapping")}, "R1.2", 1),
        ({"said": replace(SAID, visualisation="https://example.org")}, "R1.4", 1),
        ({"said": replace(SAID, example="https://example.org")}, "R1.5", 1),
    ],
)
def test_a_criterion(fields: dict[str, Any], name: str, value: float) -> None:
    found = scores(entry(reach(), **fields))
    assert [found[key] for key in found if key[0] == name] == [value]


def test_documentation_is_a_link_of_just_that_title() -> None:
    made = entry(reach(), said=replace(SAID, documentation="https://example.org"))
    assert scores(made)["I3", "documentation"] == 1
    assert scores(entry(reach()))["I3", "documentation"] == 0


def test_files_count_by_the_letters_of_their_media_types() -> None:
    types = Counter({"image/tiff": 1, "image/cog": 1, "image/tiff; application=geotiff": 2})
    found = scores(entry(reach()), types)
    assert found["A1.2", "files that it can open"] == 0.5
    assert found["R1.3", "cloud-native files"] == 0.25
    assert scores(entry(reach(), address=""), types)["A1.2", "files that it can open"] == 0


def test_only_assets_whose_roles_are_just_data_count() -> None:
    time = "2020-01-01T00:00:00Z"
    found = reach(
        item(1, [1, 2, 3, 4], time, roles=["data", "cloud-optimized"]),
        item(2, [1, 2, 3, 4], time),
    )
    assert found.types == Counter({"image/tiff": 1})


# -------------------------------------------------------------------------- documents of others


class Library:
    """A repository whose documents are all the same one, whatever that says."""

    site = "https://osc.example.org"

    def __init__(self, document: dict[str, Any]) -> None:
        self._document = document

    def document(self, _: str) -> dict[str, Any] | None:
        return self._document

    def folders(self, _: str) -> list[str]:
        return []

    def names(self, _: str) -> dict[str, str]:
        return {}


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda part: (
        st.lists(part, max_size=3)
        | st.dictionaries(st.sampled_from(["id", "scheme", "name", "rel", "roles"]), part)
    ),
    max_leaves=6,
)
RELS = ["root", "parent", "via", "child", "related", "item", "self"]
LINKS = st.lists(
    st.fixed_dictionaries(
        {"rel": st.sampled_from(RELS), "href": st.text(max_size=5)},
        optional={"title": VALUES, "type": VALUES},
    )
)
KEYS = ["id", "title", "themes", "stac_extensions", "osc:project", "osc:variables", "contacts"]
KEYS += ["cf:parameter", "properties", "assets", "extent", "osc:missions", "collection"]


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(KEYS), VALUES), LINKS)
def test_whatever_others_have_written_is_borne(document: dict[str, Any], links: Any) -> None:
    found = {**document, "links": links}
    said = replace(SAID, variables=("lakes",), parameters=("ice",), new_project=NEW, project="new")
    one = {**item(1, [1.0, 2.0, 3.0, 4.0], "2020-01-01T00:00:00Z"), "geometry": None}
    one |= {"stac_version": "1.0.0", "stac_extensions": []}
    made = bundle(entry(reach(), said=said), Library(found), [one])
    for path, text in made.made.items():
        assert json.loads(patched(json.dumps(found), text)) == text, path
    again = made.made[made.file]
    same = bundle(entry(reach(), said=said), Library(again), [one]).made[made.file]
    assert [link for link in same["links"] if link.get("rel") != "related"] == [
        link for link in again["links"] if link.get("rel") != "related"
    ]
