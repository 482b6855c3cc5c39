"""The lasso's path next to those of celer, skglm, adelie and SPAMS, where they are installed."""

import importlib.util

import numpy as np

from benchmarks.linear import STOP, _quiet, duality_gap, lasso_lams, problem
from benchmarks.measure import Row, Trial
from reglesson.l1 import lasso_path

SLOPE = 1e-7  # skglm stops where (KKT) is off by so much, here as a share of the largest penalty
ADELIE_TOL = 3e-15  # the gap is then just below a millionth; adelie's default, 1e-7, leaves a thousandth or more
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


def lasso_path_against_adelie(n, p, seed):
    """`lasso_path` at 100 penalties, and adelie's; its X has the order of columns in memory that it wants."""
    import adelie

    def path(X, y, alphas):
        return adelie.grpnet(
            X, adelie.glm.gaussian(y, dtype=np.float64), lmda_path=alphas, intercept=False, early_exit=False, tol=ADELIE_TOL,
            n_threads=1, progress_bar=False,
        ).betas.toarray()  # fmt: skip

    return _trial(n, p, seed, path)


def lasso_path_against_spams(n, p, seed):
    """`lasso_path` at 100 penalties, and SPAMS' in C++: the weights at its kinks, down to the least of these penalties.

    SPAMS does not say at which penalties its kinks are, and gives none between them.
    """
    import spams

    X, y = problem(n, p, seed)
    lams, by_columns, column = lasso_lams(X, y), np.asfortranarray(X), np.asfortranarray(y[:, None])
    options = {"mode": spams.PENALTY, "lambda1": float(n / 2 * lams[-1]), "numThreads": 1, "return_reg_path": True}

    def errors(ours, theirs):
        last, kinks = theirs[0].toarray().T, theirs[1].T
        at = 2 / n * np.abs((y - kinks @ X.T) @ X).max(axis=1)
        gaps = duality_gap(X, y, kinks, at), duality_gap(X, y, last, lams[-1:])
        return duality_gap(X, y, ours, lams), max(gaps)

    return Trial(
        lambda: lasso_path(X, y, lams, fit_intercept=False).coefs,
        lambda: spams.lasso(column, by_columns, **options),
        errors,
        allowed=1e-6,
    )


# what to import, what to install, the function, and the goal of each shape
PEERS = {
    "celer": ("celer==0.7.4", lasso_path_against_celer, (1.0, 1.0, 1.0, 1.0)),
    "skglm": ("skglm==0.5", lasso_path_against_skglm, (1.0, 1.0, 1.0, 1.0)),
    "adelie": ("adelie==1.1.52", lasso_path_against_adelie, (1.0, 1.0, 1.0, 1.0)),
    "spams": ("spams-bin==2.6.14", lasso_path_against_spams, (3.5, 2.3, 0.7, 0.55)),  # half of what it was in November 2026
}
MISSING = [name for name in PEERS if not importlib.util.find_spec(name)]
ROWS = [
    Row(make, f"({n}, {p})", goal, (n, p))
    for name, (_, make, goals) in PEERS.items()
    if name not in MISSING
    for (n, p), goal in zip(SHAPES, goals, strict=True)
]


def not_measured(name):
    """The line that stands in the place of a package's rows."""
    hint = f"Install it with `.venv/bin/python -m pip install {PEERS[name][0]}`."
    if name == "adelie":  # it and the site's other packages want different NumPys
        hint = (
            f"It wants a NumPy below 2: in an environment of its own, `pip install {PEERS[name][0]} scikit-learn threadpoolctl`, "
            "and there `python -m benchmarks adelie`."
        )
    return f"Not measured: {name}. {hint}"
