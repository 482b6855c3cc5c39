"""What is changed: the mutants of a module, one operator, constant or condition each, and how one takes the module's place."""

import ast
import copy
import sys
import types
from collections import Counter
from dataclasses import dataclass

OPERATORS = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult, ast.Mod: ast.Mult,
    ast.Pow: ast.Mult, ast.RShift: ast.LShift, ast.LShift: ast.RShift, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd,
}  # fmt: skip
COMPARISONS = {
    ast.Lt: [ast.LtE, ast.Gt], ast.LtE: [ast.Lt, ast.Gt], ast.Gt: [ast.GtE, ast.Lt], ast.GtE: [ast.Gt, ast.Lt],
    ast.Eq: [ast.NotEq], ast.NotEq: [ast.Eq], ast.Is: [ast.IsNot], ast.IsNot: [ast.Is], ast.In: [ast.NotIn], ast.NotIn: [ast.In],
}  # fmt: skip
PAIRS = (("min", "max"), ("minimum", "maximum"), ("argmin", "argmax"), ("any", "all"), ("mean", "sum"), ("zeros", "ones"),
         ("std", "var"), ("expm1", "exp"), ("log1p", "log"))  # fmt: skip
NAMES = {**dict(PAIRS), **{b: a for a, b in PAIRS}}
SPARED = {"strict", "copy"}  # keywords that check or save work, and change no result
DROPPED = {"abs", "sqrt", "sort", "copy", "clip", "sign"}  # f(x) becomes x


@dataclass
class Mutant:
    """One change: in `tree`, the list or node `parent` holds `new` instead at `place`."""

    module: str
    function: str
    line: int
    text: str
    lines: range
    whole: ast.stmt
    parent: object
    place: object
    new: ast.AST
    number: int = 1

    @property
    def name(self):
        """What tests/mutants.txt calls it: it holds as long as the changed expression stands in its function."""
        return f"{self.module}.{self.function}{f'[{self.number}]' * (self.number > 1)}: {self.text}"

    def put(self, node):
        """Put the change, or what was there before it, into the tree; return what stood there."""
        if isinstance(self.place, int):
            old, self.parent[self.place] = self.parent[self.place], node
        else:
            old = getattr(self.parent, self.place)
            setattr(self.parent, self.place, node)
        return old


def replacements(node, bound, is_index):
    """What may stand instead of an expression or a statement; `bound` holds the names that have a value before it.

    Of an index or an axis only one neighbour is tried: the other mostly does not exist.
    """
    if isinstance(node, ast.BinOp) and type(node.op) in OPERATORS:
        yield ast.BinOp(node.left, OPERATORS[type(node.op)](), node.right)
    elif isinstance(node, ast.Compare):
        for k, op in enumerate(node.ops):
            for other in COMPARISONS[type(op)]:
                yield ast.Compare(node.left, [*node.ops[:k], other(), *node.ops[k + 1 :]], node.comparators)
    elif isinstance(node, ast.BoolOp):
        yield ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values)
        for k in range(len(node.values)):
            rest = node.values[:k] + node.values[k + 1 :]
            yield rest[0] if len(rest) == 1 else ast.BoolOp(node.op, rest)
    elif isinstance(node, ast.UnaryOp):
        yield node.operand
    elif isinstance(node, ast.Constant):
        numbers = constants(node.value)
        yield from map(ast.Constant, numbers[-1:] if is_index else numbers)
    elif isinstance(node, ast.Attribute) and node.attr == "inf":
        yield ast.UnaryOp(ast.USub(), node)
    elif isinstance(node, ast.IfExp):
        yield from (node.body, node.orelse)
    elif isinstance(node, ast.Slice):
        for name in ("lower", "upper"):
            bound_there = getattr(node, name)
            if isinstance(bound_there, (ast.Name, ast.Attribute, ast.Call)):
                yield changed(node, **{name: ast.BinOp(bound_there, ast.Add(), ast.Constant(1))})
    elif isinstance(node, ast.Call):
        yield from calls(node)
    elif isinstance(node, (ast.If, ast.While)):
        refuses = isinstance(node.body[-1], ast.Raise)
        for value in (False,) if refuses or isinstance(node, ast.While) else (True, False):
            yield changed(node, test=ast.Constant(value))
    elif isinstance(node, ast.comprehension):
        for k in range(len(node.ifs)):
            yield changed(node, ifs=node.ifs[:k] + node.ifs[k + 1 :])
    elif isinstance(node, ast.AugAssign):
        yield ast.Pass()
        if type(node.op) in OPERATORS:
            yield ast.AugAssign(node.target, OPERATORS[type(node.op)](), node.value)
    elif isinstance(node, (ast.Continue, ast.Break)) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)):
        yield ast.Pass()
    elif isinstance(node, ast.Assign):
        stored = [n for target in node.targets for n in ast.walk(target) if isinstance(getattr(n, "ctx", None), ast.Store)]
        if all(n.id in bound if isinstance(n, ast.Name) else isinstance(n, (ast.Subscript, ast.Tuple)) for n in stored):
            yield ast.Pass()


def constants(value):
    """Other numbers for a number; a tolerance becomes a million times as large, since twice as large would be as good."""
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int):
        return [1] if value == 0 else [value + 1, value - 1] if value <= 2 else [value + 1]
    if isinstance(value, float):
        return [1.0 if value == 0 else value * 1e6 if 0 < value < 1e-4 else value * 2]
    return []


