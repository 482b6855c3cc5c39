"""What the linear chapters share: predictions, losses, centring."""

import numpy as np
import pytest

from benchmarks import measure
from reglesson.l2 import shrinkage_factors
from reglesson.linear import LinearFit, LinearPath, center, mse, penalized_loss

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(9, 3)), RNG.normal(size=9)
FIT = LinearFit(np.array([1.0, -2.0, 0.5]), 3.0)
PATH = LinearPath(np.array([0.1, 1.0]), RNG.normal(size=(2, 3)), np.array([1.0, -1.0]))


def test_a_fit_predicts_row_by_row():
    assert FIT.predict(X) == pytest.approx([sum(w * v for w, v in zip(FIT.coef, row, strict=True)) + 3 for row in X])


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
        (lambda: center(X, Y, None), "fit_intercept must be True or False, got None"),
    ],
)
def test_bad_input_is_refused_by_name(call, said):
    with pytest.raises(ValueError, match=said):
        call()
