"""See whether the claims of chapters hold, and whether they could fail.

usage: python tools/claims.py [--other] CHAPTER ...     (l2, or book/l2.ipynb)

A claim is a cell tagged `claim` whose assertions are what the text says of a figure or a table. The chapter's code is
executed in this process, without drawing: each assertion must hold. Then what a claim reads, and what the functions that it
calls return, is spoiled, one name at a time: negated, reversed, set to zero, made a thousand times as large. An assertion
that holds through all of that could not have failed. Last, the chapter is executed with other random numbers: a chapter of
which every claim still holds says nothing of its own data, or says it so that no data could contradict. With --other only
this last is done, and no further than to the first claim that falls.
"""

import ast
import contextlib
import copy
import dataclasses
import io
import os
import sys
import time
import types
from pathlib import Path

import no_parsers  # noqa: F401  (before nbformat)

# isort: split
import nbformat
import numpy as np

ROOT = Path(__file__).resolve().parent.parent
WAYS = {
    "negated": lambda x: ~x if x.dtype == bool else -x,
    "reversed": lambda x: x[::-1] if x.ndim else x,
    "zero": np.zeros_like,
    "a thousand times as large": lambda x: x if x.dtype == bool else x * 1000,
}


@dataclasses.dataclass
class Report:
    """What became of the assertions of a chapter: {number: sentence} of all, and the numbers of some."""

    sentences: dict
    wrong: list  # those that do not hold, and those never reached
    toothless: list  # those that nothing made fall
    fallen: list  # those that other random numbers made fall
    claims: int  # cells
    seconds: float


# -- assertions ------------------------------------------------------------------------------------------------


class _Told(ast.NodeTransformer):
    """Has each assertion tell what it found instead of stopping, and keeps them in their order."""

    def __init__(self, first):
        self.first, self.found = first, []

    def visit_Assert(self, node):
        """`assert test, words` becomes `__told__(number, test)`."""
        call = ast.Call(ast.Name("__told__", ast.Load()), [ast.Constant(self.first + len(self.found)), node.test], [])
        self.found.append(node)
        return ast.copy_location(ast.Expr(call), node)


def assertions(tree):
    """The assertions of a cell, in the order of their numbers."""
    told = _Told(0)
    told.visit(copy.deepcopy(tree))
    return told.found


def sentence(source, node):
    """The words beside an assertion, else its code."""
    line = source.splitlines()[node.end_lineno - 1]
    return line.split("  # ", 1)[1].strip() if "  # " in line else ast.unparse(node.test)


def verdicts(code, space):
    """Execute a claim in a name space that it leaves as it was: {number: whether it held each time it was reached}, the error."""
    told, before = {}, dict(space)
    space["__told__"] = lambda number, held: told.__setitem__(number, told.get(number, True) and bool(held))
    try:
        with np.errstate(all="ignore"):
            exec(code, space)
        error = None
    except Exception as problem:
        error = problem
    space.clear()
    space.update(before)
    return told, error


# -- spoiling --------------------------------------------------------------------------------------------------


def spoiled(value, way):
    """A value with all of its numbers spoiled; what has none comes back as it is."""
    if isinstance(value, np.ndarray):
        return WAYS[way](value) if value.dtype.kind in "fiub" else value
    if isinstance(value, (bool, int, float, np.generic)):
        return WAYS[way](np.asarray(value)).item() if np.asarray(value).dtype.kind in "fiub" else value
    if isinstance(value, (types.FunctionType, types.BuiltinFunctionType)) or hasattr(value, "__wrapped__"):
        return lambda *words, **named: spoiled(value(*words, **named), way)
    if isinstance(value, (list, tuple)) and type(value) in (list, tuple):
        inner = [spoiled(each, way) for each in value]
        return type(value)(inner[::-1] if way == "reversed" else inner)
    if isinstance(value, dict):
        inner = [spoiled(each, way) for each in value.values()]
        return dict(zip(value, inner[::-1] if way == "reversed" else inner, strict=True))
    if hasattr(value, "__dict__") and not isinstance(value, (type, types.ModuleType, np.random.Generator)):
        twin = copy.copy(value)
        for name, inner in vars(value).items():
            object.__setattr__(twin, name, spoiled(inner, way))
        return twin
    return value


