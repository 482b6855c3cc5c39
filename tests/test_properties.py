"""What holds for any data: symmetries, laws of scaling, limits, order along a path, certificates of an optimum.

The chapters' tests look at chosen cases and at libraries; here Hypothesis looks for data on which a law fails. Scales are
powers of two, by which floats are multiplied without rounding, up to where squares come near the ends of their range, so
the same laws say that huge and tiny numbers give right results. The last test asks for such a test of each public function.
"""

import ast
import inspect
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_reference import MODULES, public

from reglesson.choosing import (
    cross_validate,
    glmnet_lambda,
    group_kfold,
    information_criteria,
    keras_penalty,
    kfold,
    l1_ratio_from_sklearn,
    lam_from_glmnet,
    lam_from_keras,
    lam_from_sklearn,
    lam_from_torch,
    nested_cross_validate,
    paired_difference,
    sklearn_alpha,
    sklearn_l1_ratio,
    time_folds,
    torch_weight_decay,
)
from reglesson.data import Standardizer, seed_line, sparse_linear, split, wave, wave_signal
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
from reglesson.l2 import effective_dof, gcv, loo_errors, ridge, ridge_path, ridge_regression, shrinkage_factors
from reglesson.linear import LinearFit, LinearPath, PrecisionWarning, center, mse, penalized_loss
from reglesson.network import MLP, SGD, Adam, AdamW, random_mask, softmax, train, train_each
from reglesson.overfitting import (
    bias_variance,
    isotropic_risk,
    least_norm_risk,
    min_norm_fit,
    optimism,
    polynomial_features,
    smoother,
)

MATHEMATICS = sorted({*MODULES} - {"exercises", "explore", "figures", "style"})
few = settings(max_examples=25, deadline=None, derandomize=True)  # a red test is red for everybody


# -- data ------------------------------------------------------------------------------------------------------


