"""Dropout by enumeration: every mask of a small network, one after another, against what the chapter and the package say."""

import itertools
import math

import numpy as np
import pytest
from conftest import LOWEST

from benchmarks import measure
from reglesson import dropout as module
from reglesson.dropout import (
    all_masks,
    dropout,
    dropout_penalty,
    ensemble,
    mask_probabilities,
    mc_dropout,
    sub_networks,
    weight_scaled,
)
from reglesson.l2 import ridge
from reglesson.network import MLP, random_mask

PS = [0.0, 0.1, 0.5, 0.9]
KINDS = [("regression", "arithmetic"), ("classification", "arithmetic"), ("classification", "geometric")]


def network(sizes, task="classification", activation="relu", seed=0, size=1.0):
    """A network whose biases are not zero, and six inputs."""
    rng = np.random.default_rng(seed)
    net = MLP(sizes, rng, activation, task)
    for array in (*net.weights, *net.biases):
        array[:] = size * (array + 0.3 * rng.normal(size=array.shape))
    return net, rng.normal(size=(6, sizes[0]))


def probabilities(z):
    e = np.exp(z - max(z))
    return e / e.sum()


def one_by_one(net, X, p, where, inverted=True):
    """Every sub-network, written out unit by unit: pairs of a probability and outputs (rows, outputs)."""
    droppable = [0] if where == "input" else list(range(1, len(net.sizes) - 1))
    act = {"relu": lambda z: max(z, 0.0), "tanh": np.tanh}[net.activation]
    for keep in itertools.product([0, 1], repeat=sum(net.sizes[k] for k in droppable)):
        chance = np.prod([1 - p if kept else p for kept in keep])
        factors = np.array(keep) / (1 - p if inverted else 1)
        outputs = []
        for x in X:
            a, left = list(x), list(factors)
            for k, (W, b) in enumerate(zip(net.weights, net.biases, strict=True)):
                if k in droppable:
                    a = [left.pop(0) * value for value in a]
                z = [sum(a[i] * W[i, j] for i in range(len(a))) + b[j] for j in range(len(b))]
                a = z if k == len(net.weights) - 1 else [act(value) for value in z]
            outputs.append(probabilities(a) if net.task == "classification" else a)
        yield chance, np.array(outputs)


def the_long_way(net, X, p, mean, where, inverted=True):
    pairs = list(one_by_one(net, X, p, where, inverted))
    assert sum(chance for chance, _ in pairs) == pytest.approx(1)
    if mean == "arithmetic":
        return sum(chance * out for chance, out in pairs)
    product = np.prod([out**chance for chance, out in pairs], axis=0)
    return product / product.sum(axis=1, keepdims=True)


# -- masks -----------------------------------------------------------------------------------------------------


def test_all_masks_are_all_and_their_probabilities_add_up():
    masks = all_masks(5)
    assert masks.shape == (32, 5) and masks.dtype == bool and len({tuple(m) for m in masks}) == 32
    for p in PS:
        assert mask_probabilities(masks, p).sum() == pytest.approx(1, abs=1e-15)
    assert mask_probabilities(np.array([[True, True, False]]), 0.1) == pytest.approx(0.9 * 0.9 * 0.1)
    assert mask_probabilities([[True]], 0.25).tolist() == [0.75]


@pytest.mark.statement("dropout-moments")
@pytest.mark.parametrize("p", PS)
def test_inverted_dropout_keeps_the_mean_and_adds_variance(p):
    x, w = np.array([1.5, -2.0, 0.3, 4.0]), np.array([0.4, 1.0, -3.0, 0.2])
    masks = all_masks(4)
    chance, y = mask_probabilities(masks, p), masks * x / (1 - p)
    assert chance @ y == pytest.approx(x, abs=1e-12)
    assert chance @ (y - x) ** 2 == pytest.approx(x**2 * p / (1 - p), abs=1e-12)
    # a unit that receives w'y, and the correlation of two entries
    assert chance @ (y @ w) == pytest.approx(x @ w, abs=1e-12)
    assert chance @ (y @ w - x @ w) ** 2 == pytest.approx(p / (1 - p) * np.sum(w**2 * x**2), abs=1e-12)
    if p:  # without the factor, the mean is 1 - p times as large
        assert chance @ (masks * x) == pytest.approx((1 - p) * x)


