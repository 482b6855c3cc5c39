"""Every data set of the course, how it is split, and how it is standardized.

Simulated data come with their truth; real data (`diabetes`, `digits`) are the
copies that scikit-learn ships, imported inside the function that returns them.
"""

from dataclasses import dataclass

import numpy as np

from reglesson import _checks as check


def wave_signal(x):
    """The truth behind `wave`: sin(2 pi x) at times x, any shape, in periods."""
    return np.sin(2 * np.pi * np.mod(np.asarray(check.array(x, "x"), float), 1))


def wave(n, noise, rng):
    """A noisy wave: times x (n,), sorted, uniform on [0, 1], and y = `wave_signal`(x) + N(0, noise^2), (n,).

    >>> x, y = wave(3, 0.0, np.random.default_rng(0))
    >>> bool(np.allclose(y, wave_signal(x)))
    True
    """
    n = check.integer(n, "n", low=1)
    noise = check.number(noise, "noise", low=0)
    rng = check.generator(rng)
    x = np.sort(rng.uniform(size=n))
    return x, wave_signal(x) + noise * rng.normal(size=n)


def seed_line(rng, n=100):
    """The tutorials' line: x (n, 1) uniform on [0, 2] and y = 4 + 3 x + N(0, 1), (n,)."""
    rng = check.generator(rng)
    X = 2 * rng.uniform(size=(check.integer(n, "n", low=1), 1))
    return X, 4 + 3 * X[:, 0] + rng.normal(size=len(X))


def sparse_linear(n, p, nonzero, noise, rng, correlation=0.0):
    """A linear truth with few non-zero weights: X (n, p), y (n,), coef (p,).

    The rows of X are normal with variances 1 and the same `correlation`, in
    [0, 1), between any two columns; `nonzero` weights, at random places, are
    drawn from +-[1, 2]; the noise has standard deviation `noise`.
    """
    n, p = check.integer(n, "n", low=1), check.integer(p, "p", low=1)
    nonzero = check.integer(nonzero, "nonzero", low=0, high=p)
    noise = check.number(noise, "noise", low=0)
    correlation = check.number(correlation, "correlation", low=0, high=1, high_open=True)
    rng = check.generator(rng)
    X = np.sqrt(1 - correlation) * rng.normal(size=(n, p)) + np.sqrt(correlation) * rng.normal(size=(n, 1))
    coef = np.zeros(p)
    coef[rng.permutation(p)[:nonzero]] = rng.uniform(1, 2, nonzero) * rng.choice([-1, 1], nonzero)
    return X, X @ coef + noise * rng.normal(size=n), coef


def diabetes():
    """442 patients: X (442, 10) in the units they were measured in, y (442,) progression after a year, the names (10,).

    References: Efron, Hastie, Johnstone and Tibshirani (2004), table 1; scikit-learn's copy.
    """
    from sklearn.datasets import load_diabetes

    found = load_diabetes(scaled=False)
    return found.data, found.target, tuple(found.feature_names)


def digits():
    """1797 handwritten digits: X (1797, 64), the pixels from 0 (paper) to 1 (ink), and y (1797,), integers 0 to 9."""
    from sklearn.datasets import load_digits

    found = load_digits()
    return found.data / 16, found.target


def split(X, y, parts, rng):
    """Deal the rows out at random into disjoint parts: a list of (X, y) pairs.

    Parameters
    ----------
    X, y : arrays with one entry per row each
    parts : sizes, all integers (rows) or all fractions of n; what they leave over is not used
    rng : numpy.random.Generator

    Raises
    ------
    ValueError if X and y differ in length, or the parts are empty or more than there is.
    """
    X, y = check.plain(X, "X"), check.plain(y, "y")
    if not X.ndim or not y.ndim:
        raise ValueError(f"{'y' if X.ndim else 'X'} must have rows, got {check._brief(y if X.ndim else X)}")
    if len(X) != len(y):
        raise ValueError(f"y must have one value per row of X, got {len(y)} values for {len(X)} rows")
    shares = check.plain(parts, "parts")
    with np.errstate(over="ignore"):
        sizes = (np.round(shares * len(X)) if shares.dtype.kind == "f" else shares).tolist() if shares.dtype.kind in "fiu" else None
    if not sizes or shares.ndim != 1 or not min(sizes) >= 1 or not sum(sizes) <= len(X):
        raise ValueError(f"parts must be sizes of at least one row that add up to at most {len(X)} rows, got {parts!r}")
    order = check.generator(rng).permutation(len(X))
    ends = np.cumsum(np.array(sizes, int))
    return [(X[rows], y[rows]) for rows in np.split(order, ends)[: len(sizes)]]


@dataclass(frozen=True)
class Standardizer:
    """The means and scales (p,) of a training set; `transform` applies them to any data.

    A constant column has no scale: it is centred and left at zero.
    """

    mean: np.ndarray
    scale: np.ndarray

    @classmethod
    def fit(cls, X):
        """Learn mean and standard deviation (with 1/n) of each column of X (n, p)."""
        X = check.array(X, "X", 2)
        power = np.frexp(np.abs(X).max(axis=0))[1]
        mean, scale = X.mean(axis=0), np.ldexp(np.ldexp(X, -power).std(axis=0), power)  # so that no square of a tiny number is zero
        constant = scale <= 1e-12 * np.abs(X).max(axis=0)
        return cls(mean, np.where(constant, 1.0, scale))

    def transform(self, X):
        """(X - mean) / scale."""
        X = check.array(X, "X", 2)
        if X.shape[1] != len(self.mean):
            raise ValueError(f"X must have {len(self.mean)} columns, as the training data had, got shape {X.shape}")
        with np.errstate(over="ignore"):
            return check.representable((X - self.mean) / self.scale, "X")
