"""What may import what: a reader who opens a chapter's module needs NumPy and nothing else."""

import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "reglesson"
OF_THE_SITE = {"explore", "figures", "sphinxext", "style", "exercises", "__init__"}
MATHEMATICS = sorted(p.stem for p in PACKAGE.glob("*.py") if p.stem not in OF_THE_SITE)


def loaded_by(module):
    """The modules that a fresh Python loads for one import, NumPy's own left out."""
    program = f"import numpy, sys; before = set(sys.modules); import reglesson.{module}; print(*set(sys.modules) - before)"
    done = subprocess.run([sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=True)
    return {name for name in done.stdout.split() if not name.startswith("_distutils_hack")}


@pytest.mark.parametrize("module", MATHEMATICS)
def test_the_mathematics_imports_numpy_and_the_standard_library_only(module):
    foreign = {name.split(".")[0] for name in loaded_by(module)} - {"reglesson", "numpy"} - sys.stdlib_module_names
    assert not {name for name in foreign if not name.startswith("__editable__")}


@pytest.mark.parametrize("module", MATHEMATICS)
def test_the_mathematics_knows_nothing_of_figures_sliders_or_the_site(module):
    assert not loaded_by(module) & {f"reglesson.{name}" for name in ("explore", "figures", "style", "sphinxext", "exercises")}


def test_the_explorer_knows_nothing_of_regularization():
    known = {f"reglesson.{name}" for name in ("explore", "style", "_checks")}
    assert {name for name in loaded_by("explore") if name.startswith("reglesson.")} == known


def test_every_module_opens_by_saying_what_it_is():
    for path in PACKAGE.glob("*.py"):
        assert path.read_text(encoding="utf-8").startswith('"""'), path.name