@pytest.mark.statement("dropout-moments")
@pytest.mark.parametrize("p", [0.1, 0.5])
def test_a_simulation_agrees_and_p_is_the_probability_to_drop(p):
    draws, rng = 200_000, np.random.default_rng(1)
    y, mask = dropout(np.full((draws, 2), 3.0), p, rng)
    assert np.abs((~mask).mean(axis=0) - p).max() < 3 * np.sqrt(p * (1 - p) / draws)
    assert np.abs(y.mean(axis=0) - 3).max() < 3 * 3 * np.sqrt(p / (1 - p) / draws)
    squared = (y - 3) ** 2
    assert (np.abs(squared.mean(axis=0) - 9 * p / (1 - p)) <= 3 * squared.std(axis=0) / np.sqrt(draws) + 1e-12).all()
    assert np.array_equal(y, np.where(mask, 3 * (1 / (1 - p)), 0))
    # each entry has its own mask, so that variances add up
    assert np.var(y @ [1.0, 2.0]) == pytest.approx(5 * 9 * p / (1 - p), rel=0.03)
    # what a network in training multiplies with
    factor = random_mask((draws, 2), p, rng)
    assert factor.mean(axis=0) == pytest.approx(1, abs=0.01)
    assert np.var(factor @ [1.0, 2.0]) == pytest.approx(5 * p / (1 - p), rel=0.03)


def test_at_p_zero_nothing_is_dropped_whatever_is_drawn():
    net, X = network([2, 4, 3])
    assert dropout(np.ones(3), 0.0, LOWEST)[1].all() and not dropout(np.ones(3), 1e-9, LOWEST)[1].any()
    assert mc_dropout(net, X, 0.0, 3, LOWEST)[0] == pytest.approx(net.forward(X))
    assert mc_dropout(net, X, 1e-9, 3, LOWEST)[0] != pytest.approx(net.forward(X))


def test_as_many_units_as_are_allowed_are_averaged_and_one_more_is_refused(monkeypatch):
    monkeypatch.setattr(module, "MOST_UNITS", 4)
    net, X = network([2, 4, 3])
    assert ensemble(net, X, 0.3) == pytest.approx(the_long_way(net, X, 0.3, "arithmetic", "hidden"))
    with pytest.raises(ValueError, match=r"where must name at most 4 units, got 5 \(hidden\)"):
        ensemble(*network([2, 5, 3]), 0.3)


def test_p_zero_is_the_identity():
    x = np.random.default_rng(0).normal(size=(3, 4, 2))
    y, mask = dropout(x, 0.0, np.random.default_rng(0))
    assert np.array_equal(y, x) and mask.all()
    net, X = network([3, 4, 3])
    for where in ("hidden", "input"):
        for mean in ("arithmetic", "geometric"):
            assert ensemble(net, X, 0.0, mean, where) == pytest.approx(net.forward(X), abs=1e-14)
        assert np.array_equal(weight_scaled(net, X, 0.0, where), net.forward(X))


# -- the exact ensemble ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sizes", "where"),
    [((5, 3), "input"), *itertools.product([(4, 5, 3), (3, 3, 3, 3), (1, 1, 2)], ["hidden", "input"])],
)
@pytest.mark.parametrize(("task", "mean"), KINDS)
def test_the_ensemble_is_the_mean_of_all_sub_networks(sizes, where, task, mean):
    for activation, p, inverted in (("relu", 0.1, True), ("tanh", 0.5, True), ("relu", 0.7, False)):
        net, X = network(list(sizes), task, activation)
        expected = the_long_way(net, X, p, mean, where, inverted)
        assert ensemble(net, X, p, mean, where, inverted) == pytest.approx(expected, abs=1e-12)


