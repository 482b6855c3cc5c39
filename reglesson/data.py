"""Every data set of the course, how it is split, and how it is standardized.

Simulated data come with their truth; real data (`diabetes`, `digits`) are the
copies that scikit-learn ships, imported inside the function that returns them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from reglesson import _checks as check
from reglesson.linear import LinearFit, _blocks, _powers, _rough_means, _still

Floats = NDArray[np.floating]


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
    """Means and scales of a training set; `transform` applies them to any data.

    A constant column has no scale: it is centred and left at zero. So is one
    that varies in the last two bits of its numbers only, with a `PrecisionWarning`.

    Parameters
    ----------
    mean : ndarray of shape (p,)
        Mean of each column, added up in double precision.
    scale : ndarray of shape (p,)
        Standard deviation of each column, with 1/n under the root; 1 where it is constant.

    Examples
    --------
    >>> Standardizer.fit([[1.0, 7.0], [5.0, 7.0]]).transform([[9.0, 7.0]]).tolist()
    [[3.0, 0.0]]
    """

    mean: Floats
    scale: Floats

    @classmethod
    def fit(cls, X: ArrayLike) -> Standardizer:
        """Learn the mean and the standard deviation, with 1/n, of each column.

        Parameters
        ----------
        X : array_like of shape (n, p)
            The training data, and only these.

        Returns
        -------
        Standardizer
            In double precision whatever X is in, so that a mean far from zero keeps its digits.

        Raises
        ------
        ValueError
            If X is not a finite array with two axes.

        Notes
        -----
        Memory: blocks of a million numbers beside X.
        """
        X = check.array(X, "X", 2)
        share = np.full(len(X), 1 / len(X))
        mean = _rough_means(X, share)
        rest, square, unit = np.zeros_like(mean), np.zeros_like(mean), _powers(np.abs(X).max(axis=0).astype(np.float64))
        for rows in _blocks(*X.shape):
            block = np.subtract(X[rows], mean, dtype=np.float64) / unit  # so that no square of a tiny number is zero
            rest += share[rows] @ block
            square += np.einsum("ij,ij->j", block, block) / len(X)
        mean = mean + rest * unit
        scale = np.sqrt(np.maximum(square - rest**2, 0)) * unit
        scale[_still(X, mean, scale, None)] = 1
        return cls(mean, scale)

    def transform(self, X: ArrayLike) -> Floats:
        """Subtract the means and divide by the scales.

        Parameters
        ----------
        X : array_like of shape (n, p)
            Any data with the columns of the training data.

        Returns
        -------
        ndarray of shape (n, p)
            In the precision of X.

        Raises
        ------
        ValueError
            If X has other columns, or is so far from the training data that the result overflows.

        Notes
        -----
        Memory: the result and, for X in single precision, blocks of a million numbers.
        """
        X = check.array(X, "X", 2)
        if X.shape[1] != len(self.mean):
            raise ValueError(f"X must have {len(self.mean)} columns, as the training data had, got shape {X.shape}")
        result = np.empty_like(X)
        with np.errstate(over="ignore"):
            for rows in _blocks(*X.shape):
                np.divide(np.subtract(X[rows], self.mean, dtype=np.float64), self.scale, out=result[rows], casting="same_kind")
        return check.representable(result, "X")

    def unscale(self, fit: LinearFit) -> LinearFit:
        """The same predictions for data that are not standardized: a fit to ``transform(X)`` as one to X itself.

        Parameters
        ----------
        fit : LinearFit
            What was fitted to the transformed data.

        Returns
        -------
        LinearFit
            Weights per unit of each column: the old ones over the scales. Weights of constant columns are 0 as they were.

        Raises
        ------
        ValueError
            If fit is not a `LinearFit` with one weight per column, or a weight overflows.

        Examples
        --------
        >>> scaler = Standardizer(np.array([10.0]), np.array([2.0]))
        >>> scaler.unscale(LinearFit(np.array([3.0]), 1.0))
        LinearFit(coef=array([1.5]), intercept=-14.0)
        """
        check.fit(fit, self.mean[None])
        with np.errstate(over="ignore"):
            coef = check.representable(np.asarray(fit.coef, np.float64) / self.scale, "fit")
            return LinearFit(coef, float(check.representable(fit.intercept - self.mean @ coef, "fit")))
