"""The quick ways are the walk: the same weights where they find them, and a word where they do not."""

import warnings

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks import measure
from reglesson import _active_sets, l1
from reglesson.l1 import elastic_net_path, lasso_knots, lasso_path
from reglesson.linear import PrecisionWarning

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
    result = np.zeros((len(lams), X.shape[1]))
    for row, lam in zip(result, lams, strict=True):
        *_, (_, A, w, _, _) = l1._walk(X, y, lam)
        row[A] = w
    return result


def stacked(X, y, l2):
    """Data whose lasso is the elastic net: n l2 more squares (Zou and Hastie 2005, lemma 1); n counts the rows of X."""
    n, p = X.shape
    scale = np.sqrt((n + p) / n)
    return scale * np.r_[X, np.sqrt(n * l2) * np.eye(p)], scale * np.r_[y, np.zeros(p)]


def net(X, y, lams, ratio):
    """The elastic net at each penalty by the walk."""
    return np.array([walked(*stacked(X, y, (1 - ratio) * lam), [ratio * lam])[0] for lam in lams])


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
    w, expected = _active_sets.lasso(X, y, lams)[0], walked(X, y, lams)
    assert w is not None
    size = np.abs(expected).max(axis=0)  # of each weight
    assert (np.abs(w - expected) <= 1e-8 * size).all()
    assert ((w == 0) == (expected == 0)).all()


def test_the_kinks_are_those_of_the_walk_and_weights_leave_at_some():
    left = 0
    for seed in range(12):
        X, y = centred("correlated", 60, 30, seed)
        kinks, lines = _active_sets._kinks(X.T @ X / 30, X.T @ y / 30, 0.0)
        assert kinks == pytest.approx([kink[0] for kink in l1._walk(X, y, 0.0)][:-1], rel=1e-9)  # whose last is 0
        left += (np.diff(lines[:, 2], axis=0) > 0).sum()
        assert (lines[0] == [X.T @ y / 30, np.zeros(30), np.ones(30)]).all()  # above all kinks
    assert left > 10


@pytest.mark.parametrize("kind", HARD)
@pytest.mark.parametrize("seed", range(40))
def test_on_difficult_data_the_tableau_says_so_or_finds_the_weights_of_the_walk(kind, seed):
    X, y = centred(kind, *[(12, 4), (30, 8), (25, 20)][seed % 3], seed)
    lams = np.append(SHARES * greatest(X, y), 0.0)
    w, expected = _active_sets.lasso(X, y, lams)[0], walked(X, y, lams)
    if w is not None:
        assert (np.abs(w - expected) <= 1e-6 * np.abs(expected).max()).all()
        assert ((w == 0) == (expected == 0)).all()
    path = lasso_path(X, y, lams, fit_intercept=False)
    assert max(violation(X, y, *pair) for pair in zip(path.coefs, lams, strict=True)) < 1e-9


def test_difficult_data_are_left_to_the_walk():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(30, 4)), rng.normal(size=30)
    lams = SHARES * greatest(X, y)
    assert _active_sets.lasso(X, y, lams)[0] is not None
    assert _active_sets.lasso(X[:, [0, 1, 2, 3, 1]], y, lams)[0] is None  # a twin
    assert _active_sets.lasso(np.c_[X, (X[:, 0] + X[:, 1]) / 2], X[:, 0] + X[:, 1], lams)[0] is None  # one that does for two
    assert _active_sets.lasso(np.c_[X, X @ [1, 2, 3, 4]], y, np.zeros(1))[0] is None  # all of them are not needed
    assert _active_sets.lasso(X[:4], y[:4], lams)[0] is None  # as many columns as rows
    wide, response = rng.normal(size=(200, 129)), rng.normal(size=200)
    assert _active_sets.lasso(wide, response, lams)[0] is None
    assert _active_sets.lasso(wide[:, :128], response, lams)[0] is not None


def test_columns_that_resemble_each_other_are_not_yet_difficult_but_a_path_of_too_many_kinks_is(monkeypatch):
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(30, 4)), rng.normal(size=30)
    X, lams = np.c_[X, X[:, 0] + 0.01 * rng.normal(size=30)], SHARES * greatest(X, y)
    assert _active_sets.lasso(X, y, lams)[0] is not None
    monkeypatch.setattr(_active_sets, "MOST", 0)
    assert _active_sets.lasso(X, y, lams)[0] is None


def folded(p):
    """Data whose path has as many kinks as p columns can make, (3^p - 1) / 2 (Mairal and Yu 2012, theorem 1)."""
    X, y = np.ones((1, 1)), np.ones(1)
    for _ in range(p - 1):
        least = [kink[0] for kink in l1._walk(X, y, 0.0)][-2] * len(y) / 2
        alpha = 0.9 * least / (2 * y @ y + 1)
        X, y = np.block([[X, 2 * alpha * y[:, None]], [np.zeros((1, X.shape[1])), alpha]]), np.append(y, 1.0)
    return X, y


def test_the_tableau_makes_no_more_than_twenty_kinks_for_each_column(monkeypatch):
    X, y = folded(5)
    gram, c = X.T @ X * 0.4, X.T @ y * 0.4
    with monkeypatch.context() as patch:
        patch.setattr(_active_sets, "MOST", 25)
        kinks = _active_sets._kinks(gram, c, 0.0)[0]
    assert len(kinks) == (3**5 - 1) / 2
    for number in (100, 101):
        found, lines = _active_sets._kinks(gram, c, np.sqrt(kinks[number - 1] * kinks[number]))
        assert len(found) == 100 and (lines is not None) == (number == 100)


