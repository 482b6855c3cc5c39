"""What may import what: a reader who opens a chapter's module needs NumPy and nothing else."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "reglesson"
OF_THE_SITE = {"figures", "style", "exercises", "__init__"}
MATHEMATICS = sorted(p.stem for p in PACKAGE.glob("*.py") if p.stem not in OF_THE_SITE)


def loaded_by(module):
    """The modules that a fresh Python loads for one import, NumPy's own left out."""
    program = f"import numpy.random, sys; before = set(sys.modules); import reglesson.{module}; print(*set(sys.modules) - before)"
    done = subprocess.run([sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=True)
    return {name for name in done.stdout.split() if not name.startswith("_distutils_hack")}


@pytest.mark.parametrize("module", MATHEMATICS)
def test_the_mathematics_imports_numpy_and_the_standard_library_only(module):
    foreign = {name.split(".")[0] for name in loaded_by(module)} - {"reglesson", "numpy"} - sys.stdlib_module_names
    assert not {name for name in foreign if not name.startswith("__editable__")}


@pytest.mark.parametrize("module", MATHEMATICS)
def test_the_mathematics_knows_nothing_of_figures_sliders_or_the_site(module):
    assert not loaded_by(module) & {f"reglesson.{name}" for name in ("explore", "figures", "style", "exercises")}


def test_the_explorer_knows_nothing_of_the_rest():
    known = {name for name in loaded_by("explore") if name.startswith("reglesson.")}
    assert "reglesson.explore.explorer" in known
    assert not {name for name in known if not re.fullmatch(r"reglesson\.explore(\.\w+)?", name)}
    for path in (PACKAGE / "explore").glob("*.py"):
        imported = [n for n in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(n, (ast.Import, ast.ImportFrom))]
        names = {n.module if isinstance(n, ast.ImportFrom) else alias.name for n in imported for alias in n.names}
        assert not {n for n in names if n.startswith("reglesson") and not n.startswith("reglesson.explore")}, path.name


def test_the_explorer_is_there_without_matplotlib_widgets_and_sphinx_and_says_what_is_missing():
    program = """
import sys
sys.modules |= dict.fromkeys(("matplotlib", "ipywidgets", "IPython", "sphinx", "docutils"))
from reglesson.explore import explore, slider
def line(fig, k):
    "A line."
    return "Drawn."
try:
    explore(line, k=slider(0, 1, 1)).text()
except ModuleNotFoundError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "explorers need matplotlib: pip install 'reglesson[explore]'"


def test_every_module_opens_by_saying_what_it_is():
    for path in PACKAGE.rglob("*.py"):
        assert path.read_text(encoding="utf-8").startswith('"""'), path.name
