"""What the linear chapters share: predictions, losses, centring."""

from fractions import Fraction

import numpy as np
import pytest

from benchmarks import measure
from reglesson import linear
from reglesson.l1 import duality_gap, kkt_violation, lasso, lasso_path
from reglesson.l2 import ridge, ridge_path, shrinkage_factors
from reglesson.linear import (
    LinearFit,
    LinearPath,
    PrecisionWarning,
    _blocks,
    _fit,
    _powers,
    _rough_means,
    _spare,
    _still,
    center,
    mse,
    penalized_loss,
)
from reglesson.overfitting import min_norm_fit

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(9, 3)), RNG.normal(size=9)
FIT = LinearFit(np.array([1.0, -2.0, 0.5]), 3.0)
PATH = LinearPath(np.array([0.1, 1.0]), RNG.normal(size=(2, 3)), np.array([1.0, -1.0]))


def test_a_fit_predicts_row_by_row():
    assert FIT.predict(X) == pytest.approx([sum(w * v for w, v in zip(FIT.coef, row, strict=True)) + 3 for row in X])


@pytest.mark.parametrize("kind", [np.float64, np.float32])
def test_weights_may_be_a_list(kind):
    assert LinearFit([1.0, 2.0], 3.0).predict(np.array([[1, 1]], kind)).tolist() == [6.0]


@pytest.mark.parametrize("kind", [list, lambda w: np.array(w, np.uint8), lambda w: np.array(w, np.float32)])
@pytest.mark.parametrize("penalty", ["l1", "l2"])
def test_a_fit_of_any_numbers_is_judged_as_one_of_floats(kind, penalty):
    plain, other = (LinearFit(make([0, 200, 100]), 1) for make in (np.array, kind))
    plain = LinearFit(plain.coef.astype(float), 1.0)
    assert penalized_loss(X, Y, other, 0.5, penalty) == pytest.approx(penalized_loss(X, Y, plain, 0.5, penalty), rel=1e-14)
    for judge in (kkt_violation, duality_gap):
        assert judge(X, Y, other, 0.5) == pytest.approx(judge(X, Y, plain, 0.5), rel=1e-14)


def test_weights_that_no_float_can_hold_are_refused():
    x, y = np.array([[0.0], [1e-30], [2e-30]]), np.array([0.0, 1e10, 3e10])
    own = {"fit_intercept": False}
    for fit in (lambda X, y: ridge(X, y, 0.0), lambda X, y: ridge_path(X, y, [0.0]), lambda X, y: ridge(X, np.c_[y, y], 0.0),
                lambda X, y: lasso(X, y, 0.0), min_norm_fit, lambda X, y: ridge(X, y, 0.0, **own),
                lambda X, y: lasso(X, y, 0.0, **own)):  # fmt: skip
        assert fit(x, y).predict(x) == pytest.approx(fit(1e30 * x, y).predict(1e30 * x))
        with pytest.raises(ValueError, match="y over X must be of a size for which the result is a number"):
            fit(x.astype(np.float32), y.astype(np.float32))
        with pytest.raises(ValueError, match=r"y over X must be of a size|X must have no column, .* take larger units"):
            fit(1e-135 * x, 1e140 * y)


def test_sums_over_many_rows_in_single_precision_keep_its_digits():
    y = np.random.default_rng(0).normal(size=10**6).astype(np.float32)
    paths = np.zeros((10**6, 2), np.float32) + np.float32([0, 1])  # as a path predicts them, and row by row
    for predictions in (paths.T, np.ascontiguousarray(paths.T)):
        assert mse(y, predictions) == pytest.approx(np.mean((y - predictions.astype(float)) ** 2, axis=1), rel=1e-6)


def test_a_path_predicts_what_each_of_its_fits_predicts():
    assert PATH.predict(X).shape == (2, 9)
    for i in range(len(PATH)):
        assert isinstance(PATH[i], LinearFit)
        assert PATH.predict(X)[i] == pytest.approx(PATH[i].predict(X))
    assert PATH[-1].intercept == -1.0


def test_results_cannot_be_changed():
    with pytest.raises(AttributeError):
        FIT.intercept = 0.0
    with pytest.raises(AttributeError):
        PATH.lams = np.zeros(2)


def test_mse_is_the_mean_of_the_squares_for_one_prediction_and_for_many():
    assert mse([1.0, 2.0], [1.0, 4.0]) == 2.0
    assert mse([1.0, 2.0], [[1.0, 4.0], [2.0, 2.0]]).tolist() == [2.0, 0.5]


