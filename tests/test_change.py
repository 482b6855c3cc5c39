"""Figures that the reader can change: each is drawn as in the book where nothing is changed, and otherwise where something is."""

import html
import itertools
import json
import re
import sys
from pathlib import Path

import change
import contents
import numpy as np
import practice
import pytest

from reglesson.explore import explore, slider
from reglesson.explore.page import with_formulas

sys.path += [str(change.HERE), str(practice.HERE)]
import figure

ROOT = Path(__file__).resolve().parent.parent
CHAPTERS = contents.numbered(ROOT)
ALL = {name: (page, about) for page in CHAPTERS for name, about in change.figures(ROOT / f"{page}.ipynb").items()}
FIGURES = [(page, name) for name, (page, about) in ALL.items() if about["live"]]
POINTS = [name for _, name in FIGURES if '"points": (' in ALL[name][1]["cell"]]


def source(name, cell=None):
    """A figure as the page tells Python of it, drawn by the book's code or by a reader's."""
    about = ALL[name][1]
    return {"name": name, "setup": about["setup"], "cell": cell or about["cell"], "yours": cell is not None}


def begun(code):
    """What the page's Python answers when a figure is to be changed."""
    answer = json.loads(figure.begin(code))
    assert answer["state"] == "done", answer
    return answer


def asked(code, values, numbers=None, draw=0, points=None):
    """What it answers when something was changed."""
    return json.loads(figure.frame(code, values, numbers or {}, draw, points or {}))


def test_at_least_two_figures_of_each_chapter_can_be_changed_and_fourteen_in_all():
    assert len(FIGURES) >= 14
    assert all(sum(page == chapter for page, _ in FIGURES) >= 2 for chapter in CHAPTERS)


@pytest.mark.parametrize(("page", "name"), FIGURES, ids=[name for _, name in FIGURES])
def test_at_each_position_the_live_sentence_is_the_books(site, page, name):
    answer = begun(page, name)
    text = (site / f"{page}.html").read_text(encoding="utf-8")
    baked = re.search(rf'<figure class="explorer" id="{name}".*?</figure>', text, re.DOTALL)[0]
    assert " data-live" in baked[: baked.index(">")]
    data = re.search(r'<script type="application/json">(.*?)</script>', baked, re.DOTALL)
    grid = itertools.product(*(each["values"] for each in answer["sliders"]))
    names = [each["name"] for each in answer["sliders"]]
    live = [asked(name, dict(zip(names, values, strict=True))) for values in grid]
    assert all(one["state"] == "done" and one["svg"].count("<g") for one in live)
    said = [with_formulas(one["says"]) for one in live]
    if data:
        assert said == json.loads(data[1])["captions"]
    else:
        assert said[0] in html.unescape(baked)


@pytest.mark.parametrize(("page", "name"), FIGURES, ids=[name for _, name in FIGURES])
def test_another_draw_and_other_numbers_make_another_picture(page, name):
    answer = begun(page, name)
    start = {each["name"]: each["start"] for each in answer["sliders"]}
    first = asked(name, start)
    assert answer["random"]
    another = asked(name, start, draw=1)
    assert another["state"] == "done" and another != first
    for each in answer["numbers"]:
        for value in (each["values"][0], each["values"][-1]):
            changed = asked(name, start, {one["name"]: value if one is each else one["start"] for one in answer["numbers"]})
            assert changed["state"] == "done" and changed["svg"] != first["svg"], each["name"]
    for each in answer["sliders"]:
        if not each["stops"]:
            between = (each["values"][0] + each["values"][1]) / 2
            assert asked(name, start | {each["name"]: between})["state"] == "done"
    assert asked(name, start, {one["name"]: one["start"] for one in answer["numbers"]}) == first  # and back again


CELL = """
def dots(fig, k):
    "See the dots, and how many of them there are."
    fig.subplots().plot(np.random.default_rng(3).normal(size=k), "o")
    return f"{SIZE} and {k}: {heights[k]:.3f}."

explore(dots, k=slider(1, 7, 2), live={"SIZE": slider(1, 5, 1)})
"""
SETUP = """
import numpy as np
from reglesson.explore import explore, slider
SIZE = 2
heights = {k: SIZE * np.random.default_rng(1).normal() for k in (1, 3, 5, 7)}
"""


def test_what_can_change_is_found_and_what_cannot_be_drawn_is_told():
    answer = json.loads(figure.begin("dots", SETUP, CELL))
    [k], [size] = answer["sliders"], answer["numbers"]
    assert (k["stops"], k["whole"], k["start"], k["values"]) == (True, True, 3, [1, 3, 5, 7])
    assert (size["name"], size["whole"]) == ("SIZE", True) and answer["random"]
    assert asked("dots", {"k": 3}, {"SIZE": 4})["says"] == f"4 and 3: {4 * 0.345584:.3f}."
    assert asked("dots", {"k": 3}, {"SIZE": 4}, 1)["says"] != asked("dots", {"k": 3}, {"SIZE": 4})["says"]
    failed = asked("dots", {"k": 4}, {"SIZE": 4})
    assert failed["state"] == "failed" and "KeyError: 4" in failed["says"]
    assert json.loads(figure.begin("none", "", "1 / 0"))["state"] == "failed"


@pytest.mark.parametrize(
    ("live", "said"), [([1], "live must be a dict"), ({"x": 3}, "must be a log_slider"), ({"k": slider(0, 1, 1)}, "got 'k'")]
)
def test_what_no_reader_could_change_is_refused(live, said):
    def line(fig, k):
        """See the line."""
        return "A line."

    with pytest.raises(ValueError, match=said):
        explore(line, k=slider(0, 1, 1), live=live)
