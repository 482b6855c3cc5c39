"""The network: gradients by finite differences, optimizers by their formulas, training by what it must do."""

import copy
import math

import numpy as np
import pytest
from conftest import LOWEST
from sklearn.neural_network import MLPClassifier, MLPRegressor

from reglesson import _together
from reglesson.early_stopping import Patience
from reglesson.l2 import ridge
from reglesson.network import MLP, SGD, Adam, AdamW, random_mask, softmax, train, train_each


def problem(task="regression", n=7, inputs=3, outputs=3, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, inputs))
    return X, rng.integers(0, outputs, n) if task == "classification" else rng.normal(size=(n, outputs))


def arrays(network):
    return [*network.weights, *network.biases]


def lively(network, seed=9):
    """The same network with biases that are not zero."""
    rng = np.random.default_rng(seed)
    for b in network.biases:
        b += 0.3 * rng.normal(size=b.shape)
    return network


@pytest.mark.parametrize("task", ["regression", "classification"])
def test_numbers_that_single_precision_cannot_hold_are_refused_by_name(task):
    X, y = problem(task)
    network = MLP([3, 4, 3], np.random.default_rng(0), task=task, dtype=np.float32)
    assert network.forward(X).dtype == np.float32
    for factor in (1e40, 1e-50):
        for call in (lambda X: network.forward(X), lambda X: network.loss(X, y), lambda X: network.loss_and_grads(X, y)):
            with pytest.raises(ValueError, match="X must be of a size that float32 can hold, got numbers up to"):
                call(factor * X)
        if task == "regression":
            with pytest.raises(ValueError, match="y must be of a size that float32 can hold"):
                network.loss(X, factor * y)
    X[0] = 0  # and what is zero may be
    assert np.isfinite(network.forward(X)).all() and np.isfinite(network.forward(0 * X)).all()


# -- gradients -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("hidden", [(), (6,), (6, 5)])
@pytest.mark.parametrize("p", [(0.0, 0.0), (0.4, 0.0), (0.0, 0.3), (0.3, 0.2)])
@pytest.mark.parametrize("penalties", [(0.0, 0.0), (0.3, 0.0), (0.0, 0.2), (0.3, 0.2)])
@pytest.mark.parametrize("activation", ["relu", "tanh"])
@pytest.mark.parametrize("task", ["regression", "classification"])
def test_gradients_are_finite_differences_of_the_loss(task, activation, penalties, p, hidden):
    X, y = problem(task)
    network = lively(MLP([3, *hidden, 3], np.random.default_rng(1), activation, task))

    def loss_and_grads():
        rng = np.random.default_rng(2)  # the same seed gives the same masks
        return network.loss_and_grads(X, y, l1=penalties[0], l2=penalties[1], p=p[0], p_input=p[1], rng=rng)

    _, weight_grads, bias_grads = loss_and_grads()
    for array, grad in zip(arrays(network), [*weight_grads, *bias_grads], strict=True):
        for index in np.ndindex(array.shape):
            keep, h = array[index], 1e-6
            array[index] = keep + h
            above = loss_and_grads()[0]
            array[index] = keep - h
            below = loss_and_grads()[0]
            array[index] = keep
            assert (above - below) / (2 * h) == pytest.approx(grad[index], rel=1e-5, abs=1e-8)


@pytest.mark.parametrize("task", ["regression", "classification"])
def test_a_batchs_gradient_is_the_mean_of_its_samples_gradients(task):
    X, y = problem(task)
    network = lively(MLP([3, 4, 3], np.random.default_rng(1), task=task))
    _, *together = network.loss_and_grads(X, y)
    alone = [network.loss_and_grads(X[i : i + 1], y[i : i + 1])[1:] for i in range(len(X))]
    for kind in (0, 1):
        for k, grad in enumerate(together[kind]):
            assert grad == pytest.approx(np.mean([each[kind][k] for each in alone], axis=0), rel=1e-12, abs=1e-15)


@pytest.mark.parametrize("activation", ["relu", "tanh"])
@pytest.mark.parametrize("task", ["regression", "classification"])
def test_the_loss_is_the_books(task, activation):
    X, y = problem(task)
    network = lively(MLP([3, 4, 3], np.random.default_rng(1), activation, task))
    (W, V), (b, c) = network.weights, network.biases
    act = {"relu": lambda z: max(z, 0.0), "tanh": math.tanh}[activation]
    Z = np.array([[sum(act(x @ W[:, h] + b[h]) * V[h, k] for h in range(4)) + c[k] for k in range(3)] for x in X])
    P = np.exp(Z) / np.exp(Z).sum(1, keepdims=True)
    outputs = P if task == "classification" else Z
    loss = np.mean([-np.log(P[i, y[i]]) for i in range(7)]) if task == "classification" else np.mean(((y - Z) ** 2).sum(1))
    penalty = 0.3 * sum(np.abs(w).sum() for w in (W, V)) + 0.2 * sum((w**2).sum() for w in (W, V))
    assert network.forward(X) == pytest.approx(outputs)
    assert network.loss(X, y) == pytest.approx(loss)
    assert network.loss_and_grads(X, y)[0] == pytest.approx(loss)
    assert network.loss_and_grads(X, y, l1=0.3, l2=0.2)[0] == pytest.approx(loss + penalty)
    if task == "classification":
        assert network.accuracy(X, y) == np.mean(P.argmax(1) == y)


def test_a_relu_has_slope_zero_at_zero_and_so_has_the_l1_penalty():
    """As PyTorch has it; both have no derivative there."""
    network = MLP([3, 4, 1], np.random.default_rng(0))
    network.weights[0][:] = 0
    _, weight_grads, bias_grads = network.loss_and_grads(np.ones((2, 3)), np.ones(2), l1=0.5)
    assert not weight_grads[0].any() and not bias_grads[0].any()
    assert weight_grads[1] == pytest.approx(0.5 * np.sign(network.weights[1]))
    assert bias_grads[1] == pytest.approx([-2])


