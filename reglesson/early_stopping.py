"""Early stopping: end the training when new data say so, and why that is a penalty in disguise.

Rules. With the validation losses E(1), E(2), ... and the best so far, O(t) = min E(1..t), stop after the first epoch t with::

    t - (last epoch that improved) >= patience                             (patience)
    GL(t) = 100 (E(t)/O(t) - 1) > alpha                                    (generalization loss, per cent)
    GL(t) / P(t) > alpha,   P(t) = 1000 (mean/min of the last k training losses - 1)        (progress quotient)
    E(t) > E(t - k) > ... > E(t - s k)                                     (up, s times in succession)

where the last two look at the ends t = k, 2k, ... of strips of k epochs. The
model that is kept is the best so far, not the last. Epochs are returned as
0-based indices: epoch t of the formulas is index t - 1.

The reason. Gradient descent on (1/n) ||y - X w||^2 from w = 0, on centred data
with singular values X = U S V', has after t steps of size eta::

    w = V diag(f / s) U'y,     f = 1 - (1 - 2 eta s^2/n)^t,                (filter factors)

beside ridge's f = s^2 / (s^2 + n lam). For small s^2 the two agree if
lam = 1/(2 eta t): few steps are a large penalty.

References: Prechelt (1998), Neural Networks 11, 761-767, section 2; Ali, Kolter
and Tibshirani (2019), AISTATS, whose loss has a 1/2 before it, so that their
time is 2 eta t here.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from reglesson import _checks as check
from reglesson.linear import LinearFit, LinearPath, _center, _fit, _path

Floats = NDArray[np.floating]

# -- when to stop ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Patience:
    """Stop at the `patience`-th epoch in a row that is not better than the best so far by more than `min_delta`.

    It counts as Keras does: what improves by `min_delta` or less is no
    improvement and does not become the new best, so that many small steps
    still add up to one. Keras reads a patience of 0 as 1; here it is refused.

    Parameters
    ----------
    patience : int
        How many epochs in a row may fail, at least 1.
    min_delta : float
        What an improvement must exceed, at least 0.
    start_epoch : int
        Epochs before this one neither count nor become the best, as with Keras's ``start_from_epoch``.

    Raises
    ------
    ValueError
        If an argument is out of its range.

    Examples
    --------
    >>> Patience(2).stop_epoch([3.0, 1.0, 1.0, 2.0, 0.5])
    3

    An accuracy is watched by its negative:

    >>> accuracies = np.array([0.6, 0.9, 0.8, 0.9, 0.95])
    >>> Patience(2).stop_epoch(-accuracies)
    3

    Losses that first rise make the rule too quick, unless it starts later:

    >>> losses = [1.0, 3.0, 2.5, 2.0, 0.5, 0.4]
    >>> Patience(2).stop_epoch(losses), Patience(2, start_epoch=2).stop_epoch(losses)
    (2, None)
    """

    patience: int
    min_delta: float = 0.0
    start_epoch: int = field(default=0, kw_only=True)

    def __post_init__(self) -> None:
        check.integer(self.patience, "patience", low=1)
        check.number(self.min_delta, "min_delta", low=0)
        check.integer(self.start_epoch, "start_epoch", low=0)

    def stop_epoch(self, val_losses: ArrayLike, train_losses: ArrayLike | None = None) -> int | None:
        """Index of the epoch after which training stops, or None.

        Parameters
        ----------
        val_losses : array_like of shape (epochs,)
            Validation losses; NaN and infinity are worse than any number.
        train_losses : array_like, optional
            Not looked at.

        Returns
        -------
        int or None
            The first epoch at which the rule speaks.
        """
        best, waited = np.inf, 0
        for t, loss in enumerate(_losses(val_losses)[self.start_epoch :]):
            if loss + self.min_delta < best:
                best, waited = loss, 0
            else:
                waited += 1
            if waited >= self.patience and self.start_epoch + t > 0:
                return self.start_epoch + t
        return None


@dataclass(frozen=True)
class GeneralizationLoss:
    """Stop when the validation loss is more than `alpha` per cent above the best so far: Prechelt's GL.

    Parameters
    ----------
    alpha : float
        Per cent, at least 0.
    start_epoch : int
        Epochs before this one are as if they had not been.

    Raises
    ------
    ValueError
        If an argument is out of its range.

    References
    ----------
    .. [1] Prechelt (1998), Neural Networks 11, 761-767, section 2.1.

    Examples
    --------
    >>> GeneralizationLoss(50).stop_epoch([2.0, 1.0, 1.5, 1.6])
    3
    """

    alpha: float
    start_epoch: int = field(default=0, kw_only=True)

    def __post_init__(self) -> None:
        check.number(self.alpha, "alpha", low=0)
        check.integer(self.start_epoch, "start_epoch", low=0)

    def stop_epoch(self, val_losses: ArrayLike, train_losses: ArrayLike | None = None) -> int | None:
        """Index of the epoch after which training stops, or None.

        Parameters
        ----------
        val_losses : array_like of shape (epochs,)
            Validation losses, at least 0; NaN and infinity are worse than any number.
        train_losses : array_like, optional
            Not looked at.

        Returns
        -------
        int or None
            The first epoch at which the rule speaks.
        """
        losses = _positive(val_losses)[self.start_epoch :]
        return _from(self.start_epoch, _first(_excess(losses) > self.alpha))


@dataclass(frozen=True)
class ProgressQuotient:
    """Stop when the generalization loss is more than `alpha` times the training's progress: Prechelt's PQ.

    It looks at the end of each strip of `k` epochs. Where training makes no
    progress at all, any generalization loss stops it.

    Parameters
    ----------
    alpha : float
        Per cent of generalization loss for each per mille of progress, above 0.
    k : int
        Epochs in a strip, at least 2.
    start_epoch : int
        Epochs before this one are as if they had not been; the first strip begins with it.

    Raises
    ------
    ValueError
        If an argument is out of its range.

    References
    ----------
    .. [1] Prechelt (1998), Neural Networks 11, 761-767, section 2.1.

    Examples
    --------
    >>> ProgressQuotient(1.0, k=2).stop_epoch([2.0, 1.0, 1.1, 1.5], [2.0, 1.0, 0.5, 0.5])
    3
    """

    alpha: float
    k: int = 5
    start_epoch: int = field(default=0, kw_only=True)

    def __post_init__(self) -> None:
        check.number(self.alpha, "alpha", low=0, low_open=True)
        check.integer(self.k, "k", low=2)
        check.integer(self.start_epoch, "start_epoch", low=0)

    def stop_epoch(self, val_losses: ArrayLike, train_losses: ArrayLike | None = None) -> int | None:
        """Index of the epoch after which training stops, or None.

        Parameters
        ----------
        val_losses : array_like of shape (epochs,)
            Validation losses, at least 0; NaN and infinity are worse than any number.
        train_losses : array_like of shape (epochs,)
            Training losses, at least 0.

        Returns
        -------
        int or None
            The last epoch of the strip at whose end the rule speaks.
        """
        losses = _positive(val_losses)
        if train_losses is None or check.plain(train_losses, "train_losses").shape != losses.shape:
            found = "None" if train_losses is None else f"{np.size(train_losses)} for {len(losses)} epochs"
            raise ValueError(f"train_losses must have one loss per epoch, as val_losses has, got {found}")
        gain = _progress(_training(train_losses)[self.start_epoch :], self.k)
        loss = _excess(losses[self.start_epoch :])[self.k - 1 :: self.k]
        return _from(self.start_epoch, _end(_first(loss > self.alpha * gain), self.k))


@dataclass(frozen=True)
class Up:
    """Stop when the validation loss at the end of a strip of `k` epochs has risen `s` times in succession: Prechelt's UP.

    The first strip has none before it, so s = 1 can stop after 2 k epochs at
    the earliest.

    Parameters
    ----------
    s : int
        How many rises in succession, at least 1.
    k : int
        Epochs in a strip, at least 1.
    start_epoch : int
        Epochs before this one are as if they had not been; the first strip begins with it.

    Raises
    ------
    ValueError
        If an argument is out of its range.

    References
    ----------
    .. [1] Prechelt (1998), Neural Networks 11, 761-767, section 2.1.

    Examples
    --------
    >>> Up(1, k=2).stop_epoch([3.0, 1.0, 9.0, 1.0, 0.5, 1.1])
    5
    """

    s: int
    k: int = 5
    start_epoch: int = field(default=0, kw_only=True)

    def __post_init__(self) -> None:
        check.integer(self.s, "s", low=1)
        check.integer(self.k, "k", low=1)
        check.integer(self.start_epoch, "start_epoch", low=0)

    def stop_epoch(self, val_losses: ArrayLike, train_losses: ArrayLike | None = None) -> int | None:
        """Index of the epoch after which training stops, or None.

        Parameters
        ----------
        val_losses : array_like of shape (epochs,)
            Validation losses; NaN and infinity are worse than any number.
        train_losses : array_like, optional
            Not looked at.

        Returns
        -------
        int or None
            The last epoch of the strip at whose end the rule speaks.
        """
        ends, successive = _losses(val_losses)[self.start_epoch :][self.k - 1 :: self.k], 0
        for strip in range(1, len(ends)):
            rises = ends[strip] > ends[strip - 1] or ends[strip] == np.inf
            successive = successive + 1 if rises else 0
            if successive == self.s:
                return _from(self.start_epoch, _end(strip, self.k))
        return None


def generalization_loss(val_losses: ArrayLike) -> Floats:
    """By how many per cent each validation loss is above the best so far, itself included.

    Parameters
    ----------
    val_losses : array_like of shape (epochs,)
        Validation losses, at least 0; NaN and infinity are worse than any number.

    Returns
    -------
    ndarray of shape (epochs,)
        Zero wherever a loss is the best so far.

    Raises
    ------
    ValueError
        If a loss is below 0 or no number.

    References
    ----------
    .. [1] Prechelt (1998), Neural Networks 11, 761-767, section 2.1.

    Examples
    --------
    >>> generalization_loss([2.0, 1.0, 1.5])
    array([ 0.,  0., 50.])
    """
    return _excess(_positive(val_losses))


def progress(train_losses: ArrayLike, k: int = 5) -> Floats:
    """By how many per mille the mean training loss of each full strip of k epochs is above the strip's least.

    It is large while the training loss falls quickly, or jumps, and zero when it stands still.

    Parameters
    ----------
    train_losses : array_like of shape (epochs,)
        Training losses, at least 0.
    k : int
        Epochs in a strip, at least 1.

    Returns
    -------
    ndarray of shape (epochs // k,)
        The progress in each strip.

    Raises
    ------
    ValueError
        If a loss is below 0 or no finite number, or k is below 1.

    References
    ----------
    .. [1] Prechelt (1998), Neural Networks 11, 761-767, section 2.1.

    Examples
    --------
    >>> progress([3.0, 1.0, 1.0, 1.0], k=2)
    array([1000.,    0.])
    """
    return _progress(_training(train_losses), check.integer(k, "k", low=1))


def best_epoch(val_losses: ArrayLike) -> int:
    """Index of the least validation loss, the first of several: the model that is kept.

    Parameters
    ----------
    val_losses : array_like of shape (epochs,)
        Validation losses; NaN and infinity are worse than any number.

    Returns
    -------
    int
        The 0-based epoch.

    Raises
    ------
    ValueError
        If no loss is finite.

    Examples
    --------
    >>> best_epoch([3.0, 1.0, 2.0, 1.0])
    1
    """
    losses = _losses(val_losses)
    if losses.min() == np.inf:
        raise ValueError("val_losses must hold at least one finite loss, got none")
    return int(np.argmin(losses))


def _losses(values: ArrayLike) -> Floats:
    """Losses, one an epoch: NaN counts as infinite, which is no improvement on anything and worse than any number."""
    given = check.plain(values, "val_losses")
    if given.ndim != 1 or not given.size or given.dtype.kind not in "fiu":
        raise ValueError(f"val_losses must be a list of numbers, one per epoch, got {check._brief(values)}")
    with np.errstate(over="ignore"):  # a loss beyond float64 is infinite
        losses = np.where(np.isnan(given), np.inf, given).astype(np.float64)
    if losses.min() == -np.inf:
        raise ValueError("val_losses must be above minus infinity, got -inf")
    return losses


def _positive(val_losses: ArrayLike) -> Floats:
    """`_losses` for a loss in per cent, for which they must not be negative."""
    losses = _losses(val_losses)
    if losses.min() < 0:
        raise ValueError(f"val_losses must be at least 0 for a loss in per cent, got {losses.min():g}")
    return losses


def _training(train_losses: ArrayLike) -> Floats:
    losses = check.array(train_losses, "train_losses", 1)
    if losses.min() < 0:
        raise ValueError(f"train_losses must be at least 0 for a progress in per mille, got {losses.min():g}")
    return losses


def _excess(losses: Floats) -> Floats:
    """`generalization_loss` of what was checked before, or of no loss at all."""
    best = np.minimum.accumulate(losses)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        return np.where(losses == best, 0.0, 100 * (losses / best - 1))


def _progress(losses: Floats, k: int) -> Floats:
    """`progress` of what was checked before, or of no loss at all."""
    full = len(losses) // k
    strips = losses[: full * k].reshape(full, k)
    least = strips.min(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        # a mean of equal numbers may be rounded to below them
        return np.where(strips.max(axis=1) == least, 0.0, 1000 * np.maximum(strips.mean(axis=1) / least - 1, 0))


def _first(stops: NDArray[np.bool_]) -> int | None:
    return int(np.argmax(stops)) if stops.any() else None


def _end(strip: int | None, k: int) -> int | None:
    """Index of the last epoch of a strip."""
    return None if strip is None else strip * k + k - 1


def _from(start: int, epoch: int | None) -> int | None:
    """Index among all epochs of one that was counted from `start`."""
    return None if epoch is None else start + epoch


# -- why it regularizes ----------------------------------------------------------------------------------------


def gradient_descent(X: ArrayLike, y: ArrayLike, learning_rate: float, steps: int, *, fit_intercept: bool = True) -> LinearFit:
    """Weights after that many steps of gradient descent from zero on the mean squared error, step by step.

    The data are centred, so that the intercept is the best one at any time.

    Parameters
    ----------
    X : array_like of shape (n, p)
        Features.
    y : array_like of shape (n,)
        Responses.
    learning_rate : float
        What each gradient is multiplied with, above 0.
    steps : int
        Number of steps, at least 0.
    fit_intercept : bool
        If false, b = 0 and nothing is centred.

    Returns
    -------
    LinearFit
        The model after the last step.

    Raises
    ------
    ValueError
        For bad arguments, and for a learning_rate at which the weights overflow.

    Examples
    --------
    >>> gradient_descent([[-1.0], [1.0]], [-3.0, 3.0], 0.25, 1).coef.tolist()
    [1.5]
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
    fit: LinearFit = _fit(w, x_mean, y_mean, X.dtype)
    return fit


def gradient_descent_path(
    X: ArrayLike, y: ArrayLike, learning_rate: float, steps: ArrayLike, *, fit_intercept: bool = True
) -> LinearPath:
    """`gradient_descent` at every number of steps at once, by its filter factors: no step is taken.

    Parameters
    ----------
    X : array_like of shape (n, p)
        Features, of any rank.
    y : array_like of shape (n,)
        Responses.
    learning_rate : float
        Above 0 and below n / s^2 for the largest singular value s of the centred X.
    steps : array_like of shape (L,)
        Numbers of steps, integers, each at least 0, in any order.
    fit_intercept : bool
        If false, b = 0 and nothing is centred.

    Returns
    -------
    LinearPath
        Its ``lams`` hold the matched ridge penalties 1/(2 learning_rate t); for t = 0 that is
        infinity, and the weights are zero.

    Raises
    ------
    ValueError
        For bad arguments, and for a learning_rate at which the steps do not shrink the error.

    Notes
    -----
    Memory: O(np + L (p + min(n, p))).

    References
    ----------
    .. [1] Ali, Kolter and Tibshirani (2019), AISTATS, proof of lemma 3, with their epsilon = 2 learning_rate.

    Examples
    --------
    >>> gradient_descent_path([[-1.0], [1.0]], [-3.0, 3.0], 0.25, [0, 1, 2]).coefs.round(9).tolist()
    [[0.0], [1.5], [2.25]]
    """
    X, y = check.design(X, y)
    taken, rate = _steps(steps), check.learning_rate(learning_rate)
    Xc, yc, x_mean, y_mean = _center(X, y, fit_intercept)
    U, s, Vt = np.linalg.svd(Xc, full_matrices=False)
    learned = s > max(X.shape) * np.finfo(np.float64).eps * s[0]  # what is smaller is rounding
    U, s, Vt = U[:, learned], s[learned], Vt[learned]
    factors = _factors(s, len(X), rate, taken)
    coefs = (factors / s * (U.T @ yc)) @ Vt
    with np.errstate(divide="ignore", over="ignore"):
        lams = 1 / (2 * rate * taken)
    path: LinearPath = _path(lams, coefs, x_mean, y_mean, X.dtype)
    return path


def filter_factors(singular_values: ArrayLike, n: int, learning_rate: float, steps: ArrayLike) -> Floats:
    """What gradient descent from zero has learned of the least-squares fit along each direction.

    It is 1 - (1 - 2 eta s^2/n)^t, beside ridge's s^2 / (s^2 + n lam).

    Parameters
    ----------
    singular_values : array_like of shape (r,)
        Those of the centred X, each at least 0.
    n : int
        Number of samples.
    learning_rate : float
        The size eta of a step, above 0 and below n / s^2 for the largest s.
    steps : array_like of shape (L,)
        Numbers of steps t, integers, each at least 0.

    Returns
    -------
    ndarray of shape (L, r)
        Shares of the least-squares fit; above 1 at odd t where a step overshoots.

    Raises
    ------
    ValueError
        For bad arguments, and for a learning_rate at which the steps do not shrink the error.

    References
    ----------
    .. [1] Ali, Kolter and Tibshirani (2019), AISTATS, proof of lemma 3, with their epsilon = 2 learning_rate.

    Examples
    --------
    >>> filter_factors([2.0, 1.0], 4, 0.25, [1, 2]).tolist()
    [[0.5, 0.125], [0.75, 0.234375]]
    """
    s, n, taken = check.penalties(singular_values, "singular_values"), check.integer(n, "n", low=1), _steps(steps)
    return _factors(s, n, check.learning_rate(learning_rate), taken)


def _factors(s: Floats, n: int, rate: float, steps: NDArray[np.integer]) -> Floats:
    """`filter_factors` of what was checked before, or of no singular value at all."""
    step = 2 * rate * s**2 / n
    if (step >= 2).any():
        limit = n / s.max() ** 2
        raise ValueError(f"learning_rate must be below n / s^2 = {limit:.6g} for the steps to shrink the error, got {rate:g}")
    small = np.minimum(step, 0.5)  # there 1 - (1 - a)^t would lose digits for tiny a
    return np.where(step > small, 1 - (1 - step) ** steps[:, None], -np.expm1(steps[:, None] * np.log1p(-small)))


def flow_factors(singular_values: ArrayLike, n: int, time: ArrayLike) -> Floats:
    """The limit of `filter_factors` for ever smaller steps, as eta t tends to the training time.

    It is 1 - exp(-2 time s^2/n).

    Parameters
    ----------
    singular_values : array_like of shape (r,)
        Those of the centred X, each at least 0.
    n : int
        Number of samples.
    time : array_like of shape (L,)
        Training times, each at least 0.

    Returns
    -------
    ndarray of shape (L, r)
        Shares of the least-squares fit, from 0 to 1.

    Raises
    ------
    ValueError
        If an argument is not as described.

    References
    ----------
    .. [1] Ali, Kolter and Tibshirani (2019), AISTATS, whose time is twice this one.

    Examples
    --------
    >>> flow_factors([2.0, 1.0], 4, [0.5]).round(3).tolist()
    [[0.632, 0.221]]
    """
    s, n = check.penalties(singular_values, "singular_values"), check.integer(n, "n", low=1)
    with np.errstate(over="ignore"):  # what took for ever is done
        return -np.expm1(-2 * check.penalties(time, "time")[:, None] * s**2 / n)


def filter_risk(factors: ArrayLike, singular_values: ArrayLike, weights: ArrayLike, noise_var: float) -> Floats:
    """Expected squared distance from the true weights of a fit with these filter factors.

    The sum of squared bias and variance: with true weights a along the
    directions it is the sum of (1 - f)^2 a^2 + noise_var f^2 / s^2.

    Parameters
    ----------
    factors : array_like of shape (L, r)
        From `filter_factors`, `flow_factors` or ridge.
    singular_values : array_like of shape (r,)
        Each above 0.
    weights : array_like of shape (r,)
        True weights along the right singular vectors.
    noise_var : float
        Variance of the noise in y.

    Returns
    -------
    ndarray of shape (L,)
        The risk at each row of factors.

    Raises
    ------
    ValueError
        If an argument is not as described, or the result too large for a float.

    References
    ----------
    .. [1] Ali, Kolter and Tibshirani (2019), AISTATS, for gradient flow.

    Examples
    --------
    >>> filter_risk([[0.0], [0.5], [1.0]], [2.0], [1.0], 2.0).tolist()
    [1.0, 0.375, 0.5]
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


def _steps(steps: ArrayLike) -> NDArray[np.integer]:
    steps = check.plain(steps, "steps")
    if steps.ndim != 1 or not steps.size or steps.dtype.kind not in "iu" or steps.min() < 0 or steps.max() >= 2**53:
        raise ValueError(f"steps must be a list of integers, each at least 0 and below 2**53, got {check._brief(steps)}")
    return steps.astype(np.int64)
