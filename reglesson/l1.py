"""L1, a price per unit of weight: the lasso, its whole path, and the ways to compute it.

    J(w, b) = (1/n) ||y - X w - b||^2 + lam * sum |w_j|

The loss has no 1/2 and the penalty none; the intercept b is not penalized. On
centred data, let g_j = (2/n) x_j'(y - X w), what column j could still explain.
The weights are best where, for every j,

    g_j = lam sign(w_j)   if w_j is not 0,      |g_j| <= lam   if it is.    (KKT)

For one weight with the others held, that is a soft threshold at lam / 2:

    w_j = soft_threshold(x_j'r_j / n, lam / 2) / (||x_j||^2 / n),  r_j = y - the other columns' part.

All weights are zero from lam_max = max |(2/n) x_j'y| on. While the active set
A of non-zero weights and their signs s stay the same, (KKT) is a linear system,

    w_A = (X_A'X_A)^-1 (X_A'y - (n lam / 2) s),                             (path)

so the weights are straight lines in lam, with a kink where a weight enters or
leaves A. `lasso_knots` walks from kink to kink. `lasso_path` reads off what it
needs, or takes the same steps quicker in `reglesson._active_sets`, which leaves
difficult data to the walk. scikit-learn's `Lasso(alpha)` has (1/2n) before the
sum of squares: alpha = lam / 2; the converters stand in `reglesson.choosing`.

References: Tibshirani (1996); Osborne, Presnell and Turlach (2000); Efron,
Hastie, Johnstone and Tibshirani (2004), section 3; Tibshirani (2013).
"""

import contextlib
import numbers

import numpy as np

from reglesson import _active_sets
from reglesson import _checks as check
from reglesson.linear import LinearFit, LinearPath, _center, penalized_loss

# -- the pieces of the theory ----------------------------------------------------------------------------------


def soft_threshold(z, t):
    """Move z towards zero by t, and stop there: sign(z) max(|z| - t, 0), for numbers or arrays.

    It is the w that minimizes (w - z)^2 + 2 t |w|.

    Examples
    --------
    >>> soft_threshold([3.0, -3.0, 0.5], 1.0)
    array([ 2., -2.,  0.])
    """
    z = check.number(z, "z") if isinstance(z, numbers.Number) else check.array(z, "z")
    t = check.number(t, "t", low=0)
    with np.errstate(over="ignore"):  # a t beyond float32
        return _shrink(z, t)[()]


def lambda_max(X, y, *, fit_intercept=True):
    """The smallest penalty at which all weights are zero: max |(2/n) x_j'y| on centred data.

    Examples
    --------
    >>> lambda_max([[0.0], [2.0]], [1.0, 5.0])
    4.0
    """
    Xc, yc, _, _ = _centred(*check.design(X, y), fit_intercept)
    return float(np.abs(_slope(Xc, yc)).max())


def kkt_violation(X, y, fit, lam, *, fit_intercept=True):
    """How far a fit is from optimal: the largest distance of g_j from what (KKT) asks for, in the units of lam.

    With an intercept, twice the absolute mean of the residuals counts as well.
    It is zero at a solution and nowhere else.
    """
    X, y = check.design(X, y)
    lam, fit = check.penalty(lam), check.fit(fit, X)
    residual = y - fit.predict(X)
    g, w = _slope(X, residual), fit.coef
    distance = np.where(w != 0, np.abs(g - lam * np.sign(w)), np.maximum(np.abs(g) - lam, 0))
    return float(max(distance.max(), 2 * abs(residual.mean()) * check.flag(fit_intercept, "fit_intercept")))


def duality_gap(X, y, fit, lam, *, fit_intercept=True):
    """An upper bound on how much J(fit) is above the least J.

    Any v (n,) with |(2/n) x_j'v| <= lam for all j (and, with an intercept, with
    mean 0) gives a lower bound of J, (||y||^2 - ||y - v||^2) / n with y centred.
    We take the multiple of the residuals that gives the highest bound; at
    lam = 0 the residuals of least squares.

    References
    ----------
    Kim, Koh, Lustig, Boyd and Gorinevsky (2007), An interior-point method for
    large-scale l1-regularized least squares, section III.
    """
    X, y = check.design(X, y)
    lam, fit = check.penalty(lam), check.fit(fit, X)
    Xc, yc, _, _ = _centred(X, y, fit_intercept)
    v = y - fit.predict(X)
    if fit_intercept:
        v = v - v.mean()
    if lam == 0:
        v = yc - Xc @ np.linalg.lstsq(Xc, yc, rcond=None)[0]
    elif (square := v @ v) > 0:
        slope = np.abs(_slope(Xc, v)).max()
        most = lam / slope if slope > 0 else np.inf
        v = v * np.clip(v @ yc / square, -most, most)
    return float(penalized_loss(X, y, fit, lam, "l1") - (2 * yc - v) @ v / len(y))


