"""What the linear chapters share: a fitted linear model, a path of them, and the losses.

Everywhere in this package, for a linear model and n samples::

    J(w, b) = (1/n) ||y - X w - b||^2 + lam * Omega(w),
    Omega_1(w) = sum |w_j|      or      Omega_2(w) = sum w_j^2,

that is, the mean squared error without a 1/2 and the penalty without a 1/2.
The intercept b is never penalized. Other libraries place the 1/2 and the n
differently; the converters stand in `reglesson.choosing`.
"""

from __future__ import annotations

import math
import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from reglesson import _checks as check

Floats = NDArray[np.floating]

EPS = float(np.finfo(np.float64).eps)
BLOCK = 2**20  # numbers that are made in double precision at once, where a whole copy is not needed
SPARED = 1e-12  # a column of which unpenalized columns leave a smaller share than this of its largest entry lies in their span


class PrecisionWarning(UserWarning):
    """Digits are lost: the message says in which column of X, and what to do about it.

    Examples
    --------
    >>> from reglesson.l2 import ridge
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("error", PrecisionWarning)
    ...     fit = ridge([[1e9], [1e9 + 1]], [1.0, 2.0], lam=0.1)  # no word: these differ by enough
    """


@dataclass(frozen=True)
class LinearFit:
    """A linear model.

    Parameters
    ----------
    coef : ndarray of shape (p,)
        Weights; (p, m) where m responses were fitted at once.
    intercept : float
        What is predicted where all features are 0; (m,) for m responses.

    Examples
    --------
    >>> LinearFit(np.array([2.0]), 1.0).predict([[0.0], [3.0]])
    array([1., 7.])
    """

    coef: Floats
    intercept: float

    def predict(self, X: ArrayLike) -> Floats:
        """Predictions X w + b.

        Parameters
        ----------
        X : array_like of shape (n, p)
            Features.

        Returns
        -------
        ndarray of shape (n,)
            One for each row; (n, m) for m responses. Sums are in double precision whatever X is in.

        Raises
        ------
        ValueError
            If X is not finite or has other columns than the model has weights.

        Notes
        -----
        Memory: the result and, for X in single precision, blocks of a million numbers.
        """
        return _predicted(_features(X, self.coef), self.coef, self.intercept)


@dataclass(frozen=True)
class LinearPath:
    """Linear models along penalties; ``path[i]`` is the model at position i, a `LinearFit`.

    Parameters
    ----------
    lams : ndarray of shape (L,)
        Penalties, in the order in which they were asked for.
    coefs : ndarray of shape (L, p)
        Weights at each penalty.
    intercepts : ndarray of shape (L,)
        The intercept at each penalty, in double precision.

    Examples
    --------
    >>> path = LinearPath(np.array([0.0, 1.0]), np.array([[2.0], [1.0]]), np.array([1.0, 2.0]))
    >>> len(path), path[1].intercept
    (2, 2.0)
    >>> path.predict([[3.0]]).tolist()
    [[7.0], [5.0]]
    """

    lams: Floats
    coefs: Floats
    intercepts: Floats

    def __len__(self) -> int:
        return len(self.lams)

    def __getitem__(self, i: int) -> LinearFit:
        """The model at position i, as a `LinearFit`."""
        return LinearFit(self.coefs[i], float(self.intercepts[i]))

    def predict(self, X: ArrayLike) -> Floats:
        """Predictions of every model.

        Parameters
        ----------
        X : array_like of shape (n, p)
            Features.

        Returns
        -------
        ndarray of shape (L, n)
            A row for each penalty. Sums are in double precision whatever X is in.

        Raises
        ------
        ValueError
            If X is not finite or has other columns than the models have weights.

        Notes
        -----
        Memory: the result and, for X in single precision, blocks of a million numbers.
        """
        return _predicted(_features(X, self.coefs[0]), self.coefs.T, self.intercepts).T


def _predicted(X: Floats, coef: Floats, intercept: float | Floats) -> Floats:
    """X coef + intercept, added up in double precision: far from zero single precision differs by all digits."""
    coef = np.asarray(coef)
    result = np.empty((len(X), *coef.shape[1:]), np.result_type(X, coef))
    for rows in _blocks(*X.shape):
        np.add(X[rows].astype(np.float64, copy=False).dot(coef), intercept, out=result[rows])
    return result


