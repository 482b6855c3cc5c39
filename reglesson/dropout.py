"""Dropout, a committee of sub-networks: masks, the exact ensemble of all of them, and what stands in for it.

What a unit sends on::

    y_j = m_j x_j / (1 - p),      m_j = 0 with probability p, else 1            (inverted dropout)

p is the probability to DROP a unit. Each y_j has mean x_j and variance
x_j^2 p / (1 - p). The n droppable units of a network make 2^n sub-networks,
and a mask that keeps k of them has probability (1 - p)^k p^(n - k). Their mean
prediction is the ensemble; weight scaling, one pass through the whole network
with kept units at their mean, stands in for it, exactly in a few cases only.

In linear regression the mean over masks of the training loss is, for w fixed::

    (1/n) ||y - X w||^2 + sum_j d_j w_j^2,      d_j = p / (1 - p) ||x_j||^2 / n.

References: Hinton, Srivastava, Krizhevsky, Sutskever and Salakhutdinov (2012);
Srivastava et al. (2014), sections 4, 9.1 and 10; Baldi and Sadowski (2013);
Wager, Wang and Liang (2013), NIPS.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from reglesson import _checks as check
from reglesson.network import MLP, softmax

Floats = NDArray[np.floating]
Masks = NDArray[np.bool_]
Where = Literal["hidden", "input"]

MOST_UNITS = 26  # the exact ensemble of more would take hours
BLOCK = 2**17  # numbers in a block of work: a megabyte, which stays in a processor's cache


def dropout(x: ArrayLike, p: float, rng: np.random.Generator) -> tuple[Floats, Masks]:
    """Inverted dropout of an array of any shape.

    Parameters
    ----------
    x : array_like
        Numbers.
    p : float
        Probability to drop an entry, in [0, 1).
    rng : numpy.random.Generator
        Draws the mask.

    Returns
    -------
    y : ndarray
        ``x * mask / (1 - p)``.
    mask : ndarray of bool
        True where an entry is kept.

    Raises
    ------
    ValueError
        If an argument is not as described.

    Examples
    --------
    >>> y, mask = dropout([3.0, 6.0, 9.0, 12.0], 0.25, np.random.default_rng(2))
    >>> mask.tolist(), y.tolist()
    ([True, True, True, False], [4.0, 8.0, 12.0, 0.0])
    """
    x, p = check.array(x, "x"), check.drop_probability(p)
    mask = check.generator(rng).random(x.shape) >= p
    return x * mask * (1 / (1 - p)), mask


def all_masks(n: int) -> Masks:
    """Every way to keep or drop n units.

    Parameters
    ----------
    n : int
        Number of units, from 1 to 26.

    Returns
    -------
    ndarray of shape (2**n, n) and bool
        True where a unit is kept; the first row drops all.

    Raises
    ------
    ValueError
        If n is out of these bounds.

    Examples
    --------
    >>> all_masks(2).astype(int).tolist()
    [[0, 0], [1, 0], [0, 1], [1, 1]]
    """
    return _every_mask(check.integer(n, "n", low=1, high=MOST_UNITS))


def mask_probabilities(masks: ArrayLike, p: float) -> Floats:
    """The probability of each mask.

    Parameters
    ----------
    masks : array_like of shape (m, n) and bool
        True where a unit is kept.
    p : float
        Probability to drop a unit, in [0, 1).

    Returns
    -------
    ndarray of shape (m,)
        ``(1 - p)**kept * p**dropped``.

    Raises
    ------
    ValueError
        If an argument is not as described.

    Examples
    --------
    >>> mask_probabilities(all_masks(2), 0.25).tolist()
    [0.0625, 0.1875, 0.1875, 0.5625]
    """
    return _probabilities(_masks(masks), check.drop_probability(p))


def sub_networks(
    network: MLP, X: ArrayLike, masks: ArrayLike, p: float, where: Where = "hidden", inverted: bool = True
) -> Floats:
    """The outputs of each sub-network, run one beside the other.

    Parameters
    ----------
    network : MLP
        The whole network.
    X : array_like of shape (n, inputs)
        Features.
    masks : array_like of shape (m, units) and bool
        True where a unit is kept; the units are those of all hidden layers from the first to the last, or the inputs.
    p : float
        The probability to drop that the network was trained with, in [0, 1).
    where : {"hidden", "input"}
        What is dropped.
    inverted : bool
        If true, kept units are multiplied by 1 / (1 - p).

    Returns
    -------
    ndarray of shape (m, n, outputs)
        Numbers, or the classes' probabilities.

    Raises
    ------
    ValueError
        If an argument is not as described.

    Notes
    -----
    Memory: O(m n w) for layers of at most w units.

    Examples
    --------
    >>> network = MLP([2, 1], np.random.default_rng(0))
    >>> network.weights[0][:] = [[1.0], [10.0]]
    >>> sub_networks(network, [[1.0, 1.0]], all_masks(2), 0.5, "input")[:, 0, 0].tolist()
    [0.0, 2.0, 20.0, 22.0]
    """
    X, p = _arguments(network, X, p, where)
    scale = _scale(p, inverted)
    masks, units = _masks(masks), _units(network, where)
    if masks.shape[1] != units:
        raise ValueError(f"masks must have {units} columns, one per unit that can be dropped, got shape {masks.shape}")
    A, used = X[None], 0
    for k, (W, b) in enumerate(zip(network.weights, network.biases, strict=True)):
        if _is_masked(k, where):
            A = A * (scale * masks[:, None, used : used + len(W)])
            used += len(W)
        A = A @ W + b
        if k < len(network.weights) - 1:
            A = _activated(network, A)
    return softmax(A) if network.task == "classification" else A


def weight_scaled(network: MLP, X: ArrayLike, p: float, where: Where = "hidden") -> Floats:
    """The test-time network of plain dropout: weights behind droppable units times 1 - p, and no masks.

    Parameters
    ----------
    network : MLP
        A network that was trained with plain dropout; it is not changed.
    X : array_like of shape (n, inputs)
        Features.
    p : float
        The probability to drop that it was trained with, in [0, 1).
    where : {"hidden", "input"}
        What was dropped.

    Returns
    -------
    ndarray of shape (n, outputs)
        Numbers, or the classes' probabilities.

    Raises
    ------
    ValueError
        If an argument is not as described.

    References
    ----------
    .. [1] Hinton, Srivastava, Krizhevsky, Sutskever and Salakhutdinov (2012).

    Examples
    --------
    >>> network = MLP([2, 1], np.random.default_rng(0))
    >>> network.weights[0][:] = [[1.0], [10.0]]
    >>> weight_scaled(network, [[1.0, 1.0]], 0.5, "input").tolist()
    [[5.5]]
    """
    X, p = _arguments(network, X, p, where)
    scaled = network.copy()
    for k, W in enumerate(scaled.weights):
        if _is_masked(k, where):
            W *= 1 - p
    return scaled.forward(X)


def mc_dropout(network: MLP, X: ArrayLike, p: float, n_samples: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Mean and standard deviation of random sub-networks that drop hidden units (Monte Carlo dropout).

    Each of the masks makes one inverted sub-network, the same for all rows of X.

    Parameters
    ----------
    network : MLP
        The whole network.
    X : array_like of shape (n, inputs)
        Features.
    p : float
        The probability to drop that the network was trained with, in [0, 1).
    n_samples : int
        Number of masks, at least 2.
    rng : numpy.random.Generator
        Draws the masks.

    Returns
    -------
    mean : ndarray of shape (n, outputs)
        The mean of the sub-networks.
    std : ndarray of shape (n, outputs)
        The standard deviation, with n_samples - 1 below the line, of single sub-networks, not of their mean.

    Raises
    ------
    ValueError
        If an argument is not as described.

    Notes
    -----
    Memory: O(n_samples (n outputs + units)).

    References
    ----------
    .. [1] Gal and Ghahramani (2016), ICML, section 4.

    Examples
    --------
    >>> network = MLP([1, 50, 1], np.random.default_rng(0))
    >>> mean, std = mc_dropout(network, [[0.0], [1.0]], 0.5, 20, np.random.default_rng(1))
    >>> mean.shape, bool(std[1, 0] > std[0, 0])
    ((2, 1), True)
    """
    X, p = _arguments(network, X, p, "hidden")
    n_samples = check.integer(n_samples, "n_samples", low=2)
    masks = check.generator(rng).random((n_samples, _units(network, "hidden"))) >= p
    blocks = _blocks(n_samples, len(X) * max(network.sizes))
    outputs = np.concatenate([sub_networks(network, X, masks[some], p) for some in blocks])
    return outputs.mean(axis=0), outputs.std(axis=0, ddof=1)


