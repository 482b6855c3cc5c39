"""The lasso against scikit-learn, its optimality conditions, a linear program, brute force and simulation."""

import itertools
import time

import mpmath
import numpy as np
import pytest
from conftest import ONE_OVERFLOWS
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog, minimize
from sklearn.linear_model import ElasticNet, Lasso, lars_path

from reglesson import _active_sets, l1, linear
from reglesson.data import Standardizer, diabetes, seed_line, sparse_linear
from reglesson.l1 import (
    coordinate_descent,
    duality_gap,
    elastic_net,
    elastic_net_path,
    kkt_violation,
    lambda_max,
    lasso,
    lasso_knots,
    lasso_path,
    lasso_regression,
    proximal_gradient,
    soft_threshold,
)
from reglesson.l2 import ridge, ridge_path, ridge_regression
from reglesson.linear import LinearFit, mse, penalized_loss

SHARES = (0.9, 0.3, 0.05, 0.003)  # of lambda_max


def problem(kind, seed=0):
    """A design and a response; the kinds that make a path difficult are among them."""
    rng = np.random.default_rng(seed)
    X = {
        "tall": lambda: rng.normal(size=(60, 8)),
        "wide": lambda: rng.normal(size=(15, 40)),
        "correlated": lambda: 0.3 * rng.normal(size=(50, 12)) + rng.normal(size=(50, 1)),
        "low rank": lambda: rng.normal(size=(50, 4)) @ rng.normal(size=(4, 9)),
        "scales": lambda: rng.normal(size=(60, 8)) * np.logspace(-2, 2, 8),
        "constant column": lambda: np.c_[np.full(30, 7.0), rng.normal(size=(30, 3))],
        "repeated columns": lambda: rng.normal(size=(30, 4))[:, [0, 1, 0, 2, 3, 1]] * [1, 1, 1, 1, 1, -1],
        "ties": lambda: rng.choice([-1.0, 1.0], size=(12, 9)),
        "one column": lambda: rng.normal(size=(20, 1)),
        "two rows": lambda: rng.normal(size=(2, 3)),
    }[kind]()
    y = X @ rng.normal(size=X.shape[1]) + rng.normal(size=len(X))
    if kind == "ties":
        return X, np.round(y)
    return X + 3, y + 5


KINDS = ["tall", "wide", "correlated", "low rank", "scales", "constant column", "repeated columns", "ties",
         "one column", "two rows"]  # fmt: skip


def nearly_repeated(distance):
    """Ten columns that differ by so much."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(80, 1)) + distance * rng.normal(size=(80, 10))
    return X, X[:, 0] + rng.normal(size=80)


def walk(X, y, floor=0.0):
    """Penalties (K,) and weights (K, p) at the kinks that the walk comes to."""
    kinks = list(l1._walk(X, y, floor))
    coefs = np.zeros((len(kinks), X.shape[1]))
    for row, (_, A, w, _, _) in zip(coefs, kinks, strict=True):
        row[A] = w
    return np.array([kink[0] for kink in kinks]), coefs


def standard_diabetes():
    X, y, names = diabetes()
    return Standardizer.fit(X).transform(X), y, names


def far(a, b):
    """The largest difference of two arrays, as a share of the largest entry."""
    return np.abs(a - b).max() / np.abs(b).max()


def slope(X, y, fit):
    """(2/n) X'(y - X w - b), written out once more."""
    return 2 * X.T @ (y - X @ fit.coef - fit.intercept) / len(y)


# -- one weight ------------------------------------------------------------------------------------------------


@pytest.mark.statement("l1-soft-threshold")
def test_the_soft_threshold_minimizes_a_square_and_an_absolute_value():
    grid = np.linspace(-4, 4, 80001)
    for z, t in itertools.product([-2.5, -1.0, -0.3, 0.0, 0.2, 1.0, 3.0], [0.0, 0.5, 1.0, 2.0]):
        best = grid[np.argmin((grid - z) ** 2 + 2 * t * np.abs(grid))]
        assert soft_threshold(z, t) == pytest.approx(best, abs=1e-4)
    assert soft_threshold(1.0, 1.0) == soft_threshold(-0.5, 2.0) == 0.0
    assert isinstance(soft_threshold(3.0, 1.0), float) and soft_threshold([[1.0, -3.0]], 1).tolist() == [[0.0, -2.0]]
    assert not np.signbit(soft_threshold([-0.5, -1.0], 1.0)).any()


@pytest.mark.statement("l1-orthogonal")
def test_on_orthogonal_columns_every_solver_thresholds_least_squares_at_half_of_lam():
    rng = np.random.default_rng(0)
    n, p = 40, 5
    X = np.linalg.qr(rng.normal(size=(n, p)) - 0)[0]
    X = np.linalg.qr(X - X.mean(0))[0] * np.sqrt(n)
    assert pytest.approx(n * np.eye(p), abs=1e-10) == X.T @ X
    y = X @ np.array([3.0, -2, 1, 0.1, 0]) + rng.normal(size=n)
    least = X.T @ y / n
    for lam in (0.0, 0.3, 1.0, 2.5):
        expected = np.sign(least) * np.maximum(np.abs(least) - lam / 2, 0)
        assert lasso(X, y, lam).coef == pytest.approx(expected, abs=1e-12)
        assert coordinate_descent(X, y, lam, sweeps=1).coef == pytest.approx(expected, abs=1e-12)
        assert proximal_gradient(X, y, lam, steps=1).coef == pytest.approx(expected, abs=1e-12)
        assert ridge(X, y, lam).coef == pytest.approx(least / (1 + lam), abs=1e-12)


# -- the solution ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("kind", KINDS)
def test_the_lasso_is_scikit_learns_with_alpha_half_of_lam(kind, fit_intercept):
    X, y = problem(kind)
    for share in SHARES[:3]:
        lam = share * lambda_max(X, y, fit_intercept=fit_intercept)
        fit = lasso(X, y, lam, fit_intercept=fit_intercept)
        theirs = Lasso(alpha=lam / 2, fit_intercept=fit_intercept, tol=1e-12, max_iter=10**6).fit(X, y)
        assert far(fit.predict(X), theirs.predict(X)) < 1e-4
        ours, other = (penalized_loss(X, y, f, lam, "l1") for f in (fit, LinearFit(theirs.coef_, float(theirs.intercept_))))
        assert ours <= other * (1 + 1e-12)


@pytest.mark.statement("l1-kkt")
@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("kind", KINDS)
def test_the_optimality_conditions_hold_and_no_nearby_point_is_better(kind, fit_intercept):
    X, y = problem(kind)
    top = lambda_max(X, y, fit_intercept=fit_intercept)
    rng = np.random.default_rng(1)
    for share in (*SHARES, 1.5):
        lam = share * top
        fit = lasso(X, y, lam, fit_intercept=fit_intercept)
        g, active = slope(X, y, fit), fit.coef != 0
        assert np.abs(g[active] - lam * np.sign(fit.coef[active])).max(initial=0) < 1e-9 * top
        assert np.abs(g[~active]).max(initial=0) < lam + 1e-9 * top
        assert kkt_violation(X, y, fit, lam, fit_intercept=fit_intercept) < 1e-9 * top
        best = penalized_loss(X, y, fit, lam, "l1")
        shape = (60, X.shape[1] + 1)
        for step in 10.0 ** rng.integers(-4, 0, size=(60, 1)) * rng.normal(size=shape) * (rng.random(shape) < 0.5):
            moved = LinearFit(fit.coef + step[:-1], fit.intercept + step[-1] * fit_intercept)
            assert penalized_loss(X, y, moved, lam, "l1") >= best * (1 - 1e-13)
            # and where J is higher, the conditions fail, and the bound says so
            higher = penalized_loss(X, y, moved, lam, "l1") - best
            assert duality_gap(X, y, moved, lam, fit_intercept=fit_intercept) >= higher * (1 - 1e-9) - 1e-12 * best
            if higher > 1e-9 * best:
                assert kkt_violation(X, y, moved, lam, fit_intercept=fit_intercept) > 0


@pytest.mark.statement("l1-kkt")
def test_the_violation_is_the_distance_from_the_subdifferential():
    X, y = np.array([[1.0, 0], [-1, 0], [0, 1], [0, -1]]), np.array([3.0, -3, 1, -1])
    # n = 4: slopes (2/4)(x_j'r) of the zero fit are 3 and 1
    zero = LinearFit(np.zeros(2), 0.0)
    assert kkt_violation(X, y, zero, 3.0) == 0
    assert kkt_violation(X, y, zero, 2.0) == kkt_violation(X, -y, zero, 2.0) == pytest.approx(1.0)
    assert kkt_violation(X, y, LinearFit(np.array([1.0, 0]), 0.0), 2.0) == pytest.approx(0, abs=1e-15)
    assert kkt_violation(X, y, LinearFit(np.array([-1.0, 0]), 0.0), 2.0) == pytest.approx(4 + 2)
    assert kkt_violation(X, y, LinearFit(np.array([1.0, 1e-9]), 0.0), 2.0) == pytest.approx(1, rel=1e-6)
    shifted = LinearFit(np.array([1.0, 0]), 0.5)
    assert kkt_violation(X, y, shifted, 2.0) == pytest.approx(1.0)
    assert kkt_violation(X, y, shifted, 2.0, fit_intercept=False) == pytest.approx(0, abs=1e-15)


@pytest.mark.parametrize("seed", range(8))
def test_the_lasso_is_the_best_of_all_supports_and_signs(seed):
    rng = np.random.default_rng(seed)
    X, y = rng.normal(size=(9, 4)), rng.normal(size=9)
    X[:, 3] += X[:, 0]
    for share in (0.7, 0.2, 0.01):
        lam = share * lambda_max(X, y, fit_intercept=False)
        losses = [y @ y / 9]
        for signs in itertools.product([-1, 0, 1], repeat=4):  # stationary points with given signs, where they exist
            s = np.array(signs)
            A = s != 0
            if A.any():
                w = np.linalg.solve(X[:, A].T @ X[:, A], X[:, A].T @ y - 9 * lam / 2 * s[A])
                if (w * s[A] > 0).all():
                    losses.append(np.mean((y - X[:, A] @ w) ** 2) + lam * np.abs(w).sum())
        assert penalized_loss(X, y, lasso(X, y, lam, fit_intercept=False), lam, "l1") == pytest.approx(min(losses), rel=1e-12)


@pytest.mark.statement("l1-lambda-max")
@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("kind", KINDS)
def test_lambda_max_is_where_the_first_weight_enters(kind, fit_intercept):
    X, y = problem(kind)
    top = lambda_max(X, y, fit_intercept=fit_intercept)
    Xc, yc = (X - X.mean(0), y - y.mean()) if fit_intercept else (X, y)
    assert top == pytest.approx(2 * np.abs(Xc.T @ yc).max() / len(y), rel=1e-12)
    for lam in (top, 1.0001 * top, 1e3 * top):
        fit = lasso(X, y, lam, fit_intercept=fit_intercept)
        assert (fit.coef == 0).all() and fit.intercept == (pytest.approx(y.mean()) if fit_intercept else 0)
    assert (lasso(X, y, 0.9999 * top, fit_intercept=fit_intercept).coef != 0).any()