def mse(y: ArrayLike, prediction: ArrayLike) -> Any:
    """Mean squared error of predictions, of one model or of each model of a path.

    Parameters
    ----------
    y : array_like of shape (n,)
        Responses.
    prediction : array_like of shape (n,) or (L, n)
        Predictions of one model, or of L.

    Returns
    -------
    float or ndarray of shape (L,)
        The mean over the last axis.

    Raises
    ------
    ValueError
        If an argument is not finite, or the last axis of `prediction` has not as many values as y.

    Examples
    --------
    >>> mse([1.0, 2.0], [[1.0, 4.0], [1.0, 2.0]]).tolist()
    [2.0, 0.0]
    """
    y = check.array(y, "y", 1)
    prediction = check.array(prediction, "prediction", 1, 2)
    if prediction.shape[-1] != len(y):
        raise ValueError(f"prediction must end in an axis of {len(y)} values, as y has, got shape {prediction.shape}")
    error = y - prediction
    error *= error
    return np.add.reduce(error, axis=-1, dtype=np.float64) / len(y)


def penalized_loss(X: ArrayLike, y: ArrayLike, fit: LinearFit, lam: float, penalty: Literal["l1", "l2"] = "l2") -> float:
    """The loss J(w, b) that the package minimizes, for the L1 or the L2 penalty.

    It is the mean squared error plus lam times ``sum |w_j|`` or ``sum w_j^2``.

    Parameters
    ----------
    X : array_like of shape (n, p)
        Features.
    y : array_like of shape (n,)
        Responses.
    fit : LinearFit
        The weights and the intercept.
    lam : float
        Penalty, at least 0.
    penalty : {"l2", "l1"}
        Which of the two sums.

    Returns
    -------
    float
        The loss.

    Raises
    ------
    ValueError
        If an argument is not finite, shapes do not match, lam is below 0, or `penalty` is none of the two.

    Examples
    --------
    >>> penalized_loss([[0.0], [2.0]], [1.0, 5.0], LinearFit(np.array([1.0]), 2.0), lam=1.0)
    2.0
    """
    X, y = check.design(X, y)
    lam, (w, b) = check.penalty(lam), check.fit(fit, X)
    check.option(penalty, "penalty", ("l1", "l2"))
    omega = np.abs(w).sum(dtype=np.float64) if penalty == "l1" else np.vdot(w, w)
    return float(mse(y, _predicted(X, w, b)) + lam * omega)


def center(
    X: ArrayLike, y: ArrayLike, fit_intercept: bool = True, *, sample_weight: ArrayLike | None = None
) -> tuple[Floats, Floats, Floats, float]:
    """X and y minus their means, and those means.

    At the minimum over b alone, ``b = mean(y) - mean(X) w``; put back into J, that
    leaves the same loss on centred data, without b. So every solver in this
    package works on centred data and then reads off the intercept.

    Parameters
    ----------
    X : array_like of shape (n, p)
        Features.
    y : array_like of shape (n,)
        Responses.
    fit_intercept : bool, default True
        If false, nothing is subtracted, and the means are given as zeros.
    sample_weight : array_like of shape (n,), optional
        How much each row counts. The means are weighted, and row i is then multiplied with the root of its
        weight, all weights having the mean 1: the mean of the squares of what comes back is the weighted mean.

    Returns
    -------
    Xc : ndarray of shape (n, p)
        The centred features.
    yc : ndarray of shape (n,)
        The centred responses.
    x_mean : ndarray of shape (p,)
        What was subtracted from each column.
    y_mean : float
        What was subtracted from y.

    Raises
    ------
    ValueError
        If an argument is not finite, shapes do not match, or a weight is below 0.

    Notes
    -----
    Memory: a few copies of X in double precision.

    Examples
    --------
    >>> Xc, yc, x_mean, y_mean = center([[0.0], [2.0]], [1.0, 5.0])
    >>> Xc.tolist(), yc.tolist(), x_mean.tolist(), float(y_mean)
    ([[-1.0], [1.0]], [-2.0, 2.0], [1.0], 3.0)
    """
    X, y = check.design(X, y)
    weights = check.sample_weight(sample_weight, len(X))
    Xc, yc, x_mean, y_mean = _center(X, y, fit_intercept, weights)
    own = not fit_intercept and weights is None  # else these would be the caller's arrays
    Xc, yc, x_mean = (part.astype(X.dtype, copy=own) for part in (Xc, yc, x_mean))
    return Xc, yc, x_mean, y_mean.astype(X.dtype)


