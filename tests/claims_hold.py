"""The claims of chapters as tests: for `make mutants`, where a claim that a changed package breaks has noticed the change.

`make test` puts more to the claims (test_claims.py), and so does not run this file.
"""

import ast
import warnings

import claims
import pytest
from test_book import code_cells
from test_claims import CHAPTERS


@pytest.mark.parametrize("path", [path for path in CHAPTERS if code_cells(path, "claim")], ids=lambda path: path.stem)
def test_the_claims_of_a_chapter_hold(path):
    broken = []

    def at_claim(cell, space):
        told, error = claims.verdicts(claims.telling(ast.parse(cell.source), 0), space)
        broken.extend([cell.source.splitlines()[0]] if error is not None or not told or not all(told.values()) else [])

    with warnings.catch_warnings(), claims.as_on_trial(path):
        warnings.simplefilter("default")  # as in a kernel
        claims.run(path, at_claim)
    assert not broken
