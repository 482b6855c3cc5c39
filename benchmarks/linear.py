"""Ridge, the lasso, the elastic net and their cross-validation, next to scikit-learn's."""

import warnings

import numpy as np
from sklearn.datasets import load_diabetes
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import ElasticNet, Lasso, LassoCV, Ridge, RidgeCV, enet_path
from sklearn.linear_model import lasso_path as sklearn_lasso_path

from benchmarks.measure import Row, Trial
from reglesson.choosing import cross_validate, kfold, sklearn_alpha, sklearn_l1_ratio
from reglesson.l1 import elastic_net, elastic_net_path, lasso, lasso_path
from reglesson.l2 import ridge, ridge_path

L1_RATIO = 0.5
# scikit-learn stops where the duality gap of its loss, with 1/2 before the squares, is below tol ||y||^2
STOP = {"tol": 1e-6 / 2, "max_iter": 100_000}
RIDGE_LAMS = np.geomspace(1e-2, 1e2, 100)
SHAPES = ((442, 10), (200, 50), (1000, 100), (2000, 500), (100, 1000))


def problem(n, p, seed):
    """Standardized X (n, p) and centred y (n,).

    (442, 10) is the diabetes data, its rows drawn with replacement; the others are columns with a correlation of
    0.2, ten of which matter, and noise.
    """
    rng = np.random.default_rng(seed)
    if (n, p) == (442, 10):
        X, y = load_diabetes(return_X_y=True)
        rows = rng.integers(n, size=n)
        X, y = X[rows], y[rows]
    else:
        X = rng.normal(size=(n, p)) + 0.5 * rng.normal(size=(n, 1))
        y = X[:, :10] @ rng.normal(size=min(p, 10)) + rng.normal(size=n)
    return (X - X.mean(axis=0)) / X.std(axis=0), y - y.mean()


def lasso_lams(X, y):
    """100 penalties in equal ratios, from where all weights are zero to a thousandth of it."""
    top = 2 / len(y) * np.abs(X.T @ y).max()
    return np.geomspace(top, 1e-3 * top, 100)


# -- how far a result is from the truth ---------------------------------------------------------------------------


def ridge_error(X, y, lams, coefs):
    """Relative difference of the weights from the closed form, the largest along ten of the penalties."""
    n, p = X.shape
    worst = 0.0
    for lam, w in list(zip(lams, coefs, strict=True))[::11]:
        if p <= n:
            exact = np.linalg.solve(X.T @ X + n * lam * np.eye(p), X.T @ y)
        else:
            exact = X.T @ np.linalg.solve(X @ X.T + n * lam * np.eye(n), y)
        worst = max(worst, np.linalg.norm(w - exact) / np.linalg.norm(exact))
    return worst


def duality_gap(X, y, coefs, l1, l2=0.0):
    """Duality gap of weights (L, p) at penalties l1 sum |w| + l2 sum w^2, over the loss of w = 0, the largest along the path.

    The squares are n more rows sqrt(n l2) I of X, with y = 0; see `reglesson.l1.duality_gap`.
    """
    n, l1, l2 = len(y), np.asarray(l1), np.broadcast_to(l2, np.shape(l1))
    residual = y - coefs @ X.T
    slope = 2 / n * np.abs(residual @ X - n * l2[:, None] * coefs).max(axis=1)
    square = (residual**2).sum(axis=1) + n * l2 * (coefs**2).sum(axis=1)
    share = np.clip(residual @ y / square, -l1 / slope, l1 / slope)
    primal = square / n + l1 * np.abs(coefs).sum(axis=1)
    dual = (2 * share * (residual @ y) - share**2 * square) / n
    return float((primal - dual).max() / (y @ y / n))


# -- the comparisons ----------------------------------------------------------------------------------------------


def ridge_path_against_fits(n, p, seed):
    """`ridge_path` at 100 penalties, and scikit-learn's `Ridge` fitted 100 times."""
    X, y = problem(n, p, seed)
    alphas = [sklearn_alpha(lam, n, "Ridge") for lam in RIDGE_LAMS]
    return Trial(
        lambda: ridge_path(X, y, RIDGE_LAMS),
        lambda: [Ridge(alpha=alpha).fit(X, y) for alpha in alphas],
        lambda ours, fits: (
            ridge_error(X, y, RIDGE_LAMS, ours.coefs),
            ridge_error(X, y, RIDGE_LAMS, [fit.coef_ for fit in fits]),
        ),
        allowed=1e-10,
    )


