"""L1, a price per unit of weight: the lasso, its whole path, and the ways to compute it.

The loss has no 1/2 and the penalty none; the intercept b is not penalized::

    J(w, b) = (1/n) ||y - X w - b||^2 + lam * sum |w_j|

On centred data, let ``g_j = (2/n) x_j'(y - X w)``, what column j could still
explain. The weights are best where, for every j::

    g_j = lam sign(w_j)   if w_j is not 0,      |g_j| <= lam   if it is.    (KKT)

For one weight with the others held, that is a soft threshold at lam / 2::

    w_j = soft_threshold(x_j'r_j / n, lam / 2) / (||x_j||^2 / n),  r_j = y - the other columns' part.

All weights are zero from ``lam_max = max |(2/n) x_j'y|`` on. While the active
set A of non-zero weights and their signs s stay the same, (KKT) is a linear
system::

    w_A = (X_A'X_A)^-1 (X_A'y - (n lam / 2) s),                             (path)

so the weights are straight lines in lam, with a kink where a weight enters or
leaves A. `lasso_knots` walks from kink to kink. `lasso_path` reads off what it
needs, or takes the same steps quicker in ``reglesson._active_sets``, which
leaves difficult data to the walk, and mends what rounding has spoiled there.
``Lasso(alpha)`` of scikit-learn has (1/2n) before the sum of squares: alpha =
lam / 2; the converters stand in `reglesson.choosing`.

Weights of rows (mean 1) stand within the mean of squares, factors of columns
before the terms of the penalty. A column x_j with the factor f_j and the weight
w_j is one of ``x_j / f_j`` with the weight ``f_j w_j`` and no factor; one with the
factor 0 is fitted like the intercept, and what it fits is taken out of all else.

.. [1] Tibshirani (1996), Regression shrinkage and selection via the lasso.
.. [2] Osborne, Presnell and Turlach (2000), A new approach to variable selection.
.. [3] Efron, Hastie, Johnstone and Tibshirani (2004), Least angle regression, section 3.
.. [4] Tibshirani (2013), The lasso problem and uniqueness.
"""

from __future__ import annotations

import contextlib
import numbers
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from reglesson import _active_sets
from reglesson import _checks as check
from reglesson.l2 import ridge_path
from reglesson.linear import LinearFit, LinearPath, _center, _fit, _path, _spare

Floats: TypeAlias = "NDArray[Any]"
Kink: TypeAlias = "tuple[float, NDArray[np.intp], Floats, Floats, Floats]"  # see `_walk`

# -- the pieces of the theory ----------------------------------------------------------------------------------


def soft_threshold(z: ArrayLike, t: float) -> Any:
    """Move z towards zero by t, and stop there.

    That is ``sign(z) max(|z| - t, 0)``, the w that minimizes ``(w - z)^2 + 2 t |w|``.

    Parameters
    ----------
    z : float or array_like
        What is moved.
    t : float
        How far, at least 0.

    Returns
    -------
    float or ndarray
        As z is.

    Raises
    ------
    ValueError
        If z or t is not finite, or t is below 0.

    Examples
    --------
    >>> soft_threshold([3.0, -3.0, 0.5], 1.0)
    array([ 2., -2.,  0.])
    """
    z = check.number(z, "z") if isinstance(z, numbers.Number) else check.array(z, "z")
    t = check.number(t, "t", low=0)
    with np.errstate(over="ignore"):  # a t beyond float32
        return _shrink(z, t)[()]


def lambda_max(X: ArrayLike, y: ArrayLike, *, fit_intercept: bool = True, sample_weight: ArrayLike | None = None,
               penalty_factors: ArrayLike | None = None) -> float:  # fmt: skip
    """The smallest penalty at which all penalized weights are zero.

    On centred data it is the largest ``|(2/n) x_j'y|``; with unpenalized columns, that of what least squares on them
    leaves, and with factors each term is divided by its own.

    Parameters
    ----------
    X : array_like of shape (n, p)
        Features, any rank, not necessarily standardized.
    y : array_like of shape (n,)
        Responses.
    fit_intercept : bool, default True
        If false, b is 0 and nothing is centred.
    sample_weight : array_like of shape (n,), optional
        Weight of each row, at least 0: the mean of squares becomes a weighted mean, whatever the weights add up to.
    penalty_factors : array_like of shape (p,), optional
        What the penalty of each column is multiplied with, at least 0; a column with 0 is not penalized.

    Returns
    -------
    float
        The penalty.

    Raises
    ------
    ValueError
        If an argument is not finite, shapes do not match, or a weight or a factor is below 0.

    Examples
    --------
    >>> lambda_max([[0.0], [2.0]], [1.0, 5.0])
    4.0
    """
    rest, y_rest, _, _ = _penalized(*check.design(X, y), fit_intercept, sample_weight, penalty_factors)
    return float(np.abs(_slope(rest, y_rest)).max(initial=0))


