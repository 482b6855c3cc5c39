"""Quick ways along the paths of the lasso and the elastic net, for `reglesson.l1`, whose `_walk` is the way to read.

With G = (2/n) X'X, c = (2/n) X'y and g = c - G w on centred data, the weights
are best where, for every j,

    g_j = l1 sign(w_j) + 2 l2 w_j   if w_j is not 0,      |g_j| <= l1   if it is.    (KKT)

`lasso` and `elastic_net` count on what holds for nearly all data: that weights
do not enter or leave two at a time, and that no active columns nearly repeat
each other. They take no care where that fails. Instead, every result is put
into (KKT) before it is given back, and what does not fit counts as not found.

`settle` is for the rest: it puts weights, wherever they are from, into (KKT)
with residuals made from X itself, goes on from those that do not fit with
`descend`, which is slow and careful, and warns where that does not do either.
"""

from __future__ import annotations

from math import copysign, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reglesson.linear import Floats, _powers, _warn

WIDEST = 128  # columns; the whole tableau changes at each kink, which for more of them takes longer than the walk
SAME = 1e-10  # kinks that are closer than this share of lam are not told apart
SPAN = 1e-9  # a column with a smaller share than this of its square outside the active columns' span is not taken in
SWAP = 1e-6  # an idle g_j whose slope is so near 1 or -1 is of a column that may do for active ones; the walk takes the first
ROUNDING = 1e-12  # what (KKT) may be off by, as a share of ||x_j|| (||y|| + sum ||x_i w_i||); `TIE` in `reglesson.l1`
MOST = 20  # kinks for each column; a path can have far more (Mairal and Yu 2012), and then the walk may take its time
ROUNDS = 10  # of toggles at one penalty; more may be a circle
OFF = 1e-6  # of lam: by so much (KKT) may be off in what is given back, wherever rounding allows that
EXACT = 1e-13  # as ROUNDING, where the residuals are made from X itself
DEPENDENT = 1e-14  # a column with a smaller share than this of its length outside the active columns' span lies in it
STEPS = 20  # of `descend` for each column or row, whichever are fewer
FARTHEST, NEAREST = 2.0, 1.001  # ratios of one penalty to the next


def lasso(X: Floats, y: Floats, lams: Floats) -> tuple[Any, Any]:
    """Weights (L, p) at the penalties (L,), and which rows are surely right (L,); None, None if this is no way.

    All kinks by one tableau, then all weights at once. It takes O(n p + p^2 + K p)
    numbers for K kinks, at most `MOST` times p; p is at most `WIDEST`.
    """
    n, p = X.shape
    if p > WIDEST or p >= n:
        return None, None
    gram, c = X.T.dot(X), X.T.dot(y)
    gram *= 2 / n
    c *= 2 / n
    kinks, lines = _kinks(gram, c, lams[lams.argmin()])
    # here and below `count_nonzero`, which is quicker than `any` and `all` for so few
    if lines is None or np.count_nonzero(np.abs(lines[:, 2] * np.abs(lines[:, 1]) - 1) < SWAP):
        return None, None
    q, d, idle = lines[np.searchsorted(-kinks, -lams)].swapaxes(0, 1)  # each (L, p)
    lams = lams[:, None]
    w = np.where(idle == 0, q + lams * d, 0.0)
    length = np.sqrt(gram.diagonal())
    noise = _noise(y, w, length)
    w[np.abs(w) * length <= noise] = 0
    if np.count_nonzero(_distance(w, c - w.dot(gram), lams) <= noise * length) < w.size:
        return None, None
    return w, _exact(noise, length, lams)


