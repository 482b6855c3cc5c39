"""A small network that can be read in one sitting: what dropout and early stopping share.

The layers, and what is minimized::

    a_0 = x,    a_k = act(a_{k-1} W_k + b_k),    output = a_{K-1} W_K + b_K   (softmax of it for classes)

    J = loss + l1 sum |w| + l2 sum w^2            over all weights, never the biases

The loss is the mean over samples of the squared error, without a 1/2, or of the
cross-entropy -log(probability of the right class). Dropout is inverted: while
training, each unit of a_1 ... a_{K-1} is multiplied by 0 with probability p
(the probability to DROP), and by 1/(1 - p) otherwise; at test time nothing is
done. The backward pass stands below the forward pass, line against line.

References: Rumelhart, Hinton and Williams (1986), Nature 323, back-propagation;
He, Zhang, Ren and Sun (2015), ICCV, equation 10, how the weights begin.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from reglesson import _checks as check
from reglesson import _together

Floats = NDArray[np.floating]
Gradients = Sequence[Floats]
LARGEST = {np.dtype(kind): float(np.finfo(kind).max) for kind in (np.float32, np.float64)}


class MLP:
    """A network of fully connected layers.

    Parameters
    ----------
    sizes : sequence of int
        Number of inputs, of units in each hidden layer (if any), of outputs.
    rng : numpy.random.Generator
        Draws the first weights, N(0, 2 / inputs of the layer) before a ReLU and
        N(0, 1 / inputs of the layer) elsewhere; biases begin at zero.
    activation : {"relu", "tanh"}
        What the hidden units do.
    task : {"regression", "classification"}
        Numbers, or classes with one output for each.
    dtype : {numpy.float64, numpy.float32}
        The second is faster and has seven digits.

    Attributes
    ----------
    weights : list of ndarray
        Entry k has shape (sizes[k], sizes[k + 1]).
    biases : list of ndarray
        Entry k has shape (sizes[k + 1],).

    Raises
    ------
    ValueError
        If an argument is not as described.

    Examples
    --------
    >>> network = MLP([2, 5, 1], np.random.default_rng(0))
    >>> network.forward(np.zeros((3, 2))).shape
    (3, 1)
    """

    sizes: list[int]
    activation: str
    task: str
    dtype: np.dtype[Any]
    weights: list[Floats]
    biases: list[Floats]

    def __init__(
        self, sizes: Sequence[int] | NDArray[np.integer], rng: np.random.Generator, activation: Literal["relu", "tanh"] = "relu",
        task: Literal["regression", "classification"] = "regression", dtype: DTypeLike = np.float64,
    ) -> None:  # fmt: skip
        sizes = sizes.tolist() if isinstance(sizes, np.ndarray) else sizes
        if not isinstance(sizes, (list, tuple)) or len(sizes) < 2:
            raise ValueError(f"sizes must list at least the inputs and the outputs, got {sizes!r}")
        self.sizes = [check.integer(size, f"sizes[{k}]", low=1) for k, size in enumerate(sizes)]
        self.activation = check.option(activation, "activation", ("relu", "tanh"))
        self.task = check.option(task, "task", ("regression", "classification"))
        if task == "classification" and self.sizes[-1] < 2:
            raise ValueError(f"sizes must end in at least 2 outputs for classification, got {sizes!r}")
        self.dtype = _float(dtype)
        rng = check.generator(rng)
        self.weights, self.biases = [], []
        for k, (before, after) in enumerate(zip(self.sizes, self.sizes[1:], strict=False)):
            gain = 2.0 if activation == "relu" and k < len(self.sizes) - 2 else 1.0
            self.weights.append((np.sqrt(gain / before) * rng.normal(size=(before, after))).astype(dtype))
            self.biases.append(np.zeros(after, dtype))

    def forward(self, X: ArrayLike) -> Floats:
        """Predict without dropout: numbers, or the classes' probabilities.

        Parameters
        ----------
        X : array_like of shape (n, inputs)
            Features.

        Returns
        -------
        ndarray of shape (n, outputs)
            What the last layer puts out, after a softmax for classes.
        """
        Z = self._outputs(self._features(X))
        return softmax(Z) if self.task == "classification" else Z

    def loss(self, X: ArrayLike, y: ArrayLike) -> float:
        """Mean squared error or mean cross-entropy, without dropout and without penalty.

        Parameters
        ----------
        X : array_like of shape (n, inputs)
            Features.
        y : array_like of shape (n,) or (n, outputs)
            Numbers, or the classes as n integers.

        Returns
        -------
        float
            The mean over the n samples.
        """
        X, y = self._data(X, y)
        return self._loss(self._outputs(X), y)[0]

    def accuracy(self, X: ArrayLike, y: ArrayLike) -> float:
        """Share of the samples whose most probable class is the right one.

        Parameters
        ----------
        X : array_like of shape (n, inputs)
            Features.
        y : array_like of shape (n,)
            The classes, integers.

        Returns
        -------
        float
            From 0 to 1.

        Raises
        ------
        ValueError
            If the task is another, data are not as described, or weights are not finite.
        """
        if self.task != "classification":
            raise ValueError(f"task must be 'classification' for an accuracy, got {self.task!r}")
        X, y = self._data(X, y)
        Z = check.representable(self._outputs(X), "the network's weights")  # of NaN the first class would be the largest
        return float(np.mean(Z.argmax(axis=1) == y))

    def copy(self) -> MLP:
        """A network with the same weights that shares no array with this one.

        Returns
        -------
        MLP
            The copy.
        """
        twin = object.__new__(MLP)
        twin.sizes, twin.activation, twin.task, twin.dtype = list(self.sizes), self.activation, self.task, self.dtype
        twin.weights, twin.biases = [w.copy() for w in self.weights], [b.copy() for b in self.biases]
        return twin

    def loss_and_grads(
        self, X: ArrayLike, y: ArrayLike, *, l1: float = 0.0, l2: float = 0.0, p: float = 0.0, p_input: float = 0.0,
        rng: np.random.Generator | None = None,
    ) -> tuple[float, list[Floats], list[Floats]]:  # fmt: skip
        """The penalized loss with one random set of masks, and its gradients.

        Parameters
        ----------
        X : array_like of shape (n, inputs)
            Features.
        y : array_like of shape (n,) or (n, outputs)
            Numbers for regression, n integers, the classes, for classification.
        l1, l2 : float
            Penalties, at least 0.
        p : float
            Probability to drop a hidden unit, in [0, 1).
        p_input : float
            Probability to drop an input, in [0, 1).
        rng : numpy.random.Generator, optional
            Draws the masks; needed only where something is dropped. Each sample has masks of its own.

        Returns
        -------
        loss : float
            The loss with the masks, the penalties added.
        weight_grads : list of ndarray
            Shaped like `weights`.
        bias_grads : list of ndarray
            Shaped like `biases`.
        """
        X, y = self._data(X, y)
        return self._loss_and_grads(X, y, *_regularization(l1, l2, p, p_input, rng))

    def _loss_and_grads(
        self, X: Floats, y: Any, l1: float, l2: float, p: float, p_input: float, rng: Any
    ) -> tuple[float, list[Floats], list[Floats]]:
        # forward: what each layer receives, and the slope of each hidden unit's output by its input
        A = X * _mask(X.shape, p_input, rng, self.dtype) if p_input else X
        received, slopes = [A], []
        for W, b in zip(self.weights[:-1], self.biases[:-1], strict=True):
            A = A.dot(W)  # `dot` has less to find out than `@`, and small matrices show it
            A += b
            slopes.append(self._activate(A, p, rng))
            received.append(A)
        Z = A.dot(self.weights[-1])
        Z += self.biases[-1]
        loss, D = self._loss(Z, y)

        # backward: D is the derivative of the loss by what the layer puts out before its activation
        weight_grads, bias_grads = list(self.weights), list(self.biases)  # of the right length; each entry is replaced
        for k in range(len(self.weights) - 1, -1, -1):
            weight_grads[k] = received[k].T.dot(D)
            bias_grads[k] = np.add.reduce(D, axis=0)
            if k > 0:
                D = D.dot(self.weights[k].T)
                D *= slopes[k - 1]

        for W, grad in zip(self.weights, weight_grads, strict=True):
            if l1:
                loss += float(l1 * np.abs(W).sum())
                grad += l1 * np.sign(W)
            if l2:
                loss += float(l2 * np.vdot(W, W))
                grad += 2 * l2 * W
        return float(loss), weight_grads, bias_grads

    def _outputs(self, A: Floats) -> Floats:
        for W, b in zip(self.weights[:-1], self.biases[:-1], strict=True):
            A = A.dot(W)
            A += b
            np.maximum(A, 0.0, out=A) if self.activation == "relu" else np.tanh(A, out=A)
        return A @ self.weights[-1] + self.biases[-1]

    def _activate(self, A: Floats, p: float, rng: Any) -> Floats:
        """Put the activation's values into A, some of them dropped, and return their derivatives by what A was."""
        kept = _kept(A.shape, p, rng) if p else None
        if self.activation == "relu":
            slope = (A > 0 if kept is None else kept & (A > 0)).astype(self.dtype)
            if p:
                slope *= 1 / (1 - p)
            A *= slope
            return slope
        np.tanh(A, out=A)
        slope = 1 - A * A
        if kept is not None:
            mask = kept.astype(self.dtype)
            mask *= 1 / (1 - p)
            A *= mask
            slope *= mask  # the mask's 1/(1 - p) belongs to the backward pass as well
        return slope

    def _loss(self, Z: Any, y: Any) -> tuple[float, Floats]:
        """The loss, and its derivative by the outputs Z, which are overwritten."""
        n = len(Z)
        if self.task == "regression":
            Z -= y
            loss = np.vdot(Z, Z) / n
            Z *= 2 / n
            return float(loss), Z
        Z = np.ascontiguousarray(Z.T)  # NumPy adds ten long rows sooner than many short ones
        flat, of_class = Z.reshape(-1), y * n + np.arange(n)  # the outputs in one row, and where those of the right classes are
        Z -= np.maximum.reduce(Z, axis=0)
        right = flat[of_class]
        np.exp(Z, out=Z)
        total = np.add.reduce(Z, axis=0)
        loss = np.add.reduce(np.log(total) - right) / n
        Z /= total
        flat[of_class] -= 1
        Z /= n
        return float(loss), Z.T

    def _features(self, X: ArrayLike, name: str = "X") -> Floats:
        X = check.cast(check.array(X, name, 2), self.dtype, name)
        if X.shape[1] != self.sizes[0]:
            raise ValueError(f"{name} must have {self.sizes[0]} columns, one per input, got shape {X.shape}")
        return X

    def _data(self, X: ArrayLike, y: Any, names: tuple[str, str] = ("X", "y")) -> tuple[Floats, Any]:
        X = self._features(X, names[0])
        n, outputs, name = len(X), self.sizes[-1], names[1]
        if self.task == "regression":
            y = check.cast(check.array(y, name, 1, 2), self.dtype, name)
            if y.shape != (n, outputs) and (y.shape != (n,) or outputs > 1):
                raise ValueError(f"{name} must have shape ({n}, {outputs}){f' or ({n},)' * (outputs == 1)}, got {y.shape}")
            return X, y.reshape(n, outputs)
        y = check.plain(y, name)
        if y.shape != (n,) or y.dtype.kind not in "iu" or y[y.argmin()] < 0 or y[y.argmax()] >= outputs:
            found = f"{y.dtype} of shape {y.shape}" + (f" from {y.min()} to {y.max()}" if y.size and y.dtype.kind in "iu" else "")
            raise ValueError(f"{name} must be {n} integers from 0 to {outputs - 1}, one class per row of {names[0]}, got {found}")
        return X, y.astype(np.intp, copy=False)


