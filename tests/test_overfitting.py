"""Overfitting against simulation, exact algebra, scikit-learn and ridge of the L2 chapter, which is other code."""

import numpy as np
import pytest
from numpy.polynomial import Polynomial
from sklearn.linear_model import LinearRegression

from reglesson.data import Standardizer, wave, wave_signal
from reglesson.early_stopping import gradient_descent
from reglesson.exercises import check
from reglesson.l2 import effective_dof, ridge, shrinkage_factors
from reglesson.linear import mse
from reglesson.overfitting import (
    bias_variance,
    isotropic_risk,
    least_norm_risk,
    min_norm_fit,
    optimism,
    polynomial_features,
    smoother,
)

LAMS = [0.0, 1e-4, 1e-2, 1.0]
DEGREES = [1, 3, 7, 12]


def design(kind, seed=0):
    """Features: more rows than columns, fewer, of low rank, with twin columns, a constant one, one only, two rows only."""
    rng = np.random.default_rng(seed)
    X = {
        "tall": lambda: rng.normal(size=(30, 5)),
        "wide": lambda: rng.normal(size=(12, 40)),
        "low rank": lambda: rng.normal(size=(25, 3)) @ rng.normal(size=(3, 8)),
        "twins": lambda: np.repeat(rng.normal(size=(20, 3)), 2, axis=1),
        "constant column": lambda: np.c_[np.full(20, 0.1), rng.normal(size=(20, 3))],
        "only constants": lambda: np.full((9, 2), 0.1),
        "one column": lambda: rng.normal(size=(20, 1)),
        "two rows": lambda: rng.normal(size=(2, 3)),
        "one row": lambda: rng.normal(size=(1, 3)),
        "far from zero": lambda: 1e4 + rng.normal(size=(30, 3)),
    }[kind]()
    return X


KINDS = ["tall", "wide", "low rank", "twins", "constant column", "only constants", "one column", "two rows", "one row",
         "far from zero"]  # fmt: skip


def refits(X, signal, noise_sd, lam, times, rng, X_new=None):
    """Predictions (times, m) of ridge, fitted anew to each of `times` noisy copies of the signal: nothing of overfitting.py."""
    X_new = X if X_new is None else X_new
    Y = signal + noise_sd * rng.normal(size=(times, len(X)))
    return Y, ridge(X, Y.T, lam).predict(X_new).T  # all at once, as each alone: tests/test_properties.py


def standard_errors_off(sample, expected):
    """By how many standard errors the mean of independent numbers differs from what is expected."""
    return abs(sample.mean() - expected) / (sample.std(ddof=1) / np.sqrt(len(sample)))


# -- features and fits -----------------------------------------------------------------------------------------


def test_the_features_are_legendre_polynomials_by_rodrigues_formula():
    x = np.linspace(0, 1, 50)
    F = polynomial_features(x, 6)
    assert F.shape == (50, 6)
    for k in range(1, 7):
        rodrigues = (Polynomial([-1, 0, 1]) ** k).deriv(k) / (2.0**k * np.prod(np.arange(1.0, k + 1)))
        assert F[:, k - 1] == pytest.approx(rodrigues(2 * x - 1), abs=1e-12)


def test_the_features_are_bounded_and_orthogonal_with_mean_square_one_over_2k_plus_1():
    nodes, weights = np.polynomial.legendre.leggauss(60)
    F = polynomial_features((nodes + 1) / 2, 40)
    gram = F.T @ (F * weights[:, None] / 2)
    assert gram == pytest.approx(np.diag(1 / (2 * np.arange(1, 41) + 1)), abs=1e-12)
    assert np.abs(weights @ F).max() < 1e-12
    assert np.abs(polynomial_features(np.linspace(0, 1, 500), 200)).max() <= 1 + 1e-12


@pytest.mark.parametrize("degree", DEGREES)
def test_least_squares_does_not_see_the_basis_and_ridge_does(degree):
    x, y = wave(40, 0.3, np.random.default_rng(1))
    powers = x[:, None] ** np.arange(1, degree + 1)
    F = polynomial_features(x, degree)
    theirs = np.polynomial.Polynomial.fit(x, y, degree)(x)
    assert min_norm_fit(F, y).predict(F) == pytest.approx(theirs, abs=1e-8)
    if degree > 1:
        assert np.abs(ridge(F, y, 0.1).predict(F) - ridge(powers, y, 0.1).predict(powers)).max() > 0.01


