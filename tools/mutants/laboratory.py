"""How mutants run: each in a fork of the process that has collected the tests, with one function's code exchanged."""

import ast
import contextlib
import hashlib
import json
import os
import resource
import signal
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

import coverage
from mutants.changes import infect, mutants

AT_ONCE = 2
MEMORY = 4 * 2**30  # a mutant that wants more is as good as dead


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

    def __init__(self, root, package, modules, some=None):
        self.root, self.package, self.modules, self.some, self.folder = root, package, modules, some, root / "_build" / "mutants"
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
        if session.testsfailed:  # of the files that were collected
            return True
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
        self.failed, began = [], time.process_time()
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

        def state(file, reached):  # a test depends on its file, on the modules that it reaches, and claims on notebooks
            read = [self.root / file, *(sorted((self.root / "book").glob("*.ipynb")) if "claims" in file else [])]
            return digest(*(p.read_text(encoding="utf-8") for p in read), *(self.sources.get(m, "") for m in sorted(reached)))

        failed = []
        stale = [file for file in files if file not in known or known[file]["state"] != state(file, known[file]["lines"])]
        for k, (file, _, text, _) in enumerate(in_forks((file, lambda file=file: self.measure(files[file])) for file in stale), 1):
            found = json.loads(text) if text else {"failed": [file]}
            failed += found["failed"]
            if not found["failed"]:
                known[file] = {"state": state(file, found["lines"]), **found}
                path.write_text(json.dumps(known), encoding="utf-8")
            progress(f"{k} of {len(stale)} test files have run as they are, to see which lines they reach.")
        if failed:
            raise RuntimeError(f"Mutants are made of a package whose tests pass, and these fail: {', '.join(failed)}")
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
        watch.set_option("run:disable_warnings", ["no-data-collected"])  # a file may read the package's text only
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
        tree, found = mutants(module, self.sources[module])
        everyone = [m for m in found if self.some is None or m.name in self.some]
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