def test_one_output_may_have_a_flat_response():
    X, y = problem(outputs=1)
    network = MLP([3, 4, 1], np.random.default_rng(0))
    assert network.loss(X, y[:, 0]) == network.loss(X, y)  # a response that broadcasts to (n, n) would differ


@pytest.mark.parametrize("task", ["regression", "classification"])
def test_nothing_that_is_passed_in_is_changed(task):
    X, y = problem(task)
    network = MLP([3, 4, 3], np.random.default_rng(0), task=task)
    before = X.copy(), y.copy(), [a.copy() for a in arrays(network)]
    network.loss_and_grads(X, y, l1=1.0, l2=1.0, p=0.5, p_input=0.5, rng=np.random.default_rng(0))
    network.forward(X), network.loss(X, y)
    assert np.array_equal(X, before[0]) and np.array_equal(y, before[1])
    assert all(np.array_equal(a, b) for a, b in zip(arrays(network), before[2], strict=True))


def test_large_outputs_do_not_overflow():
    network = MLP([1, 2], np.random.default_rng(0), task="classification")
    network.weights[0][:] = [[5000.0, -5000.0]]
    X, y = np.array([[1.0], [-1.0]]), np.array([0, 0])
    assert network.forward(X).tolist() == [[1, 0], [0, 1]]
    loss, (grad,), _ = network.loss_and_grads(X, y)
    assert loss == 5000 and np.isfinite(grad).all()


@pytest.mark.parametrize("task", ["regression", "classification"])
@pytest.mark.parametrize("optimizer", [SGD(0.05, 0.9, 0.1), Adam(), AdamW(weight_decay=0.1)])
def test_single_precision_stays_single_and_close(task, optimizer):
    X, y = problem(task)
    double = MLP([3, 5, 3], np.random.default_rng(1), task=task)
    single = MLP([3, 5, 3], np.random.default_rng(1), task=task, dtype=np.float32)
    options = {"l1": 0.1, "l2": 0.1, "p": 0.3, "p_input": 0.2}
    loss, *grads = double.loss_and_grads(X, y, rng=np.random.default_rng(0), **options)
    single_loss, *single_grads = single.loss_and_grads(X, y, rng=np.random.default_rng(0), **options)
    assert single_loss == pytest.approx(loss, rel=1e-5)
    for ours, theirs in zip(single_grads[0] + single_grads[1], grads[0] + grads[1], strict=True):
        assert ours.dtype == np.float32 and ours == pytest.approx(theirs, rel=1e-3, abs=1e-5)
    optimizer.step(single, *single_grads)
    assert {a.dtype for a in [*arrays(single), *arrays(single.copy()), single.forward(X)]} == {np.dtype(np.float32)}


def test_the_first_weights_have_the_announced_spread():
    for activation, gain in (("relu", 2), ("tanh", 1)):
        network = MLP([400, 300, 200, 100], np.random.default_rng(0), activation)
        spread = [w.var() * len(w) for w in network.weights]
        assert spread == pytest.approx([gain, gain, 1], rel=0.03)
        assert not any(b.any() for b in network.biases)


# -- dropout ---------------------------------------------------------------------------------------------------


def test_p_is_the_probability_to_drop():
    mask = random_mask((400, 500), 0.1, np.random.default_rng(0))
    dropped = np.mean(mask == 0)
    assert abs(dropped - 0.1) < 3 * np.sqrt(0.09 / mask.size)
    assert np.unique(mask).tolist() == [0.0, 1 / 0.9]
    assert (random_mask((9, 9), 0.0, np.random.default_rng(0)) == 1).all()


def test_at_p_zero_nothing_is_dropped_whatever_is_drawn():
    assert random_mask((2, 3), 0.0, LOWEST).tolist() == [[1.0] * 3] * 2
    assert not random_mask((2, 3), 1e-9, LOWEST).any()


@pytest.mark.parametrize("where", ["p", "p_input"])
def test_dropout_multiplies_what_a_layer_receives_with_its_masks(where):
    X, y = problem()
    network = lively(MLP([3, 6, 3], np.random.default_rng(1), "tanh"))
    mask = random_mask((7, 3 if where == "p_input" else 6), 0.4, np.random.default_rng(5))
    A = X * mask if where == "p_input" else X
    A = np.tanh(A @ network.weights[0] + network.biases[0])
    A = A * mask if where == "p" else A
    expected = ((y - A @ network.weights[1] - network.biases[1]) ** 2).sum(1).mean()
    loss = network.loss_and_grads(X, y, **{where: 0.4}, rng=np.random.default_rng(5))[0]
    assert loss == pytest.approx(expected) and loss != pytest.approx(network.loss(X, y))


# -- optimizers ------------------------------------------------------------------------------------------------


def test_adam_begins_with_the_papers_numbers_and_adamw_without_decay():
    for optimizer in (Adam(), AdamW()):
        assert [optimizer.learning_rate, optimizer.beta1, optimizer.beta2, optimizer.eps] == [0.001, 0.9, 0.999, 1e-8]
    assert AdamW().weight_decay == SGD(0.1).weight_decay == SGD(0.1).momentum == 0


def walk(optimizer, steps=30, l2=0.0, task="regression"):
    """The network after some steps, its biases let loose too."""
    X, y = problem(task)
    network = lively(MLP([3, 5, 3], np.random.default_rng(1), "tanh", task))
    for _ in range(steps):
        optimizer.step(network, *network.loss_and_grads(X, y, l2=l2)[1:])
    return network


def by_formula(rule, steps=30, decay=0.0):
    """The same walk, all parameters as lists, one rule for each: rule(w, g, memory, t, decay)."""
    X, y = problem()
    network = lively(MLP([3, 5, 3], np.random.default_rng(1), "tanh"))
    memory = [{} for _ in range(4)]
    for t in range(1, steps + 1):
        _, dw, db = network.loss_and_grads(X, y)
        decays = (decay, decay, 0.0, 0.0)
        new = [rule(*each, t, d) for *each, d in zip(arrays(network), [*dw, *db], memory, decays, strict=True)]
        network.weights, network.biases = new[:2], new[2:]
    return network


