"""Stopping rules on worked curves and against Keras's loop; gradient descent against its filter, ridge and a sharp bound."""

import fractions
import functools
import math

import conftest
import numpy as np
import pytest
from conftest import KINDS
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks import measure
from reglesson.data import wave
from reglesson.early_stopping import (
    GeneralizationLoss,
    Patience,
    ProgressQuotient,
    Up,
    best_epoch,
    filter_factors,
    filter_risk,
    flow_factors,
    generalization_loss,
    gradient_descent,
    gradient_descent_path,
    progress,
)
from reglesson.l2 import ridge, ridge_path
from reglesson.linear import mse
from reglesson.network import MLP, Adam, train

NAN, INF = float("nan"), float("inf")

# -- rules on curves whose answer is known ---------------------------------------------------------------------

#            epoch  1    2    3    4    5    6    7    8    9    10
TURNS = np.array([10.0, 8.0, 6.0, 5.0, 4.0, 4.4, 4.2, 5.0, 6.0, 8.0])
FALLS = np.array([9.0, 7.0, 5.0, 4.0, 3.0, 2.0, 1.8, 1.8, 1.8, 1.8])


@pytest.mark.parametrize(
    ("rule", "stops"),
    [
        (Patience(1), 5),
        (Patience(2), 6),
        (Patience(5), 9),  # the last epoch counts
        (Patience(6), None),
        (GeneralizationLoss(9.0), 5),  # 10 per cent above the best
        (GeneralizationLoss(20.0), 7),  # 25 per cent
        (GeneralizationLoss(25.0), 8),  # 25 is not more than 25
        (GeneralizationLoss(99.0), 9),
        (GeneralizationLoss(100.0), None),
        (Up(1, k=1), 5),
        (Up(2, k=1), 8),
        (Up(3, k=1), 9),
        (Up(1, k=2), 7),  # ends 8, 5, 4.4, 5, 8
        (Up(2, k=2), 9),
        (Up(3, k=2), None),
        (Up(1, k=5), 9),  # ends 4, 8
        (Up(1, k=6), None),
    ],
)
def test_a_rule_stops_a_worked_curve_where_it_should(rule, stops):
    assert rule.stop_epoch(TURNS) == stops
    assert best_epoch(TURNS) == 4


@pytest.mark.parametrize(("patience", "stops"), [(1, 1), (2, 6), (3, 10), (4, None)])
def test_patience_begins_anew_with_each_improvement(patience, stops):
    waves = [3.0, 4.0, 2.0, 3.0, 1.0, 2.0, 2.0, 0.5, 0.7, 0.6, 0.6]  # in a row there are one, one, two and three without it
    assert Patience(patience).stop_epoch(waves) == stops


def test_progress_and_its_quotient_on_a_worked_curve():
    # strips of two: (9, 7), (5, 4), (3, 2), (1.8, 1.8), (1.8, 1.8)
    assert progress(FALLS, 2) == pytest.approx([1000 / 7, 125.0, 250.0, 0.0, 0.0])
    assert generalization_loss(TURNS)[1::2] == pytest.approx([0, 0, 10, 25, 100])
    assert ProgressQuotient(0.03, k=2).stop_epoch(TURNS, FALLS) == 5  # 10 / 250 = 0.04
    assert ProgressQuotient(0.05, k=2).stop_epoch(TURNS, FALLS) == 7  # then there is no progress at all
    assert ProgressQuotient(1.0).stop_epoch(TURNS, FALLS) == 9  # 100 / 0
    assert ProgressQuotient(1.0, k=11).stop_epoch(TURNS, FALLS) is None
    assert ProgressQuotient(1.0, k=2).stop_epoch([3.0, 2.0, 2.0, 2.0], [1.0] * 4) is None  # 0 / 0 is no reason to stop


def test_a_strip_is_five_epochs_as_in_prechelts_paper():
    steps = np.repeat([4.0, 3.0, 5.0], 5)  # three strips, flat within each
    assert Up(1).stop_epoch(steps) == 14 == Up(1, k=5).stop_epoch(steps)
    assert ProgressQuotient(1.0).stop_epoch(steps, steps) == 14
    assert progress([5.0, 4.0, 3.0, 2.0, 1.0, 0.5]) == pytest.approx([2000])  # mean 3, least 1; the sixth begins a strip
    assert progress([5.0, 4.0], 1).tolist() == [0, 0]  # one epoch is its own mean and its own least
    assert progress([5.0, 4.0], 3).shape == (0,)


def test_a_loss_may_be_zero_and_what_follows_is_infinitely_many_per_cent_above_it():
    assert generalization_loss([1.0, 0.0, 0.0, 1.0]).tolist() == [0, 0, 0, INF]
    assert progress([1.0, 0.0, 0.0, 0.0], 2).tolist() == [INF, 0]


@pytest.mark.parametrize(
    ("rule", "words"), [(Patience, (1, 0.0)), (GeneralizationLoss, (5.0,)), (ProgressQuotient, (0.5, 5)), (Up, (1, 5))]
)
def test_the_first_epoch_that_counts_is_given_by_name(rule, words):
    assert rule(*words, start_epoch=3).start_epoch == 3
    with pytest.raises(TypeError, match="positional"):
        rule(*words, 3)


RULES = [Patience(1), Patience(3), Patience(2, 0.5), GeneralizationLoss(0.0), GeneralizationLoss(5.0), ProgressQuotient(0.5),
         ProgressQuotient(0.1, k=2), Up(1), Up(2, k=2), Up(3, k=1)]  # fmt: skip