@pytest.mark.statement("l1-gap")
@pytest.mark.parametrize("kind", KINDS)
def test_the_duality_gap_bounds_how_far_a_fit_is_from_the_best(kind):
    X, y = problem(kind)
    rng = np.random.default_rng(2)
    for share in SHARES:
        lam = share * lambda_max(X, y)
        fit = lasso(X, y, lam)
        best = penalized_loss(X, y, fit, lam, "l1")
        assert abs(duality_gap(X, y, fit, lam)) < 1e-9 * best
        for size in (1e-3, 0.1, 1.0):
            other = LinearFit(fit.coef + size * rng.normal(size=X.shape[1]), fit.intercept + size * rng.normal())
            above = penalized_loss(X, y, other, lam, "l1") - best
            most = penalized_loss(X, y, other, lam, "l1") * (1 + 1e-12)
            assert above - 1e-12 * (best + above) <= duality_gap(X, y, other, lam) <= most
        moved = LinearFit(fit.coef, fit.intercept + 0.3)  # the best intercept is no part of the gap, a worse one is
        assert duality_gap(X, y, moved, lam) == pytest.approx(0.3**2, abs=1e-9 * best)
    whole = np.round(X)  # nothing is left, to the last digit, and the bound below is 0
    explained = LinearFit(np.ones(X.shape[1]), 0.0)
    assert duality_gap(whole, whole.sum(axis=1), explained, 0.1, fit_intercept=False) == pytest.approx(0.1 * X.shape[1])
    least = lasso(X, y, 0.0)
    assert abs(duality_gap(X, y, least, 0.0)) < 1e-9 * y.var()
    moved = LinearFit(least.coef + 1, least.intercept)
    assert duality_gap(X, y, moved, 0.0) == pytest.approx(mse(y, moved.predict(X)) - mse(y, least.predict(X)), rel=1e-9)


@pytest.mark.parametrize("lam", [0.5, 0.0])
def test_powers_of_two_in_the_units_of_y_change_no_digit_of_the_duality_gap(lam):
    X, y = problem("tall")
    fit, unit = LinearFit(np.arange(8.0), 1.0), 2.0**-30
    small = LinearFit(unit * fit.coef, unit * fit.intercept)
    assert duality_gap(X, unit * y, small, unit * lam) == unit**2 * duality_gap(X, y, fit, lam) > 0


def test_the_price_of_weights_in_single_precision_is_added_up_in_double_precision():
    X, y = np.eye(3)[:, :2], np.array([1.0, 0.0, 0.0])
    fits = [LinearFit(np.array([1.0, 2.0**-30], dtype), 0.0) for dtype in (np.float32, np.float64)]
    single, double = (duality_gap(X, y, fit, 0.1, fit_intercept=False) for fit in fits)
    assert single == pytest.approx(double, rel=1e-12)


# -- the path --------------------------------------------------------------------------------------------------


def test_the_knots_of_diabetes_are_scikit_learns():
    X, y, _ = standard_diabetes()
    path = lasso_knots(X, y)
    alphas, _, coefs = lars_path(X, y - y.mean(), method="lasso")  # it does not centre; its loss is ours / 2
    assert path.coefs.shape == coefs.T.shape
    assert np.abs(path.lams - 2 * alphas).max() < 1e-8
    assert np.abs(path.coefs - coefs.T).max() < 1e-8
    assert path.intercepts == pytest.approx(np.full(len(path), y.mean()))
    least = np.linalg.lstsq(X, y - y.mean(), rcond=None)[0]
    assert path.lams[-1] == 0 and np.abs(path.coefs[-1] - least).max() < 1e-8


def test_the_order_of_diabetes_is_that_of_efron_and_others():
    X, y, names = standard_diabetes()
    steps = itertools.pairwise(lasso_knots(X, y).coefs != 0)
    changes = [[(names[j], bool(after[j])) for j in np.flatnonzero(before != after)] for before, after in steps]
    # rows of a path are kinks: what enters at one kink is not zero at the next; what leaves at a kink is zero there
    entered = [name for step in changes for name, enters in step if enters]
    assert entered == ["bmi", "s5", "bp", "s3", "sex", "s6", "s1", "s4", "s2", "age", "s3"]
    assert [name for step in changes for name, enters in step if not enters] == ["s3"]
    s3 = lasso_knots(X, y).coefs[:, names.index("s3")]
    assert s3.min() < -10 and s3[-1] > 4  # it returns with the other sign


@pytest.mark.statement("l1-path")
@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("kind", KINDS)
def test_between_two_kinks_the_path_is_straight_and_at_each_it_bends(kind, fit_intercept):
    X, y = problem(kind)
    path = lasso_knots(X, y, fit_intercept=fit_intercept)
    top = lambda_max(X, y, fit_intercept=fit_intercept)
    assert path.lams[0] == top and path.lams[-1] == 0 and (np.diff(path.lams) < 0).all()
    for i in range(len(path)):
        assert kkt_violation(X, y, path[i], path.lams[i], fit_intercept=fit_intercept) < 1e-9 * top
    for i, share in itertools.product(range(len(path) - 1), (0.25, 0.6)):
        lam = path.lams[i] + share * (path.lams[i + 1] - path.lams[i])
        coef = path.coefs[i] + share * (path.coefs[i + 1] - path.coefs[i])
        intercept = path.intercepts[i] + share * (path.intercepts[i + 1] - path.intercepts[i])
        assert kkt_violation(X, y, LinearFit(coef, intercept), lam, fit_intercept=fit_intercept) < 1e-9 * top
    slopes = np.diff(path.coefs, axis=0) / np.diff(path.lams)[:, None]
    assert all(far(before, after) > 1e-9 for before, after in itertools.pairwise(slopes))
    # the formula of the straight line
    Xc, yc = (X - X.mean(0), y - y.mean()) if fit_intercept else (X, y)
    for i in range(len(path) - 1):
        lam = (path.lams[i] + path.lams[i + 1]) / 2
        w = lasso(X, y, lam, fit_intercept=fit_intercept).coef
        A = w != 0
        XA = Xc[:, A]
        assert w[A] == pytest.approx(np.linalg.solve(XA.T @ XA, XA.T @ yc - len(y) * lam / 2 * np.sign(w[A])), rel=1e-6, abs=1e-9)


@pytest.mark.statement("l1-limit")
@pytest.mark.parametrize("kind", ["wide", "repeated columns", "low rank", "tall"])
def test_the_path_ends_at_the_least_squares_weights_of_least_absolute_sum(kind):
    X, y = problem(kind)
    Xc, yc = X - X.mean(0), y - y.mean()
    end = lasso_knots(X, y)[-1]
    assert Xc.T @ (yc - Xc @ end.coef) == pytest.approx(np.zeros(X.shape[1]), abs=1e-8)
    p = X.shape[1]
    least = np.linalg.pinv(Xc) @ yc
    program = linprog(np.ones(2 * p), A_eq=np.c_[Xc, -Xc], b_eq=Xc @ least)  # w = u - v, u and v at least 0
    assert np.abs(end.coef).sum() == pytest.approx(program.fun, rel=1e-7)
    assert np.abs(end.coef).sum() <= np.abs(least).sum() * (1 + 1e-12)
    near = lasso(X, y, 1e-9 * lambda_max(X, y))
    assert near.coef == pytest.approx(end.coef, abs=1e-6 * np.abs(end.coef).max())


def design(n, p, correlation, seed=0):
    if (n, p) == (442, 10):
        X, y, _ = standard_diabetes()
        return (X, y) if not correlation else (X @ (np.eye(10) + 2), y)  # every column is now near the sum of all
    X, y, _ = sparse_linear(n, p, 10, 2.0, np.random.default_rng(seed), correlation)
    return X, y


@pytest.mark.parametrize("correlation", [0.0, 0.9])
@pytest.mark.parametrize(("n", "p"), [(442, 10), (200, 50), (1000, 100), (100, 1000)])
def test_a_hundred_penalties_are_solved_to_a_small_duality_gap(n, p, correlation):
    X, y = design(n, p, correlation)
    path = lasso_path(X, y)
    top = lambda_max(X, y)
    assert len(path) == 100 and path.lams[0] == top and path.lams[-1] == pytest.approx(1e-3 * top)
    assert np.diff(np.log(path.lams)) == pytest.approx(np.full(99, np.log(1e-3) / 99))
    assert (path.coefs[0] == 0).all()
    for i, lam in enumerate(path.lams):
        assert duality_gap(X, y, path[i], lam) <= 1e-6 * penalized_loss(X, y, path[i], lam, "l1")
        assert kkt_violation(X, y, path[i], lam) < 1e-6 * top
        # who is not at the bound is an exact zero
        assert (path.coefs[i][np.abs(slope(X, y, path[i])) < lam - 1e-6 * top] == 0).all()


@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("kind", KINDS)
def test_a_grid_may_be_unsorted_and_repeat_itself(kind, fit_intercept):
    X, y = problem(kind)
    top = lambda_max(X, y, fit_intercept=fit_intercept)
    lams = top * np.array([0.1, 2.0, 0.0, 1.0, 0.1, 0.02, 1e-6, 0.5])
    path = lasso_path(X, y, lams, fit_intercept=fit_intercept)
    assert path.lams.tolist() == lams.tolist() and (path.coefs[0] == path.coefs[4]).all()
    for i, lam in enumerate(lams):
        assert kkt_violation(X, y, path[i], lam, fit_intercept=fit_intercept) < 1e-9 * top
        alone = lasso(X, y, lam, fit_intercept=fit_intercept)
        assert alone.predict(X) == pytest.approx(path[i].predict(X), abs=1e-8 * np.abs(y).max())
    assert (lasso_path(X, y, [3 * top, top], fit_intercept=fit_intercept).coefs == 0).all()


@settings(max_examples=150, deadline=2000)
@given(st.integers(1, 7), st.integers(1, 9), st.sampled_from([2, 3]), st.booleans(), st.integers(0, 10**6))
def test_ties_and_repeated_columns_do_not_confuse_the_walk(n, p, levels, fit_intercept, seed):
    rng = np.random.default_rng(seed)
    X = rng.integers(-1, levels - 1, size=(n, p)).astype(float)  # 0 and -1, or -1 to 1: ties and copies everywhere
    y = rng.integers(-2, 3, size=n).astype(float)
    path = lasso_knots(X, y, fit_intercept=fit_intercept)
    for i, lam in enumerate(path.lams):
        assert kkt_violation(X, y, path[i], lam, fit_intercept=fit_intercept) < 1e-10
        between = lasso(X, y, 0.7 * lam, fit_intercept=fit_intercept)
        assert kkt_violation(X, y, between, 0.7 * lam, fit_intercept=fit_intercept) < 1e-10


