"""Overfitting: what a flexible fit owes to the noise, and exactly how much.

For responses y = f + noise with variance sigma^2 at fixed features X, ridge with
a free intercept predicts ``H y``, where H depends on X and lam alone::

    H = 1 1'/n + Xc (Xc'Xc + n lam I)^-1 Xc',        Xc = X - mean(X).

Averaged over the noise, and over the n rows of X::

    expected error on new responses = sigma^2 + ||(I - H) f||^2 / n + sigma^2 tr(H H') / n
                                      noise     bias^2                variance
    the same - expected training error = 2 sigma^2 tr(H) / n         (optimism)

The two traces differ as soon as lam > 0 and a feature varies: the eigenvalues d of H lie between 0
and 1, so that ``tr(H H') = sum d^2`` is below ``tr(H) = sum d``. They agree for least
squares, where each d is 0 or 1. The intercept is one of them, with d = 1.

At lam = 0 all functions take the least-squares fit of least norm, the limit of
ridge for lam -> 0, which exists for any number of columns.

References: Hastie, Tibshirani and Friedman (2009), The Elements of Statistical
Learning, sections 7.3 and 7.4; Hastie, Montanari, Rosset and Tibshirani (2022).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from reglesson import _checks as check
from reglesson import _scales
from reglesson.l2 import ridge
from reglesson.linear import Floats, LinearFit


def polynomial_features(x: ArrayLike, degree: int) -> Floats:
    """Legendre polynomials P_1 to P_degree of 2 x - 1; a constant column is left to the intercept.

    They span what x, x^2, ..., x^degree span, so least squares gives the same
    curve, but they are bounded by 1 on [0, 1] and orthogonal there, so that the
    numbers stay good at any degree. With a penalty the basis is part of the
    model: the mean square of P_k over [0, 1] is 1 / (2 k + 1), and equal weights
    are taxed equally, so ridge holds the wiggly ones down most.

    Parameters
    ----------
    x : array_like of shape (n,)
        Times; [0, 1] is where the polynomials are bounded, beyond it they grow like x^degree.
    degree : int
        At least 1.

    Returns
    -------
    ndarray of shape (n, degree)
        One column for each polynomial.

    Raises
    ------
    ValueError
        If x is not finite or so large that a polynomial overflows, or `degree` is no integer from 1.

    Notes
    -----
    Memory: twice the result.

    References
    ----------
    .. [1] Hastie, Tibshirani and Friedman (2009), chapter 5: a model that is linear in features of x.

    Examples
    --------
    >>> polynomial_features([0.0, 0.5, 1.0], 2).tolist()
    [[-1.0, 1.0], [0.0, -0.5], [1.0, 1.0]]
    """
    x = check.array(x, "x", 1)
    degree = check.integer(degree, "degree", low=1)
    with np.errstate(over="ignore", invalid="ignore"):
        return check.representable(np.polynomial.legendre.legvander(2 * x - 1, degree)[:, 1:], "x")


def min_norm_fit(X: ArrayLike, y: ArrayLike, *, fit_intercept: bool = True) -> LinearFit:
    """Least squares, and where many weights fit equally well, those of least Euclidean norm.

    Parameters
    ----------
    X : array_like of shape (n, p)
        Features, of any rank, p > n too.
    y : array_like of shape (n,)
        Responses.
    fit_intercept : bool, default True
        If false, b = 0 and nothing is centred.

    Returns
    -------
    LinearFit
        What `ridge` gives at ``lam = 0``.

    Raises
    ------
    ValueError
        If an argument is not finite or shapes do not match.

    Notes
    -----
    Memory: as `ridge`, a few copies of X in double precision, or O(p^2) where there are many more rows than columns.

    References
    ----------
    .. [1] Hastie, Montanari, Rosset and Tibshirani (2022), who call it ridgeless least squares.

    Examples
    --------
    >>> min_norm_fit([[0.0, 0.0], [1.0, 1.0]], [0.0, 2.0]).coef.round(6).tolist()
    [1.0, 1.0]
    """
    return ridge(X, y, 0.0, fit_intercept=fit_intercept)


def smoother(X: ArrayLike, lam: float, X_new: ArrayLike | None = None, *, fit_intercept: bool = True) -> Floats:
    """The matrix H whose product with the responses y is what ridge predicts at the rows of X_new, or of X.

    Parameters
    ----------
    X : array_like of shape (n, p)
        Training features.
    lam : float
        Penalty, at least 0; at 0 the fit of least norm.
    X_new : array_like of shape (m, p), optional
        Features at which to predict; X itself if left out.
    fit_intercept : bool, default True
        If false, b = 0 and nothing is centred.

    Returns
    -------
    ndarray of shape (m, n)
        Row i holds how much each training response counts in prediction i.

    Raises
    ------
    ValueError
        If an argument is not finite, shapes do not match, or lam is below 0.

    Notes
    -----
    Memory: the result, O(m n), a few copies of X and one of `X_new` in double precision.

    References
    ----------
    .. [1] Hastie, Tibshirani and Friedman (2009), sections 3.4.1 and 7.6.

    Examples
    --------
    >>> smoother([[0.0], [2.0]], lam=1.0).round(6).tolist()
    [[0.75, 0.25], [0.25, 0.75]]
    """
    X = check.array(X, "X", 2)
    lam = check.penalty(lam)
    U, at = _at(X, len(X) * lam, X_new, fit_intercept)
    return (fit_intercept / len(X) + at(len(X) * lam) @ U.T).astype(X.dtype, copy=False)


def bias_variance(
    X: ArrayLike,
    signal: ArrayLike,
    noise_var: float,
    lams: ArrayLike,
    *,
    X_new: ArrayLike | None = None,
    signal_new: ArrayLike | None = None,
    fit_intercept: bool = True,
) -> tuple[Floats, Floats]:
    """Squared bias and variance of ridge at each penalty, exact, as means over the rows of X, or of X_new.

    Expected squared error against new responses there is the sum of both and
    `noise_var`. The average is over the noise in the responses; X stays as it is.

    Parameters
    ----------
    X : array_like of shape (n, p)
        Training features.
    signal : array_like of shape (n,)
        The truth f at the rows of X, without noise.
    noise_var : float
        Variance of the noise, at least 0, in squared units of the signal.
    lams : array_like of shape (L,)
        Penalties, each at least 0, in any order; at 0 the fit of least norm.
    X_new : array_like of shape (m, p), optional
        Features where errors are counted; X itself if left out.
    signal_new : array_like of shape (m,), optional
        The truth there; with `X_new` and not without.
    fit_intercept : bool, default True
        If false, b = 0 and nothing is centred.

    Returns
    -------
    bias2 : ndarray of shape (L,)
        The mean of the squared biases; a free intercept is counted here and in the variance.
    variance : ndarray of shape (L,)
        The mean of the variances.

    Raises
    ------
    ValueError
        If an argument is not finite, shapes do not match, or a penalty or `noise_var` is below 0.

    Notes
    -----
    Memory: a few copies of X and two of `X_new`, or O(m n) where that is less, in double precision; no more for more penalties.

    References
    ----------
    .. [1] Hastie, Tibshirani and Friedman (2009), equations 7.9 and 7.11.

    Examples
    --------
    >>> bias2, variance = bias_variance([[0.0], [2.0]], [0.0, 2.0], 1.0, [1.0])
    >>> bias2.round(6).tolist(), variance.round(6).tolist()
    ([0.25], [0.625])
    """
    X = check.array(X, "X", 2)
    signal = _truth(signal, "signal", X)
    noise_var = check.number(noise_var, "noise_var", low=0)
    lams = check.penalties(lams)
    if (X_new is None) != (signal_new is None):
        raise ValueError("X_new and signal_new must be given together, got only one of them")
    n, shifts = len(X), len(X) * lams
    U, at = _at(X, shifts.min(), X_new, fit_intercept)
    there = signal
    if X_new is not None and signal_new is not None:
        there = _truth(signal_new, "signal_new", check.array(X_new, "X_new", 2))
    mean, inside = fit_intercept * signal.mean(dtype=np.float64), U.T @ signal
    bias2, variance = np.empty(len(lams)), np.empty(len(lams))
    with np.errstate(over="ignore", invalid="ignore"):
        for i, shift in enumerate(shifts):
            H = at(shift)
            bias2[i] = np.mean((mean + H @ inside - there) ** 2)
            variance[i] = noise_var * (fit_intercept / n + np.mean((H**2).sum(axis=1)))
    return check.representable(bias2, "X"), check.representable(variance, "X")


def optimism(X: ArrayLike, noise_var: float, lam: float, *, fit_intercept: bool = True) -> float:
    """By how much ridge's training error is too low, on average: ``2 noise_var tr(H) / n``.

    It is the expected error against new responses at the same rows of X, minus
    the expected training error. A free intercept adds one to tr(H).

    Parameters
    ----------
    X : array_like of shape (n, p)
        Training features.
    noise_var : float
        Variance of the noise, at least 0.
    lam : float
        Penalty, at least 0; at 0 the fit of least norm.
    fit_intercept : bool, default True
        If false, b = 0 and nothing is centred.

    Returns
    -------
    float
        In squared units of the response.

    Raises
    ------
    ValueError
        If an argument is not finite, or lam or `noise_var` is below 0.

    Notes
    -----
    Memory: that of `smoother`, O(n^2).

    References
    ----------
    .. [1] Hastie, Tibshirani and Friedman (2009), equations 7.21 and 7.24.

    Examples
    --------
    >>> round(optimism([[0.0], [2.0]], noise_var=1.0, lam=1.0), 6)
    1.5
    """
    X, noise_var = check.array(X, "X", 2), check.number(noise_var, "noise_var", low=0)
    return 2 * noise_var * float(np.trace(smoother(X, lam, fit_intercept=fit_intercept))) / len(X)


def least_norm_risk(n: int, p: int, norm2: float, noise_var: float) -> float:
    """Expected excess error of the least-norm fit to p standard normal features, without intercept: the peak at p = n.

    The excess is ``E (x'w_hat - x'w)^2`` at a new x, averaged over the n training
    rows too; the error itself is this plus `noise_var`::

        p < n - 1:   noise_var p / (n - p - 1)
        p > n + 1:   norm2 (1 - n/p) + noise_var n / (p - n - 1)
        between:     infinite, unless noise_var = 0

    Parameters
    ----------
    n, p : int
        Numbers of rows and of features, at least 1.
    norm2 : float
        Squared norm of the true weights, at least 0.
    noise_var : float
        Variance of the noise, at least 0.

    Returns
    -------
    float
        The excess, infinite where it has no mean.

    Raises
    ------
    ValueError
        If n or p is no integer from 1, or `norm2` or `noise_var` is below 0.

    References
    ----------
    .. [1] Belkin, Hsu and Xu (2020), who also let the fit miss some of the features.

    Examples
    --------
    >>> [round(least_norm_risk(20, p, 1.0, 0.5), 3) for p in (10, 20, 200)]
    [0.556, inf, 0.956]
    """
    n, p = check.integer(n, "n", low=1), check.integer(p, "p", low=1)
    norm2 = check.number(norm2, "norm2", low=0)
    noise_var = check.number(noise_var, "noise_var", low=0)
    missed = norm2 * max(0.0, 1 - n / p)
    if noise_var == 0:
        return missed
    return missed + (noise_var * min(n, p) / (abs(n - p) - 1) if abs(n - p) > 1 else np.inf)


def isotropic_risk(X: ArrayLike, norm2: float, noise_var: float, lams: ArrayLike) -> Floats:
    """Excess error of ridge without intercept at new standard normal features, averaged over true weights.

    The average is over the noise and over true weights of squared norm `norm2`
    that point anywhere alike, ``tau^2 = norm2 / p`` in each direction; X stays as it
    is. For a row space with singular values s_j of X::

        risk = sum_j (tau^2 (n lam)^2 + noise_var s_j^2) / (s_j^2 + n lam)^2 + tau^2 (p - rank)

    Whatever X is, ``lam = noise_var / (n tau^2)`` is best.

    Parameters
    ----------
    X : array_like of shape (n, p)
        Training features.
    norm2 : float
        Squared norm of the true weights, at least 0.
    noise_var : float
        Variance of the noise, at least 0.
    lams : array_like of shape (L,)
        Penalties, each at least 0; at 0 the fit of least norm.

    Returns
    -------
    ndarray of shape (L,)
        The excess at each penalty.

    Raises
    ------
    ValueError
        If X is not finite, or a penalty, `norm2` or `noise_var` is below 0.

    Notes
    -----
    Memory: a few copies of X in double precision, and O(L min(n, p)).

    References
    ----------
    .. [1] Hastie, Montanari, Rosset and Tibshirani (2022), section on isotropic features.
    .. [2] Nakkiran, Venkat, Kakade and Ma (2021).

    Examples
    --------
    >>> isotropic_risk([[1.0, 0.0]], norm2=2.0, noise_var=1.0, lams=[0.0, 1.0]).tolist()
    [2.0, 1.5]
    """
    X = check.array(X, "X", 2)
    norm2 = check.number(norm2, "norm2", low=0)
    noise_var = check.number(noise_var, "noise_var", low=0)
    shifts = len(X) * check.penalties(lams)
    found = _scales.about(X, False, shifts.min())[0]
    tau2 = norm2 / X.shape[1]
    with np.errstate(over="ignore", invalid="ignore"):
        if found.B is None:
            ratio = shifts[:, None] / found.s
            gain = 1 / (found.s + ratio)
            missed, spread = ((ratio * gain) ** 2).sum(axis=1), (gain**2).sum(axis=1)
        else:  # columns in several units: the same sums of squares, from matrices
            missed, spread = np.empty((2, len(shifts)))
            for i, shift in enumerate(shifts):
                root = found.lost(shift)
                missed[i] = np.sum((root.T @ root) ** 2) * (shift > 0)
                spread[i] = np.sum(found.weights(shift) ** 2)
        return check.representable(tau2 * (missed + X.shape[1] - len(found.s)) + noise_var * spread, "X")


def _at(X: Floats, shift: float, X_new: ArrayLike | None, fit_intercept: bool) -> tuple[Floats, Callable[[float], Floats]]:
    """U, and what makes a matrix A of a shift n lam, so that A U'y is what y adds to the predictions at X_new beyond its mean."""
    found, x_mean = _scales.about(X, fit_intercept, shift)
    if X_new is None:
        rows = found.U
    else:
        X_new = check.array(X_new, "X_new", 2)
        if X_new.shape[1] != X.shape[1]:
            raise ValueError(f"X_new must have {X.shape[1]} columns, as X has, got shape {X_new.shape}")
        rows = np.subtract(X_new, x_mean, dtype=np.float64)
        if found.B is not None:
            return found.U, lambda shift: rows @ found.weights(shift)
        rows = rows @ found.Vt.T / found.s
    return found.U, lambda shift: rows * found.kept(shift) if found.B is None else rows @ found.kept(shift)


def _truth(values: ArrayLike, name: str, X: Floats) -> Floats:
    signal = check.array(values, name, 1)
    if len(signal) != len(X):
        raise ValueError(f"{name} must have {len(X)} values, one per row of its features, got {len(signal)}")
    return signal
