"""Outlines: what is a place, where vertices are put in, and which edges are drawn."""

from typing import Any

import numpy as np
import pytest
from exhibits import box
from hypothesis import given
from hypothesis import strategies as st

from itemcat.viewer.rings import Rings, outlines

NUMBERS = st.floats(-200, 200) | st.integers() | st.none() | st.text(max_size=2) | st.booleans()
JSON = st.recursive(NUMBERS, lambda inner: st.lists(inner, max_size=5), max_leaves=20)
KINDS = ["Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon", "X"]


def of(*geometries: Any) -> Rings:
    return Rings.of([ring for geometry in geometries for ring in outlines(geometry, None)])


def drawn(rings: Rings) -> list[tuple[list[float], list[float]]]:
    """The edges that are drawn."""
    return [
        (rings.points[n].tolist(), rings.points[n + 1].tolist()) for n in np.flatnonzero(rings.pen)
    ]


def test_no_edge_spans_more_than_a_degree() -> None:
    rings = of(box(-10, 50, 30.5, 53), box(5, 5, 5.5, 5.5))
    assert rings.starts.tolist() == [0, 41 + 3 + 41 + 3 + 1, 41 + 3 + 41 + 3 + 1 + 5]
    for start, end in zip(rings.starts[:-1], rings.starts[1:], strict=True):
        one = rings.points[start:end]
        assert np.abs(np.diff(one, axis=0)).max() <= 1
        assert (one[0] == one[-1]).all()
    corners = {tuple(point) for point in rings.points.tolist()}
    assert {(-10.0, 50.0), (30.5, 53.0), (5.5, 5.5)} <= corners


def test_many_outlines_are_as_each_alone() -> None:
    geometries = [box(n, n, n + 3, n + 1) for n in range(50)]
    alone = [of(geometry) for geometry in geometries]
    together = of(*geometries)
    assert (together.points == np.concatenate([one.points for one in alone])).all()
    assert (together.pen == np.concatenate([one.pen for one in alone])).all()


def test_no_line_leads_from_one_outline_to_the_next() -> None:
    rings = of(box(0, 0, 1, 1), box(10, 0, 11, 1))
    assert len(drawn(rings)) == 8
    assert all(abs(a[0] - b[0]) <= 1 for a, b in drawn(rings))


@pytest.mark.parametrize(
    ("geometry", "hidden"),
    [
        (box(170, 60, 180, 62), 180.0),
        (box(-180, 60, -170, 62), -180.0),
    ],
)
def test_no_line_is_drawn_along_180_degrees(geometry: Any, hidden: float) -> None:
    edges = drawn(of(geometry))
    assert len(edges) == 10 + 2 + 10
    assert not [edge for edge in edges if edge[0][0] == edge[1][0] == hidden]


def test_no_line_is_drawn_along_a_pole() -> None:
    edges = drawn(of(box(-180, 80, 180, 90)))
    assert len(edges) == 360
    assert {edge[0][1] for edge in edges} == {80.0}


def test_an_edge_across_all_longitudes_is_no_edge_along_180_degrees() -> None:
    assert len(drawn(of({"type": "LineString", "coordinates": [[-180, 10], [180, 10]]}))) == 360


@pytest.mark.parametrize(
    ("geometry", "lengths"),
    [
        ({"type": "Point", "coordinates": [1, 2]}, [1]),
        ({"type": "MultiPoint", "coordinates": [[1, 2], [3, 4]]}, [1, 1]),
        ({"type": "LineString", "coordinates": [[1, 2, 9], [3, 4, 9]]}, [2]),
        ({"type": "MultiLineString", "coordinates": [[[1, 2], [3, 4]], [[5, 6], [7, 8]]]}, [2, 2]),
        (box(0, 0, 1, 1), [5]),
        ({"type": "MultiPolygon", "coordinates": [box(0, 0, 1, 1)["coordinates"]] * 3}, [5, 5, 5]),
        ({"type": "GeometryCollection", "geometries": [box(0, 0, 1, 1)] * 2}, [5, 5]),
        ({"type": "GeometryCollection", "geometries": [{"type": "GeometryCollection"}]}, []),
        (None, []),
        ({"type": "Polygon", "coordinates": [[[0, 0], [500, 0], [0, 9], [0, 0]]]}, []),
        ({"type": "Polygon", "coordinates": [[[0, 0], ["x", 0], [0, 9], [0, 0]]]}, []),
        ({"type": "Polygon", "coordinates": []}, []),
        ({"type": "Polygon", "coordinates": [[]]}, []),
        ({"type": "Nonsense", "coordinates": [1, 2]}, []),
        ({"type": "Point", "coordinates": [10**400, 2]}, []),
        ({"type": []}, []),
        ([], []),
        ("Point", []),
    ],
)
def test_outlines_of(geometry: Any, lengths: list[int]) -> None:
    assert [len(ring) for ring in outlines(geometry, None)] == lengths


@pytest.mark.parametrize(
    ("bbox", "wests"),
    [
        ([1, 2, 3, 4], [1]),
        ([1, 2, 0, 3, 4, 9], [1]),
        ([170, 60, -170, 70], [170, -180]),
        ([1, 2, 3], []),
        (["a", "b", "c", "d"], []),
        ("1234", []),
    ],
)
def test_a_box_serves_where_there_is_no_geometry(bbox: Any, wests: list[float]) -> None:
    assert [ring[0, 0] for ring in outlines(None, bbox)] == wests
    assert len(outlines({"type": "Point", "coordinates": [0, 0]}, bbox)) == 1


def test_an_outline_of_very_many_vertices_is_thinned_and_stays_closed() -> None:
    angles = np.linspace(0, 2 * np.pi, 100_001)
    ring = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    ring[-1] = ring[0]
    (thin,) = outlines({"type": "Polygon", "coordinates": [ring.tolist()]}, None)
    assert 1000 < len(thin) <= 2001
    assert (thin[0] == thin[-1]).all()
    assert np.abs(np.hypot(*thin.T) - 1).max() < 1e-9


@given(st.sampled_from(KINDS), JSON, JSON)
def test_any_geometry_is_a_place_on_earth_or_none(kind: str, coordinates: Any, bbox: Any) -> None:
    for ring in outlines({"type": kind, "coordinates": coordinates}, bbox):
        assert ring.shape[1] == 2
        assert len(ring) > 0
        assert (np.abs(ring) <= (180.001, 90.001)).all()
    Rings.of(outlines({"type": kind, "coordinates": coordinates}, bbox))
