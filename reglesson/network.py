"""A small network that can be read in one sitting: what dropout and early stopping share.

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

import math
from dataclasses import dataclass

import numpy as np

from reglesson import _checks as check


class MLP:
    """A network of fully connected layers.

    Parameters
    ----------
    sizes : number of inputs, of units in each hidden layer (if any), of outputs
    rng : numpy.random.Generator that draws the first weights, N(0, 2 / inputs of the
        layer) before a ReLU and N(0, 1 / inputs of the layer) elsewhere; biases begin at zero
    activation : "relu" or "tanh"
    task : "regression", or "classification" with one output for each class
    dtype : np.float64, or np.float32, which is faster and has seven digits

    Attributes
    ----------
    weights : list, weights[k] has shape (sizes[k], sizes[k + 1])
    biases : list, biases[k] has shape (sizes[k + 1],)

    Examples
    --------
    >>> network = MLP([2, 5, 1], np.random.default_rng(0))
    >>> network.forward(np.zeros((3, 2))).shape
    (3, 1)
    """

    def __init__(self, sizes, rng, activation="relu", task="regression", dtype=np.float64):
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

    def forward(self, X):
        """Outputs (n, outputs) for X (n, inputs), without dropout: numbers, or the classes' probabilities."""
        Z = self._outputs(self._features(X))
        return softmax(Z) if self.task == "classification" else Z

    def loss(self, X, y):
        """Mean squared error or mean cross-entropy, a float, without dropout and without penalty."""
        X, y = self._data(X, y)
        return self._loss(self._outputs(X), y)[0]

    def accuracy(self, X, y):
        """Share of the samples whose most probable class is y, a float."""
        if self.task != "classification":
            raise ValueError(f"task must be 'classification' for an accuracy, got {self.task!r}")
        X, y = self._data(X, y)
        return float(np.mean(self._outputs(X).argmax(axis=1) == y))

    def copy(self):
        """A network with the same weights that shares no array with this one."""
        twin = object.__new__(MLP)
        twin.sizes, twin.activation, twin.task, twin.dtype = list(self.sizes), self.activation, self.task, self.dtype
        twin.weights, twin.biases = [w.copy() for w in self.weights], [b.copy() for b in self.biases]
        return twin

    def loss_and_grads(self, X, y, *, l1=0.0, l2=0.0, p=0.0, p_input=0.0, rng=None):
        """The penalized loss with one random set of masks, and its gradients.

        Parameters
        ----------
        X : (n, inputs)
        y : (n,) or (n, outputs) numbers for regression; (n,) integers, the classes, for classification
        l1, l2 : penalties, at least 0
        p : probability to drop a hidden unit; p_input : probability to drop an input; both in [0, 1)
        rng : numpy.random.Generator that draws the masks; needed only where one of them is not 0

        Returns
        -------
        loss, a float; weight_grads and bias_grads, lists shaped like weights and biases
        """
        X, y = self._data(X, y)
        return self._loss_and_grads(X, y, *_regularization(l1, l2, p, p_input, rng))

    def _loss_and_grads(self, X, y, l1, l2, p, p_input, rng):
        # forward: what each layer receives, and the slope of each hidden unit's output by its input
        A = X * _mask(X.shape, p_input, rng, self.dtype) if p_input else X
        received, slopes = [A], []
        for W, b in zip(self.weights[:-1], self.biases[:-1], strict=True):
            A = A @ W
            A += b
            slope = self._activate(A)
            if p:
                mask = _mask(A.shape, p, rng, self.dtype)
                A *= mask
                slope *= mask  # the mask's 1/(1 - p) belongs to the backward pass as well
            received.append(A)
            slopes.append(slope)
        Z = A @ self.weights[-1]
        Z += self.biases[-1]
        loss, D = self._loss(Z, y)

        # backward: D is the derivative of the loss by what the layer puts out before its activation
        weight_grads, bias_grads = [None] * len(self.weights), [None] * len(self.weights)
        for k in range(len(self.weights) - 1, -1, -1):
            weight_grads[k] = received[k].T @ D
            bias_grads[k] = np.add.reduce(D, axis=0)
            if k > 0:
                D = D @ self.weights[k].T
                D *= slopes[k - 1]

        for W, grad in zip(self.weights, weight_grads, strict=True):
            if l1:
                loss += l1 * np.abs(W).sum()
                grad += l1 * np.sign(W)
            if l2:
                loss += l2 * np.vdot(W, W)
                grad += 2 * l2 * W
        return float(loss), weight_grads, bias_grads

    def _outputs(self, A):
        for W, b in zip(self.weights[:-1], self.biases[:-1], strict=True):
            A = A @ W
            A += b
            np.maximum(A, 0.0, out=A) if self.activation == "relu" else np.tanh(A, out=A)
        return A @ self.weights[-1] + self.biases[-1]

    def _activate(self, A):
        """Put the activation's values into A, and return its derivatives there."""
        if self.activation == "relu":
            slope = (A > 0).astype(self.dtype)
            A *= slope
            return slope
        np.tanh(A, out=A)
        return 1 - A * A

    def _loss(self, Z, y):
        """The loss, and its derivative by the outputs Z, which are overwritten."""
        n = len(Z)
        if self.task == "regression":
            Z -= y
            loss = np.vdot(Z, Z) / n
            Z *= 2 / n
            return float(loss), Z
        Z, samples = np.ascontiguousarray(Z.T), np.arange(n)  # NumPy adds ten long rows sooner than many short ones
        Z -= np.maximum.reduce(Z, axis=0)
        right = Z[y, samples]
        np.exp(Z, out=Z)
        total = np.add.reduce(Z, axis=0)
        loss = np.add.reduce(np.log(total) - right) / n
        Z /= total
        Z[y, samples] -= 1
        Z /= n
        return float(loss), Z.T

    def _features(self, X, name="X"):
        X = check.array(X, name, 2).astype(self.dtype, copy=False)
        if X.shape[1] != self.sizes[0]:
            raise ValueError(f"{name} must have {self.sizes[0]} columns, one per input, got shape {X.shape}")
        return X

    def _data(self, X, y, names=("X", "y")):
        X = self._features(X, names[0])
        n, outputs, name = len(X), self.sizes[-1], names[1]
        if self.task == "regression":
            y = check.array(y, name, 1, 2).astype(self.dtype, copy=False)
            if y.shape != (n, outputs) and (y.shape != (n,) or outputs > 1):
                raise ValueError(f"{name} must have shape ({n}, {outputs}){f' or ({n},)' * (outputs == 1)}, got {y.shape}")
            return X, y.reshape(n, outputs)
        y = check.plain(y, name)
        if y.shape != (n,) or y.dtype.kind not in "iu" or y.min() < 0 or y.max() >= outputs:
            found = f"{y.dtype} of shape {y.shape}" + (f" from {y.min()} to {y.max()}" if y.size and y.dtype.kind in "iu" else "")
            raise ValueError(f"{name} must be {n} integers from 0 to {outputs - 1}, one class per row of {names[0]}, got {found}")
        return X, y


