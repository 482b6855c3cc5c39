"""Build the website into _build/html.

usage: python tools/build.py [--force] [--pages-only]

Notebooks that changed are executed, in parallel, the longest first; Jupyter Book then makes the pages, and any warning is
an error, while JupyterLite is built beside it (not with --pages-only); the pages are finished and checked, and only then
take the place of those before. What did not change is not executed, read or built again. Where nothing changed since the
last build, nothing is done; with --force every page is made anew.
"""

import atexit
import contextlib
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import sysconfig
import time
import traceback
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

import check_site
import finish
import lite
import nbformat
import notebooks
import yaml
from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

from reglesson.explore.sphinx import cache_path, frames_path

ROOT = Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT / "book" / "_ext"))
import home  # noqa: E402

SITE = ROOT / "_build" / "html"
STAMP = ROOT / "_build" / ".built"
NEXT = ROOT / "_build" / ".next"  # pages are made here, and take the place of the website when they are right
READ = ROOT / "_build" / ".read"  # what Sphinx read of each page in the last build, if that was a good one
LITE = ROOT / "_build" / ".lite-site"  # the last JupyterLite, and the mark of what it was made from
SECONDS = ROOT / "_build" / ".seconds.json"  # how long each notebook ran the last time
PAGES = ("index.ipynb", "index.md", "book/**/*.ipynb", "book/**/*.md")
INPUTS = (
    *PAGES, "_config.yml", "_toc.yml", "constraints.txt", "pyproject.toml",
    "book/**/*", "reglesson/**/*.*", "tests/test_*.py", "tools/*.py",
)  # fmt: skip
OF_LITE = ("index.ipynb", "book/*.ipynb", "reglesson/**/*.*", "pyproject.toml", "README.md", "LICENSE", "tools/lite.py")
RUNNING = []  # notebooks at work, to be ended if the build is


def files(patterns):
    """The files below the root that fit one of the patterns, sorted."""
    found = {p for pattern in patterns for p in ROOT.glob(pattern) if p.is_file()}
    return sorted(p for p in found if not {".ipynb_checkpoints", "__pycache__"} & {*p.parts})


def fingerprint(paths, *words):
    """A hash of files, of their names, and of some words."""
    parts = [part for p in paths for part in (p.relative_to(ROOT).as_posix().encode(), p.read_bytes())]
    return hashlib.sha256(b"\0".join([*(str(word).encode() for word in words), *parts])).hexdigest()


def where_kept():
    """Where executed notebooks and frames are kept, below which folder the files lie that they depend on, and which those are."""
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))["sphinx"]["config"]
    return ROOT / config["explore_folder"], ROOT, config["explore_depends"]


def what_pages_share():
    """A hash of what is no page but may change one: the rest of the project, and what is installed."""
    installed = sorted(p.name for p in Path(sysconfig.get_path("purelib")).glob("*.dist-info"))
    return fingerprint(sorted({*files(INPUTS)} - {*files(PAGES)}), *installed)


def check_sources():
    """Refuse a book that cannot become a website, before anything is executed. Raises RuntimeError, a sentence a problem."""
    found = []
    for name in ("_config.yml", "_toc.yml"):
        try:
            if not isinstance(yaml.safe_load((ROOT / name).read_text(encoding="utf-8")), dict):
                found.append(f"{name} is not a mapping of names to values.")
        except yaml.YAMLError as error:
            found.append(f"{name} is not valid YAML: {' '.join(str(error).split())}")
        except FileNotFoundError:
            found.append(f"{name} is missing.")
    for path in [p for p in files(PAGES) if p.suffix == ".ipynb"]:
        try:
            nbformat.read(path, as_version=4)
        except (ValueError, KeyError, TypeError, AttributeError) as error:  # what is no JSON, and what is JSON but no notebook
            found.append(f"{path.relative_to(ROOT)} is not a notebook: {str(error).splitlines()[0][:200]}")
    if not found:
        entries = check_site.toc_entries(ROOT)
        there = {p.relative_to(ROOT).with_suffix("").as_posix(): p for p in files(PAGES)}
        found += [f"_toc.yml names {e}, but there is no such notebook or Markdown file." for e in entries if e not in there]
        found += [f"{there[e].relative_to(ROOT)} is no page: _toc.yml does not name it." for e in sorted({*there} - {*entries})]
    if found:
        raise RuntimeError("\n".join(found))


