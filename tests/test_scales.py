"""Weights in any units, far from zero, in single precision and beside collinear columns, against 50 digits and more of mpmath.

What each of these looks like with the rank cut of old, against the raw X before it is centred, was seen first: weights of 3e-22
for 200, or zero. Data are taken as the floats they are: exact numbers.
"""

import warnings
from fractions import Fraction

import mpmath
import numpy as np
import pytest

from benchmarks import measure
from reglesson import _scales, linear
from reglesson.l2 import effective_dof, gcv, loo_errors, ridge, ridge_path, shrinkage_factors
from reglesson.linear import PrecisionWarning
from reglesson.overfitting import bias_variance, min_norm_fit, smoother

N = 24
RNG = np.random.default_rng(7)
Z, Y = RNG.normal(size=(N, 6)), RNG.normal(size=N)


def exact(X, y, lam, weights=None, factors=None):
    """Weights and predictions at the rows of ridge with an intercept, by its normal equations in 300 digits; n > p or lam > 0."""
    with mpmath.workdps(300):
        (n, p), a = X.shape, np.ones(len(X)) if weights is None else weights
        M, t, a = mpmath.matrix(X.tolist()), [mpmath.mpf(float(v)) for v in y], [mpmath.mpf(float(v)) for v in a]
        a = [v / sum(a) for v in a]
        means, mean = [sum(a[i] * M[i, j] for i in range(n)) for j in range(p)], sum(u * v for u, v in zip(a, t, strict=True))
        for i in range(n):
            for j in range(p):
                M[i, j] -= means[j]
            t[i] -= mean
        tax = [mpmath.mpf(float(lam)) * mpmath.mpf(float(f)) for f in (np.ones(p) if factors is None else factors)]
        G, b = mpmath.matrix(p, p), mpmath.matrix(p, 1)
        for j in range(p):
            b[j] = sum(a[i] * M[i, j] * t[i] for i in range(n))
            for k in range(p):
                G[j, k] = sum(a[i] * M[i, j] * M[i, k] for i in range(n)) + (tax[j] if j == k else 0)
        w = mpmath.lu_solve(G, b)
        fitted = [mean + sum(M[i, j] * w[j] for j in range(p)) for i in range(n)]
        return np.array([float(v) for v in w]), np.array([float(v) for v in fitted])


def off(found, right):
    """How far the worst weight is off, each as a share of itself."""
    return np.abs(found / right - 1).max()


UNITS = {
    "one unit": np.ones(6),
    "a thousand": np.logspace(0, 3, 6),
    "thirty orders": np.logspace(-15, 15, 6),
    "thirty orders, mixed": 10.0 ** np.array([15, -9, 3, -15, 9, -3]),
    "a time and shares": np.array([1e7, 1e-2, 1.0, 1e-2, 1.0, 1e2]),
}
LAMS = [0.0, 1e-300, 1e-20, 1e-6, 1e-3, 1.0, 1e6, 1e20]


@pytest.mark.parametrize("offset", [0.0, 1e3])
@pytest.mark.parametrize("units", UNITS)
def test_each_weight_is_right_to_eleven_digits_in_any_units_at_any_penalty(units, offset):
    X = (Z + offset) * UNITS[units]
    path = ridge_path(X, Y, LAMS)
    for i, lam in enumerate(LAMS):
        right, fitted = exact(X, Y, lam)
        fit = ridge(X, Y, lam)
        assert off(fit.coef, right) < 1e-11 and off(path.coefs[i], right) < 1e-11
        assert off(ridge_path(X, Y, [lam]).coefs[0], right) < 1e-9  # by squares, where these are good
        assert fit.predict(X) == pytest.approx(fitted, abs=1e-14 * (1 + offset))
    assert off(min_norm_fit(X, Y).coef, exact(X, Y, 0.0)[0]) < 1e-11


@pytest.mark.parametrize("units", [name for name in UNITS if name != "one unit"])
def test_with_more_columns_than_rows_each_weight_is_right_too(units):
    X, y = np.tile(Z[:5], (1, 2)) * 0, Y[:5]
    X = np.random.default_rng(1).normal(size=(5, 12)) * np.repeat(UNITS[units], 2)
    for lam in (1e-20, 1e-3, 1.0, 1e6):
        assert off(ridge(X, y, lam).coef, exact(X, y, lam)[0]) < 1e-9
    least = ridge(X, y, 0.0)
    assert least.predict(X) == pytest.approx(y, abs=1e-11)
    assert off(least.coef, exact(X, y, mpmath.mpf(10) ** -200)[0]) < 1e-9  # of all that fit, those of least norm


def test_a_column_between_others_is_not_dropped_for_its_unit_nor_for_theirs():
    rng = np.random.default_rng(0)
    n = 20_000
    time, share = 1.7e9 + rng.uniform(0, 3e7, n), 0.02 + 0.005 * rng.normal(size=n)
    X = np.c_[time, share]
    for coef in (ridge(X, 200 * share, 0.0).coef, ridge_path(X, 200 * share, [0.0]).coefs[0], min_norm_fit(X, 200 * share).coef):
        assert abs(coef[0]) < 1e-18 and coef[1] == pytest.approx(200, rel=1e-11)
    assert effective_dof(X, [0.0])[0] == 2 and shrinkage_factors(X, 0.0).tolist() == [1, 1]
    assert smoother(X[:99], 0.0) @ share[:99] == pytest.approx(share[:99], rel=1e-9)
    assert bias_variance(X[:99], share[:99], 1.0, [0.0])[1] == pytest.approx([3 / 99])