def test_what_is_at_a_bound_of_the_tableau(monkeypatch):
    """Bounds that are no rounding errors show on which side of it a number counts that is equal to one."""
    pairs, alone = np.array([[1.0, 0.5], [0.5, 1.0]]), np.eye(2)
    X, y = np.array([[1.0, 1.0], [1.0, 0.0], [0.0, 1.0], [0.0, 0.0]]), np.array([2.0, 2.0, 1.0, 0.0])  # their products are `pairs`
    for name, at, inside, way in (
        ("SAME", 0.5, 0.49, lambda: len(_active_sets._kinks(alone, np.array([1.0, 0.5]), 0.0)[0]) == 2),  # the second at half
        ("SPAN", 0.75, 0.74, lambda: _active_sets._kinks(pairs, np.array([2.0, 1.5]), 0.0)[1] is not None),  # 1 - 0.5^2
        ("SWAP", 0.51, 0.5, lambda: _active_sets.lasso(X, y, np.zeros(1))[0] is not None),  # a slope of 0.5
    ):
        for value, found in ((at, False), (inside, True)):
            with monkeypatch.context() as patch:
                patch.setattr(_active_sets, name, value)
                assert way() is found, name


def test_a_weight_that_is_no_more_than_the_noise_is_zero(monkeypatch):
    X, y = 2 * np.eye(8)[:, :2], 2 * np.eye(8)[0]  # a kink at 1, and columns of length 1
    monkeypatch.setattr(_active_sets, "_noise", lambda y, w, length: np.full((len(w), 1), 0.5))
    assert _active_sets.lasso(X, y, np.array([0.5, 0.25]))[0].tolist() == [[0, 0], [0.75, 0]]  # at 0.5 it would be 0.5


@pytest.mark.parametrize(("apart", "found"), [(1e-8, True), (1e-11, False)])
def test_kinks_are_told_apart_to_ten_digits(apart, found):
    X, y = np.eye(4)[:, :3] * np.sqrt(2), np.array([1.0, -1 + apart, 0.5, 0.0]) * np.sqrt(2)  # slopes are as large as kinks
    w = _active_sets.lasso(X, y, np.array([0.75, 0.25]))[0]
    assert (w is not None) is found
    if found:
        assert w == pytest.approx(np.array([[0.25, -0.25, 0], [0.75, -0.75, 0.25]]), abs=2 * apart)


@pytest.mark.parametrize(("lam", "sure"), [(0.9, False), (1.1, True)])
def test_the_tableau_is_sure_where_rounding_is_far_below_the_penalty(lam, sure):
    X, y = np.eye(4)[:, :2] * np.sqrt([2.0, 8.0]), np.array([0.0, 0.0, 0.0, 1e3 * np.sqrt(2.0)])  # lengths 1 and 2
    lams = 1e3 * 1e-12 / 1e-6 * 2 * np.array([lam])
    w, found = _active_sets.lasso(X, y, lams)
    assert not w.any() and found.tolist() == [sure]


@settings(max_examples=150, deadline=None)
@given(st.integers(2, 9), st.integers(1, 7), st.sampled_from([2, 3, 5]), st.integers(0, 10**6))
def test_ties_do_not_confuse_the_tableau(n, p, levels, seed):
    rng = np.random.default_rng(seed)
    X, y = rng.integers(0, levels, size=(n, p)) - 1.0, rng.integers(-2, 3, size=n) * 1.0
    lams = np.array([3.0, 2.0, 1.0, 0.7, 0.5, 0.25, 0.1, 0.0])  # the kinks are often here
    w = _active_sets.lasso(X, y, lams)[0]
    if w is not None:
        assert np.abs(w - walked(X, y, lams)).max() < 1e-10
    path = lasso_path(X, y, lams, fit_intercept=False)
    g = (y - path.coefs @ X.T) @ X * (2 / n)
    off = np.where(path.coefs != 0, np.abs(g - lams[:, None] * np.sign(path.coefs)), np.maximum(np.abs(g) - lams[:, None], 0))
    assert off.max() < 1e-10


@pytest.mark.parametrize("unit", [1.0, 1e-8])
def test_a_weight_is_an_exact_zero_at_the_kink_where_it_enters_or_leaves(unit):
    X, y = centred("correlated", 60, 12, 0)
    X *= unit
    knots = lasso_knots(X, y, fit_intercept=False)
    w = _active_sets.lasso(X, y, knots.lams)[0]
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
        assert (_active_sets.lasso(X, y, lams)[0] is None) == (spoil[0] != 0)  # above all kinks there are no weights to spoil
        assert lasso_path(X, y, lams, fit_intercept=False).coefs == pytest.approx(usual, abs=1e-10)