def softmax(Z: ArrayLike) -> Floats:
    """Probabilities along the last axis, proportional to exp(Z).

    Parameters
    ----------
    Z : array_like
        Numbers of any size.

    Returns
    -------
    ndarray
        Of the shape of `Z`; each row adds up to 1.

    Raises
    ------
    ValueError
        If `Z` holds something else than finite numbers.

    Examples
    --------
    >>> softmax([0.0, np.log(3)]).round(2).tolist()
    [0.25, 0.75]
    """
    Z = check.array(Z, "Z")
    E: Floats = np.exp(Z - Z.max(axis=-1, keepdims=True))
    E /= E.sum(axis=-1, keepdims=True)
    return E


def random_mask(shape: int | tuple[int, ...], p: float, rng: np.random.Generator, dtype: DTypeLike = np.float64) -> Floats:
    """What inverted dropout multiplies with: 0 with probability p, else 1/(1 - p), for each entry on its own.

    Parameters
    ----------
    shape : int or tuple of int
        The shape of the mask.
    p : float
        Probability to drop, in [0, 1); what is drawn has 24 bits, so that it is honoured to 6e-8.
    rng : numpy.random.Generator
        Draws the mask.
    dtype : {numpy.float64, numpy.float32}
        The kind of its numbers.

    Returns
    -------
    ndarray
        The mask.

    Raises
    ------
    ValueError
        If an argument is not as described.

    Examples
    --------
    >>> random_mask(5, 0.5, np.random.default_rng(0)).tolist()
    [2.0, 2.0, 2.0, 0.0, 0.0]
    """
    p, rng, dtype = check.drop_probability(p), check.generator(rng), _float(dtype)
    try:
        return _mask(shape, p, rng, dtype)
    except (AttributeError, TypeError, ValueError, OverflowError, MemoryError) as error:  # no shape makes a single number
        raise ValueError(f"shape must be the shape of an array, got {shape!r}: {error}") from error


