"""Early stopping: end the training when new data say so, and why that is a penalty in disguise.

Rules. With the validation losses E(1), E(2), ... and the best so far, O(t) = min E(1..t), stop after the first epoch t with

    t - (last epoch that improved) >= patience                             (patience)
    GL(t) = 100 (E(t)/O(t) - 1) > alpha                                    (generalization loss, per cent)
    GL(t) / P(t) > alpha,   P(t) = 1000 (mean/min of the last k training losses - 1)        (progress quotient)
    E(t) > E(t - k) > ... > E(t - s k)                                     (up, s times in succession)

where the last two look at the ends t = k, 2k, ... of strips of k epochs. The
model that is kept is the best so far, not the last. Epochs are returned as
0-based indices: epoch t of the formulas is index t - 1.

The reason. Gradient descent on (1/n) ||y - X w||^2 from w = 0, on centred data
with singular values X = U S V', has after t steps of size eta

    w = V diag(f / s) U'y,     f = 1 - (1 - 2 eta s^2/n)^t,                (filter factors)

beside ridge's f = s^2 / (s^2 + n lam). For small s^2 the two agree if
lam = 1/(2 eta t): few steps are a large penalty.

References: Prechelt (1998), Neural Networks 11, 761-767, section 2; Ali, Kolter
and Tibshirani (2019), AISTATS, whose loss has a 1/2 before it, so that their
time is 2 eta t here.
"""

from dataclasses import dataclass

import numpy as np

from reglesson import _checks as check
from reglesson.linear import _center, _fit, _path, _svd

# -- when to stop ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Patience:
    """Stop at the `patience`-th epoch in a row that is not better than the best so far by more than `min_delta`.

    It counts as Keras does: what improves by `min_delta` or less is no
    improvement and does not become the new best, so that many small steps
    still add up to one. Keras reads a patience of 0 as 1; here it is refused.

    >>> Patience(2).stop_epoch([3.0, 1.0, 1.0, 2.0, 0.5])
    3
    """

    patience: int
    min_delta: float = 0.0

    def __post_init__(self):
        check.integer(self.patience, "patience", low=1)
        check.number(self.min_delta, "min_delta", low=0)

    def stop_epoch(self, val_losses, train_losses=None):
        """Index of the epoch after which training stops, or None; train_losses are not looked at."""
        best, waited = np.inf, 0
        for t, loss in enumerate(_losses(val_losses)):
            if loss + self.min_delta < best:
                best, waited = loss, 0
            else:
                waited += 1
            if waited >= self.patience and t > 0:
                return t
        return None


@dataclass(frozen=True)
class GeneralizationLoss:
    """Stop when the validation loss is more than `alpha` per cent above the best so far: Prechelt's GL.

    >>> GeneralizationLoss(50).stop_epoch([2.0, 1.0, 1.5, 1.6])
    3
    """

    alpha: float

    def __post_init__(self):
        check.number(self.alpha, "alpha", low=0)

    def stop_epoch(self, val_losses, train_losses=None):
        """Index of the epoch after which training stops, or None; train_losses are not looked at."""
        return _first(generalization_loss(val_losses) > self.alpha)


@dataclass(frozen=True)
class ProgressQuotient:
    """Stop when the generalization loss is more than `alpha` times the training's progress in a strip of `k` epochs: Prechelt's PQ.

    Where training makes no progress at all, any generalization loss stops it.

    >>> ProgressQuotient(1.0, k=2).stop_epoch([2.0, 1.0, 1.1, 1.5], [2.0, 1.0, 0.5, 0.5])
    3
    """

    alpha: float
    k: int = 5

    def __post_init__(self):
        check.number(self.alpha, "alpha", low=0, low_open=True)
        check.integer(self.k, "k", low=2)

    def stop_epoch(self, val_losses, train_losses=None):
        """Index of the epoch after which training stops, or None."""
        losses = generalization_loss(val_losses)
        if check.plain(train_losses, "train_losses").shape != losses.shape:
            found = "None" if train_losses is None else f"{np.size(train_losses)} for {len(losses)} epochs"
            raise ValueError(f"train_losses must have one loss per epoch, as val_losses has, got {found}")
        loss, gain = losses[self.k - 1 :: self.k], progress(train_losses, self.k)
        return _end(_first(loss > self.alpha * gain), self.k)


