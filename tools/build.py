"""Build the website into _build/html.

usage: python tools/build.py [--force] [--pages-only]

Notebooks that changed are executed, in parallel; Jupyter Book then makes the pages, and any warning is an error; the
pages are finished and checked; JupyterLite is put beside it (not with --pages-only). Where nothing changed since the last build,
nothing is done, but with --force.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

import check_site
import finish
import lite
import nbformat
import notebooks
from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

from reglesson import sphinxext

ROOT = Path(__file__).resolve().parent.parent
SITE = ROOT / "_build" / "html"
STAMP = ROOT / "_build" / ".built"
NEXT = ROOT / "_build" / ".next"  # pages are made here, and take the place of the website when they are right
INPUTS = (
    "index.ipynb", "_config.yml", "_toc.yml", "constraints.txt", "pyproject.toml",
    "book/**/*", "reglesson/*.*", "tests/test_*.py", "tools/*.py",
)  # fmt: skip


def fingerprint():
    """A hash of every file that the site is made from, of the commit that its pages name, and of whose Pyodide is used."""
    files = sorted({p for pattern in INPUTS for p in ROOT.glob(pattern) if p.is_file() and ".ipynb_checkpoints" not in p.parts})
    parts = [part for p in files for part in (p.relative_to(ROOT).as_posix().encode(), p.read_bytes())]
    outside = [sphinxext.git(ROOT, "rev-parse", "HEAD"), os.environ.get("PYODIDE_FOLDER", "")]
    return hashlib.sha256(b"\0".join([*map(str.encode, outside), *parts])).hexdigest()


def execute_notebooks():
    """Execute the notebooks of `_toc.yml` that the cache does not hold, as many at a time as there are cores."""
    os.environ["REGLESSON_BAKE"] = str(sphinxext.frames_path(ROOT))
    cache = get_cache(sphinxext.cache_path(ROOT))
    waiting = []
    for path in [ROOT / f"{entry}.ipynb" for entry in check_site.toc_entries(ROOT)]:
        if path.is_file():
            notebook = nbformat.read(path, as_version=4)
            try:
                cache.match_cache_notebook(notebook)
            except KeyError:
                waiting.append((path, notebook))
    if not waiting:
        print("Notebooks: all as executed before.", flush=True)
        return
    print(f"Notebooks: {len(waiting)} to execute, {os.cpu_count()} at a time.", flush=True)
    failed = []
    pool = ThreadPoolExecutor(os.cpu_count())  # the kernels are processes of their own
    try:
        running = {pool.submit(execute, *each): each for each in waiting}
        for number, future in enumerate(as_completed(running), 1):
            path, notebook = running[future]
            try:
                seconds = future.result()
            except RuntimeError as error:
                failed.append(str(error))
                print(f"  {number} of {len(waiting)}: {path.name} failed", flush=True)
                continue
            bundle = CacheBundleIn(notebook, str(path), data={"execution_seconds": seconds})
            cache.cache_notebook_bundle(bundle, check_validity=False, overwrite=True)
            print(f"  {number} of {len(waiting)}: {path.name}, {seconds:.1f} s", flush=True)
    finally:
        pool.shutdown(cancel_futures=True)
    if failed:
        raise RuntimeError("\n\n".join(failed))


def execute(path, notebook):
    """Execute a notebook in place; return the seconds that it took."""
    began = time.perf_counter()
    folder = {"metadata": {"path": str(path.parent)}}
    try:
        quiet = ["--Application.log_level=ERROR"]  # a kernel warns of its local connection
        NotebookClient(notebook, timeout=600, kernel_name="python3", resources=folder, extra_arguments=quiet).execute()
    except CellExecutionError as error:
        story = notebooks.without_colours(error.traceback)
        raise RuntimeError(f"{story}\n\n{path.relative_to(ROOT)}: {notebooks.what_failed(notebook)}") from None
    except (CellTimeoutError, DeadKernelError) as error:
        raise RuntimeError(f"{path.relative_to(ROOT)}: {error}") from None
    return time.perf_counter() - began


def make_pages():
    """Run Jupyter Book; any warning is an error. Returns the folder of the pages, which is not yet that of the website.

    Every build reads every page anew: Sphinx tells a warning only when it reads the page, so that a second try would
    pass over what stopped the first.
    """
    shutil.rmtree(NEXT, ignore_errors=True)
    NEXT.mkdir(parents=True)
    jupyter_book = "from jupyter_book.cli.main import main; main()"
    command = [sys.executable, "-c", jupyter_book, "build", str(ROOT), "--path-output", str(NEXT), "-n", "-W", "--keep-going"]
    log = ROOT / "_build" / "build.log"
    pages, number = len(check_site.toc_entries(ROOT)), 0
    with log.open("w", encoding="utf-8") as file:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8",
                                   errors="replace", env={**os.environ, "NO_COLOR": "1", "PYTHONUTF8": "1"})  # fmt: skip
        for line in process.stdout:
            line = notebooks.without_colours(line)
            file.write(line)
            if "writing output" in line and number < pages:
                number += 1
                if number % 5 == 0 or number == pages:
                    print(f"  {number} of {pages} pages written", flush=True)
            if ("WARNING" in line and "CurveZMQ" not in line) or "ERROR" in line or line.startswith("  explorer"):
                print(line.rstrip(), flush=True)
        if process.wait():
            raise RuntimeError(f"Jupyter Book did not accept the book; its warnings stand above, all that it said in {log}")
    return NEXT / "_build" / "html"


def put_in_place(pages):
    """Make the new pages the website; until here the one before them stood untouched."""
    old = NEXT / "old"
    if SITE.exists():
        SITE.rename(old)
    pages.rename(SITE)
    shutil.rmtree(NEXT, ignore_errors=True)
    kept = sorted((ROOT / "_build" / ".jupyter_cache").glob("*"), key=lambda p: p.stat().st_mtime)
    for cache in kept[:-3]:  # one for each state of the package; the newest are worth keeping
        if cache != sphinxext.cache_path(ROOT):
            shutil.rmtree(cache, ignore_errors=True)


def main(words):
    began = time.perf_counter()
    unknown = set(words) - {"--force", "--pages-only"}
    if unknown:
        raise RuntimeError(f"unknown argument {' '.join(sorted(unknown))}\n{__doc__}")
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "JUPYTER_PLATFORM_DIRS"):
        os.environ.setdefault(name, "1")  # two BLAS threads on a busy machine can be far slower than one
    mark = fingerprint()
    if "--force" not in words and STAMP.is_file() and STAMP.read_text() == mark and (SITE / "index.html").is_file():
        print("Nothing changed since the last build.")
    else:
        (ROOT / "_build").mkdir(exist_ok=True)
        STAMP.unlink(missing_ok=True)
        execute_notebooks()
        print("Pages: Jupyter Book is at work.", flush=True)
        pages = make_pages()
        finish.finish(pages, sphinxext.site_address(ROOT))
        whole = "--pages-only" not in words
        try:
            if whole:
                lite.build(ROOT, pages)
        except (RuntimeError, OSError) as error:
            whole = False
            print(f"JupyterLite could not be built, so the buttons that run a page lead nowhere; the rest stands. {error}")
        found = check_site.problems(pages)
        if found:
            raise RuntimeError("\n".join([*found, f"The site has {len(found)} problems; they stand above."]))
        put_in_place(pages)
        if whole:
            STAMP.write_text(mark)
    print(f"The website is in {SITE} ({time.perf_counter() - began:.1f} s). To look at it: make serve")


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except (RuntimeError, OSError) as error:
        sys.exit(f"\n{error}\nThe website was not built; a website that stood before still does.")
    except KeyboardInterrupt:
        sys.exit("\nInterrupted. The website was not built; what was executed is kept for the next time.")