@pytest.mark.parametrize("lam", [0.0, 1e-12, 1e-6, 1.0])
def test_far_from_zero_weights_have_the_digits_that_the_data_have(lam):
    X = np.c_[1e9 + 1e-3 * Z[:, :2], 1e-12 * Z[:, 2], 1e14 + 1e12 * Z[:, 3:5], Z[:, 5] - 1e4]
    right, fitted = exact(X, Y, lam)
    assert off(ridge(X, Y, lam).coef, right) < 1e-11 and off(ridge_path(X, Y, [lam]).coefs[0], right) < 1e-11
    # a prediction adds up X w and b, in numbers as large as X w
    assert np.abs(ridge(X, Y, lam).predict(X) - fitted).max() < 1e-14 * np.abs(X * right).max()


@pytest.mark.parametrize("lam", [0.0, 1e-3, 10.0])
@pytest.mark.parametrize("units", ["one unit", "thirty orders, mixed"])
def test_weighted_rows_and_penalty_factors_are_right_to_eleven_digits_too(units, lam):
    X, weights, factors = (Z + 3) * UNITS[units], RNG.exponential(size=N), np.array([1.0, 0.0, 1e-6, 30.0, 0.0, 2.0])
    weights[3] = 0
    for w, f in ((weights, None), (None, factors), (weights, factors), (weights, np.zeros(6))):
        right = exact(X, Y, lam, w, f)[0]
        options = {"sample_weight": w, "penalty_factors": f}
        assert off(ridge(X, Y, lam, **options).coef, right) < 1e-10
        assert off(ridge_path(X, Y, [7.0, lam], **options).coefs[1], right) < 1e-10


@pytest.mark.parametrize("away", [0.0, 0.9, 1.1, 1e5])
@pytest.mark.parametrize("shape", [(9, 5), (6, 10)])
def test_products_are_centred_before_or_after_they_are_added_up_and_the_weights_are_the_same(shape, away):
    rng = np.random.default_rng(5)
    X, y = rng.normal(size=shape), 1e6 + rng.normal(size=shape[0])
    X -= X.mean(axis=0)
    X = X / X.std(axis=0) + away * np.where(np.arange(shape[1]) % 3, 1, -1)
    for lam in (3e-6 * shape[1], 1.0):  # the first is near the least for which squares are good enough
        found = _scales.by_squares(X, y, np.array([lam * len(X)]), 1e-6, True, None)
        assert found is not None and off(found[0][0], exact(X, y, lam)[0]) < 1e-12
        assert found[1] == pytest.approx(X.mean(axis=0), abs=1e-15 * (1 + away))


def test_a_response_whose_first_and_last_numbers_are_equal_is_not_taken_for_constant():
    y = Y.copy()
    y[-1] = y[0]
    assert off(ridge_path(Z, y, [1.0]).coefs[0], exact(Z, y, 1.0)[0]) < 1e-12
    assert not ridge_path(Z, np.full(N, 0.1), [1.0]).coefs.any()  # whose mean is 0.1 but for rounding


def test_sums_of_squares_are_mended_for_means_that_rounding_has_moved():
    X = 1e10 + 1e-2 * Z  # the means are off by up to a millionth, a ten thousandth of what X varies by
    found = _scales.by_squares(X, Y, np.array([1e-6 * N]), 1e-12, True, None)
    assert found is not None and off(found[0][0], exact(X, Y, 1e-6)[0]) < 1e-11


def test_squares_are_not_used_where_columns_have_several_units_beside_a_constant_one():
    for unit, good in ((10.0, True), (100.0, False)):
        X = np.c_[np.full(N, 0.1), Z[:, 0] / Z[:, 0].std(), unit * Z[:, 1] / Z[:, 1].std()]
        found = _scales.by_squares(X, Y, np.array([10.0 * unit**2 * N]), 1e-6, True, None)
        assert (found is not None) is good
        assert ridge_path(X, Y, [10.0 * unit**2]).coefs[0][1:] == pytest.approx(exact(X[:, 1:], Y, 10.0 * unit**2)[0], rel=1e-12)


def test_single_precision_is_added_up_in_double():
    rng = np.random.default_rng(3)
    for offset in (0.0, 100.0, -1e4):
        X = (offset + rng.normal(size=(30_000, 3))).astype(np.float32)
        X[:, 1] = X[:, 0] + (0.2 * rng.normal(size=len(X))).astype(np.float32)  # a correlation of 0.98
        y = (X[:, 0] - np.float32(offset) + rng.normal(size=len(X))).astype(np.float32)
        for lam in (0.0, 1e-6, 0.1):
            fit, path = ridge(X, y, lam), ridge_path(X, y, [lam, 3.0])
            right = ridge(X.astype(float), y.astype(float), lam)
            assert fit.coef.dtype == path.coefs.dtype == fit.predict(X).dtype == path.predict(X).dtype == np.float32
            assert off(fit.coef, right.coef) < 1e-6 and off(path.coefs[0], right.coef) < 1e-6
            expected = right.predict(X.astype(float))
            assert np.abs(fit.predict(X) - expected).max() < 1e-6 * np.abs(expected).max()
            assert np.abs(path.predict(X)[0] - expected).max() < 1e-6 * np.abs(expected).max()