def test_sub_networks_are_the_ones_written_out():
    for sizes, where in (([4, 3, 3], "hidden"), ([3, 2, 2, 3], "hidden"), ([4, 3, 3], "input")):
        net, X = network(sizes)
        masks = all_masks(4 if where == "input" else sum(sizes[1:-1]))
        ours = sub_networks(net, X, masks, 0.2, where)
        expected = {round(chance, 14): [] for chance, _ in one_by_one(net, X, 0.2, where)}
        for chance, out in one_by_one(net, X, 0.2, where):
            expected[round(chance, 14)].append(out)
        for chance, out in zip(mask_probabilities(masks, 0.2), ours, strict=True):
            assert any(np.allclose(out, other, atol=1e-13) for other in expected[round(chance, 14)])
        mean = np.tensordot(mask_probabilities(masks, 0.2), ours, 1)
        assert mean == pytest.approx(ensemble(net, X, 0.2, where=where), abs=1e-13)


@pytest.mark.parametrize("block", [1, 7, 100])
def test_the_blocks_of_work_do_not_show(monkeypatch, block):
    for sizes, where in (([3, 5, 3], "hidden"), ([5, 4, 3], "input"), ([3, 3, 2, 3], "hidden")):
        net, X = network(sizes)
        whole = ensemble(net, X, 0.3, where=where), mc_dropout(net, X, 0.3, 11, np.random.default_rng(0))
        with monkeypatch.context() as patch:
            patch.setattr(module, "BLOCK", block)
            assert ensemble(net, X, 0.3, where=where) == pytest.approx(whole[0], abs=1e-14)
            assert np.array(mc_dropout(net, X, 0.3, 11, np.random.default_rng(0))) == pytest.approx(np.array(whole[1]))


@pytest.mark.parametrize("block", [8, 2**17])
def test_outputs_too_far_apart_for_a_product_of_exponentials(monkeypatch, block):
    monkeypatch.setattr(module, "BLOCK", block)
    net, X = network([4, 6, 3], size=40.0)
    assert np.ptp(sub_networks(net, X, all_masks(6), 0.3) @ np.arange(3.0)) > 0
    assert ensemble(net, X, 0.3) == pytest.approx(the_long_way(net, X, 0.3, "arithmetic", "hidden"), abs=1e-12)


@pytest.mark.parametrize("apart", [[0.0, -800.0], [-590.0, 0.0]])
def test_a_class_that_one_half_of_the_units_all_but_excludes_keeps_its_digits(apart):
    """exp(-800) is no number, but the class has probability exp(-800 + 590) where the other half is against the first."""
    net = MLP([2, 2], np.random.default_rng(0), task="classification")
    net.weights[0][:] = apart, np.array([-590.0, -800.0]) - apart
    x = np.ones((1, 2))
    assert ensemble(net, x, 0.0, where="input") == pytest.approx(net.forward(x), rel=1e-12, abs=0)
    assert net.forward(x)[0] == pytest.approx([1.0, math.exp(-210)], rel=1e-12, abs=0)


def test_random_sub_networks_are_run_in_bounded_memory():
    net = MLP([2, 500, 1], np.random.default_rng(0))
    _, peak = measure.peak(lambda: mc_dropout(net, np.ones((10, 2)), 0.5, 2000, np.random.default_rng(0)))
    assert peak < 20e6  # all hidden units at once would be 80 MB


def test_sixteen_units_on_a_hundred_inputs_in_bounded_memory():
    rng = np.random.default_rng(0)
    net, X = MLP([8, 16, 10], rng, task="classification"), rng.normal(size=(100, 8))
    mean, peak = measure.peak(lambda: ensemble(net, X, 0.4))
    assert peak < 50e6  # all outputs at once would be 524 MB
    masks = all_masks(16)
    few = np.tensordot(mask_probabilities(masks, 0.4), sub_networks(net, X[:3], masks, 0.4), 1)
    assert mean[:3] == pytest.approx(few, abs=1e-12)


