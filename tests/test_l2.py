"""Ridge regression against scikit-learn, exact arithmetic, optimality conditions and simulation."""

from fractions import Fraction

import numpy as np
import pytest
from conftest import KINDS, ONE_OVERFLOWS, problem
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import Ridge

from reglesson.l2 import effective_dof, gcv, loo_errors, ridge, ridge_path, ridge_regression, shrinkage_factors
from reglesson.linear import LinearFit, center, mse, penalized_loss
from reglesson.network import MLP, SGD, Adam, AdamW

LAMS = np.logspace(-8, 8, 33)


def far(a, b):
    """The largest difference of two arrays, as a share of the largest entry."""
    return np.abs(a - b).max() / np.abs(b).max()


# -- the solution ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("kind", KINDS)
def test_ridge_is_scikit_learns_with_alpha_n_lam(kind, fit_intercept):
    X, y = problem(kind)
    deficient = kind in ("low rank", "constant column") and not (kind == "constant column" and not fit_intercept)
    for lam in LAMS:
        fit = ridge(X, y, lam, fit_intercept=fit_intercept)
        theirs = Ridge(alpha=len(X) * lam, fit_intercept=fit_intercept, solver="svd").fit(X, y)
        assert far(fit.predict(X), theirs.predict(X)) < 1e-8
        # where X lacks directions, scikit-learn keeps their rounding errors: at lam = 1e-8 its weights are off by 1e-6
        if not deficient or lam >= 1e-5:
            assert far(fit.coef, theirs.coef_) < 1e-8
            assert fit.intercept == pytest.approx(theirs.intercept_, rel=1e-8, abs=1e-8)


def with_a_copy(rng):
    X = rng.normal(size=(50, 4))
    return np.c_[X[:, 1], X[:, 1:]], [1, 0, 1, 1]


def in_inches(rng):
    X = rng.normal(170, 9, size=(50, 3))
    return np.c_[X[:, 0] / 2.54, X], [1, 0, 1, 1]


def three_clinics(rng):
    return np.c_[np.eye(3)[rng.integers(0, 3, 60)], rng.normal(size=(60, 2))], [0, 0, 1, 1, 1]


@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("make", [with_a_copy, in_inches, three_clinics])
@pytest.mark.parametrize("weighted", [False, True])
def test_a_penalized_column_that_free_ones_make_has_no_weight_and_takes_none_from_others(make, weighted, fit_intercept):
    for rng in np.random.default_rng(9).spawn(30):
        X, factors = make(rng)
        n, p = X.shape
        y, weights = X.sum(axis=1) + rng.normal(size=n), rng.uniform(0.5, 2, n) if weighted else np.ones(n)
        shares = weights / weights.sum()
        A, b = X - fit_intercept * (shares @ X), y - fit_intercept * (shares @ y)
        root = np.sqrt(n * shares)
        # the penalty as more rows, solved as plain least squares
        rows, zeros = np.diag(np.sqrt(n * 0.7 * np.array(factors))), np.zeros(p)
        wanted = np.linalg.lstsq(np.r_[root[:, None] * A, rows], np.r_[root * b, zeros])[0]
        options = {"fit_intercept": fit_intercept, "penalty_factors": factors, "sample_weight": weights if weighted else None}
        assert ridge(X, y, 0.7, **options).coef == pytest.approx(wanted, rel=1e-7, abs=1e-9)
        assert ridge(np.float32(X), np.float32(y), 0.7, **options).coef == pytest.approx(wanted, rel=1e-3, abs=1e-4)


def exact_ridge(X, y, lam):
    """(X'X + n lam I)^-1 X'y without an intercept, in rational arithmetic and then rounded once."""
    X, y = [[Fraction(v) for v in row] for row in X.tolist()], [Fraction(v) for v in y.tolist()]
    n, p = len(X), len(X[0])
    A = [[sum(X[i][j] * X[i][k] for i in range(n)) + (n * Fraction(lam) if j == k else 0) for k in range(p)] for j in range(p)]
    b = [sum(X[i][j] * y[i] for i in range(n)) for j in range(p)]
    for j in range(p):
        for k in range(p):
            if k != j:
                factor = A[k][j] / A[j][j]
                A[k] = [u - factor * v for u, v in zip(A[k], A[j], strict=True)]
                b[k] -= factor * b[j]
    return np.array([float(b[j] / A[j][j]) for j in range(p)])