@pytest.mark.parametrize("kind", [np.float64, np.float32])
def test_columns_of_which_one_is_the_sum_of_others_share_the_weight_whatever_rounding_says(kind):
    rng = np.random.default_rng(5)
    for offset, n in ((0.0, 30), (50.0, 30), (50.0, 5000)):
        parts = (offset + rng.normal(size=(n, 3))).astype(kind)
        X = np.c_[parts, parts.sum(axis=1)]  # rounded, so that its rank is four
        fit = ridge(X, parts @ np.array([1.0, 2.0, 3.0], kind), 0.0)
        # w + u (1, 1, 1, -1) fits alike for any u, and is shortest at a right angle to it
        assert np.abs(fit.coef[:3].sum() - fit.coef[3]) < (1e-3 if kind is np.float32 else 1e-9)
        assert effective_dof(X, [0.0])[0] == 3


def test_where_digits_are_lost_there_is_a_word_which_names_the_column():
    far, near = Z.copy(), Z.copy()
    far[:, 2] = 1e14 + np.round(8 * Z[:, 2])
    near[:, 4] = near[:, 1] + 1e-13 * np.sin(np.arange(N))
    for solve in (lambda X: ridge(X, Y, 0.1), lambda X: ridge_path(X, Y, [0.1]), lambda X: ridge_path(X[:5], Y[:5], [0.1])):
        with pytest.warns(PrecisionWarning, match=r"Column 2 of X varies so little.*Subtract") as said:
            solve(far)
        assert said[0].filename == __file__
    with pytest.warns(PrecisionWarning, match=r"Column [14] of X is so nearly a combination.*larger penalty"):
        ridge(near, Y, 0.0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ridge(near, Y, 1e-3)  # here the penalty decides
        far[:, 2] -= 1e14
        ridge(far, Y, 0.1)
        near[:, 4] = near[:, 1] + 1e-9 * np.sin(np.arange(N))
        fit = ridge(near, Y, 0.0)
    assert off(fit.coef, exact(near, Y, 0.0)[0]) < 1e-3  # three digits, and more where the data hold more


def test_rows_of_a_matrix_keep_their_own_digits_in_its_factors():
    A = RNG.normal(size=(40, 6)) * np.logspace(12, -12, 40)[RNG.permutation(40), None]
    Q, R = _scales._rowwise_qr(A)
    assert Q.T @ Q == pytest.approx(np.eye(6), abs=1e-14)
    assert np.abs((Q @ R - A) / np.abs(A).max(axis=1)[:, None]).max() < 1e-13
    A = np.array([[1.0, 1e8, 1.0], [1.0, 1.0, 2.0], [1e-8, 1e-8, 3e-8], [1e-9, 2e-9, 1e-8]])
    Q, R = _scales._rowwise_qr(A)  # without the longest column at the front, half of the digits were lost
    assert np.abs((Q @ R - A) / np.abs(A).max(axis=1)[:, None]).max() < 1e-13


# -- what one row, or all, would be without itself -----------------------------------------------------------------


@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("kind", ["tall", "square", "wide", "twins", "units", "an own column", "constant"])
def test_errors_of_rows_left_out_are_those_of_fits_without_them(kind, fit_intercept):
    X = {
        "tall": Z, "square": Z[:7], "wide": Z[:4], "twins": np.c_[Z, Z[:, :2]], "units": Z * UNITS["a time and shares"],
        "an own column": np.c_[Z[:, :2], np.arange(N) == 3], "constant": np.c_[np.ones(N), Z[:, 0]],
    }[kind] + 0.0  # fmt: skip
    y, lams = Y[: len(X)] + 2, [0.0, 1e-3, 0.5, 100.0]
    found, scores = loo_errors(X, y, lams, fit_intercept=fit_intercept), gcv(X, y, lams, fit_intercept=fit_intercept)
    for i, lam in enumerate(lams):
        for k in range(len(X)):
            rest = np.arange(len(X)) != k
            alone = ridge(X[rest], y[rest], lam, fit_intercept=fit_intercept)
            assert found[i, k] == pytest.approx(y[k] - alone.predict(X[[k]])[0], rel=1e-6, abs=1e-8)
        H = smoother(X, lam, fit_intercept=fit_intercept)
        if len(X) - np.trace(H) > 1e-6:
            by_hand = len(X) * np.sum((y - H @ y) ** 2) / (len(X) - np.trace(H)) ** 2
            assert scores[i] == pytest.approx(by_hand, rel=1e-6)
    tiny = gcv(X, y, [1e-7], fit_intercept=fit_intercept)[0]
    assert kind == "units" or scores[0] == pytest.approx(tiny, rel=1e-3)  # also where 0/0 stands at zero


# -- which way is taken, at the bounds -----------------------------------------------------------------------------


@pytest.mark.parametrize(("fit_intercept", "width"), [(True, 5), (False, 4)])
def test_more_than_two_rows_a_column_are_factored_block_by_block(fit_intercept, width, monkeypatch):
    monkeypatch.setattr(linear, "BLOCK", 3 * 2 * width * width)  # six rows a column
    shapes, qr = [], np.linalg.qr
    monkeypatch.setattr(np.linalg, "qr", lambda A, mode: shapes.append(A.shape) or qr(A, mode))
    rng = np.random.default_rng(0)
    for n, factored in ((2 * width, []), (2 * width + 1, [2 * width + 1]), (13 * width, [6 * width, 7 * width, 2 * width])):
        shapes.clear()
        X, y = rng.normal(size=(n, 3)), rng.normal(size=(n, 1))
        A, C, x_mean, _ = _scales.reduced(X, y, fit_intercept, None)
        assert shapes == [(k, width) for k in factored] and len(A) == len(C) == (3 if factored else n)
        Xc, yc = (X - X.mean(axis=0), y - y.mean()) if fit_intercept else (X, y)
        assert A.T @ A == pytest.approx(Xc.T @ Xc) and A.T @ C == pytest.approx(Xc.T @ yc)
        assert x_mean == pytest.approx(X.mean(axis=0) * fit_intercept, abs=1e-15)
    monkeypatch.setattr(linear, "BLOCK", 1)  # then two rows a column are a block
    shapes.clear()
    _scales.reduced(X, y, fit_intercept, None)
    assert shapes == [(2 * width, width), *[(3 * width, width)] * 5, (2 * width, width)]


@pytest.mark.parametrize("n", [10, 1000])
def test_a_response_that_does_not_vary_leaves_nothing_to_fit_in_many_rows_too(n):
    X = np.random.default_rng(0).normal(size=(n, 3))
    y = np.column_stack([np.full(n, 0.1), X[:, 0]])  # the mean of so many tenths is rounded
    assert n == 10 or np.mean(y[:, 0]) != 0.1
    _, C, _, y_mean = _scales.reduced(X, y, True, None)
    assert not C[:, 0].any() and C[:, 1].any() and y_mean[0] == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("squares", "means", "near"),
    [([9.0, 10.0], [1.0, -1.5], True), ([9.0, 10.0], [1.0, -1.6], False), ([8.9, 10.0], [0.0, 1.5], False)],
)
def test_columns_are_about_zero_if_none_is_farther_from_it_than_it_varies(squares, means, near):
    far, least = _scales._from_zero(np.array(squares), np.array(means), 2)
    assert (2 * far <= least) == near


