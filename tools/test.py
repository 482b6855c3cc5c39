"""Run every test: the package, each notebook against its stored outputs, the site, and the site and JupyterLab in a browser.

usage: python tools/test.py [--only CHAPTER] [ARGUMENTS OF PYTEST ...]

With --only l2 those tests run that name l2: of its module, its notebook, its claims. The whole site is not looked at.
"""

import os
import subprocess
import sys
import time
from pathlib import Path

import took

ROOT = Path(__file__).resolve().parent.parent
# tests/conftest.py says which tests stay together and which come first
AT_ONCE = ["-n", str(min(os.cpu_count() or 1, 8)), "--dist", "loadscope", "--no-loadscope-reorder"]


# what needs the whole site, or builds books of its own
OF_THE_SITE = ["tests/browser", "tests/test_benchmarks.py", "tests/test_build.py", "tests/test_reference.py", "tests/test_site.py"]


def only(chapter):
    """The arguments with which pytest runs what names a chapter."""
    return ["-k", chapter, *(f"--ignore={each}" for each in OF_THE_SITE)]


def main(words):
    chapter = words[1] if words[:1] == ["--only"] and len(words) > 1 else None
    whole = len(words) == 2 if chapter else not words
    words = [*only(chapter), *words[2:]] if chapter else words
    env = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONUTF8": "1"}
    env.pop("REGLESSON_BAKE", None)
    env.pop("PYTHONDONTWRITEBYTECODE", None)  # a hundred processes begin, and each would compile the same files anew
    began = time.perf_counter()
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tools.no_parsers", *AT_ONCE, *words]
    if subprocess.run(command, cwd=ROOT, env=env).returncode:
        sys.exit("\nA test failed; what it saw stands above.")
    if chapter:
        said = f"Not run: the tests that pytest calls deselected, which do not name {chapter}, and {', '.join(OF_THE_SITE)}."
        print(f"\nEvery test of {chapter} passed. {said} `make test` runs them all.")
    else:
        print("\nEvery test passed.")
    if whole:
        took.remember("the tests of one chapter" if chapter else "every test", time.perf_counter() - began)


if __name__ == "__main__":
    main(sys.argv[1:])
