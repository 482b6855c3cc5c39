"""The data sets have the shapes, truths and distributions that they say, and splits and scales leak nothing."""

import subprocess
import sys

import numpy as np
import pytest

from reglesson.data import Standardizer, diabetes, digits, seed_line, sparse_linear, split, wave, wave_signal
from reglesson.l2 import ridge
from reglesson.linear import LinearFit, PrecisionWarning


def rng(seed=0):
    return np.random.default_rng(seed)


def test_a_wave_is_its_signal_plus_noise_of_the_given_size():
    x, y = wave(5000, 0.3, rng())
    assert (np.diff(x) >= 0).all() and 0 <= x[0] < 0.01 and 0.99 < x[-1] <= 1
    noise = y - wave_signal(x)
    assert abs(noise.mean()) < 4 * 0.3 / np.sqrt(5000)
    assert abs(noise.std() / 0.3 - 1) < 4 / np.sqrt(2 * 5000)
    assert wave_signal([0.25, 0.75]) == pytest.approx([1.0, -1.0])
    assert wave_signal([1e6 + 0.25, 1e150]) == pytest.approx([1.0, 0.0])  # whole periods cost no digits


def test_the_tutorials_line_has_intercept_four_and_slope_three():
    X, y = seed_line(rng(), n=20000)
    assert X.shape == (20000, 1) and X.min() >= 0 and X.max() <= 2
    slope, intercept = np.polyfit(X[:, 0], y, 1)
    assert slope == pytest.approx(3, abs=0.06) and intercept == pytest.approx(4, abs=0.06)
    assert (y - 4 - 3 * X[:, 0]).std() == pytest.approx(1, abs=0.03)
    assert len(seed_line(rng())[0]) == 100


def test_a_sparse_truth_has_so_many_weights_and_so_much_correlation():
    X, y, coef = sparse_linear(4000, 6, 2, 0.5, rng(), correlation=0.6)
    assert np.count_nonzero(coef) == 2
    assert ((np.abs(coef[coef != 0]) >= 1) & (np.abs(coef[coef != 0]) <= 2)).all()
    assert (y - X @ coef).std() == pytest.approx(0.5, abs=0.03)
    C = np.cov(X.T)
    assert np.diag(C) == pytest.approx(np.ones(6), abs=0.1)
    assert C[np.triu_indices(6, 1)] == pytest.approx(np.full(15, 0.6), abs=0.07)
    both = {float(np.sign(c)) for s in range(20) for c in sparse_linear(3, 5, 3, 0.0, rng(s))[2]}
    assert both == {-1.0, 0.0, 1.0}


def test_the_same_generator_gives_the_same_data():
    for make in (lambda r: wave(7, 0.1, r), lambda r: seed_line(r), lambda r: sparse_linear(5, 4, 2, 1.0, r)):
        for a, b in zip(make(rng(3)), make(rng(3)), strict=True):
            assert (a == b).all()


def test_diabetes_is_raw_and_digits_are_ink_between_zero_and_one():
    X, y, names = diabetes()
    assert X.shape == (442, 10) and y.shape == (442,) and names[:4] == ("age", "sex", "bmi", "bp")
    assert 18 <= X[:, 0].min() < X[:, 0].max() < 100  # years, not standardized
    assert (y.min(), y.max()) == (25, 346)
    X, y = digits()
    assert X.shape == (1797, 64) and (X.min(), X.max()) == (0, 1) and set(y) == set(range(10))


def test_the_real_data_are_scikit_learns_to_the_last_bit():
    datasets = pytest.importorskip("sklearn.datasets")
    theirs = datasets.load_diabetes(scaled=False)
    X, y, names = diabetes()
    assert names == tuple(theirs.feature_names)
    same(X, theirs.data)
    same(y, theirs.target)
    theirs = datasets.load_digits()
    X, y = digits()
    same(X, theirs.data / 16)
    same(y, theirs.target)


def same(ours, theirs):
    assert ours.dtype == theirs.dtype and ours.tobytes() == theirs.tobytes() and ours.flags.c_contiguous


