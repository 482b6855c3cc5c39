"""Figures that the reader can change: each is drawn as in the book where nothing is changed, and otherwise where something is."""

import ast
import html
import itertools
import json
import re
import sys
import time
from pathlib import Path
from xml.etree import ElementTree

import change
import contents
import nbformat
import numpy as np
import practice
import pytest

from reglesson.explore import cut, explore, slider
from reglesson.explore.page import with_formulas

sys.path += [str(change.HERE), str(practice.HERE)]
import figure

ROOT = Path(__file__).resolve().parent.parent
CHAPTERS = contents.numbered(ROOT)
ALL = {(page, name): about for page in contents.pages(ROOT) if (ROOT / f"{page}.ipynb").is_file()
       for name, about in change.figures(ROOT / f"{page}.ipynb").items()}  # fmt: skip
FIGURES = [key for key, about in ALL.items() if about["live"]]
POINTS = [key for key in FIGURES if '"points": (' in ALL[key]["cell"]]


def source(page, name, cell=None):
    """A figure as the page tells Python of it, by the book's own code or by a reader's."""
    about = ALL[page, name]
    return {"name": name, "setup": about["setup"], "cell": cell or about["cell"], "yours": cell is not None}


def begun(code):
    """What the page's Python answers when a figure is to be changed."""
    answer = json.loads(figure.begin(code))
    assert answer["state"] == "done", answer
    return answer


def start(answer):
    """The values at which the sliders of a figure start."""
    return {each["name"]: each["start"] for each in answer["sliders"]}


def asked(code, values, numbers=None, draw=0, points=None):
    """What it answers when something was changed."""
    return json.loads(figure.frame(code, values, numbers or {}, draw, points or {}))


def test_a_figure_may_be_given_by_keyword_and_one_without_a_name_is_refused(tmp_path):
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("explore(draw=one_line, k=slider(1, 2, 1))")])
    nbformat.write(notebook, tmp_path / "page.ipynb")
    assert list(change.figures(tmp_path / "page.ipynb")) == ["one-line"]
    notebook.cells[0].source = "explore(figs[0], k=slider(1, 2, 1))"
    nbformat.write(notebook, tmp_path / "page.ipynb")
    with pytest.raises(ValueError, match=r"page.ipynb: explore must be given a function by its name, got explore\(figs\[0\]"):
        change.figures(tmp_path / "page.ipynb")


def test_at_least_two_figures_of_each_chapter_can_be_changed_and_fourteen_in_all():
    assert len(FIGURES) >= 14
    assert all(sum(page == chapter for page, _ in FIGURES) >= 2 for chapter in CHAPTERS)


@pytest.mark.parametrize(("page", "name"), FIGURES, ids=[name for _, name in FIGURES])
def test_at_each_position_the_live_sentence_is_the_books(site, page, name):
    code = source(page, name)
    answer = begun(code)
    text = (site / f"{page}.html").read_text(encoding="utf-8")
    baked = re.search(rf'<figure class="explorer" id="{name}".*?</figure>', text, re.DOTALL)[0]
    assert " data-live" in baked[: baked.index(">")]
    data = re.search(r'<script type="application/json">(.*?)</script>', baked, re.DOTALL)
    grid = itertools.product(*(each["values"] for each in answer["sliders"]))
    names = [each["name"] for each in answer["sliders"]]
    live = [asked(code, dict(zip(names, values, strict=True))) for values in grid]
    assert all(one["state"] == "done" and one["svg"].count("<g") for one in live)
    said = [with_formulas(one["says"]) for one in live]
    if data:
        assert said == json.loads(data[1])["captions"]
    else:
        assert said[0] in html.unescape(baked)


@pytest.mark.parametrize(("page", "name"), FIGURES, ids=[name for _, name in FIGURES])
def test_another_draw_and_other_numbers_make_another_picture(page, name):
    code = source(page, name)
    answer = begun(code)
    values = start(answer)
    first = asked(code, values)
    assert answer["random"]
    another = asked(code, values, draw=1)
    assert another["state"] == "done" and another != first
    for each in answer["numbers"]:
        for value in (each["values"][0], each["values"][-1]):
            changed = asked(code, values, {one["name"]: value if one is each else one["start"] for one in answer["numbers"]})
            assert changed["state"] == "done" and changed["svg"] != first["svg"], each["name"]
    for each in answer["sliders"]:
        if not each["stops"]:
            between = (each["values"][0] + each["values"][1]) / 2
            assert asked(code, values | {each["name"]: between})["state"] == "done"
    assert asked(code, values, {one["name"]: one["start"] for one in answer["numbers"]}) == first  # and back again