def test_the_loss_is_mse_plus_lam_times_the_penalty_and_spares_the_intercept():
    error = np.mean((Y - FIT.predict(X)) ** 2)
    assert penalized_loss(X, Y, FIT, 0.5) == pytest.approx(error + 0.5 * (1 + 4 + 0.25))
    assert penalized_loss(X, Y, FIT, 0.5, "l1") == pytest.approx(error + 0.5 * (1 + 2 + 0.5))
    higher = LinearFit(FIT.coef, FIT.intercept + 100)
    shifted = penalized_loss(X, Y + 100, higher, 0.5)
    assert shifted == pytest.approx(penalized_loss(X, Y, FIT, 0.5))


def test_centring_gives_mean_zero_and_the_means_or_leaves_all_as_it_is():
    Xc, yc, x_mean, y_mean = center(X, Y)
    assert np.abs(Xc.mean(0)).max() < 1e-15 and abs(yc.mean()) < 1e-15
    assert Xc + x_mean == pytest.approx(X) and yc + y_mean == pytest.approx(Y)
    same_X, same_y, zero, nothing = center(X, Y, fit_intercept=False)
    assert (same_X == X).all() and (same_y == Y).all() and not zero.any() and nothing == 0


def exact_deviations(column, weights):
    """Deviations from the weighted mean, and that mean, in fractions and then rounded once."""
    values, shares = ([Fraction(float(v)) for v in numbers] for numbers in (column, weights))
    mean = sum(v * a for v, a in zip(values, shares, strict=True)) / sum(shares)
    return np.array([float(v - mean) for v in values]), float(mean)


FAR = [(np.float64, 1e9, 1e-3), (np.float64, 1e15, 4.0), (np.float64, -3.0, 1e-6), (np.float64, 0.0, 1e-12),
       (np.float32, 1.7e9, 1e7), (np.float32, 1e6, 1.0), (np.float32, -1e4, 1.0), (np.float32, 0.0, 1e-12)]  # fmt: skip


@pytest.mark.parametrize(("kind", "offset", "spread"), FAR)
def test_deviations_are_right_to_rounding_however_far_the_data_are_from_zero(kind, offset, spread):
    rng = np.random.default_rng(4)
    X = (offset + spread * rng.normal(size=(200, 2))).astype(kind)
    eps = float(np.finfo(kind).eps)
    for weights in (None, rng.exponential(size=200)):
        Xc, yc, x_mean, y_mean = center(X, X[:, 1], sample_weight=weights)
        a = np.ones(200) if weights is None else weights
        for j in range(2):
            exact, mean = exact_deviations(X[:, j], a)
            exact = exact * np.sqrt(a / a.mean())
            assert np.abs(Xc[:, j] - exact).max() <= 4 * eps * np.abs(exact).max()
            assert x_mean[j] == pytest.approx(mean, rel=2 * eps, abs=1e-15 * spread)
        assert yc == pytest.approx(Xc[:, 1], rel=4 * eps) and y_mean == pytest.approx(x_mean[1], rel=1e-15)


@pytest.mark.parametrize("kind", [np.float64, np.float32])
@pytest.mark.parametrize("constant", [0.1, -1e9 / 3, 1e-30, 0.0])
@pytest.mark.parametrize("n", [1, 3, 99, 1000])
def test_what_does_not_vary_is_zero_and_not_what_rounding_makes_of_it(constant, n, kind):
    X = np.c_[np.full(n, constant), np.arange(n)].astype(kind)
    Xc, yc, x_mean, y_mean = center(X, X[:, 0])
    assert not Xc[:, 0].any() and not yc.any() and x_mean[0] == y_mean == X[0, 0]
    if n > 1:  # constant where it counts
        X[0, 0] = 7
        assert not center(X, X[:, 1], sample_weight=np.arange(n))[0][:, 0].any()


@pytest.mark.parametrize("kind", [np.float64, np.float32])
def test_a_column_that_varies_in_its_last_two_bits_counts_as_constant_and_is_named(kind):
    eps = np.finfo(kind).eps
    X = np.ones((9, 3), kind)
    X[4, 2], X[5, 0] = 1 + 2 * eps, 1 + 64 * eps
    with pytest.warns(PrecisionWarning, match="Column 2 of X varies in the last two bits.*subtract a constant") as said:
        Xc = center(X, np.arange(9.0, dtype=kind))[0]
    assert not Xc[:, 1:].any() and Xc[5, 0] == pytest.approx(64 * eps * 8 / 9)
    assert [w.filename for w in said] == [__file__]  # the warning points to whoever called


