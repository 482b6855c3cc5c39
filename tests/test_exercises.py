"""The readers' checks: right answers are right, and wrong but plausible ones are not."""

import numpy as np
import pytest

from reglesson import l2
from reglesson.dropout import all_masks, mask_probabilities
from reglesson.early_stopping import Patience, gradient_descent_path
from reglesson.exercises import CHECKS, agree, check, same

# for each exercise of L2, answers that a reader may well give
WRONG = {
    "l2-alpha": [lambda alpha, n: alpha * n, lambda alpha, n: alpha, lambda alpha, n: alpha / (2 * n)],
    "l2-step": [
        lambda w, g, lam, rate: (1 - rate * lam) * w - rate * g,
        lambda w, g, lam, rate: w - rate * g,
        lambda w, g, lam, rate: (1 - 2 * lam) * w - rate * g,
    ],
    "l2-dof": [
        lambda X, lam: np.sum((s := np.linalg.svd(X - X.mean(0), compute_uv=False) ** 2) / (s + lam)),
        lambda X, lam: np.sum((s := np.linalg.svd(X, compute_uv=False) ** 2) / (s + len(X) * lam)),
        lambda X, lam: np.sum((s := np.linalg.svd(X - X.mean(0), compute_uv=False)) / (s + len(X) * lam)),
        lambda X, lam: 1 + np.sum((s := np.linalg.svd(X - X.mean(0), compute_uv=False) ** 2) / (s + len(X) * lam)),
    ],
    "l2-augmented": [
        lambda X, y, lam: (np.r_[X, np.sqrt(lam) * np.eye(X.shape[1])], np.r_[y, np.zeros(X.shape[1])]),
        lambda X, y, lam: (np.r_[X, len(X) * lam * np.eye(X.shape[1])], np.r_[y, np.zeros(X.shape[1])]),
        lambda X, y, lam: (X, y),
        lambda X, y, lam: 3,
    ],
    "l2-loo": [
        lambda X, y, lam: _loo(X, y, lam, 0),
        lambda X, y, lam: _loo(X, y, lam / len(X), 1 / len(X)),
        lambda X, y, lam: np.mean((y - y.mean()) ** 2),
    ],
    "early-stopping-matched": [lambda rate, steps: 1 / (rate * steps), lambda rate, steps: 2 * rate * steps],
    "early-stopping-gl": [
        lambda losses, alpha: _first(losses, lambda t: 100 * (losses[t] / np.min(losses) - 1) > alpha),
        lambda losses, alpha: _first(losses, lambda t: 100 * (losses[t] / np.min(losses[: t + 1]) - 1) >= alpha),
        lambda losses, alpha: _first(losses, lambda t: losses[t] / np.min(losses[: t + 1]) - 1 > alpha),
        lambda losses, alpha: len(losses),
    ],
    "early-stopping-patience": [
        lambda losses, patience, delta: Patience(patience).stop_epoch(losses),
        lambda losses, patience, delta: Patience(patience + 1, delta).stop_epoch(losses),
        lambda losses, patience, delta: (Patience(patience, delta).stop_epoch(losses) or 0) + 1,
        lambda losses, patience, delta: _patience_with_moving_best(losses, patience, delta),
    ],
    "early-stopping-half": [
        lambda s, n, rate: int(np.log(0.5) / np.log(1 - 2 * rate * s**2 / n)),
        lambda s, n, rate: int(np.ceil(np.log(0.5) / np.log(1 - rate * s**2 / n))),
        lambda s, n, rate: int(np.ceil(n * np.log(2) / (2 * rate * s**2))),
    ],
    "early-stopping-steps": [
        lambda X, y, X_val, y_val, rate, limit: 0,
        lambda X, y, X_val, y_val, rate, limit: limit,
        lambda X, y, X_val, y_val, rate, limit: _best_steps(X, y, X_val, y_val, rate / 2, limit),
        lambda X, y, X_val, y_val, rate, limit: _best_steps(X, y, X_val - X_val.mean(0) + X.mean(0), y_val, rate, limit),
        lambda X, y, X_val, y_val, rate, limit: _best_steps(X, y, X_val, y_val, rate, limit) + 1,
    ],
}

