"""Quick ways along the paths of the lasso and the elastic net, for `reglesson.l1`, whose `_walk` is the way to read.

With G = (2/n) X'X, c = (2/n) X'y and g = c - G w on centred data, the weights
are best where, for every j,

    g_j = l1 sign(w_j) + 2 l2 w_j   if w_j is not 0,      |g_j| <= l1   if it is.    (KKT)

Both functions count on what holds for nearly all data: that weights do not
enter or leave two at a time, and that no active columns nearly repeat each
other. They take no care where that fails. Instead, every result is put into
(KKT) before it is given back, and what does not fit counts as not found; then
`reglesson.l1` walks.
"""

import numpy as np

WIDEST = 128  # columns; the whole tableau changes at each kink, which for more of them takes longer than the walk
SAME = 1e-10  # kinks that are closer than this share of lam are not told apart
SPAN = 1e-9  # a column with a smaller share than this of its square outside the active columns' span is not taken in
SWAP = 1e-6  # an idle g_j whose slope is so near 1 or -1 is of a column that may do for active ones; the walk takes the first
ROUNDING = 1e-12  # what (KKT) may be off by, as a share of ||x_j|| (||y|| + sum ||x_i w_i||); `TIE` in `reglesson.l1`
MOST = 20  # kinks for each column; a path can have far more (Mairal and Yu 2012), and then the walk may take its time
ROUNDS = 10  # of toggles at one penalty; more may be a circle
FARTHEST, NEAREST = 2.0, 1.001  # ratios of one penalty to the next


def lasso(X, y, lams):
    """Weights (L, p) at the penalties (L,), or None: all kinks by one tableau, then all weights at once."""
    n, p = X.shape
    if p > WIDEST or p >= n:
        return None
    gram, c = X.T @ X * (2 / n), X.T @ y * (2 / n)
    kinks, lines = _kinks(gram, c, lams.min())
    if lines is None or (np.abs(lines[:, 2] * np.abs(lines[:, 1]) - 1) < SWAP).any():
        return None
    q, d, idle = lines[np.searchsorted(-kinks, -lams)].swapaxes(0, 1)  # each (L, p)
    lams = lams[:, None]
    w = np.where(idle == 0, q + lams * d, 0.0)
    length = np.sqrt(gram.diagonal())
    noise = _noise(y, w, length)
    w[np.abs(w) * length <= noise] = 0
    return w if _fits(w, c - w @ gram, lams, noise * length).all() else None


def _kinks(gram, c, lowest):
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
    lam, kinks, passed = abs(c[j]), [], [lines.copy()]
    with np.errstate(all="ignore"):
        while lam > lowest:
            enters, s = idle[j] == 1, 1.0 if q[j] > 0 else -1.0  # where it leaves, q_j has the sign that w_j must not have
            if enters:
                d[j] -= s  # from g_j to g_j - lam s_j, which is known from now on: it is 0
            column = table[:, j].copy()
            pivot = column.item(j)
            if (enters and not pivot > least[j]) or len(kinks) > MOST * p:
                return np.array(kinks), None
            along = column / pivot
            np.dot(along[:, None], column[None, :p], out=change)
            np.subtract(table, change, out=table)
            if not enters:
                along = -along
            table[:, j], table[j], table[j, j], idle[j] = along, along[:p], -1 / pivot, not enters
            if not enters:
                d[j] -= s  # back to g_j, whose sign was -s
            kinks.append(lam)
            passed.append(lines.copy())
            # the next kink: where an idle g_j is lam or -lam, or an active w_j is 0; one above lam is behind us
            np.copysign(idle, q, out=kink)
            np.subtract(kink, d, out=kink)
            np.divide(q, kink, out=kink)
            ahead = np.where(kink < lam * (1 - SAME), kink, 0.0)
            j = int(ahead.argmax())
            lam = ahead[j]
    return np.array(kinks), np.array(passed)


def elastic_net(X, y, lams, ratio):
    """Weights (L, p) at the penalties (L,), with l1 = ratio lam and l2 = (1 - ratio) lam, and where they were found (L,).

    From one penalty to the next, in falling order, we keep the signs of the
    weights, solve for the active ones, and toggle all that come out with the
    wrong sign and all that are zero and should not be, until there are none
    (block pivoting; Portugal, Judice and Vicente 1994). This may go in circles
    if the step was too long. Then we go back and take a shorter one.
    """
    n, p = X.shape
    (w, g), found = np.zeros((2, len(lams), p)), np.zeros(len(lams), bool)
    if not 0 < ratio < 1:
        return w, found
    c, square = X.T @ y * (2 / n), np.einsum("ij,ij->j", X, X) * (2 / n)
    gram, known = np.empty((p, p)), np.zeros(p, bool)
    if p <= n:  # else row by row, as columns become active for the first time
        gram[:], known[:] = X.T @ X * (2 / n), True
    slack = ROUNDING * np.sqrt(y @ y * (2 / n) * square)
    signs, stale = np.zeros(p), True
    goals = [i for i in np.argsort(lams) if lams[i] > 0]  # the next is the last
    with np.errstate(all="ignore"):
        reached, step = np.abs(c).max() / ratio, FARTHEST
        while goals and reached < np.inf:
            goal = lams[goals[-1]]
            lam, before = max(goal, reached / step), signs.copy()
            l1, ridge = ratio * lam, 2 * (1 - ratio) * lam
            for _ in range(ROUNDS):
                if stale:
                    A = np.flatnonzero(signs)
                    new = A[~known[A]]
                    if len(new):
                        gram[new], known[new] = X[:, new].T @ X * (2 / n), True
                    s, c_A, rows = signs[A], c[A], gram[A]
                    block, stale = rows[:, A], False
                system = block.copy()
                system.reshape(-1)[:: len(A) + 1] += ridge
                try:
                    w_A = np.linalg.solve(system, c_A - l1 * s)
                except np.linalg.LinAlgError:  # so small a ridge does nothing for columns that repeat
                    w_A = np.full(len(A), np.nan)
                slope = c - w_A @ rows
                toggle = np.abs(slope) > l1 + slack
                toggle[A] = w_A * s <= 0
                if not toggle.any():
                    if lam == goal:
                        i = goals.pop()
                        w[i, A], g[i], found[i] = w_A, slope, True
                    reached, step = min(lam, reached), FARTHEST
                    break
                signs[toggle] = np.where(signs[toggle] == 0, np.sign(slope[toggle]), 0)
                stale = True
            else:
                signs, stale, step = before, True, np.sqrt(step)
                if step < NEAREST:
                    goals.pop()
                    step = FARTHEST
    lams, length = lams[:, None], np.sqrt(square)
    return w, found & _fits(w, g - 2 * (1 - ratio) * lams * w, ratio * lams, _noise(y, w, length) * length)


def _noise(y, w, length):
    """What rounding may do to the fit of each row of w (L, p), as a length: (L, 1); those of the columns are (p,)."""
    return ROUNDING * (np.sqrt(y @ y * (2 / len(y))) + np.abs(w) @ length)[:, None]


def _fits(w, g, l1, noise):
    """Where (KKT) holds but for the noise, (L,); g is without the part of l2."""
    off = np.where(w == 0, np.abs(g) - l1, np.abs(g - np.copysign(l1, w)))
    return (off <= noise).all(axis=1)