def momentum_rule(w, g, memory, t, decay):
    memory["v"] = 0.8 * memory.get("v", 0) + g + decay * w
    return w - 0.05 * memory["v"]


def adam_rule(w, g, memory, t, decay):
    w = (1 - 0.01 * decay) * w
    memory["m"] = 0.85 * memory.get("m", 0) + 0.15 * g
    memory["v"] = 0.95 * memory.get("v", 0) + 0.05 * g**2
    return w - 0.01 * (memory["m"] / (1 - 0.85**t)) / (np.sqrt(memory["v"] / (1 - 0.95**t)) + 1e-3)


@pytest.mark.parametrize(
    ("make", "rule", "decay"),
    [
        (lambda: SGD(0.05, 0.8), momentum_rule, 0.0),
        (lambda: SGD(0.05, 0.8, 0.3), momentum_rule, 0.3),
        (lambda: Adam(0.01, 0.85, 0.95, 1e-3), adam_rule, 0.0),
        (lambda: AdamW(0.01, 0.85, 0.95, 1e-3), adam_rule, 0.0),
        (lambda: AdamW(0.01, 0.85, 0.95, 1e-3, weight_decay=2.0), adam_rule, 2.0),
    ],
)
def test_an_optimizer_is_its_formula_and_biases_do_not_decay(make, rule, decay):
    for ours, theirs in zip(arrays(walk(make())), arrays(by_formula(rule, decay=decay)), strict=True):
        assert ours == pytest.approx(theirs, rel=1e-10, abs=1e-13)


@pytest.mark.parametrize("optimizer", [SGD(0.05), SGD(0.05, 0.8, 0.3), Adam(), AdamW(weight_decay=0.1)])
def test_a_step_changes_no_gradient(optimizer):
    X, y = problem()
    network = MLP([3, 5, 3], np.random.default_rng(1))
    _, weight_grads, bias_grads = network.loss_and_grads(X, y)
    before = [g.copy() for g in (*weight_grads, *bias_grads)]
    for _ in range(2):
        optimizer.step(network, weight_grads, bias_grads)
    assert all(np.array_equal(a, b) for a, b in zip((*weight_grads, *bias_grads), before, strict=True))


@pytest.mark.parametrize("make", [lambda: SGD(0.05, 0.8, 0.3), Adam, lambda: AdamW(weight_decay=0.1)])
def test_gradients_of_integers_are_as_good_as_of_floats(make):
    networks = [MLP([2, 1], np.random.default_rng(0)) for _ in range(2)]
    for network, kind in zip(networks, (int, float), strict=True):
        make().step(network, [np.array([[3], [-2]], kind)], [np.array([1], kind)])
    assert all(map(np.array_equal, *map(arrays, networks)))


def test_sgd_with_an_l2_penalty_is_sgd_with_twice_that_weight_decay_step_by_step():
    for steps in (1, 2, 3, 10, 100):
        for momentum in (0.0, 0.9):
            penalized = walk(SGD(0.02, momentum), steps, l2=0.15)
            decayed = walk(SGD(0.02, momentum, weight_decay=0.3), steps)
            for a, b in zip(arrays(penalized), arrays(decayed), strict=True):
                assert a == pytest.approx(b, rel=1e-11, abs=1e-14)


def test_adam_with_an_l2_penalty_is_not_adam_with_weight_decay():
    penalized, decayed = walk(Adam(0.02), 300, l2=0.15), walk(AdamW(0.02, weight_decay=0.3), 300)
    assert np.abs(penalized.weights[0] - decayed.weights[0]).max() > 0.1
    plain = walk(Adam(0.02), 300)
    assert all(np.array_equal(a, b) for a, b in zip(arrays(plain), arrays(walk(AdamW(0.02), 300)), strict=True))


# -- training --------------------------------------------------------------------------------------------------


def test_training_without_a_hidden_layer_ends_at_the_ridge_solution():
    X, y = problem(n=30, outputs=1)
    network = MLP([3, 1], np.random.default_rng(0))
    train(network, X, y[:, 0], SGD(0.1), 2000, np.random.default_rng(0), l2=0.2)
    fit = ridge(X, y[:, 0], 0.2)
    assert network.weights[0][:, 0] == pytest.approx(fit.coef, abs=1e-10) and network.biases[0][0] == pytest.approx(fit.intercept)


@pytest.mark.parametrize("activation", ["relu", "tanh"])
@pytest.mark.parametrize("task", ["regression", "classification"])
def test_full_batches_walk_as_scikit_learns_network_does(task, activation):
    X, y = problem(task, n=40, outputs=1 if task == "regression" else 3)
    y = y.ravel()
    peer = {"regression": MLPRegressor, "classification": MLPClassifier}[task]
    # its alpha is a half of the penalty times n in the loss, and its squared error has a half
    half = 0.5 if task == "regression" else 1.0
    options = {"solver": "sgd", "alpha": 0.0, "batch_size": 40, "learning_rate_init": 0.05, "momentum": 0.0, "random_state": 0}
    model = peer(hidden_layer_sizes=(5,), activation=activation, **options)
    model.partial_fit(X, y, **({"classes": [0, 1, 2]} if task == "classification" else {}))
    network = MLP([3, 5, 1 if task == "regression" else 3], np.random.default_rng(0), activation, task)
    network.weights, network.biases = [w.copy() for w in model.coefs_], [b.copy() for b in model.intercepts_]
    for _ in range(20):
        model.partial_fit(X, y)
    train(network, X, y, SGD(0.05 * half), 20, np.random.default_rng(1))
    for ours, theirs in zip(arrays(network), [*model.coefs_, *model.intercepts_], strict=True):
        assert ours == pytest.approx(theirs, rel=1e-9, abs=1e-12)


