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
ROUNDS = 30  # of toggles at one penalty; more of them may be a circle


def lasso(X, y, lams):
    """Weights (L, p) at the penalties (L,), or None: all kinks by one tableau, then all weights at once."""
    n, p = X.shape
    if p > WIDEST or p >= n:
        return None
    gram, c = X.T @ X * (2 / n), X.T @ y * (2 / n)
    kinks, lines = _kinks(gram, c, lams.min())
    if lines is None or (np.abs(lines[:, 2] * np.abs(lines[:, 1]) - 1) < SWAP).any():
        return None
    lams = lams[:, None]
    q, d, idle = lines[np.searchsorted(-kinks, -lams[:, 0])].swapaxes(0, 1)
    w = np.where(idle == 0, q + lams * d, 0.0)
    noise, tiny = _noise(X, y, w, gram.diagonal())
    w[np.abs(w) <= tiny] = 0
    return w if _fits(w, c - w @ gram, lams, noise).all() else None


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
    j = np.abs(c).argmax()
    lam, kinks, passed = abs(c[j]), [], [lines.copy()]
    with np.errstate(all="ignore"):
        while lam > lowest:
            # below the kink g_j would pass lam s_j, and w_j become -s_j times something, where s_j is the sign of q_j
            s, enters = (1.0 if q[j] > 0 else -1.0), idle[j] == 1
            if enters:
                d[j] -= s
            column = table[:, j].copy()
            pivot = column[j]
            if (enters and not pivot > least[j]) or len(kinks) > 20 * p:
                return np.array(kinks), None
            along = column / pivot
            np.multiply(along[:, None], column[:p], out=change)
            np.subtract(table, change, out=table)
            if not enters:
                along = -along
            table[:, j], table[j], table[j, j], idle[j] = along, along[:p], -1 / pivot, not enters
            if not enters:
                d[j] -= s
            kinks.append(lam)
            passed.append(lines.copy())
            # g_j = lam s_j where j is idle, w_j = 0 where it is active; what lies above lam is behind us
            np.copysign(idle, q, out=kink)
            np.subtract(kink, d, out=kink)
            np.divide(q, kink, out=kink)
            ahead = np.where(kink < lam * (1 - SAME), kink, 0.0)
            j = ahead.argmax()
            lam = ahead[j]
    return np.array(kinks), np.array(passed)


def elastic_net(X, y, lams, ratio):
    """Weights (L, p) at the penalties (L,) with l1 = ratio lam, l2 = (1 - ratio) lam, and at which of them (L,) they were found.

    From one penalty to the next, in falling order, we keep the signs of the
    weights: solve for the active ones, toggle all that come out with the wrong
    sign and all that are zero and should not be, until there are none (block
    pivoting; Portugal, Judice and Vicente 1994). With l2 > 0 every system is
    positive definite.
    """
    (n, p), order = X.shape, np.argsort(-lams)
    gram, known = np.empty((p, p)), np.zeros(p, bool)  # row by row as columns become active, or all at once if they may all be
    if p <= n:
        gram[:], known[:] = X.T @ X * (2 / n), True
    c, square = X.T @ y * (2 / n), np.einsum("ij,ij->j", X, X) * (2 / n)
    w, g, found = np.zeros((len(lams), p)), np.zeros((len(lams), p)), np.zeros(len(lams), bool)
    if not 0 < ratio < 1:
        return w, found
    slack = ROUNDING * np.sqrt(y @ y * (2 / n) * square)
    signs, stale = np.zeros(p), True
    steps = [(None, lam) for lam in _halvings(np.abs(c).max() / ratio, lams[order[0]])] + [(i, lams[i]) for i in order]
    for i, lam in steps:
        l1, ridge = ratio * lam, 2 * (1 - ratio) * lam
        for _ in range(ROUNDS if lam > 0 else 0):
            if stale:
                A = np.flatnonzero(signs)
                if not known[A].all():
                    new = A[~known[A]]
                    gram[new], known[new] = X[:, new].T @ X * (2 / n), True
                s, c_A, rows = signs[A], c[A], gram[A]
                block, stale = rows[:, A], False
            system = block.copy()
            system.reshape(-1)[:: len(A) + 1] += ridge
            v = np.linalg.solve(system, c_A - l1 * s)
            slope = c - v @ rows
            toggle = np.abs(slope) > l1 + slack
            toggle[A] = v * s <= 0
            if not toggle.any():
                if i is not None:
                    w[i, A], g[i], found[i] = v, slope, True
                break
            signs[toggle] = np.where(signs[toggle] == 0, np.sign(slope[toggle]), 0)
            stale = True
    noise, _ = _noise(X, y, w, square)
    return w, found & _fits(w, g - 2 * (1 - ratio) * lams[:, None] * w, ratio * lams[:, None], noise)


def _halvings(top, lam):
    """Penalties from top down to lam, each half the one before, without the two."""
    return top * 0.5 ** np.arange(1, np.ceil(np.log2(top / lam))) if 0 < lam < top else []


def _noise(X, y, w, square):
    """What rounding may do to g (L, p), and to w, whose columns have squares (2/n) ||x_j||^2."""
    length = np.sqrt(square)
    noise = ROUNDING * (np.sqrt(y @ y * (2 / len(y))) + np.abs(w) @ length)[:, None]
    return noise * length, noise / np.where(length > 0, length, np.inf)


def _fits(w, g, l1, noise):
    """Where (KKT) holds but for the noise, (L,); g is without the part of l2."""
    off = np.where(w == 0, np.abs(g) - l1, np.abs(g - np.copysign(l1, w)))
    return (off <= noise).all(axis=1)