def _kinks(gram: Floats, c: Floats, lowest: float) -> tuple[Floats, Floats | None]:
    """Penalties (K,) of the kinks above `lowest`, and the lines (K + 1, 3, p) above, between and below them.

    Of w_j and g_j one is known, 0 or lam s_j, and the other is a straight line
    q_j + lam d_j: w_j where j is active, g_j where it is idle. The tableau

        ( -G_AA^-1         G_AA^-1 G_AB             )     A active, B idle
        ( G_BA G_AA^-1     G_BB - G_BA G_AA^-1 G_AB )

    says how the lines move with what is known. As j enters or leaves, one pivot
    at (j, j) makes the next tableau and the next lines (Goodnight 1979, the
    sweep operator). The rows of `lines` are q, d, and who is idle, 1 or 0. They
    are None if a pivot would lose digits, or the kinks do not end.
    """
    p = len(c)
    store = np.empty((p + 3, p))
    table, lines = store[: p + 2], store[p:]  # q and d are pivoted with the tableau
    table[:p], table[p], table[p + 1], store[p + 2] = gram, c, 0, 1
    q, d, idle = lines
    change, kink, least = np.empty_like(table), np.empty(p), SPAN * gram.diagonal()
    j = int(np.abs(c).argmax())
    lam, passed = abs(c.item(j)), np.empty((MOST * p + 1, 3, p))
    passed[0] = lines
    kinks: list[float] = []
    with np.errstate(all="ignore"):
        while lam > lowest:
            enters, s = idle.item(j) == 1, copysign(1.0, q.item(j))  # where it leaves, q_j has the sign that w_j must not have
            if enters:
                d[j] -= s  # from g_j to g_j - lam s_j, which is known from now on: it is 0
            pivot = table.item(j, j)
            if (enters and not pivot > least[j]) or len(kinks) == MOST * p:
                return np.array(kinks), None
            along = table[:, j] / pivot
            np.dot(along[:, None], table[j : j + 1], out=change)
            np.subtract(table, change, table)
            if not enters:
                along = -along
            table[:, j], table[j], table[j, j], idle[j] = along, along[:p], -1 / pivot, not enters
            if not enters:
                d[j] -= s  # back to g_j, whose sign was -s
            kinks.append(lam)
            passed[len(kinks)] = lines
            # the next kink: where an idle g_j is lam or -lam, or an active w_j is 0; one above lam is behind us
            np.copysign(idle, q, kink)
            np.subtract(kink, d, kink)
            np.divide(q, kink, kink)
            np.putmask(kink, kink >= lam * (1 - SAME), 0.0)
            j = int(kink.argmax())
            lam = kink.item(j)
    return np.array(kinks), passed[: len(kinks) + 1]


