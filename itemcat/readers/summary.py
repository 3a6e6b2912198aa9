"""Numbers about numbers: extremes, mean, deviation and histogram of values that come in pieces.

What is rounded is rounded to ten significant digits, so that another machine, or another version
of numpy, gives the same record.
"""

import math
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

_BUCKETS = 10
_FEW = 8  # different values, as a mask has: so many are sooner counted one by one
_IN_CACHE = 1 << 17  # values to go through several times, few enough for the processor's cache
_PAIRS_FROM = 1 << 16  # values of 8 bits are counted two at a time, which pays for many only

Values: TypeAlias = NDArray[Any]
Facts: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Summary:
    """What is known of some values. Mean and standard deviation may have overflowed."""

    count: int
    minimum: int | float
    maximum: int | float
    mean: float
    stddev: float

    def facts(self, total: int) -> Facts:
        """STAC 1.1's statistics object, for a band of `total` pixels of which these are valid."""
        facts: Facts = {"minimum": self.minimum, "maximum": self.maximum}
        if math.isfinite(self.mean):
            facts["mean"] = _rounded(self.mean)
        if math.isfinite(self.stddev):
            facts["stddev"] = _rounded(self.stddev)
        facts["valid_percent"] = _rounded(100 * self.count / total)
        return facts