@pytest.mark.parametrize(("sizes", "where", "n"), [([4, 12, 10], "hidden", 10_000), ([12, 8, 2], "input", 1000)])
def test_memory_does_not_grow_with_the_inputs(sizes, where, n):
    net, X = MLP(sizes, np.random.default_rng(0), task="classification"), np.random.default_rng(1).normal(size=(n, sizes[0]))
    _, peak = measure.peak(lambda: ensemble(net, X, 0.4, where=where))
    assert peak < 40e6


# -- where weight scaling is exact, and where not ---------------------------------------------------------------


@pytest.mark.statement("dropout-linear")
@pytest.mark.parametrize("p", PS)
def test_before_a_linear_output_the_arithmetic_mean_is_weight_scaling(p):
    for sizes, where in (([5, 2], "input"), ([4, 6, 2], "hidden")):
        net, X = network(sizes, "regression")
        assert the_long_way(net, X, p, "arithmetic", where) == pytest.approx(net.forward(X), abs=1e-12)
        plain = the_long_way(net, X, p, "arithmetic", where, inverted=False)
        assert plain == pytest.approx(weight_scaled(net, X, p, where), abs=1e-12)
        masks = all_masks(sizes[0] if where == "input" else sizes[1])
        mean = np.tensordot(mask_probabilities(masks, p), sub_networks(net, X, masks, p, where), 1)
        assert mean == pytest.approx(net.forward(X), abs=1e-12)
        assert ensemble(net, X, p, where=where) == pytest.approx(net.forward(X), abs=1e-12)
        assert ensemble(net, X, p, where=where, inverted=False) == pytest.approx(plain, abs=1e-12)
        if p == 0.1:  # the two conventions are far apart here: keeping with probability p would not do
            assert np.abs(plain - weight_scaled(net, X, 1 - p, where)).max() > 0.1


@pytest.mark.statement("dropout-linear")
@pytest.mark.parametrize("p", PS)
def test_a_linear_network_may_drop_anywhere(p):
    rng = np.random.default_rng(3)
    x, W, V = rng.normal(size=4), rng.normal(size=(4, 3)), rng.normal(size=(3, 2))
    masks, chance = all_masks(7), mask_probabilities(all_masks(7), p)
    outputs = np.array([((x * m[:4] / (1 - p)) @ W * m[4:] / (1 - p)) @ V for m in masks])
    assert chance @ outputs == pytest.approx(x @ W @ V, abs=1e-12)


@pytest.mark.statement("dropout-softmax")
@pytest.mark.parametrize("p", PS)
@pytest.mark.parametrize(("sizes", "where"), [([6, 4], "input"), ([6, 2], "input"), ([3, 6, 4], "hidden")])
def test_before_a_softmax_the_geometric_mean_is_weight_scaling(sizes, where, p):
    net, X = network(sizes)
    assert the_long_way(net, X, p, "geometric", where) == pytest.approx(net.forward(X), abs=1e-12)
    plain = the_long_way(net, X, p, "geometric", where, inverted=False)
    assert plain == pytest.approx(weight_scaled(net, X, p, where), abs=1e-12)
    masks = all_masks(6)
    product = np.exp(np.tensordot(mask_probabilities(masks, p), np.log(sub_networks(net, X, masks, p, where)), 1))
    assert product / product.sum(axis=1, keepdims=True) == pytest.approx(net.forward(X), abs=1e-12)
    assert ensemble(net, X, p, "geometric", where) == pytest.approx(net.forward(X), abs=1e-12)
    assert ensemble(net, X, p, "geometric", where, inverted=False) == pytest.approx(plain, abs=1e-12)
    if p == 0.5:
        assert np.abs(the_long_way(net, X, p, "arithmetic", where) - net.forward(X)).max() > 1e-2