# and of choosing
WRONG |= {
    "choosing-summary": [
        lambda errors: np.array([errors.mean(0), errors.std(0, ddof=1)]),
        lambda errors: np.array([errors.mean(0), errors.std(0) / np.sqrt(len(errors))]),
        lambda errors: np.array([errors.mean(1), errors.std(1, ddof=1)]),
    ],
    "choosing-one-se": [
        lambda lams, mean, se: lams[np.argmin(mean)],
        lambda lams, mean, se: lams[mean <= mean.min() + se[np.argmin(mean)]].min(),
        lambda lams, mean, se: lams[mean <= mean.min() + se][-1],
        lambda lams, mean, se: lams[mean <= mean.min() + se].max(),
    ],
    "choosing-alpha": [lambda decay, n: decay / 2, lambda decay, n: n * decay, lambda decay, n: decay / (2 * n)],
    "choosing-luck": [lambda m, n: 0.5, lambda m, n: 1 - 0.5**m, lambda m, n: 0.5 + np.sqrt(np.log(m) / (2 * n))],
    "choosing-nested": [
        lambda X, y, lams, folds: _tuned_on_all(X, y, lams, folds),
        lambda X, y, lams, folds: np.full(folds.max() + 1, 4.0),
    ],
}


def _tuned_on_all(X, y, lams, folds):
    errors = []
    for f in np.unique(folds):
        path = l2.ridge_path(X[folds != f], y[folds != f], lams)
        errors.append(np.mean((y[folds == f] - path.predict(X[folds == f])) ** 2, axis=1))
    return np.array(errors)[:, np.mean(errors, axis=0).argmin()]


def _loo(X, y, lam, ones):
    Xc = X - X.mean(0)
    H = ones + Xc @ np.linalg.solve(Xc.T @ Xc + len(X) * lam * np.eye(X.shape[1]), Xc.T)
    fitted = y.mean() + (H - ones) @ (y - y.mean())
    return np.mean(((y - fitted) / (1 - np.diag(H))) ** 2)


# the same for dropout
WRONG |= {
    "dropout-factor": [lambda p, inverted: 1 - p, lambda p, inverted: p, lambda p, inverted: 1.0 if inverted else p],
    "dropout-backward": [
        lambda g, mask, p: g * mask,
        lambda g, mask, p: g * mask * (1 - p),
        lambda g, mask, p: g / (1 - p),
        lambda g, mask, p: g * mask / p,
    ],
    "dropout-ridge": [
        lambda X, y, p: np.linalg.solve(X.T @ X + p * (1 - p) * np.diag((X**2).sum(0)), X.T @ y),
        lambda X, y, p: np.linalg.solve(X.T @ X + (1 - p) / p * np.diag((X**2).sum(0)), X.T @ y),
        lambda X, y, p: np.linalg.solve(X.T @ X + len(X) * p / (1 - p) * np.eye(X.shape[1]), X.T @ y),
        lambda X, y, p: np.linalg.solve(X.T @ X + p / (1 - p) * np.diag((X**2).mean(0)), X.T @ y),
        lambda X, y, p: np.linalg.solve(X.T @ X + p / (1 - p) * len(X) * np.diag(X.var(0)), X.T @ y),
    ],
    "dropout-geometric": [
        lambda x, W, b, p: _vote(x, W, b, p, lambda q, votes: q @ votes),
        lambda x, W, b, p: _vote(x, W, b, p, lambda q, votes: np.exp(q @ np.log(votes))),
        lambda x, W, b, p: _vote(x, W, b, 1 - p, lambda q, votes: q @ votes),
        lambda x, W, b, p: (e := np.exp((1 - p) * x @ W + b)) / e.sum(),
    ],
    "dropout-relu-gap": [
        lambda x, w, b, p: 0.0,
        lambda x, w, b, p: np.mean(np.maximum(all_masks(len(x)) @ (x * w) / (1 - p) + b, 0)) - max(x @ w + b, 0),
        lambda x, w, b, p: mask_probabilities(m := all_masks(len(x)), p) @ np.maximum(m @ (x * w) + b, 0) - max(x @ w + b, 0),
    ],
}


