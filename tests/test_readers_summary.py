"""Numbers that come in pieces: the same as numpy gives for the whole."""

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from itemcat.readers.summary import Buckets, Counts, Moments


@given(
    st.lists(arrays("float64", st.integers(0, 30), elements=st.floats(-1e6, 1e6, width=32))),
)
def test_pieces_give_what_the_whole_gives(pieces: list[np.ndarray]) -> None:
    whole = np.concatenate([np.zeros(0), *pieces])
    moments = Moments()
    for piece in pieces:
        moments.add(piece)
    found = moments.summary()
    if not whole.size:
        assert found is None
        return
    assert found is not None
    assert (found.count, found.minimum, found.maximum) == (whole.size, whole.min(), whole.max())
    assert found.mean == pytest.approx(whole.mean(), rel=1e-9, abs=1e-6)
    assert found.stddev == pytest.approx(whole.std(), rel=1e-6, abs=1e-3)


@given(arrays("int8", st.integers(1, 60)), st.integers(-128, 127))
def test_a_dropped_value_was_never_there(values: np.ndarray, dropped: int) -> None:
    counts, without = Counts("int8"), Counts("int8")
    counts.add(values)
    counts.drop(dropped)
    without.add(values[values != dropped])
    assert counts.summary() == without.summary()
    assert counts.histogram() == without.histogram()


def test_many_small_integers_are_counted_whole() -> None:
    values = np.random.default_rng(1).integers(0, 256, 300_001, np.uint8)
    counts = Counts("uint8")
    counts.add(values)
    found = counts.summary()
    assert found is not None
    assert (found.count, found.minimum, found.maximum) == (values.size, 0, 255)
    assert found.mean == pytest.approx(values.mean(), rel=1e-12)
    assert found.stddev == pytest.approx(values.std(), rel=1e-12)
    histogram = counts.histogram()
    assert histogram is not None
    assert histogram["buckets"] == np.histogram(values, bins=10)[0].tolist()


@pytest.mark.parametrize("dtype", ["uint8", "int8", "uint16", "int16"])
def test_values_are_counted_alike_be_they_few_or_many(dtype: str) -> None:
    limits = np.iinfo(dtype)
    rng = np.random.default_rng(4)
    few = rng.choice(np.array([limits.min, 1, limits.max], dtype), 300_001)
    many = rng.integers(limits.min, limits.max, 300_001, dtype, endpoint=True)
    one = np.full(70_001, 2, dtype)
    for pieces in ([few], [one, few], [few, one, many, few], [one, many[:5], few]):
        counts = Counts(dtype)
        for piece in pieces:
            counts.add(piece)
        values, expected = np.unique(np.concatenate(pieces), return_counts=True)
        found, table = counts._occurring()
        assert found.tolist() == values.tolist()
        assert table.tolist() == expected.tolist()


@pytest.mark.parametrize("dtype", ["float32", "float64", "int32"])
def test_a_histogram_leaves_out_what_is_not_between_its_ends(dtype: str) -> None:
    eighths = np.random.default_rng(5).integers(-1000, 1000, 200_001) / 8
    values = eighths.astype(dtype)
    for low, high in ((-40, 70), (-0.125, 90.625), (3, 3)):
        buckets = Buckets(low, high)
        buckets.add(values)
        found = buckets.histogram()
        assert found is not None
        inside = values[(values >= low) & (values <= high)].astype(np.float64)
        ends = (found["min"], found["max"])
        assert found["buckets"] == np.histogram(inside, bins=10, range=ends)[0].tolist()


def test_values_too_close_for_ten_buckets_have_no_histogram() -> None:
    low = 1e15
    buckets = Buckets(low, math.nextafter(low, math.inf))
    buckets.add(np.array([low]))
    assert buckets.histogram() is None


def test_minus_zero_is_zero() -> None:
    moments = Moments()
    moments.add(np.array([-0.0, -0.0], np.float32))
    found = moments.summary()
    assert found is not None
    assert json.dumps(found.facts(2)) == (
        '{"minimum": 0.0, "maximum": 0.0, "mean": 0.0, "stddev": 0.0, "valid_percent": 100.0}'
    )


def test_what_is_rounded_has_ten_digits() -> None:
    counts = Counts("uint8")
    counts.add(np.array([0, 0, 1], np.uint8))
    found = counts.summary()
    assert found is not None
    assert found.facts(7) == {
        "minimum": 0,
        "maximum": 1,
        "mean": 0.3333333333,
        "stddev": 0.4714045208,
        "valid_percent": 42.85714286,
    }