def dropout_penalty(X: ArrayLike, p: float) -> Floats:
    """What dropout on the inputs of a linear regression costs on average.

    Parameters
    ----------
    X : array_like of shape (n, features)
        Features as they are passed to the model.
    p : float
        Probability to drop an input, in [0, 1).

    Returns
    -------
    ndarray of shape (features,)
        The weight of each squared weight in the book's loss: p / (1 - p) times the column's mean square.

    Raises
    ------
    ValueError
        If an argument is not as described.

    References
    ----------
    .. [1] Wager, Wang and Liang (2013), NIPS.
    .. [2] Srivastava et al. (2014), section 9.1.

    Examples
    --------
    >>> dropout_penalty([[1.0, 10.0], [3.0, 10.0]], 0.5).tolist()
    [5.0, 100.0]
    """
    X, p = check.array(X, "X", 2), check.drop_probability(p)
    cost: Any = p / (1 - p) * np.mean(np.square(X, dtype=np.float64), axis=0)
    return np.asarray(cost)


# -- the exact ensemble, over halves of the masks ---------------------------------------------------------------


def ensemble(
    network: MLP, X: ArrayLike, p: float, mean: Literal["arithmetic", "geometric"] = "arithmetic", where: Where = "hidden",
    inverted: bool = True,
) -> Floats:  # fmt: skip
    """The mean prediction of all sub-networks, each with its probability, exactly.

    What a masked layer puts out before its activation is a sum over kept units.
    So the units are split into two halves, the sums of all masks of each half
    are computed once, and any mask is one sum of each. Where a softmax follows
    at once, exp(a + b) = exp(a) exp(b), so that 2^(n/2 + 1) exponentials make
    all 2^n sub-networks, and the sums over pairs of masks are matrix products.

    Parameters
    ----------
    network : MLP
        The whole network, of at most 26 units that can be dropped.
    X : array_like of shape (n, inputs)
        Features.
    p : float
        The probability to drop that the network was trained with, in [0, 1).
    mean : {"arithmetic", "geometric"}
        The second is for classification: the geometric means of the classes' probabilities, divided by their sum.
    where : {"hidden", "input"}
        What is dropped.
    inverted : bool
        If true, kept units are multiplied by 1 / (1 - p).

    Returns
    -------
    ndarray of shape (n, outputs)
        Numbers or probabilities, equal to the weighted mean of `sub_networks` over `all_masks`.

    Raises
    ------
    ValueError
        If an argument is not as described, or more than 26 units can be dropped.

    Examples
    --------
    >>> network = MLP([2, 3, 1], np.random.default_rng(0))
    >>> X = [[1.0, -1.0]]
    >>> by_hand = mask_probabilities(all_masks(3), 0.3) @ sub_networks(network, X, all_masks(3), 0.3)[:, 0, 0]
    >>> bool(np.isclose(ensemble(network, X, 0.3), by_hand).all())
    True
    """
    X, p = _arguments(network, X, p, where)
    scale = _scale(p, inverted)
    check.option(mean, "mean", ("arithmetic", "geometric"))
    if mean == "geometric" and network.task == "regression":
        raise ValueError("mean must be 'arithmetic' for a regression network, got 'geometric': outputs may be negative")
    if (units := _units(network, where)) > MOST_UNITS:
        raise ValueError(f"where must name at most {MOST_UNITS} units, got {units} ({where}): sample them with mc_dropout")
    # log probabilities are the outputs before the softmax up to a number that all classes share, so their mean is, too
    averages_probabilities = network.task == "classification" and mean == "arithmetic"
    result = _average(network, X, 0, p, where, scale, averages_probabilities)
    return softmax(result) if mean == "geometric" else result