class Counts:
    """How often each value of an 8- or 16-bit integer type occurs: exact, and in one pass."""

    def __init__(self, dtype: str) -> None:
        self._dtype = np.dtype(dtype)
        self._code = np.dtype(f"u{self._dtype.itemsize}")
        self._table = np.zeros(1 << (8 * self._code.itemsize), np.int64)
        self._pairs: NDArray[np.int64] | None = None
        self._few: list[int] | None = []  # the codes so far, None from when they are too many

    def add(self, values: Values) -> None:
        """Take in a one-dimensional, contiguous piece of the values."""
        codes = values.view(self._code)
        for start in range(0, codes.size, _IN_CACHE):
            if self._few is None:
                self._add_many(codes[start:])
                return
            self._add_few(codes[start : start + _IN_CACHE], self._few)

    def _add_few(self, codes: Values, known: list[int]) -> None:
        """Count the known codes one by one; if there are others, all, and know them from now on."""
        counts = [np.count_nonzero(codes == code) for code in known]
        if sum(counts) == codes.size:
            self._table[known] += counts
            return
        _count(codes, self._table)
        occurring = np.flatnonzero(self._table)
        self._few = occurring.tolist() if occurring.size <= _FEW else None

    def _add_many(self, codes: Values) -> None:
        if self._code.itemsize > 1 or codes.size < _PAIRS_FROM:
            _count(codes, self._table)
            return
        if self._pairs is None:
            self._pairs = np.zeros(1 << 16, np.int64)
        even = codes.size & ~1
        _count(codes[:even].view(np.uint16), self._pairs)
        _count(codes[even:], self._table)

    def drop(self, value: int) -> None:
        """Forget one value, such as nodata, however often it was added."""
        self._unpair()
        self._table[np.array(value, self._dtype).view(self._code)] = 0

    def summary(self) -> Summary | None:
        """All values together; None if there were none."""
        values, counts = self._occurring()
        if not values.size:
            return None
        count = int(counts.sum())
        mean = int((values * counts).sum()) / count
        variance = float((counts * (values - mean) ** 2).sum()) / count
        return Summary(count, int(values[0]), int(values[-1]), mean, math.sqrt(variance))

    def histogram(self) -> Facts | None:
        """The histogram of all values; None if there were none."""
        values, counts = self._occurring()
        if not values.size:
            return None
        buckets = Buckets(int(values[0]), int(values[-1]))
        buckets.add(values, counts)
        return buckets.histogram()

    def _occurring(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        self._unpair()
        codes = np.flatnonzero(self._table)
        values = codes.astype(self._code).view(self._dtype)
        order = np.argsort(values)
        return values[order].astype(np.int64), self._table[codes[order]]

    def _unpair(self) -> None:
        if self._pairs is not None:
            pairs = self._pairs.reshape(256, 256)
            self._table += pairs.sum(axis=0) + pairs.sum(axis=1)
            self._pairs = None


class Moments:
    """The summary of values of any real type, those left out that are not finite."""

    def __init__(self) -> None:
        self._summary: Summary | None = None

    def add(self, values: Values) -> None:
        """Take in a one-dimensional piece of the values."""
        if not values.size:
            return
        low, high = _extremes(values)
        if not (math.isfinite(low) and math.isfinite(high)):
            values = values[np.isfinite(values)]
            if not values.size:
                return
            low, high = _extremes(values)
        with np.errstate(over="ignore", invalid="ignore"):
            numbers = values.astype(np.float64)
            mean = float(numbers.sum()) / numbers.size
            numbers -= mean
            numbers *= numbers
            stddev = math.sqrt(float(numbers.sum()) / numbers.size)
            piece = Summary(values.size, low, high, mean, stddev)
            self._summary = _merged(self._summary, piece) if self._summary else piece

    def summary(self) -> Summary | None:
        """All values together; None if there were none."""
        return self._summary


class Buckets:
    """A histogram of ten equal buckets between two values, as numpy.histogram has them.

    Each bucket holds its lower edge, the last one both. One value alone gets a bucket a unit wide
    around it. What is not between the two values is left out.
    """

    def __init__(self, low: int | float, high: int | float) -> None:
        margin = 0.5 if low == high else 0.0
        with np.errstate(over="ignore", invalid="ignore"):
            self._edges = np.linspace(float(low) - margin, float(high) + margin, _BUCKETS + 1)
            self._are_distinct = bool((np.diff(self._edges) > 0).all())
        # The next number above `high` ends the last bucket, which holds `high` itself.
        ends = float(low), math.nextafter(float(high), math.inf)
        self._limits = np.clip([ends[0], *self._edges[1:-1], ends[1]], *ends)
        self._below = np.zeros(_BUCKETS + 1, np.int64)

    def add(self, values: Values, counts: NDArray[np.int64] | None = None) -> None:
        """Take in a piece of the values; `counts` says how often each occurs (None: once)."""
        if not self._are_distinct:
            return
        limits = _as_limits(self._limits, values.dtype)
        for start in range(0, values.size, _IN_CACHE):
            some = slice(start, start + _IN_CACHE)
            numbers = values[some].astype(limits.dtype, copy=False)
            for index, limit in enumerate(limits):
                is_below = numbers < limit
                if counts is None:
                    self._below[index] += np.count_nonzero(is_below)
                else:
                    self._below[index] += counts[some][is_below].sum()

    def histogram(self) -> Facts | None:
        """The raster extension's histogram object; None if the edges are too close to tell apart.

        `count` is the number of buckets.
        """
        if not self._are_distinct:
            return None
        return {
            "count": _BUCKETS,
            "min": _rounded(float(self._edges[0])),
            "max": _rounded(float(self._edges[-1])),
            "buckets": np.diff(self._below).tolist(),
        }


def _merged(one: Summary, other: Summary) -> Summary:
    """Two summaries in one, by Chan, Golub and LeVeque's formula for the variance."""
    count = one.count + other.count
    share = other.count / count
    apart = other.mean - one.mean
    mean = one.mean + apart * share
    variance = one.stddev**2 * (1 - share) + other.stddev**2 * share
    variance += apart * apart * share * (1 - share)
    low, high = min(one.minimum, other.minimum), max(one.maximum, other.maximum)
    return Summary(count, low, high, mean, math.sqrt(variance))


def _extremes(values: Values) -> tuple[int | float, int | float]:
    """The least and the greatest of some values; NaN if one of them is that."""
    # Adding zero makes one zero of the two, of which minimum could be either.
    with np.errstate(invalid="ignore"):
        return (values.min() + 0).item(), (values.max() + 0).item()


def _count(codes: Values, table: NDArray[np.int64]) -> None:
    """Add to each place of the table how often it occurs among the codes."""
    found = np.bincount(codes)
    table[: found.size] += found


def _as_limits(limits: NDArray[np.float64], dtype: np.dtype[Any]) -> Values:
    """Limits for numbers of a type: what is below one is below the type's next number, too."""
    if dtype.kind != "f":
        return limits
    with np.errstate(over="ignore"):
        near = limits.astype(dtype)
        above = np.nextafter(near, np.array(np.inf, dtype))
    return np.where(near < limits, above, near)


def _rounded(number: float) -> float:
    rounded = float(f"{number:.10g}") + 0.0  # not minus zero
    return rounded if math.isfinite(rounded) else number  # the largest numbers round to infinity
