"""An axis that is the same in many frames is drawn once, and each frame is as if it were drawn alone."""

import itertools
import json
import re

import matplotlib
import pytest
from conftest import shows, whole_frames
from matplotlib.axis import Axis
from matplotlib.ticker import FuncFormatter, MaxNLocator

from reglesson import style
from reglesson.explore import cut, explore, lazy, pictures, same, slider

WORDS = ["none"]


def figure(name, change, columns=1):
    """An explorer of one or two panels, whose frames differ in what `change` does to the last of them beside its line."""

    def draw(fig, k):
        """A line and its axes."""
        axes = fig.subplots(1, columns, squeeze=False)[0]
        for ax in axes:
            ax.plot([0.1, 1], [0.1, k + 1], color=style.BLUE)
            ax.set(xlim=(0.1, 1), ylim=(0, 5), xlabel="size", ylabel="error")
            ax.locator_params(nbins=2)  # most of what a frame costs is ticks
        change(axes[-1], k)
        return f"Number {k}."

    draw.__name__ = name
    return explore(draw, k=slider(0, 3, 1))


def functions(ax, k):
    WORDS[0] = f"<{k}>"  # one function, which says another thing in each frame
    ax.xaxis.set_major_formatter(FORMATTER)


FORMATTER = FuncFormatter(lambda value, _: WORDS[0])


class Sparse(MaxNLocator):
    """A locator of one's own, which may read what it likes."""

    def __call__(self):
        return [0.2] if WORDS[0] == "<1>" else [0.4, 0.6]


def own_locators(ax, k):
    WORDS[0] = f"<{k}>"
    ax.xaxis.set_major_locator(Sparse())


def custom_ticks(ax, k):
    ax.set_xticks([0.2, 0.6], ["few", "many"])
    ax.get_xticklabels()[0].set_color(style.ORANGE if k % 2 else style.BLUE)


def settings_within(ax, k):
    matplotlib.rcParams["xtick.major.size"] = 3.5 if k % 2 else 9


def pixels(ax, k):
    ax.set_rasterized(k % 2 == 1)