@pytest.mark.parametrize("kind", ["correlated", "ties", "tall", "wide"])
def test_a_walk_that_rounding_would_lead_in_circles_still_ends(kind, monkeypatch):
    X, y = problem(kind)
    monkeypatch.setattr(_active_sets, "lasso", lambda *arguments: (None, None))
    usual = lasso_path(X, y).predict(X)
    monkeypatch.setattr(l1, "ROUNDS", 0)  # as if it had gone round and round: what leaves stays out until lam falls
    assert lasso_path(X, y).predict(X) == pytest.approx(usual, abs=1e-9)


@pytest.mark.parametrize(("c", "restless", "left"), [([3.0, 2, 1], [0], 3 + 2 + 2), ([3.0, 2, 1], [1], 3 + 2),
                                                    ([3.0, 3, 1], [0, 1], 3 + 1 + 2 + 1)])  # fmt: skip
def test_who_enters_and_leaves_at_one_penalty_again_and_again_stays_out_until_it_falls(c, restless, left, monkeypatch):
    X = np.sqrt(3 / 2) * np.eye(3)  # G = I, so that column j enters at c_j
    solve, drop, calls, drops = l1._solve, l1._drop, [], []

    def spoiled(right, A, *rest):
        calls.append(A)
        assert len(calls) < 100
        solution, image = solve(right, A, *rest)
        at = np.isin(A, restless)
        solution[0, at] = -9 * right[1, at]  # as if these weights had the wrong sign: they must leave at once
        return solution, image

    monkeypatch.setattr(l1, "_solve", spoiled)
    monkeypatch.setattr(l1, "_drop", lambda *arguments: (drops.append(1), drop(*arguments))[1])
    monkeypatch.setattr(l1, "ROUNDS", 1)  # so that after 1 + p = 4 times at one penalty, who leaves stays out
    lams, coefs = walk(X, X @ c)
    assert lams == pytest.approx([*dict.fromkeys(c), 0.0])
    assert coefs[-1] == pytest.approx(np.where(np.isin(range(3), restless), 0, c))
    # the first one leaves at the times 2, 4 and 6; where another enters first, at 3 and 5; then the second one leaves
    assert len(drops) == left


def test_fifty_toggles_a_column_at_one_penalty_are_enough(monkeypatch):
    solve, drop, drops = l1._solve, l1._drop, []

    def spoiled(right, *rest):  # as if the weight always had the wrong sign
        solution, image = solve(right, *rest)
        solution[0] = -9 * right[1]
        return solution, image

    monkeypatch.setattr(l1, "_solve", spoiled)
    monkeypatch.setattr(l1, "_drop", lambda *arguments: (drops.append(1), drop(*arguments))[1])
    assert len(walk(*EXACT)[0]) == 2
    assert len(drops) == 26  # the first after 1 + 50 toggles, every second of which is one, is the last


# a column and a response of length 1 in the walk's units, whose products have no rounding errors: the kink is at 1
EXACT = 2 * np.eye(8)[:, :1], 2 * np.eye(8)[0]


def solved(monkeypatch):
    """Which columns are active each time that the walk solves for them, as lists."""
    solve, seen = l1._solve, []
    monkeypatch.setattr(l1, "_solve", lambda right, A, *rest: seen.append(A.tolist()) or solve(right, A, *rest))
    return seen


@pytest.mark.parametrize(("tie", "penalties"), [(0.5, 1), (0.49, 2)])
def test_a_penalty_that_ties_with_the_one_before_it_is_no_kink_of_its_own(tie, penalties, monkeypatch):
    monkeypatch.setattr(l1, "TIE", tie)
    assert len(walk(*EXACT, 0.5)[0]) == penalties


@pytest.mark.parametrize(("tie", "first"), [(0.5, 0), (0.49, 1)])
def test_of_columns_that_tie_the_first_enters(tie, first, monkeypatch):
    seen = solved(monkeypatch)
    monkeypatch.setattr(l1, "TIE", tie)
    walk(2 * np.eye(8)[:, :2] * [1, 2], 2 * np.eye(8)[:2].sum(axis=0))  # kinks at 1 and 2
    assert seen[1] == [first]


@pytest.mark.parametrize(("tie", "times"), [(1.0, 1), (0.99, 2)])
def test_a_slope_that_is_no_more_than_rounding_is_none(tie, times, monkeypatch):
    seen = solved(monkeypatch)
    monkeypatch.setattr(l1, "TIE", tie)
    walk(*EXACT)
    assert len(seen) == times


@pytest.mark.parametrize(("tie", "weight"), [(0.25, 0.0), (0.24, 0.5)])
def test_a_weight_that_is_no_more_than_rounding_is_zero(tie, weight, monkeypatch):
    monkeypatch.setattr(l1, "TIE", tie)
    assert walk(*EXACT, 0.5)[1][-1] == weight  # the noise is tie (1 + 1)


@pytest.mark.parametrize(("tie", "leaves"), [(0.5, False), (0.49, True)])
def test_a_weight_leaves_where_its_sign_is_wrong_by_more_than_rounding(tie, leaves, monkeypatch):
    solve, drops = l1._solve, []

    def spoiled(right, *rest):
        solution, image = solve(right, *rest)
        solution[0] *= -1
        return solution, image

    monkeypatch.setattr(l1, "_solve", spoiled)
    monkeypatch.setattr(l1, "_drop", lambda i, k, *_: drops.append(i) or k - 1)
    monkeypatch.setattr(l1, "TIE", tie)
    walk(*EXACT)
    assert bool(drops) is leaves  # the noise is tie (1 + 1), and the weight at 0 is -1


@pytest.mark.parametrize(("name", "share", "careful", "both"), [("NEAR", 0.75, 1, True), ("NEAR", 0.74, 0, True),
                                                                ("SPAN", 0.75, 0, False), ("SPAN", 0.74, 0, True)])  # fmt: skip
def test_a_column_is_near_or_in_the_span_of_others_up_to_a_share_outside(name, share, careful, both, monkeypatch):
    X, y = 2 * np.array([[1.0, 1], [1, 0], [0, 1], [0, 0]]), np.array([2.0, 2.0, 1.0, 0.0])  # 1 - 0.5^2 of the square is outside
    solve, rights = l1._solve, []
    monkeypatch.setattr(l1, "_solve", lambda right, *rest: rights.append(len(right)) or solve(right, *rest))
    monkeypatch.setattr(l1, name, share)
    assert walk(X, y)[1][-1].all() == both
    assert rights.count(1) == careful


def test_kinks_that_are_collected_keep_the_columns_that_were_active():
    X, y = problem("correlated")
    (lams, coefs), usual = walk(X - X.mean(0), y - y.mean()), lasso_knots(X, y)
    assert ((coefs[:-1] != 0) & (coefs[1:] == 0)).any()  # some leave
    assert lams == pytest.approx(usual.lams) and coefs == pytest.approx(usual.coefs, abs=1e-10)


@pytest.mark.parametrize("kind", ["tall", "wide", "correlated"])
def test_between_kinks_and_above_them_weights_and_slopes_belong_together(kind):
    X, y = problem(kind)
    first = next(l1._walk(X, y, 0.0))
    assert first[1].size == first[2].size == 0
    lams = np.append(first[0] * np.array([2.0, 1.0, 0.9, 0.5, 0.1, 0.1, 0.03]), walk(X, y)[0][1:4])
    coefs, slopes = l1._between(l1._walk(X, y, 0.0), lams, X.shape[1])
    g = 2 / len(y) * (y - coefs @ X.T) @ X
    assert slopes == pytest.approx(g, abs=1e-10 * first[0]) and not coefs[:2].any()
    assert np.where(coefs != 0, np.abs(g - lams[:, None] * np.sign(coefs)), np.abs(g) - lams[:, None]).max() < 1e-10 * first[0]


@pytest.mark.parametrize("kind", ["tall", "wide", "correlated", "scales"])
def test_the_walk_knows_its_slopes_and_where_they_are_right_nothing_is_looked_at_again(kind, monkeypatch):
    X, y = problem(kind)
    monkeypatch.setattr(_active_sets, "lasso", lambda *_: (None, None))
    usual = lasso_knots(X, y)
    inside = usual.lams[usual.lams > 1e-3 * usual.lams[0]]
    settled = []
    monkeypatch.setattr(_active_sets, "settle", lambda X, y, w, sure, lams: settled.append(sure[lams > 1e-3 * usual.lams[0]]))
    lasso_knots(X, y)
    lasso_path(X, y, np.r_[inside, 1.5 * inside[0], (inside[1:] + inside[:-1]) / 2])
    assert len(settled) == 2 and all(sure.all() for sure in settled)


@pytest.mark.parametrize("unit", [1.0, -(2.0**-30)])
def test_the_first_penalty_of_a_grid_is_the_one_where_all_weights_become_zero(unit):
    X, y = problem("tall")
    top = lambda_max(X, unit * y)
    for lams in ([top], [top, top / 2]):
        assert lasso_path(X, unit * y, n_lams=len(lams), eps=0.5).lams == pytest.approx(lams)


def test_at_zero_the_elastic_net_is_the_end_of_the_lassos_path_which_is_not_walked_for_any_other_penalty(monkeypatch):
    X, y = problem("wide")
    lams, way, walked = np.array([0.5, 0.0, 0.1]), l1._lasso, []
    end = lasso_knots(X, y).coefs[-1]
    monkeypatch.setattr(l1, "_lasso", lambda X, y, lams: walked.append(lams.tolist()) or way(X, y, lams))
    certain, settle = [], _active_sets.settle

    def watched(X, y, w, sure, *rest):
        certain.append(sure.tolist())
        settle(X, y, w, sure, *rest)

    with monkeypatch.context() as patch:
        patch.setattr(_active_sets, "settle", watched)
        coefs = elastic_net_path(X, y, lams, 0.5).coefs
    assert coefs[1] == pytest.approx(end, abs=1e-10 * np.abs(end).max()) and walked == [[0.0]]
    assert certain[-1] == [True] * 3  # so it is not gone down from there once more
    assert elastic_net_path(X, y, lams[[0, 2]], 0.5).coefs == pytest.approx(coefs[[0, 2]]) and len(walked) == 1


def test_without_l1_the_elastic_net_is_ridge_and_goes_its_way(monkeypatch):
    X, y = problem("tall")
    monkeypatch.setattr(_active_sets, "elastic_net", None)
    assert elastic_net_path(X, y, [1.0, 0.1], 0.0).coefs == pytest.approx(ridge_path(X, y, [1.0, 0.1]).coefs, rel=1e-12)


@pytest.mark.parametrize("kind", ["wide", "repeated columns", "ties"])
def test_the_walk_may_end_a_last_digit_below_its_start(kind):
    X, y = problem(kind)
    X, y = X - X.mean(0), y - y.mean()
    lams, coefs = walk(X, y, np.nextafter(lambda_max(X, y, fit_intercept=False), 0))
    assert len(lams) == 1 and (coefs == 0).all()


