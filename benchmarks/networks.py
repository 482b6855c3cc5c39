"""Training steps of a 64-64-10 network on the digits, and the ensemble of all sub-networks."""

import importlib.util
import warnings

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

from benchmarks.measure import Row, Trial
from reglesson.data import digits
from reglesson.dropout import ensemble
from reglesson.network import MLP, SGD, train

RATE, BATCH, EPOCHS = 0.1, 64, 20
BLOCK = 2**10  # masks in a block; 2^8 and 2^9 take as long, 2^6 and 2^12 a fifth longer
NOT_MEASURED = "Not measured: PyTorch. Install it with `.venv/bin/python -m pip install torch==2.13.0`."


def step_against_pytorch(seed):
    """Gradients and a step of gradient descent, batches of 64, half of the hidden units dropped, and the same in PyTorch; float32.

    Equal accuracy: without dropout, the gradients agree.
    """
    network, batches = _network_of_digits(seed)
    theirs, difference = _steps_of_pytorch(network, batches)
    return Trial(_steps(network, batches, seed), theirs, lambda *_: (difference, difference), allowed=1e-5, per=len(batches))


def calls_of_step_against_pytorch(seed):
    """The calls of NumPy of which our step consists, without the Python between them, and PyTorch's step.

    Equal accuracy: from the same masks our step makes the same weights.
    """
    network, batches = _network_of_digits(seed)
    theirs, _ = _steps_of_pytorch(network, batches)
    (W1, W2), (b1, b2) = ([array.copy() for array in arrays] for arrays in (network.weights, network.biases))
    rng = np.random.default_rng(seed)

    def calls():
        for X, y in batches:
            A = X.dot(W1)
            A += b1
            slope = ((rng.random(A.shape, dtype=np.float32) >= 0.5) & (A > 0)).astype(np.float32)
            slope *= 2
            A *= slope
            Z = A.dot(W2)
            Z += b2
            Z = np.ascontiguousarray(Z.T)
            flat, of_class = Z.reshape(-1), y * BATCH + np.arange(BATCH)
            Z -= np.maximum.reduce(Z, axis=0)
            right = flat[of_class]
            np.exp(Z, out=Z)
            total = np.add.reduce(Z, axis=0)
            np.add.reduce(np.log(total) - right)
            Z /= total
            flat[of_class] -= 1
            Z /= BATCH
            D2 = Z.T
            D1 = D2.dot(W2.T)
            D1 *= slope
            grads = X.T.dot(D1), A.T.dot(D2), np.add.reduce(D1, axis=0), np.add.reduce(D2, axis=0)
            for array, grad in zip((W1, W2, b1, b2), grads, strict=True):
                array -= RATE * grad

    def errors(*_):  # the first calls have been made
        _steps(network, batches, seed)()
        pairs = zip((W1, W2, b1, b2), [*network.weights, *network.biases], strict=True)
        return max(np.abs(mine - theirs).max() for mine, theirs in pairs), 0.0

    return Trial(calls, theirs, errors, allowed=1e-5, per=len(batches))


def _network_of_digits(seed):
    """A network in single precision, and the digits in batches."""
    X, y = digits()
    X = X.astype(np.float32)
    network = MLP([64, 64, 10], np.random.default_rng(seed), task="classification", dtype=np.float32)
    return network, [(X[i : i + BATCH], y[i : i + BATCH]) for i in range(0, len(X) - BATCH + 1, BATCH)]


def _steps(network, batches, seed):
    """A call that makes a step of each batch."""
    rng, optimizer = np.random.default_rng(seed), SGD(RATE)

    def steps():
        for X, y in batches:
            _, weight_grads, bias_grads = network.loss_and_grads(X, y, p=0.5, rng=rng)
            optimizer.step(network, weight_grads, bias_grads)

    return steps