# -- solvers to read: one idea each, no stopping rule, no tricks ----------------------------------------------


def lasso_regression(X, y, lambda_val, epochs=1000, learning_rate=0.01, *, fit_intercept=True):
    """Subgradient steps from zero with sign(w), as tutorials write it: it comes near the lasso and never gives an exact zero.

    Parameters
    ----------
    X, y : as in `lasso`; nothing is centred
    lambda_val : penalty, at least 0
    epochs : number of steps
    learning_rate : what each subgradient is multiplied with
    fit_intercept : if false, b = 0

    Returns
    -------
    LinearFit

    Raises
    ------
    ValueError for bad arguments, and if the steps are too large for the weights to stay finite.
    """
    X, y = check.design(X, y)
    lam = check.penalty(lambda_val, "lambda_val")
    epochs = check.integer(epochs, "epochs", low=0)
    rate = check.learning_rate(learning_rate)
    free = check.flag(fit_intercept, "fit_intercept")
    w, b = np.zeros(X.shape[1], X.dtype), 0.0
    with np.errstate(over="ignore", invalid="ignore"):
        for _ in range(epochs):
            error = X @ w + b - y
            gradient_w = 2 * X.T @ error / len(X) + lam * np.sign(w)
            gradient_b = 2 * error.mean() if free else 0.0
            w, b = w - rate * gradient_w, b - rate * gradient_b
    if not (np.isfinite(w).all() and np.isfinite(b)):
        raise ValueError(f"learning_rate must be small enough for the steps to shrink, got {learning_rate}: the weights overflow")
    return LinearFit(w, float(b))


def proximal_gradient(X, y, lam, steps=1000, *, accelerate=False, fit_intercept=True):
    """A gradient step on the squared error, then a soft threshold, `steps` times from zero (ISTA; accelerated: FISTA).

    Parameters
    ----------
    X, y, lam, fit_intercept : as in `lasso`
    steps : number of steps, each of length 1/L, with L the largest curvature of the squared error
    accelerate : if true, step from a point ahead of the weights, in the direction they moved

    Returns
    -------
    LinearFit

    References
    ----------
    Beck and Teboulle (2009), A fast iterative shrinkage-thresholding algorithm, equations 4.1 to 4.3.
    """
    X, y = check.design(X, y)
    lam = check.penalty(lam)
    steps = check.integer(steps, "steps", low=0)
    check.flag(accelerate, "accelerate")
    Xc, yc, x_mean, y_mean = _centred(X, y, fit_intercept)
    L = 2 / len(y) * np.linalg.norm(Xc, 2) ** 2
    w = ahead = np.zeros(X.shape[1])
    momentum = 1.0
    for _ in range(steps if L > 0 else 0):
        previous, w = w, _shrink(ahead + _slope(Xc, yc - Xc @ ahead) / L, lam / L)
        faster = (1 + np.sqrt(1 + 4 * momentum**2)) / 2 if accelerate else 1.0
        ahead, momentum = w + (momentum - 1) / faster * (w - previous), faster
    return _fit(w, x_mean, y_mean, X.dtype)


def coordinate_descent(X, y, lam, sweeps=100, *, fit_intercept=True):
    """One weight at a time is set to its best value, which is a soft threshold; all weights in turn, `sweeps` times from zero.

    Parameters
    ----------
    X, y, lam, fit_intercept : as in `lasso`
    sweeps : how often each weight is visited

    Returns
    -------
    LinearFit

    References
    ----------
    Friedman, Hastie, Höfling and Tibshirani (2007), Pathwise coordinate optimization, section 2.
    """
    X, y = check.design(X, y)
    lam = check.penalty(lam)
    sweeps = check.integer(sweeps, "sweeps", low=0)
    Xc, yc, x_mean, y_mean = _centred(X, y, fit_intercept)
    squares = np.mean(Xc**2, axis=0)
    w, residual = np.zeros(X.shape[1]), yc.copy()
    for _ in range(sweeps):
        for j in np.flatnonzero(squares):
            residual += w[j] * Xc[:, j]  # take column j out ...
            w[j] = _shrink(Xc[:, j] @ residual / len(y), lam / 2) / squares[j]
            residual -= w[j] * Xc[:, j]  # ... and put it back with its best weight
    return _fit(w, x_mean, y_mean, X.dtype)