@pytest.mark.parametrize("kind", KINDS)
def test_powers_of_two_in_the_units_change_no_digit_of_the_path(kind):
    X, y = problem(kind)
    path, other = (lasso_knots(*data, fit_intercept=False) for data in ((X, y), (2.0**24 * X, 2.0**10 * y)))
    assert (other.lams == 2.0**34 * path.lams).all() and (other.coefs == 2.0**-14 * path.coefs).all()


@pytest.mark.parametrize("rows", [4, 40_000])
@pytest.mark.parametrize("unit", [1e-6, 1.0, 1e6])
def test_a_small_weight_is_no_rounding_error_in_any_unit_of_any_number_of_rows(rows, unit):
    first, second = np.tile([[1.0, 1, -1, -1], [1, -1, 1, -1]], rows // 4)  # orthogonal
    knots = lasso_knots(np.c_[first, second], unit * (first + 1e-9 * second))
    assert knots.lams / unit == pytest.approx([2, 2e-9, 0], rel=1e-6)
    assert knots.coefs[-1] / unit == pytest.approx([1, 1e-9], rel=1e-6)


def test_easy_data_need_no_walk(monkeypatch):
    X, y = problem("tall")
    monkeypatch.setattr(l1, "_walk", None)
    lasso_path(X, y)


@pytest.mark.parametrize(("p", "all_pairs"), [(8, True), (9, False)])
def test_the_products_of_all_pairs_of_columns_are_made_for_no_more_than_two_columns_a_row(p, all_pairs, monkeypatch):
    X, y = np.random.default_rng(0).normal(size=(4, p)), np.arange(4.0)
    slope_of, axes = l1._slope, []
    monkeypatch.setattr(l1, "_slope", lambda X, r: (axes.append(r.ndim), slope_of(X, r))[1])
    walk(X, y)
    assert (2 in axes) == all_pairs == (axes.count(1) == 2)  # besides y'y and X'y


@pytest.mark.parametrize("kind", ["tall", "wide", "correlated", "ties", 1e-3, 1e-4])
def test_the_inverse_that_is_carried_along_is_one(kind, monkeypatch):
    X, y = problem(kind) if isinstance(kind, str) else nearly_repeated(kind)
    solve, off, careful = l1._solve, [], []

    def watched(right, A, inverse, rows):
        off.append(np.abs(inverse @ rows[:, A] - np.eye(len(A))).max(initial=0))
        careful.append(len(right) == 1)
        return solve(right, A, inverse, rows)

    monkeypatch.setattr(l1, "_solve", watched)
    lasso_knots(X, y)
    assert max(off) < 0.1
    assert any(careful) == (not isinstance(kind, str))  # care is taken where columns nearly repeat, and only there


RIGHT = np.array([[-3.0, -1e-9], [0, 0]])
MATRIX = np.array([[2.0, 0.5], [0.5, 1.0]])


@pytest.mark.parametrize("scale", [1.0, 1e-6, 1e6])
@pytest.mark.parametrize(("error", "fresh"), [(1e-13, 0), (1e-9, 0), (0.1, 1)])
@pytest.mark.parametrize("order", [[0, 1], [1, 0]])
def test_an_inverse_is_used_as_it_is_or_once_more_or_made_afresh(order, scale, error, fresh, monkeypatch):
    right, A, calls, inv = scale * RIGHT[order], np.array([2, 0]), [], np.linalg.inv
    rows = np.c_[MATRIX[:, 1], [7.0, 8], MATRIX[:, 0]]  # column 1 is not active
    inverse = inv(MATRIX) * (1 + error)
    monkeypatch.setattr(np.linalg, "inv", lambda a: (calls.append(1), inv(a))[1])
    solution, image = l1._solve(right, A, inverse, rows)
    assert np.abs(solution - right @ inv(MATRIX)).max() < 1e-10 * scale and image == pytest.approx(solution @ rows)
    assert len(calls) == fresh


def test_an_inverse_is_made_afresh_at_most_once(monkeypatch):
    calls = []
    monkeypatch.setattr(np.linalg, "inv", lambda a: (calls.append(1), 0 * a)[1])
    l1._solve(RIGHT, np.array([0, 1]), np.eye(2), MATRIX)
    assert len(calls) == 1


@pytest.mark.parametrize("seed", [1681, 8985])
def test_rows_of_very_different_sizes_are_fitted_with_no_more_columns_than_rows(seed):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(2, 12))
    p = n + int(rng.integers(1, 12))
    X = rng.normal(size=(n, p)) * 10.0 ** rng.uniform(-6, 3, size=(n, 1))  # X'X would need more digits than there are
    y = rng.normal(size=n) * 10.0 ** rng.uniform(0, 4)
    path = lasso_knots(X, y, fit_intercept=False)
    assert ((path.coefs != 0).sum(axis=1) <= n).all()
    for i, lam in enumerate(path.lams):
        size = np.linalg.norm(X, axis=0).max() * np.linalg.norm(np.abs(y) + np.abs(X) @ np.abs(path.coefs[i])) * 2 / n
        assert kkt_violation(X, y, path[i], lam, fit_intercept=False) < 1e-3 * size


@pytest.mark.parametrize("kind", ["tall", "wide", "correlated"])
def test_a_spoiled_inverse_is_mended(kind, monkeypatch):
    X, y = problem(kind)
    usual = lasso_knots(X, y)
    drop, rng = l1._drop, np.random.default_rng(0)

    def spoiled(i, k, active, signs, inverse, rows):
        last = drop(i, k, active, signs, inverse, rows)
        inverse[:last, :last] *= 1 + 1e-3 * rng.normal(size=(last, last))
        return last

    monkeypatch.setattr(l1, "_drop", spoiled)
    again = lasso_knots(X, y)
    assert len(again) == len(usual)
    assert again.coefs == pytest.approx(usual.coefs, abs=1e-7)


@pytest.mark.parametrize("distance", [1e-3, 1e-4, 1e-5])
def test_columns_that_nearly_repeat_are_told_apart(distance):
    X, y = nearly_repeated(distance)
    path = lasso_knots(X, y)
    for i, lam in enumerate(path.lams):
        assert kkt_violation(X, y, path[i], lam) < 1e-8 * path.lams[0]
    assert (path.coefs[-1] != 0).all()
    assert (walk(X - X.mean(0), y - y.mean())[1][-1] != 0).all()  # and so they are on the way, before anything is mended


def test_a_path_is_quick():
    X, y = design(1000, 100, 0.5)
    started = time.perf_counter()
    lasso_path(X, y)
    assert time.perf_counter() - started < 1  # it takes 0.01 s; a solver that sweeps takes many times that


# -- small and strange data ------------------------------------------------------------------------------------


def test_a_constant_response_needs_no_weights():
    X = problem("tall")[0]
    y = np.full(len(X), 0.1)
    assert lambda_max(X, y) == 0
    for fit in (lasso(X, y, 0.0), lasso(X, y, 1.0), elastic_net(X, y, 1.0, 0.5), lasso_knots(X, y)[-1], lasso_path(X, y)[7]):
        assert (fit.coef == 0).all() and fit.intercept == pytest.approx(0.1)
    path = lasso_path(X, y)
    assert path.coefs.shape == (100, 8) and (path.lams == 0).all()
    assert duality_gap(X, y, path[0], 0.0) == pytest.approx(0, abs=1e-15)


def test_a_constant_column_is_left_alone():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(30, 3)), rng.normal(size=30)
    for value in (0.0, 0.1, 1e6 / 3, -0.1):
        with_it = np.c_[np.full(30, value), X]
        path, without = lasso_knots(with_it, y), lasso_knots(X, y)
        assert (path.coefs[:, 0] == 0).all()
        assert path.coefs[:, 1:] == pytest.approx(without.coefs, abs=1e-10)
        assert (coordinate_descent(with_it, y, 0.1).coef[0], proximal_gradient(with_it, y, 0.1).coef[0]) == (0, 0)
        assert (elastic_net(with_it, y, 0.1, 0.5).coef[0]) == 0


def test_what_is_constant_is_seen_in_many_rows_too():
    X = np.random.default_rng(0).normal(size=(20_000, 2))
    y = X[:, 1] + 0.3
    for value in (0.1, -0.1):  # the mean of so many is off by more than the last digit
        X[:, 0] = value
        assert (lasso_knots(X, y).coefs[:, 0] == 0).all() and coordinate_descent(X, y, 0.0, sweeps=1).coef[0] == 0
        assert lambda_max(X, np.full(len(X), value)) == 0


def test_what_hardly_varies_is_not_constant():
    tiny = 1e-10 * np.array([1.0, -1, 1, -1])
    assert lasso(1 + tiny[:, None], tiny, 0.0).coef == pytest.approx([1.0], rel=1e-5)
    assert lambda_max(np.sign(tiny[:, None]), 1 + tiny) == pytest.approx(2e-10, rel=1e-5)
    assert lambda_max([[1.0], [2.0]], [1.0, 1.0], fit_intercept=False) == 3  # a constant response is one to explain, too


def test_one_column_and_two_rows():
    X, y = np.array([[1.0], [3.0]]), np.array([2.0, 8.0])
    # centred: x = -1, 1 and y = -3, 3; least squares 3, threshold lam / 2
    for lam in (0.0, 1.0, 5.9, 6.0, 9.0):
        fit = lasso(X, y, lam)
        assert fit.coef == pytest.approx([max(3 - lam / 2, 0)])
        assert fit.intercept == pytest.approx(5 - 2 * fit.coef[0])
    assert lasso_knots(X, y).lams.tolist() == [6.0, 0.0]
    assert lasso(X[:1], y[:1], 0.1).coef.tolist() == [0.0]  # one row: nothing to explain


def test_other_units_are_not_standardized_away():
    X, y = problem("scales")
    scaled = X * 10
    assert lambda_max(scaled, y) == pytest.approx(10 * lambda_max(X, y))
    assert lasso(scaled, y, 10.0).coef * 10 == pytest.approx(lasso(X, y, 1.0).coef, abs=1e-12)  # all alike: a change of lam
    one = X * np.r_[np.ones(4), 10, np.ones(3)]
    assert np.abs(lasso(one, y, 1.0).predict(one) - lasso(X, y, 1.0).predict(X)).max() > 1e-3


def test_float32_stays_float32():
    X, y = problem("tall")
    X32, y32 = X.astype(np.float32), y.astype(np.float32)
    exact = lasso(X, y, 0.3).coef
    fits = [lasso(X32, y32, 0.3), lasso_path(X32, y32, [0.3])[0], elastic_net(X32, y32, 0.3, 1.0),
            coordinate_descent(X32, y32, 0.3), proximal_gradient(X32, y32, 0.3, accelerate=True)]  # fmt: skip
    for fit in fits:
        assert fit.coef.dtype == np.float32 and far(fit.coef, exact) < 1e-4
    path = elastic_net_path(X32, y32, [0.3, 0.1], 0.5)
    assert path.coefs.dtype == np.float32 and path.intercepts.dtype == np.float64  # far from zero 24 bits are too few for those
    assert lasso_knots(X32, y32).coefs.dtype == lasso_regression(X32, y32, 0.3, epochs=1).coef.dtype == np.float32