def ridge_path_against_floor(n, p, seed):
    """`ridge_path` at 100 penalties, and no more than a Gram matrix and its eigenvalues: the least that it can take."""
    X, y = problem(n, p, seed)
    return Trial(
        lambda: ridge_path(X, y, RIDGE_LAMS),
        lambda: np.linalg.eigh(X.T @ X if p <= n else X @ X.T),
        lambda ours, _: (ridge_error(X, y, RIDGE_LAMS, ours.coefs), 0.0),
        allowed=1e-10,
    )


def lasso_path_against_lasso_path(n, p, seed):
    """`lasso_path` at 100 penalties, and scikit-learn's."""
    X, y = problem(n, p, seed)
    lams = lasso_lams(X, y)
    return Trial(
        lambda: lasso_path(X, y, lams, fit_intercept=False),
        lambda: _quiet(sklearn_lasso_path, X, y, alphas=lams / 2, **STOP),
        lambda ours, theirs: (duality_gap(X, y, ours.coefs, lams), duality_gap(X, y, theirs[1].T, lams)),
        allowed=1e-6,
    )


def elastic_net_against_enet_path(n, p, seed):
    """`elastic_net_path` at 100 penalties, and scikit-learn's `enet_path`."""
    X, y = problem(n, p, seed)
    lams = lasso_lams(X, y) / L1_RATIO
    alphas = np.array([sklearn_alpha(lam, n, "ElasticNet", L1_RATIO) for lam in lams])
    l1, l2 = lams * L1_RATIO, lams * (1 - L1_RATIO)
    return Trial(
        lambda: elastic_net_path(X, y, lams, L1_RATIO, fit_intercept=False).coefs,
        lambda: _quiet(enet_path, X, y, l1_ratio=sklearn_l1_ratio(L1_RATIO), alphas=alphas, **STOP)[1].T,
        lambda ours, theirs: (duality_gap(X, y, ours, l1, l2), duality_gap(X, y, theirs, l1, l2)),
        allowed=1e-6,
    )


def elastic_net_against_elastic_net(n, p, seed):
    """`elastic_net` at a tenth of the penalty where all weights are zero, and scikit-learn's `ElasticNet`."""
    X, y = problem(n, p, seed)
    lam = 0.1 * lasso_lams(X, y)[0] / L1_RATIO
    alpha = sklearn_alpha(lam, n, "ElasticNet", L1_RATIO)
    model = ElasticNet(alpha=alpha, l1_ratio=sklearn_l1_ratio(L1_RATIO), fit_intercept=False, **STOP)
    one, two = lam * L1_RATIO, lam * (1 - L1_RATIO)
    return Trial(
        lambda: elastic_net(X, y, lam, L1_RATIO, fit_intercept=False).coef,
        lambda: _quiet(model.fit, X, y).coef_,
        lambda ours, theirs: (duality_gap(X, y, ours[None], [one], two), duality_gap(X, y, theirs[None], [one], two)),
        allowed=1e-6,
    )


def ridge_in_single_precision(n, p, seed):
    """`ridge` of data in single precision, intercept and all, and scikit-learn's `Ridge`."""
    X, y = single(n, p, seed)
    exact = centred(X, y)
    model = Ridge(alpha=sklearn_alpha(1.0, n, "Ridge"))
    return Trial(
        lambda: ridge(X, y, 1.0).coef,
        lambda: model.fit(X, y).coef_,
        lambda ours, theirs: tuple(ridge_error(*exact, [1.0], [coef]) for coef in (ours, theirs)),
        allowed=1e-6,
    )


def lasso_in_single_precision(n, p, seed):
    """`lasso` of data in single precision, at a tenth of the penalty where all weights are zero, and scikit-learn's `Lasso`."""
    X, y = single(n, p, seed)
    exact = centred(X, y)
    lam = 0.1 * lasso_lams(*exact)[0]
    model = Lasso(alpha=sklearn_alpha(lam, n, "Lasso"), **STOP)
    return Trial(
        lambda: lasso(X, y, lam).coef,
        lambda: _quiet(model.fit, X, y).coef_,
        lambda ours, theirs: tuple(duality_gap(*exact, coef[None].astype(float), [lam]) for coef in (ours, theirs)),
        allowed=1e-6,
    )