@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("kind", KINDS)
def test_the_fit_of_least_norm_is_the_pseudoinverses_and_scikit_learns(kind, fit_intercept):
    X = design(kind)
    y = np.random.default_rng(5).normal(size=len(X)) + 3
    fit = min_norm_fit(X, y, fit_intercept=fit_intercept)
    Xc, yc = (X - X.mean(0), y - y.mean()) if fit_intercept else (X, y)
    expected = np.linalg.pinv(Xc, rcond=1e-9) @ yc if kind != "only constants" or not fit_intercept else np.zeros(2)
    assert fit.coef == pytest.approx(expected, rel=1e-7, abs=1e-9)
    if kind not in ("constant column", "only constants"):
        theirs = LinearRegression(fit_intercept=fit_intercept).fit(X, y)
        if theirs.rank_ == np.linalg.matrix_rank(Xc):  # older ones may take a repeated column for a direction of its own
            assert fit.predict(X) == pytest.approx(theirs.predict(X), rel=1e-7)


@pytest.mark.parametrize("fit_intercept", [True, False])
def test_features_that_are_zero_get_no_weight(fit_intercept):
    fit = min_norm_fit(np.zeros((5, 2)), [1.0, 2.0, 3.0, 4.0, 10.0], fit_intercept=fit_intercept)
    assert fit.coef.tolist() == [0.0, 0.0] and fit.intercept == (4.0 if fit_intercept else 0.0)


@pytest.mark.statement("overfitting-least-norm")
def test_of_all_fits_without_training_error_the_least_norm_one_is_ridges_limit_and_gradient_descents():
    X = design("wide")
    y = np.random.default_rng(5).normal(size=len(X))
    fit = min_norm_fit(X, y)
    assert np.abs(fit.predict(X) - y).max() < 1e-12
    # every other one is longer
    null = np.linalg.svd(X - X.mean(0))[2][len(X) - 1 :]
    for step in np.random.default_rng(0).normal(size=(20, len(null))) @ null:
        other = fit.coef + step
        assert np.abs((X - X.mean(0)) @ other + y.mean() - y).max() < 1e-10
        assert other @ other > fit.coef @ fit.coef
    # ridge comes to it as lam falls
    far = [np.abs(ridge(X, y, lam).coef - fit.coef).max() for lam in (1e-1, 1e-3, 1e-5, 1e-8)]
    assert far == sorted(far, reverse=True) and far[-1] < 1e-6
    # so does gradient descent from zero, and from elsewhere it does not
    Xc, yc = X - X.mean(0), y - y.mean()
    rate = 0.9 * len(X) / np.linalg.norm(Xc, 2) ** 2
    v = null[0].copy()
    for _ in range(3000):
        v -= rate * 2 * Xc.T @ (Xc @ v - yc) / len(X)
    assert np.abs(gradient_descent(X, y, rate, 3000).coef - fit.coef).max() < 1e-10
    assert v == pytest.approx(fit.coef + null[0], abs=1e-10)


@pytest.mark.statement("overfitting-nested")
@pytest.mark.parametrize("seed", range(5))
def test_a_larger_hypothesis_space_never_has_a_larger_training_error(seed):
    rng = np.random.default_rng(seed)
    x = (1 - np.cos(np.pi * (np.arange(25) + 0.5) / 25)) / 2  # where interpolation loses no digits
    y = wave_signal(x) + 0.4 * rng.normal(size=25)
    errors = np.array([mse(y, min_norm_fit(polynomial_features(x, d), y).predict(polynomial_features(x, d))) for d in range(1, 25)])
    assert (np.diff(errors) <= 1e-12).all()
    assert errors[0] > 0.05
    assert errors[-1] < 1e-12  # degree n - 1: as many free numbers as points
    # and no other polynomial of that degree does better
    F = polynomial_features(x, 6)
    fit = min_norm_fit(F, y)
    for step in 0.01 * np.random.default_rng(0).normal(size=(50, 7)):
        assert mse(y, F @ (fit.coef + step[1:]) + fit.intercept + step[0]) > errors[5]