def kkt_violation(X: ArrayLike, y: ArrayLike, fit: LinearFit, lam: float, *, fit_intercept: bool = True,
                  sample_weight: ArrayLike | None = None, penalty_factors: ArrayLike | None = None) -> float:  # fmt: skip
    """How far a fit is from optimal, in the units of lam.

    It is the largest distance of g_j, on centred data, from what (KKT) of the module's docstring asks for. With an
    intercept, twice the absolute mean of the residuals counts as well. It is zero at a solution and nowhere else.

    Parameters
    ----------
    X : array_like of shape (n, p)
        Features, any rank, not necessarily standardized.
    y : array_like of shape (n,)
        Responses.
    fit : LinearFit
        The model to judge.
    lam : float
        Penalty, at least 0.
    fit_intercept : bool, default True
        If false, b is 0 and nothing is centred.
    sample_weight : array_like of shape (n,), optional
        Weight of each row, at least 0: the mean of squares becomes a weighted mean, whatever the weights add up to.
    penalty_factors : array_like of shape (p,), optional
        What the penalty of each column is multiplied with, at least 0; a column with 0 is not penalized.

    Returns
    -------
    float
        The largest distance.

    Raises
    ------
    ValueError
        If an argument is not finite, shapes do not match, or a penalty, a weight or a factor is below 0.

    Examples
    --------
    >>> X, y = [[0.0], [2.0]], [1.0, 5.0]
    >>> kkt_violation(X, y, lasso(X, y, lam=1.0), lam=1.0), kkt_violation(X, y, lasso(X, y, lam=1.0), lam=3.0)
    (0.0, 2.0)
    """
    X, y = check.design(X, y)
    lam, (w, b) = check.penalty(lam), check.fit(fit, X)
    factors = check.penalty_factors(penalty_factors, X.shape[1])
    Xc, residual, mean = _residuals(X, y, w, b, fit_intercept, sample_weight)
    g = _slope(Xc, residual)
    bound = lam if factors is None else lam * factors
    distance = np.where(w != 0, np.abs(g - bound * np.sign(w)), np.maximum(np.abs(g) - bound, 0))
    return float(max(distance.max(), 2 * abs(mean)))


def duality_gap(X: ArrayLike, y: ArrayLike, fit: LinearFit, lam: float, *, fit_intercept: bool = True,
                sample_weight: ArrayLike | None = None, penalty_factors: ArrayLike | None = None) -> float:  # fmt: skip
    """An upper bound on how much J of a fit is above the least J.

    Any v (n,) with ``|(2/n) x_j'v| <= lam`` for all j (and, with an intercept, with mean 0) gives a lower bound of J,
    ``(||y||^2 - ||y - v||^2) / n`` with y centred. We take the multiple of the residuals that gives the highest bound;
    at lam = 0 the residuals of least squares.

    Parameters
    ----------
    X : array_like of shape (n, p)
        Features, any rank, not necessarily standardized.
    y : array_like of shape (n,)
        Responses.
    fit : LinearFit
        The model to judge.
    lam : float
        Penalty, at least 0.
    fit_intercept : bool, default True
        If false, b is 0 and nothing is centred.
    sample_weight : array_like of shape (n,), optional
        Weight of each row, at least 0: the mean of squares becomes a weighted mean, whatever the weights add up to.
    penalty_factors : array_like of shape (p,), optional
        What the penalty of each column is multiplied with, at least 0; a column with 0 is not penalized.

    Returns
    -------
    float
        The bound, zero at a solution but for rounding.

    Raises
    ------
    ValueError
        If an argument is not finite, shapes do not match, or a penalty, a weight or a factor is below 0.

    References
    ----------
    .. [1] Kim, Koh, Lustig, Boyd and Gorinevsky (2007), An interior-point method for large-scale l1-regularized least
       squares, section III.

    Examples
    --------
    >>> X, y = [[0.0], [2.0]], [1.0, 5.0]
    >>> duality_gap(X, y, lasso(X, y, lam=1.0), lam=1.0)
    0.0
    """
    X, y = check.design(X, y)
    lam, (w, b) = check.penalty(lam), check.fit(fit, X)
    factors = check.penalty_factors(penalty_factors, X.shape[1])
    _, residual, mean = _residuals(X, y, w, b, fit_intercept, sample_weight)
    if factors is not None:
        w = factors * w
    price = np.abs(w)
    loss = residual @ residual / len(y) + mean**2 + lam * price.sum(dtype=np.float64)
    rest, y_rest, _, _ = _penalized(X, y, fit_intercept, sample_weight, penalty_factors)
    if lam == 0:
        v: Floats = y_rest - rest @ np.linalg.lstsq(rest, y_rest, rcond=None)[0]
    else:
        v = y_rest - rest @ w
        slope, square = np.abs(_slope(rest, v)).max(initial=0), v @ v
        most = lam / slope if slope > 0 else np.inf
        v = v * np.clip(v @ y_rest / square, -most, most) if square > 0 else v
    return float(loss - (2 * y_rest - v) @ v / len(y))


# -- solvers to read: one idea each, no stopping rule, no tricks ----------------------------------------------