@pytest.mark.parametrize(("sizes", "where"), [([5, 4, 3], "input"), ([4, 3, 3, 3], "hidden")])
def test_before_a_nonlinearity_neither_mean_is_weight_scaling(sizes, where):
    net, X = network(sizes)
    for mean in ("arithmetic", "geometric"):
        assert np.abs(the_long_way(net, X, 0.5, mean, where) - net.forward(X)).max() > 1e-2
    net, X = network(sizes, "regression")
    assert np.abs(the_long_way(net, X, 0.5, "arithmetic", where) - net.forward(X)).max() > 1e-2


@pytest.mark.statement("dropout-relu")
def test_the_mean_of_a_relu_is_at_least_the_relu_of_the_mean():
    rng, masks = np.random.default_rng(4), all_masks(6)
    strict = 0
    for p in (0.1, 0.5, 0.9):
        chance = mask_probabilities(masks, p)
        for _ in range(50):
            x, w, b = rng.normal(size=6), rng.normal(size=6), rng.normal()
            z = masks @ (x * w) / (1 - p) + b
            gap = chance @ np.maximum(z, 0) - max(x @ w + b, 0)
            assert gap > -1e-12
            unit = MLP([6, 1, 1], rng)  # the ReLU unit alone, and its output passed on as it is
            unit.weights[0][:, 0], unit.biases[0][:], unit.weights[1][:] = w, b, 1.0
            assert ensemble(unit, x[None], p, where="input") - unit.forward(x[None]) == pytest.approx(gap, abs=1e-12)
            assert (gap > 1e-12) == (z.min() < -1e-12 and z.max() > 1e-12)
            strict += gap > 1e-12
    assert 50 < strict < 150


# -- a committee -----------------------------------------------------------------------------------------------


@pytest.mark.statement("dropout-averaging")
@pytest.mark.parametrize("m", [1, 2, 3])
def test_the_error_of_m_sub_networks_is_the_ensembles_plus_variance_over_m(m):
    net, X = network([2, 3, 1], "regression")
    masks, chance, y = all_masks(3), mask_probabilities(all_masks(3), 0.3), np.arange(6.0)
    outputs = sub_networks(net, X, masks, 0.3)[:, :, 0]
    error = 0.0
    for drawn in itertools.product(range(8), repeat=m):  # all ways to draw m masks
        error += np.prod(chance[list(drawn)]) * np.mean((y - outputs[list(drawn)].mean(axis=0)) ** 2)
    mean = ensemble(net, X, 0.3)[:, 0]
    variance = chance @ ((outputs - mean) ** 2).mean(axis=1)
    assert error == pytest.approx(np.mean((y - mean) ** 2) + variance / m, abs=1e-12)
    if m > 1:  # and the package draws masks so
        rng = np.random.default_rng(0)
        errors = np.array([np.mean((y - mc_dropout(net, X, 0.3, m, rng)[0][:, 0]) ** 2) for _ in range(3000)])
        assert abs(errors.mean() - error) < 3 * errors.std(ddof=1) / np.sqrt(len(errors))


@pytest.mark.statement("dropout-committee")
@pytest.mark.parametrize("seed", range(20))
def test_either_mean_has_no_larger_log_loss_than_sub_networks_have_on_average(seed):
    net, X = network([3, 5, 4], seed=seed, size=2.0)
    masks, y = all_masks(5), np.random.default_rng(seed).integers(0, 4, 6)
    chance, rows = mask_probabilities(masks, 0.4), np.arange(6)
    on_average = chance @ -np.log(sub_networks(net, X, masks, 0.4)[:, rows, y])
    assert on_average == pytest.approx(sum(q * -np.log(out[rows, y]) for q, out in one_by_one(net, X, 0.4, "hidden")))
    if seed < 3:
        for mean in ("arithmetic", "geometric"):
            assert ensemble(net, X, 0.4, mean) == pytest.approx(the_long_way(net, X, 0.4, mean, "hidden"), abs=1e-12)
    for mean in ("arithmetic", "geometric"):
        assert (-np.log(ensemble(net, X, 0.4, mean)[rows, y]) <= on_average + 1e-12).all()