# -- the smoother ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("lam", [0.0, 1e-3, 0.1, 10.0])
@pytest.mark.parametrize("kind", KINDS)
def test_the_smoother_times_the_responses_is_the_ridge_prediction(kind, lam, fit_intercept):
    X = design(kind)
    rng = np.random.default_rng(2)
    y, X_new = rng.normal(size=len(X)), X[:1] + rng.normal(size=(7, X.shape[1]))
    fit = min_norm_fit(X, y, fit_intercept=fit_intercept) if lam == 0 else ridge(X, y, lam, fit_intercept=fit_intercept)
    H, H_new = smoother(X, lam, fit_intercept=fit_intercept), smoother(X, lam, X_new, fit_intercept=fit_intercept)
    assert H.shape == (len(X), len(X)) and H_new.shape == (7, len(X))
    assert H @ y == pytest.approx(fit.predict(X), rel=1e-7, abs=1e-9)
    assert H_new @ y == pytest.approx(fit.predict(X_new), rel=1e-7, abs=1e-9)
    assert H == pytest.approx(H.T, abs=1e-12)
    if fit_intercept:
        assert H.sum(axis=1) == pytest.approx(np.ones(len(X))) and H_new.sum(axis=1) == pytest.approx(np.ones(7))


def matrix_by_refits(X, lam, rows, fit_intercept):
    """H column by column: what is predicted where one response is 1 and all others are 0."""
    fits = [(ridge(X, e, lam, fit_intercept=fit_intercept) if lam else min_norm_fit(X, e, fit_intercept=fit_intercept))
            for e in np.eye(len(X))]  # fmt: skip
    return np.stack([fit.predict(rows) for fit in fits], axis=1)


@pytest.mark.statement("overfitting-smoother")
@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("kind", KINDS)
def test_bias_and_variance_are_what_the_matrix_says(kind, fit_intercept):
    X = design(kind)
    rng = np.random.default_rng(3)
    signal, X_new, signal_new = rng.normal(size=len(X)), X[:1] + rng.normal(size=(7, X.shape[1])), rng.normal(size=7)
    n, lams = len(X), [1.0, 0.0, 1e-3, 1.0]
    bias2, variance = bias_variance(X, signal, 0.49, lams, fit_intercept=fit_intercept)
    b_new, v_new = bias_variance(X, signal, 0.49, lams, X_new=X_new, signal_new=signal_new, fit_intercept=fit_intercept)
    assert bias2.shape == variance.shape == b_new.shape == v_new.shape == (4,)
    for i, lam in enumerate(lams):
        H, H_new = (matrix_by_refits(X, lam, rows, fit_intercept) for rows in (X, X_new))
        assert smoother(X, lam, fit_intercept=fit_intercept) == pytest.approx(H, rel=1e-6, abs=1e-9)
        assert smoother(X, lam, X_new, fit_intercept=fit_intercept) == pytest.approx(H_new, rel=1e-6, abs=1e-9)
        assert bias2[i] == pytest.approx(np.sum((H @ signal - signal) ** 2) / n, rel=1e-6, abs=1e-12)
        assert variance[i] == pytest.approx(0.49 * np.trace(H @ H.T) / n, rel=1e-6)
        assert optimism(X, 0.49, lam, fit_intercept=fit_intercept) == pytest.approx(2 * 0.49 * np.trace(H) / n)
        assert b_new[i] == pytest.approx(np.mean((H_new @ signal - signal_new) ** 2), rel=1e-6)
        assert v_new[i] == pytest.approx(0.49 * np.trace(H_new @ H_new.T) / 7, rel=1e-6)


@pytest.mark.statement("overfitting-traces")
@pytest.mark.parametrize("kind", ["tall", "wide", "low rank", "constant column"])
def test_variance_and_half_the_optimism_agree_for_least_squares_only(kind):
    X = design(kind)
    n = len(X)
    lams = [0.0, 1e-3, 0.1, 10.0]
    variance = bias_variance(X, np.zeros(n), 1.0, lams)[1]
    half = np.array([optimism(X, 1.0, lam) / 2 for lam in lams])
    assert variance[0] == pytest.approx(half[0])
    assert (variance[1:] < half[1:] - 1e-6).all()
    assert variance[1:] == pytest.approx([(1 + np.sum(shrinkage_factors(X, lam) ** 2)) / n for lam in lams[1:]])
    assert (np.diff(variance) < 0).all()
    assert half[1:] == pytest.approx((effective_dof(X, lams[1:]) + 1) / n)  # the intercept is the one
    assert half[0] == pytest.approx((np.linalg.matrix_rank(X - X.mean(0)) + 1) / n)
    assert (np.diff(half) < 0).all() and (half > 1 / n).all() and half[0] <= 1 + 1e-12