def test_an_epoch_visits_every_sample_once_in_a_new_order():
    seen = []

    class Watcher(MLP):
        def _loss_and_grads(self, X, y, *rest):
            seen.append(X[:, 0].copy())
            return super()._loss_and_grads(X, y, *rest)

    X = np.arange(10.0)[:, None]
    train(Watcher([1, 1], np.random.default_rng(0)), X / 10, X[:, 0], SGD(1e-3), 2, np.random.default_rng(0), batch_size=4)
    assert [len(s) for s in seen] == [4, 4, 2] * 2
    first, second = np.concatenate(seen[:3]), np.concatenate(seen[3:])
    assert np.array_equal(np.sort(first), X[:, 0] / 10) and np.array_equal(np.sort(second), X[:, 0] / 10)
    assert not np.array_equal(first, second) and not np.array_equal(first, X[:, 0] / 10)


def test_a_batch_of_one_is_a_step_for_each_sample():
    X, y = problem(n=9, outputs=1)
    network, steps = MLP([3, 1], np.random.default_rng(0)), MLP([3, 1], np.random.default_rng(0))
    train(network, X, y, SGD(0.01), 1, np.random.default_rng(4), batch_size=1)
    for i in np.random.default_rng(4).permutation(9):
        error = X[i] @ steps.weights[0][:, 0] + steps.biases[0][0] - y[i, 0]
        steps.weights[0][:, 0] -= 0.01 * 2 * error * X[i]
        steps.biases[0] -= 0.01 * 2 * error
    for ours, by_hand in zip(arrays(network), arrays(steps), strict=True):
        assert ours == pytest.approx(by_hand)


class StopAfter:
    """Stops after a given 0-based epoch."""

    def __init__(self, epoch):
        self.epoch, self.asked = epoch, []

    def stop_epoch(self, val_losses, train_losses=None):
        self.asked.append(len(val_losses))
        assert len(train_losses) == len(val_losses)
        return self.epoch if len(val_losses) > self.epoch else None


def overfit(epochs, stop=None, **options):
    """Train with a rate at which the validation loss soon rises; also all networks on the way."""
    X, y = problem(n=12, outputs=1)
    X_val, y_val = problem(n=12, outputs=1, seed=5)
    network = MLP([3, 20, 1], np.random.default_rng(0))
    options |= {"batch_size": 5, "X_val": X_val, "y_val": y_val, "stop": stop}
    history = train(network, X, y, Adam(0.03), epochs, np.random.default_rng(3), **options)
    return network, history, (X_val, y_val)


@pytest.mark.parametrize("last", [0, 7, 29])
def test_a_rule_ends_the_training_and_the_best_weights_come_back_bit_for_bit(last):
    rule = StopAfter(last)
    network, history, validation = overfit(30, rule)
    assert len(history.val_loss) == len(history.train_loss) == last + 1 and rule.asked == list(range(1, last + 2))
    assert history.stopped and history.best_epoch == np.argmin(history.val_loss)
    again, _, _ = overfit(history.best_epoch + 1)  # the same seeds: the walk up to there, its last weights kept
    assert all(np.array_equal(a, b) for a, b in zip(arrays(network), arrays(again), strict=True))
    assert network.loss(*validation) == history.val_loss[history.best_epoch]


def test_best_weights_come_back_also_if_the_rule_never_speaks():
    network, history, validation = overfit(30, StopAfter(99))
    assert not history.stopped and len(history.val_loss) == 30 and history.best_epoch < 29
    assert network.loss(*validation) == history.val_loss[history.best_epoch]


def test_of_equal_validation_losses_the_first_is_kept():
    """The slope learns, the intercept has no reason to move, and the one validation point sees only the intercept."""
    X, y = np.array([[-1.0], [1.0]]), np.array([-1.0, 1.0])
    first, last = (MLP([1, 1], np.random.default_rng(0)) for _ in range(2))
    history = train(last, X, y, SGD(0.1), 5, np.random.default_rng(1), X_val=[[0.0]], y_val=[1.0], stop=StopAfter(99))
    assert history.val_loss.tolist() == [1] * 5 and history.best_epoch == 0
    train(first, X, y, SGD(0.1), 1, np.random.default_rng(1))
    assert last.weights[0] == first.weights[0] != 1


def test_without_a_rule_the_last_weights_stay():
    network, history, validation = overfit(30)
    assert not history.stopped and history.best_epoch < 29
    assert network.loss(*validation) == history.val_loss[29] > history.val_loss[history.best_epoch]


# -- training that ends otherwise ------------------------------------------------------------------------------


class Breaks:
    """A rule that raises an exception when it is asked for the nth time."""

    def __init__(self, error, n=21):
        self.error, self.left = error, n

    def stop_epoch(self, val_losses, train_losses=None):
        self.left -= 1
        if not self.left:
            raise self.error


def breaking(error, n=21):
    """The same where `progress` does it, before the epoch with index n."""

    def progress(epochs):
        for epoch in epochs:
            if epoch == n:
                raise error
            yield epoch

    return progress


class BreakingAdam(Adam):
    """The same within an epoch."""

    def step(self, network, weight_grads, bias_grads):
        super().step(network, weight_grads, bias_grads)
        if self._t == 21 * 3 + 2:
            raise KeyboardInterrupt


@pytest.mark.parametrize("error", [KeyboardInterrupt(), RuntimeError("the disk is full"), SystemExit(1)])
@pytest.mark.parametrize("where", ["rule", "progress", "step"])
def test_however_training_ends_the_best_weights_come_back_and_the_history_is_to_be_had(error, where):
    X, y = problem(n=12, outputs=1)
    X_val, y_val = problem(n=12, outputs=1, seed=5)
    network = MLP([3, 20, 1], np.random.default_rng(0))
    stop = Breaks(error) if where == "rule" else StopAfter(99)
    options = {"batch_size": 5, "X_val": X_val, "y_val": y_val, "stop": stop}
    options |= {"progress": breaking(error)} if where == "progress" else {}
    optimizer, kind = (BreakingAdam(0.03), KeyboardInterrupt) if where == "step" else (Adam(0.03), type(error))
    with pytest.raises(kind) as caught:
        train(network, X, y, optimizer, 30, np.random.default_rng(3), **options)
    history = caught.value.history
    _, whole, _ = overfit(30, StopAfter(99))
    assert len(history.train_loss) == len(history.val_loss) == 21 and not history.stopped
    assert (history.val_loss == whole.val_loss[:21]).all() and (history.train_loss == whole.train_loss[:21]).all()
    assert history.best_epoch == np.argmin(history.val_loss) < 20
    assert network.loss(X_val, y_val) == history.val_loss[history.best_epoch]
    assert "`history`" in caught.value.__notes__[-1] and f"epoch {history.best_epoch}" in caught.value.__notes__[-1]