@pytest.mark.parametrize(
    ("varying", "named"),
    [
        ([3], "Column 3 of X varies"),
        ([0, 5], "Columns 0 and 5 of X vary"),
        ([0, 2, 3, 5], "Columns 0, 2, 3 and 5 of X vary"),
        ([0, 1, 2, 3, 5], "Columns 0, 1, 2 and 2 more of X vary"),
    ],
)
def test_columns_that_are_warned_of_are_named_one_by_one_and_of_many_the_first(varying, named):
    X = np.ones((9, 6))
    X[4, varying] += 2 * np.finfo(float).eps
    with pytest.warns(PrecisionWarning, match=f"^{named} in the last two bits"):
        center(X, np.arange(9.0))


def test_weights_count_rows_as_often_as_they_say_and_have_no_unit():
    times = np.array([1, 3, 0, 2, 1, 1, 5, 0, 2])
    Xc, yc, x_mean, y_mean = center(X, Y, sample_weight=times)
    A, b, a_mean, b_mean = center(np.repeat(X, times, axis=0), np.repeat(Y, times))
    assert x_mean == pytest.approx(a_mean) and y_mean == pytest.approx(b_mean)
    assert Xc.T @ Xc / len(X) == pytest.approx(A.T @ A / len(A)) and Xc.T @ yc / len(X) == pytest.approx(A.T @ b / len(A))
    for unit in (1e-300, 1e140):
        assert center(X, Y, sample_weight=unit * times)[0] == pytest.approx(Xc)
    raw = center(X, Y, False, sample_weight=times)
    assert raw[0] == pytest.approx(np.sqrt(times / times.mean())[:, None] * X) and not raw[2].any()


@pytest.mark.parametrize("free", [[0], [1, 3], [0, 1, 2, 3, 4]])
@pytest.mark.parametrize("twin", [False, True])
def test_spared_columns_have_the_weights_of_least_squares_beside_any_others(free, twin):
    rng = np.random.default_rng(8)
    A, b = rng.normal(size=(12, 5)) * [1e4, 1.0, 1e-3, 3.0, 1.0], rng.normal(size=12)
    if twin:  # of the weights that fit equally well those of least norm
        A /= [1e4, 1.0, 1e-3, 3.0, 1.0]
        A[:, free[-1]] = A[:, free[0]]
    mask = np.isin(np.arange(5), free)
    rest, y, whole = _spare(A, b, mask)
    w = rng.normal(size=(3, (~mask).sum()))
    full = whole(w)
    assert (full[:, ~mask] == w).all()
    for one, spared in zip(w, full[:, mask], strict=True):
        error = b - A @ whole(one)
        assert y - rest @ one == pytest.approx(error, abs=1e-7)
        best = np.linalg.lstsq(A[:, mask], b - A[:, ~mask] @ one, rcond=1e-14)[0]
        assert spared == pytest.approx(best, rel=1e-6)


def spared(F, others, y):
    """`_spare` of columns F before others."""
    return _spare(np.c_[F, others], y, np.arange(F.shape[1] + others.shape[1]) < F.shape[1])


def test_what_is_left_beside_spared_columns_is_at_a_right_angle_to_them_to_all_digits():
    rng = np.random.default_rng(3)
    F = rng.normal(size=(30, 3))
    rest, y, _ = spared(F, F @ rng.normal(size=(3, 2)) + 1e-9 * rng.normal(size=(30, 2)), F[:, 0] + 1e-9 * rng.normal(size=30))
    for column in (*rest.T, y):
        assert np.linalg.norm(column) > 1e-9 and np.abs(F.T @ column).max() < 1e-13 * np.linalg.norm(column)


def test_of_spared_columns_that_are_multiples_of_one_the_weights_of_least_norm_are_taken():
    a, y = RNG.normal(size=(12, 1)), RNG.normal(size=12)
    whole = spared(a * [1.0, 1000.0], RNG.normal(size=(12, 1)), y)[2]
    slope = float(a[:, 0] @ y / (a[:, 0] @ a[:, 0]))
    assert whole(np.zeros((1, 1)))[0, :2] == pytest.approx(slope * np.array([1.0, 1000.0]) / (1 + 1000**2))


