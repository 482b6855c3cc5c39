"""What the linear chapters share: a fitted linear model, a path of them, and the losses.

Everywhere in this package, for a linear model and n samples,

    J(w, b) = (1/n) ||y - X w - b||^2 + lam * Omega(w),
    Omega_1(w) = sum |w_j|      or      Omega_2(w) = sum w_j^2,

that is, the mean squared error without a 1/2 and the penalty without a 1/2.
The intercept b is never penalized. Other libraries place the 1/2 and the n
differently; the converters stand in `reglesson.choosing`.
"""

import sys
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from reglesson import _checks as check

BLOCK = 2**20  # numbers that are made in double precision at once, where a whole copy is not needed


class PrecisionWarning(UserWarning):
    """Digits are lost: the message says in which column of X, and what to do about it."""


@dataclass(frozen=True)
class LinearFit:
    """A linear model: coef (p,) and intercept, a float."""

    coef: np.ndarray
    intercept: float

    def predict(self, X):
        """Predictions X w + b, shape (n,), for X of shape (n, p)."""
        X = _features(X, self.coef)
        if X.dtype == np.float64:
            return X @ self.coef + self.intercept
        return _predicted(X, self.coef, self.intercept)


@dataclass(frozen=True)
class LinearPath:
    """Linear models along penalties: lams (L,), coefs (L, p), intercepts (L,)."""

    lams: np.ndarray
    coefs: np.ndarray
    intercepts: np.ndarray

    def __len__(self):
        return len(self.lams)

    def __getitem__(self, i):
        """The model at position i, as a `LinearFit`."""
        return LinearFit(self.coefs[i], float(self.intercepts[i]))

    def predict(self, X):
        """Predictions of every model, shape (L, n), for X of shape (n, p)."""
        X = _features(X, self.coefs[0])
        if X.dtype == np.float64:
            return self.coefs @ X.T + self.intercepts[:, None]
        return _predicted(X, self.coefs.T, self.intercepts).T


def _predicted(X, coef, intercept):
    """X coef + intercept for X in single precision, added up in double precision: far from zero it differs by all digits."""
    coef = np.asarray(coef)
    result = np.empty((len(X), *coef.shape[1:]), np.result_type(X, coef))
    for rows in _blocks(*X.shape):
        result[rows] = X[rows].astype(np.float64) @ coef + intercept
    return result


def mse(y, prediction):
    """Mean squared error over the last axis: a number for (n,), an array (L,) for predictions (L, n)."""
    y = check.array(y, "y", 1)
    prediction = check.array(prediction, "prediction", 1, 2)
    if prediction.shape[-1] != len(y):
        raise ValueError(f"prediction must end in an axis of {len(y)} values, as y has, got shape {prediction.shape}")
    return np.mean((y - prediction) ** 2, axis=-1)


def penalized_loss(X, y, fit, lam, penalty="l2"):
    """The loss J(w, b) of the module's docstring, for the L1 or the L2 penalty."""
    X, y = check.design(X, y)
    lam, fit = check.penalty(lam), check.fit(fit, X)
    omega = {"l1": lambda w: np.abs(w).sum(), "l2": lambda w: w @ w}
    check.option(penalty, "penalty", omega)
    return mse(y, fit.predict(X)) + lam * omega[penalty](fit.coef)


def center(X, y, fit_intercept=True, *, sample_weight=None):
    """X and y minus their means, and those means (zeros where fit_intercept is false).

    At the minimum over b alone, b = mean(y) - mean(X) w; put back into J, that
    leaves the same loss on centred data, without b. So every solver in this
    package works on centred data and then reads off the intercept.

    With a sample_weight (n,) the means are weighted and row i is then
    multiplied with the root of its weight, all weights having the mean 1: the
    mean of the squares of what comes back is the weighted mean.
    """
    X, y = check.design(X, y)
    weights = check.sample_weight(sample_weight, len(X))
    return tuple(part.astype(X.dtype, copy=False) for part in _center(X, y, fit_intercept, weights))


def _center(X, y, fit_intercept, weights=None, first=0):
    """`center` of what was checked before, in float64; weights (n,) have the mean 1, and y may have columns.
    The first column of X is called `first` where there is a word about it.

    The means are taken twice, the second time of what the first has left: so the deviations keep all digits that X
    holds of them, however far X is from zero. Columns that do not vary become zero, and not what rounding makes of them.
    """
    if not check.flag(fit_intercept, "fit_intercept"):
        Xc, yc = X.astype(np.float64, copy=False), y.astype(np.float64, copy=False)
        x_mean, y_mean = np.zeros(X.shape[1]), np.zeros(y.shape[1:])[()]
    else:
        (Xc, x_mean), (yc, y_mean) = _deviations(X, weights), _deviations(y, weights)
        still = _still(X, x_mean, np.abs(Xc[0 if weights is None else np.argmax(weights)]), weights, first)
        Xc[:, still] = 0
        yc = np.where((y == y[0]).all(axis=0), 0.0, yc)
    if weights is not None:
        root = np.sqrt(weights)
        Xc, yc = root[:, None] * Xc, (root * yc.T).T
    return Xc, yc, x_mean, y_mean


def _deviations(A, weights):
    """A minus the (weighted) means of its columns, and those means, in float64."""
    share = np.full(len(A), 1 / len(A)) if weights is None else weights / len(A)
    rough = _rough_means(A, share)
    Ac = np.subtract(A, rough, dtype=np.float64)
    rest = share @ Ac
    Ac -= rest
    return Ac, rough + rest