def read_by(tree, space):
    """The names that a cell reads, and that the book's functions which it calls read, and so on, as far as they are bound."""
    found, waiting = [], [n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)]
    while waiting:
        name = waiting.pop(0)
        if name in space and name not in found:
            found.append(name)
            function = space[name]
            if isinstance(function, types.FunctionType) and function.__globals__ is space:
                waiting += function.__code__.co_names
    return found


def bitten(tree, first, numbers, space):
    """Those of the assertions, numbered from `first`, that fall for some way to spoil one name.

    Only what reads a name is executed with it spoiled, if so little code, with nothing spoiled, says what the whole claim says.
    """
    told_tree, fallen, codes = that_tells(tree, first), set(), {}
    reads = {number: read_by(needed(told_tree, {number}), space) for number in numbers}
    # functions first: when what they return is spoiled, most of what takes long falls, and need not be computed again
    for name in sorted(read_by(tree, space), key=lambda name: not callable(space[name])):
        kept = space[name]
        for way in WAYS:
            left = frozenset(number for number in numbers - fallen if name in reads[number])
            if not left:
                break
            worse = spoiled(kept, way)
            if worse is kept:  # a module, a generator, a number in reverse: as it was
                continue
            if left not in codes:
                codes[left] = compile(needed(told_tree, left), "a claim", "exec")
                told, error = verdicts(codes[left], space)
                if error is not None or not all(told.get(number) for number in left):
                    codes[left] = telling(tree, first)
            space[name] = worse
            told, _ = verdicts(codes[left], space)
            space[name] = kept
            fallen |= {number for number, held in told.items() if not held}
    return fallen