def diverge(**options):
    """Train with a rate at which the losses fall at first in one direction, and overflow in another."""
    X, y = np.diag([1.0, 8.0]), np.array([5.0, 1e-3])
    network = MLP([2, 1], np.random.default_rng(0))
    network.weights[0][:] = [[0.0], [0.0]]
    with pytest.raises(ValueError, match=r"learning_rate must be small enough .* it overflows") as caught:
        train(network, X, y, SGD(0.05), 2000, np.random.default_rng(0), X_val=X, y_val=y, **options)
    return network, caught.value, (X, y)


def test_training_that_diverges_leaves_the_best_weights_and_its_history():
    network, error, data = diverge(stop=StopAfter(5000))
    losses = error.history.val_loss
    assert 0 < error.history.best_epoch < len(losses) - 50 and losses[-1] > 1e100 and np.isfinite(losses).all()
    assert network.loss(*data) == losses.min()


def test_training_that_diverges_without_a_rule_has_a_history_too():
    network, error, _ = diverge()
    assert error.history.best_epoch == np.argmin(error.history.val_loss) and len(error.history.train_loss) > 50
    assert np.abs(network.weights[0]).max() > 1e100  # without a rule the last weights stay, and the error says what they are
    assert "put back" not in error.__notes__[-1]


def test_what_ends_between_the_two_losses_of_an_epoch_leaves_neither():
    """The training loss is finite, the validation loss is not; and nothing is called the best."""
    net = MLP([1, 1], np.random.default_rng(0))
    net.weights[0][:] = 1e10
    with pytest.raises(ValueError, match="overflows") as caught:
        train(net, [[1.0]], [0.0], SGD(1e-100), 1, np.random.default_rng(0), X_val=[[1e150]], y_val=[0.0], stop=StopAfter(5))
    assert caught.value.history.train_loss.size == caught.value.history.val_loss.size == 0
    assert caught.value.history.best_epoch is None


def test_before_the_start_epoch_of_a_rule_no_weights_are_kept():
    _, free, _ = overfit(30, StopAfter(99))
    start = free.best_epoch + 3
    network, history, validation = overfit(30, Patience(99, start_epoch=start))
    assert history.best_epoch == start + np.argmin(free.val_loss[start:]) > free.best_epoch
    assert network.loss(*validation) == history.val_loss[history.best_epoch] > free.val_loss.min()
    assert overfit(30, Patience(99, start_epoch=29))[1].best_epoch == 29


@pytest.mark.parametrize("kind", [np.uint8, np.int16, np.uint64])
def test_classes_are_integers_of_any_kind_however_many_rows_there_are(kind):
    rng = np.random.default_rng(0)
    network, X, y = MLP([2, 3], rng, task="classification"), rng.normal(size=(300, 2)), rng.integers(3, size=300)
    loss, (weights,), (biases,) = network.loss_and_grads(X, y)
    other_loss, (other_weights,), (other_biases,) = network.loss_and_grads(X, y.astype(kind))
    assert other_loss == loss and (other_weights == weights).all() and (other_biases == biases).all()


def test_the_history_is_the_loss_without_dropout_and_penalty():
    X, y = problem("classification", n=20)
    network = MLP([3, 8, 3], np.random.default_rng(0), task="classification")
    history = train(network, X, y, Adam(), 3, np.random.default_rng(0), p=0.5, p_input=0.2, l1=0.1, l2=0.1)
    assert history.train_loss[-1] == network.loss(X, y)
    assert history.val_loss.shape == (0,) and history.best_epoch is None and not history.stopped


def test_progress_wraps_the_epochs():
    seen = []
    overfit(4, progress=lambda epochs: (seen.append(e) or e for e in epochs))
    assert seen == [0, 1, 2, 3]


def test_the_same_seed_trains_the_same_network_and_a_copy_shares_nothing():
    X, y = problem(n=20, outputs=1)
    first = MLP([3, 8, 1], np.random.default_rng(0))
    untouched = [a.copy() for a in arrays(first)]
    second = first.copy()
    for network in (first, second):
        train(network, X, y, Adam(), 5, np.random.default_rng(0), batch_size=7, p=0.3)
        assert not np.array_equal(network.weights[0], untouched[0])
    assert all(np.array_equal(a, b) for a, b in zip(arrays(first), arrays(second), strict=True))


# -- bad input -------------------------------------------------------------------------------------------------


def network_and_data(task="regression"):
    X, y = problem(task)
    return MLP([3, 4, 3], np.random.default_rng(0), task=task), X, y


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (([3],), r"sizes must list at least the inputs and the outputs, got \[3\]"),
        ((3,), "sizes must list"),
        (([3, 0, 1],), r"sizes\[1\] must be an integer from 1, got 0"),
        (([3, 1.5],), r"sizes\[1\]"),
        (([3, 1], "sigmoid"), "activation must be one of 'relu', 'tanh', got 'sigmoid'"),
        (([3, 2], "relu", "ranking"), "task must be one of"),
        (([3, 1], "relu", "regression", np.int64), "dtype must be np.float32 or np.float64"),
        (([3, 1], "relu", "classification"), "sizes must end in at least 2 outputs"),
    ],
)
def test_a_bad_network_is_refused(arguments, said):
    sizes, *rest = arguments
    with pytest.raises(ValueError, match=said):
        MLP(sizes, np.random.default_rng(0), *rest)