def lasso_regression(X: ArrayLike, y: ArrayLike, lambda_val: float, epochs: int = 1000, learning_rate: float = 0.01,
                     *, fit_intercept: bool = True) -> LinearFit:  # fmt: skip
    """Take subgradient steps from zero with sign(w), as tutorials write it.

    It comes near the lasso; a weight of exactly zero is an accident. Nothing is centred.

    Parameters
    ----------
    X : array_like of shape (n, p)
        Features, any rank, not necessarily standardized.
    y : array_like of shape (n,)
        Responses.
    lambda_val : float
        Penalty, at least 0.
    epochs : int, default 1000
        Number of steps.
    learning_rate : float, default 0.01
        What each subgradient is multiplied with.
    fit_intercept : bool, default True
        If false, b is 0.

    Returns
    -------
    LinearFit
        The weights, (p,), and the intercept.

    Raises
    ------
    ValueError
        If an argument is not finite or not allowed, or the steps are too large for the weights to stay finite.

    Examples
    --------
    >>> lasso_regression([[0.0], [2.0]], [1.0, 5.0], lambda_val=1.0, epochs=2).coef.round(3).tolist()
    [0.185]
    """
    X, y = check.design(X, y)
    lam = check.penalty(lambda_val, "lambda_val")
    epochs = check.integer(epochs, "epochs", low=0)
    rate = check.learning_rate(learning_rate)
    free = check.flag(fit_intercept, "fit_intercept")
    dtype, X, y = X.dtype, X.astype(np.float64, copy=False), y.astype(np.float64, copy=False)
    w, b = np.zeros(X.shape[1]), 0.0
    with np.errstate(over="ignore", invalid="ignore"):
        for _ in range(epochs):
            error = X @ w + b - y
            gradient_w = 2 * X.T @ error / len(X) + lam * np.sign(w)
            gradient_b = 2 * error.mean() if free else 0.0
            w, b = w - rate * gradient_w, b - rate * gradient_b
        w = w.astype(dtype, copy=False)
    if not (np.isfinite(w).all() and np.isfinite(b)):
        raise ValueError(f"learning_rate must be small enough for the steps to shrink, got {learning_rate}: the weights overflow")
    return LinearFit(w, float(b))


def proximal_gradient(X: ArrayLike, y: ArrayLike, lam: float, steps: int = 1000, *, accelerate: bool = False,
                      fit_intercept: bool = True) -> LinearFit:  # fmt: skip
    """A gradient step on the squared error, then a soft threshold, again and again from zero.

    Each step is of length 1/L, with L the largest curvature of the squared error (ISTA; accelerated: FISTA).

    Parameters
    ----------
    X : array_like of shape (n, p)
        Features, any rank, not necessarily standardized.
    y : array_like of shape (n,)
        Responses.
    lam : float
        Penalty, at least 0.
    steps : int, default 1000
        Number of steps.
    accelerate : bool, default False
        If true, step from a point ahead of the weights, in the direction in which they moved.
    fit_intercept : bool, default True
        If false, b is 0 and nothing is centred.

    Returns
    -------
    LinearFit
        The weights, (p,), and the intercept.

    Raises
    ------
    ValueError
        If an argument is not finite or not allowed.
        Also if a column is too small to be squared and would have a weight, and if a result overflows.

    References
    ----------
    .. [1] Beck and Teboulle (2009), A fast iterative shrinkage-thresholding algorithm, equations 4.1 to 4.3.

    Examples
    --------
    >>> proximal_gradient([[0.0], [2.0]], [1.0, 5.0], lam=1.0, steps=1).coef.round(3).tolist()
    [1.5]
    """
    X, y = check.design(X, y)
    lam = check.penalty(lam)
    steps = check.integer(steps, "steps", low=0)
    check.flag(accelerate, "accelerate")
    Xc, yc, x_mean, y_mean = _center(X, y, fit_intercept)
    Xc = _squarable(Xc, yc, lam)
    L = 2 / len(y) * np.linalg.norm(Xc, 2) ** 2
    w = ahead = np.zeros(X.shape[1])
    momentum = 1.0
    for _ in range(steps if L > 0 else 0):
        previous, w = w, _shrink(ahead + _slope(Xc, yc - Xc @ ahead) / L, lam / L)
        faster = (1 + np.sqrt(1 + 4 * momentum**2)) / 2 if accelerate else 1.0
        ahead, momentum = w + (momentum - 1) / faster * (w - previous), faster
    return _fit(w, x_mean, y_mean, X.dtype)


def coordinate_descent(X: ArrayLike, y: ArrayLike, lam: float, sweeps: int = 100, *, fit_intercept: bool = True) -> LinearFit:
    """Set one weight at a time to its best value, which is a soft threshold.

    All weights in turn, a number of times, from zero.

    Parameters
    ----------
    X : array_like of shape (n, p)
        Features, any rank, not necessarily standardized.
    y : array_like of shape (n,)
        Responses.
    lam : float
        Penalty, at least 0.
    sweeps : int, default 100
        How often each weight is visited.
    fit_intercept : bool, default True
        If false, b is 0 and nothing is centred.

    Returns
    -------
    LinearFit
        The weights, (p,), and the intercept.

    Raises
    ------
    ValueError
        If an argument is not finite or not allowed.
        Also if a column is too small to be squared and would have a weight, and if a result overflows.

    References
    ----------
    .. [1] Friedman, Hastie, Höfling and Tibshirani (2007), Pathwise coordinate optimization, section 2.

    Examples
    --------
    >>> coordinate_descent([[0.0], [2.0]], [1.0, 5.0], lam=1.0, sweeps=1).coef.round(3).tolist()
    [1.5]
    """
    X, y = check.design(X, y)
    lam = check.penalty(lam)
    sweeps = check.integer(sweeps, "sweeps", low=0)
    Xc, yc, x_mean, y_mean = _center(X, y, fit_intercept)
    Xc = _squarable(Xc, yc, lam)
    squares = np.mean(Xc**2, axis=0)
    w, residual = np.zeros(X.shape[1]), yc.copy()
    for _ in range(sweeps):
        for j in np.flatnonzero(squares):
            residual += w[j] * Xc[:, j]  # take column j out ...
            w[j] = _shrink(Xc[:, j] @ residual / len(y), lam / 2) / squares[j]
            residual -= w[j] * Xc[:, j]  # ... and put it back with its best weight
    return _fit(w, x_mean, y_mean, X.dtype)


