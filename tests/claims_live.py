"""Puts the claims of a notebook to the test in the kernel that executes it anyway: test_book.py has nbval do so."""

import contextlib
import io

import claims
from IPython import get_ipython


def put(source):
    """Raise AssertionError if the claim of this source has an assertion that does not hold, or that could not have failed."""
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        sentences, wrong, toothless = claims.put(source, 0, get_ipython().user_ns)
    assert not wrong, f"does not hold: {[sentences[n] for n in wrong]}"
    assert not toothless, f"could not have failed: {[sentences[n] for n in toothless]}"