def _center(
    X: Floats, y: Floats, fit_intercept: bool, weights: Floats | None = None, first: int = 0
) -> tuple[Floats, Floats, Floats, Any]:
    """`center` of what was checked before, in float64; weights (n,) have the mean 1, and y may have columns.
    The first column of X is called `first` where there is a word about it.

    The means are taken twice, the second time of what the first has left: so the deviations keep all digits that X
    holds of them, however far X is from zero. Columns that do not vary become zero, and not what rounding makes of them.
    """
    if not check.flag(fit_intercept, "fit_intercept"):
        Xc: Floats = X.astype(np.float64, copy=False)
        yc: Floats = y.astype(np.float64, copy=False)
        x_mean: Floats = np.zeros(X.shape[1])
        y_mean: Any = np.zeros(y.shape[1:])[()]
    else:
        share = _shares(weights, len(X))
        (Xc, x_mean), (yc, y_mean) = _deviations(X, share), _deviations(y, share)
        still = _still(X, x_mean, np.abs(Xc[share.argmax()]), weights, first)
        if len(still):
            Xc[:, still] = 0
        if (y[0] == y[-1]).any():
            yc = np.where((y == y[0]).all(axis=0), 0.0, yc)
    if weights is not None:
        root = np.sqrt(weights)
        Xc, yc = root[:, None] * Xc, (root * yc.T).T
    return Xc, yc, x_mean, y_mean


def _shares(weights: Floats | None, n: int) -> Floats:
    """What each of n rows counts in a mean."""
    if weights is not None:
        return weights / n
    share: Floats = np.empty(n)
    share.fill(1 / n)  # as np.full, at a third of its time
    return share


def _deviations(A: Floats, share: Floats) -> tuple[Floats, Any]:
    """A minus the means of its columns, and those means, in float64."""
    rough = _rough_means(A, share)
    Ac = np.subtract(A, rough, dtype=np.float64)
    rest = share.dot(Ac)
    Ac -= rest
    return Ac, rough + rest


def _rough_means(A: Floats, share: Floats) -> Any:
    """The means of the columns of A, right to the last digits of float64, which are for a second look at what they leave."""
    if A.dtype == np.float64:
        return share.dot(A)  # A.mean(axis=0), three times as quick
    return sum(share[rows] @ A[rows].astype(np.float64) for rows in _blocks(*np.atleast_2d(A.T).T.shape))