# -- the exact path and what is read off it --------------------------------------------------------------------


def lasso_knots(X: ArrayLike, y: ArrayLike, *, fit_intercept: bool = True, sample_weight: ArrayLike | None = None,
                penalty_factors: ArrayLike | None = None) -> LinearPath:  # fmt: skip
    """The exact lasso path: the fit at every kink, from lambda_max down to 0.

    Between two kinks the weights are straight lines in lam. A row stands for each penalty at which weights enter or
    leave; the last row is lam = 0: least squares or, where that is not unique, the limit of the path, which has the
    smallest penalty, ``sum |w_j|`` with the factors in it, among all least-squares weights.

    Parameters
    ----------
    X : array_like of shape (n, p)
        Features, any rank, not necessarily standardized.
    y : array_like of shape (n,)
        Responses.
    fit_intercept : bool, default True
        If false, b is 0 and nothing is centred.
    sample_weight : array_like of shape (n,), optional
        Weight of each row, at least 0: the mean of squares becomes a weighted mean, whatever the weights add up to.
    penalty_factors : array_like of shape (p,), optional
        What the penalty of each column is multiplied with, at least 0; a column with 0 is not penalized.

    Returns
    -------
    LinearPath
        The K kinks: lams (K,), falling, and coefs (K, p).

    Raises
    ------
    ValueError
        If an argument is not finite, shapes do not match, or a weight or a factor is below 0.
        Also if a column is too small to be squared and would have a weight, and if a result overflows.

    Notes
    -----
    Every result is put into (KKT) of the module's docstring, and is off by no more than a millionth of lam there, or
    by what rounding does to the slope of a column. Where that cannot be reached a `reglesson.linear.PrecisionWarning`
    says so. Beside its result it needs O(n p + K p) numbers.

    References
    ----------
    .. [1] Osborne, Presnell and Turlach (2000), A new approach to variable selection in least squares problems.
    .. [2] Efron, Hastie, Johnstone and Tibshirani (2004), Least angle regression, section 3.1.

    Examples
    --------
    >>> path = lasso_knots([[1.0, 0], [-1, 0], [0, 1], [0, -1]], [3.0, -3, 1, -1])
    >>> path.lams.round(9).tolist(), path.coefs.round(9).tolist()
    ([3.0, 1.0, 0.0], [[0.0, 0.0], [2.0, 0.0], [3.0, 1.0]])
    """
    X, y = check.design(X, y)
    rest, y_rest, _, finish = _penalized(X, y, fit_intercept, sample_weight, penalty_factors)
    rest = _squarable(rest, y_rest, 0.0)
    kinks, weights, slopes = [], [], []
    for lam, A, w, alpha, beta in _walk(rest, y_rest, 0.0):
        row = np.zeros(rest.shape[1])
        row[A] = w
        kinks.append(lam)
        weights.append(row)
        slopes.append(alpha + lam * beta)
    lams = np.array(kinks)
    return finish(lams, _settled(rest, y_rest, np.array(weights), np.array(slopes), lams))


def lasso_path(X: ArrayLike, y: ArrayLike, lams: ArrayLike | None = None, n_lams: int = 100, eps: float = 1e-3,
               *, fit_intercept: bool = True, sample_weight: ArrayLike | None = None,
               penalty_factors: ArrayLike | None = None) -> LinearPath:  # fmt: skip
    """The lasso at every penalty of a grid, each on a straight line between two kinks.

    Parameters
    ----------
    X : array_like of shape (n, p)
        Features, any rank, not necessarily standardized.
    y : array_like of shape (n,)
        Responses.
    lams : array_like of shape (L,), optional
        Penalties, each at least 0, in any order; by default n_lams of them in equal ratios from `lambda_max` down to eps
        times that.
    n_lams : int, default 100
        Number of penalties, where lams is not given.
    eps : float, default 0.001
        The last of them, as a share of the first.
    fit_intercept : bool, default True
        If false, b is 0 and nothing is centred.
    sample_weight : array_like of shape (n,), optional
        Weight of each row, at least 0: the mean of squares becomes a weighted mean, whatever the weights add up to.
    penalty_factors : array_like of shape (p,), optional
        What the penalty of each column is multiplied with, at least 0; a column with 0 is not penalized.

    Returns
    -------
    LinearPath
        The fits in the order of lams, coefs (L, p); weights that are not active are exactly 0.

    Raises
    ------
    ValueError
        If an argument is not finite, shapes do not match, or a penalty, a weight or a factor is below 0.
        Also if a column is too small to be squared and would have a weight, and if a result overflows.

    Notes
    -----
    Every result is put into (KKT) of the module's docstring, and is off by no more than a millionth of lam there, or
    by what rounding does to the slope of a column. Where that cannot be reached a `reglesson.linear.PrecisionWarning`
    says so: with more columns than rows, and rows whose sizes span nine orders of magnitude, this has been seen. The
    weights are then the best that were found, and not certified. Beside its result it needs O(n p + L p) numbers,
    however many columns there are.

    Examples
    --------
    >>> lasso_path([[0.0], [2.0]], [1.0, 5.0], lams=[4.0, 1.0, 0.0]).coefs.round(9).tolist()
    [[0.0], [1.5], [2.0]]
    """
    X, y = check.design(X, y)
    n_lams = check.integer(n_lams, "n_lams", low=1)
    eps = check.number(eps, "eps", low=0, low_open=True, high=1)
    rest, y_rest, _, finish = _penalized(X, y, fit_intercept, sample_weight, penalty_factors)
    if lams is None:
        top = np.abs(_slope(rest, y_rest)).max(initial=0)
        lams = np.geomspace(top, eps * top, n_lams) if top > 0 else np.zeros(n_lams)
    lams = check.penalties(lams)
    return finish(lams, _lasso(rest, y_rest, lams))