def test_the_real_data_need_no_other_package():
    program = "import sys; sys.modules['sklearn'] = None; from reglesson.data import diabetes, digits; diabetes(); digits()"
    subprocess.run([sys.executable, "-c", program], check=True)


@pytest.mark.parametrize("n", [3, 5, 7, 10, 15, 17, 20, 21])
@pytest.mark.parametrize("parts", [(0.5, 0.5), (0.7, 0.15, 0.15), (0.6, 0.2, 0.2), (1 / 3, 1 / 3, 1 / 3), (0.5, 0.3, 0.1, 0.1)])
def test_fractions_that_add_up_to_one_take_every_row_and_are_off_by_less_than_one(parts, n):
    if min(parts) * n >= 1:  # else there is no row for the smallest part
        sizes = [len(y) for _, y in split(np.zeros((n, 1)), np.arange(n), parts, rng())]
        if sum(np.round(n * np.array(parts))) == n:
            assert sizes == [round(n * part) for part in parts]  # where these fit
        assert sum(sizes) == n and all(abs(size - n * part) <= 1 for size, part in zip(sizes, parts, strict=True))


@pytest.mark.parametrize("parts", [[6, 4], [0.6, 0.2], (3,)])
def test_parts_are_disjoint_and_rows_stay_together(parts):
    X, y = np.arange(20).reshape(10, 2), np.arange(0, 20, 2)
    dealt = split(X, y, parts, rng())
    assert [len(b) for _, b in dealt] == [p if isinstance(p, int) else round(10 * p) for p in parts]
    seen = np.concatenate([b for _, b in dealt])
    assert len(set(seen)) == len(seen)
    for a, b in dealt:
        assert (a[:, 0] == b).all()
    assert any((split(X, y, parts, rng(s))[0][1] != dealt[0][1]).any() for s in range(1, 5))


def test_a_standardizer_knows_its_training_data_only():
    train, test = rng().normal(5, 3, size=(40, 3)), rng(1).normal(size=(10, 3))
    scaler = Standardizer.fit(train)
    Z = scaler.transform(train)
    assert np.abs(Z.mean(0)).max() < 1e-14 and Z.std(0) == pytest.approx(np.ones(3))
    assert scaler.transform(test) == pytest.approx((test - train.mean(0)) / train.std(0))


def test_a_constant_column_is_centred_and_not_divided_by_nothing():
    train = np.c_[np.full(5, 1e8) + 0.1, np.arange(5.0)]
    Z = Standardizer.fit(train).transform(train)
    assert np.abs(Z[:, 0]).max() < 1e-6 and Z[:, 1].std() == pytest.approx(1)
    tiny = np.c_[1e-9 * np.arange(5.0)]
    assert Standardizer.fit(tiny).transform(tiny).std() == pytest.approx(1)
    for size in (1e-300, 1e150):  # whose squares are zero or infinite
        assert Standardizer.fit(size * tiny).transform(size * tiny).std() == pytest.approx(1)