@pytest.mark.parametrize("lam", [1e-8, 1e-4, 1.0, 1e8])
def test_ridge_agrees_with_exact_arithmetic_where_columns_repeat(lam):
    rng = np.random.default_rng(1)
    X = rng.normal(size=(12, 3))
    X, y = np.c_[X, X[:, :2]], rng.normal(size=12)
    assert far(ridge(X, y, lam, fit_intercept=False).coef, exact_ridge(X, y, lam)) < 1e-12


@pytest.mark.statement("l2-closed-form")
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("lam", [1e-3, 0.1, 10.0])
def test_ridge_solves_the_closed_form_and_no_nearby_point_is_better(kind, lam):
    X, y = problem(kind)
    n, p = X.shape
    fit = ridge(X, y, lam)
    Xc, yc = X - X.mean(0), y - y.mean()
    assert fit.coef == pytest.approx(np.linalg.solve(Xc.T @ Xc + n * lam * np.eye(p), Xc.T @ yc), rel=1e-9, abs=1e-12)
    for lams in ([lam], [lam, 1e-12]):  # with and without a penalty that is small
        path = ridge_path(X, y, lams)
        assert far(path.coefs[0], fit.coef) < 1e-7 and path.intercepts[0] == pytest.approx(fit.intercept, rel=1e-7)
    error = X @ fit.coef + fit.intercept - y
    assert np.abs(2 * X.T @ error / n + 2 * lam * fit.coef).max() < 1e-9 * max(1, np.abs(X.T @ y).max() / n)
    assert abs(error.mean()) < 1e-10
    best = penalized_loss(X, y, fit, lam)
    rng = np.random.default_rng(2)
    for _ in range(20):
        other = type(fit)(fit.coef + 1e-2 * rng.normal(size=p), fit.intercept + 1e-2 * rng.normal())
        assert penalized_loss(X, y, other, lam) > best


@pytest.mark.statement("l2-dual")
def test_with_more_columns_than_rows_a_system_of_size_n_is_enough():
    X, y = problem("wide")
    n = len(X)
    Xc, yc = X - X.mean(0), y - y.mean()
    for lam in (1e-4, 0.1, 10.0):
        dual = Xc.T @ np.linalg.solve(Xc @ Xc.T + n * lam * np.eye(n), yc)
        assert far(ridge(X, y, lam).coef, dual) < 1e-9
    for lam in (0.1, 10.0):  # not too small for the path to factor XX', which has one row per sample
        dual = Xc.T @ np.linalg.solve(Xc @ Xc.T + n * lam * np.eye(n), yc)
        assert far(ridge_path(X, y, [lam]).coefs[0], dual) < 1e-9


@pytest.mark.statement("l2-limits")
@pytest.mark.parametrize("kind", KINDS)
def test_the_limits_are_the_least_squares_weights_of_least_norm_and_the_mean(kind):
    X, y = problem(kind)
    least = np.linalg.pinv(X - X.mean(0)) @ (y - y.mean())
    assert ridge(X, y, 0.0).coef == pytest.approx(least, rel=1e-9, abs=1e-12)
    assert ridge(X, y, 0.0).predict(X) == pytest.approx(y.mean() + (X - X.mean(0)) @ least, rel=1e-7)
    near = ridge(X, y, 1e-10)
    assert far(near.coef, least) < 1e-5
    heavy = ridge(X, y, 1e10)
    assert np.abs(heavy.coef).max() < 1e-6
    assert heavy.intercept == pytest.approx(y.mean(), rel=1e-6)


@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("kind", KINDS)
def test_a_path_is_ridge_at_each_penalty_in_the_callers_order(kind, fit_intercept):
    X, y = problem(kind)
    for lams in ([3.0, 0.0, 1e-8, 1e8, 3.0], [1e-2, 1.0, 50.0]):  # singular values; eigenvalues
        path = ridge_path(X, y, lams, fit_intercept=fit_intercept)
        assert path.coefs.shape == (len(lams), X.shape[1]) and path.lams.tolist() == lams
        for i, lam in enumerate(lams):
            fit = ridge(X, y, lam, fit_intercept=fit_intercept)
            assert path.coefs[i] == pytest.approx(fit.coef, rel=1e-7, abs=1e-9 * np.abs(fit.coef).max())
            assert path.intercepts[i] == pytest.approx(fit.intercept, rel=1e-8)