# -- the textbook solvers against the exact path ---------------------------------------------------------------


@pytest.mark.statement("l1-coordinate")
@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("kind", KINDS)
def test_coordinate_descent_never_goes_up_and_arrives(kind, fit_intercept):
    X, y = problem(kind)
    if fit_intercept is False:
        X, y = X - X.mean(0), y - y.mean()
    lam = 0.1 * lambda_max(X, y, fit_intercept=fit_intercept)
    losses = [penalized_loss(X, y, coordinate_descent(X, y, lam, k, fit_intercept=fit_intercept), lam, "l1") for k in range(12)]
    assert (np.diff(losses) <= 1e-12 * losses[0]).all()
    end = coordinate_descent(X, y, lam, 1000, fit_intercept=fit_intercept)
    exact = lasso(X, y, lam, fit_intercept=fit_intercept)
    assert end.predict(X) == pytest.approx(exact.predict(X), abs=1e-6 * np.abs(y).max())
    assert kkt_violation(X, y, end, lam, fit_intercept=fit_intercept) < 1e-6 * lambda_max(X, y, fit_intercept=fit_intercept)


@pytest.mark.statement("l1-coordinate")
def test_one_coordinate_step_is_the_best_value_of_one_weight():
    rng = np.random.default_rng(0)
    X, y, lam = rng.normal(size=(25, 3)) * [1, 2, 0.5], rng.normal(size=25), 0.2
    one = coordinate_descent(X, y, lam, sweeps=1, fit_intercept=False).coef
    grid = np.linspace(-2, 2, 400001)
    w = np.zeros(3)
    for j in range(3):
        rest = y - X @ w + X[:, j] * w[j]
        # mean of (rest - x w)^2 + lam |w| in powers of w
        w[j] = grid[np.argmin(np.mean(X[:, j] ** 2) * grid**2 - 2 * np.mean(X[:, j] * rest) * grid + lam * np.abs(grid))]
    assert one == pytest.approx(w, abs=1e-4)


@pytest.mark.parametrize("kind", ["tall", "wide", "correlated", "scales"])
def test_proximal_gradient_keeps_the_promised_pace(kind):
    X, y = problem(kind)
    lam = 0.1 * lambda_max(X, y)
    exact = lasso(X, y, lam)
    best = penalized_loss(X, y, exact, lam, "l1")
    L = 2 * np.linalg.eigvalsh(np.cov(X.T, bias=True).reshape(X.shape[1], -1)).max()
    start = exact.coef @ exact.coef
    # the first steps, written out
    Xc, yc, t = X - X.mean(0), y - y.mean(), 1.0
    w = ahead = np.zeros(X.shape[1])
    for k in range(1, 6):
        z = ahead - 2 * Xc.T @ (Xc @ ahead - yc) / len(y) / L
        last, w = w, np.sign(z) * np.maximum(np.abs(z) - lam / L, 0)
        t, before = (1 + np.sqrt(1 + 4 * t**2)) / 2, t
        ahead = w + (before - 1) / t * (w - last)
        assert proximal_gradient(X, y, lam, k, accelerate=True).coef == pytest.approx(w, rel=1e-7, abs=1e-9)
    w = np.zeros(X.shape[1])
    for k in range(1, 4):
        z = w - 2 * Xc.T @ (Xc @ w - yc) / len(y) / L
        w = np.sign(z) * np.maximum(np.abs(z) - lam / L, 0)
        assert proximal_gradient(X, y, lam, k).coef == pytest.approx(w, rel=1e-7, abs=1e-9)
    plain, fast = [], []
    for k in (1, 2, 5, 10, 30, 100, 300):
        plain.append(penalized_loss(X, y, proximal_gradient(X, y, lam, k), lam, "l1") - best)
        fast.append(penalized_loss(X, y, proximal_gradient(X, y, lam, k, accelerate=True), lam, "l1") - best)
        assert plain[-1] <= L * start / (2 * k) and fast[-1] <= 2 * L * start / (k + 1) ** 2
    assert (np.diff(plain) <= 1e-12 * best).all()
    if kind in ("wide", "correlated"):
        assert fast[-2] < plain[-2] / 3


def test_proximal_gradient_steps_in_any_unit_and_not_at_all_where_no_column_varies():
    X, y = problem("tall")
    usual, other = proximal_gradient(X, y, 0.5, 20), proximal_gradient(2.0**-20 * X, y, 2.0**-20 * 0.5, 20)
    assert usual.coef.any() and (other.coef == 2.0**20 * usual.coef).all()
    assert proximal_gradient(np.ones((60, 2)), y, 0.5, 20).coef.tolist() == [0, 0]


def test_proximal_gradient_arrives_with_exact_zeros():
    X, y = problem("tall")
    lam = 0.3 * lambda_max(X, y)
    exact = lasso(X, y, lam)
    for accelerate in (False, True):
        end = proximal_gradient(X, y, lam, 2000, accelerate=accelerate)
        assert end.coef == pytest.approx(exact.coef, abs=1e-9) and end.intercept == pytest.approx(exact.intercept)
        assert ((end.coef == 0) == (exact.coef == 0)).all() and (exact.coef == 0).any()
    assert (proximal_gradient(X, y, lam, 0).coef == 0).all()


@pytest.mark.statement("l1-hover")
def test_sign_steps_come_near_zero_and_never_rest_there():
    n = 4
    x = np.array([1.0, -1, 1, -1])
    for z, lam, rate in [(0.2, 1.0, 0.01), (-0.1, 0.5, 0.05), (0.45, 1.0, 0.1)]:
        X, y = x[:, None], z * x  # ||x||^2 = n, least squares z, and lam / 2 > |z|: the lasso weight is 0
        assert lasso(X, y, lam).coef[0] == 0 == coordinate_descent(X, y, lam, 1).coef[0]
        w = np.array([lasso_regression(X, y, lam, k, rate).coef[0] for k in range(150)])
        assert np.abs(np.diff(w)).min() >= rate * min(2 * abs(z), lam - 2 * abs(z)) - 1e-15
        assert np.abs(w).max() <= rate * (lam + 2 * abs(z))
        assert n * np.mean(w[1:] == 0) < 1 and w[-1] != 0
        # the step is the one of the formula
        expected = w[5] - rate * (2 * (w[5] - z) + lam * np.sign(w[5]))
        assert w[6] == pytest.approx(expected, rel=1e-9)


def test_the_tutorial_version_gives_no_exact_zero_and_comes_near_the_lasso():
    X, y, _ = sparse_linear(100, 10, 3, 1.0, np.random.default_rng(0))
    lam = 0.5
    tutorial, exact = lasso_regression(X, y, lam), lasso(X, y, lam)
    assert (tutorial.coef != 0).all() and (exact.coef == 0).sum() >= 6
    assert np.abs(tutorial.coef - exact.coef).max() < 0.02
    assert tutorial.intercept == pytest.approx(exact.intercept, abs=0.02)
    without = lasso_regression(X + 1, y, lam, epochs=5, fit_intercept=False)
    assert without.intercept == 0 and lasso_regression(X + 1, y, lam, epochs=5).intercept != 0
    assert (lasso_regression(X, y, lam, epochs=0).coef == 0).all()


def test_on_the_tutorials_line_ridge_is_the_flatter_one_while_its_slope_is_above_one_half():
    """At a slope w the tax takes 2 λ w a unit and the price λ: the two lines cross where both slopes are one half."""
    X, y = seed_line(np.random.default_rng(0))
    x, lams = X[:, 0] - X.mean(), np.geomspace(0.01, 10, 50)
    v, z = np.mean(x**2), np.mean(x * y) / np.mean(x**2)
    priced, taxed = (path(X, y, lams).coefs[:, 0] for path in (lasso_path, ridge_path))
    assert priced == pytest.approx(np.maximum(z - lams / (2 * v), 0)) and taxed == pytest.approx(z * v / (v + lams))
    assert np.array_equal(taxed < priced, taxed > 0.5) and (taxed > 0.5).any() and not (taxed > 0.5).all()
    both_half = v * (2 * z - 1)
    assert [lasso(X, y, both_half).coef[0], ridge(X, y, both_half).coef[0]] == pytest.approx([0.5, 0.5])
    for loop, exact in ((lasso_regression, lasso), (ridge_regression, ridge)):  # no tax on intercepts, no ½
        assert loop(X, y, 0.1, 20_000, 0.1).coef == pytest.approx(exact(X, y, 0.1).coef, abs=1e-6)


@pytest.mark.parametrize("seed", range(5))
def test_copies_of_columns_allow_more_weights_than_rows_and_fewer_are_always_enough(seed):
    rng = np.random.default_rng(seed)
    X, y = rng.normal(size=(10, 30)), rng.normal(size=10)
    lam, twice = 0.01 * lambda_max(X, y), np.tile(X, 2)
    fit = lasso(X, y, lam)
    count = np.count_nonzero(fit.coef)
    halved = LinearFit(np.tile(fit.coef, 2) / 2, fit.intercept)
    assert kkt_violation(twice, y, halved, lam) < 1e-9 and np.count_nonzero(halved.coef) == 2 * count > 10  # a solution
    few = lasso(twice, y, lam)
    assert kkt_violation(twice, y, few, lam) < 1e-9 and np.count_nonzero(few.coef) <= 9  # another, with independent columns
    active = (twice - twice.mean(axis=0))[:, few.coef != 0]
    assert np.linalg.matrix_rank(active) == np.count_nonzero(few.coef)


def test_the_first_step_of_the_tutorial_version_is_that_of_least_squares():
    X, y = problem("tall")
    step = lasso_regression(X, y, 0.5, epochs=1, learning_rate=0.03)  # sign(0) = 0
    assert step.coef == pytest.approx(0.03 * 2 * X.T @ y / len(y)) and step.intercept == pytest.approx(0.03 * 2 * y.mean())


@pytest.mark.parametrize(
    ("solver", "usual"),
    [
        (lasso_regression, {"epochs": 1000, "learning_rate": 0.01}),
        (proximal_gradient, {"steps": 1000}),
        (coordinate_descent, {"sweeps": 100}),
    ],
)
def test_the_usual_number_of_steps(solver, usual):
    X, y = problem("correlated")
    X[:, 1] = X[:, 0] + 1e-3 * X[:, 1]  # so that none has arrived by then
    fits = solver(X, y, 1e-4), solver(X, y, 1e-4, **usual)
    assert fits[0].coef.tolist() == fits[1].coef.tolist() and fits[0].intercept == fits[1].intercept


@pytest.mark.parametrize(("X", "y"), ONE_OVERFLOWS)
def test_one_number_that_overflows_is_enough_to_be_refused(X, y):
    with pytest.raises(ValueError, match="the weights overflow"):
        lasso_regression(X, y, 0.0, epochs=2, learning_rate=1e150)