@pytest.mark.parametrize(("offset", "n"), [(1e6, 4096), (-1e4, 200_000), (0.0, 50_000), (1e7, 999)])
def test_means_and_scales_of_single_precision_are_right_to_its_digits(offset, n):
    X = (offset + rng().normal(size=(n, 2)) * [1, 100]).astype(np.float32)
    exact = X.astype(float)
    mean, scale = exact.mean(axis=0), (exact - exact.mean(axis=0)).std(axis=0)
    scaler = Standardizer.fit(X)
    assert scaler.mean == pytest.approx(mean, rel=1e-12, abs=1e-9) and scaler.scale == pytest.approx(scale, rel=1e-9)
    found = scaler.transform(X)
    assert found.dtype == np.float32 and found == pytest.approx((exact - mean) / scale, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("kind", [np.float64, np.float32])
@pytest.mark.parametrize("constant", [0.1, 1 / 3, -1e8, 1e-30, 0.0])
def test_a_constant_in_either_precision_has_no_scale(constant, kind):
    X = np.full((99, 1), constant, kind)
    scaler = Standardizer.fit(X)
    assert scaler.scale.tolist() == [1.0] and scaler.mean[0] == X[0, 0] and not scaler.transform(X).any()
    other = X * kind(1.5)
    assert scaler.transform(other)[0, 0] == pytest.approx(float(other[0, 0]) - float(X[0, 0]))  # and not millions of scales
    X[3] += 2 * np.finfo(kind).eps * abs(X[3])
    if constant:
        with pytest.warns(PrecisionWarning, match="Column 0 of X varies in the last two bits"):
            scaler = Standardizer.fit(X)
        assert scaler.scale.tolist() == [1.0] and not scaler.transform(X).any()


def test_an_unscaled_fit_predicts_from_raw_data_what_the_fit_predicts_from_scaled_ones():
    X, y = rng().normal(size=(40, 3)) * [1e6, 1.0, 1e-9] + [1e7, 3.0, 0.0], rng(1).normal(size=40)
    X = np.c_[X, np.full(40, 0.1)]
    scaler = Standardizer.fit(X)
    fit = ridge(scaler.transform(X), y, 0.0)
    raw = scaler.unscale(fit)
    assert raw.predict(X) == pytest.approx(fit.predict(scaler.transform(X)), abs=1e-9)
    assert raw.coef[:3] == pytest.approx(ridge(X[:, :3], y, 0.0).coef, rel=1e-9) and raw.coef[3] == 0


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: wave(0, 0.1, rng()), "n must be an integer from 1, got 0"),
        (lambda: wave(5, -0.1, rng()), "noise must be a number in"),
        (lambda: wave(5, 0.1, 3), "rng must be a numpy.random.Generator .* got 3"),
        (lambda: seed_line(None), "rng must be"),
        (lambda: sparse_linear(5, 3, 4, 0.1, rng()), "nonzero must be an integer from 0 to 3, got 4"),
        (lambda: sparse_linear(5, 3, 1, 0.1, rng(), correlation=1.0), r"correlation must be a number in \[0, 1\), got 1.0"),
        (lambda: split(np.ones((4, 1)), np.ones(3), [2], rng()), "y must have one value per row of X, got 3 values for 4 rows"),
        (lambda: split(np.ones((4, 1)), np.ones(4), [3, 2], rng()), r"parts must be .* at most 4 rows, got \[3, 2\]"),
        (lambda: split(np.ones((4, 1)), np.ones(4), [], rng()), "parts must be"),
        (lambda: split(np.ones((4, 1)), np.ones(4), [np.nan], rng()), "parts must be"),
        (lambda: split(np.ones((4, 1)), np.ones(4), [2**63 - 1] * 2, rng()), "parts must be"),
        (lambda: split(np.ones((4, 1)), np.ones(4), 2, rng()), "parts must be"),
        (lambda: split(3.0, np.ones(4), [2], rng()), "X must have rows"),
        (lambda: split(np.ones((4, 1)), None, [2], rng()), "y must have rows"),
        (lambda: Standardizer.fit(1e-300 * np.eye(2)).transform(1e100 * np.eye(2)), "X must be of a size"),
        (lambda: split(np.ones((4, 1)), np.ones(4), [0.01], rng()), "parts must be"),
        (lambda: Standardizer.fit(np.eye(2)).unscale(LinearFit(np.ones(3), 0.0)), "X must have 3 columns, one per weight of fit"),
        (lambda: Standardizer.fit(np.eye(2)).unscale(None), "fit must be a LinearFit, got None"),
        (lambda: Standardizer.fit(1e-300 * np.eye(2)).unscale(LinearFit(np.full(2, 1e100), 0.0)), "fit must be of a size"),
        (lambda: Standardizer.fit([[1.0, np.nan]]), "X must be finite"),
        (lambda: Standardizer.fit(np.ones((3, 2))).transform(np.ones((3, 4))), r"X must have 2 columns.*got shape \(3, 4\)"),
    ],
)
def test_bad_input_is_refused_by_name(call, said):
    with pytest.raises(ValueError, match=said):
        call()