def lasso(X: ArrayLike, y: ArrayLike, lam: float, *, fit_intercept: bool = True, sample_weight: ArrayLike | None = None,
          penalty_factors: ArrayLike | None = None) -> LinearFit:  # fmt: skip
    """The weights that minimize the L1-penalized loss.

    Parameters
    ----------
    X : array_like of shape (n, p)
        Features, any rank, not necessarily standardized.
    y : array_like of shape (n,)
        Responses.
    lam : float
        Penalty, at least 0; at 0, the end of the path, as in `lasso_knots`.
    fit_intercept : bool, default True
        If false, b is 0 and nothing is centred.
    sample_weight : array_like of shape (n,), optional
        Weight of each row, at least 0: the mean of squares becomes a weighted mean, whatever the weights add up to.
    penalty_factors : array_like of shape (p,), optional
        What the penalty of each column is multiplied with, at least 0; a column with 0 is not penalized.

    Returns
    -------
    LinearFit
        The weights, (p,), those that are not active exactly 0, and the intercept.

    Raises
    ------
    ValueError
        If an argument is not finite, shapes do not match, or a penalty, a weight or a factor is below 0.
        Also if a column is too small to be squared and would have a weight, and if a result overflows.

    Notes
    -----
    Every result is put into (KKT) of the module's docstring, and is off by no more than a millionth of lam there, or
    by what rounding does to the slope of a column. Where that cannot be reached a `reglesson.linear.PrecisionWarning`
    says so. Beside its result it needs O(n p) numbers, however many columns there are.

    Examples
    --------
    >>> lasso([[0.0], [2.0]], [1.0, 5.0], lam=1.0).coef.round(9).tolist()
    [1.5]
    >>> X, y = [[0.0, 0], [2, 0], [0, 2], [2, 2]], [1.0, 5, 2, 6]
    >>> lasso(X, y, lam=5.0).coef.round(9).tolist(), lasso(X, y, lam=5.0, penalty_factors=[0, 1]).coef.round(9).tolist()
    ([0.0, 0.0], [2.0, 0.0])
    """
    lams = [check.penalty(lam)]
    return lasso_path(X, y, lams, fit_intercept=fit_intercept, sample_weight=sample_weight, penalty_factors=penalty_factors)[0]