# -- the exact path and what is read off it --------------------------------------------------------------------


def lasso_knots(X, y, *, fit_intercept=True):
    """The exact lasso path: the fit at every kink, from lambda_max down to 0.

    Between two kinks the weights are straight lines in lam. A row stands for
    each penalty at which weights enter or leave; the last row is lam = 0: least
    squares or, where that is not unique, the limit of the path, which has the
    smallest sum |w_j| among all least-squares weights.

    Parameters
    ----------
    X : (n, p) features, any rank, not necessarily standardized
    y : (n,) responses
    fit_intercept : if false, b = 0 and nothing is centred

    Returns
    -------
    LinearPath with lams (K,) falling and coefs (K, p)

    Raises
    ------
    ValueError if an argument is not finite or shapes do not match.

    References
    ----------
    Osborne, Presnell and Turlach (2000); Efron et al. (2004), section 3.1.

    Examples
    --------
    >>> path = lasso_knots([[1.0, 0], [-1, 0], [0, 1], [0, -1]], [3.0, -3, 1, -1])
    >>> path.lams.round(9).tolist(), path.coefs.round(9).tolist()
    ([3.0, 1.0, 0.0], [[0.0, 0.0], [2.0, 0.0], [3.0, 1.0]])
    """
    X, y = check.design(X, y)
    Xc, yc, x_mean, y_mean = _centred(X, y, fit_intercept)
    lams, coefs = _walk(Xc, yc, 0.0)
    return _path(lams, coefs, x_mean, y_mean, X.dtype)


def lasso_path(X, y, lams=None, n_lams=100, eps=1e-3, *, fit_intercept=True):
    """The lasso at every penalty of a grid, exact up to rounding: each lies on a straight line between two kinks.

    Parameters
    ----------
    X, y, fit_intercept : as in `lasso_knots`
    lams : (L,) penalties, each at least 0, in any order; by default n_lams of them in equal ratios from
        lambda_max down to eps * lambda_max
    n_lams, eps : as above; not used where lams is given

    Returns
    -------
    LinearPath with coefs (L, p), in the order of lams; weights that are not active are exactly 0

    Examples
    --------
    >>> lasso_path([[0.0], [2.0]], [1.0, 5.0], lams=[4.0, 1.0, 0.0]).coefs.round(9).tolist()
    [[0.0], [1.5], [2.0]]
    """
    X, y = check.design(X, y)
    n_lams = check.integer(n_lams, "n_lams", low=1)
    eps = check.number(eps, "eps", low=0, low_open=True, high=1)
    Xc, yc, x_mean, y_mean = _centred(X, y, fit_intercept)
    if lams is None:
        top = np.abs(_slope(Xc, yc)).max()
        lams = np.geomspace(top, eps * top, n_lams) if top > 0 else np.zeros(n_lams)
    lams = check.penalties(lams)
    coefs = _active_sets.lasso(Xc, yc, lams)
    if coefs is None:
        knots, at_knots = _walk(Xc, yc, lams.min())
        coefs = np.zeros((len(lams), X.shape[1]))
        for j in np.flatnonzero(at_knots.any(axis=0)):
            coefs[:, j] = np.interp(-lams, -knots, at_knots[:, j])
    return _path(lams, coefs, x_mean, y_mean, X.dtype)


def lasso(X, y, lam, *, fit_intercept=True):
    """The weights that minimize the L1-penalized loss; weights that are not active are exactly 0.

    Parameters
    ----------
    X, y, fit_intercept : as in `lasso_knots`
    lam : penalty, at least 0; at 0, the end of the path

    Returns
    -------
    LinearFit

    Raises
    ------
    ValueError if an argument is not finite, shapes do not match, or lam < 0.

    Examples
    --------
    >>> lasso([[0.0], [2.0]], [1.0, 5.0], lam=1.0).coef.round(9).tolist()
    [1.5]
    """
    return lasso_path(X, y, [check.penalty(lam)], fit_intercept=fit_intercept)[0]