CURVES = st.lists(st.one_of(st.integers(1, 9).map(float), st.floats(0.1, 10), st.just(NAN)), min_size=1, max_size=24)


@pytest.mark.parametrize("rule", RULES, ids=repr)
@settings(max_examples=60, deadline=None)
@given(curve=CURVES, seed=st.integers(0, 99))
def test_a_rule_knows_nothing_of_the_future(rule, curve, seed):
    training = np.random.default_rng(seed).integers(1, 4, len(curve)).astype(float)
    stop = rule.stop_epoch(curve, training)
    for seen in range(1, len(curve) + 1):
        expected = stop if stop is not None and stop < seen else None
        assert rule.stop_epoch(curve[:seen], training[:seen]) == expected


@pytest.mark.parametrize("rule", RULES, ids=repr)
def test_a_curve_that_falls_is_never_stopped_and_a_single_epoch_neither(rule):
    assert rule.stop_epoch(np.linspace(20, 1, 30), np.linspace(20, 1, 30)) is None
    assert rule.stop_epoch([1.0], [1.0]) is None
    assert rule.stop_epoch([NAN], [1.0]) is None


def test_ties_are_no_improvement_for_patience_and_no_rise_for_the_others():
    flat = [2.0] * 12
    assert Patience(3).stop_epoch(flat) == 3
    assert GeneralizationLoss(0.0).stop_epoch(flat) is None
    assert Up(1, k=2).stop_epoch(flat) is None
    assert ProgressQuotient(0.1).stop_epoch(flat, flat) is None
    assert best_epoch([3.0, 1.0, 2.0, 1.0]) == 1


def test_min_delta_must_be_exceeded_and_small_steps_add_up():
    assert Patience(1, min_delta=1.0).stop_epoch([5.0, 4.0]) == 1  # by one, not by more than one
    assert Patience(1, min_delta=1.0).stop_epoch([5.0, 3.5]) is None
    slow = 5 - 0.25 * np.arange(12)
    assert Patience(3, min_delta=1.0).stop_epoch(slow) == 3
    # five steps of a quarter from the best are an improvement of more than one: the best did not move along with them
    assert Patience(5, min_delta=1.0).stop_epoch(slow) is None


@settings(max_examples=200, deadline=None)
@given(curve=CURVES, patience=st.integers(1, 6), min_delta=st.sampled_from([0.1, 0.5, 2.0]))
def test_min_delta_never_makes_patience_stop_later(curve, patience, min_delta):
    with_it, without = (Patience(patience, delta).stop_epoch(curve) for delta in (min_delta, 0.0))
    assert without is None or with_it <= without


def test_nan_counts_as_infinite():
    assert Patience(2).stop_epoch([3.0, NAN, 2.0, NAN, NAN]) == 4
    assert Patience(2).stop_epoch([NAN, NAN, 1.0]) == 1
    assert GeneralizationLoss(50.0).stop_epoch([3.0, 2.0, NAN, 1.0]) == 2
    assert GeneralizationLoss(50.0).stop_epoch([NAN, NAN, 2.0, 2.5]) is None
    assert Up(2, k=1).stop_epoch([3.0, 2.0, NAN, NAN]) == 3
    assert Up(1, k=2).stop_epoch([NAN, 2.0, NAN, 1.0]) is None  # only strip ends are looked at
    assert ProgressQuotient(1.0, k=2).stop_epoch([3.0, 2.0, 2.0, NAN], [2.0, 1.0, 1.0, 0.5]) == 3
    assert best_epoch([NAN, 3.0, NAN]) == 1
    with pytest.raises(ValueError, match="train_losses must be finite"):
        ProgressQuotient(1.0, k=2).stop_epoch([3.0, 2.0], [1.0, NAN])
    with pytest.raises(ValueError, match="at least one finite loss"):
        best_epoch([NAN, INF])


def keras_stop(losses, patience, min_delta):
    """What keras.callbacks.EarlyStopping does at each epoch's end (Keras 3), with the monitor "val_loss"."""
    best, wait = INF, 0
    for epoch, current in enumerate(losses):
        wait += 1
        if np.less(current - (-min_delta), best):
            best, wait = current, 0
            continue
        if wait >= patience and epoch > 0:
            return epoch
    return None


@settings(max_examples=300, deadline=None)
@given(curve=CURVES, patience=st.integers(1, 6), min_delta=st.sampled_from([0.0, 0.5, 1.0, 2.0]))
def test_patience_counts_as_keras_does(curve, patience, min_delta):
    assert Patience(patience, min_delta).stop_epoch(curve) == keras_stop(curve, patience, min_delta)


def up_by_prechelts_recursion(losses, t, s, k):
    """UP_s after epoch t, a multiple of k counted from 1: UP_(s-1) stops after t - k, and E(t) > E(t - k)."""
    return t - k >= k and losses[t - 1] > losses[t - k - 1] and (s == 1 or up_by_prechelts_recursion(losses, t - k, s - 1, k))


@settings(max_examples=200, deadline=None)
@given(curve=st.lists(st.integers(1, 5).map(float), min_size=1, max_size=24), s=st.integers(1, 4), k=st.integers(1, 5))
def test_up_is_prechelts_recursion(curve, s, k):
    stops = [t - 1 for t in range(k, len(curve) + 1, k) if up_by_prechelts_recursion(curve, t, s, k)]
    assert Up(s, k).stop_epoch(curve) == (stops[0] if stops else None)