@dataclass(frozen=True)
class Up:
    """Stop when the validation loss at the end of a strip of `k` epochs has risen `s` times in succession: Prechelt's UP.

    The first strip has none before it, so s = 1 can stop after 2 k epochs at
    the earliest.

    >>> Up(1, k=2).stop_epoch([3.0, 1.0, 9.0, 1.0, 0.5, 1.1])
    5
    """

    s: int
    k: int = 5

    def __post_init__(self):
        check.integer(self.s, "s", low=1)
        check.integer(self.k, "k", low=1)

    def stop_epoch(self, val_losses, train_losses=None):
        """Index of the epoch after which training stops, or None; train_losses are not looked at."""
        ends, successive = _losses(val_losses)[self.k - 1 :: self.k], 0
        for strip in range(1, len(ends)):
            rises = ends[strip] > ends[strip - 1] or ends[strip] == np.inf
            successive = successive + 1 if rises else 0
            if successive == self.s:
                return _end(strip, self.k)
        return None


def generalization_loss(val_losses):
    """By how many per cent each validation loss, at least 0, is above the best so far, itself included: (epochs,).

    >>> generalization_loss([2.0, 1.0, 1.5])
    array([ 0.,  0., 50.])
    """
    losses = _losses(val_losses)
    if losses.min() < 0:
        raise ValueError(f"val_losses must be at least 0 for a loss in per cent, got {losses.min():g}")
    best = np.minimum.accumulate(losses)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(losses == best, 0.0, 100 * (losses / best - 1))