@pytest.mark.parametrize("unit", [2.0**-30, 1.0, 2.0**30])
@pytest.mark.parametrize("offset", [0.0, 1e-17, 1e-6, 0.1])
def test_means_near_zero_are_taken_out_of_products_as_far_as_they_have_digits(offset, unit):
    X = unit * (Z - Z.mean(axis=0) + offset)
    gram = _scales._products(X, Y, True, np.full(N, 1 / N), None)[0]
    exact = X.astype(np.longdouble) - X.astype(np.longdouble).mean(axis=0)
    assert np.abs(gram - exact.T @ exact).max() < 1e-14 * gram.max()


def test_products_of_a_large_x_and_of_weighted_and_single_rows_are_not_made_first():
    X = np.zeros((2**10, 2**10))
    assert _scales._try_first(X, None) and not _scales._try_first(np.zeros((2**10, 2**10 + 1)), None)
    assert not _scales._try_first(X, np.ones(2**10)) and not _scales._try_first(X.astype(np.float32), None)


@pytest.mark.parametrize("kind", [np.float64, np.float32])
def test_a_column_is_near_if_its_length_is_a_small_share_of_its_distance(kind):
    share = max(8 * float(np.finfo(kind).eps), 1e3 * np.finfo(float).eps)
    least = share**2 * 3 * (4.0 + 1.0)
    for factor, near in ((1.0, True), (1 + 1e-12, False)):
        assert _scales._near(factor * least, np.array([2.0, 1.0]), 3, np.dtype(kind)) is near


@pytest.mark.parametrize(
    ("squares", "shift", "enough"),
    [
        ([1.0, 2.0], 0.375, False),  # a share of an eighth, which is not below it
        ([1.0, 2.0], 0.375 * (1 + 1e-12), True),
        ([1.0, 256.0], 1e9, True),  # lengths that differ by 16
        ([1.0, 257.0], 1e9, False),
        ([0.0, 1.0, 256.0], 1e9, True),
        ([0.0, 1.0, 257.0], 1e9, False),
        ([-1.0, 1.0, 256.0], 1e9, True),
        ([0.0, 0.0], 1e9, False),
        ([1e-200], 1e9, False),
        ([1.1e-200], 1e9, True),
    ],
)
def test_squares_are_good_enough_beside_large_shifts_and_in_one_unit(squares, shift, enough):
    assert _scales._enough(np.array(squares), np.array([2 * shift, shift]), 0.125) is enough


@pytest.mark.parametrize(("length", "lost"), [(1.0, False), (1 - 1e-12, True), (0.0, False)])
@pytest.mark.parametrize("sign", [1, -1, 2.0**-20])
def test_a_column_has_three_digits_or_there_is_a_word(length, lost, sign):
    far = np.array([0.0, sign / np.finfo(float).eps])
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        _scales._far(1e3 * abs(sign) * np.array([1.0, length]), far)
    assert ["Column 1 of X varies so little" in str(word.message) for word in said] == [True] * lost