@pytest.mark.parametrize("kind", ["tall", "wide"])
@pytest.mark.parametrize("lams", [np.logspace(-8, 2, 100), np.logspace(-1, 2, 100)])
def test_a_path_factors_once(kind, lams, monkeypatch):
    X, y = problem(kind)
    calls = []
    for name in ("svd", "eigh", "solve", "inv", "lstsq", "qr", "cholesky"):
        made = getattr(np.linalg, name)
        monkeypatch.setattr(np.linalg, name, lambda *a, made=made, name=name, **k: (calls.append(name), made(*a, **k))[1])
    ridge_path(X, y, lams)
    assert calls in (["eigh"], ["svd"], ["qr", "svd"])  # where rows are many, their triangle is factored


@pytest.mark.parametrize("kind", ["tall", "wide"])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_path_squares_the_data_unless_a_penalty_is_a_small_share_of_the_squares(kind, dtype, monkeypatch):
    X, y = (a.astype(dtype) for a in problem(kind))
    squares = ((X - X.mean(0)) ** 2).sum()
    used = []
    for name in ("svd", "eigh"):
        made = getattr(np.linalg, name)
        monkeypatch.setattr(np.linalg, name, lambda *a, made=made, name=name, **k: (used.append(name), made(*a, **k))[1])
    for share in (0.9e-6, 1.1e-6):
        ridge_path(X, y, np.array([1, share]) * squares / len(X))
    assert used == ["svd", "eigh"]


def test_float32_stays_float32():
    X, y = problem("tall")
    for lam in (1e-6, 1.0):
        single = ridge(X.astype(np.float32), y.astype(np.float32), lam).coef
        path = ridge_path(X.astype(np.float32), y.astype(np.float32), [lam]).coefs[0]
        assert single.dtype == path.dtype == np.float32
        assert far(single, ridge(X, y, lam).coef) < 1e-4
        assert far(path, ridge(X, y, lam).coef) < 1e-4


# -- what the chapter states -----------------------------------------------------------------------------------


@pytest.mark.statement("l2-intercept")
@pytest.mark.parametrize("kind", KINDS)
def test_shifting_the_response_moves_the_intercept_only(kind):
    X, y = problem(kind)
    fit, moved = ridge(X, y, 0.3), ridge(X, y + 100, 0.3)
    assert moved.coef == pytest.approx(fit.coef, rel=1e-9, abs=1e-12)
    assert moved.intercept == pytest.approx(fit.intercept + 100, rel=1e-12)
    shifted = ridge(X + 10, y, 0.3)
    assert shifted.coef == pytest.approx(fit.coef, rel=1e-9, abs=1e-12)
    # for any weights, the best intercept and what the loss is with it
    Xc, yc = center(X, y)[:2]
    for w in (fit.coef, np.random.default_rng(0).normal(size=X.shape[1])):
        best = LinearFit(w, y.mean() - X.mean(0) @ w)
        loss = penalized_loss(X, y, best, 0.3)
        assert loss == pytest.approx(penalized_loss(Xc, yc, LinearFit(w, 0.0), 0.3), rel=1e-9)
        assert min(penalized_loss(X, y, LinearFit(w, best.intercept + step), 0.3) for step in (-0.01, 0.01)) > loss
    assert fit.intercept == pytest.approx(y.mean() - X.mean(0) @ fit.coef, rel=1e-9)
    ones = np.c_[np.ones(len(X)), X]
    assert abs(ridge(ones, y + 100, 0.3, fit_intercept=False).coef[0] - ridge(ones, y, 0.3, fit_intercept=False).coef[0] - 100) > 1


