"""Draws a figure of a chapter anew: at any value of its sliders, with other data or by other code than in the book.

The page's Python calls `begin` with a figure, and then `frame` as often as
something changes. A figure is a dictionary: its name, the part of the chapter
that its code needs (`setup`), the code (`cell`), and whether a reader wrote it
(`yours`). It comes with each call, so that a Python that had to be started anew
goes on where the last one was. Tests call both in any other Python.
"""

import ast
import contextlib
import functools
import json
import math
from dataclasses import replace

import harness
import numpy as np

from reglesson.explore import Slider, cut, number
from reglesson.explore.explorer import Explorer

SCALES = {"linear": float, "log": math.log10}
kept = {}  # by the name of a figure what was made last: of which figure, with which values, and the explorer


class Shown(Explorer):
    """An explorer that an edge may cut a text of: the page's matplotlib is not the book's, and who sees it can make room."""

    def _refuse(self, fig):
        """Refuse nothing."""


def answered(function):
    """Make of a function's dictionary, or of an error, JSON for the page; what was printed comes with it."""

    def answer(figure, *arguments):
        screen = harness.Screen()
        try:
            with contextlib.redirect_stdout(screen), contextlib.redirect_stderr(screen):
                found = {"state": "done", **function(figure, *arguments)}
        except BaseException as error:  # code of a reader's may even exit
            found = {"state": "failed", "says": said(error, figure["yours"])}
        return json.dumps({**found, "output": "".join(screen.parts)})

    return answer


def said(error, yours):
    """An error in a sentence; of the reader's own code with the line."""
    wrapped = isinstance(error, RuntimeError) and str(error).startswith("explorer ")  # which says at what values it was
    told = harness.told(error.__cause__ if wrapped and error.__cause__ else error)
    return told if yours else f"This cannot be drawn. {told}"


@contextlib.contextmanager
def draws(draw, told):
    """Have every generator begin elsewhere, the more so the more often one has drawn; 0 is as in the book."""
    original = np.random.default_rng

    def other(seed=None):
        told.add("random")
        known = isinstance(seed, (int, np.integer, list, tuple))
        return original([*np.atleast_1d(seed).tolist(), draw] if draw and known else seed)

    np.random.default_rng = other
    try:
        yield
    finally:
        np.random.default_rng = original


def made(figure, numbers, draw, points, told):
    """The explorer that a figure's code makes, where some names of the chapter have other values."""
    parts = ("the chapter", figure["setup"]), (harness.YOURS if figure["yours"] else "the figure", figure["cell"])
    names, explorer = {"__name__": "__main__"}, None
    with draws(draw, told):
        for where, text in parts:
            for statement in ast.parse(text, where).body:
                if isinstance(statement, ast.Expr):
                    explorer = eval(compile(ast.Expression(statement.value), where, "eval"), names)
                    continue
                explorer = None
                with contextlib.redirect_stdout(None) if where == "the chapter" else contextlib.nullcontext():
                    exec(compile(ast.Module([statement], []), where, "exec"), names)
                names.update({key: value for key, value in numbers.items() if key in names})
                if all(key in names for key in points):  # both, since one may be made of the other, and as many of it
                    names.update({key: np.reshape(values, (-1, *np.shape(names[key])[1:])) for key, values in points.items()})
    if not isinstance(explorer, Explorer):
        raise ValueError("the last line must stay explore(...), which makes the figure")
    return explorer


def counted(explorer):
    """The sliders for numbers of the notebook."""
    return {name: s for name, s in (explorer.live or {}).items() if isinstance(s, Slider)}


def at_start(sliders):
    """The values at which sliders start."""
    return {name: s.values[s.start] for name, s in sliders.items()}


def whole(slider):
    """Whether a slider runs over integers."""
    return all(isinstance(value, int) for value in slider.values)


def typed(sliders, values):
    """Values as the notebook's own are: the page knows one kind of number."""
    kinds = {name: str if s.kind == "choice" else int if whole(s) else float for name, s in sliders.items()}
    return {name: kinds[name](value) for name, value in values.items()}