def _mask(shape: int | tuple[int, ...], p: float, rng: np.random.Generator, dtype: np.dtype[Any]) -> Floats:
    mask: Floats = _kept(shape, p, rng).astype(dtype)
    mask *= 1 / (1 - p)
    return mask


def _kept(shape: int | tuple[int, ...], p: float, rng: np.random.Generator) -> Any:
    return rng.random(shape, dtype=np.float32) >= p


# -- optimizers ------------------------------------------------------------------------------------------------


class SGD:
    """Gradient descent, with momentum and weight decay if wanted, as PyTorch's.

    With g the gradient of a weight w::

        g <- g + weight_decay w,    v <- momentum v + g,    w <- w - learning_rate v

    Biases do not decay. The decay is part of the gradient, so that
    ``weight_decay = 2 * lam`` is the penalty lam on the squared weights in the
    loss, at any momentum.

    Parameters
    ----------
    learning_rate : float
        What each gradient is multiplied with, above 0.
    momentum : float
        The share of the last step that is gone again, in [0, 1).
    weight_decay : float
        What pulls each weight to zero, at least 0.

    Raises
    ------
    ValueError
        If an argument is out of its range.

    Examples
    --------
    >>> network = MLP([1, 1], np.random.default_rng(0))
    >>> network.weights[0][:] = 3.0
    >>> SGD(0.1, weight_decay=2.0).step(network, [np.array([[4.0]])], [np.array([0.0])])
    >>> network.weights[0].tolist()
    [[2.0]]
    """

    def __init__(self, learning_rate: float, momentum: float = 0.0, weight_decay: float = 0.0) -> None:
        self.learning_rate = check.learning_rate(learning_rate)
        self.momentum = check.number(momentum, "momentum", low=0, high=1, high_open=True)
        self.weight_decay = check.penalty(weight_decay, "weight_decay")
        self._v: list[Floats] | None = None

    def step(self, network: MLP, weight_grads: Gradients, bias_grads: Gradients) -> None:
        """Change the network's weights and biases in place.

        Parameters
        ----------
        network : MLP
            The network.
        weight_grads, bias_grads : list of ndarray
            Its gradients, as from `MLP.loss_and_grads`.

        Raises
        ------
        ValueError
            If shapes do not match, or not those of the steps before.
        """
        pairs = _pairs(network, weight_grads, bias_grads)
        if self._v is None and self.momentum:
            self._v = [np.zeros_like(w) for w, _ in pairs]
        if self._v is not None:
            _same_sizes(network, [v.shape for v in self._v], pairs)
        for k, (w, g) in enumerate(pairs):
            if self.weight_decay and k < len(weight_grads):
                g = g + self.weight_decay * w
            if self._v is not None:
                self._v[k] *= self.momentum
                self._v[k] += g
                g = self._v[k]
            w -= self.learning_rate * g