def elastic_net_path(X, y, lams, l1_ratio, *, fit_intercept=True):
    """The weights that minimize the squared error + lam (r sum |w_j| + (1 - r) sum w_j^2), r = l1_ratio, for each lam.

    The squares only add 2 lam (1 - r) to the diagonal of (2/n) X'X, as n more
    rows of data would; what remains is a lasso with the penalty r lam (Zou and
    Hastie 2005, lemma 1; it is their "naive" elastic net).

    Parameters
    ----------
    X, y, lams, fit_intercept : as in `lasso_path`
    l1_ratio : share of L1 in the penalty, from 0 (ridge) to 1 (lasso)

    Returns
    -------
    LinearPath with coefs (L, p), in the order of lams; weights that are not active are exactly 0

    Examples
    --------
    >>> elastic_net_path([[0.0], [2.0]], [1.0, 5.0], lams=[1.0, 0.0], l1_ratio=0.5).coefs.round(9).tolist()
    [[1.166666667], [2.0]]
    """
    X, y = check.design(X, y)
    lams, ratio = check.penalties(lams), check.number(l1_ratio, "l1_ratio", low=0, high=1)
    if ratio == 1:
        return lasso_path(X, y, lams, fit_intercept=fit_intercept)
    Xc, yc, x_mean, y_mean = _centred(X, y, fit_intercept)
    coefs, found = _active_sets.elastic_net(Xc, yc, lams, ratio)
    for i in np.flatnonzero(~found):
        coefs[i] = _walk(Xc, yc, ratio * lams[i], 2 * (1 - ratio) * lams[i])[1][-1]
    return _path(lams, coefs, x_mean, y_mean, X.dtype)


def elastic_net(X, y, lam, l1_ratio, *, fit_intercept=True):
    """`elastic_net_path` at one penalty.

    >>> elastic_net([[0.0], [2.0]], [1.0, 5.0], lam=1.0, l1_ratio=0.5).coef.round(9).tolist()
    [1.166666667]
    """
    return elastic_net_path(X, y, [check.penalty(lam)], l1_ratio, fit_intercept=fit_intercept)[0]


# -- the walk along the path -----------------------------------------------------------------------------------

TIE = 1e-12  # kinks closer than this share of lam are one kink
SPAN = 1e-13  # a column with a smaller share than this of its square outside the active columns' span lies in it
NEAR = 1e-6  # a smaller share than this is computed with care
ROUNDS = 50  # toggles per column at one lam before rounding is held to be the reason


def _walk(X, y, floor, ridge=0.0):
    """Penalties (K,) and weights (K, p) at the kinks of the path on centred data, from lambda_max down to `floor`.

    With G = (2/n) X'X + ridge I and c = (2/n) X'y, the active weights and the
    slopes of all others are straight lines in lam:

        w_A = z - lam u,             z = G_AA^-1 c_A,    u = G_AA^-1 s,
        g = alpha + lam beta,    alpha = c - G_A'z,   beta = G_A'u.

    As lam falls, the next kink is the highest of these penalties:

        an inactive weight enters where |g_j| = lam:   lam = |alpha_j| / (1 - sign(alpha_j) beta_j),
        an active weight leaves where w_j = 0:         lam = z_j / u_j,   if z_j and s_j differ in sign.

    There one weight is toggled, and G_AA^-1 is updated, not computed afresh.
    Weights that tie are toggled one by one at the same lam, always the first of
    those that must be; in this order no set of active weights comes back
    (Murty 1974). A column in the span of the active ones has alpha = 0 and
    never enters, so G_AA stays invertible even where columns repeat.
    """
    n, p = X.shape
    c, diagonal = _slope(X, y), np.sum(X**2, axis=0) * (2 / n) + ridge
    gram = _slope(X, X) if p <= 2 * n else None
    length, y_length = np.sqrt(diagonal), np.sqrt(_slope(y, y))
    room = min(n, p) if ridge == 0 else p
    active, signs = np.empty(room, int), np.empty(room)  # A, s
    inverse, rows = np.empty((room, room)), np.empty((room, p))  # G_AA^-1, G_A
    k, toggles, barred = 0, 0, []
    lam = np.abs(c).max()
    lams, coefs = [lam], [np.zeros(p)]
    while lam > floor:
        A, s = active[:k], signs[:k]
        (z, u), image = _solve(np.stack([c[A], s]), A, inverse[:k, :k], rows[:k])
        alpha, beta = c - image[0], image[1]
        noise = TIE * (y_length + length[A] @ np.abs(z))  # rounding moves the fit, in any direction, by less than this
        alpha[np.abs(alpha) <= noise * length] = 0
        alpha[A] = alpha[barred] = 0
        size = np.abs(alpha)
        kinks = size / np.maximum(1 - np.sign(alpha) * beta, size / lam)  # at most lam, whatever the rounding
        left = z * s
        kinks[A] = np.divide(left, np.minimum(u * s, left / lam), out=np.zeros(k), where=left * length[A] < -noise)
        highest = max(kinks.max(), floor)
        tied = (kinks > 0) & (kinks >= highest * (1 - TIE))
        if highest < lam * (1 - TIE):
            lam, toggles = highest, 0
            w = z - lam * u
            coefs.append(np.zeros(p))
            coefs[-1][A] = np.where(tied[A] | (np.abs(w) * length[A] <= noise), 0, w)
            lams.append(lam)
        if highest == floor:
            break
        j, toggles = int(np.argmax(tied)), toggles + 1
        stuck = toggles > 1 + ROUNDS * p  # then what leaves stays out until lam falls
        if j in A:
            k = _drop(int(np.flatnonzero(A == j)[0]), k, active, signs, inverse, rows)
            barred = [*barred, j] if stuck else []
            continue
        row = gram[j] if gram is not None else _slope(X, X[:, j])
        along = row[A] @ inverse[:k, :k]
        outside = diagonal[j] - along @ row[A]
        if outside <= NEAR * diagonal[j]:  # digits were lost: once more, so that errors in `along` count squared
            (along,), (image,) = _solve(row[None, A], A, inverse[:k, :k], rows[:k])
            outside = diagonal[j] - 2 * along @ row[A] + along @ image[A]
        if k == room or outside <= SPAN * diagonal[j]:
            barred = [*barred, j]
            continue
        inverse[:k, :k] += np.outer(along, along / outside)
        inverse[k, :k] = inverse[:k, k] = -along / outside
        inverse[k, k] = 1 / outside
        active[k], signs[k], rows[k] = j, np.sign(alpha[j]), row
        rows[k, j] = diagonal[j]
        k, barred = k + 1, barred if stuck else []
    return np.array(lams), np.array(coefs)


