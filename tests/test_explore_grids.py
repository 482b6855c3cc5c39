"""The grids of sliders, and numbers as people write them."""

import re

import numpy as np
import pytest

from reglesson.explore import choice, log_slider, number, slider


def test_log_slider_is_a_rounded_geometric_grid_that_starts_at_the_nearest_value():
    s = log_slider(1e-3, 1e3, value=0.11, steps=7)
    assert s.values == (0.001, 0.01, 0.1, 1.0, 10.0, 100.0, 1000.0)
    assert s.values[s.start] == 0.1
    assert s.nearest(4) == 4  # nearest in the logarithm: log 4 is nearer to log 10 than to log 1


@pytest.mark.parametrize(("low", "high"), [(0.01, 9.8715), (0.12352, 10), (1.23456e-7, 6.54321e9)])
def test_a_slider_may_start_at_the_end_that_was_asked_for_though_its_values_are_rounded(low, high):
    assert (log_slider(low, high, value=low).start, log_slider(low, high, value=high).start) == (0, 30)
    for beyond in (low * 0.99, high * 1.01):
        with pytest.raises(ValueError, match=re.escape(f"value must lie between {low:.15g} and {high:.15g}, got {beyond}")):
            log_slider(low, high, value=beyond)


def test_integers_of_numpy_are_integers():
    values = slider(np.int64(0), np.int32(5), 1).values
    assert values == (0, 1, 2, 3, 4, 5) and all(type(value) is int for value in values)


def test_linear_slider_keeps_integers_and_hits_both_ends():
    assert slider(1, 4, 1).values == (1, 2, 3, 4)
    assert slider(0, 0.3, 0.1).values == (0.0, 0.1, 0.2, 0.3)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: log_slider(0, 1), "0 < low < high"),
        (lambda: log_slider(1, 10, value=20), "between 1 and 10, got 20"),
        (lambda: log_slider(1, 10, steps=1), "steps must be an integer from 2 to 10000, got 1"),
        (lambda: slider(0, 1, 0.3), "step must divide"),
        (lambda: slider(1, 0, 1), "low < high"),
        (lambda: choice(["a"]), "at least two"),
        (lambda: choice(["a", "b"], value="c"), "got 'c'"),
    ],
)
def test_sliders_refuse_what_makes_no_grid(make, said):
    with pytest.raises(ValueError, match=re.escape(said)):
        make()


def test_a_logarithmic_grid_has_more_digits_where_three_do_not_tell_its_values_apart():
    near = log_slider(1000, 1010, steps=11)
    assert len(set(near.values)) == 11 and near.texts[:2] == ("1000", "1001")
    with pytest.raises(ValueError, match="steps must be few enough for different values between 1"):
        log_slider(1, float(np.nextafter(1, 2)), steps=9)


@pytest.mark.parametrize(
    ("made", "texts"),
    [
        (slider(0.001, 0.003, 0.001), ("0.001", "0.002", "0.003")),
        (slider(1_000_000, 1_000_002, 1), ("1,000,000", "1,000,001", "1,000,002")),
        (slider(0, 2e-11, 1e-11), ("0", "10⁻¹¹", "2·10⁻¹¹")),
        (slider(-0.6, 0.6, 0.3), ("−0.6", "−0.3", "0", "0.3", "0.6")),
        (slider(0, 1, 1 / 3), ("0", "0.333", "0.667", "1")),
        (slider(12345, 22345, 10000), ("12,345", "22,345")),
        (slider(1e5, 1e5 + 0.5, 0.25), ("100,000", "100,000.25", "100,000.5")),
        (log_slider(1e-6, 1e-4, steps=3), ("10⁻⁶", "10⁻⁵", "0.0001")),
        (log_slider(1e-300, 1e100, steps=3), ("10⁻³⁰⁰", "10⁻¹⁰⁰", "10¹⁰⁰")),
    ],
)
def test_a_readout_says_the_value_and_tells_any_two_positions_apart(made, texts):
    assert made.texts == texts
    assert len(set(made.texts)) == len(set(made.values)) == len(made.values)


def test_a_grid_finer_than_floats_is_refused():
    with pytest.raises(ValueError, match="step must be large enough to tell numbers near 1e"):
        slider(1e16, 1e16 + 8, 0.5)


@pytest.mark.parametrize(("x", "text"), [(0.000316, "0.000316"), (-0.65, "−0.65"), (2600, "2600"), (123456, "123,000"),
                                         (5.3e6, "5.3·10⁶"), (6.8e-7, "6.8·10⁻⁷"), (1e-5, "10⁻⁵"), (-1e-5, "−10⁻⁵"),
                                         (9.996, "10"), (0.09996, "0.1"), (-0.0, "0"), (7, "7"), (1e10, "10¹⁰")])  # fmt: skip
def test_numbers_are_written_as_people_write_them(x, text):
    assert number(x) == text


@pytest.mark.parametrize(("low", "high"), [(1e-18, 1.01e-18), (1e-300, 1.001e-300), (-3.00001e-9, -3e-9), (1_000_000, 1_000_031)])
def test_a_slider_whose_values_differ_late_has_a_readout_for_each(low, high):
    made = slider(low, high, (high - low) / 31)
    assert len(set(made.texts)) == len(made.values) == 32


def test_a_tiny_value_is_told_exactly_where_few_digits_do():
    made = slider(1e-5, 2e-5, 6.25e-7)
    assert made.values[1] == 1.0625e-05 and made.texts[1] == "1.0625·10⁻⁵"