@pytest.mark.parametrize(("shape", "wide"), [((9, 8), False), ((9, 9), False), ((9, 10), True)])
@pytest.mark.parametrize(("away", "looks"), [(0.0, 0), (1e14, 2)])
def test_squares_are_the_smaller_ones_and_columns_far_from_zero_are_looked_at(shape, wide, away, looks, monkeypatch):
    looked, squared = [], []
    for name, seen in (("_still", looked), ("_far", looked), ("_wide_squares", squared)):
        call = getattr(_scales, name)
        monkeypatch.setattr(_scales, name, lambda *arguments, call=call, seen=seen: seen.append(1) or call(*arguments))
    X = np.random.default_rng(0).normal(size=shape) * 10 + away
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert _scales.by_squares(X, Y[:9], np.array([1e9]), 1e-6, True, None) is not None
    assert bool(squared) is wide and (wide or len(looked) == looks)


def calls(monkeypatch, *names):
    """What the functions of these names were given, and that they ran: a list that grows."""
    seen = []
    for name in names:
        call = getattr(_scales, name)
        monkeypatch.setattr(_scales, name, lambda *given, call=call, name=name, **more: seen.append(name) or call(*given, **more))
    return seen


@pytest.mark.parametrize(("n", "deviations"), [(N, "_blocks"), (4, "_center")])
def test_products_of_columns_about_zero_need_no_deviations(n, deviations, monkeypatch):
    made = calls(monkeypatch, deviations)
    X = Z[:n] - Z[:n].mean(axis=0)
    for offset, times in ((0.0, 0), (10.0, 1)):
        made.clear()
        found = _scales.by_squares(X + offset, Y[:n], np.array([1.0]), 1e-6, True, None)
        assert off(found[0][0], exact(X + offset, Y[:n], 1 / n)[0]) < 1e-11 and len(made) == times


@pytest.mark.parametrize(("block", "times"), [(5 * 12, 1), (5 * 6, 4), (5 * 4, 6)])
def test_columns_that_are_one_block_are_centred_once_and_more_of_them_twice(block, times, monkeypatch):
    monkeypatch.setattr(linear, "BLOCK", block)
    made = calls(monkeypatch, "_center")
    X = 3 + np.random.default_rng(2).normal(size=(5, 12))
    found = _scales.by_squares(X, Y[:5], np.array([1.0, 2.0]), 1e-6, True, None)
    assert off(found[0][0], exact(X, Y[:5], 1 / 5)[0]) < 1e-11 and len(made) == times


def test_no_sum_of_squares_is_below_zero_for_rounding():
    for n in range(9, 60):
        X, share = np.tile([0.1, 0.3, 0.7], (n, 1)), np.full(n, 1 / n)
        gram, _, x_mean, near = _scales._products(X, Y[0] * share, True, share, None)
        assert (gram.diagonal() >= 0).all() and near and x_mean == pytest.approx(X[0], rel=1e-15)


def by_hand(X, y, shift, fit_intercept, weights):
    """Weights and means of ridge, by its normal equations in double precision."""
    a = np.ones(len(X)) if weights is None else weights
    means, mean = ((a / a.sum()) @ X, (a / a.sum()) @ y) if fit_intercept else (np.zeros(X.shape[1]), 0.0)
    X, y = X - means, y - mean
    return np.linalg.solve(X.T @ (a[:, None] * X) + shift * np.eye(X.shape[1]), X.T @ (a * y)), means, mean


@pytest.mark.parametrize("shape", [(12, 5), (5, 12)])
@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("away", [0.1, 10.0])
@pytest.mark.parametrize("block", [2**20, 24])
def test_squares_give_the_weights_of_the_normal_equations_on_each_way(shape, fit_intercept, weighted, away, block, monkeypatch):
    monkeypatch.setattr(linear, "BLOCK", block)
    monkeypatch.setattr(_scales, "BLOCK", block)
    rng = np.random.default_rng(11)
    X, y = rng.normal(size=shape), 5 + rng.normal(size=shape[0])
    X = X - X.mean(axis=0) + away
    weights = rng.exponential(size=len(X)) if weighted else None
    weights = weights / weights.mean() if weighted else None
    coefs, x_mean, y_mean = _scales.by_squares(X, y, np.array([1.0, 30.0]), 1e-6, fit_intercept, weights)
    for coef, shift in zip(coefs, (1.0, 30.0), strict=True):
        right, means, mean = by_hand(X, y, shift, fit_intercept, weights)
        assert coef == pytest.approx(right, rel=1e-9, abs=1e-12)
        assert x_mean == pytest.approx(means, abs=1e-14) and y_mean == pytest.approx(mean, rel=1e-14)


@pytest.mark.parametrize("rows", [5, 24])
@pytest.mark.parametrize("unit", [1e-20, 1.0, 1e20])
def test_by_squares_a_column_that_varies_in_its_last_two_bits_has_no_weight_in_any_unit(rows, unit):
    X = unit * np.c_[Z[:rows], np.ones(rows)]
    X[1, 6] *= 1 + 2 * linear.EPS
    with pytest.warns(PrecisionWarning, match="Column 6 of X varies in the last two bits"):
        coefs, x_mean, _ = _scales.by_squares(X, Y[:rows], np.array([unit**2]), 1e-6, True, None)
    assert coefs[0, 6] == 0 and x_mean[6] == pytest.approx(unit, rel=1e-15)
    assert coefs[0, :6] == pytest.approx(by_hand(X[:, :6], Y[:rows], unit**2, True, None)[0], rel=1e-10)


