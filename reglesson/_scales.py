"""Ridge and least squares for columns in any units, far from zero or not, in single precision or in double.

The centred X is written as U diag(s) V' D: D holds powers of two, one a column, so that X / D has columns of a
length near 1 and no digit is lost. Which directions the data determine is decided there, so that no unit of a column
matters, and direction v counts if it is longer than what rounding the entries of X can make of it.

With M = diag(s) V' D and c = U'y the loss is ||c - M w||^2 + shift ||w||^2, shift = n lam, in the caller's units. Where
all columns have one unit, D is a number and the singular values solve it. Else it is least squares with the rows
sqrt(shift) I below M, whose columns are scaled to length 1 before they are factored: that is exact for any units if
no direction is missing. If some are, the weights are a combination of rows of M, w = M'z, of which the orthogonal
factor of M' above sqrt(shift) I gives the shortest.

References: van der Sluis (1969) on scaling columns; Bjorck (1996), Numerical
Methods for Least Squares Problems, sections 2.7 and 5.3.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from reglesson.linear import (
    BLOCK,
    EPS,
    Floats,
    _blocks,
    _center,
    _columns,
    _deviations,
    _powers,
    _rough_means,
    _shares,
    _still,
    _warn,
)

# Columns whose lengths differ by no more than this factor are taken to have one unit.
ONE_UNIT = 16.0
# A direction counts if it is so many times longer than what rounding can make of it; with so many times it has three digits.
SURE, THREE_DIGITS = 4.0, 1e3
# A column whose length is a larger share than this of its distance from zero is for neither `_still` nor `_far` to look at.
NEAR = {np.dtype(kind): max(8 * float(np.finfo(kind).eps), THREE_DIGITS * EPS) for kind in (np.float32, np.float64)}


# -- centred data, or something smaller with the same squares ----------------------------------------------------


def reduced(X: Floats, y: Floats, fit_intercept: bool, weights: Floats | None) -> tuple[Floats, Floats, Floats, Floats]:
    """A (k, p) and C (k, m) whose loss is that of the centred X and y (n, m) but for a constant, k at most n; and the means.

    Many rows are factored block by block, so that no copy of X is made. The first column of what is factored holds the
    roots of the weights, so that the others are centred by taking its direction out.
    """
    (n, p), m = X.shape, y.shape[1]
    first = int(fit_intercept)
    width = first + p + m
    if n <= 2 * width:
        return _center(X, y, fit_intercept, weights)
    x_mean, y_mean = np.zeros(p), np.zeros(m)
    if fit_intercept:
        share = _shares(weights, n)
        x_mean, y_mean = _rough_means(X, share), _rough_means(y, share)
    R: Any = np.empty((0, width))
    for rows in _blocks(n, width, least=2 * width):
        block = np.ones((rows.stop - rows.start, width))
        np.subtract(X[rows], x_mean, out=block[:, first : first + p])
        np.subtract(y[rows], y_mean, out=block[:, first + p :])
        if weights is not None:
            block *= np.sqrt(weights[rows])[:, None]
        R = np.linalg.qr(np.r_[R, block], mode="r")
    A, C = R[first : first + p, first : first + p], R[first : first + p, first + p :]
    if fit_intercept:
        rest = R[0, 1:] / R[0, 0]
        x_mean, y_mean = x_mean + rest[:p], y_mean + rest[p:]
        A[:, _still(X, x_mean, np.abs(A).max(axis=0) / np.sqrt(n), weights)] = 0
        C[:, y.min(axis=0) == y.max(axis=0)] = 0
    return A, C, x_mean, y_mean


def blur(A: Floats, x_mean: Floats, n: int, eps: Any) -> Floats:
    """The length (p,) of what rounding the entries of X has made of each column of the centred A, at most."""
    size = np.abs(A).max(axis=0)
    unit = _powers(size)
    length, away = np.linalg.norm(A / unit, axis=0), np.sqrt(n) * x_mean / unit
    _far(length, away)
    # a column is never taken to be all rounding: what is, was found constant before
    made: Floats = np.minimum(eps * np.hypot(length, away), 0.02 * length) * unit
    return made


def _far(length: Floats, away: Floats) -> None:
    """Say where a column is so far from zero that a prediction X w + b keeps fewer than three digits of what it varies by."""
    lost = np.flatnonzero((np.finfo(float).eps * THREE_DIGITS * np.abs(away) > length) & (length > 0))
    if len(lost):
        _warn(f"{_columns(lost, 'varies', 'vary')} so little beside the distance from zero that sums keep fewer than three "
              "digits of it. Subtract a constant near the mean first, from numbers that are not yet rounded")


def by_squares(
    X: Floats, y: Floats, shifts: Floats, small: float, fit_intercept: bool, weights: Floats | None
) -> tuple[Floats, Floats, float] | None:
    """Weights (L, p) of ridge by eigenvalues of the smaller of X'X and XX', and the means; None where squares would lose digits.

    They do where a shift is below a share `small` of the sum of the squares, and where columns have several units.
    """
    n, p = X.shape
    share = _shares(weights, n)
    yc: Floats = np.asarray(y, np.float64)
    y_mean = 0.0
    if fit_intercept:
        yc, y_mean = _deviations(y, share)
        if y[0] == y[-1] and (y == y[0]).all():
            yc = np.zeros(n)
    root = None if weights is None else np.sqrt(weights)
    if root is not None:
        yc = root * yc
    if n < p:
        return _wide_squares(X, yc, y_mean, shifts, small, fit_intercept, weights)
    gram, slope, x_mean, near = _products(X, yc, fit_intercept, share, root)
    squares = gram.diagonal()
    if near:
        still = _still(X, x_mean, np.sqrt(squares / n), weights)
        gram[still], gram[:, still], slope[still] = 0, 0, 0
    if not _enough(squares, shifts, small):
        return None
    if near:
        _far(np.sqrt(squares), np.sqrt(n) * x_mean)
    s2, V = np.linalg.eigh(gram)
    along = slope.dot(V)[:, None] / (s2[:, None] + shifts)
    return along.T.dot(V.T), x_mean, y_mean


def _try_first(X: Floats, weights: Floats | None) -> bool:
    """Whether products of X as it is are made before `_from_zero` says if they will do; of a larger X they would take too long."""
    return weights is None and X.dtype == np.float64 and X.size <= BLOCK


def _from_zero(squares: Floats, x_mean: Floats, n: int) -> tuple[float, float]:
    """n times the square of the mean that is farthest from zero, and the least of the sums of squares.

    Where twice the first is at most the second, no column is farther from zero than it varies. Then products of columns
    may be centred after they were added up, which costs them a bit.
    """
    away = np.abs(x_mean)
    return n * away[away.argmax()] ** 2, squares[squares.argmin()]


def _products(X: Floats, yc: Floats, fit_intercept: bool, share: Floats, root: Any) -> tuple[Any, Any, Floats, bool]:
    """X'X and y'X of the centred X, the means, and whether `_near`."""
    gram: Any
    slope: Any
    n, p = X.shape
    rough = _rough_means(X, share) if fit_intercept else np.zeros(p)
    if _try_first(X, root):
        gram = X.T.dot(X)
        far, least = _from_zero(gram.diagonal(), rough, n)
        if 2 * far <= least:
            if far > EPS / 8 * least:  # less than that would be rounded away
                gram -= (n * rough)[:, None] * rough
            return gram, yc.dot(X), rough, False
    gram, slope, rest = np.zeros((p, p)), np.zeros(p), np.zeros(p)
    for rows in _blocks(n, p):
        block = X[rows] - rough
        if fit_intercept:
            rest += share[rows] @ block
        if root is not None:
            block = block * root[rows, None]
        gram += block.T @ block
        slope += yc[rows] @ block
    gram -= (n * rest)[:, None] * rest
    np.fill_diagonal(gram, np.maximum(gram.diagonal(), 0))
    x_mean = rough + rest
    return gram, slope, x_mean, _near(np.minimum.reduce(gram.diagonal()), x_mean, n, X.dtype)


def _wide_squares(
    X: Floats, yc: Floats, y_mean: float, shifts: Floats, small: float, fit_intercept: bool, weights: Floats | None
) -> tuple[Floats, Floats, float] | None:
    n, p = X.shape
    blocks, share = _blocks(p, n), _shares(None, n)
    x_mean, plain = np.zeros(p), False
    if _try_first(X, weights):
        squares = np.einsum("ij,ij->j", X, X)
        if fit_intercept:
            x_mean = _rough_means(X, share)
        far, least = _from_zero(squares, x_mean, n)
        plain = 2 * far <= least

    def centred(columns: slice) -> Floats:
        block, _, x_mean[columns], _ = _center(X[:, columns], yc, fit_intercept, weights, columns.start)
        return block

    if plain:
        block, gram = X, X @ X.T
        if fit_intercept:
            gram -= share @ gram
            gram -= (gram @ share)[:, None]
    else:
        gram, squares = np.zeros((n, n)), np.empty(p)
        for columns in blocks:
            block = centred(columns)
            gram += block @ block.T
            squares[columns] = np.einsum("ij,ij->j", block, block)
    if not _enough(squares, shifts, small):
        return None
    _far(np.sqrt(squares), np.sqrt(n) * x_mean)
    s2, U = np.linalg.eigh(gram)
    rows = (yc @ U / (s2 + shifts[:, None])) @ U.T
    if plain and fit_intercept:  # they add up to zero but for rounding, which is not for the means to be multiplied with
        rows -= rows.mean(axis=1, keepdims=True)
    if len(blocks) == 1:
        return rows @ block, x_mean, y_mean
    coefs = np.empty((len(shifts), p))
    for columns in blocks:
        coefs[:, columns] = rows @ centred(columns)
    return coefs, x_mean, y_mean


def _near(least: float, x_mean: Floats, n: int, dtype: np.dtype[Any]) -> bool:
    """Whether a column, least the square of the shortest, may be one about which `_still` or `_far` has a word to say."""
    return bool(least <= NEAR[dtype] ** 2 * n * (x_mean @ x_mean))


def _enough(squares: Floats, shifts: Floats, small: float) -> bool:
    """Whether eigenvalues of sums of squares are good to ten digits beside the shifts."""
    least, most = squares[squares.argmin()], squares[squares.argmax()]
    if not least > 0:
        least = np.minimum.reduce(squares, where=squares > 0, initial=np.inf)
    return bool(1e-200 < np.add.reduce(squares) < shifts[shifts.argmin()] / small and most <= ONE_UNIT**2 * least)


# -- factors -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Factored:
    """A centred X = U M, with orthogonal columns in U (n, r), and in the rows of Vt (r, p).

    Where all columns have one unit, M = diag(s) Vt. Else M = B D Vt with B (r, r), whose columns have about the same length, and
    a diagonal D, `scale`; the rows of Vt are then those of the identity matrix if no direction is missing.
    """

    U: Floats
    s: Floats
    Vt: Floats
    B: Any = None
    scale: Any = None

    def weights(self, shift: float) -> Floats:
        """The matrix T (p, r) of which w = T U'y minimizes ||y - X w||^2 + shift ||w||^2."""
        if self.B is None:
            with np.errstate(over="ignore"):  # shift / s may be infinite, and its weight is then zero
                return self.Vt.T / (self.s + shift / self.s)
        weights: Floats = self.Vt.T @ self._square(shift)
        return weights

    def _square(self, shift: float) -> Any:
        """`weights` for Vt = I: least squares with sqrt(shift) I below B D, all columns scaled to length 1."""
        B, D, root = self.B, self.scale, np.sqrt(shift)
        eye = np.eye(len(B))
        if root == 0:
            return np.linalg.solve(B, eye) / D[:, None]
        length = np.hypot(D, root)
        Q, R = np.linalg.qr(np.r_[B * (D / length), eye * (root / length)])
        T = np.linalg.solve(R, Q[: len(B)].T) / length[:, None]
        # of a column that is short beside the penalty, Q keeps few digits; but w = M'(c - M w) / shift at the minimum
        short = D < root
        if short.any():
            T[short] = ((B * (D / root)).T[short] @ (eye - (B * D) @ T)) / root
        return T

    def coefs(self, C: Floats, shifts: Floats) -> Floats:
        """Weights (L, m, p) for responses C (k, m), at each shift."""
        c = (self.U.T @ C).T
        if self.B is None:
            with np.errstate(over="ignore", invalid="ignore"):  # what overflows is refused when the fit is made
                return (c / (self.s + shifts[:, None, None] / self.s)) @ self.Vt
        return np.stack([c @ self.weights(shift).T for shift in shifts])

    def kept(self, shift: float) -> Any:
        """What is kept of the fit along U: (r,) shrinkage factors, or the matrix (r, r) where it is not diagonal."""
        if self.B is None:
            with np.errstate(over="ignore"):  # squares of tiny numbers would be zero
                return self.s / (self.s + shift / self.s)
        return (self.B * self.scale) @ self._square(shift)

    def factors(self, shift: float) -> Any:
        """The shrinkage factors (r,), the largest first: eigenvalues of `kept`."""
        H: Any = self.kept(shift)
        return H if H.ndim == 1 else np.clip(np.linalg.eigvalsh((H + H.T) / 2)[::-1], 0.0, 1.0)

    def lost(self, shift: float) -> Any:
        """A root L of what is lost of the fit along U, L L' = I - kept: (r,) where it is diagonal, else (r, r).

        At shift = 0 nothing is lost, but ratios of what is lost have limits: then it is that of a shift which is tiny
        beside the square of the shortest direction.
        """
        if self.B is None:
            s, least = self.s, self.s.min(initial=np.inf)
            with np.errstate(over="ignore"):
                return np.sqrt(1 / (1 + s / np.maximum(shift / s, 1e-20 * least * (least / s))))
        root, eye = max(np.sqrt(shift), 1e-10 * self.scale.min()), np.eye(len(self.B))
        R = np.linalg.qr(np.r_[(self.B * self.scale).T, eye * root], mode="r")
        return root * np.linalg.solve(R, eye)


