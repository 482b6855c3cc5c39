"""Checks that a reader runs on an answer: `check("l2-shrink", my_function)` prints what is right or what is not yet.

Each check compares the answer with the package on a few cases. It never
raises because of a wrong answer: a stub that returns nothing is told so.
"""

import numpy as np


def agree(answer, reference, cases, rtol=1e-6, atol=1e-9):
    """Compare two functions on a list of argument tuples; return None if they agree, else one sentence that says where not."""
    if not callable(answer):
        return f"the answer must be a function, got {type(answer).__name__}"
    for case in cases:
        shown = f"for the arguments {_brief(case)}" if _short(case) else f"on an example with arguments of shapes {_shapes(case)}"
        try:
            given = answer(*(np.copy(a) if isinstance(a, np.ndarray) else a for a in case))
        except Exception as error:  # whatever a reader's code raises is told, not thrown
            return f"{shown} the answer stops with {type(error).__name__}: {error}"
        problem = same(given, reference(*case), rtol, atol)
        if problem:
            return f"{shown} {problem}"
    return None


def same(given, expected, rtol=1e-6, atol=1e-9):
    """Compare two numbers or arrays; return None if they agree, else what differs."""
    if given is None or given is ...:
        return "nothing is returned"
    try:
        given, expected = np.asarray(given, float), np.asarray(expected, float)
    except (TypeError, ValueError):
        return f"the result must be a number or an array of numbers, got {_brief(given)}"
    if given.shape != expected.shape:
        return f"the result must have shape {expected.shape}, got {given.shape}"
    if not np.allclose(given, expected, rtol=rtol, atol=atol):
        far = np.unravel_index(np.nanargmax(np.abs(given - expected)) if np.isfinite(given - expected).any() else 0, given.shape)
        return f"the result is {given[far]:.6g} where {expected[far]:.6g} is right"
    return None


def check(name, answer):
    """Print whether `answer` solves the exercise `name`."""
    if name not in CHECKS:
        raise ValueError(f"name must be one of {', '.join(map(repr, CHECKS))}, got {name!r}")
    problem = CHECKS[name](answer)
    print(f"Not yet: {problem}." if problem else "Right.")


def _short(case):
    return all(np.size(a) <= 4 for a in case)


def _shapes(case):
    return ", ".join(str(np.shape(a)) for a in case)


def _brief(value):
    return str(value).replace("\n", " ")[:80]


# One function a check, in the order of the chapters; each takes the reader's answer and returns None or a sentence.

CHECKS = {}