def _steps_of_pytorch(network, batches):
    """The same with PyTorch, from the same weights, and how much the gradients of the first batch differ."""
    import torch

    hidden, drop, last = torch.nn.Linear(64, 64), torch.nn.Dropout(0.5), torch.nn.Linear(64, 10)
    model, lossf = torch.nn.Sequential(hidden, torch.nn.ReLU(), drop, last), torch.nn.CrossEntropyLoss()
    with torch.no_grad():
        for layer, W, b in zip((hidden, last), network.weights, network.biases, strict=True):
            layer.weight.copy_(torch.tensor(W.T))
            layer.bias.copy_(torch.tensor(b))
    their_batches = [(torch.tensor(X), torch.tensor(y)) for X, y in batches]

    _, our_grads, _ = network.loss_and_grads(*batches[0])
    model.eval()
    lossf(model(their_batches[0][0]), their_batches[0][1]).backward()
    pairs = [(grad, layer.weight.grad.numpy().T) for grad, layer in zip(our_grads, (hidden, last), strict=True)]
    difference = max(np.abs(a - b).max() / np.abs(b).max() for a, b in pairs)

    model.train()
    optimizer = torch.optim.SGD(model.parameters(), lr=RATE)

    def steps():
        for X, y in their_batches:
            optimizer.zero_grad()
            lossf(model(X), y).backward()
            optimizer.step()

    return steps, difference


def train_against_mlpclassifier(seed):
    """Twenty epochs of `train` and of scikit-learn's `MLPClassifier`, gradient descent, batches of 64, no dropout; float64.

    Equal accuracy: the same weights give the same probabilities, and both get as many of the training digits right, to
    3 in 100. Both compute the loss once an epoch.
    """
    X, y = digits()
    model = MLPClassifier((64,), solver="sgd", alpha=0, batch_size=BATCH, learning_rate_init=RATE, momentum=0, max_iter=EPOCHS,
                          nesterovs_momentum=False, tol=0, n_iter_no_change=EPOCHS + 1, random_state=seed)  # fmt: skip

    def ours():
        rng = np.random.default_rng(seed)
        network = MLP([64, 64, 10], rng, task="classification")
        train(network, X, y, SGD(RATE), EPOCHS, rng, batch_size=BATCH)
        return network

    def theirs():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # it would train on
            return model.fit(X, y)

    def errors(network, model):
        if abs(network.accuracy(X, y) - model.score(X, y)) > 0.03:
            return np.inf, np.inf
        twin = network.copy()
        twin.weights, twin.biases = model.coefs_, model.intercepts_
        return (np.abs(twin.forward(X) - model.predict_proba(X)).max(),) * 2

    return Trial(ours, theirs, errors, allowed=1e-10, per=EPOCHS * -(-len(X) // BATCH))


def ensemble_against_blocks(units, seed):
    """`ensemble` of all sub-networks of 2-units-2 for 100 inputs, and blocks of masks with one matrix product each."""
    rng = np.random.default_rng(seed)
    network, X = MLP([2, units, 2], rng, task="classification"), rng.normal(size=(100, 2))
    for b in network.biases:
        b += rng.normal(size=len(b))
    return Trial(
        lambda: ensemble(network, X, 0.5),
        lambda: enumerate_in_blocks(network, X, 0.5),
        lambda ours, theirs: (np.abs(ours - theirs).max(),) * 2,
        allowed=1e-10,
    )


def enumerate_in_blocks(network, X, p):
    """The mean prediction (n, classes) of all sub-networks with one hidden layer, a block of masks at a time."""
    (W1, W2), (b1, b2) = network.weights, network.biases
    units, classes, n = len(W2), len(b2), len(X)
    A = np.maximum(X @ W1 + b1, 0) / (1 - p)
    each = (A.T[:, None, :] * W2[:, :, None]).reshape(units, classes * n)  # what a kept unit adds to each output
    result = np.zeros((classes, n))
    for start in range(0, 2**units, BLOCK):
        numbers = np.arange(start, min(start + BLOCK, 2**units))
        masks = (numbers[:, None] >> np.arange(units) & 1).astype(float)
        kept = masks.sum(axis=1)
        Z = (masks @ each).reshape(-1, classes, n)
        Z += b2[:, None]
        Z -= Z.max(axis=1, keepdims=True)
        np.exp(Z, out=Z)
        Z /= Z.sum(axis=1, keepdims=True)
        result += np.tensordot((1 - p) ** kept * p ** (units - kept), Z, 1)
    return result.T


ROWS = [
    Row(train_against_mlpclassifier, "64-64-10", 0.5),
    Row(ensemble_against_blocks, "2^20 masks", 0.5, (20,), memory=300e6),
]
if importlib.util.find_spec("torch"):
    ROWS[:0] = [Row(make, "64-64-10", 0.2) for make in (step_against_pytorch, calls_of_step_against_pytorch)]