def spectrum(X: Floats, fit_intercept: bool = True, shift: float = np.inf) -> Factored:
    """The centred X, factored; about collinear columns there is no word unless a shift is given."""
    return about(X, fit_intercept, shift)[0]


def about(X: Floats, fit_intercept: bool, shift: float) -> tuple[Factored, Floats]:
    """`spectrum`, and the means of X."""
    Xc, _, x_mean, _ = _center(X, X[:, 0], fit_intercept)
    eps = np.finfo(X.dtype).eps
    return factor(Xc, blur(Xc, x_mean, len(X), eps), len(X), eps, shift), x_mean


def responses(y: Floats, fit_intercept: bool) -> Floats:
    """The centred y in double precision."""
    return _center(y[:, None], y, fit_intercept)[1]


def factor(A: Floats, blurred: Floats, n: int, eps: Any, shift: float = 0.0) -> Factored:
    """Factor a centred A (k, p), whose columns rounding by eps has changed by as much as `blurred` (p,); n rows were there before.

    Where a direction counts and double precision leaves it fewer than three digits, and so little is added to its square
    that this matters, there is a word.
    """
    size = np.abs(A).max(axis=0)
    live = size > 0
    unit = _powers(size)
    unit *= _powers(np.linalg.norm(A / unit, axis=0))
    unit[~live] = unit[size.argmax()]  # for a column of zeros any would do
    one_unit = unit.max() <= ONE_UNIT * unit.min()
    if one_unit:
        unit[:] = unit[0]
    U, s, Vt = np.linalg.svd(A / unit, full_matrices=False)
    around = np.sqrt(Vt**2 @ (blurred / unit) ** 2)
    sure = s > SURE * around + 4 * EPS * (A.shape[1] + np.sqrt(n)) * s[0]
    loose = np.flatnonzero(sure & (s < THREE_DIGITS * around * (EPS / eps)) & (s < 0.1 * s[0]))
    with np.errstate(over="ignore", invalid="ignore"):
        loose = loose[~(np.sqrt(shift) * np.abs(Vt[loose] / unit).max(axis=1) >= s[loose])]
    if len(loose):
        j = np.unique(np.abs(Vt[loose]).argmax(axis=1))
        _warn(f"{_columns(j, 'is', 'are')} so nearly a combination of others that weights have fewer than three digits. "
              "Leave one of these columns out, or take a larger penalty")
    U, s, Vt = U[:, sure], s[sure], Vt[sure]
    if one_unit:
        return Factored(U, s * unit[0], Vt)
    B, scale, rows = s[:, None] * Vt.compress(live, axis=1), unit[live], np.zeros((len(s), len(live)))
    if len(s) == len(scale):
        rows[:, live] = np.eye(len(s))
    else:
        Q, R = _rowwise_qr((B * scale).T)
        scale = _powers(np.hypot.reduce(R, axis=1))
        rows[:, live], B = Q.T, R.T / scale
    return Factored(U, s, rows, B, scale)


