"""L2, a tax on large weights: ridge regression and what it does to a fit.

The loss is::

    J(w, b) = (1/n) ||y - X w - b||^2 + lam * sum w_j^2

It has no 1/2 and the penalty none; the intercept b is not penalized. On
centred data the gradient is ``(2/n) X'(X w - y) + 2 lam w``, and it is zero at::

    w = (X'X + n lam I)^-1 X'y.                                      (closed form)

With the singular value decomposition ``X = U S V'`` of the centred X this is::

    w = V diag(s / (s^2 + n lam)) U'y,                               (by singular values)

so that the fit along each direction u of the data is ``s^2 / (s^2 + n lam)`` times
what least squares gives there: the shrinkage factors. scikit-learn's
``Ridge(alpha)`` has no 1/n in front of its sum of squares: ``alpha = n lam``; the
converters stand in `reglesson.choosing`.

References: Hoerl and Kennard (1970); Hastie, Tibshirani and Friedman (2009),
The Elements of Statistical Learning, section 3.4.1, equations 3.44 to 3.50.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from reglesson import _checks as check
from reglesson import _scales
from reglesson.linear import Floats, LinearFit, LinearPath, _fit, _path, _rounded, _spare

# Below this share of the sum of all squares in X, n lam comes too near to the rounding errors of X'X.
SMALL = 1e-6


def ridge(
    X: ArrayLike,
    y: ArrayLike,
    lam: float,
    *,
    fit_intercept: bool = True,
    sample_weight: ArrayLike | None = None,
    penalty_factors: ArrayLike | None = None,
) -> LinearFit:
    """Weights that minimize the L2-penalized loss; at ``lam = 0`` the least-squares weights of least norm.

    At ``lam = 0`` no unit matters: a column times 1000 gets a thousandth of the
    weight, whatever stands beside it. Where columns leave the weights open, the
    least norm is meant in the caller's units, with the penalty factors in it.

    Parameters
    ----------
    X : array_like of shape (n, p)
        Features, of any rank.
    y : array_like of shape (n,) or (n, m)
        Responses; m of them are fitted one by one, from one factorization.
    lam : float
        Penalty, at least 0.
    fit_intercept : bool, default True
        If false, b = 0 and nothing is centred.
    sample_weight : array_like of shape (n,), optional
        How much each row counts, at least 0. The loss has the weighted mean of the squared
        errors, so that a weight of 2 is the same as the row twice, and only ratios matter.
    penalty_factors : array_like of shape (p,), optional
        What the penalty of each weight is multiplied with, at least 0; 0 leaves a weight unpenalized.

    Returns
    -------
    LinearFit
        With coef (p,) and a number as intercept; for m responses coef (p, m), which is scikit-learn's
        transposed, and intercept (m,).

    Raises
    ------
    ValueError
        If an argument is not finite, shapes do not match, or a penalty, weight or factor is below 0.

    Notes
    -----
    Memory: if there are more than about 2p rows, they are taken in blocks of a million numbers, and beside
    these there are O(p^2); else, and with penalty factors, a few copies of X in double precision. One response
    in single precision is fitted as by `ridge_path`, which takes less.

    Examples
    --------
    >>> ridge([[0.0], [2.0]], [1.0, 5.0], lam=1.0).coef
    array([1.])
    """
    X, y = check.design(X, y, 1, 2)
    lam = check.penalty(lam)
    if X.dtype == np.float32 and y.ndim == 1 and penalty_factors is None:  # squares keep more digits than the result has
        return ridge_path(X, y, [lam], fit_intercept=fit_intercept, sample_weight=sample_weight)[0]
    C, x_mean, y_mean = _along(X, y.reshape(len(y), -1), np.array([lam]), fit_intercept, sample_weight, penalty_factors)
    if y.ndim == 1:
        return _fit(C[0, 0], x_mean, y_mean[0], X.dtype)
    coefs, intercepts = _rounded(C[0], X.dtype, x_mean, y_mean)
    return LinearFit(coefs.T, intercepts)


def ridge_path(
    X: ArrayLike,
    y: ArrayLike,
    lams: ArrayLike,
    *,
    fit_intercept: bool = True,
    sample_weight: ArrayLike | None = None,
    penalty_factors: ArrayLike | None = None,
) -> LinearPath:
    """`ridge` for every penalty at once: X is factored once, and each penalty costs one small product.

    The factor is an eigendecomposition of the smaller of X'X and XX', which is
    quicker than singular values of X. Where a penalty is so small that squaring
    X would lose digits, or columns have several units, X itself is factored.

    Parameters
    ----------
    X : array_like of shape (n, p)
        Features, of any rank.
    y : array_like of shape (n,)
        Responses.
    lams : array_like of shape (L,)
        Penalties, each at least 0, in any order.
    fit_intercept : bool, default True
        If false, b = 0 and nothing is centred.
    sample_weight : array_like of shape (n,), optional
        How much each row counts, as in `ridge`.
    penalty_factors : array_like of shape (p,), optional
        What the penalty of each weight is multiplied with, as in `ridge`.

    Returns
    -------
    LinearPath
        With coefs (L, p), in the order of lams.

    Raises
    ------
    ValueError
        If an argument is not finite, shapes do not match, or a penalty, weight or factor is below 0.

    Notes
    -----
    Memory: O(min(n, p)^2 + L p) beside blocks of a million numbers; where X itself is factored, as `ridge`.

    Examples
    --------
    >>> ridge_path([[0.0], [2.0]], [1.0, 5.0], [0.0, 1.0]).coefs.round(6).tolist()
    [[2.0], [1.0]]
    """
    X, y = check.design(X, y)
    lams = check.penalties(lams)
    found = None
    if penalty_factors is None:
        weights = check.sample_weight(sample_weight, len(X))
        found = _scales.by_squares(X, y, len(X) * lams, SMALL, check.flag(fit_intercept, "fit_intercept"), weights)
    if found is None:
        coefs, x_mean, y_means = _along(X, y[:, None], lams, fit_intercept, sample_weight, penalty_factors)
        return _path(lams, coefs[:, 0], x_mean, y_means[0], X.dtype)
    coefs, x_mean, y_mean = found
    return _path(lams, coefs, x_mean, y_mean, X.dtype)


def _along(
    X: Floats, y: Floats, lams: Floats, fit_intercept: bool, sample_weight: ArrayLike | None, penalty_factors: ArrayLike | None
) -> tuple[Floats, Floats, Floats]:
    """Weights (L, m, p) for responses y (n, m), and the means of X and y."""
    check.flag(fit_intercept, "fit_intercept")
    n, shifts = len(X), len(X) * lams
    weights, factors = check.sample_weight(sample_weight, n), check.penalty_factors(penalty_factors, X.shape[1])
    A, C, x_mean, y_mean = _scales.reduced(X, y, fit_intercept, weights)
    eps = np.finfo(X.dtype).eps
    blurred = _scales.blur(A, x_mean, n, eps)
    if factors is None:
        return _scales.factor(A, blurred, n, eps, shifts.min()).coefs(C, shifts), x_mean, y_mean
    free, whole = factors == 0, lambda coefs: coefs
    if free.any():
        A, C, whole = _spare(A, C, free)
        blurred = 8 * blurred[~free]  # some of it comes from the free columns
        A[:, np.sqrt(len(A)) * np.abs(A).max(axis=0) <= blurred] = 0  # nothing but rounding is left of such a column
    root = np.sqrt(factors[~free])  # a column divided by the root of its factor, with an unpenalized weight multiplied by it
    with np.errstate(over="ignore"):
        A = check.representable(A / root, "penalty_factors")
    coefs = np.zeros((len(lams), y.shape[1], 0))
    if len(root):
        coefs = _scales.factor(A, blurred / root, n, eps, shifts.min()).coefs(C, shifts) / root
    return whole(coefs), x_mean, y_mean


def shrinkage_factors(X: ArrayLike, lam: float) -> Floats:
    """What ridge leaves of the least-squares fit along each direction of the centred X: ``s^2 / (s^2 + n lam)``.

    Parameters
    ----------
    X : array_like of shape (n, p)
        Features.
    lam : float
        Penalty, at least 0.

    Returns
    -------
    ndarray of shape (r,)
        For the r left singular vectors with s > 0, the longest first.

    Raises
    ------
    ValueError
        If X is not finite or lam is below 0.

    Notes
    -----
    Memory: a few copies of X in double precision.

    Examples
    --------
    >>> shrinkage_factors([[0.0], [2.0]], 1.0)
    array([0.5])
    """
    X = check.array(X, "X", 2)
    factors: Floats = _scales.spectrum(X).factors(len(X) * check.penalty(lam))
    return factors.astype(X.dtype, copy=False)


def effective_dof(X: ArrayLike, lams: ArrayLike) -> Floats:
    """Effective degrees of freedom for each penalty: the sum of the shrinkage factors. The intercept is not counted.

    Parameters
    ----------
    X : array_like of shape (n, p)
        Features.
    lams : array_like of shape (L,)
        Penalties, each at least 0.

    Returns
    -------
    ndarray of shape (L,)
        From the rank of the centred X at 0 down to 0.

    Raises
    ------
    ValueError
        If X is not finite or a penalty is below 0.

    Notes
    -----
    Memory: a few copies of X in double precision.

    References
    ----------
    .. [1] Hastie, Tibshirani and Friedman (2009), equation 3.50.

    Examples
    --------
    >>> effective_dof([[0.0], [2.0]], [0.0, 1.0])
    array([1. , 0.5])
    """
    X = check.array(X, "X", 2)
    lams, found = check.penalties(lams), _scales.spectrum(X)
    return np.array([found.factors(len(X) * lam).sum() for lam in lams])


def loo_errors(X: ArrayLike, y: ArrayLike, lams: ArrayLike, *, fit_intercept: bool = True) -> Floats:
    """Errors that ridge makes on each row when it is fitted to all others, at each penalty, from one factorization.

    If H is the smoother of the penalties k = (n - 1) lam / n, by which n rows are
    penalized as n - 1 rows are by lam, the error on row i is::

        (y_i - (H y)_i) / (1 - H_ii)

    Parameters
    ----------
    X : array_like of shape (n, p)
        Features, of any rank, at least two rows.
    y : array_like of shape (n,)
        Responses.
    lams : array_like of shape (L,)
        Penalties, each at least 0.
    fit_intercept : bool, default True
        If false, b = 0 and nothing is centred.

    Returns
    -------
    ndarray of shape (L, n)
        Responses minus predictions. The mean of their squares is leave-one-out cross-validation.

    Raises
    ------
    ValueError
        If an argument is not finite, shapes do not match, a penalty is below 0, or there is one row only.

    See Also
    --------
    gcv : The same with the mean of all H_ii, which does not depend on how rows are turned.

    Notes
    -----
    Memory: a few copies of X in double precision, and O(L n).

    References
    ----------
    .. [1] Golub, Heath and Wahba (1979), Technometrics 21, equation 1.3: Allen's PRESS.

    Examples
    --------
    >>> loo_errors([[0.0], [1.0], [2.0]], [0.0, 1.0, 5.0], [0.0]).round(6).tolist()
    [[3.0, -1.5, 3.0]]
    """
    X, y = check.design(X, y)
    n, lams = len(X), check.penalties(lams)
    if n < 2:
        raise ValueError(f"X must have at least two rows, for one to be left out, got shape {X.shape}")
    found, yc = _scales.spectrum(X, fit_intercept), _scales.responses(y, fit_intercept)
    U, inside = found.U, found.U.T @ yc
    outside, room = yc - U @ inside, 1 - fit_intercept / n - (U**2).sum(axis=1)
    alone = room < 1e-12  # rows that least squares fits whatever their response: only rounding is left outside
    outside, room = np.where(alone, 0.0, outside), np.where(alone, 0.0, room)
    errors = np.empty((len(lams), n))
    for i, lam in enumerate(lams):
        root = found.lost((n - 1) * lam)
        E = U * root if root.ndim == 1 else U @ root
        errors[i] = (outside + E @ (root.T * inside if root.ndim == 1 else root.T @ inside)) / (room + (E**2).sum(axis=1))
    return errors.astype(X.dtype, copy=False)


def gcv(X: ArrayLike, y: ArrayLike, lams: ArrayLike, *, fit_intercept: bool = True) -> Floats:
    """Generalized cross-validation of ridge: the mean square of `loo_errors`, as if all rows had the same share in their own fit.

    With the smoother H at lam, the intercept counted, it is::

        n ||y - H y||^2 / (n - tr H)^2

    Parameters
    ----------
    X : array_like of shape (n, p)
        Features, of any rank, at least two rows.
    y : array_like of shape (n,)
        Responses.
    lams : array_like of shape (L,)
        Penalties, each at least 0.
    fit_intercept : bool, default True
        If false, b = 0 and nothing is centred.

    Returns
    -------
    ndarray of shape (L,)
        Estimates of the mean squared error at new rows.

    Raises
    ------
    ValueError
        If an argument is not finite, shapes do not match, a penalty is below 0, or there is one row only.

    See Also
    --------
    loo_errors : What this approximates, at n lam / (n - 1) in place of lam.

    Notes
    -----
    Memory: a few copies of X in double precision.

    References
    ----------
    .. [1] Golub, Heath and Wahba (1979), Technometrics 21, equation 1.4.

    Examples
    --------
    >>> gcv([[0.0], [1.0], [2.0]], [0.0, 1.0, 5.0], [0.0]).round(6).tolist()
    [4.5]
    """
    X, y = check.design(X, y)
    n, lams = len(X), check.penalties(lams)
    if n < 2:
        raise ValueError(f"X must have at least two rows, got shape {X.shape}")
    found, yc = _scales.spectrum(X, fit_intercept), _scales.responses(y, fit_intercept)
    inside, room = found.U.T @ yc, n - fit_intercept - len(found.s)
    outside = np.sum((yc - found.U @ inside) ** 2) if room else 0.0
    scores = np.empty(len(lams))
    for i, lam in enumerate(lams):
        root = found.lost(n * lam)
        error = root**2 * inside if root.ndim == 1 else root @ (root.T @ inside)
        scores[i] = n * (outside + error @ error) / (room + np.sum(root**2)) ** 2
    return scores


def ridge_regression(
    X: ArrayLike,
    y: ArrayLike,
    lambda_val: float,
    epochs: int = 1000,
    learning_rate: float = 0.01,
    *,
    penalize_intercept: bool = False,
) -> LinearFit:
    """Gradient descent from zero on the L2-penalized loss, as tutorials write it: slower than `ridge`, and close to it.

    Parameters
    ----------
    X : array_like of shape (n, p)
        Features; nothing is centred.
    y : array_like of shape (n,)
        Responses.
    lambda_val : float
        Penalty, at least 0.
    epochs : int, default 1000
        Number of steps.
    learning_rate : float, default 0.01
        What each gradient is multiplied with.
    penalize_intercept : bool, default False
        If true, also penalize b, as code does that puts a column of ones into X.

    Returns
    -------
    LinearFit
        Where the steps end.

    Raises
    ------
    ValueError
        If an argument is not finite or not allowed, or the steps are too large for the weights to stay finite.

    Notes
    -----
    Memory: O(n + p) beside X.

    Examples
    --------
    >>> ridge_regression([[0.0], [2.0]], [1.0, 5.0], lambda_val=1.0, epochs=500, learning_rate=0.1).coef.round(6).tolist()
    [1.0]
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