@st.composite
def problems(draw, least=3):
    """X (n, p) and y (n,): more rows than columns or fewer, of low rank at times, far from zero at times."""
    n, p, seed = draw(st.integers(least, 12)), draw(st.integers(1, 6)), draw(st.integers(0, 10**6))
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, p))
    if draw(st.booleans()):
        X = X[:, : max(1, p // 2)] @ rng.normal(size=(max(1, p // 2), p))
    return X + draw(st.sampled_from([0.0, 3.0])), X @ rng.normal(size=p) + rng.normal(size=n) + draw(st.sampled_from([0.0, 5.0]))


@st.composite
def networks(draw, task=None):
    """A small network whose biases are not zero, its inputs X (n, 3) and responses that suit it."""
    rng = np.random.default_rng(draw(st.integers(0, 10**6)))
    hidden = draw(st.sampled_from([(3,), (4,), (2, 3)]))
    task = task or draw(st.sampled_from(["regression", "classification"]))
    network = MLP([3, *hidden, 3], rng, draw(st.sampled_from(["relu", "tanh"])), task)
    for bias in network.biases:
        bias += 0.3 * rng.normal(size=bias.shape)
    X = rng.normal(size=(draw(st.integers(2, 6)), 3))
    return network, X, rng.integers(0, 3, len(X)) if task == "classification" else rng.normal(size=(len(X), 3))


seeds = st.integers(0, 10**6)
eighths = st.integers(-72, 72).map(lambda k: k / 8)  # numbers whose differences are exact
penalties = st.sampled_from([1e-4, 0.03, 0.5, 4.0, 1e3])
shares = st.sampled_from([0.9, 0.5, 0.1, 0.01])  # of lambda_max
drops = st.sampled_from([0.0, 0.1, 0.5, 0.8])
powers = st.sampled_from([-240, -100, -7, 3, 60, 240])  # of two; squares of these stay within the range
wide_powers = st.sampled_from([-480, -300, -5, 10, 300, 480])  # only their own squares are numbers
curves = st.lists(st.integers(1, 64).map(float), min_size=4, max_size=20)


def close(one, other, rtol=1e-8):
    """Whether two results agree, up to a share of the largest number in either."""
    one, other = np.asarray(one, float), np.asarray(other, float)
    size = max(np.abs(one).max(initial=0), np.abs(other).max(initial=0))
    return one.shape == other.shape and bool((np.abs(one - other) <= rtol * size).all())


def same_fit(fit, coef, intercept, X, rtol=1e-7):
    """Whether a fit has these weights and this intercept, whose rounding is that of the largest term X w."""
    size = np.abs(X).max() * np.abs(coef).max() + abs(intercept)
    return close(fit.coef, coef, rtol) and abs(fit.intercept - intercept) <= rtol * size


def shuffled(n, seed):
    return np.random.default_rng(seed).permutation(n)


SOLVERS = {
    "ridge": ridge,
    "ridge_path": lambda X, y, lam, **k: ridge_path(X, y, [2 * lam, lam], **k)[1],
    "lasso": lasso,
    "lasso_path": lambda X, y, lam, **k: lasso_path(X, y, [lam, 3 * lam], **k)[0],
    "elastic_net": lambda X, y, lam, **k: elastic_net(X, y, lam, 0.4, **k),
    "elastic_net_path": lambda X, y, lam, **k: elastic_net_path(X, y, [2 * lam, lam], 0.4, **k)[1],
    "min_norm_fit": lambda X, y, lam, **k: min_norm_fit(X, y, **k),
    "gradient_descent": lambda X, y, lam, **k: gradient_descent(X, y, rate(X), 7, **k),
    "gradient_descent_path": lambda X, y, lam, **k: gradient_descent_path(X, y, rate(X), [7], **k)[0],
    "coordinate_descent": lambda X, y, lam, **k: coordinate_descent(X, y, lam, 4, **k),
    "proximal_gradient": lambda X, y, lam, **k: proximal_gradient(X, y, lam, 4, **k),
}


def rate(X):
    """A learning rate at which steps shrink the error, whether or not X is centred."""
    return 0.4 * len(X) / np.sum(X**2)


# -- invariances of the fits -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SOLVERS)
@few
@given(problems(), penalties, st.floats(-100, 100), seeds)
def test_a_shift_moves_the_intercept_and_an_order_of_rows_nothing(name, problem, lam, shift, seed):
    (X, y), fit = problem, SOLVERS[name]
    found = fit(X, y, lam)
    loose = 1e-5  # shifts cost digits
    moved = fit(X, y + shift, lam)
    assert same_fit(moved, found.coef, found.intercept + shift, np.abs(X) + abs(shift) + 1, loose)
    rows = shuffled(len(X), seed)
    turned = fit(X[rows], y[rows], lam)
    assert np.abs(turned.predict(X) - found.predict(X)).max() <= loose * np.abs(y).max()
    free = fit(X - X.mean(0), y - y.mean(), lam, fit_intercept=False)
    # the rate depends on where X lies; and of data that a caller has centred, nobody knows what is rounding
    if not name.startswith(("gradient", "min_norm")):
        assert np.abs(free.predict(X - X.mean(0)) + y.mean() - found.predict(X)).max() <= loose * np.abs(y).max()


@pytest.mark.parametrize("name", [name for name in SOLVERS if name != "coordinate_descent"])  # it takes columns in their order
@few
@given(problems(), penalties, seeds)
def test_an_order_or_a_sign_of_columns_changes_no_prediction(name, problem, lam, seed):
    (X, y), fit = problem, SOLVERS[name]
    columns = shuffled(X.shape[1], seed)
    signs = np.where(np.random.default_rng(seed).random(len(columns)) < 0.5, -1.0, 1.0)
    turned = X[:, columns] * signs
    assert np.abs(fit(turned, y, lam).predict(turned) - fit(X, y, lam).predict(X)).max() <= 1e-6 * np.abs(y).max()


@few
@given(problems(), penalties, powers)
def test_ridge_and_its_kin_scale_with_y_and_with_x_and_the_square_of_its_scale(problem, lam, power):
    X, y = problem
    c = 2.0**power
    fit = ridge(X, y, lam)
    assert same_fit(ridge(X, c * y, lam), c * fit.coef, c * fit.intercept, X)
    assert same_fit(ridge(c * X, y, c * c * lam), fit.coef / c, fit.intercept, c * X)
    path = ridge_path(X, y, [lam, 0.0])
    for scaled, factor in ((ridge_path(X, c * y, [lam, 0.0]), c), (ridge_path(c * X, y, [c * c * lam, 0.0]), 1 / c)):
        assert close(scaled.coefs[0], factor * path.coefs[0]) and close(scaled.coefs[1], factor * path.coefs[1], 1e-6)
    least = min_norm_fit(X, y)
    assert same_fit(min_norm_fit(c * X, y), least.coef / c, least.intercept, c * X)
    assert same_fit(min_norm_fit(X, c * y), c * least.coef, c * least.intercept, X)
    assert close(smoother(c * X, c * c * lam), smoother(X, lam)) and close(smoother(c * X, 0.0), smoother(X, 0.0))
    assert close(shrinkage_factors(c * X, c * c * lam), shrinkage_factors(X, lam))
    assert close(effective_dof(c * X, [c * c * lam, 0.0]), effective_dof(X, [lam, 0.0]))
    steps = gradient_descent_path(X, y, rate(X), [0, 5, 60])
    slower = gradient_descent_path(c * X, y, rate(X) / c / c, [0, 5, 60])
    assert close(slower.coefs, steps.coefs / c) and close(slower.lams[1:], c * c * steps.lams[1:])
    slow, slower = gradient_descent(X, y, rate(X), 5), gradient_descent(c * X, y, rate(X) / c / c, 5)
    assert same_fit(slower, slow.coef / c, slow.intercept, c * X)
    tutorial = ridge_regression(X, y, lam, 5, 1e-4)
    assert same_fit(ridge_regression(X, c * y, lam, 5, 1e-4), c * tutorial.coef, c * tutorial.intercept, X)


@few
@given(problems(), shares, wide_powers)
def test_the_lasso_and_its_kin_scale_with_y_or_x_if_the_penalty_does(problem, share, power):
    X, y = problem
    c, top = 2.0**power, lambda_max(X, y)
    lam = share * top
    assert close(lambda_max(c * X, y), c * top) and close(lambda_max(X, c * y), c * top)
    solvers = [lasso, lambda *case: coordinate_descent(*case, 5), lambda *case: proximal_gradient(*case, 5, accelerate=True),
               lambda X, y, lam: lasso_path(X, y, [lam])[0], lambda X, y, lam: lasso_path(X, y, n_lams=6)[4]]  # fmt: skip
    for solve in solvers:
        fit, with_y, with_x = solve(X, y, lam), solve(X, c * y, c * lam), solve(c * X, y, c * lam)
        assert same_fit(with_y, c * fit.coef, c * fit.intercept, X, 1e-6)
        assert same_fit(with_x, fit.coef / c, fit.intercept, c * X, 1e-6)
    tutorial = lasso_regression(X, y, lam, 5, 1e-4)
    assert same_fit(lasso_regression(X, c * y, c * lam, 5, 1e-4), c * tutorial.coef, c * tutorial.intercept, X)
    knots = lasso_knots(X, y)
    for scaled, factor in ((lasso_knots(X, c * y), c), (lasso_knots(c * X, y), 1 / c)):
        assert close(scaled.lams, c * knots.lams) and close(scaled.coefs, factor * knots.coefs, 1e-6)
    away = LinearFit(lasso(X, y, lam).coef + 0.1, 1.0)
    far = LinearFit(c * away.coef, c * away.intercept)
    assert close(kkt_violation(X, c * y, far, c * lam), c * kkt_violation(X, y, away, lam))
    narrow = LinearFit(away.coef / c, away.intercept)
    assert close(duality_gap(c * X, y, narrow, c * lam), duality_gap(X, y, away, lam), 1e-6)


@few
@given(problems(), shares, st.floats(0.05, 0.95), st.sampled_from([-20, -3, 5, 20]))  # else a ratio would be rounded to 1
def test_the_two_penalties_of_the_elastic_net_scale_each_in_its_way(problem, share, ratio, power):
    X, y = problem
    c, lam = 2.0**power, share * lambda_max(X, y)
    first, second = lam * ratio, lam * (1 - ratio)
    fit = elastic_net(X, y, lam, ratio)
    for (A, b), one, two, factor in (((X, c * y), c * first, second, c), ((c * X, y), c * first, c * c * second, 1 / c)):
        scaled = elastic_net(A, b, one + two, one / (one + two))
        assert close(scaled.coef, factor * fit.coef, 1e-5)


@few
@given(problems(), shares, st.booleans(), st.lists(st.integers(0, 3), min_size=12, max_size=12), st.sampled_from([1.0, 0.4, 0.0]))
def test_weighted_rows_are_repeated_rows(problem, share, free, counts, ratio):
    (X, y), counts = problem, counts[: len(problem[1])]
    counts[0] += 1
    rows = np.repeat(np.arange(len(y)), counts)
    top = lambda_max(X[rows], y[rows], fit_intercept=free)
    assert close(lambda_max(X, y, fit_intercept=free, sample_weight=counts), top, 1e-12) or top < 1e-12 * np.abs(y).max()
    lam = share * top + 1e-3
    once, often = {"fit_intercept": free, "sample_weight": np.array(counts) * 0.1}, {"fit_intercept": free}
    for fit, other in (
        (lasso(X, y, lam, **once), lasso(X[rows], y[rows], lam, **often)),
        (elastic_net(X, y, lam, ratio, **once), elastic_net(X[rows], y[rows], lam, ratio, **often)),
        (lasso_knots(X, y, **once)[-1], lasso_knots(X[rows], y[rows], **often)[-1]),
    ):
        size = np.abs(y).max()  # columns that repeat may share their weight in another way; the predictions are the same
        assert np.abs(fit.predict(X[rows]) - other.predict(X[rows])).max() <= 1e-7 * size
    away = LinearFit(0.5 * fit.coef + 0.1, 0.3)
    for measure in (duality_gap, kkt_violation):
        assert close(measure(X, y, away, lam, **once), measure(X[rows], y[rows], away, lam, **often), 1e-9)


@few
@given(problems(), shares, st.booleans(), st.lists(st.sampled_from([0.25, 1.0, 3.0]), min_size=6, max_size=6))
def test_factors_of_the_penalty_are_columns_in_another_unit(problem, share, free, factors):
    (X, y), f = problem, np.array(factors[: problem[0].shape[1]])
    top = lambda_max(X / f, y, fit_intercept=free)
    assert close(lambda_max(X, y, fit_intercept=free, penalty_factors=f), top, 1e-12) or top < 1e-12 * np.abs(y).max()
    lam, own, scaled = share * top + 1e-3, {"fit_intercept": free, "penalty_factors": f}, {"fit_intercept": free}
    for fit, other in (
        (lasso(X, y, lam, **own), lasso(X / f, y, lam, **scaled)),
        (lasso_path(X, y, n_lams=3, **own)[2], lasso_path(X / f, y, n_lams=3, **scaled)[2]),
        (lasso_knots(X, y, **own)[-1], lasso_knots(X / f, y, **scaled)[-1]),
        (elastic_net(X, y, lam, 1.0, **own), elastic_net(X / f, y, lam, 1.0, **scaled)),
    ):
        assert np.abs(fit.predict(X) - other.predict(X / f)).max() <= 1e-9 * np.abs(y).max()
        gap = duality_gap(X, y, fit, lam, **own) - duality_gap(X / f, y, LinearFit(f * fit.coef, fit.intercept), lam, **scaled)
        assert abs(gap) <= 1e-9 * np.abs(y).max() ** 2
    root = np.sqrt(f)
    fit, other = elastic_net(X, y, lam, 0.0, **own), ridge(X / root, y, lam, **scaled)
    assert np.abs(fit.predict(X) - other.predict(X / root)).max() <= 1e-8 * np.abs(y).max()


@few
@given(problems(), penalties, powers)
def test_losses_scale_with_the_square_of_y(problem, lam, power):
    X, y = problem
    c, fit = 2.0**power, ridge(X, y, lam)
    other = LinearFit(c * fit.coef, c * fit.intercept)
    assert close(other.predict(X), c * fit.predict(X))
    assert close(mse(c * y, other.predict(X)), c * c * mse(y, fit.predict(X)))
    assert close(penalized_loss(X, c * y, other, lam, "l2"), c * c * penalized_loss(X, y, fit, lam, "l2"))
    assert close(penalized_loss(X, c * y, other, c * lam, "l1"), c * c * penalized_loss(X, y, fit, lam, "l1"))
    path = LinearPath(np.array([lam, lam]), np.stack([fit.coef, other.coef]), np.array([fit.intercept, other.intercept]))
    assert close(path.predict(X)[1], c * path.predict(X)[0]) and close(path[0].predict(X), fit.predict(X))
    Xc, yc, x_mean, y_mean = center(X, y)
    again, _, rest, _ = center(Xc, yc)
    assert close(again, Xc, 1e-12) and np.abs(rest).max() <= 1e-14 * np.abs(X).max()
    assert close(Xc + x_mean, X, 1e-12) and close(yc + y_mean, y, 1e-12)


@few
@given(problems(), st.integers(-200, 200), st.integers(1, 2), seeds)
def test_what_rounding_alone_makes_vary_is_named_whatever_its_unit_and_place(problem, power, bits, seed):
    X, y = problem
    j = seed % (X.shape[1] + 1)
    column = np.where(np.arange(len(X)) == seed % len(X), 1 + bits * 2.0**-52, 1.0) * 2.0**power
    with pytest.warns(PrecisionWarning, match=f"Column {j} of X varies in the last two bits"):
        Xc = center(np.insert(X, j, column, axis=1), y)[0]
    assert not Xc[:, j].any() and close(np.delete(Xc, j, axis=1), center(X, y)[0])


@few
@given(st.lists(st.floats(-5, 5), min_size=1, max_size=6), st.floats(0, 3), wide_powers)
def test_the_soft_threshold_is_odd_contracts_and_scales(z, t, power):
    z, c = np.array(z), 2.0**power
    moved = soft_threshold(z, t)
    assert (soft_threshold(-z, t) == -moved).all() and (soft_threshold(c * z, c * t) == c * moved).all()
    assert (np.abs(moved[:, None] - moved) <= np.abs(z[:, None] - z) + 1e-15).all()
    assert close(moved, z - np.clip(z, -t, t)) and (soft_threshold(z, 0.0) == z).all()


@few
@given(problems(), penalties, seeds, st.lists(st.integers(-50, 50), min_size=6, max_size=6), st.booleans())
def test_without_a_penalty_no_unit_of_a_column_and_no_constant_matters(problem, lam, seed, powers, free):
    X, y = problem
    units = 2.0 ** np.array(powers[: X.shape[1]])
    rank = round(effective_dof(X, [0.0])[0]) if free else np.linalg.matrix_rank(X)
    for fit, other in (
        (ridge(X, y, 0.0, fit_intercept=free), ridge(X * units, y, 0.0, fit_intercept=free)),
        (ridge_path(X, y, [0.0], fit_intercept=free)[0], ridge_path(X * units, y, [0.0], fit_intercept=free)[0]),
        (min_norm_fit(X, y, fit_intercept=free), min_norm_fit(X * units, y, fit_intercept=free)),
    ):
        assert np.abs(other.predict(X * units) - fit.predict(X)).max() <= 1e-7 * np.abs(y).max()
        if rank == X.shape[1]:  # the data determine each weight, and then it has the unit's inverse
            assert other.coef * units == pytest.approx(fit.coef, rel=1e-7, abs=1e-9)
    assert round(effective_dof(X * units, [0.0])[0]) == round(effective_dof(X, [0.0])[0])
    assert close(smoother(X * units, 0.0), smoother(X, 0.0), 1e-6)
    assert close(gcv(X * units, y, [0.0]), gcv(X, y, [0.0]), 1e-5) or rank >= len(X) - 1
    grid = np.round(64 * X) / 64  # so that adding rounds nothing
    for far in (2.0**20, -(2.0**30)):
        assert close(ridge(grid, y, lam).coef, ridge(grid + far, y, lam).coef, 1e-9)
        assert close(ridge_path(grid, y, [lam]).coefs, ridge_path(grid + far, y, [lam]).coefs, 1e-9)
        assert close(loo_errors(grid + far, y, [lam]), loo_errors(grid, y, [lam]))


@few
@given(problems(), penalties, st.lists(st.integers(0, 3), min_size=12, max_size=12), wide_powers, st.booleans())
def test_a_weighted_row_is_so_many_rows_and_weights_have_no_unit(problem, lam, times, power, free):
    X, y = problem
    times = np.array(times[: len(X)])
    times[:3] += 1
    A, b = np.repeat(X, times, axis=0), np.repeat(y, times)
    for lams in ([lam], [lam, 0.0]):
        one = ridge_path(X, y, lams, sample_weight=2.0**power * times, fit_intercept=free)
        two = ridge_path(A, b, lams, fit_intercept=free)
        assert same_fit(one[0], two.coefs[0], two.intercepts[0], X, 1e-6)
    fit = ridge(X, y, lam, sample_weight=times, fit_intercept=free)
    assert same_fit(fit, two.coefs[0], two.intercepts[0], X, 1e-6)


@few
@given(problems(), penalties, st.lists(st.sampled_from([0.0, 0.25, 1.0, 9.0]), min_size=6, max_size=6), powers)
def test_a_penalty_factor_is_another_unit_of_the_column_and_zero_is_the_limit(problem, lam, factors, power):
    X, y = problem
    factors, c = np.array(factors[: X.shape[1]]), 2.0**power
    root = np.sqrt(np.where(factors > 0, factors, 1e-8))
    scaled, found = ridge(X / root, y, lam), ridge(X, y, lam, penalty_factors=root**2)
    assert same_fit(found, scaled.coef / root, scaled.intercept, X, 1e-6)
    path = ridge_path(X, y, [2 * lam, lam], penalty_factors=factors)
    fit = ridge(X, y, lam, penalty_factors=factors)
    assert same_fit(path[1], fit.coef, fit.intercept, X, 1e-6)
    same = ridge(X, y, lam / c**0.5, penalty_factors=factors * c**0.5)
    assert np.abs(same.predict(X) - fit.predict(X)).max() <= 1e-6 * np.abs(y).max()
    # the gradient is zero in each weight, of its own penalty
    error = X @ fit.coef + fit.intercept - y
    assert np.abs(X.T @ error / len(X) + lam * factors * fit.coef).max() <= 1e-7 * (1 + np.abs(X.T @ y).max()) * (1 + lam)


@few
@given(problems(), penalties, seeds)
def test_responses_are_fitted_one_by_one(problem, lam, seed):
    X, y = problem
    Y = np.c_[y, y**2, np.ones(len(y))]
    fits, apart = ridge(X, Y, lam), [ridge(X, column, lam) for column in Y.T]
    assert fits.coef.shape == (X.shape[1], 3) and fits.intercept.shape == (3,)
    assert close(fits.predict(X), np.stack([fit.predict(X) for fit in apart], axis=1))
    others = [ridge(np.delete(X, i, 0), np.delete(y, i), lam) for i in range(len(X))]
    assert close(loo_errors(X, y, [lam])[0], y - [fit.predict(row[None])[0] for fit, row in zip(others, X, strict=True)], 1e-6)


# -- certificates and limits -----------------------------------------------------------------------------------


@few
@given(problems(), penalties, st.booleans())
def test_the_gradient_of_ridge_is_zero_and_its_weights_a_combination_of_rows(problem, lam, free):
    X, y = problem
    n = len(X)
    for fit in (ridge(X, y, lam, fit_intercept=free), ridge_path(X, y, [lam], fit_intercept=free)[0]):
        error = X @ fit.coef + fit.intercept - y
        Xc = X - X.mean(0) if free else X
        size = np.abs(X.T @ y).max() / n + 1
        assert np.abs(Xc.T @ error / n + lam * fit.coef).max() <= 1e-9 * size
        assert abs(error.mean()) <= 1e-9 * size if free else fit.intercept == 0
        assert np.abs(Xc.T @ (-error / (n * lam)) - fit.coef).max() <= 1e-9 * size / lam


@few
@given(problems(), shares, st.booleans())
def test_the_gap_bounds_what_any_weights_are_above_the_least_and_is_zero_at_the_lasso(problem, share, free):
    X, y = problem
    lam = share * lambda_max(X, y, fit_intercept=free)
    fit = lasso(X, y, lam, fit_intercept=free)
    best, size = penalized_loss(X, y, fit, lam, "l1"), np.mean(y**2)
    assert duality_gap(X, y, fit, lam, fit_intercept=free) <= 1e-8 * size
    assert kkt_violation(X, y, fit, lam, fit_intercept=free) <= 1e-7 * lambda_max(X, y, fit_intercept=free)
    for solve in (coordinate_descent, proximal_gradient, lasso_regression):
        other = solve(X, y, lam, 3, fit_intercept=free) if solve is not lasso_regression else solve(
            X, y, lam, 3, 1e-3, fit_intercept=free)  # fmt: skip
        above = penalized_loss(X, y, other, lam, "l1") - best
        assert -1e-9 * size <= above <= duality_gap(X, y, other, lam, fit_intercept=free) + 1e-9 * size


@few
@given(problems())
def test_without_a_penalty_all_roads_lead_to_least_squares_and_with_a_huge_one_to_the_mean(problem):
    X, y = problem
    least, size = min_norm_fit(X, y), np.abs(y).max()
    fitted = least.predict(X)
    for fit in (ridge(X, y, 0.0), ridge(X, y, 1e-300), ridge_path(X, y, [1e-300])[0], ridge_path(X, y, [0.0])[0]):
        assert close(fit.coef, least.coef, 1e-6)
    for fit in (lasso(X, y, 0.0), lasso(X, y, 1e-300), elastic_net(X, y, 0.0, 0.5), lasso_knots(X, y)[-1]):
        assert np.abs(fit.predict(X) - fitted).max() <= 1e-6 * size
        assert np.abs(fit.coef).sum() <= np.abs(least.coef).sum() * (1 + 1e-6) + 1e-9
    rank = np.linalg.matrix_rank(X - X.mean(0), tol=1e-12 * len(X) * np.abs(X).max())  # what centring leaves is rounding
    assert effective_dof(X, [0.0, 1e-300, 1e150]) == pytest.approx([rank, rank, 0.0], abs=1e-9)
    top = lambda_max(X, y)
    for lam in (top, 1e150):
        assert not lasso(X, y, lam).coef.any() and not lasso_path(X, y, [lam]).coefs.any()
        assert not elastic_net(X, y, lam, 1.0).coef.any()
        assert kkt_violation(X, y, lasso(X, y, lam), lam) <= 1e-9 * (top + size)
    for lam in (1.0001 * top, 1e150):  # at the point itself, these two round
        assert not coordinate_descent(X, y, lam).coef.any() and not proximal_gradient(X, y, lam).coef.any()
    for fit in (ridge(X, y, 1e150), ridge_path(X, y, [1e150])[0], elastic_net(X, y, 1e150, 0.5), elastic_net(X, y, 1e150, 0.0)):
        assert np.abs(fit.predict(X) - y.mean()).max() <= 1e-12 * size


def test_what_centring_leaves_of_a_low_rank_is_no_direction():
    """One direction, far from zero: the second singular value of the centred X is rounding of X, not of what is left of it."""
    for seed in range(200):  # in one of twenty, it is above the rounding of the first
        rng = np.random.default_rng(seed)
        X, y = rng.normal(size=(5, 1)) @ rng.normal(size=(1, 3)) + 3, rng.normal(size=5)
        slow = 0.4 * 5 / np.sum((X - X.mean(0)) ** 2)
        for coef in (ridge(X, y, 0.0).coef, ridge_path(X, y, [0.0]).coefs[0], gradient_descent_path(X, y, slow, [10**6]).coefs[0]):
            assert close(coef, min_norm_fit(X, y).coef, 1e-6)
        assert effective_dof(X, [0.0]) == pytest.approx([1.0]) and len(shrinkage_factors(X, 0.0)) == 1


@few
@given(problems(), st.booleans())
def test_along_a_path_weights_shrink_the_training_error_grows_and_the_freedom_falls(problem, free):
    X, y = problem
    lams = np.logspace(-4, 4, 15)
    size = np.mean(y**2) * 1e-9
    path = ridge_path(X, y, lams, fit_intercept=free)
    assert (np.diff(np.linalg.norm(path.coefs, axis=1)) <= 1e-9 * np.linalg.norm(path.coefs[0])).all()
    assert (np.diff(mse(y, path.predict(X))) >= -size).all()
    assert (np.diff(effective_dof(X, lams)) <= 1e-12).all() and (np.diff([optimism(X, 1.0, lam) for lam in lams]) <= 1e-12).all()
    assert (np.diff([shrinkage_factors(X, lam) for lam in lams], axis=0) <= 1e-12).all()
    sparse = lasso_path(X, y, lams, fit_intercept=free)
    assert (np.diff(np.abs(sparse.coefs).sum(axis=1)) <= 1e-7 * np.abs(sparse.coefs[0]).sum()).all()
    assert (np.diff(mse(y, sparse.predict(X))) >= -size).all()
    knots = lasso_knots(X, y, fit_intercept=free)
    assert (np.diff(knots.lams) < 0).all() and (np.diff(np.abs(knots.coefs).sum(axis=1)) >= -1e-7 * np.abs(knots.coefs).max()).all()
    descent = gradient_descent_path(X, y, rate(X), [0, 1, 3, 10, 100, 1000], fit_intercept=free)
    assert (np.diff(np.linalg.norm(descent.coefs, axis=1)) >= -1e-12).all() and (np.diff(mse(y, descent.predict(X))) <= size).all()


# -- risks -----------------------------------------------------------------------------------------------------


@few
@given(problems(), penalties, st.integers(0, 2), powers)
def test_bias_and_variance_scale_with_the_truth_and_the_noise_and_do_not_see_a_shift(problem, lam, choice, power):
    X, signal = problem
    lams, c = [0.0, lam], 2.0**power
    bias2, variance = bias_variance(X, signal, 0.5, lams)
    assert close(bias_variance(X, c * signal, 0.5, lams)[0][1], c * c * bias2[1])
    assert close(bias_variance(X, signal, 0.5 * c, lams)[1], c * variance)
    assert close(bias_variance(c * X, signal, 0.5, [0.0, c * c * lam])[1], variance)
    moved = bias_variance(X + [1.0, -2.0, 0.5][choice], signal + 3, 0.5, lams)
    assert moved[0] == pytest.approx(bias2, rel=1e-6, abs=1e-9) and moved[1] == pytest.approx(variance, rel=1e-6)
    rows = slice(0, 2)
    there = bias_variance(X, signal, 0.5, lams, X_new=X[rows], signal_new=signal[rows])
    H = [smoother(X, v, X[rows]) for v in lams]
    assert there[0] == pytest.approx([np.mean((h @ signal - signal[rows]) ** 2) for h in H], rel=1e-6, abs=1e-9)
    assert there[1] == pytest.approx([0.5 * np.sum(h**2) / 2 for h in H])
    assert (variance <= [0.5 * np.trace(smoother(X, v)) / len(X) + 1e-12 for v in lams]).all()
    assert optimism(X, 0.5 * c, lam) == pytest.approx(c * optimism(X, 0.5, lam)) and optimism(c * X, 0.5, c * c * lam) == (
        pytest.approx(optimism(X, 0.5, lam)))  # fmt: skip
    risk = isotropic_risk(X, 1.3, 0.4, lams)
    assert close(isotropic_risk(c * X, 1.3 / c / c, 0.4, [0.0, c * c * lam]), risk / c / c, 1e-6)
    assert isotropic_risk(X, 1.3, 0.4, [1e150]) == pytest.approx([1.3])  # nothing is learned
    turned = np.linalg.qr(np.random.default_rng(0).normal(size=(X.shape[1], X.shape[1])))[0]
    assert close(isotropic_risk(X @ turned, 1.3, 0.4, [lam]), risk[1:], 1e-6)


@few
@given(st.integers(1, 60), st.integers(1, 60), st.sampled_from([0.0, 0.3, 2.5]), st.floats(0.01, 3), wide_powers)
def test_the_least_norm_risk_scales_and_is_the_sum_of_its_parts(n, p, norm2, noise_var, power):
    risk, c = least_norm_risk(n, p, norm2, noise_var), 2.0**power
    assert least_norm_risk(n, p, c * norm2, c * noise_var) == pytest.approx(c * risk, abs=0)
    assert risk == pytest.approx(least_norm_risk(n, p, norm2, 0.0) + least_norm_risk(n, p, 0.0, noise_var))
    if n != p:  # noise counts alike on both sides of the peak
        assert least_norm_risk(n, p, 0.0, noise_var) == pytest.approx(least_norm_risk(p, n, 0.0, noise_var))


@few
@given(st.lists(st.floats(0, 1), min_size=1, max_size=9), st.integers(1, 12))
def test_legendre_polynomials_are_even_or_odd_around_the_middle_and_one_at_the_end(x, degree):
    x = np.array(x)
    F = polynomial_features(x, degree)
    assert close(polynomial_features(1 - x, degree), F * (-1.0) ** np.arange(1, degree + 1), 1e-9)
    assert np.abs(F).max() <= 1 + 1e-12 and polynomial_features([1.0], degree) == pytest.approx(np.ones((1, degree)))
    more = polynomial_features(x, degree + 1)
    assert (more[:, :-1] == F).all()  # a higher degree adds a column and changes none


@few
@given(st.lists(st.floats(0.1, 3), min_size=1, max_size=5), st.integers(1, 50), st.integers(1, 200), powers)
def test_filters_scale_rise_with_time_and_stay_between_zero_and_one(s, n, t, power):
    s, c = np.array(s), 2.0**power
    eta = 0.3 * n / s.max() ** 2
    steps = np.array([0, 1, t, 2 * t])
    f, g = filter_factors(s, n, eta, steps), flow_factors(s, n, eta * steps)
    assert close(filter_factors(c * s, n, eta / c / c, steps), f) and close(flow_factors(c * s, n, eta * steps / c / c), g)
    for factors in (f, g):
        assert not factors[0].any() and (np.diff(factors, axis=0) >= 0).all() and (factors <= 1).all()
        assert 1 - factors[3] == pytest.approx((1 - factors[2]) ** 2, abs=1e-12)  # twice the time squares what was left
    assert (f >= g - 1e-12).all()  # (1 - a)^t is at most exp(-a t)
    a = np.linspace(1, 2, len(s))
    risk = filter_risk(f, s, a, 0.5)
    assert close(filter_risk(f, c * s, a / c, 0.5), risk / c / c)
    assert risk == pytest.approx(filter_risk(f, s, a, 0.0) + filter_risk(f, s, 0 * a, 0.5))
    best = a**2 / (a**2 + 0.5 / s**2)  # no factors at all do better than these, which know the truth
    assert (risk >= filter_risk(best[None], s, a, 0.5) * (1 - 1e-12)).all()


# -- stopping rules --------------------------------------------------------------------------------------------


@few
@given(curves, st.integers(1, 5), st.integers(2, 4), wide_powers)
def test_rules_do_not_know_the_unit_of_a_loss(curve, patience, k, power):
    curve, c = np.array(curve), 2.0**power
    training = curve[::-1].copy()
    assert Patience(patience, c).stop_epoch(c * curve) == Patience(patience, 1.0).stop_epoch(curve)
    for rule in (GeneralizationLoss(20.0), ProgressQuotient(0.5, k), Up(patience, k), Patience(patience)):
        assert rule.stop_epoch(c * curve, c * training) == rule.stop_epoch(curve, training)
    for rule in (Up(patience, k), Patience(patience)):  # and these ask for the order only
        assert rule.stop_epoch(np.sqrt(curve) - 9) == rule.stop_epoch(curve)
    assert (generalization_loss(c * curve) == generalization_loss(curve)).all()
    assert (progress(c * curve, k) == progress(curve, k)).all() and (progress(curve, k) >= 0).all()
    assert best_epoch(c * curve) == best_epoch(np.sqrt(curve) - 9) == np.flatnonzero(curve == curve.min())[0]
    assert generalization_loss(curve)[best_epoch(curve)] == 0


@few
@given(curves, st.integers(1, 5), st.integers(2, 4))
def test_a_stricter_rule_never_stops_earlier(curve, more, k):
    def epoch(rule):
        stop = rule.stop_epoch(curve, curve[::-1])
        return len(curve) if stop is None else stop

    assert epoch(Patience(more)) <= epoch(Patience(more + 1))
    assert epoch(GeneralizationLoss(5.0 * more)) <= epoch(GeneralizationLoss(5.0 * more + 3))
    assert epoch(ProgressQuotient(0.1 * more, k)) <= epoch(ProgressQuotient(0.2 * more, k))
    assert epoch(Up(more, k)) <= epoch(Up(more + 1, k))


@few
@given(curves, st.integers(0, 8), st.integers(1, 4), st.integers(2, 4))
def test_epochs_before_the_start_of_a_rule_are_as_if_they_had_not_been(losses, start, more, k):
    val, training = np.array(losses), np.array(losses[::-1])
    for make in (lambda **at: Patience(more, 0.5, **at), lambda **at: GeneralizationLoss(3.0 * more, **at),
                 lambda **at: ProgressQuotient(0.1 * more, k, **at), lambda **at: Up(more, k, **at)):  # fmt: skip
        later = make(start_epoch=start).stop_epoch(val, training)
        if start >= len(val):
            assert later is None
            continue
        rest = make().stop_epoch(val[start:], training[start:])
        assert later == (None if rest is None else start + rest)
        assert make(start_epoch=start).stop_epoch(np.r_[np.full(start, 1e9), val[start:]], training) == later


# -- choosing --------------------------------------------------------------------------------------------------


@few
@given(problems(least=6), seeds, st.integers(2, 4), powers)
def test_cross_validation_sees_no_unit_no_shift_and_no_order_of_columns(problem, seed, k, power):
    X, y = problem
    lams, c = np.array([1e-3, 10.0, 0.1]), 2.0**power

    def found(X, y, lams=lams, prepare=Standardizer):
        return cross_validate(ridge_path, X, y, lams, k, np.random.default_rng(seed), prepare=prepare)

    plain = found(X, y)
    assert close(found(X, c * y).mean, c * c * plain.mean, 1e-6) and close(found(X, c * y).se, c * c * plain.se, 1e-6)
    assert close(found(c * X, y).mean, plain.mean, 1e-6)  # standardized
    assert close(found(c * X, y, c * c * lams, None).mean, found(X, y, lams, None).mean, 1e-6)
    for A, b in ((X[:, shuffled(X.shape[1], seed)], y), (X, y + 7)):
        assert close(found(A, b).mean, plain.mean, 1e-6)
    assert plain.edge == {1e-3: "smallest", 10.0: "largest"}.get(plain.best)
    assert found(X, y, [0.5]).edge is None and found(X, y, [0.5]).best == 0.5

    def nested(y):
        return nested_cross_validate(ridge_path, X, y, lams, k, np.random.default_rng(seed), inner=2)

    errors, chosen = nested(y)
    assert close(nested(c * y)[0], c * c * errors, 1e-6) and (nested(c * y)[1] == chosen).all() and set(chosen) <= set(lams)
    assert sorted(np.concatenate(kfold(len(X), k, np.random.default_rng(seed)))) == list(range(len(X)))


@few
@given(st.lists(st.integers(0, 6), min_size=6, max_size=30), st.integers(2, 3), seeds)
def test_folds_split_no_group_and_no_fold_in_time_sees_what_comes_later(groups, k, seed):
    groups = np.array([*groups, 7, 8, 9])  # three groups at least
    n, more = len(groups), np.random.default_rng(seed)
    folds = group_kfold(groups, k, np.random.default_rng(seed))
    assert sorted(np.concatenate(folds)) == list(range(n))
    assert sum(len(np.unique(groups[fold])) for fold in folds) == len(np.unique(groups))
    seen = []

    class Spy:
        @staticmethod
        def fit(train):
            seen.append(train[:, 0])
            return Standardizer.fit(train)

    X, y, lams = np.column_stack([groups, more.normal(size=n)]), more.normal(size=n), [0.1, 1.0]
    found = cross_validate(ridge_path, X, y, lams, k, np.random.default_rng(seed), groups=groups, prepare=Spy)
    nested_cross_validate(ridge_path, X, y, lams, 3, more, inner=2, groups=groups, prepare=Spy)
    assert all((groups == g).sum() == (train == g).sum() for train in seen for g in np.unique(train))  # all its rows, or none
    names = cross_validate(ridge_path, X, y, lams, k, np.random.default_rng(seed), groups=[f"{g}" for g in groups])
    assert (names.mean == found.mean).all()
    assert all(train.max() < test.min() and (np.diff(test) == 1).all() for train, test in time_folds(n, k))
    assert time_folds(n, k)[-1][1][-1] == n - 1


@few
@given(st.lists(st.tuples(eighths, eighths, eighths), min_size=3, max_size=9), st.integers(-40, 40), powers)
def test_criteria_rank_models_alike_in_any_unit(triples, shift, power):
    """The misfits are moved away from zero, where the likelihood without a given noise has no bound."""
    y, off, other = np.array(triples).T
    predictions, dof, c = np.stack([y + np.abs(off) + 0.5, y - np.abs(other) - 1]), [2.0, 1.0], 2.0**power
    for noise_var in (None, 0.5):
        scaled = None if noise_var is None else c * c * noise_var
        plain, turned = (information_criteria(y, predictions[order], np.array(dof)[order], noise_var) for order in ([0, 1], [1, 0]))
        moved = information_criteria(y + shift, predictions + shift, dof, noise_var)
        unit = information_criteria(c * y, c * predictions, dof, scaled)
        for name in ("aic", "bic"):
            first = getattr(plain, name)
            assert close(getattr(turned, name)[::-1], first) and close(getattr(moved, name), first)
            assert close(getattr(unit, name) - 2 * len(y) * np.log(c), first, 1e-6)
        assert close(plain.bic - plain.aic, (np.log(len(y)) - 2) * np.array(dof), 1e-6)
        assert (plain.cp is None) == (noise_var is None)
        if noise_var:
            assert close(unit.cp, c * c * plain.cp) and close(moved.cp, plain.cp)
            assert close(len(y) * plain.cp / noise_var, plain.aic - len(y) * np.log(2 * np.pi * noise_var), 1e-6)


@few
@given(st.lists(st.tuples(eighths, eighths), min_size=2, max_size=9), st.floats(-50, 50), wide_powers)
def test_a_paired_difference_sees_nothing_that_both_methods_share(pairs, shift, power):
    first, second = np.array(pairs).T
    c = 2.0**power
    mean, se = paired_difference(first, second, n_train=8, n_test=2)
    assert paired_difference(first + shift, second + shift, n_train=8, n_test=2) == pytest.approx((mean, se), abs=1e-12)
    assert paired_difference(c * first, c * second, n_train=8, n_test=2) == (c * mean, c * se)
    assert paired_difference(second, first, n_train=8, n_test=2) == pytest.approx((-mean, se))
    assert se >= paired_difference(first, second)[1]


@few
@given(penalties, st.floats(0.05, 0.95), st.integers(1, 500), wide_powers, st.lists(eighths, min_size=3, max_size=9))
def test_converters_are_linear_in_the_penalty_and_lead_back(lam, ratio, n, power, y):
    c = 2.0**power
    for model in ("Ridge", "Lasso", "SGDRegressor", "ElasticNet", "MLPRegressor", "MLPClassifier"):
        r = ratio if model == "ElasticNet" else None
        alpha = sklearn_alpha(lam, n, model, r)
        assert lam_from_sklearn(alpha, n, model, r) == pytest.approx(lam)
        if abs(power) < 400:
            assert sklearn_alpha(c * lam, n, model, r) == pytest.approx(c * alpha, abs=0)
    assert sklearn_alpha(2 * lam, n, "LogisticRegression") == pytest.approx(sklearn_alpha(lam, n, "LogisticRegression") / 2)
    assert lam_from_torch(torch_weight_decay(lam)) == lam and torch_weight_decay(2 * lam) == 2 * torch_weight_decay(lam)
    for what in ("L1", "L2", "weight_decay"):
        assert lam_from_keras(keras_penalty(lam, what), what) == lam
    assert lam_from_keras(keras_penalty(lam, "weight_decay", ratio), "weight_decay", ratio) == pytest.approx(lam)
    for model in ("LogisticRegression", "MLPClassifier"):
        for outputs in (1, 2, 3):
            assert lam_from_sklearn(sklearn_alpha(lam, n, model, outputs=outputs), n, model, outputs=outputs) == pytest.approx(lam)
    theirs = sklearn_l1_ratio(ratio)
    assert l1_ratio_from_sklearn(theirs) == pytest.approx(ratio)
    # both shares of scikit-learn's penalty are ours in its units
    alpha = sklearn_alpha(lam, n, "ElasticNet", ratio)
    assert (alpha * theirs, alpha * (1 - theirs)) == pytest.approx((lam * ratio / 2, lam * (1 - ratio)))
    y = np.array([*y, 10.0])
    value, alpha = glmnet_lambda(lam, y, ratio)
    assert lam_from_glmnet(value, y, alpha) == pytest.approx((lam, ratio))
    assert glmnet_lambda(lam, y + 3, ratio) == pytest.approx((value, alpha))  # a shift of y changes no standard deviation
    assert glmnet_lambda(2 * lam, 2 * y, 0.0)[0] == pytest.approx(4 * glmnet_lambda(lam, y, 0.0)[0])


# -- dropout ---------------------------------------------------------------------------------------------------


@few
@given(st.lists(eighths, min_size=1, max_size=9), drops, seeds, wide_powers)
def test_dropout_keeps_scaled_entries_by_a_mask_that_does_not_know_them(x, p, seed, power):
    x, c = np.array(x), 2.0**power
    y, mask = dropout(x, p, np.random.default_rng(seed))
    scaled, same_mask = dropout(c * x, p, np.random.default_rng(seed))
    assert (same_mask == mask).all() and (scaled == c * y).all()
    assert y == pytest.approx(np.where(mask, x / (1 - p), 0.0)) and (p > 0 or (y == x).all())
    less = dropout(x, p / 2, np.random.default_rng(seed))[1]
    assert (less >= mask).all()  # the same draws drop no more at a smaller p
    factors = random_mask((3, len(x)), p, np.random.default_rng(seed))
    assert set(np.unique(factors)) <= {0.0, 1 / (1 - p)} and (p > 0 or (factors == 1).all())
    X = np.stack([x, 2 * x])
    assert close(dropout_penalty(c * X, p), c * c * dropout_penalty(X, p))
    assert (dropout_penalty(X, p) <= dropout_penalty(X, (1 + p) / 2)).all() and not dropout_penalty(X, 0.0).any()


@few
@given(st.integers(1, 6), st.floats(0.05, 0.95), seeds)
def test_masks_are_all_there_and_their_probabilities_are_products(n, p, seed):
    masks = all_masks(n)
    chance = mask_probabilities(masks, p)
    assert chance.sum() == pytest.approx(1) and chance @ masks == pytest.approx(np.full(n, 1 - p))
    assert chance == pytest.approx(np.prod(np.where(masks, 1 - p, p), axis=1))
    assert mask_probabilities(masks[:, shuffled(n, seed)], p) == pytest.approx(chance)
    assert mask_probabilities(~masks, 1 - p) == pytest.approx(chance)  # dropping is keeping what the others drop
    assert (mask_probabilities(masks, 0.0) == masks.all(axis=1)).all()


@few
@given(networks(), drops, st.floats(0, 0.1), st.integers(1, 4), seeds)
def test_networks_that_are_trained_together_do_not_know_of_each_other(drawn, p, lam, batch, seed):
    network, X, y = drawn
    X = X / np.abs(X).max()

    def trained(count):
        rngs = [np.random.default_rng(seed + k) for k in range(count)]
        several, optimizers = [network.copy() for _ in rngs], [Adam(0.01) for _ in rngs]
        train_each(several, X, y, optimizers, 3, rngs, batch_size=batch, l2=lam, p=p)
        return [np.concatenate([a.ravel() for a in (*n.weights, *n.biases)]) for n in several]

    for one, other in zip(trained(2), trained(3), strict=False):
        assert close(one, other)


def permuted(network, order):
    """The same function, the units of the first hidden layer in another order."""
    twin = network.copy()
    twin.weights[0], twin.biases[0] = twin.weights[0][:, order], twin.biases[0][order]
    twin.weights[1] = twin.weights[1][order]
    return twin


@few
@given(networks(), drops, seeds)
def test_rows_and_the_order_of_units_do_not_matter_to_sub_networks_and_their_means(drawn, p, seed):
    network, X, _ = drawn
    units = sum(network.sizes[1:-1])
    masks = all_masks(units)
    outputs, chance = sub_networks(network, X, masks, p), mask_probabilities(masks, p)
    mean, scaled = ensemble(network, X, p), weight_scaled(network, X, p)
    assert close(np.tensordot(chance, outputs, 1), mean)
    rows = shuffled(len(X), seed)
    assert close(sub_networks(network, X[rows], masks, p), outputs[:, rows])
    assert close(ensemble(network, X[rows], p), mean[rows]) and close(weight_scaled(network, X[rows], p), scaled[rows])
    order = shuffled(network.sizes[1], seed)
    twin = permuted(network, order)
    both = np.r_[order, np.arange(network.sizes[1], units)]
    assert close(sub_networks(twin, X, masks[:, both], p), outputs)
    whole = network.forward(X)
    assert close(ensemble(twin, X, p), mean) and close(weight_scaled(twin, X, p), scaled) and close(twin.forward(X), whole)
    for small in (0.0, 1e-12):
        assert close(ensemble(network, X, small), whole) and close(weight_scaled(network, X, small), whole)
    average, spread = mc_dropout(network, X, 0.0, 3, np.random.default_rng(seed))
    assert close(average, whole) and np.abs(spread).max() < 1e-12
    average, spread = mc_dropout(network, X, p, 5, np.random.default_rng(seed))
    again = np.random.default_rng(seed).random((5, units)) >= p
    assert close(average, sub_networks(network, X, again, p).mean(axis=0))
    assert close(spread, sub_networks(network, X, again, p).std(axis=0, ddof=1)) or np.abs(spread).max() < 1e-12


# -- networks --------------------------------------------------------------------------------------------------


@few
@given(networks(), seeds, st.sampled_from([0.0, 0.1]), drops)
def test_a_loss_is_a_mean_over_rows_and_its_gradient_is_its_slope(drawn, seed, penalty, p):
    network, X, y = drawn
    options = {"l1": penalty, "l2": 2 * penalty}
    loss, weight_grads, bias_grads = network.loss_and_grads(X, y, **options)
    alone = [network.loss_and_grads(X[[i]], y[[i]], **options) for i in range(len(X))]
    assert loss == pytest.approx(np.mean([one[0] for one in alone]))
    for k in range(len(weight_grads)):
        assert close(weight_grads[k], np.mean([one[1][k] for one in alone], axis=0))
        assert close(bias_grads[k], np.mean([one[2][k] for one in alone], axis=0))
    rows = shuffled(len(X), seed)
    assert network.loss(X[rows], y[rows]) == pytest.approx(network.loss(X, y)) == pytest.approx(
        network.loss_and_grads(X, y)[0])  # fmt: skip
    if network.task == "classification":
        assert network.accuracy(X[rows], y[rows]) == np.mean(network.forward(X).argmax(axis=1) == y)
        assert network.forward(X).sum(axis=1) == pytest.approx(np.ones(len(X)))
    # along a random direction, with masks that stay the same
    rng, h = np.random.default_rng(seed), 1e-6
    steps = [rng.normal(size=a.shape) for a in (*network.weights, *network.biases)]

    def masked(at):
        twin = network.copy()
        for array, step in zip((*twin.weights, *twin.biases), steps, strict=True):
            array += at * step
        return twin.loss_and_grads(X, y, **options, p=p, p_input=p / 2, rng=np.random.default_rng(seed))

    grads = [g for group in masked(0.0)[1:] for g in group]
    slope = sum(np.vdot(g, step) for g, step in zip(grads, steps, strict=True))
    right, left = (masked(h)[0] - masked(0.0)[0]) / h, (masked(0.0)[0] - masked(-h)[0]) / h
    assert min(left, right) - 1e-3 * (1 + abs(slope)) <= slope <= max(left, right) + 1e-3 * (1 + abs(slope))


@few
@given(st.lists(st.lists(st.floats(-30, 30), min_size=3, max_size=3), min_size=1, max_size=4), st.floats(-1e6, 1e6), seeds)
def test_softmax_sees_differences_only(Z, shift, seed):
    Z, order = np.array(Z), shuffled(3, seed)
    P = softmax(Z)
    assert P.sum(axis=1) == pytest.approx(np.ones(len(Z))) and (P >= 0).all()
    assert close(softmax(Z + shift), P, 1e-8) and close(softmax(Z[:, order]), P[:, order], 1e-14)
    assert np.log(P) - np.log(P[:, :1]) == pytest.approx(Z - Z[:, :1], abs=1e-9)


@few
@given(networks(), st.integers(1, 6))
def test_optimizers_know_the_unit_of_a_gradient_or_do_not(drawn, power):
    network, X, y = drawn
    _, weight_grads, bias_grads = network.loss_and_grads(X, y)
    c = 2.0**power

    def after(optimizer, scale=1.0, times=2):
        twin = network.copy()
        for _ in range(times):
            optimizer.step(twin, [scale * g for g in weight_grads], [scale * g for g in bias_grads])
        return np.concatenate([a.ravel() for a in (*twin.weights, *twin.biases)])

    before = after(SGD(0.1), times=0)
    moved = after(SGD(0.1, 0.5)) - before
    assert close(after(SGD(0.1 / c, 0.5), c) - before, moved)  # a larger gradient is a larger rate
    assert close(after(Adam(0.1, eps=1e-300), c), after(Adam(0.1, eps=1e-300)))  # here it is nothing
    g = np.concatenate([a.ravel() for a in (*weight_grads, *bias_grads)])
    assert close(after(Adam(0.1, eps=1e-300), times=1)[g != 0], (before - 0.1 * np.sign(g))[g != 0])
    assert close(after(AdamW(0.1)), after(Adam(0.1)))
    weights = sum(w.size for w in network.weights)
    decayed = after(AdamW(0.1, weight_decay=0.5), times=1) - after(Adam(0.1), times=1)
    assert close(decayed, np.r_[-0.05 * before[:weights], np.zeros(len(before) - weights)])


@few
@given(networks(), seeds, st.integers(1, 5))
def test_full_batches_see_no_order_of_rows_and_training_changes_nothing_but_the_network(drawn, seed, epochs):
    network, X, y = drawn
    first, second, kept = network.copy(), network.copy(), (X.tobytes(), y.tobytes())
    rows = shuffled(len(X), seed)
    history = train(first, X, y, SGD(0.01, 0.5), epochs, np.random.default_rng(seed), X_val=X, y_val=y, l2=0.1)
    other = train(second, X[rows], y[rows], SGD(0.01, 0.5), epochs, np.random.default_rng(seed + 1), l2=0.1)
    assert close(history.train_loss, other.train_loss) and len(history.train_loss) == epochs
    for a, b in zip((*first.weights, *first.biases), (*second.weights, *second.biases), strict=True):
        assert close(a, b)
    assert history.val_loss == pytest.approx(history.train_loss) and history.train_loss[-1] == pytest.approx(first.loss(X, y))
    assert history.best_epoch == np.argmin(history.val_loss) and (X.tobytes(), y.tobytes()) == kept
    untouched = network.copy()
    assert all((a == b).all() and not np.shares_memory(a, b) for a, b in zip(network.weights, untouched.weights, strict=True))


# -- data ------------------------------------------------------------------------------------------------------


@few
@given(st.integers(1, 40), st.sampled_from([0.0, 0.1, 3.0]), seeds, st.integers(1, 5), st.floats(0, 0.9))
def test_simulated_data_are_a_truth_plus_noise_in_proportion(n, noise, seed, p, correlation):
    (x, y), (x1, y1) = (wave(n, size, np.random.default_rng(seed)) for size in (noise, 1.0))
    (X, z, coef), (X1, z1, coef1) = (
        sparse_linear(n, p, p // 2, size, np.random.default_rng(seed), correlation) for size in (noise, 1.0))  # fmt: skip
    assert (x == x1).all() and (X == X1).all() and (coef == coef1).all() and np.count_nonzero(coef) == p // 2
    assert close(y - wave_signal(x), noise * (y1 - wave_signal(x)), 1e-9) and close(z - X @ coef, noise * (z1 - X @ coef), 1e-9)
    assert close(wave_signal(x + 3), wave_signal(x), 1e-9) and close(wave_signal(-x), -wave_signal(x), 1e-9)
    assert close(wave_signal(x + 0.5), -wave_signal(x), 1e-9)
    A, b = seed_line(np.random.default_rng(seed), n)
    again, _ = seed_line(np.random.default_rng(seed), n)
    assert (A == again).all() and A.min() >= 0 and A.max() <= 2 and b.shape == (n,)


@few
@given(problems(), wide_powers, st.sampled_from([-5.0, 0.0, 300.0]), seeds)
def test_a_standardizer_sees_no_unit_and_no_shift(problem, power, shift, seed):
    X, y = problem
    c = 2.0**power
    Z = Standardizer.fit(X).transform(X)
    assert np.abs(Z.mean(axis=0)).max() < 1e-9 and Z.std(axis=0) == pytest.approx(np.ones(X.shape[1]))
    assert close(Standardizer.fit(c * X).transform(c * X), Z)
    assert close(Standardizer.fit(shift - X).transform(shift - X), -Z, 1e-6)
    fit, scaler = ridge(Z, y, 0.1), Standardizer.fit(X)
    assert close(scaler.unscale(fit).predict(X), fit.predict(scaler.transform(X)), 1e-6)
    parts = split(X, y, [1, 2], np.random.default_rng(seed))
    assert [len(b) for _, b in parts] == [1, 2]
    seen = [(*row, value) for A, b in parts for row, value in zip(A, b, strict=True)]
    assert len(set(seen)) == 3 and set(seen) <= {(*row, value) for row, value in zip(X, y, strict=True)}


# -- nothing is left out ---------------------------------------------------------------------------------------


def mentioned(node):
    """All names and attributes in a piece of source."""
    return {n.id if isinstance(n, ast.Name) else n.attr for n in ast.walk(node) if isinstance(n, (ast.Name, ast.Attribute))}


def looked_at():
    """What the tests with `given` mention, and what the helpers mention that they use."""
    tree = ast.parse(Path(__file__).read_text(encoding="utf-8"))
    made = {f.name: f for f in tree.body if isinstance(f, ast.FunctionDef)}
    made |= {target.id: node for node in tree.body if isinstance(node, ast.Assign) for target in node.targets}
    new = set().union(*(mentioned(f) for f in made.values() if isinstance(f, ast.FunctionDef) and "given" in mentioned(f)))
    found = set()
    while new:
        found |= new
        new = set().union(*(mentioned(made[name]) for name in new & made.keys())) - found
    return found


@pytest.mark.parametrize("module", MATHEMATICS)
def test_hypothesis_looks_for_a_counterexample_to_each_public_function(module):
    found, results = looked_at(), {"LinearFit", "LinearPath", "CVResult", "History", "InformationCriteria"}
    for name, thing in public(module).items():
        fixed = inspect.isfunction(thing) and not inspect.signature(thing).parameters  # `diabetes` and `digits`
        assert fixed or set(name.split(".")) - results <= found, f"{module}.{name} has no property test"