@pytest.mark.parametrize("shape", [(24, 2), (4, 6)])
@pytest.mark.parametrize(("more", "lost"), [(0.7, True), (1.2, False)])
def test_by_squares_there_is_a_word_where_a_column_is_too_far_for_three_digits(shape, more, lost):
    n, p = shape
    X = np.linalg.qr(np.random.default_rng(0).normal(size=(max(shape),) * 2))[0][:n, :p] * 64
    X = X - X.mean(axis=0)
    X[:, :2] += np.linalg.norm(X[:, :2], axis=0) / (1e3 * linear.EPS * np.sqrt(n) * np.array([1.2, more]))
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        _scales.by_squares(X, Y[:n], np.array([1e6]), 1e-6, True, None)
    assert [str(word.message)[:28] for word in said] == ["Column 1 of X varies so litt"] * lost


def test_one_row_has_no_slope():
    assert ridge_path([[1.0, 2.0]], [3.0], [1.0]).coefs.tolist() == [[0.0, 0.0]]


def test_the_means_of_many_rows_are_right_to_the_last_digit():
    X = 1e6 + np.random.default_rng(1).normal(size=(600, 12))
    for weights in (None, np.random.default_rng(2).integers(1, 5, size=600)):
        weights = None if weights is None else weights / weights.mean()
        a = np.ones(600) if weights is None else weights
        sums = [sum(Fraction(v) * Fraction(w) for v, w in zip(column, a, strict=True)) for column in X.T]
        right = [float(one / sum(map(Fraction, a))) for one in sums]
        assert (linear._rough_means(X, linear._shares(weights, 600)) != right).any()
        _, _, x_mean, y_mean = _scales.reduced(X[:, :6], X[:, 6:], True, weights)
        assert (np.r_[x_mean, y_mean] == right).all()
        _, x_mean, y_mean = _scales.by_squares(X, X[:, 0], np.array([1e9]), 1e-6, True, weights)
        assert (x_mean == right).all() and y_mean == right[0]


def test_in_many_rows_columns_are_looked_at_if_they_vary_by_bits_only(monkeypatch):
    looked, still = [], _scales._still
    bound = 8 * linear.EPS
    monkeypatch.setattr(_scales, "_still", lambda *given: looked.append(given[2] <= bound * np.abs(given[1])) or still(*given))
    X = 1 + 20 * linear.EPS * np.round(4 * np.random.default_rng(0).normal(size=(999, 3)))
    X[:, 1] = 1 + 2 * linear.EPS * (np.arange(999) % 2)
    with pytest.warns(PrecisionWarning, match="Column 1 of X varies in the last"):
        A = _scales.reduced(X, X[:, :1], True, None)[0]
    assert looked[0].tolist() == [False, True, False] and A.any(axis=0).tolist() == [True, False, True]


def turned(s):
    """A matrix with these singular values, whose directions have equal shares of its columns."""
    R = np.array([[1.0, 1.0], [-1.0, 1.0]]) / np.sqrt(2)
    return R @ np.diag(s) @ R.T


EPS32 = float(np.finfo(np.float32).eps)


@pytest.mark.parametrize(
    ("s", "blurred", "eps", "shift", "word"),
    [
        (0.05, 0.05e-3 * (1 + 1e-6), linear.EPS, 0.0, True),
        (0.05, 0.05e-3 * (1 - 1e-6), linear.EPS, 0.0, False),
        (0.1 * (1 - 1e-6), 1e-3, linear.EPS, 0.0, True),  # a tenth of the longest direction
        (0.1 * (1 + 1e-6), 1e-3, linear.EPS, 0.0, False),
        (0.05, 1e-3, linear.EPS, 2 * 0.05**2 * (1 - 1e-6), True),  # beside such a shift it does not matter
        (0.05, 1e-3, linear.EPS, 2 * 0.05**2 * (1 + 1e-6), False),
        (0.05, 1e-3, EPS32, 0.0, False),  # single precision has fewer digits in any case
    ],
)
@pytest.mark.parametrize("unit", [1.0, 1024.0, 2.0**-20])
def test_a_direction_of_which_three_digits_are_lost_gets_a_word_if_it_matters(s, blurred, eps, shift, word, unit):
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        factored = _scales.factor(unit * turned([1.0, s]), np.full(2, unit * blurred), 2, eps, unit**2 * shift)
    assert [issubclass(warning.category, PrecisionWarning) for warning in said] == [True] * word
    assert factored.s == pytest.approx([unit, unit * s])


def test_the_word_names_the_column_that_such_a_direction_is_made_of_and_looks_at_its_own_unit():
    c, s = np.cos(0.3), np.sin(0.3)
    A = np.array([[1.0, 0.0, 0.0], [0.0, c, -s], [0.0, s, c]]).T @ np.diag([1.0, 1.0, 0.05]) @ [[1, 0, 0], [0, c, -s], [0, s, c]]
    for sign in (1, -1):
        with pytest.warns(PrecisionWarning, match="^Column 2 of X is so nearly"):
            _scales.factor(sign * A, np.full(3, 1e-3), 3, linear.EPS)
    for share, lost in ((0.99, True), (1.01, False)):  # its largest share of a column counts
        for signs in ([1, 1, 1], [1, -1, -1], [1, 1, -1], [1, -1, 1]):
            with warnings.catch_warnings(record=True) as said:
                warnings.simplefilter("always")
                _scales.factor(A * signs, np.full(3, 1e-3), 3, linear.EPS, share * (0.05 / c) ** 2)
            assert bool(said) is lost


