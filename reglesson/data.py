"""Every data set of the course, how it is split, and how it is standardized.

Simulated data come with their truth; real data (`diabetes`, `digits`) are the
copies that scikit-learn ships, in files of this package.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from reglesson import _checks as check
from reglesson.linear import Floats, LinearFit, _blocks, _powers, _rough_means, _still


def wave_signal(x: ArrayLike) -> Floats:
    """The truth behind `wave`: one sine of period 1.

    Parameters
    ----------
    x : array_like
        Times, of any shape, in periods.

    Returns
    -------
    ndarray
        ``sin(2 pi x)``, of the shape of x.

    Raises
    ------
    ValueError
        If x is not finite.

    Examples
    --------
    >>> wave_signal([0.0, 0.25, 0.5]).round(6).tolist()
    [0.0, 1.0, 0.0]
    """
    signal: Floats = np.sin(2 * np.pi * np.mod(np.asarray(check.array(x, "x"), float), 1))
    return signal


def wave(n: int, noise: float, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """A noisy wave: `wave_signal` at random times, plus normal noise.

    Parameters
    ----------
    n : int
        Number of readings, at least 1.
    noise : float
        Standard deviation of the noise, at least 0.
    rng : numpy.random.Generator
        What draws the times and the noise.

    Returns
    -------
    x : ndarray of shape (n,)
        Times, sorted, uniform on [0, 1].
    y : ndarray of shape (n,)
        Readings.

    Raises
    ------
    ValueError
        If an argument is not as described.

    Examples
    --------
    >>> x, y = wave(3, 0.0, np.random.default_rng(0))
    >>> bool(np.allclose(y, wave_signal(x)))
    True
    """
    n = check.integer(n, "n", low=1)
    noise = check.number(noise, "noise", low=0)
    rng = check.generator(rng)
    x = np.sort(rng.uniform(size=n))
    return x, wave_signal(x) + noise * rng.normal(size=n)


def seed_line(rng: np.random.Generator, n: int = 100) -> tuple[Floats, Floats]:
    """The tutorials' line: ``y = 4 + 3 x`` plus standard normal noise.

    Parameters
    ----------
    rng : numpy.random.Generator
        What draws the features and the noise.
    n : int, default 100
        Number of rows, at least 1.

    Returns
    -------
    X : ndarray of shape (n, 1)
        Uniform on [0, 2].
    y : ndarray of shape (n,)
        Responses.

    Raises
    ------
    ValueError
        If an argument is not as described.

    Examples
    --------
    >>> X, y = seed_line(np.random.default_rng(0))
    >>> X.shape, y.shape
    ((100, 1), (100,))
    """
    rng = check.generator(rng)
    X = 2 * rng.uniform(size=(check.integer(n, "n", low=1), 1))
    return X, 4 + 3 * X[:, 0] + rng.normal(size=len(X))


def sparse_linear(
    n: int, p: int, nonzero: int, noise: float, rng: np.random.Generator, correlation: float = 0.0
) -> tuple[Floats, Floats, Floats]:
    """A linear truth with few non-zero weights.

    Parameters
    ----------
    n, p : int
        Numbers of rows and of columns, at least 1.
    nonzero : int
        How many weights, at random places, are drawn from [1, 2], with a random sign; the others are 0.
    noise : float
        Standard deviation of the noise, at least 0.
    rng : numpy.random.Generator
        What draws all of it.
    correlation : float, default 0
        The same between any two columns, in [0, 1).

    Returns
    -------
    X : ndarray of shape (n, p)
        Rows are normal, with variances of 1.
    y : ndarray of shape (n,)
        Responses.
    coef : ndarray of shape (p,)
        The true weights.

    Raises
    ------
    ValueError
        If an argument is not as described.

    Examples
    --------
    >>> X, y, coef = sparse_linear(5, 4, 2, 0.0, np.random.default_rng(0))
    >>> bool(np.allclose(y, X @ coef)), int(np.count_nonzero(coef))
    (True, 2)
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


def diabetes() -> tuple[Floats, Floats, tuple[str, ...]]:
    """442 patients, ten things measured, and how far their diabetes had gone a year later.

    Returns
    -------
    X : ndarray of shape (442, 10)
        Age, sex, body mass index, blood pressure and six of the blood, in the units in which they were measured.
    y : ndarray of shape (442,)
        Progression after a year, from 25 to 346.
    names : tuple of str
        Of the ten columns.

    Notes
    -----
    The numbers are those of scikit-learn's ``load_diabetes(scaled=False)``. Its license, BSD-3-Clause, is in the package beside
    them.

    References
    ----------
    .. [1] Efron, Hastie, Johnstone and Tibshirani (2004), table 1.

    Examples
    --------
    >>> X, y, names = diabetes()
    >>> dict(zip(names, X[0].tolist()))["bmi"], y[0].item()
    (32.1, 151.0)
    """
    X, y = _shipped("diabetes")
    return X, y, ("age", "sex", "bmi", "bp", "s1", "s2", "s3", "s4", "s5", "s6")


