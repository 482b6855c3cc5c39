"""Axes that make no ticks before somebody asks for them draw what matplotlib's own axes draw."""

import itertools

import matplotlib
import pytest
from matplotlib.axis import Tick
from matplotlib.figure import Figure

from reglesson import style
from reglesson.explore import lazy, pictures, settings

pytestmark = pytest.mark.skipif(matplotlib.__version_info__ < (3, 11), reason="before it each axis is drawn, and its ticks with it")


def settings_between(fig):
    ax = fig.subplots()
    matplotlib.rcParams["xtick.major.size"] = 9
    ax.set(xticks=[0.2, 0.6])


def settings_between_and_reset(fig):
    ax = fig.subplots()
    matplotlib.rcParams["xtick.major.size"] = 9
    ax.xaxis.reset_ticks()
    matplotlib.rcParams["xtick.major.size"] = 2


def settings_before(fig):
    with matplotlib.rc_context({"ytick.labelsize": 15, "ytick.color": style.ORANGE}):
        fig.subplots().plot([0, 1], [0, 3])


def coloured_texts(fig):
    ax = fig.subplots()
    ax.set_xticks([0.2, 0.6])
    ax.set_xticklabels(["few", "many"])[1].set_color(style.ORANGE)
    ax.set_yticks([0.1, 0.4])[0].label1.set_color(style.BLUE)


def turned_texts(fig):
    ax = fig.subplots()
    ax.set_xticks([0.2, 0.6], ["few", "many"], rotation=30)
    ax.set_yticks([0.1, 0.4], labels=[])


def looks(fig):
    ax = fig.subplots()
    ax.tick_params(length=8, labelcolor=style.ORANGE)
    ax.set(xticks=[0.2, 0.6])
    ax.tick_params(axis="x", which="both", width=3, grid_color=style.BLUE)
    ax.grid(axis="x")
    ax.tick_params(axis="y", reset=True, pad=9)


def minor(fig):
    ax = fig.subplots()
    ax.minorticks_on()
    ax.set_xticks([0.1, 0.35], minor=True)
    ax.tick_params(which="minor", length=6, color=style.GREEN)


def shared(fig):
    for ax in fig.subplots(2, 2, sharex=True, sharey=True).flat:
        ax.plot([1, 5], [2, 200])
    ax.set(yscale="log", xticks=[1, 5], xticklabels=["one", "five"])


def twins(fig):
    ax = fig.subplots()
    ax.twinx().set(ylim=(0, 7), ylabel="other")
    ax.inset_axes((0.5, 0.5, 0.3, 0.3)).set(xticks=[0, 1])


def lines_elsewhere(fig):
    left, right = fig.subplots(1, 2)
    left.spines["bottom"].set_position(("outward", 7))
    left.spines["left"].set_position("zero")
    right.spines[["top", "right"]].set_visible(True)
    right.xaxis.set_ticks_position("top")


def clipped(fig):
    left, right = fig.subplots(1, 2)
    left.grid()
    left.xaxis.set_clip_path(left.patch)
    left.xaxis.set_clip_path(None)
    right.grid()


def one_tick(fig):
    ax = fig.subplots()
    ax.xaxis.majorTicks[0].tick1line.set_color(style.ORANGE)
    ax.set(xticks=[0.2, 0.6], xticklabels=["few", "many"])


def again(fig):
    ax = fig.subplots()
    ax.set(xscale="log", xlim=(1e-3, 1e3))
    ax.clear()
    ax.plot([0, 1], [0, 1e9])


def other_kinds(fig):
    fig.add_subplot(1, 2, 1, projection="polar").plot([0, 1], [0, 1])
    fig.add_axes((0.6, 0.2, 0.3, 0.6)).plot([0, 1], [0, 1])


KINDS = [settings_between, settings_between_and_reset, settings_before, coloured_texts, turned_texts, looks, minor, shared, twins,
         lines_elsewhere, clipped, one_tick, again, other_kinds]  # fmt: skip


@pytest.mark.parametrize("draw", KINDS)
def test_axes_with_late_ticks_draw_what_others_do(draw):
    def drawn(fig):
        with settings.drawing(matplotlib):
            draw(fig)
            return pictures.svg(fig)

    assert drawn(lazy.Figure(figsize=(5, 3))) == drawn(Figure(figsize=(5, 3)))


def test_no_tick_is_made_before_somebody_asks(monkeypatch):
    count, plain = itertools.count(), Tick.__init__
    monkeypatch.setattr(Tick, "__init__", lambda *words, **more: (next(count), plain(*words, **more))[1])
    ax = lazy.Figure().subplots()
    ax.set(xscale="log", xticks=[1, 3], xticklabels=["one", "three"], ylim=(0, 2))
    ax.tick_params(length=3)
    ax.grid()
    labels = ax.set_xticks([1, 2, 3])
    assert next(count) == 0
    assert len(labels) == 3 and [tick.get_loc() for tick in labels[1:]] == [0, 0]
    assert next(count) == 1 + 3
