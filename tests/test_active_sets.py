"""The quick ways are the walk: the same weights where they find them, and a word where they do not."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reglesson import _active_sets, l1
from reglesson.l1 import elastic_net_path, lasso_knots, lasso_path

SHARES = np.geomspace(1.5, 1e-4, 40)  # of the penalty where all weights are zero


def centred(kind, n, p, seed):
    """A design and a response without intercepts; the kinds that make a path difficult are among them."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, p))
    if kind == "correlated":
        X = 0.3 * X + rng.normal(size=(n, 1))
    elif kind == "scales":
        X *= np.logspace(-3, 3, p)
    elif kind == "nearly repeated":
        X = X[:, :1] + 10.0 ** -rng.integers(1, 6) * X
    elif kind == "repeated":
        X = X[:, rng.integers(0, max(p // 2, 1), p)] * rng.choice([-1, 1, 2], p)
    elif kind == "low rank":
        X = X[:, : max(p // 2, 1)] @ rng.normal(size=(max(p // 2, 1), p))
    elif kind == "whole numbers":
        X = rng.integers(-2, 3, size=(n, p)).astype(float)
    elif kind == "signs":
        X = rng.choice([-1.0, 1.0], size=(n, p))
    y = X @ rng.normal(size=p) * rng.choice([0.1, 1, 10]) + rng.normal(size=n)
    if kind in ("whole numbers", "signs"):
        y = np.round(y)
    return (X - X.mean(0), y - y.mean()) if rng.random() < 0.5 else (X, y)


EASY = ["normal", "correlated", "scales"]
HARD = ["nearly repeated", "repeated", "low rank", "whole numbers", "signs"]


def walked(X, y, lams):
    """The weights at each penalty by `_walk`, one walk each, so that none is read off between kinks."""
    return np.array([l1._walk(X, y, lam)[1][-1] for lam in lams])


def violation(X, y, w, lam, l2=0.0):
    """How far w is from optimal, in the units of lam, as a share of the greatest sum that makes a slope."""
    g = 2 / len(y) * X.T @ (y - X @ w) - 2 * l2 * w
    off = np.where(w != 0, np.abs(g - lam * np.sign(w)), np.maximum(np.abs(g) - lam, 0))
    return off.max() / (2 / len(y) * np.abs(X).T @ (np.abs(y) + np.abs(X) @ np.abs(w))).max()


def greatest(X, y):
    """The penalty where all weights are zero."""
    return np.abs(X.T @ y).max() * 2 / len(y)


# -- the lasso -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", EASY)
@pytest.mark.parametrize("seed", range(12))
def test_the_tableau_finds_the_weights_of_the_walk(kind, seed):
    n, p = [(20, 3), (40, 12), (60, 30), (200, 100)][seed % 4]
    X, y = centred(kind, n, p, seed)
    lams = np.append(SHARES[:: max(p // 20, 1)] * greatest(X, y), 0.0)
    w, expected = _active_sets.lasso(X, y, lams), walked(X, y, lams)
    assert w is not None
    size = np.abs(expected).max(axis=0)  # of each weight
    assert (np.abs(w - expected) <= 1e-8 * size).all()
    assert ((w == 0) == (expected == 0)).all()


def test_the_kinks_are_those_of_the_walk_and_weights_leave_at_some():
    left = 0
    for seed in range(12):
        X, y = centred("correlated", 60, 30, seed)
        kinks, lines = _active_sets._kinks(X.T @ X / 30, X.T @ y / 30, 0.0)
        assert kinks == pytest.approx(l1._walk(X, y, 0.0)[0][:-1], rel=1e-9)  # whose last is 0
        left += (np.diff(lines[:, 2], axis=0) > 0).sum()
    assert left > 10


@pytest.mark.parametrize("kind", HARD)
@pytest.mark.parametrize("seed", range(40))
def test_on_difficult_data_the_tableau_says_so_or_finds_the_weights_of_the_walk(kind, seed):
    X, y = centred(kind, *[(12, 4), (30, 8), (25, 20)][seed % 3], seed)
    lams = np.append(SHARES * greatest(X, y), 0.0)
    w, expected = _active_sets.lasso(X, y, lams), walked(X, y, lams)
    if w is not None:
        assert (np.abs(w - expected) <= 1e-6 * np.abs(expected).max()).all()
        assert ((w == 0) == (expected == 0)).all()
    path = lasso_path(X, y, lams, fit_intercept=False)
    assert max(violation(X, y, *pair) for pair in zip(path.coefs, lams, strict=True)) < 1e-9


def test_difficult_data_are_left_to_the_walk():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(30, 4)), rng.normal(size=30)
    lams = SHARES * greatest(X, y)
    assert _active_sets.lasso(X, y, lams) is not None
    assert _active_sets.lasso(X[:, [0, 1, 2, 3, 1]], y, lams) is None  # a twin
    assert _active_sets.lasso(np.c_[X, (X[:, 0] + X[:, 1]) / 2], X[:, 0] + X[:, 1], lams) is None  # one that does for two
    assert _active_sets.lasso(np.c_[X, X @ [1, 2, 3, 4]], y, np.zeros(1)) is None  # all of them are not needed
    assert _active_sets.lasso(X[:4], y[:4], lams) is None  # as many columns as rows
    wide, response = rng.normal(size=(200, 129)), rng.normal(size=200)
    assert _active_sets.lasso(wide, response, lams) is None
    assert _active_sets.lasso(wide[:, :128], response, lams) is not None


def test_columns_that_resemble_each_other_are_not_yet_difficult_but_a_path_of_too_many_kinks_is(monkeypatch):
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(30, 4)), rng.normal(size=30)
    X, lams = np.c_[X, X[:, 0] + 0.01 * rng.normal(size=30)], SHARES * greatest(X, y)
    assert _active_sets.lasso(X, y, lams) is not None
    monkeypatch.setattr(_active_sets, "MOST", 0)
    assert _active_sets.lasso(X, y, lams) is None


@settings(max_examples=150, deadline=None)
@given(st.integers(2, 9), st.integers(1, 7), st.sampled_from([2, 3, 5]), st.integers(0, 10**6))
def test_ties_do_not_confuse_the_tableau(n, p, levels, seed):
    rng = np.random.default_rng(seed)
    X, y = rng.integers(0, levels, size=(n, p)) - 1.0, rng.integers(-2, 3, size=n) * 1.0
    lams = np.array([3.0, 2.0, 1.0, 0.7, 0.5, 0.25, 0.1, 0.0])  # the kinks are often here
    w = _active_sets.lasso(X, y, lams)
    if w is not None:
        assert np.abs(w - walked(X, y, lams)).max() < 1e-10
    path = lasso_path(X, y, lams, fit_intercept=False)
    g = (y - path.coefs @ X.T) @ X * (2 / n)
    off = np.where(path.coefs != 0, np.abs(g - lams[:, None] * np.sign(path.coefs)), np.maximum(np.abs(g) - lams[:, None], 0))
    assert off.max() < 1e-10


def test_a_weight_is_an_exact_zero_at_the_kink_where_it_enters_or_leaves():
    X, y = centred("correlated", 60, 12, 0)
    knots = lasso_knots(X, y, fit_intercept=False)
    w = _active_sets.lasso(X, y, knots.lams)
    if w is not None:
        assert ((w == 0) == (knots.coefs == 0)).all()
    assert ((lasso_path(X, y, knots.lams, fit_intercept=False).coefs == 0) == (knots.coefs == 0)).all()


@pytest.mark.parametrize("size", [1e-9, 1e-3])
def test_what_does_not_fit_the_conditions_is_not_given_back(size, monkeypatch):
    X, y = centred("normal", 40, 12, 0)
    lams = SHARES * greatest(X, y)
    usual, kinks = lasso_path(X, y, lams, fit_intercept=False).coefs, _active_sets._kinks
    for spoil in ((0, 0), (1, 0), (-1, 1)):  # q of the first line, and of the second; d of the last

        def spoiled(*arguments, spoil=spoil):
            found, lines = kinks(*arguments)
            lines[spoil[0], spoil[1], np.flatnonzero(lines[spoil[0], 2] == 0)] += size
            return found, lines

        monkeypatch.setattr(_active_sets, "_kinks", spoiled)
        assert (_active_sets.lasso(X, y, lams) is None) == (spoil[0] != 0)  # above all kinks there are no weights to spoil
        assert lasso_path(X, y, lams, fit_intercept=False).coefs == pytest.approx(usual, abs=1e-10)


# -- the elastic net -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", EASY + HARD)
@pytest.mark.parametrize("seed", range(9))
def test_warm_starts_find_the_elastic_net_of_the_walk(kind, seed):
    X, y = centred(kind, *[(25, 6), (12, 30), (60, 40)][seed % 3], seed)
    ratio = [0.9, 0.5, 0.05][seed // 3]
    lams = np.random.default_rng(seed).permutation(SHARES[::4] * greatest(X, y) / ratio)
    w, found = _active_sets.elastic_net(X, y, lams, ratio)
    expected = np.array([l1._walk(X, y, ratio * lam, 2 * (1 - ratio) * lam)[1][-1] for lam in lams])
    assert found.all()
    assert np.abs(w - expected).max() <= 1e-7 * np.abs(expected).max()
    for w_i, lam in zip(w, lams, strict=True):
        assert violation(X, y, w_i, ratio * lam, (1 - ratio) * lam) < 1e-10
    for w_i, lam in zip(w[::3], lams[::3], strict=True):  # without the penalties before it
        alone, found = _active_sets.elastic_net(X, y, np.array([lam]), ratio)
        assert found[0] and np.abs(alone[0] - w_i).max() <= 1e-7 * np.abs(w_i).max()


def test_what_is_not_found_by_warm_starts_is_walked_to(monkeypatch):
    X, y = centred("correlated", 40, 12, 0)
    lams = SHARES * greatest(X, y) / 0.5
    usual = elastic_net_path(X, y, lams, 0.5).coefs
    for rounds in (0, 1):  # the first round solves, and does no more where nothing is to be toggled
        monkeypatch.setattr(_active_sets, "ROUNDS", rounds)
        found = _active_sets.elastic_net(X, y, lams, 0.5)[1]
        assert found.any() == (rounds == 1) and not found[10:].any()
        assert elastic_net_path(X, y, lams, 0.5).coefs == pytest.approx(usual, abs=1e-10)


def test_where_a_step_is_too_long_a_shorter_one_is_taken(monkeypatch):
    X, y = centred("low rank", 12, 30, 1)
    lams = np.array([0.5, 0.03, 0.001]) * greatest(X, y)
    expected = np.array([l1._walk(X, y, 0.9 * lam, 0.2 * lam)[1][-1] for lam in lams])
    for rounds, all_of_them in ((2, True), (10, True), (10, False)):
        monkeypatch.setattr(_active_sets, "ROUNDS", rounds)
        monkeypatch.setattr(_active_sets, "NEAREST", 1.001 if all_of_them else 2.0)
        w, found = _active_sets.elastic_net(X, y, lams, 0.9)
        assert found.all() == all_of_them
        assert np.abs(w - expected)[found].max() < 1e-9 * np.abs(expected).max()


def test_a_wrong_solution_of_the_elastic_net_is_not_given_back(monkeypatch):
    X, y = centred("correlated", 40, 12, 0)
    lams, solve = SHARES * greatest(X, y), np.linalg.solve
    usual = elastic_net_path(X, y, lams, 0.5).coefs
    monkeypatch.setattr(np.linalg, "solve", lambda A, b: solve(A, b) * (1 + 1e-9))
    found = _active_sets.elastic_net(X, y, lams, 0.5)[1]
    assert (found == (usual == 0).all(axis=1)).all()
    assert elastic_net_path(X, y, lams, 0.5).coefs == pytest.approx(usual, abs=1e-10)


@pytest.mark.parametrize("tiny", [0.0, 5e-324, 1e-300, 1e-20])
def test_a_ridge_that_is_lost_in_rounding_is_left_to_the_walk(tiny):
    X = np.random.default_rng(0).normal(size=(30, 4))[:, [0, 1, 2, 3, 1]]
    y = X @ [1.0, 2.0, 0.0, 1.0, 0.0] + 0.1
    path = elastic_net_path(X, y, [tiny, 0.1], 0.5)
    assert path.coefs[0] @ X.T + path.intercepts[0] == pytest.approx(y, abs=1e-9)


def test_a_singular_system_is_a_step_that_was_too_long():
    """Two equal columns of whole numbers and a ridge that the sum rounds away: the factorization meets an exact zero."""
    X, y = np.array([[64.0, 64.0], [-64.0, -64.0]]), np.array([3.0, -3.0])
    ratio, lams = np.nextafter(1.0, 0.0), np.array([32.0])
    for lam in (lams[0], 384.0):  # 384 is the penalty where both weights become zero, and the steps begin
        with pytest.raises(np.linalg.LinAlgError):
            np.linalg.solve(X.T @ X + 2 * (1 - ratio) * lam * np.eye(2), X.T @ y)
    assert not _active_sets.elastic_net(X, y, lams, ratio)[1].any()
    assert elastic_net_path(X, y, lams, ratio).coefs.sum() == pytest.approx(11 / 256)  # 128 (64 times the sum of w - 3) + lam = 0


def test_the_ends_of_the_ratio_are_not_for_warm_starts():
    X, y = centred("normal", 40, 12, 0)
    for ratio in (0.0, 1.0):
        w, found = _active_sets.elastic_net(X, y, np.ones(3), ratio)
        assert not found.any() and not w.any()