def execute_notebooks(pool):
    """Execute the notebooks of `_toc.yml` that the cache does not hold, as many at a time as there are cores."""
    os.environ["REGLESSON_BAKE"] = str(frames_path(*where_kept()))
    cache = get_cache(cache_path(*where_kept()))
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
    known = json.loads(SECONDS.read_text(encoding="utf-8")) if SECONDS.is_file() else {}
    # the longest first, so that all cores end at about the same time; unknown ones by their size
    waiting.sort(key=lambda each: -known.get(each[0].name, 1e3 + each[0].stat().st_size))
    failed = []
    running = {pool.submit(execute, *each): each for each in waiting}
    for number, future in enumerate(as_completed(running), 1):
        path, notebook = running[future]
        try:
            known[path.name] = seconds = future.result()
        except RuntimeError as error:
            failed.append(str(error))
            print(f"  {number} of {len(waiting)}: {path.name} failed", flush=True)
            continue
        bundle = CacheBundleIn(notebook, str(path), data={"execution_seconds": seconds})
        try:
            cache.cache_notebook_bundle(bundle, check_validity=False, overwrite=True)
        except RuntimeError as error:  # "unexpected error", it says, of a full disk as of all else
            why = error
            while why.__context__ is not None:
                why = why.__context__
            raise RuntimeError(f"What {path.name} gave could not be kept: {why}") from error
        print(f"  {number} of {len(waiting)}: {path.name}, {seconds:.1f} s", flush=True)
    SECONDS.write_text(json.dumps(known), encoding="utf-8")
    if failed:
        raise RuntimeError("\n\n".join(failed))


def execute(path, notebook):
    """Execute a notebook in place; return the seconds that it took."""
    began = time.perf_counter()
    client = notebooks.client(path, notebook)
    RUNNING.append(client)
    try:
        client.execute()
    except CellExecutionError as error:
        story = notebooks.without_colours(error.traceback)
        raise RuntimeError(f"{story}\n\n{path.relative_to(ROOT)}: {notebooks.what_failed(notebook)}") from None
    except (CellTimeoutError, DeadKernelError) as error:
        raise RuntimeError(f"{path.relative_to(ROOT)}: {error}") from None
    finally:
        RUNNING.remove(client)
        atexit.unregister(client._cleanup_kernel)  # nbclient leaves it where the kernel was killed, and then fails at it
    return time.perf_counter() - began


def end_notebooks():
    """End the kernels that are at work: Ctrl+C does not reach them, and waiting for them would be long."""
    while RUNNING:
        for client in list(RUNNING):
            process = getattr(getattr(client.km, "provisioner", None), "process", None)
            if process is not None:
                process.kill()
        time.sleep(0.1)


def make_pages():
    """Run Jupyter Book; any warning is an error. Returns the folder of the pages, which is not yet that of the website.

    Sphinx tells a warning only when it reads a page. So what it has read is used again only after a build without a
    warning, and only for pages that are as they were, in a project that is else as it was.
    """
    shutil.rmtree(NEXT, ignore_errors=True)
    (NEXT / "_build").mkdir(parents=True)
    now = {"shared": what_pages_share(), "pages": page_hashes()}  # as they are now: a file may change while Sphinx is at work
    (NEXT / "mark.json").write_text(json.dumps(now), encoding="utf-8")
    take_what_was_read(NEXT / "_build" / ".doctrees", now)
    jupyter_book = "from jupyter_book.cli.main import main; main()"
    command = [sys.executable, "-c", jupyter_book, "build", str(ROOT), "--path-output", str(NEXT), "-n", "-W", "--keep-going"]
    log = ROOT / "_build" / "build.log"
    pages, number, told, last = len(check_site.toc_entries(ROOT)), 0, False, ""
    with log.open("w", encoding="utf-8") as file:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8",
                                   errors="replace", env={**os.environ, "NO_COLOR": "1", "PYTHONUTF8": "1"})  # fmt: skip
        try:
            for line in process.stdout:
                line = notebooks.without_colours(line)
                file.write(line)
                last = line.strip() or last
                if "writing output" in line and number < pages:
                    number += 1
                    if number % 5 == 0 or number == pages:
                        print(f"  {number} of {pages} pages written", flush=True)
                if ("WARNING" in line and "CurveZMQ" not in line) or "ERROR" in line or line.startswith("  explorer"):
                    told = told or not line.startswith("  explorer")
                    print(line.rstrip(), flush=True)
            code = process.wait()
        finally:
            process.kill()
    if code:
        why = "its warnings stand above" if told else f"it ended with {last!r}"
        raise RuntimeError(f"Jupyter Book did not accept the book; {why}, all that it said in {log}")
    return NEXT / "_build" / "html"


def page_hashes():
    """{page as Sphinx names it: hash of its file}."""
    return {p.relative_to(ROOT).with_suffix("").as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in files(PAGES)}


def take_what_was_read(folder, now):
    """Move what Sphinx read in the last build to where it looks, without pages that changed. A build that fails loses it."""
    if (READ / "mark.json").is_file():
        before = json.loads((READ / "mark.json").read_text(encoding="utf-8"))
        if before["shared"] == now["shared"]:
            (READ / "doctrees").rename(folder)
            for name in [name for name, was in before["pages"].items() if now["pages"].get(name) != was]:
                (folder / f"{name}.doctree").unlink(missing_ok=True)
    shutil.rmtree(READ, ignore_errors=True)


def keep_what_was_read():
    """Keep what Sphinx read for the next build, the mark last."""
    shutil.rmtree(READ, ignore_errors=True)
    READ.mkdir()
    (NEXT / "_build" / ".doctrees").rename(READ / "doctrees")
    (NEXT / "mark.json").rename(READ / "mark.json")