# -- the elastic net -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", EASY + HARD)
@pytest.mark.parametrize("seed", range(9))
def test_warm_starts_find_the_elastic_net_of_the_walk(kind, seed):
    X, y = centred(kind, *[(25, 6), (12, 30), (60, 40)][seed % 3], seed)
    ratio = [0.9, 0.5, 0.05][seed // 3]
    lams = np.random.default_rng(seed).permutation(SHARES[::4] * greatest(X, y) / ratio)
    w, found = _active_sets.elastic_net(X, y, lams, ratio, np.ones(X.shape[1]))
    expected = net(X, y, lams, ratio)
    assert found[lams > 0.01 * lams.max()].all()  # at the least of the ten rounding may be too near
    assert np.abs(w - expected).max() <= 1e-7 * np.abs(expected).max()
    for w_i, lam in zip(w, lams, strict=True):
        assert violation(X, y, w_i, ratio * lam, (1 - ratio) * lam) < 1e-10
    for w_i, lam in zip(w[::3], lams[::3], strict=True):  # without the penalties before it
        alone, found = _active_sets.elastic_net(X, y, np.array([lam]), ratio, np.ones(X.shape[1]))
        assert np.abs(alone[0] - w_i).max() <= 1e-7 * np.abs(w_i).max()


def test_what_is_not_found_by_warm_starts_is_gone_down_to(monkeypatch):
    X, y = centred("correlated", 40, 12, 0)
    lams = SHARES * greatest(X, y) / 0.5
    usual = elastic_net_path(X, y, lams, 0.5).coefs
    for rounds in (0, 1):  # the first round solves, and does no more where nothing is to be toggled
        monkeypatch.setattr(_active_sets, "ROUNDS", rounds)
        found = _active_sets.elastic_net(X, y, lams, 0.5, np.ones(X.shape[1]))[1]
        assert found.any() == (rounds == 1) and not found[10:].any()
        assert elastic_net_path(X, y, lams, 0.5).coefs == pytest.approx(usual, abs=1e-10)


def test_where_a_step_is_too_long_a_shorter_one_is_taken(monkeypatch):
    X, y = centred("low rank", 12, 30, 1)
    lams = np.array([0.5, 0.03, 0.001]) * greatest(X, y)
    expected = net(X, y, lams, 0.9)
    for rounds, all_of_them in ((2, True), (10, True), (10, False)):
        monkeypatch.setattr(_active_sets, "ROUNDS", rounds)
        monkeypatch.setattr(_active_sets, "NEAREST", 1.001 if all_of_them else 2.0)
        w, found = _active_sets.elastic_net(X, y, lams, 0.9, np.ones(X.shape[1]))
        assert found.all() == all_of_them
        assert np.abs(w - expected)[found].max() < 1e-9 * np.abs(expected).max()


def watched(monkeypatch, name, see):
    """Let `see` have the arguments of each call of a function of the module; return what it says of them."""
    seen, function = [], getattr(_active_sets, name)
    monkeypatch.setattr(_active_sets, name, lambda *arguments: seen.append(see(*arguments)) or function(*arguments))
    return seen


def test_from_the_penalty_where_all_weights_are_zero_the_steps_halve_it_and_what_stays_is_not_collected_again(monkeypatch):
    X, c = np.c_[2 * np.eye(8), np.zeros(8)], np.array([-1.0, 0.25, *[0.0] * 6])  # (2/n) X'X = I but for a ninth column, of zeros
    lams = watched(monkeypatch, "_solve", lambda pairs, X, right, unit, shares: unit)
    collected = watched(monkeypatch, "_pairs", lambda X, shares: X.shape[1])
    w, found = _active_sets.elastic_net(X, 2 * c, np.array([0.125, 8.0, 0.0]), 0.5, np.ones(9))
    assert found.tolist() == [True, True, False] and not w[1:].any()
    assert w[0, :2] == pytest.approx([-(1 - 0.0625) / 1.125, (0.25 - 0.0625) / 1.125])
    assert list(dict.fromkeys(lams)) == [8.0, 1.0, 0.5, 0.25, 0.125]  # 2 (1 - ratio) lam; from 8, beyond 1 / ratio, no steps
    assert collected == [0, 1, 2]


@pytest.mark.parametrize(("nearest", "solved"), [(None, 100), (np.sqrt(2.0), 20)])
def test_after_ten_rounds_the_step_becomes_its_root_until_it_is_too_short(nearest, solved, monkeypatch):
    """A weight that always has the wrong sign: with steps of 2 and of its roots, the ninth is 2^(1/512) = 1.0014."""
    X, y, solutions = 2 * np.eye(8)[:, :2], 2 * np.eye(8)[0], []
    if nearest:
        monkeypatch.setattr(_active_sets, "NEAREST", nearest)
    monkeypatch.setattr(_active_sets, "_solve", lambda pairs, X, right, *_: solutions.append(1) or -np.ones(len(right)))
    assert not _active_sets.elastic_net(X, y, np.array([0.125]), 0.5, np.ones(2))[1].any()
    assert len(solutions) == solved


def test_what_is_not_found_has_the_weights_of_the_penalty_before_it(monkeypatch):
    X, y, solve = 2 * np.eye(8)[:, :2], 2 * np.eye(8)[0], _active_sets._solve
    monkeypatch.setattr(_active_sets, "_solve", lambda *arguments: solve(*arguments) * (1 if arguments[3] >= 1 else -1))
    w, found = _active_sets.elastic_net(X, y, np.array([1.0, 0.5]), 0.5, np.ones(2))
    assert found.tolist() == [True, False] and w == pytest.approx(np.array([[0.25, 0], [0.25, 0]]))


def test_a_ratio_that_puts_the_first_penalty_beyond_all_numbers_is_no_way(monkeypatch):
    X, y = 2 * np.eye(8)[:, :2], 2 * np.eye(8)[0]
    monkeypatch.setattr(_active_sets, "_solve", None)
    assert not _active_sets.elastic_net(X, y, np.array([1.0]), 1e-320, np.ones(2))[1].any()


@pytest.mark.parametrize(("rounding", "lam"), [(0.0, 16.0), (0.25, 14.0)])
def test_a_weight_enters_where_its_slope_is_above_the_bound_by_more_than_rounding(rounding, lam, monkeypatch):
    X, y = 4 * np.eye(8)[:, :2], 8 * np.eye(8)[0]  # lengths 2 and 4; a slope of 8 is lam / 2, or above it by less
    monkeypatch.setattr(_active_sets, "ROUNDING", rounding)
    solved = watched(monkeypatch, "_solve", lambda *_: 1)
    w = _active_sets.elastic_net(X, y, np.array([lam]), 0.5, np.ones(2))[0]
    assert not w.any() and len(solved) == 1


def test_a_wrong_solution_of_the_elastic_net_is_not_given_back(monkeypatch):
    X, y = centred("correlated", 40, 12, 0)
    lams, solve = SHARES * greatest(X, y), _active_sets._solve
    usual = elastic_net_path(X, y, lams, 0.5).coefs
    monkeypatch.setattr(_active_sets, "_solve", lambda *arguments: solve(*arguments) * (1 + 1e-5))
    found = _active_sets.elastic_net(X, y, lams, 0.5, np.ones(X.shape[1]))[1]
    assert (found == (usual == 0).all(axis=1)).all()
    assert elastic_net_path(X, y, lams, 0.5).coefs == pytest.approx(usual, abs=1e-10)


@pytest.mark.parametrize("tiny", [0.0, 5e-324, 1e-300, 1e-20])
def test_a_ridge_that_is_lost_in_rounding_does_no_harm(tiny):
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
    assert not _active_sets.elastic_net(X, y, lams, ratio, np.ones(X.shape[1]))[1].any()
    assert elastic_net_path(X, y, lams, ratio).coefs.sum() == pytest.approx(11 / 256)  # 128 (64 times the sum of w - 3) + lam = 0


@pytest.mark.parametrize("ratio", [0.5, 0.02])
def test_with_more_active_weights_than_rows_the_smaller_system_is_solved(ratio):
    X, y = centred("correlated", 8, 40, 0)
    lams = SHARES[5:25:4] * greatest(X, y) / ratio
    w, found = _active_sets.elastic_net(X, y, lams, ratio, np.ones(40))
    assert found.all() and (w != 0).sum(axis=1).max() > (8 if ratio == 0.5 else 30)
    assert np.abs(w - net(X, y, lams, ratio)).max() < 1e-9 * np.abs(w).max()


@pytest.mark.parametrize("p", [19, 20, 21])
def test_the_products_of_all_pairs_of_columns_are_made_once_for_no_more_columns_than_rows(p, monkeypatch):
    (X, y), made, pairs = centred("normal", 20, p, 0), [], _active_sets._pairs
    monkeypatch.setattr(_active_sets, "_pairs", lambda *arguments: made.append(1) or pairs(*arguments))
    assert _active_sets.elastic_net(X, y, SHARES[5:20] * greatest(X, y), 0.5, np.ones(p))[1].all()
    assert bool(made) is (p > 20)


@pytest.mark.parametrize("k", [3, 5, 6, 12])
def test_a_ridge_is_solved_by_the_smaller_of_two_systems(k):
    rng = np.random.default_rng(k)
    X, right, shares, unit = rng.normal(size=(5, k)), rng.normal(size=k), rng.uniform(1, 2, k), 0.3
    pairs, small = _active_sets._pairs(X, shares), min(k, 5)
    assert pairs.shape == (small, small)
    assert pairs == pytest.approx(X.T @ X * 0.4 if k <= 5 else X @ np.diag(1 / shares) @ X.T * 0.4)
    before = pairs.copy()
    w = _active_sets._solve(pairs, X, right, unit, shares)
    assert (X.T @ X * 0.4 + unit * np.diag(shares)) @ w == pytest.approx(right, abs=1e-12)
    assert (pairs == before).all()
    singular = _active_sets._solve(np.zeros((k, k)), X, right, 0.0, shares)
    assert singular.shape == (k,) and np.isnan(singular).all()


# -- what is certain, and what is done where it is not ----------------------------------------------------------


def test_how_far_the_conditions_are_off_is_counted_from_the_bound_of_an_idle_and_the_pull_of_an_active_weight():
    w, g = np.array([[0.0, 0.0, 2.0, -2.0]]), np.array([[3.0, -0.5, 1.5, 0.5]])
    assert _active_sets._distance(w, g, 1.0).tolist() == [[2.0, -0.5, 0.5, 1.5]]
    assert _active_sets.lengths(np.array([[3.0, 1.0], [4.0, 1.0]])) == pytest.approx([5.0, np.sqrt(2)])
    assert _active_sets.lengths(np.array([3.0, 4.0])) == pytest.approx(5.0)
    noise = _active_sets._noise(np.array([3.0, 4.0]), w, np.array([1.0, 1.0, 3.0, 4.0]))
    assert noise.shape == (1, 1) and noise == pytest.approx(1e-12 * (5 + 2 * 3 + 2 * 4))


@pytest.mark.parametrize("l2", [0.0, np.array([[0.1], [0.0]])])
def test_what_is_allowed_beyond_the_conditions_is_a_millionth_of_the_penalty_and_rounding(l2):
    X, y = centred("normal", 20, 4, 0)
    w, l1 = np.array([[0.5, 0.0, -0.5, 0.0], [0.0, 0.0, 0.0, 0.0]]), np.array([[0.3], [0.2]])
    for shift in (0.0, 1e9):  # of a y that counts in the noise only
        y = y + shift * np.linalg.svd(X)[0][:, -1]
        g = (y - w @ X.T) @ X / 10 - 2 * l2 * w
        length = np.sqrt((X**2).sum(axis=0) / 10)
        noise = 1e-13 * (np.sqrt(y @ y / 10) + np.abs(w) @ length)[:, None] * length
        off = np.where(w == 0, np.abs(g) - l1, np.abs(g - np.sign(w) * l1)) - 1e-6 * l1 - noise
        assert _active_sets._off(X, y, w, l1, l2) == pytest.approx(off, rel=1e-9, abs=1e-9 * np.abs(noise).min())


def test_weights_are_sure_where_the_conditions_hold_but_for_rounding_that_is_far_below_the_penalty():
    y, length = np.array([3.0, 4.0]), np.array([2.0, 0.5, 0.0])
    w, l1 = np.array([[1.0, 0.0, 0.0]]), np.array([[1.0]])
    noise = 1e-12 * (5 + 2)
    for slopes, sure in (
        ([1, 1, 0], True),
        ([1, -1, 0], True),
        ([-1, 0, 0], False),
        ([1, 1 + 0.4 * noise, 0], True),
        ([1, -1 - 0.6 * noise, 0], False),
        ([1 + 1.5 * noise, 0, 0], True),
        ([1 - 2.5 * noise, 0, 0], False),
        ([1 + 2.5 * noise, 0, 0], False),
    ):
        assert _active_sets.surely(y, w, np.array([slopes], float), l1, length).tolist() == [sure]
    least = noise * 2.0 / 1e-6  # so small a penalty is lost in the rounding of the products
    for l1, sure in ((1.001 * least, True), (0.999 * least, False)):
        assert _active_sets.surely(y, w, np.array([[l1, 0, 0]]), np.array([[l1]]), length).tolist() == [sure]
    assert _active_sets.surely(y, 0 * w, np.zeros((1, 3)), np.array([[1.0]]), length).all()


def test_what_is_exact_is_sure_and_each_row_has_its_own_active_weights():
    y, length = np.zeros(2), np.array([1.0, 1.0, 0.0])
    w, g = np.array([[1.0, 0, 0], [0, 0, 0], [0, 0, 0], [0, 1, 0]]), np.array([[1.0, 0, 0], [1, 0, 0], [0, 0, 0], [0, 0.5, 0]])
    assert _active_sets.surely(y, w, g, np.array([[1.0], [1], [0], [1]]), length).tolist() == [True, True, True, False]


def test_no_second_array_of_slopes_is_made_to_see_that_weights_are_sure():
    y, w, g = np.ones(2), np.zeros((20, 10_000)), np.zeros((20, 10_000))
    sure, peak = measure.peak(lambda: _active_sets.surely(y, w, g, np.ones((20, 1)), np.ones(10_000)))
    assert sure.all() and peak < g.nbytes / 2


def test_what_is_sure_is_not_looked_at_and_what_is_not_a_number_is_begun_afresh(monkeypatch):
    X, y = centred("normal", 20, 4, 0)
    lams = np.array([0.5, 0.2, 0.1]) * greatest(X, y)
    right, seen, off, begun, descend = walked(X, y, lams), [], _active_sets._off, [], _active_sets.descend
    monkeypatch.setattr(_active_sets, "_off", lambda X, y, w, *penalty: seen.append(len(w)) or off(X, y, w, *penalty))
    monkeypatch.setattr(_active_sets, "descend", lambda X, y, w, *penalty: begun.append(w.copy()) or descend(X, y, w, *penalty))
    w = np.full((3, 4), 7.0)
    _active_sets.settle(X, y, w, np.ones(3, bool), lams)
    assert (w == 7).all() and not seen
    w[1, 2], w[2, 0] = np.nan, np.inf
    _active_sets.settle(X, y, w, np.array([True, False, False]), lams)
    assert (w[0] == 7).all() and w[1:] == pytest.approx(right[1:], rel=1e-9, abs=1e-12) and seen[0] == 2
    assert not np.any(begun) and len(begun) == 2


def test_what_is_mended_has_the_share_of_each_square():
    (X, y), shares, ratio = centred("normal", 20, 4, 0), np.array([1.0, 2.0, 3.0, 4.0]), 0.5
    lams, w = np.array([0.5, 0.2]) * greatest(X, y), np.zeros((2, 4))
    _active_sets.settle(X, y, w, np.zeros(2, bool), lams, ratio, shares)
    for w_i, lam in zip(w, lams, strict=True):
        assert w_i == pytest.approx(walked(*stacked(X, y, (1 - ratio) * lam * shares), [ratio * lam])[0], rel=1e-9, abs=1e-12)


def test_what_fits_with_the_share_of_each_square_stays(monkeypatch):
    (X, y), shares, ratio = centred("normal", 20, 4, 0), np.array([1.0, 2.0, 3.0, 4.0]), 0.75
    lams, w = np.array([0.5, 0.2]) * greatest(X, y), np.zeros((2, 4))
    _active_sets.settle(X, y, w, np.zeros(2, bool), lams, ratio, shares)
    assert w.all(axis=1).any()
    monkeypatch.setattr(_active_sets, "descend", None)
    _active_sets.settle(X, y, w, np.zeros(2, bool), lams, ratio, shares)


def test_columns_share_the_square_alike_if_nothing_else_is_said():
    (X, y), lams = centred("normal", 20, 4, 0), np.array([0.3])
    w, expected = np.zeros((2, 1, 4))
    _active_sets.settle(X, y, w, np.zeros(1, bool), lams, 0.5)
    _active_sets.settle(X, y, expected, np.zeros(1, bool), lams, 0.5, np.ones(4))
    assert w.any() and (w == expected).all()


@pytest.mark.parametrize(("off", "again", "result", "certain"), [(0, None, 1, True), (1, 0, 2, True), (1, 1, 1, False)])
def test_what_is_off_by_no_more_than_is_allowed_stays_and_so_does_what_is_not_made_better(off, again, result, certain, monkeypatch):
    found = iter([off, again])
    monkeypatch.setattr(_active_sets, "_off", lambda *_: np.full((1, 2), float(next(found))))
    monkeypatch.setattr(_active_sets, "descend", lambda X, y, w, l1, l2: 2 * w)
    w = np.ones((1, 2))
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        _active_sets.settle(np.eye(2), np.ones(2), w, np.zeros(1, bool), np.ones(1))
    assert (w == result).all() and (not said) == certain


@pytest.mark.parametrize("better", [True, False])
def test_the_way_down_is_taken_if_it_leads_nearer_and_there_is_a_word_if_not_near_enough(better, monkeypatch):
    X, y = centred("normal", 20, 4, 0)
    lams = np.array([0.5, 0.2, 0.1]) * greatest(X, y)
    right = walked(X, y, lams)
    w, other = right + 0.1, right + (0.01 if better else 0.2)
    w[0] = right[0]
    where = {lam: row for lam, row in zip(lams, other, strict=True)}
    gone = []
    monkeypatch.setattr(_active_sets, "descend", lambda X, y, w, l1, l2: gone.append(1) or where[l1.item()])
    with pytest.warns(PrecisionWarning, match=f"at 2 of the penalties, lam = {lams[1]:.3g} among them"):
        _active_sets.settle(X, y, w, np.zeros(3, bool), lams)
    assert len(gone) == 2 and (w[0] == right[0]).all() and (w[1:] == (other[1:] if better else right[1:] + 0.1)).all()


def exact_violation(X, y, w, l1, l2=0.0):
    """The largest distance from (KKT) with 50 digits, as a share of l1; X and y are what the solver was given."""
    with mpmath.workdps(50):
        X, y, w = (mpmath.matrix(a.tolist()) for a in (X, y, w))
        n, g = len(y), X.T * (y - X * w)
        off = [2 * g[j] / n - 2 * l2 * w[j] for j in range(len(w))]
        off = [abs(off[j] - l1 * mpmath.sign(w[j])) if w[j] else max(abs(off[j]) - l1, 0) for j in range(len(w))]
        return float(max(off) / l1)


def copies(seed, digits):
    """Columns that repeat a few to so many digits, centred."""
    rng = np.random.default_rng(seed)
    n, p = [(30, 8), (80, 10), (25, 20), (40, 60)][seed % 4]
    base = rng.normal(size=(n, p // 4))
    X = base[:, rng.integers(0, p // 4, p)] + 10.0**-digits * rng.normal(size=(n, p))
    y = X @ rng.normal(size=p) + rng.normal(size=n)
    return X - X.mean(0), y - y.mean()


@pytest.mark.parametrize("digits", [5, 6, 7])
@pytest.mark.parametrize("seed", range(8))
def test_copies_to_a_few_digits_are_right_at_tiny_penalties_to_a_millionth_of_them(seed, digits):
    X, y = copies(seed, digits)
    lams = np.array([1e-3, 1e-4, 1e-5]) * greatest(X, y)
    for w, lam in zip(lasso_path(X, y, lams, fit_intercept=False).coefs, lams, strict=True):
        assert exact_violation(X, y, w, lam) < 2e-6
    for w, lam in zip(elastic_net_path(X, y, lams, 0.9, fit_intercept=False).coefs, lams, strict=True):
        assert exact_violation(X, y, w, 0.9 * lam, 0.1 * lam) < 2e-6


def test_without_the_way_down_some_of_them_would_be_wrong_and_said_to_be(monkeypatch):
    monkeypatch.setattr(_active_sets, "descend", lambda X, y, w, l1, l2: w)
    wrong = 0
    for seed in range(12):
        X, y = copies(seed, 7)
        lam = 1e-4 * greatest(X, y)
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            w = lasso_path(X, y, [lam], fit_intercept=False).coefs[0]
        off = exact_violation(X, y, w, lam) > 2e-6
        assert off == any(issubclass(warning.category, PrecisionWarning) for warning in said)
        wrong += off
    assert wrong > 3


@pytest.mark.parametrize("seed", range(12))
def test_the_way_down_arrives_from_anywhere(seed):
    X, y = centred([*EASY, *HARD][seed % 8], *[(25, 6), (12, 30)][seed % 2], seed)
    rng, lam = np.random.default_rng(seed), 0.02 * greatest(X, y)
    losses = []
    for l2 in (0.0, 0.1):
        expected = walked(X, y, [lam])[0] if l2 == 0 else walked(*stacked(X, y, l2), [lam])[0]
        for start in (np.zeros(X.shape[1]), rng.normal(size=X.shape[1]), -expected):
            begun = start.copy()
            w = _active_sets.descend(X, y, start, lam, l2)
            assert violation(X, y, w, lam, l2) < 1e-12 and (start == begun).all()
            losses.append(np.sum((y - X @ w) ** 2) / len(y) + lam * np.abs(w).sum() + l2 * w @ w)
        assert losses[-3:] == pytest.approx([np.sum((y - X @ expected) ** 2) / len(y) + lam * np.abs(expected).sum()
                                             + l2 * expected @ expected] * 3, rel=1e-9)  # fmt: skip


@pytest.mark.parametrize("kind", ["normal", "low rank", "repeated", "whole numbers", "signs"])
@pytest.mark.parametrize("seed", range(6))
def test_the_way_down_arrives_where_active_columns_depend_on_each_other(kind, seed):
    X, y = centred(kind, *[(25, 6), (12, 30), (20, 10)][seed % 3], seed)
    X[:, 0] = 0
    rng, lam = np.random.default_rng(seed), 0.02 * greatest(X, y)
    for penalty in (lam, 0.0):
        for start in (np.zeros(X.shape[1]), rng.normal(size=X.shape[1])):
            w = _active_sets.descend(X, y, start, penalty, 0.0)
            assert _active_sets._off(X, y, w[None], penalty, 0.0).max() <= 0
            assert np.linalg.matrix_rank(X[:, w != 0]) == (w != 0).sum()


def test_the_way_down_keeps_the_fit_where_a_copy_leaves(monkeypatch):
    X, step, rests = np.array([[1.0, 2.0], [0.5, 1.0]]), _active_sets._step, []
    monkeypatch.setattr(_active_sets, "_step", lambda X, rest, *others: rests.append(rest) or step(X, rest, *others))
    w = _active_sets.descend(X, np.array([3.0, 1.0]), np.array([2.0, 1.0]), 0.1, 0.0)
    assert rests[1] == pytest.approx(rests[0]) and w[0] == 0 and w[1] > 0  # a unit of the second costs half as much


def test_who_does_no_good_may_do_some_when_another_has_left(monkeypatch):
    """Steps that let column 0 leave at once, and column 1 when column 2 has entered."""
    X, active = 2 * np.eye(8)[:, :3], []  # columns of length 1
    steps = {(): [], (0,): [-1.0], (1,): [1.0], (1, 2): [-2.0, 1.0], (2,): [0.0], (2, 0): [0.0, 0.0]}

    def step(X_A, *_):
        active.append(tuple(X_A.argmax(axis=0).tolist()))
        return np.array(steps[active[-1]]), False

    monkeypatch.setattr(_active_sets, "_step", step)
    monkeypatch.setattr(_active_sets, "_off", lambda *_: np.full((1, 3), float(len(active) < 7)))
    _active_sets.descend(X, np.full(8, 9.0), np.zeros(3), 1.0, 0.0)
    assert active == [(), (0,), (), (1,), (1, 2), (2,), (2, 0)]


def test_of_two_equal_columns_the_first_keeps_what_both_weigh():
    X = np.array([[1.0, 1.0], [0.5, 0.5]])
    w = _active_sets.descend(X, np.array([3.0, 1.0]), np.array([1.0, 2.0]), 0.1, 0.0)
    assert w[0] > 0 and w[1] == 0


@pytest.mark.parametrize(("start", "end", "columns"), [
    ([1.0, 1.0], [0.5, 0.0], [(0, 1), (0,)]),  # the second is zero at a quarter of the step, where the first is a half
    ([2.0, 4.0], [0.0, 0.0], [(0, 1), (1,)]),  # both at the end of it: one of them leaves
    ([3.0, 9.0], [1.0, 5.0], [(0, 1)]),  # none before its end
])  # fmt: skip
def test_a_step_goes_as_far_as_the_first_weight_that_becomes_zero(start, end, columns, monkeypatch):
    X, active, steps = 2 * np.eye(8)[:, :2], [], [np.array([-2.0, -4.0])]  # then no more is to be done

    def step(X_A, *_):
        active.append(tuple(X_A.argmax(axis=0).tolist()))
        return steps.pop() if steps else np.zeros(X_A.shape[1]), False

    monkeypatch.setattr(_active_sets, "_step", step)
    monkeypatch.setattr(_active_sets, "_off", lambda *_: np.zeros((1, 2)))
    assert _active_sets.descend(X, np.ones(8), np.array(start), 1.0, 0.0).tolist() == end
    assert active == columns


def test_the_column_that_is_most_off_for_its_length_enters_first(monkeypatch):
    X, y = np.diag([1.0, 8.0]), np.array([1.0, 0.25])  # off by 1 and by 2, which is a quarter of the second's length
    first = watched(monkeypatch, "_step", lambda X, *_: X[:, :1].T.tolist())
    assert _active_sets.descend(X, y, np.zeros(2), 1e-3, 0.0).all()
    assert first[:2] == [[], [[1.0, 0.0]]]


def test_a_column_that_does_no_good_is_taken_once_until_another_leaves(monkeypatch):
    X, y = centred("normal", 30, 6, 0)
    lam, off, step, steps = 0.3 * greatest(X, y), _active_sets._off, _active_sets._step, []
    expected = walked(X, y, [lam])[0]
    idle = int(np.flatnonzero(expected == 0)[0])
    monkeypatch.setattr(_active_sets, "_off", lambda *arguments: off(*arguments) + 100 * (np.arange(6) == idle))
    monkeypatch.setattr(_active_sets, "_step", lambda X, *arguments: steps.append(X.shape[1]) or step(X, *arguments))
    assert _active_sets.descend(X, y, np.zeros(6), lam, 0.0) == pytest.approx(expected, rel=1e-12)
    assert steps == [0, 1, *range((expected != 0).sum() + 1)]  # it enters and leaves, and then one after the other enters


@pytest.mark.parametrize("shape", [(3, 5), (5, 3)])
def test_the_way_down_ends_after_twenty_steps_for_each_column_or_row(shape, monkeypatch):
    """Where each column that enters would drive out the one before it, for ever."""
    steps, drives = [], {0: [], 1: [1.0], 2: [-1e9, 1.0]}
    monkeypatch.setattr(_active_sets, "_step", lambda X, *_: steps.append(1) or (np.array(drives[X.shape[1]]), False))
    monkeypatch.setattr(_active_sets, "_off", lambda X, *_: np.ones((1, X.shape[1])))
    _active_sets.descend(np.full(shape, 1e-3), np.full(shape[0], 1e6), np.zeros(shape[1]), 0.1, 0.0)
    assert len(steps) == 20 * (3 + 1)


@pytest.mark.parametrize(("n", "k", "l2"), [(n, k, l2) for n, k in ((9, 4), (4, 4)) for l2 in (0.0, 0.1, "some")]
                         + [(4, 9, 0.1), (4, 9, "all but one")])  # fmt: skip
def test_a_step_is_least_squares_with_a_pull(n, k, l2, monkeypatch):
    factored, qr = [], np.linalg.qr
    monkeypatch.setattr(np.linalg, "qr", lambda A: factored.append(A.shape) or qr(A))
    rng = np.random.default_rng(0)
    X, rest, pull = rng.normal(size=(n, k)), rng.normal(size=n), rng.normal(size=k)
    kinds = {"some": np.arange(k) % 2 / 3, "all but one": np.minimum(np.arange(k), 1.0)}
    l2 = kinds[l2] if l2 in kinds else np.linspace(1, 2, k) * l2
    w, endless = _active_sets._step(X, rest, pull, l2)
    slope = 2 / n * X.T @ (X @ w - rest) + pull + 2 * l2 * w
    assert not endless and np.abs(slope).max() < 1e-13
    assert factored == ([] if k > n and l2.all() else [(n + k * l2.any(), k)])


@pytest.mark.parametrize("near", [1e-6, 1e-7])
def test_a_step_loses_half_of_the_digits_that_the_products_of_columns_would_lose(near):
    """Columns that repeat to `near`: products would lose near^2. The first solution has the pull; what mends it loses more."""
    errors = []
    for seed in range(12):
        rng = np.random.default_rng(seed)
        X, rest, pull = rng.normal(size=(9, 4)), rng.normal(size=9), 100 * rng.normal(size=4)
        X[:, 1] = X[:, 0] + near * X[:, 1]
        with mpmath.workdps(60):
            A = mpmath.matrix(X.tolist())
            w = mpmath.lu_solve(A.T * A * 2 / 9, A.T * mpmath.matrix(rest.tolist()) * 2 / 9 - mpmath.matrix(pull.tolist()))
        exact = np.array([float(v) for v in w])
        errors.append(np.abs(_active_sets._step(X, rest, pull, np.zeros(4))[0] - exact).max() / np.abs(exact).max())
    assert np.median(errors) < 7e-17 / near


@pytest.mark.parametrize("unit", [1.0, 1024.0])
@pytest.mark.parametrize(("share", "dependent"), [(0.5e-14, True), (2e-14, False)])
def test_a_column_is_in_the_span_of_others_if_a_hundred_million_millionth_is_outside(share, dependent, unit):
    X = unit * np.array([[1.0, 1.0], [0.0, share]])
    assert _active_sets._step(X, np.ones(2), np.zeros(2), np.zeros(2))[1] is dependent


@pytest.mark.parametrize("powers", [np.linspace(-15, 15, 10), np.linspace(15, -15, 10), [0] * 9 + [-30]])
def test_columns_of_sizes_over_thirty_orders_are_right_at_any_penalty(powers):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(40, 10)) * 10.0 ** np.array(powers)
    y = X @ (1 / 10.0 ** np.array(powers)) + rng.normal(size=40)
    for lam in greatest(X, y) * 10.0 ** np.arange(-1.0, -34.0, -4):
        w = lasso_path(X, y, [lam], fit_intercept=False).coefs[0]
        g = 2 / 40 * X.T @ (y - X @ w)
        off = np.where(w != 0, np.abs(g - lam * np.sign(w)), np.maximum(np.abs(g) - lam, 0))
        assert (off <= 1e-6 * lam + 1e-12 * np.linalg.norm(X, axis=0) * np.linalg.norm(y)).all()
    assert (w != 0).sum() > 5


@pytest.mark.parametrize("solve", [
    lambda X, y, top: lasso_path(X, y, [0.01 * top]),
    lambda X, y, top: elastic_net_path(X, y, [0.02 * top], 0.5),
    lambda X, y, top: elastic_net_path(X, y, [0.2 * top], 0.05),  # more active weights than rows
    lambda X, y, top: elastic_net_path(X, y, [0.01 * top], 0.0),
])  # fmt: skip
def test_a_hundred_thousand_columns_need_a_few_times_the_memory_of_the_data(solve):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(20, 100_000))
    y = X[:, :5].sum(axis=1) + rng.normal(size=20)
    path, peak = measure.peak(lambda: solve(X, y, greatest(X, y)))
    assert peak < 5 * X.nbytes  # all pairs of columns would be 80 GB
    assert (path.coefs != 0).any()


def test_a_path_needs_a_few_times_the_memory_of_its_weights():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(20, 20_000))
    y = X[:, :5].sum(axis=1) + rng.normal(size=20)
    path, peak = measure.peak(lambda: lasso_path(X, y))
    assert peak < 5 * X.nbytes + 7 * path.coefs.nbytes  # all pairs of columns would be 3.2 GB


def test_what_the_quick_way_is_not_sure_of_is_put_into_the_conditions_and_mended(monkeypatch):
    rng = np.random.default_rng(2)
    X, y = rng.normal(size=(60, 8)), rng.normal(size=60)
    lams = [0.3, 0.03]
    right = lasso_path(X, y, lams).coefs
    monkeypatch.setattr(_active_sets, "lasso", lambda X, y, lams: (np.ones((len(lams), X.shape[1])), np.zeros(len(lams), bool)))
    np.testing.assert_allclose(lasso_path(X, y, lams).coefs, right, rtol=1e-9, atol=1e-12)
