"""Notebooks are executed, as many at a time as there are cores, and what they gave is kept in a cache."""

import atexit
import json
import os
import time
from concurrent.futures import as_completed

import contents
import nbformat
import notebooks
import sources
import took
from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

from reglesson.explore.sphinx import cache_path, frames_path

SECONDS = sources.ROOT / "_build" / ".seconds.json"  # how long each notebook ran the last time
RUNNING = []  # notebooks at work, to be ended if the build is


def execute_notebooks(pool):
    """Execute the notebooks of `_toc.yml` that the cache does not hold, as many at a time as there are cores.

    Returns whether that were all of them.
    """
    os.environ["REGLESSON_BAKE"] = str(frames_path(*sources.where_kept()))
    cache = get_cache(cache_path(*sources.where_kept()))
    waiting = []
    paths = [path for path in (sources.ROOT / f"{entry}.ipynb" for entry in contents.pages(sources.ROOT)) if path.is_file()]
    for path in paths:
        notebook = nbformat.read(path, as_version=4)
        try:
            cache.match_cache_notebook(notebook)
        except KeyError:
            waiting.append((path, notebook))
    if not waiting:
        print("Notebooks: all as executed before.", flush=True)
        return False
    print(f"Notebooks: {len(waiting)} to execute, {os.cpu_count()} at a time.", flush=True)
    known = took.kept(SECONDS)
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
    return len(waiting) == len(paths)


def execute(path, notebook):
    """Execute a notebook in place; return the seconds that it took."""
    began = time.perf_counter()
    client = notebooks.client(path, notebook)
    RUNNING.append(client)
    try:
        client.execute()
    except CellExecutionError as error:
        story = notebooks.without_colours(error.traceback)
        raise RuntimeError(f"{story}\n\n{path.relative_to(sources.ROOT)}: {notebooks.what_failed(notebook)}") from None
    except (CellTimeoutError, DeadKernelError) as error:
        raise RuntimeError(f"{path.relative_to(sources.ROOT)}: {error}") from None
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