def test_sizes_may_stand_in_an_array():
    net, same = (MLP(sizes, np.random.default_rng(0)) for sizes in (np.array([3, 4, 1]), [3, 4, 1]))
    assert net.sizes == [3, 4, 1] and all(map(np.array_equal, net.weights, same.weights))


def test_a_validation_loss_that_overflows_is_refused_in_the_first_epoch_though_the_training_loss_is_finite():
    net = MLP([1, 1], np.random.default_rng(0))
    net.weights[0][:] = 1e10
    with pytest.raises(ValueError, match=r"learning_rate must be small enough .* got 1e-100 with l1 = 0 and l2 = 0"):
        train(net, [[1.0]], [0.0], SGD(1e-100), 1, np.random.default_rng(0), X_val=[[1e150]], y_val=[0.0])


def test_a_seed_is_no_generator():
    with pytest.raises(ValueError, match=r"rng must be a numpy.random.Generator"):
        MLP([3, 1], 0)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"X": np.zeros((7, 4))}, r"X must have 3 columns, one per input, got shape \(7, 4\)"),
        ({"X": np.full((7, 3), np.nan)}, "X must be finite"),
        ({"y": np.zeros(7)}, r"y must have shape \(7, 3\), got \(7,\)"),
        ({"y": np.zeros((6, 3))}, "y must have shape"),
        ({"y": np.full((7, 3), np.nan)}, "y must be finite"),
        ({"p": 1.0}, r"p must be a number in \[0, 1\), got 1.0"),
        ({"p": -0.1}, "p must be"),
        ({"p": np.nan}, "p must be"),
        ({"p_input": 1.5}, "p_input must be a number"),
        ({"l1": -1.0}, "l1 must be a number"),
        ({"l2": np.inf}, "l2 must be a number"),
        ({"p": 0.5, "rng": None}, "rng must be"),
        ({"p_input": 0.5, "rng": 3}, "rng must be"),
    ],
)
def test_bad_arguments_of_the_loss_are_refused(change, said):
    network, X, y = network_and_data()
    arguments = {"X": X, "y": y, "rng": np.random.default_rng(0)} | change
    with pytest.raises(ValueError, match=said):
        network.loss_and_grads(**arguments)


def test_only_a_single_output_takes_a_flat_response_and_only_of_the_right_length():
    X = np.zeros((7, 3))
    for outputs, y, said in ((1, np.zeros(6), r"y must have shape \(7, 1\) or \(7,\), got \(6,\)"),
                             (2, np.zeros(7), r"y must have shape \(7, 2\), got \(7,\)")):  # fmt: skip
        with pytest.raises(ValueError, match=said):
            MLP([3, 4, outputs], np.random.default_rng(0)).loss(X, y)


@pytest.mark.parametrize("y", [np.zeros(7), np.arange(-1, 6) % 4 - 1, np.arange(7) % 4, np.full(7, 3), np.full(7, -1),
                               np.zeros(6, int), np.zeros((7, 1), int), ["a"] * 7])  # fmt: skip
def test_bad_classes_are_refused(y):
    network, X, _ = network_and_data("classification")
    for function in (network.loss, network.accuracy, network.loss_and_grads):
        with pytest.raises(ValueError, match="y must be 7 integers from 0 to 2"):
            function(X, y)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"epochs": 0}, "epochs must be an integer from 1, got 0"),
        ({"batch_size": 0}, "batch_size must be"),
        ({"rng": None}, "rng must be"),
        ({"X_val": np.zeros((2, 3))}, "X_val and y_val must be given together"),
        ({"X_val": np.zeros((2, 4)), "y_val": np.zeros((2, 3))}, "X_val must have 3 columns"),
        ({"X_val": np.zeros((2, 3)), "y_val": np.zeros((1, 3))}, "y_val must have shape"),
        ({"stop": StopAfter(1)}, "stop must come with X_val"),
        ({"stop": Patience(1, start_epoch=2), "X_val": np.ones((2, 3)), "y_val": np.ones((2, 3))},
         "stop.start_epoch must be an integer from 0 to 1, got 2"),
        ({"p": 1.0}, "p must be"),
        ({"l2": -1}, "l2 must be"),
        ({"optimizer": SGD(1e3), "epochs": 200}, "learning_rate must be small enough"),
        ({"X_val": np.full((2, 3), 1e200), "y_val": np.zeros((2, 3)), "epochs": 1}, "X_val must be small enough"),
    ],
)
def test_bad_arguments_of_train_are_refused(change, said):
    network, X, y = network_and_data()
    arguments = {"optimizer": Adam(), "epochs": 2, "rng": np.random.default_rng(0)} | change
    with pytest.raises(ValueError, match=said):
        train(network, X, y, **arguments)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: SGD(0.0), "learning_rate"),
        (lambda: SGD(0.1, momentum=1.0), "momentum"),
        (lambda: SGD(0.1, weight_decay=-1), "weight_decay"),
        (lambda: Adam(-1.0), "learning_rate"),
        (lambda: Adam(0.0), "learning_rate"),
        (lambda: Adam(beta1=1.0), "beta1"),
        (lambda: Adam(beta1=1.5), "beta1"),
        (lambda: Adam(beta1=-0.1), "beta1"),
        (lambda: Adam(beta2=-0.1), "beta2"),
        (lambda: Adam(beta2=1.0), "beta2"),
        (lambda: Adam(beta2=1.5), "beta2"),
        (lambda: SGD(0.1, momentum=1.5), "momentum"),
        (lambda: SGD(0.1, momentum=-0.1), "momentum"),
        (lambda: Adam(eps=0.0), "eps"),
        (lambda: AdamW(weight_decay=np.nan), "weight_decay"),
    ],
)
def test_bad_arguments_of_an_optimizer_are_refused(make, said):
    with pytest.raises(ValueError, match=f"^{said} must be a number"):
        make()