def cpu(act):
    """The least processor time of two calls of something, in seconds."""
    took = []
    for _ in range(2):
        began = time.process_time()
        act()
        took.append(time.process_time() - began)
    return min(took)


@pytest.mark.parametrize(("page", "name"), FIGURES, ids=[name for _, name in FIGURES])
def test_nothing_is_computed_that_a_figure_does_not_need(page, name):
    code = source(page, name)
    values = start(begun(code))
    first = asked(code, values)
    statements = ast.parse(code["setup"]).body
    for k, statement in enumerate(statements):
        if not practice.light(statement):  # without one of the others the figure is another, or there is none
            without = ast.unparse(ast.Module([*statements[:k], *statements[k + 1 :]], []))
            assert asked(code | {"setup": without}, values) != first, ast.unparse(statement)
    # a chapter's studies take far longer than to begin a figure of a handful of points
    assert cpu(lambda: begun(code)) < 25 * cpu(lambda: begun(source(*POINTS[0])))


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
DOTS = {"name": "dots", "setup": SETUP, "cell": CELL, "yours": False}


def test_what_can_change_is_found_and_what_cannot_be_drawn_is_told():
    answer = begun(DOTS)
    [k], [size] = answer["sliders"], answer["numbers"]
    assert (k["stops"], k["whole"], k["start"], k["values"]) == (True, True, 3, [1, 3, 5, 7])
    assert (size["name"], size["whole"]) == ("SIZE", True) and answer["random"] and not answer["points"]
    assert asked(DOTS, {"k": 3}, {"SIZE": 4})["says"] == f"4 and 3: {4 * 0.345584:.3f}."
    assert asked(DOTS, {"k": 3}, {"SIZE": 4}, 1)["says"] != asked(DOTS, {"k": 3}, {"SIZE": 4})["says"]
    failed = asked(DOTS, {"k": 4}, {"SIZE": 4})
    assert failed["state"] == "failed" and failed["says"] == "This cannot be drawn. KeyError: 4."
    assert json.loads(figure.begin({**DOTS, "setup": "", "cell": "1 / 0"}))["state"] == "failed"


def test_a_python_that_was_started_anew_goes_on_with_the_same_figure():
    begun(DOTS)
    before = asked(DOTS, {"k": 3}, {"SIZE": 4}, 1)
    figure.kept.clear()
    assert asked(DOTS, {"k": 3}, {"SIZE": 4}, 1) == before


# -- points --------------------------------------------------------------------------------------------------------


def moved(told, act):
    """The points that Python told of, changed, as the page sends them back."""
    return dict(zip(told["names"], map(list, zip(*act(told["values"]), strict=True)), strict=True))


def marks(answer):
    """Where an answer's picture has marks, from its upper left corner."""
    picture = ElementTree.fromstring(f"<svg>{answer['svg']}</svg>")
    alone = [[float(use.get("x", 0)), float(use.get("y", 0))] for use in picture.iter() if use.tag.endswith("use")]
    many = [np.array(cut.NUMBER.findall(path.get("d")), float).reshape(-1, 2).cumsum(axis=0) for path in picture.iter()
            if "marker:" in path.get("style", "")]  # fmt: skip
    return np.concatenate([np.reshape(alone, (-1, 2)), *many])


def pixels(told):
    """Where the points are by what Python told of their axes."""
    left, top, right, bottom = told["box"]
    parts = [[((np.log10(v) if log else v) - low) / (high - low) for v, (log, low, high) in zip(point, told["axes"], strict=True)]
             for point in told["values"]]  # fmt: skip
    return np.array([[left + x * (right - left), bottom - y * (bottom - top)] for x, y in parts])


def has_marks_at(answer, places):
    """Whether each place has a mark of the picture; those outside of the axes may be cut."""
    found = marks(answer)
    return all(np.abs(found - place).sum(axis=1).min() < 0.11 for place in places)


def test_figures_of_points_let_them_be_moved_in_two_chapters_at_least():
    assert len(POINTS) >= 3 and len({page for page, _ in POINTS}) >= 2