def single(n, p, seed):
    """`problem`, rounded to single precision."""
    X, y = problem(n, p, seed)
    return X.astype(np.float32), y.astype(np.float32)


def centred(X, y):
    """Data in double precision, without their means."""
    X, y = X.astype(np.float64), y.astype(np.float64)
    return X - X.mean(axis=0), y - y.mean()


def cross_validate_against_ridgecv(n, p, seed):
    """`cross_validate` of ridge, 10 folds and 100 penalties, and `RidgeCV` on the same folds; the least error must be the same."""
    X, y = problem(n, p, seed)
    alphas = n * RIDGE_LAMS
    # scikit-learn's alpha is n lam, and n is not the same in all folds
    path = lambda X, y, alphas: ridge_path(X, y, alphas / len(X))  # noqa: E731
    folds = RidgeCV(alphas=alphas, cv=_folds(n, seed), scoring="neg_mean_squared_error")

    def errors(ours, theirs):
        difference = abs(ours.mean.min() + theirs.best_score_) / ours.mean.min()
        return (difference if theirs.alpha_ == ours.best else np.inf,) * 2

    return Trial(
        lambda: cross_validate(path, X, y, alphas, 10, np.random.default_rng(seed), prepare=None),
        lambda: folds.fit(X, y),
        errors,
        allowed=1e-10,
    )


def cross_validate_against_lassocv(n, p, seed):
    """`cross_validate` of the lasso, 10 folds and 100 penalties, and `LassoCV` on the same folds.

    The gap is that of the paths of the first fold; the errors of all penalties must agree to a thousandth.
    """
    X, y = problem(n, p, seed)
    lams = lasso_lams(X, y)
    folds = _folds(n, seed)
    model = LassoCV(alphas=lams / 2, cv=folds, **STOP)

    def errors(ours, theirs):
        if not np.allclose(ours.mean, theirs.mse_path_.mean(axis=1), rtol=1e-3):
            return np.inf, np.inf
        rest = folds[0][0]
        X1, y1 = X[rest] - X[rest].mean(axis=0), y[rest] - y[rest].mean()
        theirs = _quiet(sklearn_lasso_path, X1, y1, alphas=lams / 2, **STOP)[1].T
        return duality_gap(X1, y1, lasso_path(X1, y1, lams).coefs, lams), duality_gap(X1, y1, theirs, lams)

    return Trial(
        lambda: cross_validate(lasso_path, X, y, lams, 10, np.random.default_rng(seed), prepare=None),
        lambda: _quiet(model.fit, X, y),
        errors,
        allowed=1e-6,
    )


def _folds(n, seed):
    """The ten folds that `cross_validate` deals with this seed, as scikit-learn wants them."""
    return [(np.delete(np.arange(n), fold), fold) for fold in kfold(n, 10, np.random.default_rng(seed))]


def _quiet(call, *arguments, **options):
    """Without the warning that the peer did not converge: the table says by how much it is off."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return call(*arguments, **options)


GOALS = {
    ridge_path_against_fits: (0.001, 0.006, 0.012, 0.03, 0.02),
    ridge_path_against_floor: (2.0, 1.3, 1.2, 1.1, 1.5),
    lasso_path_against_lasso_path: (0.02, 0.09, 0.28, 0.40, 0.05),
    elastic_net_against_enet_path: (0.30, 0.45, 0.65, 1.0, 0.20),
    cross_validate_against_ridgecv: (0.001, 0.004, 0.007, 0.02),
    cross_validate_against_lassocv: (0.02, 0.08, 0.25, 0.35),
}
ROWS = [
    Row(make, f"({n}, {p})", goal, (n, p)) for make, goals in GOALS.items() for (n, p), goal in zip(SHAPES, goals, strict=False)
] + [
    Row(elastic_net_against_elastic_net, "(60, 60000)", 0.2, (60, 60_000), memory=60e6),  # X has 29 MB
    # what is held beside X, which has 14 MB, or 80
    Row(ridge_in_single_precision, "(60, 60000)", 5.0, (60, 60_000), memory=40e6),
    Row(ridge_in_single_precision, "(1000000, 20)", 2.0, (1_000_000, 20), memory=40e6),
    Row(lasso_in_single_precision, "(60, 60000)", 0.5, (60, 60_000), memory=80e6),
    Row(lasso_in_single_precision, "(1000000, 20)", 0.8, (1_000_000, 20), memory=190e6),
]