class Adam:
    """Divide each weight's step by the size of its own gradients.

    At step t::

        m <- beta1 m + (1 - beta1) g,    v <- beta2 v + (1 - beta2) g^2
        w <- w - learning_rate (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + eps)

    Parameters
    ----------
    learning_rate : float
        The usual size of a step, above 0.
    beta1, beta2 : float
        How slowly the means of gradients and of their squares forget, in [0, 1).
    eps : float
        What keeps a step finite where there is no gradient, above 0.

    Raises
    ------
    ValueError
        If an argument is out of its range.

    References
    ----------
    .. [1] Kingma and Ba (2015), ICLR, algorithm 1.

    Examples
    --------
    >>> network = MLP([1, 1], np.random.default_rng(0))
    >>> network.weights[0][:] = 3.0
    >>> Adam(0.1).step(network, [np.array([[1000.0]])], [np.array([0.0])])
    >>> round(float(network.weights[0][0, 0]), 6)  # however steep: a step of the learning rate
    2.9
    """

    def __init__(self, learning_rate: float = 1e-3, beta1: float = 0.9, beta2: float = 0.999, eps: float = 1e-8) -> None:
        self.learning_rate = check.learning_rate(learning_rate)
        self.beta1 = check.number(beta1, "beta1", low=0, high=1, high_open=True)
        self.beta2 = check.number(beta2, "beta2", low=0, high=1, high_open=True)
        self.eps = check.number(eps, "eps", low=0, low_open=True)
        self._t = 0
        self._m: Floats | None = None
        self._v: Floats | None = None
        self._shapes: list[tuple[int, ...]] | None = None  # of the arrays whose means stand in m and v, one after the other

    def _fitting(self, network: MLP, weight_grads: Gradients, bias_grads: Gradients) -> list[tuple[Floats, Floats]]:
        """`_pairs`, of the shapes of the steps before."""
        pairs = _pairs(network, weight_grads, bias_grads)
        if self._shapes is not None:
            _same_sizes(network, self._shapes, pairs)
        return pairs

    def step(self, network: MLP, weight_grads: Gradients, bias_grads: Gradients) -> None:
        """Change the network's weights and biases in place.

        Parameters
        ----------
        network : MLP
            The network.
        weight_grads, bias_grads : list of ndarray
            Its gradients, as from `MLP.loss_and_grads`.

        Raises
        ------
        ValueError
            If shapes do not match, or not those of the steps before, or if a square overflows.
        """
        pairs = self._fitting(network, weight_grads, bias_grads)
        # all gradients in one row: for small arrays each call costs more than its arithmetic
        g = np.concatenate([g for _, g in pairs], axis=None, dtype=network.dtype)
        # m and v are kept without the factors 1 - beta1 and 1 - beta2; all factors meet in two numbers at the end
        root = math.sqrt((1 - self.beta2) / (1 - self.beta2 ** (self._t + 1)))
        # where v were infinite, the weights would never move again
        if np.vdot(g, g) > LARGEST[g.dtype] * (1 - self.beta2) or not g.dtype.type(self.eps / root) > 0:
            got = f"gradients up to {np.abs(g).max():.3g} and eps {self.eps}"
            raise ValueError("learning_rate must be small enough, and data and eps of a size, for squares of gradients and for eps "
                             f"to be held in {g.dtype}, got {got}")  # fmt: skip
        if self._m is None or self._v is None:
            self._m, self._v, self._shapes = np.zeros_like(g), np.zeros_like(g), [w.shape for w, _ in pairs]
        self._t += 1
        rate = self.learning_rate * (1 - self.beta1) / (1 - self.beta1**self._t) / root
        self._m *= self.beta1
        self._m += g
        self._v *= self.beta2
        g *= g
        self._v += g
        change = np.sqrt(self._v)
        change += self.eps / root
        np.divide(self._m, change, out=change)
        change *= rate
        end = 0
        for w, _ in pairs:
            start, end = end, end + w.size
            w -= change[start:end].reshape(w.shape)