# -- elastic net -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("kind", KINDS)
def test_the_elastic_net_is_scikit_learns_and_optimal(kind, fit_intercept):
    X, y = problem(kind)
    top = lambda_max(X, y, fit_intercept=fit_intercept)
    for lam, ratio in itertools.product([0.5 * top, 0.02 * top], [0.9, 0.5, 0.1]):
        fit = elastic_net(X, y, lam, ratio, fit_intercept=fit_intercept)
        l1_part, l2_part = lam * ratio, lam * (1 - ratio)
        # theirs: ||..||^2 / 2n + alpha r |w| + alpha (1 - r) w^2 / 2
        alpha = l1_part / 2 + l2_part
        theirs = ElasticNet(alpha=alpha, l1_ratio=l1_part / 2 / alpha, fit_intercept=fit_intercept, tol=1e-13, max_iter=10**6)
        theirs.fit(X, y)
        assert fit.coef == pytest.approx(theirs.coef_, abs=2e-5 * max(np.abs(theirs.coef_).max(), 1e-6))
        g, w = slope(X, y, fit) - 2 * l2_part * fit.coef, fit.coef
        assert np.where(w != 0, np.abs(g - l1_part * np.sign(w)), np.maximum(np.abs(g) - l1_part, 0)).max() < 1e-9 * top


@pytest.mark.parametrize("kind", KINDS)
def test_the_ends_of_the_elastic_net_are_ridge_and_lasso(kind):
    X, y = problem(kind)
    for share in (0.5, 0.05):
        lam = share * lambda_max(X, y)
        assert elastic_net(X, y, lam, 1.0).coef == pytest.approx(lasso(X, y, lam).coef, abs=1e-10)
        assert far(elastic_net(X, y, lam, 0.0).coef, ridge(X, y, lam).coef) < 1e-7
    assert (elastic_net(X, y, 3 * lambda_max(X, y), 0.5).coef == 0).all()
    assert elastic_net(X, y, 0.0, 0.5).predict(X) == pytest.approx(ridge(X, y, 0.0).predict(X), abs=1e-6)


@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("kind", KINDS)
def test_the_path_of_the_elastic_net_is_optimal_in_the_callers_order(kind, fit_intercept):
    X, y = problem(kind)
    top = lambda_max(X, y, fit_intercept=fit_intercept)
    lams = top * np.array([0.1, 2.5, 0.0, 1.0, 0.1, 0.02, 1e-6, 0.5])
    for ratio in (0.0, 0.4, 0.95, 1.0):
        path = elastic_net_path(X, y, lams, ratio, fit_intercept=fit_intercept)
        assert path.lams.tolist() == lams.tolist() and (path.coefs[0] == path.coefs[4]).all()
        for i, lam in enumerate(lams):
            l1_part, w = ratio * lam, path.coefs[i]
            g = slope(X, y, path[i]) - 2 * (1 - ratio) * lam * w
            assert np.where(w != 0, np.abs(g - l1_part * np.sign(w)), np.maximum(np.abs(g) - l1_part, 0)).max() < 1e-9 * top
            alone = elastic_net(X, y, lam, ratio, fit_intercept=fit_intercept)
            assert alone.predict(X) == pytest.approx(path[i].predict(X), abs=1e-8 * np.abs(y).max())
            mean = y.mean() - X.mean(0) @ w if fit_intercept else 0
            assert path.intercepts[i] == pytest.approx(mean, abs=1e-9 * np.abs(y).max())
        if ratio > 0.4:
            assert (path.coefs[1] == 0).all()


def test_an_elastic_net_with_l1_alone_is_the_lasso_to_the_last_digit():
    X, y = problem("correlated")
    lams = np.geomspace(1, 1e-3, 30) * lambda_max(X, y)
    assert (elastic_net_path(X, y, lams, 1.0).coefs == lasso_path(X, y, lams).coefs).all()


def test_a_path_of_the_elastic_net_is_quick():
    X, y = design(1000, 100, 0.5)
    started = time.perf_counter()
    elastic_net_path(X, y, np.geomspace(1, 1e-3, 100) * lambda_max(X, y), 0.5)
    assert time.perf_counter() - started < 2  # it takes 0.01 s; a walk for each penalty takes a hundred times that


# -- what the chapter states -----------------------------------------------------------------------------------


@pytest.mark.statement("l1-budget")
@pytest.mark.parametrize("kind", ["tall", "wide", "correlated", "scales"])
def test_the_lasso_is_the_best_fit_within_its_own_diamond_and_a_larger_penalty_is_a_smaller_budget(kind):
    X, y = problem(kind)
    path = lasso_path(X, y)
    budgets, errors = np.abs(path.coefs).sum(axis=1), mse(y, path.predict(X))
    assert (np.diff(budgets) > 0).all() and (np.diff(errors) < 0).all()  # lams fall
    rng = np.random.default_rng(0)
    for i in (10, 40, 80):
        for scale in (1e-3, 0.1, 1.0):
            w = path.coefs[i] + scale * rng.normal(size=(500, X.shape[1]))
            w *= np.minimum(1, budgets[i] / np.abs(w).sum(axis=1))[:, None]
            b = y.mean() - w @ X.mean(0)
            assert mse(y, w @ X.T + b[:, None]).min() > errors[i]


@pytest.mark.statement("l1-one-fit")
def test_all_solutions_share_one_fit_and_one_sum():
    X, y = problem("repeated columns")  # columns 0 and 2 are equal, 1 and 5 are opposite
    lam = 0.05 * lambda_max(X, y)
    fit = lasso(X, y, lam)
    best = penalized_loss(X, y, fit, lam, "l1")
    reversed_fit = lasso(X[:, ::-1], y, lam)
    other = LinearFit(reversed_fit.coef[::-1], reversed_fit.intercept)
    assert np.abs(fit.coef - other.coef).max() > 0.1  # another solution ...
    assert penalized_loss(X, y, other, lam, "l1") == pytest.approx(best, rel=1e-12)
    assert other.predict(X) == pytest.approx(fit.predict(X), abs=1e-10)  # ... of the same fit
    assert np.abs(other.coef).sum() == pytest.approx(np.abs(fit.coef).sum(), rel=1e-10)
    half = LinearFit((fit.coef + other.coef) / 2, (fit.intercept + other.intercept) / 2)
    assert penalized_loss(X, y, half, lam, "l1") == pytest.approx(best, rel=1e-12)
    assert kkt_violation(X, y, half, lam) < 1e-10


@pytest.mark.statement("l1-twins")
@settings(max_examples=30, deadline=None)
@given(st.integers(2, 4), st.floats(0.01, 0.9), st.floats(0.05, 0.95), st.integers(0, 10**6))
def test_the_lasso_leaves_twins_undecided_and_the_elastic_net_gives_them_equal_weights(copies, share, ratio, seed):
    rng = np.random.default_rng(seed)
    x, other, y = rng.normal(size=(3, 20))
    y = y + 2 * x
    X = np.c_[np.tile(x[:, None], copies), other]
    lam = share * lambda_max(X, y)
    alone, fit = lasso(np.c_[x, other], y, lam), lasso(X, y, lam)
    assert fit.coef[:copies].sum() == pytest.approx(alone.coef[0], abs=1e-9)  # their sum is one column's weight
    best = penalized_loss(X, y, fit, lam, "l1")
    parts = rng.dirichlet(np.ones(copies))
    split = LinearFit(np.r_[parts * alone.coef[0], alone.coef[1]], alone.intercept)
    assert penalized_loss(X, y, split, lam, "l1") == pytest.approx(best, rel=1e-12)
    assert kkt_violation(X, y, split, lam) < 1e-9 * lambda_max(X, y)
    even = elastic_net(X, y, lam, ratio).coef
    assert np.ptp(even[:copies]) < 1e-9 * max(1, np.abs(even).max())


@pytest.mark.statement("l1-grouping")
@settings(max_examples=60, deadline=None)
@given(st.floats(0.5, 0.999), st.floats(0.001, 0.5), st.floats(0.05, 0.95), st.integers(0, 10**6))
def test_similar_columns_get_similar_weights_from_the_elastic_net(rho, share, ratio, seed):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(30, 4))
    X[:, 1] = rho * X[:, 0] + np.sqrt(1 - rho**2) * X[:, 1]
    X = Standardizer.fit(X).transform(X)
    y = X @ [1, 1, 0, 0.5] + rng.normal(size=30)
    y = y - y.mean()
    lam = share * lambda_max(X, y)
    w = elastic_net(X, y, lam, ratio).coef
    if w[0] * w[1] > 0:
        # what the two leave unexplained makes the difference, and no more of it than all of y
        assert w[0] - w[1] == pytest.approx((X[:, 0] - X[:, 1]) @ (y - X @ w) / 30 / (lam * (1 - ratio)), rel=1e-6, abs=1e-9)
        correlation = X[:, 0] @ X[:, 1] / 30
        assert abs(w[0] - w[1]) <= np.sqrt(2 * (1 - correlation) * np.mean(y**2)) / (lam * (1 - ratio)) + 1e-9


@pytest.mark.statement("l1-dof")
@pytest.mark.parametrize(("n", "p"), [(40, 8), (20, 30)])
def test_degrees_of_freedom_are_the_mean_number_of_weights_that_are_not_zero(n, p):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n, p)) + 0.5 * rng.normal(size=(n, 1))
    mean = X @ np.r_[3.0, -2, 1, np.zeros(p - 3)]
    sigma, repeats = 2.0, 1500
    noise = sigma * rng.normal(size=(repeats, n))
    lams = np.array([2.0, 0.7, 0.2])
    found = np.empty((repeats, 3))
    covariance = np.empty((repeats, 3))
    for k, e in enumerate(noise):
        path = lasso_path(X, mean + e, lams, fit_intercept=False)
        found[k] = (path.coefs != 0).sum(axis=1)
        covariance[k] = (path.predict(X) - mean) @ e / sigma**2  # its mean is sum_i cov(fit_i, y_i) / sigma^2
    difference = covariance - found
    error = difference.std(axis=0, ddof=1) / np.sqrt(repeats)
    assert (np.abs(difference.mean(axis=0)) < 3 * error).all()
    assert (error < 0.2).all() and (np.diff(found.mean(axis=0)) > 1).all()  # fine enough to see one weight more or less


@pytest.mark.statement("l1-dof")
def test_the_divergence_of_the_fit_is_the_number_of_weights_that_are_not_zero():
    X, y = problem("correlated")
    for share in (0.5, 0.1, 0.01):
        lam, h = share * lambda_max(X, y), 1e-5
        divergence = sum((lasso(X, y + h * e, lam).predict(X)[i] - lasso(X, y - h * e, lam).predict(X)[i]) / (2 * h)
                         for i, e in enumerate(np.eye(len(y))))  # fmt: skip
        assert divergence == pytest.approx((lasso(X, y, lam).coef != 0).sum() + 1, abs=1e-5)  # the intercept is one more


