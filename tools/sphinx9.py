"""Build the pages with Sphinx 9 and the newest theme and extensions, without Jupyter Book, and take any warning for an error.

usage: python tools/sphinx9.py

Jupyter Book 1 holds Sphinx below 9 and will hold it there. All that it adds is a conf.py made from _config.yml, and three
extensions that this book can do without. The environment and the pages are in _build/world-sphinx9. NumPy, and what else
notebooks compute and draw with, are of the exact versions, so that notebooks executed by `make book` need not run again.
"""

import re
import shutil
import subprocess
import sys

import check_site
import constraints
import release

from reglesson.explore.sphinx import DRAWN_BY

ROOT = check_site.ROOT
FOLDER = ROOT / "_build" / "world-sphinx9"
OF_JUPYTER_BOOK = {"jupyter_book", "sphinx_comments", "sphinx_jupyterbook_latex"}
WANTED = [
    "sphinx>=9,<10", "sphinx-book-theme", "myst-nb", "sphinx-external-toc", "sphinx-multitoc-numbering", "sphinx-proof",
    "sphinx-design", "sphinx-copybutton", "sphinx-togglebutton", "sphinx-thebe", "sphinxcontrib-bibtex", "sphinx-mathjax-offline",
    "numpydoc", "ipykernel", "tqdm",
]  # fmt: skip


def settings(folder):
    """The conf.py that Jupyter Book makes of _config.yml, without its own extensions."""
    program = "from jupyter_book.cli.main import main; main()"
    release.run([sys.executable, "-c", program, "config", "sphinx", folder])
    text = (folder / "conf.py").read_text(encoding="utf-8")
    text, found = re.subn(r"^extensions = (.*)$", lambda line: f"extensions = {without_own(line[1])}", text, flags=re.MULTILINE)
    assert found == 1, "the conf.py of Jupyter Book has no line of extensions"
    lines = ["import sys", "sys.path.insert(0, 'book/_ext')", f"explore_folder = {str(ROOT / '_build')!r}"]
    ours = r"^(comments_config|use_jupyterbook_latex) = .*\n"
    return re.sub(ours, "", text, flags=re.MULTILINE) + "\n".join([*lines, ""])


def without_own(written):
    """A written list of extensions without those of Jupyter Book."""
    names = re.findall(r"'([\w.]+)'", written)
    return [name for name in names if name not in OF_JUPYTER_BOOK]


def main(words):
    if words:
        sys.exit(__doc__)
    shutil.rmtree(FOLDER, ignore_errors=True)
    source = FOLDER / "source"
    release.export(ROOT, source)
    (source / "conf.py").write_text(settings(source), encoding="utf-8")
    pins = [pin for pin in constraints.pins() if re.split("[=<> ;]", pin)[0] in DRAWN_BY]
    (FOLDER / "pins.txt").write_text("\n".join(pins), encoding="utf-8")
    print(f"Installing into {FOLDER}.", flush=True)
    python = release.environment(FOLDER / "python", *WANTED, "-c", FOLDER / "pins.txt", "-e", f"{ROOT}[explore,compare]")
    versions = release.run([*release.UV, "pip", "freeze", "--python", python]).splitlines()
    told = [each for each in versions if re.match(r"(sphinx|sphinx-book-theme|pydata-sphinx-theme|myst-nb)==", each)]
    print("Building with", *told, flush=True)
    command = [python, "-m", "sphinx", "-b", "html", "-n", "-W", "--keep-going", "-q", ".", "../html"]
    if subprocess.run([str(word) for word in command], cwd=source).returncode:
        raise RuntimeError("Sphinx 9 did not accept the book; its warnings stand above.")
    made = {page.relative_to(FOLDER / "html").as_posix() for page in check_site.page_files(FOLDER / "html")}
    wanted = {f"{name}.html" for name in check_site.contents.pages(ROOT)}
    if wanted - made:
        raise RuntimeError(f"These pages are missing: {', '.join(sorted(wanted - made))}")
    print(f"Sphinx 9 built {len(wanted)} pages without a warning: {FOLDER / 'html'}")


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except (RuntimeError, OSError) as error:
        sys.exit(str(error))
