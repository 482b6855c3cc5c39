"""Build the website into _build/html.

usage: python tools/build.py [--force] [--pages-only]

Notebooks that changed are executed, in parallel, the longest first; Jupyter Book then makes the pages, and any warning is
an error, while JupyterLite is built beside it (not with --pages-only); the pages are finished and checked, and only then
take the place of those before. What did not change is not executed, read or built again. Where nothing changed since the
last build, nothing is done; with --force every notebook is executed and every page made anew.
"""

import contextlib
import importlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import traceback
from concurrent.futures import ThreadPoolExecutor

import check_site  # finds the modules of book/_ext
import contents
import execution
import home
import lite
import notebooks
import sources
import took

from reglesson.explore.sphinx import cache_path, frames_path

try:
    import fcntl
except ImportError:  # Windows has another way, and two builds at once are rare
    fcntl = None

SITE = sources.ROOT / "_build" / "html"
STAMP = sources.ROOT / "_build" / ".built"
NEXT = sources.ROOT / "_build" / ".next"  # pages are made here, and take the place of the website when they are right
READ = sources.ROOT / "_build" / ".read"  # what Sphinx read of each page in the last build, if that was a good one
LITE = sources.ROOT / "_build" / ".lite-site"  # the last JupyterLite, and the mark of what it was made from


def make_pages():
    """Run Jupyter Book; any warning is an error. Returns the folder of the pages, not yet the website's, and how many were read.

    Sphinx tells a warning only when it reads a page. So what it has read is used again only after a build without a
    warning, and only for pages that are as they were, in a project that is else as it was.
    """
    shutil.rmtree(NEXT, ignore_errors=True)
    (NEXT / "_build").mkdir(parents=True)
    # as they are now: a file may change while Sphinx is at work
    now = {"shared": sources.what_pages_share(), "pages": sources.page_hashes()}
    (NEXT / "mark.json").write_text(json.dumps(now), encoding="utf-8")
    read = take_what_was_read(NEXT / "_build" / ".doctrees", now)
    where = ["build", str(sources.ROOT), "--path-output", str(NEXT)]
    command = [sys.executable, str(sources.ROOT / "tools" / "jupyter_books.py"), *where, "-n", "-W", "--keep-going"]
    log = sources.ROOT / "_build" / "build.log"
    pages, number, told, last = len(contents.pages(sources.ROOT)), 0, False, ""
    with log.open("w", encoding="utf-8") as file:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8",
                                   errors="replace", env={**os.environ, "NO_COLOR": "1", "PYTHONUTF8": "1"},
                                   start_new_session=True)  # fmt: skip
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
            if process.poll() is None:
                end(process)
    if code:
        why = "its warnings stand above" if told else f"it ended with {last!r}"
        raise RuntimeError(f"Jupyter Book did not accept the book; {why}, all that it said in {log}")
    return NEXT / "_build" / "html", read


def end(process):
    """End Jupyter Book and the processes that it has begun, which would go on to write pages."""
    if os.name == "nt":
        process.kill()
    else:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def take_what_was_read(folder, now):
    """Move what Sphinx read in the last build to where it looks, without pages that changed. A build that fails loses it.

    Returns how many pages changed.
    """
    changed = [*now["pages"]]
    if (READ / "mark.json").is_file():
        before = json.loads((READ / "mark.json").read_text(encoding="utf-8"))
        if before["shared"] == now["shared"]:
            (READ / "doctrees").rename(folder)
            changed = [name for name, was in before["pages"].items() if now["pages"].get(name) != was]
            for name in changed:
                (folder / f"{name}.doctree").unlink(missing_ok=True)
    shutil.rmtree(READ, ignore_errors=True)
    return len(changed)


def keep_what_was_read():
    """Keep what Sphinx read for the next build, the mark last."""
    shutil.rmtree(READ, ignore_errors=True)
    READ.mkdir()
    (NEXT / "_build" / ".doctrees").rename(READ / "doctrees")
    (NEXT / "mark.json").rename(READ / "mark.json")


def build_lite():
    """Build JupyterLite, or put no more than the notebooks into the last one, if these changed. Returns what to say of it."""
    mark, now, said = LITE / "mark", sources.what_lite_is_made_of(), ["JupyterLite: as built before."]
    before = mark.read_text(encoding="utf-8").split() if mark.is_file() else []
    if before != now:
        mark.unlink(missing_ok=True)
        if before[:1] == now[:1]:
            lite.renew(sources.ROOT, LITE)
            said = ["JupyterLite: as built before, with the notebooks as they are now."]
        else:
            shutil.rmtree(LITE, ignore_errors=True)
            LITE.mkdir(parents=True)
            said.clear()
            lite.build(sources.ROOT, LITE, say=said.append)
        mark.write_text("\n".join(now), encoding="utf-8")
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
    now = {cache_path(*sources.where_kept()).resolve(), frames_path(*sources.where_kept())}
    for folder in (".jupyter_cache", ".frames"):
        kept = sorted((sources.ROOT / "_build" / folder).glob("*"), key=lambda p: p.stat().st_mtime)
        for old in {p.resolve() for p in kept[:-3]} - now:  # one for each state of the package; the newest are worth keeping
            shutil.rmtree(old, ignore_errors=True)