@pytest.mark.parametrize("optimizer", [SGD(0.1), Adam(), AdamW(weight_decay=0.1)])
def test_gradients_of_another_shape_are_refused_before_anything_changes(optimizer):
    network, X, y = network_and_data()
    _, weight_grads, bias_grads = network.loss_and_grads(X, y)
    before = [a.copy() for a in arrays(network)]
    with pytest.raises(ValueError, match="weight_grads must have shapes"):
        optimizer.step(network, weight_grads[:1], bias_grads)
    with pytest.raises(ValueError, match="bias_grads must have shapes"):
        optimizer.step(network, weight_grads, [b[:1] for b in bias_grads])
    assert all(np.array_equal(a, b) for a, b in zip(arrays(network), before, strict=True))


def test_an_accuracy_needs_classes():
    network, X, y = network_and_data()
    with pytest.raises(ValueError, match="task must be 'classification'"):
        network.accuracy(X, y)


def test_softmax_sums_to_one_and_knows_no_overflow():
    P = softmax(np.array([[1e4, 0.0, -1e4], [1.0, 1.0, 1.0]]))
    assert P.sum(1) == pytest.approx(1) and P[1] == pytest.approx(1 / 3)


# -- several at once -------------------------------------------------------------------------------------------


def several(task, activation, hidden, dtype=np.float64):
    """Three networks that begin differently, three data sets, three optimizers and three sources of chance."""
    networks = [lively(MLP([3, *hidden, 3], np.random.default_rng(k), activation, task, dtype)) for k in range(3)]
    X, y = zip(*(problem(task, n=11, seed=k) for k in range(3)), strict=True)
    optimizers, rngs = [Adam(0.02, 0.8, 0.9) for _ in networks], [np.random.default_rng(9 + k) for k in range(3)]
    return networks, np.array(X), np.array(y), optimizers, rngs


@pytest.mark.parametrize("at_once", [1, 80, 2**15])  # three stacks of one network, of two and one, and one of three
@pytest.mark.parametrize(("hidden", "p"), [((), 0.0), ((6,), 0.0), ((6,), [0.0, 0.3, 0.5]), ((6, 5), [0.5, 0.5, 0.2])])
@pytest.mark.parametrize("activation", ["relu", "tanh"])
@pytest.mark.parametrize("task", ["regression", "classification"])
def test_each_of_several_networks_becomes_what_it_becomes_alone(task, activation, hidden, p, at_once, monkeypatch):
    monkeypatch.setattr(_together, "AT_ONCE", at_once)
    (networks, X, y, optimizers, rngs), (alone, _, _, own, rngs_alone) = (several(task, activation, hidden) for _ in range(2))
    lams, ps = [0.01, 0.0, 0.1], p if isinstance(p, list) else [p] * 3
    for epochs, batch in ((3, 4), (2, None)):  # the second time the optimizers have means of their own
        some = {"batch_size": batch, "X_val": X[:, :5], "y_val": y[:, :5]}
        found = train_each(networks, X, y, optimizers, epochs, rngs, l2=lams, p=p, **some)
        for k, network in enumerate(alone):
            one = {name: value if name == "batch_size" else value[k] for name, value in some.items()}
            history = train(network, X[k], y[k], own[k], epochs, rngs_alone[k], l2=lams[k], p=ps[k], **one)
            assert found[k].train_loss == pytest.approx(history.train_loss, rel=1e-12)
            assert found[k].val_loss == pytest.approx(history.val_loss, rel=1e-12)
            assert (found[k].best_epoch, found[k].stopped) == (history.best_epoch, False)
            for mine, other in zip(arrays(networks[k]), arrays(network), strict=True):
                assert mine == pytest.approx(other, rel=1e-10, abs=1e-13)
            for mine, other in ((optimizers[k]._m, own[k]._m), (optimizers[k]._v, own[k]._v)):
                assert mine == pytest.approx(other, rel=1e-8, abs=1e-15)
    assert [o._t for o in optimizers] == [o._t for o in own] == [3 * 3 + 2] * 3
    assert all(a.random() == b.random() for a, b in zip(rngs, rngs_alone, strict=True))  # as much was drawn


def test_data_that_all_networks_share_are_given_once_and_single_precision_stays():
    (networks, X, y, optimizers, rngs), (others, *_), (_, _, _, fresh, again) = (
        several("classification", "relu", (6,), np.float32) for _ in range(3))  # fmt: skip
    first = train_each(networks, X[0], y[0], optimizers, 4, rngs, X_val=X[1], y_val=y[1], p=0.3)
    copies = {"X_val": X[[1, 1, 1]], "y_val": y[[1, 1, 1]]}
    second = train_each(others, X[[0, 0, 0]], y[[0, 0, 0]], fresh, 4, again, p=[0.3] * 3, **copies)
    for one, other in zip(first, second, strict=True):
        assert (one.train_loss == other.train_loss).all() and (one.val_loss == other.val_loss).all()
    assert all(array.dtype == np.float32 for network in networks for array in arrays(network))
    assert all((a == b).all() for n, m in zip(networks, others, strict=True) for a, b in zip(arrays(n), arrays(m), strict=True))


def test_losses_that_nobody_asks_for_are_left_out_and_the_networks_are_the_same():
    (networks, X, y, optimizers, rngs), (others, _, _, fresh, again) = (several("regression", "tanh", (6,)) for _ in range(2))
    watched = train_each(networks, X, y, optimizers, 3, rngs, X_val=X, y_val=y)
    unwatched = train_each(others, X, y, fresh, 3, again, watch=False)
    only_validation = train_each(others, X, y, fresh, 3, again, watch=False, X_val=X, y_val=y)
    assert all(len(h.train_loss) == 3 and (h.train_loss == h.val_loss).all() for h in watched)
    assert all(len(h.train_loss) == len(h.val_loss) == 0 and h.best_epoch is None for h in unwatched)
    assert all(len(h.train_loss) == 0 and len(h.val_loss) == 3 and h.best_epoch == 2 for h in only_validation)