def elastic_net_path(X: ArrayLike, y: ArrayLike, lams: ArrayLike, l1_ratio: float, *, fit_intercept: bool = True,
                     sample_weight: ArrayLike | None = None, penalty_factors: ArrayLike | None = None) -> LinearPath:  # fmt: skip
    """The elastic net at every penalty of a grid.

    The penalty is ``lam (r sum |w_j| + (1 - r) sum w_j^2)`` with r = l1_ratio. The squares only add 2 lam (1 - r) to the
    diagonal of (2/n) X'X, as more rows of data would; what remains is a lasso with the penalty r lam. A factor
    multiplies both terms of its column.

    Parameters
    ----------
    X : array_like of shape (n, p)
        Features, any rank, not necessarily standardized.
    y : array_like of shape (n,)
        Responses.
    lams : array_like of shape (L,)
        Penalties, each at least 0, in any order; at 0 the end of the lasso's path, or for a ratio of 0 that of
        ridge. Where least squares is not unique the weights tend to other ones as the penalty falls.
    l1_ratio : float
        Share of L1 in the penalty, from 0 (ridge) to 1 (lasso).
    fit_intercept : bool, default True
        If false, b is 0 and nothing is centred.
    sample_weight : array_like of shape (n,), optional
        Weight of each row, at least 0: the mean of squares becomes a weighted mean, whatever the weights add up to.
    penalty_factors : array_like of shape (p,), optional
        What the penalty of each column is multiplied with, at least 0; a column with 0 is not penalized.

    Returns
    -------
    LinearPath
        The fits in the order of lams, coefs (L, p); weights that are not active are exactly 0.

    Raises
    ------
    ValueError
        If an argument is not finite or not allowed, or shapes do not match.
        Also if a column is too small to be squared and would have a weight, and if a result overflows.

    Notes
    -----
    Every result is put into (KKT) of the module's docstring, and is off by no more than a millionth of lam there, or
    by what rounding does to the slope of a column. Where that cannot be reached a `reglesson.linear.PrecisionWarning`
    says so. Beside its result it needs O(n p + L p) numbers, and k^2 more for
    k active weights where these are difficult to find.

    References
    ----------
    .. [1] Zou and Hastie (2005), Regularization and variable selection via the elastic net, lemma 1; ours is their
       "naive" elastic net.

    Examples
    --------
    >>> elastic_net_path([[0.0], [2.0]], [1.0, 5.0], lams=[1.0, 0.0], l1_ratio=0.5).coefs.round(9).tolist()
    [[1.166666667], [2.0]]
    """
    X, y = check.design(X, y)
    lams, ratio = check.penalties(lams), check.number(l1_ratio, "l1_ratio", low=0, high=1)
    rest, y_rest, shares, finish = _penalized(X, y, fit_intercept, sample_weight, penalty_factors)
    if ratio == 1:
        return finish(lams, _lasso(rest, y_rest, lams))
    if ratio == 0:
        root = np.sqrt(shares)
        return finish(lams, ridge_path(rest / root, y_rest, lams, fit_intercept=False).coefs / root)
    rest = _squarable(rest, y_rest, ratio * lams.min())
    coefs, sure = _active_sets.elastic_net(rest, y_rest, lams, ratio, shares)
    if not lams.all():  # least squares; of several the one at the end of the lasso's path
        coefs[lams == 0], sure[lams == 0] = _lasso(rest, y_rest, np.zeros(1)), True
    _active_sets.settle(rest, y_rest, coefs, sure, lams, ratio, shares)
    return finish(lams, coefs)


def elastic_net(X: ArrayLike, y: ArrayLike, lam: float, l1_ratio: float, *, fit_intercept: bool = True,
                sample_weight: ArrayLike | None = None, penalty_factors: ArrayLike | None = None) -> LinearFit:  # fmt: skip
    """The weights that minimize the loss with both penalties: `elastic_net_path` at one of its penalties.

    Parameters
    ----------
    X : array_like of shape (n, p)
        Features, any rank, not necessarily standardized.
    y : array_like of shape (n,)
        Responses.
    lam : float
        Penalty, at least 0.
    l1_ratio : float
        Share of L1 in the penalty, from 0 (ridge) to 1 (lasso).
    fit_intercept : bool, default True
        If false, b is 0 and nothing is centred.
    sample_weight : array_like of shape (n,), optional
        Weight of each row, at least 0: the mean of squares becomes a weighted mean, whatever the weights add up to.
    penalty_factors : array_like of shape (p,), optional
        What the penalty of each column is multiplied with, at least 0; a column with 0 is not penalized.

    Returns
    -------
    LinearFit
        The weights, (p,), those that are not active exactly 0, and the intercept.

    Raises
    ------
    ValueError
        If an argument is not finite or not allowed, or shapes do not match.
        Also if a column is too small to be squared and would have a weight, and if a result overflows.

    Examples
    --------
    >>> elastic_net([[0.0], [2.0]], [1.0, 5.0], lam=1.0, l1_ratio=0.5).coef.round(9).tolist()
    [1.166666667]
    """
    path = elastic_net_path(X, y, [check.penalty(lam)], l1_ratio, fit_intercept=fit_intercept, sample_weight=sample_weight,
                            penalty_factors=penalty_factors)  # fmt: skip
    return path[0]


# -- the walk along the path -----------------------------------------------------------------------------------

TIE = 1e-12  # kinks closer than this share of lam are one kink
SPAN = 1e-13  # a column with a smaller share than this of its square outside the active columns' span lies in it
NEAR = 1e-6  # a smaller share than this is computed with care
SMALLEST = 2.0**-490  # squares of smaller numbers, and products of such squares, are too small for floats
ROUNDS = 50  # toggles per column at one lam before rounding is held to be the reason


def _lasso(X: Floats, y: Floats, lams: Floats) -> Floats:
    """Weights (L, p) at the penalties (L,) on centred data: the quick way or else the walk."""
    X = _squarable(X, y, lams.min())
    coefs, sure = _active_sets.lasso(X, y, lams)
    if coefs is None:
        coefs, slopes = _between(_walk(X, y, lams.min()), lams, X.shape[1])
        return _settled(X, y, coefs, slopes, lams)
    _active_sets.settle(X, y, coefs, sure, lams)
    found: Floats = coefs
    return found


def _settled(X: Floats, y: Floats, coefs: Floats, slopes: Floats, lams: Floats) -> Floats:
    """The weights (L, p) of the walk, made right where they are not, given the slopes that the walk has (L, p)."""
    _active_sets.settle(X, y, coefs, _active_sets.surely(y, coefs, slopes, lams[:, None], _active_sets.lengths(X)), lams)
    return coefs