def _rough_means(A, share):
    """The means of the columns of A, right to the last digits of float64, which are for a second look at what they leave."""
    if A.dtype == np.float64:
        return share @ A  # A.mean(axis=0), three times as quick
    return sum(share[rows] @ A[rows].astype(np.float64) for rows in _blocks(*np.atleast_2d(A.T).T.shape))


def _blocks(n, width, least=1):
    """Slices of n rows, of at least so many rows and else of about a million numbers each."""
    rows = max(least, BLOCK // width, 1)
    return [slice(k, min(k + rows, n)) for k in range(0, n, rows)]


def _still(X, x_mean, size, weights, first=0):
    """Indices of the columns that do not vary, with a word where they vary in their last two bits; x_mean is set there, in place.

    size (p,) holds the length of a column's deviations, or one of them: where it is large, there is no need to look.
    """
    eps = np.finfo(X.dtype).eps
    j = np.flatnonzero(size <= 8 * eps * np.abs(x_mean))
    if not len(j):
        return j
    rows = slice(None) if weights is None else weights > 0
    low, high = X[rows][:, j].min(axis=0), X[rows][:, j].max(axis=0)
    still, equal = high - low <= 4 * eps * np.maximum(np.abs(low), np.abs(high)), low == high
    x_mean[j[equal]] = low[equal]
    if (still & ~equal).any():
        _warn(f"{_columns(first + j[still & ~equal], 'varies', 'vary')} in the last two bits only, which counts as constant: "
              "the weight is zero. If these differences mean something, subtract a constant near the mean before rounding")
    return j[still]


def _columns(j, one, more):
    """Begin a sentence about columns of X: "Column 3 of X varies", "Columns 0, 2 and 4 of X vary"."""
    if len(j) == 1:
        return f"Column {j[0]} of X {one}"
    rest = f"{len(j) - 3} more" if len(j) > 4 else str(j[-1])
    return f"Columns {', '.join(map(str, j[: 3 if len(j) > 4 else -1]))} and {rest} of X {more}"


def _warn(message):
    """Give a `PrecisionWarning` that points to the line outside this package which began it."""
    depth, frame = 1, sys._getframe()
    while frame and Path(frame.f_code.co_filename).parent == Path(__file__).parent:
        depth, frame = depth + 1, frame.f_back
    warnings.warn(message, PrecisionWarning, stacklevel=depth)


def _spare(Xc, yc, free):
    """Take unpenalized columns out of centred data, and later put their weights in.

    At any weights of the other columns the best ones of the free columns are
    those of least squares. Put back into the loss, that leaves the same loss on
    what least squares on the free columns cannot fit: of the other columns, and
    of y, (n,) or (n, m). Returns both, and a function that makes weights (..., p),
    or (..., m, p), of weights (..., p - k), or (..., m, p - k).
    """
    F, others = Xc[:, free], np.count_nonzero(~free)
    both = np.c_[Xc[:, ~free], yc]
    scale = _powers(np.sqrt((F**2).sum(axis=0)))
    U, s, Vt = np.linalg.svd(F / scale, full_matrices=False)
    rank = int((s > max(F.shape) * np.finfo(float).eps * s.max(initial=0)).sum())
    U, s, Vt = U[:, :rank], s[:rank], Vt[:rank]
    known = U.T @ both
    both = both - U @ known
    both -= U @ (U.T @ both)  # what the first leaves of rounding
    if rank == F.shape[1]:
        weights = Vt.T @ (known / s[:, None]) / scale[:, None]
    else:  # of the weights that fit equally well, those of least norm
        Q, R = np.linalg.qr((s[:, None] * Vt * scale).T)
        weights = Q @ np.linalg.solve(R.T, known)
    of_others, of_y = weights[:, :others], weights[:, others:].T.reshape(*yc.shape[1:], -1)

    def whole(coefs):
        full = np.empty((*coefs.shape[:-1], len(free)))
        full[..., ~free] = coefs
        full[..., free] = of_y - coefs @ of_others.T
        return full

    return both[:, :others], both[:, others:].reshape(yc.shape), whole


def _powers(size):
    """The power of two at or below each size, and 1 for zero: to multiply and divide with it rounds nothing."""
    return np.ldexp(1.0, np.where(size > 0, np.frexp(size)[1] - 1, 0))


def _svd(Xc, X):
    """U (n, r), s (r,), Vt (r, p) of the centred Xc, without directions of rounding errors, which are in proportion to X itself."""
    U, s, Vt = np.linalg.svd(Xc, full_matrices=False)
    rank = int((s > np.linalg.norm(X) * max(X.shape) * np.finfo(X.dtype).eps).sum())
    return U[:, :rank], s[:rank], Vt[:rank]


def _fit(coef, x_mean, y_mean, dtype):
    """A fit to data that were centred, in the caller's precision; its intercept is the one of the weights as they are rounded."""
    coef = coef.astype(dtype, copy=False)
    return LinearFit(coef, float(y_mean - x_mean @ coef))


def _path(lams, coefs, x_mean, y_mean, dtype):
    """Fits along penalties, as `_fit` makes them one by one."""
    coefs = coefs.astype(dtype, copy=False)
    return LinearPath(lams, coefs, y_mean - coefs @ x_mean)


def _features(X, coef):
    X = check.array(X, "X", 2)
    if X.shape[1] != len(coef):
        raise ValueError(f"X must have {len(coef)} columns, one per coefficient, got shape {X.shape}")
    return X