def softmax(Z):
    """Probabilities along the last axis, proportional to exp(Z)."""
    Z = check.array(Z, "Z")
    E = np.exp(Z - Z.max(axis=-1, keepdims=True))
    return E / E.sum(axis=-1, keepdims=True)


def random_mask(shape, p, rng, dtype=np.float64):
    """What inverted dropout multiplies with: 0 with probability p, else 1/(1 - p), for each entry on its own."""
    p, rng, dtype = check.drop_probability(p), check.generator(rng), _float(dtype)
    try:
        return _mask(shape, p, rng, dtype)
    except (AttributeError, TypeError, ValueError, OverflowError, MemoryError) as error:  # no shape makes a single number
        raise ValueError(f"shape must be the shape of an array, got {shape!r}: {error}") from error


def _mask(shape, p, rng, dtype):
    mask = (rng.random(shape, dtype=np.float32) >= p).astype(dtype)
    mask *= 1 / (1 - p)
    return mask


# -- optimizers ------------------------------------------------------------------------------------------------


class SGD:
    """Gradient descent: v <- momentum v + g,  w <- w - learning_rate v,  where g has weight_decay * w added to it.

    Biases do not decay. Without momentum, weight_decay = 2 lam is the penalty lam sum w^2 in the loss.
    """

    def __init__(self, learning_rate, momentum=0.0, weight_decay=0.0):
        self.learning_rate = check.learning_rate(learning_rate)
        self.momentum = check.number(momentum, "momentum", low=0, high=1, high_open=True)
        self.weight_decay = check.penalty(weight_decay, "weight_decay")
        self._v = None

    def step(self, network, weight_grads, bias_grads):
        """Change the network's weights and biases in place."""
        pairs = _pairs(network, weight_grads, bias_grads)
        if self._v is None and self.momentum:
            self._v = [np.zeros_like(w) for w, _ in pairs]
        for k, (w, g) in enumerate(pairs):
            if self.weight_decay and k < len(weight_grads):
                g = g + self.weight_decay * w
            if self.momentum:
                self._v[k] *= self.momentum
                self._v[k] += g
                g = self._v[k]
            w -= self.learning_rate * g