def test_a_spared_column_of_zeros_has_no_weight_and_takes_nothing():
    rest, y, whole = spared(np.zeros((9, 1)), X, Y)
    assert (rest == X).all() and (y == Y).all() and whole(np.ones((1, 3))).tolist() == [[0, 1, 1, 1]]


def test_spared_columns_that_differ_by_less_than_rounding_of_so_many_rows_are_one():
    a = np.random.default_rng(0).normal(size=1000)
    twins = np.c_[a, a * (1 + 50 * linear.EPS * np.sign(np.sin(np.arange(1000))))]
    whole = spared(twins, np.zeros((1000, 0)), 6 * a)[2]
    assert whole(np.zeros((1, 0))) == pytest.approx(np.full((1, 2), 3.0))


def test_spared_columns_of_many_rows_need_no_square_of_their_number_and_may_have_several_responses():
    rng = np.random.default_rng(0)
    F, others, y = rng.normal(size=(2000, 2)), rng.normal(size=(2000, 1)), rng.normal(size=(2000, 3))
    (_, left, whole), peak = measure.peak(lambda: spared(F, others, y))
    assert peak < 1e6 and left.shape == (2000, 3)
    full = whole(np.full((4, 3, 1), 0.5))
    assert full.shape == (4, 3, 3) and full[0, :, :2] == pytest.approx(np.linalg.lstsq(F, y - 0.5 * others, rcond=None)[0].T)


def test_a_path_of_one_model_predicts_too():
    assert LinearPath(np.ones(1), np.array([[2.0, 3.0]]), np.ones(1)).predict([[1.0, 1.0]]).tolist() == [[6.0]]


def test_a_fit_has_the_precision_of_the_data_and_the_intercept_of_its_rounded_weights():
    fit = _fit(np.array([0.1]), np.array([1.0]), 1.0, np.float32)
    assert fit.coef.dtype == np.float32 and fit.intercept == 1 - float(np.float32(0.1))


def test_a_power_of_two_is_at_or_below_each_size():
    size = np.array([5e-324, 2.0**-1022, 0.1, 1.0, 1.5, 2.0, 1e300, np.finfo(float).max])
    powers = _powers(size)
    assert (powers <= size).all() and (size / powers < 2).all() and (np.frexp(powers)[0] == 0.5).all()
    assert _powers(np.zeros(1)) == 0.5


@pytest.mark.parametrize(
    ("n", "width", "least", "stops"),
    [
        (3, 1, 1, [3]),
        (2**20, 1, 1, [2**20]),
        (2**20 + 1, 1, 1, [2**20, 2**20 + 1]),
        (5, 2**19, 1, [2, 4, 5]),
        (3, 2**21, 1, [1, 2, 3]),
        (5, 2**21, 2, [2, 4, 5]),
        (5, 2**18, 3, [4, 5]),
    ],
)
def test_blocks_hold_a_million_numbers_or_so_many_rows(n, width, least, stops):
    blocks = _blocks(n, width, least) if least > 1 else _blocks(n, width)
    assert [rows.stop for rows in blocks] == stops and [rows.start for rows in blocks] == [0, *stops[:-1]]


@pytest.mark.parametrize("kind", [np.float64, np.float32])
def test_means_are_taken_without_a_copy(kind):
    A, share = np.ones((4_000_000, 1), kind), np.full(4_000_000, 1 / 4_000_000)
    mean, peak = measure.peak(lambda: _rough_means(A, share))
    assert mean == pytest.approx(1) and peak < (1e5 if kind == np.float64 else 2.1 * 8 * 2**20)


@pytest.mark.parametrize(("away", "looked_at"), [(8, True), (8.1, False)])
def test_a_column_is_looked_at_if_its_deviations_are_within_eight_bits_of_its_mean(away, looked_at):
    X = np.ones((3, 2))  # it is constant, whatever is said of its deviations
    X[:, 0] = [1, 2, 3]
    still = _still(X, np.array([2.0, 1.0]), np.array([1.0, away * np.finfo(float).eps]), None)
    assert still.tolist() == ([1] if looked_at else [])


@pytest.mark.parametrize(("bits", "constant"), [(4, True), (5, False)])
@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.filterwarnings("ignore:.*in the last two bits")
def test_a_column_is_constant_up_to_four_units_in_the_last_place(bits, constant, sign):
    eps = np.finfo(float).eps
    X = sign * np.array([[1 - bits * eps], [1.0]])
    mean = X.mean(axis=0)
    assert _still(X, mean, np.zeros(1), None).tolist() == ([0] if constant else [])
    assert mean == X.mean(axis=0)  # it is set where all are equal only