@pytest.mark.parametrize(("page", "name"), POINTS, ids=[name for _, name in POINTS])
def test_points_stand_where_python_says_and_can_be_moved_added_and_removed(page, name):
    code = source(page, name)
    answer = begun(code)
    values = start(answer)
    first = asked(code, values)
    told = first["points"]
    assert answer["points"] and has_marks_at(first, pixels(told))
    assert asked(code, values, points=moved(told, lambda all: all)) == first  # sent back as they are, they are the book's
    middle = [(low + high) / 2 for _, low, high in told["axes"]]
    drawn, again = cpu(lambda: asked(code, values)), iter([1.01, 1.02])
    nudge = lambda all: [[all[0][0] * next(again), all[0][1]], *all[1:]]  # noqa: E731
    assert cpu(lambda: asked(code, values, points=moved(told, nudge))) < 5 * drawn  # that a point moves computes little anew
    changes = [lambda all: [middle, *all[1:]], lambda all: [*all, middle], lambda all: all[1:], lambda all: [middle] * len(all)]
    for act in changes:
        another = asked(code, values, points=moved(told, act))
        assert another["state"] == "done", another["says"]
        assert another["points"]["values"] == act(told["values"])
        assert has_marks_at(another, pixels(another["points"]))
        assert another["svg"] != first["svg"] and another["says"] != first["says"]
    assert asked(code, values) == first


@pytest.mark.parametrize(("page", "name"), POINTS, ids=[name for _, name in POINTS])
@pytest.mark.parametrize("left", [0, 1, 2])
def test_few_points_are_drawn_or_one_sentence_says_that_they_cannot_be(page, name, left):
    code = source(page, name)
    values = start(begun(code))
    told = asked(code, values)["points"]
    few = {key: all[:left] for key, all in moved(told, lambda all: all).items()}
    for each in [values] + [values | {s["name"]: s["values"][k]} for s in begun(code)["sliders"] for k in (0, -1)]:
        answer = asked(code, each, points=few)
        assert answer["state"] == "done" or re.fullmatch(r"This cannot be drawn\. \w+: [^\n]+\.", answer["says"]), answer
    assert asked(code, values)["state"] == "done"


CLOUD = """
def cloud(fig):
    "See the points."
    left, right = fig.subplots(1, 2, gridspec_kw={"wspace": 0.5})
    left.plot([0, 1], [0, 1])
    right.scatter(xs, ys)
    right.set(xscale="log", xlim=(0.1, 100), ylim=(5, -5))
    return f"{len(xs)} points, {len(twice)} of them twice."

explore(cloud, live={"points": ("xs", "ys"), "N": slider(1, 9, 1)})
"""
CLOUD_SETUP = """
import numpy as np
from reglesson.explore import explore, slider
N = 4
xs = 10 ** np.random.default_rng(0).uniform(0, 1, (N, 1))
twice = 2 * xs
ys = xs[:, 0] - N + np.random.default_rng(1).normal(size=N)
"""
SCATTER = {"name": "cloud", "setup": CLOUD_SETUP, "cell": CLOUD, "yours": False}


def test_points_are_found_in_a_panel_on_the_right_with_a_logarithmic_axis_and_one_upside_down():
    begun(SCATTER)
    answer = asked(SCATTER, {}, {"N": 4})
    told = answer["points"]
    assert told["names"] == ["xs", "ys"] and told["right"] and [log for log, _, _ in told["axes"]] == [True, False]
    assert told["axes"] == [[True, -1, 2], [False, 5, -5]] and has_marks_at(answer, pixels(told))
    assert asked(SCATTER, {}, {"N": 7})["says"].startswith("7 points")
    # what is made of one of them while the other is not there yet is the chapter's; both are the reader's from then on
    three = asked(SCATTER, {}, {"N": 4}, points={"xs": [1, 2, 3], "ys": [0, 0, 1]})
    assert three["says"] == "3 points, 4 of them twice." and three["points"]["values"] == [[1, 0], [2, 0], [3, 1]]


def test_where_no_axes_show_the_points_none_are_told_of():
    hidden = {**SCATTER, "name": "hidden", "cell": CLOUD.replace("right.scatter(xs, ys)", "right.scatter(ys, ys)")}
    begun(hidden)
    assert asked(hidden, {}, {"N": 4})["points"] is None


# -- a reader's code -----------------------------------------------------------------------------------------------


def test_every_figure_of_every_page_has_its_code_and_a_key_of_its_own():
    pages = {page for page, _ in ALL}
    assert {"index", "book/mistakes", "book/sliders", *CHAPTERS} <= pages
    for page in pages:
        notebook = (ROOT / f"{page}.ipynb").read_text(encoding="utf-8")
        assert sum(page == other for other, _ in ALL) == len(re.findall(r'"explore\(', notebook))
    assert len({about["hash"] for about in ALL.values()}) == len(ALL)