def _solve(right, A, inverse, rows):
    """G_AA^-1 times each row of `right` (m, k), and G_A' times that (m, p).

    The second holds, at A, what the first must be equal to; where rounding has
    piled up in the inverse they differ, and the inverse is mended in place.
    """
    solution = right @ inverse
    image = solution @ rows
    allowed = 1e-11 * np.abs(right).max(axis=1, initial=0)
    for attempt in range(2):
        error = right - image[:, A]
        if (np.abs(error).max(axis=1, initial=0) <= allowed).all():
            break
        if attempt:
            with contextlib.suppress(np.linalg.LinAlgError):  # singular to the last digit: then the old one has to do
                inverse[:] = np.linalg.inv(rows[:, A])
        solution = solution + error @ inverse
        image = solution @ rows
    return solution, image


def _drop(i, k, active, signs, inverse, rows):
    """Take the i-th of k active weights out: the last takes its place, and its row and column leave the inverse."""
    last = k - 1
    inverse[[i, last], :k] = inverse[[last, i], :k]
    inverse[:k, [i, last]] = inverse[:k, [last, i]]
    inverse[:last, :last] -= np.outer(inverse[:last, last], inverse[last, :last] / inverse[last, last])
    for array in (active, signs, rows):
        array[i] = array[last]
    return last


def _shrink(z, t):
    """`soft_threshold` of what is known to be numbers."""
    shrunk = np.abs(z) - t
    return np.where(shrunk > 0, np.sign(z) * shrunk, 0.0)


def _slope(X, residual):
    """(2/n) X'r: by how much the squared error falls, per unit of each weight; with columns for r, entries of G."""
    return X.T @ residual * (2 / len(X))


def _centred(X, y, fit_intercept):
    """`center` in float64; what centring leaves of a constant column, or of a constant y, is rounding and becomes zero."""
    Xc, yc, x_mean, y_mean = _center(X.astype(np.float64, copy=False), y.astype(np.float64, copy=False), fit_intercept)
    if fit_intercept:
        j = np.flatnonzero(np.abs(Xc[0]) <= 1e-9 * np.abs(x_mean))  # constant columns are among these
        Xc[:, j[np.ptp(X[:, j], axis=0) <= 1e-14 * np.abs(X[0, j])]] = 0
        yc[:] = 0 if np.ptp(y) <= 1e-14 * abs(y[0]) else yc
    return Xc, yc, x_mean, y_mean


def _fit(coef, x_mean, y_mean, dtype):
    return LinearFit(coef.astype(dtype), float(y_mean - x_mean @ coef))


def _path(lams, coefs, x_mean, y_mean, dtype):
    return LinearPath(lams, coefs.astype(dtype), (y_mean - coefs @ x_mean).astype(dtype))