@pytest.mark.statement("overfitting-first-step")
@pytest.mark.parametrize("kind", ["tall", "wide", "low rank", "constant column", "one column", "far from zero"])
def test_the_first_bit_of_penalty_lowers_the_variance_and_leaves_the_bias(kind):
    X = design(kind)
    signal, n, noise_var = np.random.default_rng(6).normal(size=len(X)), len(X), 0.49
    s = np.linalg.svd(X - X.mean(0), compute_uv=False)
    s = s[s > 1e-9 * np.linalg.norm(X)]
    step = 1e-6 * s.min() ** 2 / n
    bias2, variance = bias_variance(X, signal, noise_var, [0.0, step, 2 * step])
    slope = (-3 * variance[0] + 4 * variance[1] - variance[2]) / (2 * step)
    assert slope == pytest.approx(-2 * noise_var * np.sum(1 / s**2), rel=1e-4)
    assert (bias2[1] - bias2[0]) < 1e-5 * (variance[0] - variance[1])
    bias2, variance = bias_variance(X, signal, noise_var, np.r_[0.0, s.min() ** 2 / n * np.logspace(-4, 0, 9)])
    assert (bias2 + variance)[1:].min() < (bias2 + variance)[0]
    assert bias2[-1] > bias2[0] >= 0  # later it does rise


# -- by simulation ---------------------------------------------------------------------------------------------


@pytest.mark.statement("overfitting-bias-variance")
@pytest.mark.parametrize("degree", DEGREES)
@pytest.mark.parametrize("lam", LAMS)
def test_bias_variance_and_noise_are_the_simulated_test_error(degree, lam):
    rng = np.random.default_rng([degree, int(1e6 * lam)])
    x, x_new = rng.uniform(size=25), rng.uniform(size=40)
    X, X_new, sd = polynomial_features(x, degree), polynomial_features(x_new, degree), 0.5
    f, f_new = wave_signal(x), wave_signal(x_new)
    for there, signal, extra in ((X, f, {}), (X_new, f_new, {"X_new": X_new, "signal_new": f_new})):
        bias2, variance = bias_variance(X, f, sd**2, [lam], **extra)
        _, predictions = refits(X, f, sd, lam, 1000, rng, there)
        responses = signal + sd * rng.normal(size=predictions.shape)
        tested = np.mean((responses - predictions) ** 2, axis=1)
        assert standard_errors_off(tested, bias2[0] + variance[0] + sd**2) < 3
        # each part alone: the spread around the mean curve, and how far that lies from the truth
        spread = len(predictions) / (len(predictions) - 1) * np.mean((predictions - predictions.mean(axis=0)) ** 2, axis=1)
        assert standard_errors_off(spread, variance[0]) < 3
        share = variance[0] / len(predictions)  # what is left of the variance in the mean curve
        most = 2 * np.sqrt((bias2[0] + share) * share)  # no less than the standard error of the next line's mean
        assert np.mean((predictions.mean(axis=0) - signal) ** 2) == pytest.approx(bias2[0] + share, abs=3 * most)


@pytest.mark.statement("overfitting-optimism")
@pytest.mark.parametrize("degree", DEGREES)
@pytest.mark.parametrize("lam", LAMS)
def test_the_optimism_is_the_simulated_gap_at_the_same_points(degree, lam):
    rng = np.random.default_rng([7, degree, int(1e6 * lam)])
    x = rng.uniform(size=25)
    X, f, sd = polynomial_features(x, degree), wave_signal(x), 0.5
    Y, predictions = refits(X, f, sd, lam, 1000, rng)
    again = f + sd * rng.normal(size=Y.shape)
    gaps = np.mean((again - predictions) ** 2, axis=1) - np.mean((Y - predictions) ** 2, axis=1)
    expected = optimism(X, sd**2, lam)
    assert standard_errors_off(gaps, expected) < 3
    # the definition by covariances, with far less noise: what y_i and its own prediction share
    shared = 2 * np.mean((Y - f) * predictions, axis=1)
    assert standard_errors_off(shared, expected) < 3


