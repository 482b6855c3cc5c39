"""Puts a notebook to the test in the kernel that executes it anyway: test_book.py has nbval do so."""

import contextlib
import io
import sys
from unittest import mock

import claims
import numpy as np
from IPython import get_ipython

argsort = np.argsort


def watch_order():
    """Have `np.argsort` refuse equal values from a cell or from the package, unless it is asked to be stable.

    In what order NumPy leaves equal values else depends on the processor, and with it every number that follows.
    """
    np.argsort = argsort_without_ties


def argsort_without_ties(a, axis=-1, kind=None, **others):
    """What `np.argsort` gives; raise AssertionError where another processor may give something else."""
    asks = sys._getframe(1).f_globals["__name__"]
    if kind not in ("stable", "mergesort") and (asks == "__main__" or asks.startswith("reglesson")):
        ordered = np.sort(a, axis=axis)
        nearby = np.diff(ordered if axis is not None else ordered.ravel(), axis=-1 if axis is None else axis)
        assert np.all(nearby), f"equal values are put in order, and kind is {kind!r}: kind='stable' is the same on every processor"
    return argsort(a, axis=axis, kind=kind, **others)


def put(source):
    """Raise AssertionError if the claim of this source has an assertion that does not hold, or that could not have failed."""
    quiet = contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO())
    with quiet[0], quiet[1], mock.patch.object(np, "argsort", argsort):  # what is spoiled may all be equal
        sentences, wrong, toothless = claims.put(source, 0, get_ipython().user_ns)
    assert not wrong, f"does not hold: {[sentences[n] for n in wrong]}"
    assert not toothless, f"could not have failed: {[sentences[n] for n in toothless]}"