@pytest.mark.parametrize("sizes", [[2, 5, 1], [2, 3, 2, 1]])
def test_monte_carlo_tends_to_the_exact_mean_and_spread(sizes):
    net, X = network(sizes, "regression", "tanh")
    masks = all_masks(sum(sizes[1:-1]))
    outputs, chance = sub_networks(net, X, masks, 0.3), mask_probabilities(masks, 0.3)
    exact = np.tensordot(chance, outputs, 1)
    spread = np.sqrt(np.tensordot(chance, (outputs - exact) ** 2, 1))
    mean, std = mc_dropout(net, X, 0.3, 40_000, np.random.default_rng(0))
    assert mean.shape == std.shape == (6, 1)
    assert (np.abs(mean - exact) < 4 * spread / np.sqrt(40_000)).all()
    assert std == pytest.approx(spread, rel=0.02)


def test_the_spread_of_two_samples_has_one_below_the_line():
    net, X = network([2, 5, 1], "regression")
    masks = np.random.default_rng(0).random((2, 5)) >= 0.5
    one, two = sub_networks(net, X, masks, 0.5)
    mean, std = mc_dropout(net, X, 0.5, 2, np.random.default_rng(0))
    assert mean == pytest.approx((one + two) / 2) and std == pytest.approx(np.abs(one - two) / np.sqrt(2))


# -- linear regression -----------------------------------------------------------------------------------------


def regression(seed=0, n=6, columns=2):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, columns)) + 0.5, rng.normal(size=n), rng.normal(size=columns)


@pytest.mark.statement("dropout-ridge")
@pytest.mark.parametrize("p", PS)
def test_the_mean_over_masks_of_the_loss_is_the_loss_plus_the_penalty(p):
    X, y, w = regression()
    b, masks = 0.7, all_masks(X.size)  # each entry of X has its own mask: 4096 of them
    thinned = masks.reshape(-1, *X.shape) * X / (1 - p)
    average = mask_probabilities(masks, p) @ np.mean((y - thinned @ w - b) ** 2, axis=1)
    assert average == pytest.approx(np.mean((y - X @ w - b) ** 2) + dropout_penalty(X, p) @ w**2, rel=1e-12)


@pytest.mark.statement("dropout-ridge")
@pytest.mark.parametrize("p", PS)
def test_the_minimizer_of_the_mean_is_the_generalized_ridge_solution(p):
    X, y, _ = regression()
    n, masks = len(X), all_masks(X.size)
    chance, thinned = mask_probabilities(masks, p), masks.reshape(-1, *X.shape) * X / (1 - p)
    # the normal equations of the enumerated loss
    A = np.einsum("m,mij,mik->jk", chance, thinned, thinned)
    c = np.einsum("m,mij,i->j", chance, thinned, y)
    w = np.linalg.solve(X.T @ X + n * np.diag(dropout_penalty(X, p)), X.T @ y)
    assert np.linalg.solve(A, c) == pytest.approx(w, abs=1e-12)
    scaled = X / np.sqrt(np.mean(X**2, axis=0))
    same = ridge(scaled, y, p / (1 - p), fit_intercept=False).coef
    assert same / np.sqrt(np.mean(X**2, axis=0)) == pytest.approx(w, abs=1e-12)


def test_the_penalty_is_not_symmetric_in_p():
    X, _, _ = regression()
    assert dropout_penalty(X, 0.1) == pytest.approx(np.mean(X**2, axis=0) / 9)
    assert dropout_penalty(X, 0.9) == pytest.approx(np.mean(X**2, axis=0) * 9)


