"""Build one page of the book into _build/only, for a look while it is written.

usage: python tools/one.py CHAPTER      (l2)

The notebook is executed if it, or the package, has changed. What it says of other pages cannot be checked here: a link to
them leads nowhere, and is no warning.
"""

import os
import subprocess
import sys

import notebooks

# what is said of links to pages that are not there, and of sources, which stand on one of them
ELSEWHERE = ("unknown document", "unknown source document", "undefined label", "term not in glossary", "reference target",
             "xref_missing", "bibtex key", "not found")  # fmt: skip


def command(entry, folder):
    """What has Jupyter Book make a book of one page."""
    (folder / "_toc.yml").write_text(f"format: jb-book\nroot: {entry}\n", encoding="utf-8")
    where = ["build", str(notebooks.ROOT), "--toc", str(folder / "_toc.yml"), "--path-output", str(folder), "--keep-going"]
    return [sys.executable, str(notebooks.ROOT / "tools" / "jupyter_books.py"), *where]


def warnings(log):
    """The warnings and errors of a build that are about this page alone."""
    lines = [notebooks.without_colours(line) for line in log.splitlines()]
    told = [line for line in lines if "WARNING" in line or "ERROR" in line or line.startswith("Exception")]
    return [line for line in told if not any(words in line.lower() for words in ELSEWHERE) and "CurveZMQ" not in line]


def main(words):
    paths = [notebooks.named(word) for word in words]
    if len(paths) != 1 or not paths[0].is_file():
        sys.exit(f"no such chapter: {' '.join(words)}" if words else __doc__)
    folder, entry = notebooks.ROOT / "_build" / "only", paths[0].relative_to(notebooks.ROOT).with_suffix("").as_posix()
    folder.mkdir(parents=True, exist_ok=True)
    fixed = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "JUPYTER_PLATFORM_DIRS": "1", "NO_COLOR": "1", "PYTHONUTF8": "1"}
    done = subprocess.run(command(entry, folder), env={**os.environ, **fixed}, capture_output=True, text=True, encoding="utf-8")
    page, found = folder / "_build" / "html" / f"{entry}.html", warnings(done.stdout + done.stderr)
    if found or done.returncode or not page.is_file():
        sys.exit("\n".join(found or (done.stdout + done.stderr).splitlines()[-15:]))
    print(f"The page is in {page}. The others were not built: `make book` does, and checks every link.")


if __name__ == "__main__":
    main(sys.argv[1:])
