"""Arguments are taken as they are or refused by name; nothing is clipped."""

import numpy as np
import pytest

from reglesson import _checks as check
from reglesson.linear import LinearFit


def test_arrays_become_float64_and_float32_stays():
    assert check.array([[1, 2]], "X", 2).dtype == np.float64
    assert check.array(np.array([True, False]), "y", 1).tolist() == [1.0, 0.0]
    assert check.array(np.array([1, 2], dtype=object), "y", 1).dtype == np.float64
    assert check.array(np.ones(2, np.float16), "y", 1).dtype == np.float64
    assert check.array(np.ones(2, np.float32), "y", 1).dtype == np.float32
    read_only = np.ones((2, 2), order="F")
    read_only.flags.writeable = False
    assert check.array(read_only[:, ::-1], "X", 2).shape == (2, 2)


@pytest.mark.parametrize(("kind", "most"), [(np.float64, 1e152), (np.float32, 1e17)])
def test_an_array_whose_squares_cannot_be_added_up_is_refused(kind, most):
    assert check.array(np.full((2, 3), most / 3, kind), "X", 2).dtype == kind
    with pytest.raises(ValueError, match=r"X must be small enough for its squares to be added up, got .* at index \(0, 1\)"):
        check.array(np.array([[1, 10 * most, 3]], kind), "X", 2)
    with pytest.raises(ValueError, match="small enough"):  # each alone would do
        check.array(np.full(10**6, most / 30, kind), "X", 1)


def test_masked_entries_numerals_and_rows_of_several_lengths_are_no_numbers():
    assert check.array(np.ma.array([1.0, 2.0]), "y", 1).tolist() == [1.0, 2.0]
    with pytest.raises(ValueError, match="y must not have masked entries"):
        check.array(np.ma.array([1.0, 2.0], mask=[True, False]), "y", 1)
    with pytest.raises(ValueError, match="y must be an array of real numbers"):
        check.array(np.array([1.0, "2"], object), "y", 1)
    with pytest.raises(ValueError, match="y must be an array, got"):
        check.plain([[1], [1, 2]], "y")
    with pytest.raises(ValueError, match="prediction must have 1 or 2 axes, got shape"):
        check.array(np.ones((1, 1, 1)), "prediction", 1, 2)
    assert check.array(np.ones((1, 1, 1)), "x").ndim == 3


def test_a_design_has_one_dtype():
    X, y = check.design(np.ones((2, 1), np.float32), np.ones(2))
    assert X.dtype == y.dtype == np.float64


class Frame:
    """What a table of columns looks like to NumPy."""

    columns = ("height", "city")

    def __array__(self, dtype=None, copy=None):
        return np.array([[1.8, "Rome"]], object)


@pytest.mark.parametrize(
    ("value", "ndim", "said"),
    [
        ([1, 2], 2, r"X must have 2 axes, got shape \(2,\)"),
        ([[]], 2, r"X must not be empty, got shape \(1, 0\)"),
        ([[1, 2], [3]], 2, "X must be an array of real numbers"),
        (["a"], 1, "X must be an array of real numbers"),
        ([1j], 1, "X must be an array of real numbers"),
        (np.array(["2020-01-01"], "M8[D]"), 1, "X must be an array of real numbers"),
        ([None], 1, "X must be"),
        (np.array([[1.8, "Rome"]], object), 2, r"X must be an array of real numbers, got 'Rome' at index \(0, 1\)$"),
        (Frame(), 2, r"X must be an array of real numbers, got 'Rome' at index \(0, 1\), in column 'city'$"),
        (np.array([np.datetime64("NaT"), 1.0], object), 1, "X must be an array of real numbers, got np.datetime64"),
        ([np.ma.array([1.0, 2.0], mask=[0, 1]), np.ma.array([2.0, 3.0])], 2, "X must not have masked entries"),
        ([[0, 1], [np.inf, 0]], 2, r"X must be finite, got inf at index \(1, 0\)"),
    ],
)
def test_what_is_no_array_of_numbers_is_refused(value, ndim, said):
    with pytest.raises(ValueError, match=said):
        check.array(value, "X", ndim)


