"""The plots that chapters share: each line stands where its numbers are, and is told from the others without colour."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from reglesson import figures, style
from reglesson.figures import coefficient_paths, learning_curves
from reglesson.network import History


@pytest.fixture
def ax():
    return Figure().subplots()


def test_a_path_shows_each_weight_over_rising_penalties(ax):
    lams, coefs = np.array([10.0, 0.1, 1.0]), np.array([[0.0, 1.0], [4.0, 3.0], [2.0, 2.0]])
    coefficient_paths(ax, lams, coefs, names=["first", "second"], at=0.5)
    assert ax.get_xscale() == "log"
    for line, weights in zip(ax.lines, [[4, 2, 0], [3, 2, 1]], strict=False):
        assert line.get_xdata().tolist() == [0.1, 1, 10] and line.get_ydata().tolist() == weights
    assert [(note.get_text(), note.xy) for note in ax.texts] == [("first", (0.1, 4)), ("second", (0.1, 3))]
    assert ax.lines[-1].get_xdata() == [0.5, 0.5]


def test_a_penalty_of_zero_has_no_place_on_a_logarithmic_axis(ax):
    coefficient_paths(ax, [0.0, 0.1, 1.0], [[9.0], [2.0], [0.0]], names=["age"])
    assert ax.lines[0].get_xdata().tolist() == [0.1, 1.0] and ax.texts[0].xy == (0.1, 2.0)
    with pytest.raises(ValueError, match="lams must hold a penalty above 0"):
        coefficient_paths(ax, [0.0], [[9.0]])
    with pytest.raises(ValueError, match=r"at must be a number in .*, got 0\.0"):
        coefficient_paths(ax, [0.1], [[9.0]], at=0.0)


def test_twenty_weights_are_told_apart_and_no_line_marks_a_penalty_that_was_not_given(ax):
    coefficient_paths(ax, np.ones(1), np.zeros((1, 20)))
    assert len({(line.get_color(), line.get_linestyle()) for line in ax.lines[:20]}) == 20
    assert len(ax.lines) == 21 and not ax.texts


@pytest.mark.parametrize(("val_loss", "stop", "labels"), [([], None, ["training"]), ([4.0, 5.0], 1, ["training", "validation"])])
def test_curves_begin_with_the_first_epoch_and_show_only_what_was_measured(ax, val_loss, stop, labels):
    learning_curves(ax, History(np.array([3.0, 2.0]), np.array(val_loss), None, False), stop)
    shown = [line for line in ax.lines if not line.get_label().startswith("_")]
    assert [line.get_label() for line in shown] == labels
    assert [line.get_xdata().tolist() for line in shown] == [[1, 2]] * len(labels)
    assert [line.get_ydata().tolist() for line in shown] == [[3, 2], val_loss][: len(labels)]
    assert len(ax.lines) - len(shown) == (stop is not None)


def test_a_name_stands_at_its_curve_in_its_colour():
    ax = Figure().subplots()
    figures.name(ax, 2, 3, "training", style.BLUE, dx=5)
    [label] = ax.texts
    assert (label.get_text(), label.xy, label.get_color(), label.get_position()) == ("training", (2, 3), style.BLUE, (5, 0))


def test_learning_curves_of_which_one_was_left_out_show_the_other_and_of_none_are_refused(ax):
    none, some = np.empty(0), np.array([3.0, 2.0])
    learning_curves(ax, History(none, some, 1, False))
    assert [line.get_label() for line in ax.lines] == ["validation"] and ax.lines[0].get_xdata().tolist() == [1, 2]
    with pytest.raises(ValueError, match="history must be a History of `train` that holds losses"):
        learning_curves(ax, History(none, none, None, False))