@pytest.mark.statement("l1-bias")
@pytest.mark.parametrize("kind", ["tall", "wide", "correlated"])
def test_active_weights_are_least_squares_on_them_minus_a_pull(kind):
    X, y = problem(kind)
    n = len(y)
    for share in (0.5, 0.1, 0.01):
        lam = share * lambda_max(X, y)
        fit = lasso(X, y, lam)
        A = fit.coef != 0
        XA = (X - X.mean(0))[:, A]
        refit = np.linalg.lstsq(XA, y - y.mean(), rcond=None)[0]
        pull = n * lam / 2 * np.linalg.solve(XA.T @ XA, np.sign(fit.coef[A]))
        assert fit.coef[A] == pytest.approx(refit - pull, rel=1e-8, abs=1e-10)
        assert mse(y, y.mean() + XA @ refit) < mse(y, fit.predict(X))
        assert np.sign(fit.coef[A]) @ pull > 0


@pytest.mark.statement("l1-selection")
def test_where_a_false_column_leans_on_the_true_ones_no_penalty_gives_the_right_signs():
    rng = np.random.default_rng(0)
    n = 50
    Q = np.linalg.qr(rng.normal(size=(n, 4)) - 0)[0]
    Q = np.linalg.qr(Q - Q.mean(0))[0] * np.sqrt(n)
    x1, x2, e = Q[:, :3].T
    for lean, right in [(2 / 3, False), (0.45, True)]:  # |x3 . (x1, x2)| summed: 4/3, or 0.9
        X = np.c_[x1, -x2, lean * x1 + lean * x2 + np.sqrt(1 - 2 * lean**2) * e]
        y = X @ [2.0, -3.0, 0.0]  # no noise at all
        path = lasso_path(X, y, n_lams=400, eps=1e-6)
        assert (np.abs(X[:, :2].T @ X[:, 2] / n).sum() < 1) == right
        assert (path.coefs[:, 2] != 0).any() == (not right)
        signs = np.sign(path.coefs)
        assert (signs == [1, -1, 0]).all(axis=1).any() == right
        assert not right or (signs[-300:] == [1, -1, 0]).all()  # every small enough penalty
        assert all(kkt_violation(X, y, path[i], path.lams[i]) < 1e-9 * path.lams[0] for i in range(400))
    # at a credit of exactly one the right signs are still a solution
    X = np.c_[x1, x2, x1 / 2 + x2 / 2 + np.sqrt(0.5) * e]
    for lam in (0.01, 1.0):
        right = LinearFit(np.array([2 - lam / 2, 3 - lam / 2, 0.0]), 0.0)
        assert kkt_violation(X, X @ [2.0, 3.0, 0.0], right, lam) < 1e-12
    # the false column enters first, at lambda_max
    X = np.c_[x1, x2, 2 / 3 * x1 + 2 / 3 * x2 + 1 / 3 * e]
    knots = lasso_knots(X, X @ [2.0, 3.0, 0.0])
    assert (knots.coefs[1] != 0).tolist() == [False, False, True]


@pytest.mark.statement("l1-map")
def test_the_lasso_is_where_the_posterior_density_is_highest_under_a_laplace_prior():
    X, y = problem("tall")
    n, p = X.shape
    sigma, scale = 1.3, 0.05
    lam = 2 * sigma**2 / (n * scale)
    fit = lasso(X, y, lam)
    assert 0 < (fit.coef == 0).sum() < p

    def minus_log_posterior(w, b):
        return np.sum((y - X @ w - b) ** 2) / (2 * sigma**2) + np.abs(w).sum() / scale

    best = minus_log_posterior(fit.coef, fit.intercept)
    rng = np.random.default_rng(0)
    for size in (1e-4, 1e-2, 0.3):
        for step in size * rng.normal(size=(300, p + 1)):
            assert minus_log_posterior(fit.coef + step[:p], fit.intercept + step[p]) > best
    for j, size in itertools.product(range(p), (1e-5, -1e-5)):  # and along each axis, where the kinks are
        assert minus_log_posterior(fit.coef + size * np.eye(p)[j], fit.intercept) > best


@pytest.mark.statement("l1-posterior-mean")
def test_the_posterior_mean_of_a_weight_is_zero_for_no_data_but_zero():
    w = np.linspace(-12, 12, 240001)
    for z, s, scale in [(0.05, 0.5, 0.4), (0.3, 0.5, 0.4), (-0.6, 1.0, 1.0), (2.0, 0.7, 0.3), (-2.0, 0.7, 0.3)]:
        density = np.exp(-((z - w) ** 2) / (2 * s**2) - np.abs(w) / scale)
        density /= density.sum()
        t = s**2 / scale
        positive = density[w > 0].sum() + density[w == 0].sum() / 2
        mean = density @ w
        assert mean == pytest.approx(z - t * (2 * positive - 1), abs=1e-6)
        assert mean * z > 0 and abs(mean) < abs(z)
        assert w[np.argmax(density)] == pytest.approx(soft_threshold(z, t), abs=1e-4)
    assert soft_threshold(0.3, 0.5**2 / 0.4) == 0  # the highest point of the second posterior is at zero, its mean is not


# -- weights of rows, factors of columns ------------------------------------------------------------------------


def best_weights(X, y, lam, ratio, weights, factors):
    """The least loss, by minimizing it over positive and negative parts: with weights and factors as they are defined."""
    p = X.shape[1]
    share = weights / weights.sum()

    def loss(parts):
        w, b = parts[:p] - parts[p : 2 * p], parts[-1]
        rest = y - X @ w - b
        value = share @ rest**2 + lam * factors @ (ratio * (parts[:p] + parts[p : 2 * p]) + (1 - ratio) * w**2)
        down = -2 * X.T @ (share * rest) + 2 * lam * (1 - ratio) * factors * w
        pull = lam * ratio * factors
        return value, np.r_[down + pull, -down + pull, -2 * share @ rest]

    bounds = [(0, None)] * (2 * p) + [(None, None)]
    options = {"maxiter": 10**5, "maxfun": 10**5, "ftol": 0, "gtol": 1e-10}
    return minimize(loss, np.zeros(2 * p + 1), jac=True, bounds=bounds, options=options).fun


@pytest.mark.parametrize("ratio", [1.0, 0.5, 0.0])
@pytest.mark.parametrize("factors", [[1, 1, 1, 1, 1, 1], [1, 0, 2, 0.5, 0, 3], [0, 0, 0, 0, 0, 0]])
def test_weights_and_factors_minimize_the_loss_that_has_them(factors, ratio):
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(25, 6)) + 3, rng.normal(size=25)
    y, weights, factors = y + X @ [2.0, 1, 0, 0, -1, 0.2], rng.uniform(0, 2, 25), np.array(factors, float)
    for lam in (0.05, 0.5):
        fit = elastic_net(X, y, lam, ratio, sample_weight=weights, penalty_factors=factors)
        share, w = weights / weights.sum(), fit.coef
        ours = share @ (y - fit.predict(X)) ** 2 + lam * factors @ (ratio * np.abs(w) + (1 - ratio) * w**2)
        assert ours == pytest.approx(best_weights(X, y, lam, ratio, weights, factors), rel=1e-8)
        if ratio == 1:
            both = {"sample_weight": weights, "penalty_factors": factors}
            assert (lasso(X, y, lam, **both).coef == w).all()
            assert kkt_violation(X, y, fit, lam, **both) < 1e-12 > abs(duality_gap(X, y, fit, lam, **both))
            away = LinearFit(w + 0.1, fit.intercept - 0.2)
            above = share @ (y - away.predict(X)) ** 2 + lam * factors @ np.abs(away.coef) - ours
            assert duality_gap(X, y, away, lam, **both) >= above > 0 and kkt_violation(X, y, away, lam, **both) > 0.01


@pytest.mark.parametrize("ratio", [1.0, 0.3])
def test_weights_of_rows_are_those_of_scikit_learn(ratio):
    X, y = problem("tall")
    weights, lam = np.random.default_rng(0).uniform(0, 2, len(y)), 0.2
    one, two = lam * ratio / 2, lam * (1 - ratio)
    theirs = ElasticNet(alpha=one + two, l1_ratio=one / (one + two), tol=1e-12, max_iter=10**5).fit(X, y, sample_weight=weights)
    assert elastic_net(X, y, lam, ratio, sample_weight=weights).coef == pytest.approx(theirs.coef_, abs=1e-9)


def test_an_unpenalized_column_is_fitted_from_the_start_and_lambda_max_is_that_of_the_rest():
    X, y = problem("correlated")
    factors = np.r_[0, np.ones(9), 0, 1]
    free = np.c_[np.ones(len(y)), X[:, factors == 0]]
    rest = y - free @ np.linalg.lstsq(free, y, rcond=None)[0]
    spared = X - free @ np.linalg.lstsq(free, X, rcond=None)[0]
    top = lambda_max(X, y, penalty_factors=factors)
    assert top == pytest.approx(2 / len(y) * np.abs(spared.T @ rest).max(), rel=1e-10)
    knots = lasso_knots(X, y, penalty_factors=factors)
    assert knots.lams[0] == top and ((knots.coefs[0] != 0) == (factors == 0)).all()
    assert all(kkt_violation(X, y, knots[i], lam, penalty_factors=factors) < 1e-12 * top for i, lam in enumerate(knots.lams))


def test_a_column_that_unpenalized_ones_can_make_gets_no_weight():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(30, 4))
    X = np.c_[X, X[:, 0] + 2 * X[:, 1], np.ones(30)]
    y = X @ rng.normal(size=6) + rng.normal(size=30)
    for lam in (0.0, 1e-9, 0.1):
        w = lasso(X, y, lam, penalty_factors=[0, 0, 1, 1, 1, 1]).coef
        assert w[4] == w[5] == 0 and (w[:2] != 0).all()


def test_where_all_columns_are_penalized_none_is_taken_out_of_the_others(monkeypatch):
    X, y = problem("tall")
    monkeypatch.setattr(l1, "_spare", None)
    w = lasso(X, y, 0.3, penalty_factors=np.arange(1, 9)).coef
    assert w.any() and w == pytest.approx(lasso(X / np.arange(1, 9), y, 0.3).coef / np.arange(1, 9))


@pytest.mark.parametrize(("share", "counts"), [(0.51, False), (0.49, True)])
def test_what_is_left_of_a_column_counts_above_a_share_of_its_largest_entry(share, counts, monkeypatch):
    X, y = np.array([[1.0, 2.0], [1.0, 0.0]]), np.array([3.0, 1.0])  # of the second column 1 and -1 are left, of y as well
    monkeypatch.setattr(linear, "SPARED", share)
    top = lambda_max(X, y, fit_intercept=False, penalty_factors=[0, 1])
    assert top == (pytest.approx(2.0) if counts else 0)


@pytest.mark.parametrize("weights", [None, np.array([1.0, 2.0, 0.5, 0.5])])
def test_an_intercept_that_is_not_to_be_there_counts_in_the_residuals(weights):
    X, y, fit = np.diag([1.0, 2, 3, 4]), np.array([4.0, 3.0, 2.0, 1.0]), LinearFit(np.array([1.0, 0, -1, 0]), 0.5)
    error, s = y - fit.predict(X), np.ones(4) if weights is None else weights
    g, sign = X.T @ (s * error) / 2, np.sign(fit.coef)
    expected = np.where(sign != 0, np.abs(g - 0.1 * sign), np.abs(g) - 0.1).max()
    assert kkt_violation(X, y, fit, 0.1, fit_intercept=False, sample_weight=weights) == pytest.approx(expected)