@pytest.mark.statement("early-stopping-patience")
@settings(max_examples=200, deadline=None)
@given(curve=st.lists(st.floats(0.1, 10), min_size=2, max_size=30), patience=st.integers(1, 8))
def test_patience_stops_that_many_epochs_after_the_best_and_more_of_it_never_keeps_a_worse_model(curve, patience):
    stop = Patience(patience).stop_epoch(curve)
    later = Patience(patience + 1).stop_epoch(curve)
    if stop is None:
        assert later is None and len(curve) <= best_epoch(curve) + patience
        return
    seen = curve[: stop + 1]
    assert stop == best_epoch(seen) + patience
    assert later is None or later > stop
    assert min(curve[: len(curve) if later is None else later + 1]) <= min(seen)
    if later is not None and min(curve[: later + 1]) == min(seen):
        assert later == stop + 1


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Patience(0), "patience must be an integer from 1, got 0"),
        (lambda: Patience(2.0), "patience must be an integer"),
        (lambda: Patience(2, -0.1), "min_delta must be a number in"),
        (lambda: GeneralizationLoss(-1), "alpha must be"),
        (lambda: ProgressQuotient(0.0), "alpha must be"),
        (lambda: ProgressQuotient(1.0, k=1), "k must be an integer from 2"),
        (lambda: Up(0), "s must be"),
        (lambda: Up(1, k=0), "k must be"),
        (lambda: Patience(1).stop_epoch([]), "val_losses must be a list of numbers"),
        (lambda: Patience(1).stop_epoch([[1.0]]), "val_losses must be a list of numbers"),
        (lambda: Patience(1).stop_epoch(["1.0"]), "val_losses must be a list of numbers"),
        (lambda: Patience(1).stop_epoch([1j]), "val_losses must be a list of numbers"),
        (lambda: Patience(1).stop_epoch([1.0, -INF]), "val_losses must be above minus infinity"),
        (lambda: GeneralizationLoss(1).stop_epoch([1.0, -1.0]), "val_losses must be at least 0"),
        (lambda: ProgressQuotient(1.0).stop_epoch([1.0, 2.0]), "train_losses must have one loss per epoch.*got None"),
        (lambda: ProgressQuotient(1.0).stop_epoch([1.0, 2.0], [1.0]), "train_losses must have one loss per epoch.*1 for 2"),
        (lambda: progress([1.0, -1.0]), "train_losses must be at least 0"),
    ],
)
def test_bad_arguments_of_a_rule_are_named(make, message):
    with pytest.raises(ValueError, match=message):
        make()


# -- the best weights come back --------------------------------------------------------------------------------


class Recorder:
    """A stopping rule that also keeps a copy of the network after each epoch."""

    def __init__(self, rule, network):
        self.rule, self.network, self.seen = rule, network, []

    def stop_epoch(self, val_losses, train_losses):
        self.seen.append(self.network.copy())
        return self.rule.stop_epoch(val_losses, train_losses)


@pytest.mark.statement("early-stopping-patience")
@pytest.mark.parametrize("rule", [Patience(10), GeneralizationLoss(30.0), ProgressQuotient(2.0), Up(2)], ids=repr)
def test_training_stops_by_the_rule_and_gives_the_best_weights_back_bit_for_bit(rule):
    rng = np.random.default_rng(4)
    x, y = wave(12, 0.4, rng)
    x_val, y_val = wave(20, 0.4, rng)
    network = MLP([1, 20, 1], rng, activation="tanh")
    recorder = Recorder(rule, network)
    options = {"X_val": x_val[:, None], "y_val": y_val, "stop": recorder, "batch_size": 4}
    history = train(network, x[:, None], y, Adam(0.03), 600, np.random.default_rng(5), **options)
    stop = rule.stop_epoch(history.val_loss, history.train_loss)
    assert history.stopped and stop == len(history.val_loss) - 1
    best = best_epoch(history.val_loss)
    assert best == history.best_epoch < stop
    kept, last = recorder.seen[best], recorder.seen[-1]
    for mine, its, lasts in zip([*network.weights, *network.biases], [*kept.weights, *kept.biases],
                                [*last.weights, *last.biases], strict=True):  # fmt: skip
        assert mine.tobytes() == its.tobytes() and mine.tobytes() != lasts.tobytes()
    assert network.loss(x_val[:, None], y_val) == history.val_loss[best]


def test_the_validation_loss_of_the_chosen_epoch_is_too_good_on_average():
    """Models of known risks, judged by the same finite validation set: the least of them is below the risk of what it picks."""
    rng = np.random.default_rng(0)
    biases, n_val, noise = np.linspace(-0.2, 0.2, 21), 20, 1.0
    risk = noise**2 + biases**2
    gaps, below = [], []
    for _ in range(4000):
        errors = noise * rng.normal(size=n_val)
        losses = np.mean((errors[None] - biases[:, None]) ** 2, axis=1)
        pick = best_epoch(losses)
        assert losses[pick] == losses.min()
        gaps.append(risk[pick] - losses[pick])
        below.append(risk.min() - losses.min())
    for gap in (np.array(gaps), np.array(below)):
        assert gap.mean() > 5 * gap.std() / math.sqrt(len(gap))