def test_a_constant_column_has_its_number_as_its_mean_and_the_rows_of_small_weights_count():
    mean = np.nextafter([0.1, 0.1], 1)
    X = np.array([[0.1, 0.1], [0.1, 0.1], [0.1, 0.2]])
    assert _still(X, mean, np.zeros(2), np.array([1.5, 1.25, 0.25])).tolist() == [0]
    assert mean.tolist() == [0.1, np.nextafter(0.1, 1)]
    assert _still(X, mean, np.zeros(2), np.array([1.5, 1.5, 0.0])).tolist() == [0, 1]


def test_where_no_column_is_to_be_looked_at_no_row_is_taken():
    X, weights = np.ones((100_000, 2)), np.ones(100_000)
    found, peak = measure.peak(lambda: _still(X, np.ones(2), np.ones(2), weights))
    assert len(found) == 0 and peak < 1e5


@pytest.mark.parametrize("sign", [1, -1])
def test_columns_that_vary_are_not_looked_at(sign, monkeypatch):
    looked = []
    monkeypatch.setattr(linear, "_still", lambda *given: looked.append(given[2] <= 1e-3 * np.abs(given[1])) or _still(*given))
    center(sign * np.array([[1.0, 2.0], [3.0, 2.0]]), [0.0, 1.0])
    assert looked[0].tolist() == [False, True]


def test_the_word_about_a_block_of_columns_counts_from_its_first():
    X = np.array([[1.0], [1 + 2 * np.finfo(float).eps]])
    with pytest.warns(PrecisionWarning, match="^Column 7 of X"):
        _still(X, np.ones(1), np.zeros(1), None, first=7)


def test_many_rows_are_decomposed_without_the_square_of_their_number():
    tall = np.random.default_rng(0).normal(size=(2000, 2))
    factors, peak = measure.peak(lambda: shrinkage_factors(tall, 1.0))
    assert factors.shape == (2,) and peak < 1e6  # a square matrix of singular vectors would be 32 MB


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: FIT.predict(X[:, :2]), r"X must have 3 columns, one per coefficient, got shape \(9, 2\)"),
        (lambda: PATH.predict(X[0]), "X must have 2 axes"),
        (lambda: mse(Y, Y[:4]), r"prediction must end in an axis of 9 values, as y has, got shape \(4,\)"),
        (lambda: mse(Y, np.nan * Y), "prediction must be finite"),
        (lambda: mse(np.nan * Y, Y), "y must be finite"),
        (lambda: penalized_loss(X, Y[:4], FIT, 1.0), "y must have one value per row of X, got 4 values for 9 rows"),
        (lambda: penalized_loss(X, Y, FIT, -1.0), "lam must be a number"),
        (lambda: penalized_loss(X, Y, FIT, 1.0, "l3"), "penalty must be one of 'l1', 'l2', got 'l3'"),
        (lambda: center(X, Y, sample_weight=Y[:4]), "sample_weight must have 9 values, one per row of X, got 4"),
        (lambda: center(X, Y, sample_weight=-np.ones(9)), "sample_weight must be at least 0, got -1"),
        (lambda: center(X, Y, sample_weight=np.zeros(9)), "sample_weight must be above 0 for at least one row"),
        (lambda: center(X, Y, None), "fit_intercept must be True or False, got None"),
    ],
)
def test_bad_input_is_refused_by_name(call, said):
    with pytest.raises(ValueError, match=said):
        call()


@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("weights", [None, [1.0, 2.0, 1.0]])
def test_what_is_centred_is_not_the_callers_own_array(weights, fit_intercept):
    X, y = np.array([[1.0], [2.0], [4.0]]), np.array([1.0, 0.0, 2.0])
    Xc, yc, *_ = center(X, y, fit_intercept, sample_weight=weights)
    assert not np.shares_memory(Xc, X) and not np.shares_memory(yc, y)


@pytest.mark.parametrize("path", [ridge_path, lasso_path])
def test_a_path_keeps_its_penalties_whatever_the_caller_does_with_his(path):
    lams = np.array([0.1, 1.0])
    found = path([[1.0], [2.0], [4.0]], [1.0, 0.0, 2.0], lams)
    lams *= 10
    assert found.lams.tolist() == [0.1, 1.0]