@pytest.mark.statement("overfitting-optimism")
def test_the_optimism_of_a_search_is_twice_its_covariance_though_no_matrix_gives_its_fits():
    rng = np.random.default_rng(17)
    unit = rng.normal(size=(12, 8))
    unit -= unit.mean(axis=0)
    unit /= np.linalg.norm(unit, axis=0)
    f, sd = np.linspace(-0.5, 0.5, 12), 0.8
    Y, again = f + sd * rng.normal(size=(2, 20_000, 12))
    slopes = Y @ unit
    best = abs(slopes).argmax(axis=1)  # the feature that fits these responses best
    predictions = Y.mean(axis=1, keepdims=True) + np.take_along_axis(slopes, best[:, None], axis=1) * unit[:, best].T
    gaps = np.mean((again - predictions) ** 2 - (Y - predictions) ** 2, axis=1)
    shared = 2 * np.mean((Y - f) * predictions, axis=1)
    assert standard_errors_off(gaps - shared, 0.0) < 3
    assert standard_errors_off(shared, 2 * sd**2 * 2 / 12) > 10  # more than the two weights that one feature fixed beforehand has


@pytest.mark.statement("overfitting-noise")
@pytest.mark.parametrize("p", [1, 10, 20, 29, 60])
def test_least_squares_learns_pure_noise_in_proportion_to_its_rank(p):
    rng = np.random.default_rng(p)
    n, sd = 30, 1.5
    X = rng.normal(size=(n, p))
    rank = min(p, n - 1)
    Y, predictions = refits(X, np.zeros(n), sd, 0.0, 1500, rng)
    training = np.mean((Y - predictions) ** 2, axis=1)
    again = np.mean((sd * rng.normal(size=Y.shape) - predictions) ** 2, axis=1)
    if rank == n - 1:
        assert training.max() < 1e-20
    else:
        assert standard_errors_off(training, sd**2 * (1 - (rank + 1) / n)) < 3
    assert standard_errors_off(again, sd**2 * (1 + (rank + 1) / n)) < 3
    bias2, variance = bias_variance(X, np.zeros(n), sd**2, [0.0])
    assert bias2[0] < 1e-20
    assert variance[0] == pytest.approx(sd**2 * (rank + 1) / n)
    assert optimism(X, sd**2, 0.0) == pytest.approx(2 * sd**2 * (rank + 1) / n)


@pytest.mark.statement("overfitting-winner")
def test_the_best_of_several_test_errors_is_too_good_on_average():
    rng = np.random.default_rng(11)
    degrees, sd = range(1, 9), 0.5
    grid = np.linspace(0, 1, 400)
    on_grid = [polynomial_features(grid, d) for d in degrees]
    reported, true, each = [], [], []
    for _ in range(400):
        x, y = wave(60, sd, rng)
        x_test, y_test = wave(20, sd, rng)
        fits = [min_norm_fit(polynomial_features(x, d), y) for d in degrees]
        tested = np.array([mse(y_test, fit.predict(polynomial_features(x_test, d))) for d, fit in zip(degrees, fits, strict=True)])
        exact = np.array([mse(wave_signal(grid), fit.predict(F)) for F, fit in zip(on_grid, fits, strict=True)])
        reported.append(tested.min())
        true.append(exact[tested.argmin()] + sd**2)
        each.append(tested[2] - exact[2] - sd**2)  # a degree that was fixed beforehand: degree 3
    assert standard_errors_off(np.array(each), 0.0) < 3
    off = np.array(reported) - np.array(true)
    assert off.mean() < -5 * off.std(ddof=1) / np.sqrt(len(off))


# -- beyond the U ----------------------------------------------------------------------------------------------


@pytest.mark.statement("overfitting-peak")
@pytest.mark.parametrize("p", [1, 5, 14, 26, 40, 100])
def test_the_least_norm_risk_is_the_simulated_one_on_normal_features(p):
    rng = np.random.default_rng(p)
    n, sd = 20, 0.7
    w = rng.normal(size=p)
    w *= 1.3 / np.linalg.norm(w)
    excess = []
    for _ in range(1500):
        X = rng.normal(size=(n, p))
        fit = min_norm_fit(X, X @ w + sd * rng.normal(size=n), fit_intercept=False)
        excess.append(np.sum((fit.coef - w) ** 2))  # the mean over a new standard normal x of (x'w_hat - x'w)^2
    assert standard_errors_off(np.array(excess), least_norm_risk(n, p, 1.3**2, sd**2)) < 3