def _between(kinks: Iterator[Kink], lams: Floats, p: int) -> tuple[Floats, Floats]:
    """Weights and slopes, each (L, p), at the penalties (L,): on the straight lines between two kinks."""
    coefs, slopes, before = np.zeros((len(lams), p)), np.empty((len(lams), p)), np.zeros(p)
    high, _, _, above, _ = next(kinks)  # lambda_max, where all weights are zero
    slopes[:] = above
    waiting = [k for k in np.argsort(lams) if lams[k] < high]  # the next is the last
    for low, A, w, alpha, beta in kinks:
        after = np.zeros(p)
        after[A] = w
        # from what holds above the kink: where rounding has parted the lines, weights and slopes stay together
        below = alpha + low * beta
        while waiting and lams[waiting[-1]] >= low:
            k = waiting.pop()
            share = (high - lams[k]) / (high - low)
            coefs[k] = (1 - share) * before + share * after
            slopes[k] = (1 - share) * above + share * below
        high, before, above = low, after, below
    return coefs, slopes


def _walk(X: Floats, y: Floats, floor: float) -> Iterator[Kink]:
    """The kinks of the path on centred data, from lambda_max down to `floor`.

    Each is a penalty, the columns A that are active above it, their weights w_A, and alpha and beta,
    which make the slopes of all columns from the kink above down to it.
    With G = (2/n) X'X and c = (2/n) X'y, the active weights and the slopes are straight lines in lam:

        w_A = z - lam u,             z = G_AA^-1 c_A,    u = G_AA^-1 s,
        g = alpha + lam beta,    alpha = c - G_A'z,   beta = G_A'u.

    As lam falls, the next kink is the highest of these penalties:

        an inactive weight enters where |g_j| = lam:   lam = |alpha_j| / (1 - sign(alpha_j) beta_j),
        an active weight leaves where w_j = 0:         lam = z_j / u_j,   if z_j and s_j differ in sign.

    There one weight is toggled, and G_AA^-1 is updated, not computed afresh.
    Weights that tie are toggled one by one at the same lam, always the first of
    those that must be; in this order no set of active weights comes back
    (Murty 1974). A column in the span of the active ones has alpha = 0 and
    never enters, so G_AA stays invertible even where columns repeat. As no more
    columns than rows can be active, it takes O(n p) numbers.
    """
    n, p = X.shape
    c, diagonal = _slope(X, y), np.einsum("ij,ij->j", X, X) * (2 / n)
    gram = _slope(X, X) if p <= 2 * n else None
    length, y_length = np.sqrt(diagonal), np.sqrt(_slope(y, y))
    room = min(n, p)
    active, signs = np.empty(room, int), np.empty(room)  # A, s
    inverse, rows = np.empty((room, room)), np.empty((room, p))  # G_AA^-1, G_A
    k, toggles = 0, 0
    barred: list[int] = []
    lam = np.abs(c).max()
    yield lam, active[:0], signs[:0], c, np.zeros(p)
    while lam > floor:
        A, s = active[:k], signs[:k]
        solution, image = _solve(np.array([c[A], s]), A, inverse[:k, :k], rows[:k])
        (z, u), (left, falls) = solution, solution * s
        rest, beta = c - image[0], image[1]
        length_A = length[A]
        noise = TIE * (y_length + length_A @ np.abs(z))  # rounding moves the fit, in any direction, by less than this
        alpha = np.where(np.abs(rest) <= noise * length, 0, rest)
        alpha[barred] = 0
        size = np.abs(alpha)
        kinks = size / np.maximum(1 - np.sign(alpha) * beta, size / lam)  # at most lam, whatever the rounding
        kinks[A] = np.divide(left, np.minimum(falls, left / lam), out=np.zeros(k), where=left * length_A < -noise)
        highest = max(kinks.max(), floor)
        tied = (kinks > 0) & (kinks >= highest * (1 - TIE))
        if highest < lam * (1 - TIE):
            lam, toggles = highest, 0
            w = z - lam * u
            yield lam, A.copy(), np.where(tied[A] | (np.abs(w) * length_A <= noise), 0, w), rest, beta
        if highest == floor:
            break
        j, toggles = int(np.argmax(tied)), toggles + 1
        stuck = toggles > 1 + ROUNDS * p  # then what leaves stays out until lam falls
        if j in A:
            k = _drop(int(np.flatnonzero(A == j)[0]), k, active, signs, inverse, rows)
            barred = [*barred, j] if stuck else []
            continue
        row = gram[j] if gram is not None else _slope(X, X[:, j])
        along = row[A] @ inverse[:k, :k]
        outside = diagonal[j] - along @ row[A]
        if outside <= NEAR * diagonal[j]:  # digits were lost: once more, so that errors in `along` count squared
            (along,), (image,) = _solve(row[None, A], A, inverse[:k, :k], rows[:k])
            outside = diagonal[j] - 2 * along @ row[A] + along @ image[A]
        if k == room or outside <= SPAN * diagonal[j]:
            barred = [*barred, j]
            continue
        inverse[:k, :k] += np.outer(along, along / outside)
        inverse[k, :k] = inverse[:k, k] = -along / outside
        inverse[k, k] = 1 / outside
        active[k], signs[k], rows[k] = j, np.sign(alpha[j]), row
        k, barred = k + 1, barred if stuck else []