def elastic_net(X: Floats, y: Floats, lams: Floats, ratio: float, shares: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """Weights (L, p) at the penalties (L,), and which of them are surely right (L,), for 0 < ratio < 1.

    l1 is ratio lam, and l2 is (1 - ratio) lam times the `shares` (p,) of the
    columns. From one penalty to the next, in falling order, we keep the signs of
    the weights, solve for the active ones, and toggle all that come out with the
    wrong sign and all that are zero and should not be, until there are none
    (block pivoting; Portugal, Judice and Vicente 1994). This may go in circles
    if the step was too long. Then we go back and take a shorter one.

    What is not found has the weights of the penalty before it. Products of all
    pairs of columns are made for no more columns than rows: it takes
    O(n p + L p) numbers, however many weights are active.
    """
    n, p = X.shape
    (w, g), found = np.zeros((2, len(lams), p)), np.zeros(len(lams), bool)
    last: tuple[Any, Any] = ([], [])
    c, length = X.T @ y * (2 / n), lengths(X)
    gram: Any = X.T @ X * (2 / n) if p <= n else None
    X_A: Any = None
    slack, signs, stale = ROUNDING * lengths(y) * length, np.zeros(p), True
    goals = [i for i in np.argsort(lams) if lams[i] > 0]  # the next is the last
    with np.errstate(all="ignore"):
        reached, step = float(np.abs(c).max() / ratio), FARTHEST
        while goals and reached < np.inf:
            goal = lams.item(goals[-1])
            lam, before = max(goal, reached / step), signs.copy()
            l1, unit = ratio * lam, 2 * (1 - ratio) * lam
            for _ in range(ROUNDS):
                if stale:
                    A = np.flatnonzero(signs)
                    s, c_A, shares_A, stale = signs[A], c[A], shares[A], False
                    if gram is None:
                        X_A = X[:, A]
                        pairs = _pairs(X_A, shares_A)
                    else:
                        rows = gram[A]
                        pairs = rows[:, A]
                w_A = _solve(pairs, X_A, c_A - l1 * s, unit, shares_A)
                slope = c - w_A.dot(rows) if gram is not None else (y - X_A @ w_A) @ X * (2 / n)
                toggle = np.abs(slope) > l1 + slack
                toggle[A] = w_A * s < 0
                if not np.count_nonzero(toggle):  # quicker than `any` for so few
                    last = A, w_A
                    if lam == goal:
                        i = goals.pop()
                        w[i, A], g[i], found[i] = w_A, slope, True
                    reached, step = min(lam, reached), FARTHEST
                    break
                signs[toggle] = np.where(signs[toggle] == 0, np.sign(slope[toggle]), 0)
                stale = True
            else:
                signs, stale, step = before, True, sqrt(step)
                if step < NEAREST:
                    w[goals.pop(), last[0]], step = last[1], FARTHEST
        lams = lams[:, None]
        g -= (2 * (1 - ratio) * lams) * (shares * w)
        return w, found & surely(y, w, g, ratio * lams, length)


def _pairs(X: Floats, shares: Floats) -> Floats:
    """(2/n) X'X or, where there are more columns than rows, (2/n) X diag(1 / shares) X'."""
    return (X.T @ X if X.shape[1] <= len(X) else X / shares @ X.T) * (2 / len(X))


def _solve(pairs: Floats, X: Floats, right: Floats, unit: float, shares: Floats) -> Floats:
    """w (k,) with ((2/n) X'X + D) w = right, D = unit diag(shares); `pairs` are those of X; nan where there is no such w.

    With k > n columns it is w = D^-1 (right - X'(I + (2/n) X D^-1 X')^-1 (2/n) X D^-1 right) (Woodbury).
    """
    k = len(right)
    try:
        if k == len(pairs):
            system = pairs.copy()
            diagonal = system.reshape(-1)[:: k + 1]
            diagonal += unit * shares
            return np.linalg.solve(system, right)
        ridge, system = unit * shares, pairs / unit
        system.ravel()[:: len(pairs) + 1] += 1
        return (right - np.linalg.solve(system, X @ (right / ridge) * (2 / len(X))) @ X) / ridge
    except np.linalg.LinAlgError:  # so small a ridge does nothing for columns that repeat
        return np.full(k, np.nan)


def settle(
    X: Floats, y: Floats, w: Floats, sure: NDArray[np.bool_], lams: Floats, ratio: float = 1.0, shares: Floats | float = 1.0
) -> None:
    """Put the rows of w (L, p) that are not sure into (KKT); mend what does not fit, in place; warn where that fails.

    What fits is off by no more than `OFF` times lam and `EXACT` times
    ||x_j|| (||y|| + sum ||x_i w_i||), which is what rounding does.
    """
    if sure.all():
        return
    rest, left = np.flatnonzero(~sure), []
    l1, l2 = ratio * lams[rest, None], (1 - ratio) * lams[rest, None] * np.broadcast_to(shares, X.shape[1])
    w[rest[~np.isfinite(w[rest]).all(axis=1)]] = 0
    most = _off(X, y, w[rest], l1, l2).max(axis=1)
    for k in np.flatnonzero(most > 0):
        i = rest[k]
        other = descend(X, y, w[i], l1[k], l2[k])
        again = _off(X, y, other[None], l1[k], l2[k]).max()
        if again < most[k]:
            w[i], most[k] = other, again
        if most[k] > 0:
            left.append(lams[i])
    if left:
        _warn(
            f"The weights are not certain at {len(left)} of the penalties, lam = {left[0]:.3g} among them: rounding hides what "
            "columns should weigh that resemble each other, or rows of very different sizes. Leave columns out or take a larger lam"
        )


def _off(X: Floats, y: Floats, w: Floats, l1: Any, l2: Any) -> Any:
    """By how much more than is allowed (KKT) is off at each column, in the units of lam, (L, p) as w is; at most 0 if it holds."""
    length, used = lengths(X), w.any(axis=0)
    g = (y - w[:, used] @ X[:, used].T) @ X
    g *= 2 / len(y)
    g -= 2 * l2 * w
    return _distance(w, g, l1) - OFF * l1 - EXACT / ROUNDING * _noise(y, w, length) * length


def descend(X: Floats, y: Floats, w: Floats, l1: Any, l2: Any) -> Floats:
    """The weights (p,) at one penalty, by going down from w: slow, and as exact as X is.

    With the signs of the active weights held, the best weights are least
    squares with a known pull. We go there, or as far as the first weight that
    becomes zero, which then leaves; where we arrive, the column that (KKT) is
    most off at enters (Osborne, Presnell and Turlach 2000, section 3). Where an
    active column is a sum of others, weights can move and the fit stay: then we
    go that way down the penalty, until one is zero. Least squares by
    a QR factorization of the active columns loses half of the digits that their
    Gram matrix would. It takes O(n p + (n + k) k) numbers for k active weights.
    """
    n, p = X.shape
    length = lengths(X)
    scale = _powers(length)
    w, l2, barred = w.copy(), np.broadcast_to(l2, p), np.zeros(p, bool)
    A = np.flatnonzero(w)
    s = np.sign(w[A])
    for _ in range(STEPS * (min(n, p) + 1)):
        X_A = X[:, A] / scale[A]
        pull = (s * l1 + 2 * l2[A] * w[A]) / scale[A]
        step, endless = _step(X_A, y - X[:, A] @ w[A], pull, l2[A] / scale[A] ** 2)
        step = step / scale[A]
        if endless and s @ step > 0:
            step = -step
        falling = np.flatnonzero(np.sign(step) == -s)
        share = np.abs(w[A[falling]] / step[falling])  # of the step, at which each of them is zero
        if endless or share.min(initial=np.inf) <= 1:
            first = share.argmin()
            j = A[falling[first]]
            if share[first] == 0:  # it has just entered, and does no good
                barred[j] = True
            else:
                barred[:] = False
            w[A] += share[first] * step
            w[j] = 0
            A, s = A[A != j], s[A != j]
            continue
        w[A] += step
        off = _off(X, y, w[None], l1, l2)[0] / scale
        off[A] = off[barred] = 0
        j = int(off.argmax())
        if off[j] <= 0:
            break
        A, s = np.append(A, j), np.append(s, np.copysign(1.0, X[:, j] @ (y - X[:, A] @ w[A])))
    return w


def _step(X: Floats, rest: Floats, pull: Floats, l2: Floats) -> tuple[Any, bool]:
    """The w (k,) that minimizes (1/n) ||rest - X w||^2 + pull'w + sum l2 w^2, and False; or one that changes no fit, and True."""
    n, k = X.shape
    pull = pull * (n / 2)  # of ||rest - X w||^2 / 2, as all that is solved here
    solve: Any
    better = lambda w: w + solve(X.T @ (rest - X @ w) - n * l2 * w - pull)  # noqa: E731
    if k > n and l2.all():
        pairs = _pairs(X, l2)
        solve = lambda right: _solve(pairs, X, right * (2 / n), 2.0, l2)  # noqa: E731
        w = better(np.zeros_like(pull))
    else:
        tall = np.concatenate([X, np.diag(np.sqrt(n * l2))]) if l2.any() else X
        Q, R = np.linalg.qr(tall)
        short = np.abs(R.diagonal()) <= DEPENDENT * np.linalg.norm(tall[:, : len(R)], axis=0)
        if k > len(R) or short.any():  # the first column in the span of those before it, and what of them makes it
            j = int(np.append(short, True).argmax())
            along = np.append(np.linalg.solve(R[:j, :j], R[:j, j]), [-1.0] + [0.0] * (k - j - 1))
            return along, True
        solve = lambda right: np.linalg.solve(R, np.linalg.solve(R.T, right))  # noqa: E731
        w = np.linalg.solve(R, Q[:n].T @ rest - np.linalg.solve(R.T, pull))
    return better(w), False


def lengths(X: Floats) -> Any:
    """The lengths of the columns of X (n, p), or of y (n,), where the square of the mean's size is 2: sqrt((2/n) x'x)."""
    return np.sqrt(np.einsum("i...,i...->...", X, X) * (2 / len(X)))


def _noise(y: Floats, w: Floats, length: Floats) -> Any:
    """What rounding may do to the fit of each row of w (L, p), as a length: (L, 1); those of the columns are (p,)."""
    return ROUNDING * (np.sqrt(y.dot(y) * (2 / len(y))) + np.abs(w).dot(length))[:, None]


def _distance(w: Floats, g: Floats, l1: Any) -> Any:
    """How far (KKT) is off, (L, p) as w is; g is without the part of l2, l1 a number or (L, 1)."""
    return np.where(w == 0, np.abs(g) - l1, np.abs(g - np.copysign(l1, w)))


def fits(w: Floats, g: Floats, l1: Any, noise: Floats) -> Any:
    """Where (KKT) holds but for the noise, (L,)."""
    return (_distance(w, g, l1) <= noise).all(axis=1)


def _exact(noise: Floats, length: Floats, l1: Floats) -> Any:
    """Where the rounding of products of columns is far below l1 (L, 1), (L,)."""
    return (noise * length.max() <= OFF * l1)[:, 0]


def surely(y: Floats, w: Floats, g: Floats, l1: Floats, length: Floats) -> Any:
    """Where (KKT) holds, (L,), though g has been made from products of columns, whose rounding must be far below l1 for that.

    What is done is done in place of g, which may be large.
    """
    used = np.flatnonzero(w.any(axis=0))
    w, g_used = w[:, used], g[:, used]
    noise, over = _noise(y, w, length[used]), np.abs(g, out=g)
    over -= l1
    over /= length + (length == 0)  # a column of zeros has no slope
    bounded = over.max(axis=1) <= noise[:, 0]  # for most columns, never active, that is all there is to see
    return bounded & _exact(noise, length, l1) & fits(w, g_used, l1, noise * length[used])