def about(name, slider, stops):
    """What the page needs to know of a slider; one that stops only takes the values of the book."""
    known = {"name": name, "label": slider.label, "kind": slider.kind, "values": slider.values, "stops": stops}
    return known | {"whole": whole(slider), "start": slider.values[slider.start]}


def stops(explorer, name):
    """Whether a figure can be drawn at the values of a slider alone, as where the chapter has computed all of them before."""
    slider = explorer.sliders[name]
    if slider.kind == "choice":
        return True
    at = max(slider.start, 1)
    between = (slider.values[at - 1] + slider.values[at]) / 2
    if whole(slider) and not between.is_integer():
        return True
    try:
        drawn(explorer, typed(explorer.sliders, at_start(explorer.sliders) | {name: between}), 0, set())
    except RuntimeError:
        return True
    return False


def drawn(explorer, values, draw, told):
    """One frame, at any values: the picture, its sentence, and the figure that matplotlib has drawn."""
    figures = []

    @functools.wraps(explorer.draw)
    def draw_and_keep(fig, **values):
        figures.append(fig)
        return explorer.draw(fig, **values)

    texts = {name: value if isinstance(value, str) else number(value) for name, value in values.items()}
    fixed = {name: replace(s, values=(values[name],), texts=(texts[name],), start=0) for name, s in explorer.sliders.items()}
    with draws(draw, told):
        return *Shown(draw_and_keep, explorer.figsize, fixed).frame((0,) * len(fixed), "svg"), figures[0]


def places(explorer, fig):
    """The points that a reader may move, and where they are in a drawn figure; None where no axes show them.

    The edges of the axes are in points of the picture, from its upper left corner. Each axis has the values at its ends, a
    logarithmic one their logarithms.
    """
    pair = (explorer.live or {}).get("points")
    if not pair:
        return None
    points = np.column_stack([np.ravel(explorer.draw.__globals__[name]).astype(float) for name in pair])
    for ax in fig.axes:
        shown = [line.get_xydata() for line in ax.lines] + [dots.get_offsets() for dots in ax.collections]
        scales = ax.get_xscale(), ax.get_yscale()
        if SCALES.keys() >= set(scales) and any(np.array_equal(each, points) for each in shown):
            box, height, point = ax.bbox, fig.bbox.height, 72 / fig.dpi
            limits = zip(scales, (ax.get_xlim(), ax.get_ylim()), strict=True)
            return {
                "names": pair,
                "values": points.tolist(),
                "box": [edge * point for edge in (box.x0, height - box.y1, box.x1, height - box.y0)],
                "axes": [[scale == "log", *map(SCALES[scale], ends)] for scale, ends in limits],
                "right": (ax.get_gid() or "").endswith(cut.RIGHT),
            }
    return None


def as_in_the_book(figure, told):
    """Make and keep a figure's explorer, with the chapter's own values."""
    explorer = made(figure, {}, 0, {}, told)
    own = {name: explorer.draw.__globals__.get(name) for name in counted(explorer)}
    kept[figure["name"]] = figure, (own, 0, {}), explorer
    return explorer


@answered
def begin(figure):
    """Execute a figure's code, and say what of the figure can change."""
    told = set()
    explorer = as_in_the_book(figure, told)
    drawn(explorer, at_start(explorer.sliders), 0, told)
    return {
        "sliders": [about(key, s, stops(explorer, key)) for key, s in explorer.sliders.items()],
        "numbers": [about(key, s, False) for key, s in counted(explorer).items()],
        "points": "points" in (explorer.live or {}),
        "random": "random" in told,
    }


@answered
def frame(figure, values, numbers, draw, points):
    """Draw a figure at values of its sliders, with numbers for names of its chapter, on data of a draw or on a reader's points."""
    name = figure["name"]
    if name not in kept or kept[name][0] != figure:
        as_in_the_book(figure, set())
    _, before, explorer = kept[name]
    wanted = typed(counted(explorer), numbers), draw, points
    if wanted != before:
        explorer = made(figure, *wanted, set())
        kept[name] = figure, wanted, explorer
    svg, sentence, fig = drawn(explorer, typed(explorer.sliders, values), draw, set())
    box, pieces = cut.cut(svg, f"{name}-live")
    return {"box": box, "svg": "".join(pieces), "says": sentence, "points": places(explorer, fig)}