@pytest.mark.parametrize("value", [0, 1.5, np.float32(2), np.int64(3), np.array(4.0)])
def test_numbers_of_any_real_type_are_numbers(value):
    assert check.number(value, "lam") == float(value)


@pytest.mark.parametrize("value", [True, "1", None, [1.0], 1j, np.nan, np.inf, -0.1, 1.0])
def test_what_is_no_number_within_the_bounds_is_refused(value):
    with pytest.raises(ValueError, match=r"p must be a number in \[0, 1\), got"):
        check.drop_probability(value)


def test_open_bounds_are_open_and_closed_ones_closed():
    assert check.number(0, "a", low=0) == 0 and check.number(1, "a", high=1) == 1
    for options in ({"low": 0, "low_open": True}, {"high": 0, "high_open": True}):
        with pytest.raises(ValueError, match="a must be a number"):
            check.number(0, "a", **options)
    with pytest.raises(ValueError, match=r"\(0, inf\)"):
        check.number(-1, "a", low=0, low_open=True)


@pytest.mark.parametrize("value", [1.0, True, "1", None, 0, 4])
def test_what_is_no_integer_within_the_bounds_is_refused(value):
    with pytest.raises(ValueError, match="k must be an integer from 1 to 3, got"):
        check.integer(value, "k", low=1, high=3)


def test_numbers_and_integers_beyond_any_use_are_refused():
    for value in (1e200, 10**400, -1e151):
        with pytest.raises(ValueError, match=r"lam must be (at most 1e\+150 in size|a number)"):
            check.number(value, "lam")
    for value in (10**10, 10**400, 10**5000):
        with pytest.raises(ValueError, match="epochs must be an integer of at most 1000000000 in size"):
            check.integer(value, "epochs", low=0)
    assert check.number(1e150, "lam") == 1e150 and check.integer(10**9, "epochs") == 10**9


def test_objects_are_asked_for_what_they_must_be_able_to_do():
    assert check.instance([1], "options", list, tuple) == [1] and check.able("a", "word", "upper", "lower") == "a"
    assert check.function(len, "path") is len
    for call, said in (
        (lambda: check.instance(1, "options", list, tuple), "options must be of the class list or tuple, got 1"),
        (lambda: check.able(1, "stop", "stop_epoch"), r"stop must have stop_epoch\(\), got 1"),
        (lambda: check.function(1, "path"), "path must be a function, got 1"),
        (lambda: check.representable(np.array([1.0, np.inf]), "X"), "X must be of a size for which the result is a number"),
    ):
        with pytest.raises(ValueError, match=said):
            call()


def test_a_fit_has_finite_weights_one_for_each_column():
    X = np.ones((4, 2))
    w, b = check.fit(LinearFit([1, 0], 0), X)
    assert w.tolist() == [1.0, 0.0] and w.dtype == float and b == 0
    for fit, said in (
        (None, "fit must be a LinearFit, got None"),
        (LinearFit(np.array([1.0, np.nan]), 0.0), "fit.coef must be finite"),
        (LinearFit(np.ones(2), None), "fit.intercept must be a number"),
        (LinearFit(np.ones(3), 0.0), r"X must have 3 columns, one per weight of fit, got shape \(4, 2\)"),
    ):
        with pytest.raises(ValueError, match=said):
            check.fit(fit, X)


def test_integers_options_and_generators_pass():
    assert check.integer(np.int32(3), "k", low=1, high=3) == 3 and check.integer(1, "k", low=1) == 1
    assert check.option("a", "mode", {"a": 1, "b": 2}) == "a"
    maker = np.random.default_rng(0)
    assert check.generator(maker) is maker
    with pytest.raises(ValueError, match="mode must be one of 'a', 'b', got 3"):
        check.option(3, "mode", ("a", "b"))
    with pytest.raises(ValueError, match=r"rng must be a numpy.random.Generator"):
        check.generator(np.random.RandomState(0))


def test_a_long_value_is_shortened():
    with pytest.raises(ValueError) as caught:
        check.number("x" * 500, "lam")
    assert len(str(caught.value)) < 150