@pytest.mark.statement("overfitting-peak")
def test_the_peak_is_infinite_next_to_p_equal_n_and_only_with_noise():
    risk = [least_norm_risk(20, p, 1.0, 0.1) for p in range(1, 60)]
    assert [p for p in range(1, 60) if np.isinf(risk[p - 1])] == [19, 20, 21]
    assert (np.diff(risk[:18]) > 0).all() and risk[22] > risk[40]
    assert [least_norm_risk(20, p, 1.0, 0.0) for p in (10, 19, 20, 21, 40)] == pytest.approx([0, 0, 0, 1 / 21, 0.5])
    # falling, then rising to norm2: too many features find nothing
    assert least_norm_risk(20, 10**7, 1.0, 0.1) == pytest.approx(1.0, rel=1e-4)
    assert least_norm_risk(20, 10**7, 1.0, 0.1) > min(risk[22:]) or min(risk[22:]) > 1


@pytest.mark.parametrize("p", [5, 14, 26, 60])
def test_the_average_of_the_risk_given_x_is_the_least_norm_risk(p):
    rng = np.random.default_rng(p)
    risks = np.array([isotropic_risk(rng.normal(size=(20, p)), 1.3, 0.4, [0.0])[0] for _ in range(1500)])
    assert standard_errors_off(risks, least_norm_risk(20, p, 1.3, 0.4)) < 3


@pytest.mark.parametrize("kind", ["tall", "wide", "low rank"])
def test_the_risk_given_x_is_the_simulated_one(kind):
    X = design(kind)
    n, p = X.shape
    rng = np.random.default_rng(8)
    lams = [0.0, 0.01, 0.3]
    risks = isotropic_risk(X, 2.0, 0.25, lams)
    for lam, risk in zip(lams, risks, strict=True):
        W = rng.normal(size=(p, 600))
        W *= np.sqrt(2.0) / np.linalg.norm(W, axis=0)
        coefs = ridge(X, X @ W + 0.5 * rng.normal(size=(n, 600)), lam, fit_intercept=False).coef
        assert standard_errors_off(np.sum((coefs - W) ** 2, axis=0), risk) < 3


def test_the_risk_given_x_is_a_part_in_proportion_to_the_signal_and_one_to_the_noise():
    X, lams = design("wide"), [0.0, 0.2]
    signal, noise = isotropic_risk(X, 1.0, 0.0, lams), isotropic_risk(X, 0.0, 1.0, lams)
    assert (signal > 0).all() and (noise > 0).all()
    assert isotropic_risk(X, 0.3, 0.6, lams) == pytest.approx(0.3 * signal + 0.6 * noise)


@pytest.mark.statement("overfitting-tuned-ridge")
@pytest.mark.parametrize("p", [5, 20, 21, 60])
def test_one_penalty_is_best_for_every_design_and_with_it_more_data_never_hurts(p):
    rng = np.random.default_rng(p)
    rows = rng.normal(size=(45, p)) * np.logspace(-1, 1, p)  # nothing is asked of X
    norm2, noise_var = 1.3, 0.4
    tuned, plain = [], []
    for n in range(1, 46):
        best = noise_var * p / (n * norm2)
        risk = isotropic_risk(rows[:n], norm2, noise_var, [best, 0.0])
        others = isotropic_risk(rows[:n], norm2, noise_var, best * np.array([0.5, 0.9, 1.1, 2.0]))
        assert (others > risk[0]).all()
        s2 = np.linalg.svd(rows[:n], compute_uv=False) ** 2
        short = noise_var * norm2 / p / (noise_var + norm2 / p * np.r_[s2, np.zeros(max(0, p - n))])
        assert risk[0] == pytest.approx(short.sum())
        tuned.append(risk[0])
        plain.append(risk[1])
    assert (np.diff(tuned) < 0).all() and max(tuned) < norm2
    assert (np.diff(plain) > 0).any()  # without it more data can hurt


# -- what is refused, what is kept -----------------------------------------------------------------------------