class AdamW(Adam):
    """Adam with decoupled decay, in which the weights shrink beside the step and not through it.

    Each step first multiplies the weights, not the biases, by
    ``1 - learning_rate * weight_decay``.

    Parameters
    ----------
    learning_rate, beta1, beta2, eps : float
        As for `Adam`.
    weight_decay : float
        At least 0. PyTorch's AdamW has 0.01 where nothing is said; here it is 0.

    Raises
    ------
    ValueError
        If an argument is out of its range.

    References
    ----------
    .. [1] Loshchilov and Hutter (2019), ICLR, algorithm 2, with the rate inside the decay as PyTorch has it.

    Examples
    --------
    >>> network = MLP([1, 1], np.random.default_rng(0))
    >>> network.weights[0][:] = 3.0
    >>> AdamW(0.1, weight_decay=1.0).step(network, [np.array([[0.0]])], [np.array([0.0])])
    >>> round(float(network.weights[0][0, 0]), 6)
    2.7
    """

    def __init__(
        self, learning_rate: float = 1e-3, beta1: float = 0.9, beta2: float = 0.999, eps: float = 1e-8, weight_decay: float = 0.0
    ) -> None:
        super().__init__(learning_rate, beta1, beta2, eps)
        self.weight_decay = check.penalty(weight_decay, "weight_decay")

    def step(self, network: MLP, weight_grads: Gradients, bias_grads: Gradients) -> None:
        """Change the network's weights and biases in place.

        Parameters
        ----------
        network : MLP
            The network.
        weight_grads, bias_grads : list of ndarray
            Its gradients, as from `MLP.loss_and_grads`.

        Raises
        ------
        ValueError
            If shapes do not match, or not those of the steps before, or if a square overflows.
        """
        self._fitting(network, weight_grads, bias_grads)  # refuses what does not fit before anything changes
        for w in network.weights:
            w *= 1 - self.learning_rate * self.weight_decay
        super().step(network, weight_grads, bias_grads)


def _pairs(network: MLP, weight_grads: Gradients, bias_grads: Gradients) -> list[tuple[Floats, Floats]]:
    """Each array of the network with its gradient, the weights first."""
    check.instance(network, "network", MLP)
    for name, arrays, grads in (("weight_grads", network.weights, weight_grads), ("bias_grads", network.biases, bias_grads)):
        shapes = [getattr(g, "shape", None) for g in grads] if isinstance(grads, (list, tuple)) else type(grads).__name__
        if shapes != [a.shape for a in arrays]:
            raise ValueError(f"{name} must have shapes {[a.shape for a in arrays]}, got {shapes}")
    return [*zip(network.weights, weight_grads, strict=True), *zip(network.biases, bias_grads, strict=True)]


def _same_sizes(network: MLP, shapes: list[tuple[int, ...]], pairs: list[tuple[Floats, Floats]]) -> None:
    """See that an optimizer which has made steps is given a network of the same sizes again."""
    if [w.shape for w, _ in pairs] != shapes:
        raise ValueError(f"network must have the shapes that its optimizer has stepped before, {shapes}, got sizes {network.sizes}")


# -- training --------------------------------------------------------------------------------------------------


class _Optimizer(Protocol):
    """What changes a network by its gradients: `SGD`, `Adam`, `AdamW`, or one of your own."""

    learning_rate: float

    def step(self, network: MLP, weight_grads: Gradients, bias_grads: Gradients) -> None:
        """Change the network's weights and biases in place."""


class _StoppingRule(Protocol):
    """What looks at the losses after each epoch, such as the rules of `reglesson.early_stopping`."""

    def stop_epoch(self, val_losses: Any, train_losses: Any = None) -> int | None:
        """Index of the epoch after which training stops, or None."""