@pytest.mark.statement("l2-shrinkage")
@pytest.mark.parametrize("kind", KINDS)
def test_along_each_direction_the_fit_is_the_factor_times_least_squares(kind):
    X, y = problem(kind)
    Xc = X - X.mean(0)
    for lam in (1e-3, 0.1, 10.0):
        factors = shrinkage_factors(X, lam)
        U = np.linalg.svd(Xc, full_matrices=False)[0][:, : len(factors)]
        least = U.T @ (ridge(X, y, 0.0).predict(X) - y.mean())
        kept = U.T @ (ridge(X, y, lam).predict(X) - y.mean())
        assert kept == pytest.approx(factors * least, rel=1e-7, abs=1e-9)
        assert (np.diff(factors) <= 0).all() and (0 < factors).all() and (factors < 1).all()


@pytest.mark.statement("l2-dof")
@pytest.mark.parametrize("kind", KINDS)
def test_effective_degrees_of_freedom_are_the_trace_of_the_smoother(kind):
    X, y = problem(kind)
    n, p = X.shape
    Xc = X - X.mean(0)
    lams = np.array([1e-3, 0.1, 10.0])
    for lam, dof in zip(lams, effective_dof(X, lams), strict=True):
        H = Xc @ np.linalg.solve(Xc.T @ Xc + n * lam * np.eye(p), Xc.T)
        assert dof == pytest.approx(np.trace(H), rel=1e-8)
        assert ridge(X, y, lam).predict(X) == pytest.approx(y.mean() + H @ (y - y.mean()), rel=1e-7, abs=1e-9)
        assert dof == pytest.approx(shrinkage_factors(X, lam).sum())
        # the same by asking how far each fitted value follows its own response
        eye = np.eye(n)
        follows = sum((ridge(X, y + eye[i], lam).predict(X) - ridge(X, y, lam).predict(X))[i] for i in range(n))
        assert follows == pytest.approx(dof + 1, rel=1e-7)  # the intercept is one more
    assert effective_dof(X, [0.0])[0] == pytest.approx(np.linalg.matrix_rank(Xc))


def test_of_two_rows_each_is_left_out_and_of_one_none_can_be():
    X, y = np.array([[0.0], [1.0]]), np.array([1.0, 3.0])
    assert loo_errors(X, y, [1.0]) == pytest.approx(np.array([[-2, 2]]))  # what one row says of the other is its own response
    # the column has square 1/2 and n lam = 2: a fifth of the deviations is kept, by 1.2 degrees of freedom
    assert gcv(X, y, [1.0]) == pytest.approx([0.8**2 / (1 - 1.2 / 2) ** 2])
    for score in (loo_errors, gcv):
        with pytest.raises(ValueError, match=r"X must have at least two rows.*got shape \(1, 1\)"):
            score(X[:1], y[:1], [1.0])


def test_directions_of_unequal_variance_keep_less_together_than_equal_ones():
    for seed in range(20):
        rng = np.random.default_rng(seed)
        X = rng.normal(size=(30, 5)) @ rng.normal(size=(5, 5))
        X = (X - X.mean(0)) / X.std(0)
        equal = np.linalg.qr(X)[0] * np.sqrt(30)
        assert effective_dof(equal, [1.0])[0] == pytest.approx(2.5)
        assert effective_dof(X, [1.0])[0] < 2.4


@pytest.mark.statement("l2-weight-decay")
def test_a_gradient_step_shrinks_and_then_follows_the_loss():
    X, y = problem("tall")
    X = X - X.mean(0)
    lam, rate = 0.3, 0.02
    w, b = np.zeros(X.shape[1]), 0.0
    for _ in range(7):
        error = X @ w + b - y
        w, b = (1 - 2 * rate * lam) * w - rate * 2 * X.T @ error / len(X), b - rate * 2 * error.mean()
    steps = ridge_regression(X, y, lam, epochs=7, learning_rate=rate)
    assert steps.coef == pytest.approx(w, rel=1e-12) and steps.intercept == pytest.approx(b, rel=1e-12)
    # the same steps by a network without hidden layers, with the penalty in its loss or as decay
    for l2, decay in ((lam, 0.0), (0.0, 2 * lam)):
        network, sgd = MLP([X.shape[1], 1], np.random.default_rng(0)), SGD(rate, weight_decay=decay)
        network.weights[0][:] = 0
        for _ in range(7):
            sgd.step(network, *network.loss_and_grads(X, y, l2=l2)[1:])
        assert network.weights[0][:, 0] == pytest.approx(w, rel=1e-10) and network.biases[0] == pytest.approx(b, rel=1e-10)