def _solve(right: Floats, A: NDArray[np.intp], inverse: Floats, rows: Floats) -> tuple[Floats, Floats]:
    """G_AA^-1 times each row of `right` (m, k), and G_A' times that (m, p).

    The second holds, at A, what the first must be equal to; where rounding has
    piled up in the inverse they differ, and the inverse is mended in place.
    """
    solution = right @ inverse
    image = solution @ rows
    allowed = 1e-11 * np.abs(right).max(axis=1, initial=0)[:, None]
    for attempt in range(2):
        error = right - image[:, A]
        if (np.abs(error) <= allowed).all():
            break
        if attempt:
            with contextlib.suppress(np.linalg.LinAlgError):  # singular to the last digit: then the old one has to do
                inverse[:] = np.linalg.inv(rows[:, A])
        solution = solution + error @ inverse
        image = solution @ rows
    return solution, image


def _drop(i: int, k: int, active: NDArray[np.intp], signs: Floats, inverse: Floats, rows: Floats) -> int:
    """Take the i-th of k active weights out: the last takes its place, and its row and column leave the inverse."""
    last = k - 1
    inverse[[i, last], :k] = inverse[[last, i], :k]
    inverse[:k, [i, last]] = inverse[:k, [last, i]]
    inverse[:last, :last] -= np.outer(inverse[:last, last], inverse[last, :last] / inverse[last, last])
    for array in (active, signs, rows):
        array[i] = array[last]
    return last


def _shrink(z: Any, t: Any) -> Any:
    """`soft_threshold` of what is known to be numbers."""
    shrunk = np.abs(z) - t
    return np.where(shrunk > 0, np.sign(z) * shrunk, 0.0)


def _slope(X: Any, residual: Any) -> Any:
    """(2/n) X'r: by how much the squared error falls, per unit of each weight; with columns for r, entries of G."""
    return X.T @ residual * (2 / len(X))


def _penalized(X: Floats, y: Floats, fit_intercept: bool, sample_weight: ArrayLike | None, penalty_factors: ArrayLike | None,
               ) -> tuple[Floats, Floats, Floats, Callable[[Floats, Floats], LinearPath]]:  # fmt: skip
    """What there is to choose once the best intercept and the best weights of unpenalized columns are put in.

    Returns columns (n, p) and y (n,), such that w minimizes ||y - X w||^2 / n +
    lam sum |w_j| as if there were nothing else: centred, without what the
    unpenalized columns fit, each column over its factor, and zeros in place of
    the unpenalized ones. With them come the factors of the squares in the
    elastic net, f_j w_j^2 being (f_j w_j)^2 / f_j, and a function that makes a
    `LinearPath` of penalties and weights (L, p). It takes O(n p) numbers.
    """
    weights = check.sample_weight(sample_weight, len(X))
    factors = check.penalty_factors(penalty_factors, X.shape[1])
    Xc, yc, x_mean, y_mean = _center(X, y, fit_intercept, weights)
    if factors is None:
        return Xc, yc, np.ones(X.shape[1]), lambda lams, coefs: _path(lams, coefs, x_mean, y_mean, X.dtype)
    free = factors == 0
    f, rest, y_rest, whole = np.maximum(factors, free), Xc, yc, None  # 1 for the free ones
    if free.any():
        rest = np.zeros_like(Xc)
        rest[:, ~free], y_rest, whole = _spare(Xc, yc, free)
    with np.errstate(over="ignore", under="ignore"):
        rest = check.array(rest / f, "X over penalty_factors")

    def finish(lams: Floats, coefs: Floats) -> LinearPath:
        coefs = coefs / f
        return _path(lams, coefs if whole is None else whole(coefs[:, ~free]), x_mean, y_mean, X.dtype)

    return rest, y_rest, 1 / f, finish


def _squarable(X: Floats, y: Floats, lowest: float) -> Floats:
    """X with zeros for columns of numbers that are too small to be squared; at penalties from `lowest` on these have no weight.

    Residuals are no longer than y, so that no g_j is larger than twice the largest entry of x_j times ||y|| / sqrt(n).
    """
    size = np.abs(X).max(axis=0, initial=0)
    short = (size < SMALLEST) & (size > 0)
    if not short.any():
        return X
    j = int(np.argmax(np.where(short, size, 0)))
    if lowest <= 2 * size[j] * np.sqrt(y @ y / len(y)) and y.any():
        raise ValueError(f"X must have no column, centred and over its penalty factor, of numbers below {SMALLEST:.2g} where the "
                         f"penalty is as small as {lowest:.3g}, got at most {size[j]:.3g} in column {j}: take larger units")
    return np.where(short, 0.0, X)


def _residuals(X: Floats, y: Floats, w: Floats, b: float, fit_intercept: bool, sample_weight: ArrayLike | None,
               ) -> tuple[Floats, Floats, float]:  # fmt: skip
    """Centred X, the residuals without their mean, rows times the root of their weight, and that mean, 0 where b is given."""
    weights = check.sample_weight(sample_weight, len(X))
    Xc, yc, x_mean, y_mean = _center(X, y, fit_intercept, weights)
    if fit_intercept:
        return Xc, yc - Xc @ w, float(y_mean - x_mean @ w - b)
    return Xc, yc - Xc @ w - b * (1 if weights is None else np.sqrt(weights)), 0.0