@dataclass(frozen=True)
class History:
    """What `train` saw.

    Parameters
    ----------
    train_loss : ndarray of shape (epochs,)
        The loss on the training data after each epoch, without dropout or penalty.
    val_loss : ndarray of shape (epochs,)
        The same on the validation data; empty if there are none.
    best_epoch : int or None
        The 0-based epoch with the least validation loss, the first of several; with a rule that has
        a ``start_epoch`` none before it. None if there is no such epoch.
    stopped : bool
        Whether a rule asked to stop, be it after the last epoch.

    Examples
    --------
    >>> network, rng = MLP([1, 1], np.random.default_rng(0)), np.random.default_rng(1)
    >>> history = train(network, [[0.0], [1.0]], [1.0, 3.0], SGD(0.1), 200, rng)
    >>> history.train_loss.shape, bool(history.train_loss[-1] < 1e-6), history.best_epoch
    ((200,), True, None)
    """

    train_loss: Floats
    val_loss: Floats
    best_epoch: int | None
    stopped: bool


def train(
    network: MLP, X: ArrayLike, y: ArrayLike, optimizer: _Optimizer, epochs: int, rng: np.random.Generator, *,
    batch_size: int | None = None, X_val: ArrayLike | None = None, y_val: ArrayLike | None = None,
    l1: float = 0.0, l2: float = 0.0, p: float = 0.0, p_input: float = 0.0,
    stop: _StoppingRule | None = None, progress: Callable[[Iterable[int]], Iterable[int]] | None = None,
) -> History:  # fmt: skip
    """Train a network in place with mini-batches, in a new random order each epoch.

    Parameters
    ----------
    network : MLP
        Changed in place.
    X : array_like of shape (n, inputs)
        Features of the training data.
    y : array_like of shape (n,) or (n, outputs)
        Their responses, as for `MLP.loss_and_grads`.
    optimizer : SGD, Adam or AdamW
        Makes the steps; it keeps its running means from one call to the next.
    epochs : int
        How often to go through the data, at most.
    rng : numpy.random.Generator
        Draws the orders and the masks.
    batch_size : int, optional
        Samples in a step, the last step of an epoch may have fewer; None is all of them.
    X_val, y_val : array_like, optional
        Validation data, both or neither.
    l1, l2, p, p_input : float
        As for `MLP.loss_and_grads`.
    stop : object, optional
        What has ``stop_epoch(val_losses, train_losses)``, which returns an index or None, such as the rules of
        `reglesson.early_stopping`; it needs validation data. Training ends after the epoch in which the answer
        is not None, and however it ends, the weights of the best epoch are put back: of the least validation
        loss, from the rule's ``start_epoch`` on if it has one. Without a rule the last weights stay.
    progress : callable, optional
        Wraps the iterable of epochs, as tqdm does.

    Returns
    -------
    History
        The losses after each epoch.

    Raises
    ------
    ValueError
        If an argument is not as described, or if the steps are too large for the losses to stay finite.

    Notes
    -----
    If training ends by an exception, be it a loss that overflows, an error in `progress` or in the rule,
    or Ctrl+C, that exception goes on to the caller with an attribute ``history``, the `History` of the
    epochs that were completed; the best weights have been put back then, too. In a notebook it is
    ``sys.last_value.history`` afterwards.

    Examples
    --------
    Watch an accuracy instead of a loss. Rules look for a least number, so they are given its negative:

    >>> from reglesson.early_stopping import Patience
    >>> rng = np.random.default_rng(0)
    >>> X, X_val = rng.normal(size=(60, 2)), rng.normal(size=(60, 2))
    >>> y, y_val = (X[:, 0] > 0).astype(int), (X_val[:, 0] > 0).astype(int)
    >>> network, optimizer, accuracies = MLP([2, 8, 2], rng, task="classification"), Adam(), []
    >>> for epoch in range(50):
    ...     history = train(network, X, y, optimizer, 1, rng, batch_size=10)
    ...     accuracies.append(network.accuracy(X_val, y_val))
    ...     if accuracies[-1] > max(accuracies[:-1], default=-1):
    ...         best = network.copy()
    ...     if Patience(5).stop_epoch(-np.array(accuracies)) is not None:
    ...         break
    >>> best.accuracy(X_val, y_val) == max(accuracies)
    True
    """
    inputs, targets = check.instance(network, "network", MLP)._data(X, y)
    check.able(optimizer, "optimizer", "step")
    if stop is not None:
        check.able(stop, "stop", "stop_epoch")
    if progress is not None:
        check.function(progress, "progress")
    epochs = check.integer(epochs, "epochs", low=1)
    rng = check.generator(rng)
    size = len(inputs) if batch_size is None else check.integer(batch_size, "batch_size", low=1)
    regularization = _regularization(l1, l2, p, p_input, rng)
    if (X_val is None) != (y_val is None):
        raise ValueError("X_val and y_val must be given together, got only one of them")
    if X_val is None and stop is not None:
        raise ValueError("stop must come with X_val and y_val, got no validation data")
    start_epoch = check.integer(getattr(stop, "start_epoch", 0), "stop.start_epoch", low=0, high=epochs - 1)
    validation = None if X_val is None else network._data(X_val, y_val, ("X_val", "y_val"))
    train_loss: list[float] = []
    val_loss: list[float] = []
    best: tuple[int, MLP] | None = None
    stopped = False

    def loss(X: Floats, y: Any) -> float:
        found = network._loss(network._outputs(X), y)[0]
        if not math.isfinite(found):
            rate = f"{optimizer.learning_rate} with l1 = {l1:g} and l2 = {l2:g}"
            raise ValueError(f"learning_rate must be small enough for the loss to stay finite, got {rate}: it overflows")
        return found

    def history() -> History:
        seen = len(val_loss) if validation else len(train_loss)  # what ends an epoch early leaves a training loss alone
        at = best[0] if best else int(np.argmin(val_loss)) if val_loss and stop is None else None
        return History(np.array(train_loss[:seen]), np.array(val_loss), at, stopped)

    try:
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            for _ in progress(range(epochs)) if progress is not None else range(epochs):
                order = rng.permutation(len(inputs))
                X_dealt, y_dealt = inputs[order], targets[order]
                for start in range(0, len(inputs), size):
                    batch = slice(start, start + size)
                    _, weight_grads, bias_grads = network._loss_and_grads(X_dealt[batch], y_dealt[batch], *regularization)
                    optimizer.step(network, weight_grads, bias_grads)
                train_loss.append(loss(inputs, targets))
                if validation:
                    val_loss.append(loss(*validation))
                if stop is not None:
                    if len(val_loss) > start_epoch and val_loss[-1] < min(val_loss[start_epoch:-1], default=np.inf):
                        best = len(val_loss) - 1, network.copy()
                    if stop.stop_epoch(np.array(val_loss), np.array(train_loss)) is not None:
                        stopped = True
                        break
    except BaseException as error:  # Ctrl+C is one, too
        back = f", and the weights of epoch {best[0]}, the best, are put back" if best else ""
        error.add_note(f"The attribute `history` of this exception holds the epochs that were completed{back}.")
        error.history = history()  # type: ignore[attr-defined]
        raise
    finally:
        if best is not None:
            for mine, kept in zip([*network.weights, *network.biases], [*best[1].weights, *best[1].biases], strict=True):
                mine[...] = kept
    return history()