def calls(node):
    """Other calls for a call: a neighbour's name, no call at all, a keyword left out, a range that ends elsewhere."""
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", None)
    of_module = isinstance(node.func, ast.Attribute) and getattr(node.func.value, "id", None) in ("np", "math")
    if name in NAMES:
        new = changed(node.func, attr=NAMES[name]) if isinstance(node.func, ast.Attribute) else ast.Name(NAMES[name], ast.Load())
        yield changed(node, func=new)
    if name in DROPPED:
        yield node.args[0] if of_module or isinstance(node.func, ast.Name) else node.func.value
    if name == "range":
        end = min(len(node.args), 2) - 1
        if isinstance(node.args[end], (ast.Name, ast.Attribute, ast.Call)):
            for op in (ast.Add, ast.Sub):
                longer = ast.BinOp(node.args[end], op(), ast.Constant(1))
                yield changed(node, args=[*node.args[:end], longer, *node.args[end + 1 :]])
    for k, keyword in enumerate(node.keywords):
        if keyword.arg and not isinstance(keyword.value, ast.Constant):
            yield changed(node, keywords=node.keywords[:k] + node.keywords[k + 1 :])


def changed(node, **fields):
    """A copy of a node with other fields."""
    new = copy.copy(node)
    for name, value in fields.items():
        setattr(new, name, value)
    return new


def mutants(module, source):
    """The tree of a module and all its mutants, in the order of the source; no two of them are the same program."""
    tree = ast.parse(source)
    found, seen, numbers = [], {ast.unparse(statement) for statement in tree.body}, Counter()

    def visit(node, parent, place, path, statement, whole, function, bound):
        if isinstance(node, ast.Raise) or is_text(node):
            return  # what an error says
        if isinstance(node, ast.stmt):
            statement, path = node, []
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            function, bound = ".".join([*function.split("."), node.name] if function else [node.name]), set()
        elif not function and isinstance(node, ast.Assign):
            function = ast.unparse(node.targets[0])
        if isinstance(node, ast.arguments):
            bound.update(argument.arg for argument in [*node.args, *node.kwonlyargs])
        is_index = path and (isinstance(path[-1], ast.Subscript) or getattr(path[-1], "arg", "") == "axis")
        line = getattr(node, "lineno", statement.lineno if statement else 0)
        for new in replacements(node, bound, is_index):
            keep(Mutant(module, function, line, "", (), whole, parent, place, new), node, path, statement)
        for name, value in ast.iter_fields(node):
            if name in ("annotation", "returns") or getattr(node, "arg", None) in SPARED:
                continue
            for k, child in enumerate(value) if isinstance(value, list) else ((name, value),):
                if isinstance(child, ast.AST) and not is_text(child):
                    within = value if isinstance(value, list) else node
                    visit(child, within, k, [*path, node], statement, whole or child, function, bound)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            bound.add(node.id)

    def keep(mutant, node, path, statement):
        simple = not isinstance(statement, (ast.If, ast.While, ast.For, ast.With, ast.FunctionDef, ast.ClassDef))
        shown = context(node, path)
        before = first_line(shown)
        old = mutant.put(mutant.new)
        program = ast.unparse(ast.fix_missing_locations(mutant.whole))
        after = first_line(mutant.new if shown is node else shown)
        mutant.put(old)
        if program in seen:
            return
        seen.add(program)
        mutant.text = f"{before} => {after}"
        end = statement.end_lineno if simple else max(statement.body[0].lineno - 1, statement.lineno)
        mutant.lines = range(statement.lineno, end + 1)
        numbers[mutant.name] += 1
        mutant.number = numbers[mutant.name]
        found.append(mutant)

    visit(tree, None, None, [], None, None, "", set())
    return tree, found


def is_text(node):
    """Whether an expression is a text with values in it, or a sum of such, or a statement is nothing but a text."""
    if isinstance(node, ast.BinOp):
        return is_text(node.left) or is_text(node.right)
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))


def context(node, path):
    """The expression to show: as much of what a node stands in as fits on half a line."""
    for outer in reversed(path):
        in_words = isinstance(outer, (ast.expr, ast.keyword, ast.arguments, ast.comprehension, ast.AnnAssign))
        if not in_words or len(ast.unparse(outer)) > 60:
            break
        node = outer
    return node


def first_line(node):
    """The first line of a node's code; a statement that is gone is `pass`."""
    return ast.unparse(ast.fix_missing_locations(node)).split("\n")[0]


def infect(package, tree, mutant):
    """Exchange the code of the changed function in the module that all tests have imported already."""
    mutant.put(mutant.new)
    module = sys.modules[f"{package}.{mutant.module}"]
    fresh = types.ModuleType(module.__name__)
    fresh.__file__ = module.__file__
    exec(compile(ast.fix_missing_locations(tree), module.__file__, "exec"), fresh.__dict__)
    if isinstance(mutant.whole, (ast.FunctionDef, ast.ClassDef)):
        graft(vars(module)[mutant.whole.name], vars(fresh)[mutant.whole.name])
        return
    for name in [n.id for n in ast.walk(mutant.whole) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]:
        old = vars(module)[name]
        for other in list(sys.modules.values()):  # whoever has imported it by name
            if getattr(other, "__dict__", {}).get(name) is old:
                setattr(other, name, vars(fresh)[name])


def graft(old, new):
    """Give an old function, or class, the code of a new one: who holds the old one runs the new code."""
    if isinstance(old, types.FunctionType):
        old.__code__, old.__defaults__, old.__kwdefaults__ = new.__code__, new.__defaults__, new.__kwdefaults__
        return
    kept = {"__dict__", "__weakref__", "__doc__", "__module__", "__qualname__"}
    for name in (set(vars(old)) | set(vars(new))) - kept:
        if name not in vars(new):
            delattr(old, name)
        elif isinstance(vars(old).get(name), types.FunctionType):
            graft(vars(old)[name], vars(new)[name])
        else:
            setattr(old, name, vars(new)[name])
