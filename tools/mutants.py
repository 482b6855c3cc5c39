"""Change the mathematics, one operator, constant or condition at a time, and list the changes that no test notices.

usage: python tools/mutants.py [MODULE ...]      (such as l2, or bugs; all of them without a name)

Each change makes a mutant of one module. The tests that reach the changed line run, quickest first, until one fails: then
the mutant is killed. One that runs without end is killed by a limit of its time. What survives needs a better test, or a
line in tests/mutants.txt that says why nothing can notice it. The last part puts the mistakes of tests/bugs.py into the package.

mutmut 3.8 and cosmic-ray 8.7 were looked at first. mutmut changes the texts of errors, leaves tables and conditions alone and
numbers its mutants, so that an explanation of one does not outlive an edit; cosmic-ray starts the whole suite for each.
Here pytest collects once, and each mutant is a fork of that process with one function's code exchanged: a fraction of a
second. Windows has no fork, so it is not supported. The results stay in _build, and an interrupted run goes on from there.
"""

import ast
import contextlib
import copy
import hashlib
import importlib
import json
import os
import re
import resource
import signal
import sys
import tempfile
import time
import types
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import coverage
import pytest

ROOT = Path(__file__).resolve().parent.parent
MODULES = ("linear", "network", "overfitting", "l2", "l1", "_active_sets", "dropout", "early_stopping", "choosing")
ELSEWHERE = {"test_book", "test_build", "test_benchmarks", "test_bugs", "test_mutants"}  # they start other programs
AT_ONCE = 2
MEMORY = 4 * 2**30  # a mutant that wants more is as good as dead

# -- what is changed -------------------------------------------------------------------------------------------

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

    def put(self):
        """Put the change into the tree, and return what stood there."""
        if isinstance(self.place, int):
            old, self.parent[self.place] = self.parent[self.place], self.new
        else:
            old = getattr(self.parent, self.place)
            setattr(self.parent, self.place, self.new)
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
                if isinstance(child, ast.AST) and not is_docstring(child):
                    within = value if isinstance(value, list) else node
                    visit(child, within, k, [*path, node], statement, whole or child, function, bound)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            bound.add(node.id)

    def keep(mutant, node, path, statement):
        simple = not isinstance(statement, (ast.If, ast.While, ast.For, ast.With, ast.FunctionDef, ast.ClassDef))
        shown = context(node, path)
        before = first_line(shown)
        old = mutant.put()
        program = ast.unparse(ast.fix_missing_locations(mutant.whole))
        after = first_line(mutant.new if shown is node else shown)
        restore(mutant, old)
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


def restore(mutant, old):
    """Put back what `Mutant.put` returned."""
    if isinstance(mutant.place, int):
        mutant.parent[mutant.place] = old
    else:
        setattr(mutant.parent, mutant.place, old)


def is_text(node):
    """Whether an expression is a text with values in it, or a sum of such."""
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.BinOp) and (is_text(node.left) or is_text(node.right)))