class Adam:
    """Each weight's step is divided by the size of its own gradients.

    At step t: m <- beta1 m + (1 - beta1) g,  v <- beta2 v + (1 - beta2) g^2,
    w <- w - learning_rate (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + eps).

    References: Kingma and Ba (2015), ICLR, algorithm 1.
    """

    def __init__(self, learning_rate=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
        self.learning_rate = check.learning_rate(learning_rate)
        self.beta1 = check.number(beta1, "beta1", low=0, high=1, high_open=True)
        self.beta2 = check.number(beta2, "beta2", low=0, high=1, high_open=True)
        self.eps = check.number(eps, "eps", low=0, low_open=True)
        self._t, self._m, self._v = 0, None, None

    def step(self, network, weight_grads, bias_grads):
        """Change the network's weights and biases in place."""
        pairs = _pairs(network, weight_grads, bias_grads)
        # all gradients in one row: for small arrays each call costs more than its arithmetic
        g = np.concatenate([g for _, g in pairs], axis=None, dtype=network.dtype)
        if self._m is None:
            self._m, self._v = np.zeros_like(g), np.zeros_like(g)
        self._t += 1
        # m and v are kept without the factors 1 - beta1 and 1 - beta2; all factors meet in two numbers at the end
        root = math.sqrt((1 - self.beta2) / (1 - self.beta2**self._t))
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
    """Adam with decoupled decay: each step first multiplies the weights, not the biases, by 1 - learning_rate * weight_decay.

    References: Loshchilov and Hutter (2019), ICLR, algorithm 2, with the rate inside the decay as PyTorch has it.
    """

    def __init__(self, learning_rate=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.0):
        super().__init__(learning_rate, beta1, beta2, eps)
        self.weight_decay = check.penalty(weight_decay, "weight_decay")

    def step(self, network, weight_grads, bias_grads):
        """Change the network's weights and biases in place."""
        _pairs(network, weight_grads, bias_grads)  # refuses what does not fit before anything changes
        for w in network.weights:
            w *= 1 - self.learning_rate * self.weight_decay
        super().step(network, weight_grads, bias_grads)


def _pairs(network, weight_grads, bias_grads):
    """Each array of the network with its gradient, the weights first."""
    check.instance(network, "network", MLP)
    for name, arrays, grads in (("weight_grads", network.weights, weight_grads), ("bias_grads", network.biases, bias_grads)):
        shapes = [getattr(g, "shape", None) for g in grads] if isinstance(grads, (list, tuple)) else type(grads).__name__
        if shapes != [a.shape for a in arrays]:
            raise ValueError(f"{name} must have shapes {[a.shape for a in arrays]}, got {shapes}")
    return [*zip(network.weights, weight_grads, strict=True), *zip(network.biases, bias_grads, strict=True)]


# -- training --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class History:
    """What `train` saw: after each epoch the loss on the training and on the validation data, without dropout or penalty.

    best_epoch is the 0-based epoch with the least validation loss, the first of several, or None without validation
    data; stopped tells whether a rule asked to stop, be it after the last epoch.
    """

    train_loss: np.ndarray
    val_loss: np.ndarray
    best_epoch: int | None
    stopped: bool


def train(network, X, y, optimizer, epochs, rng, *, batch_size=None, X_val=None, y_val=None, l1=0.0, l2=0.0, p=0.0, p_input=0.0,
          stop=None, progress=None):  # fmt: skip
    """Train a network in place with mini-batches, in a new random order each epoch.

    Parameters
    ----------
    network : MLP, changed in place
    X, y : training data, as for `MLP.loss_and_grads`
    optimizer : SGD, Adam or AdamW; it keeps its running means from one call to the next
    epochs : how often to go through the data, at most
    rng : numpy.random.Generator for the orders and the masks
    batch_size : samples in a step, the last step of an epoch may have fewer; None is all of them
    X_val, y_val : validation data, both or neither
    l1, l2, p, p_input : as for `MLP.loss_and_grads`
    stop : an object with stop_epoch(val_losses, train_losses) -> index or None, such as those of
        `reglesson.early_stopping`; it needs validation data. Training ends after the epoch in which the answer
        is not None, and in any case the weights of the epoch with the least validation loss are put back.
        Without it the last weights stay.
    progress : wraps the iterable of epochs, as tqdm does

    Returns
    -------
    History

    Raises
    ------
    ValueError for bad arguments, and if the steps are too large for the losses to stay finite.
    """
    X, y = check.instance(network, "network", MLP)._data(X, y)
    check.able(optimizer, "optimizer", "step")
    if stop is not None:
        check.able(stop, "stop", "stop_epoch")
    if progress is not None:
        check.function(progress, "progress")
    epochs = check.integer(epochs, "epochs", low=1)
    rng = check.generator(rng)
    size = len(X) if batch_size is None else check.integer(batch_size, "batch_size", low=1)
    regularization = _regularization(l1, l2, p, p_input, rng)
    if (X_val is None) != (y_val is None):
        raise ValueError("X_val and y_val must be given together, got only one of them")
    if X_val is None and stop is not None:
        raise ValueError("stop must come with X_val and y_val, got no validation data")
    validation = None if X_val is None else network._data(X_val, y_val, ("X_val", "y_val"))
    train_loss, val_loss, best, stopped = [], [], None, False

    def loss(X, y):
        found = network._loss(network._outputs(X), y)[0]
        if not math.isfinite(found):
            rate = f"{optimizer.learning_rate} with l1 = {l1:g} and l2 = {l2:g}"
            raise ValueError(f"learning_rate must be small enough for the loss to stay finite, got {rate}: it overflows")
        return found

    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        for _ in progress(range(epochs)) if progress is not None else range(epochs):
            order = rng.permutation(len(X))
            X_dealt, y_dealt = X[order], y[order]
            for start in range(0, len(X), size):
                batch = slice(start, start + size)
                _, weight_grads, bias_grads = network._loss_and_grads(X_dealt[batch], y_dealt[batch], *regularization)
                optimizer.step(network, weight_grads, bias_grads)
            train_loss.append(loss(X, y))
            if validation:
                val_loss.append(loss(*validation))
            if stop is not None:
                if val_loss[-1] < min(val_loss[:-1], default=np.inf):
                    best = network.copy()
                if stop.stop_epoch(np.array(val_loss), np.array(train_loss)) is not None:
                    stopped = True
                    break
    if best is not None:
        for mine, kept in zip([*network.weights, *network.biases], [*best.weights, *best.biases], strict=True):
            mine[...] = kept
    best_epoch = int(np.argmin(val_loss)) if validation else None
    return History(np.array(train_loss), np.array(val_loss), best_epoch, stopped)


def _float(dtype):
    if not isinstance(dtype, (type, np.dtype)) or dtype not in (np.float32, np.float64):
        raise ValueError(f"dtype must be np.float32 or np.float64, got {dtype!r}")
    return np.dtype(dtype)


def _regularization(l1, l2, p, p_input, rng):
    p, p_input = check.drop_probability(p), check.drop_probability(p_input, "p_input")
    if p or p_input:
        check.generator(rng)
    return check.penalty(l1, "l1"), check.penalty(l2, "l2"), p, p_input, rng