def digits() -> tuple[Floats, NDArray[np.int64]]:
    """1797 handwritten digits of eight by eight pixels.

    Returns
    -------
    X : ndarray of shape (1797, 64)
        The pixels, row by row, from 0 (paper) to 1 (ink).
    y : ndarray of shape (1797,)
        What was written, an integer from 0 to 9.

    Notes
    -----
    The numbers are those of scikit-learn's ``load_digits()``, the pixels divided by 16. Its license, BSD-3-Clause, is in the
    package beside them.

    References
    ----------
    .. [1] Alpaydin and Kaynak (1998), Optical Recognition of Handwritten Digits, UCI Machine Learning Repository: the test set.

    Examples
    --------
    >>> X, y = digits()
    >>> X.shape, y[:5].tolist()
    ((1797, 64), [0, 1, 2, 3, 4])
    """
    X, y = _shipped("digits")
    return X / 16, y.astype(np.int64)


def _shipped(name: str) -> tuple[NDArray[Any], NDArray[Any]]:
    """X and y of a file of this package."""
    with np.load(Path(__file__).with_name(f"{name}.npz")) as file:
        return file["X"], file["y"]


def split(
    X: ArrayLike, y: ArrayLike, parts: Sequence[int] | Sequence[float] | NDArray[Any], rng: np.random.Generator
) -> list[tuple[NDArray[Any], NDArray[Any]]]:
    """Deal the rows out at random into disjoint parts.

    Parameters
    ----------
    X, y : array_like
        With one entry per row each, of any kind.
    parts : sequence of int or of float
        Sizes, all integers (rows) or all fractions of n; what they leave over is not used. Where a fraction is no whole
        number of rows, it is rounded, or the ends of the parts are, so that fractions that add up to 1 take every row.
    rng : numpy.random.Generator
        What deals.

    Returns
    -------
    list of tuple
        A pair (X, y) for each part.

    Raises
    ------
    ValueError
        If X and y differ in length, or the parts are empty or more than there is.

    Examples
    --------
    >>> train, test = split(np.arange(10).reshape(5, 2), np.arange(5), [3, 2], np.random.default_rng(0))
    >>> train[0].shape, sorted([*train[1].tolist(), *test[1].tolist()])
    ((3, 2), [0, 1, 2, 3, 4])
    """
    X, y = check.plain(X, "X"), check.plain(y, "y")
    if not X.ndim or not y.ndim:
        raise ValueError(f"{'y' if X.ndim else 'X'} must have rows, got {check._brief(y if X.ndim else X)}")
    if len(X) != len(y):
        raise ValueError(f"y must have one value per row of X, got {len(y)} values for {len(X)} rows")
    shares = check.plain(parts, "parts")
    if shares.dtype.kind == "f" and shares.ndim == 1:
        with np.errstate(over="ignore", invalid="ignore"):
            ends = np.round(np.cumsum(shares, dtype=np.float64) * len(X))
            shares = np.round(shares * len(X))
            if len(shares) and shares.sum() != ends[-1]:
                shares = np.diff(ends, prepend=0.0)
    sizes = shares.tolist() if shares.dtype.kind in "fiu" else None
    if not sizes or shares.ndim != 1 or not min(sizes) >= 1 or not sum(sizes) <= len(X):
        raise ValueError(f"parts must be sizes of at least one row that add up to at most {len(X)} rows, got {parts!r}")
    order = check.generator(rng).permutation(len(X))
    ends = np.cumsum(np.array(sizes, int))
    return [(X[rows], y[rows]) for rows in np.split(order, ends)[: len(sizes)]]


@dataclass(frozen=True)
class Standardizer:
    """Means and scales of a training set; `transform` applies them to any data.

    A constant column has no scale: it is centred only, which leaves zeros in the
    training rows. So is one that varies in the last two bits of its numbers only,
    with a `PrecisionWarning`; what these bits leave is zero, too.

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
        for j in np.flatnonzero(self.scale == 1):  # of a column without a scale, rounding is not to be taken for knowledge
            result[np.abs(result[:, j]) <= 8 * np.finfo(X.dtype).eps * abs(self.mean[j]), j] = 0
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
        w, b = check.fit(fit, self.mean[None])
        with np.errstate(over="ignore"):
            coef = check.representable(w.astype(np.float64) / self.scale, "fit")
            return LinearFit(coef, float(check.representable(b - self.mean @ coef, "fit")))