def build_lite():
    """Build JupyterLite, unless the last one was made from the same. Returns what to say of it."""
    mark = fingerprint(files(OF_LITE), what_pages_share(), os.environ.get("PYODIDE_FOLDER"))
    if (LITE / "mark").is_file() and (LITE / "mark").read_text(encoding="utf-8") == mark:
        return "JupyterLite: as built before."
    shutil.rmtree(LITE, ignore_errors=True)
    LITE.mkdir(parents=True)
    said = []
    lite.build(ROOT, LITE, say=said.append)
    (LITE / "mark").write_text(mark, encoding="utf-8")
    return "\n".join(said)


def put_in_place(pages):
    """Make the new pages the website; until here the one before them stood untouched."""
    old = NEXT / "old"
    try:
        if SITE.exists():
            SITE.rename(old)
        pages.rename(SITE)
    finally:
        put_back()
    shutil.rmtree(NEXT, ignore_errors=True)
    now = {cache_path(*where_kept()).resolve(), frames_path(*where_kept())}
    for folder in (".jupyter_cache", ".frames"):
        kept = sorted((ROOT / "_build" / folder).glob("*"), key=lambda p: p.stat().st_mtime)
        for old in {p.resolve() for p in kept[:-3]} - now:  # one for each state of the package; the newest are worth keeping
            shutil.rmtree(old, ignore_errors=True)


def put_back():
    """If a build was ended just as it moved the website away, move it back."""
    if (NEXT / "old").exists() and not SITE.exists():
        (NEXT / "old").rename(SITE)


def build(words, mark):
    """Everything from the check of the sources to the website in its place."""
    check_sources()
    whole = "--pages-only" not in words
    pool = ThreadPoolExecutor(os.cpu_count())  # kernels and JupyterLite are processes of their own
    try:
        execute_notebooks(pool)
        extra = pool.submit(build_lite) if whole else None  # beside Jupyter Book, which uses one core
        print("Pages: Jupyter Book is at work.", flush=True)
        pages = make_pages()
        finish.finish(pages, home.site_address(ROOT))
        try:
            if whole:
                print(extra.result(), flush=True)
                shutil.copytree(LITE / "lite", pages / "lite")
        except (RuntimeError, OSError) as error:
            whole = False
            print(f"JupyterLite could not be built, so the buttons that run a page lead nowhere; the rest stands. {error}")
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        end_notebooks()
        pool.shutdown()
    found = check_site.problems(pages)
    if found:
        raise RuntimeError("\n".join([*found, f"The site has {len(found)} problems; they stand above."]))
    keep_what_was_read()
    STAMP.unlink(missing_ok=True)
    put_in_place(pages)
    if whole or "--pages-only" in words:  # where JupyterLite is missing against the will of the reader, the next build tries again
        STAMP.write_text(f"{mark} {'whole' if whole else 'pages only'}", encoding="utf-8")


def main(words):
    began = time.perf_counter()
    unknown = set(words) - {"--force", "--pages-only"}
    if unknown:
        raise RuntimeError(f"unknown argument {' '.join(sorted(unknown))}\n{__doc__}")
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "JUPYTER_PLATFORM_DIRS"):
        os.environ.setdefault(name, "1")  # two BLAS threads on a busy machine can be far slower than one
    if (ROOT / "_build").exists() and not (ROOT / "_build").is_dir():
        raise RuntimeError(f"{ROOT / '_build'} is a file, and the build needs a folder of that name: move it away.")
    (ROOT / "_build").mkdir(exist_ok=True)
    put_back()
    mark = fingerprint(files(INPUTS), home.git(ROOT, "rev-parse", "HEAD"), os.environ.get("PYODIDE_FOLDER"))
    if "--force" in words:
        shutil.rmtree(READ, ignore_errors=True)
    elif (SITE / "index.html").is_file() and stands(mark, "--pages-only" in words):
        print(f"Nothing changed since the last build. The website is in {SITE}. To look at it: make serve")
        return
    build(words, mark)
    print(f"The website is in {SITE} ({time.perf_counter() - began:.1f} s). To look at it: make serve")


def stands(mark, pages_only):
    """Whether the website was made from what the mark says, and is as whole as is wanted."""
    made_from, _, how = (STAMP.read_text(encoding="utf-8") if STAMP.is_file() else "").partition(" ")
    return made_from == mark and (pages_only or how == "whole")


def stop(number, frame):
    """Take a request to end as Ctrl+C is taken."""
    raise KeyboardInterrupt


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, stop)
    STANDS = "The website was not built; a website that stood before still does."
    try:
        main(sys.argv[1:])
    except (RuntimeError, OSError) as problem:
        sys.exit(f"\n{problem}\n{STANDS}")
    except KeyboardInterrupt:
        sys.exit("\nInterrupted. The website was not built; what was executed is kept for the next time.")
    except Exception as problem:  # not foreseen: one sentence here, the rest where it can be looked up
        with contextlib.suppress(OSError):
            (ROOT / "_build" / "traceback.log").write_text(traceback.format_exc(), encoding="utf-8")
        sys.exit(f"\n{type(problem).__name__}: {str(problem).splitlines()[0]} (all of it in _build/traceback.log)\n{STANDS}")