def test_a_rule_that_stops_can_report_too_much_on_average():
    """With the number of epochs fixed beforehand the report is too low on average; with a rule it need not be."""
    losses = np.array([[1.0, 1.1, 0.69], [1.0, 0.9, 0.89]])  # two equally likely validation sets
    risks = losses.mean(axis=0)
    reports, kept = [], []
    for seen in losses:
        stop = Patience(1).stop_epoch(seen)
        seen = seen[: None if stop is None else stop + 1]
        reports.append(seen.min())
        kept.append(risks[best_epoch(seen)])
    assert losses.min(axis=1).mean() <= risks.min() + 1e-12  # all three epochs looked at
    assert np.mean(reports) > np.mean(kept) > risks.min()


# -- gradient descent is a filter ------------------------------------------------------------------------------


problem = functools.partial(conftest.problem, widest=0)  # steps are short where the scales are far apart


def singular_values(X):
    s = np.linalg.svd(X - X.mean(axis=0), compute_uv=False)
    return s[s > 1e-10 * s[0]]


@pytest.mark.statement("early-stopping-filter")
@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("share", [0.02, 0.3, 0.5, 0.97])
@pytest.mark.parametrize("kind", KINDS)
def test_steps_of_gradient_descent_equal_the_filter(kind, share, fit_intercept):
    """Up to 0.97 of the largest rate, where each step overshoots along the widest direction."""
    X, y = problem(kind)
    Xc, yc = (X - X.mean(0), y - y.mean()) if fit_intercept else (X, y)
    U, s, Vt = np.linalg.svd(Xc, full_matrices=False)
    U, s, Vt = U[:, s > 1e-10 * s[0]], s[s > 1e-10 * s[0]], Vt[s > 1e-10 * s[0]]
    rate, steps = share * len(X) / s[0] ** 2, np.array([200, 0, 1, 2, 17])
    path = gradient_descent_path(X, y, rate, steps, fit_intercept=fit_intercept)
    for i, t in enumerate(steps):
        slow = gradient_descent(X, y, rate, int(t), fit_intercept=fit_intercept)
        assert np.abs(path.coefs[i] - slow.coef).max() < 1e-10
        assert path[i].intercept == pytest.approx(slow.intercept, abs=1e-9)
        formula = Vt.T @ ((1 - (1 - 2 * rate * s**2 / len(X)) ** float(t)) / s * (U.T @ yc))
        assert np.abs(path.coefs[i] - formula).max() < 1e-10
    assert path.lams[[0, 2, 3]] == pytest.approx(1 / (2 * rate * steps[[0, 2, 3]]))


def test_no_step_at_all_is_an_infinite_penalty():
    X, y = problem("tall")
    path = gradient_descent_path(X, y, 0.1, [0, 1])
    assert path.lams[0] == np.inf and np.all(path.coefs[0] == 0) and path.intercepts[0] == pytest.approx(y.mean())
    fit = gradient_descent(X, y, 0.1, 0)
    assert np.all(fit.coef == 0) and fit.intercept == pytest.approx(y.mean())


def test_tiny_factors_keep_their_digits():
    factors = filter_factors([1e-7, 1.0], 1, 0.3, [1, 1000])
    assert factors[:, 0] == pytest.approx([6e-15, 6e-12], rel=1e-9, abs=0)
    assert factors[:, 1] == pytest.approx([0.6, 1.0])
    assert filter_factors([1.0], 1, 0.5, [0, 1, 2]).tolist() == [[0], [1], [1]]


def test_float32_stays_float32():
    X, y = problem("tall")
    path = gradient_descent_path(X.astype(np.float32), y.astype(np.float32), 0.1, [3])
    assert path.coefs.dtype == np.float32
    assert path.coefs[0] == pytest.approx(gradient_descent_path(X, y, 0.1, [3]).coefs[0], rel=1e-4)


def test_a_rate_at_which_steps_do_not_shrink_is_refused_and_just_below_it_is_not():
    X, y = problem("tall")
    limit = len(X) / singular_values(X)[0] ** 2
    gradient_descent_path(X, y, 0.999 * limit, [5])
    for rate in (1.001 * limit, 10.0):
        with pytest.raises(ValueError, match=r"learning_rate must be below n / s\^2 = "):
            gradient_descent_path(X, y, rate, [5])
    with pytest.raises(ValueError, match="learning_rate must be below"):
        filter_factors([1.0], 1, 1.0, [5])  # 1 - 2 eta s^2/n = -1: the error neither shrinks nor grows
    with pytest.raises(ValueError) as refused:
        filter_factors([2.0, 0.1, 5.0], 7, 100.0, [5])
    assert float(str(refused.value).split(" = ")[1].split()[0]) == pytest.approx(7 / 5**2)
    grown = [np.linalg.norm(gradient_descent(X, y, 1.1 * limit, t).coef) for t in (50, 100, 150)]
    assert grown[0] < grown[1] < grown[2]


def exact_descent(X, y, rate, steps):
    """Gradient descent with an intercept in fractions, from the very floats, with no rounding at all."""
    exact = [[fractions.Fraction(float(v)) for v in row] for row in X.T]
    centred = [[v - sum(column) / len(y) for v in column] for column in exact]
    target = [fractions.Fraction(float(v)) for v in y]
    target = [v - sum(target) / len(y) for v in target]
    w, share = [fractions.Fraction(0)] * len(exact), 2 * fractions.Fraction(rate) / len(y)
    for _ in range(steps):
        off = [sum(a * column[i] for a, column in zip(w, centred, strict=True)) - target[i] for i in range(len(y))]
        w = [a - share * sum(e * v for e, v in zip(off, column, strict=True)) for a, column in zip(w, centred, strict=True)]
    return np.array([float(a) for a in w])