def twin(ax, k):
    ax.figure.subplots_adjust(right=0.8, wspace=0.6)
    ax.twinx().set(ylim=(0, 1 + k // 2), ylabel="other")


def aspect(ax, k):
    ax.set_aspect(1 + k // 2, adjustable="box")


def aligned(ax, k):
    ax.figure.axes[0].set(ylim=(0, 5 * 10 ** (k // 2)))
    ax.figure.align_ylabels()


def place(ax, k):
    ax.set_position([0.3, 0.2 + 0.05 * (k // 2), 0.6, 0.6])


def line_across(ax, k):
    ax.autoscale()
    ax.axhline(k, color=style.GREEN)  # which asks for the limits that hold so far
    ax.set(xscale="log", xlim=(0.1, 1), ylim=(0, 5))


CHANGES = {
    "nothing": lambda ax, k: None,
    "limits": lambda ax, k: ax.set(xlim=(0.1, 1 + k // 2)),
    "direction": lambda ax, k: k % 2 and ax.invert_xaxis(),
    "label": lambda ax, k: ax.set(ylabel=f"error {k % 2}"),
    "colour": lambda ax, k: ax.yaxis.label.set_color([style.BLUE, style.ORANGE][k % 2]),
    "scale": lambda ax, k: ax.set(xscale=["linear", "log"][k % 2]),
    "logarithmic": lambda ax, k: ax.set(xscale="log"),
    "line across": line_across,
    "shared": lambda ax, k: ax.figure.axes[0].sharey(ax),
    "shared limits": lambda ax, k: (ax.figure.axes[0].sharey(ax), ax.figure.axes[0].set(ylim=(0, 5 + k // 2))),
    "ticks": lambda ax, k: ax.set(xticks=[0.2, 0.4 + k // 2 / 10]),
    "length": lambda ax, k: ax.tick_params(length=3 + k % 2),
    "spine": lambda ax, k: ax.spines["bottom"].set_position(("outward", 4 * (k % 2))),
    "hidden": lambda ax, k: (ax.set(xlabel=""), ax.xaxis.set_visible(k % 2 == 0)),
    "grid": lambda ax, k: ax.grid(k % 2 == 0),
    "depth": lambda ax, k: ax.set_axisbelow(k % 2 == 0),
    "marks": lambda ax, k: ax.plot([0.5], [1], "|", zorder=0 if k % 2 else 3),
    "functions": functions,
    "own locators": own_locators,
    "custom ticks": custom_ticks,
    "settings": settings_within,
    "pixels": pixels,
    "twin": twin,
    "aspect": aspect,
    "aligned": aligned,
    "place": place,
}


@pytest.mark.parametrize("columns", [1, 2])
@pytest.mark.parametrize("change", CHANGES)
def test_each_frame_is_as_if_it_were_drawn_alone(change, columns):
    made = figure("axes", CHANGES[change], columns)
    page = made.html(player=False)
    script = json.loads(re.search(r'<script type="application/json">(.*?)</script>', page, re.DOTALL)[1])
    picture = re.search(r"<svg[^>]*>(.*)</svg>", page, re.DOTALL)[1]
    frames, layouts = whole_frames(script, picture, made.start[0]), dict(made._layouts)
    for k, frame in enumerate(frames):
        drawn = cut.cut(made.frame((k,), "svg")[0], "axes")[1]
        assert shows(frame, drawn)
    assert layouts == made._layouts


@pytest.mark.parametrize("columns", [1, 2])
@pytest.mark.parametrize("change", CHANGES)
def test_each_picture_of_pixels_is_as_if_it_were_drawn_alone(change, columns):
    made = figure("pixels", CHANGES[change], columns)
    for k in range(4):
        same_bytes = made.frame((k,), "png")[0] == made._drawn((k,), pictures.png)
        assert same_bytes, k  # to show how two pictures differ would take minutes


@pytest.mark.skipif(matplotlib.__version_info__[:2] < (3, 11), reason="before 3.11 an axis cannot be written down whole")
@pytest.mark.parametrize(("change", "columns", "drawn"), [("nothing", 1, 2), ("limits", 1, 4), ("label", 1, 4), ("functions", 1, 8),
                                                          ("logarithmic", 1, 2), ("line across", 1, 2),
                                                          ("shared", 2, 6)])  # fmt: skip
def test_axes_are_drawn_once_and_again_when_they_change(change, columns, drawn, monkeypatch):
    assert issubclass(lazy.XAxis, Axis)  # made before its base is watched
    count, plain = itertools.count(), Axis.draw
    monkeypatch.setattr(Axis, "draw", lambda *words: (next(count), plain(*words)))
    made = figure("counted", CHANGES[change], columns)
    made.html()
    assert next(count) == drawn
    for k in range(4):
        made.frame((k,), "png")
    assert next(count) == 1 + 2 * drawn


def test_what_the_edge_cuts_is_refused_in_a_later_frame_too():
    made = figure("cut_later", lambda ax, k: ax.set(ylabel="much too long " * (5 if k == 2 else 1)))
    with pytest.raises(RuntimeError, match=re.escape("failed at {'k': 2}: ValueError: the figure's edge cuts the label")):
        made.html()


def test_a_name_that_stands_for_an_axis_is_no_authors():
    svg = f'<svg xmlns="{cut.SVG}" viewBox="0 0 9 9"><g id="{same.KEPT}0"><path d="M 0 0 L 1 1"/></g></svg>'
    kept = {}
    assert cut.cut(svg, "it", kept) == cut.cut(svg.replace('<path d="M 0 0 L 1 1"/>', ""), "it", kept)
    assert kept == {f"{same.KEPT}0": ['<path d="M0 0l1 1" />']}
