"""Outlines on maps: the map that suits, its rim, the cut at 180°, and what lies under them."""

from typing import Any

import numpy as np
import pytest
from exhibits import box
from pyproj import Geod

from itemcat.viewer.coast import coast
from itemcat.viewer.maps import PROJECTIONS, Projection, backdrop, detail, draw, fitting, rim
from itemcat.viewer.rings import Rings, outlines

ARCTIC, ANTARCTIC, WORLD = PROJECTIONS


def of(*geometries: Any) -> Rings:
    return Rings.of([ring for geometry in geometries for ring in outlines(geometry, None)])


@pytest.mark.parametrize(
    ("geometries", "key"),
    [
        ([box(-50, 66, -48, 67)], "arctic"),
        ([box(-180, 51, 180, 90)], "arctic"),
        ([box(-50, -80, -48, -75)], "antarctic"),
        ([box(-50, 66, -48, 67), box(0, -80, 1, -79)], "world"),
        ([box(0, 49, 1, 60)], "world"),
        ([], "world"),
    ],
)
def test_the_projection_suits_the_data(geometries: list[Any], key: str) -> None:
    assert fitting(of(*geometries)) == key


@pytest.mark.parametrize(
    ("projection", "latitude"),
    [(ARCTIC, 72.0), (ANTARCTIC, -72.0), (WORLD, 0.0), (WORLD, 75.0)],
)
def test_areas_are_those_on_the_ellipsoid(projection: Projection, latitude: float) -> None:
    """On polar maps near the parallels whose scale is true, on that of the world everywhere."""
    x, y = draw(of(box(10, latitude, 11, latitude + 1)), projection).points.astype(float).T
    measured = abs(x[:-1] @ y[1:] - x[1:] @ y[:-1]) / 2
    longitudes, latitudes = outlines(box(10, latitude, 11, latitude + 1), None)[0].T
    expected = Geod(ellps="WGS84").polygon_area_perimeter(longitudes, latitudes)[0]
    assert measured == pytest.approx(abs(expected), rel=0.05)


def test_an_area_that_is_cut_at_180_degrees_is_one_on_polar_maps() -> None:
    drawing = draw(of(box(178, 70, 180, 72), box(-180, 70, -178, 72)), ARCTIC)
    east, west = np.split(drawing.points, [drawing.starts[1]])
    seam = [one for one in east.tolist() if any(np.allclose(one, two, atol=1) for two in west)]
    assert len(seam) >= 3
    width = np.ptp(drawing.points, axis=0).max()
    assert width < 400_000


def test_an_area_that_is_cut_at_180_degrees_is_at_both_ends_of_the_world() -> None:
    drawing = draw(of(box(178, 10, 180, 12), box(-180, 10, -178, 12)), WORLD)
    east, west = np.split(drawing.points, [drawing.starts[1]])
    assert east[:, 0].min() > 0 > west[:, 0].max()


def test_what_lies_beyond_the_map_is_pushed_to_its_rim_and_not_drawn() -> None:
    drawing = draw(of(box(0, 10.5, 5, 40), box(0, -10, 5, 0), box(0, 60, 5, 70)), ARCTIC)
    assert drawing.shown.tolist() == [True, False, True]
    assert np.isfinite(drawing.points).all()
    radius = np.hypot(*rim(ARCTIC).points.T)
    assert np.hypot(*drawing.points.T).max() <= radius.max() + 1
    at_rim = np.hypot(*drawing.points.T) > radius.min() - 1
    assert not (drawing.pen & at_rim & np.append(at_rim[1:], False)).any()


@pytest.mark.parametrize("projection", PROJECTIONS)
def test_every_place_has_finite_coordinates(projection: Projection) -> None:
    whole = {"type": "MultiPoint", "coordinates": [[-180, -90], [180, 90], [0, 0], [180, -90]]}
    assert np.isfinite(draw(of(whole, box(-180, -90, 180, 90)), projection).points).all()


@pytest.mark.parametrize("projection", PROJECTIONS)
def test_no_items_make_an_empty_map(projection: Projection) -> None:
    drawing = draw(of(), projection)
    assert len(drawing.points) == len(drawing.shown) == 0
    assert detail(of(), drawing, projection) is None


def test_the_coast_is_that_of_the_earth() -> None:
    found = coast("l")
    assert found
    lengths = sorted((len(ring) for ring in found.land), reverse=True)
    assert lengths[0] > 5000
    greenland = [r for r in found.land if np.ptp(r[:, 1]) > 20 and r[:, 0].max() < -10]
    assert max(ring[:, 1].max() for ring in greenland) == pytest.approx(83.6, abs=0.1)
    assert (np.abs(np.concatenate([*found.land, *found.lakes])) <= (180, 90)).all()


def test_antarctica_has_no_line_along_its_cuts() -> None:
    land = backdrop(ANTARCTIC).land
    points = land.points.astype(float)
    following = np.append(points[1:], points[-1:], axis=0)
    is_cut = (np.abs(points[:, 0]) < 1) & (np.abs(following[:, 0]) < 1)
    assert is_cut.any()
    assert not (is_cut & land.pen).any()


def test_data_in_one_region_have_its_coast_in_detail() -> None:
    rings = of(box(-50, 66, -48, 67))
    near = detail(rings, draw(rings, ARCTIC), ARCTIC)
    assert near
    under, corners = near
    inside = ((under.land.points > corners[0]) & (under.land.points < corners[1])).all(axis=1)
    whole = backdrop(ARCTIC).land.points
    coarse = ((whole > corners[0]) & (whole < corners[1])).all(axis=1)
    assert inside.sum() > 2 * coarse.sum() > 0
    assert {"66°N", "50°W"} <= set(under.labels)


def test_data_all_over_a_map_need_no_detail() -> None:
    rings = of(box(-50, 66, -48, 67), box(100, 66, 101, 67))
    assert detail(rings, draw(rings, ARCTIC), ARCTIC) is None


@pytest.mark.parametrize("projection", PROJECTIONS)
def test_every_line_of_the_grid_is_drawn_and_has_a_text(projection: Projection) -> None:
    grid = backdrop(projection).grid
    assert len(backdrop(projection).labels) == len(grid.shown) > 12
    drawn = np.add.reduceat(grid.pen.astype(int), grid.starts[:-1])
    assert (drawn > 10).all()