@pytest.mark.parametrize(
    ("scales", "offsets"),
    [((1.0, 1.0), (0.0, 0.0)), ((1.0, 1e-2), (0.0, 1.7e9)), ((1e-3, 2e-3), (1e9, 3.0)), ((1e12, 3e11), (0.0, 1e15)),
     ((1e-20, 3e-20), (0.0, 0.0))],
)  # fmt: skip
def test_the_path_is_gradient_descent_without_rounding_whatever_the_units_and_offsets(scales, offsets):
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(6, 2)) * scales + offsets, rng.normal(size=6) + 3
    rate = float(0.4 * 6 / np.linalg.norm(X - X.mean(axis=0), 2) ** 2)
    path = gradient_descent_path(X, y, rate, [0, 1, 5, 12])
    for steps, coef in zip((0, 1, 5, 12), path.coefs, strict=True):
        right = exact_descent(X, y, rate, steps)
        size = np.abs(X - X.mean(axis=0)).max(axis=0)  # a weight times its column is a part of the prediction
        assert np.abs((coef - right) * size).max() <= 1e-11 * max(1e-300, np.abs(right * size).max())


def test_single_precision_walks_as_double_precision_far_from_zero():
    rng = np.random.default_rng(1)
    X = (1e4 + rng.normal(size=(2000, 3))).astype(np.float32)
    y = (X @ np.ones(3, np.float32) / 100).astype(np.float32)
    single, double = (gradient_descent_path(X.astype(kind), y.astype(kind), 0.2, [0, 3, 50, 10**6]) for kind in (np.float32, float))
    assert single.coefs.dtype == np.float32 and single.coefs == pytest.approx(double.coefs, rel=1e-6, abs=1e-9)
    assert single.predict(X)[2] == pytest.approx(double.predict(X)[2], abs=2e-3)


def test_a_path_of_many_steps_needs_no_more_memory_than_its_docstring_says():
    n, p, count = 2000, 30, 5000
    X, y = np.random.default_rng(0).normal(size=(n, p)), np.ones(n) * np.arange(n)
    _, peak = measure.peak(lambda: gradient_descent_path(X, y, 1e-3, np.arange(count)))
    assert peak < 8 * (6 * n * p + 8 * count * (p + p))  # predictions for all steps, n a step, would be 80 MB



@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"learning_rate": 0.0}, "learning_rate must be"),
        ({"learning_rate": NAN}, "learning_rate must be"),
        ({"steps": []}, "steps must be a list of integers"),
        ({"steps": 5}, "steps must be a list of integers"),
        ({"steps": [1.5]}, "steps must be a list of integers"),
        ({"steps": np.array([], int)}, "steps must be a list of integers"),
        ({"steps": [1, -1]}, "steps must be a list of integers"),
        ({"steps": [1, 2**53]}, r"steps must be a list of integers, each at least 0 and below 2\*\*53"),
        ({"X": [[1.0, NAN]]}, "X must be finite"),
    ],
)
def test_bad_arguments_of_a_path_are_named(arguments, message):
    X, y = problem("tall")
    with pytest.raises(ValueError, match=message):
        gradient_descent_path(**({"X": X, "y": y, "learning_rate": 0.1, "steps": [1]} | arguments))


def test_as_many_steps_as_a_float_can_count():
    assert filter_factors([1e-8], 1, 0.5, [2**53 - 1])[0, 0] == pytest.approx(-math.expm1((2**53 - 1) * math.log1p(-1e-16)))


def test_features_that_do_not_vary_have_no_weight_at_any_rate():
    path = gradient_descent_path(np.full((4, 2), 3.0), [1.0, 2.0, 3.0, 6.0], 100.0, [0, 5])
    assert path.coefs.tolist() == [[0, 0], [0, 0]] and path.intercepts.tolist() == [3, 3]


def test_one_weight_that_overflows_is_enough_to_refuse_the_rate():
    """With X = diag(1, 1e-60) the first weight grows by 1 - rate each step, the second hardly at all."""
    X, y = np.diag([1.0, 1e-60]), [1.0, 1.0]
    assert gradient_descent(X, y, 1e101, 3, fit_intercept=False).coef == pytest.approx([1e303, 3e41])
    with pytest.raises(ValueError, match="learning_rate must be small enough"):
        gradient_descent(X, y, 1e101, 4, fit_intercept=False)


def test_bad_arguments_of_gradient_descent_are_named():
    X, y = problem("tall")
    for arguments, message in (
        ((X, y[:3], 0.1, 5), "y must have one value per row of X"),
        ((X, y, 0.0, 5), "learning_rate must be"),
        ((X, y, 0.1, -1), "steps must be an integer from 0"),
        ((X, y, 0.1, 2.0), "steps must be an integer"),
    ):
        with pytest.raises(ValueError, match=message):
            gradient_descent(*arguments)
    for factors in (lambda n: filter_factors([1.0], n, 0.1, [1]), lambda n: flow_factors([1.0], n, [1.0])):
        with pytest.raises(ValueError, match="n must be an integer from 1, got 0"):
            factors(0)
        assert factors(1).shape == (1, 1)


