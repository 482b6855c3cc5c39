"""`make chapter`: the files of a new chapter from a template, which passes what a chapter must pass."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import chapter
import contents
import nbformat
import pytest

ROOT = Path(__file__).resolve().parent.parent
PARTS = ("_toc.yml", "_config.yml", "pyproject.toml", "book/api.md", "reglesson", "tests")


def copy(target, parts=PARTS):
    """A copy of what a chapter touches."""
    for part in parts:
        (target / part).parent.mkdir(parents=True, exist_ok=True)
        make = shutil.copytree if (ROOT / part).is_dir() else shutil.copy
        make(ROOT / part, target / part)
    (target / "book" / "api").mkdir(exist_ok=True)
    return target


def texts(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_chapter_is_four_files_and_a_line_wherever_one_is_wanted(tmp_path):
    root = copy(tmp_path)
    made = chapter.make(root, "zebra_stripes", "Stripes")
    assert made == [
        "book/zebra_stripes.ipynb",
        "reglesson/zebra_stripes.py",
        "tests/test_zebra_stripes.py",
        "book/api/zebra_stripes.md",
    ]
    assert contents.numbered(root) == [*contents.numbered(ROOT), "book/zebra_stripes"]
    assert "book/api/zebra_stripes" in contents.pages(root)
    for file in (
        "book/api.md",
        "reglesson/exercises.py",
        *(f"tests/test_{name}.py" for name in ("claims", "hostile", "properties")),
    ):
        new, old = (root / file).read_text(encoding="utf-8"), (ROOT / file).read_text(encoding="utf-8")
        assert "zebra_stripes" in new and len(new) > len(old)
    for file in made:
        text = (root / file).read_text(encoding="utf-8")
        assert "newchapter" not in text.lower().replace("new-chapter", "newchapter") and "New chapter" not in text
    notebook = nbformat.read(root / made[0], as_version=4)
    assert notebook.cells[0].source.startswith("# Stripes") and notebook.cells[1].metadata.tags == ["setup", "hide-input"]
    chapter.make(root, "second", "A second one")  # and one more, behind it
    assert contents.numbered(root)[-2:] == ["book/zebra_stripes", "book/second"]
    assert 'NOT_YET = {"second", "zebra_stripes"}' in (root / "tests" / "test_claims.py").read_text(encoding="utf-8")


def test_a_title_may_hold_a_formula(tmp_path):
    root, title = copy(tmp_path), r"The $\tau$ rule of $\lambda$ \1"
    chapter.make(root, "zebra", title)
    assert f"| {title} |\n" in (root / "book" / "api.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(("name", "said"), [("l2", "is there already"), ("Noise", "NAME must be"), ("for", "NAME must be")])
def test_a_name_that_cannot_be_one_is_refused_and_nothing_is_written(tmp_path, name, said):
    root = copy(tmp_path)
    before = texts(root)
    with pytest.raises(RuntimeError, match=said):
        chapter.make(root, name, name)
    assert texts(root) == before


def test_where_a_place_is_missing_nothing_is_written(tmp_path):
    root = copy(tmp_path)
    (root / "book" / "api.md").write_text("# Another page\n", encoding="utf-8")
    before = texts(root)
    with pytest.raises(RuntimeError, match=r"book/api.md has no place"):
        chapter.make(root, "zebra", "Zebra")
    assert texts(root) == before


@pytest.mark.foreign
def test_the_template_passes_every_test_of_a_chapter(tmp_path):
    """In a copy of the project: made by the command, executed, checked for style and types, and put to the tests of a chapter."""
    quiet = shutil.ignore_patterns(".git", ".venv", "_build", "__pycache__", ".*_cache", ".hypothesis")
    shutil.copytree(ROOT, tmp_path / "copy", ignore=quiet)
    env = {**os.environ, "PYTHONPATH": str(tmp_path / "copy")}

    def run(*command):
        done = subprocess.run([sys.executable, *command], cwd=tmp_path / "copy", env=env, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    assert "FILL IN" in run("tools/chapter.py", "zebra_stripes", "Zebra stripes")
    run("-m", "ruff", "check", ".")
    run("-m", "mypy", "--cache-dir", os.devnull)
    run("tools/notebooks.py", "--check")
    asked = ("book", "hostile", "docstrings", "exercises", "properties", "package", "practice", "claims", "uses", "zebra_stripes")
    files = [f"tests/test_{name}.py" for name in asked]
    words = "zebra_stripes or two_right_answers or counterexample or every_statement or share_a_label"
    assert " passed" in run("-m", "pytest", "-q", "-p", "no:xdist", "-k", words, *files, "reglesson/zebra_stripes.py")