def train_each(
    networks: Sequence[MLP], X: ArrayLike, y: ArrayLike, optimizers: Sequence[Adam], epochs: int,
    rngs: Sequence[np.random.Generator], *, batch_size: int | None = None, X_val: ArrayLike | None = None,
    y_val: ArrayLike | None = None, l2: float | Sequence[float] = 0.0, p: float | Sequence[float] = 0.0, watch: bool = True,
) -> list[History]:  # fmt: skip
    """Train several networks of one shape, each as `train` does it alone, in less time.

    Parameters
    ----------
    networks : sequence of MLP
        Changed in place; of the same sizes, activation, task and dtype.
    X : array_like of shape (n, inputs) or (networks, n, inputs)
        Features of the training data, for all networks or for each.
    y : array_like of shape (n,) or (n, outputs), or with an axis for the networks before
        Their responses; with that axis if X has it.
    optimizers : sequence of Adam
        One for each network, all with the same numbers; each keeps its running means from one call to the next.
    epochs : int
        How often to go through the data.
    rngs : sequence of numpy.random.Generator
        One for each network, none twice; each draws the orders and the masks of its network.
    batch_size : int, optional
        Samples in a step, as for `train`.
    X_val, y_val : array_like, optional
        Validation data, both or neither, for all networks or for each.
    l2, p : float or sequence of float
        As for `MLP.loss_and_grads`, for all networks or one for each.
    watch : bool
        If false, the losses on the training data are left out, for which small networks need a good part of the time.

    Returns
    -------
    list of History
        One for each network.

    Raises
    ------
    ValueError
        If an argument is not as described, or if the steps are too large for the losses to stay finite.

    Notes
    -----
    Memory: O(networks n (inputs + outputs)) beside what few networks take.

    Examples
    --------
    >>> rngs = [np.random.default_rng(seed) for seed in range(3)]
    >>> networks = [MLP([1, 1], rng) for rng in rngs]
    >>> histories = train_each(networks, [[0.0], [1.0]], [1.0, 3.0], [Adam(0.1) for _ in rngs], 300, rngs)
    >>> [round(float(network.weights[0][0, 0]), 3) for network in networks]
    [2.0, 2.0, 2.0]
    """
    for name, each, kind in (("networks", networks, MLP), ("optimizers", optimizers, Adam), ("rngs", rngs, np.random.Generator)):
        if not isinstance(each, (list, tuple)) or not each or len({id(one) for one in each}) < len(each):
            raise ValueError(f"{name} must be a list of different objects, got {check._brief(each)}")
        if len(each) != len(networks):
            raise ValueError(f"{name} must be as many as the networks, {len(networks)}, got {len(each)}")
        for one in each:
            check.instance(one, f"each of {name}", kind)
    first = networks[0]
    if any((n.sizes, n.activation, n.task, n.dtype) != (first.sizes, first.activation, first.task, first.dtype) for n in networks):
        raise ValueError("networks must have the same sizes, activation, task and dtype")
    if any(type(o) is not Adam or _numbers(o) != _numbers(optimizers[0]) for o in optimizers):
        raise ValueError("optimizers must be of the class Adam, with the same numbers and as many steps taken")
    if optimizers[0]._shapes not in (None, [array.shape for array in (*first.weights, *first.biases)]) or any(
        o._shapes != optimizers[0]._shapes for o in optimizers
    ):
        raise ValueError("optimizers must have stepped networks of the same sizes before, or none")
    epochs = check.integer(epochs, "epochs", low=1)
    inputs, targets = _for_each(networks, X, y, ("X", "y"))
    if (X_val is None) != (y_val is None):
        raise ValueError("X_val and y_val must be given together, got only one of them")
    watched = [(inputs, targets)] if check.flag(watch, "watch") else []
    if X_val is not None and y_val is not None:
        watched.append(_for_each(networks, X_val, y_val, ("X_val", "y_val")))
    size = inputs.shape[1] if batch_size is None else min(check.integer(batch_size, "batch_size", low=1), inputs.shape[1])
    pulls = _one_each(l2, "l2", len(networks), lambda value: check.penalty(value, "l2"))
    drops = _one_each(p, "p", len(networks), check.drop_probability)
    weights = sum(before * after for before, after in zip(first.sizes, first.sizes[1:], strict=False))
    together = max(1, _together.AT_ONCE // max(weights, size * max(first.sizes)))
    found = []
    for start in range(0, len(networks), together):
        some = slice(start, start + together)
        stack = _together.Stack(list(networks[some]), pulls[some], drops[some], list(rngs[some]), size)
        data = [(A[some], b[some]) for A, b in ((inputs, targets), *watched)]
        found.append(_together.train(stack, data, optimizers[some], epochs, size))
    losses = np.concatenate(found, axis=2)  # (training and validation, epochs, networks)
    none = np.empty((0, len(networks)))
    training, validation = losses[0] if watch else none, losses[-1] if X_val is not None else none
    return [History(seen, val, int(val.argmin()) if len(val) else None, False)
            for seen, val in zip(training.T, validation.T, strict=True)]  # fmt: skip


def _numbers(optimizer: Adam) -> tuple[float, ...]:
    return optimizer.learning_rate, optimizer.beta1, optimizer.beta2, optimizer.eps, optimizer._t


def _one_each(values: Any, name: str, count: int, checked: Callable[[Any], float]) -> Floats:
    """A number for each of so many networks, from one for all or from a list."""
    several = check.plain(values, name)
    given = list(several) if several.ndim == 1 else [values] * count
    if len(given) != count:
        raise ValueError(f"{name} must be one number, or one for each of the {count} networks, got {len(given)}")
    return np.array([checked(value) for value in given])


def _for_each(networks: Sequence[MLP], X: ArrayLike, y: Any, names: tuple[str, str]) -> tuple[Floats, Any]:
    """Data with an axis for the networks, which those that all share have without taking more memory."""
    X = check.array(X, names[0], 2, 3)
    if X.ndim == 2:
        X, y = networks[0]._data(X, y, names)
        return np.broadcast_to(X, (len(networks), *X.shape)), np.broadcast_to(y, (len(networks), *y.shape))
    y = check.plain(y, names[1])
    if not y.ndim or not len(X) == len(y) == len(networks):
        both = f"{names[0]} and {names[1]}"
        raise ValueError(f"{both} must have a part for each of the {len(networks)} networks, got shapes {X.shape} and {y.shape}")
    pairs = [networks[0]._data(*each, names) for each in zip(X, y, strict=True)]
    return np.stack([A for A, _ in pairs]), np.stack([b for _, b in pairs])


def _float(dtype: Any) -> np.dtype[Any]:
    if not isinstance(dtype, (type, np.dtype)) or dtype not in (np.float32, np.float64):
        raise ValueError(f"dtype must be np.float32 or np.float64, got {dtype!r}")
    return np.dtype(dtype)


def _regularization(l1: float, l2: float, p: float, p_input: float, rng: Any) -> tuple[float, float, float, float, Any]:
    p, p_input = check.drop_probability(p), check.drop_probability(p_input, "p_input")
    if p or p_input:
        check.generator(rng)
    return check.penalty(l1, "l1"), check.penalty(l2, "l2"), p, p_input, rng