def test_gradient_descent_follows_the_gradient_of_the_loss():
    X, y = problem("tall")
    lam, tiny = 0.3, 1e-6
    one = ridge_regression(X, y, lam, epochs=1, learning_rate=tiny)
    two = ridge_regression(X, y, lam, epochs=2, learning_rate=tiny)

    def loss(w, b):
        return mse(y, X @ w + b) + lam * w @ w

    h = 1e-5
    for j in range(X.shape[1]):
        e = h * np.eye(X.shape[1])[j]
        slope = (loss(one.coef + e, one.intercept) - loss(one.coef - e, one.intercept)) / (2 * h)
        assert (one.coef - two.coef)[j] / tiny == pytest.approx(slope, rel=1e-4)


def test_gradient_descent_arrives_at_ridge_or_at_the_fit_with_a_penalized_intercept():
    X, y = problem("tall")
    X = X - 3
    lam = 0.3
    long = ridge_regression(X, y, lam, epochs=4000, learning_rate=0.1)
    exact = ridge(X, y, lam)
    assert far(long.coef, exact.coef) < 1e-10 and long.intercept == pytest.approx(exact.intercept, rel=1e-10)
    ones = np.c_[np.ones(len(X)), X]
    taxed = ridge_regression(X, y, lam, epochs=4000, learning_rate=0.1, penalize_intercept=True)
    wrong = ridge(ones, y, lam, fit_intercept=False)
    assert np.r_[taxed.intercept, taxed.coef] == pytest.approx(wrong.coef, rel=1e-9)
    assert ridge_regression(X, y, lam, epochs=0).coef.tolist() == [0.0] * X.shape[1]


def test_gradient_descent_takes_a_thousand_steps_of_a_hundredth_if_not_told_otherwise():
    X, y = problem("scales", widest=0)
    usual, told = ridge_regression(X, y, 1e-3), ridge_regression(X, y, 1e-3, epochs=1000, learning_rate=0.01)
    assert usual.coef.tolist() == told.coef.tolist() and usual.intercept == told.intercept


@pytest.mark.parametrize(("X", "y"), ONE_OVERFLOWS)
def test_one_number_that_overflows_is_enough_to_be_refused(X, y):
    with pytest.raises(ValueError, match="the weights overflow"):
        ridge_regression(X, y, 0.0, epochs=2, learning_rate=1e150)


@pytest.mark.statement("l2-monotone")
@pytest.mark.parametrize("kind", KINDS)
def test_a_larger_penalty_gives_smaller_weights_and_a_larger_training_error(kind):
    X, y = problem(kind)
    path = ridge_path(X, y, np.logspace(-6, 6, 60))
    assert (np.diff(np.linalg.norm(path.coefs, axis=1)) < 0).all()
    assert (np.diff(mse(y, path.predict(X))) > -1e-12).all()
    assert (np.diff(effective_dof(X, path.lams)) < 0).all()


@pytest.mark.statement("l2-circle")
def test_ridge_is_the_best_fit_within_its_own_circle():
    X, y = problem("tall")
    for lam in (0.01, 0.3, 5.0):
        fit = ridge(X, y, lam)
        radius, error = np.linalg.norm(fit.coef), mse(y, fit.predict(X))
        rng = np.random.default_rng(0)
        for scale in (1e-3, 0.1, 1.0):
            w = fit.coef + scale * rng.normal(size=(500, X.shape[1]))
            w *= np.minimum(1, radius / np.linalg.norm(w, axis=1))[:, None]
            b = y.mean() - w @ X.mean(0)
            assert mse(y, w @ X.T + b[:, None]).min() > error


