"""Change the mathematics, one operator, constant or condition at a time, and list the changes that no test notices.

usage: python -m mutants.report [MODULE ...]                (such as l2, or bugs; all of them without a name; tools/ on PYTHONPATH)
       python -m mutants.report --some NUMBER [MODULE ...]  (so many, drawn at random from the modules: an estimate within the hour)
       python -m mutants.report --some NUMBER --draw K      (another draw: of one whose survivors were mended, nothing follows)

Each change makes a mutant of one module. The tests that reach the changed line run, quickest first, until one fails: then
the mutant is killed. One that runs without end is killed by a limit of its time. What survives needs a better test, or a
line in tests/mutants.txt that says why nothing can notice it. The last part puts the mistakes of tests/bugs.py into the package.

mutmut 3.8 and cosmic-ray 8.7 were looked at first. mutmut changes the texts of errors, leaves tables and conditions alone and
numbers its mutants, so that an explanation of one does not outlive an edit; cosmic-ray starts the whole suite for each.
Here pytest collects once, and each mutant is a fork of that process with one function's code exchanged: a fraction of a
second. Windows has no fork, so it is not supported. The results stay in _build, and an interrupted run goes on from there.
"""

import argparse
import importlib
import json
import math
import os
import random
import re
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from mutants.changes import mutants
from mutants.laboratory import AT_ONCE, Laboratory, all_modules, digest

ROOT = Path(__file__).resolve().parent.parent.parent
MODULES = ("linear", "_scales", "network", "_together", "overfitting", "l2", "l1", "_active_sets", "dropout", "early_stopping",
           "choosing")  # fmt: skip
# they start other programs
ELSEWHERE = {"test_api_pages", "test_benchmarks", "test_book", "test_build", "test_bugs", "test_claims", "test_mutants",
             "test_typing"}  # fmt: skip
CLAIMS = "claims_hold.py"  # the claims of chapters, as tests: they are slow, and so the last that a mutant meets


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


def drawn(root, package, modules, number, draw=0):
    """The names of so many mutants of modules, and how many there are: the first of one random order, so that more go on."""
    texts = {module: (root / package / f"{module}.py").read_text(encoding="utf-8") for module in modules}
    everyone = [mutant.name for module, text in texts.items() for mutant in mutants(module, text)[1]]
    return set(random.Random(draw).sample(everyone, len(everyone))[:number]), len(everyone)


def bounds(killed, tried, z=1.96):
    """Between which shares the share of all lies, with 95 % confidence, if so many of those drawn were killed (Wilson 1927)."""
    share, wide = killed / tried, z * z / tried
    middle, half = share + wide / 2, z * math.sqrt(share * (1 - share) / tried + wide / (4 * tried))
    return (middle - half) / (1 + wide), (middle + half) / (1 + wide)


def report(results, explained, file, some=None):
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
    stale = [name for name in explained if name.split(".")[0] in results and name not in living and (some is None or name in some)]
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
        files = [ROOT / "tests" / test.split("::")[0] for test in bug.tests]
        files += [ROOT / "book" / f"{bug.chapter}.ipynb"] if bug.chapter else []
        return digest(bug.right, bug.wrong, *bug.tests, *package, *(file.read_text(encoding="utf-8") for file in files))

    def judged(bug):
        return known.get(state(bug)) or bugs.verdict(bug)

    print("\nThe mistakes of tests/bugs.py, each in a copy of the package, and what notices it: unit tests, the chapter's notebook")
    unseen = 0
    with ThreadPoolExecutor(AT_ONCE) as pool:
        waiting = sorted({bug.chapter for bug in bugs.BUGS if bug.chapter and state(bug) not in known})
        for chapter, fine in zip(waiting, pool.map(bugs.passes_as_it_is, waiting), strict=True):
            if not fine:
                sys.exit(f"{chapter}.ipynb, or a test of its mistakes, fails with the package as it is.")
        for bug, (blind, seen) in zip(bugs.BUGS, pool.map(judged, bugs.BUGS), strict=True):
            known[state(bug)] = blind, seen
            path.write_text(json.dumps(known), encoding="utf-8")
            unseen += bool(blind) or not seen
            tests = f"NOT SEEN by {', '.join(blind)}" if blind else "seen"
            notebook = f"{bug.chapter}.ipynb: {'seen' if seen else 'NOT SEEN'}" if bug.chapter else "in no notebook"
            print(f"  tests: {tests}, {notebook}  {bug.says}", flush=True)
    print(f"{len(bugs.BUGS) - unseen} of {len(bugs.BUGS)} mistakes are caught, by tests and by the notebook that shows them.")
    return not unseen


def main(modules, root=ROOT, package="reglesson", tests=None, number=None, draw=0):
    """Mutate modules of a package, run its tests, report whether each survivor is explained; of so many mutants, or of all."""
    if not hasattr(os, "fork"):
        sys.exit("Mutants are forks of one process, which this system cannot make.")
    began = time.monotonic()
    sys.path.insert(0, str(root))
    for module in modules:
        importlib.import_module(f"{package}.{module}")
    files = tests or [*test_files(root, package), root / "tests" / CLAIMS]
    doctests = [str(root / package / f"{m}.py") for m in all_modules(root, package) if m in MODULES or tests]
    explained = explanations(root / "tests" / "mutants.txt")
    some, all_of_them = drawn(root, package, modules, number, draw) if number else (None, None)
    laboratory = Laboratory(root, package, modules, some)
    plugins = ["no:cacheprovider", "no:xdist", "no:nbval", "no:terminal", "no:randomly"]
    words = [word for plugin in plugins for word in ("-p", plugin)]
    code = pytest.main([*words, "-s", f"--rootdir={root}", *map(str, files), *doctests], plugins=[laboratory])
    if laboratory.trouble or code not in (0, 5):
        sys.exit(laboratory.trouble or "The tests could not be collected: run `make test` first.")
    fine = report(laboratory.results, explained, "tests/mutants.txt", some)
    if some:
        killed = sum(entry["result"] != "survived" for found in laboratory.results.values() for _, entry in found)
        low, high = bounds(killed, len(some))
        print(f"\n{len(some)} of {all_of_them} mutants were drawn. Of all, {low:.1%} to {high:.1%} are killed (95 % confidence).")
    print(f"\n{time.monotonic() - began:.0f} s")
    return fine


def test_files(root, package):
    """The test files that speak of the mathematics and need neither the site nor another program."""
    pattern = re.compile(rf"{package}(\.| import .*)({'|'.join(MODULES)})\b")
    files = sorted((root / "tests").glob("test_*.py"))
    return [f for f in files if f.stem not in ELSEWHERE and pattern.search(f.read_text(encoding="utf-8"))]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(usage=__doc__.split("usage: ")[1].split("\n\n")[0])
    parser.add_argument("modules", nargs="*", type=lambda word: word.removesuffix(".py"))
    parser.add_argument("--some", type=int)
    parser.add_argument("--draw", type=int, default=0)
    said = parser.parse_args()
    if unknown := [word for word in said.modules if word not in (*MODULES, "bugs")]:
        sys.exit(f"no such module: {unknown[0]}; there are {', '.join(MODULES)} and bugs")
    wanted = said.modules or ([*MODULES] if said.some else [*MODULES, "bugs"])
    fine = []
    if modules := [word for word in wanted if word != "bugs"]:
        fine.append(main(modules, number=said.some, draw=said.draw))
    if "bugs" in wanted:
        fine.append(breed_bugs(ROOT / "_build" / "mutants"))
    sys.exit(not all(fine))
