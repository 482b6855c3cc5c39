"""Which functions of the package a figure of a notebook uses: read from the code, without executing it.

A figure is a call of `explore`. It uses what its draw function names, what the functions that are called there name, and what
made the values that they read, statement by statement back to the imports.
"""

import ast
import functools
import json
from pathlib import Path

CHANGES = {"append", "extend", "update", "add", "insert", "setdefault"}
OF_FIGURES = ("reglesson.explore", "reglesson.style", "reglesson.figures")  # every figure uses them, and they explain none


@functools.cache
def walk(node):
    """A piece of code and all that is in it, which is asked for several times."""
    return tuple(ast.walk(node))


class Effect:
    """What a statement does to names: which it reads, which it binds anew, to which it adds."""

    def __init__(self, node):
        self.reads, self.binds, self.adds = set(), set(), set()
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            self.binds.add(node.name)
            self.reads = free(node)
        elif isinstance(node, (ast.For, ast.While, ast.With, ast.If, ast.Try)):
            if isinstance(node, ast.For):
                self.one(ast.Assign([node.target], node.iter))
            for head in [node.test] if isinstance(node, (ast.While, ast.If)) else getattr(node, "items", []):
                self.one(head)
            for part in ("body", "handlers", "orelse", "finalbody"):
                for inner in getattr(node, part, []):
                    self.follow(Effect(inner))
            if isinstance(node, ast.If):  # it may not happen
                self.binds, self.adds = set(), self.adds | self.binds
        else:
            self.one(node)

    def follow(self, other):
        """What happens next: it reads what was bound here from here."""
        self.reads |= other.reads - self.binds
        self.binds |= other.binds
        self.adds |= other.adds

    def one(self, node):
        """A statement or an expression without statements within."""
        self.reads |= free(node) - self.binds
        within = [c.target for c in walk(node) if isinstance(c, ast.comprehension)]
        self.binds |= stored(node) - stored(*within)
        for n in walk(node):
            changed = None
            if isinstance(n, (ast.Subscript, ast.Attribute)) and isinstance(n.ctx, ast.Store):
                changed = n.value
            elif isinstance(n, ast.AugAssign):
                changed = n.target
            elif isinstance(n, ast.Call) and isinstance(n.func, ast.Attribute) and n.func.attr in CHANGES:
                changed = n.func.value
            elif isinstance(n, ast.Expr) and isinstance(n.value, ast.Call) and n.value.args:
                changed = n.value.args[0]  # train(network, ...)
            while isinstance(changed, (ast.Subscript, ast.Attribute)):
                changed = changed.value
            if isinstance(changed, ast.Name):
                self.adds.add(changed.id)
                self.binds.discard(changed.id)
                self.reads |= {changed.id} if isinstance(n, ast.AugAssign) else set()


def free(node):
    """The names that a piece of code reads from outside: no arguments, no names of comprehensions, no local ones of a function."""
    walked = walk(node)
    places = [node] if isinstance(node, ast.FunctionDef) else [c.target for c in walked if isinstance(c, ast.comprehension)]
    own = {a.arg for a in walked if isinstance(a, ast.arg)} | stored(*places)
    return {n.id for n in walked if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)} - own


def stored(*places):
    """The names that pieces of code bind."""
    return {n.id for place in places for n in walk(place) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}


class Statement:
    """A statement of a cell: its effect, and what of the package it names."""

    def __init__(self, node, imports):
        self.node, self.effect, self.is_function = node, Effect(node), isinstance(node, ast.FunctionDef)
        self.names = {imports[name] for name in self.effect.reads if name in imports}
        self.names |= {f"{imports[n.value.id]}.{n.attr}" for n in walk(node)
                       if isinstance(n, ast.Attribute) and isinstance(n.value, ast.Name) and n.value.id in imports}  # fmt: skip


def statements(cells):
    """The statements of a notebook's cells of code, in order."""
    imports, found = {}, []
    for source in cells:
        for node in ast.parse(source).body:
            if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "reglesson":
                imports |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
            elif not isinstance(node, (ast.Import, ast.ImportFrom)):
                found.append(Statement(node, imports))
    return found


def used(name, before, told, seen):
    """What of the package is behind a name, as it stands before the statement number `before`."""
    for k in range(before - 1, -1, -1):
        statement = told[k]
        if name not in statement.effect.binds | statement.effect.adds:
            continue
        if k not in seen:
            seen.add(k)
            yield from statement.names
            for read in statement.effect.reads:  # a function reads names when it is called
                yield from used(read, before if statement.is_function else k, told, seen)
        if name in statement.effect.binds:
            return


def figures(cells):
    """The figures of a notebook: {name of the draw function: names of what it uses of the package}."""
    told, found = statements(cells), {}
    for k, statement in enumerate(told):
        for call in (n for n in walk(statement.node) if isinstance(n, ast.Call) and n.args):
            if ast.unparse(call.func) == "explore" and isinstance(call.args[0], ast.Name):
                behind = {*statement.names, *used(call.args[0].id, k, told, set())}
                found[call.args[0].id] = {name for name in behind if not name.startswith(OF_FIGURES)}
    return found


def read(path):
    """The title of a notebook's page, and its figures."""
    cells = json.loads(Path(path).read_text(encoding="utf-8"))["cells"]
    words = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"]
    title = next(line[2:].strip() for text in words for line in text.splitlines() if line.startswith("# "))
    return title, figures(["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"])