def needed(told_tree, numbers):
    """A claim whose assertions tell, without the assertions of other numbers and without what only they need."""
    body, names = [], set()
    for node in reversed(told_tree.body):
        tells = {n.args[0].value for n in ast.walk(node) if isinstance(n, ast.Call) and getattr(n.func, "id", "") == "__told__"}
        changed = set() if tells and isinstance(node, ast.Expr) else what_it_changes(node)
        if tells & numbers or changed & names:
            body.insert(0, node)
            names |= {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
    return ast.Module(body, [])


def what_it_changes(node):
    """The names that a statement binds, and those of the claim's own whose values a call in it may change."""
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return {(alias.asname or alias.name).split(".")[0] for alias in node.names}
    bound = {node.name} if isinstance(node, ast.FunctionDef) else set()
    names = [n for n in ast.walk(node) if isinstance(n, ast.Name)]
    passed = {id(arg) for n in ast.walk(node) if isinstance(n, ast.Call) for arg in n.args}
    for n in names:
        if isinstance(n.ctx, ast.Store) or (n.id.startswith("_") and (id(n) in passed or not isinstance(node, ast.Assign))):
            bound.add(n.id)
    return bound


def put(source, first, space):
    """Put a claim to the test in the name space of the cells before it, which it leaves as it was.

    Returns {number: sentence} of its assertions, numbered from `first`, those that are wrong, and those that nothing made fall.
    """
    tree = ast.parse(source)
    code = telling(tree, first)
    sentences = dict(enumerate((sentence(source, node) for node in assertions(tree)), first))
    drawing = [each.bit_generator for each in space.values() if isinstance(each, np.random.Generator)]
    states = [each.state for each in drawing]  # the cells that follow draw on
    told, error = verdicts(code, space)
    if error is not None:
        sentences = {number: f"{words} (stops with {type(error).__name__})" for number, words in sentences.items()}
    wrong = {number for number in sentences if not told.get(number)}
    toothless = {*sentences} - wrong - bitten(tree, first, {*sentences} - wrong, space)
    for each, state in zip(drawing, states, strict=True):
        each.state = state
    return sentences, sorted(wrong), sorted(toothless)


# -- a chapter -------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def as_on_trial(path, shift=0):
    """In the notebook's folder, with an `explore` that draws nothing, nothing printed, and seeds moved by `shift`."""
    from reglesson import explore as package

    rng, draw, here = np.random.default_rng, package.explore, Path.cwd()
    np.random.default_rng = lambda seed=None: rng(seed + shift if isinstance(seed, (int, np.integer)) else seed)
    package.explore = lambda *words, **named: None
    os.chdir(path.parent)
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            yield
    finally:
        np.random.default_rng, package.explore = rng, draw
        os.chdir(here)


def run(path, at_claim, at_error=None):
    """Execute a notebook's cells until a claim is enough; `at_claim(cell, space)` says so, `at_error(problem)` hears of stops."""
    space = {"__name__": "__main__"}
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type != "code":
            continue
        if "claim" in cell.metadata.get("tags", []):
            if at_claim(cell, space):
                return
            continue
        try:
            exec(compile(cell.source, f"{path.name}: {cell.source.splitlines()[0] if cell.source else ''}", "exec"), space)
        except Exception as problem:
            if at_error is None:
                raise
            at_error(problem)


def that_tells(tree, first):
    """A claim whose assertions tell what they found, numbered from `first`."""
    return ast.fix_missing_locations(_Told(first).visit(copy.deepcopy(tree)))


def telling(tree, first):
    """Its code."""
    return compile(that_tells(tree, first), "a claim", "exec")


def examine(path):
    """Put the claims of a notebook to the test; a `Report`."""
    began = time.perf_counter()
    report = Report({}, [], [], [], 0, 0.0)

    def as_it_is(cell, space):
        sentences, wrong, toothless = put(cell.source, len(report.sentences), space)
        report.sentences |= sentences
        report.wrong += wrong
        report.toothless += toothless
        report.claims += 1

    with as_on_trial(path):
        run(path, as_it_is)
    report.fallen += fallen(path)
    report.seconds = time.perf_counter() - began
    return report


def fallen(path, first_only=False):
    """{number: sentence} of assertions that do not hold with other random numbers: all, or those of the first claim with one."""
    found, passed = {}, 0

    def with_other_numbers(cell, space):
        nonlocal passed
        tree = ast.parse(cell.source)
        told, _ = verdicts(telling(tree, passed), space)
        nodes = dict(enumerate(assertions(tree), passed))
        found.update({number: sentence(cell.source, nodes[number]) for number, held in told.items() if not held})
        passed += len(nodes)
        return first_only and found

    with as_on_trial(path, shift=1000):
        run(path, with_other_numbers, at_error=lambda problem: None)
    return found


def say(path, report):
    """The report in words."""
    lines = [f"{path.stem}: {report.claims} claims with {len(report.sentences)} assertions, {report.seconds:.1f} s"]
    for words, numbers in (("does not hold", report.wrong), ("could not have failed", report.toothless)):
        lines += [f"  {words}: {report.sentences[n]}" for n in numbers]
    return "\n".join([*lines, *say_fallen(report.sentences[n] for n in report.fallen)])


def say_fallen(sentences):
    """In words what fell with other random numbers."""
    return [f"  falls with other random numbers: {each}" for each in sentences] or ["  nothing falls with other random numbers"]


def sound(report):
    """Whether every claim holds and could fall, and other random numbers make one fall."""
    return not report.wrong and not report.toothless and bool(report.fallen)


def main(words):
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    names = [Path(word) for word in words if word != "--other"]
    paths = [(path if path.suffix else ROOT / "book" / f"{path}.ipynb").resolve() for path in names]
    missing = [path for path in paths if not path.is_file()]
    if missing or not paths:
        sys.exit(f"no such notebook: {missing[0]}" if missing else __doc__)
    if "--other" in words:
        found = {path.stem: fallen(path, first_only=True) for path in paths}
        print("\n".join(line for name, fell in found.items() for line in (f"{name}:", *say_fallen(fell.values()))))
        sys.exit(not all(found.values()))
    reports = [examine(path) for path in paths]
    print("\n".join(say(path, report) for path, report in zip(paths, reports, strict=True)))
    sys.exit(not all(map(sound, reports)))


if __name__ == "__main__":
    main(sys.argv[1:])