def test_a_column_that_unpenalized_ones_almost_make_has_what_is_its_own():
    first, second = np.array([1.0, 1.0, 1.0, 1.0]), np.array([1.0, -1.0, 1.0, -1.0])
    top = lambda_max(np.c_[first, first + 1e-9 * second], second, fit_intercept=False, penalty_factors=[0, 1])
    assert top == pytest.approx(2e-9, rel=1e-6)


def test_copies_of_a_column_that_is_not_penalized_share_its_weight():
    X, y = problem("repeated columns")  # columns 0 and 2 are equal
    w = lasso(X, y, 0.1, penalty_factors=[0, 1, 0, 1, 1, 1]).coef
    alone = lasso(X[:, [0, 1, 3, 4, 5]], y, 0.1, penalty_factors=[0, 1, 1, 1, 1]).coef
    assert w[0] == pytest.approx(w[2]) and w[0] + w[2] == pytest.approx(alone[0])


def test_a_row_without_weight_is_as_if_it_were_not_there():
    X, y = problem("tall")
    weights = np.r_[np.zeros(5), np.ones(len(y) - 5)]
    spoiled = np.r_[1e6 * np.ones((5, 8)), X[5:]]
    assert lasso(spoiled, y, 0.1, sample_weight=weights).coef == pytest.approx(lasso(X[5:], y[5:], 0.1).coef, abs=1e-10)


def test_factors_too_small_for_the_columns_are_refused():
    with pytest.raises(ValueError, match="X over penalty_factors must be"):
        lasso([[1e10], [2.0]], [1.0, 2.0], 1.0, penalty_factors=[1e-300])


@pytest.mark.parametrize("offset", [0.0, 1e6, 1e9])
def test_deviations_of_a_thousandth_beside_offsets_of_a_thousand_million_keep_their_digits(offset):
    """The exact solution for the numbers as they are stored, centred with 50 digits."""
    rng = np.random.default_rng(0)
    X, y = offset + 1e-3 * rng.normal(size=(50, 3)), rng.normal(size=50)
    with mpmath.workdps(50):
        columns = [[mpmath.mpf(v) for v in X[:, j]] for j in range(3)]
        columns = [[v - sum(column) / 50 for v in column] for column in columns]
        Xc = np.array([[float(v) for v in column] for column in columns]).T
    y = Xc @ [1000.0, -2000.0, 500.0] + 0.1 * y
    for share in (0.5, 1e-4, 0.0):
        lam = share * lambda_max(Xc, y)
        assert lasso(X, y, lam).coef == pytest.approx(lasso(Xc, y, lam).coef, rel=1e-9)
        assert elastic_net(X, y, lam, 0.5).coef == pytest.approx(elastic_net(Xc, y, lam, 0.5).coef, rel=1e-9)
        assert kkt_violation(X, y, lasso(X, y, lam), lam) < 1e-9 * lambda_max(Xc, y)


def test_float32_sums_are_made_in_float64():
    rng = np.random.default_rng(0)
    X = (1e4 + rng.normal(size=(200_000, 3))).astype(np.float32)
    y = (X.astype(float) @ [1.0, -2.0, 0.5] + rng.normal(size=200_000)).astype(np.float32)
    for lam in (0.5, 0.0):
        exact = lasso(X.astype(float), y.astype(float), lam)
        fit = lasso(X, y, lam)
        assert fit.coef.dtype == np.float32 and fit.coef == pytest.approx(exact.coef, rel=1e-7 * 2)
        assert duality_gap(X, y, exact, lam) == pytest.approx(duality_gap(X.astype(float), y.astype(float), exact, lam), abs=1e-12)
        assert kkt_violation(X, y, exact, lam) < 1e-9
    assert lambda_max(X, y) == pytest.approx(lambda_max(X.astype(float), y.astype(float)), rel=1e-12)


# -- what is refused -------------------------------------------------------------------------------------------

X0, Y0 = np.arange(12.0).reshape(6, 2) ** 2, np.arange(6.0)
NAN = np.where(X0 == 4, np.nan, X0)
FIT = LinearFit(np.zeros(2), 0.0)
FITTERS = {
    "lasso": lambda X, y, **k: lasso(X, y, 1.0, **k),
    "lasso_path": lasso_path,
    "lasso_knots": lasso_knots,
    "lambda_max": lambda_max,
    "elastic_net": lambda X, y, **k: elastic_net(X, y, 1.0, 0.5, **k),
    "elastic_net_path": lambda X, y, **k: elastic_net_path(X, y, [1.0, 0.1], 0.5, **k),
    "coordinate_descent": lambda X, y, **k: coordinate_descent(X, y, 1.0, **k),
    "proximal_gradient": lambda X, y, **k: proximal_gradient(X, y, 1.0, **k),
    "lasso_regression": lambda X, y, **k: lasso_regression(X, y, 1.0, **k),
    "duality_gap": lambda X, y, **k: duality_gap(X, y, FIT, 1.0, **k),
    "kkt_violation": lambda X, y, **k: kkt_violation(X, y, FIT, 1.0, **k),
}


@pytest.mark.parametrize("name", FITTERS)
def test_bad_data_are_refused_by_name(name):
    fit = FITTERS[name]
    for X, y, said in [
        (NAN, Y0, "X must be finite, got nan at index"),
        (X0, np.r_[Y0[:5], np.inf], "y must be finite, got inf"),
        (X0, Y0[:4], "y must have one value per row of X, got 4 values for 6 rows"),
        (X0[:, 0], Y0, "X must have 2 axes"),
        (X0[:0], Y0[:0], "X must not be empty"),
    ]:
        with pytest.raises(ValueError, match=said):
            fit(X, y)
    with pytest.raises(ValueError, match="fit_intercept must be True or False, got 'no'"):
        fit(X0, Y0, fit_intercept="no")


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: lasso(X0, Y0, -1.0), "lam must be a number in .*got -1.0"),
        (lambda: lasso(X0, Y0, np.nan), "lam must be a number"),
        (lambda: lasso(X0, Y0, [1.0]), "lam must be a number"),
        (lambda: lasso_path(X0, Y0, []), "lams must not be empty"),
        (lambda: lasso_path(X0, Y0, 1.0), "lams must have 1 axes"),
        (lambda: lasso_path(X0, Y0, [1.0, -2.0]), "lams must be at least 0, got -2"),
        (lambda: lasso_path(X0, Y0, [np.nan]), "lams must be finite"),
        (lambda: lasso_path(X0, Y0, n_lams=0), "n_lams must be an integer from 1, got 0"),
        (lambda: lasso_path(X0, Y0, eps=0), "eps must be a number in"),
        (lambda: lasso_path(X0, Y0, eps=1.5), "eps must be a number in .*got 1.5"),
        (lambda: elastic_net(X0, Y0, 1.0, 1.1), "l1_ratio must be a number in .*got 1.1"),
        (lambda: elastic_net(X0, Y0, -1.0, 0.5), "lam must be a number"),
        (lambda: elastic_net_path(X0, Y0, [], 0.5), "lams must not be empty"),
        (lambda: elastic_net_path(X0, Y0, [1.0, -2.0], 0.5), "lams must be at least 0, got -2"),
        (lambda: elastic_net_path(X0, Y0, [1.0], -0.1), "l1_ratio must be a number in .*got -0.1"),
        (lambda: duality_gap(X0, Y0, LinearFit(np.zeros(3), 0.0), 1.0), "X must have 3 columns"),
        (lambda: duality_gap(X0, Y0, FIT, -1.0), "lam must be a number"),
        (lambda: kkt_violation(X0, Y0, FIT, -1.0), "lam must be a number"),
        (lambda: soft_threshold(1.0, -1.0), "t must be a number"),
        (lambda: soft_threshold(np.nan, 1.0), "z must be a number"),
        (lambda: soft_threshold([np.nan], 1.0), "z must be finite"),
        (lambda: coordinate_descent(X0, Y0, -1.0), "lam must be a number"),
        (lambda: proximal_gradient(X0, Y0, -1.0), "lam must be a number"),
        (lambda: proximal_gradient(X0, Y0, 1.0, accelerate="no"), "accelerate must be True or False, got 'no'"),
        (lambda: coordinate_descent(X0, Y0, 1.0, sweeps=-1), "sweeps must be an integer from 0"),
        (lambda: proximal_gradient(X0, Y0, 1.0, steps=1.5), "steps must be an integer from 0"),
        (lambda: lasso_regression(X0, Y0, -0.1), "lambda_val must be a number"),
        (lambda: lasso_regression(X0, Y0, 0.1, epochs=1.5), "epochs must be an integer from 0, got 1.5"),
        (lambda: lasso_regression(X0, Y0, 0.1, learning_rate=0.0), "learning_rate must be a number in"),
        (lambda: lasso_regression(X0, Y0, 0.1, learning_rate=1.0), "learning_rate must be small enough"),
    ],
)
def test_bad_options_are_refused_by_name(call, said):
    with pytest.raises(ValueError, match=said):
        call()


def test_what_is_passed_in_is_not_changed():
    X, y = problem("tall")
    kept = X.copy(), y.copy()
    for fit_intercept in (True, False):
        for fit in FITTERS.values():
            try:
                fit(X, y, fit_intercept=fit_intercept)
            except ValueError:  # FIT has two columns
                fit(X[:, :2], y, fit_intercept=fit_intercept)
        coordinate_descent(X, y, 0.1, sweeps=2, fit_intercept=fit_intercept)
    assert (X == kept[0]).all() and (y == kept[1]).all()


@pytest.mark.parametrize("size", [1e-170, 1e-158, 1e-149])
def test_columns_too_small_to_be_squared_are_refused_where_they_have_a_weight(size):
    X, y = problem("tall")
    tiny = size * X
    for solve in (lasso_knots, lasso_path, lambda X, y: lasso(X, y, 0.0), lambda X, y: lasso(X, y, 0.5 * lambda_max(X, y)),
                  lambda X, y: elastic_net(X, y, 0.0, 0.5), lambda X, y: elastic_net(X, y, lambda_max(X, y), 0.5),
                  lambda X, y: coordinate_descent(X, y, 0.0), lambda X, y: proximal_gradient(X, y, 0.0)):  # fmt: skip
        with pytest.raises(ValueError, match=r"X must have no column, .* of numbers below 3.1e-148 .* take larger units"):
            solve(tiny, y)
    one = X * np.where(np.arange(X.shape[1]) == 1, size, 1.0)
    without = X * (np.arange(X.shape[1]) != 1)
    for solve in (lasso, lambda X, y, lam: elastic_net(X, y, lam, 0.5), coordinate_descent, proximal_gradient):
        assert (solve(one, y, 0.1).coef == solve(without, y, 0.1).coef).all()  # and no warning, which would be an error
    assert lambda_max(tiny, y) == pytest.approx(size * lambda_max(X, y), rel=1e-9, abs=0)