def test_bad_arguments_of_a_risk_are_named():
    with pytest.raises(ValueError, match="singular_values must be above 0"):
        filter_risk([[0.5, 0.5]], [2.0, 0.0], [1.0, 1.0], 1.0)
    with pytest.raises(ValueError, match="factors must have one column"):
        filter_risk([[0.5]], [1.0, 2.0], [1.0, 1.0], 1.0)
    with pytest.raises(ValueError, match="time must be at least 0"):
        flow_factors([1.0], 1, [-1.0])


@pytest.mark.statement("early-stopping-limit")
@pytest.mark.parametrize("kind", KINDS)
def test_training_to_the_end_gives_the_least_squares_weights_of_least_norm(kind):
    X, y = problem(kind)
    rate = 0.9 * len(X) / singular_values(X)[0] ** 2
    end = gradient_descent_path(X, y, rate, [10**9])
    least = np.linalg.pinv(X - X.mean(0)) @ (y - y.mean())
    assert end.coefs[0] == pytest.approx(least, rel=1e-8, abs=1e-10)
    if kind != "scales":  # there ten thousand steps are too few
        assert gradient_descent(X, y, rate, 10_000).coef == pytest.approx(least, rel=1e-6, abs=1e-8)


@pytest.mark.statement("early-stopping-limit")
@pytest.mark.parametrize("kind", ["tall", "wide", "low rank", "two rows"])
def test_the_start_is_forgotten_as_fast_as_the_fit_is_learned_and_stays_where_the_data_do_not_spread(kind):
    X, y = problem(kind)
    Xc, yc = X - X.mean(0), y - y.mean()
    U, s, Vt = np.linalg.svd(Xc, full_matrices=False)
    U, s, Vt = U[:, s > 1e-10 * s[0]], s[s > 1e-10 * s[0]], Vt[s > 1e-10 * s[0]]
    rate, start = 0.8 * len(X) / s[0] ** 2, np.random.default_rng(1).normal(size=X.shape[1])
    outside, w, done = start - Vt.T @ (Vt @ start), start.copy(), 0
    for t in (1, 7, 500):
        for _ in range(t - done):
            w = w - rate * 2 / len(X) * Xc.T @ (Xc @ w - yc)
        done = t
        f = filter_factors(s, len(X), rate, [t])[0]
        assert np.abs(Vt @ w - (f * (U.T @ yc) / s + (1 - f) * (Vt @ start))).max() < 1e-9
        assert np.abs(w - Vt.T @ (Vt @ w) - outside).max() < 1e-9
    assert np.linalg.norm(outside) > 0.1 or kind == "tall"  # else there would be nothing to see


@pytest.mark.statement("early-stopping-together")
def test_a_penalty_and_a_stop_make_one_factor_and_count_as_less_than_their_sum():
    X, y = problem("tall")
    Xc, yc, n = X - X.mean(0), y - y.mean(), len(X)
    U, s, Vt = np.linalg.svd(Xc, full_matrices=False)
    rate, lam, w = 0.05, 0.3, np.zeros(X.shape[1])
    for t in range(1, 41):
        w = w - rate * (2 / n * Xc.T @ (Xc @ w - yc) + 2 * lam * w)
        f = s**2 / (s**2 + n * lam) * (1 - (1 - 2 * rate * (s**2 / n + lam)) ** t)
        assert np.abs(w - Vt.T @ (f / s * (U.T @ yc))).max() < 1e-10
    # tiny steps up to tau = 1/(2 lam): between lam and 1.582 lam, in every direction, narrow or wide
    widths, steps = np.logspace(-4, 3, 200), 400_000
    rate = 1 / (2 * lam * steps)
    f = widths / (widths + lam) * -np.expm1(steps * np.log1p(-2 * rate * (widths + lam)))
    acts_as = widths * (1 - f) / f  # the ridge penalty with this factor, where the variance is `widths`
    assert np.all(acts_as > lam * (1 - 1e-6)) and np.all(acts_as < 1.582 * lam)
    z = 1 + widths / lam
    assert acts_as == pytest.approx(lam * (1 + z / np.expm1(np.minimum(z, 700))), rel=2e-3)
    assert acts_as[0] > 1.58 * lam and acts_as[-1] < 1.001 * lam


@pytest.mark.parametrize("tau", [0.01, 0.1, 1 / 6, 1.0, 30.0])
def test_beside_a_stop_wide_directions_have_the_penalty_and_narrow_ones_the_stronger_of_the_two(tau):
    """In tiny steps; a direction of variance d then acts as if penalized by λ + u / (exp(2 τ u) − 1), with u = d + λ."""
    widths, steps, lam = np.logspace(-6, 3.5, 200), 400_000, 3.0
    f = widths / (widths + lam) * -np.expm1(steps * np.log1p(-2 * tau / steps * (widths + lam)))
    acts_as, stronger = widths * (1 - f) / f, max(lam, 1 / (2 * tau))
    assert 0.999 * stronger < acts_as[0] < 1.583 * stronger
    wide = widths > 20 * stronger
    assert wide.any() and acts_as[wide] == pytest.approx(lam, rel=0.01)
    u = np.minimum(widths + lam, 300 / tau)
    assert acts_as == pytest.approx(lam + u / np.expm1(2 * tau * u), rel=1e-2)