def _blocks(n: int, width: int, least: int = 1) -> list[slice]:
    """Slices of n rows, of at least so many rows and else of about a million numbers each."""
    rows = max(least, BLOCK // width)
    return [slice(k, min(k + rows, n)) for k in range(0, n, rows)]


def _still(X: Floats, x_mean: Floats, size: Floats, weights: Floats | None, first: int = 0) -> NDArray[np.intp]:
    """Indices of the columns that do not vary, with a word where they vary in their last two bits; x_mean is set there, in place.

    size (p,) holds the length of a column's deviations, or one of them: where it is large, there is no need to look.
    """
    eps = np.finfo(X.dtype).eps
    (j,) = (size <= 8 * eps * np.abs(x_mean)).nonzero()
    if not len(j):
        return j
    rows = slice(None) if weights is None else weights > 0
    low, high = X[rows][:, j].min(axis=0), X[rows][:, j].max(axis=0)
    still, equal = high - low <= 4 * eps * np.maximum(-low, high), low == high
    x_mean[j[equal]] = low[equal]
    if (still & ~equal).any():
        _warn(f"{_columns(first + j[still & ~equal], 'varies', 'vary')} in the last two bits only, which counts as constant: "
              "the weight is zero. If these differences mean something, subtract a constant near the mean before rounding")
    found: NDArray[np.intp] = j[still]
    return found


def _columns(j: NDArray[np.intp], one: str, more: str) -> str:
    """Begin a sentence about columns of X: "Column 3 of X varies", "Columns 0, 2 and 4 of X vary"."""
    if len(j) == 1:
        return f"Column {j[0]} of X {one}"
    rest = f"{len(j) - 3} more" if len(j) > 4 else str(j[-1])
    return f"Columns {', '.join(map(str, j[: 3 if len(j) > 4 else -1]))} and {rest} of X {more}"


def _warn(message: str) -> None:
    """Give a `PrecisionWarning` that points to the line outside this package which began it."""
    frame: Any = sys._getframe().f_back
    depth = 1
    while Path(frame.f_code.co_filename).parent == Path(__file__).parent:
        depth, frame = depth + 1, frame.f_back
    warnings.warn(message, PrecisionWarning, stacklevel=depth + 1)


def _spare(Xc: Floats, yc: Floats, free: NDArray[np.bool_]) -> tuple[Floats, Floats, Callable[[Floats], Floats]]:
    """Take unpenalized columns out of centred data, and later put their weights in.

    At any weights of the other columns the best ones of the free columns are
    those of least squares. Put back into the loss, that leaves the same loss on
    what least squares on the free columns cannot fit: of the other columns, and
    of y, (n,) or (n, m). A column in the span of the free ones becomes zero. Returns
    both, and a function that makes weights (..., p), or (..., m, p), of weights
    (..., p - k), or (..., m, p - k).
    """
    F, others = Xc[:, free], np.count_nonzero(~free)
    both = np.c_[Xc[:, ~free], yc]
    scale = _powers(np.linalg.norm(F, axis=0))
    U, s, Vt = np.linalg.svd(F / scale, full_matrices=False)
    rank = int((s > max(F.shape) * np.finfo(float).eps * s[0]).sum())
    U, s, Vt = U[:, :rank], s[:rank], Vt[:rank]
    known = U.T @ both
    both = both - U @ known
    both -= U @ (U.T @ both)  # what the first leaves of rounding
    if rank == F.shape[1]:
        weights = Vt.T @ (known / s[:, None]) / scale[:, None]
    else:  # of the weights that fit equally well, those of least norm
        Q, R = np.linalg.qr((s[:, None] * Vt * scale).T)
        weights = Q @ np.linalg.solve(R.T, known)
    of_others, of_y = weights[:, :others], weights[:, others:].T.reshape(*yc.shape[1:], F.shape[1])
    spared = both[:, :others]
    spared[:, np.abs(spared).max(axis=0) <= SPARED * np.abs(Xc[:, ~free]).max(axis=0)] = 0  # else rounding would get a weight

    def whole(coefs: Floats) -> Floats:
        full = np.empty((*coefs.shape[:-1], len(free)))
        full[..., ~free] = coefs
        full[..., free] = of_y - coefs @ of_others.T
        return full

    return spared, both[:, others:].reshape(yc.shape), whole


def _powers(size: Floats) -> Floats:
    """The power of two at or below each size, and 1/2 for zero: to multiply and divide with it rounds nothing."""
    return np.ldexp(0.5, np.frexp(size)[1])


def _fit(coef: Floats, x_mean: Floats, y_mean: float, dtype: DTypeLike) -> LinearFit:
    """A fit to data that were centred, in the caller's precision; its intercept is the one of the weights as they are rounded."""
    coef, intercept = _rounded(coef, dtype, x_mean, y_mean)
    return LinearFit(coef, float(intercept))


def _path(lams: Floats, coefs: Floats, x_mean: Floats, y_mean: float, dtype: DTypeLike) -> LinearPath:
    """Fits along penalties, as `_fit` makes them one by one."""
    return LinearPath(lams, *_rounded(coefs, dtype, x_mean, y_mean))


def _rounded(coef: Floats, dtype: DTypeLike, x_mean: Floats, y_mean: Any) -> tuple[Floats, Any]:
    """Weights (..., p) in the caller's precision, and their intercepts, which are finite only where all weights are."""
    if coef.dtype != dtype:
        with np.errstate(over="ignore"):
            coef = coef.astype(dtype)
    _held(coef)
    intercept = y_mean - coef.dot(x_mean)
    _held(intercept)
    return coef, intercept


def _held(numbers: Any) -> None:
    """See that a result is finite; its squares are quicker to ask, though they may overflow on their own."""
    if not math.isfinite(np.vdot(numbers, numbers)):
        check.representable(numbers, "y over X")


def _features(X: ArrayLike, coef: Floats) -> Floats:
    X = check.array(X, "X", 2)
    if X.shape[1] != len(coef):
        raise ValueError(f"X must have {len(coef)} columns, one per coefficient, got shape {X.shape}")
    return X
