"""Several networks of one shape, trained in the time of fewer, for `reglesson.network`, whose `MLP` is the way to read.

Steps of small networks take NumPy more time to begin than to do. So the arrays of several networks are stacked, weights as
(networks, before, after) and biases as (networks, 1, after), and each line below does for all of them what the same line of
`MLP` does for one, number for number. Each network has its own data, order, masks and penalty. Tests hold both equal.
"""

from __future__ import annotations

import copy
from typing import Any

import numpy as np

AT_ONCE = 2**15  # numbers in an array of a stack; what takes more does not stay near the processor, and nothing is gained


class Stack:
    """Networks one upon another, each with its penalty l2 and probability p to drop a hidden unit, both (networks,)."""

    def __init__(self, networks: list[Any], l2: Any, p: Any, rngs: list[np.random.Generator], rows: int) -> None:
        self.one, self.networks, self.rngs, self.dropping = networks[0], networks, rngs, p > 0
        self.weights = [np.stack(arrays) for arrays in zip(*(n.weights for n in networks), strict=True)]
        self.biases = [np.stack(arrays)[:, None] for arrays in zip(*(n.biases for n in networks), strict=True)]
        dtype = self.one.dtype
        self.pull = (2 * l2).astype(dtype)[:, None, None] if l2.any() else None
        self.p, self.scale = p.astype(np.float32)[:, None, None], (1 / (1 - p)).astype(dtype)[:, None, None]
        # what is drawn for the masks of each layer; a network without dropout keeps its ones, and so all units
        self.lots = [np.ones((len(networks), rows, W.shape[2]), np.float32) for W in self.weights[:-1]]

    def give_back(self) -> None:
        """Write the weights and biases into the networks."""
        for k, network in enumerate(self.networks):
            for mine, array in zip((*self.weights, *self.biases), (*network.weights, *network.biases), strict=True):
                array[...] = mine[k].reshape(array.shape)

    def _activate(self, A: Any, lots: Any) -> Any:
        """Put into A (networks, n, units) what the layer sends on, its masks drawn with `lots`, and return its derivatives."""
        if not self.dropping.any():
            return self.one._activate(A, 0.0, None)
        for k in np.flatnonzero(self.dropping):
            self.rngs[k].random(out=lots[k], dtype=np.float32)
        kept = lots >= self.p
        if self.one.activation == "relu":
            slope = np.logical_and(kept, A > 0, out=kept).astype(self.one.dtype)
            slope *= self.scale
            A *= slope
            return slope
        mask, slope = kept * self.scale, self.one._activate(A, 0.0, None)
        A *= mask
        slope *= mask
        return slope

    def grads(self, X: Any, y: Any) -> tuple[list[Any], list[Any]]:
        """`MLP._loss_and_grads` without the loss, for X (networks, n, inputs) and the y that belongs to it."""
        A, received, slopes = X, [X], []
        for W, b, lots in zip(self.weights[:-1], self.biases[:-1], self.lots, strict=True):
            A = A @ W
            A += b
            slopes.append(self._activate(A, lots[:, : A.shape[1]]))
            received.append(A)
        D = self._slopes(A @ self.weights[-1] + self.biases[-1], y)
        weight_grads, bias_grads = list(self.weights), list(self.biases)
        for k in range(len(self.weights) - 1, -1, -1):
            weight_grads[k] = received[k].swapaxes(1, 2) @ D
            bias_grads[k] = np.add.reduce(D, axis=1, keepdims=True)
            if k > 0:
                D = D @ self.weights[k].swapaxes(1, 2)
                D *= slopes[k - 1]
        if self.pull is not None:
            for W, grad in zip(self.weights, weight_grads, strict=True):
                grad += self.pull * W
        return weight_grads, bias_grads

    def _slopes(self, Z: Any, y: Any) -> Any:
        """The derivatives of the losses by the outputs Z (networks, n, outputs), which are overwritten."""
        n = Z.shape[1]
        if self.one.task == "regression":
            Z -= y
            Z *= 2 / n
            return Z
        Z, _ = self._exponentials(Z)
        Z /= np.add.reduce(Z, axis=1, keepdims=True)
        Z[self._right(y)] -= 1
        Z /= n
        return Z.swapaxes(1, 2)

    def losses(self, X: Any, y: Any) -> Any:
        """`MLP.loss` of each network: (networks,)."""
        some = max(1, AT_ONCE // (X.shape[1] * max(self.one.sizes)))
        parts = [slice(k, k + some) for k in range(0, len(X), some)]
        return np.concatenate([self._losses(X[part], y[part], part) for part in parts])

    def _losses(self, X: Any, y: Any, part: slice) -> Any:
        A, weights, biases = X, [W[part] for W in self.weights], [b[part] for b in self.biases]
        for W, b in zip(weights[:-1], biases[:-1], strict=True):
            A = A @ W
            A += b
            np.maximum(A, 0.0, out=A) if self.one.activation == "relu" else np.tanh(A, out=A)
        Z = A @ weights[-1] + biases[-1]
        if self.one.task == "regression":
            Z -= y
            return np.einsum("kno,kno->k", Z, Z) / Z.shape[1]
        E, shifted = self._exponentials(Z, self._right(y))
        return np.add.reduce(np.log(np.add.reduce(E, axis=1)) - shifted, axis=1) / Z.shape[1]

    def _exponentials(self, Z: Any, right: Any = None) -> tuple[Any, Any]:
        """exp(Z) but for a factor, as (networks, classes, n), and the exponents of the right classes, (networks, n)."""
        Z = np.ascontiguousarray(Z.swapaxes(1, 2))
        Z -= np.maximum.reduce(Z, axis=1, keepdims=True)
        shifted = None if right is None else Z[right]
        np.exp(Z, out=Z)
        return Z, shifted

    def _right(self, y: Any) -> Any:
        """Where the right classes y (networks, n) stand in (networks, classes, n)."""
        return np.arange(len(y))[:, None], y, np.arange(y.shape[1])


def train(stack: Stack, data: list[tuple[Any, Any]], optimizers: Any, epochs: int, size: int) -> Any:
    """Train a stack on the first of the data, in steps of so many rows: the losses on the others (others, epochs, networks)."""
    (X, y), *watched = data
    losses = np.empty((len(watched), epochs, len(optimizers)))
    twin = stack.one.copy()
    twin.weights, twin.biases = stack.weights, stack.biases  # for the optimizer, one network with more numbers
    optimizer, rows = _joined(optimizers, stack), np.arange(len(optimizers))[:, None]
    try:
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            for epoch in range(epochs):
                order = np.stack([rng.permutation(X.shape[1]) for rng in stack.rngs])
                X_dealt, y_dealt = X[rows, order], y[rows, order]
                for start in range(0, X.shape[1], size):
                    batch = slice(start, start + size)
                    optimizer.step(twin, *stack.grads(X_dealt[:, batch], y_dealt[:, batch]))
                for part, seen in zip(losses, watched, strict=True):
                    part[epoch] = stack.losses(*seen)
                last = losses[:, epoch] if watched else stack.losses(X, y) if epoch + 1 == epochs else stack.biases[-1]
                if not np.isfinite(last).all():
                    rate = optimizer.learning_rate
                    raise ValueError(f"optimizers must have a learning_rate at which no loss overflows, got {rate}: one does")
    finally:
        stack.give_back()
        _give_back(optimizer, optimizers, stack)
    return losses


def _ends(stack: Stack) -> Any:
    """Where the arrays of one network end in an optimizer's row of all its numbers."""
    return np.cumsum([W[0].size for W in (*stack.weights, *stack.biases)])[:-1]


def _joined(optimizers: Any, stack: Stack) -> Any:
    """One optimizer for a stack, with the means of those of its networks: those of an array stand one network after the other."""
    joint = copy.copy(optimizers[0])
    if joint._m is not None:
        m, v = (np.stack(means) for means in zip(*((o._m, o._v) for o in optimizers), strict=True))
        joint._m, joint._v = (np.concatenate(np.split(means, _ends(stack), axis=1), axis=None) for means in (m, v))
        joint._shapes = [array.shape for array in (*stack.weights, *stack.biases)]
    return joint


def _give_back(joint: Any, optimizers: Any, stack: Stack) -> None:
    """Write the means of a joint optimizer into those of the networks."""
    if joint._m is None:
        return
    k, ends = len(optimizers), len(optimizers) * _ends(stack)
    m, v = (np.concatenate([part.reshape(k, -1) for part in np.split(means, ends)], axis=1) for means in (joint._m, joint._v))
    shapes = [array.shape for array in (*stack.one.weights, *stack.one.biases)]
    for one, m_one, v_one in zip(optimizers, m, v, strict=True):
        one._t, one._m, one._v, one._shapes = joint._t, m_one.copy(), v_one.copy(), shapes