@pytest.mark.statement("early-stopping-grows")
@pytest.mark.parametrize("kind", KINDS)
def test_the_weights_only_grow_and_the_training_error_only_falls(kind):
    X, y = problem(kind)
    rate = 0.5 * len(X) / singular_values(X)[0] ** 2
    path = gradient_descent_path(X, y, rate, np.arange(400))
    assert np.all(np.diff(np.linalg.norm(path.coefs, axis=1)) >= -1e-12)
    assert np.all(np.diff(mse(y, path.predict(X))) <= 1e-12)
    fits = [gradient_descent(X, y, rate, t) for t in range(30)]  # step by step
    assert np.all(np.diff([np.linalg.norm(fit.coef) for fit in fits]) >= -1e-12) and fits[1].coef.any()
    assert np.all(np.diff([mse(y, fit.predict(X)) for fit in fits]) <= 1e-12)


@pytest.mark.statement("early-stopping-matched")
def test_the_flows_factor_is_never_below_matched_ridge_and_at_most_a_fifth_above():
    x = np.logspace(-4, 4, 200001)
    flow, matched = 1 - np.exp(-x), x / (1 + x)
    assert np.all(flow >= matched)
    assert (flow - matched).max() == pytest.approx(0.20363, abs=5e-6)
    assert x[np.argmax(flow - matched)] == pytest.approx(2.513, abs=1e-3)
    small = np.array([1e-3, 1e-2])
    assert np.all(np.abs((1 - np.exp(-small)) / small - 1) < small) and np.all(np.abs(1 / (1 + small) - 1) < small)
    # the same for a design: time tau and lam = 1/(2 tau), and gradient descent with small steps
    X, _ = problem("tall")
    s, n = singular_values(X), len(X)
    time = np.logspace(-3, 3, 50)
    apart = flow_factors(s, n, time) - s**2 / (s**2 + n / (2 * time[:, None]))
    assert apart.min() >= 0 and apart.max() < 0.20364
    steps = np.array([1, 10, 1000, 20000])
    assert np.abs(filter_factors(s, n, 1e-4, steps) - flow_factors(s, n, 1e-4 * steps)).max() < 1e-4


@pytest.mark.parametrize("kind", KINDS)
def test_few_steps_are_matched_ridge_and_twice_the_matched_penalty_is_not(kind):
    """To first order in t the two agree; lam = 1/(eta t), a common slip, does not."""
    X, y = problem(kind)
    rate = 1e-6 * len(X) / singular_values(X)[0] ** 2
    path = gradient_descent_path(X, y, rate, [100])
    near, far = (ridge(X, y, factor * path.lams[0]).coef for factor in (1, 2))
    size = np.abs(path.coefs[0]).max()
    assert np.abs(path.coefs[0] - near).max() < 1e-3 * size
    assert np.abs(path.coefs[0] - far).max() > 0.3 * size


# -- the bound of Ali, Kolter and Tibshirani -------------------------------------------------------------------


def risks(s, n, weights, noise_var, time):
    """Estimation risk of the flow and of matched ridge at each time."""
    lams = 1 / (2 * time[:, None])
    flow = filter_risk(flow_factors(s, n, time), s, weights, noise_var)
    return flow, filter_risk(s**2 / (s**2 + n * lams), s, weights, noise_var)


def sharp_constant():
    """sup ((1 - e^-x)(1 + x)/x)^2: the derivative vanishes where e^x = 1 + x + x^2, found by bisection."""
    low, high = 1.0, 3.0
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if math.exp(middle) < 1 + middle + middle**2 else (low, middle)
    return low, ((1 - math.exp(-low)) * (1 + low) / low) ** 2


def test_the_constant_derived_again():
    x, constant = sharp_constant()
    assert x == pytest.approx(1.7933, abs=5e-5)
    assert constant == pytest.approx(1.685909, abs=5e-7) and constant < 1.6862
    assert constant == pytest.approx(((1 + x) ** 2 / (1 + x + x**2)) ** 2)
    grid = np.logspace(-6, 6, 1000001)
    ratio = (-np.expm1(-grid) * (1 + grid) / grid) ** 2
    assert ratio.max() == pytest.approx(constant, rel=1e-9) and abs(grid[np.argmax(ratio)] - x) < 1e-3
    assert np.all(np.exp(-grid) <= 1 / (1 + grid))  # the bias


@pytest.mark.statement("early-stopping-bound")
@pytest.mark.parametrize("snr", [0.0, 0.01, 1.0, 100.0])
@pytest.mark.parametrize("kind", KINDS)
def test_the_flow_is_never_worse_than_the_constant_times_matched_ridge(kind, snr):
    X, _ = problem(kind)
    s, n = singular_values(X), len(X)
    time = np.logspace(-4, 6, 400) * n / s[0] ** 2
    for weights in (np.ones(len(s)), np.random.default_rng(1).normal(size=len(s)), np.eye(len(s))[0]):
        weights = weights * math.sqrt(snr)
        for scale in (np.ones(len(s)), s / math.sqrt(n)):  # estimation, and in-sample risk, which weighs each direction
            along, noise = weights * scale, scale / s
            lams = 1 / (2 * time[:, None])
            flow, matched = flow_factors(s, n, time), s**2 / (s**2 + n * lams)
            risk, other = ((1 - f) ** 2 @ along**2 + f**2 @ noise**2 for f in (flow, matched))
            assert (risk / other).max() <= sharp_constant()[1] * (1 + 1e-12)
            if scale[0] == 1 == scale[-1]:
                assert filter_risk(flow, s, weights, 1.0) == pytest.approx(risk)
                assert filter_risk(matched, s, weights, 1.0) == pytest.approx(other)
            if snr == 0 and len(s) == 1:  # one direction and no signal: the bound is reached
                assert (risk / other).max() > sharp_constant()[1] * (1 - 1e-3)