@pytest.mark.statement("l2-map")
def test_ridge_is_where_the_posterior_density_is_highest():
    X, y = problem("tall")
    n, p = X.shape
    sigma, tau = 1.3, 0.4
    lam = sigma**2 / (n * tau**2)

    def minus_log_posterior(w, b):
        return np.sum((y - X @ w - b) ** 2) / (2 * sigma**2) + w @ w / (2 * tau**2)

    # where the gradient is zero: solve the normal equations of w and b together
    Z = np.c_[X, np.ones(n)]
    prior = np.diag(np.r_[np.full(p, 1 / tau**2), 0])
    both = np.linalg.solve(Z.T @ Z / sigma**2 + prior, Z.T @ y / sigma**2)
    fit = ridge(X, y, lam)
    assert np.r_[fit.coef, fit.intercept] == pytest.approx(both, rel=1e-9)
    best = minus_log_posterior(fit.coef, fit.intercept)
    rng = np.random.default_rng(0)
    for step in 0.1 * rng.normal(size=(50, p + 1)):
        assert minus_log_posterior(fit.coef + step[:p], fit.intercept + step[p]) > best


@pytest.mark.statement("l2-twins")
@settings(max_examples=30, deadline=None)
@given(st.integers(2, 5), st.floats(1e-6, 1e3), st.integers(0, 10**6))
def test_equal_columns_get_equal_weights(copies, lam, seed):
    rng = np.random.default_rng(seed)
    x, other, y = rng.normal(size=(3, 20))
    coef = ridge(np.c_[np.tile(x[:, None], copies), other], y, lam).coef
    assert np.ptp(coef[:copies]) <= 1e-9 * max(np.abs(coef).max(), 1e-12)
    # m equal columns act as one column that is taxed an m-th as hard
    X = np.c_[x - x.mean(), other - other.mean()]
    alone = np.linalg.solve(X.T @ X + 20 * lam * np.diag([1 / copies, 1]), X.T @ (y - y.mean()))
    assert [coef[:copies].sum(), coef[-1]] == pytest.approx(alone, rel=1e-6, abs=1e-9)


@pytest.mark.statement("l2-beats-least-squares")
def test_a_small_enough_penalty_lowers_the_expected_error_of_the_weights():
    rng = np.random.default_rng(3)
    X = rng.normal(size=(40, 3))
    X[:, 2] = X[:, 1] + 0.1 * X[:, 2]
    X -= X.mean(0)
    truth, sigma = np.array([1.0, 0.5, -0.3]), 1.0
    n = len(X)

    def expected_error(lam):
        A = np.linalg.solve(X.T @ X + n * lam * np.eye(3), X.T)
        bias = A @ X @ truth - truth
        return bias @ bias + sigma**2 * np.trace(A @ A.T)

    highest = 2 * sigma**2 / (n * truth @ truth)
    least_squares = expected_error(0.0)
    for lam in highest * np.array([1e-3, 0.1, 0.5, 1.0]):
        assert expected_error(lam) < least_squares
    # the formula itself, by simulation within three standard errors
    lam = highest / 2
    Y = X @ truth + sigma * rng.normal(size=(4000, n))
    errors = np.array([((ridge(X, y, lam).coef - truth) ** 2).sum() for y in Y])
    assert abs(errors.mean() - expected_error(lam)) < 3 * errors.std(ddof=1) / np.sqrt(len(errors))


def test_ridge_never_gives_an_exact_zero():
    X, y = problem("tall")
    assert (ridge_path(X, y, LAMS).coefs != 0).all()


def test_other_units_change_the_ridge_fit_and_not_least_squares():
    X, y = problem("tall")
    other = X * np.r_[1000, np.ones(X.shape[1] - 1)]
    assert ridge(other, y, 0.0).predict(other) == pytest.approx(ridge(X, y, 0.0).predict(X), rel=1e-8)
    assert np.abs(ridge(other, y, 1.0).predict(other) - ridge(X, y, 1.0).predict(X)).max() > 0.01


# -- what is refused -------------------------------------------------------------------------------------------

