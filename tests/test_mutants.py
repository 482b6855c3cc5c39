"""The tool that makes mutants: what it changes, that it tells a noticed change from one that is not, and what was explained."""

import os
import subprocess
import sys

import numpy as np
import pytest
from mutants import report
from mutants.changes import mutants
from test_book import ROOT

MODULE = '''"""A module."""


def larger(a, b):
    """The larger one; where they are equal, either."""
    if a >= b:
        return a
    return b


def endless(names):
    """Take all of them, which never ends when none is taken: that costs the limit of time, so one such change is enough."""
    while names:
        names.clear()
    return names
'''
TESTS = """
from tiny.module import endless, larger


def test_larger():
    assert larger(1, 2) == larger(2, 1) == 2


def test_endless():
    assert endless(["one"]) == []
"""
EQUAL = "module.larger: a >= b => a > b"


def names(source):
    return [mutant.name.removeprefix("m.f: ") for mutant in mutants("m", source)[1]]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("return a + b", ["a + b => a - b"]),
        ("return a ** 2", ["a ** 2 => a * 2", "a ** 2 => a ** 3", "a ** 2 => a ** 1"]),
        ("return a < b", ["a < b => a <= b", "a < b => a > b"]),
        ("return a and b", ["a and b => a or b", "a and b => b", "a and b => a"]),
        ("return not a", ["not a => a"]),
        ("return -a[1:]", ["-a[1:] => a[1:]", "-a[1:] => -a[2:]", "-a[1:] => -a[0:]"]),
        ("return a[:b]", ["a[:b] => a[:b + 1]"]),
        ("return a.mean(axis=1)", ["a.mean(axis=1) => a.sum(axis=1)", "a.mean(axis=1) => a.mean(axis=0)"]),
        ("return np.maximum(a, 0.5)", ["np.maximum(a, 0.5) => np.minimum(a, 0.5)", "np.maximum(a, 0.5) => np.maximum(a, 1.0)"]),
        ("return a > 1e-09", ["a > 1e-09 => a >= 1e-09", "a > 1e-09 => a < 1e-09", "a > 1e-09 => a > 0.001"]),
        ("return g(np.abs(a), key=b)", ["g(np.abs(a), key=b) => g(np.abs(a))", "g(np.abs(a), key=b) => g(a, key=b)"]),
        ("return a if a else b", ["a if a else b => a", "a if a else b => b"]),
        ("a += b", ["a += b => pass", "a += b => a -= b"]),
        ("a = g(a); c = 'text'", ["a = g(a) => pass"]),
        ("if a: raise ValueError(f'{a + 1}' + 'no')", ["if a: => if False:"]),
    ],
)
def test_the_changes_are_these(line, expected):
    assert names(f'def f(a, b: "1 + 1" = None):\n    """1 + 1"""\n    {line}\n') == expected


@pytest.fixture
def tiny(tmp_path):
    """A small package with tests that leave one change unnoticed, and how to put the tool to work on it."""
    for name, text in {"tiny/__init__.py": "", "tiny/module.py": MODULE, "tests/test_tiny.py": TESTS}.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def run():
        call = f"from pathlib import Path; root = Path({str(tmp_path)!r}); tests = sorted((root / 'tests').glob('test_*.py'))"
        program = f"import sys; from mutants import report; {call}; sys.exit(not report.main(['module'], root, 'tiny', tests))"
        env = {**os.environ, "PYTHONPATH": str(ROOT / "tools")}
        done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, env=env)
        return done.returncode, done.stdout + done.stderr

    run.folder = tmp_path
    return run


def test_what_a_test_notices_is_killed_and_what_none_notices_survives_until_it_is_explained(tiny):
    code, said = tiny()
    everyone = [mutant.name for mutant in mutants("module", MODULE)[1]]
    row = next(line.split() for line in said.splitlines() if line.startswith("all"))
    assert code == 1 and row[1:3] == [str(len(everyone)), str(len(everyone) - 1)] and row[5] == "1", said
    assert int(row[3]) >= 1  # names.clear() left out
    assert [line.split("  ")[-1] for line in said.splitlines() if line.startswith("  module.py:")] == [EQUAL]

    killed, gone = everyone[0], "module.larger: a => b"
    explained = tiny.folder / "tests" / "mutants.txt"
    explained.write_text(f"# notes\n{EQUAL}  # equal numbers are one number\n{killed}  # no\n{gone}  # no\n", encoding="utf-8")
    code, said = tiny()
    row = next(line.split() for line in said.splitlines() if line.startswith("all"))
    assert code == 1 and row[4:6] == ["1", "0"], said
    assert f"{killed}  (a test notices it now)" in said and f"{gone}  (there is no such mutant)" in said


def test_some_are_drawn_from_all_and_bounds_hold_what_they_say(tiny):
    everyone = {mutant.name for mutant in mutants("module", MODULE)[1]}
    some, there = report.drawn(tiny.folder, "tiny", ["module"], 3)
    assert len(some) == 3 and some < everyone and there == len(everyone)
    four, more = (report.drawn(tiny.folder, "tiny", ["module"], number)[0] for number in (4, 1000))
    assert some < four < more == everyone
    # of many draws of 50 whose true share is 0.97, the bounds leave it out in about one of twenty
    rng = np.random.default_rng(0)
    inside = [low <= 0.97 <= high for low, high in (report.bounds(killed, 50) for killed in rng.binomial(50, 0.97, 2000))]
    assert 0.9 < np.mean(inside) < 0.99
    assert report.bounds(300, 300)[0] == pytest.approx(1 / (1 + 1.96**2 / 300)) and report.bounds(300, 300)[1] == pytest.approx(1)


def test_an_explanation_says_why(tmp_path):
    path = tmp_path / "mutants.txt"
    path.write_text(f"# notes\n\n{EQUAL}  # equal numbers are one number\n", encoding="utf-8")
    assert report.explanations(path) == {EQUAL: "equal numbers are one number"}
    path.write_text(f"{EQUAL}\n", encoding="utf-8")
    with pytest.raises(SystemExit, match="says no reason"):
        report.explanations(path)


def test_no_mutants_are_made_of_a_package_whose_tests_fail(tiny):
    path = tiny.folder / "tests" / "test_tiny.py"
    path.write_text(path.read_text(encoding="utf-8").replace("== []", "== [1]"), encoding="utf-8")
    code, said = tiny()
    assert code == 1 and "test_endless" in said and "Traceback" not in said


def test_a_test_file_that_only_reads_the_package_is_no_trouble(tiny):
    reads = "from pathlib import Path\n\n\ndef test_text():\n    assert Path('tiny/module.py').is_file()\n"
    (tiny.folder / "tests" / "test_text.py").write_text(reads, encoding="utf-8")
    settings = '[tool.pytest.ini_options]\nfilterwarnings = ["error"]\n'  # as in this repository
    (tiny.folder / "pyproject.toml").write_text(settings, encoding="utf-8")
    code, said = tiny()
    assert code == 1 and "these fail" not in said and EQUAL in said, said