def test_at_the_bounds_themselves_a_direction_does_not_count_and_a_penalty_decides():
    A, eps = np.diag([1.0, 1 / 16]), linear.EPS
    least = (1 / 16 - 4 * eps * (2 + 2)) / 4  # four rows
    for k in (2, 3):  # whatever number of rows is left
        tall = np.pad(A, [(0, k - 2), (0, 0)])
        assert [len(_scales.factor(tall, np.array([0.0, b]), 4, 1.0).s) for b in (least, least * (1 - eps))] == [1, 2]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        _scales.factor(A, np.array([0.0, 1e-3]), 4, eps, 1 / 256)
        _scales.factor(np.diag([1.0, 0.1]), np.array([0.0, 1e-3]), 4, eps)
        _scales.factor(A, np.array([0.0, 1 / 16000]), 4, eps)
    with pytest.warns(PrecisionWarning):
        _scales.factor(A, np.array([0.0, 1e-3]), 4, eps, (1 - 1e-12) / 256)


@pytest.mark.parametrize("unit", [1e-100, 1.0, 1e100])
def test_what_is_lost_of_a_fit_has_a_root_and_the_ratios_of_it_a_limit(unit):
    A = unit * RNG.normal(size=(7, 4))
    for scales in (np.ones(4), np.array([1.0, 1e3, 1e-3, 1e5])):
        found = _scales.factor(A * scales, np.zeros(4), 7, linear.EPS)
        with pytest.raises(AttributeError):
            found.s = None
        for share in (1e-4, 1.0, 1e4):
            L, H = found.lost(share * unit**2), found.kept(share * unit**2)
            right = np.linalg.lstsq(np.r_[A * scales / unit, np.sqrt(share) * np.eye(4)], np.eye(11)[:, :7], rcond=None)[0] / unit
            weights = found.weights(share * unit**2) @ found.U.T
            assert weights == pytest.approx(right @ found.U @ found.U.T, rel=1e-9, abs=1e-12 / unit)
            if found.B is None:
                assert L**2 == pytest.approx(1 - H) and H == pytest.approx(1 / (1 + share * (unit / found.s) ** 2))
            else:
                assert L @ L.T == pytest.approx(np.eye(4) - H)
        nothing = found.lost(0.0)
        if found.B is None:
            assert nothing == pytest.approx(1e-10 * found.s.min() / found.s)
        else:
            root = 1e-10 * found.scale.min() * np.linalg.inv((found.B * found.scale).T)
            assert nothing @ nothing.T == pytest.approx(root @ root.T, rel=1e-6, abs=1e-30)
        assert found.factors(0.0).max() <= 1 and found.factors(0.0) == pytest.approx(np.ones(4))
        assert (np.diff(found.factors(unit**2)) <= 0).all()
    nothing = _scales.factor(0 * A, np.zeros(4), 7, linear.EPS)
    assert len(nothing.lost(0.0)) == len(nothing.kept(0.0)) == 0


def test_no_direction_keeps_more_than_all():
    X = np.random.default_rng(0).normal(size=(9, 9, 6)) * UNITS["thirty orders"]
    found = [_scales.factor(one, np.zeros(6), 9, 1.0) for one in X]
    kept = [one.kept(0.0) for one in found]
    assert max(np.linalg.eigvalsh((H + H.T) / 2).max() for H in kept) > 1  # but for rounding
    assert all(one.factors(0.0).max() <= 1 for one in found)


def test_penalties_far_below_a_column_overflow_nothing():
    found = _scales.factor(np.diag([1e160, 1e165]), np.zeros(2), 2, linear.EPS)
    assert found.B is not None and found.U.T @ np.diag([1e160, 1e165]) @ found.weights(1e-300) == pytest.approx(np.eye(2))


def test_in_one_unit_all_penalties_are_solved_at_once(monkeypatch):
    found, C, shifts = _scales.factor(Z, np.zeros(6), N, linear.EPS), Y[:, None], np.array([0.5, 20.0])
    right = [[found.weights(shift) @ found.U.T @ Y] for shift in shifts]
    monkeypatch.setattr(_scales.Factored, "weights", None)
    assert found.coefs(C, shifts) == pytest.approx(np.array(right))


def test_about_collinear_columns_there_is_no_word_without_weights():
    X = np.c_[Z, Z[:, 1] + 1e-13 * np.sin(np.arange(N))]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(_scales.spectrum(X).s) == effective_dof(X, [0.0])[0] == 7
    with pytest.warns(PrecisionWarning, match="nearly a combination"):
        _scales.spectrum(X, True, 0.0)