# -- bad input -------------------------------------------------------------------------------------------------

NET, INPUTS = network([3, 4, 3])


@pytest.mark.parametrize("p", [1.0, 1.5, -0.1, np.nan, "half", None])
@pytest.mark.parametrize(
    "call",
    [
        lambda p: dropout([1.0], p, np.random.default_rng(0)),
        lambda p: mask_probabilities(all_masks(2), p),
        lambda p: ensemble(NET, INPUTS, p),
        lambda p: sub_networks(NET, INPUTS, all_masks(4), p),
        lambda p: weight_scaled(NET, INPUTS, p),
        lambda p: mc_dropout(NET, INPUTS, p, 5, np.random.default_rng(0)),
        lambda p: dropout_penalty([[1.0]], p),
    ],
)
def test_p_outside_zero_to_one_is_refused(call, p):
    with pytest.raises(ValueError, match=r"p must be a number in \[0, 1\)"):
        call(p)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: all_masks(0), "n must be an integer from 1 to 26, got 0"),
        (lambda: all_masks(60), "n must be an integer"),
        (lambda: mask_probabilities([[1, 0]], 0.5), "masks must be a two-dimensional array of bool"),
        (lambda: mask_probabilities(np.zeros((0, 2), bool), 0.5), "masks must be a two-dimensional array of bool"),
        (lambda: dropout([np.inf], 0.5, np.random.default_rng(0)), "x must be finite"),
        (lambda: dropout([1.0], 0.5, 3), "rng must be"),
        (lambda: ensemble(NET, INPUTS[:, :2], 0.5), "X must have 3 columns"),
        (lambda: ensemble(NET, INPUTS, 0.5, "median"), "mean must be one of 'arithmetic', 'geometric'"),
        (lambda: ensemble(NET, INPUTS, 0.5, where="output"), "where must be one of 'hidden', 'input'"),
        (lambda: ensemble(NET, INPUTS, 0.5, inverted=1), "inverted must be True or False"),
        (lambda: ensemble(MLP([3, 4, 1], np.random.default_rng(0)), INPUTS, 0.5, "geometric"), "mean must be 'arithmetic'"),
        (lambda: ensemble(MLP([3, 1], np.random.default_rng(0)), INPUTS, 0.5), "where must be 'input'"),
        (lambda: ensemble(MLP([3, 40, 1], np.random.default_rng(0)), INPUTS, 0.5), "where must name at most 26 units, got 40"),
        (lambda: sub_networks(NET, INPUTS, all_masks(3), 0.5), "masks must have 4 columns"),
        (lambda: weight_scaled(NET, INPUTS, 0.5, "output"), "where must be"),
        (lambda: mc_dropout(NET, INPUTS, 0.5, 1, np.random.default_rng(0)), "n_samples must be an integer from 2"),
        (lambda: mc_dropout(NET, INPUTS, 0.5, 5, None), "rng must be"),
        (lambda: dropout_penalty([1.0, 2.0], 0.5), "X must have 2 axes"),
    ],
)
def test_bad_arguments_are_refused_by_name(call, said):
    with pytest.raises(ValueError, match=said):
        call()


def test_nothing_that_is_passed_in_is_changed():
    before = [a.copy() for a in (*NET.weights, *NET.biases, INPUTS)]
    for where in ("hidden", "input"):
        ensemble(NET, INPUTS, 0.5, where=where), weight_scaled(NET, INPUTS, 0.5, where)
    mc_dropout(NET, INPUTS, 0.5, 5, np.random.default_rng(0))
    assert all(np.array_equal(a, b) for a, b in zip(before, (*NET.weights, *NET.biases, INPUTS), strict=True))


def test_the_penalty_of_tiny_numbers_in_single_precision_is_no_zero():
    assert dropout_penalty(np.full((3, 1), 1e-25, np.float32), 0.5) == pytest.approx([1e-50], rel=1e-6, abs=0)
