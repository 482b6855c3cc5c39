"""What the linear chapters share: a fitted linear model, a path of them, and the losses.

Everywhere in this package, for a linear model and n samples,

    J(w, b) = (1/n) ||y - X w - b||^2 + lam * Omega(w),
    Omega_1(w) = sum |w_j|      or      Omega_2(w) = sum w_j^2,

that is, the mean squared error without a 1/2 and the penalty without a 1/2.
The intercept b is never penalized. Other libraries place the 1/2 and the n
differently; the converters stand in `reglesson.choosing`.
"""

from dataclasses import dataclass

import numpy as np

from reglesson import _checks as check


@dataclass(frozen=True)
class LinearFit:
    """A linear model: coef (p,) and intercept, a float."""

    coef: np.ndarray
    intercept: float

    def predict(self, X):
        """Predictions X w + b, shape (n,), for X of shape (n, p)."""
        return _features(X, self.coef) @ self.coef + self.intercept


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
        return self.coefs @ _features(X, self.coefs[0]).T + self.intercepts[:, None]


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


def center(X, y, fit_intercept=True):
    """X and y minus their means, and those means (zeros where fit_intercept is false).

    At the minimum over b alone, b = mean(y) - mean(X) w; put back into J, that
    leaves the same loss on centred data, without b. So every solver in this
    package works on centred data and then reads off the intercept.
    """
    X, y = check.design(X, y)
    return _center(X, y, fit_intercept)


def _center(X, y, fit_intercept):
    """`center` of what was checked before."""
    if not check.flag(fit_intercept, "fit_intercept"):
        return X, y, np.zeros(X.shape[1], X.dtype), X.dtype.type(0)
    x_mean, y_mean = np.ones(len(X), X.dtype) @ X / X.dtype.type(len(X)), y.mean()  # X.mean(axis=0), three times as quick
    return X - x_mean, y - y_mean, x_mean, y_mean


def _svd(Xc, X):
    """U (n, r), s (r,), Vt (r, p) of the centred Xc, without directions of rounding errors, which are in proportion to X itself."""
    U, s, Vt = np.linalg.svd(Xc, full_matrices=False)
    rank = int((s > np.linalg.norm(X) * max(X.shape) * np.finfo(s.dtype).eps).sum())
    return U[:, :rank], s[:rank], Vt[:rank]


def _features(X, coef):
    X = check.array(X, "X", 2)
    if X.shape[1] != len(coef):
        raise ValueError(f"X must have {len(coef)} columns, one per coefficient, got shape {X.shape}")
    return X
