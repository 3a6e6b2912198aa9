"""The processes of this machine: what comes back from them."""

import os

import pytest
from deadly import Unspeakable, speechless

from itemcat.errors import ReadError
from itemcat.pool import Pool, explained

pytestmark = pytest.mark.skipif(os.name == "nt", reason="it starts as POSIX does")


def test_an_error_that_cannot_be_pickled_costs_nobody_else() -> None:
    pool = Pool(2)
    futures = [pool.submit(speechless, number == 1) for number in range(20)]
    errors = [future.exception(60) for future in futures]
    pool.shutdown()
    assert [number for number, error in enumerate(errors) if error] == [1]
    error = explained(errors[1] or Unspeakable("", ""), "a.tif")
    assert isinstance(error, ReadError)
    assert error.line == "error: a.tif: the reader failed on it: Unspeakable: no words"
