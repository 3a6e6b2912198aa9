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
