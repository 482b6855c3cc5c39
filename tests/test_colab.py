"""The copies of the notebooks for Colab: the same cells below one that installs the package, which runs where it is missing."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import colab
import nbformat
import pytest
import yaml
from conftest import serving
from notebooks import book

ROOT = Path(__file__).resolve().parent.parent
ADDRESS = "https://github.com/Some/course/archive/abc.zip"


def test_a_copy_is_the_notebook_below_one_cell(tmp_path):
    made = colab.copies(ROOT, tmp_path, ADDRESS)
    assert sorted(path.relative_to(tmp_path) for path in made) == sorted(path.relative_to(ROOT) for path in book())
    for path in made:
        nbformat.validate(nbformat.read(path, as_version=4))
        whole = json.loads(path.read_text(encoding="utf-8"))
        first, *rest = whole["cells"]
        assert ADDRESS in "".join(first["source"]) and first["cell_type"] == "code"
        assert {**whole, "cells": rest} == json.loads((ROOT / path.relative_to(tmp_path)).read_text(encoding="utf-8"))


def test_where_the_package_is_there_the_first_cell_does_nothing(tmp_path):
    asked = []
    shell = pytest.importorskip("IPython.core.interactiveshell").InteractiveShell()  # it comes with the kernel
    shell.register_magic_function(asked.append, magic_name="pip")
    cell = "".join(colab.install_cell(ADDRESS)["source"])
    shell.run_cell(cell).raise_error()
    assert asked == []
    shell.run_cell(cell.replace('"reglesson")', '"no_such_package")')).raise_error()
    assert asked == [f'install --quiet "reglesson[explore,compare] @ {ADDRESS}"']


def test_the_workflow_makes_the_copies_that_the_buttons_open():
    job = yaml.safe_load((ROOT / ".github" / "workflows" / "check.yml").read_text(encoding="utf-8"))["jobs"]["colab"]
    said = "\n".join(step.get("run", "") for step in job["steps"])
    assert 'tools/colab.py "$RUNNER_TEMP/colab" "$GITHUB_REPOSITORY" "$GITHUB_SHA"' in said
    assert "--initial-branch colab" in said and said.rstrip().endswith('.git" colab') and job["needs"] == ["publish"]


@pytest.mark.foreign
def test_a_copy_runs_from_its_first_cell_where_the_package_is_missing(tmp_path):
    """In an environment with what Colab has; GitHub's archive is one that is served here, and pip fetches from it."""
    uv, place = [sys.executable, "-m", "uv", "-q"], tmp_path / "env"
    python = place / ("Scripts" if os.name == "nt" else "bin") / "python"
    subprocess.run([*uv, "venv", "--seed", "--python", sys.executable, place], check=True)
    there = ["ipykernel", "nbclient", "numpy<3", "matplotlib<4", "ipywidgets<9", "scikit-learn<2"]
    subprocess.run([*uv, "pip", "install", "--python", python, *there], check=True)
    missing = subprocess.run([python, "-c", "import reglesson"], cwd=tmp_path, capture_output=True, text=True)
    assert "No module named 'reglesson'" in missing.stderr
    package = tmp_path / "course-abc"
    shutil.copytree(ROOT / "reglesson", package / "reglesson", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, package)
    (tmp_path / "served").mkdir()
    shutil.make_archive(str(tmp_path / "served" / "abc"), "zip", tmp_path, "course-abc")
    with serving(tmp_path / "served") as address:
        colab.copies(ROOT, tmp_path / "copies", f"{address}abc.zip")
        program = (
            "import nbformat, sys; from nbclient import NotebookClient; n = nbformat.read(sys.argv[1], 4);"
            "NotebookClient(n, timeout=600).execute(); print(sum(c.cell_type == 'code' for c in n.cells))"
        )
        command = [python, "-c", program, tmp_path / "copies" / "book" / "l2.ipynb"]
        env = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
        done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