def test_columns_of_zeros_have_no_unit_and_no_weight():
    for unit in (1e-200, 1.0, 1e200):
        A = unit * np.c_[np.zeros(4), RNG.normal(size=(4, 2)), np.zeros(4)]
        for scale, one in ((1.0, True), (1024.0, False)):
            A[:, 2] *= scale
            factored = _scales.factor(A, np.zeros(4), 4, linear.EPS)
            assert (factored.B is None) is one
            assert one or (factored.Vt == np.eye(4)[1:3]).all()
            weights = factored.weights(0.0) @ factored.U.T
            assert weights[1:3] @ A[:, 1:3] == pytest.approx(np.eye(2), abs=1e-9) and not weights[[0, 3]].any()
        A[:, 3] = A[:, 1] + A[:, 2] / 1024  # two directions of three
        factored = _scales.factor(A, np.full(4, unit * 1e-14), 4, linear.EPS)
        length = np.linalg.norm(factored.B, axis=0)
        assert (length >= 1).all() and (length < 2).all()
        weights = factored.weights(0.0) @ factored.U.T
        assert len(factored.s) == 2 and A @ weights @ A == pytest.approx(A, rel=1e-9, abs=unit * 1e-12) and not weights[0].any()


@pytest.mark.parametrize(("share", "counts"), [(1 + 1e-6, False), (1 - 1e-6, True)])
def test_a_direction_counts_if_it_is_four_times_what_rounding_makes(share, counts):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert len(_scales.factor(turned([1.0, 0.5]), np.full(2, share * 0.5 / 4), 2, linear.EPS).s) == 1 + counts
        n = 10**8  # of so many rows products are off by the root of their number
        least = 4 * linear.EPS * (2 + np.sqrt(n))
        s = _scales.factor(turned([1.0, least * (1 + 0.01 * (1 if counts else -1))]), np.zeros(2), n, linear.EPS).s
        assert len(s) == 1 + counts


@pytest.mark.parametrize(("rows", "other", "one"), [(1, 16, True), (1, 32, False), (256, 1, True), (1024, 1, False)])
def test_columns_are_of_one_unit_if_their_lengths_differ_by_sixteen_at_most(rows, other, one):
    A = np.c_[np.eye(rows + 1)[0], other * np.r_[0, np.ones(rows)], np.zeros(rows + 1)]
    factored = _scales.factor(A, np.zeros(3), rows + 1, linear.EPS)
    assert (factored.B is None) is one
    M = factored.s[:, None] * factored.Vt if one else factored.B * factored.scale @ factored.Vt
    assert factored.U @ M == pytest.approx(A)
    nothing = _scales.factor(0 * A, np.zeros(3), rows + 1, linear.EPS)
    assert nothing.B is None and len(nothing.s) == 0


def test_what_rounding_makes_of_a_column_is_a_share_of_its_distance_and_never_most_of_it():
    A, means, n = np.array([[3.0, -300.0, 0.0], [-4.0, 0.0, 0.0]]), np.array([10.0, 0.5, 0.0]), 7
    length, away = np.array([5.0, 300.0, 0.0]), np.sqrt(7) * means
    assert _scales.blur(A, means, n, 1e-4) == pytest.approx(1e-4 * np.hypot(length, away))
    assert _scales.blur(A, means, n, 1.0) == pytest.approx(0.02 * length)
    for unit in (1e-200, 1e200):  # whose squares are no numbers
        assert _scales.blur(unit * A, unit * means, n, 1.0) == pytest.approx(0.02 * unit * length)
    with pytest.warns(PrecisionWarning, match="Column 0 of X varies so little"):
        _scales.blur(A, np.array([1e14, 0.0, 0.0]), n, 1e-16)


@pytest.mark.parametrize(("sizes", "usual"), [([1, 4096], True), ([4097, 1], False), ([1, -4096, 1], True), ([1, 0, 2], False)])
def test_rows_that_are_not_very_different_are_factored_as_usual(sizes, usual, monkeypatch):
    factored, qr = [], np.linalg.qr
    monkeypatch.setattr(np.linalg, "qr", lambda A: factored.append(1) or qr(A))
    A = np.array(sizes, float)[:, None] * [[1, 0.5], [1, 0.25], [1, 0.125]][: len(sizes)]
    Q, R = _scales._rowwise_qr(A)
    assert Q @ R == pytest.approx(A, rel=1e-14, abs=1e-15) and Q.T @ Q == pytest.approx(np.eye(2))
    assert bool(factored) is usual


# -- memory --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [np.float64, np.float32])
def test_many_rows_are_fitted_without_a_copy_of_them(kind):
    X = np.random.default_rng(0).normal(size=(400_000, 5)).astype(kind)
    y = X[:, 0].copy()
    most = 8 * (4 * linear.BLOCK + 4 * len(X))  # some blocks in double precision, and some numbers a row
    for call in (lambda: ridge(X, y, 0.1), lambda: ridge_path(X, y, np.geomspace(0.1, 10, 20))):
        assert measure.peak(call)[1] < most
    fit = ridge(X[:, :1], y, 0.0)
    assert measure.peak(lambda: fit.predict(X[:, :1]))[1] < 8 * (2 * linear.BLOCK + 2 * len(X))


def test_many_columns_cost_a_few_copies_of_them():
    X, y = np.random.default_rng(0).normal(size=(20, 20_000)), Y[:20]
    for call in (lambda: ridge(X, y, 0.1), lambda: ridge_path(X, y, [0.1, 1.0]), lambda: ridge_path(X, y, [0.0])):
        assert measure.peak(call)[1] < 5 * X.nbytes
