"""Overfitting: what a flexible fit owes to the noise, and exactly how much.

For responses y = f + noise with variance sigma^2 at fixed features X, ridge with
a free intercept predicts H y, where H depends on X and lam alone:

    H = 1 1'/n + Xc (Xc'Xc + n lam I)^-1 Xc',        Xc = X - mean(X).

Averaged over the noise, and over the n rows of X,

    expected error on new responses = sigma^2 + ||(I - H) f||^2 / n + sigma^2 tr(H H') / n
                                      noise     bias^2                variance
    the same - expected training error = 2 sigma^2 tr(H) / n         (optimism)

The two traces differ as soon as lam > 0: the eigenvalues d of H lie between 0
and 1, so that tr(H H') = sum d^2 is below tr(H) = sum d. They agree for least
squares, where each d is 0 or 1. The intercept is one of them, with d = 1.

At lam = 0 all functions take the least-squares fit of least norm, the limit of
ridge for lam -> 0, which exists for any number of columns.

References: Hastie, Tibshirani and Friedman (2009), The Elements of Statistical
Learning, sections 7.3 and 7.4; Hastie, Montanari, Rosset and Tibshirani (2022).
"""

import numpy as np

from reglesson import _checks as check
from reglesson import _scales
from reglesson.l2 import ridge
from reglesson.linear import _svd


def polynomial_features(x, degree):
    """Legendre polynomials P_1 to P_degree of 2 x - 1, shape (n, degree); a constant column is left to the intercept.

    They span what x, x^2, ..., x^degree span, so least squares gives the same
    curve, but they are bounded by 1 on [0, 1] and orthogonal there, so that the
    numbers stay good at any degree. With a penalty the basis is part of the
    model: the mean square of P_k over [0, 1] is 1 / (2 k + 1), and equal weights
    are taxed equally, so ridge holds the wiggly ones down most.

    Parameters
    ----------
    x : (n,) times; [0, 1] is where the polynomials are bounded, beyond it they grow like x^degree
    degree : at least 1

    References
    ----------
    Hastie, Tibshirani and Friedman (2009), chapter 5: a model that is linear in features of x.

    Examples
    --------
    >>> polynomial_features([0.0, 0.5, 1.0], 2).tolist()
    [[-1.0, 1.0], [0.0, -0.5], [1.0, 1.0]]
    """
    x = check.array(x, "x", 1)
    degree = check.integer(degree, "degree", low=1)
    with np.errstate(over="ignore", invalid="ignore"):
        return check.representable(np.polynomial.legendre.legvander(2 * x - 1, degree)[:, 1:], "x")


def min_norm_fit(X, y, *, fit_intercept=True):
    """Least squares, and where many weights fit equally well, those of least Euclidean norm.

    Parameters
    ----------
    X : (n, p) features, any rank, p > n too
    y : (n,) responses
    fit_intercept : if false, b = 0 and nothing is centred

    Returns
    -------
    LinearFit

    Raises
    ------
    ValueError if an argument is not finite or shapes do not match.

    References
    ----------
    Hastie, Montanari, Rosset and Tibshirani (2022), who call it ridgeless least squares.

    Examples
    --------
    >>> min_norm_fit([[0.0, 0.0], [1.0, 1.0]], [0.0, 2.0]).coef.round(6).tolist()
    [1.0, 1.0]
    """
    return ridge(X, y, 0.0, fit_intercept=fit_intercept)


def smoother(X, lam, X_new=None, *, fit_intercept=True):
    """The matrix H whose product with the responses y is what ridge predicts at the rows of X_new, or of X.

    Parameters
    ----------
    X : (n, p) training features
    lam : penalty, at least 0; at 0 the fit of least norm
    X_new : (m, p) features at which to predict; X itself if left out
    fit_intercept : if false, b = 0 and nothing is centred

    Returns
    -------
    (m, n): row i holds how much each training response counts in prediction i

    Raises
    ------
    ValueError if an argument is not finite, shapes do not match, or lam < 0.

    References
    ----------
    Hastie, Tibshirani and Friedman (2009), sections 3.4.1 and 7.6.

    Examples
    --------
    >>> smoother([[0.0], [2.0]], lam=1.0).round(6).tolist()
    [[0.75, 0.25], [0.25, 0.75]]
    """
    X = check.array(X, "X", 2)
    lam = check.penalty(lam)
    U, at = _at(X, len(X) * lam, X_new, fit_intercept)
    return (fit_intercept / len(X) + at(len(X) * lam) @ U.T).astype(X.dtype, copy=False)


