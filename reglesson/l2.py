"""L2, a tax on large weights: ridge regression and what it does to a fit.

    J(w, b) = (1/n) ||y - X w - b||^2 + lam * sum w_j^2

The loss has no 1/2 and the penalty none; the intercept b is not penalized. On
centred data the gradient is (2/n) X'(X w - y) + 2 lam w, and it is zero at

    w = (X'X + n lam I)^-1 X'y.                                      (closed form)

With the singular value decomposition X = U S V' of the centred X this is

    w = V diag(s / (s^2 + n lam)) U'y,                               (by singular values)

so that the fit along each direction u of the data is s^2 / (s^2 + n lam) times
what least squares gives there: the shrinkage factors. scikit-learn's
`Ridge(alpha)` has no 1/n in front of its sum of squares: alpha = n lam; the
converters stand in `reglesson.choosing`.

References: Hoerl and Kennard (1970); Hastie, Tibshirani and Friedman (2009),
The Elements of Statistical Learning, section 3.4.1, equations 3.44 to 3.50.
"""

import numpy as np

from reglesson import _checks as check
from reglesson.linear import LinearFit, _center, _fit, _path, _svd

# Below this share of the sum of all squares in X, n lam comes too near to the rounding errors of X'X.
SMALL = 1e-6


def ridge(X, y, lam, *, fit_intercept=True):
    """The weights that minimize the L2-penalized loss; at lam = 0 the least-squares weights of least norm.

    Parameters
    ----------
    X : (n, p) features, any rank
    y : (n,) responses
    lam : penalty, at least 0
    fit_intercept : if false, b = 0 and nothing is centred

    Returns
    -------
    LinearFit

    Raises
    ------
    ValueError if an argument is not finite, shapes do not match, or lam < 0.

    Examples
    --------
    >>> ridge([[0.0], [2.0]], [1.0, 5.0], lam=1.0).coef
    array([1.])
    """
    X, y = check.design(X, y)
    lam = check.penalty(lam)
    Xc, yc, x_mean, y_mean = _center(X, y, fit_intercept)
    U, s, Vt = _svd(Xc, X)
    with np.errstate(over="ignore"):  # n lam / s may be infinite, and its weight is then zero
        coef = Vt.T @ ((U.T @ yc) / (s + len(X) * lam / s))
    return _fit(coef, x_mean, y_mean, X.dtype)


def ridge_path(X, y, lams, *, fit_intercept=True):
    """`ridge` for every penalty at once: X is factored once, and each penalty costs one small product.

    The factor is an eigendecomposition of the smaller of X'X and XX', which is
    quicker than singular values of X; where a penalty is so small that squaring
    X would lose digits, X itself is factored.

    Parameters
    ----------
    X, y, fit_intercept : as in `ridge`
    lams : (L,) penalties, each at least 0, in any order

    Returns
    -------
    LinearPath with coefs (L, p), in the order of lams
    """
    X, y = check.design(X, y)
    lams = check.penalties(lams)
    Xc, yc, x_mean, y_mean = _center(X, y, fit_intercept)
    n, p = X.shape
    with np.errstate(over="ignore"):  # beyond float32 a penalty is infinite, and the weights are zero
        shift = (n * lams.astype(X.dtype, copy=False))[:, None]
    small = SMALL if X.dtype == np.float64 else 1e-2
    gram = Xc @ Xc.T if n < p else Xc.T @ Xc
    if shift.min() <= small * gram.trace():
        U, s, Vt = _svd(Xc, X)
        with np.errstate(over="ignore"):
            coefs = ((U.T @ yc) / (s + shift / s)) @ Vt
    elif n < p:
        s2, U = np.linalg.eigh(gram)
        coefs = (yc @ U / (s2 + shift)) @ U.T @ Xc
    else:
        s2, V = np.linalg.eigh(gram)
        coefs = (yc @ Xc @ V / (s2 + shift)) @ V.T
    return _path(lams, coefs, x_mean, y_mean, X.dtype)


def shrinkage_factors(X, lam):
    """What ridge leaves of the least-squares fit along each direction of the centred X: s^2 / (s^2 + n lam), shape (r,).

    The r directions are the left singular vectors with s > 0, the longest first.
    """
    X = check.array(X, "X", 2)
    lam = check.penalty(lam)
    s = _svd(_center(X, X[:, 0], True)[0], X)[1]
    with np.errstate(over="ignore"):
        return s / (s + len(X) * lam / s)  # squares of tiny numbers would be zero


def effective_dof(X, lams):
    """Effective degrees of freedom, the sum of the shrinkage factors, for each penalty: (L,). The intercept is not counted."""
    X = check.array(X, "X", 2)
    lams = check.penalties(lams)
    s = _svd(_center(X, X[:, 0], True)[0], X)[1]
    with np.errstate(over="ignore"):
        return (s / (s + len(X) * lams[:, None] / s)).sum(axis=1)


def ridge_regression(X, y, lambda_val, epochs=1000, learning_rate=0.01, *, penalize_intercept=False):
    """Gradient descent from zero on the L2-penalized loss, as tutorials write it: slower than `ridge`, and close to it.

    Parameters
    ----------
    X, y : as in `ridge`; nothing is centred
    lambda_val : penalty, at least 0
    epochs : number of steps
    learning_rate : what each gradient is multiplied with
    penalize_intercept : if true, also penalize b, as code does that puts a column of ones into X

    Returns
    -------
    LinearFit

    Raises
    ------
    ValueError for bad arguments, and if the steps are too large for the weights to stay finite.
    """
    X, y = check.design(X, y)
    lam = check.penalty(lambda_val, "lambda_val")
    epochs = check.integer(epochs, "epochs", low=0)
    rate = check.learning_rate(learning_rate)
    check.flag(penalize_intercept, "penalize_intercept")
    w, b = np.zeros(X.shape[1], X.dtype), 0.0
    with np.errstate(over="ignore", invalid="ignore"):
        for _ in range(epochs):
            error = X @ w + b - y
            gradient_w = 2 * X.T @ error / len(X) + 2 * lam * w
            gradient_b = 2 * error.mean() + 2 * lam * b * penalize_intercept
            w, b = w - rate * gradient_w, b - rate * gradient_b
    if not (np.isfinite(w).all() and np.isfinite(b)):
        raise ValueError(f"learning_rate must be small enough for the steps to shrink, got {learning_rate}: the weights overflow")
    return LinearFit(w, float(b))