def put_back():
    """If a build was ended just as it moved the website away, move it back."""
    if (NEXT / "old").exists() and not SITE.exists():
        (NEXT / "old").rename(SITE)


def build(words, mark):
    """Everything from the check of the sources to the website in its place. Returns the kind of the build, if it has a name."""
    sources.check_sources()
    left_out = ", ".join(contents.left_out(sources.ROOT))
    if left_out:
        print(f"Left out, since _toc.yml does not name them: {left_out}. What other pages say of them is no link.", flush=True)
    whole = "--pages-only" not in words
    pool = ThreadPoolExecutor(os.cpu_count())  # kernels and JupyterLite are processes of their own
    try:
        all_executed = execution.execute_notebooks(pool)
        extra = pool.submit(build_lite) if whole else None  # beside Jupyter Book, which begins with one core
        finish = pool.submit(importlib.import_module, "finish")  # takes matplotlib along, which nothing before needs
        print("Pages: Jupyter Book is at work.", flush=True)
        pages, read = make_pages()
        finish.result().finish(pages, home.site_address(sources.ROOT))
        try:
            if whole:
                print(extra.result(), flush=True)
                shutil.copytree(LITE / "lite", pages / "lite")
        except (RuntimeError, OSError) as error:
            whole = False
            without = "the buttons that run a page lead nowhere, and exercises do not run"
            print(f"JupyterLite could not be built, so {without}; the rest stands. {error}")
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        execution.end_notebooks()
        pool.shutdown()
    found = check_site.problems(pages)
    if found:
        raise RuntimeError("\n".join([*found, f"The site has {len(found)} problems; they stand above."]))
    keep_what_was_read()
    STAMP.unlink(missing_ok=True)
    put_in_place(pages)
    if whole or "--pages-only" in words:  # where JupyterLite is missing against the will of the reader, the next build tries again
        STAMP.write_text(f"{mark} {'whole' if whole else 'pages only'}", encoding="utf-8")
    return kind_of(all_executed, read) if whole else None


def kind_of(all_executed, read):
    """What a build is called for which there is a goal: one that had all to do, or one page to read anew; others have no name."""
    return "a build from nothing" if all_executed else "a build after a change of one page" if read == 1 else None


def main(words):
    began = time.perf_counter() - time.process_time()  # when Python began; until here it computed
    unknown = set(words) - {"--force", "--pages-only"}
    if unknown:
        raise RuntimeError(f"unknown argument {' '.join(sorted(unknown))}\n{__doc__}")
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "JUPYTER_PLATFORM_DIRS"):
        os.environ.setdefault(name, "1")  # two BLAS threads on a busy machine can be far slower than one
    if (sources.ROOT / "_build").exists() and not (sources.ROOT / "_build").is_dir():
        raise RuntimeError(f"{sources.ROOT / '_build'} is a file, and the build needs a folder of that name: move it away.")
    (sources.ROOT / "_build").mkdir(exist_ok=True)
    with alone():
        renew(words, began)


def renew(words, began):
    """Build what is not as it should be."""
    put_back()
    sources.check_settings()
    commit = home.git(sources.ROOT, "rev-parse", "HEAD")
    mark = sources.fingerprint(sources.files(sources.PAGES), sources.what_pages_share(), commit, os.environ.get("PYODIDE_FOLDER"))
    if "--force" in words:
        for kept in (READ, cache_path(*sources.where_kept()), frames_path(*sources.where_kept())):
            shutil.rmtree(kept, ignore_errors=True)
    elif (SITE / "index.html").is_file() and stands(mark, "--pages-only" in words):
        print(f"Nothing changed since the last build. The website is in {SITE}. To look at it: make serve")
        took.remember("a build with nothing changed", time.perf_counter() - began)
        return
    kind = build(words, mark)
    print(f"The website is in {SITE} ({time.perf_counter() - began:.1f} s). To look at it: make serve")
    if kind:
        took.remember(kind, time.perf_counter() - began)


@contextlib.contextmanager
def alone():
    """Hold a lock on the folder of the build: of two builds at once each would ruin the other's pages."""
    with (sources.ROOT / "_build" / ".lock").open("w") as held:
        if fcntl is not None:
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise RuntimeError("Another build of this folder is at work: wait for its end, or end it.") from None
        yield


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
            (sources.ROOT / "_build" / "traceback.log").write_text(traceback.format_exc(), encoding="utf-8")
        sys.exit(f"\n{type(problem).__name__}: {str(problem).splitlines()[0]} (all of it in _build/traceback.log)\n{STANDS}")