X0, Y0 = np.arange(12.0).reshape(6, 2) ** 2, np.arange(6.0)
NAN = np.where(X0 == 4, np.nan, X0)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: ridge(NAN, Y0, 1.0), "X must be finite, got nan at index"),
        (lambda: ridge(X0, np.r_[Y0[:5], np.inf], 1.0), "y must be finite, got inf"),
        (lambda: ridge(X0, Y0[:4], 1.0), "y must have one value per row of X, got 4 values for 6 rows"),
        (lambda: ridge(X0[:, 0], Y0, 1.0), "X must have 2 axes"),
        (lambda: ridge(X0[:0], Y0[:0], 1.0), "X must not be empty"),
        (lambda: ridge(X0, Y0, -1.0), "lam must be a number in .*got -1.0"),
        (lambda: ridge(X0, Y0, np.nan), "lam must be a number"),
        (lambda: ridge(X0, Y0, "1"), "lam must be a number"),
        (lambda: ridge(X0, Y0, [1.0]), "lam must be a number"),
        (lambda: ridge(X0, Y0, 1.0, fit_intercept="no"), "fit_intercept must be True or False, got 'no'"),
        (lambda: ridge([["a", "b"]], [1.0], 1.0), "X must be an array of real numbers"),
        (lambda: ridge_path(X0, Y0, []), "lams must not be empty"),
        (lambda: ridge_path(X0, Y0, 1.0), "lams must have 1 axes"),
        (lambda: ridge_path(X0, Y0, [1.0, -2.0]), "lams must be at least 0, got -2"),
        (lambda: ridge_path(X0, Y0, [1.0, np.inf]), "lams must be finite"),
        (lambda: effective_dof(X0, [-1.0]), "lams must be at least 0"),
        (lambda: shrinkage_factors(NAN, 1.0), "X must be finite"),
        (lambda: ridge_regression(X0, Y0, -0.1), "lambda_val must be a number"),
        (lambda: ridge_regression(X0, Y0, 0.1, epochs=1.5), "epochs must be an integer from 0, got 1.5"),
        (lambda: ridge_regression(X0, Y0, 0.1, learning_rate=0.0), "learning_rate must be a number in"),
        (lambda: ridge_regression(X0, Y0, 0.1, learning_rate=1.0), "learning_rate must be small enough"),
    ],
)
def test_bad_input_is_refused_by_name(call, said):
    with pytest.raises(ValueError, match=said):
        call()


def test_what_is_passed_in_is_not_changed():
    X, y = problem("tall")
    kept = X.copy(), y.copy()
    ridge(X, y, 1.0), ridge_path(X, y, [0.0, 1.0]), ridge_regression(X, y, 0.1, epochs=2, learning_rate=1e-3)
    assert (X == kept[0]).all() and (y == kept[1]).all()


# -- optimizers ------------------------------------------------------------------------------------------------


def run_adam(X, y, lam, decoupled, steps=10000, rate=0.02):
    """Full-batch Adam with the L2 penalty in the loss, or AdamW with decay 2 lam, from zero, with steps that become small."""
    network = MLP([X.shape[1], 1], np.random.default_rng(0))
    network.weights[0][:] = 0
    adam = AdamW(rate, beta2=0.99, eps=1e-12, weight_decay=2 * lam) if decoupled else Adam(rate, beta2=0.99, eps=1e-12)
    for t in range(steps):
        adam.learning_rate = rate / (1 + t / 500)
        weight_grads = network.loss_and_grads(X, y, l2=0.0 if decoupled else lam)[1]
        adam.step(network, weight_grads, [np.zeros(1)])  # on centred data the best intercept is zero
    return network.weights[0][:, 0]


@pytest.mark.statement("l2-adam")
def test_adam_with_a_penalty_ends_at_ridge_and_adamw_at_the_best_fit_in_a_box():
    from scipy.optimize import lsq_linear

    X, y = problem("tall")
    X, y = X[:, :3] - X[:, :3].mean(0), y - y.mean()
    for lam in (0.3, 1.0):
        exact = ridge(X, y, lam, fit_intercept=False).coef
        assert np.abs(run_adam(X, y, lam, decoupled=False) - exact).max() < 1e-3
        ended = run_adam(X, y, lam, decoupled=True)
        side = 1 / (2 * lam)
        in_box = lsq_linear(X, y, bounds=(-side, side)).x
        assert np.abs(ended - in_box).max() < 0.02
        gradient, on_wall = 2 / len(X) * X.T @ (X @ ended - y), np.abs(ended) > 0.98 * side
        assert np.all(gradient[on_wall] * ended[on_wall] < 0)  # descent on the loss alone would go on outwards
        assert np.all(np.abs(gradient[~on_wall]) < 0.05)  # and elsewhere it would rest
        assert np.abs(in_box - exact).max() > 0.1  # the two differ, so each assertion says something