X0, F0 = np.arange(12.0).reshape(6, 2) ** 2, np.arange(6.0)
NAN = np.where(X0 == 4, np.nan, X0)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: polynomial_features([0.1, np.nan], 2), "x must be finite, got nan at index"),
        (lambda: polynomial_features([[0.1]], 2), "x must have 1 axes"),
        (lambda: polynomial_features([], 2), "x must not be empty"),
        (lambda: polynomial_features([0.1], 0), "degree must be an integer from 1, got 0"),
        (lambda: polynomial_features([0.1], 2.0), "degree must be an integer from 1, got 2.0"),
        (lambda: min_norm_fit(NAN, F0), "X must be finite"),
        (lambda: min_norm_fit(X0, F0[:4]), "y must have one value per row of X, got 4 values for 6 rows"),
        (lambda: min_norm_fit(X0, F0, fit_intercept="no"), "fit_intercept must be True or False, got 'no'"),
        (lambda: smoother(X0, -1.0), "lam must be a number in .*got -1.0"),
        (lambda: smoother(X0, np.inf), "lam must be a number in"),
        (lambda: smoother(X0, 1.0, X0[:, :1]), r"X_new must have 2 columns, as X has, got shape \(6, 1\)"),
        (lambda: smoother(X0, 1.0, NAN), "X_new must be finite"),
        (lambda: smoother(X0, 1.0, fit_intercept=1), "fit_intercept must be True or False"),
        (lambda: bias_variance(X0, F0[:4], 1.0, [1.0]), "signal must have 6 values, one per row of its features, got 4"),
        (lambda: bias_variance(X0, np.r_[F0[:5], np.inf], 1.0, [1.0]), "signal must be finite"),
        (lambda: bias_variance(X0, F0, -1.0, [1.0]), "noise_var must be a number in .*got -1.0"),
        (lambda: bias_variance(X0, F0, np.nan, [1.0]), "noise_var must be a number"),
        (lambda: bias_variance(X0, F0, 1.0, 1.0), "lams must have 1 axes"),
        (lambda: bias_variance(X0, F0, 1.0, [1.0, -2.0]), "lams must be at least 0, got -2"),
        (lambda: bias_variance(X0, F0, 1.0, []), "lams must not be empty"),
        (lambda: bias_variance(X0, F0, 1.0, [1.0], X_new=X0), "X_new and signal_new must be given together"),
        (lambda: bias_variance(X0, F0, 1.0, [1.0], X_new=X0, signal_new=F0[:3]), "signal_new must have 6 values"),
        (lambda: optimism(X0, -0.5, 1.0), "noise_var must be a number"),
        (lambda: optimism(NAN, 0.5, 1.0), "X must be finite"),
        (lambda: least_norm_risk(0, 5, 1.0, 1.0), "n must be an integer from 1, got 0"),
        (lambda: least_norm_risk(5, 2.5, 1.0, 1.0), "p must be an integer from 1, got 2.5"),
        (lambda: least_norm_risk(5, 2, -1.0, 1.0), "norm2 must be a number"),
        (lambda: least_norm_risk(5, 2, 1.0, -1.0), "noise_var must be a number"),
        (lambda: isotropic_risk(X0, -1.0, 1.0, [0.0]), "norm2 must be a number"),
        (lambda: isotropic_risk(X0, 1.0, -1.0, [0.0]), "noise_var must be a number"),
        (lambda: isotropic_risk(X0, 1.0, 1.0, [np.nan]), "lams must be finite"),
    ],
)
def test_bad_input_is_refused_by_name(call, said):
    with pytest.raises(ValueError, match=said):
        call()


@pytest.mark.parametrize("size", [1e-180, 1e150])
def test_numbers_whose_squares_do_not_fit_are_no_trouble(size):
    X, f = design("tall"), np.random.default_rng(1).normal(size=30)
    assert smoother(size * X, 0.0) == pytest.approx(smoother(X, 0.0), abs=1e-12)
    assert bias_variance(size * X, f, 1.0, [0.0]) == pytest.approx(np.array(bias_variance(X, f, 1.0, [0.0])))
    assert size * min_norm_fit(size * X, f).coef == pytest.approx(min_norm_fit(X, f).coef)


def test_float32_stays_float32():
    X = design("tall")
    single = X.astype(np.float32)
    assert smoother(single, 0.1).dtype == np.float32 and min_norm_fit(single, single[:, 0]).coef.dtype == np.float32
    assert smoother(single, 0.1) == pytest.approx(smoother(X, 0.1), abs=1e-5)