def progress(train_losses, k=5):
    """By how many per mille the mean training loss of each full strip of k epochs is above the strip's least: (epochs // k,).

    It is large while the training loss falls quickly, or jumps, and zero when it stands still.
    """
    losses, k = check.array(train_losses, "train_losses", 1), check.integer(k, "k", low=1)
    if losses.min() < 0:
        raise ValueError(f"train_losses must be at least 0 for a progress in per mille, got {losses.min():g}")
    full = len(losses) // k
    strips = losses[: full * k].reshape(full, k)
    least = strips.min(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(strips.max(axis=1) == least, 0.0, 1000 * (strips.mean(axis=1) / least - 1))


def best_epoch(val_losses):
    """Index of the least validation loss, the first of several: the model that is kept."""
    losses = _losses(val_losses)
    if losses.min() == np.inf:
        raise ValueError("val_losses must hold at least one finite loss, got none")
    return int(np.argmin(losses))


def _losses(values):
    """Losses, one an epoch: NaN counts as infinite, which is no improvement on anything and worse than any number."""
    given = check.plain(values, "val_losses")
    if given.ndim != 1 or not given.size or given.dtype.kind not in "fiu":
        raise ValueError(f"val_losses must be a list of numbers, one per epoch, got {check._brief(values)}")
    with np.errstate(over="ignore"):  # a loss beyond float64 is infinite
        losses = np.where(np.isnan(given), np.inf, given).astype(np.float64)
    if losses.min() == -np.inf:
        raise ValueError("val_losses must be above minus infinity, got -inf")
    return losses


def _first(stops):
    return int(np.argmax(stops)) if stops.any() else None


def _end(strip, k):
    """Index of the last epoch of a strip."""
    return None if strip is None else strip * k + k - 1


# -- why it regularizes ----------------------------------------------------------------------------------------


def gradient_descent(X, y, learning_rate, steps, *, fit_intercept=True):
    """Weights after that many steps of gradient descent from zero on the mean squared error, step by step.

    The data are centred, so that the intercept is the best one at any time.
    """
    X, y = check.design(X, y)
    steps, rate = check.integer(steps, "steps", low=0), check.learning_rate(learning_rate)
    Xc, yc, x_mean, y_mean = _center(X, y, fit_intercept)
    w = np.zeros(X.shape[1])
    with np.errstate(over="ignore", invalid="ignore"):
        for _ in range(steps):
            w = w - rate * 2 * Xc.T @ (Xc @ w - yc) / len(X)
        w = w.astype(X.dtype, copy=False)
    if not np.isfinite(w).all():
        raise ValueError(f"learning_rate must be small enough for the steps to shrink, got {learning_rate}: the weights overflow")
    return _fit(w, x_mean, y_mean, X.dtype)


def gradient_descent_path(X, y, learning_rate, steps, *, fit_intercept=True):
    """`gradient_descent` at every number of steps at once, by its filter factors: no step is taken.

    Parameters
    ----------
    X : (n, p) features, any rank
    y : (n,) responses
    learning_rate : eta, above 0 and below n / s^2 for the largest singular value s of the centred X
    steps : (L,) numbers of steps, integers, each at least 0, in any order
    fit_intercept : if false, b = 0 and nothing is centred

    Returns
    -------
    LinearPath whose lams hold the matched ridge penalties 1/(2 learning_rate t); for t = 0 that is
        infinity, and the weights are zero

    Raises
    ------
    ValueError for bad arguments, and for a learning_rate at which the steps do not shrink the error.

    References: Ali, Kolter and Tibshirani (2019), proof of lemma 3, with their epsilon = 2 learning_rate.
    """
    X, y = check.design(X, y)
    steps, rate = _steps(steps), check.learning_rate(learning_rate)
    Xc, yc, x_mean, y_mean = _center(X, y, fit_intercept)
    U, s, Vt = _svd(Xc, X)
    factors = _factors(s.astype(np.float64), len(X), rate, steps)
    coefs = (factors / s * (U.T @ yc)) @ Vt
    with np.errstate(divide="ignore", over="ignore"):
        lams = 1 / (2 * rate * steps)
    return _path(lams, coefs, x_mean, y_mean, X.dtype)


def filter_factors(singular_values, n, learning_rate, steps):
    """What gradient descent from zero has learned of the least-squares fit along each direction: 1 - (1 - 2 eta s^2/n)^t.

    Parameters
    ----------
    singular_values : (r,) of the centred X
    n : number of samples
    learning_rate : eta, above 0 and below n / s^2 for the largest s
    steps : (L,) numbers of steps t, integers, each at least 0

    Returns
    -------
    (L, r), beside ridge's s^2 / (s^2 + n lam)
    """
    s, n, steps = check.penalties(singular_values, "singular_values"), check.integer(n, "n", low=1), _steps(steps)
    return _factors(s, n, check.learning_rate(learning_rate), steps)


def _factors(s, n, rate, steps):
    """`filter_factors` of what was checked before, or of no singular value at all."""
    step = 2 * rate * s**2 / n
    if (step >= 2).any():
        limit = n / s.max() ** 2
        raise ValueError(f"learning_rate must be below n / s^2 = {limit:.6g} for the steps to shrink the error, got {rate:g}")
    small = np.minimum(step, 0.5)  # there 1 - (1 - a)^t would lose digits for tiny a
    return np.where(step > small, 1 - (1 - step) ** steps[:, None], -np.expm1(steps[:, None] * np.log1p(-small)))


def flow_factors(singular_values, n, time):
    """The limit of `filter_factors` for ever smaller steps, as eta t tends to the training time: 1 - exp(-2 time s^2/n), (L, r)."""
    s, n = check.penalties(singular_values, "singular_values"), check.integer(n, "n", low=1)
    return -np.expm1(-2 * check.penalties(time, "time")[:, None] * s**2 / n)


def filter_risk(factors, singular_values, weights, noise_var):
    """Expected squared distance from the true weights of a fit with these filter factors: the sum of squared bias and variance.

    With true weights a along the directions it is sum (1 - f)^2 a^2 + noise_var f^2 / s^2.

    Parameters
    ----------
    factors : (L, r) from `filter_factors`, `flow_factors` or ridge
    singular_values : (r,) above 0
    weights : (r,) true weights along the right singular vectors
    noise_var : variance of the noise in y

    Returns
    -------
    (L,)
    """
    factors, s = check.array(factors, "factors", 2), check.array(singular_values, "singular_values", 1)
    weights, noise_var = check.array(weights, "weights", 1), check.penalty(noise_var, "noise_var")
    if s.min() <= 0:
        raise ValueError(f"singular_values must be above 0, got {s.min():g}")
    if not factors.shape[1] == len(s) == len(weights):
        found = f"{factors.shape[1]} columns, {len(s)} singular_values and {len(weights)} weights"
        raise ValueError(f"factors must have one column per singular value and weight, got {found}")
    with np.errstate(over="ignore"):
        risk = ((1 - factors) ** 2 * weights**2 + noise_var * (factors / s) ** 2).sum(axis=1)
    return check.representable(risk, "singular_values")


def _steps(steps):
    steps = check.plain(steps, "steps")
    if steps.ndim != 1 or not steps.size or steps.dtype.kind not in "iu" or steps.min() < 0 or steps.max() >= 2**53:
        raise ValueError(f"steps must be a list of integers, each at least 0 and below 2**53, got {check._brief(steps)}")
    return steps.astype(np.int64)