@pytest.mark.parametrize("watch", [True, False])
def test_of_several_networks_one_that_overflows_ends_the_training(watch):
    networks, X, y, _, rngs = several("regression", "relu", (6,))
    steep = [Adam(1e150) for _ in networks]
    with pytest.raises(ValueError, match="optimizers must have a learning_rate at which no loss overflows, got 1e\\+150: one does"):
        train_each(networks, X, y, steep, 5, rngs, watch=watch)
    assert all(o._t > 0 for o in steep)  # what was done is given back, as after an error in `train`


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda n, o, r: (n[:2] + n[:1], o, r), "networks must be a list of different objects"),
        (lambda n, o, r: (n, o[:2], r), "optimizers must be as many as the networks, 3, got 2"),
        (lambda n, o, r: (n, o, [r[0]] * 3), "rngs must be a list of different objects"),
        (lambda n, o, r: (n, o, [*r[:2], 5]), "each of rngs must be of the class Generator, got 5"),
        (lambda n, o, r: ([*n[:2], MLP([3, 5, 3], r[0])], o, r), "networks must have the same sizes, activation, task and dtype"),
        (lambda n, o, r: (n, [*o[:2], Adam(0.03)], r), "optimizers must be of the class Adam, with the same numbers"),
        (lambda n, o, r: (n, [*o[:2], AdamW(0.02, 0.8, 0.9)], r), "optimizers must be of the class Adam, with the same numbers"),
    ],
)
def test_several_networks_must_be_of_one_kind_and_have_each_their_own(change, said):
    networks, X, y, optimizers, rngs = several("regression", "relu", (6,))
    networks, optimizers, rngs = change(networks, optimizers, rngs)
    with pytest.raises(ValueError, match=said):
        train_each(networks, X, y, optimizers, 1, rngs)


@pytest.mark.parametrize("make", [lambda: Adam(0.01), lambda: AdamW(0.01, weight_decay=0.1)])
@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_adam_refuses_gradients_whose_squares_overflow_and_changes_nothing(kind, make):
    network, optimizer = MLP([1, 1], np.random.default_rng(0), dtype=kind), make()
    before, huge = network.copy(), np.full((1, 1), np.sqrt(np.finfo(kind).max) / 2, kind)
    with pytest.raises(ValueError, match=rf"squares of gradients .* held in {np.dtype(kind)}, got gradients up to"):
        optimizer.step(network, [huge], [np.zeros(1, kind)])
    for _ in range(1500):  # as large as they may be: the steps are those of the formula to the end
        optimizer.step(network, [huge / 64], [np.zeros(1, kind)])
    decay = getattr(optimizer, "weight_decay", 0.0)
    wanted = float(before.weights[0][0, 0])
    for _ in range(1500):
        wanted = wanted * (1 - 0.01 * decay) - 0.01
    assert network.weights[0][0, 0] == pytest.approx(wanted, rel=1e-3)


def test_adam_refuses_an_eps_that_is_zero_in_single_precision():
    network = MLP([1, 1], np.random.default_rng(0), dtype=np.float32)
    with pytest.raises(ValueError, match="eps 1e-50"):
        Adam(0.1, eps=1e-50).step(network, [np.zeros((1, 1), np.float32)], [np.zeros(1, np.float32)])


@pytest.mark.parametrize("make", [lambda: SGD(0.05, 0.9), lambda: Adam(0.05), lambda: AdamW(0.05, weight_decay=1.0)])
@pytest.mark.parametrize("sizes", [[3, 5, 1], [3, 4, 2], [20, 1]])  # the last has as many numbers as the first network
def test_an_optimizer_refuses_a_network_of_other_sizes_and_changes_nothing(make, sizes):
    optimizer, X = make(), np.random.default_rng(1).normal(size=(8, 3))
    train(MLP([3, 4, 1], np.random.default_rng(0)), X, X[:, 0], optimizer, 2, np.random.default_rng(0))
    state = copy.deepcopy(vars(optimizer))
    other = MLP(sizes, np.random.default_rng(0))
    before = other.copy()
    with pytest.raises(ValueError, match="network must have the shapes that its optimizer has stepped before"):
        optimizer.step(other, [np.ones_like(w) for w in other.weights], [np.ones_like(b) for b in other.biases])
    assert all((a == b).all() for a, b in zip(other.weights, before.weights, strict=True))
    assert repr(vars(optimizer)) == repr(state)
    again = MLP([3, 4, 1], np.random.default_rng(5))
    train(again, X, X[:, 0], optimizer, 1, np.random.default_rng(0))  # and goes on with one of its sizes


def test_adams_that_stepped_networks_of_other_sizes_are_refused_together():
    X, rngs = np.random.default_rng(1).normal(size=(8, 3)), [np.random.default_rng(2), np.random.default_rng(3)]
    optimizers = [Adam(), Adam()]
    train_each([MLP([3, 4, 1], each) for each in rngs], X, X[:, 0], optimizers, 2, rngs)
    train_each([MLP([3, 4, 1], each) for each in rngs], X, X[:, 0], optimizers, 1, rngs)
    with pytest.raises(ValueError, match="optimizers must have stepped networks of the same sizes"):
        train_each([MLP([3, 5, 1], each) for each in rngs], X, X[:, 0], optimizers, 1, rngs)


@pytest.mark.parametrize("watch", [True, False])
def test_networks_that_are_not_watched_must_end_with_losses_too(watch):
    X, rngs = np.random.default_rng(1).normal(size=(20, 2)), [np.random.default_rng(2), np.random.default_rng(3)]
    networks = [MLP([2, 4, 1], each) for each in rngs]
    with pytest.raises(ValueError, match="learning_rate"):
        train_each(networks, X, X[:, 0], [Adam(1e80) for _ in rngs], 1, rngs, watch=watch)


def test_weights_that_are_no_numbers_have_no_accuracy():
    network = MLP([2, 3, 2], np.random.default_rng(0), task="classification")
    network.weights[0][0, 0] = np.nan
    with pytest.raises(ValueError, match="the network's weights must be of a size"):
        network.accuracy(np.ones((4, 2)), [0, 0, 0, 0])
