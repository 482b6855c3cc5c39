"""The lasso's path next to those of celer, skglm, adelie and SPAMS, where they are installed."""

import importlib.util
from itertools import pairwise

import numpy as np

from benchmarks.linear import STOP, _quiet, duality_gap, lasso_lams, problem
from benchmarks.measure import Row, Trial
from reglesson import _active_sets
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
    X, y = problem(n, p, seed)
    lams = lasso_lams(X, y)
    return Trial(
        lambda: lasso_path(X, y, lams, fit_intercept=False).coefs,
        _spams(X, y, lams),
        lambda ours, theirs: (duality_gap(X, y, ours, lams), _gap_of_kinks(X, y, lams, *theirs)),
        allowed=1e-6,
    )


def calls_of_lasso_path_against_spams(n, p, seed):
    """The calls of NumPy that `lasso_path` makes at 100 penalties, without the Python between them, and SPAMS' whole path.

    This is the least that a path by these calls can take. Arrays have the sizes that they have in `reglesson._active_sets`,
    and as many kinks are passed; what is computed is of no use.
    """
    X, y = problem(n, p, seed)
    lams = lasso_lams(X, y)
    gram, c = X.T @ X * (2 / n), X.T @ y * (2 / n)
    kinks, lines = _active_sets._kinks(gram, c, lams[-1])
    columns = [int(np.flatnonzero(after != before)[0]) for before, after in pairwise(lines[:, 2])]  # each enters or leaves
    store, change, kink, passed = np.empty((p + 3, p)), np.empty((p + 2, p)), np.empty(p), np.empty_like(lines)
    table, (q, d, idle) = store[: p + 2], store[p:]

    def calls():
        np.vdot(X, X), np.vdot(y, y), np.vdot(lams, lams), lams[lams.argmin()]  # the checks
        gram, c = X.T.dot(X), X.T.dot(y)
        gram *= 2 / n
        c *= 2 / n
        table[:p], table[p], table[p + 1], store[p + 2], passed[0] = gram, c, 0, 1, store[p:]
        for k, j in enumerate(columns):
            along = table[:, j] / 1.5
            np.dot(along[:, None], table[j : j + 1], out=change)
            np.subtract(table, change, change)
            table[:, j], table[j], passed[k + 1] = along, along[:p], store[p:]
            np.copysign(idle, q, kink)
            np.subtract(kink, d, kink)
            np.divide(q, kink, kink)
            np.putmask(kink, kink >= 1.0, 0.0)
            kink.argmax()
        q_at, d_at, idle_at = lines[np.searchsorted(-kinks, -lams)].swapaxes(0, 1)
        at = lams[:, None]
        w = np.where(idle_at == 0, q_at + at * d_at, 0.0)
        length = np.sqrt(gram.diagonal())
        noise = 1e-12 * (np.sqrt(y.dot(y)) + np.abs(w).dot(length))[:, None]
        w[np.abs(w) * length <= noise] = 0
        g = c - w.dot(gram)
        np.count_nonzero(np.where(w == 0, np.abs(g) - at, np.abs(g - np.copysign(at, w))) <= noise * length)
        return w.dot(c)

    def quietly():
        with np.errstate(all="ignore"):
            return calls()

    return Trial(quietly, _spams(X, y, lams), lambda _, theirs: (0.0, _gap_of_kinks(X, y, lams, *theirs)), allowed=1e-6)


def _spams(X, y, lams):
    import spams

    by_columns, column = np.asfortranarray(X), np.asfortranarray(y[:, None])
    options = {"mode": spams.PENALTY, "lambda1": float(len(y) / 2 * lams[-1]), "numThreads": 1, "return_reg_path": True}
    return lambda: spams.lasso(column, by_columns, **options)


def _gap_of_kinks(X, y, lams, last, kinks):
    """The duality gap of SPAMS' weights at its kinks (p, K), and of those at the least penalty (p, 1)."""
    at = 2 / len(y) * np.abs((y - kinks.T @ X.T) @ X).max(axis=1)
    return max(duality_gap(X, y, kinks.T, at), duality_gap(X, y, last.toarray().T, lams[-1:]))


HALF = (3.5, 2.3)  # of the times by which SPAMS was ahead at the first two shapes on 27 November 2026
# what to import, what to install, the function, and the goal of each shape
PEERS = {
    "celer": ("celer==0.7.4", lasso_path_against_celer, (1.0, 1.0, 1.0, 1.0)),
    "skglm": ("skglm==0.5", lasso_path_against_skglm, (1.0, 1.0, 1.0, 1.0)),
    "adelie": ("adelie==1.1.52", lasso_path_against_adelie, (1.0, 1.0, 1.0, 1.0)),
    "spams": ("spams-bin==2.6.14", lasso_path_against_spams, (*HALF, 1.0, 1.0)),
}
MISSING = [name for name in PEERS if not importlib.util.find_spec(name)]
ROWS = [
    Row(make, f"({n}, {p})", goal, (n, p))
    for name, (_, make, goals) in PEERS.items()
    if name not in MISSING
    for (n, p), goal in zip(SHAPES, goals, strict=True)
]
if "spams" not in MISSING:  # where these two miss the goal, no Python between the calls can reach it
    ROWS += [Row(calls_of_lasso_path_against_spams, str(shape), goal, shape) for shape, goal in zip(SHAPES, HALF, strict=False)]


def not_measured(name):
    """The line that stands in the place of a package's rows."""
    hint = f"Install it with `.venv/bin/python -m pip install {PEERS[name][0]}`."
    if name == "adelie":  # it and the site's other packages want different NumPys
        hint = (
            f"It wants a NumPy below 2: in an environment of its own, `pip install {PEERS[name][0]} scikit-learn threadpoolctl`, "
            "and there `python -m benchmarks adelie`."
        )
    return f"Not measured: {name}. {hint}"