# those whose chapter computes for long are left to the browser, where a reader waits for them, too
QUICK = [("book/overfitting", "degree-and-size"), ("book/l2", "circle-and-ellipse"), ("book/l1", "one-weight"),
         ("book/choosing", "folds-and-rules"), ("book/mistakes", "which-factor"), ("book/sliders", "hidden-units")]  # fmt: skip


@pytest.mark.parametrize(("page", "name"), QUICK)
def test_the_code_of_a_figure_without_a_live_button_draws_it_too(site, page, name):
    code = source(page, name, ALL[page, name]["cell"])
    assert (page, name) not in FIGURES
    answer = asked(code, start(begun(code)))
    text = html.unescape((site / f"{page}.html").read_text(encoding="utf-8"))
    assert answer["state"] == "done" and with_formulas(answer["says"]) in text


def test_a_readers_code_has_sliders_of_its_own_and_tells_what_it_prints():
    mine = "print('half', end='')\n" + CELL.replace("k=slider(1, 7, 2)", "k=slider(3, 5, 2)")
    code = {**DOTS, "cell": mine, "yours": True}
    answer = begun(code)
    assert answer["output"] == "half" and answer["sliders"][0]["values"] == [3, 5]
    assert asked(code, {"k": 5}, {"SIZE": 2})["says"].startswith("2 and 5: ")


def test_a_text_that_the_edge_cuts_is_drawn_in_the_page():
    cell = CELL.replace("return f", "fig.text(0.9, 0.5, 'far beyond the edge of it')\n    return f")
    long = {**DOTS, "cell": cell, "yours": True}
    begun(long)
    assert "far beyond" in asked(long, {"k": 3}, {"SIZE": 2})["svg"]


@pytest.mark.parametrize(("change", "said"), [
    (("return f", "return undefined + f"), "Line 5: NameError: name 'undefined' is not defined."),
    (("def dots(fig, k):", "def dots(fig, k:"), "Line 2: SyntaxError: '(' was never closed."),
    (("def dots", "import nowhere\ndef dots"), "Line 2: there is no module 'nowhere' here"),
    (("def dots", "while True: print('x' * 999)\ndef dots"), "Your code printed more than 20,000 characters"),
    (("def dots", "raise SystemExit\ndef dots"), "Line 2: SystemExit."),
    (("heights[k]", "heights[k + 1]"), "Line 5: KeyError: 4."),
    (("np.random.default_rng(3).normal(size=k)", "np.log(-1.0)"), "Line 4: RuntimeWarning: invalid value encountered in log."),
    (("explore(dots, ", "len(dots, "), "Line 7: TypeError: "),
    (('"See the dots, and how many of them there are."', "pass"), "Line 7: ValueError: draw must have a docstring"),
    ((CELL, ""), "ValueError: the last line must stay explore(...), which makes the figure."),
    (("explore(dots", "_ = explore(dots"), "ValueError: the last line must stay explore(...), which makes the figure."),
    ((CELL, "import"), "Line 1: SyntaxError: "),
])  # fmt: skip
def test_an_error_names_the_readers_own_line(change, said):
    answer = json.loads(figure.begin({**DOTS, "cell": CELL.replace(*change), "yours": True}))
    assert answer["state"] == "failed" and answer["says"].startswith(said), answer["says"]
    begun(DOTS)  # and the book's own goes on


@pytest.mark.parametrize(
    ("live", "said"),
    [
        ([1], "live must be a dict"),
        ({"x": 3}, "must be a log_slider"),
        ({"k": slider(0, 1, 1)}, "got 'k'"),
        ({"points": slider(0, 1, 1)}, "the names of two arrays"),
        ({"points": "xy"}, "the names of two arrays"),
        ({"points": ("LEFT", "RIGHT", "LEFT")}, "the names of two arrays"),
        ({"points": ("LEFT", "nowhere")}, "two arrays of the notebook"),
        ({"points": ("LEFT", "LONGER")}, "one as long as the other"),
        ({"points": ("LEFT", "FIGURES")}, "two arrays of the notebook"),
    ],
)
def test_what_no_reader_could_change_is_refused(live, said):
    with pytest.raises(ValueError, match=said):
        explore(line, k=slider(0, 1, 1), live=live)


LEFT, RIGHT, LONGER = np.arange(3.0), np.zeros((3, 1)), np.arange(4.0)


def line(fig, k):
    """See the line."""
    return "A line."


def test_points_may_be_a_column_and_a_row():
    assert explore(line, k=slider(0, 1, 1), live={"points": ["LEFT", "RIGHT"]}).live == {"points": ("LEFT", "RIGHT")}
