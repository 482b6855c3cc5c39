"""The commands: `make book` executes what changed, stops at what is wrong, and leaves the website that stood before."""

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).resolve().parent.parent
LESSON = """# A lesson

```{prf:definition} One
:label: l2-one
$1$ is one.
```

See {prf:ref}`l2-one`."""
CODE = """from reglesson.l2 import ridge
print(ridge.__doc__.splitlines()[0])
print(f"{ridge([[0.0], [2.0]], [1.0, 5.0], lam=1.0).coef[0]:.3f}")"""


def write_notebook(path, text, code):
    cells = [nbformat.v4.new_markdown_cell(text), nbformat.v4.new_code_cell(code)]
    kernel = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=kernel), path)


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """The project with a book of two pages, so that a build takes seconds."""
    root = tmp_path_factory.mktemp("project")
    quiet = shutil.ignore_patterns("__pycache__", "*.ipynb", "*.md")
    for folder in ("reglesson", "tools", "book"):
        shutil.copytree(ROOT / folder, root / folder, ignore=quiet)
    for file in ("_config.yml", "pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / file, root)
    (root / "_toc.yml").write_text("format: jb-book\nroot: index\nchapters:\n  - file: book/l2\n", encoding="utf-8")
    (root / "book" / "references.bib").touch()
    write_notebook(root / "index.ipynb", "# Home\n\nSee [the lesson](book/l2.ipynb).", "1 + 1")
    write_notebook(root / "book" / "l2.ipynb", LESSON, CODE)
    return root


def build(root, *words):
    """Run the build in a copy of the project, with the copy's package."""
    command = [sys.executable, str(root / "tools" / "build.py"), "--pages-only", *words]
    env = {**os.environ, "PYTHONPATH": str(root)}
    return subprocess.run(command, cwd=root, env=env, capture_output=True, text=True, encoding="utf-8")


def test_the_book_is_built_again_when_the_package_changes_and_only_then(project):
    page = project / "_build" / "html" / "book" / "l2.html"
    first = build(project)
    assert first.returncode == 0, first.stdout + first.stderr
    assert "2 to execute" in first.stdout
    assert "The weights that minimize" in page.read_text(encoding="utf-8")
    again = build(project, "--force")
    assert again.returncode == 0 and "all as executed before" in again.stdout
    module = project / "reglesson" / "l2.py"
    text = module.read_text(encoding="utf-8")
    module.write_text(text.replace('"""The weights that minimize', '"""The very weights that minimize'), encoding="utf-8")
    changed = build(project)
    assert changed.returncode == 0 and "2 to execute" in changed.stdout
    assert "The very weights that minimize" in page.read_text(encoding="utf-8")


BROKEN = {
    "a cell that fails": (LESSON, "x = 1\n1 / 0", "begins with 'x = 1' stops with ZeroDivisionError: division by zero"),
    "a reference to nothing": (LESSON + " See {prf:ref}`nowhere`.", CODE, "nowhere"),
    "a link to a missing page": (LESSON + " See [it](gone.md).", CODE, "gone.md"),
    "a link to a slider that is not there": (LESSON + ' <a href="#wave?lam=1">Move λ</a>.', CODE, "#wave?lam=1 leads to no place"),
    "a cell that warns": (LESSON, "import warnings\nwarnings.warn('careful', stacklevel=1)", "stderr was found"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_what_is_wrong_stops_the_build_and_leaves_the_website(project, what):
    text, code, said = BROKEN[what]
    site = project / "_build" / "html"
    if not site.exists():
        built = build(project)
        assert built.returncode == 0, built.stdout + built.stderr
    before = {p: p.stat().st_mtime_ns for p in site.rglob("*.html")}
    write_notebook(project / "book" / "l2.ipynb", text, code)
    try:
        for _ in range(2 if what == "a reference to nothing" else 1):  # Sphinx alone would tell it once
            done = build(project)
            assert done.returncode == 1, done.stdout
            assert "l2" in done.stdout + done.stderr and said in done.stdout + done.stderr
            assert "The website was not built" in done.stderr and "Traceback (most recent call last):\n  File" not in done.stderr
            assert {p: p.stat().st_mtime_ns for p in site.rglob("*.html")} == before
    finally:
        write_notebook(project / "book" / "l2.ipynb", LESSON, CODE)


def test_a_page_that_is_missing_stops_the_build(project):
    toc = project / "_toc.yml"
    right = toc.read_text(encoding="utf-8")
    try:
        toc.write_text(right + "  - file: book/gone\n", encoding="utf-8")
        done = build(project)
        assert done.returncode == 1 and "book/gone" in done.stdout + done.stderr
    finally:
        toc.write_text(right, encoding="utf-8")


def serve(root, *words):
    shutil.copytree(ROOT / "tools", root / "tools", ignore=shutil.ignore_patterns("__pycache__"), dirs_exist_ok=True)
    return subprocess.run([sys.executable, str(root / "tools" / "serve.py"), *words], capture_output=True, text=True, timeout=30)


def test_serve_says_what_is_wrong(tmp_path):
    assert "run `make book` first" in serve(tmp_path).stderr
    (tmp_path / "_build" / "html").mkdir(parents=True)
    (tmp_path / "_build" / "html" / "index.html").write_text("<h1>Home</h1>", encoding="utf-8")
    for word in ("0", "70000", "-1", "web"):
        done = serve(tmp_path, word)
        assert done.returncode == 1 and done.stderr.startswith("PORT must be a number from 1 to 65535, got")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = serve(tmp_path, str(port))
        assert done.returncode == 1 and done.stderr.startswith(f"Port {port} is in use")
