"""Run every test: the package and the site, then each notebook against its stored outputs.

usage: python tools/test.py [ARGUMENTS OF PYTEST ...]      (arguments go to the first part only)
"""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
AT_ONCE = ["-n", str(min(os.cpu_count() or 1, 8)), "--dist", "loadscope"]


def main(words):
    env = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONUTF8": "1"}
    env.pop("REGLESSON_BAKE", None)
    pytest = [sys.executable, "-m", "pytest", "-q"]
    notebooks = [ROOT / "index.ipynb", *sorted((ROOT / "book").glob("*.ipynb"))]
    parts = {
        "Package, book and site": [*pytest, *AT_ONCE, *words],
        # strict: every text output must be the stored one
        "Notebooks, cell by cell": [*pytest, *AT_ONCE, "-p", "no:doctest", "-o", "addopts=", "-o", "filterwarnings=", "--nbval",
                                    "--nbval-cell-timeout=600", *map(str, notebooks)],
    }  # fmt: skip
    failed = []
    for name, command in parts.items():
        print(f"\n{name}", flush=True)
        if subprocess.run(command, cwd=ROOT, env=env).returncode:
            failed.append(name)
    if failed:
        sys.exit(f"\nFailed: {'; '.join(failed)}.")
    print("\nEvery test passed.")


if __name__ == "__main__":
    main(sys.argv[1:])