def is_docstring(node):
    """Whether a statement is nothing but a text."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


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


# -- a mutant in a process of its own --------------------------------------------------------------------------


def infect(package, tree, mutant):
    """Exchange the code of the changed function in the module that all tests have imported already."""
    mutant.put()
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


def in_forks(jobs):
    """Do jobs (what, work), AT_ONCE at a time, each in a fork: as one ends, yield (what, its status, its answer, seconds)."""
    jobs, running = iter(jobs), {}
    while True:
        while len(running) < AT_ONCE and (job := next(jobs, None)):
            answer = tempfile.TemporaryFile()
            running[fork(job[1], answer)] = job[0], answer, time.monotonic()
        if not running:
            return
        pid, status = os.wait()
        what, answer, began = running.pop(pid)
        with answer:
            answer.seek(0)
            yield what, status, answer.read().decode(), round(time.monotonic() - began, 2)


def fork(work, answer):
    """Start `work()` in a fork of this process, which writes what it returns into a file; return the id of the fork."""
    sys.stdout.flush()
    if pid := os.fork():
        return pid
    code = 1
    try:
        null = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(null, stream)
        answer.write(json.dumps(work()).encode())
        answer.flush()
        code = 0
    finally:
        os._exit(code)


def limited(seconds):
    """Let the kernel end this process after so many seconds of work from now on."""
    signal.setitimer(signal.ITIMER_PROF, seconds)


# -- tests -----------------------------------------------------------------------------------------------------


class Laboratory:
    """A pytest plugin: instead of running the tests that were collected, it experiments with them."""

    def __init__(self, root, package, modules, explained):
        self.root, self.package, self.modules, self.explained = root, package, modules, explained
        self.folder = root / "_build" / "mutants"
        self.sources = {m: (root / package / f"{m}.py").read_text(encoding="utf-8") for m in all_modules(root, package)}
        self.failed, self.seconds, self.results, self.trouble = [], {}, {}, None

    def pytest_runtest_logreport(self, report):
        if report.failed:
            self.failed.append(report.nodeid)

    def pytest_collection_finish(self, session):
        import hypothesis  # pytest wants to be the first to import it

        quick = {"deadline": None, "database": None, "derandomize": True, "print_blob": False,
                 "phases": [hypothesis.Phase.explicit, hypothesis.Phase.generate]}  # fmt: skip
        for item in session.items:
            function = getattr(item, "obj", None)
            own = getattr(function, "_hypothesis_internal_use_settings", None)
            if own is not None:
                few = hypothesis.settings(own, max_examples=min(own.max_examples, 50), **quick)
                function._hypothesis_internal_use_settings = few

    def pytest_runtestloop(self, session):
        self.items = {item.nodeid: item for item in session.items}
        self.folder.mkdir(parents=True, exist_ok=True)
        try:
            self.reach()
            for module in self.modules:
                self.breed(module)
        except RuntimeError as trouble:  # pytest would show a traceback
            self.trouble = str(trouble)
        return True

    def run(self, item):
        """Run one test; whether it passed."""
        self.failed.clear()
        began = time.process_time()
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=None)
        self.seconds[item.nodeid] = time.process_time() - began
        return not self.failed

    # -- which tests reach which lines, and how long they take: kept for each test file

    def reach(self):
        path = self.folder / "reach.json"
        known = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
        files = defaultdict(list)
        for name in self.items:
            files[name.split("::")[0]].append(name)

        def state(file, reached):  # a test depends on its file and on the modules that it reaches
            return digest((self.root / file).read_text(encoding="utf-8"), *(self.sources.get(m, "") for m in sorted(reached)))

        stale = [file for file in files if file not in known or known[file]["state"] != state(file, known[file]["lines"])]
        jobs = ((file, lambda file=file: self.measure(files[file])) for file in stale)
        for k, (file, _, text, _) in enumerate(in_forks(jobs), 1):
            found = json.loads(text) if text else {"failed": [file]}
            if found["failed"]:
                raise RuntimeError(f"Mutants are made of a package whose tests pass, and these fail: {', '.join(found['failed'])}")
            known[file] = {"state": state(file, found["lines"]), **found}
            path.write_text(json.dumps(known), encoding="utf-8")
            progress(f"{k} of {len(stale)} test files have run as they are, to see which lines they reach.")
        self.states = {file: known[file]["state"] for file in files}
        self.seconds = {name: seconds for file in files for name, seconds in known[file]["seconds"].items()}
        self.tests = defaultdict(lambda: defaultdict(set))
        for file in files:
            for module, lines in known[file]["lines"].items():
                for line, names in lines.items():
                    self.tests[module][int(line)] |= set(names)
        progress("")

    def measure(self, names):
        """Run tests in this process and note the lines that each reaches, and its time."""
        failed = []
        watch = coverage.Coverage(data_file=None, config_file=False, include=[str(self.root / self.package / "*.py")])
        self.seconds = {}
        watch.start()
        for name in names:
            watch.switch_context(name)
            failed += [] if self.run(self.items[name]) else [name]
        watch.stop()
        lines = {}
        for file in watch.get_data().measured_files():
            found = watch.get_data().contexts_by_lineno(file)
            lines[Path(file).stem] = {line: [t for t in tests if t] for line, tests in found.items() if any(tests)}
        return {"failed": failed, "seconds": self.seconds, "lines": lines}

    # -- the mutants of a module

    def breed(self, module):
        path = self.folder / f"{module}.jsonl"
        tree, everyone = mutants(module, self.sources[module])
        old = {entry["name"]: entry for entry in read_journal(path)}
        done = {m.name: old[m.name] for m in everyone if m.name in old and self.settled(old[m.name])}
        self.results[module] = [(m, done[m.name]) for m in everyone if m.name in done]
        jobs = ((m, lambda m=m: self.examine(tree, m, self.chosen(m, old.get(m.name, {})))) for m in everyone if m.name not in done)
        with open(path, "w", encoding="utf-8") as journal:
            for entry in old.values():
                journal.write(json.dumps(entry) + "\n")
            for mutant, status, text, seconds in in_forks(jobs):
                entry = {"name": mutant.name, "seconds": seconds, **outcome(status, text), "states": sorted(self.states.values())}
                journal.write(json.dumps(entry) + "\n")
                journal.flush()
                self.results[module].append((mutant, entry))
                lives = sum(e["result"] == "survived" for _, e in self.results[module])
                progress(f"{module}: {len(self.results[module])} of {len(everyone)} mutants, {lives} survive")
        progress("")

    def settled(self, entry):
        """Whether what became of a mutant still holds: the test that killed it stands as it was, or all tests that did not do."""
        ran = entry["by"].split("::")[0] if entry["by"] else None
        now = {self.states[ran]} if ran in self.states else set(self.states.values())
        return now <= set(entry.get("states", ()))

    def chosen(self, mutant, last):
        """The tests that reach a mutant's lines, the one that killed it last time first, then the quickest.

        Tests that it survived last time, in files that are as they were, are left out.
        """
        lines = self.tests[mutant.module]
        inside = isinstance(mutant.whole, (ast.FunctionDef, ast.ClassDef))
        names = set().union(*(lines[line] for line in mutant.lines if line in lines)) if inside else set()
        if not names:  # what runs on import: the tests of the whole function, class or module
            within = range(mutant.whole.lineno, mutant.whole.end_lineno + 1) if inside else lines
            names = set().union(*(lines[line] for line in within if line in lines))
        passed = set(last["states"]) if last.get("result") == "survived" and "states" in last else set()
        names = [name for name in names if name in self.items and self.states[name.split("::")[0]] not in passed]
        return sorted(names, key=lambda name: (name != last.get("by"), self.seconds[name], name))

    def examine(self, tree, mutant, tests):
        """Run tests on a mutant until one fails; return its name, or None."""
        signal.signal(signal.SIGPROF, signal.SIG_DFL)
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        limit = 5 + 3 * sum(self.seconds[name] for name in tests)  # a change that makes all of them as slow as that is noticed, too
        limited(5)
        usual = dict(self.seconds)
        try:
            infect(self.package, tree, mutant)
        except Exception as error:
            return f"the import: {type(error).__name__}"
        for name in tests:
            limited(max(0.1, min(1 + 20 * usual[name], limit - time.process_time())))
            if not self.run(self.items[name]):
                return name
        return None


def read_journal(path):
    """What was found so far, without a line that an interruption cut off."""
    for line in path.read_text(encoding="utf-8").splitlines() if path.is_file() else []:
        with contextlib.suppress(ValueError):
            yield json.loads(line)


def outcome(status, text):
    """What became of a mutant, by how its process ended."""
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGPROF:
        return {"result": "timeout", "by": None}
    if status or not text:
        return {"result": "killed", "by": None}
    by = json.loads(text)
    return {"result": "killed" if by else "survived", "by": by}


def all_modules(root, package):
    return sorted(path.stem for path in (root / package).glob("*.py"))


def digest(*texts):
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:16]


_last = [0.0]


def progress(text):
    """Say how far the work is: over the same line on a terminal, else now and then."""
    if sys.stdout.isatty():
        print(f"\r{text:<100}" if text else f"\r{'':<100}\r", end="", flush=True)
    elif text and time.monotonic() - _last[0] > 15:
        _last[0] = time.monotonic()
        print(text, flush=True)


# -- the report ------------------------------------------------------------------------------------------------


def explanations(path):
    """The survivors that were explained: {name of the mutant: why nothing can notice it}."""
    found = {}
    for line in path.read_text(encoding="utf-8").splitlines() if path.is_file() else []:
        if line.strip() and not line.startswith("#"):
            name, sign, why = line.partition("  # ")
            if not sign or not why.strip():
                sys.exit(f"{path.name}: this line says no reason after two spaces and #: {line}")
            found[name.strip()] = why.strip()
    return found


def report(results, explained, file):
    """Print a table, the survivors and the explanations that no longer hold; whether all is well."""
    print(f"{'module':<16}{'mutants':>8}{'killed':>8}{'by time':>9}{'explained':>11}{'survive':>9}{'killed':>9}")
    totals, open_questions = Counter(), []
    for module, found in [*results.items(), ("all", None)]:
        if found is not None:
            names = {m.name for m, e in found if e["result"] == "survived"}
            counts = Counter({"mutants": len(found), "killed": len(found) - len(names), "explained": len(names & set(explained)),
                              "by time": sum(e["result"] == "timeout" for _, e in found)})  # fmt: skip
            counts["survive"] = len(names) - counts["explained"]
            open_questions += [m for m, e in found if e["result"] == "survived" and m.name not in explained]
            totals += counts
        else:
            counts = totals
        share = 100 * counts["killed"] / max(counts["mutants"], 1)
        print(f"{module:<16}{counts['mutants']:>8}{counts['killed']:>8}{counts['by time']:>9}{counts['explained']:>11}"
              f"{counts['survive']:>9}{share:>8.1f}%")  # fmt: skip
    if open_questions:
        print(f"\nNo test notices these changes. Write one that does, or explain in {file}:")
        for m in sorted(open_questions, key=lambda m: (m.module, m.line)):
            print(f"  {m.module}.py:{m.line}  {m.name}")
    living = {m.name for found in results.values() for m, e in found if e["result"] == "survived"}
    stale = [name for name in explained if name.split(".")[0] in results and name not in living]
    if stale:
        everyone = {m.name for found in results.values() for m, _ in found}
        print(f"\nThese explanations no longer hold; take them out of {file}:")
        for name in stale:
            print(f"  {name}  ({'a test notices it now' if name in everyone else 'there is no such mutant'})")
    return not open_questions and not stale


def breed_bugs(folder):
    """Put each mistake of tests/bugs.py into a copy of the package; whether its tests and its notebook notice every one."""
    sys.path.insert(0, str(ROOT / "tests"))
    import bugs

    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "bugs.json"
    known = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    package = [file.read_text(encoding="utf-8") for file in sorted((ROOT / "reglesson").glob("*.py"))]

    def state(bug):
        files = [ROOT / "book" / f"{bug.chapter}.ipynb", *(ROOT / "tests" / test.split("::")[0] for test in bug.tests)]
        return digest(bug.right, bug.wrong, *bug.tests, *package, *(file.read_text(encoding="utf-8") for file in files))

    def judged(bug):
        return known.get(state(bug)) or bugs.verdict(bug)

    print("\nThe mistakes of tests/bugs.py, each in a copy of the package, and what notices it: unit tests, the chapter's notebook")
    unseen = 0
    with ThreadPoolExecutor(AT_ONCE) as pool:
        waiting = sorted({bug.chapter for bug in bugs.BUGS if state(bug) not in known})
        for chapter, fine in zip(waiting, pool.map(bugs.passes_as_it_is, waiting), strict=True):
            if not fine:
                sys.exit(f"{chapter}.ipynb, or a test of its mistakes, fails with the package as it is.")
        for bug, (blind, seen) in zip(bugs.BUGS, pool.map(judged, bugs.BUGS), strict=True):
            known[state(bug)] = blind, seen
            path.write_text(json.dumps(known), encoding="utf-8")
            unseen += bool(blind) or not seen
            tests = f"NOT SEEN by {', '.join(blind)}" if blind else "seen"
            print(f"  tests: {tests}, {bug.chapter}.ipynb: {'seen' if seen else 'NOT SEEN'}  {bug.says}", flush=True)
    print(f"{len(bugs.BUGS) - unseen} of {len(bugs.BUGS)} mistakes are caught twice.")
    return not unseen


def main(modules, root=ROOT, package="reglesson", tests=None):
    """Mutate modules of a package, run its tests, report; exit with 1 if a survivor is not explained."""
    if not hasattr(os, "fork"):
        sys.exit("Mutants are forks of one process, which this system cannot make.")
    began = time.monotonic()
    sys.path.insert(0, str(root))
    for module in modules:
        importlib.import_module(f"{package}.{module}")
    files = tests or test_files(root, package)
    doctests = [str(root / package / f"{m}.py") for m in all_modules(root, package) if m in MODULES or tests]
    explained = explanations(root / "tests" / "mutants.txt")
    laboratory = Laboratory(root, package, modules, explained)
    plugins = ["no:cacheprovider", "no:xdist", "no:nbval", "no:terminal", "no:randomly"]
    words = [word for plugin in plugins for word in ("-p", plugin)]
    code = pytest.main([*words, "-s", f"--rootdir={root}", *map(str, files), *doctests], plugins=[laboratory])
    if laboratory.trouble or code not in (0, 5):
        sys.exit(laboratory.trouble or "The tests could not be collected: run `make test` first.")
    fine = report(laboratory.results, explained, "tests/mutants.txt")
    print(f"\n{time.monotonic() - began:.0f} s")
    return fine


def test_files(root, package):
    """The test files that speak of the mathematics and need neither the site nor another program."""
    pattern = re.compile(rf"{package}(\.| import .*)({'|'.join(MODULES)})\b")
    files = sorted((root / "tests").glob("test_*.py"))
    return [f for f in files if f.stem not in ELSEWHERE and pattern.search(f.read_text(encoding="utf-8"))]


if __name__ == "__main__":
    wanted = [word.removesuffix(".py") for word in sys.argv[1:]] or [*MODULES, "bugs"]
    if unknown := [word for word in wanted if word not in (*MODULES, "bugs")]:
        sys.exit(f"no such module: {unknown[0]}; there are {', '.join(MODULES)} and bugs")
    fine = [main(modules)] if (modules := [word for word in wanted if word != "bugs"]) else []
    if "bugs" in wanted:
        fine.append(breed_bugs(ROOT / "_build" / "mutants"))
    sys.exit(not all(fine))