def _average(network: MLP, A: Floats, k: int, p: float, where: Where, scale: float, probabilities: bool) -> Any:
    """The mean over all masks of layer k and of those after it, for what the layer receives, A (rows, units): (rows, outputs)."""
    W, b = network.weights[k], network.biases[k]
    last = k == len(network.weights) - 1
    if not _is_masked(k, where):
        Z = A @ W + b
        if last:
            return softmax(Z) if probabilities else Z
        return _average(network, _activated(network, Z), k + 1, p, where, scale, probabilities)
    halves = [_half(units, p) for units in np.array_split(np.arange(len(W)), 2)]
    if last and not probabilities:
        return b + sum((scale * A[:, units] * (weights @ masks)) @ W[units] for units, masks, weights in halves)
    w_first, w_second = (weights for _, _, weights in halves)
    result = np.empty((len(A), len(network.biases[-1])))
    for some in _blocks(len(A), len(w_first) * len(b)):
        # (masks, rows, units of the next layer): what the kept units of each half contribute
        first, second = (np.tensordot(masks, scale * A[some, units, None] * W[units], (1, 1)) for units, masks, _ in halves)
        first += b
        if last:
            result[some] = _average_softmax(first, second, w_first, w_second)
        else:
            result[some] = _average_rest(network, first, second, w_first, w_second, k, p, where, scale, probabilities)
    return result