def test_the_bound_is_attained_without_a_signal_and_nearly_attained_with_a_weak_one():
    Q = np.linalg.qr(np.c_[np.ones(40), np.random.default_rng(0).normal(size=(40, 5))])[0][:, 1:]
    s, n = singular_values(Q), 40
    x, constant = sharp_constant()
    time = np.array([x * n / 2])
    for signal, share in ((0.0, 1 - 1e-12), (0.1, 0.97)):
        flow, matched = risks(s, n, np.full(5, signal), 1.0, time)
        assert share * constant <= flow[0] / matched[0] <= constant * (1 + 1e-12)
    # it is no lower bound: where bias is all there is, the flow is ahead
    flow, matched = risks(s, n, np.full(5, 100.0), 1.0, time)
    assert flow[0] < 0.5 * matched[0]


def test_large_steps_can_break_the_bound():
    """One step along a direction with 2 eta s^2/n = x: the factor is x itself, and the ratio of variances (1 + x)^2."""
    x = 1.5
    descent = filter_factors([1.0], 1, x / 2, [1])
    ridge_factor = np.array([[1 / (1 + 1 / x)]])
    ratio = filter_risk(descent, [1.0], [0.0], 1.0) / filter_risk(ridge_factor, [1.0], [0.0], 1.0)
    assert ratio[0] == pytest.approx((1 + x) ** 2) and ratio[0] > sharp_constant()[1]


def test_the_risk_formula_is_what_simulation_gives():
    X, _ = problem("tall")
    Xc = X - X.mean(0)
    _, s, Vt = np.linalg.svd(Xc, full_matrices=False)
    truth, rng = np.linspace(-1, 1, 8), np.random.default_rng(3)
    steps, rate = np.array([3, 30, 300]), 0.05
    exact = filter_risk(filter_factors(s, len(X), rate, steps), s, Vt @ truth, 4.0)
    seen = []
    for _ in range(3000):
        path = gradient_descent_path(Xc, Xc @ truth + 2 * rng.normal(size=len(X)), rate, steps)
        seen.append(((path.coefs - truth) ** 2).sum(axis=1))
    seen = np.array(seen)
    assert np.all(np.abs(seen.mean(0) - exact) < 3 * seen.std(0) / math.sqrt(len(seen)))


# -- when it fails ---------------------------------------------------------------------------------------------


@pytest.mark.statement("early-stopping-own-time")
def test_each_direction_has_one_valley_and_its_own_best_time():
    n, noise_var, time = 50, 2.0, np.logspace(-3, 5, 4001)
    for s, a in ((1.0, 2.0), (5.0, 0.3), (0.2, 20.0)):
        risk = filter_risk(flow_factors([s], n, time), [s], [a], noise_var)
        bottom = int(np.argmin(risk))
        assert np.all(np.diff(risk[: bottom + 1]) <= 0) and np.all(np.diff(risk[bottom:]) >= -1e-12)
        best = n / (2 * s**2) * math.log(1 + s**2 * a**2 / noise_var)
        assert time[bottom] == pytest.approx(best, rel=0.005)


def test_two_speeds_make_two_valleys_and_one_scale_makes_one():
    """Fast directions with little signal and slow ones with much: the error falls, rises and falls again."""
    n, time = 100, np.logspace(-2, 6, 2000)

    def valleys(slow):
        s = np.sqrt(n) * np.array([1.0] * 40 + [slow] * 10)
        a = np.array([0.1] * 40 + [0.3 / slow] * 10)
        factors = flow_factors(s, n, time)
        risk = (1 - factors) ** 2 @ (s * a) ** 2 / n + factors**2 @ np.full(50, 1.0 / n)
        return int(np.sum((np.diff(risk)[:-1] < 0) & (np.diff(risk)[1:] >= 0)))

    assert valleys(0.03) == 2
    assert valleys(1.0) == 1


def test_matched_paths_are_never_further_apart_than_a_fifth_of_the_least_squares_weights():
    """Each direction's factors differ by at most 0.20364, and so do the weights as a share of their length at the end."""
    X, y = problem("tall")
    steps = np.unique(np.logspace(0, 4, 60).astype(int))
    path = gradient_descent_path(X, y, 0.01, steps)
    matched = ridge_path(X, y, path.lams)
    end = np.linalg.norm(ridge(X, y, 0.0).coef)
    assert np.linalg.norm(path.coefs - matched.coefs, axis=1).max() < 0.20364 * end


def test_a_strip_that_differs_in_its_last_bits_has_no_negative_progress():
    still = [0.8621042183789479, 0.8621042183789478, 0.8621042183789479, 0.8621042183789479, 0.8621042183789478]
    assert np.mean(still) < min(still)  # as numbers are rounded
    assert progress(still).tolist() == [0.0]
    assert ProgressQuotient(1.0).stop_epoch([1, 0.9, 0.8, 0.7, 0.6], still) is None


def test_patience_of_one_stops_at_the_first_watched_epoch_if_others_came_before_as_keras_does():
    assert Patience(1, start_epoch=2).stop_epoch([1, 1, np.nan, np.nan]) == 2
    assert Patience(1).stop_epoch([np.nan, np.nan, 1]) == 1


def test_tiny_losses_and_long_times_are_no_cause_for_warnings():
    assert generalization_loss([1e-320, 1.0]).tolist() == [0.0, np.inf] and flow_factors([1e150], 1, [1e150]).tolist() == [[1.0]]