def test_what_is_passed_in_is_not_changed():
    X, f = design("tall"), np.arange(30.0)
    kept = X.copy(), f.copy()
    min_norm_fit(X, f), smoother(X, 0.1, X), isotropic_risk(X, 1.0, 1.0, [0.1])
    bias_variance(X, f, 1.0, [0.0, 1.0], X_new=X, signal_new=f)
    assert (X == kept[0]).all() and (f == kept[1]).all()


# -- the exercises' checks -------------------------------------------------------------------------------------


def screened(X, y, keep, folds, leak):
    """Predictions of left-out folds by nearest neighbour on the features that correlate best, chosen inside or with everything."""

    def best(X, y):
        return np.argsort([-abs(np.corrcoef(column, y)[0, 1]) for column in X.T])[:keep]

    predicted = np.zeros(len(y))
    for fold in np.unique(folds):
        out = folds == fold
        columns = best(X, y) if leak else best(X[~out], y[~out])
        for i in np.flatnonzero(out):
            predicted[i] = y[~out][np.linalg.norm(X[~out][:, columns] - X[i, columns], axis=1).argmin()]
    return predicted


def features_curve(n, total, norm2, noise_var, missed_is_noise=True):
    share = norm2 / total
    return [least_norm_risk(n, p, share * p, noise_var + share * (total - p) * missed_is_noise) + share * (total - p) + noise_var
            for p in range(1, total + 1)]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "right", "wrong"),
    [
        ("gap", lambda y, a, z, b: mse(z, b) - mse(y, a),
         [lambda y, a, z, b: mse(y, a) - mse(z, b), lambda y, a, z, b: mse(z, b),
          lambda y, a, z, b: abs(z - b).mean() - abs(y - a).mean()]),
        ("variance", lambda H, v: v * np.trace(H @ H.T) / len(H),
         [lambda H, v: v * np.trace(H) / len(H), lambda H, v: v * np.trace(H @ H.T), lambda H, v: v * np.trace(H) ** 2 / len(H)]),
        ("corrected", lambda y, H, v: mse(y, H @ y) + 2 * v * np.trace(H) / len(y),
         [lambda y, H, v: mse(y, H @ y) + v * np.trace(H) / len(y), lambda y, H, v: mse(y, H @ y) + 2 * v * np.sum(H**2) / len(y),
          lambda y, H, v: mse(y, H @ y) - 2 * v * np.trace(H) / len(y)]),
        ("scale", lambda X, Z: Standardizer.fit(X).transform(Z),
         [lambda X, Z: (Z - Z.mean(0)) / (Z.std(0) + 1e-12), lambda X, Z: Standardizer.fit(np.r_[X, Z]).transform(Z),
          lambda X, Z: (Z - X.mean(0)) / X.std(0, ddof=1), lambda X, Z: Standardizer.fit(X).transform(X)]),
        ("screening", lambda *case: screened(*case, leak=False),
         [lambda *case: screened(*case, leak=True), lambda X, y, k, f: 0 * y]),
        ("curve", features_curve, [lambda *case: features_curve(*case, missed_is_noise=False),
                                   lambda n, t, s, v: [least_norm_risk(n, p, s, v) + v for p in range(1, t + 1)]]),
    ],
)  # fmt: skip
def test_a_check_accepts_the_right_answer_and_no_plausible_wrong_one(name, right, wrong, capsys):
    check(f"overfitting-{name}", right)
    assert capsys.readouterr().out == "Right.\n"
    for answer in [*wrong, lambda *case: None, 3.0]:
        check(f"overfitting-{name}", answer)
        assert capsys.readouterr().out.startswith("Not yet: ")


def test_the_risk_averaged_over_truths_holds_for_columns_in_several_units():
    X = np.random.default_rng(3).normal(size=(12, 5)) * [1e4, 1.0, 1.0, 30.0, 1e-3]
    lams = np.array([0.0, 1e-8, 0.3, 1e3])
    expected = []
    for lam in lams:
        T = np.linalg.lstsq(np.r_[X, np.sqrt(12 * lam) * np.eye(5)], np.r_[np.eye(12), np.zeros((5, 12))], rcond=1e-14)[0]
        expected.append(2.0 / 5 * np.sum((np.eye(5) - T @ X) ** 2) + 0.5 * np.sum(T**2))
    assert isotropic_risk(X, 2.0, 0.5, lams) == pytest.approx(expected, rel=1e-7)