def _average_rest(
    network: MLP, first: Floats, second: Floats, w_first: Floats, w_second: Floats, k: int, p: float, where: Where, scale: float,
    probabilities: bool,
) -> Any:  # fmt: skip
    """The mean over pairs of half masks where layers follow, a block of pairs at a time."""
    _, rows, width = first.shape
    result = 0.0
    for some in _blocks(len(second), rows * width):
        w, part = w_second[some], second[some]
        for one, w_one in zip(first, w_first, strict=True):
            A = _activated(network, part + one).reshape(len(w) * rows, width)
            outputs = _average(network, A, k + 1, p, where, scale, probabilities)
            result = result + w_one * np.tensordot(w, outputs.reshape(len(w), rows, outputs.shape[1]), 1)
    return result


def _average_softmax(first: Floats, second: Floats, w_first: Floats, w_second: Floats) -> Floats:
    """The mean over pairs of half masks of softmax(first + second): (rows, classes)."""
    first, second = first.transpose(1, 0, 2), second.transpose(1, 0, 2)  # (rows, masks of the half, classes)
    a, b = (Z - Z.max(axis=2, keepdims=True) for Z in (first, second))
    spread = -(a.min() + b.min())
    a_exp, b_exp = np.exp(a), np.exp(b)
    b_weighted, b_turned = w_second[:, None] * b_exp, np.ascontiguousarray(b_exp.transpose(0, 2, 1))
    result = np.zeros((first.shape[0], first.shape[2]))
    for r in _blocks(len(result), len(w_first) * len(w_second)):
        for m in _blocks(len(w_first), len(result[r]) * len(w_second)):
            if spread < 600:
                total = a_exp[r, m] @ b_turned[r]  # the softmax's denominators of all pairs of masks
                np.reciprocal(total, out=total)
                result[r] += (w_first[m, None] * a_exp[r, m] * (total @ b_weighted[r])).sum(axis=1)
            else:  # a product of exponentials could be too small to be a number
                for q in range(len(w_first))[m]:
                    result[r] += w_first[q] * np.tensordot(softmax(a[r, q, None] + b[r]), w_second, (1, 0))
    return result


def _half(units: NDArray[np.integer], p: float) -> tuple[NDArray[np.integer], Floats, Floats]:
    """Some units, perhaps none, with all their masks and the probabilities of those."""
    masks = _every_mask(len(units))
    return units, masks.astype(float), _probabilities(masks, p)


# -- small helpers ----------------------------------------------------------------------------------------------


def _every_mask(n: int) -> Masks:
    return (np.arange(2**n)[:, None] >> np.arange(n) & 1).astype(bool)


def _probabilities(masks: Masks, p: float) -> Floats:
    kept = masks.sum(axis=1)
    chances: Floats = (1 - p) ** kept * p ** (masks.shape[1] - kept)
    return chances


def _blocks(count: int, each: int) -> list[slice]:
    """Slices of `count` things of `each` numbers, about BLOCK numbers in a slice."""
    step = -(-BLOCK // each)  # rounded up: one thing at least
    return [slice(k, k + step) for k in range(0, count, step)]


def _is_masked(k: int, where: Where) -> bool:
    """Whether what layer k receives can be dropped."""
    return (k == 0) == (where == "input")


def _units(network: MLP, where: Where) -> int:
    return network.sizes[0] if where == "input" else sum(network.sizes[1:-1])


def _activated(network: MLP, Z: Floats) -> Floats:
    return np.maximum(Z, 0.0) if network.activation == "relu" else np.tanh(Z)


def _masks(masks: ArrayLike) -> Masks:
    masks = check.plain(masks, "masks")
    if masks.dtype != bool or masks.ndim != 2 or masks.size == 0:
        raise ValueError(f"masks must be a two-dimensional array of bool, True = kept, got {masks.dtype} of shape {masks.shape}")
    return masks


def _scale(p: float, inverted: bool) -> float:
    """What kept units are multiplied by."""
    return 1 / (1 - p) if check.flag(inverted, "inverted") else 1.0


def _arguments(network: MLP, X: ArrayLike, p: float, where: Where) -> tuple[Floats, float]:
    check.instance(network, "network", MLP)
    check.option(where, "where", ("hidden", "input"))
    p = check.drop_probability(p)
    if where == "hidden" and len(network.sizes) == 2:
        raise ValueError("where must be 'input' for a network without hidden layers, got 'hidden'")
    return network._features(X), p