def _rowwise_qr(A: Floats) -> tuple[Floats, Floats]:
    """Q (p, r) and R (r, r) with A = Q R, right in each row of A (p, r) and not only beside its longest one.

    By Householder's reflections, with the longest column and the largest entry brought to the front before each; R has its
    columns in the order of A again. Cox and Higham (1998), BIT 38, theorem 4.1.
    """
    size = np.abs(A).max(axis=1)
    if size.max() <= 2.0**12 * size.min():
        return np.linalg.qr(A)
    A, (p, r) = A.copy(), A.shape
    rows, columns, V = np.arange(p), np.arange(r), np.zeros((p, r))
    for k in range(r):
        j = k + int(np.argmax(np.einsum("ij,ij->j", A[k:, k:], A[k:, k:])))
        A[:, [k, j]], columns[[k, j]] = A[:, [j, k]], columns[[j, k]]
        i = k + int(np.argmax(np.abs(A[k:, k])))
        for array in (A, V, rows):
            array[[k, i]] = array[[i, k]]
        v = A[k:, k].copy()
        v[0] += np.copysign(np.sqrt(v @ v), v[0])
        v *= np.sqrt(2 / (v @ v))
        A[k:, k:] -= np.outer(v, v @ A[k:, k:])
        V[k:, k] = v
    Q = np.eye(p, r)
    for v in V.T[::-1]:
        Q -= np.outer(v, v @ Q)
    return Q[np.argsort(rows)], np.triu(A[:r])[:, np.argsort(columns)]
