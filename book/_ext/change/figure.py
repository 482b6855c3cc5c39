"""Draws a figure of a chapter anew: at any value of its sliders, with other data, by the same function as in the book.

The page's Python calls `begin` with the cell that makes the figure and with what
that cell needs of its chapter, and then `frame` as often as something changes.
Tests call both in any other Python.
"""

import ast
import contextlib
import json
from dataclasses import replace

import numpy as np

from reglesson.explore import cut, number
from reglesson.explore.explorer import Explorer

figures = {}  # what was begun: {name: its set-up, its cell, the explorer and what that was made with}


def answered(function):
    """Make of a function's dictionary, or of an error, JSON for the page."""

    def answer(*arguments):
        try:
            return json.dumps({"state": "done", **function(*arguments)})
        except Exception as error:  # a value of the reader's may be more than a figure can take
            return json.dumps({"state": "failed", "says": f"This cannot be drawn. {type(error).__name__}: {error}"})

    return answer


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


def made(setup, cell, numbers, draw, told):
    """The explorer that a cell makes, where some names of the chapter have other numbers."""
    *before, last = ast.parse(f"{setup}\n{cell}").body
    names = {"__name__": "__main__"}
    with draws(draw, told):
        for statement in before:
            exec(compile(ast.Module([statement], []), "the chapter", "exec"), names)
            names.update({name: value for name, value in numbers.items() if name in names})
        return eval(compile(ast.Expression(last.value), "the chapter", "eval"), names)


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
    slider, start = explorer.sliders[name], {key: s.values[s.start] for key, s in explorer.sliders.items()}
    if slider.kind == "choice":
        return True
    at = max(slider.start, 1)
    between = (slider.values[at - 1] + slider.values[at]) / 2
    if whole(slider) and not between.is_integer():
        return True
    try:
        drawn(explorer, typed(explorer.sliders, start | {name: between}), 0, set())
    except RuntimeError:
        return True
    return False


@answered
def begin(name, setup, cell):
    """Execute a figure's cell, and say what of the figure can change."""
    told = set()
    explorer = made(setup, cell, {}, 0, told)
    figures[name] = {"setup": setup, "cell": cell, "explorer": explorer, "made": ({}, 0)}
    drawn(explorer, {key: s.values[s.start] for key, s in explorer.sliders.items()}, 0, told)
    return {
        "sliders": [about(key, s, stops(explorer, key)) for key, s in explorer.sliders.items()],
        "numbers": [about(key, s, False) for key, s in explorer.live.items()],
        "random": "random" in told,
    }


@answered
def frame(name, values, numbers, draw):
    """Draw a figure at values of its sliders, with numbers for names of its chapter, on data of a draw."""
    kept = figures[name]
    explorer, numbers = kept["explorer"], typed(kept["explorer"].live, numbers)
    if kept["made"] != (numbers, draw):
        kept["explorer"] = explorer = made(kept["setup"], kept["cell"], numbers, draw, set())
        kept["made"] = (numbers, draw)
    svg, sentence = drawn(explorer, typed(explorer.sliders, values), draw, set())
    box, pieces = cut.cut(svg, f"{name}-live")
    return {"box": box, "svg": "".join(pieces), "says": sentence}


def drawn(explorer, values, draw, told):
    """One frame, at any values: the picture and its sentence."""
    texts = {name: value if isinstance(value, str) else number(value) for name, value in values.items()}
    fixed = {name: replace(s, values=(values[name],), texts=(texts[name],), start=0) for name, s in explorer.sliders.items()}
    one = Explorer(explorer.draw, explorer.figsize, fixed)
    with draws(draw, told):
        return one.frame((0,) * len(fixed), "svg")