def bias_variance(X, signal, noise_var, lams, *, X_new=None, signal_new=None, fit_intercept=True):
    """Squared bias and variance of ridge at each penalty, exact, as means over the rows of X, or of X_new.

    Expected squared error against new responses there is the sum of both and
    noise_var. The average is over the noise in the responses; X stays as it is.

    Parameters
    ----------
    X : (n, p) training features
    signal : (n,) the truth f at the rows of X, without noise
    noise_var : variance of the noise, at least 0, in squared units of the signal
    lams : (L,) penalties, each at least 0, in any order; at 0 the fit of least norm
    X_new, signal_new : (m, p) features and (m,) truth where errors are counted; both or none
    fit_intercept : if false, b = 0 and nothing is centred

    Returns
    -------
    bias2 (L,), variance (L,); a free intercept is counted in both

    Raises
    ------
    ValueError if an argument is not finite, shapes do not match, a penalty or noise_var is negative.

    References
    ----------
    Hastie, Tibshirani and Friedman (2009), equations 7.9 and 7.11.

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
    there = signal if X_new is None else _truth(signal_new, "signal_new", check.array(X_new, "X_new", 2))
    mean, inside = fit_intercept * signal.mean(dtype=np.float64), U.T @ signal
    bias2, variance = np.empty(len(lams)), np.empty(len(lams))
    with np.errstate(over="ignore", invalid="ignore"):
        for i, shift in enumerate(shifts):
            H = at(shift)
            bias2[i] = np.mean((mean + H @ inside - there) ** 2)
            variance[i] = noise_var * (fit_intercept / n + np.mean((H**2).sum(axis=1)))
    return check.representable(bias2, "X"), check.representable(variance, "X")


def optimism(X, noise_var, lam, *, fit_intercept=True):
    """By how much ridge's training error is too low, on average: 2 noise_var tr(H) / n.

    It is the expected error against new responses at the same rows of X, minus
    the expected training error. A free intercept adds one to tr(H).

    Parameters
    ----------
    X : (n, p) training features
    noise_var : variance of the noise, at least 0
    lam : penalty, at least 0; at 0 the fit of least norm
    fit_intercept : if false, b = 0 and nothing is centred

    Returns
    -------
    float

    References
    ----------
    Hastie, Tibshirani and Friedman (2009), equations 7.21 and 7.24.

    Examples
    --------
    >>> round(optimism([[0.0], [2.0]], noise_var=1.0, lam=1.0), 6)
    1.5
    """
    X, noise_var = check.array(X, "X", 2), check.number(noise_var, "noise_var", low=0)
    return 2 * noise_var * float(np.trace(smoother(X, lam, fit_intercept=fit_intercept))) / len(X)


def least_norm_risk(n, p, norm2, noise_var):
    """Expected excess error of the least-norm fit without intercept, for p standard normal features: the peak at p = n.

    The excess is E (x'w_hat - x'w)^2 at a new x, averaged over the n training
    rows too; the error itself is this plus noise_var.

        p < n - 1:   noise_var p / (n - p - 1)
        p > n + 1:   norm2 (1 - n/p) + noise_var n / (p - n - 1)
        between:     infinite, unless noise_var = 0

    Parameters
    ----------
    n, p : numbers of rows and of features, at least 1
    norm2 : squared norm of the true weights, at least 0
    noise_var : variance of the noise, at least 0

    References
    ----------
    Belkin, Hsu and Xu (2020), who also let the fit miss some of the features.

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


def isotropic_risk(X, norm2, noise_var, lams):
    """Excess error of ridge without intercept at new standard normal features, at each penalty, averaged over truths: (L,).

    The average is over the noise and over true weights of squared norm norm2
    that point anywhere alike, tau^2 = norm2 / p in each direction; X stays as it
    is. For a row space with singular values s_j of X,

        risk = sum_j (tau^2 (n lam)^2 + noise_var s_j^2) / (s_j^2 + n lam)^2 + tau^2 (p - rank).

    Whatever X is, lam = noise_var / (n tau^2) is best.

    Parameters
    ----------
    X : (n, p) training features
    norm2 : squared norm of the true weights, at least 0
    noise_var : variance of the noise, at least 0
    lams : (L,) penalties, each at least 0; at 0 the fit of least norm

    References
    ----------
    Hastie, Montanari, Rosset and Tibshirani (2022), section on isotropic features; Nakkiran, Venkat, Kakade and Ma (2021).

    Examples
    --------
    >>> isotropic_risk([[1.0, 0.0]], norm2=2.0, noise_var=1.0, lams=[0.0, 1.0]).tolist()
    [2.0, 1.5]
    """
    X = check.array(X, "X", 2)
    norm2 = check.number(norm2, "norm2", low=0)
    noise_var = check.number(noise_var, "noise_var", low=0)
    shift = len(X) * check.penalties(lams)[:, None]
    s = _svd(X, X)[1]
    tau2 = norm2 / X.shape[1]
    with np.errstate(over="ignore", invalid="ignore"):
        gain = 1 / (s + shift / s)
        found = tau2 * (shift / s * gain) ** 2 + noise_var * gain**2
        return check.representable(found.sum(axis=1) + tau2 * (X.shape[1] - len(s)), "X")


def _at(X, shift, X_new, fit_intercept):
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


def _truth(signal, name, X):
    signal = check.array(signal, name, 1)
    if len(signal) != len(X):
        raise ValueError(f"{name} must have {len(X)} values, one per row of its features, got {len(signal)}")
    return signal