def _vote(x, W, b, p, mean):
    masks = all_masks(len(x))
    e = np.exp(masks * x / (1 - p) @ W + b)
    return mean(mask_probabilities(masks, p), e / e.sum(1, keepdims=True))


def _first(losses, stops):
    return next((t for t in range(len(losses)) if stops(t)), None)


def _patience_with_moving_best(losses, patience, delta):
    best, waited = np.inf, 0
    for t, loss in enumerate(losses):
        waited = 0 if loss + delta < best else waited + 1
        best = min(best, loss)
        if waited == patience:
            return t
    return None


def _best_steps(X, y, X_val, y_val, rate, limit):
    path = gradient_descent_path(X, y, rate, np.arange(limit + 1))
    return int(np.argmin(np.mean((path.predict(X_val) - y_val) ** 2, axis=1)))


@pytest.mark.parametrize(("name", "answer"), [(name, answer) for name, answers in WRONG.items() for answer in answers])
def test_a_plausible_wrong_answer_is_not_yet_right(name, answer, capsys):
    check(name, answer)
    assert capsys.readouterr().out.startswith("Not yet: ")


@pytest.mark.parametrize("name", CHECKS)
@pytest.mark.parametrize(
    "answer", [None, ..., 3, lambda *a: None, lambda *a: ..., lambda: 1, lambda *a: "x", lambda *a: 1 / 0, lambda *a: np.nan]
)
def test_what_is_no_answer_is_told_so_and_raises_nothing(name, answer, capsys):
    check(name, answer)
    said = capsys.readouterr().out
    assert said.startswith("Not yet: ") and said.count("\n") == 1


def test_an_unknown_exercise_is_refused():
    with pytest.raises(ValueError, match=r"name must be one of .*'l2-step'.*got 'l9-x'"):
        check("l9-x", None)


def test_answers_are_compared_by_shape_and_value():
    assert same([1.0, 2.0], [1.0, 2.0 + 1e-9]) is None
    assert "shape (2,), got (3,)" in same([1, 2, 3], [1, 2])
    assert "3 where 2 is right" in same([1, 3], [1, 2])
    assert "nothing is returned" in same(None, 1)
    assert "nan" in same(np.nan, 1.0)
    assert same([1.0, np.nan], [1.0, 2.0]) == "the result is nan where 2 is right"  # not the first, which is right
    assert same([1.0, np.inf, 9.0], [1.0, 2.0, 3.0]) == "the result is inf where 2 is right"
    for odd in (np.array([1 + 5j]), ["1"], np.array(["1"]), [10**400], np.ma.array([1.0], mask=[True])):
        assert "a number or an array of numbers" in same(odd, [1.0])
    assert "a number or an array of numbers" in same({"a": 1}, 1)


@pytest.mark.parametrize("cases", [None, (np.ones(2),), [np.ones(2)]])
def test_cases_are_tuples_of_arguments(cases):
    with pytest.raises(ValueError, match="cases must be a list of tuples"):
        agree(np.sum, np.sum, cases)


def test_an_answer_cannot_change_the_arguments_of_the_reference():
    def spoils(x):
        x[:] = 0
        return x

    assert agree(spoils, lambda x: x, [(np.ones(3),)]) is not None


def test_a_wrong_answer_is_told_where_it_is_wrong():
    assert agree(lambda a: a + 1, lambda a: a, [(1.0,)]) == "for the arguments (1.0,) the result is 2 where 1 is right"
    assert "shapes (9,)" in agree(lambda a: a + 1, lambda a: a, [(np.zeros(9),)])
