"""The outline of a raster on Earth: as few points as keep it within half a pixel."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from itemcat.readers.georeference import Georeference
from itemcat.readers.projection import Floats, UnplacedError

QUARTERS = np.linspace(0, 1, 5)
HALF_PIXEL = 0.5
WIDE = 45.0  # degrees of longitude between neighbours that may hide a way round the world
SHORT = 1e-9  # of an edge: what still leaps over so little is a pole, or a tear in the map
NOUGHT = 1e-12  # degrees: far below what is written
SMALL = 5e-8  # degrees: half of the last decimal that is written
# Many maps end in a square root, and their edge is found only roughly.
BLURRED = 5e-5  # degrees
BLURRED_SHARE = 0.005  # of half a pixel
PIXELS_DECIDE = 360.0  # degrees: no limit
TINY = 1e-300  # no division by nought where a segment has no length
NEAR_POLE = 89.0
MOST_SEGMENTS = 2048  # the grids of the missions take up to 250

Along = Callable[[Floats], tuple[Floats, Floats]]
"""From 0 to the number of its sides, once around a closed line, to columns and rows."""


@dataclass(frozen=True, slots=True)
class Outline:
    """A ring of longitudes and latitudes in degrees, WGS 84, that goes on over 180° unwrapped.

    `points` has the shape (n, 2); between neighbours the outline is straight in degrees. The
    last point is the first one again, `turns` times 360 degrees further: 0, or 1 eastward or -1
    westward where the ring goes round a pole.
    """

    points: Floats
    turns: int


def outline(reference: Georeference) -> Outline:
    """The edge of the pixel frame on Earth, or of that part of it which is on Earth.

    Raises UnplacedError if no pixel is on Earth, or if the edge cannot be followed.
    """
    found = ring_on_earth(reference, _corners(reference))
    if found is None:
        if not reference.may_be_cut:
            raise UnplacedError("a part of it is not on Earth, and the edge of that is not known")
        centre = _centre(reference)
        cut = _cut_frame(reference, centre)
        found = _follow(reference, cut, 4, _precision(reference, centre))
    if found is None:
        raise UnplacedError("the edge of what it shows of the Earth cannot be followed")
    return found


def ring_on_earth(reference: Georeference, ring: Floats) -> Outline | None:
    """A closed ring of columns and rows, of the shape (n, 2), as it lies on the Earth.

    None if a part of it is not on Earth. Raises UnplacedError if it cannot be followed.
    """
    return _follow(reference, _along(ring), len(ring) - 1, PIXELS_DECIDE)


def _corners(reference: Georeference) -> Floats:
    corners = np.array([[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]], dtype=np.float64)
    return corners * [reference.width, reference.height]


def _along(ring: Floats) -> Along:
    places = np.arange(len(ring))

    def along(t: Floats) -> tuple[Floats, Floats]:
        return np.interp(t, places, ring[:, 0]), np.interp(t, places, ring[:, 1])

    return along


def _cut_frame(reference: Georeference, centre: tuple[float, float]) -> Along:
    """The frame, drawn in towards a position on Earth as far as it lies outside.

    That is right for what is seen whole from one of its points, as discs and world maps are.
    """
    frame, (col, row) = _along(_corners(reference)), centre

    def along(t: Floats) -> tuple[Floats, Floats]:
        cols, rows = frame(t)

        def on_earth(share: Floats) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
            return np.isfinite(
                reference.locate(col + share * (cols - col), row + share * (rows - row))[0]
            )

        inside, outside = np.zeros_like(t), np.ones_like(t)
        whole = on_earth(outside)
        for _ in range(48):
            middle = (inside + outside) / 2
            good = on_earth(middle)
            inside, outside = np.where(good, middle, inside), np.where(good, outside, middle)
        share = np.where(whole, 1.0, inside)
        return col + share * (cols - col), row + share * (rows - row)

    return along


def _centre(reference: Georeference) -> tuple[float, float]:
    """The middle of what is on Earth: column and row of a position that is itself on Earth."""
    share = (np.arange(33) + 0.5) / 33
    cols, rows = np.meshgrid(share * reference.width, share * reference.height)
    good = np.isfinite(reference.locate(cols, rows)[0])
    if not good.any():
        raise UnplacedError("none of its pixels is on Earth")
    cols, rows = cols[good], rows[good]
    nearest = np.hypot(
        (cols - cols.mean()) / reference.width, (rows - rows.mean()) / reference.height
    ).argmin()
    return float(cols[nearest]), float(rows[nearest])


def _precision(reference: Georeference, centre: tuple[float, float]) -> float:
    """Half a pixel in the middle, in degrees of latitude.

    It counts at the edge of a disc, too, where one pixel sees a thousand kilometres.
    """
    cols, rows = centre[0] + np.array([0, HALF_PIXEL]), centre[1] + np.array([0, HALF_PIXEL])
    (lon, beside_lon), (lat, beside_lat) = reference.locate(cols, rows)
    east = ((beside_lon - lon + 180) % 360 - 180) * np.cos(np.radians(lat))
    return float(np.hypot(east, beside_lat - lat))


def _follow(reference: Georeference, along: Along, sides: int, limit: float) -> Outline | None:
    """Divides what bends until all is straight; None where the line leaves the Earth."""
    pending = np.arange(sides, dtype=np.float64)[:, None] + [0.0, 1.0]
    done: list[Floats] = []
    count = 0
    while len(pending):
        count += len(pending)
        if count > MOST_SEGMENTS:
            raise UnplacedError("the edge of what it shows of the Earth is too ragged to follow")
        t = pending[:, :1] + (pending[:, 1:] - pending[:, :1]) * QUARTERS
        (lon, lat), inside = _located(reference, *along(t))
        if not np.isfinite(lon).all():
            return None
        lon = np.unwrap(lon, period=360.0, axis=1)
        wide = (np.abs(np.diff(lon, axis=1)) > WIDE).any(axis=1)
        # A sagitta goes with the square of a chord.
        pieces = np.ceil(np.sqrt(_bend((lon, lat), inside, limit)))
        pieces = np.where(wide, 2, np.minimum(pieces, 16)).astype(int)
        kept = (pieces < 2) | (t[:, 4] - t[:, 0] < SHORT)
        torn = wide & (np.abs(lat[:, 0]) > NEAR_POLE)
        done.append(np.stack([t[:, 0], lon[:, 0], lat[:, 0], lon[:, 4], torn], axis=1)[kept])
        pending = _divided(pending[~kept], pieces[~kept])
    segments = np.concatenate(done)
    return _joined(segments[segments[:, 0].argsort()])


def _divided(segments: Floats, pieces: npt.NDArray[np.int_]) -> Floats:
    """Each segment (start, end) in so many equal pieces."""
    start, end = np.repeat(segments, pieces, axis=0).T
    step = (end - start) / np.repeat(pieces, pieces)
    number = np.arange(len(start)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    return np.stack([start + step * number, start + step * (number + 1)], axis=1)


def _located(
    reference: Georeference, cols: Floats, rows: Floats
) -> tuple[tuple[Floats, Floats], tuple[Floats, Floats]]:
    """Longitudes and latitudes of positions, of the shape (n, 5), and of neighbours of the middle
    three, (n, 3): each half a pixel further inside.
    """
    half_width, half_height = reference.width / 2, reference.height / 2
    inner_cols, inner_rows = cols[:, 1:4], rows[:, 1:4]
    inner_cols = inner_cols + np.where(inner_cols < half_width, HALF_PIXEL, -HALF_PIXEL)
    inner_rows = inner_rows + np.where(inner_rows < half_height, HALF_PIXEL, -HALF_PIXEL)
    # In one call, since most of its time goes into being called.
    lon, lat = reference.locate(np.hstack([cols, inner_cols]), np.hstack([rows, inner_rows]))
    return (lon[:, :5], lat[:, :5]), (lon[:, 5:], lat[:, 5:])


def _bend(
    earth: tuple[Floats, Floats],
    inside: tuple[Floats, Floats],
    limit: float,
) -> Floats:
    """How far chords are off the positions between, in half pixels or in `limit` degrees.

    `earth` holds longitudes and latitudes, of the shape (n, 5), and `inside` those of neighbours
    half a pixel further inside, (n, 3); the answer has n values. Distances across the chord are
    compared as cross products with it, which holds in degrees of any shape: that of a position
    with that of its neighbour.
    """
    lon, lat = (one[:, 1:4] for one in earth)
    first_lon, first_lat = earth[0][:, :1], earth[1][:, :1]
    chord_lon, chord_lat = earth[0][:, 4:] - first_lon, earth[1][:, 4:] - first_lat
    off = chord_lon * (lat - first_lat) - chord_lat * (lon - first_lon)
    east = (inside[0] - lon + 180) % 360 - 180
    allowed = np.abs(chord_lon * (inside[1] - lat) - chord_lat * east)
    length = np.hypot(chord_lon, chord_lat)
    least = (SMALL if limit == PIXELS_DECIDE else max(BLURRED, BLURRED_SHARE * limit)) * length
    # Where the neighbour inside is not on Earth, the chord is to be as good as can be.
    allowed = np.fmin(np.nan_to_num(allowed), limit * length) + least
    return np.asarray((np.abs(off) / np.maximum(allowed, TINY)).max(axis=1))


def _joined(segments: Floats) -> Outline:
    """One ring of segments in order, each (place, lon, lat, lon of its end, torn).

    Where a segment leaps over a pole, the ring goes to the pole and along it.
    """
    points: list[tuple[float, float]] = []
    longitude = float(segments[0, 1])
    for _, start, lat, end, torn in segments.tolist():
        # Each segment was unwrapped on its own: only its width counts.
        points.append((longitude, lat))
        if torn:
            pole = 90.0 if lat > 0 else -90.0
            points += [(longitude, pole), (longitude + end - start, pole)]
        longitude += end - start
    turns = round((longitude - points[0][0]) / 360)
    points.append((points[0][0] + 360 * turns, points[0][1]))
    # A longitude such as 1e-292, of a pixel beside a pole, would make GEOS divide by zero.
    ring = np.array(points)
    return Outline(np.where(np.abs(ring) < NOUGHT, 0.0, ring), turns)
