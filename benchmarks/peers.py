"""The lasso's path next to that of celer and of skglm, where they are installed.

adelie 1.1.52 asks for a NumPy below 2, and so cannot stand beside this package.
"""

import importlib.util

import numpy as np

from benchmarks.linear import STOP, _quiet, duality_gap, lasso_lams, problem
from benchmarks.measure import Row, Trial
from reglesson.l1 import lasso_path

NOT_MEASURED = "Not measured: {}. Install it with `.venv/bin/python -m pip install celer==0.7.4 skglm==0.5`."
SLOPE = 1e-7  # skglm stops where (KKT) is off by so much, here as a share of the largest penalty
SHAPES = ((442, 10), (200, 50), (1000, 100), (100, 1000))


def lasso_path_against_celer(n, p, seed):
    """`lasso_path` at 100 penalties, and celer's; its X has the order of columns in memory that it wants."""
    from celer import celer_path

    return _trial(n, p, seed, lambda X, y, alphas: celer_path(X, y, pb="lasso", alphas=alphas, max_iter=1000, tol=STOP["tol"])[1].T)


def lasso_path_against_skglm(n, p, seed):
    """`lasso_path` at 100 penalties, and skglm's; its X has the order of columns in memory that it wants."""
    from skglm import Lasso

    def path(X, y, alphas):
        return Lasso(fit_intercept=False, max_iter=1000, tol=SLOPE * alphas[0]).path(X, y, alphas)[1].T

    return _trial(n, p, seed, path)


def _trial(n, p, seed, path):
    X, y = problem(n, p, seed)
    lams, by_columns = lasso_lams(X, y), np.asfortranarray(X)
    _quiet(path, by_columns, y, lams / 2)  # skglm compiles at its first call
    return Trial(
        lambda: lasso_path(X, y, lams, fit_intercept=False).coefs,
        lambda: _quiet(path, by_columns, y, lams / 2),
        lambda ours, theirs: (duality_gap(X, y, ours, lams), duality_gap(X, y, theirs, lams)),
        allowed=1e-6,
    )


PEERS = {"celer": lasso_path_against_celer, "skglm": lasso_path_against_skglm}
MISSING = [name for name in PEERS if not importlib.util.find_spec(name)]
ROWS = [Row(PEERS[name], f"({n}, {p})", 1.0, (n, p)) for name in PEERS if name not in MISSING for n, p in SHAPES]
